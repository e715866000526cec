"""From a scene to Graphviz: cards for Values, discs for operators, the slope on every edge."""

from __future__ import annotations

import math
import operator
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import graphviz

from autograd import Value
from autograd.checks import shown
from viz import style
from viz.graph.cards import LETTERS, Badge, card, edge_look, legend, lines_of, tooltip
from viz.graph.detail import MOST_WHOLE, Detail, detailed, expect_detail
from viz.graph.drawing import Drawing, expect_format
from viz.graph.extent import FONT_SIZE, GAPS, PAD, Options, note_lines, ranks_of
from viz.graph.fold import folded_of
from viz.graph.reading import read
from viz.graph.scene import Cluster, Edge, Node, Scene, expect_scene
from viz.graph.stubs import leaf_of
from viz.style import Scale, Theme, ThemeName
from viz.text import markup, plain, printable

MAX_SPAN = 500
"""Total length of the edges, in ranks, beyond which `dot` is told to stop polishing.

With leaves shared over many steps (a recurrent network) its running time explodes.
"""

FOLDED_SPAN = 10_000
"""Total length of the edges beyond which even that takes more than a few seconds.

It takes three to eight seconds for 20,000, a minute for 240,000. Such graphs are folded, however
few nodes they have.
"""

RankDir: TypeAlias = Literal["LR", "TB", "RL", "BT"]
DIRECTIONS = list(get_args(RankDir))
SIDES: dict[str, str] = {"LR": ":w", "RL": ":e", "TB": "", "BT": ""}
"""The side of a row at which an edge ends, by direction; for up and down, the nearest side."""


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
    detail: Detail = "auto",
    depth: int | None = None,
    max_nodes: int = MOST_WHOLE,
    number: Callable[[float], str] = style.number,
) -> Drawing:
    """The graph of `root` as a Drawing: data and grad on every card, the slope on every edge.

    A card is a Value, or several that are folded into one so that the text stays legible.

    It displays itself in a notebook; `.save("loss.svg")` and `.pipe()` draw it with the embedded
    `dot`, or with another one (`find_dot` has the order). Before a backward pass, gradients show
    as —.

    - `rankdir`: the direction of the forward pass: LR, TB, RL or BT.
    - `theme`: light, dark, or auto, which follows the viewer's preference (in SVG).
    - `names`: names for nodes without a label, such as `locals()`.
    - `highlight`: a node whose paths to the root stand out.
    - `flows`: also write on each edge what flows back over it, grad · slope.
    - `legend`: explain colours and borders, below the drawing.
    - `detail`: how far the graph is folded. "auto" folds until the text can be read on a slide, 12
      pixels at 1280 × 720, and the drawing says what it folded. "all" draws every Value; "sums"
      draws b + Σ w·x as one card, with its activation; "stubs" also repeats a leaf beside each
      use; "stacks" also draws samples and steps that have the same graph once; "modules" folds
      modules.
    - `depth`: fold modules below this level into cards, 0 for all. It cannot go with `detail`.
    - `max_nodes`: draw no more cards than this; larger graphs are folded, and so are graphs for
      which Graphviz would need minutes.
    - `number`: how numbers on cards are written, a function such as `"{:.2f}".format`.

    Raises TypeError unless root is a Value, and ValueError for unknown options and for a highlight
    outside the graph.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> print(draw_dot(a * b).source.splitlines()[0])
    digraph glassgrad {
    """
    max_nodes = operator.index(max_nodes)
    expect_detail(detail)
    _expect_options(format, rankdir, number)
    if depth is not None and detail != "auto":
        raise ValueError(
            f"draw_dot takes depth or detail, got depth={shown(depth)} and "
            f"detail={shown(detail)}: depth alone folds modules, detail everything else"
        )
    reading = read(root, names, highlight)
    options = Options(number, rankdir in ("LR", "RL"), flows)
    if depth is not None:
        drawn = folded_of(reading, depth, options)
    else:
        drawn = detailed(reading, detail, options)
        if len(drawn.nodes) > max_nodes:
            drawn = folded_of(reading, None, options)
        elif _span(drawn) > FOLDED_SPAN:
            drawn = folded_of(reading, None, options)
            drawn = replace(drawn, note=f"{drawn.note}: too many long edges to lay out")
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
    """A scene as a Drawing; the options are those of `draw_dot`.

    Names, ids and order follow the scene: equal scenes give equal bytes.
    """
    expect_scene(drawn, "to_dot")
    _expect_options(format, rankdir, number)
    look, dark = style.theme_named(theme)
    text = {"fontname": style.FONT, "fontsize": f"{FONT_SIZE:g}"}
    graph = graphviz.Digraph(
        "glassgrad",
        format=format,
        graph_attr={
            **text, "rankdir": rankdir, "bgcolor": look.background, "fontcolor": look.quiet,
            "nodesep": f"{GAPS[drawn.compact] / 72:.3f}", "newrank": "true",
            "ranksep": "0.2" if drawn.compact else "0.35", "pad": f"{PAD / 144:.3f}",
            "tooltip": "backpropagation graph",
        },
        node_attr={**text, "fontcolor": look.text, "color": look.quiet},
        edge_attr={**text, "color": look.line, "arrowsize": "0.6", "penwidth": "1.2"},
    )  # fmt: skip
    if _span(drawn) > MAX_SPAN:
        graph.attr(splines="line", nslimit="1", nslimit1="1", mclimit="0.1")
    painter = _Painter(drawn, look, number, flows, SIDES[rankdir])
    painter.add_nodes(graph, "")
    for i, edge in enumerate(drawn.edges):
        painter.add_edge(graph, edge, f"e{i}")
    for siblings in _siblings(drawn):
        _keep_in_order(graph, siblings)
    below = _below(drawn, look, flows, legend)
    if below:
        graph.attr(label=below, labelloc="b")
    stubs = [node.id for node in drawn.nodes if node.uses > 1]
    linked = tuple(dict.fromkeys(map(leaf_class, stubs)))
    return Drawing(graph, _description(drawn), (look, dark), linked)


