"""Plots: what they show is what happened, readable in both themes, the same bytes every time.

They use no pyplot, and leave no trace in the settings of matplotlib.
"""

import itertools
import math
import os
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest

from autograd import Value, add_op
from nn import (
    MLP,
    Dataset,
    Epoch,
    History,
    Layer,
    Module,
    TrainingError,
    data,
    fit,
    losses,
    predict,
)

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.text import Text  # noqa: E402

from viz import plots, style  # noqa: E402
from viz.plots import curves  # noqa: E402
from viz.plots import style as plot_style  # noqa: E402

from .sight import difference, lab  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
MOONS = data.moons(40, noise=0.2, rng=0)
THEMES = ["light", "dark"]


def trained(sizes=(2, 4, 4, 2), samples=MOONS, **settings):
    model = MLP(list(sizes), rng=0)
    return model, fit(
        model, samples, **{"epochs": 5, "lr": 0.05, "rng": 0, "progress": False, **settings}
    )


@pytest.fixture(scope="module")
def moons():
    return trained(validation=0.3, schedule="cosine")


@pytest.fixture(scope="module")
def gallery(moons):
    """One of each plot, by theme."""
    model, history = moons

    def one_of_each(theme):
        return {
            "activations": plots.plot_activations(theme=theme),
            "one activation": plots.plot_activations("sigmoid", theme=theme),
            "five activations": plots.plot_activations(
                ["tanh", "log", "abs", "sin", "exp"], theme=theme
            ),
            "history": plots.plot_history(history, theme=theme),
            "boundary": plots.plot_boundary(model, MOONS, resolution=12, theme=theme),
            "three classes": plots.plot_boundary(
                MLP([2, 3], rng=0), data.blobs(30, rng=0), resolution=12, theme=theme
            ),
            "gradient flow": plots.plot_gradient_flow(history, theme=theme),
            "learning rates": rates_plot(theme=theme),
        }

    return {theme: one_of_each(theme) for theme in THEMES}


def regression():
    X = [[i / 10] for i in range(-10, 10)]
    return Dataset(X, [x * x for (x,) in X])


LINEAR = {"loss": "mse", "optimizer": "sgd", "batch_size": 1, "epochs": 8}


def rates_plot(rates=(0.01, 0.1, 10.0), **settings):
    """The largest of these rates diverges."""
    return plots.plot_learning_rates(
        lambda: MLP([1, 1], rng=0), regression(), rates, **LINEAR | settings
    )


def lines(axes):
    """The points of each line, by its label."""
    return {line.get_label(): np.array(line.get_data(), float) for line in axes.lines}


def line(axes, label):
    return next(x for x in axes.lines if x.get_label() == label)


def legend(figure):
    boxes = [axes.get_legend() for axes in figure.axes] + figure.legends
    return [text.get_text() for box in boxes if box for text in box.get_texts()]


# Activations.

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


# Histories.


def made(**columns):
    """A history with these columns, by hand."""
    n = len(next(iter(columns.values())))
    blank = {
        "accuracy": None,
        "lr": 0.1,
        "grad_norms": {},
        "update_ratios": {},
        "deltas": {},
        "dead": {},
        "saturated": {},
    }
    epochs = []
    for i in range(n):
        now = {name: column[i] for name, column in columns.items()}
        epochs.append(Epoch(epoch=i, **blank | now))
    return History(epochs)


def test_a_history_is_shown_number_by_number(moons):
    _, history = moons
    loss, accuracy, rate = plots.plot_history(history).axes
    for axes, name in ((loss, "loss"), (accuracy, "accuracy")):
        shown = lines(axes)
        assert shown["training"].tolist() == [[0, 1, 2, 3, 4], history.column(name)]
        assert shown["validation"].tolist() == [[0, 1, 2, 3, 4], history.column(f"val_{name}")]
    assert rate.lines[0].get_ydata().tolist() == history.column("lr")
    assert [(axes.get_xlabel(), axes.get_ylabel()) for axes in (loss, accuracy, rate)] == [
        ("epoch", "loss"),
        ("epoch", "accuracy"),
        ("epoch", "learning rate"),
    ]


