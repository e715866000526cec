"""The doctor: what is here, what is missing, and what is in the way."""

import platform

import pytest

import viz.cli.doctor
import viz.graph.dot_binary
from viz.cli.doctor import report


def test_a_healthy_report_names_python_the_dot_and_what_each_package_is_for(embedded):
    text, healthy = report()
    lines = text.splitlines()
    assert healthy
    assert lines[0].startswith("glassgrad ")
    assert lines[1].startswith(f"Python {platform.python_version()}, ")
    assert any(line.startswith(f"dot: {embedded}, embedded (graphviz-pure), ") for line in lines)
    assert [line.split(":")[0] for line in lines if line.startswith(("numpy", "matplotlib", "hypothesis"))] == [
        "numpy",
        "matplotlib",
        "hypothesis",
    ]
    assert lines[-1] == "all is well: drawings can be made"


def test_with_the_embedded_dot_there_is_no_pdf(embedded):
    assert "pdf: not with the embedded dot; install Graphviz for --format pdf" in report()[0]


def test_a_dot_of_the_system_is_asked_for_its_version(monkeypatch, script, embedded):
    path = script('[ "$*" = "-V" ] && echo "dot - graphviz version 2.43.0" >&2')
    monkeypatch.setenv("PATH", str(path.parent))
    text, healthy = report()
    assert healthy
    assert f"dot: {path}, dot on PATH, dot - graphviz version 2.43.0" in text
    assert "pdf" not in text


@pytest.mark.parametrize("lines", [["exit 1"], ["echo version >&2", "exit 1"], ["exit 0"]], ids=["fails", "fails with words", "is silent"])
def test_a_dot_that_does_not_answer_is_no_health(monkeypatch, script, lines):
    path = script(*lines)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    text, healthy = report()
    assert not healthy
    assert f"dot: {path}, $GLASSGRAD_DOT, which does not answer to -V: unset it, or install another" in text
    assert text.endswith("drawings cannot be made until the above is mended")


def test_a_dot_that_cannot_be_started_is_no_health(monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter="/no/such/shell")))
    text, healthy = report()
    assert not healthy
    assert "which does not answer to -V" in text


def test_without_a_dot_the_report_tells_how_to_get_one(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)
    text, healthy = report()
    assert not healthy
    assert "dot: no dot program to draw with. Get one in any of three ways" in text


def versions(monkeypatch, **known):
    monkeypatch.setattr(viz.cli.doctor, "version_of", known.get)


def test_the_other_distribution_called_autograd_is_told_of(monkeypatch):
    versions(monkeypatch, autograd="1.7.0", graphviz="0.20")
    assert "the distribution 'autograd' (HIPS) is installed too and owns the same import name" in report()[0]


def test_packages_are_told_with_their_version_or_as_missing(monkeypatch):
    versions(monkeypatch, glassgrad="1.2", numpy="1.22.0")
    lines = report()[0].splitlines()
    assert lines[0] == "glassgrad 1.2"
    assert "graphviz package missing" in lines
    assert "numpy: 1.22.0 (arrays of Values)" in lines
    assert "matplotlib: not installed (plots: pip install 'glassgrad[plots]')" in lines
    assert not any("HIPS" in line for line in lines)


def test_no_version_is_known_of_what_is_not_installed():
    assert viz.cli.doctor.version_of("no-such-distribution") is None
    assert viz.cli.doctor.version_of("graphviz") is not None
