"""Columns of circles, joined by lines: how the picture of a network is drawn."""

from __future__ import annotations

import hashlib
import html
import math
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from viz import style
from viz.network.layout import (
    BOX,
    LINE,
    LONGEST,
    MARGIN,
    RADIUS,
    SMALL,
    Panel,
    beside,
    panel_of,
    shortened,
    width_of,
)
from viz.network.reading import Column, Loss, Unit
from viz.style import SHADES, Scale, Theme, minus
from viz.text import printable

NARROWEST = 470.0
"""The least width of a picture: its legend needs room."""


@dataclass(frozen=True)
class Reading:
    """What one panel shows: which number of a unit and of a weight, and their scales."""

    title: str
    unit: Callable[[Unit], float | None]
    weight: Callable[[Unit, int], float | None]
    units: Callable[[Column], Scale]
    weights: Scale
    backward: bool = False


def picture_of(
    columns: list[Column], loss: Loss | None, max_units: int, look: Theme, dark: Theme | None
) -> str:
    """The SVG of columns of at most `max_units` units; with a loss, of both passes."""
    # Both passes are the same panel, read in two ways.
    panel = panel_of(columns, loss, max_units, titled=loss is not None)
    readings = [_forward(columns, loss)]
    if loss is not None:
        readings.append(_backward(columns, loss))
    # They are placed so as to be larger on a slide; the lines of the legend depend on the width.
    wide = max(panel.width, NARROWEST)
    rough = LINE * (4 if loss is not None else 3)
    side_by_side = len(readings) == 2 and beside(panel, rough)
    if side_by_side:
        wide = max(2 * panel.width, NARROWEST)
    legend = list(_legend(columns, readings, wide, look))
    across, down = (panel.width, 0.0) if side_by_side else (0.0, panel.height)
    body = []
    for k, reading in enumerate(readings):
        left = across * k if side_by_side else (wide - panel.width) / 2
        body.append(f'<g transform="translate({left:g} {down * k:g})">')
        body += [*_panel(panel, reading, loss, look), "</g>"]
    # The legend lies below, where it does not affect the drawing.
    top = panel.height if side_by_side else panel.height * len(readings)
    height = top + MARGIN + LINE * len(legend)
    for i, line in enumerate(legend):
        body.append(f'<g transform="translate({wide / 2:g} {top + LINE * (i + 0.9):g})">{line}</g>')
    size = math.ceil(wide), math.ceil(height)
    return _svg(size, columns, len(readings), body, look, dark)


def _svg(
    size: tuple[int, int],
    columns: list[Column],
    passes: int,
    body: list[str],
    look: Theme,
    dark: Theme | None,
) -> str:
    width, height = size
    units = ", ".join(str(len(column.units)) for column in columns)
    about = "Lines are weights: blue above 0, orange and dashed below, wider for larger."
    if passes == 2:
        about += " A second picture has their gradients, and δ of each unit."
    inside = "\n".join(body)
    # Several pictures on a page must not change each other's colours: each has a name of its own,
    # and a picture that follows its viewer has a different name from the same one that does not.
    named = f"{dark is not None}{inside}".encode()
    id = f"network-{hashlib.sha256(named).hexdigest()[:12]}"
    css = style.dark_rules(look, dark, f"#{id}") if dark else ""
    sheet = f"<style>{css}</style>\n" if css else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" id="{id}" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" '
        f'style="max-width:100%;height:auto" '
        f'font-family="{style.FONT}" text-anchor="middle">\n'
        f"<title>Network of {units} units</title>\n<desc>{about}</desc>\n{sheet}"
        f'<rect width="{width}" height="{height}" fill="{look.background}"/>\n{inside}\n</svg>\n'
    )


def _forward(columns: list[Column], loss: Loss | None) -> Reading:
    weights = [w for column in columns for unit in column.units for w in unit.weights]
    return Reading(
        title="Forward →" if loss is not None else "",
        unit=lambda unit: unit.number,
        weight=lambda unit, i: unit.weights[i],
        units=lambda column: Scale.linear(unit.number for unit in column.units),
        weights=Scale.linear(weights),
    )


def _backward(columns: list[Column], loss: Loss) -> Reading:
    units = [unit for column in columns for unit in column.units]
    deltas = Scale.of([*[unit.delta for unit in units], *loss.output_grads])
    grads = [grad for unit in units for grad in unit.weight_grads]
    return Reading(
        title="← Backward",
        unit=lambda unit: unit.delta,
        weight=lambda unit, i: unit.weight_grads[i],
        units=lambda column: deltas,
        weights=Scale.of(grads),
        backward=True,
    )


