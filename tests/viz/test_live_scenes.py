"""The scenes of the live page in a browser: settings, tasks, formulas, and what cells show."""

import json
import math
import time

import pytest

from tests.viz.live import said
from viz.live.cells import CELLS, MOONS, PENGUINS, judged, names_for
from viz.live.scenes import PINNED, STARTS
from viz.live.session import Session
from viz.live.state import State


@pytest.fixture
def coding(live):
    live.open().ready().scene(9)
    live.wait("live.editing()")
    return live


def story(live):
    live.run("live.drawNow()")
    return live.run("return document.getElementById('story').textContent")


def field(live, name, x):
    """Fill a field of the settings, as a learner does, and wait for the answer."""
    live.run(
        "const f = document.getElementById(`f-${given[0]}`); f.value = given[1];"
        "f.dispatchEvent(new Event('change')); await live.ask({do: 'view'}); live.drawNow()",
        [name, str(x)],
    )


def click(live, action):
    live.run("document.querySelector(`[data-action=${given}]`).click()", action)


def task(live, name):
    live.run("live.drawNow(); live.drawNow()")
    return live.run(
        "const t = document.querySelector(`[data-task=${given}]`);"
        "return [t.querySelector('.sign').textContent, t.querySelector('.state').textContent]",
        name,
    )


OPEN, DONE = ["☐", "to do"], ["✓", "done"]


def shown(live, key):
    return live.run(
        "return document.querySelector(`#story [data-num='${given}']`).textContent", key
    )


# Settings.


def test_every_setting_has_a_field_and_the_engine_hears_it(live):
    live.open().ready().scene(7)
    session = Session(STARTS["downhill"])
    for name, x in (("batch", 5), ("l2", 0.02), ("dropout", 0.25), ("rate", 0.5), ("seed", 3)):
        field(live, name, x)
        wanted = session.ask({"do": "choose", name: x})
        assert live.run("return live.app.view[given]", name) == x
        assert live.run("return live.app.view.refs.L.value") == pytest.approx(
            wanted["refs"]["L"]["value"], rel=1e-12
        )
    assert live.run("return live.app.problem") == ""


def test_the_activation_of_one_layer_is_chosen_and_of_all_hidden_ones(live):
    live.open().ready().scene(5)
    live.run("await live.ask({do: 'shape', sizes: [2, 3, 3, 1]}); live.drawNow()")
    live.run("document.getElementById('f-layer').value = '2'")
    field(live, "activation", "relu")
    assert live.run("return live.app.view.activations") == ["tanh", "relu", "identity"]
    live.run("document.getElementById('f-layer').value = 'hidden'; live.drawNow()")
    assert live.run("return document.getElementById('f-activation').value") == ""
    field(live, "activation", "sigmoid")
    assert live.run("return live.app.view.activations") == ["sigmoid", "sigmoid", "identity"]


def test_rewind_draws_the_same_weights_again(live):
    live.open().ready().scene(7)
    live.run("await live.ask({do: 'choose', loss: 'bce_with_logits'})")  # as training does
    before = live.run("return live.app.view.refs")
    live.run("await live.ask({do: 'train', epochs: 2})")
    assert live.run("return live.app.view.refs.L.value") != before["L"]["value"]
    live.run("document.getElementById('rewind').click(); await live.ask({do: 'view'})")
    assert live.run("return live.app.view.refs") == before
    assert live.run("return live.app.curve.length") == 0


def test_what_was_undone_is_no_part_of_the_curve(live):
    live.open().ready().scene(7)
    for _ in range(3):
        live.run("await live.ask({do: 'train'})")
    live.run("await live.ask({do: 'undo'}); await live.ask({do: 'train'})")
    assert live.run("return live.app.curve.map((point) => point.epoch)") == [1, 2, 3]


def test_training_shows_the_loss_that_it_trains_by(live):
    live.open().ready().scene(7)
    assert live.run("return live.app.view.loss") == "mse"
    live.run("await live.ask({do: 'train'})")
    assert live.run("return [live.app.view.loss, live.app.view.refs['y.0'].value]") == [
        "bce_with_logits",
        1,
    ]
    live.run("await live.ask({do: 'choose', loss: 'hinge'}); await live.ask({do: 'undo'})")
    assert live.run("return live.app.view.loss") == "bce_with_logits"


