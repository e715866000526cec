"""Σ cards: a chain of additions and products, b + Σ wᵢ·xᵢ, as one card with a row for each term.

This is the neuron as textbooks draw it. The slopes stay readable: each row has both factors, and
each is the other's slope.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Literal

from viz.graph.scene import Edge, Node, Scene, Sum, Term

FEWEST = 3
"""The least number of operations that a Σ card stands for."""


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
    zeros = {edge.source for edge in chain(*sums.values()) if _is_zero(edge, links)}
    for node in drawn.nodes:
        if node.id in sums:
            terms = [term for term in sums[node.id] if term.source not in zeros]
            rows = [_row(term, links, inner) for term in terms]
            nodes.append(replace(node, op="sum", glyph="Σ", rows=tuple(row for row, _ in rows)))
            for i, (_, ends) in enumerate(rows):
                edges += [replace(end, target=node.id, row=i) for end in ends]
        elif node.id not in inner | zeros:
            nodes.append(node)
            edges += links.into[node.id]
    return replace(drawn, nodes=tuple(nodes), edges=tuple(edges))


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
    """Whether nothing is lost if a node has no card: one use, no name, no mark of its own.

    Stale numbers are reported below the drawing, for all of them together.
    """
    return len(links.out[node.id]) == 1 and not node.labelled and node.mark in ("", "stale")


def _is_zero(term: Edge, links: Links) -> bool:
    """Whether a term is the constant 0, with which `sum` begins."""
    node = links.node[term.source]
    return node.kind == "constant" and node.data == 0 and len(links.out[node.id]) == 1


def _row(term: Edge, links: Links, inner: set[str]) -> tuple[Term, list[Edge]]:
    """A row, and the edges that bring its factors."""
    node = links.node[term.source]
    if node.id not in inner:
        return Term(short_name(node), node.data, node.data, term.flow), [term]
    left, right = links.into[node.id]
    first, second = links.node[left.source], links.node[right.source]
    weight: Literal["left", "right", ""] = ""
    if (first.kind == "parameter") != (second.kind == "parameter"):
        weight = "left" if first.kind == "parameter" else "right"
    row = Term(
        short_name(first), first.data, node.data, left.flow,
        short_name(second), second.data, right.flow, weight,
    )  # fmt: skip
    # The slope of a sum is 1, so each factor is multiplied by the other one.
    return row, [left, right]


def short_name(node: Node) -> str:
    """What a node is called in a row: its name, its formula if short, or its operator."""
    return node.title if node.labelled or (len(node.title) <= 8 and node.op) else node.glyph


def is_leaf(node: Node) -> bool:
    """Whether a node was given rather than computed."""
    return node.kind in ("parameter", "input", "constant")


def with_activations(drawn: Scene) -> Scene:
    """The scene with the activation of a sum on the card of that sum: a whole neuron.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    >>> neuron = with_activations(with_sums(scene((w * x + b * b + b).tanh())))
    >>> neuron.root.op, neuron.root.sum.data, len(neuron.root.rows)
    ('tanh', 8.0, 3)
    """
    links = links_of(drawn)
    sum_of: dict[str, Node] = {}  # by the id of the activation
    for node in drawn.nodes:
        flowing = [edge for edge in links.into[node.id] if edge.flows]
        if node.rows or len(flowing) != 1 or len(links.into[node.id]) != 1:
            continue
        before = links.node[flowing[0].source]
        if before.rows and len(links.out[before.id]) == 1 and not before.mark:
            sum_of[node.id] = before
    activation_of = {before.id: id for id, before in sum_of.items()}
    nodes = []
    for node in drawn.nodes:
        if node.id in sum_of:
            before, edge = sum_of[node.id], links.into[node.id][0]
            inner = Sum(short_name(before) or "Σ", before.data, before.grad, edge.slope)
            nodes.append(replace(node, rows=before.rows, sum=inner))
        elif node.id not in activation_of:
            nodes.append(node)
    edges = []
    for edge in drawn.edges:
        if edge.target in activation_of:
            edge = replace(edge, target=activation_of[edge.target])
        if edge.source not in activation_of:
            edges.append(edge)
    return replace(drawn, nodes=tuple(nodes), edges=tuple(edges))


def with_few_rows(drawn: Scene, most: int = 6) -> Scene:
    """The scene with the first terms of each sum, and one row for all of its other terms.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> total = with_sums(scene(sum(Value(1.0, f"x{i}") for i in range(100))))
    >>> [row.left for row in with_few_rows(total).root.rows][-2:]
    ['x4', '… 95 more']
    """
    long = {node.id for node in drawn.nodes if len(node.rows) > most}
    nodes = []
    for node in drawn.nodes:
        if node.id in long:
            rest = node.rows[most - 1 :]
            row = Term(f"… {len(rest):,} more", 0.0, total_of([term.product for term in rest]))
            node = replace(node, rows=(*node.rows[: most - 1], row))
        nodes.append(node)
    edges: list[Edge] = []
    rest_of: dict[tuple[str, str], int] = {}  # the place of the edge that stands for the others
    for edge in drawn.edges:
        if edge.target not in long or edge.row is None or edge.row < most - 1:
            edges.append(edge)
            continue
        ends = edge.source, edge.target
        if ends in rest_of:
            known = edges[rest_of[ends]]
            edges[rest_of[ends]] = replace(known, bundle=True, count=known.count + edge.count)
        else:
            rest_of[ends] = len(edges)
            edges.append(replace(edge, row=most - 1))
    return replace(drawn, nodes=tuple(nodes), edges=tuple(edges))


def total_of(numbers: Sequence[float]) -> float:
    """The sum of numbers, which may be infinite."""
    try:
        return math.fsum(numbers)
    except (OverflowError, ValueError):  # beyond the largest float, or inf - inf
        return sum(numbers)
