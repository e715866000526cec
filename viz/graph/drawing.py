"""The Drawing: a graphviz.Digraph, laid out by the first `dot` that can, and described in words."""

from __future__ import annotations

import hashlib
import html
import re
from pathlib import Path
from typing import Any

import graphviz

from autograd.files import write
from viz.graph.dot_binary import lay_out

TIMEOUT = 120.0
"""Seconds that `dot` may take. It needs 6 for 5,000 nodes; a graph that takes longer has no layout worth waiting for."""

SOURCES = ("", "gv", "dot")
"""The endings of files that hold the source of a drawing."""


class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` whose SVG also carries a title, a description for screen readers, and the colours of dark pages.

    `pipe`, `render` and `save` raise DotNotFound if there is no `dot` that knows the format, and
    DotFailed if every one fails or a layout takes longer than `TIMEOUT` seconds. If a later one
    draws than the first (`viz.graph.dot_binary` has the order), a DotWarning says what is broken.
    """

    description = ""
    css = ""
    directory: Any

    def __repr__(self) -> str:
        words = self.description or f"{len(self.body)} lines of DOT"
        return f"Drawing({words if len(words) <= 200 else words[:197] + '...'})"

    def pipe(self, format: str | None = None, *args: Any, quiet: bool = True, encoding: str | None = None, **options: Any) -> Any:
        """As `graphviz.Digraph.pipe`: the drawing as bytes, or as text in that encoding."""
        format = format or self.format
        given = _options(format, *args, **options)
        out: bytes = lay_out(self.source, self.engine, given, format, TIMEOUT)
        if format == "svg":
            out = self._finished(out.decode()).encode()
        return out if encoding is None else out.decode(encoding)

    def render(
        self,
        filename: Any = None,
        directory: Any = None,
        view: bool = False,
        cleanup: bool = False,
        format: str | None = None,
        *args: Any,
        outfile: Any = None,
        quiet: bool = True,
        quiet_view: bool = True,
        **options: Any,
    ) -> str:
        """As `graphviz.Digraph.render`: writes the source, and the drawing beside it, each whole or not at all; returns the path.

        A filename that ends as the format does, such as "loss.svg", is that of the drawing.
        """
        if filename is not None and outfile is None and Path(filename).suffix == f".{format or self.format}":
            filename, outfile = None, Path(directory or self.directory or "", filename)
        format = format or (Path(outfile).suffix[1:] if outfile else self.format)
        if filename is not None:
            self.filename = filename
        if directory is not None:
            self.directory = directory
        source = Path(outfile).with_suffix(f".{self._default_extension}") if outfile and filename is None else Path(self.filepath)
        target = Path(outfile) if outfile else Path(f"{source}.{format}")
        out = self.pipe(format, *args, **options)
        target.parent.mkdir(parents=True, exist_ok=True)
        if not cleanup:
            write(source, self.source.encode())
        write(target, out)
        if view:
            self._view(str(target), format=format, quiet=quiet_view)
        return str(target)

    def save(self, filename: Any = None, directory: Any = None, **options: Any) -> str:
        """Write the drawing in the format that the file's ending names, whole or not at all, and nothing else; returns the path.

        Without an ending, and with .gv or .dot, writes the source, as `graphviz.Digraph.save` does.
        Raises ValueError for an ending that is no format.

        >>> import tempfile
        >>> from autograd import Value
        >>> from viz import draw_dot
        >>> path = Path(tempfile.mkdtemp()) / "product.svg"
        >>> draw_dot(Value(2.0, "a") * 3).save(path) == str(path)
        True
        """
        ending = Path(filename or "").suffix[1:].lower()
        if ending in SOURCES:
            return self._save_source(filename, directory, **options)
        if ending not in graphviz.FORMATS:
            raise ValueError(f"{str(filename)[:200]}: its ending is none of Graphviz's formats, such as svg, png and pdf, nor of a source, gv or dot")
        target = Path(directory or "", filename)
        out = self.pipe(ending)
        target.parent.mkdir(parents=True, exist_ok=True)
        write(target, out)
        return str(target)

    def _save_source(self, filename: Any, directory: Any, skip_existing: bool = False) -> str:
        # graphviz writes into the file itself, and half of it is there if that fails.
        if filename is not None:
            self.filename = filename
        if directory is not None:
            self.directory = directory
        target = Path(self.filepath)
        if not (skip_existing and target.exists()):
            target.parent.mkdir(parents=True, exist_ok=True)
            write(target, self.source.encode())
        return str(self.filepath)

    def copy(self) -> Drawing:
        """As `graphviz.Digraph.copy`, with the description and the colours."""
        twin: Drawing = super().copy()
        twin.description, twin.css = self.description, self.css
        return twin

    def _finished(self, svg: str) -> str:
        opening = re.search(r"<svg\b[^>]*>", svg)
        if opening is None:
            return svg
        id = "g" + hashlib.sha256(self.source.encode()).hexdigest()[:8]  # two drawings on one page keep their own titles
        tag = opening.group().replace("<svg", f'<svg role="img" aria-labelledby="{id}-title {id}-desc"', 1)
        head = f'<title id="{id}-title">Backpropagation graph</title>\n<desc id="{id}-desc">{html.escape(self.description)}</desc>'
        style = f"\n<style>{self.css}</style>" if self.css else ""
        return f"{svg[: opening.start()]}{tag}\n{head}{style}{svg[opening.end() :]}"


def _options(format: str, renderer: str | None = None, formatter: str | None = None, neato_no_op: bool | int | None = None) -> list[str]:
    parts = [format, *(x for x in (renderer, formatter) if x)]
    return ["-T" + ":".join(parts), *([f"-n{int(neato_no_op)}"] if neato_no_op else [])]
