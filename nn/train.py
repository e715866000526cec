"""Training: `fit`, and the same loop step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from autograd import Value, pullback
from autograd.anomaly import check_backward, first_bad, origin
from autograd.errors import AnomalyError
from nn import losses
from nn.arguments import RNG, generator, size
from nn.data import Dataset, as_dataset, batches, split
from nn.history import History
from nn.losses import LossFunction, loss_named
from nn.metrics import accuracy, decide, evaluate, numbers
from nn.module import Module
from nn.monitor import Monitor
from nn.noise import BatchNorm
from nn.optim import OPTIMIZERS, Optimizer, clip_grad_norm, clip_grad_value
from nn.schedules import Schedule, schedule_named

Callback: TypeAlias = "Callable[[Module, History], bool | None]"


class TrainingError(ValueError):
    """A training cannot go on: the loss or a gradient became nan or inf. `history` holds the epochs before it."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


@dataclass(frozen=True)
class Settings:
    """What `fit` and `steps` can be told; everything has a default.

    - `loss`: a name in `losses.LOSSES`, or a function (outputs, targets) -> Value.
    - `optimizer`: a name in `optim.OPTIMIZERS`, or an optimizer of the model's parameters; `lr`: its learning rate, by default its own.
    - `epochs`, `batch_size`: ints; the last batch of an epoch may be smaller.
    - `validation`: data to evaluate on after each epoch, or the fraction of the data to set aside for it.
    - `schedule`: a name in `schedules.SCHEDULES`, or a function from the epoch to a factor of `lr`.
    - `l1`, `l2`: weights of the penalties Σ|p| and Σp² in what is minimised.
    - `clip_norm`, `clip_value`: limits for the gradients, as in `optim.clip_grad_norm` and `clip_grad_value`.
    - `rng`: a `random.Random` or a seed, for shuffling and splitting.

    >>> Settings(lr=0.1).epochs
    60
    """

    loss: str | LossFunction = "cross_entropy"
    optimizer: str | Optimizer = "adam"
    lr: float | None = None
    epochs: int = 60
    batch_size: int = 32
    validation: Any = None
    schedule: str | Schedule | None = None
    l1: float = 0.0
    l2: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None
    rng: RNG = None

    def describe(self) -> dict[str, Any]:
        """The settings as plain text and numbers, for the history."""
        plain: dict[str, Any] = {}
        for field in fields(self):
            x = getattr(self, field.name)
            if field.name not in ("validation", "rng") and x != field.default:
                plain[field.name] = x if isinstance(x, (str, int, float)) else getattr(x, "__name__", type(x).__name__)
        return plain


@dataclass(frozen=True)
class Step:
    """One step of a training: what it was done on, and the state after it; `history` has a new epoch if `ends_epoch`."""

    number: int
    epoch: int
    loss: float
    lr: float
    grad_norms: dict[str, float]
    ends_epoch: bool
    history: History


def fit(model: Module, data: Any, *, callbacks: Sequence[Callback] = (), progress: bool = True, **settings: Any) -> History:
    """Train a model on a Dataset or a pair (X, y), and return the history; the settings are those of `Settings`.

    The model is trained in place, and left as in use (`model.eval()`). After each epoch each of `callbacks` is called with the
    model and the history, and training stops if one returns True; a callback's `finish(model)`, if it has one, is called
    at the end. Ctrl-C ends the training, not the program: the history so far is returned. `progress` shows a bar.
    The same seeds give the same bits. Raises TrainingError, naming the first bad node, if the loss or a gradient turns nan or inf.

    >>> from nn import MLP, data
    >>> model = MLP([2, 8, 2], activation="tanh", rng=0)
    >>> fit(model, data.xor(), epochs=60, lr=0.1, rng=0, progress=False)[-1].accuracy
    1.0
    """
    run, history = _Run.prepared(model, data, settings), History()
    try:
        with _bar(progress, run.settings.epochs * run.n_batches) as show:
            for step in _loop(model, run, history):
                show(step)
                if step.ends_epoch and sum(bool(callback(model, history)) for callback in callbacks):
                    history.stopped = "early"
                    break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    for callback in callbacks:
        finish = getattr(callback, "finish", None)
        if finish:
            finish(model)
    model.eval()
    return history


