"""Toy data, made up on the spot: the two-dimensional classics, blobs, and small digits.

All have classes 0..k-1 of nearly equal size, and the same seed gives the same bits. `noise` is the
standard deviation of what is added to every number.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from functools import partial
from typing import Any

from autograd.checks import shown
from nn.arguments import RNG, generator, size
from nn.data.dataset import Dataset, number

GLYPHS = """
.###. ..#.. .###. ####. ...#. ##### .###. ##### .###. .###.
#...# .##.. #...# ....# ..##. #.... #.... ....# #...# #...#
#...# ..#.. ...#. .###. .#.#. ####. ####. ...#. .###. #...#
#...# ..#.. ..#.. ....# #..#. ....# #...# ..#.. #...# .####
#...# ..#.. .#... ....# ##### ....# #...# ..#.. #...# ....#
.###. .###. ##### ####. ...#. ####. .###. ..#.. .###. .###.
"""


def xor(n: int = 4, noise: float = 0.0, *, rng: RNG = None) -> Dataset:
    """The corners of a square, in class 1 where the coordinates differ.

    (0, 0), (0, 1), (1, 0), (1, 1), repeated up to n samples. Raises ValueError for n below 4 or
    negative noise. Source: Minsky & Papert, Perceptrons (1969).

    >>> xor().X, xor().y
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    n, noise, rng = _count(n, 4, "xor"), _spread(noise, "noise of xor"), generator(rng)
    corners = [divmod(i % 4, 2) for i in range(n)]
    X = [_noisy(corner, noise, rng) for corner in corners]
    return Dataset(X, [a ^ b for a, b in corners], ("x1", "x2"), ("0", "1"))


def moons(n: int = 100, noise: float = 0.1, *, rng: RNG = None) -> Dataset:
    """Two interleaving half circles.

    (cos t, sin t) is class 0, (1 - cos t, 1/2 - sin t) class 1, t from 0 to π. Raises
    ValueError for n below 2 or negative noise. Source: scikit-learn, `make_moons`.

    >>> moons(rng=0)
    Dataset(100 samples, 2 features, 2 classes)
    """
    n, noise, rng = _count(n, 2, "moons"), _spread(noise, "noise of moons"), generator(rng)
    points = []
    for label, count in enumerate(_shares(n, 2)):
        for i in range(count):
            t = math.pi * i / max(count - 1, 1)
            points.append(
                (1 - math.cos(t), 0.5 - math.sin(t), label)
                if label
                else (math.cos(t), math.sin(t), label)
            )
    return _planar([(_noisy((a, b), noise, rng), label) for a, b, label in points], 2, rng)


def circles(n: int = 100, noise: float = 0.05, factor: float = 0.5, *, rng: RNG = None) -> Dataset:
    """A circle of radius 1, class 0, around one of radius `factor`, class 1.

    Raises ValueError for n below 2, negative noise, or a factor that is not between 0 and 1.
    Source: scikit-learn, `make_circles`.

    >>> circles(rng=0)
    Dataset(100 samples, 2 features, 2 classes)
    """
    n, noise, rng = _count(n, 2, "circles"), _spread(noise, "noise of circles"), generator(rng)
    factor = number(factor, "factor of circles")
    if not 0 < factor < 1:
        raise ValueError(
            f"factor of circles must be between 0 and 1, the radius of the inner circle, "
            f"got {shown(factor)}"
        )
    samples = []
    for label, count in enumerate(_shares(n, 2)):
        radius = factor if label else 1.0
        for i in range(count):
            t = 2 * math.pi * i / count
            samples.append(
                (_noisy((radius * math.cos(t), radius * math.sin(t)), noise, rng), label)
            )
    return _planar(samples, 2, rng)


def spirals(
    n: int = 150,
    classes: int = 3,
    noise: float = 0.1,
    turns: float = 2 / math.pi,
    *,
    rng: RNG = None,
) -> Dataset:
    """Arms that wind around the origin, one for each class.

    (r sin t, r cos t), r from 0 to 1, t = 2π(turns·r + class / classes) + noise. The noise is in
    the angle, in radians, so that the arms do not blur at the origin; 2/π turns are 4 radians.
    Raises ValueError for n below classes or negative noise.
    Source: Karpathy, CS231n (2015), which has noise 0.2.

    >>> spirals(rng=0)
    Dataset(150 samples, 2 features, 3 classes)
    """
    classes = size(classes, "the number of classes of spirals")
    n, noise, rng = (
        _count(n, classes, "spirals"),
        _spread(noise, "noise of spirals"),
        generator(rng),
    )
    turns = number(turns, "turns of spirals")
    samples = []
    for label, count in enumerate(_shares(n, classes)):
        for i in range(count):
            r = i / max(count - 1, 1)
            t = rng.gauss(2 * math.pi * (turns * r + label / classes), noise)
            samples.append(([r * math.sin(t), r * math.cos(t)], label))
    return _planar(samples, classes, rng)


