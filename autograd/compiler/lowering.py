"""Lowering: from Values to plain data. Constants folded, common subexpressions shared, sums flattened, dead nodes dropped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from autograd.order import topological_order
from autograd.unknown import UNKNOWN
from autograd.value import Value

Id: TypeAlias = int

SUM = "sum"
"""The op of a flattened sum; its terms are products of two nodes, or single nodes."""


@dataclass
class Graph:
    """Scalar nodes by number, inputs before what is made of them.

    `op` is the name of a row, `SUM`, or for leaves "input", "parameter", "captured" or "constant"; `args` the operands of an op, the place
    of a leaf; a sum has `products` (pairs) and `args` (the terms that are no products). `batched` tells which nodes have
    a number for each sample; `depth` the longest way from a leaf. `recorded` counts the Values it was made of.
    """

    op: list[str] = field(default_factory=list)
    args: list[tuple[Any, ...]] = field(default_factory=list)
    products: list[tuple[tuple[Id, Id], ...]] = field(default_factory=list)
    batched: list[bool] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)
    label: list[str] = field(default_factory=list)
    recorded: int = 0

    def add(
        self,
        op: str,
        args: tuple[Any, ...],
        label: str = "",
        products: tuple[tuple[Id, Id], ...] = (),
    ) -> Id:
        """A new node."""
        below = () if op in LEAVES else [*args, *(x for pair in products for x in pair)]
        self.op.append(op)
        self.args.append(args)
        self.products.append(products)
        self.batched.append(op == "input" or any(self.batched[x] for x in below))
        self.depth.append(1 + max((self.depth[x] for x in below), default=-1))
        self.label.append(label)
        return len(self.op) - 1

    def is_leaf(self, i: Id) -> bool:
        return self.op[i] in LEAVES

    def below(self, i: Id) -> list[Id]:
        """What a node is made of."""
        return (
            []
            if self.is_leaf(i)
            else [*self.args[i], *(x for pair in self.products[i] for x in pair)]
        )

    def kind(self, i: Id) -> str:
        """Where a number comes from; the nodes of one operand have one kind."""
        if self.op[i] == "input":
            return f"input {self.args[i][0]}"
        return self.op[i] if self.is_leaf(i) else "batched" if self.batched[i] else "shared"

    def needed(self, roots: Iterable[Id]) -> list[Id]:
        """What the roots depend on, in order."""
        wanted = [False] * len(self.op)
        for root in roots:
            wanted[root] = True
        for i in range(len(self.op) - 1, -1, -1):
            if wanted[i]:
                for x in self.below(i):
                    wanted[x] = True
        return [i for i, w in enumerate(wanted) if w]

    def uses(self, among: Iterable[Id]) -> list[int]:
        """How often each node is read by the nodes `among`."""
        count = [0] * len(self.op)
        for i in among:
            for x in self.below(i):
                count[x] += 1
        return count


LEAVES = ("input", "parameter", "captured", "constant")


def lowered(
    leaves: dict[Value, tuple[str, tuple[int, ...]]], roots: Sequence[Value]
) -> tuple[Graph, list[Id]]:
    """The graph of the roots, and their numbers in it; `leaves` says what each leaf is, and its place."""
    plain = Graph()
    number: dict[Value, Id] = {}
    known: dict[Any, Id] = {}
    for node in topological_order(*roots):
        number[node] = _lower(plain, node, leaves, number, known)
    plain.recorded = sum(node not in leaves for node in number) + len(
        {leaves[node] for node in number if node in leaves}
    )
    return _flattened(plain, [number[root] for root in roots])


def _lower(
    g: Graph, node: Value, leaves: dict[Value, Any], number: dict[Value, Id], known: dict[Any, Id]
) -> Id:
    key: Any
    if node in leaves:
        kind, place = leaves[node]
        key = kind, place
    elif node.data is not UNKNOWN and all(
        g.op[number[x]] == "constant" for x in node.inputs
    ):  # one that f made itself, too
        key = (
            "constant",
            (repr(float(node.data)),),
        )  # by its repr, in which -0.0 is not 0.0, and nan is nan
    else:
        assert node.op is not None
        args = tuple([number[x] for x in node.inputs])
        name = node.op.name
        if name == "identity":
            return args[0]
        if name == "mul":
            for place, x in enumerate(args):
                if g.op[x] == "constant" and g.args[x] == ("1.0",):
                    return args[1 - place]
                if g.op[x] == "constant" and g.args[x] == ("-1.0",):
                    name, args = "neg", (args[1 - place],)
                    break
        if name in ("add", "mul"):  # these two commute, to the last bit
            args = tuple(sorted(args, key=lambda x: (g.batched[x], g.op[x] != "constant", x)))
        key = name, args
    if key not in known:
        known[key] = g.add(key[0], key[1], node.label)
    found = known[key]
    g.label[found] = g.label[found] or node.label
    return found


def _flattened(g: Graph, roots: list[Id]) -> tuple[Graph, list[Id]]:
    """Additions that feed one addition alone become one sum, and products that feed one sum alone its terms."""
    needed = g.needed(roots)
    uses = g.uses(needed)
    outputs = set(roots)
    user_is_add = [False] * len(g.op)
    for i in needed:
        if g.op[i] == "add":
            for x in g.args[i]:
                user_is_add[x] = True
    inside = [
        uses[i] == 1 and i not in outputs and user_is_add[i] and g.op[i] in ("add", "mul")
        for i in range(len(g.op))
    ]
    out, new = Graph(recorded=g.recorded), dict[Id, Id]()
    for i in needed:
        if inside[i]:
            continue
        if g.op[i] == "add":
            products, singles = _terms(g, i, inside)
            pairs = tuple((new[a], new[b]) for a, b in products)
            new[i] = out.add(SUM, tuple(new[x] for x in singles), g.label[i], pairs)
        else:
            new[i] = out.add(
                g.op[i], g.args[i] if g.is_leaf(i) else tuple(new[x] for x in g.args[i]), g.label[i]
            )
    return out, [new[root] for root in roots]


def _terms(g: Graph, root: Id, inside: list[bool]) -> tuple[list[tuple[Id, Id]], list[Id]]:
    """The products and the other terms of a tree of additions, from left to right."""
    products: list[tuple[Id, Id]] = []
    singles: list[Id] = []
    waiting = list(reversed(g.args[root]))
    while waiting:
        i = waiting.pop()
        if inside[i] and g.op[i] == "add":
            waiting += reversed(g.args[i])
        elif inside[i]:
            products.append(g.args[i])
        else:
            singles.append(i)
    return products, singles