def test_the_epoch_of_the_least_validation_loss_is_marked():
    history = made(
        loss=[4.0, 3.0, 2.0, 1.0],
        val_loss=[4.0, 2.5, 3.0, 3.5],
        accuracy=[0.1, 0.2, 0.3, 0.4],
        val_accuracy=[0.1, 0.6, 0.9, 0.5],
    )
    loss, accuracy = plots.plot_history(history).axes
    assert lines(loss)["least validation loss: 2.5, epoch 1"].tolist() == [[1], [2.5]]
    assert lines(accuracy)["at that epoch: 60%"].tolist() == [[1], [0.6]]


def test_without_validation_there_is_one_curve():
    figure = plots.plot_history(made(loss=[3.0, 2.0]))
    assert legend(figure) == ["training"] and len(figure.axes) == 1


def test_validation_that_began_late_or_was_nan_is_judged_where_it_is_known():
    (loss,) = plots.plot_history(made(loss=[3.0, 2.0, 1.0], val_loss=[None, math.nan, 2.0])).axes
    assert lines(loss)["least validation loss: 2, epoch 2"].tolist() == [[2], [2.0]]


@pytest.mark.parametrize(
    ("losses", "scale"),
    [
        ([10.0, 1.0], "linear"),
        ([10.1, 1.0], "log"),
        ([5.0, 0.0], "linear"),
        ([-30.0, 2.0], "linear"),
        ([1.0, 1e-9], "log"),
        ([2.0], "linear"),
    ],
)
def test_the_loss_is_on_a_log_scale_if_it_spans_more_than_a_decade(losses, scale):
    assert plots.plot_history(made(loss=losses)).axes[0].get_yscale() == scale


def test_validation_counts_for_the_scale():
    assert (
        plots.plot_history(made(loss=[1.0, 0.5], val_loss=[1.0, 20.0])).axes[0].get_yscale()
        == "log"
    )


@pytest.mark.parametrize("plot", [plots.plot_history, plots.plot_gradient_flow])
def test_only_a_history_with_epochs_can_be_shown(plot):
    with pytest.raises(TypeError, match=r"takes a History, which nn.fit returns, got list"):
        plot([1.0, 0.5])
    with pytest.raises(
        ValueError, match=r"at least one epoch, got History\(no epochs\): train first"
    ):
        plot(History())


# Gradient flow.


def test_gradients_are_shown_layer_by_layer(moons):
    _, history = moons
    figure = plots.plot_gradient_flow(history)
    shown = dict(zip(("grad_norms", "deltas", "update_ratios", "dead", "saturated"), figure.axes))
    for field, axes in shown.items():
        assert list(lines(axes)) == ["layers.0", "layers.1", "layers.2"]
        for name, (x, y) in lines(axes).items():
            assert x.tolist() == [0, 1, 2, 3, 4]
            assert y.tolist() == pytest.approx(
                [of_layer.get(name, math.nan) for of_layer in history.column(field)], nan_ok=True
            )
    assert [axes.get_yscale() for axes in shown.values()] == ["log"] * 3 + ["linear"] * 2
    assert all(axes.get_xlabel() == "epoch" and axes.get_ylabel() for axes in shown.values())
    assert legend(figure) == ["layers.0", "layers.1", "layers.2"]


def test_layers_come_in_the_order_of_their_numbers_with_a_look_of_their_own():
    names = {f"layers.{i}": 1.0 for i in (10, 9, 2, 1)} | {"head": 1.0}
    figure = plots.plot_gradient_flow(made(loss=[1.0], grad_norms=[names]))
    assert legend(figure) == ["head", "layers.1", "layers.2", "layers.9", "layers.10"]
    looks = [(x.get_color(), x.get_marker()) for x in figure.axes[0].lines]
    assert [len({*column}) for column in zip(*looks)] == [5, 5]


