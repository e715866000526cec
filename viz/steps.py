"""A forward and a backward pass, one step at a time: what players, strips of frames and quizzes show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd import CONST, Value, topological_order
from autograd.formula import evaluation
from autograd.graph import pullback
from viz.scene import Node, Scene, scene, slopes_of
from viz.style import number
from viz.text import printable


@dataclass(frozen=True)
class Step:
    """One step: what happens in words, at which node, over which edge, and the texts of data and grad that change by it.

    `data` and `grad` map ids of nodes to what their card shows from this step on.
    """

    phase: Literal["start", "forward", "backward", "epoch"]
    text: str
    node: str = ""
    edge: str = ""
    data: tuple[tuple[str, str], ...] = ()
    grad: tuple[tuple[str, str], ...] = ()


def passes(root: Value) -> tuple[Scene, list[Step]]:
    """The scene after both passes from `root`, and the steps that lead to it. Gradients of the nodes are left as they are.

    Forward in topological order, an op a step; backward in reverse, an edge a step: grad(input) += grad(out) · slope. Their
    numbers are those of `pullback`. Raises ValueError if root is a constant.

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
    order = topological_order(root)
    if root.op is CONST:
        raise ValueError(f"{root!r} is a constant: nothing was recorded to step through")
    grad_of = dict(zip(*pullback(root, 1.0)))
    plain = scene(root)
    nodes = tuple(_after(card, node, grad_of[node]) for card, node in zip(plain.nodes, order))
    id_of = {node: card.id for node, card in zip(order, nodes)}
    called = {node: printable(card.title, 40) or card.id for node, card in zip(order, nodes)}
    steps = [Step("start", "The inputs are given.")]
    for node in order:
        if node.inputs:
            title = "" if called[node] == evaluation(node) else f"{called[node]} = "
            text = f"Forward: {title}{evaluation(node)} = {_brief(node.data)}"
            steps.append(Step("forward", text, id_of[node], data=((id_of[node], number(node.data)),)))
    text = f"Backward starts: the gradient of {called[root]} in itself is 1."
    steps.append(Step("backward", text, id_of[root], grad=((id_of[root], number(1.0)),)))
    steps += _backward(order, plain, grad_of, id_of, called)
    edges = tuple(replace(edge, flow=None) for edge in plain.edges)  # told step by step, whether or not a pass has been before
    return replace(plain, nodes=nodes, edges=edges), steps


def _backward(
    order: Sequence[Value], drawn: Scene, grad_of: dict[Value, float], id_of: dict[Value, str], called: dict[Value, str]
) -> list[Step]:
    steps, so_far = [], {order[-1]: 1.0}
    first_edge, count = {}, 0
    for node in order:
        first_edge[node] = count
        count += len(node.inputs)
    for node in reversed(order):
        grad = grad_of[node]
        for i, (x, slope) in enumerate(zip(node.inputs, slopes_of(node))):
            if x.op is CONST:
                continue
            edge = f"e{first_edge[node] + i}"
            if node not in so_far or (slope == 0 and node.op is not None and node.op.switch):  # as the pullback has it
                why = "the slope is 0" if node in so_far else f"nothing reached {called[node]}"
                left = ((id_of[x], number(so_far.get(x, 0.0))),)
                steps.append(Step("backward", f"{called[x]} gets nothing from {called[node]}: {why}", id_of[x], edge, grad=left))
                continue
            flow = grad * slope
            total = so_far.get(x, 0.0) + flow
            text = f"{called[x]} gets {_brief(grad)} × {_brief(slope)} = {_brief(flow)}"
            if x in so_far:
                text += f", and {_brief(so_far[x])} + {_brief(flow)} → {_brief(total)}"
            so_far[x] = total
            steps.append(Step("backward", text, id_of[x], edge, grad=((id_of[x], number(total)),)))
    return steps


def _after(card: Node, node: Value, grad: float) -> Node:
    return replace(card, grad=None if node.op is CONST else grad, mark="")


def _brief(x: float) -> str:
    """At most four digits, in words that fit into a sentence."""
    return f"{x:.4g}" if math.isfinite(x) else str(x)
