"""What a notebook shows for a Value, with and without viz."""

import subprocess
import sys

import viz.graph.drawing
from autograd import Value
from viz import DotNotFound, draw_dot, scene
from viz.graph import notebook


def test_in_a_notebook_a_value_and_a_scene_are_drawn():
    out = Value(2.0, "a") * Value(3.0, "b")
    for shown in (out, scene(out), draw_dot(out, theme="auto")):
        svg = shown._repr_svg_()
        assert svg.startswith("<svg")
        assert "prefers-color-scheme" in svg


def test_without_a_dot_the_formula_shows_instead(monkeypatch):
    def none(*_, **__):
        raise DotNotFound("no dot")

    monkeypatch.setattr(viz.graph.drawing, "lay_out", none)
    assert notebook.picture(Value(1.0) * 2) is None


def test_a_scene_that_is_too_large_for_a_cell_shows_its_repr():
    x = Value(1.0)
    for _ in range(300):
        x = -x
    assert notebook.picture(scene(x)) is None


def test_the_engine_alone_does_not_draw():
    code = (
        "import sys, autograd; "
        "print('viz' in sys.modules, hasattr(autograd.Value(1.0), '_repr_svg_'))"
    )
    assert subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split() == ["False", "False"]
