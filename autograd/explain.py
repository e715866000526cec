"""Why a gradient is what it is: every path from a Value to the root, as a product of slopes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograd.graph import pullback, topological_order
from autograd.op import CONST
from autograd.value import Value


@dataclass(frozen=True)
class Path:
    """One path of nodes, from wrt to root, the slope of each edge, and their product."""

    nodes: tuple[Value, ...]
    slopes: tuple[float, ...]

    @property
    def product(self) -> float:
        return math.prod(self.slopes)

    def __str__(self) -> str:
        names = " → ".join(_name(node) for node in self.nodes)
        if not self.slopes:
            return f"{names}: 1"
        return f"{names}: {' × '.join(f'{s:.6g}' for s in self.slopes)} = {self.product:.6g}"


@dataclass(frozen=True)
class Explanation:
    """∂root/∂wrt as a sum over paths: the first `paths`, how many there are in all, and the gradient."""

    root: Value
    wrt: Value
    paths: tuple[Path, ...]
    count: int
    grad: float

    def __str__(self) -> str:
        if not self.count:
            return f"∂{_name(self.root)}/∂{_name(self.wrt)} = 0: no path leads from {_name(self.wrt)} to {_name(self.root)}"
        lines = [f"∂{_name(self.root)}/∂{_name(self.wrt)} = {self.grad:.6g}, the sum over {_paths(self.count)}:"]
        lines += [f"  {path}" for path in self.paths]
        rest = self.count - len(self.paths)
        if rest:
            lines.append(f"  ... and {_paths(rest)} more")
        return "\n".join(lines)


def explain(root: Value, wrt: Value, limit: int = 20) -> Explanation:
    """Every path from `wrt` to `root` as a product of slopes; their sum is ∂root/∂wrt (the chain rule).

    At most `limit` paths are listed, those through later inputs last; `count` is exact however many there are
    (their number can double with each node), and `grad` is that of the whole graph.

    >>> a = Value(3.0, "a"); L = a * a; L.label = "L"
    >>> print(explain(L, a))
    ∂L/∂a = 6, the sum over 2 paths:
      a → L: 3 = 3
      a → L: 3 = 3
    """
    order = topological_order(root)
    count: dict[Value, int] = {}
    for node in order:
        count[node] = 1 if node is wrt else sum(count[x] for x in node.inputs)
    if wrt.op is CONST:  # no gradient flows into a constant
        return Explanation(root, wrt, (), 0, 0.0)
    grad = dict(zip(*pullback(root, 1.0))).get(wrt, 0.0)
    paths: list[Path] = []
    for path in _paths_back(root, wrt, count):
        if len(paths) == limit:
            break
        paths.append(path)
    return Explanation(root, wrt, tuple(paths), count.get(root, 0), grad)


def _paths_back(root: Value, wrt: Value, count: dict[Value, int]) -> Iterator[Path]:
    # Depth first from the root, only through nodes that wrt leads to, so that no step is in vain.
    # A trail is (edge, trail so far), edge = (slope, node above): paths share their upper part.
    stack: list[tuple[Value, Any]] = [(root, None)]
    while stack:
        node, trail = stack.pop()
        if node is wrt:
            nodes, slopes = [wrt], []
            while trail:
                (slope, above), trail = trail
                slopes.append(slope)
                nodes.append(above)
            yield Path(tuple(nodes), tuple(slopes))
        elif count[node] and node.op:
            local = node.op.slopes_at(tuple([x.data for x in node.inputs]), node.data)
            below = [(x, ((slope, node), trail)) for x, slope in zip(node.inputs, local) if count[x]]
            stack += reversed(below)


def _name(node: Value) -> str:
    return node.label or (node.op.name if node.op else f"{node.data:g}")


def _paths(count: int) -> str:
    if count >= 10**15:
        return f"about 10^{int(count.bit_length() * math.log10(2))} paths"
    return f"{count:,} path" + ("" if count == 1 else "s")
