"""Folding: a graph too large to draw, as few cards, one for each module or stretch of it.

It never makes a Node of every Value, so a graph of a million takes seconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from autograd import CONST, Value
from autograd.checks import shown
from viz import style
from viz.graph.extent import is_legible
from viz.graph.modules import levels
from viz.graph.reading import Reading, marks_of, read
from viz.graph.scene import Edge, Node, Scene, as_node, clusters_of, stale_note, with_names

MOST_CARDS = 100
"""More cards than these are never legible on a slide."""

PARTS = (12, 8, 6, 4, 2, 1)
"""Into how many cards, at most, what comes before or after the modules is folded: what is tried."""

PART = 200
"""From how many values on there is one more of them."""


def folded(
    root: Value,
    depth: int | None = None,
    names: Mapping[str, Any] | None = None,
    highlight: Value | None = None,
) -> Scene:
    """The graph of `root` with every module from `depth` levels down folded into one card.

    By default they are folded as deep as stays legible on a slide. depth=0 folds all modules, 1
    shows the outermost (layers) as one card each, 2 those within (neurons). What belongs to no
    module is drawn if it is little, and else folded into parts by height in the graph. `names` and
    `highlight` are as in `scene`. Raises TypeError unless root is a Value, ValueError for a
    negative depth.

    >>> x = Value(1.0)
    >>> for _ in range(1000):
    ...     x = x * 1.01 + 0.1
    >>> drawn = folded(x)
    >>> len(drawn.nodes), drawn.nodes[0].title, drawn.nodes[0].summary[0]
    (7, 'part 1 of 6', '669 values')
    """
    return folded_of(read(root, names, highlight), depth)


def folded_of(
    reading: Reading,
    depth: int | None = None,
    number: Callable[[float], str] = style.number,
    sideways: bool = True,
) -> Scene:
    """The folded scene of a graph that was read; see `folded`."""
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(
            f"depth counts levels of modules and must be an int of at least 0, got {shown(depth)}"
        )
    marks = marks_of(reading)
    drawn: Scene | None = None
    for level, parts in _ways(reading, depth):
        keys = _keys(reading, level, parts)
        if drawn is None or len(set(keys)) <= MOST_CARDS:
            drawn = _scene(reading, keys, marks)
            if is_legible(drawn, number, sideways):
                break
    assert drawn is not None
    return drawn


def _ways(reading: Reading, depth: int | None) -> Iterator[tuple[int, int]]:
    """Levels of modules, and numbers of parts outside of them, from most cards to fewest."""
    deepest = max(len(levels(path)) for path in reading.paths)
    for level in range(deepest, -1, -1) if depth is None else [depth]:
        for parts in PARTS:
            yield level, parts


def _scene(reading: Reading, keys: list[str], marks: dict[int, str]) -> Scene:
    """A scene with a card for each key."""
    members: dict[str, list[int]] = defaultdict(list)
    for i, key in enumerate(keys):
        members[key].append(i)
    id_of = {key: f"f{i}" for i, key in enumerate(members)}
    cards = [_card(reading, id_of[key], key, group, marks) for key, group in members.items()]
    edges = _edges(reading, [id_of[key] for key in keys])
    values, count = len(reading.order), len(cards)
    hidden = f"{values:,} values folded into {count} cards" if count < values else ""
    note = "; ".join(filter(None, [hidden, stale_note(reading)]))
    clusters = clusters_of([card.module for card in cards])
    return Scene(with_names(cards), edges, clusters, note, compact=True)


def _keys(reading: Reading, depth: int, parts: int) -> list[str]:
    """For each node the key of its card: a module's path, or what tells other cards apart."""
    paths = reading.paths
    kept = {path: (levels(path)[:depth] or ("model",))[-1] for path in set(paths) if path}
    outside = [i for i, path in enumerate(paths) if not path]
    keys = [kept[path] if path else f":{i}" for i, path in enumerate(paths)]
    if len(outside) > 2 * parts:
        for name, side in _sides(reading):
            for i, part in _parts(reading, name, side, parts):
                keys[i] = part
    keys[-1] = ":root"  # the result is a card of its own
    return keys


def _sides(reading: Reading) -> list[tuple[str, list[int]]]:
    """What belongs to no module: what comes before the modules, and what depends on them."""
    depends: set[int] = set()
    before: list[int] = []
    after: list[int] = []
    for i, (path, inputs) in enumerate(zip(reading.paths, reading.inputs)):
        if path or not depends.isdisjoint(inputs):
            depends.add(i)
        if not path:
            (after if i in depends else before).append(i)
    if not depends:
        return [("part", before)]
    name = "before" if any(reading.inputs[i] for i in before) else "inputs"
    return [(name, side) for name, side in ((name, before), ("after", after)) if side]


