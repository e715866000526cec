"""From one neuron to a trained, saved, diagnosed classifier, on nothing but the scalar engine.

Modules are here; the rest is in `losses`, `init`, `optim`, `schedules` and `data`.
A part of glassgrad.
"""

from typing import TYPE_CHECKING

from nn import data, init, losses, optim, schedules
from nn.arguments import hinting
from nn.batchnorm import BatchNorm
from nn.data import Dataset
from nn.dropout import Dropout
from nn.files.checkpoint import Checkpoint, load, save
from nn.files.npz import from_arrays, load_npz, save_npz, to_arrays
from nn.files.schema import CheckpointError
from nn.files.tensors import from_safetensors, to_safetensors
from nn.layers import Activation, Layer, Neuron
from nn.losses import log_softmax, logsumexp, softmax
from nn.module import Module
from nn.networks import MLP, Sequential
from nn.perceptron import Perceptron
from nn.training.callbacks import EarlyStopping
from nn.training.confusion import ConfusionMatrix, confusion_matrix
from nn.training.diagnosis import Finding, diagnose
from nn.training.history import Epoch, History
from nn.training.loop import Step, fit, linear_baseline, steps
from nn.training.metrics import Evaluation, decide, evaluate, predict
from nn.training.monitor import Monitor
from nn.training.preparation import Preparation, classify
from nn.training.scores import accuracy, f1, precision, r2, recall
from nn.training.settings import Settings
from nn.training.stepper import TrainingError

__all__ = [
    "MLP",
    "Activation",
    "BatchNorm",
    "Checkpoint",
    "CheckpointError",
    "ConfusionMatrix",
    "Dataset",
    "Dropout",
    "EarlyStopping",
    "Epoch",
    "Evaluation",
    "Finding",
    "History",
    "Layer",
    "Module",
    "Monitor",
    "Neuron",
    "Perceptron",
    "Preparation",
    "Sequential",
    "Settings",
    "Step",
    "TrainingError",
    "accuracy",
    "classify",
    "confusion_matrix",
    "data",
    "decide",
    "diagnose",
    "evaluate",
    "f1",
    "fit",
    "from_arrays",
    "from_safetensors",
    "init",
    "linear_baseline",
    "load",
    "load_npz",
    "log_softmax",
    "logsumexp",
    "losses",
    "optim",
    "precision",
    "predict",
    "r2",
    "recall",
    "save",
    "save_npz",
    "schedules",
    "softmax",
    "steps",
    "to_arrays",
    "to_safetensors",
]

_HABITS = {
    "Linear": "Layer(2, 8, 'identity'), or Layer(2, 8, 'relu') with its activation",
    "BatchNorm1d": "BatchNorm(8)",
    "Parameter": "every Value among the attributes of a Module is a parameter",
    "ModuleList": "a list of modules as an attribute of a Module",
    "ReLU": "Layer(2, 8, 'relu'), or by itself Activation('relu')",
    "Tanh": "Layer(2, 8, 'tanh'), or by itself Activation('tanh')",
    "Sigmoid": "Layer(2, 8, 'sigmoid'), or by itself Activation('sigmoid')",
    "GELU": "Layer(2, 8, 'gelu'), or by itself Activation('gelu')",
    "Softmax": "nn.softmax(model(x)), after training on logits",
    "MSELoss": "losses.mse",
    "L1Loss": "losses.mae",
    "HuberLoss": "losses.huber",
    "BCELoss": "losses.bce",
    "BCEWithLogitsLoss": "losses.bce_with_logits",
    "CrossEntropyLoss": "losses.cross_entropy",
    "NLLLoss": "losses.nll",
    "KLDivLoss": "losses.kl_div",
    "functional": "its functions are in the modules losses and autograd",
    "utils": "optim.clip_grad_norm, and autograd",
    "no_grad": "autograd.no_grad",
    "Tensor": "autograd.Value, which is one number; for more, a list of Values",
}
"""What torch.nn has, and what to write here instead."""


if not TYPE_CHECKING:  # to a checker, any name would be an attribute
    __getattr__ = hinting("nn", _HABITS)


def __dir__() -> list[str]:
    return sorted(__all__)
