"""Plots of learning rates: a curve and an end for each, and a cross for what diverged."""

import math

import numpy as np
import pytest

from nn import MLP, TrainingError, fit
from viz import plots

from .figures import LINEAR, MOONS, legend, line, lines, rates_plot, regression

pytest.importorskip("matplotlib")


def run_of(rate):
    try:
        return fit(MLP([1, 1], rng=0), regression(), lr=rate, rng=0, progress=False, **LINEAR)
    except TrainingError as error:
        return error.history


def test_each_rate_has_its_curve_and_its_end():
    figure = rates_plot([0.1, 0.01])
    curves, ends = figure.axes
    for rate in (0.01, 0.1):
        assert lines(curves)[f"{rate:g}"][1].tolist() == run_of(rate).column("loss")
    assert [x.get_data() for x in ends.lines] == [
        ([rate], [run_of(rate)[-1].loss]) for rate in (0.01, 0.1)
    ]
    assert (ends.get_xscale(), ends.get_yscale()) == ("log", "log")
    assert legend(figure) == ["0.01", "0.1"]
    assert (curves.get_xlabel(), curves.get_ylabel()) == ("epoch", "training loss")
    assert (ends.get_xlabel(), ends.get_ylabel()) == ("learning rate", "final training loss")


def test_a_run_that_diverged_ends_in_a_cross():
    run = run_of(10.0)
    assert run.stopped == "diverged" and len(run) > 0
    figure = rates_plot()
    curves, ends = figure.axes
    assert lines(curves)["diverged"][0].tolist() == [len(run) - 1]
    assert lines(ends)["diverged"][0].tolist() == [10.0]
    assert line(ends, "diverged").get_marker() == "x"
    assert legend(figure) == ["0.01", "0.1", "10", "diverged"]
    assert curves.get_ylim()[1] < 100  # the others can be seen


def test_runs_that_all_diverged_at_once_leave_crosses_alone():
    X, y = regression()
    figure = plots.plot_learning_rates(
        lambda: MLP([1, 1], rng=0),
        ([[1e200 * x] for (x,) in X], y),
        [0.1, 1.0],
        loss="mse",
        epochs=2,
    )
    curves, ends = figure.axes
    assert lines(ends)["diverged"][0].tolist() == [0.1, 1.0] and lines(curves)["diverged"].size == 0
    assert ends.get_yticks().size == 0


def test_rates_are_told_the_settings_of_fit():
    calls = []
    plots.plot_learning_rates(
        lambda: MLP([2, 2], rng=0),
        MOONS,
        [0.1],
        epochs=3,
        batch_size=40,
        callbacks=[lambda model, history: calls.append(len(history))],
    )
    assert calls == [1, 2, 3]


def test_one_ctrl_c_ends_all_the_runs():
    made = []

    def interrupt(model, history):
        made.append(model)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plots.plot_learning_rates(
            lambda: MLP([2, 2], rng=0), MOONS, [0.1, 0.2, 0.3], callbacks=[interrupt]
        )
    assert len(made) == 1


SAME = MLP([2, 2])


@pytest.mark.parametrize(
    ("make", "rates", "settings", "kind", "parts"),
    [
        (lambda: MLP([2, 2]), [], {}, ValueError, ["positive and finite", "got []"]),
        (lambda: MLP([2, 2]), [0.1, 0.0], {}, ValueError, ["positive and finite", "0.0"]),
        (lambda: MLP([2, 2]), [math.inf], {}, ValueError, ["positive and finite", "inf"]),
        (lambda: MLP([2, 2]), 0.1, {}, TypeError, ["list of learning rates", "0.1"]),
        (lambda: MLP([2, 2]), ["a"], {}, TypeError, ["plot_learning_rates(rates)"]),
        (lambda: MLP([2, 2]), [0.1], {"lr": 0.2}, TypeError, ["as rates", "lr=0.2"]),
        (
            lambda: MLP([2, 2]),
            [0.1],
            {"epoch": 3},
            TypeError,
            ["unexpected keyword argument 'epoch'"],
        ),
        (lambda: SAME, [0.1, 0.2], {}, TypeError, ["new Module at each call", "lambda: MLP"]),
        (MLP([2, 2]), [0.1], {}, TypeError, ["new Module at each call", "MLP([2, 2]"]),
        (lambda: 3, [0.1], {}, TypeError, ["new Module at each call"]),
    ],
)
def test_rates_that_cannot_be_tried(make, rates, settings, kind, parts):
    with pytest.raises(kind) as error:
        plots.plot_learning_rates(make, MOONS, rates, **settings)
    assert [part for part in parts if part not in str(error.value)] == []


# B10: details that a reader stumbled over.


def test_a_rate_that_shot_off_the_top_unsaid_has_an_arrow_there():
    figure = rates_plot([1e-3, 3.0], epochs=6)
    arrows = [note for note in figure.axes[0].texts if note.arrow_patch is not None]
    top = figure.axes[0].get_ylim()[1]
    above = [line for line in figure.axes[0].lines if (np.asarray(line.get_ydata()) > top).any()]
    assert len(arrows) == len(above) == 1
    calm = rates_plot([1e-3, 1e-2])
    assert not [note for note in calm.axes[0].texts if note.arrow_patch is not None]
