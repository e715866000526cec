"""The charts of the lesson: lines over an axis, in the colours of the drawings, light or dark."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from viz.plots.style import log_scale, look, plot_theme, sheet, svg
from viz.style import minus

HALF = math.log(2)
"""The loss of a guess: a probability of one half for each sample of two classes."""

LEAST = 1e-40
"""The least that a log scale shows."""

BEYOND = 10
"""What lies above the top of a chart is drawn no higher than this many times the top."""

FEW = 10
"""If there are fewer places than this on the x axis, each has a tick."""


def lines(
    theme: str,
    title: str,
    across: tuple[str, Sequence[float]],
    up: str,
    curves: Mapping[str, Any],
    *,
    log: str = "",
    levels: Mapping[str, float] | None = None,
    span: tuple[str, float, float] | None = None,
    theory: Sequence[Any] = (),
    stars: Mapping[str, tuple[float, float]] | None = None,
    top: float | None = None,
) -> bytes:
    """Curves over one axis as SVG.

    `log` names the axes on a log scale: "x", "y" or "xy". `levels` are heights, marked with a
    dotted line; `span` is a part of the x axis, shaded, with a name; `theory` are predicted curves,
    dotted over the measured ones; `stars` are points, and `top` ends the y axis. A curve may be
    shorter than the axis, and nan ends it.
    """
    name, x = across[0], list(across[1])
    colours = plot_theme(theme)
    with sheet(theme, 10, 5.5, title) as figure:
        axes = figure.add_subplot()
        _draw_curves(axes, colours, x, curves, top)
        _draw_theory(axes, colours, x, theory)
        for label, level in (levels or {}).items():
            axes.axhline(level, color=colours.quiet, linestyle=":", linewidth=1.5, label=label)
        if span:
            label, left, right = span
            axes.axvspan(left, right, color=colours.quiet, alpha=0.15, linewidth=0, label=label)
        _draw_stars(axes, colours, stars or {})
        axes.set(xlabel=name, ylabel=up)
        _set_x(axes, x, "x" in log)
        if "y" in log:
            _set_log_y(axes, curves.values(), top)
        axes.set_ylim(top=top)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return svg(figure)


def _draw_curves(
    axes: Any, colours: Any, x: Sequence[float], curves: Mapping[str, Any], top: float | None
) -> None:
    for i, (label, y) in enumerate(curves.items()):
        heights = [_within(float(height), top) for height in y]
        looks = _spread(look(colours, i, len(heights)), i, len(curves))
        axes.plot(x[: len(heights)], heights, label=label, **looks)


def _within(height: float, top: float | None) -> float:
    """What is drawn for a number: one far above the top still leaves the chart, but not by far."""
    if top is not None and height > BEYOND * top:
        return BEYOND * top
    return height


def losses(
    theme: str, title: str, curves: Mapping[str, Any], steps: int, top: float | None = None
) -> bytes:
    """The losses of trainings of two classes, step by step, and what guessing costs."""
    axis = "step", range(steps)
    levels = {"ln 2": HALF}
    return lines(theme, title, axis, "loss", curves, log="y", levels=levels, top=top)


def _spread(looks: dict[str, Any], i: int, count: int) -> dict[str, Any]:
    """The look of one of several curves, so that two in the same place can both be seen.

    Markers are at different places, and earlier curves are wider.
    """
    every = looks["markevery"]
    return {**looks, "markevery": (i * every // count, every), "linewidth": 2 + 2 * (1 - i / count)}


def _draw_theory(axes: Any, colours: Any, x: Sequence[float], theory: Sequence[Any]) -> None:
    """Predicted curves, drawn after those that agree with them, so that they are seen."""
    dotted = {"color": colours.text, "linestyle": (0, (1, 3)), "linewidth": 1.5}
    for i, y in enumerate(theory):
        axes.plot(x, y, label="" if i else "predicted", **dotted)  # named once for all


def _draw_stars(axes: Any, colours: Any, stars: Mapping[str, tuple[float, float]]) -> None:
    for label, place in stars.items():
        axes.plot(
            *place,
            "*",
            markersize=18,
            color=colours.validation,
            markeredgecolor=colours.text,
            linestyle="",
            label=label,
        )


def _set_x(axes: Any, x: Sequence[float], is_log: bool) -> None:
    """The scale and the ticks of the x axis."""
    from matplotlib.ticker import MaxNLocator

    if is_log:
        log_scale(axes, "x", x)
    elif all(isinstance(number, int) for number in x):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))  # no step 2.5
    if len(x) < FEW:
        axes.set_xticks(x, [minus(f"{number:g}") for number in x])


def _set_log_y(axes: Any, curves: Iterable[Any], top: float | None) -> None:
    """A log scale for the numbers that it can show, down to LEAST and no further."""
    highest = top or math.inf
    known = []
    for y in curves:
        known += [float(height) for height in y if 0 < height <= highest and height < math.inf]
    log_scale(axes, "y", known)
    if max(known) > LEAST:
        axes.set_ylim(bottom=max(axes.get_ylim()[0], LEAST))
