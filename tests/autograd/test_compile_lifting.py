"""What the source looks like: matrix products as a person would write them, always the same."""

import os
import re
import subprocess
import sys
from textwrap import dedent

import numpy as np
import pytest

from autograd import Value, compile, constant, dot, logaddexp, maximum, minimum, sin, tanh
from nn import MLP, losses

from .eager import assert_agrees, dotted, table


def loss_of(model):
    return lambda x, y: (model(x) - y) ** 2


def compiled(sizes, activation="relu"):
    model = MLP(sizes, activation, rng=0)
    return model, compile(loss_of(model), [0.0] * sizes[0], 0.0, wrt=model)


def gathers(source):
    """Where rows are picked by an array of indices, a copy that a slice would not need."""
    return re.findall(r"\[(?:values_)?i\d+\b[^]]*\]", source)


def statements(source):
    """The lines that compute something: no imports, views of theta, or return."""
    body = source.partition("):\n")[2].splitlines()
    return [
        line
        for line in body
        if line.strip()
        and not re.match(r"    (return|\w+ = (theta|captured)\[|\w+ = \w+(\.T|\[None\])$)", line)
    ]


@pytest.mark.parametrize(
    "activation",
    ["relu", "tanh", "sigmoid", "gelu", "elu", "leaky_relu", "silu", "softplus", "sin"],
)
def test_a_network_is_lifted_to_the_matrix_program_of_a_textbook(activation):
    model, program = compiled([2, 16, 16, 1], activation)
    source, report = program.source, program.report
    assert gathers(source) == []
    for part in ("W1 @ x", "W2 @ a1", "W3 @ a2", "W2.T @ ", "@ x.T", "@ a1.T", "@ a2.T"):
        assert part in source
    assert report.matrix_products == source.count(" @ ") == 7
    function = source.partition("def sums")[2]  # after the source of erfc, where it needs that
    assert "for " not in function and "einsum" not in function and "np.array" not in source
    if activation in ("relu", "tanh"):
        assert report.statements <= 16
        assert len(statements(source)) <= 17  # and the line that puts the gradient together
    rng = np.random.default_rng(0)
    assert_agrees(
        program, loss_of(model), model.parameters(), rng.normal(size=(4, 2)), rng.normal(size=4)
    )


def test_the_source_of_a_line_is_what_a_person_would_write():
    w, b = Value(3.0, "w"), Value(1.0, "b")
    program = compile(lambda x, y: (w * x + b - y) ** 2, 0.0, 0.0, wrt=[w, b])
    assert program.source == dedent(
        """\
        import numpy as np


        def sums(theta, x, y):
            x = x[None]
            y = y[None]
            w1 = theta[0]
            b1 = theta[1]
            g = np.empty(2)
            t1 = w1 * x + b1 - y
            t2 = 2.0 * t1
            total = (t1 ** 2.0).sum()
            g[0:1] = (t2 * x).sum(axis=1)  # ∂w1
            g[1:2] = t2.sum(axis=1)  # ∂b1
            return total, g
        """
    )


def test_the_source_of_a_network_is_what_a_person_would_write():
    _, program = compiled([2, 16, 16, 1])
    assert program.source == dedent(
        """\
        import numpy as np


        def sums(theta, x, y):
            x = x.T
            y = y[None]
            W1 = theta[0:48].reshape(16, 3)[:, 0:2]
            b1 = theta[2:48:3, None]
            W2 = theta[48:320].reshape(16, 17)[:, 0:16]
            b2 = theta[64:320:17, None]
            W3 = theta[320:336].reshape(1, 16)
            b3 = theta[336]
            g = np.empty(337)
            a1 = np.maximum(W1 @ x + b1, 0.0)  # layers.0.neurons.*.a
            a2 = np.maximum(W2 @ a1 + b2, 0.0)  # layers.1.neurons.*.a
            t1 = W3 @ a2 + b3 - y
            dz3 = 2.0 * t1  # ∂layers.2.neurons.0.z
            dz2 = W3.T * dz3 * (a2 > 0)  # ∂layers.1.neurons.*.z
            dz1 = W2.T @ dz2 * (a1 > 0)  # ∂layers.0.neurons.*.z
            total = (t1 ** 2.0).sum()
            g[0:48].reshape(16, 3)[:, 0:2] = dz1 @ x.T  # ∂W1
            g[2:48:3] = dz1.sum(axis=1)  # ∂b1
            g[48:320].reshape(16, 17)[:, 0:16] = dz2 @ a1.T  # ∂W2
            g[64:320:17] = dz2.sum(axis=1)  # ∂b2
            g[320:336].reshape(1, 16)[:] = dz3 @ a2.T  # ∂W3
            g[336:337] = dz3.sum(axis=1)  # ∂b3
            return total, g
        """
    )


