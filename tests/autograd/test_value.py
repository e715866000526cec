"""The Value as a number: what it accepts, how it computes, how it prints."""

import math
import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import CONST, OPS, Value, constant, formula

NUMBERS = st.floats(-1e6, 1e6)
OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv]


@given(NUMBERS, NUMBERS.filter(bool))
@pytest.mark.parametrize("f", OPERATORS)
def test_operators_compute_what_floats_compute_in_every_mixture(f, x, y):
    for left, right in [(Value(x), Value(y)), (Value(x), y), (x, Value(y))]:
        out = f(left, right)
        assert type(out) is Value
        assert out.data == f(x, y)
        assert [v.data for v in out.inputs] == [x, y]


def test_each_operator_is_its_own_row_and_keeps_its_inputs_in_order():
    a, b = Value(2.0), Value(3.0)
    made = [a + b, a - b, a * b, a / b, a**b, -a, abs(a), 1 - a, 1 / a, 2**a, 1 + a, 2 * a]
    assert [v.op.name for v in made] == [
        "add",
        "sub",
        "mul",
        "div",
        "pow",
        "neg",
        "abs",
        "sub",
        "div",
        "pow",
        "add",
        "mul",
    ]
    assert all(v.inputs == (a, b) for v in made[:5])
    assert (a * a).inputs == (a, a)
    assert made[-1].inputs[0].op is CONST
    assert made[-1].inputs[1] is a


def test_in_place_operators_rebind_and_leave_the_old_node_alone():
    a = first = Value(2.0)
    a += 1
    a *= 3
    a -= 1
    a /= 2
    a **= 2
    assert a.data == 16.0
    assert first.data == 2.0
    assert first.inputs == ()


def test_comparisons_look_at_data_and_equality_at_identity():
    a, b = Value(1.0), Value(2.0)
    assert a < b
    assert a <= 1.0
    assert b > 1
    assert b >= a
    assert not a > b
    assert 0 < a < 2
    assert a != Value(1.0)
    assert a == a
    assert len({a, a, Value(1.0)}) == 2
    assert min([b, a]) is a
    assert max(a, b) is b
    assert sorted([b, a]) == [a, b]
    a.data = 3  # an int, as users assign it
    assert a > b
    assert bool(Value(0.0)) is False
    assert float(b) == 2.0
    with pytest.raises(TypeError, match="takes a real number"):
        a < "b"  # noqa: B015


def test_sum_starts_from_a_plain_zero():
    total = sum([Value(1.0), Value(2.0)])
    assert total.data == 3.0


@pytest.mark.parametrize(
    "number",
    [
        3,
        True,
        2.5,
        np.float64(2.5),
        np.float32(2.5),
        np.int64(3),
        np.array(2.5),
        Fraction(5, 2),
        Decimal("2.5"),
    ],
)
def test_any_real_number_is_accepted(number):
    assert Value(number).data == float(number)
    assert type(Value(number).data) is float
    assert (Value(1.0) + number).data == 1.0 + float(number)


@pytest.mark.parametrize(
    ("wrong", "got"),
    [
        ("2", "str '2'"),
        (None, "NoneType None"),
        (1j, "complex 1j"),
        (np.complex128(1j), "complex128"),
        (b"2", "bytes"),
        ([1.0], "list"),
        (object(), "object"),
    ],
)
def test_what_is_no_real_number_is_refused_by_name(wrong, got):
    with pytest.raises(TypeError, match=f"Value takes a real number .*got {got}"):
        Value(wrong)


def test_long_reprs_are_cut_in_messages():
    with pytest.raises(TypeError, match=r"got str 'aaa.*\.\.\.$") as caught:
        Value("a" * 1000)
    assert len(str(caught.value)) < 150


def test_arrays_with_dimensions_and_values_are_refused_with_what_to_do():
    with pytest.raises(
        TypeError, match=r"got an array of shape \(2,\): make a Value of each element"
    ):
        Value(np.ones(2))
    with pytest.raises(TypeError, match=r"got a Value: pass its \.data"):
        Value(Value(1.0))


def test_a_number_beyond_a_float_is_a_value_error():
    with pytest.raises(ValueError, match="in the range of a float"):
        Value(10**400)
    with pytest.raises(
        ValueError, match=r"mul \(Value × \.\.\.\) takes a number in the range of a float"
    ):
        Value(1.0) * 10**400


