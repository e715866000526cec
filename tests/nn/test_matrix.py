"""The matrix view: the same numbers as the scalars, in the equations of a book."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, no_grad
from nn import MLP, Activation, Dropout, Layer, Sequential, losses

from .refusals import refusal

ACTIVATIONS = [
    "tanh",
    "relu",
    "sigmoid",
    "gelu",
    "softplus",
    "leaky_relu",
    "identity",
    lambda z: z * z.sigmoid(),
    lambda z: z.tanh(),
]
LOSSES = {
    "mse": lambda out: losses.mse(out, [0.5, -1.0]),
    "cross_entropy": lambda out: losses.cross_entropy(out, 1),
    "bce_with_logits": lambda out: losses.bce_with_logits(out, [1, 0.25]),
    "huber": lambda out: losses.huber(out, [0.5, -1.0], "sum", delta=0.1),
    "of one output": lambda out: out[1] * out[1],
}
X = st.lists(st.floats(-3, 3), min_size=3, max_size=3)


def network(activation="tanh", seed=0, sizes=(3, 4, 4, 2), **settings):
    model = MLP(list(sizes), activation=activation, rng=seed, **settings)
    rng = random.Random(seed)
    for p in model.parameters():
        p.data += rng.uniform(-0.5, 0.5)  # biases too, which start at 0
    return model


# W and b.


def test_w_and_b_are_the_weights_and_biases_in_arrays():
    layer = network().layers[0]
    assert (
        layer.W.shape == (4, 3)
        and layer.b.shape == (4,)
        and layer.W.dtype == layer.b.dtype == float
    )
    for row, neuron in zip(layer.W.tolist(), layer.neurons):
        assert row == [w.data for w in neuron.w]
    assert layer.b.tolist() == [neuron.b.data for neuron in layer.neurons]


@pytest.mark.parametrize("name", ["W", "b"])
def test_w_and_b_are_copies_that_refuse_to_be_written_to(name):
    layer = Layer(2, 2, rng=0)
    array = getattr(layer, name)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 7.0
    layer.neurons[0].w[0].data = layer.neurons[0].b.data = 99.0
    assert 99.0 not in array and 99.0 in getattr(layer, name)


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        np.array,
        lambda x: np.array(x, dtype=object),
        lambda x: np.array(x, dtype=np.float32),
    ],
)
def test_assigning_to_w_and_b_sets_the_same_parameters(kind):
    layer = Layer(2, 3, rng=0)
    before = layer.parameters()
    layer.W, layer.b = kind([[1, 2], [3, 4], [5, 6]]), kind([7, 8, 9])
    assert [p.data for p in layer.parameters()] == [1, 2, 7, 3, 4, 8, 5, 6, 9]
    assert all(a is b for a, b in zip(layer.parameters(), before)) and {
        type(p.data) for p in before
    } == {float}


def test_a_layer_without_biases_has_zeros_that_cannot_be_set():
    layer = Layer(2, 3, bias=False, rng=0)
    assert layer.b.tolist() == [0.0] * 3
    with refusal(
        ValueError,
        "b of Layer(2 → 3, relu, 6 parameters) cannot be set: the layer was made with bias=False",
    ):
        layer.b = [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("name", "numbers", "kind", "parts"),
    [
        (
            "W",
            [[1, 2, 3], [4, 5, 6]],
            ValueError,
            ("W of Layer(2 → 3, relu, 9 parameters) has shape (3, 2)", "shape (2, 3)"),
        ),
        ("W", [1, 2, 3, 4, 5, 6], ValueError, ("has shape (3, 2)", "shape (6,)")),
        ("W", [[1, 2], [3, 4], [5]], ValueError, ("has shape (3, 2)",)),
        ("W", 0.0, ValueError, ("has shape (3, 2)", "shape ()")),
        (
            "W",
            [[1, 2], [3, 4], [5, None]],
            TypeError,
            ("W of Layer(2 → 3, relu, 9 parameters) takes a real number", "None"),
        ),
        (
            "W",
            [[1, 2], [3, 4], [5, Value(6.0)]],
            TypeError,
            ("takes a real number, got a Value: pass its .data",),
        ),
        (
            "b",
            [1, 2],
            ValueError,
            ("b of Layer(2 → 3, relu, 9 parameters) has shape (3,)", "shape (2,)"),
        ),
        ("b", [[1], [2], [3]], ValueError, ("has shape (3,)", "shape (3, 1)")),
        ("b", 0, ValueError, ("has shape (3,)", "shape ()")),
        ("b", [1, 2, "3"], TypeError, ("takes a real number", "'3'")),
    ],
)
def test_numbers_of_another_shape_or_none_are_refused_and_none_is_set(name, numbers, kind, parts):
    layer = Layer(2, 3, rng=0)
    before = layer.state_dict()
    with refusal(kind, *parts):
        setattr(layer, name, numbers)
    assert layer.state_dict() == before


# Forward.


@given(activation=st.sampled_from(ACTIVATIONS), x=X, seed=st.integers(0, 20))
def test_the_forward_table_is_the_scalar_network_in_matrices(activation, x, seed):
    model, before = network(activation, seed), np.array(x)
    for i, table in enumerate(model.forward_table(x)):
        layer = model.layers[i]
        assert table.name == f"layers.{i}" and table.x.tolist() == before.tolist()
        assert table.W.tolist() == layer.W.tolist() and table.b.tolist() == layer.b.tolist()
        scalar_z = [neuron.pre_activation(table.x.tolist()).data for neuron in layer.neurons]
        exact = 1e-15 * (1 + np.abs(table.W) @ np.abs(table.x) + np.abs(table.b))
        assert (np.abs(table.z - (table.W @ table.x + table.b)) <= exact).all() and (
            np.abs(table.z - scalar_z) <= exact
        ).all()
        assert table.a.tolist() == [
            float(layer.activate(Value(z)) if layer.activate else z) for z in table.z.tolist()
        ]
        before = table.a
    assert before == pytest.approx(np.array([out.data for out in model(x)]), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(
    "x", [[1.0, 2.0, 3.0], (1, 2, 3), np.array([1, 2, 3]), [Value(1.0), Value(2.0), Value(3.0)]]
)
def test_the_forward_table_takes_any_sample(x):
    model = network()
    assert model.forward_table(x)[-1].a == pytest.approx(
        np.array([out.data for out in model([1.0, 2.0, 3.0])])
    )


def test_the_tables_leave_the_network_as_it_is():
    model = network()
    for i, p in enumerate(model.parameters()):
        p.grad = float(i)
    state = model.state_dict()
    model.forward_table([1.0, 2.0, 3.0])
    model.backward_table([1.0, 2.0, 3.0], LOSSES["mse"])
    assert [p.grad for p in model.parameters()] == list(
        map(float, range(len(state)))
    ) and model.state_dict() == state


# Backward.


@pytest.mark.parametrize("name", LOSSES)
@given(activation=st.sampled_from(ACTIVATIONS), x=X, seed=st.integers(0, 20))
def test_the_equations_of_the_book_give_the_scalar_gradients(name, activation, x, seed):
    loss, model = LOSSES[name], network(activation, seed)
    tables = model.backward_table(x, loss)
    model.zero_grad()
    loss(model(x)).backward()
    for i, (layer, table) in enumerate(zip(model.layers, tables)):
        assert table.name == f"layers.{i}"
        for row, neuron in zip(table.scalar_dW.tolist(), layer.neurons):
            assert row == [w.grad for w in neuron.w]
        assert table.scalar_db.tolist() == [neuron.b.grad for neuron in layer.neurons]
        assert np.allclose(table.dW, table.scalar_dW, rtol=1e-12, atol=1e-12)
        assert np.allclose(table.db, table.scalar_db, rtol=1e-12, atol=1e-12)
        assert table.db.tolist() == table.delta.tolist()


@pytest.mark.parametrize("output", ["sigmoid", "tanh", "relu"])
def test_an_activation_after_the_last_layer_counts(output):
    for table in network(output=output).backward_table([0.5, -1.0, 2.0], LOSSES["mse"]):
        assert np.allclose(table.dW, table.scalar_dW, rtol=1e-12, atol=1e-12)


def test_the_short_form_of_the_last_delta_holds_for_sigmoid_with_cross_entropy():
    model = network(sizes=(3, 4, 1), output="sigmoid")
    table = model.backward_table([0.5, -1.0, 2.0], lambda a: losses.bce(a, 1))[-1]
    assert table.delta[0] == pytest.approx(model([0.5, -1.0, 2.0]).data - 1, rel=1e-9)


def test_without_biases_their_gradients_are_0():
    for table in network(bias=False).backward_table([0.5, -1.0, 2.0], LOSSES["mse"]):
        assert np.allclose(table.dW, table.scalar_dW, rtol=1e-12, atol=1e-12) and table.dW.any()
        assert table.delta.any() and not table.db.any() and not table.scalar_db.any()


def test_the_backward_table_is_made_inside_no_grad_too():
    model, x = network(), [0.5, -1.0, 2.0]
    with no_grad():
        table = model.backward_table(x, LOSSES["mse"])[0]
    assert table.scalar_dW.any() and np.allclose(table.dW, table.scalar_dW, rtol=1e-12, atol=1e-12)


# Texts and errors.


def test_a_table_is_shown_with_names_shapes_and_rounded_numbers():
    model = MLP([2, 1], rng=0)
    model.layers[0].W, model.layers[0].b = [[0.123456, 2.0]], [0.5]
    assert str(model.forward_table([1.0, 0.0])[0]).split("\n") == [
        "layers.0",
        "  W (1, 2) = [[0.1235 2.    ]]",
        "  x (2,) = [1. 0.]",
        "  b (1,) = [0.5]",
        "  z (1,) = [0.6235]",
        "  a (1,) = [0.6235]",
    ]
    shown = str(model.backward_table([1.0, 0.0], lambda out: out)[0])
    assert [line.split()[0] for line in shown.split("\n")] == [
        "layers.0",
        "delta",
        "dW",
        "db",
        "scalar_dW",
        "scalar_db",
    ]


@pytest.mark.parametrize("module", [Activation("relu"), Dropout()])
def test_the_matrix_view_is_of_layers_alone(module):
    model = Sequential(Layer(2, 2), module)
    for call in (
        lambda: model.forward_table([1.0, 2.0]),
        lambda: model.backward_table([1.0, 2.0], sum),
    ):
        with refusal(
            TypeError,
            f"the matrix view works on Layers only, but layer 1 of Sequential is {module!r}",
        ):
            call()


def test_a_sample_of_another_size_is_refused():
    with refusal(
        ValueError, "layer 0 of MLP([3, 4, 4, 2], tanh, 46 parameters) takes 3 inputs, got 2"
    ):
        network().forward_table([1.0, 2.0])


def test_a_loss_that_is_no_value_is_refused():
    with refusal(
        TypeError, "backward_table takes a loss that returns a Value, made of model(x), got 0.5"
    ):
        network().backward_table([1.0, 2.0, 3.0], lambda out: 0.5)
