"""The live page as tests use it: opened, stepped, and asked what it shows."""

from viz.style import MINUS

CELL = """
const out = document.querySelector(".cellbox .out");
out.replaceChildren();
live.engine.run("forward", given.code);
let how = null, took = 0;
if (given.stop !== null) {
  await new Promise((go) => setTimeout(go, given.stop));
  const began = performance.now();
  how = await live.engine.stop();
  took = performance.now() - began;
}
const pause = (ms) => new Promise((go) => setTimeout(go, ms));
while (live.engine.running !== null || !live.engine.up) await pause(10);
await pause(30);
return [how, took, out.textContent];
"""


def said(x, digits=2):
    """A number as the page writes it."""
    return f"{x:.{digits}f}".replace("-", MINUS) if x else "0"


class Live:
    """The page in a browser."""

    def __init__(self, browser, path):
        self.browser, self.path = browser, path
        self.run, self.wait, self.size = browser.run, browser.wait, browser.size
        self.keys, self.touch, self.inject = browser.keys, browser.touch, browser.inject
        self.errors, self.asked = browser.errors, browser.asked

    def open(self, hash=""):
        self.browser.open("about:blank")
        self.browser.open(self.path.as_uri() + hash)
        self.wait("window.live?.app.painted")
        return self

    def ready(self):
        self.wait("live.app.ready && live.app.saved")
        return self

    def scene(self, number):
        self.run("await live.open(given)", number - 1)

    def dress(self, theme):
        """Choose the theme, "light" or "dark"."""
        click = "if (live.dark() !== given) document.getElementById('theme').click()"
        self.run(click, theme == "dark")
        return self

    def focus(self, css):
        self.run("document.querySelector(given).focus()", css)

    def cell(self, code, stop_after=None):
        """Run code as the first cell: how it ended, milliseconds of a stop, what it printed."""
        return self.run(CELL, {"code": code, "stop": stop_after})
