"""Copies and pickles of Values, without recursion: a graph may be deeper than Python's stack.

Both keep identity: nodes that were shared are shared in the copy, across all Values that are copied
together.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from autograd.order import topological_order

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.value import Value


def restore(
    data: float, grad: float, label: str, op: Op | None, inputs: tuple[Value, ...]
) -> Value:
    """The node with these parts (a pickle calls this)."""
    from autograd.value import Value

    node = Value(0.0)
    node._data, node.label, node.op = data, label, op
    if grad:
        node.grad = grad
    node._connect(inputs)
    return node


def _parts(node: Value) -> tuple[float, float, str, Op | None]:
    """What a copy holds besides its inputs; for a gradient that is a graph, only its number."""
    grad = node.grad
    return node._data, getattr(grad, "data", grad), node.label, node.op


def deepcopy(root: Value, memo: dict[int, Any]) -> Value:
    """A copy of `root` and all it depends on, except what `memo` already has."""
    stack = [root]
    while stack:
        node = stack[-1]
        missing = [x for x in node.inputs if id(x) not in memo]
        if missing:  # copy them first, then come back to this node
            stack += missing
            continue
        stack.pop()
        if id(node) not in memo:
            inputs = tuple([memo[id(x)] for x in node.inputs])
            memo[id(node)] = restore(*_parts(node), inputs)
    copied: Value = memo[id(root)]
    return copied


class _Pickling(threading.local):
    """Whether this thread is writing ancestors, inputs before the nodes made from them."""

    in_order = False


_pickling = _Pickling()


class _Ancestors:
    """Pickles as a list of nodes, inputs before the nodes made from them."""

    def __init__(self, nodes: list[Value]) -> None:
        self.nodes = nodes

    def __reduce__(self) -> tuple[Callable[[], list[Any]], tuple[()], None, Iterator[Value]]:
        return list, (), None, self._each()

    def _each(self) -> Iterator[Value]:
        _pickling.in_order = True
        try:
            yield from self.nodes
        finally:
            _pickling.in_order = False


class Copied:
    """How `copy.deepcopy` and `pickle` handle a Value."""

    __slots__ = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return deepcopy(cast("Value", self), memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return reduce(cast("Value", self))


def reduce(root: Value) -> tuple[Callable[..., Value], tuple[Any, ...]]:
    """How `root` is pickled: its ancestors first, so that no node waits for its inputs.

    A node among those ancestors needs no list of its own: the pickler has already met its inputs,
    and refers to them.
    """
    parts = (*_parts(root), root.inputs)
    if not root.inputs or _pickling.in_order:
        return restore, parts
    return _restore_after, (_Ancestors(topological_order(root)[:-1]), *parts)


def _restore_after(ancestors: list[Value], *parts: Any) -> Value:
    return restore(*parts)
