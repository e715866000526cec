"""What is done to data before learning: splitting, standardising, batches; always the same bits."""

import math
import os
import random
import statistics
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import data
from nn.data import Dataset, Standardiser, batches, split, standardise, standardiser

from .refusals import refusal

TOYS = ["xor", "moons", "circles", "spirals", "blobs", "digits"]
NUMBERS = st.floats(-1e6, 1e6)
COLUMN = st.lists(NUMBERS, min_size=2, max_size=20)


@st.composite
def datasets(draw, least=1):
    n, width = draw(st.integers(least, 20)), draw(st.integers(1, 4))
    X = draw(st.lists(st.lists(NUMBERS, min_size=width, max_size=width), min_size=n, max_size=n))
    return Dataset(X, list(range(n)))  # each target names its row


# Splitting.


@given(datasets(least=2), st.floats(0.01, 0.99), st.integers(0, 5))
def test_a_split_is_a_partition_of_the_size_asked_for(dataset, test, seed):
    n = len(dataset.y)
    if not 0 < round(n * test) < n:
        with refusal(ValueError, f"test={test!r}", f"sets aside {round(n * test)} of {n}"):
            split(dataset, test, seed)
        return
    train, held_out = split(dataset, test, seed)
    assert (len(held_out.y), len(held_out.X)) == (round(n * test),) * 2
    assert sorted(train.y + held_out.y) == list(range(n))
    for part in (train, held_out):
        assert all(x == dataset.X[label] for x, label in zip(*part))
    assert split(tuple(dataset), test, random.Random(seed)) == (train, held_out)


def test_a_split_is_random_and_leaves_its_data_alone():
    X, y = [[float(i)] for i in range(50)], list(range(50))
    train, held_out = split((X, y), rng=0)
    assert (len(train.y), len(held_out.y)) == (35, 15)
    assert train.y != sorted(train.y) and held_out.y != sorted(held_out.y) and y == list(range(50))
    assert split((X, y), rng=1)[0].y != train.y


def test_a_split_keeps_names_and_takes_arrays():
    train, held_out = split(data.penguins(), 0.5, rng=0)
    assert (
        train.classes == held_out.classes == data.penguins().classes
        and train.features == data.penguins().features
    )
    assert train.dropped == held_out.dropped == 0
    assert split((np.eye(4), np.arange(4)), 0.5, rng=0)[0].features == ()


@pytest.mark.parametrize(
    ("test", "kind"),
    [(0, ValueError), (1, ValueError), (-0.5, ValueError), (30, ValueError), ("0.3", TypeError)],
)
def test_a_fraction_that_is_none_is_refused(test, kind):
    with refusal(kind, "test, the fraction to set aside, must be", repr(test)):
        split(data.xor(), test)


# Standardising.


@given(
    st.lists(st.tuples(NUMBERS, st.floats(-1, 1)), min_size=2, max_size=20),
    st.sampled_from([0.0, 1e3, 1e6]),
)
def test_standardised_columns_have_mean_0_and_deviation_1(samples, offset):
    X = [[x, offset + z] for x, z in samples]
    to_unit = standardiser(X)
    for j, column in enumerate(zip(*to_unit(X))):
        given_column = [row[j] for row in X]
        if len(set(given_column)) == 1:
            assert set(column) == {0.0} and to_unit.scale[j] == 1
        elif max(given_column) - min(given_column) > 1e-3:
            assert abs(statistics.fmean(column)) < 1e-6 and statistics.pstdev(
                column
            ) == pytest.approx(1)


@given(COLUMN, st.integers(-3, 3))
def test_mean_and_scale_are_those_of_exact_arithmetic(column, power):
    column = [x * 10.0**power for x in column]
    exact = list(map(Fraction, column))
    mean = sum(exact) / len(exact)
    variance = sum((x - mean) ** 2 for x in exact) / len(exact)
    to_unit = standardiser([[x] for x in column])
    assert (
        to_unit.mean == (pytest.approx(float(mean), rel=1e-15, abs=0),)
        or min(column) == max(column) == to_unit.mean[0]
    )
    if float(variance) > float(mean) ** 2 * 1e-20:
        assert to_unit.scale == (pytest.approx(math.sqrt(variance), rel=1e-9),)


@pytest.mark.parametrize("offset", [0, 1e6, 1e12, -1e15])
def test_a_large_offset_changes_nothing(offset):
    assert standardise([[offset + x] for x in (1, 2, 3, 4, 5, 6, 7)]) == standardise(
        [[x] for x in (1, 2, 3, 4, 5, 6, 7)]
    )


@pytest.mark.parametrize("x", [0.1, 1 / 3, 1e300, -7e-320, 0.0])
@pytest.mark.parametrize("n", [1, 3, 7, 10])
def test_a_constant_column_becomes_zeros(x, n):
    to_unit = standardiser([[x]] * n)
    assert to_unit == Standardiser((x,), (1.0,)) and to_unit([[x]] * n) == [[0.0]] * n


@pytest.mark.parametrize("X", [[[0.0], [5e-324]], [[1e-310], [3e-310]], [[1e305], [-1e305]]])
def test_tiny_and_huge_numbers_do_not_overflow(X):
    assert all(math.isfinite(x) for row in standardise(X) for x in row)


@pytest.mark.parametrize(
    "X", [[[0.0, 1.7e308], [0.0, 1.7e308], [0.0, 1.6e308]], [[0.0, 1.7e308], [0.0, -1.7e308]]]
)
def test_numbers_too_large_to_standardise_are_refused(X):
    with refusal(ValueError, "column 1 of X", "too large", "1.7e+308"):
        standardiser(X)


