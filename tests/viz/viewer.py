"""Pages in Chromium as a viewer uses and sees them, and the graphs that are on them."""

import math
import time
from pathlib import Path

from autograd import Value
from nn import MLP, losses
from viz.motion.steps import passes
from viz.style import number

try:
    from selenium.webdriver.common.keys import Keys
except ImportError:
    Keys = None

WIDE, NARROW = (1200, 675), (400, 800)


class Viewer:
    """Someone with Chromium: what the tests do and see."""

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

SLOPES = """
return [...document.querySelectorAll("g.slope")].map(g => {
  const text = g.querySelector("text"), css = getComputedStyle(g.querySelector("path"));
  const tip = g.querySelector("a").getAttribute("xlink:title");
  const seen = getComputedStyle(text).visibility === "visible" ? text.textContent.trim() : "";
  return [g.id, seen, tip, css.stroke, css.strokeDasharray];
})"""

TIPS = """
const tips = [...document.querySelectorAll(arguments[0])];
return tips.map(a => a.getAttribute("xlink:title"))"""

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


def neuron():
    """A leaf used twice, a constant, and a gradient of 0."""
    w, x, b, a = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b"), Value(0.0, "a")
    out = (w * x + b).tanh() * a + a * 2
    out.label = "out"
    return out


def mlp():
    """A network of two inputs, three hidden units and an output, with its loss."""
    model = MLP([2, 3, 1], "tanh", rng=0)
    return losses.mse(model([Value(1.0, "x1"), Value(-0.5, "x2")]), 1.0)


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


def answer(browser, text):
    browser.run("document.getElementById('answer').value = ''")
    browser.keys(text, Keys.ENTER, to="#answer")
    return browser.text("say")


def wait(condition):
    """Until the browser has caught up."""
    start = time.monotonic()
    while not condition():
        assert time.monotonic() - start < 5
        time.sleep(0.02)


def scale(browser):
    """Pixels to a unit of the drawing."""
    stage = browser.boxes("#stage")["stage"]
    return (stage[2] - stage[0]) / browser.view()[2]


def as_hex(colour):
    channels = colour.partition("(")[2].rstrip(")").split(",")[:3]
    return "#" + "".join(f"{int(c):02X}" for c in channels)


def outside(box, point):
    """How far a point is from a box."""
    x = max(box[0] - point[0], 0, point[0] - box[2])
    y = max(box[1] - point[1], 0, point[1] - box[3])
    return math.hypot(x, y)


def inside(box, frame):
    return (
        frame[0] <= box[0] + 0.5
        and frame[1] <= box[1] + 0.5
        and box[2] <= frame[2] + 0.5
        and box[3] <= frame[3] + 0.5
    )


def disjoint(a, b):
    return a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
