"""Compiled networks and losses of `nn` give what the scalar engine gives."""

import numpy as np
import pytest

import nn
from autograd import OPS, compile
from nn import losses

from .eager import assert_agrees, close, outputs

pytestmark = pytest.mark.usefixtures("both_sizes")

X = np.random.default_rng(0).normal(size=(6, 3))
ACTIVATIONS = [
    name
    for name, op in OPS.items()
    if op.arity - len(op.defaults) == 1 and name not in ("log", "log1p", "sqrt", "asin", "acos")
]


def total(outs):
    outs = outs if isinstance(outs, list) else [outs]
    return sum((o * o for o in outs[1:]), outs[0] * outs[0])


MODELS = {
    "Neuron": lambda: nn.Neuron(3, "tanh", rng=0),
    "Neuron without bias": lambda: nn.Neuron(3, "identity", bias=False, rng=0),
    "Layer": lambda: nn.Layer(3, 4, "sigmoid", rng=0),
    "Layer without bias": lambda: nn.Layer(3, 4, "relu", bias=False, rng=0),
    "MLP": lambda: nn.MLP([3, 5, 4, 2], "gelu", rng=0),
    "MLP of several activations": lambda: nn.MLP(
        3, [5, 4, 2], ["tanh", "elu"], output="sigmoid", bias=False, rng=0
    ),
    "Perceptron": lambda: nn.Perceptron(3),
    "Activation": lambda: nn.Sequential(
        nn.Activation("softplus"), nn.Layer(3, 2, "identity", rng=0)
    ),
    "Sequential": lambda: nn.Sequential(
        nn.Layer(3, 4, "identity", rng=0), nn.Activation("relu"), nn.Layer(4, 2, "tanh", rng=1)
    ),
    "BatchNorm": lambda: nn.Sequential(
        nn.Layer(3, 4, "identity", rng=0),
        nn.BatchNorm(4),
        nn.Activation("tanh"),
        nn.Layer(4, 1, rng=1),
    ),
    "Dropout": lambda: nn.Sequential(
        nn.Layer(3, 4, "tanh", rng=0), nn.Dropout(0.5, rng=0), nn.Layer(4, 1, "identity", rng=1)
    ),
    "own activation": lambda: nn.MLP([3, 4, 1], lambda z: z * z + 1.0, rng=0),
}


@pytest.mark.parametrize("kind", MODELS)
def test_every_kind_of_layer_agrees(kind):
    model = MODELS[kind]().eval()
    for i, p in enumerate(model.parameters()):
        p.data += 0.05 * (i % 5)  # biases and weights that start at 0 or 1 would hide an error
    if kind == "BatchNorm":
        model.layers[1].running_mean, model.layers[1].running_var = (
            [0.1, 0.2, -0.3, 0.0],
            [1.5, 0.5, 2.0, 1.0],
        )

    def f(x):
        return total(model(x))

    assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), X)
    assert close(compile(model, [0.0] * 3)(X), outputs(model, X), 1.0)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_agrees(activation):
    model = nn.MLP([3, 4, 3, 1], activation, rng=0)
    data = np.vstack([X, np.zeros((1, 3))])  # at 0, where activations have their corners

    def f(x):
        return (model(x) - 0.5) ** 2

    assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), data)


def test_the_output_of_a_network_itself_is_differentiated_too():
    # The slope of the last bias is 1 for every sample, and that of `0.5 * output` a half.
    model = nn.MLP([3, 4, 1], "tanh", rng=0)
    for f in (model, lambda x: model(x) * 0.5):
        assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), X)


TARGETS = {
    "hinge": [-1.0, 1.0],
    "bce": [0.0, 1.0, 0.25],
    "bce_with_logits": [0.0, 1.0, 0.25],
    "cross_entropy": [0, 1, 2],
    "nll": [0, 1, 2],
    "poisson_nll": [0.0, 1.0, 7.0],
    "kl_div": [0.0, 0.25, 1.0],
}


@pytest.mark.parametrize("name", [name for name in losses.LOSSES if name != "bce"])
def test_every_loss_agrees_for_targets_that_are_constants(name):
    classes = 3 if name in ("cross_entropy", "nll") else 1
    model, loss = nn.MLP([3, 4, classes], "tanh", rng=0), losses.LOSSES[name]
    for target in TARGETS.get(name, [0.0, 1.5, -20.0]):

        def f(x, target=target):
            return loss(model(x), target)

        assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), X * 3)


def test_bce_of_probabilities_agrees():
    # bce refuses what is no probability, which it can only do where there are numbers.
    model = nn.MLP([3, 4, 1], "tanh", output="sigmoid", rng=0)
    for target in TARGETS["bce"]:

        def f(x, target=target):
            return losses.bce(model(x), target)

        assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), X * 3)


@pytest.mark.parametrize("name", ["mse", "mae", "huber"])
def test_losses_agree_for_targets_that_are_arguments(name):
    model, loss = nn.MLP([3, 4, 2], "tanh", rng=0), losses.LOSSES[name]

    def f(x, y):
        return loss(model(x), y)

    targets = np.random.default_rng(1).normal(size=(6, 2))
    assert_agrees(compile(f, [0.0] * 3, [0.0] * 2, wrt=model), f, model.parameters(), X, targets)


def test_softmax_and_penalties_agree():
    model = nn.MLP([3, 4, 3], "tanh", rng=0)
    assert close(
        compile(lambda x: losses.softmax(model(x)), [0.0] * 3)(X),
        outputs(lambda x: losses.softmax(model(x)), X),
        1.0,
    )
    assert close(
        compile(lambda x: losses.log_softmax(model(x)), [0.0] * 3)(X),
        outputs(lambda x: losses.log_softmax(model(x)), X),
        1.0,
    )

    def f(x):
        return (
            losses.cross_entropy(model(x), 1)
            + 0.1 * losses.l2(model.parameters())
            + 0.01 * losses.l1(model.parameters())
        )

    assert_agrees(compile(f, [0.0] * 3, wrt=model), f, model.parameters(), X)
