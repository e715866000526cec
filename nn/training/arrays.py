"""Training on arrays: the steps of `fit`, compiled to numpy, with the parameters in one vector. Needs numpy.

Everything that a step of `nn.training.loop` does to scalars is done here to arrays, from the same
pieces: the loss, the pullback, the rules of the optimizer. What the Monitor sees in every layer
comes out of the program as arrays beside the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd import TracingError, Value, constant, modes
from autograd.compiler.functions import Function, write_sums, write_values
from autograd.compiler.gradients import gradients
from autograd.compiler.structure import Fingerprint, fingerprint
from autograd.compiler.tracing import trace
from nn import losses
from nn.arguments import assign, brief
from nn.batchnorm import BatchNorm
from nn.data import Dataset
from nn.module import Module, evaluating
from nn.networks import Sequential
from nn.optim.rules import State, clip_scale
from nn.training.metrics import Evaluation, accuracy, decide
from nn.training.monitor import Monitor, Units
from nn.training.settings import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class _At:
    """Where a training is: the parameters, what the optimizer remembers of them, its count of steps, and the last gradient."""

    theta: NDArray[Any]
    state: State
    t: int
    grad: NDArray[Any]


class CompiledSteps:
    """The steps of one training. Parameters lie in a vector from `read()` to `write_back()`.

    Raises TracingError, saying why, for what cannot be compiled: modules that look beyond one sample, losses that may do so.
    """

    def __init__(self, model: Module, run: Run, monitor: Monitor) -> None:
        import numpy as np

        _refuse(model, run, monitor)
        self.model, self.run, self.monitor = model, run, monitor
        self._X, self._y = np.array(run.train.X), np.array(run.train.y, float)
        self._traced = _Traced(model, run, monitor)
        self._step, self._captured = self._traced.step, self._traced.trace.captured
        self._print = self._fingerprint()
        self._parameters = [run.parameters[p] for p in self._step.order]
        self._block = np.zeros(len(self._parameters), dtype=int)
        self._place = {p: i for i, p in enumerate(self._parameters)}
        for k, part in enumerate(monitor.blocks.values()):
            self._block[[self._place[p] for p in part]] = k
        self._valid = _Evaluator(model, run, run.validation) if run.validation else None
        self.read()

    @property
    def report(self) -> str:
        return str(self._step.report)

    def renewed(self) -> CompiledSteps | None:
        """These steps, from the parameters and the state of the optimizer as they are now; None if the model has become another."""
        moves_others = not {*self.run.optimizer.parameters} <= {*self._parameters}
        if self.monitor.is_shared or moves_others or self._fingerprint() != self._print:
            return None
        self.read()
        return self

    def _fingerprint(self) -> Fingerprint:
        with self.monitor.watching(None):  # what the Monitor has seen is no part of the model
            return fingerprint(self.model)

    def read(self) -> None:
        """Take the parameters, and the state of the optimizer, as they are now."""
        import numpy as np

        optimizer = self.run.optimizer
        self._moved = np.array([self._place[p] for p in optimizer.parameters], dtype=int)  # a callback may freeze some
        theta = np.array([p.data for p in self._parameters])
        state = tuple(np.array(slot) for slot in zip(*optimizer.state))
        self._at = _At(theta, state, optimizer.t, np.array([p.grad for p in self._parameters]))

    def write_back(self) -> None:
        """Put parameters, gradients and the state of the optimizer where they are without arrays."""
        at, optimizer = self._at, self.run.optimizer
        assign(self._parameters, at.theta.tolist())
        for p, grad in zip(self._parameters, at.grad.tolist()):
            p.grad = grad
        optimizer.state = list(zip(*(slot.tolist() for slot in at.state))) or [()] * len(optimizer.parameters)
        optimizer.t = at.t

    def step(self, rows: Sequence[int]) -> tuple[float, dict[str, float]] | None:
        """One step on these samples: the loss and the norms of the gradient; None, and nothing done, if a number turns nan or inf."""
        import numpy as np

        s, n, at = self.run.settings, len(rows), self._at
        X, y = self._X[rows], self._y[rows]
        with np.errstate(all="ignore"):
            total, g, data_losses, outputs, *watched = self._step.callable(at.theta, *self._of_captured(), X, y)
            g = g / n
            norms = self._norms(g)
            if not math.isfinite(total) or not np.isfinite(norms).all():
                return None
            grad = g[self._moved]
            if s.clip_norm is not None:
                grad = grad * clip_scale(float(np.linalg.norm(grad)), s.clip_norm)
            if s.clip_value is not None:
                grad = np.clip(grad, -s.clip_value, s.clip_value)
            p, t = at.theta[self._moved], at.t + 1
            direction, state = self.run.optimizer.rule.update(grad, p, at.state, t)
            theta = at.theta.copy()
            theta[self._moved] = p - self.run.optimizer.lr * direction
            g[self._moved] = grad
            moved, size = self._norms(theta - at.theta), self._norms(at.theta)
        more = iter(watched)
        for units in self._traced.units:
            units.take_arrays(next(more) / n, next(more) if units.slope else None)
        loss = float(data_losses.mean())
        by_name = dict(zip(self.monitor.blocks, norms.tolist()))
        ratios = {name: m / s if s else float(m > 0) for name, m, s in zip(self.monitor.blocks, moved.tolist(), size.tolist())}
        targets = [self.run.train.y[i] for i in rows]
        self.monitor.add(n, loss, _accuracy(self._traced.nested(outputs), targets, self.run), by_name, ratios)
        self._at = _At(theta, state, t, g)
        return loss, by_name

    def evaluate(self) -> Evaluation | None:
        """Loss and accuracy on the validation data; None if there are none, or if the loss is nan or inf."""
        found = self._valid.evaluate(self._at.theta, self._step.order) if self._valid else None
        return found if found and math.isfinite(found.loss) else None

    def _of_captured(self) -> list[NDArray[Any]]:
        import numpy as np

        return [np.array([leaf.data for leaf in self._captured])] if self._captured else []

    def _norms(self, x: NDArray[Any]) -> NDArray[Any]:
        """√Σ x² over each part of the model."""
        import numpy as np

        return np.sqrt(np.bincount(self._block, x * x, len(self.monitor.blocks)))


class _Traced:
    """A step as one function: of a sample's loss with penalties, its loss, its outputs, and what the layers do."""

    def __init__(self, model: Module, run: Run, monitor: Monitor) -> None:
        s, seen = run.settings, list[tuple[Units, list[Value], list[Any]]]()
        self._n_outputs: int | None = None  # None for one output that is no list

        def one_sample(x: Any, y: Any) -> list[Any]:
            seen.clear()
            outputs = model(x)
            loss = total = run.loss(outputs, y)
            if s.l1:
                total = total + s.l1 * losses.l1(run.parameters)
            if s.l2:
                total = total + s.l2 * losses.l2(run.parameters)
            self._n_outputs = len(outputs) if isinstance(outputs, list) else None
            outputs = outputs if isinstance(outputs, list) else [outputs]
            return [total, loss, *outputs, *(x for _, z, slopes in seen for x in (*z, *slopes))]

        def see(units: Units, z: list[Value], a: list[Value]) -> None:
            if {*map(type, z)} == {Value} and z[0].inputs:
                seen.append((units, z, [units.slope(*pair) for pair in zip(z, a)] if units.slope else []))

        with monitor.watching(see):
            self.trace = trace(one_sample, _sample(run.train), run.parameters)
        grads, zero = gradients(self.trace, exact=False), constant(0.0)
        rest = iter(self.trace.outputs[1:])
        taps = [[next(rest)], [next(rest) for _ in range(self._n_outputs or 1)]]
        for _, z, slopes in seen:
            taps.append([grads.get(next(rest), zero) for _ in z])
            if slopes:
                taps.append([next(rest) for _ in slopes])
        self.units = [units for units, _, _ in seen]
        self.step: Function = write_sums(self.trace, "step", grads, masks=True, taps=taps)

    def nested(self, outputs: NDArray[Any]) -> list[Any]:
        """The outputs of each sample, nested as the model gives them."""
        return outputs[0].tolist() if self._n_outputs is None else outputs.T.tolist()  # type: ignore[no-any-return]


