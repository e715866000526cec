"""Scenes as text and as data: JSON, Mermaid, a tree for terminals, a networkx graph."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, get_args

from autograd.checks import shown
from viz import style
from viz.graph.cards import edge_look
from viz.graph.scene import Cluster, Edge, Kind, Node, Scene, Spread, Sum, Term, expect_scene
from viz.text import printable

if TYPE_CHECKING:
    import networkx

T = TypeVar("T", Node, Edge, Cluster, Term, Sum, Spread)

LEVELS = 40
"""The number of levels after which the indentation of a tree starts again."""


def to_json(drawn: Scene) -> str:
    """A scene as JSON.

    nan and the infinities, which JSON has no numbers for, are the strings "nan", "inf" and "-inf".

    >>> from autograd import Value
    >>> from viz import scene
    >>> from_json(to_json(scene(Value(2.0, "a") * 3))) == scene(Value(2.0, "a") * 3)
    True
    """
    expect_scene(drawn, "to_json")
    plain: dict[str, Any] = {}
    for name in _PARTS:
        plain[name] = [_plain(asdict(part)) for part in getattr(drawn, name)]
    plain |= {"note": drawn.note, "compact": drawn.compact, "values": drawn.values}
    return json.dumps(plain, allow_nan=False, indent=1)


def from_json(text: str) -> Scene:
    """The scene in a text of `to_json`; raises ValueError, saying what is wrong, for other text.

    >>> from_json("[1, 2]")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ValueError: this is not a scene as to_json writes it (AttributeError: ...)
    """
    try:
        plain = json.loads(text, parse_constant=_refuse)
        if plain.keys() != {*_PARTS, "note", "compact", "values"}:
            raise ValueError(f"a scene has {', '.join(_PARTS)}, note, compact and values")
        parts: dict[str, Any] = {}
        for name, kind in _PARTS.items():
            parts[name] = tuple([_made(kind, x) for x in plain[name]])
        rest = {name: _checked(name, plain[name]) for name in ("note", "compact", "values")}
        return _connected(Scene(**parts, **rest))
    except (
        KeyError, TypeError, AttributeError, RecursionError, OverflowError, ValueError,
    ) as error:  # fmt: skip
        problem = f"{type(error).__name__}: {str(error)[:100]}"
        raise ValueError(f"this is not a scene as to_json writes it ({problem})") from None


def to_tree(drawn: Scene) -> str:
    """A scene as a tree of lines, from the root to its inputs.

    A node already shown above is not unfolded again. After every 40 levels the indentation starts
    again, behind ⋮ and the level: the lines of a long chain would fill the memory.

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
        if not edge.back:
            inputs[edge.target].append(edge)
    node_of = {node.id: node for node in drawn.nodes}
    lines: list[str] = []
    seen: set[str] = set()
    waiting = [_Branch(drawn.root.id)]
    while waiting:
        branch = waiting.pop()
        node = node_of[branch.id]
        again = branch.id in seen and node.kind != "constant"
        lines.append(branch.before + branch.slope + _line(node, again))
        if not again:
            seen.add(branch.id)
            waiting += reversed(list(_branches(branch, inputs[branch.id])))
    return "\n".join(lines)


class _Branch(NamedTuple):
    """A line of a tree: what stands before it and before those below it, its slope, its level."""

    id: str
    before: str = ""
    below: str = ""
    slope: str = ""
    level: int = 0


def _branches(above: _Branch, edges: list[Edge]) -> Iterable[_Branch]:
    """The lines directly below this one."""
    level = above.level + 1
    below = above.below if level % LEVELS else f"⋮{level} "
    for i, edge in enumerate(edges):
        slope = f"{_words(edge)}  ".lstrip()
        if i == len(edges) - 1:
            yield _Branch(edge.source, f"{below}└─ ", f"{below}   ", slope, level)
        else:
            yield _Branch(edge.source, f"{below}├─ ", f"{below}│  ", slope, level)


def _line(node: Node, again: bool) -> str:
    name = printable(node.name, 60)
    if again:
        return f"{name} (above)"
    if node.kind == "constant":
        return style.minus(f"{node.data:.6g}")
    value = f" = {style.number(node.data)}"
    grad = "" if node.grad is None else f", grad {style.number(node.grad)}"
    if node.kind == "folded":
        value = ": " + ", ".join(node.summary)
        grad = grad.replace("grad", "‖grad‖")
    mark = f" ({node.mark})" if node.mark else ""
    return f"{name}{value}{grad}{mark}"


