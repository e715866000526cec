"""Losses whose targets are arguments of a compiled function.

They are as on scalars for good targets, and nan for those that scalars refuse.
"""

import math

import numpy as np
import pytest

from autograd import TracingError, Value, compile
from nn import losses, softmax

Z = [-30.0, -1.5, 0.0, 0.5, 2.0, 30.0]

TARGETS = {
    "mse": [-2.0, 0.0, 3.5],
    "mae": [-2.0, 0.0, 3.5],
    "huber": [-2.0, 0.0, 3.5],
    "hinge": [-1.0, 1.0],
    "bce": [0.0, 0.25, 1.0],
    "bce_with_logits": [0.0, 0.25, 1.0],
}
REFUSED = {
    "hinge": [0.0, 2.0, math.inf, math.nan],
    "bce": [-0.1, 1.1, math.nan],
    "bce_with_logits": [-0.1, 1.1, 2.0, math.nan],
    "cross_entropy": [-1.0, 0.5, 3.0, math.inf, math.nan],
}


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


@pytest.mark.parametrize("name", TARGETS)
def test_losses_of_one_number_agree(name):
    loss = losses.LOSSES[name]
    program = compile(lambda z, y: loss(z, y), 0.0, 0.0)
    for y in TARGETS[name]:
        for z in map(sigmoid, Z) if name == "bce" else Z:
            given = Value(z)
            out = loss(given, y)
            out.backward()
            assert program([z], [y]).tolist() == pytest.approx([out.data], rel=1e-12)
            assert program.input_grads([z], [y])[0].tolist() == pytest.approx(
                [given.grad], rel=1e-12
            )


def test_rows_of_numbers_agree():
    program = compile(lambda z, y: losses.mse(z, y), [0.0, 0.0], [0.0, 0.0])
    rows, targets = [[1.0, 2.0], [0.0, -1.0]], [[0.5, 0.0], [1.0, 1.0]]
    assert program(rows, targets).tolist() == [
        losses.mse(list(map(Value, row)), y).data for row, y in zip(rows, targets)
    ]


@pytest.mark.parametrize("classes", [2, 3, 10])
def test_cross_entropy_agrees_for_every_class(classes):
    program = compile(lambda z, y: losses.cross_entropy(z, y), [0.0] * classes, 0.0)
    rows = np.random.default_rng(0).normal(scale=5, size=(20, classes))
    for y in range(classes):
        wanted = [losses.cross_entropy(list(map(Value, row)), y).data for row in rows.tolist()]
        assert program(rows, [y] * 20).tolist() == pytest.approx(wanted, rel=1e-12)
        slopes = np.array(list(map(softmax, rows.tolist())))
        slopes[:, y] -= 1
        assert program.input_grads(rows, [float(y)] * 20)[0] == pytest.approx(
            slopes, rel=1e-9, abs=1e-15
        )


@pytest.mark.parametrize("name", REFUSED)
def test_targets_that_scalars_refuse_give_nan(name):
    loss, z = losses.LOSSES[name], [0.5, 0.1, 0.2] if name == "cross_entropy" else 0.5
    program = compile(lambda z, y: loss(z, y), z, 0.0)
    good = {"hinge": 1.0}.get(name, 0.0)
    for y in REFUSED[name]:
        with pytest.raises(ValueError, match=name.partition("_")[0]):
            loss(z if name != "cross_entropy" else list(map(Value, z)), y)
        found = program([z, z], [y, good])
        assert math.isnan(found[0]) and math.isfinite(found[1])


def test_probabilities_outside_of_their_range_give_nan():
    program = compile(lambda p, y: losses.bce(p, y), 0.0, 0.0)
    assert np.isnan(program([-0.1, 1.5, 0.5], [1.0, 0.0, 1.0])).tolist() == [True, True, False]


def test_a_mean_weighted_over_the_batch_is_refused():
    with pytest.raises(TracingError, match="weighted over the batch"):
        compile(lambda z, y: losses.cross_entropy(z, y, weight=[1.0, 2.0]), [0.0, 0.0], 0.0)
    fixed = compile(
        lambda z: losses.cross_entropy(z, 1, weight=[1.0, 2.0], reduction="sum"), [0.0, 0.0]
    )
    assert fixed([[0.0, 0.0]]).tolist() == pytest.approx([2 * math.log(2)])


def test_logsumexp_of_any_length_is_exact():
    for n in range(1, 9):
        z = [0.1 * i for i in range(n)]
        assert losses.logsumexp(z) == pytest.approx(math.log(sum(map(math.exp, z))), rel=1e-15)
        values = list(map(Value, z))
        if n == 1:
            continue  # a sum of one is that one
        losses.logsumexp(values).backward()
        assert [v.grad for v in values] == pytest.approx(softmax(z), rel=1e-14)
