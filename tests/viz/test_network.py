"""The classic picture: a circle a unit, a line a weight, numbers that are those of the network."""

import math
import re
from itertools import chain
from xml.etree import ElementTree

import pytest

from autograd import Value
from nn import MLP, Activation, BatchNorm, Layer, Module, Sequential, losses
from viz import draw_network, style
from viz.network.layout import width_of
from viz.style import DARK, LIGHT

SVG = "{http://www.w3.org/2000/svg}"
SAMPLE = [1.0, -0.5, 0.3]


def parsed(picture):
    return ElementTree.fromstring(picture.svg)


def texts(svg):
    return [text.text for text in svg.iter(f"{SVG}text")]


def lines(svg, kind="weight"):
    return [line for line in svg.iter(f"{SVG}line") if line.get("class") == kind]


def tips(parts):
    return [part.find(f"{SVG}title").text for part in parts]


def panels(svg):
    """The forward and the backward picture, and the lines of the legend."""
    groups = svg.findall(f"{SVG}g")
    return [group for group in groups if list(group.iter(f"{SVG}circle"))]


def words_of(svg):
    """The legend in words, its lines joined."""
    legend = [group for group in svg.findall(f"{SVG}g") if not list(group.iter(f"{SVG}circle"))]
    return " ".join(chain.from_iterable(map(texts, legend[1:])))


def test_every_unit_and_every_weight_is_there():
    svg = parsed(draw_network(MLP([3, 4, 2], rng=0)))
    assert len(list(svg.iter(f"{SVG}circle"))) == 6
    assert len(lines(svg)) == 3 * 4 + 4 * 2
    heads = {"inputs", "layers.0", "layers.1", "relu", "identity", "3 units", "4 units", "2 units"}
    assert heads <= set(texts(svg))


def test_lines_show_sign_by_colour_and_dash_and_size_by_width():
    layer = Layer(2, 1, "identity")
    layer.W = [[2.0, -1.0]]
    drawn = lines(parsed(draw_network(layer)))
    assert [line.get("stroke") for line in drawn] == [style.LIGHT.positive, style.LIGHT.negative]
    assert [line.get("stroke-dasharray") for line in drawn] == [None, style.DASHES]
    widths = [float(line.get("stroke-width")) for line in drawn]
    assert widths[0] == pytest.approx(4.5) and widths[1] == pytest.approx(0.8 + 3.7 / 2)
    assert tips(drawn) == ["w 2.0", "w −1.0"]


def test_activations_and_gradients_are_those_of_the_network_whose_own_stay():
    model = MLP(3, [2, 1], "tanh", rng=0)
    svg = parsed(draw_network(model, SAMPLE, lambda out: losses.mse(out, 1.0)))
    assert all(p.grad == 0 for p in model.parameters())
    assert all(layer.unit_hook is None for layer in model.layers)
    x = [Value(x_i) for x_i in SAMPLE]
    loss = losses.mse(model(x), 1.0)
    loss.backward()
    forward, backward = panels(svg)
    inputs = [tip for tip in all_tips(forward) if tip.startswith("a ")][:3]
    assert inputs == [style.minus(f"a {x_i.data!r}") for x_i in x]
    inputs = [tip for tip in all_tips(backward) if tip.startswith("∂L/∂x ")]
    assert inputs == [style.minus(f"∂L/∂x {x_i.grad!r}, a {x_i.data!r}") for x_i in x]
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    assert tips(lines(forward)) == [style.minus(f"w {w.data!r}") for w in weights]
    wanted = [style.minus(f"∂L/∂w {w.grad!r}, w {w.data!r}") for w in weights]
    assert tips(lines(backward)) == wanted


def corner(group):
    return group.get("transform").removeprefix("translate(").removesuffix(")").split()


def all_tips(part):
    return [title.text for title in part.iter(f"{SVG}title")]


# The backward pass.


def test_delta_is_the_gradient_of_the_sum_before_the_activation_and_so_of_the_bias():
    model = MLP(3, [2, 2], "tanh", rng=0)
    svg = parsed(draw_network(model, SAMPLE, losses.mse, target=[1.0, 0.0]))
    losses.mse(model(SAMPLE), [1.0, 0.0]).backward()
    neurons = chain.from_iterable(layer.neurons for layer in model.layers)
    biases = [neuron.b for neuron in neurons]
    deltas = [tip.split(",")[0] for tip in all_tips(panels(svg)[1]) if tip.startswith("δ ")]
    assert deltas == [style.minus(f"δ {b.grad!r}") for b in biases]


