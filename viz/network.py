"""The classic picture of a network: a circle for each unit, a line for each weight, column by column."""

from __future__ import annotations

import html
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd import Value
from autograd.files import write
from autograd.graph import pullback
from nn import Layer, Module
from nn.layers import name_of
from viz import style
from viz.style import Theme
from viz.text import printable

RADIUS = 23.0
ACROSS = 190.0
"""From column to column."""
DOWN = 74.0
"""From unit to unit."""
TOP = 70.0


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


@dataclass(frozen=True)
class Unit:
    """A unit as drawn: number and gradient are None where nothing was run; bias None for inputs."""

    number: float | None
    grad: float | None
    bias: float | None
    weights: tuple[float, ...] = ()
    weight_grads: tuple[float | None, ...] = ()


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
    Layers, ValueError for a loss without x.

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
    look, dark = style.theme_named(theme)
    columns = _columns(model, layers, x, loss)
    names = ["inputs", *[f"{name or 'layer'} ({name_of(layer.activation)})" for name, layer in layers]]
    return Picture(_svg(columns, names, look, style.dark_rules(look, dark) if dark else "", max(3, max_units)))


def _columns(
    model: Module, layers: list[tuple[str, Layer]], x: Sequence[float] | None, loss: Callable[[Any], Value] | None
) -> list[list[Unit]]:
    """The units of the inputs and of each layer."""
    outputs: dict[str, list[Value]] = {}
    grad_of: dict[Value, float] = {}
    inputs: list[Value | None] = [None] * layers[0][1].n_inputs
    if x is not None:
        inputs = [Value(float(x_i)) for x_i in x]
        before = [layer.watch for _, layer in layers]
        for name, layer in layers:
            layer.watch = lambda z, a, name=name: outputs.__setitem__(name, a)
        try:
            out = model(inputs)
        finally:
            for (_, layer), watch in zip(layers, before):
                layer.watch = watch
        if loss is not None:
            grad_of = dict(zip(*pullback(loss(out), 1.0)))
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
    for name, layer in layers:
        made: Sequence[Value | None] = outputs.get(name, [None] * layer.n_outputs)
        columns.append([unit(a, neuron) for a, neuron in zip(made, layer.neurons)])
    return columns


def _shown(count: int, max_units: int) -> list[int | None]:
    """The units of a column that are drawn, with None for an ellipsis.

    >>> _shown(3, 8), _shown(100, 5)
    ([0, 1, 2], [0, 1, None, 98, 99])
    """
    if count <= max_units:
        return list(range(count))
    head = max_units // 2
    return [*range(head), None, *range(count - (max_units - 1 - head), count)]


def _svg(columns: list[list[Unit]], names: list[str], look: Theme, css: str, max_units: int) -> str:
    shown = [_shown(len(column), max_units) for column in columns]
    tallest = max(map(len, shown))
    width, height = ACROSS * (len(columns) - 1) + 220, TOP + DOWN * tallest + 10
    places = [
        {i: (110 + ACROSS * c, TOP + DOWN * ((tallest - len(rows)) / 2 + r + 0.5)) for r, i in enumerate(rows)}
        for c, rows in enumerate(shown)
    ]
    body = [*_lines(columns, places, look), *_circles(columns, places, look), *_titles(columns, names, look)]
    units = ", ".join(str(len(column)) for column in columns)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'font-family="{style.FONT}" text-anchor="middle">\n<title>Network of {units} units</title>\n'
        f"<desc>Lines are weights: blue above 0, orange and dashed below, wider for larger.</desc>\n"
        + (f"<style>{css}</style>\n" if css else "")
        + f'<rect width="{width:g}" height="{height:g}" fill="{look.background}"/>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )


Places = list[dict["int | None", tuple[float, float]]]


def _lines(columns: list[list[Unit]], places: Places, look: Theme) -> Iterator[str]:
    largest = max((abs(w) for column in columns for unit in column for w in unit.weights if math.isfinite(w)), default=1.0) or 1.0
    for c, column in enumerate(columns[1:], 1):
        for j, (x2, y2) in places[c].items():
            for i, (x1, y1) in places[c - 1].items():
                if i is None or j is None or i >= len(column[j].weights):
                    continue
                w, grad = column[j].weights[i], column[j].weight_grads[i]
                size = min(1.0, abs(w) / largest) if math.isfinite(w) else 1.0
                dash = ' stroke-dasharray="7 4"' if w < 0 else ""
                tip = f"w {w!r}" + ("" if grad is None else f", grad {grad!r}")
                paint = f'stroke="{look.line_colour(w)}" stroke-width="{0.6 + 4.4 * size:.2f}" opacity="{0.35 + 0.65 * size:.2f}"{dash}'
                place = f'x1="{x1 + RADIUS:g}" y1="{y1:g}" x2="{x2 - RADIUS:g}" y2="{y2:g}"'
                yield f"<line {place} {paint}><title>{html.escape(tip)}</title></line>"


def _circles(columns: list[list[Unit]], places: Places, look: Theme) -> Iterator[str]:
    for column, spots in zip(columns, places):
        largest = max((abs(unit.number) for unit in column if unit.number and math.isfinite(unit.number)), default=0.0)
        for i, (x, y) in spots.items():
            if i is None:
                hidden = len(column) - len(spots) + 1
                yield _text(x, y + 5, f"⋮ {hidden} more", look.quiet, 13)
                continue
            unit = column[i]
            square = unit.bias is None and not unit.weights  # inputs differ by shape
            fill = look.fill(unit.number, largest)
            known = {"a": unit.number, "grad": unit.grad, "b": unit.bias}
            tip = ", ".join(f"{name} {value!r}" for name, value in known.items() if value is not None)
            yield _outline(x, y, f'fill="{fill}" stroke="{look.quiet}" stroke-width="1.4"', tip, square)
            if unit.number is not None:
                yield _text(x, y + 4, _short(unit.number), look.text, 12)
            below = [f"b {_short(unit.bias)}"] if unit.bias is not None else []
            below += [f"∂ {_short(unit.grad)}"] if unit.grad is not None else []
            if below:
                yield _text(x, y + RADIUS + 14, " · ".join(below), look.quiet, 11, halo=look.background)


def _outline(x: float, y: float, paint: str, tip: str, square: bool) -> str:
    """A square for an input, a circle for a neuron."""
    title = f"<title>{html.escape(tip)}</title>"
    if square:
        place = f'x="{x - RADIUS:g}" y="{y - RADIUS:g}" width="{2 * RADIUS:g}" height="{2 * RADIUS:g}" rx="4"'
        return f"<rect {place} {paint}>{title}</rect>"
    return f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS:g}" {paint}>{title}</circle>'


def _titles(columns: list[list[Unit]], names: list[str], look: Theme) -> Iterator[str]:
    for c, (column, name) in enumerate(zip(columns, names)):
        x = 110 + ACROSS * c
        yield _text(x, 26, printable(name, 26), look.text, 14, "bold")
        yield _text(x, 44, f"{len(column)} unit{'s' * (len(column) != 1)}", look.quiet, 12)


def _text(x: float, y: float, words: str, fill: str, size: float, weight: str = "normal", halo: str = "") -> str:
    """A line of text; a halo keeps the lines of the drawing off it."""
    around = f' stroke="{halo}" stroke-width="3" paint-order="stroke"' if halo else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{fill}" font-size="{size:g}" font-weight="{weight}"{around}>{html.escape(words)}</text>'


def _short(x: float) -> str:
    """A number that fits into a circle."""
    return f"{x:.2f}" if abs(x) < 100 and (abs(x) >= 0.005 or x == 0) else f"{x:.0e}"
