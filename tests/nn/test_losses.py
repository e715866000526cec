"""Losses agree with PyTorch, with numbers, and with themselves at the ends of the floats."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value, gradcheck, hessian
from nn import losses
from nn.losses import LOSSES, cross_entropy, log_softmax, logsumexp, loss_named, softmax

from .reference import REFERENCE, near
from .refusals import refusal

ELEMENTWISE = sorted({*LOSSES} - {"cross_entropy", "nll"})
NUMBERS = st.floats(-20, 20)
TWO_LOGITS = (
    "It takes at least two: give the last layer a neuron for each class, or use bce_with_logits"
)
MOST = 1.7976931348623157e308


def leaves(numbers):
    return [leaves(x) for x in numbers] if isinstance(numbers, list) else Value(numbers)


def flat(nested):
    return [x for part in nested for x in flat(part)] if isinstance(nested, list) else [nested]


def gradients(nested):
    return [x.grad for x in flat(nested)]


def finite(z):
    return math.isfinite(z.data) and math.isfinite(z.grad)


# PyTorch.


@pytest.mark.parametrize(
    "case", REFERENCE["losses"], ids=lambda case: f"{case['loss']}-{case['reduction']}"
)
def test_values_and_gradients_are_pytorchs(case):
    outputs = leaves(case["outputs"])
    value = LOSSES[case["loss"]](outputs, case["targets"], case["reduction"], **case["settings"])
    assert near(value, case["value"])
    sum(i * loss for i, loss in enumerate(flat(value), start=1)).backward()
    assert near(gradients(outputs), flat(case["gradients"]))


@pytest.mark.parametrize("case", REFERENCE["softmaxes"], ids=lambda case: str(case["logits"]))
def test_softmax_and_its_logarithm_are_pytorchs(case):
    z = case["logits"]
    assert near(softmax(z), case["softmax"])
    assert near(log_softmax(z), case["log_softmax"])
    assert near(logsumexp(z), case["logsumexp"])


# Derivatives.


@pytest.mark.parametrize(
    ("loss", "outputs", "targets"),
    [
        ("mse", [0.5, -2.0, 3.0], [1.0, 1.0, -1.0]),
        ("mae", [0.5, -2.0, 3.0], [1.0, 1.0, -1.0]),
        ("huber", [0.5, -2.0, 3.0], [1.0, 1.0, -1.0]),
        ("hinge", [0.5, -2.0, 3.0], [1, -1, -1]),
        ("bce", [0.25, 0.75, 0.5], [0, 1, 0.3]),
        ("bce_with_logits", [0.5, -2.0, 30.0], [0, 1, 0.3]),
        ("cross_entropy", [0.5, -2.0, 3.0], 1),
    ],
)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_slopes_and_their_slopes_are_those_of_the_numbers(loss, outputs, targets, reduction):
    assert gradcheck(lambda *z: LOSSES[loss](list(z), targets, reduction), outputs)


@given(st.lists(NUMBERS, min_size=2, max_size=5), st.data())
def test_the_slope_of_cross_entropy_is_softmax_less_onehot(numbers, data):
    y, z = data.draw(st.integers(0, len(numbers) - 1)), leaves(numbers)
    cross_entropy(z, y).backward()
    assert near(gradients(z), [p - (i == y) for i, p in enumerate(softmax(numbers))])


@given(NUMBERS, st.sampled_from([0.0, 1.0, 0.25]))
def test_the_slope_of_bce_with_logits_is_sigmoid_less_target(number, y):
    z = Value(number)
    losses.bce_with_logits(z, y).backward()
    assert near(z.grad, 1 / (1 + math.exp(-number)) - y)


def test_the_hessian_of_cross_entropy_is_that_of_its_softmax():
    z = [0.3, -1.0, 2.0]
    p = softmax(z)
    wanted = (np.diag(p) - np.outer(p, p)).tolist()
    assert near(hessian(lambda *z: cross_entropy(list(z), 2))(*z), wanted)


@pytest.mark.parametrize(
    ("loss", "output", "target"),
    [("mae", 2.0, 2.0), ("huber", 2.0, 2.0), ("mse", 2.0, 2.0), ("hinge", -1.0, -1)],
)
def test_at_its_kink_a_loss_is_0_and_flat(loss, output, target):
    z = Value(output)
    value = LOSSES[loss](z, target)
    value.backward()
    assert (value.data, z.grad) == (0.0, 0.0)


def test_targets_that_are_values_get_gradients_too():
    y = Value(0.25)
    losses.bce_with_logits(Value(2.0), y).backward()
    assert y.grad == pytest.approx(-2.0)


@given(st.floats(-10, 10), st.floats(0.01, 5))
def test_huber_is_half_a_square_near_and_a_line_far_away(error, delta):
    wanted = error * error / 2 if abs(error) <= delta else delta * (abs(error) - delta / 2)
    assert near(losses.huber(Value(error), 0.0, delta=delta), wanted)


# The ends of the floats.


@given(st.floats(-1e150, 1e150), st.floats(-1e150, 1e150), st.sampled_from(["mse", "mae", "huber"]))
def test_losses_of_a_distance_are_finite_wherever_its_square_is(output, target, loss):
    z = Value(output)
    LOSSES[loss](z, target).backward()
    assert finite(z)


@given(st.floats(-MOST, MOST), st.sampled_from([-1, 1]))
def test_hinge_is_finite_for_every_float(output, target):
    z = Value(output)
    losses.hinge(z, target).backward()
    assert finite(z)


@given(
    st.sampled_from([0.0, 5e-324, 1e-300, 1e-44, 0.5, 1 - 2**-53, 1.0]) | st.floats(0, 1),
    st.sampled_from([0.0, 1.0]) | st.floats(0, 1),
)
def test_bce_is_finite_and_at_most_100_for_every_probability(p, y):
    z = Value(p)
    loss = losses.bce(z, y)
    loss.backward()
    assert finite(z) and 0 <= loss.data <= 100 * (1 + 1e-15)


@pytest.mark.parametrize(("p", "y"), [(0.0, 1), (1.0, 0)])
def test_bce_of_a_certain_error_is_100_as_in_pytorch(p, y):
    assert losses.bce(Value(p), y).data == 100.0


@pytest.mark.parametrize("p", [1e-9, 1e-17, 1e-300])
def test_bce_is_exact_for_small_probabilities(p):
    assert losses.bce(Value(p), 0).data == pytest.approx(p, rel=1e-8, abs=0)


@given(st.floats(-MOST, MOST), st.sampled_from([0.0, 1.0]) | st.floats(0, 1))
def test_bce_with_logits_is_finite_for_every_float(output, target):
    z = Value(output)
    loss = losses.bce_with_logits(z, target)
    loss.backward()
    assert finite(z) and math.isfinite(loss.data) and loss.data >= 0 and -1 <= z.grad <= 1


@given(st.lists(st.floats(-MOST / 2, MOST / 2), min_size=2, max_size=5), st.data())
def test_cross_entropy_is_finite_wherever_differences_are(numbers, data):
    z = leaves(numbers)
    loss = cross_entropy(z, data.draw(st.integers(0, len(z) - 1)))
    loss.backward()
    assert math.isfinite(loss.data) and all(map(finite, z)) and abs(sum(gradients(z))) < 1e-12


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=6))
def test_a_softmax_sums_to_1_in_the_order_of_its_logits(z):
    p = softmax(z)
    assert math.fsum(p) == pytest.approx(1, abs=1e-15 * max(1, *map(abs, z), len(z)) * 4)
    ordered = [p_i for _, p_i in sorted(zip(z, p))]
    assert ordered == sorted(ordered)
    assert p == pytest.approx(list(map(math.exp, log_softmax(z))))


@given(st.lists(st.floats(-700, 700), min_size=1, max_size=6))
def test_logsumexp_is_the_log_of_a_sum_of_exps(z):
    most = max(z)
    assert logsumexp(z) == pytest.approx(
        most + math.log(math.fsum(math.exp(z_i - most) for z_i in z)), rel=1e-14, abs=1e-14
    )


def test_plain_numbers_overflow_to_infinity_as_values_do():
    assert losses.mse([1e200], [0.0]) == losses.mse([Value(1e200)], [0.0]).data == math.inf


# Shapes and reductions.


@given(
    st.lists(st.lists(NUMBERS, min_size=2, max_size=2), min_size=1, max_size=4),
    st.sampled_from(["mse", "mae", "huber"]),
)
def test_mean_sum_and_none_are_of_all_numbers(rows, loss):
    f, targets = LOSSES[loss], [[0.5, -0.5]] * len(rows)
    every = f(leaves(rows), targets, "none")
    numbers = [x.data for x in flat(every)]
    assert [len(row) for row in every] == [2] * len(rows)
    assert near(f(leaves(rows), targets, "sum"), math.fsum(numbers))
    assert near(f(leaves(rows), targets), math.fsum(numbers) / len(numbers))


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        np.array,
        lambda x: np.array(x, dtype=np.float32),
        lambda x: [np.array(x_i) for x_i in x],
    ],
)
def test_outputs_and_targets_come_in_any_row(kind):
    assert losses.mse(kind([1.0, 3.0]), kind([0.0, 1.0])) == 2.5
    assert losses.mse([Value(1.0), Value(3.0)], kind([0.0, 1.0])).data == 2.5
    assert cross_entropy(
        [leaves([2.0, 0.0]), leaves([0.0, 2.0])], kind([0, 1])
    ).data == pytest.approx(math.log1p(math.exp(-2)))


@pytest.mark.parametrize("index", [1, 1.0, True, np.int64(1), np.array(1)])
def test_the_index_of_a_class_may_be_any_kind_of_one(index):
    assert (
        cross_entropy(leaves([0.0, 2.0]), index).data
        == cross_entropy([leaves([0.0, 2.0])], [index]).data
    )


def test_an_iterator_of_logits_is_read_once():
    assert softmax(iter([1.0, 2.0])) == softmax([1.0, 2.0])
    assert log_softmax(iter([1.0, 2.0])) == log_softmax([1.0, 2.0])


def test_one_sample_adds_no_node_for_its_mean():
    z = Value(2.0)
    assert losses.mse(z, 1.0).op.name == "pow"
    assert losses.bce_with_logits([z], [0]).op.name == "softplus"


def test_a_weight_of_a_class_counts_its_samples_so_often():
    rows, y = [[0.5, 1.0], [2.0, -1.0], [0.0, 0.5]], [0, 1, 1]
    weighted = cross_entropy(leaves(rows), y, weight=[2, 1])
    assert near(weighted, cross_entropy(leaves([rows[0], *rows]), [0, *y]).data)


def test_penalties_and_their_slopes():
    p = leaves([-3.0, 4.0, 0.0])
    (losses.l1(p) + losses.l2(p)).backward()
    assert (losses.l1(p).data, losses.l2(p).data, gradients(p)) == (7.0, 25.0, [-7.0, 9.0, 0.0])


# Errors.


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize(
    ("outputs", "targets", "part"),
    [
        ([1.0, 1.0], [1.0], "needs a target for each output, got 2 outputs and 1 target"),
        ([1.0], [1.0, 1.0], "needs a target for each output, got 1 output and 2 targets"),
        ([1.0, 1.0], 1.0, "needs a target for each output, got 2 outputs and one target"),
        (
            [1.0, 1.0],
            [[1.0], [1.0]],
            "needs a target for each output of sample 0, got one output and 1 target",
        ),
        (
            [[1.0], [1.0, 1.0]],
            [[1.0], [1.0]],
            "needs a target for each output of sample 1, got 2 outputs and 1 target",
        ),
        ([], [], "needs at least one sample, got none"),
    ],
)
def test_shapes_that_differ_are_refused(loss, outputs, targets, part):
    with refusal(ValueError, part):
        LOSSES[loss](outputs, targets)


@pytest.mark.parametrize("loss", ELEMENTWISE)
@pytest.mark.parametrize("target", ["1", None, 1j])
def test_targets_that_are_no_numbers_are_refused(loss, target):
    with refusal(TypeError, f"{loss}: a target takes a real number", repr(target)):
        LOSSES[loss](Value(0.5), target)


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_a_reduction_that_is_none_is_refused(loss):
    with refusal(ValueError, "(reduction) must be one of mean, sum, none", "got 'average'"):
        LOSSES[loss]([0.5, 0.5] if loss in ("cross_entropy", "nll") else 0.5, 1, "average")


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (
            lambda: losses.bce(1.5, 1),
            "bce takes probabilities from 0 to 1, got 1.5: for logits use bce_with_logits",
        ),
        (
            lambda: losses.bce(0.5, 2),
            "bce takes targets from 0 to 1, got 2.0: for class indices use cross_entropy",
        ),
        (
            lambda: losses.bce_with_logits(0.5, -1),
            "bce_with_logits takes targets from 0 to 1, got -1.0",
        ),
        (
            lambda: losses.hinge(0.5, 0),
            "hinge takes targets -1 and +1, got 0: write 2 * y - 1 for 0 and 1, or use bce_with_",
        ),
        (lambda: losses.huber(0.5, 0, delta=0), "huber(delta) must be positive and finite, got 0"),
        (
            lambda: losses.huber(0.5, 0, delta=math.inf),
            "huber(delta) must be positive and finite, got inf",
        ),
        (
            lambda: losses.huber(0.5, 0, delta=math.nan),
            "huber(delta) must be positive and finite, got nan",
        ),
        (lambda: logsumexp([]), "logsumexp needs at least one number, got none"),
        (lambda: softmax(()), "logsumexp needs at least one number, got none"),
        (
            lambda: cross_entropy([0.0, 0.0], 2),
            "takes the index of a class, 0 to 1, got 2: the last layer has 2 outputs",
        ),
        (lambda: cross_entropy([0.0, 0.0], -1), "takes the index of a class, 0 to 1, got -1"),
        (lambda: cross_entropy([0.0, 0.0], 0.5), "takes the index of a class, 0 to 1, got 0.5"),
        (
            lambda: cross_entropy([0.0, 0.0], math.nan),
            "takes the index of a class, 0 to 1, got nan",
        ),
        (
            lambda: cross_entropy(Value(0.0), 0),
            f"cross_entropy got 1 logits for a sample. {TWO_LOGITS}",
        ),
        (lambda: cross_entropy([], 0), f"cross_entropy got 0 logits for a sample. {TWO_LOGITS}"),
        (
            lambda: cross_entropy([0.0, 1.0], [0, 1]),
            f"cross_entropy got one logit for each of 2 samples. {TWO_LOGITS}",
        ),
        (
            lambda: cross_entropy([0.0, 1.0], [1]),
            "got the 2 logits of one sample and a list of targets: pass only the index",
        ),
        (
            lambda: cross_entropy([[0.0, 1.0]], [1, 0]),
            "needs a target for each sample, got 1 sample and 2 targets",
        ),
        (
            lambda: cross_entropy([[0.0, 1.0]] * 2, 1),
            "needs a target for each sample, got 2 samples and 1 target",
        ),
        (
            lambda: cross_entropy([0.0, 1.0], 1, weight=[1.0]),
            "cross_entropy(weight) needs a number for each of 2 classes, got 1",
        ),
        (
            lambda: loss_named("mes"),
            "loss must be a function (outputs, targets) -> Value or one of mse, mae, huber",
        ),
        (
            lambda: loss_named(["mse"]),
            "loss must be a function (outputs, targets) -> Value or one of mse, mae, huber",
        ),
    ],
)
def test_what_a_loss_cannot_take_is_refused_with_what_it_can(call, part):
    with refusal(ValueError, part):
        call()


def test_a_loss_by_name_is_the_loss():
    assert [loss_named(name) for name in LOSSES] == list(LOSSES.values())
    assert loss_named(losses.mse) is losses.mse