@pytest.mark.parametrize("wrong", ["a", None, 1j, [1], {}, ()])
def test_operators_refuse_what_is_no_number(wrong):
    with pytest.raises(TypeError, match=r"add \(Value \+ \.\.\.\) takes a real number"):
        Value(1.0) + wrong
    with pytest.raises(TypeError, match="takes a real number|can't multiply|can only concatenate"):
        wrong * Value(1.0)


def test_a_foreign_class_may_answer_for_itself():
    class Guest:
        def __radd__(self, other):
            return "guest"

        def __lt__(self, other):
            return "less"

    assert Value(1.0) + Guest() == "guest"
    assert (Value(1.0) > Guest()) == "less"
    with pytest.raises(TypeError, match="unsupported operand"):
        object.__new__(type("Stranger", (), {})) + Value(1.0)


def test_a_label_is_a_str():
    assert Value(1.0, "x").label == "x"
    with pytest.raises(TypeError, match="label must be a str, got int 3"):
        Value(1.0, 3)


def test_repr_is_short_and_says_what_there_is():
    x = Value(2.0, "x")
    y = x * 3
    assert repr(x) == "Value(2.0, label='x')"
    assert repr(y) == "Value(6.0, op=mul)"
    y.backward()
    assert repr(x) == "Value(2.0, label='x', grad=3.0)"
    assert f"{y:.2f} {x}" == "6.00 Value(2.0, label='x', grad=3.0)"


def test_no_attribute_can_be_added_by_a_slip():
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 2.0


@pytest.mark.parametrize("scalar", [np.float64(2.0), np.float32(2.0), np.int64(2), np.array(2.0)])
def test_numpy_scalars_on_either_side_give_values(scalar):
    v = Value(3.0)
    for f in [*OPERATORS, operator.pow]:
        for out, wanted in [(f(scalar, v), f(2.0, 3.0)), (f(v, scalar), f(3.0, 2.0))]:
            assert type(out) is Value
            assert out.data == pytest.approx(wanted, rel=1e-15)
    assert bool(scalar < v) is True


def test_object_arrays_multiply_and_map():
    x = np.array([Value(1.0), Value(-2.0)])
    W = np.array([[1.0, 2.0], [3.0, 4.0]])
    z = W @ x
    assert [v.data for v in z] == [-3.0, -5.0]
    out = np.tanh(z).sum()
    out.backward()
    slopes = [1 - math.tanh(v) ** 2 for v in (-3.0, -5.0)]
    assert [v.grad for v in x] == pytest.approx(
        [slopes[0] + 3 * slopes[1], 2 * slopes[0] + 4 * slopes[1]]
    )
    scaled = Value(2.0) * np.array([1.0, 2.0])
    assert [v.data for v in scaled] == [2.0, 4.0]
    assert [v.data for v in np.array([1.0, 2.0]) - Value(2.0)] == [-1.0, 0.0]


@pytest.mark.parametrize(
    "name",
    [
        "exp",
        "expm1",
        "log",
        "log1p",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "arcsin",
        "arccos",
        "arctan",
        "sinh",
        "cosh",
        "tanh",
        "abs",
    ],
)
def test_numpy_functions_reach_the_elements(name):
    function = getattr(np, name)
    assert function(np.array([Value(0.25)]))[0].data == pytest.approx(function(0.25), rel=1e-15)


def test_numpy_functions_of_two_arguments_reach_the_elements():
    y, x = np.array([Value(3.0)]), np.array([Value(4.0)])
    assert np.hypot(y, x)[0].data == 5.0
    assert np.arctan2(y, x)[0].data == math.atan2(3.0, 4.0)
    assert np.maximum(y, x)[0] is x[0]


def test_methods_are_named_and_documented_like_their_rows():
    assert Value.tanh.__name__ == "tanh"
    assert Value.__add__.__doc__ == OPS["add"].__doc__
    assert Value(-1.0).relu().data == 0.0
    assert Value(0.0).sigmoid().data == 0.5


def test_constants_take_no_gradient_and_are_no_place_to_start_from():
    c = constant(3.0)
    x = Value(2.0)
    (c * x).backward()
    assert (c.grad, x.grad) == (0.0, 3.0)
    with pytest.raises(
        ValueError,
        match=r"backward\(\) from Value\(3.0, op=const\), a constant: nothing was recorded",
    ):
        c.backward()


def test_latex_for_notebooks():
    x = Value(2.0, "x1")
    y = x / (x + 1)
    y.label = "y"
    assert y._repr_latex_() == r"$\displaystyle y = \frac{x_{1}}{x_{1} + 1} = 0.666667$"
    assert x._repr_latex_() == r"$\displaystyle x_{1} = 2$"
    assert formula.display(Value(1.0)) == r"$\displaystyle 1$"
