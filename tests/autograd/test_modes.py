"""no_grad and detect_anomaly: per thread, re-entrant, and what their errors say."""

import math
import threading
from functools import partial

import pytest

from autograd import AnomalyError, Value, detect_anomaly, exp, log, no_grad, recompute, sin
from autograd.anomaly import first_bad, origin
from autograd.modes import in_own_context, layered
from autograd.record import active, layers
from autograd.value import put_grads


def test_no_grad_computes_without_recording():
    x = Value(2.0)
    with no_grad():
        y = x * x + sin(x)
    assert y.data == 4.0 + math.sin(2.0)
    assert y.inputs == ()
    z = x * y
    z.backward()
    assert x.grad == y.data
    with pytest.raises(ValueError, match="computed inside no_grad"):
        y.backward()


def test_modes_nest_decorate_and_leave_after_an_error():
    x = Value(2.0)

    @no_grad()
    def depth(n):
        return depth(n - 1) if n else x * x

    assert depth(3).inputs == ()
    with pytest.raises(RuntimeError), no_grad(), no_grad():
        raise RuntimeError
    assert (x * x).inputs == (x, x)
    assert not active


def test_modes_are_for_their_own_thread_alone():
    x = Value(2.0)
    recorded = []
    with no_grad():
        thread = threading.Thread(target=lambda: recorded.append((x * x).inputs))
        thread.start()
        thread.join()
        assert (x * x).inputs == ()
    assert recorded == [(x, x)]


def test_forward_anomaly_names_op_inputs_label_and_line():
    x = Value(-1.0, "x")
    with detect_anomaly(), pytest.raises(AnomalyError) as caught:
        y = log(x * 2)
        assert y
    message = str(caught.value)
    assert message.startswith("log gave nan from mul = -2.0, recorded at ")
    assert "test_modes.py" in message
    assert "`y = log(x * 2)`" in message
    assert math.isnan(log(x).data)


def test_overflow_is_an_anomaly_too():
    with detect_anomaly(), pytest.raises(AnomalyError, match=r"exp gave inf from big = 1000\.0"):
        exp(Value(1000.0, "big"))


def test_backward_anomaly_names_the_slope_and_writes_nothing():
    x = Value(0.0, "x")
    with detect_anomaly():
        out = x.sqrt() * 3
        with pytest.raises(AnomalyError) as caught:
            out.backward()
    message = str(caught.value)
    assert message.startswith(
        "the gradient of 'x' is inf: sqrt of x = 0.0 has slope inf there, times the gradient 3.0"
    )
    assert message.endswith("`out = x.sqrt() * 3`. No gradient was written")
    assert [x.grad, out.grad] == [0.0, 0.0]


def test_backward_anomaly_of_a_sum_of_finite_parts_and_of_a_seed():
    x = Value(1.0, "x")
    with detect_anomaly():
        out = x * 2.0 + x * 2.0
        with pytest.raises(
            AnomalyError, match=r"the gradient of 'x' is inf: finite contributions add up beyond"
        ):
            out.backward(8e307)
        with pytest.raises(AnomalyError, match="is nan: it is the seed"):
            out.backward(math.nan)
    assert x.grad == 0.0


def test_data_changed_after_recording_is_noticed():
    x = Value(2.0, "x")
    with detect_anomaly():
        y = x * x
        y.label = "y"
        x.data = 3.0
        with pytest.raises(
            AnomalyError,
            match="data changed after recording: mul 'y' of .* is 9.0 now, but 4.0 was recorded",
        ):
            y.backward()
        recompute(y).backward()
    assert x.grad == 6.0


def test_lines_are_known_only_for_what_was_recorded_in_the_mode():
    x = Value(0.0, "x")
    out = x.sqrt()
    with (
        detect_anomaly(),
        pytest.raises(AnomalyError, match=r"times the gradient 1\.0\. No gradient was written"),
    ):
        out.backward()


def test_a_healthy_pass_in_the_mode_is_like_any_other():
    x = Value(2.0)
    with detect_anomaly(), no_grad():
        assert (x * x).inputs == ()
    with detect_anomaly():
        (x * x).backward()
    assert x.grad == 4.0


def test_the_first_bad_node_is_named_whether_it_was_made_or_given():
    x, y = Value(math.inf, "x"), Value(710.0, "y")
    assert origin(first_bad(x * 2)) == "'x' is inf"
    assert origin(first_bad(exp(y) - 1)) == "exp gave inf from y = 710.0"
    assert first_bad(y * 2) is None


# What is left of a mode by Ctrl-C.


def _as_below(op, nodes, below):
    return below(op, nodes)


def test_what_an_interrupted_function_left_in_force_is_taken_off():
    def stopped():
        own = partial(_as_below)
        layers.set((own, *layers.get()))
        active.append(own)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_own_context(stopped)
    assert not active and not layers.get()


def test_a_layer_that_was_taken_off_already_can_be_left():
    with layered(_as_below):
        active.clear()
    assert not active and not layers.get()


def test_gradients_of_many_values_are_put_at_once():
    a, b = Value(1.0), Value(2.0)
    put_grads([a, b], [3.0, 4.0])
    assert (a.grad, b.grad) == (3.0, 4.0)
