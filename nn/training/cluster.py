"""Steps on a cluster: Dask workers hold the data in shards, and send what they find in theirs.

The gradient of a sum is the sum of the gradients, so only parameters, row numbers and sums
travel. Everything on the workers is the result of a task, even the shards, so that the scheduler
can recreate it elsewhere when a worker is lost. Needs distributed.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from nn.module import Module
from nn.training.arrays import ArrayStepper, Found, Measure
from nn.training.monitor import Monitor
from nn.training.samples import Samples
from nn.training.settings import Run
from nn.training.stepper import Compiled

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ClusterStepper(ArrayStepper):
    """Steps on arrays that are measured by workers; everything else is done here."""

    def __init__(self, model: Module, run: Run, monitor: Monitor, compiled: Compiled) -> None:
        super().__init__(model, run, monitor, compiled)
        self._client = client = run.cluster
        X, y = run.train.X, run.train.y  # type: ignore[union-attr]
        count = min(max(len(client.ncores()), 1), len(y))
        self._bounds = np.linspace(0, len(y), count + 1).astype(int)
        pieces = zip(self._bounds, self._bounds[1:])
        with warnings.catch_warnings():
            # The graph is large on purpose: the scheduler recreates a lost shard from it.
            warnings.filterwarnings("ignore", "Sending large graph")
            self._shards = [client.submit(_itself, (X[a:b], y[a:b]), pure=False) for a, b in pieces]
        self._everywhere = client.submit(_itself, self._measure, pure=False)

    def _measured(self, batch: Samples) -> Found:
        shard_of = np.searchsorted(self._bounds, batch.rows, side="right") - 1
        theta, asleep, futures = self._at.theta, self._layers.asleep, []
        for i in np.unique(shard_of).tolist():
            rows = batch.rows[shard_of == i] - self._bounds[i]
            given = (self._everywhere, theta, self._shards[i], rows, asleep)
            futures.append(self._client.submit(share, *given, pure=False))
        return added(self._client.gather(futures))


def _itself(x: Any) -> Any:
    return x


def share(
    measure: Measure,
    theta: NDArray[Any],
    shard: tuple[NDArray[Any], NDArray[Any]],
    rows: NDArray[Any],
    asleep: list[list[int]] | None,
) -> Found:
    """What a worker does in each step: measure these rows of its shard."""
    X, y = shard
    batch = Samples(X, y, True).take(rows)
    with np.errstate(all="ignore"):
        return measure(theta, *batch.floats(), asleep)


def added(shares: list[Found]) -> Found:
    """All shares combined: means are weighted, sums are added."""
    n = sum(x.n for x in shares)
    weights = [x.n / n for x in shares]
    right = [x.accuracy for x in shares if x.accuracy is not None]
    awake = None
    if shares[0].awake is not None:
        awake = [list(map(int, np.unique(np.concatenate(x)))) for x in zip(*_awake(shares))]
    return Found(
        n=n,
        value=sum(w * x.value for w, x in zip(weights, shares)),
        loss=sum(w * x.loss for w, x in zip(weights, shares)),
        accuracy=sum(w * x for w, x in zip(weights, right)) if right else None,
        gradient=np.tensordot(weights, [x.gradient for x in shares], axes=1),
        squares=list(map(sum, zip(*[x.squares for x in shares]))),
        flats=list(map(sum, zip(*[x.flats for x in shares]))),
        awake=awake,
    )


def _awake(shares: list[Found]) -> list[list[list[int]]]:
    return [x.awake for x in shares if x.awake is not None]
