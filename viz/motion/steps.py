"""A forward and a backward pass, one step at a time: what players, strips of frames and quizzes show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Literal

from autograd import CONST, Value, topological_order
from autograd.checks import shown
from autograd.formula import evaluation
from autograd.graph import pullback
from viz.graph.reading import closed, slopes_of, stale_in
from viz.graph.scene import Scene, scene
from viz.style import minus, number
from viz.text import printable


@dataclass(frozen=True, repr=False)
class Step:
    """One step: what happens in words, at which node, over which edge, and the texts of data and grad that change by it.

    `data` and `grad` map ids of nodes to what their card shows from this step on.
    """

    phase: Literal["start", "forward", "backward"]
    text: str
    node: str = ""
    edge: str = ""
    data: tuple[tuple[str, str], ...] = ()
    grad: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"Step({self.phase}, {shown(self.text, 200)})"


def passes(root: Value) -> tuple[Scene, list[Step]]:
    """The scene after both passes from `root`, and the steps that lead to it. Gradients of the nodes are left as they are.

    Forward in topological order, an op a step; backward in reverse, an edge a step: grad(input) += grad(out) · slope. Their
    numbers are those of `pullback`. Raises ValueError if root is a constant, or if data was assigned after recording.

    >>> a = Value(2.0, "a")
    >>> drawn, steps = passes(a * a)
    >>> for step in steps:
    ...     print(step.text)
    The inputs are given.
    Forward: a * a = 2 * 2 = 4
    Backward starts: the gradient of a * a in itself is 1.
    a gets 1 × 2 = 2
    a gets 1 × 2 = 2, and 2 + 2 → 4
    """
    plain = scene(root)
    order = topological_order(root)
    if root.op is CONST:
        raise ValueError(f"{shown(root, 100)} is a constant: nothing was recorded to step through")
    expect_fresh(plain, order)
    after = after_backward(plain, root)
    called = {node: printable(card.name, 60) for node, card in zip(order, after.nodes)}
    id_of = {node: card.id for node, card in zip(order, after.nodes)}
    steps = [Step("start", "The inputs are given.")]
    for node in order:
        if node.inputs:
            title = "" if called[node] == evaluation(node) else f"{called[node]} = "
            text = f"Forward: {title}{minus(evaluation(node))} = {brief(node.data)}"
            steps.append(Step("forward", text, id_of[node], data=((id_of[node], number(node.data)),)))
    text = f"Backward starts: the gradient of {called[root]} in itself is 1."
    steps.append(Step("backward", text, id_of[root], grad=((id_of[root], number(1.0)),)))
    grad_of = {node: card.grad or 0.0 for node, card in zip(order, after.nodes)}
    steps += _backward(order, grad_of, id_of, called)
    return after, steps


def expect_fresh(drawn: Scene, order: Sequence[Value]) -> None:
    """Raise ValueError for a graph whose data was assigned after recording."""
    stale = stale_in(order)
    first = next((card.name for card, node in zip(drawn.nodes, order) if node in stale), None)
    if first is not None:
        raise ValueError(f"{printable(first, 40)} is stale, data was assigned after it was recorded: record anew, or call recompute(root)")


def after_backward(drawn: Scene, root: Value) -> Scene:
    """The scene of a graph as a backward pass of its own leaves it; what flows back is for the steps to tell."""
    order = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    nodes = [replace(card, grad=None if node.op is CONST else grad_of.get(node, 0.0), mark="") for card, node in zip(drawn.nodes, order)]
    return replace(drawn, nodes=tuple(nodes), edges=tuple(replace(edge, flow=None) for edge in drawn.edges))


def _backward(order: Sequence[Value], grad_of: dict[Value, float], id_of: dict[Value, str], called: dict[Value, str]) -> list[Step]:
    steps, so_far, first_edge = [], {order[-1]: 1.0}, first_edges(order)
    for node in reversed(order):
        for i, (x, slope) in enumerate(zip(node.inputs, slopes_of(node))):
            if x.op is CONST:
                continue
            edge = f"e{first_edge[node] + i}"
            if node not in so_far or closed(node, slope):
                why = "the slope is 0" if node in so_far else f"nothing reached {called[node]}"
                left = ((id_of[x], number(so_far.get(x, 0.0))),)
                steps.append(Step("backward", f"{called[x]} gets nothing from {called[node]}: {why}", id_of[x], edge, grad=left))
                continue
            steps.append(handing_on(called[x], id_of[x], edge, grad_of[node], slope, so_far.get(x)))
            so_far[x] = so_far.get(x, 0.0) + grad_of[node] * slope
    return steps


def handing_on(name: str, id: str, edge: str, grad: float, slope: float, before: float | None) -> Step:
    """The step in which a node gets grad · slope over an edge, added to what it had before, if anything."""
    flow = grad * slope
    total = (before or 0.0) + flow
    text = f"{name} gets {brief(grad)} × {brief(slope)} = {brief(flow)}"
    if before is not None:
        text += f", and {brief(before)} + {brief(flow)} → {brief(total)}"
    return Step("backward", text, id, edge, grad=((id, number(total)),))


def first_edges(order: Sequence[Value]) -> dict[Value, int]:
    """The number of the edge from the first input of each node: edges are counted node by node."""
    return dict(zip(order, accumulate((len(node.inputs) for node in order), initial=0)))


def brief(x: float) -> str:
    """At most four digits, in words that fit into a sentence."""
    return minus(f"{x:.4g}" if math.isfinite(x) else str(x))
