"""How good a model is, beside counts made one by one."""

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value
from nn import (
    MLP,
    BatchNorm,
    Dropout,
    Evaluation,
    Layer,
    Module,
    Neuron,
    Sequential,
    accuracy,
    confusion_matrix,
    data,
    decide,
    evaluate,
    fit,
    linear_baseline,
    losses,
    predict,
)

from .refusals import refusal

MOONS = data.moons(20, rng=0)
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)


def noisy():
    return Sequential(
        Layer(2, 4, "tanh", rng=0),
        BatchNorm(4),
        Dropout(0.5, rng=0),
        Layer(4, 2, "identity", rng=1),
    )


# Counting.


@given(PAIRS)
def test_accuracy_and_confusion_matrix_count_pairs(pairs):
    predicted, targets = zip(*pairs)
    assume(any(p + 1 != y for p, y in pairs))  # else they would seem to be labels from 1
    matrix = confusion_matrix(predicted, targets)
    assert len(matrix) == max(map(max, pairs)) + 1
    for i, row in enumerate(matrix):
        assert row == [pairs.count((j, i)) for j in range(len(matrix))]
    right = sum(matrix[i][i] for i in range(len(matrix)))
    assert accuracy(predicted, targets) == right / len(pairs)
    wide = confusion_matrix(np.array(predicted), np.array(targets), 7)
    for i, row in enumerate(wide):
        assert row == [pairs.count((j, i)) for j in range(7)]
    assert accuracy(np.array(predicted), np.array(targets)) == accuracy(predicted, targets)


@pytest.mark.parametrize("count", [accuracy, confusion_matrix])
@pytest.mark.parametrize(
    ("predicted", "targets"), [([0], [0, 1]), ([0, 1], [0]), ([], []), ([1], [])]
)
def test_there_must_be_a_prediction_for_each_target(count, predicted, targets):
    with refusal(
        ValueError, "a prediction for each target", f"got {len(predicted)} and {len(targets)}"
    ):
        count(predicted, targets)


@pytest.mark.parametrize(
    ("predicted", "targets", "n", "parts"),
    [
        ([0, -1], [0, 1], None, ["0, 1, 2, ...", "-1"]),
        ([0, 2], [0, 1], 2, ["0 to 1", "got 2"]),
        ([0, 1], [0.5, 1], None, ["0.5"]),
        (["cat"], [0], None, ["'cat'"]),
    ],
)
def test_a_confusion_matrix_is_of_indices(predicted, targets, n, parts):
    with refusal(ValueError, "confusion_matrix takes indices of classes", *parts):
        confusion_matrix(predicted, targets, n)


# Decisions.


@pytest.mark.parametrize(
    ("loss", "outputs", "classes"),
    [
        ("cross_entropy", [[1.0, 3.0, 2.0], [0.0, -1.0, -2.0]], [1, 0]),
        ("cross_entropy", [[1.0, 1.0]], [0]),
        ("bce_with_logits", [-0.1, 0.0, 0.1], [0, 0, 1]),
        ("bce", [0.5, 0.51], [0, 1]),
        ("hinge", [0.0, 0.1, -5.0], [-1, 1, -1]),
        ("bce_with_logits", [[1.0, -1.0], [-1.0, 1.0]], [[1, 0], [0, 1]]),
    ],
)
def test_outputs_stand_for_classes(loss, outputs, classes):
    as_values = [[*map(Value, out)] if isinstance(out, list) else Value(out) for out in outputs]
    for given_ in (outputs, np.array(outputs), as_values):
        assert decide(given_, loss) == decide(given_, losses.LOSSES[loss]) == classes


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", losses.mse, lambda outputs, y: outputs])
def test_the_outputs_of_a_regression_stand_for_no_class(loss):
    assert decide([0.3, 2.0], loss) is None


# Predicting and evaluating.


@pytest.mark.parametrize("loss", ["cross_entropy", "bce_with_logits", "mse"])
def test_an_evaluation_is_the_loss_and_accuracy_of_the_model_in_use(loss):
    model = noisy() if loss == "cross_entropy" else MLP([2, 3, 1], rng=0)
    outputs = model.eval()(MOONS.X)
    found = evaluate(model.train(), MOONS, loss)
    assert type(found) is Evaluation and found.loss == losses.LOSSES[loss](outputs, MOONS.y).data
    if loss == "mse":
        assert found.accuracy is None
    else:
        classes = [
            int(z.data > 0) if loss == "bce_with_logits" else int(z[1].data > z[0].data)
            for z in outputs
        ]
        assert found.accuracy == sum(c == y for c, y in zip(classes, MOONS.y)) / 20


def test_predictions_are_plain_numbers_nested_as_the_outputs():
    model = noisy().eval()
    for found, row in zip(predict(model, MOONS.X), model(MOONS.X)):
        assert found == [y.data for y in row]
    assert predict(model, np.array(MOONS.X)) == predict(model, MOONS.X)
    assert predict(MLP([2, 1], rng=0), MOONS.X[:2]) == [
        y.data for y in MLP([2, 1], rng=0)(MOONS.X[:2])
    ]
    assert [type(y) for row in predict(model, MOONS.X[:1]) for y in row] == [float, float]


class Spy(Module):
    """Notes in which mode it was called, and whether anything was recorded; then perhaps fails."""

    def __init__(self, error=None):
        self.w, self.error, self.calls = Value(1.0), error, []

    def forward(self, x):
        out = self.w * x[0]
        self.calls.append((self.training, bool(out.inputs)))
        if self.error:
            raise self.error
        return [out, -out]


