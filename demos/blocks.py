"""What a page is made of, and how each part reads on the screen."""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

WIDEST = 100
"""The longest line on a screen, in characters; longer ones are tiring to read."""

PROSE = 30
"""A last column with a cell of more characters than this is prose: wrapped, and aligned left."""


@dataclass(frozen=True)
class Claim:
    """What was measured, what was predicted, and whether the two agree.

    `expected` is False where the prediction is for other options than those of the run: then a
    difference is no miss.
    """

    what: str
    measured: str
    predicted: str
    holds: bool
    expected: bool = True

    @property
    def state(self) -> str:
        """ "holds", "missed", or "open" if it was predicted for other options."""
        if self.holds:
            return "holds"
        return "missed" if self.expected else "open"

    @property
    def prediction(self) -> str:
        """The word before the prediction, with what it is for where that matters."""
        return f"predicted{' for the default settings' * (self.state == 'open')}"


@dataclass(frozen=True)
class Picture:
    """The files of a figure: one that follows the reader's theme, or one for light and one for
    dark; or a page of its own.

    `width` is that of the drawing in pixels; 0 if it is not known.
    """

    files: tuple[str, ...]
    caption: str
    width: float = 0.0


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def ends_in_prose(self) -> bool:
        """Whether the last column holds sentences."""
        return any(len(row[-1]) > PROSE for row in self.rows)


@dataclass(frozen=True)
class Code:
    text: str


@dataclass(frozen=True)
class Formulas:
    """Lines of formulas, in the notation of `mathml`.

    Two or more spaces end a formula; after them comes a remark, or more of the formula if that
    begins with =.
    """

    text: str

    @property
    def lines(self) -> list[tuple[list[str], str]]:
        """The parts of the formula on each line, and the remark beside it.

        >>> Formulas("z = w x   = 6   the sum").lines
        [(['z = w x', '= 6'], 'the sum')]
        """
        found = []
        for line in self.text.splitlines():
            first, *rest = re.split(r"\s{2,}", line.strip())
            more = [part for part in rest if part.startswith("=")]
            remark = " ".join([part for part in rest if part not in more])
            found.append(([first, *more], remark))
        return found


Block: TypeAlias = "str | Claim | Picture | Table | Code | Formulas"

SIGNS = {"holds": "✓", "missed": "✗", "open": "·"}


def shown(x: Any) -> str:
    """Numbers in four digits, anything else as it is.

    >>> shown(0.123456), shown([1.0, 2.5]), shown({"tanh": 1 / 3}), shown("tanh")
    ('0.1235', '1, 2.5', 'tanh 0.3333', 'tanh')
    """
    if isinstance(x, float):
        return f"{x:.4g}"
    if isinstance(x, dict):
        return ", ".join(f"{key} {shown(value)}" for key, value in x.items())
    return ", ".join(map(shown, x)) if isinstance(x, (list, tuple)) else str(x)


def gap(before: Block, block: Block) -> str:
    """What goes between two blocks on the screen.

    It is a blank line, but nothing within a row of claims and pictures.
    """
    is_row = isinstance(before, (Claim, Picture)) and isinstance(block, (Claim, Picture))
    return "" if is_row else "\n"


def on_screen(block: Block, out: Path | None = None) -> str:
    """A block as lines of text.

    >>> print(on_screen(Claim("ln 2", "0.693", "0.693", True)))
      ✓ ln 2: 0.693
        predicted: 0.693
    """
    if isinstance(block, str):
        return _wrapped(plain(block))
    if isinstance(block, Claim):
        measured = _wrapped(f"{plain(block.what)}: {block.measured}", f"  {SIGNS[block.state]} ")
        return f"{measured}\n{_wrapped(f'{block.prediction}: {plain(block.predicted)}', '    ')}"
    if isinstance(block, Picture):
        return f"  → {(out or Path()) / block.files[0]}\n{_wrapped(block.caption, '    ')}"
    if isinstance(block, Table):
        return _table(block)
    return textwrap.indent(block.text if isinstance(block, Code) else plain(block.text), "    ")


def plain(text: str) -> str:
    """A text with formulas as it reads on a screen."""
    return text.replace("$", "")


def _columns() -> int:
    """How wide the terminal is; as wide as reads well where there is none."""
    return max(30, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def _wrapped(text: str, start: str = "") -> str:
    return textwrap.fill(
        text,
        _columns(),
        break_on_hyphens=False,
        initial_indent=start,
        subsequent_indent=" " * len(start),
    )


def _table(table: Table) -> str:
    columns = list(zip(table.head, *table.rows))
    widths = [max(map(len, column)) for column in columns]
    numbers = len(widths) - table.ends_in_prose
    lines = []
    for row in [table.head, *table.rows]:
        cells = [cell.rjust(width) for cell, width in zip(row[1:numbers], widths[1:])]
        line = "    " + "  ".join([row[0].ljust(widths[0]), *cells])
        lines.append(_with_prose(line, row[-1]) if table.ends_in_prose else line)
    return "\n".join(lines)


def _with_prose(line: str, text: str) -> str:
    """The text beside the numbers of its row, or below them where there is too little room."""
    if _columns() - len(line) >= PROSE:
        return _wrapped(text, f"{line}  ")
    return f"{line}\n{_wrapped(text, ' ' * 8)}"
