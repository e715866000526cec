"""The curve of a loss as a small SVG for a page that moves a point along it."""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from viz.style import brief

WIDTH, HEIGHT = 320.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 12.0, 308.0, 30.0, 140.0

DECADES = 1.5
"""If the losses span more powers of ten than this, the axis is logarithmic."""


@dataclass(frozen=True)
class Curve:
    """Losses in order, and the number of each epoch as the page counts it.

    >>> curve = Curve([0.5, 0.25], ["0", "1"])
    >>> curve.points
    [(12.0, 30.0), (308.0, 140.0)]
    """

    losses: Sequence[float]
    counts: Sequence[str]
    unit: str = "epoch"

    @cached_property
    def finite(self) -> list[float]:
        return [loss for loss in self.losses if math.isfinite(loss)]

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is logarithmic: if the losses are above 0 and span decades."""
        low, high = min(self.finite, default=0.0), max(self.finite, default=0.0)
        return low > 0 and math.log10(high / low) > DECADES

    @cached_property
    def points(self) -> list[tuple[float, float | None]]:
        """Where each loss is in the picture; y is None for nan and inf."""
        return [(self._x(i), self._y(loss)) for i, loss in enumerate(self.losses)]

    def _x(self, i: int) -> float:
        last = len(self.losses) - 1
        return round(LEFT + (RIGHT - LEFT) * i / last, 2) if last else (LEFT + RIGHT) / 2

    def _y(self, loss: float) -> float | None:
        if not math.isfinite(loss):
            return None
        low, high = min(self.finite), max(self.finite)
        if low == high:
            return (TOP + BOTTOM) / 2
        if self.logarithmic:
            share = math.log(loss / low) / math.log(high / low)
        else:
            share = loss / (high - low) - low / (high - low)
        return round(BOTTOM + (TOP - BOTTOM) * share, 2)

    @property
    def path(self) -> str:
        """The line; it has a gap where a loss is not finite."""
        parts, pen = [], "M"
        for x, y in self.points:
            if y is None:
                pen = "M"
                continue
            parts.append(f"{pen}{x:g},{y:g}")
            pen = "L"
        return "".join(parts)

    @property
    def svg(self) -> str:
        """The picture, in the colours of the page; the page moves the point."""
        scale = " (log scale)" if self.logarithmic else ""
        first, last = brief(self.losses[0]), brief(self.losses[-1])
        name = "training loss" if self.unit == "epoch" else "loss"
        label = f"{name.capitalize()} from {first} to {last}, highest at the top{scale}"
        ends = ""
        if self.finite:
            ends = f"max {brief(max(self.finite))}, min {brief(min(self.finite))}"
        low = BOTTOM + 24
        return "\n".join(
            [
                f'<svg id="curve" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img"'
                f' aria-label="{html.escape(label)}">',
                f'<text x="{LEFT:g}" y="16">{name}{scale}: {ends}</text>',
                f'<path class="axis" d="M{LEFT:g},{BOTTOM + 8:g}H{RIGHT:g}"/>',
                f'<text x="{LEFT:g}" y="{low:g}">{self.unit} {self.counts[0]}</text>',
                f'<text x="{RIGHT:g}" y="{low:g}" text-anchor="end">{self.counts[-1]}</text>',
                f'<path class="loss" d="{self.path}"/>',
                f'<line id="line-now" y1="{TOP - 6:g}" y2="{BOTTOM + 8:g}"/>',
                '<circle id="here-now" r="5"/>',
                "</svg>",
            ]
        )
