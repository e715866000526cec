"""Scores by class, the matrix that shows itself, and targets that are no classes."""

import copy
import math
import pickle
import tracemalloc
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from autograd import Value
from nn import Dataset, accuracy, confusion_matrix, f1, precision, r2, recall

from .reference import near
from .refusals import refusal

TARGETS = [0, 1, 2, 2, 1, 0, 4, 4, 2, 0, 1, 2]
PREDICTED = [0, 2, 2, 2, 1, 1, 4, 0, 2, 0, 1, 5]
PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=30)

THIRD = 2 / 3
SKLEARN = {
    "precision": ([THIRD, THIRD, 0.75, 1.0, 0.0], [37 / 60, THIRD, 0.75]),
    "recall": ([THIRD, THIRD, 0.75, 0.5, 0.0], [31 / 60, THIRD, THIRD]),
    "f1": ([THIRD, THIRD, 0.75, THIRD, 0.0], [0.55, THIRD, 25 / 36]),
}
"""By class (0, 1, 2, 4, 5), macro, micro, weighted: scikit-learn 1.7."""


@pytest.mark.parametrize("score", [precision, recall, f1])
def test_scores_are_scikit_learns(score):
    by_class, averages = SKLEARN[score.__name__]
    found = score(PREDICTED, TARGETS)
    assert [*found] == [0, 1, 2, 4, 5] and near([*found.values()], by_class)
    kinds = ("macro", "micro", "weighted")
    assert near([score(PREDICTED, TARGETS, average) for average in kinds], averages)
    assert score(np.array(PREDICTED), np.array(TARGETS)) == found


@given(PAIRS)
def test_scores_lie_between_0_and_1_and_micro_is_the_accuracy(pairs):
    predicted, targets = zip(*pairs)
    assume(any(p + 1 != y for p, y in pairs))  # else they would seem to be labels from 1
    for score in (precision, recall, f1):
        assert all(0 <= x <= 1 for x in score(predicted, targets).values())
        assert score(predicted, targets, "micro") == accuracy(predicted, targets)
    assert near(recall(predicted, targets, "weighted"), accuracy(predicted, targets))


def test_an_average_that_is_none_is_refused():
    with refusal(ValueError, "f1(average) must be 'macro', 'micro', 'weighted' or None", "'mean'"):
        f1([0], [0], "mean")


# The variance explained.


def test_r2_is_scikit_learns():
    assert near(r2([2.5, 0.0, 2.0, 8.0], [3.0, -0.5, 2.0, 7.0]), 0.9486081370449679)
    rows = [[0.0, 2.0], [-1.0, 2.0], [8.0, -5.0]], [[0.5, 1.0], [-1.0, 1.0], [7.0, -6.0]]
    assert near(r2(*rows), 0.9368005266622779)
    assert near(r2(*map(np.array, rows)), 0.9368005266622779)
    assert r2([Value(1.0), Value(2.0)], [1, 2]) == 1.0


def test_the_mean_explains_nothing():
    assert r2([2.0, 2.0, 2.0], [1.0, 2.0, 3.0]) == 0.0


@pytest.mark.parametrize(
    ("predicted", "targets", "part"),
    [
        ([1.0, 2.0], [3.0, 3.0], "all 2 are 3: give it targets that differ"),
        ([1.0, 2.0], [1.0], "got 2 and 1"),
        ([1.0, 2.0], [[1.0], [2.0]], None),
        (
            [[1.0, 2.0]],
            [[1.0]],
            "rows of the same length in predictions and targets; write y.ravel()",
        ),
        ([1.0, 2.0], [1.0, math.nan], "r2: target 1 must be a finite number, got nan"),
        ([1.0, None], [1.0, 2.0], "r2: prediction 1 must be a finite number, got None"),
    ],
)
def test_r2_refuses_what_has_no_variance_or_another_shape(predicted, targets, part):
    if part is None:  # a column beside a row is the same numbers
        assert r2(predicted, targets) == 1.0
        return
    with refusal(ValueError, part):
        r2(predicted, targets)


