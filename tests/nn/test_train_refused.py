"""What `fit` and the baseline refuse, before anything has moved."""

import math
import random

import pytest

from autograd import no_grad
from nn import (
    MLP,
    BatchNorm,
    EarlyStopping,
    Layer,
    Module,
    Sequential,
    data,
    evaluate,
    fit,
    linear_baseline,
    losses,
    optim,
)

from .fits import MOONS, quietly, tiny, untouched
from .refusals import refusal

OTHER = tiny()

REFUSED = [
    ({"epoch": 3}, TypeError, ["fit() got an unexpected keyword argument 'epoch'"]),
    (
        {"loss": "crossentropy"},
        ValueError,
        ["loss must be a function", "cross_entropy", "'crossentropy'"],
    ),
    ({"loss": None}, ValueError, ["loss must be a function", "None"]),
    (
        {"optimizer": "Adagrad"},
        ValueError,
        ["optimizer must be", "sgd, rmsprop, adam, adamw", "'Adagrad'"],
    ),
    ({"optimizer": optim.Adam}, ValueError, ["optimizer must be an Optimizer", "Adam"]),
    ({"optimizer": []}, ValueError, ["optimizer must be an Optimizer", "[]"]),
    (
        {"optimizer": optim.SGD(OTHER.parameters())},
        ValueError,
        ["SGD(17 parameters", "another model", "model.parameters()"],
    ),
    ({"lr": -0.1}, ValueError, ["Adam(lr)", "-0.1"]),
    ({"lr": math.nan}, ValueError, ["Adam(lr)", "nan"]),
    ({"lr": "0.1"}, TypeError, ["Adam(lr)", "'0.1'"]),
    ({"epochs": 0}, ValueError, ["fit(epochs)", "positive int", "0"]),
    ({"epochs": 2.0}, ValueError, ["fit(epochs)", "2.0"]),
    ({"batch_size": True}, ValueError, ["fit(batch_size)", "True"]),
    ({"validation": 0.0}, ValueError, ["between 0 and 1", "0.0"]),
    ({"validation": 1.5}, ValueError, ["between 0 and 1", "1.5"]),
    (
        {"validation": "some"},
        TypeError,
        ["fit(validation) must be data, or the fraction", "'some'"],
    ),
    ({"schedule": "cosinus"}, ValueError, ["schedule must be", "cosine", "'cosinus'"]),
    ({"l1": -1.0}, ValueError, ["fit(l1)", "-1.0"]),
    ({"l2": math.inf}, ValueError, ["fit(l2)", "inf"]),
    ({"l2": "0.1"}, TypeError, ["fit(l2)", "'0.1'"]),
    ({"clip_norm": 0.0}, ValueError, ["fit(clip_norm)", "positive", "0.0"]),
    ({"clip_value": -1}, ValueError, ["fit(clip_value)", "positive", "-1"]),
    ({"rng": "seed"}, TypeError, ["rng", "'seed'"]),
    ({"callbacks": EarlyStopping()}, TypeError, ["callbacks must be a list", "[EarlyStopping()]"]),
    ({"callbacks": ["early"]}, TypeError, ["callbacks must be a list", "'early'"]),
    ({"samples": ([[1.0, 2.0]], [0, 1])}, ValueError, ["same length", "1 row", "2 targets"]),
    ({"samples": ([[1.0, math.nan]], [0])}, ValueError, ["row 0", "finite"]),
    ({"samples": ([[1.0]], [0])}, ValueError, ["takes 2 inputs, got 1"]),
    ({"samples": (MOONS.X, [2] * 24)}, ValueError, ["the index of a class, 0 to 1", "2"]),
    ({"loss": lambda outputs, y: 1.0}, TypeError, ["the loss must be a Value", "1.0", "<lambda>"]),
    (
        {"loss": lambda outputs, y: losses.cross_entropy(outputs, y, "none")},
        TypeError,
        ["the loss must be a Value"],
    ),
]


@pytest.mark.parametrize(
    ("settings", "kind", "parts"), REFUSED, ids=["-".join([*r[0], *r[2]])[:60] for r in REFUSED]
)
def test_what_makes_no_sense_is_refused_and_nothing_moves(settings, kind, parts):
    model = tiny()
    with refusal(kind, *parts):
        quietly(model, **settings)
    assert model.state_dict() == tiny().state_dict() and model.layers[0].unit_hook is None


def test_a_learning_rate_beside_an_optimizer_is_refused():
    model = tiny()
    with refusal(ValueError, "fit got lr=0.1", "SGD(17 parameters", "set the learning rate there"):
        quietly(model, optimizer=optim.SGD(model.parameters()), lr=0.1)


@pytest.mark.parametrize(("n", "size"), [(21, 10), (1, 32), (8, 1)])
def test_a_batch_of_one_is_refused_before_batch_norm_meets_it(n, size):
    class Own(Module):
        def __init__(self):
            self.inner = [Sequential(BatchNorm(2), Layer(2, 2, rng=0))]

        def forward_batch(self, X):
            return self.inner[0](X)

    X, y = data.moons(24, rng=0)
    for model in (Sequential(Layer(2, 2, rng=0), BatchNorm(2)), Own()):
        before = model.state_dict()
        with refusal(
            ValueError,
            f"of {n} samples would be a batch by itself",
            "BatchNorm",
            f"a batch_size other than {size}",
        ):
            quietly(model, (X[:n], y[:n]), batch_size=size)
        assert model.state_dict() == before
    assert len(quietly(Own(), (X[:22], y[:22]), batch_size=10, epochs=1)) == 1


def test_training_inside_no_grad_is_refused():
    model = tiny()
    with no_grad(), refusal(ValueError, "a constant: nothing was recorded", "no_grad()"):
        quietly(model)
    assert model.state_dict() == tiny().state_dict() and untouched(model)


# The baseline.


def test_the_baseline_is_a_linear_classifier_trained_by_fit():
    train, test = data.blobs(60, rng=0), data.blobs(30, rng=1)
    rng = random.Random(4)
    model = MLP([2, 3], rng=rng)
    fit(model, train, rng=rng, lr=0.1, epochs=4, schedule="cosine", progress=False)
    assert linear_baseline(train, test, rng=4, lr=0.1, epochs=4) == evaluate(model, test)


@pytest.mark.parametrize("y", [[0.5, 1.5], [0, 0], [-1, 1]])
def test_the_baseline_needs_classes(y):
    with refusal(ValueError, "linear_baseline takes at least two classes"):
        linear_baseline(([[0.0], [1.0]], y), ([[0.0], [1.0]], [0, 1]))


def test_validation_data_of_another_width_are_refused_before_the_first_step():
    model = MLP([2, 2], rng=0)
    before = model.state_dict()
    with pytest.raises(
        ValueError,
        match=r"fit\(validation\) has rows of 4 numbers, but the training data rows of 2",
    ):
        fit(model, data.moons(8, rng=0), validation=tuple(data.penguins()), progress=False)
    assert model.state_dict() == before
