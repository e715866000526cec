"""The classic picture of a network: a circle for each unit, a line for each weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import Value, saving
from nn import Module
from nn.arguments import size
from viz import style
from viz.network.circles import picture_of
from viz.network.reading import between, columns_of, layers_of, loss_of, named, run


@dataclass(frozen=True, repr=False)
class Picture:
    """An SVG that notebooks display; `save` writes it, whole or not at all."""

    svg: str

    def __repr__(self) -> str:
        size = re.search(r'width="(\d+)" height="(\d+)"', self.svg)
        shape = f"{size[1]} × {size[2]}, " if size else ""
        return f"Picture({shape}{len(self.svg):,} characters of SVG)"

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: saving.Target) -> Path:
        """Write the SVG to a file, with any folders it needs, and return its path.

        Raises ValueError unless the name ends in .svg.
        """
        return saving.save(path, self.svg.encode(), "a picture of a network", [".svg"])


def draw_network(
    model: Module,
    x: Sequence[float] | None = None,
    loss: Callable[[Any], Value] | Callable[[Any, Any], Any] | None = None,
    *,
    target: Any = None,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    theme: style.ThemeName = "auto",
    max_units: int = 8,
) -> Picture:
    """The layers of a model as columns of circles, joined by its weights.

    Lines are weights: blue above 0, orange and dashed below, wider for larger. With `x`, one
    sample, circles show activations. With `loss` there are two pictures, forward and backward:
    in the second, lines are ∂L/∂w and circles δ = ∂L/∂z (∂L/∂x for inputs). No `.grad` is changed.

    - `loss`: a function of model(x), or of model(x) and `target` if one is given.
    - `target`: what the loss compares with; without it, leaves of the loss are shown as targets.
    - `inputs`, `outputs`: names of features and classes, written beside their units.
    - `theme`: auto, which follows the viewer's preference, light, or dark.
    - `max_units`: layers with more units are folded with an ellipsis.

    Modules between two Layers, such as BatchNorm, are named. The picture shrinks with its page: at
    400 px, its text is 11 px high for three columns, and 4 to 8 px with a loss or more columns.

    Raises TypeError for a model without Layers; ValueError for a loss without x, for names that do
    not match the number of units, and for Layers that do not feed one another in a chain (judged by
    their widths if the model is not run).

    >>> from nn import MLP, losses
    >>> picture = draw_network(MLP([2, 3, 1], rng=0), [1.0, -1.0], losses.mse, target=1.0)
    >>> picture.svg.count("<circle"), picture.svg.count('class="weight"')
    (8, 18)
    """
    layers = layers_of(model)
    if loss is None and target is not None:
        raise ValueError("draw_network(target=...) is for a loss, got none: give loss= as well")
    if loss is not None and (x is None or not callable(loss)):
        needs = "is a function of model(x), and needs a sample x to run the model on"
        raise ValueError(f"draw_network(loss=...) {needs}")
    look, dark = style.theme_named(theme)
    made = None if x is None else run(model, layers, x)
    drawn_loss, grad_of = None, None
    if made is not None and loss is not None:
        drawn_loss, grad_of = loss_of(loss, target, model, made, outputs)
    columns = columns_of(layers, between(model, layers, made), made, grad_of)
    columns[0] = named(columns[0], inputs, "inputs")
    columns[-1] = named(columns[-1], outputs, "outputs")
    most = max(3, size(max_units, "draw_network(max_units)"))
    return Picture(picture_of(columns, drawn_loss, most, look, dark))
