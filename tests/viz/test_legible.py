"""Legibility: fitted to a slide, the text of every drawing is at least 12 pixels high."""

import math
import re

import pytest
from hypothesis import given

import viz.graph.reading
from autograd import Value, topological_order
from autograd.strategies import programs
from nn import losses
from tests.viz.graphs import (
    GRAPHS,
    batch,
    lstm,
    neuron,
    numbers,
    one_sample,
    recurrence,
    second_derivative,
    total,
    values,
)
from viz import draw_dot, scene, to_json
from viz.graph.cards import lines_of
from viz.graph.chains import with_chains
from viz.graph.detail import DETAILS, detailed
from viz.graph.extent import Options, extent
from viz.graph.reading import read
from viz.graph.stacks import with_stacks
from viz.graph.stubs import with_stubs, without_shown_leaves
from viz.graph.sums import with_activations, with_few_rows, with_sums


def swept(make):
    root = make()
    if not root.grad:
        root.backward()
    return root


def size_of(svg):
    """Width and height in points."""
    found = re.search(r'<svg [^>]*width="([\d.]+)pt" height="([\d.]+)pt"', svg)
    return float(found[1]), float(found[2])


def height_of_text(svg, screen=(1280, 720)):
    """The height of the smallest text in pixels, where the drawing is fitted to the screen."""
    width, height = size_of(svg)
    sizes = [float(size) for size in re.findall(r'font-size="([\d.]+)"', svg)]
    return min(sizes) * min(screen[0] / width, screen[1] / height)


@pytest.mark.parametrize("name", GRAPHS)
def test_text_is_at_least_12_pixels_high_on_a_slide(name):
    assert height_of_text(draw_dot(swept(GRAPHS[name])).svg()) >= 12


@pytest.mark.parametrize("name", GRAPHS)
def test_the_estimated_size_is_near_that_of_the_layout(name):
    root = swept(GRAPHS[name])
    width, height = extent(detailed(read(root)), Options())
    drawn = size_of(draw_dot(root).svg())
    assert 0.8 <= drawn[0] / width <= 1.1
    assert drawn[1] / height <= 1.25


def test_a_small_graph_is_drawn_whole_without_a_notice():
    drawn = detailed(read(swept(lambda: neuron(1))))
    assert (drawn.note, drawn.compact) == ("", False)
    assert len(drawn.nodes) == len(topological_order(neuron(1)))


# Each fold has a notice, and an option that undoes it.


@pytest.mark.parametrize(
    ("make", "notice"),
    [
        (one_sample, "sums of products"),
        (batch, "4 copies as one (mean, smallest … largest)"),
        (recurrence, "8 steps as one (mean, smallest … largest)"),
        (batch, "repeated leaves"),
        (batch, "operations without a name"),
        (lambda: neuron(100), "long sums"),
    ],
)
def test_what_is_folded_is_said_and_detail_all_undoes_it(make, notice):
    root = swept(make)
    assert notice in re.sub(r"\\n", " ", draw_dot(root).source)
    whole = draw_dot(root, detail="all").source
    assert "folded" not in whole
    assert whole.count('class="value') == len(topological_order(root))


@pytest.mark.parametrize("detail", [name for name in DETAILS if name not in ("auto", "modules")])
def test_each_detail_folds_less_than_the_next(detail):
    names = ["all", "sums", "stubs", "stacks"]
    root = swept(batch)
    notices = ["sums of products", "repeated leaves", "4 copies"]
    source = re.sub(r"\\n", " ", draw_dot(root, detail=detail).source)
    assert [notice in source for notice in notices] == [i < names.index(detail) for i in range(3)]


def test_detail_modules_folds_modules():
    assert "126 values folded into" in draw_dot(swept(batch), detail="modules").source


def test_an_unknown_detail_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"detail must be one of \['auto', 'all', .*\], got 'most'"
    ):
        draw_dot(Value(1.0), detail="most")


# Sums.


@pytest.mark.parametrize("n", [2, 5])
def test_a_row_has_both_factors_their_product_and_what_flows_back(n):
    root = swept(lambda: neuron(n))
    (total,) = [node for node in with_sums(scene(root)).nodes if node.rows]
    pre = root.inputs[0]
    leaves = {node.label: node for node in topological_order(root)}
    for i, row in enumerate(total.rows[:-1]):
        w, x = leaves[f"w{i}"], leaves[f"x{i}"]
        assert (row.left, row.left_data, row.left_flow) == (w.label, w.data, w.grad)
        assert (row.right, row.right_data, row.right_flow) == (x.label, x.data, x.grad)
        assert row.product == w.data * x.data
    assert (total.rows[-1].left, total.rows[-1].left_flow) == ("b", leaves["b"].grad)
    assert (total.data, total.grad) == (pre.data, pre.grad)


