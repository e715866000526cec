"""Large graphs as few cards: no count is lost, and the drawing says what it hides."""

import math
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, topological_order
from autograd.strategies import programs
from nn import MLP, data, losses
from viz import draw_dot
from viz.graph.extent import Options, is_legible
from viz.graph.fold import folded
from viz.graph.modules import levels, module_of, modules


def batch_loss(sizes=(2, 4, 3, 1), n=6):
    model = MLP(sizes, rng=0)
    X, y = data.moons(n, rng=0)
    loss = losses.bce_with_logits(model(X), y)
    loss.backward()
    return model, loss


def chain(n):
    x = Value(1.0, "x")
    for _ in range(n):
        x = x * 0.999 + 0.1
    return x


# Modules.


@pytest.mark.parametrize(
    ("label", "module"),
    [
        ("layers.0.neurons.2.w.1", "layers.0.neurons.2"),
        ("layers.0.neurons.2.z", "layers.0.neurons.2"),
        ("layers.1.weight.0", "layers.1"),
        ("scale", ""),
        ("w.0", ""),
        ("", ""),
        ("0.", ""),
        ("a b.c", ""),
        ("<b>.x", ""),
    ],
)
def test_a_label_names_its_module_if_it_is_a_path(label, module):
    assert module_of(label) == module


@given(
    st.lists(st.sampled_from(["layers", "neurons", "0", "12", "encoder"]), max_size=6).map(".".join)
)
def test_levels_go_from_outside_in_and_end_with_the_path(path):
    around = levels(path)
    assert all(inner.startswith(outer + ".") for outer, inner in zip(around, around[1:]))
    assert (around[-1:] or ("",))[0] == path


def test_every_product_and_sum_of_a_neuron_belongs_to_it_and_the_loss_to_no_module():
    _, loss = batch_loss(n=2)
    order = topological_order(loss)
    found = dict(zip(order, modules(order)))
    paths = {f"layers.0.neurons.{j}" for j in range(4)}
    paths |= {f"layers.1.neurons.{j}" for j in range(3)}
    paths |= {"layers.2.neurons.0"}
    assert set(found.values()) == {"", *paths}
    for node, path in found.items():
        if node.op and node.op.name == "mul":
            (w,) = [x for x in node.inputs if x.op is None]
            assert path == module_of(w.label)
        if node.op and node.op.name in ("softplus", "div"):
            assert path == ""


# Folding.


@given(programs(max_ops=30))
def test_folding_loses_no_value_and_no_edge_between_cards(program):
    root = program(*map(Value, program.point))
    drawn, order = folded(root, depth=0), topological_order(root)
    assert sum(card.count for card in drawn.nodes) == len(order)
    assert drawn.root.count >= 1
    assert sum(edge.count for edge in drawn.edges) <= sum(len(node.inputs) for node in order)


@pytest.mark.parametrize(
    ("depth", "titles"), [(0, ["model"]), (1, ["layers.0", "layers.1", "layers.2"])]
)
def test_depth_is_the_number_of_levels_that_are_shown(depth, titles):
    _, loss = batch_loss()
    drawn = folded(loss, depth)
    assert (
        sorted(
            card.title
            for card in drawn.nodes
            if card.kind == "folded" and card.title[:2] in ("la", "mo")
        )
        == titles
    )


def test_a_card_tells_what_is_in_it_and_the_norm_of_its_gradient():
    model, loss = batch_loss()
    (card,) = [card for card in folded(loss, 1).nodes if card.title == "layers.1"]
    assert card.summary[:3] == ("177 values", "neurons ×3", "15 parameters")
    assert card.grad == pytest.approx(math.hypot(*[p.grad for p in model.layers[1].parameters()]))


def test_before_a_backward_pass_a_card_has_no_gradient():
    assert all(card.grad is None for card in folded(chain(50), 0).nodes)


