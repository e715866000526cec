"""The Dataset, and the one check of what comes in: any kind of rows, errors with their place."""

import math
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn.data import Dataset, as_dataset

from .refusals import refusal

NUMBERS = st.floats(-1e6, 1e6)


@st.composite
def datasets(draw, least=1):
    n, width = draw(st.integers(least, 20)), draw(st.integers(1, 4))
    X = draw(st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=n, max_size=n))
    return Dataset(X, list(range(n)))  # each target names its row


class Table:
    """What pandas shows of a DataFrame or a Series."""

    def __init__(self, array, columns=None):
        self.array = np.array(array)
        if columns:
            self.columns = columns

    def __iter__(self):
        raise AssertionError("iterating a DataFrame gives column names, not rows")

    def to_numpy(self):
        return self.array


# The Dataset.


def test_a_dataset_unpacks_into_x_and_y():
    dataset = Dataset([[1.0]], [0])
    X, y = dataset
    assert X is dataset.X and y is dataset.y


def test_a_dataset_has_no_length_which_would_have_to_be_two():
    with pytest.raises(TypeError):
        len(Dataset([[1.0]], [0]))


def test_a_dataset_is_frozen():
    with pytest.raises(FrozenInstanceError):
        Dataset([[1.0]], [0]).y = [1]


@pytest.mark.parametrize(
    ("dataset", "text"),
    [
        (Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1]), "Dataset(2 samples, 2 features, 2 classes)"),
        (Dataset([[1.0]], [0], classes=("a", "b", "c")), "Dataset(1 sample, 1 feature, 3 classes)"),
        (Dataset([[1.0], [2.0]], [0.0, 1.5]), "Dataset(2 samples, 1 feature)"),
        (Dataset([[1.0], [2.0]], [40, 50]), "Dataset(2 samples, 1 feature)"),
        (Dataset([[1.0]], [[1.0, 2.0]]), "Dataset(1 sample, 1 feature)"),
        (Dataset([[1.0]], [0.5], dropped=1), "Dataset(1 sample, 1 feature; 1 row dropped)"),
        (Dataset([], []), "Dataset(0 samples, 0 features)"),
        (Dataset(np.zeros((3, 2)), np.array([0.5, 1, 2])), "Dataset(3 samples, 2 features)"),
    ],
)
def test_the_repr_counts(dataset, text):
    assert repr(dataset) == text


# What comes in.


@pytest.mark.parametrize(
    "X",
    [
        [[1, 2], [3, 4]],
        ((1, 2), (3, 4)),
        [(1.0, Fraction(2)), range(3, 5)],
        iter([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]]),
        np.array([[1, 2], [3, 4]], dtype=np.float32),
        np.array([[1, 2], [3, 4]], dtype=object),
        [np.array([1, 2]), np.array([3, 4])],
        [[np.float32(1), np.int8(2)], [np.array(3), np.float64(4)]],
        Table([[1, 2], [3, 4]]),
    ],
)
def test_rows_of_any_kind_become_lists_of_floats(X):
    dataset = as_dataset((X, [0, 1]))
    assert dataset == Dataset([[1.0, 2.0], [3.0, 4.0]], [0, 1])
    assert {type(x) for row in dataset.X for x in row} == {float} and {
        type(row) for row in dataset.X
    } == {list}


@pytest.mark.parametrize(
    ("y", "wanted", "kind"),
    [
        ([0, 1], [0, 1], int),
        ((True, False), [1, 0], int),
        (np.array([0, 1], dtype=np.uint8), [0, 1], int),
        (np.array([True, False]), [1, 0], int),
        ([np.int64(0), np.int64(1)], [0, 1], int),
        ([np.True_, np.False_], [1, 0], int),
        ([np.array(1.5), 2.5], [1.5, 2.5], float),
        ([-1, 2**60 + 1], [-1, 2**60 + 1], int),
        (Table([3, 4]), [3, 4], int),
        ([0.0, 1.0], [0.0, 1.0], float),
        ([0, 1.5], [0.0, 1.5], float),
        (np.array([0.0, 1.0]), [0.0, 1.0], float),
        ([np.float32(0.5), 1], [0.5, 1.0], float),
        ([[0.5], [1]], [[0.5], [1.0]], list),
        (np.array([[1.0], [2.0]]), [[1.0], [2.0]], list),
        (Table([[1.0], [2.0]]), [[1.0], [2.0]], list),
        ([(1, 2), np.array([3, 4])], [[1.0, 2.0], [3.0, 4.0]], list),
    ],
)
def test_targets_stay_what_they_are_in_python_s_own_numbers(y, wanted, kind):
    got = as_dataset(([[1.0], [2.0]], y)).y
    assert got == wanted and {type(target) for target in got} == {kind}
    assert kind is not list or {type(x) for row in got for x in row} == {float}


def test_columns_of_a_table_name_the_features():
    assert as_dataset((Table([[1, 2]], ["a", 7]), [0])).features == ("a", "7")


@given(datasets())
def test_a_dataset_that_is_fine_comes_back_equal_and_its_own(dataset):
    checked = as_dataset(dataset)
    assert checked == dataset == as_dataset(tuple(dataset))
    checked.X[0][0] = math.pi
    checked.y[0] = -5
    assert dataset.X[0][0] != math.pi and dataset.y[0] == 0


def test_names_and_counts_survive_the_check():
    dataset = Dataset([[1.0]], [0], ("a",), ("cat", "dog"), 3)
    assert as_dataset(dataset) == dataset
    assert as_dataset(Dataset([[1.0]], [0], ["a"], ["cat"])).classes == ("cat",)


