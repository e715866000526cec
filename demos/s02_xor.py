"""2. XOR with a hidden layer: how many neurons are enough, and enough for what?

One line cannot separate XOR, two can: a hidden layer of two neurons draws both, and the output combines them. So two hidden neurons
are enough to represent XOR. Whether gradient descent finds their weights is another question, and depends on luck: on the weights
it starts from (Rumelhart, Hinton and Williams met such local minima in 1986). More neurons than needed make that luck unnecessary.

    python -m demos 2 --seeds 50
    python -m demos 2 --lr 0.1 --steps 5000
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from autograd import Value, compile, relu
from demos import charts
from demos.page import Page, main
from demos.training import descend, give
from nn import MLP, data, losses
from viz import plots

WIDTHS = (1, 2, 4, 8)
TRIAL = {"sigmoid": (0, 35, 49, 50), "tanh": (0, 24, 49, 50), "relu": (0, 9, 37, 46)}  # solved of 50, in a first trial with numpy
XOR = data.xor()
X, Y = np.array(XOR.X), np.array(XOR.y)


def run(page: Page, seeds: int = 10, steps: int = 2000, lr: float = 1.0) -> None:
    by_hand = [relu(Value(a + b)) - 2 * relu(Value(a + b - 1)) for a, b in XOR.X]
    right = [float(y) for y in by_hand] == XOR.y
    page.claim(
        "relu(x1 + x2) - 2 · relu(x1 + x2 - 1) on the corners", [float(y) for y in by_hand], "XOR, by two neurons and by hand", right
    )
    page.say(f"""{steps:,} steps of gradient descent with rate {lr:g} on all four corners, from {seeds} random beginnings each:
        weights and biases from the normal distribution N(0, 1). Solved means that all four corners are right.""")
    share: dict[str, list[float]] = {activation: [] for activation in TRIAL}
    for activation, width in page.bar([*product(TRIAL, WIDTHS)], "XOR"):
        model, ends = train(activation, width, seeds, steps, lr)
        share[activation].append(len(solutions(model, ends)) / seeds)
    page.table(["activation", "hidden neurons", "solved", "first trial"], [
        [activation, width, f"{share[activation][i]:.0%}", f"{trial / 50:.0%}"]
        for activation, trials in TRIAL.items() for i, (width, trial) in enumerate(zip(WIDTHS, trials))
    ])  # fmt: skip
    one, eight = max(s[0] for s in share.values()), min(s[-1] for s in share.values())
    smooth = {activation: share[activation][1] for activation in ("sigmoid", "tanh")}
    page.claim("most that a single hidden neuron solves", one, "0: it bends one line, and XOR needs two", one == 0)
    page.claim("solved with 2 smooth neurons", smooth, "some: 2 are enough to represent XOR, not to learn it", 0 < min(smooth.values()) < 1)
    page.claim("least that 8 neurons solve", eight, "nearly all: enough neurons also means trainable", eight >= 0.8)
    page.picture("02-width", lambda theme: charts.lines(
        theme, "Runs that solve XOR, by width", ("hidden neurons", WIDTHS), "share solved", share, log="x",
    ), "Two neurons are enough to represent XOR; eight are enough to learn it")  # fmt: skip
    model, ends = train("tanh", 2, seeds, steps, lr)
    for theta in solutions(model, ends)[:1]:
        give(model, theta)
        page.picture("02-plane", lambda theme: plots.svg(plots.plot_boundary(model, XOR, "bce_with_logits", theme=theme)),
                     "A solution with two tanh neurons: two lines, and what is between them")  # fmt: skip


def train(activation: str, width: int, seeds: int, steps: int, lr: float) -> tuple[MLP, list[Any]]:
    """A network of one hidden layer, compiled once, and the weights that each beginning led to."""
    model = MLP([2, width, 1], activation=activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    starts = [np.random.default_rng(seed).normal(size=len(loss.theta)) for seed in range(seeds)]
    return model, [descend(loss, start, (X, Y), steps, lr)[0] for start in starts]


def solutions(model: MLP, ends: list[Any]) -> list[Any]:
    """Those weights that put all four corners on the right side."""
    right = []
    for theta in ends:
        give(model, theta)
        if all((z.data > 0) == bool(y) for z, y in zip(model(XOR.X), XOR.y)):
            right.append(theta)
    return right


if __name__ == "__main__":
    main(run)
