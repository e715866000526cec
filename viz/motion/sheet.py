"""A laid-out drawing as parts that can be found and changed: cards, arrows, and what flows back."""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from viz import style
from viz.graph.dot import RankDir, to_dot
from viz.graph.scene import Node, Scene
from viz.motion.geometry import (
    Box,
    Point,
    box_around,
    curve,
    free_place,
    halfway,
    numbers_in,
    points_in,
    turned,
)
from viz.motion.steps import Step
from viz.style import Theme, ThemeName
from viz.text import text_width

SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"

SMALL = 11.0
"""The size of the product at an edge, in points: that of the numbers on cards."""

HEAD: list[Point] = [(11.0, 0.0), (-6.0, -7.5), (-2.5, 0.0), (-6.0, 7.5)]
"""An arrowhead that points to the right, twice the size of that of an edge."""

BAR: list[Point] = [(-1.5, -8.0), (1.5, -8.0), (1.5, 8.0), (-1.5, 8.0)]
"""The bar across an edge over which nothing flows."""


@dataclass(frozen=True)
class Card:
    """The parts of a card that change from step to step."""

    group: Element
    outlines: tuple[Element, ...]
    data: Element
    grad: Element
    marks: tuple[Element, ...]


@dataclass(frozen=True)
class Arrow:
    """The parts of an edge: its line and its head, and the slope written on it."""

    group: Element
    lines: tuple[Element, ...]
    texts: tuple[Element, ...]

    @property
    def points(self) -> list[Point]:
        """The points of the curves, from the input to the op."""
        return points_in(next(part.get("d", "") for part in self.lines if part.get("d")))


