"""Notebooks: a Value that is the last line of a cell draws itself, once `viz` is imported."""

from __future__ import annotations

import sys
from typing import Any

from autograd import Value
from viz.graph.dot import draw_dot
from viz.graph.dot_binary import DotFailed, DotNotFound

MAX_NODES = 300
"""A cell answers at once: larger graphs are folded, and `draw_dot` draws them whole if asked to."""


def register() -> None:
    """Tell the running IPython, if there is one, how a Value is drawn. `autograd` itself knows nothing of drawings."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        shell.display_formatter.formatters["image/svg+xml"].for_type(Value, picture)


def picture(value: Value) -> str | None:
    """The SVG of a graph, which follows the notebook's theme; None, so that the formula shows, for a lone number or without `dot`.

    >>> picture(Value(2.0, "a") * 3).startswith("<svg") and picture(Value(2.0)) is None
    True
    """
    if not value.inputs:
        return None
    try:
        svg: str = draw_dot(value, theme="auto", max_nodes=MAX_NODES).pipe("svg").decode()
    except (DotNotFound, DotFailed):
        return None
    return svg[svg.index("<svg") :]
