"""Players, quizzes and drawings in a real browser: every control, every number, every theme, and nothing that runs or loads.

Skipped where there is no Chromium, no chromedriver or no selenium; GLASSGRAD_BROWSER=required makes that a failure.
"""

import json
import os
import shutil
import time
from itertools import combinations

import pytest

from autograd import CONST, Value, topological_order
from autograd.graph import pullback
from viz import TrainingPlayer, draw_dot, player, quiz
from viz.motion.steps import passes
from viz.style import DARK, LIGHT, number, slope

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

WIDE, NARROW = (1200, 675), (400, 800)


# The browser.


def missing(what):
    (pytest.fail if os.environ.get("GLASSGRAD_BROWSER") == "required" else pytest.skip)(
        f"{what} is not here"
    )


@pytest.fixture(scope="session")
def driver():
    """One browser for all tests, which notes what its pages say and load."""
    if webdriver is None:
        missing("selenium")
    binary = next(
        filter(
            None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))
        ),
        None,
    )
    program = shutil.which("chromedriver")
    if binary is None or program is None:
        missing("chromedriver" if binary else "chromium")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(program))
    yield driver
    driver.quit()


class Browser:
    """What the tests do and see."""

    def __init__(self, driver):
        self.driver = driver
        self.run = driver.execute_script

    def open(self, path):
        self.driver.get(path.as_uri())

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
        value, count = self.run(
            "return [document.getElementById('at').value, document.getElementById('count').textContent]"
        )
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

    def log(self, name):
        return self.driver.get_log(name)


IDS = "return [...document.querySelectorAll(arguments[0])].map(e => e.id)"

CARDS = """
return [...document.querySelectorAll("g.value:not(.constant)")].map(g => {
  const texts = [...g.querySelectorAll("text")].map(t => t.textContent.trim());
  return [g.id, texts[texts.lastIndexOf("data") + 1], texts[texts.lastIndexOf("grad") + 1]];
})"""

