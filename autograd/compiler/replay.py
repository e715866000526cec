"""Replay: one sample of a traced function, computed by the scalar engine.

Where an array program gives nan, it is doubtful. The engine sends nothing back through a closed
switch, such as a relu below 0, so an infinite slope behind it does no harm; an array program
multiplies by 0 there, which gives nan. So the engine is asked, and its result counts: the gradient
of `relu(x ** 0.5 - 1)` at x = 0 is 0 · inf = nan for arrays, 0 here.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from autograd.compiler.tracing import Tap, Trace
from autograd.graph import pullback
from autograd.record import plain
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

Answer: TypeAlias = "tuple[float, NDArray[Any], list[NDArray[Any]]]"
"""An output summed over samples, its gradient, and the auxiliary outputs of each sample."""


class Replay:
    """The graph of a trace, recorded again for the numbers of one sample."""

    def __init__(self, t: Trace) -> None:
        self.trace = t

    def sums(self, vectors: Sequence[Any], sample: Sequence[Any]) -> Answer:
        """The output, its gradient in the parameters, and the auxiliary outputs."""
        t = self.trace
        at = self._recorded(vectors, sample)
        grads = self._gradients(at)
        gradient = np.array([grads.get(at[p], 0.0) for p in t.parameters])
        taps = [_tapped(tap, at, grads) for tap in t.taps]
        return at[t.outputs[0]].data, gradient, taps

    def input_grads(self, vectors: Sequence[Any], sample: Sequence[Any]) -> list[float]:
        """The gradient of the output in each number of the sample."""
        at = self._recorded(vectors, sample)
        grads = self._gradients(at)
        leaves = [*chain.from_iterable(self.trace.inputs)]
        return [grads.get(at[leaf], 0.0) for leaf in leaves]

    def _gradients(self, at: dict[Value, Value]) -> dict[Value, float]:
        return dict(zip(*pullback(at[self.trace.outputs[0]], 1.0)))

    def _recorded(self, vectors: Sequence[Any], sample: Sequence[Any]) -> dict[Value, Value]:
        """For each node of the trace, the same node with a number."""
        t, at = self.trace, dict[Value, Value]()
        arrays = *vectors, *[x.ravel() for x in sample]
        for leaves, x in zip([*t.vectors.values(), *t.inputs], arrays):
            at |= {leaf: Value(number) for leaf, number in zip(leaves, x)}
        for node in t.order:
            if node not in at:
                made_of = tuple([at[x] for x in node.inputs])
                at[node] = plain(node.op, made_of) if node.op and made_of else node
        return at


def _tapped(tap: Tap, at: dict[Value, Value], grads: dict[Value, float]) -> NDArray[Any]:
    """An auxiliary output, as a batch of one sample."""
    if tap.adjoint:
        numbers = [grads.get(at[node], 0.0) for node in tap.nodes]
    else:
        numbers = [at[node].data for node in tap.nodes]
    return np.array(numbers).reshape(1, *tap.shape)
