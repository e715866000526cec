"""Where checks try an op: in windows of its domain, of any width and anywhere, and at its ends."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from autograd.checks import Interval
from autograd.op import Op

if TYPE_CHECKING:
    from random import Random

WIDTH: Final = 40.0
"""How wide a window is unless something else decides it."""


def window(interval: Interval) -> Interval:
    """The part of an open interval that checks draw most of their points from.

    It is the part nearest to 0, and `WIDTH` wide, or as wide as it is far from 0: near 1e17 there
    are only five floats in a window of 40.

    >>> inf = float("inf")
    >>> window((-inf, inf)), window((0.0, 1.0)), window((100.0, inf)), window((-inf, -1e17))
    ((-20.0, 20.0), (0.0, 1.0), (100.0, 200.0), (-2e+17, -1e+17))
    """
    low, high = map(float, interval)
    largest, half = sys.float_info.max, WIDTH / 2
    up, down = max(half, low + max(WIDTH, abs(low))), min(-half, high - max(WIDTH, abs(high)))
    return max(low, down, -largest), min(high, up, largest)


def inner(interval: Interval) -> Interval:
    """The window less a thousandth at either end, where slopes may be impossible to measure.

    >>> inner((0.0, 2.0)), inner((1e-300, 1e-299))
    ((0.002, 1.998), (1.009e-300, 9.991e-300))
    """
    low, high = window(interval)
    margin = 1e-3 * (high - low)
    low, high = low + margin, high - margin
    return readable(low, interval), readable(high, interval)


def readable(x: float, interval: Interval) -> float:
    """x with just enough digits to tell the points of the interval's window apart.

    >>> readable(1 / 3, (0.0, 1.0)), readable(300 + 1 / 3, (300.0, 300.5))
    (0.3333333, 300.33333333)
    """
    low, high = window(interval)
    digits = 7 - math.floor(math.log10(high - low))
    return round(x, digits) + 0.0


def edges(interval: Interval) -> list[float]:
    """Points where rules that are right elsewhere go wrong: small numbers, and extreme ones.

    The extreme ones are a few for each power of ten: close to a finite end, far out towards an
    infinite one, and close to 0.

    >>> edges((0.0, 1.0))[:2]
    [0.47, 0.97]
    """
    low, high = map(float, interval)
    inside = inner(interval)
    width = inside[1] - inside[0]
    # Thresholds are usually round numbers, so none of these is round.
    found = [0.47, 0.97, 1.53, 2.03, 3.07, 5.1]
    found += [-x for x in found]
    found += [1.4 * x for x in inside]
    for k in range(1, 8):
        near = 0.3 * 10.0**-k * width
        found += [low + near, high - near]
        if low < 0 < high and k < 6:  # any nearer, and formulas that cancel give noise
            found += [near / WIDTH, -near / WIDTH]
        found += [x * 0.3 * 10.0**k for x in inside]
    return [x for x in map(_shorter, found) if low < x < high and math.isfinite(x)]


def _shorter(x: float) -> float:
    short = float(f"{x:.12g}")
    return short if abs(short - x) < 1e-15 * abs(x) else x


def drawn(interval: Interval, rng: Random) -> float:
    """A point of an interval's window; where 0 lies in it, often one that is close to 0.

    >>> from random import Random
    >>> 300.0 < drawn((300.0, 300.5), Random(0)) < 300.5
    True
    """
    x = rng.uniform(*inner(interval))
    return x * rng.choice((1.0, 0.1)) if interval[0] < 0 < interval[1] else x


def trials(op: Op, rng: Random) -> Iterator[list[float]]:
    """Points of a row's domain: first those towards its ends, then others in its window.

    >>> from random import Random
    >>> from autograd import log
    >>> points = trials(log, Random(0))
    >>> next(points), next(points)
    ([0.47], [0.97])
    """
    corners = [edges(interval) for interval in op.domain]
    for i, few in enumerate(corners):
        for edge in few:
            point = [drawn(interval, rng) for interval in op.domain]
            for j, others in enumerate(corners):
                if others and rng.random() < 0.5:
                    point[j] = rng.choice(others)
            point[i] = edge
            yield point
    while True:
        yield [drawn(interval, rng) for interval in op.domain]
