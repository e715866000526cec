"""`fit`: what it minimises, what it records, how it stops; beside loops and numbers without it."""

import functools
import inspect
import math
import os
import pickle
import random
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, exp, no_grad, sqrt
from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Epoch,
    History,
    Layer,
    Module,
    Sequential,
    TrainingError,
    data,
    diagnose,
    evaluate,
    fit,
    linear_baseline,
    losses,
    optim,
    predict,
    schedules,
    steps,
)
from nn.data import Dataset

from .refusals import refusal

ROOT = Path(__file__).resolve().parents[2]
MOONS = data.moons(24, rng=0)


def tiny(activation="tanh", seed=0):
    return MLP([2, 3, 2], activation=activation, rng=seed)


def quietly(model, samples=MOONS, **settings):
    """Scalar by scalar, to compare to the last bit; arrays are the subject of test_compiled.py."""
    return fit(
        model,
        samples,
        **{
            "epochs": 3,
            "batch_size": 10,
            "rng": 0,
            "progress": False,
            "compiled": False,
            **settings,
        },
    )


def untouched(model):
    """In use, watched by nobody."""
    modules = [module for _, module in model.named_modules()]
    return not any(module.training or getattr(module, "unit_hook", None) for module in modules)


# One step, and many, beside a loop written out.


def by_hand(model, opt, loss_of, *, epochs=3, clip=lambda parameters: None, samples=MOONS):
    rng = random.Random(0)
    for _ in range(epochs):
        for X, y in data.batches(*samples, size=10, rng=rng):
            model.train()
            opt.zero_grad()
            loss = loss_of(model(X), y)
            loss.backward()
            clip(model.parameters())
            opt.step()
    return model.state_dict()


@pytest.mark.parametrize("epochs", [1, 4])
@pytest.mark.parametrize("name", list(optim.OPTIMIZERS))
def test_fit_does_what_a_loop_by_hand_does_to_the_last_bit(name, epochs):
    model, other = tiny(), tiny()
    quietly(model, optimizer=name, lr=0.03, epochs=epochs)
    assert model.state_dict() == by_hand(
        other, optim.OPTIMIZERS[name](other.parameters(), 0.03), losses.cross_entropy, epochs=epochs
    )
    assert model.state_dict() != tiny().state_dict()


@pytest.mark.parametrize(
    ("settings", "penalty", "clip"),
    [
        ({"l1": 0.01}, lambda m: 0.01 * losses.l1(m.parameters()), None),
        ({"l2": 0.02}, lambda m: 0.02 * losses.l2(m.parameters()), None),
        ({"clip_norm": 0.05}, None, lambda ps: optim.clip_grad_norm(ps, 0.05)),
        ({"clip_value": 0.01}, None, lambda ps: optim.clip_grad_value(ps, 0.01)),
    ],
)
def test_penalties_and_limits_are_those_of_a_loop_by_hand(settings, penalty, clip):
    model, other, plain = tiny(), tiny(), tiny()
    quietly(model, optimizer="sgd", lr=0.3, **settings)
    quietly(plain, optimizer="sgd", lr=0.3)

    def loss_of(outputs, y):
        loss = losses.cross_entropy(outputs, y)
        return loss + penalty(other) if penalty else loss

    expected = by_hand(
        other, optim.SGD(other.parameters(), 0.3), loss_of, clip=clip or (lambda parameters: None)
    )
    assert model.state_dict() == expected != plain.state_dict()


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_penalties_are_not_in_the_recorded_loss(name):
    first = quietly(tiny(), epochs=1, batch_size=24, **{name: 10.0})[0]
    assert (
        first.loss
        == quietly(tiny(), epochs=1, batch_size=24)[0].loss
        == pytest.approx(evaluate(tiny(), MOONS).loss, rel=1e-12)
    )


# The history, beside numpy.


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


# Names, objects, kinds of data.

REGRESSION = Dataset(MOONS.X, [x - y for x, y in MOONS.X])
SIGNS = Dataset(MOONS.X, [2 * y - 1 for y in MOONS.y])


@pytest.mark.parametrize(
    ("loss", "samples", "outputs"),
    [
        ("cross_entropy", MOONS, 2),
        ("bce_with_logits", MOONS, 1),
        ("hinge", SIGNS, 1),
        ("mse", REGRESSION, 1),
        ("mae", REGRESSION, 1),
        ("huber", REGRESSION, 1),
    ],
)
def test_a_loss_may_be_named_or_given(loss, samples, outputs):
    model, other = MLP([2, 3, outputs], rng=0), MLP([2, 3, outputs], rng=0)
    before = evaluate(model, samples, loss)
    named, given = (
        quietly(model, samples, loss=loss),
        quietly(other, samples, loss=getattr(losses, loss)),
    )
    assert named.epochs == given.epochs and model.state_dict() == other.state_dict()
    assert (named[-1].accuracy is None) == (samples is REGRESSION)
    assert named[-1].loss < named[0].loss
    whole = quietly(MLP([2, 3, outputs], rng=0), samples, loss=loss, epochs=1, batch_size=24)[0]
    assert (whole.loss, whole.accuracy) == (pytest.approx(before.loss, rel=1e-12), before.accuracy)


