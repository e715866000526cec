"""The Monitor: watches a network while it trains, and writes the history that `diagnose` reads."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat
from types import TracebackType
from typing import Any, TypeAlias

from autograd import Value
from autograd.graph import pullback
from nn.arguments import brief
from nn.layers import Activation, Layer
from nn.matrix import slope_of
from nn.module import Module
from nn.training.history import Epoch, History
from nn.training.samples import samples_of

FLAT = 0.01
"""A slope below this cuts a gradient to less than a hundredth: the unit is saturated there."""

Watch: TypeAlias = "Callable[[list[Value], list[Value]], None]"


class Monitor:
    """Watches a model in a training loop; `fit` has its own.

    Inside the `with` it sees every pre-activation of a Layer. Call `observe(loss)` after
    `loss.backward()` and before `opt.step()`, and `end_epoch()` after each epoch; `history` is what
    it saw. If you run the model for anything else, such as an accuracy, do it inside `no_grad`: the
    Monitor looks only at what is recorded. A copy of the model is not watched.

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
            self.history.facts = samples_of(data).facts()
        model.name_parts()
        self.blocks = blocks(model)
        self._title = brief(model)
        self._units = {
            name or type(module).__name__: Units(module, self)
            for name, module in model.named_modules()
            if isinstance(module, (Layer, Activation))
        }
        self._steps = Noted()
        # The weights of each part before the last step, until its update is measured.
        self._data: list[list[float]] = []
        # Data and gradients at the first step, until the second.
        self._first: dict[Value, tuple[float, float]] | None = None

    def __repr__(self) -> str:
        return f"Monitor({self._title}, {self.history!r})"

    @property
    def units(self) -> list[Units]:
        """The units of each layer that is watched."""
        return list(self._units.values())

    @property
    def is_shared(self) -> bool:
        """Whether something else also watches a layer, or watches it instead."""
        outermost = (self._without_own(units.module.unit_hook) for units in self.units)
        return any(watch is not None for watch in outermost)

    @contextmanager
    def watching(self, hooks: Sequence[Watch | None]) -> Iterator[None]:
        """Inside the `with`, the layers call only these hooks, one for each of `units`."""
        before = [units.module.unit_hook for units in self.units]
        try:
            _set_watches(self.units, hooks)
            yield
        finally:
            _set_watches(self.units, before)

    def release(self) -> None:
        """Remove all hooks of this Monitor, which Ctrl-C may have left behind."""
        found = [self._without_own(units.module.unit_hook) for units in self.units]
        _set_watches(self.units, found)

    def _without_own(self, watch: Watch | None) -> Watch | None:
        while isinstance(watch, Hook) and watch.owner is self:
            watch = watch.others
        return watch

    def __enter__(self) -> Monitor:
        for units in self.units:
            units.hook.others = units.module.unit_hook
        _set_watches(self.units, [units.hook for units in self.units])
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _set_watches(self.units, [units.hook.taken_out(units.module) for units in self.units])

    def observe(
        self,
        loss: Value,
        n_samples: int = 1,
        data_loss: float | None = None,
        accuracy: float | None = None,
    ) -> dict[str, float]:
        """Take note of a step; returns the gradient norm of each part.

        `n_samples` weights the step in the means of the epoch; `data_loss` is the loss without
        penalties, if there are any. Raises ValueError if called before `loss.backward()`.
        """
        if loss.grad == 0:
            raise ValueError(
                "observe(loss) reads the gradients of a step: call loss.backward() first, and "
                "opt.step() after it"
            )
        self._measure_update()
        self._look_for_stale_gradients(loss)
        self._data = list(map(_data_of, self.blocks.values()))
        norms = [math.hypot(*_grads_of(part)) for part in self.blocks.values()]
        for units in self.units:
            units.take()
        noted = loss.data if data_loss is None else data_loss
        self.add([n_samples], [noted], [accuracy], [norms], [[]])
        return dict(zip(self.blocks, norms))

    def add(
        self,
        n_samples: list[int],
        losses: list[float],
        accuracies: list[float | None],
        grad_norms: list[list[float]],
        update_ratios: list[list[float]],
    ) -> None:
        """Take note of steps whose numbers are already known: norms and ratios for each part."""
        steps = self._steps
        steps.n_samples += n_samples
        steps.losses += losses
        steps.accuracies += accuracies
        steps.grad_norms += grad_norms
        steps.update_ratios += update_ratios

    def end_epoch(
        self,
        lr: float | None = None,
        val_loss: float | None = None,
        val_accuracy: float | None = None,
    ) -> Epoch:
        """Close the epoch, and return its record, with which `history` now ends.

        Raises ValueError if there were none.
        """
        steps = self._steps
        if not steps.losses:
            raise ValueError(
                "end_epoch() after no step: call observe(loss) after each loss.backward()"
            )
        self._measure_update()
        weights = steps.n_samples
        accuracies = [x for x in steps.accuracies if x is not None]
        is_known = len(accuracies) == len(weights)
        seen = {name: units for name, units in self._units.items() if units.n}
        hidden = {name: units for name, units in seen.items() if units.slope}
        norms, ratios = map(_mean, zip(*steps.grad_norms)), map(_mean, zip(*steps.update_ratios))
        epoch = Epoch(
            epoch=len(self.history),
            loss=_mean(steps.losses, weights),
            accuracy=_mean(accuracies, weights) if is_known else None,
            lr=lr,
            grad_norms=dict(zip(self.blocks, norms)),
            update_ratios=dict(zip(self.blocks, ratios)),
            deltas={name: units.delta() for name, units in seen.items()},
            dead={name: units.dead() for name, units in hidden.items()},
            saturated={name: units.saturated() for name, units in hidden.items()},
            val_loss=val_loss,
            val_accuracy=val_accuracy,
        )
        self.history.epochs.append(epoch)
        self._steps = Noted()
        for units in self.units:
            units.reset()
        return epoch

    def _measure_update(self) -> None:
        """How far the parameters have moved since they were last read."""
        for part, before in zip(self.blocks.values(), self._data):
            moved = math.hypot(*[p.data - old for p, old in zip(part, before)])
            size = math.hypot(*before)
            ratio = moved / size if size else float(moved > 0)
            self._steps.update_ratios[-1].append(ratio)
        self._data = []

    def _look_for_stale_gradients(self, loss: Value) -> None:
        """At the second step: are its gradients those of this loss plus those of the step before?

        As long as no weight has moved, it is still the first step, whose gradients may rightly be
        accumulated.
        """
        if self._first == {}:
            return
        now = {p: (p.data, p.grad) for p in chain.from_iterable(self.blocks.values())}
        if self._first is None or all(p.data == data for p, (data, _) in self._first.items()):
            self._first = now
            return
        fresh = dict(zip(*pullback(loss, 1.0)))
        added = [(p.grad, fresh.get(p, 0.0), old) for p, (_, old) in self._first.items()]
        stale = all(
            abs(grad - (new + old)) <= 1e-9 * (abs(new) + abs(old)) for grad, new, old in added
        )
        self.history.stale_gradients = stale and any(old for _, _, old in added)
        self._first = {}


