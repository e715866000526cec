"""Toy data is what its formula says, for every size and seed."""

import math
import random
import statistics
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nn import data
from nn.data import as_dataset
from nn.data.toys import GLYPHS

from .refusals import refusal

TOYS = ["xor", "moons", "circles", "spirals", "blobs", "digits"]


@pytest.mark.parametrize("name", TOYS)
@given(n=st.integers(10, 60), seed=st.integers(0, 9))
def test_toy_data_is_data(name, n, seed):
    dataset = getattr(data, name)(n, rng=seed)
    assert as_dataset(dataset) == dataset
    assert {type(x) for row in dataset.X for x in row} == {float} and len(dataset.X) == n
    counts = Counter(dataset.y)
    assert sorted(counts) == list(range(len(dataset.classes)))
    assert max(counts.values()) - min(counts.values()) <= (2 if name == "xor" else 1)


@pytest.mark.parametrize("name", TOYS)
def test_a_seed_fixes_the_data_and_another_changes_it(name):
    make = getattr(data, name)
    setting = {} if name == "blobs" else {"noise": 0.1}
    first = make(40, **setting, rng=3)
    assert (
        make(40, **setting, rng=random.Random(3)) == first == make(40, **setting, rng=np.int64(3))
    )
    assert make(40, **setting, rng=4).X != first.X
    random.seed(3)
    assert make(40, **setting) == first != make(40, **setting)


@pytest.mark.parametrize("name", sorted({*TOYS} - {"xor"}))
def test_toy_data_is_shuffled(name):
    y = getattr(data, name)(100, rng=0).y
    changes = sum(a != b for a, b in zip(y, y[1:]))
    assert changes > 30  # in the order of the classes there would be at most 9