def test_a_standardiser_takes_a_row_rows_and_arrays():
    to_unit = Standardiser((1.0, 2.0), (2.0, 4.0))
    assert to_unit([3, 6]) == to_unit((3, 6)) == to_unit(np.array([3, 6])) == [1.0, 1.0]
    assert (
        to_unit([[3, 6], [1, 2]]) == to_unit(np.array([[3, 6], [1, 2]])) == [[1.0, 1.0], [0.0, 0.0]]
    )
    assert standardiser(np.array([[1, 7], [3, 7]])) == standardiser(
        Dataset([[1.0, 7.0], [3.0, 7.0]], [0, 1])
    )


@pytest.mark.parametrize(
    ("x", "kind", "part"),
    [
        ([1, 2, 3], ValueError, "made from 2 features, got rows of 3"),
        ([[1], [2]], ValueError, "made from 2 features, got rows of 1"),
        ([1, math.nan], ValueError, "row 0, column 1 of x must be a finite number"),
        ([[1, 2], [3, "a"]], TypeError, "row 1, column 1 of x must be a number, got 'a'"),
        ([], ValueError, "at least one row"),
    ],
)
def test_a_standardiser_refuses_what_does_not_fit(x, kind, part):
    with refusal(kind, part):
        Standardiser((1.0, 2.0), (2.0, 4.0))(x)


def test_only_the_training_data_decide_mean_and_scale():
    train, test = (
        Dataset([[0.0], [2.0]], [0, 1], ("a",), ("u", "v")),
        Dataset([[100.0]], [1], ("a",), ("u", "v")),
    )
    done = standardise(train, test, [[1]])
    assert done == (
        Dataset([[-1.0], [1.0]], [0, 1], ("a",), ("u", "v")),
        Dataset([[99.0]], [1], ("a",), ("u", "v")),
        [[0.0]],
    )
    assert train.X == [[0.0], [2.0]]  # the data given stay as they are


def test_one_thing_standardised_comes_back_as_one_thing():
    dataset = data.penguins()
    done = standardise(dataset)
    assert isinstance(done, Dataset) and done.y == dataset.y and done.classes == dataset.classes
    assert standardise(dataset.X) == done.X
    assert isinstance(standardise(dataset, dataset), tuple)


# Batches.


@given(datasets(), st.integers(1, 25), st.integers(0, 5), st.booleans())
def test_batches_show_every_sample_once(dataset, size, seed, shuffle):
    X, y = dataset
    parts = list(batches(X, y, size, seed, shuffle))
    sizes = [len(y_part) for _, y_part in parts]
    assert all(s == size for s in sizes[:-1]) and 1 <= sizes[-1] <= size
    for part in parts:
        assert all(row is X[label] for row, label in zip(*part)) and len(part[0]) == len(part[1])
    order = [label for _, y_part in parts for label in y_part]
    assert sorted(order) == y and (shuffle or order == y)
    assert list(batches(X, y, size, random.Random(seed), shuffle)) == parts


def test_batches_are_shuffled_by_default_and_anew_each_time():
    X, y, rng = [[i] for i in range(50)], list(range(50)), random.Random(0)

    def epoch():
        return [label for _, part in batches(X, y, 8, rng) for label in part]

    first, second = epoch(), epoch()
    assert y != first != second != y


def test_batches_of_arrays_are_lists_of_python_numbers():
    [(X, y)] = batches(np.eye(2), np.array([0, 1]), np.int64(2), shuffle=False)
    assert (X, y) == ([[1.0, 0.0], [0.0, 1.0]], [0, 1]) and type(y[0]) is int and type(X) is list
    assert sum(len(y) for _, y in batches(*data.xor(), size=3)) == 4


@pytest.mark.parametrize(
    ("args", "part"),
    [
        (([[1]], [0, 1], 1), "1 row in X and 2 targets in y"),
        (([[1]], [0], 0), "the size of a batch must be a positive int, got 0"),
        (([[1]], [0], 0.5), "the size of a batch must be a positive int, got 0.5"),
        (([], [], 1), "at least one sample"),
    ],
)
def test_batches_refuse_at_once_not_at_the_first_batch(args, part):
    with refusal(ValueError, part):
        batches(*args)


# A process of its own.

PROGRAM = """
import sys
sys.modules["numpy"] = None
from nn import data
sets = [getattr(data, name)(rng=7) for name in TOYS]
sets += data.standardise(*data.split(data.penguins(), rng=7))
sets += [data.Dataset(*batch) for batch in data.batches(*data.digits(rng=7), size=32, rng=7)]
print([x.hex() for X, y in sets for row in X for x in row] + [y for X, y in sets])
""".replace("TOYS", repr(TOYS))


def test_without_numpy_a_seed_gives_the_same_bits_in_every_process():
    def output(seed):
        run = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(
            run,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    first = output("1")
    assert len(first) > 10_000 and first == output("2")


def test_importing_data_imports_no_numpy():
    code = "import sys, nn.data; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_everything_is_offered_in_one_place():
    assert {*data.__all__} >= {
        *TOYS,
        "penguins",
        "read_csv",
        "Dataset",
        "as_dataset",
        "split",
        "standardise",
        "standardiser",
        "batches",
    }
    assert all(getattr(data, name).__doc__ for name in data.__all__)
