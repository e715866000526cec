"""What counts as a number: one conversion, so that every entrance accepts and refuses the same."""

from __future__ import annotations

import os
from numbers import Complex, Real
from typing import Any, Final, NoReturn

from autograd.errors import TracingError, calling_line


def as_float(x: Any, subject: str = "Value") -> float:
    """`x` as a float: Python and numpy numbers, arrays without dimensions, Fraction, Decimal.

    Raises TypeError for anything else (str, None, complex, arrays with dimensions, Values), and
    ValueError for a number beyond the range of a float. `subject` names the taker in the message.

    >>> as_float(3), as_float(True)
    (3.0, 1.0)
    """
    if x.__class__ is float:
        return x
    ndim = getattr(x, "ndim", 0)
    if ndim:
        raise TypeError(
            f"{subject} takes one real number, got an array of shape {tuple(x.shape)}: "
            f"make a Value of each element, e.g. [Value(e) for e in array.flat]"
        )
    number = x.item() if hasattr(x, "item") else x
    is_complex = isinstance(number, Complex) and not isinstance(number, Real)
    if hasattr(type(number), "__op__"):
        raise TypeError(f"{subject} takes a real number, got a Value: pass its .data, or use the Value itself")
    if is_complex or not (hasattr(number, "__float__") or hasattr(number, "__index__")):
        shown = repr(x) if len(repr(x)) <= 40 else repr(x)[:37] + "..."
        raise TypeError(f"{subject} takes a real number (int, float, or a numpy scalar), got {type(x).__name__} {shown}")
    try:
        return float(number)
    except OverflowError:
        raise ValueError(f"{subject} takes a number in the range of a float (up to 1.8e308), got a larger {type(x).__name__}") from None


def is_unknown(x: Any) -> bool:
    """Whether x is a Value without a number: one of a function that is being compiled.

    >>> is_unknown(3.0)
    False
    """
    return getattr(x, "data", None) is UNKNOWN


def _look(self: Any, *others: Any) -> NoReturn:
    file, line = calling_line()
    raise TracingError(
        f"a function that is being compiled may not look at its numbers ({os.path.basename(file)}, line {line}), which are those of "
        "every sample it will ever see: write a choice (if, <, ==, float(), .data) as an op: where(greater(x, 0), a, b), maximum, "
        "minimum, relu or clip"
    )


class _Unknown:
    """The data of a Value while a function is traced: whatever would look at it raises TracingError."""

    __slots__ = ()

    __float__ = __int__ = __index__ = __bool__ = __complex__ = __round__ = _look
    __lt__ = __le__ = __gt__ = __ge__ = _look
    __eq__ = __ne__ = __hash__ = _look
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = _look
    __neg__ = __pos__ = __abs__ = __mod__ = __rmod__ = __floordiv__ = __rfloordiv__ = __divmod__ = __rdivmod__ = _look
    __trunc__ = __floor__ = __ceil__ = __format__ = __array__ = _look

    def __repr__(self) -> str:
        return "?"

    def __reduce__(self) -> str:
        return "UNKNOWN"  # there is one, in every process


UNKNOWN: Final[Any] = _Unknown()
"""The number of a Value whose function is being traced: there is one for every sample, and none yet."""
