"""backward(create_graph=True): gradients that are graphs, in `.grad`."""

import copy
import pickle

import pytest

from autograd import (
    AnomalyError,
    Value,
    detect_anomaly,
    exp,
    formula,
    grad,
    log,
    no_grad,
    sin,
    topological_order,
)


def third_power(x):
    return x * x * x


def test_the_gradient_is_a_graph_whose_gradient_is_the_second_derivative():
    x = Value(2.0, "x")
    third_power(x).backward(create_graph=True)
    slope = x.grad
    assert isinstance(slope, Value) and slope.data == 12.0
    x.grad = 0.0
    slope.backward(create_graph=True)
    curvature = x.grad
    assert curvature.data == 12.0
    x.grad = 0.0
    curvature.backward()
    assert x.grad == 6.0 and type(x.grad) is float


def test_it_is_what_grad_of_grad_gives():
    f = lambda x: sin(x) * exp(x)  # noqa: E731
    x = Value(0.7)
    f(x).backward(create_graph=True)
    first, x.grad = x.grad, 0.0
    first.backward()
    assert (first.data, x.grad) == (grad(f)(0.7), grad(grad(f))(0.7))


def test_leaves_accumulate_and_interior_nodes_hold_the_latest_pass():
    x = Value(2.0)
    inner = x * x
    out = inner * 3
    out.backward(create_graph=True)
    out.backward(create_graph=True)
    assert (x.grad.data, inner.grad.data, out.grad.data) == (24.0, 3.0, 1.0)
    out.backward()
    assert x.grad.data == 36.0 and inner.grad == 3.0
    first = x.grad
    x.grad = 0.0
    first.backward()
    assert x.grad == 12.0  # twice 6, of the two passes that made graphs


def test_a_gradient_that_is_a_plain_number_is_a_constant_of_the_graph():
    x, y = Value(2.0), Value(5.0)
    (x + y).backward(create_graph=True)
    assert isinstance(x.grad, Value) and x.grad.data == 1.0
    with pytest.raises(ValueError, match="a constant: nothing was recorded"):
        x.grad.backward()


def test_the_seed_scales_it_and_a_leaf_has_its_own_gradient():
    x = Value(2.0)
    third_power(x).backward(0.5, create_graph=True)
    assert x.grad.data == 6.0
    leaf = Value(1.0)
    leaf.backward(create_graph=True)
    assert isinstance(leaf.grad, Value) and leaf.grad.data == 1.0


def test_it_records_even_inside_no_grad():
    x = Value(2.0)
    out = third_power(x)
    with no_grad():
        out.backward(create_graph=True)
        assert (x * x).inputs == ()
    slope, x.grad = x.grad, 0.0
    slope.backward()
    assert x.grad == 12.0


def test_without_it_no_graph_is_made():
    x = Value(2.0)
    third_power(x).backward()
    assert type(x.grad) is float


def test_a_healthy_pass_under_detect_anomaly_is_like_any_other():
    x = Value(2.0)
    with detect_anomaly():
        third_power(x).backward(create_graph=True)
    assert x.grad.data == 12.0


def test_an_infinite_gradient_is_an_anomaly_and_nothing_is_written():
    x = Value(0.0, "x")
    out = x.sqrt() * 3
    with detect_anomaly(), pytest.raises(AnomalyError, match="div gave inf from"):
        out.backward(create_graph=True)
    assert (x.grad, out.grad) == (0.0, 0.0)


def test_a_gradient_that_overflows_is_named_as_a_number():
    x = Value(1.0, "x")
    with detect_anomaly():
        out = x * 2.0 + x * 2.0
        with pytest.raises(AnomalyError, match="^the gradient of 'x' is inf: finite contributions"):
            out.backward(8e307, create_graph=True)
    assert x.grad == 0.0


def test_an_error_leaves_all_gradients_as_they_were():
    x = Value(2.0)
    out = log(x)
    out.backward(create_graph=True)
    before = x.grad
    with pytest.raises(TypeError):
        out.backward("1", create_graph=True)
    assert x.grad is before


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_keep_the_number_of_a_gradient_and_not_its_graph(copied):
    x = Value(2.0, "x")
    third_power(x).backward(create_graph=True)
    twin = copied(x)
    assert (twin.data, twin.label, twin.grad) == (2.0, "x", 12.0)
    assert type(twin.grad) is float and x.grad.data == 12.0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_gradient_is_a_graph_of_its_own(copied):
    x = Value(2.0, "x")
    third_power(x).backward(create_graph=True)
    slope = copied(x.grad)
    (leaf,) = [node for node in topological_order(slope) if node.label == "x"]
    slope.backward()
    assert slope.data == 12.0 and leaf.grad == 12.0 + 12.0  # the number so far, and f''
    assert leaf is not x and x.grad.data == 12.0


def test_a_gradient_that_is_a_graph_shows_itself():
    x = Value(2.0, "x")
    (x * x).backward(create_graph=True)
    assert repr(x) == "Value(2.0, label='x', grad=4.0)"
    assert formula.text(x.grad) == "x + x"
