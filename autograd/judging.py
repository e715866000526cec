"""What becomes of every slope of a graph: judged right, judged wrong, or not judged, and why not.

`node_findings` judges the slopes of one node, `whole_findings` the gradient as a whole, which shows
faults that no single node does. Neither steps over a kink or out of a domain to measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, NamedTuple

from autograd.checks import Interval
from autograd.graph import data_of, graph_of, pullback, topological_order
from autograd.numerical import FLOOR, RIGHT, Comparison, compare, wide_step
from autograd.op import CONST, Op
from autograd.sampling import WIDTH, inner, window
from autograd.value import Value

AT_KINK: Final = "at a kink, where there is no derivative"
OUTSIDE: Final = "outside the domain of its op, or at the end of it"
TINY: Final = "as small here as the roundings of what it usually is"
RANDOM: Final = "it gives something else each time: it draws at random, or keeps a state"

Point = Sequence[float]
REPEATS: Final = 5
"""How often a function must give the same at the same point, before it is measured and after."""


class Finding(NamedTuple):
    """What became of a slope of a node, or of the gradient of the root in an input of the function.

    With `order` 2, what became of its derivatives. `fault` says what is wrong with it, `reason` why
    it was not judged; where both are empty it is right.
    """

    kind: Literal["slope", "gradient"]
    node: Value
    position: int
    order: int
    fault: str = ""
    reason: str = ""

    @property
    def judged(self) -> bool:
        """Whether it was compared with numbers."""
        return not self.reason


def node_findings(node: Value, name: str, order: int) -> Iterator[Finding]:
    """The findings on a node's slopes, and with `order` 2 on their derivatives.

    `name` is what a fault calls the node. Nothing is said of constants, into which no gradient
    flows.
    """
    op, inputs = node.op, numbers_into(node)
    if op is None or op is CONST:
        return
    positions = [i for i, x in enumerate(node.inputs) if x.op is not CONST]
    reason = why_unjudged(node)
    if reason:
        yield from [Finding("slope", node, i, 1, reason=reason) for i in positions]
        return
    called = f"node {name} = {in_words(node)}"
    slopes = op.slopes_at(inputs, node.data)
    if len(slopes) != op.arity:
        counts = f"slopes must be one for each of its {op.arity} inputs, got {len(slopes)}"
        yield Finding("slope", node, 0, 1, f"op {op.name!r}: {counts}")
        return
    for i in positions:
        found = _compare_inside(op, inputs, _slope_of(op, i), _value_of(op), i)
        fault = ""
        if found.wanted is not None:
            which = f"slope {i} (∂{op.name}/∂input {i})"
            fault = f"{called}: {which} is {slopes[i]!r}, should be {found.wanted:.10g}"
        yield Finding("slope", node, i, 1, fault, found.reason)
        if order > 1 and not fault:
            yield _second_finding(node, op, i, called)


def numbers_into(node: Value) -> tuple[float, ...]:
    """The data of a node's inputs."""
    return tuple([x.data for x in node.inputs])


def in_words(node: Value) -> str:
    """A node as the call that made it, or as its number.

    >>> in_words(Value(2.0) * 3)
    'mul(2.0, 3.0)'
    """
    if node.op is None:
        return repr(node.data)
    return f"{node.op.name}({', '.join(map(repr, numbers_into(node)))})"


def why_unjudged(node: Value) -> str:
    """Why no slope of a node can be compared with anything; empty if they can.

    >>> from autograd import relu
    >>> why_unjudged(relu(Value(0.0)))
    'at a kink, where there is no derivative'
    """
    op, inputs = node.op, numbers_into(node)
    assert op is not None
    if not same_in_each(node.data, *[_value(op, inputs) for _ in range(REPEATS)]):
        return RANDOM
    if not math.isfinite(node.data):
        return f"its value is {node.data!r}"
    if any(x in ends for x, ends in zip(inputs, op.domain)):
        return OUTSIDE
    if is_near_kink(op, inputs, [1e-9 * abs(x) for x in inputs]):
        return AT_KINK
    slopes, again = [op.slopes_at(inputs, node.data) for _ in range(2)]
    return "" if all(map(same_in_each, slopes, again)) else RANDOM