def test_zeros_are_left_out_of_log_scales_and_nothing_but_zeros_is_no_log_scale():
    zero, some = {"layers.0": 0.0}, {"layers.0": 2.0}
    figure = plots.plot_gradient_flow(
        made(
            loss=[1.0, 1.0, 1.0],
            grad_norms=[some, {"layers.0": 4.0}, zero],
            deltas=[zero] * 3,
            dead=[zero] * 3,
        )
    )
    norms, deltas, _, dead = figure.axes[:4]
    assert norms.get_yscale() == "log" and deltas.get_yscale() == "linear"
    assert lines(norms)["layers.0"][1].tolist() == pytest.approx([2, 4, math.nan], nan_ok=True)
    assert lines(dead)["layers.0"][1].tolist() == [0, 0, 0]


def test_a_model_that_is_one_layer_has_a_name_too():
    model = Layer(2, 2, "identity", rng=0)
    history = fit(model, MOONS, epochs=1, rng=0, progress=False)
    assert "" not in legend(plots.plot_gradient_flow(history))


def test_a_history_without_layers_has_no_flow():
    with pytest.raises(
        ValueError,
        match=r"needs a history of layers, got none: train with nn.fit, or watch with nn.Monitor",
    ):
        plots.plot_gradient_flow(made(loss=[1.0]))


# Decision boundaries.


class Fixed(Module):
    """A model whose outputs are a formula of its two inputs."""

    def __init__(self, f):
        self.f = f

    def forward(self, x):
        return self.f(*x)


SQUARE = Dataset(
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]],
    [0, 0, 1, 1],
    ("width", "height"),
    ("low", "high"),
)


def offsets(axes):
    return {
        x.get_label(): np.asarray(x.get_offsets()).tolist()
        for x in axes.collections
        if x.get_label()[:1] != "_"
    }


@pytest.fixture
def contours(monkeypatch):
    """The arguments and results of every contour and contourf."""
    from matplotlib.axes import Axes

    seen = []

    def spy(name):
        method = getattr(Axes, name)

        def spied(self, *args, **options):
            made = method(self, *args, **options)
            seen.append((name, args, options, made))
            return made

        monkeypatch.setattr(Axes, name, spied)

    spy("contour")
    spy("contourf")
    return seen


@pytest.mark.parametrize(
    ("loss", "targets", "output"),
    [
        ("cross_entropy", [0, 1], lambda a, b: [0.0 * a, 4 * (a - 0.3)]),
        ("bce_with_logits", [0, 1], lambda a, b: 4 * (a - 0.3)),
        ("bce", [0, 1], lambda a, b: 1 / (1 + math.exp(-4 * (a - 0.3)))),
        (losses.hinge, [-1, 1], lambda a, b: a - 0.3),
    ],
)
def test_the_boundary_is_where_the_decision_changes(contours, loss, targets, output):
    X = [[0.0, 0.0], [1.0, 1.0]]
    plots.plot_boundary(Fixed(output), (X, targets), loss, resolution=40)
    edges = [made for name, _, _, made in contours if name == "contour"]
    assert len(edges) == 2
    for edge in edges:
        points = np.concatenate([segment for segments in edge.allsegs for segment in segments])
        assert points[:, 0] == pytest.approx(0.3, abs=0.01)
        assert points[:, 1].min() == pytest.approx(-0.1) and points[:, 1].max() == pytest.approx(
            1.1
        )


def test_shades_are_leads_in_probability(contours):
    model = Fixed(lambda a, b: [a, 2 * b, 0.5])
    plots.plot_boundary(model, ([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]], [2, 0, 1]), resolution=7)
    fills = [(args, options) for name, args, options, _ in contours if name == "contourf"]
    assert len(fills) == 3
    across, up, _ = fills[0][0]
    for i, j in itertools.product(range(7), repeat=2):
        e = np.exp([across[j], 2 * up[i], 0.5])
        p = e / e.sum()
        for c, ((_, _, lead), options) in enumerate(fills):
            assert lead[i, j] == pytest.approx(
                p[c] - max(p[k] for k in range(3) if k != c), abs=1e-12
            )
            assert options["levels"][:4] == [0, 0.25, 0.5, 0.75]


def test_a_hinge_has_plain_regions_and_says_nothing_of_probability(contours):
    figure = plots.plot_boundary(
        Fixed(lambda a, b: a - 0.5), (SQUARE.X, [-1, -1, 1, 1]), "hinge", resolution=5
    )
    assert [len(options["colors"]) for name, _, options, _ in contours if name == "contourf"] == [
        1,
        1,
    ]
    assert figure.axes[0].get_legend().get_title().get_text() == ""
    assert legend(figure)[:2] == ["class −1", "class 1"]


