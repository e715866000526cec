"""The storyboard of the live page: each of its clicks by keys alone, and by a finger at 400 px.

After each, the numbers on the page are those of this Python, to the digits that are shown.
"""

import math
import time

import pytest

from tests.viz.hands import Finger, Keys
from viz.live.scenes import PINNED
from viz.live.session import Session
from viz.live.state import State

NUMBERS = """
const [{state}] = await live.ask({do: "save"});
live.drawNow();
const shown = [...document.querySelectorAll("[data-num]")].filter((e) => e.textContent.trim());
const numbers = shown.map((e) => [e.dataset.num, e.textContent, Boolean(e.closest("#story"))]);
return [state, numbers]"""

KINDS = {"value": "value", "grad": "grad", "slope": "slope"}


def plain(text):
    """A number as the page writes it, as a float."""
    return float(text.replace("−", "-"))


@pytest.fixture(params=[Keys, Finger], ids=["keys", "finger"])
def hand(request, live):
    live.size(request.param.width, 800)
    live.open().ready()
    return request.param(live)


def check(hand):
    """Every number that is bound to the model is the one that a session here computes."""
    live = hand.live
    live.wait("!live.engine.waiting.size")
    state, numbers = live.run(NUMBERS)
    refs = Session(State.from_plain(state)).ask({"do": "view"})["refs"]
    assert numbers
    for name, text, in_story in numbers:
        kind, ref = name.split(":")
        if text == "?":
            continue
        wanted = refs[ref][KINDS[kind]]
        shown = plain(text)
        digits = 3 if in_story else 2
        room = 0.5 * 10**-digits if "e" not in text else 0.06 * abs(shown)
        assert math.isclose(shown, wanted, abs_tol=room * (1 + 1e-9)), (name, text, wanted)


def value(hand, ref):
    return hand.live.run("return live.app.view.refs[given].value", ref)


def grows(hand, ref, act):
    """Whether an act makes a number larger."""
    before = value(hand, ref)
    act(ref)
    hand.live.wait(f"live.app.view.refs['{ref}'].value > {before}")


def button(scene_block):
    return f"#story {scene_block}"


def test_scene_1_a_knob_a_prediction_and_a_nudge(hand):
    live = hand.live
    grows(hand, PINNED, hand.turn_in_story)  # 1
    check(hand)
    session = Session(State.from_plain(live.run(NUMBERS)[0]))
    hand.press('#story [data-option="0"]')  # 2, 3
    live.wait("live.app.done.has('0.1')")
    measured = session.ask({"do": "nudge", "ref": PINNED})
    live.wait("live.app.told.ratio")
    assert plain(live.run("return live.app.told.ratio")) == pytest.approx(
        measured["ratio"], abs=5e-5
    )
    hand.view("loss")
    live.run("live.drawNow()")
    assert live.run("return document.querySelectorAll('#loss .tangent').length") == 1
    check(hand)


def test_scene_2_forward_and_back_one_op_at_a_time(hand):
    live = hand.live
    hand.scene(2)
    live.wait("live.app.scene === 1 && live.app.scalars?.steps")
    hand.view("lens")
    steps = live.run("return live.app.scalars.steps")
    typed = 0
    hand.step()  # 4
    live.wait("live.app.at === 0")
    for i in range(1, len(steps)):
        hand.step()
        live.wait(f"live.app.at === {i}")
        live.wait("!live.app.blank || document.getElementById('answer')")
        if live.run("return live.app.blank"):  # 5
            product = steps[i]["product"].rpartition("= ")[2]
            if typed % 2:
                hand.press("#show")
            else:
                hand.type("#answer", product.replace("−", "-"))
            live.wait("!live.app.blank")
            typed += 1
    assert typed == 3  # where a factor is 1 or −1 there is nothing to say
    check(hand)
    hand.press('#story [data-option="0"]')  # 6
    live.wait("live.app.told.ratio")
    measured = Session().ask  # the state is that of the scene, whatever it is
    state = State.from_plain(live.run(NUMBERS)[0])
    measured = Session(state).ask({"do": "nudge", "ref": PINNED})["ratio"]
    assert plain(live.run("return live.app.told.ratio")) == pytest.approx(measured, abs=5e-5)


