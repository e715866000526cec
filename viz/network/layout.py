"""Where columns of circles lie: one panel of units, or two of the same, forward and backward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from viz.network.reading import Column, Loss
from viz.text import printable, text_width

RADIUS = 23.0
ACROSS = 119.0
"""The least distance from column to column: wider words move columns apart."""
DOWN = 68.0
"""The distance from unit to unit."""
MARGIN = 14.0
LINE = 18.0
"""The distance from line to line of text."""
SMALL = 13.0
"""The smallest letters: for a network of [4, 8, 8, 3] they are 12 px high on a slide."""

BOX = (72.0, 48.0)
"""Width and height of the card of a loss."""

SLIDE = (1280.0, 720.0)

LONGEST = 18
"""Of a longer name, only the beginning is shown."""


def shown_units(count: int, max_units: int) -> list[int | None]:
    """The units of a column that are drawn, with None for an ellipsis.

    >>> shown_units(3, 8), shown_units(100, 5)
    ([0, 1, 2], [0, 1, None, 98, 99])
    """
    if count <= max_units:
        return list(range(count))
    head = max_units // 2
    return [*range(head), None, *range(count - (max_units - 1 - head), count)]


def width_of(text: str) -> float:
    """The width of a text in the smallest letters."""
    return round(text_width(text, SMALL), 1)


@dataclass(frozen=True)
class Panel:
    """The places of one picture of a network, from its own upper left corner.

    `rows` are the units of each column that are shown, None for an ellipsis; `x` the centres of
    the columns, and `loss_x` that of the loss, if there is one.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[int | None, ...], ...]
    x: tuple[float, ...]
    loss_x: float | None
    top: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Halfway down the units."""
        return (self.top + self.height - MARGIN) / 2

    @property
    def thickest(self) -> float:
        """The width of the widest lines: less if there are many, which would hide one another."""
        return max(2.4, min(4.5, 22 / max(map(len, self.rows))))

    def places(self, c: int) -> Iterator[tuple[int | None, float, float]]:
        """The units of a column that are shown, None for an ellipsis, with their centres."""
        rows = self.rows[c]
        for r, i in enumerate(rows):
            yield i, self.x[c], self.middle + DOWN * (r - (len(rows) - 1) / 2)

    def units(self, c: int) -> Iterator[tuple[int, float, float]]:
        """The same without the ellipsis."""
        for i, x, y in self.places(c):
            if i is not None:
                yield i, x, y


def panel_of(columns: list[Column], loss: Loss | None, max_units: int, titled: bool) -> Panel:
    """The places of a network with at most `max_units` in a column; `titled` leaves room above."""
    rows = tuple([tuple(shown_units(len(column.units), max_units)) for column in columns])
    widths = [max(map(width_of, (column.title, *column.notes))) for column in columns]
    before, after = _names(columns[0]), _names(columns[-1])
    x = [MARGIN + max(RADIUS + before, widths[0] / 2)]
    for one, other in zip(widths, widths[1:]):
        x.append(x[-1] + max(ACROSS, (one + other) / 2 + MARGIN))
    loss_x, right = None, x[-1] + max(RADIUS + after, widths[-1] / 2)
    if loss is not None:
        half = max([BOX[0], *map(width_of, map(shortened, loss.targets))]) / 2
        loss_x = max(x[-1] + ACROSS, x[-1] + RADIUS + after + half + MARGIN)
        right = loss_x + half
    lines = max(len(column.notes) for column in columns) + 1
    top = MARGIN + LINE * lines + (LINE + 12) * titled
    tallest = max(map(len, rows)) * DOWN
    if loss is not None:  # as far below the middle as above it
        tallest = max(tallest, 2 * (BOX[1] + 2 * LINE + LINE * len(loss.targets[:max_units])))
    return Panel(
        tuple(columns), rows, tuple(x), loss_x, top, right + MARGIN, top + tallest + MARGIN
    )


def _names(column: Column) -> float:
    """The width of the names of a column's units, with a gap; 0 without names."""
    longest = max((width_of(shortened(unit.name)) for unit in column.units), default=0.0)
    return 8 + longest if longest else 0.0


def shortened(name: str) -> str:
    """A name, or its beginning."""
    return printable(name, LONGEST)


def beside(panel: Panel, legend: float) -> bool:
    """Whether two panels are larger on a slide side by side than one above the other."""
    side_by_side = (2 * panel.width, panel.height + legend)
    stacked = (panel.width, 2 * panel.height + legend)
    return _scale(*side_by_side) >= _scale(*stacked)


def _scale(width: float, height: float) -> float:
    return min(SLIDE[0] / width, SLIDE[1] / height)
