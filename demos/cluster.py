"""Many processes, or many machines: one compiled network, its data in shards, gradients summed by Dask.

The gradient of a sum is the sum of the gradients. So each worker computes `program.sums(theta, ...)` on the shard that it holds, a pure
function of parameters and data, and only parameters and sums travel. The result is that of one process, up to the order of additions.

    python -m pip install distributed
    python -m demos.cluster --workers 2

On a cluster, start Dask's own scheduler and workers (with glassgrad installed), and name the scheduler; nothing else changes:

    dask scheduler                                   # on one machine
    dask worker tcp://that-machine:8786              # on each of the others
    python -m demos.cluster --scheduler tcp://that-machine:8786 --shards 64
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np
from tqdm import trange

from autograd import Program, Value, compile
from nn import MLP, losses

from . import as_run_here
from .page import count, ends_quietly


def shard(i: int, samples: int) -> tuple[Any, Any]:
    """Shard i of two noisy interleaved half-circles: X of shape (samples, 2), and labels -1 and +1."""
    rng = np.random.default_rng(i)
    angle, label = rng.uniform(0, np.pi, samples), rng.choice([-1.0, 1.0], samples)
    X = np.column_stack([np.cos(angle) * -label + (label > 0), np.sin(angle) * -label + 0.5 * (label > 0)])
    return X + rng.normal(scale=0.1, size=X.shape), label


def share(program: Program, theta: Any, data: tuple[Any, Any], chunk: int) -> tuple[float, Any]:
    """What a worker does in each step: the loss and its gradient, summed over its shard."""
    return program.sums(theta, *data, chunk=chunk)


def added(shares: list[tuple[float, Any]]) -> tuple[float, Any]:
    """The sum of the shares, in their order."""
    return sum(loss for loss, _ in shares), sum(grad for _, grad in shares)


def network(seed: int = 0) -> Program:
    """The hinge loss of MLP [2, 16, 16, 1] on one sample, compiled."""
    model = MLP([2, 16, 16, 1], rng=seed)

    def loss(x: list[Value], y: Value) -> Value:
        return losses.hinge(model(x), y)

    return compile(loss, [0.0, 0.0], 0.0, wrt=model)


def train(client: Any, shards: int, samples: int, steps: int, chunk: int, lr: float = 0.3, progress: bool = True) -> list[float]:
    """Gradient descent on all shards, which the workers make and keep; the mean loss before each step."""
    program = network()
    data = client.map(shard, range(shards), samples=samples)
    everywhere = client.scatter(program, broadcast=True)
    theta, found = program.theta, []
    for _ in trange(steps, disable=not progress):
        shares = [client.submit(share, everywhere, theta, one, chunk, pure=False) for one in data]
        total, grad = client.submit(added, shares, pure=False).result()
        n = shards * samples
        found.append(total / n)
        theta = theta - lr * grad / n
    return found


def train_alone(shards: int, samples: int, steps: int, lr: float = 0.3) -> list[float]:
    """The same in this process, on all the data at once."""
    program = network()
    X, y = (np.concatenate(parts) for parts in zip(*(shard(i, samples) for i in range(shards))))
    theta, found = program.theta, []
    for _ in range(steps):
        total, grad = program.sums(theta, X, y)
        found.append(total / len(y))
        theta = theta - lr * grad / len(y)
    return found


@contextmanager
def client_of(scheduler: str | None, workers: int) -> Iterator[Any]:
    """A client of the scheduler at that address, or of a cluster of processes on this machine."""
    from distributed import Client, LocalCluster

    if scheduler:
        with Client(scheduler) as client:
            yield client
        return
    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


@ends_quietly()
def main() -> None:
    parser = argparse.ArgumentParser(prog=as_run_here("python -m demos.cluster"), description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--scheduler", help="the address of a Dask scheduler; by default processes on this machine")
    whole = partial(count, least=1)
    parser.add_argument("--workers", type=whole, default=2, help="how many processes to start, without --scheduler; by default 2")
    parser.add_argument("--shards", type=whole, default=8, help="how many parts the data have; by default 8")
    parser.add_argument("--samples", type=whole, default=50_000, help="how many samples a shard has; by default 50000")
    parser.add_argument("--chunk", type=whole, default=5_000, help="how many samples a worker takes at once, at most; by default 5000")
    parser.add_argument("--steps", type=whole, default=30, help="how many steps to train; by default 30")
    args = parser.parse_args()
    print(f"{args.shards} shards of {args.samples:,} samples; {network().report}")
    with client_of(args.scheduler, args.workers) as client:
        many = train(client, args.shards, args.samples, args.steps, args.chunk)
    alone = train_alone(args.shards, args.samples, args.steps)
    worst = max(abs(a - b) / abs(b) for a, b in zip(many, alone))
    print(f"loss {many[0]:.4f} → {many[-1]:.4f}; largest relative difference from one process on all the data: {worst:.1e}")


if __name__ == "__main__":
    main()
