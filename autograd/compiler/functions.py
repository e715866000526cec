"""The functions of a program, as source: outputs for each sample, and an output with its gradient summed over the samples."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from autograd.compiler.lifting import Lifted, Read, lifted, whole_or_not
from autograd.compiler.lowering import SUM, Graph, Id, lowered
from autograd.compiler.masks import masked
from autograd.compiler.reducing import Reducer, shares_of
from autograd.compiler.source import Writer
from autograd.compiler.tracing import Trace
from autograd.op import OPS
from autograd.record import constant
from autograd.rows import named
from autograd.value import Value

CACHE = 2**24
"""By default a call works on as many samples at once as take so many bytes, about what the last cache of a processor holds."""


@dataclass(frozen=True)
class Report:
    """What was lifted: scalar nodes in, statements and matrix products out; `bytes_per_sample` is about what a call takes of memory."""

    nodes: int
    statements: int
    matrix_products: int
    bytes_per_sample: int

    def __str__(self) -> str:
        parts = (
            (self.nodes, "scalar node"),
            (self.statements, "statement"),
            (self.matrix_products, "matrix product"),
        )
        nodes, statements, products = (
            f"{count:,} {noun}{'s' * (count != 1)}" for count, noun in parts
        )
        return f"{nodes} → {statements}, {products}"


@dataclass
class Function:
    """One function of a program: its text, the arrays that it refers to, its names for ops of one's own, its order of the parameters."""

    name: str
    arguments: list[str]
    text: str
    constants: dict[str, Any]
    own_ops: dict[str, str]
    order: list[int]
    report: Report
    is_certain: bool
    """Whether a nan it gives is to be believed."""

    @cached_property
    def chunk(self) -> int:
        """How many samples to work on at once by default."""
        return max(1, CACHE // self.report.bytes_per_sample)

    @cached_property
    def index(self) -> Any:
        """The order as an array: `theta[index]` is how the function wants its parameters."""
        return np.array(self.order, dtype=int)

    @cached_property
    def inverse(self) -> Any:
        """`g[inverse]` is the gradient in the order of `wrt`."""
        return self.index.argsort()

    @cached_property
    def callable(self) -> Callable[..., Any]:
        """The function itself."""
        scope: dict[str, Any] = {
            "np": np,
            "math": math,
            **{name: np.array(x) for name, x in self.constants.items()},
        }
        scope |= {
            name: np.vectorize(named(op).forward, otypes=[float])
            for op, name in self.own_ops.items()
        }
        exec(builtins.compile(self.text, "<compiled by autograd>", "exec"), scope)
        found: Callable[..., Any] = scope[self.name]
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {
            name: x
            for name, x in vars(self).items()
            if name not in ("callable", "chunk", "index", "inverse")
        }


def write_values(
    t: Trace, name: str, outputs: Sequence[Value], shape: tuple[int, ...], order: Sequence[int] = ()
) -> Function:
    """The function of some outputs for each sample, an array of shape (samples, *shape).

    `order` is that of the parameters in memory; by default they lie as they are first met.
    """
    g, ids = lowered(_leaves_of(t), outputs)
    ids = [_for_each_sample(g, i) for i in ids]
    arrays = lifted(g, g.needed(ids), len(t.parameters), order)
    w = _writer(t, arrays, [whole_or_not(ids)])
    rows = f"{w.operand(ids, spread=True):5}"
    return _function(t, w, name, f"return {_in_shape(rows, shape)}")


def write_sums(
    t: Trace, name: str, grads: Mapping[Value, Value], order: Sequence[int] = ()
) -> Function:
    """The function of the output and its gradient, summed over the samples, and the taps of each.

    `grads` holds ∂output/∂node for each node. Comparisons are numpy's own, which do not know nan.
    """
    wanted = [grads.get(p) for p in t.parameters]
    zero = constant(0.0)
    taps = [
        [grads.get(x, zero) for x in tap.nodes] if tap.adjoint else tap.nodes for tap in t.taps
    ]
    roots = [t.outputs[0], *(grad for grad in wanted if grad is not None)]
    for tap in taps:
        roots += tap
    g, ids = lowered(_leaves_of(t), roots)
    _drop_zero(g, ids[0])
    total, rest = _for_each_sample(g, ids[0]), iter(ids[1:])
    shares = shares_of(g, [None if grad is None else next(rest) for grad in wanted])
    tapped = [[_for_each_sample(g, next(rest)) for _ in tap] for tap in taps]
    roots_left = [total]
    for nodes in [*(share.factors for share in shares), *tapped]:
        roots_left += nodes
    alone = [share.factors[0] for share in shares if len(share.factors) == 1]
    masked(g, total, roots_left, alone=[*alone, *(i for tap in tapped for i in tap)])
    arrays = lifted(g, g.needed(roots_left), len(t.parameters), order)
    reducer = Reducer(arrays, shares)
    w = _writer(t, arrays, [(False, [[total]]), *reducer.reads(), *map(whole_or_not, tapped)])
    summed = f"{w.operand([total]):5}".removesuffix(
        ".sum(axis=0, keepdims=True)"
    )  # over units, before that over samples
    w.lines.append(f"total = {summed}.sum()")
    reducer.write(w)
    arrays_of = [
        _in_shape(f"{w.operand(ids, spread=True):5}", tap.shape)
        for ids, tap in zip(tapped, t.taps)
    ]
    more = "".join(f", {text}" for text in arrays_of)
    is_certain = not any(op.startswith("mask") or (op in OPS and OPS[op].switch) for op in g.op)
    return _function(t, w, name, f"return total, g{more}", is_certain)


def _in_shape(rows: str, shape: tuple[int, ...]) -> str:
    """Rows with a column for each sample as an array of (samples, *shape)."""
    if not shape:
        return f"{rows}[0]"
    return f"{rows}.T" if len(shape) == 1 else f"{rows}.T.reshape(n, {', '.join(map(str, shape))})"


def _for_each_sample(g: Graph, i: Id) -> Id:
    """The node as a row of an array with a number for each sample; `identity` spreads what all samples share."""
    if g.batched[i] and not g.is_leaf(i):
        return i
    copy = g.add("identity", (i,), g.label[i])
    g.batched[copy] = True
    return copy


def _drop_zero(g: Graph, total: Id) -> None:
    """Take the 0 that `sum` begins with from a total, where the sign of a zero is nothing that anybody sees."""
    if g.op[total] == SUM and not g.uses(range(len(g.op)))[total]:
        g.args[total] = tuple(
            x for x in g.args[total] if (g.op[x], g.args[x]) != ("constant", ("0.0",))
        )


def _leaves_of(t: Trace) -> dict[Value, tuple[str, tuple[int, ...]]]:
    """What each leaf of a trace is, and its place."""
    found: dict[Value, tuple[str, tuple[int, ...]]] = {}
    for kind, leaves in (("captured", t.captured), ("parameter", t.parameters)):
        for i, leaf in enumerate(leaves):
            found[leaf] = found[t.stand_ins[leaf]] = kind, (i,)
    return found | {
        leaf: ("input", (k, i))
        for k, leaves in enumerate(t.inputs)
        for i, leaf in enumerate(leaves)
    }


def _writer(t: Trace, arrays: Lifted, others: Sequence[Read]) -> Writer:
    sizes = {name: len(leaves) for name, leaves in zip(t.arguments, t.inputs)}
    w = Writer(arrays, sizes, [p.label for p in t.parameters], others)
    for b in range(len(arrays.blocks)):
        w.write(b)
    return w


def _function(t: Trace, w: Writer, name: str, end: str, is_certain: bool = True) -> Function:
    tapes = [
        f"{tape} = np.empty(({rows}, {columns}))"
        for tape, rows, columns in zip("vs", w.layout.length.values(), ("n", "1"))
        if rows
    ]
    inputs = [
        f"{argument} = {_as_rows(argument, shape)}"
        for argument, shape in zip(t.arguments, t.shapes)
    ]
    body = [*inputs, *tapes, *w.heads, *w.lines, end]
    if any(re.search(r"\bn\b", line.partition("#")[0]) for line in body):
        body = [f"n = len({t.arguments[0]})", *body]
    arguments = ["theta", *(["captured"] if t.captured else []), *t.arguments]
    text = "".join(f"    {line}\n" for line in body)
    report = Report(
        w.graph.recorded,
        len(w.lines),
        w.matrix_products,
        8 * (sum(map(len, t.inputs)) + w.rows_per_sample()),
    )
    text = f"def {name}({', '.join(arguments)}):\n{text}"
    return Function(
        name, arguments, text, w.constants, w.own_ops, w.lifted.parameters, report, is_certain
    )


def _as_rows(name: str, shape: tuple[int, ...]) -> str:
    """An array whose first axis is that of the samples, as rows with a column for each."""
    if not shape:
        return f"{name}[None]"
    return f"{name}.T" if len(shape) == 1 else f"{name}.reshape(len({name}), -1).T"
