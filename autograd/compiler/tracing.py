"""Tracing: running a function on Values whose numbers are not known, to see what it computes.

Takes a function of one sample and an example of each argument; returns the graph it recorded.

>>> t = trace(lambda x: (2 * x).tanh(), [0.0], [])
>>> [node.op.name for node in t.order if node.inputs], t.arguments, t.shape
(['mul', 'tanh'], ['x'], ())
"""

from __future__ import annotations

import gc
import inspect
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

from autograd.checks import shown
from autograd.compiler.naming import argument_names
from autograd.errors import TracingError
from autograd.modes import in_own_context
from autograd.order import topological_order
from autograd.record import constant
from autograd.unknown import tracing, unknown_leaves
from autograd.value import Value


@dataclass(frozen=True)
class Adjoint:
    """Stands in an auxiliary output, in place of a number z, for ∂loss/∂z of each sample."""

    of: Value

    def __post_init__(self) -> None:
        if not isinstance(self.of, Value):
            raise TypeError(
                f"Program.adjoint takes one Value that f has computed, got {shown(self.of)}: for "
                f"a list, take the adjoint of each"
            )


@dataclass(frozen=True)
class Tap:
    """One array of auxiliary outputs: its nodes, its shape, and whether it is their adjoints."""

    nodes: list[Value]
    shape: tuple[int, ...]
    adjoint: bool


@dataclass(frozen=True)
class Trace:
    """What a function recorded: all of its leaves and outputs, flat, and their shapes.

    `captured` are leaves that the function uses although they are neither arguments nor parameters.
    The numbers of parameters and captured leaves are the user's, and are left alone:
    `tracing(t.leaves)` hides them from this thread. `taps` are the auxiliary outputs, `structure`
    the tuples and dicts that they were returned in, with the number of a tap in place of each.
    """

    title: str
    arguments: list[str]
    inputs: list[list[Value]]
    shapes: list[tuple[int, ...]]
    parameters: list[Value]
    captured: list[Value]
    outputs: list[Value]
    shape: tuple[int, ...]
    taps: list[Tap]
    structure: Any
    order: list[Value]  # all nodes, inputs before what is made of them

    @property
    def leaves(self) -> list[Value]:
        """Parameters and captured leaves."""
        return [*self.parameters, *self.captured]

    @property
    def vectors(self) -> dict[str, list[Value]]:
        """The leaves that a program reads from vectors, by the name of the vector."""
        captured = {"captured": self.captured} if self.captured else {}
        return {"theta": self.parameters, **captured}

    @property
    def roots(self) -> list[Value]:
        """Everything that the function returned."""
        return [*self.outputs, *chain.from_iterable([tap.nodes for tap in self.taps])]


