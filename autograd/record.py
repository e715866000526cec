"""Recording: how an op on Values becomes a node of the graph.

A node knows its number, the op that made it, and the nodes it was made from. Here is a * b + a:

      a = 2.0 ────┬──────────┐
                  ▼          ▼
                 mul ──────▶ add ──▶ a * b + a = -4.0
                  ▲  -6.0
      b = -3.0 ───┘

Forward, each op takes the numbers of its inputs, `op.forward(2.0, -3.0)`, and makes one. Backward,
each op says how much its number changes with each input: its slopes. Here
`op.slopes(2.0, -3.0, -6.0)` is (-3.0, 2.0). `autograd.graph.pullback` applies the chain rule to
them.

Layers lie on top of this: `no_grad` and `detect_anomaly` (`autograd.modes`) are two, the compiler
has another. Each is a function that gets the op, its inputs, and the recorder below it, which makes
the node.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from autograd.checks import as_float, unboxed
from autograd.op import CONST, Op

if TYPE_CHECKING:
    from autograd.value import Value

Recorder: TypeAlias = "Callable[[Op, tuple[Value, ...]], Value]"
Layer: TypeAlias = "Callable[[Op, tuple[Value, ...], Recorder], Value]"

layers: Final[ContextVar[tuple[partial[Value], ...]]] = ContextVar("layers", default=())
"""The layers of this thread or task, topmost last; entering one always adds a new object."""

active: Final[list[partial[Value]]] = []
"""The layers in force, in all threads together. If there is none, recording need not look."""

shown_as: Final[ContextVar[Mapping[Value, Any]]] = ContextVar(
    "shown_as",
    default=MappingProxyType({}),
)
"""What this thread or task sees in place of a leaf's number: how the compiler hides parameters."""

_new = object.__new__


def number_of(x: Value) -> Any:
    """The number of a Value, as this thread may see it."""
    return shown_as.get().get(x, x._data) if active else x._data


def node(data: float, op: Op, inputs: tuple[Value, ...]) -> Value:
    """A node, made without the checks that `Value(data)` owes a caller."""
    out = _new(Value)
    out._data = data
    out.op = op
    out._connect(inputs)
    return out


def constant(x: Any, subject: str = "Value") -> Value:
    """The number `x` as a node of a graph: no gradient flows into it."""
    return node(as_float(x, subject), CONST, ())


def record(op: Op, inputs: tuple[Any, ...]) -> Value:
    """Apply an op to Values and numbers, and remember it: the node with data = forward(inputs)."""
    given = [x if x.__class__ is Value else unboxed(x) for x in inputs]
    nodes = tuple([x if x.__class__ is Value else constant(x, f"{op.name}()") for x in given])
    return through_layers(op, nodes) if active else plain(op, nodes)


def plain(op: Op, nodes: tuple[Value, ...]) -> Value:
    return node(op.forward(*[x._data for x in nodes]), op, nodes)


def through_layers(op: Op, nodes: tuple[Value, ...]) -> Value:
    """The node that the topmost layer makes; each layer makes it by means of the one below."""
    recorder: Recorder = plain
    for layer in layers.get():
        if layer in active:  # a context copied inside a mode outlives it
            recorder = partial(layer, below=recorder)
    return recorder(op, nodes)
