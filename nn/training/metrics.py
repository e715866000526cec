"""What a model says about data: predictions, the classes they stand for, loss and accuracy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from nn import losses
from nn.arguments import brief, has_axis, listed
from nn.data import Dataset, as_dataset
from nn.losses import LossFunction, LossName, loss_named, unwrapped
from nn.module import Module, evaluating


def _argmax(scores: Any) -> int:
    """The likeliest class, the first of several equals; an index is returned as it is."""
    if not has_axis(scores):
        return scores  # type: ignore[no-any-return]
    return max(range(len(scores)), key=scores.__getitem__)


def _likelier(target: Any) -> Any:
    """The class of a target for two classes, which may lie between them."""
    if isinstance(target, list):
        return _each(_likelier, target)
    return int(target > 0.5) if 0 < target < 1 else target


DECISIONS: Final[dict[LossFunction, Callable[[Any], Any]]] = {
    losses.cross_entropy: _argmax,
    losses.nll: _argmax,
    losses.bce_with_logits: lambda z: int(z > 0),
    losses.bce: lambda p: int(p > 0.5),
    losses.hinge: lambda score: 1 if score > 0 else -1,
}
"""For each loss of a classifier, the function from an output to its class."""


def decide(outputs: Sequence[Any], loss: LossName | LossFunction) -> list[Any] | None:
    """The class that each output stands for under a loss; None unless it is a classifier's.

    >>> decide([[0.1, 2.0], [3.0, 1.0]], "cross_entropy"), decide([0.3, -0.2], "bce_with_logits")
    ([1, 0], [1, 0])
    """
    to_class = decision(loss)
    if to_class is None:
        return None
    outputs = listed(outputs)
    if to_class is _argmax:
        return [to_class(out) for out in outputs]
    return [_each(to_class, out) for out in outputs]


def _each(function: Callable[[Any], Any], x: Any) -> Any:
    return [function(part) for part in x] if isinstance(x, list) else function(x)


def decision(loss: LossName | LossFunction) -> Callable[[Any], Any] | None:
    """The function from an output to its class under a loss; None unless it is a classifier's.

    >>> decision("hinge")(-0.5), decision("mse")
    (-1, None)
    >>> from functools import partial
    >>> decision(partial(losses.cross_entropy, weight=[1, 5]))([0.1, 0.2])
    1
    """
    function, _ = unwrapped(loss_named(loss))  # cross_entropy with weights is still cross_entropy
    return DECISIONS.get(function)


def share_right(outputs: Sequence[Any], targets: Sequence[Any], loss: Any) -> float | None:
    """The accuracy of outputs under a loss; None if it is no classifier's or no target counts.

    A soft target stands for its likeliest class; one that the loss ignores is left out.

    >>> share_right([[0.1, 2.0], [3.0, 1.0]], [[0.4, 0.6], [0.3, 0.7]], "cross_entropy")
    0.5
    """
    decided = decide(outputs, loss)
    if decided is None:
        return None
    to_class = _argmax if decision(loss) is _argmax else _likelier
    ignored = unwrapped(loss)[1].get("ignore_index")
    pairs = [(p, to_class(y)) for p, y in zip(decided, targets) if ignored is None or y != ignored]
    return sum(p == y for p, y in pairs) / len(pairs) if pairs else None


def numbers(outputs: Any) -> Any:
    """Outputs as plain numbers, nested as they are."""
    if isinstance(outputs, (list, tuple)):
        return [numbers(out) for out in outputs]
    return float(outputs)


def predict(model: Module, X: Any) -> list[Any]:
    """The outputs of the model in evaluation mode for each row of X: floats, or lists of them.

    X may be a Dataset. For a classifier these are logits or probabilities, which `decide` turns
    into classes. A model that `fit` has trained with `standardise` or `standardise_targets` takes
    raw rows, and answers in the units of the targets.

    >>> from nn import MLP
    >>> predict(MLP([1, 2], init="zeros"), [[5.0]])
    [[0.0, 0.0]]
    """
    given, (inputs, targets) = X.X if isinstance(X, Dataset) else X, _scales(model)
    with evaluating(model):
        outputs = numbers(model(inputs(given) if inputs else given))
    if targets is None:
        return outputs  # type: ignore[no-any-return]
    return [targets.back(out) for out in outputs]


def _scales(model: Module) -> tuple[Any, Any]:
    """The standardisers of inputs and targets that the model remembers; None if it has none."""
    preparation = model.preparation
    return getattr(preparation, "inputs", None), getattr(preparation, "targets", None)


class Evaluation(NamedTuple):
    """What `evaluate` found; `accuracy` is None for a regression."""

    loss: float
    accuracy: float | None


def evaluate(model: Module, data: Any, loss: LossName | LossFunction | None = None) -> Evaluation:
    """Loss and accuracy of a model in evaluation mode on a Dataset or a pair (X, y).

    By default the loss is the one in `nn.losses` that `fit` trained the model with, by its name:
    settings such as `weight` are not remembered. It is cross-entropy for a model that `fit` did not
    train. Raises ValueError for a model that was trained with your own loss: pass that.

    >>> from nn import MLP
    >>> evaluate(MLP([1, 2], init="zeros"), ([[1.0], [2.0]], [0, 1]))
    Evaluation(loss=0.6931471805599453, accuracy=0.5)
    """
    from nn.training.preparation import recoded  # which needs `predict`

    chosen: Any = getattr(model.preparation, "loss", "cross_entropy") if loss is None else loss
    if chosen == "":
        raise ValueError(
            f"{brief(model)} was trained with your own loss, which evaluate cannot know: pass it, "
            f"as in evaluate(model, data, loss)"
        )
    classes = getattr(model.preparation, "classes", ())
    X, y = as_dataset(recoded(data, classes, "evaluate") if classes else data)
    inputs, targets = _scales(model)
    X = inputs(X) if inputs else X
    y = targets.of_targets(y) if targets else y
    return assessed(model, X, y, chosen)


def assessed(model: Module, X: Any, y: Any, loss: LossName | LossFunction) -> Evaluation:
    """What `evaluate` returns, for rows and targets that are scaled as in training."""
    with evaluating(model):
        outputs = model(X)
        total = float(loss_named(loss)(outputs, y))
    return Evaluation(total, share_right(numbers(outputs), y, loss))
