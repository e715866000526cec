"""Plots of activations: the curve, its slope, and where it is steepest."""

import math

import numpy as np
import pytest

from autograd import Value, add_op
from viz import plots, style
from viz.plots import curves

from .figures import line, lines

pytest.importorskip("matplotlib")

FORMULAS = {
    "relu": (lambda x: max(x, 0.0), lambda x: float(x > 0)),
    "tanh": (math.tanh, lambda x: 1 / math.cosh(x) ** 2),
    "sigmoid": (lambda x: 1 / (1 + math.exp(-x)), lambda x: 1 / (2 + math.exp(x) + math.exp(-x))),
    "softplus": (lambda x: math.log(1 + math.exp(x)), lambda x: 1 / (1 + math.exp(-x))),
}


def without_gaps(line):
    """The numbers of a line, without those that stand twice at a jump."""
    x, y = line
    return y[np.append(np.diff(x) > 0, True)]


@pytest.mark.parametrize("name", FORMULAS)
def test_a_curve_and_its_slope_are_those_of_the_function(name):
    (panel,) = plots.plot_activations(name).axes
    f, slope = FORMULAS[name]
    shown = lines(panel)
    x, y = shown["f(x)"]
    assert (x[0], x[-1], len(x)) == (-4, 4, 401)
    assert y == pytest.approx([f(z) for z in x], abs=1e-14)
    drawn = without_gaps(shown["slope f′(x) ≥ 0"])
    assert drawn == pytest.approx([slope(z) for z in x], abs=1e-14)
    assert np.isnan(shown["slope f′(x) < 0"][1]).all()


@pytest.mark.parametrize("name", plots.ACTIVATIONS)
def test_every_slope_is_that_of_the_curve(name):
    (panel,) = plots.plot_activations([name]).axes
    shown = lines(panel)
    x, y = shown["f(x)"]
    up, down = (without_gaps(shown[f"slope f′(x) {sign} 0"]) for sign in "≥<")
    slope = np.where(np.isnan(up), down, up)
    smooth = (x[1:-1] < -0.03) | (x[1:-1] > 0.03)  # not across a kink
    assert np.abs(slope[1:-1] - (y[2:] - y[:-2]) / (x[2:] - x[:-2]))[smooth].max() < 1e-3


@pytest.mark.parametrize(
    ("name", "at", "largest"),
    [
        ("sigmoid", 0.0, "0.25"),
        ("tanh", 0.0, "1"),
        ("relu", 0.02, "1"),
        ("gelu", math.sqrt(2), "1.13"),
        ("softplus", 4.0, "0.982"),
    ],
)
def test_the_largest_slope_is_marked_with_its_number(name, at, largest):
    (panel,) = plots.plot_activations(name).axes
    (x,), (y,) = lines(panel)["largest |f′|"]
    assert (x, y) == (pytest.approx(at, abs=0.01), pytest.approx(float(largest), abs=0.005))
    assert (panel.get_title(), panel.get_title("left"), panel.get_title("right")) == (
        "",
        name,
        f"max |f′| = {largest}",
    )


def test_the_slope_comes_from_the_engine():
    wrong = add_op("wrong", lambda x: x * x, lambda x, out: (7.0,))
    for given in ("wrong", wrong):
        (panel,) = plots.plot_activations(given).axes
        assert {*lines(panel)["slope f′(x) ≥ 0"][1]} == {7.0}


def test_functions_of_one_value_are_drawn_too():
    def bump(x):
        return 1 / (1 + x * x)

    figure = plots.plot_activations([bump, lambda x: x * 2], -1, 1)
    assert [panel.get_title("left") for panel in figure.axes] == ["bump", "f"]
    shown = lines(figure.axes[0])
    assert shown["slope f′(x) < 0"][1][-1] == pytest.approx(-0.5)
    assert shown["slope f′(x) ≥ 0"][1][0] == pytest.approx(0.5)
    assert line(figure.axes[0], "slope f′(x) < 0").get_color() == style.LIGHT.negative
    assert line(figure.axes[0], "slope f′(x) ≥ 0").get_color() == style.LIGHT.positive


def test_nan_and_inf_are_left_out_and_a_pole_does_not_flatten_the_rest():
    figure = plots.plot_activations(["log", "tanh"], -2, 2)
    x, y = lines(figure.axes[0])["f(x)"]
    assert np.isnan(y[x <= 0]).all() and np.isfinite(y[x > 0]).all()
    assert figure.axes[0].get_title("right") == "max |f′| = 100"
    bottom, top = figure.axes[0].get_ylim()
    assert -10 < bottom < -1 and 1 < top < 10


def test_nothing_finite_is_an_empty_panel():
    (panel,) = plots.plot_activations("log", -2, -1).axes
    assert panel.get_title("right") == ""


@pytest.mark.parametrize("n", [1, 3, 5, 9])
def test_there_is_a_panel_for_each_and_the_lowest_ones_tell_x(n):
    figure = plots.plot_activations(["tanh"] * n)
    assert len(figure.axes) == n
    assert [panel.get_xlabel() for panel in figure.axes] == [""] * (n - min(n, 4)) + ["x"] * min(
        n, 4
    )


@pytest.mark.parametrize(
    ("arguments", "kind", "parts"),
    [
        ((["tangh"],), ValueError, ["'tangh'", "autograd.OPS", "'tanh'"]),
        ((["mul"],), ValueError, ["one input", "mul takes 2", "lambda x: mul(x, 2.0)"]),
        (([],), ValueError, ["at least one", "none"]),
        (([3.0],), TypeError, ["names of ops", "3.0"]),
        ((3.0,), TypeError, ["names of ops", "3.0"]),
        (("tanh", 1.0, 1.0), ValueError, ["low < high", "1.0 and 1.0"]),
        (("tanh", 0.0, math.inf), ValueError, ["finite", "inf"]),
        (("tanh", "a"), TypeError, ["plot_activations(low)"]),
    ],
)
def test_what_cannot_be_drawn_as_an_activation(arguments, kind, parts):
    with pytest.raises(kind) as error:
        plots.plot_activations(*arguments)
    assert [part for part in parts if part not in str(error.value)] == []


# B10: details that a reader stumbled over.


def test_a_slope_whose_jump_was_a_line_has_a_gap_there():
    for name, jumps in (("relu", True), ("leaky_relu", True), ("tanh", False), ("gelu", False)):
        (panel,) = plots.plot_activations(name).axes
        _, y = lines(panel)["slope f′(x) ≥ 0"]
        inside = y[np.flatnonzero(~np.isnan(y))[0] : np.flatnonzero(~np.isnan(y))[-1]]
        assert np.isnan(inside).any() == (jumps and name != "gelu")


def test_panels_that_one_scale_squashed_have_their_own():
    figure = plots.plot_activations(["sigmoid", "relu"])
    tops = [panel.get_ylim()[1] for panel in figure.axes]
    assert tops[0] < 1.2 < 3.5 < tops[1]


def test_a_slope_below_zero_is_dashed_and_hatched():
    panel = plots.plot_activations("sin").axes[0]
    up, down = line(panel, "slope f′(x) ≥ 0"), line(panel, "slope f′(x) < 0")
    assert (up.get_linestyle(), down.get_linestyle()) == ("-", "--")
    assert [x.get_hatch() for x in panel.collections] == [None, "////"]


def test_an_activation_of_a_value_is_not_changed_by_being_drawn():
    x = Value(0.5)
    seen = []
    plots.plot_activations(lambda z: seen.append(z) or z * x)
    assert x.grad == 0.0 and len(seen) == curves.POINTS
