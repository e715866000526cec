"""A state run on its sample: the graph of the loss, and every number in it by its ref."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from autograd import Value, recompute
from autograd.graph import pullback
from nn import Layer, Neuron, Sequential, losses
from nn.layers import ActivationName
from viz.graph.reading import slopes_of
from viz.live.state import SessionError, State, with_number


@dataclass(frozen=True)
class Unit:
    """A neuron after a run: pre-activation z, and activation a; one node if it is the identity."""

    z: Value
    a: Value

    @property
    def slope(self) -> float:
        """f′(z), the gate that δ passes."""
        return 1.0 if self.a is self.z else slopes_of(self.a)[0]


class Run:
    """The graph of the loss of a state on its sample.

    >>> run = Run(State().drawn())
    >>> len(run.layers[0]), run.nodes["L"] is run.loss
    (3, True)

    `given` are nodes that replace parameters, by ref.
    """

    def __init__(self, state: State, given: Mapping[str, Value] | None = None) -> None:
        self.state = state
        self.network = network_of(state)
        for ref, node in (given or {}).items():
            _put(self.network, ref, node)
        self.x = [Value(number, f"x{i}") for i, number in enumerate(state.x)]
        self.y = [Value(number, f"y{i}") for i, number in enumerate(state.y)]
        self.layers: list[list[Unit]] = []
        fed: Sequence[Value] = self.x
        for layer in self.network:
            self.layers.append([_unit(neuron, fed) for neuron in layer.neurons])
            fed = [unit.a for unit in self.layers[-1]]
        self.outputs = list(fed)
        self.loss = _loss(state, self.outputs, self.y)
        self.loss.label = "L"
        self._name()

    @cached_property
    def grad_of(self) -> dict[Value, float]:
        """∂L/∂node for each node that a gradient reaches."""
        return dict(zip(*pullback(self.loss, 1.0)))

    def losses_at(self, changes: Sequence[Mapping[str, float]]) -> list[float]:
        """The loss after each of several changes of numbers, by ref, each time from this state.

        The same graph is computed again, unless its structure depends on the numbers, as it does
        for cross_entropy, through the index of the right class.
        """
        if self.state.loss == "cross_entropy":
            return [Run(_changed(self.state, numbers)).loss.data for numbers in changes]
        again, found = Run(self.state), []
        nodes = again.nodes
        for numbers in changes:
            before = {ref: nodes[ref].data for ref in numbers}
            for ref, number in numbers.items():
                nodes[ref].data = number
            found.append(recompute(again.loss).data)
            for ref, number in before.items():
                nodes[ref].data = number
        return found

    def grad(self, node: Value) -> float:
        """∂L/∂node."""
        return self.grad_of.get(node, 0.0)

    @cached_property
    def nodes(self) -> dict[str, Value]:
        """Every number that has a ref, in the order of the forward pass."""
        found = {f"x.{i}": node for i, node in enumerate(self.x)}
        found |= {f"y.{i}": node for i, node in enumerate(self.y)}
        for i, (layer, units) in enumerate(zip(self.network, self.layers)):
            for j, (neuron, unit) in enumerate(zip(layer.neurons, units)):
                path = f"layers.{i}.neurons.{j}"
                found |= {f"{path}.w.{k}": w for k, w in enumerate(neuron.w)}
                found |= {f"{path}.b": bias_of(neuron), f"{path}.z": unit.z, f"{path}.a": unit.a}
        return {**found, "L": self.loss}

    def _name(self) -> None:
        """Label every number as the page calls it: W1[2,1], z1[2], x1; w, z, x of a single unit."""
        for ref, node in self.nodes.items():
            node.label = name_of(ref, single=self.state.sizes == (1, 1))

    def node(self, ref: Any) -> Value:
        """The node of a ref; raises SessionError for a ref that does not name one."""
        if not isinstance(ref, str) or ref not in self.nodes:
            raise SessionError(f"{str(ref)[:60]} is not part of this network")
        return self.nodes[ref]


def name_of(ref: str, single: bool = False) -> str:
    """What a number is called, counted from 1, as in textbooks.

    >>> name_of("layers.0.neurons.1.w.0"), name_of("layers.1.neurons.0.z"), name_of("x.0")
    ('W1[2,1]', 'z2[1]', 'x[1]')
    >>> name_of("layers.0.neurons.0.w.0", single=True)
    'w'
    """
    path = ref.split(".")
    if path[0] != "layers":
        return path[0] if single or len(path) == 1 else f"{path[0]}[{int(path[1]) + 1}]"
    layer, unit, kind = int(path[1]) + 1, int(path[3]) + 1, path[4]
    if single:
        return kind
    return f"W{layer}[{unit},{int(path[5]) + 1}]" if kind == "w" else f"{kind}{layer}[{unit}]"


def _unit(neuron: Neuron, given: Sequence[Value]) -> Unit:
    z = neuron.pre_activation(given)
    return Unit(z, neuron.activated(z))


def curve_of(function: Callable[[Value], Value], span: float = 4.0) -> dict[str, list[float]]:
    """A function and its slope at 81 points from −span to span, to draw as curves.

    >>> curve_of(Value.relu)["slope"][-1]
    1.0
    """
    xs = [span * (i / 40 - 1) for i in range(81)]
    values, slopes = [], []
    for at in xs:
        x = Value(at)
        out = function(x)
        values.append(out.data)
        slopes.append(dict(zip(*pullback(out, 1.0))).get(x, 0.0))
    return {"x": xs, "f": values, "slope": slopes}


def network_of(state: State) -> list[Layer]:
    """The layers of the network of a state, named as in a Sequential."""
    layers: list[Layer] = []
    for size, neurons, activation in zip(state.sizes, state.layers, state.activations):
        layer = Layer(size, len(neurons), cast(ActivationName, activation), init="zeros")
        for neuron, (weights, bias) in zip(layer.neurons, neurons):
            for w, number in zip(neuron.w, weights):
                w.data = number
            bias_of(neuron).data = bias
        layers.append(layer)
    Sequential(*layers).named_parameters()  # gives the parameters their labels
    return layers


def is_parameter(ref: str) -> bool:
    """Whether a ref names a weight or a bias.

    >>> is_parameter("layers.0.neurons.1.w.0"), is_parameter("layers.0.neurons.1.z")
    (True, False)
    """
    return ref.startswith("layers.") and not ref.endswith((".z", ".a"))


def _put(network: Sequence[Layer], ref: str, node: Value) -> None:
    """Put a node in the place of a parameter."""
    _, layer, _, unit, kind, *place = ref.split(".")
    neuron = network[int(layer)].neurons[int(unit)]
    if kind == "b":
        neuron.b = node
    else:
        neuron.w[int(place[0])] = node


def bias_of(neuron: Neuron) -> Value:
    """The bias of a neuron; all neurons of a state have one."""
    assert neuron.b is not None
    return neuron.b


def numbers_of(network: Sequence[Layer]) -> tuple[Any, ...]:
    """The weights and biases of a network, as a state holds them."""
    layers = []
    for layer in network:
        layers.append(tuple([_numbers_of(neuron) for neuron in layer.neurons]))
    return tuple(layers)


def _numbers_of(neuron: Neuron) -> tuple[tuple[float, ...], float]:
    return tuple(w.data for w in neuron.w), bias_of(neuron).data


def _changed(state: State, numbers: Mapping[str, float]) -> State:
    for ref, number in numbers.items():
        state = with_number(state, ref, number)
    return state


def _loss(state: State, outputs: list[Value], y: list[Value]) -> Value:
    function: Callable[[Any, Any], Value] = losses.LOSSES[state.loss]
    if state.loss == "cross_entropy":
        return function(outputs, int(y[0].data))
    return function(outputs, y)
