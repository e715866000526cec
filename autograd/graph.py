"""The graph: its topological order, and the one chain rule that everything else calls.

Both walk with a stack of their own, never by recursion: a chain of a million ops is a graph too.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from autograd.numbers import UNKNOWN
from autograd.op import CONST

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value


def topological_order(root: Value) -> list[Value]:
    """Every node that `root` depends on, and `root` itself: inputs before what is made of them.

    The order is that of a depth-first search from `root`, inputs from left to right, so it depends
    on the graph alone. Source: Cormen et al., "Introduction to Algorithms", section 22.4.

    >>> from autograd import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> [node.label or node.op.name for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[Value] = []
    seen = {root}
    path: list[Value] = []  # from the root to `node`; each node on it waits for its inputs
    # Methods are looked up once: this loop and the one below are where training spends its time.
    visit, emit, push, pop = seen.add, order.append, path.append, path.pop
    node = root
    while True:
        for x in node.inputs:
            if x not in seen:
                visit(x)
                if x.inputs:  # go down into x, and come back for the rest
                    push(node)
                    node = x
                    break
                emit(x)
        else:
            emit(node)
            if not path:
                return order
            node = pop()


data_of: Callable[[Value], float] = attrgetter("data")
"""Reads a node as its number: a pullback over numbers, whose gradients are floats."""


def graph_of(node: Value) -> Value | float:
    """Reads a node as itself: a pullback over Values, whose gradients are graphs. Constants stay numbers."""
    return node.data if node.op is CONST else node


def flow_of(grad: Any, slope: Any, switch: bool) -> Any:
    """What flows over an edge between Values: grad · slope, without recording a product by 1; None over a closed switch.

    A slope that is not known yet, while a function is traced for compiling, is never taken for 0.
    """
    if switch and (slope == 0.0 if slope.__class__ is float else slope.data is not UNKNOWN and float(slope) == 0.0):
        return None
    if slope.__class__ is float and slope == 1.0:
        return grad
    return slope if grad.__class__ is float and grad == 1.0 else grad * slope


def pullback(
    root: Value, seed: Any, read: Callable[[Value], Any] = data_of, flow: Callable[[Any, Any, bool], Any] = flow_of
) -> tuple[list[Value], list[Any]]:
    """The chain rule: ∂root/∂node · seed for every node, in reverse topological order.

    Each node hands on its own gradient, once complete, times its slopes: grad(input) += grad(node) · slope.
    Returns the nodes, root first, and their gradients; it writes nothing. `read` decides the world: `data_of`
    gives floats, `graph_of` gives Values that can be differentiated again, for which `flow` is the product.

    A node that no gradient reached is skipped: over a slope of 0 of a switch (`where`, `relu`, ...) nothing flows, so
    an infinite slope behind a branch that was not taken stays harmless. No gradient flows into constants.
    """
    nodes = topological_order(root)
    nodes.reverse()
    numbers, const = read is data_of, CONST
    waiting = {root: seed}  # gradients of nodes whose turn has not come yet
    grads: list[Any] = []
    take, get, done = waiting.pop, waiting.get, grads.append
    for node in nodes:
        grad = take(node, None)
        if grad is None:
            done(0.0)
            continue
        done(grad)
        inputs = node.inputs
        if not inputs:
            continue
        op: Op = node.op  # type: ignore[assignment]
        slopes, switch = op.slopes, op.switch
        if slopes.__class__ is not tuple:
            slopes = slopes(*map(read, inputs), read(node))  # type: ignore[operator]
        for input, slope in zip(inputs, slopes):
            if input.op is const:
                continue
            if numbers:
                if switch and slope == 0.0:
                    continue
                share = grad * slope
            else:
                share = flow(grad, slope, switch)
                if share is None:
                    continue
            so_far = get(input)
            waiting[input] = share if so_far is None else so_far + share
    return nodes, grads


def recompute(root: Value) -> Value:
    """Run the forward pass again over the same graph, after leaf data changed; returns `root`.

    Every interior node gets data = forward(inputs); gradients stay as they are. All data is computed
    first and written at the end, so an error changes nothing.

    >>> from autograd import Value
    >>> x = Value(2.0); y = x * x
    >>> x.data = 5.0
    >>> recompute(y).data
    25.0
    """
    fresh: dict[Value, float] = {}
    for node in topological_order(root):
        if node.inputs:
            fresh[node] = node.op.forward(*[fresh.get(x, x.data) for x in node.inputs])  # type: ignore[union-attr]
    for node, data in fresh.items():
        node.data = data
    return root
