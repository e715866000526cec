"""How a training ends: callbacks, Ctrl-C, early stopping."""

import math
import signal

import pytest

from nn import (
    MLP,
    EarlyStopping,
    TrainingError,
    data,
    evaluate,
    fit,
    losses,
    optim,
    predict,
    schedules,
)

from .fits import MOONS, quietly, tiny, untouched
from .refusals import refusal


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
