"""Players in a real browser: every step, button and key, and the numbers that they show."""

import time

from autograd import Value
from autograd.graph import pullback
from viz import player
from viz.motion.steps import passes
from viz.style import LIGHT, slope

from .viewer import IDS, SLOPES, TIPS, Keys, as_hex, known_after_each_step, mlp, neuron

TIMERS = """
window.timers = [];
window.setInterval = (f, ms) => timers.push([f, ms]);
window.clearInterval = i => { if (i) timers[i - 1] = null }"""

TICK = """
const running = timers.filter(Boolean);
running.forEach(([f]) => f());
return running.map(([, ms]) => ms)"""


EVERYTHING = "g.value:not(#dock *), g.op, nav, #stage, #said"


def test_each_step_shows_its_sentence_and_its_numbers_on_a_layout_that_does_not_move(browser, page):
    browser.prefer(reduced_motion="reduce")
    browser.open(page)
    browser.keys("0")
    places = browser.boxes(EVERYTHING)
    by_step = list(known_after_each_step(neuron()))
    end = by_step[-1][1]
    for i, (step, known) in enumerate(by_step):
        assert browser.at() == i
        assert browser.text("say") == step.text
        assert browser.cards() == known
        pale = {id for id, (_, grad) in known.items() if grad != end[id][1]}
        assert set(browser.run(IDS, "g.blank")) == pale
        now = browser.run(IDS, "g.now")
        assert sorted(now) == sorted(filter(None, [step.node, step.edge]))
        assert browser.boxes(EVERYTHING) == places
        browser.click("next")
    assert browser.at() == len(by_step) - 1
    assert "?" not in {text for card in browser.cards().values() for text in card}


def test_a_slope_is_seen_once_its_op_has_run_and_not_before(browser, page):
    browser.open(page)
    drawn, steps = passes(neuron())
    known = set()
    for step in steps:
        known |= set(step.slopes)
        for id, seen, tip, stroke, dashes in browser.run(SLOPES):
            edge = drawn.edges[int(id[1:])]
            if id in known:
                assert seen == slope(edge.slope)
                assert tip.startswith("slope ")
                assert (dashes != "none") == (edge.slope < 0 and edge.flows)
            else:
                assert (seen, tip, dashes) == ("", "", "none")
                assert as_hex(stroke) == LIGHT.line
        browser.click("next")
    assert len(known) == len(drawn.edges)


OUTLINES = """
const lines = [...document.querySelectorAll("g.value:not(.constant) .outline")];
return lines.map(line => [line.closest("g.value").id, getComputedStyle(line).strokeDasharray])"""


def test_no_dashes_give_the_sign_of_a_gradient_away_before_its_step(browser, tmp_path):
    root = Value(0.2, "a") * Value(-3.0, "b")
    browser.open(player(root.tanh(), tmp_path / "page.html"))
    steps = list(known_after_each_step(root.tanh()))
    end = {id: grad for id, (_, grad) in steps[-1][1].items()}
    for _, known in steps:
        for id, dashes in browser.run(OUTLINES):
            final = known[id][1] == end[id]
            assert dashes in ("none", "0.1px, 5px") or (final and end[id].startswith("−"))
        browser.click("next")
    assert dict(browser.run(OUTLINES))["v0"] == "7px, 4px"


def test_giver_edge_and_receiver_are_marked_each_in_its_way(browser, page):
    browser.open(page)
    drawn, steps = passes(neuron())
    browser.keys("0")
    for i, step in enumerate(steps):
        browser.go(i)
        inputs = {drawn.edges[int(id[1:])].source for id in step.slopes}
        assert set(browser.run(IDS, "g.gives")) == {step.giver, *inputs} - {""}
        for id in {step.giver, *inputs} - {""}:
            assert browser.style(f"#{id} .outline", "strokeDasharray") == "0.1px, 5px"
        flows = browser.run(IDS, "g.flow.on")
        assert flows == ([f"flow{i}"] if step.edge else [])
        if step.edge:
            assert browser.style(f"#{step.node} .outline", "strokeDasharray") == "none"
            product = f"return document.querySelector('#flow{i} .product').textContent"
            assert browser.run(product) == step.product


def test_every_button_and_every_key_goes_where_it_says(browser, page):
    browser.open(page)
    end = len(passes(neuron())[1]) - 1
    buttons = ["back", "next", "next", "back", "last", "next", "first"]
    for id, at in zip(buttons, [0, 1, 2, 1, end, end, 0]):
        browser.click(id)
        assert browser.at() == at
    browser.open(page)
    left, right = Keys.ARROW_LEFT, Keys.ARROW_RIGHT
    keys = [left, right, right, left, Keys.END, right, Keys.HOME]
    for key, at in zip(keys, [0, 1, 2, 1, end, end, 0]):
        browser.keys(key)
        assert browser.at() == at
    browser.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, to="#at")
    assert browser.at() == 2
    browser.keys(Keys.CONTROL, Keys.ARROW_RIGHT)
    assert browser.at() == 2


