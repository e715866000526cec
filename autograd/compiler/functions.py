"""The functions of a program: outputs of each sample, and sums of a loss and its gradient."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from typing import Any

import numpy as np

from autograd.compiler import ir
from autograd.compiler.building import Builder
from autograd.compiler.lowering import SUM, Graph, Id, lowered
from autograd.compiler.masks import MASKS, masked
from autograd.compiler.packing import packed, whole_or_not
from autograd.compiler.passes import Report, costed, optimised
from autograd.compiler.printing import Page, printed
from autograd.compiler.reducing import Reducer, shares_of
from autograd.compiler.tracing import Tap, Trace
from autograd.op import OPS
from autograd.record import constant
from autograd.rows import named
from autograd.value import Value

CACHE = 2**24
"""By default a call works on as many samples at once as take this many bytes.

That is about what the last cache of a processor holds.
"""


@dataclass
class Function:
    """One function of a program: the array program, the page that is printed of it, its costs."""

    ir: ir.ArrayProgram
    page: Page
    report: Report
    is_certain: bool
    """Whether a nan it gives is to be believed."""

    @cached_property
    def chunk(self) -> int:
        """How many samples to work on at once by default."""
        return max(1, CACHE // self.report.bytes_per_sample)

    @cached_property
    def callable(self) -> Callable[..., Any]:
        """The function itself."""
        scope: dict[str, Any] = {}
        for op, name in self.page.own_ops.items():
            scope[name] = np.vectorize(named(op).forward, otypes=[float])
        exec(builtins.compile(self.page.source, "<compiled by autograd>", "exec"), scope)
        found: Callable[..., Any] = scope[self.ir.name]
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {name: x for name, x in vars(self).items() if name not in ("callable", "chunk")}


def write_values(
    t: Trace, name: str, outputs: Sequence[Value], shape: tuple[int, ...], prefix: str = ""
) -> Function:
    """The function of some outputs for each sample, an array of shape (samples, *shape)."""
    g, ids = lowered(_leaves_of(t), outputs)
    ids = _each(g, ids)
    return _finished(t, name, g, ids, prefix, taps=[(ids, shape)])


def write_input_grads(t: Trace, grads: Mapping[Value, Value]) -> Function:
    """The function of the output and its gradient in each number of a sample, side by side."""
    zero = constant(0.0)
    wanted = [grads.get(x, zero) for x in chain.from_iterable(t.inputs)]
    g, ids = lowered(_leaves_of(t), [t.outputs[0], *wanted])
    ids = _each(g, ids)
    g = masked(g, ids[0], ids, ids)
    return _finished(t, "input_grads", g, ids, taps=[(ids, (len(ids),))])


def write_sums(t: Trace, grads: Mapping[Value, Value]) -> Function:
    """The function of the output and its gradient, summed over the samples, and of the taps.

    `grads` holds ∂output/∂node for each node. Comparisons are numpy's own, which do not know nan.
    """
    wanted = [grads.get(p) for p in t.parameters]
    taps = [_adjoints(tap, grads) if tap.adjoint else tap.nodes for tap in t.taps]
    roots = [t.outputs[0], *(grad for grad in wanted if grad is not None)]
    for tap in taps:
        roots += tap
    # All of it in one graph, so that what they have in common is computed once.
    g, ids = lowered(_leaves_of(t), roots)
    _drop_zero(g, ids[0])
    total, rest = _for_each_sample(g, ids[0]), iter(ids[1:])
    # A gradient is wanted as the sum over the samples: it is taken apart into the terms of that.
    shares = shares_of(g, [None if grad is None else next(rest) for grad in wanted])
    tapped = [_each(g, islice(rest, len(tap))) for tap in taps]
    # What must be computed for each sample, and what of it is not multiplied any more.
    needed = [total]
    for nodes in [*(share.factors for share in shares), *tapped]:
        needed += nodes
    alone = [share.factors[0] for share in shares if len(share.factors) == 1]
    for nodes in tapped:
        alone += nodes
    g = masked(g, total, needed, alone)
    shapes = [tap.shape for tap in t.taps]
    return _finished(t, "sums", g, needed, "", list(zip(tapped, shapes)), total, shares)


def _adjoints(tap: Tap, grads: Mapping[Value, Value]) -> list[Value]:
    zero = constant(0.0)
    return [grads.get(x, zero) for x in tap.nodes]


def _finished(
    t: Trace,
    name: str,
    g: Graph,
    needed: Iterable[Id],
    prefix: str = "",
    taps: Sequence[tuple[list[Id], tuple[int, ...]]] = (),
    total: Id | None = None,
    shares: Sequence[Any] = (),
) -> Function:
    """Packed, built, optimised and printed."""
    blocks = packed(g, g.needed(needed))
    reducer = Reducer(blocks, shares)
    others = [*reducer.reads(), *[whole_or_not(ids) for ids, _ in taps]]
    if total is not None:
        others.append((False, [[total]]))
    sizes = {name: len(leaves) for name, leaves in zip(t.arguments, t.inputs)}
    labels = {"theta": [p.label for p in t.parameters]}
    if t.captured:
        labels["captured"] = [leaf.label for leaf in t.captured]
    b = Builder(blocks, sizes, labels, others)
    statements = b.statements()
    returns: list[ir.Expression] = []
    gradient = None
    if total is not None:
        index, summed = len(statements), ir.Sum(b.column([total]), "all")
        statements.append(ir.Statement(index, summed, name="total"))
        statements += reducer.statements(b, len(t.parameters), index + 1)
        gradient = ir.Array("g", len(t.parameters), False)
        returns += [ir.Result(index, 0, False), gradient]
    shapes: list[tuple[int, ...] | None] = [None] * len(returns)
    for ids, shape in taps:
        returns.append(b.column(ids, spread=True))
        shapes.append(shape)
    program = ir.ArrayProgram(
        name=name,
        arguments=tuple(zip(t.arguments, t.shapes)),
        vectors=tuple(b.vectors.values()),
        tapes=tuple([tape for tape in b.layout.tapes.values() if tape.rows]),
        statements=tuple(statements),
        returns=tuple(returns),
        shapes=tuple(shapes),
        gradient=gradient,
        nodes=g.recorded,
    )
    program = optimised(program)
    is_certain = not any(op in MASKS or (op in OPS and OPS[op].switch) for op in g.op)
    return Function(program, printed(program, prefix), costed(program), is_certain)


def _each(g: Graph, ids: Iterable[Id]) -> list[Id]:
    return [_for_each_sample(g, i) for i in ids]


def _for_each_sample(g: Graph, i: Id) -> Id:
    """The node as a row with a number for each sample; `identity` spreads what they share."""
    if g.batched[i] and not g.is_leaf(i):
        return i
    copy = g.add("identity", (i,), g.label[i])
    g.batched[copy] = True
    return copy


def _drop_zero(g: Graph, total: Id) -> None:
    """Take the 0 that `sum` begins with from a total: the sign of a zero there nobody sees."""
    if g.op[total] == SUM and not g.uses(range(len(g.op)))[total]:
        terms = [x for x in g.args[total] if (g.op[x], g.args[x]) != ("constant", ("0.0",))]
        g.args[total] = tuple(terms)


def _leaves_of(t: Trace) -> dict[Value, tuple[str, tuple[int, ...]]]:
    """What each leaf of a trace is, and its place."""
    found: dict[Value, tuple[str, tuple[int, ...]]] = {}
    for kind, leaves in (("captured", t.captured), ("parameter", t.parameters)):
        for i, leaf in enumerate(leaves):
            found[leaf] = found[t.stand_ins[leaf]] = kind, (i,)
    for k, leaves in enumerate(t.inputs):
        for i, leaf in enumerate(leaves):
            found[leaf] = "input", (k, i)
    return found
