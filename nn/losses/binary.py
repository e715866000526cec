"""Losses for two classes, with one output for each sample."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, overload

from autograd import Value, greater, log, log1p, relu, softplus, where
from autograd.checks import in_range
from autograd.unknown import is_unknown
from nn.arguments import plain_number
from nn.losses import unknown
from nn.losses.reduction import (
    Each,
    Nested,
    Outputs,
    Reduction,
    Targets,
    Total,
    Weight,
    elementwise,
)


@overload
def hinge(
    outputs: Outputs, targets: Targets, reduction: Total = "mean", weight: Weight = None
) -> Value: ...
@overload
def hinge(outputs: Nested, targets: Targets, reduction: Each, weight: Weight = None) -> Nested: ...
def hinge(
    outputs: Outputs, targets: Targets, reduction: Reduction = "mean", weight: Weight = None
) -> Any:
    """max(0, 1 - target·output), for targets ±1: no loss if the sign is right by a margin of 1.

    Raises ValueError for other targets.
    Source: Cortes and Vapnik, "Support-vector networks" (1995).

    >>> hinge([Value(0.5), Value(-3.0)], [1, -1], "none")[0].data
    0.5
    """

    def one(a: Any, y: Any) -> Any:
        return relu(1 + -unknown.sign(y) * a)

    return elementwise("hinge", one, outputs, targets, reduction, weight)


@overload
def bce(
    outputs: Outputs, targets: Targets, reduction: Total = "mean", weight: Weight = None
) -> Value: ...
@overload
def bce(outputs: Nested, targets: Targets, reduction: Each, weight: Weight = None) -> Nested: ...
def bce(
    outputs: Outputs, targets: Targets, reduction: Reduction = "mean", weight: Weight = None
) -> Any:
    """Binary cross-entropy of probabilities, -(y·log p + (1 - y)·log(1 - p)), at most 100.

    A certain error costs 100, as in PyTorch, and has a slope, so that it can be learned from.
    With weights the mean is Σ w·l / n, as in PyTorch. Raises ValueError for an output or a target
    outside [0, 1]. For the outputs of a layer without sigmoid use `bce_with_logits`, which is
    exact where the probability rounds to 0 or 1.

    >>> round(bce(Value(0.5), 1).data, 6)
    0.693147
    """

    def one(p: Any, y: Any) -> Any:
        if is_unknown(p):
            p = unknown.share_or_nan(p)
        elif plain_number(p) < 0 or plain_number(p) > 1:
            raise ValueError(
                f"bce takes probabilities from 0 to 1, got {plain_number(p)!r}: for logits use "
                f"bce_with_logits"
            )
        y = unknown.probability(y, "bce")
        return _mixed(y, lambda: -_log(p), lambda: -_log_rest(p))

    return elementwise("bce", one, outputs, targets, reduction, weight, by_weight=False)


@overload
def bce_with_logits(
    outputs: Outputs,
    targets: Targets,
    reduction: Total = "mean",
    weight: Weight = None,
    *,
    pos_weight: float = 1.0,
) -> Value: ...
@overload
def bce_with_logits(
    outputs: Nested,
    targets: Targets,
    reduction: Each,
    weight: Weight = None,
    *,
    pos_weight: float = 1.0,
) -> Nested: ...
def bce_with_logits(
    outputs: Outputs,
    targets: Targets,
    reduction: Reduction = "mean",
    weight: Weight = None,
    *,
    pos_weight: float = 1.0,
) -> Any:
    """Binary cross-entropy of sigmoid(z), y·softplus(-z) + (1 - y)·softplus(z), for any finite z.

    Its slope in z is sigmoid(z) - y. `pos_weight` multiplies the first term, for classes of
    unequal size; with weights the mean is Σ w·l / n, as in PyTorch. Raises ValueError for a target
    outside [0, 1].

    >>> z = Value(1000.0)
    >>> loss = bce_with_logits(z, 0); loss.backward(); loss.data, z.grad
    (1000.0, 1.0)
    """
    positive = in_range(pos_weight, "bce_with_logits(pos_weight)", "at least 0 and finite")

    def if_one(z: Any) -> Any:
        return softplus(-z) if positive == 1 else positive * softplus(-z)

    def one(z: Any, y: Any) -> Any:
        y = unknown.probability(y, "bce_with_logits")
        return _mixed(y, lambda: if_one(z), lambda: softplus(z))

    return elementwise("bce_with_logits", one, outputs, targets, reduction, weight, by_weight=False)


LEAST: Final = math.exp(-99.0)
"""Below this the logarithm continues as its tangent, which is -100 at 0."""


def _log(p: Any) -> Any:
    """log p, and for p < e^-99 its tangent at e^-99."""
    if not is_unknown(p) and plain_number(p) > LEAST:
        return log(p)
    return where(greater(p, LEAST), log(p), p / LEAST - 100.0)


def _log_rest(p: Any) -> Any:
    """log(1 - p), and -100 for p = 1, with the slope at the largest float below 1."""
    if not is_unknown(p) and plain_number(p) < 1:
        return log1p(-p)
    return where(greater(1.0, p), log1p(-p), (1.0 - p) * 2.0**53 - 100.0)


def _mixed(y: Any, if_one: Callable[[], Any], if_zero: Callable[[], Any]) -> Any:
    """y · if_one + (1 - y) · if_zero; for a plain 0 or 1, only the term that counts."""
    if y.__class__ is float and y in (0.0, 1.0):
        return if_one() if y else if_zero()
    return y * if_one() + (1 - y) * if_zero()
