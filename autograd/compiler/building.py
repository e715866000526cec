"""Building: from blocks of scalar nodes to the array program.

Takes blocks, and returns a statement for each; for the sums of a layer, for instance,
`%0 = (matmul(view(theta, 0, (16, 2), (3, 1)), x) + view(theta, 2, (16, 1), (3, 1)))`.

Most blocks are results of their own. Rows that an operand takes from several blocks must be rows of
one array: such blocks lie in a stack, `v` for numbers of each sample, `s` for those that all
samples share. So every operand is an array, a slice, or a single copy by index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from autograd.compiler import ir
from autograd.compiler.lowering import Id
from autograd.compiler.naming import VECTORS
from autograd.compiler.packing import (
    EXTREMES,
    FEW,
    Block,
    Column,
    Packed,
    Pairwise,
    Product,
    Read,
    Terms,
    Windows,
    transposed,
)
from autograd.compiler.tracing import Trace

NOWHERE = ir.Array("", 0, False)
"""The array of constants, which are written out in the source."""


@dataclass(frozen=True)
class Layout:
    """The first row of each block in a stack, the stacks, and the blocks that have names."""

    start: dict[int, int]
    stacks: dict[bool, ir.Array]
    named: set[int]


def laid_out(packed: Packed, others: Sequence[Read]) -> Layout:
    """The layout for what the blocks read, and for the `others`, which are read at the end."""
    blocks, place = packed.blocks, packed.place
    # What is broadcast over the samples must lie in a stack, so that it fills all columns.
    mixed = {b for b, block in enumerate(blocks) if block.op == "identity"}
    whole: set[int] = set()
    for is_stacked, columns in _reads(blocks, others):
        nodes = chain.from_iterable(columns)
        met = {place[x][0] for x in nodes if x in place}
        if len(met) > 1:
            mixed |= met
        elif met and not is_stacked and is_whole(columns[0], blocks[min(met)].members):
            whole |= met
    start: dict[int, int] = {}
    length = {True: 0, False: 0}
    for b in [*_across(packed), *range(len(blocks))]:
        if b in mixed and b not in start:
            start[b] = length[blocks[b].batched]
            length[blocks[b].batched] += len(blocks[b].members)
    named = {
        b
        for b, block in enumerate(blocks)
        if b not in mixed or (b in whole and block.op != "identity")
    }
    v, s = ir.Array("v", length[True], True), ir.Array("s", length[False], False)
    return Layout(start, {True: v, False: s}, named)


def _reads(blocks: Sequence[Block], others: Sequence[Read]) -> Iterator[Read]:
    for block in blocks:
        yield from block.reads()
    yield from others


def _across(packed: Packed) -> Iterator[int]:
    """The operands of matrix products, which come first on the stacks, so as to be contiguous."""
    for block in packed.blocks:
        for part in block.parts:
            across = part.across if isinstance(part, Product) else []
            yield from [packed.place[x][0] for x in across if x in packed.place]


def is_whole(column: Column, members: Column) -> bool:
    """Whether a column is a whole block, or a block's only row repeated."""
    return column == members or (len(members) == 1 and len(set(column)) == 1)


