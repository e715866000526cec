"""A training in a real browser: the numbers, colours, widths and losses of its epochs."""

import math
from itertools import chain

import pytest

from autograd import Value
from nn import MLP, data, fit, losses
from viz import TrainingPlayer
from viz.style import DARK, LIGHT, Scale, number, slope

from .viewer import IDS, NARROW, TIPS, WIDE, as_hex, disjoint


@pytest.fixture(scope="module")
def training(tmp_path_factory):
    """A training whose slopes change sign, size and colour, and the scene of each of its epochs."""
    w, b, a = Value(2.0, "w"), Value(0.5, "b"), Value(1.0, "a")
    watched = TrainingPlayer(lambda: (w * Value(3.0, "x") + b).relu() * a + b * 4)
    for w.data, b.data, a.data in [
        (2.0, 0.5, 1.0),
        (-1.0, 0.25, -20.0),
        (0.5, 0.0, 0.01),
        (0.001, -2.0, -3.0),
    ]:
        watched.record()
    return watched.save(tmp_path_factory.mktemp("training") / "page.html"), watched.scenes


def largest(scenes, name):
    return max(getattr(drawn, name) for drawn in scenes)


LINES = """
return Object.fromEntries([...document.querySelectorAll("g.slope")].map(g => {
  const [line, head, text] = ["path", "polygon", "text"].map(name => g.querySelector(name));
  const attributes = [line.getAttribute("stroke"), head.getAttribute("fill")];
  const width = +line.getAttribute("stroke-width"), dashed = line.hasAttribute("stroke-dasharray");
  const colours = [getComputedStyle(line).stroke, getComputedStyle(text).fill];
  return [g.id, [text.textContent.trim(), ...attributes, width, dashed, ...colours]];
}))"""

FILLS = """
return Object.fromEntries([...document.querySelectorAll("g.value:not(.constant)")].map(g => {
  const outline = g.querySelector(".outline");
  const css = getComputedStyle(outline);
  return [g.id, [outline.getAttribute("fill"), css.fill, css.strokeDasharray]];
}))"""