def leaf_class(id: str) -> str:
    """What the stubs of one leaf have in common."""
    return f"leaf_{leaf_of(id)}"


def _expect_options(format: Any, rankdir: Any, number: Any) -> None:
    if rankdir not in DIRECTIONS:
        raise ValueError(f"rankdir must be one of {DIRECTIONS}, got {shown(rankdir)}")
    hint = ""
    if format in DIRECTIONS:
        hint = f" (for the direction, write rankdir={shown(format)})"
    expect_format(format, hint)
    if not callable(number) or not isinstance(number(1.0), str):
        raise TypeError(
            f"number must be a function from a float to a text, such as '{{:.2f}}'.format, got "
            f"{shown(number)}"
        )


def _below(drawn: Scene, look: Theme, flows: bool, with_legend: bool) -> str:
    """What stands below the drawing, outside its layout: the note and the legend."""
    lines = note_lines(drawn)
    if not with_legend:
        return "\\n".join(map(plain, lines))
    note = "".join(f"<TR><TD>{markup(line, 500)}</TD></TR>" for line in lines)
    rows = f"{note}<TR><TD>{legend(drawn, look, flows)}</TD></TR>"
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{rows}</TABLE>>'


_SHAPES = {
    "input": {"shape": "box", "style": "filled", "penwidth": "1"},
    "parameter": {"shape": "box", "style": "rounded,filled", "penwidth": "1.8"},
    "constant": {"shape": "box", "style": "filled", "penwidth": "0", "width": "0", "height": "0"},
    "inner": {"shape": "box", "style": "rounded,filled", "penwidth": "1"},
    "output": {"shape": "box", "style": "rounded,filled", "penwidth": "1", "peripheries": "2"},
    "folded": {"shape": "box3d", "style": "filled", "penwidth": "1"},
}
"""Kinds differ by shape and border, never by colour alone."""


