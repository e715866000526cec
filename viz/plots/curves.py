"""Curves: activations and their slopes, trainings by epoch, gradients by layer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from autograd import OPS, value_and_grad
from autograd.checks import as_float, shown
from autograd.op import Op
from nn.layers import ActivationName
from nn.training.history import History
from viz.plots.style import (
    SMALL,
    PlotThemeName,
    epochs_below,
    legend_above,
    log_scale,
    look,
    percent_up,
    plot_theme,
    sheet,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Function: TypeAlias = Callable[[Any], Any]
ACTIVATIONS: Final[tuple[ActivationName, ...]] = (
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "tanh",
    "sigmoid",
    "softplus",
)
POINTS = 401


def plot_activations(
    names: ActivationName | Function | Iterable[ActivationName | Function] = ACTIVATIONS,
    low: float = -4.0,
    high: float = 4.0,
    *,
    theme: PlotThemeName = "light",
) -> Figure:
    """A panel for each op of one input, or function of one Value: f, its slope f′ by backward(), and the largest |f′|.

    Slopes are blue where positive, orange where negative; nan and inf are left out, and so are extremes (three times beyond
    nine tenths of all the numbers). Raises ValueError for no or unknown names, ops of several inputs, and an empty range.

    >>> figure = plot_activations(["tanh", lambda x: x**3], low=-1, high=1)
    >>> [(panel.get_title("left"), panel.get_title("right")) for panel in figure.axes]
    [('tanh', 'max |f′| 1'), ('f', 'max |f′| 3')]
    """
    low, high = as_float(low, "plot_activations(low)"), as_float(high, "plot_activations(high)")
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"plot_activations needs low < high, both finite, got {shown(low)} and {shown(high)}")
    given = list(names) if isinstance(names, Iterable) and not isinstance(names, str) else [names]
    if not given:
        raise ValueError("plot_activations needs at least one name or function, as in plot_activations(['tanh']), got none")
    x = np.linspace(low, high, POINTS)
    curves = {i: (_title(f), *_curve_and_slope(f, x)) for i, f in enumerate(map(_function_named, given))}
    columns = min(len(curves), 4)
    n_rows, wide = -(-len(curves) // columns), columns > 2
    title, legend_height = "Activations f and their slopes f′", 0.4 if wide else 0.65
    with sheet(theme, max(3.1 * columns, 4.5), 2.5 * n_rows + 1.3, title, top=legend_height) as figure:
        panels = figure.subplots(n_rows, columns, sharex=True, sharey=True, squeeze=False).flat
        for i, panel in enumerate(panels):
            if i in curves:
                _activation(panel, x, *curves[i][1:], theme)
                panel.set_title(curves[i][0])
                panel.tick_params(labelbottom=i + columns not in curves)
                panel.set_xlabel("x" if i + columns not in curves else "")
            else:
                panel.remove()
        _leave_out_extremes(panels[0], np.concatenate([y for _, *pair in curves.values() for y in pair]))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="upper center", ncols=4 if wide else 2, borderaxespad=0.5)
    return figure


def _function_named(name: Any) -> Function:
    if isinstance(name, str) and name not in OPS:
        raise ValueError(
            f"plot_activations knows no op named {shown(name)}: give a name in autograd.OPS, such as 'tanh', or a function of one Value"
        )
    f: Function = OPS[name] if isinstance(name, str) else name
    if isinstance(f, Op) and f.arity - len(f.defaults) > 1:
        raise ValueError(
            f"plot_activations draws functions of one input, {f.name} takes {f.arity}: fix the others, as in lambda x: {f.name}(x, 2.0)"
        )
    if not callable(f):
        raise TypeError(f"plot_activations takes names of ops and functions of one Value, got {shown(f)}")
    return f


def _title(f: Function) -> str:
    name = str(getattr(f, "name", getattr(f, "__name__", "f")))
    return "f" if name == "<lambda>" else name


def _curve_and_slope(f: Function, x: Any) -> tuple[Any, Any]:
    """f and f′ at every point, f′ from a backward pass; nan where either is nan or inf."""
    both = np.array([value_and_grad(f)(x_i) for x_i in x.tolist()], float)
    both[~np.isfinite(both).all(axis=1)] = np.nan
    return both[:, 0], both[:, 1]


def _activation(panel: Any, x: Any, y: Any, slope: Any, theme: str) -> None:
    """f in the colour of text; the slope by its sign, and a mark where it is largest."""
    colours = plot_theme(theme)
    panel.plot(x, y, color=colours.text, label="f(x)")
    panel.plot(x, np.where(slope >= 0, slope, np.nan), "--", color=colours.positive, label="slope f′(x) ≥ 0")
    panel.plot(x, np.where(slope < 0, slope, np.nan), ":", color=colours.negative, label="slope f′(x) < 0")
    if np.isnan(slope).all():
        return
    largest = np.nanmax(np.abs(slope))
    tied = np.flatnonzero(np.abs(slope) >= largest * (1 - 1e-12))
    best = tied[np.abs(x[tied]).argmin()]  # of a plateau, the point nearest 0
    panel.plot(x[best], slope[best], "o", color=colours.positive if slope[best] >= 0 else colours.negative, label="largest |f′|")
    panel.set_title(f"max |f′| {largest:.3g}", loc="right", fontsize=SMALL, fontweight="normal")


def _leave_out_extremes(panel: Any, numbers: Any) -> None:
    """Poles and towers would flatten all else: the view ends at three times what nine tenths of the numbers stay below."""
    known = np.abs(numbers[np.isfinite(numbers)])
    limit = 3 * float(np.quantile(known, 0.9)) if known.size else 0.0
    if limit and known.max() > limit:
        bottom, top = panel.get_ylim()
        panel.set_ylim(max(bottom, -limit), min(top, limit))


def plot_history(history: History, *, theme: PlotThemeName = "light") -> Figure:
    """Loss, accuracy and learning rate over the epochs, of training and validation; the best validation epoch is marked.

    The loss is on a log scale if it spans more than a factor of 10, the learning rate is shown if it changed. Raises TypeError for
    what is no History, ValueError for one without epochs.

    >>> from nn import MLP, data, fit
    >>> history = fit(MLP([2, 2], rng=0), data.moons(20, rng=0), epochs=3, rng=0, progress=False)
    >>> [panel.get_ylabel() for panel in plot_history(history).axes]
    ['loss', 'accuracy']
    """
    epochs = _epochs(history, "plot_history")
    rates, panels = _column(history, "lr"), ["loss"]
    if not np.isnan(_column(history, "accuracy")).all():
        panels.append("accuracy")
    if len({*rates[~np.isnan(rates)]}) > 1:
        panels.append("learning rate")
    with sheet(theme, 2 + 4.6 * len(panels), 5, f"{' and '.join(panels)} over {len(epochs)} epochs") as figure:
        for axes, name in zip(figure.subplots(1, len(panels), squeeze=False).flat, panels):
            axes.set_ylabel(name)
            epochs_below(axes, epochs)
            if name == "learning rate":
                axes.plot(epochs, rates, **look(plot_theme(theme), 2, len(epochs)))
                log_scale(axes, "y", rates, span=10)
                continue
            _training_and_validation(axes, history, name, theme)
            if name == "accuracy":
                percent_up(axes)
            legend_above(axes)
    return figure


def _training_and_validation(axes: Any, history: History, name: str, theme: str) -> None:
    colours, epochs = plot_theme(theme), history.column("epoch")
    train, validation, judged = _column(history, name), _column(history, f"val_{name}"), _column(history, "val_loss")
    axes.plot(epochs, train, **look(colours, 0, len(epochs)), label="training")
    if name == "loss":
        log_scale(axes, "y", [*train, *validation], span=10)
    if np.isnan(judged).all():
        return
    best = int(np.nanargmin(judged))
    at = (
        f"least validation loss: {validation[best]:.3g}, epoch {epochs[best]}"
        if name == "loss"
        else f"at that epoch: {validation[best]:.1%}"
    )
    axes.plot(epochs, validation, **look(colours, 1, len(epochs)), label="validation")
    axes.axvline(epochs[best], color=colours.quiet, linewidth=1.5, linestyle=":")
    axes.plot(
        epochs[best], validation[best], "*", markersize=18, color=colours.negative, markeredgecolor=colours.text,
        label=at,
    )  # fmt: skip


def plot_gradient_flow(history: History, *, theme: PlotThemeName = "light") -> Figure:
    """What reaches each layer over the epochs: gradient norm, delta, update ratio (log scales), and shares of dead and saturated units.

    What these are, `nn.Epoch` tells; zeros are left out of log scales. Raises TypeError for what is no History, ValueError
    for one without epochs or layers.

    >>> from nn import MLP, data, fit
    >>> history = fit(MLP([2, 4, 2], rng=0), data.moons(20, rng=0), epochs=3, rng=0, progress=False)
    >>> plot_gradient_flow(history).axes[0].get_ylabel()
    'gradient norm, √Σ(∂L/∂p)²'
    """
    epochs, colours = _epochs(history, "plot_gradient_flow"), plot_theme(theme)
    names = list(dict.fromkeys(name for field in _FLOWS for of_layer in history.column(field) for name in of_layer))
    names.sort(key=lambda name: [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in name.split(".")])
    if not names:
        raise ValueError("plot_gradient_flow needs a history that tells of layers, got none: train with nn.fit, or watch with nn.Monitor")
    with sheet(theme, 14, 7.5, f"Gradients of {len(names)} layers over {len(epochs)} epochs") as figure:
        for axes, (field, label) in zip(figure.subplots(2, 3).flat, _FLOWS.items()):
            columns = {name: [of_layer.get(name, math.nan) for of_layer in history.column(field)] for name in names}
            if field in ("dead", "saturated"):
                axes.set_ylim(-0.04, 1.04)
                percent_up(axes)
            else:
                columns = {name: [x if x > 0 else math.nan for x in column] for name, column in columns.items()}
                log_scale(axes, "y", [x for column in columns.values() for x in column])
            for i, (name, column) in enumerate(columns.items()):
                axes.plot(epochs, column, **look(colours, i, len(epochs)), label=name.lstrip("_") or "the model")
            axes.set_ylabel(label)
            epochs_below(axes, epochs)
        figure.axes[-1].axis("off")
        figure.axes[-1].legend(*figure.axes[0].get_legend_handles_labels(), loc="center left", title="layer", alignment="left")
    return figure


_FLOWS = {
    "grad_norms": "gradient norm, √Σ(∂L/∂p)²",
    "deltas": "delta, RMS of ∂L/∂z",
    "update_ratios": "update ratio, |Δp| / |p|",
    "dead": "dead units",
    "saturated": "saturated outputs",
}


def _epochs(history: History, taker: str) -> list[int]:
    if not isinstance(history, History):
        raise TypeError(f"{taker} takes a History, which nn.fit returns, got {type(history).__name__}")
    if not len(history):
        raise ValueError(f"{taker} needs at least one epoch, got {shown(history)}: train first")
    return history.column("epoch")


def _column(history: History, name: str) -> Any:
    """One quantity over the epochs, nan where there was none."""
    return np.array([np.nan if x is None else x for x in history.column(name)], float)