class Builder:
    """Makes expressions of columns of nodes. Reading one changes nothing."""

    def __init__(self, packed: Packed, t: Trace, others: Sequence[Read]) -> None:
        self.packed, self.graph = packed, packed.graph
        self.layout = laid_out(packed, others)
        sizes = zip(t.arguments, map(len, t.inputs))
        self.inputs = [ir.Array(name, size, True) for name, size in sizes]
        self.leaves = t.vectors
        self.vectors = {name: ir.Array(name, len(x), False) for name, x in t.vectors.items()}

    def statements(self) -> list[ir.Statement]:
        """One for each block."""
        return [self._statement(b, block) for b, block in enumerate(self.packed.blocks)]

    def _statement(self, b: int, block: Block) -> ir.Statement:
        labels = tuple([self.graph.label[i] for i in block.members])
        value = self._sum(block) if block.op == ir.PLUS else self._op(block)
        place = None
        if b in self.layout.start:
            stack = self.layout.stacks[block.batched]
            rows = ir.Rows(stack, self.layout.start[b], len(block.members), 1)
            place = ir.Place(rows)
        labels = labels if any(labels) else ()
        return ir.Statement(b, value, labels, b in self.layout.named, place)

    def _op(self, block: Block) -> ir.Expression:
        if block.parts:
            (part,) = block.parts
            assert isinstance(part, Terms)
            return self._stacked(part, block)
        inputs = [self.column(column, scalar=block.batched) for column in block.columns]
        return ir.Elementwise(block.op, tuple(inputs), len(block.members), block.batched)

    def _sum(self, block: Block) -> ir.Expression:
        terms: list[ir.Expression] = []
        for part in block.parts:
            if isinstance(part, Product):
                across = self.column(part.across, full=True)
                terms.append(ir.MatMul(self.matrix(part.rows), across))
            elif isinstance(part, Windows):
                product = ir.MatMul(self.matrix(part.rows), self.side_by_side(part.windows))
                terms.append(ir.Reshape(product, len(block.members), len(block.members)))
            elif isinstance(part, Terms):
                terms += self._terms(part, block)
            elif len(part.left) <= FEW:
                terms += self._products(part, block)
            elif len(block.members) == 1:
                terms.append(self._inner(part))
            else:
                terms.append(self._einsum(part, len(block.members)))
        if len(terms) == 1:
            return terms[0]
        return ir.Elementwise(ir.PLUS, tuple(terms), len(block.members), block.batched)

    def _terms(self, part: Terms, block: Block) -> list[ir.Expression]:
        if not part.stacked:
            return [self.column(x, scalar=block.batched) for x in part.columns]
        return [self._stacked(part, block)]

    def _stacked(self, part: Terms, block: Block) -> ir.Expression:
        by = EXTREMES.get(block.op, "sum")
        if len(block.members) == 1:
            rows = self.column([column[0] for column in part.columns], full=True)
            return ir.Reduce(rows, "units", 1, by)
        matrix = self.matrix(transposed(part.columns))
        return ir.Reduce(matrix, "terms", len(block.members), by)

    def _products(self, part: Pairwise, block: Block) -> Iterator[ir.Expression]:
        for pair in zip(part.left, part.right):
            factors = [self.column(column, scalar=block.batched) for column in pair]
            batched = any(self.graph.batched[column[0]] for column in pair)
            yield ir.Elementwise("mul", tuple(factors), len(block.members), batched)

    def _inner(self, part: Pairwise) -> ir.Expression:
        """The inner product of two columns, for a block with a single row."""
        left = self.column([x for (x,) in part.left], full=True)
        right = self.column([x for (x,) in part.right], full=True)
        batched = left.batched or right.batched
        product = ir.Elementwise("mul", (left, right), len(part.left), batched)
        return ir.Reduce(product, "units")

    def _einsum(self, part: Pairwise, rows: int) -> ir.Expression:
        """Products of many columns at once."""
        axes = ["knb" if self.graph.batched[x[0][0]] else "kn" for x in (part.left, part.right)]
        out = "kb" if "knb" in axes else "k"
        left, right = (self.matrix(transposed(x)) for x in (part.left, part.right))
        return ir.Einsum(f"{','.join(axes)}->{out}", left, right, rows)

    def column(self, column: Column, full: bool = False, scalar: bool = False) -> ir.Expression:
        """The nodes of a column as an array with a row for each, or one row if all are the same.

        `full` forbids the single row; `scalar` allows a plain number for a parameter, where other
        operands have both axes.
        """
        first, place = column[0], self.packed.place
        if self.graph.op[first] == "constant":
            return self._constants(column, full)
        is_repeated = len(column) > 1 and len(set(column)) == 1
        # The column is a whole block that has a name.
        if first in place and place[first][0] in self.layout.named:
            b = place[first][0]
            if is_whole(column, self.packed.blocks[b].members) and not (full and is_repeated):
                return self._result(b)
        # One node repeated is one row, which numpy broadcasts.
        if is_repeated and not full:
            column = column[:1]
        # Everything else is rows of one array: a view of a vector, or the array, a slice or a copy.
        array = self._array(first)
        at = [self._row(x) for x in column]
        if isinstance(array, ir.Array) and array.name in VECTORS:
            return self._of_vector(array, at, scalar)
        step = _step(at)
        if step is None:
            return ir.Gather(array, ir.Table(tuple(at)), labels=self._labels_of(column))
        is_all = (at[0], len(at), step) == (0, array.rows, 1)
        if is_all and array not in self.layout.stacks.values():
            return array
        return ir.Rows(array, at[0], len(at), step)

    def side_by_side(self, rows: Sequence[Column]) -> ir.Expression:
        """The nodes of each row side by side, with all samples of each: a matrix of (row, rest)."""
        column = [*chain.from_iterable(rows)]
        return ir.Reshape(self.column(column, full=True), len(rows), len(column))

    def matrix(self, rows: Sequence[Column]) -> ir.Expression:
        """Nodes as a matrix, one for all samples or for each: a view of a vector, or a copy."""
        g, first = self.graph, rows[0][0]
        if g.op[first] == "constant":
            return ir.Table(tuple([self._numbers(row) for row in rows]))
        array = self._array(first)
        at = [tuple(map(self._row, row)) for row in rows]
        is_vector = isinstance(array, ir.Array) and array.name in VECTORS
        if isinstance(array, ir.Array) and is_vector:
            view = sliced(affine(array, at, self.leaves[array.name][at[0][0]].label))
            if view is not None:
                return view
        return ir.Gather(array, ir.Table(tuple(at)), not is_vector and not g.batched[first])

    def source(self, i: Id) -> object:
        """Nodes of one source are rows of one array."""
        return self._array(i)

    def _result(self, b: int) -> ir.Result:
        block = self.packed.blocks[b]
        return ir.Result(b, len(block.members), block.batched)

    def _array(self, i: Id) -> ir.Array | ir.Result:
        """The array that holds a node."""
        g = self.graph
        if i in self.packed.place:
            b = self.packed.place[i][0]
            is_stacked = b in self.layout.start
            return self.layout.stacks[g.batched[i]] if is_stacked else self._result(b)
        if g.op[i] == "leaf input":
            k: int = g.args[i][0]
            return self.inputs[k]
        return self.vectors.get(g.op[i].removeprefix("leaf "), NOWHERE)

    def _row(self, i: Id) -> int:
        """The row of a node in its array."""
        if i in self.packed.place:
            b, row = self.packed.place[i]
            return self.layout.start.get(b, 0) + row
        return self.graph.args[i][-1]  # type: ignore[no-any-return]

    def _numbers(self, column: Column) -> tuple[float, ...]:
        return tuple([float(self.graph.args[x][0]) for x in column])

    def _constants(self, column: Column, full: bool) -> ir.Expression:
        texts = {self.graph.args[x][0] for x in column}
        if full or len(texts) > 1:
            return ir.Table(tuple([(number,) for number in self._numbers(column)]))
        return ir.Number(texts.pop())

    def _of_vector(self, array: ir.Array, at: list[int], scalar: bool) -> ir.Expression:
        label = self.leaves[array.name][at[0]].label
        if len(at) == 1 and scalar:
            return ir.View(array, at[0], (), (), label)
        step = _step(at)
        if step is None:
            return ir.Gather(array, ir.Table(tuple([(i,) for i in at])))
        return ir.View(array, at[0], (len(at), 1), (step, 1), label)

    def _labels_of(self, column: Column) -> tuple[str, ...]:
        """Labels of nodes that are only in a stack: it is a copy of them that has their name."""
        place = self.packed.place
        if any(i not in place or place[i][0] in self.layout.named for i in column):
            return ()
        return tuple([self.graph.label[i] for i in column])


