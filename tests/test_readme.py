"""The README is true: its picture, its commands, its code."""

import doctest
import re
import shlex

import pytest

from demos import gallery
from viz import find_dot
from viz.cli.main import main

from .checkout import CHECKOUT

README = (CHECKOUT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.search(r"```sh\n(.*?)```", README, re.S).group(1).strip().split("\n")


def test_the_first_code_block_holds_exactly_two_commands_that_set_themselves_up():
    assert len(COMMANDS) == 2
    assert all(command.startswith("python3 -m venv .venv && ") for command in COMMANDS)
    assert README.index("```") == README.index("```sh")


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "autograd/README.md",
        "autograd/compiler/README.md",
        "nn/README.md",
        "viz/README.md",
    ],
)
def test_the_code_in_the_readme_runs(name):
    text = (CHECKOUT / name).read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, name, name, 0)
    assert test.examples
    result = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test)
    assert result.failed == 0


def test_the_main_command_draws_the_picture_of_the_readme(tmp_path, capsys):
    arguments = shlex.split(COMMANDS[0].rpartition("-m viz ")[2])
    out = tmp_path / "neuron.svg"
    arguments[arguments.index("neuron.svg")] = str(out)
    assert main(arguments) == 0
    assert "x1                            2.0000  −1.5000" in capsys.readouterr().out
    if not find_dot().embedded:
        pytest.skip("the picture was laid out by the embedded dot, and another one is in use")
    assert out.read_bytes() == (CHECKOUT / "demos/figures/neuron.svg").read_bytes()


@pytest.mark.parametrize("name", gallery.DRAWINGS)
def test_the_gallery_is_drawn_as_it_is_shown(name):
    if not find_dot().embedded:
        pytest.skip("the pictures were laid out by the embedded dot, and another one is in use")
    assert gallery.PICTURES[name]() == (CHECKOUT / "demos/figures" / name).read_bytes()
