"""What callers pass in, checked once: sizes, seeds, rows of numbers, parameters."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NoReturn, Protocol, TypeAlias, cast

from autograd import Value
from autograd.checks import as_float, shown
from autograd.value import put

RNG: TypeAlias = random.Random | int | None
Row: TypeAlias = "Sequence[Value | float]"
"""One sample, as a model takes it: numbers, or Values where gradients of the inputs are wanted."""


class Array(Protocol):
    """An array or a table of another library, such as numpy, PyTorch or pandas.

    Its type does not say how many dimensions it has, so neither does the type of what a model
    makes of it.
    """

    def __array__(self) -> Any: ...


def generator(rng: RNG) -> random.Random:
    """A random number generator: the one given, one from a seed, or Python's own for None.

    Raises TypeError for anything else.

    >>> generator(0).random() == random.Random(0).random()
    True
    """
    if rng is None or rng is cast(object, random):
        return cast(random.Random, random)  # the module has the methods of its hidden generator
    if isinstance(rng, random.Random):
        return rng
    if isinstance(rng, bool) or not hasattr(rng, "__index__"):
        raise TypeError(
            f"rng must be a random.Random, an int to seed one, or None for Python's own, "
            f"got {shown(rng)}"
        )
    return random.Random(operator.index(rng))


def size(number: Any, subject: str) -> int:
    """A positive int, also numpy's; raises ValueError, naming the subject, for anything else.

    >>> size(3, "the number of inputs")
    3
    """
    try:
        count = operator.index(number)
    except TypeError:
        count = 0
    if count < 1 or isinstance(number, bool):
        raise ValueError(f"{subject} must be a positive int, got {shown(number)}")
    return count


def has_axis(x: Any) -> bool:
    """Whether `x` is a row of things; strings and arrays without dimensions are not.

    >>> has_axis([1.0]), has_axis(1.0)
    (True, False)
    """
    return hasattr(x, "__len__") and getattr(x, "ndim", 1) > 0 and not isinstance(x, str)


def expect(n: int, x: Any, taker: Any, noun: str = "inputs", where: str = "") -> None:
    """Raise ValueError or TypeError, naming the taker, unless `x` has n elements."""
    if not has_axis(x):
        raise TypeError(f"{where}{brief(taker)} takes a list of {n} {noun}, got {shown(x)}")
    if len(x) != n:
        raise ValueError(f"{where}{brief(taker)} takes {n} {noun}, got {len(x)}")


def values_of(parameters: Any, taker: str) -> list[Value]:
    """Parameters as a list; raises TypeError, naming the taker, for anything but Values.

    >>> values_of([Value(1.0)], "l2")
    [Value(1.0)]
    """
    values = list(parameters) if isinstance(parameters, Iterable) else None
    if values is None or not all(isinstance(p, Value) for p in values):
        raise TypeError(
            f"{taker} takes the Values of a model, as in {taker}(model.parameters()), "
            f"got {brief(parameters)}"
        )
    return values


def brief(x: Any) -> str:
    """Like `shown`, with more room: for a module, only the first line of its repr."""
    try:
        head, *rest = repr(x).split("\n")
    except Exception:
        return shown(x)
    text = head.rstrip(":") + ")" if rest else head
    return text if len(text) <= 100 else text[:97] + "..."


def listing(names: Iterable[str]) -> str:
    """Names for a message, as many as fit on two lines.

    >>> listing(["a", "b"]), listing(map(str, range(1000)))[-14:]
    ('a, b', '1, 52, 53, ...')
    """
    text = ""
    for name in names:
        if len(text) > 200:
            return f"{text[:400]}, ..."
        text = f"{text}, {name}" if text else str(name)
    return text[:400]


def hinting(module: str, habits: Mapping[str, str]) -> Callable[[str], NoReturn]:
    """The `__getattr__` of a module that knows what PyTorch calls things, and what to write here.

    >>> hinting("nn", {"Linear": "Layer(2, 8)"})("Linear")
    Traceback (most recent call last):
    AttributeError: nn has no Linear: Layer(2, 8)
    """

    def look_up(name: str) -> NoReturn:
        hint = habits.get(name)
        title = f"{module} has no {name[:40]}"
        raise AttributeError(f"{title}: {hint}" if hint else title)

    return look_up


def samples(x: Any) -> tuple[Any, bool]:
    """What a module was called with, as a list if it is a row, and whether it is a row of rows.

    >>> samples((1.0, 2.0)), samples([[1.0, 2.0]]), samples(3.0)
    (([1.0, 2.0], False), ([[1.0, 2.0]], True), (3.0, False))
    """
    if x.__class__ is not list:
        if not has_axis(x) and not hasattr(x, "__next__"):
            return x, False
        x = listed(x)
    return x, bool(x) and has_axis(x[0])


def listed(x: Any) -> Sequence[Any]:
    """The elements of a sequence, an array or a table in a list; numpy's numbers as Python's.

    >>> listed((1, 2)), listed(range(2))
    ([1, 2], [0, 1])
    """
    if hasattr(x, "to_numpy"):  # pandas
        x = x.to_numpy()
    return x.tolist() if hasattr(x, "tolist") else list(x)


def plain_number(x: Any) -> float:
    """The number in a Value, deliberately without its graph, or the number itself.

    >>> plain_number(Value(2.0)), plain_number(2)
    (2.0, 2.0)
    """
    return x.data if isinstance(x, Value) else float(x)


def assign(values: Iterable[Value], data: Iterable[float]) -> None:
    """Set the data of many Values in one call into C, so that Ctrl-C finds all moved, or none.

    >>> w, b = Value(1.0), Value(2.0)
    >>> assign([w, b], [3.0, 4.0]); w.data, b.data
    (3.0, 4.0)
    """
    numbers = [as_float(x, "a parameter") for x in data]
    put(values, numbers)


def counted(count: int, noun: str) -> str:
    """A count and its noun, in the plural where needed.

    >>> counted(1, "row"), counted(2, "class")
    ('1 row', '2 classes')
    """
    ending = "es" if noun.endswith("s") else "s"
    return f"{count} {noun}" if count == 1 else f"{count} {noun}{ending}"
