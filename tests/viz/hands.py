"""Hands on the live page: the same acts by keys alone, or by a finger alone."""

import time

TABS = 150
"""The most times that Tab may be pressed to get anywhere on the page."""

FOCUSED = "document.activeElement?.matches(given)"

# Whether it comes after what has the focus, so that Tab leads there, or Shift and Tab.
AFTER = """
const there = document.querySelector(given), here = document.activeElement;
const before = there && here.compareDocumentPosition(there) & Node.DOCUMENT_POSITION_PRECEDING;
return [here.matches(given), here === document.body || !before]"""

CENTRE = """
const found = [...document.querySelectorAll(given)];
const one = found.find((e) => e.getClientRects().length) ?? found[0];
if (!one) return {hit: "nothing: it is not there"};
one.scrollIntoView({block: "center", inline: "center"});
const box = one.getBoundingClientRect();
let places = [{x: box.left + box.width / 2, y: box.top + box.height / 2}];
// Lines cross: a finger finds a place where only this one is.
if (one.localName === "line") places = [0.5, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9].map((share) =>
  one.getPointAtLength(share * one.getTotalLength()).matrixTransform(one.getScreenCTM()));
const hits = places.map(({x, y}) => {
  const hit = document.elementFromPoint(x, y);
  return {x, y, hit: one.contains(hit) || hit?.contains(one) || hit?.tagName};
});
return hits.find(({hit}) => hit === true) ?? hits[0]"""


class Keys:
    """A keyboard and nothing else."""

    width = 1280

    def __init__(self, live):
        self.live = live

    def reach(self, css):
        """Press Tab, or Shift and Tab, until the focus is there."""
        for _ in range(TABS):
            there, after = self.live.run(AFTER, css)
            if there:
                return
            if self.live.run("return document.activeElement.matches('.editor')"):
                self.live.keys("Escape")  # or else Tab indents
            self.live.keys("Tab" if after else "Shift+Tab")
        raise AssertionError(f"Tab does not come to {css}")

    def press(self, css):
        self.reach(css)
        self.live.keys("Enter")

    def press_cell(self, css):
        """A cell of the matrices: they are one stop of Tab, and arrows lead from there."""
        self.reach("#matrices .cell")
        for _ in range(TABS):
            if self.live.run(f"return {FOCUSED}", css):
                return self.live.keys("Enter")
            self.live.keys("Right")
        raise AssertionError(f"arrows do not come to {css}")

    def scene(self, number):
        self.live.keys(str(number))

    def view(self, name):
        """All views are on the screen."""

    def lens(self, name):
        self.live.keys({"scalars": "g", "matrices": "m", "table": "t"}[name])

    def step(self):
        self.live.keys("]")

    def play(self):
        self.reach("#stage-net")
        self.live.keys(" ")

    def turn_in_story(self, ref):
        """A knob in the prose goes up."""
        self.reach(f'#story [data-knob="{ref}"]')
        self.live.keys("Up")

    def type(self, css, text):
        """Other text in a field."""
        self.reach(css)
        self.live.keys("Control+a", *text, "Enter")

    def choose(self, css, option):
        """An option of a list, by its first letters."""
        self.reach(css)
        self.live.keys(*option)
        self.live.keys("Enter")

    def pin(self, ref):
        """Walk to a unit or a weight of the network, and pin it."""
        _, layer, _, unit, kind, *k = ref.split(".")
        self.reach("#stage-net")
        self.live.keys(*["Left"] * 8, *["Up"] * 8)
        self.live.keys(*["Right"] * (int(layer) + 1), *["Down"] * int(unit))
        if kind == "w":
            self.live.keys(*["Shift+Down"] * (int(k[0]) + 1))
        self.live.keys("Enter")

    def turn(self, ref):
        """A weight goes up."""
        self.pin(ref)
        self.live.keys("+")

    def enter(self, css):
        self.reach(css)

    def run(self, cell):
        self.live.keys("Control+Enter")

    def add_point(self):
        self.choose("#f-class", "adds a point of class 1")
        self.reach("#points")
        self.live.keys("Up", "Right", "Enter")


class Finger:
    """A finger on a telephone, and the keyboard that it brings up for text."""

    width = 400

    def __init__(self, live):
        self.live = live

    def place(self, css):
        """The middle of an element, once nothing moves or covers it."""
        end = time.monotonic() + 10
        while True:
            found = self.live.run(CENTRE, css)
            if found["hit"] is True:
                return found["x"], found["y"]
            assert time.monotonic() < end, f"{css} is covered by {found['hit']}"
            time.sleep(0.1)

    def press(self, css):
        self.live.touch(self.place(css))

    press_cell = press

    def scene(self, number):
        self.press(f"#scenes li:nth-child({number}) button")

    def view(self, name):
        self.press(f'#tabs [data-tab="{name}"]')

    def lens(self, name):
        self.view("lens")
        self.press(f'#lenses [data-lens="{name}"]')

    def step(self):
        self.press("#next")

    def play(self):
        self.press("#play")

    def turn_in_story(self, ref):
        x, y = self.place(f'#story [data-knob="{ref}"]')
        self.live.touch((x, y), (x + 30, y))

    def type(self, css, text):
        self.press(css)
        self.live.keys("Control+a", *text, "Enter")

    def choose(self, css, option):
        """The list that opens belongs to the browser: its option is chosen by its letters."""
        self.press(css)
        self.live.keys(*option)
        self.live.keys("Enter")

    def pin(self, ref):
        self.view("net")
        self.press(f'#net [data-ref="{ref}"]')

    def turn(self, ref):
        self.view("net")
        x, y = self.place(f'#net [data-ref="{ref}"]')
        self.live.touch((x, y), (x, y - 30))

    enter = press

    def run(self, cell):
        self.press(f"#run-{cell}")

    def add_point(self):
        self.view("plane")
        self.choose("#f-class", "adds a point of class 1")
        x, y = self.place("#points")
        self.live.touch((x + 30, y - 30))
