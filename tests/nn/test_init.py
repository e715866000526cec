"""Initial weights come from the distributions they are named after."""

import math
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import tanh
from nn import MLP, Layer, Neuron, init
from nn.init import INITIALIZERS, RECTIFIERS, initializer

from .reference import REFERENCE, near
from .refusals import refusal


class Recorder(random.Random):
    """A generator that tells what it was asked for."""

    def uniform(self, low, high):
        return ("uniform", low, high)

    def gauss(self, mean, std):
        return ("gauss", mean, std)


def weights(layer):
    return layer.W.ravel().tolist()


@pytest.mark.parametrize(
    "case",
    REFERENCE["initialisers"],
    ids=lambda case: f"{case['init']}-{case['fan_in']}-{case['fan_out']}",
)
def test_bounds_and_deviations_are_pytorchs(case):
    kind, low, high = initializer(case["init"], "tanh")(case["fan_in"], case["fan_out"], Recorder())
    if case["bound"] is None:
        assert kind == "gauss" and low == 0.0 and near(high, case["std"])
    else:
        assert kind == "uniform" and low == -high and near(high, case["bound"])


@pytest.mark.parametrize("case", REFERENCE["initialisers"][-4:], ids=lambda case: case["init"])
def test_the_weights_of_a_layer_have_that_deviation(case):
    drawn = weights(Layer(case["fan_in"], case["fan_out"], init=case["init"], rng=0))
    assert (
        statistics.pstdev(drawn) == pytest.approx(case["std"], rel=0.1)
        and abs(statistics.fmean(drawn)) < 0.2 * case["std"]
    )
    assert case["bound"] is None or max(map(abs, drawn)) <= case["bound"]


@given(
    st.floats(0.1, 10),
    st.sampled_from(["xavier_uniform", "xavier_normal", "he_uniform", "he_normal"]),
)
def test_a_gain_stretches_the_draws(gain, name):
    plain, stretched = (getattr(init, name)(g)(3, 4, random.Random(0)) for g in (1.0, gain))
    assert stretched == pytest.approx(gain * plain)


@given(st.floats(-3, 3), st.floats(0, 3))
def test_uniform_and_normal_take_their_own_parameters(a, b):
    assert init.uniform(a, a + b)(5, 5, Recorder()) == ("uniform", a, a + b)
    assert init.normal(a, b)(5, 5, Recorder()) == ("gauss", a, b)


def test_uniform_is_micrograds_and_normal_the_standard_one_by_default():
    assert initializer("uniform", "relu")(5, 5, Recorder()) == ("uniform", -1.0, 1.0)
    assert initializer("normal", "relu")(5, 5, Recorder()) == ("gauss", 0.0, 1.0)


def test_zeros_are_zeros_and_draw_nothing():
    rng = random.Random(0)
    before = rng.getstate()
    assert weights(Layer(3, 4, init="zeros", rng=rng)) == [0.0] * 12
    assert rng.getstate() == before


def test_neurons_that_start_equal_stay_equal():
    model = MLP([2, 3, 1], activation="sigmoid", init="zeros")
    model([1.0, -2.0]).backward()
    first, *others = model.layers[0].neurons
    for neuron in others:
        pairs = zip(neuron.parameters(), first.parameters())
        assert all(p.grad == q.grad for p, q in pairs)


@pytest.mark.parametrize(
    "activation", [*RECTIFIERS, "tanh", "sigmoid", "identity", tanh, lambda z: z]
)
def test_the_default_is_he_before_rectifiers_and_xavier_before_the_rest(activation):
    wanted = "he_uniform" if activation in RECTIFIERS else "xavier_uniform"
    assert weights(Layer(4, 3, activation, rng=5)) == weights(
        Layer(4, 3, activation, init=wanted, rng=5)
    )


def test_an_op_itself_counts_as_its_name():
    from autograd import relu

    assert weights(Layer(4, 3, relu, rng=5)) == weights(Layer(4, 3, "relu", rng=5))


def test_the_output_of_a_network_has_the_default_of_its_own_activation():
    hidden, last = MLP([3, 4, 2], rng=0).layers
    assert max(map(abs, weights(last))) <= math.sqrt(6 / (4 + 2)) < math.sqrt(6 / 4)
    assert max(map(abs, weights(hidden))) <= math.sqrt(6 / 3)


@pytest.mark.parametrize("name", sorted(INITIALIZERS))
@pytest.mark.parametrize(
    "build",
    [
        lambda **how: Neuron(3, **how),
        lambda **how: Layer(3, 4, **how),
        lambda **how: MLP([3, 4, 1], **how),
    ],
)
def test_a_name_a_factory_and_an_initializer_mean_the_same(build, name):
    ways = (name, INITIALIZERS[name], INITIALIZERS[name]())
    drawn = [build(init=how, rng=1).state_dict() for how in ways]
    assert drawn[0] == drawn[1] == drawn[2]


def test_a_function_of_ones_own_is_told_the_size_of_the_layer():
    layer = Layer(3, 2, init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out)
    assert weights(layer) == [32.0] * 6
    assert [
        w.data for w in Neuron(3, init=lambda fan_in, fan_out, rng: 10 * fan_in + fan_out).w
    ] == [31.0] * 3


@pytest.mark.parametrize("name", ["he", "", "Xavier_uniform", None, 0.1])
@pytest.mark.parametrize(
    "build",
    [
        lambda name: Neuron(2, init=name),
        lambda name: Layer(2, 2, init=name),
        lambda name: MLP([2, 1], init=name),
    ],
)
def test_a_name_that_is_no_initializer_is_refused_with_those_that_are(build, name):
    with refusal(
        ValueError,
        "init must be a function (fan_in, fan_out, rng) -> weight or one of auto, uniform, normal",
        repr(name),
    ):
        build(name)


def test_a_draw_that_is_no_number_is_refused():
    with refusal(TypeError, "takes a real number", "str 'a'"):
        Neuron(2, init=lambda fan_in, fan_out, rng: "a")
