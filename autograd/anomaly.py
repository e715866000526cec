"""What `detect_anomaly` looks for, and how it says what it found."""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from autograd.errors import AnomalyError, calling_line
from autograd.order import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

_lines: WeakKeyDictionary[Value, tuple[str, int]] = WeakKeyDictionary()
"""For nodes recorded under `detect_anomaly`: the source line that made them."""


def check_forward(out: Value) -> None:
    """Remember which line made `out`; AnomalyError if its data is nan or inf."""
    _lines[out] = calling_line()
    if not isfinite(out.data):
        raise AnomalyError(
            f"{origin(out)}. "
            f"Keep the inputs inside the op's domain (clip, or add a small constant), or leave detect_anomaly to go on with {out.data}"
        )


def origin(out: Value) -> str:
    """Where the number of a node came from, in words: `exp gave inf from z = 710.0`."""
    if not out.inputs:
        return f"{_called(out)} is {out.data}"
    return f"{_made_by(out)} gave {out.data} from {_inputs(out)}{_line(out)}"


def first_bad(root: Value) -> Value | None:
    """The first node, in topological order, whose data is nan or inf; None if all are finite.

    >>> from autograd import Value, exp
    >>> print(origin(first_bad(exp(Value(710.0, "z")) * 2.0)))
    exp gave inf from z = 710.0
    """
    return next((node for node in topological_order(root) if not isfinite(node.data)), None)


def check_backward(nodes: list[Value], grads: list[float]) -> None:
    """AnomalyError if data changed after it was recorded, or at the first gradient that is nan or inf."""
    for node in reversed(nodes):
        if node.inputs:
            now = node.op.forward(*[x.data for x in node.inputs])  # type: ignore[union-attr]
            if now != node.data and (now == now or node.data == node.data):
                raise AnomalyError(
                    f"data changed after recording: {_made_by(node)} of {_inputs(node)} is {now!r} now, but {node.data!r} was "
                    f"recorded{_line(node)}. Call recompute(root) before backward(), or record the graph again"
                )
    grad_of = dict(zip(nodes, grads))
    for node, grad in grad_of.items():
        if not isfinite(grad):
            raise AnomalyError(f"the gradient of {_called(node)} is {grad}: {_culprit(node, grad_of)}. No gradient was written")


def _culprit(node: Value, grad_of: dict[Value, float]) -> str:
    for user, grad in grad_of.items():
        if node in user.inputs:
            slopes = user.op.slopes_at(tuple([x.data for x in user.inputs]), user.data)  # type: ignore[union-attr]
            for input, slope in zip(user.inputs, slopes):
                if input is node and slope != 0 and grad != 0 and not isfinite(grad * slope):
                    return f"{_made_by(user)} of {_inputs(user)} has slope {slope} there, times the gradient {grad}{_line(user)}"
    return "it is the seed" if node is next(iter(grad_of)) else "finite contributions add up beyond the range of a float"


def _called(node: Value) -> str:
    return repr(node.label) if node.label else f"{node!r}"


def _made_by(node: Value) -> str:
    return f"{node.op.name} {node.label!r}" if node.label else node.op.name  # type: ignore[union-attr]


def _inputs(node: Value) -> str:
    named = [(x.label or (x.op.name if x.op else "leaf"), x.data) for x in node.inputs]
    return ", ".join(f"{name} = {data!r}" for name, data in named)


def _line(node: Value) -> str:
    if node not in _lines:
        return ""
    import linecache

    file, number = _lines[node]
    text = linecache.getline(file, number).strip()
    return f", recorded at {file}:{number}" + (f" `{text}`" if text else "")
