"""`fit` on arrays is the training of `fit` on scalars: history, weights, optimizer, errors."""

from functools import partial

import pytest

from autograd import TracingError, Value, cos
from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Layer,
    Module,
    Sequential,
    data,
    losses,
    optim,
)

from .pairs import LINE, MOONS, OPTIMIZERS, SIGNED, assert_same, train
from .refusals import refusal


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_goes_the_same_way_for_a_hundred_steps(name):
    assert_same(optimizer=OPTIMIZERS[name], epochs=25)


LOSSES = {
    "cross_entropy": (MOONS, lambda: MLP([2, 5, 2], rng=0)),
    "bce_with_logits": (MOONS, lambda: MLP([2, 5, 1], rng=0)),
    "bce": (MOONS, lambda: MLP([2, 5, 1], output="sigmoid", rng=0)),
    "hinge": (SIGNED, lambda: MLP([2, 5, 1], rng=0)),
    "mse": (LINE, lambda: MLP([1, 5, 1], "tanh", rng=0)),
    "mae": (LINE, lambda: MLP([1, 5, 1], "tanh", rng=0)),
    "huber": (LINE, lambda: MLP([1, 5, 1], "tanh", rng=0)),
}


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_minimised_the_same(name):
    samples, make = LOSSES[name]
    assert_same(make, samples, loss=name)


def test_partial_losses_and_rows_of_targets_too():
    assert_same(*reversed(LOSSES["huber"]), loss=partial(losses.huber, delta=0.1))
    rows = ([[float(i), -float(i)] for i in range(12)], [[i / 12, 0.5, -i / 6] for i in range(12)])
    assert_same(lambda: MLP([2, 4, 3], "tanh", rng=0), rows, loss="mse", batch_size=5)
    softer = (MOONS.X, [0.1 + 0.8 * y for y in MOONS.y])
    assert_same(LOSSES["bce"][1], softer, loss="bce")


def test_a_smooth_step_of_ones_own():
    def bent(z):
        return z * 0.5 + cos(z)

    for activation in (
        "tanh",
        "sigmoid",
        "relu",
        "leaky_relu",
        "elu",
        "gelu",
        "silu",
        "softplus",
        "sin",
        bent,
    ):
        assert_same(lambda a=activation: MLP([2, 4, 3, 2], activation=a, rng=0), epochs=4)


@pytest.mark.parametrize(
    "settings",
    [
        {"validation": 0.3},
        {"validation": data.moons(20, rng=1)},
        {"schedule": "cosine"},
        {"l1": 0.01, "l2": 0.02},
        {"clip_norm": 0.05},
        {"clip_value": 0.01},
        {
            "clip_norm": 0.5,
            "clip_value": 0.01,
            "l2": 0.01,
            "optimizer": lambda m: optim.SGD(m.layers[0].parameters(), 0.1),
        },
        {"batch_size": 50},
        {"batch_size": 1, "epochs": 2},
        {"callbacks": [lambda: EarlyStopping(patience=2, min_delta=0.02)], "validation": 0.3},
    ],
    ids=lambda settings: " ".join(settings),
)
def test_every_setting_means_the_same(settings):
    assert_same(**settings)


class Own(Module):
    """A layer used twice, a skip, a leaf that is no parameter, a module without weights."""

    def __init__(self):
        self.inner = Layer(3, 3, "tanh", rng=0)
        self.first, self.last = Layer(2, 3, "identity", rng=1), Layer(3, 2, "identity", rng=2)
        self.squash = Activation("sigmoid")

    def forward(self, x):
        h = self.inner(self.inner(self.first(x)))
        return [out + 0.1 * OUTSIDE * h[0] + self.squash(h)[1] for out in self.last(h)]


OUTSIDE = Value(0.7)


def test_modules_of_ones_own_layers_used_twice_and_leaves_from_outside():
    assert_same(Own)


def test_normalised_and_dropped_layers_are_computed_with_scalars_and_the_history_says_so():
    def normalised():
        return Sequential(
            Layer(2, 4, "identity", rng=0),
            BatchNorm(4),
            Activation("relu"),
            Layer(4, 2, "identity", rng=1),
        )

    def dropped():
        return Sequential(Layer(2, 4, rng=0), Dropout(0.5, rng=0), Layer(4, 2, "identity", rng=1))

    for make, why in (
        (normalised, "layers.1, BatchNorm(4"),
        (dropped, "layers.1, Dropout(0.5), cannot be compiled in training"),
    ):
        (model, history, _), (other, wanted, _) = (
            train(make, MOONS, way, epochs=3) for way in ("auto", False)
        )
        assert history.engine.kind == "scalars" and why in history.engine.reason
        assert model.state_dict() == other.state_dict() and history == wanted
        with refusal(TracingError, why):
            train(make, MOONS, True)
    assert_same(
        lambda: Sequential(Layer(2, 4, rng=0), Dropout(0.0), Layer(4, 2, "identity", rng=1)),
        epochs=3,
    )


class Batched(MLP):
    def forward_batch(self, X):
        return super().forward_batch(X)


class Called(MLP):
    def __call__(self, X):
        return super().__call__(X)


def watched():
    model = MLP([2, 3, 2], rng=0)
    model.layers[0].unit_hook = lambda z, a: None
    return model


@pytest.mark.parametrize(
    ("make", "settings", "why"),
    [
        (
            lambda: MLP([2, 3, 2], rng=0),
            {"loss": lambda out, y: losses.cross_entropy(out, y)},
            "the loss <lambda> may not be a mean",
        ),
        (
            lambda: MLP([2, 3, 2], rng=0),
            {"loss": partial(losses.cross_entropy, weight=[1.0, 2.0])},
            "may not be a mean over samples",
        ),
        (lambda: Batched([2, 3, 2], rng=0), {}, "has a forward_batch or a __call__ of its own"),
        (lambda: Called([2, 3, 2], rng=0), {}, "has a forward_batch or a __call__ of its own"),
        (watched, {}, "a unit_hook of your own"),
        (
            lambda: MLP([2, 3, 2], lambda z: z if z > 0 else 0.1 * z, rng=0),
            {},
            "may not look at its numbers",
        ),
    ],
)
def test_what_could_be_another_training_on_arrays_is_computed_with_scalars(make, settings, why):
    (model, history, _), (other, wanted, _) = (
        train(make, MOONS, way, epochs=2, **settings) for way in ("auto", False)
    )
    assert (
        why in history.engine.reason
        and model.state_dict() == other.state_dict()
        and history == wanted
    )
    with refusal(TracingError, why):
        train(make, MOONS, True, **settings)
