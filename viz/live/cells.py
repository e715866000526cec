"""The cells of the last scene: code that a learner completes, and the checks on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any, Final

from autograd import OPS, Op, Value, topological_order
from autograd.check import check_op, derivative, judge_row
from autograd.checks import shown
from autograd.errors import GradcheckError
from autograd.graph import pullback
from autograd.judging import Finding, in_words
from nn import History
from viz.graph.reading import slopes_of
from viz.live.pictures import fault
from viz.live.run import Run, curve_of
from viz.live.session import activations_over, plain
from viz.live.show import Show, ignored
from viz.live.state import State

CLOSE: Final = 1e-9
"""How far a right number may be from the engine's: sums in another order round differently."""


@dataclass(frozen=True)
class Check:
    """One thing that is checked: whether it holds, in words, and the number it is about."""

    ok: bool
    text: str
    ref: str = ""


@dataclass(frozen=True)
class Cell:
    """A task: what it is about, the code it begins with, a hint, and what is checked.

    `shows` gives the page more to show than checks; `others` maps the words on buttons to the code
    that each begins with, the first one included.
    """

    title: str
    task: str
    code: str
    hint: str
    checks: Callable[[Mapping[str, Any], State], Iterator[Check]]
    shows: Callable[[Mapping[str, Any], State], dict[str, Any]] | None = None
    others: Mapping[str, str] = field(default_factory=dict)


def names_for(state: State, hear: Callable[[dict[str, Any]], None] = ignored) -> dict[str, Any]:
    """What the cells can use without an import: the page's sample and network, slopes, and show.

    `hear` receives what `show` sends to the page, as plain data.

    >>> names_for(State().drawn())["x"]
    [1.0, -1.0]
    """
    layers = []
    for layer, name in zip(state.layers, state.activations):
        function = _same if name == "identity" else OPS[name].forward
        layers.append(([list(w) for w, _ in layer], [b for _, b in layer], function))
    given = {"x": list(state.x), "y": list(state.y), "layers": layers, "slopes": slopes_of}
    return {**given, "show": Show(hear)}


def _same(z: float) -> float:
    return z


def judged(name: str, names: Mapping[str, Any], state: State) -> dict[str, Any]:
    """What the checks of a cell find, as plain data.

    An error in the learner's code becomes a failed check, with its message.
    """
    found: list[Check] = []
    more: dict[str, Any] = {}
    cell = CELLS[name]
    try:
        found.extend(cell.checks(names, state))
        if cell.shows is not None:
            more = cell.shows(names, state)
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        NameError,
        TypeError,
        ValueError,
    ) as error:
        found.append(Check(False, f"{type(error).__name__}: {str(error)[:200]}"))
    except RecursionError:
        found.append(Check(False, "your function calls itself without end"))
    checks = [{"ok": check.ok, "text": check.text, "ref": check.ref} for check in found]
    answer = {"checks": checks, **more}
    return {key: plain(part) for key, part in answer.items()}


def _function(names: Mapping[str, Any], name: str) -> Callable[..., Any]:
    function: Callable[..., Any] | None = names.get(name)
    if function is None or not callable(function):
        raise TypeError(f"the cell defines no function {name}")
    return function


