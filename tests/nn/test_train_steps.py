"""Trainings step by step, and those that end in nan or inf."""

import math
import pickle

import pytest

from autograd import Value, exp, sqrt
from nn import (
    MLP,
    BatchNorm,
    Layer,
    Module,
    Sequential,
    TrainingError,
    diagnose,
    fit,
    optim,
    schedules,
    steps,
)

from .fits import MOONS, REGRESSION, quietly, tiny, untouched
from .refusals import refusal

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
