"""Both passes, step by step: the numbers of the pullback, in words, on a page that needs nothing else."""

import base64
import hashlib
import html.parser
import json
import math
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import CONST, Value, constant, recompute, topological_order, where
from autograd.graph import pullback
from autograd.strategies import programs
from nn import MLP, data, fit, losses
from viz import TrainingPlayer, animate, compare_orders, draw_dot, frames, naive, player, quiz
from viz.motion.steps import passes
from viz.style import LIGHT, Scale, number, slope

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


def test_each_step_says_what_is_multiplied_and_what_adds_up():
    said = [step.text for step in passes(neuron())[1]]
    assert said[:3] == ["The inputs are given.", "Forward: w * x = −3 * 2 = −6", "Forward: w * x + b = −6 + 6.5 = 0.5"]
    assert "Backward starts: the gradient of out in itself is 1." in said
    assert "a gets 1 × 0.4621 = 0.4621, and 1 + 0.4621 → 1.462" in said
    assert sum(text.startswith("w gets") for text in said) == 1


def test_where_nothing_flows_the_step_says_why():
    x = Value(-1.0, "x")
    assert "x gets nothing from relu(x): the slope is 0" in [step.text for step in passes(x.relu() + x)[1]]


def test_at_the_end_every_gradient_is_known_even_where_nothing_or_a_zero_flowed():
    x, a = Value(0.0, "x"), Value(0.0, "a")
    root = x.sqrt() * a + (Value(-1.0, "y") * 2).relu()
    drawn, steps = passes(root)
    grad = dict(pair for step in steps for pair in step.grad)
    assert grad == {node.id: number(node.grad) for node in drawn.nodes if node.grad is not None}
    assert grad[drawn.nodes[0].id] == "nan"  # 0 × inf, as in the pullback
    assert "y gets nothing from y * 2: nothing reached y * 2" in [step.text for step in steps]


def test_forward_comes_first_and_backward_never_uses_an_unfinished_gradient():
    root = neuron()
    drawn, steps = passes(root)
    phases = [step.phase for step in steps]
    assert phases == sorted(phases, key=["start", "forward", "backward"].index)
    targets = {f"e{i}": edge.target for i, edge in enumerate(drawn.edges)}
    used = []
    for step in steps:
        if step.edge:
            used.append(targets[step.edge])
            assert step.node not in used


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
        self.links += [value for name, value in attrs if name in ("src", "href", "xlink:href", "action", "data")]
        self.scripts += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, text):
        self.text.append(text)


def page(path):
    return Page(path.read_text(encoding="utf-8"))


def content(path):
    return json.loads(re.search(r'id="steps">(.*?)</script>', path.read_text(encoding="utf-8"), re.S).group(1))


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_stands_alone(make, tmp_path):
    path = make(neuron(), tmp_path / "page.html")
    found = page(path)
    assert found.links == []
    assert found.scripts == []
    assert found.tags.count("svg") == 1
    assert "@" not in "".join(found.text).replace("@media", "")


def test_a_page_is_the_same_bytes_each_time(tmp_path):
    assert player(neuron(), tmp_path / "a.html").read_bytes() == player(neuron(), tmp_path / "b.html").read_bytes()


def test_a_quiz_asks_for_every_gradient_but_the_last(tmp_path):
    root = neuron()
    asked = content(quiz(root, tmp_path / "quiz.html"))["quiz"]
    order = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    assert asked == [[f"v{i}", grad_of[order[i]]] for i in reversed(range(len(order) - 1))]


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
    assert found.links == []
    assert found.scripts == []
    assert {tag for tag in found.tags if tag not in plain.tags} <= set()
    content(player(root, path, title=title))