def test_samples_have_a_marker_for_each_class_and_a_ring_where_they_are_wrong():
    axes = plots.plot_boundary(Fixed(lambda a, b: [0.5, b]), SQUARE, resolution=5).axes[0]
    assert offsets(axes) == {
        "class low": [[0, 0], [0, 1]],
        "class high": [[1, 0], [1, 1]],
        "misclassified: 2 of 4": [[0, 1], [1, 0]],
    }
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("width", "height")
    low, high = [x for x in axes.collections if x.get_label().startswith("class")]
    assert low.get_paths()[0].vertices.tolist() != high.get_paths()[0].vertices.tolist()
    colours = [to_hex(x.get_facecolor()[0]).upper() for x in (low, high)]
    assert colours == list(plot_style.THEMES["light"].cycle[:2])


def test_class_0_looks_the_same_with_two_classes_and_with_three():
    looks = []
    for count in (2, 3):
        model = MLP([2, count], rng=0)
        axes = plots.plot_boundary(model, data.blobs(30, count, rng=0), resolution=5).axes[0]
        scatters = [x for x in axes.collections if x.get_label().startswith("class")]
        faces = [to_hex(x.get_facecolor()[0]) for x in scatters]
        shapes = [x.get_paths()[0].vertices.tolist() for x in scatters]
        looks.append(list(zip(faces, shapes)))
    assert looks[0] == looks[1][:2]


