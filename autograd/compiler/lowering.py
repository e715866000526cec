"""Lowering: from Values to plain data.

Constants are folded, common subexpressions shared, additions flattened into sums of products, dead
nodes dropped.
"""

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

LEAVES = ("input", "parameter", "captured", "constant")

Leaves: TypeAlias = "dict[Value, tuple[str, tuple[int, ...]]]"
"""What each leaf is, and its place."""


@dataclass
class Graph:
    """Scalar nodes by number, inputs before what is made of them.

    - `op`: the name of a row of the table, `SUM`, or one of `LEAVES`.
    - `args`: the operands of an op, the place of a leaf, the terms of a sum that are no products.
    - `products`: the terms of a sum that are, as pairs.
    - `batched`: whether a node has a number for each sample.
    - `depth`: the longest way from a leaf.
    - `label`: the label of one of the Values that it was made of.
    - `recorded`: how many Values it was made of.
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
        batched, depth = op == "input", 0
        if op not in LEAVES:
            below = [*args, *(x for pair in products for x in pair)] if products else args
            for x in below:
                batched = batched or self.batched[x]
                depth = max(depth, self.depth[x] + 1)
        self.op.append(op)
        self.args.append(args)
        self.products.append(products)
        self.batched.append(batched)
        self.depth.append(depth)
        self.label.append(label)
        return len(self.op) - 1

    def is_leaf(self, i: Id) -> bool:
        return self.op[i] in LEAVES

    def below(self, i: Id) -> Sequence[Id]:
        """What a node is made of."""
        if self.op[i] in LEAVES:
            return ()
        if self.products[i]:
            return [*self.args[i], *(x for pair in self.products[i] for x in pair)]
        return self.args[i]

    def kind(self, i: Id) -> str:
        """Where a number comes from; the nodes of one operand have one kind."""
        op = self.op[i]
        if op not in LEAVES:
            return "batched" if self.batched[i] else "shared"
        return f"input {self.args[i][0]}" if op == "input" else op

    def needed(self, roots: Iterable[Id]) -> list[Id]:
        """What the roots depend on, in order."""
        wanted = [False] * len(self.op)
        for root in roots:
            wanted[root] = True
        for i in range(len(self.op) - 1, -1, -1):
            if wanted[i]:
                for x in self.below(i):
                    wanted[x] = True
        return [i for i, is_wanted in enumerate(wanted) if is_wanted]

    def uses(self, among: Iterable[Id]) -> list[int]:
        """How often each node is read by the nodes `among`."""
        count = [0] * len(self.op)
        for i in among:
            for x in self.below(i):
                count[x] += 1
        return count


def lowered(leaves: Leaves, roots: Sequence[Value]) -> tuple[Graph, list[Id]]:
    """The graph of the roots, and their numbers in it."""
    lowering = _Lowering(leaves)
    order = topological_order(*roots)
    for node in order:
        lowering.take(node)
    number = lowering.number
    inner = [node for node in order if node not in leaves]
    used = {leaves[node] for node in order if node in leaves}
    lowering.graph.recorded = len(inner) + len(used)
    return _flattened(lowering.graph, [number[root] for root in roots])


class _Lowering:
    """Numbers Values, and gives the same number to those that are the same."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves, self.graph = leaves, Graph()
        self.number: dict[Value, Id] = {}
        self.known: dict[tuple[str, tuple[Any, ...]], Id] = {}

    def take(self, node: Value) -> None:
        """Number a node whose inputs are numbered."""
        key = self.leaves.get(node) or self._key(node)
        if isinstance(key, int):  # another node, which it is equal to
            self.number[node] = key
            return
        found = self.known.get(key)
        label = getattr(node, "_label", "")
        if found is None:
            op, args = key
            found = self.known[key] = self.graph.add(op, args, label)
        elif label and not self.graph.label[found]:
            self.graph.label[found] = label
        self.number[node] = found

    def _key(self, node: Value) -> tuple[str, tuple[Any, ...]] | Id:
        """Its op and its operands; or the node that it is equal to."""
        g, number, op = self.graph, self.number, node.op
        args = tuple([number[x] for x in node.inputs])
        if node._data is not UNKNOWN and all(g.op[x] == "constant" for x in args):
            # One that f made itself, too; by its repr, in which -0.0 is not 0.0, and nan is nan.
            return "constant", (repr(float(node._data)),)
        name = op.name  # type: ignore[union-attr]
        if name == "identity":
            return args[0]
        if name not in ("add", "mul"):
            return name, args
        for place, x in enumerate(args if name == "mul" else ()):
            if g.op[x] == "constant":
                if g.args[x] == ("1.0",):
                    return args[1 - place]
                if g.args[x] == ("-1.0",):
                    return "neg", (args[1 - place],)
        a, b = args  # these two ops commute, to the last bit
        return name, args if self._order(a) <= self._order(b) else (b, a)

    def _order(self, i: Id) -> tuple[bool, bool, Id]:
        return self.graph.batched[i], self.graph.op[i] != "constant", i


def _flattened(g: Graph, roots: list[Id]) -> tuple[Graph, list[Id]]:
    """Additions that feed one addition alone become one sum, whose terms are products, too."""
    needed = g.needed(roots)
    uses = g.uses(needed)
    for root in roots:
        uses[root] += 2
    inside = [False] * len(g.op)  # has one user, which is an addition
    for i in needed:
        if g.op[i] == "add":
            for x in g.args[i]:
                inside[x] = uses[x] == 1 and g.op[x] in ("add", "mul")
    out, new = Graph(recorded=g.recorded), [0] * len(g.op)
    for i in needed:
        if inside[i]:
            continue
        op, args, label = g.op[i], g.args[i], g.label[i]
        if op == "add":
            products, singles = _terms(g, i, inside)
            pairs = tuple([(new[a], new[b]) for a, b in products])
            new[i] = out.add(SUM, tuple([new[x] for x in singles]), label, pairs)
        elif op in LEAVES:
            new[i] = out.add(op, args, label)
        else:
            new[i] = out.add(op, tuple([new[x] for x in args]), label)
    return out, [new[root] for root in roots]


def _terms(g: Graph, root: Id, inside: list[bool]) -> tuple[list[tuple[Id, Id]], list[Id]]:
    """The products and the other terms of a tree of additions, from left to right."""
    products: list[tuple[Id, Id]] = []
    singles: list[Id] = []
    waiting = list(reversed(g.args[root]))
    while waiting:
        i = waiting.pop()
        if not inside[i]:
            singles.append(i)
        elif g.op[i] == "add":
            waiting += reversed(g.args[i])
        else:
            products.append(g.args[i])
    return products, singles