def test_a_loss_of_your_own_is_minimised_and_has_no_accuracy():
    model, other = tiny(), tiny()
    history = quietly(model, loss=lambda outputs, y: losses.cross_entropy(outputs, y))
    assert (
        history.column("loss") == quietly(other).column("loss")
        and model.state_dict() == other.state_dict()
    )
    assert history.column("accuracy") == [None] * 3 and history.settings["loss"] == "<lambda>"


@pytest.mark.parametrize("name", list(optim.OPTIMIZERS))
def test_an_optimizer_may_be_named_or_given(name):
    model, other = tiny(), tiny()
    opt = optim.OPTIMIZERS[name](other.parameters(), 0.02)
    assert quietly(model, optimizer=name, lr=0.02).epochs == quietly(other, optimizer=opt).epochs
    assert model.state_dict() == other.state_dict() and opt.t == 9


def test_without_lr_a_named_optimizer_takes_that_of_fit():
    assert (
        quietly(tiny(), optimizer="sgd").column("lr") == [0.1] * 3
        and quietly(tiny()).column("lr") == [0.02] * 3
    )


def test_help_shows_every_setting():
    for function in (fit, steps):
        shown = inspect.signature(function).parameters
        assert {
            "loss",
            "optimizer",
            "lr",
            "epochs",
            "batch_size",
            "validation",
            "rng",
        } <= shown.keys()
        assert shown["epochs"].default == 60
    with refusal(TypeError, "steps() got an unexpected keyword argument 'progress'"):
        steps(tiny(), data.xor(), progress=True)


def test_labels_that_came_as_floats_are_classes_for_a_classifier_and_numbers_for_a_regression():
    X, y = data.moons(12, rng=0)
    floats = [float(label) for label in y]
    histories = [
        fit(MLP([2, 2], rng=0), (X, labels), epochs=2, rng=0, progress=False)
        for labels in (floats, y)
    ]
    assert histories[0] == histories[1]
    assert (
        fit(
            MLP([2, 1], rng=0), (X, floats), loss="mse", epochs=1, progress=False
        ).facts.class_counts
        == {}
    )


def test_the_best_weights_come_back_even_if_the_training_diverges():
    model, seen = MLP([2, 2], rng=0), []

    def blow_up(model, history):
        seen.append(model.state_dict())
        if len(seen) == 2:
            for p in model.parameters():
                p.data = math.inf

    with pytest.raises(TrainingError):
        fit(
            model,
            data.moons(8, rng=0),
            epochs=5,
            rng=0,
            callbacks=[EarlyStopping(9), blow_up],
            progress=False,
        )
    assert model.state_dict() == seen[0]  # with which the second epoch, the best one, began


def test_an_optimizer_of_some_parameters_moves_those_and_gradients_of_the_others_do_not_pile_up():
    model, other = tiny(), tiny()
    history = quietly(model, optimizer=optim.SGD(model.layers[1].parameters(), 1e-9))
    everything = quietly(other, optimizer="sgd", lr=1e-9)
    assert (
        model.layers[0].W.tolist() == tiny().layers[0].W.tolist()
        and model.layers[1].W.tolist() != tiny().layers[1].W.tolist()
    )
    assert history[-1].grad_norms["layers.0"] == pytest.approx(
        everything[-1].grad_norms["layers.0"], rel=1e-6
    )
    assert history[-1].update_ratios["layers.0"] == 0 < history[-1].update_ratios["layers.1"]


@pytest.mark.parametrize(
    "made",
    [
        lambda X, y: (np.array(X), np.array(y)),
        lambda X, y: (np.array(X), np.array(y, dtype=np.int8)),
        lambda X, y: ([tuple(row) for row in X], tuple(y)),
        lambda X, y: [X, y],
        Dataset,
    ],
    ids=["arrays", "small ints", "tuples", "list of both", "Dataset"],
)
def test_every_kind_of_data_gives_the_same_history(made):
    model, other = tiny(), tiny()
    X, y = MOONS
    assert quietly(model, made(X, y), validation=made(X, y)) == quietly(
        other, (X, y), validation=(X, y)
    )
    assert model.state_dict() == other.state_dict()


def test_settings_of_numpy_are_taken():
    model, other = tiny(), tiny()
    history = quietly(
        model, lr=np.float64(0.1), epochs=np.int64(2), batch_size=np.int32(12), l2=np.float64(0.5)
    )
    assert history == quietly(other, lr=0.1, epochs=2, batch_size=12, l2=0.5) and len(history) == 2


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


