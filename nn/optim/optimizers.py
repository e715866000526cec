"""Optimizers: how gradients become steps.

Each is a chain of the pure rules in `nn.optim.rules`. Like PyTorch's, an `Optimizer` keeps what
they remember for the parameters of a model, and moves each by p ← p - lr · rule(g).
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeAlias

from autograd.checks import shown
from nn.arguments import has_axis
from nn.optim.base import Group, Optimizer, Parameters
from nn.optim.rules import Rule, chain, decay, momentum, scale_by_adam, scale_by_rms

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Group",
    "Optimizer",
    "OptimizerName",
    "RMSProp",
]

OptimizerName: TypeAlias = Literal["sgd", "rmsprop", "adam", "adamw"]

POSITIVE: Final = (sys.float_info.min, math.inf)
"""The range of an eps: 0 would lead to 0/0 where no gradient ever came, as in a dead ReLU."""


class SGD(Optimizer):
    """Stochastic gradient descent, p ← p - lr·g, with optional momentum and L2 weight decay.

    Like PyTorch's.

    >>> from autograd import Value
    >>> p = Value(1.0); opt = SGD([p], lr=0.5)
    >>> (p * p).backward(); opt.step(); p.data
    0.0
    """

    ranges = {"momentum": (0.0, 1.0)}
    switches = ("nesterov",)

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 0.01,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, lr, momentum=momentum, nesterov=nesterov, weight_decay=weight_decay
        )

    def make_rule(self, **s: Any) -> Rule:
        if s["nesterov"] and not s["momentum"]:
            raise ValueError(
                "SGD(nesterov=True) looks ahead along the momentum: give it one, such as "
                "momentum=0.9"
            )
        return _chain_of(
            (s["weight_decay"], decay(s["weight_decay"])),
            (s["momentum"], momentum(s["momentum"], s["nesterov"])),
        )


class RMSProp(Optimizer):
    """Steps of about the same size for all: the gradient over its running root mean square.

    Like PyTorch's RMSprop.

    >>> from autograd import Value
    >>> p = Value(1.0); opt = RMSProp([p], lr=0.1, alpha=0.0)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.9
    """

    ranges = {"alpha": (0.0, 1.0), "momentum": (0.0, 1.0), "eps": POSITIVE}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 0.01,
        *,
        alpha: float = 0.99,
        eps: float = 1e-8,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters, lr, alpha=alpha, eps=eps, momentum=momentum, weight_decay=weight_decay
        )

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of(
            (s["weight_decay"], decay(s["weight_decay"])),
            (True, scale_by_rms(s["alpha"], s["eps"])),
            (s["momentum"], momentum(s["momentum"])),
        )


class Adam(Optimizer):
    """Adaptive moments: momentum and RMSProp together, corrected for starting at 0.

    Like PyTorch's.

    >>> from autograd import Value
    >>> p = Value(1.0); opt = Adam([p], lr=0.1)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.9
    """

    ranges = {"beta1": (0.0, 1.0), "beta2": (0.0, 1.0), "eps": POSITIVE}

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        two = self.expanded({"betas": betas})
        super().__init__(parameters, lr, **two, eps=eps, weight_decay=weight_decay)

    def expanded(self, own: Mapping[str, Any]) -> dict[str, Any]:
        if "betas" not in own:
            return dict(own)
        betas = own["betas"]
        if not has_axis(betas) or len(betas) != 2:
            raise ValueError(
                f"{type(self).__name__}(betas) takes two numbers, such as (0.9, 0.999), "
                f"got {shown(betas)}"
            )
        rest = {key: x for key, x in own.items() if key != "betas"}
        return {"beta1": betas[0], "beta2": betas[1], **rest}

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of(
            (s["weight_decay"], decay(s["weight_decay"])),
            (True, scale_by_adam(s["beta1"], s["beta2"], s["eps"])),
        )


class AdamW(Adam):
    """Adam with the decay after the scaling, not before it, so that all weights shrink alike.

    Like PyTorch's.
    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.

    >>> from autograd import Value
    >>> p = Value(1.0); opt = AdamW([p], lr=0.1, weight_decay=0.5)
    >>> (p * p).backward(); opt.step(); round(p.data, 6)
    0.85
    """

    def __init__(
        self,
        parameters: Parameters,
        lr: float = 0.001,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def make_rule(self, **s: Any) -> Rule:
        return _chain_of(
            (True, scale_by_adam(s["beta1"], s["beta2"], s["eps"])),
            (s["weight_decay"], decay(s["weight_decay"])),
        )


def _chain_of(*pieces: tuple[Any, Rule]) -> Rule:
    """The chain of the pieces that are wanted: each comes with the setting that must not be 0."""
    return chain(*[rule for wanted, rule in pieces if wanted])


OPTIMIZERS: Final[dict[str, Callable[..., Optimizer]]] = {
    "sgd": SGD,
    "rmsprop": RMSProp,
    "adam": Adam,
    "adamw": AdamW,
}
"""The optimizers by name."""
