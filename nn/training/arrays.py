"""Training on arrays: the steps of `fit`, compiled to numpy, with the parameters in one vector.

Needs numpy. Everything that a step of `nn.training.loop` does to scalars is done here to arrays,
from the same pieces: the loss, the pullback, the rules of the optimizer. What the Monitor sees in
every layer comes out of the program as auxiliary outputs beside the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from autograd import Program, TracingError, Value, compile, modes
from nn import losses
from nn.arguments import assign, brief
from nn.batchnorm import BatchNorm
from nn.data import Dataset
from nn.module import Module, evaluating
from nn.networks import Sequential
from nn.optim.frozen import frozen_among
from nn.optim.rules import State, clip_scale
from nn.training.metrics import Evaluation, share_right
from nn.training.monitor import Monitor, Units
from nn.training.settings import Run

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class _At:
    """Where a training is: parameters, the optimizer's state and step count, the last gradient."""

    theta: NDArray[Any]
    state: State
    t: int
    grad: NDArray[Any]


class CompiledSteps:
    """The steps of one training. Parameters lie in a vector from `read()` to `write_back()`.

    Raises TracingError, saying why, for what cannot be compiled: modules that look beyond one
    sample, losses that may do so.
    """

    def __init__(self, model: Module, run: Run, monitor: Monitor) -> None:
        import numpy as np

        _refuse(model, run, monitor)
        self.model, self.run, self.monitor = model, run, monitor
        self._X, self._y = np.array(run.train.X), np.array(run.train.y, float)
        self._layers = _Layers(monitor)
        self._program = self._layers.compiled(model, run)
        self._block = np.zeros(len(run.parameters), dtype=int)
        self._place = {p: i for i, p in enumerate(run.parameters)}
        for k, part in enumerate(monitor.blocks.values()):
            self._block[[self._place[p] for p in part]] = k
        data = run.validation
        self._evaluator = _Evaluator(model, run, monitor, data) if data else None
        self.read()

    @property
    def report(self) -> str:
        return str(self._program.report)

    def renewed(self) -> CompiledSteps | None:
        """These steps, from parameters and optimizer as they are now; None for another model."""
        moves_others = not {*self.run.optimizer.parameters} <= {*self._place}
        if self.monitor.is_shared or moves_others:
            return None
        try:
            with self.monitor.watching(self._layers.hooks):
                self._program.check()
        except TracingError:
            return None
        self.read()
        return self

    def read(self) -> None:
        """Take the parameters, and the state of the optimizer, as they are now."""
        import numpy as np

        optimizer = self.run.optimizer
        # A callback may freeze some of the parameters.
        self._moved = np.array([self._place[p] for p in optimizer.parameters], dtype=int)
        held = frozen_among(optimizer.parameters)
        self._free = np.array([float(p not in held) for p in optimizer.parameters])
        grad = np.array([p.grad for p in self.run.parameters])
        state = tuple(np.array(slot) for slot in zip(*optimizer.state))
        self._at = _At(self._program.theta, state, optimizer.t, grad)

    def write_back(self) -> None:
        """Put parameters, gradients and the state of the optimizer where they are without arrays."""
        at, optimizer = self._at, self.run.optimizer
        assign(self.run.parameters, at.theta.tolist())
        for p, grad in zip(self.run.parameters, at.grad.tolist()):
            p.grad = grad
        rows = list(zip(*[slot.tolist() for slot in at.state]))
        optimizer.state = rows or [()] * len(optimizer.parameters)
        optimizer.t = at.t

    def step(self, rows: Sequence[int]) -> tuple[float, dict[str, float]] | None:
        """One step on these samples: the loss and the norms of the gradient.

        None, and nothing done, if a number turns nan or inf.
        """
        import numpy as np

        s, n, at = self.run.settings, len(rows), self._at
        found = self._program.step(at.theta, self._X[rows], self._y[rows])
        with np.errstate(all="ignore"):
            g, norms = found.gradient, self._norms(found.gradient)
            if not math.isfinite(found.value) or not np.isfinite(norms).all():
                return None
            grad = g[self._moved] * self._free
            if s.clip_norm is not None:
                grad = grad * clip_scale(float(np.linalg.norm(grad)), s.clip_norm)
            if s.clip_value is not None:
                grad = np.clip(grad, -s.clip_value, s.clip_value)
            p, t = at.theta[self._moved], at.t + 1
            theta = at.theta.copy()
            theta[self._moved], state = self.run.optimizer.moved(grad, p, at.state, t)
            g[self._moved] = grad
            moved, size = self._norms(theta - at.theta), self._norms(at.theta)
        for units, delta, slopes in zip(self._layers.seen, found.aux["deltas"], found.aux["slopes"]):
            units.take_arrays(delta / n, slopes if units.slope else None)
        loss = float(found.aux["loss"].mean())
        names = list(self.monitor.blocks)
        ratios = {}
        for name, m, norm in zip(names, moved.tolist(), size.tolist()):
            ratios[name] = m / norm if norm else float(m > 0)
        by_name = dict(zip(names, norms.tolist()))
        targets = [self.run.train.y[i] for i in rows]
        correct = share_right(found.aux["outputs"].tolist(), targets, self.run.loss)
        self.monitor.add(n, loss, correct, by_name, ratios)
        self._at = _At(theta, state, t, g)
        return loss, by_name

    def evaluate(self) -> Evaluation | None:
        """Loss and accuracy on the validation data, of the parameters that were written back.

        None if there are no such data, or if the loss is nan or inf.
        """
        found = self._evaluator.evaluate() if self._evaluator else None
        return found if found and math.isfinite(found.loss) else None

    def _norms(self, x: NDArray[Any]) -> NDArray[Any]:
        """√Σ x² over each part of the model."""
        import numpy as np

        return np.sqrt(np.bincount(self._block, x * x, len(self.monitor.blocks)))


