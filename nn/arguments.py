"""What callers hand in, checked once: sizes, seeds, rows of numbers; and how numbers are handed to Values."""

from __future__ import annotations

import operator
import random
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias, cast

from autograd import Value

RNG: TypeAlias = "random.Random | int | None"


def generator(rng: RNG) -> random.Random:
    """A generator of random numbers: the one given, a new one from a seed, or Python's own for None.

    Raises TypeError for anything else.

    >>> generator(0).random() == random.Random(0).random()
    True
    """
    if rng is None or rng is cast(object, random):
        return cast(random.Random, random)  # the module has the methods of its own hidden generator
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, bool) or not hasattr(rng, "__index__"):
        raise TypeError(f"rng must be a random.Random, an int to seed one, or None for Python's own, got {rng!r}")
    return random.Random(operator.index(rng))


def size(number: Any, subject: str) -> int:
    """A positive int, numpy's included; ValueError, naming the subject, for anything else.

    >>> size(3, "the number of inputs")
    3
    """
    try:
        count = operator.index(number)
    except TypeError:
        count = 0
    if count < 1 or isinstance(number, bool):
        raise ValueError(f"{subject} must be a positive int, got {number!r}")
    return count


def listed(x: Any) -> Sequence[Any]:
    """The elements of a sequence, an array or a table of data, in a list, as Python's own numbers where they are an array's.

    >>> listed((1, 2)), listed(range(2))
    ([1, 2], [0, 1])
    """
    if hasattr(x, "to_numpy"):  # pandas
        x = x.to_numpy()
    return x.tolist() if hasattr(x, "tolist") else list(x)


def assign(values: Iterable[Value], data: Iterable[float]) -> None:
    """Set the data of many Values, in one call into C: Ctrl-C finds all of them moved, or none.

    >>> w, b = Value(1.0), Value(2.0)
    >>> assign([w, b], [3.0, 4.0]); w.data, b.data
    (3.0, 4.0)
    """
    deque(map(_set_data, values, data), maxlen=0)


_set_data = Value.data.__set__  # type: ignore[attr-defined, misc]