def test_the_steps_of_the_chain_are_of_the_numbers_that_are_shown(live):
    live.open().ready()
    live.run("await live.ask({do: 'set', ref: given, value: 0.5})", PINNED)
    live.scene(2)
    assert live.run("return live.app.view.refs[given].value", PINNED) == -0.4
    live.run("await live.ask({do: 'set', ref: given, value: 0.25})", PINNED)
    live.wait("live.app.scalars.steps.some((step) => step.text.includes('0.25 × 1.5'))")


def test_what_was_done_is_kept_in_the_address(live):
    live.open().ready()
    live.run("live.app.done.add('0.1'); live.app.done.add('task.flat'); live.app.passed.add('ops')")
    live.run("document.getElementById('share').click()")
    live.wait("location.hash.length > 20")
    live.open(live.run("return location.hash")).ready()
    live.wait("live.app.done.has('task.flat') && live.app.done.has('0.1')")
    assert live.run("return [...live.app.passed]") == ["ops"]


def test_digits_go_to_the_answer_that_is_asked_for_and_open_no_scene(live):
    live.open().ready().scene(2)
    live.wait("live.app.scalars?.steps && live.app.stale === live.app.view")
    step = "document.getElementById('next').click()"
    live.run(f"for (let i = 0; i < 40 && !live.app.blank; i++) {step}")
    assert live.run("return live.app.blank")
    live.run("document.activeElement.blur()")
    live.keys("3", ".", "5")
    live.wait("document.getElementById('answer')?.value === '3.5'")
    assert live.run("return live.app.scene") == 1


def test_settings_are_kept_in_the_address(live):
    live.open().ready().scene(8)
    live.run(
        "await live.ask({do: 'choose', l2: 0.03, dropout: 0.2, batch: 7, data: 'noisy moons'})"
    )
    live.run("document.getElementById('share').click()")
    live.wait("location.hash.length > 20")
    live.open(live.run("return location.hash")).ready()
    live.wait("live.app.view.l2 === 0.03")
    view = live.run("return live.app.view")
    assert (view["dropout"], view["batch"], view["data"]) == (0.2, 7, "noisy moons")


@pytest.mark.parametrize(
    ("name", "x", "problem"),
    [
        ("dropout", "1", "must be at least 0 and below 1"),
        ("l2", "a little", "the weight of L2 must be a number"),
        ("batch", "0", "must be a whole number from 1"),
        ("seed", "-1", "must be a whole number from 0"),
    ],
)
def test_a_setting_that_cannot_be_gets_a_sentence(live, name, x, problem):
    live.open().ready().scene(7)
    before = live.run("return live.app.view[given]", name)
    live.run(
        "const f = document.getElementById(`f-${given[0]}`); f.value = given[1];"
        "f.dispatchEvent(new Event('change'))",
        [name, x],
    )
    live.wait("live.app.problem !== ''")
    assert problem in live.run("return live.app.problem")
    assert live.run("return live.app.view[given]", name) == before


# Tasks.


def test_scene_1_the_gradient_is_made_0(live):
    live.open().ready()
    assert task(live, "flat") == OPEN
    best = (math.atanh(0.8) - 0.3) / 1.5
    live.run("live.turn('layers.0.neurons.0.w.0', given); await live.ask({do: 'view'})", best)
    assert task(live, "flat") == DONE
    assert live.run("return document.getElementById('told').textContent").startswith("Done: Make")


def test_scene_2_names_its_answer_only_after_it_was_found(live):
    live.open().ready().scene(2)
    live.run("live.drawNow()")
    ref = "layers.0.neurons.0.w.0"
    assert shown(live, f"grad:{ref}") == "?"
    readout = "return document.getElementById('readout').textContent"
    assert "∂L" not in live.run(readout) and "Why" not in live.run(readout)
    assert live.run("return document.getElementById('nudge').hidden")
    for _ in range(60):
        live.run("document.getElementById('next').click(); live.drawNow()")
        live.run(
            "document.getElementById('show')?.isConnected && "
            "document.getElementById('show').click(); live.drawNow()"
        )
    assert task(live, "walked") == DONE
    wanted = Session(STARTS["knob"]).ask({"do": "view"})["refs"][ref]["grad"]
    assert shown(live, f"grad:{ref}") == said(wanted, 3)
    assert "∂L" in live.run(readout)


