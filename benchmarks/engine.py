"""The engine against two others, with the collector on and off, and a chain of a million ops.

    python -m venv .venv-bench
    .venv-bench/bin/python -m pip install . -r benchmarks/requirements.txt
    .venv-bench/bin/python -m benchmarks.engine

The peers are micrograd and an engine in forty lines (`benchmarks/forty_lines.py`); the programs
are in `benchmarks/programs.py`. All run in this one process, taking turns: a loss is recorded,
swept and freed. A ratio compares the quickest quarters of the rounds, with our time as the
numerator. Memory is the growth of the process's peak, as the operating system counts it, with each
chain length in a process of its own.
"""

from __future__ import annotations

import argparse
import gc
import importlib.util
import json
import operator
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import autograd
from benchmarks import forty_lines
from benchmarks.programs import Program, attention, network

TURN = 3
"""Losses that an engine records before it is the next one's turn."""


def engines(program: Callable[..., Any]) -> dict[str, type]:
    """Ours, and those to compare it with; micrograd, which has no exp, only for the network."""
    found: dict[str, type] = {"ours": autograd.Value, "forty lines": forty_lines.Value}
    if program is network and importlib.util.find_spec("micrograd"):
        import micrograd.engine

        found["micrograd"] = micrograd.engine.Value
    return found


def compared(program: Callable[[type], Program], rounds: int, collect: bool) -> dict[str, float]:
    """Seconds for a loss of each engine; their gradients must agree first."""
    made = {name: program(value) for name, value in engines(program).items()}
    expect_equal_gradients(made)
    times: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(rounds):
        for name, (loss, parameters) in made.items():
            gc.collect()  # so that nobody pays for another's garbage
            if not collect:
                gc.disable()
            times[name] += [seconds(loss, parameters) for _ in range(TURN)]
            gc.enable()
    return {name: sorted(found)[len(found) // 4] for name, found in times.items()}


def seconds(loss: Callable[[], Any], parameters: list[Any]) -> float:
    """The time to record a loss, to sweep it, and to free it."""
    for p in parameters:
        p.grad = 0.0
    start = time.perf_counter()
    root = loss()
    root.backward()
    del root
    return time.perf_counter() - start


def expect_equal_gradients(made: dict[str, Program]) -> None:
    """Stop unless each engine finds the gradients of ours."""
    ours = made["ours"][1]
    for name, (loss, parameters) in made.items():
        loss().backward()
        for p, q in zip(ours, parameters):
            if abs(p.grad - q.grad) > 1e-9 * max(1.0, abs(p.grad)):
                raise SystemExit(f"{name} disagrees: {q.grad} against {p.grad}")


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
        "record": (recorded - start) / length * 1e9,
        "backward": (swept - recorded) / length * 1e9,
        "free": (freed - swept) / length * 1e9,
        "bytes": grew / length,
    }


def peak_memory() -> int:
    """The largest resident size of this process so far, in bytes; 0 where it is not told."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would start from the size of the parent process
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def in_a_new_process(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def import_ms(rounds: int = 15) -> float:
    """The least milliseconds that `import autograd` adds to a new interpreter."""
    code = "import time; t = time.perf_counter(); import autograd; print(time.perf_counter() - t)"
    return min(float(in_a_new_process("-c", code)) for _ in range(rounds)) * 1e3


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--chain", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--collector-off", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.setrecursionlimit(10**5)  # the peers search their graphs by recursion
    if options.chain:
        if options.collector_off:
            gc.disable()
        for _ in range((10**5 - 1) // options.chain):  # warm up where one chain is too short to
            chain(options.chain)
        print(json.dumps(chain(options.chain)))
        return
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}")
    for program in (network, attention):
        for collect in (True, False):
            print_ratios(program, compared(program, options.rounds, collect), collect)
    print_chains()
    print(f"import autograd: {import_ms():.0f} ms")


def print_ratios(program: Callable[..., Any], found: dict[str, float], collect: bool) -> None:
    ours = found.pop("ours")
    ratios = [f"{ours / theirs:.2f} × {name}" for name, theirs in found.items()]
    state = "on" if collect else "off"
    print(f"{program.__name__}, collector {state}: {ours * 1e3:.1f} ms, {', '.join(ratios)}")


def print_chains() -> None:
    """What a node of a chain costs, by the length of the chain: the best of three runs of each."""
    for flags in ([], ["--collector-off"]):
        costs = {}
        for length in (10**3, 10**4, 10**5, 10**6):
            runs = []
            for _ in range(3):
                said = in_a_new_process("-m", "benchmarks.engine", *flags, "--chain", str(length))
                runs.append(json.loads(said))
            keys = ("record", "backward", "free")
            parts = [min(map(operator.itemgetter(key), runs)) for key in keys]
            costs[length] = sum(parts)
            split = "record {:.0f}, backward {:.0f}, free {:.0f} ns a node".format(*parts)
            memory = f", {runs[0]['bytes']:.0f} bytes a node at the peak" if length > 10**5 else ""
            print(f"chain of {length:>9,}: {split}{memory}")
        state = "off" if flags else "on"
        factor = costs[10**6] / costs[10**3]
        print(f"collector {state}: a node costs {factor:.2f} times as much in the longest chain")


if __name__ == "__main__":
    main()