def test_every_weight_gradient_is_on_its_line_by_sign_and_on_a_scale_that_fits_them():
    model = MLP([2, 3, 3, 1], "sigmoid", rng=0)
    svg = parsed(draw_network(model, [1.0, -1.0], losses.mse, target=0.0))
    losses.mse(model([1.0, -1.0]), 0.0).backward()
    weights = [w for layer in model.layers for neuron in layer.neurons for w in neuron.w]
    scale = style.Scale.of(w.grad for w in weights)
    assert scale.decades > 1
    for line, w in zip(lines(panels(svg)[1]), weights, strict=True):
        assert line.get("stroke") == style.LIGHT.line_colour(w.grad)
        assert (line.get("stroke-dasharray") is None) is (w.grad >= 0)
        width = 0.8 + 3.7 * scale.strength(w.grad)
        assert float(line.get("stroke-width")) == pytest.approx(width, abs=0.01)
    assert f"log scale over {scale.decades} powers of ten" in words_of(svg)


def test_the_loss_and_its_target_are_there_and_what_it_sends_back():
    model = MLP([2, 2], rng=0)
    names = {"outputs": ["cat", "dog"]}
    svg = parsed(draw_network(model, [1.0, 2.0], losses.cross_entropy, target=1, **names))
    loss = losses.cross_entropy(model([1.0, 2.0]), 1)
    forward, backward = panels(svg)
    written = texts(forward)
    assert {"loss", f"{loss.data:.4g}", "target"} <= set(written)
    assert written.count("dog") == 2  # the name of the class, and the target
    assert "∂L/∂L = 1" in texts(backward) and "target" not in texts(backward)
    p = losses.softmax([a.data for a in model([1.0, 2.0])])
    back = [float(style.typed(tip.split()[1])) for tip in tips(lines(backward, "to-loss"))]
    assert back == pytest.approx([p[0], p[1] - 1])


@pytest.mark.parametrize(
    ("loss", "target", "said"),
    [
        (losses.mse, 1.5, ["1.5"]),
        (losses.mse, -1.0, ["−1"]),
        (lambda out, y: losses.mse([out], y), [1.0], ["1"]),
        (losses.mse, Value(0.25), ["0.25"]),
        (lambda out: (out - Value(0.5, "y")) ** 2, None, ["y = 0.5"]),
        (lambda out: (out - 0.5) ** 2, None, []),
        (lambda out: out * out, None, []),
    ],
    ids=["number", "negative", "list", "Value", "leaf", "constant", "none"],
)
def test_a_target_is_given_or_read_from_the_leaves_of_the_loss(loss, target, said):
    svg = parsed(draw_network(MLP([2, 1], rng=0), [1.0, 2.0], loss, target=target))
    written = texts(panels(svg)[0])
    assert [text for text in said if text not in written] == []
    assert ("target" in written) is bool(said)


def test_biases_are_written_once():
    model = MLP([2, 3], rng=0)
    model.layers[0].b = [0.25, -0.5, 0.75]
    written = texts(parsed(draw_network(model, [1.0, 2.0], losses.cross_entropy, target=1)))
    assert [text for text in written if text.startswith("b ")] == ["b 0.25", "b −0.50", "b 0.75"]


def test_units_that_are_negative_are_dashed_and_so_stay_apart_in_greyscale():
    model = MLP([2, 6, 1], "tanh", rng=0)
    svg = parsed(draw_network(model, [1.0, -1.0], losses.mse, target=1.0))
    dashes = {True: set(), False: set()}
    for panel, start in zip(panels(svg), ("a ", "δ ")):
        for circle in panel.iter(f"{SVG}circle"):
            tip = circle.find(f"{SVG}title").text
            assert tip.startswith(start)
            dashes[tip.startswith(f"{start}−")].add(circle.get("stroke-dasharray"))
    assert dashes == {True: {style.DASHES}, False: {None}}


FEATURES = ["bill length", "bill depth", "flipper length", "body mass"]
SPECIES = ["Adelie", "Chinstrap", "Gentoo"]


@pytest.mark.parametrize(
    ("sizes", "names"),
    [
        ([1, 1], {}),
        ([2, 3, 1], {}),
        ([3, 4, 2], {}),
        ([4, 8, 3], {"inputs": FEATURES, "outputs": SPECIES}),
        ([4, 8, 8, 3], {}),
        ([4, 8, 8, 3], {"inputs": FEATURES, "outputs": SPECIES}),
        ([64, 20, 3], {}),
        ([2, 3, 3, 3, 3, 3, 1], {}),
    ],
)
@pytest.mark.parametrize("with_loss", [False, True])
def test_text_is_12_pixels_high_on_a_slide(sizes, names, with_loss):
    loss, target = (losses.cross_entropy, 0) if sizes[-1] > 1 else (losses.mse, 1.0)
    how = {"loss": loss, "target": target} if with_loss else {}
    svg = parsed(draw_network(MLP(sizes, rng=0), [0.5] * sizes[0], **how, **names))
    scale = min(1280 / float(svg.get("width")), 720 / float(svg.get("height")))
    assert min(float(text.get("font-size")) for text in svg.iter(f"{SVG}text")) * scale >= 12


