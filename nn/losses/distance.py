"""How far apart distributions and directions are: Kullback-Leibler divergence and cosines."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from typing import Any, Final, Literal, TypeAlias

from autograd import abs, exp, greater, hypot, maximum, relu, where, xlogy
from autograd.checks import as_float, in_range, shown
from autograd.unknown import is_unknown
from nn.arguments import has_axis, listed
from nn.losses import unknown
from nn.losses.reduction import Outputs, Reduction, Targets, added, counted, elementwise, reduced

Divergence: TypeAlias = Literal["batchmean", Reduction]


def kl_div(
    outputs: Outputs,
    targets: Targets,
    reduction: Divergence = "mean",
    *,
    log_target: bool = False,
) -> Any:
    """Kullback-Leibler divergence of log-probabilities x from probabilities t: t·(log t - x).

    With `log_target` the targets are logarithms, too. The divergence itself is the sum over a
    row; "batchmean" is its mean over the samples, "mean" the mean over all numbers, as in PyTorch.
    Raises ValueError for targets outside [0, 1].
    Source: Kullback and Leibler, "On information and sufficiency" (1951).

    >>> from autograd import Value
    >>> round(kl_div([Value(-1.0), Value(-0.5)], [0.5, 0.5], "sum").data, 6)
    0.056853
    """

    def one(x: Any, t: Any) -> Any:
        if log_target:
            return exp(t) * (t - x)
        t = unknown.probability(t, "kl_div")
        return xlogy(t, t) - unknown.weighted(t, x)

    if reduction != "batchmean":
        return elementwise("kl_div", one, outputs, targets, reduction)
    rows = listed(outputs) if has_axis(outputs) else [outputs]
    n = len(rows) if len(rows) and has_axis(rows[0]) else 1
    total = elementwise("kl_div", one, outputs, targets, "sum")
    return total / n if n > 1 else total


def cosine_similarity(x1: Sequence[Any], x2: Sequence[Any], eps: float = 1e-8) -> Any:
    """x1·x2 / (max(|x1|, eps)·max(|x2|, eps)), from -1 to 1; for rows, a list of these.

    Like PyTorch's `cosine_similarity`. Raises ValueError for lengths that differ.

    >>> cosine_similarity([3.0, 4.0], [4.0, 3.0])
    0.96
    """
    eps = in_range(eps, "cosine_similarity(eps)", "positive and finite")

    def one(a: list[Any], b: list[Any]) -> Any:
        # Each is divided by its norm first: a product of large numbers would overflow.
        sizes = [maximum(_norm(x), eps) for x in (a, b)]
        return added([(x / sizes[0]) * (y / sizes[1]) for x, y in zip(a, b)])

    pairs, batch = _pairs("cosine_similarity", x1, x2)
    found = [one(a, b) for a, b in pairs]
    return found if batch else found[0]


def cosine_embedding(
    x1: Sequence[Any],
    x2: Sequence[Any],
    targets: Any,
    reduction: Reduction = "mean",
    *,
    margin: float = 0.0,
) -> Any:
    """1 - cos(x1, x2) for a target of +1 (alike), max(0, cos(x1, x2) - margin) for -1.

    x1 and x2 are two rows of the same length with one target, or n pairs of rows with n targets.
    Like PyTorch's `cosine_embedding_loss`. Raises ValueError for other targets, and for shapes that
    do not fit.

    >>> from autograd import Value
    >>> round(cosine_embedding([Value(3.0), Value(4.0)], [4.0, 3.0], -1, margin=0.5).data, 6)
    0.46
    """
    margin = as_float(margin, "cosine_embedding(margin)")

    def one(a: list[Any], b: list[Any], y: Any) -> Any:
        sizes = [_norm([SMALL, *x]) for x in (a, b)]
        cos = added([(x / sizes[0]) * (y / sizes[1]) for x, y in zip(a, b)])
        if is_unknown(y):
            return where(greater(unknown.sign(y), 0.0), 1.0 - cos, relu(cos - margin))
        return 1.0 - cos if _direction(y) > 0 else relu(cos - margin)

    pairs, batch = _pairs("cosine_embedding", x1, x2)
    ys = list(listed(targets)) if has_axis(targets) else [targets]
    if len(ys) != len(pairs) or batch != has_axis(targets):
        raise ValueError(
            f"cosine_embedding needs a target for each pair of rows, got {counted(pairs, 'pair')} "
            f"and {counted(ys, 'target')}"
        )
    losses = [one(a, b, y) for (a, b), y in zip(pairs, ys)]
    return reduced("cosine_embedding", losses if batch else losses[0], losses, reduction)


SMALL: Final = 1e-6
"""As if each row had one more number, so that a row of 0 has a direction too; as in PyTorch."""


def _norm(x: Sequence[Any]) -> Any:
    """√Σ x², never overflowing."""
    return reduce(hypot, x) if len(x) > 1 else abs(x[0])


def _direction(y: Any) -> float:
    number = as_float(y, "cosine_embedding: a target")
    if number not in (-1.0, 1.0):
        raise ValueError(f"cosine_embedding takes targets -1 and +1, got {shown(y)}")
    return number


def _pairs(name: str, x1: Any, x2: Any) -> tuple[list[tuple[list[Any], list[Any]]], bool]:
    """Pairs of rows, and whether they are a batch."""
    if not (has_axis(x1) and has_axis(x2)):
        raise TypeError(f"{name} takes two rows of numbers, got {shown(x1)} and {shown(x2)}")
    a, b = list(listed(x1)), list(listed(x2))
    batch = bool(a and b) and has_axis(a[0]) and has_axis(b[0])
    if batch and len(a) != len(b):
        raise ValueError(
            f"{name} needs as many rows in x2 as in x1, got {len(a)} in x1 and {len(b)} in x2"
        )
    pairs = [(list(listed(u)), list(listed(v))) for u, v in zip(a, b)] if batch else [(a, b)]
    for u, v in pairs:
        if len(u) != len(v) or not u:
            raise ValueError(
                f"{name} takes two rows of the same length, got {len(u)} and {len(v)} numbers: "
                f"give both the same features"
            )
    return pairs, batch
