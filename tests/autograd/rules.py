"""Rules to check the checks with: 100 wrong ones, made by a table of mistakes, and 60 right ones.

A wrong rule is a right one with one mistake in its slopes. The mistakes stand for those that people
make, and for each place where a check could be blind: tails, one side, one input, a tiny scale, the
second derivative alone.
"""

import math
from math import inf
from typing import Any, NamedTuple

from autograd import (
    abs,
    cos,
    cosh,
    div,
    erf,
    exp,
    greater,
    log,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    tanh,
    where,
)

POSITIVE = (0.0, inf)


class Rule(NamedTuple):
    """A row for `add_op`, and of which order its mistake is; 0 if it has none."""

    name: str
    forward: Any
    slopes: Any
    columns: dict[str, Any] = {}
    order: int = 0


# Functions of one number, and their slopes.

SMOOTH = [
    Rule("cube", lambda x: x**3, lambda x, out: (3 * x * x,)),
    Rule("bump", lambda x: math.exp(-x * x), lambda x, out: (-2 * x * out,)),
    Rule("bell", lambda x: 1 / (1 + x * x), lambda x, out: (-2 * x * out * out,)),
    Rule("wave", lambda x: math.sin(3 * x), lambda x, out: (3 * cos(3 * x),)),
    Rule("arsinh", math.asinh, lambda x, out: (div(1.0, sqrt(1 + x * x)),)),
    Rule(
        "xlogx",
        lambda x: x * math.log(x),
        lambda x, out: (1 + log(x),),
        {"domain": (POSITIVE,)},
    ),
]

KINKED = [
    Rule("hinge", lambda x: max(0.0, 1 - x), lambda x, out: (-step(1 - x),)),
    Rule("leak", lambda x: x if x > 0 else x / 10, lambda x, out: (where(step(x), 1.0, 0.1),)),
    Rule(
        "square_up", lambda x: x * x if x > 0 else -x, lambda x, out: (where(step(x), 2 * x, -1),)
    ),
    Rule(
        "huber",
        lambda x: x * x / 2 if math.fabs(x) < 1 else math.fabs(x) - 0.5,
        lambda x, out: (where(greater(abs(x), 1.0), sign(x), x),),
    ),
]
KINKS = {
    "hinge": lambda x: 1 - x,
    "leak": lambda x: x,
    "square_up": lambda x: x,
    "huber": lambda x: math.fabs(x) - 1,
}

PAIRS = [
    Rule("product", lambda x, y: x * y * y, lambda x, y, out: (y * y, 2 * x * y)),
    Rule("swing", lambda x, y: x * math.sin(y), lambda x, y, out: (sin(y), x * cos(y))),
    Rule("norm", math.hypot, lambda x, y, out: (div(x, out), div(y, out))),
    Rule(
        "ratio",
        lambda x, y: x / y,
        lambda x, y, out: (div(1.0, y), -div(out, y)),
        {"domain": ((-inf, inf), POSITIVE)},
    ),
]
COLUMNS_OF_NORM = {"kink": math.hypot}

# Mistakes, as functions of the right slope and of x.

MISTAKES = {
    "sign": lambda s, x: -s,
    "twice": lambda s, x: 2 * s,
    "factor_1e_4": lambda s, x: (1 + 1e-4) * s,
    "factor_1e_5": lambda s, x: (1 + 1e-5) * s,
    "extra_term": lambda s, x: s + 0.25 * x,
    "right_tail": lambda s, x: where(greater(x, 3.0), 1.5 * s + 0.1, s),
    "small_only": lambda s, x: where(greater(0.01, abs(x)), 3 * s + 0.5, s),
    "large_only": lambda s, x: where(greater(abs(x), 100.0), 2 * s + 1.0, s),
    "infinite": lambda s, x: inf,
    "undefined": lambda s, x: math.nan,
}

ONE_SIDED = {
    "left": lambda s, x: where(step(x - 1.5), s, 2 * s + 0.5),
    "right": lambda s, x: where(step(x - 1.5), -s + 0.5, s),
    "both_a_little": lambda s, x: s * 1.001 + 1e-3,
}

