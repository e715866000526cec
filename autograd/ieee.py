"""Functions on floats that follow IEEE 754 where Python and `math` do not.

They never raise and never turn complex: they give nan outside the domain, the limit at an infinity,
and inf on overflow. And they lose no digits where the plain formula would.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign, inf, nan, pi


def total(
    function: Callable[..., float],
    overflow: Callable[..., float] = lambda *_: math.inf,
) -> Callable[..., float]:
    """A function of `math` that follows IEEE 754 where `math` raises.

    It gives nan outside the domain, and inf on overflow unless `overflow` knows better.

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


# Arithmetic and powers.


def div(x: float, y: float) -> float:
    try:
        return x / y
    except ZeroDivisionError:
        if x == 0 or x != x:
            return nan
        return copysign(inf, x) * copysign(1.0, y)


def mod(x: float, y: float) -> float:
    """x - y · floor(x / y), exactly: the remainder has the sign of y, as in Python and numpy."""
    if y == 0 or math.isinf(x):
        return nan
    return x % y


def floordiv(x: float, y: float) -> float:
    """floor(x / y), exactly, as in Python; x / 0 is infinite, as in numpy."""
    if y == 0:
        return div(x, y)
    return nan if math.isinf(x) else x // y


def room_in_mod(x: float, y: float) -> float:
    """How far either input of `mod` may move before x / y meets a whole number."""
    if y == 0 or not math.isfinite(x):
        return 0.0
    room = math.remainder(x, y)
    if math.fabs(room) <= math.ulp(x):
        return 0.0
    return room / max(1.0, math.fabs(x / y))


def pow(x: float, y: float) -> float:
    try:
        return math.pow(x, y)
    except (ValueError, OverflowError):
        if x < 0 and y != math.floor(y):
            return nan
        return copysign(inf, x) if y % 2 == 1 else inf


def cbrt(x: float) -> float:
    """The cube root: a power that is nearly right, and one step of Newton's method."""
    if x == 0 or not math.isfinite(x):
        return x
    root = copysign(math.pow(math.fabs(x), 1 / 3), x)
    return root - (root - x / root / root) / 3


def log(x: float) -> float:
    if x > 0:
        return math.log(x)
    return -inf if x == 0 else nan


def log2(x: float) -> float:
    if x > 0:
        return math.log2(x)
    return -inf if x == 0 else nan


def log10(x: float) -> float:
    if x > 0:
        return math.log10(x)
    return -inf if x == 0 else nan


def log1p(x: float) -> float:
    if x > -1:
        return math.log1p(x)
    return -inf if x == -1 else nan


def xlogy(x: float, y: float) -> float:
    if x == 0 and y >= 0:
        return 0.0
    return x * log(y)


def atanh(x: float) -> float:
    if -1 < x < 1:
        return math.atanh(x)
    return copysign(inf, x) if x in (-1, 1) else nan


def sech(x: float) -> float:
    try:
        return 1 / math.cosh(x)
    except OverflowError:
        return 2 * math.exp(-math.fabs(x))


# Whole numbers. `math` turns them into ints, which no infinity and no -0.0 survives.


def _whole(function: Callable[[float], float]) -> Callable[[float], float]:
    def rounded(x: float) -> float:
        return copysign(float(function(x)), x) if math.isfinite(x) else x

    return rounded


floor, ceil = _whole(math.floor), _whole(math.ceil)
trunc, round = _whole(math.trunc), _whole(round)  # Python's own round, half to even


# Bells and sigmoids.


def sigmoid(x: float) -> float:
    if x > -709:
        return 1 / (1 + math.exp(-x))
    return _exp(x)


_exp = total(math.exp)


def softplus(x: float) -> float:
    if x != x:
        return x
    above = x if x > 0 else 0.0
    return above + math.log1p(math.exp(-math.fabs(x)))


def logaddexp(x: float, y: float) -> float:
    if x == y:
        return x + math.log(2)  # also where both are the same infinity, whose difference is nan
    larger = x if x > y else y
    return larger + math.log1p(math.exp(-math.fabs(x - y)))


def logsumexp(*inputs: float) -> float:
    """log Σ exp(x) of three or more numbers.

    >>> logsumexp(1000.0, 1000.0, -math.inf), logsumexp(-math.inf, -math.inf, -math.inf)
    (1000.6931471805599, -inf)
    """
    top = largest(*inputs)
    if not math.isfinite(top):
        return top
    others = list(inputs)
    others.remove(top)
    return top + math.log1p(math.fsum([math.exp(x - top) for x in others]))


def shares(*inputs: float) -> tuple[float, ...]:
    """The softmax of three or more numbers; infinities that tie for the largest share evenly.

    >>> shares(-math.inf, 0.0, 0.0), shares(0.0, math.inf, 1.0)
    ((0.0, 0.5, 0.5), (0.0, 1.0, 0.0))
    """
    top = largest(*inputs)
    if not math.isfinite(top):
        parts = [nan if top != top else float(x == top) for x in inputs]
    else:
        parts = [_exp_of_difference(x, top) for x in inputs]
    total = math.fsum(parts)
    return tuple([part / total for part in parts])


