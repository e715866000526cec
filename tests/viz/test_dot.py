"""Drawings: well-formed whatever the labels, the same every time, read with eyes and without."""

import html
import math
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import graphviz
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import viz.graph.drawing
from autograd import OpError, Value, add_op, constant, log, topological_order
from nn import MLP
from nn.losses import mse
from viz import DotFailed, draw_dot, scene, style, to_dot, to_json, to_tree
from viz.graph.modules import module_of
from viz.graph.scene import MARKS

ROOT = Path(__file__).resolve().parents[2]
SVG = "{http://www.w3.org/2000/svg}"
EDGE = re.compile(r'-> v\d+_op \[label=" (\S+) ".*? color="(.*?)".*? penwidth=([\d.]+)')
TOOLTIP = "{http://www.w3.org/1999/xlink}title"


def neuron():
    w, x, b = Value(-3.0, "w"), Value(2.0, "x"), Value(5.5, "b")
    out = (w * x + b).tanh()
    out.backward()
    return out


def parsed(drawing):
    return ElementTree.fromstring(drawing.pipe("svg"))


def as_seen(text):
    """Runs of spaces are drawn as no-break spaces, and a word joiner has no width."""
    return text.replace("\xa0", " ").replace("\u2060", "")


def text_of(element):
    """All that is written in the drawing."""
    return as_seen("".join("".join(text.itertext()) for text in element.iter(f"{SVG}text")))


def texts(element):
    return [as_seen("".join(text.itertext())).strip() for text in element.iter(f"{SVG}text")]


def groups(svg, kind):
    return [g for g in svg.iter(f"{SVG}g") if kind in g.get("class", "").split()]


# What is drawn.


def test_a_drawing_holds_a_digraph_of_graphviz_and_is_none():
    drawing = draw_dot(neuron())
    assert not isinstance(drawing, graphviz.Digraph)
    assert isinstance(drawing.digraph, graphviz.Digraph)
    assert (drawing.format, drawing.source) == ("svg", drawing.digraph.source)


def test_the_svg_shows_data_grad_and_slopes():
    svg = parsed(draw_dot(neuron()))
    cards = [texts(g) for g in groups(svg, "value")]
    grad = f"{1 - math.tanh(-0.5) ** 2:.4f}"
    assert ["w", "data", "−3.0000", "grad", f"{2 * (1 - math.tanh(-0.5) ** 2):.4f}"] in cards
    assert ["b", "data", "5.5000", "grad", grad] in cards
    assert ["tanh(w * x + b)", "data", "−0.4621", "grad", "1.0000"] in cards
    assert sorted(t for g in groups(svg, "slope") for t in texts(g)) == sorted(
        ["×2", "×−3", "×1", "×1", f"×{grad}"]
    )
    assert sorted(t for g in groups(svg, "op") for t in texts(g)) == ["+", "tanh", "×"]


def test_gradients_before_a_backward_pass_are_a_dash_and_not_zero():
    svg = parsed(draw_dot(Value(2.0, "a") * Value(3.0, "b")))
    assert [texts(g)[-2:] for g in groups(svg, "value")] == [["grad", "—"]] * 3


def test_a_constant_is_drawn_as_its_number_alone():
    out = Value(2.0, "a") * 0.125
    out.backward()
    assert [texts(g) for g in groups(parsed(draw_dot(out)), "constant")] == [["0.125"]]


def test_a_value_used_twice_is_drawn_once_with_two_edges():
    a = Value(3.0, "a")
    svg = parsed(draw_dot(a * a))
    assert len(groups(svg, "value")) == 2
    assert [texts(g) for g in groups(svg, "slope")] == [["×3"], ["×3"]]


