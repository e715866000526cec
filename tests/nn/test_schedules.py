"""Schedules are PyTorch's, pure, and refuse what they cannot mean."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import MLP, data, fit
from nn.schedules import (
    SCHEDULES,
    ReduceLROnPlateau,
    constant,
    cosine,
    exponential,
    linear,
    one_cycle,
    restarts,
    schedule_named,
    step,
    warmup,
)

from .reference import REFERENCE, near
from .refusals import refusal

FUNCTIONS = (constant, cosine, exponential, linear, one_cycle, restarts, step, warmup)
CALLS = {function.__name__: function for function in FUNCTIONS}
DOWNWARD = sorted({*SCHEDULES} - {"one_cycle", "restarts"})


@pytest.mark.parametrize("case", REFERENCE["schedules"], ids=lambda case: case["schedule"])
def test_factors_are_pytorchs(case):
    schedule = eval(case["schedule"], dict(CALLS))
    assert near([schedule(t) for t in range(12)], case["factors"])


@pytest.mark.parametrize("name", DOWNWARD)
@given(epochs=st.integers(1, 200))
def test_a_schedule_by_name_starts_at_1_and_goes_down(name, epochs):
    factors = [schedule_named(name, epochs)(t) for t in range(epochs)]
    rise = max(1, epochs // 10) if name == "warmup" else 0
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[:rise] == sorted(factors[:rise]) and factors[rise:] == sorted(
        factors[rise:], reverse=True
    )
    assert factors[rise : rise + 1] in ([1.0], [])


@pytest.mark.parametrize(
    ("name", "last"),
    [
        ("constant", 1.0),
        ("step", 0.001),
        ("exponential", 0.01),
        ("cosine", 0.0),
        ("linear", 0.1),
        ("warmup", 0.0),
    ],
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
    assert [linear(100)(t) for t in range(100)] == pytest.approx(
        [1.0 - 0.9 * t / 100 for t in range(100)], abs=1e-15
    )


def test_a_function_of_ones_own_is_a_schedule_and_none_is_constant():
    assert schedule_named(math.sqrt, 10) is math.sqrt
    assert schedule_named(None, 10)(7) == 1.0


@pytest.mark.parametrize("name", ["cosin", "", 0.1, ["cosine"]])
def test_a_name_that_is_no_schedule_is_refused_with_those_that_are(name):
    with refusal(
        ValueError,
        "schedule must be a function from the epoch to a factor or one of constant, step",
        repr(name),
    ):
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
        (
            lambda: warmup(5, "cosine"),
            TypeError,
            "warmup(then) takes a schedule, such as cosine(50), got 'cosine'",
        ),
    ],
)
def test_settings_out_of_range_are_refused_when_the_schedule_is_made(call, kind, part):
    with refusal(kind, part):
        call()


def test_every_schedule_has_a_name():
    assert {*CALLS, "plateau"} == {*SCHEDULES}
    assert isinstance(SCHEDULES["plateau"](10), ReduceLROnPlateau)


@given(epochs=st.integers(1, 200))
def test_one_cycle_goes_up_and_down_and_stays(epochs):
    factors = [one_cycle(epochs)(t) for t in range(epochs)]
    top = factors.index(max(factors))
    assert factors[:top] == sorted(factors[:top])
    assert factors[top:] == sorted(factors[top:], reverse=True)
    assert factors[-1] == one_cycle(epochs)(10**6) == pytest.approx(1 / 25e4)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("three_phase", [False, True])
@pytest.mark.parametrize("total", [1, 2, 10])
def test_one_cycle_is_within_its_bounds_whatever_its_shares(share, three_phase, total):
    schedule = one_cycle(total, share, three_phase=three_phase)
    assert all(1 / 25e4 * (1 - 1e-12) <= schedule(t) <= 1 for t in range(2 * total))


def test_restarts_begin_again_each_time_later():
    schedule = restarts(3, 2)
    assert [t for t in range(60) if schedule(t) == 1.0] == [0, 3, 9, 21, 45]
    assert restarts(5)(10**12) == 1.0


# What follows the loss.


@pytest.mark.parametrize("case", REFERENCE["plateaus"], ids=lambda case: str(case["settings"]))
def test_factors_on_a_plateau_are_pytorchs(case):
    plateau = ReduceLROnPlateau(**case["settings"])
    assert near([plateau.step(loss) for loss in case["losses"]], case["factors"])
    assert plateau(5) == plateau.step(0.0) or case["settings"].get("mode") == "max"
    assert plateau(0) == 1.0


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("validation", [None, 0.3])
def test_fit_tells_a_plateau_the_loss_that_counts(validation, compiled):
    seen = []

    class Spy(ReduceLROnPlateau):
        def step(self, loss):
            seen.append(loss)
            return super().step(loss)

    plateau, model = Spy(patience=0, threshold=1.0, factor=0.5), MLP([2, 2], rng=0)
    settings = {"epochs": 4, "lr": 0.1, "schedule": plateau, "rng": 0, "progress": False}
    moons = data.moons(30, rng=0)
    for _ in range(2):  # a second training starts over
        seen.clear()
        history = fit(model, moons, validation=validation, compiled=compiled, **settings)
        assert seen == history.column("loss" if validation is None else "val_loss")
        assert history.column("lr") == [0.1, 0.1, 0.05, 0.025]


@pytest.mark.parametrize("name", ["plateau", "one_cycle", "restarts"])
def test_fit_takes_them_by_name(name):
    model, moons = MLP([2, 2], rng=0), data.moons(20, rng=0)
    assert len(fit(model, moons, epochs=3, schedule=name, rng=0, progress=False)) == 3


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"factor": 1.0}, "ReduceLROnPlateau(factor) must be below 1, got 1.0"),
        ({"patience": -1}, "ReduceLROnPlateau(patience) must be a positive int, got -1"),
        ({"mode": "least"}, "ReduceLROnPlateau(mode) must be 'min' or 'max', got 'least'"),
        ({"threshold_mode": 1}, "(threshold_mode) must be 'rel' or 'abs', got 1"),
    ],
)
def test_a_plateau_refuses_what_it_cannot_mean(settings, part):
    with refusal(ValueError, part):
        ReduceLROnPlateau(**settings)


@pytest.mark.parametrize("schedule", [exponential(1.1), step(1, 1.1)])
def test_a_factor_beyond_the_floats_is_refused_by_name(schedule):
    with refusal(ValueError, "gamma=1.1", "beyond the range of a float at epoch 10000"):
        schedule(10_000)
