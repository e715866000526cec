"""The scene: what a drawing shows, as frozen data, before any drawing program is chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from autograd import CONST, Value, topological_order
from autograd.formula import short_texts
from viz.modules import levels, modules

Kind: TypeAlias = Literal["parameter", "input", "constant", "inner", "output", "folded"]


@dataclass(frozen=True)
class Node:
    """A Value as drawn, or many folded into one card; `grad` is None where no backward pass has been, or none can go (constants).

    `module` is the path of the module it belongs to, `mark` a word on what is odd about it: "first nan", "first inf", "off" (an op
    whose slopes are all 0), "saturated" (below 0.01). A folded card has the number of Values in it as `count`, what they are as
    `summary`, and as `grad` the norm √Σ grad² over its parameters.
    """

    id: str
    title: str
    kind: Kind
    data: float
    grad: float | None
    op: str
    glyph: str
    module: str = ""
    mark: str = ""
    count: int = 1
    summary: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """From an input to the op of `target`, with ∂target/∂source there; `flows` is False out of constants.

    `flow` is what flows back over it, grad · slope, None before a backward pass. Between folded cards it stands for `count` edges.
    """

    source: str
    target: str
    slope: float
    flows: bool
    flow: float | None = None
    on_path: bool = False
    count: int = 1


@dataclass(frozen=True)
class Cluster:
    """A module of a network: its path, the path of the one around it ("" for none), and what to write on it."""

    path: str
    parent: str
    title: str


@dataclass(frozen=True)
class Scene:
    """Nodes in topological order, edges in the order of the inputs, clusters from outside in; `note` says what was folded."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    clusters: tuple[Cluster, ...] = ()
    note: str = ""

    @property
    def root(self) -> Node:
        return self.nodes[-1]

    @property
    def largest_grad(self) -> float:
        """The largest finite |grad|, to which colours are scaled; 0 if there is none."""
        return max((abs(n.grad) for n in self.nodes if n.grad is not None and math.isfinite(n.grad)), default=0.0)

    @property
    def largest_slope(self) -> float:
        """The largest finite |slope|, to which line widths are scaled."""
        return max((abs(e.slope) for e in self.edges if e.flows and math.isfinite(e.slope)), default=0.0)


def scene(root: Value, names: Mapping[str, Any] | None = None, highlight: Value | None = None) -> Scene:
    """What there is to draw of `root`: ids v0, v1, ... in topological order, titles, kinds, numbers, slopes, modules.

    A node without a label is titled with its name in `names` (such as `locals()`), or its formula where that is short. A leaf
    named x... or y... counts as an input, another leaf as a parameter. Edges on a path from `highlight` to the root are
    marked `on_path`.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> drawn = scene(w * x)
    >>> [(n.title, n.kind) for n in drawn.nodes], drawn.edges[0].slope
    ([('w', 'parameter'), ('x', 'input'), ('w * x', 'output')], 2.0)
    """
    order = topological_order(root)
    id_of = {node: f"v{i}" for i, node in enumerate(order)}
    paths = modules(order)
    label_of = {node: short_label(node, path) for node, path in zip(order, paths)}
    titles = {**short_texts(order, label_of=label_of.__getitem__), **_named(names or {})}
    swept = bool(root.grad)  # a pass from here, or from above, leaves the root a gradient; nan counts too
    leading = _leading_to_root(order, highlight)
    broken = next((node for node in order if not math.isfinite(node.data)), None)
    nodes, edges = [], []
    for node, path in zip(order, paths):
        slopes = slopes_of(node)
        mark = f"first {node.data}".replace("-", "") if node is broken else _flat(node, slopes)
        title = label_of[node] or titles.get(node) or ("out" if node is root else "")
        nodes.append(as_node(node, id_of[node], title, root, path, mark))
        for x, slope in zip(node.inputs, slopes):
            flow = node.grad * slope if swept and x.op is not CONST else None
            edges.append(Edge(id_of[x], id_of[node], slope, x.op is not CONST, flow, x in leading and node in leading))
    return Scene(tuple(nodes), tuple(edges), clusters_of(paths))


def as_node(node: Value, id: str, title: str, root: Value, module: str = "", mark: str = "") -> Node:
    """A Value as a card of its own; gradients show if a pass has left one on the root."""
    return Node(
        id=id,
        title=title,
        kind=_kind(node, root),
        data=float(node.data),
        grad=float(node.grad) if root.grad and node.op is not CONST else None,
        op=node.op.name if node.op else "",
        glyph=node.op.glyph if node.op else "",
        module=module,
        mark=mark,
    )


def short_label(node: Value, module: str) -> str:
    """The label without the path of the module around it."""
    return node.label.removeprefix(f"{module}.") if module else node.label


def slopes_of(node: Value) -> tuple[float, ...]:
    """∂node/∂input for each of its inputs, at their numbers."""
    if not (node.inputs and node.op):
        return ()
    return tuple(map(float, node.op.slopes_at(tuple([x.data for x in node.inputs]), node.data)))


def _kind(node: Value, root: Value) -> Kind:
    if node.inputs:
        return "output" if node is root else "inner"
    if node.op is CONST:
        return "constant"
    return "input" if node.label.lower().startswith(("x", "y")) else "parameter"


def clusters_of(paths: list[str]) -> tuple[Cluster, ...]:
    """The modules with those paths, and those around them, in the order in which they are met."""
    found: dict[str, Cluster] = {}
    for path in dict.fromkeys(paths):
        parent = ""
        for level in levels(path):
            found.setdefault(level, Cluster(level, parent, level[len(parent) + 1 :] if parent else level))
            parent = level
    return tuple(found.values())


def _named(names: Mapping[str, Any]) -> dict[Value, str]:
    """The first name of each Value; those in lists and tuples are x[0], x[1], ..."""
    found: dict[Value, str] = {}
    for name, x in names.items():
        if isinstance(x, Value):
            found.setdefault(x, name)
        elif isinstance(x, (list, tuple)):
            for i, x_i in enumerate(x):
                if isinstance(x_i, Value):
                    found.setdefault(x_i, f"{name}[{i}]")
    return found


def _leading_to_root(order: list[Value], source: Value | None) -> set[Value]:
    """The nodes on the paths from `source` to the root."""
    if source is None:
        return set()
    if source not in order:
        raise ValueError(f"highlight must be a node of the graph, got {source!r}, on which the root does not depend")
    leading = {source}
    for node in order:
        if any(x in leading for x in node.inputs):
            leading.add(node)
    return leading


def _flat(node: Value, slopes: tuple[float, ...]) -> str:
    """Whether an op of one input hands on nothing, or next to nothing."""
    flowing = [slope for x, slope in zip(node.inputs, slopes) if x.op is not CONST]
    if len(flowing) != 1 or node.op is None or node.op.precedence < 5:  # + - * / and ** may well have small slopes
        return ""
    return "off" if flowing[0] == 0 else "saturated" if abs(flowing[0]) < 0.01 else ""
