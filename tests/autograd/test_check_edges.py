"""The checks at the ends of what floats can say, and on rows that raise."""

import copy
import math
import pickle
import sys

import pytest

import autograd
from autograd import (
    OPS,
    TracingError,
    Value,
    acosh,
    add_op,
    check_op,
    log,
    log1p,
    no_grad,
    sin,
    strategies,
    unknown,
)
from autograd.check import judge


@pytest.mark.parametrize("x", [1e-320, 5e-324, -1e-315, 2.2250738585072014e-308])
def test_a_check_ends_at_the_smallest_numbers_too(x):
    assert not judge(sin, (x,), 1).wrong


def test_a_slope_beyond_floats_next_to_the_end_of_a_domain_is_not_judged():
    verdict = judge(log, (1e-320,), 1)
    assert not verdict.wrong
    assert any("its slope is not finite" in finding.reason for finding in verdict.findings)


@pytest.mark.parametrize(("op", "x"), [(acosh, 1.0000000000000004), (log1p, -0.9999999999999998)])
def test_a_slope_a_few_floats_from_the_end_of_a_domain_is_not_judged(op, x):
    verdict = judge(op, (x,), 1)
    assert not verdict.wrong
    assert "at a kink" in verdict.findings[0].reason


def test_a_point_is_safe_where_a_row_has_a_value_and_no_kink():
    raising = add_op("raising", _log_or_error, lambda x, out: (1 / x,))
    assert strategies._is_safe(OPS["abs"], (1.0,))
    assert not strategies._is_safe(OPS["abs"], (0.0,))
    assert not strategies._is_safe(OPS["exp"], (1e3,))
    assert not strategies._is_safe(raising, (-1.0,))


def test_a_row_that_raises_fits_nowhere_that_it_raises():
    raising = add_op("raising", _log_or_error, lambda x, out: (1 / x,))
    assert strategies._fits(raising, (1.5,))
    assert not strategies._fits(raising, (-1.5,))
    assert not strategies._fits(OPS["log"], (-1.5,))
    assert not strategies._fits(OPS["abs"], (0.0,))


def _log_or_error(x):
    return math.log(x)


def test_without_numpy_the_numpy_column_is_not_checked(monkeypatch):
    wrong = add_op("wrong", math.sin, lambda x, out: (autograd.cos(x),), numpy="np.sinh({0})")
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert check_op(wrong)


# Numbers that are not known yet.


def test_there_is_one_unknown_number_in_every_process_and_it_shows_as_a_question_mark():
    assert copy.deepcopy(unknown.UNKNOWN) is unknown.UNKNOWN
    assert pickle.loads(pickle.dumps(unknown.UNKNOWN)) is unknown.UNKNOWN
    assert repr(unknown.UNKNOWN) == "?"
    assert not unknown.is_unknown(Value(1.0)) and not unknown.is_unknown("data")


def test_no_grad_inside_a_function_that_is_compiled_is_an_error_that_names_the_op():
    def f(x):
        with no_grad():
            return x * 2

    with pytest.raises(TracingError, match=r"^mul inside no_grad\(\) cannot be compiled"):
        autograd.compile(f, 1.0)([1.0])


def test_a_known_number_is_computed_while_a_function_is_traced():
    with unknown.tracing():
        assert unknown.is_tracing()
        assert (Value(2.0) * 3).data == 6.0
    assert not unknown.is_tracing()
