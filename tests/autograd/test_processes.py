"""What shows only in a process of its own: imports, hash seeds, the direction of the house."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import random
from autograd import Value, exp, sin
from nn import MLP
random.seed(3)
model = MLP(2, [4, 4, 1], "tanh")
loss = (model([0.3, -0.7]) - 1) ** 2 + exp(sin(model([0.1, 0.2])))
loss.backward()
print(loss.data.hex(), [p.grad.hex() for p in model.parameters()])
"""


def run(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_gradients_are_the_same_bits_under_every_hash_seed():
    assert len({run(PROGRAM, PYTHONHASHSEED=str(seed)) for seed in range(6)}) == 1


@pytest.mark.parametrize("package", ["autograd", "nn"])
def test_no_numpy_is_imported_nor_needed(package):
    unwanted = "{'numpy', 'hypothesis'}"
    run(f"import sys, {package}\nassert not {unwanted} & sys.modules.keys()")
    run("import sys; sys.modules['numpy'] = None\n" + PROGRAM)


def test_the_engine_imports_the_standard_library_alone():
    # Some packages have Python load modules of theirs whenever it starts; those are there before.
    code = "import sys\nbefore = {*sys.modules}\nimport autograd\nprint({*sys.modules} - before)"
    loaded = {name.partition(".")[0] for name in ast.literal_eval(run(code))}
    assert loaded - {*sys.stdlib_module_names} == {"autograd"}


def test_the_core_of_the_engine_imports_no_outer_part_of_it():
    folder = Path(importlib.util.find_spec("autograd").origin).parent
    outer = {"functional", "check", "strategies", "explain"}
    for core in (
        "op",
        "ieee",
        "ops",
        "value",
        "graph",
        "checks",
        "modes",
        "errors",
        "copying",
        "anomaly",
    ):
        for node in ast.walk(ast.parse((folder / f"{core}.py").read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.ImportFrom)
                and node.module
                and node.module.startswith("autograd.")
            ):
                assert node.module.split(".")[1] not in outer
