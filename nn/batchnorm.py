"""BatchNorm: each feature brought to mean 0 and variance 1 over the batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import Value, div, sqrt
from autograd.checks import in_range
from nn.arguments import Row, brief, expect, plain_number, size
from nn.module import Module, refuse_tracing

OVER_THE_BATCH = "takes the mean and variance of the whole batch"


class BatchNorm(Module):
    """Each feature j brought to mean 0 and variance 1 over the batch.

    y = weight_j · (x - mean_j) / √(var_j + eps) + bias_j. In training, mean and variance (of the
    batch, divided by n) are graph nodes, through which gradients flow; each batch moves
    `running_mean` and `running_var` (divided by n - 1) by `momentum` towards its own, and
    evaluation mode uses these. Like PyTorch's BatchNorm1d, on rows of n_features. Raises
    ValueError in training for fewer than two samples.
    Source: Ioffe and Szegedy, "Batch normalization", ICML 2015, who call weight γ and bias β.

    >>> layer = BatchNorm(1, eps=0.0)
    >>> [[y.data for y in row] for row in layer([[1.0], [3.0]])], layer.running_mean
    ([[-1.0], [1.0]], [0.2])
    """

    buffers = ("running_mean", "running_var")

    def __init__(self, n_features: int, *, eps: float = 1e-5, momentum: float = 0.1) -> None:
        n_features = size(n_features, "the number of features of a BatchNorm")
        self.eps = in_range(eps, "BatchNorm(eps)", "at least 0 and finite")
        self.momentum = in_range(momentum, "BatchNorm(momentum)", "from 0 to 1")
        self.weight = [Value(1.0) for _ in range(n_features)]
        self.bias = [Value(0.0) for _ in range(n_features)]
        self.running_mean = [0.0] * n_features
        self.running_var = [1.0] * n_features

    @property
    def n_inputs(self) -> int:
        return len(self.weight)

    n_outputs = n_inputs

    def forward(self, x: Row) -> list[Value]:
        if self.training:
            refuse_tracing(self, OVER_THE_BATCH)
            raise ValueError(
                f"{brief(self)} in training takes the mean over a batch, not one sample: call the "
                f"model with rows, define forward_batch(X) in your own module around it, or "
                f"call model.eval() first"
            )
        return self.forward_batch([x])[0]

    def forward_batch(self, X: Sequence[Row]) -> list[list[Value]]:
        n = len(X)
        for x in X:
            expect(self.n_inputs, x, self, "features")
        if self.training:
            refuse_tracing(self, OVER_THE_BATCH)
        if self.training and n < 2:
            raise ValueError(
                f"{brief(self)} in training needs at least two samples, got {n}: use another "
                f"batch_size, or call model.eval() first"
            )
        columns, moments = [], []
        for j, column in enumerate(zip(*X)):
            mean = _mean(column) if self.training else self.running_mean[j]
            centred = [x - mean for x in column]
            var = _mean([c * c for c in centred]) if self.training else self.running_var[j]
            scale = div(self.weight[j], sqrt(var + self.eps))
            columns.append([c * scale + self.bias[j] for c in centred])
            moments.append((plain_number(mean), plain_number(var)))
        if self.training:
            keep, move = 1 - self.momentum, self.momentum
            means, variances = zip(*moments)
            before = zip(self.running_mean, means), zip(self.running_var, variances)
            self.running_mean = [keep * old + move * mean for old, mean in before[0]]
            self.running_var = [keep * old + move * var * n / (n - 1) for old, var in before[1]]
        return [list(row) for row in zip(*columns)]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n_inputs}, {len(self.parameters())} parameters)"


def _mean(column: Sequence[Any]) -> Any:
    return sum(column[1:], column[0]) / len(column)
