"""Checks of derivatives against numbers: `gradcheck` for a function, `check_op` for a row of the table.

The numerical derivative is Richardson's extrapolation of central differences by Ridders' method
(C. J. F. Ridders, Advances in Engineering Software 4, 1982), which comes with an estimate of its own error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from autograd import modes
from autograd.checks import Interval, window
from autograd.errors import GradcheckError
from autograd.graph import data_of, graph_of, pullback, topological_order
from autograd.op import CONST, Op
from autograd.value import Value

if TYPE_CHECKING:
    from random import Random

TOLERANCE = 1e-6
"""How far a derivative may lie from the numerical one, relative to the larger of the two; beyond ten times its error,
and a few roundings of 1, which is how exact slopes are promised to be."""


def gradcheck(f: Callable[..., Any], inputs: Sequence[float], order: int = 2) -> bool:
    """Check every slope of f's graph at `inputs`, and the gradient as a whole; with `order=2` their derivatives too.

    Returns True. Raises GradcheckError that names the node, the slope, what it is and what it should be. At a kink
    (relu at 0), where no derivative exists to compare with, a slope is not judged.

    >>> from autograd import tanh
    >>> gradcheck(lambda x, y: tanh(x * y) + x, (0.5, -2.0))
    True
    """
    faults = [finding.fault for finding in judge(f, inputs, order).findings if finding.fault]
    if faults:
        more = f"\n... and {len(faults) - 3} more" if len(faults) > 3 else ""
        raise GradcheckError("\n".join(faults[:3]) + more)
    return True


class Finding(NamedTuple):
    """What became of a slope of a node, or of the gradient of the root in an input of the function.

    With `order` 2, what became of its derivatives.
    """

    kind: Literal["slope", "gradient"]
    node: Value
    position: int
    order: int
    judged: bool
    fault: str


class Judgement(NamedTuple):
    """The graph that was checked, the inputs it was made of, and all that there was to judge."""

    root: Value
    leaves: tuple[Value, ...]
    findings: tuple[Finding, ...]


def judge(f: Callable[..., Any], inputs: Sequence[float], order: int = 2) -> Judgement:
    """What `gradcheck` finds, one slope after the other, and what it does not judge.

    Not judged are slopes at a kink, the gradient in inputs that lead to one, and whatever numerical
    derivatives cannot tell.

    >>> [(finding.kind, finding.judged) for finding in judge(abs, (0.0,), order=1).findings]
    [('slope', False), ('gradient', False)]
    """
    if not isinstance(inputs, Iterable):
        raise TypeError(f"gradcheck takes the inputs as a sequence, as in gradcheck(f, (0.5,)), got {inputs!r}")
    if order not in (1, 2):
        raise ValueError(f"gradcheck(order) must be 1 or 2, got {order!r}")
    with modes.recording():
        leaves = [Value(x, f"x{i}") for i, x in enumerate(inputs)]
        out = f(*leaves)
        if not isinstance(out, Value):
            raise GradcheckError(
                f"gradcheck: f returned {type(out).__name__}, not a Value, so no gradient can flow: "
                f"compute it from the arguments with the engine's ops (not math, not float() or .data)"
            )
        findings: list[Finding] = []
        for i, node in enumerate(topological_order(out)):
            findings += _node_findings(node, i, order)
        if not any(finding.fault for finding in findings):
            findings += _whole_findings(f, leaves, out, order)
    return Judgement(out, tuple(leaves), tuple(findings))


def check_op(op: Op, points: int = 40) -> bool:
    """Check a row: its slopes and theirs against numbers at `points` points of its domain, and its numpy column.

    The points are the same every time. Returns True; raises GradcheckError with the first fault. For a random search that
    shrinks what it finds, see `autograd.strategies.fuzz`.

    >>> from autograd import sin
    >>> check_op(sin)
    True
    """
    from random import Random  # as slow to import as the rest of the package

    rng = Random(op.name)
    for _ in range(points):
        point = [_draw(rng, interval) for interval in op.domain]
        if math.isfinite(op.forward(*point)):
            gradcheck(op, point)
    _check_numpy(op, [[_draw(rng, interval) for interval in op.domain] for _ in range(points)])
    return True


def derivative(
    f: Callable[[float], float], x: float, reach: float = math.inf, *, size: float = 0.0, scale: float = 1.0
) -> tuple[float, float]:
    """f'(x) and an estimate of its error, from values of f no further than `reach` from x (Ridders' method).

    `size` is that of the largest number on the way to f(x), whose rounding limits what can be seen; `scale` shortens the
    first step.

    >>> slope, error = derivative(math.sin, 1.0)
    >>> abs(slope - math.cos(1.0)) < 1e-11, error < 1e-9
    (True, True)
    """
    step = min(0.25 * math.sqrt(max(1.0, abs(x))), reach / 2) * scale
    best, best_error = math.nan, math.inf
    above: list[float] = []
    for _ in range(18):
        up, down = x + step, x - step
        if up == down:
            break
        high, low = f(up), f(down)
        row = [(high - low) / (up - down)]
        rounding = 4e-16 * max(abs(high) + abs(low), size) / (up - down)
        factor = 1.0
        for previous in above:  # extrapolate away the error terms in step**2, step**4, ...
            factor *= 4.0
            row.append((factor * row[-1] - previous) / (factor - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - previous), rounding)
            if error < best_error:
                best, best_error = row[-1], error
        above = row[:9] if all(map(math.isfinite, row)) else []
        step /= 2
    return best, best_error


class _Verdict(NamedTuple):
    """Whether a derivative was compared with a numerical one, and that one if the two disagree."""

    judged: bool
    wanted: float | None = None


_UNKNOWN = _Verdict(False)
_RIGHT = _Verdict(True)


def _compared(
    got: float,
    f: Callable[[float], float],
    x: float,
    reach: float = math.inf,
    size: float = 0.0,
) -> _Verdict:
    """Compare `got` with the numerical derivative of f at x.

    A disagreement must show on three ladders of steps without a common multiple: on one alone,
    steps that happen to fit a fast oscillation look like a slow one.
    """
    found = []
    for scale in (1.0, 1e-2 / math.pi, 1e-4 * math.e):
        wanted, error = derivative(f, x, reach, size=size, scale=scale)
        if not error < 1e-4 * max(abs(wanted), 1e-3):
            return _UNKNOWN
        near = TOLERANCE * max(abs(wanted), abs(got)) + 10 * error + 4e-15
        if math.isfinite(got) and abs(got - wanted) <= near:  # inf is not near inf
            return _RIGHT
        found.append((error, wanted))
    error, wanted = min(found)
    agree = all(abs(w - wanted) <= 1e-3 * abs(wanted) + 10 * e for e, w in found)
    return _Verdict(True, wanted) if agree else _UNKNOWN


def _node_findings(node: Value, index: int, order: int) -> Iterator[Finding]:
    op, inputs = node.op, tuple([x.data for x in node.inputs])
    if op is None or op is CONST:
        return
    judged = [i for i, x in enumerate(node.inputs) if x.op is not CONST]
    if _at_kink(op, inputs):
        for i in judged:
            yield Finding("slope", node, i, 1, False, "")
        return
    slopes = op.slopes_at(inputs, node.data)
    if len(slopes) != len(inputs):
        counts = f"slopes must be one for each of its {len(inputs)} inputs, got {len(slopes)}"
        yield Finding("slope", node, 0, 1, True, f"op {op.name!r}: {counts}")
        return
    named = ", ".join(repr(x) for x in inputs)
    called = f"node v{index}{f' {node.label!r}' if node.label else ''} = {op.name}({named})"
    for i in judged:
        reach = _reach(op, inputs, i)
        verdict = _compared(slopes[i], _along(op.forward, inputs, i), inputs[i], reach)
        fault = ""
        if verdict.wanted is not None:
            is_now = f"slope {i} (∂{op.name}/∂input {i}) is {slopes[i]!r}"
            fault = f"{called}: {is_now}, should be {verdict.wanted:.10g}"
        yield Finding("slope", node, i, 1, verdict.judged, fault)
        if order > 1 and not fault:
            yield from _second_findings(node, i, called)


def _second_findings(node: Value, i: int, called: str) -> Iterator[Finding]:
    """The derivatives of slope i: each that is wrong, or one finding for all of them."""
    op, inputs = node.op, tuple([x.data for x in node.inputs])
    assert op is not None
    args = [Value(x) for x in inputs]
    slope = op.slopes_at(tuple(args), op(*args))[i]
    if not isinstance(slope, Value):
        slope = Value(slope)
    grad_of = dict(zip(*pullback(slope, 1.0)))

    def slope_at(*point: float) -> float:
        return float(op.slopes_at(point, op.forward(*point))[i])

    verdicts = []
    for j in range(len(inputs)):
        got, reach = grad_of.get(args[j], 0.0), _reach(op, inputs, j)
        verdict = _compared(got, _along(slope_at, inputs, j), inputs[j], reach, size=1.0)
        verdicts.append(verdict)
        if verdict.wanted is not None:
            fault = (
                f"{called}: the derivative of slope {i} in input {j} is {got!r}, should be "
                f"{verdict.wanted:.10g} (write slopes with the engine's ops alone, not with math "
                f"or .data)"
            )
            yield Finding("slope", node, i, 2, True, fault)
    if all(verdict.wanted is None for verdict in verdicts):
        yield Finding("slope", node, i, 2, all(verdict.judged for verdict in verdicts), "")


def _whole_findings(
    f: Callable[..., Any],
    leaves: list[Value],
    out: Value,
    order: int,
) -> Iterator[Finding]:
    """The gradient as a whole, which shows faults that no single node does.

    Such as a path that left the graph, a Python `if`, a function that is not pure.
    """
    point = tuple([x.data for x in leaves])
    hidden = _near_kinks(out)
    size = max(1.0, *[abs(node.data) for node in topological_order(out)])

    def gradient(*xs: float) -> list[Any]:
        args = [Value(x) for x in xs]
        grad_of = dict(zip(*pullback(f(*args), 1.0, data_of)))
        return [grad_of.get(x, 0.0) for x in args]

    def value(*xs: float) -> float:
        return float(f(*map(Value, xs)))

    grad_of = dict(zip(*pullback(out, 1.0, graph_of)))
    visible = [(i, leaf) for i, leaf in enumerate(leaves) if leaf not in hidden]
    for i, leaf in enumerate(leaves):
        if leaf in hidden:
            yield Finding("gradient", out, i, 1, False, "")
            continue
        got = grad_of.get(leaf, 0.0)
        verdict = _compared(float(got), _along(value, point, i), point[i], size=size)
        fault = ""
        if verdict.wanted is not None:
            fault = (
                f"the gradient in input {i} is {float(got)!r}, should be {verdict.wanted:.10g}, "
                f"although each node's slopes are right: f leaves the graph (float(), .data, "
                f"math), branches on a Value, or is not a pure function"
            )
        yield Finding("gradient", out, i, 1, verdict.judged, fault)
        if order == 1 or fault or not isinstance(got, Value):
            continue
        second_of = dict(zip(*pullback(got, 1.0)))
        verdicts = []
        for j, other in visible:
            second = second_of.get(other, 0.0)
            along = _along(lambda *xs, i=i: gradient(*xs)[i], point, j)
            verdict = _compared(second, along, point[j], size=size)
            verdicts.append(verdict)
            if verdict.wanted is not None:
                is_now = f"the second derivative in inputs {i} and {j} is {second!r}"
                fault = f"{is_now}, should be {verdict.wanted:.10g}"
                yield Finding("gradient", out, i, 2, True, fault)
        if all(verdict.wanted is None for verdict in verdicts):
            yield Finding("gradient", out, i, 2, all(verdict.judged for verdict in verdicts), "")


def _along(f: Callable[..., float], point: Sequence[float], i: int) -> Callable[[float], float]:
    return lambda x: f(*point[:i], x, *point[i + 1 :])


def _reach(op: Op, inputs: Sequence[float], i: int) -> float:
    """How far input i may move: not out of the domain, and not over a kink."""
    low, high = op.domain[i]
    x = inputs[i]
    room = min(x - low, high - x) if low < x < high else math.inf
    return min(room, abs(op.kink(*inputs))) if op.kink is not None else room


def _at_kink(op: Op, inputs: Sequence[float], margin: float = 1e-9) -> bool:
    return op.kink is not None and not abs(op.kink(*inputs)) > margin


def at_kinks(root: Value, margin: float = 1e-9) -> list[Value]:
    """The nodes that `gradcheck` does not judge: at a kink, or nearer to it than `margin`, there is no derivative to compare with.

    >>> from autograd import relu
    >>> x = Value(0.0, "x")
    >>> at_kinks(relu(x) + 1)
    [Value(0.0, op=relu)]
    """
    made = (node for node in topological_order(root) if node.op and node.inputs)
    return [node for node in made if _at_kink(node.op, [x.data for x in node.inputs], margin)]  # type: ignore[arg-type]


def _near_kinks(root: Value) -> set[Value]:
    """Every node that leads to one so near a kink that the whole function cannot be measured across it."""
    return {node for kink in at_kinks(root, 1e-3) for node in topological_order(kink)}


def _draw(rng: Random, interval: Interval) -> float:
    low, high = window(interval)
    margin = 1e-3 * (high - low)
    x = rng.uniform(low + margin, high - margin)
    return x * rng.choice((1.0, 0.1)) if low <= 0 <= high else x


def _check_numpy(op: Op, points: list[list[float]]) -> None:
    if not op.numpy:
        return
    try:
        import numpy as np
    except ImportError:
        return
    specials = (-math.inf, -2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, math.inf, math.nan)
    grids: list[list[float]] = [[]]
    for _ in range(op.arity):
        grids = [[*point, x] for point in grids for x in specials]
    points = points + grids
    columns = {f"a{i}": np.array([p[i] for p in points]) for i in range(op.arity)}
    with np.errstate(all="ignore"):
        got = eval(op.numpy.format(*columns), {"np": np, "math": math, **columns})
    for point, y in zip(points, np.broadcast_to(got, len(points)).tolist()):
        x = op.forward(*point)
        if not (x == y or (x != x and y != y) or abs(x - y) <= 1e-12 * abs(x)):
            raise GradcheckError(f"op {op.name!r}: its numpy column {op.numpy!r} gives {y!r} at {tuple(point)}, forward gives {x!r}")
