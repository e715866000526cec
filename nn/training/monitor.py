"""The Monitor: watches a network while it trains, and writes the history that `diagnose` reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

from autograd import Value
from autograd.graph import pullback
from nn.arguments import brief
from nn.data import as_dataset
from nn.layers import Activation, Layer
from nn.matrix import slope_of
from nn.module import Module
from nn.training.history import Epoch, Facts, History

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLAT = 0.01
"""A slope below this cuts a gradient to less than a hundredth: the unit is saturated there."""


class Monitor:
    """Watches a model in a training loop; `fit` has one of its own.

    Inside the `with` it sees every pre-activation of a Layer. Call `observe(loss)` after `loss.backward()` and before
    `opt.step()`, and `end_epoch()` after each epoch; `history` is what it saw. If you run the
    model for anything else, such as an accuracy, do it inside `no_grad`: the Monitor looks only at what is recorded.

    >>> from nn import MLP, data, losses, optim
    >>> X, y = samples = data.moons(20, rng=0)
    >>> model = MLP(2, [4, 1], rng=0)
    >>> opt = optim.SGD(model.parameters(), lr=0.1)
    >>> with Monitor(model, samples) as monitor:
    ...     for epoch in range(3):
    ...         opt.zero_grad()
    ...         loss = losses.bce_with_logits(model(X), y)
    ...         loss.backward()
    ...         norms = monitor.observe(loss)
    ...         opt.step()
    ...         epoch = monitor.end_epoch(lr=opt.lr)
    >>> len(monitor.history), sorted(monitor.history[-1].dead)
    (3, ['layers.0'])
    """

    def __init__(self, model: Module, data: Any = None, history: History | None = None) -> None:
        self.history = History() if history is None else history
        if data is not None:
            self.history.facts = Facts.of(as_dataset(data))
        model.name_parts()
        self.blocks = blocks(model)
        watched = [(name, module) for name, module in model.named_modules() if isinstance(module, (Layer, Activation))]
        self._title = brief(model)
        self._units = {name or type(module).__name__: Units(module) for name, module in watched}
        self._steps: list[_Step] = []
        self._data: list[list[float]] = []  # of each part before the last step, while its update is not measured
        self._first: dict[Value, tuple[float, float]] | None = None  # data and gradients at the first step, until the second

    def __repr__(self) -> str:
        return f"Monitor({self._title}, {self.history!r})"

    @property
    def is_shared(self) -> bool:
        """Whether somebody else watches a layer, too, or instead."""
        return any(units.others or units.module.unit_hook != units.see for units in self._units.values())

    @property
    def units(self) -> list[Units]:
        """The units of each layer that is watched."""
        return list(self._units.values())

    @contextmanager
    def watching(self, hooks: Sequence[Callable[[list[Value], list[Value]], None] | None]) -> Iterator[None]:
        """Within it these hooks, one for each of `units`, are called in place of this Monitor."""
        before = [units.module.unit_hook for units in self.units]
        try:
            for units, hook in zip(self.units, hooks):
                units.module.unit_hook = hook
            yield
        finally:
            for units, watch in zip(self.units, before):
                units.module.unit_hook = watch

    def __enter__(self) -> Monitor:
        for units in self._units.values():
            units.others, units.module.unit_hook = units.module.unit_hook, units.see
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for units in self._units.values():
            units.module.unit_hook = units.others

    def observe(self, loss: Value, n_samples: int = 1, data_loss: float | None = None, accuracy: float | None = None) -> dict[str, float]:
        """Take note of a step; returns the gradient norm of each part.

        `n_samples` weighs the step in the means of the epoch; `data_loss` is the loss without penalties, where there are any.
        Raises ValueError before `loss.backward()`.
        """
        if loss.grad == 0:
            raise ValueError("observe(loss) reads the gradients of a step: call loss.backward() first, and opt.step() after it")
        self._measure_update()
        self._look_for_stale_gradients(loss)
        self._data = [[p.data for p in part] for part in self.blocks.values()]
        norms = {name: math.hypot(*[p.grad for p in part]) for name, part in self.blocks.items()}
        for units in self._units.values():
            units.take()
        self.add(n_samples, loss.data if data_loss is None else data_loss, accuracy, norms, {})
        return norms

    def add(
        self, n_samples: int, loss: float, accuracy: float | None, grad_norms: dict[str, float], update_ratios: dict[str, float]
    ) -> None:
        """Take note of a step whose numbers are known already."""
        self._steps.append(_Step(n_samples, loss, accuracy, grad_norms, update_ratios))

    def end_epoch(self, lr: float | None = None, val_loss: float | None = None, val_accuracy: float | None = None) -> Epoch:
        """Close the epoch: returns the record of its steps, which `history` now ends with. Raises ValueError if there were none."""
        steps = self._steps
        if not steps:
            raise ValueError("end_epoch() after no step: call observe(loss) after each loss.backward()")
        self._measure_update()
        weights = [step.n_samples for step in steps]
        accuracies = [step.accuracy for step in steps if step.accuracy is not None]
        seen = {name: units for name, units in self._units.items() if units.n}
        hidden = {name: units for name, units in seen.items() if units.slope}
        epoch = Epoch(
            epoch=len(self.history),
            loss=_mean([step.loss for step in steps], weights),
            accuracy=_mean(accuracies, weights) if len(accuracies) == len(steps) else None,
            lr=lr,
            grad_norms={name: _mean([step.grad_norms[name] for step in steps]) for name in self.blocks},
            update_ratios={name: _mean([step.update_ratios[name] for step in steps]) for name in self.blocks},
            deltas={name: units.delta() for name, units in seen.items()},
            dead={name: units.dead() for name, units in hidden.items()},
            saturated={name: units.saturated() for name, units in hidden.items()},
            val_loss=val_loss,
            val_accuracy=val_accuracy,
        )
        self.history.epochs.append(epoch)
        self._steps = []
        for units in self._units.values():
            units.reset()
        return epoch

    def _measure_update(self) -> None:
        """How far the parameters have moved since they were last read."""
        for (name, part), before in zip(self.blocks.items(), self._data):
            moved = math.hypot(*[p.data - old for p, old in zip(part, before)])
            size = math.hypot(*before)
            self._steps[-1].update_ratios[name] = moved / size if size else float(moved > 0)
        self._data = []

    def _look_for_stale_gradients(self, loss: Value) -> None:
        """At the second step: are its gradients those of this loss plus those of the step before?

        As long as no weight has moved it is still the first step, whose gradients may well be accumulated.
        """
        if self._first == {}:
            return
        now = {p: (p.data, p.grad) for part in self.blocks.values() for p in part}
        if self._first is None or all(p.data == data for p, (data, _) in self._first.items()):
            self._first = now
            return
        fresh = dict(zip(*pullback(loss, 1.0)))
        added = [(p.grad, fresh.get(p, 0.0), old) for p, (_, old) in self._first.items()]
        stale = all(abs(grad - (new + old)) <= 1e-9 * (abs(new) + abs(old)) for grad, new, old in added)
        self.history.stale_gradients = stale and any(old for _, _, old in added)
        self._first = {}


@dataclass(frozen=True)
class _Step:
    n_samples: int
    loss: float
    accuracy: float | None
    grad_norms: dict[str, float]
    update_ratios: dict[str, float]


class Units:
    """What the units of one layer did in an epoch so far."""

    def __init__(self, module: Layer | Activation) -> None:
        self.module = module
        self.slope = slope_of(module.activate) if module.activate else None
        self.switch = bool(getattr(module.activate, "switch", False))
        self.others: Callable[[list[Value], list[Value]], None] | None = None  # who watched before
        self.reset()

    def reset(self) -> None:
        self.n = 0  # samples
        self._batch: list[tuple[list[Value], list[Value]]] = []
        self._norm = 0.0  # √Σ (∂L/∂z)²
        self._count = 0  # of all z
        self._flat = 0
        self._alive: list[bool] = []

    def see(self, z: list[Value], a: list[Value]) -> None:
        """The hook of the layer: pre-activations and activations of one sample."""
        if self.others:
            self.others(z, a)
        if {*map(type, z)} == {Value} and z[0].inputs:  # recorded, so in training
            self._batch.append((z, a))

    def take(self) -> None:
        """Read the batch, whose gradients are there now."""
        for z, a in self._batch:
            self.n += 1
            self._count += len(z)
            self._alive += [False] * (len(z) - len(self._alive))
            self._norm = math.hypot(self._norm, *[z_j.grad for z_j in z])
            if self.slope:
                slopes = list(map(self.slope, [z_j.data for z_j in z], [a_j.data for a_j in a]))
                if self.switch:
                    for j, slope in enumerate(slopes):
                        self._alive[j] = self._alive[j] or slope != 0
                else:
                    self._flat += sum([-FLAT < slope < FLAT for slope in slopes])
        self._batch = []

    def take_arrays(self, delta: NDArray[Any], slope: NDArray[Any] | None) -> None:
        """Read a batch from arrays of (samples, units): ∂L/∂z, and the slopes of the activation, if there is one."""
        self.n += len(delta)
        self._count += delta.size
        self._alive += [False] * (delta.shape[1] - len(self._alive))
        self._norm = math.hypot(self._norm, math.sqrt(float((delta * delta).sum())))
        if slope is None:
            return
        if self.switch:
            self._alive = [alive or lives for alive, lives in zip(self._alive, (slope != 0).any(axis=0).tolist())]
        else:
            self._flat += int((abs(slope) < FLAT).sum())

    def delta(self) -> float:
        return self._norm / math.sqrt(self._count)

    def dead(self) -> float:
        return self._alive.count(False) / len(self._alive) if self.switch else 0.0

    def saturated(self) -> float:
        return self._flat / self._count


def blocks(model: Module) -> dict[str, list[Value]]:
    """The parameters of a model, part by part: each Layer is one, and any other module with parameters of its own.

    >>> from nn import MLP
    >>> {name: len(part) for name, part in blocks(MLP([2, 3, 1])).items()}
    {'layers.0': 9, 'layers.1': 4}
    """
    parts: dict[str, list[Value]] = {}
    taken: set[Value] = set()
    modules = list(model.named_modules())
    for name, module in modules:
        inner = set() if isinstance(module, Layer) else {p for _, m in module.named_modules() if m is not module for p in m.parameters()}
        own = [p for p in module.parameters() if p not in inner and p not in taken]
        if own:
            parts[name or type(module).__name__] = own
            taken.update(own)
    return parts


def _mean(numbers: Sequence[float], weights: Sequence[float] | None = None) -> float:
    if weights is None:
        return math.fsum(numbers) / len(numbers)
    return math.fsum(x * w for x, w in zip(numbers, weights)) / math.fsum(weights)
