"""Wrong backprop: five classic bugs, drawn next to the right one, caught and shrunk.

Backpropagation fails silently: the numbers look like gradients, and training goes on, only worse. Here are five engines on graphs
recorded by ours. Four differ from a right one by a line; the fifth has no order at all. One property catches them all: the gradient must
be the rate at which the output changes, and that rate can be measured with forward passes alone. Hypothesis, a library for such tests,
makes up expressions until one breaks the property, then shrinks it to the smallest that still does. That one is drawn: on the left the
gradients of the wrong engine, marked where they are wrong, on the right those of a right one.

    python -m demos wrong --examples 1    # a single expression for each engine: which bugs slip through?
    python -m demos wrong --examples 5    # five: which bug is the hardest to find?
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from xml.etree import ElementTree

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample

from autograd import OPS, Value, formula, topological_order
from autograd.check import derivative
from autograd.strategies import Program, programs
from viz import scene, to_dot
from viz.graph.reading import slopes_of
from viz.graph.scene import Node
from viz.motion.order import together
from viz.motion.sheet import to_bytes
from viz.style import ThemeName

from .page import Page

Grads = dict[Value, float]

OPTIONS = {"examples": "how many expressions to try on each engine, at most"}


def edges(node: Value) -> Iterator[tuple[Value, float]]:
    """The inputs of a node, each with the node's slope in it."""
    return zip(node.inputs, slopes_of(node))


def right(root: Value) -> Grads:
    """Reverse topological order: when a node hands on its gradient, all of it has arrived."""
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] += grad[node] * slope
    return grad


def assigns(root: Value) -> Grads:
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] = grad[node] * slope  # the bug: = for +=, so that of several paths the last one counts
    return grad


def hands_on_at_once(root: Value) -> Grads:
    grad = defaultdict(float, {root: 1.0})
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for x, slope in edges(node):
            grad[x] += grad[node] * slope
            waiting.append(x)  # the bug: no order, so x hands on what it has, and again when more arrives
    return grad


def keeps_inner_gradients(root: Value) -> Grads:
    grad = defaultdict(float)
    for _ in range(2):
        grad[root] = 1.0  # the bug: nodes between root and leaves keep what they had after the first pass
        for node in reversed(topological_order(root)):
            for x, slope in edges(node):
                grad[x] += grad[node] * slope
    return grad


def never_zeroes(root: Value) -> Grads:
    for _ in range(2):
        root.backward()  # the bug: no zero_grad() between two steps of training
    return {node: node.grad for node in topological_order(root)}


def wrong_slope(root: Value) -> Grads:
    grad = defaultdict(float, {root: 1.0})
    for node in reversed(topological_order(root)):
        for x, slope in edges(node):
            grad[x] += grad[node] * mistaken(node, x, slope)
    return grad


def mistaken(node: Value, x: Value, slope: float) -> float:
    return 1 - x.data**2 if node.op is OPS["tanh"] else slope  # the bug: the slope of tanh is 1 - tanh(x)²


@dataclass(frozen=True)
class Bug:
    """An engine that is wrong, what a right one's leaves would have after as many passes, and the slopes it uses, if others."""

    name: str
    engine: Callable[[Value], Grads]
    what: str
    times: int = 1
    slope: Callable[[Value, Value, float], float] = lambda node, x, slope: slope


BUGS = [
    Bug("= for +=", assigns, "a node that is used twice forgets one of its uses"),
    Bug("no topological order", hands_on_at_once, "when more arrives, what was handed on before is handed on again"),
    Bug("stale inner gradients", keeps_inner_gradients, "after two passes leaves should have twice the gradient; they have more", times=2),
    Bug("no zero_grad", never_zeroes, "the second step of training also moves along the gradient of the first"),
    Bug("wrong slope", wrong_slope, "1 - x² for 1 - tanh(x)²: right at 0, and worse the further away", slope=mistaken),
]


