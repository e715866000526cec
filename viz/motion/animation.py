"""One SVG that moves: the drawing once, and of each card what changes, shown while it holds. Without JavaScript."""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from autograd import Value
from autograd.checks import as_float, shown
from autograd.files import write
from viz import style
from viz.graph.dot import RankDir
from viz.motion.frames import (
    SVG,
    Card,
    add_captions,
    cards_in,
    laid_out,
    strokes,
    to_bytes,
    unknown,
)
from viz.motion.pages import Page
from viz.motion.player import checked_passes


def animate(
    root: Value, path: str | Path, *, seconds: float = 1.2, rankdir: RankDir = "LR"
) -> Page:
    """Write one SVG that shows the steps of `player` for `seconds` each, over and over; returns its path.

    It needs no JavaScript, and stands still at the end of both passes for viewers that prefer no motion, or know none.
    Raises ValueError unless seconds is positive and finite.

    >>> import tempfile
    >>> a = Value(2.0, "a")
    >>> b"@keyframes" in animate(a * a, Path(tempfile.mkdtemp()) / "moving.svg").read_bytes()
    True
    """
    if not 0 < as_float(seconds, "animate(seconds)") < math.inf:
        raise ValueError(f"animate(seconds) is how long each step shows and must be positive and finite, got {shown(seconds)}")
    drawn, steps = checked_passes(root)
    svg = laid_out(drawn, rankdir)
    film = _Film(svg, len(steps))
    data, grad = unknown(drawn, steps)
    data_runs, grad_runs = _runs(data, [step.data for step in steps]), _runs(grad, [step.grad for step in steps])
    parts = {group.get("id", ""): strokes(group) for group in svg.iter(f"{{{SVG}}}g")}
    for i, step in enumerate(steps):
        film.highlight([part for id in (step.node, step.edge) if id for part in parts[id]], i)
    for id, card in cards_in(svg).items():
        film.turn(card, data_runs.get(id, []), grad_runs.get(id, []))
    for i, caption in enumerate(add_captions(svg, [step.text for step in steps])):
        film.show(caption, i, i + 1)
    ElementTree.SubElement(svg, f"{{{SVG}}}style").text = film.rules(seconds)
    write(Path(path), to_bytes(svg))
    return Page(path)


Run: TypeAlias = "tuple[int, int, str]"


def _runs(first: dict[str, str], changes: Sequence[tuple[tuple[str, str], ...]]) -> dict[str, list[Run]]:
    """What each id shows: from which step, to before which, and the text."""
    since = {id: (0, text) for id, text in first.items()}
    runs: dict[str, list[Run]] = {id: [] for id in first}
    for i, now in enumerate(changes):
        for id, text in now:
            start, shown = since[id]
            if text != shown:
                runs[id] += [(start, i, shown)] if start < i else []
                since[id] = (i, text)
    for id, (start, shown) in since.items():
        runs[id].append((start, len(changes), shown))
    return runs


class _Film:
    """Puts parts of a drawing on show for some of n steps, by classes that CSS animates."""

    def __init__(self, svg: Element, n: int) -> None:
        self.n = n
        self.parent = {child: parent for parent in svg.iter() for child in parent}
        self.spans: set[tuple[int, int]] = set()
        self.dims: set[int] = set()

    def show(self, part: Element, start: int, end: int) -> None:
        """Only from step `start` to before step `end`."""
        if (start, end) != (0, self.n):
            self.spans.add((start, end))
            part.set("class", f"t s{start}-{end}{' end' if end == self.n else ''}")

    def add(self, like: Element, start: int, end: int, **attributes: str) -> Element:
        """A copy of a part, right before it, with other attributes, for some steps."""
        twin = copy.deepcopy(like)
        twin.attrib |= {name.replace("_", "-"): x for name, x in attributes.items()}
        self.show(twin, start, end)
        around = self.parent[like]
        around.insert(list(around).index(like), twin)
        return twin

    def turn(self, card: Card, data: list[Run], grad: list[Run]) -> None:
        """The texts of a card change, it is pale until its data is known, and takes its colour with its last gradient."""
        if data and data[0][2] == "?":
            self.dims.add(data[0][1])
            card.group.set("class", f"{card.group.get('class')} d{data[0][1]}")
        for runs, text in ((data, card.data), (grad, card.grad)):
            for start, end, words in runs[:-1]:
                self.add(text, start, end).text = words
            if runs:
                self.show(text, runs[-1][0], self.n)
        if len(grad) > 1:
            self.add(card.outline, 0, grad[-1][0], fill=style.LIGHT.neutral)
            self.show(card.outline, grad[-1][0], self.n)

    def highlight(self, parts: list[Element], step: int) -> None:
        """The lines of what a step is about, for that step."""
        for part in parts:
            around = self.parent[part]
            around.append(copy.deepcopy(part))
            around[-1].attrib |= {"fill": "none", "stroke": style.LIGHT.highlight, "stroke-width": "3"}
            self.show(around[-1], step, step + 1)

    def rules(self, seconds: float) -> str:
        """The CSS; what knows no animation shows the end."""

        def at(step: int) -> str:
            return f"{100 * step / self.n:.4f}%"

        moves = []
        for start, end in sorted(self.spans):
            name = f"s{start}-{end}"
            keys = ("0%{visibility:hidden}" if start else "") + f"{at(start)}{{visibility:visible}}"
            keys += f"{at(end)}{{visibility:hidden}}" if end < self.n else ""
            moves.append(f".{name}{{animation-name:{name}}}@keyframes {name}{{{keys}}}")
        for end in sorted(self.dims):
            moves.append(f".d{end}{{animation-name:d{end}}}@keyframes d{end}{{0%{{opacity:.3}}{at(end)}{{opacity:1}}}}")
        timing = f'.t,[class*=" d"]{{animation:{self.n * seconds:g}s step-end infinite}}'
        return f".t{{visibility:hidden}}.end{{visibility:visible}}@media (prefers-reduced-motion:no-preference){{{timing}{''.join(moves)}}}"
