"""The page that a section fills: on the screen while it runs, and as a chapter of the lesson afterwards.

A section says what it is about, shows what it computed, and puts what it measured next to what theory predicts. No number is typed into
its text: all come from the run. Its file has

- a docstring: the title, the idea in paragraphs, and indented the commands to try next, each with what to look for,
- `run(page, *, options)`: the experiment; every keyword, with its type and default, is an option of the command line. For options that
  make no sense it raises ValueError, which `main` prints in a line,
- `OPTIONS`, if it likes: a sentence for the --help of each of its options, by the keyword. Some that many have are in `MEANINGS`.
"""

from __future__ import annotations

import argparse
import inspect
import io
import math
import os
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn, TypeAlias, get_type_hints

import numpy as np
from tqdm import tqdm

from autograd import files
from viz.plots import ACTIVATIONS
from viz.plots.style import PlotThemeName

from . import as_run_here
from .blocks import Block, Claim, Code, Picture, Table, gap, on_screen, shown

Section: TypeAlias = "Callable[..., None]"
"""What a section's file defines as `run(page, *, options)`."""

Drawing: TypeAlias = "Callable[[PlotThemeName], bytes]"
"""A theme, "light" or "dark", to SVG."""

LESSON = import_module(__name__.rpartition(".")[0])
"""The lesson as a whole: the package that this file belongs to."""

OUT = Path("lesson")
TRIED = OUT / "tried"
"""Where single sections draw, so that those with other options leave the pictures of the whole lesson alone."""

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, as shells have it."""

INSTALL = "pip install matplotlib hypothesis"
"""What brings the packages of the extra `demos`, which some sections need."""

THEMES: tuple[PlotThemeName, ...] = ("light", "dark")

MEANINGS = {
    "activation": "the activation of the hidden neurons",
    "epochs": "how often to go through all samples, at most",
    "lr": "the learning rate: how far a step of training goes along the gradient",
    "samples": "how many samples to measure on",
    "seed": "where random numbers start: another seed, other numbers",
    "seeds": "how many random beginnings to try",
    "steps": "how many steps to train",
    "width": "how many neurons a hidden layer has",
}
POSITIVE = ("curvature", "lr", "max_norm", "noise")
"""Options that make sense above 0 only, in every section that has them."""


@dataclass
class Page:
    """What a section has shown so far. Pictures are drawn only where there is a folder for them; `speaks` is to the screen.

    `changed` says that options differ from the section's defaults, for which it predicts.
    """

    out: Path | None = None
    speaks: bool = True
    changed: bool = False
    blocks: list[Block] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A paragraph."""
        self._add(" ".join(text.split()))

    def claim(self, what: str, measured: Any, predicted: Any, holds: bool, always: bool = False) -> None:
        """A measured number next to the predicted one; `always` says that the prediction is not only for the default options."""
        self._add(Claim(what, shown(measured), shown(predicted), bool(holds), always or not self.changed))

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
        self._add(Picture(tuple(made), caption))

    def bar(self, over: Iterable[Any], what: str, total: int | None = None) -> Iterable[Any]:
        """The same, with a progress bar where there is a terminal, unless the page is silent."""
        return tqdm(over, what, total, leave=False, disable=None) if self.speaks else over

    @property
    def claims(self) -> list[Claim]:
        """The claims so far."""
        return [block for block in self.blocks if isinstance(block, Claim)]

    def _add(self, block: Block) -> None:
        if self.speaks:
            tqdm.write(gap(self.blocks[-1] if self.blocks else "", block) + on_screen(block, self.out))
        self.blocks.append(block)


def _write_drawn(draw: Drawing, theme: PlotThemeName, path: Path) -> None:
    files.write(path, draw(theme))


def largest(numbers: Any) -> float:
    """The largest absolute number; nan if one is nan, which Python's max would pass over, and then no claim that it is small holds.

    >>> largest([1.0, -2.0]), largest([1.0, math.nan]) < 3
    (2.0, False)
    """
    return float(np.abs(numbers).max())


def title(module: ModuleType | None) -> str:
    """The first line of a module's docstring."""
    return ((module and module.__doc__) or "").strip().split("\n")[0]


