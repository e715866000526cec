"""Both passes, step by step: the numbers of the pullback, in words, on a page that stands alone."""

import base64
import hashlib
import html
import html.parser
import json
import math
import os
import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import CONST, Value, constant, recompute, topological_order, where
from autograd.graph import pullback
from autograd.strategies import programs
from nn import MLP, data, fit, losses
from viz import (
    TrainingPlayer,
    animate,
    compare_orders,
    draw_network,
    frames,
    naive,
    player,
    quiz,
    to_dot,
)
from viz.motion.curve import Curve
from viz.motion.pages import resource
from viz.motion.player import SCRIPTS
from viz.motion.steps import brief, passes
from viz.style import LIGHT, Scale, number, slope, typed

SVG = "{http://www.w3.org/2000/svg}"


def neuron():
    w, x, b, a = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b"), Value(3.0, "a")
    out = (w * x + b).tanh() * a + a
    out.label = "out"
    return out


# The steps.


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


# The page.


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.scripts, self.text = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [
            value
            for name, value in attrs
            if name in ("src", "href", "xlink:href", "action", "data")
        ]
        self.scripts += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, text):
        self.text.append(text)


def page(path):
    return Page(path.read_text(encoding="utf-8"))


def content(page):
    return json.loads(
        re.search(r'id="steps">(.*?)</script>', page.read_text(encoding="utf-8"), re.S).group(1)
    )


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_stands_alone(make, tmp_path):
    path = make(neuron(), tmp_path / "page.html")
    found = page(path)
    assert found.links == []
    assert found.scripts == []
    assert found.tags.count("svg") == 2
    assert "@" not in "".join(found.text).replace("@media", "")


def test_a_page_is_the_same_bytes_each_time(tmp_path):
    assert (
        player(neuron(), tmp_path / "a.html").read_bytes()
        == player(neuron(), tmp_path / "b.html").read_bytes()
    )


def test_a_quiz_asks_for_every_slope_and_then_for_every_gradient_but_the_last():
    root = neuron()
    drawn = passes(root)[0]
    asked = content(quiz(root))["quiz"]
    order = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    slopes = {f"e{i}": edge.slope for i, edge in enumerate(drawn.edges)}
    edges = [(q["id"], q["value"]) for q in asked if q["edge"]]
    assert dict(edges) == slopes
    targets = [drawn.edges[int(id[1:])].target for id, _ in edges]
    assert targets == sorted(targets, key=lambda id: -int(id[1:]))  # backward
    grads = [(q["id"], q["value"]) for q in asked[len(edges) :]]
    assert grads == [(f"v{i}", grad_of[order[i]]) for i in reversed(range(len(order) - 1))]


def test_a_quiz_without_slopes_asks_for_the_gradients_alone():
    asked = content(quiz(neuron(), slopes=False))["quiz"]
    assert {q["edge"] for q in asked} == {False}
    assert asked == [q for q in content(quiz(neuron()))["quiz"] if not q["edge"]]


def test_a_quiz_tells_the_two_slopes_of_a_square_apart_and_asks_for_none_of_a_constant():
    a = Value(3.0, "a")
    names = [q["name"] for q in content(quiz(a * a * 2))["quiz"]]
    assert names[:3] == [
        "slope from a × a to a × a × 2",
        "slope from a to a × a, input 1",
        "slope from a to a × a, input 2",
    ]
    assert len([name for name in names if name.startswith("slope")]) == 3


def test_a_quiz_asks_for_nothing_that_is_not_finite():
    x, a = Value(0.0, "x"), Value(0.0, "a")
    asked = content(quiz(x.sqrt() * a))["quiz"]
    assert [q["name"] for q in asked if q["edge"]] == [
        "slope from sqrt(x) to sqrt(x) × a",
        "slope from a to sqrt(x) × a",
    ]
    assert all(math.isfinite(q["value"]) for q in asked)


# B12: "Differentiate ^."


