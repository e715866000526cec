"""grad, value_and_grad, jacobian, hessian, hvp: JAX's call shapes, any order, one pullback."""

import inspect
import math
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import assume, given

from autograd import (
    Value,
    exp,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    log,
    no_grad,
    sin,
    tanh,
    value_and_grad,
    vjp,
)
from autograd.strategies import programs
from nn import MLP, losses

from .eager import dotted, table


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
    with pytest.raises(
        ValueError, match="argnums 2 is out of range: f was called with 2 arguments"
    ):
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
    for row, column in zip(h, zip(*h)):
        assert row == pytest.approx(list(column), rel=1e-9, abs=1e-9 * max(1, size))
    tangents = [1.0 + i for i in n]
    product = [dotted(row, tangents) for row in h]
    assert hvp(program, point, tangents) == pytest.approx(
        product, rel=1e-9, abs=1e-9 * max(1, size)
    )
    nested = table(len(n), len(n), lambda i, j: grad(grad(program, i), j)(*point))
    for row, wanted in zip(nested, h):
        assert row == pytest.approx(wanted, rel=1e-9, abs=1e-9 * max(1, size))


def test_hvp_wants_a_tangent_for_each_primal():
    assert hvp(f, (2.0, 3.0), (1.0, 0.0)) == (6.0, 4.0)
    with pytest.raises(
        ValueError, match="needs a tangent for each primal, got 2 primals and 1 tangents"
    ):
        hvp(f, (2.0, 3.0), (1.0,))


def test_they_record_even_inside_no_grad():
    with no_grad():
        assert grad(tanh)(0.0) == 1.0
        slope = grad(lambda t: t**3)(Value(2.0))
        rows = hessian(lambda t: t**3)(Value(2.0))
        assert (slope.data, slope.inputs, rows[0][0].inputs) == (12.0, (), ())
        assert Value(1.0).tanh().inputs == ()


def test_what_is_no_scalar_is_refused():
    with pytest.raises(
        TypeError,
        match="grad needs a scalar: pair returned list, not a Value or a number .*use jacobian",
    ):

        def pair(x):
            return [x, x]

        grad(pair)(1.0)
    with pytest.raises(TypeError, match="Value takes a real number"):
        grad(f)("a", 1.0)
    with pytest.raises(TypeError, match="hvp takes sequences of primals and tangents"):
        hvp(f, 2.0, 1.0)
    assert grad(f, np.int64(1))(2.0, 0.0) == 5.0


# E10: the call shapes of its peers.


class Point(NamedTuple):
    x: float
    y: float


def loss(params, x, y):
    return (params["w"] * x + params["b"][0] - y) ** 2


def test_e10_a_gradient_has_the_shape_of_its_argument():
    params = {"w": 3.0, "b": [1.0]}
    assert grad(loss)(params, 2.0, 5.0) == {"w": 8.0, "b": [4.0]}
    assert grad(lambda p: p.x * p.y)(Point(2.0, 5.0)) == Point(5.0, 2.0)
    assert grad(lambda p: p[0][0] * p[1])(([2.0], 5.0)) == ([5.0], 2.0)
    assert grad(lambda p: 1.0)({}) == {} and grad(lambda p: 1.0)([]) == []


def test_e10_arrays_of_floats_give_arrays():
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([1.0, -1.0])
    gradient = grad(lambda W: (W @ x).sum())(W)
    assert gradient.dtype == float and gradient.tolist() == [[1.0, -1.0], [1.0, -1.0]]
    assert jacrev(lambda x: W @ x)(x).tolist() == W.tolist() == jacfwd(lambda x: W @ x)(x).tolist()
    assert hessian(lambda x: x @ W @ x)(x) == (W + W.T).tolist()
    outer = grad(lambda v: (grad(lambda W: (W @ W).sum())(v)).sum())(W)
    assert outer.tolist() == [[4.0, 4.0], [4.0, 4.0]]


def test_e10_a_module_gives_a_gradient_for_each_of_its_parameters():
    model = MLP([2, 3, 1], "tanh", rng=0)
    value, grads = value_and_grad(lambda model, x, y: losses.mse(model(x), y))(
        model, [1.0, -1.0], 0.5
    )
    wanted = losses.mse(model([1.0, -1.0]), 0.5)
    wanted.backward()
    assert value == wanted.data
    assert grads == {name: p.grad for name, p in model.named_parameters()}


def test_e10_what_is_not_differentiated_is_passed_as_it_is():
    def power(x, n, *, scale, label="f"):
        assert type(n) is int and label == "g"
        return scale * x**n

    assert grad(power)(2.0, 3, scale=10.0, label="g") == 120.0


def test_e10_aux_comes_back_beside_the_value():
    def with_aux(x):
        return x * x, {"twice": 2 * x, "name": "square"}

    value, aux = value_and_grad(with_aux, has_aux=True)(3.0)
    assert value == (9.0, {"twice": 6.0, "name": "square"}) and aux == 6.0
    assert grad(with_aux, has_aux=True)(3.0) == (6.0, {"twice": 6.0, "name": "square"})
    with pytest.raises(TypeError, match=r"with has_aux=True, <lambda> must return a pair"):
        grad(lambda x: x, has_aux=True)(3.0)


