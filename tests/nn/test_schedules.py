"""Schedules are PyTorch's, pure, and refuse what they cannot mean."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import schedules
from nn.schedules import (
    SCHEDULES,
    constant,
    cosine,
    exponential,
    linear,
    schedule_named,
    step,
    warmup,
)

from .reference import REFERENCE, near
from .refusals import refusal

CALLS = {"constant": constant, "cosine": cosine, "exponential": exponential, "linear": linear, "step": step, "warmup": warmup}


@pytest.mark.parametrize("case", REFERENCE["schedules"], ids=lambda case: case["schedule"])
def test_factors_are_pytorchs(case):
    schedule = eval(case["schedule"], dict(CALLS))
    assert near([schedule(t) for t in range(12)], case["factors"])


@pytest.mark.parametrize("name", sorted(SCHEDULES))
@given(epochs=st.integers(1, 200))
def test_a_schedule_by_name_starts_at_1_and_goes_down(name, epochs):
    factors = [schedule_named(name, epochs)(t) for t in range(epochs)]
    rise = max(1, epochs // 10) if name == "warmup" else 0
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[:rise] == sorted(factors[:rise]) and factors[rise:] == sorted(factors[rise:], reverse=True)
    assert factors[rise : rise + 1] in ([1.0], [])


@pytest.mark.parametrize(
    ("name", "last"), [("constant", 1.0), ("step", 0.001), ("exponential", 0.01), ("cosine", 0.0), ("linear", 0.1), ("warmup", 0.0)]
)
def test_a_schedule_by_name_ends_where_it_says(name, last):
    assert schedule_named(name, 60)(60) == pytest.approx(last, abs=1e-12)


def test_warmup_rises_to_1_and_then_begins_the_next_at_its_beginning():
    schedule = warmup(5, cosine(20, 0.1), start=0.2)
    assert [schedule(t) for t in range(5)] == pytest.approx([0.2, 0.36, 0.52, 0.68, 0.84])
    assert [schedule(5 + t) for t in range(30)] == [cosine(20, 0.1)(t) for t in range(30)]
    assert warmup(5)(5) == warmup(5)(500) == 1.0


@pytest.mark.parametrize("schedule", [cosine(7, 0.25), linear(7, 1.0, 0.25)])
def test_after_its_end_a_schedule_stays(schedule):
    assert [schedule(t) for t in (7, 8, 1000)] == pytest.approx([0.25] * 3)


def test_the_demo_of_micrograd_is_linear_in_a_hundred():
    assert [linear(100)(t) for t in range(100)] == pytest.approx([1.0 - 0.9 * t / 100 for t in range(100)], abs=1e-15)


def test_a_function_of_ones_own_is_a_schedule_and_none_is_constant():
    assert schedule_named(math.sqrt, 10) is math.sqrt
    assert schedule_named(None, 10)(7) == 1.0


@pytest.mark.parametrize("name", ["cosin", "", 0.1, ["cosine"]])
def test_a_name_that_is_no_schedule_is_refused_with_those_that_are(name):
    with refusal(ValueError, "schedule must be a function from the epoch to a factor or one of constant, step, exponential", repr(name)):
        schedule_named(name, 10)


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda: step(0), ValueError, "step(every) must be a positive int, got 0"),
        (lambda: step(2.5), ValueError, "step(every) must be a positive int, got 2.5"),
        (lambda: step(2, "a"), TypeError, "step(gamma) takes a real number"),
        (lambda: exponential(None), TypeError, "exponential(gamma) takes a real number"),
        (lambda: cosine(-1), ValueError, "cosine(total) must be a positive int, got -1"),
        (lambda: cosine(5, "a"), TypeError, "cosine(least) takes a real number"),
        (lambda: linear(0), ValueError, "linear(total) must be a positive int, got 0"),
        (lambda: linear(5, None), TypeError, "linear(start) takes a real number"),
        (lambda: linear(5, 1.0, None), TypeError, "linear(end) takes a real number"),
        (lambda: warmup(5, "cosine"), TypeError, "warmup(then) takes a schedule, such as cosine(50), got 'cosine'"),
    ],
)
def test_settings_out_of_range_are_refused_when_the_schedule_is_made(call, kind, part):
    with refusal(kind, part):
        call()


def test_every_schedule_has_a_name():
    assert {*CALLS} == {*SCHEDULES} and all(CALLS[name] is getattr(schedules, name) for name in SCHEDULES)
