"""Dropout and BatchNorm: PyTorch's numbers in training and in use, and gradients through both."""

import copy
import math
import pickle
import random
import statistics
from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, gradcheck, topological_order
from nn import Activation, BatchNorm, Dropout, Layer, Sequential, losses

from .reference import REFERENCE, near
from .refusals import refusal

NUMBERS = st.floats(-100, 100)


class Mask(random.Random):
    """A generator whose draws drop just what a mask says."""

    def random(self):
        return next(self.draws)


def masked(p, kept):
    rng = Mask()
    rng.draws = iter([p if k else 0.0 for k in kept])  # a draw of p itself keeps
    return Dropout(p, rng=rng)


def leaves(rows):
    return [leaves(x) for x in rows] if isinstance(rows, list) else Value(rows)


def grads(rows):
    return [grads(x) for x in rows] if isinstance(rows, list) else rows.grad


def weighed(rows, upstream):
    flat = zip(chain(*rows), chain(*upstream))
    return sum(a * u for a, u in flat)


# Dropout.


@pytest.mark.parametrize("case", REFERENCE["dropouts"], ids=lambda case: f"p={case['p']}")
def test_dropout_with_pytorchs_mask_gives_pytorchs_numbers(case):
    x = leaves(case["x"])
    out = masked(case["p"], case["kept"])(x)
    assert near(out, case["outputs"])
    weighed([out], [case["upstream"]]).backward()
    assert near(grads(x), case["dx"])


@given(st.lists(NUMBERS, max_size=5), st.floats(0, 1))
def test_in_use_dropout_does_nothing(x, p):
    values = leaves(x)
    assert (
        all(a is b for a, b in zip(Dropout(p).eval()(values), values)) and Dropout(p).eval()(x) == x
    )


def test_dropout_drops_its_share_and_keeps_the_mean():
    out = Dropout(0.3, rng=0)([1.0] * 10_000)
    assert out.count(0.0) / 10_000 == pytest.approx(0.3, abs=0.02)
    assert {*out} == {0.0, 1 / 0.7} and statistics.fmean(out) == pytest.approx(1, abs=0.02)


def test_every_sample_has_draws_of_its_own():
    rows = Dropout(0.5, rng=0)([[1.0] * 20] * 20)
    assert len({tuple(row) for row in rows}) == 20


def test_the_ends_of_p_keep_all_and_drop_all():
    assert Dropout(0)([1.0, 2.0]) == [1.0, 2.0]
    assert Dropout(1)([1.0, 2.0]) == [0.0, 0.0]


def test_gradients_flow_through_what_was_kept():
    kept = [1, 0, 1]
    assert gradcheck(lambda *x: sum(a * a for a in masked(0.4, kept)(list(x))), [0.5, -1.0, 2.0])


def test_dropout_draws_from_pythons_own_generator_by_default():
    state = random.getstate()
    try:
        random.seed(3)
        default = Dropout()([1.0] * 20)
    finally:
        random.setstate(state)
    assert default == Dropout(rng=3)([1.0] * 20) == Dropout(rng=random.Random(3))([1.0] * 20)


@pytest.mark.parametrize("rng", [None, random, 3], ids=["default", "module", "seed"])
@pytest.mark.parametrize("twin", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_model_with_dropout_can_be_copied(twin, rng):
    model = Sequential(Layer(2, 3, rng=0), Dropout(rng=rng), Layer(3, 1, rng=0))
    copied = twin(model)
    assert copied.eval()([1.0, 2.0]).data == model.eval()([1.0, 2.0]).data
    assert not {*copied.parameters()} & {*model.parameters()}


@pytest.mark.parametrize(
    ("p", "kind", "part"),
    [
        (
            -0.1,
            ValueError,
            "Dropout(p), the share of inputs to drop, must be from 0 to 1, got -0.1",
        ),
        (1.5, ValueError, "from 0 to 1, got 1.5"),
        (math.nan, ValueError, "from 0 to 1, got nan"),
        ("0.5", TypeError, "Dropout(p), the share of inputs to drop, takes a real number"),
    ],
)
def test_a_share_that_is_none_is_refused(p, kind, part):
    with refusal(kind, part):
        Dropout(p)


def test_a_seed_that_is_none_is_refused():
    with refusal(TypeError, "rng must be a random.Random, an int to seed one, or None", "'0'"):
        Dropout(rng="0")


# BatchNorm.


def batch_norm(case):
    layer = BatchNorm(2, **case["settings"])
    for p, number in zip(layer.parameters(), case["weight"] + case["bias"]):
        p.data = number
    return layer


@pytest.mark.parametrize("case", REFERENCE["batch_norms"], ids=lambda case: str(case["settings"]))
def test_batches_in_training_and_in_use_give_pytorchs_numbers(case):
    layer = batch_norm(case)
    for batch in case["batches"]:
        layer.train(batch["training"]).zero_grad()
        X = leaves(batch["X"])
        rows = layer(X)
        assert near(rows, batch["outputs"])
        assert near(layer.running_mean, batch["running_mean"]) and near(
            layer.running_var, batch["running_var"]
        )
        weighed(rows, batch["upstream"]).backward()
        assert near(grads(X), batch["dX"])
        assert near(grads(layer.weight), batch["dweight"]) and near(
            grads(layer.bias), batch["dbias"]
        )


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=2, max_size=6))
def test_a_batch_is_brought_to_mean_0_and_variance_1(rows):
    for column, normed in zip(zip(*rows), zip(*BatchNorm(2, eps=1e-12)(rows))):
        out = [y.data for y in normed]
        if statistics.pstdev(column) > 1e-3:
            assert abs(statistics.fmean(out)) < 1e-6 and statistics.pstdev(out) == pytest.approx(
                1, abs=1e-5
            )
        elif len({*column}) == 1:
            assert max(map(abs, out)) < 1e-6


