"""Training: `fit`, and the same loop step by step."""

from __future__ import annotations

import typing
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict, TypeVar

from autograd.checks import shown
from nn.arguments import RNG, generator
from nn.data import as_dataset
from nn.losses import LossFunction, LossName
from nn.module import Module
from nn.networks import MLP
from nn.optim.optimizers import Optimizer, OptimizerName
from nn.schedules import Schedule, ScheduleName
from nn.training.callbacks import Callback
from nn.training.history import History
from nn.training.metrics import Evaluation, evaluate
from nn.training.monitor import Monitor
from nn.training.preparation import coded, recoded
from nn.training.progress import bar
from nn.training.samples import samples_of
from nn.training.settings import Run, Settings
from nn.training.stepper import Compiled, Stepper, stepper_for

if TYPE_CHECKING:
    from typing_extensions import Unpack  # which checkers know even if it is not installed
else:
    # For get_type_hints on Python 3.10, which has no Unpack: Union[X] is X.
    Unpack = getattr(typing, "Unpack", typing.Union)

T = TypeVar("T")


@dataclass(frozen=True)
class Step:
    """One step of a training: the samples it used, and the state after it.

    `history` has a new epoch if `ends_epoch`.
    """

    number: int
    epoch: int
    loss: float
    lr: float
    grad_norms: dict[str, float]
    ends_epoch: bool
    history: History


class FitOptions(TypedDict, total=False):
    """All keywords of `fit`, for functions that pass theirs on to it."""

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
    standardise: bool
    standardise_targets: bool
    rng: RNG
    callbacks: Sequence[Callback]
    progress: bool
    compiled: Compiled
    cluster: Any


def fit(
    model: Module,
    data: Any,
    *,
    loss: LossName | LossFunction = "cross_entropy",
    optimizer: OptimizerName | Optimizer = "adam",
    lr: float | None = None,
    epochs: int = 60,
    batch_size: int = 32,
    validation: Any = None,
    schedule: ScheduleName | Schedule | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    standardise: bool = False,
    standardise_targets: bool = False,
    rng: RNG = None,
    callbacks: Sequence[Callback] = (),
    progress: bool = True,
    compiled: Compiled = "auto",
    cluster: Any = None,
) -> History:
    """Train a model, and return the history; `Settings` describes the settings.

    `data` is a Dataset, or a pair (X, y) of lists, arrays or tables; arrays, including np.memmap,
    are not copied. Data that do not fit in memory come as an iterable of batches (X, y), or a
    generator function: each pass is an epoch, in the order of the iterable. In that case nothing
    is shuffled, `batch_size` has no effect, a fraction cannot be set aside for validation, and the
    history has no facts about the data. A generator can be iterated over only once, so it suffices
    only for epochs=1.

    Labels may be strings. With `standardise` the model is trained on features of mean 0 and
    deviation 1, with `standardise_targets` on such targets, and remembers how
    (`model.preparation`): then `predict` and `classify` take raw rows, and answer in the units and
    names of the data; losses are those of standardised targets. A file of the model holds that too.

    The model is trained in place, and left in evaluation mode (`model.eval()`). After each epoch
    each of `callbacks` is called with the model and the history, and training stops if one returns
    True; its `start(model)` and `finish(model)`, if any, are called before and after the training.
    Ctrl-C ends the training, not the program: the history so far is returned. `progress` shows a
    bar. The same seeds give the same bits. Raises TrainingError, naming the first bad node, if the
    loss or a gradient turns nan or inf; ValueError or TypeError for settings that make no sense.

    The step is compiled to arrays (`autograd.compile`) where that gives the same training, up to
    rounding; otherwise it is computed scalar by scalar, and `history.engine` says why.
    `compiled=False` asks for scalars; True asks for arrays, and raises TracingError if that is
    impossible. Parameters are up to date whenever a callback is called, and at the end.

    `cluster` is a Dask client: its workers hold the data in shards, and each step adds up what
    they find. The training is that of one process, up to the order of additions. Needs
    `distributed`, and a step that can be compiled.

    >>> from nn import MLP, data
    >>> model = MLP([2, 8, 2], activation="tanh", rng=0)
    >>> fit(model, data.xor(), epochs=60, lr=0.1, rng=0, progress=False)[-1].accuracy
    1.0
    """
    settings = Settings(
        loss=loss,
        optimizer=optimizer,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        validation=validation,
        schedule=schedule,
        l1=l1,
        l2=l2,
        clip_norm=clip_norm,
        clip_value=clip_value,
        standardise=standardise,
        standardise_targets=standardise_targets,
        rng=rng,
    )
    checked, compiled = _callbacks(callbacks), _compiled(compiled)
    if not isinstance(progress, bool):
        raise ValueError(f"fit(progress) must be True or False, got {shown(progress)}")
    if cluster is not None:
        compiled = _on_cluster(cluster, compiled)
    run, history = Run.prepared(model, data, settings, cluster), History()
    total = run.train.n_batches(settings.batch_size)
    try:
        for callback in checked:
            _call(callback, "start", model)
        with (
            bar(progress, total and total * settings.epochs) as show,
            closing(_loop(model, run, history, compiled)) as loop,
        ):
            for at in loop:
                show(at.ends_epoch, history)
                if checked and at.ends_epoch:
                    at.stepper.commit()
                    if _wants_to_stop(checked, model, history):
                        history.stopped = "early"
                        break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        model.eval()
        _finish(checked, model)
    return history


