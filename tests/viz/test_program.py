"""Which dot draws, and what happens when none does."""

import contextlib
import importlib.metadata
import math
import os
import re
import sys

import graphviz.backend.dot_command
import pytest

import viz.graph.dot_binary
import viz.graph.drawing
from autograd import Value
from viz import DotFailed, DotNotFound, DotWarning, draw_dot, find_dot
from viz.graph.dot_binary import dots


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


def test_the_embedded_dot_comes_before_the_path(monkeypatch, script, embedded):
    path = script("exit 1")
    monkeypatch.setenv("PATH", str(path.parent))
    assert find_dot() == (embedded, "embedded (graphviz-pure)")
    assert dots() == [(embedded, "embedded (graphviz-pure)"), (path, "dot on PATH")]


def test_all_three_are_tried_in_this_order_and_none_twice(monkeypatch, script, embedded):
    chosen, other = script("exit 1"), script("exit 1")
    monkeypatch.setenv("GLASSGRAD_DOT", str(chosen))
    monkeypatch.setenv("PATH", str(other.parent))
    assert [dot.path for dot in dots()] == [chosen, embedded, other]
    monkeypatch.setenv("GLASSGRAD_DOT", str(other))
    assert dots() == [(other, "$GLASSGRAD_DOT"), (embedded, "embedded (graphviz-pure)")]


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
        monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)
        monkeypatch.setenv("PATH", str(noted_dot.parent))
    assert drawing().pipe().startswith(b"<?xml")
    assert (noted_dot.parent / "used").exists()


def test_each_drawing_looks_for_dot_again(monkeypatch, noted_dot):
    drawing().pipe()
    assert not (noted_dot.parent / "used").exists()
    monkeypatch.setenv("GLASSGRAD_DOT", str(noted_dot))
    drawing().pipe()
    assert (noted_dot.parent / "used").exists()


def test_an_embedded_dot_without_a_record_of_its_installation_is_found_by_its_name(
    monkeypatch, script
):
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
def test_a_variable_that_names_no_program_is_an_error_and_no_other_dot_is_tried(
    monkeypatch, embedded, name
):
    monkeypatch.setenv("GLASSGRAD_DOT", name)
    with pytest.raises(
        DotNotFound,
        match=f"GLASSGRAD_DOT is '{name}', not a program that can be run: correct it, or unset it",
    ):
        drawing().pipe()


@pytest.mark.parametrize(
    "way",
    [
        "pip install graphviz-pure",
        "install Graphviz from graphviz.org",
        "set GLASSGRAD_DOT to a dot program",
    ],
)
def test_without_a_dot_the_error_names_three_ways_to_get_one(no_other_dot, way):
    with pytest.raises(DotNotFound, match=f"no dot program to draw with.*{way}"):
        find_dot()


def test_without_a_dot_there_is_still_dot_text(no_other_dot, tmp_path):
    assert drawing().source.startswith("digraph glassgrad {")
    with pytest.raises(DotNotFound, match="no dot program"):
        drawing().pipe()
    with pytest.raises(DotNotFound, match="no dot program"):
        drawing().render(tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


# One that fails.

READ = "while read -r line; do :; done"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["echo Oh: luck >&2", "echo more >&2", "exit 3"], "failed with exit code 3: Oh: luck. "),
        (["exit 1"], "failed with exit code 1: it said nothing. "),
        (["printf '\\377' >&2", "exit 1"], "failed with exit code 1: \ufffd. "),
        (["kill -9 $$"], "failed with exit code -9: it said nothing. "),
        (["exit 0"], "ended without an error, but drew nothing. "),
        (["echo hello"], "printed something that is not svg: 'hello\ufffd'. "),
        (["echo '<svg>half'"], "printed something that is not svg: '<svg>half"),
        (["printf '<svg>\\377</svg>'"], "printed something that is not svg: '<svg>"),
    ],
    ids=["words", "no words", "not utf-8", "killed", "silent", "nonsense", "half", "no text"],
)
@pytest.mark.usefixtures("no_other_dot")
def test_a_dot_that_fails_is_named_and_quoted(monkeypatch, script, tmp_path, lines, message):
    path = script(READ, *lines)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    quoted = re.escape(f"{path} {message}")
    remedy = "run glassgrad doctor.* or set GLASSGRAD_DOT to one that works$"
    with pytest.raises(DotFailed, match=f"{quoted}.*{remedy}"):
        drawing().pipe()
    with pytest.raises(DotFailed, match=quoted):
        drawing().render(tmp_path / "graph", cleanup=True)
    assert not (tmp_path / "graph.svg").exists()


