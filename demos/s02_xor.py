"""2. XOR with a hidden layer: how many neurons are enough, and enough for what?

One line cannot separate XOR, two can: a hidden layer of two neurons draws both, and the output combines them. So two hidden neurons
are enough to represent XOR. Whether gradient descent finds their weights is another question, and depends on luck: on the weights
it starts from (Rumelhart, Hinton and Williams reported runs stuck in local minima on XOR in 1986). More neurons than needed make that
luck unnecessary.

    python -m demos 2 --seed 100               # other beginnings: which shares change, and which stay?
    python -m demos 2 --seeds 50               # as many runs as the notes have: how close are the shares? (3 minutes)
    python -m demos 2 --lr 0.1 --steps 5000    # small steps: do more runs succeed with 2 neurons, or fewer?
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from autograd import Program, Value, compile, relu
from nn import MLP, data, losses
from nn.layers import ActivationName
from viz import plots

from . import charts
from .page import Page
from .training import descend, give

WIDTHS = (1, 2, 4, 8)
TRIAL = {"sigmoid": (0, 35, 49, 50), "tanh": (0, 24, 49, 50), "relu": (0, 9, 37, 46)}
"""Solved of 50, in the notes."""

PATIENCE, FEW = 10, 3
"""How many times the steps stuck runs get, and how many of them."""

OPTIONS = {
    "seed": "the first of the random beginnings, which are counted from here",
    "seeds": "how many random beginnings each network gets",
}
XOR = data.xor()
X, Y = np.array(XOR.X), np.array(XOR.y)


def run(page: Page, seeds: int = 10, steps: int = 2000, lr: float = 1.0, seed: int = 0) -> None:
    page.say("By hand first. The neurons are ReLUs: relu(z) = max(0, z) passes on what is above 0, and nothing else.")
    by_hand = [relu(Value(a + b)) - 2 * relu(Value(a + b - 1)) for a, b in XOR.X]
    right = [float(y) for y in by_hand] == XOR.y
    page.claim(
        "relu(x1 + x2) - 2 · relu(x1 + x2 - 1) on the corners", [float(y) for y in by_hand], "XOR, by two neurons and by hand", right
    )
    page.say("""Now by training. The output z is a logit: any number at all, whose sigmoid 1 / (1 + e⁻ᶻ) is the probability given to the
        answer 1, so that z > 0 means 1. A step of gradient descent changes every weight by -rate · gradient of the loss, the measure of
        error that section 4 explains. All samples that a step looks at are its batch: here all four corners.""")
    page.say("""The hidden neurons put their sums through an activation: the sigmoid, tanh (the same S shape, from -1 to 1), or ReLU.
        Section 5 shows what each is good for.""")
    page.say(f"""{steps:,} steps with rate {lr:g}, from {seeds} random beginnings each: weights and biases from the normal distribution
        N(0, 1). Solved means that all four corners are right. The column "notes" has the shares of 50 other runs, from the notes that
        this lesson was written from.""")
    ends = {(activation, width): train(activation, width, range(seed, seed + seeds), steps, lr)
            for activation, width in page.bar([*product(TRIAL, WIDTHS)], "XOR")}  # fmt: skip
    share = {activation: [sum(ends[activation, width].solved) / seeds for width in WIDTHS] for activation in TRIAL}
    page.table(["activation", "hidden neurons", "solved", "notes"], [
        [activation, width, f"{share[activation][i]:.0%}", f"{trial / 50:.0%}"]
        for activation, trials in TRIAL.items() for i, (width, trial) in enumerate(zip(WIDTHS, trials))
    ])  # fmt: skip
    one, eight = max(s[0] for s in share.values()), min(s[-1] for s in share.values())
    smooth = {activation: share[activation][1] for activation in ("sigmoid", "tanh")}
    page.claim("share solved with 1 hidden neuron, at most", one,
               "0: one weighted sum through what never turns round has one line as its border", one == 0)  # fmt: skip
    page.claim(
        "share solved with 2 smooth neurons", smooth, "some: 2 are enough to represent XOR, not to learn it", 0 < min(smooth.values()) < 1
    )
    page.claim("share solved with 8 neurons, at least", eight, "nearly all: enough neurons also means trainable", eight >= 0.8)
    page.picture("02-width", lambda theme: charts.lines(
        theme, "Runs that solve XOR, by width", ("hidden neurons", WIDTHS), "share solved", share, log="x",
    ), "Which share of the runs solves XOR: two neurons can represent it, more of them learn it more often")  # fmt: skip
    two = ends["tanh", 2]
    patience(page, two, steps, lr)
    if any(two.solved):
        give(two.model, two.thetas[two.solved.index(True)])
        page.picture("02-plane", lambda theme: plots.svg(plots.plot_boundary(two.model, XOR, "bce_with_logits", theme=theme)),
                     "A solution with two tanh neurons: two lines, and what is between them")  # fmt: skip


@dataclass(frozen=True)
class Runs:
    """A network of one hidden layer, its loss as a program, the weights that each beginning led to, and whether they solve XOR."""

    model: MLP
    loss: Program
    thetas: list[Any]

    @property
    def solved(self) -> list[bool]:
        """Whether all four corners are on the right side, for each."""
        return [solves(self.model, theta) for theta in self.thetas]


def train(
    activation: ActivationName, width: int, seeds: Iterable[int], steps: int, lr: float
) -> Runs:
    """The network, compiled once, trained from each seed."""
    model = MLP([2, width, 1], activation=activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    starts = [np.random.default_rng(seed).normal(size=len(loss.theta)) for seed in seeds]
    return Runs(model, loss, [descend(loss, start, (X, Y), steps, lr)[0] for start in starts])


def patience(page: Page, runs: Runs, steps: int, lr: float) -> None:
    """Whether stuck runs only need more time."""
    stuck = [theta for theta, solved in zip(runs.thetas, runs.solved) if not solved][:FEW]
    if not stuck:
        page.say("All of these runs solved XOR with two tanh neurons, so there is no stuck one to be patient with.")
        return
    later = [descend(runs.loss, theta, (X, Y), (PATIENCE - 1) * steps, lr)
             for theta in page.bar(stuck, "patience")]  # fmt: skip
    page.say("Is it luck or patience? The first of the runs with two tanh neurons that did not solve it go on:")
    page.table([f"loss after {steps:,} steps", f"after {PATIENCE * steps:,} steps"], [[curve[0], curve[-1]] for _, curve in later])
    found = sum(solves(runs.model, theta) for theta, _ in later)
    page.claim(
        f"stuck runs solved after {PATIENCE} times the steps", f"{found} of {len(stuck)}", "none: it was luck, not patience", found == 0
    )


def solves(model: MLP, theta: Any) -> bool:
    """Whether those weights put all four corners on the right side."""
    give(model, theta)
    return all((z.data > 0) == bool(y) for z, y in zip(model(XOR.X), XOR.y))