def _parts(reading: Reading, name: str, members: list[int], most: int) -> Iterator[tuple[int, str]]:
    """For each node a part of the computation, by the longest way from a leaf, in equal steps."""
    count = min(most, 1 + len(members) // PART)
    rank = _heights(reading)
    low = min(rank[i] for i in members)
    height = max(rank[i] for i in members) - low + 1
    for i in members:
        if count == 1 or height == 1:
            yield i, f":{'the rest' if name == 'part' else name}"
        else:
            yield i, f":{name} {1 + (rank[i] - low) * count // height} of {count}"


def _heights(reading: Reading) -> list[int]:
    """The longest way from a leaf to each node; a leaf goes with the first that uses it."""
    rank: list[int] = []
    for inputs in reading.inputs:
        rank.append(1 + max([rank[x] for x in inputs], default=-1))
    for i in range(len(rank) - 1, -1, -1):
        for x in reading.inputs[i]:
            if not reading.inputs[x]:
                rank[x] = min(rank[x] or rank[i], rank[i])
    return rank


def _card(reading: Reading, id: str, key: str, members: list[int], marks: dict[int, str]) -> Node:
    """The card of a group; a group of one is drawn as what it is."""
    if len(members) == 1:
        i = members[0]
        return as_node(reading, i, id, reading.labels[i], marks.get(i, ""))
    group = [reading.order[i] for i in members]
    parameters = [reading.order[i] for i in members if reading.kind(i) == "parameter"]
    norm = math.hypot(*[node.grad for node in parameters])
    mark = ""
    if not all(math.isfinite(node.data) for node in group):
        mark = "nan or inf inside"
    elif any(marks.get(i) == "stale" for i in members):
        mark = "stale inside"
    return Node(
        id=id,
        title=key.removeprefix(":"),
        kind="folded",
        data=math.nan,
        grad=norm if reading.swept and parameters else None,
        op="",
        glyph="",
        mark=mark,
        count=len(group),
        summary=_summary(key, group, [reading.paths[i] for i in members], len(parameters)),
    )


def _summary(key: str, group: list[Value], paths: list[str], parameters: int) -> tuple[str, ...]:
    """What is in a card: modules within, parameters, and the ops, most frequent first."""
    within = set() if key.startswith(":") else _modules_within(len(levels(key)), paths)
    kinds = Counter(path.rpartition(".")[0].rpartition(".")[2] for path in within)
    ops = Counter(node.op.name for node in group if node.op and node.op is not CONST)
    lines = [f"{len(group):,} values", *[f"{kind} ×{count}" for kind, count in kinds.items()]]
    if parameters:
        lines.append(f"{parameters:,} parameter{'s' * (parameters > 1)}")
    frequent = ops.most_common(3)
    lines += [f"{count:,} {name}" for name, count in frequent]
    rest = len(ops) - len(frequent)
    if rest:
        lines.append(f"and {rest} more op{'s' * (rest > 1)}")
    return tuple(lines)


def _modules_within(depth: int, paths: list[str]) -> set[str]:
    """The modules right inside of one that lies so many levels deep."""
    return {levels(path)[depth] for path in set(paths) if len(levels(path)) > depth}


def _edges(reading: Reading, ids: Sequence[str]) -> tuple[Edge, ...]:
    """One edge for all those from one card to another; a single one keeps its slope."""
    between: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for i, inputs in enumerate(reading.inputs):
        for k, x in enumerate(inputs):
            if ids[x] != ids[i]:
                between.setdefault((ids[x], ids[i]), []).append((i, k))
    alone = {id for id, count in Counter(ids).items() if count == 1}
    return tuple([_bundle(reading, *ends, at, alone) for ends, at in between.items()])


def _bundle(
    reading: Reading, source: str, target: str, at: list[tuple[int, int]], alone: set[str]
) -> Edge:
    """The edge for these inputs of nodes, each given as the node's place and the input's number."""
    i, k = at[0]
    single = len(at) == 1
    whole = single and source in alone and target in alone
    known = single and reading.swept and not reading.stale
    return Edge(
        source,
        target,
        slope=reading.slopes[i][k] if whole else math.nan,
        flows=any(reading.flows[i][k] is not None for i, k in at),
        flow=reading.flows[i][k] if known else None,
        on_path=any(
            i in reading.leading and reading.inputs[i][k] in reading.leading for i, k in at
        ),
        bundle=not whole,
        count=len(at),
    )
