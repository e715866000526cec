"""What objects show as the last line of a prompt or a cell: some words, and no address."""

import pickle
import re
from pathlib import Path

import graphviz
import pytest

from autograd import CONST, OPS, Value, compile, explain, formula, tanh
from autograd.formula import Term
from nn import (
    MLP,
    Activation,
    BatchNorm,
    Dropout,
    EarlyStopping,
    Layer,
    Monitor,
    Neuron,
    Perceptron,
    Sequential,
    Settings,
    data,
    diagnose,
    evaluate,
    fit,
    load,
    save,
    steps,
)
from nn.optim import OPTIMIZERS
from viz import (
    Drawing,
    TrainingPlayer,
    animate,
    draw_dot,
    draw_network,
    find_dot,
    folded,
    frames,
    passes,
    player,
    quiz,
    scene,
)

from .test_public_names import PUBLIC

MOST = 300


def graph_of(size):
    """A chain of layers of 2 to the power `size` paths, whose leaf has a long name."""
    x = Value(0.5, "a leaf with a name that is rather long")
    y = x
    for _ in range(size):
        y = tanh(y * 0.5 + y * 0.25)
    return y, x


def trained(sizes, **options):
    model, samples = MLP(sizes, rng=0), data.moons(20, rng=0)
    options = {"epochs": 3, "progress": False, "validation": 0.5, "rng": 0} | options
    return model, fit(model, samples, **options)


@pytest.fixture(scope="module")
def objects(tmp_path_factory):
    """An object of every public class, as large as they get."""
    folder = tmp_path_factory.mktemp("shown")
    root, leaf = graph_of(30)
    root.backward()
    model, history = trained([2, 16, 16, 16, 16, 2])
    flawed = MLP([2, 8, 2], init="zeros")
    plain = data.moons(20, rng=0)
    found = diagnose(flawed, fit(flawed, plain, epochs=10, progress=False))
    told = explain(root, leaf)
    perceptron = Perceptron(2)
    learned = perceptron.learn(data.xor())
    drawn, played = passes(graph_of(3)[0])
    recorder = TrainingPlayer(lambda: model.layers[0]([0.5, 1.0])[0])
    recorder.record("the text of a record, which may be long " * 10)
    save(folder / "model.json", model)
    monitor = Monitor(model, plain)
    wide = data.as_dataset(([[0.1 * i for i in range(500)]] * 4, [0, 1, 0, 1]))
    step = next(iter(steps(MLP([2, 2], rng=0), plain, epochs=1)))
    deep = Sequential(*[Layer(4, 4) for _ in range(100)])
    return {
        "Value": root,
        "Op": OPS["tanh"],
        "CONST": CONST,
        "Explanation": told,
        "Path": told.paths[0],
        "Program": compile(lambda x: x * x, 1.0),
        "Term": Term("a + b", 1),
        "Activation": Activation("tanh"),
        "BatchNorm": BatchNorm(4),
        "Checkpoint": load(folder / "model.json"),
        "Dataset": wide,
        "Dropout": Dropout(0.5),
        "EarlyStopping": EarlyStopping(),
        "Epoch": history[-1],
        "Epoch of a regression": fit(
            MLP([2, 1], rng=0), plain, loss="mse", epochs=1, progress=False
        )[0],
        "Facts": monitor.history.facts,
        "Evaluation": evaluate(model, plain),
        "Finding": found[0],
        "History": history,
        "Layer": model.layers[0],
        "MLP": model,
        "Module": deep.layers[0],
        "Monitor": monitor,
        "Neuron": Neuron(2),
        "Perceptron": perceptron,
        "PerceptronHistory": learned,
        "PerceptronEpoch": learned.epochs[0],
        "Sequential": Sequential(Layer(2, 2), Layer(2, 1)),
        "Settings": Settings(lr=0.1, rng=0, validation=wide),
        "Step of nn": step,
        "Standardiser": data.standardiser(wide.X),
        "ForwardTable": model.forward_table([0.5, 1.0])[0],
        "BackwardTable": model.backward_table([0.5, 1.0], lambda out: out[0] * out[1])[0],
        "Cluster": scene(model([0.5, 1.0])[0]).clusters[0],
        "Dot": find_dot(),
        "Drawing": draw_dot(root),
        "Drawing without a scene": Drawing(graphviz.Digraph()),
        "Edge": drawn.edges[0],
        "Node": drawn.nodes[0],
        "Node of many": folded(model([0.5, 1.0])[0]).nodes[0],
        "Node with a mark": scene(tanh(Value(50.0))).nodes[-1],
        "Picture": draw_network(model),
        "Scene": scene(root),
        "Scene with a note": folded(model([0.5, 1.0])[0]),
        "Step": played[3],
        "TrainingPlayer": recorder,
        "TrainingPlayer before": TrainingPlayer(lambda: root),
        "player": player(graph_of(2)[0], folder / "player.html"),
        "quiz": quiz(graph_of(2)[0], folder / "quiz.html"),
        "animate": animate(graph_of(2)[0], folder / "moving.svg"),
        "frames": frames(graph_of(2)[0]),
        "TrainingPlayer.page": recorder.page(),
        **{name: make(model.parameters(), lr=0.1) for name, make in OPTIMIZERS.items()},
    }