def test_the_number_of_statements_does_not_grow_with_the_width():
    narrow, wide = compiled([2, 4, 4, 1])[1].report, compiled([2, 31, 31, 1])[1].report
    assert (narrow.statements, narrow.matrix_products) == (wide.statements, wide.matrix_products)
    assert wide.nodes > 30 * narrow.nodes


@pytest.mark.parametrize(
    "sizes", [[1, 1], [1, 1, 1], [2, 1], [1, 2, 1], [3, 1, 3, 1], [2, 2, 2, 2], [5, 4, 3, 2]]
)
def test_networks_of_every_shape_are_lifted_and_agree(sizes):
    model = MLP(sizes, "tanh", rng=1)

    def f(x):
        out = model(x)
        return (
            sum((o * o for o in out[1:]), out[0] * out[0]) if isinstance(out, list) else out * out
        )

    program = compile(f, [0.0] * sizes[0], wrt=model)
    assert_agrees(
        program, f, model.parameters(), np.random.default_rng(0).normal(size=(3, sizes[0]))
    )


def test_shared_expressions_are_computed_once_and_dead_ones_never():
    def f(x):
        tanh(x * 7.0)  # nobody reads it
        return sin(x) * sin(x) + (x * 2.0 + 0.0 * 3.0) * (x * 2.0)

    source = compile(f, 0.0).source
    assert source.count("np.sin") == 1 and "tanh" not in source and "7.0" not in source


def test_constants_are_folded():
    source = compile(lambda x: x * (constant(2.0) * sin(0.5)) * 1.0, 0.0).source
    assert "np.sin" not in source and "1.0 *" not in source and "* 1.0" not in source


def test_zeros_of_either_sign_and_nan_are_constants_of_their_own():
    program = compile(lambda x: [x * 0.0, x * -0.0, x * float("nan"), x * float("inf")], 0.0)
    got = program([1.0])[0]
    assert np.signbit(got[:2]).tolist() == [False, True]
    assert np.isnan(got[2]) and got[3] == np.inf


def test_the_report_counts_and_pluralizes():
    program = compile(lambda x: sin(x), 0.0)
    report = program.report
    n = report.statements
    wanted = f"{report.nodes} scalar nodes → {n} statement{'s' * (n != 1)}, 0 matrix products"
    assert str(report) == wanted
    assert (
        str(compiled([2, 16, 16, 1])[1].report)
        == "1,865 scalar nodes → 13 statements, 7 matrix products"
    )


def test_a_power_by_each_of_many_exponents_agrees():
    p = Value(1.5)

    def f(x):
        return sum([(p * x) ** k for k in (0, 1, 2, 3, -1, 0.5, 2.5)], x)

    assert_agrees(compile(f, 0.0, wrt=[p]), f, [p], [0.5, 1.0, 2.0])


def test_sums_of_many_products_of_samples_become_one_statement():
    def f(x, y):
        return sum((a * b for a, b in zip(x[1:], y[1:])), x[0] * y[0])

    rng = np.random.default_rng(0)
    p = Value(0.5)
    program = compile(lambda x, y: f(x, y) * p, [0.0] * 9, [0.0] * 9, wrt=[p])
    assert_agrees(
        program, lambda x, y: f(x, y) * p, [p], rng.normal(size=(3, 9)), rng.normal(size=(3, 9))
    )
    assert len(statements(compile(f, [0.0] * 9, [0.0] * 9).source)) <= 2


def test_tables_of_constants_are_matrices():
    numbers = table(3, 4, lambda i, j: 0.1 * i - 0.2 * j * j)

    def f(x):
        rows = [dotted(row, x) for row in numbers]
        return tanh(rows[0] * p) + tanh(rows[1]) * tanh(rows[2])

    p = Value(0.5)
    program = compile(f, [0.0] * 4, wrt=[p])
    assert " @ " in program.source
    assert_agrees(program, f, [p], np.random.default_rng(0).normal(size=(3, 4)))


def test_weights_stored_by_columns_reversed_or_shared_agree():
    W = table(3, 3, lambda i, j: Value(0.1 * i - 0.3 * j + 0.2, f"w.{i}.{j}"))
    flat = [w for row in W for w in row]

    def dot(a, b):
        return sum((p * q for p, q in zip(a[1:], b[1:])), a[0] * b[0])

    def f(x):
        h = [tanh(dot(row, x)) for row in W]
        h = [tanh(dot(column, h)) for column in zip(*W)]  # tied: the same weights, transposed
        h = [tanh(dot(row[::-1], h)) for row in W[::-1]]
        return dot(h, W[1]) + dot(W[0], W[2]) + sum(flat[1:], flat[0])

    X = np.random.default_rng(0).normal(size=(4, 3))
    for order in (flat, flat[::-1], flat[::2] + flat[1::2]):
        assert_agrees(compile(f, [0.0] * 3, wrt=order), f, order, X)


