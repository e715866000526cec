"""Model files: models, optimizers and histories come back to the last bit, whole or not at all."""

import json
import math
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd.files
from autograd import tanh
from nn import (
    MLP,
    Activation,
    BatchNorm,
    CheckpointError,
    Dropout,
    EarlyStopping,
    Epoch,
    History,
    Layer,
    Neuron,
    Perceptron,
    Sequential,
    TrainingError,
    data,
    diagnose,
    fit,
    load,
    optim,
    save,
)

from .checkpoints import MOONS, bits, outputs
from .refusals import refusal

ROOT = Path(__file__).resolve().parents[2]


def trained_norm():
    rng = random.Random(0)
    model = Sequential(
        Layer(2, 3, "identity", rng=rng),
        BatchNorm(3, eps=1e-3, momentum=0.3),
        Activation("relu"),
        Dropout(0.25),
        Layer(3, 2, rng=rng),
    )
    fit(model, MOONS, epochs=1, batch_size=12, rng=0, progress=False)
    return model


def learned():
    machine = Perceptron(2)
    machine.learn(data.xor())
    return machine


MODELS = {
    "Neuron": lambda: Neuron(2, "sigmoid", rng=0),
    "Neuron without bias": lambda: Neuron(2, bias=False, rng=0),
    "Perceptron": learned,
    "Layer": lambda: Layer(2, 3, "tanh", rng=0),
    "Layer without bias": lambda: Layer(2, 3, "leaky_relu", bias=False, rng=0),
    "Layer with an op for activation": lambda: Layer(2, 3, tanh, rng=0),
    "Activation": lambda: Activation("gelu"),
    "Dropout": lambda: Dropout(0.1),
    "BatchNorm": lambda: BatchNorm(2, eps=0.5, momentum=0.01),
    "Sequential": trained_norm,
    "nested": lambda: Sequential(
        Sequential(Layer(2, 2, rng=0), Sequential(Activation("tanh"))), MLP([2, 3, 1], rng=1)
    ),
    "MLP": lambda: MLP([2, 4, 3, 2], activation=["tanh", "relu"], output="sigmoid", rng=0),
    "MLP without hidden layers": lambda: MLP([2, 1], bias=False, rng=0),
}


# There and back.


@pytest.mark.parametrize("made", MODELS.values(), ids=MODELS)
def test_a_model_comes_back_to_the_last_bit(made, tmp_path):
    model, file = made().eval(), tmp_path / "model.json"
    save(file, model)
    checkpoint = load(str(file))
    back = checkpoint.model.eval()
    assert type(back) is type(model) and (checkpoint.optimizer, checkpoint.history) == (None, None)
    assert bits(back.state_dict()) == bits(model.state_dict()) and list(back.state_dict()) == list(
        model.state_dict()
    )
    assert [p.label for p in back.parameters()] == [p.label for p in model.parameters()]
    assert outputs(back) == outputs(model) and repr(back) == repr(model)
    for (_, a), (_, b) in zip(model.named_modules(), back.named_modules()):
        for name in ("eps", "momentum", "p"):
            assert getattr(a, name, None) == getattr(b, name, None)
    again = tmp_path / "again.json"
    save(again, back)
    assert again.read_bytes() == file.read_bytes()


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=3, max_size=3))
def test_every_finite_number_comes_back_to_the_last_bit(tmp_path_factory, numbers):
    file, layer = tmp_path_factory.getbasetemp() / "numbers.json", Layer(2, 1)
    for p, x in zip(layer.parameters(), numbers):
        p.data = x
    save(file, layer)
    assert bits(load(file).model.state_dict()) == bits(layer.state_dict())


@pytest.mark.parametrize("made", MODELS.values(), ids=MODELS)
def test_a_file_is_loaded_into_a_model_that_exists(made, tmp_path):
    model, file, other = made(), tmp_path / "model.json", made()
    for p in other.parameters():
        p.data += 1.0
    parameters = other.parameters()
    save(file, model)
    assert load(file, into=other).model is other
    assert bits(other.state_dict()) == bits(model.state_dict())
    assert all(
        p is q for p, q in zip(parameters, other.parameters())
    )  # an optimizer of them goes on


def test_a_broken_model_can_be_mended_by_loading_into_it(tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 2], rng=0)
    save(file, model)
    model.parameters()[0].data = math.nan
    load(file, into=model)
    assert model.state_dict() == MLP([2, 2], rng=0).state_dict()


def run(model, opt, epochs, seed):
    return fit(model, MOONS, optimizer=opt, epochs=epochs, batch_size=10, rng=seed, progress=False)


OPTIMIZERS = {
    "sgd": lambda ps: optim.SGD(ps, 0.1),
    "momentum": lambda ps: optim.SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.01),
    "rmsprop": lambda ps: optim.RMSProp(ps, 0.01, alpha=0.9, momentum=0.5),
    "adam": lambda ps: optim.Adam(ps, 0.05, betas=(0.8, 0.9), eps=1e-5),
    "adamw": lambda ps: optim.AdamW(ps, 0.05, weight_decay=0.1),
}


