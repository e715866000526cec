"""Who owns the names `autograd`, `nn` and `viz` here.

They are short, and others have them too: HIPS's autograd and two small packages on the index, and
any file `nn.py` beside a script. Where another one is found first, glassgrad cannot work, and
where two share a folder, removing either damages the other. This module imports none of them, so
it can always say what is wrong.
"""

from __future__ import annotations

import sys
from importlib.metadata import distribution, packages_distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NAMES: Final = ("autograd", "nn", "viz")
"""The packages that glassgrad installs beside itself, lowest first."""

MARK: Final = "glassgrad"
"""A word in the docstring of each, by which it is known without being imported."""

DOCSTRING: Final = 2_000
"""Bytes at the beginning of a file in which the mark must stand."""


class NameTaken(ImportError):
    """A package that glassgrad needs is not its own."""


def check() -> None:
    """Raise NameTaken if one of the names leads to something else."""
    for name in NAMES:
        problem = taken(name)
        if problem:
            raise NameTaken(problem, name=name)


def taken(name: str) -> str:
    """What has the name in place of glassgrad's package, and the remedy; "" if it is glassgrad's.

    >>> taken("autograd")
    ''
    """
    file = _file_of(name)
    if file is None:
        return f"the package {name!r} is missing: run pip install --force-reinstall glassgrad"
    if _is_ours(file):
        return ""
    for owner in _others(name):
        if Path(str(distribution(owner).locate_file(""))) in file.parents:
            return (
                f"the name {name!r} belongs to the distribution {_named(owner)}, in {file.parent}: "
                f"install glassgrad into a virtual environment of its own"
            )
    return (
        f"the name {name!r} leads to {file}, which is not part of glassgrad: "
        f"rename it, or work in another folder"
    )


def shared(name: str) -> str:
    """Which other distribution has files in the folder of that package; "" if none has."""
    for owner in _others(name):
        return (
            f"the distribution {_named(owner)} is installed too and shares the folder {name!r} "
            f"with glassgrad, so one of them is broken: use a virtual environment for each"
        )
    return ""


def found() -> list[str]:
    """Everything that is wrong with the names here, a sentence each."""
    sentences = [taken(name) or shared(name) for name in NAMES]
    return [sentence for sentence in sentences if sentence]


def _file_of(name: str) -> Path | None:
    """The file that `import name` would run, or has run; None if there is none."""
    if name in sys.modules:
        file = getattr(sys.modules[name], "__file__", None)
    else:
        spec = find_spec(name)
        file = spec.origin if spec else None
    return Path(file) if file else None


def _is_ours(file: Path) -> bool:
    try:
        return MARK.encode() in file.read_bytes()[:DOCSTRING]
    except OSError:
        return False


def _others(name: str) -> list[str]:
    """The distributions, other than glassgrad, that installed something under that name."""
    return [owner for owner in packages_distributions().get(name, ()) if owner != "glassgrad"]


def _named(owner: str) -> str:
    return f"{owner} {distribution(owner).version}"
