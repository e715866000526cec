"""What a function that is being compiled may not do, and what it is told instead."""

import math
import random
import sys
import threading
from functools import partial

import numpy as np
import pytest

from autograd import (
    TracingError,
    Value,
    compile,
    elu,
    leaky_relu,
    maximum,
    minimum,
    no_grad,
    recompute,
    relu,
)
from autograd.record import active
from autograd.unknown import is_tracing

# Traps.


def noisy(x):
    return x * random.random()


TRAPS = {
    "if": lambda x: x if x > 0 else -x,
    "less": lambda x: x * (x < 1),
    "at least": lambda x: x * (x >= 1),
    "at most": lambda x: x * (x <= 1),
    "float": lambda x: float(x) * 2,
    "bool": lambda x: x * bool(x),
    "not": lambda x: x * (not x),
    "data times": lambda x: x.data * x,
    "data plus": lambda x: 1.0 + x.data,
    "data squared": lambda x: x.data**2,
    "2 to the data": lambda x: 2**x.data,
    "negated data": lambda x: -x.data,
    "plus data": lambda x: +x.data,
    "absolute data": lambda x: abs(x.data),
    "data of a result": lambda x: (x * 2).data - 1,
    "compared data": lambda x: x if x.data == 0 else x * 2,
    "unequal data": lambda x: x if x.data != 0 else x * 2,
    "data modulo": lambda x: x.data % 2,
    "floor of data": lambda x: x.data // 2,
    "divmod of data": lambda x: divmod(x.data, 2)[0],
    "int": lambda x: int(x.data),
    "round": lambda x: round(x.data),
    "floor": lambda x: math.floor(x.data),
    "ceil": lambda x: math.ceil(x.data),
    "trunc": lambda x: math.trunc(x.data),
    "index": lambda x: [x, x][x.data],
    "hashed data": lambda x: {0.0: x}[x.data],
    "complex": lambda x: complex(x.data).real,
    "math of x": lambda x: math.sin(x),
    "math of data": lambda x: math.sin(x.data),
    "isnan": lambda x: x if math.isnan(x) else x * 2,
    "max": lambda x: max(x, 0.0),
    "sorted": lambda x: sorted([x, x * 2])[0],
    "numpy of x": lambda x: np.heaviside(x, 0.0),
    "numpy of data": lambda x: np.sin(x.data),
    "numpy array": lambda x: np.array([x.data], float)[0] * x,
    "numpy comparison": lambda x: x if np.array([x]) > 0 else -x,
    "isfinite": lambda x: x if np.isfinite(x.data) else x * 2,
    "format": lambda x: x * len(f"{x:.2f}"),
    "format data": lambda x: x * len(f"{x.data:.2f}"),
    "returned data": lambda x: x.data,
    "new Value of data": lambda x: Value(x.data),
    "no_grad": lambda x: no_grad()(lambda: x * 2)(),
    "backward": lambda x: (x * x).backward() or x.grad,
    "random": noisy,
    "ragged": lambda x: [[x], [x, x]],
    "text": lambda x: "x",
    "nothing": lambda x: None,
}


@pytest.mark.parametrize("trap", TRAPS)
def test_looking_at_a_number_raises_and_leaves_all_data_as_it_was(trap):
    w = Value(7.0)
    f = TRAPS[trap]
    with pytest.raises(TracingError) as raised:
        compile(lambda x: f(x * w), 0.0, wrt=[w])
    assert len(str(raised.value)) > 40  # advice, not only an error
    assert w.data == 7.0
    with pytest.raises(TracingError):
        compile(f, 0.0)
    with pytest.raises(TracingError):
        compile(lambda x: f(w), 0.0, wrt=[w])
    assert w.data == 7.0 and type(w.data) is float


def test_an_error_of_the_function_leaves_all_data_as_it_was():
    w, captured = Value(7.0), Value(-1.0)
    calls = []

    def f(x):
        calls.append(x)
        if len(calls) > 1:
            raise KeyError("second run")
        return x * w * captured

    with pytest.raises(KeyError, match="second run"):
        compile(f, 0.0, wrt=[w])
    assert (w.data, captured.data) == (7.0, -1.0)


def test_a_look_at_a_captured_leaf_is_noticed_too():
    scale = Value(2.0)

    def f(x):
        return x * scale if scale > 0 else -x * scale

    with pytest.raises(TracingError):
        compile(f, 0.0)
    assert scale.data == 2.0


def test_a_print_for_debugging_is_no_look_at_a_number(capsys):
    def f(x):
        print(x, f"{x}", [x.data])
        return x * 2

    assert compile(f, 0.0)([1.0]).tolist() == [2.0]
    assert "?" in capsys.readouterr().out


def test_the_advice_names_what_to_write_instead():
    with pytest.raises(
        TracingError, match=r"where\(greater\(x, 0\), a, b\), maximum, minimum, relu or clip"
    ):
        compile(TRAPS["if"], 0.0)
    with pytest.raises(TracingError, match="draw nothing at random"):
        compile(noisy, 0.0)
    with pytest.raises(TracingError, match=r"inside no_grad\(\)"):
        compile(TRAPS["no_grad"], 0.0)
    assert issubclass(TracingError, TypeError)


