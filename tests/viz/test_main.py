"""The command line: tables, drawings, pages, answers, and an exit code that tells what was made."""

import io
import json
import os
import shlex
import signal
import stat
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from functools import partial
from pathlib import Path

import pytest

from autograd import OPS, Value, add_op
from nn import MLP, Activation, Sequential, save
from viz import draw_dot, draw_network, from_json, player, quiz, scene, to_json, to_tree
from viz.cli.commands import table
from viz.cli.main import COMMANDS, Command, main

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


# Files that are there already.


def test_a_file_is_overwritten_only_with_force(capsys):
    Path("neuron.svg").write_text("precious")
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, out) == (2, "")
    assert (
        err == "glassgrad: neuron.svg exists: choose another name, or overwrite it with --force\n"
    )
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
    assert (
        err
        == f"glassgrad: {name} is a folder: name a file in it, such as {Path(name, 'graph.svg')}\n"
    )


def test_a_missing_folder_is_not_made(capsys):
    code, out, err = run(capsys, *NEURON, "-o", "drawings/neuron.svg")
    assert (code, out) == (2, "")
    assert err == "glassgrad: the folder drawings does not exist: make it first\n"
    assert files() == []


@pytest.mark.parametrize("name", ["neuron.svg", "neuron.json", "neuron.html"])
def test_a_folder_that_goes_away_meanwhile_is_told_with_the_file_that_was_asked_for(
    capsys, monkeypatch, name
):
    monkeypatch.setattr("viz.cli.commands.refuse_to_overwrite", lambda output, force: None)
    path = Path("drawings", name)
    command = "player" if name.endswith("html") else "draw"
    code, _, err = run(capsys, command, *NEURON, "-o", str(path))
    assert code == 1
    reason = f"{path} cannot be written; there is no folder drawings: make it first"
    assert err == f"glassgrad: {path} was not written: {reason}\n"
    assert files() == []


# Mistakes in the command.


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


# A drawing that fails leaves nothing behind.


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["exit 3"], "dot failed with exit code 3: it said nothing"),
        (["echo no memory >&2", "exit 1"], "no memory"),
    ],
)
@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_fails_leaves_the_folder_as_it_was(
    capsys,
    monkeypatch,
    script,
    lines,
    message,
    force,
):
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


@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_cannot_be_started_is_told_on_one_line(capsys, monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter="/no/such/shell")))
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    assert err.startswith("glassgrad: neuron.svg was not written: ")
    assert err.count("\n") == 1
    assert files() == []


def test_a_broken_dot_is_named_and_another_one_draws(capsys, monkeypatch, script, embedded):
    path = script("exit 3")
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    code, out, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert (code, files()) == (0, ["neuron.svg"])
    told = f"{path} failed with exit code 3: it said nothing; {embedded} drew instead"
    assert err == f"glassgrad: {told}\n"
    assert out.endswith("wrote neuron.svg\n")


def test_no_dot_at_all_is_told_with_what_to_do(capsys, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, _, err = run(capsys, *NEURON, "-o", "neuron.svg")
    assert code == 1
    reason = "GLASSGRAD_DOT is '/no/such/dot', not a program that can be run"
    assert err.startswith(f"glassgrad: neuron.svg was not written: {reason}")
    assert files() == []


def test_a_pdf_of_the_embedded_dot_is_not_written(capsys, embedded):
    code, _, err = run(capsys, *NEURON, "-o", "neuron.pdf")
    assert code == 1
    assert err.startswith("glassgrad: neuron.pdf was not written: pdf cannot be drawn: ")
    assert err.endswith("so that dot is on PATH, or choose svg or png\n")
    assert files() == []


# R3: what is no regular file was replaced by one.


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_written_through_and_stays_a_link(capsys):
    Path("target.svg").write_text("precious")
    Path("link.svg").symlink_to("target.svg")
    code, _, err = run(capsys, "x*2", "x=1", "-o", "link.svg")
    assert code == 2
    assert err.startswith("glassgrad: link.svg exists: choose another name, or overwrite it with")
    assert run(capsys, "x*2", "x=1", "-o", "link.svg", "--force")[0] == 0
    assert Path("link.svg").is_symlink()
    assert Path("target.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are others on Windows")
def test_a_pipe_and_a_null_device_are_written_to_as_they_are(capsys):
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert run(capsys, "x*2", "x=1", "-o", "pipe", "--format", "png")[0] == 0
    assert reader.communicate(timeout=20)[0].startswith(b"\x89PNG")
    assert run(capsys, "x*2", "x=1", "-o", os.devnull, "--format", "svg")[0] == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert files() == ["pipe"]


def test_numbers_in_the_expression_stay_nodes_of_their_own(capsys):
    assert main(["2*3*x", "x=1"]) == 0
    assert "2 * 3 * x" in capsys.readouterr().out


# Commands by name.


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


def neuron():
    w, x, b = Value(2.0, "w"), Value(-1.0, "x"), Value(0.5, "b")
    root = (w * x + b).tanh()
    root.backward()
    return root, w


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


def test_gradients_are_checked(capsys):
    code, out, err = run(capsys, "check", *NEURON)
    assert (code, err) == (0, "")
    what = "every slope, the gradient and their derivatives"
    assert out == f"ok: 6 nodes, {what} agree with numbers\n"


def test_a_gradient_that_is_wrong_is_told_with_its_node(capsys):
    add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x,))
    assert "cube" in OPS
    code, out, err = run(capsys, "check", "cube(x)", "x=2")
    assert (code, out) == (1, "")
    assert err == "glassgrad: node v1 = cube(2.0): slope 0 (∂cube/∂input 0) is 6.0, should be 12\n"