class Sheet:
    """A drawing of `dot` as a tree of elements."""

    def __init__(self, svg: Element, sources: Mapping[str, str], look: Theme) -> None:
        self.svg, self.sources, self.look = svg, sources, look
        groups = [part for part in svg.iter(f"{{{SVG}}}g") if part.get("id")]
        self.groups = {part.get("id", ""): part for part in groups}
        self.graph = next(part for part in groups if "graph" in classes_of(part))
        self.cards: dict[str, Card] = {}
        self.arrows: dict[str, Arrow] = {}
        self.nodes: list[str] = []
        for id, group in self.groups.items():
            kinds = classes_of(group)
            if "node" in kinds:
                self.nodes.append(id)
            if "edge" in kinds:
                self.arrows[id] = _arrow_in(group)
            card = _card_in(group) if "value" in kinds else None
            if card is not None:
                self.cards[id] = card

    @cached_property
    def boxes(self) -> dict[str, Box]:
        """Where each card and each op is."""
        return {id: _box_of(self.groups[id]) for id in self.nodes}

    @cached_property
    def things(self) -> list[tuple[str, Box]]:
        """Where each card and each op is and, without an id, roughly where each slope is."""
        texts = [text for arrow in self.arrows.values() for text in arrow.texts]
        return [*self.boxes.items(), *[("", _text_box(text)) for text in texts]]

    @classmethod
    def of(cls, drawn: Scene, rankdir: RankDir, theme: ThemeName = "light") -> Sheet:
        """The sheet of a scene, as `to_dot` lays it out."""
        drawing = to_dot(drawn, rankdir=rankdir, theme=theme)
        sources = {f"e{i}": edge.source for i, edge in enumerate(drawn.edges)}
        look, _ = style.theme_named(theme)
        svg = ElementTree.fromstring(drawing.svg())
        _name_parts(svg, drawn)
        sheet = cls(svg, sources, look)
        for card in sheet.cards.values():
            _align(card)
        for node in drawn.nodes:
            sheet.name_once(node)
        return sheet

    def name_once(self, node: Node) -> None:
        """Name the module once: tooltips begin with it, but the title of a card may too."""
        twice = f"{node.module}.{node.module}."
        for link in self.groups[node.id].iter(f"{{{SVG}}}a"):
            tip = link.get(f"{{{XLINK}}}title", "")
            if node.module and tip.startswith(twice):
                link.set(f"{{{XLINK}}}title", tip[len(node.module) + 1 :])

    def copy(self) -> Sheet:
        """A copy of the sheet that can be changed."""
        return Sheet(copy.deepcopy(self.svg), self.sources, self.look)

    @property
    def view(self) -> Box:
        """The viewBox."""
        left, top, width, height = numbers_in(self.svg.get("viewBox", "0 0 0 0"))
        return Box(left, top, left + width, top + height)

    @property
    def offset(self) -> Point:
        """How far the group of the graph is moved relative to the viewBox."""
        found = re.search(r"translate\(([^)]*)\)", self.graph.get("transform", ""))
        x, y = numbers_in(found[1]) if found else (0.0, 0.0)
        return x, y

    def bounds(self) -> Box:
        """The viewBox in the coordinates of the graph's group, without its rim."""
        view, (x, y) = self.view, self.offset
        return Box(view.left - x + 2, view.top - y + 2, view.right - x - 2, view.bottom - y - 2)

    def parts_back(self, step: Step) -> list[list[Point]]:
        """The curves from the giver of a step to the op, and from the op to the receiver."""
        arrows = [self.arrows[f"{step.giver}_out"], self.arrows[step.edge]]
        return [list(reversed(arrow.points)) for arrow in arrows]

    def way_back(self, step: Step) -> list[Point]:
        """The points of the curves from the giver of a step to its receiver, through the op."""
        start, along = self.parts_back(step)
        return [*start, start[-1], along[0], *along]

    def line_back(self, step: Step) -> str:
        """The same way as it is drawn: the glyph of the op stays legible."""
        return "".join(map(curve, self.parts_back(step)))

    def flow(self, step: Step) -> Element:
        """What a backward step hands on: its way, an arrowhead pointing back, and the product."""
        look = self.look
        colour = look.highlight if step.flows else look.quiet
        middle, angle = halfway(list(reversed(self.arrows[step.edge].points)))
        group = Element(f"{{{SVG}}}g", {"class": "flow" if step.flows else "flow blocked"})
        way = {"class": "way", "d": curve(self.way_back(step)), "fill": "none", "stroke": "none"}
        SubElement(group, f"{{{SVG}}}path", way)
        line = {"class": "line", "d": self.line_back(step), "fill": "none", "stroke": colour}
        line |= {"stroke-width": "3", "stroke-linecap": "round"}
        if not step.flows:
            line |= {"stroke-dasharray": "1,5"}
        SubElement(group, f"{{{SVG}}}path", line)
        shape = turned(HEAD if step.flows else BAR, middle, angle)
        head = {"class": "head", "points": " ".join(f"{x:.2f},{y:.2f}" for x, y in shape)}
        head |= {"fill": colour, "stroke": look.background, "stroke-width": "1"}
        SubElement(group, f"{{{SVG}}}polygon", head)
        self._write_product(group, step, middle, colour)
        return group

    def _write_product(self, group: Element, step: Step, middle: Point, colour: str) -> None:
        box = self.place_of_product(step, middle)
        frame = {"x": f"{box.left:.2f}", "y": f"{box.top:.2f}", "rx": "5"}
        frame |= {"width": f"{box.width:.2f}", "height": f"{box.height:.2f}"}
        frame |= {"fill": self.look.background, "stroke": colour, "stroke-width": "1.2"}
        x, y = box.centre
        place = {"x": f"{x:.2f}", "y": f"{y + 0.36 * SMALL:.2f}", "text-anchor": "middle"}
        place |= {"font-family": style.FONT, "font-size": f"{SMALL:g}", "fill": colour}
        product = SubElement(group, f"{{{SVG}}}g", {"class": "product"})
        SubElement(product, f"{{{SVG}}}rect", frame)
        SubElement(product, f"{{{SVG}}}text", place).text = step.product

    def place_of_product(self, step: Step, middle: Point) -> Box:
        """The place of the product: by the edge, not on a number of the giver or the receiver."""
        x, y = middle
        size = text_width(step.product, SMALL) + 10, SMALL + 7
        reach = Box(x - 60 - size[0], y - 120, x + 60 + size[0], y + 120)
        near = [(id, box) for id, box in self.things if box.meets(reach)]
        weights = {step.giver: 20.0, step.node: 20.0}
        taken = [(box, weights.get(id, 3.0)) for id, box in near]
        taken.append((Box(x - 9, y - 9, x + 9, y + 9), 8.0))  # the head of the arrow
        return free_place(size, middle, taken, self.bounds())

    def marked(self, step: Step) -> dict[str, dict[str, str]]:
        """How the outlines of cards look in a step, by id.

        The card that a step is about is bold; those that hand on (forward, the inputs) are dotted.
        """
        bold = {"stroke": self.look.highlight, "stroke-width": "3"}
        receives = bold | {"stroke-dasharray": "none"}
        gives = bold | {"stroke-dasharray": "0.1,5", "stroke-linecap": "round"}
        givers = {step.giver, *[self.sources[edge] for edge in step.slopes]} - {""}
        looks = dict.fromkeys(sorted(givers), gives)  # dots: dashes are for slopes below 0
        return looks | ({step.node: receives} if step.node else {})

    def mark(self, step: Step) -> None:
        """Make the cards of a step stand out."""
        for id, look in self.marked(step).items():
            for line in strokes(self.groups[id]):
                line.attrib |= look

    def hide_slope(self, id: str) -> None:
        """Draw an edge as it is before its op has run: a line that shows nothing of its slope."""
        arrow = self.arrows[id]
        for line in arrow.lines:
            line.attrib |= {"stroke": self.look.line, "stroke-width": "1"}
            line.attrib.pop("stroke-dasharray", None)
            if line.get("fill") != "none":
                line.set("fill", self.look.line)
        for link in arrow.group.iter(f"{{{SVG}}}a"):
            link.attrib.pop(f"{{{XLINK}}}title", None)
        for text in arrow.texts:
            text.text = ""


