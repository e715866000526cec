"""The state of a training on arrays: what callbacks see, how it ends, what files remember."""

import json
import signal
from dataclasses import asdict

import pytest

from autograd import Value, constant, tanh
from nn import (
    MLP,
    CheckpointError,
    Dropout,
    Layer,
    Module,
    Sequential,
    TrainingError,
    diagnose,
    fit,
    load,
    optim,
    save,
    steps,
)
from nn.training.arrays import ArrayStepper

from .pairs import LINE, MOONS, OPTIMIZERS, assert_same, close, train
from .refusals import refusal

# The state between steps, and how a training ends.


@pytest.mark.parametrize("epoch", [0, 2])
def test_callbacks_see_weights_and_may_change_anything(epoch):
    def changing(what):
        def callback(model, history):
            assert history[-1].epoch == len(history) - 1
            seen.append(model.state_dict())
            if history[-1].epoch == epoch:
                what(model)

        return lambda: callback

    def weights(model):
        for p in model.parameters():
            p.data *= 0.5

    def structure(model):
        for neuron in model.layers[0].neurons:
            neuron.activation = neuron.activate = tanh

    def longer(model):
        model.layers.insert(1, Layer(5, 5, "relu", rng=5))

    for what in (weights, structure):
        seen = []
        assert_same(callbacks=[changing(what)], epochs=5)
        close(seen[:5], seen[5:])
    model, history, _ = train(
        lambda: MLP([2, 5, 2], rng=0), MOONS, "auto", callbacks=[changing(longer)], epochs=5
    )
    other, wanted, _ = train(
        lambda: MLP([2, 5, 2], rng=0), MOONS, False, callbacks=[changing(longer)], epochs=5
    )
    close(model.state_dict(), other.state_dict())


def test_a_training_is_compiled_once_unless_a_callback_changes_the_model_or_watches_a_layer(
    monkeypatch,
):
    compiled, make = [], ArrayStepper.__init__
    monkeypatch.setattr(
        ArrayStepper,
        "__init__",
        lambda self, *given: (compiled.append(self), make(self, *given))[1],
    )
    train(lambda: MLP([2, 5, 2], rng=0), MOONS, "auto", epochs=5)
    assert len(compiled) == 1

    def other_slopes(model, history):
        if history[-1].epoch == 2:
            for neuron in model.layers[0].neurons:
                neuron.activation = neuron.activate = tanh

    train(
        lambda: MLP([2, 5, 2], "relu", rng=0),
        MOONS,
        "auto",
        callbacks=[lambda: other_slopes],
        epochs=5,
    )
    assert len(compiled) == 3

    def watching(model, history):
        model.layers[0].unit_hook = lambda z, a: None

    _, history, _ = train(
        lambda: MLP([2, 5, 2], rng=0), MOONS, "auto", callbacks=[lambda: watching], epochs=3
    )
    assert "a unit_hook of your own" in history.engine.reason


@pytest.mark.parametrize("step", [1, 5, 8])
def test_ctrl_c_leaves_the_state_after_a_whole_number_of_steps(step, monkeypatch):
    done, whole = [0], ArrayStepper.step

    def interrupted(self, rows):
        done[0] += 1
        if done[0] == step:
            signal.raise_signal(signal.SIGINT)
        return whole(self, rows)

    monkeypatch.setattr(ArrayStepper, "step", interrupted)
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        model, history, opt = train(
            lambda: MLP([2, 5, 2], rng=0), MOONS, True, optimizer=OPTIMIZERS["momentum"]
        )
    finally:
        signal.signal(signal.SIGINT, handler)
    assert (
        history.stopped == "interrupted" and len(history) == (step - 1) // 4 and opt.t == step - 1
    )
    other = MLP([2, 5, 2], rng=0)
    states = [other.state_dict()]
    given = optim.SGD(other.parameters(), 0.05, momentum=0.9, weight_decay=0.01)
    for _ in steps(other, MOONS, optimizer=given, epochs=3, batch_size=16, rng=0):
        states.append(other.state_dict())
    close(model.state_dict(), states[step - 1])


