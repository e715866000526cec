"""Lowering: from Values to plain data.

Gets the Values that are wanted, and what each leaf is; gives a `Graph` of numbered nodes. Constants
are folded, common subexpressions shared, additions flattened into sums of products, dead nodes
dropped.

>>> w, x = Value(3.0), Value(1.0)
>>> g, ids = lowered({w: ("leaf theta", (0,)), x: ("leaf input", (0, 0))}, [w * x + w])
>>> g.op, g.args[2], g.products[2]  # of node 2, the sum: the terms w and w * x
(['leaf theta', 'leaf input', '+'], (0,), ((0, 1),))
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from autograd.compiler.ir import PLUS
from autograd.order import topological_order
from autograd.unknown import UNKNOWN
from autograd.value import Value

Id: TypeAlias = int

LEAVES = ("leaf input", "leaf theta", "leaf captured", "constant")
"""What is no op. None of these, nor `PLUS`, can be the name of a user-defined op."""

Leaves: TypeAlias = "dict[Value, tuple[str, tuple[int, ...]]]"
"""What each leaf is, and its place."""


@dataclass
class Graph:
    """Scalar nodes by number, inputs before what is made of them.

    - `op`: the name of a row of the table, `PLUS` of a flattened sum, or one of `LEAVES`.
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
        i = len(self.op)
        self.op.append(op)
        self.args.append(args)
        self.products.append(products)
        self.label.append(label)
        below = self.below(i)
        self.batched.append(op == "leaf input" or True in [self.batched[x] for x in below])
        self.depth.append(1 + max([self.depth[x] for x in below], default=-1))
        return i

    def is_leaf(self, i: Id) -> bool:
        return self.op[i] in LEAVES

    def below(self, i: Id) -> Sequence[Id]:
        """What a node is made of."""
        if self.op[i] in LEAVES:
            return ()
        return [*self.args[i], *chain.from_iterable(self.products[i])]

    def kind(self, i: Id) -> str:
        """Where a number comes from; the nodes of one operand have one kind."""
        op = self.op[i]
        if op not in LEAVES:
            return "batched" if self.batched[i] else "shared"
        return f"{op} {self.args[i][0]}" if op == "leaf input" else op

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
    order = topological_order(*roots)
    plain = _Plain(leaves)
    plain.take(order)
    plain.known.clear()  # the most memory is in use while sums are flattened
    g, ids = _flattened(plain, [plain.number[root] for root in roots])
    places = [leaves[node] for node in order if node in leaves]
    g.recorded = len(order) - len(places) + len({*places})
    return g, ids


class _Plain:
    """The nodes before sums are flattened: equal Values have one number."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves
        self.op: list[str] = []
        self.args: list[tuple[Any, ...]] = []
        self.batched: list[bool] = []
        self.label: list[str] = []
        self.number: dict[Value, Id] = {}
        self.known: dict[tuple[str, tuple[Any, ...]], Id] = {}

    def take(self, order: Sequence[Value]) -> None:
        """Number these nodes, whose inputs come before them."""
        leaves, number, known, labels = self.leaves, self.number, self.known, self.label
        for node in order:  # of a network there are some hundred thousand
            key: Any = leaves.get(node) or self._key(node)
            if key.__class__ is int:  # another node, which it is equal to
                number[node] = key
                continue
            found = known.get(key)
            if found is None:
                found = known[key] = len(labels)
                op, args = key
                self.op.append(op)
                self.args.append(args)
                labels.append("")
                below = () if op in LEAVES else args
                self.batched.append(op == "leaf input" or True in [self.batched[x] for x in below])
            number[node] = found
            if not labels[found]:
                labels[found] = getattr(node, "_label", "")

    def _key(self, node: Value) -> tuple[str, tuple[Any, ...]] | Id:
        """Its op and its operands; or the node that it is equal to."""
        number, ops, first = self.number, self.op, node._first
        if first is None or (node._data is not UNKNOWN and self._is_constant(node)):
            # One that f made itself, too; by its repr, in which -0.0 is not 0.0, and nan is nan.
            return "constant", (repr(float(node._data)),)
        name = node.op.name  # type: ignore[union-attr]
        if name not in ("add", "mul"):
            args = tuple([number[x] for x in node.inputs])
            return args[0] if name == "identity" else (name, args)
        a, b = number[first], number[node._second]
        of_a, of_b = self.batched[a], self.batched[b]
        if (of_b, ops[b] != "constant", b) < (of_a, ops[a] != "constant", a):
            a, b = b, a
        if name == "mul" and ops[a] == "constant":
            if self.args[a] == ("1.0",):
                return b
            if self.args[a] == ("-1.0",):
                return "neg", (b,)
        return name, (a, b)  # in one order, since these two ops commute, to the last bit

    def _is_constant(self, node: Value) -> bool:
        return all(self.op[self.number[x]] == "constant" for x in node.inputs)


def _flattened(plain: _Plain, roots: list[Id]) -> tuple[Graph, list[Id]]:
    """Additions that feed one addition alone become one sum, whose terms are products, too."""
    op, args = plain.op, plain.args
    needed, uses = _used(plain, roots)
    inside = [False] * len(op)  # has one user, which is an addition
    for i in needed:
        if op[i] == "add":
            for x in args[i]:
                inside[x] = uses[x] == 1 and op[x] in ("add", "mul")
    out, new = Graph(), [0] * len(op)
    for i in needed:
        if inside[i]:
            continue
        if op[i] == "add":
            products, singles = _terms(plain, i, inside)
            pairs = tuple([(new[a], new[b]) for a, b in products])
            new[i] = out.add(PLUS, tuple([new[x] for x in singles]), plain.label[i], pairs)
        elif op[i] in LEAVES:
            new[i] = out.add(op[i], args[i], plain.label[i])
        else:
            new[i] = out.add(op[i], tuple([new[x] for x in args[i]]), plain.label[i])
    return out, [new[root] for root in roots]


def _used(plain: _Plain, roots: list[Id]) -> tuple[list[Id], list[int]]:
    """What the roots depend on, in order, and how often each node is read; a root is read more."""
    op, args, uses = plain.op, plain.args, [0] * len(plain.op)
    for root in roots:
        uses[root] = 2
    for i in range(len(op) - 1, -1, -1):
        if uses[i] and op[i] not in LEAVES:
            for x in args[i]:
                uses[x] += 1
    return [i for i, count in enumerate(uses) if count], uses


def _terms(g: _Plain, root: Id, inside: list[bool]) -> tuple[list[tuple[Id, Id]], list[Id]]:
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