def steps(
    model: Module,
    data: Any,
    *,
    loss: LossName | LossFunction = "cross_entropy",
    optimizer: OptimizerName | Optimizer = "adam",
    lr: float | None = None,
    epochs: int = 60,
    batch_size: int = 32,
    validation: Any = None,
    schedule: ScheduleName | Schedule | None = None,
    l1: float = 0.0,
    l2: float = 0.0,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    standardise: bool = False,
    standardise_targets: bool = False,
    rng: RNG = None,
    compiled: Compiled = "auto",
) -> Generator[Step, None, None]:
    """The training of `fit`, one step at a time, so that you can write the loop around it.

    Data and settings are those of `fit`. Parameters, gradients and optimizer are up to date at each
    step. The model is in training mode, and still is at the end: call `model.eval()` to use it.

    >>> from nn import MLP, data
    >>> model, samples = MLP(2, [4, 1], rng=0), data.moons(40, rng=0)
    >>> some = dict(loss="bce_with_logits", lr=0.1, epochs=1, batch_size=20, rng=0)
    >>> [round(step.loss, 2) for step in steps(model, samples, **some)]
    [0.67, 0.59]
    """
    settings = Settings(
        loss=loss,
        optimizer=optimizer,
        lr=lr,
        epochs=epochs,
        batch_size=batch_size,
        validation=validation,
        schedule=schedule,
        l1=l1,
        l2=l2,
        clip_norm=clip_norm,
        clip_value=clip_value,
        standardise=standardise,
        standardise_targets=standardise_targets,
        rng=rng,
    )
    run = Run.prepared(model, data, settings)
    return _handed_out(_loop(model, run, History(), _compiled(compiled)), run)


def linear_baseline(train: Any, test: Any, **settings: Unpack[FitOptions]) -> Evaluation:
    """How well a linear classifier, softmax(W x + b), does on the test data.

    This is what a network has to beat. The settings are those of `fit`, by default lr=0.1 and
    epochs=100 on a cosine schedule, so that it is no straw man. Raises ValueError unless the
    targets are indices of classes, or their names.

    >>> from nn import data
    >>> train, test = data.circles(60, rng=0), data.circles(60, rng=1)
    >>> linear_baseline(train, test, lr=0.1, rng=0).accuracy < 0.75
    True
    """
    train, classes = coded(train)
    train, test = as_dataset(train), recoded(test, classes, "linear_baseline(test)")
    if classes and "validation" in settings:
        given = settings["validation"]
        settings["validation"] = recoded(given, classes, "linear_baseline(validation)")
    labels = samples_of(train).labelled().y
    if not all(isinstance(y, int) and y >= 0 for y in labels) or len(set(labels)) < 2:
        raise ValueError(
            "linear_baseline takes at least two classes as targets, 0, 1, 2, ..., or their names"
        )
    rng = generator(settings.pop("rng", None))
    model = MLP([len(train.X[0]), max(labels) + 1], rng=rng)
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