def test_slopes_through_the_statistics_of_the_batch_are_those_of_the_numbers():
    def f(*x):
        layer = BatchNorm(2)
        layer.weight, layer.bias = list(x[6:8]), list(x[8:])
        rows = layer([list(x[0:2]), list(x[2:4]), list(x[4:6])])
        return weighed(rows, [[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]])

    assert gradcheck(f, [0.5, 1.0, -1.5, 2.0, 3.0, -0.25, 1.5, 0.7, 0.1, -0.3])


def test_slopes_through_a_network_in_training_are_those_of_the_numbers():
    model = Sequential(
        Layer(2, 2, "identity", rng=0),
        BatchNorm(2),
        Activation("tanh"),
        Layer(2, 2, "identity", rng=1),
    )

    def f(*x):
        return losses.cross_entropy(model([list(x[0:2]), list(x[2:4]), list(x[4:6])]), [0, 1, 1])

    assert gradcheck(f, [0.5, 1.0, -1.5, 2.0, 3.0, -0.25], order=1)


def test_gradients_of_the_inputs_of_a_batch_cancel():
    X = leaves([[1.0], [2.0], [4.0]])
    weighed(BatchNorm(1)(X), [[1.0], [5.0], [-2.0]]).backward()
    assert sum(x.grad for [x] in X) == pytest.approx(
        0, abs=1e-12
    )  # for a shift of all of them changes nothing


def test_in_use_the_running_statistics_count_and_stay():
    layer = BatchNorm(1, eps=0.0).eval()
    layer.running_mean, layer.running_var = [1.0], [4.0]
    assert layer([5.0])[0].data == layer([[5.0], [-3.0]])[0][0].data == 2.0
    assert (layer.running_mean, layer.running_var) == ([1.0], [4.0])


@pytest.mark.parametrize(
    ("momentum", "wanted"), [(0.0, (0.0, 1.0)), (1.0, (2.0, 2.0)), (0.5, (1.0, 1.5))]
)
def test_momentum_says_how_far_the_running_statistics_move(momentum, wanted):
    layer = BatchNorm(1, momentum=momentum)
    layer([[1.0], [3.0]])
    assert (*layer.running_mean, *layer.running_var) == wanted


def test_the_graph_of_a_batch_holds_no_idle_node():
    rows = BatchNorm(1)(leaves([[1.0], [3.0]]))
    ops = [node.op.name for node in topological_order(rows[0][0] + rows[1][0]) if node.inputs]
    assert sorted(ops) == sorted([*["add"] * 6, *["sub"] * 2, *["mul"] * 4, *["div"] * 3, "sqrt"])


def test_batches_of_arrays_are_batches():
    X = [[1.0, 2.0], [3.0, 5.0]]
    arrays = BatchNorm(2)(np.array(X)), BatchNorm(2)([np.array(x) for x in X])
    for i, row in enumerate(BatchNorm(2)(X)):
        numbers = [y.data for y in row]
        assert near(arrays[0][i], numbers) and near(arrays[1][i], numbers)


def test_a_constant_feature_stays_finite():
    X = leaves([[2.0], [2.0]])
    rows = BatchNorm(1)(X)
    weighed(rows, [[1.0], [-1.0]]).backward()
    assert [y.data for [y] in rows] == [0.0, 0.0] and all(map(math.isfinite, (x.grad for [x] in X)))


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (
            lambda: BatchNorm(0),
            "the number of features of a BatchNorm must be a positive int, got 0",
        ),
        (
            lambda: BatchNorm(2, eps=-1e-5),
            "BatchNorm(eps) must be at least 0 and finite, got -1e-05",
        ),
        (lambda: BatchNorm(2, momentum=1.1), "BatchNorm(momentum) must be from 0 to 1, got 1.1"),
        (
            lambda: BatchNorm(2)([1.0, 2.0]),
            "BatchNorm(2, 4 parameters) in training takes the mean over a batch, not one sample",
        ),
        (
            lambda: BatchNorm(2)([[1.0, 2.0]]),
            "BatchNorm(2, 4 parameters) in training needs at least two samples, got 1",
        ),
        (
            lambda: BatchNorm(2)([[1.0, 2.0], [1.0]]),
            "BatchNorm(2, 4 parameters) takes 2 features, got 1",
        ),
        (
            lambda: BatchNorm(2).eval()([1.0, 2.0, 3.0]),
            "BatchNorm(2, 4 parameters) takes 2 features, got 3",
        ),
    ],
)
def test_what_batch_norm_cannot_take_is_refused(call, part):
    with refusal(ValueError, part):
        call()


def test_a_refused_batch_leaves_the_running_statistics_alone():
    layer = BatchNorm(2)
    with refusal(ValueError, "takes 2 features, got 1"):
        layer([[1.0, 2.0], [1.0]])
    assert (layer.running_mean, layer.running_var) == ([0.0, 0.0], [1.0, 1.0])
