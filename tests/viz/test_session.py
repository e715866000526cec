"""The session: whatever a learner does, every number is that of an engine that starts afresh."""

import json
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from autograd import OPS
from nn import Dropout, Sequential, data, evaluate, fit
from viz.live.run import network_of, numbers_of
from viz.live.scenes import STARTS
from viz.live.session import REQUESTS, SETTINGS, Session, training_loss
from viz.live.state import ACTIVATIONS, DATA, LOSSES, State

NUMBERS = st.floats(-3, 3, allow_nan=False)


def forward(view):
    """The network of a view in plain floats: activations by ref, and the outputs."""
    numbers = {ref: facts["value"] for ref, facts in view["refs"].items()}
    given = [numbers[f"x.{i}"] for i in range(view["sizes"][0])]
    found = {}
    for i, (size, activation) in enumerate(zip(view["sizes"][1:], view["activations"])):
        fed, given = given, []
        for j in range(size):
            path = f"layers.{i}.neurons.{j}"
            z = numbers[f"{path}.b"]
            for k, x in enumerate(fed):
                z += numbers[f"{path}.w.{k}"] * x
            a = z if activation == "identity" else OPS[activation](z)
            found[f"{path}.z"], found[f"{path}.a"] = z, a
            given.append(a)
    return found, given


def mse(view, outputs):
    targets = [view["refs"][f"y.{i}"]["value"] for i in range(len(outputs))]
    return sum((a - y) ** 2 for a, y in zip(outputs, targets)) / len(outputs)


class Clicks(RuleBasedStateMachine):
    """A learner who clicks at random."""

    def __init__(self):
        super().__init__()
        self.session = Session()
        self.view = self.session.ask({"do": "view"})

    def do(self, what, **details):
        answer = self.session.ask({"do": what, **details})
        json.dumps(answer, allow_nan=False)
        if "refs" in answer:
            self.view = answer
        return answer

    @rule(pick=st.randoms(use_true_random=False), number=NUMBERS)
    def turns_a_knob(self, pick, number):
        ref = pick.choice([ref for ref in self.view["refs"] if not ref.endswith((".z", ".a", "L"))])
        self.do("set", ref=ref, value=number)
        assert self.view["refs"][ref]["value"] == number or self.view["loss"] == "cross_entropy"

    @rule(sizes=st.lists(st.integers(1, 4), min_size=2, max_size=4))
    def reshapes(self, sizes):
        self.do("shape", sizes=sizes)

    @rule(activation=st.sampled_from(ACTIVATIONS))
    def chooses_an_activation(self, activation):
        self.do("choose", activations=activation)

    @rule(name=st.sampled_from(LOSSES))
    def chooses_a_loss(self, name):
        self.do("choose", loss=name)

    @rule(name=st.sampled_from([*DATA]))
    def chooses_data(self, name):
        self.do("choose", data=name)

    @rule(
        setting=st.one_of(
            st.tuples(st.just("batch"), st.integers(1, 400)),
            st.tuples(st.sampled_from(["l2", "dropout"]), st.floats(0, 1, exclude_max=True)),
            st.tuples(st.just("rate"), st.floats(0.001, 2)),
        )
    )
    def chooses_how_to_train(self, setting):
        name, x = setting
        assert self.do("choose", **{name: x})[name] == x

    @rule(pick=st.randoms(use_true_random=False), activation=st.sampled_from(ACTIVATIONS))
    def chooses_the_activation_of_a_layer(self, pick, activation):
        names = list(self.view["activations"])
        names[pick.randrange(len(names))] = activation
        assert self.do("choose", activations=names)["activations"] == names

    @rule(seed=st.integers(0, 2**31))
    def chooses_a_seed_and_rewinds(self, seed):
        drawn = self.do("choose", seed=seed)["refs"]
        ref = "layers.0.neurons.0.w.0"
        self.do("set", ref=ref, value=2.5)
        assert self.do("draw", seed=seed)["refs"] == drawn
        assert self.view["epoch"] == 0

    @rule()
    def trains(self):
        answer = self.do("train")
        if "error" in answer:
            return
        (point,) = answer["curve"]
        has_test = bool(self.do("points")["test"])
        assert ("test_loss" in point) == has_test

    @rule(x=NUMBERS, y=NUMBERS, label=st.integers(0, 1))
    def adds_a_point(self, x, y, label):
        self.do("point", x=x, y=y, label=label)

    @rule()
    def steps_downhill(self):
        self.do("update")

    @rule()
    def draws(self):
        self.do("draw")

    @rule(there=st.sampled_from(["undo", "redo"]))
    def goes_back_and_forth(self, there):
        self.do(there)

    @rule()
    def comes_back_tomorrow(self):
        saved = json.loads(json.dumps(self.do("save")))["state"]
        other = Session()
        answer = other.ask({"do": "load", "state": saved})
        assert answer["refs"] == self.view["refs"]

    @invariant()
    def the_numbers_are_those_of_plain_floats(self):
        found, outputs = forward(self.view)
        for ref, a in found.items():
            assert self.view["refs"][ref]["value"] == pytest.approx(a, rel=1e-12, abs=1e-12)
        if self.view["loss"] == "mse":
            total = self.view["refs"]["L"]["value"]
            assert total == pytest.approx(mse(self.view, outputs), rel=1e-9, abs=1e-12)

    @invariant()
    def the_numbers_are_those_of_a_fresh_session(self):
        fresh = Session(State.from_plain(self.session.state.to_plain()))
        assert fresh.ask({"do": "view"})["refs"] == self.view["refs"]


