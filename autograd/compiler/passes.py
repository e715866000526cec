"""Passes: rewriting an array program, from the one that blocks give to the one that is printed.

Each is a pure function. A value that is read more than once gets a name; one that is read once is
written where it is read: `%1 = sub(%0, y)` and `%2 = pow(%1, 2.0)` become
`%2 = pow(sub(%0, y), 2.0)`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from autograd.compiler import ir, special
from autograd.compiler.masks import MASKS
from autograd.rows import named

WIDTH = 48
"""A result that is read once is written where it is read, up to about this many characters."""


def optimised(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """All passes, in order."""
    return inlined(shared(program))


def shared(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """Copies by index that are read more than once become results, before their first reader."""
    counts = Counter(x for x in program.nodes_within() if isinstance(x, ir.Gather))
    if not any(count > 1 for count in counts.values()):
        return program
    index = max([s.index for s in program.statements], default=0)
    known: dict[ir.Gather, ir.Result] = {}
    statements: list[ir.Statement] = []

    def rule(x: Any) -> Any:
        nonlocal index
        if not isinstance(x, ir.Gather) or counts[x] < 2 or x.is_matrix:
            return x
        if x not in known:
            index += 1
            known[x] = ir.Result(index, x.rows, x.batched)
            statements.append(ir.Statement(index, x, x.labels))
        return known[x]

    for statement in program.statements:
        value = ir.rewritten(statement.value, rule)
        statements.append(replace(statement, value=value))
    returns = tuple([ir.rewritten(x, rule) for x in program.returns])
    return replace(program, statements=tuple(statements), returns=returns)


def inlined(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """Results that are read once, and whole, are written where they are read.

    Their statements stay, without a value, because other results are named by their labels.
    """
    uses: Counter[int] = Counter()
    for x in program.nodes_within():
        if isinstance(x, ir.Result):
            uses[x.index] += 1
        # A result that is read in part is clearer with a name, so a partial reader counts twice.
        if isinstance(x, (ir.Rows, ir.Gather)) and isinstance(x.of, ir.Result):
            uses[x.of.index] += 1
    values: dict[int, Any] = {}

    def rule(x: Any) -> Any:
        if isinstance(x, ir.Result):
            return values.get(x.index, x)
        is_all = isinstance(x, ir.Reduce) and x.over == "all"
        if is_all and isinstance(x.of, ir.Reduce) and (x.of.over, x.of.by) == ("units", "sum"):
            return ir.Reduce(x.of.of, "all")
        return x

    statements = []
    for statement in program.statements:
        value = ir.rewritten(statement.value, rule)
        once = uses[statement.index] == 1 and not (statement.place or statement.name)
        if once and width(value) <= WIDTH and not isinstance(value, ir.Gather):
            values[statement.index] = value
            statement = replace(statement, is_named=False)
        if value is not statement.value:
            statement = replace(statement, value=value)
        statements.append(statement)
    returns = tuple([ir.rewritten(x, rule) for x in program.returns])
    return replace(program, statements=tuple(statements), returns=returns)


def width(x: Any) -> int:
    """The approximate number of characters of an expression."""
    inside = sum(map(width, x.parts))
    if isinstance(x, ir.Elementwise) and x.op == ir.PLUS:
        return inside + 3 * len(x.inputs) - 3
    if isinstance(x, ir.Elementwise):
        return inside + len(template(x).replace("{", "").replace("}", "")) - 2 * len(x.inputs)
    if isinstance(x, ir.Number):
        return len(x.text)
    if isinstance(x, ir.Reduce):
        return inside + 12
    return inside + 3


def template(x: ir.Elementwise) -> str:
    """How an op is written in numpy; "" if that is not known."""
    if x.op in ("greater", "equal") and ir.Number("nan") not in x.inputs:
        unknown = [k for k, part in enumerate(x.inputs) if not isinstance(part, ir.Number)]
        if len(unknown) == 1:  # only this operand can be nan
            return f"np.where(np.isnan({{{unknown[0]}}}), np.nan, {MASKS[f'mask {x.op}']})"
    known = MASKS.get(x.op) or special.TEMPLATES.get(x.op)
    return known or named(x.op, len(x.inputs)).numpy
