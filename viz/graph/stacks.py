"""Stacks: samples of a batch, and steps of a recurrence, that have the same graph, drawn once."""

from __future__ import annotations

import heapq
import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile

from viz.graph.roles import FEWEST, Role, roles_of
from viz.graph.scene import Edge, Node, Scene, Spread, Sum, Term
from viz.graph.sums import Links, is_leaf, links_of, total_of

ROUNDING = 2.0**-50
"""A mean that is smaller than this share of its numbers is only their rounding error."""


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
    for node, role in zip(drawn.nodes, roles_of(drawn, links)):
        members[role].append(node)
    stacks = [copies for copies in members.values() if len(copies) >= FEWEST]
    while True:
        merge = _Merge(drawn, links, stacks)
        tangled = merge.tangled()
        if not tangled:
            return merge.scene() if stacks else drawn
        stacks = [copies for copies in stacks if copies[0].id not in tangled]


@dataclass(frozen=True)
class _Merge:
    """A scene, and which of its cards are merged into one."""

    drawn: Scene
    links: Links
    stacks: list[list[Node]]

    def scene(self) -> Scene:
        """The scene with these stacks."""
        cards = {copies[0].id: _stack(copies, self.links) for copies in self.stacks}
        node_of = self.links.node | cards
        row_of: dict[tuple[str, int], int] = {}  # the row of a card that a row of a sum is now in
        stack_of = self.stack_of()
        nodes = []
        for id in self.order():
            nodes.append(_gathered(node_of[id], self.links.into[id], stack_of, row_of))
        edges = _edges(self.drawn.edges, stack_of, row_of, self.step_of())
        place = {node.id: i for i, node in enumerate(nodes)}
        edges.sort(key=lambda edge: place[edge.target])
        return replace(self.drawn, nodes=tuple(nodes), edges=tuple(edges))

    def stack_of(self) -> dict[str, str]:
        """For the id of each card, the id of the card that stands for it."""
        found = {node.id: node.id for node in self.drawn.nodes}
        for copies in self.stacks:
            found |= dict.fromkeys([node.id for node in copies], copies[0].id)
        return found

    def step_of(self) -> dict[str, int]:
        """Which copy each computed card is."""
        found: dict[str, int] = {}
        for copies in self.stacks:
            if not is_leaf(copies[0]):
                found |= {node.id: step for step, node in enumerate(copies)}
        return found

    def order(self) -> list[str]:
        """The remaining cards, in topological order except for loops; if tangled, some are missing.

        Of the cards that could come next, the one whose first Value came first is next.
        """
        stack_of, step_of = self.stack_of(), self.step_of()
        inputs: dict[str, set[str]] = {id: set() for id in stack_of.values()}
        for edge in self.drawn.edges:
            if not _is_later(edge, step_of):
                inputs[stack_of[edge.target]].add(stack_of[edge.source])
        users: dict[str, list[str]] = defaultdict(list)
        for id, sources in inputs.items():
            for source in sources:
                users[source].append(id)
        place = {node.id: i for i, node in enumerate(self.drawn.nodes)}
        ready = [(place[id], id) for id, sources in inputs.items() if not sources]
        heapq.heapify(ready)
        order = []
        while ready:
            _, id = heapq.heappop(ready)
            order.append(id)
            for user in users[id]:
                inputs[user].discard(id)
                if not inputs[user]:
                    heapq.heappush(ready, (place[user], user))
        return order

    def tangled(self) -> set[str]:
        """The stacks that feed one another, but not from step to step: they are not copies."""
        stack_of, step_of = self.stack_of(), self.step_of()
        left = set(stack_of.values()) - set(self.order())
        while left:  # drop what only depends on them
            feeding = set()
            for edge in self.drawn.edges:
                if stack_of[edge.target] in left and not _is_later(edge, step_of):
                    feeding.add(stack_of[edge.source])
            if left <= feeding:
                break
            left &= feeding
        return {copies[0].id for copies in self.stacks if copies[0].id in left}


def _stack(copies: list[Node], links: Links) -> Node:
    """One card for many: their means and ranges, under what their titles have in common."""
    first = copies[0]
    data = [node.data for node in copies]
    if first.kind == "constant" and len(set(data)) == 1:
        return first
    grads = [node.grad for node in copies if node.grad is not None]
    swept = len(grads) == len(copies)
    return replace(
        first,
        title=_common([node.title if node.labelled else "" for node in copies]),
        kind="input" if first.kind == "constant" else first.kind,
        data=_mean(data),
        grad=_mean(grads) if swept else None,
        mark=_mark_of_copies([node.mark for node in copies]),
        rows=_rows_of_copies(copies, links),
        sum=_sum_of_copies([node.sum for node in copies]),
        copies=len(copies),
        spread=_spread(data),
        grad_spread=_spread(grads) if swept else None,
    )


def _rows_of_copies(copies: list[Node], links: Links) -> tuple[Term, ...]:
    """The rows of a sum over copies; a factor is shared if all have the same leaf there."""
    factors = [_factors(links.into[node.id]) for node in copies]
    rows = []
    for i, terms in enumerate(zip(*[node.rows for node in copies])):
        of_row = [of_card[i] for of_card in factors]
        rows.append(_row_of_copies(terms, of_row))
    return tuple(rows)


