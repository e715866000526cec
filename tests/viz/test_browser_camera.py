"""The camera in a real browser: what it shows, and the keys, wheel and fingers that move it."""

import pytest

from viz import quiz
from viz.motion.steps import passes

from .viewer import IDS, NARROW, PRODUCT, SEEN, WIDE, Keys, inside, mlp, scale, wait


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
