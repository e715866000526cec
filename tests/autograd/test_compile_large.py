"""Large arrays: biases join their weights, results overwrite what nothing else reads."""

import itertools
import math
import random
from operator import add

import numpy as np
import pytest

from autograd import Program, Value, add_op, compile, exp, logaddexp, relu, sin, tanh
from autograd.op import OPS
from nn import MLP, losses

from .eager import assert_agrees, close, dotted, outputs, table

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(5, 3)), RNG.integers(0, 4, size=5).astype(float)


def regressor(sizes, activation="relu"):
    model = MLP(sizes, activation, rng=0)
    for p in model.parameters():
        p.data += 0.1  # biases start at 0
    return model, lambda x, y: sum([(out - y) ** 2 for out in model(x)])


def neuron_by_neuron(weights, biases):
    """The parameters in the order in which modules have them: each row, and its bias."""
    parameters = []
    for row, bias in zip(weights, biases):
        parameters += [*row, bias]
    return parameters


def test_a_large_network_reads_like_backpropagation_with_biases_among_the_weights():
    model, loss = regressor([20, 100, 64, 4])
    program = compile(loss, [0.0] * 20, 0.0, wrt=model)
    layers = """\
    v1 = np.vstack([x, np.ones((1, n))])  # for the biases
    v2[100:101] = 1.0  # for the biases
    a1 = np.matmul(W1, v1, out=v2[0:100])
    np.maximum(a1, np.zeros(n), out=a1)  # layers.0.neurons.*.a
    a2 = W2 @ v2
    np.maximum(a2, np.zeros(n), out=a2)  # layers.1.neurons.*.a
    dz2 = W3.T @ dz3
    dz2 *= a2 > 0  # ∂layers.1.neurons.*.z
    g[2100:8564].reshape(64, 101)[:, 0:100] = dz2 @ a1.T  # ∂W2[:, 0:100]
    g[2200:8564:101] = dz2.sum(axis=1)  # ∂W2[:, 100]
    dz1 = W2[:, 0:100].T @ dz2
    dz1 *= a1 > 0  # ∂layers.0.neurons.*.z
    g[0:2100].reshape(100, 21)[:, 0:20] = dz1 @ x.T  # ∂W1[:, 0:20]
    g[20:2100:21] = dz1.sum(axis=1)  # ∂W1[:, 20]
"""
    lines = program.source.splitlines()
    found = [lines.index(line) for line in layers.splitlines()]
    assert found == sorted(found)
    assert "in place of 0: relu(matmul(" in str(program.ir)
    assert_agrees(program, loss, model.parameters(), RNG.normal(size=(5, 20)), Y)


def test_a_small_network_keeps_its_biases_in_sight():
    model, loss = regressor([3, 5, 4])
    source = compile(loss, [0.0] * 3, 0.0, wrt=model).source
    assert "a1 = np.maximum(W1 @ x + b1, 0.0)" in source and "out=" not in source


ORDERS = {
    "biases first": lambda ps: sorted(ps, key=lambda p: ".w." in p.label),
    "biases last": lambda ps: sorted(ps, key=lambda p: ".w." not in p.label),
    "backwards": lambda ps: ps[::-1],
    "without biases": lambda ps: [p for p in ps if ".w." in p.label],
    "biases alone": lambda ps: [p for p in ps if ".w." not in p.label],
    "every other one": lambda ps: ps[::2],
}


@pytest.mark.parametrize("order", ORDERS)
def test_biases_that_do_not_follow_their_weights_stay_apart(order, all_large):
    model, loss = regressor([3, 5, 4], "tanh")
    parameters = ORDERS[order](model.parameters())
    program = compile(loss, [0.0] * 3, 0.0, wrt=parameters)
    assert_agrees(program, loss, parameters, X, Y)


