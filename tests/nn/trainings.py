"""Trainings that each have one fault, what the remedy makes of them, and healthy ones.

`diagnose` is tested and measured on these, for every seed and optimizer. A fault is a function of a
seed and an optimizer; so is its remedy, and `BETTER` says by which number it is to be better.
"""

import operator
import random
import statistics
from functools import partial

from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Layer,
    Module,
    Monitor,
    Sequential,
    TrainingError,
    data,
    decide,
    fit,
    init,
    losses,
    optim,
    predict,
    schedules,
)
from nn.data import Dataset

RATES = {"sgd": 0.3, "momentum": 0.03, "adam": 0.02}
"""Learning rates that suit the small networks here."""


def optimizer_of(model, name, scale=1.0):
    rate = RATES[name] * scale
    if name == "adam":
        return optim.Adam(model.parameters(), rate)
    return optim.SGD(model.parameters(), rate, momentum=0.9 if name == "momentum" else 0.0)


def trained(model, samples, name="adam", scale=1.0, **settings):
    """The model and the history of its training, with that optimizer at a scale of its rate."""
    optimizer = settings.pop("optimizer", None) or optimizer_of(model, name, scale)
    try:
        return model, fit(model, samples, optimizer=optimizer, progress=False, **settings)
    except TrainingError as error:
        return model, error.history


# Faults, and what their remedies make of them.


def deep(seed, name, **how):
    model = MLP([2] + [6] * 8 + [2], rng=seed, **how)
    return trained(model, data.moons(40, rng=seed), name, 0.5, epochs=20, rng=seed)


def exploding(seed, name, weights, scale):
    model = MLP([2] + [10] * 8 + [2], init=weights, rng=seed)
    return trained(model, data.moons(40, rng=seed), name, scale, epochs=5, rng=seed)


def dead(seed, name, bias):
    model = MLP([2, 12, 2], rng=seed)
    model.layers[0].b = [bias] * 12
    return trained(model, data.moons(60, rng=seed), name, 0.2, epochs=40, rng=seed)


def killed(seed, scale=100.0):
    model = MLP([2, 12, 12, 2], rng=seed)
    return trained(model, data.moons(60, rng=seed), "sgd", scale, epochs=8, rng=seed)


def thrown(seed, scale=100.0):
    """Units that are saturated because the first steps were too large."""
    model = MLP([2, 12, 12, 2], "tanh", rng=seed)
    return trained(model, data.moons(60, rng=seed), "sgd", scale, epochs=8, rng=seed)


def saturated(seed, name, weights):
    model = MLP([2, 10, 10, 2], activation="tanh", init=weights, rng=seed)
    return trained(model, data.moons(60, rng=seed), name, 0.05, epochs=8, rng=seed)


def rated(seed, name, scale):
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    return trained(model, data.moons(80, rng=seed), name, scale, epochs=12, rng=seed)


def oscillating(seed, name, scale):
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    samples = data.moons(60, noise=0.3, rng=seed)
    return trained(model, samples, name, scale, epochs=30, batch_size=5, rng=seed)


def overfitting(seed, name, **how):
    model = MLP([2, 24, 2], activation="tanh", rng=seed)
    train, test = data.moons(24, noise=0.4, rng=seed), data.moons(100, noise=0.4, rng=1000 + seed)
    scale = {"sgd": 6.0, "momentum": 10.0, "adam": 5.0}[name]
    return trained(model, train, name, scale, validation=test, epochs=300, rng=seed, **how)


def underfitting(seed, name, sizes=(2, 2)):
    samples = data.circles(80, rng=seed)
    return trained(MLP([*sizes], rng=seed), samples, name, 2.0, epochs=30, rng=seed)


def unfinished(seed, name, epochs):
    samples = data.circles(80, rng=seed)
    return trained(MLP([2, 16, 2], rng=seed), samples, name, 0.3, epochs=epochs, rng=seed)


def not_standardised(seed, name, remedied=False):
    X, y = data.moons(60, rng=seed)
    rows = [[1000 + 50 * first, 1000 + 50 * second] for first, second in X]
    if remedied:
        rows = data.standardise(rows)
    return trained(MLP([2, 8, 2], rng=seed), (rows, y), name, 0.3, epochs=25, rng=seed)


