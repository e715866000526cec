"""Scenes as text: JSON for other programs, and a tree for terminals."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from dataclasses import asdict, fields
from typing import Any, TypeVar

from viz import style
from viz.scene import Cluster, Edge, Node, Scene
from viz.text import printable

T = TypeVar("T", Node, Edge, Cluster)


def to_json(drawn: Scene) -> str:
    """A scene as JSON; nan and the infinities, which JSON has no numbers for, as the strings "nan", "inf" and "-inf".

    >>> from autograd import Value
    >>> from viz import scene
    >>> from_json(to_json(scene(Value(2.0, "a") * 3))) == scene(Value(2.0, "a") * 3)
    True
    """
    plain: dict[str, Any] = {name: list(map(_plain, getattr(drawn, name))) for name in _PARTS}
    plain["note"] = drawn.note
    return json.dumps(plain, allow_nan=False, indent=1)


def from_json(text: str) -> Scene:
    """The scene in a text of `to_json`; ValueError for any other text."""
    try:
        plain = json.loads(text)
        parts: dict[str, Any] = {name: tuple([_made(kind, x) for x in plain[name]]) for name, kind in _PARTS.items()}
        return Scene(**parts, note=str(plain["note"]))
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError(f"this is no scene as to_json writes it ({type(error).__name__}: {str(error)[:100]})") from None


def to_tree(drawn: Scene) -> str:
    """A scene as a tree of lines, from the root to its inputs; what was shown above is not unfolded again.

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
    inputs: dict[str, list[Edge]] = defaultdict(list)
    for edge in drawn.edges:
        inputs[edge.target].append(edge)
    node_of = {node.id: node for node in drawn.nodes}
    lines: list[str] = []
    seen: set[str] = set()
    waiting = [(drawn.root.id, "", "", "")]  # id, what stands before its line, before those below it, and its slope
    while waiting:
        id, before, below, slope = waiting.pop()
        node = node_of[id]
        again = id in seen and bool(node.kind != "constant")
        lines.append(before + slope + _line(node, again))
        if again:
            continue
        seen.add(id)
        edges = inputs[id]
        for i, edge in reversed(list(enumerate(edges))):
            last = i == len(edges) - 1
            named = f"{edge.count} edges  " if edge.count > 1 else f"{style.slope(edge.slope)}  "
            waiting.append((edge.source, below + ("└─ " if last else "├─ "), below + ("   " if last else "│  "), named))
    return "\n".join(lines)


def _line(node: Node, again: bool) -> str:
    name = printable(node.title or node.id, 60)
    if again:
        return f"{name} (above)"
    if node.kind == "constant":
        return f"{node.data:.6g}"
    grad = "" if node.grad is None else f", {'‖grad‖' if node.kind == 'folded' else 'grad'} {style.number(node.grad)}"
    mark = f" ({node.mark})" if node.mark else ""
    value = ": " + ", ".join(node.summary) if node.kind == "folded" else f" = {style.number(node.data)}"
    return f"{name}{value}{grad}{mark}"


def _plain(part: Node | Edge | Cluster) -> dict[str, Any]:
    return {name: str(x) if isinstance(x, float) and not math.isfinite(x) else x for name, x in asdict(part).items()}


_PARTS: dict[str, Any] = {"nodes": Node, "edges": Edge, "clusters": Cluster}
_NUMBERS = {"data", "grad", "slope", "flow"}


def _made(kind: type[T], plain: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}
    if plain.keys() != known:
        raise ValueError(f"a {kind.__name__} has {', '.join(sorted(known))}")
    values: dict[str, Any] = {name: float(x) if name in _NUMBERS and x is not None else x for name, x in plain.items()}
    if "summary" in values:
        values["summary"] = tuple(values["summary"])
    return kind(**values)
