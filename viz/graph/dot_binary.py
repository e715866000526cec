"""Which `dot` draws: $GLASSGRAD_DOT, the system's, or the embedded one that comes with the package."""

from __future__ import annotations

import importlib.metadata
import os
import shutil
from pathlib import Path
from typing import NamedTuple

import graphviz.backend.dot_command as dot_command

EMBEDDED = "embedded (graphviz-pure)"


class Dot(NamedTuple):
    """A `dot` program and where it was found."""

    path: Path
    source: str

    @property
    def embedded(self) -> bool:
        return self.source == EMBEDDED


class DotNotFound(ValueError):
    """No program that could lay out a graph was found."""


class DotFailed(ValueError):
    """The `dot` program ended with an error."""


def find_dot() -> Dot:
    """The `dot` to use; raises DotNotFound, which names the three ways to get one."""
    chosen = os.environ.get("GLASSGRAD_DOT")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise DotNotFound(f"GLASSGRAD_DOT is {chosen!r}, not a program that can be run: correct it, or unset it to use another dot")
        return Dot(Path(path), "$GLASSGRAD_DOT")
    path = shutil.which("dot")
    if path:
        return Dot(Path(path), "dot on PATH")
    embedded = _embedded()
    if embedded:
        return Dot(embedded, EMBEDDED)
    raise DotNotFound(
        "no dot program to draw with. Get one in any of three ways: pip install graphviz-pure (embedded, most platforms); "
        "install Graphviz from graphviz.org so that dot is on PATH; or set GLASSGRAD_DOT to a dot program. DOT text needs none"
    )


def _embedded() -> Path | None:
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "graphviz-pure" and file.suffix in ("", ".exe"):
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return path
    found = shutil.which("graphviz-pure")
    return Path(found) if found else None


def use_dot(format: str) -> Dot:
    """The `dot` to use, to which the graphviz package is pointed as well; raises DotNotFound if none can draw this format."""
    dot = find_dot()
    if format == "pdf" and dot.embedded:
        raise DotNotFound(
            f"pdf cannot be drawn by {dot.path.name}, the embedded dot: install Graphviz from graphviz.org, or choose svg or png"
        )
    dot_command.DOT_BINARY = dot.path
    return dot
