"""The array program, as data: expressions on whole arrays, and statements that keep them.

Every array has a row for each unit and a column for each sample, or one column if all samples share
it; numpy broadcasts one over the other by itself. Nodes are frozen, so a program is rewritten by
making another; two nodes with the same content are equal.

| node | what it is |
| --- | --- |
| `Array`, `Result` | an argument, `theta`, or an array that holds several results; one result |
| `Number`, `Table` | a constant for all rows, an array of constants |
| `View` | a stretch of a vector as a number, a column or a matrix |
| `Rows`, `Gather` | some rows of an array: a slice, or a copy by index |
| `Transpose`, `Reshape` | the same numbers in another order, or in other rows |
| `WithOnes` | the same rows, and one more |
| `MatMul`, `Einsum` | a product of matrices |
| `Elementwise` | an op of the table, row by row; with the op `PLUS` a sum of terms |
| `Reduce` | the sum, or the largest, over the units, the terms, or the samples |

All have `rows`, the number of rows (of entries, if each sample has a matrix), and `batched`,
whether there is a column for each sample.

>>> x = Array("x", 3, batched=True)
>>> tanh = Elementwise("tanh", (Rows(x, 0, 2, 1),), 2, True)
>>> print(tanh), tanh.rows, tanh.batched
tanh(rows(x, 0, 2, 1))
(None, 2, True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from operator import is_not
from typing import Any, ClassVar, TypeAlias

MOST_SHOWN = 12
"""Of a longer table, only the beginning is printed."""

PLUS = "+"
"""The op of a sum of terms, from left to right."""


class Node:
    """The base of all expressions: dataclasses, shown as calls."""

    parts: Any = ()
    """The expressions that this one is made of."""

    def __str__(self) -> str:
        inside = [str(getattr(self, x.name)) for x in fields(self) if x.repr]  # type: ignore
        return f"{type(self).__name__.lower()}({', '.join(inside)})"


class Composite(Node):
    """The base of expressions that are made of others."""

    PARTS: ClassVar[tuple[str, ...]] = ("of",)
    """The fields that are expressions."""

    @property
    def parts(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.PARTS])

    def made_of(self, parts: tuple[Any, ...]) -> Any:
        """The same node, made of other expressions."""
        return replace(self, **dict(zip(self.PARTS, parts)))  # type: ignore[type-var]


@dataclass(frozen=True)
class Array(Node):
    """An array by its name: an argument, a vector, or a stack with the rows of several results."""

    name: str
    rows: int
    batched: bool

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Result(Node):
    """The value that statement `index` keeps."""

    index: int
    rows: int
    batched: bool

    def __str__(self) -> str:
        return f"%{self.index}"


@dataclass(frozen=True)
class Number(Node):
    """A constant, by its repr, in which -0.0 differs from 0.0, and nan equals nan."""

    text: str
    rows, batched = 1, False

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Table(Node):
    """An array of constants, or of indices, as nested tuples."""

    entries: tuple[Any, ...]
    batched = False

    @property
    def rows(self) -> int:
        return len(self.entries)

    def __str__(self) -> str:
        if len(self.entries) > MOST_SHOWN:
            first = ", ".join(map(str, self.entries[:3]))
            return f"table({first}, ... {len(self.entries):,} rows)"
        return super().__str__()


@dataclass(frozen=True)
class View(Node):
    """Entry (i, j) is entry start + i · strides[0] + j · strides[1] of a vector; () is a number."""

    of: Array
    start: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    label: str = field(default="", compare=False, repr=False)
    batched = False

    @property
    def rows(self) -> int:
        return self.shape[0] if self.shape else 1


@dataclass(frozen=True)
class Rearranged(Composite):
    """Some rows of one other array."""

    of: Expression

    @property
    def batched(self) -> bool:
        return self.of.batched


@dataclass(frozen=True)
class Rows(Rearranged):
    """The rows start, start + step, ... of an array."""

    start: int
    rows: int
    step: int


@dataclass(frozen=True)
class Gather(Rearranged):
    """A copy of the rows at these places; for a matrix of places, a matrix for each sample."""

    places: Table
    shared: bool = field(default=False, repr=False)  # one column, which all samples share
    labels: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @property
    def is_matrix(self) -> bool:
        return isinstance(self.places.entries[0], tuple)

    @property
    def rows(self) -> int:
        is_of_each = self.is_matrix and self.of.batched
        return self.places.rows * (len(self.places.entries[0]) if is_of_each else 1)


@dataclass(frozen=True)
class Transpose(Rearranged):
    """A view with rows and columns exchanged, or an array with a row for each sample."""

    @property
    def rows(self) -> int:
        return self.of.shape[1] if isinstance(self.of, View) else self.of.rows


@dataclass(frozen=True)
class Reshape(Rearranged):
    """The same numbers in a different number of rows; `rows` counts those of each sample."""

    into: int
    rows: int = field(repr=False)


@dataclass(frozen=True)
class WithOnes(Rearranged):
    """An array, and a row of ones below it."""

    @property
    def rows(self) -> int:
        return self.of.rows + 1


@dataclass(frozen=True)
class MatMul(Composite):
    PARTS = ("left", "right")

    left: Expression
    right: Expression

    @property
    def rows(self) -> int:
        return self.left.rows

    @property
    def batched(self) -> bool:  # D @ X.T is summed over the samples
        return self.right.batched and not isinstance(self.right, Transpose)


@dataclass(frozen=True)
class Einsum(Composite):
    """Σ_t left · right, in numpy's notation; with one column if all samples share it."""

    PARTS = ("left", "right")

    axes: str
    left: Expression
    right: Expression
    rows: int = field(repr=False)

    @property
    def batched(self) -> bool:
        return self.axes.endswith("b")


