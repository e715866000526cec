"""Hypothesis strategies for autograd: numbers, Values, and whole programs, your own ops included.

In one line, a search for inputs and expressions where your op's gradient is wrong:

    from autograd.strategies import fuzz
    fuzz(my_op)

Programs keep to the domains of their ops and away from kinks, so that a gradient exists to compare with.
What fails shrinks to a minimal program, printed as code to paste.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

try:
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import strategies as st
except ImportError as error:
    raise ImportError("autograd.strategies needs hypothesis: pip install hypothesis") from error

from autograd.check import gradcheck
from autograd.checks import Interval, window
from autograd.errors import GradcheckError
from autograd.formula import ATOM, Term
from autograd.op import OPS, Op
from autograd.value import Value


@dataclass(frozen=True)
class Constant:
    """A number in a program."""

    data: float


@dataclass(frozen=True, repr=False)
class Program:
    """A straight-line program: a function of len(point) numbers, floats or Values, that applies one op a step.

    Slot i < len(point) is input i, slot len(point) + k the result of step k; the last slot is the output. `point` are
    inputs at which every step stays inside its domain. Its repr is code to paste.

    >>> from autograd import mul, tanh
    >>> program = Program((0.5, -2.0), ((mul, (0, 1)), (tanh, (2,))))
    >>> program
    (lambda x0, x1: tanh(x0 * x1))(0.5, -2.0)
    >>> program(0.5, -2.0) == program(Value(0.5), Value(-2.0)).data
    True
    """

    point: tuple[float, ...]
    steps: tuple[tuple[Op, tuple[int | Constant, ...]], ...]

    def __call__(self, *inputs: Any) -> Any:
        slots = list(inputs)
        for op, args in self.steps:
            slots.append(op(*[x.data if isinstance(x, Constant) else slots[x] for x in args]))
        return slots[-1]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # hypothesis would print the fields of a dataclass

    def __repr__(self) -> str:
        n = len(self.point)
        uses = [0] * (n + len(self.steps))
        uses[-1] = 1
        for k in reversed(range(len(self.steps))):
            if uses[n + k]:
                for x in self.steps[k][1]:
                    if isinstance(x, int):
                        uses[x] += 1
        terms = [Term(f"x{i}") for i in range(n)]
        lines = []
        for k, (op, args) in enumerate(self.steps):
            inputs = [Term(repr(x.data), ATOM if x.data >= 0 else 3) if isinstance(x, Constant) else terms[x] for x in args]
            term = Term(op.text.format(*inputs), op.precedence)
            if uses[n + k] > 1:
                lines.append(f"    v{n + k} = {term}")
                term = Term(f"v{n + k}")
            terms.append(term)
        names = ", ".join(f"x{i}" for i in range(n))
        at = ", ".join(map(repr, self.point)) + ("," if n == 1 else "")
        if not lines:
            return f"(lambda {names}: {terms[-1]})({at.rstrip(',')})"
        return "\n".join([f"def f({names}):", *lines, f"    return {terms[-1]}", f"f({at.rstrip(',')})"])


def floats_for(op: Op) -> st.SearchStrategy[tuple[float, ...]]:
    """Inputs of `op`: a tuple of floats inside its domain (in a window of 40 nearest to 0), away from its kinks.

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
def programs(draw: st.DrawFn, ops: Iterable[Op] | None = None, n_inputs: int = 3, max_ops: int = 12, tree: bool = False) -> Program:
    """Programs of up to `max_ops` steps over `ops` (by default all smooth ones of the table), each step free to use any
    earlier slot, often more than once.

    With `tree=True` every step uses the step before it, so that the program is one expression.
    """
    choices = [op for op in OPS.values() if op.kink is None] if ops is None else list(ops)
    point = tuple(draw(st.lists(_floats_in((-4.0, 4.0)), min_size=1, max_size=n_inputs)))
    slots = list(point)
    steps: list[tuple[Op, tuple[int | Constant, ...]]] = []
    for op in draw(st.lists(st.sampled_from(choices), min_size=1, max_size=max_ops)):
        args = draw(st.tuples(*[_arguments(len(slots)) for _ in range(op.arity)]))
        if tree:  # nothing but inputs, constants, and the step before
            args = tuple([x % len(point) if isinstance(x, int) else x for x in args])
        if tree or not any(isinstance(x, int) for x in args):
            place = draw(st.integers(0, op.arity - 1))
            args = (*args[:place], len(slots) - 1, *args[place + 1 :])
        inputs = [x.data if isinstance(x, Constant) else slots[x] for x in args]
        if op.name == "where" and isinstance(args[0], int) and abs(inputs[0]) <= 1e-3:
            continue  # a condition that moves jumps at 0, though for a fixed one `where` has no kink
        if not _fits(op, inputs):
            continue  # a step outside the domain is left out, which keeps every draw useful
        steps.append((op, args))
        slots.append(op.forward(*inputs))
    return Program(point, tuple(steps))


