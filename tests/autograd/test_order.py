"""The topological order: of several roots, of nodes with many inputs, with and without leaves."""

import pytest
from hypothesis import given

from autograd import Value, add_op, grad, maximum, recompute, topological_order, where
from autograd.strategies import programs


def names(nodes):
    return [node.label or node.op.name for node in nodes]


@pytest.fixture
def leaves():
    return [Value(float(i), name) for i, name in enumerate("abcde")]


def test_inputs_come_from_left_to_right(leaves):
    a, b, c, *_ = leaves
    assert names(topological_order((a + b) * (c - a))) == ["a", "b", "add", "c", "sub", "mul"]
    assert names(topological_order(c - a)) == ["c", "a", "sub"]
    assert names(topological_order(-a)) == ["a", "neg"]


def test_a_node_of_many_inputs_has_them_all_before_it_in_order(leaves):
    a, b, c, d, e = leaves
    assert names(topological_order(where(c, a, b))) == ["c", "a", "b", "where"]
    assert names(topological_order(maximum(e, d, c, b, a))) == [*"edcba", "maximum"]
    inner = maximum(a, b + c, a, -d)
    assert names(topological_order(inner)) == ["a", "b", "c", "add", "d", "neg", "maximum"]


def test_several_roots_make_one_order_in_which_shared_nodes_come_once(leaves):
    a, b, c, *_ = leaves
    shared = a * b
    first, second = shared + c, shared - a
    assert names(topological_order(first, second)) == ["a", "b", "mul", "c", "add", "sub"]
    assert names(topological_order(second, first)) == ["a", "b", "mul", "sub", "c", "add"]
    assert names(topological_order(first, shared)) == ["a", "b", "mul", "c", "add"]
    assert names(topological_order(first, first)) == names(topological_order(first))
    assert topological_order() == []


def test_without_leaves_only_roots_may_be_leaves(leaves):
    a, b, c, *_ = leaves
    out = where(a, b * c, 1.0)
    assert names(topological_order(out, leaves=False)) == ["mul", "where"]
    assert names(topological_order(out, a, leaves=False)) == ["mul", "where", "a"]
    assert topological_order(a, leaves=False) == [a]
    assert names(topological_order(-a, b + 1, leaves=False)) == ["neg", "add"]
    assert names(topological_order((a + b) * c + a, leaves=False)) == ["add", "mul", "add"]


@given(programs())
def test_without_leaves_it_is_the_same_order_less_the_leaves(program):
    inputs = [Value(x) for x in program.point]
    out = program(*inputs)
    whole = topological_order(out)
    assert topological_order(out, leaves=False) == [x for x in whole if x.inputs or x is out]


def test_a_gradient_reaches_each_of_many_inputs_once_for_each_time_it_stands_there(leaves):
    a, b, c, d, _ = leaves
    out = maximum(d, a, d, d) * 2 + maximum(b, c, c) * where(b, c, a)
    out.backward()
    assert [x.grad for x in (a, b, c, d)] == [0.0, 0.0, 4.0, 2.0]


def test_recompute_of_many_inputs_keeps_their_order(leaves):
    a, b, c, *_ = leaves
    out = where(a, b, c) + maximum(a, b, c) * 10
    assert out.data == 2.0 + 20.0
    a.data, b.data, c.data = 1.0, 7.0, 3.0
    assert recompute(out).data == 7.0 + 70.0


@pytest.mark.parametrize(
    ("forward", "slopes", "wanted"),
    [
        (lambda x, y, z: x * y + z, lambda x, y, z, out: (y, x, 1.0), [3.0, 2.0, 1.0]),
        (lambda x, y, z: 2 * x + 3 * y + 5 * z, (2.0, 3.0, 5.0), [2.0, 3.0, 5.0]),
    ],
)
def test_a_user_defined_op_of_three_inputs_has_a_gradient_in_each(leaves, forward, slopes, wanted):
    _, _, c, d, e = leaves
    op = add_op("mixture", forward, slopes)
    op(c, d, e).backward()
    assert [x.grad for x in (c, d, e)] == wanted
    assert list(grad(op, (0, 1, 2))(2.0, 3.0, 4.0)) == wanted
