"""The progress bar of a training, and streams that take none."""

import os
import shlex
import subprocess
import sys

import pytest

from nn import MLP, data, fit, steps

from .fits import MOONS, ROOT, tiny


def test_the_bar_goes_to_stderr_and_shows_the_loss(capfd):
    history = fit(tiny(), MOONS, epochs=3, rng=0)
    out, err = capfd.readouterr()
    assert (
        out == ""
        and "3/3" in err
        and f"loss={history[-1].loss:.4g}" in err
        and f"accuracy={history[-1].accuracy:.4g}" in err
    )


def test_without_progress_nothing_is_printed(capfd):
    fit(tiny(), MOONS, epochs=1, rng=0, progress=False)
    list(steps(tiny(), MOONS, epochs=1, rng=0))
    assert capfd.readouterr() == ("", "")


# N4: a progress bar on a stream that takes nothing ended the training.


@pytest.mark.skipif(os.name == "nt", reason="shells and devices are others on Windows")
@pytest.mark.parametrize("stderr", ["2>&-", "2</dev/null", "2>/dev/full"])
def test_a_standard_error_that_takes_nothing_costs_the_bar_and_not_the_training(stderr):
    if "full" in stderr and not os.path.exists("/dev/full"):
        pytest.skip("there is no device that is full")
    program = "from nn import *; print(len(fit(MLP([2, 2], rng=0), data.xor(), epochs=3)))"
    command = f'{shlex.quote(sys.executable)} -c "{program}" {stderr}'
    done = subprocess.run(command, shell=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (0, "3\n")


def test_without_standard_error_there_is_no_bar(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert len(fit(MLP([2, 2], rng=0), data.moons(8, rng=0), epochs=2)) == 2


def test_with_standard_error_there_is_a_bar_that_counts_the_steps(capsys):
    fit(MLP([2, 2], rng=0), data.moons(8, rng=0), epochs=2, batch_size=4)
    assert "4/4" in capsys.readouterr().err
