"""Players, animations and strips on pages of others, hidden or side by side."""

import time

import pytest

from autograd import Value
from viz import animate, frames, player, quiz
from viz.motion.steps import passes

from .viewer import NARROW, Keys, mlp, neuron, wait

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
