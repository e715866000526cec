"""Folding: a graph too large to draw, as a scene of few cards, one for each module or stretch of the computation.

It never makes a Node of every Value, so a graph of a million takes seconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from autograd import CONST, Value
from viz.modules import levels
from viz.reading import Reading, flows_of, is_stale, read
from viz.scene import Edge, Node, Scene, as_node, clusters_of, with_names

MAX_CARDS = 200
"""The most cards of a folded scene."""

MAX_PARTS = 12
"""Into how many cards, at most, what belongs to no module is folded, and from how many values on there is one more."""
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
    (12, 'part 1 of 12', '333 values')
    """
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth counts levels of modules and must be an int of at least 0, got {depth!r}")
    reading = read(root, names, highlight)
    order, paths = reading.order, reading.paths
    keys = _keys(order, paths, depth)
    members: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        members[key].append(i)
    members[keys[-1]] = members.pop(keys[-1])  # the root's card last, as in every scene
    id_of = {key: f"f{i}" for i, key in enumerate(members)}
    cards = [_card(reading, id_of[key], key, group) for key, group in members.items()]
    edges = _edges(reading, [id_of[key] for key in keys])
    note = f"{len(order):,} values folded into {len(cards)} cards"
    return Scene(with_names(cards), edges, clusters_of([card.module for card in cards]), note)


def _keys(order: Sequence[Value], paths: Sequence[str], depth: int | None) -> list[str]:
    """For each node the key of its card: the path of a module, or what tells apart the cards outside of modules."""
    deepest = max(len(levels(path)) for path in paths)
    for d in [depth] if depth is not None else range(deepest, -1, -1):
        kept = {path: (levels(path)[:d] or ("model",))[-1] for path in set(paths) if path}
        if len(set(kept.values())) <= MAX_CARDS - 2 * MAX_PARTS:
            break
    outside = sum(not path for path in paths)
    if outside <= 2 * MAX_PARTS:
        return [kept[path] if path else f":{i}" for i, path in enumerate(paths)]
    parts = _parts(order, min(MAX_PARTS, 1 + outside // PART))
    return [kept[path] if path else part for path, part in zip(paths, parts)]


def _parts(order: Sequence[Value], n: int) -> list[str]:
    """For each node a part of the computation, by the longest way from a leaf to it, in n equal steps."""
    rank: dict[Value, int] = {}
    for node in order:
        rank[node] = 1 + max((rank[x] for x in node.inputs), default=-1)
    for node in reversed(order):  # a leaf goes with the first that uses it
        for x in node.inputs:
            if not x.inputs:
                rank[x] = min(rank[x] or rank[node], rank[node])
    height = max(rank.values()) + 1
    return [f":part {1 + rank[node] * n // height} of {n}" if n > 1 else ":the rest" for node in order]


def _card(reading: Reading, id: str, key: str, members: list[int]) -> Node:
    """The card of a group; a group of one is drawn as what it is."""
    group = [reading.order[i] for i in members]
    if len(group) == 1:
        (node,), path = group, reading.paths[members[0]]
        return as_node(reading, node, id, path, reading.label(node, path))
    parameters = [node for node in group if node.op is None]
    norm = math.hypot(*[node.grad for node in parameters or group if node.op is not CONST])
    broken = not all(math.isfinite(node.data) for node in group)
    return Node(
        id=id,
        title=key.removeprefix(":"),
        kind="folded",
        data=math.nan,
        grad=norm if reading.swept else None,
        op="",
        glyph="",
        mark="nan or inf inside" if broken else "stale inside" if any(map(is_stale, group)) else "",
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


def _edges(reading: Reading, ids: Sequence[str]) -> tuple[Edge, ...]:
    """One edge for all those from one card to another; a single one keeps its slope."""
    id_of = dict(zip(reading.order, ids))
    between: dict[tuple[str, str], list[tuple[Value, int]]] = {}
    for node, id in zip(reading.order, ids):
        for i, x in enumerate(node.inputs):
            source = id_of[x]
            if source != id:
                between.setdefault((source, id), []).append((node, i))
    edges = []
    for (source, target), bundle in between.items():
        flows = any(node.inputs[i].op is not CONST for node, i in bundle)
        on_path = any(node in reading.leading and node.inputs[i] in reading.leading for node, i in bundle)
        slope, flow = math.nan, None
        if len(bundle) == 1:
            node, i = bundle[0]
            _, slope, flow = list(flows_of(node))[i]
        edges.append(Edge(source, target, slope, flows, flow if reading.swept else None, on_path, len(bundle)))
    return tuple(edges)
