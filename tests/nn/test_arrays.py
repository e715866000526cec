"""Weights as arrays: the shapes of torch, to the last bit and back, all or nothing."""

import io
import math
import random
import re
import zipfile

import numpy as np
import pytest

import nn.files.npz
from autograd import Value
from nn import (
    MLP,
    Activation,
    BatchNorm,
    CheckpointError,
    Dropout,
    Layer,
    Module,
    Neuron,
    Perceptron,
    Sequential,
    data,
    fit,
    from_arrays,
    load_npz,
    save_npz,
    to_arrays,
)

from ..checkout import CHECKOUT
from .refusals import refusal

README = CHECKOUT / "nn" / "README.md"


class Own(Module):
    buffers = ("count",)

    def __init__(self, seed=0):
        rng = random.Random(seed)
        self.scale = Value(rng.random())
        self.row = [Value(rng.random()) for _ in range(3)]
        self.table = [[Value(rng.random())], [Value(rng.random()), Value(rng.random())]]
        self.inner = {"net": MLP([2, 3, 1], rng=rng), "layer": Layer(2, 2, bias=False, rng=rng)}
        self.count = rng.random()


def norm(seed=0):
    rng = random.Random(seed)
    model = Sequential(
        Layer(2, 3, "identity", rng=rng),
        BatchNorm(3),
        Activation("relu"),
        Dropout(),
        Layer(3, 2, rng=rng),
    )
    fit(model, data.moons(20, rng=0), epochs=1, rng=seed, progress=False)
    return model


def nested(seed=0):
    return Sequential(Sequential(Layer(1, 2, rng=seed)), MLP([2, 1], rng=seed))


MODELS = {
    "MLP": (
        lambda seed=0: MLP([4, 8, 3], rng=seed),
        {"layers.0.W": (8, 4), "layers.0.b": (8,), "layers.1.W": (3, 8), "layers.1.b": (3,)},
    ),
    "Layer": (lambda seed=0: Layer(2, 1, rng=seed), {"W": (1, 2), "b": (1,)}),
    "Layer without bias": (lambda seed=0: Layer(1, 2, bias=False, rng=seed), {"W": (2, 1)}),
    "Neuron": (lambda seed=0: Neuron(3, rng=seed), {"w": (3,), "b": ()}),
    "Perceptron": (lambda seed=0: Perceptron(1), {"w": (1,), "b": ()}),
    "Dropout": (lambda seed=0: Dropout(), {}),
    "BatchNorm within": (
        norm,
        {
            "layers.0.W": (3, 2),
            "layers.0.b": (3,),
            "layers.1.weight": (3,),
            "layers.1.bias": (3,),
            "layers.4.W": (2, 3),
            "layers.4.b": (2,),
            "layers.1.running_mean": (3,),
            "layers.1.running_var": (3,),
        },
    ),
    "nested": (
        nested,
        {
            "layers.0.layers.0.W": (2, 1),
            "layers.0.layers.0.b": (2,),
            "layers.1.layers.0.W": (1, 2),
            "layers.1.layers.0.b": (1,),
        },
    ),
    "of one's own": (
        Own,
        {
            "scale": (),
            "row": (3,),
            "table.0": (1,),
            "table.1": (2,),
            "inner.net.layers.0.W": (3, 2),
            "inner.net.layers.0.b": (3,),
            "inner.net.layers.1.W": (1, 3),
            "inner.net.layers.1.b": (1,),
            "inner.layer.W": (2, 2),
            "count": (),
        },
    ),
}


@pytest.mark.parametrize(("made", "shapes"), MODELS.values(), ids=MODELS)
def test_the_arrays_have_the_names_and_shapes_of_torch(made, shapes):
    model = made()
    arrays = to_arrays(model)
    assert {name: array.shape for name, array in arrays.items()} == shapes
    assert sorted(x for array in arrays.values() for x in array.ravel().tolist()) == sorted(
        model.state_dict().values()
    )
    assert all(array.dtype == float and not array.flags.writeable for array in arrays.values())


