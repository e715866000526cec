"""Data from tables of text: any CSV file, and the penguins."""

from __future__ import annotations

import csv
import io
import math
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final, TypeAlias

from autograd.checks import shown
from nn.arguments import counted, listing
from nn.data.dataset import Dataset

MISSING: Final = ("", "NA", "NaN", "?")
DELIMITERS: Final = ",;\t|"
"""The delimiters that are tried if none is given."""
SAMPLE: Final = 2**16
"""How many characters of a file are looked at to find its delimiter."""
Row: TypeAlias = "tuple[int, list[str]]"


@dataclass
class Table:
    """A CSV file as text: names of columns, and (line number, cells) for each row.

    `commented` counts the rows behind a comment sign; `decimal` is the decimal sign of its numbers.
    """

    path: Path
    columns: list[str]
    rows: list[Row]
    commented: int
    decimal: str
    places: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.places = {name: j for j, name in enumerate(self.columns)}


def read_csv(
    path: str | os.PathLike[str],
    target: str,
    features: Sequence[str] | str | None = None,
    *,
    regression: bool = False,
    delimiter: str | None = None,
    decimal: str | None = None,
    comment: str | None = "#",
) -> Dataset:
    """The Dataset in a CSV file (UTF-8, column names first): numbers from the feature columns.

    `features` are all columns but the target unless given. The strings in the target column become
    class indices, in sorted order of the names; with `regression=True` they are floats. Unless
    given, `delimiter` is found by `csv.Sniffer` among comma, semicolon, tab and |, and `decimal`,
    "." or ",", is the one that fits all numbers. Lines that start with `comment` are not data
    (None: no line is a comment), except that one before the data may name the columns, as numpy's
    headers do. A row with "", NA, NaN or ? in a column that is used is dropped, and so is one
    behind a comment sign; `dropped` counts both. Raises ValueError, naming file, line and column,
    and FileNotFoundError if there is no such file.

    >>> file = Path(__file__).with_name("penguins.csv")
    >>> dataset = read_csv(file, target="sex", features=["body_mass_g", "year"])
    >>> dataset, dataset.classes
    (Dataset(333 samples, 2 features, 2 classes; 11 rows dropped), ('female', 'male'))
    """
    _check_signs(delimiter, decimal, comment)
    table = _read(Path(path), delimiter, comment)
    names = _features(table, target, features)
    columns = [_column(table, name) for name in (*names, target)]
    picked = [(line, _at(columns, row)) for line, row in table.rows]
    complete = [(line, cells) for line, cells in picked if not _lacks(cells)]
    if not complete:
        raise ValueError(
            f"{path} has no row to use: of {counted(len(picked), 'row')}, every one lacks "
            f"something in {shown([*names, target], 200)}"
        )
    numeric = [*names, target] if regression else [*names]
    table.decimal = decimal or _decimal(complete, len(numeric), table.decimal)
    X = [_numbers(table, line, names, cells) for line, cells in complete]
    texts = [(line, cells[-1]) for line, cells in complete]
    dropped = len(picked) - len(complete) + table.commented
    if regression:
        y = [_number(table, line, target, text) for line, text in texts]
        return Dataset(X, y, names, dropped=dropped)
    classes = _classes(table, target, texts)
    index = {name: i for i, name in enumerate(classes)}
    return Dataset(X, [index[text] for _, text in texts], names, classes, dropped)


def penguins(
    features: Sequence[str] | str = (
        "bill_length_mm",
        "bill_depth_mm",
        "flipper_length_mm",
        "body_mass_g",
    ),
) -> Dataset:
    """The Palmer penguins: 344 birds of three species, 342 of them complete in these features.

    One more column is "year". Raises ValueError for features that are not numbers or do not exist.
    Source: Gorman, Williams, Fraser, PLOS ONE 9(3) (2014), e90081; Horst, Hill, Gorman,
    palmerpenguins (2020), doi:10.5281/zenodo.3960218; CC0.

    >>> penguins().classes, penguins(["bill_length_mm", "body_mass_g"]).dropped
    (('Adelie', 'Chinstrap', 'Gentoo'), 2)
    """
    return read_csv(Path(__file__).with_name("penguins.csv"), "species", features)