def test_two_panels_lie_beside_or_below_each_other_whichever_is_larger_on_a_slide():
    def places(sizes):
        x = [1.0] * sizes[0]
        svg = parsed(draw_network(MLP(sizes, rng=0), x, losses.mse, target=[0.0] * sizes[-1]))
        return [corner(group) for group in panels(svg)]

    (_, top), (_, also_top) = places([4, 8, 2])
    assert top == also_top
    (left, _), (also_left, _) = places([2, 2, 2, 2, 2, 2, 2, 2])
    assert left == also_left


def test_wide_layers_are_folded_with_an_ellipsis_that_counts():
    svg = parsed(draw_network(MLP([64, 20, 3], rng=0), max_units=6))
    assert len(list(svg.iter(f"{SVG}circle"))) == 5 + 3
    assert {"⋮ 59 more", "⋮ 15 more"} <= set(texts(svg))


def test_batch_norm_and_activations_between_layers_are_passed_over():
    model = Sequential(
        Layer(2, 3, "identity", rng=0), BatchNorm(3), Activation("relu"), Layer(3, 1, rng=0)
    ).eval()
    svg = parsed(draw_network(model, [1.0, 2.0]))
    assert len(list(svg.iter(f"{SVG}circle"))) == 4
    assert "after BatchNorm, Activation" in texts(svg)


def test_what_lies_between_is_named_without_running_the_model():
    parts = Layer(2, 3, rng=0), BatchNorm(3), Layer(3, 1, rng=0)
    svg = parsed(draw_network(Sequential(Sequential(*parts[:2]), parts[2])))
    assert [text for text in texts(svg) if text.startswith("after ")] == ["after BatchNorm"]


def test_without_a_sample_a_model_is_not_run_so_nothing_that_it_raises_is_hidden():
    def run(self, x):
        raise RuntimeError("this model must not run")

    svg = parsed(draw_network(Pair(run)))
    assert {"a", "b"} <= set(texts(svg))
    with pytest.raises(RuntimeError, match="must not run"):
        draw_network(Pair(run), [1.0, 2.0])


@pytest.mark.parametrize("theme", ["light", "dark", "auto"])
def test_themes(theme):
    svg = draw_network(MLP([2, 2], rng=0), [1.0, -1.0], theme=theme).svg
    look = style.DARK if theme == "dark" else style.LIGHT
    assert look.background in svg
    assert ("prefers-color-scheme" in svg) is (theme == "auto")
    colours = set(re.findall(r'(?:fill|stroke)="(#[0-9A-F]{6})"', svg))
    assert colours <= set(look.colours())


def test_two_pictures_on_one_page_do_not_repaint_each_other():
    one = draw_network(MLP([2, 1], rng=0), theme="auto").svg
    other = draw_network(MLP([2, 1], rng=1), theme="auto").svg
    still = draw_network(MLP([2, 1], rng=0), theme="light").svg  # the same network, always light
    assert len({ElementTree.fromstring(svg).get("id") for svg in (one, other, still)}) == 3
    ids = [ElementTree.fromstring(svg).get("id") for svg in (one, other)]
    for id, svg in zip(ids, (one, other)):
        style_sheet = ElementTree.fromstring(svg).find(f"{SVG}style").text
        rules = re.findall(r"([^{}]+)\{[^{}]*\}", style_sheet.split("{", 1)[1])
        assert all(rule.startswith(f"#{id} ") for rule in rules)


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
    with pytest.raises(ValueError, match="is for a loss, got none: give loss= as well"):
        draw_network(MLP([2, 1]), [1.0, 2.0], target=1.0)
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
    with pytest.raises(
        ValueError,
        match="draws a chain of Layers, but a gives 3 numbers and b takes 1: draw each branch",
    ):
        draw_network(model, x)


