"""Stacks: samples of a batch, and steps of a recurrence, that have the same graph, drawn once.

Which cards play the same role is found by colour refinement (R. Paige and R. E. Tarjan, "Three
partition refinement algorithms", 1987): cards of the same operator start out alike, and are told
apart by the roles of their inputs and by the parameters that they share, until nothing changes.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import NamedTuple, TypeAlias

from viz.graph.scene import Edge, Node, Scene, Spread, Sum, Term
from viz.graph.sums import Links, is_leaf, links_of

FEWEST = 3
"""How many copies make a stack at least: two may look alike by chance."""

MOST_ROUNDS = 30
"""After how many rounds nothing must change any more. Each carries a difference one card further:
where they go on, as along a chain whose steps are all different, there are no copies."""

Role: TypeAlias = "Hashable"


def with_stacks(drawn: Scene) -> Scene:
    """The scene with one card for all copies that play the same role: their means and ranges.

    A step of a recurrence becomes a loop. A shared parameter keeps its number; what flows back to
    it is the sum over the copies.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> w, h = Value(0.5, "w"), Value(1.0, "h")
    >>> for _ in range(8):
    ...     h = (w * h).tanh()
    >>> [(node.op, node.copies) for node in with_stacks(scene(h * h)).nodes]
    [('', 1), ('', 1), ('mul', 8), ('tanh', 8), ('mul', 1)]
    """
    links = links_of(drawn)
    members: dict[Role, list[Node]] = defaultdict(list)
    for node, role in zip(drawn.nodes, _roles_with_leaves(drawn, links)):
        members[role].append(node)
    stack_of: dict[str, str] = {}  # by the id of a card, that of the card which stands for it
    step_of: dict[str, int] = {}  # which of the copies a computed one is
    nodes = []
    for copies in members.values():
        alone = len(copies) < FEWEST
        for step, node in enumerate(copies):
            stack_of[node.id] = node.id if alone else copies[0].id
            if not (alone or is_leaf(node)):
                step_of[node.id] = step
        nodes += copies if alone else [_stack(copies)]
    if len(nodes) == len(drawn.nodes):
        return drawn
    place = {node.id: i for i, node in enumerate(drawn.nodes)}
    nodes.sort(key=lambda node: place[node.id])
    row_of: dict[tuple[str, int], int] = {}  # in which row of a card a row of a sum is now
    nodes = [_gathered(node, links.into[node.id], stack_of, row_of) for node in nodes]
    edges = _edges(drawn.edges, stack_of, row_of, step_of)
    return replace(drawn, nodes=tuple(nodes), edges=edges)


def _roles_with_leaves(drawn: Scene, links: Links) -> list[Role]:
    """The role of each card. That of a leaf is what it is used for."""
    roles = _roles(drawn, links)
    copies = Counter(roles.values())
    found: list[Role] = []
    for node in drawn.nodes:
        if not is_leaf(node):
            found.append((roles[node.id],))
        elif _is_shared(node, links):
            found.append(node.id)
        else:
            uses = {_use(edge, roles, copies, links) for edge in links.out[node.id]}
            found.append((node.kind == "parameter", *sorted(uses, key=str)))
    return found


def _use(
    edge: Edge, roles: dict[str, int], copies: Counter[int], links: Links
) -> tuple[int, int | None]:
    """What a leaf is used for. The plain terms of a sum that is no copy may become one row."""
    role = roles[edge.target]
    if edge.row is None or copies[role] >= FEWEST:
        return role, edge.row
    is_plain = links.node[edge.target].rows[edge.row].right is None
    return role, None if is_plain else edge.row


def _is_shared(leaf: Node, links: Links) -> bool:
    """Whether a parameter has several uses, so that each tells which role it plays."""
    return leaf.kind == "parameter" and len(links.out[leaf.id]) > 1


def _roles(drawn: Scene, links: Links) -> dict[str, int]:
    """A number for the role of each computed card; cards with the same number play the same."""
    inner = [node for node in drawn.nodes if not is_leaf(node)]
    role = dict.fromkeys([node.id for node in inner], 0)
    looks = {node.id: _look(node, links) for node in inner}
    constants = _constants(inner, looks, links)
    count = 0
    for _ in range(MOST_ROUNDS):
        keys = {node.id: _key(node, links, role, constants) for node in inner}
        role = _numbered(inner, looks, keys)
        now = len(set(role.values()))
        if now == count:
            return role
        count = now
    return {node.id: i for i, node in enumerate(inner)}


class Look(NamedTuple):
    """What a card shows by itself."""

    kind: str
    op: str
    module: str
    rows: tuple[int | None, ...]
    own: str


def _look(node: Node, links: Links) -> Look:
    return Look(
        kind=node.kind,
        op=node.op,
        module=node.module,
        rows=tuple(edge.row for edge in links.into[node.id]),
        own=node.id if node.kind == "output" or node.mark.startswith("first") else "",
    )


Key: TypeAlias = "tuple[int | str | None, ...]"


def _constants(inner: Sequence[Node], looks: dict[str, Look], links: Links) -> dict[str, str]:
    """What stands for a constant, by its id, if all cards that look alike have the same there."""
    of_place: dict[tuple[Look, int], dict[str, str]] = defaultdict(dict)
    for node in inner:
        for i, edge in enumerate(links.into[node.id]):
            source = links.node[edge.source]
            if source.kind == "constant":
                of_place[looks[node.id], i][source.id] = f"={source.data!r}"
    found: dict[str, str] = {}
    for by_id in of_place.values():
        if len(by_id) >= FEWEST and len({*by_id.values()}) == 1:
            found |= by_id
    return found


def _key(node: Node, links: Links, role: dict[str, int], constants: dict[str, str]) -> Key:
    """The inputs of a card: roles, names of shared parameters and constants, None for others."""
    key: list[int | str | None] = []
    for edge in links.into[node.id]:
        source = links.node[edge.source]
        if is_leaf(source):
            shared = source.id if _is_shared(source, links) else None
            key.append(constants.get(source.id, shared))
        else:
            key.append(role[source.id])
    return tuple(key)


def _numbered(
    inner: Sequence[Node], looks: dict[str, Look], keys: dict[str, Key]
) -> dict[str, int]:
    """The next numbers of roles: one for each look and key.

    A key with leaves, such as that of the first step of a recurrence, is that of the other steps if
    there is just one that it fits.
    """
    of_look: dict[Look, dict[Key, None]] = defaultdict(dict)
    for node in inner:
        of_look[looks[node.id]][keys[node.id]] = None
    numbers: dict[tuple[Look, Key], int] = {}
    for look, found in of_look.items():
        for key in sorted(found, key=_leaves):
            fitting = [other for other in found if _fits(key, other)]
            fresh = len(numbers)
            known = numbers.get((look, fitting[0])) if len(fitting) == 1 else None
            numbers[look, key] = fresh if known is None else known
    return {node.id: numbers[looks[node.id], keys[node.id]] for node in inner}


def _leaves(key: Key) -> int:
    """How many of the inputs are leaves."""
    return sum(not isinstance(part, int) for part in key)


def _fits(key: Key, other: Key) -> bool:
    """Whether a key is another one but for leaves, which stand where it has what was computed.

    Something must be the same, too: an input of the same role, or a shared parameter.
    """
    pairs = list(zip(key, other))
    first = any(isinstance(b, int) and not isinstance(a, int) for a, b in pairs)
    same = [a for a, b in pairs if a == b]
    step = all(a == b or (isinstance(b, int) and not isinstance(a, int)) for a, b in pairs)
    return first and step and any(part is not None for part in same)


def _stack(copies: list[Node]) -> Node:
    """One card for many: their means and ranges, under what their titles have in common."""
    first = copies[0]
    grads = [node.grad for node in copies if node.grad is not None]
    return replace(
        first,
        title=_common([node.title if node.labelled else "" for node in copies]),
        kind="input" if first.kind == "constant" else first.kind,
        data=_mean([node.data for node in copies]),
        grad=_mean(grads) if len(grads) == len(copies) else None,
        mark=_mark_of_copies([node.mark for node in copies]),
        rows=tuple(map(_row_of_copies, zip(*[node.rows for node in copies]))),
        sum=_sum_of_copies([node.sum for node in copies]),
        copies=len(copies),
        spread=_spread([node.data for node in copies]),
        grad_spread=_spread(grads) if grads else None,
    )


def _mark_of_copies(marks: list[str]) -> str:
    """The mark of all copies, or how many have the most frequent one.

    >>> _mark_of_copies(["off"] * 3), _mark_of_copies(["", "off", ""])
    ('off', '1 of 3 off')
    """
    counts = Counter(filter(None, marks))
    if not counts:
        return ""
    mark, count = counts.most_common(1)[0]
    return mark if count == len(marks) else f"{count:,} of {len(marks):,} {mark}"


def _common(titles: list[str]) -> str:
    """How all of them begin: h for h1, h2, ..."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles))
    return "".join(letters[0] for letters in same).rstrip("0123456789[(._ ")