def overflows(node: Value) -> bool:
    """Whether a node is far out of its op's usual window, and some derivative there not finite.

    A formula such as exp(x) / (1 + exp(x)) holds for all x, and overflows from 710 on. Searches do
    not go there by themselves.
    """
    op, point = node.op, numbers_into(node)
    assert op is not None
    windows = [window(interval) for interval in op.domain]
    if all(low <= x <= high for x, (low, high) in zip(point, windows)):
        return False
    derivatives = [float(slope) for slope in op.slopes_at(point, node.data)]
    for i in range(op.arity):
        derivatives += [_derivative_of_slope(node, op, i, j)(*point) for j in range(op.arity)]
    return not all(map(math.isfinite, derivatives))


def same_in_each(*numbers: float) -> bool:
    """Whether all the numbers are equal, or all nan.

    >>> same_in_each(1.0, 1.0), same_in_each(math.nan, math.nan), same_in_each(1.0, math.nan)
    (True, True, False)
    """
    first = numbers[0]
    return all(x == first or (x != x and first != first) for x in numbers)


def _value(op: Op, inputs: Point) -> float:
    # A forward that raises where `math` does, though a row should not, has no value there.
    return _or_nan(op.forward)(*inputs)


def _or_nan(f: Callable[..., float]) -> Callable[..., float]:
    """The function f with nan for a value where it raises what `math` raises."""

    def total(*point: float) -> float:
        try:
            return f(*point)
        except (ArithmeticError, ValueError):
            return math.nan

    return total


def is_near_kink(op: Op, inputs: Point, margins: Sequence[float]) -> bool:
    """Whether a kink lies at the inputs, or where one of them would come by its margin.

    >>> from autograd import relu
    >>> is_near_kink(relu, (0.5,), (0.1,)), is_near_kink(relu, (0.5,), (0.6,))
    (False, True)
    """
    if op.kink is None:
        return False
    here = op.kink(*inputs)
    if here == 0 or here != here:
        return True
    for i, (x, margin) in enumerate(zip(inputs, margins)):
        sides = [op.kink(*_moved(inputs, i, y)) * here for y in (x - margin, x + margin)]
        if margin and not min(sides) > 0:
            return True
    return False


def _moved(point: Point, i: int, x: float) -> tuple[float, ...]:
    return (*point[:i], x, *point[i + 1 :])


def _along(f: Callable[..., float], point: Point, i: int) -> Callable[[float], float]:
    return lambda x: f(*_moved(point, i, x))


# The slopes of a node.


def _value_of(op: Op) -> Callable[..., float]:
    return lambda *point: _value(op, point)


def _slope_of(op: Op, i: int) -> Callable[..., float]:
    return _or_nan(lambda *point: float(op.slopes_at(point, _value(op, point))[i]))


def _derivative_of_slope(node: Value, op: Op, i: int, j: int) -> Callable[..., float]:
    """The derivative of slope i in input j, by the chain rule over the graph of the slope."""
    fixed = [x.op is CONST for x in node.inputs]

    def at(*point: float) -> float:
        args = [x if const else Value(x) for x, const in zip(point, fixed)]
        return _derivative(op.slopes_at(tuple(args), op(*args))[i], args[j])

    return at


def _derivative(y: Value | float, x: Any) -> float:
    """∂y/∂x by the chain rule; 0 if y is a number, in which there is no x."""
    if not isinstance(y, Value):
        return 0.0
    grad_of: dict[Value, float] = dict(zip(*pullback(y, 1.0)))
    return grad_of.get(x, 0.0)


def _compare_inside(
    op: Op,
    inputs: Point,
    slope: Callable[..., float],
    f: Callable[..., float],
    i: int,
) -> Comparison:
    """Compare without leaving the domain; outside of it a row promises nothing, so no blame."""
    reach = _room(op, inputs, i)
    if reach < 64 * math.ulp(inputs[i]):
        return Comparison(reason=AT_KINK)  # no step between two floats stays on this side of it
    found = compare(_along(slope, inputs, i), _along(f, inputs, i), inputs[i], reach)
    inside = all(low < x < high for x, (low, high) in zip(inputs, op.domain))
    if not inside and found != RIGHT:
        return Comparison(reason=OUTSIDE)
    if found.wanted is not None:
        windows = [inner(interval) for interval in op.domain]
        length = (windows[i][1] - windows[i][0]) / WIDTH
        usual = max(_usual_size(slope, windows), _usual_size(f, windows) / length)
        if abs(slope(*inputs) - found.wanted) <= FLOOR * usual:
            return Comparison(reason=TINY)
    return found


