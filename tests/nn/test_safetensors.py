"""Weights that travel through safetensors files, to PyTorch and back."""

import sys

import numpy as np
import pytest

from nn import MLP, BatchNorm, Layer, Module, Sequential, from_safetensors, to_safetensors
from nn.files.schema import CheckpointError

from .refusals import refusal

X = [[1.0, -2.0, 0.5, 3.0], [0.0, 1.0, 1.0, -1.0]]


def library():
    return pytest.importorskip("safetensors.numpy")


def normed():
    return Sequential(Layer(2, 3, rng=0), BatchNorm(3), Layer(3, 1, "identity", bias=False, rng=1))


@pytest.mark.parametrize("make", [lambda: MLP([4, 3, 2], rng=0), normed], ids=["mlp", "normed"])
def test_weights_come_back_to_the_bit(tmp_path, make):
    library()
    model, other = make(), make()
    other.load_state_dict(dict.fromkeys(other.state_dict(), 0.5))
    to_safetensors(tmp_path / "m.safetensors", model)
    from_safetensors(tmp_path / "m.safetensors", other)
    assert other.state_dict() == model.state_dict()


def test_a_file_has_pytorchs_names_and_shapes(tmp_path):
    to_safetensors_needs = library()
    file = tmp_path / "m.safetensors"
    to_safetensors(file, normed())
    shapes = {name: x.shape for name, x in to_safetensors_needs.load_file(file).items()}
    assert shapes == {
        "layers.0.weight": (3, 2),
        "layers.0.bias": (3,),
        "layers.1.weight": (3,),
        "layers.1.bias": (3,),
        "layers.1.running_mean": (3,),
        "layers.1.running_var": (3,),
        "layers.2.weight": (1, 3),
    }


@pytest.mark.parametrize("kind", [np.float32, np.float16, np.int64])
def test_numbers_of_other_types_are_taken(tmp_path, kind):
    file = tmp_path / "m.safetensors"
    library().save_file({"weight": np.array([[1, 2]], kind), "bias": np.array([3], kind)}, file)
    layer = Layer(2, 1, "identity")
    from_safetensors(file, layer)
    assert layer([1.0, 1.0])[0].data == 6.0


def test_weights_travel_to_pytorch_and_back(tmp_path):
    torch = pytest.importorskip("torch")
    files = pytest.importorskip("safetensors.torch")
    model = MLP([4, 8, 3], "tanh", rng=0)
    names = {"layers.0": "0", "layers.1": "2"}
    linear = torch.nn.Linear
    net = torch.nn.Sequential(linear(4, 8), torch.nn.Tanh(), linear(8, 3)).double()
    to_safetensors(tmp_path / "there.safetensors", model, names)
    net.load_state_dict(files.load_file(tmp_path / "there.safetensors"))
    out = net(torch.tensor(X, dtype=torch.float64)).tolist()
    for row, wanted in zip(model(X), out):
        assert [y.data for y in row] == pytest.approx(wanted, rel=1e-12)
    files.save_file(net.state_dict(), tmp_path / "back.safetensors")
    other = MLP([4, 8, 3], "tanh", rng=1)
    from_safetensors(tmp_path / "back.safetensors", other, names)
    assert other.state_dict() == model.state_dict()


def test_what_does_not_fit_is_refused_and_changes_nothing(tmp_path):
    library()
    file, model = tmp_path / "m.safetensors", MLP([4, 3, 2], rng=0)
    before = model.state_dict()
    to_safetensors(file, MLP([4, 3, 2], rng=1), {"layers.0": "first"})
    with refusal(CheckpointError, "lacks layers.0.weight, layers.0.bias", "has first.", "names={"):
        from_safetensors(file, model)
    to_safetensors(file, MLP([4, 5, 2], rng=1))
    with refusal(CheckpointError, "layers.0.W", "wanted numbers of shape (3, 4)"):
        from_safetensors(file, model)
    for content in (b"", b"no tensors", file.read_bytes()[:-1]):
        file.write_bytes(content)
        with refusal(CheckpointError, "cannot be read as safetensors"):
            from_safetensors(file, model)
    assert model.state_dict() == before


def test_names_that_are_none_and_broken_weights_are_refused(tmp_path):
    library()
    model, file = MLP([4, 3, 2], rng=0), tmp_path / "m.safetensors"
    with refusal(CheckpointError, "names has 'layer.0'", "layers.0.W"):
        to_safetensors(file, model, {"layer.0": "0"})
    with refusal(CheckpointError, "two arrays the same name"):
        to_safetensors(file, model, {"layers.0": "a", "layers.1": "a"})
    model.parameters()[0].data = float("nan")
    with refusal(CheckpointError, "layers.0.W holds nan or inf"):
        to_safetensors(file, model)
    assert not file.exists()


def test_a_module_of_ones_own_travels_by_its_names(tmp_path):
    class Pair(Module):
        def __init__(self, rng):
            self.one, self.two = Layer(1, 2, rng=rng), MLP([2, 1], rng=rng)

    library()
    model, other = Pair(0), Pair(1)
    names = {"two": "second", "two.layers.0": "head"}
    to_safetensors(tmp_path / "m.safetensors", model, names)
    from_safetensors(tmp_path / "m.safetensors", other, names)
    with refusal(CheckpointError, "lacks second.layers.0.weight"):
        from_safetensors(tmp_path / "m.safetensors", other, {"two": "second"})
    assert other.state_dict() == model.state_dict()


def test_without_the_library_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    for function in (to_safetensors, from_safetensors):
        with refusal(ImportError, "pip install glassgrad[safetensors]"):
            function(tmp_path / "m.safetensors", MLP([1, 1]))
