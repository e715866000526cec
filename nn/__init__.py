"""From one neuron to a trained, saved, diagnosed classifier, on the scalar engine alone.

Modules are here; what else there is, in the modules: `losses`, `init`, `optim`, `schedules`, `data`.
A part of glassgrad.
"""

from nn import data, init, losses, optim, schedules
from nn.batchnorm import BatchNorm
from nn.data import Dataset
from nn.dropout import Dropout
from nn.files.checkpoint import Checkpoint, load, save
from nn.files.npz import from_arrays, load_npz, save_npz, to_arrays
from nn.files.schema import CheckpointError
from nn.layers import Activation, Layer, Neuron
from nn.losses import log_softmax, logsumexp, softmax
from nn.module import Module
from nn.networks import MLP, Sequential
from nn.perceptron import Perceptron
from nn.training.callbacks import EarlyStopping
from nn.training.diagnosis import Finding, diagnose
from nn.training.history import Epoch, History
from nn.training.loop import Step, fit, linear_baseline, steps
from nn.training.metrics import Evaluation, accuracy, confusion_matrix, decide, evaluate, predict
from nn.training.monitor import Monitor
from nn.training.settings import Settings
from nn.training.stepper import TrainingError

__all__ = [
    "MLP", "Activation", "BatchNorm", "Checkpoint", "CheckpointError", "Dataset", "Dropout", "EarlyStopping", "Epoch", "Evaluation",
    "Finding", "History", "Layer", "Module", "Monitor", "Neuron", "Perceptron", "Sequential", "Settings", "Step", "TrainingError",
    "accuracy", "confusion_matrix", "data", "decide", "diagnose", "evaluate", "fit", "from_arrays", "init", "linear_baseline", "load",
    "load_npz", "log_softmax", "logsumexp", "losses", "optim", "predict", "save", "save_npz", "schedules", "softmax", "steps", "to_arrays",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)