@pytest.mark.parametrize(
    ("X", "y", "kind", "parts"),
    [
        ([[1], [2], [3]], [0, 1], ValueError, ("same length", "3 rows in X", "2 targets in y")),
        ([[1]], [], ValueError, ("1 row in X", "0 targets in y")),
        (
            [[1, 2, 3, 4]] * 3 + [[1, 2]],
            [0] * 4,
            ValueError,
            ("row 3 of X has 2 numbers, others have 4",),
        ),
        ([[1], [1, 2], [1, 2]], [0] * 3, ValueError, ("row 0 of X has 1 number, others have 2",)),
        ([[1], []], [0, 1], ValueError, ("row 1 of X is empty",)),
        ([], [], ValueError, ("X must have at least one row",)),
        (np.zeros((0, 2)), [], ValueError, ("X must have at least one row",)),
        (np.zeros((2, 0)), [0, 1], ValueError, ("row 0 of X is empty",)),
        (
            [1.0, 2.0],
            [0, 1],
            ValueError,
            ("X must be rows of numbers", "got 1.0 as row 0", "[[x] for x in X]"),
        ),
        (
            np.array([1.0, 2.0]),
            [0, 1],
            ValueError,
            ("X must be rows of numbers", "[[x] for x in X]"),
        ),
        (["ab", "cd"], [0, 1], ValueError, ("got 'ab' as row 0",)),
        ([{"a": 1}], [0], ValueError, ("got a dict as row 0",)),
        ({"a": [1, 2]}, [0, 1], TypeError, ("X must be rows of numbers", "got a dict")),
        (5, [0], TypeError, ("X must be rows of numbers", "got 5")),
        (np.array(5.0), [0], TypeError, ("X must be rows of numbers", "got a ndarray")),
        (None, [0], TypeError, ("X must be rows of numbers", "got None")),
        (
            [[1, 2], [3, "4"]],
            [0, 1],
            TypeError,
            ("row 1, column 1 of X must be a number, got '4'", "float('4')"),
        ),
        ([[1, 2], [None, 4]], [0, 1], TypeError, ("row 1, column 0 of X", "got None")),
        (np.array([["a", "b"]]), [0], TypeError, ("row 0, column 0 of X", "got 'a'")),
        ([[np.array([1.0])]], [0], TypeError, ("row 0, column 0 of X", "got a list")),
        ([[1j]], [0], TypeError, ("row 0, column 0 of X", "got 1j")),
        (np.zeros((2, 2, 2)), [0, 1], TypeError, ("row 0, column 0 of X", "got a list")),
        (
            [[0.0, 1.0], [2.0, math.nan]],
            [0, 1],
            ValueError,
            ("row 1, column 1 of X must be a finite number, got nan",),
        ),
        (
            np.array([[0.0, -np.inf]]),
            [0],
            ValueError,
            ("row 0, column 1 of X must be a finite number, got -inf",),
        ),
        ([[10**400]], [0], ValueError, ("row 0, column 0 of X", "finite")),
        (
            [[1]],
            ["cat"],
            TypeError,
            ("target 0 of y must be a number, got 'cat'", "indices 0, 1, 2"),
        ),
        ([[1]], np.array(["cat"]), TypeError, ("target 0 of y", "got 'cat'", "indices")),
        ([[1], [2]], [0, None], TypeError, ("target 1 of y must be a number, got None",)),
        (
            [[1], [2]],
            [0, math.nan],
            ValueError,
            ("target 1 of y must be a finite number, got nan",),
        ),
        ([[1], [2]], [[1, 2], [3]], ValueError, ("row", "of y has", "others have")),
        ([[1], [2]], [[1], [math.inf]], ValueError, ("row 1, column 0 of y", "inf")),
        ([[1], [2]], [[1], 2], ValueError, ("y must be rows of numbers", "got 2 as row 1")),
        ([[1]], 0, TypeError, ("y must be a list of targets", "got 0")),
        ([[1]], "0", TypeError, ("y must be a list of targets", "got '0'")),
        ([[1]], np.array(0), TypeError, ("y must be a list of targets",)),
    ],
)
def test_data_that_cannot_be_used_is_refused_with_its_place(X, y, kind, parts):
    with refusal(kind, *parts):
        as_dataset((X, y))


@pytest.mark.parametrize(
    ("given_data", "kind", "parts"),
    [
        ([[1], [2], [3]], ValueError, ("pair (X, y)", "list of 3", "zip(*samples)")),
        ((), ValueError, ("pair (X, y)", "tuple of 0")),
        (np.zeros((2, 2)), TypeError, ("pair (X, y)", "ndarray")),
        (None, TypeError, ("pair (X, y)", "None")),
        (
            Dataset([[1.0, 2.0]], [0], ("a",)),
            ValueError,
            ("features must name every column", "1 name for 2 columns"),
        ),
        (
            Dataset([[1.0]], [2], classes=("a", "b")),
            ValueError,
            ("target 0 of y", "2 classes", "got 2"),
        ),
        (Dataset([[1.0]], [-1], classes=("a", "b")), ValueError, ("target 0 of y", "got -1")),
        (Dataset([[1.0]], [0.5], classes=("a", "b")), ValueError, ("target 0 of y", "got 0.5")),
    ],
)
def test_what_is_no_pair_or_has_names_that_do_not_fit_is_refused(given_data, kind, parts):
    with refusal(kind, *parts):
        as_dataset(given_data)
