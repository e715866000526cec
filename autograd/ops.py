r"""THE TABLE. Each row is an op; the engine, the drawing, the formulas and the checks read it.

How to read a row: name, value on floats, slopes. `slopes=lambda x, out: (cos(x),)` says that the
derivative of `out` in `x` is cos(x); it is written with the ops of this very table, so on floats
it gives numbers, and on Values a graph that can be differentiated again. Constant slopes are the
tuple itself. Slopes use `div` and `pow` rather than `/` and `**` wherever a zero may turn up,
because Python's own operators raise where IEEE 754 has an answer.

Choices at kinks, all of them here: relu'(0) = 0, abs'(0) = 0, leaky_relu'(0) = the small slope,
elu'(0) = alpha (1 by default), maximum and minimum share a tie half and half, clip at a bound passes 1.
hypot and atan2 have no slope at (0, 0), and say nan.

Formulas: Abramowitz and Stegun, "Handbook of Mathematical Functions" (1964), chapters 4 and 7;
GELU: Hendrycks and Gimpel (2016); SiLU: Elfwing et al. (2018); ELU: Clevert et al. (2016).
"""

from __future__ import annotations

import math
import operator
from math import copysign, inf, nan, pi
from typing import Any

from autograd import ieee
from autograd.op import row

__all__ = [  # the rows below
    "add", "sub", "mul", "div", "neg", "identity", "pow", "exp", "expm1", "log", "log1p", "sqrt",
    "sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "erf", "hypot",
    "sigmoid", "softplus", "logaddexp", "relu", "leaky_relu", "elu", "gelu", "silu",
    "abs", "sign", "step", "greater", "equal", "maximum", "minimum", "clip", "where",
]  # fmt: skip

# Slopes that need a sentence.


def _is_number(x: Any) -> bool:
    return not hasattr(type(x), "__op__")


def _pow_slopes(x: Any, y: Any, out: Any) -> tuple[Any, Any]:
    # A constant exponent arrives as a number: its rule is y * x**(y - 1), and x**0 is flat.
    if _is_number(y):
        base = 0.0 if y == 0 else 2.0 * x if y == 2 else y * pow(x, y - 1)
        if not _is_number(x):
            return base, 0.0
    else:
        power = pow(x, y - 1)
        base = where(1 - equal(y, 0.0), y * power, where(1 - greater(inf, abs(power)), 0.0, y * power))
    if _is_number(x) and x != 0:
        return base, out * log(x)
    # 0**y is flat in y for y > 0, and the engine says so at y = 0 too.
    flat = equal(x, 0.0) * (1 - greater(0.0, y))
    return base, where(1 - flat, out * log(x), 0.0)


def _atan2_slopes(y: Any, x: Any, out: Any) -> tuple[Any, Any]:
    r = hypot(x, y)  # divided by twice, because r * r could overflow
    return div(div(x, r), r), -div(div(y, r), r)


def _clip_slopes(x: Any, low: Any, high: Any, out: Any) -> tuple[Any, Any, Any]:
    inside = (1 - greater(low, x)) * (1 - greater(x, high))
    at_low = greater(low, x) * (1 - greater(low, high))
    return inside, at_low, 1 - inside - at_low


def _silu_slopes(x: Any, out: Any) -> tuple[Any]:
    return (sigmoid(x) * (1 + x * sigmoid(-x)),)


def _gelu_slopes(x: Any, out: Any) -> tuple[Any]:
    below = 0.5 * (1 + erf(x * ieee.ROOT_HALF))
    density = exp(-0.5 * x * x) * (1 / math.sqrt(2 * pi))
    return (below + x * density,)


# Arithmetic.
# fmt: off

add = row("add", operator.add, (1.0, 1.0),
          glyph="+", text="{0:1} + {1:2}", latex="{0:1} + {1:2}", precedence=1, doc="x + y.")

sub = row("sub", operator.sub, (1.0, -1.0),
          glyph="−", text="{0:1} - {1:2}", latex="{0:1} - {1:2}", precedence=1, doc="x - y.")

mul = row("mul", operator.mul, lambda x, y, out: (y, x),
          glyph="×", text="{0:2} * {1:3}", latex=r"{0:2} \cdot {1:3}", precedence=2, doc="x · y.")

div = row("div", ieee.div, lambda x, y, out: (div(1.0, y), -div(out, y)),
          glyph="÷", text="{0:2} / {1:3}", latex=r"\frac{{{0}}}{{{1}}}", precedence=2,
          domain=((-inf, inf), (0.0, inf)), doc="x / y, with 1/0 = inf and 0/0 = nan.")

neg = row("neg", operator.neg, (-1.0,),
          glyph="−", text="-{0:3}", latex="-{0:3}", precedence=3, doc="-x.")

identity = row("identity", lambda x: x, (1.0,),
               glyph="=", numpy="{0}", latex="{0:5}", doc="x itself, as a node of its own.")