def test_where_there_is_no_number_nothing_is_checked(capsys):
    problem = "log(x) is nan at these numbers, so no derivative can be checked"
    message = f"glassgrad: {problem}: choose other numbers\n"
    assert run(capsys, "check", "log(x)", "x=-1") == (1, "", message)


# V5: a check that judged nothing said "ok, every slope".


@pytest.mark.parametrize(
    ("expression", "numbers", "judged", "slopes"),
    [
        ("relu(x) * y", ["x=0", "y=2"], "6 of 8", ["relu(x)"]),
        ("x * relu(x)", ["x=0"], "4 of 6", ["relu(x)"]),
        ("relu(x) * relu(x)", ["x=0"], "4 of 7", ["relu(x)", "relu(x) #2"]),
        ("x * sqrt(x)", ["x=0"], "4 of 6", ["sqrt(x)"]),
    ],
)
def test_a_check_says_what_it_did_not_judge(capsys, expression, numbers, judged, slopes):
    code, out, err = run(capsys, "check", expression, *numbers)
    assert (code, err) == (0, "")
    ok, missing = out.splitlines()
    what = "slopes, gradients and derivatives agree with numbers"
    assert ok == f"ok as far as it was judged: {judged} {what}"
    name = slopes[0].partition("(")[0]
    reasons = {"relu": "at a kink, where there is no derivative"}
    reason = reasons.get(name, "outside the domain of its op, or at the end of it")
    lines = [f"slope of {slope} in x ({reason})" for slope in slopes]
    lines.append(f"gradient in x (it leads through {name}(0.0): {reason})")
    assert missing == f"not judged: {'; '.join(lines)}"
    away = [f"{name}={i + 3}" for i, name in enumerate("xy") if name in expression]
    assert "not judged" not in run(capsys, "check", expression, *away)[1]


def test_a_check_next_to_a_kink_judges_everything(capsys):
    assert run(capsys, "check", "relu(x) + x", "x=1e-4")[1].startswith("ok: 3 nodes, every slope")


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [("abs(x)", ["x=0"]), ("maximum(x, y)", ["x=1", "y=1"]), ("relu(abs(x))", ["x=0"])],
)
def test_a_check_that_judged_nothing_is_not_ok(capsys, expression, numbers):
    code, out, err = run(capsys, "check", expression, *numbers)
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: nothing was judged; for example, the slope of ")
    assert "at a kink, where there is no derivative; choose other numbers" in err
    code, out, err = run(capsys, "check", expression, *numbers, "--json")
    found = json.loads(out)
    assert (code, err, found["ok"], found["judged"], found["faults"]) == (1, "", False, [], [])
    assert found["problem"].startswith("nothing was judged")
    assert found["not_judged"]


