"""Layout: where the rows of every block lie.

Most blocks are arrays of their own. Rows that an operand takes from several blocks must be rows of one array: such blocks lie on a tape,
`v` for numbers of each sample, `s` for those that all samples share. So every operand is an array, a slice, or one gather.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from autograd.compiler.lifting import Column, Lifted, MatMul, Read
from autograd.compiler.lowering import Id


@dataclass
class Layout:
    """For the blocks on a tape its name and their first row there; how long the tapes are; the blocks that are read once, and whole.

    `reads` counts how often a column is read that is not brought into a matrix.
    """

    tape: dict[int, tuple[str, int]]
    length: dict[str, int]
    once: set[int]
    whole: set[int]
    reads: Counter[tuple[Id, ...]]


def laid_out(lifted: Lifted, others: Sequence[Read]) -> Layout:
    """The layout for what the blocks read, and for the `others` that are read at the end."""
    blocks, place = lifted.blocks, lifted.place
    uses: Counter[int] = Counter()
    reads: Counter[tuple[Id, ...]] = Counter()
    mixed: set[int] = {
        b for b, block in enumerate(blocks) if block.op == "identity"
    }  # which spreads a number over the samples
    whole: set[int] = set()
    for stacked, columns in [*(read for block in blocks for read in block.reads()), *others]:
        met = {place[x][0] for column in columns for x in column if x in place}
        if not stacked:
            reads[tuple(columns[0])] += 1
        if len(met) > 1:
            mixed |= met
        for b in met:
            if not stacked and is_whole(columns[0], blocks[b].members):
                uses[b] += 1
                whole.add(b)
            else:
                uses[b] += 2
    # First the operands of matrix products, which so lie side by side.
    across = [part.across for block in blocks for part in block.parts if isinstance(part, MatMul)]
    first = [place[x][0] for column in across for x in column if x in place]
    tape: dict[int, tuple[str, int]] = {}
    length = {"v": 0, "s": 0}
    for b in [*first, *range(len(blocks))]:
        if b in mixed and b not in tape:
            name = "v" if blocks[b].batched else "s"
            tape[b] = name, length[name]
            length[name] += len(blocks[b].members)
    return Layout(
        tape,
        length,
        {b for b, count in uses.items() if count == 1 and b not in mixed},
        whole,
        reads,
    )


def is_whole(column: Column, members: Column) -> bool:
    """Whether a column is a block, or its only row over and over."""
    return column == members or (len(members) == 1 and len(set(column)) == 1)
