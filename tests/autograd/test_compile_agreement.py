"""Compiled programs give what the scalar engine gives: every op, wild numbers, random programs."""

from itertools import product
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import OPS, Value, compile, hypot, maximum, relu, sqrt, where
from autograd.compiler import memory
from autograd.strategies import Constant, Program, programs

from .eager import assert_agrees, close, gradients

WILD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -2.5,
    2.0,
    inf,
    -inf,
    nan,
    1e308,
    -1e308,
    1e-310,
    -1e-310,
    710.0,
    -745.5,
    3.0,
    -3.0,
]
"""Zeros, infinities, nan, what overflows in a square or an exponential, the smallest numbers.

Ties arise as pairs of them.
"""

SEARCH = settings.default.max_examples // 100
"""1; 10 under the profile that searches for new examples."""

ROWS = pytest.mark.parametrize("name", [name for name, op in OPS.items() if op.built_in])


def wild_points(arity):
    return np.array(list(product(WILD if arity < 3 else WILD[:10], repeat=arity)))


def same_places(got, wanted):
    """Whether nan and the infinities are where they should be."""
    return np.array_equal(
        np.where(np.isfinite(got), 0.0, got),
        np.where(np.isfinite(wanted), 0.0, wanted),
        equal_nan=True,
    )


@ROWS
def test_every_op_agrees_on_wild_inputs(name):
    op = OPS[name]

    def f(x):
        return op(*x)

    X = wild_points(op.arity)
    program = compile(f, [0.0] * op.arity)
    values, _, (slopes,) = gradients(f, [], X)
    for got, wanted in ((program(X), values), (program.input_grads(X)[0], slopes)):
        wrong = [(x, a, b) for x, a, b in zip(X.tolist(), got, wanted) if not close(a, b)]
        assert not wrong, f"{len(wrong)} points, such as {wrong[:3]} (point, compiled, eager)"


@ROWS
def test_every_op_agrees_on_wild_parameters_times_wild_samples(name):
    op = OPS[name]
    parameters = [Value(p) for p in (1.0, -1.0, 0.5)[: op.arity]]

    def f(x):
        return op(*[p * x_i for p, x_i in zip(parameters, x)])

    points = wild_points(op.arity)[:: 1 if op.arity < 3 else 11]
    program = compile(f, [0.0] * op.arity, wrt=parameters)
    values, slopes, _ = gradients(f, parameters, points)
    for x, value, slope in zip(
        points, values, slopes
    ):  # batches of one: in a larger one nan would hide the other samples
        got = program.value_and_grad(x[None])
        assert close(got[0], value) and close(got[1], slope), (
            f"at {x}: compiled {got}, eager {value, slope}"
        )


@ROWS
def test_every_op_agrees_on_parameters_alone(name):
    op = OPS[name]
    for point in [
        [0.5] * op.arity,
        [0.0] * op.arity,
        [2.0, 0.5, -1.5][: op.arity],
        [nan] * op.arity,
        [-inf, inf, 1.0][: op.arity],
    ]:
        parameters = [Value(p) for p in point]

        def f(x, parameters=parameters):
            return op(*parameters)

        X = [0.0, 1.0]
        program = compile(f, 0.0, wrt=parameters)
        values, slopes, _ = gradients(f, parameters, X)
        total, grad = program.value_and_grad(X)
        assert close(total, values.mean()) and close(grad, slopes.mean(axis=0)), (
            point,
            grad,
            slopes,
        )
        assert close(program(X), values)


@pytest.mark.parametrize("constant", [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, 0.5, -2.0, inf, -inf, nan])
@pytest.mark.parametrize(
    "name", [name for name, op in OPS.items() if op.built_in and op.arity == 2]
)
def test_every_op_agrees_with_a_constant_on_either_side(name, constant):
    # The compiler folds constants, drops products by 1, and writes constant powers in its own way.
    for f in (lambda x: OPS[name](x, constant), lambda x: OPS[name](constant, x)):
        values, _, (slopes,) = gradients(f, [], WILD)
        program = compile(f, 0.0)
        got = program(WILD), program.input_grads(WILD)[0]
        wrong = [
            w
            for w in zip(WILD, got[0], values, got[1], slopes[:, 0])
            if not (close(w[1], w[2]) and close(w[3], w[4]))
        ]
        assert not wrong, f"{wrong[:3]} (x, compiled, eager, compiled slope, eager slope)"


def with_samples(program):
    """A random program of one sample: each input is a parameter times a number of the sample."""
    parameters = [Value(x) for x in program.point]
    return parameters, lambda x: program(*[p * x_i for p, x_i in zip(parameters, x)])


