"""Checks of targets for compiled functions, where what is refused elsewhere becomes nan.

A nan in x survives multiplication by x, so the comparisons can be numpy's own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Value, clip, equal, greater, ops, where
from autograd.unknown import is_unknown
from nn.arguments import plain_number
from nn.losses.reduction import added


def share_or_nan(x: Any) -> Any:
    """x where it lies in [0, 1], else nan."""
    return x * where(greater(0.0, x), math.nan, 1.0) * where(greater(x, 1.0), math.nan, 1.0)


def sign(y: Any) -> Any:
    """A target of -1 or +1."""
    if is_unknown(y):
        return y * where(equal(ops.abs(y), 1.0), 1.0, math.nan)
    if plain_number(y) not in (-1.0, 1.0):
        raise ValueError(
            f"hinge takes targets -1 and +1, got {plain_number(y):g}: write 2 * y - 1 for 0 and "
            f"1, or use bce_with_logits"
        )
    return y


def probability(y: Any, name: str) -> Any:
    """A target from 0 to 1."""
    if is_unknown(y):
        return share_or_nan(y)
    if not 0 <= plain_number(y) <= 1:
        raise ValueError(
            f"{name} takes targets from 0 to 1, got {plain_number(y)!r}: for class indices use "
            f"cross_entropy"
        )
    return y


def count(y: Any, name: str) -> Any:
    """A target of at least 0."""
    if is_unknown(y):
        return y * where(greater(0.0, y), math.nan, 1.0)
    if not 0 <= plain_number(y) < math.inf:
        raise ValueError(f"{name} takes counts, 0 or more, as targets, got {plain_number(y)!r}")
    return y


def weighted(share: Any, x: Any) -> Any:
    """share · x, and 0 for a share of 0, even if x is infinite."""
    if is_unknown(share):
        return where(equal(share, 0.0), 0.0, share * x)
    if not plain_number(share) and not isinstance(share, Value):
        return where(0.0, x, 0.0)  # a 0 of the same graph
    return share * x


def picked(row: Sequence[Any], y: Any) -> Any:
    """row[y]; 0 for an unknown y that is not an index."""
    if not is_unknown(y):
        return row[y]
    # An equal() only chooses, so it can be numpy's own y == j.
    return added([where(equal(y, float(j)), x_j, 0.0) for j, x_j in enumerate(row)])


def one_or_nan(y: Any, n_classes: int) -> Any:
    """1 where an unknown y is the index of a class, else nan."""
    is_class = equal(y, ops.round(clip(y, 0.0, n_classes - 1.0)))
    return where(is_class, 1.0, math.nan) + (y - y)  # so that a nan in y is not lost either
