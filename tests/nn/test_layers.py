"""Neurons, layers and networks: plain arithmetic, a fixed order of draws, and a graph that hides nothing."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import OPS, Value, add_op, tanh, topological_order
from nn import MLP, Layer, Neuron

NUMBERS = st.floats(-10, 10)
ROWS = st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6)


def neuron_of(weights, bias, activation="identity"):
    neuron = Neuron(len(weights), activation, rng=random.Random(0))
    for p, number in zip(neuron.parameters(), [*weights, bias]):
        p.data = number
    return neuron


def plain(model, x, activation=math.tanh):
    """The network in plain arithmetic, on lists of floats."""
    for layer in model.layers:
        sums = [sum(w.data * x_i for w, x_i in zip(neuron.w, x)) + neuron.b.data for neuron in layer.neurons]
        x = sums if layer is model.layers[-1] else [activation(z) for z in sums]
    return x


def ops_of(root):
    return Counter(node.op.name for node in topological_order(root) if node.inputs)


# Arithmetic.


@given(ROWS, NUMBERS)
def test_a_neuron_is_w_dot_x_plus_b(rows, bias):
    weights, x = zip(*rows)
    assert neuron_of(weights, bias)(x).data == pytest.approx(math.fsum([*(w * x_i for w, x_i in rows), bias]), abs=1e-9)


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


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(), st.data())
def test_a_network_is_its_layers_one_after_another(sizes, seed, data):
    model = MLP(sizes, activation="tanh", rng=random.Random(seed))
    for p in model.parameters():
        p.data += 0.25  # biases too, which start at 0
    x = data.draw(st.lists(NUMBERS, min_size=sizes[0], max_size=sizes[0]))
    out = model(x)
    assert [v.data for v in ([out] if sizes[-1] == 1 else out)] == pytest.approx(plain(model, x), abs=1e-9)


@pytest.mark.parametrize("activation", ["tanh", "softplus", "gelu"])
def test_the_gradient_of_a_network_agrees_with_finite_differences(activation):
    model = MLP([2, 3, 1], activation=activation, rng=random.Random(3))
    x, h = [0.7, -1.3], 1e-5
    model(x).backward()
    for p in model.parameters():
        before = p.data
        p.data = before + h
        above = model(x).data
        p.data = before - h
        below = model(x).data
        p.data = before
        assert p.grad == pytest.approx((above - below) / (2 * h), rel=1e-6, abs=1e-9)


def test_no_activation_follows_the_last_layer():
    model = MLP([1, 1], rng=random.Random(0))
    (w, b) = model.parameters()
    w.data, b.data = 1.0, -5.0
    assert model([2.0]).data == -3.0


def test_a_last_layer_of_one_neuron_returns_its_value_and_a_wider_one_a_list():
    assert isinstance(MLP([2, 1])([0.0, 0.0]), Value)
    wide = MLP([2, 3])([0.0, 0.0])
    assert isinstance(wide, list)
    assert len(wide) == 3


def test_gradients_flow_to_inputs_that_are_values():
    x = [Value(1.0), Value(-2.0)]
    MLP([2, 3, 1], activation="tanh", rng=random.Random(0))(x).backward()
    assert all(x_i.grad != 0.0 for x_i in x)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "object"])
def test_a_numpy_array_is_taken_as_inputs(dtype):
    model = MLP([2, 3, 1], rng=random.Random(0))
    out = model(np.array([1, -2], dtype=dtype))
    assert isinstance(out, Value)
    assert out.data == model([1.0, -2.0]).data


# Initial weights.


def test_weights_are_drawn_neuron_by_neuron_from_uniform_minus_1_to_1_and_biases_are_0():
    rng = random.Random(1337)
    expected = []
    for n_inputs, n_outputs in [(2, 3), (3, 2), (2, 1)]:
        for _ in range(n_outputs):
            expected += [*(rng.uniform(-1, 1) for _ in range(n_inputs)), 0.0]
    assert [p.data for p in MLP([2, 3, 2, 1], rng=random.Random(1337)).parameters()] == expected


@pytest.mark.parametrize("build", [lambda **rng: Neuron(3, **rng), lambda **rng: Layer(3, 4, **rng), lambda **rng: MLP([3, 4, 1], **rng)])
def test_pythons_own_generator_is_the_default(build):
    state = random.getstate()
    try:
        random.seed(1337)
        default = build()
    finally:
        random.setstate(state)
    assert [p.data for p in default.parameters()] == [p.data for p in build(rng=random.Random(1337)).parameters()]


def test_a_generator_of_ones_own_leaves_pythons_alone():
    state = random.getstate()
    MLP([2, 3, 1], rng=random.Random(0))
    assert random.getstate() == state


@pytest.mark.parametrize("sizes", [[2, 1], [2, 16, 16, 1], [1, 2, 3]])
def test_both_forms_of_the_constructor_build_the_same_network(sizes):
    one = MLP(sizes, rng=random.Random(5))
    other = MLP(sizes[0], sizes[1:], rng=random.Random(5))
    assert [p.data for p in one.parameters()] == [p.data for p in other.parameters()]
    assert one.sizes == other.sizes == sizes
    assert repr(one) == repr(other)


def test_sizes_may_be_a_tuple():
    assert MLP((2, 3, 1)).sizes == MLP(2, (3, 1)).sizes == [2, 3, 1]


@given(st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_a_network_has_inputs_plus_one_parameters_for_each_neuron(sizes):
    parameters = MLP(sizes, rng=random.Random(0)).parameters()
    assert len(parameters) == len(set(parameters)) == sum((n + 1) * m for n, m in zip(sizes, sizes[1:]))


def test_parameters_are_labelled_by_their_place_in_the_neuron():
    assert [p.label for p in Neuron(3).parameters()] == ["w1", "w2", "w3", "b"]


# The graph.


@pytest.mark.parametrize("n", [1, 2, 5])
def test_every_product_and_every_sum_of_a_neuron_is_a_node(n):
    assert ops_of(Neuron(n, "tanh")([1.0] * n)) == {"mul": n, "add": n, "tanh": 1}


def test_the_identity_activation_adds_no_node():
    assert ops_of(Neuron(3, "identity")([1.0] * 3)) == {"mul": 3, "add": 3}


def test_every_product_and_every_sum_of_a_network_is_a_node():
    assert ops_of(MLP([2, 3, 1])([1.0, 2.0])) == {"mul": 2 * 3 + 3, "add": 2 * 3 + 3, "relu": 3}


@pytest.mark.parametrize("model", [Neuron(2, "tanh"), Layer(2, 3, "tanh"), MLP([2, 3, 1], activation="tanh")], ids=repr)
def test_zero_grad_clears_every_parameter_and_no_number(model):
    before = [p.data for p in model.parameters()]
    out = model([1.0, -2.0])
    for v in out if isinstance(out, list) else [out]:
        v.backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * len(before)
    assert [p.data for p in model.parameters()] == before


def test_without_zero_grad_gradients_add_up():
    neuron = neuron_of([1.0], 0.0)
    neuron([3.0]).backward()
    neuron([4.0]).backward()
    assert neuron.w[0].grad == 7.0


# Activations.


@pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.arity - len(op.defaults) == 1])
def test_every_op_of_one_input_is_an_activation(name):
    out = neuron_of([1.0], 0.25, name)([0.5])
    assert out.data == OPS[name](0.75)


@pytest.mark.parametrize("function", [tanh, lambda z: z.tanh(), lambda z: 1 - 2 / ((2 * z).exp() + 1)])
def test_a_function_of_a_value_is_an_activation(function):
    model = MLP([1, 2, 1], activation=function, rng=random.Random(0))
    assert model([0.5]).data == pytest.approx(MLP([1, 2, 1], activation="tanh", rng=random.Random(0))([0.5]).data, rel=1e-12)


def test_an_op_of_ones_own_is_an_activation():
    add_op("square", lambda x: x * x, lambda x, out: (2 * x,))
    assert neuron_of([2.0], 1.0, "square")([3.0]).data == 49.0


@pytest.mark.parametrize("name", ["rleu", "", "add", "hypot", "where", "const", "ReLU"])
@pytest.mark.parametrize(
    "build", [lambda name: Neuron(2, name), lambda name: Layer(2, 2, name), lambda name: MLP([2, 2, 1], activation=name)]
)
def test_a_name_that_is_no_activation_is_refused_with_those_that_are(build, name):
    with pytest.raises(ValueError, match=rf"activation must be an op of one input or a function, got '{name}'; .* relu, leaky_relu"):
        build(name)


def test_reprs_tell_sizes_and_activation():
    assert repr(Neuron(2, "tanh")) == "Neuron(2, tanh)"
    assert repr(Layer(2, 3)) == "Layer(2 → 3, relu)"
    assert repr(MLP([2, 3, 1], activation=tanh)) == "MLP([2, 3, 1], tanh, 13 parameters)"

    def swish(z):
        return z * z.sigmoid()

    assert repr(Neuron(1, swish)) == "Neuron(1, swish)"


# Errors.

NO_SIZES = [0, -1, True, 2.0, "2", None]


@pytest.mark.parametrize("size", NO_SIZES, ids=repr)
def test_a_size_that_is_no_positive_int_is_refused_by_name(size):
    problem = rf"must be a positive int, got {size!r}$"
    with pytest.raises(ValueError, match=f"the number of inputs of a Neuron {problem}"):
        Neuron(size)
    with pytest.raises(ValueError, match=f"the number of inputs of a Neuron {problem}"):
        Layer(size, 1)
    with pytest.raises(ValueError, match=f"the number of neurons of a Layer {problem}"):
        Layer(1, size)
    for i in range(3):
        sizes = [2, 3, 1]
        sizes[i] = size
        with pytest.raises(ValueError, match=rf"size {i} of MLP\(\[.*\]\) {problem}"):
            MLP(sizes)


def test_a_bool_is_no_number_of_inputs():
    with pytest.raises(ValueError, match=r"size 0 of MLP\(\[True, 1\]\) must be a positive int, got True"):
        MLP(True, [1])


@pytest.mark.parametrize("arguments", [(2,), ([2],), ([],), (2, [])], ids=repr)
def test_a_network_without_a_layer_is_refused(arguments):
    with pytest.raises(ValueError, match="MLP needs its number of inputs and at least one layer"):
        MLP(*arguments)


@pytest.mark.parametrize("arguments", [(2, 16), (2.0, [16]), (None, [16])], ids=repr)
def test_sizes_that_are_no_sequence_are_refused_by_name(arguments):
    with pytest.raises((TypeError, ValueError), match="MLP"):
        MLP(*arguments)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_wrong_number_of_inputs_is_refused(n):
    x = [1.0] * n
    with pytest.raises(ValueError, match=rf"Neuron\(2, relu\) takes 2 inputs, got {n}"):
        Neuron(2)(x)
    with pytest.raises(ValueError, match=rf"Neuron\(2, relu\) takes 2 inputs, got {n}"):
        Layer(2, 3)(x)
    with pytest.raises(ValueError, match=rf"layer 0 of MLP\(\[2, 3, 1\], relu, 13 parameters\) takes 2 inputs, got {n}"):
        MLP([2, 3, 1])(x)