def test_weights_used_twice_have_the_gradients_of_both_uses(all_large):
    W = table(4, 4, lambda i, j: Value(0.1 * i - 0.2 * j + 0.05, f"w.{i}.{j}"))
    b = [Value(0.3 * i - 0.2, f"b.{i}") for i in range(4)]
    parameters = neuron_by_neuron(W, b)

    def layer(x):
        return [tanh(dotted(row, x) + bias) for row, bias in zip(W, b)]

    def f(x):
        return sum(layer(layer(x)))

    program = compile(f, [0.0] * 4, wrt=parameters)
    assert_agrees(program, f, parameters, RNG.normal(size=(5, 4)))


def test_what_a_program_was_given_and_what_it_returned_is_not_overwritten(all_large):
    model = MLP([3, 5, 4], "tanh", rng=0)
    hidden = model.layers[0]

    def loss(x, y):
        h = hidden(x)
        out = model.layers[1](h)
        return losses.cross_entropy(out, y), {"h": h, "out": out, "dh": Program.adjoint(h[0])}

    program = compile(loss, [0.0] * 3, 0.0, wrt=model, aux=True)
    theta, x, y = program.theta, X.copy(), Y.copy()
    first = program.step(theta, x, y)
    kept = {name: array.copy() for name, array in first.aux.items()}
    program.step(theta + 1.0, -x, y)
    assert (theta == program.theta).all() and (x == X).all() and (y == Y).all()
    for name, array in kept.items():
        assert (first.aux[name] == array).all()
    assert close(first.aux["h"], outputs(hidden, X), 1.0)


def test_names_of_arguments_and_labels_do_not_clash_with_arrays_that_have_ones(all_large):
    W = table(3, 2, lambda i, j: Value(0.3 * i - 0.5 * j))
    b = [Value(0.1 * i) for i in range(3)]
    parameters = neuron_by_neuron(W, b)

    def f(v1, v3):
        z = [dotted(row, v1) + bias for row, bias in zip(W, b)]
        for node in z:
            node.label = "layer.v"
        return sum(map(tanh, z)) * v3

    assert_agrees(compile(f, [0.0] * 2, 0.0, wrt=parameters), f, parameters, X[:, :2], Y)


def test_an_op_whose_numpy_column_returns_its_operand_is_not_overwritten(all_large):
    add_op("same", lambda x: x, lambda x, out: (1.0,), numpy="{0}")
    try:
        same = OPS["same"]
        w = [Value(0.5), Value(-0.3), Value(0.2)]

        def f(x):
            z = [w_i * x_i for w_i, x_i in zip(w, x)]
            return sum([exp(same(z_i)) + z_i for z_i in z])

        assert_agrees(compile(f, [0.0] * 3, wrt=w), f, w, X)
    finally:
        del OPS["same"]


def test_a_column_of_a_user_may_lack_parentheses(all_large):
    add_op("halved", lambda x: np.tanh(x / 2), lambda x, out: (0.5,), numpy="np.tanh({0} / 2)")
    try:
        halved = OPS["halved"]
        program = compile(lambda x: [halved(x_i + 1.0) for x_i in x], [0.0] * 3)
        assert close(program(X), np.tanh((X + 1.0) / 2), 1.0)
    finally:
        del OPS["halved"]


def test_a_relu_of_large_arrays_keeps_nan_and_infinities(all_large):
    w = [Value(1.0), Value(-1.0), Value(2.0)]

    def f(x):
        return sum([relu(w_i * x_i + 0.5) for w_i, x_i in zip(w, x)])

    wild = np.array([[np.nan, 1.0, 2.0], [np.inf, -np.inf, 0.0], [-np.inf, np.inf, -0.0]])
    for row in wild:
        assert_agrees(compile(f, [0.0] * 3, wrt=w), f, w, row[None])


def test_windows_are_overwritten_where_they_are_multiplied(all_large):
    kernels = table(2, 3, lambda i, j: Value(0.4 * i - 0.3 * j + 0.1))

    def f(x):
        outs = []
        for kernel in kernels:
            outs += [relu(dotted(kernel, x[i : i + 3])) for i in range(8)]
        return sum([out * out for out in outs])

    parameters = [*kernels[0], *kernels[1]]
    program = compile(f, [0.0] * 10, wrt=parameters)
    assert "in place of 0: relu(reshape(matmul(" in str(program.ir)
    assert_agrees(program, f, parameters, RNG.normal(size=(5, 10)))


