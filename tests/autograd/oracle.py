"""The ops in 100 digits, by mpmath: an oracle that shares no line with the engine.

For each op its value, its slopes and its second derivatives, as the textbooks have them. A test
compares the derivatives here with differences of the values here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf

mp.dps = 100


def _sigmoid(x: Any) -> Any:
    return 1 / (1 + mp.exp(-x))


def _bell(x: Any) -> Any:
    """The slope of the sigmoid."""
    return _sigmoid(x) * _sigmoid(-x)


def _softplus(x: Any) -> Any:
    return mp.log1p(mp.exp(x)) if x < 60 else x + mp.log1p(mp.exp(-x))


def _density(x: Any) -> Any:
    return mp.exp(-x * x / 2) / mp.sqrt(2 * mp.pi)


def _mod(x: Any, y: Any) -> Any:
    with mp.workdps(700):  # 1e308 and 1e-308 have that many digits together
        return x - y * mp.floor(x / y)


def _erfc(x: Any) -> Any:
    return mp.erfc(max(-1000, min(1000, x)))  # beyond, mpmath gives up


def _below(x: Any) -> Any:
    """The share of the normal distribution that lies below x."""
    return _erfc(-x / mp.sqrt(2)) / 2


def _clip(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, low), high)


def _clip_slopes(x: Any, low: Any, high: Any) -> Any:
    if max(x, low) > high:
        return 0, 0, 1
    return (1, 0, 0) if x >= low else (0, 1, 0)


def _mish_slope(x: Any) -> Any:
    y = _softplus(x)
    return mp.tanh(y) + x * mp.sech(y) ** 2 * _sigmoid(x)


def _mish_second(x: Any) -> Any:
    y, s = _softplus(x), _sigmoid(x)
    square = mp.sech(y) ** 2
    return 2 * square * s + x * square * (_bell(x) - 2 * mp.tanh(y) * s * s)


EXACT: dict[str, Any] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "dot": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "mod": _mod,
    "pow": lambda x, y: x**y,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "exp2": lambda x: mpf(2) ** x,
    "log": mp.log,
    "log1p": mp.log1p,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": lambda x: mp.log(x) / mp.log(10),
    "xlogy": lambda x, y: x * mp.log(y),
    "sqrt": mp.sqrt,
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "hypot": mp.hypot,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "sech": mp.sech,
    "asinh": mp.asinh,
    "acosh": mp.acosh,
    "atanh": mp.atanh,
    "erf": mp.erf,
    "erfc": _erfc,
    "gaussian": lambda x: mp.exp(-x * x / 2),
    "sigmoid": _sigmoid,
    "log_sigmoid": lambda x: -_softplus(-x),
    "softplus": _softplus,
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "share": lambda x, y: _sigmoid(x - y),
    "softsign": lambda x: x / (1 + abs(x)),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "gelu": lambda x: x * _below(x),
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * mp.tanh(_softplus(x)),
    "abs": abs,
    "sign": mp.sign,
    "step": lambda x: mpf(x > 0),
    "floor": mp.floor,
    "floordiv": lambda x, y: mp.floor(x / y),
    "ceil": mp.ceil,
    "trunc": lambda x: mp.sign(x) * mp.floor(abs(x)),
    "round": mp.nint,
    "greater": lambda x, y: mpf(x > y),
    "equal": lambda x, y: mpf(x == y),
    "maximum": max,
    "minimum": min,
    "clip": _clip,
    "where": lambda c, x, y: x if c else y,
}

SLOPES: dict[str, Any] = {
    "add": lambda x, y: (1, 1),
    "sub": lambda x, y: (1, -1),
    "mul": lambda x, y: (y, x),
    "dot": lambda x, y: (y, x),
    "div": lambda x, y: (1 / y, -x / y**2),
    "neg": lambda x: (-1,),
    "identity": lambda x: (1,),
    "mod": lambda x, y: (1, -mp.floor(x / y)),
    "pow": lambda x, y: (y * x ** (y - 1), x**y * mp.log(x)),
    "exp": lambda x: (mp.exp(x),),
    "expm1": lambda x: (mp.exp(x),),
    "exp2": lambda x: (mpf(2) ** x * mp.log(2),),
    "log": lambda x: (1 / x,),
    "log1p": lambda x: (1 / (1 + x),),
    "log2": lambda x: (1 / (x * mp.log(2)),),
    "log10": lambda x: (1 / (x * mp.log(10)),),
    "xlogy": lambda x, y: (mp.log(y), x / y),
    "sqrt": lambda x: (1 / (2 * mp.sqrt(x)),),
    "cbrt": lambda x: (1 / (3 * mp.cbrt(abs(x)) ** 2),),
    "sin": lambda x: (mp.cos(x),),
    "cos": lambda x: (-mp.sin(x),),
    "tan": lambda x: (1 / mp.cos(x) ** 2,),
    "asin": lambda x: (1 / mp.sqrt(1 - x * x),),
    "acos": lambda x: (-1 / mp.sqrt(1 - x * x),),
    "atan": lambda x: (1 / (1 + x * x),),
    "atan2": lambda y, x: (x / (x * x + y * y), -y / (x * x + y * y)),
    "hypot": lambda x, y: (x / mp.hypot(x, y), y / mp.hypot(x, y)),
    "sinh": lambda x: (mp.cosh(x),),
    "cosh": lambda x: (mp.sinh(x),),
    "tanh": lambda x: (mp.sech(x) ** 2,),
    "sech": lambda x: (-mp.sech(x) * mp.tanh(x),),
    "asinh": lambda x: (1 / mp.sqrt(1 + x * x),),
    "acosh": lambda x: (1 / mp.sqrt(x * x - 1),),
    "atanh": lambda x: (1 / (1 - x * x),),
    "erf": lambda x: (2 * mp.exp(-x * x) / mp.sqrt(mp.pi),),
    "erfc": lambda x: (-2 * mp.exp(-x * x) / mp.sqrt(mp.pi),),
    "gaussian": lambda x: (-x * mp.exp(-x * x / 2),),
    "sigmoid": lambda x: (_bell(x),),
    "log_sigmoid": lambda x: (_sigmoid(-x),),
    "softplus": lambda x: (_sigmoid(x),),
    "logaddexp": lambda x, y: (_sigmoid(x - y), _sigmoid(y - x)),
    "share": lambda x, y: (_bell(x - y), -_bell(x - y)),
    "softsign": lambda x: (1 / (1 + abs(x)) ** 2,),
    "relu": lambda x: (x > 0,),
    "leaky_relu": lambda x, slope: (1, 0) if x > 0 else (slope, x),
    "elu": lambda x, alpha: (1, 0) if x > 0 else (alpha * mp.exp(x), mp.expm1(x)),
    "gelu": lambda x: (_below(x) + x * _density(x),),
    "silu": lambda x: (_sigmoid(x) + x * _bell(x),),
    "mish": lambda x: (_mish_slope(x),),
    "abs": lambda x: (mp.sign(x),),
    "sign": lambda x: (0,),
    "step": lambda x: (0,),
    "floor": lambda x: (0,),
    "floordiv": lambda x, y: (0, 0),
    "ceil": lambda x: (0,),
    "trunc": lambda x: (0,),
    "round": lambda x: (0,),
    "greater": lambda x, y: (0, 0),
    "equal": lambda x, y: (0, 0),
    "maximum": lambda x, y: (x > y, y > x),
    "minimum": lambda x, y: (y > x, x > y),
    "clip": _clip_slopes,
    "where": lambda c, x, y: (0, 1, 0) if c else (0, 0, 1),
}

SECONDS: dict[str, Any] = {
    "mul": lambda x, y: (0, 1, 0),
    "dot": lambda x, y: (0, 1, 0),
    "div": lambda x, y: (0, -1 / y**2, 2 * x / y**3),
    "pow": lambda x, y: (
        y * (y - 1) * x ** (y - 2),
        x ** (y - 1) * (1 + y * mp.log(x)),
        x**y * mp.log(x) ** 2,
    ),
    "exp": lambda x: (mp.exp(x),),
    "expm1": lambda x: (mp.exp(x),),
    "exp2": lambda x: (mpf(2) ** x * mp.log(2) ** 2,),
    "log": lambda x: (-1 / x**2,),
    "log1p": lambda x: (-1 / (1 + x) ** 2,),
    "log2": lambda x: (-1 / (x**2 * mp.log(2)),),
    "log10": lambda x: (-1 / (x**2 * mp.log(10)),),
    "xlogy": lambda x, y: (0, 1 / y, -x / y**2),
    "sqrt": lambda x: (-1 / (4 * mp.sqrt(x) ** 3),),
    "cbrt": lambda x: (-2 * mp.sign(x) / (9 * mp.cbrt(abs(x)) ** 5),),
    "sin": lambda x: (-mp.sin(x),),
    "cos": lambda x: (-mp.cos(x),),
    "tan": lambda x: (2 * mp.tan(x) / mp.cos(x) ** 2,),
    "asin": lambda x: (x / mp.sqrt(1 - x * x) ** 3,),
    "acos": lambda x: (-x / mp.sqrt(1 - x * x) ** 3,),
    "atan": lambda x: (-2 * x / (1 + x * x) ** 2,),
    "atan2": lambda y, x: (
        -2 * x * y / (x * x + y * y) ** 2,
        (y - x) * (y + x) / (x * x + y * y) ** 2,
        2 * x * y / (x * x + y * y) ** 2,
    ),
    "hypot": lambda x, y: (
        y * y / mp.hypot(x, y) ** 3,
        -x * y / mp.hypot(x, y) ** 3,
        x * x / mp.hypot(x, y) ** 3,
    ),
    "sinh": lambda x: (mp.sinh(x),),
    "cosh": lambda x: (mp.cosh(x),),
    "tanh": lambda x: (-2 * mp.tanh(x) * mp.sech(x) ** 2,),
    "sech": lambda x: (mp.sech(x) * (1 - 2 * mp.sech(x) ** 2),),
    "asinh": lambda x: (-x / mp.sqrt(1 + x * x) ** 3,),
    "acosh": lambda x: (-x / mp.sqrt(x * x - 1) ** 3,),
    "atanh": lambda x: (2 * x / (1 - x * x) ** 2,),
    "erf": lambda x: (-4 * x * mp.exp(-x * x) / mp.sqrt(mp.pi),),
    "erfc": lambda x: (4 * x * mp.exp(-x * x) / mp.sqrt(mp.pi),),
    "gaussian": lambda x: ((x * x - 1) * mp.exp(-x * x / 2),),
    "sigmoid": lambda x: (-_bell(x) * mp.tanh(x / 2),),
    "log_sigmoid": lambda x: (-_bell(x),),
    "softplus": lambda x: (_bell(x),),
    "logaddexp": lambda x, y: (_bell(x - y), -_bell(x - y), _bell(x - y)),
    "share": lambda x, y: tuple(s * _bell(x - y) * mp.tanh((x - y) / 2) for s in (-1, 1, -1)),
    "softsign": lambda x: (-2 * mp.sign(x) / (1 + abs(x)) ** 3,),
    "leaky_relu": lambda x, slope: (0, 0 if x > 0 else 1, 0),
    "elu": lambda x, alpha: (0, 0, 0) if x > 0 else (alpha * mp.exp(x), mp.exp(x), 0),
    "gelu": lambda x: ((2 - x * x) * _density(x),),
    "silu": lambda x: (_bell(x) * (2 - x * mp.tanh(x / 2)),),
    "mish": lambda x: (_mish_second(x),),
}
"""By pairs of inputs: (xx,) or (xx, xy, yy). All second derivatives of the others are 0."""


def value(name: str, inputs: Sequence[float]) -> Any:
    return EXACT[name](*map(mpf, inputs))


def slopes(name: str, inputs: Sequence[Any]) -> list[Any]:
    """The partial derivatives."""
    return [mpf(s) for s in SLOPES[name](*map(mpf, inputs))]


def seconds(name: str, inputs: Sequence[Any]) -> list[list[Any]]:
    """The matrix of second derivatives."""
    if name not in SECONDS:
        return [[mpf(0)] * len(inputs) for _ in inputs]
    found = [mpf(s) for s in SECONDS[name](*map(mpf, inputs))]
    if len(found) == 1:
        return [found]
    xx, xy, yy = found
    return [[xx, xy], [xy, yy]]


def difference(f: Any, inputs: Sequence[Any], i: int) -> Any:
    """∂f/∂input i by central differences, extrapolated once."""
    h = mpf(10) ** -20

    def quotient(h: Any) -> Any:
        up, down = [mpf(x) for x in inputs], [mpf(x) for x in inputs]
        up[i] += h
        down[i] -= h
        return (f(up) - f(down)) / (2 * h)

    return (4 * quotient(h) - quotient(2 * h)) / 3


def gradient(steps: Any, point: Sequence[float]) -> list[Any]:
    """∂out/∂input of a straight-line program, by forward accumulation."""
    n = range(len(point))
    slots = [mpf(x) for x in point]
    tangents = [_unit(i, n) for i in n]
    for op, args in steps:
        inputs = [slots[x] if isinstance(x, int) else mpf(x.data) for x in args]
        local = [(s, x) for s, x in zip(slopes(op.name, inputs), args) if isinstance(x, int)]
        slots.append(EXACT[op.name](*inputs))
        tangents.append(_along(local, tangents, n))
    return tangents[-1]


def _unit(i: int, n: Any) -> list[Any]:
    return [mpf(i == j) for j in n]


def _along(local: Any, tangents: Any, n: Any) -> list[Any]:
    total = [mpf(0) for _ in n]
    for slope, x in local:
        for j in n:
            total[j] += slope * tangents[x][j]
    return total
