"""The scene: what a drawing shows, as frozen data, before any drawing program is chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from autograd import CONST, Value
from autograd.checks import shown
from autograd.formula import short_texts
from viz.graph.modules import levels
from viz.graph.reading import Reading, differing, flatness, flows_of, read, stale_in

Kind: TypeAlias = Literal["parameter", "input", "constant", "inner", "output", "folded"]


@dataclass(frozen=True, repr=False)
class Node:
    """A Value as drawn, or many folded into one card; `grad` is None where no backward pass has been, or none can go (constants).

    `title` is what the card says, `name` what no other node is called; `module` the path of the module it belongs to; `mark` a word
    of `MARKS` on what is odd about it, or after a "✗" what a caller found wrong. A folded card has the number of Values in it as
    `count`, what they are as `summary`, and as `grad` the norm √Σ grad² over its parameters, if it has any.
    """

    id: str
    title: str
    kind: Kind
    data: float
    grad: float | None
    op: str
    glyph: str
    name: str = ""
    module: str = ""
    mark: str = ""
    count: int = 1
    summary: tuple[str, ...] = ()

    def __repr__(self) -> str:
        grad = "" if self.grad is None else f", grad {self.grad:.6g}"
        folded = f", {self.count:,} values" if self.kind == "folded" else ""
        mark = f", {shown(self.mark)}" if self.mark else ""
        title = shown(self.title, 60)
        return f"Node({self.id} {title}, {self.kind}{folded}, data {self.data:.6g}{grad}{mark})"


@dataclass(frozen=True)
class Edge:
    """From an input to the op of `target`, with ∂target/∂source there; `flows` is False out of constants.

    `flow` is what flows back over it, grad · slope, None before a backward pass. One from or to a folded card, where slopes are
    those of nodes inside, is a bundle of `count` edges.
    """

    source: str
    target: str
    slope: float
    flows: bool
    flow: float | None = None
    on_path: bool = False
    bundle: bool = False
    count: int = 1


@dataclass(frozen=True, repr=False)
class Cluster:
    """A module of a network: its path, the path of the one around it ("" for none), and what to write on it."""

    path: str
    parent: str
    title: str

    def __repr__(self) -> str:
        return f"Cluster({shown(self.path, 60)}, title {shown(self.title, 60)})"


@dataclass(frozen=True, repr=False)
class Scene:
    """Nodes in topological order, edges in the order of the inputs, clusters from outside in; `note` says what was folded."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...] = ()
    note: str = ""

    def __repr__(self) -> str:
        note = f", {shown(self.note, 80)}" if self.note else ""
        counts = f"{len(self.nodes):,} nodes, {len(self.edges):,} edges, {len(self.clusters):,} modules"
        return f"Scene({counts}{note})"

    @property
    def root(self) -> Node:
        return self.nodes[-1]

    @property
    def largest_grad(self) -> float:
        """The largest finite |grad|; 0 if there is none."""
        return max((abs(grad) for grad in self.grads if math.isfinite(grad)), default=0.0)

    @property
    def grads(self) -> list[float]:
        """The gradients that colours are scaled to; norms of folded cards are not among them."""
        return [node.grad for node in self.nodes if node.kind != "folded" and node.grad is not None]

    @property
    def slopes(self) -> list[float]:
        """The slopes that the widths of lines are scaled to."""
        return [edge.slope for edge in self.edges if edge.flows and not edge.bundle]

    @property
    def largest_slope(self) -> float:
        """The largest finite |slope|; 0 if there is none."""
        return max((abs(slope) for slope in self.slopes if math.isfinite(slope)), default=0.0)


MARKS = {
    "first nan": "where nan comes from",
    "first inf": "where inf comes from",
    "first nan grad": "where gradients turn nan",
    "first inf grad": "where gradients turn inf",
    "stale": "data was assigned after recording; recompute(root) runs it again",
    "off": "a switch, such as relu, that lets no gradient through",
    "saturated": "slope below 0.01, near an asymptote",
    "grad differs": "not what flows back here: other passes added to it, or it was zeroed or clipped",
    "nan or inf inside": "a folded value is not finite",
    "stale inside": "a folded value is stale",
}
"""What is odd about a node, and what it means."""


