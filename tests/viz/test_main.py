"""The command line: a table of values and gradients, and drawings in every format."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from autograd import Value
from viz.cli.commands import table
from viz.cli.main import main

from .command_line import NEURON, ROOT, files, run

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_a_drawing_is_written_and_said_to_be(capsys):
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, err) == (0, "")
    assert out.endswith("wrote neuron.svg\n")
    assert files() == ["neuron.svg"]
    assert "tanh(w * x + b)" in "".join(ElementTree.parse("neuron.svg").getroot().itertext())


def test_the_table_lists_the_nodes_with_their_data_and_gradients(capsys):
    code, out, err = run(capsys, "(a*b + 10) * -f", "a=2", "b=-3", "f=-2")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "value              op     data     grad",
        "a                       2.0000  −6.0000",
        "b                      −3.0000   4.0000",
        "a * b              ×   −6.0000   2.0000",
        "10                     10.0000        —",
        "a * b + 10         +    4.0000   2.0000",
        "f                      −2.0000  −4.0000",
        "-f                 −    2.0000   4.0000",
        "(a * b + 10) * -f  ×    8.0000   1.0000",
    ]
    assert files() == []


def test_a_node_of_a_long_formula_is_listed_by_its_id():
    value = Value(1.0, "a_long_name") * Value(2.0, "another_long_name")
    assert [line.split()[0] for line in table(value + 1).splitlines()[1:]] == [
        "a_long_name",
        "another_long_name",
        "v2",
        "1",
        "out",
    ]


@pytest.mark.parametrize(
    ("name", "options", "start"),
    [
        ("graph.svg", [], b"<?xml"),
        ("graph.png", [], b"\x89PNG"),
        ("graph.dot", [], b"digraph glassgrad {"),
        ("graph.gv", [], b"digraph glassgrad {"),
        ("GRAPH.SVG", [], b"<?xml"),
        ("graph", ["--format", "png"], b"\x89PNG"),
        ("graph.txt", ["--format", "dot"], b"digraph glassgrad {"),
        ("graph.png", ["--format", "svg"], b"<?xml"),
        (".hidden", ["--format", "svg"], b"<?xml"),
        ("a name with spaces.svg", [], b"<?xml"),
        ("-.svg", [], b"<?xml"),
    ],
)
def test_the_format_is_that_of_the_option_or_of_the_ending(capsys, name, options, start):
    code, _, err = run(capsys, *NEURON, f"--output={name}", *options)
    assert (code, err) == (0, "")
    assert Path(name).read_bytes().startswith(start)
    assert files() == [name]


def test_an_expression_after_two_dashes_may_begin_with_a_minus(capsys):
    code, out, _ = run(capsys, "--", "-x * 2", "x=3")
    assert code == 0
    assert "-x * 2" in out


def test_a_number_may_be_negative_and_have_an_exponent(capsys):
    code, out, _ = run(capsys, "x*2", "x=-1.5e3")
    assert code == 0
    assert "−3000.0000" in out


def test_a_minus_sign_copied_from_a_drawing_can_be_typed(capsys):
    typed = run(capsys, "x - y", "x=-1.5e-3", "y=2")
    assert run(capsys, "x − y", "x=−1.5e−3", "y=2") == typed
    assert typed[0] == 0 and "−2.0015" in typed[1]


def test_dot_text_needs_no_dot_program(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    assert run(capsys, *NEURON, "-o", "neuron.dot")[0] == 0
    assert files() == ["neuron.dot"]


def test_a_name_is_the_same_in_both_its_unicode_forms(capsys):
    micro, mu = "\u00b5", "\u03bc"  # the sign on keyboards, and the letter that Python reads it as
    assert run(capsys, f"{micro} * 2", f"{micro}=3")[0] == 0
    assert run(capsys, f"{mu} * 2", f"{micro}=3")[0] == 0


def test_it_runs_as_a_module_and_on_a_console_that_has_no_multiplication_sign():
    done = subprocess.run(
        [sys.executable, "-m", "viz", *NEURON],
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[3].split() == ["w", "*", "x", "?", "-2.0000", "0.1807"]
    assert "?2" not in done.stdout  # a number never loses its sign


def test_the_doctor_reports(capsys, embedded):
    code, out, err = run(capsys, "doctor")
    assert (code, err) == (0, "")
    assert out.startswith("glassgrad ")
    assert out.endswith("all is well: drawings can be made\n")


def test_the_doctor_fails_where_nothing_can_be_drawn(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, out, _ = run(capsys, "doctor")
    assert code == 1
    assert out.endswith("drawings cannot be made until the above is fixed\n")


def test_numbers_in_the_expression_stay_nodes_of_their_own(capsys):
    assert main(["2*3*x", "x=1"]) == 0
    assert "2 * 3 * x" in capsys.readouterr().out


def test_the_doctor_as_json(capsys, embedded):
    code, out, err = run(capsys, "doctor", "--json")
    found = json.loads(out)
    assert (code, err, found["healthy"]) == (0, "", True)
    assert [dot["path"] for dot in found["dots"]] == [str(embedded)]
