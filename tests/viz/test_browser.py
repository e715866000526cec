"""Players, quizzes and drawings in a real browser: every control, number and theme.

Nothing runs or loads but what they were made with. Skipped where there is no Chromium, no
chromedriver or no selenium; GLASSGRAD_BROWSER=required makes that a failure.
"""

import json
import math
import re
import time
from itertools import chain, combinations
from pathlib import Path

import pytest

from autograd import CONST, Value, topological_order
from autograd.graph import pullback
from nn import MLP, data, fit, losses
from viz import TrainingPlayer, animate, draw_dot, frames, player, quiz
from viz.motion.steps import passes
from viz.style import DARK, LIGHT, Scale, number, slope

try:
    from selenium.webdriver.common.keys import Keys
except ImportError:
    Keys = None

WIDE, NARROW = (1200, 675), (400, 800)


# The browser.


class Browser:
    """What the tests do and see."""

    def __init__(self, driver):
        self.driver = driver
        self.run = driver.execute_script

    def open(self, path):
        self.driver.get(Path(path).as_uri())

    def size(self, width, height):
        settings = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", settings)

    def prefer(self, **features):
        """The viewer's preferences, as in prefer(color_scheme="dark")."""
        given = [
            {"name": f"prefers-{name.replace('_', '-')}", "value": value}
            for name, value in features.items()
        ]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": given})

    def click(self, id):
        self.driver.find_element("id", id).click()

    def keys(self, *keys, to="body"):
        self.driver.find_element("css selector", to).send_keys(*keys)

    def text(self, id):
        return self.run("return document.getElementById(arguments[0]).textContent", id)

    def at(self):
        """The step that is shown, as the slider and the count have it."""
        value, count = self.run("return [document.getElementById('at').value, count.textContent]")
        assert count.split(" / ")[0] == str(int(value) + 1)
        return int(value)

    def cards(self):
        """The texts after data and grad on each card."""
        return {id: (data, grad) for id, data, grad in self.run(CARDS)}

    def boxes(self, css):
        """left, top, right, bottom of what is shown of the elements, on the screen."""
        return {name: tuple(box) for name, box in self.run(BOXES, css)}

    def style(self, css, name):
        return self.run(
            "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]", css, name
        )

    def colour(self, css, name):
        """A colour as in #1F2328."""
        channels = self.style(css, name).partition("(")[2].rstrip(")").split(",")[:3]
        return "#" + "".join(f"{int(c):02X}" for c in channels)

    def pixel(self, x, y):
        """The colour of a point of the screen."""
        shot = self.driver.get_screenshot_as_base64()
        self.driver.get("about:blank")
        return "#" + "".join(
            f"{c:02X}" for c in self.driver.execute_async_script(PIXEL, shot, x, y)
        )

    def go(self, step):
        """To a step, by the slider."""
        self.run(SLIDE, step)

    def view(self):
        """The part of the drawing that is seen: left, top, width, height, in its own units."""
        box = self.run("return document.querySelector('#stage > svg').getAttribute('viewBox')")
        return tuple(map(float, box.split()))

    def log(self, name):
        return self.driver.get_log(name)


IDS = "return [...document.querySelectorAll(arguments[0])].map(e => e.id)"

SLIDE = """
const at = document.getElementById("at");
at.value = arguments[0];
at.dispatchEvent(new Event("input"))"""

CARDS = """
return [...document.querySelectorAll("g.value:not(.constant)")].map(g => {
  const role = name => g.querySelector(`[data-role="${name}"]`).textContent.trim();
  return [g.id, role("data"), role("grad")];
})"""

BOXES = """
const shown = [...document.querySelectorAll(arguments[0])].filter(e => e.getClientRects().length);
return shown.map(e => {
  const shape = e.closest("svg") && e.querySelector("a > path, a > polygon");
  if (!shape) {
    const r = e.getBoundingClientRect();
    return [e.id || e.tagName, [r.left, r.top, r.right, r.bottom]];
  }
  // Without its stroke, which is wider on the card of the step.
  const b = shape.getBBox(), m = shape.getScreenCTM();
  const left = m.e + m.a * b.x, top = m.f + m.d * b.y;
  return [e.id, [left, top, left + m.a * b.width, top + m.d * b.height]];
})"""

PIXEL = """
const [shot, x, y, done] = arguments, image = new Image();
image.onload = () => {
  const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
  canvas.drawImage(image, 0, 0);
  done([...canvas.getImageData(x, y, 1, 1).data].slice(0, 3));
};
image.src = "data:image/png;base64," + shot"""

TIMERS = """
window.timers = [];
window.setInterval = (f, ms) => timers.push([f, ms]);
window.clearInterval = i => { if (i) timers[i - 1] = null }"""

TICK = """
const running = timers.filter(Boolean);
running.forEach(([f]) => f());
return running.map(([, ms]) => ms)"""


