"""What all losses share: outputs and targets in pairs, weights, and the reduction to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias, TypeVar

from autograd import Value
from autograd.checks import as_float, in_range, shown
from nn import arguments
from nn.arguments import Array, has_axis, listed

Total: TypeAlias = Literal["mean", "sum"]
Each: TypeAlias = Literal["none"]
Reduction: TypeAlias = Literal[Total, Each]

# As deep as the model makes them: a Value, a list of Values, a list of lists.
Outputs: TypeAlias = "Value | Sequence[Outputs] | Array"
Targets: TypeAlias = "Value | float | Sequence[Targets] | Array"
Weight: TypeAlias = "Targets | None"
"""One number, one for each sample, or one for each output."""

# Individual losses are nested as the outputs are, so they have the type of the outputs.
Nested = TypeVar("Nested", bound=Outputs)


def elementwise(
    name: str,
    one: Callable[[Any, Any], Any],
    outputs: Any,
    targets: Any,
    reduction: str,
    weight: Any = None,
    by_weight: bool = True,
) -> Any:
    """The loss `one(output, target)` of every pair, reduced.

    The mean is weighted, Σ w·l / Σ w, or with `by_weight=False` divided by the count, Σ w·l / n.
    """
    flat: list[Any] = []
    weights: list[Any] = []

    def paired(a: Any, y: Any, w: Any, where: str) -> Any:
        a, y, w = _level(a), _level(y), _level(w)
        _check_pair(name, a, y, where)
        if not isinstance(a, list):
            target = y if isinstance(y, Value) else as_float(y, f"{name}: a target")
            loss = one(a, target)
            if w is not None:
                weights.append(_weight(w, name))
                loss = weights[-1] * loss
            flat.append(loss)
            return loss
        if isinstance(w, list) and len(w) != len(a):
            wanted, got = counted(a, "output"), counted(w, "weight")
            raise ValueError(
                f"{name}(weight) needs a weight for each output{where}, {wanted}, got {got}"
            )
        inner = w if isinstance(w, list) else [w] * len(a)
        parts = enumerate(zip(a, y, inner))
        return [paired(*part, where or f" of sample {i}") for i, part in parts]

    nested = paired(outputs, targets, weight, "")
    return reduced(name, nested, flat, reduction, weights if by_weight else ())


def reduced(
    name: str, nested: Any, losses: list[Any], reduction: str, weights: Sequence[Any] = ()
) -> Any:
    """The individual losses, their sum, or their mean: over the weights, if there are any."""
    if reduction not in ("mean", "sum", "none"):
        known = "mean, sum, none, batchmean" if name == "kl_div" else "mean, sum, none"
        raise ValueError(f"{name}(reduction) must be one of {known}, got {shown(reduction)}")
    if not losses:
        raise ValueError(f"{name} needs at least one sample, got none")
    if reduction == "none":
        return nested
    total = added(losses)
    if reduction == "sum":
        return total
    if not weights:
        return total / len(losses) if len(losses) > 1 else total
    divisor = added(weights)
    if not isinstance(divisor, Value) and divisor == 0:
        raise ValueError(
            "the mean of a loss is over its weights, but all of them are 0, or every target is "
            "ignored: leave such a batch out, or use reduction='sum'"
        )
    return total / divisor


def added(numbers: Sequence[Any]) -> Any:
    """The sum of one or more numbers, without starting from 0."""
    return numbers[0] if len(numbers) == 1 else sum(numbers[1:], numbers[0])


def counted(x: Any, noun: str = "output") -> str:
    """How many items x has, for a message.

    >>> counted([1.0]), counted([1.0, 2.0]), counted(1.0)
    ('1 output', '2 outputs', 'one output')
    """
    return arguments.counted(len(x), noun) if isinstance(x, list) else f"one {noun}"


def _level(x: Any) -> Any:
    """A row as a list, a number as it is."""
    return list(listed(x)) if has_axis(x) else x


def _check_pair(name: str, a: Any, y: Any, where: str) -> None:
    rows = isinstance(a, list), isinstance(y, list)
    if rows == (False, False) or (rows == (True, True) and len(a) == len(y)):
        return
    cure = ""
    if rows == (False, True) and len(y) == 1:
        cure = " in a list: flatten the targets, as in y.ravel()"
    if rows == (True, False) and len(a) == 1:
        cure = ", the output in a list: return out[0] from the model"
    raise ValueError(
        f"{name} needs a target for each output{where}, "
        f"got {counted(a)} and {counted(y, 'target')}{cure}"
    )


def _weight(w: Any, name: str) -> Any:
    if isinstance(w, Value):
        return w
    return in_range(w, f"{name}(weight)", "at least 0 and finite")
