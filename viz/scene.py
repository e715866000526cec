"""The scene: what a drawing shows, as frozen data, before any drawing program is chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from autograd import CONST, Value, topological_order
from autograd.formula import short_texts

Kind: TypeAlias = Literal["parameter", "input", "constant", "inner", "output"]


@dataclass(frozen=True)
class Node:
    """A Value as drawn; `grad` is None where no backward pass has been, or none can go (constants)."""

    id: str
    title: str
    kind: Kind
    data: float
    grad: float | None
    op: str
    glyph: str


@dataclass(frozen=True)
class Edge:
    """From an input to the op of `target`, with ∂target/∂source there; `flows` is False out of constants."""

    source: str
    target: str
    slope: float
    flows: bool


@dataclass(frozen=True)
class Scene:
    """Nodes in topological order, and edges in the order of the inputs."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]

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


def scene(root: Value) -> Scene:
    """What there is to draw of `root`: ids v0, v1, ... in topological order, titles, kinds, numbers, slopes.

    A node without a label is titled with its formula where that is short. A leaf named x... or y... counts as an input,
    another leaf as a parameter.

    >>> w, x = Value(-3.0, "w"), Value(2.0, "x")
    >>> drawn = scene(w * x)
    >>> [(n.title, n.kind) for n in drawn.nodes], drawn.edges[0]
    ([('w', 'parameter'), ('x', 'input'), ('w * x', 'output')], Edge(source='v0', target='v2', slope=2.0, flows=True))
    """
    order = topological_order(root)
    id_of = {node: f"v{i}" for i, node in enumerate(order)}
    titles = short_texts(order)
    swept = bool(root.grad)  # a pass from here, or from above, leaves the root a gradient; nan counts too
    nodes = tuple(
        Node(
            id=id_of[node],
            title=node.label or titles.get(node) or ("out" if node is root else ""),
            kind=_kind(node, root),
            data=float(node.data),
            grad=float(node.grad) if swept and node.op is not CONST else None,
            op=node.op.name if node.op else "",
            glyph=node.op.glyph if node.op else "",
        )
        for node in order
    )
    edges = []
    for node in order:
        if node.inputs and node.op:
            slopes = node.op.slopes_at(tuple([x.data for x in node.inputs]), node.data)
            edges += [Edge(id_of[x], id_of[node], float(slope), x.op is not CONST) for x, slope in zip(node.inputs, slopes)]
    return Scene(nodes, tuple(edges))


def _kind(node: Value, root: Value) -> Kind:
    if node.inputs:
        return "output" if node is root else "inner"
    if node.op is CONST:
        return "constant"
    return "input" if node.label.lower().startswith(("x", "y")) else "parameter"
