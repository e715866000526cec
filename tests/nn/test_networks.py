"""Networks: layers one after another, in PyTorch's numbers, and refused where they do not fit."""

import math
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, gradcheck, no_grad, tanh, topological_order
from nn import MLP, Activation, BatchNorm, Dropout, Layer, Module, Neuron, Sequential, losses

from .reference import REFERENCE, near
from .refusals import refusal

NUMBERS = st.floats(-10, 10)


class Squares(Module):
    """Twice as many outputs as inputs."""

    def forward(self, x):
        return [*x, *(x_i * x_i for x_i in x)]


class Sum(Module):
    """One number, and no list."""

    def forward(self, x):
        return sum(x)


def plain(model, x, activation=math.tanh):
    """The network in plain arithmetic, on lists of floats."""
    for layer in model.layers:
        sums = []
        for neuron in layer.neurons:
            sums.append(sum(w.data * x_i for w, x_i in zip(neuron.w, x)) + neuron.b.data)
        x = sums if layer is model.layers[-1] else [activation(z) for z in sums]
    return x


def numbers(out):
    return [numbers(x) for x in out] if isinstance(out, list) else out.data


# Arithmetic.


@given(st.lists(st.integers(1, 4), min_size=2, max_size=4), st.integers(), st.data())
def test_a_network_is_its_layers_one_after_another(sizes, seed, data):
    model = MLP(sizes, activation="tanh", rng=random.Random(seed))
    for p in model.parameters():
        p.data += 0.25  # biases too, which start at 0
    x = data.draw(st.lists(NUMBERS, min_size=sizes[0], max_size=sizes[0]))
    out = model(x)
    assert [v.data for v in ([out] if sizes[-1] == 1 else out)] == pytest.approx(
        plain(model, x), abs=1e-9
    )


def test_a_network_its_loss_and_its_gradients_are_pytorchs():
    case = REFERENCE["mlp"]
    model = MLP(case["sizes"], activation=case["activations"])
    for layer, given_layer in zip(model.layers, case["layers"]):
        layer.W, layer.b = given_layer["W"], given_layer["b"]
    outputs = model(case["X"])
    loss = losses.cross_entropy(outputs, case["y"])
    loss.backward()
    assert near(outputs, case["outputs"]) and near(loss, case["loss"])
    for layer, wanted in zip(model.layers, case["layers"]):
        for neuron, row in zip(layer.neurons, wanted["dW"]):
            assert near([w.grad for w in neuron.w], row)
        assert near([neuron.b.grad for neuron in layer.neurons], wanted["db"])


@pytest.mark.parametrize("activation", ["tanh", "softplus", "gelu"])
def test_slopes_of_a_network_in_its_parameters_are_those_of_the_numbers(activation):
    model = MLP([2, 3, 1], activation=activation, rng=random.Random(3))

    def f(*p):
        fresh = iter(p)
        for layer in model.layers:
            for neuron in layer.neurons:
                neuron.w, neuron.b = [next(fresh) for _ in neuron.w], next(fresh)
        return model([0.7, -1.3])

    assert gradcheck(f, [p.data for p in model.parameters()], order=1)


def test_no_activation_follows_the_last_layer_unless_asked_for():
    for output, wanted in [("identity", -3.0), ("relu", 0.0), ("tanh", math.tanh(-3.0))]:
        model = MLP([1, 1], output=output)
        w, b = model.parameters()
        w.data, b.data = 1.0, -5.0
        assert model([2.0]).data == wanted


def test_each_hidden_layer_may_have_an_activation_of_its_own():
    model = MLP([1, 2, 2, 1], activation=["tanh", lambda z: z * z], output="sigmoid", rng=0)
    ops = Counter(
        node.op.name
        for node in topological_order(model([1.0]))
        if node.inputs and node.op.name != "add"
    )
    assert ops == {"mul": 2 + 4 + 2 + 2, "tanh": 2, "sigmoid": 1}


def test_a_last_layer_of_one_neuron_returns_its_value_and_a_wider_one_a_list():
    X = [[0.0, 0.0], [1.0, 1.0]]
    assert isinstance(MLP([2, 1])(X[0]), Value)
    assert [type(row) for row in MLP([2, 1])(X)] == [Value, Value]
    assert [len(row) for row in (MLP([2, 3])(X[0]), *MLP([2, 3])(X))] == [3, 3, 3]
    assert isinstance(MLP([2, 1])(X[:1]), list) and len(MLP([2, 3])(X[:1])) == 1


def test_a_module_at_the_end_may_give_one_number_and_no_list():
    model = Sequential(Layer(2, 3, rng=0), Sum())
    assert isinstance(model([1.0, 2.0]), Value)
    for n in (1, 2, 3):
        assert [type(out) for out in model([[1.0, 2.0]] * n)] == [Value] * n


def test_gradients_flow_to_inputs_that_are_values():
    x = [Value(1.0), Value(-2.0)]
    MLP([2, 3, 1], activation="tanh", rng=random.Random(0))(x).backward()
    assert all(x_i.grad != 0.0 for x_i in x)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "object"])