def test_kinds_differ_in_shape_and_border():
    source = draw_dot(Value(1.0, "w") * Value(2.0, "x") + 3).source
    looks = {}
    for kind, attributes in re.findall(r'class="value (\w+)"(.*)', source):
        look = {"peripheries": "1"} | dict(
            re.findall(r'(shape|style|penwidth|peripheries)=("[^"]*"|\S+)', attributes)
        )
        looks[kind] = tuple(sorted(look.items()))
    assert looks.keys() == {"parameter", "input", "inner", "constant", "output"}
    assert len(set(looks.values())) == 5


def test_cards_are_filled_by_their_gradient():
    a, b, c = Value(2.0, "a"), Value(-3.0, "b"), Value(0.5, "c")
    out = a * b + c.relu() * 0
    out.backward()
    fills = dict(re.findall(r"<B>(.)</B>.* fillcolor=\"(.*?)\"", draw_dot(out).source))
    assert fills == {
        "a": style.LIGHT.fill(-3.0, style.Scale.of([3.0, 2.0, 1.0])),
        "b": style.LIGHT.fill(2.0, style.Scale.of([3.0, 2.0, 1.0])),
        "c": style.LIGHT.neutral,
    }


def test_edges_are_coloured_by_sign_and_wider_for_larger_slopes():
    out = Value(-3.0, "a") * Value(2.0, "b") + Value(math.inf, "c") * Value(0.0, "d")
    edges = {
        label: (color, float(width)) for label, color, width in EDGE.findall(draw_dot(out).source)
    }
    assert {label: color for label, (color, _) in edges.items()} == {
        "×−3": style.LIGHT.negative,
        "×2": style.LIGHT.positive,
        "×1": style.LIGHT.positive,
        "×0": style.LIGHT.line,
        "×inf": style.LIGHT.wrong,
    }
    widths = {label: width for label, (_, width) in edges.items()}
    assert widths["×0"] < widths["×1"] < widths["×2"] < widths["×−3"] == widths["×inf"]


def is_dashed(group):
    return any(path.get("stroke-dasharray") for path in group.iter(f"{SVG}path"))


def test_an_edge_of_negative_slope_is_dashed():
    svg = parsed(draw_dot(Value(1.0, "a") * Value(-3.0, "b")))
    dashed = {texts(g)[0]: is_dashed(g) for g in groups(svg, "slope")}
    assert dashed == {"×−3": True, "×1": False}


def test_tooltips_hold_all_digits():
    out = Value(1 / 3, "third").tanh()
    out.backward()
    tooltips = [a.get(TOOLTIP) for a in parsed(draw_dot(out)).iter(f"{SVG}a")]
    third = out.inputs[0]
    assert f"third: data {third.data!r}, grad {third.grad!r}" in tooltips
    assert f"slope {third.grad!r}, flow {third.grad!r}" in tooltips


@pytest.mark.parametrize("kind", ["input", "parameter", "constant", "inner", "output", "folded"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_a_caller_found_wrong_is_seen_without_colour(kind, theme):
    plain = scene(Value(2.0))
    drawn = replace(plain, nodes=(replace(plain.nodes[0], kind=kind, mark="✗ should be 3"),))
    body = to_dot(drawn, theme=theme).digraph.body
    border = next(line for line in body if "should be 3" in line)
    assert "penwidth=4" in border and "✗ should be 3" in border


@pytest.mark.parametrize(
    "root", [Value(2.0), Value(2.0, "x"), constant(2.0)], ids=["leaf", "input", "constant"]
)
def test_a_root_without_inputs_is_drawn(root):
    svg = parsed(draw_dot(root))
    assert len(groups(svg, "value")) == 1
    assert not groups(svg, "slope")
    assert "2" in text_of(svg)


@pytest.mark.parametrize("rankdir", ["LR", "TB", "RL", "BT"])
def test_the_forward_pass_runs_in_the_direction_of_rankdir(rankdir):
    a = Value(1.0, "a")
    out = a.tanh().tanh().tanh()
    svg = parsed(draw_dot(out, rankdir=rankdir))

    def place(kind):
        text = groups(svg, kind)[0].find(f".//{SVG}text")
        return float(text.get("x")), float(text.get("y"))

    (x, y), (x_out, y_out) = place("parameter"), place("output")
    across, down = x_out - x, y_out - y
    assert {"LR": across, "RL": -across, "TB": down, "BT": -down}[rankdir] > 200
    assert abs(down if rankdir in ("LR", "RL") else across) < 100


@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf])
def test_nan_and_inf_are_drawn(x):
    out = Value(x, "x") * Value(2.0, "w")
    out.backward()
    written = text_of(parsed(draw_dot(out)))
    assert (
        written.count(style.number(x)) >= 4
    )  # x itself, the product, the gradient of w, the slope into it


