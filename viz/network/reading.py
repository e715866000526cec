"""What there is to draw of a network: units and weights, their numbers and gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from numbers import Integral, Real
from typing import Any, TypeAlias

from autograd import CONST, OPS, Value, modes, topological_order
from autograd.checks import as_float, shown
from autograd.graph import pullback
from nn import Layer, Module, Neuron
from nn.arguments import brief
from nn.layers import name_of

Layers: TypeAlias = "list[tuple[str, Layer]]"

ALONE = "each used once, but this model runs"


@dataclass(frozen=True)
class Unit:
    """A unit as drawn; a number that is missing, or not computed, is None.

    `number` is its activation, `delta` ∂L/∂z, or ∂L/∂x for an input; `weight_grads` are ∂L/∂w.
    """

    number: float | None
    delta: float | None
    bias: float | None
    weights: tuple[float, ...] = ()
    weight_grads: tuple[float | None, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Column:
    """A layer as drawn: its title, what it is in a few words, and its units."""

    title: str
    notes: tuple[str, ...]
    units: tuple[Unit, ...]


@dataclass(frozen=True)
class Loss:
    """The loss as drawn: its number, its gradients in the outputs, and the targets as texts."""

    number: float
    output_grads: tuple[float, ...]
    targets: tuple[str, ...]


@dataclass
class Run:
    """What a model makes of a sample: the inputs, and for each layer the sums z and outputs a."""

    inputs: list[Value]
    out: Any = None
    z: list[list[Value]] = field(default_factory=list)
    a: list[list[Value]] = field(default_factory=list)

    @property
    def columns(self) -> list[list[Value]]:
        return [self.inputs, *self.a]


def layers_of(model: Any) -> Layers:
    """The Layers of a model, by name; each must take as many numbers as the one before gives."""
    if not isinstance(model, Module):
        example = "a Module, such as MLP([2, 3, 1])"
        raise TypeError(f"draw_network draws {example}, got {brief(model)}")
    named = model.named_modules()
    layers = [(name, module) for name, module in named if isinstance(module, Layer)]
    if not layers:
        raise TypeError(f"draw_network draws the Layers of a model, but {brief(model)} has none")
    for (name, layer), (after, next_layer) in pairwise(layers):
        if layer.n_outputs != next_layer.n_inputs:
            raise ValueError(
                f"draw_network draws a chain of Layers, but {name} gives {layer.n_outputs} "
                f"numbers and {after} takes {next_layer.n_inputs}: draw each branch on its own, "
                f"or the graph with draw_dot"
            )
    return layers


def run(model: Module, layers: Layers, x: Any) -> Run:
    """What a model makes of a sample; ValueError unless each layer is used once, in order."""
    numbers = x if isinstance(x, Iterable) else [x]
    made = Run([Value(as_float(x_i, "an input of draw_network")) for x_i in numbers])
    called: list[str] = []

    def keep(name: str) -> Callable[[list[Value], list[Value]], None]:
        def see(z: list[Value], a: list[Value]) -> None:
            called.append(name)
            made.z.append(z)
            made.a.append(a)

        return see

    before = [layer.unit_hook for _, layer in layers]
    for name, layer in layers:
        layer.unit_hook = keep(name)
    try:
        with modes.recording():
            made.out = model(made.inputs)
    finally:
        for (_, layer), hook in zip(layers, before):
            layer.unit_hook = hook
    if called != [name for name, _ in layers]:
        ran = ", ".join(called) or "none of them"
        raise ValueError(
            f"draw_network draws a chain of Layers, {ALONE} {ran}: draw the graph with draw_dot"
        )
    return made


def between(model: Module, layers: Layers, made: Run | None) -> list[str]:
    """For each layer what lies before it, in words; ValueError for a skip connection.

    If the model was run, these are the modules before a layer whose weights do not multiply the
    outputs of the previous one. If not, they are all modules in between, whatever they may do.
    """
    if made is None:
        found = [_modules_before(model, layers, i, leaves=True) for i in range(len(layers))]
        return ["", *[_after(names) for names in found[1:]]]
    nodes: dict[Value, None] = {}
    for column in made.columns:
        for a in column:
            nodes |= dict.fromkeys(topological_order(a))
    products = {node.inputs for node in nodes if node.op is OPS["mul"]}
    texts = [""]
    for i, ((name, layer), given) in enumerate(zip(layers[1:], made.a), 1):
        if _is_fed(layer, given, products):
            texts.append("")
            continue
        others = _modules_before(model, layers, i)
        if not others:
            raise ValueError(
                f"draw_network draws a chain of Layers, but {name} is not fed what the one before "
                f"it gives (a branch, or a skip): draw the graph with draw_dot"
            )
        texts.append(_after(others))
    return texts


def _is_fed(layer: Layer, given: list[Value], products: set[tuple[Value, ...]]) -> bool:
    """Whether the weights of a layer multiply these numbers, and no others."""
    pairs = chain.from_iterable(zip(neuron.w, given) for neuron in layer.neurons)
    return all(pair in products for pair in pairs)


def _modules_before(model: Module, layers: Layers, i: int, leaves: bool = False) -> list[str]:
    """The kinds of modules between layers i - 1 and i; with `leaves`, only those without parts."""
    modules = [module for _, module in model.named_modules()]
    start = modules.index(layers[i - 1][1]) + 1 if i else 0
    inside = modules[start : modules.index(layers[i][1])]
    others = [module for module in inside if not isinstance(module, (Layer, Neuron))]
    if leaves:
        others = [module for module in others if len(list(module.named_modules())) == 1]
    return [type(module).__name__ for module in others]


def _after(names: list[str]) -> str:
    return f"after {', '.join(names)}" if names else ""


def columns_of(
    layers: Layers, before: list[str], made: Run | None, grad_of: dict[Value, float] | None
) -> list[Column]:
    """The inputs and each layer, with what lies before it."""

    def grad(x: Value | None) -> float | None:
        return None if grad_of is None or x is None else grad_of.get(x, 0.0)

    inputs: Sequence[Value | None] = made.inputs if made else [None] * layers[0][1].n_inputs
    units = [Unit(x.data if x else None, grad(x), None) for x in inputs]
    columns = [Column("inputs", (counted(len(units)),), tuple(units))]
    for i, (name, layer) in enumerate(layers):
        units = []
        for j, neuron in enumerate(layer.neurons):
            bias = None if neuron.b is None else neuron.b.data
            weights = tuple([w.data for w in neuron.w])
            number, delta = (made.a[i][j].data, grad(made.z[i][j])) if made else (None, None)
            units.append(Unit(number, delta, bias, weights, tuple(map(grad, neuron.w))))
        notes = [name_of(layer.activation), counted(len(units))]
        notes += [before[i]] if before[i] else []
        columns.append(Column(name or "layer", tuple(notes), tuple(units)))
    return columns


def counted(count: int) -> str:
    """The number of units, in words."""
    return f"{count} unit{'' if count == 1 else 's'}"


def loss_of(
    loss: Callable[..., Any], target: Any, model: Module, made: Run, names: Sequence[str]
) -> tuple[Loss, dict[Value, float]]:
    """The loss of a run, and the gradient of every node in it."""
    root = loss(made.out) if target is None else loss(made.out, target)
    if not isinstance(root, Value):
        example = "as in lambda out: out[0] ** 2"
        kind = type(root).__name__
        raise TypeError(
            f"draw_network(loss) must make one Value of model(x), {example}, got {kind}"
        )
    grad_of = dict(zip(*pullback(root, 1.0)))
    output_grads = tuple([grad_of.get(a, 0.0) for a in made.a[-1]])
    texts = _targets_in(root, model, made) if target is None else _as_texts(target, names)
    return Loss(root.data, output_grads, tuple(texts)), grad_of


def _as_texts(target: Any, names: Sequence[str]) -> list[str]:
    """A target in words: the class that an index names, or a line for each number."""
    if isinstance(target, Integral) and 0 <= int(target) < len(names):
        return [str(names[int(target)])]
    if isinstance(target, Iterable) and not isinstance(target, str):
        return [_as_text(y) for y in target]
    return [_as_text(target)]


def _as_text(y: Any) -> str:
    number = y.data if isinstance(y, Value) else y
    return f"{float(number):.4g}" if isinstance(number, Real) else shown(number)


def _targets_in(root: Value, model: Module, made: Run) -> list[str]:
    """Leaves of the loss that are neither inputs nor parameters: targets, if they are Values."""
    own = {*made.inputs, *model.parameters()}
    order = topological_order(root)
    leaves = [node for node in order if not node.inputs and node.op is not CONST]
    targets = [leaf for leaf in leaves if leaf not in own]
    return [f"{y.label} = {y.data:.4g}" if y.label else f"{y.data:.4g}" for y in targets]


def named(column: Column, names: Sequence[str], what: str) -> Column:
    """A column whose units have these names; ValueError if their number does not match."""
    count = len(column.units)
    if isinstance(names, str) or (names and len(names) != count):
        wanted = f"a name for each of the {count} {what} in a list"
        raise ValueError(f"draw_network({what}) takes {wanted}, got {names!r:.60}")
    if not names:
        return column
    pairs = zip(column.units, names)
    return replace(column, units=tuple([replace(unit, name=str(name)) for unit, name in pairs]))
