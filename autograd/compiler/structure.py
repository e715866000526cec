"""Structure: what a function refers to besides its arguments, so that a change of it after compiling is noticed.

A program is what the function did when it was traced. Numbers of Values are read anew at each call; but a layer appended since, another
activation, or a changed constant would go unseen, were they not compared.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
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

    >>> from functools import partial
    >>> layers = ["linear", "tanh"]
    >>> f = partial(" → ".join, layers)
    >>> before = fingerprint(f)
    >>> layers.append("linear")
    >>> fingerprint(f) == before
    False
    """
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
            waiting += _within(x)
    return Fingerprint(found, objects)


PLAIN = {int, float, str, bytes, complex, bool, type(None)}
"""What is compared by its value; the rest is compared by which object it is, and by what is in it."""

OPAQUE = (Value, Op, types.ModuleType)
"""What is not looked into."""

SETTLED = {*sys.stdlib_module_names, "autograd", "nn", "numpy"}
"""Packages whose own globals and classes do not change while a program runs."""


def _may_change(x: Any) -> bool:
    """Whether a function, a class or a module belongs to the user."""
    home = x.__name__ if isinstance(x, types.ModuleType) else x.__module__
    return str(home).partition(".")[0] not in SETTLED


@cache
def _names(code: types.CodeType) -> tuple[str, ...]:
    """The names of globals and attributes that a function uses, and the functions within it."""
    return (
        *code.co_names,
        *(
            name
            for inner in code.co_consts
            if isinstance(inner, types.CodeType)
            for name in _names(inner)
        ),
    )


def _globals_of(f: types.FunctionType) -> Iterator[Any]:
    """What a function finds by name, in its module and in the modules that it imports."""
    names = _names(f.__code__)
    for x in (f.__globals__[name] for name in names if name in f.__globals__):
        yield x
        if isinstance(x, types.ModuleType) and _may_change(x):
            yield from (vars(x)[name] for name in names if name in vars(x))


def _within(x: Any) -> Iterator[Any]:
    if isinstance(x, types.FunctionType):
        for cell in x.__closure__ or ():
            if cell != types.CellType():  # not filled yet
                yield cell.cell_contents
        yield from x.__defaults__ or ()
        yield from (x.__kwdefaults__ or {}).values()
        yield x.__code__
        if _may_change(x):
            yield from _globals_of(x)
    elif isinstance(x, type):
        if _may_change(x):
            yield from x.__bases__
            yield from vars(x).values()
    elif isinstance(x, types.MethodType):
        yield x.__self__
        yield x.__func__
    elif isinstance(x, Mapping):
        yield from x
        yield from x.values()
    elif isinstance(x, Sequence):
        yield from x
    elif isinstance(x, (set, frozenset)):
        yield sorted(map(repr, x))
    elif hasattr(x, "tobytes"):  # arrays
        yield f"{getattr(x, 'shape', '')} {getattr(x, 'dtype', '')} {blake2b(x.tobytes()).hexdigest()}"
    elif hasattr(x, "func") and hasattr(x, "args") and hasattr(x, "keywords"):  # functools.partial
        yield from (x.func, x.args, x.keywords)
    elif type(x).__module__ != "builtins":
        yield type(x)
        yield from getattr(x, "__dict__", {}).values()
        slots = (name for kind in type(x).__mro__ for name in vars(kind).get("__slots__", ()))
        yield from (getattr(x, name) for name in slots if hasattr(x, name))