def test_what_is_no_graph_for_a_page_is_refused(tmp_path):
    with pytest.raises(TypeError, match="a player steps through the graph of a Value, got float"):
        player(3.0, tmp_path / "page.html")
    x = Value(1.0)
    for _ in range(1001):
        x = x * x
    with pytest.raises(ValueError, match="at most 2,000 edges, this one has 2,002: take one sample"):
        player(x, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


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


def at(svg, step, n):
    """The texts that an animation shows at a step, by the classes of its parts."""
    found = []
    for text in svg.iter(f"{SVG}text"):
        span = re.search(r"\bs(\d+)-(\d+)", text.get("class", ""))
        if span is None or int(span[1]) <= step < int(span[2]):
            found.append("".join(text.itertext()).strip())
    return sorted(found)


def test_an_animation_shows_at_every_step_what_its_frame_shows(tmp_path):
    root = neuron()
    pages = [ElementTree.parse(path).getroot() for path in frames(root, tmp_path / "strip")]
    svg = ElementTree.parse(animate(root, tmp_path / "moving.svg", seconds=0.5)).getroot()
    assert [at(svg, i, len(pages)) for i in range(len(pages))] == [sorted(shown(page)) for page in pages]
    ids = [element.get("id") for element in svg.iter() if element.get("id")]
    assert len(ids) == len(set(ids))


def test_every_stretch_of_an_animation_has_its_rule_and_the_end_shows_without_motion(tmp_path):
    svg = ElementTree.parse(animate(neuron(), tmp_path / "moving.svg")).getroot()
    rules = svg.find(f"{SVG}style").text
    names = {name for element in svg.iter() for name in element.get("class", "").split() if re.fullmatch(r"s\d+-\d+|d\d+", name)}
    assert names
    assert all(f"@keyframes {name}{{" in rules and f".{name}{{animation-name:{name}}}" in rules for name in names)
    n = max(int(name.split("-")[1]) for name in names if "-" in name)
    for element in svg.iter():
        classes = element.get("class", "").split()
        if "t" in classes:
            assert ("end" in classes) == any(name.endswith(f"-{n}") for name in classes)


def test_a_long_animation_holds_its_drawing_once(tmp_path):
    x = Value(1.0, "x")
    for _ in range(150):
        x = x * 0.99 + 0.01
    drawing = len(draw_dot(x).pipe("svg"))
    assert animate(x, tmp_path / "moving.svg").stat().st_size < 4 * drawing


@pytest.mark.parametrize("seconds", [0, -1.0, math.inf, math.nan])
def test_an_animation_needs_a_time_for_each_step(seconds, tmp_path):
    with pytest.raises(ValueError, match=r"animate\(seconds\) is how long each step shows and must be positive and finite"):
        animate(neuron(), tmp_path / "moving.svg", seconds=seconds)


# Training.


def test_a_training_player_shows_the_numbers_of_every_epoch(tmp_path):
    model = MLP(2, [2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    weights = []
    fit(
        model, data.moons(20, rng=0), loss="bce_with_logits", lr=0.1, epochs=3, rng=0, progress=False,
        callbacks=[watched, lambda model, history: weights.append(model.layers[0].neurons[0].w[0].data)],
    )  # fmt: skip
    order = [node.label for node in topological_order(watched.make_root())]
    place = order.index("layers.0.neurons.0.w.0")
    assert [drawn.nodes[place].data for drawn in watched.scenes] == weights
    steps = content(watched.write(tmp_path / "training.html"))["steps"]
    assert [dict(step["data"])[f"v{place}"] for step in steps] == [number(w) for w in weights]
    assert [step["text"][:7] for step in steps] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    for drawn, step in zip(watched.scenes, steps):
        assert [look[0] for look in step["edges"].values()] == [slope(edge.slope) for edge in drawn.edges]
        assert set(step["fills"]) == {node.id for node in drawn.nodes if node.kind != "constant"}


def test_a_training_player_draws_one_graph_only():
    graphs = iter([Value(1.0) * 2, Value(1.0) + 2])
    watched = TrainingPlayer(lambda: next(graphs))
    watched.record("first")
    with pytest.raises(ValueError, match="TrainingPlayer draws one graph"):
        watched.record("second")


def test_a_training_player_without_a_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="TrainingPlayer has recorded nothing"):
        TrainingPlayer(neuron).write(tmp_path / "training.html")


def test_a_training_player_refuses_constants_that_change(tmp_path):
    w, samples = Value(3.0, "w"), iter([1.0, 1.0, 2.0])
    watched = TrainingPlayer(lambda: w * next(samples))
    watched.record()
    w.data = 4.0
    watched.record()
    with pytest.raises(ValueError, match="make_root\\(\\) built another one than before: let it take the same sample each time"):
        watched.record()
    assert len(watched.scenes) == 2
    assert [step["text"] for step in content(watched.write(tmp_path / "training.html"))["steps"]] == ["Record 1", "Record 2"]


def test_the_colours_and_widths_of_a_training_are_of_one_scale(tmp_path):
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * Value(1.0, "x"))
    for w.data in (100.0, 1.0, -10.0):
        watched.record()
    steps = content(watched.write(tmp_path / "training.html"))["steps"]
    fills, looks = [step["fills"]["v1"] for step in steps], [step["edges"]["e1"] for step in steps]
    assert fills == [LIGHT.fill(grad, Scale.of([100.0, 1.0])) for grad in (100.0, 1.0, -10.0)]
    assert len(set(fills)) == 3
    assert [look[0] for look in looks] == ["×100", "×1", "×−10"]
    assert [look[2] for look in looks] == [LIGHT.positive, LIGHT.positive, LIGHT.negative]
    assert looks[0][3] > looks[2][3] > looks[1][3]
    assert [look[4] for look in looks] == [False, False, True]


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
    with pytest.raises(ValueError, match=r"a \* a is stale, data was assigned after it was recorded: .*recompute\(root\)"):
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
    others = ["0.svg", "0009.svg", f"{len(wanted):03}.png", f"{len(wanted) + 4:03}.svg", "notes.txt", "a000.svg"]
    for name in others:
        (strip / name).write_text("precious")
    assert [path.name for path in make(a * a, strip)] == wanted
    assert sorted(path.name for path in strip.iterdir()) == sorted([*wanted, *others])
    assert {(strip / name).read_text() for name in others} == {"precious"}
    assert all((strip / name).read_bytes() == (tmp_path / "fresh" / name).read_bytes() for name in wanted)


def test_more_than_300_frames_are_refused_before_any_is_written(tmp_path):
    x = Value(1.0, "x")
    for _ in range(150):
        x = x + 0.1
    assert len(passes(x)[1]) == 302
    with pytest.raises(ValueError, match="frames writes at most 300 pictures, this graph takes 302 steps: take animate or player"):
        frames(x, tmp_path / "strip")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("make", [player, quiz, animate])
def test_a_page_for_a_folder_that_is_missing_names_both(make, tmp_path):
    path = tmp_path / "missing" / "page.svg"
    message = f"{path} cannot be written, there is no folder {path.parent}: make it first"
    with pytest.raises(FileNotFoundError, match=re.escape(message)):
        make(neuron(), path)
    assert list(tmp_path.iterdir()) == []


# R12: the page let any script and any style in it run.


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_lets_run_and_apply_what_it_was_written_with_alone(tmp_path, make):
    root = Value(2.0, "<script>a</script>") * 3
    page = make(root, tmp_path / "a.html").read_text(encoding="utf-8")
    policy = re.search('Content-Security-Policy" content="(.*?)"', page)[1]
    assert "unsafe" not in policy
    for tag, count in (("script", 1), ("style", 2)):
        allowed = re.search(f"{tag}-src (.*?);", policy)[1].split()
        used = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        digests = [hashlib.sha256(text.encode()).digest() for text in used]
        assert len(used) == count
        assert allowed == [f"'sha256-{base64.b64encode(x).decode()}'" for x in digests]
    assert not re.search(r"<[^>]*\s(style|on\w+)=", page)
