"""What changes how ops are recorded: `no_grad` and `detect_anomaly`, each a layer (`record.py`).

A mode belongs to the thread or the asyncio task that entered it, and to no other.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from autograd import anomaly
from autograd.checks import shown
from autograd.op import CONST, Op
from autograd.record import Layer, Recorder, active, layers, plain

if TYPE_CHECKING:
    from autograd.value import Value

Function = TypeVar("Function", bound=Callable[..., Any])
T = TypeVar("T")

_derivatives: ContextVar[int] = ContextVar("derivatives", default=0)
"""How many `recording` contexts this thread or task is inside."""


def _without_graph(op: Op, nodes: tuple[Value, ...], below: Recorder) -> Value:
    out = below(op, nodes)
    if not records():
        out.op = CONST
        out._connect(())
    return out


def _finite(op: Op, nodes: tuple[Value, ...], below: Recorder) -> Value:
    out = below(op, nodes)
    anomaly.check_forward(out)
    return out


class Mode:
    """A layer over recording: a context manager, and a decorator for functions of any kind."""

    layer: ClassVar[Layer]
    on_top: ClassVar[bool] = False

    def __init__(self) -> None:
        self._entered: list[partial[Value]] = []

    def __enter__(self) -> None:
        layer, own = partial(type(self).layer), layers.get()
        self._entered.append(layer)
        layers.set((*own, layer) if self.on_top else (layer, *own))
        active.append(layer)  # only now: an interrupt in between leaves nothing in force

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        own = layers.get()
        here = [layer for layer in self._entered if layer in own]
        layer = (here or self._entered)[-1]  # a generator may be closed in another thread
        self._entered.remove(layer)
        _leave(layer)

    def __call__(self, function: Function) -> Function:
        if not callable(function):
            name = type(self).__name__
            raise TypeError(f"@{name}() decorates a function, got {shown(function)}")
        if inspect.isasyncgenfunction(function):
            raise TypeError(
                f"@{type(self).__name__}() cannot decorate {function.__name__}, an asynchronous "
                f"generator: write `with {type(self).__name__}():` inside it, around its code"
            )
        if inspect.isgeneratorfunction(function):
            return functools.wraps(function)(self._stepping(function))  # type: ignore[return-value]
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaiting(*args: Any, **options: Any) -> Any:
                with self:
                    return await function(*args, **options)

            return awaiting  # type: ignore[return-value]

        @functools.wraps(function)
        def within(*args: Any, **options: Any) -> Any:
            with self:
                return function(*args, **options)

        return within  # type: ignore[return-value]

    def _stepping(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same generator, in this mode while it runs, and out of it while its caller runs."""

        def generator(*args: Any, **options: Any) -> Generator[Any, Any, Any]:
            inner = function(*args, **options)
            resume, sent = inner.send, None
            while True:
                try:
                    with self:
                        item = resume(sent)
                except StopIteration as stop:
                    return stop.value
                try:
                    resume, sent = inner.send, (yield item)
                except GeneratorExit:
                    with self:
                        inner.close()
                    raise
                except BaseException as error:
                    resume, sent = inner.throw, error

        return generator


class no_grad(Mode):
    """Compute without recording: results are constants, through which no gradient flows.

    >>> from autograd import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.inputs
    (9.0, ())
    """

    layer = _without_graph
    on_top = True


class detect_anomaly(Mode):
    """Strict numbers: the first nan or inf raises AnomalyError, forward or backward.

    The error names the op, its inputs, the label and the source line that recorded it. A backward
    pass also notices data that was changed after recording. It is slow: use it to find a fault.

    >>> from autograd import Value, detect_anomaly, log
    >>> with detect_anomaly():
    ...     log(Value(-1.0, "x"))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
      ...
    autograd.errors.AnomalyError: log gave nan from x = -1.0...
    """

    layer = _finite


def records() -> bool:
    """Whether ops are recorded here: not inside `no_grad`.

    >>> with no_grad():
    ...     records()
    False
    """
    for layer in reversed(layers.get()):
        if layer.func is plain:
            return True
        if layer.func is _without_graph and layer in active:
            return False
    return True


def is_strict() -> bool:
    """Whether the calling code is inside `detect_anomaly`."""
    return bool(active) and is_inside(_finite)


def is_inside(layer: Layer) -> bool:
    """Whether this thread or task records through that layer."""
    return any(own.func is layer and own in active for own in layers.get())


def _leave(layer: partial[Value]) -> None:
    if layer in active:
        active.remove(layer)
    layers.set(tuple([own for own in layers.get() if own is not layer]))


@contextmanager
def recording() -> Iterator[bool]:
    """Record, even inside `no_grad` (`grad` needs this to differentiate at all).

    Yields True inside another `recording`: a derivative within a function that is itself being
    differentiated.
    """
    layer, depth = partial(plain), _derivatives.get()
    # It overrides any `no_grad` below it (see `records`), and need not be active to do so.
    layers.set((*layers.get(), layer))
    _derivatives.set(depth + 1)
    try:
        yield depth > 0
    finally:
        _derivatives.set(depth)
        layers.set(tuple([own for own in layers.get() if own is not layer]))


@contextmanager
def layered(layer: Layer) -> Iterator[None]:
    """Inside this context, ops are recorded through this layer, below all others."""
    own = partial(layer)
    layers.set((own, *layers.get()))
    active.append(own)  # only now: an interrupt in between leaves nothing in force
    try:
        yield
    finally:
        _leave(own)


def in_own_context(function: Callable[..., T], *inputs: Any) -> T:
    """Call a function that enters layers; however it ends, it leaves this thread as it was.

    A context manager undoes its work step by step, and Ctrl-C may come in between.
    """
    context = copy_context()
    try:
        return context.run(function, *inputs)
    finally:
        here = layers.get()
        for own in context.get(layers, ()):
            if own in active and own not in here:
                active.remove(own)
