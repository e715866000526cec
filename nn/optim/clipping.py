"""Limits for gradients: by their norm, or one by one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from autograd import Value
from autograd.checks import in_range, shown
from nn.arguments import values_of
from nn.optim.frozen import frozen_among
from nn.optim.rules import clip_scale


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale all gradients by max_norm / (norm + 1e-6) if their norm √Σ g² is larger.

    Like PyTorch's. Returns the norm before scaling, which is inf if it is beyond the range of a
    float. Frozen parameters do not count. Raises ValueError, and changes nothing, if a gradient is
    nan or inf, which no scale fixes; TypeError for anything but Values.
    Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013.

    >>> p = Value(3.0); (p * p).backward()
    >>> clip_grad_norm([p], 1.0), round(p.grad, 6)
    (6.0, 1.0)
    """
    moving = _moving(parameters, "clip_grad_norm")
    max_norm = _limit(max_norm, "clip_grad_norm(max_norm)")
    for p in moving:
        if not math.isfinite(p.grad):
            raise ValueError(
                f"clip_grad_norm: the gradient of {(p.label or 'a parameter')[:80]} is "
                f"{shown(p.grad)}, which no scale fixes: lower the learning rate"
            )
    norm = math.hypot(*[p.grad for p in moving])
    if norm == math.inf:  # though the gradients are finite: relative to the largest, it is small
        largest = max([abs(p.grad) for p in moving])
        ratios = [p.grad / largest for p in moving]
        scale = max_norm / math.hypot(*ratios)
        for p, ratio in zip(moving, ratios):
            p.grad = ratio * min(scale, largest)
        return norm
    scale = clip_scale(norm, max_norm)
    if scale < 1:
        for p in moving:
            p.grad *= scale
    return norm


def clip_grad_value(parameters: Iterable[Value], max_value: float) -> None:
    """Bring every gradient into [-max_value, max_value]; nan stays nan. Like PyTorch's.

    Raises TypeError for anything but Values, ValueError for a limit that is not positive.

    >>> p = Value(3.0); (p * p).backward()
    >>> clip_grad_value([p], 0.5); p.grad
    0.5
    """
    moving = _moving(parameters, "clip_grad_value")
    max_value = _limit(max_value, "clip_grad_value(max_value)")
    for p in moving:
        if abs(p.grad) > max_value:
            p.grad = math.copysign(max_value, p.grad)


def _moving(parameters: Any, taker: str) -> list[Value]:
    values = values_of(parameters, taker)
    held = frozen_among(values)
    return [p for p in values if p not in held]


def _limit(x: Any, subject: str) -> float:
    return in_range(x, subject, "positive")
