"""From a scene to Graphviz: cards for Values, discs for operators, the slope on every edge."""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import graphviz

from autograd import Value
from autograd.checks import shown
from viz import style
from viz.graph.cards import card, edge_look, legend_card, tooltip
from viz.graph.drawing import Drawing
from viz.graph.fold import folded
from viz.graph.reading import read
from viz.graph.scene import Cluster, Edge, Node, Scene, expect_scene, scene
from viz.style import Scale, Theme, ThemeName
from viz.text import plain, printable

MAX_NODES = 2000
"""Larger graphs are folded: beyond this, Graphviz takes from seconds to hours."""

MAX_SPAN = 500
"""Total length of the edges, in ranks, beyond which `dot` is told to stop polishing: with leaves shared over many steps
(a recurrent network) its time grows out of all bounds."""

FOLDED_SPAN = 10_000
"""Total length of the edges beyond which even that takes more than a few seconds (three to eight for 20,000, a minute for 240,000).
Such graphs are folded, however few their nodes."""

RankDir: TypeAlias = Literal["LR", "TB", "RL", "BT"]
DIRECTIONS = ["LR", "TB", "RL", "BT"]


def draw_dot(
    root: Value,
    format: str = "svg",
    rankdir: RankDir = "LR",
    *,
    theme: ThemeName = "light",
    names: Mapping[str, Any] | None = None,
    highlight: Value | None = None,
    flows: bool = False,
    legend: bool = False,
    depth: int | None = None,
    max_nodes: int = MAX_NODES,
    number: Callable[[float], str] = style.number,
) -> Drawing:
    """The graph of `root` as a `graphviz.Digraph`: data and grad on every node, the slope on every edge.

    Shown by notebooks as it is; `.render("name")` and `.pipe()` draw it with the embedded `dot`,
    or with another one (`find_dot` has the order).
    Gradients that no backward pass has set show as —.

    - `rankdir`: the direction of the forward pass: LR, TB, RL or BT.
    - `theme`: light, dark, or auto, which follows the viewer's preference (in SVG).
    - `names`: names for nodes without a label, such as `locals()`.
    - `highlight`: a node whose paths to the root stand out.
    - `flows`: also write on each edge what flows back over it, grad · slope.
    - `legend`: explain colours and borders.
    - `depth`: fold modules from so many levels down into cards, 0 for all.
    - `max_nodes`: fold whatever is larger, and whatever Graphviz would take minutes for; the drawing says so.
    - `number`: how numbers on cards are written, a function such as `"{:.2f}".format`.

    Raises TypeError unless root is a Value, ValueError for unknown options and a highlight outside of the graph.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> print(draw_dot(a * b).source.splitlines()[0])
    digraph glassgrad {
    """
    max_nodes = operator.index(max_nodes)
    large = depth is not None or len(read(root).order) > max_nodes
    drawn = None if large else scene(root, names, highlight)
    if drawn is None or _span(drawn) > FOLDED_SPAN:
        why = "" if drawn is None else ", because leaves shared over so many steps have no layout"
        drawn = folded(root, depth, names, highlight)
        drawn = replace(drawn, note=f"{drawn.note}{why}")
    return to_dot(drawn, format, rankdir, theme=theme, flows=flows, legend=legend, number=number)


def to_dot(
    drawn: Scene,
    format: str = "svg",
    rankdir: RankDir = "LR",
    *,
    theme: ThemeName = "light",
    flows: bool = False,
    legend: bool = False,
    number: Callable[[float], str] = style.number,
) -> Drawing:
    """A scene as a Digraph; the options are those of `draw_dot`. Names, ids and order follow the scene: equal scenes, equal bytes."""
    expect_scene(drawn, "to_dot")
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {DIRECTIONS}, got {shown(rankdir)}")
    if not isinstance(format, str) or format not in graphviz.FORMATS:
        hint = f" (for the direction, write rankdir={shown(format)})" if format in DIRECTIONS else ""
        raise ValueError(f"format must be one that Graphviz knows, such as svg, png or pdf, got {shown(format)}{hint}")
    if not callable(number) or not isinstance(number(1.0), str):
        raise TypeError(f"number must be a function from a float to a text, such as '{{:.2f}}'.format, got {shown(number)}")
    look, dark = style.theme_named(theme)
    graph = Drawing(
        "glassgrad",
        format=format,
        graph_attr={
            "rankdir": rankdir, "bgcolor": look.background, "nodesep": "0.25", "ranksep": "0.35", "pad": "0.15",
            "fontname": style.FONT, "fontsize": "11", "fontcolor": look.quiet, "tooltip": "backpropagation graph",
        },
        node_attr={"fontname": style.FONT, "fontsize": "11", "fontcolor": look.text, "color": look.quiet},
        edge_attr={"fontname": style.FONT, "fontsize": "10", "color": look.line, "arrowsize": "0.6", "penwidth": "1.2"},
    )  # fmt: skip
    graph.description = _description(drawn)
    graph.css = style.dark_rules(look, dark) if dark else ""
    if drawn.note:
        graph.attr(label=plain(drawn.note), labelloc="b")
    if _span(drawn) > MAX_SPAN:
        graph.attr(splines="line", nslimit="1", nslimit1="1", mclimit="0.1")
    painter = _Painter(drawn, look, number, flows)
    painter.add_nodes(graph, "")
    for i, edge in enumerate(drawn.edges):
        painter.add_edge(graph, edge, f"e{i}")
    if legend:
        graph.node("legend", legend_card(drawn, look, number, flows), shape="box", color=look.line, fontsize="9", fontcolor=look.quiet)
    return graph


