"""5. Activations: what they pass on, what they hold back, and how a ReLU dies.

On its way back a gradient is multiplied by the slope of every activation that it passes. Sigmoid and tanh are flat at both ends, and the
sigmoid is nowhere steeper than a quarter: of a gradient that passes ten of them at most 0.25¹⁰ is left. ReLU, max(0, z), has slope 1 where
it is on. (Fukushima used it in 1969; it became the usual choice after Nair and Hinton, 2010, and Glorot, Bordes and Bengio, 2011.)

Where a ReLU is off its slope is 0. In the first hidden layer, whose inputs never change, a unit that is off for every sample gets no
gradient ever again: it is dead. (Further up it may come back, if what it gets from below changes.) A bias that starts too low can do
that, or a step that is too long. A leaky ReLU keeps a small slope on that side, so it could come back. That it can does not mean that
it does.

    python -m demos 5 --bias -1       # not quite as low: how many start off, and do they stay off?
    python -m demos 5 --lr 3          # long steps, but not that long: how many die, and does it matter?
    python -m demos 5 --steps 5000    # ten times the patience: do the leaky units come back?
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import Value, compile, value_and_grad
from nn import MLP, accuracy, data, decide, losses, predict
from nn.layers import ActivationName
from viz import plots

from . import charts
from .page import Page
from .training import descend, give, theta_of

LARGEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
UNITS = 32
IN_A_ROW = 10
TRAIN, TEST = data.moons(200, rng=0), data.moons(1000, rng=1)
OPTIONS = {
    "bias": "where the biases of the hidden layer start, in two of the trainings",
    "lr": "the learning rate of the training that kills",
}


def run(page: Page, bias: float = -3.0, lr: float = 30.0, steps: int = 500, seed: int = 0) -> None:
    slopes(page)
    in_a_row(page)
    page.say(f"""How a ReLU dies: {UNITS} hidden units in one layer, {len(TRAIN.y)} points of two moons, {steps:,} steps of gradient
        descent. Where nothing else is said the rate is 1, and biases start at 0. A unit counts as off if its weighted sum is above 0 for
        no point.""")
    runs = {
        "ReLU": trial("relu", 0.0, 1.0, steps, seed),
        f"ReLU, biases start at {bias:g}": trial("relu", bias, 1.0, steps, seed),
        f"ReLU, rate {lr:g}": trial("relu", 0.0, lr, steps, seed),
        f"leaky ReLU, biases start at {bias:g}": trial("leaky_relu", bias, 1.0, steps, seed),
    }
    page.table(["", "off at the start", "off at the end", "training accuracy", "test accuracy"], [
        [name, r.before, r.after, f"{r.training:.1%}", f"{r.test:.1%}"] for name, r in runs.items()
    ])  # fmt: skip
    healthy, low, far, leaky = runs.values()
    page.claim("ReLU as it should be: units off, and training accuracy", [f"{healthy.after} of {UNITS}", f"{healthy.training:.1%}"],
               "at most 4, and above 99%", healthy.after <= 4 and healthy.training > 0.99)  # fmt: skip
    page.claim("units that start off with a low bias", f"{low.before} of {UNITS}", "more than half", low.before > UNITS / 2)
    page.claim("of these, still off at the end", f"{low.stayed} of {low.before}", "all: no gradient ever reaches them",
               low.stayed == low.before, always=True)  # fmt: skip
    page.claim("units that long steps killed", f"{far.after} of {UNITS}", "more than half", far.after > UNITS / 2)
    page.claim("leaky units still off at the end", f"{leaky.stayed} of {leaky.before}", "more than half: leaky is no cure-all",
               leaky.stayed > leaky.before / 2)  # fmt: skip


def slopes(page: Page) -> None:
    """The largest slopes, found by looking everywhere."""
    for name, largest in LARGEST.items():
        slope = max(value_and_grad(getattr(Value, name))(i / 100)[1] for i in range(-400, 401))
        page.claim(f"largest slope of {name}, by backward()", slope, largest, slope == largest)
    page.picture("05-activations", lambda theme: plots.svg(plots.plot_activations(theme=theme)),
                 "Activations f and their slopes f′, the slopes by backward()")  # fmt: skip


def in_a_row(page: Page) -> None:
    """What is left of a gradient behind ten of them."""
    page.say(f"{IN_A_ROW} activations in a row, each fed the output of the one before, the first one fed 1. The gradient starts as 1:")
    back = {name: passed(name) for name in LARGEST}
    page.table(["", f"after {IN_A_ROW // 2}", f"after {IN_A_ROW}"], [
        [name, f"{left[IN_A_ROW // 2]:.2g}", f"{left[-1]:.2g}"] for name, left in back.items()
    ])  # fmt: skip
    left, bound = back["sigmoid"][-1], 0.25**IN_A_ROW
    page.claim(f"gradient after {IN_A_ROW} sigmoids", left, f"above 0, and at most 0.25^{IN_A_ROW} = {bound:.2g}", 0 < left <= bound)
    page.picture("05-in-a-row", lambda theme: charts.lines(
        theme, "What is left of a gradient", ("activations passed on the way back", range(IN_A_ROW + 1)), "gradient",
        back, log="y", theory=[[0.25**i for i in range(IN_A_ROW + 1)]],
    ), "ReLU, where it is on, passes everything; tanh loses some each time. Predicted: for the sigmoid at most a quarter each")  # fmt: skip


def passed(name: str) -> list[float]:
    """The gradients from the end of the row to its beginning."""
    row = [Value(1.0)]
    for _ in range(IN_A_ROW):
        row.append(getattr(row[-1], name)())
    row[-1].backward()
    return [value.grad for value in reversed(row)]


@dataclass(frozen=True)
class Trial:
    """Units that are off before and after training, and both times; and the shares of points that are right."""

    before: int
    after: int
    stayed: int
    training: float
    test: float


def trial(activation: ActivationName, bias: float, lr: float, steps: int, seed: int) -> Trial:
    """Train with these biases of the hidden layer, and count the units that are off for all points before and after."""
    model = MLP([2, UNITS, 1], activation, rng=seed)
    model.layers[0].b = [bias] * UNITS
    before = units_off(model)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, _ = descend(loss, theta_of(model), (TRAIN.X, TRAIN.y), steps, lr)
    give(model, theta)
    after = units_off(model)
    return Trial(before.sum(), after.sum(), (before & after).sum(), right(model, TRAIN), right(model, TEST))


def right(model: MLP, points: Any) -> float:
    """The share of points on the right side."""
    return accuracy(decide(predict(model, points.X), "bce_with_logits"), points.y)


def units_off(model: MLP) -> Any:
    """For each hidden unit whether its weighted sum is positive for no point: a ReLU's slope is 0 there."""
    z = np.array(TRAIN.X) @ model.layers[0].W.T + model.layers[0].b
    return (z <= 0).all(axis=0)
