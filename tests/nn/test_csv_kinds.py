"""CSV files as they are in the world: delimiters, decimal commas, comments; and fair splits."""

import random
import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import data
from nn.data import read_csv, split

from .refusals import refusal


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "data.csv"
        path.write_text(text, encoding="utf-8", newline="")
        return path

    return write


PLAIN = "a,b,y\n1.5,2,u\n-3.25,4,v\n"


# Delimiters and decimal signs.


@pytest.mark.parametrize("delimiter", list(",;\t|"))
@pytest.mark.parametrize("decimal", list(".,"))
def test_delimiter_and_decimal_sign_are_found(written, delimiter, decimal):
    text = PLAIN.replace(",", delimiter).replace(".", decimal)
    if delimiter == decimal:
        text = 'a,b,y\n"1,5",2,u\n"-3,25",4,v\n'
        with refusal(ValueError, "wanted a finite number, got '1,5'; pass decimal=','"):
            read_csv(written(text), "y")
    settings = {"decimal": decimal} if delimiter == decimal else {}
    found = read_csv(written(text), "y", **settings)
    assert (found.X, found.y, found.classes) == ([[1.5, 2.0], [-3.25, 4.0]], [0, 1], ("u", "v"))


def test_decimal_commas_of_targets_are_read_too(written):
    path = written("a;y\n1,5;2,5\n2;3\n")
    found = read_csv(path, "y", regression=True)
    assert (found.X, found.y) == ([[1.5], [2.0]], [2.5, 3.0])
    assert read_csv(path, "y", regression=True, delimiter=";", decimal=",") == found


def test_a_delimiter_in_quotes_or_in_a_text_is_no_delimiter(written):
    found = read_csv(written('"a,1";y\n1;"x,y"\n2;"z"\n'), "y")
    assert found.features == ("a,1",) and found.classes == ("x,y", "z")
    assert read_csv(written("a,y\n1,x;x\n2,z;z\n"), "y").classes == ("x;x", "z;z")


def test_excels_line_about_the_delimiter_is_heard(written):
    found = read_csv(written("sep=:\na:y\n1:u\n2:v\n"), "y")
    assert found.X == [[1.0], [2.0]] and found.features == ("a",)
    with refusal(ValueError, "line 3"):
        read_csv(written("sep=;\na;y\nx;u\n"), "y")


def test_any_sign_may_separate_cells_if_it_is_said(written):
    spaced = written("a  y\n1  u\n2.5 v\n")
    with refusal(ValueError, "no column 'y'", "pass it as delimiter="):
        read_csv(spaced, "y")
    assert read_csv(spaced, "y", delimiter=" ").X == [[1.0], [2.5]]
    assert read_csv(written("a:y\n1:u\n2:v\n"), "y", delimiter=":").X == [[1.0], [2.0]]


@pytest.mark.parametrize(
    ("text", "settings", "parts"),
    [
        ("a;y\n1,5;u\n2.5;v\n", {}, ("line 2", "'1,5'", "pass decimal=','")),
        ("a;y\n1,5;u\n2.5;v\n", {"decimal": ","}, ("line 3", "'2.5'", "pass decimal='.'")),
        ("a;y\n1.234,5;u\n", {}, ("line 2", "'1.234,5'", "choose columns of numbers")),
        ("a;y\n1;u;3\n", {}, ("line 2 has 3 cells", "a cell with a semicolon needs quotes")),
        (PLAIN, {"delimiter": ";;"}, ("read_csv(delimiter) must be one character",)),
        (PLAIN, {"delimiter": 3}, ("read_csv(delimiter) must be one character", "got 3")),
        (PLAIN, {"decimal": ";"}, ("read_csv(decimal) must be '.' or ','",)),
        (PLAIN, {"decimal": ",", "delimiter": ","}, ("cannot both be ','",)),
        (PLAIN, {"comment": ""}, ("read_csv(comment) must be the sign",)),
    ],
)
def test_what_cannot_be_read_is_told_how(written, text, settings, parts):
    with refusal(ValueError, *parts):
        read_csv(written(text), "y", **settings)


# Comments.


def test_a_comment_sign_within_quotes_loses_no_line(written):
    found = read_csv(written('a,y\n1,"one\n#two"\n2,three\n'), "y")
    assert found.classes == ("one\n#two", "three") and found.dropped == 0