_SHAPES = {
    "input": {"shape": "box", "style": "filled", "penwidth": "1"},
    "parameter": {"shape": "box", "style": "rounded,filled", "penwidth": "1.8"},
    "constant": {"shape": "box", "style": "rounded,filled,dashed", "penwidth": "0.8"},
    "inner": {"shape": "box", "style": "rounded,filled", "penwidth": "1"},
    "output": {"shape": "box", "style": "rounded,filled", "penwidth": "1", "peripheries": "2"},
    "folded": {"shape": "box3d", "style": "filled", "penwidth": "1"},
}
"""Kinds differ by shape and border, never by colour alone."""


class _Painter:
    """Adds the parts of one scene to a graph, all in one look."""

    def __init__(self, drawn: Scene, look: Theme, number: Callable[[float], str], flows: bool) -> None:
        self.look, self.number, self.flows = look, number, flows
        self.grads, self.slopes = Scale.of(drawn.grads), Scale.of(drawn.slopes)
        self.nodes: dict[str, list[Node]] = defaultdict(list)
        self.clusters: dict[str, list[Cluster]] = defaultdict(list)
        for node in drawn.nodes:
            self.nodes[node.module].append(node)
        for cluster in drawn.clusters:
            self.clusters[cluster.parent].append(cluster)
        self.heads = {node.id: f"{node.id}_op" for node in drawn.nodes if node.op and node.kind in ("inner", "output")}

    def add_nodes(self, graph: Any, module: str) -> None:
        """The nodes right in a module, and each module within it as a cluster."""
        for node in self.nodes[module]:
            self.add_node(graph, node)
        for cluster in self.clusters[module]:
            with graph.subgraph(name=f"cluster_{cluster.path}") as inner:
                inner.attr(label=plain(cluster.title), tooltip=plain(cluster.path), labeljust="l", margin="8")
                inner.attr(style="rounded", color=self.look.line, fontcolor=self.look.quiet, **{"class": "module"})
                self.add_nodes(inner, cluster.path)

    def add_node(self, graph: Any, node: Node) -> None:
        folded = node.kind == "folded"
        wrong = not folded and not all(math.isfinite(x) for x in (node.data, node.grad or 0.0))
        shape = dict(_SHAPES[node.kind])
        if wrong:
            shape |= {"color": self.look.wrong, "fontcolor": self.look.wrong}
        if node.mark.startswith("✗"):  # whoever drew this found the gradient wrong: thick and dashed shows without colour, too
            shape |= {"color": self.look.wrong, "penwidth": "4", "style": f"{shape['style']},dashed"}
        graph.node(
            node.id,
            card(node, self.number),
            id=node.id,
            tooltip=plain(tooltip(node)),
            margin="0.1,0.1" if folded else "0.08,0.04",
            fillcolor=self.look.background if wrong else self.look.neutral if folded else self.look.fill(node.grad, self.grads),
            **{"class": f"value {node.kind}"},
            **shape,
        )
        if node.id in self.heads:
            self.add_disc(graph, node)

    def add_disc(self, graph: Any, node: Node) -> None:
        """The operator, before the card of what it gives."""
        disc = self.heads[node.id]
        wide = len(node.glyph) > 2
        graph.node(
            disc,
            plain(node.glyph),
            id=disc,
            tooltip=plain(node.op),
            shape="box" if wide else "circle",
            style="rounded,filled" if wide else "filled",
            margin="0.06,0.02",
            **({"height": "0.3"} if wide else {"width": "0.36", "fixedsize": "true"}),
            fillcolor=self.look.operator,
            color=self.look.operator,
            fontcolor=self.look.operator_text,
            fontsize="11" if wide else "13",
            **{"class": "op"},
        )
        graph.edge(disc, node.id, id=f"{node.id}_out")

    def add_edge(self, graph: Any, edge: Edge, id: str) -> None:
        look = edge_look(edge, self.look, self.slopes)
        flow = "" if edge.flow is None else f", flow {edge.flow!r}"
        tip = plain(look.text if edge.bundle else f"slope {edge.slope!r}{flow}")
        text = look.text + (f" ← {self.number(edge.flow)}" if self.flows and edge.flow is not None else "")
        graph.edge(
            edge.source,
            self.heads.get(edge.target, edge.target),
            id=id,
            label=f" {plain(text)} ",
            tooltip=tip,
            labeltooltip=tip,
            color=f"{self.look.highlight}:{self.look.highlight}" if edge.on_path else look.colour,
            fontcolor=look.text_colour,
            penwidth=f"{look.width:.2f}",
            style="dashed" if look.dashed else "solid",
            **{"class": "slope path" if edge.on_path else "slope"},
        )


def _span(drawn: Scene) -> int:
    """The total of the ranks that edges reach over, beyond the one that each needs; a leaf lies right before the first that uses it."""
    rank: dict[str, int] = defaultdict(int)
    for edge in drawn.edges:  # in topological order of their targets
        rank[edge.target] = max(rank[edge.target], rank[edge.source] + 1)
    first: dict[str, int] = {}
    for edge in drawn.edges:
        if not rank[edge.source]:
            first[edge.source] = min(first.get(edge.source, rank[edge.target]), rank[edge.target])
    return sum(rank[edge.target] - (rank[edge.source] or first[edge.source] - 1) - 1 for edge in drawn.edges)


def _description(drawn: Scene) -> str:
    root = drawn.root
    name = printable(root.title, 80) or root.id
    whole = all(node.kind != "folded" for node in drawn.nodes)
    shown = "with the gradient of each node and the slope on each edge" if whole else "with the gradient norm of each module"
    grads = "no backward pass yet" if root.grad is None else shown
    count = sum(node.count for node in drawn.nodes)
    value = f" = {style.number(root.data)}" if root.kind != "folded" else ""
    return f"Computation graph of {name}{value}: {count} values, {grads}.{f' {drawn.note}.' if drawn.note else ''}"