@pytest.mark.parametrize(("rule", "grad"), [("assign", "1"), ("add", "4"), ("unordered", "6")])
def test_scene_3_two_roads(hand, rule, grad):
    hand.scene(3)
    hand.live.wait("live.app.scene === 2 && live.app.roadsPicture")
    hand.press(f'#story [data-action="{rule}"]')  # 7, 8, 9
    hand.live.wait("live.app.roads === given && live.app.at > 0", rule)
    assert hand.live.run("return live.app.roadsPicture.grads.a") == float(grad)
    assert hand.live.run("return live.app.told[given]", rule) == grad


def test_scene_4_a_layer_as_scalars_and_as_matrices(hand):
    live = hand.live
    hand.scene(4)
    live.wait("live.app.scene === 3 && live.app.view.sizes.length === 3")  # 10
    check(hand)
    hand.lens("scalars")
    live.wait("!document.getElementById('scalars').hidden")
    hand.pin("layers.0.neurons.1.w.1")  # 12
    live.wait("live.app.pins[0] === 'layers.0.neurons.1.w.1'")
    live.wait("live.app.slice?.ref === live.app.pins[0]")
    hand.lens("matrices")  # 11
    live.wait("!document.getElementById('matrices').hidden")
    live.run("live.drawNow()")
    places = ("#marks *", "#matrices .cell.pinned", "#loss .ball", "#readout .name")
    for css in places:
        assert live.run("return document.querySelectorAll(given).length", css), css
    check(hand)


def test_scene_5_a_network_of_ones_own(hand):
    live = hand.live
    hand.scene(5)
    live.wait("live.app.scene === 4 && live.app.view.sizes.length === 3")
    hand.pin("layers.0.neurons.1.a")  # 13
    live.wait("live.app.formula?.ref === 'layers.0.neurons.1.a'")
    live.run("live.drawNow()")
    assert "tanh(" in live.run("return document.getElementById('pin-formula').textContent")
    hand.view("net")
    for action, sizes in (
        ("deeper", "2,3,3,1"),
        ("flatter", "2,3,1"),
        ("wider", "2,4,1"),
        ("large", "3,4,4,2"),
        ("small", "2,3,1"),
    ):  # 14
        hand.press(f'#story [data-action="{action}"]')
        live.wait("live.app.view.sizes.join() === given", sizes)
    # A field that has the focus is not written: typing what it still holds would change nothing.
    live.wait("document.getElementById('f-sizes').value === '2, 3, 1'")
    hand.type("#f-sizes", "3, 4, 4, 2")
    live.wait("live.app.view.sizes.join() === '3,4,4,2'")
    check(hand)
    hand.press('#story [data-action="small"]')
    live.wait("live.app.view.sizes.join() === '2,3,1'")
    hand.play()  # 15
    live.wait("live.app.at >= 2")
    hand.play()
    grows(hand, "layers.0.neurons.0.w.0", hand.turn)  # 16
    check(hand)


def test_scene_6_layer_by_layer_and_the_gate(hand):
    live = hand.live
    hand.scene(6)
    live.wait("live.app.scene === 5 && live.app.view.sizes.length === 3")
    for i in range(7):  # 17
        hand.step()
        live.wait(f"live.app.at === {i}")
        check(hand)
    hand.lens("matrices")
    hand.press_cell('#matrices [data-num="grad:layers.0.neurons.1.z"]')  # 18
    live.wait("live.app.pins[0] === 'layers.0.neurons.1.z'")
    live.run("live.drawNow()")
    assert live.run("return document.querySelectorAll('#matrices .lit').length") >= 6
    live.wait("live.app.gate?.ref === 'layers.0.neurons.1.z'")  # 19
    hand.view("loss")
    live.run("live.drawNow()")
    assert live.run("return document.querySelector('#loss .plot').ariaLabel").startswith("f at z")
    hand.view("net")
    hand.press('#story [data-option="0"]')  # 20
    live.wait("live.app.view.loss === 'bce_with_logits'")
    check(hand)


