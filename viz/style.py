"""How things look: themes, scales, and numbers as text.

Blue is above zero and orange below; nothing else is blue or orange. Numbers below zero are dashed
as well, so that the sign survives a photocopier, and depth of colour shows size. The hues are those
of the Okabe-Ito palette (M. Okabe and K. Ito, "Color Universal Design", 2008), which stay distinct
for colour-blind eyes; text on each shade has a contrast of at least 4.5 : 1 (WCAG 2.1, 1.4.3),
and neighbouring shades are at least 8 apart in CIEDE2000. `tests/viz/test_style.py` checks this.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Final, Literal, TypeAlias

from autograd.checks import shown

FONT: Final = "Arial"
"""The only type family: its digits all have the same width, so numbers line up in it."""

SHADES: Final = 4
"""How many depths of blue and of orange there are: nobody could tell more of them apart."""

ROUNDING: Final = sys.float_info.epsilon
"""Numbers below this fraction of the largest may be rounding error: they do not stretch a scale."""

MINUS: Final = "\u2212"
"""The minus sign, as wide as a plus; a hyphen is too short, and lines break after it."""

Stroke: TypeAlias = Literal["solid", "dashed"]
DASHES: Final = "7 4"
"""The dashes of every dashed line in SVG: the lengths of dash and gap."""


@dataclass(frozen=True)
class Scale:
    """From the size of a number to a strength from 0 to 1, the depth of its colour.

    Up to `largest`, it is in proportion (`decades` 0) or logarithmic over that many powers of ten.
    """

    largest: float = 0.0
    decades: int = 0

    @classmethod
    def linear(cls, values: Iterable[float | None]) -> Scale:
        """In proportion to the largest of these numbers: for data, such as activations.

        >>> Scale.linear([4.0, -2.0, None]).strength(-2.0)
        0.5
        """
        return cls(max(_sizes(values), default=0.0))

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Scale:
        """Logarithmic, over as many whole powers of ten as these numbers need: for gradients.

        >>> Scale.of([1.0, -0.1, 0.0]), Scale.of([1e-3, 1e-9, None])
        (Scale(largest=1.0, decades=1), Scale(largest=0.001, decades=6))
        """
        sizes = _sizes(values)
        largest = max(sizes, default=0.0)
        smallest = min([size for size in sizes if size > largest * ROUNDING], default=largest)
        if not largest:
            return cls(0.0, 1)
        # A hair less than what was computed, so that 1 and 0.001 need three decades and not four.
        decades = math.ceil(math.log10(largest) - math.log10(smallest) - 1e-9)
        return cls(largest, max(1, decades))

    def strength(self, x: float) -> float:
        """1 for the largest and beyond, and for nan; 0 at the lower end and below.

        >>> [Scale(1000.0, 3).strength(x) for x in (1000.0, 1.0, 0.0)]
        [1.0, 0.0, 0.0]
        """
        if not x or not self.largest:
            return 0.0
        if not math.isfinite(x):
            return 1.0
        if not self.decades:
            return min(1.0, abs(x) / self.largest)
        below = math.log10(self.largest) - math.log10(abs(x))
        return min(1.0, max(0.0, 1 - below / self.decades))

    def shade(self, x: float) -> int:
        """Which of the `SHADES` depths of colour a number has, 0 the faintest.

        >>> [Scale(1.0).shade(x) for x in (0.1, 0.3, 0.6, -0.9)]
        [0, 1, 2, 3]
        """
        return min(SHADES - 1, int(self.strength(x) * SHADES))

    @property
    def bounds(self) -> tuple[float, ...]:
        """Where the shades begin and end, from the lower end to the largest.

        >>> Scale(8.0).bounds
        (0.0, 2.0, 4.0, 6.0, 8.0)
        """
        shares = [i / SHADES for i in range(SHADES + 1)]
        if not self.decades:
            return tuple(self.largest * share for share in shares)
        return tuple(self.largest * 10.0 ** (self.decades * (share - 1)) for share in shares)


def _sizes(values: Iterable[float | None]) -> list[float]:
    """The sizes of those `values` that have one: not of None, 0, nan and the infinities."""
    return [abs(x) for x in values if x and math.isfinite(x)]


@dataclass(frozen=True)
class Theme:
    """The colours of a drawing; the fills by sign go from faintest to strongest."""

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

    def fill(self, x: float | None, scale: Scale) -> str:
        """The fill for a number: blue or orange by its sign, deeper for larger; neutral if 0.

        Whatever is filled by sign has an outline by `stroke`.

        >>> [LIGHT.fill(x, Scale(1.0)) for x in (1.0, -1.0, 0.0, None)]
        ['#3A96DE', '#E28520', '#F5F6F8', '#F5F6F8']
        """
        if not x or math.isnan(x):
            return self.neutral
        fills = self.positive_fills if x > 0 else self.negative_fills
        return fills[scale.shade(x)]

    def line_colour(self, slope: float) -> str:
        """The colour of a line by the sign of its number; whatever uses it also has a `stroke`."""
        if not math.isfinite(slope):
            return self.wrong
        if not slope:
            return self.line
        return self.positive if slope > 0 else self.negative

    def colours(self) -> list[str]:
        """All of its colours, in an order that is the same for every theme."""
        found: list[str] = []
        for field in fields(self):
            x = getattr(self, field.name)
            found += [x] if isinstance(x, str) else x
        return found


def stroke(x: float | None) -> Stroke:
    """How lines and outlines are drawn by sign, as Graphviz and matplotlib call it.

    This shows the sign where colour cannot: in greyscale, in print.

    >>> stroke(-0.5), stroke(0.5), stroke(0.0), stroke(None)
    ('dashed', 'solid', 'solid', 'solid')
    """
    return "dashed" if x is not None and x < 0 else "solid"


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
    wrong="#A00040",
    highlight="#5B1A7A",
    positive_fills=("#D4E0F3", "#AAC8EC", "#7AAEE5", "#3A96DE"),
    negative_fills=("#F8E4D7", "#F7CAA6", "#F0A969", "#E28520"),
)

DARK: Final = Theme(
    background="#14181D",
    text="#E9EDF1",
    quiet="#A7B0BA",
    line="#6B7681",
    operator="#D3DAE1",
    operator_text="#15191E",
    neutral="#1E242A",
    positive="#6DB6F2",
    negative="#F0A04B",
    wrong="#FF5C7A",
    highlight="#F0B6FF",
    positive_fills=("#14273F", "#1D3E65", "#1A5490", "#216ABA"),
    negative_fills=("#342B28", "#4E3623", "#71441B", "#985406"),
)

ThemeName: TypeAlias = Literal["light", "dark", "auto"]
THEMES: Final[dict[str, tuple[Theme, Theme | None]]] = {
    "light": (LIGHT, None),
    "dark": (DARK, None),
    "auto": (LIGHT, DARK),
}
"""By name: the theme to draw in, and the one that the viewer's preference may switch to."""


