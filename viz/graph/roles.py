"""Roles: which cards of a scene are copies of one another, as samples of a batch and steps are.

They are found by colour refinement (R. Paige and R. E. Tarjan, "Three partition refinement
algorithms", 1987): cards that look alike start out with the same role, and are told apart by the
roles of their inputs, until nothing changes.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from typing import Final, NamedTuple, TypeAlias

from viz.graph.scene import Edge, Node, Scene
from viz.graph.sums import Links, is_leaf

FEWEST: Final = 3
"""The least number of copies: two may look alike by chance."""

MOST_ROUNDS: Final = 30
"""The number of rounds after which nothing may change any more. Each carries a difference one card
further: if changes go on, as along a chain whose steps are all different, there are no copies."""

MOST_KEYS: Final = 100
"""Cards that look alike but have more different inputs are not steps of a recurrence."""

Role: TypeAlias = "Hashable"


def roles_of(drawn: Scene, links: Links) -> list[Role]:
    """The role of each card, the same for copies. The role of a leaf is what it is used for."""
    roles = _computed(drawn, links)
    copies = Counter(roles.values())
    found: list[Role] = []
    for node in drawn.nodes:
        if not is_leaf(node):
            found.append((roles[node.id],))
        elif is_shared(node, links) or node.mark.startswith("first"):
            found.append(node.id)
        else:
            uses = {_use(edge, roles, copies, links) for edge in links.out[node.id]}
            found.append((node.kind, _stem(node), *sorted(uses, key=str)))
    return found


def _use(
    edge: Edge, roles: dict[str, int], copies: Counter[int], links: Links
) -> tuple[int, int | None, int]:
    """What a leaf is used for: by which role, in which row, as which operand.

    The plain terms of a sum that is not a copy are alike: they may become one row.
    """
    role, target = roles[edge.target], links.node[edge.target]
    beside = [other for other in links.into[edge.target] if other.row == edge.row]
    operand = beside.index(edge)
    if edge.row is not None and copies[role] < FEWEST and target.rows[edge.row].right is None:
        return role, None, 0
    return role, edge.row, operand


def is_shared(leaf: Node, links: Links) -> bool:
    """Whether a parameter has several uses; if so, using it tells which role a card plays."""
    return leaf.kind == "parameter" and len(links.out[leaf.id]) > 1


def _computed(drawn: Scene, links: Links) -> dict[str, int]:
    """A number for the role of each computed card."""
    inner = [node for node in drawn.nodes if not is_leaf(node)]
    role = dict.fromkeys([node.id for node in inner], 0)
    looks = {node.id: _look(node, links) for node in inner}
    fixed = _fixed(inner, looks, links)
    count = 0
    for _ in range(MOST_ROUNDS):
        keys = {node.id: _key(node, links, role, fixed) for node in inner}
        role = _numbered(inner, looks, keys)
        now = len(set(role.values()))
        if now == count:
            return role
        count = now
    return {node.id: i for i, node in enumerate(inner)}


class Look(NamedTuple):
    """What a card shows by itself; `same` says which of its operands are the same node."""

    kind: str
    op: str
    module: str
    stem: str
    rows: tuple[int | None, ...]
    same: tuple[int, ...]
    own: str


def _look(node: Node, links: Links) -> Look:
    sources = [edge.source for edge in links.into[node.id]]
    return Look(
        kind=node.kind,
        op=node.op,
        module=node.module,
        stem=_stem(node),
        rows=tuple(edge.row for edge in links.into[node.id]),
        same=tuple(map(sources.index, sources)),
        own=node.id if node.kind == "output" or node.mark.startswith("first") else "",
    )


def _stem(node: Node) -> str:
    """A name without its number: h for h1, h2, ...

    >>> _stem(Node("v0", "h12", "inner", 0.0, None, "tanh", "tanh", labelled=True))
    'h'
    """
    return re.split(r"[\d\[(]", node.title)[0] if node.labelled else ""


Key: TypeAlias = "tuple[int | str, ...]"
"""For each input its role if it was computed, or what kind of leaf it is."""

LEAF: Final = "leaf"
CONSTANT: Final = "constant"


def _key(node: Node, links: Links, role: dict[str, int], fixed: dict[str, str]) -> Key:
    key: list[int | str] = []
    for edge in links.into[node.id]:
        source = links.node[edge.source]
        if not is_leaf(source):
            key.append(role[source.id])
        elif source.kind == "constant":
            key.append(fixed.get(source.id, CONSTANT))
        else:
            key.append(f"={source.id}" if is_shared(source, links) else LEAF)
    return tuple(key)


def _fixed(inner: Sequence[Node], looks: dict[str, Look], links: Links) -> dict[str, str]:
    """By id, what stands for a constant that is part of the graph and not of the data.

    An exponent is, and so is a number that all cards that look alike have in the same place.
    """
    of_place: dict[tuple[Look, int], dict[str, str]] = defaultdict(dict)
    found: dict[str, str] = {}
    for node in inner:
        for i, edge in enumerate(links.into[node.id]):
            source = links.node[edge.source]
            if source.kind == "constant":
                of_place[looks[node.id], i][source.id] = f"={source.data!r}"
                if node.op == "pow":
                    found[source.id] = f"={source.data!r}"
    for by_id in of_place.values():
        if len(by_id) >= FEWEST and len({*by_id.values()}) == 1:
            found |= by_id
    return found


def _numbered(
    inner: Sequence[Node], looks: dict[str, Look], keys: dict[str, Key]
) -> dict[str, int]:
    """The next numbers of roles: one for each look and key.

    The first step of a recurrence has a leaf in its key where the others have what the previous
    step computed; it gets their role if there is one such step, and one key that it fits.
    """
    of_look: dict[Look, Counter[Key]] = defaultdict(Counter)
    for node in inner:
        of_look[looks[node.id]][keys[node.id]] += 1
    numbers: dict[tuple[Look, Key], int] = {}
    for look, found in of_look.items():
        for key in sorted(found, key=_leaves):
            fitting: list[Key] = []
            if found[key] == 1 and _leaves(key) and len(found) <= MOST_KEYS:
                fitting = [other for other in found if _is_first(key, other)]
            fresh = len(numbers)
            known = numbers.get((look, fitting[0])) if len(fitting) == 1 else None
            numbers[look, key] = fresh if known is None else known
    return {node.id: numbers[looks[node.id], keys[node.id]] for node in inner}


def _leaves(key: Key) -> int:
    """How many inputs are leaves."""
    return sum(isinstance(part, str) for part in key)


def _is_first(key: Key, other: Key) -> bool:
    """Whether a key equals another one except for leaves in place of what was computed.

    Something must be the same, too: an input with the same role, a shared parameter or constant.
    """
    state = [isinstance(a, str) and isinstance(b, int) for a, b in zip(key, other)]
    same = [a == b for a, b in zip(key, other)]
    agreed = [a for a, is_same in zip(key, same) if is_same and a not in (LEAF, CONSTANT)]
    fits = all(is_state or is_same for is_state, is_same in zip(state, same))
    return fits and any(state) and bool(agreed)