# Faults that a search for them found: each in a program that was wrong.


def layer(rows, columns):
    weights = table(rows, columns, lambda i, j: Value(RNG.normal() / 8))
    biases = [Value(RNG.normal()) for _ in range(rows)]
    return weights, biases, neuron_by_neuron(weights, biases)


def through(weights, biases, x):
    return [dotted(row, x) + bias for row, bias in zip(weights, biases)]


def test_a_bias_that_occurs_twice_in_a_sum_counts_twice(all_large):
    W, b, parameters = layer(6, 4)

    def siamese(x, y):
        return sum([tanh(p + q) for p, q in zip(through(W, b, x), through(W, b, y))])

    def twice(x):
        return sum([tanh(z + bias) for z, bias in zip(through(W, b, x), b)])

    X, Y = RNG.normal(size=(2, 3, 4))
    assert_agrees(compile(siamese, [0.0] * 4, [0.0] * 4, wrt=parameters), siamese, parameters, X, Y)
    assert_agrees(compile(twice, [0.0] * 4, wrt=parameters), twice, parameters, X)


@pytest.mark.parametrize("steps", [2, 5, 6])
def test_the_gradient_of_a_bias_is_stored_before_anything_is_added_to_it(steps, all_large):
    W, b, parameters = layer(4, 4)

    def f(x):
        for _ in range(steps):
            x = list(map(tanh, through(W, b, x)))
        return sum(x)

    assert_agrees(compile(f, [0.0] * 4, wrt=parameters), f, parameters, RNG.normal(size=(3, 4)))


def test_biases_that_are_also_read_alone_get_all_of_their_gradient():
    W, b, parameters = layer(64, 16)

    def f(x, y):
        together = sum(map(tanh, through(W, b, x)))
        return together + sum([sin(dotted(row, y)) for row in W]) + sum([exp(p * y[0]) for p in b])

    X, Y = RNG.normal(size=(2, 3, 16))
    assert_agrees(compile(f, [0.0] * 16, [0.0] * 16, wrt=parameters), f, parameters, X, Y)


