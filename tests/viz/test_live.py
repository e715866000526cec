"""The live page in real browsers, opened from disk.

Skipped where there is no npm, Chromium or Firefox; GLASSGRAD_BROWSER=required makes that a failure.
"""

import base64
import json
import time
import zlib

import pytest

from tests.viz.live import said
from viz.live.scenes import PINNED, STARTS
from viz.live.session import Session
from viz.live.state import State
from viz.style import number


@pytest.fixture
def coding(live):
    live.open().ready().scene(9)
    live.wait("live.editing()")
    return live


def test_the_first_scene_is_there_before_python(live):
    live.open()
    shown = live.run("return document.querySelector('#story').textContent")
    assert said(Session(STARTS["knob"]).run.loss.data, 3) in shown


def test_nothing_is_asked_of_a_network_and_no_scene_has_an_error(live):
    live.errors()
    live.asked()
    live.open().ready()
    for i in range(1, 10):
        live.scene(i)
        time.sleep(0.4)
        assert live.run("return live.app.problem") == ""
    assert live.errors() == []
    assert live.asked() <= {"about", "file", "data", "blob"}


GRADIENTS = """
const cells = [...document.querySelectorAll('#table [data-num^="grad"]')];
return Object.fromEntries(cells.map((e) => [e.dataset.num.slice(5), e.textContent]))"""


@pytest.mark.parametrize("sizes", [[2, 3, 1], [3, 4, 4, 2]])
def test_a_knob_changes_every_number_to_that_of_this_python(live, sizes):
    live.open().ready().scene(5)
    session = Session(STARTS["net"])
    session.ask({"do": "shape", "sizes": sizes})
    live.run("await live.ask({do: 'shape', sizes: given}); live.lens('table')", sizes)
    for ref, x in (("layers.0.neurons.1.w.0", 0.75), ("x.0", -0.4), ("layers.1.neurons.0.b", 1.5)):
        wanted = session.ask({"do": "set", "ref": ref, "value": x})["refs"]
        live.run("live.turn(given[0], given[1])", [ref, x])
        live.wait(f"live.app.view.refs['{ref}'].value === {x}")
        live.run("live.drawNow()")
        numbers = live.run("return live.app.view.refs")
        shown = live.run(GRADIENTS)
        assert numbers.keys() == wanted.keys() == shown.keys()
        for name, facts in wanted.items():
            assert numbers[name]["value"] == pytest.approx(facts["value"], rel=1e-12, abs=1e-15)
            assert numbers[name]["grad"] == pytest.approx(facts["grad"], rel=1e-9, abs=1e-14)
            if abs(facts["grad"]) > 0.01:
                assert shown[name] == said(facts["grad"])


CARDS = """
const root = document.getElementById("scalars").shadowRoot, ids = live.app.scalars.ids;
return Object.fromEntries(Object.keys(ids).map((ref) => {
  const texts = [...root.getElementById(ids[ref]).querySelectorAll("text")];
  const said = texts.map((text) => text.textContent.trim());
  return [ref, said[said.lastIndexOf("grad") - 1]];
}))"""


def test_cards_of_another_scene_are_not_written_on_this_one(live):
    live.open().ready()
    for i in (2, 7, 2):
        live.scene(i)
    live.wait("live.app.cards.of === live.app.view")
    live.run("live.drawNow()")
    session = Session(STARTS["knob"])
    for ref, said_there in live.run(CARDS).items():
        assert said_there == number(session.run.nodes[ref].data)
    assert live.run("return live.app.problem") == ""


def test_a_drag_is_one_step_of_undo(live):
    live.open().ready().scene(4)
    before = live.run("return live.app.view.refs['x.0'].value")
    for x in (0.1, 0.2, 0.3):
        live.run("live.turn('x.0', given)", x)
        live.wait(f"live.app.view.refs['x.0'].value === {x}")
    live.run("document.getElementById('undo').click()")
    live.wait(f"live.app.view.refs['x.0'].value === {before}")