class At(NamedTuple):
    """The state of a training after a step."""

    epoch: int
    loss: float
    ends_epoch: bool
    stepper: Stepper
    history: History


def _loop(model: Module, run: Run, history: History, compiled: Compiled) -> Generator[At]:
    s, optimizer, base = run.settings, run.optimizer, run.optimizer.lr
    history.settings, history.facts = s.describe(), run.train.facts()
    monitor = Monitor(model, history=history)
    stepper: Stepper | None = None
    try:
        model.preparation = run.preparation
        stepper = stepper_for(model, run, monitor, compiled)
        for epoch in range(s.epochs):
            if s.schedule is not None:  # else the caller may change it between epochs
                optimizer.lr = base * run.schedule(epoch)
            for batch, is_last in _with_last(run.train.epoch(s.batch_size, run.rng)):
                loss = stepper.step(batch)
                if is_last:
                    done = monitor.end_epoch(optimizer.lr, *(stepper.end_epoch() or ()))
                    if hasattr(run.schedule, "step"):  # a schedule that follows the loss
                        run.schedule.step(done.loss if done.val_loss is None else done.val_loss)
                yield At(epoch, loss, is_last, stepper, history)
                stepper = stepper.renewed()
    finally:
        monitor.release()
        if stepper:
            stepper.commit()
        if s.schedule is not None:
            optimizer.lr = base


def _handed_out(loop: Generator[At], run: Run) -> Generator[Step, None, None]:
    with closing(loop):
        for i, at in enumerate(loop):
            at.stepper.commit()
            lr, norms = run.optimizer.lr, at.stepper.grad_norms
            yield Step(i + 1, at.epoch, at.loss, lr, norms, at.ends_epoch, at.history)


def _with_last(items: Iterable[T]) -> Iterator[tuple[T, bool]]:
    """Each item, and whether it is the last.

    >>> list(_with_last("ab"))
    [('a', False), ('b', True)]
    """
    iterator = iter(items)
    for item in iterator:
        for following in iterator:
            yield item, False
            item = following
        yield item, True


def _wants_to_stop(callbacks: Sequence[Callback], model: Module, history: History) -> bool:
    """Whether a callback wants to stop; all of them are called."""
    return sum(bool(callback(model, history)) for callback in callbacks) > 0


def _finish(callbacks: Sequence[Callback], model: Module) -> None:
    """Let all callbacks finish, whatever one of them raises."""
    if callbacks:
        try:
            _call(callbacks[0], "finish", model)
        finally:
            _finish(callbacks[1:], model)


def _call(callback: Callback, name: str, model: Module) -> None:
    """Call a method of a callback, if it has one."""
    method: Callable[[Module], Any] | None = getattr(callback, name, None)
    if method:
        method(model)


def _callbacks(callbacks: Any) -> list[Callback]:
    checked = list(callbacks) if isinstance(callbacks, Iterable) else []
    if isinstance(callbacks, Iterable) and all(map(callable, checked)):
        return checked
    raise TypeError(
        f"callbacks must be a list of functions of the model and its history, such as "
        f"[EarlyStopping()], got {shown(callbacks)}"
    )


def _on_cluster(cluster: Any, compiled: Compiled) -> Compiled:
    """How to compile for this cluster: workers compute on nothing but arrays."""
    if not callable(getattr(cluster, "submit", None)):
        raise TypeError(f"fit(cluster) takes a distributed.Client, got {shown(cluster)}")
    if compiled is False:
        raise ValueError("fit(cluster) computes on arrays, and compiled=False asks for scalars")
    return True


def _compiled(compiled: Any) -> Compiled:
    if isinstance(compiled, bool) or (isinstance(compiled, str) and compiled == "auto"):
        return compiled  # type: ignore[return-value]
    raise ValueError(f"fit(compiled) must be True, False or 'auto', got {shown(compiled)}")
