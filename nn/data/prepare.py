"""What is done to data before it is learned from: splitting, standardising, batches."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from autograd.checks import shown
from nn import arguments
from nn.arguments import RNG, generator, listed
from nn.data.dataset import Dataset, as_dataset, counted, number, rows


def split(data: Any, test: float = 0.3, rng: RNG = None) -> tuple[Dataset, Dataset]:
    """The samples in random order, in two Datasets without one in common: (training, test) of n - round(n · test) and round(n · test).

    Takes what `as_dataset` takes; the names of features and classes stay. Raises ValueError for a fraction not between 0 and 1,
    or one that leaves either side empty.

    >>> from nn.data import penguins
    >>> split(penguins(), test=0.25, rng=0)
    (Dataset(256 samples, 4 features, 3 classes), Dataset(86 samples, 4 features, 3 classes))
    """
    dataset = as_dataset(data)
    n = len(dataset.y)
    if not 0 < number(test, "test, the fraction to set aside,") < 1:
        raise ValueError(f"test, the fraction to set aside, must be between 0 and 1, as in test=0.3, got {shown(test)}")
    held_out = round(n * test)
    if not 0 < held_out < n:
        raise ValueError(f"both sides of a split need a sample, but test={shown(test)} sets aside {held_out} of {n}; change test or add samples")
    order = list(range(n))
    generator(rng).shuffle(order)
    return _picked(dataset, order[held_out:]), _picked(dataset, order[:held_out])


@dataclass(frozen=True, repr=False)
class Standardiser:
    """The map x ↦ (x - mean) / scale, feature by feature, of a row or of rows; `standardiser` makes one from data.

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
            raise ValueError(f"this Standardiser was made from {wanted}, got rows of {got}; give it the same columns")
        scaled = [[(x_j - mean) / scale for x_j, mean, scale in zip(row, self.mean, self.scale)] for row in table]
        return scaled[0] if one else scaled


def standardiser(X: Any) -> Standardiser:
    """The Standardiser after which the rows X have mean 0 and standard deviation 1 in every feature: mean = Σx/n, scale² = Σ(x - mean)²/n.

    Takes a Dataset as well. A constant feature has scale 1, so it becomes 0. Raises ValueError for X that is empty or ragged.

    >>> standardiser([[1, 7], [3, 7]])
    Standardiser(mean=(2.0, 7.0), scale=(1.0, 1.0))
    """
    columns = zip(*rows(X.X if isinstance(X, Dataset) else X, "X"))
    mean, scale = zip(*(_mean_and_scale(column, j) for j, column in enumerate(columns)))
    return Standardiser(mean, scale)


def standardise(train: Any, *others: Any) -> Any:
    """The training data and all others, standardised with the mean and the scale of the training data alone.

    Each is a Dataset or rows X; one alone comes back alone, several as a tuple. What is measured on test data must not know them,
    so they have no part in the mean. Raises ValueError if the others have another number of features.

    >>> standardise([[1.0], [3.0]], [[5.0]])
    ([[-1.0], [1.0]], [[3.0]])
    """
    to_unit = standardiser(train)
    done = tuple(replace(data, X=to_unit(data.X)) if isinstance(data, Dataset) else to_unit(data) for data in (train, *others))
    return done if others else done[0]


def batches(X: Any, y: Any, size: int, rng: RNG = None, shuffle: bool = True) -> Iterator[tuple[list[Any], list[Any]]]:
    """One epoch: (rows, targets) of `size` samples at a time, every sample once, in random order; the last batch may be smaller.

    Without `shuffle` the order is that of X. Only lengths are checked, so rows may be of anything. Raises ValueError for X and y
    of different lengths or none, and a size that is not a positive int.

    >>> list(batches([[1], [2], [3]], [0, 1, 1], size=2, shuffle=False))
    [([[1], [2]], [0, 1]), ([[3]], [1])]
    """
    size = arguments.size(size, "the size of a batch")
    X, y = listed(X), listed(y)
    if len(X) != len(y):
        raise ValueError(f"X and y must have the same length, got {counted(len(X), 'row')} in X and {counted(len(y), 'target')} in y")
    if not len(X):
        raise ValueError("batches needs at least one sample, got none in X and y")
    order = list(range(len(X)))
    if shuffle:
        generator(rng).shuffle(order)
    starts = range(0, len(order), size)
    return (([X[i] for i in order[k : k + size]], [y[i] for i in order[k : k + size]]) for k in starts)


def _picked(dataset: Dataset, order: Sequence[int]) -> Dataset:
    return replace(dataset, X=[dataset.X[i] for i in order], y=[dataset.y[i] for i in order], dropped=0)


def _mean_and_scale(column: Sequence[float], j: int) -> tuple[float, float]:
    if min(column) == max(column):
        return column[0], 1.0  # exactly: the rounded mean may be next to it, and noise would be scaled to 1
    try:
        mean = statistics.fmean(column)
    except OverflowError:
        mean = math.inf
    # Not Σx² - n·mean²: it has no correct digit left where the mean is large against the deviation.
    scale = math.hypot(*(x - mean for x in column)) / math.sqrt(len(column))
    if not math.isfinite(scale):
        raise ValueError(f"column {j} of X has numbers too large to standardise, up to {max(map(abs, column))}; divide them by 1e10 first")
    return mean, scale or 1.0  # 0 where the deviation is below the smallest float