def test_scene_7_downhill(hand):
    live = hand.live
    hand.scene(7)
    live.wait("live.app.scene === 6 && live.app.view.sizes[1] === 6")
    before = value(hand, "L")
    hand.press('#story [data-action="update"]')  # 21
    live.wait(f"live.app.view.refs.L.value < {before}")
    check(hand)
    hand.press('#story [data-action="curvature"]')  # 22
    live.wait("live.app.told.bend")
    hand.view("net")
    hand.type("#f-rate", "30")
    live.wait("live.app.view.rate === 30")
    hand.type("#f-rate", "0.3")
    live.wait("live.app.view.rate === 0.3")
    hand.press('#story [data-action="train100"]')  # 23
    live.wait("live.app.curve.length >= 3")
    hand.press('#story [data-action="stop"]')
    time.sleep(0.3)
    check(hand)
    count = live.run("return live.app.points.x.length")
    hand.add_point()  # 24
    live.wait(f"live.app.points.x.length === {count + 1}")


def test_scene_8_where_it_breaks(hand):
    live = hand.live
    hand.scene(8)
    live.wait("live.app.scene === 7 && live.app.view.sizes.length === 8")
    check(hand)
    heights = live.run(
        "return [...document.querySelectorAll('#bars rect')].map((e) => e.height.baseVal.value)"
    )
    assert heights == sorted(heights)  # 25
    hand.press('#story [data-action="shut"]')  # 26
    live.wait("live.app.view.refs['layers.0.neurons.0.b'].value === -3")
    live.run("live.drawNow()")
    seen = "return document.querySelectorAll('#net .shut[visibility=visible]').length"
    assert live.run(seen) > 4
    hand.press('#story [data-action="he"]')  # 27
    live.wait("live.app.saved.init === 'he_uniform' && live.app.view.activations[0] === 'relu'")
    check(hand)


LINES = {
    "forward": (5, "z = b + sum(w_i * x_i for w_i, x_i in zip(w, x))"),
    "activation": (3, "return x.tanh() * x"),
    "backward": (6, "x.grad += slope * node.grad"),
    "slope": (6, "return (3 * x * x,)"),
    "train": (8, "lr=0.2, epochs=30, batch_size=10, rng=0,"),
}
"""For each cell the place of a line, and what makes it right."""

CHECKS = """
const box = document.getElementById(`run-${given}`).closest(".cellbox");
return [...box.querySelectorAll(":scope > ul > li")].map((e) => e.textContent.trim()[0])"""


def ran(hand, cell):
    """Run a cell to its end: the signs of its checks."""
    live = hand.live
    hand.run(cell)
    live.wait(
        "live.engine.running === null && !document.getElementById(`run-${given}`).disabled", cell
    )
    live.wait(f"(() => {{{CHECKS}}})().length", cell)
    return [sign for sign in live.run(CHECKS, cell) if sign in "✓✗"]


@pytest.mark.parametrize("cell", LINES)
def test_scene_9_code_of_ones_own(hand, cell):  # 28 to 32
    live = hand.live
    hand.scene(9)
    live.wait("live.app.scene === 8 && live.editing()")
    editor = f".cellbox:has(#run-{cell}) .editor"
    hand.enter(editor)
    if cell != "train":  # whose given code takes a while
        assert ("✗" in ran(hand, cell)) == (cell != "activation")
        hand.enter(editor)
    line, text = LINES[cell]
    live.keys("Control+Home", *["Down"] * line, "Home", "Shift+End", *text, "Escape")
    assert {*ran(hand, cell)} == {"✓"}
    check(hand)
