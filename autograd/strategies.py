"""Hypothesis strategies for autograd: numbers, Values, and programs, including user-defined ops.

In one line, a search for inputs and expressions where your op's gradient is wrong:

    from autograd.strategies import fuzz
    fuzz(my_op)

Programs keep to the domains of their ops and away from kinks, so that a gradient exists to compare
with. A failure shrinks to a minimal program, printed as code to paste.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import islice
from random import Random
from typing import Final, NamedTuple

try:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("autograd.strategies needs hypothesis: pip install hypothesis") from error

from autograd import ops as table
from autograd.check import Verdict, examine, judge_row
from autograd.checks import Interval
from autograd.errors import GradcheckError
from autograd.judging import RANDOM, Finding, is_near_kink, overflows
from autograd.op import OPS, Op
from autograd.sampling import edges, readable, trials, window
from autograd.straightline import Constant as Constant
from autograd.straightline import Program as Program
from autograd.straightline import Step
from autograd.value import Value

SMALL: Final[Interval] = (-4.0, 4.0)
"""Where the numbers of programs come from."""


def floats_for(op: Op) -> st.SearchStrategy[tuple[float, ...]]:
    """Inputs of `op`: a tuple of floats in a window of its domain, away from its kinks.

    >>> from autograd import log
    >>> from hypothesis import find
    >>> find(floats_for(log), lambda inputs: True)
    (1.0,)
    """
    inputs = st.tuples(*map(_floats_in, op.domain))
    return inputs.filter(lambda point: _fits(op, point))


def values(min_value: float = -10.0, max_value: float = 10.0) -> st.SearchStrategy[Value]:
    """Leaf Values with data between the bounds."""
    return st.floats(min_value, max_value).map(Value)


@st.composite
def programs(
    draw: st.DrawFn,
    ops: Iterable[Op] | None = None,
    n_inputs: int = 3,
    max_ops: int = 12,
    tree: bool = False,
) -> Program:
    """Programs of up to `max_ops` steps over `ops`, by default all smooth ones of the table.

    Each step is free to use any earlier slot, often more than once. With `tree=True` every step
    uses the step before it, so that the program is one expression.
    """
    choices = [op for op in OPS.values() if op.kink is None] if ops is None else list(ops)
    point = tuple(draw(st.lists(_floats_in(SMALL), min_size=1, max_size=n_inputs)))
    slots = list(point)
    steps: list[Step] = []
    for op in draw(st.lists(st.sampled_from(choices), min_size=1, max_size=max_ops)):
        args = draw(st.tuples(*[_arguments(len(slots)) for _ in range(op.arity)]))
        if tree:  # only inputs, constants, and the previous step
            args = tuple([x % len(point) if isinstance(x, int) else x for x in args])
        if tree or not any(isinstance(x, int) for x in args):
            place = draw(st.integers(0, op.arity - 1))
            args = (*args[:place], len(slots) - 1, *args[place + 1 :])
        inputs = [x.data if isinstance(x, Constant) else slots[x] for x in args]
        if op.name == "where" and isinstance(args[0], int) and abs(inputs[0]) <= 1e-3:
            continue  # `where` has no kink for a fixed condition, but jumps if it moves through 0
        if not _fits(op, inputs):
            continue  # a step outside the domain is left out, which keeps every draw useful
        steps.append((op, args))
        slots.append(op.forward(*inputs))
    return Program(point, tuple(steps))


def expressions(
    ops: Iterable[Op] | None = None,
    n_inputs: int = 3,
    max_ops: int = 6,
) -> st.SearchStrategy[Program]:
    """Programs that are one expression: each step feeds the next, so they print as a lambda."""
    return programs(ops, n_inputs, max_ops, tree=True)


# The search.


class Fault(NamedTuple):
    """Which fault of which op: what must stay the same while an example shrinks."""

    op: str
    kind: str
    position: int
    order: int


class _Found(Exception):
    """The fault that is being searched for, in the program that Hypothesis is trying."""


def fuzz(op: Op, *, among: Sequence[Op] = (), max_examples: int = 200) -> None:
    """Search for an expression of `op` (mixed with +, ×, tanh, or `among`) with a wrong gradient.

    Deterministic. It searches for wrong slopes first, then for wrong derivatives of slopes. Raises
    GradcheckError, whose message has the smallest expression that shows the fault, as code to
    paste; also if no slope of the op could be judged at all, or if an op raised an error.

    >>> from autograd import sin
    >>> fuzz(sin, max_examples=20)
    """
    others = list(among) or [OPS["add"], OPS["mul"], OPS["tanh"]]
    hunt = _Hunt(
        op, _alone(op, _suspects(op)) | expressions([op, *others], max_ops=4), max_examples
    )
    hunt.search()
    if hunt.later:  # no slope is wrong, but the derivative of one is
        hunt.fault = hunt.later
        hunt.search()
    if not hunt.judged:
        raise GradcheckError(f"fuzz could judge no slope of {op.name}: {hunt.reason}")


def _suspects(op: Op) -> list[tuple[float, ...]]:
    """Extreme points of the op's domain where something is wrong, which a search might miss.

    Raises GradcheckError for an op that draws at random.
    """
    count = sum([len(edges(interval)) for interval in op.domain])
    suspects = []
    for point in islice(trials(op, Random(0)), count + 5):
        if not _is_safe(op, point):
            continue
        node, findings = judge_row(op, point)
        if any(finding.reason == RANDOM for finding in findings):
            raise GradcheckError(f"fuzz could judge no slope of {op.name}: {RANDOM}")
        if any(finding.fault for finding in findings) and not overflows(node):
            suspects.append(tuple(point))
    return suspects


def _alone(op: Op, suspects: Sequence[tuple[float, ...]]) -> st.SearchStrategy[Program]:
    """Programs of the op alone: in its window, and at points that are suspect."""
    points = floats_for(op)
    if suspects:
        points = points | st.sampled_from(suspects)
    step = (op, tuple(range(op.arity)))
    return points.map(lambda point: Program(point, (step,)))


def _is_safe(op: Op, point: Sequence[float]) -> bool:
    """Whether the op has a value at a point, and no kink."""
    if is_near_kink(op, point, [0.0] * op.arity):
        return False
    try:
        return math.isfinite(op.forward(*point))
    except (ArithmeticError, ValueError):  # no row should raise, but it is not a wrong slope
        return False


class _Hunt:
    """A search that sticks to the first fault it finds, so that shrinking cannot change it."""

    def __init__(self, op: Op, source: st.SearchStrategy[Program], max_examples: int) -> None:
        self.op, self.source, self.max_examples = op, source, max_examples
        self.fault: Fault | None = None
        self.later: Fault | None = None
        self.message = ""
        self.judged = False
        self.reason = "no expression used it inside its domain"

    def search(self) -> None:
        """Try programs; raise GradcheckError with the smallest that has the fault."""

        @settings(
            max_examples=self.max_examples,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, Phase.shrink),
            print_blob=False,
            report_multiple_bugs=False,
        )
        @given(self.source)
        def search(program: Program) -> None:
            self._look_at(program)

        try:
            search()
        except _Found:
            raise GradcheckError(self.message) from None
        except Exception as error:
            raised = f"an op raised {type(error).__name__} inside its domain: {error}"
            raise GradcheckError(raised) from error

    def _look_at(self, program: Program) -> None:
        # The second derivatives of a whole program are right where those of its ops are.
        verdict = examine(program, program.point, 2, 1)
        self._count(verdict)
        slopes = [x for x in verdict.wrong if x.kind == "slope" and not overflows(x.node)]
        for finding in slopes or [x for x in verdict.wrong if x.kind == "gradient"]:
            fault = _fault_of(finding)
            if self.fault is None and finding.order == 1:
                self.fault = fault
            if fault == self.fault:
                where = f"in the smallest failing expression:\n{program!r}"
                self.message = f"{finding.fault}\n{where}"
                raise _Found
            self.later = self.later or fault

    def _count(self, verdict: Verdict) -> None:
        for finding in verdict.findings:
            if finding.kind == "slope" and finding.node.op is self.op:
                self.judged = self.judged or (finding.judged and finding.order == 1)
                self.reason = finding.reason or self.reason


def _fault_of(finding: Finding) -> Fault:
    name = finding.node.op.name if finding.node.op else ""
    return Fault(name, finding.kind, finding.position, finding.order)


# Numbers.


def _floats_in(interval: Interval) -> st.SearchStrategy[float]:
    low, high = window(interval)
    # Seven digits: readable when printed, and no denormals, whose products underflow.
    inside = st.floats(low + _margin(low, interval), high - _margin(high, interval))
    return inside.map(lambda x: readable(x, interval))


def _margin(bound: float, interval: Interval) -> float:
    """How far to stay away from an end of a domain, where slopes may be impossible to measure."""
    low, high = window(interval)
    return 1e-3 * min(max(1.0, abs(bound)), high - low)


def _arguments(slots: int) -> st.SearchStrategy[int | Constant]:
    return st.integers(0, slots - 1) | _floats_in(SMALL).map(Constant)


def _fits(op: Op, inputs: Sequence[float]) -> bool:
    """Inside the domain, off the kinks, with a result and slopes of moderate size."""
    for x, interval in zip(inputs, op.domain):
        low, high = map(float, interval)
        if x < low + _margin(low, interval) or x > high - _margin(high, interval):
            return False
    if is_near_kink(op, inputs, [_margin(0.0, interval) for interval in op.domain]):
        return False
    try:
        out = op.forward(*inputs)
    except (OverflowError, ValueError):  # no row should raise, as math.exp(1000) does: no value
        return False
    if getattr(table, op.name, None) is not op:
        return math.isfinite(out)  # an op on trial must not choose where it is tried
    return all(math.isfinite(x) and abs(x) <= 1e3 for x in (out, *op.slopes_at(tuple(inputs), out)))
