"""Where things are on a laid-out drawing: boxes, paths, and a free place for a label."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TypeAlias

Point: TypeAlias = "tuple[float, float]"

_NUMBER = re.compile(r"-?\d+\.?\d*(?:e[+-]?\d+)?")

PIECES = 8
"""The number of straight lines that stand for one Bézier curve when lengths are measured."""


@dataclass(frozen=True)
class Box:
    """An upright rectangle; y grows downwards, as in SVG."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> Point:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def as_list(self) -> list[float]:
        """Left, top, width and height, as a page takes them."""
        sides = (self.left, self.top, self.width, self.height)
        return [round(side, 2) for side in sides]

    def meets(self, other: Box) -> bool:
        """Whether the two boxes have a point in common."""
        across = self.left <= other.right and other.left <= self.right
        return across and self.top <= other.bottom and other.top <= self.bottom

    def overlap(self, other: Box) -> float:
        """The area that both boxes cover.

        >>> Box(0, 0, 2, 2).overlap(Box(1, 1, 5, 5)), Box(0, 0, 1, 1).overlap(Box(3, 3, 4, 4))
        (1, 0)
        """
        if not self.meets(other):
            return 0
        width = min(self.right, other.right) - max(self.left, other.left)
        return width * (min(self.bottom, other.bottom) - max(self.top, other.top))


def numbers_in(text: str) -> list[float]:
    """The numbers of an attribute of SVG."""
    return [float(found) for found in _NUMBER.findall(text)]


def points_in(text: str) -> list[Point]:
    """The points of a Graphviz path, which is M and then C, or of a polygon."""
    numbers = numbers_in(text)
    return list(zip(numbers[::2], numbers[1::2]))


def box_around(points: Iterable[Point]) -> Box:
    """The smallest box that holds all points."""
    xs, ys = zip(*points)
    return Box(min(xs), min(ys), max(xs), max(ys))


def curve(points: Sequence[Point]) -> str:
    """Points as a path: the first one, and then three for each Bézier curve."""
    first, *others = [f"{x:.2f},{y:.2f}" for x, y in points]
    return f"M{first}C{' '.join(others)}"


def _along(points: Sequence[Point]) -> Iterator[Point]:
    """Points along the Bézier curves, close together."""
    yield points[0]
    for i in range(0, len(points) - 3, 3):
        a, b, c, d = points[i : i + 4]
        for k in range(1, PIECES + 1):
            t = k / PIECES
            shares = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
            x = sum(share * p[0] for share, p in zip(shares, (a, b, c, d)))
            y = sum(share * p[1] for share, p in zip(shares, (a, b, c, d)))
            yield x, y


def halfway(points: Sequence[Point]) -> tuple[Point, float]:
    """The point in the middle of the curves, by length, and the direction there in radians.

    >>> halfway([(0, 0), (10, 0), (20, 0), (30, 0)])
    ((15.0, 0.0), 0.0)
    """
    lines = list(pairwise(_along(points)))
    left = sum(math.dist(a, b) for a, b in lines) / 2
    for a, b in lines:
        length = math.dist(a, b)
        if length and left <= length:
            break
        left -= length
    share = left / length if length else 0.0
    (ax, ay), (bx, by) = a, b
    return (ax + share * (bx - ax), ay + share * (by - ay)), math.atan2(by - ay, bx - ax)


def turned(points: Iterable[Point], at: Point, angle: float) -> list[Point]:
    """A shape around the origin, turned by an angle and moved to a point."""
    cos, sin = math.cos(angle), math.sin(angle)
    return [(at[0] + x * cos - y * sin, at[1] + x * sin + y * cos) for x, y in points]


_OFFSETS = sorted(
    (math.hypot(dx, dy), dx, dy) for dx, dy in product(range(-60, 61, 15), range(-90, 91, 9))
)
"""The places tried for a label, relative to the point that it belongs to, nearest first."""


def free_place(
    size: tuple[float, float], near: Point, taken: Sequence[tuple[Box, float]], within: Box
) -> Box:
    """A box of that size close to a point, where it hides least of what is already there.

    Each `taken` box has a weight: what a unit of its area is worth. The box stays within the bounds
    if it fits.
    """
    width, height = size
    best, least = None, math.inf
    for far, dx, dy in _OFFSETS:
        if 2 * far >= least:  # nothing farther away will be better either
            break
        left = _clamped(near[0] + dx - width / 2, within.left, within.right - width)
        top = _clamped(near[1] + dy - height / 2, within.top, within.bottom - height)
        box = Box(left, top, left + width, top + height)
        hidden = sum(weight * box.overlap(other) for other, weight in taken)
        cost = hidden + 2 * math.dist(box.centre, near)
        if cost < least:
            best, least = box, cost
    assert best is not None  # there are always candidates
    return best


def _clamped(x: float, low: float, high: float) -> float:
    return max(low, min(x, high))
