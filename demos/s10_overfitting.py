"""10. Overfitting: memorising noise, and what helps.

Two moons with so much noise that they overlap: no rule can be right about every point. A network
with more parameters than points can still be right about everything that it was trained on, by
bending its border around single points. That makes it worse elsewhere, and sure of itself where it
is wrong. L2 adds the squares of all parameters to the loss, which keeps them small. Dropout
(Srivastava et al., 2014) switches off a random part of the neurons at each step, here half of them,
so that none can rely on another. Early stopping keeps the weights for which the loss on validation
data was smallest. More data does what none of these can.

    python -m demos 10 --noise 0.2              # less noise: how far do training and test differ?
    python -m demos 10 --l2 0.1 --points 20     # half the points: what does L2 do, and more data?
    python -m demos 10 --seed 100               # other data and weights: which gains remain?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from autograd import compile
from nn import MLP, data, losses
from nn.optim.rules import scale_by_adam
from viz import plots

from . import charts
from .page import Page
from .training import give, theta_of

SIZES = [2, 32, 32, 1]
NOTES = {
    "plain": ".995, .814, 1.56; stopped early .940, .832, .56",
    "L2": ".915, .828, .39",
    "dropout": ".930, .829, .55",
    "more data": ".882, .880, .30",
}
"""Right in training, right in the test, and test loss in the notes, with the NOTED settings."""

KINDS = tuple(NOTES)
NOTED = (40, 0.35, 0.03, 0.5, 800, 0.01)
"""The number of points, noise, l2, drop, steps and lr: the defaults."""

MORE = 10
"""How many times as many points "more data" has."""

EVERY = 10
"""How many steps lie between two looks at the losses."""

TESTED = 1000

OPTIONS = {
    "points": "how many points to train on, and to validate on",
    "noise": "the standard deviation of the noise in the points",
    "l2": "how strongly L2 pulls weights towards 0",
    "drop": "the share of neurons that dropout switches off",
    "seeds": "how many data sets to draw, each with its own initial weights",
    "seed": "the random seed of the first data set; the others count up from it",
}


class Sets(NamedTuple):
    """The points of one seed: few and many to train on, and those to validate and to test on."""

    few: data.Dataset
    many: data.Dataset
    validation: data.Dataset
    test: data.Dataset


@dataclass(frozen=True)
class Run:
    """How good a network was after the last step, and when its validation loss was smallest.

    `end` and `early` hold the share right in training, the share right in the test, and the test
    loss. The losses on the way and the parameters at both times follow.
    """

    end: tuple[float, ...]
    early: tuple[float, ...]
    curve: list[float]
    validation: list[float]
    last: Any
    best: Any


def run(
    page: Page,
    points: int = 40,
    noise: float = 0.35,
    l2: float = 0.03,
    drop: float = 0.5,
    steps: int = 800,
    lr: float = 0.01,
    seeds: int = 8,
    seed: int = 0,
) -> None:
    if not 0 <= drop < 1 or seeds < 2:
        raise ValueError(
            f"--drop must be at least 0 and less than 1, and --seeds 2 or more, for a spread; "
            f"got {drop:g} and {seeds}"
        )
    introduce(page, points, steps, seeds)
    sets = {i: drawn(points, noise, i) for i in range(seed, seed + seeds)}
    possible = best_possible(page, [of_seed.test for of_seed in sets.values()], noise)
    trainer = Trainer(steps, lr)
    settings: dict[str, dict[str, float]] = {"L2": {"l2": l2}, "dropout": {"drop": drop}}
    runs: dict[str, list[Run]] = {name: [] for name in KINDS}
    for i in page.bar(sets, "seeds"):
        for name in KINDS:
            runs[name].append(trainer.run(name, sets[i], i, **settings.get(name, {})))
    end, early = dict[str, Any](), dict[str, Any]()
    for name, of_name in runs.items():
        end[name] = np.array([one.end for one in of_name])
        early[name] = np.array([one.early for one in of_name])
    after_the_last_step(page, end, early, (points, noise, l2, drop, steps, lr) == NOTED)
    stopped_early(page, early, possible)
    draw_losses(page, trainer, runs, noise)
    draw_borders(page, trainer, runs, sets[seed].few)


def introduce(page: Page, points: int, steps: int, seeds: int) -> None:
    """What is trained, and how it is judged."""
    sizes, parameters = ", ".join(map(str, SIZES)), len(MLP(SIZES).parameters())
    page.say(f"""{points} training points, and {parameters:,} parameters in layers of {sizes}. Each
        network is trained with {steps:,} steps of Adam and tested on {TESTED:,} new points. (Adam
        is gradient descent along a running mean of the gradients, in which the step of each
        parameter is divided by the recent size of its own gradients; Kingma and Ba, 2015.) The
        numbers are means over {seeds} sets of data, ± one standard error. "More data" is {MORE}
        times as many training points. Each network is judged twice: after the last step, and as it
        was when its loss on {points} validation points was smallest.""")


def best_possible(page: Page, tests: Sequence[data.Dataset], noise: float) -> float:
    """How often the best possible rule is right on the test points."""
    page.say("""How good can any rule be? Someone who knows how the points are made can compute for
        each of them which moon it more likely came from. On average, no rule is right more
        often.""")
    possible = float(np.mean([best_rule(test, noise) for test in tests]))
    what = "share right in the test, by the best possible rule"
    page.claim(what, possible, "clearly below 1: the moons overlap", possible < 0.95)
    return possible


def drawn(points: int, noise: float, seed: int) -> Sets:
    """The points of one seed."""
    few = data.moons(points, noise, rng=seed)
    many = data.moons(MORE * points, noise, rng=seed + 10_000)
    validation = data.moons(points, noise, rng=seed + 20_000)
    return Sets(few, many, validation, data.moons(TESTED, noise, rng=seed + 30_000))


def best_rule(points: data.Dataset, noise: float) -> float:
    """How often the best possible rule is right.

    It asks from which moon such a point comes more often, with this noise.
    """
    clean, X = data.moons(1000, 0.0, rng=0), np.array(points.X)
    far = ((X[:, None] - np.array(clean.X)) ** 2).sum(axis=2)
    likely = np.exp(-far / (2 * noise**2)) @ (2 * np.array(clean.y) - 1)
    return float(((likely > 0) == points.y).mean())


def after_the_last_step(
    page: Page, end: Mapping[str, Any], early: Mapping[str, Any], has_notes: bool
) -> None:
    """How good all are at the end, and how good they were before."""
    page.say("After the last step:")
    if has_notes:
        page.say('The column headed "notes" has the same three numbers from an earlier trial.')
    head, rows = ["", "right in training", "right in the test", "test loss"], []
    for name in KINDS:
        notes = [NOTES[name]] if has_notes else []
        rows.append([name, *map(spread, end[name].T), *notes])
    page.table([*head, "notes"] if has_notes else head, rows)
    page.say("When the validation loss was smallest:")
    page.table(head, [[name, *map(spread, early[name].T)] for name in KINDS])

    learned, right, loss = end["plain"].mean(axis=0)
    is_so = learned > 0.97 and right < learned - 0.1
    what = "share right in training and in the test, plain"
    page.claim(what, [learned, right], "nearly all, and clearly fewer", is_so)
    ratio = loss / early["plain"][:, 2].mean()
    what = "test loss after the last step, over that when stopped early, plain"
    page.claim(what, ratio, "above 2: it is sure of itself where it is wrong", ratio > 2)
    regularised = {name: end[name][:, 2].mean() for name in ("L2", "dropout")}
    told = f"below 0.7 of {loss:.3g}: with them a network is less sure of itself"
    is_less = max(regularised.values()) < 0.7 * loss
    page.claim("test loss after the last step, with L2 and dropout", regularised, told, is_less)


def stopped_early(page: Page, early: Mapping[str, Any], possible: float) -> None:
    """What each remedy adds to early stopping."""
    gain = {name: early[name][:, 1] - early["plain"][:, 1] for name in KINDS if name != "plain"}
    page.say("""With all of them stopped early, this is the gain in accuracy over the plain network,
        computed for each seed and then averaged:""")
    page.table(
        ["", "gain in the test"], [[name, spread(of_name)] for name, of_name in gain.items()]
    )
    change = max(abs(gain["L2"].mean()), abs(gain["dropout"].mean()))
    what = "gain or loss in accuracy through L2 or dropout, whichever is larger"
    page.claim(what, change, "hardly anything: below 0.02", change < 0.02)
    mean, error = gain["more data"].mean(), error_of(gain["more data"])
    errors = mean / error if error else math.nan  # two seeds can gain the same
    what = "gain from more data, in standard errors"
    page.claim(what, errors, "above 2: more than chance", errors > 2)
    best = max([float(of_name[:, 1].mean()) for of_name in early.values()])
    told = f"at most {possible:.3f}, the share of the best possible rule"
    page.claim("share right in the test, by the best of these", best, told, best <= possible)


def draw_losses(
    page: Page, trainer: Trainer, runs: Mapping[str, Sequence[Run]], noise: float
) -> None:
    """The losses on the way, for the first seed."""
    curves = {"plain, training": runs["plain"][0].curve}
    for name, of_name in runs.items():
        curves[f"{name}, validation"] = of_name[0].validation
    of_plain = runs["plain"][0].validation
    smallest = int(np.argmin(of_plain))
    page.picture(
        "10-overfitting",
        lambda theme: charts.lines(
            theme,
            f"Two moons with noise {noise:g}",
            ("step", range(0, trainer.steps, EVERY)),
            "loss",
            curves,
            log="y",
            stars={"smallest, plain": (EVERY * smallest, of_plain[smallest])},
        ),
        "The star is where the plain network has its smallest validation loss. If its training "
        "loss keeps falling from there, what it learns is noise",
    )


def draw_borders(
    page: Page, trainer: Trainer, runs: Mapping[str, Sequence[Run]], few: data.Dataset
) -> None:
    """What was learned from the first seed, drawn with its training points."""
    plain, more = runs["plain"][0], runs["more data"][0]
    many = f"Trained on {MORE} times the data, stopped early, drawn with the same few points"
    for name, theta, (trained, tested, _), which in (
        ("10-last", plain.last, plain.end, "Plain, after the last step"),
        ("10-early", plain.best, plain.early, "Plain, stopped early"),
        ("10-more", more.best, more.early, many),
    ):
        give(trainer.model, theta)
        page.picture(
            name,
            lambda theme: plots.svg(
                plots.plot_boundary(
                    trainer.model, few, "bce_with_logits", resolution=40, theme=theme
                )
            ),
            f"{which}: {trained:.1%} of its training points are right, and {tested:.1%} of the "
            "test points",
        )


def error_of(numbers: Any) -> float:
    """The standard error of a mean."""
    return float(np.std(numbers, ddof=1)) / math.sqrt(len(numbers))


def spread(numbers: Any) -> str:
    """A mean and its standard error."""
    return f"{np.mean(numbers):.3f} ± {error_of(numbers):.3f}"


class Trainer:
    """Trains a network from one seed after the other; it is compiled only once.

    Which neurons are dropped is an input of it: a compiled program draws nothing at random.
    """

    def __init__(self, steps: int, lr: float) -> None:
        self.steps, self.lr, self.rule = steps, lr, scale_by_adam(0.9, 0.999, 1e-8)
        self.model = MLP(SIZES)
        *hidden, last = self.model.layers

        def loss(x: Any, y: Any, masks: Any) -> Any:
            for layer, mask in zip(hidden, masks):
                x = [a * m for a, m in zip(layer(x), mask)]
            return losses.bce_with_logits(last(x)[0], y)

        self.all_on = np.ones((len(SIZES) - 2, SIZES[1]))
        self.loss = compile(loss, [0.0, 0.0], 0.0, self.all_on.tolist(), wrt=self.model)
        self.logits = compile(self.model, [0.0, 0.0])

    def run(self, kind: str, sets: Sets, seed: int, l2: float = 0.0, drop: float = 0.0) -> Run:
        """One training run with Adam, judged on the way and at the end."""
        train = sets.many if kind == "more data" else sets.few
        rng, theta = np.random.default_rng(seed), theta_of(MLP(SIZES, rng=seed))
        state: Any = (np.zeros_like(theta),) * self.rule.slots
        n = len(train.y)
        curve, validation, best = list[float](), list[float](), theta
        for t in range(self.steps):
            masks = (rng.random((n, *self.all_on.shape)) >= drop) / (1 - drop)  # with no drop, ones
            total, g = self.loss.sums(theta, train.X, train.y, masks)
            if t % EVERY == 0:
                curve.append(total / n)
                validation.append(self.judge(theta, sets.validation)[1])
                best = theta if validation[-1] == min(validation) else best
            direction, state = self.rule.update(g / n + 2 * l2 * theta, theta, state, t + 1)
            theta = theta - self.lr * direction
        end = self.judge(theta, train)[0], *self.judge(theta, sets.test)
        early = self.judge(best, train)[0], *self.judge(best, sets.test)
        return Run(end, early, curve, validation, theta, best)

    def judge(self, theta: Any, on: data.Dataset) -> tuple[float, float]:
        """Accuracy and loss, with no neuron dropped."""
        give(self.model, theta)
        z, y = self.logits(on.X), np.array(on.y)
        return float(((z > 0) == y).mean()), float((np.logaddexp(0, z) - y * z).mean())