def test_keys_step_pin_and_change(live):
    session = Session(STARTS["net"])
    live.open().ready()
    live.keys("2")
    live.wait("live.app.scene === 1")
    live.keys("]", "]")
    assert live.run("return live.app.at") == 1
    live.keys("4")
    live.wait("live.app.scene === 3 && live.app.view.refs['layers.0.neurons.1.w.0']")
    before = session.run.nodes["layers.0.neurons.1.w.0"].data
    assert live.run("return live.app.view.refs[live.app.pins[0]].value") == before
    live.keys("+")
    live.wait(f"Math.abs(live.app.view.refs[live.app.pins[0]].value - {before} - 0.1) < 1e-6")
    live.keys("m")
    assert live.run("return document.getElementById('matrices').hidden") is False
    live.focus("#stage-net")
    live.keys("Right", "Enter")
    assert live.run("return live.app.pins[0]").startswith("layers.")


AT_ONCE = """
const opened = live.open(3);
document.body.dispatchEvent(new KeyboardEvent("keydown", {key: "+", bubbles: true}));
await opened;
return live.app.view.refs["layers.0.neurons.1.w.0"].value"""


def test_a_key_before_the_network_of_a_scene_is_there_moves_nothing(live):
    live.open().ready()
    assert live.run(AT_ONCE) == Session(STARTS["net"]).run.nodes["layers.0.neurons.1.w.0"].data


def test_a_prediction_is_answered_by_a_measured_nudge(live):
    live.open().ready()
    assert "∂L" not in live.run("return document.getElementById('readout').textContent")
    live.run("document.querySelectorAll('#story .block .bar button')[1].click()")
    live.wait("live.app.done.has('0.1')")
    measured = Session(STARTS["knob"]).ask({"do": "nudge", "ref": PINNED})
    live.run("live.drawNow()")
    story = live.run("return document.getElementById('story').textContent")
    assert "✗ No: up." in story or "✓ Right." in story
    assert said(measured["ratio"], 4) in story


def test_what_a_field_cannot_take_gets_a_sentence_and_the_page_goes_on(live):
    live.open().ready().scene(5)
    for request, problem in (
        ({"do": "set", "ref": "x.0", "value": "nan"}, "must be a number"),
        ({"do": "set", "ref": "x.0", "value": 1e308}, "must be a number"),
        ({"do": "shape", "sizes": [2, 10**9, 1]}, "1 to 8"),
    ):
        live.run("await live.ask(given); live.drawNow()", request)
        assert problem in live.run("return document.getElementById('problem').textContent")
    live.run("await live.ask({do: 'set', ref: 'x.0', value: 0.5}); live.drawNow()")
    assert live.run("return document.getElementById('problem').hidden")


def test_the_address_keeps_the_page(live):
    live.open().ready().scene(5)
    live.run(
        "await live.ask({do: 'shape', sizes: [2, 2, 1]}, {do: 'set', ref: 'x.0', value: 0.25})"
    )
    live.run("document.getElementById('share').click()")
    live.wait("location.hash.length > 20")
    address = live.run("return location.hash")
    live.open(address).ready()
    live.wait("live.app.scene === 4 && live.app.view.refs['x.0'].value === 0.25")
    assert live.run("return live.app.view.sizes") == [2, 2, 1]


def packed(content):
    """The hash of an address that holds this, as the page makes it."""
    deflate = zlib.compressobj(wbits=-15)
    data = deflate.compress(json.dumps(content).encode()) + deflate.flush()
    return "#" + base64.urlsafe_b64encode(data).decode().rstrip("=")