def test_a_training_that_diverges_fails_the_same():
    def failing(compiled):
        model = MLP([2, 5, 2], rng=0)
        with pytest.raises(TrainingError) as info:
            fit(
                model,
                MOONS,
                optimizer="sgd",
                lr=1e120,
                epochs=5,
                batch_size=10,
                rng=0,
                progress=False,
                compiled=compiled,
            )
        return model, info.value

    (model, error), (other, wanted) = failing(True), failing(False)
    assert str(error)[:40] == str(wanted)[:40] and "first bad node" in str(error)
    close(model.state_dict(), other.state_dict())
    close([asdict(epoch) for epoch in error.history], [asdict(epoch) for epoch in wanted.history])


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        ("cross_entropy", [0, 1, 2] * 4),
        ("hinge", [0, 1, 1] * 4),
        ("bce", [0.5, 1.5, 0.0] * 4),
        ("bce", [0, 1, 1] * 4),
    ],
)
def test_wrong_targets_are_refused_in_the_same_words(loss, targets):
    width = 2 if loss == "cross_entropy" else 1
    X = [[float(i), 1.0] for i in range(12)]
    found = []
    for compiled in (True, False):
        with pytest.raises(ValueError, match=loss) as info:
            fit(
                MLP([2, 3, width], rng=0),
                (X, targets),
                loss=loss,
                rng=0,
                progress=False,
                compiled=compiled,
            )
        found.append(str(info.value))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("loss", "wrong"), [("cross_entropy", 2), ("hinge", 0), ("bce_with_logits", 5)]
)
def test_wrong_targets_of_the_validation_are_refused_in_the_same_words(loss, wrong):
    width = 2 if loss == "cross_entropy" else 1
    X = [[float(i), 1.0] for i in range(4)]
    found = []
    for compiled in (True, False):
        with pytest.raises(ValueError, match=loss) as info:
            settings = {"loss": loss, "validation": (X, [1, wrong, 1, 1]), "epochs": 2}
            fit(
                MLP([2, 3, width], rng=0),
                (X, [1, 1, 1, 1]),
                rng=0,
                progress=False,
                compiled=compiled,
                **settings,
            )
        found.append(str(info.value))
    assert found[0] == found[1]


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
def test_a_callback_may_freeze_parameters_and_set_them_free_again(kind):
    def training(compiled):
        model = MLP([2, 5, 2], rng=0)
        opt = kind(model.parameters(), 0.05)
        every = list(zip(opt.parameters, opt.state))

        def freezing(model, history):
            moving = {1: every[-5:], 3: every}.get(len(history), [*zip(opt.parameters, opt.state)])
            opt.parameters[:], opt.state[:] = map(list, zip(*moving))

        history = fit(
            model,
            MOONS,
            optimizer=opt,
            callbacks=[freezing],
            epochs=5,
            rng=0,
            progress=False,
            compiled=compiled,
        )
        return model, history

    (model, history), (other, wanted) = training(True), training(False)
    close(model.state_dict(), other.state_dict())
    assert (history.engine.kind, wanted.engine.kind) == ("arrays", "scalars")


def test_the_reason_for_scalars_is_printed_once_and_only_with_the_bar(capfd):
    model = Sequential(Layer(2, 4, rng=0), Dropout(0.5, rng=0), Layer(4, 2, "identity", rng=1))
    fit(model, MOONS, epochs=3, rng=0, progress=False)
    assert capfd.readouterr() == ("", "")
    fit(model, MOONS, epochs=3, rng=0)
    out, err = capfd.readouterr()
    assert out == "" and err.count("fit computes with scalars, because layers.1, Dropout(0.5)") == 1
    fit(model, MOONS, epochs=3, rng=0, compiled=False)
    assert "fit computes" not in capfd.readouterr().err


def test_the_same_seeds_give_the_same_bits_and_diagnose_the_same_findings():
    (model, history, _), (other, again, _) = (
        train(lambda: MLP([2, 5, 2], rng=0), MOONS, "auto") for _ in range(2)
    )
    assert model.state_dict() == other.state_dict() and history == again
    for settings in ({}, {"lr": 1e-6}, {"lr": 3.0, "optimizer": "sgd"}):
        (m, h, _), (n, k, _) = (
            train(lambda: MLP([2, 5, 2], rng=0), MOONS, way, **settings) for way in ("auto", False)
        )
        assert list(map(str, diagnose(m, h))) == list(map(str, diagnose(n, k)))


def test_wrong_words_for_compiled_are_refused():
    with refusal(ValueError, "fit(compiled) must be True, False or 'auto', got 'yes'"):
        fit(MLP([2, 2], rng=0), MOONS, compiled="yes")


def test_a_model_of_constants_and_one_parameter_trains():
    class Half(Module):
        def __init__(self):
            self.w = Value(0.1)
            self.half = constant(0.5)

        def forward(self, x):
            return self.half * self.w * x[0]

    assert_same(Half, LINE, loss="mse", epochs=5)


def test_files_remember_what_was_computed_with(tmp_path):
    model, history, _ = train(lambda: MLP([2, 3, 2], rng=0), MOONS, "auto", epochs=1)
    save(tmp_path / "model.json", model, history=history)
    assert load(tmp_path / "model.json").history.engine == history.engine
    assert history.engine.kind == "arrays" and history.engine.reason
    text = (tmp_path / "model.json").read_text()
    content = json.loads(text)
    del content["history"]["engine"]  # as version 0.1 wrote them at first
    (tmp_path / "older.json").write_text(json.dumps(content))
    assert load(tmp_path / "older.json").history.engine is None
    content["history"]["engine"] = 3
    (tmp_path / "broken.json").write_text(json.dumps(content))
    with refusal(CheckpointError, "history.engine"):
        load(tmp_path / "broken.json")
