"""What is drawn: cards, slopes, colours and tooltips, and a description for those who listen."""

import math
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import graphviz
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Value, constant, log
from viz import draw_dot, scene, style, to_dot

from .svgs import SVG, TOOLTIP, groups, neuron, parsed, text_of, texts

EDGE = re.compile(r'-> v\d+_op \[label=" (\S+) ".*? color="(.*?)".*? penwidth=([\d.]+)')


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