@pytest.fixture
def browser(driver):
    """An empty log, a wide window, a viewer without preferences.

    Afterwards, no page has said or loaded anything.
    """
    it = Browser(driver)
    it.size(*WIDE)
    it.prefer(color_scheme="light", reduced_motion="no-preference")
    driver.get("about:blank")
    it.log("browser")
    it.log("performance")
    yield it
    assert it.log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in it.log("performance")]
    loaded = [
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    ]
    own = ("file:", "data:image/png", "data:image/svg+xml", "about:srcdoc")
    assert [url for url in loaded if not url.startswith(own)] == []
    assert len({url for url in loaded if url.startswith("file:")}) <= 2


def neuron():
    """A leaf used twice, a constant, and a gradient of 0."""
    w, x, b, a = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b"), Value(0.0, "a")
    out = (w * x + b).tanh() * a + a * 2
    out.label = "out"
    return out


@pytest.fixture(scope="session")
def page(tmp_path_factory):
    return player(neuron(), tmp_path_factory.mktemp("player") / "page.html")


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    a = Value(2.0, "a")
    return player(a * a, tmp_path_factory.mktemp("player") / "small.html")


@pytest.fixture(scope="session")
def questions(tmp_path_factory):
    """A quiz on the gradients alone."""
    path = tmp_path_factory.mktemp("quiz") / "quiz.html"
    return quiz(neuron(), path, slopes=False)


@pytest.fixture(scope="session")
def all_questions(tmp_path_factory):
    """A quiz on the slopes and the gradients."""
    return quiz(neuron(), tmp_path_factory.mktemp("quiz") / "quiz.html")


# The player.


def known_after_each_step(root):
    """What each card must show, step by step."""
    drawn, steps = passes(root)
    shown = [node for node in drawn.nodes if node.kind != "constant"]
    data = {node.id: "?" if node.op else number(node.data) for node in shown}
    grad = {node.id: "?" for node in shown}
    for step in steps:
        data.update(step.data)
        grad.update(step.grad)
        yield step, {id: (data[id], grad[id]) for id in data}


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


SLOPES = """
return [...document.querySelectorAll("g.slope")].map(g => {
  const text = g.querySelector("text"), css = getComputedStyle(g.querySelector("path"));
  const tip = g.querySelector("a").getAttribute("xlink:title");
  const seen = getComputedStyle(text).visibility === "visible" ? text.textContent.trim() : "";
  return [g.id, seen, tip, css.stroke, css.strokeDasharray];
})"""


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


DOT = """
const dot = document.querySelector(".dot");
if (!dot) return null;
const r = dot.getBoundingClientRect();
return [(r.left + r.right) / 2, (r.top + r.bottom) / 2]"""


def centre(box):
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def outside(box, point):
    """How far a point is from a box."""
    x = max(box[0] - point[0], 0, point[0] - box[2])
    y = max(box[1] - point[1], 0, point[1] - box[3])
    return math.hypot(x, y)


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


TIPS = """
const tips = [...document.querySelectorAll(arguments[0])];
return tips.map(a => a.getAttribute("xlink:title"))"""


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


# The quiz.


def gradients(root):
    """The gradients that are asked for, in order: id and gradient."""
    nodes = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    below = [(f"v{i}", node) for i, node in enumerate(nodes[:-1]) if node.op is not CONST]
    return [(id, grad_of[node]) for id, node in reversed(below)]


def slopes(root):
    """The slopes that are asked for, in order: id and slope."""
    edges = [(f"e{i}", edge) for i, edge in enumerate(passes(root)[0].edges) if edge.flows]
    edges.sort(key=lambda pair: -int(pair[1].target[1:]))  # stable: inputs stay in their order
    return [(id, edge.slope) for id, edge in edges]


def answer(browser, text):
    browser.run("document.getElementById('answer').value = ''")
    browser.keys(text, Keys.ENTER, to="#answer")
    return browser.text("say")


def asked(browser):
    return browser.run("return document.getElementById('ask').value")


DISABLED = """
return [...document.getElementById("quiz").elements].every(control => control.disabled)"""


def test_a_quiz_is_answered_to_the_end(browser, questions):
    browser.prefer(reduced_motion="reduce")
    browser.open(questions)
    browser.keys("0", to="#stage")
    places = browser.boxes("g.value, g.op, #said")
    wanted = gradients(neuron())
    assert {grad for _, grad in list(browser.cards().values())[:-1]} == {"?"}
    for id, grad in wanted:
        assert asked(browser) == id
        said = answer(browser, f"{grad * 1.005}")
        assert re.match(f"Right: the gradient of .* is {re.escape(number(grad))}[.]", said)
        assert browser.cards()[id][1] == number(grad)
        assert browser.boxes("g.value, g.op, #said") == places
    assert said.endswith(f"All done: {len(wanted)} of {len(wanted)} found on your own.")
    assert browser.run(DISABLED)