def colours_of_text(group):
    return {text.get("fill") for text in group.iter(f"{SVG}text")}


@pytest.mark.parametrize("x", [math.nan, math.inf])
def test_nan_and_inf_stand_out_in_colour(x):
    svg = parsed(draw_dot(Value(x, "x") * Value(2.0, "w")))
    colours = {texts(g)[0]: colours_of_text(g) for g in groups(svg, "value")}
    assert colours == {
        "x": {style.LIGHT.wrong.lower()},
        "w": {style.LIGHT.text.lower()},
        "x * w": {style.LIGHT.wrong.lower()},
    }


def test_a_gradient_of_nan_is_drawn():
    out = log(Value(-1.0, "x")) * Value(0.5, "w")
    out.backward()
    assert "nan" in text_of(parsed(draw_dot(out)))


@given(st.floats(), st.floats())
@example(1e-200, 1e200)
def test_numbers_of_any_size_are_drawn(x, y):
    out = Value(x, "x") * Value(y, "y")
    out.backward()
    assert draw_dot(out).source.count("class=slope") == 2


@pytest.mark.parametrize("grad", [None, 0.1, 1.0, -1.0, math.inf, math.nan])
@pytest.mark.parametrize("data", [1.0, math.inf, math.nan])
def test_all_text_has_contrast_with_the_card_it_is_on(contrast, data, grad):
    x = Value(data, "x")
    out = x + Value(1.0, "w")
    if grad is not None:
        out.backward()
        x.grad = grad
    for node in groups(parsed(draw_dot(out)), "node"):
        shape = next(
            e for e in node.iter() if e.tag in (f"{SVG}path", f"{SVG}polygon", f"{SVG}ellipse")
        )
        for text in node.iter(f"{SVG}text"):
            assert contrast(text.get("fill"), shape.get("fill")) >= 4.5, (
                texts(node),
                text.get("fill"),
                shape.get("fill"),
            )


# For screen readers.


def is_described(svg):
    ids = svg.get("aria-labelledby", "none").split()
    by_id = {e.get("id"): e for e in svg.iter() if e.get("id")}
    return svg.get("role") == "img" and [by_id[i].tag for i in ids if i in by_id] == [
        f"{SVG}title",
        f"{SVG}desc",
    ]


def test_the_svg_has_a_role_a_title_and_a_description():
    svg = parsed(draw_dot(neuron()))
    assert is_described(svg)
    assert svg[0].text == "Backpropagation graph"
    assert svg[1].text == (
        "Computation graph of tanh(w * x + b) = −0.4621: "
        "6 values, with the gradient of each node and the slope on each edge."
    )


def test_the_description_tells_that_no_backward_pass_has_been():
    svg = parsed(draw_dot(Value(2.0, "a") * Value(3.0, "b")))
    assert svg[1].text == "Computation graph of a * b = 6.0000: 3 values, no backward pass yet."


def test_what_a_notebook_shows_is_described():
    assert is_described(ElementTree.fromstring(draw_dot(neuron())._repr_svg_()))


def test_a_rendered_file_is_described(tmp_path):
    path = draw_dot(neuron()).render(tmp_path / "graph", cleanup=True)
    assert is_described(ElementTree.parse(path).getroot())


# Formats.


