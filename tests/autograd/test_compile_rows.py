"""Rows of arrays: one node in several of them, shared parameters, columns of ops, masks."""

import numpy as np

from autograd import Value, abs, add_op, compile, greater, maximum, sign, sin, sqrt, tanh, where
from nn import MLP

from .eager import assert_agrees, dotted, table


def test_an_operand_that_is_one_row_over_and_over_has_as_many_rows_as_it_is_read():
    # Two parameters whose gradients are one node; and a matrix product whose operands are one node.
    p, q = Value(0.7), Value(-0.4)

    def sum_first(x):
        chosen = where(x[1], p + q, x[1])
        return chosen + x[0] * chosen

    def difference_first(x):
        shared = p - p * 0.5
        larger = maximum(x[1] + p, where(shared, shared, shared))
        return tanh(shared) + larger + tanh(larger)

    for f in (sum_first, difference_first):
        assert_agrees(
            compile(f, [0.0, 0.0], wrt=[p, q]),
            f,
            [p, q],
            np.array([[1.0, 2.0], [-0.3, 0.6], [0.9, -1.1]]),
        )


def test_gradients_that_are_equal_counts_are_floats():
    # Comparisons are bools in numpy, and their sum is an int, to which no half could be added.
    p, q = Value(0.7), Value(-0.4)

    def f(x):
        return maximum(p + x, q)

    assert_agrees(compile(f, 0.0, wrt=[p, q]), f, [p, q], [1.0, -1.1, -2.0])


def test_rows_of_many_terms_are_added_up_at_once():
    W = table(3, 6, lambda i, j: Value(0.1 * i - 0.2 * j, "w"))
    flat = [w for row in W for w in row]

    def f(x):
        rows, shared = [], []
        for row in W:
            first, *rest = [sin(w * x_j) for w, x_j in zip(row, x)]
            rows.append(sum(rest, first))
            first, *rest = map(sin, row)
            shared.append(sum(rest, first))
        return (
            tanh(rows[0]) * tanh(rows[1]) * tanh(rows[2])
            + tanh(shared[0]) * tanh(shared[1])
            + tanh(shared[2])
        )

    program = compile(f, [0.0] * 6, wrt=flat)
    assert ".sum(axis=1)" in program.source
    assert_agrees(program, f, flat, np.random.default_rng(0).normal(size=(3, 6)))


def test_numpy_columns_bind_as_tightly_as_their_outermost_operator():
    p = Value(0.5)
    columns = {
        "minus_abs": "-np.abs({0})",
        "plus_abs": "1 - np.abs({0})",
        "half": "{0:2} / 2",
        "twice": "(2 * {0:2})",
        "chosen": "{0} if False else 2 * {0:2}",
    }
    forwards = {
        "minus_abs": lambda x: -abs(x),
        "plus_abs": lambda x: 1 - abs(x),
        "half": lambda x: x / 2,
        "twice": lambda x: 2 * x,
        "chosen": lambda x: 2 * x,
    }
    slopes = {
        "minus_abs": lambda x, out: (-sign(x),),
        "plus_abs": lambda x, out: (-sign(x),),
        "half": lambda x, out: (0.5,),
        "twice": lambda x, out: (2.0,),
        "chosen": lambda x, out: (2.0,),
    }
    for name, column in columns.items():
        op = add_op(name, forwards[name], slopes[name], numpy=column)

        def f(x, op=op):
            return (p - op(p * x)) * op(x) / op(x) + op(op(p) * x) ** 2 - op(x - p) * 3

        assert_agrees(compile(f, 0.0, wrt=[p]), f, [p], [1.5, -2.0])


def test_equal_gradients_and_equal_outputs_have_a_column_each():
    p = Value(2.0)
    X = np.array([[1.0, 2.0], [-0.3, 0.6], [0.9, -1.1]])
    for f in (
        lambda x: sin(x[0] + x[1]),
        lambda x: x[0] + x[1] + sin(x[0] + x[1]),
        lambda x: tanh(x[0] - x[1] * -1.0) + x[1] + x[0],
    ):
        assert compile(f, [0.0, 0.0]).input_grads(X)[0].shape == (3, 2)
        twice = compile(lambda x, f=f: [f(x), f(x)], [0.0, 0.0])(X)
        assert twice.shape == (3, 2) and (twice[:, 0] == twice[:, 1]).all()
        assert_agrees(
            compile(lambda x, f=f: p * f(x), [0.0, 0.0], wrt=[p]), lambda x, f=f: p * f(x), [p], X
        )


