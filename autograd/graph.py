"""The graph: the one chain rule that everything else calls."""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from autograd.op import CONST
from autograd.order import recompute as recompute
from autograd.order import topological_order as topological_order
from autograd.record import active

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value


data_of: Callable[[Value], float] = attrgetter("_data")
"""Reads a node as its number: the pullback then computes with numbers, and gradients are floats."""


def graph_of(node: Value) -> Value | float:
    """Reads a node as itself, and a constant as its number: gradients are then graphs."""
    return node._data if node.op is CONST else node


def flow_of(grad: Any, slope: Any, switch: bool) -> Any:
    """grad · slope between Values, without a product by 1; None through a closed switch."""
    if switch and (slope if slope.__class__ is float else slope._data) == 0.0:
        return None
    if slope.__class__ is float and slope == 1.0:
        return grad
    return slope if grad.__class__ is float and grad == 1.0 else grad * slope


def pullback(
    root: Value,
    seed: Any,
    read: Callable[[Value], Any] = data_of,
    flow: Callable[[Any, Any, bool], Any] = flow_of,
) -> tuple[list[Value], list[Any]]:
    """The chain rule: ∂root/∂node · seed for every node, in reverse topological order.

    Each node passes on its own gradient, once complete, times its slopes:
    grad(input) += grad(node) · slope. Returns the nodes, root first and leaves last, and their
    gradients; it writes nothing. `read` decides what to compute with: `data_of` gives floats,
    `graph_of` gives Values that can be differentiated again, for which `flow` is the product.

    A node that no gradient reaches has gradient 0 and passes nothing on; such a leaf is left out.
    Through a switch (`where`, `relu`, ...) whose slope is 0 nothing flows, so that an infinite
    slope behind a branch that was not taken does no harm. No gradient flows into constants.
    """
    if root._first is None:
        return [root], [seed]
    nodes = topological_order(root, leaves=False)
    nodes.reverse()
    numbers, const = read is data_of, CONST
    if numbers and active:
        float(root._data)  # raises while a compiler traces: there are no numbers to compute with
    pair = 2 if numbers else None
    waiting = {root: seed}  # gradients of nodes whose turn has not come yet
    grads: list[Any] = []
    take, get, done = waiting.pop, waiting.get, grads.append
    for node in nodes:
        grad = take(node, None)
        if grad is None:
            done(0.0)
            continue
        done(grad)
        op: Op = node.op  # type: ignore[assignment]
        slopes, switch = op.slopes, op.switch
        if op.arity == pair and not switch:  # a short form of the rest of the loop, for most nodes
            x, y = node._first, node._second
            if slopes.__class__ is tuple:
                slope_x, slope_y = slopes
            else:
                slope_x, slope_y = slopes(x._data, y._data, node._data)  # type: ignore
            if x.op is not const:
                so_far = get(x)
                waiting[x] = grad * slope_x if so_far is None else so_far + grad * slope_x
            if y.op is not const:
                so_far = get(y)
                waiting[y] = grad * slope_y if so_far is None else so_far + grad * slope_y
            continue
        inputs = node.inputs
        if slopes.__class__ is not tuple:
            slopes = slopes(*map(read, inputs), read(node))  # type: ignore[operator]
        for x, slope in zip(inputs, slopes):
            if x.op is const:
                continue
            if numbers:
                share = None if switch and slope == 0.0 else grad * slope
            else:
                share = flow(grad, slope, switch)
            if share is not None:
                so_far = get(x)
                waiting[x] = share if so_far is None else so_far + share
    nodes += waiting  # only leaves are still waiting
    grads += waiting.values()
    return nodes, grads
