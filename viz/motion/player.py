"""Players: one self-contained page to step through both passes, and a quiz on the same drawing."""

from __future__ import annotations

import html
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any
from xml.etree.ElementTree import Element

from autograd import Value
from autograd.saving import Target
from viz import style
from viz.graph.dot import RankDir
from viz.graph.scene import Scene
from viz.motion.names import quoted
from viz.motion.pages import Page, as_json, filled
from viz.motion.sheet import Sheet, to_bytes
from viz.motion.steps import Step, checked_passes
from viz.style import number
from viz.text import printable

TITLE = "A backward pass, step by step"
QUIZ_TITLE = "Find the slopes, then the gradients"

SCRIPTS = ("page", "camera", "dock", "overview", "hands", "player", "quiz")
"""The parts of the page's script: each needs only those before it."""

OPERATIONS = {
    "add": "the sum",
    "sub": "the difference",
    "mul": "the product",
    "div": "the quotient",
    "pow": "the power",
    "neg": "the negation",
}
"""What a hint calls an op whose glyph is not a name."""

AROUND = 250
"""The height of what a page has above and below its drawing, in pixels."""


def player(
    root: Value,
    path: Target | None = None,
    *,
    title: str = TITLE,
    rankdir: RankDir = "LR",
) -> Page:
    """A page that steps through the forward and then the backward pass; saved if there is a path.

    One HTML file that needs no network, with a layout that does not move: buttons and arrow keys,
    play and speed, a slider, dark mode, text for screen readers. If the drawing is too large to be
    read as a whole, the view zooms to each step; drag, scroll, pinch or use the keys to move it.
    There is no `theme`: a page follows its viewer. Raises ValueError for a constant, for graphs of
    more than 2,000 edges, and for a path that does not end in .html or .htm.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> page = player(a * b)
    >>> "a gets grad 1 (of “a × b”) × slope −3 = −3" in page.content
    True
    """
    drawn, steps = checked_passes(root, "player")
    return page_of(title, drawn, steps, rankdir).saved(path)


def quiz(
    root: Value,
    path: Target | None = None,
    *,
    title: str = QUIZ_TITLE,
    rankdir: RankDir = "LR",
    slopes: bool = True,
) -> Page:
    """The same page with blanks: every slope ∂output/∂input, then every gradient, to be found.

    They are asked for in backward order. The learner's answers are checked, to within 1%, or shown
    on request. `slopes=False` shows the slopes and asks only for the gradients. Errors are those of
    `player`.

    >>> a, b = Value(2.0, "a"), Value(-3.0, "b")
    >>> "slope from a to a × b" in quiz(a * b).content
    True
    """
    drawn, steps = checked_passes(root, "quiz")
    asked = [*(_slopes_asked(drawn) if slopes else []), *_gradients_asked(drawn)]
    return page_of(title, drawn, steps, rankdir, quiz=asked).saved(path)


def _slopes_asked(drawn: Scene) -> Iterator[dict[str, Any]]:
    """A question for each edge that a gradient can flow over, from the root back."""
    names = names_of(drawn)
    ops = {node.id: OPERATIONS.get(node.op, node.glyph) for node in drawn.nodes}
    into: dict[str, list[int]] = defaultdict(list)
    for i, edge in enumerate(drawn.edges):
        if edge.flows and math.isfinite(edge.slope):
            into[edge.target].append(i)
    for target in reversed(list(into)):
        twice = Counter(drawn.edges[i].source for i in into[target])
        for place, i in enumerate(into[target], 1):
            edge = drawn.edges[i]
            which = f", input {place}" if twice[edge.source] > 1 else ""
            name = f"slope from {names[edge.source]} to {names[target]}{which}"
            grows = f"If {quoted(names[edge.source])}{which} alone grows by a little h"
            hint = f"{grows}, by what multiple of h does {quoted(names[target])} change?"
            yield {
                "id": f"e{i}",
                "edge": True,
                "name": name,
                "value": edge.slope,
                "text": number(edge.slope),
                "hint": f"{hint} Differentiate {ops[target]}.",
                "source": edge.source,
                "target": target,
            }


def _gradients_asked(drawn: Scene) -> Iterator[dict[str, Any]]:
    """A question for each gradient except the first, from the root back."""
    names = names_of(drawn)
    targets: dict[str, list[str]] = defaultdict(list)
    for edge in drawn.edges:
        targets[edge.source].append(edge.target)
    for node in reversed(drawn.nodes[:-1]):
        if node.grad is None or not math.isfinite(node.grad):
            continue
        name = names[node.id]
        rule = f"Take the gradient of each card that {quoted(name)} leads to"
        yield {
            "id": node.id,
            "edge": False,
            "name": f"gradient of {name}",
            "value": node.grad,
            "text": number(node.grad),
            "hint": f"{rule}, times the slope on the edge, and add up.",
            "targets": list(dict.fromkeys(targets[node.id])),
        }


def names_of(drawn: Scene) -> dict[str, str]:
    """What the page calls each node, by id."""
    return {node.id: node.name for node in drawn.nodes}


def page_of(
    title: str,
    drawn: Scene,
    steps: Sequence[Step] | Sequence[Mapping[str, Any]],
    rankdir: RankDir,
    quiz: Sequence[Mapping[str, Any]] | None = None,
    curve: str = "",
    fitted: bool = False,
) -> Page:
    """The page with these steps on the drawing of a scene, and a curve beside it.

    It opens with the whole drawing if `fitted`, otherwise with what the first step is about.
    """
    sheet = Sheet.of(drawn, rankdir, "auto")
    for i, step in enumerate(steps):
        if isinstance(step, Step) and step.edge:
            flow = sheet.flow(step)
            flow.set("id", f"flow{i}")
            sheet.graph.append(flow)
    content = {
        "steps": [asdict(step) if isinstance(step, Step) else step for step in steps],
        "names": names_of(drawn),
        "quiz": quiz,
        "root": drawn.root.id,
        "ends": {f"e{i}": [edge.source, edge.target] for i, edge in enumerate(drawn.edges)},
        "boxes": {id: box.as_list() for id, box in sheet.boxes.items()},
        "offset": sheet.offset,
        "dashes": style.DASHES,
        "fitted": fitted,
    }
    parts = {
        "TITLE": html.escape(printable(str(title), 200)),
        "SVG": as_inline(sheet.svg),
        "STEPS": as_json(content),
        "CURVE": curve,
    }
    wide = 900 / sheet.view.width  # about the width of a cell
    height = max(460, min(720, AROUND + round(sheet.view.height * min(wide, 2.0))))
    return Page(str(title), filled("player", parts, SCRIPTS), height=height)


def as_inline(svg: Element) -> str:
    """An SVG element as part of a page."""
    text = to_bytes(svg).decode()
    return text[text.index("<svg") :]