def run(page: Page, examples: int = 500) -> None:
    x = Value(1.0)
    tower = x
    for _ in range(10):
        tower = tower + tower
    late = hands_on_at_once(tower)[x]
    page.claim("ten doublings in a row, without an order", late, f"more than the right 2¹⁰ = {2**10}", right(tower)[x] == 2**10 < late)
    last = assigns(tower)[x]
    page.claim("the same doublings with = for +=", last, "1: of two paths, only the last counts", last == 1)
    page.say(f"""Expressions of +, × and tanh, up to {examples} for each engine; the right gradient is measured by differences of
        forward passes (Ridders, 1982).""")
    survived = smallest(right, 1, examples)
    page.claim("expressions that catch the right engine", (survived and text(survived)) or "none", "none", survived is None)
    rows = []
    for bug in page.bar(BUGS, "bugs"):
        program = smallest(bug.engine, bug.times, examples)
        page.claim(
            f"{bug.name}: smallest expression that shows it",
            (program and text(program)) or "none found",
            "one is found",
            program is not None,
        )
        if program is None:
            continue
        x, root = recorded(program)
        rows.append([bug.name, text(program), bug.engine(root)[x], bug.times * right(root)[x], bug.what])
        page.picture(f"wrong-{bug.engine.__name__.replace('_', '-')}", partial(drawn, bug, program), f"{bug.name}: {bug.what}")
    page.table(["bug", "smallest expression", "gradient", "should be", "why"], rows)


def recorded(program: Program) -> tuple[Value, Value]:
    """The input of a program, and its output, as a graph."""
    x = Value(program.point[0], "x")
    return x, program(x)


def text(program: Program) -> str:
    """A program as a formula, and where it was looked at."""
    return f"{formula.text(recorded(program)[1])} at x = {program.point[0]:g}"


def smallest(engine: Callable[[Value], Grads], times: int, examples: int) -> Program | None:
    """The smallest program of one input whose gradient is not `times` what is measured; None if all examples agree."""
    made_up = programs([OPS["add"], OPS["mul"], OPS["tanh"]], n_inputs=1, max_ops=8)
    quiet = settings(max_examples=examples, derandomize=True, database=None, deadline=None, phases=(Phase.generate, Phase.shrink),
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    try:
        return find(made_up, partial(is_wrong, engine, times), settings=quiet)
    except NoSuchExample:
        return None


def is_wrong(engine: Callable[[Value], Grads], times: int, program: Program) -> bool:
    """Whether the gradient differs from the change of the output that is measured with forward passes."""
    x, root = recorded(program)
    if root is x:
        return False  # no op, no gradient to get wrong
    slope, error = derivative(program, program.point[0])
    return abs(engine(root)[x] - times * slope) > 1e-4 * max(1.0, abs(slope)) + times * error


def drawn(bug: Bug, program: Program, theme: ThemeName) -> bytes:
    """The graph with the wrong gradients, those marked, next to the one with the right ones."""
    _, root = recorded(program)
    got, wanted, plain = bug.engine(root), right(root), scene(root)
    due = {node: wanted[node] * (1 if node.inputs else bug.times) for node in topological_order(root)}
    bad = [marked(card, got.get(node, 0.0), due[node]) for node, card in zip(due, plain.nodes)]
    used = [
        replace(edge, slope=bug.slope(*of, edge.slope)) for of, edge in zip(((node, x) for node in due for x in node.inputs), plain.edges)
    ]
    good = [replace(card, grad=due[node], mark="") for node, card in zip(due, plain.nodes)]
    sides = {
        f"{bug.name}: wrong": replace(plain, nodes=tuple(bad), edges=tuple(used)),
        "right, after two passes" if bug.times > 1 else "right": replace(plain, nodes=tuple(good)),
    }
    pictures = {title: ElementTree.fromstring(to_dot(side, theme=theme).svg()) for title, side in sides.items()}
    return to_bytes(together(pictures, theme))


def marked(card: Node, grad: float, good: float) -> Node:
    """A card with that gradient, and if it is wrong with what it should be."""
    return replace(card, grad=grad, mark="" if abs(grad - good) <= 1e-9 * abs(good) else f"✗ should be {good:.4g}")
