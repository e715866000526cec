"""The settings of `fit`, and how they are made ready: names looked up, data checked and split."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any, Final

from autograd import Value
from autograd.checks import in_range, shown
from nn.arguments import RNG, brief, generator, size
from nn.batchnorm import BatchNorm
from nn.data import Dataset, Standardiser
from nn.losses import LOSSES, LossFunction, LossName, loss_named, unwrapped
from nn.module import Module
from nn.optim.optimizers import OPTIMIZERS, Optimizer, OptimizerName
from nn.schedules import Schedule, ScheduleName, schedule_named
from nn.training.metrics import decision
from nn.training.preparation import (
    Preparation,
    coded,
    recoded,
    scaled_by,
)
from nn.training.samples import Samples, Stream, is_iterable_of_batches, samples_of, source_of

RATES: Final = {"sgd": 0.1, "rmsprop": 0.01, "adam": 0.02, "adamw": 0.02}
"""The learning rates that `fit` takes by default."""


@dataclass(frozen=True, repr=False)
class Settings:
    """The settings of `fit` and `steps`, checked; everything has a default.

    - `loss`: a name in `losses.LOSSES`, or a function (outputs, targets) -> Value.
    - `optimizer`: a name in `optim.OPTIMIZERS`, or an optimizer of the model's parameters.
    - `lr`: the learning rate of an optimizer that is named; by default 0.1 for sgd, 0.01 for
      rmsprop, 0.02 for adam and adamw: for small networks, and larger than PyTorch's.
    - `epochs`, `batch_size`: ints; the last batch of an epoch may be smaller.
    - `validation`: data to evaluate on after each epoch, or the fraction of the data to set aside,
      from each class where it has enough samples.
    - `schedule`: a name in `schedules.SCHEDULES`, or a function from the epoch to a factor of `lr`.
    - `l1`, `l2`: weights of the penalties Σ|p| and Σp² in what is minimised (l2=0.01 is a
      weight_decay of 0.02).
    - `clip_norm`, `clip_value`: limits for the gradients, as in `optim.clip_grad_norm` and
      `clip_grad_value`.
    - `standardise`, `standardise_targets`: whether features, and the targets of a regression, are
      brought to mean 0 and deviation 1; the model remembers how, and `predict` takes raw rows.
    - `rng`: a `random.Random` or a seed, for shuffling and splitting.

    Raises ValueError or TypeError for a setting that makes no sense.

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
    standardise: bool = False
    standardise_targets: bool = False
    rng: RNG = None

    def __post_init__(self) -> None:
        for name, check in CHECKS.items():
            x = getattr(self, name)
            if x is not None or name not in OPTIONAL:
                object.__setattr__(self, name, check(x, f"fit({name})"))

    def __repr__(self) -> str:
        """The settings that differ from the defaults."""
        parts = []
        for field in fields(self):
            x = getattr(self, field.name)
            is_default = x is field.default or (_is_plain(x) and x == field.default)
            if not is_default:
                parts.append(f"{field.name}={shown(x, 60)}")
        return f"Settings({', '.join(parts)})"

    def describe(self) -> dict[str, Any]:
        """The settings as plain text and numbers, for the history."""
        given = {field.name: (getattr(self, field.name), field.default) for field in fields(self)}
        del given["validation"], given["rng"]
        return {name: _plain(x) for name, (x, default) in given.items() if x != default}


def _switch(x: Any, subject: str) -> bool:
    if not isinstance(x, bool):
        raise TypeError(f"{subject} must be True or False, got {shown(x)}")
    return x


CHECKS: Final[dict[str, Callable[[Any, str], Any]]] = {
    "standardise": _switch,
    "standardise_targets": _switch,
    "epochs": size,
    "batch_size": size,
    "l1": partial(in_range, wanted="at least 0 and finite"),
    "l2": partial(in_range, wanted="at least 0 and finite"),
    "clip_norm": partial(in_range, wanted="positive"),
    "clip_value": partial(in_range, wanted="positive"),
}
"""For each setting that is a number, the function that checks it; others are looked up by name."""

