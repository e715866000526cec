"""Modes on functions of every kind, and across asyncio tasks and threads (R11)."""

import asyncio
import functools

import pytest

from autograd import AnomalyError, Value, detect_anomaly, grad, log, no_grad
from autograd.modes import is_strict, layered, recording, records
from autograd.record import active, layers


@pytest.fixture(autouse=True)
def _nothing_is_left_over():
    yield
    assert active == [] and layers.get() == ()
    assert records() and not is_strict()


def test_r11_a_generator_runs_in_the_mode_and_its_caller_out_of_it():
    x = Value(2.0)

    @no_grad()
    def products(n):
        """Products of x."""
        for _ in range(n):
            yield x * x
        return "done"

    found = []
    for product in products(3):
        found.append(product.inputs)
        assert (x * x).inputs == (x, x) and records()
    assert found == [(), (), ()]
    assert (products.__name__, products.__doc__) == ("products", "Products of x.")

    def outer():
        return (yield from products(1))

    run = outer()
    next(run)
    with pytest.raises(StopIteration) as stop:
        next(run)
    assert stop.value.value == "done"


def test_r11_a_generator_gets_what_is_sent_and_thrown_in_the_mode():
    @no_grad()
    def listener():
        heard = []
        while True:
            try:
                heard.append((yield list(heard), records()))
            except KeyError as error:
                heard.append((repr(error), records()))

    run = listener()
    assert run.send(None) == ([], False)
    assert run.send("a") == (["a"], False)
    assert run.throw(KeyError("b")) == (["a", ("KeyError('b')", False)], False)
    assert run.send("c") == (["a", ("KeyError('b')", False), "c"], False)


def test_r11_an_error_of_a_generator_comes_out_and_the_mode_is_left():
    @no_grad()
    def failing():
        yield 1
        raise LookupError("inside")

    run = failing()
    assert next(run) == 1
    with pytest.raises(LookupError, match="inside"):
        next(run)
    with pytest.raises(StopIteration):
        next(run)


def test_r11_a_generator_that_is_closed_cleans_up_in_the_mode():
    seen = []

    @no_grad()
    def tidy():
        try:
            yield 1
        finally:
            seen.append(records())

    run = tidy()
    next(run)
    run.close()
    assert seen == [False]


def test_r11_a_coroutine_runs_in_the_mode_and_other_tasks_do_not():
    x = Value(2.0)

    @no_grad()
    async def inside():
        """In the mode."""
        before = (x * x).inputs
        await asyncio.sleep(0)
        return before, (x * x).inputs, records()

    async def outside():
        await asyncio.sleep(0)
        return (x * x).inputs, records()

    async def main():
        return await asyncio.gather(inside(), outside(), inside())

    first, other, second = asyncio.run(main())
    assert first == second == ((), (), False)
    assert other == ((x, x), True)
    assert (inside.__name__, inside.__doc__) == ("inside", "In the mode.")


def test_r11_a_task_is_in_the_mode_it_was_started_in_until_that_ends():
    x = Value(2.0)

    async def child():
        await asyncio.sleep(0)
        return records(), bool((x * x).inputs)

    async def main():
        with no_grad():
            early = await asyncio.create_task(child())
            late = asyncio.create_task(child())
        return records(), early, await late

    assert asyncio.run(main()) == (True, (False, False), (True, True))


def test_a_mode_that_a_generator_leaves_late_is_left_once_and_for_all():
    x = Value(2.0)

    def steps():
        with no_grad():
            yield 1
            yield 2

    opened = steps()
    next(opened)
    assert grad(lambda x: (list(opened), x * x)[1])(2.0) == 4.0
    assert (x * x).inputs == (x, x)

    opened = []
    assert grad(lambda x: opened.append(steps()) or next(opened[0]) * x * x)(2.0) == 0.0
    opened[0].close()
    assert (x * x).inputs == (x, x)


def test_r11_tasks_that_interleave_leave_each_others_modes_alone():
    async def strict(bad):
        with detect_anomaly():
            await asyncio.sleep(0)
            with pytest.raises(AnomalyError):
                log(Value(bad))
            await asyncio.sleep(0)
            return is_strict()

    async def lenient():
        await asyncio.sleep(0)
        log(Value(-1.0))
        with no_grad():
            await asyncio.sleep(0)
            log(Value(-1.0))
            return is_strict()

    async def main():
        return await asyncio.gather(strict(-1.0), lenient(), strict(0.0), lenient())

    assert asyncio.run(main()) == [True, False, True, False]


