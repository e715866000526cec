"""Wrong backprop: five classic bugs, drawn beside the right one, caught and shrunk.

Backpropagation fails silently: the numbers look like gradients, and training mostly goes on, badly. Here are five engines, each wrong
in one line, on graphs recorded by ours. A property catches them all: a gradient must be what the output changes by, and that can be
measured with forward passes alone. Hypothesis makes up expressions until one breaks the property, then shrinks it to the smallest that
does. That one is drawn: the wrong engine's gradients on the left, with what they should be, the right one's on the right.

    python -m demos wrong --examples 1000
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
from demos.page import Page, main
from viz import scene, to_dot
from viz.frames import to_bytes
from viz.order import beside
from viz.reading import slopes_of

Grads = dict[Value, float]


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
            if node.op is OPS["tanh"]:
                slope = 1 - x.data**2  # the bug: the slope of tanh is 1 - tanh(x)²
            grad[x] += grad[node] * slope
    return grad


@dataclass(frozen=True)
class Bug:
    """An engine that is wrong, and what a right one's leaves would have after as many passes."""

    name: str
    engine: Callable[[Value], Grads]
    what: str
    times: int = 1


BUGS = [
    Bug("= for +=", assigns, "a node that is used twice forgets one of its uses"),
    Bug("no topological order", hands_on_at_once, "what arrives late is handed on together with what was handed on before"),
    Bug("stale inner gradients", keeps_inner_gradients, "after two passes leaves should have twice the gradient, and have more", times=2),
    Bug("no zero_grad", never_zeroes, "the second step of training still has the gradient of the first"),
    Bug("wrong slope", wrong_slope, "one formula, wrong by little near 0"),
]


def run(page: Page, examples: int = 500) -> None:
    x = Value(1.0)
    tower = x
    for _ in range(10):
        tower = tower + tower
    late = hands_on_at_once(tower)[x]
    page.claim("ten doublings in a row, without an order", late, f"far from 2¹⁰ = {2**10}", right(tower)[x] == 2**10 < late)
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


def drawn(bug: Bug, program: Program, theme: str) -> bytes:
    """The graph with the wrong gradients, those marked, beside the one with the right ones."""
    _, root = recorded(program)
    got, wanted = bug.engine(root), right(root)
    pictures = {}
    for title, grads in ((f"{bug.name}: wrong", got), ("right", {})):
        nodes = []
        for node, card in zip(topological_order(root), scene(root).nodes):
            good = wanted[node] * (1 if node.inputs else bug.times)
            grad = grads.get(node, 0.0) if grads else good
            nodes.append(replace(card, grad=grad, mark="" if abs(grad - good) <= 1e-9 * abs(good) else f"should be {good:.4g}"))
        pictures[title] = ElementTree.fromstring(to_dot(replace(scene(root), nodes=tuple(nodes)), theme=theme).pipe("svg"))
    return to_bytes(beside(pictures, theme))


if __name__ == "__main__":
    main(run)