TestClicks = Clicks.TestCase
TestClicks.settings = settings(max_examples=30, stateful_step_count=20, deadline=None)


@pytest.fixture
def session():
    return Session()


def test_a_nudge_measures_the_gradient(session):
    for ref in ("x.0", "layers.0.neurons.1.w.0", "layers.1.neurons.0.b"):
        found = session.ask({"do": "nudge", "ref": ref, "by": 1e-6})
        assert found["ratio"] == pytest.approx(found["grad"], rel=1e-4)


def test_the_paths_add_up_to_the_gradient(session):
    found = session.ask({"do": "why", "ref": "x.0"})
    assert found["count"] == len(found["paths"]) == 3
    assert math.fsum(path["product"] for path in found["paths"]) == pytest.approx(found["grad"])


def test_a_gate_is_open_by_the_slope_of_the_activation(session):
    found = session.ask({"do": "gate", "ref": "layers.0.neurons.1.z"})
    assert found["f"] == [math.tanh(x) for x in found["x"]]
    assert found["slope"] == pytest.approx([1 - f * f for f in found["f"]], abs=1e-12)
    assert "weighted sum" in session.ask({"do": "gate", "ref": "x.0"})["error"]


@pytest.mark.parametrize("ref", ["layers.0.neurons.1.z", "layers.0.neurons.1.a", "L"])
def test_a_formula_with_its_numbers_comes_to_the_number(session, ref):
    text = session.ask({"do": "formula", "ref": ref})["text"]
    found = eval(text, {"tanh": math.tanh})
    assert found == pytest.approx(session.run.nodes[ref].data, abs=2e-3)


def test_a_slice_goes_through_where_the_number_stands(session):
    found = session.ask({"do": "slice", "ref": "x.0", "n": 41})
    assert found["x"][20] == found["at"] and found["y"][20] == pytest.approx(found["loss"])


def test_a_plane_has_the_activation_of_every_unit_at_every_point(session):
    found = session.ask({"do": "plane", "n": 5, "span": 2.0})
    session.ask({"do": "set", "ref": "x.0", "value": found["x"][3]})
    view = session.ask({"do": "set", "ref": "x.1", "value": found["x"][1]})
    for ref, rows in found["maps"].items():
        assert rows[1][3] == pytest.approx(view["refs"][ref]["value"])


def test_training_lowers_the_loss_and_can_be_undone(session):
    session.ask({"do": "shape", "sizes": [2, 8, 1]})
    before = session.ask({"do": "choose", "data": "moons", "rate": 0.5})
    answer = session.ask({"do": "train", "epochs": 20})
    losses = [point["loss"] for point in answer["curve"]]
    assert losses[-1] < 0.7 * losses[0] and answer["epoch"] == 20
    assert session.ask({"do": "undo"})["refs"] == before["refs"]