def test_a_quiz_asks_for_the_slopes_first_and_shows_none_before_it_is_found(browser, all_questions):
    browser.open(all_questions)
    root = neuron()
    edges, cards = slopes(root), gradients(root)
    flowing = {id for id, _ in edges}
    found = set()
    for id, x in edges:
        assert asked(browser) == id
        assert browser.run(IDS, "g.asked") == [id]
        for edge, seen, tip, _, _ in browser.run(SLOPES):
            if edge in flowing:
                assert (seen == "×?") == (edge not in found)
                assert bool(tip) == (edge in found)
        colours = {browser.colour(f"#{edge} text", "fill") for edge in flowing - found - {id}}
        assert colours <= {LIGHT.quiet}  # blue or orange would give the sign away
        wrong = answer(browser, f"{x * 1.02 + 0.1}")
        assert re.match("Not yet: .*[.] If .* alone grows by a little h, by what multiple", wrong)
        operation = wrong.partition(" Differentiate ")[2]
        assert operation in ("the product.", "the sum.", "tanh.")
        right = answer(browser, f"{x * 0.995}")
        assert re.match(f"Right: the slope from .* is {re.escape(number(x))}[.]", right)
        found.add(id)
    assert {grad for _, grad in list(browser.cards().values())[:-1]} == {"?"}
    for id, grad in cards:
        assert asked(browser) == id
        said = answer(browser, f"{grad}")
    total = len(edges) + len(cards)
    assert said.endswith(f"All done: {total} of {total} found on your own.")
    seen = {id: text for id, text, *_ in browser.run(SLOPES)}
    drawn = passes(root)[0]
    assert seen == {f"e{i}": slope(edge.slope) for i, edge in enumerate(drawn.edges)}


DOCKED = """
const copy = document.querySelector("#dock [data-of]");
const line = document.querySelector("#dock .link");
const [a, b] = [0, line.getTotalLength()].map(at => line.getPointAtLength(at).x);
const card = document.querySelector("g.now .outline").getBoundingClientRect();
return [copy.dataset.of, a < b, copy.getBoundingClientRect().left > card.right,
  document.querySelector("#dock > text").textContent.trim()]"""


def test_on_a_phone_a_quiz_shows_the_output_behind_its_input(browser, tmp_path):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(quiz(mlp(), tmp_path / "quiz.html"))
    drawn = passes(mlp())[0]
    edge = drawn.edges[int(slopes(mlp())[0][0][1:])]
    assert browser.run(DOCKED) == [edge.target, True, True, "×?"]


def test_a_slope_that_is_shown_does_not_count_and_a_click_on_its_edge_asks_for_it(
    browser, all_questions
):
    browser.open(all_questions)
    id, x = slopes(neuron())[3]
    browser.run("document.getElementById(arguments[0]).dispatchEvent(new MouseEvent('click'))", id)
    assert asked(browser) == id
    browser.click("reveal")
    name = next(q for q in browser.run("return page.content.quiz") if q["id"] == id)["name"]
    assert browser.text("say") == f"The {name} is {number(x)}."
    assert browser.text("score") == f"0 of {len(slopes(neuron())) + 9} found"


SIZE = "Not yet: the sign is right, the size is not"
RIGHT = "Right: the gradient of a × 2 is 1.0000."


# B12: a fraction was no number, and a wrong answer did not say what is wrong with it.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7", f"{SIZE}. Take the gradient of each card that “a × 2” leads to"),
        ("1.02", SIZE),
        ("-1", "Not yet: the size is right, the sign is not."),
        ("-7", "Not yet: neither the sign nor the size is right."),
        ("0", "Not yet: it is not 0."),
        ("one", "Type a number, such as 0.5, -2 or 1/2."),
        ("", "Type a number"),
        ("1,2,3", "Type a number"),
        ("1/", "Type a number"),
        ("1/0", "Type a number"),
        ("1/2/2", "Type a number"),
        ("<b>", "Type a number"),
        ("0,995", RIGHT),
        (" 1.0e0 ", RIGHT),
        ("2/2", RIGHT),
        ("−3 / −3", RIGHT),
        ("1,5/1.5", RIGHT),
    ],
)
def test_an_answer_is_judged(browser, questions, text, said):
    browser.open(questions)
    before = asked(browser)
    assert answer(browser, text).startswith(said)
    right = said.startswith("Right")
    invalid = browser.run("return document.getElementById('answer').getAttribute('aria-invalid')")
    assert invalid == ("false" if right else "true")
    assert (asked(browser) != before, browser.cards()[before][1] != "?") == (right, right)
    assert browser.text("score") == ("1 of 9 found" if right else "")


@pytest.mark.parametrize("text", ["-3", "−3", "−30e−1"])
def test_a_negative_answer_may_have_the_minus_of_books(browser, tmp_path, text):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    browser.open(quiz(a * b, tmp_path / "quiz.html"))
    browser.run("document.getElementById('ask').value = 'v0'")
    assert answer(browser, text) == "Right: the gradient of a is −3.0000."


def test_an_answer_that_is_shown_does_not_count(browser, questions):
    browser.open(questions)
    wanted = gradients(neuron())
    for id, grad in wanted:
        assert asked(browser) == id
        browser.click("reveal")
        assert browser.cards()[id][1] == number(grad)
        assert f" is {number(grad)}." in browser.text("say")
    assert browser.text("say").endswith("All done: 0 of 9 found on your own.")