def test_a_parameter_that_meets_two_arguments_collects_from_both():
    p, q = Value(0.7), Value(-0.4)

    def f(x):
        return tanh(p * x[0] + p * x[1] + q * x[2]) + q

    assert_agrees(
        compile(f, [0.0, 0.0, 0.0], wrt=[p, q]),
        f,
        [p, q],
        np.array([[1.0, 2.0, 3.0], [-0.3, 0.6, 0.1], [0.9, -1.1, -2.0]]),
    )


def test_layers_that_are_used_twice_have_a_matrix_product_for_each_use():
    W = table(3, 3, lambda i, j: Value(0.3 * i - 0.2 * j + 0.1, "w"))
    flat = [w for row in W for w in row]

    def layer(x):
        return [tanh(row[0] * x[0] + row[1] * x[1] + row[2] * x[2]) for row in W]

    def f(x):
        h = layer(layer(x))
        return h[0] + h[1] * h[2]

    program = compile(f, [0.0] * 3, wrt=flat)
    assert program.report.matrix_products == 5  # two on the way, one back, two for the weights
    assert_agrees(program, f, flat, np.random.default_rng(0).normal(size=(4, 3)))


def test_comparisons_are_those_of_numpy_only_where_a_nan_is_noticed():
    p = Value(0.5)
    noticed = compile(lambda x: where(greater(abs(-x), 1.0), p * x, 2 * x) + x, 0.0, wrt=[p])
    hidden = compile(lambda x: where(greater(sqrt(x), 1.0), p, 2 * p), 0.0, wrt=[p])
    assert "np.isnan" not in noticed.source and "np.isnan" in hidden.source
    assert np.isnan(hidden([-1.0])).all() and hidden([0.25, 4.0]).tolist() == [1.0, 0.5]
    assert hidden.value_and_grad([0.25, 4.0])[1].tolist() == [1.5]
    assert np.isnan(hidden.value_and_grad([-1.0, 0.25])[1]).all()
    assert np.isnan(noticed.value_and_grad([np.nan])[0]) and noticed.value_and_grad([2.0])[
        1
    ].tolist() == [2.0]


def test_an_inner_product_is_a_product_and_a_sum_without_a_copy():
    w = [Value(0.1 * i - 0.3) for i in range(8)]

    def f(x):
        a = [tanh(w_i * x_i) for w_i, x_i in zip(w, x)]
        return dotted(a, a) + dotted(w, w)

    program = compile(f, [0.0] * 8, wrt=w)
    assert "(t2 * t2).sum(axis=0, keepdims=True)" in program.source
    assert "einsum" not in program.source and "[i" not in program.source
    assert_agrees(program, f, w, np.random.default_rng(0).normal(size=(5, 8)))


def test_penalties_are_written_with_numbers_and_without_zeros():
    w = [Value(0.1 * i - 0.3) for i in range(8)]

    def f(x):
        return 0.01 * sum([p * p for p in w]) + 0.02 * sum([p**2 for p in w]) + dotted(w, x)

    program = compile(f, [0.0] * 8, wrt=w)
    assert "np.array" not in program.source and "0.0 +" not in program.source
    assert program.source.count("* n") == 2  # the gradient of each penalty is stored once
    assert_agrees(program, f, w, np.random.default_rng(0).normal(size=(5, 8)))


def test_the_zero_of_a_sum_stays_where_all_terms_may_be_minus_zero():
    p = [Value(1.0) for _ in range(6)]
    program = compile(lambda x: 1 / sum([w * x_i for w, x_i in zip(p, x)]), [0.0] * 6, wrt=p)
    assert program([[-0.0] * 6]).tolist() == [np.inf]


def test_weights_that_meet_zeros_have_the_sum_of_their_row():
    model = MLP([3, 3], "tanh", bias=False, rng=0)

    def f(x):  # the first step of a recurrent network, with a hidden state of zeros
        start = model([0.0] * 3)
        return sum([tanh(h + x_i) for h, x_i in zip(start, x)])

    program = compile(f, [0.0] * 3, wrt=model)
    assert ".sum(axis=1)[i" in program.source
    assert_agrees(program, f, model.parameters(), np.random.default_rng(0).normal(size=(5, 3)))