@dataclass(frozen=True)
class Elementwise(Composite):
    """An op of the table on each row and sample, numpy's comparison in place of one, or `PLUS`."""

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
        if self.op == PLUS:
            return f"({' + '.join(map(str, self.inputs))})"
        return f"{self.op}({', '.join(map(str, self.inputs))})"


@dataclass(frozen=True)
class Reduce(Composite):
    """The sum over the `units` (to one row), the `terms` of each row, the `samples`, or everything.

    If all samples share a value, its sum over the samples is that value times their number. With
    `by` max or min it is the largest or the smallest.
    """

    of: Expression
    over: str
    rows: int = 1
    by: str = "sum"

    def __str__(self) -> str:
        return f"{self.by}({self.of}, {self.over})"

    @property
    def batched(self) -> bool:
        return self.over in ("units", "terms") and self.of.batched


Expression: TypeAlias = (
    "Array | Result | Number | Table | View | Rows | Gather | Transpose | Reshape | WithOnes"
    " | MatMul | Einsum | Elementwise | Reduce"
)


def walk(*expressions: Any) -> list[Any]:
    """Expressions and everything inside them, level by level."""
    found = [*expressions]
    for x in found:  # which grows meanwhile
        found += x.parts
    return found


def rewritten(x: Any, rule: Callable[[Any], Any]) -> Any:
    """The expression with each node replaced by what the rule makes of it, from the leaves up."""
    before = x.parts
    if before:
        after = tuple([rewritten(part, rule) for part in before])
        if any(map(is_not, before, after)):
            x = x.made_of(after)
    return rule(x)


@dataclass(frozen=True)
class Place:
    """Where a statement stores its value: rows of a stack, or entries of the gradient."""

    view: View | Rows | Gather
    added: bool = False  # to what is already there

    @property
    def of(self) -> Any:
        """The array that is written into."""
        return self.view.of

    def entries(self) -> Iterator[int]:
        """The places in the gradient, one by one; rows belong to a stack."""
        view = self.view
        assert not isinstance(view, Rows)
        if isinstance(view, Gather):
            for x in view.places.entries:
                yield from x if isinstance(x, tuple) else (x,)
        else:
            (rows, columns), (down, right) = (*view.shape, 1)[:2], (*view.strides, 1)[:2]
            for i in range(rows):
                first = view.start + i * down
                yield from range(first, first + columns * right, right)


@dataclass(frozen=True)
class Statement:
    """A value that is kept: as result `index`, at a place, or both.

    Its name is `name` if that is set; otherwise it is made from the labels of its rows. `in_place`
    is the operand of its op whose array holds the result, if there is one.
    """

    index: int
    value: Expression
    labels: tuple[str, ...] = ()
    is_named: bool = True
    place: Place | None = None
    name: str = ""
    in_place: int | None = None

    def __str__(self) -> str:
        targets = [f"%{self.index}"] if self.is_named else []
        if self.place:
            targets.append(str(self.place.view))
        sign = "+=" if self.place and self.place.added else "="
        how = "" if self.in_place is None else f"in place of {self.in_place}: "
        return f"{' = '.join(targets)} {sign} {how}{self.value}"


@dataclass(frozen=True)
class ArrayProgram:
    """A function on arrays: its arguments, the stacks, statements in order, and what it returns.

    `shapes` are the shapes of the returned arrays for each sample, None for what is returned as it
    is; `gradient` is the array that gradients are stored in; `nodes` counts the scalar nodes that
    the program was made from.
    """

    name: str
    arguments: tuple[tuple[str, tuple[int, ...]], ...]
    vectors: tuple[Array, ...]
    stacks: tuple[Array, ...]
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

    def nodes_within(self) -> list[Any]:
        """All nodes of all expressions."""
        values = [s.value for s in self.statements if s.is_named or s.place]
        return walk(*values, *self.returns)

    @property
    def is_filled(self) -> bool:
        """Whether all of the gradient is stored, with no gap, before any entry is added to."""
        filled: set[int] = set()
        for place in [s.place for s in self.statements if s.place and s.place.of == self.gradient]:
            entries = set(place.entries())
            if place.added and not entries <= filled:
                return False
            filled |= entries
        return self.gradient is not None and len(filled) == self.gradient.rows
