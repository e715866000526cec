"""What `fit` can be told, and how it is made ready: names looked up, data checked and split."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Final, TypedDict

from autograd import Value
from autograd.checks import in_range, shown
from nn.arguments import RNG, brief, generator, size
from nn.batchnorm import BatchNorm
from nn.data import Dataset, as_dataset, split
from nn.losses import LossFunction, LossName, loss_named
from nn.module import Module
from nn.optim.optimizers import OPTIMIZERS, Optimizer, OptimizerName
from nn.schedules import Schedule, ScheduleName, schedule_named
from nn.training.metrics import decision

RATES: Final = {"sgd": 0.1, "rmsprop": 0.01, "adam": 0.02, "adamw": 0.02}
"""The learning rates that `fit` takes by default: for small networks, and larger than PyTorch's."""


@dataclass(frozen=True, repr=False)
class Settings:
    """What `fit` and `steps` can be told; everything has a default.

    - `loss`: a name in `losses.LOSSES`, or a function (outputs, targets) -> Value.
    - `optimizer`: a name in `optim.OPTIMIZERS`, or an optimizer of the model's parameters.
    - `lr`: the learning rate of an optimizer that is named; by default that of `RATES`.
    - `epochs`, `batch_size`: ints; the last batch of an epoch may be smaller.
    - `validation`: data to evaluate on after each epoch, or the fraction of the data to set aside for it.
    - `schedule`: a name in `schedules.SCHEDULES`, or a function from the epoch to a factor of `lr`.
    - `l1`, `l2`: weights of the penalties Σ|p| and Σp² in what is minimised (l2=0.01 is a weight_decay of 0.02).
    - `clip_norm`, `clip_value`: limits for the gradients, as in `optim.clip_grad_norm` and `clip_grad_value`.
    - `rng`: a `random.Random` or a seed, for shuffling and splitting.

    >>> Settings(lr=0.1).epochs
    60
    """

    loss: LossName | LossFunction = "cross_entropy"
    optimizer: OptimizerName | Optimizer = "adam"
    lr: float | None = None
    epochs: int = 60
    batch_size: int = 32
    validation: Any = None
    schedule: ScheduleName | Schedule | None = None
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    rng: RNG = None

    def __repr__(self) -> str:
        """The settings that are not the default ones."""
        values = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        parts = [f"{name}={shown(x, 60)}" for name, x, default in values if x is not default]
        return f"Settings({', '.join(parts)})"

    def describe(self) -> dict[str, Any]:
        """The settings as plain text and numbers, for the history."""
        plain: dict[str, Any] = {}
        for field in fields(self):
            x = getattr(self, field.name)
            if field.name not in ("validation", "rng") and x != field.default:
                text = x if isinstance(x, (str, int, float)) else getattr(x, "__name__", type(x).__name__)
                plain[field.name] = float(x) if hasattr(x, "__float__") and not isinstance(x, int) else text
        return plain


class SettingsOptions(TypedDict, total=False):
    """The fields of `Settings` as keywords, so that `fit(epoch=2)` is an error in an editor.

    A test holds the two to the same names and types.
    """

    loss: LossName | LossFunction
    optimizer: OptimizerName | Optimizer
    lr: float | None
    epochs: int
    batch_size: int
    validation: Any
    schedule: ScheduleName | Schedule | None
    l1: float
    l2: float
    clip_norm: float | None
    clip_value: float | None
    rng: RNG


@dataclass(frozen=True)
class Run:
    """The settings made ready: names looked up, data checked and split."""

    settings: Settings
    train: Dataset
    validation: Dataset | None
    loss: LossFunction
    optimizer: Optimizer
    schedule: Schedule
    rng: Any
    parameters: list[Value]
    buffered: list[Module]

    @classmethod
    def prepared(
        cls, model: Module, data: Any, settings: SettingsOptions, caller: str = "fit"
    ) -> Run:
        names = [field.name for field in fields(Settings)]
        unknown = [name for name in settings if name not in names]
        if unknown:
            more = ", callbacks, progress and compiled" if caller == "fit" else ""
            raise TypeError(f"{caller} has no setting {shown(unknown[0])}; it has {', '.join(names)}{more}")
        if not isinstance(model, Module) or not model.parameters():
            raise TypeError(f"{caller} trains a Module with parameters, got {brief(model)}: its weights must be Values among its attributes")
        s = Settings(**settings)
        s = replace(s, epochs=size(s.epochs, "fit(epochs)"), batch_size=size(s.batch_size, "fit(batch_size)"))
        for name in ("l1", "l2"):
            in_range(getattr(s, name), f"fit({name})", "at least 0 and finite")
        for name in ("clip_norm", "clip_value"):
            if getattr(s, name) is not None:
                in_range(getattr(s, name), f"fit({name})", "positive")
        rng, loss = generator(s.rng), loss_named(s.loss)
        train, validation = labelled(as_dataset(data), loss), None
        if isinstance(s.validation, float):
            train, validation = split(train, s.validation, rng)
        elif s.validation is not None:
            if not isinstance(s.validation, (Dataset, tuple, list)):
                raise TypeError(f"fit(validation) is data, or the fraction to set aside as a float such as 0.2, got {shown(s.validation)}")
            validation = labelled(as_dataset(s.validation), loss)
            if len(validation.X[0]) != len(train.X[0]):
                raise ValueError(f"fit(validation) has rows of {len(validation.X[0])} numbers, the training data of {len(train.X[0])}")
        alone = s.batch_size == 1 or len(train.y) % s.batch_size == 1
        if alone and any(isinstance(m, BatchNorm) for _, m in model.named_modules()):
            raise ValueError(
                f"the last of {len(train.y)} samples would be a batch of its own, over which BatchNorm has no variance: "
                f"take another batch_size than {s.batch_size}"
            )
        optimizer, schedule = _optimizer(s, model), schedule_named(s.schedule, s.epochs)
        buffered = [module for _, module in model.named_modules() if module.buffers]
        return cls(s, train, validation, loss, optimizer, schedule, rng, model.parameters(), buffered)

    @property
    def n_batches(self) -> int:
        return -(-len(self.train.y) // self.settings.batch_size)


def _optimizer(s: Settings, model: Module) -> Optimizer:
    if isinstance(s.optimizer, Optimizer):
        if s.lr is not None:
            raise ValueError(f"fit(lr={shown(s.lr)}) and an optimizer of your own, {shown(s.optimizer)}: set the learning rate there")
        if not set(s.optimizer.parameters) <= set(model.parameters()):
            raise ValueError(f"{shown(s.optimizer)} was made for the parameters of another model: make it with this one's model.parameters()")
        return s.optimizer
    if not isinstance(s.optimizer, str) or s.optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer must be an Optimizer or one of {', '.join(OPTIMIZERS)}, got {shown(s.optimizer)}")
    kind = OPTIMIZERS[s.optimizer]
    return kind(model.parameters(), RATES[s.optimizer] if s.lr is None else s.lr)


def labelled(data: Dataset, loss: LossFunction) -> Dataset:
    """Data for a classifier, whose labels are ints even where an array had them as floats."""
    if decision(loss) is None or not all(isinstance(y, float) and y.is_integer() for y in data.y):
        return data
    return replace(data, y=[int(y) for y in data.y])
