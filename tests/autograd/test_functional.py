"""grad, value_and_grad, jacobian, hessian, hvp: JAX's call shapes, any order, one pullback."""

import math

import numpy as np
import pytest
from hypothesis import assume, given

from autograd import Value, exp, grad, hessian, hvp, jacobian, no_grad, sin, tanh, value_and_grad
from autograd.strategies import programs


def f(x, y):
    return x * x * y + sin(y)


def test_argnums_shapes():
    assert grad(f)(2.0, 3.0) == 12.0
    assert grad(f, 1)(2.0, 3.0) == 4.0 + math.cos(3.0)
    assert grad(f, argnums=-1)(2.0, 3.0) == grad(f, 1)(2.0, 3.0)
    assert grad(f, (0, 1))(2.0, 3.0) == (12.0, 4.0 + math.cos(3.0))
    assert grad(f, (1,))(2.0, 3.0) == (4.0 + math.cos(3.0),)
    value, slope = value_and_grad(f)(2.0, 3.0)
    assert (value, slope) == (12.0 + math.sin(3.0), 12.0)
    assert type(value) is float
    with pytest.raises(ValueError, match="argnums 2 is out of range: f was called with 2 arguments"):
        grad(f, 2)(1.0, 2.0)


def test_any_order():
    g = exp
    for _ in range(5):
        g = grad(g)
        assert g(0.5) == pytest.approx(math.exp(0.5), rel=1e-15)
    fifth = lambda x: x**5  # noqa: E731
    for wanted in (5 * 16, 20 * 8, 60 * 4, 120 * 2, 120, 0):
        fifth = grad(fifth)
        assert fifth(2.0) == wanted


def test_an_inner_derivative_does_not_mix_with_the_outer_variable():
    # Siskind and Pearlmutter's perturbation confusion: the answer is 1, a confused engine says 2.
    assert grad(lambda x: x * grad(lambda y: x + y)(x))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0


def test_values_in_give_values_out_that_can_be_differentiated_again():
    x = Value(2.0, "x")
    slope = grad(lambda t: t**3)(x)
    assert isinstance(slope, Value)
    slope.backward()
    assert (slope.data, x.grad) == (12.0, 12.0)
    value, constant_slope = value_and_grad(lambda t: t + 1)(x)
    assert (value.data, constant_slope.data) == (3.0, 1.0)


def test_a_constant_function_has_derivative_zero():
    assert grad(lambda x: 3.0)(2.0) == 0.0
    assert hessian(lambda x, y: x)(1.0, 2.0) == [[0.0, 0.0], [0.0, 0.0]]


def test_jacobian_is_a_row_for_each_output():
    assert jacobian(lambda x, y: (x * y, y, 3.0))(2.0, 5.0) == [[5.0, 2.0], [0.0, 1.0], [0.0, 0.0]]
    assert jacobian(f)(2.0, 3.0) == [list(grad(f, (0, 1))(2.0, 3.0))]
    rows = jacobian(lambda x: [x * x])(Value(3.0))
    assert rows[0][0].data == 6.0


def test_hessian_of_a_known_function():
    h = hessian(lambda x, y, z: x * y * z + exp(x))(1.0, 2.0, 3.0)
    assert h == [[math.e, 3.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]]


@given(programs(max_ops=8))
def test_hessians_are_symmetric_and_hvp_is_their_product(program):
    point = program.point
    h = hessian(program)(*point)
    size = max(abs(x) for row in h for x in row)
    assume(math.isfinite(size) and size < 1e12)
    n = range(len(point))
    assert all(h[i][j] == pytest.approx(h[j][i], rel=1e-9, abs=1e-9 * max(1, size)) for i in n for j in n)
    tangents = [1.0 + i for i in n]
    product = [sum(h[i][j] * tangents[j] for j in n) for i in n]
    assert hvp(program, point, tangents) == pytest.approx(product, rel=1e-9, abs=1e-9 * max(1, size))
    nested = [[grad(grad(program, i), j)(*point) for j in n] for i in n]
    for row, wanted in zip(nested, h):
        assert row == pytest.approx(wanted, rel=1e-9, abs=1e-9 * max(1, size))


def test_hvp_wants_a_tangent_for_each_primal():
    assert hvp(f, (2.0, 3.0), (1.0, 0.0)) == (6.0, 4.0)
    with pytest.raises(ValueError, match="needs a tangent for each primal, got 2 primals and 1 tangents"):
        hvp(f, (2.0, 3.0), (1.0,))


def test_they_record_even_inside_no_grad():
    with no_grad():
        assert grad(tanh)(0.0) == 1.0
        slope = grad(lambda t: t**3)(Value(2.0))
        rows = hessian(lambda t: t**3)(Value(2.0))
        assert (slope.data, slope.inputs, rows[0][0].inputs) == (12.0, (), ())
        assert Value(1.0).tanh().inputs == ()


def test_what_is_no_scalar_is_refused():
    with pytest.raises(TypeError, match="grad needs a scalar: pair returned list, not a Value or a number .*use jacobian"):

        def pair(x):
            return [x, x]

        grad(pair)(1.0)
    with pytest.raises(TypeError, match="Value takes a real number"):
        grad(f)("a", 1.0)
    with pytest.raises(TypeError, match="hvp takes sequences of primals and tangents"):
        hvp(f, 2.0, 1.0)
    assert grad(f, np.int64(1))(2.0, 0.0) == 5.0
