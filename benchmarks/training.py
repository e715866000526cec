"""What the trainer adds to bare record + backward: one step of MLP [2, 16, 16, 1], batch 32, Adam, with all that the history records.

    python -m benchmarks.training

The peer is our own engine in the same run: the loss recorded and `backward()` called, and nothing else. Steps of the two take turns,
and the ratio is that of the medians, so that what else the machine does hits both alike.
"""

from __future__ import annotations

import platform
import statistics
import time
from collections.abc import Callable

from nn import MLP, data, losses, steps

ROUNDS = 60


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    X, y = data.moons(32, rng=0)
    bare_model, model = MLP([2, 16, 16, 1], rng=0), MLP([2, 16, 16, 1], rng=0)
    training = steps(model, (X, y), loss="bce_with_logits", optimizer="adam", lr=0.01, epochs=10**9, batch_size=32, rng=0)

    def bare() -> None:
        losses.bce_with_logits(bare_model(X), y).backward()

    bare()
    next(training), next(training)  # the second step looks for stale gradients, once
    pairs = [(seconds(bare), seconds(lambda: next(training))) for _ in range(ROUNDS)]
    alone, whole = (statistics.median(column) for column in zip(*pairs))
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, medians of {ROUNDS}")
    print(f"record + backward alone   {alone * 1e3:7.2f} ms")
    print(f"training step             {whole * 1e3:7.2f} ms")
    print(f"ratio                     {whole / alone:7.3f}  (wanted: at most 1.15)")


if __name__ == "__main__":
    main()
