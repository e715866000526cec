"""From one neuron to a trained, saved, diagnosed classifier, on the scalar engine alone.

Modules are here; what else there is, in the modules: `losses`, `init`, `optim`, `schedules`, `data`.
"""

from nn import data, init, losses, optim, schedules
from nn.data import Dataset
from nn.history import Epoch, History
from nn.layers import Activation, Layer, Neuron
from nn.losses import log_softmax, logsumexp, softmax
from nn.metrics import accuracy, confusion_matrix, decide, evaluate, predict
from nn.module import Module
from nn.monitor import Monitor
from nn.networks import MLP, Sequential
from nn.noise import BatchNorm, Dropout
from nn.train import EarlyStopping, Step, TrainingError, fit, steps

__all__ = [
    "MLP", "Activation", "BatchNorm", "Dataset", "Dropout", "EarlyStopping", "Epoch", "History", "Layer", "Module", "Monitor",
    "Neuron", "Sequential", "Step", "TrainingError", "accuracy", "confusion_matrix", "data", "decide", "evaluate", "fit", "init",
    "log_softmax", "logsumexp", "losses", "optim", "predict", "schedules", "softmax", "steps",
]  # fmt: skip
