"""Notebooks: a Value that is the last line of a cell draws itself, once `viz` is imported."""

from __future__ import annotations

import sys
from typing import Any

from autograd import Value
from viz.graph.dot import draw_dot, to_dot
from viz.graph.dot_binary import DotFailed, DotNotFound
from viz.graph.scene import Scene

MAX_NODES = 300
"""A cell answers at once: larger graphs are folded, and `draw_dot` draws them whole if asked to."""


def register() -> None:
    """Tell the running IPython, if there is one, how a Value is drawn. `autograd` itself knows nothing of drawings."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        svg = shell.display_formatter.formatters["image/svg+xml"]
        svg.for_type(Value, picture)
        svg.for_type(Scene, picture)


def picture(shown: Value | Scene) -> str | None:
    """The SVG of a graph, which follows the notebook's theme.

    None, so that the formula or the repr shows, for a lone number, for a scene that is too large,
    and without `dot`.

    >>> picture(Value(2.0, "a") * 3).startswith("<svg") and picture(Value(2.0)) is None
    True
    """
    try:
        if isinstance(shown, Scene):
            if len(shown.nodes) > MAX_NODES:
                return None
            drawing = to_dot(shown, theme="auto")
        elif shown.inputs:
            drawing = draw_dot(shown, theme="auto", max_nodes=MAX_NODES)
        else:
            return None
        svg: str = drawing.pipe("svg").decode()
    except (DotNotFound, DotFailed):
        return None
    return svg[svg.index("<svg") :]
