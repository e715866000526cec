"""The classic picture: a circle a unit, a line a weight, numbers that are those of the network."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd import Value
from nn import MLP, Activation, BatchNorm, Layer, Module, Sequential, losses
from viz import draw_network, style

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = [1.0, -0.5, 0.3]


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def texts(svg):
    return [text.text for text in svg.iter(f"{SVG}text")]


def test_every_unit_and_every_weight_is_there():
    svg = parsed(draw_network(MLP([3, 4, 2], rng=0)))
    assert [len(list(svg.iter(SVG + tag))) for tag in ("circle", "line")] == [6, 3 * 4 + 4 * 2]
    assert {"inputs", "layers.0 (relu)", "layers.1 (identity)", "3 units", "4 units", "2 units"} <= set(texts(svg))


def test_lines_show_sign_by_colour_and_dash_and_size_by_width():
    layer = Layer(2, 1, "identity")
    layer.W = [[2.0, -1.0]]
    lines = list(parsed(draw_network(layer)).iter(f"{SVG}line"))
    assert [line.get("stroke") for line in lines] == [style.LIGHT.positive, style.LIGHT.negative]
    assert [line.get("stroke-dasharray") for line in lines] == [None, "7 4"]
    assert [float(line.get("stroke-width")) for line in lines] == [5.0, 2.8]
    assert [line.find(f"{SVG}title").text for line in lines] == ["w 2.0", "w -1.0"]


def test_activations_and_gradients_are_those_of_the_network_whose_own_stay():
    model = MLP(3, [2, 1], "tanh", rng=0)
    picture = draw_network(model, SAMPLE, lambda out: losses.mse(out, 1.0))
    assert all(p.grad == 0 for p in model.parameters())
    x = [Value(x_i) for x_i in SAMPLE]
    loss = losses.mse(model(x), 1.0)
    loss.backward()
    tips = [title.text for title in parsed(picture).iter(f"{SVG}title")]
    assert [tip for tip in tips if tip.startswith("a ")][:3] == [f"a {x_i.data!r}, grad {x_i.grad!r}" for x_i in x]
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    assert [tip for tip in tips if tip.startswith("w ")] == [f"w {w.data!r}, grad {w.grad!r}" for w in weights]
    assert all(layer.watch is None for layer in model.layers)


def test_wide_layers_are_folded_with_an_ellipsis_that_counts():
    svg = parsed(draw_network(MLP([64, 20, 3], rng=0), max_units=6))
    assert len(list(svg.iter(f"{SVG}circle"))) == 5 + 3
    assert {"⋮ 59 more", "⋮ 15 more"} <= set(texts(svg))


def test_batch_norm_and_activations_between_layers_are_passed_over():
    model = Sequential(Layer(2, 3, "identity", rng=0), BatchNorm(3), Activation("relu"), Layer(3, 1, rng=0)).eval()
    svg = parsed(draw_network(model, [1.0, 2.0]))
    assert len(list(svg.iter(f"{SVG}circle"))) == 4


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_themes(theme):
    svg = draw_network(MLP([2, 2], rng=0), [1.0, -1.0], theme=theme).svg
    look = style.DARK if theme == "dark" else style.LIGHT
    assert look.background in svg
    assert ("prefers-color-scheme" in svg) is (theme == "auto")
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', svg))
    assert colours <= set(look.colours())


def test_nan_weights_are_drawn():
    layer = Layer(1, 1, "identity")
    layer.neurons[0].w[0].data = math.nan
    assert style.LIGHT.wrong in draw_network(layer, [1.0]).svg


def test_a_picture_is_shown_by_notebooks_and_saved(tmp_path):
    picture = draw_network(MLP([2, 1], rng=0))
    assert picture._repr_svg_() == picture.svg
    assert picture.save(tmp_path / "net.svg").read_text(encoding="utf-8") == picture.svg
    assert picture.svg == draw_network(MLP([2, 1], rng=0)).svg


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(TypeError, match="draw_network draws the Layers of a model, but Module"):
        draw_network(Module())
    with pytest.raises(ValueError, match="needs a sample x"):
        draw_network(MLP([2, 1]), loss=lambda out: out)
    with pytest.raises(ValueError, match="theme must be one of"):
        draw_network(MLP([2, 1]), theme="blue")
