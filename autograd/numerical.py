"""Numerical derivatives that know their own error, and slopes compared with them.

Richardson's extrapolation of central differences by Ridders' method (C. J. F. Ridders, Advances in
Engineering Software 4, 1982). No tolerance here is an absolute number: each is relative to the
slope, or to the natural slope of the function, which is its size over the length of a step.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

TOLERANCE: Final = 1e-6
"""How far a slope may lie from the numerical one, relative to the larger of the two.

Ten times the error of the numerical one is allowed on top, and a few roundings (`FLOOR`) of the
function's natural slope. So a slope that is wrong by a factor of 1 + 1e-5 is found.
"""

FLOOR: Final = 4e-15
RESOLVED: Final = 1e-4
HALVINGS: Final = 18

NOISY: Final = "too noisy to measure"
INFINITE: Final = "its slope is not finite, and the numerical one is no clearer"

Curve = Callable[[float], float]


class Estimate(NamedTuple):
    """A numerical derivative, its error, and the natural slope of the function nearby."""

    slope: float
    error: float
    natural: float


class Comparison(NamedTuple):
    """How a slope compares with the numerical one: `wanted` if it is wrong, `reason` if unknown."""

    wanted: float | None = None
    reason: str = ""


RIGHT: Final = Comparison()


class Agreement(Enum):
    """How a slope compares with one estimate."""

    SHARP = "agrees"
    VAGUE = "agrees, but so would others"
    NONE = "disagrees"
    UNKNOWN = "the estimate is too inexact"


def derivative(
    f: Curve,
    x: float,
    reach: float = math.inf,
    *,
    scale: float = 1.0,
) -> tuple[float, float]:
    """f'(x) and an estimate of its error, from values of f nearer to x than `reach`.

    `scale` shortens the first step.

    >>> slope, error = derivative(math.sin, 1.0)
    >>> abs(slope - math.cos(1.0)) < 1e-11, error < 1e-9
    (True, True)
    """
    step = min(wide_step(x), reach / 2) * scale
    found = estimate(f, x, step, grain_of(f, x, step))
    return found.slope, found.error


def grain_of(f: Curve, x: float, step: float) -> float:
    """How coarse the values of f are near x: how far they first stray from a straight line.

    The rounding errors of 1 - erf(x) at 4 are those of 1, not those of its value, 1.5e-8.

    >>> grain_of(lambda x: 1 - math.erf(x), 4.0, 1.0) > 1e-17
    True
    >>> grain_of(math.erfc, 4.0, 1.0) < 1e-22
    True
    """
    if len({f(x + k * step) for k in (-1, -0.5, -0.25, 0, 0.25, 0.5, 1)}) == 1:
        return 0.0
    flat, shift = 0.0, max(abs(x) * 2.0**-50, step * 2.0**-60, math.ulp(x))
    while shift < step / 3 and _is_flat(f, x, shift):
        flat, shift = shift, 4 * shift
    for _ in range(30 if flat else 0):  # the first change is a rounding; a longer shift sees more
        middle = (flat + shift) / 2
        if _is_flat(f, x, middle):
            flat = middle
        else:
            shift = middle
    for _ in range(3):
        values = _values_around(f, x, shift)
        bends = [abs(a + c - 2 * b) for a, b, c in zip(values, values[1:], values[2:])]
        seen = sorted([bend for bend in bends if bend > 0])
        if seen:
            return seen[len(seen) // 2]
        shift *= 4
    return 0.0


def _values_around(f: Curve, x: float, shift: float) -> list[float]:
    return [f(x + k * shift) for k in (-3, -2, -1, 0, 1, 2, 3)]


def _is_flat(f: Curve, x: float, shift: float) -> bool:
    return len(set(_values_around(f, x, shift))) == 1


def wide_step(x: float) -> float:
    """The step to begin measuring with: a quarter, or more if x is large.

    >>> wide_step(0.5), wide_step(-100.0)
    (0.25, 2.5)
    """
    return 0.25 * math.sqrt(max(1.0, abs(x)))


def estimate(f: Curve, x: float, step: float, grain: float = 0.0) -> Estimate:
    """The derivative of f at x by Ridders' method, with steps of `step`, `step` / 2, and so on.

    `grain` is how coarse the values of f are, which limits what can be seen.

    >>> estimate(lambda x: x * x, 3.0, 1.0).slope
    6.0
    """
    natural = math.inf

    def quotients() -> Iterator[tuple[float, float]]:
        nonlocal natural
        for up, down in _steps(x, step):
            high, low, width = f(up), f(down), up - down
            largest = max(abs(high), abs(low))
            if math.isfinite(largest):
                natural = min(natural, 2 * largest / width)
            rounding = max(4e-16 * (abs(high) + abs(low)), 2 * grain)
            yield (high - low) / width, rounding / width

    slope, error = _limit(quotients())
    return Estimate(slope, error, natural)


def _steps(x: float, step: float) -> Iterator[tuple[float, float]]:
    for _ in range(HALVINGS):
        up, down = x + step, x - step
        if not down < x < up:
            break
        yield up, down
        step /= 2


def _limit(values: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """The limit at step 0, and its error, of values at halved steps, each with its rounding.

    Neville's table extrapolates away the error terms in step**2, step**4, and so on. The entry
    that differs least from its neighbours is taken, and how much it differs is its error.
    """
    best, best_error = math.nan, math.inf
    above: list[float] = []
    for value, rounding in values:
        if rounding > best_error:
            break  # and rounding grows from here on
        row, factor = [value], 1.0
        for previous in above:
            factor *= 4.0
            row.append((factor * row[-1] - previous) / (factor - 1))
            error = max(abs(row[-1] - row[-2]), abs(row[-1] - previous), rounding)
            if error < best_error:
                best, best_error = row[-1], error
        above = row[:9] if all(map(math.isfinite, row)) else []
    return best, best_error


def compare(
    slope: Curve,
    f: Curve,
    x: float,
    reach: float = math.inf,
) -> Comparison:
    """Compare slope(x) with the numerical derivative of f at x, from values nearer than `reach`.

    >>> compare(math.cos, math.sin, 1.0)
    Comparison(wanted=None, reason='')
    >>> compare(lambda x: math.inf, lambda x: x * x, 4.0).wanted
    8.0
    """
    got, near = slope(x), False
    found: list[tuple[Estimate, float]] = []
    for steps in _ladders(x, reach):
        if _agreement(got, estimate(f, x, steps[0])) is Agreement.SHARP:
            return RIGHT
        grain = grain_of(f, x, steps[0])
        for step in steps:
            measured = estimate(f, x, step, grain)
            agreement = _agreement(got, measured)
            if agreement is Agreement.SHARP:
                return RIGHT
            if agreement is Agreement.VAGUE:
                near = True
            if agreement is Agreement.NONE:
                found.append((measured, min(steps[0], wide_step(x))))
    if not found:
        unknown = NOISY if math.isfinite(got) else INFINITE
        return RIGHT if near else Comparison(reason=unknown)
    # If steps are so short that rounding makes a function flat, longer ones decide.
    curved = [pair for pair in found if pair[0].slope or pair[0].error]
    voters = curved if len(curved) > 1 else found
    best, longest = min(voters, key=lambda pair: pair[0].error)
    agreed = len(voters) > 1 and all(_agree(best, other) for other, _ in voters)
    if not agreed or _is_noise(slope, f, x, best.slope, longest):
        return Comparison(reason=NOISY)
    return Comparison(best.slope)


def _agreement(got: float, measured: Estimate) -> Agreement:
    """Whether a slope agrees with an estimate, as far as the estimate can tell."""
    wanted, error, natural = measured
    if not error <= RESOLVED * max(abs(wanted), 1e-3 * natural):
        return Agreement.VAGUE if got == wanted == 0 else Agreement.UNKNOWN
    allowed, larger = 10 * error + FLOOR * natural, max(abs(wanted), abs(got))
    if not (math.isfinite(got) and abs(got - wanted) <= TOLERANCE * larger + allowed):
        return Agreement.NONE
    sharp = allowed <= 0.01 * larger or got == wanted
    return Agreement.SHARP if sharp else Agreement.VAGUE  # a shorter step may see more


def _ladders(x: float, reach: float) -> list[list[float]]:
    """The first steps of ladders: wide ones, and ones on the scale of x.

    None is a power of 2 times another: on a single ladder, steps that happen to fit a fast
    oscillation make it look like a slow one.
    """
    wide, own = min(wide_step(x), reach / 2), min(abs(x) / 4, reach / 2)
    ladders = [[wide, wide / math.pi, wide * 1e-2 / math.pi, wide * 1e-4 * math.e]]
    if own > 0 and not 1e-3 * wide < own < 10 * wide:
        ladders.append([own, own / math.pi, own * 1e-2])
    return ladders


def _agree(best: Estimate, other: Estimate) -> bool:
    return abs(other.slope - best.slope) <= 1e-3 * abs(best.slope) + 10 * other.error


def _is_noise(slope: Curve, f: Curve, x: float, wanted: float, first: float) -> bool:
    """Whether a disagreement may be nothing but rounding within the slope, or within f.

    `first` is the longest step of the ladder that measured best.
    """
    got = slope(x)
    if wanted == 0 and abs(got) * first < FLOOR:
        return True  # 1 - erf(x) is flat from 6 on, and its slope is not
    # A slope whose formula cancels, such as cos(x)/x - sin(x)/x² near 0, does not lie on its own
    # curve: it jumps up and down around it. A wrong slope is just as wrong at neighbouring points.
    if 0 < abs(x) < 0.01:
        apart = [slope(k * x) - derivative(f, k * x, first)[0] for k in (0.7, 0.8, 0.9, 1.1, 1.2)]
        if min(apart) <= 0 <= max(apart):
            return True
    nearby = _curve(slope, x, min(abs(x) / 4 or first, first) / 16)
    if abs(got - wanted) <= 4 * (abs(got - nearby.middle) + nearby.middle_error):
        return True
    # A function that cancels may be a staircase: long steps see the stairs, short ones the treads.
    # Then the long ones alone find another slope, or f(x) is not where its neighbours point.
    wide, here = _curve(f, x, first), f(x)
    known = wide.slope_error <= 1e-3 * abs(wide.slope)
    if known and abs(wanted - wide.slope) > 10 * wide.slope_error + TOLERANCE * abs(wanted):
        return True
    known = wide.middle_error <= 1e-3 * abs(wide.middle)
    return known and abs(here - wide.middle) > 1e-9 * abs(here) + 10 * wide.middle_error


class _Curve(NamedTuple):
    """What f looks like around a point in a few long steps: its slope, its value, their errors."""

    slope: float
    slope_error: float
    middle: float
    middle_error: float


def _curve(f: Curve, x: float, step: float) -> _Curve:
    slopes, means = [], []
    for up, down in list(_steps(x, step))[:7]:
        high, low = f(up), f(down)
        slopes.append(((high - low) / (up - down), 0.0))
        means.append(((high + low) / 2, 4e-16 * max(abs(high), abs(low))))
    return _Curve(*_limit(slopes), *_limit(means))
