"""Paths: the chain rule, term by term."""

import pytest
from hypothesis import given

from autograd import Value, explain, tanh
from autograd.strategies import programs


def test_paths_multiply_and_add_up():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.label = "e"
    loss = e * a + a
    loss.label = "L"
    told = explain(loss, a)
    assert told.count == 3
    assert sum(path.product for path in told.paths) == told.grad == 2 * 2 * -3 + 1
    assert str(told) == (
        "∂L/∂a = -11, the sum over 3 paths:\n  a → e → mul → L: -3 × 2 × 1 = -6\n  a → mul → L: -6 × 1 = -6\n  a → L: 1 = 1"
    )


@given(programs(max_ops=7))
def test_the_sum_over_all_paths_is_the_gradient(program):
    xs = [Value(x) for x in program.point]
    out = program(*xs)
    out.backward()
    for x in xs:
        told = explain(out, x, limit=10**6)
        assert told.count == len(told.paths)
        assert told.grad == (x.grad if x is not out else 1.0)
        products = [path.product for path in told.paths]
        assert sum(products) == pytest.approx(told.grad, rel=1e-9, abs=1e-9 * max(map(abs, products), default=1.0))


def test_the_number_of_paths_is_exact_when_they_explode():
    x = Value(1.0, "x")
    y = x
    for _ in range(300):
        y = y + y
    y.label = "y"
    told = explain(y, x, limit=2)
    assert told.count == 2**300
    assert len(told.paths) == 2
    assert told.grad == 2.0**300
    assert "... and about 10^90 paths more" in str(told)
    for _ in range(20_000):
        y = y + y
    assert "the sum over about 10^6111 paths" in str(explain(y, x, limit=0))


def test_one_path_through_a_deep_graph():
    x = Value(0.5, "x")
    y = x
    for _ in range(20_000):
        y = -y
    told = explain(y, x)
    assert (told.count, told.grad, told.paths[0].product) == (1, 1.0, 1.0)


def test_no_path_and_the_root_itself():
    x, y = Value(1.0, "x"), Value(2.0)
    assert str(explain(x, x)) == "∂x/∂x = 1, the sum over 1 path:\n  x: 1"
    told = explain(tanh(x), y)
    assert (told.count, told.paths, told.grad) == (0, (), 0.0)
    assert str(told) == "∂tanh/∂2 = 0: no path leads from 2 to tanh"


def test_no_gradient_is_explained_into_a_constant():
    y = Value(3.0, "x") * 2
    told = explain(y, y.inputs[1])
    assert (told.count, told.grad) == (0, 0.0)


def test_only_the_part_between_is_walked():
    x, w = Value(1.0, "x"), Value(2.0, "w")
    inner = x * x
    told = explain(inner * w, inner)
    assert told.count == 1
    assert told.paths[0].slopes == (2.0,)