@dataclass
class Noted:
    """What is remembered of the steps of an epoch, with a column for each quantity."""

    n_samples: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    accuracies: list[float | None] = field(default_factory=list)
    grad_norms: list[list[float]] = field(default_factory=list)
    update_ratios: list[list[float]] = field(default_factory=list)


class Hook:
    """What a watched layer calls. It does not watch a copy of the layer, or a pickle of it."""

    def __init__(self, owner: Monitor, see: Watch) -> None:
        self.owner, self.see = owner, see
        self.others: Watch | None = None  # the hook that was there before

    def __call__(self, z: list[Value], a: list[Value]) -> None:
        if self.others:
            self.others(z, a)
        self.see(z, a)

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self.others,)

    def taken_out(self, module: Layer | Activation) -> Watch | None:
        """What else watches the layer, wherever this is in the chain: others may have joined."""
        watch = module.unit_hook
        if watch is self:
            return self.others
        outer = watch
        while isinstance(outer, Hook):
            if outer.others is self:
                outer.others = self.others
            outer = outer.others
        return watch


def _set_watches(units: Iterable[Units], watches: Iterable[Watch | None]) -> None:
    # In one call into C, so that Ctrl-C finds all of them set or none; and not by assignment,
    # which would look for parameters in a hook at every step.
    modules = [x.module for x in units]
    deque(map(object.__setattr__, modules, repeat("unit_hook"), watches), maxlen=0)


