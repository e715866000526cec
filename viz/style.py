"""How things look: colours, line widths, number formats. Blue is positive, orange negative (safe for colour-blind eyes).

The colours start from the Okabe-Ito palette (M. Okabe and K. Ito, "Color Universal Design", 2008); text on each
has a contrast of at least 4.5 : 1 (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

import math
from typing import Final

FONT: Final = "Arial"
MONOSPACE: Final = "Courier New"

BACKGROUND: Final = "#FFFFFF"
TEXT: Final = "#1F2328"
QUIET: Final = "#57606A"
LINE: Final = "#8C959F"
OPERATOR: Final = "#24292F"
NEUTRAL: Final = "#F5F6F8"
POSITIVE: Final = "#0B62A8"
NEGATIVE: Final = "#A34F00"
WRONG: Final = "#B3261E"
"""For nan and inf."""

_FILLS: Final = {1: ((0xEA, 0xF3, 0xFA), (0x9E, 0xCA, 0xEA)), -1: ((0xFD, 0xF1, 0xE3), (0xF5, 0xB5, 0x6E))}
"""Faintest and strongest fill for gradients by sign."""

DECADES: Final = 3.0
"""How many powers of ten below the largest the scales reach."""


def number(x: float) -> str:
    """Four decimals for 0.001 <= |x| < 10,000, else scientific; zero is 0.

    >>> number(2.0), number(0.0), number(-1e-9), number(float("nan"))
    ('2.0000', '0', '-1.00e-09', 'nan')
    """
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else str(x)
    return f"{x:.4f}" if 1e-3 <= abs(x) < 1e4 else f"{x:.2e}"


def slope(x: float) -> str:
    """A slope as written on its edge: ×0.5, at most four digits.

    >>> slope(0.5), slope(-3.0), slope(0.41997434)
    ('×0.5', '×-3', '×0.42')
    """
    return f"×{x:.4g}" if x else "×0"


def strength(x: float, largest: float) -> float:
    """|x| on a logarithmic scale: 1 for the largest, 0 for `DECADES` powers of ten below it and less.

    >>> strength(1.0, 1000.0), strength(1000.0, 1000.0), strength(0.0, 0.0)
    (0.0, 1.0, 0.0)
    """
    if not x or not largest:
        return 0.0
    if not math.isfinite(x):
        return 1.0
    return min(1.0, max(0.0, 1 + (math.log10(abs(x)) - math.log10(largest)) / DECADES))


def fill(grad: float | None, largest: float) -> str:
    """The card's colour for a gradient: blue or orange by sign, deeper by size; neutral for none and for 0.

    >>> fill(1.0, 1.0), fill(-1.0, 1.0), fill(0.0, 1.0), fill(None, 1.0)
    ('#9ECAEA', '#F5B56E', '#F5F6F8', '#F5F6F8')
    """
    if not grad or math.isnan(grad):
        return NEUTRAL
    faint, strong = _FILLS[1 if grad > 0 else -1]
    t = strength(grad, largest)
    return "#" + "".join(f"{round(a + (b - a) * t):02X}" for a, b in zip(faint, strong))


def line_colour(slope: float) -> str:
    """The colour of an edge by the sign of its slope."""
    if not math.isfinite(slope):
        return WRONG
    return POSITIVE if slope > 0 else NEGATIVE if slope < 0 else LINE
