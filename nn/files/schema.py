"""Modules as plain data and back: what a model file holds, and the checks that keep the rest out.

`describe` returns dicts, lists, strings, numbers and None; `build` makes a new module of them, and
refuses anything else.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any, Final

from autograd import OPS
from autograd.checks import shown
from nn.arguments import assign, listing
from nn.batchnorm import BatchNorm
from nn.dropout import Dropout
from nn.layers import Activation, Layer, Neuron, name_of
from nn.module import Module
from nn.networks import MLP, Sequential
from nn.perceptron import Perceptron

MAX_DEPTH: Final = 32
"""How deep modules may be nested."""


class CheckpointError(ValueError):
    """A model file, or what it is loaded into, is wrong; the message says what, and where."""


def fail(where: str, got: Any, wanted: str) -> CheckpointError:
    """The error for a wrong value at a place of a file.

    >>> fail("model.p", "x", "a number")
    CheckpointError("model.p: wanted a number, got 'x'")
    """
    return CheckpointError(f"{where}: wanted {wanted}, got {held(got)}")


def content_of(path: Path, most: int) -> bytes:
    """What a regular file of at most `most` bytes holds; raises CheckpointError for any other."""
    # A pipe would keep the program waiting for whoever writes into it, and a device may never end.
    if path.exists() and not (path.is_file() or path.is_dir()):
        remedy = "save its contents to a file, and load that"
        raise CheckpointError(f"{path} is a pipe or a device, not a file: {remedy}")
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise CheckpointError(f"{path.name} is larger than {most} bytes, the most that is read")
    return content


def held(x: Any) -> str:
    """What a file held, in one short line: never the repr of a list, which may be long and deep.

    >>> held("tanh"), held([[1.0], [2.0]])
    ("'tanh'", 'a list of 2')
    """
    if isinstance(x, (list, dict)):
        return f"{'a list' if isinstance(x, list) else 'an object'} of {len(x)}"
    return shown(x, 60)


def number(x: Any, where: str) -> float:
    """A finite number as a float."""
    if isinstance(x, bool) or not isinstance(x, (int, float)) or not math.isfinite(x):
        raise fail(where, x, "a finite number")
    return float(x)


def numbers(x: Any, where: str, length: int | None = None) -> list[float]:
    """A list of finite numbers, of the given length if there is one."""
    if not isinstance(x, list) or not x or length not in (None, len(x)):
        raise fail(where, x, f"a list of {length or 'one or more'} numbers")
    return [number(x_i, f"{where}[{i}]") for i, x_i in enumerate(x)]


def fields(x: Any, where: str, *names: str) -> list[Any]:
    """The values of a dict that must have these keys and no others."""
    if not isinstance(x, dict):
        raise fail(where, x, f"an object with {listing(names)}")
    for key in sorted(x.keys() ^ set(names)):
        raise CheckpointError(
            f"{where}: {'lacks' if key in names else 'has the unknown key'} {held(key)}; it must "
            f"have {listing(names)}"
        )
    return [x[name] for name in names]


def describe(module: Module, where: str = "model") -> dict[str, Any]:
    """The module as plain data: architecture and weights in one tree.

    A module of a user's class is described only by its state, and can only be loaded into one like
    it. Raises CheckpointError for weights that are not finite, and for activations that are not ops
    of the table.

    >>> describe(Layer(1, 1, "tanh", init="zeros"))
    {'type': 'Layer', 'activation': 'tanh', 'W': [[0.0]], 'b': [0.0]}
    """
    for name, x in module.state_dict().items():
        if not math.isfinite(x):
            raise CheckpointError(
                f"{where}.{name} is {x}: a model with such a weight is broken, and is not saved"
            )
    return unchecked(module, where)


def unchecked(module: Module, where: str = "model") -> dict[str, Any]:
    """What `describe` returns, but nan and inf are allowed."""
    form = FORMS.get(type(module).__name__)
    if form is None or type(module) is not form[0]:
        return {"type": "state", "class": type(module).__name__, "state": module.state_dict()}
    return {"type": type(module).__name__, **form[1](module, where)}


def levels(entry: dict[str, Any]) -> int:
    """How deep modules are nested, in what `describe` returned.

    >>> levels(describe(Sequential(Sequential(Layer(1, 1)))))
    2
    """
    inside = [x for x in entry.get("layers", ()) if isinstance(x, dict)]
    return 1 + max(map(levels, inside)) if inside else 0


def build(entry: Any, where: str = "model", depth: int = 0) -> Module:
    """A new module from plain data.

    >>> build({"type": "Dropout", "p": 0.5})
    Dropout(0.5)
    """
    if not isinstance(entry, dict) or not isinstance(entry.get("type"), str):
        raise fail(where, entry, "an object with a type")
    kind = entry["type"]
    if kind == "state":
        own = held(entry.get("class"))
        raise CheckpointError(
            f"{where}: holds the state of your own module, {own}: make one, and load(..., into=it)"
        )
    if kind not in FORMS:
        raise fail(f"{where}.type", kind, f"one of {', '.join(FORMS)}")
    if depth > MAX_DEPTH:
        raise CheckpointError(f"{where}: modules are nested deeper than {MAX_DEPTH}")
    rest = {key: x for key, x in entry.items() if key != "type"}
    try:
        return FORMS[kind][2](rest, where, depth)
    except CheckpointError:
        raise
    except (ValueError, TypeError) as error:  # errors of the constructors themselves
        raise CheckpointError(f"{where}: {error}") from None


def _activation(activation: Any, where: str) -> str:
    name = name_of(activation)
    if name not in OPS or (activation is not OPS[name] and not isinstance(activation, str)):
        raise CheckpointError(
            f"{where}: the activation {name}, {shown(activation)}, is not an op of the table, so "
            f"no file can hold it: add it with autograd.add_op, or save the weights alone with "
            f"to_arrays"
        )
    return name


def _known(activation: Any, where: str) -> Any:
    if not isinstance(activation, str) or activation not in OPS:
        raise fail(
            f"{where}.activation",
            activation,
            "an op of the table (your own must be added with autograd.add_op first)",
        )
    return activation


def _neuron_to(neuron: Neuron, where: str) -> dict[str, Any]:
    _refuse_ties([*neuron.w, neuron.b], where)
    b = None if neuron.b is None else neuron.b.data
    return {
        "activation": _activation(neuron.activation, where),
        "w": [w.data for w in neuron.w],
        "b": b,
    }


def _neuron_from(x: Any, where: str, depth: int) -> Neuron:
    activation, w, b = fields(x, where, "activation", "w", "b")
    weights = numbers(w, f"{where}.w")
    neuron = Neuron(len(weights), _known(activation, where), bias=b is not None, init="zeros")
    assign(neuron.parameters(), weights if b is None else [*weights, number(b, f"{where}.b")])
    return neuron


def _perceptron_from(x: Any, where: str, depth: int) -> Perceptron:
    activation, w, b = fields(x, where, "activation", "w", "b")
    if activation != "step":
        raise fail(f"{where}.activation", activation, "'step'")
    weights = [*numbers(w, f"{where}.w"), number(b, f"{where}.b")]
    perceptron = Perceptron(len(weights) - 1)
    assign(perceptron.parameters(), weights)
    return perceptron


def _refuse_ties(weights: Iterable[Any], where: str) -> None:
    """CheckpointError where a Value stands at two places, which a file would make two."""
    counts = Counter([w for w in weights if w is not None])
    if any(count > 1 for count in counts.values()):
        raise CheckpointError(
            f"{where}: two of its weights are one Value, which no file can hold: save the weights "
            f"alone with to_arrays, or make the whole model your own class"
        )


def _layer_to(layer: Layer, where: str) -> dict[str, Any]:
    W, b = [], []
    _refuse_ties(chain.from_iterable([[*neuron.w, neuron.b] for neuron in layer.neurons]), where)
    for neuron in layer.neurons:
        W.append([w.data for w in neuron.w])
        b += [] if neuron.b is None else [neuron.b.data]
    return {"activation": _activation(layer.activation, where), "W": W, "b": b or None}


def _layer_from(x: Any, where: str, depth: int) -> Layer:
    activation, W, b = fields(x, where, "activation", "W", "b")
    if not isinstance(W, list) or not W or not isinstance(W[0], list):
        raise fail(f"{where}.W", W, "a list of rows, one for each neuron")
    rows = [numbers(row, f"{where}.W[{j}]", len(W[0])) for j, row in enumerate(W)]
    if b is not None:
        rows = [[*row, b_j] for row, b_j in zip(rows, numbers(b, f"{where}.b", len(rows)))]
    layer = Layer(len(W[0]), len(rows), _known(activation, where), bias=b is not None, init="zeros")
    assign(layer.parameters(), [x for row in rows for x in row])
    return layer


def _sequential_to(model: Sequential, where: str) -> dict[str, Any]:
    layers = [unchecked(layer, f"{where}.layers[{i}]") for i, layer in enumerate(model.layers)]
    for i, entry in enumerate(layers):
        if entry["type"] == "state":
            raise CheckpointError(
                f"{where}.layers[{i}] is your own module, {entry['class']}, within a "
                f"{type(model).__name__}: no file can hold how it works. Save the weights alone "
                f"with to_arrays, or make the whole model your own class"
            )
    if sum(len(layer.parameters()) for layer in model.layers) > len(model.parameters()):
        raise CheckpointError(
            f"{where}: two of its layers share weights, which no file can hold: save the weights "
            f"alone with to_arrays, "
            f"or make the whole model your own class"
        )
    return {"layers": layers}


def _layers_from(x: Any, where: str, depth: int) -> list[Module]:
    (layers,) = fields(x, where, "layers")
    if not isinstance(layers, list) or not layers:
        raise fail(f"{where}.layers", layers, "a list of one or more modules")
    return [build(entry, f"{where}.layers[{i}]", depth + 1) for i, entry in enumerate(layers)]


def _sequential_from(x: Any, where: str, depth: int) -> Sequential:
    return Sequential(*_layers_from(x, where, depth))


def _mlp_from(x: Any, where: str, depth: int) -> MLP:
    layers = [layer for layer in _layers_from(x, where, depth) if isinstance(layer, Layer)]
    if len(layers) < len(x["layers"]):
        raise fail(f"{where}.layers", x["layers"], "nothing but Layers in an MLP")
    Sequential(*layers)  # do they fit together?
    *hidden, last = [layer.activation for layer in layers]
    model = MLP(
        [layers[0].n_inputs, *[layer.n_outputs for layer in layers]],
        activation=hidden,
        output=last,
        init="zeros",
    )
    model.layers = list(layers)
    return model


def _batch_norm_to(layer: BatchNorm, where: str) -> dict[str, Any]:
    return {
        "eps": layer.eps,
        "momentum": layer.momentum,
        "weight": [p.data for p in layer.weight],
        "bias": [p.data for p in layer.bias],
        "running_mean": list(layer.running_mean),
        "running_var": list(layer.running_var),
    }


def _batch_norm_from(x: Any, where: str, depth: int) -> BatchNorm:
    eps, momentum, *columns = fields(
        x, where, "eps", "momentum", "weight", "bias", "running_mean", "running_var"
    )
    weight = numbers(columns[0], f"{where}.weight")
    bias, mean, var = (
        numbers(c, f"{where}.{n}", len(weight))
        for c, n in zip(columns[1:], ("bias", "running_mean", "running_var"))
    )
    if min(var) < 0:
        raise fail(f"{where}.running_var", min(var), "variances of at least 0")
    layer = BatchNorm(
        len(weight), eps=number(eps, f"{where}.eps"), momentum=number(momentum, f"{where}.momentum")
    )
    assign([*layer.weight, *layer.bias], [*weight, *bias])
    layer.running_mean, layer.running_var = mean, var
    return layer


def _dropout_from(x: Any, where: str, depth: int) -> Dropout:
    (p,) = fields(x, where, "p")
    return Dropout(number(p, f"{where}.p"))


def _activation_from(x: Any, where: str, depth: int) -> Activation:
    (activation,) = fields(x, where, "activation")
    return Activation(_known(activation, where))


To = Callable[[Any, str], "dict[str, Any]"]
From = Callable[[Any, str, int], Module]

FORMS: Final[dict[str, tuple[type[Module], To, From]]] = {
    "Neuron": (Neuron, _neuron_to, _neuron_from),
    "Perceptron": (Perceptron, _neuron_to, _perceptron_from),
    "Layer": (Layer, _layer_to, _layer_from),
    "Activation": (
        Activation,
        lambda m, where: {"activation": _activation(m.activation, where)},
        _activation_from,
    ),
    "Dropout": (Dropout, lambda m, where: {"p": m.p}, _dropout_from),
    "BatchNorm": (BatchNorm, _batch_norm_to, _batch_norm_from),
    "Sequential": (Sequential, _sequential_to, _sequential_from),
    "MLP": (MLP, _sequential_to, _mlp_from),
}
"""For each class of modules: the class itself, the function to plain data, and the one from it."""
