"""Engines in files: the forty lines of the lesson, and those of a learner."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

OURS = Path(__file__).with_name("own_engine.py")
"""The forty lines."""


def read(path: Path) -> str:
    """The text of a file."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ValueError(
            f"--file takes a file of Python that can be read, got {str(path)!r}: {error}"
        ) from error


def steps_of(text: str) -> Iterator[str]:
    """The pieces of an engine: from each mark to the next."""
    for piece in re.split(r"^(?= *# Step \d)", text, flags=re.MULTILINE)[1:]:
        yield piece.rstrip() + "\n\n"


def as_typed(piece: str) -> str:
    """A piece as it is to be typed below those before it.

    >>> print(as_typed("    # Step 2\\n    def relu(self): ..."))
        # Step 2, still in class V
        def relu(self): ...
    """
    first, newline, rest = piece.partition("\n")
    return f"{first}, still in class V{newline}{rest}" if piece.startswith(" ") else piece


def code_of(text: str) -> list[str]:
    """The lines of a piece that do something."""
    lines = map(str.strip, text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def loaded(text: str, name: str) -> dict[str, Any]:
    """What a file defines."""
    engine: dict[str, Any] = {"__name__": "engine", "__file__": name}
    try:
        exec(compile(text, name, "exec"), engine)
    except (Exception, SystemExit) as error:
        line = getattr(error, "lineno", None)
        where = f" in line {line}" if line else ""
        raise ValueError(f"{name} does not run: {type(error).__name__}{where}: {error}") from error
    return engine