def large_targets(seed, name, remedied=False):
    X, y = regression(seed)
    targets = y if remedied else [3000.0 + 1000.0 * t for t in y]
    model = MLP([1, 10, 1], "tanh", rng=seed)
    return trained(model, (X, targets), name, 1.0, loss="mse", epochs=40, rng=seed)


def straight(seed, name, sizes=(1, 1)):
    """A line through what is no line: it can do no better than the mean."""
    rng = random.Random(seed)
    X = [[rng.uniform(-1.5, 1.5)] for _ in range(60)]
    y = [3.0 * x * x for (x,) in X]
    model = MLP([*sizes], "relu", rng=seed)
    return trained(model, (X, y), name, 2.0, loss="mse", epochs=120, rng=seed)


def growing(seed, name, schedule=None):
    """A learning rate that grows until the loss, which was low already, rises again."""
    model = MLP([1, 10, 1], "tanh", rng=seed)
    rate, epochs = {"momentum": (1.05, 70), "adam": (1.1, 50)}[name]
    how = {"epochs": epochs, "schedule": schedule or schedules.exponential(rate)}
    return trained(model, regression(seed), name, 1.0, loss="mse", rng=seed, **how)


def unbalanced(seed, name, weights=None):
    X, y = data.blobs(400, classes=2, spread=7.5, rng=seed)
    rare = [i for i, label in enumerate(y) if label][:8]
    kept = [i for i, label in enumerate(y) if not label][:80] + rare
    samples = [X[i] for i in kept], [y[i] for i in kept]
    loss = partial(losses.cross_entropy, weight=weights) if weights else "cross_entropy"
    return trained(MLP([2, 8, 2], rng=seed), samples, name, 1.0, loss=loss, epochs=60, rng=seed)


def balanced_accuracy(seed, model):
    X, y = data.blobs(400, classes=2, spread=7.5, rng=seed)
    is_right = list(map(operator.eq, decide(predict(model, X), "cross_entropy"), y))
    return is_right.count(True) / len(y)  # both classes have as many rows


def symmetric(seed, name, start=None):
    start = start or ["zeros", init.uniform(0.3, 0.3)][seed % 2]
    model = MLP([2, 8, 2], activation=["relu", "tanh"][seed % 2], init=start, rng=seed)
    return trained(model, data.moons(60, rng=seed), name, 1.0, epochs=15, rng=seed)


class Branches(Module):
    """A network with a branch whose output the result has, or has as a mere number."""

    def __init__(self, seed, is_cut):
        rng = random.Random(seed)
        self.one, self.other = Layer(2, 6, "tanh", rng=rng), Layer(2, 6, "tanh", rng=rng)
        self.last, self.is_cut = Layer(12, 2, "identity", rng=rng), is_cut

    def forward(self, x):
        other = self.other(x)
        if self.is_cut:
            other = [a.data for a in other]
        return self.last([*self.one(x), *other])


def unreached(seed, name, is_cut=True):
    model = Branches(seed, is_cut)
    return trained(model, data.moons(60, rng=seed), name, 0.5, epochs=5, rng=seed, compiled=False)


def forgotten(seed, name, zeroes=False):
    """A loop of one's own, without opt.zero_grad()."""
    samples = data.moons(60, rng=seed)
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    scale = 10.0 if name == "sgd" else 1.0
    opt, rng = optimizer_of(model, name, scale), random.Random(seed)
    with Monitor(model, samples) as monitor:
        for _ in range(50):
            for X, y in data.batches(*samples, size=20, rng=rng):
                if zeroes:
                    opt.zero_grad()
                loss = losses.cross_entropy(model(X), y)
                loss.backward()
                monitor.observe(loss, len(y))
                opt.step()
            monitor.end_epoch(opt.lr)
    return model, monitor.history


LARGE = {"sgd": 300.0, "momentum": 300.0, "adam": 2000.0}
SHAKING = {"sgd": 8.0, "momentum": 10.0, "adam": 25.0}
STEEP = init.he_normal(gain=5.0)
WIDE = init.normal(0.0, 10.0)