# Learning rates over time.


@pytest.mark.parametrize(
    "schedule", ["cosine", "step", schedules.exponential(0.5), lambda epoch: 1 / (1 + epoch)]
)
def test_a_schedule_is_followed_recorded_and_leaves_the_optimizer_as_it_was(schedule):
    model = tiny()
    opt = optim.SGD(model.parameters(), 0.25)
    seen = [
        (step.epoch, step.lr)
        for step in steps(
            model, MOONS, optimizer=opt, schedule=schedule, epochs=5, batch_size=12, rng=0
        )
    ]
    factor = schedules.SCHEDULES[schedule](5) if isinstance(schedule, str) else schedule
    rates = [0.25 * factor(i) for i in range(5)]
    assert seen[::2] == seen[1::2] == list(enumerate(rates))  # two steps an epoch
    assert opt.lr == 0.25
    history = quietly(tiny(), optimizer="sgd", lr=0.25, schedule=schedule, epochs=5)
    assert history.column("lr") == rates


def test_a_schedule_changes_what_is_learned_as_its_rates_by_hand():
    model, other = tiny(), tiny()
    quietly(model, optimizer="sgd", lr=0.5, schedule="linear")
    opt, rng, factor = optim.SGD(other.parameters(), 0.5), random.Random(0), schedules.linear(3)
    for epoch in range(3):
        opt.lr = 0.5 * factor(epoch)
        for X, y in data.batches(*MOONS, size=10, rng=rng):
            opt.zero_grad()
            losses.cross_entropy(other(X), y).backward()
            opt.step()
    assert model.state_dict() == other.state_dict()


# The bar.


def test_the_bar_goes_to_stderr_and_shows_the_loss(capfd):
    history = fit(tiny(), MOONS, epochs=3, rng=0)
    out, err = capfd.readouterr()
    assert (
        out == ""
        and "3/3" in err
        and f"loss={history[-1].loss:.4g}" in err
        and f"accuracy={history[-1].accuracy:.4g}" in err
    )


def test_without_progress_nothing_is_printed(capfd):
    fit(tiny(), MOONS, epochs=1, rng=0, progress=False)
    list(steps(tiny(), MOONS, epochs=1, rng=0))
    assert capfd.readouterr() == ("", "")


# Callbacks, and how a training ends.


def test_callbacks_see_model_and_history_after_each_epoch_and_may_stop():
    model, calls = tiny(), []

    class Stopper:
        def __call__(self, model, history):
            calls.append((model, len(history)))
            return len(history) == 2

        def finish(self, model):
            calls.append((model, "finish"))

    history = quietly(model, callbacks=[Stopper(), lambda model, history: None], epochs=9)
    assert calls == [(model, 1), (model, 2), (model, "finish")]
    assert len(history) == 2 and history.stopped == "early" and untouched(model)


def test_every_callback_is_called_even_after_one_that_stops():
    calls = []
    quietly(
        tiny(),
        callbacks=(f for f in (lambda *_: calls.append(1) or True, lambda *_: calls.append(2))),
    )
    assert calls == [1, 2]


def test_an_error_in_a_callback_comes_through_and_leaves_nothing_behind():
    model = tiny()
    opt = optim.SGD(model.parameters(), 0.5)

    def broken(model, history):
        raise RuntimeError("mine")

    with refusal(RuntimeError, "mine"):
        quietly(model, optimizer=opt, schedule="warmup", callbacks=[broken])
    assert untouched(model) and opt.lr == 0.5