def _exp_of_difference(x: float, y: float) -> float:
    """exp(x - y) for y ≥ x, with what rounding the difference loses put back."""
    apart = x - y
    out = math.exp(apart)
    if not apart > -800:
        return out
    back = apart - x
    lost = (x - (apart - back)) - (y + back)
    return out + out * lost


def share(x: float, y: float) -> float:
    """sigmoid(x - y), the share of x in a softmax; what rounding the difference loses is put back.

    >>> share(-math.inf, -math.inf), share(0.0, math.inf)
    (0.5, 0.0)
    """
    if x == y:
        return 0.5
    apart = x - y
    out = sigmoid(apart)
    if not -800 < apart < 800:
        return out
    back = apart - x  # -y as the difference has it, which shows what was lost (Knuth's TwoSum)
    lost = (x - (apart - back)) - (y + back)
    return out + out * (1 - out) * lost


def gaussian(x: float) -> float:
    """exp(-x²/2). The high half of x has an exact square, so that no digit of the exponent is lost.

    >>> gaussian(0.0), gaussian(math.inf)
    (1.0, 0.0)
    """
    if not -39 < x < 39:
        return 0.0 if x == x else nan
    high = _high_half(x)
    return math.exp(-0.5 * high * high) * math.exp(-0.5 * (x - high) * (x + high))


ROOT_HALF = math.sqrt(0.5)
_ROOT_HALF_REST = -4.833646656726457e-17
"""sqrt(1/2) minus its nearest double: the two together hold 32 digits."""


def gelu(x: float) -> float:
    # x * P(N(0,1) < x). erfc keeps the left tail, where 1 + erf cancels; there a rounding error in
    # the argument z is multiplied by 2|z|, so it is computed (Dekker's product) and taken out.
    if x != x or x >= 40:
        return x
    if x <= -40:
        return -0.0
    z = -x * ROOT_HALF
    error = _product_error(-x, ROOT_HALF, z) - x * _ROOT_HALF_REST
    return 0.5 * x * (math.erfc(z) - error * 2 / math.sqrt(pi) * math.exp(-z * z))


def silu(x: float) -> float:
    if x < -700:
        return _times_exp(x)
    return x * sigmoid(x)


def mish(x: float) -> float:
    """x · tanh(log(1 + exp(x))) without the logarithm: the tanh is a ratio of exponentials."""
    if x < -700:
        return _times_exp(x)
    if x < 0:
        ratio = math.exp(x) * (math.exp(x) + 2)
        return x * (ratio / (ratio + 2))
    part = math.exp(-x)
    return x * ((1 + 2 * part) / (1 + 2 * part * (1 + part)))


def _times_exp(x: float) -> float:
    """x · exp(x), 0 for x = -inf; exact to the last digit where exp(x) has already lost some."""
    root = math.exp(0.5 * x)
    return root * max(x, -2000.0) * root


def softsign(x: float) -> float:
    return copysign(1.0, x) if math.isinf(x) else x / (1 + math.fabs(x))


def _high_half(x: float) -> float:
    """The upper 26 bits of x (T. J. Dekker, Numerische Mathematik 18, 1971)."""
    return x * 134217729.0 - (x * 134217729.0 - x)


def _product_error(x: float, y: float, product: float) -> float:
    # x*y - product, exactly (Dekker, as above).
    x_high, y_high = _high_half(x), _high_half(y)
    x_low, y_low = x - x_high, y - y_high
    return x_low * y_low - (((product - x_high * y_high) - x_low * y_high) - x_high * y_low)


# Choices. A nan is neither smaller nor larger nor equal: it stays nan.


def greater(x: float, y: float) -> float:
    if x > y:
        return 1.0
    return 0.0 if x <= y else nan


def equal(x: float, y: float) -> float:
    if x == y:
        return 1.0
    return 0.0 if x < y or x > y else nan


def step(x: float) -> float:
    if x > 0:
        return 1.0
    return 0.0 if x == x else nan


def sign(x: float) -> float:
    if x > 0:
        return 1.0
    return -1.0 if x < 0 else x


def maximum(x: float, y: float) -> float:
    return x if x >= y or x != x else y


def minimum(x: float, y: float) -> float:
    return x if x <= y or x != x else y


def where(condition: float, x: float, y: float) -> float:
    if condition == 0:
        return y
    return x if condition == condition else nan


def largest(*inputs: float) -> float:
    return nan if any(x != x for x in inputs) else max(inputs)


def smallest(*inputs: float) -> float:
    return nan if any(x != x for x in inputs) else min(inputs)
