"""The page that a section fills: on the screen while it runs, and as a chapter of the lesson afterwards.

A section says what it is about, shows what it computed, and puts what it measured beside what theory predicts. No number is typed into
its text: all come from the run.
"""

from __future__ import annotations

import argparse
import inspect
import io
import sys
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, TypeAlias, get_type_hints

from tqdm import tqdm

from autograd import files
from viz.plots import ACTIVATIONS

Section: TypeAlias = "Callable[..., None]"
"""What a section's file defines as `run(page, *, options)`."""

Drawing: TypeAlias = "Callable[[str], bytes]"
"""A theme, "light" or "dark", to SVG."""

OUT = Path("lesson")
THEMES = ("light", "dark")


@dataclass(frozen=True)
class Claim:
    """What was measured, what was predicted, and whether the two agree."""

    what: str
    measured: str
    predicted: str
    holds: bool


@dataclass(frozen=True)
class Picture:
    """The files of a figure: one that follows the reader's theme, or one for light and one for dark; or a page of its own."""

    files: tuple[str, ...]
    caption: str


@dataclass(frozen=True)
class Table:
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Code:
    text: str


Block: TypeAlias = "str | Claim | Picture | Table | Code"


@dataclass
class Page:
    """What a section has shown so far. Pictures are drawn only where there is a folder for them; `speaks` is to the screen."""

    out: Path | None = None
    speaks: bool = True
    blocks: list[Block] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A paragraph."""
        self._add(" ".join(text.split()))

    def claim(self, what: str, measured: Any, predicted: Any, holds: bool) -> None:
        """A measured number beside the predicted one."""
        self._add(Claim(what, shown(measured), shown(predicted), bool(holds)))

    def table(self, head: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Rows of numbers or words."""
        self._add(Table(head, [[shown(x) for x in row] for row in rows]))

    def code(self, text: str) -> None:
        """Text as it stands."""
        self._add(Code(textwrap.dedent(text).strip("\n")))

    def picture(self, name: str, drawn: bytes | str | Drawing, caption: str) -> None:
        """A figure: SVG that follows the reader's theme, or a function that draws it in a theme."""
        if callable(drawn):
            made = {f"{name}-{theme}.svg": partial(_write_drawn, drawn, theme) for theme in THEMES}
        else:
            made = {f"{name}.svg": partial(files.write, content=drawn.encode() if isinstance(drawn, str) else drawn)}
        self._file(made, caption)

    def player(self, name: str, write: Callable[[Path], Any], caption: str) -> None:
        """A page of its own, which `write` puts into a file."""
        self._file({f"{name}.html": write}, caption)

    def _file(self, made: Mapping[str, Callable[[Path], Any]], caption: str) -> None:
        if self.out:
            self.out.mkdir(parents=True, exist_ok=True)
            for name, write in made.items():
                write(self.out / name)
            self._add(Picture(tuple(made), caption))

    def bar(self, over: Iterable[Any], what: str, total: int | None = None) -> Iterable[Any]:
        """The same, with a progress bar where there is a terminal."""
        return tqdm(over, what, total, leave=False, disable=None)  # type: ignore[no-any-return]

    @property
    def claims(self) -> list[Claim]:
        """The claims so far."""
        return [block for block in self.blocks if isinstance(block, Claim)]

    def _add(self, block: Block) -> None:
        self.blocks.append(block)
        if self.speaks:
            tqdm.write(on_screen(block, self.out))


def _write_drawn(draw: Drawing, theme: str, path: Path) -> None:
    files.write(path, draw(theme))


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


def on_screen(block: Block, out: Path | None = None) -> str:
    """A block as lines of text.

    >>> print(on_screen(Claim("ln 2", "0.693", "0.693", True)))
      ✓ ln 2: 0.693
        predicted: 0.693
    """
    if isinstance(block, str):
        return "\n" + textwrap.fill(block, 100) + "\n"
    if isinstance(block, Claim):
        return f"  {'✓' if block.holds else '✗'} {block.what}: {block.measured}\n    predicted: {block.predicted}"
    if isinstance(block, Picture):
        return f"  → {(out or Path()) / block.files[0]}: {block.caption}"
    if isinstance(block, Code):
        return textwrap.indent(block.text, "    ") + "\n"
    rows = [block.head, *block.rows]
    widths = [max(len(row[i]) for row in rows) for i in range(len(block.head))]
    return "\n".join("    " + "  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows) + "\n"


def title(module: ModuleType | None) -> str:
    """The first line of a module's docstring."""
    return ((module and module.__doc__) or "").strip().split("\n")[0]


def idea(module: ModuleType) -> list[str]:
    """The paragraphs of a module's docstring below its title."""
    return [" ".join(text.split()) for text in _parts(module) if not text.startswith("    ")]


def to_try(module: ModuleType) -> list[Code]:
    """The commands of a module's docstring, which are indented."""
    return [Code(textwrap.dedent(text).strip("\n")) for text in _parts(module) if text.startswith("    ")]


def _parts(module: ModuleType) -> list[str]:
    return (module.__doc__ or "").strip("\n").split("\n\n")[1:]


def command_line(section: Section, name: str) -> argparse.ArgumentParser:
    """The options of a section: one for each keyword that its `run` takes."""
    parser = argparse.ArgumentParser(prog=name, description=title(inspect.getmodule(section)))
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help=f"the folder for the pictures, by default {OUT}")
    kinds = get_type_hints(section)
    for p in list(inspect.signature(section).parameters.values())[1:]:
        kind = partial(count, least=0 if p.name == "seed" else 1) if kinds[p.name] is int else kinds[p.name]
        names = ACTIVATIONS if p.name == "activation" else None
        parser.add_argument(f"--{p.name.replace('_', '-')}", type=kind, choices=names, default=p.default, help=f"by default {p.default}")
    return parser


def count(text: str, least: int) -> int:
    """A whole number of at least so much, from the command line."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text!r}")
    return int(text)


def forgive_console() -> None:
    """A console that cannot show × gets a question mark in its place, and the rest."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def main(section: Section, arguments: Sequence[str] | None = None, name: str | None = None) -> Page:
    """Run a section from the command line: its idea first, then the experiment."""
    module = inspect.getmodule(section)
    assert module is not None and module.__file__
    options = vars(command_line(section, name or f"python -m demos.{Path(module.__file__).stem}").parse_args(arguments))
    forgive_console()
    page = Page(options.pop("out"))
    print(title(module), *map(on_screen, idea(module)), sep="\n")
    section(page, **options)
    print("\nTo try next:\n", *map(on_screen, to_try(module)), sep="\n")
    return page