class _Painter:
    """Adds the parts of one scene to a graph, all in one look."""

    def __init__(
        self, drawn: Scene, look: Theme, number: Callable[[float], str], flows: bool, side: str
    ) -> None:
        self.look, self.number, self.flows, self.side = look, number, flows, side
        self.compact = drawn.compact
        self.grads, self.slopes = Scale.of(drawn.grads), Scale.of(drawn.slopes)
        self.nodes: dict[str, list[Node]] = defaultdict(list)
        self.clusters: dict[str, list[Cluster]] = defaultdict(list)
        for node in drawn.nodes:
            self.nodes[node.module].append(node)
        for cluster in drawn.clusters:
            self.clusters[cluster.parent].append(cluster)
        made = [node.id for node in drawn.nodes if node.op and node.kind in ("inner", "output")]
        self.made = set(made)
        self.heads = {} if drawn.compact else {id: f"{id}_op" for id in made}
        self.on_path = {edge.target for edge in drawn.edges if edge.on_path}

    def add_nodes(self, graph: Any, module: str) -> None:
        """The nodes directly in a module, and each module within it as a cluster."""
        for node in self.nodes[module]:
            self.add_node(graph, node)
        for cluster in self.clusters[module]:
            with graph.subgraph(name=f"cluster_{cluster.path}") as inner:
                inner.attr(
                    label=plain(printable(cluster.title, LETTERS)), tooltip=plain(cluster.path)
                )
                inner.attr(labeljust="l", margin="8", style="rounded", color=self.look.line)
                inner.attr(fontcolor=self.look.quiet, **{"class": "module"})
                self.add_nodes(inner, cluster.path)

    def add_node(self, graph: Any, node: Node) -> None:
        numbers = (node.data, node.grad or 0.0)
        wrong = node.kind != "folded" and not all(map(math.isfinite, numbers))
        shape = _SHAPES[node.kind] | {"fillcolor": self.fill(node, wrong)}
        if node.kind != "folded" and style.stroke(node.grad) == "dashed":
            shape["style"] += ",dashed"
        if wrong:
            shape |= {"color": self.look.wrong, "fontcolor": self.look.wrong}
        if node.mark.startswith("✗"):  # whoever drew this found the gradient wrong
            shape |= {"color": self.look.wrong, "penwidth": "4"}
        badge = None
        if self.compact and node.id in self.made and not node.rows:
            badge = Badge(node.glyph, self.look.operator, self.look.operator_text)
        graph.node(
            node.id,
            card(lines_of(node, self.number), badge, padding=1 if self.compact else 2),
            id=node.id,
            tooltip=plain(tooltip(node)),
            margin="0.1,0.1" if node.kind == "folded" else "0.08,0.04",
            ordering="in",
            **{"class": f"value {node.kind}{f' {leaf_class(node.id)}' * (node.uses > 1)}"},
            **shape,
        )
        if node.id in self.heads:
            self.add_disc(graph, node)

    def fill(self, node: Node, wrong: bool) -> str:
        """The colour of a card."""
        if wrong or node.kind == "constant":
            return self.look.background
        return self.look.fill(None if node.kind == "folded" else node.grad, self.grads)

    def add_disc(self, graph: Any, node: Node) -> None:
        """The operator, before the card of its result."""
        disc = self.heads[node.id]
        if len(node.glyph) > 2:
            size = {"shape": "box", "style": "rounded,filled", "height": "0.3"}
        else:
            size = {"shape": "circle", "style": "filled", "width": "0.36", "fixedsize": "true"}
        graph.node(
            disc,
            plain(node.glyph),
            id=disc,
            tooltip=plain(node.op),
            margin="0.06,0.02",
            ordering="in",
            fillcolor=self.look.operator,
            color=self.look.operator,
            fontcolor=self.look.operator_text,
            **{"class": "op"},
            **size,
        )
        through = {}
        if node.id in self.on_path:  # a highlighted path is one line, through its operators
            through = {"color": self.look.highlight, "penwidth": "3", "class": "path"}
        graph.edge(disc, node.id, id=f"{node.id}_out", **through)

    def add_edge(self, graph: Any, edge: Edge, id: str) -> None:
        look = edge_look(edge, self.look, self.slopes)
        flow = "" if edge.flow is None else f", flow {edge.flow!r}"
        step = "to the next step: " if edge.back else ""
        tip = plain(look.text if edge.bundle else f"{step}slope {edge.slope!r}{flow}")
        target = self.heads.get(edge.target, edge.target)
        line = {"color": look.colour, "penwidth": f"{look.width:.2f}", "class": "slope"}
        if edge.on_path:
            line = {"color": self.look.highlight, "penwidth": "3", "class": "slope path"}
        if edge.back:
            line["constraint"] = "false"
        graph.edge(
            edge.source,
            target if edge.row is None else f"{target}:r{edge.row}{self.side}",
            id=id,
            label=self.words(edge, look.text, look.text_colour),
            tooltip=tip,
            labeltooltip=tip,
            fontcolor=look.text_colour,
            style="dashed" if look.dashed else "solid",
            **line,
        )

    def words(self, edge: Edge, slope: str, colour: str) -> str:
        """The slope, and what flows back, each in the colour of its own sign."""
        if not (self.flows and edge.flow is not None):
            return f" {plain(slope)} " if slope else ""
        ink = self.look.line_colour(edge.flow)
        ink = self.look.quiet if ink == self.look.line else ink
        flow = f'<FONT COLOR="{ink}"> ∇ {markup(self.number(edge.flow))} </FONT>'
        above = f'<FONT COLOR="{colour}"> {markup(slope)} </FONT><BR/>' if slope else ""
        return f"<{above}{flow}>"


