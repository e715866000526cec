"""Masks: numpy's own comparisons, such as `z1 > 0`, where they make no difference.

Takes a graph, and returns it with other ops: the slope of `relu(z)`, `step z`, becomes
`mask step z`, which is printed as `z > 0`. The comparisons of the op table return nan for nan, and
numbers otherwise; numpy's return False, and bools, ten times as fast.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from autograd.compiler.ir import PLUS
from autograd.compiler.lowering import Graph, Id
from autograd.op import OPS

COMPARISONS = ("step", "greater", "equal")

MASKS = {
    "mask step": "{0:1} > 0",
    "mask greater": "{0:1} > {1:1}",
    "mask equal": "{0:1} == {1:1}",
    "mask where": "np.where({0}, {1}, {2})",
}
"""How a comparison that is a mask, and a choice by one, are written in numpy."""


def masked(g: Graph, total: Id, roots: Sequence[Id], alone: Iterable[Id]) -> Graph:
    """The graph with masks for comparisons that are only multiplied or chosen by.

    `roots` are what is wanted in the end; those in `alone` are added up or returned as they are,
    for which bools are unfit. The operands of a mask must not be nan unnoticed: a nan is noticed
    if some path leads from it to the total on which no op can lose it, since the scalar engine is
    asked then.
    """
    needed = g.needed(roots)
    noticed = _noticed(g, needed, total)
    is_amount = _amounts(g, needed, alone)
    ops, args = list(g.op), list(g.args)
    relus = {g.args[i][0]: i for i in needed if g.op[i] == "relu"}
    known = {(g.op[i], g.args[i]) for i in needed}  # equal nodes are one, and stay so
    for i in needed:
        if g.op[i] in COMPARISONS and is_amount[i]:
            if all(noticed[_nan_of(g, x)] or _is_number(g, x) for x in g.args[i]):
                ops[i] = f"mask {g.op[i]}"
                relu = relus.get(g.args[i][0], i)
                if g.op[i] == "step" and relu < i and ("step", (relu,)) not in known:
                    args[i] = (relu,)  # z > 0 where max(z, 0) > 0, so z need not be kept
        elif g.op[i] == "where":
            condition = g.args[i][0]
            if _is_number(g, condition) or ops[condition] in MASKS:
                ops[i] = "mask where"
    found = replace(g, op=ops, args=args, depth=list(g.depth))
    for i in needed:
        found.depth[i] = 1 + max([found.depth[x] for x in found.below(i)], default=-1)
    return found


def _noticed(g: Graph, needed: Sequence[Id], total: Id) -> list[bool]:
    """For each node whether a nan in it makes the total nan."""
    noticed = [False] * len(g.op)
    noticed[total] = True
    for i in reversed(needed):
        if noticed[i]:
            for x in _passing_nan(g, i):
                noticed[x] = True
    return noticed


def _amounts(g: Graph, needed: Sequence[Id], alone: Iterable[Id]) -> list[bool]:
    """For each node whether it only multiplies numbers, or chooses between them."""
    is_amount = [True] * len(g.op)
    for i in alone:
        is_amount[i] = False
    for i in needed:
        if g.is_leaf(i):
            continue
        op, args = g.op[i], g.args[i]
        for a, b in [args] if op == "mul" else g.products[i]:
            for x, other in ((a, b), (b, a)):
                if g.op[other] in COMPARISONS:
                    is_amount[x] = False
        for k, x in enumerate(args):
            if op != "mul" and (op, k) != ("where", 0):
                is_amount[x] = False
    return is_amount


def _nan_of(g: Graph, i: Id) -> Id:
    """The node that must be nan for this one to be nan."""
    while g.op[i] in KEEPING_NAN and all(_is_number(g, x) for x in g.args[i][1:]):
        i = g.args[i][0]
    return i


def _is_number(g: Graph, i: Id) -> bool:
    return g.op[i] == "constant" and g.args[i] != ("nan",)


KEEPING_NAN = ("neg", "abs", "round", "floor", "ceil", "trunc", "clip")
"""Ops that are nan where their first input is, and only there if the others are constants."""


def _passing_nan(g: Graph, i: Id) -> Sequence[Id]:
    """Inputs whose nan makes the node nan; for user-defined ops this is not known."""
    op, args = g.op[i], g.args[i]
    if op == "where":
        return args[:1]  # it is not known which branch is taken
    if op == "pow":
        exponent = args[1]
        is_safe = g.op[exponent] == "constant" and float(g.args[exponent][0]) != 0
        return args[:1] if is_safe else ()
    passes = op in OPS and OPS[op].built_in and op not in (*COMPARISONS, "hypot")
    return g.below(i) if passes or op == PLUS else ()