@pytest.mark.parametrize(
    ("run", "said"),
    [
        (lambda self, x: added(self.a(x), self.b(x)), "but . is not fed what the one before"),
        (
            lambda self, x: self.b([z.data for z in self.a(x)]),
            "but . is not fed what the one before it gives",
        ),
        (
            lambda self, x: self.b(self.a(self.a(x))),
            "each used once, but this model runs a, a, b: draw the graph",
        ),
        (lambda self, x: self.a(x), "each used once, but this model runs a: draw the graph"),
        (
            lambda self, x: self.a(self.b(x)),
            "each used once, but this model runs b, a: draw the graph",
        ),
        (lambda self, x: x, "each used once, but this model runs none of them: draw the graph"),
    ],
    ids=["branches", "cut", "twice", "never", "order", "none"],
)
def test_layers_that_do_not_feed_one_another_each_once_are_refused(run, said):
    model = Pair(run)
    with pytest.raises(ValueError, match=f"draws a chain of Layers, {said}"):
        draw_network(model, [1.0, 2.0])
    assert (model.a.unit_hook, model.b.unit_hook) == (None, None)


def test_a_chain_in_a_module_of_ones_own_is_drawn():
    svg = parsed(draw_network(Pair(lambda self, x: self.b(self.a(x))), [1.0, 2.0]))
    assert {"a", "b"} <= set(texts(svg))


def test_a_model_that_raises_is_left_as_it_was():
    model = Pair(lambda self, x: self.b(self.a(x))[7])
    with pytest.raises(IndexError):
        draw_network(model, [1.0, 2.0])
    assert (model.a.unit_hook, model.b.unit_hook) == (None, None)


@pytest.mark.parametrize(
    ("loss", "kind"),
    [(lambda out: out, "list"), (lambda out: 3.0, "float"), (lambda out: None, "NoneType")],
)
def test_a_loss_must_make_one_value(loss, kind):
    with pytest.raises(
        TypeError,
        match=rf"must make one Value of model\(x\), as in lambda out: out\[0\] \*\* 2, got {kind}",
    ):
        draw_network(MLP([2, 2], rng=0), [1.0, 2.0], loss)


@pytest.mark.parametrize(
    ("x", "loss", "said"),
    [
        (None, None, "Lines are weights w, wider for larger; b is the bias"),
        ([1.0, 2.0], None, "a, deeper for larger: % of the largest in their column; b is"),
        ([1.0, 2.0], lambda out: out, "circles are δ = ∂L/∂z, inputs ∂L/∂x"),
        ([1.0, 2.0], lambda out: out, "Backward: lines are ∂L/∂w, and ∂L/∂a at the loss"),
    ],
    ids=["weights", "sample", "delta", "lines"],
)
def test_the_legend_says_what_lines_and_circles_show(x, loss, said):
    assert said in words_of(parsed(draw_network(MLP([2, 2, 1], rng=0), x, loss)))


@pytest.mark.parametrize(("theme", "look"), [("light", LIGHT), ("dark", DARK)])
def test_the_legend_shows_each_shade_once_where_it_skipped_the_faintest(theme, look):
    svg = ElementTree.fromstring(draw_network(MLP([2, 3, 1], rng=0), [1.0, -1.0], theme=theme).svg)
    shades = [part.get("fill") for part in svg.iter(f"{SVG}rect") if part.get("class") == "shade"]
    assert shades == [*reversed(look.negative_fills), look.neutral, *look.positive_fills]
    ends = [part for part in svg.iter(f"{SVG}text") if part.text in ("−100%", "100%")]
    assert len(ends) == 2
    right = float(ends[1].get("x")) + width_of(ends[1].text)
    assert right <= float(svg.get("width")) / 2


def test_the_legend_lies_below_the_drawing():
    svg = parsed(draw_network(MLP([2, 5, 1], rng=0), [1.0, 2.0], lambda out: out))
    *_, forward, backward = panels(svg)
    lowest = max(float(text.get("y")) for text in forward.iter(f"{SVG}text"))
    groups = [group for group in svg.findall(f"{SVG}g") if group not in (forward, backward)]
    tops = [float(corner(group)[1]) for group in groups]
    assert len(tops) >= 3 and min(tops) > lowest + 13


def test_without_biases_the_legend_has_none():
    picture = draw_network(Layer(2, 1, bias=False, rng=0), [1.0, 2.0])
    assert "bias" not in words_of(parsed(picture))


def test_features_and_classes_are_named_beside_their_units():
    model, names = (
        MLP([2, 3, 2], rng=0),
        {"inputs": ["bill <mm>", "mass"], "outputs": ("Adelie", "Gentoo")},
    )
    texts = {text.text: text for text in parsed(draw_network(model, **names)).iter(f"{SVG}text")}
    assert {"bill <mm>", "mass", "Adelie", "Gentoo"} < {*texts}
    assert (
        texts["mass"].get("text-anchor") == "end" and texts["Gentoo"].get("text-anchor") == "start"
    )
    for wrong in ({"inputs": ["one"]}, {"outputs": "ab"}):
        with pytest.raises(ValueError, match="takes a name for each of the 2 "):
            draw_network(model, **wrong)