def test_scene_2_skipping_to_the_end_gives_nothing_away(live):
    live.open().ready().scene(2)
    live.run("const at = document.getElementById('at'); at.value = at.max; at.oninput()")
    assert task(live, "walked") == OPEN
    assert shown(live, "grad:layers.0.neurons.0.w.0") == "?"


def test_scene_4_speaks_of_its_network_only_where_it_is_there(live):
    live.open().ready().scene(4)
    assert "Two inputs, three neurons" in live.run("return document.body.innerText")
    live.run("await live.ask({do: 'shape', sizes: [3, 2, 2]}); live.drawNow()")
    words = live.run("return document.body.innerText")
    assert "Two inputs, three neurons" not in words and "[3, 2, 2]" in words


def test_scene_5_a_unit_is_silenced_and_one_weight_flips_the_output(live):
    live.open().ready().scene(5)
    assert task(live, "silent") == OPEN and task(live, "flipped") == OPEN
    live.run("live.turn('layers.1.neurons.0.w.1', 0); await live.ask({do: 'view'})")
    assert task(live, "silent") == DONE
    for x in (0.2, -0.5, 1.1):
        live.run("live.turn('layers.1.neurons.0.w.0', given); await live.ask({do: 'view'})", x)
        live.run("live.drawNow()")
    before = live.run("return live.app.view.refs['layers.1.neurons.0.a'].value")
    weight = -2.5 if before > 0 else 2.5
    live.run("live.turn('layers.1.neurons.0.w.0', given); await live.ask({do: 'view'})", weight)
    assert task(live, "flipped") == DONE
    live.run("await live.ask({do: 'shape', sizes: [2, 2, 1]}); live.drawNow()")
    assert not live.run("return document.querySelector('[data-task=silent]').checkVisibility()")


def test_scene_7_past_the_mark_a_step_climbs_and_training_gets_95_percent(live):
    live.open().ready().scene(7)
    limit = Session(STARTS["downhill"]).ask({"do": "curvature"})["limit"]
    click(live, "curvature")
    live.wait("live.app.told.bend !== undefined")
    assert f"{limit:.3f}" in story(live)
    for share, state in ((0.5, OPEN), (2, DONE)):
        live.run("await live.ask({do: 'draw', seed: 1}); live.drawNow()")
        live.run("await live.ask({do: 'choose', rate: given}); live.drawNow()", share * limit)
        live.run("await live.ask({do: 'update'}); live.drawNow()")
        assert task(live, "climbs") == state
    live.run("await live.ask({do: 'draw', seed: 1}); await live.ask({do: 'choose', rate: 1})")
    assert task(live, "right") == OPEN
    for _ in range(8):
        live.run("await live.ask({do: 'train', epochs: 20}); live.drawNow()")
    assert task(live, "right") == DONE


def test_scene_8_the_bars_are_made_level(live):
    live.open().ready().scene(8)
    assert task(live, "level") == OPEN
    click(live, "he")
    live.run("await live.ask({do: 'view'})")
    live.wait("live.app.view.activations[0] === 'relu'")
    tried = live.run("live.drawNow(); return live.app.done.has('task.level')")
    seed = 0
    while not tried and seed < 10:
        live.run("await live.ask({do: 'draw', seed: given}); live.drawNow(); live.drawNow()", seed)
        tried = live.run("return live.app.done.has('task.level')")
        seed += 1
    assert task(live, "level") == DONE


@pytest.mark.slow
def test_scene_8_the_curves_part_and_meet_again(live):
    live.open().ready().scene(8)
    click(live, "noisy")
    live.wait("live.app.view.data === 'noisy moons'")
    assert "there are 20 points and 105 parameters" in story(live)
    session = Session(STARTS["noisy"])
    wanted = []
    for _ in range(20):
        wanted += session.ask({"do": "train", "epochs": 10})["curve"]
        live.run("await live.ask({do: 'train', epochs: 10}); live.drawNow()")
    assert task(live, "part") == DONE
    curve = live.run("return live.app.curve")
    for name in ("loss", "test_loss", "accuracy", "test_accuracy"):
        assert curve[-1][name] == pytest.approx(wanted[-1][name], rel=1e-6)
    words = live.run("return document.getElementById('loss').textContent")
    assert f"training: loss {said(wanted[-1]['loss'], 3)}" in words
    assert f"test: loss {said(wanted[-1]['test_loss'], 3)}" in words
    legend = "return [...document.querySelectorAll('#loss .plot')].at(-1).textContent"
    assert live.run(legend).endswith("trainingtest")
    assert task(live, "meet") == OPEN
    live.run("await live.ask({do: 'choose', l2: 0.01})")
    for _ in range(20):
        live.run("await live.ask({do: 'train', epochs: 10}); live.drawNow()")
    assert task(live, "meet") == DONE