@pytest.mark.parametrize("into", [False, True])
@pytest.mark.parametrize("made", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_training_goes_on_after_loading_as_if_nothing_had_happened(made, into, tmp_path):
    model, file = MLP([2, 4, 2], activation="tanh", rng=0), tmp_path / "model.json"
    opt = made(model.parameters())
    run(model, opt, 2, seed=0)
    save(file, model, opt)
    expected = run(model, opt, 3, seed=1)
    checkpoint = load(file, into=MLP([2, 4, 2], activation="tanh", rng=9) if into else None)
    assert type(checkpoint.optimizer) is type(opt) and checkpoint.optimizer.t == 6
    assert checkpoint.optimizer.parameters == checkpoint.model.parameters()
    assert run(checkpoint.model, checkpoint.optimizer, 3, seed=1) == expected
    assert bits(checkpoint.model.state_dict()) == bits(model.state_dict())
    assert checkpoint.optimizer.state_dict() == opt.state_dict()


def histories():
    model = MLP([2, 4, 2], activation="tanh", rng=0)
    settings = {"epochs": 3, "batch_size": 10, "rng": 0, "progress": False}
    yield "plain", fit(model, MOONS, **settings)
    yield (
        "validated",
        fit(model, MOONS, validation=0.3, schedule="cosine", l2=0.1, clip_norm=1, **settings),
    )
    yield "early", fit(model, MOONS, callbacks=[EarlyStopping(1, min_delta=9.0)], **settings)
    regression = data.Dataset(MOONS.X, [x + 0.5 for x, _ in MOONS.X])
    yield "regression", fit(MLP([2, 1], rng=0), regression, loss="mse", **settings)
    try:
        fit(MLP([2, 4, 1], rng=0), regression, loss="mse", optimizer="sgd", lr=1e30, **settings)
    except TrainingError as error:
        yield "diverged", error.history
    yield (
        "of a loop of one's own",
        History(
            [replace(fit(model, MOONS, **settings)[0], lr=None, accuracy=None)],
            stale_gradients=True,
        ),
    )


HISTORIES = dict(histories())


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_a_history_comes_back_equal(history, tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 4, 2], activation="tanh", rng=0)
    save(file, model, history=history)
    back = load(file).history
    assert (
        back == history
        and repr(back) == repr(history)
        and all(type(epoch) is Epoch for epoch in back)
    )
    assert diagnose(model, back) == diagnose(model, history)
    assert list(back.settings) == list(history.settings)


def test_histories_of_every_ending_were_tried():
    assert {history.stopped for history in HISTORIES.values()} == {"", "early", "diverged"}
    assert HISTORIES["regression"].facts.class_counts == {} and HISTORIES[
        "plain"
    ].facts.class_counts == {0: 12, 1: 12}


SAVED = """
import sys
from nn import MLP, data, fit, optim, save
model = MLP([2, 3, 2], rng=0)
opt = optim.Adam(model.parameters())
settings = {"optimizer": opt, "epochs": 2, "validation": 0.2, "rng": 0, "progress": False}
save(sys.argv[1], model, opt, fit(model, data.moons(20, rng=0), **settings))
"""


def test_the_same_training_gives_the_same_bytes_in_every_process(tmp_path):
    contents = set()
    for seed in ("0", "4321"):
        file = tmp_path / f"{seed}.json"
        subprocess.run(
            [sys.executable, "-c", SAVED, str(file)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
        )
        contents.add(file.read_bytes())
    assert len(contents) == 1
    assert contents.pop().isascii()


def test_a_file_says_what_it_is(tmp_path):
    save(tmp_path / "m.json", Layer(1, 1, "tanh", init="zeros"))
    assert json.loads((tmp_path / "m.json").read_text()) == {
        "format": "glassgrad model",
        "version": 1,
        "model": {"type": "Layer", "activation": "tanh", "W": [[0.0]], "b": [0.0]},
        "optimizer": None,
        "history": None,
    }


# Whole or not there.


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    file = tmp_path / "model.json"
    save(file, Layer(1, 1, rng=0))
    old = file.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(autograd.files.os, "replace", full)
        with refusal(OSError, "no space left"):
            save(file, Layer(1, 1, rng=1))
    with refusal(CheckpointError, "model.neurons.0.b is nan"):
        broken = Layer(1, 1)
        broken.neurons[0].b.data = math.nan
        save(file, broken)
    assert file.read_bytes() == old and os.listdir(tmp_path) == ["model.json"]


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "none.json")
    with pytest.raises(FileNotFoundError):
        save(tmp_path / "none" / "model.json", Layer(1, 1))
