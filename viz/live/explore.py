"""`explore`: the live page as a notebook widget, showing the learner's own model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from autograd import Value
from autograd.checks import as_float, shown
from nn import Module, losses
from nn.arguments import brief, has_axis, listed, size
from nn.data.dataset import as_dataset
from nn.losses import LossName
from viz.live.binding import Binding, described, layers_of
from viz.live.run import Run, numbers_of
from viz.live.state import LARGEST, LOSSES, MOST_ENDS, MOST_POINTS, Point, State

if TYPE_CHECKING:
    from viz.live.widget import Explorer

GET_ANYWIDGET: Final = (
    "explore shows a widget, which needs anywidget: pip install glassgrad[notebook]"
)

LOWEST: Final = 320
HIGHEST: Final = 4000
"""In pixels: what a page needs to be usable, and what no screen has."""


def explore(
    model: Module,
    sample: Any,
    target: Any = None,
    *,
    loss: LossName | Callable[..., Value] = "mse",
    data: Any = None,
    lr: float = 0.1,
    batch_size: int = 10,
    height: int = 640,
) -> Explorer:
    """A widget in which to explore a model: drag its weights, and see everything that follows.

    Changes go both ways. A knob turned in the widget assigns to `.data` of the model's parameters;
    what a cell changes or trains shows when the cell has run. While a cell runs, or if the notebook
    does not report that it has run, call `widget.refresh()`, which is also a callback for `fit`.

    - `model`: an MLP, a Sequential of Layers, a Layer or a Neuron, with up to 4 inputs and outputs,
      6 hidden layers and 8 units in each, and with biases.
    - `sample`: a pair (x, y); or x, with its `target`: a number, or one for each output; for
      cross_entropy, the index of the right class.
    - `loss`: mse, mae, huber, hinge, bce_with_logits or cross_entropy, by name or as a function of
      `nn.losses`.
    - `data`: up to 400 samples with two features, (X, y) with classes 0, 1, ...; the plane shows
      them, and the widget can train on them.
    - `lr`, `batch_size`: for a step, and for the training in the widget.
    - `height`: in pixels.

    Raises ValueError for a model that cannot be shown, such as one with Dropout, and for arguments
    that do not fit; TypeError for anything but numbers where numbers are needed; and without
    anywidget ModuleNotFoundError, which says how to get it.

    >>> from nn import MLP
    >>> model = MLP([2, 3, 1], "tanh", rng=0)
    >>> explore(model, ([1.0, -1.0], 1.0))  # doctest: +SKIP
    Explorer(MLP([2, 3, 1], tanh, 13 parameters))
    """
    state = state_of(model, sample, target, loss, data, lr, batch_size)
    height = size(height, "explore(height)")
    if not LOWEST <= height <= HIGHEST:
        raise ValueError(
            f"explore(height) must be from {LOWEST} to {HIGHEST} pixels, got {shown(height)}"
        )
    try:
        from viz.live.widget import Explorer
    except ModuleNotFoundError as error:
        if error.name != "anywidget":
            raise
        raise ModuleNotFoundError(GET_ANYWIDGET, name="anywidget") from None
    return Explorer(Binding(model, state), height=height)


def state_of(
    model: Module,
    sample: Any,
    target: Any,
    loss: Any,
    data: Any,
    lr: Any,
    batch_size: Any,
) -> State:
    """The state of a session on a model, with everything checked.

    >>> from nn import MLP
    >>> state_of(MLP([2, 1], rng=0), [1, 2], 3, "mse", None, 0.1, 10).y
    (3.0,)
    """
    layers = layers_of(model)
    name = _loss_named(loss)
    n_inputs, n_outputs = layers[0].n_inputs, layers[-1].n_outputs
    x, y = _pair(sample, target)
    state = State(
        **described(layers),
        layers=numbers_of(layers),
        x=_numbers(x, n_inputs, "the sample x", f"inputs of {brief(model)}"),
        y=_target(y, n_outputs, name, model),
        loss=name,
        rate=_rate(lr),
        batch=_batch(batch_size),
        points=() if data is None else _points(data, n_inputs),
    )
    Run(state)
    return state


def _pair(sample: Any, target: Any) -> tuple[Any, Any]:
    """A sample's inputs and its target."""
    if target is not None:
        return sample, target
    is_pair = isinstance(sample, (tuple, list)) and len(sample) == 2
    if not is_pair or not has_axis(sample[0]):
        raise ValueError(
            f"explore(sample) must be a pair (x, y) of inputs and target, got {shown(sample)}: "
            f"write explore(model, (x, y)) or explore(model, x, y)"
        )
    return sample[0], sample[1]


