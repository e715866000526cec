"""The confusion matrix: which classes are taken for which, as counts, a table and a drawing."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from autograd.checks import shown
from nn.arguments import size
from nn.data import Dataset
from nn.training.labels import pair_of, refuse_off_by_one, whole

MOST: Final = 40
"""Up to how many classes a matrix is printed and drawn whole."""


class ConfusionMatrix:
    """Counts with a row for each true class and a column for each predicted one.

    `matrix[i][j]` samples of class i were taken for j. It has as many rows as classes, is indexed
    like a list of rows, and equals one; only what occurs takes memory. It prints itself as a table
    with the names of `classes`, and draws itself in a notebook; `labels` are the classes that
    occur. `of_texts` says whether predictions and targets were names. Made by `confusion_matrix`.
    """

    def __init__(
        self,
        counts: Counter[tuple[int, int]],
        n: int,
        classes: Sequence[str],
        of_texts: bool = False,
    ) -> None:
        self.counts, self.n, self.of_texts = counts, n, of_texts
        self.classes = tuple(classes)
        self._of: Counter[int] = Counter()
        self._taken: Counter[int] = Counter()
        for (i, j), count in counts.items():
            self._of[i] += count
            self._taken[j] += count
        self.labels = sorted({*self._of, *self._taken})
        self.total = sum(counts.values())

    def right(self, c: int) -> int:
        """How many samples of class c were taken for it."""
        return self.counts[c, c]

    def of(self, c: int) -> int:
        """How many samples are of class c."""
        return self._of[c]

    def taken_for(self, c: int) -> int:
        """How many samples were taken for class c."""
        return self._taken[c]

    def __len__(self) -> int:
        return self.n

    def __getitem__(self, i: int) -> list[int]:
        row = range(self.n)[i]
        return [self.counts[row, j] for j in range(self.n)]

    def __iter__(self) -> Iterator[list[int]]:
        return (self[i] for i in range(self.n))

    def __eq__(self, other: Any) -> bool:
        if isinstance(other, ConfusionMatrix):
            return self.n == other.n and self.counts == other.counts
        if isinstance(other, list):
            return self.n == len(other) and all(a == b for a, b in zip(self, other))
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def label(self, c: int) -> int | str:
        """Class c as predictions and targets gave it: its name if those were names."""
        return self.name(c) if self.of_texts else c

    def name(self, c: int) -> str:
        """What class c is called: its name, or its number."""
        return self.classes[c] if self.classes else str(c)

    def __repr__(self) -> str:
        """A table, with true classes on the left; for many classes, the most frequent mistakes."""
        if self.n > MOST:
            return f"ConfusionMatrix({self._summary()})"
        names = [_cut(self.name(c), 12) for c in range(self.n)]
        left = max(map(len, ["true", *names]))
        most = max(self.counts.values())
        widths = [max(len(name), len(str(most))) for name in names]
        head = [name.rjust(width) for name, width in zip(names, widths)]
        lines = ["  ".join(["true".ljust(left), *head]) + "  ← predicted"]
        for name, row in zip(names, self):
            cells = [str(count).rjust(width) for count, width in zip(row, widths)]
            lines.append("  ".join([name.ljust(left), *cells]))
        return "\n".join(lines)

    def _summary(self) -> str:
        right = sum(self.right(c) for c in self.labels)
        text = f"{self.n} classes, {right} of {self.total} right"
        wrong = Counter({pair: n for pair, n in self.counts.items() if pair[0] != pair[1]})
        for (i, j), count in wrong.most_common(3):
            text += f", {_cut(self.name(i), 20)} for {_cut(self.name(j), 20)} {count} times"
        return text

    def _repr_svg_(self) -> str | None:
        """The table as a drawing: a cell is as dark as its share of the row; None if too large."""
        if self.n > MOST:
            return None
        names = [_cut(self.name(c), 14) for c in range(self.n)]
        left, side = 12 + 8 * max(map(len, ["true", *names])), 44
        top = left  # names of columns are upright
        width, height = left + side * self.n + 12, top + side * self.n + 12
        parts = [_HEAD.format(width=width, height=height)]
        parts.append(_text(left - 8, top - 8, "true ↓ predicted →", "end", "small"))
        for c, name in enumerate(names):
            middle = side * c + side / 2
            parts.append(_text(left - 8, top + middle + 5, name, "end"))
            turn = f' transform="rotate(-90 {left + middle + 5} {top - 24})"'
            parts.append(_text(left + middle + 5, top - 24, name, "start", more=turn))
        for i, row in enumerate(self):
            for j, count in enumerate(row):
                share = count / max(1, self.of(i))
                kind = "right" if i == j else "wrong"
                x, y = left + side * j, top + side * i
                parts.append(
                    f'<rect class="{kind}" x="{x}" y="{y}" width="{side}" height="{side}" '
                    f'fill-opacity="{0.75 * share:.3f}"/>'
                )
                parts.append(_text(x + side / 2, y + side / 2 + 5, str(count), "middle"))
        return "".join([*parts, "</svg>"])


def confusion_matrix(
    predicted: Any, targets: Any, n_classes: int | None = None, classes: Sequence[str] = ()
) -> ConfusionMatrix:
    """Which classes are taken for which: [i][j] samples of class i were taken for j.

    Classes are indices, 0, 1, 2, ..., or strings on both sides; `classes` are their names in
    order, which a Dataset passed as targets brings along; otherwise all strings in alphabetical
    order. Raises ValueError if there are not as many predictions as targets, or none, and for
    anything but an index or the name of a class.

    >>> matrix = confusion_matrix([0, 1, 1], [0, 1, 0], classes=["cat", "dog"])
    >>> matrix == [[1, 1], [0, 1]]
    True
    >>> matrix
    true  cat  dog  ← predicted
    cat     1    1
    dog     0    1
    """
    classes = tuple(map(str, classes))
    if isinstance(targets, Dataset) and not classes:
        classes = tuple(targets.classes)
    if len({*classes}) < len(classes):
        raise ValueError(f"confusion_matrix(classes) must differ, got {shown(classes, 120)}")
    predicted, targets = pair_of(predicted, targets)
    of_texts = all(isinstance(label, str) for label in [*predicted, *targets])
    if of_texts:
        if n_classes is not None and not classes:
            raise ValueError(
                "confusion_matrix(n_classes) of names needs classes=[...], their order"
            )
        classes = classes or tuple(sorted({*map(str, predicted), *map(str, targets)}))
        place = {name: i for i, name in enumerate(classes)}
        predicted = [_place_of(name, place) for name in predicted]
        targets = [_place_of(name, place) for name in targets]
    if classes:
        n_classes = len(classes) if n_classes is None else n_classes
    if n_classes is not None:
        n_classes = size(n_classes, "confusion_matrix(n_classes)")
        if classes and len(classes) != n_classes:
            raise ValueError(
                f"confusion_matrix(classes) must name each of {n_classes} classes, "
                f"got {len(classes)} names"
            )
    predicted = [_index(label, n_classes) for label in predicted]
    targets = [_index(label, n_classes) for label in targets]
    refuse_off_by_one(predicted, targets, "confusion_matrix")
    n = n_classes or max(*predicted, *targets) + 1
    return ConfusionMatrix(Counter(zip(targets, predicted)), n, classes, of_texts)


def _place_of(name: str, place: dict[str, int]) -> int:
    if name not in place:
        raise ValueError(
            f"confusion_matrix: {shown(name)} is not one of the classes, {shown([*place], 200)}"
        )
    return place[name]


def _index(label: Any, n_classes: int | None) -> int:
    """The index of a class as an int, from an int, a bool or a whole float."""
    index = whole(label)
    is_index = index is not None and index >= 0
    if index is not None and is_index and (n_classes is None or index < n_classes):
        return index
    wanted = f"0 to {n_classes - 1}" if n_classes else "0, 1, 2, ..."
    cure = ""
    if isinstance(label, list):
        cure = "; write y.ravel() for a column, y.argmax(axis=1) for one-hot rows"
    elif label == -1:
        cure = "; write (y + 1) // 2 for classes -1 and +1"
    elif index == n_classes and is_index:
        cure = "; classes are counted from 0: write y - 1"
    elif isinstance(label, str):
        cure = "; use names on both sides, or give the targets as a Dataset with classes"
    raise ValueError(
        f"confusion_matrix takes indices of classes, {wanted}, got {shown(label)}{cure}"
    )


_HEAD: Final = """<svg xmlns="http://www.w3.org/2000/svg" class="glassgrad-confusion" \
viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="sans-serif" \
font-size="13"><style>.glassgrad-confusion{{background:#fff}}\
.glassgrad-confusion text{{fill:#1f2428}}.glassgrad-confusion rect{{stroke:#8a939b;fill:#8a939b}}\
.glassgrad-confusion .right{{stroke-width:2}}.glassgrad-confusion .small{{font-size:11px}}\
@media (prefers-color-scheme:dark){{.glassgrad-confusion{{background:#181b1f}}\
.glassgrad-confusion text{{fill:#e6e9ec}}}}</style>"""


def _text(x: float, y: float, text: str, anchor: str, kind: str = "", more: str = "") -> str:
    style = f' class="{kind}"' if kind else ""
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{style}{more}>{html.escape(text)}</text>'
    )


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"
