"""How much a drawing shows: all that can be read on a slide, and no more.

A scene is folded step by step, each step a function from a scene to a scene, until its text would
be at least 12 pixels high when the drawing is fitted to 1280 × 720.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias, get_args

from autograd.checks import shown
from viz.graph.chains import with_chains
from viz.graph.extent import is_legible
from viz.graph.fold import folded_of
from viz.graph.reading import Reading
from viz.graph.scene import Scene, scene_of
from viz.graph.stacks import with_stacks
from viz.graph.stubs import with_stubs
from viz.graph.sums import with_sums

Detail: TypeAlias = Literal["auto", "all", "sums", "stubs", "stacks", "modules"]
DETAILS: Final = get_args(Detail)

CHAINS: Final = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many operations a card may hold where there are no modules to fold: what is tried."""

MOST_DRAWN: Final = 20_000
"""Graphs of more values are folded by modules at once."""


def expect_detail(detail: Any) -> None:
    """Raise ValueError for an unknown level of detail."""
    if detail not in DETAILS:
        raise ValueError(f"detail must be one of {list(DETAILS)}, got {shown(detail)}")


def detailed(
    reading: Reading, detail: Detail, number: Callable[[float], str], sideways: bool
) -> Scene:
    """The scene of a graph with as much detail as is legible, or with all that was asked for."""
    if detail == "modules" or len(reading.order) > MOST_DRAWN:
        return folded_of(reading, None, number, sideways)
    if detail == "all":
        return scene_of(reading)
    last = None
    for level, drawn in _levels(reading):
        if level == detail or (detail == "auto" and is_legible(drawn, number, sideways)):
            return drawn
        last = drawn
    assert last is not None
    if any(reading.paths):
        return folded_of(reading, None, number, sideways)
    for most in CHAINS:
        drawn = with_chains(last, most)
        if is_legible(drawn, number, sideways):
            return noted(drawn, "operations without a name are drawn on the card of their result")
    return folded_of(reading, None, number, sideways)


def _levels(reading: Reading) -> Iterator[tuple[str, Scene]]:
    """The scene with less and less detail, each with a notice of what was folded."""
    whole = scene_of(reading)
    yield "all", whole
    compact = replace(whole, compact=True)
    yield "all", compact
    sums = with_sums(compact)
    if len(sums.nodes) < len(compact.nodes):
        sums = noted(sums, "sums of products are drawn as one card each")
    yield "sums", sums
    stubs = with_stubs(sums)
    if stubs != sums:
        stubs = noted(stubs, "a leaf with many uses is drawn beside each")
    yield "stubs", stubs
    yield "stacks", with_stacks(stubs)


def noted(drawn: Scene, notice: str) -> Scene:
    """The scene with one more sentence in its note."""
    return replace(drawn, note="; ".join(filter(None, [drawn.note, notice])))