def test_a_row_behind_a_comment_sign_is_counted(written):
    text = "# made by hand, in 1998\na,y\n#7,u\n1,u\n# remarks, two\n# 8,v\n2,v\n"
    found = read_csv(written(text), "y")
    assert found.X == [[1.0], [2.0]] and found.dropped == 2


def test_comments_have_the_sign_that_is_said(written):
    assert read_csv(written("a,y\n% 3,4\n1,u\n"), "y", comment="%").dropped == 1
    with refusal(ValueError, "line 3", "'#2'"):
        read_csv(written("a,y\n1,u\n#2,v\n"), "y", comment=None)


def test_a_header_that_numpy_wrote_names_the_columns(written):
    found = read_csv(written("# of a sensor\n# a,b,y\n1.5,2.0,0\n3.0,4.0,1\n"), "y")
    assert found.features == ("a", "b") and found.X == [[1.5, 2.0], [3.0, 4.0]]
    assert found.y == [0, 1] and found.dropped == 0


def test_a_comment_before_a_header_names_nothing(written):
    assert read_csv(written("# x,z\na,y\n1,u\n"), "y").features == ("a",)


# Width.


def test_a_hundred_thousand_columns_take_seconds(written):
    n = 100_000
    names = ",".join(f"c{j}" for j in range(n))
    path = written(f"{names},y\n{'1,' * n}u\n{'2,' * n}v\n")
    start = time.perf_counter()
    found = read_csv(path, "y")
    assert time.perf_counter() - start < 5
    assert len(found.X[0]) == n and found.features[-1] == f"c{n - 1}"


# Splits.


@given(
    counts=st.lists(st.integers(2, 30), min_size=1, max_size=4),
    test=st.floats(0.05, 0.95),
    seed=st.integers(0, 100),
)
def test_a_stratified_split_has_the_share_of_every_class_on_both_sides(counts, test, seed):
    y = [label for label, count in enumerate(counts) for _ in range(count)]
    X, n = [[float(i)] for i in range(len(y))], len(y)
    held_out = round(n * test)
    if not len(counts) <= held_out <= n - len(counts):
        with pytest.raises(ValueError, match="split"):
            split((X, y), test, seed, stratify=True)
        return
    sides = split((X, y), test, seed, stratify=True)
    assert len(sides[1].y) == held_out
    assert sorted(sides[0].X + sides[1].X) == X
    for label, count in enumerate(counts):
        got = Counter(sides[1].y)[label]
        assert 1 <= got <= count - 1
        assert abs(got - held_out * count / n) < len(counts) + 1


def test_a_stratified_split_is_random_and_repeats_with_its_seed():
    penguins = data.penguins()
    first, again = (split(penguins, 0.3, 0, stratify=True) for _ in range(2))
    assert first == again != split(penguins, 0.3, 1, stratify=True)
    assert first[0].classes == penguins.classes
    assert first[1].y != sorted(first[1].y)


def test_without_stratify_a_split_is_what_it_was():
    moons = data.moons(20, rng=0)
    train, test = split(moons, 0.3, 0)
    order = list(range(20))
    random.Random(0).shuffle(order)
    assert [moons.X[i] for i in order[:6]] == test.X and len(train.y) == 14


@pytest.mark.parametrize(
    ("y", "test", "part"),
    [
        ([0.5, 1.5, 2.5, 3.0], 0.5, "is for classes, whole numbers as targets"),
        ([0, 0, 0, 1], 0.5, "class 1 has one: leave it out"),
        ([0, 0, 1, 1, 2, 2], 0.2, "on both sides, but 1 of 6 are set aside"),
    ],
)
def test_what_cannot_be_stratified_is_refused(y, test, part):
    with refusal(ValueError, part):
        split(([[0.0]] * len(y), y), test, 0, stratify=True)


@pytest.mark.parametrize("names", [["width", "h" * 5000], [f"column{i}" for i in range(5000)]])
def test_a_message_about_columns_is_short_whatever_they_are_called(names, tmp_path):
    file = tmp_path / "long.csv"
    file.write_text(f"{','.join(names)}\n{','.join(['1'] * len(names))}\n")
    with pytest.raises(ValueError, match="no column 'kind'") as error:
        data.read_csv(file, target="kind")
    assert len(str(error.value)) < 600