@pytest.mark.parametrize("interpreter", ["/no/such/shell", os.devnull])
def test_a_dot_that_cannot_be_started_has_failed(monkeypatch, no_other_dot, script, interpreter):
    path = script("exit 0", interpreter=interpreter)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    with pytest.raises(DotFailed, match=f"{path} cannot be started: "):
        drawing().pipe()


# V1: a broken dot ended the drawing, and the message named neither its path nor the remedy.

BROKEN = {
    "does not start": (["exit 0"], "/no/such/shell", "cannot be started: No such file"),
    "fails": ([READ, "exit 3"], "/bin/sh", "failed with exit code 3: it said nothing"),
    "crashes": (["kill -9 $$"], "/bin/sh", "failed with exit code -9: it said nothing"),
    "is silent": ([READ], "/bin/sh", "ended without an error, but drew nothing"),
    "prints another": ([READ, "echo hello"], "/bin/sh", "printed something that is not svg: 'h"),
}


@pytest.mark.parametrize("how", BROKEN)
@pytest.mark.parametrize("other", ["embedded", "path"])
def test_a_broken_dot_is_named_and_the_next_one_draws(
    how,
    other,
    monkeypatch,
    script,
    noted_dot,
    embedded,
):
    lines, interpreter, message = BROKEN[how]
    path = script(*lines, interpreter=interpreter)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    if other == "path":
        monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)
        monkeypatch.setenv("PATH", str(noted_dot.parent))
    with pytest.warns(DotWarning) as warned:
        assert drawing().pipe().endswith(b"</svg>\n")
    (text,) = [str(warning.message) for warning in warned]
    next_dot = embedded if other == "embedded" else noted_dot
    assert text.startswith(f"{path} {message}")
    assert text.endswith(f"; {next_dot} drew instead")


def test_where_all_fail_each_is_named_with_what_it_said(monkeypatch, no_other_dot, script):
    one = script(READ, "echo one >&2", "exit 1")
    two = script("exit 0", interpreter="/no/such/shell")
    monkeypatch.setenv("GLASSGRAD_DOT", str(one))
    monkeypatch.setenv("PATH", str(two.parent))
    message = f"{one} failed with exit code 1: one; {two} cannot be started: No such file"
    with pytest.raises(DotFailed, match=message):
        drawing().pipe()


def test_what_a_broken_dot_says_is_told_briefly(monkeypatch, no_other_dot, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(f"echo {'word ' * 5000} >&2", "exit 1")))
    with pytest.raises(DotFailed) as error:
        drawing().pipe()
    assert len(str(error.value)) < 800


@pytest.fixture
def second_dot(monkeypatch, script):
    """A dot that would come next, and leaves a file called used if it does."""
    path = script('echo yes > "$(cd "${0%/*}" && pwd)/used"', "exit 1")
    monkeypatch.setattr(viz.graph.dot_binary, "_embedded", lambda: None)
    monkeypatch.setenv("PATH", str(path.parent))
    return path


def test_a_mistake_in_the_graph_is_not_tried_with_every_dot(monkeypatch, embedded, second_dot):
    monkeypatch.setenv("GLASSGRAD_DOT", str(embedded))
    wrong = drawing()
    wrong.digraph.body.append("a ->")
    message = r"the drawing is not DOT, says .*: Error: <stdin>: syntax error in line \d+"
    with pytest.raises(DotFailed, match=f"{message}.*: correct what was added to it"):
        wrong.pipe()
    assert not (second_dot.parent / "used").exists()


