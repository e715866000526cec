"""Decision regions of a model with two inputs."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
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
from viz.plots.style import (
    PlotTheme,
    PlotThemeName,
    class_look,
    literal,
    mix,
    panels,
    plot_theme,
)
from viz.style import minus

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARES = (0.1, 0.2, 0.3, 0.4)
"""How much of a class's colour the shades of its region contain, by its lead."""


def plot_boundary(
    model: Module,
    data: Any,
    loss: LossName | LossFunction = "cross_entropy",
    *,
    resolution: int = 50,
    theme: PlotThemeName = "light",
    ax: Any = None,
) -> Figure:
    """Which class a model with two inputs decides on across the plane, and for each sample.

    Shading shows how far the likeliest class leads the next in probability; with hinge there are
    no probabilities, and regions are plain. Rings mark misclassified samples. The model is run at
    resolution² points. Raises ValueError for data without exactly two features or with classes
    other than the model's, for a regression loss, and for outputs that are not finite.

    >>> from nn import MLP, data
    >>> plot_boundary(MLP([2, 2], rng=0), data.xor(), resolution=5).axes[0].get_xlabel()
    'x1'
    """
    if not isinstance(model, Module):
        kind = type(model).__name__
        raise TypeError(f"plot_boundary draws what a Module decides, got {kind}")
    dataset, colours = as_dataset(data), plot_theme(theme)
    resolution = size(resolution, "plot_boundary(resolution)")
    if len(dataset.X[0]) != 2:
        remedy = "train on two of them, as in [[x[0], x[1]] for x in X]"
        count = len(dataset.X[0])
        raise ValueError(f"plot_boundary draws data with two features, got {count}: {remedy}")
    classes, decided = _classes_of(model, dataset, loss)
    across, up = _plane(np.array(dataset.X), max(resolution, 2))
    points = [[a, b] for b, a in product(up.tolist(), across.tolist())]
    leads = _leads(_outputs(model, points), loss)
    plain = loss_named(loss) is losses.hinge
    title = f"Decision regions of {brief(model)}"
    with panels(ax, theme, (10, 6), title) as (figure, (axes, *_)):
        axes.grid(False)
        for i in range(len(classes)):
            lead = leads[:, i].reshape(len(up), len(across))
            _region(axes, across, up, lead, i, colours, plain)
        _samples(axes, dataset, classes, decided, colours)
        across_name, up_name = map(literal, dataset.features or ("x1", "x2"))
        view = {"xlim": across[[0, -1]], "ylim": up[[0, -1]]}
        axes.set(xlabel=across_name, ylabel=up_name, **view)
        shading = "" if plain else "shading: lead of the likeliest\nclass, in steps of 25%"
        beside = {"loc": "upper left", "bbox_to_anchor": (1.03, 1)} if ax is None else {}
        axes.legend(title=shading, alignment="left", **beside)
    return figure


def _plane(X: Any, resolution: int) -> tuple[Any, Any]:
    """Both axes of a grid that reaches a tenth beyond the samples on every side."""
    low, high = X.min(axis=0), X.max(axis=0)
    pad = np.where(high > low, 0.1 * (high - low), 1.0)
    across, up = (np.linspace(a, b, resolution) for a, b in zip(low - pad, high + pad))
    return across, up


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
    """The classes a model can decide on, and its decision for each sample.

    Raises ValueError for samples of other classes, and for a loss that decides on none.
    """
    function, outputs = loss_named(loss), predict(model, dataset.X)
    one_each = function is losses.cross_entropy
    if function not in DECISIONS or isinstance(outputs[0], list) is not one_each:
        of_one = ", ".join(f.__name__ for f in [*DECISIONS][1:])
        raise ValueError(
            f"plot_boundary needs cross_entropy and an output for each class, or {of_one} and one "
            f"output, got loss {shown(loss)} and outputs like {shown(outputs[0])}"
        )
    if one_each:
        classes = list(range(len(outputs[0])))
    else:
        classes = [-1, 1] if function is losses.hinge else [0, 1]
    stranger = next((y for y in dataset.y if y not in classes), None)
    if stranger is not None:
        raise ValueError(
            f"plot_boundary with this model and loss has the classes {shown(classes, 200)}, "
            f"got target {shown(stranger)}: take the loss it was trained with"
        )
    return classes, decide(outputs, loss) or []


def _leads(outputs: list[Any], loss: LossName | LossFunction) -> Any:
    """How far each class is ahead of the best other one: in probability, or in score for hinge."""
    function = loss_named(loss)
    scores = np.array(outputs)
    if not np.isfinite(scores).all():
        raise ValueError(
            "plot_boundary needs finite outputs, but the model gives nan or inf on this plane: "
            "has the training diverged?"
        )
    if function is losses.cross_entropy:
        p = np.array([losses.softmax(row) for row in outputs])
        others = [np.delete(p, c, axis=1).max(axis=1, initial=0.0) for c in range(p.shape[1])]
        return p - np.column_stack(others)
    # p - (1 - p) for the probability p, which is sigmoid(z) for a logit z.
    lead = scores
    if function is losses.bce:
        lead = 2 * scores - 1
    elif function is not losses.hinge:
        lead = np.tanh(scores / 2)
    return np.column_stack([-lead, lead])


def _region(
    axes: Any, across: Any, up: Any, lead: Any, i: int, colours: PlotTheme, plain: bool
) -> None:
    """Where one class leads: in four shades of its colour, or in one, with a line around it."""
    if lead.max() <= 0:
        return
    levels = [0, lead.max() + 1] if plain else [0, 0.25, 0.5, 0.75, 1.0001]
    colour = class_look(colours, i)["color"]
    shares = SHARES[2:3] if plain else SHARES
    fills = [mix(colours.background, colour, share) for share in shares]
    axes.contourf(across, up, lead, levels=levels, colors=fills)
    if lead.min() < 0:
        axes.contour(across, up, lead, levels=[0], colors=[colours.text], linewidths=1.5)


def _samples(
    axes: Any,
    dataset: Dataset,
    classes: Sequence[int],
    decided: Sequence[int],
    colours: PlotTheme,
) -> None:
    """The samples of each class in its colour and marker, and rings around those it gets wrong."""
    X = np.array(dataset.X)
    edge = {"edgecolors": colours.background, "linewidths": 1}
    for i, c in enumerate(classes):
        name = literal(dataset.classes[c]) if dataset.classes and c >= 0 else minus(f"{c}")
        own = X[[y == c for y in dataset.y]]
        label = f"class {name}"
        axes.scatter(*own.T, s=60, label=label, zorder=3, **edge, **class_look(colours, i))
    wrong = X[[y != c for y, c in zip(dataset.y, decided)]]
    ring = {"facecolors": "none", "edgecolors": colours.text, "linewidths": 2}
    label = f"misclassified: {len(wrong)} of {len(X)}"
    axes.scatter(*wrong.T, s=190, label=label, zorder=4, **ring)
