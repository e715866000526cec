"""The finding on every slope of a node: judged right, judged wrong, or not judged, and why not.

No measurement steps across a kink or out of a domain. The gradient as a whole is judged in
`whole.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final, Literal, NamedTuple

from autograd.checks import EVERYWHERE, Interval
from autograd.graph import pullback
from autograd.numerical import FLOOR, RIGHT, Comparison, compare, wide_step
from autograd.op import CONST, Op
from autograd.sampling import WIDTH, inner, window
from autograd.value import Value

AT_KINK: Final = "at a kink, where there is no derivative"
OUTSIDE: Final = "outside the domain of its op, or at the end of it"
TINY: Final = "as small here as the rounding errors of its usual size"
RANDOM: Final = "it gives a different result each time: it draws at random, or keeps a state"

Point = Sequence[float]
REPEATS: Final = 5
"""How often a function must give the same result at a point, before and after it is measured."""


class Finding(NamedTuple):
    """What was found on a slope of a node, or on the gradient in an input of the function.

    With `order` 2, it is about the derivatives of that. `fault` says what is wrong, `reason` why it
    was not judged; if both are empty, it is right.
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

    `name` is what a fault calls the node. Constants, into which no gradient flows, have none.
    """
    if node.op is None or node.op is CONST:
        return
    op, inputs = row_of(node), numbers_into(node)
    positions = [i for i, x in enumerate(node.inputs) if x.op is not CONST]
    reason = why_unjudged(node)
    if reason:
        yield from [Finding("slope", node, i, 1, reason=reason) for i in positions]
        return
    called = f"node {name} = {in_words(node)}"
    slopes = op.slopes_at(inputs, node.data)
    if len(slopes) != op.arity:
        counts = f"there must be one slope for each of its {op.arity} inputs, got {len(slopes)}"
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


def row_of(node: Value) -> Op:
    """The row of a node's op, with all numbers for its domain where its constants say so.

    >>> x = Value(0.0)
    >>> row_of(x**3).domain[0], row_of(x**2.5).domain[0]
    ((-inf, inf), (0.0, inf))
    """
    op = node.op
    assert op is not None
    if op.everywhere is None:
        return op
    constants = [x.data if x.op is CONST else math.nan for x in node.inputs]
    return _widened(op) if op.everywhere(*constants) else op


@cache
def _widened(op: Op) -> Op:
    """The same row with all numbers for its domain."""
    return replace(op, domain=(EVERYWHERE,) * op.arity)


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
    """Why no slope of a node can be compared with anything; "" if they can.

    >>> from autograd import relu
    >>> why_unjudged(relu(Value(0.0)))
    'at a kink, where there is no derivative'
    """
    op, inputs = row_of(node), numbers_into(node)
    if not same_in_each(node.data, *[value_at(op, inputs) for _ in range(REPEATS)]):
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
    """Whether a node is far outside its op's usual window, where some derivative is not finite.

    A formula such as exp(x) / (1 + exp(x)) holds for all x, but overflows from 710 on. Searches do
    not go there on their own.
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


def value_at(op: Op, inputs: Point) -> float:
    # If forward raises where `math` does, though no row should, it has no value there.
    return or_nan(op.forward)(*inputs)


def or_nan(f: Callable[..., float]) -> Callable[..., float]:
    """The function f, with nan as its value where it raises what `math` raises."""

    def total(*point: float) -> float:
        try:
            return f(*point)
        except (ArithmeticError, ValueError):
            return math.nan

    return total


def is_near_kink(op: Op, inputs: Point, margins: Sequence[float]) -> bool:
    """Whether a kink lies at the inputs, or within the margin of one of them.

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


def along(f: Callable[..., float], point: Point, i: int) -> Callable[[float], float]:
    return lambda x: f(*_moved(point, i, x))


# The slopes of a node.


def _value_of(op: Op) -> Callable[..., float]:
    return lambda *point: value_at(op, point)


def _slope_of(op: Op, i: int) -> Callable[..., float]:
    return or_nan(lambda *point: float(op.slopes_at(point, value_at(op, point))[i]))


def _derivative_of_slope(node: Value, op: Op, i: int, j: int) -> Callable[..., float]:
    """The derivative of slope i in input j, by the chain rule over the graph of the slope."""
    fixed = [x.op is CONST for x in node.inputs]

    def at(*point: float) -> float:
        args = [x if const else Value(x) for x, const in zip(point, fixed)]
        return derivative_of(op.slopes_at(tuple(args), op(*args))[i], args[j])

    return at


def derivative_of(y: Value | float, x: Any) -> float:
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
    """Compare without leaving the domain; outside it a row promises nothing, and is not blamed."""
    reach = _room(op, inputs, i)
    if reach < 64 * math.ulp(inputs[i]):
        return Comparison(reason=AT_KINK)  # no step between two floats stays on this side of it
    found = compare(along(slope, inputs, i), along(f, inputs, i), inputs[i], reach)
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
    """A size that f has on about a third of its domain, going by nine points across it."""
    sizes = []
    for k in range(1, 10):
        size = abs(f(*[low + k / 10 * (high - low) for low, high in windows]))
        sizes.append(size if math.isfinite(size) else 0.0)
    return sorted(sizes)[6]


def _room(op: Op, inputs: Point, i: int) -> float:
    """How far input i may move: to the nearest end of the domain, and not across a kink."""
    x = inputs[i]
    room = min([abs(x - end) for end in op.domain[i]])
    kink = op.kink
    if kink is None:
        return room
    here = kink(*inputs)

    def crosses(step: float) -> bool:
        up, down = [kink(*_moved(inputs, i, x + move)) for move in (step, -step)]
        # A kink function that jumps, such as x - floor(x), gives itself away by its bend.
        return not (up * here > 0 and down * here > 0) or abs(up + down - 2 * here) > abs(here)

    return min(room, clear_reach(crosses, x, room))


def clear_reach(crosses: Callable[[float], bool], x: float, room: float = math.inf) -> float:
    """The shortest of repeatedly halved steps that crosses something; infinite if none does.

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
