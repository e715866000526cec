"""The row: what the engine, the drawing, the formulas and the checks know about one operation.

An op is one row of a table, and everything else interprets the table (`autograd.ops`). A row is
plain data plus two functions on floats: `forward`, and `slopes`, the local derivatives. Nothing
here knows about graphs: an operand that is more than a number answers for itself (`__op__`).
"""

from __future__ import annotations

import keyword
import math
from collections.abc import Callable
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final, overload

from autograd.errors import OpError
from autograd.numbers import as_float

if TYPE_CHECKING:
    from autograd.value import Value

Slopes: TypeAlias = "tuple[float, ...] | Callable[..., tuple[Any, ...]]"
Interval: TypeAlias = "tuple[float, float]"

EVERYWHERE: Final[Interval] = (-math.inf, math.inf)


@final
@dataclass(frozen=True, eq=False, repr=False)
class Op:
    r"""One operation: a row of the table, and the public function of that name.

    Calling it with numbers gives a float; with a `Value` among them, a recorded `Value`.

    - `forward(*inputs)`: the value, on floats, by the rules of IEEE 754 (never raises).
    - `slopes`: the local derivatives ∂out/∂input, one for each input, as a tuple. Either a
      function `slopes(*inputs, out)` written with the engine's own ops, so that it works on
      floats and on Values alike, or the tuple itself where the slopes are constants.
    - `glyph`: what a drawing writes in the operator's circle.
    - `text`, `latex`: templates in Python and in LaTeX; `{0}` is the first input, `{0:2}` the same
      in parentheses unless it binds at least as tightly as `precedence` 2.
    - `numpy`: the numpy expression of the same function, elementwise.
    - `domain`: for each input the open interval in which the slopes hold; `kink(*inputs)` is zero
      where they do not although the inputs lie in the domain.
    - `defaults`: values of trailing inputs that a caller may leave out.
    - `switch`: its slopes choose what passes: over a slope of 0 nothing flows, not even inf times 0.
    - `family`: makes the row for more inputs than `arity`, if the op takes any number of them.

    >>> from autograd import tanh
    >>> tanh(0.0), tanh.glyph, tanh.arity
    (0.0, 'tanh', 1)
    """

    name: str
    forward: Callable[..., float]
    slopes: Slopes
    arity: int
    glyph: str
    text: str
    latex: str
    precedence: int
    numpy: str
    domain: tuple[Interval, ...]
    kink: Callable[..., float] | None
    defaults: tuple[float, ...]
    switch: bool
    family: Callable[[int], Op] | None
    __signature__: Signature  # as inspect.signature and help show it; no field of the class itself
    __doc__: str

    @overload  # the narrower first: with a Value among them, floats give a Value
    def __call__(self, *inputs: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *inputs: Value | float) -> Value: ...
    def __call__(self, *inputs: Any) -> Any:
        for x in inputs:
            if x.__class__ is not float:
                break
        else:
            if len(inputs) == self.arity:
                return self.forward(*inputs)
        if self.family is not None and len(inputs) > self.arity:
            return self.family(len(inputs))(*inputs)
        inputs = self.complete(inputs)
        for x in inputs:
            handler = getattr(type(x), "__op__", None)
            if handler is not None:
                return handler(self, inputs)
        return self.forward(*[as_float(x, f"{self.name}()") for x in inputs])

    def complete(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """The inputs, with defaults for those left out; TypeError if the count is wrong."""
        missing = self.arity - len(inputs)
        if missing == 0:
            return inputs
        if 0 < missing <= len(self.defaults):
            return inputs + self.defaults[len(self.defaults) - missing :]
        wanted = f"{self.arity}"
        if self.defaults:
            wanted = f"{self.arity - len(self.defaults)} to {wanted}"
        if self.family is not None:
            wanted = f"{wanted} or more"
        raise TypeError(f"{self.name}() takes {wanted} inputs, got {len(inputs)}")

    def slopes_at(self, inputs: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
        """The local derivatives at these inputs: floats for floats, Values for Values.

        >>> from autograd import mul
        >>> mul.slopes_at((2.0, -3.0), -6.0)
        (-3.0, 2.0)
        """
        return self.slopes(*inputs, out) if callable(self.slopes) else self.slopes

    @property
    def __name__(self) -> str:
        return self.name

    def __get__(self, instance: object, owner: object = None) -> Op:
        # An op in a class is itself, never a method. Having this at all is what makes `help(op)`
        # take an op for a function, and show its arguments.
        return self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str, int], Op], tuple[str, int]]:
        return named, (self.name, self.arity)


OPS: Final[dict[str, Op]] = {}
"""The table: every op by its name, in the order of `autograd/ops.py`, then the user's own."""

CONST: Final = Op(
    name="const",
    forward=float,
    slopes=(),
    arity=0,
    glyph="",
    text="",
    latex="",
    precedence=0,
    numpy="",
    domain=(),
    kink=None,
    defaults=(),
    switch=False,
    family=None,
    __signature__=Signature(),
    __doc__="A number that was lifted into a graph.",
)
"""The op of constants: no inputs, and no gradient flows into one. Not a row of the table."""

RESERVED: Final[set[str]] = {"const"}
"""Names that a user's row may not take: the engine's own rows and public names."""


def named(name: str, arity: int | None = None) -> Op:
    """The op of that name; OpError if the table has none.

    `arity` chooses within a family, which the table holds by its smallest row.
    """
    if name == CONST.name:
        return CONST
    try:
        op = OPS[name]
        if op.family is None or arity in (None, op.arity):
            return op
        return op.family(arity)
    except KeyError:
        raise OpError(f"no op named {name!r} in the table: add its row with autograd.add_op first, then load again") from None


