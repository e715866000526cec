"""Numbers that are not known yet: those of Values while the compiler traces a function."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NoReturn

from autograd.errors import TracingError, calling_line
from autograd.modes import is_inside, layered, recording, records
from autograd.op import CONST
from autograd.record import active, node, number_of, shown_as

if TYPE_CHECKING:
    from autograd.op import Op
    from autograd.record import Recorder
    from autograd.value import Value


def _look(self: Any, *others: Any) -> NoReturn:
    file, line = calling_line()
    raise TracingError(
        f"a function that is being compiled may not look at its numbers "
        f"({os.path.basename(file)}, line {line}), which are those of every sample it will ever "
        f"see: write a choice (if, <, ==, float(), .data) as an op: where(greater(x, 0), a, b), "
        f"maximum, minimum, relu or clip"
    )


class _Unknown:
    """The data of a Value while a function is traced: looking at it raises TracingError."""

    __slots__ = ()

    __float__ = __int__ = __index__ = __bool__ = __complex__ = __round__ = _look
    __lt__ = __le__ = __gt__ = __ge__ = __eq__ = __ne__ = __hash__ = _look
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _look
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = _look
    __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __divmod__ = __rdivmod__ = _look
    __trunc__ = __floor__ = __ceil__ = __format__ = __array__ = _look

    def __repr__(self) -> str:
        return "?"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # there is exactly one in every process


UNKNOWN: Final[Any] = _Unknown()
"""The number of a Value whose function is being traced: one for every sample, and none yet."""


def is_unknown(x: Any) -> bool:
    """Whether x is a Value without a number: one of a function that is being compiled.

    >>> is_unknown(3.0)
    False
    """
    return getattr(x, "data", None) is UNKNOWN


def _symbolic(op: Op, nodes: tuple[Value, ...], below: Recorder) -> Value:
    """The layer of tracing: whatever is made from an unknown number is unknown."""
    for x in nodes:
        if x._data is UNKNOWN or number_of(x) is UNKNOWN:
            break
    else:
        return below(op, nodes)
    if len(active) > 1 and not records():  # a mode other than this one is in force somewhere
        raise TracingError(
            f"{op.name} inside no_grad() cannot be compiled: its result would be a constant, "
            f"but each sample has its own"
        )
    return node(UNKNOWN, op, nodes)


def unknown_leaves(count: int) -> list[Value]:
    """Leaves without numbers."""
    leaves = [node(UNKNOWN, CONST, ()) for _ in range(count)]
    for leaf in leaves:
        leaf.op = None
    return leaves


@contextmanager
def tracing(leaves: Iterable[Value] = ()) -> Iterator[None]:
    """Record ops on numbers that are not known, even inside `no_grad`.

    Inside this context the numbers of these leaves are unknown too, but only in this thread or
    task.
    """
    before = shown_as.get()
    shown_as.set({**before, **dict.fromkeys(leaves, UNKNOWN)})
    try:
        with recording(), layered(_symbolic):
            yield
    finally:
        shown_as.set(before)


def is_tracing() -> bool:
    """Whether a function is being traced in this thread or task.

    >>> with tracing():
    ...     is_tracing()
    True
    """
    return is_inside(_symbolic)
