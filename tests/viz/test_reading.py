"""What is odd about a node: stale numbers, gradients of other passes, ops that block."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    Value,
    abs,
    add_op,
    atan,
    clip,
    constant,
    cos,
    cosh,
    elu,
    exp,
    log,
    maximum,
    minimum,
    mul,
    recompute,
    relu,
    sigmoid,
    softplus,
    sqrt,
    tanh,
    topological_order,
    where,
)
from autograd.strategies import programs
from viz import draw_dot, folded, passes, scene, to_json, to_tree
from viz.graph.reading import flatness, slopes_of

SEEDS = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6)


def flat(node):
    return flatness(node, slopes_of(node))


def marks(root):
    """The marks there are, by name."""
    return {node.name: node.mark for node in scene(root).nodes if node.mark}


# Stale.


def test_a_value_is_stale_once_data_was_assigned_below_it_and_until_it_is_recomputed():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    root = a * b + b
    assert marks(root) == {}
    a.data = 5.0
    assert marks(root) == {"a * b": "stale", "a * b + b": "stale"}
    recompute(root)
    assert marks(root) == {}
    assert root.data == 18.0


def test_data_assigned_to_an_inner_node_makes_it_stale_and_what_uses_it():
    a = Value(2.0, "a")
    inner = a * a
    root = inner + 1
    inner.data = 7.0
    assert marks(root) == {"a * a": "stale", "a * a + 1": "stale"}


def test_the_same_number_assigned_again_makes_nothing_stale():
    a = Value(math.nan, "a")
    root = a * 2 + 1
    a.data = math.nan
    assert "stale" not in marks(root).values()


@given(programs())
def test_what_was_just_recorded_is_never_stale(program):
    assert "stale" not in marks(program(*map(Value, program.point))).values()


def test_the_note_at_the_bottom_counts_what_is_stale_and_says_what_to_do():
    a = Value(2.0, "a")
    root = a * a + a
    assert (scene(root).note, "labelloc" in draw_dot(root).source) == ("", False)
    a.data = 5.0
    note = "2 of 3 values stale: data was assigned after recording; recompute(root) runs it again"
    assert scene(root).note == note
    drawing = draw_dot(root)
    assert note in drawing.source
    assert "labelloc=b" in drawing.source
    assert note in drawing.description
    recompute(root)
    assert note not in draw_dot(root).source


def test_texts_of_a_scene_tell_its_marks():
    a = Value(2.0, "a")
    root = a * a + 1
    a.data = 3.0
    assert '"mark": "stale"' in to_json(scene(root))
    assert "a * a = 4.0000 (stale)" in to_tree(scene(root))


def test_a_folded_card_says_that_there_is_something_stale_in_it():
    x = Value(1.0, "x")
    root = x
    for _ in range(100):
        root = root * 0.99 + 0.01
    assert {card.mark for card in folded(root).nodes} == {""}
    x.data = 2.0
    cards = [card for card in folded(root).nodes if card.kind == "folded"]
    assert {card.mark for card in cards} == {"stale inside"}
    assert "200 of 401 values stale" in folded(root).note


# Gradients of other passes.


@given(programs(), SEEDS)
def test_after_one_backward_pass_no_gradient_differs_whatever_the_seed(program, seed):
    root = program(*map(Value, program.point))
    root.backward(seed)
    assert "grad differs" not in marks(root).values()


@given(programs())
def test_after_a_second_pass_those_of_leaves_differ_and_no_others_do(program):
    leaves = list(map(Value, program.point))
    root = program(*leaves)
    root.backward()
    once = {leaf: leaf.grad for leaf in leaves}
    root.backward()
    order = topological_order(root)
    drawn = scene(root)
    found = {node for node, card in zip(order, drawn.nodes) if card.mark == "grad differs"}
    assert found <= set(leaves)
    for i, node in enumerate(order):
        size = sum(
            math.fabs(edge.flow) for edge in drawn.edges if edge.source == f"v{i}" and edge.flow
        )
        if node in once and node is not root and math.fabs(once[node]) > 1e-6 * size:
            assert node in found


def test_where_another_root_has_left_a_gradient_it_differs():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    one, other = a * b, a + b
    other.backward()
    one.backward()
    assert marks(one) == {"a": "grad differs", "b": "grad differs"}


def test_that_of_a_node_that_leads_out_of_the_drawing_too_differs_after_a_pass_from_above():
    a = Value(2.0, "a")
    inner = a * 3
    part = inner + 1
    (part * inner).backward()
    assert marks(part) == {"a * 3": "grad differs"}
    assert marks(part * 1) == {}


def test_a_pass_from_above_with_no_other_paths_leaves_none_that_differs():
    a = Value(2.0, "a")
    inner = a * 3
    (inner * 5).backward()
    assert scene(inner).root.grad == 5.0
    assert marks(inner) == {}


@pytest.mark.parametrize("grad", [0.0, 0.5])
def test_a_gradient_that_was_zeroed_or_clipped_differs(grad):
    w = Value(2.0, "w")
    root = w * 3
    root.backward()
    w.grad = grad
    assert marks(root) == {"w": "grad differs"}


def test_beside_stale_values_no_gradient_is_said_to_differ():
    a = Value(2.0, "a")
    root = a * a
    root.backward()
    a.data = 3.0
    assert marks(root) == {"a * a": "stale"}


def test_a_quiz_and_a_player_have_no_marks_of_passes_before():
    a = Value(2.0, "a")
    root = a * a
    root.backward()
    root.backward()
    assert marks(root) == {"a": "grad differs"}
    assert {card.mark for card in passes(root)[0].nodes} == {""}
    assert passes(root)[0].nodes[0].grad == 4.0


# Off and saturated.


@pytest.mark.parametrize(
    "make",
    [
        lambda x: relu(x - 3),
        lambda x: relu(x - 2),
        lambda x: where(1.0, 5.0, x),
        lambda x: where(0.0, x, 5.0),
        lambda x: where(x, 2.0, 3.0),
        lambda x: clip(x, 3.0, 4.0),
        lambda x: clip(x, 0.0, 1.0),
        lambda x: maximum(x, 3.0),
        lambda x: minimum(x, 1.0),
    ],
)
def test_a_switch_that_lets_nothing_through_is_off(make):
    assert flat(make(Value(2.0, "x"))) == "off"


@pytest.mark.parametrize(
    "make",
    [
        lambda x: relu(x),
        lambda x: where(1.0, x, 5.0),
        lambda x: where(0.0, x, Value(5.0)),
        lambda x: clip(x, 0.0, 4.0),
        lambda x: clip(x, 2.0, 4.0),
        lambda x: maximum(x, 1.0),
        lambda x: maximum(x, 2.0),
        lambda x: maximum(x, Value(3.0)),
        lambda x: abs(x - 2),
    ],
)
def test_an_op_through_which_something_flows_is_not_off(make):
    assert flat(make(Value(2.0, "x"))) == ""


@pytest.mark.parametrize(
    ("op", "at"),
    [
        (tanh, 9.0),
        (tanh, -4.0),
        (sigmoid, 9.0),
        (sigmoid, -9.0),
        (exp, -10.0),
        (softplus, -10.0),
        (elu, -9.0),
        (atan, -100.0),
    ],
)
def test_a_unit_near_its_asymptote_is_saturated(op, at):
    assert flat(op(Value(at))) == "saturated"
    assert flat(op(Value(0.5))) == ""


@pytest.mark.parametrize(
    "root",
    [
        exp(Value(9.0)),
        log(Value(500.0)),
        sqrt(Value(1e6)),
        cos(Value(0.0)),
        cosh(Value(1e-3)),
        Value(1e-4) ** 2,
        Value(1.0) * 1e-9,
        Value(1.0) * 1e-15,
        Value(1.0) * 0.0,
        Value(1e-9) * Value(1e-9),
        Value(1.0) / 1e6,
        softplus(Value(10.0)),
    ],
    ids=repr,
)
def test_a_small_slope_or_a_large_number_alone_is_not_saturated(root):
    assert flat(root) == ""


def test_a_constant_and_what_is_made_of_constants_is_never_flat():
    root = tanh(constant(9.0)) + Value(1.0, "x")
    assert marks(root) == {}


@pytest.mark.parametrize("error", [ValueError, OverflowError, ZeroDivisionError])
def test_an_op_of_ones_own_that_raises_far_out_is_drawn_without_a_mark(error):
    def forward(x):
        if x > 1000:
            raise error("too far")
        return x * 1e-3

    op = add_op("near", forward, lambda x, out: (1e-3,))
    root = op(Value(2.0, "x"))
    assert marks(root) == {}
    assert "near" in draw_dot(root).source


def test_an_op_of_ones_own_that_levels_off_is_saturated():
    op = add_op("level", lambda x: x / (1 + math.fabs(x)), lambda x, out: ((1 + abs(x)) ** -2,))
    assert flat(op(Value(50.0))) == "saturated"
    assert flat(op(Value(1.0))) == ""


# Which mark.


@pytest.mark.parametrize(
    ("number", "mark"), [(math.nan, "first nan"), (math.inf, "first inf"), (-math.inf, "first inf")]
)
def test_the_first_nan_or_infinity_comes_before_all_other_marks(number, mark):
    a = Value(2.0, "a")
    inner = relu(a)
    root = inner + 1
    inner.data = number
    assert marks(root)["relu(a)"] == mark
    assert marks(root)["relu(a) + 1"] == "stale"


def test_only_the_first_that_is_not_finite_is_marked_so():
    root = mul(log(Value(0.0, "x")), 0.5) + Value(math.inf, "y")
    assert marks(root) == {"log(x)": "first inf", "log(x) * 0.5 + y": "first nan"}


def test_stale_comes_before_off():
    a = Value(2.0, "a")
    root = relu(a)
    a.data = -2.0
    assert marks(root) == {"relu(a)": "stale"}
    recompute(root)
    assert marks(root) == {"relu(a)": "off"}