# The matrix.

NAMED = confusion_matrix([0, 1, 1, 2], [0, 1, 0, 2], classes=["Adelie", "<b>", "a" * 40])


def test_a_matrix_prints_itself_with_names():
    assert repr(confusion_matrix([0, 1, 1], [0, 1, 0], classes=("cat", "dog"))).split("\n") == [
        "true  cat  dog  ← predicted",
        "cat     1    1",
        "dog     0    1",
    ]
    assert "aaaaaaaaaaa…" in repr(NAMED) and "true" in repr(confusion_matrix([0], [0]))


def test_a_matrix_has_the_names_of_a_dataset():
    samples = Dataset([[0.0]] * 3, [0, 1, 0], classes=("cat", "dog", "eel"))
    matrix = confusion_matrix([0, 1, 1], samples)
    assert matrix.classes == ("cat", "dog", "eel") and len(matrix) == 3
    assert matrix == [[1, 1, 0], [0, 1, 0], [0, 0, 0]]
    assert precision([0, 1, 1], samples) == precision([0, 1, 1], samples.y)
    assert accuracy([0, 1, 1], samples) == accuracy([0, 1, 1], samples.y)


def test_names_of_classes_are_scored_as_their_numbers_are():
    samples = Dataset([[0.0]] * 3, [0, 1, 0], classes=("dog", "cat"))
    named, numbers = ["dog", "cat", "cat"], [0, 1, 1]
    for targets in (samples, ["dog", "cat", "dog"]):
        assert accuracy(named, targets) == accuracy(numbers, samples)
        for score in (precision, recall, f1):
            by_number = score(numbers, samples.y)
            assert score(named, targets) == {"dog": by_number[0], "cat": by_number[1]}
            assert score(named, targets, "macro") == score(numbers, samples.y, "macro")
    assert confusion_matrix(named, samples) == confusion_matrix(numbers, samples)
    assert confusion_matrix(named, ["dog"] * 3).classes == ("cat", "dog")


@pytest.mark.parametrize(
    ("predicted", "targets", "part"),
    [
        (
            ["eel", "cat"],
            Dataset([[0.0]] * 2, [0, 1], classes=("dog", "cat")),
            "'eel' is not one of",
        ),
        (["dog", "cat"], [0, 1], "use names on both sides"),
        ([0, 1], ["dog", "cat"], "use names on both sides"),
    ],
)
def test_names_that_are_no_classes_are_refused(predicted, targets, part):
    with refusal(ValueError, part):
        f1(predicted, targets)