def with_gaps(values, width=1):
    """The parameters with others after every `width`, none or one, so that distances differ."""
    found = []
    for i, p in enumerate(values, 1):
        found.append(p)
        if i % width == 0 and (i // width) ** 2 % 3:
            found.append(Value(0.1))
    return found


def test_a_product_of_scattered_weights_has_a_row_for_each_of_theirs(all_large):
    V = table(6, 4, lambda i, j: Value(0.2 * i - 0.3 * j))
    W, b, parameters = layer(5, 6)
    parameters += with_gaps(itertools.chain(*V), width=4)

    def f(x):
        return sum(map(tanh, through(W, b, [dotted(row, x) for row in V])))

    assert_agrees(compile(f, [0.0] * 4, wrt=parameters), f, parameters, RNG.normal(size=(3, 4)))


def test_a_product_of_one_scattered_row_has_one_row(all_large):
    u = [Value(RNG.normal() / 8) for _ in range(8)]
    parameters = with_gaps(u)

    def f(x):
        total = dotted(u, x)
        return sum([tanh(p * total) * x_i for p, x_i in zip(u, x)])

    assert_agrees(compile(f, [0.0] * 8, wrt=parameters), f, parameters, RNG.normal(size=(3, 8)))


def test_columns_of_columns_of_a_matrix_have_names():
    W, _, parameters = layer(5, 3)

    def f(x, y, z):
        first = sum([tanh(row[0] * z) for row in W])
        return first + sum([tanh(dotted(row[:2], y)) + tanh(dotted(row, x)) for row in W])

    program = compile(f, [0.0] * 3, [0.0] * 2, 0.0, wrt=parameters)
    X = RNG.normal(size=(4, 3))
    assert_agrees(program, f, parameters, X, X[:, :2], X[:, 0])
    assert "P1 = " in program.source and "P1[:, 0:2] @ y" in program.source


def test_a_relu_of_minus_zero_is_zero_in_large_arrays(all_large):
    p = [Value(1.0) for _ in range(6)]

    def f(x):
        h = [relu(w * x_i + w * x_i) for w, x_i in zip(p, x)]
        return [sum([1 / h_i for h_i in h]), sum(h)]

    program = compile(f, [0.0] * 6, wrt=p)
    for n in (1, 3, 8, 17):
        assert program(np.full((n, 6), -0.0)).tolist() == [[math.inf, 0.0]] * n


def test_a_wide_input_of_few_units_is_not_copied_for_their_biases(all_large):
    model, loss = regressor([40, 3, 4])
    source = compile(loss, [0.0] * 40, 0.0, wrt=model).source
    assert "W1 @ x + b1" in source and "vstack" not in source


# Random networks of layers that share weights, with parameters in any order.

STEPS = {
    "layer": lambda W, b, h, x: map(relu, through(W, b, h)),
    "tanh": lambda W, b, h, x: map(tanh, through(W, b, h)),
    "linear": lambda W, b, h, x: through(W, b, h),
    "without bias": lambda W, b, h, x: [tanh(dotted(row, h)) for row in W],
    "bias twice": lambda W, b, h, x: [tanh(z + p) for z, p in zip(through(W, b, h), b)],
    "bias subtracted": lambda W, b, h, x: [tanh(dotted(row, h) - p) for row, p in zip(W, b)],
    "another bias": lambda W, b, h, x: [relu(dotted(row, h) + p) for row, p in zip(W, b[::-1])],
    "backwards": lambda W, b, h, x: [tanh(dotted(column, h)) for column in zip(*W)],
    "two sources": lambda W, b, h, x: map(add, through(W, b, h), through(W, b, x)),
    "some columns": lambda W, b, h, x: [tanh(dotted(r[:-1], h[:-1]) + p) for r, p in zip(W, b)],
    "residual": lambda W, b, h, x: map(add, h, x),
    "gated": lambda W, b, h, x: [tanh(h_i * x_i) for h_i, x_i in zip(h, x)],
    "reversed": lambda W, b, h, x: h[::-1],
    "softmax": lambda W, b, h, x: softmax(h),
    "penalised": lambda W, b, h, x: [h_i + 0.01 * dotted(W[0], W[0]) for h_i in h],
}


def softmax(h):
    total = logaddexp(*h)
    return [exp(h_i - total) for h_i in h]


def random_network(seed):
    """A function of a vector, its size, and its parameters in some order."""
    rng = random.Random(seed)
    size = rng.choice([2, 3, 4, 5])
    layers = []
    for _ in range(rng.choice([1, 1, 2, 3])):
        weights = table(size, size, lambda i, j: Value(rng.gauss(0.0, 0.6)))
        layers.append((weights, [Value(rng.gauss(0.0, 1.0)) for _ in range(size)]))
    steps = [(rng.choice([*STEPS]), rng.choice(layers)) for _ in range(rng.randint(1, 6))]
    parameters = []
    for weights, biases in layers:
        parameters += neuron_by_neuron(weights, biases)
    if rng.random() < 0.3:
        rng.shuffle(parameters)

    def f(x):
        h = x
        for name, (weights, biases) in steps:
            h = list(STEPS[name](weights, biases, h, x))
        return sum(h)

    return f, size, parameters


def check_with_garbage_in_new_arrays(seeds, monkeypatch):
    """What is read before it is written is nan."""
    empty = np.empty
    monkeypatch.setattr(np, "empty", lambda *how: np.full_like(empty(*how), np.nan))
    for seed in seeds:
        f, size, parameters = random_network(seed)
        program = compile(f, [0.0] * size, wrt=parameters)
        X = np.random.default_rng(seed).normal(size=(3, size))
        assert_agrees(program, f, parameters, X, what=f"seed {seed}")


def test_random_networks_agree(all_large, monkeypatch):
    check_with_garbage_in_new_arrays(range(150), monkeypatch)


@pytest.mark.slow
def test_two_thousand_random_networks_agree(all_large, monkeypatch):
    check_with_garbage_in_new_arrays(range(1000, 3000), monkeypatch)
