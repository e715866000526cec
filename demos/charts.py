"""The charts of the lesson: lines over an axis, in the colours of the drawings, light or dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from viz.plots.style import log_scale, look, plot_theme, sheet, svg

LEAST = 1e-40
"""The least that a log scale shows."""


def lines(
    theme: str, title: str, across: tuple[str, Sequence[float]], up: str, curves: Mapping[str, Any],
    *, log: str = "", levels: Mapping[str, float] | None = None, span: tuple[str, float, float] | None = None,
    theory: Sequence[Any] = (), stars: Mapping[str, tuple[float, float]] | None = None, top: float | None = None,
) -> bytes:  # fmt: skip
    """Curves over one axis as SVG; `log` names the axes on a log scale, "x", "y" or "xy".

    `levels` are heights that are marked with a dotted line, `span` is a part of the axis, shaded, with a name, `theory` are
    predicted curves, dotted over those measured, `stars` are points, and `top` ends the y axis. A curve may be shorter than the axis,
    and nan ends it.
    """
    from matplotlib.ticker import MaxNLocator

    name, x = across[0], list(across[1])
    colours = plot_theme(theme)
    with sheet(theme, 10, 5.5, title) as figure:
        axes = figure.add_subplot()
        for i, (label, y) in enumerate(curves.items()):
            y = [float(v) if top is None or not v > 10 * top else 10 * top for v in y]
            axes.plot(x[: len(y)], y, label=label, **_spread(look(colours, i, len(y)), i, len(curves)))
        for i, y in enumerate(theory):  # on top of what agrees with it
            axes.plot(x, y, color=colours.text, linestyle=(0, (1, 3)), linewidth=1.5, label="" if i else "predicted")
        for label, level in (levels or {}).items():
            axes.axhline(level, color=colours.quiet, linestyle=":", linewidth=1.5, label=label)
        if span:
            axes.axvspan(*span[1:], color=colours.quiet, alpha=0.15, linewidth=0, label=span[0])
        for label, place in (stars or {}).items():
            axes.plot(*place, "*", markersize=18, color=colours.validation, markeredgecolor=colours.text, linestyle="", label=label)
        axes.set(xlabel=name, ylabel=up)
        if "x" in log:
            log_scale(axes, "x", x)
        elif all(isinstance(number, int) for number in x):
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if len(x) < 10:
            axes.set_xticks(x, [f"{number:g}" for number in x])
        if "y" in log:
            known = [float(v) for y in curves.values() for v in y if 0 < v <= (top or math.inf) and v < math.inf]
            log_scale(axes, "y", known)
            axes.set_ylim(bottom=max(axes.get_ylim()[0], LEAST) if max(known) > LEAST else None)
        axes.set_ylim(top=top)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return svg(figure)


def _spread(looks: dict[str, Any], i: int, count: int) -> dict[str, Any]:
    """Markers of several curves not at the same places, and earlier curves wider: where two are one, both are seen."""
    every = looks["markevery"]
    return {**looks, "markevery": (i * every // count, every), "linewidth": 2 + 2 * (1 - i / count)}