FAULTS = {
    "vanishing gradients": partial(deep, activation="sigmoid", init="xavier_uniform"),
    "exploding gradients": partial(exploding, weights=STEEP, scale=1e-6),
    "dead ReLU": partial(dead, bias=-4.0),
    "saturated units": partial(saturated, weights=WIDE),
    "learning rate too small": partial(rated, scale=3e-4),
    "learning rate too large": lambda seed, name: rated(seed, name, LARGE[name]),
    "oscillation": lambda seed, name: oscillating(seed, name, SHAKING[name]),
    "overfitting": overfitting,
    "underfitting": underfitting,
    "training not finished": partial(unfinished, epochs=8),
    "data not standardised": not_standardised,
    "targets not standardised": large_targets,
    "labels unbalanced": unbalanced,
    "symmetric initialisation": symmetric,
    "forgotten zero_grad": forgotten,
    "part without a gradient": unreached,
}

REMEDIES = {
    "vanishing gradients": partial(deep, activation="tanh", init="xavier_uniform"),
    "exploding gradients": partial(exploding, weights="auto", scale=0.3),
    "dead ReLU": partial(dead, bias=0.0),
    "saturated units": partial(saturated, weights="auto"),
    "learning rate too small": partial(rated, scale=3e-3),
    "learning rate too large": lambda seed, name: rated(seed, name, LARGE[name] / 10),
    "oscillation": lambda seed, name: oscillating(seed, name, SHAKING[name] / 10),
    "overfitting": partial(overfitting, l2=0.01),
    "underfitting": partial(underfitting, sizes=(2, 10, 2)),
    "training not finished": partial(unfinished, epochs=40),
    "data not standardised": partial(not_standardised, remedied=True),
    "targets not standardised": partial(large_targets, remedied=True),
    "labels unbalanced": partial(unbalanced, weights=[1.0, 10.0]),
    "symmetric initialisation": partial(symmetric, start="auto"),
    "forgotten zero_grad": partial(forgotten, zeroes=True),
    "part without a gradient": partial(unreached, is_cut=False),
}

ALSO = {"oscillation": "learning rate too large"}
"""What is as right to say, since its remedy is the same."""


def improvement(fault, seed, before, after):
    """Whether a remedy lowered the loss, on held-out rows where that matters."""
    if fault == "labels unbalanced":
        return balanced_accuracy(seed, after[0]) > balanced_accuracy(seed, before[0])
    first, last = before[1], after[1]
    if not first.epochs or not last.epochs:
        return bool(last.epochs)
    if fault == "overfitting":
        return last[-1].val_loss < first[-1].val_loss
    if fault == "targets not standardised":  # in units of their deviation
        return late_loss(last) / last.facts.target_scales[0] ** 2 < late_loss(first) / (
            first.facts.target_scales[0] ** 2
        )
    return late_loss(last) < late_loss(first)


def late_loss(history):
    return statistics.median(history.column("loss")[-10:])


# Healthy trainings.


def normed(seed):
    rng = random.Random(seed)
    return Sequential(
        Layer(2, 8, "identity", rng=rng),
        BatchNorm(8),
        Activation("relu"),
        Dropout(0.1, rng=rng),
        Layer(8, 2, "identity", rng=rng),
    )


def regression(seed):
    rng = random.Random(seed)
    X = [[rng.uniform(-1.7, 1.7)] for _ in range(60)]
    return Dataset(X, [x * x - 0.5 * x for (x,) in X])


def plane(seed):
    rng = random.Random(seed)
    X = [[rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)] for _ in range(80)]
    return X, [2.0 * a - b + rng.gauss(0.0, 0.3) for a, b in X]


def two_targets(seed):
    X, y = plane(seed)
    return X, [[t, -0.5 * t + 1.0] for t in y]


def signed(seed, n=100):
    X, y = data.moons(n, rng=seed)
    return Dataset(X, [2 * label - 1 for label in y])


def flowers(seed):
    return data.standardise(*data.split(data.penguins(), rng=seed))[0]


def healthy(sizes, samples, name="adam", scale=1.0, activation="tanh", **settings):
    """A kind of healthy training, as a function of the seed."""

    def train(seed):
        model = sizes(seed) if callable(sizes) else MLP(sizes, activation, rng=seed)
        made = samples(seed) if samples in OWN else samples(100, rng=seed)
        how = {key: make() if key == "callbacks" else make for key, make in settings.items()}
        return trained(model, made, name, scale, rng=seed, **how)

    return train


