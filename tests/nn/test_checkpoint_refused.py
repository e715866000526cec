"""Nothing gets in that `save` would not have written: files that are wrong, odd or damaged."""

import json
import os
import random
from functools import partial

import pytest

import nn.files.checkpoint
from nn import (
    MLP,
    BatchNorm,
    CheckpointError,
    Dropout,
    Layer,
    Sequential,
    fit,
    load,
    load_npz,
    optim,
    save,
)

from .checkpoints import MOONS, bits
from .mutations import WAYS
from .refusals import refusal


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
