"""Drawings for the page: the graph of the loss with its steps, and one where two roads meet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from autograd import Value, topological_order
from viz.graph.scene import Edge, Node, Scene
from viz.motion.sheet import Arrow, Sheet, to_bytes
from viz.motion.steps import Step, passes
from viz.style import DASHES, brief, number

RULES: Final = ("assign", "add", "unordered")
"""Rules for the gradient: `=`, `+=` in topological order, and `+=` at every arrival."""

FIELDS: Final = ("phase", "text", "node", "edge", "giver", "product", "data", "grad", "slopes")


def picture(root: Value) -> dict[str, Any]:
    """The graph of a root as SVG, and the steps of both passes over it.

    Boxes around modules are left out: there is little room, and the network beside it shows them.
    """
    drawn, steps = passes(root)
    nodes = tuple([replace(node, module="") for node in drawn.nodes])
    return drawn_with(replace(drawn, nodes=nodes, clusters=()), steps)


def drawn_with(drawn: Scene, steps: list[Step]) -> dict[str, Any]:
    """A scene as SVG with what flows back in each step, `flow` and its place, and the steps."""
    sheet = Sheet.of(drawn, "LR", "auto")
    for i, step in enumerate(steps):
        if step.edge:
            flow = sheet.flow(step)
            flow.set("id", f"flow{i}")
            sheet.graph.append(flow)
    text = to_bytes(sheet.svg).decode()
    moves = list(map(_plain, steps))
    names = {node.id: node.name for node in drawn.nodes}
    return {"svg": text[text.index("<svg") :], "steps": moves, "names": names}


def _plain(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in FIELDS}


def fault(
    root: Value,
    grads: Mapping[Value, float],
    wanted: Mapping[Value, float],
    slopes: bool = False,
) -> str:
    """The graph of a root as SVG, with gradients that somebody else computed.

    Those of the nodes in `wanted` are wrong: they are red and dashed, with what they should be. So
    are the slopes that lead from them, if `slopes` says that these are wrong.
    """
    drawn, _ = passes(root)
    ids = {f"v{i}": node for i, node in enumerate(topological_order(root))}
    nodes = [_judged(node, ids[node.id], grads, wanted) for node in drawn.nodes]
    sheet = Sheet.of(replace(drawn, nodes=tuple(nodes), clusters=()), "LR", "auto")
    for id in [node.id for node in nodes if node.mark]:
        for outline in sheet.cards[id].outlines:
            outline.set("stroke-dasharray", DASHES)
    for i, edge in enumerate(drawn.edges):
        if slopes and ids[edge.source] in wanted:
            _redden(sheet.arrows[f"e{i}"], sheet.look.wrong)
    text = to_bytes(sheet.svg).decode()
    return text[text.index("<svg") :]


def _redden(arrow: Arrow, red: str) -> None:
    for line in arrow.lines:
        line.set("stroke", red)
        if line.get("fill", "none") != "none":
            line.set("fill", red)
        else:
            line.set("stroke-dasharray", DASHES)
    for text in arrow.texts:
        text.set("fill", red)


def _judged(
    card: Node, node: Value, grads: Mapping[Value, float], wanted: Mapping[Value, float]
) -> Node:
    mark = f"✗ should be {brief(wanted[node])}" if node in wanted else ""
    return replace(card, grad=grads.get(node, 0.0), mark=mark)


def two_roads(rule: str) -> dict[str, Any]:
    """a = 1, b = a + a, c = b + b, walked back by a rule; `grads` is what each ends with.

    >>> [two_roads(rule)["grads"]["a"] for rule in RULES]
    [1.0, 4.0, 6.0]
    """
    a = Value(1.0, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    drawn, right = passes(c)
    walk = Walk(drawn, rule)
    before = [step for step in right if step.phase != "backward"]
    start = next(step for step in right if step.phase == "backward")
    back = list(walk.unordered(drawn.root.id) if rule == "unordered" else walk.ordered())
    grads = {name: walk.grads[id] for id, name in walk.names.items()}
    return {**drawn_with(drawn, [*before, start, *back]), "grads": grads}


class Walk:
    """A backward pass over a scene by a rule, right or wrong, and the gradients so far."""

    def __init__(self, drawn: Scene, rule: str) -> None:
        self.drawn, self.rule = drawn, rule
        self.names = {node.id: node.name for node in drawn.nodes}
        self.grads = dict.fromkeys(self.names, 0.0) | {drawn.root.id: 1.0}

    def into(self, id: str) -> list[tuple[int, Edge]]:
        """The edges that end at a node, with their places."""
        return [(i, edge) for i, edge in enumerate(self.drawn.edges) if edge.target == id]

    def ordered(self) -> Iterator[Step]:
        """From the root back: each node hands on once, when everything has arrived."""
        for node in reversed(self.drawn.nodes):
            for i, edge in self.into(node.id):
                yield self.handed_on(i, edge)

    def unordered(self, id: str) -> Iterator[Step]:
        """From a node back: each node hands on all it has whenever something arrives."""
        for i, edge in self.into(id):
            yield self.handed_on(i, edge)
            yield from self.unordered(edge.source)

    def handed_on(self, i: int, edge: Edge) -> Step:
        """The gradient of the target goes over an edge, and is added or assigned."""
        name, before = self.names[edge.source], self.grads[edge.source]
        grad, flow = self.grads[edge.target], self.grads[edge.target] * edge.slope
        product = f"{brief(grad)} × {brief(edge.slope)} = {brief(flow)}"
        total = flow if self.rule == "assign" else before + flow
        text = f"{name} gets {product}"
        if before and self.rule == "assign":
            text += f", and {brief(before)} is lost"
        elif before:
            text += f", and {brief(before)} + {brief(flow)} → {brief(total)}"
        self.grads[edge.source] = total
        shown = ((edge.source, number(total)),)
        return Step("backward", text, edge.source, f"e{i}", edge.target, product, grad=shown)