@pytest.mark.slow
@settings(max_examples=1000 * SEARCH)
@given(programs(), st.lists(st.floats(0.9, 1.1), min_size=9, max_size=9), st.booleans())
def test_a_thousand_random_programs_agree(program, factors, as_if_large):
    parameters, f = with_samples(program)
    n = len(parameters)
    X = np.array([[1.0] * 3, factors[:3], factors[3:6], factors[6:]])[:, :n]
    with pytest.MonkeyPatch.context() as patched:
        if as_if_large:
            patched.setattr(memory, "ROWS", 1)
        assert_agrees(compile(f, [0.0] * n, wrt=parameters), f, parameters, X, what=repr(program))


def linear_enough(op):
    """Ops whose values at wild numbers do not depend on the last bit, as tan(1e308) does."""
    return op.name not in ("sin", "cos", "tan", "pow", "equal", "greater")


@pytest.mark.slow
@settings(max_examples=300 * SEARCH)
@given(
    programs([op for name, op in OPS.items() if op.built_in and linear_enough(op)], max_ops=6),
    st.lists(
        st.sampled_from([0.0, -0.0, 1.0, -1.0, inf, -inf, nan, 1e300, 1e-300]),
        min_size=9,
        max_size=9,
    ),
)
def test_random_programs_have_nan_and_inf_in_the_same_places_at_wild_points(program, wild):
    parameters, f = with_samples(program)
    n = len(parameters)
    compiled = compile(f, [0.0] * n, wrt=parameters)
    for x in np.array(wild).reshape(3, 3)[:, :n]:
        values, slopes, inputs = gradients(f, parameters, x[None])
        got = compiled.value_and_grad(x[None])
        assert same_places(compiled(x[None]), values), (program, x)
        assert same_places(got[0], values[0]) and same_places(got[1], slopes[0]), (
            program,
            x,
            got,
            values,
            slopes,
        )
        assert same_places(compiled.input_grads(x[None])[0], inputs[0]), (program, x)


SWITCHED = [
    "relu",
    "maximum",
    "minimum",
    "where",
    "clip",
    "abs",
    "step",
    "greater",
    "equal",
    "sqrt",
    "div",
    "log",
    "mul",
    "sub",
]
"""Switches, and ops with infinite slopes to stand behind them."""


@pytest.mark.slow
@settings(max_examples=200 * SEARCH)
@given(
    st.lists(st.sampled_from([OPS[name] for name in SWITCHED]), min_size=2, max_size=8),
    st.randoms(use_true_random=False),
)
def test_nothing_flows_over_closed_switches_whatever_lies_behind(ops, rng):
    # An infinite slope is harmless behind a branch that was not taken, and only there.
    steps, slots = [], 2
    for op in ops:
        steps.append(
            (
                op,
                tuple(
                    rng.randrange(slots) if rng.random() < 0.8 else Constant(0.0)
                    for _ in range(op.arity)
                ),
            )
        )
        slots += 1
    program = Program((1.0, 1.0), tuple(steps))

    def f(x):
        return program(p * x[0], x[1]) + 0.0 * p

    p = Value(1.0)
    X = np.array(list(product([0.0, 1.0, -1.0, inf, nan], repeat=2)))
    compiled = compile(f, [0.0, 0.0], wrt=[p])
    values, slopes, inputs = gradients(f, [p], X)
    assert close(compiled(X), values)
    # Where the value is nan, a compiled switch does not know what it hides: its slope is nan, too.
    known = ~np.isnan(np.asarray(values, float)).ravel()
    assert close(compiled.input_grads(X)[0][known], np.asarray(inputs[0])[known]), steps
    for x, value, slope, is_known in zip(X, values, slopes, known):
        got = compiled.value_and_grad(x[None])
        assert close(got[0], value), (steps, x, got, value)
        assert close(got[1], slope) or not is_known, (steps, x, got, slope)


def test_the_infinite_slope_of_a_root_is_harmless_where_it_is_not_chosen():
    p = Value(1.0)

    def safe(x):
        return where(x, sqrt(p * x), 0.0) + relu(-sqrt(p * x)) + maximum(hypot(p * x, 0.0), 1.0)

    X = np.array([0.0, 4.0, 9.0])
    program = compile(safe, 0.0, wrt=[p])
    assert_agrees(program, safe, [p], X)
    assert np.isfinite(program.value_and_grad(X)[1]).all()


def test_a_nan_in_one_sample_makes_the_mean_nan_and_leaves_other_samples_alone():
    p = Value(2.0)

    def f(x):
        return (p * x).relu() * 3.0

    program = compile(f, 0.0, wrt=[p])
    X = np.array([1.0, nan, -1.0])
    assert np.isnan(program.value_and_grad(X)[0])
    assert close(program(X), [6.0, nan, 0.0])
    assert_agrees(program, f, [p], X)


def test_finite_gradients_whose_squares_overflow_are_given_without_a_warning():
    p = Value(1.0)
    program = compile(lambda x: relu(p * x), 0.0, wrt=[p])
    total, grad = program.value_and_grad([1e200])
    assert (total, grad[0]) == (1e200, 1e200)
