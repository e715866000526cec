"""The progress bar of `fit`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from nn.training.history import History

Show: TypeAlias = "Callable[[bool, History], None]"


@contextmanager
def bar(progress: bool, total: int | None) -> Iterator[Show]:
    """A tqdm progress bar, with a function that moves it on by a step; nothing without `progress`.

    If standard error is missing, closed or full, the bar is lost, and the training goes on.
    """
    if not progress or sys.stderr is None:  # None: pythonw, or a shell's 2>&-
        yield lambda ends_epoch, history: None
        return
    from tqdm.auto import tqdm

    # The delay keeps tqdm from writing on creation: half a bar cannot be ended quietly.
    shown = tqdm(total=total, unit="step", delay=1e-9)

    def show(ends_epoch: bool, history: History) -> None:
        if not shown.disable:
            with _lost_bar(shown):
                _move(shown, ends_epoch, history)

    with _lost_bar(shown):
        shown.refresh()
    try:
        yield show
    finally:
        with _lost_bar(shown):
            shown.close()


@contextmanager
def _lost_bar(shown: Any) -> Iterator[None]:
    """Switches the bar off for good if its stream accepts no more."""
    try:
        yield
    except OSError:
        shown.disable = True


def _move(shown: Any, ends_epoch: bool, history: History) -> None:
    engine = history.engine
    if shown.n == 0 and engine and engine.kind == "scalars" and engine.reason:
        shown.write(f"fit computes with {engine}", file=sys.stderr)
    if ends_epoch:
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        known = {name: getattr(history[-1], name) for name in names}
        numbers = {name: f"{x:.4g}" for name, x in known.items() if x is not None}
        shown.set_postfix(numbers, refresh=False)
    shown.update()
