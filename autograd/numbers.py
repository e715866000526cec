"""What counts as a number: one conversion, so that every entrance accepts and refuses the same."""

from __future__ import annotations

from numbers import Complex, Real
from typing import Any


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
