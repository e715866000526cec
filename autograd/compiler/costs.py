"""Costs: the statements, the matrix products and the memory of an array program.

Takes an array program; returns a `Report`, such as `12 scalar nodes → 5 statements, 0 matrix
products`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from autograd.compiler import ir, special
from autograd.compiler.memory import is_direct


@dataclass(frozen=True)
class Report:
    """What was packed: scalar nodes in, statements and matrix products out.

    `bytes_per_sample` is about how much memory a call takes for each sample.
    """

    nodes: int
    statements: int
    matrix_products: int
    bytes_per_sample: int

    def __str__(self) -> str:
        nodes, statements = _many(self.nodes, "scalar node"), _many(self.statements, "statement")
        return f"{nodes} → {statements}, {_many(self.matrix_products, 'matrix product')}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def costed(program: ir.ArrayProgram) -> Report:
    """The costs of a program: all that it keeps, and the most that a statement holds meanwhile."""
    written = [s for s in program.statements if s.is_named or s.place]
    held = sum([math.prod(shape) for _, shape in program.arguments])
    held += sum([stack.rows for stack in program.stacks if stack.batched])
    on_the_way = products = 0
    for s in written:
        # A result that is computed in a stack, or in place of what was, is counted with the stack.
        is_stacked = s.place and (is_direct(s.place, s.value) or s.in_place is not None)
        held += s.value.rows if s.value.batched and s.is_named and not is_stacked else 0
        nodes = ir.walk(s.value)
        on_the_way = max(on_the_way, _transient(nodes))
        products += sum([isinstance(x, ir.MatMul) for x in nodes])
    return Report(program.nodes, len(written), products, 8 * (held + on_the_way))


def _transient(nodes: list[Any]) -> int:
    """Rows of copies by index, and of two intermediate arrays; erf has eight of its own."""
    copies, largest = 0, 0
    for node in nodes:
        is_view = isinstance(node, (ir.Rows, ir.Transpose, ir.Reshape, ir.WithOnes))
        if not node.parts or not node.batched or is_view:
            continue  # no new array, or none that grows with the batch
        if isinstance(node, ir.Gather):
            copies += node.rows
        elif isinstance(node, ir.Elementwise) and node.op in special.TEMPLATES:
            largest = max(largest, 4 * node.rows)
        else:
            largest = max(largest, node.rows)
    return copies + 2 * largest
