"""What training costs on top of its mathematics, with everything that the history records.

    OMP_NUM_THREADS=1 python -m benchmarks.training

On arrays: a step of `fit` relative to `program.sums` on the same batches, for four networks; and
the memory that `fit` takes on 40 MB of data, in a process of its own. On scalars: a step relative
to recording the loss and calling `backward()`, and nothing else. The two take turns, and a ratio is
the median over the turns, so that other work on the machine hits both alike.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd import compile
from nn import MLP, data, fit, losses, steps

ROUNDS = 60
EPOCHS, TURNS = 10, 10


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def ratio(pairs: Sequence[tuple[float, float]]) -> float:
    """The median of b / a."""
    return statistics.median(b / a for a, b in pairs)


def on_arrays(sizes: list[int], X: Any, y: Any, batch: int) -> None:
    """Ten epochs of `fit`, and the sums of as many batches, in turns."""
    model, bare = MLP(sizes, rng=0), MLP(sizes, rng=0)
    program = compile(
        lambda x, y: losses.cross_entropy(bare(x), y), [0.0] * sizes[0], 0.0, wrt=bare
    )
    n = len(y) // batch * batch
    X, y, theta = X[:n], y[:n], program.theta
    parts = [(X[i : i + batch], y[i : i + batch].astype(float)) for i in range(0, n, batch)]

    def sums() -> None:
        for _ in range(EPOCHS):
            for part in parts:
                program.sums(theta, *part)

    sums()
    alone: list[float] = []
    marks: list[float] = []

    def between_epochs(model: Any, history: Any) -> None:
        if len(history) % EPOCHS == 1:
            marks.append(time.perf_counter())
            alone.append(seconds(sums))
            marks.append(time.perf_counter())

    settings: dict[str, Any] = {"epochs": TURNS * EPOCHS + 1, "batch_size": batch, "rng": 0}
    fit(model, (X, y), callbacks=[between_epochs], progress=False, **settings)
    whole = [end - start for start, end in zip(marks[1::2], marks[2::2])]
    pairs = list(zip(alone[1:], whole))
    count = len(parts) * EPOCHS
    step, mathematics = (statistics.median(x) / count * 1e6 for x in (whole, alone))
    print(f"{sizes!s:16} batch {batch:3}: {mathematics:6.1f} µs, fit {step:6.1f} µs", end=" ")
    print(f"ratio {ratio(pairs):.2f}  (wanted: at most 2)")


def digits() -> tuple[Any, Any]:
    """1,500 images of 64 numbers; their values play no part in the time."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(1500, 64)), rng.integers(0, 10, 1500)


MEMORY = """
import resource, sys
import numpy as np
from nn import MLP, fit
X = np.random.default_rng(0).normal(size=(100_000, 50))
y = (X[:, 0] > 0).astype(int)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
fit(MLP([50, 4, 2], rng=0), (X, y), epochs=1, batch_size=1000, rng=0, progress=False)
unit = 1024 if sys.platform == "linux" else 2**20
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / unit)
"""


def memory() -> None:
    command = [sys.executable, "-c", MEMORY]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    print(f"fit on 40 MB takes {float(done.stdout):.0f} MB more  (wanted: at most 120)")


def on_scalars() -> None:
    """One step of MLP [2, 16, 16, 1], batch 32, Adam."""
    X, y = data.moons(32, rng=0)
    bare_model, model = MLP([2, 16, 16, 1], rng=0), MLP([2, 16, 16, 1], rng=0)
    settings: dict[str, Any] = {"loss": "bce_with_logits", "lr": 0.01, "epochs": 10**9, "rng": 0}
    training = steps(model, (X, y), compiled=False, **settings)

    def bare() -> None:
        losses.bce_with_logits(bare_model(X), y).backward()

    bare()
    next(training), next(training)  # the second step looks for stale gradients, once
    pairs = [(seconds(bare), seconds(lambda: next(training))) for _ in range(ROUNDS)]
    alone, whole = (statistics.median(column) * 1e3 for column in zip(*pairs))
    print(f"scalars: record + backward {alone:.2f} ms, training step {whole:.2f} ms", end=" ")
    print(f"ratio {ratio(pairs):.3f}  (wanted: at most 1.15)")


def main() -> None:
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    X, y = (np.array(column) for column in data.moons(2000, rng=0))
    for batch in (10, 32, 200):
        on_arrays([2, 16, 16, 2], X, y, batch)
    on_arrays([64, 32, 10], *digits(), batch=32)
    memory()
    on_scalars()


if __name__ == "__main__":
    main()
