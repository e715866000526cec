"""Learning rate schedules: pure functions from the number of an epoch (or step), counted from 0, to a factor of the learning rate.

`fit(..., schedule=cosine(60))` applies one each epoch; in a loop of your own, `opt.lr = 0.1 * schedule(epoch)`. Having no
state, they need no saving. The factors are those of PyTorch's schedulers of the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from autograd.checks import as_float, shown
from nn.arguments import size

Schedule: TypeAlias = Callable[[int], float]
ScheduleName: TypeAlias = Literal["constant", "step", "exponential", "cosine", "linear", "warmup"]


def constant() -> Schedule:
    """The learning rate as it is."""
    return lambda t: 1.0


def step(every: int, gamma: float = 0.1) -> Schedule:
    """gamma^⌊t / every⌋: a drop every so often. PyTorch's StepLR.

    >>> [step(2, 0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    every, gamma = size(every, "step(every)"), as_float(gamma, "step(gamma)")
    return lambda t: gamma ** (t // every)


def exponential(gamma: float) -> Schedule:
    """gamma^t. PyTorch's ExponentialLR.

    >>> [exponential(0.5)(t) for t in range(3)]
    [1.0, 0.5, 0.25]
    """
    gamma = as_float(gamma, "exponential(gamma)")
    return lambda t: gamma**t


def cosine(total: int, least: float = 0.0) -> Schedule:
    """least + (1 - least) · (1 + cos(π t / total)) / 2: slowly, fast, slowly from 1 to `least`. PyTorch's CosineAnnealingLR.

    After `total` it stays at `least`. Source: Loshchilov and Hutter, "SGDR", ICLR 2017.

    >>> [round(cosine(4)(t), 6) for t in range(5)]
    [1.0, 0.853553, 0.5, 0.146447, 0.0]
    """
    total, least = size(total, "cosine(total)"), as_float(least, "cosine(least)")
    return lambda t: least + (1 - least) * (1 + math.cos(math.pi * min(t, total) / total)) / 2


def linear(total: int, start: float = 1.0, end: float = 0.1) -> Schedule:
    """start + (end - start) · t / total, then `end`: micrograd's demo is linear(100). PyTorch's LinearLR.

    >>> [round(linear(10)(t), 6) for t in (0, 5, 10, 11)]
    [1.0, 0.55, 0.1, 0.1]
    """
    total, start, end = size(total, "linear(total)"), as_float(start, "linear(start)"), as_float(end, "linear(end)")
    return lambda t: start + (end - start) * min(t, total) / total


def warmup(total: int, then: Schedule | None = None, start: float = 0.1) -> Schedule:
    """Linear from `start` to 1 in `total`, and then the schedule `then`, from its beginning (by default constant).

    Source: Goyal et al., "Accurate, large minibatch SGD" (2017).

    >>> [round(warmup(2, step(1))(t), 6) for t in range(5)]
    [0.1, 0.55, 1.0, 0.1, 0.01]
    """
    if then is not None and not callable(then):
        raise TypeError(f"warmup(then) takes a schedule, such as cosine(50), got {shown(then)}")
    rise, after = linear(total, start, 1.0), then or constant()
    return lambda t: rise(t) if t < total else after(t - total)


SCHEDULES: Final[dict[str, Callable[[int], Schedule]]] = {
    "constant": lambda epochs: constant(),
    "step": lambda epochs: step(max(1, epochs // 3)),
    "exponential": lambda epochs: exponential(0.01 ** (1 / epochs)),
    "cosine": cosine,
    "linear": linear,
    "warmup": lambda epochs: warmup(max(1, epochs // 10), cosine(max(1, epochs - epochs // 10))),
}
"""What a name means to `fit`, given the number of epochs: two drops, down to 1%, down to 0, down to 10%, a tenth of warm-up."""


def schedule_named(schedule: Any, epochs: int) -> Schedule:
    """The schedule of that name for so many epochs, or the function itself; ValueError for a name that is none.

    >>> schedule_named("linear", 100)(50)
    0.55
    """
    if schedule is None:
        return constant()
    if not isinstance(schedule, str) and callable(schedule):
        return schedule  # type: ignore[no-any-return]
    if not isinstance(schedule, str) or schedule not in SCHEDULES:
        raise ValueError(f"schedule must be a function from the epoch to a factor or one of {', '.join(SCHEDULES)}, got {shown(schedule)}")
    return SCHEDULES[schedule](epochs)