def _words(edge: Edge) -> str:
    """The slope, or how many edges it stands for; "" for a constant without a finite slope."""
    return edge_look(edge, style.LIGHT, style.Scale()).text


def to_mermaid(drawn: Scene) -> str:
    """A scene as a Mermaid flowchart, which code hosts and note-taking programs draw.

    Blue and orange are the sign of a gradient, as in our own drawings; an edge has its slope.

    >>> from autograd import Value
    >>> from viz import scene
    >>> print(to_mermaid(scene(Value(2.0, "a") * 3)))
    flowchart LR
      v0("a<br/>data 2.0000")
      v1(["3"])
      v2[["a * 3<br/>data 6.0000"]]
      v0 -- "×3" --> v2
      v1 -- "×2" --> v2
    """
    expect_scene(drawn, "to_mermaid")
    lines = ["flowchart LR"]
    for node in drawn.nodes:
        before, after = _MERMAID[node.kind]
        lines.append(f"  {node.id}{before}{_mermaid_text(node)}{after}")
    for edge in drawn.edges:
        start, end = ("-.", ".->") if style.stroke(edge.slope) == "dashed" else ("--", "-->")
        words = _words(edge)
        label = f' {start} "{words}"' if words else ""
        lines.append(f"  {edge.source}{label} {end} {edge.target}")
    scale = style.Scale.of(drawn.grads)
    for node in drawn.nodes:
        if node.grad and node.kind != "folded":
            look = f"fill:{style.LIGHT.fill(node.grad, scale)},color:{style.LIGHT.text}"
            if style.stroke(node.grad) == "dashed":
                look += f",stroke-dasharray:{style.DASHES}"
            lines.append(f"  style {node.id} {look}")
    return "\n".join(lines)


_MERMAID = {
    "input": ('["', '"]'),
    "parameter": ('("', '")'),
    "constant": ('(["', '"])'),
    "inner": ('("', '")'),
    "output": ('[["', '"]]'),
    "folded": ('[["', '"]]'),
}
"""The brackets around the text of a node, which are its shape."""


def _mermaid_text(node: Node) -> str:
    """The lines of a card; whatever a label contains is shown as text."""
    if node.kind == "constant":
        lines = [style.minus(f"{node.data:.6g}")]
    elif node.kind == "folded":
        lines = [node.title, *node.summary]
    else:
        copies = f" ×{node.copies:,}" if node.copies > 1 else ""
        lines = [f"{node.title}{copies}", f"data {style.number(node.data)}"]
    if node.grad is not None:
        lines.append(f"grad {style.number(node.grad)}")
    escaped = [_UNSAFE.sub(_entity, printable(line, 60)) for line in lines if line]
    return "<br/>".join(escaped)


_UNSAFE = re.compile("[^\\w .,:()*+/×−-]")


def _entity(match: re.Match[str]) -> str:
    return f"#{ord(match[0])};"


def to_networkx(drawn: Scene) -> networkx.MultiDiGraph[str]:
    """A scene as a networkx graph, with the fields of nodes and edges as attributes.

    Raises ImportError if networkx is not installed.

    >>> from autograd import Value
    >>> from viz import scene
    >>> graph = to_networkx(scene(Value(2.0, "a") * 3))
    >>> graph.nodes["v0"]["title"], [data["slope"] for _, _, data in graph.edges(data=True)]
    ('a', [3.0, 2.0])
    """
    expect_scene(drawn, "to_networkx")
    try:
        import networkx
    except ImportError as error:
        raise ImportError("to_networkx needs networkx: pip install networkx") from error
    graph = networkx.MultiDiGraph(note=drawn.note)
    for node in drawn.nodes:
        graph.add_node(node.id, **_attributes(node))
    for edge in drawn.edges:
        graph.add_edge(edge.source, edge.target, **_attributes(edge))
    return graph


def _attributes(part: Node | Edge) -> dict[str, Any]:
    """Texts and numbers, which every format of networkx can hold; compound fields become JSON."""
    found = {}
    for name, x in asdict(part).items():
        if isinstance(x, (tuple, dict)):
            found[name] = json.dumps(_plain(x))
        elif x is not None:
            found[name] = x
    return found


def _plain(part: Any) -> Any:
    """A part as JSON can hold it: dicts, lists, texts and numbers."""
    if isinstance(part, dict):
        return {name: _plain(x) for name, x in part.items()}
    if isinstance(part, (list, tuple)):
        return [_plain(x) for x in part]
    return plain_number(part) if isinstance(part, float) else part


