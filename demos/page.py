"""The page that a section fills: on the screen while it runs, and as a page of the lesson later.

A section says what it is about, shows what it computed, and puts what it measured next to what
theory predicts. No number is typed into its text: all come from the run. Its file has

- a docstring: the title, the idea in paragraphs, and indented the commands to try next, each with
  what to look for,
- `run(page, *, options)`: the experiment; every keyword, with its type and default, is an option of
  the command line. For options that make no sense it raises ValueError, which is printed in a line,
- optionally `OPTIONS`: a sentence for the --help of each of its options, by the keyword. Those
  that many sections share are in `demos.options`.

In a text, `$z = w x$` is a formula and a `name` between backticks is code.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from tqdm import tqdm

from autograd import files
from viz.plots.style import PlotThemeName

from . import as_run_here
from .blocks import Block, Claim, Code, Formulas, Picture, Table, gap, on_screen, shown

Drawing: TypeAlias = "Callable[[PlotThemeName], bytes]"
"""A theme, "light" or "dark", to SVG."""

LESSON = import_module(__name__.rpartition(".")[0])
"""The lesson as a whole: the package that this file belongs to."""

INSTALL = "pip install matplotlib hypothesis"
"""What installs the packages of the extra `demos`, which some sections need."""

THEMES: tuple[PlotThemeName, ...] = ("light", "dark")

WIDTH = re.compile(r'<svg[^>]*?\bwidth="([\d.]+)(pt|px)?"')


@dataclass
class Page:
    """What a section has shown so far.

    Pictures are drawn only where there is a folder for them; `speaks` says whether everything is
    shown on the screen as well. `changed` says that options differ from the section's defaults, for
    which its predictions are made.
    """

    out: Path | None = None
    speaks: bool = True
    changed: bool = False
    blocks: list[Block] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A paragraph."""
        self._add(" ".join(text.split()))

    def claim(
        self, what: str, measured: Any, predicted: Any, holds: bool, always: bool = False
    ) -> None:
        """A measured number next to the predicted one.

        `always` says that the prediction is for any options, not only for the defaults.
        """
        expected = always or not self.changed
        self._add(Claim(what, shown(measured), shown(predicted), bool(holds), expected))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows of numbers or words."""
        self._add(Table(head, [list(map(shown, row)) for row in rows]))

    def code(self, text: str) -> None:
        """Text as it stands."""
        self._add(Code(textwrap.dedent(text).strip("\n")))

    def formulas(self, text: str) -> None:
        """A formula a line, with a remark after it, if any; see `demos.blocks.Formulas`."""
        self._add(Formulas(textwrap.dedent(text).strip("\n")))

    def picture(self, name: str, drawn: bytes | str | Drawing, caption: str) -> None:
        """A figure: SVG that follows the reader's theme, or a function that draws it in a theme."""
        if callable(drawn):
            made = {f"{name}-{theme}.svg": partial(_write_drawn, drawn, theme) for theme in THEMES}
        else:
            content = drawn.encode() if isinstance(drawn, str) else drawn
            made = {f"{name}.svg": partial(files.write, content=content)}
        self._file(made, caption)

    def player(self, name: str, write: Callable[[Path], Any], caption: str) -> None:
        """A page of its own, which `write` puts into a file."""
        self._file({f"{name}.html": write}, caption)

    def _file(self, made: Mapping[str, Callable[[Path], Any]], caption: str) -> None:
        if not self.out:
            return
        self.out.mkdir(parents=True, exist_ok=True)
        try:
            for name, write in made.items():
                write(self.out / name)
        except ModuleNotFoundError as missing:
            if (missing.name or "").split(".")[0] != "matplotlib":
                raise
            self.say(f"(A picture is left out, since it needs matplotlib: {INSTALL})")
            return
        first = next(iter(made))
        self._add(Picture(tuple(made), caption, width_of(self.out / first)))

    def bar(self, over: Iterable[Any], what: str, total: int | None = None) -> Iterable[Any]:
        """The same, with a progress bar where there is a terminal, unless the page is silent."""
        return tqdm(over, what, total, leave=False, disable=None) if self.speaks else over

    @property
    def claims(self) -> list[Claim]:
        """The claims so far."""
        return [block for block in self.blocks if isinstance(block, Claim)]

    def _add(self, block: Block) -> None:
        if self.speaks:
            before = self.blocks[-1] if self.blocks else ""
            tqdm.write(gap(before, block) + on_screen(block, self.out))
        self.blocks.append(block)


def _write_drawn(draw: Drawing, theme: PlotThemeName, path: Path) -> None:
    files.write(path, draw(theme))


def width_of(path: Path) -> float:
    """The width of a drawing in pixels; 0 for what is none."""
    if path.suffix != ".svg":
        return 0.0
    found = WIDTH.search(path.read_text(encoding="utf-8")[:4000])
    if not found:
        return 0.0
    return float(found[1]) * (4 / 3 if found[2] == "pt" else 1.0)


def largest(numbers: Any) -> float:
    """The largest absolute number; nan if one is nan, so that no claim that it is small holds.

    >>> largest([1.0, -2.0]), largest([1.0, float("nan")]) < 3
    (2.0, False)
    """
    return float(np.abs(numbers).max())


def title(module: ModuleType | None) -> str:
    """The first line of a module's docstring."""
    return ((module and module.__doc__) or "").strip().split("\n")[0]


def idea(module: ModuleType) -> list[Block]:
    """The paragraphs of a module's docstring below its title."""
    return [" ".join(text.split()) for text in _parts(module) if not text.startswith("    ")]


def to_try(module: ModuleType) -> list[Block]:
    """The commands of a module's docstring, which are indented."""
    commands = [text for text in _parts(module) if text.startswith("    ")]
    return [Code(as_run_here(textwrap.dedent(text).strip("\n"))) for text in commands]


def _parts(module: ModuleType) -> list[str]:
    return (module.__doc__ or "").strip("\n").split("\n\n")[1:]