@pytest.mark.parametrize("look", [lambda m: predict(m, MOONS.X), lambda m: evaluate(m, MOONS)])
@pytest.mark.parametrize("error", [None, ZeroDivisionError("mine"), KeyboardInterrupt()])
def test_looking_is_done_in_use_records_nothing_and_leaves_every_mode_as_it_was(look, error):
    class Pair(Module):
        def __init__(self):
            self.spy, self.frozen = Spy(error), Dropout(0.5)
            self.frozen.eval()

        def forward(self, x):
            return self.spy(x)

    model = Pair()
    if error:
        with pytest.raises(type(error)):
            look(model)
    else:
        look(model)
    assert set(model.spy.calls) == {(False, False)}
    assert (model.training, model.spy.training, model.frozen.training) == (True, True, False)
    assert model.spy.w.grad == 0.0 and (model.spy.w * 2).inputs  # recording goes on


def test_evaluating_moves_no_running_mean():
    model = noisy()
    before = model.state_dict()
    evaluate(model, MOONS)
    predict(model, MOONS.X)
    assert model.state_dict() == before


def test_an_evaluation_refuses_what_training_refuses():
    with refusal(ValueError, "loss must be a function", "'entropy'"):
        evaluate(noisy(), MOONS, "entropy")
    with refusal(ValueError, "same length"):
        evaluate(noisy(), (MOONS.X, MOONS.y[:-1]))
    with refusal(ValueError, "takes 2 inputs, got 1"):
        evaluate(noisy(), ([[1.0]], [0]))


def test_a_perfect_model_is_perfect_and_its_opposite_is_not():
    model = Sequential(Layer(1, 2, "identity", init="zeros"))
    model.layers[0].W = [[-1.0], [1.0]]
    samples = ([[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1])
    assert evaluate(model, samples) == Evaluation(
        pytest.approx((math.log1p(math.exp(-4)) + math.log1p(math.exp(-2))) / 2, rel=1e-12), 1.0
    )
    assert evaluate(model, (samples[0], [1, 1, 0, 0])).accuracy == 0.0
    assert evaluate(
        Neuron(1, "identity", init="zeros"), (samples[0], [0, 0, 1, 1]), "bce_with_logits"
    ) == Evaluation(math.log(2), 0.5)


def test_a_linear_classifier_solves_what_is_linear_and_no_circles():
    blobs = data.blobs(60, classes=2, rng=0)
    assert linear_baseline(blobs, blobs, lr=0.2, epochs=20, rng=0).accuracy > 0.95
    circles = data.circles(60, rng=0)
    assert linear_baseline(circles, circles, lr=0.2, epochs=20, rng=0).accuracy < 0.75


def test_the_baseline_takes_the_names_of_classes():
    X, y = data.blobs(30, classes=2, rng=0)
    named = X, [("cat", "dog")[c] for c in y]
    settings = {"epochs": 3, "rng": 0}
    assert linear_baseline(named, named, **settings) == linear_baseline((X, y), (X, y), **settings)
    with refusal(ValueError, "linear_baseline(test) has the class 'eel'"):
        linear_baseline(named, (X, ["eel"] * 30), **settings)


def test_outputs_are_no_classes_for_accuracy():
    model, (X, y) = MLP([2, 2], rng=0), data.xor()
    for outputs in (model(X), predict(model, X), [0.3, 0.7, 0.1, 0.2]):
        with refusal(
            TypeError,
            "accuracy takes classes, got the output",
            "decide(predict(model, X), 'cross_entropy')",
        ):
            accuracy(outputs, y)
    assert (
        accuracy(decide(predict(model, data.xor()), "cross_entropy"), y)
        == evaluate(model, (X, y)).accuracy
    )


def test_evaluate_takes_the_loss_that_the_model_was_trained_with():
    X, Y = [[0.0], [1.0], [2.0]], [[0.2, 0.3, 0.5], [0.1, 0.8, 0.1], [1.0, 0.0, 0.0]]
    model = MLP([1, 3], rng=0)
    untrained = evaluate(model, (X, Y))
    assert untrained == evaluate(model, (X, Y), "cross_entropy") and untrained.accuracy is not None
    fit(model, (X, Y), loss="mse", epochs=1, rng=0, progress=False)
    assert evaluate(model, (X, Y)) == evaluate(model, (X, Y), "mse")
    assert evaluate(model, (X, Y)).accuracy is None
    weighted = partial(losses.cross_entropy, weight=[1, 2, 3])
    fit(model, (X, [0, 1, 2]), loss=weighted, epochs=1, rng=0, progress=False)
    assert evaluate(model, (X, [0, 1, 2])) == evaluate(model, (X, [0, 1, 2]), "cross_entropy")


@pytest.mark.parametrize(
    "loss", ["mse", losses.mse, partial(losses.mse), partial(losses.mse, weight=1)]
)
def test_a_loss_with_settings_is_remembered_by_its_name(loss):
    samples = [[0.0], [1.0]], [0.0, 1.0]
    history = fit(MLP([1, 1], rng=0), samples, loss=loss, epochs=1, rng=0, progress=False)
    assert history.settings["loss"] == "mse"


def test_evaluate_asks_for_a_loss_of_your_own():
    samples = [[0.0], [1.0]], [0.0, 1.0]
    model = MLP([1, 1], rng=0)
    fit(model, samples, loss=lambda out, y: losses.mse(out, y), epochs=1, rng=0, progress=False)
    with refusal(ValueError, "was trained with your own loss", "evaluate(model, data, loss)"):
        evaluate(model, samples)
    assert evaluate(model, samples, "mse").accuracy is None


def test_the_baseline_takes_names_in_its_validation_too():
    named = [[0.0], [1.0], [2.0], [3.0]], ["lo", "lo", "hi", "hi"]
    linear_baseline(named, named, validation=named, epochs=1, rng=0)