def _check_signs(delimiter: Any, decimal: Any, comment: Any) -> None:
    if delimiter is not None and not _is_sign(delimiter):
        raise ValueError(
            f"read_csv(delimiter) must be one character, such as ';' or '\\t', "
            f"got {shown(delimiter)}"
        )
    if decimal not in (None, ".", ","):
        raise ValueError(f"read_csv(decimal) must be '.' or ',', got {shown(decimal)}")
    if comment is not None and not (isinstance(comment, str) and comment.strip()):
        raise ValueError(
            f"read_csv(comment) must be the sign that comments start with, or None, "
            f"got {shown(comment)}"
        )
    if delimiter is not None and delimiter == decimal:
        raise ValueError(
            f"read_csv: delimiter and decimal cannot both be {decimal!r}; a file with decimal "
            f"commas needs another delimiter, such as ';'"
        )


def _is_sign(x: Any) -> bool:
    return isinstance(x, str) and len(x) == 1 and x not in '"\r\n'


def _read(path: Path, delimiter: str | None, comment: str | None) -> Table:
    """The file, with every row as long as the header."""
    if not path.is_file():
        raise FileNotFoundError(
            f"read_csv found no file at {shown(str(path), 200)}; relative paths start "
            f"at {shown(str(Path.cwd()), 120)}"
        )
    text = _text(path)
    if text.startswith("sep=") and _is_sign(text[4:5]):  # Excel's way to state it
        delimiter = delimiter or text[4]
        text = text[5:]
    delimiter = delimiter or _sniffed(text, comment)
    reader = _Records(path, text, delimiter, comment)
    records = iter(reader)
    line, columns = next(records, (1, []))
    named = reader.last_comment
    if named and len(named) == len(columns) and all(map(_is_number, columns)):
        # What looks like the header is data, and the names are behind a comment sign.
        records = chain([(line, columns)], records)
        line, columns = reader.last_line, named
    if not columns:
        raise ValueError(f"{path} is empty; the first line must name the columns, and rows follow")
    twice = [name for name, count in Counter(columns).items() if count > 1]
    if twice:
        raise ValueError(
            f"{path}, line {line}: column names must differ, got {shown(twice[0])} twice; the "
            f"first line must name the columns"
        )
    reader.width = len(columns)
    rows = list(records)
    if not rows:
        raise ValueError(f"{path} has no rows below the column names {shown(columns, 200)}")
    for line, row in rows:
        if len(row) != len(columns):
            raise ValueError(
                f"{path}, line {line} has {counted(len(row), 'cell')}, but there are "
                f"{counted(len(columns), 'column')}: {shown(columns, 120)}; a cell with a "
                f"{_NAMES.get(delimiter, repr(delimiter))} needs quotes"
            )
    return Table(path, columns, rows, reader.commented, "." if delimiter == "," else "")


_NAMES: Final = {",": "comma", ";": "semicolon", "\t": "tab"}


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")  # the mark Excel writes
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(
            f"{path}, line {line} is not UTF-8 text (byte 0x{raw[error.start]:02x}); save the file "
            f"as CSV in UTF-8"
        ) from None


def _sniffed(text: str, comment: str | None) -> str:
    """The delimiter that a text seems to have; a comma if there is only one column."""
    lines = [line for line in text[:SAMPLE].splitlines() if line.strip()]
    head = [line for line in lines if not (comment and line.startswith(comment))]
    candidates = [sign for sign in DELIMITERS if head and sign in head[0]]
    if len(candidates) > 1:
        try:
            return csv.Sniffer().sniff("\n".join(head[:100]), "".join(candidates)).delimiter
        except csv.Error:
            pass  # it found none that occurs equally often in every line
    return candidates[0] if candidates else ","


class _Records:
    """(line number, cells) of all lines that are neither blank nor a comment."""

    def __init__(self, path: Path, text: str, delimiter: str, comment: str | None) -> None:
        self.path, self.text, self.delimiter = path, text, delimiter
        self.comment = comment
        self.commented = 0
        self.width = 0  # of the rows, once it is known
        self.last_comment: list[str] = []
        self.last_line = 0
        self._fresh = True  # whether the next line starts a record; else it is in quotes

    def __iter__(self) -> Iterator[Row]:
        reader = csv.reader(
            self._lines(), delimiter=self.delimiter, strict=True, skipinitialspace=True
        )
        while True:
            self._fresh = True
            try:
                cells = next(reader, None)
            except csv.Error as error:
                raise ValueError(
                    f"{self.path}, line {reader.line_num} is not CSV: {error}; check its quotes"
                ) from None
            if cells is None:
                return
            row = [cell.strip() for cell in cells]
            if row and row != [""]:
                yield reader.line_num, row

    def _lines(self) -> Iterator[str]:
        # A comment becomes a blank line and is not left out: the reader counts the lines.
        for number, line in enumerate(io.StringIO(self.text, newline=""), 1):
            if self._fresh and self.comment and line.startswith(self.comment):
                self._note(line[len(self.comment) :], number)
                line = "\n"
            self._fresh = False
            yield line

    def _note(self, line: str, number: int) -> None:
        cells = next(csv.reader([line.strip()], delimiter=self.delimiter), [])
        if not self.width:
            self.last_comment, self.last_line = [cell.strip() for cell in cells], number
        elif len(cells) == self.width > 1 and any(map(_is_number, cells)):
            self.commented += 1  # a row, not a remark


