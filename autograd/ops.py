r"""THE TABLE. Each row is an op; the engine, the drawing, the formulas and the checks read it.

How to read a row: name, value on floats, slopes. `slopes=lambda x, out: (cos(x),)` says that the
derivative of `out` in `x` is cos(x); it is written with the ops of this same table, so on floats
it gives numbers, and on Values a graph that can be differentiated again. Constant slopes are given
as a tuple. Slopes use `div` and `pow` rather than `/` and `**` wherever a zero may turn up,
because Python's own operators raise where IEEE 754 has an answer.

No digits are lost. A slope is within a relative error of 8 eps of the exact one, and so is the
derivative of the slope. This decides how a slope is written. tanh' is sech², because 1 - tanh² has
no digits left where tanh is nearly 1; the derivative of sech² is a product, which keeps its digits
near 0 as well. Four rows exist because the slopes of others need them: sech, gaussian, share and
xlogy.

Choices at kinks, all of them here: relu'(0) = 0, abs'(0) = 0, leaky_relu'(0) = the small slope,
elu'(0) = alpha (1 by default), softsign''(0) = 0, maximum and minimum split a tie evenly, clip at
a bound passes 1. A step function (sign, floor, greater, ...) has slope 0 everywhere, even at its
steps and at nan. hypot and atan2 have no slope at (0, 0), and give nan; pow is flat in its
exponent at 0**0.

Choices at the edges:

- At ±inf, and at an end of the domain, value and slopes are the limits: tanh'(inf) = 0,
  sqrt'(0) = inf. Where there is no limit (sin at inf, hypot at (inf, inf)), they are nan.
- Outside the domain the value is nan, and so is every slope. Most slopes turn nan by themselves;
  the others are multiplied by `equal(out, out)`, which is 1, or nan where `out` is nan.
- nan stays nan, even through a comparison and through `where`. A branch that is not taken has no
  effect, whether it holds nan or not.

Formulas: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), chapters 4 and 7;
GELU: Hendrycks and Gimpel (2016); SiLU: Elfwing et al. (2018); ELU: Clevert et al. (2016);
Mish: Misra (2019).
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial, reduce
from inspect import Parameter, Signature
from math import copysign, inf, pi
from typing import Any

from autograd import ieee
from autograd.checks import EVERYWHERE
from autograd.op import OPS, Op
from autograd.rows import row

# fmt: off
__all__ = [  # the rows below
    "add", "sub", "mul", "dot", "div", "neg", "identity", "mod", "floordiv", "pow",
    "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "xlogy", "sqrt", "cbrt",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "hypot",
    "sinh", "cosh", "tanh", "sech", "asinh", "acosh", "atanh", "erf", "erfc", "gaussian",
    "sigmoid", "log_sigmoid", "softplus", "logaddexp", "share", "softsign",
    "relu", "leaky_relu", "elu", "gelu", "silu", "mish",
    "abs", "sign", "step", "floor", "ceil", "trunc", "round",
    "greater", "equal", "maximum", "minimum", "clip", "where",
]
# fmt: on

# Slopes that need more than one expression.


def _is_number(x: Any) -> bool:
    return not hasattr(type(x), "__op__")


def _choose(condition: Any, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    # `where` in a graph; on numbers an `if`, which computes only one branch. nan stays nan.
    if not _is_number(condition):
        return where(condition, yes(), no())
    if condition != condition:
        return condition
    return yes() if condition else no()


def _pow_slopes(x: Any, y: Any, out: Any) -> tuple[Any, Any]:
    # A number beside a Value is a constant, whose slope nobody needs.
    in_base = 0.0 if _is_number(x) and not _is_number(y) else _pow_slope_in_base(x, y)
    in_exponent = 0.0 if _is_number(y) and not _is_number(x) else _pow_slope_in_exponent(x, y, out)
    return in_base, in_exponent


def _is_ordinary(x: Any, y: Any) -> bool:
    # Whether no special case of a power applies: powers are common, and checking cases is slow.
    return x.__class__ is y.__class__ is float and 1e-9 < x < 1e9 and 1e-9 < math.fabs(y) < 30


def _pow_slope_in_base(x: Any, y: Any) -> Any:
    if _is_number(y):
        if y in (0, 1):
            return y * equal(x, x)  # x**0 is flat, and x has slope 1, but a nan stays nan
        if y == 2:
            return 2.0 * x
        if not _is_number(x) and math.isfinite(y):
            return y * pow(x, y - 1)
    power = _power_below(x, y)

    def regular() -> Any:
        return y * power

    if _is_ordinary(x, y):
        return regular()
    # 0 times an infinite power, and an infinite exponent times a power that vanishes, are 0.
    flat, steep = equal(y, 0.0) * equal(abs(power), inf), equal(power, 0.0) * equal(abs(y), inf)
    # As y falls to 1 and below, 0**(y - 1) jumps from 0 to 1 to inf. The derivative of the
    # exponential shows this, as -inf; that of y * power would be inf - inf.
    return _choose(
        equal(x, 0.0) * _up_to_1(y),
        lambda: exp(xlogy(y - 1, x)),
        lambda: _choose(maximum(flat, steep), lambda: 0.0, regular),
    )


def _power_below(x: Any, y: Any) -> Any:
    # x**(y - 1), times x**lost for what y - 1 loses to rounding, an error that log(x) multiplies.
    rounded = y - 1
    power, lost = pow(x, rounded), y - (rounded + 1)
    if lost.__class__ is float and lost == 0.0:
        return power
    regular = greater(x, 0.0) * greater(inf, x) * greater(inf, abs(y))
    return _choose(regular, lambda: power * (1 + lost * log(x)), lambda: power)


def _pow_slope_in_exponent(x: Any, y: Any, out: Any) -> Any:
    if _is_number(x) and not _is_number(y) and 0 < x < inf:
        root = pow(x, 0.5 * y)  # out is root * root, but overflows before the slope does
        return root * log(x) * root

    def plain() -> Any:
        return out * log(x)

    if _is_ordinary(x, y):
        return plain()

    @cache  # a graph uses it in three branches
    def regular() -> Any:
        # Where out overflows or vanishes, the slope need not, still less its derivative in x.
        too_large = greater(out, 1e290) * greater(x, 1.0) * greater(1e300, x)
        too_small = greater(1e-290, out) * greater(1.0, x) * greater(x, 0.0)
        return _choose(
            maximum(too_large, too_small),
            lambda: pow(x, y - 1) * xlogy(x, x),  # for y this large, y - 1 is exact
            plain,
        )

    def at_zero() -> Any:
        # 0**y is flat in y for y > 0 and, by our choice, at y = 0; along x it is steep up to y = 1.
        return _choose(
            greater(0.0, y),
            regular,
            lambda: _choose(_up_to_1(y), lambda: xlogy(x, x), lambda: 0.0),
        )

    def at_infinity() -> Any:
        return _choose(greater(0.0, y), lambda: 0.0, regular)

    def elsewhere() -> Any:
        return _choose(equal(x, inf), at_infinity, regular)

    return _choose(equal(x, 0.0), at_zero, elsewhere)


def _up_to_1(y: Any) -> Any:
    return greater(y, 0.0) * (1 - greater(y, 1.0))


def _xlogy_slope(x: Any, y: Any, out: Any) -> Any:
    return where(equal(x, 0.0) * equal(y, 0.0), 0.0, div(x * equal(out, out), y))


def _one_minus_square(x: Any) -> Any:
    # (1 - x)(1 + x) is exact near the ends, 1 - x² has the exact derivative near 0, and at the
    # ends themselves, where a factor of 0 would meet an infinite gradient.
    size = abs(x)
    return where(greater(size, 0.5) * greater(1.0, size), (1 - x) * (1 + x), 1 - x * x)


def _cosine(x: Any, y: Any, r: Any) -> Any:
    # x / r for r = hypot(x, y). Where x is the larger, its derivative y²/r³ is small, and must not
    # come out as the difference of 1/r and x²/r³. The limit for an infinite x is ±1.
    def ratio() -> Any:
        return div(x, r)

    if r.__class__ is float and r < inf:
        return ratio()  # a number has no derivative to keep accurate
    longer = greater(abs(x), abs(y))
    return _choose(longer, lambda: div(sign(x), hypot(1.0, div(y, x))), ratio)


def _atan2_slopes(y: Any, x: Any, out: Any) -> tuple[Any, Any]:
    r = hypot(x, y)  # we divide by it twice, because r * r could overflow
    return div(_cosine(x, y, r), r), -div(_cosine(y, x, r), r)


def _exp2_slopes(x: Any, out: Any) -> tuple[Any]:
    root = exp2(0.5 * x)  # root * root is out, but overflows a little before the slope does
    return (root * (math.log(2) * root),)


def _cbrt_slopes(x: Any, out: Any) -> tuple[Any]:
    inverse = div(1.0, out)
    return (inverse * inverse / 3,)


def _root_of_sigmoid_slope(x: Any) -> Any:
    # The square of this is sigmoid(x) · sigmoid(-x), whose derivative would cancel near 0.
    return 0.5 * sech(0.5 * x)


def _share_slopes(x: Any, y: Any, out: Any) -> tuple[Any, Any]:
    # The product keeps its digits far from a tie, where the difference x - y has lost some; the
    # bell keeps them near it, where the derivative of the product would cancel.
    slope = where(greater(abs(x - y), 1.0), out * share(y, x), _root_of_sigmoid_slope(x - y) ** 2)
    return slope, -slope


def _clip_slopes(x: Any, low: Any, high: Any, out: Any) -> tuple[Any, Any, Any]:
    inside = (1 - greater(low, x)) * (1 - greater(x, high))
    at_low = greater(low, x) * (1 - greater(low, high))
    return inside, at_low, 1 - inside - at_low


def _within(x: Any, bound: float) -> Any:
    # For x times a function that is 0 beyond the bound: an infinite x must not meet that 0.
    return clip(x, -bound, bound)


def _gelu_slopes(x: Any, out: Any) -> tuple[Any]:
    below = 0.5 * erfc(-ieee.ROOT_HALF * x)
    return (below + _within(x, 40.0) * gaussian(x) * (1 / math.sqrt(2 * pi)),)


def _silu_slopes(x: Any, out: Any) -> tuple[Any]:
    bell = _root_of_sigmoid_slope(x)
    return (sigmoid(x) + bell * (_within(x, 750.0) * bell),)


def _mish_slopes(x: Any, out: Any) -> tuple[Any]:
    # tanh(softplus(x)) + x · sech²(softplus(x)) · sigmoid(x). softplus rounds its last digits away,
    # which the derivative of sech would show; so sech is computed from the rest, 1 - sigmoid(x).
    rest = sigmoid(-x)
    sech_of_softplus = div(2 * rest, 1 + rest * rest)
    return (tanh(softplus(x)) + _within(x, 750.0) * (sech_of_softplus**2 * sigmoid(x)),)


def _shared(*inputs: Any) -> tuple[Any, ...]:
    # The slopes of maximum and minimum: 1 for the input that was taken, split evenly in a tie.
    *xs, out = inputs
    taken = [equal(x, out) for x in xs]
    count = reduce(operator.add, taken)
    return tuple([div(t, count) for t in taken])


def _softmax(*inputs: Any) -> tuple[Any, ...]:
    *xs, out = inputs
    if _is_number(out):
        return ieee.shares(*xs)
    top = maximum(*xs)  # cancels out of the result, but prevents overflow
    parts = [exp(x - top) for x in xs]
    total = reduce(operator.add, parts)
    return tuple([div(part, total) for part in parts])


@cache
def _logaddexp_of(arity: int) -> Op:
    """The row of `logaddexp` for this many inputs."""
    places = [f"{{{i}}}" for i in range(arity)]
    return replace(
        logaddexp,
        arity=arity,
        forward=ieee.logsumexp,
        slopes=_softmax,
        text=f"logaddexp({', '.join(places)})",
        latex=r"\log\left(" + " + ".join([f"e^{{{{{place}}}}}" for place in places]) + r"\right)",
        numpy=_in_pairs("np.logaddexp", places),
        domain=(EVERYWHERE,) * arity,
        family=None,
        __signature__=_numbered("x", arity),
    )


def _in_pairs(function: str, arguments: list[str]) -> str:
    """Nested calls, as shallow as possible: f(f(a, b), f(c, d))."""
    while len(arguments) > 1:
        pairs = zip(arguments[::2], arguments[1::2])
        odd = arguments[len(arguments) // 2 * 2 :]
        arguments = [*[f"{function}({a}, {b})" for a, b in pairs], *odd]
    return arguments[0]


def _family_of(name: str, forward: Callable[..., float], arity: int) -> Op:
    """The row of `maximum` or `minimum` for this many inputs."""
    places = [f"{{{i}}}" for i in range(arity)]
    commas = ", ".join(places)
    two = OPS[name]

    def room(*xs: float) -> float:
        first, second = sorted(math.fabs(x - forward(*xs)) for x in xs)[:2]
        return second - first

    return replace(
        two,
        arity=arity,
        forward=forward,
        slopes=_shared,
        text=f"{name}({commas})",
        latex=rf"\{two.glyph}\left({commas}\right)",
        numpy=_in_pairs(f"np.{name}", places),
        domain=(EVERYWHERE,) * arity,
        kink=room,
        family=None,
        __signature__=_numbered("x", arity),
    )


def _numbered(letters: str, each: int) -> Signature:
    """The arguments x1, x2, ..., and the same number for every other letter."""
    arguments = []
    for letter in letters:
        for i in range(each):
            arguments.append(Parameter(f"{letter}{i + 1}", Parameter.POSITIONAL_ONLY))
    return Signature(arguments)


def _dot_forward(*inputs: float) -> float:
    half = len(inputs) // 2
    total: float = reduce(operator.add, map(operator.mul, inputs[:half], inputs[half:]))
    return total


def _dot_slopes(*inputs_and_out: Any) -> tuple[Any, ...]:
    half = len(inputs_and_out) // 2
    return *inputs_and_out[half:-1], *inputs_and_out[:half]


@cache
def _dot_of(arity: int) -> Op:
    """The row of `dot` for this many inputs."""
    half, odd = divmod(arity, 2)
    if odd:
        raise TypeError(
            f"dot() takes as many factors on the right as on the left, x1 ... xn and y1 ... yn, "
            f"got {arity} numbers"
        )
    pairs = [(i, half + i) for i in range(half)]
    text = " + ".join([f"{{{i}:2}} * {{{j}:3}}" for i, j in pairs])
    return replace(
        dot,
        slopes=_dot_slopes,
        arity=arity,
        text=text,
        latex=" + ".join([rf"{{{i}:2}} \cdot {{{j}:3}}" for i, j in pairs]),
        precedence=1,
        numpy=text,
        domain=(EVERYWHERE,) * arity,
        family=None,
        __signature__=_numbered("xy", half),
    )


# Arithmetic.

add = row(
    "add",
    operator.add,
    (1.0, 1.0),
    glyph="+",
    text="{0:1} + {1:2}",
    latex="{0:1} + {1:2}",
    precedence=1,
    doc="x + y.",
)

sub = row(
    "sub",
    operator.sub,
    (1.0, -1.0),
    glyph="−",
    text="{0:1} - {1:2}",
    latex="{0:1} - {1:2}",
    precedence=1,
    doc="x - y.",
)

mul = row(
    "mul",
    operator.mul,
    lambda x, y, out: (y, x),
    glyph="×",
    text="{0:2} * {1:3}",
    latex=r"{0:2} \cdot {1:3}",
    precedence=2,
    doc="x · y.",
)

dot = row(
    "dot",
    _dot_forward,
    lambda x, y, out: (y, x),
    glyph="·",
    text="{0:2} * {1:3}",
    latex=r"{0:2} \cdot {1:3}",
    precedence=2,
    family=_dot_of,
    doc="x1 · y1 + ... + xn · yn as one node, called as `dot(*x, *y)`.",
)

div = row(
    "div",
    ieee.div,
    lambda x, y, out: (div(1.0, y), -div(out, y)),
    glyph="÷",
    text="{0:2} / {1:3}",
    latex=r"\frac{{{0}}}{{{1}}}",
    precedence=2,
    domain=((-inf, inf), (0.0, inf)),
    doc="x / y, with 1/0 = inf and 0/0 = nan.",
)

neg = row(
    "neg",
    operator.neg,
    (-1.0,),
    glyph="−",
    text="-{0:3}",
    latex="-{0:3}",
    precedence=3,
    doc="-x.",
)

identity = row(
    "identity",
    lambda x: x,
    (1.0,),
    glyph="=",
    numpy="{0}",
    latex="{0:5}",
    doc="x itself, as a node of its own.",
)

mod = row(
    "mod",
    ieee.mod,
    lambda x, y, out: (equal(out, out), -floordiv(x, y) * equal(out, out)),
    latex=r"\left({0:2} \bmod {1:3}\right)",
    numpy="np.mod({0}, {1})",
    domain=((-inf, inf), (0.0, inf)),
    kink=ieee.room_in_mod,
    doc="x - y · floor(x / y): the remainder, with the sign of y. The slope in y is -floor(x / y).",
)

floordiv = row(
    "floordiv",
    ieee.floordiv,
    (0.0, 0.0),
    glyph="//",
    text="{0:2} // {1:3}",
    latex=r"\left\lfloor\frac{{{0}}}{{{1}}}\right\rfloor",
    precedence=2,
    domain=((-inf, inf), (0.0, inf)),
    kink=ieee.room_in_mod,
    switch=True,
    doc="floor(x / y): how many times y goes into x. Slope 0 everywhere.",
)

pow = row(
    "pow",
    ieee.pow,
    _pow_slopes,
    glyph="^",
    text="{0:5} ** {1:4}",
    latex="{0:5}^{{{1}}}",
    precedence=4,
    domain=((0.0, inf), (-inf, inf)),
    everywhere=lambda x, y: y >= 1 and y % 1 == 0,
    doc="x ** y. The slope in y is out·log(x): nan for x < 0, and 0 for x = 0, y >= 0.",
)

# Exponentials, logarithms, roots.

exp = row(
    "exp",
    ieee.total(math.exp),
    lambda x, out: (out,),
    latex=r"\exp\left({0}\right)",
    numpy="np.exp({0})",
    domain=((-700.0, 700.0),),
    doc="e to the power x.",
)

expm1 = row(
    "expm1",
    ieee.total(math.expm1),
    lambda x, out: (exp(x),),
    numpy="np.expm1({0})",
    domain=((-700.0, 700.0),),
    doc="exp(x) - 1, exact near 0.",
)

exp2 = row(
    "exp2",
    lambda x: ieee.pow(2.0, x),
    _exp2_slopes,
    latex="2^{{{0}}}",
    precedence=4,
    text="exp2({0})",
    numpy="np.exp2({0})",
    domain=((-1000.0, 1000.0),),
    doc="2 to the power x.",
)

log = row(
    "log",
    ieee.log,
    lambda x, out: (div(equal(out, out), x),),
    latex=r"\ln\left({0}\right)",
    numpy="np.log({0})",
    domain=((0.0, inf),),
    doc="The natural logarithm; log(0) = -inf, log(x < 0) = nan.",
)

log1p = row(
    "log1p",
    ieee.log1p,
    lambda x, out: (div(equal(out, out), 1 + x),),
    latex=r"\ln\left(1 + {0:2}\right)",
    numpy="np.log1p({0})",
    domain=((-1.0, inf),),
    doc="log(1 + x), exact near 0.",
)

log2 = row(
    "log2",
    ieee.log2,
    lambda x, out: (div(equal(out, out) / math.log(2), x),),
    latex=r"\log_2\left({0}\right)",
    numpy="np.log2({0})",
    domain=((0.0, inf),),
    doc="The logarithm to base 2.",
)

log10 = row(
    "log10",
    ieee.log10,
    lambda x, out: (div(equal(out, out) / math.log(10), x),),
    latex=r"\log_{{10}}\left({0}\right)",
    numpy="np.log10({0})",
    domain=((0.0, inf),),
    doc="The logarithm to base 10.",
)

xlogy = row(
    "xlogy",
    ieee.xlogy,
    lambda x, y, out: (log(y), _xlogy_slope(x, y, out)),
    numpy="np.where(({0:1} == 0) & ({1:1} >= 0), 0.0, {0:2} * np.log({1}))",
    domain=((-inf, inf), (0.0, inf)),
    doc="x · log(y), and 0 for x = 0: entropies are sums of such terms.",
)

sqrt = row(
    "sqrt",
    ieee.total(math.sqrt),
    lambda x, out: (div(0.5, out),),
    glyph="√",
    latex=r"\sqrt{{{0}}}",
    numpy="np.sqrt({0})",
    domain=((0.0, inf),),
    doc="The square root; sqrt(x < 0) = nan.",
)

cbrt = row(
    "cbrt",
    ieee.cbrt,
    _cbrt_slopes,
    glyph="∛",
    latex=r"\sqrt[3]{{{0}}}",
    numpy="np.cbrt({0})",
    kink=lambda x: x,
    doc="The cube root, negative for x < 0.",
)

# Trigonometric functions.

sin = row(
    "sin",
    ieee.total(math.sin),
    lambda x, out: (cos(x),),
    latex=r"\sin\left({0}\right)",
    numpy="np.sin({0})",
    doc="The sine of x radians.",
)

cos = row(
    "cos",
    ieee.total(math.cos),
    lambda x, out: (-sin(x),),
    latex=r"\cos\left({0}\right)",
    numpy="np.cos({0})",
    doc="The cosine of x radians.",
)

tan = row(
    "tan",
    ieee.total(math.tan),
    lambda x, out: (1 + out * out,),
    latex=r"\tan\left({0}\right)",
    numpy="np.tan({0})",
    domain=((-pi / 2, pi / 2),),
    doc="The tangent of x radians.",
)

asin = row(
    "asin",
    ieee.total(math.asin),
    lambda x, out: (div(1.0, sqrt(_one_minus_square(x))),),
    latex=r"\arcsin\left({0}\right)",
    numpy="np.arcsin({0})",
    domain=((-1.0, 1.0),),
    doc="The angle in [-π/2, π/2] whose sine is x.",
)

acos = row(
    "acos",
    ieee.total(math.acos),
    lambda x, out: (-div(1.0, sqrt(_one_minus_square(x))),),
    latex=r"\arccos\left({0}\right)",
    numpy="np.arccos({0})",
    domain=((-1.0, 1.0),),
    doc="The angle in [0, π] whose cosine is x.",
)

atan = row(
    "atan",
    math.atan,
    lambda x, out: (div(1.0, hypot(1.0, x)) ** 2,),
    latex=r"\arctan\left({0}\right)",
    numpy="np.arctan({0})",
    doc="The angle in (-π/2, π/2) whose tangent is x.",
)

atan2 = row(
    "atan2",
    math.atan2,
    _atan2_slopes,
    numpy="np.arctan2({0}, {1})",
    domain=((-inf, inf), (0.0, inf)),
    doc="atan2(y, x): the angle of the point (x, y), in [-π, π].",
)

hypot = row(
    "hypot",
    math.hypot,
    lambda x, y, out: (_cosine(x, y, out), _cosine(y, x, out)),
    latex=r"\sqrt{{{0:5}^2 + {1:5}^2}}",
    numpy="np.hypot({0}, {1})",
    kink=math.hypot,
    doc="√(x² + y²), without overflow.",
)

# Hyperbolic functions, and bells.

sinh = row(
    "sinh",
    ieee.total(math.sinh, lambda x: copysign(inf, x)),
    lambda x, out: (cosh(x),),
    latex=r"\sinh\left({0}\right)",
    numpy="np.sinh({0})",
    domain=((-700.0, 700.0),),
    doc="(exp(x) - exp(-x)) / 2.",
)

cosh = row(
    "cosh",
    ieee.total(math.cosh),
    lambda x, out: (sinh(x),),
    latex=r"\cosh\left({0}\right)",
    numpy="np.cosh({0})",
    domain=((-700.0, 700.0),),
    doc="(exp(x) + exp(-x)) / 2.",
)

tanh = row(
    "tanh",
    math.tanh,
    lambda x, out: (sech(x) ** 2,),
    latex=r"\tanh\left({0}\right)",
    numpy="np.tanh({0})",
    doc="sinh(x) / cosh(x).",
)

sech = row(
    "sech",
    ieee.sech,
    lambda x, out: (-(out * tanh(x)),),
    numpy="1 / np.cosh({0})",
    doc="1 / cosh(x): a bell, whose square is the slope of tanh.",
)

asinh = row(
    "asinh",
    math.asinh,
    lambda x, out: (div(1.0, hypot(1.0, x)),),
    numpy="np.arcsinh({0})",
    doc="The number whose sinh is x.",
)

acosh = row(
    "acosh",
    ieee.total(math.acosh),
    lambda x, out: (div(div(1.0, sqrt(x - 1)), sqrt(x + 1)),),
    numpy="np.arccosh({0})",
    domain=((1.0, inf),),
    doc="The number >= 0 whose cosh is x.",
)

atanh = row(
    "atanh",
    ieee.atanh,
    lambda x, out: (div(equal(out, out), _one_minus_square(x)),),
    numpy="np.arctanh({0})",
    domain=((-1.0, 1.0),),
    doc="The number whose tanh is x; atanh(±1) = ±inf.",
)

erf = row(
    "erf",
    math.erf,
    lambda x, out: (2 / math.sqrt(pi) * gaussian(x) ** 2,),
    numpy="np.vectorize(math.erf, otypes=[float])({0})",
    doc="2/√π ∫₀ˣ exp(-t²) dt.",
)

erfc = row(
    "erfc",
    math.erfc,
    lambda x, out: (-2 / math.sqrt(pi) * gaussian(x) ** 2,),
    numpy="np.vectorize(math.erfc, otypes=[float])({0})",
    doc="1 - erf(x), exact where erf is nearly 1.",
)

gaussian = row(
    "gaussian",
    ieee.gaussian,
    lambda x, out: (-(_within(x, 40.0) * out),),
    latex=r"\exp\left(-{0:5}^2 / 2\right)",
    numpy="np.exp(-0.5 * {0:3} * {0:3})",
    doc="exp(-x²/2): the bell of the normal distribution, whose square is the slope of erf.",
)

# Sigmoids.

sigmoid = row(
    "sigmoid",
    ieee.sigmoid,
    lambda x, out: (_root_of_sigmoid_slope(x) ** 2,),
    glyph="σ",
    latex=r"\sigma\left({0}\right)",
    numpy="1 / (1 + np.exp(-{0:3}))",
    doc="1 / (1 + exp(-x)), never overflowing.",
)

log_sigmoid = row(
    "log_sigmoid",
    lambda x: -ieee.softplus(-x),
    lambda x, out: (sigmoid(-x),),
    numpy="-np.logaddexp(0, -{0:3})",
    doc="log(sigmoid(x)), never overflowing.",
)

softplus = row(
    "softplus",
    ieee.softplus,
    lambda x, out: (sigmoid(x),),
    numpy="np.logaddexp(0, {0})",
    doc="log(1 + exp(x)), never overflowing.",
)

logaddexp = row(
    "logaddexp",
    ieee.logaddexp,
    lambda x, y, out: (share(x, y), share(y, x)),
    latex=r"\log\left(e^{{{0}}} + e^{{{1}}}\right)",
    numpy="np.logaddexp({0}, {1})",
    family=_logaddexp_of,
    doc="log(exp(x) + exp(y)) of two or more inputs, never overflowing: a soft maximum.",
)

share = row(
    "share",
    ieee.share,
    _share_slopes,
    latex=r"\sigma\left({0:1} - {1:2}\right)",
    numpy="np.where({0:1} == {1:1}, 0.5, 1 / (1 + np.exp({1:1} - {0:2})))",
    doc="exp(x) / (exp(x) + exp(y)), the softmax of two: ½ if x = y, even if both are infinite.",
)

softsign = row(
    "softsign",
    ieee.softsign,
    lambda x, out: (div(1.0, 1 + abs(x)) ** 2,),
    numpy="np.where(np.isinf({0}), np.sign({0}), {0:2} / (1 + np.abs({0})))",
    kink=lambda x: x,
    doc="x / (1 + |x|).",
)

# Activations.

relu = row(
    "relu",
    lambda x: x if x > 0 or x != x else 0.0,
    lambda x, out: (step(x),),
    numpy="np.maximum({0}, 0.0)",
    kink=lambda x: x,
    switch=True,
    doc="max(x, 0); slope 0 at 0.",
)

leaky_relu = row(
    "leaky_relu",
    lambda x, slope: x if x > 0 else slope * x,
    lambda x, slope, out: (where(step(x), 1.0, slope), where(step(x), 0.0, x)),
    glyph="leaky",
    numpy="np.where({0:1} > 0, {0}, {1:2} * {0:3})",
    kink=lambda x, slope: x,
    defaults=(0.01,),
    doc="x for x > 0, else slope · x (0.01 by default).",
)

elu = row(
    "elu",
    lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
    lambda x, alpha, out: (where(step(x), 1.0, alpha * exp(x)), where(step(x), 0.0, expm1(x))),
    numpy="np.where({0:1} > 0, {0}, {1:2} * np.expm1({0}))",
    kink=lambda x, alpha: x,
    defaults=(1.0,),
    doc="x for x > 0, else alpha · (exp(x) - 1) (alpha = 1 by default).",
)

gelu = row(
    "gelu",
    ieee.gelu,
    _gelu_slopes,
    numpy=(
        "0.5 * np.maximum({0}, -1000.0) * "
        "np.vectorize(math.erfc, otypes=[float])({0:2} * -math.sqrt(0.5))"
    ),
    doc="x · P(N(0, 1) < x), exact (not the tanh approximation).",
)

silu = row(
    "silu",
    ieee.silu,
    _silu_slopes,
    numpy="np.maximum({0}, -1000.0) / (1 + np.exp(-{0:3}))",
    doc="x · sigmoid(x), also called swish.",
)

mish = row(
    "mish",
    ieee.mish,
    _mish_slopes,
    numpy="np.maximum({0}, -1000.0) * np.tanh(np.logaddexp(0, {0}))",
    doc="x · tanh(softplus(x)).",
)

# Piecewise functions. The comparisons are ops because a Python `if` would freeze one branch into
# the graph.

abs = row(
    "abs",
    math.fabs,
    lambda x, out: (sign(x),),
    glyph="|x|",
    latex=r"\left|{0}\right|",
    numpy="np.abs({0})",
    kink=lambda x: x,
    doc="|x|; slope 0 at 0.",
)

sign = row(
    "sign",
    ieee.sign,
    (0.0,),
    numpy="np.where({0:1} == 0, {0}, np.sign({0}))",  # numpy's sign of -0.0 is 0.0
    kink=lambda x: x,
    switch=True,
    doc="-1, 0 or 1; slope 0 everywhere.",
)

step = row(
    "step",
    ieee.step,
    (0.0,),
    numpy="np.heaviside({0}, 0.0)",
    kink=lambda x: x,
    switch=True,
    doc="1 for x > 0, else 0; slope 0 everywhere.",
)

floor = row(
    "floor",
    ieee.floor,
    (0.0,),
    latex=r"\lfloor {0} \rfloor",
    numpy="np.floor({0})",
    kink=lambda x: ieee.room_in_mod(x, 1.0),
    switch=True,
    doc="The largest whole number that is not above x; slope 0 everywhere.",
)

ceil = row(
    "ceil",
    ieee.ceil,
    (0.0,),
    latex=r"\lceil {0} \rceil",
    numpy="np.ceil({0})",
    kink=lambda x: ieee.room_in_mod(x, 1.0),
    switch=True,
    doc="The smallest whole number that is not below x; slope 0 everywhere.",
)

trunc = row(
    "trunc",
    ieee.trunc,
    (0.0,),
    numpy="np.trunc({0})",
    kink=lambda x: ieee.room_in_mod(x, 1.0),
    switch=True,
    doc="x without its fractional part; slope 0 everywhere.",
)

round = row(
    "round",
    ieee.round,
    (0.0,),
    numpy="np.rint({0})",
    kink=lambda x: ieee.room_in_mod(x - 0.5, 1.0),
    switch=True,
    doc="The nearest whole number, the even one in a tie; slope 0 everywhere.",
)

greater = row(
    "greater",
    ieee.greater,
    (0.0, 0.0),
    glyph=">",
    latex=r"\left[{0} > {1}\right]",
    numpy="np.where(np.isnan({0}) | np.isnan({1}), np.nan, {0:1} > {1:1})",
    kink=operator.sub,
    switch=True,
    doc="1 where x > y, else 0; slope 0 everywhere.",
)

equal = row(
    "equal",
    ieee.equal,
    (0.0, 0.0),
    glyph="==",
    latex=r"\left[{0} = {1}\right]",
    numpy="np.where(np.isnan({0}) | np.isnan({1}), np.nan, {0:1} == {1:1})",
    kink=operator.sub,
    switch=True,
    doc="1 where x = y, else 0; slope 0 everywhere.",
)

maximum = row(
    "maximum",
    ieee.maximum,
    lambda x, y, out: (greater(x, y) + 0.5 * equal(x, y), greater(y, x) + 0.5 * equal(x, y)),
    glyph="max",
    latex=r"\max\left({0}, {1}\right)",
    numpy="np.maximum({0}, {1})",
    kink=operator.sub,
    switch=True,
    family=cache(partial(_family_of, "maximum", ieee.largest)),
    doc="The largest of two or more inputs; tied inputs share the gradient evenly.",
)

minimum = row(
    "minimum",
    ieee.minimum,
    lambda x, y, out: (greater(y, x) + 0.5 * equal(x, y), greater(x, y) + 0.5 * equal(x, y)),
    glyph="min",
    latex=r"\min\left({0}, {1}\right)",
    numpy="np.minimum({0}, {1})",
    kink=operator.sub,
    switch=True,
    family=cache(partial(_family_of, "minimum", ieee.smallest)),
    doc="The smallest of two or more inputs; tied inputs share the gradient evenly.",
)

clip = row(
    "clip",
    lambda x, low, high: ieee.minimum(ieee.maximum(x, low), high),
    _clip_slopes,
    numpy="np.minimum(np.maximum({0}, {1}), {2})",
    kink=lambda x, low, high: (x - low) * (x - high) * (low - high),
    switch=True,
    doc="x, but at least low and at most high; at a bound the gradient still goes to x.",
)

where = row(
    "where",
    ieee.where,
    lambda condition, x, y, out: (
        0.0,
        where(condition, 1.0, 0.0),
        where(condition, 0.0, 1.0),
    ),
    numpy="np.where(np.isnan({0}), np.nan, np.where({0}, {1}, {2}))",
    switch=True,
    doc="x where condition is not 0, else y; nan where condition is nan.",
)
