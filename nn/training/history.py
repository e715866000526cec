"""The record of a training, as plain frozen data: what happened in each epoch, and what the data were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from autograd.checks import shown
from nn.data import Dataset, standardiser


@dataclass(frozen=True, repr=False)
class Epoch:
    """One epoch. The dicts have an entry for each part of the network, by its name in the model.

    - `loss`: mean over the samples as they were trained on, without penalties; `accuracy` likewise, None for a regression.
    - `lr`: the learning rate, if it was told.
    - `grad_norms`: √Σ (∂L/∂p)² over the parameters of a part, mean over the steps.
    - `update_ratios`: √Σ (change of p)² / √Σ p² of a part, mean over the steps: about 1e-3 is usual.
    - `deltas`: root mean square of ∂L/∂z over a layer's pre-activations z.
    - `dead`: share of a layer's units over which no gradient flowed for any sample (ReLU that was never above 0).
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


@dataclass(frozen=True, repr=False)
class Facts:
    """What of the training data matters to a diagnosis: the mean and deviation of each feature, and the count of each class."""

    n_samples: int
    means: tuple[float, ...]
    scales: tuple[float, ...]
    class_counts: dict[int, int]

    def __repr__(self) -> str:
        counts = f", class counts {shown(self.class_counts, 60)}" if self.class_counts else ""
        return f"Facts({self.n_samples} samples, {len(self.means)} features{counts})"

    @classmethod
    def of(cls, data: Dataset) -> Facts:
        """The facts of a checked dataset; no class counts if the targets are not ints."""
        moments = standardiser(data.X)
        counts = Counter(data.y) if all(isinstance(y, int) for y in data.y) else {}
        return cls(len(data.y), moments.mean, moments.scale, dict(sorted(counts.items())))


@dataclass
class History:
    """The epochs of a training, oldest first, and what surrounded them; it can be indexed and iterated like the list of them.

    `stopped` tells how it ended: "" (went through), "early", "interrupted" or "diverged". `stale_gradients` is True
    if a step's gradients still held those of the step before: a forgotten zero_grad. `engine` is what `fit` computed with: arrays, or
    scalars and why.
    """

    epochs: list[Epoch] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    facts: Facts | None = None
    stopped: str = ""
    stale_gradients: bool = False
    engine: str = field(default="", compare=False)

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
        last = self.epochs[-1]
        parts = [f"{len(self.epochs)} epochs", f"loss {self.epochs[0].loss:.4g} → {last.loss:.4g}"]
        parts += [
            f"{name} {x:.1%}" for name, x in (("accuracy", last.accuracy), ("validation accuracy", last.val_accuracy)) if x is not None
        ]
        return f"History({', '.join(parts)}{', ' + self.stopped if self.stopped else ''})"