def affine(array: ir.Array, at: Sequence[Sequence[int]], label: str = "") -> ir.View | None:
    """The view of a vector at these places, if they are equally spaced; else None."""
    down, right = _step([row[0] for row in at]), _step(at[0])
    if down is None or right is None:
        return None
    start, shape = at[0][0], (len(at), len(at[0]))
    if len(at) == 1:
        down = shape[1] * right
    for i, row in enumerate(at):
        first = start + i * down
        if [*row] != list(range(first, first + shape[1] * right, right)):
            return None
    return ir.View(array, start, shape, (down, right), label)


def sliced(view: ir.View | None) -> ir.View | ir.Transpose | None:
    """The view, or the transpose of one, if its rows are slices of rows of equal length."""
    if view is None or view.shape[1] == 1:
        return view
    (rows, columns), (down, right) = view.shape, view.strides
    if down == 1 and right >= rows:  # it is stored column by column
        across = sliced(replace(view, shape=(columns, rows), strides=(right, down)))
        return across and ir.Transpose(across)
    # The last of these rows may end where the vector ends, or the first begin where it begins.
    last = view.start + (rows - 1) * down + columns
    has_room = last + down - columns <= view.of.rows or rows * down <= last
    return view if right == 1 and down >= columns and has_room else None


def _step(at: Sequence[int]) -> int | None:
    """The distance of neighbours, if it is the same for all; 1 for a single place."""
    step = at[1] - at[0] if len(at) > 1 else 1
    if step and all(b - a == step for a, b in zip(at, at[1:])):
        return step
    return None
