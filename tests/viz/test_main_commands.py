"""Commands by name: drawings and pages are those of the library, and gradients are explained."""

import json
from pathlib import Path

import pytest

from nn import MLP, save
from viz import draw_dot, draw_network, from_json, player, quiz, scene, to_json, to_tree
from viz.cli.main import COMMANDS

from .command_line import NEURON, files, neuron, run

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_draw_is_what_is_done_without_a_name(capsys):
    assert run(capsys, *NEURON, "-o", "a.svg")[1] == run(capsys, "draw", *NEURON, "-o", "b.svg")[
        1
    ].replace("b.svg", "a.svg")
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_variable_may_be_called_like_a_command(capsys, name):
    assert "2.0000  1.0000" in run(capsys, "draw", name, f"{name}=2")[1]
    assert f"{name} * 2" in run(capsys, f"{name} * 2", f"{name}=2")[1]
    assert "2.0000  1.0000" in run(capsys, "--", name, f"{name}=2")[1]


def test_a_command_that_was_meant_as_a_variable_says_how(capsys):
    code, out, err = run(capsys, "check", "check=2")
    assert (code, out) == (2, "")
    remedy = "put draw before it, as in: glassgrad draw check check=2"
    assert err.endswith(
        f"an expression is needed before 'check=2' (if it has the name of a command, {remedy})\n"
    )


def test_options_and_words_may_be_mixed(capsys):
    assert run(capsys, "--theme", "dark", "w*x", "w=2", "-o", "a.svg", "x=3", "--force")[0] == 0
    assert files() == ["a.svg"]


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("--theme dark", {"theme": "dark"}),
        ("--theme auto", {"theme": "auto"}),
        ("--legend --flows", {"legend": True, "flows": True}),
        ("--rankdir TB", {"rankdir": "TB"}),
    ],
)
def test_the_options_of_a_drawing_are_those_of_draw_dot(capsys, words, options):
    assert run(capsys, *NEURON, "-o", "neuron.dot", *words.split())[0] == 0
    assert Path("neuron.dot").read_text(encoding="utf-8") == draw_dot(neuron()[0], **options).source


@pytest.mark.parametrize("name", ["w", "w * x"])
def test_a_highlight_is_a_node_by_its_name_in_the_table(capsys, name):
    root, w = neuron()
    assert run(capsys, *NEURON, "-o", "neuron.json", "--highlight", name)[0] == 0
    expected = scene(root, highlight=w if name == "w" else root.inputs[0].inputs[0])
    assert from_json(Path("neuron.json").read_text()) == expected


def test_texts_are_written_into_files_or_on_the_terminal(capsys):
    drawn = scene(neuron()[0])
    for format, text in (
        ("json", to_json(drawn)),
        ("txt", to_tree(drawn)),
        ("dot", draw_dot(neuron()[0]).source.rstrip("\n")),
    ):
        assert run(capsys, *NEURON, "--format", format) == (0, f"{text}\n", "")
        assert run(capsys, *NEURON, "-o", f"neuron.{format}")[0] == 0
        assert Path(f"neuron.{format}").read_text(encoding="utf-8") == f"{text}\n"


@pytest.mark.parametrize(("name", "make"), [("player", player), ("quiz", quiz)])
def test_a_page_is_that_of_the_library(capsys, tmp_path, name, make):
    code, out, err = run(capsys, name, *NEURON, "-o", "page.html", "--rankdir", "TB")
    assert (code, out, err) == (0, "wrote page.html\n", "")
    assert (
        Path("page.html").read_bytes()
        == make(neuron()[0], tmp_path / "b.html", rankdir="TB").read_bytes()
    )


def test_a_network_is_that_of_a_file_or_of_sizes(capsys):
    model = MLP([2, 3, 1], "tanh", rng=1)
    save("model.json", model)
    code, out, err = run(
        capsys, "network", "model.json", "0.5", "-1e0", "-o", "net.svg", "--theme", "auto"
    )
    assert (code, err) == (0, "")
    assert out.splitlines() == [*repr(model).splitlines(), "wrote net.svg"]
    assert (
        Path("net.svg").read_text(encoding="utf-8")
        == draw_network(model, [0.5, -1.0], theme="auto").svg
    )
    for words, seed in (([], 0), (["--seed", "7"], 7)):
        assert run(capsys, "network", "3,4,2", *words, "-o", "net.svg", "--force")[0] == 0
        assert (
            Path("net.svg").read_text(encoding="utf-8")
            == draw_network(MLP([3, 4, 2], rng=seed), theme="light").svg
        )


def test_a_gradient_is_explained(capsys):
    expected = (
        "∂out/∂a = 4, the sum over 2 paths:\n"
        "  a → mul → out: 3 × 1 = 3\n"
        "  a → out: 1 = 1\n"
        "with the slopes\n"
        "  a → mul: b = 3, the other factor of a * b\n"
        "  mul → out: 1, of mul + a\n"
        "  a → out: 1, of mul + a\n"
    )
    assert run(capsys, "explain", "a*b + a", "a", "a=2", "b=3") == (0, expected, "")
    assert run(capsys, "explain", "a*b + a", "a * b", "a=2", "b=3")[1].startswith(
        "∂out/∂a * b = 1, the sum over 1 path:"
    )


def test_an_explanation_as_json_has_names_of_the_table(capsys):
    code, out, err = run(capsys, "explain", "a*b + a", "a", "a=2", "b=3", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "root": "a * b + a",
        "wrt": "a",
        "gradient": 4.0,
        "count": 2,
        "paths": [
            {"nodes": ["a", "a * b", "a * b + a"], "slopes": [3.0, 1.0], "product": 3.0},
            {"nodes": ["a", "a * b + a"], "slopes": [1.0], "product": 1.0},
        ],
    }
    out = run(capsys, "explain", "1 / a", "a", "a=0", "--json")[1]
    assert json.loads(out)["gradient"] == "-inf"
