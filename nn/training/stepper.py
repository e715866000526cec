"""The Stepper: the one interface through which the loop trains, evaluates and writes back.

There are two kinds: scalars here, and arrays in `nn.training.arrays`. The loop knows neither.
"""

from __future__ import annotations

import math
from copy import copy
from typing import Any, Literal, Protocol, TypeAlias

from autograd import Value, pullback
from autograd.anomaly import check_backward, first_bad, origin
from autograd.checks import shown
from autograd.detach import watching
from autograd.errors import AnomalyError
from nn import losses
from nn.module import Module
from nn.optim import clip_grad_norm, clip_grad_value
from nn.training.history import Engine, History
from nn.training.metrics import Evaluation, assessed, numbers, share_right
from nn.training.monitor import Monitor
from nn.training.samples import Samples
from nn.training.settings import Run

Compiled: TypeAlias = bool | Literal["auto"]


class TrainingError(ValueError):
    """Training cannot go on: the loss or a gradient became nan or inf.

    `history` holds the epochs before it.
    """

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.history)  # so that a process pool can pass it on


class Stepper(Protocol):
    """The steps of one training, whatever they are computed with."""

    @property
    def engine(self) -> Engine: ...

    def step(self, batch: Samples) -> float:
        """Take one step on these samples, and return the loss without penalties."""
        ...

    @property
    def grad_norms(self) -> dict[str, float]:
        """The norm of the last step's gradient, for each part of the model."""
        ...

    def end_epoch(self) -> Evaluation | None:
        """Report to the Monitor what it does not know yet, and evaluate on the validation data.

        Returns None if there are none.
        """
        ...

    def commit(self) -> None:
        """Write parameters, gradients and the optimizer's state back to the Values."""
        ...

    def renewed(self) -> Stepper:
        """The stepper to continue with: anything may have been changed between two steps."""
        ...


def stepper_for(model: Module, run: Run, monitor: Monitor, compiled: Compiled) -> Stepper:
    """Arrays if they are wanted and possible, else scalars, which know why.

    Raises TracingError if arrays are required but impossible.
    """
    if compiled is False:
        return ScalarStepper(model, run, monitor, "")
    try:
        if run.cluster is not None:
            from nn.training.cluster import ClusterStepper

            return ClusterStepper(model.train(), run, monitor, compiled)
        from nn.training.arrays import ArrayStepper

        return ArrayStepper(model.train(), run, monitor, compiled)
    except Exception as error:
        # Whatever it is, the scalar step will meet it, too, and report it better.
        if compiled is True:
            raise
        return ScalarStepper(model, run, monitor, str(error))


class ScalarStepper:
    """Steps on Values: forward, backward, and the optimizer."""

    def __init__(self, model: Module, run: Run, monitor: Monitor, reason: str) -> None:
        self.engine = monitor.history.engine = Engine("scalars", reason)
        self.grad_norms: dict[str, float] = {}
        self.model, self.run, self.monitor = model, run, monitor

    def step(self, batch: Samples) -> float:
        s, run = self.run.settings, self.run
        X, y = batch.lists()
        if not self.model.training:
            self.model.train()
        buffers = self._buffers()
        with self.monitor, watching(run.parameters):
            outputs = self.model(X)
            loss = run.loss(outputs, y)
        total = penalised(loss, run)
        if not math.isfinite(total.data):
            bad = origin(first_bad(total) or total)
            raise self._diverged(buffers, f"the loss is {total.data}", bad)
        for p in run.parameters:  # not only those that the optimizer moves
            p.grad = 0.0
        total.backward()
        right = share_right(numbers(outputs), y, run.loss)
        norms = self.monitor.observe(total, len(y), loss.data, right)
        if not all(map(math.isfinite, norms.values())):
            raise self._diverged(buffers, "a gradient is nan or inf", _bad_gradient(total))
        if s.clip_norm is not None:
            clip_grad_norm(run.optimizer.parameters, s.clip_norm)
        if s.clip_value is not None:
            clip_grad_value(run.optimizer.parameters, s.clip_value)
        run.optimizer.step()
        self.grad_norms = norms
        return loss.data

    def end_epoch(self) -> Evaluation | None:
        validation, loss = self.run.validation, self.run.loss
        return assessed(self.model, *validation.lists(), loss) if validation else None

    def commit(self) -> None:
        pass  # Values are always up to date

    def renewed(self) -> Stepper:
        return self

    def _buffers(self) -> list[tuple[dict[str, Any], str, Any]]:
        """Where each buffer of the model is kept, and its contents."""
        found = []
        for module in self.run.buffered:
            for name in module.buffers:
                found.append((vars(module), name, copy(getattr(module, name))))
        return found

    def _diverged(self, buffers: Any, what: str, cause: str) -> TrainingError:
        for attributes, name, before in buffers:
            attributes[name] = before
        history = self.monitor.history
        history.stopped = "diverged"
        return TrainingError(
            f"epoch {len(history)}: {what}. The first bad node: {cause}. This step was not "
            f"taken. Try a smaller learning rate than {self.run.optimizer.lr:g}, "
            f"clip_norm=1.0, standardised inputs, or init='auto'",
            history,
        )


def penalised(loss: Any, run: Run) -> Value:
    """The loss with the penalties; raises TypeError unless it is a Value."""
    if not isinstance(loss, Value):
        name = getattr(run.loss, "__name__", None) or shown(run.loss)
        raise TypeError(
            f"the loss must be a Value made of the outputs, got {shown(loss)} from {name:.60}"
        )
    s, total = run.settings, loss
    if s.l1:
        total = total + s.l1 * losses.l1(run.parameters)
    if s.l2:
        total = total + s.l2 * losses.l2(run.parameters)
    return total


def _bad_gradient(root: Value) -> str:
    try:
        check_backward(*pullback(root, 1.0))
    except AnomalyError as error:
        return str(error).removesuffix(". No gradient was written")
    return "their squares add up beyond the range of a float"
