"""Data from tables of text: any CSV file, and the penguins."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

from autograd.checks import shown
from nn.arguments import listing
from nn.data.dataset import Dataset, counted

MISSING = ("", "NA", "NaN", "?")
Row: TypeAlias = "tuple[int, list[str]]"


class Table(NamedTuple):
    """A CSV file as text: its path, the names of its columns, and (line number, cells) for each row."""

    path: Path
    columns: list[str]
    rows: list[Row]


def read_csv(
    path: str | os.PathLike[str], target: str, features: Sequence[str] | str | None = None, *, regression: bool = False
) -> Dataset:
    """The Dataset in a CSV file (UTF-8, comma-separated, column names first): numbers from the feature columns, y from the target's.

    `features` are all columns but the target unless given. The texts of the target become class indices, in sorted order of the names;
    with `regression=True` they are floats. A row with "", NA, NaN or ? in a column that is used is dropped, and counted in `dropped`;
    lines that start with # are comments. Raises ValueError that names file, line and column, FileNotFoundError if there is no such file.

    >>> dataset = read_csv(Path(__file__).with_name("penguins.csv"), target="sex", features=["body_mass_g", "year"])
    >>> dataset, dataset.classes
    (Dataset(333 samples, 2 features, 2 classes; 11 rows dropped), ('female', 'male'))
    """
    table = _read(Path(path))
    names = _features(table, target, features)
    columns = [_column(table, name) for name in (*names, target)]
    picked = [(line, [row[j] for j in columns]) for line, row in table.rows]
    complete = [(line, cells) for line, cells in picked if not any(cell in MISSING for cell in cells)]
    if not complete:
        raise ValueError(f"{path} has no row to use: of {counted(len(picked), 'row')}, every one lacks something in {shown([*names, target], 200)}")
    X = [[_number(table, line, name, cell) for name, cell in zip(names, cells)] for line, cells in complete]
    texts = [(line, cells[-1]) for line, cells in complete]
    dropped = len(picked) - len(complete)
    if regression:
        return Dataset(X, [_number(table, line, target, text) for line, text in texts], names, dropped=dropped)
    classes = _classes(table, target, texts)
    index = {name: i for i, name in enumerate(classes)}
    return Dataset(X, [index[text] for _, text in texts], names, classes, dropped)


def penguins(
    features: Sequence[str] | str = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g"),
) -> Dataset:
    """The Palmer penguins: measurements of 344 birds of three species; 342 of them are complete in the default features.

    A column more is "year". Raises ValueError for features that are not numbers or not there. Source: Gorman, Williams, Fraser,
    PLOS ONE 9(3) (2014), e90081; Horst, Hill, Gorman, palmerpenguins (2020), doi:10.5281/zenodo.3960218; CC0.

    >>> penguins().classes, penguins(["bill_length_mm", "body_mass_g"])
    (('Adelie', 'Chinstrap', 'Gentoo'), Dataset(342 samples, 2 features, 3 classes; 2 rows dropped))
    """
    return read_csv(Path(__file__).with_name("penguins.csv"), "species", features)


def _read(path: Path) -> Table:
    """The file, with every row as long as the header."""
    if not path.is_file():
        raise FileNotFoundError(f"read_csv needs a file, found none at {shown(str(path), 200)}; relative paths start at {shown(str(Path.cwd()), 120)}")
    records = _records(path, _text(path))
    line, columns = next(records, (1, []))
    if not columns:
        raise ValueError(f"{path} is empty; the first line must name the columns, and rows follow")
    twice = [name for j, name in enumerate(columns) if name in columns[:j]]
    if twice:
        raise ValueError(f"{path}, line {line}: column names must differ, got {shown(twice[0])} twice; the first line must name the columns")
    rows = list(records)
    if not rows:
        raise ValueError(f"{path} has no rows below the column names {shown(columns, 200)}")
    for line, row in rows:
        if len(row) != len(columns):
            raise ValueError(
                f"{path}, line {line} has {counted(len(row), 'cell')}, but there are {counted(len(columns), 'column')}: {shown(columns, 200)}; "
                "a cell with a comma needs quotes"
            )
    return Table(path, columns, rows)


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8").removeprefix("\ufeff")  # the mark Excel writes
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ValueError(f"{path}, line {line} is not UTF-8 text (byte 0x{raw[error.start]:02x}); save the file as CSV in UTF-8") from None


def _records(path: Path, text: str) -> Iterator[Row]:
    """(line number, cells) of all lines that are neither blank nor a comment, cells without the space around them."""
    # A comment becomes a blank line, not none: the reader counts the lines.
    lines = ("\n" if line.startswith("#") else line for line in io.StringIO(text, newline=""))
    reader = csv.reader(lines, strict=True, skipinitialspace=True)
    try:
        for cells in reader:
            row = [cell.strip() for cell in cells]
            if row and row != [""]:
                yield reader.line_num, row
    except csv.Error as error:
        raise ValueError(f"{path}, line {reader.line_num} is not CSV: {error}; check its quotes") from None


def _features(table: Table, target: str, features: Sequence[str] | str | None) -> tuple[str, ...]:
    """The names of the feature columns, which the target is not among."""
    _column(table, target)
    if features is None:
        names = tuple(name for name in table.columns if name != target)
        if "" in names:
            raise ValueError(
                f"{table.path}: column {table.columns.index('') + 1} has no name, so it may be row numbers; "
                "give the columns to use, as in features=[...]"
            )
    else:
        names = (features,) if isinstance(features, str) else tuple(features)
    if not names:
        raise ValueError(f"{table.path}: features must name at least one column besides the target {shown(target)}, got none")
    if target in names:
        raise ValueError(f"{table.path}: the target {shown(target)} cannot be a feature as well; leave it out of features")
    return names


def _column(table: Table, name: str) -> int:
    if name not in table.columns:
        raise ValueError(f"{table.path} has no column {shown(name)}; its columns are {listing(map(repr, table.columns))}")
    return table.columns.index(name)


def _number(table: Table, line: int, column: str, text: str) -> float:
    value = _parsed(text)
    if value is None:
        raise ValueError(
            f"{table.path}, line {line}, column {shown(column)}: wanted a finite number, got {shown(text)}; "
            "choose columns of numbers with features=[...], and mark what is missing NA"
        )
    return value


def _classes(table: Table, target: str, texts: list[tuple[int, str]]) -> tuple[str, ...]:
    """The different texts in order; numerals in that of the numbers, so that "10" follows "9"."""
    names = {text for _, text in texts}
    numerals = {text: value for text in names if (value := _parsed(text)) is not None}
    if len(numerals) < len(names):
        return tuple(sorted(names))
    for line, text in texts:
        if not numerals[text].is_integer():
            raise ValueError(
                f"{table.path}, line {line}, column {shown(target)}: wanted the name or number of a class, got {shown(text)}; "
                "for numbers as targets pass regression=True"
            )
    return tuple(sorted(names, key=lambda text: (numerals[text], text)))


def _parsed(text: str) -> float | None:
    """The finite number that a text means, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in text else None  # Python reads 1_000, other readers do not
