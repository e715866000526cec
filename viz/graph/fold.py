"""Folding: a graph too large to draw, as a few cards, one for each module or stretch of it.

Every Value is looked at once, and counted into a group: that of its module, or of its height if it
belongs to none. Coarser folds merge groups, so a graph of a million Values takes seconds.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, NamedTuple

from autograd import CONST, Value
from autograd.checks import shown
from viz.graph.extent import PLAIN, Options, is_legible
from viz.graph.modules import levels
from viz.graph.reading import Reading, read
from viz.graph.scene import Edge, Node, Scene, as_node, clusters_of, stale_note, with_names

MOST_PARTS = 12
"""The most cards into which whatever comes before or after the modules is folded."""

PARTS = (MOST_PARTS, 6, 4, 2, 1)
"""The numbers of such cards that are tried."""

PART = {False: 20, True: 200}
"""How many values there are for each further such card, without and with modules beside them."""


def folded(
    root: Value,
    depth: int | None = None,
    names: Mapping[str, Any] | None = None,
    highlight: Value | None = None,
) -> Scene:
    """The graph of `root` with every module from `depth` levels down folded into one card.

    By default they are folded at the deepest level that stays legible on a slide. depth=0 folds all
    modules, 1 shows the outermost (layers) as one card each, 2 those within (neurons). Values that
    belong to no module are drawn if they are few, and otherwise folded into parts by height in the
    graph. `names` and `highlight` are as in `scene`. Raises TypeError unless root is a Value, and
    ValueError for a negative depth.

    >>> x = Value(1.0)
    >>> for _ in range(1000):
    ...     x = x * 1.01 + 0.1
    >>> drawn = folded(x)
    >>> len(drawn.nodes), drawn.nodes[0].title, drawn.nodes[0].summary[0]
    (7, 'part 1 of 6', '669 values')
    """
    return folded_of(read(root, names, highlight), depth)


def folded_of(reading: Reading, depth: int | None = None, options: Options = PLAIN) -> Scene:
    """The folded scene of a graph that has been read; see `folded`."""
    if depth is not None and (isinstance(depth, bool) or not isinstance(depth, int) or depth < 0):
        raise ValueError(
            f"depth counts levels of modules and must be an int of at least 0, got {shown(depth)}"
        )
    places = _places(reading)
    groups, bundles = _groups(reading, places), _bundles(reading, places)
    deepest = max(len(levels(path)) for path in reading.paths)
    for level in range(deepest, -1, -1) if depth is None else [depth]:
        for parts in PARTS:
            key_of = {place: _key(place, level, parts) for place in groups}
            drawn = _scene(reading, groups, bundles, key_of)
            if is_legible(drawn, options):
                return drawn
    return drawn


class Place(NamedTuple):
    """Where a Value is: in a module, or in a part of what comes before or after the modules.

    `alone` is its place in the order if it may have a card of its own, and -1 otherwise; `outside`
    counts the Values that belong to no module.
    """

    path: str
    side: str = ""
    part: int = 0
    parts: int = 1
    alone: int = -1
    outside: int = 0


def _places(reading: Reading) -> list[Place]:
    """The place of each Value, in the finest fold."""
    of_path = {path: Place(path) for path in set(reading.paths)}
    places = [of_path[path] for path in reading.paths]
    outside = [i for i, path in enumerate(reading.paths) if not path]
    few = len(outside) <= 2 * MOST_PARTS
    rank = _heights(reading)
    for name, side in _sides(reading):
        parts = min(MOST_PARTS, 1 + len(side) // PART[any(of_path)])
        low = min([rank[i] for i in side])
        height = max([rank[i] for i in side]) - low + 1
        parts = 1 if height == 1 else parts
        made = [Place("", name, part, parts, -1, len(outside)) for part in range(parts)]
        for i in side:
            place = made[(rank[i] - low) * parts // height]
            places[i] = place._replace(alone=i) if few else place
    places[-1] = Place("", "root", alone=len(places) - 1)
    return places


def _key(place: Place, depth: int, parts: int) -> str:
    """The name of the card that holds a place in a coarser fold."""
    if place.path:
        return (levels(place.path)[:depth] or ("model",))[-1]
    if place.side == "root" or (place.alone >= 0 and place.outside <= 2 * parts):
        return f":{place.alone}"
    parts = min(parts, place.parts)
    if parts == 1:
        return ":the rest" if place.side == "part" else f":{place.side}"
    return f":{place.side} {1 + place.part * parts // place.parts} of {parts}"


def _sides(reading: Reading) -> list[tuple[str, list[int]]]:
    """What belongs to no module: what comes before the modules, and what depends on them."""
    depends = bytearray(len(reading.order))
    before: list[int] = []
    after: list[int] = []
    for i, (path, inputs) in enumerate(zip(reading.paths, reading.inputs)):
        if path or any(depends[x] for x in inputs):
            depends[i] = True
        if not path:
            (after if depends[i] else before).append(i)
    if not any(reading.paths):
        return [("part", before)]
    name = "before" if any(reading.inputs[i] for i in before) else "inputs"
    return [(name, side) for name, side in ((name, before), ("after", after)) if side]


def _heights(reading: Reading) -> list[int]:
    """The longest path from a leaf to each node; a leaf has the height of its first user."""
    rank: list[int] = []
    for inputs in reading.inputs:
        rank.append(1 + max([rank[x] for x in inputs], default=-1))
    for i in range(len(rank) - 1, -1, -1):
        for x in reading.inputs[i]:
            if not reading.inputs[x]:
                rank[x] = min(rank[x] or rank[i], rank[i])
    return rank


@dataclass
class Group:
    """What a card says about its Values; `last` is the place of one of them in the order."""

    count: int = 0
    last: int = 0
    parameters: int = 0
    norm: float = 0.0
    broken: bool = False
    stale: bool = False
    ops: Counter[str] = field(default_factory=Counter)
    marks: Counter[str] = field(default_factory=Counter)
    paths: set[str] = field(default_factory=set)

    def add(self, other: Group) -> None:
        """Take in another group."""
        self.count += other.count
        self.last = max(self.last, other.last)
        self.parameters += other.parameters
        self.norm = math.hypot(self.norm, other.norm)
        self.broken |= other.broken
        self.stale |= other.stale
        self.ops += other.ops
        self.marks += other.marks
        self.paths |= other.paths


def _groups(reading: Reading, places: list[Place]) -> dict[Place, Group]:
    """The groups of the finest fold, in the order of their first Values."""
    members: dict[Place, list[int]] = defaultdict(list)
    for i, place in enumerate(places):
        members[place].append(i)
    groups = {}
    for place, inside in members.items():
        nodes = [reading.order[i] for i in inside]
        grads = [reading.grads[i] for i in inside]
        parameters = [reading.grads[i] for i in inside if reading.kind(i) == "parameter"]
        groups[place] = Group(
            count=len(nodes),
            last=inside[-1],
            parameters=len(parameters),
            norm=math.hypot(*parameters),
            broken=not all(map(math.isfinite, [*grads, *map(attrgetter("data"), nodes)])),
            stale=not reading.stale.isdisjoint(inside),
            ops=Counter([node.op.name for node in nodes if node.op and node.op is not CONST]),
            marks=Counter([reading.marks[i] for i in inside if i in reading.marks]),
            paths={place.path} - {""},
        )
    return groups


@dataclass
class Bundle:
    """The edges from one card to another; `end` is one of them: a node, and one of its inputs."""

    end: tuple[int, int]
    count: int = 0
    flows: bool = False
    on_path: bool = False


def _bundles(reading: Reading, places: list[Place]) -> dict[tuple[Place, Place], Bundle]:
    """The edges between the groups of the finest fold."""
    bundles: dict[tuple[Place, Place], Bundle] = {}
    leading = reading.leading
    for i, inputs in enumerate(reading.inputs):
        target = places[i]
        for k, x in enumerate(inputs):
            source = places[x]
            if source is target:
                continue
            bundle = bundles.get((source, target))
            if bundle is None:
                bundle = bundles[source, target] = Bundle((i, k))
            bundle.count += 1
            bundle.flows |= reading.flows[i][k] is not None
            bundle.on_path |= i in leading and x in leading
    return bundles


def _scene(
    reading: Reading,
    groups: dict[Place, Group],
    bundles: dict[tuple[Place, Place], Bundle],
    key_of: dict[Place, str],
) -> Scene:
    """A scene with a card for each key."""
    merged: dict[str, Group] = {}
    for place, group in groups.items():
        merged.setdefault(key_of[place], Group()).add(group)
    id_of = {key: f"f{i}" for i, key in enumerate(merged)}
    cards = [_card(reading, id_of[key], key, group) for key, group in merged.items()]
    between: dict[tuple[str, str], list[Bundle]] = defaultdict(list)
    for (source, target), bundle in bundles.items():
        ends = key_of[source], key_of[target]
        if ends[0] != ends[1]:
            between[ends].append(bundle)
    edges = []
    for (source_key, target_key), some in between.items():
        single = merged[source_key].count == merged[target_key].count == 1
        edges.append(_edge(reading, id_of[source_key], id_of[target_key], some, single))
    values, count = len(reading.order), len(cards)
    hidden = f"{values:,} values folded into {count} cards" if count < values else ""
    note = "; ".join(filter(None, [hidden, stale_note(reading)]))
    clusters = clusters_of([card.module for card in cards])
    return Scene(with_names(cards), tuple(edges), clusters, note, compact=True, values=values)


def _edge(reading: Reading, source: str, target: str, bundles: list[Bundle], single: bool) -> Edge:
    """One edge for all from one card to another; a single one between Values keeps its slope."""
    count = sum(bundle.count for bundle in bundles)
    whole = single and count == 1
    i, k = bundles[0].end
    known = count == 1 and reading.swept and not reading.stale
    return Edge(
        source,
        target,
        slope=reading.slopes[i][k] if whole else math.nan,
        flows=any(bundle.flows for bundle in bundles),
        flow=reading.flows[i][k] if known else None,
        on_path=any(bundle.on_path for bundle in bundles),
        bundle=not whole,
        count=count,
    )


def _card(reading: Reading, id: str, key: str, group: Group) -> Node:
    """The card of a group; a group of one is drawn as what it is."""
    if group.count == 1:
        i = group.last
        return as_node(reading, i, id, reading.labels[i], reading.marks.get(i, ""))
    mark = "nan or inf inside" if group.broken else ""
    if group.stale and not mark:
        mark = "stale inside"
    if group.marks and not mark:
        (frequent, count), *_ = group.marks.most_common(1)
        mark = f"{count:,} {frequent}"
    return Node(
        id=id,
        title=key.removeprefix(":"),
        kind="folded",
        data=math.nan,
        grad=group.norm if reading.swept and group.parameters else None,
        op="",
        glyph="",
        mark=mark,
        count=group.count,
        summary=_summary(key, group),
    )


def _summary(key: str, group: Group) -> tuple[str, ...]:
    """What is in a card: modules within, parameters, and the ops, most frequent first."""
    within = set() if key.startswith(":") else _modules_within(len(levels(key)), group.paths)
    kinds = Counter(path.rpartition(".")[0].rpartition(".")[2] for path in within)
    lines = [f"{group.count:,} values", *[f"{kind} ×{count}" for kind, count in kinds.items()]]
    if group.parameters:
        lines.append(f"{group.parameters:,} parameter{'s' * (group.parameters > 1)}")
    frequent = group.ops.most_common(3)
    lines += [f"{count:,} {name}" for name, count in frequent]
    rest = len(group.ops) - len(frequent)
    if rest:
        lines.append(f"and {rest} more op{'s' * (rest > 1)}")
    return tuple(lines)


def _modules_within(depth: int, paths: Iterable[str]) -> set[str]:
    """The modules directly inside one that lies this many levels deep."""
    return {levels(path)[depth] for path in paths if len(levels(path)) > depth}