PROGRAM = """
import autograd
from autograd import Value, sin, maximum
from nn import MLP, losses
model = MLP(2, [5, 4, 1], ["relu", "tanh"], rng=0)
extra = [Value(0.1 * i) for i in range(5)]
def f(x, y):
    out = model(x)
    return (out - y) ** 2 + maximum(sin(x[0] * extra[0]), extra[1] * x[1]) * extra[3] + sum(extra)
program = autograd.compile(f, [0.0, 0.0], 0.0, wrt=[*model.parameters(), *extra])
value, grad = program.value_and_grad([[1.0, 2.0], [0.5, -1.0]], [1.0, 2.0])
print(program.source, float(value).hex(), [g.hex() for g in grad.tolist()])
"""


def matrix(rows, columns, name):
    rng = np.random.default_rng(len(name) + rows)
    numbers = rng.normal(size=(rows, columns)).tolist()
    return table(rows, columns, lambda i, j: Value(numbers[i][j], f"{name}.{i}.{j}"))


def times(W, x):
    return [dotted(row, x) for row in W]


def test_a_recurrent_network_becomes_backpropagation_through_time():
    U, W = matrix(3, 3, "U"), matrix(3, 2, "W")

    def f(xs):
        h = [tanh(z) for z in times(W, xs[0])]
        for x in xs[1:]:
            h = [tanh(a + b) for a, b in zip(times(U, h), times(W, x))]
        return sum(z * z for z in h)

    weights = [w for row in [*U, *W] for w in row]
    program = compile(f, [[0.0, 0.0]] * 4, wrt=weights)
    assert program.source.partition("    g[0:9]")[2] == dedent(
        """\
        .reshape(3, 3)[:] = t10 @ t6.T  # ∂U1
            g[0:9].reshape(3, 3)[:] += t11 @ t4.T  # ∂U1
            g[0:9].reshape(3, 3)[:] += t12 @ t2.T  # ∂U1
            g[9:15].reshape(3, 2)[:] = t10 @ xs[6:8].T  # ∂W1
            g[9:15].reshape(3, 2)[:] += t11 @ xs[4:6].T  # ∂W1
            g[9:15].reshape(3, 2)[:] += t12 @ xs[2:4].T  # ∂W1
            g[9:15].reshape(3, 2)[:] += (U1.T @ t12 * (1 / np.cosh(t1)) ** 2.0) @ xs[0:2].T  # ∂W1
            return total, g
        """
    )
    assert "t3 = U1 @ t2 + W1 @ xs[2:4]" in program.source and gathers(program.source) == []
    assert_agrees(program, f, weights, np.random.default_rng(0).normal(size=(5, 4, 2)))


def test_a_layer_that_reads_two_sources_has_a_matrix_product_for_each():
    A, B = matrix(8, 8, "A"), matrix(8, 16, "B")

    def f(x):
        h = [tanh(z) for z in times(A, x)]
        return sum(tanh(z) ** 2 for z in times(B, [*h, *x]))

    weights = [w for row in [*A, *B] for w in row]
    program = compile(f, [0.0] * 8, wrt=weights)
    assert gathers(program.source) == [] and program.report.matrix_products == 7
    for line in (
        "t3 = B1 @ t2 + B2 @ x",
        " = (B1.T @ t5 * (1 / np.cosh(t1)) ** 2.0) @ x.T  # ∂A1",
        " = t5 @ t2.T  # ∂B1",
        " = t5 @ x.T  # ∂B2",
    ):
        assert line in program.source
    assert_agrees(program, f, weights, np.random.default_rng(0).normal(size=(5, 8)))


def test_a_layer_that_is_used_again_has_gradients_named_after_each_use():
    model = MLP([3, 3], "tanh", output="tanh", rng=0)
    source = compile(lambda x: sum(z**2 for z in model(model(x))), [0.0] * 3, wrt=model).source
    assert (
        "dz2 = 2.0 * a2 * t1[3:6]" in source
        and "dz1 = W1.T @ dz2 * (1 / np.cosh(z1)) ** 2.0" in source
    )


