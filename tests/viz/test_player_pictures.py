"""Pictures of the steps: frames and animations show the same, and what flows back where."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd import Value
from viz import animate, frames, to_dot
from viz.motion.steps import passes
from viz.style import LIGHT, number, slope

from .players import SVG, neuron, shown


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
