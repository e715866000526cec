"""What a drawing reads off a graph, whole or folded: modules, titles, slopes, what flows back, and what is odd about a node."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import CONST, Op, Value, topological_order
from autograd.checks import shown
from viz.graph.modules import module_of, modules


@dataclass(frozen=True)
class Reading:
    """A graph in topological order, the module of each node, names for nodes without a label, and the nodes on highlighted paths.

    `swept` says whether a backward pass has left gradients: one from here, or from above, leaves the root one that is not 0.
    """

    root: Value
    order: list[Value]
    paths: list[str]
    named: dict[Value, str]
    leading: set[Value]

    @property
    def swept(self) -> bool:
        return bool(self.root.grad)  # nan counts too

    def label(self, node: Value, path: str) -> str:
        """What a node of that module is called on its card: its label, without the path of the module; else its name."""
        label = node.label.removeprefix(f"{path}.") if path else node.label
        return label or self.named.get(node, "")

    def kind(self, node: Value) -> Any:
        """A leaf of a module is a parameter; another is an input if it is called x... or y..., or beside modules if it has no name."""
        if node.inputs:
            return "output" if node is self.root else "inner"
        if node.op is CONST:
            return "constant"
        name = node.label or self.named.get(node, "")
        of_module = module_of(name)
        is_input = name.lower().startswith(("x", "y")) if name else any(self.paths)
        return "input" if is_input and not of_module else "parameter"


def read(root: Value, names: Mapping[str, Any] | None = None, highlight: Value | None = None) -> Reading:
    """The reading of the graph of `root`. Raises TypeError for what is no Value or no mapping, ValueError for a strange highlight."""
    if not isinstance(root, Value):
        raise TypeError(f"a drawing needs the root of a graph, a Value such as the loss, got {type(root).__name__}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f"names must map names to Values, as locals() does, got {type(names).__name__}")
    if highlight is not None and not isinstance(highlight, Value):
        raise TypeError(f"highlight must be a Value of the graph, got {type(highlight).__name__} {shown(highlight, 100)}")
    order = topological_order(root)
    return Reading(root, order, modules(order), _named(names or {}), _leading_to_root(order, highlight))


def slopes_of(node: Value) -> tuple[float, ...]:
    """∂node/∂input for each of its inputs, at their numbers."""
    if not (node.inputs and node.op):
        return ()
    return tuple(map(float, node.op.slopes_at(tuple([x.data for x in node.inputs]), node.data)))


def closed(node: Value, slope: float) -> bool:
    """Whether nothing flows over an edge into this node, not even inf times 0: as the pullback has it for switches."""
    return slope == 0 and node.op is not None and node.op.switch


def flows_of(node: Value) -> Iterator[tuple[Value, float, float | None]]:
    """For each input its slope, and what flows back to it of the node's gradient, grad · slope; None to constants."""
    for x, slope in zip(node.inputs, slopes_of(node)):
        yield x, slope, None if x.op is CONST else 0.0 if closed(node, slope) else node.grad * slope


def stale_in(order: Sequence[Value]) -> set[Value]:
    """The nodes whose numbers are out of date: data was assigned after recording, to an input or to what it is made of."""
    stale: set[Value] = set()
    for node in order:
        if node.inputs and node.op and (any(x in stale for x in node.inputs) or not _holds(node.op, node)):
            stale.add(node)
    return stale


def _holds(op: Op, node: Value) -> bool:
    """Whether an op gives what its node has; one that raises now does not."""
    try:
        return same(op.forward(*[x.data for x in node.inputs]), node.data)
    except Exception:  # an op of the user's own, outside of its domain
        return False


def same(a: float, b: float) -> bool:
    """Equal, or both nan."""
    return a == b or (a != a and b != b)


def flatness(node: Value) -> str:
    """What is flat: "off", a switch such as relu that lets no gradient through; "saturated", an op of small slope near an asymptote.

    >>> from autograd import exp
    >>> [flatness(y) for y in (Value(-1.0).relu(), Value(9.0).tanh(), Value(9.0).exp(), Value(0.0).cos())]
    ['off', 'saturated', '', '']
    """
    op = node.op
    if op is None or not callable(op.slopes):
        return ""
    flowing = [(i, slope) for i, (x, slope) in enumerate(zip(node.inputs, slopes_of(node))) if x.op is not CONST]
    if flowing and all(closed(node, slope) for _, slope in flowing):
        return "off"
    if len(flowing) != 1 or op.arity - len(op.defaults) != 1 or not abs(flowing[0][1]) < SMALL_SLOPE:
        return ""  # a product with a small constant is flat too, but nothing that could be amended by another input
    i, inputs = flowing[0][0], [x.data for x in node.inputs]

    def far(distance: float) -> float:
        return op.forward(*inputs[:i], math.copysign(distance, inputs[i]), *inputs[i + 1 :])

    return "saturated" if _levels_off(far) else ""


SMALL_SLOPE = 0.01
"""Below it a unit near its asymptote counts as saturated."""


def _levels_off(far: Callable[[float], float]) -> bool:
    """Whether a function has come to rest far out; a cosine, say, has not."""
    try:
        one, other = far(1e6), far(3e6)
    except Exception:  # an op of the user's own may know nothing of numbers so large
        return False
    return math.isfinite(one) and math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-5)


def differing(reading: Reading) -> set[Value]:
    """The nodes whose gradient is not the sum of what flows back to them here."""
    if not reading.swept:
        return set()
    total = dict.fromkeys(reading.order, 0.0)
    size = dict.fromkeys(reading.order, 0.0)
    for node in reading.order:
        for x, _, flow in flows_of(node):
            total[x] += flow or 0.0
            size[x] += abs(flow or 0.0)
    below = (node for node in reading.order if node is not reading.root and node.op is not CONST)
    return {node for node in below if abs(node.grad - total[node]) > 1e-9 * size[node] + 1e-300}  # nan is never more than anything


def _named(names: Mapping[str, Any]) -> dict[Value, str]:
    """The first name of each Value; those in lists and tuples are x[0], x[1], ..."""
    found: dict[Value, str] = {}
    for name, x in sorted(names.items(), key=lambda item: str(item[0]).startswith("_")):  # notebooks keep old results as _, __, _3
        if isinstance(x, Value):
            found.setdefault(x, str(name))
        elif isinstance(x, (list, tuple)):
            for i, x_i in enumerate(x):
                if isinstance(x_i, Value):
                    found.setdefault(x_i, f"{name}[{i}]")
    return found


def _leading_to_root(order: list[Value], source: Value | None) -> set[Value]:
    """The nodes on the paths from `source` to the root."""
    if source is None:
        return set()
    if source not in order:
        raise ValueError(f"highlight must be a node of the graph, got {shown(source, 100)}, on which the root does not depend")
    leading = {source}
    for node in order:
        if any(x in leading for x in node.inputs):
            leading.add(node)
    return leading
