"""Neurons, layers and the multilayer perceptron, on scalars: every product and every sum is a node."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from autograd import OPS, Value, constant
from nn.module import Module

Activation: TypeAlias = Callable[[Value], Value]


class Neuron(Module):
    """One neuron: activation(w · x + b), with w drawn from uniform(-1, 1) and b = 0.

    `activation` is the name of an op or a function of one Value ("identity" adds no node); `rng` is a
    `random.Random`, by default Python's own. Raises ValueError for a wrong size or name.

    >>> neuron = Neuron(2, "tanh", rng=random.Random(0))
    >>> len(neuron.parameters()), neuron([0.0, 0.0]).data
    (3, 0.0)
    """

    def __init__(self, n_inputs: int, activation: str | Activation = "relu", *, rng: random.Random | None = None) -> None:
        n_inputs = _size(n_inputs, "the number of inputs of a Neuron")
        uniform = (rng or random).uniform
        self.w = [Value(uniform(-1, 1), f"w{i + 1}") for i in range(n_inputs)]
        self.b = Value(0.0, "b")
        self.activation = activation
        self._activate = activation_named(activation)

    def __call__(self, x: Sequence[Value | float]) -> Value:
        if len(x) != len(self.w):
            raise ValueError(f"{self!r} takes {len(self.w)} inputs, got {len(x)}")
        z = self.b
        for w, x_i in zip(self.w, x):
            z = z + w * x_i
        return self._activate(z) if self._activate else z

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        return f"Neuron({len(self.w)}, {_name_of(self.activation)})"


class Layer(Module):
    """Neurons side by side, all fed the same inputs; returns the list of their outputs.

    >>> layer = Layer(3, 4, rng=random.Random(0))
    >>> len(layer([1.0, 2.0, 3.0])), len(layer.parameters())
    (4, 16)
    """

    def __init__(self, n_inputs: int, n_outputs: int, activation: str | Activation = "relu", *, rng: random.Random | None = None) -> None:
        n_outputs = _size(n_outputs, "the number of neurons of a Layer")
        self.neurons = [Neuron(n_inputs, activation, rng=rng) for _ in range(n_outputs)]

    def __call__(self, x: Sequence[Value | float]) -> list[Value]:
        x = [x_i if isinstance(x_i, Value) else constant(x_i) for x_i in x]  # one node for all neurons
        return [neuron(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        first = self.neurons[0]
        return f"Layer({len(first.w)} → {len(self.neurons)}, {_name_of(first.activation)})"


class MLP(Module):
    """A multilayer perceptron: layers in a row, `activation` between them and none after the last.

    `MLP(2, [16, 16, 1])`, `MLP([2, 16, 16, 1])` are the same network. A last layer of one neuron returns its
    Value, a wider one the list. Raises ValueError for sizes or inputs that do not fit.

    >>> model = MLP(2, [16, 16, 1], rng=random.Random(0))
    >>> len(model.parameters()), model
    (337, MLP([2, 16, 16, 1], relu, 337 parameters))
    """

    def __init__(
        self,
        n_inputs: int | Sequence[int],
        n_outputs: Sequence[int] = (),
        activation: str | Activation = "relu",
        *,
        rng: random.Random | None = None,
    ) -> None:
        given: list[Any] = [x for part in (n_inputs, n_outputs) for x in (part if isinstance(part, Iterable) else [part])]
        if len(given) < 2 or not isinstance(n_outputs, Iterable):
            raise ValueError(
                f"MLP needs its number of inputs and at least one layer, as in MLP(2, [16, 1]) or MLP([2, 16, 1]), got {given}"
            )
        sizes = [_size(size, f"size {i} of MLP({given})") for i, size in enumerate(given)]
        self.sizes = sizes
        self.activation = activation
        last = len(sizes) - 2
        self.layers = [Layer(sizes[i], sizes[i + 1], activation if i < last else "identity", rng=rng) for i in range(len(sizes) - 1)]

    def __call__(self, x: Sequence[Value | float]) -> Value | list[Value]:
        if len(x) != self.sizes[0]:
            raise ValueError(f"layer 0 of {self!r} takes {self.sizes[0]} inputs, got {len(x)}")
        for layer in self.layers:
            x = layer(x)
        out: list[Value] = x  # type: ignore[assignment]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP({self.sizes}, {_name_of(self.activation)}, {len(self.parameters())} parameters)"


def activation_named(activation: str | Activation) -> Activation | None:
    """The function of that name in the op table, or the function itself; None for "identity", which needs no node.

    >>> activation_named("tanh"), activation_named("identity")
    (<op tanh>, None)
    """
    if not isinstance(activation, str):
        return activation
    op = OPS.get(activation)
    if op is None or op.arity - len(op.defaults) != 1:
        fitting: Iterable[str] = (name for name, op in OPS.items() if op.arity - len(op.defaults) == 1)
        raise ValueError(f"activation must be an op of one input or a function, got {activation!r}; the table has {', '.join(fitting)}")
    return None if activation == "identity" else op


def _name_of(activation: str | Activation) -> str:
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "name", "") or getattr(activation, "__name__", "custom"))


def _size(size: Any, subject: str) -> int:
    """A positive int, numpy's included."""
    try:
        number = operator.index(size)
    except TypeError:
        number = 0
    if number < 1 or isinstance(size, bool):
        raise ValueError(f"{subject} must be a positive int, got {size!r}")
    return number