OPTIONAL: Final = ("clip_norm", "clip_value")


def name_of(loss: Any) -> str:
    """The name of a loss in `nn.losses`, with or without settings of its own; "" for any other.

    >>> name_of(partial(LOSSES["hinge"], weight=2.0)), name_of(max)
    ('hinge', '')
    """
    loss, _ = unwrapped(loss)
    return next((name for name, known in LOSSES.items() if known is loss), "")


def _is_plain(x: Any) -> bool:
    return isinstance(x, (str, int, float))


def _plain(x: Any) -> Any:
    if name_of(x):
        return name_of(x)
    if callable(x) and getattr(x, "__name__", "") in LOSSES:
        return f"{x.__name__} (your own)"
    if _is_plain(x):
        return float(x) if isinstance(x, float) else x
    return float(x) if hasattr(x, "__float__") else getattr(x, "__name__", type(x).__name__)


@dataclass(frozen=True)
class Run:
    """The settings made ready: names looked up, data checked and split."""

    settings: Settings
    train: Samples | Stream
    validation: Samples | None
    loss: LossFunction
    optimizer: Optimizer
    schedule: Schedule
    rng: Any
    parameters: list[Value]
    buffered: list[Module]
    cluster: Any = None
    preparation: Preparation | None = None

    @classmethod
    def prepared(cls, model: Module, data: Any, s: Settings, cluster: Any = None) -> Run:
        if not isinstance(model, Module) or not model.parameters():
            raise TypeError(
                f"fit trains a Module with parameters, got {brief(model)}: its weights must be "
                f"Values among its attributes"
            )
        if cluster is not None and is_iterable_of_batches(data):
            raise ValueError(
                "fit(cluster) holds its data on the workers, and cannot take them from an iterable "
                "of batches: pass (X, y)"
            )
        rng, loss = generator(s.rng), loss_named(s.loss)
        known = getattr(model.preparation, "classes", ())
        given, classes = coded(data, decision(loss) is not None, known)
        s = replace(s, validation=recoded(s.validation, classes, "fit(validation)"))
        train, validation = _data(given, s, loss, rng)
        features = tuple(getattr(data, "features", ()))
        named = name_of(loss)
        if named == "hinge" and classes:
            raise ValueError(
                f"the loss hinge takes targets -1 and +1, but the classes have names, "
                f"{shown(classes, 80)}: use bce_with_logits or cross_entropy"
            )
        preparation, (train, validation) = _prepared(s, train, validation, loss)
        preparation = replace(preparation, features=features, classes=classes, loss=named)
        if isinstance(train, Samples):
            _refuse_lonely(len(train), s.batch_size, model)
        return cls(
            settings=s,
            train=train,
            validation=validation,
            loss=loss,
            optimizer=_optimizer(s, model),
            schedule=schedule_named(s.schedule, s.epochs),
            rng=rng,
            parameters=model.parameters(),
            buffered=[module for _, module in model.named_modules() if module.buffers],
            cluster=cluster,
            preparation=preparation,
        )


def _prepared(
    s: Settings, train: Samples | Stream, validation: Samples | None, loss: LossFunction
) -> tuple[Preparation, tuple[Samples | Stream, Samples | None]]:
    """The standardisers of the training data, and all data standardised by them."""
    if not (s.standardise or s.standardise_targets):
        return Preparation(), (train, validation)
    if isinstance(train, Stream):
        raise ValueError(
            "fit(standardise) needs the mean of all data, which is not known for an iterable of "
            "batches: standardise each batch yourself, with data.standardiser(X) of the first one"
        )
    if s.standardise_targets and decision(loss) is not None:
        raise ValueError(
            f"fit(standardise_targets=True) is for a regression, but {shown(s.loss)} takes "
            f"classes: leave it out"
        )
    inputs = Standardiser(*train.moments(train.X)) if s.standardise else None
    targets = Standardiser(*train.moments(train.y)) if s.standardise_targets else None

    def scaled(data: Samples) -> Samples:
        return Samples(scaled_by(data.X, inputs), scaled_by(data.y, targets), data.is_array)

    of_both = scaled(train), scaled(validation) if validation else None
    return Preparation(inputs, targets), of_both