def test_no_demo_paints_anything_in_the_colours_of_a_sign():
    demos = sorted((ROOT / "demos").glob("*.py"))
    assert len(demos) > 10
    for path in demos:
        assert not re.search(r"colours\.(positive|negative)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("theme", THEMES)
def test_no_class_has_the_blue_or_orange_of_a_sign(theme):
    colours = plot_style.THEMES[theme]
    for own in (*colours.cycle, colours.training, colours.validation):
        assert min(difference(own, sign) for sign in (colours.positive, colours.negative)) > 15


def test_training_is_solid_and_validation_dashed_in_neutral_colours(moons):
    loss = plots.plot_history(moons[1]).axes[0]
    training, validation = line(loss, "training"), line(loss, "validation")
    assert (training.get_linestyle(), validation.get_linestyle()) == ("-", "--")
    assert (training.get_marker(), validation.get_marker()) == ("o", "s")
    light = plot_style.THEMES["light"]
    assert [x.get_color() for x in (training, validation)] == [light.training, light.validation]
    assert difference(light.training, light.validation, "grey") > 20
    for colour in (light.training, light.validation):
        _, a, b = lab(colour)
        assert math.hypot(a, b) < 10


# Names are names.


def shown_texts(figure):
    """What is written, as it is drawn: mathematics would be a path of other letters."""
    figure.draw_without_rendering()
    written = [text for text in figure.findobj(Text) if text.get_text()]
    return {text._preprocess_math(text.get_text()) for text in written}


NAMES = ["US$/kg vs US$/l", "$$", "$", r"\$x$", "$\\alpha$", "a_b^c", "100%"]


@pytest.mark.parametrize("name", NAMES)
def test_a_dollar_in_a_name_is_a_dollar_and_no_mathematics(name):
    samples = Dataset(SQUARE.X, SQUARE.y, (name, "height"), ("low", name))
    figure = plots.plot_boundary(MLP([2, 2], rng=0), samples, resolution=4)
    assert {(name, False), (f"class {name}", False)} <= shown_texts(figure)
    assert plots.svg(figure)

    def f(x):
        return x * 2

    f.__name__ = name
    assert (name, False) in shown_texts(plots.plot_activations(f))
    flow = plots.plot_gradient_flow(made(loss=[1.0], grad_norms=[{name: 1.0}]))
    assert (name, False) in shown_texts(flow)


def test_a_name_is_one_line_and_not_longer_than_40_letters():
    samples = Dataset(SQUARE.X, SQUARE.y, ("w" * 90, "a\nb\x00"))
    axes = plots.plot_boundary(MLP([2, 2], rng=0), samples, resolution=4).axes[0]
    assert axes.get_xlabel() == "w" * 39 + "…"
    assert axes.get_ylabel() == "a\ufffdb\ufffd"


def test_signs_at_ticks_and_in_legends_are_minus_signs():
    assert plot_style._tick(1e-05) == "1e−05"
    figure = plots.plot_history(made(loss=[-1.0, -2.0], val_loss=[-1.0, -2.5]))
    assert "least validation loss: −2.5, epoch 1" in legend(figure)
    assert "1e−05" in legend(rates_plot([1e-5, 0.1]))


# Axes of the caller.


def plots_of_all(moons, **options):
    """Every public plot, with the number of its panels."""
    model, history = moons
    return {
        "plot_activations": (lambda ax: plots.plot_activations("tanh", ax=ax, **options), 1),
        "plot_history": (lambda ax: plots.plot_history(history, ax=ax, **options), 3),
        "plot_gradient_flow": (lambda ax: plots.plot_gradient_flow(history, ax=ax, **options), 5),
        "plot_boundary": (
            lambda ax: plots.plot_boundary(model, MOONS, resolution=5, ax=ax, **options),
            1,
        ),
        "plot_learning_rates": (lambda ax: rates_plot(ax=ax, **options), 2),
    }


def test_every_public_plot_takes_axes(moons):
    public = {name for name in plots.__all__ if name.startswith("plot_")}
    assert {*plots_of_all(moons)} == public


@pytest.mark.parametrize("name", [name for name in plots.__all__ if name.startswith("plot_")])
def test_a_plot_is_drawn_into_the_axes_of_the_caller(moons, name):
    plot, count = plots_of_all(moons)[name]
    figure = Figure(figsize=(4, 3))
    left, right = figure.subplots(1, 2)
    settings = dict(matplotlib.rcParams)
    assert plot(left) is figure
    assert left.has_data() and not right.has_data()
    assert left.get_legend() is not None and left.get_xlabel()
    assert (list(figure.axes), figure.get_size_inches().tolist()) == ([left, right], [4, 3])
    assert dict(matplotlib.rcParams) == settings
    several = Figure().subplots(2, 3)
    assert plot(several) is several[0, 0].figure
    assert [axes.has_data() for axes in several.flat] == [True] * count + [False] * (6 - count)


def test_axes_in_a_part_of_a_figure_give_the_whole_figure():
    figure = Figure()
    part = figure.subfigures(1, 2)[1]
    assert plots.plot_activations("tanh", ax=part.add_subplot()) is figure


@pytest.mark.parametrize(
    ("ax", "said"),
    [
        (3, "ax must be a matplotlib Axes, or a list of them, one for each panel, got 3"),
        ("ax", "ax must be a matplotlib Axes, or a list of them, one for each panel, got 'ax'"),
        ([], "ax must be a matplotlib Axes, or a list of them, one for each panel, got an empty"),
        ([None], "ax must be a matplotlib Axes, or a list of them, one for each panel, got None"),
    ],
)
def test_what_is_no_axes_is_refused(ax, said):
    with pytest.raises(TypeError, match=re.escape(said)):
        plots.plot_activations("tanh", ax=ax)


# C6: panels without Axes were left out, and nothing said so.


@pytest.mark.parametrize("name", ["plot_history", "plot_gradient_flow"])
def test_fewer_axes_than_panels_that_dropped_some_are_refused_unless_it_is_one(moons, name):
    plot, count = plots_of_all(moons)[name]
    several = list(Figure().subplots(1, 2).flat)
    said = f"ax must have an Axes for each of {count} panels, got 2: give one, for the first panel"
    with pytest.raises(ValueError, match=said):
        plot(several)


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


def test_percent_that_said_100_0_says_100():
    figure = plots.plot_history(
        made(loss=[1.0], accuracy=[1.0], val_loss=[1.0], val_accuracy=[1.0])
    )
    assert "at that epoch: 100%" in legend(figure)
    assert plot_style._percent(0.5) == "50%" and plot_style.percent(0.8333) == "83.3%"


def test_a_legend_that_stood_twice_stands_once(moons):
    said = legend(plots.plot_history(moons[1]))
    assert said.count("training") == said.count("validation") == 1


def test_epochs_that_were_counted_in_eights_are_counted_in_ones_twos_and_fives():
    figure = plots.plot_history(made(loss=[1.0] * 41))
    ticks = [tick for tick in figure.axes[0].get_xticks() if 0 <= tick <= 40]
    assert ticks == [0, 10, 20, 30, 40]


def test_a_rate_that_shot_off_the_top_unsaid_has_an_arrow_there():
    figure = rates_plot([1e-3, 3.0], epochs=6)
    arrows = [note for note in figure.axes[0].texts if note.arrow_patch is not None]
    top = figure.axes[0].get_ylim()[1]
    above = [line for line in figure.axes[0].lines if (np.asarray(line.get_ydata()) > top).any()]
    assert len(arrows) == len(above) == 1
    calm = rates_plot([1e-3, 1e-2])
    assert not [note for note in calm.axes[0].texts if note.arrow_patch is not None]


def test_colours_of_the_light_theme_that_were_near_black_are_not():
    for colour in plot_style.THEMES["light"].cycle:
        assert lab(colour)[0] > 30


def test_plots_prefer_the_type_of_the_drawings_to_the_one_of_matplotlib():
    assert plot_style.FONTS == ("Arial", "Liberation Sans", "Helvetica", "DejaVu Sans")


def test_functions_without_axes_for_each_are_refused():
    with pytest.raises(ValueError, match="needs an Axes for each of its 2 functions, got 1"):
        plots.plot_activations(["tanh", "relu"], ax=Figure().add_subplot())


def test_a_slope_below_zero_is_dashed_and_hatched():
    panel = plots.plot_activations("sin").axes[0]
    up, down = line(panel, "slope f′(x) ≥ 0"), line(panel, "slope f′(x) < 0")
    assert (up.get_linestyle(), down.get_linestyle()) == ("-", "--")
    assert [x.get_hatch() for x in panel.collections] == [None, "////"]


def test_rings_are_what_the_model_gets_wrong(moons):
    model, _ = moons
    wrong = [x for x, y, out in zip(*MOONS, predict(model, MOONS.X)) if (out[1] > out[0]) != y]
    axes = plots.plot_boundary(model, MOONS, resolution=5).axes[0]
    assert offsets(axes)[f"misclassified: {len(wrong)} of 40"] == wrong


def test_the_plane_reaches_a_tenth_beyond_the_samples_and_somewhere_if_they_are_all_one():
    axes = plots.plot_boundary(
        Fixed(lambda a, b: [a, b]), ([[0.0, 7.0], [10.0, 7.0]], [0, 1]), resolution=3
    ).axes[0]
    assert axes.get_xlim() == pytest.approx((-1, 11)) and axes.get_ylim() == pytest.approx((6, 8))


def test_a_class_that_never_wins_has_samples_but_no_region(contours):
    figure = plots.plot_boundary(Fixed(lambda a, b: [9.0, 0.0]), SQUARE, resolution=4)
    assert [name for name, *_ in contours] == ["contourf"]
    assert "misclassified: 2 of 4" in legend(figure)


def test_the_model_is_left_as_it_was(moons):
    model, _ = moons
    model.train()
    before = model.state_dict(), [p.grad for p in model.parameters()]
    plots.plot_boundary(model, MOONS, resolution=3)
    assert model.training and (model.state_dict(), [p.grad for p in model.parameters()]) == before
    model.eval()


@pytest.mark.parametrize(
    ("model", "samples", "options", "kind", "parts"),
    [
        (
            MLP([3, 2]),
            ([[1.0, 2.0, 3.0]], [0]),
            {},
            ValueError,
            ["two features", "got 3", "[[x[0], x[1]] for x in X]"],
        ),
        (MLP([1, 2]), ([[1.0]], [0]), {}, ValueError, ["two features", "got 1"]),
        (
            MLP([2, 2]),
            (SQUARE.X, [0, 1, 2, 1]),
            {},
            ValueError,
            ["classes [0, 1]", "target 2", "trained with"],
        ),
        (
            MLP([2, 1]),
            (SQUARE.X, [0, 1, 0, 1]),
            {"loss": "hinge"},
            ValueError,
            ["classes [-1, 1]", "target 0"],
        ),
        (
            MLP([2, 1]),
            SQUARE,
            {"loss": "mse"},
            ValueError,
            ["cross_entropy and an output for each class", "bce_with_logits", "'mse'"],
        ),
        (MLP([2, 1]), SQUARE, {}, ValueError, ["an output for each class", "'cross_entropy'"]),
        (MLP([2, 2]), SQUARE, {"loss": "bce"}, ValueError, ["one output", "'bce'"]),
        (MLP([2, 2]), SQUARE, {"loss": "crossentropy"}, ValueError, ["crossentropy", "one of"]),
        (
            MLP([2, 2]),
            SQUARE,
            {"resolution": 0},
            ValueError,
            ["plot_boundary(resolution)", "positive int"],
        ),
        (MLP([2, 2]), SQUARE, {"theme": "sepia"}, ValueError, ["theme", "light, dark", "'sepia'"]),
        (
            Fixed(lambda a, b: [a, math.nan]),
            SQUARE,
            {},
            ValueError,
            ["finite outputs", "nan or inf", "diverged"],
        ),
        (lambda x: x, SQUARE, {}, TypeError, ["Module", "function"]),
    ],
)
def test_what_has_no_boundary(model, samples, options, kind, parts):
    with pytest.raises(kind) as error:
        plots.plot_boundary(model, samples, **options)
    assert [part for part in parts if part not in str(error.value)] == []


# Learning rates.


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


# What they look like.


def texts(figure):
    return [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]


def test_each_is_a_figure(gallery):
    assert all(isinstance(figure, Figure) for figure in gallery["light"].values())


@pytest.mark.parametrize("theme", THEMES)
def test_text_has_contrast_and_size(gallery, theme, contrast):
    background = plot_style.THEMES[theme].background
    for name, figure in gallery[theme].items():
        assert to_hex(figure.get_facecolor()).upper() == background
        assert len(texts(figure)) > 8, name
        for text in texts(figure):
            assert contrast(to_hex(text.get_color()), background) >= 4.5, (name, text.get_text())
            assert text.get_fontsize() >= 13, (name, text.get_text())


@pytest.mark.parametrize("theme", THEMES)
def test_lines_have_contrast_and_width(gallery, theme, contrast):
    for name, figure in gallery[theme].items():
        for x in [x for axes in figure.axes for x in axes.lines]:
            assert contrast(to_hex(x.get_color()), plot_style.THEMES[theme].background) >= 4.5, name
            assert x.get_linewidth() >= 1.5


def test_nothing_is_cut_off_and_legends_cover_no_panel(gallery):
    for name, figure in gallery["light"].items():
        figure.draw_without_rendering()
        drawn = figure.get_tightbbox()  # in inches
        assert drawn.x0 >= 0 and drawn.y0 >= 0, name
        assert drawn.x1 <= figure.get_figwidth() and drawn.y1 <= figure.get_figheight(), name
        panels = [axes for axes in figure.axes if axes.axison]
        boxes = [axes.get_legend() for axes in panels] + figure.legends
        for box, axes in itertools.product(
            [box.get_window_extent() for box in boxes if box], panels
        ):
            assert not box.overlaps(axes.bbox), name


@pytest.mark.parametrize("theme", THEMES)
def test_colours_of_a_theme_have_contrast(theme, contrast):
    colours = plot_style.THEMES[theme]
    for colour in (colours.text, colours.quiet, colours.wrong, *colours.cycle):
        assert contrast(colour, colours.background) >= 4.5
    assert contrast(colours.line, colours.background) >= 3


def test_the_light_theme_is_that_of_the_drawings():
    light = plot_style.THEMES["light"]
    assert (light.background, light.text, light.positive, light.negative) == (
        style.LIGHT.background,
        style.LIGHT.text,
        style.LIGHT.positive,
        style.LIGHT.negative,
    )


@pytest.mark.parametrize("sight", ["full", "protan", "deutan", "tritan"])
@pytest.mark.parametrize("theme", THEMES)
def test_colours_that_may_meet_can_be_told_apart(theme, sight):
    pairs = itertools.combinations(plot_style.THEMES[theme].cycle, 2)
    assert min(difference(one, other, sight) for one, other in pairs) > 8


def test_colour_is_never_alone():
    looks = [plot_style.look(plot_style.THEMES["light"], i, 5) for i in range(35)]
    assert len({(str(x["linestyle"]), x["marker"]) for x in looks}) == 35


# Files, processes, settings.


@pytest.mark.slow
def test_a_figure_saved_twice_gives_the_same_bytes(gallery):
    for name, figure in gallery["light"].items():
        first = plots.svg(figure)
        figure.savefig(os.devnull, format="png", dpi=40)
        assert plots.svg(figure) == first, name
        root = ElementTree.fromstring(first)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}title").text == figure.get_label() != ""
        assert b"<dc:date>" not in first


