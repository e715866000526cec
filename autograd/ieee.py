"""Functions on floats that follow IEEE 754 where Python and `math` do not: they never raise, never turn complex."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign, inf, nan, pi


def total(function: Callable[..., float], overflow: Callable[..., float] = lambda *_: math.inf) -> Callable[..., float]:
    """A function of `math` that follows IEEE 754 where `math` raises: nan outside the domain, inf on overflow.

    >>> total(math.sin)(math.inf), total(math.exp)(710.0)
    (nan, inf)
    """

    def guarded(*inputs: float) -> float:
        try:
            return function(*inputs)
        except ValueError:
            return math.nan
        except OverflowError:
            return overflow(*inputs)

    return guarded


_exp = total(math.exp)


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0 or x != x else copysign(inf, x) * copysign(1.0, y)


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except (ValueError, OverflowError):
        if x < 0 and y != math.floor(y):
            return nan
        return copysign(inf, x) if y % 2 == 1 else inf


def log(x: float) -> float:
    return math.log(x) if x > 0 else -inf if x == 0 else nan


def log1p(x: float) -> float:
    return math.log1p(x) if x > -1 else -inf if x == -1 else nan


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -709 else _exp(x)


def softplus(x: float) -> float:
    return (x if x > 0 else 0.0) + math.log1p(math.exp(-math.fabs(x))) if x == x else nan


def logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + math.log(2)  # also where both are the same infinity, whose difference is nan
    return (x if x > y else y) + math.log1p(math.exp(-math.fabs(x - y)))


ROOT_HALF = math.sqrt(0.5)
_ROOT_HALF_REST = -4.833646656726457e-17
"""sqrt(1/2) less its nearest double: the two together hold 32 digits."""


def gelu(x: float) -> float:
    # x * P(N(0,1) < x). erfc keeps the left tail, where 1 + erf cancels; there the rounding of
    # the argument z counts 2|z| times over, so it is found (Dekker's product) and taken out.
    if not -40 < x < 40:
        return x * (x > 0) if x == x else nan
    z = -x * ROOT_HALF
    error = _product_error(-x, ROOT_HALF, z) - x * _ROOT_HALF_REST
    return 0.5 * x * (math.erfc(z) - error * 2 / math.sqrt(pi) * math.exp(-z * z))


def _product_error(x: float, y: float, product: float) -> float:
    # x*y - product, exactly (T. J. Dekker, Numerische Mathematik 18, 1971).
    x_high = x * 134217729.0 - (x * 134217729.0 - x)
    y_high = y * 134217729.0 - (y * 134217729.0 - y)
    x_low, y_low = x - x_high, y - y_high
    return x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)


def greater(x: float, y: float) -> float:
    return 1.0 if x > y else 0.0 if x <= y else nan


def equal(x: float, y: float) -> float:
    return 1.0 if x == y else 0.0 if x < y or x > y else nan


def maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def sign(x: float) -> float:
    return 1.0 if x > 0 else -1.0 if x < 0 else x
