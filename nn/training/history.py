"""The record of a training as plain frozen data: each epoch, and the facts about the data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from itertools import chain
from typing import Any, Final, Literal

from autograd.checks import shown
from nn.arguments import counted
from nn.files.schema import fail, fields, number


@dataclass(frozen=True, repr=False)
class Epoch:
    """One epoch. The dicts have an entry for each part of the network, by its name in the model.

    - `loss`: mean over the samples at the time of their step, without penalties; `accuracy` too,
      None for a regression.
    - `lr`: the learning rate, if it is known.
    - `grad_norms`: √Σ (∂L/∂p)² over the parameters of a part, mean over the steps.
    - `update_ratios`: √Σ (change of p)² / √Σ p² of a part, mean over the steps; about 1e-3 is
      usual.
    - `deltas`: root mean square of ∂L/∂z over a layer's pre-activations z.
    - `dead`: share of a layer's units through which no gradient flowed for any sample (a ReLU that
      was never above 0).
    - `saturated`: share of a layer's outputs on a slope below 0.01 (tanh and sigmoid far from 0).
    - `val_loss`, `val_accuracy`: on the validation data, None if there are none.
    """

    epoch: int
    loss: float
    accuracy: float | None
    lr: float | None
    grad_norms: dict[str, float]
    update_ratios: dict[str, float]
    deltas: dict[str, float]
    dead: dict[str, float]
    saturated: dict[str, float]
    val_loss: float | None = None
    val_accuracy: float | None = None

    def __repr__(self) -> str:
        parts = [f"loss {self.loss:.4g}"]
        if self.accuracy is not None:
            parts.append(f"accuracy {self.accuracy:.1%}")
        if self.val_loss is not None:
            parts.append(f"validation loss {self.val_loss:.4g}")
        if self.val_accuracy is not None:
            parts.append(f"validation accuracy {self.val_accuracy:.1%}")
        if self.lr is not None:
            parts.append(f"lr {self.lr:.4g}")
        return f"Epoch({self.epoch}: {', '.join(parts)})"

    @classmethod
    def from_plain(cls, x: Any, where: str) -> Epoch:
        """The epoch that a file holds; raises CheckpointError, saying where, for anything else."""
        names = cls.__dataclass_fields__
        values = dict(zip(names, fields(x, where, *names)))
        if isinstance(values["epoch"], bool) or not isinstance(values["epoch"], int):
            raise fail(f"{where}.epoch", values["epoch"], "a whole number")
        for name, value in values.items():
            if name in PER_PART:
                values[name] = _per_part(value, f"{where}.{name}", name in OF_EVERY_MODEL)
            elif name == "loss" or (value is not None and name != "epoch"):
                values[name] = number(value, f"{where}.{name}")
        return cls(**values)


OF_EVERY_MODEL: Final = ("grad_norms", "update_ratios")
PER_PART: Final = (*OF_EVERY_MODEL, "deltas", "dead", "saturated")


def _per_part(x: Any, where: str, needed: bool) -> dict[str, float]:
    if not isinstance(x, Mapping) or (needed and not x):
        raise fail(where, x, "an object of numbers")
    return {part: number(value, f"{where}.{part}") for part, value in x.items()}


@dataclass(frozen=True, repr=False)
class Facts:
    """What matters about the data: mean and deviation of each column, and class counts."""

    n_samples: int
    means: tuple[float, ...]
    scales: tuple[float, ...]
    class_counts: dict[int, int]
    target_means: tuple[float, ...] = ()
    target_scales: tuple[float, ...] = ()

    def __repr__(self) -> str:
        counts = f", class counts {shown(self.class_counts, 60)}" if self.class_counts else ""
        return f"Facts({self.n_samples} samples, {len(self.means)} features{counts})"

    @classmethod
    def from_plain(cls, x: Any) -> Facts:
        """The facts that a file holds; raises CheckpointError, saying where, for anything else."""
        where = "history.facts"
        if isinstance(x, dict):
            x = {"target_means": [], "target_scales": [], **x}  # older versions did not record them
        n, means, scales, counts, *of_targets = fields(x, where, *FACTS)
        if not isinstance(counts, list) or not all(map(_is_pair, counts)):
            wanted = "a list of pairs, of a class and its count"
            raise fail(f"{where}.class_counts", counts, wanted)
        for whole in (n, *chain.from_iterable(counts)):
            if isinstance(whole, bool) or not isinstance(whole, int):
                raise fail(where, whole, "whole numbers for n_samples and class_counts")
        for count in (n, *[pair[1] for pair in counts]):
            if count < 1:
                raise fail(where, count, "counts of at least 1")
        if len(dict(counts)) < len(counts):
            raise fail(f"{where}.class_counts", counts, "each class once")
        rows = []
        for name, row in zip(MOMENTS, (means, scales, *of_targets)):
            if not isinstance(row, list):
                raise fail(f"{where}.{name}", row, "a list of numbers")
            rows.append(tuple([number(y, where) for y in row]))
        means, scales, target_means, target_scales = rows
        return cls(n, means, scales, dict(counts), target_means, target_scales)


FACTS: Final = tuple(Facts.__dataclass_fields__)
MOMENTS: Final = ("means", "scales", "target_means", "target_scales")


def _is_pair(x: Any) -> bool:
    return isinstance(x, list) and len(x) == 2


@dataclass(frozen=True)
class Engine:
    """What a training was computed with; `reason` is what was compiled, or why nothing was.

    >>> str(Engine("scalars", "compiled=False"))
    'scalars, because compiled=False'
    """

    kind: Literal["arrays", "scalars"]
    reason: str = ""

    def __str__(self) -> str:
        if not self.reason:
            return self.kind
        return f"{self.kind}{', because' if self.kind == 'scalars' else ':'} {self.reason}"

    @classmethod
    def from_plain(cls, x: Any) -> Engine | None:
        """The engine that a file holds; raises CheckpointError, saying where, for anything else."""
        where = "history.engine"
        if x is None or x == "":
            return None
        if isinstance(x, str):  # a sentence, as older versions wrote it
            kind, *rest = re.split(": |, because |, since ", x, maxsplit=1)
            x = {"kind": kind, "reason": "".join(rest)}
        kind, reason = fields(x, where, "kind", "reason")
        if kind not in ("arrays", "scalars"):
            raise fail(f"{where}.kind", kind, "'arrays' or 'scalars'")
        if not isinstance(reason, str):
            raise fail(f"{where}.reason", reason, "a string")
        return cls(kind, reason)


@dataclass
class History:
    """The epochs of a training, oldest first, and what surrounded them; indexed like a list.

    `stopped` says how it ended: "" (it ran to the end), "early", "interrupted" or "diverged".
    `stale_gradients` is True if a step's gradients still held those of the step before: a forgotten
    zero_grad. `engine` is what `fit` computed with, arrays or scalars, and why; None if it is not
    known.
    """

    epochs: list[Epoch] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    facts: Facts | None = None
    stopped: str = ""
    stale_gradients: bool = False
    engine: Engine | None = field(default=None, compare=False)

    def column(self, name: str) -> list[Any]:
        """One quantity over the epochs.

        >>> History().column("loss")
        []
        """
        return [getattr(epoch, name) for epoch in self.epochs]

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, index: int) -> Epoch:
        return self.epochs[index]

    def __repr__(self) -> str:
        if not self.epochs:
            return "History(no epochs)"
        first, last = self.epochs[0], self.epochs[-1]
        parts = [counted(len(self.epochs), "epoch"), f"loss {first.loss:.4g} → {last.loss:.4g}"]
        shares = {"accuracy": last.accuracy, "validation accuracy": last.val_accuracy}
        parts += [f"{name} {x:.1%}" for name, x in shares.items() if x is not None]
        parts += [self.stopped] if self.stopped else []
        return f"History({', '.join(parts)})"

    def to_plain(self) -> dict[str, Any]:
        """The history as dicts, lists, strings and numbers, for a file.

        >>> History.from_plain(History(stopped="early").to_plain())
        History(no epochs)
        """
        plain = asdict(self)
        facts = plain["facts"]
        if facts:
            # The keys of an object in JSON are strings, so counts are pairs.
            facts["class_counts"] = list(map(list, facts["class_counts"].items()))
            facts |= {name: list(facts[name]) for name in MOMENTS}
        return plain

    @classmethod
    def from_plain(cls, x: Any) -> History:
        """The history that a file holds; raises CheckpointError for anything else, saying where."""
        if isinstance(x, dict):
            x = {"engine": None, **x}  # files of older versions do not say
        epochs, settings, facts, stopped, stale, engine = fields(x, "history", *HISTORY)
        if not isinstance(epochs, list):
            raise fail("history.epochs", epochs, "a list")
        texts_and_numbers = (str, int, float)
        if not isinstance(settings, dict) or not all(
            isinstance(value, texts_and_numbers) for value in settings.values()
        ):
            raise fail("history.settings", settings, "an object of strings and numbers")
        if stopped not in ("", "early", "interrupted", "diverged"):
            raise fail("history.stopped", stopped, "one of '', 'early', 'interrupted', 'diverged'")
        if not isinstance(stale, bool):
            raise fail("history.stale_gradients", stale, "true or false")
        return cls(
            epochs=[Epoch.from_plain(e, f"history.epochs[{i}]") for i, e in enumerate(epochs)],
            settings=dict(settings),
            facts=None if facts is None else Facts.from_plain(facts),
            stopped=stopped,
            stale_gradients=stale,
            engine=Engine.from_plain(engine),
        )


HISTORY: Final = tuple(History.__dataclass_fields__)
