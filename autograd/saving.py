"""Saving: one rule for everything that is written into a file by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

from autograd.checks import shown
from autograd.files import write

Target: TypeAlias = "str | os.PathLike[str]"

MEDIA = (".html", ".htm", ".svg", ".png", ".gif", ".jpg", ".jpeg", ".webp", ".pdf", ".mp4")
"""Endings of files that nobody means as the name of a folder."""


def save(path: Target, content: bytes, what: str, endings: Sequence[str]) -> Path:
    """Write a file, whole or not at all, make the folders it lacks, and return its path.

    Raises TypeError for anything but a path, ValueError unless the name ends as `what` does.

    >>> import tempfile
    >>> file = save(Path(tempfile.mkdtemp(), "new", "a.svg"), b"<svg/>", "a picture", [".svg"])
    >>> file.name
    'a.svg'
    """
    target = as_path(path, what)
    # A pipe or a device, such as /dev/stdout, has no ending, and is written as it stands.
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
        wanted = f"{what} is saved in a folder, a file for each of its pictures"
        remedy = f"name a folder, as in {str(target.with_suffix(''))[:200]!r}"
        raise ValueError(f"{wanted}, got {shown(str(path), 200)}: {remedy}")
    target.mkdir(parents=True, exist_ok=True)
    return target


def as_path(path: Target, what: str) -> Path:
    """A path as such; TypeError for anything else."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{what} is saved by a path, got {shown(path)}: give a str or a Path")
    return Path(path)