def test_a_neuron_is_one_card_with_its_activation():
    root = swept(lambda: neuron(10))
    drawn = without_shown_leaves(with_activations(with_sums(scene(root))))
    (card,) = drawn.nodes
    assert (card.op, card.data, card.sum.data) == ("tanh", root.data, root.inputs[0].data)
    assert card.sum.slope == pytest.approx(1 - root.data**2)


def test_a_term_with_a_name_stays_a_card_of_its_own():
    a, b, c = Value(2.0, "a"), Value(3.0, "b"), Value(4.0, "c")
    product = a * b
    product.label = "p"
    drawn = with_sums(scene(product + b * c + c))
    assert "p" in [node.title for node in drawn.nodes]
    assert drawn.root.rows[0].left == "p" and drawn.root.rows[0].right is None


def test_long_sums_keep_their_total():
    root = swept(total)
    drawn = with_few_rows(with_sums(scene(root)))
    assert len(drawn.root.rows) == 6 and drawn.root.rows[-1].left == "… 95 more"
    assert math.fsum(row.product for row in drawn.root.rows) == pytest.approx(root.data)


# Stubs.


def test_a_stub_stands_beside_each_use_and_says_how_many_there_are():
    a = Value(3.0, "a")
    drawn = with_stubs(scene(a.exp() * a.sin() + a.cos() ** a))
    stubs = [node for node in drawn.nodes if node.title == "a"]
    assert [stub.uses for stub in stubs] == [4] * 4
    assert len({stub.id for stub in stubs}) == 4
    sources = [edge.source for edge in drawn.edges]
    assert all(sources.count(stub.id) == 1 for stub in stubs)


def test_the_cards_of_one_leaf_are_linked_by_id_and_stand_out_together():
    svg = draw_dot(swept(second_derivative)).svg()
    stubs = re.findall(r'<g id="(v\d+)_(\d+)" class="node value \w+ leaf_(v\d+)"', svg)
    assert len(stubs) == 3
    assert {(leaf, linked) for leaf, _, linked in stubs} == {(stubs[0][0], stubs[0][0])}
    assert svg.count(f":has(.leaf_{stubs[0][0]}:hover)") == 2


# Stacks.


def stacks_of(make):
    return with_stacks(with_activations(with_sums(scene(swept(make)))))


@pytest.mark.parametrize("n", [3, 4, 9])
def test_a_stack_has_the_mean_and_the_range_of_its_copies(n):
    root = swept(lambda: batch(n))
    outputs = [node for node in topological_order(root) if node.label == "layers.1.neurons.0.z"]
    drawn = with_stacks(with_activations(with_sums(scene(root))))
    (stack,) = [node for node in drawn.nodes if node.module == "layers.1.neurons.0" and node.rows]
    assert stack.copies == n == len(outputs)
    data, grads = [z.data for z in outputs], [z.grad for z in outputs]
    assert stack.data == pytest.approx(math.fsum(data) / n)
    assert (stack.spread.low, stack.spread.high) == (min(data), max(data))
    assert stack.grad == pytest.approx(math.fsum(grads) / n)


def test_what_flows_back_to_a_shared_parameter_is_its_whole_gradient():
    root = swept(batch)
    leaves = {node.label: node for node in topological_order(root)}
    for node in stacks_of(batch).nodes:
        for row in node.rows:
            if node.copies > 1 and row.left.startswith("w"):
                weight = leaves[f"{node.module}.{row.left}"]
                assert row.left_data == weight.data
                assert row.left_flow == pytest.approx(weight.grad)


def test_a_recurrence_is_a_loop_from_step_to_step():
    drawn = stacks_of(recurrence)
    (step,) = [node for node in drawn.nodes if node.copies > 1 and node.rows]
    assert (step.title, step.copies, step.op) == ("h", 8, "tanh")
    (loop,) = [edge for edge in drawn.edges if edge.back]
    assert (loop.source, loop.target, loop.count) == (step.id, step.id, 7)


def test_the_state_of_an_lstm_is_a_loop_too():
    copies = [node.copies for node in stacks_of(lstm).nodes if node.copies > 1]
    assert {5, 6} == set(copies)


def test_neurons_of_a_layer_are_no_copies_of_one_another():
    assert all(node.copies == 1 for node in stacks_of(one_sample).nodes if node.rows)


def test_samples_that_differ_in_their_graph_are_no_copies():
    w = Value(0.5, "w")
    xs = [Value(float(i), f"x{i}") for i in range(6)]
    terms = [(w * x).tanh() if i % 2 else (w * x * x).exp() for i, x in enumerate(xs)]
    root = terms[0] + terms[1] + terms[2] + terms[3] + terms[4] + terms[5]
    stacked = with_stacks(with_sums(scene(root)))
    ops = [node.op for node in stacked.nodes if node.copies == 3 and node.op]
    assert sorted(ops) == ["exp", "mul", "tanh"]


