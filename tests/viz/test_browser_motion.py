"""What moves in a real browser: dots along edges, and nothing for those who want no motion."""

import pytest

from autograd import Value
from viz import animate, player
from viz.motion.steps import passes

from .viewer import NARROW, Keys, neuron, outside, scale

DOT = """
const dot = document.querySelector(".dot");
if (!dot) return null;
const r = dot.getBoundingClientRect();
return [(r.left + r.right) / 2, (r.top + r.bottom) / 2]"""


FRAMES = """
window.frames_ = [];
window.requestAnimationFrame = f => frames_.push(f);
window.cancelAnimationFrame = () => {};
performance.now = () => 0;  // the clock is the test's
window.run_ = ms => frames_.splice(0).forEach(f => f(ms))"""


def test_what_flows_back_moves_against_the_arrow_from_the_giver_to_the_receiver(browser, page):
    browser.size(2400, 1400)  # large enough for the whole drawing: nothing but the dot moves
    browser.open(page)
    steps = passes(neuron())[1]
    browser.run(FRAMES)
    for i, step in enumerate(steps):
        browser.go(i)
        if not step.flows:
            assert browser.run(DOT) is None
            continue
        giver, receiver = (browser.boxes(f"#{id}")[id] for id in (step.giver, step.node))
        start, near = browser.run(DOT), 14 * scale(browser)
        assert outside(giver, start) < near < outside(receiver, start)
        browser.run("run_(500)")
        middle = browser.run(DOT)
        assert outside(giver, middle) > outside(giver, start)
        assert outside(receiver, middle) < outside(receiver, start)
        browser.run("run_(890)")
        assert outside(receiver, browser.run(DOT)) < near
        browser.run("run_(2000)")
        assert browser.run(DOT) is None


def test_nothing_moves_for_those_who_want_no_motion_but_all_is_marked(browser, page):
    browser.prefer(reduced_motion="reduce")
    browser.open(page)
    browser.run(FRAMES)
    assert browser.style("g.node", "transitionDuration") == "0s"
    for i, step in enumerate(passes(neuron())[1]):
        browser.go(i)
        assert browser.run(DOT) is None
        assert browser.run("return frames_.length") == 0
        if step.edge:
            marked = "return [...document.querySelectorAll('#flow%d.on .head, #dock .head')].length"
            assert browser.run(marked % i) + browser.run("return page.find('dock') ? 1 : 0") >= 1


def test_where_nothing_flows_a_bar_stands_across_the_edge_and_no_dot_goes(browser, tmp_path):
    browser.open(player(Value(-1.0, "x").relu() + Value(1.0, "a"), tmp_path / "page.html"))
    browser.keys(Keys.END, Keys.ARROW_LEFT)
    steps = passes(Value(-1.0, "x").relu() + Value(1.0, "a"))[1]
    assert steps[-2].text.startswith("Backward: x gets 0 from relu(x)")
    assert browser.run("return document.querySelector('g.flow.on').classList.contains('blocked')")
    assert browser.run(DOT) is None


@pytest.mark.parametrize(("motion", "seconds"), [("no-preference", "0.2s"), ("reduce", "0s")])
def test_nothing_glides_for_those_who_want_no_motion(browser, page, motion, seconds):
    browser.size(*NARROW)
    browser.prefer(reduced_motion=motion)
    browser.open(page)
    assert browser.style("g.node", "transitionDuration") == seconds
    browser.run(FRAMES)
    before = browser.view()
    browser.go(len(passes(neuron())[1]) // 2)
    if motion == "reduce":
        assert browser.view() != before
        return
    assert browser.view() == before
    browser.run("run_(100)")
    between = browser.view()
    browser.run("run_(400)")
    assert len({before, between, browser.view()}) == 3


MOVING = """
const dots = [...document.querySelectorAll(".dot")];
return dots.filter(d => getComputedStyle(d).visibility === "visible").map(d => {
  const r = d.getBoundingClientRect();
  return [d.getAttribute("class"), (r.left + r.right) / 2, (r.top + r.bottom) / 2];
})"""

PAUSE = """
for (const move of document.getAnimations()) { move.pause(); move.currentTime = arguments[0] }"""


def test_in_an_animation_a_dot_goes_from_the_giver_to_the_receiver_without_a_script(
    browser, tmp_path
):
    root = neuron()
    moving = animate(root, tmp_path / "moving.svg", seconds=1.0)
    assert "<script" not in moving.content
    browser.open(moving)
    own = browser.run("return document.documentElement.id")
    for i, step in enumerate(passes(root)[1]):
        browser.run(PAUSE, 1000 * i + 100)
        start = browser.run(MOVING)
        browser.run(PAUSE, 1000 * i + 900)
        end = browser.run(MOVING)
        if not step.flows:
            assert start == end == []
            continue
        ((name, *began),), ((_, *ended),) = start, end
        assert f"m{i}" in name.split()
        boxes = [browser.boxes(f"#{own}-{id}")[f"{own}-{id}"] for id in (step.giver, step.node)]
        assert outside(boxes[0], began) < 20 < outside(boxes[1], began)
        assert outside(boxes[1], ended) < 20
    browser.prefer(reduced_motion="reduce")
    assert browser.run(MOVING) == []
