"""Callbacks of `fit`: functions of the model and its history, called after each epoch; True stops the training."""

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
    """A callback that stops when the validation loss has not improved for `patience` epochs, and restores the best weights.

    Without validation data it goes by the training loss. The best weights are restored at the end in any case.
    Source: Prechelt, "Early stopping - but when?" (1998).

    >>> from nn import MLP, data, fit
    >>> stopper = EarlyStopping(patience=2)
    >>> history = fit(MLP([2, 2], rng=0), data.moons(20, rng=0), lr=1.0, validation=0.5, rng=0, callbacks=[stopper], progress=False)
    >>> history.stopped, stopper.best_loss == min(history.column("val_loss"))
    ('early', True)
    """

    def __init__(self, patience: int = 10, min_delta: float = 0.0) -> None:
        self.patience = size(patience, "EarlyStopping(patience)")
        self.min_delta = in_range(min_delta, "EarlyStopping(min_delta)", "at least 0 and finite")
        self.best_loss, self.best_epoch = math.inf, -1
        self._best: dict[str, float] = {}

    def __repr__(self) -> str:
        best = f", best loss {self.best_loss:.4g} in epoch {self.best_epoch}"
        seen = best if self.best_epoch >= 0 else ""
        return f"EarlyStopping(patience={self.patience}, min_delta={self.min_delta:g}{seen})"

    def __call__(self, model: Module, history: History) -> bool:
        last = history[-1]
        loss = last.loss if last.val_loss is None else last.val_loss
        if last.epoch == 0 or loss < self.best_loss - self.min_delta or math.isnan(self.best_loss):
            self.best_loss, self.best_epoch, self._best = loss, last.epoch, model.state_dict()
        return last.epoch - self.best_epoch >= self.patience

    def finish(self, model: Module) -> None:
        """Restore the best weights, and forget them: the next training has its own."""
        best, self._best = self._best, {}
        if best:
            model.load_state_dict(best)