def _numbers(x: Any, count: int, what: str, of: str) -> tuple[float, ...]:
    """That many numbers that a knob takes."""
    row = listed(x) if has_axis(x) else [x]
    if len(row) != count:
        raise ValueError(f"explore: {what} has {len(row)} numbers for {count} {of}: give {count}")
    return tuple([_number(number, what) for number in row])


def _number(x: Any, what: str) -> float:
    number = as_float(getattr(x, "data", x) if isinstance(x, Value) else x, f"explore: {what}")
    if not abs(number) <= LARGEST:
        raise ValueError(
            f"explore: {what} must have numbers from -1e+06 to 1e+06, got {shown(x)}: scale it"
        )
    return number


def _target(y: Any, n_outputs: int, loss: str, model: Module) -> tuple[float, ...]:
    """The targets, as the loss takes them."""
    if loss != "cross_entropy":
        return _numbers(y, n_outputs, "the target y", f"outputs of {brief(model)}")
    (index,) = _numbers(y, 1, "the target y", "class")
    if index not in range(n_outputs):
        raise ValueError(
            f"explore: the target of cross_entropy is the index of a class, 0 to {n_outputs - 1} "
            f"for {brief(model)}, got {shown(y)}"
        )
    return (index,)


def _loss_named(loss: Any) -> str:
    """The name of a loss that is given by name or as a function."""
    for name in LOSSES:
        if loss is losses.LOSSES[name] or (isinstance(loss, str) and loss == name):
            return name
    raise ValueError(f"explore(loss) must be one of {', '.join(LOSSES)}, got {shown(loss)}")


def _rate(lr: Any) -> float:
    rate = as_float(lr, "explore(lr)")
    if not 0 < rate <= LARGEST:
        raise ValueError(f"explore(lr) must be above 0 and at most 1e+06, got {shown(lr)}")
    return rate


def _batch(batch_size: Any) -> int:
    batch = size(batch_size, "explore(batch_size)")
    if batch > MOST_POINTS:
        raise ValueError(f"explore(batch_size) must be at most {MOST_POINTS}, got {shown(batch)}")
    return batch


def _points(data: Any, n_inputs: int) -> tuple[Point, ...]:
    """The samples with two features, and their classes."""
    X, y = as_dataset(data)
    if len(X[0]) != 2 or n_inputs != 2:
        raise ValueError(
            f"explore(data) is drawn on a plane: it needs two features and a model with two "
            f"inputs, got {len(X[0])} and {n_inputs}: leave out data="
        )
    if len(X) > MOST_POINTS:
        raise ValueError(
            f"explore(data) has room for {MOST_POINTS} samples, got {len(X):,}: give "
            f"(X[:{MOST_POINTS}], y[:{MOST_POINTS}])"
        )
    points = []
    for (x1, x2), label in zip(X, y):
        points.append((_number(x1, "data"), _number(x2, "data"), _class(label)))
    return tuple(points)


def _class(label: Any) -> int:
    if isinstance(label, Sequence) or label not in range(MOST_ENDS):
        raise ValueError(
            f"explore(data) has classes 0 to {MOST_ENDS - 1} for targets, got {shown(label)}: "
            f"write (y + 1) / 2 for -1 and +1, and leave out data= for other numbers"
        )
    return int(label)
