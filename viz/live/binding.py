"""A session on a learner's own model: what changes in one changes in the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from autograd import Value
from autograd.checks import shown
from nn import Layer, Module, Neuron, Sequential
from nn.arguments import brief
from nn.layers import activation_named, name_of
from viz.live.run import numbers_of
from viz.live.session import Session
from viz.live.state import (
    ACTIVATIONS,
    MOST_ENDS,
    MOST_HIDDEN,
    MOST_UNITS,
    State,
)

FITTING: Final = (
    "explore shows an MLP, a Sequential of Layers, a Layer or a Neuron: leave out everything else"
)

PYTHONS: Final = "the layers and activations are those of your model: change them in Python"

OWN: Final = {"shape", "load"}
"""Requests that change more than numbers; the page in a notebook does not make them."""


class Binding(Session):
    """A session whose state is the numbers of a model, whoever changes them.

    >>> from nn import MLP
    >>> model = MLP([2, 3, 1], rng=0)
    >>> binding = Binding(model, State(sizes=(2, 3, 1), activations=("relu", "identity")))
    >>> answer = binding.ask({"do": "set", "ref": "layers.1.neurons.0.b", "value": 0.5})
    >>> model.layers[1].neurons[0].b.data
    0.5
    """

    def __init__(self, model: Module, state: State) -> None:
        self.model = model
        self._of_model = layers_of(model)
        super().__init__(replace(state, layers=numbers_of(self._of_model)))

    def read(self) -> bool:
        """Take over what was changed in Python; returns whether anything was.

        It can be undone like any other change, unless it changed the shape. Raises ValueError for
        a model that can no longer be shown.
        """
        layers = layers_of(self.model)
        state = replace(self.state, **described(layers), layers=numbers_of(layers))
        self._of_model = layers
        if (state.sizes, state.activations) != (self.state.sizes, self.state.activations):
            x = (*state.x, *[0.0] * state.sizes[0])[: state.sizes[0]]
            self.state = replace(state, x=x).with_targets()
            self._undo, self._redo = [], []
            return True
        if state.layers == self.state.layers:
            return False
        self._to(state)
        return True

    def ask(self, request: Any) -> dict[str, Any]:
        """Answer as a session does, and write what changed to the model, all of it or nothing."""
        if isinstance(request, dict) and (request.get("do") in OWN or "activations" in request):
            return {"error": PYTHONS}
        before = self.state.layers
        answer = super().ask(request)
        if self.state.layers is not before:
            self._write()
        return answer

    def answers(self, requests: Sequence[Any]) -> list[dict[str, Any]]:
        """The answers to several requests, about the model as it is now."""
        try:
            if self.read():  # a drag does not continue a change that was made in between
                requests = list(map(_apart, requests))
        except ValueError as error:
            return [{"error": str(error)} for _ in requests]
        return list(map(self.ask, requests))

    def _write(self) -> None:
        """Put the numbers of the state into the model: all of them are floats, so none can fail."""
        for layer, neurons in zip(self._of_model, self.state.layers):
            for neuron, (weights, bias) in zip(layer.neurons, neurons):
                for node, number in zip(parameters_of(neuron), (*weights, bias)):
                    node.data = number


def _apart(request: Any) -> Any:
    """A request that does not continue the change before it."""
    if isinstance(request, dict) and "join" in request:
        return {**request, "join": False}
    return request


def layers_of(model: Any) -> list[Layer]:
    """The layers of a model; for one that cannot be shown, a ValueError says what to do.

    >>> layers_of(Neuron(2, "tanh"))[0].n_inputs
    2
    """
    layers = _listed(model)
    if not layers:
        raise ValueError(f"{brief(model)} has no layers: {FITTING}")
    for i, layer in enumerate(layers):
        where = f"layer {i} of {brief(model)}"
        if not _runs_as(layer, Layer, "forward"):
            raise ValueError(f"{where} is {brief(layer)}, which cannot be shown: {FITTING}")
        _check_layer(layer, where)
    _check_sizes(model, layers)
    _check_shared(model, layers)
    return layers


def _listed(model: Any) -> list[Any]:
    """The modules that a model runs one after the other."""
    if _runs_as(model, Sequential, "forward"):
        return list(model.layers)
    if isinstance(model, Layer):
        return [model]
    if isinstance(model, Neuron):
        return [_alone(model)]
    raise ValueError(f"explore(model) cannot show {brief(model)}: {FITTING}")


def _runs_as(module: Any, kind: type[Module], *methods: str) -> bool:
    """Whether a module is of that kind, and computes what its kind computes."""
    if not isinstance(module, kind):
        return False
    return all(getattr(type(module), name) is getattr(kind, name) for name in methods)


def _alone(neuron: Neuron) -> Layer:
    """A layer with only this neuron, which keeps its names."""
    layer = Layer.__new__(Layer)
    object.__setattr__(layer, "neurons", [neuron])
    return layer


def _check_layer(layer: Layer, where: str) -> None:
    for i, neuron in enumerate(layer.neurons):
        if not _runs_as(neuron, Neuron, "forward", "pre_activation", "activated"):
            raise ValueError(f"neuron {i} of {where} is {brief(neuron)}: {FITTING}")
        for node in (*neuron.w, neuron.b):
            _check_parameter(node, f"neuron {i} of {where}")
        name = name_of(neuron.activation)
        if name not in ACTIVATIONS or neuron.activate is not activation_named(name):
            raise ValueError(
                f"the activation of {where} is {shown(name)}, which explore cannot show; it shows "
                f"{', '.join(ACTIVATIONS)}"
            )
        if name != name_of(layer.activation) or len(neuron.w) != layer.n_inputs:
            raise ValueError(f"the neurons of {where} differ: give each the same number of inputs")


def _check_parameter(node: Any, where: str) -> None:
    if node is None:
        raise ValueError(
            f"{where} has no bias, and explore shows one: leave out bias=False, and freeze the "
            f"bias in the optimizer if it must stay 0"
        )
    if not isinstance(node, Value) or node.op is not None:
        raise ValueError(f"{where} has {shown(node)} for a parameter: use a Value of its own")


def _check_sizes(model: Any, layers: Sequence[Layer]) -> None:
    if len(layers) > MOST_HIDDEN + 1:
        raise ValueError(
            f"{brief(model)} has {len(layers) - 1} hidden layers, and explore has room for "
            f"{MOST_HIDDEN}: explore a part of it, such as Sequential(*model.layers[-2:])"
        )
    sizes = described(layers)["sizes"]
    names = ["inputs", *[f"units in layer {i}" for i in range(len(layers) - 1)], "outputs"]
    for i, (size, name) in enumerate(zip(sizes, names)):
        most = MOST_ENDS if i in (0, len(layers)) else MOST_UNITS
        if size > most:
            raise ValueError(
                f"{brief(model)} has {size} {name}, and explore has room for {most}: make a "
                f"smaller model, or draw this one with viz.draw_network"
            )
    for i, (layer, n_inputs) in enumerate(zip(layers[1:], sizes[1:]), 1):
        if layer.n_inputs != n_inputs:
            raise ValueError(
                f"layer {i} of {brief(model)} takes {layer.n_inputs} inputs, but the layer before "
                f"it gives {n_inputs}: make them the same"
            )


def _check_shared(model: Any, layers: Sequence[Layer]) -> None:
    """Refuse a parameter in two places, which would have two knobs."""
    seen: set[Value] = set()
    for layer in layers:
        for neuron in layer.neurons:
            for node in parameters_of(neuron):
                if node in seen:
                    raise ValueError(
                        f"{brief(model)} uses the parameter {shown(node)} twice, and explore has "
                        f"one knob for each: give every neuron Values of its own"
                    )
                seen.add(node)


def parameters_of(neuron: Neuron) -> list[Value]:
    """The weights of a neuron, and its bias."""
    assert neuron.b is not None
    return [*neuron.w, neuron.b]


def described(layers: Sequence[Layer]) -> dict[str, Any]:
    """The sizes and activations of layers, as a state has them.

    >>> from nn import MLP
    >>> described(MLP([2, 3, 1], "tanh").layers)
    {'sizes': (2, 3, 1), 'activations': ('tanh', 'identity')}
    """
    sizes = (layers[0].n_inputs, *[layer.n_outputs for layer in layers])
    return {"sizes": sizes, "activations": tuple([name_of(layer.activation) for layer in layers])}
