"""Optimizers: how gradients become steps; and limits for gradients."""

from typing import TYPE_CHECKING

from nn.arguments import hinting
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


_HABITS = {
    "RMSprop": "RMSProp",
    "lr_scheduler": "nn.schedules, functions of the epoch",
    "clip_grad_norm_": "clip_grad_norm",
    "clip_grad_value_": "clip_grad_value",
}
"""What torch.optim and torch.nn.utils have, and what to write here instead."""

if not TYPE_CHECKING:  # to a checker, any name would be an attribute
    __getattr__ = hinting("nn.optim", _HABITS)


def __dir__() -> list[str]:
    return sorted(__all__)
