"""Plots: readable in both themes, the same bytes every time, without a trace in matplotlib."""

import itertools
import math
import os
import pickle
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from nn import MLP, data
from viz import plots, style
from viz.plots import style as plot_style

from .figures import MOONS, ROOT, THEMES, line, made, rates_plot
from .sight import difference, lab

matplotlib = pytest.importorskip("matplotlib")

from matplotlib.colors import to_hex  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.text import Text  # noqa: E402


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


# What they look like.


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


# B10: details that a reader stumbled over.


def test_colours_of_the_light_theme_that_were_near_black_are_not():
    for colour in plot_style.THEMES["light"].cycle:
        assert lab(colour)[0] > 30


def test_plots_prefer_the_type_of_the_drawings_to_the_one_of_matplotlib():
    assert plot_style.FONTS == ("Arial", "Liberation Sans", "Helvetica", "DejaVu Sans")


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
