"""Modules in a row: Sequential, and the multilayer perceptron."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

from autograd import Value
from autograd.checks import shown
from nn import matrix
from nn.arguments import RNG, Array, Row, brief, expect, generator, has_axis, samples, size
from nn.dropout import Dropout
from nn.layers import Activation, ActivationLike, Init, Layer, Neuron, name_of
from nn.module import Module

if TYPE_CHECKING:

    class Output(Value, list[Value]):  # type: ignore[misc]
        """What a network returns for one sample: a Value if it has one output, else a list of them.

        How many there are is not known before it runs, so to checkers an Output is both, which no
        object is. A union would be exact, but then neither `model(x).backward()` nor
        `softmax(model(x))` would pass before an isinstance; Any would let every typo pass. Where
        the list is wanted in any case, `model.forward(x)` returns it.
        """

else:
    Output = Value | list[Value]


class Sequential(Module):
    """Modules in a row, each fed the outputs of the one before; `layers` is the list of them.

    Called with one sample, it returns the list of outputs, or the Value if there is only one;
    called with rows, it returns a list of these. It has the length of `layers`, is indexed and
    iterated like it, and a slice is a Sequential of the same layers. Raises ValueError where sizes
    do not fit; your own module may state its sizes as attributes n_inputs and n_outputs.

    >>> from nn import Activation, BatchNorm
    >>> first, last = Layer(2, 3, "identity", rng=0), Layer(3, 1, "identity", rng=0)
    >>> model = Sequential(first, BatchNorm(3), Activation("tanh"), last)
    >>> model
    Sequential(19 parameters:
      (layers.0): Layer(2 → 3, identity, 9 parameters)
      (layers.1): BatchNorm(3, 6 parameters)
      (layers.2): Activation(tanh)
      (layers.3): Layer(3 → 1, identity, 4 parameters)
    )
    >>> model[-1] is last, len(model[:2])
    (True, 2)
    """

    def __init__(self, *layers: Module) -> None:
        width, source = None, ""
        for i, layer in enumerate(layers):
            place = f"layer {i} of {type(self).__name__}"
            if not isinstance(layer, Module) or isinstance(layer, Neuron):
                raise TypeError(
                    f"{place} must be a Module that returns a list, such as Layer(2, 1), "
                    f"got {brief(layer)}"
                )
            if isinstance(layer, KEEPERS):
                continue
            wanted, name = getattr(layer, "n_inputs", None), brief(layer)
            if None not in (width, wanted) and wanted != width:
                raise ValueError(
                    f"{place}, {name}, takes {wanted} inputs, but {source} gives {width}"
                )
            width, source = getattr(layer, "n_outputs", None), f"layer {i}, {name},"
        if not layers:
            raise ValueError(
                f"{type(self).__name__} needs at least one layer, as in "
                f"Sequential(Layer(2, 8), Layer(8, 1, 'identity'))"
            )
        self.layers = list(layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Module]:
        return iter(self.layers)

    @overload
    def __getitem__(self, index: int) -> Module: ...
    @overload
    def __getitem__(self, index: slice) -> Sequential: ...
    def __getitem__(self, index: int | slice) -> Module:
        if not isinstance(index, slice):
            return self.layers[index]
        layers: list[Module] = [*self.layers[index]]
        if not layers:
            raise IndexError(f"{brief(self)} has no layers from {index.start} to {index.stop}")
        part = Sequential.__new__(Sequential)
        # Bypassing __setattr__: the layers keep the names that they have in the whole network.
        vars(part).update(layers=layers, training=self.training)
        return part

    @property
    def n_inputs(self) -> int | None:
        """The number of inputs, if the layers state it."""
        return getattr(_first_of(self.layers), "n_inputs", None)

    @property
    def n_outputs(self) -> int | None:
        """The number of outputs, if the layers state it."""
        return getattr(_first_of(reversed(self.layers)), "n_outputs", None)

    def forward(self, x: Row) -> list[Value]:
        self._check(x)
        out: Any = x
        for layer in self.layers:
            out = layer._run(out)
        return out  # type: ignore[no-any-return]

    def forward_batch(self, X: Sequence[Row]) -> list[list[Value]]:
        for x in X:
            self._check(x)
        rows: Any = X
        for layer in self.layers:
            rows = layer._run_batch(rows)
        return rows  # type: ignore[no-any-return]

    def _check(self, x: Sequence[Any]) -> None:
        wanted = self.n_inputs
        if wanted is not None:
            expect(wanted, x, self, where="layer 0 of ")

    @overload  # type: ignore[override]  # a list of Outputs is not a list of lists
    def __call__(self, x: Row) -> Output: ...
    @overload
    def __call__(self, x: Sequence[Row]) -> list[Output]: ...
    @overload
    def __call__(self, x: Array) -> Any: ...
    def __call__(self, x: Any) -> Any:
        x, batch = samples(x)
        return [_lone(row) for row in self._run_batch(x)] if batch else _lone(self._run(x))

    forward_table = matrix.forward_table
    backward_table = matrix.backward_table


KEEPERS = (Activation, Dropout)
"""Modules that return as many numbers as they take."""


def _first_of(layers: Iterable[Module]) -> Module | None:
    """The first of the layers that has its own width."""
    return next((layer for layer in layers if not isinstance(layer, KEEPERS)), None)


def _lone(row: Any) -> Any:
    """The only number of a row, or the row."""
    return row[0] if has_axis(row) and len(row) == 1 else row


class MLP(Sequential):
    """A multilayer perceptron: layers in a row, `activation` between them, `output` at the end.

    `MLP(2, [16, 16, 1])` and `MLP([2, 16, 16, 1])` are the same network. `activation` may be a
    list, one for each hidden layer, as in `MLP([2, 16, 16, 2], ["gelu", "silu"])`.
    `init="uniform"` is micrograd's uniform(-1, 1); by default it suits the activation. Raises
    ValueError for sizes or inputs that do not fit.

    >>> model = MLP(2, [16, 16, 1], rng=0)
    >>> len(model.parameters()), model
    (337, MLP([2, 16, 16, 1], relu, 337 parameters))
    """

    layers: list[Layer]

    def __init__(
        self,
        n_inputs: int | Sequence[int],
        n_outputs: Sequence[int] | ActivationLike | Sequence[ActivationLike] = (),
        activation: ActivationLike | Sequence[ActivationLike] = "relu",
        *,
        output: ActivationLike = "identity",
        bias: bool = True,
        init: Init = "auto",
        rng: RNG = None,
    ) -> None:
        if _names_activations(n_outputs):  # MLP([2, 16, 1], "tanh")
            activation, n_outputs = n_outputs, ()  # type: ignore[assignment]
        given: list[Any] = [*_as_list(n_inputs), *_as_list(n_outputs)]
        if len(given) < 2 or not isinstance(n_outputs, Iterable):
            raise ValueError(
                f"MLP needs its number of inputs and at least one layer, as in MLP(2, [16, 1]) or "
                f"MLP([2, 16, 1], activation='tanh'), got {shown(given)}"
            )
        title = f"MLP({shown(given)})"
        self.sizes = sizes = [size(n, f"size {i} of {title}") for i, n in enumerate(given)]
        hidden = len(sizes) - 2
        one = isinstance(activation, str) or not isinstance(activation, Iterable)
        activations: list[Any] = [activation] * hidden if one else [*activation]  # type: ignore
        if len(activations) != hidden:
            raise ValueError(
                f"MLP({shown(sizes)}) has {hidden} hidden layers and needs that many activations, "
                f"got {len(activations)}: {shown(activations, 80)}; the last layer's is output="
            )
        rng = generator(rng)  # shared by all layers: with a seed, each would draw the same numbers
        kinds = zip(sizes, sizes[1:], [*activations, output])
        layers = [Layer(n, m, f, bias=bias, init=init, rng=rng) for n, m, f in kinds]
        super().__init__(*layers)

    def __repr__(self) -> str:
        layers = [layer for layer in self.layers if isinstance(layer, Layer)]
        *hidden, last = [name_of(layer.activation) for layer in layers]
        names = hidden[:1] if len(set(hidden)) == 1 else hidden
        if last != "identity" or not hidden:
            names = [*names, last]
        kinds, count = " → ".join(names), len(self.parameters())
        return f"{type(self).__name__}({self.sizes}, {kinds}, {count} parameters)"


def _names_activations(x: Any) -> bool:
    """Whether x is an activation, or a list of them, in a place where sizes may stand."""
    if isinstance(x, str) or callable(x):
        return True
    return isinstance(x, (list, tuple)) and any(isinstance(f, str) or callable(f) for f in x)


def _as_list(x: Any) -> list[Any]:
    return list(x) if isinstance(x, Iterable) else [x]
