"""Neurons and layers, on scalars: every product and every sum is a node."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeAlias

from autograd import OPS, Op, Value, constant, dot
from autograd.checks import shown
from autograd.unknown import is_tracing
from nn import matrix
from nn.arguments import RNG, Row, brief, expect, generator, listing, size
from nn.init import RECTIFIERS, Initializer, InitName, initializer
from nn.module import Module, join

ActivationFunction: TypeAlias = Callable[[Value], Value]
# The rows of the table that take one input. At run time the name of a row that a user has added
# works as well, but no checker can know it: pass the op itself, as in MLP([2, 8, 1], my_op).
# fmt: off
ActivationName: TypeAlias = Literal[
    "neg", "identity", "exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "cbrt",
    "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "sech",
    "asinh", "acosh", "atanh", "erf", "erfc", "gaussian",
    "sigmoid", "log_sigmoid", "softplus", "softsign",
    "relu", "leaky_relu", "elu", "gelu", "silu", "mish",
    "abs", "sign", "step", "floor", "ceil", "trunc", "round",
]
# fmt: on
ActivationLike: TypeAlias = "ActivationName | ActivationFunction"
Init: TypeAlias = "InitName | Initializer"


class Neuron(Module):
    """One neuron: activation(w · x + b), with w drawn by `init` and b = 0.

    `activation` is the name of an op or a function of one Value ("identity" adds no node); `init`
    an initializer of `nn.init` or its name, by default one that suits the activation; `rng` a
    `random.Random` or a seed, by default Python's own. Raises ValueError for a wrong size or name.

    >>> neuron = Neuron(2, "tanh", rng=0)
    >>> len(neuron.parameters()), neuron([0.0, 0.0]).data
    (3, 0.0)
    """

    def __init__(
        self,
        n_inputs: int,
        activation: ActivationLike = "relu",
        *,
        bias: bool = True,
        init: Init = "auto",
        rng: RNG = None,
        n_neurons: int = 1,
    ) -> None:
        n_inputs = size(n_inputs, "the number of inputs of a Neuron")
        draw, rng = initializer(init, activation), generator(rng)
        self.w = [Value(draw(n_inputs, n_neurons, rng)) for _ in range(n_inputs)]
        self.b = Value(0.0) if bias else None
        self.activation = activation
        self.activate = activation_named(activation)

    def pre_activation(self, x: Sequence[Any]) -> Any:
        """z = w · x + b."""
        z = self.b
        if (
            is_tracing()
        ):  # the compiler makes a matrix product of it anyway, and one node is quicker
            product = dot(*self.w, *x)
            z = product if z is None else z + product
        else:
            for w_i, x_i in zip(self.w, x):
                z = w_i * x_i if z is None else z + w_i * x_i
        z.label = join(self._path, "z")  # type: ignore[union-attr]
        return z

    def activated(self, z: Any) -> Any:
        """The activation a = f(z)."""
        if self.activate is None:
            return z
        a = self.activate(z)
        if isinstance(a, Value) and not a.label:
            a.label = join(self._path, "a")
        return a

    def forward(self, x: Row) -> Value:
        expect(len(self.w), x, self)
        return self.activated(self.pre_activation(x))  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.w)}, {name_of(self.activation)})"


UnitHook: TypeAlias = Callable[[list[Value], list[Value]], None]
"""A forward hook of units: it sees the pre-activations z and the activations a of a sample."""


class Layer(Module):
    """Neurons side by side, all fed the same inputs; a call returns the list of their outputs.

    Its arguments are those of `Neuron`. `unit_hook`, if set, is called with the pre-activations and
    the activations of every sample.

    >>> layer = Layer(3, 4, rng=0)
    >>> len(layer([1.0, 2.0, 3.0])), layer
    (4, Layer(3 → 4, relu, 16 parameters))
    """

    unit_hook: UnitHook | None = None

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: ActivationLike = "relu",
        *,
        bias: bool = True,
        init: Init = "auto",
        rng: RNG = None,
    ) -> None:
        n_outputs, rng = size(n_outputs, "the number of neurons of a Layer"), generator(rng)
        self.neurons = [
            Neuron(n_inputs, activation, bias=bias, init=init, rng=rng, n_neurons=n_outputs)
            for _ in range(n_outputs)
        ]

    @property
    def n_inputs(self) -> int:
        return len(self.neurons[0].w)

    @property
    def n_outputs(self) -> int:
        return len(self.neurons)

    @property
    def activation(self) -> ActivationLike:
        return self.neurons[0].activation

    @property
    def activate(self) -> ActivationFunction | None:
        return self.neurons[0].activate

    def forward(self, x: Row) -> list[Value]:
        expect(self.n_inputs, x, self)
        # One node for all neurons.
        x = [x_i if x_i.__class__ is Value else constant(x_i) for x_i in x]
        z = [neuron.pre_activation(x) for neuron in self.neurons]
        a = [neuron.activated(z_j) for neuron, z_j in zip(self.neurons, z)]
        if self.unit_hook:
            self.unit_hook(z, a)
        return a

    @property
    def W(self) -> Any:
        """The weights as a numpy array of shape (n_outputs, n_inputs), a read-only copy.

        Assign to W to set them.
        """
        rows = []
        for neuron in self.neurons:
            rows.append([w.data for w in neuron.w])
        return matrix.frozen(rows)

    @W.setter
    def W(self, rows: Any) -> None:
        matrix.fill([neuron.w for neuron in self.neurons], rows, f"W of {brief(self)}")

    @property
    def b(self) -> Any:
        """The biases as a numpy array of shape (n_outputs,), a read-only copy; 0 without biases.

        Assign to b to set them.
        """
        biases = [0.0 if neuron.b is None else neuron.b.data for neuron in self.neurons]
        return matrix.frozen(biases)

    @b.setter
    def b(self, numbers: Any) -> None:
        if self.neurons[0].b is None:
            raise ValueError(
                f"b of {brief(self)} cannot be set: the layer was made with bias=False"
            )
        matrix.fill([neuron.b for neuron in self.neurons], numbers, f"b of {brief(self)}")

    def __repr__(self) -> str:
        name, count = name_of(self.activation), len(self.parameters())
        sizes = f"{self.n_inputs} → {self.n_outputs}"
        return f"{type(self).__name__}({sizes}, {name}, {count} parameters)"


class Activation(Module):
    """An activation by itself, applied to each input, for use after `BatchNorm`.

    `unit_hook` is as in `Layer`.

    >>> Activation("relu")([-1.0, 2.0])
    [0.0, 2.0]
    """

    unit_hook: UnitHook | None = None

    def __init__(self, activation: ActivationLike) -> None:
        self.activation = activation
        self.activate = activation_named(activation)

    def forward(self, x: Row) -> list[Any]:  # floats and Values stay such
        z: list[Any] = list(x)
        a = [self.activate(z_j) for z_j in z] if self.activate else list(z)
        if self.unit_hook:
            self.unit_hook(z, a)
        return a

    def __repr__(self) -> str:
        return f"{type(self).__name__}({name_of(self.activation)})"


def activation_named(activation: str | ActivationFunction) -> ActivationFunction | None:
    """The op of that name, or the function itself; None for "identity", which needs no node.

    >>> activation_named("tanh"), activation_named("identity")
    (<op tanh>, None)
    """
    op = OPS.get(activation) if isinstance(activation, str) else activation
    if callable(op) and not isinstance(op, Op):
        return op
    if isinstance(op, Op) and _takes_one(op):
        return None if op is OPS["identity"] else op
    if activation == "softmax":
        raise ValueError(
            "softmax takes a whole layer, not one number: train on logits with "
            "loss='cross_entropy', then use nn.softmax(model(x))"
        )
    fitting = [name for name, op in OPS.items() if _takes_one(op)]
    raise ValueError(
        f"activation must be an op of one input or a function, got {shown(activation)}; the table "
        f"has {listing(sorted(fitting, key=_usual))}"
    )


def _usual(name: str) -> bool:
    """Sort the usual activations of networks before all others."""
    return name not in (*RECTIFIERS, "identity", "tanh", "sigmoid", "softsign", "mish")


def _takes_one(op: Op) -> bool:
    return op.arity - len(op.defaults) == 1


def name_of(activation: str | ActivationFunction) -> str:
    """What an activation is called in reprs, and in files if it is an op.

    >>> from autograd import tanh
    >>> name_of("relu"), name_of(tanh)
    ('relu', 'tanh')
    """
    if isinstance(activation, str):
        return activation
    return str(getattr(activation, "name", "") or getattr(activation, "__name__", "custom"))
