"""10. Overfitting: memorising noise, and what helps.

Two moons with so much noise that they overlap: no rule can be right about every point. A network with more parameters than points can
still be right about all that it was trained on, by bending around single points, and is the worse for it elsewhere, and sure of itself
where it is wrong. L2 keeps weights small; dropout (Srivastava et al., 2014) switches half of the neurons off at each step, so that none
can rely on another; early stopping ends where a validation loss is least. More data does what none of these can.

    python -m demos 10 --noise 0.2
    python -m demos 10 --l2 0.1 --points 20
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograd import compile
from demos import charts
from demos.page import Page, main
from demos.training import give, theta_of
from nn import MLP, data, losses
from nn.rules import scale_by_adam

SIZES = [2, 32, 32, 1]
TRIAL = {
    "plain": (0.995, 0.814, 1.56),
    "L2": (0.915, 0.828, 0.39),
    "dropout": (0.930, 0.829, 0.55),
    "early stopping": (0.940, 0.832, 0.56),
    "more data": (0.882, 0.880, 0.30),
}
MORE = 10
EVERY = 10  # steps between two looks at the losses
Split = tuple[data.Dataset, data.Dataset, data.Dataset]


def run(
    page: Page,
    points: int = 40,
    noise: float = 0.35,
    l2: float = 0.03,
    drop: float = 0.5,
    steps: int = 800,
    lr: float = 0.01,
    seeds: int = 5,
) -> None:
    page.say(f"""{points} points, a network of {SIZES} with {len(MLP(SIZES).parameters())} parameters, {steps:,} steps of Adam,
        means over {seeds} seeds; tested on 1,000 new points.""")
    share = len(MLP(SIZES).parameters()) / points
    page.claim("parameters for each point", share, "more than 1: it can learn them by heart", share > 1)
    trainer = Trainer(steps, lr)
    runs: dict[str, list[Run]] = {name: [] for name in TRIAL}
    for seed in page.bar(range(seeds), "seeds"):
        few, validation = data.moons(points, noise, rng=seed), data.moons(points, noise, rng=1000 + seed)
        many, test = data.moons(MORE * points, noise, rng=seed), data.moons(1000, noise, rng=2000 + seed)
        plain = trainer.run((few, validation, test), seed)
        runs["plain"].append(plain)
        runs["L2"].append(trainer.run((few, validation, test), seed, l2=l2))
        runs["dropout"].append(trainer.run((few, validation, test), seed, drop=drop))
        runs["early stopping"].append(replace(plain, **trainer.judged(plain.best, few, test)))
        runs["more data"].append(trainer.run((many, validation, test), seed))
    mean = {
        name: np.mean([(r.train_accuracy, r.test_accuracy, r.test_loss) for r in of_name], axis=0).tolist()
        for name, of_name in runs.items()
    }
    page.table(
        ["", "right in training", "right in the test", "test loss", "first trial"], [[name, *mean[name], TRIAL[name]] for name in TRIAL]
    )
    page.claim(
        "plain: right in training, and in the test",
        mean["plain"][:2],
        "nearly all, and clearly fewer",
        mean["plain"][0] > 0.97 and mean["plain"][1] < mean["plain"][0] - 0.1,
    )
    mended = {name: mean[name][2] for name in ("L2", "dropout", "early stopping")}
    page.claim("test loss: plain", mean["plain"][2], "large: it is sure of itself where it is wrong", mean["plain"][2] > 1)
    page.claim("test loss: regularised", mended, "fractions of that: they mend confidence", max(mended.values()) < 0.7 * mean["plain"][2])
    gain = {name: m[1] - mean["plain"][1] for name, m in mean.items() if name != "plain"}
    page.claim("gain in test accuracy", gain, f"most from {MORE} times the data", max(gain, key=lambda name: gain[name]) == "more data")
    curves = {"plain, training": runs["plain"][0].curve, "plain, validation": runs["plain"][0].validation}
    curves |= {f"{name}, validation": runs[name][0].validation for name in ("L2", "dropout", "more data")}
    page.picture("10-overfitting", lambda theme: charts.lines(
        theme, f"Two moons with noise {noise:g}", ("step", range(0, steps, EVERY)), "loss", curves, log="y",
    ), "The training loss falls on while the validation loss rises: what is learned from here on is noise")  # fmt: skip


@dataclass(frozen=True)
class Run:
    """How good it is at the end of a training, the losses on the way, and the parameters when the validation loss was least."""

    train_accuracy: float
    test_accuracy: float
    test_loss: float
    curve: list[float]
    validation: list[float]
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

    def run(self, split: Split, seed: int, l2: float = 0.0, drop: float = 0.0) -> Run:
        train, validation, test = split
        rng, theta = np.random.default_rng(seed), theta_of(MLP(SIZES, rng=seed))
        state: Any = (np.zeros_like(theta),) * self.rule.slots
        n = len(train.y)
        curve, later, thetas = list[float](), list[float](), list[Any]()
        for t in range(self.steps):
            masks = (rng.random((n, *self.all_on.shape)) >= drop) / (1 - drop)  # with no drop, ones
            total, g = self.loss.sums(theta, train.X, train.y, masks)
            if t % EVERY == 0:
                curve.append(total / n)
                later.append(self.judge(theta, validation)[1])
                thetas.append(theta)
            direction, state = self.rule.update(g / n + 2 * l2 * theta, theta, state, t + 1)
            theta = theta - self.lr * direction
        return Run(**self.judged(theta, train, test), curve=curve, validation=later, best=thetas[int(np.argmin(later))])

    def judged(self, theta: Any, train: data.Dataset, test: data.Dataset) -> dict[str, Any]:
        right, loss = self.judge(theta, test)
        return {"train_accuracy": self.judge(theta, train)[0], "test_accuracy": right, "test_loss": loss}

    def judge(self, theta: Any, on: data.Dataset) -> tuple[float, float]:
        """Accuracy and loss, with no neuron dropped."""
        give(self.model, theta)
        z, y = self.logits(on.X), np.array(on.y)
        return float(((z > 0) == y).mean()), float((np.logaddexp(0, z) - y * z).mean())


if __name__ == "__main__":
    main(run)
