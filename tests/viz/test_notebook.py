"""What a notebook shows for a Value, with and without viz."""

import subprocess
import sys
import types

import pytest

from autograd import Value, topological_order
from viz import DotNotFound, Scene, draw_dot, scene
from viz.graph import notebook


class Formatter:
    def __init__(self):
        self.by_type = {}

    def for_type(self, kind, function):
        self.by_type[kind] = function


def shell_of(formatter):
    display = types.SimpleNamespace(formatters={"image/svg+xml": formatter})
    return types.SimpleNamespace(display_formatter=display)


def test_in_a_notebook_a_value_is_drawn(monkeypatch):
    formatter = Formatter()
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell_of(formatter)))
    notebook.register()
    out = Value(2.0, "a") * Value(3.0, "b")
    svg = formatter.by_type[Value](out)
    assert svg.startswith("<svg")
    assert "prefers-color-scheme" in svg
    assert formatter.by_type[Scene](scene(out)).startswith("<svg")


def test_outside_of_one_nothing_happens(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: None))
    notebook.register()
    monkeypatch.delitem(sys.modules, "IPython")
    notebook.register()


def test_without_a_dot_the_formula_shows_instead(monkeypatch):
    def none(*_, **__):
        raise DotNotFound("no dot")

    monkeypatch.setattr(notebook, "draw_dot", none)
    assert notebook.picture(Value(1.0) * 2) is None


def test_a_scene_that_is_too_large_for_a_cell_shows_its_repr():
    x = Value(1.0)
    for _ in range(300):
        x = -x
    assert notebook.picture(scene(x)) is None


def test_the_engine_alone_does_not_draw():
    code = "import sys, autograd; print('viz' in sys.modules, hasattr(autograd.Value(1.0), '_repr_svg_'))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]


@pytest.mark.parametrize(("ops", "whole"), [(99, True), (100, False)])
def test_a_notebook_folds_above_300_nodes(ops, whole):
    x = Value(1.0, "x")
    inputs = [Value(float(i)) for i in range(ops)]
    for x_i in inputs:
        x = (x + x_i).tanh()
    svg = notebook.picture(x)
    assert len(topological_order(x)) == 3 * ops + 1
    assert ("301 values folded into " in svg) is not whole
    assert "values folded into" not in draw_dot(x).source
