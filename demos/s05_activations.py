"""5. Activations: what they pass on, what they hold back, and how a ReLU dies.

On its way back, a gradient is multiplied by the slope of every activation. Sigmoid and tanh are flat at both ends, and the sigmoid is
nowhere steeper than a quarter: of a gradient that has come through ten of them at most 0.25¹⁰ is left. ReLU, max(0, z), is as old as
Fukushima's networks (1969), and became the usual choice after Nair and Hinton (2010). It has slope 1 where it is on. Where it is off the
slope is 0, and a unit that is off for every sample gets no gradient ever again: it is dead. A bias that starts too low does that, or a step
that is too long. A leaky ReLU keeps a small slope there, so that a unit can come back; that it can does not mean that it does.

    python -m demos 5 --bias -1     # how many of the units that a bias of -1 puts to sleep stay asleep?
    python -m demos 5 --lr 3        # from which rate on do long steps kill?
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd import Value, compile, sigmoid, value_and_grad
from demos import charts
from demos.page import Page, main
from demos.training import descend, give, theta_of
from nn import MLP, accuracy, data, decide, losses, predict
from viz import plots

LARGEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
UNITS = 32
MOONS = data.moons(200, rng=0)


OPTIONS = {"bias": "where the biases of the hidden layer start, in two of the runs", "lr": "the learning rate of the run with long steps"}


def run(page: Page, bias: float = -3.0, lr: float = 30.0, steps: int = 500, seed: int = 0) -> None:
    for name, largest in LARGEST.items():
        slope = max(value_and_grad(getattr(Value, name))(i / 100)[1] for i in range(-400, 401))
        page.claim(f"largest slope of {name}, by backward()", slope, largest, slope == largest)
    page.picture(
        "05-activations",
        lambda theme: plots.svg(plots.plot_activations(theme=theme)),
        "Activations and their slopes, the slopes by backward()",
    )
    through_ten(page)
    page.say(f"""A network with one hidden layer of {UNITS} units on {len(MOONS.X)} points of two moons, {steps} steps of gradient descent.
        A unit counts as off if it is on for no point at all.""")
    runs = {
        "ReLU": trial("relu", 0.0, 1.0, steps, seed),
        f"ReLU, biases start at {bias:g}": trial("relu", bias, 1.0, steps, seed),
        f"ReLU, learning rate {lr:g}": trial("relu", 0.0, lr, steps, seed),
        f"leaky ReLU, biases start at {bias:g}": trial("leaky_relu", bias, 1.0, steps, seed),
    }
    page.table(
        ["", "units off at the start", "at the end", "right in training"],
        [[name, r.before, r.after, f"{r.accuracy:.1%}"] for name, r in runs.items()],
    )
    healthy, low, far, leaky = runs.values()
    page.claim(
        "units off at the end, biases from 0, learning rate 1",
        f"{healthy.after} of {UNITS}",
        "few, and it learns",
        healthy.after <= 4 and healthy.accuracy > 0.99,
    )
    page.claim(
        "units dead that a low bias put to sleep",
        f"{low.after} of {low.before}",
        "all: no gradient ever reaches them",
        low.after >= low.before > UNITS / 2,
    )
    page.claim("units that long steps killed", f"{far.after} of {UNITS}", "most", far.after > UNITS / 2)
    page.claim("leaky units still off", f"{leaky.after} of {leaky.before}", "most: leaky is no cure-all", leaky.after > UNITS / 4)


def through_ten(page: Page) -> None:
    """A gradient of 1 on its way back through ten sigmoids."""
    row = [Value(0.0, "x")]
    for _ in range(10):
        row.append(sigmoid(row[-1]))
    row[-1].backward()
    passed = range(11)
    left, bound = [x.grad for x in reversed(row)], [0.25**k for k in passed]
    page.claim("of a gradient of 1, left after ten sigmoids", left[10], f"at most 0.25¹⁰ = {bound[10]:.2g}", 0 < left[10] <= bound[10])
    page.picture("05-ten", lambda theme: charts.lines(
        theme, "A gradient of 1 on its way back through ten sigmoids", ("sigmoids passed", passed), "gradient", {"measured": left}, log="y",
        theory={"a quarter each": bound},
    ), "What is left of a gradient after each sigmoid. Predicted: a quarter, at most")  # fmt: skip


@dataclass(frozen=True)
class Trial:
    before: int
    after: int
    accuracy: float


def trial(activation: str, bias: float, lr: float, steps: int, seed: int) -> Trial:
    """Train with these biases of the hidden layer, and count the units that are off for all points before and after."""
    model = MLP([2, UNITS, 1], activation, rng=seed)
    for neuron in model.layers[0].neurons:
        neuron.b.data = bias
    before = units_off(model)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, _ = descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr)
    give(model, theta)
    right = accuracy(decide(predict(model, MOONS.X), "bce_with_logits"), MOONS.y)
    return Trial(before, units_off(model), right)


def units_off(model: MLP) -> int:
    """Hidden units whose weighted sum is positive for no point: a ReLU's slope is 0 there."""
    z = np.array(MOONS.X) @ model.layers[0].W.T + model.layers[0].b
    return int((z <= 0).all(axis=0).sum())


if __name__ == "__main__":
    main(run)