BOXES = """
return [...document.querySelectorAll(arguments[0])].filter(e => e.getClientRects().length).map(e => {
  const shape = e.closest("svg") && e.querySelector("a > path, a > polygon");
  if (!shape) { const r = e.getBoundingClientRect(); return [e.id || e.tagName, [r.left, r.top, r.right, r.bottom]] }
  const b = shape.getBBox(), m = shape.getScreenCTM();  // without its stroke, which is wider on the card of the step
  return [e.id, [m.e + m.a * b.x, m.f + m.d * b.y, m.e + m.a * (b.x + b.width), m.f + m.d * (b.y + b.height)]];
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

TICK = "const running = timers.filter(Boolean); running.forEach(([f]) => f()); return running.map(([, ms]) => ms)"


@pytest.fixture
def browser(driver):
    """An empty log, a wide window, a viewer without preferences; afterwards, no page has said or loaded anything."""
    it = Browser(driver)
    it.size(*WIDE)
    it.prefer(color_scheme="light", reduced_motion="no-preference")
    driver.get("about:blank")
    it.log("browser"), it.log("performance")
    yield it
    assert it.log("browser") == []
    messages = [json.loads(entry["message"])["message"] for entry in it.log("performance")]
    loaded = [
        m["params"]["request"]["url"]
        for m in messages
        if m["method"] == "Network.requestWillBeSent"
    ]
    assert [url for url in loaded if not url.startswith(("file:", "data:image/png"))] == []
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


def test_each_step_shows_its_sentence_and_its_numbers_on_a_layout_that_does_not_move(browser, page):
    browser.open(page)
    places = browser.boxes("g.value, g.op, nav, #stage, #said")
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
        assert browser.boxes("g.value, g.op, nav, #stage, #said") == places
        browser.click("next")
    assert browser.at() == len(by_step) - 1
    assert "?" not in {text for card in browser.cards().values() for text in card}


def test_every_button_and_every_key_goes_where_it_says(browser, page):
    browser.open(page)
    end = len(passes(neuron())[1]) - 1
    by_button = [
        ("back", 0),
        ("next", 1),
        ("next", 2),
        ("back", 1),
        ("last", end),
        ("next", end),
        ("first", 0),
    ]
    for id, at in by_button:
        browser.click(id)
        assert browser.at() == at
    browser.open(page)
    left, right = Keys.ARROW_LEFT, Keys.ARROW_RIGHT
    for key, at in [
        (left, 0),
        (right, 1),
        (right, 2),
        (left, 1),
        (Keys.END, end),
        (right, end),
        (Keys.HOME, 0),
    ]:
        browser.keys(key)
        assert browser.at() == at
    browser.keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, to="#at")
    assert browser.at() == 2
    browser.keys(Keys.CONTROL, Keys.ARROW_RIGHT)
    assert browser.at() == 2


def test_the_slider_goes_to_its_step_and_says_it(browser, page):
    browser.open(page)
    browser.run(
        "const at = document.getElementById('at'); at.value = 3; at.dispatchEvent(new Event('input'))"
    )
    step = passes(neuron())[1][3]
    assert (browser.at(), browser.text("say")) == (3, step.text)
    assert (
        browser.run("return document.getElementById('at').getAttribute('aria-valuetext')")
        == step.text
    )


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
    assert [browser.run(TICK) for _ in range(4)] == [[400], [400], [400], []]
    assert (browser.at(), browser.text("play")) == (4, "Play")
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
    tips = "return [...document.querySelectorAll('g.value:not(.constant) a')].map(a => a.getAttribute('xlink:title'))"
    flows = "return [...document.querySelectorAll('g.slope a')].map(a => a.getAttribute('xlink:title')).join()"
    titles = [node.title for node in passes(root)[0].nodes if node.kind != "constant"]
    for path, begun in ((page, titles), (questions, titles[:-1])):
        browser.open(path)
        assert browser.run(tips)[: len(begun)] == begun
        assert "flow" not in browser.run(flows)
    browser.open(page)
    browser.keys(Keys.END)
    grads = {node.label: grad for node, grad in zip(*pullback(root, 1.0))}
    assert browser.run(tips)[0] == f"w: data -3.0, grad {grads['w']!r}"


# The quiz.


def gradients(root):
    """What is asked for, in order: id and gradient."""
    nodes = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    return [
        (f"v{i}", grad_of[nodes[i]])
        for i in reversed(range(len(nodes) - 1))
        if nodes[i].op is not CONST
    ]


def answer(browser, text):
    browser.run("document.getElementById('answer').value = ''")
    browser.keys(text, Keys.ENTER, to="#answer")
    return browser.text("say")


def asked(browser):
    return browser.run("return document.getElementById('ask').value")


def test_a_quiz_is_answered_to_the_end(browser, questions):
    browser.open(questions)
    places = browser.boxes("g.value, g.op, #said")
    wanted = gradients(neuron())
    assert {grad for _, grad in list(browser.cards().values())[:-1]} == {"?"}
    for id, grad in wanted:
        assert asked(browser) == id
        said = answer(browser, f"{grad * 1.005}")
        assert said.startswith(f"Right: {number(grad)}.")
        assert browser.cards()[id][1] == number(grad)
        assert browser.boxes("g.value, g.op, #said") == places
    assert said.endswith(f"All done: {len(wanted)} of {len(wanted)} found by yourself.")
    assert browser.run(
        "return [...document.getElementById('quiz').elements].every(control => control.disabled)"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7", "Not yet. Take the gradient of each card that a * 2 leads to"),
        ("1.02", "Not yet."),
        ("-1", "Not yet."),
        ("one", "Type a number, such as 0.5 or -2."),
        ("", "Type a number"),
        ("1,2,3", "Type a number"),
        ("<b>", "Type a number"),
        ("0,995", "Right: 1.0000."),
        (" 1.0e0 ", "Right: 1.0000."),
    ],
)
def test_an_answer_is_judged(browser, questions, text, said):
    browser.open(questions)
    before = asked(browser)
    assert answer(browser, text).startswith(said)
    right = said.startswith("Right")
    assert browser.run("return document.getElementById('answer').getAttribute('aria-invalid')") == (
        "false" if right else "true"
    )
    assert (asked(browser) != before, browser.cards()[before][1] != "?") == (right, right)
    assert browser.text("score") == ("1 of 9 found" if right else "")


def test_a_negative_answer_may_have_the_minus_of_books(browser, tmp_path):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    browser.open(quiz(a * b, tmp_path / "quiz.html"))
    browser.run("document.getElementById('ask').value = 'v0'")
    assert answer(browser, "−3") == "Right: -3.0000."


def test_an_answer_that_is_shown_does_not_count(browser, questions):
    browser.open(questions)
    wanted = gradients(neuron())
    for id, grad in wanted:
        assert asked(browser) == id
        browser.click("reveal")
        assert browser.cards()[id][1] == number(grad)
        assert f" is {number(grad)}." in browser.text("say")
    assert browser.text("say").endswith("All done: 0 of 9 found by yourself.")


def test_a_click_on_a_card_asks_for_it(browser, questions):
    browser.open(questions)
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
    for css, behind in (
        ("h1", "body"),
        ("#say", "body"),
        ("#count", "nav"),
        ("#next", "#next"),
        ("#speed", "#speed"),
    ):
        assert (
            contrast(browser.colour(css, "color"), browser.colour(behind, "backgroundColor")) >= 4.5
        )
    for css in ("#next", "#speed"):
        assert (
            contrast(
                browser.colour(css, "borderTopColor"), browser.colour("nav", "backgroundColor")
            )
            >= 3
        )
    browser.keys(Keys.TAB)
    browser.keys(Keys.ARROW_RIGHT)
    browser.keys(Keys.TAB, to="#first")  # the focus is now on the second button
    assert browser.style("#back", "outlineStyle") == "solid"
    assert (
        contrast(browser.colour("#back", "outlineColor"), browser.colour("nav", "backgroundColor"))
        >= 3
    )
    browser.open(questions)
    for text, kind in (("7", "bad"), ("1", "good")):
        answer(browser, text)
        assert browser.run("return document.getElementById('say').className") == kind
        assert contrast(browser.colour("#say", "color"), look.background) >= 4.5


@pytest.mark.parametrize(
    ("motion", "seconds", "scroll"), [("no-preference", "0.2s", "smooth"), ("reduce", "0s", "auto")]
)
def test_nothing_glides_for_those_who_want_no_motion(browser, page, motion, seconds, scroll):
    browser.prefer(reduced_motion=motion)
    browser.open(page)
    assert browser.style("g.node", "transitionDuration") == seconds
    browser.run(
        "window.seen = []; Element.prototype.scrollIntoView = options => seen.push(options.behavior)"
    )
    browser.click("next")
    assert browser.run("return seen") == [scroll]


def apart(boxes):
    return all(
        a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        for a, b in combinations(boxes.values(), 2)
    )


@pytest.mark.parametrize("kind", ["player", "quiz"])
def test_on_a_narrow_screen_all_is_in_reach(browser, page, questions, kind):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(page if kind == "player" else questions)
    boxes = browser.boxes(
        "h1, #said, #stage, nav button, nav select, nav input, #count, #quiz select, #quiz input, #quiz button"
    )
    assert len(boxes) == (11 if kind == "player" else 7)
    assert apart(boxes)
    for name, (left, top, right, bottom) in boxes.items():
        assert left >= 0 and top >= 0 and right <= NARROW[0] and bottom <= NARROW[1], name
        assert (
            name in ("H1", "said", "stage", "count") or min(right - left, bottom - top) >= 43.5
        ), f"{name} is too small to touch"
    assert browser.run("return document.documentElement.scrollWidth") <= NARROW[0]


def test_on_a_narrow_screen_the_card_of_the_step_is_in_sight_and_the_frame_stands_still(
    browser, page
):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(page)
    places = browser.boxes("#said, #stage, nav")
    for step in passes(neuron())[1][1:]:
        browser.keys(Keys.ARROW_RIGHT)
        (card,) = browser.boxes("g.value.now").values()
        left, top, right, bottom = browser.boxes("#stage")["stage"]
        assert left <= card[0] and card[2] <= right and top <= card[1] and card[3] <= bottom, (
            step.text
        )
        assert browser.boxes("#said, #stage, nav") == places


def test_those_who_only_listen_hear_the_steps_and_the_names_of_the_controls(browser, page):
    browser.open(page)
    assert browser.run("return [say.role, say.ariaLive, room.ariaHidden, stage.ariaLabel]") == [
        "status",
        "polite",
        "true",
        "Drawing",
    ]
    names = {
        button.get_attribute("id"): button.accessible_name
        for button in browser.driver.find_elements(
            "css selector", "nav button, nav select, nav input"
        )
    }
    assert names == {
        "first": "First step", "back": "Previous step", "play": "Play", "next": "Next step", "last": "Last step",
        "speed": "Speed", "at": "Step",
    }  # fmt: skip
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
    source = "window.ran = []; for (const name of ['alert', 'confirm', 'prompt']) window[name] = x => ran.push(x)"
    script = browser.driver.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument", {"source": source}
    )
    browser.open(path)
    for _ in range(20):
        browser.run(
            "document.getElementById(arguments[0]).click()", "next" if make is player else "reveal"
        )
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
    page.write_text(
        f'<!doctype html><meta charset="utf-8"><style>:root {{ color-scheme: light dark }}</style>{inner}',
        encoding="utf-8",
    )
    browser.prefer(color_scheme=scheme)
    browser.open(page)
    left, top, *_ = browser.boxes("img, svg").popitem()[1]
    assert (
        browser.pixel(int(left) + 4, int(top) + 4)
        == (DARK if scheme == "dark" else LIGHT).background
    )


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
    return watched.write(tmp_path_factory.mktemp("training") / "page.html"), watched.scenes


def largest(scenes, name):
    return max(getattr(drawn, name) for drawn in scenes)


LINES = """
return Object.fromEntries([...document.querySelectorAll("g.slope")].map(g => {
  const line = g.querySelector("path"), head = g.querySelector("polygon"), text = g.querySelector("text"), css = getComputedStyle(line);
  return [g.id, [text.textContent.trim(), line.getAttribute("stroke"), head.getAttribute("fill"), +line.getAttribute("stroke-width"),
    !!line.getAttribute("stroke-dasharray"), css.stroke, getComputedStyle(text).fill]];
}))"""

FILLS = """
return Object.fromEntries([...document.querySelectorAll("g.value:not(.constant)")].map(g => {
  const outline = g.querySelector(".outline");
  return [g.id, [outline.getAttribute("fill"), getComputedStyle(outline).fill]];
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
    most = largest(scenes, "largest_grad")
    forth = list(range(len(scenes)))
    for i in [*forth, *forth[-2::-1]]:
        drawn = scenes[i]
        browser.run(
            "const at = document.getElementById('at'); at.value = arguments[0]; at.dispatchEvent(new Event('input'))",
            i,
        )
        assert (browser.at(), browser.text("say")) == (i, f"Record {i + 1}")
        cards = [node for node in drawn.nodes if node.kind != "constant"]
        assert browser.cards() == {
            node.id: (number(node.data), number(node.grad)) for node in cards
        }
        fills = browser.run(FILLS)
        assert {id: written.upper() for id, (written, _) in fills.items()} == {
            node.id: LIGHT.fill(node.grad, most) for node in cards
        }
        assert {id: as_hex(seen) for id, (_, seen) in fills.items()} == {
            node.id: look.fill(node.grad, most) for node in cards
        }
        lines = browser.run(LINES)
        assert lines.keys() == {f"e{k}" for k in range(len(drawn.edges))}
        for k, edge in enumerate(drawn.edges):
            text, stroke, head, _, dashed, seen, said = lines[f"e{k}"]
            colour = LIGHT.line_colour(edge.slope) if edge.flows else LIGHT.line
            assert text == slope(edge.slope)
            assert (stroke.upper(), head.upper()) == (colour, colour)
            assert dashed == (edge.flows and edge.slope < 0)
            assert as_hex(seen) == (look.line_colour(edge.slope) if edge.flows else look.line)
            assert as_hex(said) == (
                look.quiet if colour == LIGHT.line else look.line_colour(edge.slope)
            )
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
    tips = "return [...document.querySelectorAll('#' + arguments[0] + ' a')].map(a => a.getAttribute('xlink:title'))"
    for epoch in scenes:
        for k, edge in enumerate(epoch.edges):
            assert set(browser.run(tips, f"e{k}")) == {f"slope {slope(edge.slope)}"}
        browser.click("next")


# Small gradients in a quiz.


def test_zero_is_no_answer_for_a_small_gradient_but_for_one_of_zero(browser, tmp_path):
    a, x = Value(2.0, "a"), Value(-1.0, "x")
    browser.open(quiz(a * 4e-5 + x.relu(), tmp_path / "quiz.html"))
    ids = dict(
        browser.run(
            "return [...document.getElementById('ask').options].map(o => [o.text, o.value])"
        )
    )
    for name, text, said in [
        ("a", "0", "Not yet."),
        ("a", "0.0001", "Not yet."),
        ("a", "-4e-5", "Not yet."),
        ("a", "4e-5", "Right: "),
        ("x", "0.0001", "Not yet."),
        ("x", "0", "Right: 0."),
    ]:
        browser.run("document.getElementById('ask').value = arguments[0]", ids[name])
        assert answer(browser, text).startswith(said), (name, text)