def _forward(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    given = names_for(state)
    found = _function(names, "forward")(given["x"], given["layers"])
    sample = [[x] for x in state.x]
    right = iter([a for (a,) in activations_over(state, sample)])
    for i, size in enumerate(state.sizes[1:]):
        for j in range(size):
            ref = f"layers.{i}.neurons.{j}.a"
            here, wanted = found[i][j], next(right)
            ok = isinstance(here, (int, float)) and math.isclose(here, wanted, abs_tol=CLOSE)
            where = f"layer {i + 1}, unit {j + 1}"
            text = f"{where}: {wanted:.4f}"
            if not ok:
                text = f"{where}: you have {shown(here, 20)}, the engine {wanted:.4f}"
            yield Check(ok, text, ref)


def _activation(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    function = _function(names, "activation")
    for at in (-2.0, -0.5, 0.3, 2.0):
        x = Value(at, "x")
        out = function(x)
        if not isinstance(out, Value):
            yield Check(False, f"activation(Value({at:g})) must be a Value, got {shown(out, 30)}")
            return
        slope = dict(zip(*pullback(out, 1.0))).get(x, 0.0)
        step = 1e-6
        higher, lower = (function(Value(at + h)).data for h in (step, -step))
        measured = (higher - lower) / (2 * step)
        ok = math.isclose(slope, measured, rel_tol=1e-4, abs_tol=1e-5)
        yield Check(ok, f"slope at {at:g}: {slope:.4f}, measured {measured:.4f}")


def _curve(names: Mapping[str, Any], state: State) -> dict[str, Any]:
    return {"curve": curve_of(names["activation"])}


def _backward(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    backward = _function(names, "backward")
    for text, root in graphs(state):
        wrong = _wrong(backward, root)
        for node, wanted in list(wrong.items())[:1]:
            name = node.label or "a number inside"
            yield Check(False, f"{text}: {name}.grad is {_brief(node.grad)}, not {wanted:g}")
        if not wrong:
            yield Check(True, text)


def _wrong(backward: Callable[[Value], Any], root: Value) -> dict[Value, float]:
    """Nodes to which a backward pass gives a wrong gradient, each with the right one."""
    nodes, right = pullback(root, 1.0)
    for node in topological_order(root):
        node.grad = 0.0
    backward(root)
    return {node: wanted for node, wanted in zip(nodes, right) if not _alike(node, wanted)}


def _alike(node: Value, wanted: float) -> bool:
    given: Any = node.grad  # whatever the learner put there
    is_number = isinstance(given, (int, float))
    return is_number and math.isclose(given, wanted, rel_tol=1e-9, abs_tol=CLOSE)


def _rings(names: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The learner's gradients in the page's network, the refs of wrong ones, and a drawing.

    The drawing shows the smallest expression that has the fault, if there is one.
    """
    backward, run = names["backward"], Run(state)
    wrong = _wrong(backward, run.loss)
    found: dict[str, Any] = {
        "grads": {ref: _number(node.grad) for ref, node in run.nodes.items()},
        "wrong": [ref for ref, node in run.nodes.items() if node in wrong],
    }
    for text, root in graphs(state):
        faults = _wrong(backward, root)
        if faults and root.label != run.loss.label:
            grads = {node: _number(node.grad) for node in topological_order(root)}
            return {**found, "fault": {"text": text, "svg": fault(root, grads, faults)}}
    return found


def _brief(x: Any) -> str:
    return f"{x:g}" if isinstance(x, (int, float)) else shown(x, 20)


def _number(x: Any) -> float:
    return float(x) if isinstance(x, (int, float)) else math.nan


def graphs(state: State) -> Iterator[tuple[str, Value]]:
    """Graphs to try a backward pass on, the smallest first."""
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    yield "a * b", a * b
    yield "tanh(a * b)", (a * b).tanh()
    a = Value(1.0, "a")
    yield "a + a", a + a
    a = Value(1.0, "a")
    b = a + a
    yield "b + b with b = a + a", b + b
    yield "the loss on this page", Run(state).loss


POINTS: Final = (1.0, 2.0, -1.0, 0.5, -2.0, 3.0, 0.0)
"""The numbers at which a user-defined op is tried first, in this order."""


def _op(names: Mapping[str, Any]) -> Op:
    op = names.get("op")
    if not isinstance(op, Op):
        raise TypeError(f"op must be what add_op returns, got {shown(op, 30)}")
    return op


def smallest_fault(op: Op) -> tuple[Value, Finding] | None:
    """An op at the simplest numbers for which one of its slopes is wrong, and what was found there.

    >>> from autograd import tanh
    >>> smallest_fault(tanh) is None
    True
    """
    for point in product(POINTS, repeat=op.arity):
        node, findings = judge_row(op, point)
        for finding in findings:
            if finding.fault:
                return node, finding
    return None


def _slope(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    op = _op(names)
    found = smallest_fault(op)
    if found is not None:
        node, finding = found
        yield Check(False, f"{in_words(node)}: {finding.fault.partition(': ')[2]}")
        return
    try:
        verdict = check_op(op)
    except GradcheckError as error:
        yield Check(False, str(error)[:300])
        return
    yield Check(verdict is True, f"{op.name}: its slopes agree with measured ones")


def _slope_drawn(names: Mapping[str, Any], state: State) -> dict[str, Any]:
    """The smallest expression that shows a wrong slope, drawn with what should be there."""
    op = _op(names)
    found = smallest_fault(op)
    if found is None or found[1].order > 1:
        return {}
    node, finding = found
    for i, leaf in enumerate(node.inputs):
        leaf.label = "xyzuvw"[i % 6]
    place = node.inputs[finding.position]
    wanted = derivative_at(op, node, finding.position)
    grads = dict(zip(*pullback(node, 1.0)))
    svg = fault(node, grads, {place: wanted}, slopes=True)
    return {"fault": {"text": in_words(node), "svg": svg}}


def derivative_at(op: Op, node: Value, i: int) -> float:
    """The slope of a node's op in input i, measured at the node.

    >>> from autograd import mul
    >>> round(derivative_at(mul, Value(2.0) * 3.0, 0), 6)
    3.0
    """
    point = [x.data for x in node.inputs]

    def along(x: float) -> float:
        return float(op.forward(*point[:i], x, *point[i + 1 :]))

    slope, _ = derivative(along, point[i])
    return slope


def _train(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    history = names.get("history")
    losses = history.column("loss") if isinstance(history, History) else names.get("losses")
    if not isinstance(losses, list) or not losses:
        raise TypeError("the cell leaves neither a history of a training nor a list of losses")
    lower = losses[-1] < losses[0]
    yield Check(lower, f"the loss went from {losses[0]:.3f} to {losses[-1]:.3f}")
    share = names.get("share", 0.0)
    yield Check(share >= 0.95, f"{share:.0%} of the points are right; the goal is 95%")


MOONS: Final = """\
from nn import MLP, data, fit, predict

points = data.moons(100, rng=0)
model = MLP([2, 8, 1], activation="tanh", rng=0)
show.points(points)

history = fit(
    model, points, loss="bce_with_logits",
    lr=0.2, epochs=10, batch_size=10, rng=0,
    callbacks=[show], progress=False, compiled=False,
)
right = [(z > 0) == y for z, y in zip(predict(model, points.X), points.y)]
share = sum(right) / len(right)
print(f"{share:.0%} right")
"""

PENGUINS: Final = """\
from nn import MLP, data, decide, fit, predict

# Adelie, Chinstrap and Gentoo by length and depth of bill
birds = data.penguins()
X = data.standardise([row[:2] for row in birds.X])
train, test = data.split((X, birds.y), rng=0)
model = MLP([2, 6, 3], activation="tanh", rng=0)
show.points(train, test)

history = fit(
    model, train, loss="cross_entropy", validation=test,
    lr=0.05, epochs=8, batch_size=20, rng=0,
    callbacks=[show], progress=False, compiled=False,
)
decided = decide(predict(model, test.X), "cross_entropy")
right = [a == b for a, b in zip(decided, test.y)]
share = sum(right) / len(right)
print(f"{share:.0%} of the birds that it never saw are right")
"""


CELLS: Final[dict[str, Cell]] = {
    "forward": Cell(
        "A forward pass from scratch",
        "Compute the activation of every unit of the network on this page, without the library. "
        "Numbers that differ from the engine's are ringed in the network.",
        """\
def forward(x, layers):
    every = []
    for weights, biases, f in layers:
        a = []
        for w, b in zip(weights, biases):
            z = b            # and the weighted sum of x?
            a.append(f(z))
        every.append(a)
        x = a
    return every

for a in forward(x, layers):
    print(a)
""",
        "z = b + sum(w_i * x_i for w_i, x_i in zip(w, x))",
        _forward,
    ),
    "activation": Cell(
        "An activation of your own",
        "Write any function of a Value. It is drawn with its slope, the gate that δ has to pass; "
        "where the slope is near 0, the gate is shut.",
        """\
from autograd import exp

def activation(x):
    return x / (1 + exp(-x))
""",
        "Try x.tanh(), x.relu(), x * x, or abs(x). Where is the gate open?",
        _activation,
        _curve,
    ),
    "backward": Cell(
        "Backpropagation",
        "Complete the backward pass: every node gets ∂root/∂node. slopes(node) are the slopes "
        "of a node by its inputs. The network shows the gradients of your pass; wrong ones "
        "are red and dashed, and the smallest expression that goes wrong is drawn.",
        """\
from autograd import topological_order

def backward(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for x, slope in zip(node.inputs, slopes(node)):
            x.grad = slope * node.grad     # = or += ?
""",
        "Two roads can meet in x: what arrives is added, x.grad += slope * node.grad.",
        _backward,
        _rings,
    ),
    "slope": Cell(
        "A wrong slope",
        "An op of your own is one row: its name, its value, and its slopes. This one has a wrong "
        "slope. The library compares each slope with a measured one, and shows the smallest "
        "expression where they differ.",
        """\
from autograd import add_op

def cube(x):
    return x * x * x

def slopes_of_cube(x, out):
    return (3 * x,)

op = add_op("cube", cube, slopes_of_cube)
""",
        "The derivative of x³ is 3x²: return (3 * x * x,). Then write another op.",
        _slope,
        _slope_drawn,
    ),
    "train": Cell(
        "Classification",
        "Train a network until 95% are right. show(model, history) is a function of this page: "
        "after each epoch it draws the curve and the map, and adds a step to the timeline. "
        "Stop ends a running cell, and what it has computed stays.",
        MOONS,
        "More epochs, or a larger lr. In a loop of your own, show(model, losses) does the same.",
        _train,
        others={"Moons": MOONS, "Penguins": PENGUINS},
    ),
}
"""The tasks by name, in the order of the page."""
