"""Steps on arrays: the step of `fit`, compiled to numpy, with the parameters in one vector.

Needs numpy. What a scalar step does is done here on arrays, with the same pieces: the loss, the
pullback, the rules of the optimizer. What the Monitor sees in every layer comes out of the program
as auxiliary outputs, along with the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from operator import add, methodcaller
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from autograd import OPS, Program, TracingError, Value, compile, modes
from autograd.value import put_grads
from nn import losses
from nn.arguments import brief
from nn.batchnorm import BatchNorm
from nn.losses import LossFunction
from nn.module import Module, evaluating
from nn.networks import Sequential
from nn.optim.frozen import changes as frozen_changes
from nn.optim.frozen import frozen_places
from nn.optim.rules import State, clip_scale
from nn.training.history import Engine
from nn.training.metrics import Evaluation, assessed, decision
from nn.training.monitor import FLAT, Hook, Monitor, Units
from nn.training.samples import Samples
from nn.training.settings import Run
from nn.training.stepper import Compiled, ScalarStepper, Stepper, penalised, stepper_for

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUFFER: Final = 2**15
"""How many numbers the Tape holds for gradients, and as many again for weights."""


class ArrayStepper:
    """Steps on arrays. Parameters stay in a vector until `commit()`.

    Raises TracingError, saying why, for what cannot be compiled: modules that look beyond one
    sample, and losses that may do so. Where a number is not finite, a ScalarStepper takes over.
    """

    _at: At
    _movers: list[Value] | None = None  # the parameters of the optimizer, as they were read

    def __init__(self, model: Module, run: Run, monitor: Monitor, compiled: Compiled) -> None:
        _refuse(model, run, monitor)
        self.model, self.run, self.monitor, self._wanted = model, run, monitor, compiled
        run.train.to_arrays()
        self._layers = _Layers(monitor)
        self._measure = self._layers.measure(model, run)
        self._program = self._measure.program
        self._place = {p: i for i, p in enumerate(run.parameters)}
        self._tape = Tape(monitor, self._place)
        data = run.validation
        self._evaluator = _Evaluator(model, run, monitor, data) if data else None
        self._scalars: ScalarStepper | None = None
        self.engine = monitor.history.engine = Engine("arrays", str(self._program.report))
        self._read()

    def step(self, batch: Samples) -> float:
        if self._scalars:
            return self._scalars.step(batch)
        at, layers = self._at, self._layers
        with np.errstate(all="ignore"):
            found = self._measured(batch)
            after = self._moved(at, found.gradient) if found.is_finite() else None
        if after is None:  # scalars can find the first bad node
            self.commit()
            self._told()
            self._scalars = ScalarStepper(
                self.model, self.run, self.monitor, "a number of the arrays was nan or inf"
            )
            self.engine = self._scalars.engine
            return self._scalars.step(batch)
        layers.take(found)
        self._tape.note(found, after.theta)
        self._at, self._is_ahead = after, True
        return found.loss

    def _measured(self, batch: Samples) -> Found:
        return self._measure(self._at.theta, *batch.floats(), self._layers.asleep)

    @property
    def grad_norms(self) -> dict[str, float]:
        if self._scalars:
            return self._scalars.grad_norms
        norms = self._tape.norms(self._at.gradient)
        return dict(zip(self.monitor.blocks, norms.tolist()))

    def end_epoch(self) -> Evaluation | None:
        if not self._scalars:
            self._told()
        if not self._evaluator:
            return None
        if self._is_ahead:
            self._program.theta = self._at.theta
        # Where the loss is not finite, scalars can find out why.
        return self._evaluator.evaluate() or self._evaluator.on_scalars()

    def commit(self) -> None:
        if not self._is_ahead:
            return
        at, optimizer = self._at, self.run.optimizer
        self._program.theta = at.theta
        grads = at.gradient.copy()
        grads[self._moving] = at.clipped
        put_grads(self.run.parameters, grads.tolist())
        optimizer.vectors, optimizer.t = at.state, at.t
        self._is_ahead = False

    def renewed(self) -> Stepper:
        if self._scalars:
            return self._scalars
        if self._is_ahead:  # nothing has been reported yet
            return self
        movers = self.run.optimizer.parameters
        if not self.monitor.is_shared and (movers == self._movers or {*movers} <= {*self._place}):
            try:
                with self._layers.watching():
                    self._program.check()
                self._read()
                return self
            except TracingError:
                pass
        self._tape.start(self._program.theta)  # outside changes count as a move of the last step
        self._told()
        return stepper_for(self.model, self.run, self.monitor, self._wanted)

    def _told(self) -> None:
        """Report to the Monitor everything that it does not know yet."""
        self._tape.flush()
        self._layers.flush()

    def _read(self) -> None:
        """Read the current parameters, and what the optimizer remembers."""
        optimizer, theta = self.run.optimizer, self._program.theta
        if optimizer.parameters != self._movers:  # a callback may freeze some
            self._movers = list(optimizer.parameters)
            places = [self._place[p] for p in self._movers]
            is_all = places == list(range(len(theta)))
            self._moving: Any = slice(None) if is_all else np.array(places, dtype=int)
        self._look_for_frozen()
        nothing = np.empty(0)
        self._at = At(theta, optimizer.vectors, optimizer.t, nothing, nothing)
        self._tape.start(theta)
        self._is_ahead = False

    def _look_for_frozen(self) -> None:
        assert self._movers is not None
        self._stay, self._frozen_at = frozen_places(self._movers), frozen_changes[0]

    def _moved(self, at: At, gradient: NDArray[Any]) -> At:
        """The position after a step along this gradient."""
        if self._frozen_at != frozen_changes[0]:  # by a schedule, or a stream of batches
            self._look_for_frozen()
        s, optimizer, moving = self.run.settings, self.run.optimizer, self._moving
        grad = gradient[moving]
        held = grad
        if self._stay:
            grad = grad.copy()
            grad[self._stay] = 0.0
        if s.clip_norm is not None:
            grad = grad * clip_scale(float(np.linalg.norm(grad)), s.clip_norm)
        if s.clip_value is not None:
            grad = np.clip(grad, -s.clip_value, s.clip_value)
        t, theta = at.t + 1, at.theta
        moved, state = optimizer.moved(grad, theta[moving], at.state, t, self._stay)
        if isinstance(moving, slice):  # all of them
            theta = moved
        else:
            theta = theta.copy()
            theta[moving] = moved
        if self._stay:  # frozen parameters get gradients as before
            grad[self._stay] = held[self._stay]
        return At(theta, state, t, gradient, grad)


class At(NamedTuple):
    """The state of a training: parameters, the optimizer's state and step count, last gradient.

    `clipped` is the gradient as the optimizer saw it.
    """

    theta: NDArray[Any]
    state: State
    t: int
    gradient: NDArray[Any]
    clipped: NDArray[Any]


class Tape:
    """What steps report to the Monitor: noted in buffers, and summed up many steps at a time."""

    def __init__(self, monitor: Monitor, place: dict[Value, int]) -> None:
        self._monitor = monitor
        self._parts = [_slice_of(list(map(place.get, x))) for x in monitor.blocks.values()]
        most = min(max(BUFFER // len(place), 1), 256)
        # Gradients, the weights before each step and after the last, and how far this moved them.
        self._rows = np.empty((3, most + 1, len(place)))
        self._most = most
        self._columns: tuple[list[int], list[float], list[float | None]] = ([], [], [])

    def start(self, theta: NDArray[Any]) -> None:
        """The weights before the next step."""
        self._rows[1, len(self._columns[0])] = theta

    def note(self, found: Found, theta: NDArray[Any]) -> None:
        """Note a step, and the weights after it."""
        ns, all_losses, accuracies = self._columns
        k = len(ns)
        self._rows[0, k], self._rows[1, k + 1] = found.gradient, theta
        ns.append(found.n)
        all_losses.append(found.loss)
        accuracies.append(found.accuracy)
        if k + 1 == self._most:
            self.flush()

    def flush(self) -> None:
        """Pass everything that was noted to the Monitor."""
        n, rows = len(self._columns[0]), self._rows
        with np.errstate(all="ignore"):
            np.subtract(rows[1, 1 : n + 1], rows[1, :n], out=rows[2, :n])
            norms, size, moved = self.norms(rows[:, :n])
            ratios = np.where(size > 0, moved / size, moved > 0)
        self._monitor.add(*self._columns, norms.tolist(), ratios.tolist())
        rows[1, 0], self._columns = rows[1, n], ([], [], [])

    def norms(self, rows: NDArray[Any]) -> NDArray[Any]:
        """√Σ x² over each part of the model, in place of the last axis."""
        squares = np.empty((*rows.shape[:-1], len(self._parts)))
        for k, part in enumerate(self._parts):
            x = rows[..., part]
            np.einsum("...j,...j->...", x, x, out=squares[..., k])
        return np.sqrt(squares, out=squares)


def _slice_of(places: list[Any]) -> Any:
    """The positions as a slice if they are contiguous, which needs no copy of the numbers."""
    if places == list(range(places[0], places[0] + len(places))):
        return slice(places[0], places[0] + len(places))
    return places


class Found(NamedTuple):
    """What a batch of `n` samples gave: the mean loss and its mean gradient, and the rest.

    `value` is the loss with penalties. For each layer, `squares` is Σ (∂L/∂z)² with L of each
    sample by itself, `flats` how many slopes were flat, and `awake` which of the sleeping units let
    a gradient through; None if no layer had any.
    """

    n: int
    value: float
    loss: float
    accuracy: float | None
    gradient: NDArray[Any]
    squares: list[float]
    flats: list[int]
    awake: list[list[int]] | None

    def is_finite(self) -> bool:
        gradient = self.gradient
        return math.isfinite(self.value + float(gradient.dot(gradient)) + sum(self.squares))


@dataclass(frozen=True)
class Measure:
    """A pure function of parameters and a batch: all there is to know about a step. It pickles.

    `looks` says for each layer what its auxiliary output is: outputs, slopes of a switch, other
    slopes, or nothing.
    """

    program: Program
    looks: tuple[str, ...]
    decide: Callable[[Any], Any] | None
    is_penalised: bool

    def __call__(
        self, theta: Any, X: NDArray[Any], y: NDArray[Any], asleep: list[list[int]] | None
    ) -> Found:
        step, n = self.program.step(theta, X, y), len(y)
        aux = step.aux or NOTHING
        loss = float(aux["loss"].sum()) / n if self.is_penalised else step.value
        right = _share_right(self.decide(aux["outputs"]), y) if self.decide else None
        awake = list(map(_awake, aux["looks"], asleep)) if asleep else None
        flats = [_flat(x) if look == "slopes" else 0 for look, x in zip(self.looks, aux["looks"])]
        squares = list(map(_square, aux["deltas"]))
        return Found(n, step.value, loss, right, step.gradient, squares, flats, awake)


NOTHING: Final[dict[str, Any]] = {"deltas": (), "looks": ()}
"""The auxiliary outputs of a program that has none."""


def _square(delta: NDArray[Any]) -> float:
    flat = delta.ravel("K")
    return float(flat.dot(flat))


def _flat(slopes: NDArray[Any]) -> int:
    return int(np.count_nonzero(abs(slopes) < FLAT))


def _awake(looked: Any, asleep: list[int]) -> list[int]:
    """Those of these units whose slope, or output, is not 0 for some sample."""
    return [j for j in asleep if np.count_nonzero(looked[:, j])]


def _share_right(decided: NDArray[Any], y: NDArray[Any]) -> float:
    if y.ndim > decided.ndim:  # soft targets stand for the likeliest class
        y = y.argmax(axis=-1)
    elif decided.dtype == bool:
        y = np.where((y > 0) & (y < 1), y > 0.5, y)
    right = decided == y
    if right.ndim > 1:
        right = right.all(axis=1)
    return int(np.count_nonzero(right)) / len(y)


def _signs(scores: NDArray[Any]) -> NDArray[Any]:
    return np.where(scores > 0, 1, -1)


DECISIONS: Final[dict[LossFunction, Callable[[Any], Any]]] = {
    losses.cross_entropy: methodcaller("argmax", axis=1),
    losses.nll: methodcaller("argmax", axis=1),
    losses.bce_with_logits: partial(np.less, 0.0),
    losses.bce: partial(np.less, 0.5),
    losses.hinge: _signs,
}
"""The classes that outputs stand for, as `nn.training.metrics` finds them for one sample."""


class _Layers:
    """What the layers of a model do in a step, collected by hooks while the step is traced."""

    def __init__(self, monitor: Monitor) -> None:
        self.monitor = monitor
        self.hooks = [Hook(monitor, partial(self._see, units)) for units in monitor.units]
        self.seen: list[Units] = []
        self._deltas: list[list[Any]] = []
        self._looks: list[Any] = []
        self.asleep: list[list[int]] | None = None

    def watching(self) -> Any:
        return self.monitor.watching(self.hooks)

    def _see(self, units: Units, z: list[Value], a: list[Value]) -> None:
        if {*map(type, z)} == {Value} and z[0].inputs:
            self.seen.append(units)
            self._deltas.append([Program.adjoint(z_j) for z_j in z])
            look = _look(units)
            if look == "outputs":
                self._looks.append(a)
            else:
                self._looks.append(list(map(units.slope, z, a)) if look and units.slope else ())

    def measure(self, model: Module, run: Run) -> Measure:
        """The step: the loss with penalties, then data loss, outputs, deltas and slopes."""
        is_penalised = bool(run.settings.l1 or run.settings.l2)
        decides = decision(run.loss) is not None

        def one_sample(x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
            for collected in (self.seen, self._deltas, self._looks):
                collected.clear()
            outputs = model(x)
            loss = run.loss(outputs, y)
            aux: dict[str, Any] = {"deltas": tuple(self._deltas), "looks": tuple(self._looks)}
            aux |= {"outputs": outputs} if decides else {}
            aux |= {"loss": loss} if is_penalised else {}
            return penalised(loss, run), aux

        with self.watching():
            program = compile(one_sample, *run.train.example, wrt=run.parameters, aux=True)
        looks = tuple(map(_look, self.seen))
        self.begin()
        return Measure(program, looks, _decision(run.loss), is_penalised)

    def begin(self) -> None:
        """Forget everything: nothing is known about this epoch yet."""
        layers = len(self.seen)
        self._n, self._squares, self._flats = 0, [0.0] * layers, [0] * layers
        pairs = zip(self.seen, self._deltas)
        self._ask([list(range(len(d))) if units.switch else [] for units, d in pairs])

    def _ask(self, asleep: list[list[int]]) -> None:
        """Which units to look at, layer by layer; None if there are none."""
        self.asleep = asleep if any(asleep) else None

    def take(self, found: Found) -> None:
        """Add up what was found out about the units of each layer."""
        self._n += found.n
        share = 1 / found.n**2
        self._squares = [old + x * share for old, x in zip(self._squares, found.squares)]
        if any(found.flats):
            self._flats = list(map(add, self._flats, found.flats))
        if found.awake and any(found.awake):
            self._ask(list(map(self._awake, self.seen, self._deltas, found.awake)))

    def _awake(self, units: Units, deltas: list[Any], awake: list[int]) -> list[int]:
        """Wake these units of a layer, and return those that are still asleep."""
        if not units.switch:
            return []
        units.asleep(len(deltas))
        units.awake(awake)
        return units.asleep(len(deltas))

    def flush(self) -> None:
        """Pass it on to the units."""
        layers = zip(self.seen, self._deltas, self._squares, self._flats)
        for units, deltas, square, flat in layers:
            if units.switch:
                units.asleep(len(deltas))  # from here on it knows about all of them
            units.add(self._n, self._n * len(deltas), math.sqrt(square), flat)
        self.begin()


def _look(units: Units) -> str:
    """What is looked at in a layer: where its outputs suffice, no slopes are computed."""
    if units.module.activate is OPS["relu"]:
        return "outputs"
    if not units.slope:
        return ""
    return "switch" if units.switch else "slopes"


def _decision(loss: Any) -> Callable[[Any], Any] | None:
    """The function from an array of outputs to classes, as `decision` is for one output."""
    return DECISIONS.get(losses.unwrapped(loss)[0])


class _Evaluator:
    """The model in evaluation mode on the validation data: losses and outputs, all at once."""

    def __init__(self, model: Module, run: Run, monitor: Monitor, data: Samples) -> None:
        self.model, self.run, self.monitor, self._samples = model, run, monitor, data

        def one_sample(x: Any, y: Any) -> list[Any]:
            outputs = model(x)
            several = isinstance(outputs, list)
            self._column: Any = slice(1, None) if several else 1
            return [run.loss(outputs, y), *(outputs if several else [outputs])]

        self._data = data.floats()
        with self._in_use():
            self._program = compile(one_sample, *data.example, wrt=run.parameters)

    def evaluate(self) -> Evaluation | None:
        """Evaluate the committed parameters; None if the loss is nan or inf."""
        with self._in_use():
            found = self._program(*self._data)
        loss, decide = float(found[:, 0].mean()), _decision(self.run.loss)
        if not math.isfinite(loss):
            return None
        right = _share_right(decide(found[:, self._column]), self._data[1]) if decide else None
        return Evaluation(loss, right)

    def on_scalars(self) -> Evaluation:
        return assessed(self.model, *self._samples.lists(), self.run.loss)

    @contextmanager
    def _in_use(self) -> Iterator[None]:
        """Evaluation mode without hooks, which would see numbers that are not part of training."""
        with evaluating(self.model), self.monitor.watching([None] * len(self.monitor.units)):
            yield


def _refuse(model: Module, run: Run, monitor: Monitor) -> None:
    """Raise TracingError for whatever would train differently on one sample at a time."""
    loss, keywords = losses.unwrapped(run.loss)
    mixing = keywords.keys() & {"reduction", "weight", "ignore_index"}
    if loss not in losses.LOSSES.values() or mixing:
        name = getattr(run.loss, "__name__", "") or repr(run.loss)
        raise TracingError(
            f"the loss {name:.60} may not be a mean over samples; those of nn.losses are, without "
            f"weights"
        )
    for name, module in model.named_modules():
        kind = type(module)
        maps = kind.forward_batch in (Module.forward_batch, Sequential.forward_batch)
        refuses_itself = isinstance(module, BatchNorm)
        calls = kind.__call__ in (Module.__call__, Sequential.__call__)
        if not calls or not (maps or refuses_itself):
            raise TracingError(
                f"{name or 'the model'}, {brief(module)}, has a forward_batch or a __call__ of its "
                f"own, which may mix samples"
            )
    if not modes.records():
        raise TracingError("training inside no_grad() records nothing: call fit outside it")
    if monitor.is_shared:
        raise TracingError(
            "a layer has a unit_hook of your own, which must be called for each sample"
        )