def test_a_click_on_a_card_asks_for_it(browser, questions):
    browser.prefer(reduced_motion="reduce")
    browser.open(questions)
    browser.keys("0", to="#stage")
    browser.click("v0")
    assert asked(browser) == "v0"
    assert browser.run("return document.activeElement.id") == "answer"
    assert browser.run(IDS, "g.now") == ["v0"]
    browser.click("reveal")
    before = asked(browser)
    browser.click("v0")  # found already
    assert asked(browser) == before != "v0"


def test_no_key_gives_the_answers_away(browser, questions):
    browser.open(questions)
    before = browser.cards()
    browser.keys(Keys.HOME, " ", Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.END)
    assert browser.cards() == before


def test_a_quiz_of_nothing_says_so(browser, tmp_path):
    browser.open(quiz(Value(1.0, "x"), tmp_path / "quiz.html"))
    assert browser.text("say") == "There is no gradient to find here."
    assert browser.style("#quiz", "display") == "none"


# For every viewer.


@pytest.mark.parametrize(("scheme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_pages_follow_the_colours_that_the_viewer_prefers(
    browser, contrast, page, questions, scheme, look
):
    browser.prefer(color_scheme=scheme)
    browser.open(page)
    assert browser.colour("body", "backgroundColor") == look.background
    assert browser.colour("#v0 text", "fill") == look.text
    assert browser.colour("#v0 .outline", "fill") == look.neutral
    texts = {"h1": "body", "#say": "body", "#count": "nav", "#next": "#next", "#speed": "#speed"}
    for css, behind in texts.items():
        back = browser.colour(behind, "backgroundColor")
        assert contrast(browser.colour(css, "color"), back) >= 4.5
    bar = browser.colour("nav", "backgroundColor")
    for css in ("#next", "#speed"):
        assert contrast(browser.colour(css, "borderTopColor"), bar) >= 3
    for css in ("#in", "#out", "#fit"):
        assert contrast(browser.colour(css, "borderTopColor"), look.background) >= 3
    browser.keys(Keys.TAB)
    browser.keys(Keys.ARROW_RIGHT)
    browser.keys(Keys.TAB, to="#first")  # the focus is now on the second button
    assert browser.style("#back", "outlineStyle") == "solid"
    assert contrast(browser.colour("#back", "outlineColor"), bar) >= 3
    browser.open(questions)
    for text, kind in (("7", "bad"), ("1", "good")):
        answer(browser, text)
        assert browser.run("return document.getElementById('say').className") == kind
        assert contrast(browser.colour("#say", "color"), look.background) >= 4.5


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


def disjoint(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def apart(boxes):
    return all(disjoint(a, b) for a, b in combinations(boxes.values(), 2))


CONTROLS = "h1, #said, #stage, button, nav select, nav input, #count, #quiz select, #quiz input"


@pytest.mark.parametrize("kind", ["player", "quiz"])
def test_on_a_narrow_screen_all_is_in_reach(browser, page, questions, kind):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(page if kind == "player" else questions)
    boxes = browser.boxes(CONTROLS)
    assert len(boxes) == (14 if kind == "player" else 10)
    assert apart(boxes)
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= 0 and top >= 0 and right <= NARROW[0] and bottom <= NARROW[1], name
        if name not in ("H1", "said", "stage", "count"):
            assert min(right - left, bottom - top) >= 43.5, f"{name} is too small to touch"
    assert browser.run("return document.documentElement.scrollWidth") <= NARROW[0]


def mlp():
    """A network of two inputs, three hidden units and an output, with its loss."""
    model = MLP([2, 3, 1], "tanh", rng=0)
    return losses.mse(model([Value(1.0, "x1"), Value(-0.5, "x2")]), 1.0)


def cross_entropy():
    """Softmax and cross-entropy of five classes."""
    scores = [Value(x, f"z{i}") for i, x in enumerate([1.0, -0.5, 0.3, 2.0, -1.0])]
    return losses.cross_entropy(scores, 2)


def far():
    """A leaf that is used at both ends of a long chain."""
    x = Value(0.5, "x")
    y = x
    for i in range(12):
        y = y * Value(1.0 + i / 10, f"a{i}")
    return y + x


SEEN = """
// The card of that id on the screen, or a copy of it that stands in for it, with its numbers.
const id = arguments[0];
const copy = document.querySelector(`#dock [data-of="${id}"]`);
const card = copy || document.getElementById(id);
const outline = card.querySelector(".outline").getBoundingClientRect();
const texts = [...card.querySelectorAll("text")].filter(t => t.textContent.trim());
const scale = t => parseFloat(t.getAttribute("font-size")) * t.getScreenCTM().d;
let opaque = 1;
for (let e = card; e instanceof Element; e = e.parentElement) opaque *= getComputedStyle(e).opacity;
return {
  box: [outline.left, outline.top, outline.right, outline.bottom],
  words: texts.map(t => t.textContent.trim()), sizes: texts.map(scale), opaque,
}"""

PRODUCT = """
const said = [...document.querySelectorAll(".product")].filter(e => e.getClientRects().length);
return said.map(e => {
  const r = e.getBoundingClientRect(), t = e.querySelector("text");
  const size = parseFloat(t.getAttribute("font-size")) * t.getScreenCTM().d;
  return [t.textContent, size, [r.left, r.top, r.right, r.bottom]];
})"""


def inside(box, frame):
    return (
        frame[0] <= box[0] + 0.5
        and frame[1] <= box[1] + 0.5
        and box[2] <= frame[2] + 0.5
        and box[3] <= frame[3] + 0.5
    )


@pytest.mark.parametrize("make", [neuron, mlp, cross_entropy, far])
def test_on_a_phone_giver_receiver_and_their_numbers_are_in_view_at_every_step(
    browser, tmp_path, make
):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(player(make(), tmp_path / "page.html"))
    frame = browser.boxes("#stage")["stage"]
    places = browser.boxes("#said, #stage, nav, #tools")
    for i, (step, known) in enumerate(known_after_each_step(make())):
        assert browser.at() == i
        for id in filter(None, [step.node, step.giver]):
            seen = browser.run(SEEN, id)
            assert inside(seen["box"], frame), step.text
            assert min(seen["sizes"]) >= 14, step.text
            assert set(known[id]) <= set(seen["words"])
            assert seen["opaque"] == 1
        if step.edge:
            ((text, size, box),) = browser.run(PRODUCT)
            assert text == step.product
            assert size >= 14
            assert inside(box, frame)
            for id in (step.node, step.giver):
                covered = browser.run(SEEN, id)["box"]
                assert disjoint([covered[0], covered[1] + 25, *covered[2:]], box) or covers_little(
                    covered, box
                )
        assert browser.boxes("#said, #stage, nav, #tools") == places
        assert browser.run("return document.documentElement.scrollWidth") <= NARROW[0]
        browser.keys(Keys.ARROW_RIGHT)


def covers_little(card, product):
    """Whether a product hides a corner of a card at most, where no number stands."""
    width = min(card[2], product[2]) - max(card[0], product[0])
    height = min(card[3], product[3]) - max(card[1], product[1])
    return width * height < 0.08 * (card[2] - card[0]) * (card[3] - card[1])


def test_those_who_only_listen_hear_the_steps_and_the_names_of_the_controls(browser, page):
    browser.open(page)
    roles = browser.run("return [say.role, say.ariaLive, stage.ariaLabel]")
    assert roles == ["status", "polite", "Drawing"]
    assert browser.run("return document.querySelector('.room').ariaHidden") == "true"
    described = browser.run("return page.find(stage.getAttribute('aria-describedby')).textContent")
    assert "plus and minus zoom; 0 shows all" in described
    controls = browser.driver.find_elements("css selector", "button, nav select, nav input")
    names = {control.get_attribute("id"): control.accessible_name for control in controls}
    assert {id: name for id, name in names.items() if name} == {
        "out": "Zoom out",
        "in": "Zoom in",
        "fit": "Fit",
        "first": "First step",
        "back": "Previous step",
        "play": "Play",
        "next": "Next step",
        "last": "Last step",
        "speed": "Speed",
        "at": "Step",
    }
    assert browser.run("return document.querySelector('#stage svg').role") == "img"


# Labels are text.

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "'-alert(1)-'",
    "${alert(1)}",
    "<!--<script>",
    "]]>",
]


@pytest.mark.parametrize("make", [player, quiz])
def test_no_label_runs(browser, tmp_path, make):
    leaves = [Value(1.0 + i, label) for i, label in enumerate(HOSTILE)]
    path = make(sum(leaves[1:], leaves[0]), tmp_path / "page.html", title=HOSTILE[0])
    source = """
        window.ran = [];
        for (const name of ["alert", "confirm", "prompt"]) window[name] = x => ran.push(x)"""
    script = browser.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": source}
    )
    browser.open(path)
    for _ in range(20):
        button = "next" if make is player else "reveal"
        browser.run("document.getElementById(arguments[0]).click()", button)
    assert browser.run("return ran") == []
    assert browser.run("return document.querySelectorAll('#stage img, #stage script').length") == 0
    assert browser.driver.title == HOSTILE[0]
    said = browser.run("return JSON.parse(document.getElementById('steps').textContent).names.v0")
    assert said == HOSTILE[0]
    browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


