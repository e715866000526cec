"""Mistakes at the command line: told on one line, with what to do, and nothing is written."""

from pathlib import Path

import pytest

from nn import Activation, Sequential, save
from viz.cli.main import COMMANDS

from .command_line import NEURON, files, run

pytestmark = pytest.mark.usefixtures("empty_folder")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["x*2", "x"],
            "'x' is not of the form name=number, as in w1=-3 "
            "(an expression with spaces needs quotes)",
        ),
        (["x", "*", "2", "x=1"], "'*' is not of the form name=number"),
        (["x*2", "=1"], "'=1' is not of the form name=number"),
        (["x*2", "2x=1"], "'2x=1' is not of the form name=number"),
        (["x*2", "x="], "the value of 'x' must be a number, got ''"),
        (["x*2", "x=one"], "the value of 'x' must be a number, got 'one'"),
        (["x*2", "x=1=2"], "the value of 'x' must be a number, got '1=2'"),
        (["x*2", "x=1+1"], "the value of 'x' must be a number, got '1+1'"),
        (["x*2", "x=1", "x=2"], "'x' is given twice: 1.0 and 2"),
        (
            ["x*2", "x=1", "y=2", "a=3"],
            "a, y: given a number, but not in the expression; correct the name or leave it out",
        ),
        (["x*2"], "'x' has no value: add x=... after the expression, at character 1\n  x*2\n  ^"),
        (
            ["2*3"],
            "the expression has no variable, so there is no gradient to draw: "
            'use a variable, as in "x*2" x=3',
        ),
        (["tanh(1)"], "the expression has no variable"),
        (["5"], "the expression has no variable"),
        (["", "x=1"], "the expression is empty"),
        (
            ["x ^ 2", "x=1"],
            "this operator is not one of + - * / ** (a power is written **), "
            "at character 3\n  x ^ 2\n    ^",
        ),
        (
            [*NEURON, "-o", "neuron.jpg"],
            "neuron.jpg: its ending names none of the formats svg, png, dot, pdf, json, txt; "
            "choose one with --format",
        ),
        ([*NEURON, "-o", "neuron"], "neuron: its ending names none of the formats"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else "",
)
def test_a_mistake_is_told_on_one_line_and_nothing_is_drawn(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"glassgrad: {message}")
    assert files() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["-x*2", "x=3"],
            "'-x*2' is not an option here; an expression that begins with a minus goes after --",
        ),
        (["x * 2", "x=3", "--colour"], "'--colour' is not an option here"),
        (["x * 2", "x=3", "--format", "gif"], "argument --format: invalid choice: 'gif'"),
        (["x * 2", "x=3", "-o"], "argument -o/--output: expected one argument"),
    ],
)
def test_an_option_that_is_none_is_refused(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert files() == []


@pytest.mark.parametrize("arguments", [[], ["draw"], ["player"], ["quiz"], ["check"]])
def test_without_an_expression_one_is_asked_for(capsys, arguments):
    expected = 'glassgrad: an expression is needed, as in: glassgrad "a*b" a=2 b=3 -o product.svg\n'
    assert run(capsys, *arguments) == (2, "", expected)


def test_a_name_that_no_file_can_have_is_told_on_one_line(capsys):
    name = "n" * 300 + ".svg"
    code, _, err = run(capsys, *NEURON, "-o", name)
    assert code in (1, 2)
    assert err.startswith("glassgrad: ")
    assert err.count("\n") == 1
    assert files() == []


@pytest.mark.parametrize(
    "words",
    [
        ["x" * 9000], ["x*2", "y" * 9000], ["x*2", f"x={'1' * 9000}y"],
        ["x*2", f"{'y' * 9000}=1", "x=1"],
        ["f" * 1900 + "(x)", "x=1"], ["v" * 1900, "x=1"], ["draw", "x*2", "x=1", "-o", "f" * 9000],
        ["draw", "x*2", "x=1", "-o", f"a/{'f' * 200}/" * 9],
        ["x*2", "x=1", "--highlight", "q" * 9000, "-o", "a.svg"],
        ["network", "m" * 9000, "-o", "a.svg"], ["explain", "x*2", "q" * 9000, "x=1"],
        ["doctor", "d" * 9000],
        ["help", "h" * 9000], ["version", "v" * 9000], ["--" + "o" * 9000], ["a" * 9000 + "=1"],
    ],
    ids=lambda words: " ".join(words)[:20],
)  # fmt: skip
def test_e11_a_message_is_short_whatever_it_is_given(capsys, words):
    code, _, err = run(capsys, *words)
    assert code == 2
    assert len(err) < 1200, len(err)


@pytest.mark.parametrize(
    ("typo", "meant"), [("darw", "draw"), ("drwa", "draw"), ("playr", "player"), ("chekc", "check")]
)
def test_a_command_with_a_slip_in_it_is_told_which_was_meant(capsys, typo, meant):
    code, out, err = run(capsys, typo, "a*b", "a=1", "b=2")
    assert (code, out) == (2, "")
    message = f"there is no command {typo!r} (did you mean {meant!r}?)"
    assert err == f"glassgrad: {message}; the commands are {', '.join(COMMANDS)}\n"
    assert run(capsys, typo, f"{typo}=2")[0] == 0


# Mistakes in commands by name.

TEN_TERMS = ["+".join("abcdefghij"), *[f"{letter}=1" for letter in "abcdefghij"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["draw", *NEURON, "--open"], "--open opens the file that is written: add -o FILE"),
        (["draw", *NEURON, "-o", "-", "--open"], "--open opens the file that is written: add -o"),
        (["quiz", *NEURON, "-o", "-", "--open"], "--open opens the file that is written: add -o"),
        (
            ["draw", *NEURON, "--legend"],
            "--legend is for drawings (svg, png, dot, pdf), and none is made here: "
            "add -o graph.svg",
        ),
        (["draw", *NEURON, "-o", "a.txt", "--theme", "dark"], "--theme is for drawings"),
        (["draw", *NEURON, "-o", "a.json", "--rankdir", "TB"], "--rankdir is for drawings"),
        (
            ["draw", *NEURON, "-o", "a.svg", "--highlight", "q"],
            "'q' is not a node of the graph, which has w, x, w * x, b, w * x + b, tanh(w",
        ),
        (
            ["draw", *TEN_TERMS, "-o", "a.svg", "--highlight", "q"],
            "'q' is not a node of",
        ),
        (["player", *NEURON], "a player is written to a file: add -o FILE.html"),
        (["quiz", *NEURON], "a quiz is written to a file: add -o FILE.html"),
        (
            ["player", *NEURON, "-o", "a.svg"],
            "a.svg: a player is written to a file that ends in .html",
        ),
        (["player", "x ^ 2", "x=1", "-o", "a.html"], "this operator is not one of + - * / **"),
        (["player", "2 * 3", "-o", "a.html"], "the expression has no variable"),
        (
            ["player", *NEURON, "-o", "missing/a.html"],
            "the folder missing does not exist: make it first",
        ),
        (
            ["network"],
            "a model file or sizes are needed, as in: glassgrad network 3,4,4,2 -o net.svg",
        ),
        (["network", "3,4"], "a picture of a network is written to a file: add -o FILE.svg"),
        (
            ["network", "3,4", "-o", "net.png"],
            "net.png: a picture of a network is written to a file that ends in .svg",
        ),
        (
            ["network", "3,4", "1", "-o", "net.svg"],
            "layer 0 of MLP([3, 4], identity, 16 parameters) takes 3 inputs, got 1",
        ),
        (
            ["network", "3,4", "1", "x", "2", "-o", "net.svg"],
            "an input of the network must be a number, got 'x'",
        ),
        (["network", "3,0", "-o", "net.svg"], ""),
        (
            ["network", "9000,9000", "-o", "net.svg"],
            "a network of 9000,9000 has more than 1,000,000 weights, too many to draw",
        ),
        (
            ["network", "no.json", "-o", "net.svg"],
            "no.json is neither sizes, such as 3,4,2, nor a file that can be read: No such file",
        ),
        (
            ["network", "no.json", "--seed", "1", "-o", "net.svg"],
            "--seed is for a new network given by sizes, such as 3,4,2; no.json already has its",
        ),
        (
            ["explain", "a*b"],
            "an expression and one of its names are needed, as in: glassgrad explain",
        ),
        (["explain", "a*b", "a=1", "b=2"], "an expression and one of its names are needed"),
        (
            ["explain", "a*b", "c", "a=1", "b=2"],
            "'c' is not a node of the graph, which has a, b, a * b",
        ),
        (["check", "a*b", "a=1"], "'b' has no value: add b=... after the expression"),
        (["doctor", "x"], "doctor takes no arguments, got 'x'"),
        (["explain", "a*b", "a", "a=1", "b=2", "-o", "a.svg"], "'-o' is not an option here"),
        (["player", *NEURON, "-o", "a.html", "--theme", "dark"], "'--theme' is not an option here"),
        (
            ["network", "3,4", "--seed", "x", "-o", "net.svg"],
            "argument --seed: invalid int value: 'x'",
        ),
        (
            ["draw", *NEURON, "-o", "a.svg", "--rankdir", "UP"],
            "argument --rankdir: invalid choice: 'UP'",
        ),
    ],
    ids=lambda words: " ".join(words)[:60] if isinstance(words, list) else "",
)
def test_a_mistake_in_a_command_is_told_and_nothing_is_written(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"glassgrad: {message}")
    assert err.count("\n") == 1 or "at character" in err
    assert files() == []


def test_a_file_that_is_no_model_is_refused(capsys):
    Path("model.json").write_text('{"format": 1}')
    code, out, err = run(capsys, "network", "model.json", "-o", "net.svg")
    assert (code, out) == (2, "")
    assert err.startswith("glassgrad: model.json is not a model file: ")
    save("model.json", Sequential(Activation("tanh")))
    code, _, err = run(capsys, "network", "model.json", "-o", "net.svg")
    assert (code, "draws the Layers of a model" in err) == (2, True)
    assert files() == ["model.json"]