def idea(module: ModuleType) -> list[str]:
    """The paragraphs of a module's docstring below its title."""
    return [" ".join(text.split()) for text in _parts(module) if not text.startswith("    ")]


def to_try(module: ModuleType) -> list[Code]:
    """The commands of a module's docstring, which are indented."""
    commands = [text for text in _parts(module) if text.startswith("    ")]
    return [Code(as_run_here(textwrap.dedent(text).strip("\n"))) for text in commands]


def _parts(module: ModuleType) -> list[str]:
    return (module.__doc__ or "").strip("\n").split("\n\n")[1:]


def command_line(section: Section, name: str) -> argparse.ArgumentParser:
    """The options of a section: one for each keyword that its `run` takes."""
    module = inspect.getmodule(section)
    parser = argparse.ArgumentParser(prog=name, description=title(module))
    out = TRIED / Path(getattr(module, "__file__", None) or name).stem
    parser.add_argument("--out", type=folder, default=out, metavar="DIR", help=f"the folder for the pictures; by default {out}")
    kinds, meanings = get_type_hints(section), {**MEANINGS, **getattr(module, "OPTIONS", {})}
    for p in list(inspect.signature(section).parameters.values())[1:]:
        kind = kinds[p.name]
        if kind is int:
            kind = partial(count, least=0 if p.name == "seed" else 1)
        elif kind is float:
            kind = positive if p.name in POSITIVE else finite
        names = None
        if p.name == "activation":  # a Literal to checkers, a word on the command line
            kind, names = str, ACTIVATIONS
        usual = f"by default {p.default}" if p.default not in (None, "") else ""
        told = "; ".join(filter(None, (meanings.get(p.name), usual))).replace("%", "%%")
        parser.add_argument(f"--{p.name.replace('_', '-')}", type=kind, choices=names, default=p.default, help=told)
    return parser


def count(text: str, least: int) -> int:
    """A whole number of at least so much, from the command line."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least {least}, got {text!r}")
    return int(text)


def finite(text: str) -> float:
    """A number, from the command line."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"must be a finite number, such as 0.1, got {text!r}")
    return number


def positive(text: str) -> float:
    """A number above 0, from the command line."""
    number = finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"must be above 0, got {text!r}")
    return number


def folder(text: str) -> Path:
    """A folder that one can write into, or make, from the command line."""
    path = Path(text)
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise argparse.ArgumentTypeError(f"must be a folder to write into, and {str(there)!r} is not")
    return path


@contextmanager
def ends_quietly() -> Iterator[None]:
    """Ctrl-C, and a reader that has seen enough, as in `| head`, end the program without a traceback."""
    try:
        yield
        if sys.stdout is not None:
            sys.stdout.flush()
    except KeyboardInterrupt:
        end("\nInterrupted; what has been written so far can be read.", INTERRUPTED)
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # else Python complains when it flushes
        if isinstance(error, BrokenPipeError):
            sys.exit(1)
        named = f"{error.filename}: " if error.filename else ""
        end(f"{named}{error.strerror or error}", 1)


def end(why: str, code: int) -> NoReturn:
    """End the program with a line on standard error, if there is one."""
    if sys.stderr is not None:
        with suppress(OSError):
            print(why, file=sys.stderr)
    sys.exit(code)


def forgive_console() -> None:
    """A console that cannot show × gets a question mark in its place, and the rest."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


@ends_quietly()
def main(section: Section, arguments: Sequence[str], name: str) -> Page:
    """Run a section from the command line: its idea first, then the experiment."""
    module = inspect.getmodule(section)
    assert module is not None
    parser = command_line(section, name)
    options = vars(parser.parse_args(arguments))
    forgive_console()
    out = options.pop("out")
    page = Page(out, changed=any(value != parser.get_default(option) for option, value in options.items()))
    print(title(module), *map(on_screen, idea(module)), sep="\n\n")
    try:
        section(page, **options)
    except (ValueError, ArithmeticError) as error:
        if not page.changed:
            raise
        parser.exit(2, f"{parser.prog}: error: {' '.join(str(error).split())}\n")  # options that make no sense to the section
    print("\nTo try next:", *map(on_screen, to_try(module)), sep="\n\n")
    return page
