"""What a model needs to handle raw rows: how its numbers were scaled, and what they mean.

>>> from nn import MLP, data, fit
>>> X, y = [[1000.0], [1010.0], [2000.0], [2010.0]], ["low", "low", "high", "high"]
>>> model = MLP([1, 2], rng=0)
>>> history = fit(model, (X, y), standardise=True, lr=0.3, epochs=20, rng=0, progress=False)
>>> model.preparation
Preparation(classes=('high', 'low'), inputs scaled)
>>> classify(model, [[1003.0], [1999.0]])
['low', 'high']
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from autograd.checks import shown
from nn.arguments import brief, has_axis, listed
from nn.data import Dataset, Standardiser
from nn.files.schema import fail, fields, numbers
from nn.module import Module
from nn.training.metrics import decide, predict


@dataclass(frozen=True, repr=False)
class Preparation:
    """How raw rows become inputs of a model, and its outputs become answers; made by `fit`.

    - `inputs`, `targets`: the standardisers of the features and of the targets, if any.
    - `features`, `classes`: their names, if any.
    - `loss`: the name of the loss that the model was trained with.
    """

    inputs: Standardiser | None = None
    targets: Standardiser | None = None
    features: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    loss: str = ""

    def __repr__(self) -> str:
        parts = [
            f"{name}={shown(getattr(self, name), 80)}" for name in NAMES if getattr(self, name)
        ]
        parts += [f"{name} scaled" for name in SCALED if getattr(self, name)]
        return f"Preparation({', '.join(parts)})"

    def to_plain(self) -> dict[str, Any]:
        """The preparation as lists, strings and numbers, for a file."""
        plain: dict[str, Any] = {"loss": self.loss}
        plain |= {name: list(getattr(self, name)) for name in NAMES}
        for name in SCALED:
            x = getattr(self, name)
            plain[name] = None if x is None else {"mean": list(x.mean), "scale": list(x.scale)}
        return plain

    @classmethod
    def from_plain(cls, x: Any) -> Preparation:
        """The preparation in a file; raises CheckpointError for anything else, saying where.

        >>> prepared = Preparation(Standardiser((1.0,), (2.0,)), classes=("no", "yes"))
        >>> Preparation.from_plain(prepared.to_plain()) == prepared
        True
        """
        where = "preparation"
        loss, *rest = fields(x, where, "loss", *NAMES, *SCALED)
        if not isinstance(loss, str):
            raise fail(f"{where}.loss", loss, "a string")
        names = [_names(given, f"{where}.{name}") for name, given in zip(NAMES, rest)]
        scaled = [_scaled(given, f"{where}.{name}") for name, given in zip(SCALED, rest[2:])]
        features, classes = names
        inputs, targets = scaled
        return cls(inputs, targets, features, classes, loss)


NAMES: Final = ("features", "classes")
SCALED: Final = ("inputs", "targets")


def _names(x: Any, where: str) -> tuple[str, ...]:
    if not isinstance(x, list) or not all(isinstance(name, str) for name in x):
        raise fail(where, x, "a list of strings")
    return tuple(x)


def _scaled(x: Any, where: str) -> Standardiser | None:
    if x is None:
        return None
    mean, scale = fields(x, where, "mean", "scale")
    mean, scale = numbers(mean, f"{where}.mean"), numbers(scale, f"{where}.scale")
    if not mean or len(mean) != len(scale) or min(scale) <= 0:
        raise fail(f"{where}.scale", scale, "as many positive numbers as means, at least one")
    return Standardiser(tuple(mean), tuple(scale))


def classify(model: Module, X: Any) -> list[Any]:
    """The class of each raw row: its name if the training data had names, else its index.

    Rows are standardised as the training data were. Raises ValueError for a single row, for a
    model that `fit` did not train, and for a regression.

    >>> from nn import MLP, data, fit
    >>> flowers, model = data.penguins(), MLP([4, 3], rng=0)
    >>> history = fit(model, flowers, standardise=True, epochs=10, rng=0, progress=False)
    >>> classify(model, flowers.X[:2])
    ['Adelie', 'Adelie']
    """
    preparation = getattr(model, "preparation", None)
    if not isinstance(preparation, Preparation):
        raise ValueError(
            f"classify takes a model that fit has trained, which knows what its outputs mean, got "
            f"{brief(model)}: write decide(predict(model, X), loss)"
        )
    rows = X.X if isinstance(X, Dataset) else X
    if not has_axis(rows) or not all(map(has_axis, listed(rows)[:1])):
        raise ValueError(
            f"classify takes rows of numbers, got {shown(X)}: for one row write "
            f"classify(model, [row])[0]"
        )
    loss: Any = preparation.loss
    decided = decide(predict(model, X), loss) if loss else None
    if decided is None:
        if not loss:
            raise ValueError(
                f"{brief(model)} was trained with your own loss, so classify cannot know "
                f"what its outputs mean: use decide(predict(model, X), loss)"
            )
        raise ValueError(
            f"classify takes a classifier, and {brief(model)} was trained with the loss {loss}: "
            f"use predict(model, X)"
        )
    classes = preparation.classes
    if not classes:
        return decided
    if max(decided) >= len(classes):
        raise ValueError(
            f"{brief(model)} has more outputs than the {len(classes)} classes that it was trained "
            f"on, {shown(classes, 120)}, and predicts {max(decided)}: use decide(predict(...))"
        )
    return [classes[i] for i in decided]


def coded(
    data: Any, is_classifier: bool = True, known: tuple[str, ...] = ()
) -> tuple[Any, tuple[str, ...]]:
    """Data whose targets are strings, as data with indices and the sorted names they stand for.

    If all of them are among the `known` classes of a model that is trained further, these keep
    their order.

    >>> coded(([[0.0], [1.0]], ["no", "yes"]))
    (([[0.0], [1.0]], [0, 1]), ('no', 'yes'))
    """
    if isinstance(data, Dataset) or not isinstance(data, (tuple, list)) or len(data) != 2:
        return data, tuple(getattr(data, "classes", ()))
    X, y = data
    labels = listed(y) if has_axis(y) else []
    if not is_classifier or not labels or not all(isinstance(x, str) for x in labels):
        return data, ()
    found = set(map(str, labels))
    classes = known if found <= {*known} else tuple(sorted(found))
    return (X, [classes.index(label) for label in labels]), classes


def recoded(data: Any, classes: tuple[str, ...], subject: str) -> Any:
    """Data with the indices of these names; raises ValueError for a new name."""
    if isinstance(data, Dataset):
        if not (data.classes and classes) or tuple(data.classes) == classes:
            return data
        X, labels = data.X, [data.classes[i] for i in data.y]
    elif isinstance(data, (tuple, list)) and len(data) == 2:
        X, labels = data[0], list(listed(data[1])) if has_axis(data[1]) else []
        if not labels or not isinstance(labels[0], str):
            return data
    else:
        return data
    unknown = sorted({*labels} - {*classes})
    if unknown:
        raise ValueError(
            f"{subject} has the class {shown(unknown[0])}, which is not one of those trained on: "
            f"{shown(classes, 120)}"
        )
    return X, [classes.index(label) for label in labels]


def scaled_by(rows: Any, by: Standardiser | None) -> Any:
    """Rows, or an array of them, or a list of numbers, standardised."""
    if by is None:
        return rows
    if hasattr(rows, "dtype"):
        import numpy as np

        flat = rows.reshape(len(rows), -1)
        return ((flat - np.array(by.mean)) / np.array(by.scale)).reshape(rows.shape)
    return by.of_targets(rows)
