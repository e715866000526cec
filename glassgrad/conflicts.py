"""Who owns the names `autograd`, `nn` and `viz` here.

They are short, and others have them too: HIPS's autograd and two small packages on the index, and
any file `nn.py` beside a script. Where another one is found first, glassgrad cannot work, and
where two share a folder, removing either damages the other. This module imports none of them, so
it can always say what is wrong.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Final

NAMES: Final = ("autograd", "nn", "viz")
"""The packages that glassgrad installs beside itself, lowest first."""

MARK: Final = b"A part of glassgrad."
"""A line in the docstring of each, by which it is recognised without being imported."""


class NameTaken(ImportError):
    """A package that glassgrad needs is not its own."""


def check() -> None:
    """Raise NameTaken if one of the names leads to something else."""
    for name in NAMES:
        problem = taken(name)
        if problem:
            raise NameTaken(problem, name=name)


def taken(name: str) -> str:
    """What has taken the name from glassgrad's package, and the remedy; "" if nothing has.

    >>> taken("autograd")
    ''
    """
    spec = _spec_of(name)
    if spec is not None and _is_ours(spec):
        return ""
    if spec is None or spec.origin is None:
        folders = list(spec.submodule_search_locations or ()) if spec else []
        if folders:
            return (
                f"the folder {folders[0]} stands in the way of glassgrad's package {name!r}: "
                f"rename it, or work in another folder"
            )
        return f"the package {name!r} of glassgrad is missing: install glassgrad again"
    file = Path(spec.origin)
    for owner in _others(name, file.parent):
        return (
            f"the name {name!r} belongs to the distribution {owner}, in {file.parent}: "
            f"install glassgrad into a virtual environment of its own"
        )
    return (
        f"the name {name!r} leads to {file}, which is not part of glassgrad: "
        f"rename it, or work in another folder"
    )


def shared(name: str) -> str:
    """Which other distribution has files in the folder of that package; "" if none has."""
    spec = _spec_of(name)
    if spec is None or spec.origin is None:
        return ""
    for owner in _others(name, Path(spec.origin).parent):
        return (
            f"the distribution {owner} is installed too and shares the folder {name!r} "
            f"with glassgrad, so one of them is broken: use a virtual environment for each"
        )
    return ""


def found() -> list[str]:
    """Everything that is wrong with the names here, one sentence each."""
    sentences = [taken(name) or shared(name) for name in NAMES]
    return [sentence for sentence in sentences if sentence]


def _spec_of(name: str) -> ModuleSpec | None:
    """What `import name` would run, or has run; None if there is nothing."""
    if name in sys.modules:
        return getattr(sys.modules[name], "__spec__", None)
    return find_spec(name)


def _is_ours(spec: ModuleSpec) -> bool:
    try:
        # The loader knows how to read it, from a folder and from an archive alike.
        return MARK in spec.loader.get_data(spec.origin)  # type: ignore[union-attr]
    except (AttributeError, OSError):
        return False


def _others(name: str, folder: Path) -> Iterator[str]:
    """The distributions, other than glassgrad, that installed files there under that name."""
    for owner in distributions():
        title = _title_of(owner)
        if title.split()[0].lower() == "glassgrad" or not _has(owner, name):
            continue
        place = Path(str(owner.locate_file(name)))
        if folder in (place, place.parent):  # a package, or a module by itself
            yield title


def _has(owner: Distribution, name: str) -> bool:
    """Whether a distribution holds a module of that name, by its list of files if it has one."""
    if owner.files:
        return any(file.parts[0] in (name, f"{name}.py") for file in owner.files)
    return name in (owner.read_text("top_level.txt") or "").split()


def _title_of(owner: Distribution) -> str:
    """Its name and version, as far as what pip left of it still shows them."""
    return (
        f"{owner.metadata['Name'] or 'of unknown name'} {owner.metadata['Version'] or ''}".strip()
    )