# Chains.


@given(programs(max_ops=20))
def test_the_chain_rule_holds_on_chains(program):
    root = program(*map(Value, program.point))
    root.backward()
    drawn = with_chains(scene(root), 8)
    grads = dict.fromkeys([node.id for node in drawn.nodes], 0.0)
    grads[drawn.root.id] = 1.0
    sizes = dict(grads)
    for edge in drawn.edges:
        if edge.flow is not None and math.isfinite(edge.flow):
            grads[edge.source] += edge.flow
            sizes[edge.source] += abs(edge.flow)
    for node in drawn.nodes:
        whole = node.grad is not None and math.isfinite(node.grad)
        if whole and math.isfinite(sizes[node.id]):
            assert node.grad == pytest.approx(grads[node.id], abs=1e-9 * sizes[node.id])


@given(programs(max_ops=25))
def test_no_fold_fails_on_any_program(program):
    root = program(*map(Value, program.point))
    root.backward()
    for detail in DETAILS:
        drawn = detailed(read(root), detail)
        ids = {node.id for node in drawn.nodes}
        assert drawn.root.data == root.data or root.data != root.data or drawn.root.kind == "folded"
        assert all({edge.source, edge.target} <= ids for edge in drawn.edges)


# Faults that were found by trying to break it.


def test_a_graph_whose_ops_look_alike_but_differ_in_their_operands_has_no_copies():
    a = Value(0.6, "a")
    first = a / a
    second = a * first
    third = first / second
    root = (third / a).tanh()
    root.backward()
    for detail in DETAILS:
        draw_dot(root, detail=detail)  # was a KeyError: copies that fed one another
    assert all(node.copies == 1 for node in with_stacks(scene(root)).nodes)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: [x[0] * 2, x[1] * x[2], x[3] * 5, x[4] * x[4]],
        lambda x: [x[0] ** 2, x[1] ** 3, 2 ** x[2]],
        lambda x: [x[0] / 2, 1 / x[1], x[2] / x[3]],
    ],
)
def test_operands_of_other_kinds_make_other_graphs(make):
    terms = [term.tanh() for term in make(values("x", 6))]
    stacked = with_stacks(scene(sum(terms)))
    assert [node for node in stacked.nodes if node.copies > 1 and node.op == "tanh"] == []


def test_predictions_and_targets_are_not_stacked_together():
    root = losses.mse(values("p", 12), values("y", 12, 1))
    root.backward()
    leaves = [node for node in with_stacks(scene(root)).nodes if not node.op and node.copies > 1]
    assert sorted((node.title, node.copies) for node in leaves) == [("p", 12), ("y", 12)]


@pytest.mark.parametrize("given_", [[1e308] * 8, [math.inf, -math.inf] * 50], ids=["large", "inf"])
def test_sums_beyond_the_largest_float_are_drawn(given_):
    root = sum(Value(x, f"x{i}") for i, x in enumerate(given_))
    root.backward()
    for detail in ("sums", "stacks", "auto"):
        draw_dot(root, detail=detail)


def test_a_graph_of_gradients_that_are_graphs_is_drawn_without_being_recorded_further():
    x, w = Value(0.5, "x"), Value(2.0, "w")
    root = (w * x + x).tanh()
    root.backward(create_graph=True)
    drawn = scene(root)
    assert all(type(edge.flow) is float for edge in drawn.edges)
    to_json(drawn)


def test_the_slope_of_a_chain_with_a_neuron_in_it_is_that_of_the_whole_card():
    w, x, u, h = values("w", 4)
    root = (w * x + u * h + w).tanh().exp()
    root.backward()
    drawn = with_chains(with_activations(with_sums(scene(root))), 8, sums=True)
    for edge in drawn.edges:
        leaf = next(node for node in drawn.nodes if node.id == edge.source)
        assert edge.slope == pytest.approx(leaf.grad) == pytest.approx(edge.flow)


def test_a_chain_over_copies_claims_no_slope():
    w = Value(0.7, "w")
    terms = [((w * x).exp().sin().exp() + 1).log() for x in values("x", 5)]
    root = sum(terms)
    root.backward()
    drawn = with_chains(with_stacks(with_sums(scene(root))), 8, sums=True)
    leaf = next(node for node in drawn.nodes if node.title == "w")
    (shared,) = [edge for edge in drawn.edges if edge.source == leaf.id]
    assert shared.bundle and math.isnan(shared.slope)
    assert shared.flow == pytest.approx(w.grad)


