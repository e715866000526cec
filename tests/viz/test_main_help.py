"""Help and version of the command line, and the examples that help gives."""

import shlex

import pytest

from autograd import OPS, add_op
from nn import MLP, save
from viz.cli.main import COMMANDS, Command, main

from .command_line import files, run

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_every_example_of_the_help_works(capsys):
    save("model.json", MLP([2, 3, 1], rng=0))
    for name, command in COMMANDS.items():
        lines = [line.split("  (")[0] for line in command.examples.strip().splitlines()]
        assert lines
        for words in map(shlex.split, lines):
            code, out, err = run(capsys, *words[1:])
            assert (code, err) == (0, "")
            assert out.startswith(("value", "a * b", "<?xml")) or name != "draw"
    drawings = ["loss.png", "minus.svg", "net.svg", "neuron.svg", "trained.svg"]
    assert files() == sorted(["backward.html", "model.json", "quiz.html", *drawings])


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_the_help_of_each_command_tells_its_purpose_and_has_examples(capsys, name):
    code, out, err = run(capsys, *name.split(), "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: {f'glassgrad {name}'.strip()}")
    assert f"examples:{COMMANDS[name or 'draw'].examples}" in out
    assert all(f"  {other} " in out for other in COMMANDS if not name)


# V5: help and version were read as expressions.


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_help_is_a_word_too(capsys, name):
    code, out, err = run(capsys, "help", *name.split())
    assert (code, err) == (0, "")
    assert (code, out, err) == run(capsys, *name.split(), "--help")
    assert "exit codes:\n  0    done" in out


def test_the_help_lists_the_functions_of_an_expression(capsys):
    add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x * x,))
    for words in (["help"], ["help", "check"]):
        listed = run(capsys, *words)[1].partition("functions:")[2].partition("exit codes")[0]
        assert listed.replace("\n", " ").replace(" ", "").split(",") == list(OPS)
    assert "functions:" not in run(capsys, "help", "doctor")[1]


def test_version_is_a_word_too(capsys):
    code, out, err = run(capsys, "version")
    assert (code, err) == (0, "")
    assert out.startswith("glassgrad ")
    assert (code, out, err) == run(capsys, "--version")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["help", "darw"], "got 'darw' (did you mean 'draw'?)"),
        (["help", "draw", "quiz"], "help takes one of the commands"),
        (["help", "help=2"], "put draw before it, as in: glassgrad draw help help=2)"),
        (["version", "x"], "version takes no arguments, got 'x'"),
    ],
)  # fmt: skip
def test_mistakes_with_help_and_version_are_told(capsys, words, message):
    code, out, err = run(capsys, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err


def test_main_returns_its_code_and_takes_the_commands_of_another_package(capsys):
    given = []
    lesson = Command(lambda words, options: given.append(words) or 7, "[SECTION]", None, "run", "")
    own = {**COMMANDS, "lesson": lesson}
    assert main(["lesson", "8", "--depth", "40", "--help"], own) == 7
    assert main(["help", "lesson"], own) == 7
    assert given == [["8", "--depth", "40", "--help"], ["--help"]]
    assert main(["--help"], own) == main(["draw", "--colour"], own) - 2 == 0
    assert "  lesson   run" in capsys.readouterr().out
    assert "lesson" not in COMMANDS
