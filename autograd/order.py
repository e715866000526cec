"""The topological order of a graph, and the forward pass run again in that order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from autograd.op import CONST

if TYPE_CHECKING:
    from autograd.value import Value


def topological_order(*roots: Value, leaves: bool = True) -> list[Value]:
    """Every node that the roots depend on, and the roots: inputs before the nodes made from them.

    The order is that of a depth-first search, inputs from left to right, so it depends on the graph
    alone. Source: Cormen et al., "Introduction to Algorithms", section 22.4. Without `leaves`,
    nodes that have no inputs are left out, unless they are roots. The search has a stack of its
    own, so that a chain of a million ops is no problem.

    >>> from autograd import Value
    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> [node.label or node.op.name for node in topological_order(a * b + a)]
    ['a', 'b', 'mul', 'add']
    """
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[Any] = [*reversed(roots)]
    left_out = object() if leaves else None  # the `_first` of nodes to leave out
    # Training spends its time in this loop and in the loop of `pullback`. So methods are looked up
    # once, and the two inputs that most nodes have are read without building `node.inputs`.
    emit, visit, push, pop = order.append, seen.add, stack.append, stack.pop
    while stack:
        node = pop()
        if node is None:  # marks the node below it, whose inputs are all done
            emit(pop())
            continue
        while node not in seen:  # down along the first inputs; the others wait on the stack
            visit(node)
            push(node)
            push(None)
            first = node._first
            if first is None:
                break
            arity = node.op.arity
            if arity == 2:
                second = node._second
                if second._first is not left_out:
                    push(second)
            elif arity > 2:
                for x in reversed(node._second):
                    if x._first is not left_out:
                        push(x)
            if first._first is left_out:
                break
            node = first
    return order


def recompute(root: Value) -> Value:
    """Run the forward pass again over the same graph, after leaf data changed; returns `root`.

    Every interior node gets data = forward(inputs); gradients stay as they are. All data is
    computed first and written at the end, so an error changes nothing. The graph of a derivative
    holds for the branches taken when it was recorded: record it again if another branch applies.

    >>> from autograd import Value
    >>> x = Value(2.0); y = x * x
    >>> x.data = 5.0
    >>> recompute(y).data
    25.0
    """
    float(root._data)  # raises while a compiler traces: there are no numbers to compute with
    fresh: dict[Value, float] = {}
    for node in topological_order(root, leaves=False):
        if node.op is not None and node.op is not CONST:
            fresh[node] = node.op.forward(*[fresh.get(x, x._data) for x in node.inputs])
    for node, data in fresh.items():
        node._data = data
    return root
