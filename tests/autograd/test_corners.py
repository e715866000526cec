"""Corners of the engine that readers found: each test carries its fault in the name."""

import math
import pickle

import numpy as np
import pytest

from autograd import (
    AnomalyError,
    OpError,
    Value,
    add_op,
    check_op,
    compile,
    cos,
    detect_anomaly,
    grad,
    gradcheck,
    hessian,
    hvp,
    jacrev,
    maximum,
    mod,
    relu,
    sqrt,
    tanh,
    vjp,
)
from autograd.checks import in_range
from autograd.rows import named


@pytest.mark.parametrize(
    "square",
    [
        lambda x: np.where(x.data > 1, x * x, 0),
        lambda x: np.asarray(x * x),
        lambda x: np.array([x * x]).reshape(()),
    ],
)
def test_an_array_without_dimensions_does_not_cut_the_gradient(square):
    assert grad(square)(2.0) == 4.0
    assert jacrev(lambda x: [square(x), x])(2.0) == [4.0, 1.0]
    assert vjp(square, 2.0)[1](1.0) == (4.0,)
    assert hessian(square)(2.0) == [[2.0]]
    x, w = Value(2.0), Value(3.0)
    h = square(x)
    assert tanh(h).inputs[0].data == 4.0
    assert maximum(w, h).inputs == (w, h.item())
    with pytest.raises(TypeError, match="got a Value"):
        Value(h)


def test_strict_numbers_hold_for_the_derivatives_of_functions():
    with detect_anomaly():
        for derivative in (grad(sqrt), lambda x: vjp(sqrt, x)[1](1.0)):
            with pytest.raises(AnomalyError, match="slope inf there"):
                derivative(0.0)


def test_a_leaf_behind_a_closed_switch_has_a_gradient_that_is_a_value():
    x = Value(-1.0)
    relu(x).backward(create_graph=True)
    assert (type(x.grad), x.grad.data) == (Value, 0.0)


def test_values_in_keywords_and_in_structures_keep_the_derivative_a_graph():
    p = Value(3.0)
    by_keyword = grad(lambda x, w: w * x * x)(2.0, w=p)
    in_a_list = grad(lambda x, w: w["w"][0] * x * x)(2.0, {"w": [p]})
    in_an_array = grad(lambda x, w: w[0] * x * x)(2.0, np.array([p]))
    for found in (by_keyword, in_a_list, in_an_array):
        assert found.data == 12.0
        assert found.inputs
    [product] = hvp(lambda x: x * x * x, (2.0,), (p,))
    assert (type(product), product.data) == (Value, 36.0)


def test_an_argument_that_is_named_twice_is_refused():
    for argnums in [(0, 0), (1, -1)]:
        with pytest.raises(ValueError, match="names an argument twice"):
            grad(lambda x, y: x * y, argnums)(2.0, 3.0)


def test_ops_of_many_inputs_are_checked_and_compiled():
    assert check_op(named("maximum", 4), points=2)
    many = named("maximum", 40)
    assert many.numpy.count("(") == 39
    program = compile(lambda x: maximum(*x), [0.0] * 40)
    assert program([[float(i) for i in range(40)]]) == [39.0]


def test_rounding_to_digits_is_that_of_python():
    for x, digits in [(2.675, 2), (0.15, 1), (1e300, 20), (1.5, 400), (1234.5, -2)]:
        assert round(Value(x), digits).data == round(x, digits)
    with pytest.raises(TypeError):
        round(Value(1.5), 2.5)


def test_divmod_with_what_is_no_number_is_a_type_error():
    class Foo:
        pass

    for pair in [(Foo(), Value(2.0)), (Value(2.0), Foo())]:
        with pytest.raises(TypeError, match="unsupported operand"):
            divmod(*pair)


def test_a_saved_op_that_takes_another_number_of_inputs_now_is_refused():
    add_op("shifting", lambda x, y: x + y, (1.0, 1.0))
    saved = pickle.dumps(named("shifting")(Value(1.0), 2.0))
    add_op("shifting", lambda x: x, (1.0,))
    with pytest.raises(OpError, match="takes 1 inputs now, but took 2 when this was saved"):
        pickle.loads(saved)


def test_the_remainder_of_an_infinite_divisor_has_a_slope():
    assert mod(-5.0, float("inf")) == float("inf")
    assert grad(mod, (0, 1))(-5.0, float("inf")) == (1.0, 1.0)


def test_a_gradient_that_is_the_value_itself_can_be_shown():
    x = Value(2.0)
    x.grad = x
    assert repr(x) == "Value(2.0, grad=2.0)"


def test_numbers_and_ranges_are_checked_by_one_rule():
    with pytest.raises(
        TypeError, match=r"^Value takes one real number, got an array of shape \(2,\)"
    ):
        Value(np.array([1.0, 2.0]))
    for x, inside in [
        (0, "from 0 to 1"), (1, "from 0 to 1"), (0, "at least 0 and finite"),
        (1e308, "positive and finite"), (np.inf, "positive"), (5e-324, "positive"),
    ]:  # fmt: skip
        assert in_range(x, "p", inside) == x
    for x, wanted in [
        (1.5, "from 0 to 1"),
        (-0.1, "from 0 to 1"),
        (0.0, "positive"),
        (-1.0, "positive"),
        (np.inf, "at least 0 and finite"),
        (-0.1, "at least 0 and finite"),
        (0.0, "positive and finite"),
        (np.inf, "positive and finite"),
    ]:
        with pytest.raises(ValueError, match=f"^p must be {wanted}, got "):
            in_range(x, "p", wanted)


def test_a_composition_that_overflows_is_not_judged_and_not_blamed():
    huge = add_op("huge", lambda x: 1e200 * math.sin(x), lambda x, out: (1e200 * cos(x),))
    found = gradcheck(lambda x: tanh(huge(huge(x * 0.0))), [1.0])
    assert not found
    assert found.wrong == []
