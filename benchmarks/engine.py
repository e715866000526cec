"""The engine against micrograd, and a chain of a million ops.

    python -m venv .venv-bench
    .venv-bench/bin/python -m pip install . -r benchmarks/requirements.txt
    .venv-bench/bin/python benchmarks/engine.py

Peer and engine run in this one process, in turns of ten runs, with the garbage collector on; the ratio is
that of the medians. Memory is the growth of the process's peak, as the operating system counts it, each chain
length in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
import nn


def record_and_backward(value: type, mlp: Any) -> Callable[[], float]:
    """One run: record 50 samples of MLP [2, 16, 16, 1] as one loss, backward, free. Returns its seconds."""
    random.seed(1337)
    model = mlp(2, [16, 16, 1])
    samples = [[random.uniform(-1, 1), random.uniform(-1, 1)] for _ in range(50)]

    def run() -> float:
        model.zero_grad()
        start = time.perf_counter()
        loss = sum((model(x) for x in samples), value(0.0))
        loss.backward()
        del loss
        return time.perf_counter() - start

    run.model = model  # type: ignore[attr-defined]
    return run


def against_micrograd(rounds: int) -> dict[str, float]:
    """Seconds a run of both engines, in turns; the gradients must agree first."""
    import micrograd.engine
    import micrograd.nn

    ours = record_and_backward(autograd.Value, lambda n, sizes: nn.MLP(n, sizes, init="uniform"))
    theirs = record_and_backward(micrograd.engine.Value, micrograd.nn.MLP)
    ours(), theirs()
    for p, q in zip(ours.model.parameters(), theirs.model.parameters()):  # type: ignore[attr-defined]
        if abs(p.grad - q.grad) > 1e-9 * max(1, abs(q.grad)):
            raise SystemExit(f"the engines disagree: {p.grad} against {q.grad}")
    mine: list[float] = []
    peer: list[float] = []
    for _ in range(rounds):
        for run, times in ((ours, mine), (theirs, peer)):
            gc.collect()  # so that neither pays for the other's garbage
            times += [run() for _ in range(10)]  # as in a training loop
    seconds = statistics.median(mine), statistics.median(peer)
    return {"glassgrad_s": seconds[0], "micrograd_s": seconds[1], "ratio": seconds[1] / seconds[0]}


def chain(length: int) -> dict[str, float]:
    """Seconds and bytes a node for x = x * a, `length` times: record, backward, free."""
    a = autograd.Value(1.0000001)
    before = peak_memory()
    start = time.perf_counter()
    x = autograd.Value(1.0)
    for _ in range(length):
        x = x * a
    recorded = time.perf_counter()
    x.backward()
    swept = time.perf_counter()
    grew = peak_memory() - before
    del x
    freed = time.perf_counter()
    return {
        "nodes": length,
        "record_ns": (recorded - start) / length * 1e9,
        "backward_ns": (swept - recorded) / length * 1e9,
        "free_ns": (freed - swept) / length * 1e9,
        "bytes": grew / length,
    }


def peak_memory() -> int:
    """The largest resident size of this process so far, in bytes; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would start from the size of the parent process
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def in_a_new_process(*arguments: str) -> str:
    return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout


def import_ms(rounds: int = 15) -> float:
    """The least milliseconds that `import autograd` adds to a new interpreter."""
    code = "import time; t = time.perf_counter(); import autograd; print(time.perf_counter() - t)"
    return min(float(in_a_new_process("-c", code)) for _ in range(rounds)) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--chain", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--collector-off", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.chain:
        if options.collector_off:
            gc.disable()
        for _ in range((10**5 - 1) // options.chain):  # warm up where one chain is too short to
            chain(options.chain)
        print(json.dumps(chain(options.chain)))
        return
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    result = against_micrograd(options.rounds)
    print(f"record + backward, 50 samples of MLP [2,16,16,1]: {result['glassgrad_s'] * 1e3:.0f} ms", end=", ")
    version = importlib.metadata.version("micrograd")
    print(f"micrograd {version} {result['micrograd_s'] * 1e3:.0f} ms: {result['ratio']:.1f} times as fast")
    for length in (10**3, 10**4, 10**5, 10**6):
        r = json.loads(in_a_new_process(__file__, "--chain", str(length)))
        memory = f", {r['bytes']:.0f} bytes a node at the peak" if length >= 10**5 else ""
        speed = f"record {r['record_ns']:.0f}, backward {r['backward_ns']:.0f}, free {r['free_ns']:.0f} ns a node"
        print(f"chain of {length:>9,}: {speed}{memory}")
    costs = []
    for length in (10**3, 10**6):
        r = json.loads(in_a_new_process(__file__, "--collector-off", "--chain", str(length)))
        costs.append(r["record_ns"] + r["backward_ns"] + r["free_ns"])
    print(f"with the collector off, a node of the longest chain costs {costs[1] / costs[0]:.2f} times one of the shortest")
    print(f"import autograd: {import_ms():.0f} ms")


if __name__ == "__main__":
    main()