def test_the_steps_are_those_of_a_player_and_refs_have_their_cards(session):
    found = session.ask({"do": "scalars"})
    assert found["svg"].startswith("<svg")
    assert {step["phase"] for step in found["steps"]} == {"start", "forward", "backward", "done"}
    assert found["ids"].keys() >= {"x.0", "layers.0.neurons.0.w.0", "L"}
    assert all(f'id="{id}"' in found["svg"] for id in found["ids"].values())


WRONG = [
    ({"do": "set", "ref": "x.9", "value": 1}, "x.9 is not part of this network"),
    ({"do": "set", "ref": "layers.0.neurons.0.w.9", "value": 1}, "not part of this network"),
    ({"do": "set", "ref": "__class__", "value": 1}, "does not name a number that can be set"),
    ({"do": "set", "ref": "x.0", "value": "nan"}, "x.0 must be a number from -1e"),
    ({"do": "set", "ref": "x.0", "value": math.nan}, "x.0 must be a number from -1e"),
    ({"do": "set", "ref": "x.0", "value": 1e308}, "x.0 must be a number from -1e"),
    ({"do": "shape", "sizes": [2, 10**9, 1]}, "must be a whole number from 1 to 8"),
    ({"do": "shape", "sizes": [2] * 100}, "has 0 to 6 hidden layers, not 98"),
    ({"do": "shape", "sizes": "2,3"}, "sizes count the units of each layer"),
    ({"do": "choose", "loss": "best"}, "loss must be one of mse"),
    ({"do": "choose", "colour": "red"}, "is not a setting"),
    ({"do": "choose", "l2": -0.1}, "the weight of L2 must be at least 0 and below 1"),
    ({"do": "choose", "dropout": 1}, "the share of dropout must be at least 0 and below 1"),
    ({"do": "choose", "batch": 0}, "the batch must be a whole number from 1 to 400"),
    ({"do": "choose", "seed": 1.5}, "the seed must be a whole number"),
    ({"do": "choose", "activations": ["tanh"]}, "each layer after the inputs has one activation"),
    ({"do": "train", "epochs": 10**9}, "epochs must be a whole number from 1 to 100"),
    ({"do": "train"}, "there is no data yet"),
    ({"do": "undo"}, "there is nothing to undo"),
    ({"do": "load", "state": None}, "this is not a saved page"),
    ({"do": "load", "state": {"version": 99}}, "this page was saved by version 99"),
    ({"do": "plane", "n": 10**6}, "n must be a whole number from 2 to 64"),
    ({"do": "__init__"}, "a request does one of"),
    ({}, "a request does one of"),
    (None, "a request does one of"),
    ({"do": "set"}, "this cannot be done"),
]


@pytest.mark.parametrize(("request_", "said"), WRONG, ids=str)
def test_a_request_that_cannot_be_met_says_so_and_changes_nothing(session, request_, said):
    before = session.state
    answer = session.ask(request_)
    assert answer.keys() == {"error"} and said in answer["error"]
    assert len(answer["error"]) < 400
    assert session.state is before


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=8))
def test_damaged_pages_are_refused_with_a_sentence(junk):
    session = Session()
    saved = session.ask({"do": "save"})["state"]
    for name in saved:
        answer = session.ask({"do": "load", "state": {**saved, name: junk}})
        assert "error" in answer or session.state.to_plain().keys() == saved.keys()
        json.dumps(answer, allow_nan=False)


def test_every_request_and_setting_is_a_name_and_private_things_are_out_of_reach():
    assert not [name for name in REQUESTS if name.startswith("_") or name == "ask"]
    assert set(SETTINGS) == {
        "loss", "activations", "rate", "batch", "data", "init", "seed", "l2", "dropout",
    }  # fmt: skip


@pytest.mark.parametrize("loss", LOSSES)
def test_a_slice_is_that_of_fresh_runs_whatever_the_loss(loss):
    session = Session()
    session.ask({"do": "shape", "sizes": [2, 3, 2]})
    session.ask({"do": "choose", "loss": loss})
    ref = "layers.0.neurons.1.w.0"
    found = session.ask({"do": "slice", "ref": ref, "n": 5})
    for x, y in zip(found["x"], found["y"]):
        assert session.ask({"do": "set", "ref": ref, "value": x})["refs"]["L"]["value"] == y


