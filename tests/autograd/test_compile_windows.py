"""Weights that are used at many places: convolutions, recurrent steps, attention."""

import random
from itertools import chain

import numpy as np
import pytest

from autograd import Value, compile, dot, maximum, tanh
from autograd.compiler.printing import lattice_of
from nn import Layer, softmax

from .eager import assert_agrees


def drawn(rng, *shape):
    if not shape:
        return Value(rng.gauss(0.0, 0.5))
    return [drawn(rng, *shape[1:]) for _ in range(shape[0])]


def leaves(x):
    if not isinstance(x, list):
        return [x]
    return list(chain.from_iterable(map(leaves, x)))


def window_of(maps, i, j, k):
    """The numbers of all maps in a square of k × k at (i, j)."""
    rows = chain.from_iterable([one[i : i + k] for one in maps])
    return list(chain.from_iterable([row[j : j + k] for row in rows]))


def convolved(maps, kernels, biases):
    """The 2-D convolution of some maps, with a kernel of (maps, k, k) for each new map."""
    k = len(kernels[0][0])
    height, width = len(maps[0]) - k + 1, len(maps[0][0]) - k + 1
    found = []
    for kernel, b in zip(kernels, biases):
        weights, new = leaves(kernel), []
        for i in range(height):
            windows = [window_of(maps, i, j, k) for j in range(width)]
            new.append([(b + dot(*weights, *window)).relu() for window in windows])
        found.append(new)
    return found


def pooled(maps):
    found = []
    for one in maps:
        for i in range(0, len(one) - 1, 2):
            for j in range(0, len(one[0]) - 1, 2):
                found.append(maximum(*one[i][j : j + 2], *one[i + 1][j : j + 2]))
    return found


def batch(*shape):
    rng = np.random.default_rng(0)
    return rng.normal(size=(3, *shape)), rng.normal(size=3)


def test_a_convolution_is_one_product_over_its_windows(both_sizes):
    rng = random.Random(0)
    kernels, biases = drawn(rng, 2, 1, 3, 3), drawn(rng, 2)
    out = Layer(18, 4, "identity", rng=0)

    def loss(image, y):
        return (sum(out(pooled(convolved([image], kernels, biases)))) - y) ** 2

    parameters = [*leaves(kernels), *biases, *out.parameters()]
    program = compile(loss, np.zeros((8, 8)), 0.0, wrt=parameters)
    assert program.report.matrix_products == 5
    assert program.report.statements < 25
    assert ".reshape(9, -1)).reshape(72, -1)" in program.source
    assert_agrees(program, loss, program.parameters, *batch(8, 8))


def test_a_convolution_of_a_convolution_goes_back_through_its_windows(both_sizes):
    rng = random.Random(1)
    first, second = drawn(rng, 3, 1, 2, 2), drawn(rng, 2, 3, 2, 2)
    b1, b2 = drawn(rng, 3), drawn(rng, 2)
    out = Layer(32, 3, "identity", rng=0)

    def loss(image, y):
        maps = convolved(convolved([image], first, b1), second, b2)
        return (sum(out(leaves(maps))) - y) ** 2

    parameters = [*leaves(first), *b1, *leaves(second), *b2, *out.parameters()]
    program = compile(loss, np.zeros((6, 6)), 0.0, wrt=parameters)
    assert program.report.statements < 60
    assert_agrees(program, loss, program.parameters, *batch(6, 6))


@pytest.mark.parametrize("length", [6, 7, 20])
@pytest.mark.parametrize("width", [2, 3, 6])
def test_a_filter_over_a_signal(length, width):
    w = drawn(random.Random(2), width)

    def loss(x, y):
        z = [dot(*w, *x[i : i + width]) for i in range(length - width + 1)]
        return (sum([tanh(z_i) for z_i in z]) - y) ** 2

    program = compile(loss, [0.0] * length, 0.0, wrt=w)
    assert_agrees(program, loss, program.parameters, *batch(length))


@pytest.mark.parametrize("steps", [2, 9])
def test_recurrent_steps_share_their_weights(steps, both_sizes):
    cell, out = Layer(5, 3, "tanh", rng=0), Layer(3, 1, "identity", rng=0)

    def loss(x, y):
        h = [Value(0.0)] * 3
        for x_t in x:
            h = cell([*h, *x_t])
        return (out(h)[0] - y) ** 2

    program = compile(loss, np.zeros((steps, 2)), 0.0, wrt=[*cell.parameters(), *out.parameters()])
    # The weights of all steps are one product, or one for each of a few.
    assert program.report.statements < 20 + 8 * steps
    assert_agrees(program, loss, program.parameters, *batch(steps, 2))


def test_heads_of_attention_are_packed(both_sizes):
    d, heads, length = 4, 2, 6
    rng = random.Random(3)
    q, k, v = [drawn(rng, heads, 2, d) for _ in range(3)]

    def projected(rows, x):
        found = []
        for x_t in x:
            found.append([dot(*row, *x_t) for row in rows])
        return found

    def head(weights, x):
        queries, keys, values = [projected(rows, x) for rows in weights]
        found = []
        for query in queries:
            shares = softmax([dot(*query, *key) for key in keys])
            found += [dot(*shares, *column) for column in zip(*values)]
        return found

    def loss(x, y):
        outs = [head(weights, x) for weights in zip(q, k, v)]
        return (sum(leaves(outs)) - y) ** 2

    program = compile(loss, np.zeros((length, d)), 0.0, wrt=leaves([q, k, v]))
    assert program.report.statements < 60
    assert_agrees(program, loss, program.parameters, *batch(length, d))


def run(start, step, count):
    return [start + k * step for k in range(count)]


@pytest.mark.parametrize(
    ("axes", "text"),
    [
        ([(28, 3), (1, 3)], "np.tensordot(np.array([28, 1]), np.indices((3, 3)), 1).ravel()"),
        ([(1, 2), (0, 5)], "np.tensordot(np.array([1, 0]), np.indices((2, 5)), 1).ravel()"),
        ([(-3, 4), (7, 2)], "(np.tensordot(np.array([-3, 7]), np.indices((4, 2)), 1) + 9).ravel()"),
    ],
)
def test_indices_of_a_lattice_are_written_as_one(axes, text):
    start = 9 if axes[0][0] < 0 else 0
    at = [start]
    for step, count in axes:
        runs = [run(i, step, count) for i in at]
        at = list(chain.from_iterable(runs))
    assert lattice_of(tuple(at)) == text
    assert eval(text, {"np": np}).tolist() == at
    column = tuple([(i,) for i in at])
    rows = eval(lattice_of(column), {"np": np}).tolist()
    assert rows == [[i] for i in at]


@pytest.mark.parametrize("entries", [(0, 1, 3), (0, 1, 5, 7), (0, 1, 2, 3, 5, 6), (0.0, 1.0)])
def test_other_tables_are_no_lattice(entries):
    assert lattice_of(entries) == ""


def test_windows_beside_products_of_inputs():
    w = drawn(random.Random(4), 6)

    def loss(x, y):
        z = [dot(*w, *x[i : i + 6]) + x[i] * x[i + 1] for i in range(9)]
        return (sum([tanh(z_i) for z_i in z]) - y) ** 2

    program = compile(loss, [0.0] * 14, 0.0, wrt=w)
    assert ".reshape(6, -1)" in program.source
    assert_agrees(program, loss, program.parameters, *batch(14))