def test_pipe_gives_bytes_or_text_as_asked():
    drawing = draw_dot(neuron())
    assert drawing.pipe().decode() == drawing.pipe(encoding="utf-8")


@pytest.mark.parametrize("format", ["png", "svg"])
def test_the_format_is_that_of_draw_dot_unless_pipe_is_given_one(format):
    starts = {"png": b"\x89PNG\r\n\x1a\n", "svg": b"<?xml"}
    other = "svg" if format == "png" else "png"
    assert draw_dot(neuron(), format).pipe().startswith(starts[format])
    assert draw_dot(neuron(), other).pipe(format).startswith(starts[format])


@pytest.mark.parametrize("format", ["png", "svg"])
def test_render_writes_a_file_of_the_format(tmp_path, format):
    path = draw_dot(neuron(), format).render(tmp_path / "graph", cleanup=True)
    assert [p.name for p in tmp_path.iterdir()] == [f"graph.{format}"]
    assert Path(path).read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml"}[format])


PROGRAM = """
import sys
from autograd import Value
from nn import MLP
from random import Random
from viz import draw_dot
model = MLP([2, 2, 1], activation="tanh", rng=Random(0))
out = model([Value(0.5, "x1"), Value(-1.0, "x2")])
out.backward()
sys.stdout.buffer.write(draw_dot(out).pipe())
"""


@pytest.mark.slow
def test_the_same_program_draws_the_same_bytes_whatever_the_hash_seed():
    drawings = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2", "3", "4")
    }
    assert len(drawings) == 1
    assert b"Backpropagation graph" in drawings.pop()


def test_equal_scenes_give_equal_sources():
    assert (
        to_dot(scene(neuron())).source
        == to_dot(scene(neuron())).source
        == draw_dot(neuron()).source
    )


def test_drawing_changes_nothing():
    out = neuron()
    before = [(v.data, v.grad) for v in (out, *out.inputs)]
    draw_dot(out).pipe()
    assert [(v.data, v.grad) for v in (out, *out.inputs)] == before


# Labels, which anyone may have written.

FRAGMENTS = [
    *("<b>", "</b>", "<br/>", "</TABLE>>", "<IMG SRC='x'/>", "<script>alert(1)</script>"),
    *("</script>", "<!--", "-->", "<![CDATA[", "]]>"),
    *("&", "&amp;", "&lt;", "&#1;", "&#x41;", "&nosuch;", "&quot", '"', "'"),
    *('"]; evil [URL="http://x"', "javascript:alert(1)"),
    *("\\", "\\\\", "\\N", "\\G", "\\L", "\\E", "\\T", "\\H", "\\n", "\\l", "\\r", '\\"'),
    *("\n", "\r", "\t", "\0", "\x07", "\x1b[31m", "\x7f"),
    *("\x85", "\u200b", "\u202e", "\u2066", "\u2028"),
    *("\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff"),
    *("\U0001f600", "שלום", "é", "e\u0301"),
    *("{", "}", "{0}", "%s", "%", "#", "//", "/*", ";", "->", "[", "]", "=", ":", "|", "$", "`"),
    *(" ", "  ", "node", "digraph", "strict", "v0"),
]
LABELS = st.lists(
    st.sampled_from(FRAGMENTS) | st.text(st.characters(), max_size=5), max_size=6
).map("".join)

TAGS = {
    f"{SVG}{name}"
    for name in ("svg", "title", "desc", "g", "a", "path", "polygon", "polyline", "ellipse", "text")
}


def drawn_with(label):
    """A graph with that label on a leaf, in the root's formula, tooltips and the description."""
    a = Value(2.0, label)
    out = a * a
    out.backward()
    return draw_dot(out)


def test_the_tags_of_a_drawing_are_these():
    assert {e.tag for e in parsed(drawn_with("a")).iter()} <= TAGS