pow = row("pow", ieee.pow, _pow_slopes,
          glyph="^", text="{0:5} ** {1:4}", latex="{0:5}^{{{1}}}", precedence=4,
          domain=((0.0, inf), (-inf, inf)),
          doc="x ** y. The slope in y is out·log(x): nan for x < 0, and 0 for x = 0, y >= 0.")

# Exponentials, logarithms, roots.

exp = row("exp", ieee.total(math.exp), lambda x, out: (out,),
          latex=r"\exp\left({0}\right)", numpy="np.exp({0})", domain=((-700.0, 700.0),), doc="e to the power x.")

expm1 = row("expm1", ieee.total(math.expm1), lambda x, out: (exp(x),),
            numpy="np.expm1({0})", domain=((-700.0, 700.0),), doc="exp(x) - 1, exact near 0.")

log = row("log", ieee.log, lambda x, out: (div(1.0, x),),
          latex=r"\ln\left({0}\right)", numpy="np.log({0})", domain=((0.0, inf),),
          doc="The natural logarithm; log(0) = -inf, log(x < 0) = nan.")

log1p = row("log1p", ieee.log1p, lambda x, out: (div(1.0, 1 + x),),
            latex=r"\ln\left(1 + {0:2}\right)", numpy="np.log1p({0})", domain=((-1.0, inf),),
            doc="log(1 + x), exact near 0.")

sqrt = row("sqrt", ieee.total(math.sqrt), lambda x, out: (div(0.5, out),),
           glyph="√", latex=r"\sqrt{{{0}}}", numpy="np.sqrt({0})", domain=((0.0, inf),),
           doc="The square root; sqrt(x < 0) = nan.")

# Trigonometric and hyperbolic functions.

sin = row("sin", ieee.total(math.sin), lambda x, out: (cos(x),),
          latex=r"\sin\left({0}\right)", numpy="np.sin({0})", doc="The sine of x radians.")

cos = row("cos", ieee.total(math.cos), lambda x, out: (-sin(x),),
          latex=r"\cos\left({0}\right)", numpy="np.cos({0})", doc="The cosine of x radians.")

tan = row("tan", ieee.total(math.tan), lambda x, out: (1 + out * out,),
          latex=r"\tan\left({0}\right)", numpy="np.tan({0})", domain=((-pi / 2, pi / 2),),
          doc="The tangent of x radians.")

asin = row("asin", ieee.total(math.asin), lambda x, out: (div(1.0, sqrt((1 - x) * (1 + x))),),
           latex=r"\arcsin\left({0}\right)", numpy="np.arcsin({0})", domain=((-1.0, 1.0),),
           doc="The angle in [-π/2, π/2] whose sine is x.")

acos = row("acos", ieee.total(math.acos), lambda x, out: (-div(1.0, sqrt((1 - x) * (1 + x))),),
           latex=r"\arccos\left({0}\right)", numpy="np.arccos({0})", domain=((-1.0, 1.0),),
           doc="The angle in [0, π] whose cosine is x.")

atan = row("atan", math.atan, lambda x, out: (div(1.0, 1 + x * x),),
           latex=r"\arctan\left({0}\right)", numpy="np.arctan({0})", doc="The angle in (-π/2, π/2) whose tangent is x.")

atan2 = row("atan2", math.atan2, _atan2_slopes,
            numpy="np.arctan2({0}, {1})", domain=((-inf, inf), (0.0, inf)),
            doc="atan2(y, x): the angle of the point (x, y), in [-π, π].")

sinh = row("sinh", ieee.total(math.sinh, lambda x: copysign(inf, x)), lambda x, out: (cosh(x),),
           latex=r"\sinh\left({0}\right)", numpy="np.sinh({0})", domain=((-700.0, 700.0),), doc="(exp(x) - exp(-x)) / 2.")

cosh = row("cosh", ieee.total(math.cosh), lambda x, out: (sinh(x),),
           latex=r"\cosh\left({0}\right)", numpy="np.cosh({0})", domain=((-700.0, 700.0),), doc="(exp(x) + exp(-x)) / 2.")

tanh = row("tanh", math.tanh, lambda x, out: (1 - out * out,),
           latex=r"\tanh\left({0}\right)", numpy="np.tanh({0})", doc="sinh(x) / cosh(x).")

erf = row("erf", math.erf, lambda x, out: (2 / math.sqrt(pi) * exp(-x * x),),
          numpy="np.vectorize(math.erf, otypes=[float])({0})", doc="2/√π ∫₀ˣ exp(-t²) dt.")

hypot = row("hypot", math.hypot, lambda x, y, out: (div(x, out), div(y, out)),
            latex=r"\sqrt{{{0:5}^2 + {1:5}^2}}", numpy="np.hypot({0}, {1})", kink=math.hypot, doc="√(x² + y²), without overflow.")

# Activations.

sigmoid = row("sigmoid", ieee.sigmoid, lambda x, out: (out * (1 - out),),
              glyph="σ", latex=r"\sigma\left({0}\right)", numpy="1 / (1 + np.exp(-{0:3}))", doc="1 / (1 + exp(-x)), never overflowing.")

softplus = row("softplus", ieee.softplus, lambda x, out: (sigmoid(x),),
               numpy="np.logaddexp(0, {0})", doc="log(1 + exp(x)), never overflowing.")

