"""Trainings that each have one fault, and healthy ones, for every seed: what `diagnose` is tested and measured on."""

import random

from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Layer,
    Monitor,
    Sequential,
    TrainingError,
    data,
    fit,
    init,
    losses,
    optim,
)
from nn.data import Dataset


def trained(model, samples, **settings):
    try:
        return model, fit(model, samples, progress=False, **settings)
    except TrainingError as error:
        return model, error.history


def vanishing(seed):
    model = MLP([2] + [6] * 8 + [2], activation="sigmoid", init="xavier_uniform", rng=seed)
    return trained(model, data.moons(40, rng=seed), lr=0.01, epochs=4, rng=seed)


def exploding(seed):
    model = MLP([2] + [10] * 8 + [2], init=init.he_normal(gain=5.0), rng=seed)
    return trained(model, data.moons(40, rng=seed), optimizer="sgd", lr=1e-7, epochs=3, rng=seed)


def dead(seed):
    model = MLP([2, 12, 2], rng=seed)
    model.layers[0].b = [-4.0] * 12
    return trained(model, data.moons(60, rng=seed), lr=0.001, epochs=8, rng=seed)


def killed(seed):
    model = MLP([2, 12, 12, 2], rng=seed)
    return trained(model, data.moons(60, rng=seed), optimizer="sgd", lr=30.0, epochs=8, rng=seed)


def saturated(seed):
    model = MLP([2, 10, 10, 2], activation="tanh", init=init.normal(0.0, 10.0), rng=seed)
    return trained(model, data.moons(60, rng=seed), lr=0.001, epochs=6, rng=seed)


def too_small(seed):
    return trained(MLP([2, 8, 2], activation="tanh", rng=seed), data.moons(80, rng=seed), optimizer="sgd", lr=1e-4, epochs=10, rng=seed)


def too_large(seed):
    model = MLP([2, 8, 8, 2], activation="tanh", rng=seed)
    return trained(model, data.moons(80, rng=seed), optimizer="sgd", lr=100.0, epochs=12, rng=seed)


def oscillating(seed):
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    return trained(model, data.moons(60, noise=0.3, rng=seed), lr=2.0, epochs=30, batch_size=10, rng=seed)


def overfitting(seed):
    model = MLP([2, 24, 2], activation="tanh", rng=seed)
    train, test = data.moons(24, noise=0.4, rng=seed), data.moons(100, noise=0.4, rng=1000 + seed)
    return trained(model, train, validation=test, lr=0.1, epochs=80, rng=seed)


def underfitting(seed):
    return trained(MLP([2, 2], rng=seed), data.circles(80, rng=seed), lr=0.05, epochs=30, rng=seed)


def not_standardised(seed):
    X, y = data.moons(60, rng=seed)
    return trained(MLP([2, 8, 2], rng=seed), ([[1000 + 50 * x for x in row] for row in X], y), lr=0.01, epochs=6, rng=seed)


def unbalanced(seed):
    X, y = data.blobs(400, classes=2, rng=seed)
    rare = [i for i, label in enumerate(y) if label][:8]
    kept = [i for i, label in enumerate(y) if not label][:80] + rare
    return trained(MLP([2, 8, 2], rng=seed), ([X[i] for i in kept], [y[i] for i in kept]), lr=0.02, epochs=10, rng=seed)


def symmetric(seed):
    start = ["zeros", init.uniform(0.3, 0.3)][seed % 2]
    return trained(MLP([2, 8, 2], activation=["relu", "tanh"][seed % 2], init=start), data.moons(60, rng=seed), lr=0.01, epochs=6, rng=seed)


def forgotten(seed):
    """A loop of one's own, without opt.zero_grad()."""
    samples = data.moons(60, rng=seed)
    model = MLP([2, 8, 2], activation="tanh", rng=seed)
    opt = optim.SGD(model.parameters(), lr=0.05)
    rng = random.Random(seed)
    with Monitor(model, samples) as monitor:
        for _ in range(4):
            for X, y in data.batches(*samples, size=20, rng=rng):
                loss = losses.cross_entropy(model(X), y)
                loss.backward()
                monitor.observe(loss, len(y))
                opt.step()
            monitor.end_epoch(opt.lr)
    return model, monitor.history


FAULTS = {
    "vanishing gradients": vanishing,
    "exploding gradients": exploding,
    "dead ReLU": dead,
    "saturated units": saturated,
    "learning rate too small": too_small,
    "learning rate too large": too_large,
    "oscillation": oscillating,
    "overfitting": overfitting,
    "underfitting": underfitting,
    "data not standardised": not_standardised,
    "labels unbalanced": unbalanced,
    "symmetric initialisation": symmetric,
    "forgotten zero_grad": forgotten,
}