def test_a_label_that_only_one_dot_refuses_is_tried_with_the_next(monkeypatch, script, embedded):
    said = ["echo 'Error: syntax error in line 1' >&2", "echo '... ]</B> ...' >&2", "exit 1"]
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(READ, *said)))
    message = "failed with exit code 1: Error: syntax error in line 1; .* drew instead"
    with pytest.warns(DotWarning, match=message):
        assert drawing().pipe().startswith(b"<?xml")


def test_a_layout_that_takes_too_long_is_not_begun_again(monkeypatch, script, second_dot):
    path = script("import time; time.sleep(60)", interpreter=sys.executable)
    monkeypatch.setenv("GLASSGRAD_DOT", str(path))
    monkeypatch.setattr(viz.graph.drawing, "TIMEOUT", 0.2)
    with pytest.raises(DotFailed, match=f"{path} took longer than 0.2 seconds: draw a part of"):
        drawing().pipe()
    assert not (second_dot.parent / "used").exists()


# Formats that the embedded dot does not have.


@pytest.mark.parametrize("format", ["pdf", "bmp"])
def test_what_the_embedded_dot_does_not_draw_is_told_in_its_words(embedded, tmp_path, format):
    said = rf'{format} cannot be drawn: {embedded} said Format: "{format}" not recognized. .*'
    with pytest.raises(DotNotFound, match=f"{said}To draw it, install Graphviz .*, or choose svg"):
        drawing().pipe(format)
    with pytest.raises(DotNotFound, match=f"{format} cannot be drawn"):
        draw_dot(Value(math.pi), format).render(tmp_path / "graph")
    assert list(tmp_path.iterdir()) == []


def test_a_pdf_is_drawn_by_the_dot_on_path_without_a_word(monkeypatch, script, embedded):
    path = script(READ, "echo %PDF")
    monkeypatch.setenv("PATH", str(path.parent))
    assert drawing().pipe("pdf") == b"%PDF\n"
    assert drawing().pipe("svg").startswith(b"<?xml")


def test_another_dot_is_asked_for_a_pdf(monkeypatch, script):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(READ, "echo %PDF")))
    assert drawing().pipe("pdf") == b"%PDF\n"


@pytest.mark.parametrize("format", ["png", "pdf", "gif", "jpg", "ps"])
@pytest.mark.usefixtures("no_other_dot")
def test_what_does_not_begin_as_its_format_does_is_no_drawing(monkeypatch, script, format):
    monkeypatch.setenv("GLASSGRAD_DOT", str(script(READ, "echo hello")))
    with pytest.raises(DotFailed, match=f"printed something that is not {format}: 'hello"):
        drawing().pipe(format)


def test_every_format_of_the_dots_here_is_taken_for_a_drawing():
    drawn = set()
    for format in ("svg", "png", "jpg", "json", "xdot", "dot", "gif", "ps", "eps", "pdf", "svgz"):
        with contextlib.suppress(DotNotFound):
            assert drawing().pipe(format)
            drawn.add(format)
    assert {"svg", "png", "jpg", "json", "dot"} <= drawn


def test_errors_are_value_errors():
    assert issubclass(DotFailed, ValueError)
    assert issubclass(DotNotFound, ValueError)


def test_drawing_leaves_the_graphviz_package_alone(embedded):
    before = graphviz.backend.dot_command.DOT_BINARY
    draw_dot(Value(2.0, "a") * 3).pipe("svg")
    assert before == graphviz.backend.dot_command.DOT_BINARY


def test_a_dot_named_by_a_path_in_this_folder_is_that_one(monkeypatch, script, embedded):
    chosen = script(f'exec "{embedded}" "$@"')
    monkeypatch.chdir(chosen.parent)
    monkeypatch.setenv("GLASSGRAD_DOT", f".{os.sep}dot")
    assert find_dot().path == chosen
    assert drawing().pipe("svg").startswith(b"<?xml")