def row(
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
    defaults: tuple[float, ...] = (),
    switch: bool = False,
    family: Callable[[int], Op] | None = None,
    doc: str = "",
) -> Op:
    """Add a row to the table; what is left out is derived from the name and the slopes."""
    arity = slopes.__code__.co_argcount - 1 if callable(slopes) else len(slopes)
    commas = ", ".join(f"{{{i}}}" for i in range(arity))
    escaped = name.replace("_", r"\_")
    OPS[name] = made = Op(
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
        defaults=defaults,
        switch=switch,
        family=family,
        __signature__=_signature(slopes, arity, defaults),
        __doc__=doc or f"The op {name}.",
    )
    return made


def _signature(slopes: Slopes, arity: int, defaults: tuple[float, ...]) -> Signature:
    """The arguments of an op, named as those of its slopes, or x, y, z if these are constants."""
    names = slopes.__code__.co_varnames if callable(slopes) else ("x", "y", "z")
    first_default = arity - len(defaults)
    shown = []
    for i in range(arity):
        name = names[i] if i < len(names) else f"x{i + 1}"
        default = defaults[i - first_default] if i >= first_default else Parameter.empty
        shown.append(Parameter(name, Parameter.POSITIONAL_ONLY, default=default))
    return Signature(shown)


def add_op(name: str, forward: Callable[..., float], slopes: Slopes, **columns: Any) -> Op:
    """Add an op of your own to the table: one row, and everything works for it.

    `columns` are those of `Op`, by keyword: glyph, text, latex, precedence, numpy, domain, kink,
    defaults, switch, doc. A row of yours may be replaced by calling this again (as notebooks do).
    Raises OpError if the name is taken by the engine, or if a trial evaluation shows that the row does not fit together.

    >>> from autograd import Value, add_op
    >>> cube = add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x * x,))
    >>> x = Value(2.0); cube(x).backward(); x.grad
    12.0
    """
    if not (isinstance(name, str) and name.isidentifier()) or keyword.iskeyword(name):
        raise OpError(f"an op's name must be a Python identifier, got {name!r}")
    if name in RESERVED:
        raise OpError(f"the op name {name!r} is taken by the engine: choose another")
    if callable(slopes) and not hasattr(slopes, "__code__"):
        raise OpError(f"op {name!r}: slopes must be a Python function of the inputs and out, or a tuple of constants; got {slopes!r}")
    before = OPS.get(name)
    try:
        made = row(name, lambda *inputs: float(forward(*inputs)), slopes, **columns)
        _try_out(made)
    except Exception as error:
        OPS.pop(name, None)
        if before is not None:
            OPS[name] = before
        if isinstance(error, OpError):
            raise
        raise OpError(f"op {name!r}: its row does not fit together ({type(error).__name__}: {error})") from error
    return made


def _try_out(op: Op) -> None:
    """Evaluate a new row once, so that a row that does not fit together fails where it is written."""
    if op.arity < 1:
        raise OpError(f"op {op.name!r}: slopes must take the inputs and then out, so at least two parameters")
    if len(op.domain) != op.arity or not all(isinstance(x, tuple) and len(x) == 2 and x[0] < x[1] for x in op.domain):
        raise OpError(f"op {op.name!r}: domain needs an interval (low, high) for each of its {op.arity} inputs, got {op.domain!r}")
    point = tuple(inside(interval) for interval in op.domain)
    try:
        out = op.forward(*point)
        slopes = op.slopes_at(point, out)
        if op.kink is not None:
            op.kink(*point)
    except Exception as error:
        raise OpError(
            f"op {op.name!r} failed at {point}, a point of its domain, with {type(error).__name__}: {error}. "
            f"forward takes the inputs, slopes the inputs and then out; narrow domain= if the point is outside"
        ) from error
    if not isinstance(slopes, tuple) or len(slopes) != op.arity:
        got = f"a tuple of {len(slopes)}" if isinstance(slopes, tuple) else type(slopes).__name__
        comma = " (a tuple of one needs its comma: `(slope,)`)" if op.arity == 1 else ""
        raise OpError(f"op {op.name!r}: slopes must return a tuple of {op.arity}, one slope for each input, got {got}{comma}")
    for slope in slopes:
        as_float(slope, f"op {op.name!r}: a slope")
    for column in ("text", "latex", "numpy"):
        try:
            getattr(op, column).format(*"abcdefgh"[: op.arity])
        except (IndexError, KeyError, ValueError) as error:
            raise OpError(
                f"op {op.name!r}: {column} is no template of {op.arity} inputs ({error}); a brace of LaTeX is written twice, {{{{"
            ) from None


def inside(interval: Interval) -> float:
    """A point well inside an open interval, for trials: its middle, or one unit from its only bound.

    >>> inside((0.0, float("inf"))), inside((-1.0, 1.0))
    (1.0, 0.25)
    """
    low, high = interval
    if math.isinf(low):
        return 0.5 if math.isinf(high) else high - 1.0
    return low + 1.0 if math.isinf(high) else low + 0.625 * (high - low)


def window(interval: Interval) -> Interval:
    """The part of an interval, at most 40 wide and nearest to 0, in which checks draw their points.

    >>> window((-float("inf"), float("inf"))), window((100.0, float("inf"))), window((0.0, 1.0))
    ((-20.0, 20.0), (100.0, 140.0), (0.0, 1.0))
    """
    low, high = interval
    return max(low, min(-20.0, high - 40.0)), min(high, max(20.0, low + 40.0))
