"""Weights, soft targets and what else a loss may be told: PyTorch's figures, slopes, compiled."""

import math
from functools import partial

import numpy as np
import pytest

from autograd import TracingError, Value, compile, gradcheck, softplus
from nn import MLP, evaluate, fit, losses
from nn.losses import LOSSES, cosine_embedding, cosine_similarity, cross_entropy, huber, kl_div, nll

from .reference import REFERENCE, near
from .refusals import refusal

WEIGHTED = REFERENCE["weighted losses"]
COSINES = [case for case in REFERENCE["cosines"] if "margin" in case]


def leaves(numbers):
    return [leaves(x) for x in numbers] if isinstance(numbers, list) else Value(numbers)


def flat(nested):
    if not isinstance(nested, list):
        return [nested]
    return [x for part in nested for x in flat(part)]


def name_of(case):
    return f"{case['loss']}-{case['reduction']}-{','.join(case['settings'])}"


# PyTorch.


@pytest.mark.parametrize("case", WEIGHTED, ids=name_of)
def test_values_and_gradients_are_pytorchs(case):
    outputs = leaves(case["outputs"])
    loss = LOSSES[case["loss"]]
    value = loss(outputs, case["targets"], case["reduction"], **case["settings"])
    assert near(value, case["value"])
    sum(i * part for i, part in enumerate(flat(value), start=1)).backward()
    assert near([x.grad for x in flat(outputs)], flat(case["gradients"]))


@pytest.mark.parametrize("case", COSINES, ids=lambda case: f"{case['reduction']}-{case['margin']}")
def test_cosine_embeddings_are_pytorchs(case):
    x1, x2 = leaves(case["x1"]), leaves(case["x2"])
    value = cosine_embedding(x1, x2, case["targets"], case["reduction"], margin=case["margin"])
    assert near(value, case["value"])
    sum(flat(value)).backward()
    assert near([x.grad for x in flat(x1)], flat(case["d1"]))
    assert near([x.grad for x in flat(x2)], flat(case["d2"]))


def test_cosine_similarities_are_pytorchs():
    case = REFERENCE["cosines"][-1]
    assert near(cosine_similarity(case["x1"], case["x2"]), case["similarity"])
    assert near(cosine_similarity(case["x1"][0], case["x2"][0]), case["similarity"][0])


# Slopes, to the second order.

Z = [0.5, -2.0, 1.5]
LOGS = losses.log_softmax(Z)


@pytest.mark.parametrize(
    ("loss", "outputs"),
    [
        (lambda z: cross_entropy(z, 1, label_smoothing=0.2, weight=[1, 2, 3]), Z),
        (lambda z: cross_entropy(z, [0.2, 0.0, 0.8], label_smoothing=0.1), Z),
        (lambda z: cross_entropy([z, z], [1, -100], ignore_index=-100), Z),
        (lambda z: nll(z, 2, weight=[1, 2, 3], reduction="sum"), LOGS),
        (lambda z: losses.poisson_nll(z, [0.0, 1.0, 4.0], full=True), Z),
        (lambda z: losses.poisson_nll(z, [0.0, 1.0, 4.0], log_input=False), [0.5, 2.0, 3.0]),
        (lambda z: kl_div(z, [0.2, 0.0, 0.8]), LOGS),
        (lambda z: kl_div(z, LOGS, log_target=True), [-1.0, -2.0, -3.0]),
        (lambda z: cosine_embedding(z, [1.0, 2.0, -1.0], 1), Z),
        (lambda z: cosine_embedding(z, [1.0, -2.0, -1.0], -1), Z),
        (lambda z: cosine_similarity(z, [1.0, 2.0, -1.0]), Z),
        (lambda z: losses.bce_with_logits(z, [0, 1, 0.3], pos_weight=3.0, weight=[1, 2, 0]), Z),
        (lambda z: huber(z, [0.0, 0.0, 1.0], delta=1.2, weight=[1, 2, 3]), Z),
    ],
)
def test_slopes_and_their_slopes_are_those_of_the_numbers(loss, outputs):
    assert gradcheck(lambda *z: loss(list(z)), outputs, order=2)


