"""The steps of a player as pictures, one SVG per step, for paper and slides, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from xml.etree.ElementTree import Element, SubElement

from autograd import Value
from autograd.saving import Target
from viz import style
from viz.graph.dot import RankDir
from viz.graph.scene import Scene
from viz.motion.pages import Page, Strip
from viz.motion.sheet import (
    SVG,
    XLINK,
    Sheet,
    digest_of,
    scoped,
    to_bytes,
    without_mark,
    words_of,
    write_number,
)
from viz.motion.steps import Step, checked_passes
from viz.style import Theme, ThemeName
from viz.text import text_width

CAPTION = 28.0
"""Height of the line with the sentence of a step, in points."""

CAPTION_SIZE = 13.0

MAX_FRAMES = 300
"""Each is a whole drawing: more of them would fill a disk, and nobody would page through them."""

PALE = "0.3"
"""The opacity of a card whose data is not yet known."""


def frames(
    root: Value,
    directory: Target | None = None,
    *,
    rankdir: RankDir = "LR",
    theme: ThemeName = "auto",
) -> Strip:
    """Each step of `player` as an SVG with its sentence below, together a strip that shows itself.

    With a directory they are written as 000.svg, 001.svg, ..., and those that an earlier, longer
    run left after the last are removed. `theme` is auto, which follows the viewer, light, or dark.
    Raises ValueError for more than 300 steps.

    >>> import tempfile
    >>> a = Value(2.0, "a")
    >>> [picture.name for picture in frames(a * a, tempfile.mkdtemp())]
    ['000.svg', '001.svg', '002.svg', '003.svg', '004.svg', '005.svg']
    """
    drawn, steps = checked_passes(root, "frames")
    check_count(steps, "frames")
    sheets = pictures(drawn, steps, rankdir=rankdir, theme=theme)
    texts = [step.text for step in steps]
    return strip("Both passes, step by step", sheets, texts).saved(directory)


def strip(title: str, sheets: Iterator[Element], sentences: Sequence[str]) -> Strip:
    """Pictures as a strip, each under its sentence."""
    pages = []
    digest = ""
    for i, (sheet, sentence) in enumerate(zip(sheets, sentences)):
        digest = digest or digest_of(title, to_bytes(sheet))
        content = to_bytes(scoped(sheet, f"{digest}-{i}")).decode()
        pages.append(Page(sentence, content, "svg"))
    return Strip(title, pages)


def check_count(steps: Sequence[Step], what: str) -> None:
    """Raise ValueError for more steps than anybody pages through."""
    if len(steps) > MAX_FRAMES:
        most = f"{what} writes at most {MAX_FRAMES} pictures"
        raise ValueError(f"{most}, this graph takes {len(steps):,} steps: use animate or player")


def pictures(
    drawn: Scene,
    steps: Sequence[Step],
    *,
    rankdir: RankDir = "LR",
    theme: ThemeName = "auto",
) -> Iterator[Element]:
    """An SVG element for each of the steps that lead to a scene, all in its layout."""
    final = Sheet.of(drawn, rankdir, theme)
    data, grad = unknown(drawn, steps)
    hidden = [edge for step in steps for edge in step.slopes]
    for i, step in enumerate(steps):
        data.update(step.data)
        grad.update(step.grad)
        hidden = [edge for edge in hidden if edge not in step.slopes]
        sheet = final.copy()
        for edge in hidden:
            sheet.hide_slope(edge)
        last = i == len(steps) - 1
        _write_numbers(sheet, data, grad, last)
        sheet.mark(step)
        if step.edge:
            sheet.graph.append(final.flow(step))
        add_captions(sheet.svg, [step.text], sheet.look)
        yield sheet.svg


def unknown(drawn: Scene, steps: Sequence[Step]) -> tuple[dict[str, str], dict[str, str]]:
    """What cards show as data and grad before the first step, if it changes later."""
    made = [id for step in steps for id, _ in step.data]
    with_grad = [node.id for node in drawn.nodes if node.grad is not None]
    return dict.fromkeys(made, "?"), dict.fromkeys(with_grad, "?")


def _write_numbers(
    sheet: Sheet, data: Mapping[str, str], grad: Mapping[str, str], last: bool
) -> None:
    """Write what the cards show in a step; marks, and tooltips with all digits, are final."""
    for id, card in sheet.cards.items():
        if grad.get(id, card.grad.text) != card.grad.text:
            card.outlines[0].set("fill", sheet.look.neutral)  # its look was that of the end
            for outline in card.outlines:
                outline.attrib.pop("stroke-dasharray", None)
        write_number(card.data, data.get(id, words_of(card.data)))
        write_number(card.grad, grad.get(id, words_of(card.grad)))
        if data.get(id) == "?":
            card.group.set("opacity", PALE)
        if last:
            continue
        for link in card.group.iter(f"{{{SVG}}}a"):
            link.attrib.pop(f"{{{XLINK}}}title", None)
        if card.marks:
            without_mark(card)


def add_captions(
    svg: Element, sentences: Sequence[str], look: Theme = style.LIGHT
) -> list[Element]:
    """Add sentences in a line below the drawing, which grows by it, all in the same place."""
    left, top, width, height = map(float, svg.get("viewBox", "0 0 0 0").split())
    widest = max(text_width(sentence, CAPTION_SIZE) for sentence in sentences)
    width = max(width, widest + 16)
    svg.set("viewBox", f"{left:g} {top:g} {width:.2f} {height + CAPTION:.2f}")
    svg.set("width", f"{width:.0f}pt")
    svg.set("height", f"{height + CAPTION:.0f}pt")
    frame = {"x": f"{left:g}", "y": f"{top + height:.2f}", "fill": look.background}
    frame |= {"width": f"{width:.2f}", "height": f"{CAPTION:g}"}
    SubElement(svg, f"{{{SVG}}}rect", frame)
    place = {"x": f"{left + 8:g}", "y": f"{top + height + CAPTION / 2:.2f}", "fill": look.text}
    place |= {"font-family": style.FONT, "font-size": f"{CAPTION_SIZE:g}"}
    added = []
    for sentence in sentences:
        added.append(SubElement(svg, f"{{{SVG}}}text", place))
        added[-1].text = sentence
    return added
