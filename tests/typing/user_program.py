"""A typed program of a user: what every expression in it is, to mypy --strict and to pyright.

`test_typing.py` runs both over this file, and then the program itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

import autograd
import glassgrad as gg
import nn
from autograd import Explanation, Value, add_op, explain, tanh, where
from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Epoch,
    Evaluation,
    Finding,
    History,
    Layer,
    Module,
    Neuron,
    Sequential,
    Step,
    data,
    losses,
    optim,
    schedules,
)
from nn.layers import ActivationName
from nn.networks import Output
from viz import Drawing, Picture, draw_dot, draw_network

if TYPE_CHECKING:
    from typing_extensions import assert_type
else:

    def assert_type(value, kind):
        """Checkers know typing_extensions even where it is not installed; Python does not."""
        return value


def _soft_sign(x: float) -> float:
    return x / (1 + abs(x))


def _slope(x: Value | float, out: Value | float) -> tuple[Value | float]:
    return (autograd.pow(1 + autograd.abs(x), -2),)


soft_sign = add_op("soft_sign", _soft_sign, _slope)


class Residual(Module):
    """A module of a user: a list for a list."""

    def __init__(self, width: int) -> None:
        self.layer = Layer(width, width, "tanh", rng=0)

    def forward(self, x: Sequence[Value | float]) -> list[Value]:
        return [a + x_i for a, x_i in zip(self.layer(x), x)]


class Score(Module):
    """And one that gives a single Value."""

    def __init__(self) -> None:
        self.residual = Residual(2)
        self.weight = Value(0.5)

    def forward(self, x: list[float]) -> Value:
        return self.weight * nn.logsumexp(self.residual(x))


def values() -> None:
    x, half = Value(2.0, "x"), 0.5

    assert_type(x + 1, Value)
    assert_type(2 * x - x / 3, Value)
    assert_type(1 / x, Value)
    assert_type(x**2 + 2**x, Value)
    assert_type(-abs(x), Value)
    assert_type(x < 1, bool)
    assert_type(x <= 1, bool)
    assert_type(sum([x, x], Value(0.0)), Value)
    assert_type(x.tanh(), Value)
    assert_type(x.exp().log(), Value)
    assert_type(x.arctan2(1), Value)
    assert_type(x.relu().sigmoid(), Value)
    assert_type(float(x), float)
    assert_type(x.data + x.grad, float)

    assert_type(tanh(x), Value)
    assert_type(tanh(half), float)
    assert_type(autograd.exp(1), float)
    assert_type(gg.tanh(x), Value)
    assert_type(gg.abs(half), float)
    assert_type(autograd.pow(x, 2), Value)
    assert_type(autograd.maximum(half, x), Value)
    assert_type(autograd.leaky_relu(x, 0.2), Value)
    assert_type(where(x > 1, x, 0.0), Value)
    assert_type(where(half, 1, 2.0), float)
    assert_type(soft_sign(x), Value)
    assert_type(soft_sign(half), float)

    root = (x * x).tanh()
    assert_type(root.backward(), None)
    assert_type(explain(root, x), Explanation)
    assert_type(autograd.compile(soft_sign, half), autograd.Program)


def models() -> None:
    x, X = [0.5, -1.0], [[0.5, -1.0], [1.0, 2.0]]

    neuron, layer = Neuron(2, "tanh", rng=0), Layer(2, 3, rng=0)
    assert_type(neuron(x), Value)
    assert_type(neuron(X), list[Value])
    assert_type(layer(x), list[Value])
    assert_type(layer(X), list[list[Value]])
    assert_type(layer((Value(1.0), 2)), list[Value])
    assert_type(Residual(2)(x), list[Value])
    assert_type(Residual(2)(X), list[list[Value]])
    assert_type(Score()(x), Value)
    assert_type(Score()(X), list[Value])

    # How many outputs a network has is known when it runs: its Output is a Value, and a list.
    scorer, classifier = MLP(2, [4, 1], "tanh", rng=0), MLP([2, 4, 3], soft_sign, rng=0)
    assert_type(scorer(x), Output)
    assert_type(scorer(X), list[Output])
    assert_type(scorer(x).backward(), None)
    assert_type((scorer(x) - 1) ** 2, Value)
    assert_type([out.data for out in scorer(X)], list[float])
    assert_type(classifier(x)[0], Value)
    assert_type(classifier.forward(x), list[Value])
    assert_type(nn.softmax(classifier(x)), list[Value])
    assert_type(nn.softmax([0.0, 1.0]), list[float])
    assert_type(nn.logsumexp(classifier(x)), Value)
    assert_type(classifier.parameters(), list[Value])
    assert_type(classifier.layers[0].neurons[0].w, list[Value])

    stack = Sequential(Layer(2, 4, "identity"), BatchNorm(4), Activation(soft_sign), Dropout(0.1))
    assert_type(stack.eval(), Sequential)
    assert_type(stack(X), list[Output])
    assert_type(BatchNorm(2)(X), list[list[Value]])


def errors() -> None:
    model, X, y = MLP([2, 3], rng=0), [[0.5, -1.0], [1.0, 2.0]], [2, 0]

    assert_type(losses.cross_entropy(model(X), y), Value)
    assert_type(losses.cross_entropy(model(X), np.array(y), weight=[1, 2, 3]), Value)
    assert_type(losses.cross_entropy(model(X[0]), 2), Value)
    assert_type(losses.cross_entropy(model(X), y, "none"), list[Value])
    assert_type(losses.cross_entropy(model(X[0]), 2, "none"), Value)
    assert_type(losses.mse(Neuron(2)(X), y), Value)
    assert_type(losses.mse(Value(1.0), 0, "sum"), Value)
    assert_type(losses.mse(Layer(2, 2)(X), X), Value)
    assert_type(losses.mae(Neuron(2)(X), y, "none"), list[Value])
    assert_type(losses.huber(Layer(2, 2)(X), X, "none", delta=2), list[list[Value]])
    assert_type(losses.bce_with_logits(MLP([2, 1], rng=0)(X), [0, 1]), Value)
    assert_type(losses.l2(model.parameters()), Value)


def training() -> None:
    samples, model = data.moons(12, rng=0), MLP([2, 4, 2], activation="tanh", rng=0)
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    history = nn.fit(
        model,
        samples,
        loss="cross_entropy",
        optimizer=optimizer,
        epochs=2,
        schedule=schedules.cosine(2),
        validation=0.25,
        rng=0,
        callbacks=[EarlyStopping()],
        progress=False,
    )
    assert_type(history, History)
    assert_type(history[-1], Epoch)
    assert_type(history[-1].loss, float)
    assert_type(history[-1].accuracy, "float | None")
    assert_type(nn.diagnose(model, history), list[Finding])
    assert_type(nn.evaluate(model, samples, "cross_entropy"), Evaluation)
    for step in nn.steps(model, samples, optimizer="adamw", lr=0.01, epochs=1, rng=0):
        assert_type(step, Step)
        assert_type(step.grad_norms, dict[str, float])
    baseline = nn.linear_baseline(samples, samples, schedule="linear", epochs=1, progress=False)
    assert_type(baseline.loss, float)

    names: tuple[ActivationName, ...] = ("relu", "leaky_relu", "sin")
    for name in names:
        assert_type(MLP([2, 2, 1], name, init="he_normal"), MLP)


def drawings() -> None:
    model = MLP([2, 2, 1], rng=0)
    drawing = draw_dot(model([1.0, 2.0]), rankdir="TB", theme="auto")
    assert_type(drawing, Drawing)
    assert_type(draw_network(model, [1.0, 2.0], lambda out: out * out, theme="dark"), Picture)


def main() -> None:
    for part in (values, models, errors, training, drawings):
        part()


if __name__ == "__main__":
    main()