def _mean(numbers: Sequence[float]) -> float:
    try:
        return math.fsum(numbers) / len(numbers)
    except (OverflowError, ValueError):  # of infinities, or beyond the largest float
        return sum(number / len(numbers) for number in numbers)


def _spread(numbers: Sequence[float]) -> Spread:
    broken = any(math.isnan(number) for number in numbers)
    return Spread(math.nan, math.nan) if broken else Spread(min(numbers), max(numbers))


def _edges(
    edges: Iterable[Edge],
    stack_of: dict[str, str],
    row_of: dict[tuple[str, int], int],
    step_of: dict[str, int],
) -> tuple[Edge, ...]:
    """One edge for all those between the same two cards and into the same row."""
    between: dict[tuple[str, str, int | None], list[Edge]] = defaultdict(list)
    for edge in edges:
        source, target = stack_of[edge.source], stack_of[edge.target]
        row = None if edge.row is None else row_of.get((target, edge.row), edge.row)
        between[source, target, row].append(edge)
    merged = []
    for (source, target, row), group in between.items():
        flows = [edge.flow for edge in group if edge.flow is not None]
        one = replace(
            group[0],
            source=source,
            target=target,
            row=row,
            slope=_mean([edge.slope for edge in group]),
            flows=any(edge.flows for edge in group),
            flow=_mean(flows) if len(flows) == len(group) else None,
            on_path=any(edge.on_path for edge in group),
            count=len(group),
            back=all(_is_later(edge, step_of) for edge in group),
        )
        merged.append(one)
    return tuple(merged)


