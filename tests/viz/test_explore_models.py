"""What can be explored, and what is said of the rest."""

import subprocess
import sys

import pytest

import viz
from autograd import Value, tanh
from nn import MLP, BatchNorm, Dropout, Layer, Neuron, Perceptron, Sequential, losses
from viz.live.explore import state_of

from .explored import SAMPLE, W, bound, net


@pytest.mark.parametrize(
    ("model", "sample", "sizes"),
    [
        (net(), SAMPLE, (2, 3, 1)),
        (Layer(3, 2, "relu", rng=0), ([1, 2, 3], [0, 1]), (3, 2)),
        (Neuron(1, tanh, rng=0), ([1], 0.5), (1, 1)),
        (Sequential(Layer(1, 2, "sin", rng=0), Layer(2, 4, rng=0)), ([1], [0] * 4), (1, 2, 4)),
    ],
)
def test_a_model_is_its_layers(model, sample, sizes):
    binding = bound(model, sample)
    assert binding.state.sizes == sizes
    binding.ask({"do": "set", "ref": W, "value": 0.5})
    assert model.parameters()[0].data == 0.5


def test_a_sample_is_a_pair_or_has_a_target_and_arrays_are_numbers():
    np = pytest.importorskip("numpy")
    for sample, target in ((SAMPLE, None), (([1, -1], [1]), None), ((1, -1), 1), ([1, -1], [1.0])):
        state = state_of(net(), sample, target, losses.mse, None, 0.1, 10)
        assert (state.x, state.y, state.loss) == ((1.0, -1.0), (1.0,), "mse")
    state = state_of(net(), np.array([1, -1]), np.float32(1), "mse", None, 0.1, 10)
    assert (state.x, state.y) == ((1.0, -1.0), (1.0,))


def test_the_target_of_cross_entropy_is_a_class():
    model = MLP([2, 3], rng=0)
    assert state_of(model, [1, 2], 2, "cross_entropy", None, 0.1, 10).y == (2.0,)
    with pytest.raises(ValueError, match="index of a class, 0 to 2 for MLP.*, got 3"):
        state_of(model, [1, 2], 3, "cross_entropy", None, 0.1, 10)


def shared():
    model = net()
    model.layers[0].neurons[1].w[0] = model.layers[0].neurons[0].w[0]
    return model


def emptied():
    model = Sequential(*net().layers)
    model.layers.clear()
    return model


class Doubled(Layer):
    def forward(self, x):
        return [a * 2 for a in super().forward(x)]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Sequential(Layer(2, 3), Dropout(0.5), Layer(3, 1)), r"layer 1 of .* is Dropout\("),
        (Sequential(Layer(2, 3), BatchNorm(3)), r"layer 1 of .* is BatchNorm\("),
        (Sequential(Doubled(2, 1)), "layer 0 of .* is Doubled"),
        (MLP([2, 9, 1]), "has 9 units in layer 0, and explore has room for 8: make a smaller"),
        (MLP([5, 1]), "has 5 inputs, and explore has room for 4"),
        (MLP([2, 5]), "has 5 outputs, and explore has room for 4"),
        (MLP([2, *[2] * 7, 1]), "has 7 hidden layers, and explore has room for 6"),
        (MLP([2, 1], bias=False), "neuron 0 of layer 0 of .* has no bias.* leave out bias=False"),
        (MLP([2, 2, 1], "mish"), "the activation of layer 0 of .* is 'mish'.* it shows identity"),
        (MLP([2, 2, 1], lambda z: z * 2), "the activation of layer 0 of .* is '<lambda>'"),
        (Perceptron(2), "activation of layer 0 of .* is 'step'"),
        (shared(), "uses the parameter .* twice"),
        (emptied(), "has no layers"),
        (lambda x: x, "explore.model. cannot show <function"),
        (Value(1.0), "explore.model. cannot show Value"),
    ],
)
def test_a_model_that_cannot_be_shown_is_named_with_what_to_do(model, said):
    with pytest.raises(ValueError, match=said) as caught:
        viz.explore(model, SAMPLE)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            {"sample": [1.0, -1.0]},
            r"must be a pair \(x, y\) of inputs and target, got \[1.0, -1.0\]",
        ),
        ({"sample": ([1.0], 1.0)}, "the sample x has 1 numbers for 2 inputs of MLP"),
        ({"sample": ([1.0, 2.0], [1, 2])}, "the target y has 2 numbers for 1 outputs of MLP"),
        ({"sample": ([1.0, float("nan")], 1)}, "must have numbers from -1e.06 to 1e.06, got nan"),
        ({"loss": "bce"}, "loss. must be one of mse, .*, got 'bce'"),
        ({"lr": 0}, "lr. must be above 0"),
        ({"batch_size": 0}, "batch_size. must be a positive int"),
        ({"height": 10}, "height. must be from 320 to 4000 pixels, got 10"),
        ({"data": ([[1.0]], [0])}, "needs two features .* got 1 and 2: leave out data="),
        ({"data": ([[1.0, 2.0]], [-1])}, r"classes 0 to 3 for targets, got -1: write \(y \+ 1\)"),
        ({"data": ([[1.0, 2.0]] * 401, [0] * 401)}, r"room for 400 samples, got 401: give \(X\["),
    ],
)
def test_arguments_that_do_not_fit_are_named(arguments, said):
    with pytest.raises(ValueError, match=said):
        viz.explore(net(), **{"sample": SAMPLE, **arguments})


def test_a_sample_that_is_no_numbers_is_a_type_error():
    with pytest.raises(TypeError, match="the sample x"):
        viz.explore(net(), (["a", "b"], 1.0))


def test_without_anywidget_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "viz.live.widget", raising=False)
    with pytest.raises(ModuleNotFoundError, match=r"pip install glassgrad\[notebook\]"):
        viz.explore(net(), SAMPLE)


QUIET = """
import sys
import viz
assert "viz.live.explore" not in sys.modules and "anywidget" not in sys.modules
viz.explore
assert "anywidget" not in sys.modules and "numpy" not in sys.modules
"""


def test_viz_imports_no_anywidget_and_explore_no_numpy():
    subprocess.run([sys.executable, "-c", QUIET], check=True, capture_output=True)
