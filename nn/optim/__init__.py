"""Optimizers: how gradients become steps; and limits for gradients."""

from nn.optim.base import Group, Optimizer
from nn.optim.clipping import clip_grad_norm, clip_grad_value
from nn.optim.optimizers import OPTIMIZERS, SGD, Adam, AdamW, RMSProp

__all__ = [
    "OPTIMIZERS",
    "SGD",
    "Adam",
    "AdamW",
    "Group",
    "Optimizer",
    "RMSProp",
    "clip_grad_norm",
    "clip_grad_value",
]


def __dir__() -> list[str]:
    return sorted(__all__)