def steps(model: Module, data: Any, **settings: Any) -> Iterator[Step]:
    """The training of `fit`, one step at a time, for those who want to write the loop around it; the settings are those of `Settings`.

    >>> from nn import MLP, data
    >>> model, samples = MLP(2, [4, 1], rng=0), data.moons(40, rng=0)
    >>> [round(step.loss, 2) for step in steps(model, samples, loss="bce_with_logits", lr=0.1, epochs=1, batch_size=20, rng=0)]
    [0.67, 0.59]
    """
    return _loop(model, _Run.prepared(model, data, settings), History())


class EarlyStopping:
    """A callback that stops when the validation loss has not improved for `patience` epochs, and restores the best weights.

    Without validation data it goes by the training loss. The best weights are restored at the end in any case.
    Source: Prechelt, "Early stopping - but when?" (1998).

    >>> from nn import MLP, data
    >>> stopper = EarlyStopping(patience=2)
    >>> history = fit(MLP([2, 2], rng=0), data.moons(20, rng=0), lr=1.0, validation=0.5, rng=0, callbacks=[stopper], progress=False)
    >>> history.stopped, stopper.best_loss == min(history.column("val_loss"))
    ('early', True)
    """

    def __init__(self, patience: int = 10, min_delta: float = 0.0) -> None:
        self.patience = size(patience, "EarlyStopping(patience)")
        self.min_delta = min_delta
        self.best_loss, self.best_epoch = math.inf, -1
        self._best: dict[str, float] = {}

    def __call__(self, model: Module, history: History) -> bool:
        last = history[-1]
        loss = last.loss if last.val_loss is None else last.val_loss
        if last.epoch == 0 or loss < self.best_loss - self.min_delta:
            self.best_loss, self.best_epoch, self._best = loss, last.epoch, model.state_dict()
        return last.epoch - self.best_epoch >= self.patience

    def finish(self, model: Module) -> None:
        """Restore the best weights."""
        if self._best:
            model.load_state_dict(self._best)


