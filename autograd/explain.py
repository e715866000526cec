"""Why a gradient is what it is: the paths from a Value to the root, each a product of slopes."""

from __future__ import annotations

import html
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice
from operator import index
from typing import Any, Final, TypeAlias

from autograd import formula
from autograd.checks import shown
from autograd.graph import graph_of, pullback, topological_order
from autograd.op import CONST
from autograd.record import constant
from autograd.record import node as made_by
from autograd.terms import tidy
from autograd.value import Value

LIMIT: Final = 20
"""How many paths, and how many slopes of edges, are listed unless more are asked for."""

MOST_STEPS: Final = 1_000_000
"""How many steps all requested paths may have in total, beyond what `LIMIT` of them take."""

MOST_NODES: Final = 24
"""Of a longer path, only the two ends are printed."""

MOST_SIGNS: Final = 60
"""A longer formula of a slope is not printed, and a longer name is cut."""

MOST_SHOWN: Final = 300
"""How long the repr of an explanation may be."""

REASONS: Final = {"mul": "the other factor of"}
"""What the slopes of an op are, where words can say it; otherwise just `of`."""

_Ways: TypeAlias = "list[tuple[float, Any]]"
"""Ways up to a node: the strength of each, and its last step. A step is (slope, place among the
inputs, node, step before), so that ways share their lower part; the step of wrt itself is None."""


@dataclass(frozen=True, repr=False)
class Path:
    """One path of nodes, from wrt to root, the slope of each edge, and their product.

    `places` says which input of each node, counted from 0, is the node before it on the path.
    """

    nodes: tuple[Value, ...]
    slopes: tuple[float, ...]
    places: tuple[int, ...] = ()

    @property
    def product(self) -> float:
        for node, slope in zip(self.nodes[1:], self.slopes):
            if slope == 0.0 and node.op and node.op.switch:
                return 0.0  # through a closed switch nothing flows, not even inf · 0
        return math.prod(self.slopes)

    def __str__(self) -> str:
        return self.text(_names([self.nodes[-1], *_printed(self.nodes)]))

    def text(self, names: dict[Value, str]) -> str:
        """The path with these names for its nodes."""
        nodes = " → ".join(_ends(self.nodes, names.__getitem__))
        if not self.slopes:
            return f"{nodes}: 1"
        factors = " × ".join(_ends(self.slopes, "{:.6g}".format))
        return f"{nodes}: {factors} = {self.product:.6g}"

    def __repr__(self) -> str:
        text = str(self)
        return text if len(text) <= 200 else text[:197] + "..."


@dataclass(frozen=True, repr=False)
class Explanation:
    """∂root/∂wrt as a sum over paths: the strongest paths, the count of all, and the gradient.

    `print` shows all listed paths and where each slope comes from; the repr shows up to three.
    Nodes that would have the same name are numbered: `mul`, `mul_2`, ...
    """

    root: Value
    wrt: Value
    paths: tuple[Path, ...]
    count: int
    grad: float

    def __str__(self) -> str:
        names = self._names()
        lines = [self._sum(names), *self._listed(len(self.paths), names)]
        reasons = _reasons(self.paths, names)
        if reasons:
            lines += ["with the slopes", *[f"  {reason}" for reason in reasons]]
        return "\n".join(lines)

    def __repr__(self) -> str:
        names = self._names()
        texts = [self._beginning(most, names) for most in (3, 2, 1)]
        return next((text for text in texts if len(text) <= MOST_SHOWN), texts[-1])

    def _beginning(self, most: int, names: dict[Value, str]) -> str:
        listed = self._listed(most, names)
        lines = [line if len(line) < 70 else line[:67] + "..." for line in listed]
        return "\n".join([self._sum(names), *lines])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _names(self) -> dict[Value, str]:
        """The names of all nodes that are printed, and of the other inputs of these nodes."""
        nodes = dict.fromkeys(chain.from_iterable([_printed(path.nodes) for path in self.paths]))
        inputs = chain.from_iterable([node.inputs for node in nodes])
        return _names([self.root, self.wrt, *nodes, *inputs])

    def _sum(self, names: dict[Value, str]) -> str:
        root, wrt = names[self.root], names[self.wrt]
        if not self.count:
            return f"∂{root}/∂{wrt} = 0: no path leads from {wrt} to {root}"
        return f"∂{root}/∂{wrt} = {self.grad:.6g}, the sum over {_paths(self.count)}:"

    def _listed(self, most: int, names: dict[Value, str]) -> list[str]:
        """A line for each path; those along the same nodes with the same slopes share one."""
        times: dict[tuple[Any, ...], int] = {}
        path_of: dict[tuple[Any, ...], Path] = {}
        for path in self.paths:
            alike = (path.nodes, path.slopes)
            times[alike] = times.get(alike, 0) + 1
            path_of[alike] = path
        listed = list(times)[:most]
        lines = [f"  {path_of[alike].text(names)}{_times(times[alike])}" for alike in listed]
        rest = self.count - sum(times[alike] for alike in listed)
        if rest:
            lines.append(f"  ... and {_paths(rest)} more")
        return lines