@given(LABELS)
@example("<b>bold</b>")
@example("a & b &amp; c")
@example("<script>alert(1)</script>")
@example("]")  # V1: Graphviz 2.42 refused a label that is a ] alone
@example("a]]>b")
@example("\\N")
@example("C:\\Users\\E")
@example("\\\\")
@example('"quoted" and \\"escaped\\"')
@example("javascript:alert(1)")
@example("\u202eright to left\u202c")
@example("\ud800")
@example("\0\x01\x1f\x7f\x9f")
@example("new\nline")
@example("<" * 20_000)
def test_any_label_is_drawn_as_text(label):
    svg = parsed(drawn_with(label))
    elements = list(svg.iter())
    assert {e.tag for e in elements} <= TAGS
    assert not [
        name
        for e in elements
        for name in e.attrib
        if name.endswith("href") or name.startswith("on")
    ]
    assert (len(groups(svg, "value")), len(groups(svg, "op")), len(groups(svg, "slope"))) == (
        2,
        1,
        2,
    )
    if label.isprintable() and len(label) <= 40 and not module_of(label):
        assert as_seen(label) in text_of(svg)


@pytest.mark.parametrize(
    "label", ["a < b & c", "&amp;", "\\N", "C:\\Users\\E", "a\\", '"', "%s", "→"]
)
def test_a_tooltip_shows_the_label_as_text(label):
    tooltips = [as_seen(a.get(TOOLTIP)) for a in parsed(drawn_with(label)).iter(f"{SVG}a")]
    assert f"{label}: data 2.0, grad 4.0" in tooltips


def skeleton(source):
    """DOT text without the insides of its strings, and those of its HTML-like strings: cards."""
    out, cards, i = [], [], 0
    while i < len(source):
        start = i
        if source[i] == '"':
            i += 1
            while source[i] != '"':
                i += 2 if source[i] == "\\" else 1
            out.append('""')
        elif source[i] == "<":
            depth = 1
            while depth:
                i += 1
                depth += (source[i] == "<") - (source[i] == ">")
            cards.append(source[start + 1 : i])
            out.append("<>")
        else:
            out.append(source[i])
        i += 1
    return "".join(out), cards


@pytest.mark.slow
@settings(max_examples=5 * settings().max_examples)  # no dot runs here
@given(LABELS | st.text(st.characters(), max_size=60))
@example("<" * 20_000)
def test_no_label_breaks_out_of_its_string(label):
    assume(not module_of(label))  # such as a.b, which is b in a box called a
    source = drawn_with(label).source
    outline, cards = skeleton(source)
    assert (
        outline
        == skeleton(drawn_with("x" if label.lower().startswith(("x", "y")) else "a").source)[0]
    )
    assert source.encode().decode() == source
    assert not [c for c in source if ord(c) < 32 and c not in "\n\t"]
    titles = ["".join(ElementTree.fromstring(card).find(".//B").itertext()) for card in cards[:1]]
    if label.isprintable() and 0 < len(label) <= 40:
        assert [as_seen(title) for title in titles] == [as_seen(label)]


def test_a_long_label_ends_in_an_ellipsis():
    assert texts(parsed(draw_dot(Value(1.0, "l" * 20_000))))[0] == "l" * 39 + "…"
    assert texts(parsed(draw_dot(Value(1.0, "l" * 40))))[0] == "l" * 40


def test_a_label_in_the_description_is_text():
    assert (
        "Computation graph of <b>&amp;\ufffd</b> = "
        in parsed(draw_dot(Value(1.0, "<b>&amp;\0</b>")))[1].text
    )


@pytest.mark.parametrize(
    "glyph", ["<b>", "&amp;", "\\N", '"', "a\\", "\n", "\x01", "\ud800", "g" * 50]
)
def test_any_glyph_of_an_op_of_ones_own_is_drawn_or_refused(glyph):
    try:
        op = add_op("mine", lambda x: x, (1.0,), glyph=glyph)
    except OpError:
        return
    svg = parsed(draw_dot(op(Value(1.0, "a"))))
    written = texts(groups(svg, "op")[0])
    if glyph.isprintable():
        assert written == [glyph]


