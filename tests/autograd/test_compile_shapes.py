"""Graphs and functions of every shape agree with the engine: irregular, long, wide, nested."""

import math
import random
from math import inf, nan

import numpy as np
import pytest

from autograd import Value, compile, maximum, sin, tanh, where

from .eager import assert_agrees, close, gradients, outputs, samples, table


def irregular(seed, n_nodes, parameters):
    """A function that applies random ops to random earlier nodes: hardly two nodes are alike."""

    def f(x, y):
        rng = random.Random(seed)
        nodes = [*parameters, *x, y, 0.5]
        for _ in range(n_nodes):
            a, b = rng.choice(nodes), rng.choice(nodes[-30:])
            kind = rng.randrange(7)
            if kind == 0:
                node = a + b
            elif kind == 1:
                node = a * b
            elif kind == 2:
                node = tanh(a)
            elif kind == 3:
                node = a - b * 0.5
            elif kind == 4:
                node = sin(a)
            elif kind == 5:
                node = where(a, b, a)
            else:
                node = maximum(a, b)
            nodes.append(tanh(node) if rng.random() < 0.5 else node * 0.5)
        return sum(nodes[-40:], nodes[-41])

    return f


@pytest.mark.parametrize("seed", range(8))
def test_irregular_graphs_of_hundreds_of_nodes_agree(seed):
    rng = random.Random(100 + seed)
    parameters = [Value(rng.uniform(-1, 1), f"p{i}") for i in range(7)]
    f = irregular(seed, 100 + 60 * seed, parameters)
    X, y = np.random.default_rng(seed).normal(size=(5, 3)), np.linspace(-1, 1, 5)
    assert_agrees(compile(f, [0.0] * 3, 0.0, wrt=parameters), f, parameters, X, y)


@pytest.mark.slow
def test_a_chain_of_thousands_of_dependent_ops_agrees():
    p = Value(0.7)

    def f(x):
        for _ in range(1500):
            x = tanh(p * x) + x
        return x

    X = np.array([0.3, -0.2])
    program = compile(f, 0.0, wrt=[p])
    values, slopes, inputs = gradients(f, [p], X)
    got = program.value_and_grad(X)
    assert close(program(X), values) and close(got[0], values.mean())
    assert np.allclose(got[1], slopes.mean(axis=0), rtol=1e-10) and np.allclose(
        program.input_grads(X)[0], inputs[0][:, 0], rtol=1e-10
    )


def test_sums_of_thousands_of_terms_agree():
    parameters = [Value(math.sin(i)) for i in range(3000)]

    def f(x):
        total = 0.0
        for i, p in enumerate(parameters):
            total = total + p * x[i % 3] if i % 2 else total + p
        return total * total

    assert_agrees(
        compile(f, [0.0] * 3, wrt=parameters),
        f,
        parameters,
        np.array([[1.0, 2.0, 3.0], [0.5, -1.0, 0.0]]),
    )


def test_functions_of_nested_lists_and_several_arguments_agree():
    w = table(2, 3, lambda i, j: Value(0.1 * (i + j) - 0.2, f"w{i}{j}"))

    def f(A, b, c):
        rows = []
        for row, weights, b_i in zip(A, w, b):
            rows.append(sum([a * v for a, v in zip(row, weights)], b_i))
        return tanh(rows[0]) * rows[1] + c * A[1][2]

    rng = np.random.default_rng(0)
    parameters = [p for row in w for p in row]
    program = compile(f, np.zeros((2, 3)), [0.0, 0.0], 0.0, wrt=parameters)
    A, b, c = rng.normal(size=(4, 2, 3)), rng.normal(size=(4, 2)), rng.normal(size=4)
    assert_agrees(program, f, parameters, A, b, c)
    assert [g.shape for g in program.input_grads(A, b, c)] == [(4, 2, 3), (4, 2), (4,)]


def test_outputs_of_every_kind_and_shape_agree():
    p, captured = Value(2.0, "p"), Value(5.0)

    def f(x, y):
        z = x[0] * p
        return [[x[0], x[0], 3.0], [p, captured, z], [z, y, p + captured], [x[1], -0.0, z * y]]

    X, y = np.array([[1.0, 2.0], [3.0, 4.0], [nan, inf]]), np.array([7.0, 8.0, 9.0])
    program = compile(f, [0.0, 0.0], 0.0, wrt=[p])
    got = program(X, y)
    assert got.shape == (3, 4, 3)
    assert close(got, outputs(f, X, y))


@pytest.mark.parametrize(
    "f",
    [
        lambda x, p: x[0],
        lambda x, p: p,
        lambda x, p: 3.0,
        lambda x, p: Value(4.0),
        lambda x, p: [x[1], x[0]],
        lambda x, p: [p, p],
        lambda x, p: [1.0, 2.0],
        lambda x, p: [x[0], x[0]],
        lambda x, p: x,
        lambda x, p: (x[0], p, 1.0),
        lambda x, p: [[p * 2.0, 1.0]],
        lambda x, p: [x[1] * 2.0, x[0] * 2.0],
        lambda x, p: [p * p, p * p, x[0]],
    ],
)  # fmt: skip
def test_outputs_may_be_inputs_parameters_constants_and_duplicates(f):
    p = Value(2.5)
    X = np.array([[1.0, 2.0], [3.0, nan], [-0.0, inf]])
    program = compile(lambda x: f(x, p), [0.0, 0.0], wrt=[p])
    got = program(X)
    assert (
        close(got, outputs(lambda x: f(x, p), X))
        and got.shape == outputs(lambda x: f(x, p), X).shape
    )
    if got.ndim == 1:
        assert_agrees(program, lambda x: f(x, p), [p], X)


def test_what_the_helpers_call_a_sample_is_one():
    (first, _) = samples([[1.0, 2.0], [3.0, 4.0]])
    assert [x.data for x in first[0]] == [1.0, 2.0]
    assert (
        close(1.0 + 1e-13, 1.0)
        and not close(1.0 + 1e-11, 1.0)
        and not close(nan, 1.0)
        and not close(inf, -inf)
    )