def scene(root: Value, names: Mapping[str, Any] | None = None, highlight: Value | None = None) -> Scene:
    """What there is to draw of `root`: ids v0, v1, ... in topological order, titles, kinds, numbers, slopes, modules.

    A node without a label is titled with its name in `names` (such as `locals()`), or its formula where that is short. A leaf
    called x... or y... counts as an input, another leaf as a parameter; where modules name their parameters, one without a name is
    an input. Edges on a path from `highlight` to the root are marked `on_path`. Raises TypeError unless root is a Value.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> drawn = scene(w * x)
    >>> [(n.title, n.kind) for n in drawn.nodes], drawn.edges[0].slope
    ([('w', 'parameter'), ('x', 'input'), ('w * x', 'output')], 2.0)
    """
    reading = read(root, names, highlight)
    order, paths = reading.order, reading.paths
    id_of = {node: f"v{i}" for i, node in enumerate(order)}
    label_of = {node: reading.label(node, path) for node, path in zip(order, paths)}
    formulas = short_texts(order, label_of=label_of.__getitem__)
    stale = stale_in(order)
    marks = marks_of(reading, stale)
    nodes, edges = [], []
    for node, path in zip(order, paths):
        title = label_of[node] or formulas.get(node, "")
        nodes.append(as_node(reading, node, id_of[node], path, title, marks.get(node, "")))
        for x, slope, flow in flows_of(node):
            on_path = x in reading.leading and node in reading.leading
            edges.append(Edge(id_of[x], id_of[node], slope, flow is not None, flow if reading.swept and not stale else None, on_path))
    return Scene(with_names(nodes), tuple(edges), clusters_of(paths), note_on(stale, order))


def note_on(stale: Sized, order: Sized) -> str:
    """What a drawing says of values that are out of date."""
    return f"{len(stale):,} of {len(order):,} values stale: {MARKS['stale']}" if stale else ""


def expect_scene(drawn: Any, taker: str) -> None:
    """Raise TypeError for what is no Scene."""
    if not isinstance(drawn, Scene):
        raise TypeError(f"{taker} takes a Scene, got {type(drawn).__name__}: pass scene(value), or folded(value)")


def as_node(reading: Reading, node: Value, id: str, path: str, title: str, mark: str = "") -> Node:
    """A Value as a card of its own."""
    return Node(
        id=id,
        title=title or ("out" if node is reading.root else ""),
        kind=reading.kind(node),
        data=float(node.data),
        grad=float(node.grad) if reading.swept and node.op is not CONST else None,
        op=node.op.name if node.op else "",
        glyph=node.op.glyph if node.op else "",
        module=path,
        mark=mark,
    )


def with_names(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The same nodes, each with a name that no other has: its title, with its module where that repeats, and numbered where that does."""
    nodes = list(nodes)
    titles = Counter(node.title for node in nodes)
    met: Counter[str] = Counter()
    taken: set[str] = set()
    named = []
    for node in nodes:
        name = node.title or node.id
        if titles[node.title] > 1 and node.title and node.module:
            plain = all(part.isidentifier() or part.isdigit() for part in node.title.split("."))
            name = f"{node.module}.{name}" if plain else f"{name} in {node.module}"
        first = name
        while name in taken and node.kind != "constant":
            met[first] += 1
            name = f"{first} #{met[first] + 1}"
        taken.add(name)
        named.append(replace(node, name=name))
    return tuple(named)


def marks_of(reading: Reading, stale: set[Value]) -> dict[Value, str]:
    """What is odd, by node; see `MARKS`."""
    order = reading.order
    differ = set() if stale else differing(reading)  # slopes at new numbers say nothing about gradients at the old
    marks = {node: "grad differs" if node in differ else flatness(node) for node in order}
    marks |= dict.fromkeys(stale, "stale")
    for name, is_bad in (("inf", math.isinf), ("nan", math.isnan)):
        at = next(
            (node for node in order if node.op is not CONST and is_bad(node.data) and not any(is_bad(x.data) for x in node.inputs)), None
        )
        if at is not None:
            marks[at] = f"first {name}"
        elif reading.swept:
            back = next((node for node in reversed(order) if is_bad(node.grad)), None)
            marks |= {} if back is None else {back: f"first {name} grad"}
    return {node: mark for node, mark in marks.items() if mark}


def clusters_of(paths: list[str]) -> tuple[Cluster, ...]:
    """The modules with those paths, and those around them, in the order in which they are met."""
    found: dict[str, Cluster] = {}
    for path in dict.fromkeys(paths):
        parent = ""
        for level in levels(path):
            found.setdefault(level, Cluster(level, parent, level[len(parent) + 1 :] if parent else level))
            parent = level
    return tuple(found.values())
