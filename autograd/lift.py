"""The arguments of a differentiated call: structures of numbers, lifted into the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from autograd import ops
from autograd.detach import watching
from autograd.trees import Rebuild, flatten, holds_value
from autograd.value import Value


class Lifted(NamedTuple):
    """The arguments of a call, with a fresh Value for each number that is differentiated."""

    args: list[Any]
    variables: list[Value]
    shapes: list[tuple[int, Rebuild]]
    nested: bool

    def run(self, f: Callable[..., Any], options: Mapping[str, Any] | None = None) -> Any:
        """What f returns; raises DetachedError if a variable becomes a float on the way."""
        with watching(self.variables):
            return f(*self.args, **(options or {}))

    def in_shape(self, leaves: Sequence[Any]) -> tuple[Any, ...]:
        """A number for each variable, in the shapes of the arguments they belong to."""
        shaped, start = [], 0
        for count, rebuild in self.shapes:
            shaped.append(rebuild(list(leaves[start : start + count])))
            start += count
        return tuple(shaped)

    def tangents(self, tangents: Sequence[Any], taker: str) -> list[Any]:
        """The numbers in the tangents, one for each variable."""
        found = []
        for (count, _), tangent in zip(self.shapes, tangents):
            found += alike(tangent, count, "tangent", f"a primal of {taker}")
        return found


def lift(
    xs: Sequence[Any],
    places: Iterable[int],
    inner: bool,
    options: Mapping[str, Any] | None = None,
) -> Lifted:
    """The arguments, with those at `places` made of fresh Values.

    A Value gets a node of its own through `identity`: the outer graph stays connected, and f sees
    an argument that nothing else depends on, even if it uses the outer Value as well. A module
    keeps its parameters, which f reaches through it.

    The derivative must be a graph itself if f was called with Values, or called from a function
    that is being differentiated (`inner`), whose variables f may use without taking them as
    arguments.
    """
    args, variables, shapes = list(xs), list[Value](), []
    for i in places:
        if hasattr(xs[i], "named_parameters"):
            named = dict(xs[i].named_parameters())
            fresh, rebuild = list(named.values()), _by_name(named)
        else:
            leaves, rebuild = flatten(xs[i], "Value")
            fresh = [ops.identity(x) if isinstance(x, Value) else Value(x) for x in leaves]
            args[i] = rebuild(fresh)
        variables += fresh
        shapes.append((len(fresh), rebuild))
    nested = inner or holds_value([*xs, *(options or {}).values()])
    return Lifted(args, variables, shapes, nested)


def _by_name(named: dict[str, Value]) -> Rebuild:
    return lambda leaves: dict(zip(named, leaves))


def alike(tree: Any, count: int, what: str, partner: str) -> list[Any]:
    leaves, _ = flatten(tree, f"a {what}")
    if len(leaves) != count:
        raise ValueError(
            f"a {what} must have the shape of {partner}: "
            f"it needs {count} numbers, got {len(leaves)}"
        )
    return leaves