def test_a_card_with_nan_inside_says_so():
    x = chain(50) * math.nan
    assert "nan or inf inside" in [card.mark for card in folded(x + chain(50), 0).nodes]


@pytest.mark.parametrize("depth", [-1, 1.0, True, "1"])
def test_a_depth_that_is_none_is_refused(depth):
    with pytest.raises(
        ValueError, match="depth counts levels of modules and must be an int of at least 0"
    ):
        draw_dot(Value(1.0) + 1, depth=depth)


def test_a_graph_of_more_than_2000_nodes_is_folded_and_says_so():
    drawing = draw_dot(chain(1000), detail="all")
    svg = ElementTree.fromstring(drawing.pipe())
    assert "4,001 values folded into 7 cards" in "".join(svg.itertext())
    assert drawing.source.count("box3d") == 6
    assert "box3d" not in draw_dot(chain(400), detail="all").source


def test_a_wide_network_is_folded_as_deep_as_is_legible():
    _, loss = batch_loss((2, 2, 2, 1), n=2)
    assert any(card.title == "layers.1.neurons.1" for card in folded(loss).nodes)
    assert is_legible(folded(loss), Options())
    _, loss = batch_loss((2, 150, 40, 1), n=2)
    assert {card.title for card in folded(loss).nodes} >= {"layers.0", "layers.1", "layers.2"}
    assert is_legible(folded(loss), Options())


def test_a_hundred_thousand_nodes_are_summed_up():
    drawn = folded(chain(25_000))
    assert sum(card.count for card in drawn.nodes) == 100_001
    assert len(drawn.nodes) == 7


# What a folded drawing keeps.


def test_depth_keeps_names_and_highlight():
    model = MLP([2, 2, 1], rng=0)
    p, q = Value(0.5), Value(-0.5)
    out = model([p, q])
    drawn = folded(out, 1, names={"x1": p, "height": q}, highlight=p)
    cards = {card.title: card for card in drawn.nodes}
    assert cards.keys() >= {"x1", "height", "layers.0", "layers.1"}
    assert (cards["x1"].kind, cards["height"].kind) == ("input", "parameter")
    on_path = {(edge.source, edge.target) for edge in drawn.edges if edge.on_path}
    assert on_path >= {
        (cards["x1"].id, cards["layers.0"].id),
        (cards["layers.0"].id, cards["layers.1"].id),
    }
    assert (cards["height"].id, cards["layers.0"].id) in {
        (edge.source, edge.target) for edge in drawn.edges
    } - on_path
    source = draw_dot(out, depth=1, names={"x1": p, "height": q}, highlight=p).source
    assert "<B>x1</B>" in source and "<B>height</B>" in source
    assert source.count('class="slope path"') == len(on_path)


@pytest.mark.parametrize(("max_nodes", "whole"), [(41, True), (40, False)])
def test_max_nodes_is_the_largest_graph_that_is_drawn_whole(max_nodes, whole):
    root = chain(10)
    assert len(topological_order(root)) == 41
    drawing = draw_dot(root, detail="all", max_nodes=max_nodes)
    assert ("values folded into" not in drawing.source) is whole
    assert (drawing.source.count("class=op") == 20) is whole


def recurrent(steps):
    w, u, b, h = Value(0.5, "w"), Value(0.3, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for i in range(steps):
        h = (w * h + u * Value(1.0, f"x{i}") + b).tanh()
    return h


def test_a_recurrent_chain_is_folded_for_its_long_edges_and_a_plain_one_of_its_size_is_not():
    root, plain = recurrent(100), chain(151)
    assert len(topological_order(root)) == 604 < len(topological_order(plain)) == 605
    drawing = draw_dot(root, detail="all")
    assert "604 values folded into " in drawing.source
    assert b"</svg>" in drawing.pipe()
    assert "box3d" not in draw_dot(plain, detail="all").source
    assert "box3d" not in draw_dot(recurrent(20), detail="all").source
