"""What `detect_anomaly` looks for, and how it reports what it finds."""

from __future__ import annotations

import linecache
from math import isfinite
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from autograd.checks import shown
from autograd.errors import AnomalyError, calling_line
from autograd.order import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

_made_at: WeakKeyDictionary[Value, tuple[str, int]] = WeakKeyDictionary()
"""For nodes recorded under `detect_anomaly`: the file and the line that made them."""

MOST_INPUTS = 4
"""How many inputs of a node a message lists."""


def check_forward(out: Value) -> None:
    """Remember which line made `out`; raises AnomalyError if its data is nan or inf."""
    _made_at[out] = calling_line()
    if not isfinite(out.data):
        raise AnomalyError(
            f"{origin(out)}. Keep the inputs inside the op's domain (clip, or add a small "
            f"constant), or leave detect_anomaly to go on with {out.data}"
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
    """Raise AnomalyError if data changed after it was recorded, or at the first bad gradient.

    `nodes` and their gradients are in the order of the backward pass.
    """
    for node in reversed(nodes):
        if node.inputs:
            _check_fresh(node)
    grad_of = dict(zip(nodes, grads))
    for node, grad in grad_of.items():
        if not isfinite(grad):
            raise AnomalyError(
                f"the gradient of {_called(node)} is {grad}: {_culprit(node, grad_of)}. "
                f"No gradient was written"
            )


def _check_fresh(node: Value) -> None:
    now = node.op.forward(*[x.data for x in node.inputs])  # type: ignore[union-attr]
    both_nan = now != now and node.data != node.data
    if now != node.data and not both_nan:
        raise AnomalyError(
            f"data changed after recording: {_made_by(node)} of {_inputs(node)} is {now!r} now, "
            f"but {node.data!r} was recorded{_line(node)}. "
            f"Call recompute(root) before backward(), or record the graph again"
        )


def _culprit(node: Value, grad_of: dict[Value, float]) -> str:
    """Why the gradient of a node is bad: the edge where it became so, if there is one."""
    for user, grad in grad_of.items():
        if node not in user.inputs:
            continue
        numbers = tuple([x.data for x in user.inputs])
        slopes = user.op.slopes_at(numbers, user.data)  # type: ignore[union-attr]
        for x, slope in zip(user.inputs, slopes):
            if x is node and slope != 0 and grad != 0 and not isfinite(grad * slope):
                return (
                    f"{_made_by(user)} of {_inputs(user)} has slope {slope} there, "
                    f"times the gradient {grad}{_line(user)}"
                )
    if node is next(iter(grad_of)):
        return "it is the seed"
    return "finite contributions add up beyond the range of a float"


def _called(node: Value) -> str:
    return shown(node.label, 80) if node.label else repr(node)


def _made_by(node: Value) -> str:
    name: str = node.op.name  # type: ignore[union-attr]
    return f"{name} {shown(node.label, 80)}" if node.label else name


def _inputs(node: Value) -> str:
    listed = [f"{_short_name(x)} = {x.data!r}" for x in node.inputs[:MOST_INPUTS]]
    return ", ".join([*listed, *(["..."] if len(node.inputs) > MOST_INPUTS else [])])


def _short_name(node: Value) -> str:
    if node.label:
        return node.label[:40]
    return node.op.name if node.op else "leaf"


def _line(node: Value) -> str:
    if node not in _made_at:
        return ""
    file, number = _made_at[node]
    text = linecache.getline(file, number).strip()
    return f", recorded at {file}:{number}" + (f" `{text[:120]}`" if text else "")
