"""What callers pass in: is it a number, is it in range? One place for all checks, so they agree."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Complex, Real
from typing import Any, Final, TypeAlias

Interval: TypeAlias = "tuple[float, float]"

EVERYWHERE: Final[Interval] = (-math.inf, math.inf)


def as_float(x: Any, subject: str = "Value") -> float:
    """`x` as a float: Python and numpy numbers, 0-dimensional arrays, Fraction, Decimal.

    Raises TypeError for anything else (str, None, complex, arrays with dimensions, Values), and
    ValueError for a number beyond the range of a float. `subject` names what takes the number, for
    the message.

    >>> as_float(3), as_float(True)
    (3.0, 1.0)
    """
    if x.__class__ is float:
        return x
    if getattr(x, "ndim", 0):
        raise TypeError(
            f"{subject} takes one real number, got an array of shape {tuple(x.shape)}: "
            f"make a Value of each element, e.g. [Value(e) for e in array.flat]"
        )
    kind = type(x)
    number = unboxed(x)
    if hasattr(type(number), "__op__"):
        raise TypeError(
            f"{subject} takes a real number, got a Value: pass its .data, or use the Value itself"
        )
    is_complex = isinstance(number, Complex) and not isinstance(number, Real)
    is_number = hasattr(number, "__float__") or hasattr(number, "__index__")
    if is_complex or not is_number or getattr(x, "mask", False):  # numpy's masked is not a number
        raise TypeError(
            f"{subject} takes a real number (int, float, or a numpy scalar), "
            f"got {kind.__name__} {shown(x)}"
        )
    try:
        result = float(number)
    except OverflowError:
        result = math.inf
    if math.isinf(result) and number != result:  # an int or a Decimal may be too large
        raise ValueError(
            f"{subject} takes a number in the range of a float (up to 1.8e308), "
            f"got a larger {kind.__name__}"
        )
    return result


def unboxed(x: Any) -> Any:
    """What a 0-dimensional numpy array holds (`np.where` makes them from Values); else x itself."""
    return x.item() if getattr(x, "ndim", None) == 0 and hasattr(x, "dtype") else x


RANGES: Final[dict[str, Callable[[float], bool]]] = {
    "positive": lambda x: x > 0,
    "positive and finite": lambda x: 0 < x < math.inf,
    "at least 0 and finite": lambda x: 0 <= x < math.inf,
    "from 0 to 1": lambda x: 0 <= x <= 1,
}
"""The ranges in which a setting may lie, as messages name them."""


def in_range(x: Any, subject: str, wanted: str) -> float:
    """`x` as a float; raises ValueError outside this range, and TypeError if it is not a number.

    >>> in_range(1, "Dropout(p)", "from 0 to 1")
    1.0
    """
    number = as_float(x, subject)
    if not RANGES[wanted](number):
        raise ValueError(f"{subject} must be {wanted}, got {shown(x)}")
    return number


def shown(x: Any, width: int = 40) -> str:
    """The repr of whatever a caller passed, cut short enough for a message.

    >>> shown(list(range(100)))
    '[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11...'
    """
    try:
        text = repr(x)
    except Exception:
        text = f"<a {type(x).__name__} whose repr fails>"
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 3] + "..."


def inside(interval: Interval) -> float:
    """A point well inside an open interval, off its middle, or one unit from its only bound.

    >>> inside((0.0, float("inf"))), inside((-1.0, 1.0))
    (1.0, 0.25)
    """
    low, high = interval
    if math.isinf(low):
        return 0.5 if math.isinf(high) else high - 1.0
    return low + 1.0 if math.isinf(high) else low + 0.625 * (high - low)
