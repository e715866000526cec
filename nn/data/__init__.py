"""Data to learn from: toy data, penguins, CSV files; splitting, standardising, batches."""

from nn.data.csv import penguins, read_csv
from nn.data.dataset import Dataset, as_dataset
from nn.data.prepare import Standardiser, batches, split, standardise, standardiser
from nn.data.toys import blobs, circles, digits, moons, spirals, xor

__all__ = [
    "Dataset",
    "Standardiser",
    "as_dataset",
    "batches",
    "blobs",
    "circles",
    "digits",
    "moons",
    "penguins",
    "read_csv",
    "spirals",
    "split",
    "standardise",
    "standardiser",
    "xor",
]


def __dir__() -> list[str]:
    return sorted(__all__)
