"""Losses for k classes, with an output for each: from logits, and from log-probabilities."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias, overload

from autograd import TracingError, Value, abs, equal, greater, where
from autograd.checks import as_float, in_range, shown
from autograd.unknown import is_unknown
from nn.arguments import Array, has_axis, listed, plain_number
from nn.losses import unknown
from nn.losses.reduction import Each, Reduction, Targets, Total, added, counted, reduced
from nn.losses.softmax import logsumexp

Logits: TypeAlias = "Sequence[Value] | Sequence[Sequence[Value]] | Array"
"""The logits of one sample, or of each sample of a batch."""


@overload
def cross_entropy(
    outputs: Logits,
    targets: Targets,
    reduction: Total = "mean",
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Value: ...
@overload
def cross_entropy(
    outputs: Sequence[Sequence[Value]],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> list[Value]: ...
@overload
def cross_entropy(
    outputs: Sequence[Value],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Value: ...
def cross_entropy(
    outputs: Logits,
    targets: Targets,
    reduction: Reduction = "mean",
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
) -> Any:
    """Cross-entropy of softmax(logits), logsumexp(z) - z_y, for the index y of the right class.

    Its slope is softmax(z) - onehot(y). `outputs` are the logits of one sample, shape (classes,),
    with one target, or of a batch, (n, classes), with n. A target is an index, or a row of
    probabilities t (soft targets), for which the loss is Σ t_k·(logsumexp(z) - z_k).
    `label_smoothing` ε puts (1 - ε)·t + ε/classes in place of t; `weight` gives each class a
    weight, and the mean over indices then divides by the weights of their classes; samples whose
    target is `ignore_index` do not count. All as in PyTorch. Raises ValueError for a target that is
    not a class or a distribution.
    Source: Szegedy et al., "Rethinking the Inception architecture" (2016).

    >>> logits = [Value(2.0), Value(0.0), Value(0.0)]
    >>> cross_entropy(logits, 0).backward(); round(logits[0].grad, 6), round(logits[1].grad, 6)
    (-0.213014, 0.106507)
    >>> round(cross_entropy(logits, [0.8, 0.1, 0.1]).data, 6)
    0.639545
    """
    smoothing = in_range(label_smoothing, "cross_entropy(label_smoothing)", "from 0 to 1")

    def costs(row: Sequence[Any]) -> Callable[[Any], Any]:
        total = logsumexp(row)
        return lambda y: total - unknown.picked(row, y)

    task = _Task("cross_entropy", costs, weight, ignore_index, smoothing)
    return task.loss(outputs, targets, reduction)


@overload
def nll(
    outputs: Logits,
    targets: Targets,
    reduction: Total = "mean",
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
) -> Value: ...
@overload
def nll(
    outputs: Sequence[Sequence[Value]],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
) -> list[Value]: ...
@overload
def nll(
    outputs: Sequence[Value],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
) -> Value: ...
def nll(
    outputs: Logits,
    targets: Targets,
    reduction: Reduction = "mean",
    weight: Sequence[float] | None = None,
    *,
    ignore_index: int | None = None,
) -> Any:
    """Negative log likelihood, -log p_y, of log-probabilities, such as `log_softmax` returns.

    `outputs`, `targets` (indices), `weight` and `ignore_index` are as in `cross_entropy` and in
    PyTorch. Raises ValueError for an index that is not a class.

    >>> nll([Value(-0.5), Value(-1.0)], 1).data
    1.0
    """

    def costs(row: Sequence[Any]) -> Callable[[Any], Any]:
        return lambda y: -unknown.picked(row, y)

    return _Task("nll", costs, weight, ignore_index).loss(outputs, targets, reduction)


class _Task:
    """A loss of k classes with its settings; `costs` gives -log p_k of a row, for each k."""

    def __init__(
        self,
        name: str,
        costs: Callable[[Sequence[Any]], Callable[[Any], Any]],
        weight: Any,
        ignore_index: Any,
        smoothing: float = 0.0,
    ) -> None:
        self.name, self.costs, self.smoothing = name, costs, smoothing
        self.weights = None if weight is None else self._numbers(weight)
        self.ignored = self._index(ignore_index)
        # In that case, how much a sample counts in the mean depends on its class.
        self.is_weighted = self.weights is not None or self.ignored is not None

    def loss(self, outputs: Any, targets: Any, reduction: str) -> Any:
        rows, ys, batch = _samples(self.name, outputs, targets)
        soft = [has_axis(y) for y in ys]
        if any(soft):
            self._check_soft(ys, soft)
        for row in rows:
            self._check_width(len(row))
        pairs = [self._of_sample(row, y) for row, y in zip(rows, ys)]
        losses = [loss for loss, _ in pairs]
        shares = [share for _, share in pairs] if self.is_weighted and not any(soft) else []
        if shares and reduction == "mean" and any(map(is_unknown, ys)):
            raise TracingError(
                f"{self.name}(weight) and ignore_index cannot be compiled: the mean is weighted "
                f"over the batch, which a single sample does not know; use reduction='sum'"
            )
        if shares and self.ignored is not None and not any(shares) and reduction == "mean":
            reduction = "sum"  # of zeros: a batch in which every target is ignored
        return reduced(self.name, losses if batch else losses[0], losses, reduction, shares)

    def _of_sample(self, row: Sequence[Any], y: Any) -> tuple[Any, Any]:
        """The loss of a sample, and how much it counts in the mean."""
        if has_axis(y):
            parts = self._smoothed(_distribution(self.name, y, len(row)))
            return self._spread(row, parts), 1.0
        y = self._class(y, len(row))
        if y is None:  # a 0 of the same graph, whatever the logits are
            return where(0.0, added(row), 0.0), 0.0
        cost, share = self.costs(row), self._weight_of(y)
        loss = cost(y)
        if share.__class__ is not float or share != 1.0:
            loss = share * loss
        if self.smoothing:
            even = self._spread(row, [self.smoothing / len(row)] * len(row))
            loss = (1 - self.smoothing) * loss + even
        if is_unknown(y):
            loss = loss * unknown.one_or_nan(y, len(row))
            if self.ignored is not None:
                loss = where(equal(y, float(self.ignored)), 0.0, loss)
        return loss, share

    def _spread(self, row: Sequence[Any], parts: Sequence[Any]) -> Any:
        """Σ part_k · w_k · -log p_k, without the terms that are certain to be 0."""
        cost, terms = self.costs(row), []
        for k, part in enumerate(parts):
            factor = part if self.weights is None else part * self.weights[k]
            if isinstance(factor, Value) or factor:
                terms.append(unknown.weighted(factor, cost(k)))
        return added(terms) if terms else where(0.0, added(row), 0.0)

    def _smoothed(self, parts: list[Any]) -> list[Any]:
        if not self.smoothing:
            return parts
        return [(1 - self.smoothing) * t + self.smoothing / len(parts) for t in parts]

    def _weight_of(self, y: Any) -> Any:
        return 1.0 if self.weights is None else unknown.picked(self.weights, y)

    def _class(self, y: Any, n_classes: int) -> Any:
        """The index of a class; None for a target that is ignored."""
        if is_unknown(y):
            return y
        number = as_float(y, f"{self.name}: a target")
        if self.ignored is not None and number == self.ignored:
            return None
        if number not in range(n_classes):
            one_more = ", and for labels from 1 write y - 1" if number == n_classes else ""
            raise ValueError(
                f"{self.name} takes the index of a class, 0 to {n_classes - 1}, got {shown(y)}: "
                f"the last layer has {n_classes} outputs (for a regression use mse{one_more})"
            )
        return int(number)

    def _numbers(self, weight: Any) -> list[float]:
        subject = f"{self.name}(weight)"
        if not has_axis(weight):
            raise TypeError(f"{subject} takes a number for each class, got {shown(weight)}")
        return [in_range(w, subject, "at least 0 and finite") for w in listed(weight)]

    def _index(self, ignore_index: Any) -> int | None:
        if ignore_index is None:
            return None
        number = as_float(ignore_index, f"{self.name}(ignore_index)")
        if not number.is_integer():
            subject = f"{self.name}(ignore_index)"
            raise ValueError(f"{subject} must be a whole number, got {shown(ignore_index)}")
        return int(number)

    def _check_width(self, n_classes: int) -> None:
        if n_classes < 2:
            raise ValueError(f"{self.name} got {n_classes} logits for a sample{TWO_LOGITS}")
        if self.weights is not None and len(self.weights) != n_classes:
            raise ValueError(
                f"{self.name}(weight) needs a number for each of {n_classes} classes, "
                f"got {len(self.weights)}"
            )

    def _check_soft(self, ys: Sequence[Any], soft: Sequence[bool]) -> None:
        if self.name == "nll":
            raise ValueError(
                f"nll takes the index of a class for each sample, got {shown(ys[soft.index(True)])}"
                f": write y.argmax(axis=1) for one-hot rows"
            )
        if not all(soft):
            raise ValueError(
                f"{self.name} takes either indices or rows of probabilities as targets, got both: "
                f"{shown(ys[soft.index(False)])} among rows"
            )
        if self.ignored is not None:
            raise ValueError(
                f"{self.name}(ignore_index) is for indices of classes, and the targets are rows: "
                f"leave out the samples that should not count"
            )


TWO_LOGITS: Final = (
    ". It takes at least two: give the last layer a neuron for each class, or use "
    "bce_with_logits, or for a regression mse"
)


def _samples(name: str, outputs: Any, targets: Any) -> tuple[list[Any], list[Any], bool]:
    """Rows of logits, a target for each, and whether they are a batch."""
    rows = list(listed(outputs)) if has_axis(outputs) else [outputs]
    many = has_axis(targets)
    ys = list(listed(targets)) if many else [targets]
    if not rows and many and not ys:
        raise ValueError(f"{name} needs at least one sample, got none")
    if rows and has_axis(rows[0]):
        if len(rows) != len(ys):
            raise ValueError(
                f"{name} needs a target for each sample, got {counted(rows, 'sample')} and "
                f"{counted(ys, 'target')}"
            )
        return [list(listed(row)) for row in rows], ys, True
    if not many:
        return [rows], ys, False
    if len(rows) != len(ys):
        raise ValueError(
            f"{name} got the {len(rows)} logits of one sample and a list of targets: pass only "
            f"the index"
        )
    if any(isinstance(y, int) for y in ys):  # labels of many samples; floats are soft targets
        raise ValueError(f"{name} got one logit for each of {counted(rows, 'sample')}{TWO_LOGITS}")
    return [rows], [ys], False


NEARLY: Final = 1e-4
"""How far the sum of a row of probabilities may be from 1; float32 rows need this tolerance."""


def _distribution(name: str, t: Any, n_classes: int) -> list[Any]:
    """The probabilities of a soft target, checked."""
    row = [x if isinstance(x, Value) else as_float(x, f"{name}: a target") for x in listed(t)]
    if len(row) != n_classes:
        cure = ": for a column of indices write y.ravel()" if len(row) == 1 else ""
        raise ValueError(
            f"{name} takes an index or {n_classes} probabilities for each sample, got a row of "
            f"{len(row)}{cure}"
        )
    if any(map(is_unknown, row)):
        row = [unknown.share_or_nan(x) for x in row]
        off = abs(added(row) - 1.0)
        return [x * where(greater(off, NEARLY), float("nan"), 1.0) for x in row]
    numbers = [plain_number(x) for x in row]
    if not all(0 <= x <= 1 for x in numbers) or not -NEARLY <= sum(numbers) - 1 <= NEARLY:
        raise ValueError(
            f"{name} takes rows of probabilities that sum to 1 as soft targets, got "
            f"{shown(numbers)}: where several classes may be right, use bce_with_logits"
        )
    return row
