"""Losses: how wrong a network is, as one number, built of the engine's ops; and the penalties that keep weights small.

`outputs` is what a model returns, for one sample or for a batch, `targets` numbers of the same shape (for `cross_entropy` the
index of the right class). `reduction` is "mean" (over all numbers), "sum", or "none" for the losses one by one, as in PyTorch.
Formulas: Goodfellow, Bengio and Courville, "Deep Learning" (2016), chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast, overload

from autograd import (
    TracingError,
    Value,
    abs,
    clip,
    equal,
    exp,
    greater,
    log,
    log1p,
    logaddexp,
    maximum,
    ops,
    pow,
    relu,
    softplus,
    where,
)
from autograd.checks import as_float, in_range, shown
from autograd.unknown import is_unknown
from nn.arguments import Array, has_axis, listed, plain_number

LossFunction: TypeAlias = Callable[[Any, Any], Value]
LossName: TypeAlias = Literal[
    "mse", "mae", "huber", "hinge", "bce", "bce_with_logits", "cross_entropy"
]

Total: TypeAlias = Literal["mean", "sum"]
Each: TypeAlias = Literal["none"]
Reduction: TypeAlias = Literal[Total, Each]

# As deep as the model makes them: a Value, a list of Values, a list of lists.
Outputs: TypeAlias = "Value | Sequence[Outputs] | Array"
Targets: TypeAlias = "Value | float | Sequence[Targets] | Array"
# Losses one by one are nested as the outputs are, so they have the type of the outputs.
Nested = TypeVar("Nested", bound=Outputs)


@overload
def mse(outputs: Outputs, targets: Targets, reduction: Total = "mean") -> Value: ...
@overload
def mse(outputs: Nested, targets: Targets, reduction: Each) -> Nested: ...
def mse(outputs: Outputs, targets: Targets, reduction: Reduction = "mean") -> Any:
    """Mean squared error, (output - target)².

    >>> mse([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    2.5
    """
    return _elementwise("mse", lambda a, y: pow(a - y, 2.0), outputs, targets, reduction)


@overload
def mae(outputs: Outputs, targets: Targets, reduction: Total = "mean") -> Value: ...
@overload
def mae(outputs: Nested, targets: Targets, reduction: Each) -> Nested: ...
def mae(outputs: Outputs, targets: Targets, reduction: Reduction = "mean") -> Any:
    """Mean absolute error, |output - target|; slope 0 where they are equal.

    >>> mae([Value(1.0), Value(3.0)], [0.0, 1.0]).data
    1.5
    """
    return _elementwise("mae", lambda a, y: abs(a - y), outputs, targets, reduction)


@overload
def huber(
    outputs: Outputs, targets: Targets, reduction: Total = "mean", delta: float = 1.0
) -> Value: ...
@overload
def huber(outputs: Nested, targets: Targets, reduction: Each, delta: float = 1.0) -> Nested: ...
def huber(
    outputs: Outputs, targets: Targets, reduction: Reduction = "mean", delta: float = 1.0
) -> Any:
    """Squared near the target and linear far away: e² / 2 for |e| ≤ delta, else delta · (|e| - delta / 2), with e = output - target.

    Source: Huber, "Robust estimation of a location parameter" (1964). Raises ValueError unless 0 < delta < inf.

    >>> huber([Value(0.5), Value(3.0)], [0.0, 0.0], "none")[1].data
    2.5
    """
    delta = in_range(delta, "huber(delta)", "positive and finite")

    def one(a: Any, y: Any) -> Any:
        size = abs(a - y)
        near = clip(size, 0.0, delta)  # e²/2 there, and past delta a constant: the rest is linear
        return 0.5 * near * near + delta * (size - near)

    return _elementwise("huber", one, outputs, targets, reduction)


@overload
def hinge(outputs: Outputs, targets: Targets, reduction: Total = "mean") -> Value: ...
@overload
def hinge(outputs: Nested, targets: Targets, reduction: Each) -> Nested: ...
def hinge(outputs: Outputs, targets: Targets, reduction: Reduction = "mean") -> Any:
    """max(0, 1 - target · output), for targets -1 and +1: no loss for the right sign by a margin of 1.

    Raises ValueError for other targets. Source: Cortes and Vapnik, "Support-vector networks" (1995).

    >>> hinge([Value(0.5), Value(-3.0)], [1, -1], "none")[0].data
    0.5
    """
    return _elementwise("hinge", lambda a, y: relu(1 + -_sign(y) * a), outputs, targets, reduction)


@overload
def bce(outputs: Outputs, targets: Targets, reduction: Total = "mean") -> Value: ...
@overload
def bce(outputs: Nested, targets: Targets, reduction: Each) -> Nested: ...
def bce(outputs: Outputs, targets: Targets, reduction: Reduction = "mean") -> Any:
    """Binary cross-entropy of probabilities, -(y · log p + (1 - y) · log(1 - p)), each log at least -100 as in PyTorch.

    Raises ValueError for an output or a target outside of [0, 1]. For the outputs of a layer without sigmoid take
    `bce_with_logits`, which is exact where the probability rounds to 0 or 1.

    >>> round(bce(Value(0.5), 1).data, 6)
    0.693147
    """

    def one(p: Any, y: Any) -> Any:
        if is_unknown(p):
            p = _share_or_nan(p)
        elif plain_number(p) < 0 or plain_number(p) > 1:
            raise ValueError(f"bce takes probabilities from 0 to 1, got {plain_number(p)!r}: for logits take bce_with_logits")
        y = _probability(y, "bce")
        return _mixed(y, lambda: -maximum(log(p), -100.0), lambda: -maximum(log1p(-p), -100.0))

    return _elementwise("bce", one, outputs, targets, reduction)


@overload
def bce_with_logits(outputs: Outputs, targets: Targets, reduction: Total = "mean") -> Value: ...
@overload
def bce_with_logits(outputs: Nested, targets: Targets, reduction: Each) -> Nested: ...
def bce_with_logits(outputs: Outputs, targets: Targets, reduction: Reduction = "mean") -> Any:
    """Binary cross-entropy of sigmoid(output), y · softplus(-z) + (1 - y) · softplus(z), for any finite logit z.

    Its slope in z is sigmoid(z) - y. Raises ValueError for a target outside of [0, 1].

    >>> z = Value(1000.0)
    >>> loss = bce_with_logits(z, 0); loss.backward(); loss.data, z.grad
    (1000.0, 1.0)
    """

    def one(z: Any, y: Any) -> Any:
        y = _probability(y, "bce_with_logits")
        return _mixed(y, lambda: softplus(-z), lambda: softplus(z))

    return _elementwise("bce_with_logits", one, outputs, targets, reduction)


Logits: TypeAlias = "Sequence[Value] | Sequence[Sequence[Value]] | Array"
"""Of one sample, or of each sample of a batch."""


@overload
def cross_entropy(
    outputs: Logits,
    targets: Targets,
    reduction: Total = "mean",
    weight: Sequence[float] | None = None,
) -> Value: ...
@overload
def cross_entropy(
    outputs: Sequence[Sequence[Value]],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
) -> list[Value]: ...
@overload
def cross_entropy(
    outputs: Sequence[Value],
    targets: Targets,
    reduction: Each,
    weight: Sequence[float] | None = None,
) -> Value: ...
def cross_entropy(
    outputs: Logits,
    targets: Targets,
    reduction: Reduction = "mean",
    weight: Sequence[float] | None = None,
) -> Any:
    """Cross-entropy of softmax(logits), logsumexp(z) - z_y, for the index y of the right class; slope softmax(z) - onehot(y).

    `outputs` are the logits of one sample, shape (classes,), with one index, or of a batch, (n, classes), with n. `weight` gives
    each class one, for unbalanced labels; the mean is then the weighted mean. Raises ValueError for an index that is no class.

    >>> logits = [Value(2.0), Value(0.0), Value(0.0)]
    >>> cross_entropy(logits, 0).backward(); round(logits[0].grad, 6), round(logits[1].grad, 6)
    (-0.213014, 0.106507)
    """
    rows: Sequence[Any] = listed(outputs) if has_axis(outputs) else [outputs]
    indices = listed(targets) if has_axis(targets) else [targets]
    batch = bool(rows) and has_axis(rows[0])
    if has_axis(targets) and not batch:
        if len(rows) == len(indices):
            raise ValueError(f"cross_entropy got one logit for each of {_count(rows, 'sample')}{_TWO_LOGITS}")
        raise ValueError(f"cross_entropy got the {len(rows)} logits of one sample and a list of targets: give the index alone")
    rows = rows if batch else [rows]
    if len(rows) != len(indices):
        raise ValueError(f"cross_entropy needs a target for each sample, got {_count(rows, 'sample')} and {_count(indices, 'target')}")
    picked = [_class(y, len(row)) for row, y in zip(rows, indices)]
    if weight is not None and len(weight) != len(rows[0]):
        raise ValueError(f"cross_entropy(weight) needs a number for each of {len(rows[0])} classes, got {len(weight)}")
    losses = [_of_class(row, y) for row, y in zip(rows, picked)]
    if weight is None:
        return _reduced(losses if batch else losses[0], losses, reduction)
    if any(map(is_unknown, picked)):
        raise TracingError("cross_entropy(weight) cannot be compiled: its mean is weighted over the batch, which no sample knows alone")
    shares = [as_float(weight[y], "cross_entropy(weight)") for y in picked]
    weighted = [loss * share for loss, share in zip(losses, shares)]
    total = sum(shares) / len(shares) if reduction == "mean" else 1.0
    reduced = _reduced(weighted if batch else weighted[0], weighted, reduction)
    return reduced / total if reduction == "mean" else reduced


@overload  # the narrower first: with a Value among them, floats give Values
def logsumexp(z: Sequence[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def logsumexp(z: Sequence[Value | float]) -> Value: ...
def logsumexp(z: Sequence[Any]) -> Any:
    """log Σ exp(z_i), never overflowing: `logaddexp` of all numbers.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    z = listed(z)
    if not z:
        raise ValueError("logsumexp needs at least one number, got none")
    return logaddexp(*z) if len(z) > 1 else z[0]


@overload
def log_softmax(z: Sequence[float]) -> list[float]: ...  # type: ignore[overload-overlap]
@overload
def log_softmax(z: Sequence[Value | float]) -> list[Value]: ...
def log_softmax(z: Sequence[Any]) -> list[Any]:
    """log softmax(z)_i = z_i - logsumexp(z), exact where the softmax itself would round to 0.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    z = listed(z)
    total = logsumexp(z)
    return [z_i - total for z_i in z]


@overload
def softmax(z: Sequence[float]) -> list[float]: ...  # type: ignore[overload-overlap]
@overload
def softmax(z: Sequence[Value | float]) -> list[Value]: ...
def softmax(z: Sequence[Any]) -> list[Any]:
    """Probabilities from logits: exp(z_i) / Σ exp(z_j).

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    return [exp(log_p) for log_p in log_softmax(z)]


def l1(parameters: Iterable[Value]) -> Value:
    """Σ |p|, a penalty that pulls weights to 0 and keeps them there.

    >>> l1([Value(-3.0), Value(4.0)]).data
    7.0
    """
    return cast(Value, sum(abs(p) for p in parameters))  # 0 for no parameters, which no model has


def l2(parameters: Iterable[Value]) -> Value:
    """Σ p², a penalty that keeps weights small: ridge regression, weight decay.

    >>> l2([Value(-3.0), Value(4.0)]).data
    25.0
    """
    return cast(Value, sum(p * p for p in parameters))  # 0 for no parameters, as in l1


_TWO_LOGITS: Final = (
    ". It takes at least two: give the last layer a neuron for each class, or take bce_with_logits, or for a regression mse"
)

LOSSES: Final[dict[str, LossFunction]] = {
    "mse": mse,
    "mae": mae,
    "huber": huber,
    "hinge": hinge,
    "bce": bce,
    "bce_with_logits": bce_with_logits,
    "cross_entropy": cross_entropy,
}
"""The losses by name."""


def loss_named(loss: LossName | LossFunction) -> LossFunction:
    """The loss of that name, or the function itself; ValueError for a name that is none."""
    if not isinstance(loss, str) and callable(loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"loss must be a function (outputs, targets) -> Value or one of {', '.join(LOSSES)}, got {shown(loss)}")
    return LOSSES[loss]


def _elementwise(name: str, one: Callable[[Any, Any], Any], outputs: Any, targets: Any, reduction: Reduction) -> Any:
    flat: list[Any] = []

    def paired(a: Any, y: Any, where: str) -> Any:
        a, y = (listed(x) if has_axis(x) else x for x in (a, y))
        if isinstance(a, list) != isinstance(y, list) or (isinstance(a, list) and len(a) != len(y)):
            cure = ""
            if isinstance(y, list) and len(y) == 1 and not isinstance(a, list):
                cure = " in a list: flatten the targets, as in y.ravel()"
            elif isinstance(a, list) and len(a) == 1 and not isinstance(y, list):
                cure = ", the output in a list: return out[0] from the model"
            raise ValueError(f"{name} needs a target for each output{where}, got {_count(a)} and {_count(y, 'target')}{cure}")
        if isinstance(a, list):
            return [paired(a_i, y_i, where or f" of sample {i}") for i, (a_i, y_i) in enumerate(zip(a, y))]
        flat.append(one(a, y if isinstance(y, Value) else as_float(y, f"{name}: a target")))
        return flat[-1]

    return _reduced(paired(outputs, targets, ""), flat, reduction)


def _reduced(nested: Any, losses: list[Any], reduction: Reduction) -> Any:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction must be one of mean, sum, none, got {shown(reduction)}")
    if not losses:
        raise ValueError("a loss needs at least one sample, got none")
    if reduction == "none":
        return nested
    total = losses[0] if len(losses) == 1 else sum(losses[1:], losses[0])
    return total / len(losses) if reduction == "mean" and len(losses) > 1 else total


def _count(x: Any, noun: str = "output") -> str:
    return f"{len(x)} {noun}{'s' * (len(x) != 1)}" if isinstance(x, list) else f"one {noun}"


def _mixed(y: Any, if_one: Callable[[], Any], if_zero: Callable[[], Any]) -> Any:
    """y · if_one + (1 - y) · if_zero; for a plain 0 or 1 just the term that counts, so that the graph is small."""
    if y.__class__ is float and y in (0.0, 1.0):
        return if_one() if y else if_zero()
    return y * if_one() + (1 - y) * if_zero()


def _of_class(row: Sequence[Any], y: Any) -> Any:
    """The cross-entropy of one sample; nan, with slopes of nan, for an unknown y that is none."""
    if not is_unknown(y):
        return logsumexp(row) - row[y]
    # An equal() only chooses, so it can be numpy's own y == j.
    parts = [where(equal(y, float(j)), z_j, 0.0) for j, z_j in enumerate(row)]
    is_class = equal(y, ops.round(clip(y, 0.0, len(row) - 1.0)))
    one = where(is_class, 1.0, math.nan) + (y - y)  # where a nan in y is not lost either
    return (logsumexp(row) - sum(parts[1:], parts[0])) * one


# What cannot be checked while a function is compiled gives nan where the check would fail.


# Multiplied by x, a nan in x is not lost, so the comparisons can be numpy's own.


def _share_or_nan(x: Any) -> Any:
    return x * where(greater(0.0, x), math.nan, 1.0) * where(greater(x, 1.0), math.nan, 1.0)


def _sign(y: Any) -> Any:
    if is_unknown(y):
        return y * where(equal(abs(y), 1.0), 1.0, math.nan)
    if plain_number(y) not in (-1.0, 1.0):
        raise ValueError(f"hinge takes targets -1 and +1, got {plain_number(y):g}: write 2 * y - 1 for 0 and 1, or take bce_with_logits")
    return y


def _probability(y: Any, name: str) -> Any:
    if is_unknown(y):
        return _share_or_nan(y)
    if not 0 <= plain_number(y) <= 1:
        raise ValueError(f"{name} takes targets from 0 to 1, got {plain_number(y)!r}: for class indices take cross_entropy")
    return y


def _class(y: Any, n_classes: int) -> Any:
    if has_axis(y):
        raise ValueError(f"cross_entropy takes the index of a class for each sample, got {shown(y)}: write y.argmax(axis=1) for one-hot rows")
    if n_classes < 2:
        raise ValueError(f"cross_entropy got {n_classes} logits for a sample{_TWO_LOGITS}")
    if is_unknown(y):
        return y
    number = as_float(y, "cross_entropy: a target")
    if number not in range(n_classes):
        raise ValueError(
            f"cross_entropy takes the index of a class, 0 to {n_classes - 1}, got {shown(y)}: the last layer has {n_classes} outputs "
            f"(for a regression take mse)"
        )
    return int(number)
