"""Rosenblatt's machine: what it learns, in how many epochs, and that it cannot learn XOR."""

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import Perceptron, data
from nn.perceptron import PerceptronEpoch, PerceptronHistory

from .refusals import refusal

SQUARE = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
FUNCTIONS = list(itertools.product([0, 1], repeat=4))
XOR, XNOR = (0, 1, 1, 0), (1, 0, 0, 1)


def by_hand(X, y, epochs, lr=1.0):
    """The rule in plain numbers: the mistakes and the weights of each epoch."""
    w, b = [0.0] * len(X[0]), 0.0
    for _ in range(epochs):
        mistakes = 0
        for x, target in zip(X, y):
            error = target - (sum(w_i * x_i for w_i, x_i in zip(w, x)) + b > 0)
            mistakes += error != 0
            w, b = [w_i + lr * error * x_i for w_i, x_i in zip(w, x)], b + lr * error
        yield mistakes, tuple(w), b


@pytest.mark.parametrize(
    ("y", "epochs", "w", "b"),
    [
        ((0, 0, 0, 1), 6, [2.0, 1.0], -2.0),
        ((0, 1, 1, 1), 4, [1.0, 1.0], 0.0),
        ((1, 1, 1, 0), 6, [-2.0, -1.0], 3.0),
    ],
    ids=["AND", "OR", "NAND"],
)
def test_and_or_and_nand_are_learned_in_known_numbers_of_epochs(y, epochs, w, b):
    machine = Perceptron(2)
    history = machine.learn((SQUARE, y))
    assert history.converged and history.cycle is None and len(history.epochs) == epochs
    assert ([w_i.data for w_i in machine.w], machine.b.data) == (w, b)
    assert str(history).splitlines()[-1] == f"converged in {epochs} epochs"


def test_xor_is_never_learned_and_the_weights_prove_it():
    history = Perceptron(2).learn(data.xor())
    assert not history.converged and history.cycle == (2, 3) and len(history.epochs) == 3
    assert (history.epochs[1].w, history.epochs[1].b) == (history.epochs[2].w, history.epochs[2].b)
    assert (
        str(history).splitlines()[-1]
        == "the weights after epoch 3 are those after epoch 2: it never converges"
    )
    endless = list(by_hand(*data.xor(), epochs=50))
    assert all(step == endless[2] for step in endless[2:])  # indeed


@pytest.mark.parametrize("y", FUNCTIONS, ids=str)
def test_of_the_sixteen_functions_of_two_inputs_all_but_two_are_learned(y):
    machine = Perceptron(2)
    history = machine.learn((SQUARE, y))
    assert history.converged == (y not in (XOR, XNOR)) == (history.cycle is None)
    assert ([int(machine(x).data) for x in SQUARE] == list(y)) == history.converged


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(-3, 3), st.integers(0, 1)), min_size=1, max_size=8
    ),
    st.integers(1, 12),
)
def test_the_record_is_that_of_the_rule_in_plain_numbers(samples, epochs):
    X, y = [[float(a), float(b)] for a, b, _ in samples], [target for *_, target in samples]
    machine = Perceptron(2)
    history = machine.learn((X, y), epochs=epochs)
    expected = list(by_hand(X, y, epochs))
    assert [(e.mistakes, e.w, e.b) for e in history.epochs] == expected[: len(history.epochs)]
    assert [e.epoch for e in history.epochs] == list(range(1, len(history.epochs) + 1))
    assert history.converged == (history.epochs[-1].mistakes == 0) and 0 not in [
        e.mistakes for e in history.epochs[:-1]
    ]
    assert tuple(p.data for p in machine.parameters()) == (
        *history.epochs[-1].w,
        history.epochs[-1].b,
    )
    weights = [(0.0, 0.0, 0.0), *[(*e.w, e.b) for e in history.epochs]]
    if history.cycle:
        i, j = history.cycle
        assert (
            j == len(history.epochs)
            and weights[i] == weights[j]
            and len(set(weights)) == len(weights) - 1
        )
    elif not history.converged:
        assert len(history.epochs) == epochs and len(set(weights)) == len(weights)


