"""What drawing and folding cost compared with `dot`, and whether the bytes are always the same.

    python -m benchmarks.drawing

The peer is `dot` itself, which lays the drawing out, in the same run and given the same source:
whole calls and bare processes take turns, and the ratio is that of the medians, so that other work
on the machine hits both alike.
"""

from __future__ import annotations

import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from autograd import Value, topological_order
from nn import MLP, data, losses
from viz import draw_dot, find_dot

ROUNDS = 7
PROCESSES = 50

SAME = """
import hashlib
from benchmarks.drawing import chain, loss
from viz import draw_dot
for root in (loss(300), chain(5_000)):
    drawing = draw_dot(root, theme="auto", legend=True, flows=True)
    print(hashlib.sha256(drawing.pipe("svg")).hexdigest())
"""


def loss(values: int, sizes: tuple[int, ...] = (2, 4, 4, 1)) -> Value:
    """The loss of a network on as many moons as make about this many values; after backward()."""
    model = MLP(sizes, rng=0)
    X, y = data.moons(3, rng=0)
    few = [len(topological_order(losses.bce_with_logits(model(X[:n]), y[:n]))) for n in (2, 3)]
    count = round((values - few[0]) / (few[1] - few[0])) + 2
    X, y = data.moons(count, rng=0)
    root: Value = losses.bce_with_logits(model(X), y)
    root.backward()
    return root


def chain(values: int) -> Value:
    """x = x * a + b, over and over, about so many values; after backward()."""
    a, b, x = Value(0.999, "a"), Value(0.1, "b"), Value(1.0, "x")
    for _ in range(values // 2):
        x = x * a + b
    x.backward()
    return x


def seconds(action: Callable[[], object]) -> float:
    gc.collect()  # so that neither pays for the other's garbage
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def draw_legibly(root: Value) -> None:
    """Make a drawing that folds until it can be read, as SVG."""
    draw_dot(root).pipe("svg")


def against_dot(root: Value) -> tuple[float, float]:
    """The medians of a whole drawing and of the `dot` process, in turns: nothing is folded."""
    source, program = draw_dot(root, detail="all").source.encode(), str(find_dot().path)

    def alone() -> None:
        subprocess.run([program, "-Kdot", "-Tsvg"], input=source, capture_output=True, check=True)

    pairs = [
        (seconds(lambda: draw_dot(root, detail="all").pipe("svg")), seconds(alone))
        for _ in range(ROUNDS)
    ]
    whole, bare = (statistics.median(column) for column in zip(*pairs))
    return whole, bare


def outputs(count: int) -> set[str]:
    """The hashes of two drawings, made in so many processes, each with a hash seed of its own."""
    found = set()
    for seed in range(count):
        environment = os.environ | {"PYTHONHASHSEED": str(seed)}
        found.add(
            subprocess.run(
                [sys.executable, "-c", SAME],
                env=environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
    return found


def main() -> None:
    print(
        f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, "
        f"dot: {find_dot().source}, medians of {ROUNDS}"
    )
    print("a loss of      whole call     dot alone   ratio (wanted: at most 1.5)")
    for size in (500, 1950):
        root = loss(size)
        whole, bare = against_dot(root)
        legible = statistics.median([seconds(partial(draw_legibly, root)) for _ in range(ROUNDS)])
        print(
            f"{len(topological_order(root)):9,} {whole:13.3f} s {bare:11.3f} s   "
            f"{whole / bare:5.2f}   folded {legible:.3f} s",
            flush=True,
        )
    print("folded until it is legible   seconds (wanted: less than 1.4 s and 15 s)")
    graphs: dict[str, Callable[[int], Value]] = {
        "loss": loss,
        "wide loss": partial(loss, sizes=(2, 20, 20, 1)),
        "chain": chain,
    }
    for size in (3_000, 10_000, 1_000_000):
        for name, make in graphs.items():
            root = make(size)
            spent = seconds(lambda root=root: draw_dot(root).pipe("svg"))  # type: ignore[misc]
            print(f"{len(topological_order(root)):9,} {name:10} {spent:8.2f}", flush=True)
            del root
    print(
        f"{PROCESSES} processes with different hash seeds, two drawings each: "
        f"{len(outputs(PROCESSES))} outcome (wanted: 1)"
    )


if __name__ == "__main__":
    main()