def explain(root: Value, wrt: Value, limit: int | None = LIMIT) -> Explanation:
    """The paths from `wrt` to `root` as products of slopes; their sum is ∂root/∂wrt (chain rule).

    At most `limit` paths are listed, the strongest first (by |product|), or all if it is None.
    `count` is exact however many there are (their number can double with each node), and `grad` is
    the gradient over the whole graph. Raises ValueError for more paths than can be listed.

    >>> a = Value(3.0, "a"); L = a * a + a; L.label = "L"
    >>> print(explain(L, a))
    ∂L/∂a = 7, the sum over 3 paths:
      a → mul → L: 3 × 1 = 3, twice
      a → L: 1 = 1
    with the slopes
      a → mul: a = 3, the other factor of a * a
      mul → L: 1, of mul + a
      a → L: 1, of mul + a
    """
    for name, x in (("root", root), ("wrt", wrt)):
        if not isinstance(x, Value):
            raise TypeError(f"explain({name}) must be a Value, got {type(x).__name__} {shown(x)}")
    order = topological_order(root)
    count: dict[Value, int] = {}
    for node in order:
        count[node] = 1 if node is wrt else sum(count[x] for x in node.inputs)
    total = 0 if wrt.op is CONST else count[root]  # no gradient flows into a constant
    if not total:
        return Explanation(root, wrt, (), 0, 0.0)
    most = total if limit is None else min(_checked(limit), total)
    steps = sum(min(count[node], most) for node in order)
    if steps > MOST_STEPS + LIMIT * len(order):
        raise ValueError(
            f"explain(limit={shown(limit)}) would list {_paths(most)}, too many to hold or to "
            f"read: set a limit such as {LIMIT} to list only the strongest"
        )
    grad = dict(zip(*pullback(root, 1.0))).get(wrt, 0.0)
    between = [node for node in order if count[node]]
    paths = [_path(wrt, step) for _, step in _strongest(between, wrt, most)]
    return Explanation(root, wrt, tuple(paths), total, grad)


def _checked(limit: Any) -> int:
    try:
        number = index(limit)
    except TypeError:
        number = -1
    if number < 0:
        raise ValueError(
            f"explain(limit) must be an int of at least 0, or None, got {shown(limit)}"
        )
    return number


def _strongest(between: list[Value], wrt: Value, most: int) -> _Ways:
    """The `most` strongest ways from `wrt` up to the last node.

    The strongest ways to a node come from the strongest ways to its inputs, each with one more
    step. So the work is to merge a few sorted lists per node, however many paths there are.
    """
    ways: dict[Value, _Ways] = {}
    for node in between:
        if node is wrt or node.op is None:
            ways[node] = [(0.0, None)][:most]
            continue
        slopes = node.op.slopes_at(tuple([x.data for x in node.inputs]), node.data)
        edges = [edge for edge in enumerate(zip(node.inputs, slopes)) if edge[1][0] in ways]
        longer = [_longer(ways[x], slope, place, node) for place, (x, slope) in edges]
        merged = merge(*longer, key=_rank, reverse=True) if len(longer) > 1 else longer[0]
        ways[node] = list(islice(merged, most))
    return ways[between[-1]]


def _longer(below: _Ways, slope: float, place: int, node: Value) -> Iterator[tuple[float, Any]]:
    if slope == 0.0:
        strength = -1e9  # something finite, since these are added up
    else:
        strength = math.log(abs(slope)) if math.isfinite(slope) else 1e9
    for so_far, step in below:
        yield so_far + strength, (slope, place, node, step)


