"""The Dataset, and the one place that checks incoming data."""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from autograd.checks import shown
from nn.arguments import counted, listed


@dataclass(frozen=True, repr=False)
class Dataset:
    """Rows of numbers X and targets y: ints 0..k-1 for k classes, else floats or rows of them.

    `features` and `classes` are names, if there are any; `dropped` counts the rows of a file
    that were left out. Iterating gives X, then y. There is no `len`, which would have to be 2:
    `len(dataset.y)` is the number of samples. Nothing is checked here: `as_dataset` does that.

    >>> rows = [[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]]
    >>> X, y = dataset = Dataset(rows, [0, 1, 1], classes=("cat", "dog"))
    >>> dataset, y
    (Dataset(3 samples, 2 features, 2 classes), [0, 1, 1])
    """

    X: list[list[float]]
    y: list[Any]
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    dropped: int = 0

    def __iter__(self) -> Iterator[list[Any]]:
        yield self.X
        yield self.y

    def __repr__(self) -> str:
        width = len(self.X[0]) if len(self.X) else len(self.features)
        counts = [counted(len(self.y), "sample"), counted(width, "feature")]
        n_classes = len(self.classes)
        if not n_classes and all(isinstance(label, int) for label in self.y):
            labels = {*self.y}  # ints that are not 0..k-1 may well be measurements
            n_classes = len(labels) if labels == {*range(len(labels))} else 0
        if n_classes:
            counts.append(counted(n_classes, "class"))
        dropped = f"; {counted(self.dropped, 'row')} dropped" if self.dropped else ""
        return f"Dataset({', '.join(counts)}{dropped})"


def as_dataset(data: Any) -> Dataset:
    """The data, checked, as a Dataset of Python's own numbers.

    `data` is a Dataset or a pair (X, y) of sequences, arrays or tables. X is n rows of d numbers,
    which become floats; y is n targets: ints stay ints, bools become ints, and a mixture of ints
    and floats, like the numbers of a row, becomes floats. A table's column names become `features`.
    Raises ValueError for lengths that do not match, X without rows, ragged or empty data, nan and
    inf; TypeError for anything but numbers, or a pair.

    >>> as_dataset(([(0, 1), (2, 3)], [0, 1])).X
    [[0.0, 1.0], [2.0, 3.0]]
    """
    given = data if isinstance(data, Dataset) else _from_pair(data)
    X, y = rows(given.X, "X"), _targets(given.y)
    if len(X) != len(y):
        raise ValueError(
            f"X and y must have the same length, got {counted(len(X), 'row')} in X and "
            f"{counted(len(y), 'target')} in y"
        )
    features, classes = tuple(given.features), tuple(given.classes)
    if features and len(features) != len(X[0]):
        raise ValueError(
            f"features must name every column of X, got {counted(len(features), 'name')} for "
            f"{counted(len(X[0]), 'column')}"
        )
    for i, label in enumerate(y if classes else ()):
        if not (isinstance(label, int) and 0 <= label < len(classes)):
            raise ValueError(
                f"target {i} of y must be the index of one of the {counted(len(classes), 'class')} "
                f"{shown(classes, 120)}, got {shown(label)}"
            )
    return replace(given, X=X, y=y, features=features, classes=classes)


def rows(data: Any, subject: str) -> list[list[float]]:
    """Rows of equally many finite numbers, as new lists of floats.

    Raises ValueError or TypeError, naming row and column.

    >>> rows(((1, 2), (3, 4)), "X")
    [[1.0, 2.0], [3.0, 4.0]]
    """
    table = _cells(data)
    if table is None:
        raise TypeError(
            f"{subject} must be rows of numbers, a list of lists or a 2-D array, got {_shown(data)}"
        )
    if not table:
        raise ValueError(f"{subject} must have at least one row, got none")
    lists = []
    for i, row in enumerate(table):
        cells = _cells(row)
        if cells is None:
            advice = f"; for one feature write [[x] for x in {subject}]"
            if isinstance(row, (str, bytes, Mapping, Set)):
                advice = ""
            raise ValueError(
                f"{subject} must be rows of numbers, got {_shown(row)} as row {i}{advice}"
            )
        lists.append(cells)
    widths = [len(cells) for cells in lists]
    usual = statistics.mode(widths)
    for i, width in enumerate(widths):
        if not width:
            raise ValueError(f"row {i} of {subject} is empty; every row needs at least one number")
        if width != usual:
            raise ValueError(
                f"row {i} of {subject} has {counted(width, 'number')}, others have {usual}; every "
                f"row needs equally many"
            )
    return [_numbers(cells, f"row {i}, column {{}} of {subject}") for i, cells in enumerate(lists)]