def normed(seed):
    rng = random.Random(seed)
    return Sequential(
        Layer(2, 8, "identity", rng=rng), BatchNorm(8), Activation("relu"), Dropout(0.1, rng=rng), Layer(8, 2, "identity", rng=rng)
    )


def regression(seed):
    rng = random.Random(seed)
    X = [[rng.uniform(-1.7, 1.7)] for _ in range(60)]
    return Dataset(X, [x * x - 0.5 * x for (x,) in X])


HEALTHY = {
    "xor": lambda s: trained(MLP([2, 8, 2], activation="tanh", rng=s), data.xor(), lr=0.05, epochs=60, rng=s),
    "moons relu": lambda s: trained(MLP([2, 12, 2], rng=s), data.moons(100, rng=s), lr=0.02, epochs=20, validation=0.3, rng=s),
    "moons tanh sgd": lambda s: trained(
        MLP([2, 8, 2], activation="tanh", rng=s), data.moons(100, rng=s), optimizer="sgd", lr=0.3, epochs=20, rng=s
    ),
    "moons hinge": lambda s: trained(
        MLP([2, 8, 8, 1], rng=s),
        Dataset(data.moons(100, rng=s).X, [2 * y - 1 for y in data.moons(100, rng=s).y]),
        loss="hinge",
        lr=0.02,
        epochs=15,
        rng=s,
    ),
    "circles": lambda s: trained(MLP([2, 10, 1], rng=s), data.circles(100, rng=s), loss="bce_with_logits", lr=0.03, epochs=25, rng=s),
    "spirals": lambda s: trained(MLP([2, 16, 3], activation="tanh", rng=s), data.spirals(120, rng=s), lr=0.1, epochs=40, rng=s),
    "blobs": lambda s: trained(MLP([2, 6, 3], rng=s), data.blobs(90, rng=s), lr=0.02, epochs=20, validation=0.3, rng=s),
    "penguins": lambda s: trained(
        MLP([4, 6, 3], activation="tanh", rng=s),
        data.standardise(*data.split(data.penguins(), rng=s))[0],
        lr=0.03,
        epochs=10,
        validation=0.2,
        rng=s,
    ),
    "noisy moons, many": lambda s: trained(
        MLP([2, 12, 2], rng=s), data.moons(300, noise=0.3, rng=s), lr=0.02, epochs=12, validation=0.3, rng=s
    ),
    "early stopping": lambda s: trained(
        MLP([2, 12, 2], activation="tanh", rng=s),
        data.moons(120, noise=0.25, rng=s),
        lr=0.03,
        epochs=40,
        validation=0.3,
        rng=s,
        callbacks=[EarlyStopping(5)],
    ),
    "batch norm and dropout": lambda s: trained(normed(s), data.moons(100, rng=s), lr=0.02, epochs=20, rng=s),
    "regression": lambda s: trained(MLP([1, 10, 1], activation="tanh", rng=s), regression(s), loss="mse", lr=0.02, epochs=40, rng=s),
    "deep relu": lambda s: trained(MLP([2, 10, 10, 10, 10, 2], rng=s), data.moons(80, rng=s), lr=0.01, epochs=12, rng=s),
    "deep tanh": lambda s: trained(MLP([2, 8, 8, 8, 8, 2], activation="tanh", rng=s), data.moons(80, rng=s), lr=0.01, epochs=12, rng=s),
    "cosine": lambda s: trained(MLP([2, 10, 2], rng=s), data.moons(100, rng=s), lr=0.05, schedule="cosine", epochs=20, rng=s),
    "momentum": lambda s: (
        lambda m: trained(m, data.moons(100, rng=s), optimizer=optim.SGD(m.parameters(), 0.1, momentum=0.9), epochs=20, rng=s)
    )(MLP([2, 8, 2], activation="tanh", rng=s)),
    "sigmoid": lambda s: trained(MLP([2, 8, 2], activation="sigmoid", rng=s), data.moons(100, rng=s), lr=0.1, epochs=25, rng=s),
    "gelu": lambda s: trained(MLP([2, 8, 2], activation="gelu", rng=s), data.circles(100, rng=s), lr=0.05, epochs=20, rng=s),
    "weight decay": lambda s: trained(
        MLP([2, 12, 2], rng=s), data.moons(100, rng=s), lr=0.02, l2=0.001, clip_norm=1.0, epochs=20, validation=0.3, rng=s
    ),
    "micrograd's": lambda s: trained(
        MLP([2, 10, 10, 1], init="uniform", rng=s),
        Dataset(data.moons(100, rng=s).X, [2 * y - 1 for y in data.moons(100, rng=s).y]),
        loss="hinge",
        optimizer="sgd",
        lr=1.0,
        schedule="linear",
        l2=1e-4,
        batch_size=100,
        epochs=30,
        rng=s,
    ),
}