@pytest.mark.parametrize(
    ("mode", "name"), [(no_grad, "no_grad"), (detect_anomaly, "detect_anomaly")]
)
def test_r11_an_asynchronous_generator_is_refused_with_what_to_do(mode, name):
    async def numbers():
        yield 1

    with pytest.raises(
        TypeError, match=rf"^@{name}\(\) cannot decorate numbers, .*`with {name}\(\):`"
    ):
        mode()(numbers)


def test_what_is_no_function_is_refused_by_name():
    with pytest.raises(TypeError, match=r"^@no_grad\(\) decorates a function, got 3$"):
        no_grad()(3)


def test_a_decorated_function_passes_its_arguments_and_its_result():
    @no_grad()
    def scaled(x, *, by=1.0):
        """x times by."""
        return x * by

    out = scaled(Value(3.0), by=2.0)
    assert (out.data, out.inputs) == (6.0, ())
    assert (scaled.__name__, scaled.__doc__) == ("scaled", "x times by.")
    assert functools.partial(scaled, by=4.0)(Value(1.0)).data == 4.0

    @no_grad()
    async def later(x, *, by=1.0):
        return x * by

    @no_grad()
    def stepwise(x, *, by=1.0):
        yield x * by

    assert asyncio.run(later(Value(3.0), by=2.0)).data == 6.0
    assert [v.data for v in stepwise(Value(3.0), by=2.0)] == [6.0]


def test_a_decorator_may_be_used_again_within_itself():
    mode = no_grad()
    with mode, mode:
        assert not records()
    assert records()


# Modes within each other.


def test_no_grad_makes_constants_of_every_number_of_inputs():
    x, y, z = Value(1.0), Value(2.0), Value(3.0)
    from autograd import CONST, maximum, sin, where

    with no_grad():
        made = [sin(x), -x, x + y, 2 * x, where(x, y, z), maximum(x, y, z)]
    for out in made:
        assert out.op is CONST and out.inputs == ()
    assert [out.data for out in made[1:]] == [-1.0, 3.0, 2.0, 2.0, 3.0]


def test_anomalies_are_found_inside_no_grad_whichever_was_entered_first():
    with (
        detect_anomaly(),
        no_grad(),
        pytest.raises(AnomalyError, match="log gave nan from x = -1.0"),
    ):
        log(Value(-1.0, "x"))
    with (
        no_grad(),
        detect_anomaly(),
        pytest.raises(AnomalyError, match="log gave nan from x = -1.0"),
    ):
        log(Value(-1.0, "x"))
    with no_grad(), detect_anomaly():
        assert (Value(2.0) * 3).inputs == ()
        assert is_strict()


def test_leaving_an_outer_mode_first_leaves_the_inner_one():
    outer, inner = no_grad(), detect_anomaly()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert records() and is_strict()
    inner.__exit__(None, None, None)


def test_recording_records_inside_no_grad_and_keeps_anomalies():
    x = Value(2.0)
    with no_grad(), detect_anomaly():
        with recording() as inner:
            assert inner is False
            assert (x * x).inputs == (x, x) and records() and is_strict()
            with recording() as again:
                assert again is True
            with no_grad():
                assert not records()
        assert (x * x).inputs == () and not records()
        with recording() as afresh:
            assert afresh is False


def test_an_error_inside_a_derivative_leaves_no_mode_behind():
    def failing(x):
        raise LookupError

    with no_grad():
        with pytest.raises(LookupError):
            grad(failing)(1.0)
        assert not records()
    with recording() as inner:
        assert inner is False


def test_a_layer_of_ones_own_lies_below_the_others_and_sees_each_op_once():
    seen = []

    def watch(op, nodes, below):
        seen.append((op.name, [x.data for x in nodes]))
        return below(op, nodes)

    x = Value(2.0)
    with no_grad(), layered(watch):
        out = x * 3 + x.sin()
        assert out.inputs == ()
    assert [name for name, _ in seen] == ["mul", "sin", "add"]
    assert seen[0] == ("mul", [2.0, 3.0])
    with pytest.raises(LookupError), layered(watch):
        raise LookupError
    assert (x * x).inputs == (x, x) and len(seen) == 3
