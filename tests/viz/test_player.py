"""Both passes, step by step: the numbers of the pullback, in words and on the cards."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given

from autograd import CONST, Value, constant, topological_order
from autograd.graph import pullback
from autograd.strategies import programs
from nn import MLP, losses
from viz import frames, player
from viz.motion.steps import passes
from viz.style import number, typed

from .players import neuron, shown


@given(programs())
def test_the_last_texts_are_the_numbers_of_both_passes(program):
    root = program(*map(Value, program.point))
    _, steps = passes(root)
    data, grad = {}, {}
    for step in steps:
        data.update(step.data)
        grad.update(step.grad)
    grad_of = dict(zip(*pullback(root, 1.0)))
    for i, node in enumerate(topological_order(root)):
        if node.inputs:
            assert data[f"v{i}"] == number(node.data)
        if node.op is not CONST:
            wanted = grad_of.get(node, 0.0)
            assert grad.get(f"v{i}", "0") == number(wanted) or wanted == 0


def texts(root):
    return [step.text for step in passes(root)[1]]


def test_each_step_says_what_is_multiplied_and_what_adds_up():
    said = texts(neuron())
    assert said[:3] == [
        "Start: the inputs are given.",
        "Forward: w × x = −3 × 2 = −6",
        "Forward: w × x + b = −6 + 6.5 = 0.5",
    ]
    assert "Backward: ∂out/∂out = 1" in said
    giver = "grad 1 (of “tanh(w × x + b) × a”)"
    gets = f"Backward: a gets {giver} × slope 0.4621 = 0.4621; a now has 1 + 0.4621 = 1.462"
    assert gets in said
    assert sum(text.startswith("Backward: w gets") for text in said) == 1
    assert said[-1] == "Done: each grad is the slope of out with respect to that card."


def test_where_nothing_flows_the_step_says_why():
    x = Value(-1.0, "x")
    assert "Backward: x gets 0 from relu(x), which is off (slope 0)" in texts(x.relu() + x)


# B1: a backward sentence did not say that it is one, nor who gives.


def test_a_backward_sentence_that_did_not_say_so_names_pass_receiver_and_giver():
    drawn, steps = passes(neuron())
    names = {node.id: node.name for node in drawn.nodes}
    for step in steps:
        word = step.phase.capitalize()
        assert step.text.startswith(f"{word}: ")
        if step.edge:
            assert f"{names[step.node]}" in step.text.split(" gets ")[0]
            assert f"{names[step.giver]}" in step.text.split(" gets ")[1]


def test_numbers_below_zero_that_followed_an_operator_bare_have_parentheses():
    a, b = Value(-0.25, "a"), Value(-2.0, "b")
    said = texts(a * b - b + (b - 1) ** 2)
    assert "Forward: a × b = −0.25 × (−2) = 0.5" in said
    assert "Forward: a × b − b = 0.5 − (−2) = 2.5" in said
    assert not [text for text in said if re.search("[+×−*] −", text)]
    assert not [text for text in said if " * " in text or "-" in text]


@given(programs())
def test_a_sentence_of_any_graph_has_no_bare_sign_after_a_sign(program):
    for text in texts(program(*map(Value, program.point))):
        assert not re.search("[+×−] [−-]", text.replace("slope −", ""))


# B2: sentences named v39 and #2, which stood on no card.


def nested():
    model = MLP([2, 2, 1], rng=0)
    return losses.mse(model([1.0, 2.0]), 1.0)


def long_and_repeated():
    x = Value(0.5, "a name of more than twenty characters")
    for _ in range(4):
        x = x.tanh() * Value(2.0, "b") + Value(1.0, "b")
    return x


@pytest.mark.parametrize("make", [neuron, nested, long_and_repeated])
def test_what_sentences_called_by_a_name_of_no_card_stands_on_the_card(make):
    root = make()
    drawn, steps = passes(root)
    cards = [node for node in drawn.nodes if node.kind != "constant"]
    assert len({node.title for node in cards}) == len(cards)
    (_, picture) = frames(root)[0], ElementTree.fromstring(frames(root)[-1].content)
    on_cards = set(shown(picture))
    for node in cards:
        assert node.title == node.name
        assert node.title in on_cards
    for step in steps:
        if step.edge:
            name = next(node.title for node in cards if node.id == step.node)
            assert step.text.removeprefix("Backward: ").startswith((name, f"“{name}”"))


def test_a_label_that_looks_like_a_number_given_to_another_card_stays_its_own():
    a, b, c = Value(1.0, "a"), Value(2.0, "a"), Value(3.0, "a #1")
    drawn, _ = passes(a * b * c)
    names = [node.title for node in drawn.nodes]
    assert len(set(names)) == len(names)
    assert names.count("a #1") == 1 and drawn.nodes[names.index("a #1")].data == 3.0


def test_a_tooltip_that_had_the_module_of_a_repeated_label_twice_has_it_once():
    page = player(nested()).content
    assert "layers.0.neurons.0.w.0 = " not in page
    assert 'title="layers.0.neurons.0.w.0: data' in page
    assert "layers.0.neurons.0.layers.0.neurons.0" not in page


def test_at_the_end_every_gradient_is_known_even_where_nothing_or_a_zero_flowed():
    x, a = Value(0.0, "x"), Value(0.0, "a")
    root = x.sqrt() * a + (Value(-1.0, "y") * 2).relu()
    drawn, steps = passes(root)
    grad = dict(pair for step in steps for pair in step.grad)
    assert grad == {node.id: number(node.grad) for node in drawn.nodes if node.grad is not None}
    assert grad[drawn.nodes[0].id] == "nan"  # 0 × inf, as in the pullback
    assert "Backward: y gets 0 from “y × 2”, which no gradient reached" in texts(root)


def test_forward_comes_first_and_backward_never_uses_an_unfinished_gradient():
    root = neuron()
    drawn, steps = passes(root)
    phases = [step.phase for step in steps]
    assert phases == sorted(phases, key=["start", "forward", "backward", "done"].index)
    targets = {f"e{i}": edge.target for i, edge in enumerate(drawn.edges)}
    used = []
    for step in steps:
        if step.edge:
            used.append(targets[step.edge])
            assert step.node not in used


def test_a_slope_is_known_when_its_op_has_run_and_not_before():
    root = neuron()
    drawn, steps = passes(root)
    known = [edge for step in steps for edge in step.slopes]
    assert known == [f"e{i}" for i in range(len(drawn.edges))]
    for step in steps:
        assert {drawn.edges[int(id[1:])].target for id in step.slopes} <= {step.node}
        assert step.phase == "forward" or not step.slopes


def test_what_flows_back_has_a_giver_a_receiver_and_a_product_in_numbers():
    drawn, steps = passes(neuron())
    ends = {f"e{i}": (edge.target, edge.source) for i, edge in enumerate(drawn.edges)}
    handed_on = [step for step in steps if step.edge]
    assert len(handed_on) == len(drawn.edges)
    for step in handed_on:
        assert (step.giver, step.node) == ends[step.edge]
        written = typed(step.product).replace("(", "").replace(")", "")
        numbers = re.fullmatch("(.*) × (.*) = (.*)", written).groups()
        grad, slope_, flow = map(float, numbers)
        assert grad * slope_ == pytest.approx(flow, rel=2e-3)
        assert step.text.count(step.product.split(" = ")[1]) >= 1
        assert step.flows
    assert {step.giver for step in steps if not step.edge} == {""}


def test_where_nothing_flows_there_is_no_product():
    x = Value(-1.0, "x")
    _, steps = passes((x * 2).relu())
    blocked = [step for step in steps if step.edge]
    assert [(step.product, step.flows) for step in blocked] == [("0 flows", False)] * 2


@pytest.mark.parametrize(
    ("x", "a", "product"),
    [(0.0, 0.0, "0 × inf = nan"), (0.0, 1.0, "1 × inf = inf"), (4.0, 0.0, "0 × 0.25 = 0")],
    ids=["nan", "inf", "zero"],
)
def test_what_is_not_finite_flows_and_is_said(x, a, product):
    _, steps = passes(Value(x, "x").sqrt() * Value(a, "a"))
    last = next(step for step in steps if step.node == "v0")
    assert (last.product, last.flows) == (product, True)


def test_stepping_changes_no_gradient():
    root = neuron()
    passes(root)
    assert all(node.grad == 0 for node in topological_order(root))


def test_a_constant_has_no_passes():
    with pytest.raises(ValueError, match="is a constant: nothing was recorded to step through"):
        passes(constant(1.0))
