"""Saving: one rule for everything that is written to a named file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from autograd.checks import shown
from autograd.files import write

Target: TypeAlias = "str | os.PathLike[str]"

MEDIA = (".html", ".htm", ".svg", ".png", ".gif", ".jpg", ".jpeg", ".webp", ".pdf", ".mp4")
"""Endings that nobody would give to a folder."""


def save(path: Target, content: bytes, what: str, endings: Sequence[str]) -> Path:
    """Write a file, whole or not at all, with any folders it needs, and return its path.

    Raises TypeError for anything but a path, ValueError unless the name has one of the endings.

    >>> import tempfile
    >>> file = save(Path(tempfile.mkdtemp(), "new", "a.svg"), b"<svg/>", "a picture", [".svg"])
    >>> file.name
    'a.svg'
    """
    target = as_path(path, what)
    # A pipe or a device, such as /dev/stdout, has no ending, and is written to directly.
    is_plain = not target.exists() or target.is_file()
    if is_plain and target.suffix.lower() not in endings:
        wanted = f"{what} is saved in a file that ends in {' or '.join(endings)}"
        remedy = f"as in {str(target.with_name(f'{target.stem}{endings[0]}'))[:200]!r}"
        raise ValueError(f"{wanted}, got {shown(str(path), 200)}: {remedy}")
    target.parent.mkdir(parents=True, exist_ok=True)
    write(target, content)
    return target


def folder(path: Target, what: str) -> Path:
    """A folder for several files, made if it is missing.

    Raises TypeError for anything but a path, ValueError for the name of a file.
    """
    target = as_path(path, what)
    if target.suffix.lower() in MEDIA or target.is_file():
        wanted = f"{what} is saved in a folder, one file for each picture"
        remedy = f"name a folder, as in {str(target.with_suffix(''))[:200]!r}"
        raise ValueError(f"{wanted}, got {shown(str(path), 200)}: {remedy}")
    target.mkdir(parents=True, exist_ok=True)
    return target


def as_path(path: Target, what: str) -> Path:
    """The path as a Path; raises TypeError for anything else."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{what} is saved to a path, got {shown(path)}: give a str or a Path")
    return Path(path)
