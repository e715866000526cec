"""Predicted classes and targets, checked alike: a label that is not a class is an error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from autograd import Value
from autograd.checks import shown
from nn.arguments import has_axis, listed
from nn.data import Dataset

MANY: Final = 20
"""With at least this many samples, a majority that is off by one is no accident."""


def pair_of(predicted: Any, targets: Any) -> tuple[list[Any], list[Any]]:
    """Predictions and targets as lists; raises ValueError if their lengths differ or are 0.

    If the predictions are strings, the targets of a Dataset are the names of its classes.
    """
    names: Sequence[str] = ()
    if isinstance(targets, Dataset):
        names, targets = targets.classes, targets.y
    if not has_axis(targets) or not has_axis(predicted):
        raise TypeError(
            f"predictions and targets must be two rows, got {shown(predicted)} and {shown(targets)}"
        )
    predicted, targets = list(listed(predicted)), list(listed(targets))
    if len(predicted) != len(targets) or not targets:
        raise ValueError(
            f"there must be a prediction for each target, and at least one, "
            f"got {len(predicted)} and {len(targets)}"
        )
    if names and all(isinstance(p, str) for p in predicted):
        targets = [names[y] for y in targets]
    return predicted, targets


def checked_pair(predicted: Any, targets: Any, taker: str) -> tuple[list[Any], list[Any]]:
    """Classes on both sides: whole numbers as ints, strings, or rows of equally many ints."""
    predicted, targets = pair_of(predicted, targets)
    if {*map(type, predicted), *map(type, targets)} != {int}:
        predicted = [_prediction(p, taker, has_axis(targets[0])) for p in predicted]
        if len({isinstance(p, str) for p in predicted}) > 1:
            raise TypeError(f"{taker} takes names or indices of classes, got both as predictions")
        targets = [_target(y, predicted[0], taker) for y in targets]
    refuse_off_by_one(predicted, targets, taker)
    return predicted, targets


def _prediction(p: Any, taker: str, rows: bool) -> Any:
    if rows and isinstance(p, (list, tuple)):
        return [_prediction(part, taker, False) for part in p]
    index = whole(p)
    if index is not None or isinstance(p, str):
        return p if index is None else index
    raise TypeError(
        f"{taker} takes classes, got the output {shown(p)}: write "
        f"{taker}(decide(predict(model, X), 'cross_entropy'), y), with the loss it was trained with"
    )


def _target(y: Any, like: Any, taker: str) -> Any:
    """A target of the predictions' kind; raises ValueError, saying what to write instead."""
    if isinstance(like, list) and isinstance(y, (list, tuple)) and len(y) == len(like):
        return [_target(part, like[0], taker) for part in y]
    index = whole(y)
    if isinstance(like, str) and isinstance(y, str):
        return y
    if isinstance(like, int) and index is not None:
        return index
    cure = "write the index of a class, 0, 1, 2, ..., for each sample"
    if has_axis(y) and len(y) == 1:
        cure = "flatten them, as in y.ravel()"
    elif has_axis(y):
        cure = "write y.argmax(axis=1) for one-hot rows"
    elif isinstance(y, str) and y.strip().lstrip("-").isdigit():
        cure = "write int(y) for a number in a string"
    elif isinstance(y, float) and y == y:
        cure = "write int(y > 0.5) for probabilities"
    raise ValueError(
        f"{taker} takes classes as targets, like the predictions, got {shown(y)}: {cure}"
    )


def whole(x: Any) -> int | None:
    """The class as an int, from an int, a bool or a whole float."""
    if hasattr(x, "item") and not isinstance(x, Value):  # a number of numpy
        x = x.item()
    if isinstance(x, float):
        return int(x) if x.is_integer() else None
    return int(x) if hasattr(x, "__index__") and not isinstance(x, Value) else None


def refuse_off_by_one(predicted: list[Any], targets: list[Any], taker: str) -> None:
    """Raise ValueError for labels counted from 1 with predictions counted from 0."""
    if not isinstance(targets[0], int):
        return
    labels = {*targets}
    if len(labels) < 3 or min(labels) != 1 or 0 not in predicted:
        return
    n, shifted = len(targets), sum(p + 1 == y for p, y in zip(predicted, targets))
    if shifted == n or (n >= MANY and shifted > n / 2):  # as no classifier of these labels does
        raise ValueError(
            f"{taker}: the targets are 1 to {max(labels)}, and {shifted} of {len(targets)} "
            f"predictions are one lower: classes are counted from 0, so write y - 1"
        )