def classes_of(part: Element) -> list[str]:
    """The classes of an element."""
    return part.get("class", "").split()


def words_of(text: Element) -> str:
    """What a text element says."""
    return "".join(text.itertext()).strip()


def size_of(text: Element) -> float:
    """The size of the font of a text element."""
    return float(text.get("font-size", "11"))


def write_number(text: Element, said: str) -> None:
    """Write a number on a card; one longer than the drawn one is squeezed into its space."""
    text.text = said
    text.attrib.pop("textLength", None)
    room, sign = (float(text.get(name, "0")) for name in ("data-room", "data-sign"))
    if room < len(said) * sign:
        text.set("textLength", f"{room:g}")


def without_mark(card: Card) -> None:
    """Draw a card as if it had no mark: its outline ends above the line over the mark.

    The drawing keeps the space, so that nothing moves when the mark appears.
    """
    height_of = {}  # for each line across the card; the one over a mark is drawn in two parts
    for part in card.group.iter():
        if _is_rule(part):
            height_of[part] = points_in(part.get("points", ""))[0][1]
    edge = max(height_of.values())
    inside = max(y for _, y in _points_of(card.outlines[0]))
    for outline in card.outlines:
        name = "d" if outline.get("d") else "points"
        outline.set(name, _raised(outline.get(name, ""), edge, inside - edge - BELOW))
    hidden = [part for part, height in height_of.items() if height == edge]
    for part in (*hidden, *card.marks):
        part.attrib.pop("stroke", None)
        part.set("visibility", "hidden")
        part.text = ""


BELOW = 5.0
"""The space between the last number on a card and its outline, in points."""


def _points_of(shape: Element) -> list[Point]:
    return points_in(shape.get("d", "") or shape.get("points", ""))


def _raised(shape: str, below: float, by: float) -> str:
    """The numbers of a path or polygon, with each point below a certain height moved up."""

    def moved(found: re.Match[str]) -> str:
        y = float(found[2])
        return f"{found[1]},{y - by:.2f}" if y > below else found[0]

    return re.sub(r"(-?[\d.]+),(-?[\d.]+)", moved, shape)


def strokes(group: Element) -> list[Element]:
    """The lines of a card or an edge, which a step makes stand out."""
    outlines = [part for part in group.iter() if part.get("stroke") not in NO_COLOUR]
    return [part for part in outlines if not _is_rule(part)]


NO_COLOUR = (None, "none", "transparent")


def _is_rule(part: Element) -> bool:
    """Whether this is the line below a title, which Graphviz draws as a polygon without height."""
    points = points_in(part.get("points", ""))
    return bool(points) and not box_around(points).height


def _shapes(group: Element) -> list[Element]:
    kinds = [f"{{{SVG}}}{kind}" for kind in ("path", "polygon", "ellipse")]
    return [part for part in group.iter() if part.tag in kinds and not _is_rule(part)]


def _box_of(group: Element) -> Box:
    boxes = []
    for part in _shapes(group):
        if part.get("cx"):
            x, y, rx, ry = (float(part.get(name, "0")) for name in ("cx", "cy", "rx", "ry"))
            boxes.append(Box(x - rx, y - ry, x + rx, y + ry))
        else:
            boxes.append(box_around(points_in(part.get("d", "") or part.get("points", ""))))
    corners = [(box.left, box.top) for box in boxes] + [(box.right, box.bottom) for box in boxes]
    return box_around(corners)


