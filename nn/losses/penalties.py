"""Penalties: terms that are added to a loss so that weights stay small."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from autograd import Value, abs
from nn.arguments import values_of


def l1(parameters: Iterable[Value]) -> Value:
    """Σ |p|, a penalty that pulls weights to 0 and keeps them there.

    >>> l1([Value(-3.0), Value(4.0)]).data
    7.0
    """
    values = values_of(parameters, "l1")
    return cast(Value, sum(abs(p) for p in values))  # 0 for no parameters, which no model has


def l2(parameters: Iterable[Value]) -> Value:
    """Σ p², a penalty that keeps weights small: ridge regression, weight decay.

    >>> l2([Value(-3.0), Value(4.0)]).data
    25.0
    """
    values = values_of(parameters, "l2")
    return cast(Value, sum(p * p for p in values))  # 0 for no parameters, as in l1
