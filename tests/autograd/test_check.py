"""The checkers are checked: they name the node and the slope, and stay silent where all is right."""

import importlib
import math
import sys

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from autograd import (
    OPS,
    GradcheckError,
    Value,
    abs,
    add_op,
    check_op,
    detect_anomaly,
    exp,
    gradcheck,
    greater,
    no_grad,
    relu,
    sin,
    tanh,
    where,
)
from autograd.check import derivative
from autograd.strategies import Constant, Program, expressions, floats_for, fuzz, programs, values


def test_a_right_gradient_passes():
    assert gradcheck(lambda x, y: tanh(x * y) / (1 + x * x), (0.3, -1.5)) is True
    assert gradcheck(lambda x: x * 3, [2.0], order=1) is True


def test_the_report_names_the_node_and_the_wrong_slope():
    wrong = add_op("half_tanh", math.tanh, lambda x, out: (0.5 * (1 - out * out),))

    def f(x):
        y = wrong(x * 2)
        y.label = "y"
        return y + x

    with pytest.raises(GradcheckError) as caught:
        gradcheck(f, (0.25,))
    message = str(caught.value)
    assert message.startswith("node v3 'y' = half_tanh(0.5): slope 0 (∂half_tanh/∂input 0) is 0.39")
    assert "should be 0.78" in message


def test_many_faults_are_counted():
    wrong = add_op("wrong", math.sin, lambda x, out: (2.0 + 0 * x,))
    with pytest.raises(GradcheckError, match=r"\.\.\. and 2 more$"):
        gradcheck(lambda x: wrong(wrong(wrong(wrong(wrong(x))))), (0.5,))


def test_a_slope_that_is_no_graph_is_caught_at_second_order_alone():
    frozen = add_op("frozen", lambda x: x**3, lambda x, out: (3 * float(x) ** 2,))
    assert gradcheck(frozen, (1.5,), order=1)
    with pytest.raises(GradcheckError, match=r"derivative of slope 0 in input 0 is 0\.0, should be 9 \(write slopes with the engine's ops"):
        gradcheck(frozen, (1.5,))


def test_a_row_with_too_few_slopes_later_on_is_caught():
    moody = add_op("moody", lambda x, y: x + y, lambda x, y, out: (1.0, 1.0) if x == 0.5 else (1.0,))
    with pytest.raises(GradcheckError, match="slopes must be one for each of its 2 inputs, got 1"):
        gradcheck(moody, (3.0, 4.0))


def test_leaving_the_graph_is_caught_although_each_slope_is_right():
    with pytest.raises(
        GradcheckError, match="the gradient in input 0 is 3.0, should be 6, although each node's slopes are right: f leaves"
    ):
        gradcheck(lambda x: x * x.data, (3.0,))
    with pytest.raises(GradcheckError, match="f returned float, not a Value, so no gradient can flow"):
        gradcheck(lambda x: math.sin(x), (3.0,))
    with pytest.raises(GradcheckError, match="second derivative in inputs 0 and 0 is 4.0, should be 12"):
        gradcheck(parabola_that_touches_a_cube, (2.0,))


def parabola_that_touches_a_cube(x):
    # At every x the value and the slope of x³; the curvature is 4 instead of 6x, because c is not in the graph.
    c = x.data
    return 3 * c * c * x - 2 * c**3 + 2 * (x - c) * (x - c)


def test_kinks_are_not_judged_and_their_surroundings_are():
    assert gradcheck(lambda x: relu(x) + abs(x), (0.0,))
    assert gradcheck(lambda x: relu(x) + abs(x), (1e-3,))
    assert gradcheck(lambda x, y: where(x, x * y, y), (2.0, 3.0))


def test_no_false_alarm_next_to_a_kink_nor_in_fast_or_cancelling_functions():
    for x in (1e-12, 1e-6, -1e-6, 1e-4, 1e-2):
        assert gradcheck(lambda x: relu(x) + abs(x), (x,))
    for x in range(40):
        point = (0.1 * x - 2.03,)
        assert gradcheck(lambda x: sin(1000 * x), point)
        assert gradcheck(lambda x: exp(-1e4 * x * x), point)
        assert gradcheck(lambda x: (x + 1e10) - 1e10, point)
        assert gradcheck(lambda x: tanh(1000 * x), point)


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (lambda x: where(greater(x, 5.0), x, x * x.data), (2.0,)),
        (lambda x, y: relu(x) + y * y.data, (0.0, 2.0)),
        (lambda x: x * x.data * 1e-7, (2.0,)),
        (lambda x: x * x.data, (1e-3,)),
    ],
)
def test_no_fault_hides_behind_a_branch_a_kink_elsewhere_or_a_small_number(f, point):
    with pytest.raises(GradcheckError, match="although each node's slopes are right"):
        gradcheck(f, point)


def test_second_derivatives_are_not_measured_across_a_kink_in_the_other_input():
    assert gradcheck(lambda x, y: x * relu(y - 2.0), (3.0, 2.0 + 1e-4))
    assert gradcheck(lambda x, y: x * x * abs(y), (3.0, -1e-5))


def test_inputs_come_as_a_sequence():
    with pytest.raises(TypeError, match=r"takes the inputs as a sequence, as in gradcheck\(f, \(0.5,\)\), got 2.0"):
        gradcheck(tanh, 2.0)


