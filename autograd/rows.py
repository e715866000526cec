"""How rows are made: the engine's, and the user's, which are tried out before they are added."""

from __future__ import annotations

import keyword
from collections.abc import Callable
from inspect import Parameter, Signature
from sys import modules
from typing import Any

from autograd.checks import EVERYWHERE, Interval, as_float, inside, shown
from autograd.errors import OpError
from autograd.op import CONST, OPS, Op, Slopes


def row(name: str, forward: Callable[..., float], slopes: Slopes, **columns: Any) -> Op:
    """Add a row to the table; `make` lists the columns."""
    OPS[name] = made = make(name, forward, slopes, **columns)
    return made


def add_op(name: str, forward: Callable[..., float], slopes: Slopes, **columns: Any) -> Op:
    """Add a user-defined op to the table: one row, and everything works with it.

    `columns` are those of `Op`, by keyword: glyph, text, latex, precedence, numpy, domain, kink,
    defaults, switch, doc. A user's row may be replaced by calling this again (as notebooks do).
    Raises OpError if the name is taken by the engine, or if a trial evaluation shows that the row
    does not fit together.

    >>> from autograd import Value, add_op
    >>> cube = add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x * x,))
    >>> x = Value(2.0); cube(x).backward(); x.grad
    12.0
    """
    if not (isinstance(name, str) and name.isidentifier()) or keyword.iskeyword(name):
        raise OpError(f"an op's name must be a Python identifier, got {shown(name)}")
    if _is_taken(name):
        raise OpError(f"the op name {shown(name)} is taken by the engine: choose another")
    if not hasattr(slopes, "__code__") and not isinstance(slopes, tuple):
        raise OpError(
            f"op {shown(name)}: slopes must be a Python function of the inputs and out, "
            f"or a tuple of constants; got {shown(slopes)}"
        )
    try:
        made = make(
            name, lambda *inputs: float(forward(*inputs)), slopes, built_in=False, **columns
        )
        _try_out(made)
    except OpError:
        raise
    except Exception as error:
        raise OpError(
            f"op {shown(name)}: its row does not fit together ({type(error).__name__}: {error})"
        ) from error
    OPS[name] = made
    return made


def _is_taken(name: str) -> bool:
    """Whether the name belongs to an op of the engine, or is otherwise public in the package."""
    if name in OPS:
        return OPS[name].built_in
    return name == CONST.name or name in dir(modules["autograd"])


def make(
    name: str,
    forward: Callable[..., float],
    slopes: Slopes,
    *,
    glyph: str = "",
    text: str = "",
    latex: str = "",
    precedence: int = 5,
    numpy: str = "",
    domain: tuple[Interval, ...] = (),
    kink: Callable[..., float] | None = None,
    everywhere: Callable[..., bool] | None = None,
    defaults: tuple[float, ...] = (),
    switch: bool = False,
    family: Callable[[int], Op] | None = None,
    doc: str = "",
    built_in: bool = True,
) -> Op:
    """A row; what is left out is derived from the name and the slopes."""
    arity = slopes.__code__.co_argcount - 1 if callable(slopes) else len(slopes)
    commas = ", ".join(f"{{{i}}}" for i in range(arity))
    escaped = name.replace("_", r"\_")
    return Op(
        name=name,
        forward=forward,
        slopes=slopes,
        arity=arity,
        glyph=glyph or name,
        text=text or f"{name}({commas})",
        latex=latex or rf"\operatorname{{{{{escaped}}}}}\left({commas}\right)",
        precedence=precedence,
        numpy=numpy or (text if precedence < 5 else ""),
        domain=domain or (EVERYWHERE,) * arity,
        kink=kink,
        everywhere=everywhere,
        defaults=defaults,
        switch=switch,
        family=family,
        built_in=built_in,
        __signature__=_signature(slopes, arity, defaults),
        __doc__=doc or f"The op {name}.",
    )


def named(name: str, arity: int | None = None) -> Op:
    """The op of that name; raises OpError if the table has none.

    `arity` chooses within a family, of which the table holds only the smallest row.
    """
    if name == CONST.name:
        return CONST
    try:
        op = OPS[name]
    except KeyError:
        raise OpError(
            f"no op named {name!r} in the table: "
            f"add its row with autograd.add_op first, then load again"
        ) from None
    if arity in (None, op.arity):
        return op
    if op.family is None:
        raise OpError(
            f"the op {name!r} takes {op.arity} inputs now, but took {arity} when this was saved: "
            f"add that row with autograd.add_op first, then load again"
        )
    return op.family(arity)


def _signature(slopes: Slopes, arity: int, defaults: tuple[float, ...]) -> Signature:
    """The arguments of an op, named as in its slopes, or x, y, z if these are constants."""
    names = slopes.__code__.co_varnames if callable(slopes) else ("x", "y", "z")
    first_default = arity - len(defaults)
    arguments = []
    for i in range(arity):
        name = names[i] if i < len(names) else f"x{i + 1}"
        default = defaults[i - first_default] if i >= first_default else Parameter.empty
        arguments.append(Parameter(name, Parameter.POSITIONAL_ONLY, default=default))
    return Signature(arguments)


def _try_out(op: Op) -> None:
    """Evaluate a row once, so that one that does not fit together fails where it is written."""
    if op.arity < 1:
        raise OpError(
            f"op {shown(op.name)}: slopes must take the inputs and then out, "
            f"so at least two parameters"
        )
    intervals = [x for x in op.domain if isinstance(x, tuple) and len(x) == 2 and x[0] < x[1]]
    if len(intervals) != op.arity or len(op.domain) != op.arity:
        raise OpError(
            f"op {shown(op.name)}: domain needs an interval (low, high) for each of its {op.arity} "
            f"inputs, got {shown(op.domain)}"
        )
    point = tuple([inside(interval) for interval in op.domain])
    try:
        out = op.forward(*point)
        slopes = op.slopes_at(point, out)
        if op.kink is not None:
            op.kink(*point)
    except Exception as error:
        raise OpError(
            f"op {shown(op.name)} failed at {point}, a point of its domain, with "
            f"{type(error).__name__}: {error}. forward takes the inputs, slopes the inputs and "
            f"then out; narrow domain= if the point is outside"
        ) from error
    if not isinstance(slopes, tuple) or len(slopes) != op.arity:
        got = f"a tuple of {len(slopes)}" if isinstance(slopes, tuple) else type(slopes).__name__
        comma = " (a tuple of one needs its comma: `(slope,)`)" if op.arity == 1 else ""
        raise OpError(
            f"op {shown(op.name)}: slopes must return a tuple of {op.arity}, one slope for each "
            f"input, got {got}{comma}"
        )
    for slope in slopes:
        as_float(slope, f"op {shown(op.name)}: a slope")
    for column in ("text", "latex", "numpy"):
        try:
            getattr(op, column).format(*["x"] * op.arity)
        except (IndexError, KeyError, ValueError) as error:
            raise OpError(
                f"op {shown(op.name)}: {column} is not a template for {op.arity} inputs ({error}); "
                f"a brace of LaTeX is written twice, {{{{"
            ) from None
