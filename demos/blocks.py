"""What a page is made of, and how each part reads on the screen."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

WIDEST = 100
"""The longest line on a screen, in characters; longer ones are tiring to read."""

PROSE = 30
"""A last column with a cell of more characters than this is prose: it is wrapped, and begins at the left."""


@dataclass(frozen=True)
class Claim:
    """What was measured, what was predicted, and whether the two agree.

    `expected` is False where the prediction is for other options than those of the run: then a difference is no miss.
    """

    what: str
    measured: str
    predicted: str
    holds: bool
    expected: bool = True

    @property
    def state(self) -> str:
        """ "holds", "missed", or "open" if it was predicted for other options."""
        return "holds" if self.holds else "missed" if self.expected else "open"

    @property
    def prediction(self) -> str:
        """What was predicted, and where it matters for what."""
        return f"predicted{' for the default settings' * (self.state == 'open')}"


@dataclass(frozen=True)
class Picture:
    """The files of a figure: one that follows the reader's theme, or one for light and one for dark; or a page of its own."""

    files: tuple[str, ...]
    caption: str


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


Block: TypeAlias = "str | Claim | Picture | Table | Code"

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
    """What goes between two blocks on the screen: a blank line, but none within a row of claims and pictures."""
    return "" if isinstance(before, (Claim, Picture)) and isinstance(block, (Claim, Picture)) else "\n"


def on_screen(block: Block, out: Path | None = None) -> str:
    """A block as lines of text.

    >>> print(on_screen(Claim("ln 2", "0.693", "0.693", True)))
      ✓ ln 2: 0.693
        predicted: 0.693
    """
    if isinstance(block, str):
        return _wrapped(block)
    if isinstance(block, Claim):
        told = _wrapped(f"{block.what}: {block.measured}", f"  {SIGNS[block.state]} ")
        return f"{told}\n{_wrapped(f'{block.prediction}: {block.predicted}', '    ')}"
    if isinstance(block, Picture):
        return f"  → {(out or Path()) / block.files[0]}\n{_wrapped(block.caption, '    ')}"
    return textwrap.indent(block.text, "    ") if isinstance(block, Code) else _table(block)


def _columns() -> int:
    """How wide the terminal is; as wide as reads well where there is none."""
    return max(30, min(WIDEST, shutil.get_terminal_size((WIDEST, 24)).columns))


def _wrapped(text: str, start: str = "") -> str:
    return textwrap.fill(text, _columns(), initial_indent=start, subsequent_indent=" " * len(start), break_on_hyphens=False)


def _table(table: Table) -> str:
    rows = [table.head, *table.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(table.head))]
    numbers = len(widths) - table.ends_in_prose
    lines = []
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:numbers], widths[1:]))]
        line = f"    {'  '.join(cells)}"
        lines.append(_with_prose(line, row[-1]) if table.ends_in_prose else line)
    return "\n".join(lines)


def _with_prose(line: str, text: str) -> str:
    """The text next to the numbers of its row, or where that leaves too little room, below."""
    if _columns() - len(line) >= PROSE:
        return _wrapped(text, f"{line}  ")
    return f"{line}\n{_wrapped(text, ' ' * 8)}"
