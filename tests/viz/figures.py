"""Plots as their tests make and read them: small trainings, lines, legends and histories."""

from pathlib import Path

import numpy as np

from nn import MLP, Dataset, Epoch, History, Module, data, fit
from viz import plots

ROOT = Path(__file__).resolve().parents[2]
MOONS = data.moons(40, noise=0.2, rng=0)
THEMES = ["light", "dark"]


def trained(sizes=(2, 4, 4, 2), samples=MOONS, **settings):
    model = MLP(list(sizes), rng=0)
    return model, fit(
        model, samples, **{"epochs": 5, "lr": 0.05, "rng": 0, "progress": False, **settings}
    )


def regression():
    X = [[i / 10] for i in range(-10, 10)]
    return Dataset(X, [x * x for (x,) in X])


LINEAR = {"loss": "mse", "optimizer": "sgd", "batch_size": 1, "epochs": 8}


def rates_plot(rates=(0.01, 0.1, 10.0), **settings):
    """The largest of these rates diverges."""
    return plots.plot_learning_rates(
        lambda: MLP([1, 1], rng=0), regression(), rates, **LINEAR | settings
    )


def lines(axes):
    """The points of each line, by its label."""
    return {line.get_label(): np.array(line.get_data(), float) for line in axes.lines}


def line(axes, label):
    return next(x for x in axes.lines if x.get_label() == label)


def legend(figure):
    boxes = [axes.get_legend() for axes in figure.axes] + figure.legends
    return [text.get_text() for box in boxes if box for text in box.get_texts()]


def made(**columns):
    """A history with these columns, by hand."""
    n = len(next(iter(columns.values())))
    blank = {
        "accuracy": None,
        "lr": 0.1,
        "grad_norms": {},
        "update_ratios": {},
        "deltas": {},
        "dead": {},
        "saturated": {},
    }
    epochs = []
    for i in range(n):
        now = {name: column[i] for name, column in columns.items()}
        epochs.append(Epoch(epoch=i, **blank | now))
    return History(epochs)


class Fixed(Module):
    """A model whose outputs are a formula of its two inputs."""

    def __init__(self, f):
        self.f = f

    def forward(self, x):
        return self.f(*x)


SQUARE = Dataset(
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
    [0, 0, 1, 1],
    ("width", "height"),
    ("low", "high"),
)
