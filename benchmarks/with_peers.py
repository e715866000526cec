"""Run a benchmark with its peers, in .venv-bench, which is created here if it does not exist.

    python benchmarks/with_peers.py compile
    python benchmarks/with_peers.py engine --rounds 3

The peers and their versions are those of benchmarks/requirements.txt; your
own environment stays as it is.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROOM = ROOT / ".venv-bench"


def python_of(room: Path) -> Path:
    return room / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def main() -> None:
    if len(sys.argv) < 2 or not (ROOT / "benchmarks" / f"{sys.argv[1]}.py").exists():
        names = sorted(
            path.stem
            for path in (ROOT / "benchmarks").glob("*.py")
            if path != Path(__file__).resolve()
        )
        raise SystemExit(f"which benchmark? Name one of {', '.join(names)}")
    python = python_of(ROOM)
    if not python.exists():
        print(f"making {ROOM.name} with the peers of benchmarks/requirements.txt", flush=True)
        venv.create(ROOM, with_pip=True)
    subprocess.run(
        [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            f"{ROOT}[test]",
            "-r",
            ROOT / "benchmarks" / "requirements.txt",
        ],
        check=True,
    )
    alone = dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    )  # one thread each
    raise SystemExit(
        subprocess.run(
            [python, "-m", f"benchmarks.{sys.argv[1]}", *sys.argv[2:]],
            cwd=ROOT,
            env={**os.environ, **alone},
        ).returncode
    )


if __name__ == "__main__":
    main()