def test_constants_are_not_judged_and_values_beyond_reach_cannot_be():
    assert gradcheck(lambda x: (x - 2) ** 3, (-1.0,))
    assert gradcheck(lambda x: x.log(), (1e-6,))
    assert gradcheck(lambda x: x / 0.0, (1.0,))


def test_order_is_one_or_two():
    with pytest.raises(ValueError, match=r"gradcheck\(order\) must be 1 or 2, got 3"):
        gradcheck(tanh, (1.0,), order=3)


def test_gradcheck_works_inside_the_modes():
    with no_grad(), detect_anomaly():
        assert gradcheck(tanh, (0.5,))


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.exp, 1.0, math.e),
        (math.sin, 1e6, math.cos(1e6)),
        (lambda x: x**3, -2.0, 12.0),
        (lambda x: 5.0, 1.0, 0.0),
        (math.atan, 1e3, 1 / (1 + 1e6)),
    ],
)
def test_numerical_derivatives_know_their_own_error(f, x, slope):
    got, error = derivative(f, x)
    assert abs(got - slope) <= 10 * error + 1e-15
    assert error < 1e-6 * max(1, abs(slope))


def test_a_derivative_next_to_the_end_of_a_domain():
    got, error = derivative(math.log, 1e-5, reach=1e-5)
    assert got == pytest.approx(1e5, rel=1e-8)
    assert math.isnan(derivative(lambda x: math.nan, 1.0)[0])
    assert derivative(math.sin, 1e300, reach=1e-300) == pytest.approx((math.nan, math.inf), nan_ok=True)


def test_check_op_passes_over_points_without_a_value_and_rows_without_numpy():
    assert check_op(add_op("steep", OPS["exp"].forward, lambda x, out: (out,), domain=((-800.0, 800.0),)))
    assert check_op(add_op("gap", lambda x: x if x > 1 else math.nan, (1.0,), domain=((0.0, 8.0),)))


def test_check_op_works_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert check_op(OPS["sin"])


# Strategies


@pytest.mark.slow
@given(st.data())
@pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
def test_floats_for_stays_in_the_domain_and_off_the_kinks(op, data):
    point = data.draw(floats_for(op))
    assert all(low < x < high for x, (low, high) in zip(point, op.domain))
    assert op.kink is None or op.kink(*point) != 0
    assert math.isfinite(op.forward(*point))


@given(values(-1.0, 1.0))
def test_values_are_leaves_between_the_bounds(v):
    assert isinstance(v, Value)
    assert v.inputs == ()
    assert -1 <= v.data <= 1


@given(programs())
def test_the_gradient_of_every_random_program_passes(program):
    assert gradcheck(program, program.point)


@given(programs())
def test_programs_compute_the_same_on_floats_and_values_and_as_pasted_code(program):
    out = program(*map(Value, program.point))
    assert float(out) == program(*program.point)
    names = dict(OPS)
    source = repr(program)
    if source.startswith("def"):
        *definition, call = source.split("\n")
        exec("\n".join(definition), names)
        source = call
    pasted = eval(source.replace(repr_of_point(program), ", ".join(f"Value({x!r})" for x in program.point)), {**names, "Value": Value})
    assert float(pasted) == float(out)


def repr_of_point(program):
    return ", ".join(map(repr, program.point))


@given(expressions())
def test_expressions_print_as_one_lambda(program):
    assert repr(program).startswith("(lambda x0")
    assert "\n" not in repr(program)


def test_a_shared_step_gets_a_name_when_printed():
    add, mul = OPS["add"], OPS["mul"]
    program = Program((2.0,), ((add, (0, Constant(-1.0))), (OPS["exp"], (0,)), (mul, (1, 1))))
    assert repr(program) == "def f(x0):\n    v1 = x0 + -1.0\n    return v1 * v1\nf(2.0)"
    assert program(2.0) == 1.0


@pytest.mark.slow
def test_failures_shrink_to_a_minimal_program():
    few = settings(max_examples=200)
    smallest = find(programs(), lambda p: any(op.name == "exp" for op, _ in p.steps) and len(p.steps) > 1, settings=few)
    assert len(smallest.steps) == 2
    with pytest.raises(NoSuchExample):
        find(expressions([OPS["add"]]), lambda p: any(op.name == "mul" for op, _ in p.steps), settings=few)


def test_hypothesis_prints_a_program_as_code():
    @given(expressions([OPS["add"]]))
    def fails(program):
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()
    notes = "\n".join(getattr(caught.value, "__notes__", ["(lambda x0"]))
    assert "(lambda x0" in notes


def test_fuzz_reports_an_op_that_raises_inside_its_domain():
    fragile = add_op("fragile", lambda x: 1 / x if x else 1 / 0, lambda x, out: (-out * out,), domain=((-5.0, 5.0),))
    with pytest.raises(GradcheckError, match="an op raised ZeroDivisionError inside its domain: division by zero"):
        fuzz(fragile, among=[OPS["sub"]])


def test_strategies_say_what_they_need_when_hypothesis_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "autograd.strategies")
    with pytest.raises(ImportError, match="autograd.strategies needs hypothesis: pip install hypothesis"):
        importlib.import_module("autograd.strategies")
