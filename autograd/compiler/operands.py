"""Operands: the numbers that a statement reads, as an array, a slice, a view of the parameters or a copy, and what holding them takes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from autograd.compiler.layout import is_whole, laid_out
from autograd.compiler.lifting import Column, Lifted, Read
from autograd.compiler.lowering import Id
from autograd.compiler.naming import Names, is_plain, pattern_of
from autograd.compiler.tracing import TAKEN, VECTORS
from autograd.formula import ATOM, Term


class Operands:
    """Finds the operands of one function; arrays of constants are collected in `constants`, views of the parameters in `heads`."""

    def __init__(
        self,
        lifted: Lifted,
        inputs: Mapping[str, int],
        labels: Sequence[str],
        others: Sequence[Read],
    ) -> None:
        self.lifted, self.graph, self.labels = lifted, lifted.graph, labels
        self.inputs, self.sizes = list(inputs), inputs
        self.layout = laid_out(lifted, others)
        self.stored = {p: i for i, p in enumerate(lifted.parameters)}
        self.constants: dict[str, Any] = {}
        self.heads: list[str] = []  # views of the parameters
        self.lines: list[str] = []
        self._transient = 0  # the most rows that a statement holds while it is computed
        self._gathered = 0  # of these the copies made by indexing, so far
        self._kept = 0  # the rows of such copies that have a name
        self._views: dict[Any, str] = {}
        self._copies: dict[str, str] = {}
        self.names = Names({*inputs, *TAKEN})
        self._names: dict[int, str] = {}  # of blocks
        self._known: dict[str, str] = {}  # the names of constants, by what they hold
        self._inline: dict[int, Term] = {}

    def operand(self, column: Column, spread: bool = False, scalar: bool = False) -> Term:
        """The nodes of a column as an array of as many rows, or of one row if all are the same node.

        `spread` forbids the one row; `scalar` allows a parameter to be a plain number, where other operands have both axes.
        """
        g, first, k = self.graph, column[0], len(column)
        if g.op[first] == "constant":
            return self._constants(column, spread)
        same = k > 1 and not spread and len(set(column)) == 1
        if first in self.lifted.place:
            b = self.lifted.place[first][0]
            if b in self._inline:
                return self._inline.pop(b)
            if (
                b in self._names
                and is_whole(column, self.lifted.blocks[b].members)
                and not (spread and len(set(column)) < k)
            ):
                return Term(self._names[b])
        name, at = self.rows(column[:1] if same else column)
        if name in VECTORS:
            return self._of_vector(name, at, column, scalar)
        if isinstance(at, str):
            return Term(self._copy(f"{name}[{at}]", column))
        return Term(name if at == range(self._length(name, first)) else f"{name}[{_slice(at)}]")

    def _copy(self, text: str, column: Column) -> str:
        """What indexing brings together; where that is read more than once, its name."""
        if self.layout.reads[tuple(column)] < 2:
            return text
        rows = self.graph.batched[column[0]] * len(column)
        self._gathered -= rows
        if text not in self._copies:
            labels, place = [self.graph.label[i] for i in column], self.lifted.place
            is_named = any(i not in place or place[i][0] in self._names for i in column)
            self._copies[text] = self.names.fresh("t") if is_named else self.names.of_block(labels)
            self._kept += rows
            self.statement(self._copies[text], text, labels)
        return self._copies[text]

    def matrix(self, rows: Sequence[Column]) -> Term:
        """Nodes as a matrix, of all samples or of each: a view of the parameters where they lie in order, else a gather."""
        g, shape, first = self.graph, (len(rows), len(rows[0])), rows[0][0]
        if g.op[first] == "constant":
            return Term(self.constant([[float(g.args[x][0]) for x in row] for row in rows]))
        places = [[self._at(x) for x in row] for row in rows]
        name, at = places[0][0][0], [[i for _, i in row] for row in places]
        if name in VECTORS:
            flat, down = [i for row in at for i in row], [i for row in zip(*at) for i in row]
            if flat == list(range(flat[0], flat[0] + len(flat))):
                return Term(self._view(name, flat[0], shape, first))
            if down == list(range(down[0], down[0] + len(down))):
                return Term(f"{self._view(name, down[0], shape[::-1], first)}.T")
        index = self.constant(at)
        self._gathered += g.batched[first] * len(rows) * len(rows[0])
        return Term(
            f"{name}[{index}]" if name in VECTORS or g.batched[first] else f"{name}[{index}, 0]"
        )

    def rows(self, column: Column) -> tuple[str, range | str]:
        """The array that the nodes of a column are in, and their rows: a range, or the name of an array of indices."""
        places = [self._at(x) for x in column]
        at = [i for _, i in places]
        step = at[1] - at[0] if len(at) > 1 else 1
        if step and all(b - a == step for a, b in zip(at, at[1:])):
            return places[0][0], range(at[0], at[-1] + (1 if step > 0 else -1), step)
        self._gathered += self.graph.batched[column[0]] * len(column)
        return places[0][0], self.constant([[i] for i in at] if places[0][0] in VECTORS else at)

    def _at(self, i: Id) -> tuple[str, int]:
        """The array that a node is in, and its row."""
        g = self.graph
        if i in self.lifted.place:
            b, row = self.lifted.place[i]
            if b in self.layout.tape:
                name, start = self.layout.tape[b]
                return name, start + row
            return self._names[b], row
        if g.op[i] == "input":
            k, row = g.args[i]
            return self.inputs[k], row
        place = g.args[i][0]
        return ("theta", self.stored[place]) if g.op[i] == "parameter" else ("captured", place)

    def _length(self, name: str, first: Id) -> int:
        """How many rows an array has; -1 for one that is never meant whole."""
        if name in self.inputs:
            return self.sizes[name]
        return (
            -1
            if name in self.layout.length
            else len(self.lifted.blocks[self.lifted.place[first][0]].members)
        )

    def _constants(self, column: Column, spread: bool) -> Term:
        g = self.graph
        texts = [g.args[x][0] for x in column]
        if spread or len(set(texts)) > 1:
            return Term(self.constant([[float(x)] for x in texts]))
        text = (
            texts[0]
            if texts[0].lstrip("-")[0].isdigit()
            else texts[0].replace("nan", "np.nan").replace("inf", "np.inf")
        )
        return Term(text, 3 if text[0] == "-" else ATOM)

    def _of_vector(self, name: str, at: range | str, column: Column, scalar: bool) -> Term:
        if isinstance(at, str):
            return Term(f"{name}[{at}]")
        if len(at) == 1 and scalar:
            return Term(self._view(name, at[0], (), column[0]))
        if at.step != 1:
            return Term(f"{name}[{_slice(at)}, None]")
        as_row = self._views.get((name, at[0], (1, len(at))))
        return Term(
            f"{as_row}.T"
            if as_row and len(at) > 1
            else self._view(name, at[0], (len(at), 1), column[0])
        )

    def _view(self, name: str, start: int, shape: tuple[int, ...], first: Id) -> str:
        """The name of a stretch of a vector as an array of that shape."""
        key = name, start, shape
        if key not in self._views:
            label = (
                self.labels[self.graph.args[first][0]]
                if name == "theta"
                else self.graph.label[first]
            )
            stem = label.rstrip("0123456789.").rpartition(".")[2]
            stem = stem if is_plain(stem) else "p"
            is_matrix = len(shape) == 2 and shape[1] > 1
            self._views[key] = view = self.names.fresh(stem.upper() if is_matrix else stem)
            end = start + math.prod(shape)
            at = (
                f"{start}"
                if not shape
                else f"{start}:{end}"
                if is_matrix
                else f"{start}:{end}, None"
            )
            self.heads.append(f"{view} = {name}[{at}]{f'.reshape{shape}' if is_matrix else ''}")
        return self._views[key]

    def name_of_stretch(self, start: int, length: int) -> str:
        """What the program calls so many parameters from there on."""
        for (name, first, shape), view in self._views.items():
            if (name, first, math.prod(shape)) == ("theta", start, length):
                return view
        return "theta"

    def source_of(self, i: Id) -> Any:
        """Nodes of one source are rows of one array."""
        b = self.lifted.place.get(i, (None,))[0]
        return self.graph.kind(i) if b is None else self.layout.tape.get(b, (b,))[0]

    def constant(self, numbers: Any) -> str:
        """The name of an array of constants or of indices."""
        key = repr(numbers)
        if key not in self._known:
            first = numbers[0][0] if isinstance(numbers[0], list) else numbers[0]
            self._known[key] = name = self.names.fresh("c" if isinstance(first, float) else "i")
            self.constants[name] = numbers
        return self._known[key]

    def statement(self, target: str, text: str, labels: Sequence[str]) -> None:
        """Write a statement, with what the labels have in common."""
        note = pattern_of(labels)
        self.lines.append(f"{target} = {text}" + (f"  # {note}" if note else ""))

    def computed(self, rows: int) -> None:
        """Count what a statement held beside its operands: copies made by indexing, and two arrays of so many rows."""
        self._transient = max(self._transient, self._gathered + 2 * rows)
        self._gathered = 0

    def rows_per_sample(self) -> int:
        """How many numbers the program holds for each sample: those of all arrays, and the most that a statement holds on its way."""
        rows = {
            b: len(block.members) for b, block in enumerate(self.lifted.blocks) if block.batched
        }
        held = {b for b in rows if b in self._names} | {b for b in rows if b in self.layout.tape}
        twice = {b for b in held if b in self._names and b in self.layout.tape}
        return (
            sum(rows[b] for b in held) + sum(rows[b] for b in twice) + self._kept + self._transient
        )


def _slice(at: range) -> str:
    """A range as rows of an array."""
    if len(at) == 1:
        return f"{at[0]}:{at[0] + 1}"
    return f"{at.start}:{'' if at.stop < 0 else at.stop}{f':{at.step}' if at.step != 1 else ''}"
