"""What is done to data before a model learns from it: splitting, standardising, batches."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.checks import shown
from nn import arguments
from nn.arguments import RNG, counted, generator, listed
from nn.data.dataset import Dataset, as_dataset, number, rows


def split(
    data: Any, test: float = 0.3, rng: RNG = None, *, stratify: bool = False
) -> tuple[Dataset, Dataset]:
    """The samples in random order, in two Datasets: (training, test), with round(n·test) in test.

    Takes what `as_dataset` takes; the names of features and classes stay. With `stratify` each
    class has its share on both sides, and at least one sample. Raises ValueError for a fraction not
    between 0 and 1, or one that leaves either side empty or without a sample of some class, and for
    targets that are not classes but should be stratified.

    >>> from nn.data import penguins
    >>> train, test = split(penguins(), test=0.25, rng=0, stratify=True)
    >>> [train.y.count(c) for c in range(3)], [test.y.count(c) for c in range(3)]
    ([113, 51, 92], [38, 17, 31])
    """
    dataset = as_dataset(data)
    n = len(dataset.y)
    if not 0 < number(test, "test, the fraction to set aside,") < 1:
        raise ValueError(
            f"test, the fraction to set aside, must be between 0 and 1, as in test=0.3, "
            f"got {shown(test)}"
        )
    held_out = round(n * test)
    if not 0 < held_out < n:
        raise ValueError(
            f"both sides of a split need a sample, but test={shown(test)} sets aside {held_out} of "
            f"{n}; change test or add samples"
        )
    order = list(range(n))
    generator(rng).shuffle(order)
    if not stratify:
        return _picked(dataset, order[held_out:]), _picked(dataset, order[:held_out])
    left = _shares(dataset.y, held_out)
    sides: tuple[list[int], list[int]] = [], []
    for i in order:
        is_test = left[dataset.y[i]] > 0
        left[dataset.y[i]] -= is_test
        sides[is_test].append(i)
    return _picked(dataset, sides[0]), _picked(dataset, sides[1])


def _shares(y: list[Any], held_out: int) -> dict[int, int]:
    """How many samples of each class are set aside: its share of them, and at least one."""
    if not all(isinstance(label, int) for label in y):
        raise ValueError(
            "split(stratify=True) is for classes, whole numbers as targets; a regression is split "
            "without it"
        )
    counts = Counter(y)
    for label, count in counts.items():
        if count < 2:
            raise ValueError(
                f"split(stratify=True) needs two samples of each class, but class {label} has one: "
                f"leave it out, or split without stratify"
            )
    if not len(counts) <= held_out <= len(y) - len(counts):
        raise ValueError(
            f"split(stratify=True) needs a sample of each of {len(counts)} classes on both sides, "
            f"but {held_out} of {len(y)} are set aside; change test or add samples"
        )
    exact = {label: held_out * count / len(y) for label, count in sorted(counts.items())}
    shares = {c: min(max(1, int(share)), counts[c] - 1) for c, share in exact.items()}
    while sum(shares.values()) != held_out:  # one more, or one fewer, where it is most due
        step = 1 if sum(shares.values()) < held_out else -1
        free = [c for c in shares if 1 <= shares[c] + step <= counts[c] - 1]
        shares[max(free, key=lambda c: step * (exact[c] - shares[c]))] += step
    return shares


@dataclass(frozen=True, repr=False)
class Standardiser:
    """The map x ↦ (x - mean) / scale, feature by feature, of a row or rows; see `standardiser`.

    Raises ValueError or TypeError for rows that do not have a finite number for each feature.

    >>> to_unit = Standardiser(mean=(10.0, 0.0), scale=(2.0, 1.0))
    >>> to_unit([14, 3]), to_unit([[10, 0], [8, -1]])
    ([2.0, 3.0], [[0.0, 0.0], [-1.0, -1.0]])
    """

    mean: tuple[float, ...]
    scale: tuple[float, ...]

    def __repr__(self) -> str:
        mean, scale = shown(self.mean, 80), shown(self.scale, 80)
        return f"Standardiser(mean={mean}, scale={scale})"

    def __call__(self, x: Any) -> Any:
        cells = listed(x)
        one = isinstance(cells, list) and bool(cells) and not hasattr(cells[0], "__iter__")
        table = rows([cells] if one else cells, "x")
        if len(table[0]) != len(self.mean):
            wanted, got = counted(len(self.mean), "feature"), len(table[0])
            raise ValueError(
                f"this Standardiser was made from {wanted}, got rows of {got}; give it the same "
                f"columns"
            )
        scaled = [self._of_row(row) for row in table]
        return scaled[0] if one else scaled

    def of_targets(self, y: list[Any]) -> list[Any]:
        """Targets, which may be numbers or rows.

        >>> Standardiser(mean=(10.0,), scale=(2.0,)).of_targets([14.0])
        [2.0]
        """
        if isinstance(y[0], list):
            return [self._of_row(row) for row in y]
        return [(t - self.mean[0]) / self.scale[0] for t in y]

    def back(self, x: Any) -> Any:
        """The number, or the row, that became this one.

        >>> Standardiser(mean=(10.0,), scale=(2.0,)).back(1.5)
        13.0
        """
        if not isinstance(x, list):
            return x * self.scale[0] + self.mean[0]
        return [y * scale + mean for y, mean, scale in zip(x, self.mean, self.scale)]

    def _of_row(self, row: list[float]) -> list[float]:
        return [(x - mean) / scale for x, mean, scale in zip(row, self.mean, self.scale)]


def standardiser(X: Any) -> Standardiser:
    """The Standardiser after which X has mean 0 and standard deviation 1 in every feature.

    mean = Σx/n, scale² = Σ(x - mean)²/n. Takes a Dataset as well. A constant feature has scale 1,
    so it becomes 0. Raises ValueError for X that is empty or ragged.

    >>> standardiser([[1, 7], [3, 7]])
    Standardiser(mean=(2.0, 7.0), scale=(1.0, 1.0))
    """
    columns = zip(*rows(X.X if isinstance(X, Dataset) else X, "X"))
    mean, scale = zip(*(_mean_and_scale(column, j) for j, column in enumerate(columns)))
    return Standardiser(mean, scale)


def standardise(train: Any, *others: Any) -> Any:
    """The training data and all others, standardised with the moments of the training data only.

    Each is a Dataset or rows X; a single one is returned by itself, several as a tuple. The test
    data must stay unseen, so they have no part in the mean. Raises ValueError if the others have
    a different number of features.

    >>> standardise([[1.0], [3.0]], [[5.0]])
    ([[-1.0], [1.0]], [[3.0]])
    """
    to_unit = standardiser(train)
    done = []
    for data in (train, *others):
        is_dataset = isinstance(data, Dataset)
        done.append(replace(data, X=to_unit(data.X)) if is_dataset else to_unit(data))
    return tuple(done) if others else done[0]


def batches(
    X: Any, y: Any, size: int, rng: RNG = None, shuffle: bool = True
) -> Iterator[tuple[list[Any], list[Any]]]:
    """One epoch: (rows, targets) of `size` samples at a time, every sample once, in random order.

    The last batch may be smaller. Without `shuffle` the order is that of X. Only lengths are
    checked, so rows may hold anything. Raises ValueError for X and y of different lengths or of
    length 0, and for a size that is not a positive int.

    >>> list(batches([[1], [2], [3]], [0, 1, 1], size=2, shuffle=False))
    [([[1], [2]], [0, 1]), ([[3]], [1])]
    """
    size = arguments.size(size, "the size of a batch")
    X, y = listed(X), listed(y)
    if len(X) != len(y):
        raise ValueError(
            f"X and y must have the same length, got {counted(len(X), 'row')} in X and "
            f"{counted(len(y), 'target')} in y"
        )
    if not len(X):
        raise ValueError("batches needs at least one sample, got none in X and y")
    order = list(range(len(X)))
    if shuffle:
        generator(rng).shuffle(order)
    parts = (order[start : start + size] for start in range(0, len(order), size))
    return ((_at(part, X), _at(part, y)) for part in parts)


def _picked(dataset: Dataset, order: Sequence[int]) -> Dataset:
    return replace(dataset, X=_at(order, dataset.X), y=_at(order, dataset.y), dropped=0)


def _at(places: Sequence[int], things: Sequence[Any]) -> list[Any]:
    return [things[i] for i in places]


def _mean_and_scale(column: Sequence[float], j: int) -> tuple[float, float]:
    if min(column) == max(column):
        return column[0], 1.0  # exactly: noise about a rounded mean would be scaled to 1
    try:
        mean = statistics.fmean(column)
    except OverflowError:
        mean = math.inf
    # Not Σx² - n·mean²: none of its digits is right if the mean is large against the deviation.
    scale = math.hypot(*(x - mean for x in column)) / math.sqrt(len(column))
    if not math.isfinite(scale):
        raise ValueError(
            f"column {j} of X has numbers too large to standardise, up to {max(map(abs, column))}; "
            f"divide them by 1e10 first"
        )
    return mean, scale or 1.0  # 0 where the deviation is below the smallest float
