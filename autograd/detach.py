"""Gradients lost silently: a Value that becomes a plain number on its way to the result.

`math.sin(x)` calls `float(x)`, and no gradient flows back from a float. In a function that is being
differentiated, that is an error; elsewhere, a call to `math` or numpy causes a warning, while
`float(x)` is taken to mean what it says.
"""

from __future__ import annotations

import builtins
import dis
import os
import sys
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from itertools import takewhile
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, cast

from autograd.errors import DetachedError
from autograd.op import OPS
from autograd.order import topological_order

if TYPE_CHECKING:
    from autograd.value import Value

_differentiated: ContextVar[tuple[Collection[Value], ...]] = ContextVar(
    "differentiated", default=()
)
"""For each derivative under way, the Values with respect to which it is taken."""

NUMERICAL = frozenset({"math", "cmath", "numpy", "scipy", "statistics"})
"""Modules that compute with floats."""

_OTHER_NAMES = {
    "fabs": "abs", "absolute": "abs", "power": "pow", "divide": "div", "heaviside": "step",
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "arcsinh": "asinh", "arccosh": "acosh", "arctanh": "atanh",
    "fmod": "mod", "remainder": "mod", "rint": "round", "around": "round",
}  # fmt: skip
"""Functions of `math` and numpy that are ops under another name."""


_PREDICATES = frozenset({"isnan", "isinf", "isfinite", "isclose", "allclose", "signbit"})
"""Functions that answer yes or no, as comparisons do."""


@contextmanager
def watching(variables: Collection[Value]) -> Iterator[None]:
    """Inside this context, nothing made from these Values may become a float."""
    before = _differentiated.get()
    _differentiated.set((*before, variables))
    try:
        yield
    finally:
        _differentiated.set(before)


def watch(value: Value) -> None:
    """Called where a Value becomes a float: an error or a warning if that loses a gradient.

    Raises DetachedError if the Value is made from what is being differentiated. Warns, once per
    line, if it has a graph and a function of `math` or numpy asks for its number.
    """
    differentiated = _differentiated.get()
    if not differentiated and value._first is None:
        return
    frame, level, name = _caller()
    if name.rpartition(".")[2] in _PREDICATES:
        return
    for variables in differentiated:
        source = _source(value, variables)
        if source is not None:
            raise DetachedError(_message(source, name, frame))
    if name and value._first is not None:
        warnings.warn(
            f"{name}() takes a float, so no gradient flows back through it: "
            f"use {_remedy(name)}, or pass value.data if a plain number is meant",
            stacklevel=level,
        )


def _source(value: Value, variables: Collection[Value]) -> Value | None:
    """The first of the variables that the value is made from; None if there is none."""
    wanted = set(variables)
    return next((x for x in topological_order(value) if x in wanted), None)


def _message(source: Value, name: str, frame: FrameType) -> str:
    file = os.path.basename(frame.f_code.co_filename)
    made = f"{source.label!r:.40}" if source.label else "what is being differentiated"
    remedy = f"Use {_remedy(name)}" if name else "Compute with the Value itself"
    return (
        f"{name or 'float'}() turns a Value that is made of {made} into a plain number ({file}, "
        f"line {frame.f_lineno}): no gradient would flow back through it. {remedy}, or pass its "
        f".data if a constant is meant"
    )


def _remedy(name: str) -> str:
    """What to call instead of a function of `math` or numpy."""
    function = name.rpartition(".")[2]
    op = _OTHER_NAMES.get(function, function)
    if op in OPS:
        return f"autograd.{op}"
    return "sum()" if function in ("fsum", "sum") else "the ops of autograd"


def _caller() -> tuple[FrameType, int, str]:
    """The frame that made a Value a float, how far up it is, and the function it called to do so.

    The function is given as `math.sin`, say, and as "" if it is `float` or anything not numerical.
    """
    level, frame, name = 3, sys._getframe(3), ""
    while (home := _home(frame.f_globals.get("__name__"))) in {*NUMERICAL, "autograd"}:
        if home != "autograd":
            name = f"{home}.{frame.f_code.co_name}"
        level, frame = level + 1, cast(FrameType, frame.f_back)  # the outermost is not one of these
    return frame, level, name or _called(frame)


def _called(frame: FrameType) -> str:
    """The function of `math` or numpy that a frame is calling, such as `math.sin`; "" for none.

    C functions have no frame of their own, so the function is looked for among the names that the
    statement has loaded so far, the last one first.
    """
    loaded = _loaded(frame.f_code, frame.f_lasti)
    for path in reversed(loaded):
        function = _resolve(frame, path)
        if path[-1] == "item":
            return ""
        if (function is float or function is int) and path is not loaded[-1]:
            return ""  # it is called; if loaded last, it is an argument, as in np.array([x], float)
        if not callable(function):
            continue
        owner = getattr(function, "__module__", None) or type(function).__module__
        if _home(owner) in NUMERICAL or _home(type(function).__module__) in NUMERICAL:
            return ".".join(path)
    return ""


def _home(module: str | None) -> str:
    return (module or "").partition(".")[0]


@lru_cache(maxsize=256)
def _loaded(code: CodeType, last: int) -> tuple[tuple[str, ...], ...]:
    """The dotted names that a statement has loaded before its instruction at `last`, in order."""
    paths: list[tuple[str, ...]] = []
    for instruction in takewhile(lambda x: x.offset < last, dis.get_instructions(code)):
        name, argument = instruction.opname, instruction.argval
        if name.startswith(("STORE_", "POP_TOP", "POP_JUMP")):
            paths = []
        elif name in ("LOAD_ATTR", "LOAD_METHOD") and paths:
            paths[-1] += (argument,)
        elif name.startswith("LOAD_") and name != "LOAD_CONST" and isinstance(argument, str):
            paths.append((argument,))
    return tuple(paths)


def _resolve(frame: FrameType, path: tuple[str, ...]) -> Any:
    scopes = (frame.f_locals, frame.f_globals, vars(builtins))
    found = next((scope[path[0]] for scope in scopes if path[0] in scope), None)
    for name in path[1:]:
        found = getattr(found, name, None)
    return found
