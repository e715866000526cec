"""The array program, as data: expressions on whole arrays, and statements that keep them.

Every array has a row for each unit and a column for each sample, or one column if all samples share
it; numpy broadcasts one over the other with no further word. Nodes are frozen, so a program is
rewritten by making another; two nodes that say the same are equal.

| node | what it is |
| --- | --- |
| `Array`, `Result` | an argument, `theta`, or an array that holds several results; a result |
| `Number`, `Table` | a constant for all rows, an array of constants |
| `View` | a stretch of a vector as a number, a column or a matrix |
| `Rows`, `Gather` | some rows of an array: a slice, or a copy by index |
| `Transpose`, `MatMul`, `Einsum` | of matrices |
| `Elementwise`, `Plus` | an op of the table, row by row; a sum of terms |
| `Sum` | over the units, the terms, or the samples |
| `Spread` | a number for each sample, of what all samples share |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from operator import is_not
from typing import Any, ClassVar, TypeAlias


class Node:
    """What all expressions are: dataclasses, shown as calls."""

    parts: Any = ()
    """The expressions that it is made of."""

    def __str__(self) -> str:
        inside = [str(getattr(self, x.name)) for x in fields(self) if x.repr]  # type: ignore
        return f"{type(self).__name__.lower()}({', '.join(inside)})"


class Inner(Node):
    """A node that is made of others."""

    PARTS: ClassVar[tuple[str, ...]] = ()
    """The fields that are expressions."""

    @property
    def parts(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.PARTS])

    def made_of(self, parts: tuple[Any, ...]) -> Any:
        """The same node, of other expressions."""
        return replace(self, **dict(zip(self.PARTS, parts)))  # type: ignore[type-var]


@dataclass(frozen=True)
class Array(Node):
    """An array by its name: an argument, a vector, or a tape with the rows of several results."""

    name: str
    rows: int
    batched: bool

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Result(Node):
    """What statement `index` keeps."""

    index: int
    rows: int
    batched: bool

    def __str__(self) -> str:
        return f"%{self.index}"


@dataclass(frozen=True)
class Number(Node):
    """A constant, by its repr: in it -0.0 is not 0.0, and nan is nan."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Table(Node):
    """An array of constants, or of indices, as nested tuples."""

    entries: tuple[Any, ...]


@dataclass(frozen=True)
class View(Node):
    """Entry (i, j) is that at start + i · strides[0] + j · strides[1] of a vector; () a number."""

    of: Array
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    label: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Rows(Inner):
    """The rows start, start + step, ... of an array."""

    PARTS = ("of",)

    of: Expression
    start: int
    count: int
    step: int