def number(x: Any, subject: str) -> float:
    """A finite number as a float.

    Raises TypeError for anything else (even a string that looks like a number), and ValueError for
    nan and inf.

    >>> number(3, "row 0")
    3.0
    """
    if hasattr(x, "tolist"):
        x = x.tolist()  # from here on a numpy number is one of Python's own
    if isinstance(x, str) or not (hasattr(x, "__float__") or hasattr(x, "__index__")):
        hint = f"; write float({shown(x)}) for the number" if _is_numeral(x) else ""
        raise TypeError(f"{subject} must be a number, got {_shown(x)}{hint}")
    try:
        value = float(x)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        raise ValueError(
            f"{subject} must be a finite number, got {value}; leave such rows out, or fill in a "
            f"number"
        )
    return value


def _from_pair(data: Any) -> Dataset:
    if not isinstance(data, (tuple, list)):
        raise TypeError(f"data must be a Dataset or a pair (X, y), got {_shown(data)}")
    if len(data) != 2:
        advice = "; for a list of samples (x, y) write tuple(zip(*samples))" if len(data) else ""
        raise ValueError(
            f"data must be a Dataset or a pair (X, y), got a {type(data).__name__} of "
            f"{len(data)}{advice}"
        )
    X, y = data
    names = getattr(X, "columns", ())
    return Dataset(X, y, tuple(map(str, names)) if isinstance(names, Iterable) else ())


def _targets(y: Any) -> list[Any]:
    """Targets as ints if all are, as rows of floats if any is a row, else as floats."""
    targets = _cells(y)
    if targets is None:
        raise TypeError(f"y must be a list of targets, one for each row of X, got {_shown(y)}")
    if any(_cells(target) is not None for target in targets):
        return rows(targets, "y")
    checked = [_target(target, f"target {i} of y") for i, target in enumerate(targets)]
    return (
        checked if all(isinstance(target, int) for target in checked) else list(map(float, checked))
    )


def _target(target: Any, subject: str) -> float:
    if isinstance(target, (str, bytes)):
        raise TypeError(
            f"{subject} must be a number, got {shown(target)}; for classes write indices 0, 1, 2, "
            f"... and keep the names in classes"
        )
    if hasattr(target, "tolist"):
        target = target.tolist()
    value = number(target, subject)  # an int too large for a float is refused like inf
    return operator.index(target) if hasattr(target, "__index__") else value


def _numbers(cells: list[Any], subject: str) -> list[float]:
    if {*map(type, cells)} == {float} and all(map(math.isfinite, cells)):
        return cells  # the usual case, ten times as fast as one by one
    return [number(x, subject.format(j)) for j, x in enumerate(cells)]


def _cells(x: Any) -> list[Any] | None:
    """The elements of x in a new list, or None if it has no elements in order."""
    if isinstance(x, (str, bytes, Mapping, Set)) or not hasattr(x, "__iter__"):
        return None
    cells = listed(x)
    return cells if isinstance(cells, list) else None  # an array without dimensions is one number


def _is_numeral(x: Any) -> bool:
    try:
        return isinstance(x, str) and math.isfinite(float(x))
    except ValueError:
        return False


def _shown(x: Any) -> str:
    """The object itself if it is short, else its type."""
    text = repr(x) if isinstance(x, (str, int, float, complex, type(None))) else ""
    return text if 0 < len(text) <= 40 else f"a {type(x).__name__}"
