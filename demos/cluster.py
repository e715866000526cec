"""Training on many processes or machines as on one, with the data in shards on Dask's workers.

The gradient of a sum is the sum of the gradients. So each worker measures its own rows of a batch,
and only parameters and sums travel: `fit(model, data, cluster=client)` is the training of one
process, up to the order of additions. A worker that is lost on the way costs time, and nothing
else: Dask makes its shard again on another.

    python -m pip install distributed
    python -m demos.cluster --workers 2
    python -m demos.cluster --workers 2 --kill       # one of them is killed halfway

On a cluster, start Dask's own scheduler and workers (with glassgrad installed), and name the
scheduler; nothing else changes:

    dask scheduler                                   # on one machine
    dask worker tcp://that-machine:8786              # on each of the others
    python -m demos.cluster --scheduler tcp://that-machine:8786

It pays where a step takes longer than a message to each worker, some milliseconds: that is,
with large batches.
"""

from __future__ import annotations

import argparse
import os
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from nn import MLP, Dataset, History, Module, data, fit
from nn.training.callbacks import Callback

from . import as_run_here
from .options import count, ends_quietly


def samples(n: int) -> Dataset:
    """Two noisy interleaved half-circles, with labels -1 and +1."""
    moons = data.moons(n, noise=0.1, rng=0)
    return Dataset(moons.X, [2 * y - 1 for y in moons.y])


def trained(
    moons: Dataset,
    batch_size: int,
    epochs: int,
    client: Any = None,
    callbacks: Sequence[Callback] = (),
) -> tuple[Module, History, float]:
    """MLP [2, 16, 16, 1] trained on the hinge loss, its history, and the seconds it took."""
    model = MLP([2, 16, 16, 1], rng=0)
    start = time.perf_counter()
    history = fit(
        model,
        moons,
        loss="hinge",
        batch_size=batch_size,
        epochs=epochs,
        rng=0,
        progress=False,
        callbacks=callbacks,
        cluster=client,
    )
    return model, history, time.perf_counter() - start


def killing(client: Any, epoch: int) -> Callback:
    """A callback that kills one of the workers after this epoch, without a warning to it."""

    def kill(model: Module, history: History) -> None:
        if history[-1].epoch == epoch:
            worker = next(iter(client.ncores()))
            # The process is gone before it can say that the call worked.
            with suppress(Exception):
                client.run(_die, workers=[worker], on_error="ignore")

    return kill


def _die() -> None:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


def difference(model: Module, other: Module) -> float:
    """The largest difference between two weights of the same name."""
    theirs = other.state_dict()
    return max(abs(x - theirs[name]) for name, x in model.state_dict().items())


@contextmanager
def client_of(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A client of the scheduler at that address, or of processes on this machine."""
    from distributed import Client, LocalCluster

    if scheduler:
        with Client(scheduler) as client:
            yield client
        return
    here = {"processes": True, "host": "127.0.0.1", "dashboard_address": None}
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, **here) as cluster,
        Client(cluster) as client,
    ):
        yield client


@ends_quietly()
def main() -> None:
    parser = argparse.ArgumentParser(
        prog=as_run_here("python -m demos.cluster"),
        description=(__doc__ or "").split("\n\n")[0],
    )
    here = "by default processes on this machine"
    parser.add_argument("--scheduler", help=f"the address of a Dask scheduler; {here}")
    parser.add_argument("--kill", action="store_true", help="kill a worker halfway")
    for name, default, what in (
        ("workers", 2, "how many processes to start, without --scheduler"),
        ("samples", 20_000, "how many samples there are"),
        ("batch", 5_000, "how many samples a step takes"),
        ("epochs", 10, "how many epochs to train"),
    ):
        whole = partial(count, least=1)
        what = f"{what}; by default {default}"
        parser.add_argument(f"--{name}", type=whole, default=default, help=what)
    args = parser.parse_args()
    moons = samples(args.samples)
    model, history, alone = trained(moons, args.batch, args.epochs)
    print(f"one process: {history}, {alone:.1f} s")
    with client_of(args.scheduler, args.workers) as client:
        callbacks = [killing(client, args.epochs // 2)] if args.kill else []
        other, shared, seconds = trained(moons, args.batch, args.epochs, client, callbacks)
    print(f"{args.workers} workers:   {shared}, {seconds:.1f} s")
    print(f"largest difference between two weights: {difference(model, other):.1e}")


if __name__ == "__main__":
    main()
