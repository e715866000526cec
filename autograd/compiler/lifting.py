"""Lifting: scalar nodes that do the same at the same depth become one array; sums of products become matrix products.

An array (`Block`) has a row for each of its nodes, and a column for each sample. The order of rows follows the order of the
operands, so that what lies side by side below lies side by side above, and operands are slices rather than gathers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeAlias

from autograd.compiler.lowering import SUM, Graph, Id

Column: TypeAlias = "list[Id]"
"""An operand of a block: for each row a node."""


Read: TypeAlias = "tuple[bool, list[Column]]"
"""Columns that must be rows of one array, and whether they are stacked (brought together into a matrix)."""


def whole_or_not(column: Column) -> Read:
    """One column, of as many rows as it has nodes: a node that is there twice must be brought there twice."""
    return len(set(column)) < len(column), [column]


FEW = 4
"""Up to so many terms of one kind are written one by one."""


@dataclass
class MatMul:
    """rows @ across: for each row of the block its coefficients, and the operands that all rows share."""

    rows: list[Column]
    across: Column

    def reads(self) -> list[Read]:
        return [(True, self.rows), whole_or_not(self.across)]


@dataclass
class Products:
    """Σ_t left[t] · right[t], row by row."""

    left: list[Column]
    right: list[Column]

    def reads(self) -> list[Read]:
        few = len(self.left) <= FEW
        return (
            [(False, [x]) for side in (self.left, self.right) for x in side]
            if few
            else [(True, self.left), (True, self.right)]
        )


@dataclass
class Terms:
    """Σ_t columns[t], row by row; `stacked` if all columns are read as one array."""

    columns: list[Column]
    stacked: bool

    def reads(self) -> list[Read]:
        return (
            [(True, self.columns)]
            if self.stacked
            else [(False, [column]) for column in self.columns]
        )


@dataclass
class Block:
    """Nodes that are computed by one statement: an op on columns, or a sum of parts."""

    op: str
    members: Column
    batched: bool
    columns: list[Column] = field(default_factory=list)
    parts: list[MatMul | Products | Terms] = field(default_factory=list)

    def reads(self) -> list[Read]:
        """All that it reads."""
        return [(False, [column]) for column in self.columns] + [
            read for part in self.parts for read in part.reads()
        ]


@dataclass
class Lifted:
    """The blocks in the order of their evaluation; where each node is, as (block, row); the parameters in the order of their storage."""

    graph: Graph
    blocks: list[Block]
    place: dict[Id, tuple[int, int]]
    parameters: list[int]


def lifted(
    graph: Graph, needed: Sequence[Id], n_parameters: int, order: Sequence[int] = ()
) -> Lifted:
    """The blocks that compute the nodes in `needed`, which come with all that they depend on.

    Parameters are stored in the given `order`, or else as they are first met.
    """
    return _Lifter(graph, order).lift(needed, n_parameters)


class _Lifter:
    def __init__(self, graph: Graph, order: Sequence[int]) -> None:
        self.graph = graph
        self.blocks: list[Block] = []
        self.place: dict[Id, tuple[int, int]] = {}
        self.stored = dict.fromkeys(order)  # parameters, in the order of storage

    def lift(self, needed: Sequence[Id], n_parameters: int) -> Lifted:
        g = self.graph
        levels: dict[int, dict[Any, Column]] = defaultdict(lambda: defaultdict(list))
        for i in needed:
            if not g.is_leaf(i):
                levels[g.depth[i]][self._signature(i)].append(i)
        for depth in sorted(levels):
            for (op, *_), members in levels[depth].items():
                if op == SUM:
                    self._sums(members)
                else:
                    for alike in self._by_constants(members):
                        self._elementwise(op, alike)
        for p in range(n_parameters):
            self.stored.setdefault(p)
        return Lifted(g, self.blocks, self.place, list(self.stored))

    def _signature(self, i: Id) -> tuple[Any, ...]:
        g = self.graph
        kinds = list(map(g.kind, g.args[i]))
        if g.op[i] != SUM:
            exponent = (
                g.args[g.args[i][1]] if g.op[i] == "pow" and kinds[1] == "constant" else ()
            )  # numpy is quick for 2.0
            return g.op[i], tuple(kinds), exponent
        pairs = sorted(tuple(sorted(map(g.kind, pair))) for pair in g.products[i])
        return SUM, tuple(sorted(kinds)), tuple(pairs)

    def _key(self, i: Id) -> tuple[Any, ...]:
        """By what rows and terms are ordered: where a node is."""
        if i in self.place:
            return (2, *self.place[i])
        g = self.graph
        return (0, g.args[i][0]) if g.op[i] == "constant" else (1, g.op[i], *g.args[i])

    def _by_constants(self, members: Column) -> list[Column]:
        """Nodes with the same constants on their own, unless there are nearly as many constants as nodes."""
        g = self.graph
        alike: dict[Any, Column] = defaultdict(list)
        for i in members:
            alike[tuple(g.args[x] if g.op[x] == "constant" else () for x in g.args[i])].append(i)
        return list(alike.values()) if 2 * len(alike) <= len(members) else [members]

    def _elementwise(self, op: str, members: Column) -> None:
        g = self.graph
        members.sort(
            key=lambda i: tuple(map(self._key, sorted(g.args[i], key=lambda x: not g.batched[x])))
        )
        self._add(
            Block(
                op,
                members,
                g.batched[members[0]],
                [list(column) for column in zip(*(g.args[i] for i in members))],
            )
        )

    def _sums(self, members: Column) -> None:
        """Sums of one signature: those over the same operands become matrix products, the rest are added up row by row."""
        g = self.graph
        terms = {i: self._arranged(i) for i in members}
        alike: dict[Any, Column] = defaultdict(list)
        for i in members:
            alike[
                tuple(
                    [
                        (kinds, tuple([b for _, b in pairs]))
                        for kinds, pairs in terms[i][0]
                        if self._is_linear(pairs)
                    ]
                )
            ].append(i)
        groups, rest = [], []
        for across, group in alike.items():
            many = (
                across
                and (len(group) > 1 or len(alike) == 1)
                and sum(len(operands) for _, operands in across) > 1
            )
            groups.append((group, True)) if many else rest.extend(group)
        if rest:
            groups.append((rest, False))
        for group, as_matrix in groups:
            group.sort(
                key=lambda i: (
                    [
                        self._key(x)
                        for _, pairs in terms[i][0]
                        for pair in pairs
                        for x in reversed(pair)
                    ]
                    + list(map(self._key, terms[i][1]))
                )
            )
            block = Block(SUM, group, g.batched[group[0]])
            for k, (_, pairs) in enumerate(terms[group[0]][0]):
                of_each = [terms[i][0][k][1] for i in group]
                if as_matrix and self._is_linear(pairs):
                    block.parts.append(
                        MatMul([[a for a, _ in row] for row in of_each], [b for _, b in pairs])
                    )
                else:
                    block.parts.append(
                        Products(
                            *(
                                [[pair[side] for pair in column] for column in zip(*of_each)]
                                for side in (0, 1)
                            )
                        )
                    )
            for kind, columns in groupby(
                map(list, zip(*(terms[i][1] for i in group))), lambda column: g.kind(column[0])
            ):
                if not (as_matrix and kind == "constant"):
                    block.parts.append(self._terms(list(columns)))
                else:  # sum() begins with 0, and so does a matrix product
                    block.parts += [
                        self._terms([column])
                        for column in columns
                        if {g.args[x] for x in column} != {("0.0",)}
                    ]
            self._add(block)

    def _terms(self, columns: list[Column]) -> Terms:
        """Terms of one kind, read as one array if there are many, or if they are rows of one array that are added up."""
        sources = {self.place.get(column[0], (None,))[0] for column in columns}
        one_array = (
            len(columns) > 1 and len(columns[0]) == 1 and len(sources) == 1 and None not in sources
        )
        return Terms(columns, one_array or len(columns) > FEW)

    def _is_linear(self, pairs: Sequence[tuple[Id, Id]]) -> bool:
        """Coefficients that no sample changes, times numbers of each sample."""
        a, b = pairs[0]
        return not self.graph.batched[a] and self.graph.batched[b]

    def _arranged(self, i: Id) -> tuple[list[tuple[Any, list[tuple[Id, Id]]]], Column]:
        """The products of a sum by the kinds of their factors, and the other terms, each in the order of `_key`."""
        g = self.graph
        by_kinds: dict[Any, list[tuple[Id, Id]]] = defaultdict(list)
        for pair in g.products[i]:
            a, b = sorted(pair, key=lambda x: (g.batched[x], g.kind(x), self._key(x)))
            by_kinds[g.kind(a), g.kind(b)].append((a, b))
        products = [
            (kinds, sorted(by_kinds[kinds], key=self._term_key)) for kinds in sorted(by_kinds)
        ]
        return products, sorted(g.args[i], key=lambda x: (g.kind(x), self._key(x)))

    def _term_key(self, pair: tuple[Id, Id]) -> tuple[Any, ...]:
        """Terms go by their parameters, which have one order everywhere, or else by where their factors are."""
        a, b = pair
        return (
            (self._key(a), self._key(b))
            if self.graph.op[a] == "parameter"
            else (self._key(b), self._key(a))
        )

    def _add(self, block: Block) -> None:
        for x in (x for _, columns in block.reads() for column in columns for x in column):
            if self.graph.op[x] == "parameter":  # parameters lie in memory as they are first met
                self.stored.setdefault(self.graph.args[x][0])
        for row, i in enumerate(block.members):
            self.place[i] = len(self.blocks), row
        self.blocks.append(block)
