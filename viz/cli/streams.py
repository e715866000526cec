"""Standard output and standard error, which may be missing, closed, full, or a pipe nobody reads.

What a command was asked to print goes through `show` or `send`, and the command fails without a
stream that takes it. What it says besides goes through `say` and `tell`, and may be lost silently.
"""

from __future__ import annotations

import codecs
import os
import sys
from contextlib import suppress
from typing import TextIO

from viz.style import MINUS


class NotPossible(Exception):
    """The command is right, but cannot be carried out here, or what it checked does not hold."""


def prepare() -> None:
    """Make a console that cannot show a sign such as × show ? instead, and - for a minus."""
    codecs.register_error("glassgrad", _plainer)
    if hasattr(sys.stdout, "reconfigure"):
        with suppress(OSError, ValueError):
            sys.stdout.reconfigure(errors="glassgrad")


def _plainer(error: UnicodeError) -> tuple[str, int]:
    """What is written for characters that an encoding lacks: no number may lose its sign."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    letters = error.object[error.start : error.end]
    return "".join("-" if letter == MINUS else "?" for letter in letters), error.end


def show(text: str) -> None:
    """Print what was asked for; raises NotPossible if standard output does not take it."""
    stream = _output()
    try:
        stream.write(f"{text}\n")
        stream.flush()
    except BrokenPipeError:  # as from `| head`, which has seen enough: the caller handles it
        raise
    except (OSError, ValueError) as error:
        silence(stream)
        raise _unwritable(error) from None


def send(content: bytes) -> None:
    """Write only bytes to standard output; raises NotPossible if it does not take them."""
    stream = _output()
    binary = getattr(stream, "buffer", None)
    try:
        stream.flush()
        if binary is None:  # a text-only stream, put in the place of the real one
            stream.write(content.decode())
        else:
            binary.write(content)
            binary.flush()
    except BrokenPipeError:
        raise
    except UnicodeDecodeError:
        raise NotPossible("standard output takes only text here: write to a file") from None
    except (OSError, ValueError) as error:
        silence(stream)
        raise _unwritable(error) from None


def say(text: str) -> None:
    """Print what is good to know, if anybody is listening."""
    _print(text, sys.stdout)


def tell(text: str) -> None:
    """Print a mistake or a warning to standard error, if there is one."""
    _print(text, sys.stderr)


def on_terminal() -> bool:
    """Whether standard output is a screen."""
    try:
        return sys.stdout is not None and sys.stdout.isatty()
    except ValueError:  # it is closed
        return False


def silence(stream: TextIO | None) -> None:
    """Discard what is still buffered, so that the program does not end with an error."""
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # type: ignore[union-attr]


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:  # print(file=None) would write to the other stream
        return
    try:
        print(text, file=stream, flush=True)
    except (OSError, ValueError):
        silence(stream)


def _output() -> TextIO:
    if sys.stdout is None:
        raise NotPossible("there is no standard output to write to: add -o FILE, or leave it open")
    return sys.stdout


def _unwritable(error: Exception) -> NotPossible:
    reason = getattr(error, "strerror", None) or error
    return NotPossible(f"standard output cannot be written to ({reason}): write to a file")
