"""Gradients of a whole batch: sums over samples, fused with the products they are sums of.

The gradient of a weight is a product δ · x in each sample; over a batch the gradients of a layer's weights are one matrix product D @ X.T.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from autograd.compiler.lifting import FEW, Column, Lifted, Read, whole_or_not
from autograd.compiler.lowering import SUM, Graph, Id
from autograd.compiler.source import Writer


@dataclass
class Share:
    """A term of the gradient of a parameter: a product of two nodes, or one."""

    parameter: int
    factors: tuple[Id, ...]


@dataclass
class Grid:
    """The products of each row with each column, for parameters that differ: an outer product, summed over the samples."""

    rows: Column
    across: Column
    parameters: list[list[int]]


def shares_of(g: Graph, gradients: Sequence[Id | None]) -> list[Share]:
    """The terms of each gradient; sums and products that nothing else uses are taken apart."""
    uses = g.uses(range(len(g.op)))
    found = []
    for p, i in enumerate(gradients):
        if i is None:
            continue
        if uses[i] or g.op[i] not in (SUM, "mul"):
            found.append(Share(p, (i,)))
        elif g.op[i] == "mul":
            found.append(Share(p, g.args[i]))
        else:
            found += [Share(p, pair) for pair in g.products[i]] + [
                Share(p, (x,)) for x in g.args[i]
            ]
    return found


@dataclass
class Piece:
    """Some of the gradient: its places, its shape, and the text that computes it."""

    at: list[int]
    shape: tuple[int, ...]
    text: str

    def flat(self, text: str) -> str:
        """The text or the name of it as that of a vector."""
        if len(self.shape) == 1:
            return text
        return f"{text}.ravel()" if text.isidentifier() else f"({text}).ravel()"


class Reducer:
    """What the gradients are made of: grids, and the shares that are left over, by which of their factors differ from sample to sample."""

    def __init__(self, lifted: Lifted, shares: Sequence[Share]) -> None:
        self.lifted, self.g = lifted, lifted.graph
        self.stored = {p: i for i, p in enumerate(lifted.parameters)}
        self.grids: list[Grid] = []
        self.rest: dict[tuple[bool, ...], list[Share]] = defaultdict(list)
        products: list[tuple[Id, Id, int]] = []
        for share in shares:
            factors = sorted(share.factors, key=lambda i: (self.g.batched[i], self._key(i)))
            if len(factors) == 2 and self.g.batched[factors[0]]:
                products.append((factors[1], factors[0], share.parameter))
            else:
                self.rest[tuple(self.g.batched[i] for i in factors)].append(
                    Share(share.parameter, tuple(factors))
                )
        self._find_grids(products)

    def reads(self) -> list[Read]:
        """What must be rows of one array."""
        of_grids: list[Read] = [
            whole_or_not(column) for grid in self.grids for column in (grid.rows, grid.across)
        ]
        return of_grids + [
            (True, [[i]])
            for shares in self.rest.values()
            for share in shares
            for i in share.factors
        ]

    def _key(self, i: Id) -> tuple[Any, ...]:
        return (
            (1, *self.lifted.place[i])
            if i in self.lifted.place
            else (0, self.g.op[i], *self.g.args[i])
        )

    def _find_grids(self, products: list[tuple[Id, Id, int]]) -> None:
        of_row: dict[tuple[Id, str], list[tuple[Id, int]]] = defaultdict(
            list
        )  # what a row meets, of one kind
        for u, v, p in products:
            of_row[u, self.g.kind(v)].append((v, p))
        alike: dict[tuple[Id, ...], list[tuple[Id, str]]] = defaultdict(list)
        for row, pairs in of_row.items():
            if len({p for _, p in pairs}) < len(pairs):  # a parameter that meets several
                self.rest[True, True] += [Share(p, (row[0], v)) for v, p in pairs]
                continue
            pairs.sort(key=lambda pair: self._key(pair[0]))
            alike[tuple(v for v, _ in pairs)].append(row)
        for across, rows in alike.items():
            parameters = {u: [p for _, p in of_row[u, kind]] for u, kind in rows}
            for grid in self._grids_of(list(across), parameters):
                if len(grid.rows) * len(across) > 1:
                    self.grids.append(grid)
                else:
                    self.rest[True, True] += [
                        Share(p, (u, v))
                        for u, ps in zip(grid.rows, grid.parameters)
                        for v, p in zip(across, ps)
                    ]

    def _grids_of(self, across: Column, parameters: dict[Id, list[int]]) -> list[Grid]:
        """Grids with distinct parameters, as few as can be: for each block with a stretch of them, and for each kind of the others."""
        of_block: dict[int | str, list[int]] = defaultdict(list)
        for u, ps in parameters.items():
            of_block[self._block(u)] += [self.stored[p] for p in ps]
        alone = {
            b
            for b, at in of_block.items()
            if len(at) > FEW * len(across) and sorted(at) == list(range(min(at), min(at) + len(at)))
        }
        grids: list[tuple[Any, set[int], Column]] = []
        for u in sorted(parameters, key=self._key):
            source = self._block(u) if self._block(u) in alone else self.g.kind(u)
            for other, taken, found in grids:
                if other == source and not taken & {*parameters[u]}:
                    taken.update(parameters[u])
                    found.append(u)
                    break
            else:
                grids.append((source, {*parameters[u]}, [u]))
        for _, _, found in grids:
            found.sort(key=lambda u: self.stored[parameters[u][0]])
        return [Grid(found, across, [parameters[u] for u in found]) for _, _, found in grids]

    def _block(self, i: Id) -> int | str:
        return self.lifted.place[i][0] if i in self.lifted.place else self.g.kind(i)

    def write(self, w: Writer) -> None:
        """The statements, and at the end `g`, which lies in memory as the parameters do."""
        pieces: list[Piece] = []
        for grid in self.grids:
            w.matrix_products += 1
            at = [self.stored[p] for row in grid.parameters for p in row]
            text = (
                f"{w.operand(grid.rows, spread=True):3} @ {w.operand(grid.across, spread=True):5}.T"
            )
            w.computed(len(grid.rows))
            pieces.append(Piece(at, (len(grid.rows), len(grid.across)), text))
        for batched, shares in self.rest.items():
            for turn in self._turns(shares, w):
                columns = [list(column) for column in zip(*(share.factors for share in turn))]
                text = _summed(w, batched, columns)
                w.computed(len(turn) * any(batched))
                pieces.append(
                    Piece([self.stored[share.parameter] for share in turn], (len(turn),), text)
                )
        _gather(w, pieces, len(self.stored))

    def _turns(self, shares: list[Share], w: Writer) -> Iterator[list[Share]]:
        """The shares in as few lists as keep the parameters of each distinct, and the factors in one array."""
        count: dict[int, int] = defaultdict(int)
        turns: dict[Any, list[Share]] = defaultdict(list)
        for share in sorted(
            shares, key=lambda s: (self.stored[s.parameter], [self._key(i) for i in s.factors])
        ):
            turns[count[share.parameter], tuple(map(w.source_of, share.factors))].append(share)
            count[share.parameter] += 1
        yield from turns.values()


def _summed(w: Writer, batched: tuple[bool, ...], columns: list[Column]) -> str:
    """The sum over the samples of one column, or of the products of two: a vector."""
    if len(batched) == 2 and batched[1]:
        return f"({w.operand(columns[0], spread=batched[0]):2} * {w.operand(columns[1], spread=True):3}).sum(axis=1)"
    if batched == (True,):
        return f"{w.operand(columns[0], spread=True):5}.sum(axis=1)"
    factors = [w.operand(columns[0], spread=True), *map(w.operand, columns[1:])]
    # The same in each of n samples; n last, or it would overflow what the product does not.
    return f"({' * '.join([f'{x:3}' for x in factors])})[:, 0] * n"


def _gather(w: Writer, pieces: list[Piece], size: int) -> None:
    """Put the pieces of the gradient side by side, with 0 in the gaps; pieces of one place are added up, and what fits nowhere is added."""
    placed: dict[int, tuple[Piece, str]] = {}  # by the first row, and its name
    taken = [False] * size
    added = []
    for piece in pieces:
        start, end = piece.at[0], piece.at[0] + len(piece.at)
        in_order = piece.at == list(range(start, end))
        if start in placed and (piece.at, piece.shape) == (
            placed[start][0].at,
            placed[start][0].shape,
        ):
            w.lines.append(f"{placed[start][1]} += {piece.text}")
        elif in_order and not any(taken[start:end]):
            taken[start:end] = [True] * len(piece.at)
            name = w.names.fresh(f"g{w.name_of_stretch(start, len(piece.at))}", numbered=False)
            w.lines.append(f"{name} = {piece.text}")
            placed[start] = piece, name
        else:
            where = f"{start}:{end}" if in_order else w.constant(piece.at)
            added.append(f"g[{where}] += {piece.flat(piece.text)}")
    parts, end = [], 0
    for start, (piece, name) in sorted(placed.items()):
        parts += [f"np.zeros({start - end})"] * (start > end) + [piece.flat(name)]
        end = start + len(piece.at)
    parts += [f"np.zeros({size - end})"] * (size > end)
    parts = parts or ["np.zeros(0)"]
    w.lines.append(
        f"g = {parts[0]}" if len(parts) == 1 else f"g = np.concatenate([{', '.join(parts)}])"
    )
    w.lines += added