PAIRWISE = {
    "swapped": lambda a, b, x, y: (b, a),
    "first_twice": lambda a, b, x, y: (2 * a, b),
    "second_sign": lambda a, b, x, y: (a, -b),
    "second_missing": lambda a, b, x, y: (a, 0.0 * y),
}

SECOND_ORDER = {
    "number": lambda s, x: float(s),
    "half_number": lambda s, x: 0.5 * s + 0.5 * float(s),
}

SCALES = (1e-20, 1e20, 1e-100)


def with_mistake(rule, name, mistake, order=1):
    """A rule of one input with a mistake in its slope."""
    right = rule.slopes

    def slopes(x, out):
        return (mistake(right(x, out)[0], x),)

    return Rule(f"{rule.name}_{name}", rule.forward, slopes, rule.columns, order)


def with_pair_mistake(rule, name, mistake):
    right = rule.slopes

    def slopes(x, y, out):
        return mistake(*right(x, y, out), x, y)

    return Rule(f"{rule.name}_{name}", rule.forward, slopes, rule.columns, 1)


def scaled(rule, scale):
    """The same rule times a number."""
    forward, right = rule.forward, rule.slopes

    def slopes(x, out):
        return (scale * right(x, out / scale)[0],)

    name = f"{rule.name}_{scale:.0e}".replace("-", "m").replace("+", "p")
    return Rule(name, lambda x: scale * forward(x), slopes, rule.columns)


def kinked(rule):
    return rule._replace(columns={"kink": KINKS[rule.name]})


def wrong_rules():
    """The 100 wrong rules."""
    for rule in SMOOTH:
        for name, mistake in MISTAKES.items():
            yield with_mistake(rule, name, mistake)
    for rule in map(kinked, KINKED):
        for name, mistake in ONE_SIDED.items():
            yield with_mistake(rule, name, mistake)
    for rule in PAIRS:
        columns = COLUMNS_OF_NORM if rule.name == "norm" else rule.columns
        for name, mistake in PAIRWISE.items():
            yield with_pair_mistake(rule._replace(columns=columns), name, mistake)
    for rule in SMOOTH[:3]:
        for name, mistake in SECOND_ORDER.items():
            yield with_mistake(rule, name, mistake, order=2)
    for rule, mistake in zip(SMOOTH[:2], ("twice", "extra_term")):
        for scale in SCALES:
            small = {"twice": lambda s, x: 1.5 * s, "extra_term": lambda s, x: s * (1 + x * x)}
            yield with_mistake(scaled(rule, scale), mistake, small[mistake])


WRONG = list(wrong_rules())


def _cosine_gap(x):
    return (1 - math.cos(x)) / (x * x)


def _floor_slopes(x, out):
    return (0.0 * x,)


