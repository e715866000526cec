"""How much a drawing shows: all that can be read on a slide, and no more.

A scene is folded step by step, each step a function from a scene to a scene, until its text would
be at least 12 pixels high when the drawing is fitted to 1280 × 720.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Final, Literal, TypeAlias, get_args

from autograd.checks import shown
from viz.graph.chains import with_chains
from viz.graph.extent import is_legible
from viz.graph.fold import folded_of
from viz.graph.reading import Reading
from viz.graph.scene import Scene, scene_of
from viz.graph.stacks import with_stacks
from viz.graph.stubs import with_stubs, without_shown_leaves
from viz.graph.sums import with_activations, with_sums

Detail: TypeAlias = Literal["auto", "all", "sums", "stubs", "stacks", "modules"]
DETAILS: Final = get_args(Detail)

CHAINS: Final = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many operations a card may hold: what is tried before modules are folded."""

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
    last: tuple[str, Scene] | None = None
    for level, drawn in _levels(reading):
        if detail == "auto" and is_legible(drawn, number, sideways):
            return drawn
        if last is not None and detail == last[0] != level:
            return last[1]
        last = level, drawn
    assert last is not None
    if detail == "stacks":
        return last[1]
    for sums, most in product((False, True), CHAINS):
        drawn = with_chains(last[1], most, sums)
        if is_legible(drawn, number, sideways):
            return noted(drawn, "operations without a name on the card of their result")
    return folded_of(reading, None, number, sideways)


def _levels(reading: Reading) -> Iterator[tuple[str, Scene]]:
    """The scene with less and less detail, each with a notice of what was folded."""
    whole = scene_of(reading)
    yield "all", whole
    compact = replace(whole, compact=True)
    yield "all", compact
    sums = with_sums(compact)
    if sums != compact:
        sums = noted(sums, "sums of products as one card each")
    yield "sums", without_shown_leaves(sums)
    neurons = with_activations(sums)
    if neurons != sums:
        neurons = noted(neurons, "activations on the card of their sum")
    yield "sums", without_shown_leaves(neurons)
    yield "stubs", _with_leaves_repeated(neurons)
    yield "stacks", _with_leaves_repeated(with_stacks(neurons))


def _with_leaves_repeated(drawn: Scene) -> Scene:
    """A scene in which each use of a leaf shows it, and none has wires."""
    stubs = with_stubs(without_shown_leaves(drawn))
    return drawn if stubs == drawn else noted(stubs, "a leaf of many uses beside each")


def noted(drawn: Scene, notice: str) -> Scene:
    """The scene with one more sentence in its note."""
    return replace(drawn, note="; ".join(filter(None, [drawn.note, notice])))
