"""The same training at several learning rates, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from autograd.checks import as_float, shown
from nn.module import Module
from nn.training.history import History
from nn.training.loop import FitOptions, TrainingError, fit
from viz.plots.style import PlotThemeName, epochs_below, log_scale, look, plot_theme, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from typing_extensions import Unpack


LOST = 30.0
"""A run whose loss is so many times that at the start is lost."""


def plot_learning_rates(
    make_model: Callable[[], Module],
    data: Any,
    rates: Iterable[float],
    *,
    theme: PlotThemeName = "light",
    **settings: Unpack[FitOptions],
) -> Figure:
    """Train a new model at each learning rate: the losses over the epochs, and the last against the rate, on log scales.

    `settings` are those of `nn.fit`, with rng=0, so that all see the same batches, and no bar unless told otherwise. A run that
    diverged ends in a cross. Raises ValueError for rates that are not positive, and a make_model that gives the same model twice.

    >>> from nn import MLP, data
    >>> figure = plot_learning_rates(lambda: MLP([2, 2], rng=0), data.xor(), [0.01, 0.1], epochs=2)
    >>> [panel.get_xlabel() for panel in figure.axes]
    ['epoch', 'learning rate']
    """
    if "lr" in settings:
        raise TypeError(f"plot_learning_rates takes the learning rates as rates, got lr={shown(settings['lr'])} as well: leave it out")
    if not isinstance(rates, Iterable) or isinstance(rates, str):
        raise TypeError(f"plot_learning_rates takes a list of learning rates, such as [0.001, 0.01, 0.1], got {shown(rates)}")
    tried = sorted({as_float(rate, "plot_learning_rates(rates)") for rate in rates})
    if not tried or not all(0 < rate < math.inf for rate in tried):
        raise ValueError(f"plot_learning_rates needs positive and finite rates, such as [0.001, 0.01, 0.1], got {shown(tried)}")
    chosen: FitOptions = {"rng": 0, "progress": False, **settings}
    if not callable(make_model):
        raise TypeError(f"plot_learning_rates needs a function that makes a new Module, as in lambda: MLP([2, 8, 2]), got {shown(make_model)}")
    models = [None if isinstance(make_model, Module) else make_model() for _ in tried]
    if len({*map(id, models)}) < len(models) or not all(isinstance(model, Module) for model in models):
        raise TypeError(
            f"plot_learning_rates needs a function that makes a new Module at each call, as in lambda: MLP([2, 8, 2], rng=0), "
            f"got {shown(make_model)}"
        )
    runs = [_run(model, data, rate, chosen) for model, rate in zip(models, tried)]
    with sheet(theme, 13, 5.5, f"Losses at {len(tried)} learning rates") as figure:
        curves, ends = figure.subplots(1, 2)
        for i, (rate, run) in enumerate(zip(tried, runs)):
            looks = look(plot_theme(theme), i, len(run))
            curves.plot(run.column("epoch"), run.column("loss"), **looks, label=f"{rate:g}")
            if run.stopped != "diverged":
                ends.plot(rate, run[-1].loss, color=looks["color"], marker=looks["marker"], linestyle="", markersize=11)
        _view_of_losses(curves, runs)
        log_scale(ends, "y", [run[-1].loss for run in runs if run.stopped != "diverged"])
        log_scale(ends, "x", tried)
        _crosses(curves, ends, tried, runs, plot_theme(theme).wrong)
        epochs_below(curves, range(max(map(len, runs))))
        curves.set_ylabel("training loss")
        ends.set(xlabel="learning rate", ylabel="final training loss")
        ends.legend(
            *curves.get_legend_handles_labels(), loc="upper left", bbox_to_anchor=(1.03, 1), title="learning rate", alignment="left"
        )
    return figure


def _run(model: Module, data: Any, rate: float, settings: FitOptions) -> History:
    chosen: FitOptions = {**settings, "lr": rate}
    try:
        history = fit(model, data, **chosen)
    except TrainingError as error:
        return error.history
    if history.stopped == "interrupted":
        raise KeyboardInterrupt  # one Ctrl-C ends all the runs, not one of them
    return history


def _view_of_losses(curves: Any, runs: list[History]) -> None:
    """A view without the towers of runs that are being lost; log scale if what is left spans more than a factor of 10."""
    known = [x for run in runs for x in run.column("loss")]
    first = next((run[0].loss for run in runs if len(run)), 0.0)  # at the smallest rate: hardly anything is learned yet
    shown = [x for x in known if x <= LOST * first]
    log_scale(curves, "y", shown, span=10)
    if shown and len(shown) < len(known):
        low, high = min(shown), max(shown)
        curves.set_ylim(low / 1.5 if low > 0 else low - 0.1 * (high - low), 1.5 * high)


def _crosses(curves: Any, ends: Any, rates: list[float], runs: list[History], colour: str) -> None:
    """On the upper edge of both panels, where runs diverged: their loss has no number."""
    lost = [(len(run) - 1, rate) for rate, run in zip(rates, runs) if run.stopped == "diverged"]
    places: list[tuple[Any, list[float]]] = [(curves, [epoch for epoch, _ in lost if epoch >= 0]), (ends, [rate for _, rate in lost])]
    for axes, x in places if lost else ():
        edge = axes.get_xaxis_transform()  # y is a share of the panel's height
        axes.plot(x, [0.96] * len(x), "x", color=colour, markersize=13, markeredgewidth=3, transform=edge, label="diverged")
    if len(lost) == len(runs):
        ends.set_yticks([])