def _panel(panel: Panel, reading: Reading, loss: Loss | None, look: Theme) -> Iterator[str]:
    if reading.title:
        middle = (panel.x[0] + (panel.loss_x or panel.x[-1])) / 2
        yield _text(middle, MARGIN + 8, reading.title, look.text, 16, "bold")
    yield from _headers(panel, loss, look)
    yield from _lines(panel, reading, look)
    if loss is not None:
        yield from _loss(panel, reading, loss, look)
    for c in range(len(panel.columns)):
        yield from _circles(panel, c, reading, look)
    yield from _names(panel, look)


def _headers(panel: Panel, loss: Loss | None, look: Theme) -> Iterator[str]:
    """The name and description of each layer, above its units."""
    heads = [(x, column.title, column.notes) for x, column in zip(panel.x, panel.columns)]
    if loss is not None and panel.loss_x is not None:
        heads.append((panel.loss_x, "loss", ()))
    most = max(len(column.notes) for column in panel.columns)
    for x, title, notes in heads:
        y = panel.top - MARGIN / 2 - LINE * most
        yield _text(x, y, printable(title, 24), look.text, SMALL, "bold")
        for i, note in enumerate(notes, 1):
            yield _text(x, y + LINE * i, printable(note, 30), look.quiet, SMALL)


def _lines(panel: Panel, reading: Reading, look: Theme) -> Iterator[str]:
    for c, column in enumerate(panel.columns[1:], 1):
        for j, x2, y2 in panel.units(c):
            for i, x1, y1 in panel.units(c - 1):
                unit = column.units[j]
                if i >= len(unit.weights):
                    continue
                tip = f"w {unit.weights[i]!r}"
                if reading.backward:
                    tip = f"∂L/∂w {unit.weight_grads[i]!r}, {tip}"
                number = reading.weight(unit, i)
                place = (x1 + RADIUS, y1, x2 - RADIUS, y2)
                look_of = (reading.weights, panel.thickest, tip, "weight", look)
                yield _line(place, number or 0.0, *look_of)


def _line(
    place: tuple[float, float, float, float],
    number: float,
    scale: Scale,
    thickest: float,
    tip: str,
    kind: str,
    look: Theme,
) -> str:
    """A line that shows a number: its sign as colour and dashes, its size as width."""
    x1, y1, x2, y2 = place
    strength = scale.strength(number)
    dash = f' stroke-dasharray="{style.DASHES}"' if style.stroke(number) == "dashed" else ""
    width, opacity = 0.8 + (thickest - 0.8) * strength, 0.4 + 0.6 * strength
    paint = (
        f'stroke="{look.line_colour(number)}" stroke-width="{width:.2f}" '
        f'stroke-opacity="{opacity:.2f}"{dash}'
    )
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    title = f"<title>{html.escape(minus(tip))}</title>" if tip else ""
    return f'<line class="{kind}" {ends} {paint}>{title}</line>'


def _circles(panel: Panel, c: int, reading: Reading, look: Theme) -> Iterator[str]:
    column = panel.columns[c]
    scale = reading.units(column)
    for i, x, y in panel.places(c):
        if i is None:
            hidden = len(column.units) - len(panel.rows[c]) + 1
            yield _text(x, y + 5, f"⋮ {hidden} more", look.quiet, SMALL)
            continue
        unit = column.units[i]
        number = reading.unit(unit)
        is_input = c == 0  # inputs have another shape
        yield _outline(x, y, number, scale, _tip(unit, is_input, reading.backward), is_input, look)
        if number is not None:
            yield _text(x, y + 4.5, _short(number), look.text, SMALL)
        if unit.bias is not None and not reading.backward:
            below = f"b {_short(unit.bias)}"
            yield _text(x, y + RADIUS + 15, below, look.quiet, SMALL, halo=look.background)


def _tip(unit: Unit, is_input: bool, backward: bool) -> str:
    """All digits, for whoever points at a unit."""
    known = {"a": unit.number, "b": unit.bias}
    if backward:
        known = {"∂L/∂x" if is_input else "δ": unit.delta, **known}
    return ", ".join(f"{name} {x!r}" for name, x in known.items() if x is not None)