def _usual_size(f: Callable[..., float], windows: Sequence[Interval]) -> float:
    """A size that f has on at least a quarter of its domain, as nine points in a row show it."""
    sizes = []
    for k in range(1, 10):
        size = abs(f(*[low + k / 10 * (high - low) for low, high in windows]))
        sizes.append(size if math.isfinite(size) else 0.0)
    return sorted(sizes)[6]


def _room(op: Op, inputs: Point, i: int) -> float:
    """How far input i may move: to the next end of the domain, and not over a kink."""
    x = inputs[i]
    room = min([abs(x - end) for end in op.domain[i]])
    kink = op.kink
    if kink is None:
        return room
    here = kink(*inputs)

    def crosses(step: float) -> bool:
        up, down = [kink(*_moved(inputs, i, x + move)) for move in (step, -step)]
        # A kink function that jumps, such as x - floor(x), is noticed by its bend.
        return not (up * here > 0 and down * here > 0) or abs(up + down - 2 * here) > abs(here)

    return min(room, clear_reach(crosses, x, room))


def clear_reach(crosses: Callable[[float], bool], x: float, room: float = math.inf) -> float:
    """The shortest of halved steps that crosses something; infinite if none does.

    >>> clear_reach(lambda step: step > 0.1, 0.0)
    0.125
    """
    step = min(max(wide_step(x), abs(x) / 4), room / 2)
    reach, calm = math.inf, 0
    while calm < 6 and x + step != x:
        if crosses(step):
            reach, calm = step, 0
        else:
            calm += 1
        step /= 2
    return reach


def _second_finding(node: Value, op: Op, i: int, called: str) -> Finding:
    """The finding on the derivatives of slope i in every input."""
    inputs, reasons = numbers_into(node), []
    for j, x in enumerate(node.inputs):
        if x.op is CONST:
            continue
        derivative = _derivative_of_slope(node, op, i, j)
        found = _compare_inside(op, inputs, derivative, _slope_of(op, i), j)
        if found.wanted is not None:
            fault = (
                f"{called}: the derivative of slope {i} in input {j} is {derivative(*inputs)!r}, "
                f"should be {found.wanted:.10g} (write slopes with the engine's ops alone, not "
                f"with math or .data)"
            )
            return Finding("slope", node, i, 2, fault)
        reasons.append(found.reason)
    return Finding("slope", node, i, 2, reason=max(reasons, key=len))


# The gradient as a whole.


