"""Initial weights: how far apart neurons start decides whether they can learn at all.

An initializer draws one weight: `(fan_in, fan_out, rng) -> float`, where a layer has fan_in inputs
and fan_out neurons.
Wherever an initializer is expected, its name will do: "uniform" is `uniform()`, micrograd's.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, Final, Literal, TypeAlias

from autograd.checks import shown

Initializer: TypeAlias = Callable[[int, int, random.Random], float]
InitName: TypeAlias = Literal[
    "auto",
    "uniform",
    "normal",
    "zeros",
    "xavier_uniform",
    "xavier_normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "kaiming_uniform",
    "kaiming_normal",
]


def uniform(low: float = -1.0, high: float = 1.0) -> Initializer:
    """Uniform on [low, high], whatever the size of the layer; micrograd's is [-1, 1].

    >>> -1 <= uniform()(3, 4, random.Random(0)) <= 1
    True
    """
    return lambda fan_in, fan_out, rng: rng.uniform(low, high)


def normal(mean: float = 0.0, std: float = 1.0) -> Initializer:
    """From the normal distribution N(mean, std²), whatever the size of the layer."""
    return lambda fan_in, fan_out, rng: rng.gauss(mean, std)


def zeros() -> Initializer:
    """All 0: what not to do. Neurons that start equal get equal gradients, and stay equal."""
    return lambda fan_in, fan_out, rng: 0.0


def xavier_uniform(gain: float = 1.0) -> Initializer:
    """Uniform on ±gain·√(6 / (fan_in + fan_out)): variances stay level through tanh and sigmoid.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    return _level(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)), _even)


def xavier_normal(gain: float = 1.0) -> Initializer:
    """From N(0, gain²·2 / (fan_in + fan_out)); see `xavier_uniform`."""
    return _level(lambda fan_in, fan_out: gain * math.sqrt(2 / (fan_in + fan_out)), _bell)


def he_uniform(gain: float = math.sqrt(2)) -> Initializer:
    """Uniform on ±gain·√(3 / fan_in), which keeps variances level through ReLU.

    Half of the outputs of ReLU are 0, hence the gain √2.
    Source: He et al., "Delving deep into rectifiers", ICCV 2015.
    """
    return _level(lambda fan_in, fan_out: gain / math.sqrt(fan_in), _even)


def he_normal(gain: float = math.sqrt(2)) -> Initializer:
    """From N(0, gain² / fan_in); see `he_uniform`.

    >>> rng = random.Random(0)
    >>> ws = [he_normal()(50, 10, rng) for _ in range(10_000)]
    >>> abs(sum(w * w for w in ws) / 10_000 - 2 / 50) < 0.002
    True
    """
    return _level(lambda fan_in, fan_out: gain / math.sqrt(fan_in), _bell)


def _even(std: float, rng: random.Random) -> float:
    bound = math.sqrt(3) * std
    return rng.uniform(-bound, bound)


def _bell(std: float, rng: random.Random) -> float:
    return rng.gauss(0.0, std)


def _level(
    std: Callable[[int, int], float], draw: Callable[[float, random.Random], float]
) -> Initializer:
    """An initializer of mean 0 whose standard deviation follows the size of the layer."""
    return lambda fan_in, fan_out, rng: draw(std(fan_in, fan_out), rng)


INITIALIZERS: Final[dict[str, Callable[[], Initializer]]] = {
    "uniform": uniform,
    "normal": normal,
    "zeros": zeros,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "glorot_uniform": xavier_uniform,
    "glorot_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": he_uniform,
    "kaiming_normal": he_normal,
}

RECTIFIERS: Final = ("relu", "leaky_relu", "elu", "gelu", "silu", "softplus")
"""Activations that pass about half of what comes in, so that weights must start larger."""


def initializer(init: Any, activation: Any) -> Initializer:
    """The initializer that is meant: a function, a name, or "auto" to suit the activation.

    "auto" is `he_uniform` before the RECTIFIERS, and `xavier_uniform` before all others. Raises
    ValueError for an unknown name.

    >>> initializer("auto", "relu") is initializer("auto", "tanh")
    False
    """
    if init in INITIALIZERS.values():  # `he_uniform` where `he_uniform()` is meant
        return init()  # type: ignore[no-any-return]
    if callable(init):
        return init  # type: ignore[no-any-return]
    if init == "auto":
        return (
            he_uniform()
            if activation in RECTIFIERS or getattr(activation, "name", "") in RECTIFIERS
            else xavier_uniform()
        )
    if not isinstance(init, str) or init not in INITIALIZERS:
        raise ValueError(
            f"init must be a function (fan_in, fan_out, rng) -> weight or one of auto, "
            f"{', '.join(INITIALIZERS)}, got {shown(init)}"
        )
    return INITIALIZERS[init]()
