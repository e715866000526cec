"""The rules of optimizers: small pure functions that turn a gradient into a better direction.

`update(g, p, state, t) -> (g, state)` takes the gradient, the parameter, what the rule remembers
for it, and the number of the step, counted from 1. The rules use only + - * / **, so that they
work on floats and on numpy arrays alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

State: TypeAlias = "tuple[Any, ...]"


@dataclass(frozen=True)
class Rule:
    """A pure function, and how many numbers it remembers for each parameter, all 0 at first."""

    update: Callable[[Any, Any, State, int], tuple[Any, State]]
    slots: int = 0


def decay(rate: float) -> Rule:
    """g + rate · p, which adds the gradient of (rate / 2) · p².

    >>> decay(0.1).update(1.0, 5.0, (), 1)
    (1.5, ())
    """
    return Rule(lambda g, p, state, t: (g + rate * p, state))


def momentum(mu: float, nesterov: bool = False) -> Rule:
    """v ← mu · v + g, the velocity of a rolling ball; `nesterov` looks a step ahead, g + mu · v.

    Source: Polyak (1964); Sutskever et al., "On the importance of initialization and momentum in
    deep learning", ICML 2013.
    """

    def update(g: Any, p: Any, state: State, t: int) -> tuple[Any, State]:
        v = mu * state[0] + g
        return (g + mu * v if nesterov else v), (v,)

    return Rule(update, 1)


def scale_by_rms(alpha: float, eps: float) -> Rule:
    """g / (√s + eps), with s ← alpha · s + (1 - alpha) · g².

    Source: Hinton, "Neural networks for machine learning", lecture 6e (2012).
    """

    def update(g: Any, p: Any, state: State, t: int) -> tuple[Any, State]:
        s = alpha * state[0] + (1 - alpha) * g * g
        return g / (s**0.5 + eps), (s,)

    return Rule(update, 1)


def scale_by_adam(beta1: float, beta2: float, eps: float) -> Rule:
    """m̂ / (√v̂ + eps): running means of g and g², over 1 - beta**t because both start at 0.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015.
    """

    def update(g: Any, p: Any, state: State, t: int) -> tuple[Any, State]:
        m = beta1 * state[0] + (1 - beta1) * g
        v = beta2 * state[1] + (1 - beta2) * g * g
        return m / (1 - beta1**t) / ((v / (1 - beta2**t)) ** 0.5 + eps), (m, v)

    return Rule(update, 2)


def clip_scale(norm: float, max_norm: float) -> float:
    """The factor that brings this norm down to max_norm: max_norm / (norm + 1e-6), at most 1.

    >>> clip_scale(0.5, 1.0)
    1.0
    """
    return min(1.0, max_norm / (norm + 1e-6))


def chain(*rules: Rule) -> Rule:
    """One rule after the other; what they remember is kept side by side."""
    if len(rules) == 1:
        return rules[0]

    def update(g: Any, p: Any, state: State, t: int) -> tuple[Any, State]:
        fresh: State = ()
        start = 0
        for rule in rules:
            g, part = rule.update(g, p, state[start : start + rule.slots], t)
            fresh += part
            start += rule.slots
        return g, fresh

    return Rule(update, sum(rule.slots for rule in rules))
