"""Straight-line programs: functions that apply one op per step, for searches; printed as code.

The term is that of A. Griewank and A. Walther, "Evaluating Derivatives", 2nd edition, section 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from autograd.formula import ATOM, Term
from autograd.op import Op

SIGN = 3
"""The precedence of a negative number: that of `-x`."""


@dataclass(frozen=True)
class Constant:
    """A number in a program."""

    data: float


Step: TypeAlias = "tuple[Op, tuple[int | Constant, ...]]"


@dataclass(frozen=True, repr=False)
class Program:
    """A function of len(point) numbers, floats or Values, that applies one op per step.

    Slot i < len(point) is input i, slot len(point) + k the result of step k; the last slot is the
    output. At the inputs `point` every step stays inside its domain. Its repr is code to paste.

    >>> from autograd import Value, mul, tanh
    >>> program = Program((0.5, -2.0), ((mul, (0, 1)), (tanh, (2,))))
    >>> program
    (lambda x0, x1: tanh(x0 * x1))(0.5, -2.0)
    >>> program(0.5, -2.0) == program(Value(0.5), Value(-2.0)).data
    True
    """

    point: tuple[float, ...]
    steps: tuple[Step, ...]

    def __call__(self, *inputs: Any) -> Any:
        slots = list(inputs)
        for op, args in self.steps:
            slots.append(op(*[x.data if isinstance(x, Constant) else slots[x] for x in args]))
        return slots[-1]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self))  # otherwise hypothesis prints the fields of the dataclass

    def __repr__(self) -> str:
        uses = self._uses()
        terms = [Term(f"x{i}") for i in range(len(self.point))]
        lines = []
        for op, args in self.steps:
            inputs = [_number(x.data) if isinstance(x, Constant) else terms[x] for x in args]
            term, slot = Term(op.text.format(*inputs), op.precedence), len(terms)
            if uses[slot] > 1:  # what is used again gets a name
                lines.append(f"    v{slot} = {term}")
                term = Term(f"v{slot}")
            terms.append(term)
        names = ", ".join([f"x{i}" for i in range(len(self.point))])
        numbers = ", ".join(map(repr, self.point))
        if not lines:
            return f"(lambda {names}: {terms[-1]})({numbers})"
        return "\n".join([f"def f({names}):", *lines, f"    return {terms[-1]}", f"f({numbers})"])

    def _uses(self) -> list[int]:
        """How often the output needs each slot."""
        first = len(self.point)
        uses = [0] * (first + len(self.steps))
        uses[-1] = 1
        for k in reversed(range(len(self.steps))):
            if uses[first + k]:
                for x in self.steps[k][1]:
                    if isinstance(x, int):
                        uses[x] += 1
        return uses


def _number(x: float) -> Term:
    return Term(repr(x), ATOM if x >= 0 else SIGN)
