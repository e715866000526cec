"""Structure: which modules a function uses, so that a change in one is noticed at the next call.

Takes the function that was compiled, and `wrt`; after `model.layers.append(layer)`,
`Watched(model, model).has_changed()` is True.

The contract: a program does what the function did when it was compiled. Numbers of Values are read
again at each call. Everything else that a module holds, its attributes and the lists and dicts in
them, is compared with what it was: one more layer, another activation, a replaced weight, or a
change between training and evaluation is noticed. The modules are those that the function is, is a
method of, or refers to in its closure, its arguments' defaults or the globals that it names, `wrt`,
and the modules that are attributes of any other object among these. After any other change, such as
to a constant of the user's, compile again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from autograd.value import Value


class Watched:
    """The modules that a function uses, and what they held when it was compiled."""

    def __init__(self, f: Callable[..., Any], wrt: Any) -> None:
        found: dict[int, Any] = {}
        self._attributes: list[tuple[dict[str, Any], str, Any]] = []
        for x in (wrt, *_referred(f, set())):
            _collect(x, False, found)
            for name, module in _attributes_of(x):
                _collect(module, False, found)
                self._attributes.append((vars(x), name, module))
        tables = [vars(x) if _is_module(x) else x for x in found.values()]
        self._now = [x for x in tables if isinstance(x, (dict, list))]
        self._then = [x.copy() for x in self._now]

    def has_changed(self) -> bool:
        """Whether they hold anything different. Values compare by identity, numbers by equality."""
        for table, name, module in self._attributes:
            if table.get(name) is not module:
                return True
        try:
            return self._now != self._then  # at every call: no step in Python for each
        except ValueError:  # arrays do not say whether they are equal
            return True


def _is_module(x: Any) -> bool:
    return hasattr(x, "named_parameters") and hasattr(x, "__dict__") and not isinstance(x, type)


def _attributes_of(x: Any) -> list[tuple[str, Any]]:
    """The modules among the attributes of an object that is not one itself, such as a trainer."""
    if _is_module(x) or isinstance(x, (type, FunctionType, ModuleType)):
        return []
    return [(name, part) for name, part in getattr(x, "__dict__", {}).items() if _is_module(part)]


def _referred(f: Any, seen: set[Any]) -> Iterator[Any]:
    """The objects that a function refers to, besides its arguments.

    So do functions of the same file that it names, and functions inside it.
    """
    if isinstance(f, MethodType):
        yield f.__self__
        f = f.__func__
    if isinstance(f, FunctionType):
        if f in seen:
            return
        seen.add(f)
        named = map(f.__globals__.get, _names(f.__code__))
        held = [x for cell in f.__closure__ or () for x in _contents(cell)]
        held += [*(f.__defaults__ or ()), *(f.__kwdefaults__ or {}).values(), *named]
        yield from held
        for x in held:
            if isinstance(x, FunctionType) and x.__globals__ is f.__globals__:
                yield from _referred(x, seen)
    elif hasattr(f, "func") and hasattr(f, "args") and hasattr(f, "keywords"):  # functools.partial
        yield from (*f.args, *f.keywords.values())
        yield from _referred(f.func, seen)
    else:
        yield f


def _names(code: CodeType) -> list[str]:
    """The names that a piece of code uses, and those of the functions inside it."""
    names = list(code.co_names)
    for x in code.co_consts:
        if isinstance(x, CodeType):
            names += _names(x)
    return names


def _contents(cell: Any) -> Iterator[Any]:
    try:
        yield cell.cell_contents
    except ValueError:  # not filled yet
        return


def _collect(x: Any, within: bool, found: dict[int, Any]) -> None:
    """Every module in x, each once, and every list and dict in a module or with a module in it."""
    is_module = _is_module(x)
    if id(x) in found or not (is_module or isinstance(x, (dict, list, tuple))):
        return
    items = vars(x) if is_module else x
    parts = list(items.values()) if isinstance(items, dict) else list(items)
    if is_module or within or any(map(_is_module, parts)):
        found[id(x)] = x
    for part in parts:
        if not isinstance(part, Value):  # most of what a network holds
            _collect(part, within or is_module, found)
