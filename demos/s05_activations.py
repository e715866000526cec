"""5. Activations: what they pass on, what they hold back, and how a ReLU dies.

On its way back, a gradient is multiplied by the slope of every activation that it passes. Sigmoid
and tanh are flat at both ends, and the sigmoid is nowhere steeper than a quarter: after ten of them
at most $0.25¹⁰$ of a gradient is left. ReLU, $max(0, z)$, has slope 1 where it is on. (Fukushima
used it in 1969; it became the usual choice after Nair and Hinton, 2010, and Glorot, Bordes and
Bengio, 2011.)

Where a ReLU is off, its slope is 0. In the first hidden layer, whose inputs never change, a unit
that is off for every sample never gets a gradient again: it is dead. (In a later layer it may come
back, if the outputs of the layer below change.) A bias that starts too low can kill a unit, and so
can a step that is too long. A leaky ReLU keeps a small slope on that side, so it could come back.
Whether it does is another question.

    python -m demos 5 --bias -1       # not quite as low: how many start off, and do they stay off?
    python -m demos 5 --lr 3          # long steps, but not that long: how many die? Does it matter?
    python -m demos 5 --steps 5000    # ten times as many steps: do the leaky units come back?
"""

from __future__ import annotations

from collections.abc import Mapping
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
"""The largest slope of each activation."""

GRID = [i / 100 for i in range(-400, 401)]
UNITS = 32
IN_A_ROW = 10
TRAIN, TEST = data.moons(200, rng=0), data.moons(1000, rng=1)
OPTIONS = {
    "bias": "where the biases of the hidden layer start, in two of the runs",
    "lr": "the learning rate of the run with long steps",
}


@dataclass(frozen=True)
class Trial:
    """How many units are off before training, after it, and at both times; and how many of the
    training and the test points are right, as shares."""

    before: int
    after: int
    stayed: int
    training: float
    test: float


def run(page: Page, bias: float = -3.0, lr: float = 30.0, steps: int = 500, seed: int = 0) -> None:
    slopes(page)
    in_a_row(page)
    page.say(f"""How a ReLU dies: {UNITS} hidden units in one layer, {len(TRAIN.y)} points of two
        moons, {steps:,} steps of gradient descent. Unless the table says otherwise, the learning
        rate is 1 and the biases start at 0. A unit counts as off if its weighted sum is not above 0
        for any of the points.""")
    low = f"biases start at {bias:g}"
    trials = {
        "ReLU": trial("relu", 0.0, 1.0, steps, seed),
        f"ReLU, {low}": trial("relu", bias, 1.0, steps, seed),
        f"ReLU, rate {lr:g}": trial("relu", 0.0, lr, steps, seed),
        f"leaky ReLU, {low}": trial("leaky_relu", bias, 1.0, steps, seed),
    }
    what_died(page, trials)


def slopes(page: Page) -> None:
    """The largest slopes, found on a fine grid."""
    for name, expected in LARGEST.items():
        slope_at = value_and_grad(getattr(Value, name))
        slope = max([slope_at(x)[1] for x in GRID])
        page.claim(f"largest slope of {name}, by backward()", slope, expected, slope == expected)
    page.picture(
        "05-activations",
        lambda theme: plots.svg(plots.plot_activations(theme=theme)),
        "Activations f and their slopes f′, which backward() computed",
    )