def test_a_softmax_is_that_of_the_textbooks():
    model = MLP([2, 4, 10], rng=0)
    program = compile(lambda x, y: losses.cross_entropy(model(x), y), [0.0] * 2, 0.0, wrt=model)
    assert program.report.matrix_products == 5 and "logaddexp" not in program.source
    top, power = (
        re.search(r"(t\d+) = z2\.max\(axis=0, keepdims=True\)\n", program.source)[1],
        r"(t\d+) = np\.exp\(z2 - {}\)\n",
    )
    parts = re.search(power.format(top), program.source)[1]
    total = re.search(rf"(t\d+) = {parts}\.sum\(axis=0, keepdims=True\)\n", program.source)[1]
    assert f"({parts} / {total})  # ∂layers.1.neurons.*.z\n" in program.source
    assert "= dz2 @ a1.T  # ∂W2\n" in program.source and "+=" not in program.source
    f = lambda x: losses.cross_entropy(model(x), 4)  # noqa: E731
    assert_agrees(
        compile(f, [0.0] * 2, wrt=model),
        f,
        model.parameters(),
        np.random.default_rng(0).normal(size=(4, 2)),
    )


def test_rows_that_are_read_twice_are_brought_together_once():
    def f(x):  # against an order that is not that of the inputs
        pairs = zip([tanh(z) for z in x], [x[k] for k in (2, 0, 5, 1, 3, 4)])
        return sum(maximum(a, b) * minimum(a, b) for a, b in pairs)

    w = Value(1.0)
    program = compile(lambda x: w * f(x), [0.0] * 6, wrt=[w])
    source = compile(f, [0.0] * 6).source
    assert "t2 = x[values_i1]\n" in source and source.count("[values_i1]") == 1
    assert_agrees(program, lambda x: w * f(x), [w], np.random.default_rng(0).normal(size=(5, 6)))


def test_a_zero_that_sum_begins_with_is_not_added_to_a_matrix_product():
    W = matrix(2, 2, "W")
    assert (
        compile(
            lambda x: [0.0 + z for z in times(W, x)], [0.0, 0.0], wrt=[*W[0], *W[1]]
        ).source.count(" + ")
        == 0
    )
    assert (
        compile(
            lambda x: [1.0 + z for z in times(W, x)], [0.0, 0.0], wrt=[*W[0], *W[1]]
        ).source.count(" + 1.0")
        == 1
    )


def test_the_source_is_the_same_under_every_hash_seed():
    def run(seed):
        environment = {**os.environ, "PYTHONHASHSEED": str(seed), "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert len({run(seed) for seed in range(4)}) == 1


def test_compiling_twice_gives_the_same_source():
    assert compiled([3, 8, 2, 1])[1].source == compiled([3, 8, 2, 1])[1].source


def test_a_dot_product_is_the_program_of_its_products_and_sums():
    w = [Value(x, f"w{i}") for i, x in enumerate((1.0, -2.0, 0.5))]

    def one(x):
        return (dot(*w, w[1], *x, -1.0) + w[2]).tanh()

    def same(x):
        return (w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[1] * -1.0 + w[2]).tanh()

    ours, theirs = [compile(f, [0.0] * 3, wrt=w) for f in (one, same)]
    assert ours.source == theirs.source


@pytest.mark.parametrize(
    "f",
    [
        lambda x, w, b: (x + w + b) - 2.0 * (x + (w + b)),
        lambda x, w, b: tanh(x + w + b) + tanh(x + (b + w)),
        lambda x, w, b: (x + w + b) ** 2 + (x + (w + b)) ** 2,
        lambda x, w, b: maximum(x + w + b, x + (w + b), 0.0),
        lambda x, w, b: dot(x + w + b, w, x + (w + b), b),
    ],
)
def test_sums_that_differ_in_their_parentheses_are_one(f):
    w, b = Value(2.0, "w"), Value(0.5, "b")
    g = lambda x: f(x, w, b)  # noqa: E731
    assert_agrees(compile(g, 0.0, wrt=[w, b]), g, [w, b], np.array([1.0, -2.0, 0.25]))


def test_equal_sums_as_outputs_are_two():
    w = Value(2.0, "w")
    assert compile(lambda x: [x + w + 1.0, x + (1.0 + w)], 0.0)([1.0]).tolist() == [[4.0, 4.0]]


def test_a_soft_maximum_of_infinities_is_that_of_the_scalars():
    inf = np.inf
    program = compile(lambda x: logaddexp(*x), [0.0] * 3)
    rows = [[-inf, -inf, -inf], [inf, 0.0, -inf], [-inf, 1.0, 1.0], [np.nan, 0.0, inf]]
    assert np.array_equal(program(rows), [logaddexp(*row) for row in rows], equal_nan=True)
