"""The facts of a graph, each computed once; scenes, folds and players only arrange them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from autograd import CONST, Value, topological_order
from autograd.checks import shown
from viz.graph.modules import module_of, modules

SMALL_SLOPE = 0.01
"""With a smaller slope, a unit near its asymptote counts as saturated."""

REFUSALS = (ArithmeticError, LookupError, TypeError, ValueError)
"""What a user-defined op may raise for a number outside its domain."""


@dataclass(frozen=True)
class Reading:
    """The facts of a graph. Lists have one entry for each node, in topological order.

    `inputs` are places in that order, `paths` modules, `labels` the names on cards without the
    module's path; `grads` are numbers, even if gradients are graphs; `slopes` and `flows` have one
    entry per input: ∂node/∂input, and grad · slope, which is None into constants. `stale` and
    `leading` hold places: of nodes whose numbers are out of date, and of those on the highlighted
    paths. `swept` is whether a backward pass has left gradients: after a pass from the root, or
    from above it, the root's gradient is not 0.
    """

    order: list[Value]
    inputs: list[tuple[int, ...]]
    paths: list[str]
    labels: list[str]
    grads: list[float]
    slopes: list[tuple[float, ...]]
    flows: list[tuple[float | None, ...]]
    stale: set[int]
    leading: set[int]
    swept: bool

    @cached_property
    def marks(self) -> dict[int, str]:
        """What is unusual about nodes, by place: words of `viz.graph.scene.MARKS`."""
        return _marks(self)

    @property
    def root(self) -> Value:
        return self.order[-1]

    def kind(self, i: int) -> Literal["parameter", "input", "constant", "inner", "output"]:
        """What a node is: a leaf of a module is a parameter.

        Another leaf is an input if it is called x... or y..., or if it has no name and there are
        modules.
        """
        node = self.order[i]
        if node.inputs:
            return "output" if node is self.root else "inner"
        if node.op is CONST:
            return "constant"
        name = node.label or self.labels[i]
        is_input = name.lower().startswith(("x", "y")) if name else any(self.paths)
        return "input" if is_input and not module_of(name) else "parameter"


def read(
    root: Value, names: Mapping[str, Any] | None = None, highlight: Value | None = None
) -> Reading:
    """The reading of the graph of `root`.

    Raises TypeError for anything but a Value or a mapping, and ValueError for a highlight outside
    the graph.
    """
    if not isinstance(root, Value):
        raise TypeError(
            f"a drawing needs the root of a graph, a Value such as the loss, got "
            f"{type(root).__name__}"
        )
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(
            f"names must map names to Values, as locals() does, got {type(names).__name__}"
        )
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    inputs = [tuple(map(place.__getitem__, node.inputs)) for node in order]
    paths = modules(order)
    grads = [_number(node.grad) for node in order]
    slopes = [slopes_of(node) for node in order]
    return Reading(
        order=order,
        inputs=inputs,
        paths=paths,
        labels=_labels(order, paths, _named(names or {})),
        grads=grads,
        slopes=slopes,
        flows=[_flows(node, grad, at) for node, grad, at in zip(order, grads, slopes)],
        stale=stale_in(order, inputs),
        leading=_leading(place, inputs, highlight),
        swept=bool(root.grad),  # nan counts too
    )


def _number(grad: Any) -> float:
    """A gradient as a number, even if it is a graph (`create_graph=True`)."""
    return float(grad.data if isinstance(grad, Value) else grad)


def _labels(order: Sequence[Value], paths: Sequence[str], named: dict[Value, str]) -> list[str]:
    """What each node is called on its card: its label, without the path of its module."""
    labels = []
    for node, path in zip(order, paths):
        label = node.label.removeprefix(f"{path}.") if path else node.label
        labels.append(label or named.get(node, ""))
    return labels


def slopes_of(node: Value) -> tuple[float, ...]:
    """∂node/∂input for each of its inputs, at their numbers."""
    if not (node.inputs and node.op):
        return ()
    inputs = tuple([x.data for x in node.inputs])
    return tuple(map(float, node.op.slopes_at(inputs, node.data)))


def closed(node: Value, slope: float) -> bool:
    """Whether nothing flows over an edge into this node, by the pullback's rule for switches.

    Not even inf times 0 does.
    """
    return slope == 0 and node.op is not None and node.op.switch


def _flows(node: Value, grad: float, slopes: tuple[float, ...]) -> tuple[float | None, ...]:
    """What flows back over each edge into a node: grad · slope, and None to constants."""
    flows: list[float | None] = []
    for x, slope in zip(node.inputs, slopes):
        if x.op is CONST:
            flows.append(None)
        else:
            flows.append(0.0 if closed(node, slope) else grad * slope)
    return tuple(flows)


def stale_in(order: Sequence[Value], inputs: Sequence[tuple[int, ...]]) -> set[int]:
    """The places of nodes whose numbers are out of date.

    Data was assigned after recording, to an input or to something it is made from.
    """
    stale: set[int] = set()
    for i, node in enumerate(order):
        if inputs[i] and (not stale.isdisjoint(inputs[i]) or not _holds(node)):
            stale.add(i)
    return stale


def _holds(node: Value) -> bool:
    """Whether an op still gives what its node has; not if it raises now."""
    assert node.op is not None
    try:
        return same(node.op.forward(*[x.data for x in node.inputs]), node.data)
    except REFUSALS:
        return False


def same(a: float, b: float) -> bool:
    """Equal, or both nan."""
    return a == b or (a != a and b != b)


def _marks(reading: Reading) -> dict[int, str]:
    # Slopes at new numbers say nothing about gradients at the old ones.
    differ = set() if reading.stale else _differing(reading)
    marks: dict[int, str] = {}
    for i, node in enumerate(reading.order):
        mark = "grad differs" if i in differ else flatness(node, reading.slopes[i])
        if mark:
            marks[i] = mark
    marks |= dict.fromkeys(reading.stale, "stale")
    for name, is_bad in (("inf", math.isinf), ("nan", math.isnan)):
        marks |= _origin(reading, name, is_bad)
    return marks


def _origin(reading: Reading, name: str, is_bad: Callable[[float], bool]) -> dict[int, str]:
    """Where inf or nan comes from: the first node to have it, or the last whose grad has it."""
    order = reading.order
    for i, node in enumerate(order):
        made_here = not any(is_bad(x.data) for x in node.inputs)
        if node.op is not CONST and is_bad(node.data) and made_here:
            return {i: f"first {name}"}
    if reading.swept:
        for i in range(len(order) - 1, -1, -1):
            if is_bad(reading.grads[i]):
                return {i: f"first {name} grad"}
    return {}


def flatness(node: Value, slopes: tuple[float, ...]) -> str:
    """What is flat about a node: "off", "saturated", or "".

    A switch such as relu that lets no gradient through is off; an op of small slope near an
    asymptote is saturated.

    >>> from autograd import exp
    >>> nodes = [Value(-1.0).relu(), Value(9.0).tanh(), Value(9.0).exp(), Value(0.0).cos()]
    >>> [flatness(node, slopes_of(node)) for node in nodes]
    ['off', 'saturated', '', '']
    """
    op = node.op
    if op is None or not callable(op.slopes):
        return ""
    flowing = [i for i, x in enumerate(node.inputs) if x.op is not CONST]
    if flowing and all(closed(node, slopes[i]) for i in flowing):
        return "off"
    # A product with a small constant is flat too, but no other input could change that.
    one_input = len(flowing) == 1 and op.arity - len(op.defaults) == 1
    if not one_input or not abs(slopes[flowing[0]]) < SMALL_SLOPE:
        return ""
    inputs = [x.data for x in node.inputs]
    return "saturated" if _levels_off(op.forward, inputs, flowing[0]) else ""


def _levels_off(forward: Callable[..., float], inputs: list[float], i: int) -> bool:
    """Whether a function has levelled off far out in its i-th input; a cosine, say, never does."""

    def far(distance: float) -> float:
        return forward(*inputs[:i], math.copysign(distance, inputs[i]), *inputs[i + 1 :])

    try:
        one, other = far(1e6), far(3e6)
    except REFUSALS:  # a user-defined op may not handle numbers this large
        return False
    return math.isfinite(one) and math.isclose(one, other, rel_tol=1e-5, abs_tol=1e-5)


def _differing(reading: Reading) -> set[int]:
    """The places of nodes whose gradient is not the sum of what flows back to them here."""
    if not reading.swept:
        return set()
    total = [0.0] * len(reading.order)
    size = [0.0] * len(reading.order)
    for inputs, flows in zip(reading.inputs, reading.flows):
        for x, flow in zip(inputs, flows):
            total[x] += flow or 0.0
            size[x] += abs(flow or 0.0)
    found = set()
    for i, node in enumerate(reading.order[:-1]):
        # nan is never greater than anything
        if node.op is not CONST and abs(reading.grads[i] - total[i]) > 1e-9 * size[i] + 1e-300:
            found.add(i)
    return found


def _named(names: Mapping[str, Any]) -> dict[Value, str]:
    """The first name of each Value; those in lists and tuples are x[0], x[1], ..."""
    found: dict[Value, str] = {}
    # Notebooks keep old results as _, __, _3: such names come last.
    for name, x in sorted(names.items(), key=lambda item: str(item[0]).startswith("_")):
        if isinstance(x, Value):
            found.setdefault(x, str(name))
        elif isinstance(x, (list, tuple)):
            for i, x_i in enumerate(x):
                if isinstance(x_i, Value):
                    found.setdefault(x_i, f"{name}[{i}]")
    return found


def _leading(
    place: dict[Value, int], inputs: list[tuple[int, ...]], highlight: Value | None
) -> set[int]:
    """The places on the paths from a highlighted node to the root."""
    if highlight is None:
        return set()
    if not isinstance(highlight, Value):
        raise TypeError(
            f"highlight must be a Value of the graph, got {type(highlight).__name__} "
            f"{shown(highlight, 100)}"
        )
    if highlight not in place:
        raise ValueError(
            f"highlight must be a node of the graph, got {shown(highlight, 100)}, on which the "
            f"root does not depend"
        )
    leading = {place[highlight]}
    for i, of_node in enumerate(inputs):
        if not leading.isdisjoint(of_node):
            leading.add(i)
    return leading