OWN = (regression, plane, two_targets, signed, flowers)


def _many(n, rng):
    return data.moons(3 * n, noise=0.3, rng=rng)


_bce = {"loss": "bce_with_logits"}


def micrograd(seed):
    model = MLP([2, 10, 10, 1], init="uniform", rng=seed)
    how = {"schedule": "linear", "l2": 1e-4, "batch_size": 100, "epochs": 30}
    sgd = optim.SGD(model.parameters(), 1.0)
    return trained(model, signed(seed), optimizer=sgd, loss="hinge", rng=seed, **how)


def xor(seed):
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    return trained(model, data.xor(), "adam", 2.5, epochs=60, rng=seed)


def early(seed):
    model = MLP([2, 12, 2], activation="tanh", rng=seed)
    samples = data.moons(120, noise=0.25, rng=seed)
    how = {"epochs": 40, "validation": 0.3, "callbacks": [EarlyStopping(5)]}
    return trained(model, samples, "adam", 1.5, rng=seed, **how)


HEALTHY = {
    "xor": xor,
    "moons relu": healthy([2, 12, 2], data.moons, activation="relu", epochs=20, validation=0.3),
    "moons tanh sgd": healthy([2, 8, 2], data.moons, "sgd", epochs=20),
    "moons momentum": healthy([2, 8, 2], data.moons, "momentum", 3.0, epochs=20),
    "moons hinge": healthy([2, 8, 8, 1], signed, activation="relu", loss="hinge", epochs=15),
    "moons small steps": healthy([2, 8, 2], data.moons, scale=0.5, epochs=30),
    "circles": healthy([2, 10, 1], data.circles, scale=1.5, activation="relu", epochs=25, **_bce),
    "circles sgd": healthy([2, 10, 1], data.circles, "sgd", 2.0, epochs=60, **_bce),
    "circles elu": healthy([2, 10, 2], data.circles, activation="elu", scale=2.0, epochs=30),
    "circles leaky": healthy(
        [2, 10, 2], data.circles, activation="leaky_relu", scale=1.5, epochs=30
    ),
    "spirals": healthy([2, 16, 3], data.spirals, scale=5.0, epochs=40),
    "blobs": healthy([2, 6, 3], data.blobs, activation="relu", epochs=20, validation=0.3),
    "blobs linear": healthy([2, 3], data.blobs, "sgd", epochs=20),
    "penguins": healthy([4, 6, 3], flowers, scale=1.5, epochs=10, validation=0.2),
    "penguins linear": healthy([4, 3], flowers, "sgd", epochs=20),
    "penguins momentum": healthy([4, 6, 3], flowers, "momentum", epochs=15, validation=0.2),
    "noisy moons": healthy([2, 12, 2], _many, epochs=12, validation=0.3, activation="relu"),
    "early stopping": early,
    "batch norm and dropout": healthy(normed, data.moons, epochs=20),
    "regression": healthy([1, 10, 1], regression, scale=2.0, loss="mse", epochs=120),
    "regression sgd": healthy([1, 10, 1], regression, "sgd", 0.3, loss="mse", epochs=200),
    "regression mae": healthy([1, 12, 1], regression, loss="mae", epochs=150),
    "regression linear": healthy([2, 1], plane, "sgd", 0.2, loss="mse", epochs=20),
    "regression of two": healthy([2, 8, 2], two_targets, loss="mse", epochs=60),
    "deep relu": healthy(
        [2, 10, 10, 10, 10, 2], data.moons, scale=0.5, activation="relu", epochs=12
    ),
    "deep tanh": healthy([2, 8, 8, 8, 8, 2], data.moons, scale=0.5, epochs=12),
    "cosine": healthy([2, 10, 2], data.moons, scale=2.5, schedule="cosine", epochs=20),
    "sigmoid": healthy([2, 8, 2], data.moons, scale=5.0, activation="sigmoid", epochs=25),
    "gelu": healthy([2, 8, 2], data.circles, scale=2.5, activation="gelu", epochs=20),
    "weight decay": healthy(
        [2, 12, 2],
        data.moons,
        activation="relu",
        l2=0.001,
        clip_norm=1.0,
        epochs=20,
        validation=0.3,
    ),
    "micrograd's": micrograd,
}