def _text_box(text: Element) -> Box:
    """Roughly where a text is that is centred at its x."""
    x, y = float(text.get("x", "0")), float(text.get("y", "0"))
    half = text_width(words_of(text), size_of(text)) / 2
    return Box(x - half, y - size_of(text), x + half, y + 2)


def _card_in(group: Element) -> Card | None:
    """The parts of a card; None for a constant, which has no gradient."""
    texts = list(group.iter(f"{{{SVG}}}text"))
    by_role = {text.get("data-role"): text for text in texts}
    if "grad" not in by_role:
        return None
    marks = tuple([text for text in texts if text.get("data-role") == "mark"])
    return Card(group, tuple(_shapes(group)), by_role["data"], by_role["grad"], marks)


def _name_parts(svg: Element, drawn: Scene) -> None:
    """Mark which number on a card is which, by its place, and dash lines as pages do."""
    groups = {part.get("id"): part for part in svg.iter(f"{{{SVG}}}g")}
    for node in drawn.nodes:
        texts = list(groups[node.id].iter(f"{{{SVG}}}text"))
        if node.kind == "constant" or not texts:
            continue
        if node.mark:
            texts.pop().set("data-role", "mark")
        texts[-1].set("data-role", "grad")
        texts[-3].set("data-role", "data")
    for part in svg.iter():
        if part.get("stroke-dasharray") == DASHED:
            part.set("stroke-dasharray", style.DASHES)


DASHED = "5,2"
"""How Graphviz writes dashed lines."""


def _arrow_in(group: Element) -> Arrow:
    return Arrow(group, tuple(_shapes(group)), tuple(group.iter(f"{{{SVG}}}text")))


def _align(card: Card) -> None:
    """Make numbers of any length end where the drawn ones do: right-aligned, with equal margins.

    No text is measured for this, so a page need not be visible to be laid out.
    """
    outline = card.outlines[0]
    inner = box_around(points_in(outline.get("d", "") or outline.get("points", "")))
    texts = list(card.group.iter(f"{{{SVG}}}text"))
    for number in (card.data, card.grad):
        name = texts[texts.index(number) - 1]
        right = inner.right - (float(name.get("x", "0")) - inner.left)
        number.attrib |= {"x": f"{right:.2f}", "text-anchor": "end"}
        start = float(name.get("x", "0")) + text_width(words_of(name), size_of(name))
        room = {"data-room": f"{right - start - 2:.2f}", "data-sign": f"{0.6 * size_of(number):g}"}
        number.attrib |= room | {"lengthAdjust": "spacingAndGlyphs"}


def digest_of(*parts: str | bytes) -> str:
    """A short hash, which names a picture by its content."""
    whole = b"\0".join(part.encode() if isinstance(part, str) else part for part in parts)
    return hashlib.sha256(whole).hexdigest()[:8]


def scoped(svg: Element, digest: str) -> Element:
    """The same picture with ids and rules that no other picture on a page has.

    They begin with a hash of the picture, which is also its own id.
    """
    prefix = f"m{digest}"
    names = [part.get("id", "") for part in svg.iter() if part.get("id")]
    ids = {name: f"{prefix}-{name}" for name in names} | {svg.get("id", ""): prefix}
    for part in svg.iter():
        if part.get("id"):
            part.set("id", ids[part.get("id", "")])
        if part.get("aria-labelledby"):
            labels = part.get("aria-labelledby", "").split()
            part.set("aria-labelledby", " ".join(map(ids.__getitem__, labels)))
        if part.tag == f"{{{SVG}}}style":
            part.text = _scoped_rules(part.text or "", ids, prefix)
    svg.set("id", prefix)
    return svg


def _scoped_rules(css: str, ids: Mapping[str, str], prefix: str) -> str:
    """Rules that hold only for this picture; `@@` stands for its own id."""

    def own(found: re.Match[str]) -> str:
        return f"#{ids.get(found[1], found[1])}"

    return re.sub(r"#([A-Za-z_][\w-]*)", own, css).replace("@@", prefix)


def without_ids(picture: Element) -> Element:
    """The same picture, ready to be part of another one."""
    for part in picture.iter():
        part.attrib.pop("id", None)
    return picture


def to_bytes(svg: Element) -> bytes:
    """An SVG element as a file."""
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return bytes(ElementTree.tostring(svg, encoding="utf-8"))