def test_compile_works_inside_no_grad_and_leaves_the_modes_as_they_were():
    p = Value(2.0)
    with no_grad():
        program = compile(lambda x: p * x, 0.0, wrt=[p])
        assert program.value_and_grad([3.0]) == (6.0, [3.0])
        assert (p * 2).inputs == ()
    with pytest.raises(TracingError):
        compile(TRAPS["if"], 0.0)
    assert (p * 2).inputs and not active


# What is traced is not touched (R5).


def test_r5_parameters_keep_their_numbers_while_a_function_is_traced():
    w, frozen, started, seen = Value(3.0, "w"), Value(5.0), threading.Event(), []
    done = threading.Event()

    def look():
        started.wait(10)
        seen.extend([w.data, float(frozen), (w * frozen).data, w < 4, f"{w:.1f}", repr(w)])
        done.set()

    other = threading.Thread(target=look)
    other.start()

    def loss(x):
        started.set()
        assert done.wait(10)
        return w * x * frozen

    program = compile(loss, 0.0, wrt=[w])
    other.join()
    assert seen == [3.0, 5.0, 15.0, True, "3.0", "Value(3.0, label='w')"]
    assert program.value_and_grad([2.0])[1].tolist() == [10.0]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, SystemExit])
def test_r5_an_error_in_a_traced_function_leaves_parameters_as_they_were(error):
    w = Value(3.0, "w")

    def loss(x):
        assert repr(w) == "Value(?, label='w')"
        raise error

    with pytest.raises(error):
        compile(loss, 0.0, wrt=[w])
    assert w.data == 3.0 and (w * 2).data == 6.0 and not active


def test_r5_an_interrupt_at_any_moment_leaves_this_thread_tracing_no_more():
    w = Value(3.0, "w")

    def f(x):
        return (w * x).tanh() + w * x

    def stopped(left, frame, event, argument):
        if event == "call" and "autograd" in frame.f_code.co_filename and next(left, None) is None:
            raise KeyboardInterrupt

    for at in range(1, 2000, 7):
        interrupted = False
        sys.setprofile(partial(stopped, iter(range(at))))
        try:
            assert compile(f, 0.0, wrt=[w]).source
        except KeyboardInterrupt:
            interrupted = True
        finally:
            sys.setprofile(None)
        assert not is_tracing() and not active and w.data == 3.0 and (w * 2).data == 6.0
        if not interrupted:
            break
    assert at > 100 and not interrupted  # to the end of it


LOOKS = {
    "data": lambda w: w * (w.data + 1),
    "item": lambda w: w * (w.item() + 1),
    "less": lambda w: w if w < 1 else -w,
    "not less": lambda w: w if w >= 1 else -w,
    "float": lambda w: w * float(w),
    "int": lambda w: w * int(w),
    "bool": lambda w: w if w else -w,
    "round": lambda w: w * round(w, 2),
    "format": lambda w: w * float(f"{w:.2f}"),
    "array": lambda w: w * np.array([w], float)[0],
    "backward": lambda w: [(w * w).backward(), w][1],
    "recompute": lambda w: recompute(w * w),
}


@pytest.mark.parametrize("name", LOOKS)
def test_a_traced_function_may_not_look_at_a_parameter_either(name):
    w = Value(3.0, "w")
    with pytest.raises(TracingError, match="may not look at its numbers"):
        compile(lambda x: x * LOOKS[name](w), 0.0, wrt=[w])
    assert w.data == 3.0 and w.grad == 0.0 and not active


@pytest.mark.parametrize(("extreme", "wanted"), [(maximum, 10.0), (minimum, 2.0)])
def test_the_sum_of_the_largest_of_many_inputs_is_no_sum_of_all(extreme, wanted):
    program = compile(lambda x: extreme(*x), [0.0] * 5)
    rows = [[1.0, 2.0, 3.0, 4.0, 5.0], [5.0, 4.0, 3.0, 2.0, 1.0]]
    assert program.sums([], rows)[0] == wanted == program(rows).sum()


def test_captured_weights_are_found_in_one_pass():
    class Weight(Value):
        compared = 0

        def __eq__(self, other):
            Weight.compared += 1
            return self is other

        __hash__ = Value.__hash__

    weights = [Weight(float(i)) for i in range(500)]
    program = compile(lambda x: sum((w * x for w in weights), Value(0.0)), 0.0)
    assert program([1.0]).tolist() == [sum(range(500))]
    assert Weight.compared < 50 * len(weights)


@pytest.mark.parametrize("second", [elu, leaky_relu, relu])
def test_a_switch_behind_a_relu_has_its_mask_once(second):
    w = Value(0.7, "w")
    f = lambda x: second(relu(x)) * w  # noqa: E731
    program = compile(f, 0.1, wrt=[w])
    rows = [1.0, -1.0, 2.0]
    value, gradient = program.value_and_grad(rows)
    inputs = program.input_grads(rows)[0].tolist()
    for x, slope in zip(rows, inputs):
        leaf = Value(x)
        f(leaf).backward()
        assert slope == pytest.approx(leaf.grad, rel=1e-12)
    assert value == pytest.approx(sum(f(x).data for x in rows) / 3, rel=1e-12)
    assert len(gradient) == 1