def test_a_numpy_array_is_taken_as_inputs(dtype):
    model = MLP([2, 3, 1], rng=random.Random(0))
    out = model(np.array([1, -2], dtype=dtype))
    assert isinstance(out, Value) and out.data == model([1.0, -2.0]).data
    assert numbers(model(np.array([[1, -2], [3, 4]], dtype=dtype))) == numbers(
        model([[1.0, -2.0], [3.0, 4.0]])
    )


def test_without_a_graph_the_numbers_are_the_same():
    model = MLP([2, 3, 2], rng=0)
    with no_grad():
        out = model([1.0, -2.0])
    assert numbers(out) == numbers(model([1.0, -2.0])) and not any(y.inputs for y in out)


# Sizes.


@pytest.mark.parametrize("sizes", [[2, 1], [2, 16, 16, 1], [1, 2, 3]])
def test_both_forms_of_the_constructor_build_the_same_network(sizes):
    one = MLP(sizes, rng=random.Random(5))
    other = MLP(sizes[0], sizes[1:], rng=random.Random(5))
    assert one.state_dict() == other.state_dict() and repr(one) == repr(other)
    assert one.sizes == other.sizes == sizes and (one.n_inputs, one.n_outputs) == (
        sizes[0],
        sizes[-1],
    )


def test_sizes_may_be_a_tuple():
    assert (
        MLP((2, 3, 1)).sizes == MLP(2, (3, 1)).sizes == MLP(np.array([2, 3, 1])).sizes == [2, 3, 1]
    )


def test_one_seed_draws_on_from_layer_to_layer():
    rng = random.Random(1337)
    drawn = []
    for n_inputs, n_outputs in [(2, 3), (3, 2), (2, 1)]:
        for _ in range(n_outputs):
            drawn += [*(rng.uniform(-1, 1) for _ in range(n_inputs)), 0.0]
    assert [p.data for p in MLP([2, 3, 2, 1], init="uniform", rng=1337).parameters()] == drawn


@given(st.lists(st.integers(1, 5), min_size=2, max_size=5))
def test_a_network_has_inputs_plus_one_parameters_for_each_neuron(sizes):
    assert len(MLP(sizes, rng=0).parameters()) == sum((n + 1) * m for n, m in zip(sizes, sizes[1:]))
    assert len(MLP(sizes, bias=False, rng=0).parameters()) == sum(
        n * m for n, m in zip(sizes, sizes[1:])
    )


def test_every_product_and_every_sum_of_a_network_is_a_node():
    ops = Counter(
        node.op.name for node in topological_order(MLP([2, 3, 1])([1.0, 2.0])) if node.inputs
    )
    assert ops == {"mul": 2 * 3 + 3, "add": 2 * 3 + 3, "relu": 3}


@pytest.mark.parametrize(
    "model", [Neuron(2, "tanh"), Layer(2, 3, "tanh"), MLP([2, 3, 1], activation="tanh")], ids=repr
)
def test_zero_grad_clears_every_gradient_and_no_number(model):
    before = [p.data for p in model.parameters()]
    out = model([1.0, -2.0])
    for v in out if isinstance(out, list) else [out]:
        v.backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0] * len(before)
    assert [p.data for p in model.parameters()] == before


# Sequential.


def test_a_sequence_with_batch_norm_takes_batches_in_training_and_samples_in_use():
    model = Sequential(
        Layer(2, 3, "identity", rng=0),
        BatchNorm(3),
        Activation("tanh"),
        Dropout(0.0),
        Layer(3, 1, "identity", rng=0),
    )
    X = [[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]]
    batch = model(X)
    with refusal(ValueError, "BatchNorm(3, 6 parameters) in training takes the mean over a batch"):
        model(X[0])
    model.eval()
    assert numbers(model(X)) == [model(x).data for x in X] != numbers(batch)


def test_sequences_may_hold_sequences():
    inner = Sequential(Activation("relu"), Dropout(0.0))
    model = Sequential(
        Layer(2, 3, rng=0),
        inner,
        Sequential(BatchNorm(3), MLP([3, 4, 1], rng=0)),
        Layer(1, 2, rng=0),
    )
    assert (model.n_inputs, model.n_outputs, inner.n_inputs, inner.n_outputs) == (2, 2, None, None)
    assert [len(row) for row in model([[1.0, 2.0], [3.0, 4.0]])] == [2, 2]
    with refusal(
        ValueError,
        "layer 1 of Sequential, MLP([2, 1], identity, 3 parameters), takes 2 inputs, but layer 0",
    ):
        Sequential(Sequential(Layer(2, 3)), MLP([2, 1]))


def test_a_module_of_ones_own_may_change_the_width():
    model = Sequential(Squares(), Layer(4, 3, rng=0), Squares(), Layer(6, 1, rng=0), Squares())
    assert (model.n_inputs, model.n_outputs) == (None, None)
    assert len(model([1.0, 2.0])) == 2 and len(model([[1.0, 2.0]] * 3)) == 3
    with refusal(ValueError, "Layer(4 → 3, relu, 15 parameters) takes 4 inputs, got 6"):
        model([1.0, 2.0, 3.0])


