"""`glassgrad doctor`: which programs and packages are used here, and what is missing."""

from __future__ import annotations

import importlib.metadata
import platform
import subprocess
from pathlib import Path

import autograd
from viz.graph.dot_binary import DotNotFound, find_dot

_OPTIONAL = {
    "numpy": "arrays of Values",
    "matplotlib": "plots: pip install 'glassgrad[plots]'",
    "hypothesis": "autograd.strategies: pip install 'glassgrad[test]'",
}


def report() -> tuple[str, bool]:
    """What is found here, as text, and whether drawings can be made."""
    lines = [f"glassgrad {version_of('glassgrad') or '(not installed, run from its source)'}"]
    lines.append(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    healthy = True
    home = Path(autograd.__file__).parent
    if version_of("autograd"):
        lines.append(
            f"autograd: imported from {home}; the distribution 'autograd' (HIPS) is installed too and owns the same import name. "
            f"Use a virtual environment for each"
        )
    else:
        lines.append(f"autograd: imported from {home}")
    lines.append(f"graphviz package {version_of('graphviz') or 'missing'}")
    try:
        dot = find_dot()
        version = _dot_version(dot.path)
        healthy = version is not None
        lines.append(f"dot: {dot.path}, {dot.source}, {version or 'which does not answer to -V: unset it, or install another'}")
        if healthy and dot.embedded:
            lines.append("pdf: not with the embedded dot; install Graphviz for --format pdf")
    except DotNotFound as error:
        healthy = False
        lines.append(f"dot: {error}")
    for package, purpose in _OPTIONAL.items():
        lines.append(f"{package}: {version_of(package) or 'not installed'} ({purpose})")
    lines.append("all is well: drawings can be made" if healthy else "drawings cannot be made until the above is mended")
    return "\n".join(lines), healthy


def version_of(package: str) -> str | None:
    """The version of an installed package; None if there is none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _dot_version(path: Path) -> str | None:
    try:
        answer = subprocess.run([path, "-V"], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = (answer.stderr + answer.stdout).strip().splitlines()
    return lines[0] if answer.returncode == 0 and lines else None