logaddexp = row("logaddexp", ieee.logaddexp, lambda x, y, out: (sigmoid(x - y), sigmoid(y - x)),
                latex=r"\log\left(e^{{{0}}} + e^{{{1}}}\right)", numpy="np.logaddexp({0}, {1})",
                doc="log(exp(x) + exp(y)), never overflowing: a maximum without a corner.")

relu = row("relu", lambda x: x if x > 0 or x != x else 0.0, lambda x, out: (step(x),),
           numpy="np.maximum({0}, 0.0)", kink=lambda x: x, switch=True, doc="max(x, 0); slope 0 at 0.")

leaky_relu = row("leaky_relu", lambda x, slope: x if x > 0 else slope * x,
                 lambda x, slope, out: (where(step(x), 1.0, slope), where(step(x), 0.0, x)),
                 glyph="leaky", numpy="np.where({0:1} > 0, {0}, {1:2} * {0:3})", kink=lambda x, slope: x, defaults=(0.01,),
                 doc="x for x > 0, else slope · x (0.01 by default).")

elu = row("elu", lambda x, alpha: x if x > 0 else alpha * math.expm1(x),
          lambda x, alpha, out: (where(step(x), 1.0, alpha * exp(x)), where(step(x), 0.0, expm1(x))),
          numpy="np.where({0:1} > 0, {0}, {1:2} * np.expm1({0}))", kink=lambda x, alpha: x, defaults=(1.0,),
          doc="x for x > 0, else alpha · (exp(x) - 1) (alpha = 1 by default).")

gelu = row("gelu", ieee.gelu, _gelu_slopes,
           numpy="0.5 * {0:3} * np.vectorize(math.erfc, otypes=[float])({0:2} * -math.sqrt(0.5))",
           doc="x · P(N(0, 1) < x), exact (not the tanh approximation).")

silu = row("silu", lambda x: x * ieee.sigmoid(x), _silu_slopes,
           numpy="{0:2} / (1 + np.exp(-{0:3}))", doc="x · sigmoid(x), also called swish.")

# Piecewise functions. The comparisons are ops because a Python `if` would freeze one branch into the graph.

abs = row("abs", math.fabs, lambda x, out: (sign(x),),
          glyph="|x|", latex=r"\left|{0}\right|", numpy="np.abs({0})", kink=lambda x: x, doc="|x|; slope 0 at 0.")

sign = row("sign", ieee.sign, (0.0,),
           numpy="np.sign({0})", kink=lambda x: x, switch=True, doc="-1, 0 or 1; slope 0 everywhere.")

step = row("step", lambda x: 1.0 if x > 0 else 0.0 if x == x else nan, (0.0,),
           numpy="np.heaviside({0}, 0.0)", kink=lambda x: x, switch=True, doc="1 for x > 0, else 0; slope 0 everywhere.")

greater = row("greater", ieee.greater, (0.0, 0.0),
              glyph=">", latex=r"\left[{0} > {1}\right]", kink=operator.sub,
              numpy="np.where(np.isnan({0}) | np.isnan({1}), np.nan, {0:1} > {1:1})", switch=True, doc="1 where x > y, else 0; slope 0 everywhere.")

equal = row("equal", ieee.equal, (0.0, 0.0),
            glyph="==", latex=r"\left[{0} = {1}\right]", kink=operator.sub,
            numpy="np.where(np.isnan({0}) | np.isnan({1}), np.nan, {0:1} == {1:1})", switch=True, doc="1 where x = y, else 0; slope 0 everywhere.")

maximum = row("maximum", ieee.maximum, lambda x, y, out: (greater(x, y) + 0.5 * equal(x, y), greater(y, x) + 0.5 * equal(x, y)),
              glyph="max", latex=r"\max\left({0}, {1}\right)", numpy="np.maximum({0}, {1})", kink=operator.sub,
              switch=True, doc="The larger of x and y; a tie gives each half the gradient.")

minimum = row("minimum", ieee.minimum, lambda x, y, out: (greater(y, x) + 0.5 * equal(x, y), greater(x, y) + 0.5 * equal(x, y)),
              glyph="min", latex=r"\min\left({0}, {1}\right)", numpy="np.minimum({0}, {1})", kink=operator.sub,
              switch=True, doc="The smaller of x and y; a tie gives each half the gradient.")

clip = row("clip", lambda x, low, high: ieee.minimum(ieee.maximum(x, low), high), _clip_slopes,
           numpy="np.minimum(np.maximum({0}, {1}), {2})", kink=lambda x, low, high: (x - low) * (x - high) * (low - high),
           switch=True, doc="x, but at least low and at most high; at a bound the gradient still goes to x.")

where = row("where", lambda condition, x, y: x if condition else y,
            lambda condition, x, y, out:
                (0.0, where(condition, 1.0, 0.0), where(condition, 0.0, 1.0)),
            numpy="np.where({0}, {1}, {2})", switch=True, doc="x where condition is not 0, else y.")

# fmt: on
