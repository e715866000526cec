"""Logits and probabilities: softmax, its logarithm, and the logarithm of a sum of exponentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

from autograd import Value, exp, logaddexp
from nn.arguments import listed


@overload  # the narrower first: with a Value among them, floats give Values
def logsumexp(z: Sequence[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def logsumexp(z: Sequence[Value | float]) -> Value: ...
def logsumexp(z: Sequence[Any]) -> Any:
    """log Σ exp(z_i), never overflowing: `logaddexp` of all numbers.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    z = listed(z)
    if not z:
        raise ValueError("logsumexp needs at least one number, got none")
    return logaddexp(*z) if len(z) > 1 else z[0]


@overload
def log_softmax(z: Sequence[float]) -> list[float]: ...  # type: ignore[overload-overlap]
@overload
def log_softmax(z: Sequence[Value | float]) -> list[Value]: ...
def log_softmax(z: Sequence[Any]) -> list[Any]:
    """log softmax(z)_i = z_i - logsumexp(z), exact even where the softmax would round to 0.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    z = listed(z)
    total = logsumexp(z)
    return [z_i - total for z_i in z]


@overload
def softmax(z: Sequence[float]) -> list[float]: ...  # type: ignore[overload-overlap]
@overload
def softmax(z: Sequence[Value | float]) -> list[Value]: ...
def softmax(z: Sequence[Any]) -> list[Any]:
    """Probabilities from logits: exp(z_i) / Σ exp(z_j).

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    return [exp(log_p) for log_p in log_softmax(z)]