def _outline(
    x: float, y: float, number: float | None, scale: Scale, tip: str, square: bool, look: Theme
) -> str:
    """A square for an input, a circle for a neuron; dashed for a negative number."""
    title = f"<title>{html.escape(minus(tip))}</title>"
    edge = look.line_colour(number) if number else look.quiet
    paint = f'fill="{look.fill(number, scale)}" stroke="{edge}" stroke-width="1.6"'
    if style.stroke(number) == "dashed":
        paint += f' stroke-dasharray="{style.DASHES}"'
    if square:
        side = 2 * RADIUS
        place = f'x="{x - RADIUS:g}" y="{y - RADIUS:g}" width="{side:g}" height="{side:g}"'
        return f'<rect {place} rx="4" {paint}>{title}</rect>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="{RADIUS:g}" {paint}>{title}</circle>'


def _names(panel: Panel, look: Theme) -> Iterator[str]:
    """The names of units beside the outer columns, on the outer side."""
    for c, away, anchor in ((0, -1, "end"), (len(panel.columns) - 1, 1, "start")):
        for i, x, y in panel.units(c):
            name = panel.columns[c].units[i].name
            if name:
                place = (x + away * (RADIUS + 6), y + 4.5)
                halo = look.background
                yield _text(*place, shortened(name), look.text, SMALL, halo=halo, anchor=anchor)


def _loss(panel: Panel, reading: Reading, loss: Loss, look: Theme) -> Iterator[str]:
    """The loss after the outputs, and what it compares them with; or what it sends back."""
    x, y = panel.loss_x or 0.0, panel.middle
    last = len(panel.columns) - 1
    for i, from_x, from_y in panel.units(last):
        place = (from_x + RADIUS, from_y, x - BOX[0] / 2, y)
        if reading.backward:
            grad, scale = loss.output_grads[i], reading.units(panel.columns[last])
            tip = f"∂L/∂a {grad!r}"
            yield _line(place, grad, scale, panel.thickest, tip, "to-loss", look)
        else:
            yield _join(*place, look)
    tip = "∂L/∂L 1" if reading.backward else f"L {loss.number!r}"
    number = "∂L/∂L = 1" if reading.backward else minus(f"{loss.number:.4g}")
    yield _box(x, y, BOX[0], BOX[1], tip, look)
    yield _text(x, y + 4.5, number, look.text, SMALL, "bold")
    if loss.targets and not reading.backward:
        yield from _targets(x, y + BOX[1] / 2, loss.targets, look)


def _targets(x: float, y: float, targets: tuple[str, ...], look: Theme) -> Iterator[str]:
    """A card below the loss, joined to it, with a line for each target."""
    most = 8
    lines = [minus(printable(text, LONGEST)) for text in targets[:most]]
    if len(targets) > most:
        lines[-1] = f"⋮ {len(targets) - most + 1} more"
    width, height = max([BOX[0], *[width_of(line) + 12 for line in lines]]), LINE * len(lines) + 8
    top = y + LINE * 1.8
    yield _join(x, y, x, top, look)
    yield _box(x, top + height / 2, width, height, "target", look, square=True)
    for i, line in enumerate(lines):
        yield _text(x, top + LINE * (i + 1), line, look.text, SMALL)
    yield _text(x, top + height + LINE - 2, "target", look.quiet, SMALL)


def _join(x1: float, y1: float, x2: float, y2: float, look: Theme) -> str:
    """A line that shows no number."""
    ends = f'x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"'
    return f'<line class="to-loss" {ends} stroke="{look.line}" stroke-width="1.4"/>'


def _box(
    x: float, y: float, width: float, height: float, tip: str, look: Theme, square: bool = False
) -> str:
    place = f'x="{x - width / 2:g}" y="{y - height / 2:g}" width="{width:g}" height="{height:g}"'
    round = 4 if square else 12
    paint = f'rx="{round}" fill="{look.neutral}" stroke="{look.quiet}" stroke-width="1.6"'
    return f"<rect {place} {paint}><title>{html.escape(minus(tip))}</title></rect>"


def _legend(
    columns: list[Column], readings: list[Reading], width: float, look: Theme
) -> Iterator[str]:
    """What lines and circles show, in lines below the drawing, as SVG around x = 0."""
    yield _keys(look, any(unit.number is not None for unit in columns[0].units))
    for words in _words(columns, readings):
        rows = math.ceil(width_of(words) / (width - 2 * MARGIN))
        for line in textwrap.wrap(words, math.ceil(len(words) / rows) + 8 * (rows > 1)):
            yield _text(0, 0, line, look.quiet, SMALL)


