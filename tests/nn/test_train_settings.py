"""What `fit` is given: losses, optimizers and schedules by name or not, and data of every kind."""

import functools
import inspect

import numpy as np
import pytest

from nn import MLP, data, evaluate, fit, losses, optim, schedules, steps
from nn.data import Dataset

from .fits import MOONS, REGRESSION, quietly, tiny
from .refusals import refusal

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


def test_a_callback_may_change_the_learning_rate_where_no_schedule_does():
    model = MLP([2, 2], rng=0)
    opt = optim.SGD(model.parameters(), lr=0.1)

    def halve(model, history):
        opt.lr /= 2

    history = fit(
        model, data.moons(8, rng=0), optimizer=opt, epochs=3, callbacks=[halve], progress=False
    )
    assert history.column("lr") == [0.1, 0.05, 0.025]


def test_a_weighted_loss_still_tells_the_accuracy():
    loss = functools.partial(losses.cross_entropy, weight=[1.0, 5.0])
    assert (
        fit(MLP([2, 2], rng=0), data.moons(8, rng=0), loss=loss, epochs=1, progress=False)[
            -1
        ].accuracy
        is not None
    )
