"""The history of a training, beside numbers that numpy computes without it."""

import math
import random

import numpy as np
import pytest

from nn import MLP, Epoch, History, data, evaluate, fit, schedules

from .fits import MOONS, quietly, tiny


def softmaxed(Z):
    e = np.exp(Z - Z.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


def norm(arrays):
    """The Euclidean norm of all their numbers."""
    return math.sqrt(sum((x**2).sum() for x in arrays))


def in_numpy(model, samples, *, activation, epochs, size, lr, l2):
    """The records of SGD on a network of one hidden layer, in matrices, epoch by epoch."""
    W1, b1, W2, b2 = (np.array(x) for layer in model.layers for x in (layer.W, layer.b))
    f, slope_of = (
        (np.tanh, lambda z: 1 - np.tanh(z) ** 2)
        if activation == "tanh"
        else (lambda z: np.maximum(z, 0), lambda z: 1.0 * (z > 0))
    )
    rng = random.Random(0)
    for _ in range(epochs):
        n = loss = right = 0
        norms, ratios, squares, slopes = [], [], [], []
        for X, y in data.batches(*samples, size=size, rng=rng):
            X, onehot = np.array(X), np.eye(2)[y]
            z1 = X @ W1.T + b1
            a1 = f(z1)
            p = softmaxed(a1 @ W2.T + b2)
            n, loss, right = (
                n + len(y),
                loss - np.log(p[onehot == 1]).sum(),
                right + (p.argmax(axis=1) == y).sum(),
            )
            delta2 = (p - onehot) / len(y)
            delta1 = delta2 @ W2 * slope_of(z1)
            grads = [
                delta1.T @ X + 2 * l2 * W1,
                delta1.sum(0) + 2 * l2 * b1,
                delta2.T @ a1 + 2 * l2 * W2,
                delta2.sum(0) + 2 * l2 * b2,
            ]
            before, moves = [W1, b1, W2, b2], [lr * g for g in grads]
            W1, b1, W2, b2 = (p - move for p, move in zip(before, moves))
            first, second = slice(0, 2), slice(2, 4)
            norms.append([norm(grads[layer]) for layer in (first, second)])
            ratios.append([norm(moves[layer]) / norm(before[layer]) for layer in (first, second)])
            squares.append([(delta1**2).sum(), (delta2**2).sum()])
            slopes.append(slope_of(z1))
        flat = np.concatenate(slopes)
        dead = float((flat == 0).all(axis=0).mean()) if activation == "relu" else 0.0
        yield {
            "loss": loss / n,
            "accuracy": right / n,
            "grad_norms": np.mean(norms, axis=0),
            "update_ratios": np.mean(ratios, axis=0),
            "deltas": np.sqrt(np.sum(squares, axis=0) / [n * len(b1), n * len(b2)]),
            "dead": [dead],
            "saturated": [float((abs(flat) < 0.01).mean()) if activation == "tanh" else 0.0],
        }


@pytest.mark.parametrize("size", [5, 10, 24])
@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_the_history_is_what_numpy_computes_without_us(activation, size):
    model = MLP([2, 6, 2], activation=activation, rng=1)
    model.layers[0].W = 4 * model.layers[0].W  # so that some units saturate
    model.layers[0].b = [-9.0, 0.0, 0.1, -4.0, 0.2, 0.0]  # and some are dead
    expected = list(
        in_numpy(model, MOONS, activation=activation, epochs=4, size=size, lr=0.2, l2=0.01)
    )
    history = quietly(model, optimizer="sgd", lr=0.2, l2=0.01, epochs=4, batch_size=size)
    for i, (epoch, wanted) in enumerate(zip(history, expected)):
        assert (epoch.epoch, epoch.lr, epoch.val_loss, epoch.val_accuracy) == (i, 0.2, None, None)
        assert epoch.loss == pytest.approx(
            wanted["loss"], rel=1e-10
        ) and epoch.accuracy == pytest.approx(wanted["accuracy"])
        for name in ("grad_norms", "update_ratios", "deltas"):
            assert list(getattr(epoch, name)) == ["layers.0", "layers.1"]
            assert list(getattr(epoch, name).values()) == pytest.approx(
                list(wanted[name]), rel=1e-9
            )
        for name in ("dead", "saturated"):
            assert list(getattr(epoch, name)) == ["layers.0"]  # the last layer has no activation
            assert list(getattr(epoch, name).values()) == pytest.approx(wanted[name])
    shares = expected[0]["dead"] if activation == "relu" else expected[0]["saturated"]
    assert 0 < shares[0] < 1
    assert len(history) == 4 and history.stopped == "" and not history.stale_gradients


def test_records_are_plain_frozen_data():
    history = quietly(tiny(), epochs=2)
    assert (
        history.column("loss")
        == [epoch.loss for epoch in history]
        == [history[0].loss, history[1].loss]
    )
    assert type(history[0]) is Epoch and type(history[0].loss) is float
    with pytest.raises(AttributeError):
        history[0].loss = 0.0
    assert repr(history).startswith(
        f"History(2 epochs, loss {history[0].loss:.4g} → {history[1].loss:.4g}, accuracy "
    )
    assert repr(History()) == "History(no epochs)"


def test_the_validation_loss_is_that_of_the_weights_after_the_epoch():
    held_out = data.moons(15, rng=5)
    seen = []
    history = quietly(
        tiny(),
        validation=held_out,
        callbacks=[lambda model, history: seen.append(evaluate(model, held_out))],
    )
    assert [(epoch.val_loss, epoch.val_accuracy) for epoch in history] == seen and len(
        set(seen)
    ) == 3


def test_a_fraction_is_set_aside_as_split_does_it():
    rng = random.Random(3)
    train, held_out = data.split(MOONS, 0.25, rng, stratify=True)
    model, other = tiny(), tiny()
    history = fit(model, MOONS, validation=0.25, rng=3, epochs=2, progress=False)
    assert history.facts.n_samples == 18
    assert history == fit(other, train, validation=held_out, rng=rng, epochs=2, progress=False)
    assert model.state_dict() == other.state_dict()


def test_the_facts_are_those_of_the_training_data():
    facts = quietly(tiny(), ([[1.0, 7.0], [3.0, 7.0], [5.0, 7.0]], [0, 1, 1]), epochs=1).facts
    assert (facts.n_samples, facts.means, facts.class_counts) == (3, (3.0, 7.0), {0: 1, 1: 2})
    assert facts.scales == pytest.approx((math.sqrt(8 / 3), 1.0))


def test_the_history_keeps_the_settings_that_were_given():
    settings = {
        "optimizer": "sgd",
        "lr": 0.5,
        "epochs": 2,
        "batch_size": 8,
        "schedule": schedules.cosine(2),
        "clip_norm": 1.0,
    }
    assert fit(tiny(), MOONS, rng=0, progress=False, **settings).settings == {
        **settings,
        "schedule": "<lambda>",
    }
