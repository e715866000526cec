"""Masks: comparisons as numpy's own, `z1 > 0`, where nobody can tell the difference.

The comparisons of the op table give nan for nan, and numbers otherwise; numpy's give False, and bools, ten times as fast.
"""

from __future__ import annotations

from collections.abc import Sequence

from autograd.compiler.lowering import SUM, Graph, Id
from autograd.op import OPS

MASKS = {"step": "{0:1} > 0", "greater": "{0:1} > {1:1}", "equal": "{0:1} == {1:1}"}
"""What numpy writes for a comparison; its op is then called "mask step" and so on."""


def masked(g: Graph, total: Id, roots: Sequence[Id], alone: Sequence[Id]) -> None:
    """Make masks of the comparisons that are only multiplied or chosen by, and whose operands cannot be nan unnoticed.

    `roots` are what is wanted in the end; of these the ones in `alone` are added up as they are, which bools are not fit for.
    A nan is noticed if a way leads from it to the total on which no op can lose it: then the exact function is called.
    """
    needed = g.needed(roots)
    noticed = [False] * len(g.op)  # a nan here makes the total nan
    noticed[total] = True
    amount = [True] * len(g.op)  # is only multiplied by numbers, or chosen by
    for i in alone:
        amount[i] = False
    for i in reversed(needed):
        op = g.op[i]
        for x in _passing_nan(g, i) if noticed[i] else ():
            noticed[x] = True
        for k, x in enumerate(() if g.is_leaf(i) else g.args[i]):
            amount[x] = amount[x] and (
                (op == "where" and k == 0) or (op == "mul" and g.op[g.args[i][1 - k]] not in MASKS)
            )
        for a, b in g.products[i]:
            amount[a] = amount[a] and g.op[b] not in MASKS
            amount[b] = amount[b] and g.op[a] not in MASKS
    for i in needed:
        if (
            g.op[i] in MASKS
            and amount[i]
            and all(noticed[_nan_of(g, x)] or g.op[x] == "constant" for x in g.args[i])
        ):
            g.op[i] = f"mask {g.op[i]}"


def _nan_of(g: Graph, i: Id) -> Id:
    """The node that must be nan for this one to be."""
    while g.op[i] in ("neg", "abs"):
        i = g.args[i][0]
    return i


def _passing_nan(g: Graph, i: Id) -> Sequence[Id]:
    """Inputs whose nan makes the node nan; of ops of one's own it is not known."""
    op, args = g.op[i], g.args[i]
    if op == "where":
        return args[:1]  # which branch is taken, nobody knows
    if op == "pow":
        return args[:1] if g.op[args[1]] == "constant" and float(g.args[args[1]][0]) != 0 else ()
    return (
        g.below(i)
        if op == SUM or (op in OPS and OPS[op].built_in and op not in (*MASKS, "hypot"))
        else ()
    )
