"""What a cell can show of a training while it runs: points, a curve and a map, as plain data."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from nn import History, Module, decide, predict
from nn.data import as_dataset
from viz.graph.export import plain_number

REACH: Final = 2.5
"""How far the page's data plane extends from its centre."""

FINE: Final = 16
"""The number of points along one side of a map."""

PAUSE: Final = 0.25
"""Seconds between two maps: each takes the page about a tenth of that."""

MOST_FRAMES: Final = 1000
"""How many epochs the page keeps."""


def ignored(told: dict[str, Any]) -> None:
    """The listener when nobody is listening."""


class Show:
    """Shows a training on the page: a callback for `fit`, or a function for a loop of your own.

    `show(model, history)` adds an epoch to the curve and the timeline and, if the model takes two
    inputs, its map to the data plane; a list of losses will do for a history.
    `show.points(train, test)` puts data points there, with up to two features each.

    >>> told = []
    >>> Show(told.append)(None, [0.7, 0.5])
    >>> told
    [{'epoch': 2, 'loss': 0.5}]
    """

    def __init__(self, hear: Callable[[dict[str, Any]], None] = ignored) -> None:
        self.hear = hear
        self._shown = 0
        self._last_map = -PAUSE

    def points(self, train: Any, test: Any = None) -> None:
        """Put points on the data plane; test data are hollow."""
        told = {"points": _points(train)}
        self.hear(told if test is None else {**told, "test": _points(test)})

    def __call__(self, model: Any, history: Any) -> None:
        self._shown += 1
        if self._shown > MOST_FRAMES:
            return
        told = _epoch(history)
        if time.monotonic() - self._last_map >= PAUSE:
            told |= map_of(model)
            self._last_map = time.monotonic()
        self.hear(told)

    def finish(self, model: Any) -> None:
        """Show the map of a model that `fit` has trained."""
        self.hear(map_of(model))


def _points(data: Any) -> dict[str, Any]:
    given = as_dataset(data)
    return {"x": [row[:2] for row in given.X], "y": given.y}


def _epoch(history: Any) -> dict[str, Any]:
    """The number, losses and accuracies of the last epoch."""
    if not isinstance(history, History):
        return {"epoch": len(history), "loss": plain_number(float(history[-1]))}
    last = history[-1]
    told = {
        "loss": last.loss, "accuracy": last.accuracy, "test_loss": last.val_loss,
        "test_accuracy": last.val_accuracy,
    }  # fmt: skip
    known = {name: plain_number(x) for name, x in told.items() if x is not None}
    return {"epoch": len(history), **known}


def map_of(model: Any) -> dict[str, Any]:
    """The output of a model over the plane, or its classes if there are several outputs.

    Empty for a model that does not take exactly two inputs.

    >>> from nn import MLP
    >>> map_of(MLP([2, 1], init="zeros"))["map"][0][:3], map_of(MLP([3, 1]))
    ([0.0, 0.0, 0.0], {})
    """
    if not isinstance(model, Module) or getattr(model, "n_inputs", None) != 2:
        return {}
    steps = [REACH * (2 * i / (FINE - 1) - 1) for i in range(FINE)]
    rows = []
    for x2 in steps:
        rows.append(predict(model, [[x1, x2] for x1 in steps]))
    if not isinstance(rows[0][0], list):
        return {"map": [list(map(plain_number, row)) for row in rows]}
    return {"classes": [decide(row, "cross_entropy") for row in rows]}
