"""Standard output holds the bytes of the file and nothing else, and a terminal gets no binary."""

import json
from pathlib import Path

import pytest

from viz import draw_dot, scene, to_json
from viz.cli.main import main

from .command_line import NEURON, files, neuron, process, run

pytestmark = pytest.mark.usefixtures("empty_folder")


# V5: -o - and --format svg into a pipe were refused.

STARTS = {
    "svg": b"<?xml",
    "png": b"\x89PNG",
    "dot": b"digraph glassgrad {",
    "json": b"{",
    "txt": b"tanh(w * x + b) = ",
}


@pytest.mark.parametrize("format", STARTS)
@pytest.mark.parametrize("dash", [["-o", "-"], ["--output=-"], []], ids=str)
def test_standard_output_holds_the_bytes_of_the_file_and_nothing_else(capfdbinary, format, dash):
    assert main([*NEURON, "-o", f"neuron.{format}"]) == 0
    capfdbinary.readouterr()
    assert main([*NEURON, *dash, "--format", format]) == 0
    out, err = capfdbinary.readouterr()
    assert out.startswith(STARTS[format])
    assert (out, err) == (Path(f"neuron.{format}").read_bytes(), b"")
    assert files() == [f"neuron.{format}"]


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        (["draw", *NEURON], "svg"),
        (["player", *NEURON], "html"),
        (["quiz", *NEURON], "html"),
        (["network", "3,4,2"], "svg"),
    ],
    ids=["draw", "player", "quiz", "network"],
)
def test_every_command_that_writes_a_file_writes_to_standard_output(capfdbinary, words, ending):
    assert main([*words, "-o", f"file.{ending}"]) == 0
    capfdbinary.readouterr()
    assert main([*words, "-o", "-"]) == 0
    assert capfdbinary.readouterr() == (Path(f"file.{ending}").read_bytes(), b"")
    assert files() == [f"file.{ending}"]


def test_a_file_called_dash_is_written_with_its_folder(capsys):
    assert run(capsys, *NEURON, "-o", "./-", "--format", "svg")[1].endswith("wrote -\n")
    assert files() == ["-"]


def test_options_of_drawings_go_with_standard_output(capfdbinary):
    assert main([*NEURON, "-o", "-", "--format", "dot", "--theme", "dark", "--legend"]) == 0
    expected = draw_dot(neuron()[0], theme="dark", legend=True).source
    assert capfdbinary.readouterr().out.decode() == expected


@pytest.mark.parametrize("format", ["png", "pdf"])
@pytest.mark.parametrize("dash", [["-o", "-"], []], ids=str)
def test_a_terminal_gets_no_binary_and_is_told_what_to_do(capsys, monkeypatch, format, dash):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    code, out, err = run(capsys, *NEURON, *dash, "--format", format)
    assert (code, out) == (2, "")
    remedy = f"add -o FILE.{format}, or redirect it, as in glassgrad ... > graph.{format}"
    assert err == f"glassgrad: --format {format} is not for a terminal: {remedy}\n"


def test_a_terminal_gets_texts(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert run(capsys, *NEURON, "-o", "-")[1].startswith("<?xml")
    assert run(capsys, *NEURON, "--format", "json")[1] == f"{to_json(scene(neuron()[0]))}\n"


def test_a_drawing_that_fails_leaves_standard_output_empty(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, out, err = run(capsys, *NEURON, "-o", "-")
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: standard output was not written: GLASSGRAD_DOT is '/no/such")


def test_json_on_the_terminal_is_json():
    out, err = process("a / 0", "a=1", "--format", "json").communicate(timeout=20)
    assert (json.loads(out)["nodes"][-1]["data"], err) == ("inf", "")
