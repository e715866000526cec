"""Nested structures: the numbers in lists, tuples, dicts and numpy arrays, in a fixed order.

`flatten` takes a structure apart into its leaves, and returns a function that builds the same shape
from as many other leaves: Values for an argument, gradients for what is returned.
A leaf is a number or a Value. (JAX calls such structures pytrees.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from autograd.checks import as_float, unboxed
from autograd.value import Value

Rebuild: TypeAlias = "Callable[[list[Any]], Any]"


def flatten(tree: Any, subject: str) -> tuple[list[Any], Rebuild]:
    """The leaves of a structure, and the function that rebuilds it from as many others.

    Lists, tuples (named ones too) and dicts keep their type, and dicts the order of their keys.
    Raises TypeError, naming the subject, for a leaf that is neither a number nor a Value.

    >>> leaves, rebuild = flatten({"w": [1.0, 2.0], "b": (3.0,)}, "params")
    >>> leaves, rebuild([-x for x in leaves])
    ([1.0, 2.0, 3.0], {'w': [-1.0, -2.0], 'b': (-3.0,)})
    """
    tree = unboxed(tree)
    if isinstance(tree, Value):
        return [tree], _only
    if isinstance(tree, dict):
        return _flattened(tree.values(), lambda parts: dict(zip(tree, parts)), subject)
    if isinstance(tree, (list, tuple)):
        return _flattened(tree, _maker(tree), subject)
    if getattr(tree, "ndim", 0):
        return _flattened_array(tree, subject)
    return [as_float(tree, subject)], _only


def _only(leaves: list[Any]) -> Any:
    return leaves[0]


def _flattened(
    parts: Any,
    make: Callable[[list[Any]], Any],
    subject: str,
) -> tuple[list[Any], Rebuild]:
    flat = [flatten(part, subject) for part in parts]
    counts = [len(leaves) for leaves, _ in flat]

    def rebuild(leaves: list[Any]) -> Any:
        built, start = [], 0
        for count, (_, rebuild_part) in zip(counts, flat):
            built.append(rebuild_part(leaves[start : start + count]))
            start += count
        return make(built)

    return [leaf for leaves, _ in flat for leaf in leaves], rebuild


def _flattened_array(array: Any, subject: str) -> tuple[list[Any], Rebuild]:
    """The elements of a numpy array; it is rebuilt from floats, or from Values as objects."""
    import numpy as np

    def rebuild(leaves: list[Any]) -> Any:
        # Leaves may be arrays themselves, as the rows of a Jacobian are: their axes come last.
        kind = object if any(isinstance(leaf, Value) for leaf in leaves) else None
        stacked = np.array(leaves, kind)
        return stacked.reshape(array.shape + stacked.shape[1:])

    leaves = [flatten(element, subject)[0] for element in array.ravel().tolist()]
    return [leaf for (leaf,) in leaves], rebuild


def with_values(tree: Any, change: Callable[[Value], Any]) -> Any:
    """The structure with each Value changed; everything else in it stays.

    >>> with_values([Value(2.0), "mse"], lambda value: -value.data)
    [-2.0, 'mse']
    """
    if isinstance(tree, Value):
        return change(tree)
    if isinstance(tree, dict):
        return {key: with_values(part, change) for key, part in tree.items()}
    if isinstance(tree, (list, tuple)):
        return _maker(tree)([with_values(part, change) for part in tree])
    if getattr(getattr(tree, "dtype", None), "hasobject", False):
        leaves, rebuild = _flattened_array(tree, "an array")
        return rebuild([with_values(leaf, change) for leaf in leaves])
    return tree


def holds_value(tree: Any) -> bool:
    """Whether there is a Value in the structure.

    >>> holds_value([1.0, {"w": Value(2.0)}]), holds_value([1.0, 2.0])
    (True, False)
    """
    if isinstance(tree, dict):
        tree = list(tree.values())
    if isinstance(tree, (list, tuple)):
        return any(map(holds_value, tree))
    if getattr(getattr(tree, "dtype", None), "hasobject", False):
        return holds_value(tree.ravel().tolist())
    return isinstance(tree, Value)


def numbers_in(tree: Any) -> Any:
    """The structure with each Value replaced by its number."""
    return with_values(tree, lambda value: value.data)


def _maker(tree: Any) -> Callable[[list[Any]], Any]:
    """What makes a list or tuple of that type; calling a named tuple would need separate fields."""
    make: Callable[[list[Any]], Any] = getattr(tree, "_make", type(tree))
    return make
