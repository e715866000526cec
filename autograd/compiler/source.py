"""Source: the numpy program that computes the blocks, as a person would write it.

Every array has two axes: a row for each unit, and a column for each sample (or one column, if all samples share it), so that numpy
spreads one over the other with no further word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from autograd.compiler.lifting import FEW, Block, Lifted, MatMul, Products, Read, Terms
from autograd.compiler.lowering import SUM, Id
from autograd.compiler.masks import MASKS
from autograd.compiler.operands import Operands
from autograd.formula import ATOM, Term
from autograd.rows import named

INLINE = 48
"""Up to so many characters an array that is used once is written where it is used."""


class Writer(Operands):
    """Writes the statements of one function, from the operands it finds; ops without a numpy column are collected in `own_ops`."""

    def __init__(
        self,
        lifted: Lifted,
        inputs: Mapping[str, int],
        labels: Sequence[str],
        others: Sequence[Read],
    ) -> None:
        super().__init__(lifted, inputs, labels, others)
        self.own_ops: dict[str, str] = {}  # what they are called here
        self.matrix_products = 0

    def write(self, b: int) -> None:
        """The statement of a block."""
        block, layout = self.lifted.blocks[b], self.layout
        labels = [self.graph.label[i] for i in block.members]
        term = self._sum(block) if block.op == SUM else self._op(block)
        if b in layout.once and len(term.text) <= INLINE:
            self._inline[b] = term
            self.names.of_block(
                labels, only_labels=True
            )  # the gradient of z3 is dz3 although z3 itself is not seen
            return
        targets = []
        if b not in layout.tape or (b in layout.whole and block.op != "identity"):
            self._names[b] = self.names.of_block(labels)
            targets.append(self._names[b])
        if b in layout.tape:
            tape, start = layout.tape[b]
            targets.append(f"{tape}[{start}:{start + len(block.members)}]")
        self.computed(len(block.members) * block.batched)
        self.statement(" = ".join(targets), term.text, labels)

    def _op(self, block: Block) -> Term:
        operands = [self.operand(column, scalar=block.batched) for column in block.columns]
        if block.op.startswith("mask "):
            return Term(MASKS[block.op.removeprefix("mask ")].format(*operands), 0)
        op = named(block.op, len(block.columns))
        if (
            op.name == "pow" and operands[1].text == "0.5"
        ):  # for numpy's ** that is sqrt, which has another mind about -inf and -0.0
            return Term(f"np.float_power({operands[0]}, {operands[1]})")
        if not op.numpy:
            if op.name not in self.own_ops:
                self.own_ops[op.name] = self.names.fresh(op.name, numbered=False)
            return Term(f"{self.own_ops[op.name]}({', '.join(x.text for x in operands)})")
        if not op.built_in:  # a column of one's own need not say where parentheses are due
            operands = [Term(f"{x:5}") for x in operands]
        numpy = op.numpy
        if op.name == "where" and all(self._is_no_nan(x) for x in block.columns[0]):
            numpy = "np.where({0}, {1}, {2})"
        for k, column in enumerate(block.columns):
            if all(
                self.graph.op[x] == "constant" and self.graph.args[x] != ("nan",) for x in column
            ):
                numpy = re.sub(rf"( \| )?np\.isnan\(\{{{k}\}}\)(?(1)| \| )", "", numpy)
        return Term(
            numpy.format(*operands), op.precedence if op.numpy == op.text else _precedence(op.numpy)
        )

    def _is_no_nan(self, i: Id) -> bool:
        """A mask, which is True or False, or a number."""
        g = self.graph
        return g.op[i].startswith("mask ") or (g.op[i] == "constant" and g.args[i] != ("nan",))

    def _sum(self, block: Block) -> Term:
        terms: list[Term] = []
        for part in block.parts:
            if isinstance(part, MatMul):
                self.matrix_products += 1
                terms.append(
                    Term(
                        f"{self.matrix(part.rows):2} @ {self.operand(part.across, spread=True):3}",
                        2,
                    )
                )
            elif isinstance(part, Terms):
                terms += (
                    [self._stacked(part, block)]
                    if part.stacked
                    else [self.operand(x, scalar=block.batched) for x in part.columns]
                )
            elif len(part.left) <= FEW:
                pairs = zip(part.left, part.right)
                operands = [
                    [self.operand(column, scalar=block.batched) for column in pair]
                    for pair in pairs
                ]
                terms += [Term(f"{left:2} * {right:3}", 2) for left, right in operands]
            else:
                terms.append(self._einsum(part, block))
        if len(terms) == 1:
            return terms[0]
        text = f"{terms[0]:1}"
        for term in terms[1:]:
            minus = term.text[0] == "-" and term.precedence >= 2
            text += f" - {term.text[1:]}" if minus else f" + {term:2}"
        return Term(text, 1)

    def _stacked(self, part: Terms, block: Block) -> Term:
        if len(block.members) == 1:
            return Term(
                f"{self.operand([column[0] for column in part.columns], spread=True):5}.sum(axis=0, keepdims=True)"
            )
        summed = f"{self.matrix(list(map(list, zip(*part.columns)))):5}.sum(axis=1"
        return Term(
            f"{summed})" if self.graph.batched[part.columns[0][0]] else f"{summed}, keepdims=True)"
        )

    def _einsum(self, part: Products, block: Block) -> Term:
        """Products of many columns at once."""
        sides = [list(map(list, zip(*side))) for side in (part.left, part.right)]
        axes = ["knb" if self.graph.batched[side[0][0]] else "kn" for side in sides]
        out = "kb" if "knb" in axes else "k"
        text = f"np.einsum('{','.join(axes)}->{out}', {', '.join(self.matrix(side).text for side in sides)})"
        return Term(text if out == "kb" else f"{text}[:, None]")


def _precedence(numpy: str) -> int:
    """How tightly a numpy column binds: by its outermost operators, 0 if they are not plain arithmetic."""
    while re.search(r"[\[({][^][(){}]*[\])}]", numpy):
        numpy = re.sub(r"[\[({][^][(){}]*[\])}]", "", numpy)  # what is in brackets does not matter
    if re.fullmatch(r"[\w.]*", numpy):
        return ATOM
    if not re.fullmatch(r"[\w. +*/-]*", numpy) or re.search(
        r"\b(if|and|or|not|in|is|lambda)\b", numpy
    ):
        return 0
    return 1 if re.search(r".[+-]", numpy) else 2 if re.search(r"[*/]", numpy) else 3