def theme_named(name: str) -> tuple[Theme, Theme | None]:
    """The theme of that name, with the dark one for "auto"; ValueError for an unknown name."""
    if not isinstance(name, str) or name not in THEMES:
        raise ValueError(f"theme must be one of {list(THEMES)}, got {shown(name)}")
    return THEMES[name]


def dark_rules(light: Theme, dark: Theme, within: str = "") -> str:
    """CSS that turns each colour of one theme into that of the other if dark is preferred.

    With a selector, such as "#drawing", the rules hold only within what it selects.

    >>> dark_rules(LIGHT, DARK, "#one").count("#one [stroke=") == len(LIGHT.colours())
    True
    """
    before = f"{within} " if within else ""
    rules = ""
    for light_one, dark_one in zip(light.colours(), dark.colours()):
        for key in ("fill", "stroke"):
            rules += f'{before}[{key}="{light_one}"i]{{{key}:{dark_one}}}'
    unfilled = f"{before}text:not([fill]){{fill:{dark.text}}}"
    return f"@media (prefers-color-scheme:dark){{{rules}{unfilled}}}"


def number(x: float) -> str:
    """Four decimals, or four digits below 0.1; scientific below 0.001 and from 10,000 on.

    >>> number(2.0), number(0.0), number(0.00145), number(-1e-9), number(float("nan"))
    ('2.0000', '0', '0.001450', '−1.000e−09', 'nan')
    """
    if x == 0:
        return "0"
    size = abs(x)
    if not math.isfinite(x):
        text = str(x)
    elif not 1e-3 <= size < 1e4:
        text = f"{x:.3e}"
    elif size >= 0.1:
        text = f"{x:.4f}"
    else:
        text = f"{x:.5f}" if size >= 0.01 else f"{x:.6f}"
    return minus(text)


def slope(x: float) -> str:
    """A slope as written on its edge: ×0.5, at most four digits.

    >>> slope(0.5), slope(-3.0), slope(0.41997434)
    ('×0.5', '×−3', '×0.42')
    """
    return f"×{brief(x)}"


def brief(x: float, digits: int = 4) -> str:
    """A number in a few digits, as in a sentence.

    >>> brief(0.41997434), brief(-3.0), brief(-0.123456, 3)
    ('0.42', '−3', '−0.123')
    """
    return minus(f"{x + 0.0:.{digits}g}")


# Before a number, in its exponent, and between two; not within a word or a date.
_SIGN = re.compile(r"(?<!\w)-(?=\d|inf\b)|(?<=\de)-(?=\d)|(?<=[\w)] )-(?= [\w(-])")


def minus(text: str) -> str:
    """Text with real minus signs for its numbers; hyphens within words stay.

    >>> minus("-2 * 3 = -6, 1e-09"), minus("5 - 3"), minus("x-1 of 2026-11-27")
    ('−2 * 3 = −6, 1e−09', '5 − 3', 'x-1 of 2026-11-27')
    """
    return _SIGN.sub(MINUS, text)


def typed(text: str) -> str:
    """What a person typed (or copied from a drawing), with minus signs as Python reads them.

    >>> float(typed("−1.5e−3"))
    -0.0015
    """
    return text.replace(MINUS, "-")
