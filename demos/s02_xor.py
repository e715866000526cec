"""2. XOR with a hidden layer: how many neurons are enough, and enough for what?

One line cannot separate XOR, but two lines can: a hidden layer of two neurons draws both, and the
output combines them. So two hidden neurons are enough to represent XOR. Whether gradient descent
finds the right weights is another question, and the answer depends on luck: on the weights it
starts from. (Rumelhart, Hinton and Williams reported runs on XOR stuck in local minima in 1986.)
With more neurons than necessary, training depends less on luck.

    python -m demos 2 --seed 100               # other random weights: which shares change?
    python -m demos 2 --seeds 50               # 3 minutes: do the shares come closer to the notes?
    python -m demos 2 --lr 0.1 --steps 5000    # small steps: do more runs succeed with 2 neurons?
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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
STEPS, RATE = 2000, 1.0
NOTES = {"sigmoid": (0, 35, 49, 50), "tanh": (0, 24, 49, 50), "relu": (0, 9, 37, 46)}
"""How many of NOTED runs solved XOR in the notes, after STEPS steps with RATE, for each width."""

NOTED = 50
PATIENCE, FEW = 10, 3
"""How many times as many steps the stuck runs get in all, and how many of them are continued."""

OPTIONS = {
    "seed": "the random seed of the first run; each further run takes the next number",
    "seeds": "how many runs each network gets, each from its own random weights",
}
XOR = data.xor()
X, Y = np.array(XOR.X), np.array(XOR.y)


@dataclass(frozen=True)
class Runs:
    """A network with one hidden layer, its compiled loss, and the weights that each run found."""

    model: MLP
    loss: Program
    thetas: list[Any]

    @property
    def solved(self) -> list[bool]:
        """Whether all four corners are right, for each run."""
        return [solves(self.model, theta) for theta in self.thetas]


def run(page: Page, seeds: int = 10, steps: int = STEPS, lr: float = RATE, seed: int = 0) -> None:
    by_hand(page)
    introduce(page, seeds, steps, lr)
    runs = {}
    for activation, width in page.bar([*product(NOTES, WIDTHS)], "XOR"):
        first_to_last = range(seed, seed + seeds)
        runs[activation, width] = train(activation, width, first_to_last, steps, lr)
    shares = {}
    for activation in NOTES:
        of_widths = [runs[activation, width] for width in WIDTHS]
        shares[activation] = [sum(found.solved) / seeds for found in of_widths]
    compared(page, shares, has_notes=(steps, lr) == (STEPS, RATE))
    two = runs["tanh", 2]
    patience(page, two, steps, lr)
    if any(two.solved):
        give(two.model, two.thetas[two.solved.index(True)])
        page.picture(
            "02-plane",
            lambda theme: plots.svg(
                plots.plot_boundary(two.model, XOR, "bce_with_logits", theme=theme)
            ),
            "A solution with two tanh neurons: two lines, and the strip between them",
        )


def by_hand(page: Page) -> None:
    """Weights for two neurons that need no training."""
    page.say("""First by hand. The neurons are ReLUs: $relu(z) = max(0, z)$ passes on what is above
        0, and nothing else.""")
    outputs = []
    for x1, x2 in XOR.X:
        outputs.append(float(relu(Value(x1 + x2)) - 2 * relu(Value(x1 + x2 - 1))))
    what = "relu(x1 + x2) - 2 · relu(x1 + x2 - 1) on the four corners"
    page.claim(what, outputs, "XOR, by two neurons and by hand", outputs == XOR.y)


def introduce(page: Page, seeds: int, steps: int, lr: float) -> None:
    """What all the runs have in common."""
    page.say("""Now by training. The output z is a logit: it can be any number, and its sigmoid,
        $1 / (1 + e^(-z))$, is the probability of the answer 1. So $z > 0$ means 1. A step of
        gradient descent changes every weight by minus the learning rate times the gradient of the
        loss, the measure of error that section 4 explains. The samples that one step looks at are a
        batch: here, all four corners.""")
    page.say("""Each hidden neuron puts its sum through an activation: the sigmoid, tanh (the same S
        shape, but from -1 to 1), or ReLU. Section 5 shows what each is good for.""")
    page.say(f"""Runs for each network: {seeds}. A run takes {steps:,} steps with rate {lr:g}. It
        starts from weights and biases drawn from the normal distribution N(0, 1). "Solved" means
        that all four corners are right.""")


def compared(page: Page, shares: Mapping[str, list[float]], has_notes: bool) -> None:
    """The share of runs that solve XOR, for each activation and width."""
    if has_notes:
        page.say(f"""The column headed "notes" has the shares of an earlier trial, with {NOTED} runs
            from other random weights.""")
    rows = []
    for activation, counts in NOTES.items():
        for width, share, count in zip(WIDTHS, shares[activation], counts):
            notes = [f"{count / NOTED:.0%}"] if has_notes else []
            rows.append([activation, width, f"{share:.0%}", *notes])
    heads = ["notes"] if has_notes else []
    page.table(["activation", "hidden neurons", "solved", *heads], rows)
    one = max([of_widths[0] for of_widths in shares.values()])
    told = "0: one neuron with a monotonic activation draws one line"
    page.claim("largest share solved with 1 hidden neuron", one, told, one == 0)
    smooth = {activation: shares[activation][1] for activation in ("sigmoid", "tanh")}
    told = "some, but not all: 2 are enough to represent XOR, but not always to learn it"
    is_some = 0 < min(smooth.values()) < 1
    page.claim("share solved with 2 smooth hidden neurons", smooth, told, is_some)
    eight = min([of_widths[-1] for of_widths in shares.values()])
    told = "nearly all: with enough neurons, training succeeds as well"
    page.claim("smallest share solved with 8 hidden neurons", eight, told, eight >= 0.8)
    page.picture(
        "02-width",
        lambda theme: charts.lines(
            theme,
            "Runs that solve XOR, by width",
            ("hidden neurons", WIDTHS),
            "share solved",
            shares,
            log="x",
        ),
        "Two neurons are enough to represent XOR. The curves show how often training solves it",
    )


def train(
    activation: ActivationName, width: int, seeds: Iterable[int], steps: int, lr: float
) -> Runs:
    """The network, compiled once and trained from each seed."""
    model = MLP([2, width, 1], activation=activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    starts = [np.random.default_rng(seed).normal(size=len(loss.theta)) for seed in seeds]
    return Runs(model, loss, [descend(loss, start, (X, Y), steps, lr)[0] for start in starts])


def patience(page: Page, runs: Runs, steps: int, lr: float) -> None:
    """Whether the stuck runs only need more time."""
    pairs = zip(runs.thetas, runs.solved)
    stuck = [theta for theta, is_solved in pairs if not is_solved][:FEW]
    if not stuck:
        page.say("""All of these runs solved XOR with two tanh neurons, so no stuck run is left to
            be given more time.""")
        return
    page.say(f"""Is it luck, or only a matter of patience? Of the runs with two tanh neurons that
        did not solve XOR, up to {FEW} are continued to {PATIENCE} times as many steps:""")
    more, rows, found = (PATIENCE - 1) * steps, [], 0
    for start in page.bar(stuck, "patience"):
        theta, curve = descend(runs.loss, start, (X, Y), more, lr)
        rows.append([curve[0], curve[-1]])
        found += solves(runs.model, theta)
    page.table([f"loss after {steps:,} steps", f"after {PATIENCE * steps:,} steps"], rows)
    what = f"stuck runs that solve XOR after {PATIENCE} times the steps"
    measured = f"{found} of {len(stuck)}"
    page.claim(what, measured, "none: it was luck, not patience", found == 0)


def solves(model: MLP, theta: Any) -> bool:
    """Whether these weights put all four corners on the right side."""
    give(model, theta)
    return all((z.data > 0) == bool(y) for z, y in zip(model(XOR.X), XOR.y))
