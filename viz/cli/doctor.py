"""`glassgrad doctor`: which programs and packages are used here, and what is missing.

`examined` finds out, as plain data (that of `--json`); `report` puts it in words.
"""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import autograd
from viz.graph.dot_binary import Dot, DotFailed, DotNotFound, ask, dots

OPTIONAL = {
    "numpy": "arrays of Values",
    "matplotlib": "plots: pip install matplotlib",
    "hypothesis": "autograd.strategies: pip install hypothesis",
}

PATIENCE = 20.0
"""Seconds that a `dot` may take for a graph of two nodes."""


def report() -> tuple[str, bool]:
    """What is found here, as text, and whether drawings can be made."""
    found = examined()
    return in_words(found), found["healthy"]


def examined(conflicts: Sequence[str] = ()) -> dict[str, Any]:
    """What is found here, as plain data, with these keys:

    - glassgrad, python, system, autograd: versions (None if not installed) and where `autograd` is;
    - conflicts: what else has taken the names of our packages, one sentence each, as given;
    - graphviz, packages: the versions of what drawings need, and of what is optional;
    - dots: in the order they are tried, each with its path, source, version, works, problem and
      pdf (whether it draws PDF);
    - problem: why no `dot` is tried at all, or "";
    - healthy: whether drawings can be made, and nothing has taken a name.
    """
    tried, problem = examined_dots()
    return {
        "glassgrad": autograd.__version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "autograd": str(Path(autograd.__file__).parent),
        "conflicts": [*conflicts],
        "graphviz": version_of("graphviz"),
        "packages": {package: version_of(package) for package in OPTIONAL},
        "dots": tried,
        "problem": problem,
        "healthy": any(dot["works"] for dot in tried) and not conflicts,
    }


def in_words(found: dict[str, Any]) -> str:
    """The findings of `examined`, line by line."""
    lines = [
        f"glassgrad {found['glassgrad']}",
        f"Python {found['python']}, {found['system']}",
        f"autograd: imported from {found['autograd']}",
        *found["conflicts"],
        f"graphviz package {found['graphviz'] or 'missing'}",
        *_about_dots(found),
    ]
    for package, version in found["packages"].items():
        lines.append(f"{package}: {version or 'not installed'} ({OPTIONAL[package]})")
    lines.append(_conclusion(found))
    return "\n".join(lines)


def _conclusion(found: dict[str, Any]) -> str:
    if not any(dot["works"] for dot in found["dots"]):
        return "drawings cannot be made until the above is fixed"
    if found["conflicts"]:
        return "drawings can be made, but packages that share a name break one another"
    if all(dot["works"] for dot in found["dots"]):
        return "all is well: drawings can be made"
    return "drawings can be made, though not by every dot above"


def examined_dots() -> tuple[list[dict[str, Any]], str]:
    """Each `dot`, in the order they are tried, and why there is none, or ""."""
    try:
        return [_examined_dot(dot) for dot in dots()], ""
    except DotNotFound as error:
        return [], str(error)


def _examined_dot(dot: Dot) -> dict[str, Any]:
    problem = _problem_of(dot, "svg")
    return {
        "path": str(dot.path),
        "source": dot.source,
        "version": _dot_version(dot.path),
        "works": not problem,
        "problem": problem,
        "pdf": not problem and not _problem_of(dot, "pdf"),
    }


def _problem_of(dot: Dot, format: str) -> str:
    """What goes wrong when a `dot` draws a small graph; "" if nothing does."""
    try:
        return ask(dot, "digraph { a -> b }", [f"-T{format}"], format, PATIENCE).problem
    except DotFailed as error:
        return str(error).removeprefix(f"{dot.path} ")


def _dot_version(path: Path) -> str | None:
    try:
        answer = subprocess.run(
            [path, "-V"],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (answer.stderr + answer.stdout).strip().splitlines()
    return lines[0][:100] if answer.returncode == 0 and lines else None


def _about_dots(found: dict[str, Any]) -> list[str]:
    lines = [f"dot: {found['problem']}"] if found["problem"] else []
    for dot in found["dots"]:
        version = dot["version"] or "of unknown version"
        state = "works" if dot["works"] else f"is not used, since it {dot['problem']}"
        lines.append(f"dot: {dot['path']}, {dot['source']}, {version}, {state}")
    draws_pdf = [dot["path"] for dot in found["dots"] if dot["pdf"]]
    if draws_pdf:
        lines.append(f"pdf: drawn by {draws_pdf[0]}")
    elif found["healthy"]:
        lines.append("pdf: drawn by no dot found here; install Graphviz for --format pdf")
    return lines


def version_of(package: str) -> str | None:
    """The version of an installed package; None if there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
