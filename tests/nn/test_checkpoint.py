"""Model files: to the last bit and back, and nothing gets in that `save` would not have written."""

import json
import math
import os
import random
import struct
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd.files
import nn.files.checkpoint
from autograd import Value, add_op, tanh
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
    Module,
    Neuron,
    Perceptron,
    Sequential,
    TrainingError,
    data,
    diagnose,
    fit,
    load,
    load_npz,
    losses,
    optim,
    save,
)

from .mutations import WAYS
from .refusals import refusal

ROOT = Path(__file__).resolve().parents[2]
MOONS = data.moons(24, rng=0)


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


def bits(state):
    return {name: struct.pack("<d", x) for name, x in state.items()}


def outputs(model, x=(0.3, -0.7)):
    return [float(y) for y in out] if isinstance(out := model(list(x)), list) else float(out)


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


# What no file can hold.


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_nan_and_inf_are_not_saved(x, tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 3, 2], rng=0)
    opt, history = (
        optim.Adam(model.parameters()),
        fit(model, MOONS, epochs=2, rng=0, progress=False),
    )
    opt.state[3] = (0.0, x)
    with refusal(CheckpointError, "optimizer", "nan or inf"):
        save(file, model, opt)
    history.epochs[1] = replace(history[1], val_loss=x)
    with refusal(CheckpointError, "history.epochs[1].val_loss", "a finite number", str(x)):
        save(file, model, history=history)
    model.layers[1].neurons[0].b.data = x
    with refusal(CheckpointError, f"model.layers.1.neurons.0.b is {x}", "broken"):
        save(file, model)
    norm = BatchNorm(2)
    norm.running_var[1] = x
    with refusal(CheckpointError, f"model.running_var.1 is {x}"):
        save(file, norm)
    assert not file.exists()


def relu(x):
    """No op, though it is called like one."""
    return x * 2.0


@pytest.mark.parametrize("activation", [lambda x: x * x, relu], ids=["lambda", "named as an op"])
@pytest.mark.parametrize(
    "made",
    [
        lambda f: Layer(2, 2, f),
        lambda f: MLP([2, 2, 1], activation=f),
        Activation,
        lambda f: Neuron(1, f),
    ],
)
def test_an_activation_of_your_own_is_refused(made, activation, tmp_path):
    with refusal(
        CheckpointError,
        "model",
        f"the activation {activation.__name__}",
        "not an op of the table",
        "autograd.add_op",
        "to_arrays",
    ):
        save(tmp_path / "model.json", made(activation))
    assert not os.listdir(tmp_path)


def test_an_op_of_your_own_is_saved_by_name(tmp_path):
    cube = add_op("cube_for_files", lambda x: x * x * x, lambda x, out: (3 * x * x,))
    for activation in (cube, "cube_for_files"):
        model = MLP([2, 3, 1], activation=activation, rng=0)
        save(tmp_path / "model.json", model)
        assert outputs(load(tmp_path / "model.json").model) == outputs(model)
    from autograd import OPS

    del OPS["cube_for_files"]
    with refusal(
        CheckpointError, "model.layers[0].activation", "autograd.add_op first", "'cube_for_files'"
    ):
        load(tmp_path / "model.json")


def test_layers_that_share_weights_are_refused(tmp_path):
    layer = Layer(2, 2, rng=0)
    with refusal(CheckpointError, "model", "share weights", "to_arrays"):
        save(tmp_path / "model.json", Sequential(layer, layer))
    with refusal(CheckpointError, "model.layers[1]", "share weights"):
        save(tmp_path / "model.json", Sequential(Layer(2, 2), Sequential(layer, Dropout(), layer)))
    f = Activation("tanh")
    save(tmp_path / "model.json", Sequential(f, layer, f))  # no weights, nothing to share


def test_an_optimizer_of_other_parameters_or_of_your_own_is_refused(tmp_path):
    class Mine(optim.SGD):
        pass

    model, other = Layer(1, 1), Layer(1, 1)
    for opt, part in [
        (optim.SGD(other.parameters()), "parameters that do not belong"),
        (Mine(model.parameters()), "Mine is your own optimizer"),
    ]:
        with refusal(CheckpointError, part):
            save(tmp_path / "model.json", model, opt)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize("settings", [{"seen": [1, 2]}, {"lr": Value(1.0)}, {"lr": None}])
