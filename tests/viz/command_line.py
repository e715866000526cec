"""The command line as its tests run it: within this process or in one of its own."""

import os
import subprocess
import sys
from pathlib import Path

from autograd import Value
from viz.cli.main import main

ROOT = Path(__file__).resolve().parents[2]
NEURON = ["tanh(w*x + b)", "w=2", "x=-1", "b=0.5"]
WRITERS = {
    "draw": [*NEURON, "-o", "file.svg"],
    "draw json": [*NEURON, "-o", "file.json"],
    "player": [*NEURON, "-o", "file.html"],
    "quiz": [*NEURON, "-o", "file.html"],
    "network": ["3,4,2", "-o", "file.svg"],
}


def files():
    return sorted(path.name for path in Path().iterdir())


def run(capsys, *arguments):
    """Exit code, output, errors."""
    try:
        code = main(list(arguments))
    except SystemExit as exit:
        code = exit.code
    return code, *capsys.readouterr()


def neuron():
    w, x, b = Value(2.0, "w"), Value(-1.0, "x"), Value(0.5, "b")
    root = (w * x + b).tanh()
    root.backward()
    return root, w


def process(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(
        [sys.executable, "-m", "viz", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        **options,
    )