# Drawings in pages.


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("how", ["img", "inline"])
def test_an_auto_drawing_has_the_colours_of_the_page_around_it(browser, tmp_path, how, scheme):
    svg = draw_dot(neuron(), theme="auto").pipe("svg", encoding="utf-8")
    (tmp_path / "drawing.svg").write_text(svg, encoding="utf-8")
    inner = '<img src="drawing.svg">' if how == "img" else svg[svg.index("<svg") :]
    page = tmp_path / "page.html"
    head = '<!doctype html><meta charset="utf-8"><style>:root { color-scheme: light dark }</style>'
    page.write_text(f"{head}{inner}", encoding="utf-8")
    browser.prefer(color_scheme=scheme)
    browser.open(page)
    left, top, *_ = browser.boxes("img, svg").popitem()[1]
    look = DARK if scheme == "dark" else LIGHT
    assert browser.pixel(int(left) + 4, int(top) + 4) == look.background


# A training, epoch by epoch.


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


def as_hex(colour):
    channels = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return "#" + "".join(f"{int(c):02X}" for c in channels)


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


# The camera.


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """A drawing that cannot be read as a whole."""
    return player(mlp(), tmp_path_factory.mktemp("camera") / "page.html")


def scale(browser):
    """Pixels to a unit of the drawing."""
    stage = browser.boxes("#stage")["stage"]
    return (stage[2] - stage[0]) / browser.view()[2]


