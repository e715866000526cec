"""The classic picture of a network: a circle for each unit, a line for each weight, column by column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeAlias

from autograd import OPS, Value, modes, topological_order
from autograd.checks import as_float
from autograd.files import write
from autograd.graph import pullback
from nn import Layer, Module, Neuron
from nn.arguments import brief, size
from nn.layers import name_of
from viz import style
from viz.network.circles import Unit, picture_of


@dataclass(frozen=True, repr=False)
class Picture:
    """An SVG that notebooks show as it is; `save` writes it, whole or not at all."""

    svg: str

    def __repr__(self) -> str:
        size = re.search(r'width="(\d+)" height="(\d+)"', self.svg)
        shape = f"{size[1]} × {size[2]}, " if size else ""
        return f"Picture({shape}{len(self.svg):,} characters of SVG)"

    def _repr_svg_(self) -> str:
        return self.svg

    def save(self, path: str | Path) -> Path:
        """Write the SVG into a file; returns its path. Raises ValueError unless that ends in .svg."""
        if Path(path).suffix.lower() != ".svg":
            raise ValueError(f"a picture of a network is saved as SVG, in a file that ends in .svg, got {str(path)[:200]}")
        write(Path(path), self.svg.encode())
        return Path(path)


def draw_network(
    model: Module,
    x: Sequence[float] | None = None,
    loss: Callable[[Any], Value] | None = None,
    *,
    inputs: Sequence[str] = (),
    outputs: Sequence[str] = (),
    theme: style.ThemeName = "light",
    max_units: int = 8,
) -> Picture:
    """The layers of a model as columns of circles; lines are weights: blue above 0, orange and dashed below, wider for larger.

    With `x`, one sample, circles show activations; with `loss`, a function of model(x), also their gradients, of which no
    `.grad` is changed. `inputs` and `outputs` are names of features and classes, written beside their units. Layers of more than
    `max_units` units are folded with an ellipsis. What lies between two Layers, such as BatchNorm, is named. Raises TypeError for a model
    without Layers, ValueError for a loss without x, for another number of names than of units, and for Layers that do not feed
    one another in a chain (branches, skips, shared Layers).

    >>> from nn import MLP
    >>> picture = draw_network(MLP([2, 3, 1], rng=0), [1.0, -1.0], lambda out: out * out)
    >>> picture.svg.count("<circle"), picture.svg.count("<line")
    (4, 9)
    """
    layers = _layers(model)
    if loss is not None and (x is None or not callable(loss)):
        raise ValueError("draw_network(loss=...) is a function of model(x), and needs a sample x to run the model on")
    look, dark = style.theme_named(theme)
    if x is None:
        columns, between = _columns(layers, None, {}), _probe(model, layers)
    else:
        given = [Value(as_float(x_i, "an input of draw_network")) for x_i in (x if isinstance(x, Iterable) else [x])]
        out, made = _run(model, layers, given)
        columns = _columns(layers, [given, *made], {} if loss is None else _gradients(loss(out)))
        between = _between(model, layers, [given, *made])
    columns[0], columns[-1] = _named(columns[0], inputs, "inputs"), _named(columns[-1], outputs, "outputs")
    names = ["inputs", *[f"{name or 'layer'} ({name_of(layer.activation)})" for name, layer in layers]]
    css = style.dark_rules(look, dark) if dark else ""
    return Picture(picture_of(columns, names, ["", *between], look, css, max(3, size(max_units, "draw_network(max_units)"))))


def _named(column: list[Unit], names: Sequence[str], what: str) -> list[Unit]:
    if isinstance(names, str) or (names and len(names) != len(column)):
        raise ValueError(f"draw_network({what}) takes a name for each of the {len(column)} {what} in a list, got {names!r:.60}")
    return [replace(unit, name=str(name)) for unit, name in zip(column, names)] if names else column


Layers: TypeAlias = "list[tuple[str, Layer]]"


def _layers(model: Any) -> Layers:
    """The Layers of a model with their names; each must take as many numbers as the one before gives."""
    if not isinstance(model, Module):
        raise TypeError(f"draw_network draws a Module, such as MLP([2, 3, 1]), got {brief(model)}")
    layers = [(name, module) for name, module in model.named_modules() if isinstance(module, Layer)]
    if not layers:
        raise TypeError(f"draw_network draws the Layers of a model, but {brief(model)} has none")
    for (name, layer), (after, next_layer) in pairwise(layers):
        if layer.n_outputs != next_layer.n_inputs:
            raise ValueError(
                f"draw_network draws a chain of Layers, but {name} gives {layer.n_outputs} numbers and {after} takes "
                f"{next_layer.n_inputs}: draw each branch on its own, or the graph with draw_dot"
            )
    return layers


def _run(model: Module, layers: Layers, inputs: list[Value]) -> tuple[Any, list[list[Value]]]:
    """What the model makes of a sample, and the outputs of each layer. ValueError unless each is used once, in their order."""
    calls: list[tuple[str, list[Value]]] = []
    before = [layer.watch for _, layer in layers]
    for name, layer in layers:
        layer.watch = lambda z, a, name=name: calls.append((name, a))
    try:
        with modes.recording():
            out = model(inputs)
    finally:
        for (_, layer), watch in zip(layers, before):
            layer.watch = watch
    called = [name for name, _ in calls]
    if called != [name for name, _ in layers]:
        ran = ", ".join(called) or "none of them"
        raise ValueError(f"draw_network draws a chain of Layers, each used once, but this model runs {ran}: draw the graph with draw_dot")
    return out, [a for _, a in calls]


def _between(model: Module, layers: Layers, columns: list[list[Value]]) -> list[str]:
    """For each layer what lies before it, if its weights do not multiply the outputs of the one before; ValueError for a skip."""
    made = dict.fromkeys(node for column in columns for a in column for node in topological_order(a))
    products = {node.inputs for node in made if node.op is OPS["mul"]}
    modules = list(model.named_modules())
    found = []
    for i, ((_, layer), given) in enumerate(zip(layers, columns)):
        fed = i == 0 or all((w, x) in products for neuron in layer.neurons for w, x in zip(neuron.w, given))
        start = modules.index(layers[i - 1]) if i else 0
        others = [type(m).__name__ for _, m in modules[start + 1 : modules.index(layers[i])] if not isinstance(m, (Layer, Neuron))]
        if not fed and not others:
            raise ValueError(
                f"draw_network draws a chain of Layers, but {layers[i][0]} is not fed what the one before gives (a branch, or a skip): "
                f"draw the graph with draw_dot"
            )
        found.append("" if fed else f"after {', '.join(others)}")
    return found


def _probe(model: Module, layers: Layers) -> list[str]:
    """What lies between the layers, found by running the model on zeros; nothing for one that does not run on a list of numbers."""
    before = [(module, module.training) for _, module in model.named_modules()]
    zeros = [Value(0.0) for _ in range(layers[0][1].n_inputs)]
    try:
        made = _run(model.eval(), layers, zeros)[1]
    except Exception:  # a model of one's own may take something else than a list of numbers
        return [""] * len(layers)
    finally:
        for module, training in before:
            module.training = training
    return _between(model, layers, [zeros, *made])


def _gradients(root: Any) -> dict[Value, float]:
    if not isinstance(root, Value):
        raise TypeError(f"draw_network(loss) must make one Value of model(x), as in lambda out: out[0] ** 2, got {type(root).__name__}")
    return dict(zip(*pullback(root, 1.0)))


def _columns(layers: Layers, made: list[list[Value]] | None, grad_of: dict[Value, float]) -> list[list[Unit]]:
    """The units of the inputs and of each layer; `made` are their Values, if the model was run."""

    def grad(x: Value | None) -> float | None:
        return grad_of.get(x, 0.0) if grad_of and x is not None else None

    def unit(a: Value | None, neuron: Any = None) -> Unit:
        weights = neuron.w if neuron else []
        bias = None if neuron is None or neuron.b is None else neuron.b.data
        return Unit(None if a is None else a.data, grad(a), bias, tuple(w.data for w in weights), tuple(map(grad, weights)))

    sizes = [layers[0][1].n_inputs, *(layer.n_outputs for _, layer in layers)]
    values: list[Sequence[Value | None]] = [[None] * n for n in sizes] if made is None else [*made]
    columns = [[unit(a) for a in values[0]]]
    for (_, layer), column in zip(layers, values[1:]):
        columns.append([unit(a, neuron) for a, neuron in zip(column, layer.neurons)])
    return columns
