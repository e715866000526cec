"""Scenes as text: JSON for other programs, and a tree for terminals."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, TypeVar, get_args

from autograd.checks import shown
from viz import style
from viz.graph.scene import Cluster, Edge, Kind, Node, Scene, expect_scene
from viz.text import printable

T = TypeVar("T", Node, Edge, Cluster)

LEVELS = 40
"""After how many the indentation of a tree starts anew."""


def to_json(drawn: Scene) -> str:
    """A scene as JSON; nan and the infinities, which JSON has no numbers for, as the strings "nan", "inf" and "-inf".

    >>> from autograd import Value
    >>> from viz import scene
    >>> from_json(to_json(scene(Value(2.0, "a") * 3))) == scene(Value(2.0, "a") * 3)
    True
    """
    expect_scene(drawn, "to_json")
    plain: dict[str, Any] = {name: list(map(_plain, getattr(drawn, name))) for name in _PARTS}
    plain["note"] = drawn.note
    return json.dumps(plain, allow_nan=False, indent=1)


def from_json(text: str) -> Scene:
    """The scene in a text of `to_json`; ValueError, which says what is wrong, for any other text."""
    try:
        plain = json.loads(text, parse_constant=_refuse)
        if plain.keys() != {*_PARTS, "note"}:
            raise ValueError(f"a scene has {', '.join(_PARTS)} and note")
        parts: dict[str, Any] = {name: tuple([_made(kind, x) for x in plain[name]]) for name, kind in _PARTS.items()}
        return _connected(Scene(**parts, note=_checked("note", plain["note"])))
    except (KeyError, TypeError, AttributeError, RecursionError, OverflowError, ValueError) as error:
        raise ValueError(f"this is no scene as to_json writes it ({type(error).__name__}: {str(error)[:100]})") from None


def to_tree(drawn: Scene) -> str:
    """A scene as a tree of lines, from the root to its inputs; what was shown above is not unfolded again.

    After every 40 levels the indentation starts anew, behind ⋮ and the level: lines of a long chain would fill the memory.

    >>> from autograd import Value
    >>> from viz import scene
    >>> a = Value(2.0, "a")
    >>> root = a * a + 1; root.backward()
    >>> print(to_tree(scene(root)))
    a * a + 1 = 5.0000, grad 1.0000
    ├─ ×1  a * a = 4.0000, grad 1.0000
    │  ├─ ×2  a = 2.0000, grad 4.0000
    │  └─ ×2  a (above)
    └─ ×1  1
    """
    expect_scene(drawn, "to_tree")
    inputs: dict[str, list[Edge]] = defaultdict(list)
    for edge in drawn.edges:
        inputs[edge.target].append(edge)
    node_of = {node.id: node for node in drawn.nodes}
    lines: list[str] = []
    seen: set[str] = set()
    waiting = [(drawn.root.id, "", "", "", 0)]  # id, what stands before its line, before those below it, its slope, its level
    while waiting:
        id, before, below, slope, level = waiting.pop()
        node = node_of[id]
        again = id in seen and bool(node.kind != "constant")
        lines.append(before + slope + _line(node, again))
        if again:
            continue
        seen.add(id)
        edges, level = inputs[id], level + 1
        if level % LEVELS == 0:
            below = f"⋮{level} "
        for i, edge in reversed(list(enumerate(edges))):
            last = i == len(edges) - 1
            named = f"{edge.count} edge{'s' * (edge.count > 1)}  " if edge.bundle else f"{style.slope(edge.slope)}  "
            waiting.append((edge.source, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), named, level))
    return "\n".join(lines)


def _line(node: Node, again: bool) -> str:
    name = printable(node.name, 60)
    if again:
        return f"{name} (above)"
    if node.kind == "constant":
        return style.minus(f"{node.data:.6g}")
    grad = "" if node.grad is None else f", {'‖grad‖' if node.kind == 'folded' else 'grad'} {style.number(node.grad)}"
    mark = f" ({node.mark})" if node.mark else ""
    value = ": " + ", ".join(node.summary) if node.kind == "folded" else f" = {style.number(node.data)}"
    return f"{name}{value}{grad}{mark}"


def _plain(part: Node | Edge | Cluster) -> dict[str, Any]:
    plain = asdict(part)
    return {name: plain_number(x) if isinstance(x, float) else x for name, x in plain.items()}


def plain_number(x: float) -> float | str:
    """A number as JSON has it; nan and the infinities, which it lacks, as texts.

    >>> plain_number(0.5), plain_number(math.inf)
    (0.5, 'inf')
    """
    return x if math.isfinite(x) else str(x)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _connected(drawn: Scene) -> Scene:
    """The scene, if all that it speaks of is there."""
    ids, paths = {node.id for node in drawn.nodes}, {""}
    if not drawn.nodes or len(ids) < len(drawn.nodes):
        raise ValueError("a scene has at least one node, and no id twice")
    for edge in drawn.edges:
        if not {edge.source, edge.target} <= ids:
            raise ValueError(f"an edge from {shown(edge.source)} to {shown(edge.target)}, one of which is no node")
    for cluster in drawn.clusters:
        if cluster.path in paths or cluster.parent not in paths:
            raise ValueError(f"the cluster {shown(cluster.path)} is there twice, or comes before the one around it")
        paths.add(cluster.path)
    strays = {node.module for node in drawn.nodes} - paths
    if strays:
        raise ValueError(f"{shown(min(strays))} is the module of a node, but no cluster")
    return drawn


_PARTS: dict[str, Any] = {"nodes": Node, "edges": Edge, "clusters": Cluster}


def _is_number(x: Any) -> bool:
    return type(x) in (int, float) or x in ("nan", "inf", "-inf")


def _is_text(x: Any) -> bool:
    return isinstance(x, str)


_RULES: dict[str, Callable[[Any], bool]] = {
    "kind": lambda x: x in get_args(Kind),
    "data": _is_number,
    "slope": _is_number,
    "grad": lambda x: x is None or _is_number(x),
    "flow": lambda x: x is None or _is_number(x),
    "flows": lambda x: isinstance(x, bool),
    "on_path": lambda x: isinstance(x, bool),
    "bundle": lambda x: isinstance(x, bool),
    "id": lambda x: _is_text(x) and x.isidentifier(),
    "count": lambda x: type(x) is int and x > 0,
    "summary": lambda x: isinstance(x, list) and all(map(_is_text, x)),
}
"""What the fields may hold; the others hold text."""


def _checked(name: str, x: Any) -> Any:
    """What a field holds, as a scene has it."""
    if not _RULES.get(name, _is_text)(x):
        raise ValueError(f"{name} must not be {shown(str(x)[:40])}")
    if name == "summary":
        return tuple(x)
    return float(x) if name in ("data", "slope", "grad", "flow") and x is not None else x


def _made(kind: type[T], plain: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}
    if plain.keys() != known:
        raise ValueError(f"a {kind.__name__} has {', '.join(sorted(known))}")
    return kind(**{name: _checked(name, x) for name, x in plain.items()})
