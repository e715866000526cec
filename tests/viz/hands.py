"""Hands on the live page: the same acts by keys alone, or by a finger alone."""

import time

TABS = 150
"""The most times that Tab may be pressed to get anywhere on the page."""

FOCUSED = "document.activeElement?.matches(given)"

CENTRE = """
const found = [...document.querySelectorAll(given)];
const one = found.find((e) => e.getClientRects().length) ?? found[0];
if (!one) throw new Error(`nothing is ${given}`);
one.scrollIntoView({block: "center", inline: "center"});
const box = one.getBoundingClientRect();
const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
const hit = document.elementFromPoint(x, y);
return {x, y, hit: one.contains(hit) || hit?.contains(one) || hit?.tagName}"""


class Keys:
    """A keyboard and nothing else."""

    width = 1280

    def __init__(self, live):
        self.live = live

    def reach(self, css):
        """Press Tab until the focus is there."""
        for _ in range(TABS):
            if self.live.run(f"return {FOCUSED}", css):
                return
            self.live.keys("Tab")
        raise AssertionError(f"Tab does not come to {css}")

    def press(self, css, view=None):
        self.reach(css)
        self.live.keys("Enter")

    def scene(self, number):
        self.live.run("document.activeElement?.blur()")
        self.live.keys(str(number))

    def view(self, name):
        """All views are on the screen."""

    def lens(self, name):
        self.live.keys({"scalars": "g", "matrices": "m", "table": "t"}[name])

    def step(self):
        self.live.keys("]")

    def play(self):
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

    def add_point(self):
        self.view("plane")
        self.choose("#f-class", "adds a point of class 1")
        x, y = self.place("#points")
        self.live.touch((x + 30, y - 30))
