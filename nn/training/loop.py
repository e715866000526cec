"""Training: `fit`, and the same loop step by step."""

from __future__ import annotations

import inspect
import math
import sys
import typing
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from autograd import Value, pullback
from autograd.anomaly import check_backward, first_bad, origin
from autograd.checks import shown
from autograd.detach import watching
from autograd.errors import AnomalyError
from nn import losses
from nn.arguments import generator
from nn.data import as_dataset, batches
from nn.module import Module
from nn.networks import MLP
from nn.optim import clip_grad_norm, clip_grad_value
from nn.training.callbacks import Callback
from nn.training.history import History
from nn.training.metrics import Evaluation, evaluate, numbers, share_right
from nn.training.monitor import Monitor
from nn.training.settings import Run, Settings, SettingsOptions, labelled

if TYPE_CHECKING:
    from typing_extensions import Unpack  # which checkers know even where it is not installed

    from nn.training.arrays import CompiledSteps
else:
    # For get_type_hints on Python 3.10, which has no Unpack: Union[X] is X.
    Unpack = getattr(typing, "Unpack", typing.Union)

T = TypeVar("T", bound=Callable[..., Any])


class TrainingError(ValueError):
    """A training cannot go on: the loss or a gradient became nan or inf. `history` holds the epochs before it."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.history)  # so that it gets out of the process of a pool


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


class FitOptions(SettingsOptions, total=False):
    """All keywords of `fit`, for functions that hand theirs on to it."""

    callbacks: Sequence[Callback]
    progress: bool
    compiled: bool | Literal["auto"]


def _with_settings(function: T) -> T:
    """Let `help` and notebooks show each setting with its default, where there is `**settings`.

    Editors and checkers read SettingsOptions instead, which has no defaults to show.
    """
    signature = inspect.signature(function)
    shown = [p for p in signature.parameters.values() if p.kind is not p.VAR_KEYWORD]
    for field in fields(Settings):
        kind = inspect.Parameter.KEYWORD_ONLY
        shown.append(
            inspect.Parameter(field.name, kind, default=field.default, annotation=field.type)
        )
    function.__signature__ = signature.replace(parameters=shown)  # type: ignore[attr-defined]
    return function


@_with_settings
def fit(
    model: Module,
    data: Any,
    *,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    compiled: bool | Literal["auto"] = "auto",
    **settings: Unpack[SettingsOptions],
) -> History:
    """Train a model on a Dataset or a pair (X, y), and return the history; what the settings mean is told in `Settings`.

    The model is trained in place, and left in evaluation mode (`model.eval()`). After each epoch each of `callbacks` is called with the
    model and the history, and training stops if one returns True; a callback's `finish(model)`, if it has one, is called
    at the end. Ctrl-C ends the training, not the program: the history so far is returned. `progress` shows a bar.
    The same seeds give the same bits. Raises TrainingError, naming the first bad node, if the loss or a gradient turns nan or inf.

    The step is compiled to arrays (`autograd.compile`) where that gives the same training, up to rounding; else it is computed scalar by
    scalar, and `history.engine` says why. `compiled=False` wants scalars; True wants arrays, and raises TracingError if that cannot be.
    Parameters are up to date after each epoch.

    >>> from nn import MLP, data
    >>> model = MLP([2, 8, 2], activation="tanh", rng=0)
    >>> fit(model, data.xor(), epochs=60, lr=0.1, rng=0, progress=False)[-1].accuracy
    1.0
    """
    callbacks = _checked(callbacks)
    if compiled not in (True, False, "auto"):
        raise ValueError(f"fit(compiled) must be True, False or 'auto', got {shown(compiled)}")
    run, history = Run.prepared(model, data, settings), History()
    try:
        with _bar(progress, run.settings.epochs * run.n_batches) as show, closing(_loop(model, run, history, compiled)) as loop:
            for step in loop:
                show(step)
                if step.ends_epoch and sum(bool(callback(model, history)) for callback in callbacks):
                    history.stopped = "early"
                    break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        model.eval()
        for callback in callbacks:
            finish = getattr(callback, "finish", None)
            if finish:
                finish(model)
    return history


@_with_settings
def steps(
    model: Module, data: Any, **settings: Unpack[SettingsOptions]
) -> Generator[Step, None, None]:
    """The training of `fit`, one step at a time, for those who want to write the loop around it; for the settings see `Settings`.

    The model is in training mode, and stays in it at the end: call `model.eval()` to use it.

    >>> from nn import MLP, data
    >>> model, samples = MLP(2, [4, 1], rng=0), data.moons(40, rng=0)
    >>> [round(step.loss, 2) for step in steps(model, samples, loss="bce_with_logits", lr=0.1, epochs=1, batch_size=20, rng=0)]
    [0.67, 0.59]
    """
    return _loop(model, Run.prepared(model, data, settings, "steps"), History(), compiled=False)


def linear_baseline(train: Any, test: Any, **settings: Unpack[FitOptions]) -> Evaluation:
    """What a linear classifier, softmax(W x + b), reaches on the test data: what a network has to beat.

    The settings are those of `fit`, by default lr=0.1 and epochs=100 on a cosine schedule, so that it is no straw man. Raises ValueError
    for targets that are no indices of classes.

    >>> from nn import data
    >>> linear_baseline(data.circles(60, rng=0), data.circles(60, rng=1), lr=0.1, rng=0).accuracy < 0.75
    True
    """
    train = labelled(as_dataset(train), losses.cross_entropy)
    if not all(isinstance(y, int) and y >= 0 for y in train.y) or len(set(train.y)) < 2:
        raise ValueError("linear_baseline takes indices of at least two classes, 0, 1, 2, ..., as targets")
    rng = generator(settings.pop("rng", None))
    model = MLP([len(train.X[0]), max(train.y) + 1], rng=rng)
    chosen: FitOptions = {
        "rng": rng,
        "progress": False,
        "lr": 0.1,
        "epochs": 100,
        "schedule": "cosine",
        **settings,
    }
    fit(model, train, **chosen)
    return evaluate(model, test)


def _loop(model: Module, run: Run, history: History, compiled: bool | Literal["auto"]) -> Generator[Step, None, None]:
    s, optimizer, base = run.settings, run.optimizer, run.optimizer.lr
    history.settings = s.describe()
    number = 0
    with Monitor(model, run.train, history) as monitor:
        arrays = _compiled(model, run, monitor, compiled)
        try:
            for epoch in range(s.epochs):
                if s.schedule is not None:  # else it is the caller's, who may change it between epochs
                    optimizer.lr = base * run.schedule(epoch)
                for rows, _ in batches(range(len(run.train.y)), range(len(run.train.y)), s.batch_size, run.rng):
                    done = arrays.step(rows) if arrays else None
                    if done is None:
                        if arrays:  # scalars can tell which was the first bad node
                            arrays.write_back()
                            arrays, history.engine = None, "scalars, since a number of the arrays was nan or inf"
                        done = _one_step(model, run, monitor, rows)
                    number += 1
                    ends = number % run.n_batches == 0
                    if ends:
                        if arrays:
                            arrays.write_back()
                        epoch_record = monitor.end_epoch(optimizer.lr, *_validate(model, run, arrays))
                        if hasattr(run.schedule, "step"):  # one that follows the loss
                            run.schedule.step(epoch_record.loss if epoch_record.val_loss is None else epoch_record.val_loss)
                    yield Step(number, epoch, done[0], optimizer.lr, done[1], ends, history)
                    if ends and arrays:  # a callback may have changed anything
                        arrays = arrays.renewed() or _compiled(model, run, monitor, compiled)
        finally:
            if arrays:
                arrays.write_back()
            if s.schedule is not None:
                optimizer.lr = base


def _compiled(model: Module, run: Run, monitor: Monitor, wanted: bool | Literal["auto"]) -> CompiledSteps | None:
    """The steps on arrays, if they are wanted and possible; the history says which."""
    monitor.history.engine = "scalars"
    if not wanted:
        return None
    try:
        from nn.training.arrays import CompiledSteps

        model.train()
        arrays = CompiledSteps(model, run, monitor)
    except Exception as error:  # whatever it is, the scalar step will meet it, too, and say it better
        if wanted is True:
            raise
        monitor.history.engine = f"scalars, because {error}"
        return None
    monitor.history.engine = f"arrays: {arrays.report}"
    return arrays


def _validate(model: Module, run: Run, arrays: CompiledSteps | None) -> Evaluation | tuple[()]:
    if not run.validation:
        return ()
    found = arrays.evaluate() if arrays else None
    # Where the loss is not finite, scalars can say why.
    return found or evaluate(model, run.validation, run.loss)


def _one_step(model: Module, run: Run, monitor: Monitor, rows: Sequence[int]) -> tuple[float, dict[str, float]]:
    """Forward, backward, and a step of the optimizer; the loss, without penalties, and the gradient norms."""
    s, X, y = run.settings, [run.train.X[i] for i in rows], [run.train.y[i] for i in rows]
    if not model.training:
        model.train()
    buffers = [(vars(module), name, copy(getattr(module, name))) for module in run.buffered for name in module.buffers]
    with watching(run.parameters):
        outputs = model(X)
        loss = total = run.loss(outputs, y)
    if not isinstance(loss, Value):
        raise TypeError(f"the loss must be a Value made of the outputs, got {shown(loss)} from {getattr(run.loss, '__name__', None) or shown(run.loss)}")
    if s.l1:
        total = total + s.l1 * losses.l1(run.parameters)
    if s.l2:
        total = total + s.l2 * losses.l2(run.parameters)
    if not math.isfinite(total.data):
        raise _diverged(run, monitor, buffers, f"the loss is {total.data}", origin(first_bad(total) or total))
    for p in run.parameters:  # not only those that the optimizer moves
        p.grad = 0.0
    total.backward()
    norms = monitor.observe(total, len(y), loss.data, share_right(numbers(outputs), y, run.loss))
    if not all(map(math.isfinite, norms.values())):
        raise _diverged(run, monitor, buffers, "a gradient is nan or inf", _bad_gradient(total))
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


def _diverged(run: Run, monitor: Monitor, buffers: list[tuple[dict[str, Any], str, Any]], what: str, cause: str) -> TrainingError:
    for attributes, name, before in buffers:
        attributes[name] = before
    history = monitor.history
    history.stopped = "diverged"
    return TrainingError(
        f"epoch {len(history)}: {what}. The first bad node: {cause}. The weights are those before this step. "
        f"Try a smaller learning rate than {run.optimizer.lr:g}, clip_norm=1.0, standardised inputs, or init='auto'",
        history,
    )


def _checked(callbacks: Any) -> list[Callback]:
    checked = list(callbacks) if isinstance(callbacks, Iterable) else []
    if isinstance(callbacks, Iterable) and all(map(callable, checked)):
        return checked
    raise TypeError(f"callbacks must be a list of functions of the model and its history, such as [EarlyStopping()], got {shown(callbacks)}")


@contextmanager
def _bar(progress: bool, total: int) -> Iterator[Callable[[Step], None]]:
    """A progress bar of tqdm, and how to move it on; nothing without `progress`.

    Where standard error is missing, closed or full, the bar is lost, and the training goes on.
    """
    if not progress or sys.stderr is None:  # None: pythonw, or a shell's 2>&-
        yield lambda step: None
        return
    from tqdm.auto import tqdm

    # The delay keeps tqdm from writing while it is made: half a bar cannot be ended quietly.
    bar = tqdm(total=total, unit="step", delay=1e-9)

    def show(step: Step) -> None:
        if not bar.disable:
            with _lost_bar(bar):
                _move(bar, step)

    with _lost_bar(bar):
        bar.refresh()
    try:
        yield show
    finally:
        with _lost_bar(bar):
            bar.close()


@contextmanager
def _lost_bar(bar: Any) -> Iterator[None]:
    """Switches the bar off for good if its stream takes no more."""
    try:
        yield
    except OSError:
        bar.disable = True


def _move(bar: Any, step: Step) -> None:
    if step.number == 1 and "because" in step.history.engine:
        bar.write(f"fit computes with {step.history.engine}", file=sys.stderr)
    if step.ends_epoch:
        names = ("loss", "accuracy", "val_loss", "val_accuracy")
        known = {name: getattr(step.history[-1], name) for name in names}
        shown = {name: f"{x:.4g}" for name, x in known.items() if x is not None}
        bar.set_postfix(shown, refresh=False)
    bar.update()
