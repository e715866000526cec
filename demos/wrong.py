"""Wrong backprop: five classic bugs, caught, shrunk, and drawn beside a right engine.

Backpropagation fails silently: the numbers look like gradients, and training goes on, only worse.
Here are five engines that run on graphs recorded by ours. Four differ from a right one by a line;
the fifth has no order at all. One property catches them all: the gradient must be the rate at which
the output changes, and that rate can be measured with forward passes alone. Hypothesis, a library
for such tests, makes up expressions until one breaks the property, and then shrinks it to the
smallest one that still does. That one is drawn: on the left with the gradients of the wrong engine,
marked where they are wrong, and on the right with those of a right one.

    python -m demos wrong --examples 1    # one expression for each engine: which bugs slip through?
    python -m demos wrong --examples 5    # five: which bug is the hardest to find?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from xml.etree import ElementTree

from autograd import OPS, Value, formula, topological_order
from autograd.check import derivative
from autograd.straightline import Program
from viz import scene, to_dot
from viz.graph.reading import slopes_of
from viz.graph.scene import Node
from viz.motion.order import together
from viz.motion.sheet import to_bytes
from viz.style import ThemeName

from .page import Page
from .shrink import smallest

Grads = dict[Value, float]
"""The gradient of each node, as an engine computed it."""

EXPRESSIONS = ("add", "mul", "tanh")
"""The ops that expressions are made of."""

OPTIONS = {"examples": "how many expressions to try on each engine, at most"}


def edges(node: Value) -> Iterator[tuple[Value, float]]:
    """The inputs of a node, each with the slope of the node with respect to it."""
    return zip(node.inputs, slopes_of(node))


def right(root: Value) -> Grads:
    """In reverse topological order: when a node passes its gradient on, all of it has arrived."""
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] += grad[node] * slope
    return grad


def assigns(root: Value) -> Grads:
    """= where += belongs."""
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] = grad[node] * slope  # the bug: of several paths only the last one counts
    return grad


def hands_on_at_once(root: Value) -> Grads:
    """Without an order: nodes pass gradients on before all of them have arrived."""
    grad = defaultdict(float, {root: 1.0})
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for x, slope in edges(node):
            grad[x] += grad[node] * slope
            waiting.append(x)  # the bug: x passes on what it has, and again when more arrives
    return grad


def keeps_inner_gradients(root: Value) -> Grads:
    """Two backward passes, the second of which starts with gradients left over from the first."""
    grad = defaultdict(float)
    for _ in range(2):
        grad[root] = 1.0  # the bug: the nodes between root and leaves keep what they have
        for node in reversed(topological_order(root)):
            for x, slope in edges(node):
                grad[x] += grad[node] * slope
    return grad


def never_zeroes(root: Value) -> Grads:
    """Two steps of training with our engine."""
    for _ in range(2):
        root.backward()  # the bug: no zero_grad() between the two
    return {node: node.grad for node in topological_order(root)}


def wrong_slope(root: Value) -> Grads:
    """The right order, and a wrong slope for one op."""
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] += grad[node] * mistaken(node, x, slope)
    return grad


def mistaken(node: Value, x: Value, slope: float) -> float:
    """The slope, but for tanh 1 - x²."""
    return 1 - x.data**2 if node.op is OPS["tanh"] else slope  # the bug: it is 1 - tanh(x)²


@dataclass(frozen=True)
class Bug:
    """An engine that is wrong.

    A right one would give the leaves `times` their gradient after as many passes; `slope` is the
    slope that the engine uses, if it differs from the right one.
    """

    name: str
    engine: Callable[[Value], Grads]
    what: str
    times: int = 1
    slope: Callable[[Value, Value, float], float] = lambda node, x, slope: slope


BUGS = [
    Bug("= for +=", assigns, "a node that is used twice forgets one of its uses"),
    Bug(
        "no topological order",
        hands_on_at_once,
        "when more arrives, what was passed on before is passed on again",
    ),
    Bug(
        "stale inner gradients",
        keeps_inner_gradients,
        "after two passes leaves should have twice their gradient; they have more",
        times=2,
    ),
    Bug(
        "no zero_grad",
        never_zeroes,
        "the second step of training also moves along the gradient of the first",
    ),
    Bug(
        "wrong slope",
        wrong_slope,
        "1 - x² instead of 1 - tanh(x)²: right at 0, and worse the further away",
        slope=mistaken,
    ),
]


def run(page: Page, examples: int = 500) -> None:
    doublings(page)
    page.say(f"""Now expressions of +, × and tanh, up to {examples} for each engine. The right
        gradient is measured by differences of forward passes (Ridders, 1982).""")
    survived = smallest(EXPRESSIONS, partial(is_wrong, right, 1), examples)
    found = text(survived) if survived else "none"
    page.claim("expressions that the right engine gets wrong", found, "none", survived is None)
    rows = []
    for bug in page.bar(BUGS, "bugs"):
        program = smallest(EXPRESSIONS, partial(is_wrong, bug.engine, bug.times), examples)
        found = text(program) if program else "none found"
        what = f'smallest expression that shows "{bug.name}"'
        page.claim(what, found, "one is found", program is not None)
        if program:
            x, root = recorded(program)
            wrong, good = bug.engine(root)[x], bug.times * right(root)[x]
            rows.append([bug.name, found, wrong, good, bug.what])
            name = f"wrong-{bug.engine.__name__.replace('_', '-')}"
            page.picture(name, partial(drawn, bug, program), f"{bug.name}: {bug.what}")
    if rows:
        page.table(["bug", "smallest expression", "gradient", "should be", "why"], rows)


def doublings(page: Page) -> None:
    """Two of the engines on an expression with many paths."""
    x = Value(1.0)
    tower = x
    for _ in range(10):
        tower = tower + tower
    late, last = hands_on_at_once(tower)[x], assigns(tower)[x]
    told = f"more than the right 2¹⁰ = {2**10}"
    is_more = right(tower)[x] == 2**10 < late
    page.claim("gradient of ten doublings in a row, without an order", late, told, is_more)
    told = "1: of two paths, only the last one counts"
    page.claim("gradient of the same doublings, with = for +=", last, told, last == 1)


def recorded(program: Program) -> tuple[Value, Value]:
    """The input of a program, and its output, as a graph."""
    x = Value(program.point[0], "x")
    return x, program(x)


def text(program: Program) -> str:
    """A program as a formula, and its input."""
    return f"{formula.text(recorded(program)[1])} at x = {program.point[0]:g}"


def is_wrong(engine: Callable[[Value], Grads], times: int, program: Program) -> bool:
    """Whether the gradient differs from the rate of change that forward passes measure."""
    x, root = recorded(program)
    if root is x:
        return False  # no op, no gradient to get wrong
    slope, error = derivative(program, program.point[0])
    return abs(engine(root)[x] - times * slope) > 1e-4 * max(1.0, abs(slope)) + times * error


def drawn(bug: Bug, program: Program, theme: ThemeName) -> bytes:
    """The graph with the wrong gradients, marked, beside the one with the right ones."""
    _, root = recorded(program)
    got, due, nodes = bug.engine(root), due_after(bug, root), topological_order(root)
    plain = scene(root)  # last, since an engine may leave gradients in the nodes
    bad = [marked(card, got.get(node, 0.0), due[node]) for node, card in zip(nodes, plain.nodes)]
    good = [replace(card, grad=due[node], mark="") for node, card in zip(nodes, plain.nodes)]
    used, edges_left = [], iter(plain.edges)
    for node in nodes:
        for x in node.inputs:
            edge = next(edges_left)
            used.append(replace(edge, slope=bug.slope(node, x, edge.slope)))
    sides = {
        f"{bug.name}: wrong": replace(plain, nodes=tuple(bad), edges=tuple(used)),
        "right, after two passes" if bug.times > 1 else "right": replace(plain, nodes=tuple(good)),
    }
    pictures = {}
    for title, side in sides.items():
        pictures[title] = ElementTree.fromstring(to_dot(side, theme=theme).svg())
    return to_bytes(together(pictures, theme))


def due_after(bug: Bug, root: Value) -> Mapping[Value, float]:
    """The gradients that a right engine would leave after as many passes.

    Those of the leaves add up over the passes, those of the other nodes start again at 0.
    """
    due = {}
    for node, grad in right(root).items():
        due[node] = grad if node.inputs else bug.times * grad
    return due


def marked(card: Node, grad: float, good: float) -> Node:
    """A card with this gradient; if it is wrong, with a mark that says what it should be."""
    is_right = abs(grad - good) <= 1e-9 * abs(good)
    return replace(card, grad=grad, mark="" if is_right else f"✗ should be {good:.4g}")
