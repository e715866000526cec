"""The same training at several learning rates, side by side."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from autograd.checks import as_float, shown
from nn.module import Module
from nn.training.history import History
from nn.training.loop import FitOptions, fit
from nn.training.stepper import TrainingError
from viz.plots.style import PlotThemeName, epochs_below, log_scale, look, panels, plot_theme
from viz.style import minus

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from typing_extensions import Unpack


LOST = 30.0
"""A run whose loss grows to this many times its start is lost."""


def plot_learning_rates(
    make_model: Callable[[], Module],
    data: Any,
    rates: Iterable[float],
    *,
    theme: PlotThemeName = "light",
    ax: Any = None,
    **settings: Unpack[FitOptions],
) -> Figure:
    """Train a new model at each learning rate; plot the losses over the epochs, and by the rate.

    `settings` are those of `nn.fit`; by default, rng=0, so that all runs see the same batches, and
    there is no progress bar. A run that diverges ends in a cross. Raises ValueError for rates that
    are not positive, and TypeError if make_model returns the same model twice.

    >>> from nn import MLP, data
    >>> figure = plot_learning_rates(lambda: MLP([2, 2]), data.xor(), [0.01, 0.1], epochs=2)
    >>> [panel.get_xlabel() for panel in figure.axes]
    ['epoch', 'learning rate']
    """
    if "lr" in settings:
        remedy = f"got lr={shown(settings['lr'])} as well: leave it out"
        raise TypeError(f"plot_learning_rates takes the learning rates as rates, {remedy}")
    tried = _tried(rates)
    chosen: FitOptions = {"rng": 0, "progress": False, **settings}
    models = _models(make_model, len(tried))
    runs = [_run(model, data, rate, chosen) for model, rate in zip(models, tried)]
    title = f"Losses at {len(tried)} learning rates"
    with panels(ax, theme, (13, 5.5), title, columns=2) as (figure, places):
        _losses(places[0], tried, runs, theme)
        if len(places) > 1:
            _final_losses(places[1], tried, runs, theme)
        if ax is None:
            named = places[0].get_legend_handles_labels()
            beside = {"loc": "upper left", "bbox_to_anchor": (1.03, 1), "alignment": "left"}
            places[1].legend(*named, title="learning rate", **beside)
        else:
            places[0].legend(title="learning rate")
    return figure


def _tried(rates: Iterable[float]) -> list[float]:
    """The rates in their order; ValueError for rates that are not positive."""
    such = "such as [0.001, 0.01, 0.1]"
    if not isinstance(rates, Iterable) or isinstance(rates, str):
        wanted = f"a list of learning rates, {such}"
        raise TypeError(f"plot_learning_rates takes {wanted}, got {shown(rates)}")
    tried = sorted({as_float(rate, "plot_learning_rates(rates)") for rate in rates})
    if not tried or not all(0 < rate < math.inf for rate in tried):
        wanted = f"positive and finite rates, {such}"
        raise ValueError(f"plot_learning_rates needs {wanted}, got {shown(tried)}")
    return tried


def _models(make_model: Callable[[], Module], count: int) -> list[Module]:
    """A model for each rate; TypeError unless each is a new Module."""
    if not callable(make_model):
        wanted = "a function that makes a new Module, as in lambda: MLP([2, 8, 2])"
        raise TypeError(f"plot_learning_rates needs {wanted}, got {shown(make_model)}")
    # A Module is callable too: since it is the same Module at each rate, it is refused below.
    models = [None if isinstance(make_model, Module) else make_model() for _ in range(count)]
    if len({*map(id, models)}) < count or not all(isinstance(x, Module) for x in models):
        raise TypeError(
            f"plot_learning_rates needs a function that makes a new Module at each call, "
            f"as in lambda: MLP([2, 8, 2], rng=0), got {shown(make_model)}"
        )
    return [model for model in models if model is not None]


def _run(model: Module, data: Any, rate: float, settings: FitOptions) -> History:
    chosen: FitOptions = {**settings, "lr": rate}
    try:
        history = fit(model, data, **chosen)
    except TrainingError as error:
        return error.history
    if history.stopped == "interrupted":
        raise KeyboardInterrupt  # one Ctrl-C ends all the runs, not just one of them
    return history


def _losses(axes: Any, rates: list[float], runs: list[History], theme: str) -> None:
    """The loss of each run over its epochs, and a cross where one diverged."""
    for i, (rate, run) in enumerate(zip(rates, runs)):
        looks = look(plot_theme(theme), i, len(run))
        axes.plot(run.column("epoch"), run.column("loss"), **looks, label=minus(f"{rate:g}"))
    _view_of_losses(axes, runs)
    for i, run in enumerate(runs):
        _arrow_off_the_top(axes, run, look(plot_theme(theme), i, len(run))["color"])
    lost = [run for run in runs if run.stopped == "diverged"]
    if lost:
        _crosses(axes, [len(run) - 1 for run in lost if len(run)], theme)
    epochs_below(axes, range(max(map(len, runs))))
    axes.set_ylabel("training loss")


def _final_losses(axes: Any, rates: list[float], runs: list[History], theme: str) -> None:
    """The last loss of each run by its rate, and a cross for one that diverged."""
    kept = [(rate, run) for rate, run in zip(rates, runs) if run.stopped != "diverged"]
    for i, (rate, run) in enumerate(zip(rates, runs)):
        if run.stopped != "diverged":
            looks = look(plot_theme(theme), i, len(run)) | {"linestyle": "", "markersize": 11}
            axes.plot(rate, run[-1].loss, **looks)
    log_scale(axes, "y", [run[-1].loss for _, run in kept])
    log_scale(axes, "x", rates)
    if len(kept) < len(runs):
        _crosses(axes, [rate for rate in rates if rate not in dict(kept)], theme)
    if not kept:
        axes.set_yticks([])
    axes.set(xlabel="learning rate", ylabel="final training loss")


def _view_of_losses(curves: Any, runs: list[History]) -> None:
    """A view without the spikes of runs that are being lost.

    It has a log scale if the rest spans more than a factor of 10.
    """
    known = list(chain.from_iterable(run.column("loss") for run in runs))
    # The first loss at the smallest rate, when hardly anything has been learned yet.
    first = next((run[0].loss for run in runs if len(run)), 0.0)
    seen = [x for x in known if x <= LOST * first]
    log_scale(curves, "y", seen, span=10)
    if seen and len(seen) < len(known):
        low, high = min(seen), max(seen)
        bottom = low / 1.5 if low > 0 else low - 0.1 * (high - low)
        curves.set_ylim(bottom, 1.5 * high)


def _arrow_off_the_top(axes: Any, run: History, colour: str) -> None:
    """An arrow where a run leaves the view, for good or for a while: it does not end there."""
    top = axes.get_ylim()[1]
    above = [epoch for epoch, loss in zip(run.column("epoch"), run.column("loss")) if loss > top]
    if not above:
        return
    edge = axes.get_xaxis_transform()  # y is a share of the panel's height
    shape = {"arrowstyle": "-|>", "color": colour, "linewidth": 2.5, "mutation_scale": 22}
    ends = {"xy": (above[0], 1.0), "xytext": (above[0], 0.85)}
    axes.annotate("", **ends, xycoords=edge, textcoords=edge, arrowprops=shape)


def _crosses(axes: Any, places: list[float], theme: str) -> None:
    """Crosses at the upper edge of a panel, where runs diverged: their loss has no number."""
    edge = axes.get_xaxis_transform()  # y is a share of the panel's height
    cross = {"color": plot_theme(theme).wrong, "markersize": 13, "markeredgewidth": 3}
    axes.plot(places, [0.96] * len(places), "x", transform=edge, label="diverged", **cross)
