"""The walk and the chain rule: order, accumulation, depth, exceptions."""

import gc
import operator
import sys
import weakref
from math import inf, isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Value,
    clip,
    constant,
    equal,
    grad,
    pullback,
    recompute,
    relu,
    sin,
    topological_order,
    where,
)
from autograd.graph import graph_of
from autograd.strategies import expressions, programs

from .eager import table

ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def run(program):
    inputs = [Value(x) for x in program.point]
    return inputs, program(*inputs)


@given(programs())
def test_topological_order_puts_inputs_first_and_each_node_once(program):
    _, out = run(program)
    order = topological_order(out)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is out
    for node in order:
        assert all(place[x] < place[node] for x in node.inputs)


@given(programs())
def test_a_second_backward_doubles_the_leaves_exactly_and_leaves_interior_nodes(program):
    inputs, out = run(program)
    out.backward()
    first = {node: node.grad for node in topological_order(out)}
    out.backward()
    for node, before in first.items():
        assert node.grad == (before if node.inputs else 2 * before)


@given(programs(), st.floats(-3, 3))
def test_gradients_are_linear_in_the_seed(program, seed):
    inputs, out = run(program)
    out.backward()
    once = [x.grad for x in inputs]
    again, out = run(program)
    out.backward(seed)
    assert [x.grad for x in again] == pytest.approx([seed * g for g in once], rel=1e-9, abs=1e-12)


@given(expressions(), expressions())
def test_the_gradient_of_a_sum_and_of_a_product(f, g):
    n = len(f.point)
    point = f.point + g.point
    df, dg = (grad(h, range(len(h.point)))(*h.point) for h in (f, g))
    a, b = (float(h(*map(Value, h.point))) for h in (f, g))
    every = range(len(point))
    assert grad(lambda *xs: f(*xs[:n]) + g(*xs[n:]), every)(*point) == df + dg
    product = grad(lambda *xs: f(*xs[:n]) * g(*xs[n:]), every)(*point)
    assert product == pytest.approx([x * b for x in df] + [a * y for y in dg], rel=1e-12)
    square = grad(lambda *xs: f(*xs) * f(*xs), range(n))(*f.point)
    assert square == pytest.approx([2 * a * x for x in df], rel=1e-12)


def test_two_heads_that_share_a_node_add_up_in_leaves_and_leave_nothing_stale():
    a = Value(3.0)
    shared = a * a
    first, second = shared * 2, shared * 5
    first.backward()
    assert (shared.grad, a.grad) == (2.0, 12.0)
    second.backward()
    assert (shared.grad, a.grad) == (5.0, 12.0 + 30.0)


def test_a_node_that_no_gradient_reaches_forgets_the_pass_before():
    x, c = Value(2.0), Value(1.0)
    inner = x * 3
    out = where(c, inner, 0.0)
    out.backward()
    assert inner.grad == 3.0 / 3.0
    c.data = 0.0
    recompute(out).backward()
    assert inner.grad == 0.0


def test_a_leaf_as_root():
    x = Value(2.0)
    x.backward()
    x.backward(0.5)
    assert x.grad == 1.5
    with pytest.raises(TypeError, match=r"backward\(seed\) takes a real number"):
        x.backward("1")


def test_a_branch_not_taken_stays_harmless():
    x = Value(0.0)
    out = where(equal(x, 0), 1.0, sin(x) / x)
    out.backward()
    assert (out.data, x.grad) == (1.0, 0.0)
    assert grad(lambda x: where(equal(x, 0), 1.0, sin(x) / x))(0.0) == 0.0
    assert grad(grad(lambda x: where(equal(x, 0), x * x, x.log() * x)))(0.0) == 2.0


def test_a_switch_that_is_off_passes_nothing_not_even_infinity():
    for g in (
        grad(lambda x: relu(x) * inf)(-1.0),
        float(grad(lambda x: relu(x) * inf)(Value(-1.0))),
    ):
        assert g == 0.0


def test_zero_times_infinity_elsewhere_is_nan_and_not_a_wrong_number():
    for f in (lambda x: x.sqrt() * x.sqrt(), lambda x: x.log().exp(), lambda x: x * nan):
        assert isnan(grad(f)(0.0))
        assert isnan(float(grad(f)(Value(0.0))))


def test_integer_graphs_match_exact_integers_with_no_difference_at_all():
    steps = st.lists(
        st.tuples(st.sampled_from("+-*"), st.integers(0, 30), st.integers(0, 30)),
        min_size=1,
        max_size=14,
    )

    @given(st.lists(st.integers(-3, 3), min_size=1, max_size=4), steps)
    def holds(numbers, steps):
        n = len(numbers)
        values = [Value(x) for x in numbers]
        slots, exact = list(values), list(numbers)
        tangents = table(n, n, lambda i, j: int(i == j))
        for sign, i, j in steps:
            i, j = i % len(slots), j % len(slots)
            a, b = exact[i], exact[j]
            combine = ARITHMETIC[sign]
            out, pairs = combine(a, b), zip(tangents[i], tangents[j])
            if sign == "*":
                row = [p * b + a * q for p, q in pairs]
            else:
                row = [combine(p, q) for p, q in pairs]
            if abs(out) > 2**40 or max(map(abs, row)) > 2**40:
                continue
            u, v = slots[i], slots[j]
            slots.append(combine(u, v))
            exact.append(out)
            tangents.append(row)
        slots[-1].backward()
        assert slots[-1].data == exact[-1]
        reached = [x.grad for x in values]
        if slots[-1] in values:
            reached = [float(x is slots[-1]) for x in values]
        assert reached == tangents[-1]

    holds()


