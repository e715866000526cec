"""Decision regions of a model with two inputs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import TracingError, compile
from autograd.checks import shown
from nn import losses
from nn.arguments import brief, size
from nn.data import Dataset, as_dataset
from nn.losses import LossFunction, LossName, loss_named
from nn.module import Module, evaluating
from nn.training.metrics import DECISIONS, decide, predict
from viz.plots.style import MARKERS, PlotThemeName, mix, plot_theme, sheet

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_boundary(
    model: Module,
    data: Any,
    loss: LossName | LossFunction = "cross_entropy",
    *,
    resolution: int = 50,
    theme: PlotThemeName = "light",
) -> Figure:
    """Which class a model of two inputs decides on all over the plane, the samples on top, and rings around the misclassified.

    Shading tells how far the likeliest class leads the next in probability; with hinge there are no probabilities, and regions are
    plain. The model is asked at resolution² points. Raises ValueError for data without exactly two features or with other classes
    than the model's, for the loss of a regression, and for outputs that are not finite.

    >>> from nn import MLP, data
    >>> plot_boundary(MLP([2, 2], rng=0), data.xor(), resolution=5).axes[0].get_xlabel()
    'x1'
    """
    if not isinstance(model, Module):
        raise TypeError(f"plot_boundary draws what a Module decides, got {type(model).__name__}")
    dataset, colours = as_dataset(data), plot_theme(theme)
    resolution = size(resolution, "plot_boundary(resolution)")
    if len(dataset.X[0]) != 2:
        raise ValueError(
            f"plot_boundary draws data of two features, got {len(dataset.X[0])}: train on two of them, as in [[x[0], x[1]] for x in X]"
        )
    classes, decided = _classes_of(model, dataset, loss)
    X = np.array(dataset.X)
    low, high = X.min(axis=0), X.max(axis=0)
    pad = np.where(high > low, 0.1 * (high - low), 1.0)
    across, up = (np.linspace(a, b, max(resolution, 2)) for a, b in zip(low - pad, high + pad))
    leads = _leads(_outputs(model, [[a, b] for b in up.tolist() for a in across.tolist()]), loss)
    palette = (colours.negative, colours.positive) if len(classes) == 2 else colours.cycle
    with sheet(theme, 10, 6, f"Decision regions of {brief(model)}") as figure:
        axes = figure.add_subplot()
        axes.grid(False)
        for c in range(len(classes)):
            lead = leads[:, c].reshape(len(up), len(across))
            _region(axes, across, up, lead, palette[c % len(palette)], theme, plain=loss_named(loss) is losses.hinge)
        _samples(axes, dataset, classes, decided, palette, theme)
        names = dataset.features or ("x1", "x2")
        axes.set(xlabel=names[0], ylabel=names[1], xlim=across[[0, -1]], ylim=up[[0, -1]])
        shading = "" if loss_named(loss) is losses.hinge else "shading: lead of the likeliest\nclass, in steps of 25%"
        axes.legend(loc="upper left", bbox_to_anchor=(1.03, 1), title=shading, alignment="left")
    return figure


def _outputs(model: Module, points: list[list[float]]) -> list[Any]:
    """The model at each of many points: on arrays, or on scalars if it cannot be compiled."""
    try:
        with evaluating(model):
            return compile(model, points[0])(points).tolist()  # type: ignore[no-any-return]
    except TracingError:
        return predict(model, points)


def _classes_of(
    model: Module, dataset: Dataset, loss: LossName | LossFunction
) -> tuple[list[int], list[int]]:
    """The classes a model can decide for, and what it decides for each sample; ValueError if the samples have others."""
    function, outputs = loss_named(loss), predict(model, dataset.X)
    if function not in DECISIONS or isinstance(outputs[0], list) is not (function is losses.cross_entropy):
        raise ValueError(
            f"plot_boundary needs cross_entropy and an output for each class, or {', '.join(f.__name__ for f in [*DECISIONS][1:])} and one "
            f"output, got loss {shown(loss)} and outputs like {shown(outputs[0])}"
        )
    classes = list(range(len(outputs[0]))) if function is losses.cross_entropy else [-1, 1] if function is losses.hinge else [0, 1]
    for y in dataset.y:
        if y not in classes:
            raise ValueError(
                f"plot_boundary with this model and loss has the classes {shown(classes, 200)}, got target {shown(y)}: take the loss it was trained with"
            )
    return classes, decide(outputs, loss) or []


def _leads(outputs: list[Any], loss: LossName | LossFunction) -> Any:
    """For each output and each class, how far it is ahead of the best other one: in probability, or in score for hinge."""
    function = loss_named(loss)
    scores = np.array(outputs)
    if not np.isfinite(scores).all():
        raise ValueError("plot_boundary needs finite outputs, the model gives nan or inf on this plane: has the training diverged?")
    if function is not losses.cross_entropy:
        # p - (1 - p) for the probability p, which is sigmoid(z) for a logit z
        lead = scores if function is losses.hinge else 2 * scores - 1 if function is losses.bce else np.tanh(scores / 2)
        return np.column_stack([-lead, lead])
    p = np.array([losses.softmax(row) for row in outputs])
    return np.column_stack([p[:, c] - np.delete(p, c, axis=1).max(axis=1, initial=0.0) for c in range(p.shape[1])])


def _region(axes: Any, across: Any, up: Any, lead: Any, colour: str, theme: str, plain: bool) -> None:
    """Where one class leads: in four shades of its colour, or one, and a line around."""
    if lead.max() <= 0:
        return
    levels = [0, lead.max() + 1] if plain else [0, 0.25, 0.5, 0.75, 1.0001]
    background = plot_theme(theme).background
    fills = [mix(background, colour, share) for share in ((0.3,) if plain else (0.1, 0.2, 0.3, 0.4))]
    axes.contourf(across, up, lead, levels=levels, colors=fills)
    if lead.min() < 0:
        axes.contour(across, up, lead, levels=[0], colors=[plot_theme(theme).text], linewidths=1.5)


def _samples(axes: Any, dataset: Dataset, classes: Sequence[int], decided: Sequence[int], palette: Sequence[str], theme: str) -> None:
    colours, X = plot_theme(theme), np.array(dataset.X)
    for i, c in enumerate(classes):
        own = X[[y == c for y in dataset.y]]
        name = dataset.classes[c] if dataset.classes and c >= 0 else f"{c}".replace("-", "−")
        axes.scatter(
            *own.T, s=60, marker=MARKERS[i % len(MARKERS)], color=palette[i % len(palette)], edgecolors=colours.background,
            linewidths=1, label=f"class {name}", zorder=3,
        )  # fmt: skip
    wrong = X[[y != c for y, c in zip(dataset.y, decided)]]
    label = f"misclassified: {len(wrong)} of {len(X)}"
    axes.scatter(*wrong.T, s=190, facecolors="none", edgecolors=colours.text, linewidths=2, label=label, zorder=4)
