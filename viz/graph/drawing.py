"""The Drawing: a graphviz.Digraph, laid out by the first `dot` that can, with a description."""

from __future__ import annotations

import hashlib
import html
import re
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

import graphviz

from autograd.checks import shown
from autograd.files import write
from viz import style
from viz.graph.dot_binary import lay_out
from viz.style import Theme

TIMEOUT = 120.0
"""Seconds that `dot` may take.

It needs 6 for 5,000 nodes; no layout that takes longer is worth waiting for.
"""

SOURCES = ("gv", "dot")
"""The endings of files that hold the source of a drawing."""

DPI = 192
"""Pixels per inch of bitmaps: twice those of a screen, so that text is sharp."""

REFERENCES: Final = re.compile(r'(\bid="|\bhref="#|\b(?:fill|stroke|clip-path|mask)="url\(#)')
"""What precedes an id in SVG; in text, quotes are escaped."""

IN_A_CELL: Final = "max-width: 100%; height: auto"

BITMAPS: Final = frozenset(["png", "jpg", "jpeg", "gif", "bmp", "tiff", "tif", "webp"])


def expect_format(format: Any, hint: str = "") -> None:
    """Raise ValueError for a format that Graphviz does not know."""
    if not isinstance(format, str) or format not in graphviz.FORMATS:
        raise ValueError(
            f"format must be one that Graphviz knows, such as svg, png or pdf, got "
            f"{shown(format)}{hint}"
        )