SCRIPT = """
import hashlib, sys
from nn import MLP, data, fit
from viz import plots
lazy = "matplotlib" not in sys.modules
model = MLP([2, 3, 2], rng=0)
samples = data.moons(20, rng=0)
history = fit(model, samples, epochs=3, validation=0.3, rng=0, progress=False)
made = [plots.plot_history(history), plots.plot_gradient_flow(history)]
made += [plots.plot_boundary(model, samples, resolution=6), plots.plot_activations("gelu")]
rates = [0.1, 0.2]
made += [plots.plot_learning_rates(lambda: MLP([2, 2], rng=0), samples, rates, epochs=2)]
digest = hashlib.sha256(b"".join(map(plots.svg, made))).hexdigest()
print(digest, lazy, "matplotlib.pyplot" not in sys.modules)
"""


@pytest.mark.slow
def test_every_process_gives_the_same_bytes_and_imports_matplotlib_late_and_pyplot_never():
    def run(seed):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        environment.pop("DISPLAY", None)
        return subprocess.Popen(
            [sys.executable, "-W", "error", "-c", SCRIPT],
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=ROOT,
        )

    answers = [process.communicate()[0].split() for process in [run("1"), run("2")]]
    assert answers[0] == answers[1]
    assert answers[0][1:] == ["True", "True"]