@pytest.mark.parametrize(
    ("error", "delta", "slope"),
    [(3.0, 1e17, 3.0), (1e-8, 1e10, 1e-8), (3.0, 1e308, 3.0), (-3.0, 0.5, -0.5), (2.0, 2.0, 2.0)],
)
def test_huber_has_its_slope_however_large_its_delta(error, delta, slope):
    z = Value(error)
    huber(z, 0.0, delta=delta).backward()
    assert z.grad == slope


@pytest.mark.parametrize(("p", "y", "slope"), [(1.0, 0, 2.0**53), (0.0, 1, -math.exp(99))])
def test_a_certain_error_can_be_learned_from(p, y, slope):
    z = Value(p)
    loss = losses.bce(z, y)
    loss.backward()
    assert loss.data == 100.0 and z.grad == pytest.approx(slope)


@pytest.mark.parametrize("z", [36.0, 37.0, 38.0, 40.0])
def test_bce_of_a_saturated_sigmoid_has_no_slope_that_explodes(z):
    logit = Value(z)
    losses.bce(logit.sigmoid(), 0).backward()
    assert 0 < logit.grad <= 1.2


# Compiled.


def agree(loss, outputs, targets):
    """The loss of one sample, compiled with its targets as arguments, and on scalars."""
    program = compile(loss, outputs[0], targets[0])
    found, slopes = program(outputs, targets), program.input_grads(outputs, targets)[0]
    for i, (row, y) in enumerate(zip(outputs, targets)):
        z = leaves(row)
        value = loss(z, y)
        value.backward()
        assert near(found[i], value.data)
        assert near(slopes[i].tolist(), [x.grad for x in z])


ROWS = [[0.5, -2.0, 1.5], [3.0, 0.0, -1.0], [1.0, 1.0, 1.0]]
LOG_ROWS = [losses.log_softmax(row) for row in ROWS]
SHARES = [[0.2, 0.3, 0.5], [0.0, 1.0, 0.0], [0.9, 0.1, 0.0]]


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        (partial(cross_entropy, label_smoothing=0.1), ROWS, [0.0, 1.0, 2.0]),
        (partial(cross_entropy, weight=[1, 2, 3], reduction="sum"), ROWS, [0.0, 1.0, 2.0]),
        (partial(cross_entropy, ignore_index=-1, reduction="sum"), ROWS, [0.0, -1.0, 2.0]),
        (cross_entropy, ROWS, SHARES),
        (partial(cross_entropy, label_smoothing=0.1, weight=[1, 2, 3]), ROWS, SHARES),
        (nll, LOG_ROWS, [0.0, 1.0, 2.0]),
        (partial(nll, weight=[1, 2, 3], reduction="sum"), LOG_ROWS, [0.0, 1.0, 2.0]),
        (kl_div, LOG_ROWS, SHARES),
        (partial(kl_div, reduction="batchmean"), LOG_ROWS, SHARES),
        (partial(kl_div, log_target=True), LOG_ROWS, LOG_ROWS),
        (losses.poisson_nll, ROWS, [[0.0, 1.0, 4.0]] * 3),
        (partial(losses.poisson_nll, full=True), ROWS, [[0.0, 1.0, 4.0]] * 3),
        (partial(losses.bce_with_logits, pos_weight=2.0), ROWS, SHARES),
        (partial(losses.mse, weight=[1, 2, 0]), ROWS, SHARES),
        (lambda z, y: cosine_embedding(z, [1.0, 2.0, -1.0], y), ROWS, [1.0, -1.0, -1.0]),
    ],
)
def test_compiled_losses_agree_with_scalars(loss, outputs, targets):
    agree(loss, outputs, targets)


def test_compiled_bce_has_slopes_at_its_ends():
    program = compile(lambda p, y: losses.bce(p, y), 0.5, 0.0)
    found, slopes = program([1.0, 0.0], [0.0, 1.0]), program.input_grads([1.0, 0.0], [0.0, 1.0])[0]
    assert found.tolist() == [100.0, 100.0]
    assert slopes.tolist() == pytest.approx([2.0**53, -math.exp(99)])