@dataclass(repr=False)
class Drawing:
    """A graph ready to be laid out: it displays itself in a notebook, and `save` writes it.

    It holds a `graphviz.Digraph` as `digraph`, for everything else that class offers; `linked` are
    classes of cards that stand out together when one of them is pointed at. The SVG also carries a
    title, a description for screen readers, and the colours for dark pages if it follows its
    viewer; ids and colours are scoped, so that several drawings can be on one page.

    `pipe`, `save` and `render` raise DotNotFound if there is no `dot` that knows the format, and
    DotFailed if every `dot` fails or a layout takes longer than `TIMEOUT` seconds. If a fallback
    `dot` was used (`viz.graph.dot_binary` has the order), a DotWarning says what is broken.
    """

    digraph: graphviz.Digraph
    description: str = ""
    themes: tuple[Theme, Theme | None] = (style.LIGHT, None)
    linked: tuple[str, ...] = ()

    def __repr__(self) -> str:
        words = self.description or f"{len(self.digraph.body)} lines of DOT"
        return f"Drawing({words if len(words) <= 200 else words[:197] + '...'})"

    @property
    def source(self) -> str:
        """The graph in DOT, the language of Graphviz."""
        return str(self.digraph.source)

    @property
    def format(self) -> str:
        """The format of `pipe` and `render` unless they are given another one."""
        return str(self.digraph.format)

    @format.setter
    def format(self, name: str) -> None:
        self.digraph.format = name

    def pipe(
        self, format: str | None = None, *, encoding: str | None = None, dpi: int = DPI
    ) -> Any:
        """The drawing as bytes, or as text in that encoding; `dpi` is the resolution of bitmaps."""
        format = format or self.format
        expect_format(format)
        if format == "svg":
            out = self.svg(self._scope()).encode()
        else:
            resolution = [f"-Gdpi={dpi:d}"] if format in BITMAPS else []
            out = self._laid_out(format, resolution)
        return out if encoding is None else out.decode(encoding)

    def svg(self, scope: str = "") -> str:
        """The drawing as SVG, in which ids begin with `scope`.

        >>> from autograd import Value
        >>> from viz import draw_dot
        >>> 'id="mine-v0"' in draw_dot(Value(2.0, "a") * 3).svg("mine-")
        True
        """
        text = self._laid_out("svg", []).decode()
        opening = re.search(r"<svg\b[^>]*>", text)
        if opening is None:
            return text
        before, tag, after = text[: opening.start()], opening.group(), text[opening.end() :]
        after = REFERENCES.sub(rf"\g<1>{scope}", after)
        id = scope or self._scope()
        tag = tag.replace(
            "<svg", f'<svg id="{id}svg" role="img" aria-labelledby="{id}title {id}desc"', 1
        )
        head = f'<title id="{id}title">Backpropagation graph</title>\n'
        head += f'<desc id="{id}desc">{html.escape(self.description)}</desc>'
        css = self._css(f"#{id}svg")
        head += f"\n<style>{css}</style>" if css else ""
        return f"{before}{tag}\n{head}{after}"

    def _css(self, drawing: str) -> str:
        """Dark colours, and what links the cards of one leaf: they all stand out together."""
        light, dark = self.themes
        css = style.dark_rules(light, dark, within=drawing) if dark else ""
        for name in self.linked:
            outline = f"{drawing}:has(.{name}:hover) .{name}"
            css += f"{outline} path,{outline} polygon{{stroke-width:4}}"
        return css

    def save(self, filename: str | Path, directory: str | Path = "", *, dpi: int = DPI) -> str:
        """Write the drawing in the format that the file's ending names, whole or not at all.

        Nothing else is written; with .gv, .dot or no ending, the file holds the source. Returns the
        path. Raises ValueError for an ending that is not a format.

        >>> from autograd import Value
        >>> from viz import draw_dot
        >>> path = Path(mkdtemp()) / "product.svg"
        >>> draw_dot(Value(2.0, "a") * 3).save(path) == str(path)
        True
        """
        path = Path(directory, filename)
        ending = path.suffix[1:].lower()
        if ending in SOURCES or not ending:
            out = self.source.encode()
        elif ending in graphviz.FORMATS:
            out = self.pipe(ending, dpi=dpi)
        else:
            raise ValueError(
                f"{str(path)[:200]}: its ending is neither a format of Graphviz, such as svg, png "
                f"or pdf, nor that of a source, gv or dot"
            )
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, out)
        return str(path)

    def render(
        self,
        filename: str | Path | None = None,
        directory: str | Path | None = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
    ) -> str:
        """Like `graphviz.Digraph.render`: write the source, and the drawing beside it.

        Each is written whole or not at all; with `cleanup` the source is left out. Returns the path
        of the drawing. A filename with the ending of the format, such as "loss.svg", names the
        drawing itself.
        """
        format = format or self.format
        source = Path(directory or "", filename or f"{self.digraph.name}.gv")
        target = Path(f"{source}.{format}")
        if source.suffix == f".{format}":
            source, target = source.with_suffix(".gv"), source
        path = self.save(target)
        if not cleanup:
            write(source, self.source.encode())
        if view:
            graphviz.view(path)
        return path

    def view(
        self,
        filename: str | Path | None = None,
        directory: str | Path | None = None,
        cleanup: bool = False,
    ) -> str:
        """Draw into a file, in a new temporary folder unless one is named, and open it."""
        directory = directory if filename or directory else mkdtemp()
        return self.render(filename, directory, view=True, cleanup=cleanup)

    def copy(self) -> Drawing:
        """A copy that can be changed without changing this drawing."""
        return replace(self, digraph=self.digraph.copy())

    def _repr_svg_(self) -> str:
        """What notebooks show: the SVG, shrunk to the width of the cell if it is wider."""
        text = self.svg(self._scope())
        return text[text.index("<svg") :].replace("<svg ", f'<svg style="{IN_A_CELL}" ', 1)

    def _laid_out(self, format: str, options: list[str]) -> bytes:
        return lay_out(self.source, self.digraph.engine, [f"-T{format}", *options], format, TIMEOUT)

    def _scope(self) -> str:
        """A prefix of ids that no other drawing has."""
        content = f"{self.source}{self.description}{self.themes}"
        return f"g{hashlib.sha256(content.encode()).hexdigest()[:8]}-"