def _data(
    data: Any, s: Settings, loss: LossFunction, rng: Any
) -> tuple[Samples | Stream, Samples | None]:
    """What to train on, and what to evaluate on."""
    prepared = partial(_labelled, is_classifier=decision(loss) is not None)
    share = s.validation if isinstance(s.validation, float) else None
    if is_iterable_of_batches(data):
        if share is not None:
            raise ValueError(
                f"fit(validation={shown(share)}) sets aside a fraction of data in memory, not of "
                f"an iterable of batches: give it separate data, validation=(X, y)"
            )
        if isinstance(data, Iterator) and s.epochs > 1:
            raise ValueError(
                f"fit(epochs={s.epochs}) takes that many passes over the batches, but a "
                f"{type(data).__name__:.40} is exhausted after one: pass a function that makes "
                f"one, such as the generator function itself, uncalled, or set epochs=1"
            )
        train: Samples | Stream = Stream(source_of(data), prepared)
    else:
        train = prepared(data)
        if share is not None:
            return train.split(share, rng)
    return train, _validation(s.validation, train, prepared)


def _validation(given: Any, train: Samples | Stream, prepared: Any) -> Samples | None:
    if given is None:
        return None
    if not isinstance(given, (Dataset, tuple, list)):
        raise TypeError(
            f"fit(validation) must be data, or the fraction to set aside, such as 0.2, got "
            f"{shown(given)}"
        )
    found: Samples = prepared(given)
    if found.width != train.width:
        raise ValueError(
            f"fit(validation) has rows of {found.width} numbers, but the training data rows of "
            f"{train.width}: give both the same features"
        )
    return found


def _labelled(data: Any, is_classifier: bool) -> Samples:
    """Data, checked; the labels of a classifier are ints even if an array had them as floats."""
    samples = samples_of(data)
    return samples.labelled() if is_classifier else samples


def _refuse_lonely(n: int, batch_size: int, model: Module) -> None:
    """Raise ValueError if BatchNorm would meet a batch of one sample."""
    is_lonely = batch_size == 1 or n % batch_size == 1
    if is_lonely and any(isinstance(m, BatchNorm) for _, m in model.named_modules()):
        lonely = "each" if batch_size == 1 else "the last"
        raise ValueError(
            f"{lonely} of {n} samples would be a batch by itself, over which BatchNorm has no "
            f"variance: use a batch_size other than {batch_size}"
        )


def _optimizer(s: Settings, model: Module) -> Optimizer:
    if isinstance(s.optimizer, Optimizer):
        if s.lr is not None:
            raise ValueError(
                f"fit got lr={shown(s.lr)} and your own optimizer, {shown(s.optimizer)}: set "
                f"the learning rate there"
            )
        if not set(s.optimizer.parameters) <= set(model.parameters()):
            raise ValueError(
                f"{shown(s.optimizer)} was made for the parameters of another model: make it with "
                f"this one's model.parameters()"
            )
        return s.optimizer
    if not isinstance(s.optimizer, str) or s.optimizer not in OPTIMIZERS:
        raise ValueError(
            f"optimizer must be an Optimizer or one of {', '.join(OPTIMIZERS)}, got "
            f"{shown(s.optimizer)}"
        )
    kind = OPTIMIZERS[s.optimizer]
    return kind(model.parameters(), RATES[s.optimizer] if s.lr is None else s.lr)
