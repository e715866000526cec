"""The classic picture of a network: a circle for each unit, a line for each weight, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from autograd import Value, topological_order
from autograd.files import write
from autograd.graph import pullback
from autograd.numbers import as_float
from nn import Layer, Module
from nn.layers import name_of
from viz import style
from viz.circles import Unit, picture_of


@dataclass(frozen=True)
class Picture:
    """An SVG that notebooks show as it is; `save` writes it, whole or not at all."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the SVG into a file; returns its path."""
        write(Path(path), self.svg.encode())
        return Path(path)


def draw_network(
    model: Module,
    x: Sequence[float] | None = None,
    loss: Callable[[Any], Value] | None = None,
    *,
    theme: str = "light",
    max_units: int = 8,
) -> Picture:
    """The layers of a model as columns of circles; lines are weights: blue above 0, orange and dashed below, wider for larger.

    With `x`, one sample, circles show activations; with `loss`, a function of model(x), also their gradients, of which no
    `.grad` is changed. Layers of more than `max_units` units are folded with an ellipsis. Raises TypeError for a model without
    Layers, ValueError for a loss without x, and for Layers that do not feed one another in a chain (branches, shared Layers).

    >>> from nn import MLP
    >>> picture = draw_network(MLP([2, 3, 1], rng=0), [1.0, -1.0], lambda out: out * out)
    >>> picture.svg.count("<circle"), picture.svg.count("<line")
    (4, 9)
    """
    layers = [(name, module) for name, module in model.named_modules() if isinstance(module, Layer)]
    if not layers:
        raise TypeError(f"draw_network draws the Layers of a model, but {model!r} has none")
    if loss is not None and x is None:
        raise ValueError("draw_network(loss=...) needs a sample x to run the model on")
    _expect_chain(layers)
    look, dark = style.theme_named(theme)
    columns = _columns(model, layers, x, loss)
    names = ["inputs", *[f"{name or 'layer'} ({name_of(layer.activation)})" for name, layer in layers]]
    return Picture(picture_of(columns, names, look, style.dark_rules(look, dark) if dark else "", max(3, max_units)))


def _expect_chain(layers: list[tuple[str, Layer]]) -> None:
    """Raise ValueError unless each layer takes as many numbers as the one before gives."""
    for (name, layer), (after, next_layer) in pairwise(layers):
        if layer.n_outputs != next_layer.n_inputs:
            raise ValueError(
                f"draw_network draws a chain of Layers, but {name} gives {layer.n_outputs} numbers and {after} takes "
                f"{next_layer.n_inputs}: draw each branch on its own, or the graph with draw_dot"
            )


def _run(model: Module, layers: list[tuple[str, Layer]], inputs: list[Value]) -> tuple[Any, list[list[Value]]]:
    """What the model makes of a sample, and the outputs of each layer. ValueError unless they feed one another, each once."""
    calls: list[tuple[str, list[Value], list[Value]]] = []
    before = [layer.watch for _, layer in layers]
    for name, layer in layers:
        layer.watch = lambda z, a, name=name: calls.append((name, z, a))
    try:
        out = model(inputs)
    finally:
        for (_, layer), watch in zip(layers, before):
            layer.watch = watch
    called = [name for name, _, _ in calls]
    chained = all(set(a) & set(topological_order(z[0])) for (_, _, a), (_, z, _) in pairwise(calls))
    if called != [name for name, _ in layers] or not chained:
        raise ValueError(
            f"draw_network draws a chain of Layers, each used once, but this model runs {', '.join(called) or 'none of them'}"
            f"{'' if chained else ', not each on what the one before gives'}: draw the graph with draw_dot"
        )
    return out, [a for _, _, a in calls]


def _columns(
    model: Module, layers: list[tuple[str, Layer]], x: Sequence[float] | None, loss: Callable[[Any], Value] | None
) -> list[list[Unit]]:
    """The units of the inputs and of each layer."""
    inputs: list[Value | None] = [None] * layers[0][1].n_inputs
    outputs: list[Sequence[Value | None]] = [[None] * layer.n_outputs for _, layer in layers]
    grad_of: dict[Value, float] = {}
    if x is not None:
        given = [Value(as_float(x_i, "an input of draw_network")) for x_i in x]
        out, made = _run(model, layers, given)
        inputs[:], outputs = given, [*made]
        if loss is not None:
            root = loss(out)
            if not isinstance(root, Value):
                raise TypeError(
                    f"draw_network(loss) must make one Value of model(x), as in lambda out: out[0] ** 2, got {type(root).__name__}"
                )
            grad_of = dict(zip(*pullback(root, 1.0)))
    run = loss is not None

    def unit(a: Value | None, neuron: Any = None) -> Unit:
        weights = neuron.w if neuron else []
        return Unit(
            number=None if a is None else a.data,
            grad=grad_of.get(a, 0.0) if run and a is not None else None,
            bias=None if neuron is None or neuron.b is None else neuron.b.data,
            weights=tuple(w.data for w in weights),
            weight_grads=tuple(grad_of.get(w, 0.0) if run else None for w in weights),
        )

    columns = [[unit(a) for a in inputs]]
    for (_, layer), made_by in zip(layers, outputs):
        columns.append([unit(a, neuron) for a, neuron in zip(made_by, layer.neurons)])
    return columns