def test_a_check_as_json_holds_both_lists(capsys):
    code, out, err = run(capsys, "check", "relu(x) * y", "x=0", "y=2", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [*found] == ["expression", "ok", "problem", "judged", "not_judged", "faults"]
    assert (found["expression"], found["ok"], found["problem"]) == ("relu(x) * y", True, "")
    product = {"kind": "slope", "node": "relu(x) * y", "input": "relu(x)", "order": 1}
    assert found["judged"][0] == product
    slope, gradient = found["not_judged"]
    reason = "at a kink, where there is no derivative"
    relu = {"kind": "slope", "node": "relu(x)", "input": "x", "order": 1, "reason": reason}
    assert slope == relu
    assert [*gradient.values()][:4] == ["gradient", "relu(x) * y", "x", 1]
    assert gradient["reason"] == f"it leads through relu(0.0): {reason}"


def test_a_fault_is_in_the_json_and_in_the_exit_code(capsys):
    add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x,))
    code, out, err = run(capsys, "check", "cube(x)", "x=2", "--json")
    found = json.loads(out)
    assert (code, err, found["ok"]) == (1, "", False)
    assert found["faults"] == ["node v1 = cube(2.0): slope 0 (∂cube/∂input 0) is 6.0, should be 12"]
    assert found["problem"] == found["faults"][0]


def test_where_there_is_no_number_the_json_says_so(capsys):
    code, out, _ = run(capsys, "check", "log(x)", "x=-1", "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["judged"], found["not_judged"]) == (1, False, [], [])
    assert found["problem"].startswith("log(x) is nan at these numbers")


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


def test_the_doctor_as_json(capsys, embedded):
    code, out, err = run(capsys, "doctor", "--json")
    found = json.loads(out)
    assert (code, err, found["healthy"]) == (0, "", True)
    assert [dot["path"] for dot in found["dots"]] == [str(embedded)]


# V5: -o - and --format svg into a pipe were refused; help and version were read as expressions.

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


WRITERS = {
    "draw": [*NEURON, "-o", "file.svg"],
    "draw json": [*NEURON, "-o", "file.json"],
    "player": [*NEURON, "-o", "file.html"],
    "quiz": [*NEURON, "-o", "file.html"],
    "network": ["3,4,2", "-o", "file.svg"],
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_command_overwrites_only_with_force(capsys, name):
    words = [name.split()[0], *WRITERS[name]]
    file = Path(words[-1])
    file.write_text("precious")
    message = f"glassgrad: {file} exists: choose another name, or overwrite it with --force\n"
    assert run(capsys, *words) == (2, "", message)
    assert file.read_text() == "precious"
    assert run(capsys, *words, "--force")[0] == 0
    assert file.read_text() != "precious"
    assert files() == [file.name]


@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_leaves_no_half_of_a_file(capsys, monkeypatch, name):
    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    words = [name.split()[0], *WRITERS[name]]
    code, out, err = run(capsys, *words)
    assert (code, "wrote" in out) == (1, False)
    assert err == f"glassgrad: {words[-1]} was not written: [Errno 28] No space left on device\n"
    assert files() == []


@pytest.mark.parametrize("name", ["player", "quiz"])
def test_a_page_without_a_dot_is_not_written(capsys, monkeypatch, name):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    code, out, err = run(capsys, name, *NEURON, "-o", "page.html")
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: page.html was not written: GLASSGRAD_DOT is '/no/such/dot'")
    assert files() == []


# What happens around it.


@pytest.mark.parametrize("name", WRITERS)
def test_open_shows_the_file_in_a_browser(capsys, monkeypatch, name):
    opened = []
    monkeypatch.setattr("webbrowser.open", lambda url: opened.append(url) or True)
    words = [name.split()[0], *WRITERS[name], "--open"]
    assert run(capsys, *words)[0] == 0
    assert opened == [Path(words[-2]).resolve().as_uri()]


def test_where_no_browser_opens_the_file_is_there_all_the_same(capsys, monkeypatch):
    monkeypatch.setattr("webbrowser.open", lambda url: False)
    code, out, err = run(capsys, "player", *NEURON, "-o", "page.html", "--open")
    assert (code, out) == (1, "wrote page.html\n")
    assert err == "glassgrad: no browser could be started here: open page.html yourself\n"
    assert files() == ["page.html"]


def process(*arguments, **options):
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen(
        [sys.executable, "-m", "viz", *arguments],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        **options,
    )


@pytest.mark.skipif(os.name == "nt", reason="signals are others on Windows")
@pytest.mark.parametrize("name", ["draw", "player"])
def test_ctrl_c_ends_it_without_a_word_and_without_a_file(
    monkeypatch, tmp_path_factory, script, name
):
    begun = tmp_path_factory.mktemp("dot") / "begun"
    wait = f"exec {shlex.quote(sys.executable)} -c 'import time; time.sleep(60)'"
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(f"echo yes > {shlex.quote(str(begun))}", wait)))
    file = "neuron.html" if name == "player" else "neuron.svg"
    # In the background of a shell it may be ignored.
    heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    running = process(name, *NEURON, "-o", file, preexec_fn=heed)
    while not begun.exists():
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (130, "")
    assert files() == []


