"""Names for the cards of a player: sentences call a card exactly what is written on it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from viz.graph.scene import Node, Scene
from viz.style import MINUS, minus
from viz.text import printable

LONGEST: int = 40
"""The most characters of a name: a card has room for no more."""


def named(drawn: Scene) -> Scene:
    """The same scene, in which every card except constants has a title, each a different one.

    A title that repeats gets the path of its module before it if the user gave it, or a number
    after it; a Value without a title is called by its id.
    """
    titles = {node.id: _title(node) for node in drawn.nodes if node.kind != "constant"}
    titles = _told_apart(titles, {node.id: node for node in drawn.nodes})
    nodes = []
    for node in drawn.nodes:
        title = titles.get(node.id)
        nodes.append(node if title is None else replace(node, title=title, name=title))
    return replace(drawn, nodes=tuple(nodes))


def _title(node: Node) -> str:
    """What the card says; a formula is written with typographic signs, as in a sentence."""
    title = node.title or node.id
    return printable(title if node.labelled else in_signs(title), LONGEST)


def _told_apart(titles: dict[str, str], nodes: dict[str, Node]) -> dict[str, str]:
    """The titles, with the module or a number on each of those that repeat."""
    count = Counter(titles.values())
    longer = {}
    for id, title in titles.items():
        node = nodes[id]
        if count[title] > 1 and node.labelled and node.module:
            title = printable(f"{node.module}.{title}", LONGEST)
        longer[id] = title
    count = Counter(longer.values())
    taken, met = set(longer.values()), Counter[str]()
    for id, title in longer.items():
        if count[title] == 1:
            continue
        numbered = title
        while numbered in taken:  # a label may itself be "a #2"
            met[title] += 1
            suffix = f" #{met[title]}"
            numbered = printable(title, LONGEST - len(suffix)) + suffix
        taken.add(numbered)
        longer[id] = numbered
    return longer


def quoted(name: str) -> str:
    """A name within a sentence; if it has several words, quotation marks hold it together.

    >>> quoted("w"), quoted("w × x")
    ('w', '“w × x”')
    """
    return f"“{name}”" if " " in name else name


# A number below zero right after an operator; the first of a formula needs no parentheses.
_NEGATIVE = re.compile(rf"(?<=[+×/*{MINUS}] ){MINUS}(?:inf|[\d.]+(?:e{MINUS}?\+?\d+)?)")


def in_signs(formula: str) -> str:
    """A formula with × and −, and parentheses around numbers below zero.

    >>> in_signs("-2 * -3 + x"), in_signs("5 - -1e-09"), in_signs("x ** 2")
    ('−2 × (−3) + x', '5 − (−1e−09)', 'x ** 2')
    """
    # Twice: a minus between two numbers is recognised only once the sign after it is replaced.
    text = minus(formula).replace(" * ", " × ").replace(f" - {MINUS}", f" {MINUS} {MINUS}")
    return _NEGATIVE.sub(lambda found: f"({found[0]})", text)
