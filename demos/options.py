"""Sections on the command line: their options, and how a program ends."""

from __future__ import annotations

import argparse
import inspect
import io
import math
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, get_type_hints

from autograd.checks import RANGES
from viz.plots import ACTIVATIONS

from .blocks import on_screen
from .page import Page, idea, title, to_try

Section: TypeAlias = "Callable[..., None]"
"""What a section's file defines as `run(page, *, options)`."""

OUT = Path("lesson")
TRIED = OUT / "tried"
"""Where single sections draw, so that other options leave the pictures of the lesson alone."""

INTERRUPTED = 130
"""The exit code of a program that Ctrl-C ended, as in shells."""

MEANINGS = {
    "activation": "the activation of the hidden neurons",
    "epochs": "how many times to go through all samples, at most",
    "lr": "the learning rate: how far a step of training goes along the gradient",
    "samples": "how many samples to measure on",
    "seed": "where the random numbers start; another seed gives other numbers",
    "seeds": "how many random initialisations to try",
    "steps": "how many steps to train",
    "width": "how many neurons a hidden layer has",
}
RANGE_OF = dict.fromkeys(("curvature", "lr", "max_norm", "noise"), "positive and finite")
RANGE_OF["l2"] = "at least 0 and finite"
"""The range of an option, in every section that has it; any other number is finite."""


def command_line(section: Section, name: str) -> argparse.ArgumentParser:
    """The options of a section: one for each keyword that its `run` takes."""
    module = inspect.getmodule(section)
    parser = argparse.ArgumentParser(prog=name, description=title(module))
    out = TRIED / Path(getattr(module, "__file__", None) or name).stem
    about = f"the folder for the pictures; by default {out}"
    parser.add_argument("--out", type=folder, default=out, metavar="DIR", help=about)
    kinds = get_type_hints(section)
    meanings = {**MEANINGS, **getattr(module, "OPTIONS", {})}
    for p in list(inspect.signature(section).parameters.values())[1:]:
        kind, choices = _kind(p.name, kinds[p.name])
        default = f"by default {p.default}" if p.default not in (None, "") else ""
        about = "; ".join(filter(None, (meanings.get(p.name), default))).replace("%", "%%")
        option = f"--{p.name.replace('_', '-')}"
        parser.add_argument(option, type=kind, choices=choices, default=p.default, help=about)
    return parser


def _kind(name: str, kind: Any) -> tuple[Callable[[str], Any], Sequence[str] | None]:
    """What reads the text of an option, and the words that it may be."""
    if name == "activation":  # a Literal to checkers, a word on the command line
        return str, ACTIVATIONS
    if kind is int:
        return partial(count, least=0 if name == "seed" else 1), None
    if kind is float:
        return partial(within, wanted=RANGE_OF[name]) if name in RANGE_OF else finite, None
    return kind, None


def count(text: str, least: int) -> int:
    """A whole number of at least this much, from the command line."""
    if not text.isdecimal() or int(text) < least:
        raise argparse.ArgumentTypeError(
            f"must be a whole number of at least {least}, got {text!r}"
        )
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


def within(text: str, wanted: str) -> float:
    """A number in this range, from the command line."""
    number = finite(text)
    if not RANGES[wanted](number):
        raise argparse.ArgumentTypeError(f"must be {wanted}, got {text!r}")
    return number


def with_numbers(words: Sequence[str]) -> list[str]:
    """The words, with each negative number tied to its option.

    Otherwise argparse takes a number with an exponent for an option of its own.

    >>> with_numbers(["--bias", "-1e-3", "--seed", "1"])
    ['--bias=-1e-3', '--seed', '1']
    """
    tied: list[str] = []
    for word in words:
        with suppress(ValueError):
            if tied and tied[-1].startswith("--") and float(word) < 0:
                tied[-1] += f"={word}"
                continue
        tied.append(word)
    return tied


def folder(text: str) -> Path:
    """A folder that can be written into, or made, from the command line."""
    path = Path(text)
    there = next(place for place in (path, *path.parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK):
        raise argparse.ArgumentTypeError(
            f"must be a folder to write into, and {str(there)!r} is not"
        )
    return path


@contextmanager
def ends_quietly() -> Iterator[None]:
    """No traceback after Ctrl-C, nor where the reader has seen enough, as in `| head`."""
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
    """A console that cannot show × shows a question mark in its place, and all the rest."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


@ends_quietly()
def main(section: Section, arguments: Sequence[str], name: str) -> Page:
    """Run a section from the command line: its idea first, then the experiment."""
    module = inspect.getmodule(section)
    assert module is not None
    parser = command_line(section, name)
    options = vars(parser.parse_args(with_numbers(arguments)))
    forgive_console()
    out = options.pop("out")
    changed = [key for key, value in options.items() if value != parser.get_default(key)]
    page = Page(out, changed=bool(changed))
    print(title(module), *map(on_screen, idea(module)), sep="\n\n")
    try:
        section(page, **options)
    except (ValueError, ArithmeticError) as error:
        if not page.changed:
            raise
        # Options that make no sense to the section.
        parser.exit(2, f"{parser.prog}: error: {' '.join(str(error).split())}\n")
    print("\nTo try next:", *map(on_screen, to_try(module)), sep="\n\n")
    return page