def test_settings_of_the_user_change_nothing_and_stay():
    plain = plots.svg(plots.plot_activations("tanh"))
    theirs = {
        "font.size": 30,
        "ytick.labelsize": 5,
        "lines.linewidth": 9,
        "axes.facecolor": "red",
        "savefig.facecolor": "green",
        "text.color": "blue",
    }
    with matplotlib.rc_context(theirs):
        before = dict(matplotlib.rcParams)
        figure = plots.plot_activations("tanh")
        assert plots.svg(figure) == plain
        assert dict(matplotlib.rcParams) == before
    assert plots.svg(figure) == plain


def test_notebooks_show_the_svg_and_a_figure_can_be_pickled():
    figure = plots.plot_activations("tanh")
    assert figure._repr_svg_().encode() == plots.svg(figure)
    assert plots.svg(pickle.loads(pickle.dumps(figure))) == plots.svg(figure)


@pytest.mark.parametrize("theme", ["", "Light", None, 3])
def test_an_unknown_theme_is_refused(theme):
    with pytest.raises(ValueError, match="theme of a plot must be one of light, dark, got"):
        plots.plot_activations("tanh", theme=theme)


@pytest.mark.parametrize("missing", ["matplotlib", "matplotlib.figure"])
def test_without_matplotlib_the_error_tells_what_to_install(monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    for plot in (
        lambda: plots.plot_activations("tanh"),
        lambda: plots.plot_history(made(loss=[1.0])),
    ):
        with pytest.raises(ImportError) as error:
            plot()
        assert str(error.value) == "viz.plots needs matplotlib: pip install matplotlib"


def test_an_activation_of_a_value_is_not_changed_by_being_drawn():
    x = Value(0.5)
    seen = []
    plots.plot_activations(lambda z: seen.append(z) or z * x)
    assert x.grad == 0.0 and len(seen) == curves.POINTS
