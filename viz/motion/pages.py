"""Pages, animations and strips: they show themselves in a notebook, and are saved by name."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, overload

from autograd import saving
from autograd.checks import shown
from autograd.saving import Target
from viz.text import printable

TEMPLATES = Path(__file__).parent


@dataclass(frozen=True, repr=False)
class Page:
    """A self-contained page or picture; as the last line of a cell it shows itself.

    `content` is the text of the file. `path` is where it was saved, None if it was not; a saved
    Page can be passed wherever a path is expected. `height` is that of its frame, in pixels.
    """

    title: str
    content: str
    kind: Literal["html", "svg"] = "html"
    path: Path | None = None
    height: int = 560

    def __repr__(self) -> str:
        where = "not saved" if self.path is None else shown(str(self.path), 100)
        return (
            f"Page({shown(self.title, 60)}, {self.kind}, {len(self.content):,} characters, {where})"
        )

    def __fspath__(self) -> str:
        return str(self._path())

    @property
    def name(self) -> str:
        """The name of the file. Raises ValueError if the page was not saved."""
        return self._path().name

    def save(self, path: Target) -> Path:
        """Write the file, whole or not at all, with any folders it needs, and return its path.

        Raises ValueError unless a page ends in .html or .htm, a picture in .svg.

        >>> import tempfile
        >>> page = Page("Nothing", "<!doctype html>")
        >>> page.save(Path(tempfile.mkdtemp()) / "nothing.html").read_text()
        '<!doctype html>'
        """
        what = "a page" if self.kind == "html" else "a picture"
        return saving.save(path, self.content.encode(), what, ENDINGS[self.kind])

    def saved(self, path: Target | None) -> Page:
        """The page, saved if there is a path to save it to."""
        return self if path is None else replace(self, path=self.save(path))

    def read_text(self, encoding: str = "utf-8") -> str:
        """The content, as `Path.read_text` would return it."""
        return self.content.encode().decode(encoding)

    def read_bytes(self) -> bytes:
        """The content in UTF-8, as `Path.read_bytes` would return it."""
        return self.content.encode()

    def _path(self) -> Path:
        if self.path is None:
            raise ValueError(f"{self!r} has no path yet: save it with page.save(path)")
        return self.path

    def _repr_html_(self) -> str:
        """The page in a frame that contains it whole: no file and no server is needed."""
        inner = self.content
        if self.kind == "svg":
            inner = f"<!doctype html><style>{FITTING}</style>{inner[inner.index('<svg') :]}"
        size = f"width: 100%; height: {self.height}px; border: 0"
        title = html.escape(printable(self.title, 200))
        return f'<iframe srcdoc="{html.escape(inner)}" title="{title}" style="{size}"></iframe>'


ENDINGS: Final = {"html": [".html", ".htm"], "svg": [".svg"]}

FITTING = "body{margin:0}svg{display:block;max-width:100%;height:auto}"


class Strip(Sequence[Page]):
    """Pictures that follow each other; as the last line of a cell it shows them, with buttons.

    A sequence of Pages, each a picture. Those of a saved strip can be passed wherever a path is
    expected.
    """

    def __init__(self, title: str, pictures: Iterable[Page], height: int = 480) -> None:
        self.title, self.pictures, self.height = title, tuple(pictures), height

    def __repr__(self) -> str:
        where = "not saved"
        if self.pictures and self.pictures[0].path:
            where = shown(str(self.pictures[0].path.parent), 100)
        return f"Strip({shown(self.title, 60)}, {len(self):,} pictures, {where})"

    def __len__(self) -> int:
        return len(self.pictures)

    @overload
    def __getitem__(self, i: int) -> Page: ...
    @overload
    def __getitem__(self, i: slice) -> tuple[Page, ...]: ...
    def __getitem__(self, i: int | slice) -> Page | tuple[Page, ...]:
        return self.pictures[i]

    def save(self, directory: Target) -> Path:
        """Write the pictures as 000.svg, 001.svg, ... to a folder, and return its path.

        The folder is made if it is missing. Pictures that an earlier, longer strip left after the
        last one are removed. Raises ValueError for the name of a file, such as strip.html.
        """
        folder = saving.folder(directory, "a strip")
        for i, page in enumerate(self.pictures):
            page.save(folder / f"{i:03}.svg")
        left = len(self.pictures)
        while (folder / f"{left:03}.svg").is_file():
            (folder / f"{left:03}.svg").unlink()
            left += 1
        return folder

    def saved(self, directory: Target | None) -> Strip:
        """The strip, saved if there is a directory to save it to."""
        if directory is None:
            return self
        folder = self.save(directory)
        pictures = []
        for i, page in enumerate(self.pictures):
            pictures.append(replace(page, path=folder / f"{i:03}.svg"))
        return Strip(self.title, pictures, self.height)

    def page(self) -> Page:
        """A page with all the pictures and buttons to step through them.

        What pictures have in common is stored only once.
        """
        parts = {"TITLE": html.escape(self.title), "PICTURES": as_json(in_pieces(self.pictures))}
        return Page(self.title, filled("strip", parts), height=self.height)

    def _repr_html_(self) -> str:
        return self.page()._repr_html_()


def in_pieces(pictures: Iterable[Page]) -> dict[str, list[Any]]:
    """Pictures as places in a list of pieces, each of which is stored once.

    A picture is joined from its pieces. Only the name of the picture makes its ids unique, and
    here it needs no name of its own, since only one picture is shown at a time.
    """
    places: dict[str, int] = {}
    described = []
    for picture in pictures:
        name = re.search(r'<svg [^>]*?\bid="([^"]+)"', picture.content)
        content = picture.content if name is None else picture.content.replace(name[1], "strip")
        pieces = re.split("(?=<(?:g|svg|text|rect) )", content)
        parts = [places.setdefault(piece, len(places)) for piece in pieces]
        described.append({"text": picture.title, "parts": parts})
    return {"pieces": list(places), "pictures": described}


def filled(name: str, parts: Mapping[str, str], scripts: Sequence[str] = ()) -> str:
    """A template with its parts in place, and the scripts and styles beside it.

    Its policy allows only what it was written with, by hash: an inline script or style that is
    added later does not run.
    """
    parts = {
        **parts,
        "STYLE": resource(f"{name}.css"),
        "SCRIPT": "\n".join(resource(f"{script}.js") for script in scripts or [name]),
    }
    page = re.sub(
        "@([A-Z]+)@", lambda match: parts.get(match[1], match[0]), resource(f"{name}.html")
    )
    policy = {"@SCRIPTS@": hashes(page, "script"), "@STYLES@": hashes(page, "style")}
    head, rest = page.split("</head>", 1)
    for mark, digests in policy.items():
        head = head.replace(mark, digests, 1)
    return f"{head}</head>{rest}"


@cache
def resource(name: str) -> str:
    """A file in the same folder as this one."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


def as_json(content: Any) -> str:
    """Data for a script element, in which nothing can end the script."""
    return json.dumps(content, allow_nan=False, ensure_ascii=False).replace("<", "\\u003c")


def hashes(source: str, tag: str) -> str:
    """What a content policy allows: these scripts or styles, and nothing else.

    >>> hashes("<style>a</style>", "style")
    "'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"
    """
    found = re.findall(f"<{tag}>(.*?)</{tag}>", source, flags=re.S)
    digests = [hashlib.sha256(text.encode()).digest() for text in found]
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