RIGHT = [
    *SMOOTH,
    *map(kinked, KINKED),
    *PAIRS[:2],
    PAIRS[2]._replace(columns=COLUMNS_OF_NORM),
    PAIRS[3],
    *[scaled(rule, scale) for rule in SMOOTH[:3] for scale in SCALES],
    Rule("fast", lambda x: math.sin(50 * x), lambda x, out: (50 * cos(50 * x),)),
    Rule("faster", lambda x: math.cos(1000 * x), lambda x, out: (-1000 * sin(1000 * x),)),
    Rule("steep", lambda x: math.exp(20 * x), lambda x, out: (20 * out,)),
    Rule(
        "steep_in_a_box",
        lambda x: math.exp(x),
        lambda x, out: (out,),
        {"domain": ((600.0, 700.0),)},
    ),
    Rule("jump", lambda x: math.tanh(1000 * x), lambda x, out: (1000 * (1 - out * out),)),
    Rule("my_tanh", math.tanh, lambda x, out: (1 - out * out,)),
    Rule(
        "my_gelu",
        lambda x: x * (1 + math.erf(x / math.sqrt(2))) / 2,
        lambda x, out: (
            0.5 * (1 + erf(x / math.sqrt(2))) + x * exp(-x * x / 2) / math.sqrt(2 * math.pi),
        ),
    ),
    Rule(
        "my_mish",
        lambda x: x * math.tanh(math.log1p(math.exp(x))),
        lambda x, out: (tanh(softplus(x)) + x * sigmoid(x) * (1 - tanh(softplus(x)) ** 2),),
    ),
    Rule(
        "my_swish",
        lambda x: x / (1 + math.exp(-x)),
        lambda x, out: (sigmoid(x) * (1 + x * sigmoid(-x)),),
    ),
    Rule("my_softplus", lambda x: math.log1p(math.exp(x)), lambda x, out: (sigmoid(x),)),
    Rule("log_sig", lambda x: -math.log1p(math.exp(-x)), lambda x, out: (1 - sigmoid(x),)),
    Rule(
        "far_erf",
        lambda x: 1 - math.erf(x),
        lambda x, out: (-2 / math.sqrt(math.pi) * exp(-x * x),),
    ),
    Rule(
        "noisy",
        _cosine_gap,
        lambda x, out: (div(sin(x), x * x) - div(2 * out, x),),
        {"domain": (POSITIVE,)},
    ),
    Rule(
        "sinc",
        lambda x: math.sin(x) / x,
        lambda x, out: (div(cos(x), x) - div(out, x),),
        {"domain": (POSITIVE,)},
    ),
    Rule("cancel", lambda x: (x + 1e8) - 1e8, (1.0,)),
    Rule("flat", lambda x: 3.0, (0.0,)),
    Rule("line", lambda x: 2 * x + 1, (2.0,)),
    Rule("far_line", lambda x: 1e6 + x / 8, (0.125,)),
    Rule("my_floor", math.floor, _floor_slopes, {"kink": lambda x: x - round(x)}),
    Rule(
        "sawtooth", lambda x: x - math.floor(x), (1.0,), {"kink": lambda x: math.sin(math.pi * x)}
    ),
    Rule("narrow", lambda x: x * x, lambda x, out: (2 * x,), {"domain": ((300.0, 300.5),)}),
    Rule("narrower", lambda x: x * x, lambda x, out: (2 * x,), {"domain": ((1.0, 1.0001),)}),
    Rule("far", lambda x: 1 / x, lambda x, out: (-out * out,), {"domain": ((2e4, inf),)}),
    Rule("far_left", lambda x: x * x, lambda x, out: (2 * x,), {"domain": ((-inf, -1e5),)}),
    Rule("whole_ends", lambda x: x**4, lambda x, out: (4 * x**3,), {"domain": ((0, 5),)}),
    Rule("tiny_place", lambda x: 3 * x, (3.0,), {"domain": ((1e-300, 1e-299),)}),
    Rule("pole", lambda x: 1 / (x - 2), lambda x, out: (-out * out,), {"domain": ((2.0, inf),)}),
    Rule(
        "logit",
        lambda x: math.log(x / (1 - x)),
        lambda x, out: (1 / (x * (1 - x)),),
        {"domain": ((0.0, 1.0),)},
    ),
    Rule(
        "my_acosh",
        math.acosh,
        lambda x, out: (div(1.0, sqrt(x - 1) * sqrt(x + 1)),),
        {"domain": ((1.0, inf),)},
    ),
    Rule(
        "my_atanh",
        math.atanh,
        lambda x, out: (1 / ((1 - x) * (1 + x)),),
        {"domain": ((-1.0, 1.0),)},
    ),
    Rule(
        "lgamma_like",
        lambda x: (x - 0.5) * math.log(x) - x,
        lambda x, out: (log(x) - 0.5 / x,),
        {"domain": (POSITIVE,)},
    ),
    Rule("logcosh", lambda x: math.log(math.cosh(x)), lambda x, out: (tanh(x),)),
    Rule("cosine_hyperbolic", math.cosh, lambda x, out: (sinh(x),)),
    Rule("sine_hyperbolic", math.sinh, lambda x, out: (cosh(x),)),
    Rule("three", lambda x, y, z: x * y + z * z, lambda x, y, z, out: (y, x, 2 * z)),
    Rule(
        "five",
        lambda a, b, c, d, e: a * b + c * d - e * a,
        lambda a, b, c, d, e, out: (b - e, a, d, c, -a),
    ),
    Rule("mean", lambda x, y, z: (x + y + z) / 3, (1 / 3, 1 / 3, 1 / 3)),
]