def blobs(
    n: int = 100, classes: int = 3, features: int = 2, spread: float = 1.0, *, rng: RNG = None
) -> Dataset:
    """Normal clouds of standard deviation `spread`, one for each class, around centres within ±10.

    Each centre is whichever of ten random points is farthest from the centres before it, so that
    clouds seldom overlap (Mitchell's best candidate, SIGGRAPH 1991). Raises ValueError for n below
    classes or a negative spread.

    >>> blobs(n=90, classes=3, features=4, rng=0)
    Dataset(90 samples, 4 features, 3 classes)
    """
    classes = size(classes, "the number of classes of blobs")
    features = size(features, "the number of features of blobs")
    n, spread, rng = _count(n, classes, "blobs"), _spread(spread, "spread of blobs"), generator(rng)
    centres: list[list[float]] = []
    for _ in range(classes):
        candidates = [_point(features, rng) for _ in range(10)]
        centres.append(max(candidates, key=partial(_room, centres)))
    samples = []
    for label, count in enumerate(_shares(n, classes)):
        for _ in range(count):
            samples.append((_noisy(centres[label], spread, rng), label))
    return _shuffled(samples, tuple(f"x{j + 1}" for j in range(features)), classes, rng)


def _point(features: int, rng: random.Random) -> list[float]:
    return [rng.uniform(-10, 10) for _ in range(features)]


def _room(centres: list[list[float]], point: list[float]) -> float:
    """How far a point is from the nearest of the centres."""
    return min([math.dist(point, centre) for centre in centres], default=0.0)


def digits(n: int = 200, noise: float = 0.2, shift: int = 0, *, rng: RNG = None) -> Dataset:
    """The digits 0 to 9 as 8 × 8 pixels, row by row: 0 is paper, 1 is ink.

    Each is drawn up to `shift` pixels off its place. A shift of 1 makes them much harder: a network
    that knows nothing of neighbouring pixels must learn nine positions of each digit. The noise is
    not clipped, so pixels can be below 0 or above 1. Raises ValueError for n below 10, negative
    noise, or a shift other than 0 and 1.

    >>> digits(rng=0)
    Dataset(200 samples, 64 features, 10 classes)
    """
    n, noise, rng = _count(n, 10, "digits"), _spread(noise, "noise of digits"), generator(rng)
    if shift not in (0, 1):
        raise ValueError(
            f"shift of digits must be 0 or 1, which is all the room on the page, got {shown(shift)}"
        )
    glyphs = list(zip(*(line.split() for line in GLYPHS.split("\n") if line)))
    samples = []
    for label, count in enumerate(_shares(n, 10)):
        for _ in range(count):
            down, right = (1 + rng.randint(-shift, shift) for _ in range(2))
            inked = ["." * right + line + "." * (3 - right) for line in glyphs[label]]
            page = "".join(["." * 8 * down, *inked, "." * 8 * (2 - down)])
            samples.append((_noisy([sign == "#" for sign in page], noise, rng), label))
    names = [f"pixel_{k // 8}_{k % 8}" for k in range(64)]
    return _shuffled(samples, tuple(names), 10, rng)


def _count(n: Any, least: int, maker: str) -> int:
    count = size(n, f"n, the number of samples of {maker},")
    if count < least:
        raise ValueError(
            f"n, the number of samples of {maker}, must be at least {least}, got {shown(n)}"
        )
    return count


def _spread(noise: Any, subject: str) -> float:
    deviation = number(noise, subject)
    if deviation < 0:
        raise ValueError(
            f"{subject} is a standard deviation and must be 0 or more, got {shown(noise)}"
        )
    return deviation


def _shares(n: int, classes: int) -> list[int]:
    """n samples dealt out to the classes, the first ones getting what is left over."""
    return [n // classes + (label < n % classes) for label in range(classes)]


def _noisy(point: Sequence[float], noise: float, rng: random.Random) -> list[float]:
    return [x + rng.gauss(0.0, noise) for x in point] if noise else list(map(float, point))


def _planar(samples: list[tuple[list[float], int]], classes: int, rng: random.Random) -> Dataset:
    return _shuffled(samples, ("x1", "x2"), classes, rng)


def _shuffled(
    samples: list[tuple[list[float], int]],
    features: tuple[str, ...],
    classes: int,
    rng: random.Random,
) -> Dataset:
    """The samples in random order: by class, a network would see one class at a time."""
    rng.shuffle(samples)
    return Dataset(
        [x for x, _ in samples],
        [label for _, label in samples],
        features,
        tuple(map(str, range(classes))),
    )
