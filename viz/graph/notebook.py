"""Notebooks: a Value that is the last line of a cell draws itself, once `viz` is imported.

Jupyter, VS Code and marimo all ask an object for its `_repr_svg_`.
"""

from __future__ import annotations

from autograd import Value
from viz.graph.dot import draw_dot, to_dot
from viz.graph.dot_binary import DotFailed, DotNotFound
from viz.graph.scene import Scene

MAX_NODES = 300
"""A cell should answer at once: a larger scene only shows its repr."""


def register() -> None:
    """Teach Values and scenes to draw themselves. `autograd` itself knows nothing of drawings."""
    for shown in (Value, Scene):
        setattr(shown, "_repr_svg_", picture)  # noqa: B010  (types know nothing of it either)


def picture(shown: Value | Scene) -> str | None:
    """The SVG of a graph, which follows the notebook's theme.

    Returns None, so that the formula or the repr shows instead, for a lone number, for a scene that
    is too large, and without `dot`.

    >>> picture(Value(2.0, "a") * 3).startswith("<svg") and picture(Value(2.0)) is None
    True
    """
    if isinstance(shown, Scene):
        if len(shown.nodes) > MAX_NODES:
            return None
        drawing = to_dot(shown, theme="auto")
    elif shown.inputs:
        drawing = draw_dot(shown, theme="auto")
    else:
        return None
    try:
        return drawing._repr_svg_()
    except (DotNotFound, DotFailed):
        return None