def in_a_row(page: Page) -> None:
    """What is left of a gradient after ten activations."""
    page.say(f"""{IN_A_ROW} activations in a row: the first one gets 1, and each of the others the
        output of the one before it. The gradient starts as 1 at the end of the row. Here is what is
        left of it on its way back:""")
    back = {name: passed(name) for name in LARGEST}
    rows = []
    for name, left in back.items():
        rows.append([name, f"{left[IN_A_ROW // 2]:.2g}", f"{left[-1]:.2g}"])
    page.table(["", f"after {IN_A_ROW // 2}", f"after {IN_A_ROW}"], rows)
    left_of_it, bound = back["sigmoid"][-1], 0.25**IN_A_ROW
    told = f"above 0, and at most 0.25^{IN_A_ROW} = {bound:.2g}"
    page.claim(f"gradient after {IN_A_ROW} sigmoids", left_of_it, told, 0 < left_of_it <= bound)
    page.picture(
        "05-in-a-row",
        lambda theme: charts.lines(
            theme,
            "What is left of a gradient",
            ("activations passed on the way back", range(IN_A_ROW + 1)),
            "gradient",
            back,
            log="y",
            theory=[[0.25**i for i in range(IN_A_ROW + 1)]],
        ),
        "A ReLU that is on passes everything; tanh loses some each time. Dotted: a quarter each "
        "time, the most that sigmoids can leave",
    )


def passed(name: str) -> list[float]:
    """The gradients from the end of the row to its beginning."""
    row = [Value(1.0)]
    for _ in range(IN_A_ROW):
        row.append(getattr(row[-1], name)())
    row[-1].backward()
    return [value.grad for value in reversed(row)]


def what_died(page: Page, trials: Mapping[str, Trial]) -> None:
    """How many units are off before and after each training."""
    rows = []
    for name, x in trials.items():
        rows.append([name, x.before, x.after, f"{x.training:.1%}", f"{x.test:.1%}"])
    heads = ["", "off at the start", "off at the end", "training accuracy", "test accuracy"]
    page.table(heads, rows)
    healthy, low, far, leaky = trials.values()
    _, low_name, far_name, leaky_name = trials
    what = "units off at the end, and training accuracy (ReLU, rate 1, biases start at 0)"
    found = [f"{healthy.after} of {UNITS}", f"{healthy.training:.1%}"]
    is_healthy = healthy.after <= 4 and healthy.training > 0.99
    page.claim(what, found, "at most 4, and above 99%", is_healthy)
    what = f"units off at the start ({low_name})"
    page.claim(what, f"{low.before} of {UNITS}", "more than half", low.before > UNITS / 2)
    measured = f"{low.stayed} of {low.before}"
    told = "all: no gradient ever reaches them"
    all_stayed = low.stayed == low.before
    page.claim("of these, still off at the end", measured, told, all_stayed, always=True)
    what = f"units off at the end ({far_name})"
    told = "more than half: long steps kill them"
    page.claim(what, f"{far.after} of {UNITS}", told, far.after > UNITS / 2)
    what = f"units off at the start and still off at the end ({leaky_name})"
    measured = f"{leaky.stayed} of {leaky.before}"
    told = "more than half: a leaky ReLU is no cure-all"
    page.claim(what, measured, told, leaky.stayed > leaky.before / 2)


def trial(activation: ActivationName, bias: float, lr: float, steps: int, seed: int) -> Trial:
    """Train with these biases in the hidden layer, and count the units that are off."""
    model = MLP([2, UNITS, 1], activation, rng=seed)
    model.layers[0].b = [bias] * UNITS
    before = units_off(model)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, _ = descend(loss, theta_of(model), (TRAIN.X, TRAIN.y), steps, lr)
    give(model, theta)
    after = units_off(model)
    stayed = before & after
    accuracies = share_right(model, TRAIN), share_right(model, TEST)
    return Trial(before.sum(), after.sum(), stayed.sum(), *accuracies)


def share_right(model: MLP, points: data.Dataset) -> float:
    """The share of points on the right side."""
    return accuracy(decide(predict(model, points.X), "bce_with_logits"), points.y)


def units_off(model: MLP) -> Any:
    """Whether each hidden unit's weighted sum is above 0 for none of the points.

    Where that is so, a ReLU's slope is 0 for all of them.
    """
    z = np.array(TRAIN.X) @ model.layers[0].W.T + model.layers[0].b
    return (z <= 0).all(axis=0)
