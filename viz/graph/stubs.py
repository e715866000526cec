"""Stubs: a leaf that is used in many places is shown beside each of them, without wires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from viz.graph.scene import Edge, Node, Scene
from viz.graph.sums import Links, is_leaf, links_of


def with_stubs(drawn: Scene) -> Scene:
    """The scene with a card of such a leaf beside each use, which says how many uses there are.

    A row of a Σ card already shows the leaf. A leaf that has a mark, or begins a highlighted path,
    keeps its single card.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> a = Value(3.0, "a")
    >>> [(node.title, node.uses) for node in with_stubs(scene(a * a)).nodes]
    [('a', 2), ('a', 2), ('a * a', 1)]
    """
    links = links_of(drawn)
    uses = {}
    for leaf in drawn.nodes:
        wires = links.out[leaf.id]
        if is_leaf(leaf) and len(wires) > 1 and not _stands_out(leaf, wires):
            uses[leaf.id] = len(wires)
    met: Counter[str] = Counter()
    nodes: list[Node] = []
    edges: list[Edge] = []
    for node in drawn.nodes:
        for edge in links.into[node.id]:
            if edge.source not in uses:
                edges.append(edge)
            elif edge.row is None:
                leaf = links.node[edge.source]
                stub = replace(leaf, id=f"{leaf.id}_{met[leaf.id]}", uses=uses[leaf.id])
                met[leaf.id] += 1
                nodes.append(stub)
                edges.append(replace(edge, source=stub.id))
        if node.id not in uses:
            nodes.append(node)
    return replace(drawn, nodes=tuple(nodes), edges=tuple(edges))


def leaf_of(id: str) -> str:
    """The id of the leaf that a stub shows; any other id as it is."""
    return id.partition("_")[0]


def without_shown_leaves(drawn: Scene) -> Scene:
    """The scene without cards for leaves that the row of their only use shows in full.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> from viz.graph.sums import with_sums
    >>> w, x, b = Value(2.0, "w"), Value(3.0, "x"), Value(1.0, "b")
    >>> [node.title for node in without_shown_leaves(with_sums(scene(w * x + b * b + 1))).nodes]
    ['b', 'w * x + b * b + 1']
    """
    links = links_of(drawn)
    shown = {node.id for node in drawn.nodes if _is_shown(node, links)}
    return replace(
        drawn,
        nodes=tuple(node for node in drawn.nodes if node.id not in shown),
        edges=tuple(edge for edge in drawn.edges if edge.source not in shown),
    )


def _is_shown(node: Node, links: Links) -> bool:
    uses = links.out[node.id]
    alone = is_leaf(node) and len(uses) == 1 and uses[0].row is not None
    return alone and not _stands_out(node, uses)


def _stands_out(leaf: Node, uses: Sequence[Edge]) -> bool:
    """Whether a leaf has a mark, or begins a highlighted path."""
    return bool(leaf.mark) or any(edge.on_path for edge in uses)
