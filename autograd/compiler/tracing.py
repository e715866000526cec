"""Tracing: running a function once on Values whose numbers are not known, to see what it computes for any sample."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from autograd.checks import shown
from autograd.errors import TracingError
from autograd.order import topological_order
from autograd.record import constant
from autograd.unknown import UNKNOWN, tracing
from autograd.value import Value


@dataclass(frozen=True)
class Trace:
    """What a function recorded: its name and those of its arguments; the leaves of each, the parameters, the outputs, all flat; shapes.

    `captured` are leaves that the function uses although they are neither arguments nor parameters. The numbers of all leaves are unknown,
    but those of parameters and captured leaves are the user's: `stand_ins` has for each an unknown one to compute with.
    """

    title: str
    arguments: list[str]
    inputs: list[list[Value]]
    shapes: list[tuple[int, ...]]
    parameters: list[Value]
    captured: list[Value]
    stand_ins: dict[Value, Value]
    outputs: list[Value]
    shape: tuple[int, ...]


def trace(f: Callable[..., Any], examples: Sequence[Any], parameters: Sequence[Value]) -> Trace:
    """Run f on unknown numbers in the shapes of the examples: TracingError unless it records the same when it is run again.

    A first run finds the leaves that it captures, which are unknown, too, in the two others. A leaf made by f itself is a constant.
    """
    found = _trace(f, examples, parameters, None).captured
    runs = [_trace(f, examples, parameters, found) for _ in range(2)]
    if not same_structure(*runs):
        raise TracingError(
            f"{name_of(f)} recorded another graph when it was run again: a compiled function must do the same each time, and draw "
            f"nothing at random (noise can be an argument of its own)"
        )
    return runs[0]


def name_of(f: Callable[..., Any]) -> str:
    return getattr(f, "__name__", None) or type(f).__name__


def _trace(
    f: Callable[..., Any],
    examples: Sequence[Any],
    parameters: Sequence[Value],
    captured: Sequence[Value] | None,
) -> Trace:
    shapes = [shape_of(example) for example in examples]
    inputs = [[_unknown_leaf() for _ in range(size_of(shape))] for shape in shapes]
    with tracing(), _unknown([*parameters, *(captured or [])]):
        try:
            result = f(*[_nested(iter(leaves), shape) for leaves, shape in zip(inputs, shapes)])
        except TracingError:
            raise
        except (
            TypeError
        ) as error:  # of what meets a Value without a number, and does not know what it is
            raise TracingError(
                f"{name_of(f)} cannot be compiled: on numbers that are not known it raises TypeError: {error}"
            ) from error
        shape = shape_of(result)
        outputs = [_output(x, f) for x in flat(result)]
    known = {*parameters, *(leaf for leaves in inputs for leaf in leaves)}
    found = {
        node: None for node in topological_order(*outputs) if node.op is None and node not in known
    }
    kept = list(found) if captured is None else [leaf for leaf in captured if leaf in found]
    stand_ins = {leaf: _unknown_leaf(leaf.label) for leaf in [*parameters, *kept]}
    return Trace(
        name_of(f),
        argument_names(f, len(shapes)),
        inputs,
        shapes,
        list(parameters),
        kept,
        stand_ins,
        outputs,
        shape,
    )


def _output(x: Any, f: Callable[..., Any]) -> Value:
    if isinstance(x, Value):
        return x
    try:
        return constant(x)
    except TypeError:
        raise TracingError(
            f"{name_of(f)} returns {shown(x)}: a compiled function returns Values, numbers, or nested lists of them"
        ) from None


def _unknown_leaf(label: str = "") -> Value:
    leaf = Value(0.0, label)
    leaf._data = UNKNOWN
    return leaf


@contextmanager
def _unknown(leaves: Sequence[Value]) -> Iterator[None]:
    """Within it the leaves have no numbers; afterwards they have theirs again, whatever happens."""
    before = [leaf._data for leaf in leaves]
    try:
        for leaf in leaves:
            leaf._data = UNKNOWN
        yield
    finally:
        for leaf, data in zip(leaves, before):
            leaf._data = data


def same_structure(t: Trace, other: Trace) -> bool:
    """Whether two traces recorded the same, up to the numbers of leaves."""
    return _structure(t) == _structure(other)


def _structure(t: Trace) -> list[Any]:
    order = topological_order(*t.outputs)
    place: dict[Value, Any] = {node: i for i, node in enumerate(order)}
    leaves: dict[Value, Any] = {
        leaf: (k, i) for k, leaves in enumerate(t.inputs) for i, leaf in enumerate(leaves)
    }
    leaves |= {leaf: id(leaf) for leaf in [*t.parameters, *t.captured]}
    place |= leaves
    nodes = [
        (
            node.op,
            "" if node.inputs or node in leaves else repr(node.data),
            [place[x] for x in node.inputs],
        )
        for node in order
    ]
    return [nodes, t.shape, [place[x] for x in t.outputs]]


def shape_of(x: Any) -> tuple[int, ...]:
    """The shape of nested lists (or of an array); () for a scalar. Raises TracingError for ragged ones."""
    if hasattr(x, "shape"):
        return tuple(map(int, x.shape))
    if not isinstance(x, (list, tuple)):
        return ()
    if not x:
        raise TracingError(
            "compile takes and gives scalars or nested lists of them, got an empty list"
        )
    shapes = [shape_of(row) for row in x]
    if len(set(shapes)) != 1:
        raise TracingError(
            f"compile takes and gives scalars or nested lists of one shape, got rows of shapes {shapes[:4]}"
        )
    return (len(x), *shapes[0])


def size_of(shape: Sequence[int]) -> int:
    size = 1
    for n in shape:
        size *= n
    return size


def _nested(leaves: Iterator[Value], shape: Sequence[int]) -> Any:
    if not shape:
        return next(leaves)
    return [_nested(leaves, shape[1:]) for _ in range(shape[0])]


def flat(x: Any) -> list[Any]:
    """The scalars of nested lists, in order."""
    return [leaf for row in x for leaf in flat(row)] if shape_of(x) else [x]


VECTORS = ("theta", "captured")
"""The arrays of one axis that a program reads: parameters, and other leaves."""

FUNCTIONS = (
    "values",
    "sums",
    "exact_sums",
    "value_and_grad",
    "input_grads",
    "step",
    "evaluate",
    "checked",
)
"""What the functions of programs are called."""

TAKEN = {*VECTORS, *FUNCTIONS, "v", "s", "n", "g", "total", "np", "math", "len", "names"}
"""Names that a program has for itself."""


def argument_names(f: Callable[..., Any], count: int) -> list[str]:
    """The names of the arguments, where they are fit to be those of arrays; else x1, x2, ..."""
    signature = signature_of(f)
    kinds = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = (
        [p.name for p in signature.parameters.values() if p.kind in kinds][:count]
        if signature
        else []
    )
    fit = (
        len(names) == count
        and all(name.isascii() and not keyword.iskeyword(name) for name in names)
        and not TAKEN & {*names}
    )
    return names if fit else [f"x{i + 1}" for i in range(count)]


def signature_of(f: Callable[..., Any]) -> inspect.Signature | None:
    """The signature of a function, or of what a module does with one sample; None if Python does not know it."""
    try:
        return inspect.signature(f.forward if hasattr(f, "forward") else f)
    except (TypeError, ValueError):
        return None