def test_a_hint_that_named_a_sign_names_the_operation():
    a, b = Value(3.0, "a"), Value(2.0, "b")
    hints = [q["hint"] for q in content(quiz((a**2 - b) / b * a.tanh()))["quiz"] if q["edge"]]
    named = {hint.partition(" Differentiate ")[2] for hint in hints}
    assert named == {"the product.", "the quotient.", "the difference.", "the power.", "tanh."}


# D2: scripts were joined in one scope, so that each could overwrite the names of the others.


def test_scripts_that_shared_one_scope_have_one_name_each():
    names = set()
    for script in SCRIPTS:
        lines = resource(f"{script}.js").splitlines()
        outer = [line for line in lines if line and not line.startswith((" ", "//"))]
        opening = [line for line in outer if line.endswith("(() => {")]
        assert len(opening) == 1 and "})();" in outer
        allowed = ('"use strict";', "})();", "if (page.content.quiz)", "else player.start();")
        assert not [line for line in outer if line not in opening and not line.startswith(allowed)]
        names |= set(re.findall(r"^const (\w+) =", opening[0]))
    assert names == {"page", "camera", "dock", "overview", "player", "quizForm"}


def test_no_function_of_a_script_is_longer_than_30_lines():
    for script in SCRIPTS:
        lines = resource(f"{script}.js").splitlines()
        for start, line in enumerate(lines):
            if line.startswith("  function "):
                end = next(i for i in range(start, len(lines)) if lines[i] == "  }")
                assert end - start < 30, f"{script}.js:{start + 1}"


def test_nan_and_inf_leave_the_page_readable(tmp_path):
    root = where(1.0, Value(math.inf, "x") * Value(0.0, "y"), 0.0)
    steps = content(quiz(root, tmp_path / "page.html"))
    assert "nan" in steps["steps"][1]["text"]


HOSTILE = st.text(max_size=40) | st.sampled_from(
    [  # markup, markers of the template, and characters that no page may hold
        "</script><script>alert(1)</script>",
        "]]>",
        "<!--",
        "@SVG@",
        '"><img src=x onerror=alert(1)>',
        "\ud800",
        "\u2028",
        "\u202e",
        "a" * 20_000,
    ]
)


@settings(max_examples=40)
@given(HOSTILE, HOSTILE)
def test_no_label_and_no_title_gets_out_of_its_text(tmp_path_factory, label, title):
    root = Value(2.0, label) * Value(3.0, "b")
    path = tmp_path_factory.mktemp("page") / "page.html"
    found = page(player(root, path, title=title))
    plain = page(player(Value(2.0, "x") * Value(3.0, "b"), path))
    assert found.links == plain.links
    assert found.scripts == []
    assert {tag for tag in found.tags if tag not in plain.tags} <= set()
    content(player(root, path, title=title))


