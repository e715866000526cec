"""Why topological order? The right backward pass beside naive recursion, step by step, on a graph whose paths meet."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, zip_longest
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from autograd import CONST, Value, topological_order
from autograd.files import write
from viz import style
from viz.frames import SVG, pictures, to_bytes, without_ids
from viz.scene import Scene, slopes_of
from viz.steps import Step, passes
from viz.style import number

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
    right = {node.id: node.grad for node in drawn.nodes}
    order = topological_order(root)
    id_of = {node: f"v{i}" for i, node in enumerate(order)}
    called = {node: card.title or card.id for node, card in zip(order, drawn.nodes)}
    first_edge = dict(zip(order, accumulate((len(node.inputs) for node in order), initial=0)))
    start = [step for step in steps if not step.edge]
    grad = {root: 1.0}
    taken: list[Step] = []
    waiting = [(root, 0)]  # a node, and which of its inputs comes next
    while waiting:
        node, i = waiting.pop()
        if i == len(node.inputs):
            continue
        waiting.append((node, i + 1))
        x, slope = node.inputs[i], slopes_of(node)[i]
        if x.op is CONST:
            continue
        before, flow = grad.get(x), grad[node] * slope
        grad[x] = (before or 0.0) + flow
        text = f"{called[x]} gets {grad[node]:.4g} × {slope:.4g} = {flow:.4g}"
        text += "" if before is None else f", and {before:.4g} + {flow:.4g} → {grad[x]:.4g}"
        taken.append(Step("backward", text, id_of[x], f"e{first_edge[node] + i}", grad=((id_of[x], number(grad[x])),)))
        if len(taken) > MAX_STEPS:
            raise ValueError(f"naive recursion takes more than {MAX_STEPS} steps on this graph: take a smaller one")
        waiting.append((x, 0))
    wrong = {id_of[node]: f"should be {right[id_of[node]]:.4g}" for node, g in grad.items() if g != right[id_of[node]]}
    if taken and taken[-1].node in wrong:
        taken[-1] = replace(taken[-1], text=f"{taken[-1].text}: {wrong[taken[-1].node]}")
    nodes = tuple(replace(card, grad=grad.get(node, card.grad), mark=wrong.get(card.id, "")) for node, card in zip(order, drawn.nodes))
    return replace(drawn, nodes=nodes), [*start, *taken]


def compare_orders(directory: str | Path, root: Value | None = None) -> list[Path]:
    """Write frames, 000.svg, 001.svg, ..., of naive recursion beside the right order; returns their paths.

    Without a root it is the smallest graph that shows it: b = a + a; c = b + b.

    >>> import tempfile
    >>> len(compare_orders(tempfile.mkdtemp()))
    10
    """
    if root is None:
        a = Value(3.0, "a")
        b = a + a
        b.label = "b"
        root = b + b
        root.label = "c"
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    left, right = (list(pictures(*of)) for of in (naive(root), passes(root)))
    paths = []
    for i, (one, other) in enumerate(zip_longest(left, right)):
        paths.append(folder / f"{i:03}.svg")
        pair = ("Naive recursion", left[-1] if one is None else one), ("Reverse topological order", right[-1] if other is None else other)
        write(paths[-1], to_bytes(_beside(pair)))
    return paths


def _beside(pair: tuple[tuple[str, Element], tuple[str, Element]]) -> Element:
    """Two pictures on one sheet, each under its title."""
    sizes = [tuple(map(float, picture.get("viewBox", "0 0 0 0").split()))[2:] for _, picture in pair]
    width, height = sum(size[0] for size in sizes) + GAP, max(size[1] for size in sizes) + TITLE
    sheet = Element(f"{{{SVG}}}svg", {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}pt", "height": f"{height:g}pt"})
    SubElement(sheet, f"{{{SVG}}}rect", {"width": "100%", "height": "100%", "fill": style.LIGHT.background})
    x = 0.0
    for (title, picture), (wide, high) in zip(pair, sizes):
        place = {
            "x": f"{x + 8:g}",
            "y": "22",
            "font-family": style.FONT,
            "font-size": "16",
            "font-weight": "bold",
            "fill": style.LIGHT.text,
        }
        SubElement(sheet, f"{{{SVG}}}text", place).text = title
        inner = without_ids(picture)
        inner.attrib.pop("aria-labelledby", None)
        inner.attrib |= {"x": f"{x:g}", "y": f"{TITLE:g}", "width": f"{wide:g}", "height": f"{high:g}"}
        sheet.append(inner)
        x += wide + GAP
    return sheet