def test_the_end_says_what_has_come_of_it_and_is_about_no_card(browser, page):
    browser.open(page)
    browser.keys(Keys.END)
    assert browser.text("say").startswith("Done: each grad is the slope of out")
    for kind in ("now", "gives", "on"):
        assert browser.run(IDS, f"g.{kind}") == []
    assert "?" not in {text for card in browser.cards().values() for text in card}


# C2: each step wrote every card again, and replayed all steps before it.


WRITTEN = """
const done = arguments[0], written = new Set();
const watcher = new MutationObserver(records => {
  for (const record of records) {
    const part = record.target.closest ? record.target : record.target.parentElement;
    const group = part.closest("g.value, g.slope");
    if (group) written.add(group.id);
  }
  watcher.disconnect();
  done([...written]);
});
watcher.observe(page.graph, { subtree: true, childList: true, attributes: true });
document.getElementById("next").click()"""


def test_a_step_that_wrote_every_card_writes_those_that_change(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    drawn, steps = passes(mlp())
    for at in (3, len(steps) - 6):
        browser.go(at)
        step, before = steps[at + 1], steps[at]
        mentioned = {step.node, step.giver, step.edge, before.node, before.giver, before.edge}
        for id in step.slopes + before.slopes:
            mentioned |= {id, drawn.edges[int(id[1:])].source}
        written = set(browser.driver.execute_async_script(WRITTEN))
        assert step.node in written
        assert written <= mentioned
    assert len(mentioned) < len(drawn.nodes) / 4


def test_jumps_to_and_fro_show_what_single_steps_do(browser, page):
    browser.prefer(reduced_motion="reduce")
    browser.open(page)
    by_step = list(known_after_each_step(neuron()))
    last = len(by_step) - 1
    for at in (last, 2, 9, 8, 0, last - 1, 1, last, 0, 5):
        browser.go(at)
        assert browser.cards() == by_step[at][1]
        end = by_step[-1][1]
        pale = {id for id, (_, grad) in by_step[at][1].items() if grad != end[id][1]}
        assert set(browser.run(IDS, "g.blank")) == pale
        known = {id for step, _ in by_step[: at + 1] for id in step.slopes}
        assert not known & set(browser.run(IDS, "g.unrun"))


# D1: a label "grad" was taken for the name of a number.


def test_cards_called_grad_and_data_have_their_own_numbers(browser, tmp_path):
    a, b = Value(2.0, "grad"), Value(3.0, "data")
    root = a * b
    root.label = "grad "
    browser.open(player(root, tmp_path / "page.html"))
    browser.keys(Keys.END)
    assert browser.cards() == {
        "v0": ("2.0000", "3.0000"),
        "v1": ("3.0000", "2.0000"),
        "v2": ("6.0000", "1.0000"),
    }


def test_the_slider_goes_to_its_step_and_says_it(browser, page):
    browser.open(page)
    browser.go(3)
    step = passes(neuron())[1][3]
    assert (browser.at(), browser.text("say")) == (3, step.text)
    said = browser.run("return document.getElementById('at').getAttribute('aria-valuetext')")
    assert said == step.text


def test_play_goes_on_by_itself_pauses_and_stops_at_the_end(browser, small):
    browser.open(small)
    browser.run(TIMERS)
    label = "return document.getElementById('play').getAttribute('aria-label')"
    browser.click("play")
    assert (browser.text("play"), browser.run(label)) == ("Pause", "Pause")
    assert (browser.run(TICK), browser.at()) == ([1200], 1)
    browser.click("play")
    assert (browser.run(TICK), browser.at(), browser.run(label)) == ([], 1, "Play")
    browser.keys(" ")
    browser.keys("s", to="#speed")  # slow, while it plays
    assert (browser.run(TICK), browser.at()) == ([2400], 2)
    browser.keys(" ")
    assert (browser.run(TICK), browser.text("play")) == ([], "Play")
    browser.keys("f", to="#speed")
    browser.click("play")
    assert [browser.run(TICK) for _ in range(5)] == [[400], [400], [400], [400], []]
    assert (browser.at(), browser.text("play")) == (5, "Play")
    browser.click("play")
    assert browser.at() == 0
    browser.click("next")  # a step by hand ends it
    assert (browser.run(TICK), browser.at()) == ([], 1)


def test_play_keeps_to_the_clock(browser, small):
    browser.open(small)
    browser.keys("f", to="#speed")
    start = time.monotonic()
    browser.click("play")
    while browser.at() < 4:
        assert time.monotonic() - start < 10
    assert time.monotonic() - start >= 1.5


def test_a_tooltip_tells_no_number_before_its_step(browser, page, questions):
    root = neuron()
    titles = [node.title for node in passes(root)[0].nodes if node.kind != "constant"]
    cards = "g.value:not(.constant) a"
    for path, begun in ((page, titles), (questions, titles[:-1])):
        browser.open(path)
        assert browser.run(TIPS, cards)[: len(begun)] == begun
        assert not [tip for tip in browser.run(TIPS, "g.slope a") if "flow" in tip]
    browser.open(page)
    browser.keys(Keys.END)
    grads = {node.label: grad for node, grad in zip(*pullback(root, 1.0))}
    assert browser.run(TIPS, cards)[0] == f"w: data -3.0, grad {grads['w']!r}"