def test_a_history_with_more_than_plain_settings_is_refused(settings, tmp_path):
    with refusal(CheckpointError, "history"):
        save(tmp_path / "model.json", Layer(1, 1), history=History(settings=settings))


# Modules of one's own.


class Own(Module):
    buffers = ("seen",)

    def __init__(self, width=2, activation=lambda x: x * x, seed=0):
        self.scale = Value(float(seed))
        self.inner = {"first": Layer(2, width, activation, rng=seed), "norm": BatchNorm(width)}
        self.seen = 3.5 + seed

    def forward(self, x):
        return [self.scale * y for y in self.inner["first"](x)]


def test_a_module_of_your_own_is_saved_by_its_state_and_loaded_into_one_like_it(tmp_path):
    file, model, other = tmp_path / "model.json", Own(seed=1), Own(seed=2)
    opt = optim.Adam(model.parameters())
    losses.mse(model([1.0, 2.0]), [0.0, 0.0]).backward()
    opt.step()
    save(file, model, opt)
    with refusal(CheckpointError, "your own module, 'Own'", "load(..., into=it)"):
        load(file)
    checkpoint = load(file, into=other)
    assert bits(other.state_dict()) == bits(model.state_dict()) and other.seen == 4.5
    assert (
        checkpoint.optimizer.state_dict() == opt.state_dict()
        and checkpoint.optimizer.parameters == other.parameters()
    )


class Stranger(Own):
    pass


@pytest.mark.parametrize("kind", [Own, Stranger])
def test_a_class_of_your_own_with_the_name_of_ours_is_none_of_ours(kind, tmp_path):
    named_layer = type("Layer", (kind,), {})
    save(tmp_path / "model.json", named_layer())
    with refusal(CheckpointError, "your own module, 'Layer'"):
        load(tmp_path / "model.json")


def test_a_module_of_your_own_within_ours_is_refused(tmp_path):
    with refusal(
        CheckpointError,
        "model.layers[1] is your own module, Own, within a Sequential",
        "to_arrays",
    ):
        save(tmp_path / "model.json", Sequential(Layer(2, 2), Own()))


OTHERS = {
    "wider": lambda: MLP([2, 4, 2], activation="tanh", rng=1),
    "another activation": lambda: MLP([2, 3, 2], rng=1),
    "another output": lambda: MLP([2, 3, 2], activation="tanh", output="tanh", rng=1),
    "deeper": lambda: MLP([2, 3, 3, 2], activation="tanh", rng=1),
    "without bias": lambda: MLP([2, 3, 2], activation="tanh", bias=False, rng=1),
    "another class": lambda: Sequential(*MLP([2, 3, 2], activation="tanh", rng=1).layers),
    "of one's own": Own,
}


@pytest.mark.parametrize("made", OTHERS.values(), ids=OTHERS)
def test_into_another_architecture_nothing_is_loaded(made, tmp_path):
    file, other = tmp_path / "model.json", made()
    before = bits(other.state_dict())
    save(file, MLP([2, 3, 2], activation="tanh", rng=0))
    with refusal(CheckpointError, "the file holds MLP([2, 3, 2], tanh", "does not fit into"):
        load(file, into=other)
    save(file, Own(seed=1))
    for model, parts in [
        (Own(width=3), ["model.state", "the names of Own"]),
        (Stranger(), ["model.class", "'Stranger'", "'Own'"]),
        (made() if made is not Own else Layer(1, 1), ["your own module, 'Own'"]),
    ]:
        untouched = bits(model.state_dict())
        with refusal(CheckpointError, *parts):
            load(file, into=model)
        assert bits(model.state_dict()) == untouched
    assert bits(other.state_dict()) == before


def test_a_broken_optimizer_or_history_leaves_the_model_untouched(tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 3, 2], rng=0)
    history = fit(model, MOONS, epochs=1, rng=0, progress=False)
    save(file, model, optim.Adam(model.parameters()), history)
    tree = json.loads(file.read_text())
    for path in (("optimizer", "state"), ("history", "epochs")):
        damaged = json.loads(json.dumps(tree))
        damaged[path[0]][path[1]] = "gone"
        file.write_text(json.dumps(damaged))
        other = MLP([2, 3, 2], rng=1)
        with refusal(CheckpointError, ".".join(path)):
            load(file, into=other)
        assert other.state_dict() == MLP([2, 3, 2], rng=1).state_dict()


