"""The gradient of a function as a whole, which shows faults that no single node shows.

Such faults are a path that left the graph, a Python `if`, or a function that is not pure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from autograd.graph import data_of, graph_of, pullback, topological_order
from autograd.judging import (
    RANDOM,
    REPEATS,
    Finding,
    Point,
    along,
    clear_reach,
    derivative_of,
    in_words,
    numbers_into,
    or_nan,
    row_of,
    same_in_each,
    value_at,
)
from autograd.numerical import Comparison, compare
from autograd.op import Op
from autograd.value import Value

OVERFLOWS: Final = "it is not finite, though each node's slopes are right"


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
            return derivative_of(grad_of.get(args[i], 0.0), args[j])

        return at

    def repeats(self, point: Point, outcome: Sequence[float]) -> bool:
        """Whether its value and its gradient come out the same again."""
        again = [[self.value(*point), *self.gradient(*point)] for _ in range(REPEATS)]
        return all(map(same_in_each, outcome, *again))


def whole_findings(
    f: Callable[..., Any],
    leaves: Sequence[Value],
    root: Value,
    order: int,
    of_nodes: Sequence[Finding],
) -> Iterator[Finding]:
    """The findings on the gradient as a whole, given those on the nodes, none of which is wrong."""
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
        got, value = [along(or_nan(curve), point, j) for curve in (slope, f)]
        return compare(got, value, point[j], reach[j])

    for i, leaf in enumerate(leaves):
        if leaf in behind:
            yield Finding("gradient", root, i, 1, reason=behind[leaf])
            continue
        found = compared(whole.slope(i), whole.value, i)
        got, fault = whole.slope(i)(*point), ""
        if found.wanted is not None and not math.isfinite(got):
            found = Comparison(reason=OVERFLOWS)
        if found.wanted is not None:
            fault = (
                f"the gradient in input {i} is {got!r}, should be "
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
    limited = [node for node in nodes if node.op is not None and _is_limited(row_of(node))]
    if not limited:
        return math.inf

    def crosses(step: float) -> bool:
        return not all(_stays(nodes, leaf, leaf.data + move) for move in (step, -step))

    return clear_reach(crosses, leaf.data)


def _is_limited(op: Op) -> bool:
    bounded = any(math.isfinite(end) for interval in op.domain for end in interval)
    return bounded or op.kink is not None


def _stays(nodes: Sequence[Value], leaf: Value, x: float) -> bool:
    """Whether all nodes stay on their side of kinks and ends of domains when a leaf becomes x."""
    moved = {leaf: x}
    for node in nodes:
        if node.op is None or not any(y in moved for y in node.inputs):
            continue
        op, before = row_of(node), numbers_into(node)
        after = [moved.get(y, y.data) for y in node.inputs]
        if not all(map(_same_side, before, after, op.domain)):
            return False
        if op.kink is not None and not op.kink(*before) * op.kink(*after) > 0:
            return False
        moved[node] = value_at(op, after)
    return True


def _same_side(before: float, after: float, interval: tuple[float, float]) -> bool:
    """Whether no end of an interval lies between two numbers.

    >>> _same_side(2.0, 3.0, (0.0, 1.0)), _same_side(0.5, 1.5, (0.0, 1.0))
    (True, False)
    """
    return all((before > end) == (after > end) and after != end for end in interval)
