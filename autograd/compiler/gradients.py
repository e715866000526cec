"""Gradients of a traced function: the one pullback, over graphs of unknown numbers.

Takes a trace; returns, for each of its nodes, the graph of ∂output/∂node: for the output `w * x`,
the gradient in w is the graph `1 * x`.

The engine sends nothing back through a closed switch (a branch of `where` that was not taken,
a `relu` below 0). Here it is not known which switches will be closed. So the gradient is multiplied
by the slope, which is 0 at a closed switch. The result is the same unless an infinite slope lies
behind the switch; samples where it does are left to the engine itself (`replay.py`).
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from autograd import ops
from autograd.compiler.tracing import Trace
from autograd.graph import flow_of, graph_of, pullback
from autograd.modes import in_own_context
from autograd.record import constant, node, number_of
from autograd.rows import named
from autograd.unknown import UNKNOWN, tracing
from autograd.value import Value


class Terms(list[Any]):
    """A growing gradient: adjoint, slope, adjoint, slope, ...; with None for a slope of 1.

    Added up node by node, a gradient of n terms would be n products and n - 1 sums. Once complete,
    it is a single `dot`. Adding extends the left operand in place, since the pullback keeps nothing
    but the sum.
    """

    def __add__(self, more: list[Any]) -> Terms:
        self.extend(more)
        return self

    def number(self) -> Any:
        """The value of the sum, a Value or a number, made at the first request."""
        if len(self) == 2 and self[1] is None:
            return self[0]
        pairs = [*zip(self[::2], self[1::2])]
        products = [pair for pair in pairs if pair[1] is not None]
        total: Any = None
        if products:
            left, right = zip(*products)
            op = named("dot", 2 * len(products)) if len(products) > 1 else ops.mul
            total = node(UNKNOWN, op, (*left, *right))
        terms = [term for term, slope in pairs if slope is None]
        if terms:
            total = reduce(_sum, terms if total is None else [total, *terms])
        self[:] = [total, None]
        return total


def _sum(x: Any, y: Any) -> Any:
    """The sum of gradients, which are numbers or Values."""
    if x.__class__ is y.__class__ is float:
        return x + y
    pair = [a if isinstance(a, Value) else constant(a) for a in (x, y)]
    return node(UNKNOWN, ops.add, tuple(pair))


class Gradients:
    """∂output/∂node for every node that a gradient can reach."""

    def __init__(self, t: Trace) -> None:
        nodes, grads = in_own_context(_swept, t)
        self.terms = dict(zip(nodes, grads))
        for x in nodes:
            if x._first is not None and x.label:
                self.of(x)

    def of(self, x: Value) -> Value | None:
        """The gradient, or None where none arrives; for a node labelled z its label is ∂z."""
        terms = self.terms.get(x)
        if not terms:
            return None
        grad = terms.number()
        if isinstance(grad, Value):
            if x._first is not None and x.label and grad.inputs and not grad.label:
                grad.label = f"∂{x.label}"
            return grad
        return constant(grad) if grad else None


def _swept(t: Trace) -> tuple[list[Value], list[Any]]:
    with tracing(t.leaves):
        return pullback(t.outputs[0], Terms([1.0, None]), graph_of, _flow)


def _flow(terms: Terms, slope: Any, switch: bool) -> Terms | None:
    """What flows along an edge: nothing where a switch is known to be closed in every sample."""
    grad = terms.number()
    if slope.__class__ is float:
        if switch and slope == 0.0:
            return None
    elif grad.__class__ is Value and (number_of(grad) is UNKNOWN or number_of(slope) is UNKNOWN):
        return Terms([grad, slope])
    return Terms([flow_of(grad, slope, False), None])
