"""A derivative as a person would write it: like terms collected, numbers first, constants last.

The chain rule adds and multiplies in the order in which it visits nodes, so the derivative of
a * a + a comes out as 1.0 + a + a. Here every node is read as a sum of a few terms, each a number
times powers of factors, and a new graph is made from those: 2 * a + 1. Anything but a sum, a
product or a power with a whole exponent is a factor of its own, with its inputs tidied likewise.
Nothing is multiplied out: 2 * (a + b) stays.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from autograd import ops
from autograd.graph import topological_order
from autograd.op import CONST, Op
from autograd.record import constant, node
from autograd.value import Value

MOST_PARTS: Final = 20
"""A sum of more terms, or a product of more factors, is not taken apart any further, which bounds
the work for each node, however large the graph is."""

MOST_EXPONENT: Final = 1000

MOST_NODES: Final = 10_000
"""A larger graph is too long for anyone to read, and stays as it is."""


def tidy(root: Value) -> Value:
    """A graph with the same value, up to rounding, in which like terms are collected.

    Where collecting would change the number (inf - inf is nan, but a term 0 * inf is left out), the
    graph stays as it is, and so does one of more than `MOST_NODES` nodes.

    >>> from autograd import formula
    >>> a, b = Value(3.0, "a"), Value(2.0, "b")
    >>> formula.text(tidy(1 + a + a)), formula.text(tidy(b * a - 2 - a * b * 3))
    ('2 * a + 1', '-2 * b * a - 2')
    """
    order = topological_order(root)
    if len(order) > MOST_NODES:
        return root
    tidied = _Tidier().tidied(order)
    if math.isnan(root.data):
        unchanged = math.isnan(tidied.data)
    else:
        unchanged = math.isclose(tidied.data, root.data, rel_tol=1e-9)
    return tidied if unchanged else root


class _Term(NamedTuple):
    """A number times factors, each with its exponent, in the order in which they are written."""

    number: float
    powers: dict[Value, int]

    @property
    def key(self) -> frozenset[tuple[Value, int]]:
        """What like terms have in common: their factors, in any order."""
        return frozenset(self.powers.items())


_Sum: TypeAlias = "dict[frozenset[tuple[Value, int]], _Term]"


class _Tidier:
    def __init__(self) -> None:
        # Equal expressions become one node, so that their terms are recognised as like.
        self.made: dict[Any, Value] = {}
        self.sums: dict[Value, _Sum] = {}

    def tidied(self, order: list[Value]) -> Value:
        for x in order:
            self.sums[x] = self.read(x)
        return self.written(self.sums[order[-1]])

    def read(self, x: Value) -> _Sum:
        """A node as a sum of terms; its inputs have already been read."""
        if x.op is CONST:
            return _sum([_Term(x.data, {})])
        inputs = [self.sums[y] for y in x.inputs]
        if x.op is ops.add:
            return self.total(inputs[0], inputs[1])
        if x.op is ops.sub:
            return self.total(inputs[0], _scaled(inputs[1], -1.0))
        if x.op is ops.neg:
            return _scaled(inputs[0], -1.0)
        if x.op is ops.mul:
            return self.product(inputs[0], inputs[1])
        if x.op is ops.pow:
            exponent = x.inputs[1]
            if exponent.op is CONST and exponent.data.is_integer() and exponent.data > 0:
                return self.power(inputs[0], exponent.data)
        factor = self.factor(x, inputs)
        if factor.op is ops.equal and factor.inputs[0] is factor.inputs[1] and factor.data == 1.0:
            return _sum([_Term(1.0, {})])  # rows write equal(out, out), which is 1 except for nan
        return _sum([_Term(1.0, {factor: 1})])

    def factor(self, x: Value, inputs: list[_Sum]) -> Value:
        if not x.inputs or x.op is None:
            return x
        made = self.make(x.op, *[self.written(y) for y in inputs])
        if x.label and not made.label:
            made.label = x.label
        return made

    def total(self, first: _Sum, second: _Sum) -> _Sum:
        found = _sum([*first.values(), *second.values()])
        return found if len(found) <= MOST_PARTS else _sum([self.whole(found)])

    def product(self, first: _Sum, second: _Sum) -> _Sum:
        for number, other in ((first, second), (second, first)):
            sign = number.get(frozenset())
            if len(number) == 1 and sign is not None and abs(sign.number) == 1.0:
                return _scaled(other, sign.number)
        a, b = self.as_term(first), self.as_term(second)
        powers = dict(a.powers)
        for factor, exponent in b.powers.items():
            powers[factor] = powers.get(factor, 0) + exponent
        return self.bounded(_Term(a.number * b.number, powers))

    def power(self, base: _Sum, exponent: float) -> _Sum:
        term = self.as_term(base)
        if term.number != 1.0 or exponent > MOST_EXPONENT:
            made = self.make(ops.pow, self.written(base), self.number(exponent))
            return _sum([_Term(1.0, {made: 1})])
        powers = {factor: n * int(exponent) for factor, n in term.powers.items()}
        return self.bounded(_Term(1.0, powers))

    def bounded(self, term: _Term) -> _Sum:
        if len(term.powers) > MOST_PARTS or max(term.powers.values(), default=0) > MOST_EXPONENT:
            term = self.whole(_sum([term]))
        return _sum([term])

    def as_term(self, found: _Sum) -> _Term:
        """A sum as one term: itself if it has only one, else a factor in parentheses."""
        if len(found) == 1:
            return next(iter(found.values()))
        return self.whole(found) if found else _Term(0.0, {})

    def whole(self, found: _Sum) -> _Term:
        return _Term(1.0, {self.written(found): 1})

    def written(self, found: _Sum) -> Value:
        """The graph of a sum. It begins with a term that has no minus, if there is one."""
        terms = sorted(found.values(), key=lambda term: not term.powers)  # constants last
        if not terms:
            return self.number(0.0)
        first = next((term for term in terms if not term.number < 0), terms[0])
        out = self.written_term(first)
        for term in terms:
            if term is first:
                continue
            op = ops.sub if term.number < 0 else ops.add
            out = self.make(op, out, self.written_term(_Term(abs(term.number), term.powers)))
        return out

    def written_term(self, term: _Term) -> Value:
        parts = [self.written_power(*power) for power in term.powers.items()]
        if term.number == -1.0 and parts:
            parts[0] = self.make(ops.neg, parts[0])
        elif term.number != 1.0 or not parts:
            parts.insert(0, self.number(term.number))
        out = parts[0]
        for part in parts[1:]:
            out = self.make(ops.mul, out, part)
        return out

    def written_power(self, factor: Value, exponent: int) -> Value:
        if exponent == 1:
            return factor
        return self.make(ops.pow, factor, self.number(float(exponent)))

    def number(self, x: float) -> Value:
        return self.made.setdefault(repr(x), constant(x))

    def make(self, op: Op, *inputs: Value) -> Value:
        if (op, inputs) not in self.made:
            self.made[op, inputs] = node(op.forward(*[x.data for x in inputs]), op, inputs)
        return self.made[op, inputs]


def _sum(terms: Iterable[_Term]) -> _Sum:
    """The terms with like ones collected; those that add up to 0 are left out."""
    found: _Sum = {}
    for term in terms:
        key = term.key
        so_far = found[key].number if key in found else 0.0
        found[key] = _Term(so_far + term.number, found[key].powers if key in found else term.powers)
        if found[key].number == 0.0:
            del found[key]
    return found


def _scaled(found: _Sum, number: float) -> _Sum:
    return {key: _Term(number * term.number, term.powers) for key, term in found.items()}
