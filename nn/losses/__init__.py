"""Losses: how wrong a network is, as one number, built from the engine's ops; and penalties.

`outputs` is what a model returns, for one sample or for a batch; `targets` are numbers of the same
shape (for `cross_entropy` and `nll` the index of the right class). `reduction` is "mean" (over all
numbers), "sum", or "none" for the individual losses. `weight` says how much each sample, or each
output, counts (in `cross_entropy` and `nll`: each class). Losses that PyTorch has agree with it.
Formulas: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapter 6.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from autograd import Value
from autograd.checks import shown
from nn.arguments import hinting
from nn.losses.binary import bce, bce_with_logits, hinge
from nn.losses.classes import Logits, cross_entropy, nll
from nn.losses.distance import cosine_embedding, cosine_similarity, kl_div
from nn.losses.penalties import l1, l2
from nn.losses.reduction import Outputs, Reduction, Targets
from nn.losses.regression import huber, mae, mse, poisson_nll
from nn.losses.softmax import log_softmax, logsumexp, softmax

__all__ = [
    "LOSSES",
    "Logits",
    "LossFunction",
    "LossName",
    "Outputs",
    "Reduction",
    "Targets",
    "bce",
    "bce_with_logits",
    "cosine_embedding",
    "cosine_similarity",
    "cross_entropy",
    "hinge",
    "huber",
    "kl_div",
    "l1",
    "l2",
    "log_softmax",
    "logsumexp",
    "loss_named",
    "mae",
    "mse",
    "nll",
    "poisson_nll",
    "softmax",
    "unwrapped",
]

LossFunction: TypeAlias = Callable[[Any, Any], Value]
LossName: TypeAlias = Literal[
    "mse",
    "mae",
    "huber",
    "poisson_nll",
    "hinge",
    "bce",
    "bce_with_logits",
    "cross_entropy",
    "nll",
    "kl_div",
]

LOSSES: Final[dict[str, LossFunction]] = {
    "mse": mse,
    "mae": mae,
    "huber": huber,
    "poisson_nll": poisson_nll,
    "hinge": hinge,
    "bce": bce,
    "bce_with_logits": bce_with_logits,
    "cross_entropy": cross_entropy,
    "nll": nll,
    "kl_div": kl_div,
}
"""The losses by name."""


_HABITS = {
    "mse_loss": "mse",
    "l1_loss": "mae",
    "huber_loss": "huber",
    "smooth_l1_loss": "huber(delta=beta) / beta",
    "poisson_nll_loss": "poisson_nll",
    "binary_cross_entropy": "bce",
    "binary_cross_entropy_with_logits": "bce_with_logits",
    "nll_loss": "nll",
    "cosine_embedding_loss": "cosine_embedding",
    **{
        f"{theirs}Loss": f"{ours}, a function of outputs and targets"
        for theirs, ours in (
            ("MSE", "mse"),
            ("L1", "mae"),
            ("Huber", "huber"),
            ("PoissonNLL", "poisson_nll"),
            ("BCE", "bce"),
            ("BCEWithLogits", "bce_with_logits"),
            ("CrossEntropy", "cross_entropy"),
            ("NLL", "nll"),
            ("KLDiv", "kl_div"),
            ("CosineEmbedding", "cosine_embedding"),
        )
    },
}
"""What torch.nn.functional has, and what to write here instead."""

if not TYPE_CHECKING:  # to a checker, any name would be an attribute
    __getattr__ = hinting("nn.losses", _HABITS)


def loss_named(loss: LossName | LossFunction) -> LossFunction:
    """The loss of that name, or the function itself; raises ValueError for an unknown name.

    >>> loss_named("mse") is mse
    True
    """
    if not isinstance(loss, str) and callable(loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(
            f"loss must be a function (outputs, targets) -> Value or one of {', '.join(LOSSES)}, "
            f"got {shown(loss)}"
        )
    return LOSSES[loss]


def unwrapped(loss: Any) -> tuple[Any, dict[str, Any]]:
    """The function inside any `partial`, and the keywords that these set.

    A `partial` that sets arguments by position is itself the function.

    >>> unwrapped(partial(hinge, weight=2.0)) == (hinge, {"weight": 2.0})
    True
    """
    keywords: dict[str, Any] = {}
    while isinstance(loss, partial) and not loss.args:
        keywords = {**loss.keywords, **keywords}
        loss = loss.func
    return loss, keywords
