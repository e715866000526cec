"""Why topological order? The right backward pass beside naive recursion, step by step, on a graph whose paths meet."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from autograd import CONST, Value, topological_order
from viz import style
from viz.graph.reading import closed, same, slopes_of
from viz.graph.scene import Scene
from viz.motion.frames import SVG, check_count, pictures, without_ids, write_frames
from viz.motion.steps import Step, brief, first_edges, handing_on, passes
from viz.text import printable

MAX_STEPS = 500
"""Naive recursion takes a step for every path, and paths double where they meet."""

GAP = 40.0
TITLE = 34.0


def naive(root: Value) -> tuple[Scene, list[Step]]:
    """The scene and the steps of a backward pass that hands on whatever a node has, as soon as something reaches it.

    Nodes that several paths reach hand on the same share again and again. Raises ValueError for more than 500 steps.

    >>> a = Value(3.0, "a")
    >>> b = a + a; b.label = "b"
    >>> print(naive(b + b)[1][-1].text)
    a gets 2 × 1 = 2, and 4 + 2 → 6: should be 4
    """
    drawn, steps = passes(root)
    right = {node.id: node.grad for node in drawn.nodes if node.grad is not None}
    order = topological_order(root)
    id_of = {node: f"v{i}" for i, node in enumerate(order)}
    called = {node: printable(card.name, 60) for node, card in zip(order, drawn.nodes)}
    first_edge = first_edges(order)
    start = [step for step in steps if not step.edge]
    grad, size = {root: 1.0}, {root: 1.0}
    taken: list[Step] = []
    waiting = [(root, 0)]  # a node, and which of its inputs comes next
    while waiting:
        node, i = waiting.pop()
        if i == len(node.inputs):
            continue
        waiting.append((node, i + 1))
        x, slope = node.inputs[i], slopes_of(node)[i]
        if x.op is CONST or closed(node, slope):
            continue
        taken.append(handing_on(called[x], id_of[x], f"e{first_edge[node] + i}", grad[node], slope, grad.get(x)))
        grad[x] = grad.get(x, 0.0) + grad[node] * slope
        size[x] = size.get(x, 0.0) + abs(grad[node] * slope)
        if len(taken) > MAX_STEPS:
            raise ValueError(f"naive recursion takes more than {MAX_STEPS} steps on this graph: take a smaller one")
        waiting.append((x, 0))
    marks = {node: f"should be {brief(right[id_of[node]])}" for node in grad}
    wrong = {id_of[node]: mark for node, mark in marks.items() if not _agree(grad[node], right[id_of[node]], size[node])}
    if taken and taken[-1].node in wrong:
        taken[-1] = replace(taken[-1], text=f"{taken[-1].text}: {wrong[taken[-1].node]}")
    nodes = tuple(replace(card, grad=grad.get(node, card.grad), mark=wrong.get(card.id, "")) for node, card in zip(order, drawn.nodes))
    return replace(drawn, nodes=nodes), [*start, *taken]


def _agree(a: float, b: float, size: float) -> bool:
    """The same gradient, but for the rounding of shares that add up to `size`: sums in another order differ by that."""
    return same(a, b) or abs(a - b) <= 1e-9 * size


def compare_orders(root: Value, directory: str | Path) -> list[Path]:
    """Write frames, 000.svg, 001.svg, ..., of naive recursion beside the right order; returns their paths.

    >>> import tempfile
    >>> a = Value(3.0, "a")  # the smallest graph that shows it
    >>> b = a + a; b.label = "b"
    >>> c = b + b; c.label = "c"
    >>> len(compare_orders(c, tempfile.mkdtemp()))
    10
    """
    both = naive(root), passes(root)
    check_count([step for _, steps in both for step in steps], "compare_orders")
    left, right = (list(pictures(*of)) for of in both)
    count = max(len(left), len(right))
    of_each = ([picture[min(i, len(picture) - 1)] for i in range(count)] for picture in (left, right))  # the shorter one waits
    return write_frames(directory, [beside({"Naive recursion": a, "Reverse topological order": b}) for a, b in zip(*of_each)])


def beside(titled: dict[str, Element], theme: style.ThemeName = "light") -> Element:
    """Pictures on one sheet, each under its title; `theme` is the one they were drawn in, light or dark."""
    look, _ = style.theme_named(theme)
    sizes = [tuple(map(float, picture.get("viewBox", "0 0 0 0").split()))[2:] for picture in titled.values()]
    width, height = sum(size[0] for size in sizes) + GAP, max(size[1] for size in sizes) + TITLE
    sheet = Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}pt", "height": f"{height:g}pt"})
    SubElement(sheet, f"{{{SVG}}}rect", {"width": "100%", "height": "100%", "fill": look.background})
    x = 0.0
    for (title, picture), (wide, high) in zip(titled.items(), sizes):
        place = {
            "x": f"{x + 8:g}",
            "y": "22",
            "font-family": style.FONT,
            "font-size": "16",
            "font-weight": "bold",
            "fill": look.text,
        }
        SubElement(sheet, f"{{{SVG}}}text", place).text = title
        inner = without_ids(copy.deepcopy(picture))  # the last one is used again
        inner.attrib.pop("aria-labelledby", None)
        inner.attrib |= {"x": f"{x:g}", "y": f"{TITLE:g}", "width": f"{wide:g}", "height": f"{high:g}"}
        sheet.append(inner)
        x += wide + GAP
    return sheet
