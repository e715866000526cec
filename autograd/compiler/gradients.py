"""Gradients of a traced function: the one pullback, over graphs of unknown numbers.

An eager pass hands nothing on over a closed switch (a branch of `where` not taken, a `relu` below 0). Which switches will be
closed is not known here. So by default the gradient is multiplied by the slope, 0 at a closed switch, which is the same unless an
infinite slope lies behind. The exact gradient carries along whether anything reached a node; it costs more, and is nan or inf just
where an eager pass says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd import ops
from autograd.compiler.tracing import Trace
from autograd.graph import flow_of, graph_of, pullback
from autograd.record import constant
from autograd.unknown import tracing
from autograd.value import Value


def gradients(t: Trace, exact: bool) -> dict[Value, Value]:
    """∂output/∂node for every node that a gradient can reach, of the first output; labels tell whose gradient each is."""

    def read(node: Value) -> Value | float:
        return graph_of(t.stand_ins.get(node, node))

    with tracing():
        nodes, grads = pullback(
            t.outputs[0], _Reached(1.0) if exact else 1.0, read, _exact_flow if exact else _flow
        )
    found: dict[Value, Value] = {}
    for node, grad in zip(nodes, grads):
        if isinstance(grad, _Reached):
            grad = grad.grad
        if isinstance(grad, Value):
            if node.inputs and node.label and grad.inputs and not grad.label:
                grad.label = f"∂{node.label}"
            found[node] = grad
        elif grad:
            found[node] = constant(grad)
    return found


def _flow(grad: Any, slope: Any, switch: bool) -> Any:
    """What flows over an edge: only a switch that is closed for every sample is known to be closed."""
    return (
        None
        if switch and slope.__class__ is float and slope == 0.0
        else flow_of(grad, slope, False)
    )


@dataclass(frozen=True)
class _Reached:
    """A gradient that is 0 where nothing reached its node, and whether something did: not 0 where it did, None for everywhere."""

    grad: Any
    mask: Any = None

    def __add__(self, other: _Reached) -> _Reached:
        everywhere = self.mask is None or other.mask is None
        return _Reached(
            self.grad + other.grad, None if everywhere else ops.where(self.mask, 1.0, other.mask)
        )


def _exact_flow(reached: _Reached, slope: Any, switch: bool) -> _Reached | None:
    """What flows over an edge: grad · slope where the node was reached, and the switch is not closed."""
    mask = reached.mask
    if switch and slope.__class__ is not float:
        mask = slope if mask is None else ops.where(mask, slope, 0.0)
    share = _flow(reached.grad, slope, switch)
    if share is None:
        return None
    return _Reached(share if mask is None else ops.where(mask, share, 0.0), mask)
