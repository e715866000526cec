"""Tables of text, read cell by cell: the penguins and CSV files."""

import csv
import statistics
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import data
from nn.data import Dataset, as_dataset

from .refusals import refusal

# Penguins: the counts and means are those the R package prints.


def test_the_penguins_are_all_there():
    dataset = data.penguins()
    assert repr(dataset) == "Dataset(342 samples, 4 features, 3 classes; 2 rows dropped)"
    assert dataset.classes == ("Adelie", "Chinstrap", "Gentoo") and Counter(dataset.y) == {
        0: 151,
        1: 68,
        2: 123,
    }
    means = [statistics.fmean(column) for column in zip(*dataset.X)]
    assert means == pytest.approx([43.92193, 17.15117, 200.9152, 4201.754], rel=1e-6)
    assert dataset.X[0] == [39.1, 18.7, 181.0, 3750.0] and dataset.X[-1] == [
        50.2,
        18.7,
        198.0,
        3775.0,
    ]
    assert as_dataset(dataset) == dataset


def test_penguins_are_counted_by_the_features_in_use():
    year = data.penguins("year")
    assert (len(year.y), year.dropped, year.features) == (344, 0, ("year",))
    assert Counter(year.y) == {0: 152, 1: 68, 2: 124}


@pytest.mark.parametrize(
    ("features", "parts"),
    [
        (("sex",), ("column 'sex'", "'male'")),
        (("species",), ("the target 'species' cannot be a feature",)),
        (("wings",), ("no column 'wings'", "'island'")),
        ((), ("at least one column",)),
    ],
)
def test_features_that_penguins_lack_are_refused(features, parts):
    with refusal(ValueError, "penguins.csv", *parts):
        data.penguins(features)


# CSV files.


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def test_texts_become_classes_in_sorted_order(file):
    dataset = data.read_csv(file("a,b,animal\n1,2,dog\n3,4.5,cat\n-1e3,0,dog\n"), "animal")
    assert dataset == Dataset(
        [[1.0, 2.0], [3.0, 4.5], [-1000.0, 0.0]], [1, 0, 1], ("a", "b"), ("cat", "dog")
    )


def test_numerals_are_classes_in_the_order_of_numbers(file):
    dataset = data.read_csv(file("x,k\n0,10\n0,9\n0,-1\n"), "k")
    assert (dataset.y, dataset.classes) == ([2, 1, 0], ("-1", "9", "10"))
    mixed = data.read_csv(file("x,k\n0,10\n0,9\n0,b\n"), "k")
    assert (mixed.y, mixed.classes) == ([0, 1, 2], ("10", "9", "b"))


def test_regression_makes_the_target_a_number(file):
    dataset = data.read_csv(file("x,price\n1,2.5\n2,3\n"), "price", regression=True)
    assert dataset == Dataset([[1.0], [2.0]], [2.5, 3.0], ("x",)) and {
        type(target) for target in dataset.y
    } == {float}


def test_features_are_taken_in_the_order_asked_for(file):
    path = file("a,b,c,k\n1,2,text,u\n3,4,text,v\n")
    assert data.read_csv(path, "k", ["b", "a"]).X == [[2.0, 1.0], [4.0, 3.0]]
    assert data.read_csv(str(path), "k", "b").X == [[2.0], [4.0]]
    assert data.read_csv(path, "a", ["b"], regression=True).y == [1.0, 3.0]


@pytest.mark.parametrize("missing", ["", "NA", "NaN", "?", " NA ", '""'])
def test_rows_that_lack_something_in_use_are_dropped_and_counted(file, missing):
    path = file(f"a,b,k\n{missing},1,u\n1,{missing},u\n1,1,{missing}\n5,6,v\n")
    assert data.read_csv(path, "k") == Dataset([[5.0, 6.0]], [0], ("a", "b"), ("v",), 3)
    assert data.read_csv(path, "k", ["a"]).dropped == 2


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbfa,k\n1,u\n2,v\n",
        b"a,k\r\n1,u\r\n2,v\r\n",
        b"a,k\r1,u\r2,v",
        b'# a comment, with a " in it\n\na,k\n1,u\n# another, shorter\n\n2,v\n\n',
        b'"a","k"\n"1","u"\n2, "v"\n',
        b" a , k \n 1 , u \n 2 ,v\n",
    ],
)
def test_marks_line_ends_comments_quotes_and_spaces_make_no_difference(file, content):
    assert data.read_csv(file(content), "k") == Dataset([[1.0], [2.0]], [0, 1], ("a",), ("u", "v"))


