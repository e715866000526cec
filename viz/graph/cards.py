"""What stands on a card and at an edge: HTML-like labels of Graphviz for Values, folded parts, and the legend; and their tooltips."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from viz import style
from viz.graph.scene import MARKS, Edge, Node, Scene
from viz.style import Scale, Theme
from viz.text import markup, printable

Format = Callable[[float], str]


def card(node: Node, number: Format) -> str:
    """The title, a rule, data and grad in columns, and a mark; a constant is its number alone."""
    if node.kind == "constant":
        return f"<{style.minus(f'{node.data:.6g}')}>"
    if node.kind == "folded":
        grad = [] if node.grad is None else [_row("‖grad‖", number(node.grad))]
        rows = [f'<TR><TD ALIGN="LEFT" COLSPAN="2">{markup(line)}</TD></TR>' for line in node.summary] + grad
    else:
        rows = [_row("data", number(node.data)), _row("grad", "—" if node.grad is None else number(node.grad))]
    title = markup(node.title)
    head = [f'<TR><TD COLSPAN="2"><B>{title}</B></TD></TR>', "<HR/>"] if title else []
    mark = [f'<HR/><TR><TD COLSPAN="2"><I>{markup(node.mark)}</I></TD></TR>'] if node.mark else []
    return f'<<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="2">{"".join(head + rows + mark)}</TABLE>>'


def _row(name: str, text: str) -> str:
    return f'<TR><TD ALIGN="LEFT">{name}</TD><TD ALIGN="RIGHT">{markup(text)}</TD></TR>'


def tooltip(node: Node) -> str:
    """All digits, for those who point at the card."""
    name = f"{node.module}.{node.title}" if node.module else node.title
    if node.kind == "folded":
        return f"{printable(name, 400)}: {', '.join(node.summary)}"
    made = f" = {node.op}" if node.op and node.kind != "constant" else ""
    grad = "" if node.grad is None else f", grad {node.grad!r}"
    mark = f" ({node.mark})" if node.mark else ""
    return f"{printable(name, 400)}{made}: data {node.data!r}{grad}{mark}"


@dataclass(frozen=True)
class EdgeLook:
    """How an edge is drawn: its words and their colour, its own colour, width, and whether it is dashed."""

    text: str
    text_colour: str
    colour: str
    width: float
    dashed: bool


def edge_look(edge: Edge, theme: Theme, slopes: Scale) -> EdgeLook:
    """The slope in words; its sign as colour and dashes, its size as width. A bundle of edges says how many it holds."""
    if edge.bundle:
        return EdgeLook(f"{edge.count:,} edge{'s' * (edge.count > 1)}", theme.quiet, theme.line, 0.8, False)
    if not edge.flows:  # a constant's own slope may be nan, and is nobody's concern
        return EdgeLook(style.slope(edge.slope) if math.isfinite(edge.slope) else "", theme.quiet, theme.line, 0.8, False)
    colour = theme.line_colour(edge.slope)
    width = 0.8 + 2.0 * slopes.strength(edge.slope)
    return EdgeLook(style.slope(edge.slope), theme.quiet if colour == theme.line else colour, colour, width, style.stroke(edge.slope) == "dashed")


def legend_card(drawn: Scene, theme: Theme, number: Format, flows: bool = False) -> str:
    """The colour scale of gradients with its ends, and what borders, lines and marks mean, for those that are there."""
    shades = [*reversed(theme.negative_fills), theme.neutral, *theme.positive_fills]
    cells = "".join(f'<TD BGCOLOR="{shade}" WIDTH="12" HEIGHT="12" FIXEDSIZE="TRUE"></TD>' for shade in shades)
    largest = drawn.largest_grad
    ends = [markup(text) for text in ((f"−{number(largest)}", f"+{number(largest)}") if largest else ("grad −", "grad +"))]
    scale = (
        f'<TR><TD ALIGN="LEFT">{ends[0]}</TD><TD><TABLE BORDER="0" CELLSPACING="0" CELLPADDING="0"><TR>{cells}</TR></TABLE></TD>'
        f'<TD ALIGN="RIGHT">{ends[1]}</TD></TR>'
    )
    kinds, marks = {node.kind for node in drawn.nodes}, {node.mark for node in drawn.nodes}
    lines = ["gradient: colour by sign, depth by log |grad|", *[text for kind, text in _KINDS.items() if kind in kinds]]
    lines += ["edge: slope; blue above 0, orange and dashed below, width by log |slope|"]
    lines += ["× slope ← what flows back: grad · slope"] * flows
    lines += ["double line: on the highlighted paths"] * any(edge.on_path for edge in drawn.edges)
    lines += [f"{mark}: {text}" for mark, text in MARKS.items() if mark in marks]
    rows = "".join(f'<TR><TD COLSPAN="3" ALIGN="LEFT">{markup(line, 120)}</TD></TR>' for line in lines)
    return f'<<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2">{scale}{rows}</TABLE>>'


_KINDS = {
    "parameter": "rounded, bold border: parameter",
    "input": "square: input",
    "constant": "dashed border: constant",
    "output": "double border: output",
    "folded": "box with depth: folded, ‖grad‖ over its parameters",
}