# Formulas.


def test_formulas_are_mathml_with_bound_numbers_in_them(live):
    live.open().ready()
    live.run("live.turn('layers.0.neurons.0.w.0', 0.25); await live.ask({do: 'view'})")
    live.run("live.drawNow()")
    refs = Session(STARTS["knob"]).ask(
        {"do": "set", "ref": "layers.0.neurons.0.w.0", "value": 0.25}
    )["refs"]
    formulas = live.run(
        "return [...document.querySelectorAll('#story math')].map((m) => m.textContent)"
    )
    assert f"a=tanh(w·x+b)={said(refs['layers.0.neurons.0.a']['value'], 3)}" in formulas
    assert f"L=(a−y)2={said(refs['L']['value'], 3)}" in formulas
    small = live.run(
        "return [...document.querySelectorAll('#story math *')].filter((e) => !e.children.length"
        " && parseFloat(getComputedStyle(e).fontSize) < 14).length"
    )
    assert small == 0


# Cells.


def run_cell(live, name, seconds=60):
    """Run a cell by its button: what the page then knows."""
    live.run(
        "const b = document.getElementById(`run-${given}`); b.scrollIntoView(); b.click()", name
    )
    live.wait("live.engine.running === null", seconds)
    live.run("live.drawNow()")


def python_of(name, code):
    state = STARTS["net"]
    names = names_for(state)
    exec(code, names)
    return judged(name, names, state)


def test_the_learners_backward_pass_drives_the_rings(coding):
    run_cell(coding, "backward")
    wanted = python_of("backward", CELLS["backward"].code)
    theirs = coding.run("return live.app.theirs.grads")
    for ref, x in wanted["grads"].items():
        assert theirs[ref] == pytest.approx(x, rel=1e-9, abs=1e-14)
    assert sorted(coding.run("return Object.keys(live.app.wrong)")) == sorted(wanted["wrong"])
    assert coding.run("return document.querySelectorAll('#net .wrong').length") == len(
        wanted["wrong"]
    )
    assert coding.run("return live.app.step.phase") in ("loss", "backward", "update")
    cell = coding.run("return document.getElementById('run-backward').closest('section').innerText")
    assert "The smallest expression that shows it: a + a" in cell
    coding.run("live.turn('x.0', 0.3); await live.ask({do: 'view'}); live.drawNow()")
    assert coding.run("return live.app.theirs") is None
    assert coding.run("return Object.keys(live.app.wrong).length") == 0


def test_a_wrong_slope_is_drawn_in_the_smallest_expression_that_shows_it(coding):
    run_cell(coding, "slope")
    section = "document.getElementById('run-slope').closest('section')"
    words = coding.run(f"return {section}.innerText")
    assert "cube(2.0): slope 0 (∂cube/∂input 0) is 6.0, should be 12" in words
    drawn = coding.run(
        f"const s = [...{section}.querySelectorAll('li div')].map((d) => d.shadowRoot)"
        ".find(Boolean); return [s.textContent, s.querySelectorAll('[stroke-dasharray]').length]"
    )
    assert "should be 12" in drawn[0] and drawn[1] >= 2


@pytest.mark.parametrize(("button", "code"), [("other0", MOONS), ("other1", PENGUINS)])
def test_a_training_in_a_cell_feeds_plane_curve_and_timeline(coding, button, code):
    coding.run("document.getElementById(`${given}-train`).click()", button)
    run_cell(coding, "train")
    told = []
    state = STARTS["net"]
    names = names_for(state, told.append)
    exec(code, names)
    epochs = [one for one in told if "epoch" in one]
    film = coding.run("return live.app.film")
    assert [point["loss"] for point in film["curve"]] == pytest.approx(
        [one["loss"] for one in epochs], rel=1e-9
    )
    kind = "classes" if button == "other1" else "map"
    last = next(one for one in reversed(told) if kind in one)
    shown_last = film["frames"][-1][kind]
    assert [x for row in shown_last for x in row] == pytest.approx(
        [x for row in last[kind] for x in row], rel=1e-6, abs=1e-6
    )
    points = coding.run("return document.querySelectorAll('#plane .frame svg > *').length")
    assert points == sum(len(told[0][part]["y"]) for part in told[0])
    assert coding.run("return +document.getElementById('at').max") == len(epochs) - 1
    coding.run("document.getElementById('at').value = 0; document.getElementById('at').oninput()")
    coding.run("live.drawNow()")
    words = coding.run("return document.getElementById('say').textContent")
    assert f"Epoch 1: loss {said(epochs[0]['loss'], 4)}" in words