def test_a_loop_stays_in_sight_when_chains_are_folded():
    for name in ("an orbit", "an LSTM", "8 recurrent steps"):
        drawn = detailed(read(swept(GRAPHS[name])))
        assert any(edge.back for edge in drawn.edges), name


def test_the_names_of_parameters_stay_in_sight_when_sums_are_folded():
    root = swept(GRAPHS["attention"])
    source = draw_dot(root).source
    for kind in "qkv":
        assert f"W{kind}00" in source


@pytest.mark.parametrize("detail", ["stacks", "auto"])
def test_units_that_are_off_in_some_copies_are_marked(detail):
    w = Value(0.7, "w")
    root = sum((w * x).relu() for x in values("x", 12))
    root.backward()
    off = sum(x < 0 for x in numbers(12))
    assert f"{off} of 12 off" in draw_dot(root, detail=detail).source


def test_where_nan_comes_from_stays_in_sight():
    xs = values("x", 6)
    xs[3].data = math.nan
    w = Value(0.7, "w")
    root = sum((w * x).tanh() for x in xs)
    root.backward()
    assert "first nan" in draw_dot(root).source


@pytest.mark.parametrize("detail", ["all", "sums", "stubs", "stacks", "auto"])
def test_a_highlighted_path_is_seen_from_its_beginning(detail):
    root = neuron(10)
    leaf = next(node for node in topological_order(root) if node.label == "w3")
    source = draw_dot(root, highlight=leaf, detail=detail).source
    assert "<B>w3</B>" in source and 'class="slope path"' in source


def test_what_flows_back_is_summed_for_a_shared_leaf_and_for_no_other_that_is_equal():
    w, b = Value(0.5, "w"), Value(0.1, "b")
    xs = [Value(0.0, f"x{i}") for i in range(4)]
    root = sum((w * x + b + b * b).tanh() for x in xs)
    root.backward()
    stacked = with_stacks(with_sums(scene(root)))
    (neuron_card,) = [node for node in stacked.nodes if node.rows and node.copies == 4]
    row = neuron_card.rows[0]
    assert row.summed == (True, False)
    assert row.right_flow == pytest.approx(sum(x.grad for x in xs) / 4)


def test_the_description_counts_every_value():
    for name in ("a batch of 4", "a neuron of 100", "8 recurrent steps"):
        root = swept(GRAPHS[name])
        count = len(topological_order(root))
        assert f": {count:,} values, as " in draw_dot(root).description


def test_a_note_promises_no_more_than_detail_all_keeps():
    root = swept(lambda: neuron(600))
    assert "shows all" not in draw_dot(root).source
    assert "values folded into" in draw_dot(root, detail="all").source


def test_numbers_in_rows_are_written_as_asked():
    root = swept(lambda: neuron(10))
    source = draw_dot(root, number="{:.1f}".format).source
    assert "0.689" not in source and "0.7" in source


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
@pytest.mark.parametrize("name", ["a sample", "a batch of 4", "cross-entropy of 5", "a neuron"])
def test_text_is_large_enough_in_each_direction_and_with_flows(name, rankdir):
    root = swept(GRAPHS[name])
    for flows in (False, True):
        assert height_of_text(draw_dot(root, rankdir=rankdir, flows=flows).svg()) >= 11.5


def test_a_weight_comes_first_in_its_row_whatever_was_written():
    x, w, b = Value(1.0, "x"), Value(0.5, "w"), Value(0.1, "b")
    root = x * w + b * x + b
    root.backward()
    (card,) = [node for node in with_sums(scene(root)).nodes if node.rows]
    first = lines_of(card, "{:g}".format)[3]
    assert [cell.text.strip("\u00a0") for cell in first.cells][:3] == ["w·x", "0.5", "1"]


def test_depth_and_detail_together_are_refused():
    with pytest.raises(ValueError, match="draw_dot takes depth or detail, got depth=1 and"):
        draw_dot(Value(1.0), depth=1, detail="all")


def test_a_long_chain_of_different_ops_is_drawn_in_a_moment():
    x = Value(0.5, "x")
    for i in range(3000):
        x = (x.sin, x.cos, x.tanh, x.sigmoid)[i * i % 7 % 4]()
    x.backward()
    assert len(detailed(read(x)).nodes) <= 100  # took over a minute: every pair was compared


# Facts once.


@pytest.mark.parametrize("draw", [draw_dot, lambda root: draw_dot(root, depth=0)])
def test_one_drawing_sorts_the_graph_once(monkeypatch, draw):
    calls = []

    def counted(root):
        calls.append(root)
        return topological_order(root)

    monkeypatch.setattr(viz.graph.reading, "topological_order", counted)
    root = swept(batch)
    draw(root)
    assert calls == [root]