@dataclass(frozen=True)
class _Run:
    """The settings made ready: names looked up, data checked and split."""

    settings: Settings
    train: Dataset
    validation: Dataset | None
    loss: LossFunction
    optimizer: Optimizer
    schedule: Schedule
    rng: Any

    @classmethod
    def prepared(cls, model: Module, data: Any, settings: dict[str, Any]) -> _Run:
        names = [field.name for field in fields(Settings)]
        unknown = [name for name in settings if name not in names]
        if unknown:
            raise TypeError(f"fit has no setting {unknown[0]!r}; it has {', '.join(names)}, and callbacks and progress")
        s = Settings(**settings)
        epochs, batch_size = size(s.epochs, "fit(epochs)"), size(s.batch_size, "fit(batch_size)")
        rng = generator(s.rng)
        train, validation = as_dataset(data), None
        if isinstance(s.validation, float):
            train, validation = split(train, s.validation, rng)
        elif s.validation is not None:
            validation = as_dataset(s.validation)
        if len(train.y) % batch_size == 1 and any(isinstance(m, BatchNorm) for _, m in model.named_modules()):
            raise ValueError(
                f"the last of {len(train.y)} samples would be a batch of its own, over which BatchNorm has no variance: "
                f"take another batch_size than {batch_size}"
            )
        return cls(s, train, validation, loss_named(s.loss), _optimizer(s, model), schedule_named(s.schedule, epochs), rng)

    @property
    def n_batches(self) -> int:
        return -(-len(self.train.y) // self.settings.batch_size)


def _optimizer(s: Settings, model: Module) -> Optimizer:
    if isinstance(s.optimizer, Optimizer):
        if s.lr is not None:
            raise ValueError(f"fit(lr={s.lr!r}) and an optimizer of your own, {s.optimizer!r}: set the learning rate there")
        if not set(s.optimizer.parameters) <= set(model.parameters()):
            raise ValueError(f"{s.optimizer!r} was made for the parameters of another model: make it with this one's model.parameters()")
        return s.optimizer
    if s.optimizer not in OPTIMIZERS:
        raise ValueError(f"optimizer must be an Optimizer or one of {', '.join(OPTIMIZERS)}, got {s.optimizer!r}")
    kind = OPTIMIZERS[s.optimizer]
    return kind(model.parameters()) if s.lr is None else kind(model.parameters(), s.lr)


def _loop(model: Module, run: _Run, history: History) -> Iterator[Step]:
    s, optimizer, base = run.settings, run.optimizer, run.optimizer.lr
    history.settings = s.describe()
    number = 0
    with Monitor(model, run.train, history) as monitor:
        try:
            for epoch in range(s.epochs):
                optimizer.lr = base * run.schedule(epoch)
                for X, y in batches(run.train.X, run.train.y, s.batch_size, run.rng):
                    loss, norms = _one_step(model, run, monitor, X, y)
                    number += 1
                    ends = number % run.n_batches == 0
                    if ends:
                        of_validation = evaluate(model, run.validation, run.loss) if run.validation else ()
                        monitor.end_epoch(optimizer.lr, *of_validation)
                    yield Step(number, epoch, loss, optimizer.lr, norms, ends, history)
        finally:
            optimizer.lr = base


def _one_step(model: Module, run: _Run, monitor: Monitor, X: list[Any], y: list[Any]) -> tuple[float, dict[str, float]]:
    """Forward, backward, and a step of the optimizer; the loss, without penalties, and the gradient norms."""
    s = run.settings
    model.train()
    outputs = model(X)
    loss = total = run.loss(outputs, y)
    if s.l1:
        total = total + s.l1 * losses.l1(model.parameters())
    if s.l2:
        total = total + s.l2 * losses.l2(model.parameters())
    if not math.isfinite(total.data):
        raise _diverged(run, monitor, f"the loss is {total.data}", origin(first_bad(total) or total))
    run.optimizer.zero_grad()
    total.backward()
    decided = decide(numbers(outputs), run.loss)
    norms = monitor.observe(total, len(y), loss.data, None if decided is None else accuracy(decided, y))
    if not all(map(math.isfinite, norms.values())):
        raise _diverged(run, monitor, "a gradient is nan or inf", _bad_gradient(total))
    if s.clip_norm is not None:
        clip_grad_norm(run.optimizer.parameters, s.clip_norm)
    if s.clip_value is not None:
        clip_grad_value(run.optimizer.parameters, s.clip_value)
    run.optimizer.step()
    return loss.data, norms


def _bad_gradient(root: Value) -> str:
    try:
        check_backward(*pullback(root, 1.0))
    except AnomalyError as error:
        return str(error).removesuffix(". No gradient was written")
    return "their squares add up beyond the range of a float"


def _diverged(run: _Run, monitor: Monitor, what: str, cause: str) -> TrainingError:
    history = monitor.history
    history.stopped = "diverged"
    return TrainingError(
        f"epoch {len(history)}: {what}. The first bad node: {cause}. The weights are those before this step. "
        f"Try a smaller learning rate than {run.optimizer.lr:g}, clip_norm=1.0, standardised inputs, or init='auto'",
        history,
    )


@contextmanager
def _bar(progress: bool, total: int) -> Iterator[Callable[[Step], None]]:
    """A progress bar of tqdm, and how to move it on; nothing without `progress`."""
    if not progress:
        yield lambda step: None
        return
    from tqdm.auto import tqdm

    with tqdm(total=total, unit="step") as bar:

        def show(step: Step) -> None:
            if step.ends_epoch:
                last = step.history[-1]
                named = {"loss": last.loss, "accuracy": last.accuracy, "val_loss": last.val_loss, "val_accuracy": last.val_accuracy}
                bar.set_postfix({name: f"{x:.4g}" for name, x in named.items() if x is not None}, refresh=False)
            bar.update()

        yield show
