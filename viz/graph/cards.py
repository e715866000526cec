"""What stands on a card and at an edge: tables of text for Values, sums, stacks, and the legend.

A card starts as data, lines of cells, so that its size is known before anything is laid out
(`viz.graph.extent`); `card` then writes it as an HTML-like label for Graphviz.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from viz import style
from viz.graph.scene import MARKS, Edge, Node, Scene, Spread, Term
from viz.style import Scale, Theme
from viz.text import markup, printable

Format: TypeAlias = Callable[[float], str]

LETTERS = 40
"""The most characters of a cell; for a cell over many columns, the most are `WIDE`."""
WIDE = 120


SPACE = "\u00a0"
"""The space between the columns of a sum."""

short: Final = partial(style.brief, digits=3)
"""How the many numbers of a sum are written."""


@dataclass(frozen=True)
class Cell:
    """Text on a card, over `span` columns; `look` is a Graphviz tag, B or I, or none."""

    text: str
    align: str = ""
    span: int = 1
    look: str = ""

    @property
    def seen(self) -> str:
        """The text, truncated."""
        return printable(self.text, WIDE if self.span > 2 else LETTERS)


@dataclass(frozen=True)
class Line:
    """Cells side by side; a line without cells is a rule. Edges may end at its `port`."""

    cells: tuple[Cell, ...]
    port: str = ""


RULE = Line(())


def lines_of(node: Node, number: Format) -> list[Line]:
    """The lines of a card: title, content and mark. A constant has only its number."""
    if node.kind == "constant":
        return [Line((Cell(style.minus(f"{node.data:.6g}")),))]
    if node.rows:
        body = _sum_lines(node, number)
        span = len(body[0].cells)
    else:
        body = _number_lines(node, number)
        span = 2
    title = node.title
    if node.copies > 1:
        title = f"{title or node.op.replace('chain', '')} ×{node.copies:,}".strip()
    head = [Line((Cell(title, span=span, look="B"),)), RULE] if title else []
    foot = []
    if node.uses > 1:
        foot.append(Line((Cell(f"×{node.uses:,} uses", span=span),)))
    if node.mark:
        foot += [RULE, Line((Cell(node.mark, span=span, look="I"),))]
    return [*head, *body, *foot]


def _number_lines(node: Node, number: Format) -> list[Line]:
    """Data and grad; of a folded card, what is in it; of a stack of copies, their ranges too."""
    if node.kind == "folded":
        inside = [Line((Cell(line, "LEFT", 2),)) for line in node.summary]
        return inside + ([] if node.grad is None else [_pair("‖grad‖", number(node.grad))])
    within = [Line((Cell(line, span=2, look="I"),)) for line in node.summary]
    if node.copies > 1:
        within.append(Line((Cell(f"mean of {node.copies:,}", span=2, look="I"),)))
    data = [_pair("data", number(node.data)), *_range(node.spread)]
    grad = [_pair("grad", _grad_text(node.grad, number)), *_range(node.grad_spread)]
    return [*within, *data, *grad]


def _pair(name: str, text: str) -> Line:
    return Line((Cell(name, "LEFT"), Cell(text, "RIGHT")))


def _range(spread: Spread | None) -> list[Line]:
    text = _range_text(spread)
    return [Line((Cell(text, "RIGHT", 2),))] if text else []


def _range_text(spread: Spread | None) -> str:
    """The numbers between which the copies lie, unless they are all the same."""
    if spread is None or spread.low == spread.high:
        return ""
    return f"{short(spread.low)} … {short(spread.high)}"


def _sum_lines(node: Node, number: Format) -> list[Line]:
    """A line for each term, and the sum with its gradient below; empty columns are left out."""
    terms = [_term_texts(term, short if number is style.number else number) for term in node.rows]
    products = [term for term in node.rows if term.right is not None]
    heads: tuple[str, ...] = ("", "a", "b", "a·b", "∂a", "∂b")
    if not products:
        heads = ("", "", "", "", "∂", "")
    elif all(term.weight for term in products):
        heads = ("", "w", "x", "w·x", "∂w", "∂x")
    if node.copies > 1:
        back = [f"Σ{head}" if all(sums) else head for head, sums in zip(heads[4:], _summed(node))]
        heads = (f"mean of {node.copies:,}", *heads[1:4], *back)
    filled = [any(column) for column in zip(*terms)]
    columns = [i for i in range(6) if i in (0, 3) or filled[i]]
    header = tuple(Cell(heads[i], "RIGHT", look="I") for i in columns)
    lines = [Line(header)]
    for row, term in enumerate(terms):
        cells = tuple(Cell(f"{SPACE}{term[i]}", "RIGHT") for i in columns)
        lines.append(Line(cells, port=f"r{row}"))
    lines.append(RULE)
    # The sums stand below the products, and their gradients below what flows back.
    spans = [len({*columns} & {*some}) for some in ((0, 1), (2, 3), (4, 5))]
    result = node.glyph
    if node.sum is not None:
        texts = node.sum.name, number(node.sum.data), _grad_text(node.sum.grad, number)
        lines.append(_spanning(texts, spans))
        result = f"{node.glyph} {style.slope(node.sum.slope)}"
    lines.append(_spanning((result, number(node.data), _grad_text(node.grad, number)), spans))
    ranges = _range_text(node.spread), _range_text(node.grad_spread)
    return [*lines, *([_spanning(("", *ranges), spans)] if any(ranges) else [])]


def _summed(node: Node) -> tuple[list[bool], list[bool]]:
    """For both columns of what flows back: whether each row is a sum over copies."""
    columns: tuple[list[bool], list[bool]] = ([], [])
    for term in node.rows:
        summed = term.summed[::-1] if term.weight == "right" else term.summed
        flows = (term.left_flow, term.right_flow)
        for column, is_sum, flow in zip(columns, summed, flows):
            if flow is not None:
                column.append(is_sum)
    return columns


def _grad_text(grad: float | None, number: Format) -> str:
    return "—" if grad is None else number(grad)


def _spanning(texts: Sequence[str], spans: Sequence[int]) -> Line:
    pairs = [(text, span) for text, span in zip(texts[1:], spans[1:]) if span]
    cells = [Cell(f"{SPACE}{text}", "RIGHT", span) for text, span in pairs]
    return Line((Cell(texts[0], "LEFT", spans[0]), *cells))


def _term_texts(term: Term, short: Format) -> tuple[str, ...]:
    """A term in columns: its name, its factors, their product, and what flows back to them.

    A weight comes first, as in w · x.
    """
    flows = ["" if x is None else short(x) for x in (term.left_flow, term.right_flow)]
    if term.right is None:
        return printable(term.left, 12), "", "", short(term.product), *flows
    names = [printable(name, 8) for name in (term.left, term.right)]
    factors = [short(term.left_data), short(term.right_data)]
    if term.weight == "right":
        names, factors, flows = names[::-1], factors[::-1], flows[::-1]
    return "·".join(filter(None, names)), *factors, short(term.product), *flows


@dataclass(frozen=True)
class Badge:
    """An operator as drawn on the card of its result: a glyph in one colour on another."""

    glyph: str
    ground: str
    ink: str


def card(lines: Sequence[Line], badge: Badge | None = None, padding: int = 2) -> str:
    """The lines of a card as an HTML-like label, beside the badge of the operator that made it."""
    if len(lines) == 1 and len(lines[0].cells) == 1:
        return f"<{markup(lines[0].cells[0].seen)}>"
    body = "".join(map(_tr, lines))
    if badge is not None:
        ink = f'<FONT COLOR="{badge.ink}">{SPACE}{markup(badge.glyph)}{SPACE}</FONT>'
        inner = _table(body, padding)
        body = f'<TR><TD BGCOLOR="{badge.ground}">{ink}</TD><TD>{inner}</TD></TR>'
    return f"<{_table(body, padding)}>"


def _table(body: str, padding: int) -> str:
    look = f'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="{padding}"'
    return f"<TABLE {look}>{body}</TABLE>"


def _tr(line: Line) -> str:
    if line == RULE:
        return "<HR/>"
    first, *others = line.cells
    port = f' PORT="{line.port}"' if line.port else ""
    return f"<TR>{_td(first, port)}{''.join(map(_td, others))}</TR>"


def _td(cell: Cell, port: str = "") -> str:
    text = markup(cell.seen, WIDE)
    if cell.look and text:
        text = f"<{cell.look}>{text}</{cell.look}>"
    align = f' ALIGN="{cell.align}"' if cell.align else ""
    span = f' COLSPAN="{cell.span}"' if cell.span > 1 else ""
    return f"<TD{port}{align}{span}>{text}</TD>"


def tooltip(node: Node) -> str:
    """All digits, for whoever points at the card."""
    name = printable(f"{node.module}.{node.title}" if node.module else node.title, 400)
    if node.kind == "folded":
        return f"{name}: {', '.join(node.summary)}"
    made = f" = {node.op}" if node.op and node.kind != "constant" else ""
    copies = f", mean of {node.copies:,} copies" if node.copies > 1 else ""
    grad = "" if node.grad is None else f", grad {node.grad!r}"
    mark = f" ({node.mark})" if node.mark else ""
    return f"{name}{made}: data {node.data!r}{grad}{copies}{mark}"


@dataclass(frozen=True)
class EdgeLook:
    """How an edge is drawn: its words and their colour, its own colour, width, and dashes."""

    text: str
    text_colour: str
    colour: str
    width: float
    dashed: bool


def edge_look(edge: Edge, theme: Theme, slopes: Scale) -> EdgeLook:
    """The slope in words; its sign as colour and dashes, its size as width.

    A bundle of edges says how many it holds. An edge into a row of a Σ card has no words: they are
    in the row.
    """
    if edge.bundle:
        text = f"{edge.count:,} edge{'s' * (edge.count > 1)}"
        return EdgeLook(text, theme.quiet, theme.line, 0.8, False)
    text = style.slope(edge.slope) if edge.row is None else ""
    if not edge.flows:  # the slope in a constant may be nan, and does not matter
        text = text if math.isfinite(edge.slope) else ""
        return EdgeLook(text, theme.quiet, theme.line, 0.8, False)
    colour = theme.line_colour(edge.slope)
    width = 0.8 + 2.0 * slopes.strength(edge.slope)
    ink = theme.quiet if colour == theme.line else colour
    return EdgeLook(text, ink, colour, width, style.stroke(edge.slope) == "dashed")


def legend(drawn: Scene, theme: Theme, flows: bool = False) -> str:
    """The colour scale of gradients with its ends, and what borders, lines and marks mean.

    It explains only what is in the drawing.
    """
    shades = [*reversed(theme.negative_fills), theme.neutral, *theme.positive_fills]
    swatch = '<TD BGCOLOR="{}" WIDTH="14" HEIGHT="12" FIXEDSIZE="TRUE"></TD>'
    swatches = "".join(map(swatch.format, shades))
    low, high = ("grad below 0", "above 0")
    if drawn.largest_grad:
        low = style.minus(f"{-drawn.largest_grad:.3g}")
        high = f"+{drawn.largest_grad:.3g}"
    scale = (
        f'<TD ALIGN="RIGHT">{markup(low)}</TD><TD><TABLE BORDER="0" CELLSPACING="0" '
        f'CELLPADDING="0"><TR>{swatches}</TR></TABLE></TD><TD ALIGN="LEFT">{markup(high)}</TD>'
    )
    lines = "".join(map(_legend_line, _meanings(drawn, flows)))
    return f'<TABLE BORDER="0" CELLSPACING="0" CELLPADDING="2"><TR>{scale}</TR>{lines}</TABLE>'


def _legend_line(text: str) -> str:
    return f'<TR><TD COLSPAN="3" ALIGN="LEFT">{markup(text, WIDE)}</TD></TR>'


def _meanings(drawn: Scene, flows: bool) -> list[str]:
    kinds, marks = {node.kind for node in drawn.nodes}, {node.mark for node in drawn.nodes}
    ops, copies = {node.op for node in drawn.nodes}, {node.copies for node in drawn.nodes}
    uses = {node.uses for node in drawn.nodes}
    decades = Scale.of(drawn.grads).decades
    powers = f"over {decades} power{'s' * (decades > 1)} of ten"
    lines = [f"card: gradient; blue above 0, orange and dashed below, depth by log |grad| {powers}"]
    lines += [text for kind, text in KINDS.items() if kind in kinds]
    lines.append("edge: slope; blue above 0, orange and dashed below, width by log |slope|")
    there = {
        "∇: what flows back over an edge, grad · slope": flows,
        "Σ: a row for each term; ∂: what flows back to its factors": any(
            node.rows for node in drawn.nodes
        ),
        "ƒ: several operations on the card of their result": "chain" in ops,
        "×n in a title: n copies as one card: mean, smallest … largest": max(copies) > 1,
        "×n uses: the same leaf is drawn n times": max(uses) > 1,
        "purple line: the highlighted paths": any(edge.on_path for edge in drawn.edges),
    }
    lines += [text for text, is_there in there.items() if is_there]
    for mark, text in MARKS.items():
        if any(f" {one}".endswith(f" {mark}") for one in marks):  # or "2 of 8 off"
            lines.append(f"{mark}: {text}")
    return lines


KINDS = {
    "parameter": "rounded, bold border: parameter",
    "input": "square: input",
    "constant": "a number without a border: constant",
    "output": "double border: output",
    "folded": "box with depth: folded, ‖grad‖ over its parameters",
}