@pytest.mark.parametrize("target", [[0.5, 0.6, 0.2], [1.5, -0.5, 0.0], [math.nan, 0.5, 0.5]])
def test_a_soft_target_that_is_no_distribution_is_refused_or_nan(target):
    with refusal(ValueError, "cross_entropy takes rows of probabilities that sum to 1"):
        cross_entropy([leaves(Z)], [target])
    program = compile(cross_entropy, Z, [0.0, 0.0, 0.0])
    found = program([Z, Z], [target, [0.0, 1.0, 0.0]])
    assert math.isnan(found[0]) and math.isfinite(found[1])
    assert np.isnan(program.input_grads([Z, Z], [target, [0.0, 1.0, 0.0]])[0][0]).all()


@pytest.mark.parametrize("settings", [{"weight": [1, 2, 3]}, {"ignore_index": 0}])
@pytest.mark.parametrize("loss", [cross_entropy, nll])
def test_a_mean_over_the_weights_of_a_batch_is_not_compiled(loss, settings):
    with pytest.raises(TracingError, match="weighted over the batch"):
        compile(lambda z, y: loss(z, y, **settings), Z, 0.0)


# Settings.


def test_one_weight_for_each_sample_counts_for_all_its_outputs():
    rows, targets = [[1.0, 2.0], [3.0, 5.0]], [[0.0, 0.0], [0.0, 1.0]]
    each = losses.mse(rows, targets, weight=[[1, 1], [3, 3]])
    assert losses.mse(rows, targets, weight=[1, 3]) == each == (1 + 4 + 27 + 48) / 8
    assert losses.mse(rows, targets, weight=2.0) == losses.mse(rows, targets)


def test_soft_targets_of_one_class_are_its_index():
    for row in (leaves(ROWS[0]), leaves(ROWS[1])):
        wanted = cross_entropy(row, 2).data
        assert cross_entropy(row, [0.0, 0.0, 1.0]).data == wanted
        assert cross_entropy([row], [[0, 0, 1]]).data == wanted
        assert cross_entropy([row], np.eye(3)[[2]]).data == wanted


def test_soft_targets_may_be_values_and_get_gradients():
    t = leaves([0.25, 0.25, 0.5])
    cross_entropy(leaves(Z), t).backward()
    assert near([t_i.grad for t_i in t], [-x for x in LOGS])


def test_an_ignored_sample_has_no_slope_whatever_its_logits_are():
    rows = [leaves([math.inf, math.nan]), leaves([0.0, 1.0])]
    loss = cross_entropy(rows, [-1, 1], ignore_index=-1)
    loss.backward()
    assert loss.data == pytest.approx(math.log1p(math.exp(-1)))
    assert [x.grad for x in rows[0]] == [0.0, 0.0]


def test_what_is_impossible_costs_nothing_where_it_is_not_wanted():
    logs = [Value(-math.inf), Value(0.0)]
    loss = kl_div(logs, [0.0, 1.0], "sum")
    loss.backward()
    assert (loss.data, logs[0].grad, logs[1].grad) == (0.0, 0.0, -1.0)
    program = compile(lambda x, t: kl_div(x, t, "sum"), [0.0, 0.0], [0.0, 0.0])
    assert program([[-math.inf, 0.0]], [[0.0, 1.0]]).tolist() == [0.0]
    masked = compile(cross_entropy, [0.0, 0.0], [0.0, 0.0])
    assert masked([[-math.inf, 0.0]], [[0.0, 1.0]]).tolist() == [0.0]
    assert cross_entropy([-math.inf, 0.0], [0.0, 1.0]) == 0.0


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e200, 1e300])
def test_a_direction_has_no_size(scale):
    x, y = [3.0 * scale, 4.0 * scale], [4.0, 3.0]
    assert cosine_similarity(x, y, eps=1e-300) == pytest.approx(0.96)
    z = leaves(x)
    cosine_embedding(z, y, 1).backward()
    if scale >= 1:
        assert cosine_embedding(x, y, 1) == pytest.approx(0.04)
        assert all(math.isfinite(z_i.grad) for z_i in z)


