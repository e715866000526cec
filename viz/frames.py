"""The steps of a player as pictures, for paper and slides: one SVG a step, or one SVG that moves. Without JavaScript."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from autograd import Value
from autograd.files import write
from viz import style
from viz.dot import to_dot
from viz.player import checked_passes
from viz.scene import Scene
from viz.steps import Step

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
CAPTION = 28.0
"""Height of the line with the sentence of a step, in points."""


def frames(root: Value, directory: str | Path, *, rankdir: str = "LR") -> list[Path]:
    """Write each step of `player` as an SVG, 000.svg, 001.svg, ..., with its sentence below; returns their paths.

    >>> import tempfile
    >>> a = Value(2.0, "a")
    >>> [path.name for path in frames(a * a, tempfile.mkdtemp())]
    ['000.svg', '001.svg', '002.svg', '003.svg', '004.svg']
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for i, picture in enumerate(strip(root, rankdir=rankdir)):
        paths.append(directory / f"{i:03}.svg")
        write(paths[-1], to_bytes(picture))
    return paths


def animate(root: Value, path: str | Path, *, seconds: float = 1.2, rankdir: str = "LR") -> Path:
    """Write one SVG that shows the steps of `player` for `seconds` each, over and over; returns its path.

    It needs no JavaScript, and stands still at the end of both passes for viewers that prefer no motion.
    Raises ValueError unless seconds > 0.
    """
    if not seconds > 0:
        raise ValueError(f"animate(seconds) is how long each step shows and must be positive, got {seconds!r}")
    pictures = list(strip(root, rankdir=rankdir))
    whole = copy.deepcopy(pictures[-1])
    for child in list(whole):
        whole.remove(child)
    n = len(pictures)
    rules = [
        f".f{{visibility:hidden;animation:f {n * seconds:g}s step-end infinite}}",
        f"@keyframes f{{0%{{visibility:visible}}{100 / n:.4f}%{{visibility:hidden}}}}",
    ]
    rules += [f".f{i}{{animation-delay:{i * seconds:g}s}}" for i in range(n)]
    rules += [f"@media (prefers-reduced-motion:reduce){{.f{{animation:none}}.f{n - 1}{{visibility:visible}}}}"]
    ElementTree.SubElement(whole, f"{{{SVG}}}style").text = "".join(rules)
    for i, picture in enumerate(pictures):
        group = ElementTree.SubElement(whole, f"{{{SVG}}}g", {"class": f"f f{i}"})
        group.extend(without_ids(picture))
    write(Path(path), to_bytes(whole))
    return Path(path)


def strip(root: Value, *, rankdir: str = "LR") -> Iterator[Element]:
    """The SVG element of each step of `player`, all on the layout of the last."""
    drawn, steps = checked_passes(root)
    return pictures(drawn, steps, rankdir=rankdir)


def pictures(drawn: Scene, steps: Sequence[Step], *, rankdir: str = "LR") -> Iterator[Element]:
    """An SVG element for each of the steps that lead to a scene."""
    final = ElementTree.fromstring(to_dot(drawn, rankdir=rankdir).pipe("svg"))
    made = {id for step in steps for id, _ in step.data}
    data = dict.fromkeys(made, "?")
    grad = {node.id: "?" for node in drawn.nodes if node.grad is not None}
    for step in steps:
        data.update(step.data)
        grad.update(step.grad)
        yield _frame(copy.deepcopy(final), step, data, grad)


def _frame(svg: Element, step: Step, data: dict[str, str], grad: dict[str, str]) -> Element:
    groups = {group.get("id"): group for group in svg.iter(f"{{{SVG}}}g")}
    for id, group in groups.items():
        texts = list(group.iter(f"{{{SVG}}}text")) if "value" in group.get("class", "").split() else []
        words = ["".join(text.itertext()).strip() for text in texts]
        if id is None or "grad" not in words:
            continue
        last = len(words) - 1 - words[::-1].index("grad")  # a title may be "grad" too
        for place, shown in ((last - 1, data), (last + 1, grad)):
            if id in shown:
                _say(texts[place], shown[id])
        if grad.get(id, words[last + 1]) != words[last + 1]:
            _shape(group).set("fill", style.LIGHT.neutral)  # its colour is that of the end
        if data.get(id) == "?":
            group.set("opacity", "0.3")
    for now in (step.node, step.edge):
        for part in groups[now].iter() if now else ():
            if part.get("stroke") not in (None, "none", "transparent"):
                part.set("stroke", style.LIGHT.highlight)
                part.set("stroke-width", "3")
    _add_caption(svg, step.text)
    return svg


def without_ids(picture: Element) -> Element:
    """The same picture for a page with several, of which each id may be there once."""
    for part in picture.iter():
        part.attrib.pop("id", None)
    return picture


def _shape(group: Element) -> Element:
    """The outline of a card."""
    return next(part for part in group.iter() if part.tag in (f"{{{SVG}}}path", f"{{{SVG}}}polygon"))


def _say(text: Element, words: str) -> None:
    for child in list(text):
        text.remove(child)
    text.text = words


def _add_caption(svg: Element, words: str) -> None:
    """A line below the drawing, which grows by it."""
    left, top, width, height = map(float, svg.get("viewBox", "0 0 0 0").split())
    width = max(width, 7.0 * len(words))
    svg.set("viewBox", f"{left:g} {top:g} {width:.2f} {height + CAPTION:.2f}")
    svg.set("width", f"{width:.0f}pt")
    svg.set("height", f"{height + CAPTION:.0f}pt")
    place = {
        "x": f"{left + 8:g}",
        "y": f"{top + height + CAPTION / 2:.2f}",
        "font-family": style.FONT,
        "font-size": "13",
        "fill": style.LIGHT.text,
    }
    ElementTree.SubElement(svg, f"{{{SVG}}}text", place).text = words


def to_bytes(svg: Element) -> bytes:
    """An SVG element as a file."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return bytes(ElementTree.tostring(svg, encoding="utf-8"))
