"""Folding: a graph too large to draw, as a scene of few cards, one for each module or stretch of the computation.

It never makes a Node of every Value, so a graph of a million takes seconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from autograd import CONST, Value
from autograd.checks import shown
from viz.graph.modules import levels
from viz.graph.reading import Reading, flows_of, read, stale_in
from viz.graph.scene import Edge, Node, Scene, as_node, clusters_of, marks_of, note_on, with_names

MAX_CARDS = 200
"""The most cards of a folded scene."""

MAX_PARTS = 12
"""Into how many cards, at most, what comes before or after the modules is folded, and from how many values on there is one more."""
PART = 200


def folded(root: Value, depth: int | None = None, names: Mapping[str, Any] | None = None, highlight: Value | None = None) -> Scene:
    """The graph of `root` with every module from `depth` levels down folded into one card; by default as deep as 200 cards allow.

    depth=0 folds all modules, 1 shows the outermost (layers) as one card each, 2 those within (neurons). What belongs to no module
    is drawn if it is little, and else folded into parts by height in the graph. `names` and `highlight` are as in `scene`. Raises
    TypeError unless root is a Value, ValueError for a negative depth.

    >>> x = Value(1.0)
    >>> for _ in range(1000):
    ...     x = x * 1.01 + 0.1
    >>> drawn = folded(x)
    >>> len(drawn.nodes), drawn.nodes[0].title, drawn.nodes[0].summary[0]
    (13, 'part 1 of 12', '335 values')
    """
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth counts levels of modules and must be an int of at least 0, got {shown(depth)}")
    reading = read(root, names, highlight)
    order, paths = reading.order, reading.paths
    keys = _keys(order, paths, depth)
    keys[-1] = ":root"  # the result is a card of its own
    stale = stale_in(order)
    marks = marks_of(reading, stale)
    members: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        members[key].append(i)
    id_of = {key: f"f{i}" for i, key in enumerate(members)}
    cards = [_card(reading, id_of[key], key, group, marks) for key, group in members.items()]
    edges = _edges(reading, [id_of[key] for key in keys], bool(stale))
    hidden = f"{len(order):,} values folded into {len(cards)} cards" if len(cards) < len(order) else ""
    note = "; ".join(filter(None, [hidden, note_on(stale, order)]))
    return Scene(with_names(cards), edges, clusters_of([card.module for card in cards]), note)


def _keys(order: Sequence[Value], paths: Sequence[str], depth: int | None) -> list[str]:
    """For each node the key of its card: the path of a module, or what tells apart the cards outside of modules."""
    deepest = max(len(levels(path)) for path in paths)
    for d in [depth] if depth is not None else range(deepest, -1, -1):
        kept = {path: (levels(path)[:d] or ("model",))[-1] for path in set(paths) if path}
        if len(set(kept.values())) <= MAX_CARDS - 2 * MAX_PARTS:
            break
    outside = [i for i, path in enumerate(paths) if not path]
    keys = [kept[path] if path else f":{i}" for i, path in enumerate(paths)]
    if len(outside) <= 2 * MAX_PARTS:
        return keys
    for side in _sides(order, paths):
        for i, part in _parts(order, side):
            keys[i] = part
    return keys


def _sides(order: Sequence[Value], paths: Sequence[str]) -> list[tuple[str, list[int]]]:
    """What belongs to no module: what comes before the modules, and what depends on them."""
    depends: set[Value] = set()
    for node, path in zip(order, paths):
        if path or any(x in depends for x in node.inputs):
            depends.add(node)
    sides = [[i for i, path in enumerate(paths) if not path and (order[i] in depends) is after] for after in (False, True)]
    if not depends:
        return [("part", sides[0])]
    first = "inputs" if not any(order[i].inputs for i in sides[0]) else "before"
    return [(name, side) for name, side in zip((first, "after"), sides) if side]


def _parts(order: Sequence[Value], side: tuple[str, list[int]]) -> list[tuple[int, str]]:
    """For each of the nodes a part of the computation, by the longest way from a leaf to it, in equal steps."""
    name, members = side
    n = min(MAX_PARTS, 1 + len(members) // PART)
    rank: dict[Value, int] = {}
    for node in order:
        rank[node] = 1 + max((rank[x] for x in node.inputs), default=-1)
    for node in reversed(order):  # a leaf goes with the first that uses it
        for x in node.inputs:
            if not x.inputs:
                rank[x] = min(rank[x] or rank[node], rank[node])
    ranks = [rank[order[i]] for i in members]
    low, height = min(ranks), max(ranks) - min(ranks) + 1
    if n == 1 or height == 1:
        return [(i, f":{'the rest' if name == 'part' else name}") for i in members]
    return [(i, f":{name} {1 + (r - low) * n // height} of {n}") for i, r in zip(members, ranks)]


def _card(reading: Reading, id: str, key: str, members: list[int], marks: dict[Value, str]) -> Node:
    """The card of a group; a group of one is drawn as what it is."""
    group = [reading.order[i] for i in members]
    if len(group) == 1:
        (node,), path = group, reading.paths[members[0]]
        return as_node(reading, node, id, path, reading.label(node, path), marks.get(node, ""))
    parameters = [node for node in group if reading.kind(node) == "parameter"]
    found = {marks.get(node, "") for node in group}
    broken = not all(math.isfinite(node.data) for node in group)
    return Node(
        id=id,
        title=key.removeprefix(":"),
        kind="folded",
        data=math.nan,
        grad=math.hypot(*[node.grad for node in parameters]) if reading.swept and parameters else None,
        op="",
        glyph="",
        mark="nan or inf inside" if broken else "stale inside" if "stale" in found else "",
        count=len(group),
        summary=_summary(key, group, [reading.paths[i] for i in members], len(parameters)),
    )


def _summary(key: str, group: list[Value], paths: list[str], parameters: int) -> tuple[str, ...]:
    """What is in a card: modules within, parameters, and the ops, most frequent first."""
    depth = len(levels(key))
    within = {levels(path)[depth] for path in set(paths) if len(levels(path)) > depth and not key.startswith(":")}
    kinds = Counter(path.rpartition(".")[0].rpartition(".")[2] for path in within)
    ops = Counter(node.op.name for node in group if node.op)
    lines = [f"{kind} ×{count}" for kind, count in kinds.items()]
    lines += [f"{parameters:,} parameter{'s' * (parameters > 1)}"] * bool(parameters)
    named = [f"{count:,} {name}" for name, count in ops.most_common(3)]
    rest = len(ops) - len(named)
    return (f"{len(group):,} values", *lines, *named, *([f"and {rest} more op{'s' * (rest > 1)}"] if rest else []))


def _edges(reading: Reading, ids: Sequence[str], stale: bool) -> tuple[Edge, ...]:
    """One edge for all those from one card to another; a single one keeps its slope."""
    id_of = dict(zip(reading.order, ids))
    between: dict[tuple[str, str], list[tuple[Value, int]]] = {}
    for node, id in zip(reading.order, ids):
        for i, x in enumerate(node.inputs):
            source = id_of[x]
            if source != id:
                between.setdefault((source, id), []).append((node, i))
    alone = {id for id, count in Counter(ids).items() if count == 1}
    edges = []
    for (source, target), bundle in between.items():
        flows = any(node.inputs[i].op is not CONST for node, i in bundle)
        on_path = any(node in reading.leading and node.inputs[i] in reading.leading for node, i in bundle)
        slope, flow, folded = math.nan, None, len(bundle) > 1 or not {source, target} <= alone
        if len(bundle) == 1:
            node, i = bundle[0]
            _, at, flow = list(flows_of(node))[i]
            slope = math.nan if folded else at
        edges.append(Edge(source, target, slope, flows, flow if reading.swept and not stale else None, on_path, folded, len(bundle)))
    return tuple(edges)