def _is_later(edge: Edge, step_of: dict[str, int]) -> bool:
    """Whether an edge leads from one step to a later one."""
    source, target = step_of.get(edge.source), step_of.get(edge.target)
    return source is not None and target is not None and source < target


def _row_of_copies(terms: Sequence[Term]) -> Term:
    """One row for the same row of many copies: means, and sums of what a shared factor gets."""
    first = terms[0]
    lefts = [term.left_data for term in terms]
    rights = [term.right_data for term in terms]
    return replace(
        first,
        left=_common_name([term.left for term in terms]),
        left_data=_mean(lefts),
        left_flow=_flow([term.left_flow for term in terms], shared=_all_same(lefts)),
        right=None if first.right is None else _common_name([term.right or "" for term in terms]),
        right_data=_mean(rights),
        right_flow=_flow([term.right_flow for term in terms], shared=_all_same(rights)),
        product=_mean([term.product for term in terms]),
    )


def _sum_of_copies(sums: Sequence[Sum | None]) -> Sum | None:
    known = [one for one in sums if one is not None]
    if not known:
        return None
    grads = [one.grad for one in known if one.grad is not None]
    return replace(
        known[0],
        name=_common_name([one.name for one in known]),
        data=_mean([one.data for one in known]),
        grad=_mean(grads) if len(grads) == len(known) else None,
        slope=_mean([one.slope for one in known]),
    )


def _common_name(names: Sequence[str]) -> str:
    return names[0] if len(set(names)) == 1 else _common(list(names))


def _all_same(numbers: Sequence[float]) -> bool:
    return len(set(numbers)) == 1


def _flow(flows: Sequence[float | None], shared: bool) -> float | None:
    known = [flow for flow in flows if flow is not None]
    if len(known) < len(flows):
        return None
    return _mean(known) * (len(known) if shared else 1)


def _gathered(
    node: Node, into: list[Edge], stack_of: dict[str, str], row_of: dict[tuple[str, int], int]
) -> Node:
    """A sum over copies, with one row for all of them; `row_of` learns which rows those are."""
    sources: dict[int, list[str]] = defaultdict(list)
    for edge in into:
        if edge.row is not None:
            sources[edge.row].append(stack_of[edge.source])
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for i, _ in enumerate(node.rows):
        alike[tuple(sources[i]) or i].append(i)
    rows: list[Term] = []
    for places in alike.values():
        terms = [node.rows[i] for i in places]
        row_of.update({(node.id, i): len(rows) for i in places})
        rows.append(terms[0] if len(terms) == 1 else _row_over_copies(terms))
    return replace(node, rows=tuple(rows))


def _row_over_copies(terms: Sequence[Term]) -> Term:
    """One row for the terms of a sum that come from the same stack: their sum."""
    row = _row_of_copies(terms)
    product = math.fsum(term.product for term in terms)
    return replace(row, left=f"{row.left} ×{len(terms):,}".strip(), product=product)


def copies_in(drawn: Scene) -> str:
    """What is said of the stacks of a scene.

    >>> from autograd import Value
    >>> from viz.graph.scene import scene
    >>> w, h = Value(0.5, "w"), Value(1.0, "h")
    >>> for _ in range(8):
    ...     h = (w * h).tanh()
    >>> copies_in(with_stacks(scene(h * h)))
    '8 steps as one (mean, smallest … largest)'
    """
    counts = sorted({node.copies for node in drawn.nodes if node.copies > 1})
    copies = " and ".join(f"{count:,}" for count in counts)
    kind = "steps" if any(edge.back for edge in drawn.edges) else "samples"
    return f"{copies} {kind} as one (mean, smallest … largest)"
