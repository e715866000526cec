"""Pages for every viewer: colours, narrow screens, screen readers, and labels that never run."""

from itertools import combinations

import pytest

from autograd import Value
from nn import losses
from viz import draw_dot, player, quiz
from viz.style import DARK, LIGHT

from .viewer import (
    NARROW,
    PRODUCT,
    SEEN,
    Keys,
    answer,
    disjoint,
    inside,
    known_after_each_step,
    mlp,
    neuron,
)


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
