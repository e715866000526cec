"""Names in plots are names, and every plot is drawn into the Axes of its caller."""

import re

import pytest

from nn import MLP, Dataset
from viz import plots
from viz.plots import style as plot_style

from .figures import MOONS, SQUARE, legend, made, rates_plot

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.figure import Figure  # noqa: E402
from matplotlib.text import Text  # noqa: E402

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


def test_functions_without_axes_for_each_are_refused():
    with pytest.raises(ValueError, match="needs an Axes for each of its 2 functions, got 1"):
        plots.plot_activations(["tanh", "relu"], ax=Figure().add_subplot())