@pytest.mark.parametrize("where", ["loss", "callback", "signal"])
def test_ctrl_c_ends_the_training_not_the_program(where):
    model, other = tiny(), tiny()
    opt, n = optim.SGD(model.parameters(), 0.5), [0]

    def loss(outputs, y):
        n[0] += 1
        if where == "loss" and n[0] == 8:  # of three steps an epoch: in the middle of the third
            raise KeyboardInterrupt
        return losses.cross_entropy(outputs, y)

    def callback(model, history):
        if len(history) == 2 and where == "callback":
            raise KeyboardInterrupt
        if len(history) == 2 and where == "signal":
            signal.raise_signal(signal.SIGINT)

    handler = signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # in the background of a shell it may be ignored
    try:
        history = quietly(
            model, optimizer=opt, loss=loss, schedule="cosine", callbacks=[callback], epochs=5
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    assert history.stopped == "interrupted" and repr(history).endswith(", interrupted)")
    expected = quietly(other, optimizer="sgd", lr=0.5, schedule=schedules.cosine(5), epochs=3)
    assert history.column("loss") == expected.column("loss")[:2]
    assert untouched(model) and opt.lr == 0.5 and opt.t == (7 if where == "loss" else 6)
    assert len(predict(model, MOONS.X)) == 24
    quietly(model, optimizer=opt, epochs=1)


def test_ctrl_c_in_the_first_epoch_gives_an_empty_history():
    def loss(outputs, y):
        raise KeyboardInterrupt

    model = tiny()
    history = quietly(model, loss=loss, callbacks=[EarlyStopping()])
    assert (len(history), history.stopped) == (
        0,
        "interrupted",
    ) and model.state_dict() == tiny().state_dict()


# Early stopping.


def test_early_stopping_stops_and_restores_the_best_weights():
    samples, held_out = data.moons(30, noise=0.4, rng=0), data.moons(30, noise=0.4, rng=1)
    model, stopper, states = MLP([2, 8, 2], activation="tanh", rng=0), EarlyStopping(patience=4), []
    history = fit(
        model,
        samples,
        validation=held_out,
        lr=0.1,
        rng=0,
        progress=False,
        callbacks=[lambda model, history: states.append(model.state_dict()), stopper],
    )
    val = history.column("val_loss")
    best = val.index(min(val))
    assert history.stopped == "early" and len(history) == best + 5 < 60
    assert (stopper.best_epoch, stopper.best_loss) == (best, min(val))
    assert model.state_dict() == states[best] != states[-1]
    assert evaluate(model, held_out).loss == pytest.approx(min(val), rel=1e-12)


def test_the_best_weights_are_restored_after_a_training_that_went_through_or_was_interrupted():
    for interrupted in (False, True):
        states = [tiny().state_dict()]

        def watch(model, history, states=states, interrupted=interrupted):
            states.append(model.state_dict())
            if interrupted and len(history) == 6:
                raise KeyboardInterrupt

        model = tiny()
        history = quietly(
            model, optimizer="sgd", lr=20.0, epochs=6, callbacks=[EarlyStopping(50), watch]
        )
        losses_ = history.column("loss")
        best = losses_.index(min(losses_))
        assert history.stopped == ("interrupted" if interrupted else "") and best < 5
        assert model.state_dict() == states[best]  # before the step that came after that loss


def test_a_stopper_serves_a_second_training_and_forgets_the_first():
    stopper = EarlyStopping(patience=2)
    settings = {
        "validation": data.moons(20, noise=0.4, rng=1),
        "lr": 0.3,
        "epochs": 30,
        "callbacks": [stopper],
    }
    model, other = tiny(), tiny()
    first = quietly(model, **settings)
    best = stopper.best_loss
    assert (
        quietly(other, **settings) == first
        and stopper.best_loss == best
        and other.state_dict() == model.state_dict()
    )
    worse = MLP([2, 5, 2], rng=3)
    history = quietly(worse, **{**settings, "lr": 1e-4, "epochs": 5})  # never as good as the first
    assert len(history) == 5 and stopper.best_loss == min(history.column("val_loss")) > best

    def loss(outputs, y):
        raise KeyboardInterrupt

    fresh = MLP([2, 5, 2], rng=4)
    quietly(fresh, **{**settings, "loss": loss})
    assert fresh.state_dict() == MLP([2, 5, 2], rng=4).state_dict()  # no epoch, no best: as it was


def test_an_improvement_below_min_delta_is_none():
    kept = EarlyStopping(patience=3, min_delta=10.0)
    assert len(quietly(tiny(), epochs=30, callbacks=[kept])) == 4 and kept.best_epoch == 0
    with refusal(ValueError, "EarlyStopping(patience)", "0"):
        EarlyStopping(0)
    with refusal(TypeError, "EarlyStopping(min_delta)", "'x'"):
        EarlyStopping(min_delta="x")


# Step by step.


def test_steps_are_the_training_of_fit_one_at_a_time():
    model, other = tiny(), tiny()
    seen = list(steps(model, MOONS, lr=0.1, epochs=2, batch_size=10, rng=0, validation=MOONS))
    history = fit(
        other, MOONS, lr=0.1, epochs=2, batch_size=10, rng=0, validation=MOONS, progress=False
    )
    assert [(s.number, s.epoch, s.ends_epoch) for s in seen] == [
        (i + 1, i // 3, i % 3 == 2) for i in range(6)
    ]
    assert all(step.history is seen[0].history for step in seen) and seen[-1].history == history
    assert model.state_dict() == other.state_dict()
    for i, epoch in enumerate(history):
        own = seen[3 * i : 3 * i + 3]
        assert epoch.loss == pytest.approx(
            sum(s.loss * n for s, n in zip(own, (10, 10, 4))) / 24, rel=1e-12
        )
        for name, norm in epoch.grad_norms.items():
            assert norm == pytest.approx(sum(s.grad_norms[name] for s in own) / 3, rel=1e-12)


def test_the_weights_have_moved_when_a_step_is_handed_out():
    model, states = tiny(), [tiny().state_dict()]
    for _ in steps(model, MOONS, lr=0.1, epochs=1, batch_size=10, rng=0):
        assert model.state_dict() != states[-1]
        states.append(model.state_dict())
    assert len(states) == 4


@pytest.mark.parametrize("way", ["break", "close", "error", "interrupt"])
def test_steps_abandoned_midway_leave_nothing_behind(way):
    model = tiny()
    opt = optim.SGD(model.parameters(), 0.5)
    loop = steps(model, MOONS, optimizer=opt, schedule="cosine", epochs=4, batch_size=10, rng=0)
    for step in loop:
        assert model.layers[0].unit_hook is None  # nor may a copy of the model be watched
        if step.number == 5:
            break
    assert opt.lr != 0.5
    if way == "break":
        del loop
    elif way == "close":
        loop.close()
    else:
        with pytest.raises(ZeroDivisionError if way == "error" else KeyboardInterrupt):
            loop.throw(ZeroDivisionError() if way == "error" else KeyboardInterrupt())
    assert model.layers[0].unit_hook is None and model.layers[1].unit_hook is None and opt.lr == 0.5
    assert step.number == 5 and len(step.history) == 1


def test_wrong_settings_of_steps_are_refused_at_once():
    with refusal(TypeError, "unexpected keyword argument 'epoch'"):
        steps(tiny(), MOONS, epoch=3)


# nan and inf.


class Growing(Module):
    """exp(w · x): overflows where w · x > 709."""

    def __init__(self, w):
        self.w = Value(w)

    def forward(self, x):
        return exp(self.w * x[0])


class Root(Module):
    """√(w · x): the slope at 0 is infinite, and the loss is not."""

    def __init__(self):
        self.w = Value(0.0)

    def forward(self, x):
        return sqrt(self.w * x[0])


ADVICE = (
    "Try a smaller learning rate than",
    "clip_norm=1.0",
    "standardised inputs",
    "This step was not taken",
)


def test_an_infinite_loss_is_refused_with_its_first_bad_node():
    model = Growing(800.0)
    with refusal(
        TrainingError,
        "epoch 0: the loss is inf",
        "The first bad node: exp gave inf from",
        "= 800.0",
        *ADVICE,
    ):
        fit(model, ([[1.0], [1.0]], [0.0, 1.0]), loss="mse", rng=0, progress=False)
    assert model.w.data == 800.0 and untouched(model)


def test_an_infinite_gradient_of_a_finite_loss_is_refused_with_its_first_bad_node():
    model = Root()
    opt = optim.Adam(model.parameters(), 0.1)
    with refusal(
        TrainingError, "a gradient is nan or inf", "sqrt of", "has slope inf there", *ADVICE
    ):
        fit(
            model,
            ([[0.5], [1.0]], [0.0, 1.0]),
            loss="mse",
            optimizer=opt,
            rng=0,
            progress=False,
            clip_norm=1.0,
        )
    assert model.w.data == 0.0 and opt.t == 0 and opt.state == [(0.0, 0.0)]


@pytest.mark.parametrize("lr", [1e4, 1e80, 1e160])
def test_a_diverging_training_stops_with_the_weights_of_the_step_before(lr):
    model, states = MLP([2, 8, 8, 1], rng=0), []
    opt = optim.SGD(model.parameters(), lr)
    with pytest.raises(TrainingError) as error:
        for step in steps(
            model,
            REGRESSION,
            loss="mse",
            optimizer=opt,
            schedule="cosine",
            epochs=50,
            batch_size=10,
            rng=0,
        ):
            states.append((step.number, model.state_dict(), opt.t))
    number, state, t = states[-1]
    assert model.state_dict() == state and opt.t == t == number and opt.lr == lr
    history, epoch = error.value.history, number // 3
    assert history.stopped == "diverged" and len(history) == epoch
    assert f"epoch {epoch}: " in str(error.value)
    assert f"smaller learning rate than {lr * schedules.cosine(50)(epoch):g}," in str(error.value)
    assert all(math.isfinite(epoch.loss) for epoch in history)
    assert "learning rate too large" in [finding.name for finding in diagnose(model, history)]


def test_running_means_too_are_those_before_the_step():
    model = Sequential(BatchNorm(1), Layer(1, 2, "identity", rng=0))
    model.layers[1].W = [[1.5e308], [-1.5e308]]
    before = model.state_dict()
    with refusal(TrainingError, "epoch 0", "The first bad node: ", "layers.1.neurons.0", *ADVICE):
        quietly(model, ([[1.0], [2.0], [3.0], [40.0]], [0, 1, 0, 1]), batch_size=4)
    assert model.state_dict() == before


def test_the_error_survives_being_sent_from_a_process_of_a_pool():
    with pytest.raises(TrainingError) as error:
        fit(Growing(800.0), ([[1.0]], [0.0]), loss="mse", progress=False)
    back = pickle.loads(pickle.dumps(error.value))
    assert (
        type(back) is TrainingError
        and str(back) == str(error.value)
        and back.history == error.value.history
    )


# The same bits.

SEEDED = """
import random
from nn import MLP, Activation, BatchNorm, Dropout, Layer, Sequential, data, fit
def run():
    rng = random.Random(5)
    first, last = Layer(2, 4, "identity", rng=rng), Layer(4, 2, "tanh", rng=rng)
    model = Sequential(first, BatchNorm(4), Activation("relu"), Dropout(0.2, rng=rng), last)
    limits = {"l1": 0.01, "l2": 0.01, "clip_norm": 1.0, "schedule": "cosine", "validation": 0.25}
    settings = {"epochs": 3, "batch_size": 10, "lr": 0.1, "rng": rng, "progress": False}
    history = fit(model, data.moons(24, rng=rng), **settings, **limits)
    return repr((history.epochs, history.settings, history.facts, model.state_dict()))
"""


def test_seeded_runs_repeat_to_the_bit_in_every_process():
    here = {}
    exec(SEEDED, here)
    texts = {here["run"](), here["run"]()}
    for seed in ("0", "1234"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-c", f"{SEEDED}\nprint(run())"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        texts.add(done.stdout.strip())
    assert len(texts) == 1 and "nan" not in texts.pop()


def test_another_seed_is_another_training():
    assert quietly(tiny(), rng=0) == quietly(tiny(), rng=0) != quietly(tiny(), rng=1)
    assert quietly(tiny(), rng=random.Random(7)) == quietly(tiny(), rng=7)


WITHOUT_NUMPY = """
import sys, tempfile
sys.modules["numpy"] = None  # from here on, `import numpy` raises ImportError
import nn
from pathlib import Path
model = nn.MLP([2, 4, 2], activation="tanh", rng=0)
opt = nn.optim.Adam(model.parameters(), 0.05)
moons = nn.data.moons(30, rng=0)
settings = {"validation": 0.3, "epochs": 5, "rng": 0, "callbacks": [nn.EarlyStopping()]}
history = nn.fit(model, moons, optimizer=opt, progress=True, **settings)
file = Path(tempfile.mkdtemp()) / "model.json"
nn.save(file, model, opt, history)
loaded = nn.load(file)
nn.load(file, into=model)
same = loaded.model.state_dict() == model.state_dict()
print(loaded.history == history, same, nn.diagnose(model, history))
print(len(nn.predict(model, [[0.0, 1.0]])), nn.Perceptron(2).learn(nn.data.xor()).converged)
"""


def test_training_saving_loading_and_diagnosing_need_no_numpy():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["True True []", "1 False"], done.stderr
    assert "Traceback" not in done.stderr


# Modules of every kind.


class Line(Module):
    """Only forward."""

    def __init__(self):
        self.slope, self.offset = Value(0.0), Value(0.0)

    def forward(self, x):
        return self.slope * x[0] + self.offset


class Called(Line):
    """Overrides the call itself, as old habits have it."""

    def __call__(self, X):
        return [self.slope * x[0] + self.offset for x in X]


@pytest.mark.parametrize("kind", [Line, Called])
def test_a_module_of_your_own_trains(kind):
    model = kind()
    history = fit(
        model,
        ([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]),
        loss="mse",
        optimizer="sgd",
        lr=0.2,
        epochs=80,
        rng=0,
        progress=False,
    )
    assert (model.slope.data, model.offset.data) == pytest.approx((2.0, 1.0), abs=1e-3)
    assert (
        history[-1].loss < 1e-6
        and list(history[0].grad_norms) == [kind.__name__]
        and history[0].deltas == {}
    )


def test_a_module_that_holds_layers_trains_and_is_watched_by_their_names():
    class Two(Module):
        def __init__(self):
            self.scale = Value(1.0)
            self.first, self.second = Layer(2, 4, "tanh", rng=0), Layer(4, 1, "identity", rng=1)

        def forward(self, x):
            return self.scale * self.second(self.first(x))[0]

    history = quietly(Two(), loss="bce_with_logits", lr=0.1, epochs=20)
    assert history[-1].accuracy > 0.8
    assert set(history[0].grad_norms) == {"Two", "first", "second"} and set(history[0].deltas) == {
        "first",
        "second",
    }


def test_batch_norm_and_dropout_train_and_are_in_use_afterwards():
    rng = random.Random(0)
    model = Sequential(
        Layer(2, 6, "identity", rng=rng),
        BatchNorm(6),
        Activation("tanh"),
        Dropout(0.1, rng=rng),
        Layer(6, 2, "identity", rng=rng),
    )
    history = quietly(model, data.moons(60, rng=0), lr=0.05, epochs=20, batch_size=20)
    assert (
        history[-1].loss < 0.5 * history[0].loss
        and set(history[0].saturated) == {"layers.2"}
        and untouched(model)
    )
    assert model.layers[1].running_mean != [0.0] * 6
    assert predict(model, MOONS.X) == predict(model, MOONS.X)  # nothing is dropped
    assert set(history[0].grad_norms) == {"layers.0", "layers.1", "layers.4"}


def test_an_activation_may_come_first_and_be_used_twice():
    f = Activation("tanh")
    history = quietly(
        Sequential(f, Layer(2, 5, "identity", rng=0), f, Layer(5, 2, "identity", rng=1)),
        lr=0.05,
        epochs=5,
    )
    assert history[-1].loss < history[0].loss and 0 <= history[0].saturated["layers.0"] <= 1


def test_fitting_again_goes_on_from_where_the_weights_are():
    model = tiny()
    first, second = quietly(model, lr=0.05), quietly(model, lr=0.05)
    assert second[0].loss < first[0].loss and second[0].epoch == 0


# What is refused, before anything has moved.

OTHER = tiny()

REFUSED = [
    ({"epoch": 3}, TypeError, ["fit() got an unexpected keyword argument 'epoch'"]),
    (
        {"loss": "crossentropy"},
        ValueError,
        ["loss must be a function", "cross_entropy", "'crossentropy'"],
    ),
    ({"loss": None}, ValueError, ["loss must be a function", "None"]),
    (
        {"optimizer": "Adagrad"},
        ValueError,
        ["optimizer must be", "sgd, rmsprop, adam, adamw", "'Adagrad'"],
    ),
    ({"optimizer": optim.Adam}, ValueError, ["optimizer must be an Optimizer", "Adam"]),
    ({"optimizer": []}, ValueError, ["optimizer must be an Optimizer", "[]"]),
    (
        {"optimizer": optim.SGD(OTHER.parameters())},
        ValueError,
        ["SGD(17 parameters", "another model", "model.parameters()"],
    ),
    ({"lr": -0.1}, ValueError, ["Adam(lr)", "-0.1"]),
    ({"lr": math.nan}, ValueError, ["Adam(lr)", "nan"]),
    ({"lr": "0.1"}, TypeError, ["Adam(lr)", "'0.1'"]),
    ({"epochs": 0}, ValueError, ["fit(epochs)", "positive int", "0"]),
    ({"epochs": 2.0}, ValueError, ["fit(epochs)", "2.0"]),
    ({"batch_size": True}, ValueError, ["fit(batch_size)", "True"]),
    ({"validation": 0.0}, ValueError, ["between 0 and 1", "0.0"]),
    ({"validation": 1.5}, ValueError, ["between 0 and 1", "1.5"]),
    (
        {"validation": "some"},
        TypeError,
        ["fit(validation) must be data, or the fraction", "'some'"],
    ),
    ({"schedule": "cosinus"}, ValueError, ["schedule must be", "cosine", "'cosinus'"]),
    ({"l1": -1.0}, ValueError, ["fit(l1)", "-1.0"]),
    ({"l2": math.inf}, ValueError, ["fit(l2)", "inf"]),
    ({"l2": "0.1"}, TypeError, ["fit(l2)", "'0.1'"]),
    ({"clip_norm": 0.0}, ValueError, ["fit(clip_norm)", "positive", "0.0"]),
    ({"clip_value": -1}, ValueError, ["fit(clip_value)", "positive", "-1"]),
    ({"rng": "seed"}, TypeError, ["rng", "'seed'"]),
    ({"callbacks": EarlyStopping()}, TypeError, ["callbacks must be a list", "[EarlyStopping()]"]),
    ({"callbacks": ["early"]}, TypeError, ["callbacks must be a list", "'early'"]),
    ({"samples": ([[1.0, 2.0]], [0, 1])}, ValueError, ["same length", "1 row", "2 targets"]),
    ({"samples": ([[1.0, math.nan]], [0])}, ValueError, ["row 0", "finite"]),
    ({"samples": ([[1.0]], [0])}, ValueError, ["takes 2 inputs, got 1"]),
    ({"samples": (MOONS.X, [2] * 24)}, ValueError, ["the index of a class, 0 to 1", "2"]),
    ({"loss": lambda outputs, y: 1.0}, TypeError, ["the loss must be a Value", "1.0", "<lambda>"]),
    (
        {"loss": lambda outputs, y: losses.cross_entropy(outputs, y, "none")},
        TypeError,
        ["the loss must be a Value"],
    ),
]


@pytest.mark.parametrize(
    ("settings", "kind", "parts"), REFUSED, ids=["-".join([*r[0], *r[2]])[:60] for r in REFUSED]
)
def test_what_makes_no_sense_is_refused_and_nothing_moves(settings, kind, parts):
    model = tiny()
    with refusal(kind, *parts):
        quietly(model, **settings)
    assert model.state_dict() == tiny().state_dict() and model.layers[0].unit_hook is None


def test_a_learning_rate_beside_an_optimizer_is_refused():
    model = tiny()
    with refusal(ValueError, "fit got lr=0.1", "SGD(17 parameters", "set the learning rate there"):
        quietly(model, optimizer=optim.SGD(model.parameters()), lr=0.1)


@pytest.mark.parametrize(("n", "size"), [(21, 10), (1, 32), (8, 1)])
def test_a_batch_of_one_is_refused_before_batch_norm_meets_it(n, size):
    class Own(Module):
        def __init__(self):
            self.inner = [Sequential(BatchNorm(2), Layer(2, 2, rng=0))]

        def forward_batch(self, X):
            return self.inner[0](X)

    X, y = data.moons(24, rng=0)
    for model in (Sequential(Layer(2, 2, rng=0), BatchNorm(2)), Own()):
        before = model.state_dict()
        with refusal(
            ValueError,
            f"of {n} samples would be a batch by itself",
            "BatchNorm",
            f"a batch_size other than {size}",
        ):
            quietly(model, (X[:n], y[:n]), batch_size=size)
        assert model.state_dict() == before
    assert len(quietly(Own(), (X[:22], y[:22]), batch_size=10, epochs=1)) == 1


def test_training_inside_no_grad_is_refused():
    model = tiny()
    with no_grad(), refusal(ValueError, "a constant: nothing was recorded", "no_grad()"):
        quietly(model)
    assert model.state_dict() == tiny().state_dict() and untouched(model)


# The baseline.


def test_the_baseline_is_a_linear_classifier_trained_by_fit():
    train, test = data.blobs(60, rng=0), data.blobs(30, rng=1)
    rng = random.Random(4)
    model = MLP([2, 3], rng=rng)
    fit(model, train, rng=rng, lr=0.1, epochs=4, schedule="cosine", progress=False)
    assert linear_baseline(train, test, rng=4, lr=0.1, epochs=4) == evaluate(model, test)


@pytest.mark.parametrize("y", [[0.5, 1.5], [0, 0], [-1, 1]])
def test_the_baseline_needs_classes(y):
    with refusal(ValueError, "linear_baseline takes at least two classes"):
        linear_baseline(([[0.0], [1.0]], y), ([[0.0], [1.0]], [0, 1]))


def test_a_callback_may_change_the_learning_rate_where_no_schedule_does():
    model = MLP([2, 2], rng=0)
    opt = optim.SGD(model.parameters(), lr=0.1)

    def halve(model, history):
        opt.lr /= 2

    history = fit(
        model, data.moons(8, rng=0), optimizer=opt, epochs=3, callbacks=[halve], progress=False
    )
    assert history.column("lr") == [0.1, 0.05, 0.025]


def test_validation_data_of_another_width_are_refused_before_the_first_step():
    model = MLP([2, 2], rng=0)
    before = model.state_dict()
    with pytest.raises(
        ValueError,
        match=r"fit\(validation\) has rows of 4 numbers, but the training data rows of 2",
    ):
        fit(model, data.moons(8, rng=0), validation=tuple(data.penguins()), progress=False)
    assert model.state_dict() == before


def test_a_weighted_loss_still_tells_the_accuracy():
    loss = functools.partial(losses.cross_entropy, weight=[1.0, 5.0])
    assert (
        fit(MLP([2, 2], rng=0), data.moons(8, rng=0), loss=loss, epochs=1, progress=False)[
            -1
        ].accuracy
        is not None
    )


# N4: a progress bar on a stream that takes nothing ended the training.


@pytest.mark.skipif(os.name == "nt", reason="shells and devices are others on Windows")
@pytest.mark.parametrize("stderr", ["2>&-", "2</dev/null", "2>/dev/full"])
def test_a_standard_error_that_takes_nothing_costs_the_bar_and_not_the_training(stderr):
    if "full" in stderr and not os.path.exists("/dev/full"):
        pytest.skip("there is no device that is full")
    program = "from nn import *; print(len(fit(MLP([2, 2], rng=0), data.xor(), epochs=3)))"
    command = f'{shlex.quote(sys.executable)} -c "{program}" {stderr}'
    done = subprocess.run(command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "3\n")


def test_without_standard_error_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(fit(MLP([2, 2], rng=0), data.moons(8, rng=0), epochs=2)) == 2


def test_with_standard_error_there_is_a_bar_that_counts_the_steps(capsys):
    fit(MLP([2, 2], rng=0), data.moons(8, rng=0), epochs=2, batch_size=4)
    assert "4/4" in capsys.readouterr().err
