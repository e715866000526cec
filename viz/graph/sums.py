"""Σ cards: a chain of additions and products, b + Σ wᵢ·xᵢ, as one card with a row for each term.

It is the neuron as textbooks draw it. The slopes stay readable: each row has both factors, and each
is the other's slope.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from viz.graph.scene import Edge, Node, Scene, Term

FEWEST = 3
"""How many operations a Σ card stands for at least."""


@dataclass(frozen=True)
class Links:
    """The nodes of a scene by id, and the edges into each and out of each."""

    node: dict[str, Node]
    into: dict[str, list[Edge]]
    out: dict[str, list[Edge]]


def links_of(drawn: Scene) -> Links:
    """What a scene's ids stand for."""
    into: dict[str, list[Edge]] = defaultdict(list)
    out: dict[str, list[Edge]] = defaultdict(list)
    for edge in drawn.edges:
        into[edge.target].append(edge)
        out[edge.source].append(edge)
    return Links({node.id: node for node in drawn.nodes}, into, out)


def with_sums(drawn: Scene) -> Scene:
    """The scene with a Σ card in place of each sum of at least three operations.

    Nodes that a user named, or that have a mark, stay cards of their own.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    >>> [row.left for row in with_sums(scene(w * x + b * b + b)).root.rows]
    ['w', 'b', 'b']
    """
    links = links_of(drawn)
    inner: set[str] = set()
    sums: dict[str, list[Edge]] = {}  # by the id of the sum, the edges that bring its terms
    for node in reversed(drawn.nodes):
        if node.op == "add" and node.id not in inner:
            terms, within = _terms(node, links)
            if len(within) + 1 >= FEWEST:
                sums[node.id] = terms
                inner |= within
    nodes, edges = [], []
    for node in drawn.nodes:
        if node.id in sums:
            rows = [_row(term, links, inner) for term in sums[node.id]]
            nodes.append(replace(node, op="sum", glyph="Σ", rows=tuple(row for row, _ in rows)))
            for i, (_, ends) in enumerate(rows):
                edges += [replace(end, target=node.id, row=i) for end in ends]
        elif node.id not in inner:
            nodes.append(node)
            edges += links.into[node.id]
    return without_stray_leaves(replace(drawn, nodes=tuple(nodes), edges=tuple(edges)))


def _terms(root: Node, links: Links) -> tuple[list[Edge], set[str]]:
    """The edges that bring the terms of a sum, in their order, and the nodes within it."""
    terms: list[Edge] = []
    within: set[str] = set()
    waiting = list(reversed(links.into[root.id]))
    while waiting:
        edge = waiting.pop()
        node = links.node[edge.source]
        if node.op == "add" and is_inner(node, links):
            within.add(node.id)
            waiting += reversed(links.into[node.id])
        else:
            if node.op == "mul" and is_inner(node, links):
                within.add(node.id)
            terms.append(edge)
    return terms, within


def is_inner(node: Node, links: Links) -> bool:
    """Whether nothing is lost if a node has no card: one use, no name, no mark."""
    return len(links.out[node.id]) == 1 and not (node.labelled or node.mark or node.rows)


def _row(term: Edge, links: Links, inner: set[str]) -> tuple[Term, list[Edge]]:
    """A row, and the edges that bring its factors."""
    node = links.node[term.source]
    if node.id not in inner:
        return Term(short_name(node), node.data, node.data, term.flow), [term]
    left, right = links.into[node.id]
    first, second = links.node[left.source], links.node[right.source]
    row = Term(
        short_name(first), first.data, node.data, left.flow,
        short_name(second), second.data, right.flow,
    )  # fmt: skip
    # Over a sum the slope is 1: what a factor is multiplied by is the other one.
    return row, [left, right]


def short_name(node: Node) -> str:
    """What a node is called in a row: its name, if the user gave it one."""
    return node.title if node.labelled else ""


def without_stray_leaves(drawn: Scene) -> Scene:
    """The scene without cards for leaves that the row of their only use shows in full."""
    links = links_of(drawn)
    shown = {node.id for node in drawn.nodes if _only_in_a_row(node, links)}
    return replace(
        drawn,
        nodes=tuple(node for node in drawn.nodes if node.id not in shown),
        edges=tuple(edge for edge in drawn.edges if edge.source not in shown),
    )


def _only_in_a_row(node: Node, links: Links) -> bool:
    uses = links.out[node.id]
    return is_leaf(node) and len(uses) == 1 and uses[0].row is not None and not node.mark


def is_leaf(node: Node) -> bool:
    """Whether a node was given and not computed."""
    return node.kind in ("parameter", "input", "constant")
