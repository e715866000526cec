"""The scene: what a drawing shows, as frozen data, before any drawing program is chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias

from autograd import CONST, Value
from autograd.checks import shown
from autograd.formula import short_texts
from viz.graph.modules import levels
from viz.graph.reading import Reading, read

Kind: TypeAlias = Literal["parameter", "input", "constant", "inner", "output", "folded"]


@dataclass(frozen=True)
class Term:
    """A row of a Σ card: one term of the sum, left · right, or left alone if `right` is None.

    `product` is the number of the term; `left_flow` and `right_flow` are what flows back to its
    factors over this row, None before a backward pass, or if nothing can flow. `weight` says which
    factor is a parameter, if exactly one is: "left", "right", or "". In a row for many copies
    `summed` says for each factor whether what flows back to it is the sum over the copies, since
    they share it, and not the mean.
    """

    left: str
    left_data: float
    product: float
    left_flow: float | None = None
    right: str | None = None
    right_data: float = math.nan
    right_flow: float | None = None
    weight: Literal["left", "right", ""] = ""
    summed: tuple[bool, bool] = (False, False)


@dataclass(frozen=True)
class Sum:
    """The sum on the card of a whole neuron: the pre-activation, and the slope of what follows."""

    name: str
    data: float
    grad: float | None
    slope: float


@dataclass(frozen=True)
class Spread:
    """The numbers of the copies that a card stands for: each lies between `low` and `high`."""

    low: float
    high: float


@dataclass(frozen=True, repr=False)
class Node:
    """A Value as drawn, or many on one card; `grad` is None before a backward pass.

    Constants have no grad either. `title` is what the card says, `labelled` whether that is a name
    given by the user, `name` a unique name, `module` the path of the module that it belongs to;
    `mark` is a word of `MARKS` on what is unusual about it, or, after a "✗", what a caller found
    wrong.

    A folded card has the number of its Values as `count`, what they are as `summary`, and as `grad`
    the norm √Σ grad² over its parameters, if it has any. A Σ card has its terms as `rows`, and
    their `sum` if an activation follows on the same card. A stub, one of several places where a
    leaf is shown, says in `uses` how many there are. A card for `copies` of the same graph has
    their means as data and grad, and their `spread`.
    """

    id: str
    title: str
    kind: Kind
    data: float
    grad: float | None
    op: str
    glyph: str
    name: str = ""
    labelled: bool = False
    module: str = ""
    mark: str = ""
    count: int = 1
    summary: tuple[str, ...] = ()
    rows: tuple[Term, ...] = ()
    sum: Sum | None = None
    uses: int = 1
    copies: int = 1
    spread: Spread | None = None
    grad_spread: Spread | None = None

    def __repr__(self) -> str:
        grad = "" if self.grad is None else f", grad {self.grad:.6g}"
        folded = f", {self.count:,} values" if self.kind == "folded" else ""
        copies = f", {self.copies:,} copies" if self.copies > 1 else ""
        mark = f", {shown(self.mark)}" if self.mark else ""
        what = f"{self.id} {shown(self.title, 60)}, {self.kind}{folded}{copies}"
        return f"Node({what}, data {self.data:.6g}{grad}{mark})"


@dataclass(frozen=True)
class Edge:
    """From an input to the op of `target`, with ∂target/∂source there.

    `flows` is False out of constants. `flow` is what flows back over the edge, grad · slope, None
    before a backward pass. An edge from or to a folded card, whose slopes are those of the nodes
    inside, is a bundle of `count` edges. An edge into a Σ card ends at the row `row`; one that
    leads from one step of a recurrence to the next has `back` set.
    """

    source: str
    target: str
    slope: float
    flows: bool
    flow: float | None = None
    on_path: bool = False
    bundle: bool = False
    count: int = 1
    row: int | None = None
    back: bool = False


@dataclass(frozen=True, repr=False)
class Cluster:
    """A module of a network: its path, that of the one around it ("" for none), and a title."""

    path: str
    parent: str
    title: str

    def __repr__(self) -> str:
        return f"Cluster({shown(self.path, 60)}, title {shown(self.title, 60)})"


@dataclass(frozen=True, repr=False)
class Scene:
    """Nodes in topological order, edges in the order of the inputs, clusters from outside in.

    `note` says what was folded. In a `compact` scene operators are drawn on the cards of their
    results instead of before them. `values` counts the Values that the scene stands for.
    """

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...] = ()
    note: str = ""
    compact: bool = field(default=False, kw_only=True)
    values: int = field(default=0, kw_only=True)

    def __repr__(self) -> str:
        note = f", {shown(self.note, 80)}" if self.note else ""
        nodes, edges = f"{len(self.nodes):,} nodes", f"{len(self.edges):,} edges"
        return f"Scene({nodes}, {edges}, {len(self.clusters):,} modules{note})"

    @property
    def root(self) -> Node:
        return self.nodes[-1]

    @property
    def grads(self) -> list[float]:
        """The gradients that colours are scaled to; norms of folded cards are not among them."""
        return [node.grad for node in self.nodes if node.kind != "folded" and node.grad is not None]

    @property
    def slopes(self) -> list[float]:
        """The slopes that the widths of lines are scaled to."""
        return [edge.slope for edge in self.edges if edge.flows and not edge.bundle]

    @property
    def largest_grad(self) -> float:
        """The largest finite |grad|; 0 if there is none."""
        return max((abs(grad) for grad in self.grads if math.isfinite(grad)), default=0.0)

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
    "grad differs": "not what flows back here: other passes added to it, or it was zeroed or "
    "clipped",
    "nan or inf inside": "a folded value is not finite",
    "stale inside": "a folded value is stale",
}
"""What may be unusual about a node, and what it means."""


def scene(
    root: Value, names: Mapping[str, Any] | None = None, highlight: Value | None = None
) -> Scene:
    """What there is to draw of `root`: titles, kinds, numbers, slopes, modules.

    The ids are v0, v1, ... in topological order. A node without a label is titled with its name in
    `names` (such as `locals()`), or its formula if that is short. A leaf called x... or y... counts
    as an input, any other leaf as a parameter; if modules name their parameters, a leaf without a
    name is an input. Edges on a path from `highlight` to the root are marked `on_path`.
    Raises TypeError unless root is a Value.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> drawn = scene(w * x)
    >>> [(n.title, n.kind) for n in drawn.nodes], drawn.edges[0].slope
    ([('w', 'parameter'), ('x', 'input'), ('w * x', 'output')], 2.0)
    """
    return scene_of(read(root, names, highlight))


def scene_of(reading: Reading) -> Scene:
    """The scene of a graph that has been read, with a card for each Value."""
    order = reading.order
    label_of = dict(zip(order, reading.labels))
    formulas = short_texts(order, label_of=label_of.__getitem__)
    nodes, edges = [], []
    for i, node in enumerate(order):
        title = reading.labels[i] or formulas.get(node, "")
        nodes.append(as_node(reading, i, f"v{i}", title, reading.marks.get(i, "")))
        edges += edges_into(reading, i)
    clusters, note = clusters_of(reading.paths), stale_note(reading)
    return Scene(with_names(nodes), tuple(edges), clusters, note, values=len(order))


def edges_into(reading: Reading, i: int) -> list[Edge]:
    """The edges from the inputs of a node, with the ids of a scene of single Values."""
    edges = []
    for x, slope, flow in zip(reading.inputs[i], reading.slopes[i], reading.flows[i]):
        edge = Edge(
            f"v{x}",
            f"v{i}",
            slope,
            flows=flow is not None,
            flow=flow if reading.swept and not reading.stale else None,
            on_path=x in reading.leading and i in reading.leading,
        )
        edges.append(edge)
    return edges


def stale_note(reading: Reading) -> str:
    """What a drawing says about values that are out of date."""
    if not reading.stale:
        return ""
    stale, values = len(reading.stale), len(reading.order)
    return f"{stale:,} of {values:,} values stale: {MARKS['stale']}"


def expect_scene(drawn: Any, taker: str) -> None:
    """Raise TypeError for anything but a Scene."""
    if not isinstance(drawn, Scene):
        raise TypeError(
            f"{taker} takes a Scene, got {type(drawn).__name__}: pass scene(value), or "
            f"folded(value)"
        )


def as_node(reading: Reading, i: int, id: str, title: str, mark: str = "") -> Node:
    """A Value as its own card."""
    node = reading.order[i]
    return Node(
        id=id,
        title=title or ("out" if node is reading.root else ""),
        kind=reading.kind(i),
        data=float(node.data),
        grad=reading.grads[i] if reading.swept and node.op is not CONST else None,
        op=node.op.name if node.op else "",
        glyph=node.op.glyph if node.op else "",
        labelled=bool(reading.labels[i]),
        module=reading.paths[i],
        mark=mark,
    )


def with_names(nodes: Iterable[Node]) -> tuple[Node, ...]:
    """The same nodes, each with a unique name.

    It is the title, with the module if the title repeats, and numbered if that repeats too.
    """
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


def clusters_of(paths: Iterable[str]) -> tuple[Cluster, ...]:
    """The modules with those paths, and those around them, in the order they first occur."""
    found: dict[str, Cluster] = {}
    for path in dict.fromkeys(paths):
        parent = ""
        for level in levels(path):
            title = level[len(parent) + 1 :] if parent else level
            found.setdefault(level, Cluster(level, parent, title))
            parent = level
    return tuple(found.values())