# Errors.


@pytest.mark.parametrize("root", [1.0, None, [Value(1.0)], "x"], ids=repr)
def test_only_a_value_is_drawn(root):
    with pytest.raises(
        TypeError,
        match=f"needs the root of a graph, a Value such as the loss, got {type(root).__name__}",
    ):
        draw_dot(root)


@pytest.mark.parametrize("rankdir", ["", "lr", "LRTB", None, 1, 'LR"; evil'], ids=repr)
def test_an_unknown_rankdir_is_refused_with_those_there_are(rankdir):
    with pytest.raises(
        ValueError, match=r"rankdir must be one of \['LR', 'TB', 'RL', 'BT'\], got "
    ):
        draw_dot(Value(1.0), rankdir=rankdir)


def test_an_unknown_format_is_refused():
    with pytest.raises(
        ValueError,
        match="format must be one that Graphviz knows, such as svg, png or pdf, got 'gift'",
    ):
        draw_dot(Value(1.0), "gift")


def test_leaves_shared_over_many_steps_do_not_hang_the_layout():
    w, h = Value(0.5, "w"), Value(1.0, "h")
    for _ in range(40):
        h = (w * h + 1).tanh()
    drawing = draw_dot(h, detail="all")
    assert "splines=line" in drawing.source
    assert b"</svg>" in drawing.pipe()
    assert "splines" not in draw_dot(w * 2).source


# Options.


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


def test_an_unknown_theme_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"theme must be one of \['light', 'dark', 'auto'\], got 'blue'"
    ):
        draw_dot(Value(1.0), theme="blue")


def test_two_drawings_on_one_page_keep_their_own_titles():
    def ids(out):
        return set(re.findall(r'<(?:title|desc) id="(.*?)"', draw_dot(out).pipe().decode()))

    assert len(ids(Value(1.0, "a")) | ids(Value(1.0, "b"))) == 4


def test_a_dot_that_hangs_is_given_up(monkeypatch, script):
    monkeypatch.setenv(
        "GLASSGRAD_DOT", str(script("import time; time.sleep(60)", interpreter=sys.executable))
    )
    monkeypatch.setattr(viz.graph.drawing, "TIMEOUT", 0.2)
    with pytest.raises(
        DotFailed,
        match="dot took longer than 0.2 seconds: draw a part of the graph, or fold it with depth=1",
    ):
        draw_dot(Value(1.0)).pipe()


# What is given by mistake.


@pytest.mark.parametrize("write", [to_dot, to_json, to_tree])
@pytest.mark.parametrize(
    "given", [Value(1.0) * 2, 3.0, None], ids=lambda given: type(given).__name__
)
def test_what_takes_a_scene_says_so_when_it_gets_something_else(write, given):
    got = f"{write.__name__} takes a Scene, got {type(given).__name__}"
    message = rf"{got}: pass scene\(value\), or folded\(value\)"
    with pytest.raises(TypeError, match=message):
        write(given)


@pytest.mark.parametrize("number", ["{:.2f}", None, 2], ids=repr)
def test_what_writes_no_numbers_is_refused(number):
    with pytest.raises(
        TypeError, match=r"number must be a function .*, such as '\{:.2f\}'.format, got "
    ):
        draw_dot(Value(1.0), number=number)


@pytest.mark.parametrize("direction", ["LR", "TB", "RL", "BT"])
def test_a_direction_in_the_place_of_the_format_is_told_where_it_goes(direction):
    with pytest.raises(
        ValueError, match=rf"got '{direction}' \(for the direction, write rankdir='{direction}'\)"
    ):
        draw_dot(Value(1.0), direction)


def test_a_format_that_is_no_direction_gets_no_such_hint():
    with pytest.raises(ValueError, match="got 'gift'$"):
        draw_dot(Value(1.0), "gift")


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
