"""A Value is used as a float is: Python's operators, numpy on arrays of Values, assignment."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import autograd
from autograd import CONST, OPS, Value, constant, grad, no_grad
from autograd.record import active, layers

PAIRS = [(7.5, 2.0), (-7.5, 2.0), (7.5, -2.0), (-7.5, -2.0), (0.0, 3.0), (6.0, 3.0)]

TWO = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "floordiv": operator.floordiv,
    "mod": operator.mod,
}


@pytest.mark.parametrize("name", TWO)
@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_e8_operators_of_two_are_those_of_floats_on_either_side(name, x, y):
    f = TWO[name]
    for out in (f(Value(x), Value(y)), f(Value(x), y), f(x, Value(y))):
        assert out.data == f(x, y)
        assert out.op is OPS[name]
        assert [z.data for z in out.inputs] == [x, y]


@pytest.mark.parametrize(("x", "y"), PAIRS)
def test_e8_divmod_is_that_of_floats_on_either_side(x, y):
    for pair in (divmod(Value(x), Value(y)), divmod(Value(x), y), divmod(x, Value(y))):
        assert tuple([z.data for z in pair]) == divmod(x, y)


@pytest.mark.parametrize("x", [-2.5, -1.2, -0.0, 0.5, 1.5, 2.5, 7.9])
def test_e8_rounding_is_that_of_floats(x):
    v = Value(x)
    for f in (round, math.floor, math.ceil, math.trunc):
        assert f(v).data == f(x)
        assert f(v).inputs == (v,)
    assert int(v) == int(x) and type(int(v)) is int
    assert v.item() == x and type(v.item()) is float


@pytest.mark.parametrize(
    ("x", "digits", "wanted"),
    [(2.675, 1, 2.7), (-2.25, 1, -2.2), (1234.0, -2, 1200.0), (1250.0, -2, 1200.0), (0.5, 0, 0.0)],
)
def test_e8_round_to_digits_before_and_after_the_point(x, digits, wanted):
    out = round(Value(x), digits)
    assert type(out) is Value
    assert out.data == pytest.approx(wanted, rel=1e-15)


def test_e8_plus_is_the_value_itself():
    v = Value(2.0)
    assert +v is v


def test_e8_remainders_and_steps_have_their_slopes():
    assert grad(lambda x: x % 3)(7.5) == 1.0
    assert grad(lambda y: 7.5 % y)(2.0) == -3.0
    assert grad(lambda x: x // 2 + math.floor(x) + round(x))(7.4) == 0.0
    assert grad(lambda x: divmod(x, 2.0)[1])(7.4) == 1.0


@pytest.mark.parametrize("number", [2, True, -3, 2**511, -(2**511), 2**600, Fraction(1, 3)])
def test_e8_other_kinds_of_number_become_float_constants(number):
    for out in (Value(1.5) * number, number * Value(1.5)):
        assert out.data == 1.5 * float(number)
        (other,) = [x for x in out.inputs if x.op is CONST]
        assert type(other.data) is float and other.data == float(number)
        assert other.inputs == ()


def test_e8_an_int_beyond_floats_is_refused_on_either_side():
    for f in (lambda v: v * 2**1024, lambda v: -(2**1024) - v, lambda v: v < 2**1024):
        with pytest.raises(ValueError, match="in the range of a float"):
            f(Value(1.0))


# numpy on arrays of Values.


def array_of(*numbers):
    return np.array([Value(x) for x in numbers])


@pytest.mark.parametrize("f", [np.var, np.std, np.mean, np.sum, np.prod, np.max, np.min, np.ptp])
def test_e8_reductions_of_numpy_have_values_and_gradients(f):
    point = [1.0, 2.0, 4.0]
    xs = array_of(*point)
    out = f(xs)
    out.backward()
    assert out.data == pytest.approx(f(point), rel=1e-15)
    for x, direction in zip(xs, np.eye(3)):
        above, below = f(point + 1e-6 * direction), f(point - 1e-6 * direction)
        assert x.grad == pytest.approx((above - below) / 2e-6, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("exp", "exp"), ("expm1", "expm1"), ("exp2", "exp2"), ("log", "log"), ("log1p", "log1p"),
        ("log2", "log2"), ("log10", "log10"), ("sqrt", "sqrt"), ("cbrt", "cbrt"), ("sin", "sin"),
        ("cos", "cos"), ("tan", "tan"), ("arcsin", "asin"), ("arccos", "acos"),
        ("arctan", "atan"), ("sinh", "sinh"), ("cosh", "cosh"), ("tanh", "tanh"),
        ("arcsinh", "asinh"), ("arccosh", "acosh"), ("arctanh", "atanh"), ("rint", "round"),
        ("round", "round"), ("floor", "floor"), ("ceil", "ceil"), ("trunc", "trunc"),
        ("abs", "abs"), ("negative", "neg"),
    ],
)  # fmt: skip
def test_e8_functions_of_numpy_record_the_row_that_they_mean(name, row):
    x = 1.25 if row == "acosh" else 0.25
    (out,) = getattr(np, name)(array_of(x))
    assert out.op is OPS[row]
    assert out.data == pytest.approx(float(getattr(np, name)(x)), rel=1e-15)


@pytest.mark.parametrize(
    ("f", "row"),
    [
        (np.add, "add"), (np.subtract, "sub"), (np.multiply, "mul"), (np.divide, "div"),
        (np.mod, "mod"), (np.remainder, "mod"), (np.floor_divide, "floordiv"), (np.power, "pow"),
        (np.hypot, "hypot"), (np.arctan2, "atan2"),
    ],
)  # fmt: skip
def test_e8_functions_of_numpy_of_two_inputs_keep_their_order(f, row):
    (out,) = f(array_of(7.5), array_of(2.0))
    assert out.op is OPS[row]
    assert out.data == pytest.approx(float(f(7.5, 2.0)), rel=1e-15)
    assert [x.data for x in out.inputs] == [7.5, 2.0]


# What is assigned to `data` and `grad` (E9).

ACCEPTED = [np.float32(0.1), np.float64(2.5), np.int64(3), np.array(2.5), 3, True, Fraction(5, 2)]
ACCEPTED += [Decimal("2.5")]


@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize("number", ACCEPTED)
def test_e9_what_is_assigned_becomes_a_float(attribute, number):
    v = Value(1.0)
    setattr(v, attribute, number)
    assert type(getattr(v, attribute)) is float
    assert getattr(v, attribute) == float(number)


@pytest.mark.parametrize("attribute", ["data", "grad"])
@pytest.mark.parametrize(
    ("wrong", "error", "got"),
    [
        (np.ones(2), TypeError, "one real number, got an array of shape (2,)"),
        (np.array([1.0]), TypeError, "one real number, got an array of shape (1,)"),
        ("1.5", TypeError, "got str '1.5'"),
        (b"1", TypeError, "got bytes"),
        (None, TypeError, "got None"),
        (1j, TypeError, "got complex 1j"),
        ([1.0], TypeError, "got list [1.0]"),
        (np.ma.masked, TypeError, "got MaskedConstant masked"),
        (Decimal("1e999"), ValueError, "got a larger Decimal"),
        (10**400, ValueError, "got a larger int"),
    ],
)
def test_e9_what_the_constructor_refuses_is_refused_by_name(attribute, wrong, error, got):
    v = Value(1.0)
    v.grad = 2.0
    with pytest.raises(error) as caught:
        setattr(v, attribute, wrong)
    assert str(caught.value).startswith(f"Value.{attribute} takes ")
    assert got in str(caught.value)
    assert (v.data, v.grad) == (1.0, 2.0)
    with pytest.raises(error):
        Value(wrong)


def test_e9_the_constructor_takes_infinite_numbers_of_other_kinds_and_no_larger_ones():
    for number in (np.float32("inf"), np.float64("inf"), Decimal("inf")):
        assert Value(number).data == math.inf
    assert math.isnan(Value(Decimal("nan")).data)


def test_e9_to_clear_a_gradient_none_is_refused_with_what_to_do():
    with pytest.raises(TypeError, match=r"got None: to clear it, assign 0\.0"):
        Value(1.0).grad = None


def test_e9_a_float32_does_not_spread_through_the_graph():
    x = Value(0.0)
    x.data = np.float32(16777216.0)
    assert (x + 1).data == 16777217.0


def test_a_value_is_no_number_to_assign_to_data_but_a_gradient_may_be_one():
    x, y = Value(1.0), Value(2.0)
    with pytest.raises(TypeError, match=r"Value\.data takes a real number, got a Value: pass"):
        x.data = y
    x.grad = y
    assert x.grad is y


# Nodes.


def test_an_op_of_three_inputs_keeps_them_all_in_order():
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    for inputs in ((a, b, c), (c, b, a), (a, a, b), (a, b, c, a), (a, b, c, a, b)):
        out = autograd.maximum(*inputs)
        assert out.inputs == inputs
    out = autograd.where(a, b, c)
    assert out.inputs == (a, b, c)
    out.backward()
    assert (a.grad, b.grad, c.grad) == (0.0, 1.0, 0.0)


def test_a_constant_has_no_inputs_and_records_its_op():
    c = constant(3)
    assert (c.data, c.op, c.inputs) == (3.0, CONST, ())
    assert (CONST.name, CONST.arity, CONST.slopes, CONST.forward(3)) == ("const", 0, (), 3.0)
    with pytest.raises(TypeError, match=r"^the weight takes a real number"):
        constant("3", "the weight")
    with pytest.raises(TypeError, match=r"^Value takes a real number"):
        constant("3")


def test_no_layer_is_left_over_and_none_is_in_the_way():
    assert active == [] and layers.get() == ()
    with no_grad():
        assert len(active) == len(layers.get()) == 1


@pytest.mark.parametrize(
    ("method", "name", "doc"),
    [
        ("__add__", "add", OPS["add"].__doc__),
        ("__radd__", "add", OPS["add"].__doc__),
        ("__neg__", "neg", OPS["neg"].__doc__),
        ("arcsin", "asin", OPS["asin"].__doc__),
        ("__lt__", "__lt__", "Compares the data."),
    ],
)
def test_a_method_is_named_and_explained_like_its_row(method, name, doc):
    found = getattr(Value, method)
    assert (found.__name__, found.__doc__) == (name, doc)
    assert found.__qualname__ == f"Value.{method}"
    assert found.__annotations__["return"] in ("Value", "bool")