def _siblings(drawn: Scene) -> Iterator[list[str]]:
    """The results of neighbouring modules, such as the neurons of a layer, in their order."""
    result: dict[str, str] = {}
    for node in drawn.nodes:
        if node.kind not in ("parameter", "constant", "input"):
            path = node.module or (node.title if node.kind == "folded" else "")
            if path:
                result[path] = node.id  # the last one of a module is its result
    families: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
    ranks = ranks_of(drawn)
    for path, id in result.items():
        family, _, index = path.rpartition(".")
        if index.isdigit():
            families[family, ranks[id]].append((int(index), id))
    for members in families.values():
        if len(members) > 1:
            yield [id for _, id in sorted(members)]


def _keep_in_order(graph: Any, ids: list[str]) -> None:
    """Keep cards in one rank, one after the other, by invisible edges."""
    with graph.subgraph() as rank:
        rank.attr(rank="same")
        for one, next_one in pairwise(ids):
            rank.edge(one, next_one, style="invis")


def _span(drawn: Scene) -> int:
    """The total number of ranks that edges span, beyond the one that each needs."""
    rank = ranks_of(drawn)
    return sum(rank[edge.target] - rank[edge.source] - 1 for edge in drawn.edges if not edge.back)


def _description(drawn: Scene) -> str:
    root = drawn.root
    name = printable(root.title, 80) or root.id
    whole = all(node.kind != "folded" for node in drawn.nodes)
    shows = "with the gradient norm of each module"
    if root.grad is None:
        shows = "no backward pass yet"
    elif whole and drawn.note:
        shows = f"as {len(drawn.nodes)} cards, with gradients and slopes"
    elif whole:
        shows = "with the gradient of each node and the slope on each edge"
    count = drawn.values or sum(node.count for node in drawn.nodes)
    value = f" = {style.number(root.data)}" if root.kind != "folded" else ""
    note = f" {drawn.note}." if drawn.note else ""
    return f"Computation graph of {name}{value}: {count:,} values, {shows}.{note}"
