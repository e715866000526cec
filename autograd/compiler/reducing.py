"""Gradients of a whole batch: sums over samples, fused with the products they are sums of.

Takes the gradient of each parameter for one sample, as terms; returns the statements that store
their sums over a batch. The gradient of a weight is δᵢ · xⱼ in each sample; over a batch the
gradients of a layer's weights are a `Grid` of rows i and columns j, one matrix product D @ X.T.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeAlias

from autograd.compiler import ir
from autograd.compiler.building import Builder, affine, sliced
from autograd.compiler.lowering import Graph, Id
from autograd.compiler.packing import FEW, Column, Packed, Read, transposed, whole_or_not


@dataclass(frozen=True)
class Share:
    """A term of the gradient of a parameter: a product of two nodes, or a single node."""

    parameter: int
    factors: tuple[Id, ...]


@dataclass(frozen=True)
class Grid:
    """Outer products: each row with each column, for parameters that differ.

    A kernel that is used on many windows has many such products, which are added up: `rows` and
    `across` have a column for each window.
    """

    rows: list[Column]
    across: list[Column]
    parameters: list[list[int]]

    def reads(self) -> list[Read]:
        if len(self.rows) > 1:
            return [(True, self.rows), (True, self.across)]
        return [whole_or_not(self.rows[0]), whole_or_not(self.across[0])]


Piece: TypeAlias = "tuple[list[list[int]], ir.Expression]"
"""A part of the gradient: the parameters as a matrix (one row for a vector), and its value."""


def shares_of(g: Graph, gradients: Sequence[Id | None]) -> list[Share]:
    """The terms of each gradient; sums and products that nothing else uses are taken apart."""
    uses = g.uses(range(len(g.op)))
    found = []
    factors: dict[int, Id] = {}  # of terms that occur more than once, as for p * p
    for p, i in enumerate(gradients):
        if i is None:
            continue
        if uses[i] or g.op[i] not in (ir.PLUS, "mul"):
            found.append(Share(p, (i,)))
        elif g.op[i] == "mul":
            found.append(Share(p, g.args[i]))
        else:
            found += [Share(p, pair) for pair in g.products[i]]
            for x, times in Counter(g.args[i]).items():
                if times > 1 and times not in factors:
                    factors[times] = g.add("constant", (repr(float(times)),))
                found.append(Share(p, (factors[times], x) if times > 1 else (x,)))
    return found


class Reducer:
    """The parts of the gradients: grids, and the remaining shares, by what is batched."""

    def __init__(self, packed: Packed, shares: Sequence[Share]) -> None:
        self.packed, self.g = packed, packed.graph
        self.grids: list[Grid] = []
        self.rest: dict[tuple[bool, ...], list[Share]] = defaultdict(list)
        products: list[tuple[Id, Id, int]] = []
        for share in shares:
            factors = tuple(sorted(share.factors, key=self._order))
            batched = tuple([self.g.batched[i] for i in factors])
            if batched == (True, True):
                products.append((factors[1], factors[0], share.parameter))
            else:
                self.rest[batched].append(Share(share.parameter, factors))
        self._find_grids(products)

    def _order(self, i: Id) -> tuple[Any, ...]:
        return (self.g.batched[i], *self.packed.key(i))

    def reads(self) -> list[Read]:
        """The nodes that must be rows of one array."""
        found: list[Read] = []
        for grid in self.grids:
            found += grid.reads()
        for shares in self.rest.values():
            for share in shares:
                found += [(True, [[i]]) for i in share.factors]
        return found

    def _find_grids(self, products: list[tuple[Id, Id, int]]) -> None:
        # The factors v₁, v₂, ... of one kind for each row u, and the parameters they belong to.
        of_row: dict[tuple[Id, str], list[tuple[Id, int]]] = defaultdict(list)
        for u, v, p in products:
            of_row[u, self.g.kind(v)].append((v, p))
        alike: dict[tuple[Id, ...], dict[Id, list[int]]] = defaultdict(dict)
        for (u, _), pairs in of_row.items():
            if len({p for _, p in pairs}) < len(pairs):  # a parameter that meets several
                self._leave([u] * len(pairs), *zip(*pairs))
                continue
            pairs.sort(key=lambda pair: self.packed.key(pair[0]))
            across, parameters = zip(*pairs)
            alike[across][u] = list(parameters)
        # Rows that meet the same v₁, v₂, ... are the rows of one outer product, or a few.
        windows: dict[Any, list[Grid]] = defaultdict(list)
        for across, of_each in alike.items():
            for rows in self._distinct(of_each) if len(of_each) > 1 else [[*of_each]]:
                grid = Grid([rows], [list(across)], [of_each[u] for u in rows])
                if len(rows) * len(across) > 1:
                    kinds = self.g.kind(rows[0]), self.g.kind(across[0])
                    windows[kinds, tuple(map(tuple, grid.parameters))].append(grid)
                else:
                    self._leave(rows, across, of_each[rows[0]])
        # One matrix product adds up the outer products for the same parameters.
        for grids in windows.values():
            if len(grids) > FEW:
                grids.sort(key=lambda grid: self.packed.key(grid.rows[0][0]))
                lefts = [grid.rows[0] for grid in grids]
                rights = [grid.across[0] for grid in grids]
                grids = [Grid(lefts, rights, grids[0].parameters)]
            self.grids += grids

    def _leave(self, rows: Sequence[Id], across: Sequence[Id], parameters: Sequence[int]) -> None:
        pairs = zip(parameters, zip(rows, across))
        self.rest[True, True] += [Share(p, factors) for p, factors in pairs]

    def _distinct(self, of_each: dict[Id, list[int]]) -> list[Column]:
        """Rows of grids with distinct parameters, as few as possible.

        There is one for each block whose parameters are equally spaced, as a layer's are, and
        one for each kind of the others.
        """
        # First find the blocks that have a grid, and so a slice of the gradient, to themselves.
        of_block: dict[int | str, list[list[int]]] = defaultdict(list)
        for u, parameters in of_each.items():
            of_block[self._block(u)].append(parameters)
        alone = set()
        for block, rows in of_block.items():
            view = affine(ir.Array("theta", 0, False), sorted(rows))
            if len(rows) > FEW and view is not None:
                alone.add(block)
        # Then put each row into the first grid of its source that lacks its parameters.
        grids: list[tuple[int | str, set[int], Column]] = []
        for u in sorted(of_each, key=self.packed.key):
            block, parameters = self._block(u), of_each[u]
            source = block if block in alone else self.g.kind(u)
            for other, taken, found in grids:
                if other == source and not taken & {*parameters}:
                    taken.update(parameters)
                    found.append(u)
                    break
            else:
                grids.append((source, {*parameters}, [u]))
        return [sorted(found, key=lambda u: of_each[u][0]) for *_, found in grids]

    def _block(self, i: Id) -> int | str:
        return self.packed.place[i][0] if i in self.packed.place else self.g.kind(i)

    def statements(self, b: Builder, count: int, first: int) -> Iterator[ir.Statement]:
        """The statements, from number `first` on, that store the gradient in `g` of `count`."""
        g, taken = ir.Array("g", count, False), set[int]()
        pieces = sorted(self._pieces(b), key=lambda piece: piece[0][0][0])
        for index, (at, value) in enumerate(pieces, first):
            places = {*chain.from_iterable(at)}
            view, value = _stored(g, at, value)
            place = ir.Place(view, added=not taken.isdisjoint(places))
            taken |= places
            yield ir.Statement(index, value, (), False, place)

    def _pieces(self, b: Builder) -> Iterator[Piece]:
        for grid in self.grids:
            rows, across = _side_by_side(b, grid.rows), _side_by_side(b, grid.across)
            yield grid.parameters, ir.MatMul(rows, ir.Transpose(across))
        for batched, shares in self.rest.items():
            for turn in self._turns(b, shares):
                columns = transposed([share.factors for share in chain.from_iterable(turn)])
                value = _summed(b, batched, columns, len(turn))
                yield [[of_one[0].parameter for of_one in turn]], value

    def _turns(self, b: Builder, shares: list[Share]) -> Iterator[list[list[Share]]]:
        """The shares by parameter, in as few lists as keep the factors in one array.

        The parameters of a list are distinct, and have equally many shares: all of theirs or, if
        these are few, one.
        """
        key = self.packed.key
        of_each: dict[Any, list[Share]] = defaultdict(list)
        for share in sorted(shares, key=lambda s: (s.parameter, [key(i) for i in s.factors])):
            sources = tuple([b.source(i) for i in share.factors])
            of_each[share.parameter, sources].append(share)
        turns: dict[Any, list[list[Share]]] = defaultdict(list)
        for (_, sources), of_one in of_each.items():
            if len(of_one) > FEW and any(self.g.batched[i] for i in of_one[0].factors):
                turns[len(of_one), sources].append(of_one)
                continue
            for turn, share in enumerate(of_one):
                turns["one", turn, sources].append([share])
        yield from turns.values()


def _side_by_side(b: Builder, windows: list[Column]) -> ir.Expression:
    if len(windows) == 1:
        return b.column(windows[0], full=True)
    return b.side_by_side(transposed(windows))


def _stored(g: ir.Array, at: list[list[int]], value: Any) -> tuple[Any, Any]:
    """Where the gradient stores a piece, as a slice if possible, and its value in that layout."""
    view = affine(g, at)
    if not isinstance(value, ir.MatMul):  # a vector
        if view is None:
            return ir.Gather(g, ir.Table(tuple(at[0]))), value
        return ir.View(g, view.start, view.shape[1:], view.strides[1:]), value
    matrix = sliced(view) or ir.Gather(g, ir.Table(tuple(map(tuple, at))))
    if isinstance(matrix, ir.Transpose):  # (D @ X.T).T is X @ D.T
        across: Any = value.right
        return matrix.of, ir.MatMul(across.of, ir.Transpose(value.left))
    return matrix, value


def _summed(
    b: Builder, batched: tuple[bool, ...], columns: list[Column], count: int
) -> ir.Expression:
    """The sum over the samples of one column, or of the products of two: a vector of `count`."""
    rows, places = len(columns[0]), None
    factors = [b.column(columns[0], full=len(columns) == 1 or batched[0])]
    if len(columns) == 2:
        factors.append(b.column(columns[1], full=not batched[0]))
    *others, last = factors
    is_scaled = all(isinstance(x, ir.Number) for x in others)
    if isinstance(last, ir.Gather) and last.of.rows < rows == count and is_scaled:
        factors[-1], places, rows = last.of, last.places, last.of.rows  # rows are summed once
    value = factors[0]
    if others:
        value = ir.Elementwise("mul", tuple(factors), rows, any(batched))
    if count < rows:
        value = ir.Reshape(value, count, rows)
    total = ir.Reduce(value, "samples")
    return ir.Gather(total, places) if places else total