def test_a_matrix_is_like_the_list_of_its_rows():
    rows = [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert rows == NAMED and [*NAMED] == rows and NAMED[-1] == rows[-1]
    assert rows[:2] != NAMED and NAMED != 3 and copy.deepcopy(NAMED) == NAMED
    assert pickle.loads(pickle.dumps(NAMED)) == NAMED
    with pytest.raises(IndexError):
        NAMED[3]


def test_a_matrix_draws_itself():
    root = ElementTree.fromstring(NAMED._repr_svg_())
    texts = [element.text for element in root.iter() if element.tag.endswith("text")]
    assert texts.count("Adelie") == texts.count("<b>") == 2
    assert [text for text in texts if text.isdigit()] == list("110010001")
    assert len([e for e in root.iter() if e.tag.endswith("rect")]) == 9


def test_a_label_far_away_does_not_take_the_memory_of_its_square():
    tracemalloc.start()
    matrix = confusion_matrix([0], [10**6])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100_000 and len(matrix) == 10**6 + 1 and matrix[10**6][0] == 1
    assert repr(matrix) == "ConfusionMatrix(1000001 classes, 0 of 1 right, 1000000 for 0 1 times)"
    assert matrix._repr_svg_() is None
    assert recall([0], [30000]) == {0: 0.0, 30000: 0.0}


# Targets are checked as predictions are.


@pytest.mark.parametrize(
    ("targets", "part"),
    [
        (np.array([[0], [1], [0], [1]]), "flatten them, as in y.ravel()"),
        (np.eye(2)[[0, 1, 0, 1]], "y.argmax(axis=1) for one-hot rows"),
        ([[1, 0], [0, 1], [1, 0], [0, 1]], "y.argmax(axis=1) for one-hot rows"),
        (["0", "1", "0", "1"], "write int(y) for a number in a string"),
        (["cat", "dog", "cat", "dog"], "write the index of a class, 0, 1, 2, ..."),
        ([0, 1, None, 1], "got None: write the index of a class"),
        ([0, 1, math.nan, 1], "got nan: write the index of a class"),
        ([0.9, 0.1, 0.2, 0.7], "write int(y > 0.5) for probabilities"),
        ([0, 1, 1j, 1], "write the index of a class"),
    ],
)
def test_targets_that_are_no_classes_are_refused(targets, part):
    with refusal(ValueError, "accuracy takes classes as targets", part):
        accuracy([0, 1, 0, 1], targets)
    with pytest.raises(ValueError, match="confusion_matrix takes indices of classes"):
        confusion_matrix([0, 1, 0, 1], targets)


@pytest.mark.parametrize("count", [accuracy, confusion_matrix, f1])
def test_labels_from_1_are_refused(count):
    with refusal(ValueError, "the targets are 1 to 3, and 3 of 3 predictions are one", "y - 1"):
        count([0, 1, 2], [1, 2, 3])
    predicted, targets = [0, 1, 2, 1, 0, 2], [1, 2, 3, 2, 2, 3]
    with refusal(ValueError, "and 20 of 24 predictions are one lower"):
        count(predicted * 4, targets * 4)
    count(predicted, targets)  # few enough for chance
    assert accuracy([0, 0, 0], [1, 1, 1]) == 0.0  # a model that is wrong is no mistake of ours
    assert accuracy([0, 1, 2, 3], [3, 2, 1, 1]) == 0.0


@pytest.mark.parametrize(
    ("predicted", "targets", "share"),
    [
        ([0.0, 1.0], np.array([0, 0]), 0.5),
        ([True, False], [1, 1], 0.5),
        (np.array([0, 1]), [0.0, 1.0], 1.0),
        ([-1, 1], [-1.0, -1.0], 0.5),
        (["cat", "dog"], ["cat", "cat"], 0.5),
        ([[1, 0], [0, 1]], np.array([[1.0, 0.0], [1.0, 1.0]]), 0.5),
    ],
)
def test_classes_of_any_kind_are_counted(predicted, targets, share):
    assert accuracy(predicted, targets) == share


def test_predictions_and_targets_are_rows():
    with refusal(TypeError, "must be two rows, got 1 and 2"):
        accuracy(1, 2)


@pytest.mark.parametrize(
    "labels", [[0.0, 1.0, 1.0], [False, True, True], np.array([0.0, 1.0, 1.0])]
)
def test_all_scores_take_the_same_classes(labels):
    for score in (precision, recall, f1):
        assert score(labels, [0, 1, 0]) == score([0, 1, 1], [0, 1, 0])
    assert confusion_matrix(labels, labels) == [[1, 0], [0, 2]]


def test_names_of_numpy_are_names():
    names = np.array(["dog", "cat"])
    chosen = [names[i] for i in (0, 1, 1)]
    assert f1(chosen, ["dog", "cat", "dog"]) == f1(["dog", "cat", "cat"], ["dog", "cat", "dog"])
    assert confusion_matrix(chosen, chosen, classes=names) == [[1, 0], [0, 2]]
    assert accuracy([np.bool_(True), np.float32(0.0)], [1, 0]) == 1.0


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda: accuracy(["a", 1], ["a", "b"]), TypeError, "got both as predictions"),
        (lambda: confusion_matrix(["a"], ["a"], n_classes=3), ValueError, "needs classes="),
        (lambda: confusion_matrix([0], [0], classes=["a", "a"]), ValueError, "must differ"),
    ],
)
def test_names_that_cannot_be_placed_are_refused(call, kind, part):
    with refusal(kind, part):
        call()
