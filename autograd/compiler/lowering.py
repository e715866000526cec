"""Lowering: from Values to plain data.

Takes the Values that are wanted, and what each leaf is; returns a `Graph` of numbered nodes.
Constants are folded, common subexpressions shared, additions flattened into sums of products, and
dead nodes dropped.

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

from autograd import ieee
from autograd.compiler.ir import PLUS
from autograd.order import topological_order
from autograd.unknown import UNKNOWN
from autograd.value import Value

Id: TypeAlias = int

LEAVES = ("leaf input", "leaf theta", "leaf captured", "constant")
"""Nodes that are not ops. No user-defined op can have one of these names, or `PLUS`."""

Leaves: TypeAlias = "dict[Value, tuple[str, tuple[int, ...]]]"
"""The kind of each leaf, and its place."""


@dataclass
class Graph:
    """Scalar nodes by number, inputs before what is made of them.

    - `op`: the name of a row of the table, `PLUS` of a flattened sum, or one of `LEAVES`.
    - `args`: the operands of an op, the place of a leaf, or the terms of a sum except products.
    - `products`: the terms of a sum that are products, as pairs.
    - `batched`: whether a node has a number for each sample.
    - `depth`: the longest path from a leaf.
    - `label`: the label of one of the Values that it was made from.
    - `recorded`: how many Values it was made from.
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
        if op in LEAVES:  # half of the nodes of a network
            self.batched.append(op == "leaf input")
            self.depth.append(0)
            return i
        below = self.below(i)
        self.batched.append(True in [self.batched[x] for x in below])
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
        """Where a number comes from; the nodes of an operand are all of the same kind."""
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


def lowered(
    leaves: Leaves, roots: Sequence[Value], is_final: bool = False
) -> tuple[Graph, list[Id]]:
    """The graph of the roots, and their numbers in it.

    `is_final` says that the engine is not asked where a number is nan.
    """
    order = topological_order(*roots)
    plain = _Plain(leaves, is_final)
    plain.take(order)
    plain.known.clear()  # memory use peaks while sums are flattened
    g, ids = _flattened(plain, [plain.number[root] for root in roots])
    places = [leaves[node] for node in order if node in leaves]
    dots = [node.op.arity for node in order if node.op and node.op.name == "dot"]
    # A dot stands for n products and n - 1 sums.
    g.recorded = len(order) - len(places) + len({*places}) + sum(dots) - 2 * len(dots)
    return g, ids


class _Plain:
    """The nodes before sums are flattened: equal Values have one number.

    The args of a `PLUS` are its terms: nodes, and products as pairs of them.
    """

    def __init__(self, leaves: Leaves, is_final: bool) -> None:
        self.leaves, self.is_final = leaves, is_final
        self.op: list[str] = []
        self.args: list[tuple[Any, ...]] = []
        self.batched: list[bool] = []
        self.label: list[str] = []
        self.number: dict[Value, Id] = {}
        self.known: dict[tuple[str, tuple[Any, ...]], Id] = {}

    def take(self, order: Sequence[Value]) -> None:
        """Number these nodes, whose inputs come before them."""
        leaves, number, label = self.leaves, self.number, self.label
        for node in order:  # a network has some ten thousand of these
            found = number[node] = self._entered(leaves.get(node) or self._key(node))
            if not label[found]:
                label[found] = getattr(node, "_label", "")

    def below(self, i: Id) -> Sequence[Id]:
        """What a node is made of."""
        args = self.args[i]
        if self.op[i] != PLUS:
            return () if self.op[i] in LEAVES else args
        return [*chain.from_iterable([x if x.__class__ is tuple else (x,) for x in args])]

    def _entered(self, key: Any) -> Id:
        """The node of this op and these operands, new if there is none yet; or an equal node."""
        if key.__class__ is int:
            return key
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = len(self.op)
            op, args = key
            self.op.append(op)
            self.args.append(args)
            self.label.append("")
            is_input, batched = op == "leaf input", self.batched
            batched.append(is_input or True in [batched[x] for x in self.below(found)])
        return found

    def _key(self, node: Value) -> tuple[str, tuple[Any, ...]] | Id:
        """Its op and its operands, or the node that it equals."""
        if node._first is None or (node._data is not UNKNOWN and self._is_constant(node)):
            # This includes leaves that f made itself. The repr is the key, because it distinguishes
            # -0.0 from 0.0 and makes nan equal to nan.
            return "constant", (repr(float(node._data)),)
        name = node.op.name  # type: ignore[union-attr]
        args = tuple([self.number[x] for x in node.inputs])
        if name == "add":
            return name, self._in_order(*args)
        if name == "mul":
            return self._product(*args)
        if name == "dot":
            half = len(args) // 2
            return PLUS, tuple(map(self._term, args[:half], args[half:]))
        if name == "logaddexp" and len(args) > 2:
            return self._logsumexp(args)
        if name == "gelu":
            return self._gelu(*args)
        return args[0] if name == "identity" else (name, args)

    # Ops that share much with their slopes, written in the same ops as these.

    def _gelu(self, x: Id) -> tuple[str, tuple[Any, ...]] | Id:
        """x · erfc(-x/√2) / 2, with 0 at -inf."""
        scaled = self._entered(self._product(self._constant(-ieee.ROOT_HALF), x))
        below = self._entered(("erfc", (scaled,)))
        clipped = self._entered(("maximum", (x, self._constant(-1000.0))))
        return self._product(clipped, self._entered(self._product(self._constant(0.5), below)))

    def _logsumexp(self, args: tuple[Id, ...]) -> tuple[str, tuple[Any, ...]]:
        """max + log Σ exp(x - max)."""
        top = self._entered(("maximum", args))
        if self.is_final:  # an infinity minus itself would be nan
            bounds = self._constant(-1e308), self._constant(1e308)
            top = self._entered(("clip", (top, *bounds)))
        parts = []
        for x in args:
            below = self._entered(("sub", (x, top)))
            parts.append(self._entered(("exp", (below,))))
        total = parts[0]
        for part in parts[1:]:
            total = self._entered(("add", self._in_order(total, part)))
        return "add", self._in_order(top, self._entered(("log", (total,))))

    def _constant(self, x: float) -> Id:
        return self._entered(("constant", (repr(x),)))

    def _in_order(self, a: Id, b: Id) -> tuple[Id, Id]:
        """The operands in a fixed order, for ops that commute to the last bit."""
        op, batched = self.op, self.batched
        if (batched[b], op[b] != "constant", b) < (batched[a], op[a] != "constant", a):
            return b, a
        return a, b

    def _product(self, a: Id, b: Id) -> tuple[str, tuple[Any, ...]] | Id:
        a, b = self._in_order(a, b)
        if self.op[a] == "constant":
            if self.args[a] == ("1.0",):
                return b
            if self.args[a] == ("-1.0",):
                return "neg", (b,)
        return "mul", (a, b)

    def _term(self, a: Id, b: Id) -> Any:
        """A product as a term of a sum: a pair, or a node."""
        key = self._product(a, b)
        is_pair = key.__class__ is tuple and key[0] == "mul"
        return key[1] if is_pair else self._entered(key)  # type: ignore[index]

    def _is_constant(self, node: Value) -> bool:
        return all(self.op[self.number[x]] == "constant" for x in node.inputs)


