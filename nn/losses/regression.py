"""Losses for regressions: how far numbers are from their targets."""

from __future__ import annotations

import math
from typing import Any, Final, overload

from autograd import Value, abs, exp, greater, log, maximum, minimum, pow, where, xlogy
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
def mse(
    outputs: Outputs, targets: Targets, reduction: Total = "mean", weight: Weight = None
) -> Value: ...
@overload
def mse(outputs: Nested, targets: Targets, reduction: Each, weight: Weight = None) -> Nested: ...
def mse(
    outputs: Outputs, targets: Targets, reduction: Reduction = "mean", weight: Weight = None
) -> Any:
    """Mean squared error, (output - target)²; with weights Σ w·l / Σ w, as in PyTorch.

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    return elementwise("mse", lambda a, y: pow(a - y, 2.0), outputs, targets, reduction, weight)


@overload
def mae(
    outputs: Outputs, targets: Targets, reduction: Total = "mean", weight: Weight = None
) -> Value: ...
@overload
def mae(outputs: Nested, targets: Targets, reduction: Each, weight: Weight = None) -> Nested: ...
def mae(
    outputs: Outputs, targets: Targets, reduction: Reduction = "mean", weight: Weight = None
) -> Any:
    """Mean absolute error, |output - target|; slope 0 where they are equal. Weights as in `mse`.

    >>> mae([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    1.5
    """
    return elementwise("mae", lambda a, y: abs(a - y), outputs, targets, reduction, weight)


@overload
def huber(
    outputs: Outputs,
    targets: Targets,
    reduction: Total = "mean",
    delta: float = 1.0,
    weight: Weight = None,
) -> Value: ...
@overload
def huber(
    outputs: Nested,
    targets: Targets,
    reduction: Each,
    delta: float = 1.0,
    weight: Weight = None,
) -> Nested: ...
def huber(
    outputs: Outputs,
    targets: Targets,
    reduction: Reduction = "mean",
    delta: float = 1.0,
    weight: Weight = None,
) -> Any:
    """Squared near the target, linear far away: e²/2 for |e| ≤ delta, else delta·(|e| - delta/2).

    e = output - target. With weights the mean is Σ w·l / n, as in PyTorch. Raises ValueError
    unless 0 < delta < inf.
    Source: Huber, "Robust estimation of a location parameter" (1964).

    >>> huber([Value(0.5), Value(3.0)], [0.0, 0.0], "none")[1].data
    2.5
    """
    delta = in_range(delta, "huber(delta)", "positive and finite")

    def one(a: Any, y: Any) -> Any:
        size = abs(a - y)
        near = minimum(size, delta)
        # One product: the slopes of a sum of a square and a line would cancel.
        return near * (size - 0.5 * near)

    return elementwise("huber", one, outputs, targets, reduction, weight, by_weight=False)


@overload
def poisson_nll(
    outputs: Outputs,
    targets: Targets,
    reduction: Total = "mean",
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    weight: Weight = None,
) -> Value: ...
@overload
def poisson_nll(
    outputs: Nested,
    targets: Targets,
    reduction: Each,
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    weight: Weight = None,
) -> Nested: ...
def poisson_nll(
    outputs: Outputs,
    targets: Targets,
    reduction: Reduction = "mean",
    *,
    log_input: bool = True,
    full: bool = False,
    eps: float = 1e-8,
    weight: Weight = None,
) -> Any:
    """Negative log likelihood of counts y under Poisson(exp(z)): exp(z) - y·z, without log y!.

    With `log_input=False` the outputs are rates, and the loss is r - y·log(r + eps). `full` adds
    Stirling's approximation of log y! for y > 1. Raises ValueError for targets below 0. Like
    PyTorch's.

    >>> poisson_nll(Value(0.0), 3).data
    1.0
    """
    eps = in_range(eps, "poisson_nll(eps)", "at least 0 and finite")

    def one(z: Any, y: Any) -> Any:
        y = unknown.count(y, "poisson_nll")
        loss = exp(z) - y * z if log_input else z - y * log(z + eps)
        return loss + _stirling(y) if full else loss

    return elementwise("poisson_nll", one, outputs, targets, reduction, weight)


TWO_PI: Final = 2 * math.pi


def _stirling(y: Any) -> Any:
    """log y! ≈ y·log y - y + log(2πy)/2 for y > 1, else 0."""
    if not is_unknown(y) and plain_number(y) <= 1:
        return 0.0
    x = maximum(y, 1.0)
    return where(greater(y, 1.0), xlogy(x, x) - x + 0.5 * log(TWO_PI * x), 0.0)
