"""Chains: operations whose results are used once and have no name, as one card with their result.

The chain rule still holds on the card: its slope in an input is the sum, over the paths inside it,
of the products of slopes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import replace

from viz.graph.scene import Edge, Node, Scene
from viz.graph.stubs import leaf_of
from viz.graph.sums import Links, is_inner, is_leaf, links_of

GLYPH = "ƒ"

MOST_NAMED = 3
"""How many operations a card names."""


def with_chains(drawn: Scene, most: int, sums: bool = False) -> Scene:
    """The scene with cards for up to `most` operations each, whose inner results have no name.

    Σ cards stay as they are unless `sums` is true.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> x = Value(2.0, "x")
    >>> short = with_chains(scene((x * x).exp().log()), most=3)
    >>> [(node.title, node.op) for node in short.nodes], short.edges[0].slope
    ([('x', ''), ('log(exp(x * x))', 'chain')], 4.0)
    """
    links = links_of(drawn)
    head = _heads(drawn, links, most, sums)
    members: dict[str, list[Node]] = defaultdict(list)
    for node in drawn.nodes:
        members[head[node.id]].append(node)
    nodes, edges = [], []
    for node in drawn.nodes:
        if head[node.id] != node.id:
            continue
        chain = members[node.id]
        if len(chain) == 1:
            nodes.append(node)
            edges += links.into[node.id]
        else:
            nodes.append(_card(node, chain, links))
            edges += _edges(node, chain, links)
    used = {edge.source for edge in edges}
    kept = tuple(node for node in nodes if node.id in used or node is nodes[-1])
    return replace(drawn, nodes=kept, edges=tuple(edges))


def _heads(drawn: Scene, links: Links, most: int, sums: bool) -> dict[str, str]:
    """For each card the one that it is drawn on: that of its only user, while there is room.

    A loop must not lie within a card, where it would disappear.
    """
    head = {node.id: node.id for node in drawn.nodes}
    members = {node.id: {node.id} for node in drawn.nodes}
    for node in reversed(drawn.nodes):
        if is_leaf(node) or not is_inner(node, links):
            continue
        (out,) = links.out[node.id]
        target = links.node[out.target]
        above = head[target.id]
        looped = {edge.source for edge in links.into[node.id] if edge.back}
        inside = members[above] | {node.id}
        open_to_it = sums or not (node.rows or target.rows)
        if open_to_it and len(inside) <= most and not (out.back or looped & inside):
            head[node.id] = above
            members[above] = inside
    return head


def _card(result: Node, chain: list[Node], links: Links) -> Node:
    counts = Counter(node.op for node in chain)
    ops = [f"{op} ×{count}" if count > 1 else op for op, count in counts.items()]
    what = (" → " if len(counts) == len(chain) else ", ").join(ops)
    if len(ops) > MOST_NAMED:
        what = f"{len(chain)} ops: {', '.join(ops[:MOST_NAMED])}, …"
    names = [name for node in chain for name in _names_within(node, links)]
    within = [f"of {', '.join(dict.fromkeys(names))}"] if names else []
    return replace(
        result,
        op="chain",
        glyph=GLYPH,
        summary=(what, *within),
        count=len(chain),
        rows=(),
        sum=None,
    )


def _names_within(node: Node, links: Links) -> list[str]:
    """The leaves that a row of a sum shows, and that have no card of their own."""
    wired = {edge.row for edge in links.into[node.id]}
    rows = [term for i, term in enumerate(node.rows) if i not in wired]
    return [name for term in rows for name in (term.left, term.right) if name]


def _edges(result: Node, chain: list[Node], links: Links) -> list[Edge]:
    """The edges into a chain, with the slopes of its result.

    Slopes of copies are means, but a product of means is not: such edges only say how many they
    stand for.
    """
    within = {node.id for node in chain}
    slope = {result.id: 1.0}
    found: dict[str, Edge] = {}
    for node in reversed(chain):
        after = slope[node.id]
        for edge in links.into[node.id]:
            through = after * edge.slope
            if node.sum is not None:  # slopes into rows are those of the sum before the activation
                through *= node.sum.slope
            if edge.source in within:
                slope[edge.source] = through
                continue
            leaf = leaf_of(edge.source)
            if leaf in found:
                found[leaf] = _together(found[leaf], edge, through)
            elif edge.flows:  # constants get no edge: their numbers are inside
                found[leaf] = replace(edge, target=result.id, slope=through, row=None)
    if all(node.copies == 1 for node in chain):
        return list(found.values())
    return [replace(edge, bundle=True, slope=math.nan) for edge in found.values()]


def _together(one: Edge, other: Edge, slope: float) -> Edge:
    """Two paths from the same input: their slopes, and what flows back over them, add up."""
    flow = None if one.flow is None or other.flow is None else one.flow + other.flow
    return replace(
        one,
        slope=one.slope + slope,
        flow=flow,
        on_path=one.on_path or other.on_path,
        count=one.count + other.count,
    )