@pytest.mark.skipif(os.name == "nt", reason="pipes are others on Windows")
def test_a_reader_that_has_seen_enough_is_no_error():
    reader, writer = os.pipe()
    os.close(reader)
    running = process("+".join(["x"] * 100), "x=1", "--format", "json", stdout=writer)
    os.close(writer)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (1, "")


def test_json_on_the_terminal_is_json():
    out, err = process("a / 0", "a=1", "--format", "json").communicate(timeout=20)
    assert (json.loads(out)["nodes"][-1]["data"], err) == ("inf", "")


# N4: a missing, closed or full stream gave a traceback.

posix = pytest.mark.skipif(os.name == "nt", reason="shells are others on Windows")


def shell(words, redirected):
    """Exit code, output, errors of the command line as a shell starts it."""
    command = shlex.join([sys.executable, "-m", "viz", *words])
    done = subprocess.run(
        f"{command} {redirected}",
        shell=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


ASKED = {
    "table": NEURON,
    "json": [*NEURON, "--format", "json"],
    "svg": [*NEURON, "-o", "-"],
    "player": ["player", *NEURON, "-o", "-"],
    "explain": ["explain", *NEURON[:1], "w", *NEURON[1:]],
    "help": ["help"],
    "version": ["--version"],
}


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("stream", [">&-", ">/dev/full", "1</dev/null"])
def test_what_was_asked_for_and_cannot_be_shown_is_told(name, stream):
    if "full" in stream and not os.path.exists("/dev/full"):
        pytest.skip("there is no device that is full")
    code, out, err = shell(ASKED[name], stream)
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: ")
    assert "standard output" in err
    assert err.count("\n") == 1


@pytest.mark.slow
@posix
@pytest.mark.parametrize("stream", [">&-", ">/dev/full", ">&- 2>&-", "<&- >&- 2>&-"])
def test_what_is_said_besides_is_lost_quietly(stream):
    assert shell([*NEURON, "-o", "neuron.svg"], stream) == (0, "", "")
    assert shell(["check", *NEURON], stream) == (0, "", "")
    assert Path("neuron.svg").read_bytes().endswith(b"</svg>\n")


@pytest.mark.slow
@posix
@pytest.mark.parametrize("stream", ["2>&-", "2>/dev/full", "2</dev/null"])
def test_a_mistake_without_standard_error_is_an_exit_code_and_not_on_the_other_stream(stream):
    assert shell(["x*2"], stream) == (2, "", "")
    assert shell(["draw", "x*2", "--colour"], stream) == (2, "", "")
    assert shell(["check", "log(x)", "x=-1"], stream) == (1, "", "")
    code, out, _ = shell(["x*2", "x=1"], stream)
    assert (code, out.startswith("value")) == (0, True)


@pytest.mark.slow
@posix
@pytest.mark.parametrize("name", ASKED)
def test_a_closed_pipe_is_no_traceback(name):
    reader, writer = os.pipe()
    os.close(reader)
    running = process(*ASKED[name], stdout=writer)
    os.close(writer)
    _, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (1, "")


def test_it_runs_without_any_stream_as_under_pythonw(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main([*NEURON, "-o", "neuron.svg"]) == 0
    assert main(["doctor"]) == 0
    assert main(NEURON) == 1
    assert main(["x*2"]) == 2
    assert files() == ["neuron.svg"]


def test_a_stream_of_texts_alone_takes_texts(monkeypatch):
    texts = io.StringIO()
    monkeypatch.setattr(sys, "stdout", texts)
    assert main([*NEURON, "-o", "-"]) == 0
    assert texts.getvalue().startswith("<?xml")
    assert main([*NEURON, "-o", "-", "--format", "png"]) == 1
    texts.close()
    assert main(NEURON) == 1
