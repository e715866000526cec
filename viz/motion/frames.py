"""The steps of a player as pictures, one SVG a step, for paper and slides. Without JavaScript."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from autograd import Value
from autograd.files import write
from viz import style
from viz.graph.dot import RankDir, to_dot
from viz.graph.scene import Scene
from viz.motion.player import checked_passes
from viz.motion.steps import Step

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
CAPTION = 28.0
"""Height of the line with the sentence of a step, in points."""

MAX_FRAMES = 300
"""Each is a whole drawing: more of them fill a disk, and nobody pages through."""


def frames(root: Value, directory: str | Path, *, rankdir: RankDir = "LR") -> list[Path]:
    """Write each step of `player` as an SVG, 000.svg, 001.svg, ..., with its sentence below; returns their paths.

    Those that an earlier, longer run has left after the last are removed. Raises ValueError for more than 300 steps.

    >>> import tempfile
    >>> a = Value(2.0, "a")
    >>> [path.name for path in frames(a * a, tempfile.mkdtemp())]
    ['000.svg', '001.svg', '002.svg', '003.svg', '004.svg']
    """
    drawn, steps = checked_passes(root)
    check_count(steps, "frames")
    return write_frames(directory, pictures(drawn, steps, rankdir=rankdir))


def check_count(steps: Sequence[Step], what: str) -> None:
    """Raise ValueError for more steps than anybody pages through."""
    if len(steps) > MAX_FRAMES:
        raise ValueError(f"{what} writes at most {MAX_FRAMES} pictures, this graph takes {len(steps):,} steps: take animate or player")


def write_frames(directory: str | Path, sheets: Iterable[Element]) -> list[Path]:
    """Write the pictures as 000.svg, 001.svg, ..., so that no others of such names follow; returns their paths."""
    folder = Path(directory)
    folder.mkdir(parents=True, exist_ok=True)
    paths: list[Path] = []
    for i, sheet in enumerate(sheets):
        paths.append(folder / f"{i:03}.svg")
        write(paths[-1], to_bytes(sheet))
    left = len(paths)
    while (folder / f"{left:03}.svg").is_file():
        (folder / f"{left:03}.svg").unlink()
        left += 1
    return paths


def pictures(drawn: Scene, steps: Sequence[Step], *, rankdir: RankDir = "LR") -> Iterator[Element]:
    """An SVG element for each of the steps that lead to a scene, all on its layout."""
    final = laid_out(drawn, rankdir)
    data, grad = unknown(drawn, steps)
    for i, step in enumerate(steps):
        data.update(step.data)
        grad.update(step.grad)
        yield _frame(copy.deepcopy(final), step, data, grad, last=i == len(steps) - 1)


def laid_out(drawn: Scene, rankdir: RankDir) -> Element:
    """The drawing that all steps share."""
    return ElementTree.fromstring(to_dot(drawn, rankdir=rankdir).pipe("svg"))


def unknown(drawn: Scene, steps: Sequence[Step]) -> tuple[dict[str, str], dict[str, str]]:
    """What the cards show as data and grad before the first step, by id, where that is not what they end with."""
    made = {id for step in steps for id, _ in step.data}
    return dict.fromkeys(made, "?"), {node.id: "?" for node in drawn.nodes if node.grad is not None}


@dataclass(frozen=True)
class Card:
    """The parts of a card that change from step to step."""

    group: Element
    outline: Element
    data: Element
    grad: Element
    marks: tuple[Element, ...]


def cards_in(svg: Element) -> dict[str, Card]:
    """The cards of Values by id; constants have none."""
    found = {}
    for group in svg.iter(f"{{{SVG}}}g"):
        texts = list(group.iter(f"{{{SVG}}}text")) if "value" in group.get("class", "").split() else []
        words = ["".join(text.itertext()).strip() for text in texts]
        if "grad" in words:
            grad = len(words) - 1 - words[::-1].index("grad")  # a title may be "grad" too
            outline = next(part for part in group.iter() if part.tag in (f"{{{SVG}}}path", f"{{{SVG}}}polygon"))
            found[group.get("id", "")] = Card(group, outline, texts[grad - 1], texts[grad + 1], tuple(texts[grad + 2 :]))
    return found


def strokes(group: Element) -> list[Element]:
    """The lines of a card or an edge, which a step makes stand out."""
    return [part for part in group.iter() if part.get("stroke") not in (None, "none", "transparent")]


def _frame(svg: Element, step: Step, data: dict[str, str], grad: dict[str, str], last: bool) -> Element:
    for id, card in cards_in(svg).items():
        if grad.get(id, card.grad.text) != card.grad.text:
            card.outline.set("fill", style.LIGHT.neutral)  # its colour is that of the end
        card.data.text, card.grad.text = data.get(id, card.data.text), grad.get(id, card.grad.text)
        for link in () if last else card.group.iter(f"{{{SVG}}}a"):
            link.attrib.pop(f"{{{XLINK}}}title", None)  # it has the numbers of the end
        for mark in card.marks:
            mark.text = mark.text if last else ""
        if data.get(id) == "?":
            card.group.set("opacity", "0.3")
    for group in svg.iter(f"{{{SVG}}}g"):
        for part in strokes(group) if group.get("id", "") in {step.node, step.edge} - {""} else ():
            part.set("stroke", style.LIGHT.highlight)
            part.set("stroke-width", "3")
    add_captions(svg, [step.text])
    return svg


def without_ids(picture: Element) -> Element:
    """The same picture for a page with several, of which each id may be there once."""
    for part in picture.iter():
        part.attrib.pop("id", None)
    return picture


def add_captions(svg: Element, sentences: Sequence[str]) -> list[Element]:
    """Sentences in a line below the drawing, which grows by it, all in the same place."""
    left, top, width, height = map(float, svg.get("viewBox", "0 0 0 0").split())
    width = max(width, 7.0 * max(map(len, sentences)))
    svg.set("viewBox", f"{left:g} {top:g} {width:.2f} {height + CAPTION:.2f}")
    svg.set("width", f"{width:.0f}pt")
    svg.set("height", f"{height + CAPTION:.0f}pt")
    background = ElementTree.SubElement(svg, f"{{{SVG}}}rect")
    background.attrib |= {"x": f"{left:g}", "y": f"{top + height:.2f}", "width": f"{width:.2f}", "height": f"{CAPTION:g}"}
    background.set("fill", style.LIGHT.background)
    place = {"x": f"{left + 8:g}", "y": f"{top + height + CAPTION / 2:.2f}", "font-family": style.FONT, "font-size": "13"}
    added = []
    for sentence in sentences:
        added.append(ElementTree.SubElement(svg, f"{{{SVG}}}text", {**place, "fill": style.LIGHT.text}))
        added[-1].text = sentence
    return added


def to_bytes(svg: Element) -> bytes:
    """An SVG element as a file."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return bytes(ElementTree.tostring(svg, encoding="utf-8"))
