"""How long each section of the lesson takes, to its first result on the screen and to its end.

Each section runs as a separate program.

python -m benchmarks.lesson          # all sections
python -m benchmarks.lesson 2 8
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time

from demos import SECTIONS

WANTED = 2.0
"""Seconds until there is something to look at."""


def seconds(name: str, folder: str) -> tuple[float, float]:
    """Seconds from the start of a process to its first number, table or picture, and to its end."""
    start, first = time.perf_counter(), None
    command = [sys.executable, "-u", "-X", "utf8", "-m", "demos", name, "--out", folder]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        for line in process.stdout:
            if first is None and line.startswith("  "):  # the idea stands at the margin
                first = time.perf_counter() - start
    if process.returncode or first is None:
        raise SystemExit(f"python -m demos {name} failed")
    return first, time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = {name: seconds(name, folder) for name in sys.argv[1:] or SECTIONS}
    for name, (first, whole) in found.items():
        print(f"{name:>7}: first result after {first:.1f} s, whole {whole:.1f} s")
    slowest = max(first for first, _ in found.values())
    print(
        f"all: {sum(whole for _, whole in found.values()):.0f} s; "
        f"slowest first result {slowest:.1f} s (wanted: {WANTED:g})"
    )


if __name__ == "__main__":
    main()