def _features(table: Table, target: str, features: Sequence[str] | str | None) -> tuple[str, ...]:
    """The names of the feature columns, which do not include the target."""
    _column(table, target)
    if features is None:
        names = tuple(name for name in table.columns if name != target)
        if "" in names:
            raise ValueError(
                f"{table.path}: column {table.columns.index('') + 1} has no name, so it may be row "
                f"numbers; give the columns to use, as in features=[...]"
            )
    else:
        names = (features,) if isinstance(features, str) else tuple(features)
    if not names:
        raise ValueError(
            f"{table.path}: features must name at least one column besides the target "
            f"{shown(target)}, got none"
        )
    if target in names:
        raise ValueError(
            f"{table.path}: the target {shown(target)} cannot be a feature as well; leave it out "
            f"of features"
        )
    return names


def _column(table: Table, name: str) -> int:
    if not isinstance(name, str) or name not in table.places:
        columns = listing([shown(name, 40) for name in table.columns])
        cure = ""
        if len(table.columns) == 1:
            cure = "; if another character separates its cells, pass it as delimiter="
        raise ValueError(
            f"{table.path} has no column {shown(name)}; its columns are {columns}{cure}"
        )
    return table.places[name]


def _at(places: Sequence[int], row: list[str]) -> list[str]:
    return [row[j] for j in places]


def _lacks(cells: list[str]) -> bool:
    return any(cell in MISSING for cell in cells)


def _decimal(rows: list[Row], width: int, known: str) -> str:
    """The decimal sign: a comma if all cells are numbers with it, but not with a point."""
    if known:
        return known

    cells = [cell for _, row in rows for cell in row[:width]]

    def fits(sign: str) -> bool:
        return all(_is_number(cell, sign) for cell in cells)

    return "," if not fits(".") and fits(",") else "."


def _numbers(table: Table, line: int, names: Sequence[str], cells: list[str]) -> list[float]:
    return [_number(table, line, name, cell) for name, cell in zip(names, cells)]


def _number(table: Table, line: int, column: str, text: str) -> float:
    value = _parsed(text, table.decimal)
    if value is None:
        other = "," if table.decimal == "." else "."
        cure = (
            f"pass decimal={other!r}"
            if _is_number(text, other)
            else "choose columns of numbers with features=[...], and mark missing cells as NA"
        )
        raise ValueError(
            f"{table.path}, line {line}, column {shown(column)}: wanted a finite number, "
            f"got {shown(text)}; {cure}"
        )
    return value


def _classes(table: Table, target: str, texts: list[tuple[int, str]]) -> tuple[str, ...]:
    """The different strings in order; numerals in numeric order, so that "10" follows "9"."""
    names = {text for _, text in texts}
    numerals: dict[str, float] = {}
    for text in names:
        value = _parsed(text, table.decimal)
        if value is not None:
            numerals[text] = value
    if len(numerals) < len(names):
        return tuple(sorted(names))
    for line, text in texts:
        if not numerals[text].is_integer():
            raise ValueError(
                f"{table.path}, line {line}, column {shown(target)}: wanted the name or number of "
                f"a class, got {shown(text)}; for numbers as targets pass regression=True"
            )
    return tuple(sorted(names, key=lambda text: (numerals[text], text)))


def _is_number(text: str, decimal: str = ".") -> bool:
    return _parsed(text, decimal) is not None


def _parsed(text: str, decimal: str) -> float | None:
    """The finite number that a string means, or None."""
    if "_" in text:  # Python reads 1_000, other readers do not
        return None
    if decimal == ",":
        if "." in text:
            return None
        text = text.replace(",", ".")
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