def plain_number(x: float) -> float | str:
    """A number as JSON can hold it; nan and the infinities, which it lacks, as texts.

    >>> plain_number(0.5), plain_number(math.inf)
    (0.5, 'inf')
    """
    return x if math.isfinite(x) else str(x)


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not a JSON number")


def _connected(drawn: Scene) -> Scene:
    """The scene, if everything it refers to is there."""
    ids, paths = {node.id for node in drawn.nodes}, {""}
    if not drawn.nodes or len(ids) < len(drawn.nodes):
        raise ValueError("a scene has at least one node, and each id only once")
    for edge in drawn.edges:
        if not {edge.source, edge.target} <= ids:
            ends = f"{shown(edge.source)} to {shown(edge.target)}"
            raise ValueError(f"an edge from {ends}, one of which is not a node")
    for cluster in drawn.clusters:
        if cluster.path in paths or cluster.parent not in paths:
            path = shown(cluster.path)
            raise ValueError(f"the cluster {path} occurs twice, or before the one around it")
        paths.add(cluster.path)
    strays = {node.module for node in drawn.nodes} - paths
    if strays:
        raise ValueError(f"{shown(min(strays))} is the module of a node, but not a cluster")
    rows = {node.id: len(node.rows) for node in drawn.nodes}
    for edge in drawn.edges:
        if edge.row is not None and not 0 <= edge.row < rows[edge.target]:
            raise ValueError(
                f"an edge into row {edge.row} of {shown(edge.target)}, which has no such row"
            )
    return drawn


_PARTS: dict[str, Any] = {"nodes": Node, "edges": Edge, "clusters": Cluster}


def _is_number(x: Any) -> bool:
    return type(x) in (int, float) or x in ("nan", "inf", "-inf")


def _is_count(x: Any) -> bool:
    return type(x) is int and x > 0


def _is_text(x: Any) -> bool:
    return isinstance(x, str)


def _is_truth(x: Any) -> bool:
    return isinstance(x, bool)


def _is_list(x: Any) -> bool:
    return isinstance(x, list)


def _or_none(rule: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda x: x is None or rule(x)


_RULES: dict[str, Callable[[Any], bool]] = {
    "kind": lambda x: x in get_args(Kind),
    "id": lambda x: _is_text(x) and re.fullmatch(r"[vf]\d+(_\d+)?", x) is not None,
    "summary": lambda x: _is_list(x) and all(map(_is_text, x)),
    "values": lambda x: type(x) is int and x >= 0,
    "row": _or_none(lambda x: type(x) is int and x >= 0),
    "right": _or_none(_is_text),
    "rows": _is_list,
    "summed": lambda x: _is_list(x) and list(map(type, x)) == [bool, bool],
    "weight": lambda x: x in ("left", "right", ""),
    **dict.fromkeys(["sum", "spread", "grad_spread"], _or_none(lambda x: isinstance(x, dict))),
    **dict.fromkeys(["data", "slope", "left_data", "right_data", "product"], _is_number),
    **dict.fromkeys(["low", "high"], _is_number),
    **dict.fromkeys(["grad", "flow", "left_flow", "right_flow"], _or_none(_is_number)),
    **dict.fromkeys(["flows", "on_path", "bundle", "back", "labelled", "compact"], _is_truth),
    **dict.fromkeys(["count", "uses", "copies"], _is_count),
}
"""What the fields may hold; the others hold text."""

_INNER: dict[str, Any] = {"rows": Term, "sum": Sum, "spread": Spread, "grad_spread": Spread}


def _checked(name: str, x: Any) -> Any:
    """The content of a field, as a scene has it."""
    if not _RULES.get(name, _is_text)(x):
        raise ValueError(f"{name} must not be {shown(str(x)[:40])}")
    if x is None:
        return None
    if name in _INNER:
        kind = _INNER[name]
        return tuple([_made(kind, y) for y in x]) if _is_list(x) else _made(kind, x)
    if name in ("summary", "summed"):
        return tuple(x)
    is_float = _RULES.get(name) is _is_number or name in ("grad", "flow", "left_flow", "right_flow")
    return float(x) if is_float else x


def _made(kind: type[T], plain: dict[str, Any]) -> T:
    known = {field.name for field in fields(kind)}
    if plain.keys() != known:
        raise ValueError(f"a {kind.__name__} has {', '.join(sorted(known))}")
    return kind(**{name: _checked(name, x) for name, x in plain.items()})
