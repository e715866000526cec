"""10. Overfitting: memorising noise, and what helps.

Two moons with so much noise that they overlap: no rule can be right about every point. A network with more parameters than points can
still be right about all that it was trained on, by bending around single points. Elsewhere it is the worse for it, and sure of itself
where it is wrong. L2 adds the squares of all parameters to the loss, which keeps them small. Dropout (Srivastava et al., 2014) switches
half of the neurons off at each step, so that none can rely on another. Early stopping keeps the weights for which the loss on validation
data was least. More data does what none of these can.

    python -m demos 10 --noise 0.2               # less noise: does the border still bend around single points?
    python -m demos 10 --l2 0.1 --points 20      # half the points: what does L2 do now, and what do ten times as many?
    python -m demos 10 --seed 100                # other data, other weights: which of the gains are still there?
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograd import compile
from nn import MLP, data, losses
from nn.optim.rules import scale_by_adam
from viz import plots

from . import charts
from .page import Page
from .training import give, theta_of

SIZES = [2, 32, 32, 1]
NOTES = {  # right in training, in the test, test loss
    "plain": ".995, .814, 1.56; stopped early .940, .832, .56",
    "L2": ".915, .828, .39",
    "dropout": ".930, .829, .55",
    "more data": ".882, .880, .30",
}
MORE = 10
EVERY = 10  # steps between two looks at the losses

OPTIONS = {
    "points": "how many points to train on, and to validate on",
    "noise": "the standard deviation of what is added to the points",
    "l2": "how strongly L2 pulls weights to 0",
    "drop": "the share of neurons that dropout switches off",
    "seeds": "how many sets of data, each with weights of its own",
    "seed": "the first of these",
}


def run(
    page: Page, points: int = 40, noise: float = 0.35, l2: float = 0.03, drop: float = 0.5, steps: int = 800, lr: float = 0.01,
    seeds: int = 8, seed: int = 0,
) -> None:  # fmt: skip
    if not 0 <= drop < 1 or seeds < 2:
        raise ValueError(f"--drop must be at least 0 and less than 1, and --seeds 2 or more, for a spread; got {drop:g} and {seeds}")
    sizes, parameters = ", ".join(map(str, SIZES)), len(MLP(SIZES).parameters())
    page.say(f"""{points} points and {parameters:,} parameters, in layers of {sizes}; {steps:,} steps of Adam, tested on 1,000 new points.
        (Adam is gradient descent along a running mean of the gradients, where the step of each parameter is divided by how large its own
        gradients have been of late; Kingma and Ba, 2015.)
        Means over {seeds} sets of data, ± one standard error. "More data" is {MORE} times as many points. Each is judged twice, after the
        last step, and as it was when its loss on {points} validation points was least.""")
    possible = float(np.mean([best_rule(data.moons(1000, noise, rng=i + 30_000), noise) for i in range(seed, seed + seeds)]))
    page.say("""How good can any rule be? Whoever knows how the points are made can compute for each which moon it more likely comes from.
        No rule is right more often, on average.""")
    page.claim("right in the test, by the best possible rule", possible, "clearly below 1: the moons overlap", possible < 0.95)
    trainer = Trainer(steps, lr)
    runs: dict[str, list[Run]] = {name: [] for name in NOTES}
    for i in page.bar(range(seed, seed + seeds), "seeds"):
        few, many, validation, test = (
            data.moons(n, noise, rng=i + more) for n, more in ((points, 0), (MORE * points, 10_000), (points, 20_000), (1000, 30_000))
        )
        for name, train, how in (("plain", few, {}), ("L2", few, {"l2": l2}), ("dropout", few, {"drop": drop}), ("more data", many, {})):
            runs[name].append(trainer.run(train, validation, test, i, **how))
    end = {name: np.array([r.end for r in of_name]) for name, of_name in runs.items()}
    early = {name: np.array([r.early for r in of_name]) for name, of_name in runs.items()}
    heads = ["", "right in training", "right in the test", "test loss"]
    page.say("After the last step:")
    page.table([*heads, "notes"], [[name, *map(spread, end[name].T), NOTES[name]] for name in NOTES])
    page.say("When the validation loss was least:")
    page.table(heads, [[name, *map(spread, early[name].T)] for name in NOTES])

    learned, right, loss = end["plain"].mean(axis=0)
    page.claim("plain: right in training, and in the test", [learned, right], "nearly all, and clearly fewer",
               learned > 0.97 and right < learned - 0.1)  # fmt: skip
    page.claim("plain: test loss after the last step over that when stopped early", loss / early["plain"][:, 2].mean(),
               "above 2: it is sure of itself where it is wrong", loss > 2 * early["plain"][:, 2].mean())  # fmt: skip
    mended = {name: end[name][:, 2].mean() for name in ("L2", "dropout")}
    page.claim("test loss after the last step, regularised", mended, f"below 0.7 of {loss:.3g}: they mend confidence",
               max(mended.values()) < 0.7 * loss)  # fmt: skip
    gain = {name: early[name][:, 1] - early["plain"][:, 1] for name in NOTES if name != "plain"}
    page.say("Stopped early, what is gained over plain in accuracy, seed by seed:")
    page.table(["", "gain in the test"], [[name, spread(g)] for name, g in gain.items()])
    small = max(abs(gain["L2"].mean()), abs(gain["dropout"].mean()))
    page.claim("of L2 and dropout the larger gain or loss", small, "hardly anything: below 0.02", small < 0.02)
    most = gain["more data"]
    page.claim(
        "gain from more data, in standard errors",
        most.mean() / error_of(most),
        "above 2: it is no chance",
        most.mean() > 2 * error_of(most),
    )
    best = max(float(of_name[:, 1].mean()) for of_name in early.values())
    page.claim("right in the test, by the best of these", best, f"at most {possible:.3f}, as the best possible rule", best <= possible)
    draw(page, trainer, runs, noise, seed, points)


def draw(page: Page, trainer: Trainer, runs: dict[str, list[Run]], noise: float, seed: int, points: int) -> None:
    """The losses on the way, and what was learned, of the first seed."""
    first = {name: of_name[0] for name, of_name in runs.items()}
    curves = {"plain, training": first["plain"].curve} | {f"{name}, validation": r.validation for name, r in first.items()}
    least = int(np.argmin(first["plain"].validation))
    page.picture("10-overfitting", lambda theme: charts.lines(
        theme, f"Two moons with noise {noise:g}", ("step", range(0, trainer.steps, EVERY)), "loss", curves, log="y",
        stars={"least, plain": (EVERY * least, first["plain"].validation[least])},
    ), "The training loss falls on while the validation loss rises: what is learned after the star is noise")  # fmt: skip
    few = data.moons(points, noise, rng=seed)
    for name, theta, caption in (
        ("10-last", first["plain"].last, "Plain, after the last step: the border bends around single points"),
        ("10-early", first["plain"].best, "Plain, stopped early: wrong about some of its points, and better elsewhere"),
        ("10-more", first["more data"].best, f"Trained on {MORE} times the data, drawn with the same points"),
    ):
        give(trainer.model, theta)
        page.picture(name, lambda theme: plots.svg(
            plots.plot_boundary(trainer.model, few, "bce_with_logits", resolution=40, theme=theme)
        ), caption)  # fmt: skip


def best_rule(points: data.Dataset, noise: float) -> float:
    """How often it is right: where would more points like this one come from, from the one moon or the other?"""
    clean, X = data.moons(1000, 0.0, rng=0), np.array(points.X)
    far = ((X[:, None] - np.array(clean.X)) ** 2).sum(axis=2)
    likely = np.exp(-far / (2 * noise**2)) @ (2 * np.array(clean.y) - 1)
    return float(((likely > 0) == points.y).mean())


def error_of(numbers: Any) -> float:
    """The standard error of a mean."""
    return float(np.std(numbers, ddof=1)) / math.sqrt(len(numbers))


def spread(numbers: Any) -> str:
    """A mean and its standard error."""
    return f"{np.mean(numbers):.3f} ± {error_of(numbers):.3f}"


@dataclass(frozen=True)
class Run:
    """How good it was at the end, and when the validation loss was least (right in training, in the test, test loss); the losses on the
    way, and the parameters at both times."""

    end: tuple[float, ...]
    early: tuple[float, ...]
    curve: list[float]
    validation: list[float]
    last: Any
    best: Any


class Trainer:
    """Trains a network, compiled once, again and again. Which neurons are dropped is an input of it: a program draws nothing at random."""

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

    def run(self, train: data.Dataset, validation: data.Dataset, test: data.Dataset, seed: int, l2: float = 0.0, drop: float = 0.0) -> Run:
        rng, theta = np.random.default_rng(seed), theta_of(MLP(SIZES, rng=seed))
        state: Any = (np.zeros_like(theta),) * self.rule.slots
        n = len(train.y)
        curve, later, best = list[float](), list[float](), theta
        for t in range(self.steps):
            masks = (rng.random((n, *self.all_on.shape)) >= drop) / (1 - drop)  # with no drop, ones
            total, g = self.loss.sums(theta, train.X, train.y, masks)
            if t % EVERY == 0:
                curve.append(total / n)
                later.append(self.judge(theta, validation)[1])
                best = theta if later[-1] == min(later) else best
            direction, state = self.rule.update(g / n + 2 * l2 * theta, theta, state, t + 1)
            theta = theta - self.lr * direction
        end, early = ((self.judge(x, train)[0], *self.judge(x, test)) for x in (theta, best))
        return Run(end, early, curve, later, theta, best)

    def judge(self, theta: Any, on: data.Dataset) -> tuple[float, float]:
        """Accuracy and loss, with no neuron dropped."""
        give(self.model, theta)
        z, y = self.logits(on.X), np.array(on.y)
        return float(((z > 0) == y).mean()), float((np.logaddexp(0, z) - y * z).mean())
