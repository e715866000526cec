"""What is no drawing: roots, formats, directions and themes that are refused, and why."""

import sys

import pytest

import viz.graph.drawing
from autograd import Value
from viz import DotFailed, draw_dot, to_dot, to_json, to_tree


@pytest.mark.parametrize("root", [1.0, None, [Value(1.0)], "x"], ids=repr)
def test_only_a_value_is_drawn(root):
    with pytest.raises(
        TypeError,
        match=f"needs the root of a graph, a Value such as the loss, got {type(root).__name__}",
    ):
        draw_dot(root)


@pytest.mark.parametrize("rankdir", ["", "lr", "LRTB", None, 1, 'LR"; evil'], ids=repr)
def test_an_unknown_rankdir_is_refused_with_those_there_are(rankdir):
    with pytest.raises(
        ValueError, match=r"rankdir must be one of \['LR', 'TB', 'RL', 'BT'\], got "
    ):
        draw_dot(Value(1.0), rankdir=rankdir)


def test_an_unknown_format_is_refused():
    with pytest.raises(
        ValueError,
        match="format must be one that Graphviz knows, such as svg, png or pdf, got 'gift'",
    ):
        draw_dot(Value(1.0), "gift")


def test_an_unknown_theme_is_refused_with_those_there_are():
    with pytest.raises(
        ValueError, match=r"theme must be one of \['light', 'dark', 'auto'\], got 'blue'"
    ):
        draw_dot(Value(1.0), theme="blue")


def test_a_dot_that_hangs_is_given_up(monkeypatch, script):
    monkeypatch.setenv(
        "GLASSGRAD_DOT", str(script("import time; time.sleep(60)", interpreter=sys.executable))
    )
    monkeypatch.setattr(viz.graph.drawing, "TIMEOUT", 0.2)
    with pytest.raises(
        DotFailed,
        match="dot took longer than 0.2 seconds: draw a part of the graph, or fold it with depth=1",
    ):
        draw_dot(Value(1.0)).pipe()


# What is given by mistake.


@pytest.mark.parametrize("write", [to_dot, to_json, to_tree])
@pytest.mark.parametrize(
    "given", [Value(1.0) * 2, 3.0, None], ids=lambda given: type(given).__name__
)
def test_what_takes_a_scene_says_so_when_it_gets_something_else(write, given):
    got = f"{write.__name__} takes a Scene, got {type(given).__name__}"
    message = rf"{got}: pass scene\(value\), or folded\(value\)"
    with pytest.raises(TypeError, match=message):
        write(given)


@pytest.mark.parametrize("number", ["{:.2f}", None, 2], ids=repr)
def test_what_writes_no_numbers_is_refused(number):
    with pytest.raises(
        TypeError, match=r"number must be a function .*, such as '\{:.2f\}'.format, got "
    ):
        draw_dot(Value(1.0), number=number)


@pytest.mark.parametrize("direction", ["LR", "TB", "RL", "BT"])
def test_a_direction_in_the_place_of_the_format_is_told_where_it_goes(direction):
    with pytest.raises(
        ValueError, match=rf"got '{direction}' \(for the direction, write rankdir='{direction}'\)"
    ):
        draw_dot(Value(1.0), direction)


def test_a_format_that_is_no_direction_gets_no_such_hint():
    with pytest.raises(ValueError, match="got 'gift'$"):
        draw_dot(Value(1.0), "gift")
