"""Structure: what a function refers to besides its arguments, so that a change of it after compiling is noticed.

A program is what the function did when it was traced. Numbers of Values are read anew at each call; but a layer appended since, another
activation, or a changed constant would go unseen, were they not compared.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograd.op import Op
from autograd.value import Value


@dataclass(frozen=True)
class Fingerprint:
    """Which objects a function refers to; it keeps them, so that no other can come to lie where one lay."""

    key: list[Any]
    objects: list[Any] = field(compare=False, repr=False)


def fingerprint(f: Callable[..., Any]) -> Fingerprint:
    """All that f refers to, in its closure, its attributes, and the globals it names, without the numbers of Values.

    >>> scale = 2.0
    >>> f = lambda x: scale * x
    >>> before = fingerprint(f)
    >>> scale = 3.0
    >>> fingerprint(f) == before
    False
    """
    home = f.__module__ if isinstance(f, types.FunctionType) else None
    found: list[Any] = []
    objects: list[Any] = []
    seen: set[int] = set()
    waiting: list[Any] = [f]
    while waiting:
        x = waiting.pop()
        kind = x.__class__
        if kind in PLAIN:
            found.append(repr(x))
            continue
        found.append(id(x))
        objects.append(x)
        if kind is list and {*map(type, x)} == {Value}:  # weights: most of what a network refers to
            found += map(id, x)
            objects += x
            continue
        if id(x) not in seen and not isinstance(x, OPAQUE):
            seen.add(id(x))
            waiting += _within(x, home)
    return Fingerprint(found, objects)


PLAIN = {int, float, str, bytes, complex, bool, type(None)}
"""What is compared by its value; the rest is compared by which object it is, and by what is in it."""

OPAQUE = (Value, Op, type, types.ModuleType)
"""What is not looked into."""


def _within(x: Any, home: str | None) -> Iterator[Any]:
    if isinstance(x, types.FunctionType):
        for cell in x.__closure__ or ():
            if cell != types.CellType():  # not filled yet
                yield cell.cell_contents
        yield from x.__defaults__ or ()
        yield from (x.__kwdefaults__ or {}).values()
        if x.__module__ == home:
            yield from (x.__globals__[name] for name in x.__code__.co_names if name in x.__globals__)
    elif isinstance(x, types.MethodType):
        yield x.__self__
        yield x.__func__
    elif isinstance(x, Mapping):
        yield from x.values()
    elif isinstance(x, (list, tuple)):
        yield from x
    elif isinstance(x, (set, frozenset)):
        yield sorted(map(repr, x))
    elif hasattr(x, "tobytes"):  # arrays
        yield x.tobytes()
    elif hasattr(x, "func") and hasattr(x, "args") and hasattr(x, "keywords"):  # functools.partial
        yield from (x.func, x.args, x.keywords)
    elif type(x).__module__ != "builtins":
        yield from getattr(x, "__dict__", {}).values()
