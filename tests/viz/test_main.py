"""The command line: a table, a drawing, and an exit code that tells which of them were made."""

import os
import shlex
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from autograd import Value
from viz.__main__ import EXAMPLES, main, table

ROOT = Path(__file__).resolve().parents[2]

NEURON = ["tanh(w*x + b)", "w=2", "x=-1", "b=0.5"]


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Every test runs in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files():
    return sorted(path.name for path in Path().iterdir())


def run(capsys, *arguments):
    """Exit code, output, errors."""
    try:
        code = main(list(arguments))
    except SystemExit as exit:
        code = exit.code
    return code, *capsys.readouterr()


# What it does.


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
        "a                       2.0000  -6.0000",
        "b                      -3.0000   4.0000",
        "a * b              ×   -6.0000   2.0000",
        "10                     10.0000        —",
        "a * b + 10         +    4.0000   2.0000",
        "f                      -2.0000  -4.0000",
        "-f                 −    2.0000   4.0000",
        "(a * b + 10) * -f  ×    8.0000   1.0000",
    ]
    assert files() == []


def test_a_node_of_a_long_formula_is_listed_by_its_id():
    value = Value(1.0, "a_long_name") * Value(2.0, "another_long_name")
    assert [line.split()[0] for line in table(value + 1).splitlines()[1:]] == ["a_long_name", "another_long_name", "v2", "1", "out"]


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


def test_every_example_of_the_help_works(capsys):
    lines = [line.strip() for line in EXAMPLES.splitlines() if line.strip().startswith("glassgrad ")]
    assert len(lines) >= 3
    for line in lines:
        words = shlex.split(line.split("   (")[0])
        code, out, err = run(capsys, *words[1:])
        assert (code, err) == (0, "")
        assert out.startswith("value")
    assert files() == ["loss.png", "minus.svg", "neuron.svg"]


def test_an_expression_after_two_dashes_may_begin_with_a_minus(capsys):
    code, out, _ = run(capsys, "--", "-x * 2", "x=3")
    assert code == 0
    assert "-x * 2" in out


def test_a_number_may_be_negative_and_have_an_exponent(capsys):
    code, out, _ = run(capsys, "x*2", "x=-1.5e3")
    assert code == 0
    assert "-3000.0000" in out


def test_dot_text_needs_no_dot_program(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    assert run(capsys, *NEURON, "-o", "neuron.dot")[0] == 0
    assert files() == ["neuron.dot"]


def test_a_file_in_another_folder_is_written_there(capsys):
    Path("drawings").mkdir()
    assert run(capsys, *NEURON, "-o", "drawings/neuron.svg")[0] == 0
    assert files() == ["drawings"]
    assert [path.name for path in Path("drawings").iterdir()] == ["neuron.svg"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_the_file_has_the_permissions_of_any_new_file(capsys):
    before = os.umask(0o027)
    try:
        run(capsys, *NEURON, "-o", "neuron.dot")
    finally:
        os.umask(before)
    assert Path("neuron.dot").stat().st_mode & 0o777 == 0o640


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


def test_the_doctor_reports(capsys, embedded):
    code, out, err = run(capsys, "--doctor")
    assert (code, err) == (0, "")
    assert out.startswith("glassgrad ")
    assert out.endswith("all is well: drawings can be made\n")


def test_the_doctor_fails_where_nothing_can_be_drawn(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, out, _ = run(capsys, "--doctor")
    assert code == 1
    assert out.endswith("drawings cannot be made until the above is mended\n")


# Files that are there already.


def test_a_file_is_overwritten_only_with_force(capsys):
    Path("neuron.svg").write_text("precious")
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, out) == (2, "")
    assert err == "glassgrad: neuron.svg exists: choose another name, or overwrite it with --force\n"
    assert Path("neuron.svg").read_text() == "precious"
    assert run(capsys, *NEURON, "-o", "neuron.svg", "--force")[0] == 0
    assert Path("neuron.svg").read_bytes().startswith(b"<?xml")
    assert files() == ["neuron.svg"]


@pytest.mark.parametrize("name", ["drawings", "drawings.svg"])
@pytest.mark.parametrize("options", [[], ["--force"], ["--format", "svg"]], ids=" ".join)
def test_a_folder_is_no_file(capsys, name, options):
    Path(name).mkdir()
    code, out, err = run(capsys, *NEURON, "-o", name, *options)
    assert (code, out) == (2, "")
    assert err == f"glassgrad: {name} is a folder: name a file in it, such as {Path(name, 'graph.svg')}\n"


def test_a_missing_folder_is_not_made(capsys):
    code, out, err = run(capsys, *NEURON, "-o", "drawings/neuron.svg")
    assert (code, out) == (2, "")
    assert err == "glassgrad: the folder drawings does not exist: make it first\n"
    assert files() == []


# Mistakes in the command.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["x*2", "x"], "'x' is not of the form name=number, as in w1=-3 (an expression with spaces needs quotes)"),
        (["x", "*", "2", "x=1"], "'*' is not of the form name=number"),
        (["x*2", "=1"], "'=1' is not of the form name=number"),
        (["x*2", "2x=1"], "'2x=1' is not of the form name=number"),
        (["x*2", "x="], "the value of 'x' must be a number, got ''"),
        (["x*2", "x=one"], "the value of 'x' must be a number, got 'one'"),
        (["x*2", "x=1=2"], "the value of 'x' must be a number, got '1=2'"),
        (["x*2", "x=1+1"], "the value of 'x' must be a number, got '1+1'"),
        (["x*2", "x=1", "x=2"], "'x' is given twice: 1.0 and 2"),
        (["x*2", "x=1", "y=2", "a=3"], "a, y: given a number, but not in the expression; correct the name or leave it out"),
        (["x*2"], "'x' has no value: add x=... after the expression, at character 1\n  x*2\n  ^"),
        (["2*3"], 'the expression has no variable, so there is no gradient to draw: name a number, as in "x*2" x=3'),
        (["tanh(1)"], "the expression has no variable"),
        (["5"], "the expression has no variable"),
        (["", "x=1"], "the expression is empty"),
        (["x ^ 2", "x=1"], "this operator is not one of + - * / ** (a power is written **), at character 3\n  x ^ 2\n    ^"),
        ([*NEURON, "-o", "neuron.jpg"], "neuron.jpg: its ending names none of the formats svg, png, dot, pdf; choose one with --format"),
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
        (["-x*2", "x=3"], "'-x*2' is not an option here; an expression that begins with a minus goes after --"),
        (["x * 2", "x=3", "--colour"], "'--colour' is not an option here"),
        (["x * 2", "x=3", "--format", "gif"], "argument --format: invalid choice: 'gif'"),
        (["x * 2", "x=3", "-o"], "argument -o/--output: expected one argument"),
    ],
)
def test_an_option_that_is_none_is_refused(capsys, arguments, message):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert files() == []