def test_a_module_of_ones_own_may_tell_its_width():
    class Known(Squares):
        n_inputs, n_outputs = 2, 4

    assert len(Sequential(Known(), Layer(4, 2))([1.0, 2.0])) == 2
    with refusal(
        ValueError,
        "layer 1 of Sequential, Layer(3 → 1, relu, 4 parameters), takes 3 inputs",
        "but layer 0, Known(0 parameters), gives 4",
    ):
        Sequential(Known(), Layer(3, 1))
    with refusal(ValueError, "layer 0 of Sequential(5 parameters) takes 2 inputs, got 3"):
        Sequential(Known(), Layer(4, 1))([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "between", [(), (Activation("relu"),), (Dropout(), Activation("tanh"), Dropout())]
)
def test_sizes_that_do_not_fit_are_refused_when_the_sequence_is_made(between):
    i = 1 + len(between)
    with refusal(
        ValueError,
        f"layer {i} of Sequential, Layer(4 → 1, relu, 5 parameters), takes 4 inputs, "
        "but layer 0, Layer(2 → 3, relu, 9 parameters), gives 3",
    ):
        Sequential(Layer(2, 3), *between, Layer(4, 1))


@pytest.mark.parametrize("layer", [Neuron(2), math.tanh, "relu", [Layer(2, 1)], Layer], ids=repr)
def test_what_is_no_layer_is_refused(layer):
    with refusal(
        TypeError,
        f"must be a Module that returns a list, such as Layer(2, 1), got {layer!r}",
    ):
        Sequential(Layer(2, 2), layer)


def test_a_sequence_of_nothing_is_refused():
    with refusal(
        ValueError,
        "Sequential needs at least one layer, as in Sequential(Layer(2, 8), Layer(8, 1",
    ):
        Sequential()


# Texts and errors.


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (MLP([2, 3, 1]), "MLP([2, 3, 1], relu, 13 parameters)"),
        (MLP([2, 3, 1], activation=tanh, bias=False), "MLP([2, 3, 1], tanh, 9 parameters)"),
        (
            MLP([2, 3, 3, 1], activation=["relu", "tanh"]),
            "MLP([2, 3, 3, 1], relu → tanh, 25 parameters)",
        ),
        (MLP([2, 3, 3, 1], output="sigmoid"), "MLP([2, 3, 3, 1], relu → sigmoid, 25 parameters)"),
        (MLP([2, 1], output="sigmoid"), "MLP([2, 1], sigmoid, 3 parameters)"),
        (MLP([2, 1]), "MLP([2, 1], identity, 3 parameters)"),
    ],
)
def test_the_repr_tells_sizes_activations_and_parameters(model, text):
    assert repr(model) == text


@pytest.mark.parametrize("size", [0, -1, True, 2.0, "2", None], ids=repr)
@pytest.mark.parametrize("i", [0, 1, 2])
def test_a_size_that_is_no_positive_int_is_refused_by_its_place(size, i):
    sizes = [2, 3, 1]
    sizes[i] = size
    with refusal(ValueError, f"size {i} of MLP({sizes}) must be a positive int, got {size!r}"):
        MLP(sizes)


def test_a_bool_is_no_number_of_inputs():
    with refusal(ValueError, "size 0 of MLP([True, 1]) must be a positive int, got True"):
        MLP(True, [1])


@pytest.mark.parametrize(
    "arguments", [(2,), ([2],), ([],), (2, []), (2, 16), ([2], "tanh")], ids=repr
)
def test_a_network_without_a_layer_is_refused(arguments):
    with refusal(
        ValueError,
        "MLP needs its number of inputs and at least one layer, as in MLP(2, [16, 1]) or MLP([2,",
    ):
        MLP(*arguments)


@pytest.mark.parametrize("activations", [[], ["relu"], ["relu"] * 3])
def test_activations_must_be_as_many_as_hidden_layers(activations):
    with refusal(
        ValueError,
        f"has 2 hidden layers and needs that many activations, got {len(activations)}",
    ):
        MLP([2, 3, 3, 1], activation=activations)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_wrong_number_of_inputs_is_refused_with_the_layer(n):
    problem = f"layer 0 of MLP([2, 3, 1], relu, 13 parameters) takes 2 inputs, got {n}"
    with refusal(ValueError, problem):
        MLP([2, 3, 1])([1.0] * n)
    with refusal(ValueError, problem):
        MLP([2, 3, 1])([[1.0, 2.0], [1.0] * n])


@pytest.mark.parametrize("x", [3.0, None, "ab", Value(1.0)], ids=lambda x: type(x).__name__)
def test_what_is_no_sample_is_refused(x):
    with refusal(
        TypeError,
        f"layer 0 of MLP([2, 1], identity, 3 parameters) takes a list of 2 inputs, got {x!r}",
    ):
        MLP([2, 1])(x)
