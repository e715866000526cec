"""The cells of the last scene: code that a learner completes, and what is checked of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from autograd import OPS, Value, topological_order
from autograd.checks import shown
from autograd.graph import pullback
from viz.graph.reading import slopes_of
from viz.live.run import Run, curve_of
from viz.live.session import activations_of, plain
from viz.live.state import State

CLOSE: Final = 1e-9
"""How far from the engine's number a right one may be, of rounding in another order."""


@dataclass(frozen=True)
class Check:
    """One thing that is looked at: whether it holds, in words, and the number it is about."""

    ok: bool
    text: str
    ref: str = ""


@dataclass(frozen=True)
class Cell:
    """A task: what it is about, the code it begins with, a hint, and what is checked."""

    title: str
    task: str
    code: str
    hint: str
    checks: Callable[[Mapping[str, Any], State], Iterator[Check]]


def names_for(state: State) -> dict[str, Any]:
    """What the cells can use without an import: the page's sample and network, and slopes.

    >>> names_for(State().drawn())["x"]
    [1.0, -1.0]
    """
    layers = []
    for layer, name in zip(state.layers, state.activations):
        function = _same if name == "identity" else OPS[name].forward
        layers.append(([list(w) for w, _ in layer], [b for _, b in layer], function))
    return {"x": list(state.x), "y": list(state.y), "layers": layers, "slopes": slopes_of}


def _same(z: float) -> float:
    return z


def judged(name: str, names: Mapping[str, Any], state: State) -> dict[str, Any]:
    """What the checks of a cell find, as plain data.

    An error of the learner's own code is a check that fails, with its message.
    """
    found: list[Check] = []
    try:
        found.extend(CELLS[name].checks(names, state))
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
        found.append(Check(False, "your function calls itself without an end"))
    checks = [{"ok": check.ok, "text": check.text, "ref": check.ref} for check in found]
    answer: dict[str, Any] = {"checks": checks}
    if name == "activation" and found and all(check.ok for check in found):
        answer |= {"curve": curve_of(names["activation"])}
    return {key: plain(part) for key, part in answer.items()}


def _function(names: Mapping[str, Any], name: str) -> Callable[..., Any]:
    function: Callable[..., Any] | None = names.get(name)
    if function is None or not callable(function):
        raise TypeError(f"the cell defines no function {name}")
    return function


def _forward(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    given = names_for(state)
    found = _function(names, "forward")(given["x"], given["layers"])
    right = iter(activations_of(state, state.x))
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


def _backward(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    backward = _function(names, "backward")
    for text, root in graphs(state):
        nodes, right = pullback(root, 1.0)
        for node in topological_order(root):
            node.grad = 0.0
        backward(root)
        wrong = [pair for pair in zip(nodes, right) if not _alike(*pair)]
        if wrong:
            node, wanted = wrong[0]
            name = node.label or "a number inside"
            yield Check(False, f"{text}: {name}.grad is {node.grad:g}, not {wanted:g}")
        else:
            yield Check(True, text)


def _alike(node: Value, wanted: float) -> bool:
    return math.isclose(node.grad, wanted, rel_tol=1e-9, abs_tol=CLOSE)


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


def _train(names: Mapping[str, Any], state: State) -> Iterator[Check]:
    losses = names.get("losses")
    if not isinstance(losses, list) or not losses:
        raise TypeError("the cell leaves no list of losses")
    lower = losses[-1] < losses[0]
    yield Check(lower, f"the loss went from {losses[0]:.3f} to {losses[-1]:.3f}")
    share = names.get("share", 0.0)
    yield Check(share >= 0.95, f"{share:.0%} of the points are right; 95% is wanted")


CELLS: Final[dict[str, Cell]] = {
    "forward": Cell(
        "A forward pass from scratch",
        "Compute the activation of every unit of the network on this page, without the library. "
        "What differs from the engine is ringed in the network.",
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
    ),
    "backward": Cell(
        "Backpropagation",
        "Complete the backward pass: every node gets ∂root/∂node. slopes(node) are the slopes "
        "of a node by its inputs. The smallest expression that goes wrong is shown.",
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
    ),
    "train": Cell(
        "Classification",
        "Train a network on the moons until 95% are right. Stop ends a running cell, and what "
        "it has computed stays.",
        """\
from nn import MLP, data, fit, predict

points = data.moons(100, rng=0)
model = MLP([2, 8, 1], activation="tanh", rng=0)
losses = []

def show(model, history):
    losses.append(history[-1].loss)
    if len(losses) % 5 == 0:
        print(len(losses), round(losses[-1], 4))

fit(model, points, loss="bce_with_logits", lr=0.2, epochs=10, batch_size=10, rng=0,
    progress=False, compiled=False, callbacks=[show])
right = [(z > 0) == y for z, y in zip(predict(model, points.X), points.y)]
share = sum(right) / len(right)
print(f"{share:.0%} right")
""",
        "More epochs, or a larger lr. data.penguins() is real data: [4, 8, 3] and cross_entropy.",
        _train,
    ),
}
"""The tasks by name, in the order of the page."""