def _itself(x: Any) -> Any:
    return x


class Units:
    """What the units of one layer have done so far in an epoch."""

    def __init__(self, module: Layer | Activation, owner: Monitor) -> None:
        self.module = module
        self.slope = slope_of(module.activate) if module.activate else None
        self.switch = bool(getattr(module.activate, "switch", False))
        self.hook = Hook(owner, self.see)
        self.reset()

    def reset(self) -> None:
        self.n = 0  # samples
        self._batch: list[tuple[list[Value], list[Value]]] = []
        self._norm = 0.0  # √Σ (∂L/∂z)²
        self._count = 0  # of all z
        self._flat = 0
        self._alive: list[bool] = []

    def see(self, z: list[Value], a: list[Value]) -> None:
        """Note the weighted sums and outputs of one sample."""
        if {*map(type, z)} == {Value} and z[0].inputs:  # recorded, so in training
            self._batch.append((z, a))

    def take(self) -> None:
        """Read the batch, whose gradients are now known."""
        for z, a in self._batch:
            self.add(1, len(z), math.hypot(*[z_j.grad for z_j in z]))
            if self.slope:
                slopes = list(map(self.slope, [z_j.data for z_j in z], [a_j.data for a_j in a]))
                if self.switch:
                    asleep = self.asleep(len(z))
                    self.awake([j for j in asleep if slopes[j] != 0])
                else:
                    self._flat += sum([-FLAT < slope < FLAT for slope in slopes])
        self._batch = []

    def add(self, n_samples: int, count: int, norm: float, flat: int = 0) -> None:
        """Add this many samples and z, their √Σ (∂L/∂z)², and how many slopes were flat."""
        self.n += n_samples
        self._count += count
        self._norm = math.hypot(self._norm, norm)
        self._flat += flat

    def asleep(self, width: int) -> list[int]:
        """Which of the units have let no gradient through in this epoch."""
        if len(self._alive) < width:
            self._alive += [False] * (width - len(self._alive))
        if False not in self._alive:
            return []
        return [j for j, alive in enumerate(self._alive[:width]) if not alive]

    def awake(self, units: Iterable[int]) -> None:
        """Note that these units have let a gradient through."""
        for j in units:
            self._alive[j] = True

    def delta(self) -> float:
        return self._norm / math.sqrt(self._count)

    def dead(self) -> float:
        return self._alive.count(False) / len(self._alive) if self.switch else 0.0

    def saturated(self) -> float:
        return self._flat / self._count


def blocks(model: Module) -> dict[str, list[Value]]:
    """The parameters of a model, part by part.

    Each Layer is a part, and so is any other module with parameters of its own.

    >>> from nn import MLP
    >>> {name: len(part) for name, part in blocks(MLP([2, 3, 1])).items()}
    {'layers.0': 9, 'layers.1': 4}
    """
    parts: dict[str, list[Value]] = {}
    taken: set[Value] = set()
    for name, module in model.named_modules():
        rest = [p for p in module.parameters() if p not in taken]
        inner = _within(module) if rest and not isinstance(module, Layer) else ()
        own = [p for p in rest if p not in inner]
        if own:
            parts[name or type(module).__name__] = own
            taken.update(own)
    return parts


def _within(module: Module) -> set[Value]:
    """The parameters of the modules in a module."""
    return {p for child in module.children() for p in child.parameters()}


def _data_of(part: list[Value]) -> list[float]:
    return [p.data for p in part]


def _grads_of(part: list[Value]) -> list[float]:
    return [p.grad for p in part]


def _mean(numbers: Sequence[float], weights: Sequence[float] | None = None) -> float:
    if weights is None:
        return math.fsum(numbers) / len(numbers)
    return math.fsum(x * w for x, w in zip(numbers, weights)) / math.fsum(weights)