# What is refused.


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The text of a file with everything in it."""
    file = tmp_path_factory.mktemp("whole") / "model.json"
    rng = random.Random(0)
    model = Sequential(
        Layer(2, 2, "tanh", rng=rng), BatchNorm(2), Dropout(0.5), MLP([2, 2, 2], rng=rng)
    )
    opt = optim.SGD(model.parameters(), 0.1, momentum=0.5)
    save(
        file,
        model,
        opt,
        fit(
            model,
            MOONS,
            optimizer=opt,
            epochs=2,
            batch_size=12,
            validation=0.25,
            rng=0,
            progress=False,
        ),
    )
    return file.read_text()


def at(tree, path, new):
    """The tree with another value at a path such as ("model", "layers", 0); `...` removes it."""
    *way, last = path
    holder = tree
    for key in way:
        holder = holder[key]
    if new is ...:
        del holder[last]
    else:
        holder[last] = new
    return tree


L0, NORM, DROP, MLP_ = (("model", "layers", i) for i in range(4))
EPOCH = ("history", "epochs", 1)
FACTS = ("history", "facts")

WRONG = [
    (("format",), "glassgrad graph", ["format", "'glassgrad model'", "'glassgrad graph'"]),
    (("format",), ..., ["the file: lacks 'format'"]),
    (("version",), 2, ["version", "1, the only version", "got 2"]),
    (("version",), True, ["version", "True"]),
    (("version",), 1.0, ["version", "1.0"]),
    (("extra",), 1, ["the file: has the unknown key 'extra'"]),
    (("model",), [], ["model: wanted an object with a type"]),
    (("model",), None, ["model: wanted an object with a type", "None"]),
    ((*L0, "type"), "Conv", ["model.layers[0].type", "one of Neuron", "'Conv'"]),
    ((*L0, "type"), ["Layer"], ["model.layers[0]: wanted an object with a type"]),
    ((*L0, "type"), "state", ["model.layers[0]: holds the state of your own module"]),
    ((*L0, "W"), ..., ["model.layers[0]: lacks 'W'"]),
    ((*L0, "w"), 1, ["model.layers[0]: has the unknown key 'w'"]),
    (
        (*L0, "W"),
        [[1.0, 2.0], [3.0]],
        ["model.layers[0].W[1]: wanted a list of 2 numbers", "a list of 1"],
    ),
    ((*L0, "W"), [[], []], ["model.layers[0].W[0]", "one or more"]),
    ((*L0, "W"), [], ["model.layers[0].W", "a list of rows"]),
    ((*L0, "W"), [1.0, 2.0], ["model.layers[0].W", "a list of rows"]),
    ((*L0, "W", 0, 1), True, ["model.layers[0].W[0][1]: wanted a finite number, got True"]),
    ((*L0, "W", 0, 1), "1.0", ["model.layers[0].W[0][1]", "'1.0'"]),
    ((*L0, "W", 0, 1), None, ["model.layers[0].W[0][1]", "None"]),
    ((*L0, "b"), [1.0], ["model.layers[0].b: wanted a list of 2 numbers"]),
    ((*L0, "b"), 1.0, ["model.layers[0].b: wanted a list of 2 numbers, got 1.0"]),
    (
        (*L0, "activation"),
        "swoosh",
        ["model.layers[0].activation", "an op of the table", "'swoosh'"],
    ),
    ((*L0, "activation"), "add", ["model.layers[0]", "an op of one input", "'add'"]),
    ((*L0, "activation"), None, ["model.layers[0].activation", "None"]),
    ((*L0, "W"), [[1.0, 2.0]] * 3, ["model.layers[0].b", "a list of 3 numbers"]),
    (
        (*NORM, "running_var"),
        [1.0, -1.0],
        ["model.layers[1].running_var", "variances of at least 0", "-1.0"],
    ),
    ((*NORM, "bias"), [1.0], ["model.layers[1].bias", "2 numbers"]),
    ((*NORM, "eps"), -1.0, ["model.layers[1]", "eps"]),
    ((*NORM, "momentum"), False, ["model.layers[1].momentum", "False"]),
    ((*DROP, "p"), 1.5, ["model.layers[2]", "Dropout(p)", "1.5"]),
    ((*MLP_, "layers"), [], ["model.layers[3].layers", "one or more modules"]),
    (
        (*MLP_, "layers", 1),
        {"type": "Dropout", "p": 0.5},
        ["model.layers[3].layers", "nothing but Layers in an MLP"],
    ),
    (
        L0,
        {"type": "Layer", "activation": "tanh", "W": [[1.0, 2.0]], "b": None},
        ["model", "BatchNorm(2", "takes 2 inputs"],
    ),
    (
        L0,
        {"type": "Neuron", "activation": "tanh", "w": [1.0, 2.0], "b": None},
        ["model", "must be a Module that returns a list"],
    ),
    (
        ("model",),
        {"type": "Perceptron", "activation": "tanh", "w": [1.0], "b": 1.0},
        ["model.activation", "'step'"],
    ),
    (
        ("model",),
        {"type": "Perceptron", "activation": "step", "w": [1.0], "b": None},
        ["model.b", "None"],
    ),
    (("optimizer",), 3, ["optimizer: wanted an object"]),
    (("optimizer", "name"), "Sgd2", ["optimizer.name", "one of sgd", "'Sgd2'"]),
    (("optimizer", "name"), "sgd", ["optimizer"]),
    (("optimizer", "name"), "Adam", ["optimizer.hyper.'nesterov'", "a finite number"]),
    (("optimizer", "name"), None, ["optimizer.name", "None"]),
    (("optimizer", "t"), -1, ["optimizer", "t, the number of steps"]),
    (("optimizer", "t"), 1.0, ["optimizer", "t, the number of steps"]),
    (("optimizer", "t"), True, ["optimizer", "t, the number of steps"]),
    (("optimizer", "hyper", "lr"), -0.1, ["optimizer", "SGD(lr)", "-0.1"]),
    (("optimizer", "hyper", "lr"), True, ["optimizer.hyper.'lr'", "a finite number", "True"]),
    (("optimizer", "hyper", "nesterov"), 1, ["optimizer", "nesterov", "True or False"]),
    (("optimizer", "hyper", "beta"), 1.0, ["optimizer", "hyperparameters"]),
    (("optimizer", "hyper"), [], ["optimizer.hyper", "an object of numbers"]),
    (("optimizer", "state", 0), [], ["optimizer", "1 numbers for each"]),
    (("optimizer", "state", 0), ..., ["optimizer", "1 numbers for each"]),
    (("optimizer", "state", 2, 0), True, ["optimizer.state[2]", "a finite number", "True"]),
    (("optimizer", "state", 2, 0), "x", ["optimizer.state[2]", "'x'"]),
    (("optimizer", "state"), {}, ["optimizer.state", "a list of lists"]),
    (("optimizer", "state", 1), 1.0, ["optimizer.state", "a list of lists"]),
    (("model",), {"type": "Dropout", "p": 0.5}, ["optimizer", "Values to move"]),
    (("history",), [], ["history: wanted an object"]),
    (("history", "epochs"), {}, ["history.epochs", "a list"]),
    (("history", "stopped"), "bored", ["history.stopped", "'bored'"]),
    (("history", "stopped"), None, ["history.stopped", "None"]),
    (("history", "stale_gradients"), 0, ["history.stale_gradients", "true or false"]),
    (("history", "settings"), {"lr": [1]}, ["history.settings", "strings and numbers"]),
    ((*EPOCH, "loss"), None, ["history.epochs[1].loss", "None"]),
    ((*EPOCH, "loss"), ..., ["history.epochs[1]: lacks 'loss'"]),
    ((*EPOCH, "epoch"), 1.0, ["history.epochs[1].epoch", "a whole number", "1.0"]),
    ((*EPOCH, "epoch"), True, ["history.epochs[1].epoch", "True"]),
    ((*EPOCH, "accuracy"), True, ["history.epochs[1].accuracy", "True"]),
    ((*EPOCH, "grad_norms"), [1.0], ["history.epochs[1].grad_norms", "an object of numbers"]),
    ((*EPOCH, "dead", "layers.0"), "1", ["history.epochs[1].dead.layers.0", "'1'"]),
    ((*FACTS, "n_samples"), 1.5, ["history.facts", "whole numbers", "1.5"]),
    ((*FACTS, "means"), 1.0, ["history.facts.means", "a list"]),
    ((*FACTS, "scales", 0), None, ["history.facts", "a finite number", "None"]),
    (
        (*FACTS, "class_counts"),
        {"0": 1},
        ["history.facts.class_counts", "a list of pairs", "an object of 1"],
    ),
    ((*FACTS, "class_counts"), [[0, 1, 2]], ["history.facts.class_counts", "a list of pairs"]),
    ((*FACTS, "class_counts"), [[0, 1], 2], ["history.facts.class_counts", "a list of pairs"]),
    ((*FACTS, "class_counts"), [[0, True]], ["history.facts", "whole numbers", "True"]),
    ((*FACTS, "class_counts"), [[0, 1], [0, 2]], ["history.facts.class_counts", "each class once"]),
]


@pytest.mark.parametrize(
    ("path", "new", "parts"),
    WRONG,
    ids=[f"{'.'.join(map(str, w[0]))}={str(w[1])[:20]}" for w in WRONG],
)
def test_whatever_save_would_not_have_written_is_refused(path, new, parts, whole, tmp_path):
    file = tmp_path / "model.json"
    file.write_text(json.dumps(at(json.loads(whole), path, new)))
    with refusal(CheckpointError, *parts):
        load(file)


TEXTS = {
    "empty": (b"", ["model.json is not JSON text"]),
    "words": (b"hello", ["model.json is not JSON text"]),
    "a pickle": (b"\x80\x04\x95", ["model.json is not JSON text", "utf-8"]),
    "a number": (b"3", ["the file: wanted an object", "got 3"]),
    "invalid UTF-8": (b'{"format": "\xff"}', ["model.json is not JSON text", "utf-8"]),
    "UTF-16": ('{"format": 1}'.encode("utf-16"), ["model.json is not JSON text"]),
    "a byte order mark": (b"\xef\xbb\xbf{}", ["model.json is not JSON text", "BOM"]),
    "half a character": (b'{"format": "\\ud800"}', ["model.json is not JSON text", "surrogates"]),
    "half a character in a key": (b'{"\\udfff": 1}', ["model.json is not JSON text", "surrogates"]),
    "nan": (b'{"format": NaN}', ["the file holds NaN, which is not a finite number"]),
    "infinity": (b'{"format": -Infinity}', ["the file holds -Infinity"]),
    "beyond the floats": (b'{"format": 1e999}', ["the file holds 1e999"]),
    "a huge whole number": (b'{"format": ' + b"1" * 5000 + b"}", ["a whole number of 5000 digits"]),
    "a whole number beyond the floats": (
        b'{"format": ' + b"1" * 400 + b"}",
        ["a whole number of 400 digits"],
    ),
    "the same key twice": (b'{"format": {"a": 1, "b": 2, "a": 3}}', ["the key 'a' occurs twice"]),
    "trailing text": (b"{} {}", ["model.json is not JSON text", "Extra data"]),
    "half of it": (b'{"format": "glass', ["model.json is not JSON text"]),
    "very deep": (b"[" * 100_000 + b"]" * 100_000, ["model.json nests too deeply"]),
}


@pytest.mark.parametrize(("content", "parts"), TEXTS.values(), ids=TEXTS)
def test_what_is_no_model_file_at_all_is_refused(content, parts, tmp_path):
    file = tmp_path / "model.json"
    file.write_bytes(content)
    with refusal(CheckpointError, *parts):
        load(file)


def test_the_same_key_twice_is_noticed_among_many(tmp_path):
    file = tmp_path / "model.json"
    file.write_text("{" + ", ".join(f'"k{i}": 1' for i in range(100_000)) + ', "k99999": 1}')
    with refusal(CheckpointError, "'k99999' occurs twice"):
        load(file)


@pytest.mark.parametrize("depth", [*range(5, 60, 9), *range(300, 1010, 3)])
def test_depth_is_refused_wherever_it_is_met(depth, tmp_path):
    file = tmp_path / "model.json"
    opening, innermost = '{"type": "Sequential", "layers": [', '{"type": "Dropout", "p": 0.5}'
    layers = opening * depth + innermost + "]}" * depth
    begin = '{"format": "glassgrad model", "version": 1, "model": '
    for model in (layers, "[" * depth + "]" * depth):
        file.write_text(f'{begin}{model}, "optimizer": null, "history": null}}')
        if model is layers and depth <= 32:
            assert load(file).model([1.0]) is not None
            continue
        with pytest.raises(
            CheckpointError, match=r"deeper than 32|nests too deeply|wanted an object"
        ):
            load(file)


def test_a_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "model.json"
    save(file, Layer(2, 2, rng=0))
    size = len(file.read_bytes())
    monkeypatch.setattr(nn.files.checkpoint, "MAX_BYTES", size)
    load(file)
    monkeypatch.setattr(nn.files.checkpoint, "MAX_BYTES", size - 1)
    with refusal(CheckpointError, f"model.json is larger than {size - 1} bytes"):
        load(file)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS["json"])
def test_a_damaged_file_is_refused_or_is_a_model_and_never_anything_else(way, whole, tmp_path):
    file, again, rng = tmp_path / "model.json", tmp_path / "again.json", random.Random(way)
    content, accepted = whole.encode(), 0
    file.write_bytes(content)
    target = load(file).model
    for p in target.parameters():
        p.data += 1.0
    before = bits(target.state_dict())
    for _ in range(1000):
        damaged = WAYS["json"][way](content, rng)
        file.write_bytes(damaged)
        try:
            checkpoint = load(file)
        except CheckpointError:
            with pytest.raises(CheckpointError) as error:
                load(file, into=target)
            assert bits(target.state_dict()) == before and len(str(error.value).encode()) < 1000
            continue
        accepted += 1
        save(again, checkpoint.model, checkpoint.optimizer, checkpoint.history)
        back = load(again)
        assert (
            bits(back.model.state_dict()) == bits(checkpoint.model.state_dict())
            and back.history == checkpoint.history
        )
        assert (back.optimizer and back.optimizer.state_dict()) == (
            checkpoint.optimizer and checkpoint.optimizer.state_dict()
        )
    assert 10 < accepted < 900


def test_settings_that_change_the_outputs_must_fit_too(tmp_path):
    path = tmp_path / "model.json"
    save(path, Sequential(Layer(2, 2, rng=0), BatchNorm(2, eps=0.1), Dropout(0.5)))
    for other in (BatchNorm(2), Dropout(0.5)), (BatchNorm(2, eps=0.1), Dropout(0.25)):
        with pytest.raises(CheckpointError, match="does not fit into"):
            load(path, into=Sequential(Layer(2, 2, rng=0), *other))
    load(path, into=Sequential(Layer(2, 2, rng=1), BatchNorm(2, eps=0.1), Dropout(0.5)))


@pytest.mark.skipif(os.name == "nt", reason="Windows has other pipes")
@pytest.mark.parametrize("name", ["load", "load_npz"])
def test_a_pipe_or_a_device_is_refused_by_name_and_not_waited_for(tmp_path, name):
    path = tmp_path / "pipe.json"
    os.mkfifo(path)
    read = load if name == "load" else partial(load_npz, model=MLP([2, 1], rng=0))
    with pytest.raises(CheckpointError, match=r"pipe.json is a pipe or a device, not a file: save"):
        read(path)
    with pytest.raises(CheckpointError, match=f"{os.devnull} is a pipe or a device"):
        read(os.devnull)
    with pytest.raises(IsADirectoryError):
        read(tmp_path)


def nested(depth):
    model = Layer(1, 1)
    for _ in range(depth):
        model = Sequential(model)
    return model


def test_what_load_would_refuse_for_its_size_is_not_saved(tmp_path, monkeypatch):
    with refusal(CheckpointError, "modules within modules, 33 deep", "at most 32"):
        save(tmp_path / "deep.json", nested(33))
    save(tmp_path / "model.json", nested(32))
    assert len(load(tmp_path / "model.json").model.parameters()) == 2
    monkeypatch.setattr("nn.files.checkpoint.MAX_BYTES", 300)
    with refusal(CheckpointError, "load reads at most 300"):
        save(tmp_path / "large.json", MLP([9, 9], rng=0))
    assert os.listdir(tmp_path) == ["model.json"]


def test_weights_that_are_one_value_within_a_layer_are_not_saved(tmp_path):
    layer, neuron = Layer(2, 2, rng=0), Neuron(2, rng=0)
    layer.neurons[0].w[0] = layer.neurons[1].w[0]
    neuron.w[1] = neuron.w[0]
    for model in (layer, neuron, Sequential(layer)):
        with refusal(CheckpointError, "two of its weights are one Value"):
            save(tmp_path / "model.json", model)


@pytest.mark.parametrize(
    ("more", "part"),
    [
        (("adam",), "save(optimizer) takes an Optimizer, got"),
        ((optim.Adam,), "save(optimizer) takes an Optimizer, got"),
        ((None, []), "save(history) takes what fit returned, a History, got"),
    ],
)
def test_what_is_saved_with_a_model_is_checked(more, part, tmp_path):
    with refusal(TypeError, part):
        save(tmp_path / "model.json", Layer(1, 1), *more)
