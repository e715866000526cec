"""The charts of the lesson: lines over an axis, in the colours of the drawings, light or dark."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from viz.plot_style import SMALL, log_scale, look, plot_theme, sheet, svg

LEAST = 1e-32
"""The least that a log scale shows."""


def lines(
    theme: str, title: str, across: tuple[str, Sequence[float]], up: str, curves: Mapping[str, Any],
    *, log: str = "", levels: Mapping[str, float] | None = None, borders: Mapping[str, float] | None = None,
) -> bytes:  # fmt: skip
    """Curves over one axis as SVG; `log` names the axes on a log scale, "x", "y" or "xy".

    `levels` are heights, and `borders` places along the axis, that are marked with a dotted line and a name. A curve may be shorter
    than the axis, and nan ends it.
    """
    name, x = across[0], list(across[1])
    colours = plot_theme(theme)
    with sheet(theme, 10, 5.5, title) as figure:
        axes = figure.add_subplot()
        for i, (label, y) in enumerate(curves.items()):
            y = [float(v) for v in y]
            axes.plot(x[: len(y)], y, label=label, **look(colours, i, len(y)))
        for label, level in (levels or {}).items():
            axes.axhline(level, color=colours.quiet, linestyle=":", linewidth=1.5)
            axes.annotate(
                label, (1, level), xycoords=("axes fraction", "data"), ha="right", va="bottom", color=colours.quiet, fontsize=SMALL
            )
        for label, place in (borders or {}).items():
            axes.axvline(place, color=colours.quiet, linestyle=":", linewidth=1.5)
            axes.annotate(label, (place, 1), xycoords=("data", "axes fraction"), ha="right", va="top", color=colours.quiet, fontsize=SMALL)
        axes.set(xlabel=name, ylabel=up)
        if "x" in log:
            log_scale(axes, "x", x)
        if len(x) < 10:
            axes.set_xticks(x, [f"{number:g}" for number in x])
        if "y" in log:
            known = [float(v) for y in curves.values() for v in y if math.isfinite(v) and v > 0]
            log_scale(axes, "y", known)
            axes.set_ylim(bottom=max(axes.get_ylim()[0], LEAST) if max(known) > LEAST else None)
        axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1))
    return svg(figure)
