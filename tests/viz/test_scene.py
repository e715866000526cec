"""The scene: what a drawing will show, before anything is drawn."""

import math

import pytest
from hypothesis import given

from autograd import Value, constant, tanh, topological_order
from autograd.strategies import programs
from viz import Edge, scene


@given(programs())
def test_nodes_and_edges_are_those_of_the_graph_in_topological_order(program):
    root = program(*map(Value, program.point))
    drawn, order = scene(root), topological_order(root)
    assert [(n.id, n.data, n.op) for n in drawn.nodes] == [(f"v{i}", v.data, v.op.name if v.op else "") for i, v in enumerate(order)]
    id_of = {v: f"v{i}" for i, v in enumerate(order)}
    assert [(e.source, e.target) for e in drawn.edges] == [(id_of[x], id_of[v]) for v in order for x in v.inputs]
    assert all(int(e.source[1:]) < int(e.target[1:]) for e in drawn.edges)
    assert drawn.root is drawn.nodes[-1]


@given(programs())
def test_every_gradient_is_the_sum_over_its_edges_of_slope_times_the_gradient_there(program):
    root = program(*map(Value, program.point))
    root.backward()
    drawn = scene(root)
    grads = {n.id: n.grad for n in drawn.nodes}
    for node in drawn.nodes[:-1]:
        if node.kind != "constant":
            flows = [e.slope * grads[e.target] for e in drawn.edges if e.source == node.id]
            assert node.grad == pytest.approx(math.fsum(flows), rel=1e-9, abs=1e-12 * max(map(abs, flows)))


def test_slopes_are_those_at_the_numbers_of_the_forward_pass():
    a, b = Value(2.0), Value(-3.0)
    assert scene(a * b).edges == (Edge("v0", "v2", -3.0, True), Edge("v1", "v2", 2.0, True))


def test_a_value_used_twice_is_one_node_with_two_edges():
    a = Value(3.0, "a")
    drawn = scene(a * a)
    assert [n.title for n in drawn.nodes] == ["a", "a * a"]
    assert drawn.edges == (Edge("v0", "v1", 3.0, True), Edge("v0", "v1", 3.0, True))


def test_no_gradient_flows_out_of_constants_nor_do_they_set_the_scale():
    drawn = scene(Value(100.0) * 2)
    assert [(e.slope, e.flows) for e in drawn.edges] == [(2.0, True), (100.0, False)]
    assert drawn.largest_slope == 2.0


def test_gradients_of_another_pass_are_not_shown_as_those_of_this_root():
    x = Value(3.0)
    (x * 2).backward()
    assert [n.grad for n in scene(x * x).nodes] == [None, None]


def test_ids_depend_on_the_graph_alone():
    def build():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        return tanh(a * b + a) - 1

    assert scene(build()) == scene(build())


def test_no_gradients_before_a_backward_pass():
    a = Value(2.0)
    out = a * 3
    assert [n.grad for n in scene(out).nodes] == [None, None, None]
    out.backward()
    assert [n.grad for n in scene(out).nodes] == [3.0, None, 1.0]


def test_a_gradient_of_zero_after_a_backward_pass_is_a_number():
    a, b = Value(-2.0, "a"), Value(1.0, "b")
    out = a.relu() + b
    out.backward()
    assert scene(out).nodes[0].grad == 0.0


def test_constants_never_have_a_gradient():
    out = Value(2.0) * 3 + constant(1.0)
    out.backward()
    constants = [n for n in scene(out).nodes if n.kind == "constant"]
    assert [(n.data, n.grad) for n in constants] == [(3.0, None), (1.0, None)]


def test_a_gradient_of_nan_counts_as_a_backward_pass():
    a = Value(0.0, "a")
    a.grad = math.nan
    assert math.isnan(scene(a).nodes[0].grad)


@pytest.mark.parametrize(
    ("label", "kind"),
    [("x", "input"), ("x1", "input"), ("Y", "input"), ("y_true", "input"), ("w1", "parameter"), ("b", "parameter"), ("", "parameter")],
)
def test_a_leaf_is_an_input_or_a_parameter_by_its_label(label, kind):
    assert scene(Value(1.0, label)).root.kind == kind


def test_kinds():
    out = (Value(2.0, "w") * Value(1.0, "x") + 1).tanh()
    assert [n.kind for n in scene(out).nodes] == ["parameter", "input", "inner", "constant", "inner", "output"]


def test_the_kind_of_what_is_made_does_not_depend_on_its_label():
    out = Value(2.0, "w") * 2
    out.label = "x"
    assert scene(out).root.kind == "output"
    assert scene(out + 1).nodes[2].kind == "inner"


def test_ops_are_named_and_drawn_by_their_glyph():
    drawn = scene((Value(2.0) * 3).sigmoid())
    assert [(n.op, n.glyph) for n in drawn.nodes] == [("", ""), ("const", ""), ("mul", "×"), ("sigmoid", "σ")]


def test_a_node_is_titled_with_its_label_or_its_formula():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    product = w * x
    out = tanh(product + 0.5)
    assert [n.title for n in scene(out).nodes] == ["w", "x", "w * x", "0.5", "w * x + 0.5", "tanh(w * x + 0.5)"]
    product.label = "p"
    assert [n.title for n in scene(out).nodes] == ["w", "x", "p", "0.5", "p + 0.5", "tanh(p + 0.5)"]


def test_a_leaf_without_a_label_is_titled_with_its_number():
    assert scene(Value(0.123456)).root.title == "0.1235"


def test_where_the_formula_is_long_the_root_is_out_and_an_inner_node_has_no_title():
    long = Value(1.0, "a_long_name") * Value(2.0, "another_long_name")
    assert scene(long).root.title == "out"
    assert [n.title for n in scene(long + 1).nodes][2:] == ["", "1", "out"]


def test_the_largest_gradient_and_slope_are_those_of_finite_size():
    a = Value(2.0, "a")
    out = a * -5
    out.backward()
    assert (scene(out).largest_grad, scene(out).largest_slope) == (5.0, 5.0)
    a.grad = math.inf
    assert scene(out).largest_grad == 1.0
    assert scene(Value(0.0) ** -1).largest_slope == 0.0
    assert scene(Value(1.0)).largest_grad == 0.0


def test_a_scene_is_frozen():
    with pytest.raises(AttributeError, match="cannot assign"):
        scene(Value(1.0)).root.data = 2.0