@contextmanager
def collector_paused() -> Iterator[None]:
    """Turn off garbage collection, which would walk a growing graph that is all in use."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@collector_paused()
def trace(
    f: Callable[..., Any], examples: Sequence[Any], parameters: Sequence[Value], aux: bool = False
) -> Trace:
    """Run f on unknown numbers in the shapes of the examples, at least twice.

    A first run finds the leaves that f captures. If there are any, they are unknown, too, in the
    runs that count. A leaf made by f itself is a constant. Raises TracingError unless f records
    the same when it is run again.
    """
    first = in_own_context(_trace, f, examples, parameters, None, aux)
    if first.captured:
        first = in_own_context(_trace, f, examples, parameters, first.captured, aux)
    again = in_own_context(_trace, f, examples, parameters, first.captured, aux)
    if not same_structure(first, again):
        raise TracingError(
            f"{name_of(f)} recorded a different graph when run again: a compiled function must "
            f"do the same each time, and draw nothing at random (noise can be an argument)"
        )
    return first


def name_of(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", None) or type(f).__name__


def _trace(
    f: Callable[..., Any],
    examples: Sequence[Any],
    parameters: Sequence[Value],
    captured: Sequence[Value] | None,
    aux: bool,
) -> Trace:
    shapes = [shape_of(example) for example in examples]
    inputs = [unknown_leaves(math.prod(shape)) for shape in shapes]
    arguments = [_nested(iter(leaves), shape) for leaves, shape in zip(inputs, shapes)]
    taps: list[Tap] = []
    structure = None
    with tracing([*parameters, *(captured or ())]):
        try:
            result = f(*arguments)
        except TracingError:
            raise
        except TypeError as error:  # from code that does not expect a Value without a number
            raise TracingError(
                f"{name_of(f)} cannot be compiled: on numbers that are not known it raises "
                f"TypeError: {error}"
            ) from error
        if aux:
            result, extra = _pair(result, f)
            structure = _tapped(extra, f, taps)
        shape = shape_of(result)
        outputs = [_output(x, f) for x in flat(result)]
    known = {*parameters}.union(*inputs)
    used = topological_order(*outputs, *chain.from_iterable([tap.nodes for tap in taps]))
    leaves = dict.fromkeys([x for x in used if x.op is None and x not in known])
    kept = [*leaves] if captured is None else [leaf for leaf in captured if leaf in leaves]
    return Trace(
        title=name_of(f),
        arguments=argument_names(signature_of(f), len(shapes)),
        inputs=inputs,
        shapes=shapes,
        parameters=list(parameters),
        captured=kept,
        outputs=outputs,
        shape=shape,
        taps=taps,
        structure=structure,
        order=used,
    )


def _pair(result: Any, f: Callable[..., Any]) -> Any:
    if isinstance(result, tuple) and len(result) == 2:
        return result
    raise TracingError(
        f"compile({name_of(f)}, aux=True) takes a function that returns a pair, (loss, aux), got "
        f"{shown(result)}"
    )


def _tapped(x: Any, f: Callable[..., Any], taps: list[Tap]) -> Any:
    """The structure of auxiliary outputs: tuples and dicts stay, the rest becomes arrays."""
    if isinstance(x, tuple):
        return tuple([_tapped(part, f, taps) for part in x])
    if isinstance(x, Mapping):
        return {key: _tapped(part, f, taps) for key, part in x.items()}
    leaves = flat(x)
    adjoint = isinstance(leaves[0], Adjoint)
    if any(isinstance(leaf, Adjoint) != adjoint for leaf in leaves):
        raise TracingError(
            f"{name_of(f)} mixes adjoints and numbers in one auxiliary output: return them as two, "
            f"for example in a dict"
        )
    numbers = [leaf.of for leaf in leaves] if adjoint else leaves
    taps.append(Tap([_output(number, f) for number in numbers], shape_of(x), adjoint))
    return len(taps) - 1


def rebuilt(structure: Any, arrays: Sequence[Any]) -> Any:
    """The auxiliary outputs in the tuples and dicts that the function returned."""
    if isinstance(structure, tuple):
        return tuple([rebuilt(part, arrays) for part in structure])
    if isinstance(structure, dict):
        return {key: rebuilt(part, arrays) for key, part in structure.items()}
    return arrays[structure]


def _output(x: Any, f: Callable[..., Any]) -> Value:
    if isinstance(x, Value):
        return x
    try:
        return constant(x)
    except TypeError:
        raise TracingError(
            f"{name_of(f)} returns {shown(x)}: a compiled function returns Values, numbers, or "
            f"nested lists of them"
        ) from None


def same_structure(t: Trace, other: Trace) -> bool:
    """Whether two traces recorded the same, up to the numbers of leaves."""
    if (t.shape, t.structure) != (other.shape, other.structure):
        return False
    for tap, another in zip(t.taps, other.taps):
        if (tap.shape, tap.adjoint) != (another.shape, another.adjoint):
            return False
    # Both orders come from the same search, so the nodes of equal graphs come in pairs.
    twin = {leaf: leaf for leaf in t.leaves}
    for leaves, theirs in zip(t.inputs, other.inputs):
        twin |= zip(leaves, theirs)
    for a, b in zip(t.order, other.order):
        if a.op is not b.op or twin.setdefault(a, b) is not b:
            return False
        if a._first is None:
            if a is not b and repr(a._data) != repr(b._data):
                return False
        elif [twin[x] for x in a.inputs] != [*b.inputs]:
            return False
    return len(t.order) == len(other.order) and [twin[x] for x in t.roots] == other.roots


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of nested lists or an array; () for a scalar; raises TracingError if ragged."""
    if hasattr(x, "shape"):
        return tuple(map(int, x.shape))
    if not isinstance(x, (list, tuple)):
        return ()
    if not x:
        raise TracingError(
            "compile takes and returns scalars or nested lists of them, got an empty list"
        )
    shapes = [shape_of(row) for row in x]
    if len(set(shapes)) != 1:
        raise TracingError(
            f"compile takes and returns scalars or nested lists of one shape, got rows of shapes "
            f"{shapes[:4]}"
        )
    return (len(x), *shapes[0])


def _nested(leaves: Iterator[Value], shape: Sequence[int]) -> Any:
    if not shape:
        return next(leaves)
    return [_nested(leaves, shape[1:]) for _ in range(shape[0])]


def flat(x: Any) -> list[Any]:
    """The scalars of nested lists, in order."""
    if not shape_of(x):
        return [x]
    leaves: list[Any] = []
    for row in x:
        leaves += flat(row)
    return leaves


def signature_of(f: Callable[..., Any]) -> inspect.Signature | None:
    """The signature of a function, or of a module's `forward`; None if Python does not know it."""
    try:
        return inspect.signature(f.forward if hasattr(f, "forward") else f)
    except (TypeError, ValueError):
        return None
