"""Who owns the names `autograd`, `nn` and `viz` here.

They are short, and others have them too: HIPS's autograd and two small packages on the index, and
any file `nn.py` beside a script. Where another one is found first, glassgrad cannot work, and
where two share a folder, removing either damages the other. This module imports none of them, so
it can always say what is wrong.
"""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
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
        return f"the package {name!r} of glassgrad is not here: run pip install --force-reinstall glassgrad"
    try:
        head = file.read_bytes()[:DOCSTRING]
    except OSError as error:
        return f"the package {name!r} in {file} cannot be read ({error.strerror}): install glassgrad again"
    if MARK.encode() in head:
        return ""
    owner = _owner(name, file)
    if owner:
        return (
            f"the name {name!r} belongs to the distribution {owner} in {file.parent}: install glassgrad "
            f"into a virtual environment of its own"
        )
    return f"the name {name!r} leads to {file}, which is not glassgrad's: rename it, or work in another folder"


def shared(name: str) -> str:
    """Which other distribution has files in the folder of that package; "" if none has."""
    owners = [owner for owner in packages_distributions().get(name, ()) if owner != "glassgrad"]
    if not owners:
        return ""
    return (
        f"the distribution {_named(owners[0])} is installed too, and shares the folder {name!r} with "
        f"glassgrad, so that one of them does not work: use a virtual environment for each"
    )


def found() -> list[str]:
    """Everything that is wrong with the names here, a sentence each."""
    sentences = [taken(name) or shared(name) for name in NAMES]
    return [sentence for sentence in sentences if sentence]


def _file_of(name: str) -> Path | None:
    """The file that `import name` would run, or has run."""
    loaded = sys.modules.get(name)
    if loaded is not None:
        file = getattr(loaded, "__file__", None)
        return Path(file) if file else None
    spec = find_spec(name)
    return Path(spec.origin) if spec and spec.origin else None


def _owner(name: str, file: Path) -> str:
    """The distribution that installed the file, with its version; "" for a file of the user's own."""
    for owner in packages_distributions().get(name, ()):
        if owner != "glassgrad" and Path(str(distribution(owner).locate_file(""))) in file.parents:
            return _named(owner)
    return ""


def _named(owner: str) -> str:
    try:
        return f"{owner} {distribution(owner).version}"
    except PackageNotFoundError:
        return owner