def expressions(ops: Iterable[Op] | None = None, n_inputs: int = 3, max_ops: int = 6) -> st.SearchStrategy[Program]:
    """Programs that are one expression: each step feeds the next, so they print as a lambda."""
    return programs(ops, n_inputs, max_ops, tree=True)


def fuzz(op: Op, *, among: Sequence[Op] = (), max_examples: int = 200) -> None:
    """Search for an expression of `op` (mixed with +, ×, tanh, or `among`) whose gradient is wrong.

    Deterministic. Raises GradcheckError with the smallest such expression, as code to paste, in its message.

    >>> from autograd import sin
    >>> fuzz(sin, max_examples=20)
    """
    others = list(among) or [OPS["add"], OPS["mul"], OPS["tanh"]]
    failing: list[tuple[Program, Exception]] = []

    alone = floats_for(op).map(lambda point: Program(point, ((op, tuple(range(op.arity))),)))

    @settings(
        max_examples=max_examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
        print_blob=False,
        report_multiple_bugs=False,
    )
    @given(alone | expressions([op, *others], max_ops=4))
    def search(program: Program) -> None:
        try:
            gradcheck(program, program.point)
        except Exception as error:
            failing.append((program, error))
            raise

    try:
        search()
    except Exception as error:
        if not failing:
            raise GradcheckError(f"an op raised {type(error).__name__} inside its domain: {error}") from error
        program, first = failing[-1]
        found = str(first) if isinstance(first, GradcheckError) else f"{type(first).__name__}: {first}"
        raise GradcheckError(f"{found}\nin the smallest failing expression:\n{program!r}") from None


def _floats_in(interval: Interval) -> st.SearchStrategy[float]:
    low, high = window(interval)
    return st.floats(low + _margin(low), high - _margin(high)).map(_short)


def _margin(bound: float) -> float:
    return 1e-3 * max(1.0, abs(bound)) if math.isfinite(bound) else 0.0


def _short(x: float) -> float:
    # Six digits: readable when printed, and no denormals, whose products underflow.
    return round(x, 6) + 0.0


def _arguments(slots: int) -> st.SearchStrategy[int | Constant]:
    return st.integers(0, slots - 1) | _floats_in((-4.0, 4.0)).map(Constant)


def _fits(op: Op, inputs: Sequence[float]) -> bool:
    """Inside the domain, off the kinks, with a result and slopes of moderate size."""
    for x, (low, high) in zip(inputs, op.domain):
        if not low + _margin(low) <= x <= high - _margin(high):
            return False
    if op.kink is not None and not abs(op.kink(*inputs)) > 1e-3:
        return False
    out = op.forward(*inputs)
    if not op.built_in:  # an op on trial must not choose where it is tried
        return math.isfinite(out)
    return all(math.isfinite(x) and abs(x) <= 1e3 for x in (out, *op.slopes_at(tuple(inputs), out)))