def test_a_quoted_cell_keeps_its_comma_and_its_lines(file):
    assert data.read_csv(file('a,k\n1,"u, v"\n2,"w\nz"\n'), "k").classes == ("u, v", "w\nz")


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ("a,b\n1,2\n", ("no column 'k'", "'a', 'b'")),
        ("a;b\n1;2\n", ("no column 'k'", "'a', 'b'")),
        ("", ("is empty",)),
        ("# only a comment\n\n", ("is empty",)),
        ("a,k\n", ("no rows below",)),
        ("a,k\nNA,u\n", ("no row to use", "1 row,")),
        ("a,b,k\n1,2,u\n# skipped\n1,u\n", ("line 4", "2 cells", "3 columns")),
        ("a,k\n1,2,u\n", ("line 2", "3 cells", "2 columns")),
        ("a,a,k\n1,2,u\n", ("line 1", "'a' twice")),
        ("a,k\n1,u\n\nx1,v\n", ("line 4", "column 'a'", "finite number", "'x1'", "features=")),
        ("a,k\nnan,u\n", ("line 2", "column 'a'", "finite number", "'nan'", "NA")),
        ("a,k\n1,u\n-inf,v\n", ("line 3", "column 'a'", "'-inf'")),
        ("a,k\n1_000,u\n", ("line 2", "column 'a'", "'1_000'")),
        ("a,k\n1e999,u\n", ("line 2", "column 'a'", "'1e999'")),
        ("a,k\n1,2\n1,2.5\n", ("line 3", "column 'k'", "'2.5'", "regression=True")),
        (",a,k\n0,1,u\n", ("column 1 has no name", "features=")),
        ("k\nu\n", ("at least one column besides the target 'k'",)),
        ('a,k\n1,u\n2,"v\n', ("line 3", "not CSV", "quotes")),
        (b"a,k\n1,u\n2,caf\xe9\n", ("line 3", "not UTF-8", "0xe9")),
        ("a,k\n1,u\n".encode("utf-16"), ("line 1", "not UTF-8", "0xff")),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(file, content, parts):
    with refusal(ValueError, "file.csv", *parts):
        data.read_csv(file(content), "k")


@pytest.mark.parametrize(
    ("features", "parts"),
    [
        (["b"], ("no column 'b'", "'a', 'k'")),
        (["k"], ("the target 'k' cannot be a feature",)),
        ([], ("at least one column",)),
    ],
)
def test_features_that_cannot_be_used_are_refused(file, features, parts):
    with refusal(ValueError, "file.csv", *parts):
        data.read_csv(file("a,k\n1,u\n"), "k", features)


def test_a_target_that_is_no_number_is_refused_for_regression(file):
    with refusal(ValueError, "line 3", "column 'k'", "'u'"):
        data.read_csv(file("a,k\n1,2\n1,u\n"), "k", regression=True)


def test_what_is_no_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "none.csv"):
        with refusal(FileNotFoundError, path.name, "found no file", "relative paths start at"):
            data.read_csv(path, "k")


def test_row_numbers_without_a_name_are_no_trouble_if_features_are_given(file):
    assert data.read_csv(file(",a,k\n0,1,u\n"), "k", ["a"]).X == [[1.0]]


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.sampled_from(["ä", "x, y", 'say "z"', "#1"]),
        ),
        min_size=1,
    )
)
def test_what_the_csv_module_writes_is_read_to_the_bit(tmp_path_factory, samples):
    path = tmp_path_factory.getbasetemp() / "round.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([("x", "k"), *samples])
    dataset = data.read_csv(path, "k")
    assert [row[0].hex() for row in dataset.X] == [x.hex() for x, _ in samples]
    assert [dataset.classes[label] for label in dataset.y] == [name for _, name in samples]