EVIL = "<img src=x onerror='window.hacked = 1'>"


@pytest.mark.parametrize(
    "told",
    [
        {"epoch": EVIL, "loss": EVIL},
        {"points": {"x": [[EVIL, EVIL]], "y": [EVIL]}},
        {"epoch": 1, "loss": None, "map": [[EVIL]], "classes": [["x"]]},
        [], None, 3, {"points": 3, "test": EVIL, "map": "x"},
    ],
)  # fmt: skip
def test_what_a_training_shows_is_data(coding, told):
    message = json.dumps({"type": "film", "cell": "train", "text": json.dumps(told)})
    coding.cell(f"import js\njs.postMessage(js.JSON.parse({message!r}))")
    coding.run("live.drawNow()")
    assert coding.run("return window.hacked ?? null") is None
    coding.run("await live.ask({do: 'set', ref: 'x.0', value: 0.5}); live.drawNow()")
    assert coding.run("return live.app.view.refs['x.0'].value") == 0.5


# The end.


def test_three_gradients_are_foretold_and_measured(coding):
    refs = coding.run("live.drawNow(); return [...live.app.asked]")
    session = Session(STARTS["net"])
    view = session.ask({"do": "view"})["refs"]
    coding.run("live.lens('table'); live.drawNow()")
    for ref in refs:
        hidden = "return document.querySelector(`#table [data-num='grad:${given}']`).textContent"
        assert coding.run(hidden, ref) == "?"
    for i, ref in enumerate(refs):
        coding.run(
            "const f = document.querySelector(`[data-foretold='${given[0]}']`);"
            "f.value = given[1]; f.parentElement.querySelector('button').click()",
            [ref, f"{view[ref]['grad'] + (0.5 if i == 0 else 0):.3f}"],
        )
        if i == 0:  # there is a second try, and nothing is given away before it
            coding.wait("document.getElementById('story').textContent.includes('Once more')")
            assert coding.run("return live.app.asked.has(given)", ref)
            coding.run(
                "const f = document.querySelector(`[data-foretold='${given}']`);"
                "f.parentElement.querySelector('button').click()",
                ref,
            )
        coding.wait(f"!live.app.asked.has('{ref}')")
        ratio = session.ask({"do": "nudge", "ref": ref, "by": 0.001})["ratio"]
        words = story(coding)
        assert f"a nudge measures {said(ratio, 4)}" in words
        assert f"the gradient is {said(view[ref]['grad'], 4)}" in words
        assert ("✗ not that" in words) == (i >= 0)
    assert task(coding, "gradients") == OPEN
    coding.run("document.getElementById('others').click(); live.drawNow()")
    coding.run("live.drawNow()")
    refs = coding.run("return [...live.app.asked]")
    for ref in refs:
        coding.run(
            "const f = document.querySelector(`[data-foretold='${given[0]}']`);"
            "f.value = given[1]; f.parentElement.querySelector('button').click()",
            [ref, f"{view[ref]['grad']:.3f}"],
        )
        coding.wait(f"!live.app.asked.has('{ref}')")
    assert task(coding, "gradients") == DONE


TALL = """
return [...document.querySelectorAll("#story, #build, #evidence")].filter((e) =>
  e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX !== "auto").map((e) => e.id)"""


def test_at_400_pixels_formulas_and_tasks_fit(live):
    live.size(400, 800)
    live.open().ready()
    for i in range(1, 10):
        live.scene(i)
        time.sleep(0.1)
        assert live.run("return document.documentElement.scrollWidth") <= 400, i
        assert live.run(TALL) == [], i


def test_a_state_of_this_page_is_a_state_of_this_python(live):
    live.open().ready().scene(8)
    live.run("await live.ask({do: 'choose', l2: 0.01})")
    (answer,) = live.run("return await live.ask({do: 'save'})")
    assert State.from_plain(answer["state"]).l2 == 0.01