class _Evaluator:
    """The model in use on one dataset: losses and outputs of all samples at once."""

    def __init__(self, model: Module, run: Run, data: Dataset) -> None:
        import numpy as np

        self.run, self.data = run, data
        self._X, self._y = np.array(data.X), np.array(data.y, float)
        self._is_list = False

        def one_sample(x: Any, y: Any) -> list[Any]:
            outputs = model(x)
            self._is_list = isinstance(outputs, list)
            return [run.loss(outputs, y), *(outputs if self._is_list else [outputs])]

        with evaluating(model):
            self._trace = trace(one_sample, _sample(data), run.parameters)
        self._function = write_values(self._trace, "evaluate", self._trace.outputs, self._trace.shape)

    def evaluate(self, theta: NDArray[Any], order: Sequence[int]) -> Evaluation:
        import numpy as np

        wrt = np.empty_like(theta)
        wrt[order] = theta
        captured = [np.array([leaf.data for leaf in self._trace.captured])] if self._trace.captured else []
        with np.errstate(all="ignore"):
            found = self._function.callable(wrt[self._function.index], *captured, self._X, self._y)
        outputs = found[:, 1:].tolist() if self._is_list else found[:, 1].tolist()
        return Evaluation(float(found[:, 0].mean()), _accuracy(outputs, self.data.y, self.run))


def _accuracy(outputs: list[Any], targets: Sequence[Any], run: Run) -> float | None:
    decided = decide(outputs, run.loss)
    return None if decided is None else accuracy(decided, targets)


def _sample(data: Dataset) -> tuple[list[float], Any]:
    return data.X[0], [0.0] * len(data.y[0]) if isinstance(data.y[0], list) else 0.0


def _refuse(model: Module, run: Run, monitor: Monitor) -> None:
    """TracingError for what would be another training on one sample at a time."""
    loss: Any = run.loss
    keywords = set[str]()
    while isinstance(loss, partial):
        keywords |= {*loss.keywords}
        loss = loss.func if not loss.args else None
    if loss not in losses.LOSSES.values() or keywords & {"reduction", "weight"}:
        name = getattr(run.loss, "__name__", "") or repr(run.loss)
        raise TracingError(f"the loss {name} may not be a mean over samples; those of nn.losses are, without weights")
    for name, module in model.named_modules():
        kind = type(module)
        maps = kind.forward_batch in (Module.forward_batch, Sequential.forward_batch) or isinstance(
            module, BatchNorm
        )  # that one refuses itself
        if not maps or kind.__call__ not in (Module.__call__, Sequential.__call__):
            raise TracingError(
                f"{name or 'the model'}, {brief(module)}, has a forward_batch or a __call__ of its own, which may mix samples"
            )
    if not modes.records():
        raise TracingError("training inside no_grad() records nothing: call fit outside of it")
    if monitor.is_shared:
        raise TracingError("a watch of your own is set on a layer, which wants to be called for each sample")
