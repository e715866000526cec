"""Gradient descent on arrays, in the few lines that `nn.fit` hides.

Each step looks at all samples, and the parameters are one vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import Program
from nn import Module
from nn.arguments import assign
from nn.optim.rules import Rule, chain

STAY = chain()
"""The rule of plain gradient descent: the direction is the gradient."""


def theta_of(model: Module) -> Any:
    """The parameters of a model as one vector."""
    return np.array([p.data for p in model.parameters()])


def give(model: Module, theta: Any) -> None:
    """Put the numbers of a vector into a model."""
    assign(model.parameters(), theta.tolist())


def descend(
    loss: Program,
    theta: Any,
    batch: Sequence[Any],
    steps: int,
    lr: float | Callable[[int], float],
    rule: Rule = STAY,
) -> tuple[Any, list[float]]:
    """The parameters after this many steps on the whole batch, and the loss before each step.

    It ends early once the loss is nan or inf. The learning rate may depend on the step; the first
    one is step 1.

    >>> from autograd import Value, compile
    >>> w = Value(0.0)
    >>> loss = compile(lambda x: (w - x) ** 2, 0.0, wrt=w)
    >>> theta, curve = descend(loss, np.zeros(1), [[1.0, 3.0]], 50, 0.1)
    >>> round(float(theta[0]), 4), curve[0]
    (2.0, 5.0)
    """
    n, curve = len(batch[0]), list[float]()
    state: Any = (np.zeros_like(theta),) * rule.slots
    for t in range(1, steps + 1):
        total, g = loss.sums(theta, *batch)
        curve.append(total / n)
        if not np.isfinite(total):
            break
        direction, state = rule.update(g / n, theta, state, t)
        theta = theta - (lr(t) if callable(lr) else lr) * direction
    return theta, curve