class Whole:
    """A function of several numbers, its gradient and its second derivatives at any point."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f = f

    def value(self, *point: float) -> float:
        return float(self.f(*map(Value, point)))

    def gradient(self, *point: float) -> list[float]:
        args = [Value(x) for x in point]
        grad_of = dict(zip(*pullback(self.f(*args), 1.0, data_of)))
        return [grad_of.get(x, 0.0) for x in args]

    def slope(self, i: int) -> Callable[..., float]:
        return lambda *point: self.gradient(*point)[i]

    def second(self, i: int, j: int) -> Callable[..., float]:
        def at(*point: float) -> float:
            args = [Value(x) for x in point]
            grad_of = dict(zip(*pullback(self.f(*args), 1.0, graph_of)))
            return _derivative(grad_of.get(args[i], 0.0), args[j])

        return at

    def repeats(self, point: Point, outcome: Sequence[float]) -> bool:
        """Whether its value and its gradient are again what they were."""
        again = [[self.value(*point), *self.gradient(*point)] for _ in range(REPEATS)]
        return all(map(same_in_each, outcome, *again))


def whole_findings(
    f: Callable[..., Any],
    leaves: Sequence[Value],
    root: Value,
    order: int,
    of_nodes: Sequence[Finding],
) -> Iterator[Finding]:
    """The findings on the gradient as a whole, after those on the nodes, none of which is wrong.

    It shows a path that left the graph, a Python `if`, a function that is not pure.
    """
    whole, point = Whole(f), [x.data for x in leaves]
    first = [root.data, *whole.gradient(*point)]
    found: list[Finding] = []
    if whole.repeats(point, first):
        found = list(_gradient_findings(whole, leaves, root, order, of_nodes))
    if whole.repeats(point, first):
        yield from found
    else:
        yield from [Finding("gradient", root, i, 1, reason=RANDOM) for i in range(len(leaves))]


def _gradient_findings(
    whole: Whole,
    leaves: Sequence[Value],
    root: Value,
    order: int,
    of_nodes: Sequence[Finding],
) -> Iterator[Finding]:
    nodes = topological_order(root)
    behind = _behind(nodes, [finding for finding in of_nodes if finding.order == 1])
    behind_second = _behind(nodes, of_nodes)
    visible = [i for i, leaf in enumerate(leaves) if leaf not in behind]
    reach = {i: _whole_reach(nodes, leaves[i]) for i in visible}
    point = [x.data for x in leaves]

    def compared(slope: Callable[..., float], f: Callable[..., float], j: int) -> Comparison:
        got, value = [_along(_or_nan(curve), point, j) for curve in (slope, f)]
        return compare(got, value, point[j], reach[j])

    for i, leaf in enumerate(leaves):
        if leaf in behind:
            yield Finding("gradient", root, i, 1, reason=behind[leaf])
            continue
        found = compared(whole.slope(i), whole.value, i)
        fault = ""
        if found.wanted is not None:
            fault = (
                f"the gradient in input {i} is {whole.slope(i)(*point)!r}, should be "
                f"{found.wanted:.10g}, although each node's slopes are right: f leaves the graph "
                f"(float(), .data, math), branches on a Value, or is not a pure function"
            )
        yield Finding("gradient", root, i, 1, fault, found.reason)
        if order == 1 or fault:
            continue
        unknown = behind_second.get(leaf, "")
        for j in visible:
            if unknown or leaves[j] in behind_second:
                continue
            found = compared(whole.second(i, j), whole.slope(i), j)
            unknown = unknown or found.reason
            if found.wanted is not None:
                got = whole.second(i, j)(*point)
                is_now = f"the second derivative in inputs {i} and {j} is {got!r}"
                fault = f"{is_now}, should be {found.wanted:.10g}"
                break
        yield Finding("gradient", root, i, 2, fault, unknown)


def _behind(nodes: Sequence[Value], findings: Sequence[Finding]) -> dict[Value, str]:
    """Every node that leads to one that has not been judged, with the reason."""
    reasons = {finding.node: finding.reason for finding in findings if finding.reason}
    behind: dict[Value, str] = {}
    for node in reversed(nodes):
        reason = behind.get(node, "")
        if node in reasons:
            reason = f"it leads through {in_words(node)}: {reasons[node]}"
        if reason:
            for x in node.inputs:
                behind.setdefault(x, reason)
    return behind


def _whole_reach(nodes: Sequence[Value], leaf: Value) -> float:
    """How far a leaf may move until some node of the graph leaves its domain or meets a kink."""
    limited = [node for node in nodes if node.op is not None and _is_limited(node.op)]
    if not limited:
        return math.inf

    def crosses(step: float) -> bool:
        return not all(_stays(nodes, leaf, leaf.data + move) for move in (step, -step))

    return clear_reach(crosses, leaf.data)


def _is_limited(op: Op) -> bool:
    bounded = any(math.isfinite(end) for interval in op.domain for end in interval)
    return bounded or op.kink is not None


def _stays(nodes: Sequence[Value], leaf: Value, x: float) -> bool:
    """Whether all nodes stay on their side of kinks and domains' ends when a leaf becomes x."""
    moved = {leaf: x}
    for node in nodes:
        op = node.op
        if op is None or not any(y in moved for y in node.inputs):
            continue
        before = numbers_into(node)
        after = [moved.get(y, y.data) for y in node.inputs]
        if not all(map(_same_side, before, after, op.domain)):
            return False
        if op.kink is not None and not op.kink(*before) * op.kink(*after) > 0:
            return False
        moved[node] = _value(op, after)
    return True


def _same_side(before: float, after: float, interval: tuple[float, float]) -> bool:
    """Whether no end of an interval lies between two numbers.

    >>> _same_side(2.0, 3.0, (0.0, 1.0)), _same_side(0.5, 1.5, (0.0, 1.0))
    (True, False)
    """
    return all((before > end) == (after > end) and after != end for end in interval)
