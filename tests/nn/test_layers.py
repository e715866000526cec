"""Neurons and layers: plain arithmetic, a fixed order of draws, and a graph that hides nothing."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPS, Value, add_op, tanh, topological_order
from nn import MLP, Activation, Layer, Neuron

from .reference import REFERENCE, near
from .refusals import refusal

NUMBERS = st.floats(-10, 10)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6)


def neuron_of(weights, bias, activation="identity"):
    neuron = Neuron(len(weights), activation, rng=random.Random(0))
    for p, number in zip(neuron.parameters(), [*weights, bias]):
        p.data = number
    return neuron


def ops_of(root):
    return Counter(node.op.name for node in topological_order(root) if node.inputs)


def swish(z):
    return z * z.sigmoid()


# Arithmetic.


@given(ROWS, NUMBERS)
def test_a_neuron_is_w_dot_x_plus_b(rows, bias):
    weights, x = zip(*rows)
    assert neuron_of(weights, bias)(x).data == pytest.approx(
        math.fsum([*(w * x_i for w, x_i in rows), bias]), abs=1e-9
    )


@given(ROWS, NUMBERS)
def test_the_gradient_of_w_is_x_that_of_x_is_w_that_of_b_is_1(rows, bias):
    weights, numbers = zip(*rows)
    neuron, x = neuron_of(weights, bias), [Value(number) for number in numbers]
    neuron(x).backward()
    assert [w.grad for w in neuron.w] == list(numbers)
    assert [x_i.grad for x_i in x] == list(weights)
    assert neuron.b.grad == 1.0


def test_the_activation_is_applied_to_the_sum():
    assert neuron_of([2.0, -1.0], 0.5, "tanh")([1.0, 3.0]).data == math.tanh(-0.5)
    assert neuron_of([2.0, -1.0], 0.5)([1.0, 3.0]).data == -0.5


def test_the_default_activation_is_relu():
    neuron = Neuron(1)
    neuron.w[0].data = 2.0
    assert (neuron([-3.0]).data, neuron([3.0]).data) == (0.0, 6.0)


def test_a_layer_is_its_neurons_side_by_side():
    layer = Layer(2, 3, "tanh", rng=random.Random(7))
    x = [0.5, -2.0]
    assert [out.data for out in layer(x)] == [neuron(x).data for neuron in layer.neurons]


@pytest.mark.parametrize("case", REFERENCE["layers"], ids=lambda case: case["activation"])
def test_a_layer_and_its_gradients_are_pytorchs(case):
    layer, x = Layer(2, 3, case["activation"]), [Value(x_i) for x_i in case["x"]]
    layer.W, layer.b = case["W"], case["b"]
    outputs = layer(x)
    assert near(outputs, case["outputs"])
    sum(a * u for a, u in zip(outputs, case["upstream"])).backward()
    for neuron, row in zip(layer.neurons, case["dW"]):
        assert near([w.grad for w in neuron.w], row)
    assert near([neuron.b.grad for neuron in layer.neurons], case["db"]) and near(
        [x_i.grad for x_i in x], case["dx"]
    )


def test_without_a_bias_a_neuron_is_w_dot_x():
    neuron = Neuron(2, "identity", bias=False, rng=0)
    neuron.w[0].data, neuron.w[1].data = 2.0, -1.0
    assert neuron([1.0, 3.0]).data == -1.0 and neuron.b is None
    assert [name for name, _ in neuron.named_parameters()] == ["w.0", "w.1"]
    assert ops_of(neuron([1.0, 3.0])) == {"mul": 2, "add": 1}


@pytest.mark.parametrize("bias", [True, False])
def test_an_input_of_a_layer_is_one_node_for_all_its_neurons(bias):
    z = Layer(2, 3, "identity", bias=bias, rng=0)([1.0, 2.0])
    constants = {
        node for out in z for node in topological_order(out) if node.op and not node.inputs
    }
    assert sorted(node.data for node in constants) == [1.0, 2.0]


# Initial weights.


def test_weights_are_drawn_neuron_by_neuron_and_biases_are_0():
    rng = random.Random(1337)
    drawn = [x for _ in range(3) for x in (rng.uniform(-1, 1), rng.uniform(-1, 1), 0.0)]
    assert [
        p.data for p in Layer(2, 3, init="uniform", rng=random.Random(1337)).parameters()
    ] == drawn


BUILDS = [
    lambda **rng: Neuron(3, **rng),
    lambda **rng: Layer(3, 4, **rng),
    lambda **rng: MLP([3, 4, 1], **rng),
]


@pytest.mark.parametrize("build", BUILDS)
def test_pythons_own_generator_is_the_default(build):
    state = random.getstate()
    try:
        random.seed(1337)
        default = build()
    finally:
        random.setstate(state)
    assert [p.data for p in default.parameters()] == [
        p.data for p in build(rng=random.Random(1337)).parameters()
    ]


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize("seed", [1337, np.int64(1337)])
def test_a_seed_is_a_generator_and_leaves_pythons_own_alone(build, seed):
    state = random.getstate()
    assert [p.data for p in build(rng=seed).parameters()] == [
        p.data for p in build(rng=random.Random(1337)).parameters()
    ]
    assert random.getstate() == state


@pytest.mark.parametrize("build", BUILDS)
@pytest.mark.parametrize(
    "rng", ["0", 0.5, True, np.random.default_rng(0)], ids=lambda rng: type(rng).__name__
)
def test_what_is_no_generator_is_refused(build, rng):
    with refusal(
        TypeError, "rng must be a random.Random, an int to seed one, or None for Python's own, got"
    ):
        build(rng=rng)


# The graph.


@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_product_and_every_sum_of_a_neuron_is_a_node(n):
    assert ops_of(Neuron(n, "tanh")([1.0] * n)) == {"mul": n, "add": n, "tanh": 1}


def test_the_identity_activation_adds_no_node():
    assert ops_of(Neuron(3, "identity")([1.0] * 3)) == {"mul": 3, "add": 3}


def test_without_zero_grad_gradients_add_up():
    neuron = neuron_of([1.0], 0.0)
    neuron([3.0]).backward()
    neuron([4.0]).backward()
    assert neuron.w[0].grad == 7.0


def test_a_watch_sees_the_sums_and_the_outputs_of_every_sample():
    seen, layer = [], Layer(2, 3, "tanh", rng=0)
    layer.unit_hook = lambda z, a: seen.append((z, a))
    out = layer([[1.0, 2.0], [3.0, 4.0]])
    assert [a for _, a in seen] == out and len(seen) == 2
    for z, a in seen:
        assert [a_j.inputs for a_j in a] == [(z_j,) for z_j in z]
    layer.unit_hook = None
    layer([1.0, 2.0])
    assert len(seen) == 2


# Activations.


@pytest.mark.parametrize(
    "name", [name for name, op in OPS.items() if op.arity - len(op.defaults) == 1]
)
def test_every_op_of_one_input_is_an_activation(name):
    out = neuron_of([1.0], 1.25, name)([0.5])
    assert out.data == OPS[name](1.75) or name in ("asin", "acos", "atanh")  # nan
    assert Activation(name)([1.0, 1.5])[0] == OPS[name](1.0)


@pytest.mark.parametrize(
    "function", [tanh, lambda z: z.tanh(), lambda z: 1 - 2 / ((2 * z).exp() + 1)]
)
def test_a_function_of_a_value_is_an_activation(function):
    layer, wanted = Layer(1, 2, function, rng=0), Layer(1, 2, "tanh", rng=0)
    assert near(layer([0.5]), [a.data for a in wanted([0.5])])
    assert near(Activation(function)([Value(0.5)]), [math.tanh(0.5)])


def test_an_op_of_ones_own_is_an_activation():
    add_op("square", lambda x: x * x, lambda x, out: (2 * x,))
    assert neuron_of([2.0], 1.0, "square")([3.0]).data == 49.0


def test_an_activation_on_its_own_records_a_node_for_each_value_and_none_for_identity():
    x = [Value(-1.0), Value(2.0)]
    assert [(a.data, a.inputs) for a in Activation("relu")(x)] == [(0.0, (x[0],)), (2.0, (x[1],))]
    assert Activation("identity")(x) == x


REFUSING = [
    lambda name: Neuron(2, name),
    lambda name: Layer(2, 2, name),
    lambda name: MLP([2, 2, 1], activation=name),
    Activation,
]


@pytest.mark.parametrize("name", ["rleu", "", "add", "hypot", "where", "const", "ReLU", None, 3])
@pytest.mark.parametrize("build", REFUSING)
def test_a_name_that_is_no_activation_is_refused_with_those_that_are(build, name):
    with refusal(
        ValueError,
        f"activation must be an op of one input or a function, got {name!r}; the table has",
        "relu, leaky_relu",
    ):
        build(name)


@pytest.mark.parametrize("build", [*REFUSING, lambda name: MLP([2, 2], output=name)])
def test_softmax_is_refused_with_what_to_do_instead(build):
    with refusal(
        ValueError,
        "softmax takes a whole layer, not one number: train on logits with loss='cross_entropy'",
    ):
        build("softmax")


def test_reprs_tell_sizes_and_activation():
    assert repr(Neuron(2, "tanh")) == "Neuron(2, tanh)"
    assert repr(Layer(2, 3)) == "Layer(2 → 3, relu, 9 parameters)"
    assert repr(Layer(2, 3, tanh, bias=False)) == "Layer(2 → 3, tanh, 6 parameters)"
    assert repr(Neuron(1, swish)) == "Neuron(1, swish)"
    assert repr(Activation("gelu")) == "Activation(gelu)"


# Errors.


@pytest.mark.parametrize("size", [0, -1, True, 2.0, "2", None], ids=repr)
def test_a_size_that_is_no_positive_int_is_refused_by_name(size):
    problem = f"must be a positive int, got {size!r}"
    for build in (Neuron, lambda n: Layer(n, 1)):
        with refusal(ValueError, f"the number of inputs of a Neuron {problem}"):
            build(size)
    with refusal(ValueError, f"the number of neurons of a Layer {problem}"):
        Layer(1, size)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_wrong_number_of_inputs_is_refused(n):
    with refusal(ValueError, f"Neuron(2, relu) takes 2 inputs, got {n}"):
        Neuron(2)([1.0] * n)
    with refusal(ValueError, f"Layer(2 → 3, relu, 9 parameters) takes 2 inputs, got {n}"):
        Layer(2, 3)([1.0] * n)


@pytest.mark.parametrize(
    "x", [3.0, None, "ab", Value(1.0), np.array(1.0)], ids=lambda x: type(x).__name__
)
def test_what_is_no_row_of_inputs_is_refused(x):
    for module in (Neuron(2), Layer(2, 3)):
        with refusal(TypeError, f"{module!r} takes a list of 2 inputs, got {x!r}"):
            module(x)


@pytest.mark.parametrize("x", [["a", 1.0], [1.0, None], [1.0, 1j]], ids=repr)
def test_inputs_that_are_no_numbers_are_refused(x):
    for module in (Neuron(2), Layer(2, 3)):
        with pytest.raises(TypeError, match="takes? a real number|takes one real number"):
            module(x)
