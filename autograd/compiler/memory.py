"""Memory: the last passes, for numpy, so that large arrays are read and written less often.

Takes an array program, and returns another. For a layer of 128 units of 64 inputs,
`a1 = np.maximum(W1 @ x + b1, 0.0)` becomes

    a1 = np.matmul(W1, v1, out=v2[0:128])
    np.maximum(a1, np.zeros(n), out=a1)

where the last column of `W1` holds the biases, and `v1` is `x` with a last row of ones: in
geometry, homogeneous coordinates. So adding the biases is part of the matrix product. The next
layer reads `v2`, which has a last row of ones, too.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import count, filterfalse
from typing import Any

import numpy as np

from autograd.compiler import ir
from autograd.compiler.naming import TAKEN
from autograd.compiler.passes import template
from autograd.op import OPS

WEIGHTS = 1024
"""Biases join a matrix of at least this many weights."""

ROWS = 64
"""Arrays of at least this many rows are overwritten. Smaller ones stay in the cache anyway."""

RELU = "np.maximum({0}, np.zeros(n), out={out})"
"""Three times as fast as with the number 0.0, for which numpy has no vector loop."""


def in_memory(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """All passes, in order."""
    return soon(overwriting(homogeneous(program)))


# Biases.


def homogeneous(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """W @ x + b becomes [W b] @ [x 1] where W is large."""
    if all(vector.rows < WEIGHTS for vector in program.vectors):
        return program
    stacks = _Stacks(program)
    statements = []
    for s in program.statements:
        statements.append(replace(s, value=ir.rewritten(s.value, stacks.joined)))
    if not stacks.of:
        return program
    statements = [*stacks.filled(), *map(stacks.stored, statements)]
    of_results = [stack for x, stack in stacks.of.items() if isinstance(x, ir.Result)]
    return replace(program, stacks=(*program.stacks, *of_results), statements=tuple(statements))


class _Stacks:
    """Arrays with a row of ones below those that large matrices are multiplied by."""

    def __init__(self, program: ir.ArrayProgram) -> None:
        self.of: dict[Any, ir.Array] = {}
        taken = {*TAKEN, *[name for name, _ in program.arguments]}
        self._names = filterfalse(taken.__contains__, map("v{}".format, count(1)))
        self._results = {s.index for s in program.statements if s.is_named and not s.place}
        self._indices = count(1 + max([s.index for s in program.statements], default=0))

    def joined(self, x: Any) -> Any:
        """A sum whose bias is part of a product, if it has such a bias; or else the node itself."""
        if not isinstance(x, ir.Elementwise) or x.op != ir.PLUS:
            return x
        for product, bias in _with_biases(x.inputs):
            if self._can_extend(product):
                whole = ir.MatMul(_widened(product.left), self._extended(product.right))
                rest = list(x.inputs)
                rest.remove(product)  # once, as each may occur again
                rest.remove(bias)
                return replace(x, inputs=(whole, *rest)) if rest else whole
        return x

    def _can_extend(self, product: ir.MatMul) -> bool:
        """Whether the right factor is a result that is stored nowhere yet, or an argument.

        An argument is copied, which costs more than it saves if it has more rows than the product.
        """
        x = product.right
        if isinstance(x, ir.Array):
            return x.rows <= product.rows
        return isinstance(x, ir.Result) and x.index in self._results

    def _extended(self, x: Any) -> ir.Array:
        if x not in self.of:
            self.of[x] = ir.Array(next(self._names), x.rows + 1, True)
        return self.of[x]

    def filled(self) -> Iterator[ir.Statement]:
        """The statements that store the ones, and the arguments above them."""
        for x, stack in self.of.items():
            index, note = next(self._indices), ("for the biases",)
            if isinstance(x, ir.Array):
                yield ir.Statement(index, ir.WithOnes(x), note, name=stack.name)
            else:
                place = ir.Place(ir.Rows(stack, x.rows, 1, 1))
                yield ir.Statement(index, ir.Number("1.0"), note, False, place)

    def stored(self, s: ir.Statement) -> ir.Statement:
        """The statement, storing its result above the ones."""
        stack = self.of.get(ir.Result(s.index, s.value.rows, s.value.batched))
        return replace(s, place=ir.Place(ir.Rows(stack, 0, s.value.rows, 1))) if stack else s


def _with_biases(terms: Sequence[Any]) -> Iterator[tuple[Any, ir.View]]:
    """The large products in a sum whose matrices are followed by a column that is another term."""
    for x in terms:
        if not isinstance(x, ir.MatMul) or not isinstance(x.left, ir.View) or not x.right.batched:
            continue
        (rows, columns), (down, _) = x.left.shape, x.left.strides
        bias = ir.View(x.left.of, x.left.start + columns, (rows, 1), (down, 1))
        if rows * columns >= WEIGHTS and columns < down and bias in terms:
            yield x, bias


def _widened(x: ir.View) -> ir.View:
    """A matrix with the column that follows it."""
    rows, columns = x.shape
    return replace(x, shape=(rows, columns + 1))


# Arrays that are overwritten.


def overwriting(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """Ops on large arrays that nothing else reads store their results in these."""
    statements = []
    for s in program.statements:
        k = _overwritten(s.value) if s.is_named else None
        # What is stored at a place can be overwritten there if it was computed there.
        if k is not None and (s.place is None or is_direct(s.place, s.value.parts[k])):
            s = replace(s, in_place=k)
        statements.append(s)
    return replace(program, statements=tuple(statements))


def _overwritten(x: Any) -> int | None:
    """Which operand of an op holds its result: the first that is an array of the same shape."""
    if not isinstance(x, ir.Elementwise) or not x.batched or x.rows < ROWS:
        return None
    if x.op != "mul" and not out_template(x):
        return None
    alike = [k for k, part in enumerate(x.inputs) if part.rows == x.rows and _is_fresh(part)]
    return alike[0] if alike else None


def _is_fresh(x: Any) -> bool:
    """Whether an expression makes an array of floats for each sample, rather than a view of one."""
    if isinstance(x, ir.Reshape):
        return _is_fresh(x.of)
    if isinstance(x, ir.Elementwise):
        return x.batched and (x.op == ir.PLUS or out_template(x) != "")
    return isinstance(x, ir.MatMul) and x.batched


def soon(program: ir.ArrayProgram) -> ir.ArrayProgram:
    """If gradients are large, each is stored right after what it is made of, still in the cache.

    That is the first store at its place. What is added there comes later, as before.
    """
    stores = {}
    for k, s in enumerate(program.statements):
        if s.place and s.place.of == program.gradient and not s.place.added:
            stores[k] = s.place.view
    if not any(isinstance(x, ir.View) and math.prod(x.shape) >= WEIGHTS for x in stores.values()):
        return program
    complete: dict[Any, int] = {}  # at which statement a result is, or a stack, by its name
    order = []
    for k, s in enumerate(program.statements):
        complete[s.index] = k
        if s.place:
            complete[s.place.of.name] = k
        after = max([complete.get(x, 0) for x in _sources(s.value)], default=0)
        order.append((after, True, k) if k in stores else (k, False, k))
    statements = tuple([program.statements[k] for *_, k in sorted(order)])
    return replace(program, statements=statements)


def _sources(x: Any) -> Iterator[Any]:
    """The results that an expression is made of, by number, and the arrays, by name."""
    for part in ir.walk(x):
        if isinstance(part, ir.Result):
            yield part.index
        elif isinstance(part, ir.Array):
            yield part.name


def is_direct(place: ir.Place, x: Any) -> bool:
    """Whether a value is computed straight at its place, the rows of a stack."""
    return isinstance(place.view, ir.Rows) and out_template(x) != ""


def out_template(x: Any) -> str:
    """How numpy computes an expression straight into an array, {out}; "" if it cannot."""
    if isinstance(x, ir.MatMul):
        return "np.matmul({0}, {1}, out={out})"
    is_of_table = isinstance(x, ir.Elementwise) and x.op in OPS and OPS[x.op].built_in
    if not is_of_table:  # a user's column may lack parentheses
        return ""
    if x.op == "relu" and x.rows >= ROWS:
        return RELU
    return _of_ufunc(template(x), len(x.inputs))


@cache
def _of_ufunc(numpy: str, arity: int) -> str:
    """The template of the call of a ufunc, with the array that it writes into.

    >>> _of_ufunc("np.maximum({0}, 0.0)", 1), _of_ufunc("np.where({0}, {1}, {2})", 3)
    ('np.maximum({0}, 0.0, out={out})', '')
    """
    call: Any = ast.parse(numpy.format(*"x" * arity), mode="eval").body
    is_numpy = isinstance(call, ast.Call) and ast.unparse(call.func).startswith("np.")
    if not is_numpy or not isinstance(getattr(np, call.func.attr, None), np.ufunc):
        return ""
    return numpy.removesuffix(")") + ", out={out})"