@pytest.mark.parametrize(("made", "shapes"), MODELS.values(), ids=MODELS)
def test_arrays_and_files_bring_the_weights_back_to_the_last_bit(made, shapes, tmp_path):
    model, other, third = made(1), made(2), made(3)
    assert model.state_dict() != other.state_dict() or made in (
        MODELS["Perceptron"][0],
        MODELS["Dropout"][0],
    )
    from_arrays(other, to_arrays(model))
    save_npz(tmp_path / "weights.npz", model)
    load_npz(str(tmp_path / "weights.npz"), third)
    assert other.state_dict() == third.state_dict() == model.state_dict()


def test_the_arrays_of_a_layer_are_its_matrix_view():
    model = MLP([3, 4, 2], rng=0)
    arrays = to_arrays(model)
    for i, layer in enumerate(model.layers):
        assert (arrays[f"layers.{i}.W"] == layer.W).all() and (
            arrays[f"layers.{i}.b"] == layer.b
        ).all()
    x = [0.5, -1.0, 2.0]
    hidden = np.maximum(arrays["layers.0.W"] @ x + arrays["layers.0.b"], 0)
    assert arrays["layers.1.W"] @ hidden + arrays["layers.1.b"] == pytest.approx(
        [y.data for y in model(x)], rel=1e-14
    )


def test_lists_ints_and_small_floats_are_taken():
    layer = Layer(2, 1, "identity")
    for W, b in [
        ([[1, 2]], [3]),
        (np.array([[1, 2]], dtype=np.int8), np.array([3], dtype=np.float32)),
        (((True, 2),), (3,)),
    ]:
        from_arrays(layer, {"W": W, "b": b})
        assert layer.state_dict() == {
            "neurons.0.w.0": 1.0,
            "neurons.0.w.1": 2.0,
            "neurons.0.b": 3.0,
        }


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"b": ...}, ["lack 'b'", "W, b"]),
        ({"c": [1.0]}, ["include the unknown 'c'", "W, b"]),
        ({0: [1.0]}, ["include the unknown 0"]),
        ({"W": [[1.0], [2.0]]}, ["W: wanted numbers of shape (1, 2)", "(2, 1)"]),
        ({"W": [1.0, 2.0]}, ["W: wanted numbers of shape (1, 2)", "(2,)"]),
        ({"b": 3.0}, ["b: wanted numbers of shape (1,)", "shape ()"]),
        ({"W": [[1.0, 2.0], [3.0]]}, ["W: wanted numbers of shape (1, 2)"]),
        ({"b": [math.nan]}, ["b: holds nan or inf"]),
        ({"b": [math.inf]}, ["b: holds nan or inf"]),
        ({"b": ["1.0"]}, ["b: wanted numbers", "U3"]),
        ({"b": [1j]}, ["b: wanted numbers", "complex"]),
        ({"b": [None]}, ["b: wanted numbers", "object"]),
        ({"b": [10**400]}, ["b: wanted numbers", "object"]),
    ],
    ids=str,
)
def test_arrays_that_do_not_fit_change_nothing(change, parts):
    layer = Layer(2, 1, rng=0)
    arrays = {**to_arrays(Layer(2, 1, rng=1)), **change}
    with refusal(CheckpointError, *parts):
        from_arrays(layer, {name: array for name, array in arrays.items() if array is not ...})
    assert layer.state_dict() == Layer(2, 1, rng=0).state_dict()


# Files.


def test_a_file_of_another_model_changes_nothing(tmp_path):
    save_npz(tmp_path / "weights.npz", MLP([2, 4, 1], rng=0))
    model = MLP([2, 3, 1], rng=1)
    with refusal(CheckpointError, "layers.0.W", "(3, 2)", "(4, 2)"):
        load_npz(tmp_path / "weights.npz", model)
    assert model.state_dict() == MLP([2, 3, 1], rng=1).state_dict()


