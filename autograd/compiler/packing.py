"""Packing: scalar nodes that do the same at the same depth become one array.

Takes a graph of scalars; returns `Block`s of nodes in order. The 16 sums of a layer,
Σⱼ Wᵢⱼ xⱼ + bᵢ, become one block of 16 members, a `Product` of W's rows and x, and `Terms` with b.

In a compiler for vector processors this is the packing of isomorphic statements (Larsen and
Amarasinghe, "Exploiting superword level parallelism with multimedia instruction sets", PLDI 2000);
here the vector is as long as a layer is wide, and sums of products over the same operands become
matrix products. An array (`Block`) has a row for each of its nodes. Rows follow the order of their
operands, so that neighbours below are neighbours above, and operands are slices rather than copies.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

from autograd.compiler.ir import PLUS
from autograd.compiler.lowering import Graph, Id

Column: TypeAlias = "list[Id]"
"""An operand of a block: a node for each row."""

Pairs: TypeAlias = "list[tuple[Id, Id]]"

Read: TypeAlias = "tuple[bool, list[Column]]"
"""Columns that must be rows of one array, and whether they are stacked into a matrix."""

FEW = 4
"""Up to this many terms of one kind are written one by one."""


EXTREMES = {"maximum": "max", "minimum": "min"}
"""Ops with any number of inputs that numpy can apply along an axis."""


def whole_or_not(column: Column) -> Read:
    """A column with a row for each of its nodes: a node that occurs twice has two rows."""
    return len(set(column)) < len(column), [column]


@dataclass(frozen=True)
class Product:
    """rows @ across: the coefficients of each row of the block, and the operands they share."""

    rows: list[Column]
    across: Column

    def reads(self) -> list[Read]:
        return [(True, self.rows), whole_or_not(self.across)]


@dataclass(frozen=True)
class Windows:
    """rows @ windows: the same coefficients for many operands side by side, as in a convolution.

    `rows` has the coefficients of each row, `windows` a row of operands for each coefficient; the
    block has all windows for each row.
    """

    rows: list[Column]
    windows: list[Column]

    def reads(self) -> list[Read]:
        return [(True, self.rows), (True, self.windows)]


@dataclass(frozen=True)
class Pairwise:
    """Σ_t left[t] · right[t], row by row."""

    left: list[Column]
    right: list[Column]

    def reads(self) -> list[Read]:
        if len(self.left) > FEW:
            return [(True, self.left), (True, self.right)]
        return [(False, [x]) for x in chain(self.left, self.right)]


@dataclass(frozen=True)
class Terms:
    """Σ_t columns[t], or the largest, row by row; `stacked` if they are read as one array."""

    columns: list[Column]
    stacked: bool

    def reads(self) -> list[Read]:
        if self.stacked:
            return [(True, self.columns)]
        return [(False, [column]) for column in self.columns]


@dataclass(frozen=True)
class Block:
    """Nodes that one statement computes: an op on columns, or a sum of parts."""

    op: str
    members: Column
    batched: bool
    columns: list[Column] = field(default_factory=list)
    parts: list[Product | Windows | Pairwise | Terms] = field(default_factory=list)

    def reads(self) -> list[Read]:
        """Everything that the block reads."""
        found: list[Read] = [(False, [column]) for column in self.columns]
        for part in self.parts:
            found += part.reads()
        return found


@dataclass(frozen=True)
class Packed:
    """The blocks in the order of their evaluation, and where each node is, as (block, row)."""

    graph: Graph
    blocks: list[Block]
    place: dict[Id, tuple[int, int]]

    def key(self, i: Id) -> tuple[Any, ...]:
        """The order of rows and terms: constants, other leaves, then nodes by position."""
        if i in self.place:
            return (2, *self.place[i])
        g = self.graph
        return (0, g.args[i][0]) if g.op[i] == "constant" else (1, g.op[i], *g.args[i])


def packed(graph: Graph, needed: Sequence[Id]) -> Packed:
    """The blocks that compute the nodes in `needed`, which includes all that these depend on."""
    packer = _Packer(Packed(graph, [], {}))
    levels: dict[int, dict[Any, Column]] = defaultdict(lambda: defaultdict(list))
    for i in needed:
        if not graph.is_leaf(i):
            levels[graph.depth[i]][packer.signature(i)].append(i)
    for depth in sorted(levels):
        for (op, *_), members in levels[depth].items():
            if op == PLUS:
                packer.sums(members)
            else:
                packer.elementwise(op, members)
    return packer.packed


class _Packer:
    """Packs isomorphic nodes, from the leaves up."""

    def __init__(self, packed: Packed) -> None:
        self.packed, self.graph = packed, packed.graph

    def signature(self, i: Id) -> tuple[Any, ...]:
        """Nodes of one depth and one signature are isomorphic."""
        g = self.graph
        kinds = [g.kind(x) for x in g.args[i]]
        if g.op[i] == PLUS:
            pairs = [tuple(sorted((g.kind(a), g.kind(b)))) for a, b in g.products[i]]
            return PLUS, tuple(sorted(kinds)), tuple(sorted(pairs))
        # numpy is quick for ** 2.0, so each constant exponent gets its own statement.
        by_constant = g.op[i] == "pow" and kinds[1] == "constant"
        return g.op[i], tuple(kinds), g.args[g.args[i][1]] if by_constant else ()

    def elementwise(self, op: str, members: Column) -> None:
        """Blocks of one op, split by constants unless these are nearly as many as the nodes."""
        g, key = self.graph, self.packed.key
        for group in self._grouped(members) if len(members) > 1 else [members]:
            if len(group) > 1:
                group.sort(key=lambda i: [key(x) for x in self._batched_first(i)])
            columns = transposed([g.args[i] for i in group])
            batched, kinds = g.batched[group[0]], {g.kind(column[0]) for column in columns}
            if op in EXTREMES and len(columns) > FEW and len(kinds) == 1:
                self._add(Block(op, group, batched, parts=[Terms(columns, True)]))
            else:
                self._add(Block(op, group, batched, columns))

    def _grouped(self, members: Column) -> Iterator[Column]:
        alike: dict[Any, Column] = defaultdict(list)
        for i in members:
            alike[tuple(map(self._constant, self.graph.args[i]))].append(i)
        groups = list(alike.values()) if 2 * len(alike) <= len(members) else [members]
        return chain.from_iterable(map(self._by_source, groups))

    def _by_source(self, group: Column) -> list[Column]:
        """Many nodes made from the same blocks stand alone, or those would have to be joined."""
        alike: dict[Any, Column] = defaultdict(list)
        for i in group:
            sources = [self.packed.place.get(x, (self.graph.op[x],))[0] for x in self.graph.args[i]]
            alike[tuple(sources)].append(i)
        found = [alone for alone in alike.values() if len(alone) > FEW]
        rest = [alone for alone in alike.values() if len(alone) <= FEW]
        return [*found, [*chain.from_iterable(rest)]] if rest else found

    def _constant(self, i: Id) -> tuple[Any, ...]:
        return self.graph.args[i] if self.graph.op[i] == "constant" else ()

    def _batched_first(self, i: Id) -> Column:
        return sorted(self.graph.args[i], key=lambda x: not self.graph.batched[x])

    def sums(self, members: Column) -> None:
        """Sums of one signature: matrix products over the same operands, the rest row by row."""
        arranged = {i: self._arranged(i) for i in members}
        # First over the same operands, then among these with the same coefficients.
        over: dict[Any, Column] = defaultdict(list)
        for i in members:
            over[self._factors(arranged[i], 1)].append(i)
        with_same: dict[Any, list[Column]] = defaultdict(list)
        for across, group in over.items():
            self._sort(group, arranged)
            rows = tuple([self._factors(arranged[i], 0) for i in group])
            with_same[rows if sum(map(len, across)) > 1 else None].append(group)
        rest: Column = []
        for rows, groups in with_same.items():
            if rows is None:  # a matrix of one column is a product row by row
                rest += chain.from_iterable(groups)
            elif len(groups) > FEW and (len(rows) > 1 or len(rows[0][0]) > FEW):
                self._add_windows(groups, arranged)
            elif len(rows) > 1 or len(over) == 1:
                for group in groups:
                    self._add_sum(group, arranged, True)
            else:
                rest += chain.from_iterable(groups)
        if rest:
            self._sort(rest, arranged)
            self._add_sum(rest, arranged, False)

    def _factors(self, arranged: Any, side: int) -> tuple[tuple[Id, ...], ...]:
        """The coefficients of a sum (side 0), or what they are multiplied by (side 1)."""
        linear = filter(self._is_linear, arranged[0])
        return tuple([tuple(transposed(pairs)[side]) for pairs in linear])

    def _sort(self, group: Column, arranged: dict[Id, Any]) -> None:
        """Rows follow their operands, so that the operands are slices."""
        key = self.packed.key

        def order(i: Id) -> list[Any]:
            products, terms = arranged[i]
            factors = [(key(b), key(a)) for a, b in chain.from_iterable(products)]
            return [*factors, *map(key, terms)]

        group.sort(key=order)

    def _add_windows(self, groups: list[Column], arranged: dict[Id, Any]) -> None:
        """Sums with the same coefficients over many operands, in the order of the operands."""
        groups.sort(key=lambda group: [self.packed.key(b) for _, b in arranged[group[0]][0][0]])
        rows = transposed(groups)  # for each row its sums over all windows
        heads = [arranged[row[0]][0] for row in rows]

        def part(k: int, pairs: list[Pairs]) -> Windows | Pairwise:
            if not self._is_linear(pairs[0]):
                return self._pairwise(pairs)
            of_window = [transposed(arranged[group[0]][0][k])[1] for group in groups]
            coefficients = [transposed(head[k])[0] for head in heads]
            return Windows(coefficients, transposed(of_window))

        self._add_parts([*chain.from_iterable(rows)], arranged, part, True)

    def _add_sum(self, group: Column, arranged: dict[Id, Any], as_matrix: bool) -> None:
        def part(_: int, pairs: list[Pairs]) -> Product | Pairwise:
            if not (as_matrix and self._is_linear(pairs[0])):
                return self._pairwise(pairs)
            rows, across = zip(*map(transposed, pairs))
            return Product(list(rows), across[0])

        self._add_parts(group, arranged, part, as_matrix)

    def _pairwise(self, pairs: list[Pairs]) -> Pairwise:
        rows, across = zip(*map(transposed, pairs))
        return Pairwise(transposed(rows), transposed(across))

    def _add_parts(
        self,
        members: Column,
        arranged: dict[Id, Any],
        part: Callable[[int, list[Pairs]], Any],
        as_matrix: bool,
    ) -> None:
        """A block of these sums; `part` makes a part from their products of each kind."""
        of_kinds = zip(*[arranged[i][0] for i in members])
        parts = [part(k, list(pairs)) for k, pairs in enumerate(of_kinds)]
        parts += self._terms(transposed([arranged[i][1] for i in members]), as_matrix)
        self._add(Block(PLUS, members, self.graph.batched[members[0]], parts=parts))

    def _terms(self, columns: list[Column], as_matrix: bool) -> Iterator[Terms]:
        """Terms by kind: stacked if they are many, or rows of one array that are added up."""
        g, place = self.graph, self.packed.place
        by_kind: dict[str, list[Column]] = defaultdict(list)
        for column in columns:
            by_kind[g.kind(column[0])].append(column)
        for kind, alike in by_kind.items():
            if as_matrix and kind == "constant":  # `sum` starts with 0, like a matrix product
                zeros = {i for column in alike for i in column if g.args[i] == ("0.0",)}
                yield from [Terms([x], False) for x in alike if not zeros.issuperset(x)]
                continue
            # A single sum of rows of one block, such as a loss over the outputs: z.sum(axis=0).
            sources = {place.get(column[0], (None,))[0] for column in alike}
            is_one_array = len(sources) == 1 and None not in sources
            is_one_sum = len(alike) > 1 and len(alike[0]) == 1
            yield Terms(alike, len(alike) > FEW or (is_one_sum and is_one_array))

    def _is_linear(self, pairs: Pairs) -> bool:
        """Coefficients that are the same for all samples, times numbers of each sample."""
        a, b = pairs[0]
        return not self.graph.batched[a] and self.graph.batched[b]

    def _arranged(self, i: Id) -> tuple[list[Pairs], Column]:
        """The products of a sum by the kinds of their factors, and the other terms, in order."""
        g, key = self.graph, self.packed.key
        by_kinds: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for a, b in g.products[i]:
            of_a, of_b = (g.batched[a], g.kind(a), key(a)), (g.batched[b], g.kind(b), key(b))
            if of_b < of_a:
                a, b, of_a, of_b = b, a, of_b, of_a
            # Terms go by parameter, in the same order everywhere, or else by the other factor.
            first, then = (of_a, of_b) if g.op[a] == "leaf theta" else (of_b, of_a)
            by_kinds[of_a[1], of_b[1]].append((first[2], then[2], a, b))
        products = []
        for kinds in sorted(by_kinds):
            products.append([(a, b) for *_, a, b in sorted(by_kinds[kinds])])
        return products, sorted(g.args[i], key=lambda x: (g.kind(x), key(x)))

    def _add(self, block: Block) -> None:
        for row, i in enumerate(block.members):
            self.packed.place[i] = len(self.packed.blocks), row
        self.packed.blocks.append(block)


def transposed(rows: Sequence[Sequence[Id]]) -> list[Column]:
    """The columns of these rows."""
    return [list(column) for column in zip(*rows)]