def _factors(into: Iterable[Edge]) -> dict[int, tuple[str, ...]]:
    """The cards that the factors of each row come from."""
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    for edge in into:
        if edge.row is not None:
            found[edge.row] += (edge.source,)
    return found


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
    """What all of them begin with: h for h1, h2, ..."""
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*titles))
    return "".join(letters[0] for letters in same).rstrip("0123456789[(._ ")


def _mean(numbers: Sequence[float]) -> float:
    """The mean; 0 if the numbers cancel up to rounding."""
    mean = total_of([number / len(numbers) for number in numbers])
    return 0.0 if abs(mean) < ROUNDING * max(map(abs, numbers)) else mean


def _spread(numbers: Sequence[float]) -> Spread:
    broken = any(math.isnan(number) for number in numbers)
    return Spread(math.nan, math.nan) if broken else Spread(min(numbers), max(numbers))


def _edges(
    edges: Iterable[Edge],
    stack_of: dict[str, str],
    row_of: dict[tuple[str, int], int],
    step_of: dict[str, int],
) -> list[Edge]:
    """One edge, per operand, for those of all copies between the same two cards."""
    between: dict[tuple[str, str, int | None, int], list[Edge]] = defaultdict(list)
    met: Counter[tuple[str, str, int | None]] = Counter()
    for edge in edges:
        source, target = stack_of[edge.source], stack_of[edge.target]
        row = None if edge.row is None else row_of.get((target, edge.row), edge.row)
        ends = edge.source, edge.target, edge.row
        between[source, target, row, met[ends]].append(edge)
        met[ends] += 1
    merged = []
    for (source, target, row, _), group in between.items():
        flows = [edge.flow for edge in group]
        shared = len({edge.source for edge in group}) == 1
        one = replace(
            group[0],
            source=source,
            target=target,
            row=row,
            slope=_mean([edge.slope for edge in group]),
            flows=any(edge.flows for edge in group),
            flow=_flow(flows, shared),
            on_path=any(edge.on_path for edge in group),
            count=len(group),
            back=all(_is_later(edge, step_of) for edge in group),
        )
        merged.append(one)
    return merged


def _is_later(edge: Edge, step_of: dict[str, int]) -> bool:
    """Whether an edge leads from one step to a later one."""
    source, target = step_of.get(edge.source), step_of.get(edge.target)
    return source is not None and target is not None and source < target


def _row_of_copies(terms: Sequence[Term], factors: Sequence[tuple[str, ...]]) -> Term:
    """One row for the same row of many copies: means, and for a shared factor the sum it gets."""
    first = terms[0]
    left = len({of_copy[:1] for of_copy in factors}) == 1
    right = len({of_copy[1:] for of_copy in factors}) == 1
    return replace(
        first,
        left=_common_name([term.left for term in terms]),
        left_data=_mean([term.left_data for term in terms]),
        left_flow=_flow([term.left_flow for term in terms], shared=left),
        right=None if first.right is None else _common_name([term.right or "" for term in terms]),
        right_data=_mean([term.right_data for term in terms]),
        right_flow=_flow([term.right_flow for term in terms], shared=right),
        summed=(left, right),
        weight=Counter(term.weight for term in terms).most_common(1)[0][0],
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


def _flow(flows: Sequence[float | None], shared: bool) -> float | None:
    """What flows back over the edges of copies: the mean, or the sum to what they share."""
    known = [flow for flow in flows if flow is not None]
    if len(known) < len(flows):
        return None
    return total_of(known) if shared else _mean(known)


def _gathered(
    node: Node, into: list[Edge], stack_of: dict[str, str], row_of: dict[tuple[str, int], int]
) -> Node:
    """A sum over copies, with one row for all of them; `row_of` records which ones."""
    factors = _factors(into)
    alike: dict[Hashable, list[int]] = defaultdict(list)
    for i, _ in enumerate(node.rows):
        alike[tuple(map(stack_of.__getitem__, factors[i])) or i].append(i)
    rows: list[Term] = []
    for places in alike.values():
        row_of.update({(node.id, i): len(rows) for i in places})
        terms = [node.rows[i] for i in places]
        if len(terms) == 1 or node.copies > 1:
            rows += terms
        else:
            rows.append(_row_over_copies(terms, [factors[i] for i in places]))
    return replace(node, rows=tuple(rows))


def _row_over_copies(terms: Sequence[Term], factors: Sequence[tuple[str, ...]]) -> Term:
    """One row for the terms of a sum that come from the same stack: their sum."""
    row = _row_of_copies(terms, factors)
    product = total_of([term.product for term in terms])
    return replace(row, left=f"{row.left} ×{len(terms):,}".strip(), product=product)


def copies_in(drawn: Scene) -> str:
    """What the note says about the stacks of a scene.

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
    kind = "steps" if any(edge.back for edge in drawn.edges) else "copies"
    return f"{copies} {kind} as one (mean, smallest … largest)"
