"""How large a drawing will be, before it is laid out: whether its text can be read on a slide."""

from __future__ import annotations

import textwrap
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from viz import style
from viz.graph.cards import RULE, edge_look, lines_of
from viz.graph.scene import Edge, Node, Scene
from viz.style import LIGHT, Scale

SLIDE: Final = (1280.0, 720.0)
"""The screen on which a drawing must be legible, width and height in pixels."""

LEAST: Final = 12.4
BESIDE: Final = 12.9
"""The least height of text there in pixels, by the drawing's size along its ranks, and across.

It is 12, plus a margin for what the estimate misses, which is more across the ranks.
"""

FONT_SIZE: Final = 11.0
"""The height of text in a drawing, in points."""

MOST_CARDS: Final = 150
"""The most cards that fit on it, however small they are."""

MOST_EDGES: Final = 300
"""The most edges that fit on it."""

NARROW: Final = frozenset("ijlftrI.,:;'!|()[] ")
ROWS: Final = {False: 17.0, True: 15.0}
"""The height of a line of a card, with its padding, in points, by compactness."""
GAPS: Final = {False: 18.0, True: 11.0}
"""The space between neighbours in a rank, in points, by compactness."""
STEPS: Final = {False: 15.2, True: 7.2}
"""The space between a card and the words on its edge, and from these to the next card."""


@dataclass(frozen=True)
class Options:
    """What the size of a drawing depends on besides its scene.

    `number` writes numbers, `sideways` is whether ranks go from left to right (or back), `flows`
    whether edges also say what flows back over them.
    """

    number: Callable[[float], str] = style.number
    sideways: bool = True
    flows: bool = False


PLAIN: Final = Options()


def is_legible(drawn: Scene, options: Options) -> bool:
    """Whether the text of a scene, fitted to a slide, is at least 12 pixels high (estimated)."""
    if len(drawn.nodes) > MOST_CARDS or len(drawn.edges) > MOST_EDGES:
        return False
    least = (LEAST, BESIDE) if options.sideways else (BESIDE, LEAST)
    sizes = extent(drawn, options)
    pixels = [side * FONT_SIZE / size for side, size in zip(SLIDE, sizes)]
    return all(height >= wanted for height, wanted in zip(pixels, least))


def extent(drawn: Scene, options: Options) -> tuple[float, float]:
    """The estimated width and height of a layout, in points.

    Cards stand in ranks, each one rank beyond its inputs, as `dot` places them; an edge over many
    ranks takes some room in each. The words on edges lie between the ranks.
    """
    ranks, gap = ranks_of(drawn), GAPS[drawn.compact]
    # By rank; halfway to it are the words on edges, and then the operator.
    along: dict[float, float] = defaultdict(float)
    across: dict[float, float] = defaultdict(float)

    def put(rank: float, size: tuple[float, float]) -> None:
        forward, sideward = size if options.sideways else size[::-1]
        along[rank] = max(along[rank], forward)
        across[rank] += sideward + gap

    cards = set()
    for node in drawn.nodes:
        put(ranks[node.id], size_of(node, options, drawn.compact))
        cards.add(float(ranks[node.id]))
        if _has_disc(node) and not drawn.compact:
            put(ranks[node.id] - 0.25, (max(26.0, width_in_dot(node.glyph) + 12.0), 26.0))
            cards.add(ranks[node.id] - 0.25)
    scale = Scale.of(drawn.slopes)
    for edge in drawn.edges:
        start, end = ranks[edge.source], ranks[edge.target]
        put(end - 0.5, _size_of_words(edge, scale, options))
        for rank in range(start + 1, end):
            across[rank] += gap / 2
    depth = 1 + max([cluster.path.count(".") for cluster in drawn.clusters], default=-1)
    steps = 2 * STEPS[drawn.compact] * (len(cards) - 1)
    length = sum(along.values()) + steps + CLUSTER * depth
    loops = LOOP * min(3, sum(edge.back for edge in drawn.edges))
    widest = max(across.values())
    breadth = widest * _slack(drawn, ranks) + 2 * CLUSTER * depth + loops + PAD
    width, height = (length, breadth) if options.sideways else (breadth, length)
    note = note_lines(drawn)
    return max(width, *map(width_in_dot, ["", *note])), height + ROWS[True] * len(note)


def _size_of_words(edge: Edge, scale: Scale, options: Options) -> tuple[float, float]:
    """The width and height of the words at an edge."""
    lines = [edge_look(edge, LIGHT, scale).text]
    if options.flows and edge.flow is not None:
        lines.append(f"∇ {options.number(edge.flow)}")
    shown = [line for line in lines if line]
    width = max([width_in_dot(f" {line} ") for line in shown], default=0.0)
    return width, ROWS[True] * len(shown)


CLUSTER: Final = 16.0
"""The room that a frame around cards takes on each side, in points."""

NOTE: Final = 110
"""The most characters of a line of the note below a drawing."""

PAD: Final = 12.0
"""The space around the drawing, both sides together, in points."""

MOST_PASSES: Final = 20
"""The most passes over the cards to find their ranks."""

LOOP: Final = 15.0
"""How much room an edge to the next step takes beside the cards, in points; at most three count."""


def _slack(drawn: Scene, ranks: dict[str, int]) -> float:
    """How much more room a rank takes than its cards: leaves stand beside their users."""
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
    # even feed one another, so that their ranks would grow without end.
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


def _has_disc(node: Node) -> bool:
    return bool(node.op) and node.kind in ("inner", "output")


def size_of(node: Node, options: Options, compact: bool) -> tuple[float, float]:
    """The width and height of a card in points, in a compact drawing with its operator."""
    columns: dict[int, float] = defaultdict(float)
    widest, height = 0.0, 0.0
    for line in lines_of(node, options.number):
        height += 3.0 if line == RULE else ROWS[compact]
        if any(cell.span > 1 for cell in line.cells):
            widest = max(widest, sum(width_in_dot(cell.seen) + 4.0 for cell in line.cells))
        for i, cell in enumerate(line.cells):
            width = width_in_dot(cell.seen) * (1.08 if cell.look == "B" else 1.0) + 4.0
            if cell.span == 1:
                columns[i] = max(columns[i], width)
    width = max(widest, sum(columns.values())) + 16.0
    if compact and _has_disc(node) and not node.rows:
        width += width_in_dot(node.glyph) + 17.0
    return width, height + 10.0


def width_in_dot(text: str) -> float:
    """The width of text in points, about as `dot` measures it, so that the sizes match."""
    return FONT_SIZE * sum(0.3 if letter in NARROW else 0.58 for letter in text)


def note_lines(drawn: Scene) -> list[str]:
    """The note below a drawing, in lines no wider than most drawings."""
    return textwrap.wrap(drawn.note, NOTE) if drawn.note else []