def test_nothing_has_no_direction_and_no_slope_that_is_nan():
    z = leaves([0.0, 0.0])
    loss = cosine_similarity(z, [1.0, 2.0])
    loss.backward()
    assert loss.data == 0.0 and all(math.isfinite(z_i.grad) for z_i in z)
    cosine_embedding(z, [1.0, 2.0], 1).backward()
    assert all(math.isfinite(z_i.grad) for z_i in z)


def test_labels_from_1_are_told_to_begin_at_0():
    with refusal(ValueError, "0 to 2, got 3", "for labels from 1 write y - 1"):
        cross_entropy([Z], [3])


def test_without_settings_no_node_is_added():
    z = Value(2.0)
    assert losses.bce_with_logits(z, 1).op is softplus
    assert losses.mse(z, 1.0, weight=None).op.name == "pow"


@pytest.mark.parametrize("loss", ["cross_entropy", "kl_div"])
def test_a_network_learns_soft_targets_compiled_and_on_scalars(loss):
    X, y = [[-1.0], [1.0], [2.0]], [[1.0, 0.0], [0.25, 0.75], [0.0, 1.0]]
    runs = []
    for compiled in (True, False):
        model = MLP([1, 4, 2], "tanh", rng=0)
        settings = {"loss": loss, "epochs": 30, "rng": 0, "progress": False}
        runs.append(fit(model, (X, y), compiled=compiled, **settings))
        assert evaluate(model, (X, y), loss).loss == pytest.approx(runs[-1][-1].loss, abs=0.1)
    assert near(runs[0].column("loss"), runs[1].column("loss"), 1e-9)
    assert runs[0].column("accuracy") == runs[1].column("accuracy")
    assert runs[0][-1].accuracy == (1.0 if loss == "cross_entropy" else None)


# Errors.


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda: cross_entropy([], []), "cross_entropy needs at least one sample, got none"),
        (lambda: cross_entropy([[0.0, 1.0]], [[1]]), "got a row of 1: for a column of indices"),
        (lambda: cross_entropy([Z, Z], [1, [1, 0, 0]]), "either indices or rows of probabilities"),
        (lambda: cross_entropy([Z], [[1, 1, 0]]), "where several classes may be right"),
        (lambda: cross_entropy(Z, 5, label_smoothing=0.1), "takes the index of a class, 0 to 2"),
        (lambda: cross_entropy(Z, 1, label_smoothing=2), "(label_smoothing) must be from 0 to 1"),
        (lambda: cross_entropy(Z, 1, weight=[-1, 1, 1]), "(weight) must be at least 0 and finite"),
        (lambda: cross_entropy(Z, 1, ignore_index=0.5), "(ignore_index) must be a whole number"),
        (lambda: cross_entropy([Z], [SHARES[0]], ignore_index=1), "is for indices of classes"),
        (lambda: cross_entropy(Z, 1, weight=[1, 0, 1]), "but all of them are 0"),
        (lambda: nll([LOGS], [[1, 0, 0]]), "nll takes the index of a class for each sample, got ["),
        (lambda: losses.mse([1.0, 2.0], [0.0, 0.0], weight=[1]), "2 outputs, got 1 weight"),
        (lambda: losses.mse(1.0, 0.0, weight=-1), "mse(weight) must be at least 0 and finite"),
        (lambda: losses.poisson_nll(1.0, -1), "poisson_nll takes counts, 0 or more, as targets"),
        (lambda: kl_div([0.0], [2.0]), "kl_div takes targets from 0 to 1, got 2.0"),
        (lambda: cosine_similarity([1.0], [1.0, 2.0]), "of the same length, got 1 and 2 numbers"),
        (lambda: cosine_embedding(Z, Z, 0), "cosine_embedding takes targets -1 and +1, got 0"),
        (lambda: cosine_embedding([Z], [Z], [1, 1]), "for each pair of rows, got 1 pair and 2"),
    ],
)
def test_what_a_loss_cannot_take_is_refused_with_what_it_can(call, part):
    with refusal(ValueError, part):
        call()


@pytest.mark.parametrize("penalty", [losses.l1, losses.l2])
def test_a_penalty_of_a_model_is_told_where_its_parameters_are(penalty):
    with refusal(TypeError, f"{penalty.__name__}(model.parameters())", "got MLP([2, 3, 1]"):
        penalty(MLP([2, 3, 1], rng=0))
