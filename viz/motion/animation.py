"""One animated SVG: the drawing once, and for each card what changes. Without JavaScript."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement

from autograd import Value
from autograd.checks import as_float, shown
from autograd.saving import Target
from viz.graph.dot import RankDir
from viz.motion.frames import PALE, add_captions, unknown
from viz.motion.pages import Page
from viz.motion.sheet import SVG, Card, Sheet, digest_of, scoped, strokes, to_bytes, write_number
from viz.motion.steps import Step, checked_passes
from viz.style import ThemeName

Run: TypeAlias = "tuple[int, int, str]"
"""The first step, the step after the last, and the text shown in between."""

Texts: TypeAlias = "tuple[tuple[str, str], ...]"


def animate(
    root: Value,
    path: Target | None = None,
    *,
    seconds: float = 1.2,
    rankdir: RankDir = "LR",
    theme: ThemeName = "auto",
) -> Page:
    """The steps of `player` as one SVG, for `seconds` each; saved if there is a path.

    The animation loops. What flows back is a dot moving from the giver to the receiver. It needs no
    JavaScript, and stands still at the end of both passes for viewers that prefer reduced motion,
    or do not support it. Raises ValueError unless seconds is positive and finite.

    >>> a = Value(2.0, "a")
    >>> "@keyframes" in animate(a * a).content
    True
    """
    if not 0 < as_float(seconds, "animate(seconds)") < math.inf:
        what = "animate(seconds) is how long each step shows"
        raise ValueError(f"{what} and must be positive and finite, got {shown(seconds)}")
    drawn, steps = checked_passes(root, "animate")
    sheet = Sheet.of(drawn, rankdir, theme)
    drawing = to_bytes(sheet.svg)
    film = Film(sheet, len(steps))
    film.add_flows(steps)
    film.add_marks(steps)
    film.add_slopes(steps)
    data, grad = unknown(drawn, steps)
    data_runs = runs_of(data, [step.data for step in steps])
    grad_runs = runs_of(grad, [step.grad for step in steps])
    for id, card in sheet.cards.items():
        film.turn(card, data_runs.get(id, []), grad_runs.get(id, []))
    captions = add_captions(sheet.svg, [step.text for step in steps], sheet.look)
    for i, caption in enumerate(captions):
        film.show(caption, i, i + 1)
    SubElement(sheet.svg, f"{{{SVG}}}style").text = film.rules(seconds)
    digest = digest_of(film.rules(seconds), *[step.text for step in steps], drawing)
    content = to_bytes(scoped(sheet.svg, digest)).decode()
    height = min(640, 60 + round(sheet.view.height * 4 / 3))
    page = Page(f"Both passes of {drawn.root.name}", content, "svg", height=height)
    return page.saved(path)


def runs_of(first: Mapping[str, str], changes: Sequence[Texts]) -> dict[str, list[Run]]:
    """What each id shows, one stretch of steps after the other."""
    since = {id: (0, text) for id, text in first.items()}
    runs: dict[str, list[Run]] = {id: [] for id in first}
    for i, now in enumerate(changes):
        for id, text in now:
            start, before = since[id]
            if text == before:
                continue
            if start < i:
                runs[id].append((start, i, before))
            since[id] = (i, text)
    for id, (start, last) in since.items():
        runs[id].append((start, len(changes), last))
    return runs


class Film:
    """Shows parts of a drawing during some of n steps, by classes that CSS animates."""

    def __init__(self, sheet: Sheet, n: int) -> None:
        self.sheet, self.n = sheet, n
        self.parent: dict[Element, Element] = {}
        for parent in sheet.svg.iter():
            self.parent |= dict.fromkeys(parent, parent)
        self.spans: set[tuple[int, int]] = set()
        self.dims: set[int] = set()
        self.dots: dict[int, str] = {}

    def show(self, part: Element, start: int, end: int) -> None:
        """Show a part only from step `start` to before step `end`."""
        if (start, end) == (0, self.n):
            return
        self.spans.add((start, end))
        kinds = ["t", f"s{start}-{end}", *["end"] * (end == self.n)]
        part.set("class", " ".join([*part.get("class", "").split(), *kinds]))

    def add_twin(self, like: Element, start: int, end: int, changed: Mapping[str, str]) -> Element:
        """Add a copy of a part right before it, with other attributes, for some steps."""
        twin = copy.deepcopy(like)
        twin.attrib |= changed
        self.show(twin, start, end)
        around = self.parent[like]
        around.insert(list(around).index(like), twin)
        return twin

    def add_flows(self, steps: Sequence[Step]) -> None:
        """Add what flows back, each in its step, with a dot that travels the whole way."""
        for i, step in enumerate(steps):
            if not step.edge:
                continue
            flow = self.sheet.flow(step)
            if step.flows:
                way = next(part for part in flow if part.get("class") == "way")
                self.dots[i] = way.get("d", "")
                dot = {
                    "class": f"dot m{i}",
                    "rx": "6",
                    "ry": "6",
                    "fill": self.sheet.look.highlight,
                }
                dot |= {"stroke": self.sheet.look.background, "stroke-width": "1.5"}
                SubElement(flow, f"{{{SVG}}}ellipse", dot)
            self.show(flow, i, i + 1)
            self.sheet.graph.append(flow)

    def add_marks(self, steps: Sequence[Step]) -> None:
        """Add the marked outlines of the cards of each step, over the plain ones."""
        lines = {id: strokes(self.sheet.groups[id]) for id in self.sheet.boxes}
        for i, step in enumerate(steps):
            for id, look in self.sheet.marked(step).items():
                for line in lines[id]:
                    mark = copy.deepcopy(line)
                    mark.attrib |= {"fill": "none", **look}
                    self.parent[line].append(mark)
                    self.show(mark, i, i + 1)

    def add_slopes(self, steps: Sequence[Step]) -> None:
        """Hide the slope of each edge until its op has run."""
        plain = self.sheet.copy()
        for i, step in enumerate(steps):
            for id in step.slopes:
                plain.hide_slope(id)
                hidden = plain.arrows[id].lines
                for line, before in zip(self.sheet.arrows[id].lines, hidden):
                    twin = self.add_twin(line, 0, i, before.attrib)
                    twin.attrib.pop("stroke-dasharray", None)
                    self.show(line, i, self.n)
                self.show_all(self.sheet.arrows[id].texts, i)

    def show_all(self, parts: Iterable[Element], start: int) -> None:
        """Show parts from step `start` on."""
        for part in parts:
            self.show(part, start, self.n)

    def turn(self, card: Card, data: Sequence[Run], grad: Sequence[Run]) -> None:
        """Make the texts of a card change; it is pale until its data is known.

        It gets its colour together with its last gradient.
        """
        if data and data[0][2] == "?":
            self.dims.add(data[0][1])
            card.group.set("class", f"{card.group.get('class')} d{data[0][1]}")
        for runs, text in ((data, card.data), (grad, card.grad)):
            for start, end, words in runs[:-1]:
                write_number(self.add_twin(text, start, end, {}), words)
            if runs:
                self.show(text, runs[-1][0], self.n)
        if len(grad) > 1:
            last, neutral = grad[-1][0], self.sheet.look.neutral
            for outline in card.outlines:
                inside = outline is card.outlines[0]
                twin = self.add_twin(outline, 0, last, {"fill": neutral} if inside else {})
                twin.attrib.pop("stroke-dasharray", None)
                self.show(outline, last, self.n)

    def rules(self, seconds: float) -> str:
        """The CSS; viewers without animation show the end. `@@` is the id of the whole picture."""
        moves = [self._span(*span) for span in sorted(self.spans)]
        moves += [self._dim(end) for end in sorted(self.dims)]
        length = f"{self.n * seconds:g}s"
        timing = f'#@@ .t,#@@ [class*=" d"]{{animation:{length} step-end infinite}}'
        dots = [self._dot(i, d) for i, d in self.dots.items()]
        dots.append(f"#@@ .dot{{visibility:inherit;animation:{length} linear infinite}}")
        return (
            "#@@ .t,#@@ .dot{visibility:hidden}#@@ .end{visibility:visible}"
            f"@media (prefers-reduced-motion:no-preference){{{timing}{''.join(moves)}"
            f'@supports (offset-path:path("M0,0")){{{"".join(reversed(dots))}}}}}'
        )

    def _at(self, step: int) -> str:
        return f"{100 * step / self.n:.4f}%"

    def _span(self, start: int, end: int) -> str:
        keys = "0%{visibility:hidden}" if start else ""
        keys += f"{self._at(start)}{{visibility:visible}}"
        keys += f"{self._at(end)}{{visibility:hidden}}" if end < self.n else ""
        return self._rule(f"s{start}-{end}", keys)

    def _dim(self, end: int) -> str:
        return self._rule(f"d{end}", f"0%{{opacity:{PALE}}}{self._at(end)}{{opacity:1}}")

    def _dot(self, i: int, d: str) -> str:
        """A dot leaves shortly after its step has begun, and arrives well before it ends."""
        keys = f"{self._at(i)}{{offset-distance:0}}{100 * (i + 0.15) / self.n:.4f}%"
        keys += "{offset-distance:0;animation-timing-function:ease-in-out}"
        keys += f"{100 * (i + 0.8) / self.n:.4f}%,100%{{offset-distance:100%}}"
        return self._rule(f"m{i}", keys, f'offset-path:path("{d}");offset-rotate:0deg;')

    def _rule(self, name: str, keys: str, also: str = "") -> str:
        rule = f"#@@ .{name}{{{also}animation-name:@@-{name}}}"
        return f"{rule}@keyframes @@-{name}{{{keys}}}"
