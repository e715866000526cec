"""How large a drawing will be, before it is laid out: whether its text can be read on a slide."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Final

from viz.graph.cards import RULE, Line, edge_look, lines_of
from viz.graph.scene import Node, Scene
from viz.style import LIGHT, Scale

SLIDE: Final = (1280.0, 720.0)
"""The screen that a drawing must be legible on, width and height in pixels."""

LEAST: Final = 12.5
"""The least height of text there, in pixels: 12, and something for what the estimate misses."""

FONT_SIZE: Final = 11.0
"""The height of text in a drawing, in points."""

LARGEST: Final = (SLIDE[0] * FONT_SIZE / LEAST, SLIDE[1] * FONT_SIZE / LEAST)
"""The largest legible drawing, in points: fitted to the slide, its text has the least height."""

MOST_CARDS: Final = 150
"""More cards than these have no room on it, however small they are."""

NARROW: Final = frozenset("ijlftrI.,:;'!|()[] ")
ROWS: Final = {False: 17.0, True: 15.0}
"""The height of a line of a card, with its padding, in points, by compactness."""
GAPS: Final = {False: 18.0, True: 11.0}
"""Between neighbours in a rank, in points, by compactness."""
STEPS: Final = {False: 12.6, True: 7.2}
"""Between a card and the words on its edge, and between these and the next card, by compactness."""


def is_legible(drawn: Scene, number: Callable[[float], str], sideways: bool = True) -> bool:
    """Whether the text of a scene, fitted to a slide, is at least 12 pixels high, as estimated."""
    if len(drawn.nodes) > MOST_CARDS:
        return False
    width, height = extent(drawn, number, sideways)
    return width <= LARGEST[0] and height <= LARGEST[1]


def extent(
    drawn: Scene, number: Callable[[float], str], sideways: bool = True
) -> tuple[float, float]:
    """The estimated width and height of a layout, in points; `sideways` if ranks go left to right.

    Cards stand in ranks, each one further than its inputs, as `dot` has it; an edge over many ranks
    takes some room in each. The words on edges lie between the ranks.
    """
    ranks = ranks_of(drawn)
    sizes = {node.id: size_of(lines_of(node, number), node, drawn.compact) for node in drawn.nodes}
    along: dict[int, float] = defaultdict(float)
    across: dict[int, float] = defaultdict(float)
    for node in drawn.nodes:
        wide, high = sizes[node.id] if sideways else sizes[node.id][::-1]
        rank = ranks[node.id]
        along[rank] = max(along[rank], wide)
        across[rank] += high + GAPS[drawn.compact]
    words: dict[int, float] = defaultdict(float)
    scale = Scale.of(drawn.slopes)
    for edge in drawn.edges:
        text = edge_look(edge, LIGHT, scale).text
        end = ranks[edge.target]
        size = (text_width(f" {text} "), ROWS[True]) if text else (0.0, 0.0)
        words[end] = max(words[end], size[0] if sideways else size[1])
        for rank in range(ranks[edge.source] + 1, end):
            across[rank] += GAPS[drawn.compact] / 2
    clusters = 16.0 * len({cluster.path.count(".") for cluster in drawn.clusters})
    length = (
        sum(along.values())
        + sum(words.values())
        + 2 * STEPS[drawn.compact] * (len(along) - 1)
        + clusters
    )
    loops = LOOP * min(3, sum(edge.back for edge in drawn.edges))
    breadth = max(across.values()) * _slack(drawn, ranks) + clusters * 2 + loops + PAD
    width, height = (length, breadth) if sideways else (breadth, length)
    note = note_lines(drawn)
    return max(width, *map(text_width, ["", *note])), height + ROWS[True] * len(note)


NOTE: Final = 110
"""The most characters of a line of the note below a drawing."""

PAD: Final = 12.0
"""Around the drawing, both sides together, in points."""

MOST_PASSES: Final = 20
"""How many passes over the cards look for their ranks."""

LOOP: Final = 15.0
"""How much room an edge to the next step takes beside the cards, in points; three at most count."""


def _slack(drawn: Scene, ranks: dict[str, int]) -> float:
    """How much more room a rank takes than its cards: leaves stand beside what uses them."""
    leaves = [ranks[node.id] for node in drawn.nodes if not node.op]
    spread = min(1.0, (len(set(leaves)) - 1) / 3) if leaves else 0.0
    return 1.05 + 0.5 * spread * len(leaves) / len(drawn.nodes)


def ranks_of(drawn: Scene) -> dict[str, int]:
    """The rank of each card: one more than the largest of its inputs; a leaf is beside its use."""
    forward = [edge for edge in drawn.edges if not edge.back]
    inputs: dict[str, list[str]] = defaultdict(list)
    for edge in forward:
        inputs[edge.target].append(edge.source)
    rank = dict.fromkeys([node.id for node in drawn.nodes], 0)
    # One pass is enough for cards in topological order. Those of a folded graph are not, and may
    # even feed one another, so that there is no end to it.
    for _ in range(MOST_PASSES):
        before = dict(rank)
        for node in drawn.nodes:
            rank[node.id] = 1 + max([rank[source] for source in inputs[node.id]], default=-1)
        if rank == before:
            break
    beside: dict[str, int] = {}
    for edge in forward:
        if not inputs[edge.source]:
            nearest = rank[edge.target] - 1
            beside[edge.source] = min(beside.get(edge.source, nearest), nearest)
    return rank | beside


def size_of(lines: Sequence[Line], node: Node, compact: bool) -> tuple[float, float]:
    """The width and height of a card, with the operator before it or on it, in points."""
    columns: dict[int, float] = defaultdict(float)
    widest, height = 0.0, 0.0
    for line in lines:
        height += 3.0 if line == RULE else ROWS[compact]
        for i, cell in enumerate(line.cells):
            width = text_width(cell.seen) * (1.08 if cell.look == "B" else 1.0) + 4.0
            if cell.span == 1:
                columns[i] = max(columns[i], width)
            elif len(line.cells) == 1:
                widest = max(widest, width)
    width = max(widest, sum(columns.values())) + 16.0
    made = node.op and node.kind in ("inner", "output")
    if made and compact:
        width += text_width(node.glyph) + 10.0
    elif made:
        width += max(26.0, text_width(node.glyph) + 10.0) + 2 * STEPS[False]
    return width, height + 10.0


def text_width(text: str) -> float:
    """The width of text in the drawing's type, roughly, in points."""
    return FONT_SIZE * sum(0.3 if letter in NARROW else 0.58 for letter in text)


def note_lines(drawn: Scene) -> list[str]:
    """The note below a drawing, in lines that are not wider than most drawings."""
    return textwrap.wrap(drawn.note, NOTE) if drawn.note else []