def test_what_is_no_graph_for_a_page_is_refused(tmp_path):
    with pytest.raises(TypeError, match="player steps through the graph of a Value, got 3.0"):
        player(3.0, tmp_path / "page.html")
    x = Value(1.0)
    for _ in range(1001):
        x = x * x
    with pytest.raises(ValueError, match="at most 2,000 edges, this one has 2,002: use one sample"):
        player(x, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


# C4: what is no Value gave an AttributeError, or a sentence about a player that nobody called.


@pytest.mark.parametrize(
    "make", [passes, naive, compare_orders, player, quiz, animate, frames], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("given", [3.0, [1], None, "a"])
def test_what_is_no_value_is_refused_by_the_name_of_the_function(make, given):
    said = f"{make.__name__} steps through the graph of a Value, got {given!r}: pass its root"
    with pytest.raises(TypeError, match=re.escape(said)):
        make(given)


def test_a_training_player_whose_function_made_no_value_says_so():
    watched = TrainingPlayer(lambda: 3.0)
    said = "TrainingPlayer needs make_root() to return a Value, such as the loss, got 3.0"
    with pytest.raises(TypeError, match=re.escape(said)):
        watched.record()


# Pictures.


def shown(svg):
    return ["".join(text.itertext()).strip() for text in svg.iter(f"{SVG}text")]


def test_there_is_a_frame_for_each_step_with_its_sentence_and_what_is_known_by_then(tmp_path):
    root = neuron()
    steps = passes(root)[1]
    paths = frames(root, tmp_path / "strip")
    assert [path.name for path in paths] == [f"{i:03}.svg" for i in range(len(steps))]
    for path, step in zip(paths, steps):
        svg = ElementTree.parse(path).getroot()
        assert shown(svg)[-1] == step.text
    first, last = (shown(ElementTree.parse(path).getroot()) for path in (paths[0], paths[-1]))
    assert first.count("?") == 5 + 9  # data of five ops, gradients of nine nodes
    assert last.count("?") == 0


def at(part, step):
    """The texts that an animation shows at a step, by the classes of its parts."""
    span = re.search(r"\bs(\d+)-(\d+)", part.get("class", ""))
    if span is not None and not int(span[1]) <= step < int(span[2]):
        return []
    if part.tag == f"{SVG}text":
        return ["".join(part.itertext()).strip()]
    return [text for inner in part for text in at(inner, step)]


def said(texts):
    """What is there to read, in one order."""
    return sorted(text for text in texts if text)


def test_an_animation_shows_at_every_step_what_its_frame_shows():
    root = neuron()
    svg = ElementTree.fromstring(animate(root, seconds=0.5).content)
    for i, picture in enumerate(frames(root)):
        frame = ElementTree.fromstring(picture.content)
        assert said(at(svg, i)) == said(shown(frame))
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def classes(element):
    return element.get("class", "").split()


def test_every_stretch_of_an_animation_has_its_rule_and_the_end_shows_without_motion():
    svg = ElementTree.fromstring(animate(neuron()).content)
    rules = "".join(style.text for style in svg.iter(f"{SVG}style"))
    own = svg.get("id")
    used = {name for element in svg.iter() for name in classes(element)}
    names = [name for name in used if re.fullmatch(r"s\d+-\d+|[dm]\d+", name)]
    assert {name[0] for name in names} == {"s", "d", "m"}
    for name in names:
        assert f"@keyframes {own}-{name}{{" in rules
        assert re.search(rf"#{own} \.{name}{{[^}}]*animation-name:{own}-{name}}}", rules)
    n = max(int(name.split("-")[1]) for name in names if "-" in name)
    for element in svg.iter():
        if "t" in classes(element):
            last = any(name.endswith(f"-{n}") for name in classes(element))
            assert ("end" in classes(element)) == last


def parts_with(svg, name):
    return [part for part in svg.iter() if name in classes(part)]


def points_of(path):
    numbers = [float(x) for x in re.findall(r"-?[\d.]+", path)]
    return list(zip(numbers[::2], numbers[1::2]))


def distance_to(svg, id, point):
    """How far a point is from the outline of a card."""
    prefix = svg.get("id")
    group = next(part for part in svg.iter() if part.get("id") == f"{prefix}-{id}")
    outline = next(part for part in group.iter() if part.get("d") or part.get("points"))
    corners = points_of(outline.get("d") or outline.get("points"))
    x = max(min(p[0] for p in corners) - point[0], 0, point[0] - max(p[0] for p in corners))
    y = max(min(p[1] for p in corners) - point[1], 0, point[1] - max(p[1] for p in corners))
    return math.hypot(x, y)


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_a_frame_shows_what_flows_back_against_the_arrow_with_its_product(rankdir):
    root = neuron()
    _, steps = passes(root)
    for step, picture in zip(steps, frames(root, rankdir=rankdir)):
        svg = ElementTree.fromstring(picture.content)
        assert len(parts_with(svg, "flow")) == bool(step.edge)
        if not step.edge:
            continue
        (way,), (head,) = parts_with(svg, "way"), parts_with(svg, "head")
        along = points_of(way.get("d"))
        assert distance_to(svg, step.giver, along[0]) < 12 < distance_to(svg, step.node, along[0])
        assert distance_to(svg, step.node, along[-1]) < 12
        tip, _, tail, _ = points_of(head.get("points"))
        assert distance_to(svg, step.node, tip) < distance_to(svg, step.node, tail)
        assert step.product in shown(svg)


def test_a_frame_marks_the_giver_and_the_receiver_each_in_its_way():
    step = next(step for step in passes(neuron())[1] if step.edge)
    picture = frames(neuron())[passes(neuron())[1].index(step)]
    svg = ElementTree.fromstring(picture.content)
    bold = {}
    for group in parts_with(svg, "value"):
        lines = [part for part in group.iter() if part.get("stroke") == LIGHT.highlight]
        dotted = [line for line in lines if line.get("stroke-dasharray") != "none"]
        if lines:
            bold[group.get("id").rpartition("-")[2]] = bool(dotted)
    assert bold == {step.node: False, step.giver: True}


def test_a_frame_says_nothing_of_a_slope_before_its_op_has_run():
    root = neuron()
    drawn, steps = passes(root)
    known = set()
    for step, picture in zip(steps, frames(root)):
        known |= set(step.slopes)
        svg = ElementTree.fromstring(picture.content)
        for group in parts_with(svg, "slope"):
            id = group.get("id").rpartition("-")[2]
            edge = drawn.edges[int(id[1:])]
            words = "".join(group.itertext())
            lines = [part for part in group.iter() if part.get("stroke")]
            colours = {line.get("stroke").upper() for line in lines}
            widths = {line.get("stroke-width") for line in lines}
            assert (slope(edge.slope) in words) == (id in known)
            if id not in known:
                assert (colours, widths) == ({LIGHT.line}, {"1"})
                assert not [line for line in lines if line.get("stroke-dasharray")]
                tips = [name for part in group.iter() for name in part.attrib]
                assert not [name for name in tips if name.endswith("title")]


def test_a_frame_gives_no_sign_of_a_gradient_away_before_its_step():
    root = neuron()
    drawn, steps = passes(root)
    below = {node.id: number(node.grad) for node in drawn.nodes if (node.grad or 0.0) < 0}
    assert below
    grad = {}
    for step, picture in zip(steps, frames(root)):
        grad.update(step.grad)
        svg = ElementTree.fromstring(picture.content)
        for group in parts_with(svg, "value"):
            id = group.get("id").rpartition("-")[2]
            dashes = {part.get("stroke-dasharray") for part in group.iter()}
            if grad.get(id) != below.get(id, ""):
                assert "5,2" not in dashes


def test_where_nothing_flows_a_frame_has_a_bar_and_no_head_that_points():
    x = Value(-1.0, "x")
    last = frames(x.relu())[-2]
    svg = ElementTree.fromstring(last.content)
    (flow,), (bar,) = parts_with(svg, "flow"), parts_with(svg, "head")
    assert "blocked" in classes(flow)
    assert len(points_of(bar.get("points"))) == 4
    assert "0 flows" in shown(svg)
    (moving,) = parts_with(ElementTree.fromstring(animate(x.relu()).content), "flow")
    assert not parts_with(moving, "dot")


def test_the_dots_of_an_animation_go_the_whole_way_and_only_where_motion_is_wanted():
    svg = ElementTree.fromstring(animate(neuron()).content)
    rules = "".join(style.text for style in svg.iter(f"{SVG}style"))
    moving = rules[rules.index("@media (prefers-reduced-motion:no-preference)") :]
    flows = parts_with(svg, "flow")
    assert len(flows) == sum(bool(step.edge) for step in passes(neuron())[1])
    for flow in flows:
        (way,), (dot,) = parts_with(flow, "way"), parts_with(flow, "dot")
        name = next(name for name in classes(dot) if name.startswith("m"))
        assert f'.{name}{{offset-path:path("{way.get("d")}")' in moving
    assert "offset" not in rules[: rules.index(moving)]


# V2: what stood on one page shared ids and rules.


def test_pictures_of_several_graphs_share_no_id_no_keyframes_and_no_rule():
    a = Value(2.0, "a")
    made = [animate(neuron()), animate(a * a), *frames(neuron())[-2:], *frames(a * a, theme="auto")]
    ids, moves = [], []
    for picture in made:
        svg = ElementTree.fromstring(picture.content)
        found = {part.get("id") for part in svg.iter() if part.get("id")}
        ids += sorted(found)
        assert all(id.startswith(svg.get("id")) for id in found)
        assert set(svg.get("aria-labelledby").split()) <= found
        rules = svg.findall(f"{SVG}style")
        own = rules[-1].text if "@keyframes" in picture.content else ""
        moves += re.findall(r"@keyframes ([\w-]+)", own)
        selectors = re.findall(r"(?:^|[{}])([#.\[][^{}@]+){", own)
        parts = [part for selector in selectors for part in selector.split(",")]
        assert all(part.startswith(f"#{svg.get('id')} ") for part in parts)
    assert len(ids) == len(set(ids))
    assert len(moves) == len(set(moves)) > 0


# Pages, pictures and strips show themselves, without a file.


def made_of(root):
    watched = TrainingPlayer(lambda: root)
    watched.record()
    return {
        "player": player(root),
        "quiz": quiz(root),
        "animate": animate(root),
        "frames": frames(root),
        "compare_orders": compare_orders(root),
        "TrainingPlayer": watched,
    }


@pytest.mark.parametrize("name", made_of(Value(2.0, "a") * 3))
def test_it_shows_itself_without_a_file(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = made_of(neuron())[name]
    shown = made._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!doctype html&gt;')
    assert re.search(
        r'" title="[^"<]+" style="width: 100%; height: \d+px; border: 0"></iframe>$', shown
    )
    assert shown.count("<") == 2
    assert not re.search(r"(src|href)=.{0,9}https?:", html.unescape(shown))
    assert repr(made).count("\n") == 0 and len(repr(made)) < 300
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_the_page_and_can_be_given_to_what_takes_a_path(tmp_path):
    root = neuron()
    page = player(root)
    path = page.save(tmp_path / "page.html")
    assert path == tmp_path / "page.html"
    assert path.read_bytes() == page.read_bytes() == page.content.encode()
    with pytest.raises(ValueError, match="has no path yet: save it with page.save"):
        os.fspath(page)
    saved = player(root, str(path))
    assert (os.fspath(saved), saved.name, saved.path) == (str(path), "page.html", path)
    assert isinstance(saved, os.PathLike)
    with open(saved, encoding="utf-8") as file:
        assert file.read() == saved.read_text(encoding="utf-8")


def test_a_strip_is_a_sequence_of_pictures_and_of_paths_once_it_is_saved(tmp_path):
    strip = frames(neuron())
    assert strip[0].path is None
    folder = strip.save(tmp_path / "strip")
    assert folder == tmp_path / "strip"
    paths = sorted(folder.iterdir())
    assert [path.read_text(encoding="utf-8") for path in paths] == [p.content for p in strip]
    saved = frames(neuron(), tmp_path / "strip")
    assert [Path(picture) for picture in saved] == paths
    assert len(saved[2:4]) == 2
    assert saved[-1].title == passes(neuron())[1][-1].text


def test_the_frame_of_a_page_is_as_high_as_its_drawing_wants_it():
    x = Value(1.0, "x")
    wide = player(x.tanh().exp())
    tall = player(sum([Value(float(i)) * x for i in range(8)], x))
    assert 400 <= wide.height < tall.height <= 720


def test_a_long_animation_holds_its_drawing_once():
    x = Value(1.0, "x")
    for _ in range(150):
        x = x * 0.99 + 0.01
    drawing = len(to_dot(passes(x)[0]).svg())
    assert len(animate(x).content) < 4 * drawing


@pytest.mark.parametrize("seconds", [0, -1.0, math.inf, math.nan])
def test_an_animation_needs_a_time_for_each_step(seconds, tmp_path):
    with pytest.raises(
        ValueError,
        match=r"animate\(seconds\) is how long each step shows and must be positive and finite",
    ):
        animate(neuron(), tmp_path / "moving.svg", seconds=seconds)


# Training.


def test_a_training_player_shows_the_numbers_of_every_epoch(tmp_path):
    model = MLP(2, [2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    weights = []

    def note(model, history):
        weights.append(model.layers[0].neurons[0].w[0].data)

    settings = {"loss": "bce_with_logits", "lr": 0.1, "epochs": 3, "rng": 0, "progress": False}
    fit(model, data.moons(20, rng=0), callbacks=[watched, note], **settings)
    order = [node.label for node in topological_order(watched.make_root())]
    place = order.index("layers.0.neurons.0.w.0")
    assert [drawn.nodes[place].data for drawn in watched.scenes] == weights
    steps = content(watched.save(tmp_path / "training.html"))["steps"]
    assert [dict(step["data"])[f"v{place}"] for step in steps] == [number(w) for w in weights]
    assert [step["text"][:7] for step in steps] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    assert [step["count"] for step in steps] == [0, 1, 2]
    for drawn, step in zip(watched.scenes, steps):
        assert [look[0] for look in step["edges"].values()] == [
            slope(edge.slope) for edge in drawn.edges
        ]
        assert set(step["fills"]) == {node.id for node in drawn.nodes if node.kind != "constant"}


def test_a_training_player_draws_one_graph_only():
    graphs = iter([Value(1.0) * 2, Value(1.0) + 2])
    watched = TrainingPlayer(lambda: next(graphs))
    watched.record("first")
    with pytest.raises(ValueError, match="TrainingPlayer draws one graph"):
        watched.record("second")


def test_a_training_player_without_a_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="TrainingPlayer has recorded nothing"):
        TrainingPlayer(neuron).save(tmp_path / "training.html")


def test_a_training_player_refuses_constants_that_change(tmp_path):
    w, samples = Value(3.0, "w"), iter([1.0, 1.0, 2.0])
    watched = TrainingPlayer(lambda: w * next(samples))
    watched.record()
    w.data = 4.0
    watched.record()
    message = r"make_root\(\) built a different one than before: it must take the same sample"
    with pytest.raises(ValueError, match=message):
        watched.record()
    assert len(watched.scenes) == 2
    steps = content(watched.page())["steps"]
    assert [(step["text"], step["count"]) for step in steps] == [("Record 1", 1), ("Record 2", 2)]


def test_the_curve_of_a_training_has_the_loss_of_every_epoch_and_gaps_where_it_is_not_finite():
    losses = [4.0, 2.0, math.nan, 1.0]
    curve = Curve(losses, ["0", "1", "2", "3"])
    assert [y for _, y in curve.points] == [30.0, pytest.approx(103.33, abs=0.01), None, 140.0]
    assert curve.path.count("M") == 2
    assert Curve([1.0, 100.0, 10.0], ["0", "1", "2"]).points[2][1] == 85.0  # of decades, half way
    assert Curve([3.0], ["0"]).points == [(160.0, 85.0)]
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * 2)
    for loss in (0.5, None):
        watched.record(loss=loss)
    assert [moment.loss for moment in watched.moments] == [0.5, 2.0]
    assert [step["point"] for step in content(watched.page())["steps"]] == [
        [12.0, 140.0],
        [308.0, 30.0],
    ]


def test_the_colours_and_widths_of_a_training_are_of_one_scale(tmp_path):
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * Value(1.0, "x"))
    for w.data in (100.0, 1.0, -10.0):
        watched.record()
    steps = content(watched.save(tmp_path / "training.html"))["steps"]
    fills, looks = [step["fills"]["v1"] for step in steps], [step["edges"]["e1"] for step in steps]
    assert fills == [LIGHT.fill(grad, Scale.of([100.0, 1.0])) for grad in (100.0, 1.0, -10.0)]
    assert ["v1" in step["dashed"] for step in steps] == [False, False, True]
    assert len(set(fills)) == 3
    assert [look[0] for look in looks] == ["×100", "×1", "×−10"]
    assert [look[2] for look in looks] == [LIGHT.positive, LIGHT.positive, LIGHT.negative]
    assert looks[0][3] > looks[2][3] > looks[1][3]
    assert [look[4] for look in looks] == [False, False, True]


# B8: a training opened on its last card, and its loss was not that of the output beside it.


def test_a_training_says_that_its_loss_is_not_the_one_of_the_graph_and_opens_as_a_whole():
    model = MLP(2, [2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    settings = {"loss": "bce_with_logits", "lr": 0.1, "epochs": 2, "rng": 0, "progress": False}
    history = fit(model, data.moons(20, rng=0), callbacks=[watched], **settings)
    page = watched.page()
    for epoch, drawn, step in zip(history, watched.scenes, content(page)["steps"]):
        mean = f"Epoch {epoch.epoch}: training loss {brief(epoch.loss)} (mean of all samples)"
        assert step["text"] == f"{mean}; the graph below gives {brief(drawn.root.data)}"
    assert content(page)["fitted"]
    assert not content(player(neuron()))["fitted"]
    low, high = sorted(epoch.loss for epoch in history)
    assert f"training loss: max {brief(high)}, min {brief(low)}" in page.content


# Graphs that are out of date.


@pytest.mark.parametrize(
    "make",
    [
        lambda root, folder: passes(root),
        lambda root, folder: naive(root),
        lambda root, folder: player(root, folder / "page.html"),
        lambda root, folder: quiz(root, folder / "page.html"),
        lambda root, folder: animate(root, folder / "moving.svg"),
        lambda root, folder: frames(root, folder / "strip"),
        lambda root, folder: compare_orders(root, folder / "strip"),
    ],
    ids=["passes", "naive", "player", "quiz", "animate", "frames", "compare_orders"],
)
def test_a_stale_graph_has_no_passes_until_it_is_recomputed(make, tmp_path):
    a = Value(2.0, "a")
    root = a * a + 1
    a.data = 5.0
    with pytest.raises(
        ValueError,
        match=r"a \* a is stale: data was assigned after it was recorded; .*recompute\(root\)",
    ):
        make(root, tmp_path)
    assert list(tmp_path.iterdir()) == []
    recompute(root)
    make(root, tmp_path)


# Files.


@pytest.mark.parametrize("make", [frames, compare_orders])
def test_frames_that_a_longer_run_has_left_are_removed_and_nothing_else_is(make, tmp_path):
    a = Value(2.0, "a")
    wanted = [path.name for path in make(a * a, tmp_path / "fresh")]
    strip = tmp_path / "strip"
    strip.mkdir()
    for i in range(len(wanted) + 3):
        (strip / f"{i:03}.svg").write_text("old")
    others = [
        "0.svg",
        "0009.svg",
        f"{len(wanted):03}.png",
        f"{len(wanted) + 4:03}.svg",
        "notes.txt",
        "a000.svg",
    ]
    for name in others:
        (strip / name).write_text("precious")
    assert [path.name for path in make(a * a, strip)] == wanted
    assert sorted(path.name for path in strip.iterdir()) == sorted([*wanted, *others])
    assert {(strip / name).read_text() for name in others} == {"precious"}
    assert all(
        (strip / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes() for name in wanted
    )


def test_more_than_300_frames_are_refused_before_any_is_written(tmp_path):
    x = Value(1.0, "x")
    for _ in range(150):
        x = x + 0.1
    assert len(passes(x)[1]) == 303
    with pytest.raises(
        ValueError,
        match="frames writes at most 300 pictures, this graph takes 303 steps: use animate",
    ):
        frames(x, tmp_path / "strip")
    assert list(tmp_path.iterdir()) == []


# C5: each thing that can be saved had rules of its own for folders, endings and what it returns.


def savers():
    """What can be saved: its save method, its ending, and others that are refused."""
    root = neuron()
    watched = TrainingPlayer(lambda: root)
    watched.record()
    network = draw_network(MLP([2, 1], rng=0))
    return {
        "player": (player(root).save, ".html", ".svg"),
        "quiz": (quiz(root).save, ".htm", ".pdf"),
        "animate": (animate(root).save, ".svg", ".html"),
        "TrainingPlayer": (watched.save, ".html", ""),
        "draw_network": (network.save, ".svg", ".png"),
    }


@pytest.mark.parametrize("as_text", [str, Path])
@pytest.mark.parametrize("name", savers())
def test_saving_that_differed_makes_folders_checks_the_ending_and_returns_the_path(
    name, as_text, tmp_path
):
    save, ending, other = savers()[name]
    path = tmp_path / "a" / "b" / f"made{ending}"
    returned = save(as_text(path))
    assert (type(returned), returned) == (type(path), path)
    assert path.read_bytes()
    with pytest.raises(ValueError, match=r"is saved in a file that ends in \.\w+.*, got .*as in"):
        save(as_text(tmp_path / "c" / f"made{other}"))
    with pytest.raises(TypeError, match="is saved to a path, got 3: give a str or a Path"):
        save(3)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("make", [frames, compare_orders])
def test_a_strip_that_made_a_folder_called_strip_html_refuses_the_name_of_a_file(make, tmp_path):
    for name in ("strip.html", "a.svg"):
        said = "a strip is saved in a folder, one file for each picture, got"
        with pytest.raises(ValueError, match=said):
            make(neuron(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []
    assert make(neuron()).save(tmp_path / "v1.2") == tmp_path / "v1.2"


@pytest.mark.parametrize(
    "make", [animate, frames, compare_orders, lambda x: draw_network(MLP([2, 1]))]
)
def test_what_shows_in_a_notebook_that_was_light_alone_follows_its_viewer(make):
    made = make(neuron())
    picture = made[0] if isinstance(made, Sequence) else made
    svg = picture.svg if hasattr(picture, "svg") else picture.content
    assert "prefers-color-scheme:dark" in svg


# C3: a strip in a notebook held each picture whole, which grew with the square of the graph.


def test_a_strip_that_held_each_picture_whole_holds_what_they_share_once():
    x = Value(0.5, "x")
    for _ in range(20):
        x = x * 0.9 + 0.1
    strip = frames(x)
    shown = json.loads(re.search(r'id="pictures">(.*?)</script>', strip.page().content, re.S)[1])
    whole = sum(len(picture.content) for picture in strip)
    assert len(strip) > 60
    assert len(strip.page().content) < whole / 10
    for picture, parts in zip(strip, shown["pictures"]):
        own = re.search(r'<svg [^>]*?\bid="([^"]+)"', picture.content)[1]
        joined = "".join(shown["pieces"][i] for i in parts["parts"])
        assert joined == picture.content.replace(own, "strip")
        assert parts["text"] == picture.title


# R12: the page let any script and any style in it run.


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_lets_run_and_apply_what_it_was_written_with_alone(tmp_path, make):
    root = Value(2.0, "<script>a</script>") * 3
    page = make(root, tmp_path / "a.html").read_text(encoding="utf-8")
    policy = re.search('Content-Security-Policy" content="(.*?)"', page, flags=re.S)[1]
    assert "unsafe" not in policy
    for tag, count in (("script", 1), ("style", 2)):
        allowed = re.search(f"{tag}-src (.*?);", policy)[1].split()
        used = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        digests = [hashlib.sha256(text.encode()).digest() for text in used]
        assert len(used) == count
        assert allowed == [f"'sha256-{base64.b64encode(x).decode()}'" for x in digests]
    assert not re.search(r"<[^>]*\s(style|on\w+)=", page)