EVIL = "<img src=x onerror='window.hacked = 1'><script>window.hacked = 1</script>"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"scene": 3, "state": EVIL}, "holds no settings"),
        ({"scene": "__proto__", "state": {"version": EVIL}}, "was saved by version"),
        ({"scene": 4, "state": {**State().drawn().to_plain(), "loss": EVIL}}, "is damaged"),
        ({"scene": 4, "state": {**State().drawn().to_plain(), "sizes": [2, 10**9, 1]}}, "1 to 8"),
        ("x" * 3_000_000, "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_hostile_address_runs_nothing_and_is_answered(live, content, problem):
    live.errors()
    live.open(packed(content)).ready()
    live.wait("live.app.problem !== ''")
    assert problem in live.run("return live.app.problem")
    assert live.run("return window.hacked ?? null") is None
    assert live.errors() == []


@pytest.mark.parametrize("hash", ["#abc", "#%00<script>", "#" + "A" * 100_000])
def test_a_damaged_address_shows_the_first_scene(live, hash):
    live.open(hash).ready()
    live.wait("live.app.problem !== ''")
    assert "cannot be read" in live.run("return live.app.problem")
    assert live.run("return live.app.scene") == 0


def test_stop_ends_what_runs_in_python_and_keeps_its_state(coding):
    for code in ("n = 0\nwhile True: n += 1", "import time\nwhile True: time.sleep(5)"):
        how, _, printed = coding.cell(code, stop_after=400)
        assert how == "interrupted"
        assert "KeyboardInterrupt" in printed
    assert coding.run("return live.engine.deaths ?? 0") == 0
    assert coding.cell("print(n > 1000)")[2] == "True\n"


def test_stop_ends_what_does_not_listen_and_the_state_comes_back(coding):
    coding.run("await live.ask({do: 'set', ref: 'x.0', value: 0.125})")
    coding.wait("live.app.saved.x[0] === 0.125")
    how, _, printed = coding.cell("sum(range(10**12))", stop_after=300)
    assert how == "restarted"
    assert "started again" in printed
    coding.run("await live.ask({do: 'view'})")
    assert coding.run("return live.app.view.refs['x.0'].value") == 0.125


def test_what_needs_numpy_says_so(coding):
    for code in ("from autograd import compile", "from nn.estimators import GlassClassifier"):
        assert "needs numpy, which this page does not have" in coding.cell(code)[2]


def test_an_error_shows_the_learners_line(coding):
    _, _, printed = coding.cell("a = 1\nprint(a / 0)")
    assert '<cell forward>", line 2' in printed
    assert "print(a / 0)" in printed
    assert printed.endswith("ZeroDivisionError: division by zero\n")


DEEP = """
from autograd import Value
x = Value(1.0)
y = x
for _ in range(1_000_000):
    y = y * x
y.backward()
print(x.grad)
del y
print("still here")
"""


@pytest.mark.slow
def test_dropping_a_chain_of_a_million_values_ends_nothing(coding):
    _, _, printed = coding.cell(DEEP)
    assert printed == "1000001.0\nstill here\n"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("t = []\nfor _ in range(200_000): t = [t]\ndel t", "started again"),
        ("def f(): f()\nf()", "RecursionError"),
        ("x = [0] * 10**9", "MemoryError"),
        ("import builtins\nfor n in list(vars(builtins)): delattr(builtins, n)", "NameError"),
        ("for i in range(60_000): print(i)", "more was printed than this page can show"),
        ("import urllib.request\nurllib.request.urlopen('http://127.0.0.1')", "URLError"),
    ],
)
def test_code_that_breaks_things_gets_an_answer_and_the_next_cell_runs(coding, code, words):
    _, _, printed = coding.cell(code)
    assert words in printed
    _, _, printed = coding.cell("print(6 * 7)")
    assert printed == "42\n"


def test_what_a_cell_sends_to_the_page_is_data(coding):
    picture = {"cell": "forward", "svg": True, "text": f"<svg>{EVIL}</svg>"}
    message = json.dumps({"type": "show", **picture})
    coding.cell(f"import js\njs.postMessage(js.JSON.parse({message!r}))")
    message = json.dumps({"type": "answer", "id": 0, "text": "}"})
    coding.cell(f"import js\njs.postMessage(js.JSON.parse({message!r}))")
    assert coding.run("return window.hacked ?? null") is None
    assert coding.run("return document.querySelectorAll('.out script, .out img').length") == 0
    coding.run("await live.ask({do: 'set', ref: 'x.0', value: 0.5})")
    assert coding.run("return live.app.view.refs['x.0'].value") == 0.5


SMALL = """
return [...document.querySelectorAll("body *")].filter((e) => {
  const box = e.getBoundingClientRect();
  const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
  return own && box.width && !e.closest("script, option, dialog")
    && parseFloat(getComputedStyle(e).fontSize) < 14;
}).map((e) => `${e.tagName} ${e.textContent.slice(0, 20)}`)"""


def test_at_400_pixels_text_is_legible_and_nothing_scrolls_sideways(live):
    live.size(400, 800)
    live.open().ready()
    for i in range(1, 10):
        live.scene(i)
        time.sleep(0.2)
        assert live.run("return document.documentElement.scrollWidth") <= 400, i
        assert live.run(SMALL) == [], i


STACKS = """
const of = (css) => [...document.querySelectorAll(css)];
const sum = (css) => of(css).reduce((total, e) => total + e.height.baseVal.value, 0);
return {
  ghosts: of("#ghosts line").length,
  chips: of("#stacks .chipped").map((e) => e.textContent),
  up: sum("#stacks .term.pos"), down: sum("#stacks .term.neg"),
  hollow: of("#stacks .hollow").length, filled: of("#stacks .filled").length,
}"""