def test_every_object_says_what_it_is_in_a_few_words(objects):
    for name, thing in objects.items():
        text = repr(thing)
        assert 0 < len(text) <= MOST, f"{name}: {len(text):,} signs: {text[:200]}"
        assert not re.search(r" at 0x|<[\w.]+ object", text), f"{name}: {text}"
        for method in ("_repr_html_", "_repr_svg_", "_repr_latex_"):
            if hasattr(thing, method):
                assert getattr(thing, method)(), f"{name}.{method}"


def test_no_public_class_is_left_out(objects):
    covered = {type(thing) for thing in objects.values()}
    for path, names in PUBLIC.items():
        for name in names.split():
            found = getattr(__import__(path, fromlist=[name]), name)
            if isinstance(found, type) and not issubclass(found, Exception):
                if found.__repr__ is not object.__repr__:
                    continue
                assert found in covered or name in NO_OBJECTS, f"{path}.{name}"


NO_OBJECTS = {"no_grad", "detect_anomaly", "Optimizer"}
"""Used in a `with`, or a base class."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Explanation", "∂tanh/∂a leaf with a name that is rather long = "),
        ("Epoch", "Epoch(2: loss 0."),
        ("Finding", "Finding(symmetric initialisation: the 8 neurons of layers.0 have equal weig"),
        (
            "Settings",
            "Settings(lr=0.1, validation=Dataset(4 samples, 500 features, 2 classes), rng=0)",
        ),
        ("EarlyStopping", "EarlyStopping(patience=10, min_delta=0)"),
        ("Monitor", "Monitor(MLP([2, 16, 16, 16, 16, 2], relu, 898 parameters), History("),
        (
            "PerceptronHistory",
            "PerceptronHistory(3 epochs, 4 mistakes in the last, never converges)",
        ),
        ("PerceptronEpoch", "PerceptronEpoch(1: 2 mistakes, w = [-1.0, 0.0], b = 0)"),
        ("ForwardTable", "ForwardTable('layers.0': W 16×2, x 2, b 16, z 16, a 16)"),
        ("Scene", "Scene("),
        ("Node", "Node(v0 'a leaf with a name that is rather long', parameter, data 0.5, grad "),
        ("Node with a mark", "Node(v1 'tanh(50)', output, data 1, 'saturated')"),
        ("Cluster", "Cluster('layers.4', title 'layers.4')"),
        ("Drawing", "Drawing("),
        ("Drawing without a scene", "Drawing(0 lines of DOT)"),
        ("Picture", "Picture("),
        ("Step", "Step(forward, "),
        ("TrainingPlayer", "TrainingPlayer(1 recorded, the last: "),
        ("player", "Page("),
    ],
)
def test_what_objects_say(objects, name, text):
    assert repr(objects[name]).startswith(text)


def test_findings_are_read_in_a_list(objects):
    assert repr([objects["Finding"]]).count("\n") == 0
    assert "start from random weights" in str(objects["Finding"])


def test_a_long_model_is_cut_in_the_middle():
    text = repr(Sequential(*[Layer(2, 2) for _ in range(50)]))
    assert text.count("\n") == 12
    assert "  ... 40 more" in text


def test_a_page_can_be_given_to_whatever_takes_a_path_and_shows_itself(tmp_path):
    page = player(Value(2.0, "a") * 3, tmp_path / "page.html")
    assert Path(page) == tmp_path / "page.html"
    with open(page, encoding="utf-8") as file:
        assert file.read() == page.read_text(encoding="utf-8")
    assert pickle.loads(pickle.dumps(page)) == page
    shown = page._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!')
    assert shown.count("<") == 2


def test_a_formula_of_a_big_graph_is_short():
    root, _ = graph_of(200)
    assert len(repr(root)) < 100
    assert len(formula.display(root)) < 300
