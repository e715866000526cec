"""Printing: an array program as the numpy source that a person would write. It is printed once.

Takes an array program; returns a `Page`, with a line for each statement: for
`%3 = tanh((mul(view(theta, 0, (), ()), x) + %1))` the line `t2 = np.tanh(w1 * x + t1)`. This text
is what `program.source` shows, what `to_file` writes, and what is executed.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

from autograd.compiler import ir, special
from autograd.compiler.memory import RELU, is_direct, out_template
from autograd.compiler.naming import TAKEN, Names, is_plain, pattern_of
from autograd.compiler.passes import template
from autograd.formula import ATOM, Term
from autograd.op import OPS

SIGN = {False: "=", True: "+="}

COLUMNS = 118
"""The width of a list of numbers in the source."""


@dataclass(frozen=True)
class Page:
    """The text of a function, the arrays it refers to, and its names for ops without numpy code."""

    imports: str
    text: str
    tables: Mapping[str, Any]
    own_ops: Mapping[str, str]

    @property
    def source(self) -> str:
        return f"{self.imports}\n\n\n{self.section}"

    @property
    def section(self) -> str:
        """The function after its arrays."""
        tables = "".join([array(name, entries) for name, entries in self.tables.items()])
        return f"{tables}\n\n{self.text}" if tables else self.text

    def refuse_own_ops(self, problem: str) -> None:
        """Raise ValueError if an op has no numpy column."""
        for name in self.own_ops:
            raise ValueError(
                f"{problem}: its op {name!r} has no numpy column. Give its row one, as in "
                f"add_op({name!r}, ..., numpy='np.exp({{0}})'), and compile again"
            )


class Printer:
    """Names what a program keeps, and writes a line for each of its statements.

    The names of its tables start with the prefix.
    """

    LIBRARY = "import numpy as np"

    def __init__(self, program: ir.ArrayProgram, prefix: str = "") -> None:
        self.program, self.prefix = program, prefix
        given = [name for name, _ in program.arguments]
        given += [stack.name for stack in program.stacks] + [s.name for s in program.statements]
        self.names = Names({*TAKEN, *given})
        self.results: dict[int, str] = {}
        self.views: dict[ir.View, str] = {}
        self.tables: dict[str, Any] = {}
        self.own_ops: dict[str, str] = {}
        self.known: dict[str, str] = {}  # the names of tables, by what they hold
        self.counts_samples = False
        self.has_special = False

    def page(self) -> Page:
        text = self.function()
        imports = ("import math\n\n" if "math." in text else "") + self.LIBRARY
        if self.has_special:
            imports = self.with_special(imports)
        return Page(imports, text, self.tables, self.own_ops)

    def with_special(self, imports: str) -> str:
        """The imports, and the functions that numpy lacks."""
        return f"{imports}\n\n{special.source()}"

    def function(self) -> str:
        p = self.program
        heads = [f"{name} = {_as_rows(name, shape)}" for name, shape in p.arguments]
        for stack in p.stacks:
            self.counts_samples = self.counts_samples or stack.batched
            heads.append(f"{stack.name} = np.empty(({stack.rows}, {'n' if stack.batched else 1}))")
        heads += self._heads()
        lines = [line for s in p.statements for line in self._lines(s)]
        returned = ", ".join([self._returned(x, shape) for x, shape in zip(p.returns, p.shapes)])
        if self.counts_samples:
            heads.insert(0, f"n = len({p.arguments[0][0]})")
        arguments = [vector.name for vector in p.vectors] + [name for name, _ in p.arguments]
        body = "\n    ".join([*heads, *lines, f"return {returned}"])
        return f"def {p.name}({', '.join(arguments)}):\n    {body}\n"

    # Statements.

    def _lines(self, s: ir.Statement) -> list[str]:
        if not s.is_named and not s.place:  # written where it is read, but others take its name
            if s.labels:
                self.names.of_block(s.labels, only_labels=True)
            return []
        name = ""
        if s.is_named:
            name = s.name or (self.names.of_block(s.labels) if s.labels else self.names.fresh("t"))
            self.results[s.index] = name
        note = pattern_of(s.labels) if s.labels else self._same_of_theta(s.place)
        if s.in_place is None:
            *lines, last = self.assigned(name, s.place, s.value)
        else:
            lines = self.assigned(name, s.place, s.value.parts[s.in_place])
            last = self._overwriting(s, s.in_place)
        return [*lines, f"{last}  # {note}" if note else last]

    def _overwriting(self, s: ir.Statement, k: int) -> str:
        """The line that overwrites operand k, which has the name of the result already."""
        parts = list(s.value.parts)
        parts[k] = ir.Result(s.index, s.value.rows, s.value.batched)
        inputs = [self.term(part) for part in parts]
        if isinstance(s.value, ir.Elementwise) and s.value.op == "mul":
            return f"{inputs[k]} *= {inputs[1 - k]}"
        return self._call(s.value, inputs, inputs[k].text)

    def _call(self, x: ir.Expression, inputs: Sequence[Term], out: str) -> str:
        """The call that computes an expression of these inputs straight into an array."""
        numpy = out_template(x)
        self.counts_samples = self.counts_samples or numpy == RELU
        return numpy.format(*inputs, out=out)

    def assigned(self, name: str, place: ir.Place | None, value: ir.Expression) -> list[str]:
        """The lines that give a value a name, store it at a place, or both."""
        text = self.term(value).text
        if place is None:
            return [f"{name} = {text}"]
        target = f"{place.of.name}[{self.index(place)}]"
        if isinstance(place.view, ir.View):
            target = view_text(place.view)
        if is_direct(place, value):
            call = self._call(value, [self.term(part) for part in value.parts], target)
            return [f"{name} = {call}" if name else call]
        target = target if target.endswith("]") else f"{target}[:]"
        return [f"{name} = {target} = {text}" if name else f"{target} {SIGN[place.added]} {text}"]

    def _same_of_theta(self, place: ir.Place | None) -> str:
        """The name of the parameters whose gradient is stored at this place."""
        if place is None or not isinstance(place.view, ir.View):
            return ""
        start, shape, down = place.view.start, place.view.shape, place.view.strides[0]
        for x, name in self.views.items():
            if x.of.name != "theta" or not name.isidentifier():
                continue
            if x.start == start and (x.shape == shape or (x.shape or (1,))[:1] == shape):
                return f"∂{name}"
            # Some columns of a matrix that also holds the biases.
            first, last = start - x.start, start - x.start + math.prod(shape[1:])
            is_of_matrix = len(x.shape) == 2 and (x.rows, x.strides[0]) == (shape[0], down)
            if is_of_matrix and 0 <= first < last <= x.shape[1]:
                columns = f"{first}:{last}" if len(shape) == 2 else first
                return f"∂{name}[:, {columns}]"
        return ""

    def index(self, place: ir.Place) -> str:
        """The places of a statement, as a slice or a table."""
        where = place.view
        if isinstance(where, ir.Gather):
            return self._table(where.places.entries)
        if isinstance(where, ir.Rows):
            return _slice(where.start, where.rows, where.step)
        return _slice(where.start, where.shape[0], where.strides[0])

    def _returned(self, x: Any, shape: tuple[int, ...] | None) -> str:
        """An array with the samples first, each of this shape; unchanged if the shape is None."""
        term = self.term(x)
        if shape is None:
            return term.text
        if not shape:
            return f"{term:5}[0]"
        if len(shape) == 1:
            return f"{term:5}.T"
        self.counts_samples = True
        return f"{term:5}.T.reshape(n, {', '.join(map(str, shape))})"

    # The head: views of the vectors, and the array of the gradient.

    def _heads(self) -> Iterator[str]:
        found = dict.fromkeys([x for x in self.program.nodes_within() if isinstance(x, ir.View)])
        views = sorted(found, key=lambda x: (x.of.name != "theta", x.start))
        parts = {}  # views that are written as the transpose, or as columns, of another
        widest: dict[Any, ir.View] = {}
        for x in sorted([x for x in views if len(x.shape) == 2], key=lambda x: x.shape[1]):
            widest[x.of, x.start, x.rows, x.strides] = x
        for x in views:
            row = ir.View(x.of, x.start, (1, x.rows), (x.rows, 1))
            wider = widest.get((x.of, x.start, x.rows, x.strides), x)
            if (x.shape, x.strides) == ((x.rows, 1), (1, 1)) and x != row and row in views:
                parts[x] = row, ".T"
            elif wider != x:  # such as the weights without the biases
                parts[x] = wider, f"[:, 0:{x.shape[1]}]"
            else:
                self.views[x] = self._name_of(x)
                yield f"{self.views[x]} = {view_text(x)}"
        self.views |= {x: self.views[other] + how for x, (other, how) in parts.items()}
        if self.program.gradient is not None:
            kind = "empty" if self.program.is_filled else "zeros"
            yield f"g = np.{kind}({self.program.gradient.rows})"

    def _name_of(self, x: ir.View) -> str:
        stem = x.label.rstrip("0123456789.").rpartition(".")[2]
        stem = stem if is_plain(stem) else "p"
        is_matrix = len(x.shape) == 2 and x.shape[1] > 1
        return self.names.fresh(stem.upper() if is_matrix else stem)

    # Expressions.

    def term(self, x: Any) -> Term:
        """An expression, and how tightly it binds."""
        kind: Any = type(x)
        term: Term = getattr(self, _writer(kind))(x)
        return term

    def _of_array(self, x: ir.Array) -> Term:
        return Term(x.name)

    def _of_result(self, x: ir.Result) -> Term:
        return Term(self.results[x.index])

    def _of_number(self, x: ir.Number) -> Term:
        text = literal(float(x.text))
        return Term(text, 3 if text[0] == "-" else ATOM)

    def _of_table(self, x: ir.Table) -> Term:
        return Term(self._table(x.entries))

    def _of_view(self, x: ir.View) -> Term:
        return Term(self.views[x])

    def _of_rows(self, x: ir.Rows) -> Term:
        return Term(f"{self.term(x.of):5}[{_slice(x.start, x.rows, x.step)}]")

    def _of_gather(self, x: ir.Gather) -> Term:
        column = ", 0" if x.shared else ""
        return Term(f"{self.term(x.of):5}[{self._table(x.places.entries)}{column}]")

    def _of_transpose(self, x: ir.Transpose) -> Term:
        return Term(f"{self.term(x.of):5}.T")

    def _of_reshape(self, x: ir.Reshape) -> Term:
        return Term(f"{self.term(x.of):5}.reshape({x.into}, -1)")

    def _of_withones(self, x: ir.WithOnes) -> Term:
        self.counts_samples = True
        return Term(f"np.vstack([{self.term(x.of)}, np.ones((1, n))])")

    def _of_matmul(self, x: ir.MatMul) -> Term:
        return Term(f"{self.term(x.left):3} @ {self.term(x.right):3}", 2)

    def _of_einsum(self, x: ir.Einsum) -> Term:
        text = f"np.einsum('{x.axes}', {self.term(x.left)}, {self.term(x.right)})"
        return Term(text if x.axes.endswith("kb") else f"{text}[:, None]")

    def _of_reduce(self, x: ir.Reduce) -> Term:
        if x.over == "samples" and not x.of.batched:
            self.counts_samples = True
            # n comes last, or it would overflow what the product does not.
            return Term(f"{self.term(x.of):5}[:, 0] * n", 2)
        how = {"units": "axis=0, keepdims=True", "samples": "axis=1", "all": ""}.get(x.over)
        if how is None:
            how = "axis=1" if x.of.batched else "axis=1, keepdims=True"
        return Term(f"{self.term(x.of):5}.{x.by}({how})")

    def _of_elementwise(self, x: ir.Elementwise) -> Term:
        inputs = [self.term(part) for part in x.inputs]
        if x.op == ir.PLUS:
            return _plus(*inputs)
        numpy = template(x)
        if not numpy:
            if x.op not in self.own_ops:
                self.own_ops[x.op] = self.names.fresh(x.op, numbered=False)
            return Term(f"{self.own_ops[x.op]}({', '.join([term.text for term in inputs])})")
        if x.op == "pow" and x.inputs[1] == ir.Number("0.5"):
            # For this exponent numpy's ** is sqrt, which gives other results for -inf and -0.0.
            numpy = "np.float_power({0}, {1})"
        if x.op in special.TEMPLATES:
            self.has_special = True
        if x.op in OPS and not OPS[x.op].built_in:  # its column may lack parentheses
            inputs = [Term(f"{term:5}") for term in inputs]
        return Term(numpy.format(*inputs), precedence(numpy, len(inputs)))

    def _table(self, entries: Any) -> str:
        """The name of an array of constants, or of indices."""
        key = repr(entries)
        if key not in self.known:
            first = entries[0][0] if isinstance(entries[0], tuple) else entries[0]
            stem = "c" if isinstance(first, float) else "i"
            self.known[key] = name = self.names.fresh(f"{self.prefix}{stem}")
            self.tables[name] = entries
        return self.known[key]


@cache
def _writer(kind: type) -> str:
    """The name of the method that writes nodes of this kind."""
    return f"_of_{kind.__name__.lower()}"


def _plus(first: Term, *more: Term) -> Term:
    text = f"{first:1}"
    for term in more:
        is_minus = term.text[0] == "-" and term.precedence >= 2
        text += f" - {term.text[1:]}" if is_minus else f" + {term:2}"
    return Term(text, 1)


def _as_rows(name: str, shape: tuple[int, ...]) -> str:
    """An array whose first axis is the samples, as rows with a column for each sample."""
    if not shape:
        return f"{name}[None]"
    return f"{name}.T" if len(shape) == 1 else f"{name}.reshape(len({name}), -1).T"


def view_text(x: ir.View) -> str:
    """A view of a vector, as slices of it."""
    name = x.of.name
    if not x.shape:
        return f"{name}[{x.start}]"
    if len(x.shape) == 1:
        return f"{name}[{_slice(x.start, x.shape[0], x.strides[0])}]"
    (rows, columns), down = x.shape, x.strides[0]
    if columns == 1:
        return f"{name}[{_slice(x.start, rows, down)}, None]"
    stretch, columns_of = stretch_of(x)
    matrix = f"{name}[{stretch}].reshape({rows}, {down})"
    return matrix if down == columns else f"{matrix}[:, {columns_of}]"


def stretch_of(x: ir.View) -> tuple[str, str]:
    """The rows of a matrix, whole, as a slice of the vector; and its columns among theirs."""
    (rows, columns), down = x.shape, x.strides[0]
    shift = max(0, x.start + rows * down - x.of.rows)  # the last row may end where the vector ends
    start = x.start - shift
    return f"{start}:{start + rows * down}", f"{shift}:{shift + columns}"


def _slice(start: int, count: int, step: int) -> str:
    """Places as a slice."""
    if count == 1:
        return f"{start}:{start + 1}"
    stop = start + (count - 1) * step + (1 if step > 0 else -1)
    return f"{start}:{'' if stop < 0 else stop}" + (f":{step}" if step != 1 else "")


@cache
def precedence(numpy: str, count: int) -> int:
    """How tightly a template binds, by its outermost operator; 0 if that is not arithmetic."""
    tree: Any = ast.parse(numpy.format(*[Term("x")] * count), mode="eval").body
    if isinstance(tree, ast.BinOp):
        if isinstance(tree.op, (ast.Add, ast.Sub)):
            return 1
        return 3 if isinstance(tree.op, ast.Pow) else 2
    if isinstance(tree, ast.UnaryOp):
        return 3 if isinstance(tree.op, (ast.USub, ast.UAdd)) else 0
    is_atom = isinstance(tree, (ast.Call, ast.Name, ast.Attribute, ast.Subscript, ast.Constant))
    return ATOM if is_atom else 0


def literal(x: float) -> str:
    """A number as it is written in the numpy source."""
    text = repr(x)
    if text[0] == "-":
        return f"-{literal(-x)}"
    return {"inf": "np.inf", "nan": "np.nan"}.get(text, text)


def array(name: str, entries: Iterable[Any]) -> str:
    """A statement that makes an array of numbers, or of rows of them."""
    listing = listed(f"{name} = np.array([", [_entry(x) for x in entries], "])")
    if listing.count("\n") < 3:
        return listing
    lattice = lattice_of(entries)
    return f"{name} = {lattice}\n" if lattice else listing


def lattice_of(entries: Any) -> str:
    """Indices at equal distances along a few axes, like the windows of an image; "" for others.

    >>> lattice_of((0, 1, 2, 10, 11, 12))
    'np.tensordot(np.array([10, 1]), np.indices((2, 3)), 1).ravel()'
    """
    rows = entries if isinstance(entries[0], tuple) else [entries]
    at = [*chain.from_iterable(rows)]
    if not all(isinstance(i, int) for i in at):
        return ""
    start, axes = at[0], list[tuple[int, int]]()
    while len(at) > 1:
        step = at[1] - at[0]
        count = next((k for k in range(1, len(at)) if at[k] - at[k - 1] != step), len(at))
        inside = [k for k in range(len(at)) if k % count]
        if len(at) % count or any(at[k] - at[k - 1] != step for k in inside):
            return ""
        axes.insert(0, (count, step))
        at = at[::count]
    counts, steps = zip(*axes)
    lattice = f"np.tensordot(np.array({[*steps]}), np.indices({counts}), 1)"
    lattice = f"({lattice} + {start})" if start else lattice
    is_flat = rows[0] is entries
    return f"{lattice}.ravel()" if is_flat else f"{lattice}.reshape({len(rows)}, -1)"


def _entry(x: Any) -> str:
    if isinstance(x, tuple):
        return f"[{', '.join([_entry(part) for part in x])}]"
    return literal(x) if isinstance(x, float) else repr(x)


def listed(head: str, items: Sequence[str], tail: str) -> str:
    """A list in lines that are not too wide, if its items allow that."""
    lines = [head]
    for i, item in enumerate(items):
        comma = ", " if i else ""
        if len(lines[-1] + comma + item) > COLUMNS and i:
            lines[-1] += ","
            lines.append(f"    {item}")
        else:
            lines[-1] += comma + item
    return "\n".join(lines) + tail + "\n"