def test_without_an_expression_the_usage_is_shown(capsys):
    code, out, err = run(capsys)
    assert (code, out) == (2, "")
    assert err.startswith("usage: glassgrad ")
    assert err.endswith('glassgrad: an expression is wanted, as in: glassgrad "a*b" a=2 b=3 -o product.svg\n')


def test_a_name_that_no_file_can_have_is_told_on_one_line(capsys):
    name = "n" * 300 + ".svg"
    code, _, err = run(capsys, *NEURON, "-o", name)
    assert code in (1, 2)
    assert err.startswith("glassgrad: ")
    assert err.count("\n") == 1
    assert files() == []


# A drawing that fails leaves nothing behind.


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("lines", "message"),
    [(["exit 3"], "dot failed with exit code 3: it said nothing"), (["echo no memory >&2", "exit 1"], "no memory")],
)
def test_a_dot_that_fails_leaves_the_folder_as_it_was(capsys, monkeypatch, script, lines, message, force):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("while read -r line; do :; done", *lines)))
    if force:
        Path("neuron.svg").write_text("precious")
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg", *["--force"] * force)
    assert code == 1
    assert out.startswith("value")
    assert "wrote" not in out
    assert err.startswith("glassgrad: neuron.svg was not written: ")
    assert message in err
    assert [Path(name).read_text() for name in files()] == ["precious"] * force


def test_a_dot_that_cannot_be_started_is_told_on_one_line(capsys, monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter="/no/such/shell")))
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    assert err.startswith("glassgrad: neuron.svg was not written: ")
    assert files() == []


def test_no_dot_at_all_is_told_with_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    assert err.startswith("glassgrad: neuron.svg was not written: GLASSGRAD_DOT is '/no/such/dot', not a program that can be run")
    assert files() == []


def test_a_pdf_of_the_embedded_dot_is_not_written(capsys, embedded):
    code, _, err = run(capsys, *NEURON, "-o", "neuron.pdf")
    assert code == 1
    assert err.startswith("glassgrad: neuron.pdf was not written: pdf cannot be drawn by ")
    assert files() == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_and_devices_are_not_replaced(tmp_path, capsys):
    link = tmp_path / "link.svg"
    link.symlink_to(tmp_path / "target.svg")
    assert main(["x*2", "x=1", "-o", str(link), "--force"]) == 2
    assert "is a link: name the file it stands for" in capsys.readouterr().err
    assert main(["x*2", "x=1", "-o", os.devnull, "--format", "svg", "--force"]) == 2
    assert "is a device, not a file" in capsys.readouterr().err
    assert not (tmp_path / "target.svg").exists()


def test_numbers_in_the_expression_stay_nodes_of_their_own(capsys):
    assert main(["2*3*x", "x=1"]) == 0
    assert "2 * 3 * x" in capsys.readouterr().out
