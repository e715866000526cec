"""How good predictions are: shares that are right, by class, and the variance explained."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from autograd import Value
from autograd.checks import shown
from nn.training.confusion import ConfusionMatrix, confusion_matrix
from nn.training.labels import checked_pair, pair_of

Average: TypeAlias = Literal["macro", "micro", "weighted"]


def accuracy(predicted: Any, targets: Any) -> float:
    """The share of predicted classes that equal their targets.

    Raises ValueError if there are not equally many of both, or none, and for targets that are not
    classes, such as a column, one-hot rows, or labels counted from 1; TypeError for outputs, which
    `decide` must turn into classes.

    >>> accuracy([0, 1, 1], [0, 1, 0])
    0.6666666666666666
    """
    predicted, targets = checked_pair(predicted, targets, "accuracy")
    return [p == y for p, y in zip(predicted, targets)].count(True) / len(targets)


def precision(predicted: Any, targets: Any, average: Average | None = None) -> Any:
    """Of the samples taken for a class, the share that is of it: tp / (tp + fp), or 0 for none.

    By class, as a dict, or averaged: "macro" over classes, "weighted" by how many targets are of
    each, "micro" over samples (the accuracy). Like scikit-learn's precision_score. Raises what
    `confusion_matrix` raises.

    >>> precision([0, 1, 1], [0, 1, 0]), precision([0, 1, 1], [0, 1, 0], "macro")
    ({0: 1.0, 1: 0.5}, 0.75)
    """
    matrix = confusion_matrix(predicted, targets)
    by_class = {c: _share(matrix.right(c), matrix.taken_for(c)) for c in matrix.labels}
    return _averaged(by_class, matrix, average, "precision")


def recall(predicted: Any, targets: Any, average: Average | None = None) -> Any:
    """Of the samples of a class, the share that is taken for it: tp / (tp + fn), or 0 for none.

    By class or averaged, as in `precision`. Like scikit-learn's recall_score.

    >>> recall([0, 1, 1], [0, 1, 0]), recall([0, 1, 1], [0, 1, 0], "weighted")
    ({0: 0.5, 1: 1.0}, 0.6666666666666666)
    """
    matrix = confusion_matrix(predicted, targets)
    by_class = {c: _share(matrix.right(c), matrix.of(c)) for c in matrix.labels}
    return _averaged(by_class, matrix, average, "recall")


def f1(predicted: Any, targets: Any, average: Average | None = None) -> Any:
    """The harmonic mean of precision and recall: 2·tp / (2·tp + fp + fn).

    By class or averaged, as in `precision`. Like scikit-learn's f1_score.
    Source: van Rijsbergen, "Information Retrieval" (1979).

    >>> f1(["cat", "dog", "dog"], ["cat", "dog", "cat"])
    {'cat': 0.6666666666666666, 'dog': 0.6666666666666666}
    """
    matrix = confusion_matrix(predicted, targets)
    by_class = {}
    for c in matrix.labels:
        by_class[c] = _share(2 * matrix.right(c), matrix.taken_for(c) + matrix.of(c))
    return _averaged(by_class, matrix, average, "f1")


def r2(predicted: Any, targets: Any) -> float:
    """The share of the targets' variance that is explained: 1 - Σ(y - p)² / Σ(y - mean y)².

    1 is perfect, 0 is as good as the mean, and it can be negative; for rows of targets it is the
    mean over their columns. Like scikit-learn's r2_score. Raises ValueError for shapes that
    differ, and for targets that are all equal, which have no variance.

    >>> r2([1.0, 2.0, 2.0], [1.0, 2.0, 3.0])
    0.5
    """
    predicted, targets = pair_of(predicted, targets)
    columns = list(zip(_columns(predicted, "prediction"), _columns(targets, "target")))
    if len(_row(predicted[0])) != len(_row(targets[0])):
        cure = "; write y.ravel()" if len(_row(targets[0])) == 1 else ""
        raise ValueError(f"r2 takes rows of the same length in predictions and targets{cure}")
    return math.fsum(_explained(p, y) for p, y in columns) / len(columns)


def _explained(predicted: Sequence[float], targets: Sequence[float]) -> float:
    mean = math.fsum(targets) / len(targets)
    total = math.fsum((y - mean) ** 2 for y in targets)
    if not total:
        raise ValueError(
            f"r2 compares with the variance of the targets, but all {len(targets)} are "
            f"{targets[0]:g}: give it targets that differ, or look at the loss"
        )
    return 1 - math.fsum((y - p) ** 2 for p, y in zip(predicted, targets)) / total


def _columns(rows: list[Any], noun: str) -> list[list[float]]:
    """The columns of rows of numbers; plain numbers are a single column."""
    table = []
    for i, row in enumerate(rows):
        cells = [_number(x, f"r2: {noun} {i}") for x in _row(row)]
        table.append(cells)
    widths = {len(cells) for cells in table}
    if len(widths) > 1:
        raise ValueError(f"r2 takes rows of the same length, got a {noun} of {min(widths)} numbers")
    return [list(column) for column in zip(*table)]


def _row(x: Any) -> list[Any]:
    return x if isinstance(x, list) else [x]


def _number(x: Any, subject: str) -> float:
    number = x.data if isinstance(x, Value) else x
    if not isinstance(number, (int, float)) or not math.isfinite(number):
        raise ValueError(f"{subject} must be a finite number, got {shown(x)}")
    return float(number)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _averaged(
    by_class: dict[int, float], matrix: ConfusionMatrix, average: Any, name: str
) -> dict[int | str, float] | float:
    if average is None:
        return {matrix.label(c): x for c, x in by_class.items()}
    if average == "macro":
        return math.fsum(by_class.values()) / len(by_class)
    if average == "weighted":
        return math.fsum(x * matrix.of(c) for c, x in by_class.items()) / matrix.total
    if average == "micro":
        return sum(matrix.right(c) for c in by_class) / matrix.total
    raise ValueError(
        f"{name}(average) must be 'macro', 'micro', 'weighted' or None for each class, "
        f"got {shown(average)}"
    )
