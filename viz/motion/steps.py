"""A forward and a backward pass, one step at a time: what players, strips and quizzes show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from autograd import CONST, Value
from autograd.checks import shown
from autograd.formula import evaluation
from autograd.graph import pullback
from viz.graph.reading import Reading, closed, read
from viz.graph.scene import Edge, Scene, scene_of
from viz.motion.names import in_signs, named, quoted
from viz.style import brief, number
from viz.text import printable

MAX_EDGES = 2000
"""Nobody clicks through more edges than this."""

BLOCKED = "0 flows"
"""The label of an edge that passes nothing back."""


@dataclass(frozen=True, repr=False)
class Step:
    """One step of a pass: what happens in words, where, and what the drawing shows from then on.

    Forward, `node` is the card whose op has run, and `slopes` has the edges into that op: their
    slopes are known from now on. Backward, `giver` hands on its gradient over `edge`, against the
    arrow, to `node`; `product` is grad · slope = flow in numbers, as it is written at the edge.
    `data` and `grad` map ids of nodes to what their card shows from this step on. The last step
    is not about a card: both passes are done.
    """

    phase: Literal["start", "forward", "backward", "done"]
    text: str
    node: str = ""
    edge: str = ""
    giver: str = ""
    product: str = ""
    data: tuple[tuple[str, str], ...] = ()
    grad: tuple[tuple[str, str], ...] = ()
    slopes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Step({self.phase}, {shown(self.text, 200)})"

    @property
    def flows(self) -> bool:
        """Whether a gradient, even 0, is handed on in this step."""
        return bool(self.product) and self.product != BLOCKED


def passes(root: Value) -> tuple[Scene, list[Step]]:
    """The scene after both passes from `root`, and the steps that lead to it.

    Forward in topological order, one op per step; backward in reverse, one edge per step:
    grad(input) += grad(out) · slope. The numbers are those of `pullback`; the gradients of the
    nodes are left unchanged. Raises ValueError if root is a constant, or if data was assigned after
    recording.

    >>> a = Value(2.0, "a")
    >>> drawn, steps = passes(a * a)
    >>> for step in steps:
    ...     print(step.text)
    Start: the inputs are given.
    Forward: a × a = 2 × 2 = 4
    Backward: ∂(a × a)/∂(a × a) = 1
    Backward: a gets grad 1 (of “a × a”) × slope 2 = 2
    Backward: a gets grad 1 (of “a × a”) × slope 2 = 2; a now has 2 + 2 = 4
    Done: each grad is the slope of “a × a” with respect to that card.
    """
    return walk(fresh(root, "passes"))


def checked_passes(root: Value, taker: str) -> tuple[Scene, list[Step]]:
    """`passes`, for graphs that a page can hold; `taker` is what errors call the function."""
    return walk(checked(root, taker))


def walk(reading: Reading) -> tuple[Scene, list[Step]]:
    """The scene after both passes over a graph that has been read, and the steps leading to it.

    Its cards have the names that the sentences use.
    """
    after = named(after_backward(reading))
    way = Way(after, reading.order)
    return after, [*way.forward(), *way.backward()]


def fresh(root: Value, taker: str) -> Reading:
    """The reading of a graph to step through; `taker` is what errors call the function.

    Raises TypeError for anything but a Value, ValueError for a constant and for a graph whose data
    was assigned after recording.
    """
    if not isinstance(root, Value):
        expected = f"{taker} steps through the graph of a Value"
        raise TypeError(f"{expected}, got {shown(root)}: pass its root, such as the loss")
    if root.op is CONST:
        constant = shown(root, 100)
        raise ValueError(f"{constant} is a constant: nothing was recorded to step through")
    reading = read(root)
    if reading.stale:
        name = printable(scene_of(reading).nodes[min(reading.stale)].name, 40)
        problem = f"{name} is stale: data was assigned after it was recorded"
        raise ValueError(f"{problem}; record the graph again, or call recompute(root)")
    return reading


def checked(root: Value, taker: str) -> Reading:
    """The reading of a graph to step through on a page; ValueError if it is too large for that."""
    reading = fresh(root, taker)
    size = sum(map(len, reading.inputs))
    if size > MAX_EDGES:
        most = f"{taker} takes graphs of at most {MAX_EDGES:,} edges"
        raise ValueError(f"{most}, this one has {size:,}: use one sample, or one neuron")
    return reading


def after_backward(reading: Reading) -> Scene:
    """The scene of a graph after a single backward pass; the steps show what flows back."""
    drawn = scene_of(reading)
    grad_of = dict(zip(*pullback(reading.root, 1.0)))
    nodes = []
    for card, node in zip(drawn.nodes, reading.order):
        grad = None if node.op is CONST else grad_of.get(node, 0.0)
        nodes.append(replace(card, grad=grad, mark=""))
    edges = [replace(edge, flow=None) for edge in drawn.edges]
    return replace(drawn, nodes=tuple(nodes), edges=tuple(edges))


@dataclass(frozen=True)
class Link:
    """An edge of a scene over which a gradient may flow; `closed` if a switch lets none through."""

    id: str
    edge: Edge
    closed: bool


class Way:
    """The steps of a graph, one after the other, from the nodes, edges and slopes of its scene."""

    def __init__(self, drawn: Scene, order: Sequence[Value]) -> None:
        self.drawn = drawn
        self.node_of = dict(zip([card.id for card in drawn.nodes], order))
        self.called = {card.id: card.name for card in drawn.nodes}
        self.into: dict[str, list[Link]] = defaultdict(list)
        for i, edge in enumerate(drawn.edges):
            shut = closed(self.node_of[edge.target], edge.slope)
            self.into[edge.target].append(Link(f"e{i}", edge, shut))

    def forward(self) -> Iterator[Step]:
        """The inputs, and then one op per step."""
        yield Step("start", "Start: the inputs are given.")
        for id, node in self.node_of.items():
            if not node.inputs:
                continue
            formula = in_signs(evaluation(node))
            name = self.called[id]
            if " #" in name:  # otherwise its number would look like part of the formula
                name = quoted(name)
            parts = [formula, brief(node.data)]
            if name != formula:
                parts.insert(0, name)
            yield Step(
                "forward",
                f"Forward: {' = '.join(parts)}",
                id,
                data=((id, number(node.data)),),
                slopes=tuple(link.id for link in self.into[id]),
            )

    def start_of_backward(self) -> Step:
        """The gradient of the root, which needs no other."""
        root = self.drawn.root
        name = f"({root.name})" if " " in root.name else root.name
        text = f"Backward: ∂{name}/∂{name} = 1"
        return Step("backward", text, root.id, grad=((root.id, number(1.0)),))

    def backward(self) -> Iterator[Step]:
        """The root's gradient, then one edge per step, once its giver's gradient is complete."""
        yield self.start_of_backward()
        grad_of = {card.id: card.grad or 0.0 for card in self.drawn.nodes}
        so_far = {self.drawn.root.id: 1.0}
        for card in reversed(self.drawn.nodes):
            for link in self.into[card.id]:
                if not link.edge.flows:
                    continue
                receiver = link.edge.source
                if card.id not in so_far or link.closed:
                    yield self.blocked(link, card.id in so_far, so_far.get(receiver, 0.0))
                    continue
                flow = grad_of[card.id] * link.edge.slope
                yield self.handed_on(link, grad_of[card.id], so_far.get(receiver))
                so_far[receiver] = so_far.get(receiver, 0.0) + flow
        yield self.done()

    def done(self) -> Step:
        """The outcome of both passes."""
        root = quoted(self.drawn.root.name)
        return Step("done", f"Done: each grad is the slope of {root} with respect to that card.")

    def handed_on(self, link: Link, grad: float, before: float | None) -> Step:
        """A node gets grad · slope over an edge, added to what it had before, if anything."""
        edge = link.edge
        flow = grad * edge.slope
        total = (before or 0.0) + flow
        name, giver = quoted(self.called[edge.source]), quoted(self.called[edge.target])
        factors = f"grad {brief(grad)} (of {giver}) × slope {brief(edge.slope)}"
        text = f"Backward: {name} gets {factors} = {brief(flow)}"
        if before is not None:
            text += f"; {name} now has {brief(before)} + {operand(flow)} = {brief(total)}"
        product = f"{brief(grad)} × {operand(edge.slope)} = {brief(flow)}"
        shown = ((edge.source, number(total)),)
        return Step("backward", text, edge.source, link.id, edge.target, product, grad=shown)

    def blocked(self, link: Link, reached: bool, left: float) -> Step:
        """A node gets nothing over an edge, and why."""
        receiver, giver = link.edge.source, link.edge.target
        name = quoted(self.called[giver])
        why = "which is off (slope 0)" if reached else "which no gradient reached"
        text = f"Backward: {quoted(self.called[receiver])} gets 0 from {name}, {why}"
        shown = ((receiver, number(left)),)
        return Step("backward", text, receiver, link.id, giver, BLOCKED, grad=shown)


def operand(x: float) -> str:
    """A number after an operator: if it is below zero, it gets parentheses.

    >>> operand(-3.0), operand(0.5)
    ('(−3)', '0.5')
    """
    return f"({brief(x)})" if x < 0 else brief(x)
