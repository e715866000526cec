"""From a scene to Graphviz: cards for Values, discs for operators, the slope on every edge."""

from __future__ import annotations

import html
import math
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import graphviz

from autograd import Value, topological_order
from viz import style
from viz.program import DotFailed, use_dot
from viz.scene import Edge, Node, Scene, scene

MAX_NODES = 2000
"""Beyond this, Graphviz takes from seconds to hours."""


MAX_SPAN = 1000
"""Total length of the edges, in ranks, beyond which `dot` is told to stop polishing: with leaves shared over many steps
(a recurrent network) its time grows out of all bounds."""


class Drawing(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` whose SVG also carries a title and a description for screen readers."""

    description = ""

    def pipe(self, format: str | None = None, *args: Any, quiet: bool = True, encoding: str | None = None, **options: Any) -> Any:
        """As `graphviz.Digraph.pipe`, but quiet about fonts; raises DotNotFound or DotFailed."""
        format = format or self.format
        use_dot(format)
        with _plain_failure():
            out = super().pipe(format, *args, quiet=quiet, **options)
        if not out:
            raise DotFailed("dot ended well, but drew nothing")
        if format == "svg":
            out = _described(out.decode(), self.description).encode()
        return out if encoding is None else out.decode(encoding)

    def render(self, *args: Any, format: str | None = None, quiet: bool = True, **options: Any) -> Any:
        """As `graphviz.Digraph.render`, but quiet about fonts; raises DotNotFound or DotFailed."""
        format = format or self.format
        use_dot(format)
        with _plain_failure():
            path = super().render(*args, format=format, quiet=quiet, **options)
        if format == "svg":
            file = Path(path)
            file.write_bytes(_described(file.read_bytes().decode(), self.description).encode())
        return path

    def copy(self) -> Drawing:
        """As `graphviz.Digraph.copy`, with the description."""
        twin: Drawing = super().copy()
        twin.description = self.description
        return twin


@contextmanager
def _plain_failure() -> Iterator[None]:
    try:
        yield
    except (graphviz.ExecutableNotFound, PermissionError) as error:
        raise DotFailed(f"dot cannot be started: {error}") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or b"").decode(errors="replace").strip().splitlines()
        raise DotFailed(f"dot failed with exit code {error.returncode}: {said[0] if said else 'it said nothing'}") from error


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Drawing:
    """The graph of `root` as a `graphviz.Digraph`: data and grad on every node, the slope on every edge.

    Shown by notebooks as it is; `.render("name")` and `.pipe()` draw it with the system's `dot` or the embedded one.
    `rankdir` is the direction of the forward pass: LR, TB, RL or BT. Gradients that no backward pass has set show as —.
    Raises TypeError unless root is a Value, ValueError for a graph of more than 2,000 nodes or an unknown rankdir.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> print(draw_dot(a * b).source.splitlines()[0])
    digraph glassgrad {
    """
    if not isinstance(root, Value):
        raise TypeError(f"draw_dot draws a Value, got {type(root).__name__}: pass the root of the graph, e.g. the loss")
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"rankdir must be one of ['LR', 'TB', 'RL', 'BT'], got {rankdir!r}")
    size = len(topological_order(root))
    if size > MAX_NODES:
        raise ValueError(
            f"draw_dot draws at most {MAX_NODES:,} nodes, this graph has {size:,}: draw a part of it, such as one sample or one neuron"
        )
    return to_dot(scene(root), format, rankdir)


def to_dot(drawn: Scene, format: str = "svg", rankdir: str = "LR") -> Drawing:
    """A scene as a Digraph. Names, ids and order follow the scene, so equal scenes give equal bytes."""
    graph = Drawing(
        "glassgrad",
        format=format,
        graph_attr={
            "rankdir": rankdir, "bgcolor": style.BACKGROUND, "nodesep": "0.25", "ranksep": "0.35", "pad": "0.15",
            "fontname": style.FONT, "fontsize": "11", "tooltip": "backpropagation graph",
        },
        node_attr={"fontname": style.FONT, "fontsize": "11", "fontcolor": style.TEXT, "color": style.QUIET},
        edge_attr={"fontname": style.FONT, "fontsize": "10", "color": style.LINE, "arrowsize": "0.6", "penwidth": "1.2"},
    )  # fmt: skip
    graph.description = _description(drawn)
    if _span(drawn) > MAX_SPAN:
        graph.attr(splines="line", nslimit="1", nslimit1="1", mclimit="0.1")
    for node in drawn.nodes:
        _add_node(graph, node, drawn.largest_grad)
    for edge in drawn.edges:
        _add_edge(graph, edge, drawn.largest_slope)
    return graph


def _span(drawn: Scene) -> int:
    """The total of the ranks that edges reach over, beyond the one that each needs."""
    rank = {node.id: 0 for node in drawn.nodes}
    for edge in drawn.edges:  # in topological order of their targets
        rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    return sum(rank[edge.target] - rank[edge.source] - 1 for edge in drawn.edges)


_SHAPES = {
    "input": {"shape": "box", "style": "filled", "penwidth": "1"},
    "parameter": {"shape": "box", "style": "rounded,filled", "penwidth": "1.8"},
    "constant": {"shape": "box", "style": "rounded,filled,dashed", "penwidth": "0.8"},
    "inner": {"shape": "box", "style": "rounded,filled", "penwidth": "1"},
    "output": {"shape": "box", "style": "rounded,filled", "penwidth": "1", "peripheries": "2"},
}
"""Kinds differ by shape and border, never by colour alone."""


def _add_node(graph: Drawing, node: Node, largest: float) -> None:
    wrong = not math.isfinite(node.data) or (node.grad is not None and not math.isfinite(node.grad))
    graph.node(
        node.id,
        _card(node),
        id=node.id,
        tooltip=_plain(_tooltip(node)),
        margin="0.08,0.04",
        fillcolor=style.BACKGROUND if wrong else style.fill(node.grad, largest),
        **{"class": f"value {node.kind}"},
        **_SHAPES[node.kind],
        **({"color": style.WRONG, "fontcolor": style.WRONG} if wrong else {}),
    )
    if node.op and node.kind != "constant":
        disc = f"{node.id}_op"
        wide = len(node.glyph) > 2
        graph.node(
            disc,
            _plain(node.glyph),
            id=disc,
            tooltip=_plain(node.op),
            shape="box" if wide else "circle",
            style="rounded,filled" if wide else "filled",
            margin="0.06,0.02",
            **({"height": "0.3"} if wide else {"width": "0.36", "fixedsize": "true"}),
            fillcolor=style.OPERATOR,
            color=style.OPERATOR,
            fontcolor=style.BACKGROUND,
            fontsize="11" if wide else "13",
            **{"class": "op"},
        )
        graph.edge(disc, node.id, id=f"{node.id}_out")


def _add_edge(graph: Drawing, edge: Edge, largest: float) -> None:
    colour = style.line_colour(edge.slope) if edge.flows else style.LINE
    weight = style.strength(edge.slope, largest) if edge.flows else 0.0
    graph.edge(
        edge.source,
        f"{edge.target}_op",
        label=f" {style.slope(edge.slope)} ",
        tooltip=_plain(f"slope {edge.slope!r}"),
        labeltooltip=_plain(f"slope {edge.slope!r}"),
        color=colour,
        fontcolor=style.QUIET if colour == style.LINE else colour,
        penwidth=f"{0.8 + 2.0 * weight:.2f}",
        style="dashed" if edge.flows and edge.slope < 0 else "solid",
        **{"class": "slope"},
    )


def _card(node: Node) -> str:
    """An HTML-like label: the title, a rule, data and grad in columns; a constant is its number alone."""
    face = f'<FONT FACE="{style.MONOSPACE}">'
    if node.kind == "constant":
        return f"<{face}{node.data:.6g}</FONT>>"
    grad = "—" if node.grad is None else style.number(node.grad)
    rows = [("data", style.number(node.data)), ("grad", grad)]
    title = _markup(node.title)
    head = f'<TR><TD COLSPAN="2"><B>{title}</B></TD></TR><HR/>' if title else ""
    cells = "".join(
        f'<TR><TD ALIGN="LEFT">{name}</TD><TD ALIGN="RIGHT">{f"{face}{text}</FONT>" if text.isascii() else text}</TD></TR>'
        for name, text in rows
    )
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{head}{cells}</TABLE>>'


def _tooltip(node: Node) -> str:
    made = f" = {node.op}" if node.op and node.kind != "constant" else ""
    grad = "" if node.grad is None else f", grad {node.grad!r}"
    return f"{_printable(node.title, 400)}{made}: data {node.data!r}{grad}"


def _description(drawn: Scene) -> str:
    root = drawn.root
    name = _printable(root.title, 80) or root.id
    grads = "no backward pass yet" if root.grad is None else "with the gradient of each node and the slope on each edge"
    return f"Computation graph of {name} = {style.number(root.data)}: {len(drawn.nodes)} values, {grads}."


_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def _printable(text: str, limit: int) -> str:
    """`text` as one line that any XML may hold; what is too long ends in an ellipsis."""
    text = _UNPRINTABLE.sub("\ufffd", text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _markup(title: str) -> str:
    return _unescaped(html.escape(_printable(title, 40)))


def _plain(text: str) -> str:
    """A string attribute that Graphviz shows as it stands: no markup, no escapes, no entities."""
    plain: str = graphviz.escape(_unescaped(_printable(text, 500)).replace("&", "&amp;"))
    return plain


def _unescaped(text: str) -> str:
    # Graphviz replaces \N, \G, \L and the like wherever it meets them, in cards too, and knows no quoting that
    # holds everywhere. An invisible word joiner after the backslash keeps the two apart.
    return text.replace("\\", "\\\u2060")


def _described(svg: str, description: str) -> str:
    opening = re.search(r"<svg\b[^>]*>", svg)
    if opening is None:
        return svg
    tag = opening.group()
    titled = tag.replace("<svg", '<svg role="img" aria-labelledby="glassgrad-title glassgrad-desc"', 1)
    head = (
        f'{titled}\n<title id="glassgrad-title">Backpropagation graph</title>\n<desc id="glassgrad-desc">{html.escape(description)}</desc>'
    )
    return svg[: opening.start()] + head + svg[opening.end() :]