def holds(view, other):
    right, bottom = view[0] + view[2], view[1] + view[3]
    reach = other[0] + other[2] <= right + 0.1 and other[1] + other[3] <= bottom + 0.1
    return view[0] <= other[0] + 0.1 and view[1] <= other[1] + 0.1 and reach


WORLD = "return ['x', 'y', 'w', 'h'].map(name => camera.world[name])"


def test_a_small_graph_is_shown_whole_and_does_not_move_from_step_to_step(browser, small):
    browser.open(small)
    seen = set()
    for i in range(5):
        browser.go(i)
        seen.add(browser.view())
    assert len(seen) == 1
    assert holds(seen.pop(), browser.run(WORLD))
    assert browser.style("#map", "opacity") == "0"


def test_the_drawing_grows_with_the_window(browser, page):
    browser.prefer(reduced_motion="reduce")
    found = []
    for size in ((900, 600), (1400, 900), (2400, 1400)):
        browser.size(*size)
        browser.open(page)
        browser.keys("0")
        assert holds(browser.view(), browser.run(WORLD))
        found.append(scale(browser))
        browser.size(*WIDE)
    assert found[0] * 1.5 < found[1] * 1.05 and found[1] * 1.5 < found[2]
    browser.open(page)
    browser.keys("0")
    before = scale(browser)
    browser.size(1800, 1000)
    wait(lambda: scale(browser) > 1.3 * before)


