"""explore: a model bound to a session, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Dropout, Layer, Sequential, data, fit
from viz.live.binding import layers_of
from viz.live.run import numbers_of
from viz.live.session import Session

from .explored import W, bound, net


def same(binding):
    return numbers_of(layers_of(binding.model)) == binding.state.layers


def test_a_knob_changes_the_model_and_undo_changes_it_back():
    model = net()
    binding = bound(model)
    first = model.layers[0].neurons[0].w[0]
    before = first.data
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    assert first.data == 0.5
    binding.answers([{"do": "undo"}])
    assert first.data == before
    binding.answers([{"do": "redo"}])
    assert first.data == 0.5


def test_what_is_trained_in_python_shows_and_undo_takes_it_back():
    model = net()
    binding = bound(model)
    before = binding.state.layers
    fit(model, data.moons(20, rng=0), loss="bce_with_logits", epochs=2, rng=0, progress=False)
    (view,) = binding.answers([{"do": "view"}])
    assert view["refs"][W]["value"] == model.layers[0].neurons[0].w[0].data
    assert binding.state.layers != before
    binding.answers([{"do": "undo"}])
    assert numbers_of(model.layers) == before


def test_the_numbers_are_those_of_a_session_of_the_same_network():
    binding = bound(net(), loss="huber")
    fresh = Session(binding.state)
    for request in ({"do": "view"}, {"do": "why", "ref": W}, {"do": "plane", "n": 4}):
        assert binding.answers([request]) == [fresh.ask(request)]
    assert binding.answers([{"do": "update"}]) == [fresh.ask({"do": "update"})]
    assert same(binding)


def test_training_on_the_page_trains_the_model():
    model = net()
    binding = bound(model, points=data.moons(30, rng=0))
    (answer,) = binding.answers([{"do": "train", "epochs": 3}])
    assert len(answer["curve"]) == 3
    assert same(binding)
    assert model.layers[0].neurons[0].w[0].data != net().layers[0].neurons[0].w[0].data


def test_a_request_that_fails_leaves_the_model_as_it_was():
    model = net()
    binding = bound(model)
    before = numbers_of(model.layers)
    binding.answers([{"do": "choose", "rate": 1e6}])
    binding.answers([{"do": "set", "ref": "x.0", "value": 1e6}])
    for request in ({"do": "set", "ref": W, "value": "nan"}, {"do": "set"}, None, {"do": "train"}):
        (answer,) = binding.answers([request])
        assert answer.keys() == {"error"}
        assert numbers_of(model.layers) == before


@pytest.mark.parametrize(
    "request_",
    [{"do": "shape", "sizes": [2, 1]}, {"do": "choose", "activations": "relu"}, {"do": "load"}],
)
def test_the_shape_is_changed_in_python_alone(request_):
    (answer,) = bound(net()).answers([request_])
    assert "change them in Python" in answer["error"]


def test_a_shape_that_was_changed_in_python_is_followed():
    model = net()
    binding = bound(model)
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    model.layers[1:] = [Layer(3, 2, "tanh", rng=1), Layer(2, 2, "identity", rng=1)]
    (view,) = binding.answers([{"do": "view"}])
    assert view["sizes"] == [2, 3, 2, 2]
    assert view["can"] == {"undo": False, "redo": False}
    binding.answers([{"do": "set", "ref": "layers.2.neurons.1.b", "value": 0.25}])
    assert model.layers[2].neurons[1].b.data == 0.25


def test_a_model_that_can_no_longer_be_shown_is_named_in_every_answer_until_it_can():
    model = Sequential(*net().layers)
    binding = bound(model)
    model.layers.insert(1, Dropout(0.5))
    for answer in binding.answers([{"do": "set", "ref": W, "value": 0.5}, {"do": "view"}]):
        assert "layer 1 of" in answer["error"]
        assert "Dropout" in answer["error"]
    del model.layers[1]
    assert "refs" in binding.answers([{"do": "view"}])[0]


def test_a_change_between_two_moves_of_a_drag_is_a_step_of_undo_by_itself():
    model = net()
    binding = bound(model)
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    model.layers[1].neurons[0].b.data = 2.0
    binding.answers([{"do": "set", "ref": W, "value": 0.6, "join": True}])
    binding.answers([{"do": "undo"}])
    assert model.layers[0].neurons[0].w[0].data == 0.5
    assert model.layers[1].neurons[0].b.data == 2.0


def test_numbers_that_are_not_finite_are_shown_as_they_are():
    model = net()
    binding = bound(model)
    model.layers[0].neurons[0].w[0].data = float("nan")
    (view,) = binding.answers([{"do": "view"}])
    assert view["refs"][W]["value"] == "nan"
    binding.answers([{"do": "set", "ref": W, "value": 0.5}])
    assert model.layers[0].neurons[0].w[0].data == 0.5


REFS = [W, "layers.1.neurons.0.b", "layers.0.neurons.2.w.1", "x.0", "y.0", "layers.7.neurons.0.b"]
NUMBERS = st.floats() | st.integers(-3, 3)
REQUESTS = st.one_of(
    st.builds(
        lambda ref, x, join: {"do": "set", "ref": ref, "value": x, "join": join},
        st.sampled_from(REFS),
        NUMBERS,
        st.booleans(),
    ),
    st.sampled_from(["undo", "redo", "update", "draw", "view", "train", "shape", "?"]).map(
        lambda name: {"do": name}
    ),
    st.sampled_from(["zeros", "normal", "none"]).map(lambda name: {"do": "choose", "init": name}),
    st.builds(lambda i, x: (i, x), st.integers(0, 12), NUMBERS),
    st.just(None),
)


@given(st.lists(REQUESTS, max_size=12))
def test_whatever_is_asked_and_whatever_python_does_model_and_state_are_one(steps):
    model = net()
    binding = bound(model)
    for step in steps:
        if isinstance(step, tuple):  # Python
            place, number = step
            model.parameters()[place].data = number
            binding.read()
        else:
            binding.answers([step])
        assert str(numbers_of(model.layers)) == str(binding.state.layers)  # nan is not nan