def _flattened(plain: _Plain, roots: list[Id]) -> tuple[Graph, list[Id]]:
    """Sums that feed only one sum become part of it, and so do products."""
    op, args = plain.op, plain.args
    needed, uses = _used(plain, roots)
    inside = [False] * len(op)  # has one user, which is a sum
    for i in needed:
        if op[i] in SUMS:
            for x in args[i]:
                if x.__class__ is int:
                    inside[x] = uses[x] == 1 and (op[x] == "mul" or op[x] in SUMS)
    out, new = Graph(), [0] * len(op)
    known: dict[Any, Id] = {}  # (x + w) + b and x + (w + b) are one sum now, and what they make
    for i in needed:
        if inside[i]:
            continue
        made_of = args[i]
        pairs: tuple[tuple[Id, Id], ...] = ()
        if op[i] in SUMS:
            products, singles = _terms(plain, i, inside)
            singles = _without_zeros(plain, products, singles)
            made_of = tuple([new[x] for x in singles])
            pairs = tuple([(new[a], new[b]) for a, b in products])
            key: Any = PLUS, tuple(sorted(made_of)), tuple(sorted(map(_sorted, pairs)))
        elif op[i] in LEAVES:
            key = op[i], made_of
        else:
            made_of = tuple([new[x] for x in made_of])
            key = op[i], made_of
        if key not in known:
            known[key] = out.add(key[0], made_of, plain.label[i], pairs)
        new[i] = known[key]
    return out, [new[root] for root in roots]


def _without_zeros(g: _Plain, products: list[tuple[Id, Id]], singles: list[Id]) -> list[Id]:
    """The single terms of a sum without the 0 that `sum` starts with, where it has no effect.

    It turns a sum of -0.0 into 0.0, but some sums have a term that is never -0.0.
    """
    others = [i for i in singles if (g.op[i], g.args[i]) != ("constant", ("0.0",))]
    has_one = any(a == b for a, b in products) or any(_is_not_minus_zero(g, i) for i in others)
    return others if has_one and len(products) + len(others) > 1 else singles


def _is_not_minus_zero(g: _Plain, i: Id) -> bool:
    is_square = g.op[i] == "pow" and g.args[g.args[i][1]] == ("2.0",)
    return is_square or g.op[i] in ("abs", "exp", "relu", "sigmoid", "softplus")


def _sorted(pair: tuple[Id, Id]) -> tuple[Id, ...]:
    return tuple(sorted(pair))


SUMS = ("add", PLUS)


def _used(plain: _Plain, roots: list[Id]) -> tuple[list[Id], list[int]]:
    """What the roots depend on, in order, and how often each node is read; roots count extra."""
    uses = [0] * len(plain.op)
    for root in roots:
        uses[root] = 2
    for i in range(len(uses) - 1, -1, -1):
        if uses[i]:
            for x in plain.below(i):
                uses[x] += 1
    return [i for i, count in enumerate(uses) if count], uses


def _terms(g: _Plain, root: Id, inside: list[bool]) -> tuple[list[tuple[Id, Id]], list[Id]]:
    """The products and the other terms of a tree of sums, from left to right."""
    products: list[tuple[Id, Id]] = []
    singles: list[Id] = []
    waiting = list(reversed(g.args[root]))
    while waiting:
        i = waiting.pop()
        if i.__class__ is tuple:
            products.append(i)
        elif not inside[i]:
            singles.append(i)
        elif g.op[i] == "mul":
            products.append(g.args[i])
        else:
            waiting += reversed(g.args[i])
    return products, singles