@pytest.mark.slow
@pytest.mark.parametrize("length", [1_000_000])
def test_a_chain_of_a_million_ops_records_sweeps_and_frees(length):
    a, x = Value(1.0), Value(2.0)
    y = x
    for _ in range(length):
        y = y + a
    y.backward()
    assert (y.data, a.grad, x.grad) == (length + 2.0, float(length), 1.0)
    head = weakref.ref(y)
    before = gc.isenabled()
    gc.disable()  # reference counts alone must free it: there are no cycles
    try:
        del y
        assert head() is None
        assert sys.getrefcount(a) <= 3
    finally:
        if before:
            gc.enable()


def test_recording_makes_no_garbage_for_the_collector():
    gc.collect()
    x = Value(1.0)
    for _ in range(100):
        (x * x + x.tanh() / 2).backward()
    assert gc.collect() == 0


def test_an_exception_at_any_point_of_a_pass_leaves_all_gradients_or_none():
    """KeyboardInterrupt is raised before each step of the pass in turn, as a signal would."""

    def graph():
        a, b = Value(2.0), Value(-3.0)
        out = (a * b + a).tanh() * b
        out.backward()  # so that there is something to lose
        return a, b, out

    a, b, out = graph()
    nodes = topological_order(out)
    before = [node.grad for node in nodes]
    out.backward()
    after = [node.grad for node in nodes]
    seen = set()
    for stop in range(100_000):
        a, b, out = graph()
        nodes = topological_order(out)
        count = 0

        def tracer(frame, event, arg, stop=stop):
            nonlocal count
            frame.f_trace_opcodes = True
            if event in ("opcode", "line"):  # Python 3.12.0 to 3.12.2 trace lines alone
                if count == stop:
                    raise KeyboardInterrupt
                count += 1
            return tracer

        outer = sys.gettrace()
        sys.settrace(tracer)
        try:
            out.backward()
            finished = True
        except KeyboardInterrupt:
            finished = False
        finally:
            sys.settrace(outer)
        grads = [node.grad for node in nodes]
        assert grads in (before, after)
        seen.add(grads == after)
        if finished:
            break
    assert finished
    assert stop > 100
    assert seen == {False, True}


def test_an_op_that_raises_leaves_no_gradient():
    from autograd import add_op

    def slopes(x, out):
        if x == 2.0:
            raise ZeroDivisionError
        return (1.0,)

    touchy = add_op("touchy", lambda x: x, slopes)
    x = Value(2.0)
    out = touchy(x) * x
    with pytest.raises(ZeroDivisionError):
        out.backward()
    assert [node.grad for node in topological_order(out)] == [0.0, 0.0, 0.0]


def test_recompute_runs_the_same_graph_on_new_leaf_data():
    x, y = Value(2.0), Value(3.0)
    inner = x * y
    out = inner + x
    x.data = 10.0
    assert recompute(out) is out
    assert (inner.data, out.data) == (30.0, 40.0)
    assert recompute(x) is x


def test_recompute_changes_nothing_if_an_op_raises():
    from autograd import add_op

    def forward(x):
        if x == 7.0:
            raise RuntimeError("no sevens")
        return x

    picky = add_op("picky", forward, (1.0,))
    x = Value(1.0)
    inner = x + 1
    out = picky(inner)
    x.data = 6.0
    with pytest.raises(RuntimeError, match="no sevens"):
        recompute(out)
    assert (inner.data, out.data) == (2.0, 2.0)


def test_pullback_writes_nothing_and_gives_graphs_when_it_reads_graphs():
    x = Value(2.0)
    y = x * x * x
    nodes, grads = pullback(y, 1.0)
    assert nodes[0] is y
    assert dict(zip(nodes, grads))[x] == 12.0
    assert x.grad == 0.0
    gradient = dict(zip(*pullback(y, 1.0, graph_of)))[x]
    gradient.backward()
    assert (gradient.data, x.grad) == (12.0, 12.0)


def test_the_graph_of_a_gradient_records_no_product_by_one():
    x = Value(2.0, "x")
    out = (x + 1) + 2
    assert dict(zip(*pullback(out, 1.0, graph_of)))[x] == 1.0
    assert graph_of(constant(3.0)) == 3.0
    assert clip(x, 0, 1).data == 1.0
