"""How things look: themes, line widths, number formats. Blue is positive, orange negative (safe for colour-blind eyes).

The colours start from the Okabe-Ito palette (M. Okabe and K. Ito, "Color Universal Design", 2008); text on each
has a contrast of at least 4.5 : 1 (WCAG 2.1, 1.4.3), in both themes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

from autograd.checks import shown

FONT: Final = "Arial"
MONOSPACE: Final = "Courier New"

SHADES: Final = 8
"""How many depths of blue and of orange there are."""

DECADES: Final = 3.0
"""How many powers of ten below the largest the scales reach."""


@dataclass(frozen=True)
class Theme:
    """The colours of a drawing; `positive_fills` and `negative_fills` go from faintest to strongest."""

    background: str
    text: str
    quiet: str
    line: str
    operator: str
    operator_text: str
    neutral: str
    positive: str
    negative: str
    wrong: str
    highlight: str
    positive_fills: tuple[str, ...]
    negative_fills: tuple[str, ...]

    def fill(self, grad: float | None, largest: float) -> str:
        """The card's colour for a gradient: blue or orange by sign, deeper by size; neutral for none and for 0.

        >>> LIGHT.fill(1.0, 1.0), LIGHT.fill(-1.0, 1.0), LIGHT.fill(0.0, 1.0), LIGHT.fill(None, 1.0)
        ('#9ECAEA', '#F5B56E', '#F5F6F8', '#F5F6F8')
        """
        if not grad or math.isnan(grad):
            return self.neutral
        fills = self.positive_fills if grad > 0 else self.negative_fills
        return fills[round(strength(grad, largest) * (SHADES - 1))]

    def line_colour(self, slope: float) -> str:
        """The colour of an edge by the sign of its slope."""
        if not math.isfinite(slope):
            return self.wrong
        return self.positive if slope > 0 else self.negative if slope < 0 else self.line

    def colours(self) -> list[str]:
        """All of its colours, in an order that is the same for every theme."""
        found: list[str] = []
        for field in fields(self):
            x = getattr(self, field.name)
            found += [x] if isinstance(x, str) else x
        return found


def _shades(faint: tuple[int, int, int], strong: tuple[int, int, int]) -> tuple[str, ...]:
    """`SHADES` colours from one to another."""
    steps = [i / (SHADES - 1) for i in range(SHADES)]
    return tuple("#" + "".join(f"{round(a + (b - a) * t):02X}" for a, b in zip(faint, strong)) for t in steps)


LIGHT: Final = Theme(
    background="#FFFFFF",
    text="#1F2328",
    quiet="#57606A",
    line="#8C959F",
    operator="#24292F",
    operator_text="#FEFEFE",
    neutral="#F5F6F8",
    positive="#0B62A8",
    negative="#A34F00",
    wrong="#B3261E",
    highlight="#6E2C91",
    positive_fills=_shades((0xEA, 0xF3, 0xFA), (0x9E, 0xCA, 0xEA)),
    negative_fills=_shades((0xFD, 0xF1, 0xE3), (0xF5, 0xB5, 0x6E)),
)

DARK: Final = Theme(
    background="#14181D",
    text="#E9EDF1",
    quiet="#A7B0BA",
    line="#6B7681",
    operator="#D3DAE1",
    operator_text="#15191E",
    neutral="#232A31",
    positive="#6DB6F2",
    negative="#F0A04B",
    wrong="#FF8A80",
    highlight="#D7A6F5",
    positive_fills=_shades((0x1C, 0x30, 0x40), (0x0F, 0x52, 0x83)),
    negative_fills=_shades((0x38, 0x2B, 0x1C), (0x7A, 0x45, 0x0C)),
)

ThemeName: TypeAlias = Literal["light", "dark", "auto"]
THEMES: Final[dict[str, tuple[Theme, Theme | None]]] = {
    "light": (LIGHT, None),
    "dark": (DARK, None),
    "auto": (LIGHT, DARK),
}
"""By name: the theme to draw in, and the one that the viewer's preference may put in its place."""


def theme_named(name: str) -> tuple[Theme, Theme | None]:
    """The theme of that name, and for "auto" the dark one; ValueError for a name that is none."""
    if not isinstance(name, str) or name not in THEMES:
        raise ValueError(f"theme must be one of {list(THEMES)}, got {shown(name)}")
    return THEMES[name]


def dark_rules(light: Theme, dark: Theme) -> str:
    """CSS that turns every colour of one theme into that of the other where the viewer prefers dark pages.

    >>> dark_rules(LIGHT, DARK).count("stroke:") == len(LIGHT.colours())
    True
    """
    pairs = dict(zip(light.colours(), dark.colours()))
    rules = [f'[{key}="{a}"i]{{{key}:{b}}}' for a, b in pairs.items() for key in ("fill", "stroke")]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}text:not([fill]){{fill:{dark.text}}}}}"


def number(x: float) -> str:
    """Four decimals, and below 0.1 as many as make four digits; scientific below 0.001 and from 10,000 on; zero is 0.

    >>> number(2.0), number(0.0), number(0.00145), number(-1e-9), number(float("nan"))
    ('2.0000', '0', '0.001450', '-1.000e-09', 'nan')
    """
    if x == 0 or not math.isfinite(x):
        return "0" if x == 0 else str(x)
    size = abs(x)
    return f"{x:.3e}" if not 1e-3 <= size < 1e4 else f"{x:.{4 if size >= 0.1 else 5 if size >= 0.01 else 6}f}"


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
