"""The matrix view of a scalar network, with backpropagation in matrices. Needs numpy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd import Value, grad, modes
from autograd.checks import as_float, shown
from autograd.graph import pullback
from autograd.op import Op
from nn.arguments import assign, brief, has_axis, listed

if TYPE_CHECKING:
    from nn.layers import Layer
    from nn.networks import Sequential


def frozen(numbers: Any) -> Any:
    """A numpy array that cannot be written to: writing to a copy would silently change nothing."""
    import numpy as np

    array = np.array(numbers, dtype=float)
    array.flags.writeable = False
    return array


def fill(places: Sequence[Any], numbers: Any, subject: str) -> None:
    """Set parameters, one or two axes of them, to numbers of the same shape.

    Sets all of them, or raises ValueError or TypeError and sets none.
    """
    import numpy as np

    values = np.array(places, dtype=object)
    given = np.array(listed(numbers) if has_axis(numbers) else numbers, dtype=object)
    if given.shape != values.shape:
        raise ValueError(f"{subject} has shape {values.shape}, got numbers of shape {given.shape}")
    assign(values.flat, [as_float(x, subject) for x in given.flat])


@dataclass(frozen=True, eq=False, repr=False)
class ForwardTable:
    """One layer at work on one sample: z = W @ x + b, a = f(z).

    The arrays are W of shape (m, n), x of (n,), and b, z and a of (m,).
    """

    name: str
    W: Any
    x: Any
    b: Any
    z: Any
    a: Any

    def __str__(self) -> str:
        return _show(self)

    def __repr__(self) -> str:
        return _shapes(self)


@dataclass(frozen=True, eq=False, repr=False)
class BackwardTable:
    """One layer going backward: delta = ∂L/∂z, dW = delta xᵀ, db = delta, and scalar gradients.

    `dW` and `db` come from the matrix equations, `scalar_dW` and `scalar_db` from the one pullback
    over scalars.
    """

    name: str
    delta: Any
    dW: Any
    db: Any
    scalar_dW: Any
    scalar_db: Any

    def __str__(self) -> str:
        return _show(self)

    def __repr__(self) -> str:
        return _shapes(self)


def forward_table(model: Sequential, x: Sequence[float]) -> list[ForwardTable]:
    """W, x, b, z and a of every layer for one sample, in matrices: z = W @ x + b, a = f(z).

    Raises TypeError for a network of anything but Layers.

    >>> from nn import MLP
    >>> model = MLP([2, 3, 1], rng=0)
    >>> print(model.forward_table([1.0, 0.0])[0])  # doctest: +ELLIPSIS
    layers.0
      W (3, 2) = [[...
    """
    import numpy as np

    model._check(x)
    tables = []
    a = np.array(listed(x), dtype=float)
    for name, layer in _layers(model):
        W, b, before = layer.W, layer.b, a
        z = W @ before + b
        f = layer.activate
        a = z if f is None else np.array([float(f(Value(z_j))) for z_j in z.tolist()])
        tables.append(ForwardTable(name, W, before, b, z, a))
    return tables


def backward_table(
    model: Sequential, x: Sequence[float], loss: Callable[[Any], Value]
) -> list[BackwardTable]:
    """The matrix equations of backpropagation for one sample, next to the scalar gradients.

    `loss` takes model(x). delta_last = ∂L/∂a * f'(z), delta_l = (W_{l+1}ᵀ @ delta_{l+1}) * f'(z_l),
    dW_l = outer(delta_l, x_l), db_l = delta_l; f' is the slope in the op table. The shorter
    delta_last = a - y holds only where loss and activation match, as for softmax or a sigmoid with
    cross-entropy. Leaves `.grad` as it is.
    Source: Nielsen, "Neural Networks and Deep Learning" (2015), chapter 2.

    >>> from nn import MLP, losses
    >>> model = MLP(2, [3, 1], "tanh", rng=0)
    >>> last = model.backward_table([1.0, -1.0], lambda out: losses.mse(out, 0.5))[-1]
    >>> bool(abs(last.dW - last.scalar_dW).max() < 1e-12)
    True
    """
    import numpy as np

    layers, tables = _layers(model), forward_table(model, x)
    with modes.recording():
        out = model(x)
        root = loss(out)
    if not isinstance(root, Value):
        raise TypeError(
            f"backward_table takes a loss that returns a Value, made of model(x), got {shown(root)}"
        )
    grad_of: dict[Any, Any] = dict(zip(*pullback(root, 1.0)))
    delta = np.array([grad_of.get(a, 0.0) for a in (out if isinstance(out, list) else [out])])
    backward = []
    for (name, layer), table in zip(reversed(layers), reversed(tables)):
        slope = slope_of(layer.activate)
        delta = delta * [slope(z, a) for z, a in zip(table.z.tolist(), table.a.tolist())]
        dW, db = np.outer(delta, table.x), delta
        if layer.neurons[0].b is None:
            db = 0 * delta
        # A missing bias has gradient 0: None is not a node.
        biases = frozen([grad_of.get(neuron.b, 0.0) for neuron in layer.neurons])
        weights = frozen([_gradients(neuron.w, grad_of) for neuron in layer.neurons])
        backward.append(BackwardTable(name, delta, dW, db, weights, biases))
        delta = layer.W.T @ delta
    return backward[::-1]


def _gradients(weights: Sequence[Value], grad_of: dict[Any, Any]) -> list[Any]:
    return [grad_of.get(w, 0.0) for w in weights]


def slope_of(activate: Callable[[Any], Any] | None) -> Callable[[Any, Any], Any]:
    """The function (z, a) ↦ f'(z) where a = f(z), on floats or on Values.

    For an op it is in the row of the op; for a function it comes from the pullback.

    >>> from autograd import tanh
    >>> slope_of(tanh)(0.0, 0.0), slope_of(lambda z: z * z)(3.0, 9.0), slope_of(None)(2.0, 2.0)
    (1.0, 6.0, 1.0)
    """
    if activate is None:
        return lambda z, a: 1.0
    if isinstance(activate, Op):
        return lambda z, a: activate.slopes_at(activate.complete((z,)), a)[0]
    derivative = grad(activate)
    return lambda z, a: derivative(z)


def _layers(model: Sequential) -> list[tuple[str, Layer]]:
    for i, layer in enumerate(model.layers):
        if not hasattr(layer, "neurons"):
            raise TypeError(
                f"the matrix view works on Layers only, but layer {i} of {type(model).__name__} is "
                f"{brief(layer)}"
            )
    return [(f"layers.{i}", layer) for i, layer in enumerate(model.layers)]  # type: ignore[misc]


def _shapes(table: Any) -> str:
    """The repr of a table: its layer, and the shapes of its arrays; `print` shows the numbers."""
    arrays = [(name, x) for name, x in vars(table).items() if hasattr(x, "shape")]
    parts = [f"{name} {'×'.join(map(str, x.shape))}" for name, x in arrays]
    return f"{type(table).__name__}({shown(table.name)}: {', '.join(parts)})"


def _show(table: Any) -> str:
    """The name of the layer, then every array with its shape, rounded for reading."""
    import numpy as np

    lines = [table.name]
    for key, array in vars(table).items():
        if key != "name":
            head = f"  {key} {array.shape} = "
            text = np.array2string(array, precision=4, suppress_small=True, prefix=head)
            lines.append(head + text)
    return "\n".join(lines)
