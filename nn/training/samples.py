"""Samples: where training takes its batches from, in memory or from an iterable.

`samples_of` checks what a user passes in. Lists become lists of floats; arrays stay arrays, and
are never copied as a whole. A batch is `Samples`, too: scalars ask it for `lists()`, arrays for
`floats()`, and each converts no more than that batch.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from random import Random
from typing import TYPE_CHECKING, Any, Final

from autograd.checks import shown
from nn.data import Dataset, as_dataset, split, standardiser
from nn.data.prepare import _mean_and_scale
from nn.training.history import Facts

if TYPE_CHECKING:
    from numpy.typing import NDArray


MANY: Final = 2**20
"""Up to this many numbers, Python computes the moments; beyond, numpy does, in parts."""


class Samples:
    """Rows of numbers X and their targets y: both lists, or both numpy arrays.

    >>> samples_of(([(0, 1), (2, 3)], [0, 1])).take([1]).lists()
    ([[2.0, 3.0]], [1])
    """

    __slots__ = ("X", "is_array", "rows", "y")

    def __init__(self, X: Any, y: Any, is_array: bool, rows: Any = None) -> None:
        self.X, self.y, self.is_array = X, y, is_array
        self.rows = rows  # where they were taken from

    def __len__(self) -> int:
        return len(self.y)

    @property
    def width(self) -> int:
        """How many numbers a row has."""
        return len(self.X[0])

    @property
    def example(self) -> tuple[Any, Any]:
        """Numbers in the shape of one sample, for the compiler."""
        y = self.y[0]
        return [0.0] * self.width, [0.0] * len(y) if hasattr(y, "__len__") else 0.0

    def take(self, rows: Any) -> Samples:
        """The samples at these rows."""
        if self.is_array:
            return Samples(self.X.take(rows, axis=0), self.y.take(rows, axis=0), True, rows)
        return Samples([self.X[i] for i in rows], [self.y[i] for i in rows], False)

    def lists(self) -> tuple[list[list[float]], list[Any]]:
        """X and y as lists of Python's own numbers."""
        if self.is_array:
            return self.X.astype(float, copy=False).tolist(), self.y.tolist()
        return self.X, self.y

    def floats(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """X and y as arrays of floats."""
        self.to_arrays()
        return self.X.astype(float, copy=False), self.y.astype(float, copy=False)

    def to_arrays(self) -> None:
        """Keep arrays from here on. Needs numpy; raises TypeError for ints that it cannot hold."""
        if self.is_array:
            return
        import numpy as np

        y = np.array(self.y)
        if y.dtype.kind not in "if":
            raise TypeError(f"numpy has no numbers for the targets, up to {shown(max(self.y))}")
        self.X, self.y, self.is_array = np.array(self.X), y, True

    def facts(self) -> Facts:
        """What a diagnosis needs to know; no class counts unless all targets are ints."""
        counts = self._counts()
        try:
            of_targets = self.moments(self.y)
        except ValueError:  # too large to have a deviation: the loss will show it
            of_targets = (), ()
        classes = dict(sorted(counts.items()))
        return Facts(len(self), *self.moments(self.X), classes, *of_targets)

    def _counts(self) -> dict[int, int]:
        """How many samples each class has; {} unless all targets are ints."""
        if self.is_array:
            return _counts(self.y) if self.y.dtype.kind == "i" else {}
        return Counter(self.y) if all(isinstance(y, int) for y in self.y) else {}

    def moments(self, rows: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """The mean and the deviation of each column; plain numbers count as one column."""
        if self.is_array:
            return _moments(rows.reshape(len(rows), -1))
        found = standardiser(rows if isinstance(rows[0], list) else [[x] for x in rows])
        return found.mean, found.scale

    def labelled(self) -> Samples:
        """The same with ints as targets, if all are whole numbers."""
        if self.is_array:
            whole = self.y.dtype.kind == "f" and self.y.ndim == 1 and (self.y % 1 == 0).all()
            return Samples(self.X, self.y.astype(int), True) if whole else self
        if all(isinstance(y, float) and y.is_integer() for y in self.y):
            return Samples(self.X, list(map(int, self.y)), False)
        return self

    def split(self, share: float, rng: Random) -> tuple[Samples, Samples]:
        """Two parts, the second with this share of the samples, and of each class."""
        counts = self._counts().values()
        held_out = round(len(self) * share)
        is_even = bool(counts) and min(counts) > 1 and len(counts) <= held_out
        stratify = is_even and held_out <= len(self) - len(counts)
        if not self.is_array:
            first, second = split(Dataset(self.X, self.y), share, rng, stratify=stratify)
            return Samples(first.X, first.y, False), Samples(second.X, second.y, False)
        # By row numbers, in place of the rows.
        numbered = Dataset([[float(i)] for i in range(len(self))], self.y.tolist())
        first, second = split(numbered, share, rng, stratify=stratify)
        return self.take(_numbers(first)), self.take(_numbers(second))

    def epoch(self, size: int, rng: Random) -> Iterator[Samples]:
        """Every sample once, in random order, in batches of this size; the last may be smaller."""
        order: Any = shuffled(len(self), rng)
        if self.is_array:
            import numpy as np

            order = np.frombuffer(array("q", order), np.int64)
        return (self.take(order[k : k + size]) for k in range(0, len(self), size))

    def n_batches(self, size: int) -> int:
        """How many batches of this size an epoch has."""
        return -(-len(self) // size)


def _moments(X: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and scale of each column, as in `standardiser`."""
    import numpy as np

    if X.size <= MANY:
        # The same as for lists, to the last bit. A column at a time: there is never a list of all.
        columns = (X[:, j].astype(float).tolist() for j in range(X.shape[1]))
        means, scales = zip(*map(_mean_and_scale, columns, range(X.shape[1])))
        return means, scales
    low, mean = X.min(axis=0), X.mean(axis=0, dtype=float)
    squares = np.zeros(X.shape[1])
    rows = MANY // X.shape[1] + 1
    for start in range(0, len(X), rows):
        squares += ((X[start : start + rows] - mean) ** 2).sum(axis=0)
    is_constant = low == X.max(axis=0)
    scale = np.where(is_constant | (squares == 0), 1.0, np.sqrt(squares / len(X)))
    return tuple(np.where(is_constant, low, mean).tolist()), tuple(scale.tolist())


def _counts(labels: NDArray[Any]) -> dict[int, int]:
    """How often each label occurs."""
    import numpy as np

    found, counts = np.unique(labels, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist()))


def _numbers(numbered: Dataset) -> list[int]:
    return [int(row[0]) for row in numbered.X]


class Stream:
    """Batches from an iterable, for data that do not fit in memory: each pass over it is an epoch.

    `source` is a function that returns an iterator over pairs (X, y), such as a generator function,
    or an iterable of them. A source that can be iterated over only once, such as a generator, is
    enough for one epoch.
    """

    def __init__(self, source: Callable[[], Iterable[Any]], prepared: Callable[[Any], Samples]):
        self._source, self._prepared = source, prepared
        begun = iter(source())
        first = next(begun, None)
        if first is None:
            raise ValueError("the iterable of batches holds none: fit needs at least one (X, y)")
        checked = prepared(first)
        self.width, self.example = checked.width, checked.example
        self._begun: Iterator[Any] | None = chain([first], begun)

    def to_arrays(self) -> None:
        """Do nothing: each batch is converted when it arrives."""

    def facts(self) -> None:
        """None: finding them would take an extra pass."""
        return None

    def n_batches(self, size: int) -> None:
        return None

    def epoch(self, size: int, rng: Random) -> Iterator[Samples]:
        """One pass, in the order of the iterable; `size` and `rng` have no effect."""
        # The first epoch continues where the look at the first batch ended.
        batches, self._begun = self._begun or iter(self._source()), None
        empty = True
        for i, pair in enumerate(batches):
            batch = self._prepared(pair)
            if batch.width != self.width:
                raise ValueError(
                    f"batch {i} has rows of {batch.width} numbers, the first batch rows of "
                    f"{self.width}: every batch needs equally many features"
                )
            empty = False
            yield batch
        if empty:
            raise ValueError(
                "the iterable of batches is exhausted after one epoch: a generator can be iterated "
                "over only once. Pass the generator function itself, uncalled, or set epochs=1"
            )


def samples_of(data: Any) -> Samples:
    """A user's data, checked: arrays stay arrays, everything else goes through `as_dataset`."""
    given = (data.X, data.y) if isinstance(data, Dataset) else data
    if isinstance(given, (tuple, list)) and len(given) == 2:
        classes = data.classes if isinstance(data, Dataset) else ()
        found = _arrays(given[0], given[1], len(classes))
        if found:
            return found
    checked = as_dataset(data)
    return Samples(checked.X, checked.y, False)


def _arrays(X: Any, y: Any, n_classes: int) -> Samples | None:
    """Samples from well-formed arrays; None for what `as_dataset` must judge."""
    X = _numeric(X)
    y = None if X is None else _numeric(y, lists=True)
    if X is None or y is None or X.ndim != 2 or len(X) != len(y) or not X.size:
        return None
    if y.ndim not in (1, 2) or not y.size or not (_is_finite(X) and _is_finite(y)):
        return None
    is_index = y.ndim == 1 and y.dtype.kind == "i"
    if n_classes and not (is_index and 0 <= y.min() <= y.max() < n_classes):
        return None
    return Samples(X, y if is_index else y.astype(float, copy=False), True)


def _numeric(x: Any, lists: bool = False) -> Any:
    """An array, or a table, of numbers as a numpy array that shares its memory; else None."""
    if sys.modules.get("numpy") is None:  # without it there are no arrays
        return None
    import numpy as np

    if lists and isinstance(x, (list, tuple)):
        try:
            x = np.array(x)
        except ValueError:  # ragged
            return None
    if hasattr(x, "to_numpy"):  # pandas
        x = x.to_numpy()
    if not isinstance(x, np.ndarray) or isinstance(x, np.ma.MaskedArray):
        return None
    if x.dtype.kind in "bu":
        x = x.astype(int)
    # As a plain array: a np.memmap would give one for each batch.
    return np.asarray(x) if x.dtype.kind in "if" and x.ndim else None


def _is_finite(x: NDArray[Any]) -> bool:
    """Whether all numbers and their sum are finite, found without an array of answers."""
    import numpy as np

    with np.errstate(all="ignore"):
        return math.isfinite(x.sum(dtype=float))


def is_iterable_of_batches(data: Any) -> bool:
    """Whether `data` is a stream of batches, rather than data in memory.

    >>> is_iterable_of_batches(([[1.0]], [0])), is_iterable_of_batches(iter([]))
    (False, True)
    """
    in_memory = isinstance(data, (Dataset, tuple, list, str, bytes, dict)) or hasattr(data, "shape")
    return not in_memory and (callable(data) or hasattr(data, "__iter__"))


def source_of(data: Any) -> Callable[[], Iterable[Any]]:
    """The function that starts a pass over an iterable of batches."""

    def begin() -> Iterable[Any]:
        given = data() if callable(data) else data
        if not hasattr(given, "__iter__"):
            raise TypeError(
                f"fit(data) called the function that it got, which returned {shown(given)}: it "
                f"must return an iterable of pairs (X, y), as a generator function does"
            )
        return given  # type: ignore[no-any-return]

    return begin


def shuffled(n: int, rng: Any) -> Sequence[int]:
    """The order that `rng.shuffle` gives to range(n), in half the time.

    >>> order = list(range(9))
    >>> Random(0).shuffle(order); order == shuffled(9, Random(0))
    True
    """
    order = list(range(n))
    if type(rng) is not Random:  # a subclass may draw otherwise
        rng.shuffle(order)
        return order
    draw = rng.getrandbits
    # As the library does it, but without calling a Python function for each sample. Within a
    # stretch down to a power of two, draws have the same number of bits.
    last = n - 1
    while last > 0:
        bits = (last + 1).bit_length()
        lowest = max(2 ** (bits - 1) - 1, 1)
        for i in range(last, lowest - 1, -1):
            j = draw(bits)
            while j > i:
                j = draw(bits)
            order[i], order[j] = order[j], order[i]
        last = lowest - 1
    return order
