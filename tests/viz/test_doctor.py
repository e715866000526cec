"""The doctor: what is here, what is missing, and what is in the way."""

import json
import platform
import shlex
import sys

import pytest

import autograd
import viz.cli.doctor
import viz.graph.dot_binary
from viz.cli.doctor import examined, in_words, report


def test_a_healthy_report_names_python_the_dot_and_what_each_package_is_for(embedded):
    text, healthy = report()
    lines = text.splitlines()
    assert healthy
    assert lines[0].startswith("glassgrad ")
    assert lines[1].startswith(f"Python {platform.python_version()}, ")
    (line,) = [line for line in lines if line.startswith("dot: ")]
    assert line.startswith(f"dot: {embedded}, embedded (graphviz-pure), graphviz-pure - ")
    assert line.endswith(", works")
    assert [
        line.split(":")[0]
        for line in lines
        if line.startswith(("numpy", "matplotlib", "hypothesis"))
    ] == [
        "numpy",
        "matplotlib",
        "hypothesis",
    ]
    assert lines[-1] == "all is well: drawings can be made"


def test_with_the_embedded_dot_there_is_no_pdf(embedded):
    assert "pdf: drawn by no dot found here; install Graphviz for --format pdf" in report()[0]


@pytest.fixture
def drawing_dot(script, embedded):
    """A dot that draws what the embedded one does, and a PDF, and has a version of its own."""
    quoted = shlex.quote(str(embedded))
    return script(
        '[ "$*" = "-V" ] && { echo "dot - graphviz version 2.43.0" >&2; exit 0; }',
        '[ "$*" = "-Tpdf" ] && { while read -r line; do :; done; echo %PDF; exit 0; }',
        f'exec {quoted} "$@"',
    )


def test_the_dots_are_listed_in_their_order(monkeypatch, drawing_dot, script, embedded):
    broken = script("exit 3")
    monkeypatch.setenv("GLASSGRAD_DOT", str(broken))
    monkeypatch.setenv("PATH", str(drawing_dot.parent))
    text, healthy = report()
    one, two, three = [line for line in text.splitlines() if line.startswith("dot: ")]
    assert one.startswith(f"dot: {broken}, $GLASSGRAD_DOT, of unknown version, is not used, since")
    assert one.endswith(" failed with exit code 3: it said nothing")
    assert two.startswith(f"dot: {embedded}, embedded (graphviz-pure), ")
    assert two.endswith(", works")
    assert three == f"dot: {drawing_dot}, dot on PATH, dot - graphviz version 2.43.0, works"
    assert f"pdf: drawn by {drawing_dot}" in text
    assert healthy
    assert text.endswith("drawings can be made, though not by every dot above")


BROKEN = {
    "fails": (["exit 1"], "of unknown version", "failed with exit code 1: it said nothing"),
    "answers to -V alone": (
        ['[ "$*" = "-V" ] && { echo version >&2; exit 0; }', "echo Oh >&2", "exit 1"],
        "version",
        "failed with exit code 1: Oh",
    ),
    "is silent": (["exit 0"], "of unknown version", "ended without an error, but drew nothing"),
    "prints nonsense": (["echo hello"], "hello", "printed something that is not svg: 'hello"),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_does_not_draw_is_no_health(monkeypatch, script, how):
    lines, version, problem = BROKEN[how]
    path = script(*lines)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    text, healthy = report()
    assert not healthy
    assert f"dot: {path}, $GLASSGRAD_DOT, {version}, is not used, since it {problem}" in text
    assert text.endswith("drawings cannot be made until the above is fixed")


@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_cannot_be_started_is_no_health(monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter="/no/such/shell")))
    text, healthy = report()
    assert not healthy
    assert "is not used, since it cannot be started: No such file or directory" in text


@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_hangs_is_no_health(monkeypatch, script):
    path = script("import time; time.sleep(60)", interpreter=sys.executable)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    monkeypatch.setattr(viz.cli.doctor, "PATIENCE", 0.2)
    assert "is not used, since it took longer than 0.2 seconds" in report()[0]


def test_a_variable_that_names_no_program_is_told(monkeypatch, embedded):
    monkeypatch.setenv("GLASSGRAD_DOT", "/no/such/dot")
    text, healthy = report()
    assert not healthy
    assert "dot: GLASSGRAD_DOT is '/no/such/dot', not a program that can be run: correct it" in text


def test_what_is_examined_is_plain_data_with_stable_keys(monkeypatch, drawing_dot, embedded):
    monkeypatch.setenv("PATH", str(drawing_dot.parent))
    found = json.loads(json.dumps(examined()))
    assert [*found] == [
        "glassgrad", "python", "system", "autograd", "conflicts", "graphviz", "packages", "dots",
        "problem", "healthy",
    ]  # fmt: skip
    assert [*found["packages"]] == ["numpy", "matplotlib", "hypothesis"]
    one, two = found["dots"]
    assert (one["path"], one["works"], one["pdf"]) == (str(embedded), True, False)
    assert two == {
        "path": str(drawing_dot),
        "source": "dot on PATH",
        "version": "dot - graphviz version 2.43.0",
        "works": True,
        "problem": "",
        "pdf": True,
    }
    assert (found["problem"], found["healthy"]) == ("", True)


def test_without_a_dot_the_report_tells_how_to_get_one(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)
    text, healthy = report()
    assert not healthy
    assert "dot: no dot program to draw with. Get one in any of three ways" in text


def versions(monkeypatch, **known):
    monkeypatch.setattr(viz.cli.doctor, "version_of", known.get)


def test_what_took_a_name_is_told_and_is_no_health(embedded):
    found = examined(["the distribution autograd 1.7.0 is installed too"])
    assert not found["healthy"]
    lines = in_words(found).splitlines()
    assert "the distribution autograd 1.7.0 is installed too" in lines
    assert lines[-1].startswith("drawings can be made, but packages that share a name")


def test_packages_are_told_with_their_version_or_as_missing(monkeypatch):
    versions(monkeypatch, numpy="1.22.0")
    lines = report()[0].splitlines()
    assert lines[0] == f"glassgrad {autograd.__version__}"
    assert "graphviz package missing" in lines
    assert "numpy: 1.22.0 (arrays of Values)" in lines
    assert "matplotlib: not installed (plots: pip install matplotlib)" in lines


def test_no_version_is_known_of_what_is_not_installed():
    assert viz.cli.doctor.version_of("no-such-distribution") is None
    assert viz.cli.doctor.version_of("graphviz") is not None