class _Layers:
    """What the layers of a model do in a step: hooks that collect it while the step is traced."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.hooks = [partial(self._see, units) for units in monitor.units]
        self.seen: list[Units] = []
        self._deltas: list[list[Any]] = []
        self._slopes: list[Any] = []

    def _see(self, units: Units, z: list[Value], a: list[Value]) -> None:
        if {*map(type, z)} == {Value} and z[0].inputs:
            self.seen.append(units)
            self._deltas.append([Program.adjoint(z_j) for z_j in z])
            pairs = zip(z, a)
            self._slopes.append([units.slope(*pair) for pair in pairs] if units.slope else ())

    def compiled(self, model: Module, run: Run) -> Program:
        """The program of a step: loss with penalties; data loss, outputs, deltas and slopes."""
        s = run.settings

        def one_sample(x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
            for collected in (self.seen, self._deltas, self._slopes):
                collected.clear()
            outputs = model(x)
            loss = total = run.loss(outputs, y)
            if s.l1:
                total = total + s.l1 * losses.l1(run.parameters)
            if s.l2:
                total = total + s.l2 * losses.l2(run.parameters)
            aux = {"loss": loss, "outputs": outputs}
            aux |= {"deltas": tuple(self._deltas), "slopes": tuple(self._slopes)}
            return total, aux

        with self.monitor.watching(self.hooks):
            return compile(one_sample, *_sample(run.train), wrt=run.parameters, aux=True)


class _Evaluator:
    """The model in use on the validation data: losses and outputs of all samples at once."""

    def __init__(self, model: Module, run: Run, monitor: Monitor, data: Dataset) -> None:
        import numpy as np

        self.model, self.run, self.monitor, self.data = model, run, monitor, data
        self._X, self._y = np.array(data.X), np.array(data.y, float)
        self._is_list = False

        def one_sample(x: Any, y: Any) -> list[Any]:
            outputs = model(x)
            self._is_list = isinstance(outputs, list)
            return [run.loss(outputs, y), *(outputs if self._is_list else [outputs])]

        with self._in_use():
            self._program = compile(one_sample, *_sample(data), wrt=run.parameters)

    def evaluate(self) -> Evaluation:
        with self._in_use():
            found = self._program(self._X, self._y)
        outputs = found[:, 1:].tolist() if self._is_list else found[:, 1].tolist()
        correct = share_right(outputs, self.data.y, self.run.loss)
        return Evaluation(float(found[:, 0].mean()), correct)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Evaluation mode, and no hooks: what they would see are no numbers of a training."""
        with evaluating(self.model), self.monitor.watching([None] * len(self.monitor.units)):
            yield


def _sample(data: Dataset) -> tuple[list[float], Any]:
    return data.X[0], [0.0] * len(data.y[0]) if isinstance(data.y[0], list) else 0.0


def _refuse(model: Module, run: Run, monitor: Monitor) -> None:
    """TracingError for what would be another training on one sample at a time."""
    loss: Any = run.loss
    keywords = set[str]()
    while isinstance(loss, partial):
        keywords |= {*loss.keywords}
        loss = loss.func if not loss.args else None
    if loss not in losses.LOSSES.values() or keywords & {"reduction", "weight", "ignore_index"}:
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
        raise TracingError("a unit_hook of your own is set on a layer, which wants to be called for each sample")
