"""Callbacks of `fit`: functions of the model and its history, called after each epoch.

Training stops when one of them returns True. If a callback has a method `start` or `finish`, that
is called with the model before the first epoch or after the last.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from autograd.checks import in_range
from nn.arguments import size
from nn.module import Module
from nn.training.history import History

Callback: TypeAlias = "Callable[[Module, History], bool | None]"


class EarlyStopping:
    """Stops when the validation loss has not improved for `patience` epochs.

    The best weights are restored at the end in any case. Without validation data it goes by the
    training loss, which is measured during the epoch; it then restores the weights with which the
    best epoch began, since a step that made things worse comes after its loss.
    Source: Prechelt, "Early stopping - but when?" (1998).

    >>> from nn import MLP, data, fit
    >>> stopper = EarlyStopping(patience=2)
    >>> settings = dict(lr=1.0, validation=0.5, rng=0, callbacks=[stopper], progress=False)
    >>> history = fit(MLP([2, 2], rng=0), data.moons(20, rng=0), **settings)
    >>> history.stopped, stopper.best_loss == min(history.column("val_loss"))
    ('early', True)
    """

    def __init__(self, patience: int = 10, min_delta: float = 0.0) -> None:
        self.patience = size(patience, "EarlyStopping(patience)")
        wanted = "at least 0 and finite"
        self.min_delta = in_range(min_delta, "EarlyStopping(min_delta)", wanted)
        self.best_loss, self.best_epoch = math.inf, -1
        self._best: dict[str, float] = {}
        self._before: dict[str, float] = {}  # the weights before this epoch

    def __repr__(self) -> str:
        best = f", best loss {self.best_loss:.4g} in epoch {self.best_epoch}"
        seen = best if self.best_epoch >= 0 else ""
        return f"EarlyStopping(patience={self.patience}, min_delta={self.min_delta:g}{seen})"

    def start(self, model: Module) -> None:
        """Remember the weights at the start."""
        self._before = model.state_dict()

    def __call__(self, model: Module, history: History) -> bool:
        last, now = history[-1], model.state_dict()
        measured = (last.loss, self._before or now)
        if last.val_loss is not None:
            measured = (last.val_loss, now)
        loss, weights = measured
        is_first = last.epoch == 0 or math.isnan(self.best_loss)
        if is_first or loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self._best = loss, last.epoch, weights
        self._before = now
        return last.epoch - self.best_epoch >= self.patience

    def finish(self, model: Module) -> None:
        """Restore the best weights, and forget them: the next training has its own."""
        best, self._best, self._before = self._best, {}, {}
        if best:
            model.load_state_dict(best)