@pytest.mark.parametrize("wrap", [grad, value_and_grad, jacobian, hessian, jacrev, jacfwd])
def test_e10_names_docstrings_and_signatures_of_f_are_kept(wrap):
    def energy(x, y=1.0):
        """The energy."""
        return x * y

    made = wrap(energy)
    assert (made.__name__, made.__doc__) == ("energy", "The energy.")
    assert [*inspect.signature(made).parameters] == ["x", "y"]


@pytest.mark.parametrize("argnums", ["y", [0.0], None, 1.5, (0, "x")])
def test_e10_argnums_that_are_no_ints_are_refused_where_they_are_written(argnums):
    with pytest.raises(TypeError, match="argnums must be an int or a tuple of ints, got"):
        grad(f, argnums)


@pytest.mark.parametrize("wrap", [grad, value_and_grad, jacobian, hessian, jacrev, jacfwd])
def test_e10_what_is_no_function_is_refused_at_once(wrap):
    with pytest.raises(TypeError, match=r"takes a function, as in .*, got int 3"):
        wrap(3)


def test_e10_an_argument_by_keyword_is_told_to_come_by_position():
    with pytest.raises(
        ValueError, match="called with 0 arguments by position; one given by keyword"
    ):
        grad(lambda x: x)(x=1.0)


@given(programs(max_ops=8))
def test_forward_and_reverse_mode_agree(program):
    point = program.point
    row = jacobian(program)(*point)[0]
    assume(all(map(math.isfinite, row)))
    tangents = [1.0 + i for i in range(len(point))]
    out, change = jvp(program, point, tangents)
    again, pull = vjp(program, *point)
    assert out == again == program(*point)
    wanted = sum(slope * tangent for slope, tangent in zip(row, tangents))
    size = max(1.0, *(abs(slope) for slope in row)) * len(row) ** 2
    assert change == pytest.approx(wanted, rel=1e-9, abs=1e-9 * size)
    assert pull(1.0) == pytest.approx(tuple(row), rel=1e-12, abs=1e-300)


def test_jacobians_by_rows_and_by_columns_are_the_same():
    def g(v):
        return [v[0] * v[1], sin(v[0]), 3.0]

    assert (
        jacrev(g)([2.0, 5.0])
        == jacfwd(g)([2.0, 5.0])
        == [[5.0, 2.0], [math.cos(2.0), 0.0], [0.0, 0.0]]
    )
    assert (
        jacrev(lambda x, y: x * y, (0, 1))(2.0, 5.0)
        == (5.0, 2.0)
        == jacfwd(lambda x, y: x * y, (0, 1))(2.0, 5.0)
    )
    assert jacfwd(jacrev(lambda v: v[0] ** 2 * v[1]))([2.0, 5.0]) == [[10.0, 4.0], [4.0, 0.0]]


def test_a_vjp_records_once_and_pulls_often():
    calls = []

    def g(x):
        calls.append(x)
        return {"a": x * x, "b": [x, 2.0]}

    out, pull = vjp(g, 3.0)
    assert out == {"a": 9.0, "b": [3.0, 2.0]}
    assert pull({"a": 1.0, "b": [0.0, 0.0]}) == (6.0,) and pull({"a": 0.0, "b": [2.0, 5.0]}) == (
        2.0,
    )
    assert len(calls) == 1
    with pytest.raises(
        ValueError,
        match="a cotangent must have the shape of an output of g: it needs 3 numbers, got 1",
    ):
        pull(1.0)


def test_tangents_have_the_shape_of_their_primals():
    out, change = jvp(lambda p: p["x"] * p["y"], ({"x": 2.0, "y": 5.0},), ({"x": 1.0, "y": 0.0},))
    assert (out, change) == (10.0, 5.0)
    with pytest.raises(
        ValueError,
        match="a tangent must have the shape of a primal of jvp: it needs 2 numbers, got 1",
    ):
        jvp(lambda p: p[0] * p[1], ([2.0, 5.0],), (1.0,))
    with pytest.raises(ValueError, match="jvp needs a tangent for each primal"):
        jvp(tanh, (1.0,), ())


def test_a_weight_of_zero_keeps_an_infinite_slope_out():
    out, pull = vjp(lambda x: [log(x), x * x], 0.0)
    assert out == [-math.inf, 0.0] and pull([0.0, 1.0]) == (0.0,)


def test_outputs_may_be_arrays_and_must_be_numbers():
    out, pull = vjp(lambda x: np.array([1.0, 2.0]) * x, 3.0)
    assert out.tolist() == [3.0, 6.0] and pull(np.array([1.0, 1.0])) == (3.0,)
    with pytest.raises(
        TypeError, match="<lambda> must return numbers or Values, nested as you like"
    ):
        jacrev(lambda x: [x, "a"])(1.0)


def test_a_message_counts_primals_and_tangents_each_by_its_name():
    for taker in (jvp, hvp):
        with pytest.raises(ValueError, match="got 2 primals and 1 tangents"):
            taker(f, (2.0, 3.0), (1.0,))
        with pytest.raises(TypeError, match="got tuple and float"):
            taker(f, (2.0, 3.0), 1.0)


def test_what_is_no_scalar_is_refused_with_what_to_use_instead():
    remedy = "for several outputs use jacobian; for a scalar and something else, has_aux=True"
    for taker in (grad, hessian):
        with pytest.raises(TypeError, match=rf"not a Value or a number \({remedy}\)$"):
            taker(lambda x: [x, x])(1.0)
