"""How much a drawing shows: as much as can be read on a slide, and no more.

A scene is folded step by step, each step a function from a scene to a scene, until its text would
be at least 12 pixels high when the drawing is fitted to 1280 × 720.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Final, Literal, TypeAlias, get_args

from autograd.checks import shown
from viz.graph.chains import with_chains
from viz.graph.extent import MOST_CARDS, PLAIN, Options, is_legible
from viz.graph.fold import folded_of
from viz.graph.modules import module_of
from viz.graph.reading import Reading
from viz.graph.scene import Scene, scene_of, with_names
from viz.graph.stacks import copies_in, with_stacks
from viz.graph.stubs import with_stubs, without_shown_leaves
from viz.graph.sums import with_activations, with_few_rows, with_sums

Detail: TypeAlias = Literal["auto", "all", "sums", "stubs", "stacks", "modules"]
DETAILS: Final = get_args(Detail)

CHAINS: Final = (2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How many operations a card may hold: the numbers tried before modules are folded."""

FOLDED: Final = "folded"
"""How a note on what was folded begins."""

MOST_WHOLE: Final = 2000
"""The most values that are drawn in full: beyond this, Graphviz takes from seconds to hours."""

MOST_PARAMETERS: Final = 250
"""A slide has room for this many rows, and each parameter of a module takes at least one."""

MOST_DRAWN: Final = 5_000
"""Larger graphs are folded by modules right away, since looking for copies takes seconds."""


def expect_detail(detail: Any) -> None:
    """Raise ValueError for an unknown level of detail."""
    if detail not in DETAILS:
        raise ValueError(f"detail must be one of {list(DETAILS)}, got {shown(detail)}")


def detailed(reading: Reading, detail: Detail = "auto", options: Options = PLAIN) -> Scene:
    """The scene of a graph with as much detail as is legible, or as was asked for."""
    if detail == "modules" or (detail == "auto" and _is_hopeless(reading)):
        return folded_of(reading, None, options)
    if detail == "all":
        return scene_of(reading)
    if detail != "auto":
        return _level(reading, detail)
    for _, drawn in _levels(reading):
        if is_legible(drawn, options):
            return replace(drawn, nodes=with_names(drawn.nodes))
    return folded_of(reading, None, options)


def _level(reading: Reading, detail: Detail) -> Scene:
    """The scene in which most is folded under this name."""
    found: Scene | None = None
    for level, drawn in _levels(reading):
        if level == detail:
            found = drawn
        elif found is not None:
            break
    assert found is not None
    return found


def _is_hopeless(reading: Reading) -> bool:
    """Whether a graph cannot be legible unless its modules are folded."""
    leaves = [node.label for node in reading.order if node.label and not node.inputs]
    of_modules = sum(bool(module_of(label)) for label in leaves)
    return len(reading.order) > MOST_DRAWN or of_modules > MOST_PARAMETERS


def _levels(reading: Reading) -> Iterator[tuple[str, Scene]]:
    """The scene with less and less detail, each with a note of what was folded."""
    whole = scene_of(reading)
    yield "all", whole
    compact = replace(whole, compact=True)
    yield "all", compact
    sums = with_sums(compact)
    if sums != compact:
        sums = noted(sums, "sums of products")
    yield "sums", without_lone_clusters(without_shown_leaves(sums))
    neurons = with_activations(sums)
    if neurons != sums:
        neurons = noted(neurons, "activations")
    yield "sums", without_lone_clusters(without_shown_leaves(neurons))
    yield "stubs", _with_leaves_repeated(neurons)
    stacks = with_stacks(neurons)
    if stacks != neurons:
        stacks = noted(stacks, copies_in(stacks))
    stacks = _with_leaves_repeated(stacks)
    yield "stacks", stacks
    short = with_few_rows(stacks)
    if short != stacks:
        short = noted(short, "long sums")
        yield "chains", short
    for also_sums, most in product((False, True), CHAINS):
        if len(short.nodes) > most * MOST_CARDS:
            continue
        yield "chains", noted(with_chains(short, most, also_sums), "operations without a name")


def _with_leaves_repeated(drawn: Scene) -> Scene:
    """A scene in which each use of a leaf shows it, without wires."""
    stubs = with_stubs(without_shown_leaves(drawn))
    if stubs != drawn:
        stubs = noted(stubs, "repeated leaves")
    return without_lone_clusters(stubs)


def without_lone_clusters(drawn: Scene) -> Scene:
    """The scene without frames around a single card, which is named after the module instead."""
    cards = Counter(node.module for node in drawn.nodes)
    around = {cluster.parent for cluster in drawn.clusters}
    lone = {
        cluster.path: cluster
        for cluster in drawn.clusters
        if cards[cluster.path] == 1 and cluster.path not in around
    }
    nodes = []
    for node in drawn.nodes:
        if node.module in lone:
            cluster = lone[node.module]
            title = ".".join(filter(None, [cluster.title, node.title]))
            node = replace(node, title=title, module=cluster.parent)
        nodes.append(node)
    clusters = tuple(cluster for cluster in drawn.clusters if cluster.path not in lone)
    return replace(drawn, nodes=tuple(nodes), clusters=clusters)


def noted(drawn: Scene, notice: str) -> Scene:
    """The scene with one more folded thing in its note."""
    if FOLDED in drawn.note:
        return replace(drawn, note=f"{drawn.note}, {notice}")
    # A larger graph is not drawn in full even on request (`max_nodes` of draw_dot).
    remedy = ', detail="all" shows all' if drawn.values <= MOST_WHOLE else ""
    begun = f"{FOLDED}{remedy}: {notice}"
    return replace(drawn, note="; ".join(filter(None, [drawn.note, begun])))
