"""Why topological order? Naive recursion beside the correct backward pass, where paths meet."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar
from xml.etree.ElementTree import Element, SubElement

from autograd import Value
from autograd.saving import Target
from viz import style
from viz.graph.reading import Reading, same
from viz.graph.scene import Node, Scene
from viz.motion.frames import check_count, pictures, strip
from viz.motion.geometry import numbers_in
from viz.motion.names import quoted
from viz.motion.pages import Strip
from viz.motion.sheet import SVG, without_ids
from viz.motion.steps import Link, Step, Way, fresh, walk
from viz.style import ThemeName, brief

MAX_STEPS = 500
"""Naive recursion takes a step for every path, and paths double where they meet."""

SLIDE = (1280.0, 720.0)
GAP = 40.0
TITLE = 34.0


def naive(root: Value) -> tuple[Scene, list[Step]]:
    """The scene and the steps of a backward pass in which nodes hand on all they have at once.

    They do so whenever something arrives, so nodes that several paths reach hand on the same share
    again and again. Raises ValueError for more than 500 steps.

    >>> a = Value(3.0, "a")
    >>> b = a + a; b.label = "b"
    >>> print(naive(b + b)[1][-1].text)
    Done: the grad of a is 6, should be 4.
    """
    return _naive_walk(fresh(root, "naive"))


def _naive_walk(reading: Reading) -> tuple[Scene, list[Step]]:
    """The same for a graph that has been read."""
    drawn, steps = walk(reading)
    way = Way(drawn, reading.order)
    start = [step for step in steps if not step.edge and step.phase != "done"]
    grad, size = {drawn.root.id: 1.0}, {drawn.root.id: 1.0}
    taken: list[Step] = []
    for link in _recursion(way):
        giver, receiver = link.edge.target, link.edge.source
        taken.append(way.handed_on(link, grad[giver], grad.get(receiver)))
        flow = grad[giver] * link.edge.slope
        grad[receiver] = grad.get(receiver, 0.0) + flow
        size[receiver] = size.get(receiver, 0.0) + abs(flow)
        if len(taken) > MAX_STEPS:
            most = f"naive recursion takes more than {MAX_STEPS} steps on this graph"
            raise ValueError(f"{most}: use a smaller one")
    nodes = [_judged(card, grad.get(card.id), size.get(card.id, 0.0)) for card in drawn.nodes]
    return replace(drawn, nodes=tuple(nodes)), [*start, *taken, Step("done", _verdict(nodes))]


SAID = 3
"""This many wrong gradients are named in the last sentence."""


def _verdict(nodes: Sequence[Node]) -> str:
    """The outcome: which gradients are wrong, and what they should be."""
    wrong = [card for card in nodes if card.mark]
    if not wrong:
        return "Done: on this graph naive recursion gives the right gradients."
    named = [f"{quoted(card.name)} is {brief(card.grad or 0.0)}, {card.mark}" for card in wrong]
    more = f"; {len(named) - SAID} more are wrong" if len(named) > SAID else ""
    return f"Done: the grad of {'; of '.join(named[:SAID])}{more}."


def _recursion(way: Way) -> Iterator[Link]:
    """The edges in the order in which naive recursion visits them, each as often as it does."""
    waiting = [(way.drawn.root.id, 0)]  # a node, and which of its inputs comes next
    while waiting:
        giver, i = waiting.pop()
        if i == len(way.into[giver]):
            continue
        waiting.append((giver, i + 1))
        link = way.into[giver][i]
        if link.edge.flows and not link.closed:
            yield link
            waiting.append((link.edge.source, 0))


def _judged(card: Node, grad: float | None, size: float) -> Node:
    """A card with the gradient of naive recursion, marked if that is wrong."""
    if grad is None or card.grad is None:
        return card
    # Sums in another order differ by the rounding of their shares, which add up to `size`.
    right = same(grad, card.grad) or abs(grad - card.grad) <= 1e-9 * size
    return replace(card, grad=grad, mark="" if right else f"should be {brief(card.grad)}")


def compare_orders(
    root: Value, directory: Target | None = None, *, theme: ThemeName = "auto"
) -> Strip:
    """Frames of naive recursion beside the correct order, together a strip that shows itself.

    They stand side by side, or one below the other if that is larger. With a directory they are
    written as 000.svg, 001.svg, ... . Raises ValueError for more than 300 steps.

    >>> import tempfile
    >>> a = Value(3.0, "a")  # the smallest graph that shows it
    >>> b = a + a; b.label = "b"
    >>> c = b + b; c.label = "c"
    >>> len(compare_orders(c, tempfile.mkdtemp()))
    11
    """
    reading = fresh(root, "compare_orders")
    both = {"Naive recursion": _naive_walk(reading), "Reverse topological order": walk(reading)}
    most = max((steps for _, steps in both.values()), key=len)
    check_count(most, "compare_orders")
    drawn = {title: list(pictures(*of, theme=theme)) for title, of in both.items()}
    sheets = (together(_at(i, drawn), theme) for i in range(len(most)))
    by_title = {title: steps for title, (_, steps) in both.items()}
    sentences = [_sentence(_at(i, by_title)) for i in range(len(most))]
    title = "Naive recursion and reverse topological order"
    return strip(title, sheets, sentences).saved(directory)


def _sentence(steps: Mapping[str, Step]) -> str:
    """What both passes say, each after its title, for readers who cannot see which is which."""
    return " | ".join(f"{title}: {step.text}" for title, step in steps.items())


T = TypeVar("T")


def _at(i: int, passes: Mapping[str, Sequence[T]]) -> dict[str, T]:
    """The item of each pass at a step; the shorter pass waits at its end for the longer one."""
    return {title: of_steps[min(i, len(of_steps) - 1)] for title, of_steps in passes.items()}


def side_by_side(boxes: Sequence[Sequence[float]]) -> bool:
    """Whether pictures are larger on a slide side by side than one below the other."""
    wide, high = [box[2] for box in boxes], [box[3] for box in boxes]
    gaps = GAP * (len(boxes) - 1)
    row = min(SLIDE[0] / (sum(wide) + gaps), SLIDE[1] / (max(high) + TITLE))
    column = min(SLIDE[0] / max(wide), SLIDE[1] / (sum(high) + TITLE * len(boxes)))
    return row >= column


def together(titled: Mapping[str, Element], theme: ThemeName = "auto") -> Element:
    """Pictures on one sheet, each under its title; `theme` is the one they were drawn in.

    They stand side by side, or one below the other if that is larger on a slide. A sheet that
    follows the viewer's theme gets its own id only once it is `scoped`.
    """
    look, dark = style.theme_named(theme)
    boxes = [numbers_in(picture.get("viewBox", "0 0 0 0")) for picture in titled.values()]
    in_row = side_by_side(boxes)
    width = max(box[2] for box in boxes)
    height = sum(box[3] + TITLE for box in boxes)
    if in_row:
        width = sum(box[2] for box in boxes) + GAP * (len(boxes) - 1)
        height = max(box[3] for box in boxes) + TITLE
    size = {"viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}pt"}
    sheet = Element(f"{{{SVG}}}svg", size | {"height": f"{height:g}pt"})
    if dark is not None:  # rules for the whole sheet, instead of some for each picture
        rules = style.dark_rules(look, dark, "#@@")
        SubElement(sheet, f"{{{SVG}}}style").text = rules
    back = {"width": "100%", "height": "100%", "fill": look.background}
    SubElement(sheet, f"{{{SVG}}}rect", back)
    x = y = 0.0
    for (title, picture), (_, _, wide, high) in zip(titled.items(), boxes):
        place = {"x": f"{x + 8:g}", "y": f"{y + 22:g}", "fill": look.text, "font-size": "16"}
        place |= {"font-family": style.FONT, "font-weight": "bold"}
        SubElement(sheet, f"{{{SVG}}}text", place).text = title
        inner = without_ids(copy.deepcopy(picture))  # the last one is used again
        inner.attrib.pop("aria-labelledby", None)
        for rules_within in inner.findall(f"{{{SVG}}}style"):
            inner.remove(rules_within)
        inner.attrib |= {"x": f"{x:g}", "y": f"{y + TITLE:g}"}
        inner.attrib |= {"width": f"{wide:g}", "height": f"{high:g}"}
        sheet.append(inner)
        if in_row:
            x += wide + GAP
        else:
            y += high + TITLE
    return sheet