def test_xor_is_four_corners_in_a_fixed_order_repeated():
    assert list(data.xor()) == [[[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]]
    assert data.xor(9).X == data.xor().X * 2 + [[0.0, 0.0]]
    noisy = data.xor(400, 0.1, rng=0)
    errors = (np.array(noisy.X) - np.array(data.xor(400).X)).ravel().tolist()
    assert noisy.y == data.xor(400).y and statistics.pstdev(errors) == pytest.approx(0.1, rel=0.1)


def test_moons_without_noise_are_two_half_circles():
    for (x1, x2), label in zip(*data.moons(51, noise=0, rng=0)):
        centre, up = ((0.0, 0.0), 1) if label == 0 else ((1.0, 0.5), -1)
        assert math.dist((x1, x2), centre) == pytest.approx(1) and up * (x2 - centre[1]) >= -1e-12


@pytest.mark.parametrize("factor", [0.5, 0.3, np.float64(0.8)])
def test_circles_without_noise_have_their_radii(factor):
    dataset = data.circles(40, noise=0, factor=factor, rng=0)
    assert all(
        math.hypot(*x) == pytest.approx(factor if label else 1) for x, label in zip(*dataset)
    )
    assert len({tuple(x) for x in dataset.X}) == 40
    assert {type(x) for row in dataset.X for x in row} == {float}


def test_spirals_are_those_of_cs231n_at_even_angles():
    radii = {label: [] for label in range(3)}
    for (x1, x2), label in zip(*data.spirals(150, noise=0, rng=0)):
        r = math.hypot(x1, x2)
        radii[label].append(r)
        t = 4 * r + 2 * math.pi * label / 3
        assert (x1, x2) == (pytest.approx(r * math.sin(t)), pytest.approx(r * math.cos(t)))
    even = [i / 49 for i in range(50)]
    assert all(sorted(rs) == pytest.approx(even) for rs in radii.values())


def test_the_noise_of_spirals_is_in_the_angle():
    plain, noisy = (data.spirals(3000, noise=noise, rng=0) for noise in (0, 0.2))
    turned = []
    for x, x0 in zip(noisy.X, plain.X):
        assert math.hypot(*x) == pytest.approx(math.hypot(*x0))
        turned.append(math.remainder(math.atan2(*x) - math.atan2(*x0), 2 * math.pi))
    assert statistics.pstdev(turned) == pytest.approx(0.2, rel=0.1)


def test_turns_and_classes_of_spirals_are_asked_for():
    dataset = data.spirals(50, classes=5, noise=0, turns=1, rng=0)
    assert len(dataset.classes) == 5
    tips = sorted(math.atan2(*x) % (2 * math.pi) for x in dataset.X if math.hypot(*x) > 0.999)
    assert [b - a for a, b in zip(tips, tips[1:])] == pytest.approx([2 * math.pi / 5] * 4)


@given(st.integers(0, 30))
def test_blobs_are_apart_and_as_wide_as_asked(seed):
    dataset = data.blobs(90, classes=3, features=3, spread=0.5, rng=seed)
    X, y = np.array(dataset.X), np.array(dataset.y)
    clouds = [X[y == k].tolist() for k in range(3)]
    centres = [X[y == k].mean(axis=0).tolist() for k in range(3)]
    assert min(math.dist(centres[a], centres[b]) for a in range(3) for b in range(a)) > 5
    for cloud, centre in zip(clouds, centres):
        assert all(abs(x) < 10.5 for x in centre)
        assert math.sqrt(
            statistics.fmean(math.dist(x, centre) ** 2 for x in cloud) / 3
        ) == pytest.approx(0.5, rel=0.35)


@pytest.mark.parametrize(("shift", "places"), [(0, 1), (1, 9)])
def test_digits_without_noise_are_the_glyphs_at_their_place_or_around_it(shift, places):
    glyphs = list(zip(*(line.split() for line in GLYPHS.strip().split("\n"))))
    seen = {label: set() for label in range(10)}
    for x, label in zip(*data.digits(1000, noise=0, shift=shift, rng=0)):
        seen[label].add(tuple(x))
        signs = "".join([".#"[int(pixel)] for pixel in x])
        page = [signs[8 * i : 8 * i + 8] for i in range(8)]
        ink = [line for line in page if "#" in line]
        left = min(line.index("#") for line in ink)
        drawn = [line.strip() for line in glyphs[label]]
        indent = min(line.index("#") for line in drawn)
        assert [line[left:].rstrip(".") for line in ink] == [
            line[indent:].rstrip(".") for line in drawn
        ]
    assert {len(pages) for pages in seen.values()} == {places}
    assert len(set().union(*seen.values())) == 10 * places


@pytest.mark.parametrize("shift", [-1, 2, 0.5, "1"])
def test_a_shift_that_leaves_the_page_is_refused(shift):
    with refusal(ValueError, "shift of digits must be 0 or 1", repr(shift)):
        data.digits(20, shift=shift)


def test_the_noise_of_digits_is_normal():
    plain, noisy = data.digits(50, 0, rng=0), data.digits(50, 0.2, rng=0)
    places = data.digits(50, 1e-9, rng=0)  # the same draws, next to no noise
    errors = (np.array(noisy.X) - np.array(places.X)).ravel().tolist()
    assert (
        statistics.pstdev(errors) == pytest.approx(0.2, rel=0.05)
        and abs(statistics.fmean(errors)) < 0.02
    )
    assert {x for row in plain.X for x in row} == {0.0, 1.0} and len(plain.features) == 64


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize("n", [0, -3, 1.5, True, "10", None])
def test_a_number_of_samples_that_is_none_is_refused(name, n):
    with refusal(ValueError, f"samples of {name}", "must be a positive int", repr(n)):
        getattr(data, name)(n)


@pytest.mark.parametrize(
    ("name", "least"),
    [("xor", 4), ("moons", 2), ("circles", 2), ("spirals", 3), ("blobs", 3), ("digits", 10)],
)
def test_every_class_needs_a_sample(name, least):
    make = getattr(data, name)
    assert {*make(least, rng=0).y} == {*range(len(make(least, rng=0).classes))}
    with refusal(ValueError, f"at least {least}", f"got {least - 1}"):
        make(least - 1)


@pytest.mark.parametrize("name", TOYS)
@pytest.mark.parametrize(
    ("noise", "kind", "part"),
    [(-0.1, ValueError, "0 or more"), (math.nan, ValueError, "finite"), ("1", TypeError, "'1'")],
)
def test_a_noise_that_is_none_is_refused(name, noise, kind, part):
    setting = "spread" if name == "blobs" else "noise"
    with refusal(kind, f"{setting} of {name}", part):
        getattr(data, name)(**{setting: noise})


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda: data.circles(factor=1), ValueError, "factor of circles must be between 0 and 1"),
        (lambda: data.circles(factor=0.0), ValueError, "factor of circles must be between 0 and 1"),
        (lambda: data.spirals(classes=0), ValueError, "classes of spirals must be a positive int"),
        (lambda: data.spirals(turns=math.inf), ValueError, "turns of spirals must be a finite"),
        (lambda: data.blobs(classes=0), ValueError, "classes of blobs must be a positive int"),
        (lambda: data.blobs(features=-1), ValueError, "features of blobs must be a positive int"),
        (lambda: data.moons(rng="0"), TypeError, "rng must be"),
        (lambda: data.xor(rng=0.5), TypeError, "rng must be"),
    ],
)
def test_settings_out_of_range_are_refused(call, kind, part):
    with refusal(kind, part):
        call()
