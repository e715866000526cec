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


# Models that are no chain.


class Pair(Module):
    """Two layers, run as a test says."""

    def __init__(self, run, sizes=((2, 2), (2, 2))):
        self.a, self.b = (Layer(n, m, rng=0) for n, m in sizes)
        self.run = run

    def forward(self, x):
        return self.run(self, x)


def added(one, other):
    return [p + q for p, q in zip(one, other)]


@pytest.mark.parametrize("x", [None, [1.0, 2.0]])
def test_layers_whose_widths_do_not_fit_are_refused(x):
    model = Pair(lambda self, x: self.b(self.a(x)[:1]), ((2, 3), (1, 1)))
    with pytest.raises(ValueError, match="draws a chain of Layers, but a gives 3 numbers and b takes 1: draw each branch on its own"):
        draw_network(model, x)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda self, x: added(self.a(x), self.b(x)), "but . is not fed what the one before gives"),
        (lambda self, x: self.b([z.data for z in self.a(x)]), "but . is not fed what the one before gives"),
        (lambda self, x: self.b(self.a(self.a(x))), "each used once, but this model runs a, a, b: draw the graph"),
        (lambda self, x: self.a(x), "each used once, but this model runs a: draw the graph"),
        (lambda self, x: self.a(self.b(x)), "each used once, but this model runs b, a: draw the graph"),
        (lambda self, x: x, "each used once, but this model runs none of them: draw the graph"),
    ],
    ids=["branches", "cut", "twice", "never", "order", "none"],
)
def test_layers_that_do_not_feed_one_another_each_once_are_refused(run, said):
    model = Pair(run)
    with pytest.raises(ValueError, match=f"draws a chain of Layers, {said}"):
        draw_network(model, [1.0, 2.0])
    assert (model.a.watch, model.b.watch) == (None, None)


def test_a_chain_in_a_module_of_ones_own_is_drawn():
    svg = parsed(draw_network(Pair(lambda self, x: self.b(self.a(x))), [1.0, 2.0]))
    assert {"a (relu)", "b (relu)"} <= set(texts(svg))


def test_a_model_that_raises_is_left_as_it_was():
    model = Pair(lambda self, x: self.b(self.a(x))[7])
    with pytest.raises(IndexError):
        draw_network(model, [1.0, 2.0])
    assert (model.a.watch, model.b.watch) == (None, None)


@pytest.mark.parametrize(("loss", "kind"), [(lambda out: out, "list"), (lambda out: 3.0, "float"), (lambda out: None, "NoneType")])
def test_a_loss_must_make_one_value(loss, kind):
    with pytest.raises(TypeError, match=rf"must make one Value of model\(x\), as in lambda out: out\[0\] \*\* 2, got {kind}"):
        draw_network(MLP([2, 2], rng=0), [1.0, 2.0], loss)


@pytest.mark.parametrize(
    ("x", "loss", "said"),
    [
        (None, None, ["b: bias"]),
        ([1.0, 2.0], None, ["b: bias", "number and colour: activation"]),
        ([1.0, 2.0], lambda out: out, ["b: bias", "number and colour: activation", "∂: gradient of the loss"]),
    ],
    ids=["weights", "sample", "loss"],
)
def test_the_legend_tells_what_lines_and_circles_show(x, loss, said):
    written = texts(parsed(draw_network(MLP([2, 2, 1], rng=0), x, loss)))
    assert written[-2:] == ["line: weight, blue > 0, orange and dashed < 0, wider is larger", " · ".join(said)]


def test_without_biases_the_legend_has_none():
    written = texts(parsed(draw_network(Layer(2, 1, bias=False, rng=0), [1.0, 2.0])))
    assert written[-1] == "number and colour: activation"


def test_features_and_classes_are_named_beside_their_units():
    model, names = MLP([2, 3, 2], rng=0), {"inputs": ["bill <mm>", "mass"], "outputs": ("Adelie", "Gentoo")}
    texts = {text.text: text for text in parsed(draw_network(model, **names)).iter(f"{SVG}text")}
    assert {"bill <mm>", "mass", "Adelie", "Gentoo"} < {*texts}
    assert texts["mass"].get("text-anchor") == "end" and texts["Gentoo"].get("text-anchor") == "start"
    for wrong in ({"inputs": ["one"]}, {"outputs": "ab"}):
        with pytest.raises(ValueError, match="takes a name for each of the 2 "):
            draw_network(model, **wrong)
