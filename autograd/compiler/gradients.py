"""Gradients of a traced function: the one pullback, over graphs of unknown numbers.

Gets a trace; gives for each of its nodes the graph of ∂output/∂node: of `w * x` for w that of
`1 * x`.

A pass of the engine hands nothing on over a closed switch (a branch of `where` not taken, a `relu`
below 0). Which switches will be closed is not known here. So the gradient is multiplied by the
slope, 0 at a closed switch, which is the same unless an infinite slope lies behind it; for such
samples the engine itself is asked (`replay.py`).
"""

from __future__ import annotations

from typing import Any

from autograd import ops
from autograd.compiler.tracing import Trace
from autograd.graph import flow_of, graph_of, pullback
from autograd.record import constant, node
from autograd.unknown import UNKNOWN, tracing
from autograd.value import Value


def gradients(t: Trace) -> dict[Value, Value]:
    """∂output/∂node for every node that a gradient can reach, of the first output.

    The gradient of a node that has a label is labelled: z gives ∂z.
    """

    def read(x: Value) -> Value | float:
        return graph_of(t.stand_ins.get(x, x))

    with tracing():
        nodes, grads = pullback(t.outputs[0], 1.0, read, _flow)
    found: dict[Value, Value] = {}
    for x, grad in zip(nodes, grads):
        if isinstance(grad, Value):
            if x._first is not None and x.label and grad.inputs and not grad.label:
                grad.label = f"∂{x.label}"
            found[x] = grad
        elif grad:
            found[x] = constant(grad)
    return found


def _flow(grad: Any, slope: Any, switch: bool) -> Any:
    """What flows over an edge: nothing where a switch is known to be closed in every sample."""
    if slope.__class__ is float:
        return None if switch and slope == 0.0 else flow_of(grad, slope, False)
    if grad.__class__ is Value and grad._data is UNKNOWN:
        return node(UNKNOWN, ops.mul, (grad, slope))  # as the product would be recorded, but sooner
    return flow_of(grad, slope, False)
