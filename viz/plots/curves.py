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
    LINES,
    SMALL,
    PlotTheme,
    PlotThemeName,
    epochs_below,
    legend_above,
    literal,
    log_scale,
    look,
    panels,
    percent,
    percent_up,
    plot_theme,
    split_look,
)
from viz.style import minus

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
    ax: Any = None,
) -> Figure:
    """A panel for each op of one input, or function of one Value, with f and its slope f′.

    Slopes come from backward(): blue above 0, orange, dashed and hatched below, with a mark at the
    largest |f′|. Each panel has its own y axis. nan, inf, and values above three times the 90th
    percentile are left out.

    Raises ValueError for missing or unknown names, ops with several inputs, an empty range, and
    fewer Axes than functions.

    >>> figure = plot_activations(["tanh", lambda x: x**3], low=-1, high=1)
    >>> [(panel.get_title("left"), panel.get_title("right")) for panel in figure.axes]
    [('tanh', 'max |f′| = 1'), ('f', 'max |f′| = 3')]
    """
    low = as_float(low, "plot_activations(low)")
    high = as_float(high, "plot_activations(high)")
    if not -math.inf < low < high < math.inf:
        ends = f"{shown(low)} and {shown(high)}"
        raise ValueError(f"plot_activations needs low < high, both finite, got {ends}")
    several = isinstance(names, Iterable) and not isinstance(names, str)
    given = list(names) if several else [names]  # type: ignore[arg-type]
    if not given:
        remedy = "as in plot_activations(['tanh'])"
        raise ValueError(
            f"plot_activations needs at least one name or function, {remedy}, got none"
        )
    x = np.linspace(low, high, POINTS)
    functions = [_function_named(name) for name in given]
    curves = [_curve_and_slope(f, x) for f in functions]
    columns = min(len(curves), 4)
    rows, wide = -(-len(curves) // columns), columns > 2
    size = (max(3.1 * columns, 4.5), 2.5 * rows + 1.3)
    title, room = "Activations f and their slopes f′", 0.4 if wide else 0.65
    with panels(ax, theme, size, title, rows, columns, room, len(curves)) as (figure, places):
        if len(places) < len(curves):
            wanted = f"an Axes for each of its {len(curves)} functions"
            raise ValueError(f"plot_activations(ax) needs {wanted}, got {len(places)}")
        for i, (f, (y, slope)) in enumerate(zip(functions, curves)):
            lowest = ax is not None or i + columns >= len(curves)
            _activation(places[i], x, y, slope, plot_theme(theme))
            _leave_out_extremes(places[i], np.concatenate([y, slope]))
            places[i].set_title(literal(_title(f)), loc="left")
            places[i].tick_params(labelbottom=lowest)
            places[i].set_xlabel("x" if lowest else "")
        if ax is None:
            for empty in places[len(curves) :]:
                empty.remove()
            named = places[0].get_legend_handles_labels()
            count = 4 if wide else 2
            figure.legend(*named, loc="upper center", ncols=count, borderaxespad=0.5)
        else:
            places[0].legend()
    return figure


def _function_named(name: Any) -> Function:
    if isinstance(name, str) and name not in OPS:
        remedy = "give a name in autograd.OPS, such as 'tanh', or a function of one Value"
        raise ValueError(f"plot_activations knows no op named {shown(name)}: {remedy}")
    f: Function = OPS[name] if isinstance(name, str) else name
    if isinstance(f, Op) and f.arity - len(f.defaults) > 1:
        remedy = f"fix the others, as in lambda x: {f.name}(x, 2.0)"
        takes = f"{f.name} takes {f.arity}"
        raise ValueError(f"plot_activations draws functions of one input, {takes}: {remedy}")
    if not callable(f):
        kinds = "names of ops and functions of one Value"
        raise TypeError(f"plot_activations takes {kinds}, got {shown(f)}")
    return f


def _title(f: Function) -> str:
    name = str(getattr(f, "name", getattr(f, "__name__", "f")))
    return "f" if name == "<lambda>" else name


def _curve_and_slope(f: Function, x: Any) -> tuple[Any, Any]:
    """f and f′ at every point, f′ from a backward pass; nan where either is nan or inf."""
    both = np.array([value_and_grad(f)(x_i) for x_i in x.tolist()], float)
    both[~np.isfinite(both).all(axis=1)] = np.nan
    return both[:, 0], both[:, 1]


def _activation(panel: Any, x: Any, y: Any, slope: Any, colours: PlotTheme) -> None:
    """f in the colour of text, the slope coloured by its sign, and a mark where it is largest."""
    whole, slope_at = x, slope
    x, slope = _with_gaps(x, slope)
    up, down = np.where(slope >= 0, slope, np.nan), np.where(slope < 0, slope, np.nan)
    below = {"hatch": "////", "edgecolor": colours.negative, "linewidth": 0}
    panel.fill_between(x, up, color=colours.positive_fill, linewidth=0)
    panel.fill_between(x, down, facecolor=colours.negative_fill, **below)
    panel.plot(whole, y, color=colours.text, linewidth=3, label="f(x)")
    panel.plot(x, up, LINES[0], color=colours.positive, linewidth=2, label="slope f′(x) ≥ 0")
    panel.plot(x, down, LINES[1], color=colours.negative, linewidth=2, label="slope f′(x) < 0")
    x, slope = whole, slope_at
    if np.isnan(slope).all():
        return
    largest = np.nanmax(np.abs(slope))
    tied = np.flatnonzero(np.abs(slope) >= largest * (1 - 1e-12))
    best = tied[np.abs(x[tied]).argmin()]  # of a plateau, the point nearest 0
    colour = colours.positive if slope[best] >= 0 else colours.negative
    panel.plot(x[best], slope[best], "o", color=colour, label="largest |f′|")
    said = minus(f"max |f′| = {largest:.3g}")
    panel.set_title(said, loc="right", fontsize=SMALL, fontweight="normal")


JUMP = 0.1
"""A step of more than this share of the range, with hardly any change around it, is a jump."""


def _with_gaps(x: Any, slope: Any) -> tuple[Any, Any]:
    """The points of a slope with a gap where it jumps, as the slope of relu does at 0."""
    steps = np.abs(np.diff(slope))
    around = np.fmax(np.append(steps[1:], 0.0), np.append(0.0, steps[:-1]))
    reach = np.nanmax(slope, initial=0.0) - np.nanmin(slope, initial=0.0)
    jumps = np.flatnonzero((steps > JUMP * reach) & (steps > 10 * around)) + 1
    return np.insert(x, jumps, x[jumps]), np.insert(slope, jumps, np.nan)


def _leave_out_extremes(panel: Any, numbers: Any) -> None:
    """End the view at three times the bound below which nine tenths of the numbers lie.

    Poles and spikes would flatten everything else.
    """
    known = np.abs(numbers[np.isfinite(numbers)])
    limit = 3 * float(np.quantile(known, 0.9)) if known.size else 0.0
    if limit and known.max() > limit:
        bottom, top = panel.get_ylim()
        panel.set_ylim(max(bottom, -limit), min(top, limit))


def plot_history(history: History, *, theme: PlotThemeName = "light", ax: Any = None) -> Figure:
    """Loss, accuracy and learning rate over the epochs, for training and validation.

    The best validation epoch is marked. The loss is on a log scale if it spans more than a factor
    of 10; the learning rate is shown if it changed. Raises TypeError for anything but a History,
    and ValueError for one without epochs.

    >>> from nn import MLP, data, fit
    >>> history = fit(MLP([2, 2], rng=0), data.moons(20, rng=0), epochs=3, rng=0, progress=False)
    >>> [panel.get_ylabel() for panel in plot_history(history).axes]
    ['loss', 'accuracy']
    """
    epochs = _epochs(history, "plot_history")
    rates, names = _column(history, "lr"), ["loss"]
    if not np.isnan(_column(history, "accuracy")).all():
        names.append("accuracy")
    if len({*rates[~np.isnan(rates)]}) > 1:
        names.append("learning rate")
    size, title = (2 + 4.6 * len(names), 5), f"{' and '.join(names)} over {len(epochs)} epochs"
    with panels(ax, theme, size, title, columns=len(names)) as (figure, places):
        for axes, name in zip(places, names):
            axes.set_ylabel(name)
            epochs_below(axes, epochs)
            if name == "learning rate":
                axes.plot(epochs, rates, **split_look(plot_theme(theme), False, len(epochs)))
                log_scale(axes, "y", rates, span=10)
                continue
            _training_and_validation(axes, history, name, plot_theme(theme))
            if name == "accuracy":
                percent_up(axes)
            handles, labels = axes.get_legend_handles_labels()
            # The panel of the loss says which line is which.
            start = 0 if name == "loss" else labels.index("training") + 1
            if "validation" in labels and start:
                start = labels.index("validation") + 1
            if not labels[start:]:
                continue
            if ax is None:
                legend_above(axes, handles[start:], labels[start:])
            else:
                axes.legend(handles[start:], labels[start:])
    return figure


def _training_and_validation(axes: Any, history: History, name: str, colours: PlotTheme) -> None:
    """One quantity for both, with a star where the validation loss is least."""
    epochs = history.column("epoch")
    train, validation = _column(history, name), _column(history, f"val_{name}")
    judged = _column(history, "val_loss")
    axes.plot(epochs, train, **split_look(colours, False, len(epochs)), label="training")
    if name == "loss":
        log_scale(axes, "y", [*train, *validation], span=10)
    if np.isnan(judged).all():
        return
    best = int(np.nanargmin(judged))
    at = f"at that epoch: {percent(validation[best])}"
    if name == "loss":
        at = minus(f"least validation loss: {validation[best]:.3g}, epoch {epochs[best]}")
    axes.plot(epochs, validation, **split_look(colours, True, len(epochs)), label="validation")
    axes.axvline(epochs[best], color=colours.quiet, linewidth=1.5, linestyle=":")
    star = {"markersize": 18, "color": colours.validation, "markeredgecolor": colours.text}
    axes.plot(epochs[best], validation[best], "*", label=at, **star)


def plot_gradient_flow(
    history: History, *, theme: PlotThemeName = "light", ax: Any = None
) -> Figure:
    """What reaches each layer over the epochs: gradient norm, delta, update ratio (log scales).

    Two more panels show the shares of dead units and of saturated outputs; `nn.Epoch` says what
    these are. Zeros are left out of log scales. Raises TypeError for anything but a History,
    and ValueError for one without epochs or layers.

    >>> from nn import MLP, data, fit
    >>> samples = data.moons(20, rng=0)
    >>> history = fit(MLP([2, 4, 2], rng=0), samples, epochs=3, rng=0, progress=False)
    >>> plot_gradient_flow(history).axes[0].get_ylabel()
    'gradient norm, √Σ(∂L/∂p)²'
    """
    epochs, colours = _epochs(history, "plot_gradient_flow"), plot_theme(theme)
    layers = _layers(history)
    if not layers:
        remedy = "train with nn.fit, or watch with nn.Monitor"
        raise ValueError(f"plot_gradient_flow needs a history of layers, got none: {remedy}")
    title = f"Gradients of {len(layers)} layers over {len(epochs)} epochs"
    with panels(ax, theme, (14, 7.5), title, 2, 3, needed=len(_FLOWS)) as (figure, places):
        for axes, (field, label) in zip(places, _FLOWS.items()):
            columns = _columns(history, field, layers)
            if field in ("dead", "saturated"):
                axes.set_ylim(-0.04, 1.04)
                percent_up(axes)
            else:
                columns = {layer: np.where(y > 0, y, np.nan) for layer, y in columns.items()}
                log_scale(axes, "y", np.concatenate([*columns.values()]))
            for i, (layer, y) in enumerate(columns.items()):
                named = literal(layer.lstrip("_") or "the model")
                axes.plot(epochs, y, **look(colours, i, len(epochs)), label=named)
            axes.set_ylabel(label)
            epochs_below(axes, epochs)
        if ax is None:
            places[-1].axis("off")
            named = places[0].get_legend_handles_labels()
            places[-1].legend(*named, loc="center left", title="layer", alignment="left")
        else:
            places[0].legend(title="layer")
    return figure


_FLOWS = {
    "grad_norms": "gradient norm, √Σ(∂L/∂p)²",
    "deltas": "delta, RMS of ∂L/∂z",
    "update_ratios": "update ratio, |Δp| / |p|",
    "dead": "dead units",
    "saturated": "saturated outputs",
}


def _layers(history: History) -> list[str]:
    """The names of all layers, in the order of their numbers: layers.9 before layers.10."""
    found: dict[str, None] = {}
    for field in _FLOWS:
        for of_layer in history.column(field):
            found |= dict.fromkeys(of_layer)
    return sorted(found, key=_by_numbers)


def _by_numbers(name: str) -> list[tuple[bool, int, str]]:
    parts = name.split(".")
    return [(not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts]


def _columns(history: History, field: str, layers: list[str]) -> dict[str, Any]:
    """One quantity of each layer over the epochs, nan where there was none."""
    by_epoch = history.column(field)
    columns = {}
    for layer in layers:
        columns[layer] = np.array([of_layer.get(layer, math.nan) for of_layer in by_epoch], float)
    return columns


def _epochs(history: History, taker: str) -> list[int]:
    if not isinstance(history, History):
        kind = type(history).__name__
        raise TypeError(f"{taker} takes a History, which nn.fit returns, got {kind}")
    if not len(history):
        raise ValueError(f"{taker} needs at least one epoch, got {shown(history)}: train first")
    return history.column("epoch")


def _column(history: History, name: str) -> Any:
    """One quantity over the epochs, nan where there was none."""
    return np.array([np.nan if x is None else x for x in history.column(name)], float)
