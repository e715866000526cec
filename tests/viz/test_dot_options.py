"""Options of a drawing: modules, names, highlights, flows, themes, the legend and its lines."""

import html
import re

import pytest

from autograd import Value, log, topological_order
from nn import MLP
from nn.losses import mse
from viz import draw_dot, style
from viz.graph.scene import MARKS

from .svgs import SVG, groups, neuron, parsed, text_of, texts


def network():
    loss = mse(MLP([2, 2, 1], rng=1)([1.0, -2.0]), 0.5)
    loss.label = "loss"
    loss.backward()
    return loss


def test_modules_are_clusters_within_clusters_and_labels_are_short_inside():
    svg = parsed(draw_dot(network(), detail="all"))
    titles = {texts(g)[0] for g in groups(svg, "module")}
    assert titles == {"layers.0", "layers.1", "neurons.0", "neurons.1"}
    assert {"w.0", "w.1", "b", "z", "a", "loss"} <= {texts(g)[0] for g in groups(svg, "value")}


def test_names_are_given_to_nodes_without_a_label():
    p, q = Value(2.0), Value(3.0, "own")
    inner = p * q
    xs = [Value(1.0)]
    root = inner + xs[0]
    names = {"p": p, "q": q, "inner": inner, "xs": xs, "root": root}
    cards = [texts(g)[0] for g in groups(parsed(draw_dot(root, names=names)), "value")]
    assert cards == ["p", "own", "inner", "xs[0]", "root"]
    assert (p.label, inner.label) == ("", "")


def test_highlighted_paths_stand_out_and_only_they():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    svg = parsed(draw_dot(a * b + b, highlight=a))
    assert len(groups(svg, "path")) == 4  # two edges, and those through the two operators
    lines = [line for group in groups(svg, "path") for line in group.iter(f"{SVG}path")]
    assert {line.get("stroke") for line in lines} == {style.LIGHT.highlight.lower()}
    with pytest.raises(ValueError, match="highlight must be a node of the graph"):
        draw_dot(a * b, highlight=Value(1.0))


def test_flows_are_gradient_times_slope():
    a = Value(2.0, "a")
    out = a * 3 * 5
    out.backward()
    labels = sorted(t for g in groups(parsed(draw_dot(out, flows=True)), "slope") for t in texts(g))
    assert labels == sorted(["×3", "∇ 15.0000", "×2", "×5", "∇ 5.0000", "×6"])


def test_a_legend_explains_the_kinds_that_are_there():
    words = text_of(parsed(draw_dot(Value(1.0, "w") * 2, legend=True)))
    assert "bold border: parameter" in words
    assert "a number without a border: constant" in words
    assert "square: input" not in words


def test_units_that_hand_on_nothing_are_marked():
    out = Value(-1.0, "x").relu() + Value(9.0, "y").tanh() + Value(0.5, "z").tanh()
    marks = [
        texts(g)[-1]
        for g in groups(parsed(draw_dot(out)), "value")
        if texts(g)[-1] in ("off", "saturated")
    ]
    assert marks == ["off", "saturated"]


def test_the_first_nan_is_marked_and_only_the_first():
    bad = log(Value(-1.0, "x"))
    words = texts(parsed(draw_dot(bad * 2 + 1)))
    assert words.count("first nan") == 1


def test_numbers_are_written_as_asked():
    assert "2e+00" in texts(parsed(draw_dot(Value(2.0, "a"), number="{:.0e}".format)))


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_themes_change_colours_alone(theme):
    out = neuron()
    drawing = draw_dot(out, theme=theme, legend=True)
    svg = parsed(drawing)
    assert texts(svg) == texts(parsed(draw_dot(out, legend=True)))
    look = style.DARK if theme == "dark" else style.LIGHT
    assert look.background.lower() in drawing.pipe().decode().lower()
    assert (b"prefers-color-scheme:dark" in drawing.pipe()) is (theme == "auto")


def test_every_colour_of_an_auto_drawing_has_its_dark_twin():
    svg = draw_dot(network(), theme="auto", legend=True, highlight=None).pipe().decode()
    drawn = {
        colour.lower()
        for colour in re.findall(r'(?:fill|stroke)="(#[0-9a-fA-F]{6})"', svg.split("</style>")[1])
    }
    assert drawn <= {colour.lower() for colour in style.LIGHT.colours()}


def test_two_drawings_on_one_page_keep_their_own_titles():
    def ids(out):
        return set(re.findall(r'<(?:title|desc) id="(.*?)"', draw_dot(out).pipe().decode()))

    assert len(ids(Value(1.0, "a")) | ids(Value(1.0, "b"))) == 4


# The legend.

FLOWS = "∇: what flows back over an edge, grad · slope"
HIGHLIGHT = "purple line: the highlighted paths"
MARK_LINES = [f"{mark}: {text}" for mark, text in MARKS.items()]


def legend_of(root, **options):
    """The lines of the legend."""
    source = draw_dot(root, legend=True, **options).source
    return [
        html.unescape(line)
        for line in re.findall(r'<TD COLSPAN="3" ALIGN="LEFT">(.*?)</TD>', source)
    ]


def stale():
    x = Value(2.0, "x")
    root = x * x
    x.data = 3.0
    return root


def twice():
    x = Value(2.0, "x")
    root = x * 3
    root.backward()
    root.backward()
    return root


def test_a_legend_of_a_plain_graph_has_no_line_on_flows_paths_or_marks():
    lines = legend_of(neuron())
    assert not {FLOWS, HIGHLIGHT, *MARK_LINES} & set(lines)
    card = "card: gradient; blue above 0, orange and dashed below"
    assert lines[0] == f"{card}, depth by log |grad| over 1 power of ten"
    assert [line for line in lines if line.startswith("edge: ")]


def test_a_legend_explains_flows_and_highlighted_paths_where_they_are():
    root = neuron()
    (leaf,) = [node for node in topological_order(root) if node.label == "b"]
    assert {FLOWS, HIGHLIGHT} & set(legend_of(root, flows=True)) == {FLOWS}
    assert {FLOWS, HIGHLIGHT} & set(legend_of(root, highlight=leaf)) == {HIGHLIGHT}


@pytest.mark.parametrize(
    ("make", "mark"),
    [
        (lambda: log(Value(-1.0, "x")) * 2, "first nan"),
        (lambda: log(Value(0.0, "x")) * 2, "first inf"),
        (stale, "stale"),
        (lambda: Value(-1.0, "x").relu() + Value(1.0, "y"), "off"),
        (lambda: Value(9.0, "x").tanh() + Value(1.0, "y"), "saturated"),
        (twice, "grad differs"),
    ],
    ids=lambda mark: mark if isinstance(mark, str) else "",
)
def test_a_legend_explains_the_marks_that_are_there_and_no_others(make, mark):
    root = make()
    assert [line for line in legend_of(root) if line in MARK_LINES] == [f"{mark}: {MARKS[mark]}"]
    assert f"<I>{mark}</I>" in draw_dot(root).source
