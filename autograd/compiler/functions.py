"""The functions of a program: outputs of each sample, and sums of a loss and its gradient.

Takes a trace and the graph of its gradient; returns a `Function`, such as `sums(theta, x, y)`,
after all steps in order: lowered, masked, packed, built, optimised, printed.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

import numpy as np

from autograd.compiler import ir
from autograd.compiler.building import Builder
from autograd.compiler.costs import Report, costed
from autograd.compiler.gradients import Gradients
from autograd.compiler.lowering import Graph, Id, lowered
from autograd.compiler.masks import MASKS, masked
from autograd.compiler.memory import in_memory
from autograd.compiler.packing import packed, whole_or_not
from autograd.compiler.passes import optimised
from autograd.compiler.printing import Page, Printer
from autograd.compiler.reducing import Reducer, Share, shares_of
from autograd.compiler.tracing import Trace
from autograd.op import OPS
from autograd.record import constant
from autograd.rows import named
from autograd.value import Value

CACHE = 2**24
"""By default a call works on as many samples at once as fit into this many bytes.

That is about the size of a processor's last-level cache.
"""

# glibc's malloc returns large arrays to the system as soon as they are freed, until one of this
# size has been freed. From then on it keeps them, so that a call does not have to ask for its
# memory again, page by page, which can take as long as the computation itself.
np.empty(CACHE, np.uint8)


@dataclass
class Function:
    """One function of a program: the array program, its printed page, and its costs."""

    pure: ir.ArrayProgram
    """The array program before large arrays are overwritten, for JAX."""

    ir: ir.ArrayProgram
    page: Page
    report: Report
    is_certain: bool
    """Whether a nan that it returns is to be trusted."""

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


def write_values(t: Trace, prefix: str = "") -> Function:
    """The function of the outputs for each sample, an array of shape (samples, *shape)."""
    return _written(t, "outputs", [(t.outputs, t.shape)], prefix=prefix)


def write_input_grads(t: Trace, grads: Gradients) -> Function:
    """The function of the output and its gradient in each number of a sample, side by side."""
    nodes = [t.outputs[0], *_reached(grads, chain.from_iterable(t.inputs))]
    return _written(t, "input_grads", [(nodes, (len(nodes),))])


def write_sums(t: Trace, grads: Gradients) -> Function:
    """The function of the output and its gradient, summed over the samples, and of the taps."""
    taps = []
    for tap in t.taps:
        nodes = _reached(grads, tap.nodes) if tap.adjoint else tap.nodes
        taps.append((nodes, tap.shape))
    return _written(t, "sums", taps, t.outputs[0], [grads.of(p) for p in t.parameters])


def _reached(grads: Gradients, nodes: Iterable[Value]) -> list[Value]:
    """The gradient of each node, 0 for a node that no gradient reaches."""
    zero, found = constant(0.0), map(grads.of, nodes)
    return [zero if grad is None else grad for grad in found]


def _written(
    t: Trace,
    name: str,
    taps: Sequence[tuple[list[Value], tuple[int, ...]]],
    total: Value | None = None,
    gradient: Sequence[Value | None] = (),
    prefix: str = "",
) -> Function:
    """The function of a total and its gradient, summed over the samples, and of each one's taps."""
    # All of it in one graph, so that whatever they share is computed once.
    roots = [x for x in (total, *gradient) if x is not None]
    wanted = [*roots, *chain.from_iterable([nodes for nodes, _ in taps])]
    g, ids = lowered(_leaves_of(t), wanted, is_final=name == "outputs")
    number = dict(zip(wanted, ids))
    total_id = None
    if total is not None:
        _drop_zero(g, number[total])
        total_id = _for_each_sample(g, number[total])
    # A gradient is wanted as a sum over the samples, so it is taken apart into the terms of that.
    shares = shares_of(g, [None if grad is None else number[grad] for grad in gradient])
    outputs = []
    for nodes, shape in taps:
        outputs.append(([_for_each_sample(g, number[node]) for node in nodes], shape))
    # What must be computed for each sample, and which part of it is not multiplied any more.
    given = [*chain.from_iterable([ids for ids, _ in outputs])]
    needed = [*chain.from_iterable([share.factors for share in shares]), *given]
    if total_id is not None:
        needed.insert(0, total_id)
    alone = [share.factors[0] for share in shares if len(share.factors) == 1]
    if name != "outputs":  # whose nan would not be noticed
        g = masked(g, needed[0], needed, [*alone, *given])
    pure = optimised(_built(t, name, g, needed, total_id, shares, outputs))
    program = in_memory(pure)
    is_certain = not any(op in MASKS or (op in OPS and OPS[op].switch) for op in g.op)
    return Function(pure, program, Printer(program, prefix).page(), costed(program), is_certain)


def _built(
    t: Trace,
    name: str,
    g: Graph,
    needed: list[Id],
    total: Id | None,
    shares: Sequence[Share],
    taps: Sequence[tuple[list[Id], tuple[int, ...]]],
) -> ir.ArrayProgram:
    """The array program, straight from the blocks."""
    blocks = packed(g, g.needed(needed))
    reducer = Reducer(blocks, shares)
    reads = [*reducer.reads(), *[whole_or_not(ids) for ids, _ in taps]]
    if total is not None:
        reads.append((False, [[total]]))
    b = Builder(blocks, t, reads)
    statements = b.statements()
    returns: list[ir.Expression] = []
    gradient = None
    if total is not None:
        index = len(statements)
        statements.append(ir.Statement(index, ir.Reduce(b.column([total]), "all"), name="total"))
        statements += reducer.statements(b, len(t.parameters), index + 1)
        gradient = ir.Array("g", len(t.parameters), False)
        returns += [ir.Result(index, 0, False), gradient]
    return ir.ArrayProgram(
        name=name,
        arguments=tuple(zip(t.arguments, t.shapes)),
        vectors=tuple(b.vectors.values()),
        stacks=tuple([stack for stack in b.layout.stacks.values() if stack.rows]),
        statements=tuple(statements),
        returns=(*returns, *[b.column(ids, full=True) for ids, _ in taps]),
        shapes=(*[None for _ in returns], *[shape for _, shape in taps]),
        gradient=gradient,
        nodes=g.recorded,
    )


def _for_each_sample(g: Graph, i: Id) -> Id:
    """The node as a row with a number for each sample; `identity` broadcasts a shared number."""
    if g.batched[i] and not g.is_leaf(i):
        return i
    copy = g.add("identity", (i,), g.label[i])
    g.batched[copy] = True
    return copy


def _drop_zero(g: Graph, total: Id) -> None:
    """Remove the 0 that `sum` starts with from a total: the sign of a zero has no effect there."""
    if g.op[total] == ir.PLUS and not g.uses(range(len(g.op)))[total]:
        terms = [x for x in g.args[total] if (g.op[x], g.args[x]) != ("constant", ("0.0",))]
        g.args[total] = tuple(terms)


def _leaves_of(t: Trace) -> dict[Value, tuple[str, tuple[int, ...]]]:
    """The kind of each leaf of a trace, and its place."""
    found: dict[Value, tuple[str, tuple[int, ...]]] = {}
    for name, leaves in t.vectors.items():
        kind = f"leaf {name}"
        for i, leaf in enumerate(leaves):
            found[leaf] = kind, (i,)
    for k, leaves in enumerate(t.inputs):
        found |= {leaf: ("leaf input", (k, i)) for i, leaf in enumerate(leaves)}
    return found