def test_knobs_that_join_are_undone_as_one(session):
    before = session.state
    session.ask({"do": "set", "ref": "x.0", "value": 2.0})
    session.ask({"do": "set", "ref": "x.0", "value": 3.0, "join": True})
    session.ask({"do": "undo"})
    assert session.state == before


def test_a_step_past_the_limit_of_the_curvature_climbs_and_one_within_descends(session):
    limit = session.ask({"do": "curvature"})["limit"]
    for rate, climbs in ((0.2 * limit, False), (4 * limit, True)):
        session.ask({"do": "choose", "rate": rate})
        before = session.run.loss.data
        session.ask({"do": "update"})
        assert (session.run.loss.data > before) == climbs
        session.ask({"do": "undo"})


def test_cards_say_what_the_drawing_of_the_scalars_says(session):
    drawn = session.ask({"do": "scalars"})
    svg, found = drawn["svg"], session.ask({"do": "cards"})["cards"]
    for value, grad, fill in [found[id] for id in drawn["ids"].values()]:
        assert f">{value}</text>" in svg
        assert f">{grad}</text>" in svg or grad == "0"
        assert fill.startswith("#")


def trained(epochs, **settings):
    session = Session()
    session.ask({"do": "shape", "sizes": [2, 4, 1]})
    session.ask({"do": "choose", "data": "noisy moons", "rate": 0.5, **settings})
    return session, session.ask({"do": "train", "epochs": epochs})["curve"]


def test_what_is_measured_on_the_test_data_is_what_the_library_measures():
    for sizes in ([2, 4, 1], [2, 4, 2]):
        session = Session()
        session.ask({"do": "shape", "sizes": sizes})
        session.ask({"do": "choose", "data": "noisy moons", "rate": 0.5})
        last = session.ask({"do": "train", "epochs": 3})["curve"][-1]
        model = Sequential(*network_of(session.state))
        test = session.ask({"do": "points"})["test"]
        found = evaluate(model, (test["x"], test["y"]), training_loss(session.state))
        assert last["test_loss"] == pytest.approx(found.loss, rel=1e-12)
        assert last["test_accuracy"] == found.accuracy


def test_a_training_is_that_of_the_library_with_its_penalty_and_its_dropout():
    session, curve = trained(4, l2=0.01, dropout=0.25)
    start = Session()
    start.ask({"do": "shape", "sizes": [2, 4, 1]})
    rng = random.Random(0)
    first, last = network_of(start.state)
    model = Sequential(first, Dropout(0.25, rng=rng), last)
    X, y = data.moons(20, 0.35, rng=0)
    history = fit(
        model, (X, y), loss="bce_with_logits", epochs=4, optimizer="sgd", lr=0.5, batch_size=10,
        l2=0.01, rng=rng, progress=False, compiled=False,
    )  # fmt: skip
    assert [point["loss"] for point in curve] == history.column("loss")
    assert numbers_of([first, last]) == session.state.layers


def test_the_curves_of_noisy_moons_part_and_meet_again_with_l2_or_dropout():
    """What scene 8 says: its own start, trained as its buttons train it."""
    gaps = {}
    for name, chosen in (("plain", {}), ("l2", {"l2": 0.01}), ("dropout", {"dropout": 0.3})):
        session = Session(STARTS["noisy"])
        session.ask({"do": "choose", **chosen})
        curve = []
        for _ in range(2):
            curve += session.ask({"do": "train", "epochs": 100})["curve"]
        last = curve[-10:]
        gaps[name] = math.fsum(point["test_loss"] - point["loss"] for point in last) / len(last)
    assert gaps["plain"] > 0.4
    assert abs(gaps["l2"]) < 0.2 and abs(gaps["dropout"]) < 0.2


def test_a_page_of_version_1_is_read_as_it_was():
    state = State().drawn()
    saved = {**state.to_plain(), "version": 1}
    for name in ("l2", "dropout"):
        del saved[name]
    assert State.from_plain(saved) == state
