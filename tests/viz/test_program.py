"""Which dot draws, and what happens when none does."""

import importlib.metadata
import math
import os

import pytest

import viz.graph.dot_binary
from autograd import Value
from viz import DotFailed, DotNotFound, draw_dot, find_dot


def drawing():
    return draw_dot(Value(2.0, "a") * Value(3.0, "b"))


def test_the_variable_comes_before_the_path(monkeypatch, script, embedded):
    chosen, other = script("exit 1"), script("exit 1")
    monkeypatch.setenv("GLASSGRAD_DOT", str(chosen))
    monkeypatch.setenv("PATH", str(other.parent))
    assert find_dot() == (chosen, "$GLASSGRAD_DOT")
    assert not find_dot().embedded


def test_the_variable_may_be_the_name_of_a_program(monkeypatch, script):
    path = script("exit 1")
    path = path.rename(path.with_name("my-dot"))
    monkeypatch.setenv("PATH", str(path.parent))
    monkeypatch.setenv("GLASSGRAD_DOT", "my-dot")
    assert find_dot() == (path, "$GLASSGRAD_DOT")


def test_the_path_comes_before_the_embedded_dot(monkeypatch, script, embedded):
    path = script("exit 1")
    monkeypatch.setenv("PATH", str(path.parent))
    assert find_dot() == (path, "dot on PATH")
    assert not find_dot().embedded


def test_the_embedded_dot_needs_no_path(embedded):
    assert embedded.is_file()
    assert find_dot() == (embedded, "embedded (graphviz-pure)")
    assert find_dot().embedded
    assert drawing().pipe().startswith(b"<?xml")


def test_an_empty_variable_counts_as_none(monkeypatch, embedded):
    monkeypatch.setenv("GLASSGRAD_DOT", "")
    assert find_dot().path == embedded


@pytest.mark.parametrize("way", ["variable", "path"])
def test_the_dot_that_was_found_is_the_one_that_draws(monkeypatch, noted_dot, way):
    if way == "variable":
        monkeypatch.setenv("GLASSGRAD_DOT", str(noted_dot))
    else:
        monkeypatch.setenv("PATH", str(noted_dot.parent))
    assert drawing().pipe().startswith(b"<?xml")
    assert (noted_dot.parent / "used").exists()


def test_each_drawing_looks_for_dot_anew(monkeypatch, noted_dot):
    drawing().pipe()
    assert not (noted_dot.parent / "used").exists()
    monkeypatch.setenv("GLASSGRAD_DOT", str(noted_dot))
    drawing().pipe()
    assert (noted_dot.parent / "used").exists()


def test_an_embedded_dot_without_a_record_of_its_installation_is_found_by_its_name(monkeypatch, script):
    def no_record(name):
        raise importlib.metadata.PackageNotFoundError(name)

    path = script("exit 1")
    path = path.rename(path.with_name("graphviz-pure"))
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setattr(importlib.metadata, "files", no_record)
    monkeypatch.setenv("PATH", str(path.parent))
    assert find_dot() == (path, "embedded (graphviz-pure)")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(DotNotFound, match="no dot program"):
        find_dot()


# None at all.


@pytest.mark.parametrize("name", ["/no/such/dot", "no-such-dot", "."])
def test_a_variable_that_names_no_program_is_an_error_and_no_other_dot_is_tried(monkeypatch, embedded, name):
    monkeypatch.setenv("GLASSGRAD_DOT", name)
    with pytest.raises(DotNotFound, match=f"GLASSGRAD_DOT is '{name}', not a program that can be run: correct it, or unset it"):
        drawing().pipe()


@pytest.fixture
def no_dot(monkeypatch):
    monkeypatch.delenv("GLASSGRAD_DOT", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)


@pytest.mark.parametrize("way", ["pip install graphviz-pure", "install Graphviz from graphviz.org", "set GLASSGRAD_DOT to a dot program"])
def test_without_a_dot_the_error_names_three_ways_to_get_one(no_dot, way):
    with pytest.raises(DotNotFound, match=f"no dot program to draw with.*{way}"):
        find_dot()


def test_without_a_dot_there_is_still_dot_text(no_dot, tmp_path):
    assert drawing().source.startswith("digraph glassgrad {")
    with pytest.raises(DotNotFound, match="no dot program"):
        drawing().pipe()
    with pytest.raises(DotNotFound, match="no dot program"):
        drawing().render(tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


# One that fails.


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (['echo "Error: out of luck" >&2', "echo more >&2", "exit 3"], "dot failed with exit code 3: Error: out of luck$"),
        (["exit 1"], "dot failed with exit code 1: it said nothing$"),
        (["printf '\\377' >&2", "exit 1"], "dot failed with exit code 1: \ufffd$"),
        (["kill -9 $$"], "dot failed with exit code -9: it said nothing$"),
    ],
    ids=["with words", "without words", "not in utf-8", "killed"],
)
def test_a_dot_that_fails_is_quoted(monkeypatch, script, tmp_path, lines, message):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("while read -r line; do :; done", *lines)))
    with pytest.raises(DotFailed, match=message):
        drawing().pipe()
    with pytest.raises(DotFailed, match=message):
        drawing().render(tmp_path / "graph", cleanup=True)
    assert not (tmp_path / "graph.svg").exists()


@pytest.mark.parametrize("interpreter", ["/no/such/shell", os.devnull])
def test_a_dot_that_cannot_be_started_has_failed(monkeypatch, script, interpreter):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("exit 0", interpreter=interpreter)))
    with pytest.raises((DotFailed, DotNotFound)):
        drawing().pipe()


# Formats that the embedded dot does not have.


def test_the_embedded_dot_draws_no_pdf_and_says_what_does(embedded, tmp_path):
    with pytest.raises(DotNotFound, match=r"pdf cannot be drawn by .*, the embedded dot: install Graphviz .*, or choose svg or png"):
        drawing().pipe("pdf")
    with pytest.raises(DotNotFound, match="pdf cannot be drawn"):
        draw_dot(Value(math.pi), "pdf").render(tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


def test_another_dot_is_asked_for_a_pdf(monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script("while read -r line; do :; done", "echo %PDF")))
    assert drawing().pipe("pdf") == b"%PDF\n"


def test_another_format_that_dot_lacks_is_an_error_in_its_words(embedded):
    with pytest.raises(DotFailed, match='Format: "bmp" not recognized'):
        drawing().pipe("bmp")


def test_errors_are_value_errors():
    assert issubclass(DotFailed, ValueError)
    assert issubclass(DotNotFound, ValueError)
