"""The two modes of recording, each for the current thread alone: `no_grad` and `detect_anomaly`.

The engine asks one question for each op it records, "is any thread in a mode?" (`contexts`), and
looks at its own thread's modes only if the answer is yes. So modes cost nothing until used.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from types import TracebackType
from typing import ClassVar


class _ThreadModes(threading.local):
    no_grad = 0
    anomaly = 0
    recording = 0
    tracing = 0


current = _ThreadModes()
"""How many contexts of each mode this thread is inside of."""

contexts = 0
"""How many mode contexts are open in all threads together."""

_lock = threading.Lock()


class _Mode(ContextDecorator):
    """A context manager, and a decorator, that counts itself in `current` and in `contexts`."""

    _counter: ClassVar[str]

    def _count(self, change: int) -> None:
        global contexts
        with _lock:
            contexts += change
        setattr(current, self._counter, getattr(current, self._counter) + change)

    def __enter__(self) -> None:
        self._count(+1)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._count(-1)


class no_grad(_Mode):
    """Compute without recording: results are constants, through which no gradient flows. Per thread.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())
    """

    _counter = "no_grad"


class detect_anomaly(_Mode):
    """Strict numbers: the first nan or inf raises AnomalyError, forward or backward. Per thread.

    The error names the op, its inputs, the label and the source line that recorded it. A backward
    pass also notices data that was changed after recording. It is slow: for finding a fault.

    >>> from autograd import Value, detect_anomaly, log
    >>> with detect_anomaly():
    ...     log(Value(-1.0, "x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    autograd.errors.AnomalyError: log gave nan from x = -1.0...
    """

    _counter = "anomaly"


class tracing(_Mode):
    """Record ops on numbers that are not known: what `autograd.compile` runs a function in. Per thread."""

    _counter = "tracing"


@contextmanager
def recording() -> Iterator[bool]:
    """Record, even inside `no_grad` (what `grad` needs to differentiate at all). Per thread.

    Gives True inside another `recording`: a derivative within a function that is being differentiated itself.
    """
    before, current.no_grad = current.no_grad, 0
    current.recording += 1
    try:
        yield current.recording > 1
    finally:
        current.recording -= 1
        current.no_grad = before