@pytest.mark.parametrize("seed", range(5))
def test_separable_points_are_always_learned_within_novikoffs_bound(seed):
    rng = random.Random(seed)
    X = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(40)]
    X = [x for x in X if abs(x[0] - 0.5 * x[1] + 0.1) > 0.1]
    y = [int(x[0] - 0.5 * x[1] + 0.1 > 0) for x in X]
    history = Perceptron(2).learn((X, y), epochs=1000)
    assert history.converged
    size = math.hypot(1, -0.5, 0.1)
    margin = min(abs(x[0] - 0.5 * x[1] + 0.1) for x in X) / size
    assert (
        sum(e.mistakes for e in history.epochs)
        <= max(1 + x[0] ** 2 + x[1] ** 2 for x in X) / margin**2
    )


def test_the_learning_rate_only_scales_the_weights():
    one, half = Perceptron(2), Perceptron(2)
    y = (0, 0, 0, 1)
    assert len(one.learn((SQUARE, y)).epochs) == len(half.learn((SQUARE, y), lr=0.5).epochs)
    assert [p.data for p in one.parameters()] == [2 * p.data for p in half.parameters()]


def test_learning_goes_on_from_where_it_was():
    machine, other = Perceptron(2), Perceptron(2)
    y = (0, 0, 0, 1)
    first = machine.learn((SQUARE, y), epochs=2)
    assert not first.converged and first.cycle is None and str(first).count("\n") == 1
    machine.learn((SQUARE, y))
    other.learn((SQUARE, y))
    assert machine.state_dict() == other.state_dict()
    again = machine.learn((SQUARE, y))
    assert [e.mistakes for e in again.epochs] == [0] and again.converged


def test_it_takes_arrays_and_keeps_its_mode():
    machine = Perceptron(2)
    assert machine.learn((np.array(SQUARE), np.array([0, 0, 0, 1]))) == Perceptron(2).learn(
        (SQUARE, [0.0, 0.0, 0.0, 1.0])
    )
    assert machine.training and not machine([1.0, 1.0]).backward() and machine.w[0].grad == 0.0


def test_a_history_reads_as_text():
    history = PerceptronHistory(
        (PerceptronEpoch(1, 1, (1.0, -2.0), 0.5), PerceptronEpoch(2, 0, (1.0, -2.0), 0.5)),
        True,
        None,
    )
    assert str(history) == (
        "epoch 1: 1 mistake, w = [1.0, -2.0], b = 0.5\n"
        "epoch 2: 0 mistakes, w = [1.0, -2.0], b = 0.5\n"
        "converged in 2 epochs"
    )
    assert repr(Perceptron(3)) == "Perceptron(3)"


@pytest.mark.parametrize(
    ("samples", "settings", "kind", "parts"),
    [
        ((SQUARE, [-1, 1, 1, -1]), {}, ValueError, ["targets 0 and 1", "-1", "(y + 1) / 2"]),
        ((SQUARE, [0.5, 0, 0, 1]), {}, ValueError, ["targets 0 and 1", "0.5"]),
        (([[1.0]], [0]), {}, ValueError, ["Perceptron(2) takes 2 inputs, got 1"]),
        ((SQUARE, [0, 0, 0, 1]), {"epochs": 0}, ValueError, ["learn(epochs)", "0"]),
        ((SQUARE, [0, 0, 0, 1]), {"lr": "1"}, TypeError, ["learn(lr)", "'1'"]),
    ],
)
def test_what_it_cannot_learn_from_is_refused(samples, settings, kind, parts):
    machine = Perceptron(2)
    with refusal(kind, *parts):
        machine.learn(samples, **settings)
    assert [p.data for p in machine.parameters()] == [0.0, 0.0, 0.0]
