"""The scene: what a drawing will show, before anything is drawn."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, constant, tanh, topological_order
from autograd.strategies import programs
from nn import MLP, Layer, Sequential, losses
from viz import Edge, draw_dot, folded, scene


@given(programs())
def test_nodes_and_edges_are_those_of_the_graph_in_topological_order(program):
    root = program(*map(Value, program.point))
    drawn, order = scene(root), topological_order(root)
    assert [(n.id, n.data, n.op) for n in drawn.nodes] == [
        (f"v{i}", v.data, v.op.name if v.op else "") for i, v in enumerate(order)
    ]
    id_of = {v: f"v{i}" for i, v in enumerate(order)}
    wanted = []
    for v in order:
        wanted += [(id_of[x], id_of[v]) for x in v.inputs]
    assert [(e.source, e.target) for e in drawn.edges] == wanted
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
            assert node.grad == pytest.approx(
                math.fsum(flows), rel=1e-9, abs=1e-12 * max(map(abs, flows))
            )


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
    [
        ("x", "input"),
        ("x1", "input"),
        ("Y", "input"),
        ("y_true", "input"),
        ("w1", "parameter"),
        ("b", "parameter"),
        ("", "parameter"),
    ],
)
def test_a_leaf_is_an_input_or_a_parameter_by_its_label(label, kind):
    assert scene(Value(1.0, label)).root.kind == kind


def test_kinds():
    out = (Value(2.0, "w") * Value(1.0, "x") + 1).tanh()
    assert [n.kind for n in scene(out).nodes] == [
        "parameter",
        "input",
        "inner",
        "constant",
        "inner",
        "output",
    ]


def test_the_kind_of_what_is_made_does_not_depend_on_its_label():
    out = Value(2.0, "w") * 2
    out.label = "x"
    assert scene(out).root.kind == "output"
    assert scene(out + 1).nodes[2].kind == "inner"


def test_ops_are_named_and_drawn_by_their_glyph():
    drawn = scene((Value(2.0) * 3).sigmoid())
    assert [(n.op, n.glyph) for n in drawn.nodes] == [
        ("", ""),
        ("const", ""),
        ("mul", "×"),
        ("sigmoid", "σ"),
    ]


def test_a_node_is_titled_with_its_label_or_its_formula():
    x, w = Value(2.0, "x"), Value(3.0, "w")
    product = w * x
    out = tanh(product + 0.5)
    assert [n.title for n in scene(out).nodes] == [
        "w",
        "x",
        "w * x",
        "0.5",
        "w * x + 0.5",
        "tanh(w * x + 0.5)",
    ]
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


# Names.


def called(nodes):
    return [node.name for node in nodes if node.kind != "constant"]


@settings(max_examples=20)
@given(st.lists(st.integers(1, 3), min_size=2, max_size=4), st.integers(1, 3), st.booleans())
def test_no_two_nodes_of_a_network_share_a_name(sizes, n, labelled):
    model = MLP(sizes, rng=0)
    X = []
    for i in range(n):
        names = [f"x{j}" if labelled else "" for j in range(sizes[0])]
        X.append([Value(float(i + j), name) for j, name in enumerate(names)])
    loss = losses.mse(
        [out if isinstance(out, Value) else out[0] for out in map(model, X)], [0.5] * n
    )
    for drawn in (scene(loss), folded(loss), folded(loss, 1)):
        assert len(set(called(drawn.nodes))) == len(called(drawn.nodes))


@given(programs())
def test_no_two_nodes_of_a_program_share_a_name(program):
    names = called(scene(program(*map(Value, program.point))).nodes)
    assert len(set(names)) == len(names)


def test_a_title_that_repeats_is_numbered():
    a, b = Value(1.0, "a"), Value(2.0, "a")
    nodes = scene(a * b + a * b).nodes
    assert [node.title for node in nodes] == ["a", "a", "a * a", "a * a", "a * a + a * a"]
    assert [node.name for node in nodes] == ["a", "a #2", "a * a", "a * a #2", "a * a + a * a"]


def test_a_title_that_repeats_in_modules_gets_their_paths():
    names = called(scene(MLP([1, 2, 1], rng=0)([Value(1.0, "x")])).nodes)
    assert {
        "layers.0.neurons.0.b",
        "layers.0.neurons.1.b",
        "layers.1.neurons.0.b",
        "layers.1.neurons.0.z",
    } <= set(names)
    assert {"w.0 * x in layers.0.neurons.0", "w.0 * x in layers.0.neurons.1", "x"} <= set(names)


def test_a_node_without_a_title_is_called_by_its_id():
    long = Value(1.0, "a_long_name") * Value(2.0, "another_long_name")
    node = scene(long + 1).nodes[2]
    assert (node.title, node.name) == ("", "v2")


def test_constants_share_their_names():
    nodes = scene(Value(3.0, "x") * 2 + 2).nodes
    assert [node.name for node in nodes if node.kind == "constant"] == ["2", "2"]


def test_names_are_used_in_formulas_and_tell_inputs_from_parameters():
    p, q = Value(2.0), Value(3.0)
    nodes = scene(tanh(p * q), names={"x1": p, "w": q}).nodes
    assert [(node.title, node.kind) for node in nodes[:2]] == [("x1", "input"), ("w", "parameter")]
    assert [node.title for node in nodes[2:]] == ["x1 * w", "tanh(x1 * w)"]


def test_the_first_name_counts_and_lists_number_what_is_in_them():
    p, q = Value(2.0), Value(3.0)
    names = {"other": 3, "xs": [p, "no value", q], "again": p, "pair": (q,)}
    assert [node.title for node in scene(p * q, names).nodes] == ["xs[0]", "xs[2]", "xs[0] * xs[2]"]
    assert [node.kind for node in scene(p * q, names).nodes] == ["input", "input", "output"]


@pytest.mark.parametrize("draw", [scene, folded, draw_dot])
@pytest.mark.parametrize(
    "names", [[Value(1.0)], "x", 3, {Value(1.0)}], ids=lambda names: type(names).__name__
)
def test_names_must_be_a_mapping(draw, names):
    with pytest.raises(
        TypeError,
        match=f"names must map names to Values, as locals\\(\\) does, got {type(names).__name__}",
    ):
        draw(Value(1.0) * 2, names=names)


@pytest.mark.parametrize("draw", [scene, folded, draw_dot])
def test_a_highlight_must_be_a_node_of_the_graph(draw):
    a = Value(1.0, "a")
    with pytest.raises(TypeError, match="highlight must be a Value of the graph, got str 'a'"):
        draw(a * 2, highlight="a")
    with pytest.raises(
        ValueError,
        match=r"highlight must be a node of the graph, got Value\(3.0\), on which the root does",
    ):
        draw(a * 2, highlight=Value(3.0))


@pytest.mark.parametrize("draw", [scene, folded])
def test_only_a_value_has_a_scene(draw):
    with pytest.raises(
        TypeError, match="a drawing needs the root of a graph, a Value such as the loss, got list"
    ):
        draw([Value(1.0)])


# Networks.


@pytest.mark.parametrize(("given", "kind"), [(Value, "input"), (float, "constant")])
def test_what_a_network_is_given_lies_outside_of_its_boxes(given, kind):
    model = MLP([2, 3, 1], rng=0)
    drawn = scene(model([given(0.25), given(-0.75)]))
    found = [
        node for node in drawn.nodes if node.data in (0.25, -0.75) and not node.op.startswith("mul")
    ]
    assert [(node.kind, node.module) for node in found] == [(kind, "")] * 2
    sources = [edge.source for edge in drawn.edges]
    assert all(sources.count(node.id) == 3 for node in found)
    parameters = [node for node in drawn.nodes if node.kind == "parameter"]
    assert len(parameters) == len(model.parameters())
    assert all(node.module.startswith("layers.") for node in parameters)


def test_a_constant_of_one_neuron_alone_lies_in_its_box():
    drawn = scene(Sequential(Layer(1, 1, lambda z: z * 0.125, rng=0))([Value(2.0, "x")]))
    (node,) = [node for node in drawn.nodes if node.kind == "constant"]
    assert node.module.endswith("neurons.0")


def test_beside_no_modules_a_leaf_without_a_name_is_a_parameter():
    assert [node.kind for node in scene(Value(1.0) * Value(2.0)).nodes[:2]] == [
        "parameter",
        "parameter",
    ]