def _words(columns: list[Column], readings: list[Reading]) -> Iterator[str]:
    units = [unit for column in columns for unit in column.units]
    parts = ["lines are weights w, wider for larger"]
    if any(unit.number is not None for unit in units):
        parts.append(
            "circles are activations a, deeper for larger: % of the largest in their column"
        )
    if any(unit.bias is not None for unit in units):
        parts.append("b is the bias")
    text = "; ".join(parts)
    yield f"Forward: {text}" if len(readings) == 2 else text[0].upper() + text[1:]
    for reading in readings[1:]:
        yield (
            f"Backward: lines are ∂L/∂w, and ∂L/∂a at the loss, wider for larger "
            f"({_extent(reading.weights)}); circles are δ = ∂L/∂z, inputs ∂L/∂x, deeper for "
            f"larger ({_extent(reading.units(columns[0]))})"
        )


def _extent(scale: Scale) -> str:
    """The range of a logarithmic scale, in words."""
    powers = f"{scale.decades} power{'s' * (scale.decades != 1)} of ten"
    return minus(f"log scale over {powers} up to {scale.largest:.3g}")


def _keys(look: Theme, with_fills: bool) -> str:
    """Samples of both signs: lines, and with numbers the shades of both."""
    above, below = "above 0", "below 0"
    step, length = 13.0, 34.0
    count = 2 * SHADES + 1
    # Each column has its own scale, so the ends are percentages of its largest number.
    low, high = minus("-100%"), "100%"
    fills = 28 + width_of(low) + count * step + width_of(high) if with_fills else 0.0
    total = 2 * (length + 6) + width_of(above) + 14 + width_of(below) + fills
    x = -total / 2
    parts = []
    for number, words in ((1.0, above), (-1.0, below)):
        place = (x, -4.5, x + length, -4.5)
        parts.append(_line(place, number, Scale(1.0), 3.0, "", "key", look))
        x += length + 6
        parts.append(_text(x, 0, words, look.quiet, SMALL, anchor="start"))
        x += width_of(words) + 14
    if with_fills:
        x += 8
        parts.append(_text(x, 0, low, look.quiet, SMALL, anchor="start"))
        x += width_of(low)
        for shade in range(-SHADES, SHADES + 1):
            x += step
            parts.append(_key(x, shade, look))
        parts.append(_text(x + step, 0, high, look.quiet, SMALL, anchor="start"))
    return "".join(parts)


def _key(x: float, shade: int, look: Theme) -> str:
    """A sample of a shade: 1 is the faintest above zero, −1 the faintest below, 0 is neither."""
    # The middle of a shade: its bounds belong to the next one.
    number = math.copysign((abs(shade) - 0.5) / SHADES, shade) if shade else 0.0
    dash = f' stroke-dasharray="{style.DASHES}"' if style.stroke(number) == "dashed" else ""
    edge = look.line_colour(number) if number else look.quiet
    fill = look.fill(number, Scale(1.0))
    paint = f'fill="{fill}" stroke="{edge}" stroke-width="1.2"{dash}'
    return f'<rect class="shade" x="{x - 6:g}" y="-10.5" width="11" height="11" rx="2" {paint}/>'


def _text(
    x: float, y: float, words: str, fill: str, size: float, weight: str = "normal",
    halo: str = "", anchor: str = "",
) -> str:  # fmt: skip
    """A line of text, centred unless it has another anchor; a halo keeps lines off it."""
    around = f' text-anchor="{anchor}"' if anchor else ""
    if halo:
        around += f' stroke="{halo}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    place = f'x="{x:g}" y="{y:g}" fill="{fill}" font-size="{size:g}"'
    return f"<text {place}{bold}{around}>{html.escape(words)}</text>"


def _short(x: float) -> str:
    """A number, short enough to fit into a circle.

    >>> _short(-0.125), _short(-0.0012), _short(1234.0), _short(0.0)
    ('−0.12', '−1e−3', '1e3', '0.00')
    """
    if x == 0 or 0.005 <= abs(x) < 100 or not math.isfinite(x):
        return minus(f"{x:.2f}")
    digit, exponent = f"{x:.0e}".split("e")
    return minus(f"{digit}e{int(exponent)}")