@pytest.mark.parametrize(("scheme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_each_epoch_of_a_training_has_its_own_numbers_slopes_and_colours(
    browser, training, scheme, look
):
    path, scenes = training
    browser.prefer(color_scheme=scheme)
    browser.open(path)
    places = browser.boxes("g.value, g.op, nav, #stage, #said")
    grads = Scale.of(chain.from_iterable(drawn.grads for drawn in scenes))
    forth = list(range(len(scenes)))
    for i in [*forth, *forth[-2::-1]]:
        drawn = scenes[i]
        browser.go(i)
        assert (browser.at(), browser.text("say")) == (i, f"Record {i + 1}")
        cards = [node for node in drawn.nodes if node.kind != "constant"]
        assert browser.cards() == {n.id: (number(n.data), number(n.grad)) for n in cards}
        fills = browser.run(FILLS)
        written = {id: fill.upper() for id, (fill, *_) in fills.items()}
        assert written == {node.id: LIGHT.fill(node.grad, grads) for node in cards}
        seen = {id: as_hex(fill) for id, (_, fill, _) in fills.items()}
        assert seen == {node.id: look.fill(node.grad, grads) for node in cards}
        dashed = {id for id, (_, _, dashes) in fills.items() if dashes != "none"}
        assert dashed == {node.id for node in cards if node.grad < 0}
        lines = browser.run(LINES)
        assert lines.keys() == {f"e{k}" for k in range(len(drawn.edges))}
        for k, edge in enumerate(drawn.edges):
            text, stroke, head, _, dashed, seen, said = lines[f"e{k}"]
            colour = LIGHT.line_colour(edge.slope) if edge.flows else LIGHT.line
            assert text == slope(edge.slope)
            assert (stroke.upper(), head.upper()) == (colour, colour)
            assert dashed == (edge.flows and edge.slope < 0)
            assert as_hex(seen) == (look.line_colour(edge.slope) if edge.flows else look.line)
            wanted = look.quiet if colour == LIGHT.line else look.line_colour(edge.slope)
            assert as_hex(said) == wanted
        assert browser.boxes("g.value, g.op, nav, #stage, #said") == places
        assert browser.run(IDS, "g.blank") == []


def test_widths_of_all_epochs_are_of_one_scale(browser, training):
    path, scenes = training
    browser.open(path)
    drawn = []
    for i, epoch in enumerate(scenes):
        lines = browser.run(LINES)
        drawn += [
            (abs(edge.slope), lines[f"e{k}"][3]) for k, edge in enumerate(epoch.edges) if edge.flows
        ]
        browser.click("next")
        assert browser.at() == min(i + 1, len(scenes) - 1)
    drawn.sort()
    widths = [width for _, width in drawn]
    assert widths == sorted(widths)
    assert widths[0] < widths[len(widths) // 2] < widths[-1]
    assert drawn[-1][0] == largest(scenes, "largest_slope")


def test_a_slope_is_said_in_the_tooltip_of_its_edge_in_each_epoch(browser, training):
    path, scenes = training
    browser.open(path)
    for epoch in scenes:
        for k, edge in enumerate(epoch.edges):
            assert set(browser.run(TIPS, f"#e{k} a")) == {f"slope {slope(edge.slope)}"}
        browser.click("next")


POINT = """
const $ = page.find;
const here = $("here-now"), line = $("line-now"), r = $("curve").getBoundingClientRect();
const words = [...document.querySelectorAll("#curve text")];
return {
  point: [+here.getAttribute("cx"), +here.getAttribute("cy")], hidden: here.hasAttribute("hidden"),
  line: +line.getAttribute("x1"), box: [r.left, r.top, r.right, r.bottom],
  words: words.map(t => t.textContent), sizes: words.map(t => 13 * t.getScreenCTM().d),
}"""


@pytest.mark.parametrize(("size", "beside"), [(WIDE, True), (NARROW, False)])
def test_the_loss_of_a_training_stands_beside_it_and_all_count_the_epochs_alike(
    browser, tmp_path, size, beside
):
    model = MLP([2, 2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    settings = {"loss": "bce_with_logits", "epochs": 4, "rng": 0, "progress": False}
    history = fit(model, data.moons(20, rng=0), callbacks=[watched], **settings)
    browser.size(*size)
    browser.open(watched.save(tmp_path / "page.html"))
    points = []
    for i, epoch in enumerate(history):
        browser.go(i)
        assert browser.text("say").startswith(f"Epoch {i}: training loss {epoch.loss:.4g} (mean")
        assert browser.text("count") == f"{i} / 3"
        seen = browser.run(POINT)
        assert seen["line"] == seen["point"][0]
        points.append(seen["point"])
    assert seen["words"][1:] == ["epoch 0", "3"]
    assert min(seen["sizes"]) >= (13 if beside else 14)
    assert points == sorted(points)
    heights = [-y for _, y in points]
    assert sorted(range(4), key=heights.__getitem__) == sorted(
        range(4), key=lambda i: history[i].loss
    )
    stage = browser.boxes("#stage")["stage"]
    assert disjoint(stage, seen["box"])
    assert (seen["box"][0] >= stage[2]) == beside
    assert browser.run("return document.documentElement.scrollWidth") <= size[0]


def test_a_loss_that_is_not_finite_has_no_point(browser, tmp_path):
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * 2)
    for loss in (1.0, math.inf, math.nan, 2.0):
        watched.record(loss=loss)
    browser.open(watched.save(tmp_path / "page.html"))
    hidden = []
    for i in range(4):
        browser.go(i)
        hidden.append(
            browser.run("return getComputedStyle(page.find('here-now')).display") == "none"
        )
    assert hidden == [False, True, True, False]
