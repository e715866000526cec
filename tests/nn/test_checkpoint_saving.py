"""What no model file can hold: `save` refuses it, says why, and writes nothing."""

import math
import os
from dataclasses import replace

import pytest

from autograd import Value, add_op
from nn import (
    MLP,
    Activation,
    BatchNorm,
    CheckpointError,
    Dropout,
    History,
    Layer,
    Neuron,
    Sequential,
    fit,
    load,
    optim,
    save,
)

from .checkpoints import MOONS, outputs
from .refusals import refusal


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
