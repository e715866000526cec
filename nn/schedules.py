"""Learning rate schedules: functions from the epoch (or step), counted from 0, to a factor.

`fit(..., schedule=cosine(60))` applies one each epoch; in a loop of your own, write
`opt.lr = 0.1 * schedule(epoch)`. Having no state, they need no saving. The one that follows the
loss, `ReduceLROnPlateau`, is called in the same way, and takes each loss with `step(loss)`. The
factors are those of PyTorch's schedulers of the same names.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from autograd.checks import as_float, in_range, shown
from nn.arguments import hinting, size

Schedule: TypeAlias = Callable[[int], float]
ScheduleName: TypeAlias = Literal[
    "constant",
    "step",
    "exponential",
    "cosine",
    "restarts",
    "linear",
    "warmup",
    "one_cycle",
    "plateau",
]


def constant() -> Schedule:
    """The learning rate as it is.

    >>> constant()(7)
    1.0
    """
    return lambda t: 1.0


def step(every: int, gamma: float = 0.1) -> Schedule:
    """gamma^⌊t / every⌋: a drop every so often. PyTorch's StepLR.

    >>> [step(2, 0.5)(t) for t in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    every = size(every, "step(every)")
    gamma = in_range(gamma, "step(gamma)", "at least 0 and finite")
    return lambda t: _power("step", gamma, t // every)


def exponential(gamma: float) -> Schedule:
    """gamma^t. PyTorch's ExponentialLR.

    >>> [exponential(0.5)(t) for t in range(3)]
    [1.0, 0.5, 0.25]
    """
    gamma = in_range(gamma, "exponential(gamma)", "at least 0 and finite")
    return lambda t: _power("exponential", gamma, t)


def cosine(total: int, least: float = 0.0) -> Schedule:
    """least + (1 - least)·(1 + cos(π t / total)) / 2: slow, fast, slow from 1 to `least`.

    After `total` it stays at `least`. PyTorch's CosineAnnealingLR.
    Source: Loshchilov and Hutter, "SGDR", ICLR 2017.

    >>> [round(cosine(4)(t), 6) for t in range(5)]
    [1.0, 0.853553, 0.5, 0.146447, 0.0]
    """
    total, least = size(total, "cosine(total)"), as_float(least, "cosine(least)")
    return lambda t: _between(1.0, least, min(t, total) / total)


def restarts(period: int, growth: int = 1, least: float = 0.0) -> Schedule:
    """`cosine(period, least)` again and again, each period `growth` times as long as the last.

    PyTorch's CosineAnnealingWarmRestarts. Source: Loshchilov and Hutter, "SGDR", ICLR 2017.

    >>> [round(restarts(2)(t), 6) for t in range(5)]
    [1.0, 0.5, 1.0, 0.5, 1.0]
    """
    period, growth = size(period, "restarts(period)"), size(growth, "restarts(growth)")
    least = as_float(least, "restarts(least)")

    def factor(t: int) -> float:
        length = period
        if growth == 1:
            t = t % period
        while t >= length:
            t, length = t - length, length * growth
        return _between(1.0, least, t / length)

    return factor


def linear(total: int, start: float = 1.0, end: float = 0.1) -> Schedule:
    """start + (end - start)·t / total, then `end`; micrograd's demo uses linear(100).

    PyTorch's LinearLR.

    >>> [round(linear(10)(t), 6) for t in (0, 5, 10, 11)]
    [1.0, 0.55, 0.1, 0.1]
    """
    total = size(total, "linear(total)")
    start, end = as_float(start, "linear(start)"), as_float(end, "linear(end)")
    return lambda t: start + (end - start) * min(t, total) / total


def warmup(total: int, then: Schedule | None = None, start: float = 0.1) -> Schedule:
    """Linear from `start` to 1 in `total` epochs, then the schedule `then` (constant by default).

    Source: Goyal et al., "Accurate, large minibatch SGD" (2017).

    >>> [round(warmup(2, step(1))(t), 6) for t in range(5)]
    [0.1, 0.55, 1.0, 0.1, 0.01]
    """
    if then is not None and not callable(then):
        raise TypeError(f"warmup(then) takes a schedule, such as cosine(50), got {shown(then)}")
    rise, after = linear(total, start, 1.0), then or constant()
    return lambda t: rise(t) if t < total else after(t - total)


def one_cycle(
    total: int,
    pct_start: float = 0.3,
    div_factor: float = 25.0,
    final_div_factor: float = 1e4,
    *,
    anneal_strategy: Literal["cos", "linear"] = "cos",
    three_phase: bool = False,
) -> Schedule:
    """From 1/div_factor up to 1, and down to 1/(div_factor·final_div_factor), in `total` epochs.

    `pct_start` is the share of the rise; with `three_phase` the factor first falls back to its
    start, in as many epochs as the rise took. At the end it stays. PyTorch's OneCycleLR, with the
    rate as max_lr. Raises ValueError for a share outside [0, 1], or a divisor that is not positive.
    Source: Smith and Topin, "Super-convergence" (2018).

    >>> [round(one_cycle(10)(t), 4) for t in (0, 1, 2, 6, 9)]
    [0.04, 0.52, 1.0, 0.3887, 0.0]
    """
    total = size(total, "one_cycle(total)")
    rise = in_range(pct_start, "one_cycle(pct_start)", "from 0 to 1") * total
    start = 1 / in_range(div_factor, "one_cycle(div_factor)", "positive and finite")
    end = start / in_range(final_div_factor, "one_cycle(final_div_factor)", "positive and finite")
    if anneal_strategy not in ("cos", "linear"):
        got = shown(anneal_strategy)
        raise ValueError(f"one_cycle(anneal_strategy) must be 'cos' or 'linear', got {got}")
    corners = [(0.0, start), (rise - 1, 1.0), (total - 1, end)]
    if three_phase:
        corners.insert(2, (2 * rise - 2, start))

    def factor(t: int) -> float:
        for (left, low), (right, high) in zip(corners, corners[1:]):
            if t <= right:
                share = (t - left) / (right - left) if right > left else 1.0
                if anneal_strategy == "linear":
                    return low + (high - low) * share
                return _between(low, high, share)
        return end

    return factor


class ReduceLROnPlateau:
    """A schedule that follows the loss: times `factor` once it has not fallen for long enough.

    That is after more than `patience` epochs without a loss better by `threshold`. `fit` passes it
    the validation loss of each epoch, or without validation data the training loss; a loop of
    your own calls `step(loss)`, which returns the factor of the rate from then on, as calling it
    with the epoch does. Epoch 0 starts over. `least` is the smallest factor. Like PyTorch's.
    Raises ValueError for settings out of range.

    >>> plateau = ReduceLROnPlateau(patience=1, factor=0.5)
    >>> [plateau.step(loss) for loss in (1.0, 0.8, 0.8, 0.8, 0.7)]
    [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    def __init__(
        self,
        *,
        mode: Literal["min", "max"] = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0,
        least: float = 0.0,
    ) -> None:
        name = type(self).__name__
        self.factor = in_range(factor, f"{name}(factor)", "from 0 to 1")
        if self.factor == 1:
            raise ValueError(f"{name}(factor) must be below 1, got {shown(factor)}")
        self.least = in_range(least, f"{name}(least)", "at least 0 and finite")
        self.threshold = in_range(threshold, f"{name}(threshold)", "at least 0 and finite")
        self.patience = _count(patience, f"{name}(patience)")
        self.cooldown = _count(cooldown, f"{name}(cooldown)")
        if mode not in ("min", "max"):
            raise ValueError(f"{name}(mode) must be 'min' or 'max', got {shown(mode)}")
        if threshold_mode not in ("rel", "abs"):
            got = shown(threshold_mode)
            raise ValueError(f"{name}(threshold_mode) must be 'rel' or 'abs', got {got}")
        self.mode, self.threshold_mode = mode, threshold_mode
        self._scale, self._bad, self._resting, self._best = 1.0, 0, 0, math.inf
        self._begin()

    def __call__(self, epoch: int) -> float:
        """The current factor; epoch 0 starts over."""
        if epoch == 0:
            self._begin()
        return self._scale

    def step(self, loss: float) -> float:
        """Take note of the loss of an epoch, and return the factor of the rate for the next."""
        loss = as_float(loss, f"{type(self).__name__}.step(loss)")
        if self._is_better(loss):
            self._best, self._bad = loss, 0
        else:
            self._bad += 1
        if self._resting:
            self._resting, self._bad = self._resting - 1, 0
        if self._bad > self.patience:
            self._scale = min(self._scale, max(self._scale * self.factor, self.least))
            self._resting, self._bad = self.cooldown, 0
        return self._scale

    def _begin(self) -> None:
        self._scale, self._bad, self._resting = 1.0, 0, 0
        self._best = math.inf if self.mode == "min" else -math.inf

    def _is_better(self, loss: float) -> bool:
        best, margin = self._best, self.threshold
        if self.threshold_mode == "rel":
            margin = margin * best if math.isfinite(best) else 0.0
        return loss < best - margin if self.mode == "min" else loss > best + margin

    def __repr__(self) -> str:
        return f"{type(self).__name__}(patience={self.patience}, factor={self.factor:g})"


SCHEDULES: Final[dict[str, Callable[[int], Schedule]]] = {
    "constant": lambda epochs: constant(),
    "step": lambda epochs: step(max(1, epochs // 3)),
    "exponential": lambda epochs: exponential(0.01 ** (1 / epochs)),
    "cosine": cosine,
    "restarts": lambda epochs: restarts(max(1, epochs // 7), 2),
    "linear": linear,
    "warmup": lambda epochs: warmup(max(1, epochs // 10), cosine(max(1, epochs - epochs // 10))),
    "one_cycle": one_cycle,
    "plateau": lambda epochs: ReduceLROnPlateau(patience=max(1, epochs // 10)),
}
"""What a name means to `fit`, given the number of epochs.

That is: constant; two drops; down to 1%; down to 0; three times down to 0, each twice as long as
the last; down to 10%; warm-up for a tenth of the epochs; up and down; a tenth of the epochs as
patience.
"""


_HABITS = {
    "StepLR": "step(every)",
    "ExponentialLR": "exponential(gamma)",
    "CosineAnnealingLR": "cosine(total)",
    "CosineAnnealingWarmRestarts": "restarts(period)",
    "LinearLR": "linear(total)",
    "OneCycleLR": "one_cycle(total)",
    "ConstantLR": "constant()",
    "LambdaLR": "any function of the epoch",
}
"""What torch.optim.lr_scheduler has, and what to write here instead."""

if not TYPE_CHECKING:  # to a checker, any name would be an attribute
    __getattr__ = hinting("nn.schedules", _HABITS)


def schedule_named(schedule: Any, epochs: int) -> Schedule:
    """The schedule of that name for this many epochs, or the function itself.

    Raises ValueError for an unknown name.

    >>> schedule_named("linear", 100)(50)
    0.55
    """
    if schedule is None:
        return constant()
    if not isinstance(schedule, str) and callable(schedule):
        return schedule  # type: ignore[no-any-return]
    if not isinstance(schedule, str) or schedule not in SCHEDULES:
        raise ValueError(
            f"schedule must be a function from the epoch to a factor or one of "
            f"{', '.join(SCHEDULES)}, got {shown(schedule)}"
        )
    return SCHEDULES[schedule](epochs)


def _between(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine."""
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _power(name: str, gamma: float, t: int) -> float:
    try:
        return gamma**t
    except OverflowError:
        raise ValueError(
            f"{name}(gamma={gamma:g}) has a factor beyond the range of a float at epoch {t}: "
            f"use a gamma of at most 1"
        ) from None


def _count(number: Any, subject: str) -> int:
    """An int of at least 0."""
    return 0 if number == 0 and not isinstance(number, bool) else size(number, subject)
