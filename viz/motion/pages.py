"""The path of a page that was written: a notebook shows the page itself."""

from __future__ import annotations

import html
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Base = Path
else:
    Base = type(Path())  # PosixPath or WindowsPath: before Python 3.12, Path cannot be subclassed


class Page(Base):
    """The path of a file with a page or a picture, and a Path in all else."""

    def _repr_html_(self) -> str | None:
        """The page in a frame of its own; None for a path that leads to no page."""
        if not self.is_file() or self.suffix.lower() not in (".html", ".htm", ".svg"):
            return None
        content, name = html.escape(self.read_text(encoding="utf-8")), html.escape(self.name)
        style = "width: 100%; height: 640px; border: 0"
        return f'<iframe srcdoc="{content}" title="{name}" style="{style}"></iframe>'