@dataclass(frozen=True)
class Gather(Inner):
    """A copy of the rows at these places; of a matrix of places a matrix, for each sample."""

    PARTS = ("of",)

    of: Expression
    places: Table
    shared: bool = field(default=False, repr=False)  # one column, which all samples share
    labels: tuple[str, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class Transpose(Inner):
    PARTS = ("of",)

    of: Expression


@dataclass(frozen=True)
class MatMul(Inner):
    PARTS = ("left", "right")

    left: Expression
    right: Expression


@dataclass(frozen=True)
class Einsum(Inner):
    """Σ_t left · right, in numpy's notation; with one column if all samples share it."""

    PARTS = ("left", "right")

    axes: str
    left: Expression
    right: Expression
    rows: int = field(repr=False)


@dataclass(frozen=True)
class Elementwise(Inner):
    """An op of the table on each row and sample, or numpy's own comparison in its place."""

    op: str
    inputs: tuple[Expression, ...]
    rows: int
    batched: bool

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.inputs

    def made_of(self, parts: tuple[Any, ...]) -> Elementwise:
        return Elementwise(self.op, parts, self.rows, self.batched)

    def __str__(self) -> str:
        return f"{self.op}({', '.join(map(str, self.inputs))})"


@dataclass(frozen=True)
class Plus(Inner):
    """A sum of terms, from left to right."""

    terms: tuple[Expression, ...]
    rows: int
    batched: bool

    @property
    def parts(self) -> tuple[Any, ...]:
        return self.terms

    def made_of(self, parts: tuple[Any, ...]) -> Plus:
        return Plus(parts, self.rows, self.batched)

    def __str__(self) -> str:
        return f"({' + '.join(map(str, self.terms))})"


@dataclass(frozen=True)
class Sum(Inner):
    """Over the `units` (to one row), the `terms` of each row, the `samples`, or all of it."""

    PARTS = ("of",)

    of: Expression
    over: str
    rows: int = field(default=1, repr=False)


@dataclass(frozen=True)
class Spread(Inner):
    """A vector of one number for each row, times the number of samples."""

    PARTS = ("of",)

    of: Expression


Expression: TypeAlias = (
    "Array | Result | Number | Table | View | Rows | Gather | Transpose | MatMul | Einsum"
    " | Elementwise | Plus | Sum | Spread"
)


def walk(x: Any) -> Iterator[Any]:
    """An expression and all within it."""
    waiting = [x]
    while waiting:
        x = waiting.pop()
        yield x
        waiting += x.parts[::-1]


def rewritten(x: Any, rule: Callable[[Any], Any]) -> Any:
    """The expression with each node replaced by what the rule makes of it, from the leaves up."""
    before = x.parts
    if before:
        after = tuple([rewritten(part, rule) for part in before])
        if any(map(is_not, before, after)):
            x = x.made_of(after)
    return rule(x)


def extent(x: Any) -> tuple[int, bool]:
    """How many rows an expression has (entries, for a matrix), and whether a column per sample."""
    if isinstance(x, (Array, Result, Elementwise, Plus)):
        return x.rows, x.batched
    if isinstance(x, Rows):
        return x.count, extent(x.of)[1]
    if isinstance(x, Gather):
        first = x.places.entries[0]
        width = len(first) if isinstance(first, tuple) else 1
        return len(x.places.entries) * width, extent(x.of)[1]
    if isinstance(x, MatMul):
        return extent(x.left)[0], extent(x.right)[1] and not isinstance(x.right, Transpose)
    if isinstance(x, (Sum, Einsum)):
        is_kept = x.over in ("units", "terms") if isinstance(x, Sum) else x.axes.endswith("b")
        return x.rows, is_kept and any(extent(part)[1] for part in x.parts)
    if isinstance(x, Transpose):
        return extent(x.of)
    return (x.shape or (1,))[0] if isinstance(x, View) else 1, False


@dataclass(frozen=True)
class Place:
    """Where a statement stores its value: rows of a tape, or entries of the gradient."""

    of: Array
    view: View | Rows | Table
    added: bool = False  # to what is there

    def entries(self) -> Iterator[int]:
        """The places in the gradient, one by one; rows are those of a tape."""
        view = self.view
        assert not isinstance(view, Rows)
        if isinstance(view, Table):
            for x in view.entries:
                yield from x if isinstance(x, tuple) else (x,)
        else:
            (rows, columns), (down, right) = (*view.shape, 1)[:2], (*view.strides, 1)[:2]
            for i in range(rows):
                first = view.start + i * down
                yield from range(first, first + columns * right, right)


@dataclass(frozen=True)
class Statement:
    """A value that is kept: as result `index`, at a place, or both.

    It has the name, if that is settled, or else one of the labels of its rows.
    """

    index: int
    value: Expression
    labels: tuple[str, ...] = ()
    is_named: bool = True
    place: Place | None = None
    name: str = ""

    def __str__(self) -> str:
        targets = [f"%{self.index}"] if self.is_named else []
        if self.place:
            sign = "+=" if self.place.added else ""
            targets.append(f"{self.place.view}{sign}")
        return f"{' = '.join(targets)} = {self.value}"


@dataclass(frozen=True)
class ArrayProgram:
    """A function on arrays: its arguments, the tapes, statements in order, and what it returns.

    `shapes` are those that the returned arrays have for each sample, None for what is returned as
    it is; `gradient` is the array that gradients are stored in; `nodes` counts the scalar nodes
    that the program was made of.
    """

    name: str
    arguments: tuple[tuple[str, tuple[int, ...]], ...]
    vectors: tuple[Array, ...]
    tapes: tuple[Array, ...]
    statements: tuple[Statement, ...]
    returns: tuple[Expression, ...]
    shapes: tuple[tuple[int, ...] | None, ...]
    gradient: Array | None
    nodes: int

    def __str__(self) -> str:
        names = ", ".join([str(x) for x in self.vectors] + [name for name, _ in self.arguments])
        lines = [f"{self.name}({names}):"]
        lines += [str(s) for s in self.statements if s.is_named or s.place]
        return "\n    ".join([*lines, f"return {', '.join(map(str, self.returns))}"])

    def nodes_within(self) -> Iterator[Any]:
        """All nodes of all expressions."""
        for statement in self.statements:
            if statement.is_named or statement.place:
                yield from walk(statement.value)
        for x in self.returns:
            yield from walk(x)

    @property
    def is_filled(self) -> bool:
        """Whether the gradient is stored entry by entry, with no gap, before any is added to."""
        filled: set[int] = set()
        for place in [s.place for s in self.statements if s.place and s.place.of == self.gradient]:
            entries = set(place.entries())
            if place.added and not entries <= filled:
                return False
            filled |= entries
        return self.gradient is not None and len(filled) == self.gradient.rows
