"""The ops in 50 digits, by mpmath: an oracle that shares no line with the engine."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mpmath import mp, mpf

mp.dps = 50


def _clip(x: Any, low: Any, high: Any) -> Any:
    return min(max(x, low), high)


EXACT: dict[str, Any] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "identity": lambda x: x,
    "pow": lambda x, y: x**y,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tan": mp.tan,
    "asin": mp.asin,
    "acos": mp.acos,
    "atan": mp.atan,
    "atan2": mp.atan2,
    "sinh": mp.sinh,
    "cosh": mp.cosh,
    "tanh": mp.tanh,
    "erf": mp.erf,
    "hypot": mp.hypot,
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log1p(mp.exp(x)) if x < 60 else x + mp.log1p(mp.exp(-x)),
    "logaddexp": lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
    "relu": lambda x: max(x, mpf(0)),
    "leaky_relu": lambda x, slope: x if x > 0 else slope * x,
    "elu": lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
    "gelu": lambda x: x * mp.ncdf(x),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "abs": abs,
    "sign": lambda x: mpf((x > 0) - (x < 0)),
    "step": lambda x: mpf(x > 0),
    "greater": lambda x, y: mpf(x > y),
    "equal": lambda x, y: mpf(x == y),
    "maximum": max,
    "minimum": min,
    "clip": _clip,
    "where": lambda c, x, y: x if c else y,
}


def value(name: str, inputs: Sequence[float]) -> Any:
    return EXACT[name](*map(mpf, inputs))


def slopes(name: str, inputs: Sequence[Any]) -> list[Any]:
    """The partial derivatives: central differences of 1e-20, extrapolated once, in 80 digits."""
    with mp.workdps(80):
        point, h = [mpf(x) for x in inputs], mpf(10) ** -20

        def difference(i: int, h: Any) -> Any:
            up, down = list(point), list(point)
            up[i] += h
            down[i] -= h
            return (EXACT[name](*up) - EXACT[name](*down)) / (2 * h)

        return [(4 * difference(i, h) - difference(i, 2 * h)) / 3 for i in range(len(point))]


def gradient(steps: Any, point: Sequence[float]) -> list[Any]:
    """∂out/∂input of a straight-line program, by forward accumulation."""
    n = range(len(point))
    slots = [mpf(x) for x in point]
    tangents = [[mpf(i == j) for j in n] for i in n]
    for op, args in steps:
        inputs = [slots[x] if isinstance(x, int) else mpf(x.data) for x in args]
        local = [(s, x) for s, x in zip(slopes(op.name, inputs), args) if isinstance(x, int)]
        slots.append(EXACT[op.name](*inputs))
        tangents.append([sum((s * tangents[x][j] for s, x in local), mpf(0)) for j in n])
    return tangents[-1]
