"""The perceptron: the first machine that learned, and what it cannot learn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd.checks import as_float, shown
from nn.arguments import assign, counted, size
from nn.data.dataset import as_dataset
from nn.layers import Neuron
from nn.module import evaluating


@dataclass(frozen=True, repr=False)
class PerceptronEpoch:
    """One pass over the samples: how many were misclassified, and the weights afterwards."""

    epoch: int
    mistakes: int
    w: tuple[float, ...]
    b: float

    def __repr__(self) -> str:
        w = shown(list(self.w), 80)
        mistakes = counted(self.mistakes, "mistake")
        return f"PerceptronEpoch({self.epoch}: {mistakes}, w = {w}, b = {self.b:g})"


@dataclass(frozen=True, repr=False)
class PerceptronHistory:
    """The epochs, counted from 1; `converged` says whether the last one had no mistake.

    `cycle` is (i, j) if the weights after epoch j are those after epoch i. From there on
    everything repeats, which proves that it never converges.
    """

    epochs: tuple[PerceptronEpoch, ...]
    converged: bool
    cycle: tuple[int, int] | None

    def __repr__(self) -> str:
        last = ""
        if self.epochs:
            last = f", {counted(self.epochs[-1].mistakes, 'mistake')} in the last"
        end = ", never converges" if self.cycle else ""
        if self.converged:
            end = ", converged"
        return f"PerceptronHistory({counted(len(self.epochs), 'epoch')}{last}{end})"

    def __str__(self) -> str:
        lines = []
        for e in self.epochs:
            mistakes = counted(e.mistakes, "mistake")
            lines.append(f"epoch {e.epoch}: {mistakes}, w = {list(e.w)}, b = {e.b:g}")
        if self.converged:
            lines.append(f"converged in {counted(len(self.epochs), 'epoch')}")
        elif self.cycle:
            first, again = self.cycle
            lines.append(
                f"the weights after epoch {again} are those after epoch {first}: it never converges"
            )
        return "\n".join(lines)


class Perceptron(Neuron):
    """A neuron step(w · x + b) that starts at 0 and learns by the perceptron rule.

    Its gradient is 0 everywhere, so `backward` cannot train it; `learn` can.
    Source: Rosenblatt, "The perceptron", Psychological Review 65 (1958).

    >>> from nn import data
    >>> AND = Perceptron(2)
    >>> history = AND.learn(([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]))
    >>> len(history.epochs), [w.data for w in AND.w], AND.b.data, AND([1, 1]).data
    (6, [2.0, 1.0], -2.0, 1.0)
    >>> print(str(Perceptron(2).learn(data.xor())).splitlines()[-1])
    the weights after epoch 3 are those after epoch 2: it never converges
    """

    def __init__(self, n_inputs: int) -> None:
        super().__init__(n_inputs, "step", init="zeros")

    def learn(self, data: Any, *, lr: float = 1.0, epochs: int = 100) -> PerceptronHistory:
        """w ← w + lr·(y - out)·x and b ← b + lr·(y - out), until an epoch has no mistake.

        It learns one sample after the other; targets are 0 and 1. It also ends once the weights
        repeat; with lr = 1 and whole numbers that test is exact.
        Raises ValueError for other targets, or rows of the wrong length.
        """
        X, y = as_dataset(data)
        lr, epochs = as_float(lr, "learn(lr)"), size(epochs, "learn(epochs)")
        for target in y:
            if target not in (0, 1):
                raise ValueError(
                    f"a perceptron learns targets 0 and 1, got {shown(target)}: write (y + 1) / 2 "
                    f"for -1 and +1"
                )
        record: list[PerceptronEpoch] = []
        seen = {self._numbers(): 0}
        cycle = None
        while not cycle and len(record) < epochs and not (record and record[-1].mistakes == 0):
            mistakes = sum([self._correct(x, target, lr) for x, target in zip(X, y)])
            weights = self._numbers()
            record.append(PerceptronEpoch(len(record) + 1, mistakes, weights[:-1], weights[-1]))
            if mistakes and weights in seen:
                cycle = (seen[weights], len(record))
            seen[weights] = len(record)
        return PerceptronHistory(tuple(record), record[-1].mistakes == 0, cycle)

    def _correct(self, x: list[float], target: float, lr: float) -> bool:
        """Move the weights if the sample is misclassified; returns whether it was."""
        with evaluating(self):
            error = target - self(x).data
        if error:
            pairs = zip(self.parameters(), [*x, 1.0])
            assign(self.parameters(), [p.data + lr * error * x_i for p, x_i in pairs])
        return bool(error)

    def _numbers(self) -> tuple[float, ...]:
        return tuple([p.data for p in self.parameters()])

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.w)})"