def _rank(way: tuple[float, Any]) -> float:
    return round(way[0], 6)  # equally strong ways stay in the order of the inputs


def _path(wrt: Value, step: Any) -> Path:
    steps = []
    while step:
        *last, step = step
        steps.append(last)
    slopes, places, nodes = zip(*reversed(steps)) if steps else ((), (), ())
    return Path((wrt, *nodes), slopes, places)


def _reasons(paths: tuple[Path, ...], names: dict[Value, str]) -> list[str]:
    """Where the slopes of the first edges come from: one line each, none twice."""
    edges: dict[tuple[Value, int], None] = {}
    for path in paths:
        edges |= dict.fromkeys(zip(path.nodes[1:], path.places))
    looked_at = list(edges)[: 4 * LIMIT]
    lines = list(dict.fromkeys(_reason(*edge, names) for edge in looked_at))
    if len(lines) > LIMIT or len(edges) > len(looked_at):
        lines[LIMIT:] = ["..."]
    return lines


def _reason(node: Value, place: int, names: dict[Value, str]) -> str:
    """The slope of a node in one of its inputs: `a → mul: b = 2, the other factor of a * b`."""
    op, x = node.op, node.inputs[place]
    assert op is not None  # it has inputs
    # The formulas are written with stand-ins that carry the names shown in the paths.
    stand_ins = {y: _stand_in(y, names[y]) for y in (*node.inputs, node)}
    inputs = tuple([stand_ins[y] for y in node.inputs])
    read = tuple([graph_of(y) for y in inputs])
    slopes = Context().run(op.slopes_at, read, stand_ins[node])
    graphs = [slope if isinstance(slope, Value) else constant(slope) for slope in slopes]
    slope = tidy(graphs[place])
    text, number = formula.text(slope, limit=MOST_SIGNS), f"{slope.data:.6g}"
    if slope.op is not CONST and text != number and len(text) <= MOST_SIGNS:
        number = f"{text} = {number}"
    whole = formula.text(made_by(node.data, op, inputs), limit=MOST_SIGNS)
    same = [graph.data for y, graph in zip(node.inputs, graphs) if y is x]
    which = f" as input {place + 1}" if len(set(same)) > 1 else ""
    edge = f"{names[x]} → {names[node]}{which}"
    return f"{edge}: {number}, {REASONS.get(op.name, 'of')} {_cut(whole)}"


def _stand_in(node: Value, name: str) -> Value:
    if node.op is CONST:
        return node
    return Value(node.data, "" if _is_number(node) else name)


def _names(nodes: Iterable[Value]) -> dict[Value, str]:
    """A name for each node: its label, its op or its number. Equal names are numbered."""
    count: Counter[str] = Counter()
    names: dict[Value, str] = {}
    for node in dict.fromkeys(nodes):
        if _is_number(node):
            names[node] = f"{node.data:g}"
            continue
        name = _cut(node.label) or node.op.name  # type: ignore[union-attr]
        count[name] += 1
        names[node] = name if count[name] == 1 else f"{name}_{count[name]}"
    return names


def _printed(nodes: tuple[Value, ...]) -> tuple[Value, ...]:
    """Of a long path, the ends, which are printed, and the first edges, whose slopes are."""
    return (*nodes[: 4 * LIMIT + 1], *nodes[-MOST_NODES:])


def _is_number(node: Value) -> bool:
    """Whether a leaf has no other name than its number."""
    return not node.label and (node.op is None or node.op is CONST)


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SIGNS else text[: MOST_SIGNS - 3] + "..."


def _ends(parts: Sequence[Any], text_of: Callable[[Any], str]) -> list[str]:
    """The texts of the parts; if there are many, the inner ones are only counted."""
    half = MOST_NODES // 2
    if len(parts) <= MOST_NODES:
        return [text_of(part) for part in parts]
    first, last = map(text_of, parts[:half]), map(text_of, parts[-half:])
    return [*first, f"({len(parts) - 2 * half:,} more)", *last]


def _times(count: int) -> str:
    if count == 1:
        return ""
    return ", twice" if count == 2 else f", {count:,} times"


def _paths(count: int) -> str:
    if count >= 10**15:
        return f"about 10^{int(count.bit_length() * math.log10(2))} paths"
    return f"{count:,} path" + ("" if count == 1 else "s")