def test_terms_of_a_step_stack_up_to_what_the_unit_gets(live):
    live.open().ready().scene(6)
    live.keys("]", "]")
    run = Session(STARTS["net"]).run
    forward = live.run(STACKS)
    x = [node.data for node in run.x]
    products = []
    for neuron in run.network[0].neurons:
        products += [w.data * a for w, a in zip(neuron.w, x)]
    assert [chip.removesuffix(" →") for chip in forward["chips"]] == list(map(said, products))
    assert (forward["filled"], forward["hollow"]) == (9, 0)
    share = sum(p for p in products if p > 0) / -sum(p for p in products if p < 0)
    assert forward["up"] / forward["down"] == pytest.approx(share, rel=1e-4)
    live.keys("]", "]", "]", "]")
    backward = live.run(STACKS)
    delta = run.grad(run.layers[1][0].z)
    arriving = [delta * w.data for w in run.network[1].neurons[0].w]
    assert [chip.removeprefix("← ") for chip in backward["chips"]] == list(map(said, arriving))
    assert (backward["filled"], backward["hollow"]) == (0, 3)


def test_a_step_downhill_leaves_a_ghost_of_each_line_until_the_next_change(live):
    live.open().ready().scene(7)
    live.run("await live.ask({do: 'update'}); live.drawNow()")
    assert live.run(STACKS)["ghosts"] == 18
    assert live.run("return document.querySelectorAll('#loss .was').length") == 1
    live.run("await live.ask({do: 'set', ref: 'x.0', value: 0.5}); live.drawNow()")
    assert live.run(STACKS)["ghosts"] == 0


def test_a_pinned_unit_shows_its_gate(live):
    live.open().ready().scene(6)
    live.wait("document.querySelector('#loss .plot')?.ariaLabel.startsWith('f at z')")
    unit = Session(STARTS["net"]).run.layers[0][0]
    told = live.run("return document.querySelector('#loss .plot').ariaLabel")
    z, a, gate = map(said, (unit.z.data, unit.a.data, unit.slope))
    assert told == f"f at z = {z} is {a}; f′, the gate, is {gate}"


AXE = """
const options = {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]};
const {violations} = await axe.run(document, options);
const said = (node) => `${node.target.flat().join(" ")}: ${node.failureSummary.slice(0, 160)}`;
return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3).map(said).join(" | ")}`)"""


@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_scene_breaks_a_rule_of_wcag_aa(live, packages, width, theme):
    live.size(width, 800)
    live.open().ready()
    live.inject((packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    live.dress(theme)
    found = {}
    for i in range(1, 10):
        live.scene(i)
        time.sleep(0.4)
        found[i] = live.run(AXE)
    assert not {i: told for i, told in found.items() if told}


def test_what_is_asked_after_a_knob_was_turned_is_answered_after_it(live):
    live.open().ready()
    ratio = live.run(
        "const before = live.ask({do: 'save'});"
        "live.turn(given, 1.25);"
        "const [answer] = await live.ask({do: 'nudge', ref: given});"
        "await before; return answer.ratio",
        PINNED,
    )
    session = Session(STARTS["knob"])
    session.ask({"do": "set", "ref": PINNED, "value": 1.25})
    assert ratio == session.ask({"do": "nudge", "ref": PINNED})["ratio"]


STORM = """
const opened = given.map((i) => live.open(i));
await Promise.all(opened);
await live.ask({do: "view"});
return [live.app.scene, live.app.view.sizes, live.app.pins]"""


@pytest.mark.parametrize("scenes", [[3, 0, 4], [0, 3, 0], [7, 4, 0, 5], [6, 7, 1]])
def test_scenes_opened_in_a_hurry_keep_their_own_networks(live, scenes):
    live.open().ready()
    starts = {0: "knob", 1: "knob", 3: "net", 4: "net", 5: "net"}
    for _ in range(2):
        scene, sizes, _ = live.run(STORM, scenes)
        assert scene == scenes[-1]
        assert sizes == list(STARTS[starts[scene]].sizes)
    for i, name in starts.items():
        live.scene(i + 1)
        assert live.run("return live.app.view.sizes") == list(STARTS[name].sizes)