class Trap:
    """Says so when it is unpickled."""

    sprung: list[int] = []

    def __reduce__(self):
        return Trap.sprung.append, (1,)


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    file, layer = tmp_path / "weights.npz", Layer(1, 1, rng=0)
    np.savez(file, W=np.array([[Trap()]], dtype=object), b=np.array([1.0]))
    with refusal(CheckpointError, "weights.npz is not an .npz file of arrays", "pickle"):
        load_npz(file, layer)
    assert Trap.sprung == [] and layer.state_dict() == Layer(1, 1, rng=0).state_dict()


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"PK\x03\x04", b"\x93NUMPY\x01\x00"],
    ids=["empty", "words", "half", "npy"],
)
def test_what_is_no_npz_file_is_refused(content, tmp_path):
    (tmp_path / "weights.npz").write_bytes(content)
    with refusal(CheckpointError, "weights.npz is not an .npz file of arrays"):
        load_npz(tmp_path / "weights.npz", Layer(1, 1))


def test_a_file_that_is_not_there_is_an_os_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_npz(tmp_path / "none.npz", Layer(1, 1))
    with pytest.raises(FileNotFoundError):
        save_npz(tmp_path / "none" / "weights.npz", Layer(1, 1))


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    file = tmp_path / "weights.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("W.npy", b"\0" * 2_000_000)
    assert file.stat().st_size < 10_000
    monkeypatch.setattr(nn.files.npz, "MAX_BYTES", 1_000_000)
    with refusal(CheckpointError, "weights.npz: unpacks to more than 1000000 bytes"):
        load_npz(file, Layer(1, 1))


def test_a_header_that_promises_too_much_is_refused(tmp_path):
    file, header = tmp_path / "weights.npz", io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    )
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("W.npy", header.getvalue())
        archive.writestr("b.npy", header.getvalue())
    with refusal(CheckpointError, "weights.npz is not an .npz file of arrays"):
        load_npz(file, Layer(1, 1))


def test_damaged_files_are_refused_or_loaded_whole(tmp_path):
    file, model, rng = (
        tmp_path / "weights.npz",
        Sequential(Layer(2, 2, rng=0), BatchNorm(2)),
        random.Random(0),
    )
    save_npz(file, model)
    content, refused = file.read_bytes(), 0
    target = Sequential(Layer(2, 2, rng=1), BatchNorm(2))
    before = target.state_dict()
    for _ in range(1500):
        a = rng.randrange(len(content))
        b = min(len(content), a + rng.choice([1, 1, 4, 40]))
        new = rng.choice([rng.randbytes(b - a), b"", content[a:b] * 2, b"\xff" * (b - a)])
        file.write_bytes(content[:a] + new + content[b:])
        try:
            load_npz(file, target)
        except CheckpointError:
            refused += 1
            assert target.state_dict() == before
            continue
        assert all(math.isfinite(x) for x in target.state_dict().values())
        target.load_state_dict(before)
    assert 300 < refused < 1500


def test_a_write_that_fails_leaves_the_old_file(tmp_path, monkeypatch):
    import autograd.files

    file = tmp_path / "weights.npz"
    save_npz(file, Layer(1, 1, rng=0))
    old = file.read_bytes()

    def full(*_):
        raise OSError("no space left on device")

    monkeypatch.setattr(autograd.files.os, "replace", full)
    with refusal(OSError, "no space left"):
        save_npz(file, Layer(1, 1, rng=1))
    assert file.read_bytes() == old and [path.name for path in tmp_path.iterdir()] == [
        "weights.npz"
    ]


# To torch.


def sample(seed):
    rng = random.Random(seed)
    return [rng.gauss(0, 2) for _ in range(4)]


def test_the_readmes_network_of_torch_computes_what_ours_does():
    torch = pytest.importorskip("torch")
    (code,) = re.findall(r"```py\n(.*?)```", README.read_text(encoding="utf-8"), re.S)
    model = MLP([4, 8, 3], activation="tanh", rng=0)
    fit(model, data.standardise(data.penguins()), epochs=1, rng=0, progress=False)
    names = {"to_arrays": to_arrays, "model": model}
    exec(code, names)
    X = [sample(seed) for seed in range(20)]
    theirs = names["net"](torch.tensor(X, dtype=torch.float64)).tolist()
    for row, out in zip(model(X), theirs):
        assert [y.data for y in row] == pytest.approx(out, abs=1e-12, rel=0)
