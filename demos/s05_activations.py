"""5. Activations: what they pass on, what they hold back, and how a ReLU dies.

Going back, a gradient is multiplied by the slope of every activation on its way. Sigmoid and tanh are flat at both ends, and the
sigmoid nowhere steeper than a quarter: through ten of them at most 0.25¹⁰ of a gradient is left. ReLU (Nair and Hinton, 2010) has the
slope 1 where it is on. Where it is off the slope is 0, and a unit that is off for every sample gets no gradient ever again: it is
dead. A bias that starts too low or a step that is too long does that. A leaky ReLU keeps a small slope there, so that it could come
back; that it can does not mean that it does.

    python -m demos 5 --bias -1
    python -m demos 5 --lr 3
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from autograd import Value, compile, sigmoid, value_and_grad
from demos.page import Page, main
from demos.training import descend, give, theta_of
from nn import MLP, accuracy, data, decide, losses, predict
from viz import draw_dot, plots

LARGEST = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0}
UNITS = 32
MOONS = data.moons(200, rng=0)


def run(page: Page, bias: float = -3.0, lr: float = 30.0, steps: int = 500, seed: int = 0) -> None:
    for name, largest in LARGEST.items():
        slope = max(value_and_grad(getattr(Value, name))(i / 100)[1] for i in range(-400, 401))
        page.claim(f"largest slope of {name}, by backward()", slope, largest, slope == largest)
    page.picture(
        "05-activations",
        lambda theme: plots.svg(plots.plot_activations(theme=theme)),
        "Activations and their slopes, the slopes by backward()",
    )
    x = y = Value(0.0, "x")
    for _ in range(10):
        y = sigmoid(y)
    y.backward()
    page.claim("gradient through ten sigmoids", x.grad, f"at most 0.25¹⁰ = {0.25**10:.2g}", 0 < x.grad <= 0.25**10)
    page.picture("05-ten", draw_dot(y, theme="auto").pipe("svg"), "Ten sigmoids in a row: a gradient of 1 comes in from the right")

    page.say(f"""{UNITS} hidden units on {len(MOONS.X)} points of two moons, {steps} steps of gradient descent. A unit counts as off
        if it is on for no point at all.""")
    runs = {
        "ReLU": trial("relu", 0.0, 1.0, steps, seed),
        f"ReLU, biases start at {bias:g}": trial("relu", bias, 1.0, steps, seed),
        f"ReLU, learning rate {lr:g}": trial("relu", 0.0, lr, steps, seed),
        f"leaky ReLU, biases start at {bias:g}": trial("leaky_relu", bias, 1.0, steps, seed),
    }
    page.table(
        ["", "off at the start", "off at the end", "accuracy"], [[name, r.before, r.after, f"{r.accuracy:.1%}"] for name, r in runs.items()]
    )
    healthy, low, far, leaky = runs.values()
    page.claim(
        "units off with everything as it should be",
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
