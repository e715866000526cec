"""Columns of circles, joined by lines: how the picture of a network is drawn."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass

from viz import style
from viz.style import Theme
from viz.text import printable

RADIUS = 23.0
ACROSS = 190.0
"""From column to column."""
SIDE = 110.0
"""From the first and the last column to the edge."""
NAMES = 70.0
"""How much wider both sides are where units have names."""
DOWN = 74.0
"""From unit to unit."""
TOP = 70.0


@dataclass(frozen=True)
class Unit:
    """A unit as drawn: number and gradient are None where nothing was run; bias None for inputs; inputs and outputs may have names."""

    number: float | None
    grad: float | None
    bias: float | None
    weights: tuple[float, ...] = ()
    weight_grads: tuple[float | None, ...] = ()
    name: str = ""


def _shown(count: int, max_units: int) -> list[int | None]:
    """The units of a column that are drawn, with None for an ellipsis.

    >>> _shown(3, 8), _shown(100, 5)
    ([0, 1, 2], [0, 1, None, 98, 99])
    """
    if count <= max_units:
        return list(range(count))
    head = max_units // 2
    return [*range(head), None, *range(count - (max_units - 1 - head), count)]


def picture_of(columns: list[list[Unit]], names: list[str], between: list[str], look: Theme, css: str, max_units: int) -> str:
    """The SVG of columns of units, each under its name and what lies before it; of a wide one `max_units` are shown."""
    shown = [_shown(len(column), max_units) for column in columns]
    tallest = max(map(len, shown))
    side = SIDE + NAMES * any(unit.name for column in columns for unit in column)
    width, height = ACROSS * (len(columns) - 1) + 2 * side, TOP + DOWN * tallest + 56
    places = [
        {i: (side + ACROSS * c, TOP + DOWN * ((tallest - len(rows)) / 2 + r + 0.5)) for r, i in enumerate(rows)}
        for c, rows in enumerate(shown)
    ]
    body = [*_lines(columns, places, look), *_circles(columns, places, look)]
    body += [*_names(columns, places, look), *_titles(side, columns, names, between, look)]
    body += [_text(width / 2, height - 28 + 16 * i, line, look.quiet, 11) for i, line in enumerate(_legend(columns))]
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


def _legend(columns: list[list[Unit]]) -> list[str]:
    """What lines and circles show, in two lines."""
    units = [unit for column in columns for unit in column]
    circle = ["b: bias"] * any(unit.bias is not None for unit in units)
    circle += ["number and colour: activation"] * any(unit.number is not None for unit in units)
    circle += ["∂: gradient of the loss"] * any(unit.grad is not None for unit in units)
    return ["line: weight, blue > 0, orange and dashed < 0, wider is larger", " · ".join(circle)]


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
        scale = style.Scale.linear(unit.number for unit in column)
        for i, (x, y) in spots.items():
            if i is None:
                hidden = len(column) - len(spots) + 1
                yield _text(x, y + 5, f"⋮ {hidden} more", look.quiet, 13)
                continue
            unit = column[i]
            square = unit.bias is None and not unit.weights  # inputs differ by shape
            fill = look.fill(unit.number, scale)
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


def _names(columns: list[list[Unit]], places: Places, look: Theme) -> Iterator[str]:
    """Beside the outer columns, on the outer side."""
    for c, away, anchor in ((0, -1, "end"), (-1, 1, "start")):
        for i, (x, y) in places[c].items():
            if i is not None and columns[c][i].name:
                yield _text(x + away * (RADIUS + 10), y + 5, printable(columns[c][i].name, 18), look.text, 13, anchor=anchor)


def _titles(side: float, columns: list[list[Unit]], names: list[str], between: list[str], look: Theme) -> Iterator[str]:
    for c, (column, name, before) in enumerate(zip(columns, names, between)):
        x = side + ACROSS * c
        yield _text(x, 26, printable(name, 26), look.text, 14, "bold")
        yield _text(x, 44, f"{len(column)} unit{'s' * (len(column) != 1)}{', ' * bool(before)}{printable(before, 30)}", look.quiet, 12)


def _text(x: float, y: float, words: str, fill: str, size: float, weight: str = "normal", halo: str = "", anchor: str = "") -> str:
    """A line of text, centred unless it has another anchor; a halo keeps the lines of the drawing off it."""
    around = f' stroke="{halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"' if halo else ""
    around += f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{fill}" font-size="{size:g}" font-weight="{weight}"{around}>{html.escape(words)}</text>'


def _short(x: float) -> str:
    """A number that fits into a circle."""
    return f"{x:.2f}" if abs(x) < 100 and (abs(x) >= 0.005 or x == 0) else f"{x:.0e}"