def wait(condition):
    """Until the browser has caught up."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < 5
        time.sleep(0.02)


def test_a_step_that_is_in_view_and_legible_moves_nothing(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    views = []
    for i in range(66):
        browser.go(i)
        views.append(browser.view())
    moved = sum(a != b for a, b in zip(views, views[1:]))
    assert 5 < moved < 60
    assert all(view[2] < browser.run(WORLD)[2] for view in views)


def test_fit_shows_the_whole_and_stays_there_until_it_is_pressed_again(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    near = browser.view()
    pressed = "return document.getElementById('fit').getAttribute('aria-pressed')"
    for press in (lambda: browser.click("fit"), lambda: browser.keys("0")):
        press()
        assert holds(browser.view(), browser.run(WORLD))
        assert browser.run(pressed) == "true"
        browser.keys(Keys.ARROW_RIGHT, Keys.ARROW_LEFT)
        assert holds(browser.view(), browser.run(WORLD))
        press()
        assert (browser.view(), browser.run(pressed)) == (near, "false")


def test_what_flows_back_is_shown_once_beside_a_card_that_stands_in_and_on_the_whole(
    browser, network
):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    steps = passes(mlp())[1]
    last = max(i for i, step in enumerate(steps) if step.edge)
    browser.go(last)
    for docked in (True, False, True):
        assert len(browser.run(IDS, "#dock")) == docked
        ((text, *_),) = browser.run(PRODUCT)
        assert text == steps[last].product
        browser.click("fit")


def test_a_step_that_is_out_of_view_brings_back_a_small_drawing_as_a_whole(browser, small):
    browser.prefer(reduced_motion="reduce")
    browser.open(small)
    whole = browser.view()
    browser.click("in")
    near = browser.view()
    assert near != whole
    for _ in range(12):
        browser.click("in")
    browser.keys(Keys.ARROW_RIGHT)
    assert browser.view() == whole


def test_buttons_and_keys_zoom_and_shift_and_arrows_pan(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    before = scale(browser)
    browser.click("in")
    assert scale(browser) == pytest.approx(1.25 * before, rel=0.01)
    browser.click("out")
    assert scale(browser) == pytest.approx(before, rel=0.01)
    browser.keys("+")
    assert scale(browser) == pytest.approx(1.25 * before, rel=0.01)
    browser.keys("-")
    at, (x, y, w, h) = browser.at(), browser.view()
    for key, dx, dy in [
        (Keys.ARROW_RIGHT, 60, 0),
        (Keys.ARROW_DOWN, 0, 60),
        (Keys.ARROW_LEFT, -60, 0),
        (Keys.ARROW_UP, 0, -60),
    ]:
        browser.keys(Keys.SHIFT, key)
        x, y = x + dx / before, y + dy / before
        assert browser.view() == pytest.approx((x, y, w, h), abs=0.1)
    assert browser.at() == at
    for _ in range(30):
        browser.keys("-")
    assert holds(browser.view(), browser.run(WORLD))
    for _ in range(60):
        browser.keys("+")
    assert scale(browser) < 20


def mouse(browser, kind, x, y, **more):
    given = {"type": kind, "x": x, "y": y, **more}
    browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", given)


def test_the_wheel_zooms_where_the_pointer_is(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    left, top, _, _ = browser.boxes("#stage")["stage"]
    px, py = 300, 200

    def point():
        x, y, _, _ = browser.view()
        return x + px / scale(browser), y + py / scale(browser)

    before, where = scale(browser), point()
    mouse(browser, "mouseWheel", left + px, top + py, deltaX=0, deltaY=-120)
    wait(lambda: scale(browser) > 1.1 * before)
    assert point() == pytest.approx(where, abs=0.2)
    mouse(browser, "mouseWheel", left + px, top + py, deltaX=0, deltaY=240)
    wait(lambda: scale(browser) < before)


def test_a_drag_moves_the_drawing_with_the_pointer_and_a_click_does_not(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    x, y, w, h = browser.view()
    left, top, _, _ = browser.boxes("#stage")["stage"]
    for kind, dx, dy in (("mousePressed", 0, 0), ("mouseMoved", 2, 1), ("mouseReleased", 2, 1)):
        mouse(browser, kind, left + 300 + dx, top + 200 + dy, button="left", clickCount=1)
    assert browser.view() == (x, y, w, h)
    for kind, dx, dy in (("mousePressed", 0, 0), ("mouseMoved", 80, 40), ("mouseReleased", 80, 40)):
        mouse(browser, kind, left + 300 + dx, top + 200 + dy, button="left", clickCount=1)
    unit = scale(browser)
    moved = (x - 80 / unit, y - 40 / unit, w, h)
    wait(lambda: browser.view() == pytest.approx(moved, abs=0.2))


def touch(browser, kind, *points):
    given = [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]
    browser.driver.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})


def test_two_fingers_zoom(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.size(*NARROW)
    browser.open(network)
    before = scale(browser)
    touch(browser, "touchStart", (180, 400), (220, 400))
    touch(browser, "touchMove", (160, 400), (240, 400))
    touch(browser, "touchEnd")
    wait(lambda: scale(browser) == pytest.approx(2 * before, rel=0.05))
    touch(browser, "touchStart", (100, 400), (300, 400))
    touch(browser, "touchMove", (150, 400), (250, 400))
    touch(browser, "touchEnd")
    wait(lambda: scale(browser) == pytest.approx(before, rel=0.05))


def test_the_small_map_shows_where_the_view_is_and_goes_where_it_is_pressed(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    assert browser.style("#map", "opacity") == "1"
    here = "return ['x', 'y', 'width', 'height'].map(name => +page.find('here').getAttribute(name))"
    assert browser.run(here) == pytest.approx(browser.view(), abs=0.01)
    left, top, right, bottom = browser.boxes("#map")["map"]
    for kind in ("mousePressed", "mouseReleased"):
        mouse(browser, kind, (left + right) / 2, (top + bottom) / 2, button="left", clickCount=1)
    x, y, w, h = browser.run(WORLD)
    seen = browser.view()
    middle = (seen[0] + seen[2] / 2, seen[1] + seen[3] / 2)
    assert middle == pytest.approx((x + w / 2, y + h / 2), abs=4)
    browser.click("fit")
    assert browser.style("#map", "opacity") == "0"


def test_a_step_that_is_out_of_view_brings_the_camera_back(browser, network):
    browser.prefer(reduced_motion="reduce")
    browser.open(network)
    for _ in range(30):
        browser.keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    away = browser.view()
    browser.keys(Keys.ARROW_RIGHT)
    assert browser.view() != away
    assert inside(
        browser.run(SEEN, passes(mlp())[1][1].node)["box"], browser.boxes("#stage")["stage"]
    )


def test_the_keys_of_the_camera_are_for_the_quiz_too_but_not_while_an_answer_is_typed(
    browser, tmp_path
):
    browser.prefer(reduced_motion="reduce")
    browser.open(quiz(mlp(), tmp_path / "quiz.html"))
    before = browser.view()
    browser.keys("-0+=", to="#answer")
    assert browser.view() == before
    browser.keys("+", to="#stage")
    assert browser.view() != before


def test_what_has_the_focus_is_seen(browser, page):
    browser.open(page)
    seen = []
    for _ in range(12):
        browser.driver.switch_to.active_element.send_keys(Keys.TAB)
        id, outline = browser.run(
            "const e = document.activeElement; return [e.id, getComputedStyle(e).outlineStyle]"
        )
        seen.append(id)
        assert outline == "solid" or not id
    controls = ["out", "in", "fit", "stage", "first", "back", "play", "next", "last", "speed", "at"]
    assert seen[:11] == controls


# V2: a player in a frame that is hidden while it loads had its numbers at the left edge for ever.

PLACES = """
const texts = [...document.querySelectorAll("g.value text, #stage")];
return texts.map(t => { const r = t.getBoundingClientRect(); return [r.left, r.top, r.right] })"""

HIDE = {
    "tab": ('<div id="box" style="display: none">', "</div>", "box.style.display = 'block'"),
    "details": ('<details id="box"><summary>Show</summary>', "</details>", "box.open = true"),
}


@pytest.mark.parametrize("how", HIDE)
@pytest.mark.parametrize("make", [neuron, mlp])
def test_a_player_that_is_hidden_while_it_loads_is_laid_out_when_it_is_shown(
    browser, tmp_path, how, make
):
    browser.prefer(reduced_motion="reduce")
    frame = player(make())._repr_html_()
    opening, closing, show = HIDE[how]
    found = []
    for name, inner in (("seen", frame), ("hidden", f"{opening}{frame}{closing}")):
        page = tmp_path / f"{name}.html"
        page.write_text(f'<!doctype html><meta charset="utf-8">{inner}', encoding="utf-8")
        browser.open(page)
        if name == "hidden":
            time.sleep(0.2)
            browser.run(show)
        browser.driver.switch_to.frame(0)
        wait(lambda: browser.run("return stage.clientWidth && here.getAttribute('width')"))
        found.append((browser.view(), browser.run(PLACES)))
        browser.driver.switch_to.default_content()
    assert found[0] == found[1]


def test_two_players_on_one_page_do_not_touch_each_other(browser, tmp_path):
    a = Value(2.0, "a")
    page = tmp_path / "page.html"
    frames_ = [player(a * a)._repr_html_(), quiz(a * a)._repr_html_(), player(a * a)._repr_html_()]
    page.write_text(f'<!doctype html><meta charset="utf-8">{"".join(frames_)}', encoding="utf-8")
    browser.open(page)
    for i, at in ((0, 2), (2, 4), (0, 2)):
        browser.driver.switch_to.frame(i)
        browser.go(at)
        browser.driver.switch_to.default_content()
    shown = []
    for i in range(3):
        browser.driver.switch_to.frame(i)
        shown.append((browser.text("say"), browser.cards()["v0"]))
        browser.driver.switch_to.default_content()
    steps = passes(a * a)[1]
    assert shown[0] == (steps[2].text, ("2.0000", "?"))
    assert shown[2] == (steps[4].text, ("2.0000", "4.0000"))
    assert shown[1][0].startswith("Find the slope")


VISIBLE = """
return [...document.querySelectorAll("svg")].map(svg =>
  [...svg.querySelectorAll("text")].filter(t => getComputedStyle(t).visibility === "visible")
    .map(t => t.textContent.trim()).filter(Boolean).sort())"""


def test_two_animations_inline_on_one_page_each_show_their_own(browser, tmp_path):
    browser.prefer(reduced_motion="reduce")
    a = Value(2.0, "a")
    page = tmp_path / "page.html"
    made = [animate(neuron()), animate(a * a), animate(neuron())]
    inner = "".join(moving.content[moving.content.index("<svg") :] for moving in made)
    page.write_text(f'<!doctype html><meta charset="utf-8">{inner}', encoding="utf-8")
    browser.open(page)
    together = browser.run(VISIBLE)
    for moving, words in zip(made, together):
        browser.open(moving.save(tmp_path / "alone.svg"))
        assert browser.run(VISIBLE) == [words]


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


# A strip of pictures.


def test_a_strip_steps_through_its_pictures_by_buttons_and_keys(browser, tmp_path):
    strip = frames(neuron())
    browser.open(strip.page().save(tmp_path / "strip.html"))
    end = len(strip) - 1
    left, right = Keys.ARROW_LEFT, Keys.ARROW_RIGHT
    presses = [right, "next", "back", left, Keys.END, "first", "last", "next", Keys.HOME]
    for press, at in zip(presses, [1, 2, 1, 0, end, 0, end, end, 0]):
        if press.isalpha():
            browser.click(press)
        else:
            browser.keys(press)
        assert browser.at() == at
        assert browser.run("return document.getElementById('picture').alt") == strip[at].title
        wait(lambda: browser.run("return document.getElementById('picture').naturalWidth > 100"))
    browser.size(*NARROW)
    assert browser.run("return document.documentElement.scrollWidth") <= NARROW[0]


# Small gradients in a quiz.


def test_zero_is_no_answer_for_a_small_gradient_but_for_one_of_zero(browser, tmp_path):
    a, x = Value(2.0, "a"), Value(-1.0, "x")
    browser.open(quiz(a * 4e-5 + x.relu(), tmp_path / "quiz.html"))
    options = "return [...document.getElementById('ask').options].map(o => [o.text, o.value])"
    ids = dict(browser.run(options))
    for name, text, said in [
        ("a", "0", "Not yet: it is not 0."),
        ("a", "0.0001", "Not yet: the sign is right, the size is not."),
        ("a", "-4e-5", "Not yet: the size is right, the sign is not."),
        ("a", "4e-5", "Right: "),
        ("x", "0.0001", "Not yet: it is smaller."),
        ("x", "0", "Right: the gradient of x is 0."),
    ]:
        browser.run(
            "document.getElementById('ask').value = arguments[0]", ids[f"gradient of {name}"]
        )
        assert answer(browser, text).startswith(said), (name, text)
