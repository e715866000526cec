"""The Module: whatever has parameters, by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar, overload

from autograd import TracingError, Value, no_grad
from autograd.checks import as_float
from autograd.unknown import is_tracing
from nn.arguments import Array, assign, brief, counted, hinting, samples
from nn.hooks import Handle, Hooks
from nn.optim.frozen import freeze, unfreeze

Self = TypeVar("Self", bound="Module")
Sample = TypeVar("Sample", contravariant=True)
Result = TypeVar("Result", covariant=True)


MOST_PARTS: Final = 10
"""How many of its parts the repr of a module lists."""


class Forward(Protocol[Sample, Result]):
    """A module by the types of its `forward`: a call has the same types, or rows of them."""

    def forward(self, x: Sample, /) -> Result: ...


class Module:
    """The base of neurons, layers and networks, like PyTorch's.

    It finds its parameters in its attributes: every leaf Value among them is a parameter, also
    inside modules, lists, tuples, dicts and arrays of Values. Make a Value that must never be
    trained with `autograd.constant`, and freeze what must not be trained now with `freeze()`.
    Assigning an attribute labels the parameters in it with their names, so that drawings and
    errors show `layers.0.neurons.2.w.1`; a label of your own stays. Your own module defines
    `forward(x)` for one sample; calling the module with rows of numbers maps it over them.

    >>> class Scaled(Module):
    ...     def __init__(self):
    ...         self.scale = Value(2.0)
    ...     def forward(self, x):
    ...         return self.scale * x[0]
    >>> model = Scaled()
    >>> model([3.0]).data, [y.data for y in model([[3.0], [4.0]])], model.scale.label
    (6.0, [6.0, 8.0], 'scale')
    """

    training: bool = True
    preparation: Any = None
    """How raw rows become inputs, and outputs become answers, once `fit` has trained it."""
    _frozen: bool = False
    _hooks: Hooks | None = None
    _path: str = ""  # where it is in the model that it is part of: "layers.0.neurons.2"
    buffers: ClassVar[tuple[str, ...]] = ()
    """Attributes that are state but not trained: floats, or lists of them."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._name(name, value)

    def name_parts(self) -> None:
        """Label everything in this module again, as assigning does: also what a list has gained.

        `fit` does this.
        """
        for name, value in vars(self).items():
            self._name(name, value)

    def _name(self, name: str, value: Any) -> None:
        for path, x in _walk(name, value, set()):
            if isinstance(x, Module):
                object.__setattr__(x, "_path", path)
            elif not x.label or f".{path}".endswith(f".{x.label}"):
                x.label = path

    def forward(self, x: Any) -> Any:
        """The outputs for one sample."""
        raise TypeError(
            f"{type(self).__name__} has no forward(x): define it, from the inputs of one sample to "
            f"its outputs"
        )

    def forward_batch(self, X: Any) -> list[Any]:
        """The outputs for each sample of a batch."""
        return [self(x) for x in X]

    @overload
    def __call__(self: Forward[Sample, Result], x: Sample) -> Result: ...
    @overload
    def __call__(self: Forward[Sample, Result], x: Sequence[Sample]) -> list[Result]: ...
    @overload
    def __call__(self, x: Array) -> Any: ...
    def __call__(self, x: Any) -> Any:
        """The outputs for one sample, or, for rows of numbers, the list of the outputs for each."""
        x, batch = samples(x)
        return self._run_batch(x) if batch else self._run(x)

    def _run(self, x: Any) -> Any:
        """`forward(x)`, with the hooks."""
        hooks = self._hooks
        return hooks.sample(self, x) if hooks else self.forward(x)

    def _run_batch(self, X: Any) -> list[Any]:
        """`forward_batch(X)`, with the hooks for each sample."""
        hooks = self._hooks
        if not hooks or type(self).forward_batch is Module.forward_batch:
            return self.forward_batch(X)  # which calls the module for each sample
        return hooks.batch(self, X)

    def named_modules(self) -> Iterator[tuple[str, Module]]:
        """This module, named "", and every module in it, each once, with its path."""
        return ((name, x) for name, x in _walk("", self, set()) if isinstance(x, Module))

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The trainable Values with their names, each once, in the order of the attributes.

        >>> from nn import Neuron
        >>> [name for name, _ in Neuron(2).named_parameters()]
        ['w.0', 'w.1', 'b']
        """
        return ((name, x) for name, x in _walk("", self, set()) if isinstance(x, Value))

    def parameters(self) -> list[Value]:
        """The trainable Values, in a fixed order."""
        return [p for _, p in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to 0, because `backward` adds to what is there.

        >>> from nn import Neuron
        >>> neuron = Neuron(1, "identity")
        >>> neuron([2.0]).backward(); neuron.zero_grad()
        >>> [p.grad for p in neuron.parameters()]
        [0.0, 0.0]
        """
        for p in self.parameters():
            p.grad = 0.0

    def modules(self) -> Iterator[Module]:
        """This module and every module in it, each once."""
        return (module for _, module in self.named_modules())

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly in this one, with their names, each once.

        >>> from nn import MLP
        >>> [name for name, _ in MLP([2, 3, 1]).named_children()]
        ['layers.0', 'layers.1']
        """
        seen = set()
        for key, value in vars(self).items():
            for name, child in _children(key, value):
                if id(child) not in seen:
                    seen.add(id(child))
                    yield name, child

    def children(self) -> Iterator[Module]:
        """The modules directly in this one, each once."""
        return (child for _, child in self.named_children())

    def apply(self: Self, function: Callable[[Module], Any]) -> Self:
        """Call a function with every module in this one, the inner ones first; returns self.

        >>> from nn import MLP
        >>> names = []
        >>> model = MLP([1, 1]).apply(lambda module: names.append(type(module).__name__))
        >>> names
        ['Neuron', 'Layer', 'MLP']
        """
        for child in self.children():
            child.apply(function)
        function(self)
        return self

    def freeze(self: Self) -> Self:
        """Keep every optimizer, and `fit`, from moving the parameters of this module; returns self.

        They get gradients as before, and are saved; that they are frozen is not saved.

        >>> from nn import MLP, optim
        >>> model = MLP([1, 1, 1], rng=0)
        >>> hidden = model.layers[0].freeze().state_dict()
        >>> opt = optim.SGD(model.parameters(), lr=1.0)
        >>> model([1.0]).backward(); opt.step()
        >>> model.layers[0].state_dict() == hidden
        True
        """
        return self._set_frozen(True)

    def unfreeze(self: Self) -> Self:
        """Let optimizers move the parameters of this module again; returns self."""
        return self._set_frozen(False)

    def _set_frozen(self: Self, frozen: bool) -> Self:
        for module in self.modules():
            module._frozen = frozen
        change = freeze if frozen else unfreeze
        change(self.parameters())
        return self

    def register_forward_hook(self, hook: Callable[[Any, Any, Any], Any]) -> Handle:
        """Call hook(module, x, output) for every sample, after forward(x), until `remove()`.

        What the hook returns, unless it is None, replaces the output. A module with hooks is not
        compiled: `fit` trains it on scalars. A copy of the module has no hooks.

        >>> from nn import Layer
        >>> layer = Layer(1, 1, "identity", init="zeros")
        >>> with layer.register_forward_hook(lambda module, x, output: print(x, output[0].data)):
        ...     y = layer([3.0])
        [3.0] 0.0
        """
        return Handle(self._own_hooks().forward, hook)

    def register_full_backward_hook(self, hook: Callable[[Any, Any, Any], None]) -> Handle:
        """Call hook(module, grad_input, grad_output) for every sample, after each `backward()`.

        `grad_input` holds the gradients of the inputs, through this module alone, and
        `grad_output` those of the outputs, nested as these are; None for inputs that are plain
        numbers. Otherwise it is like `register_forward_hook`.

        >>> from autograd import Value
        >>> from nn import Activation
        >>> module = Activation("tanh")
        >>> handle = module.register_full_backward_hook(lambda module, *grads: print(*grads))
        >>> module([Value(0.0)])[0].backward(3.0)
        [3.0] [3.0]
        """
        return Handle(self._own_hooks().backward, hook)

    def _own_hooks(self) -> Hooks:
        before = self._hooks or Hooks()
        # Another object each time: a compiled program notices it.
        self._hooks = Hooks(before.forward, before.backward)
        return self._hooks

    def __getstate__(self) -> dict[str, Any]:
        """What a copy gets: everything but the hooks."""
        return {name: x for name, x in vars(self).items() if name not in ("_hooks", "unit_hook")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._frozen:  # inner modules have their own flag
            for x in state.values():
                freeze(_alone(x))

    if not TYPE_CHECKING:  # to a checker, any name would be an attribute

        def __getattr__(self, name: str) -> Any:
            hinting(type(self).__name__, HABITS)(name)

    def train(self: Self, mode: bool = True) -> Self:
        """Behave as in training (Dropout drops, BatchNorm uses the batch); returns self.

        So does every module inside.
        """
        for _, module in self.named_modules():
            module.training = bool(mode)
        return self

    def eval(self: Self) -> Self:
        """Behave as in evaluation: `train(False)`."""
        return self.train(False)

    def state_dict(self) -> dict[str, float]:
        """Every parameter and buffer as a number, by name.

        >>> from nn import Neuron
        >>> Neuron(1, init="zeros").state_dict()
        {'w.0': 0.0, 'b': 0.0}
        """
        numbers = [(name, p.data) for name, p in self.named_parameters()]
        numbers += [(name, owner[key]) for name, owner, key in self._buffer_places()]
        state = dict(numbers)
        if len(state) < len(numbers):
            twice = [name for i, (name, _) in enumerate(numbers) if name in dict(numbers[:i])]
            raise ValueError(
                f"two numbers of {brief(self)} have the same name, {_some(twice)}: give the keys "
                f"of dicts other names"
            )
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take all numbers of a `state_dict`, or raise ValueError or TypeError and take none."""
        if not isinstance(state, Mapping):
            raise TypeError(
                f"load_state_dict takes what state_dict() returned, numbers by name, "
                f"got {type(state).__name__}"
            )
        wanted = self.state_dict()
        missing, unknown = wanted.keys() - state, state.keys() - wanted
        problems = [f"lacks {_some(missing)}"] if missing else []
        problems += [f"has unknown entries {_some(unknown)}"] if unknown else []
        if problems:
            raise ValueError(
                f"the state does not fit {brief(self)}: it {' and '.join(problems)}. Make the "
                f"model with the sizes it was saved with"
            )
        numbers = {
            name: as_float(state[name], f"{name} of {type(self).__name__}") for name in wanted
        }
        named = dict(self.named_parameters())
        assign(named.values(), [numbers[name] for name in named])
        for name, owner, key in self._buffer_places():
            owner[key] = numbers[name]

    def _buffer_places(self) -> Iterator[tuple[str, Any, Any]]:
        """Each number of each buffer: its name, and where it is kept."""
        for path, module in self.named_modules():
            for name in module.buffers:
                value = getattr(module, name)
                place = join(path, name)
                if isinstance(value, list):
                    yield from ((join(place, str(i)), value, i) for i in range(len(value)))
                else:
                    yield place, vars(module), name

    def _title(self) -> str:
        """One line: the class, and how many parameters it has."""
        return f"{type(self).__name__}({counted(len(self.parameters()), 'parameter')})"

    def __repr__(self) -> str:
        children: list[tuple[str, Module]] = []
        for key, value in vars(self).items():
            children += _children(key, value)
        if not children:
            return self._title()
        lines = []
        for name, child in children[:MOST_PARTS]:
            lines.append(f"  ({name}): " + repr(child).replace("\n", "\n  "))
        if len(children) > MOST_PARTS:
            lines.append(f"  ... {len(children) - MOST_PARTS} more")
        return "\n".join([f"{self._title()[:-1]}:", *lines, ")"])


HABITS: Final = {
    "weight": "the weights of a Layer are its W, those of a Neuron its w",
    "bias": "the biases of a Layer are its b, and so is the bias of a Neuron",
    "in_features": "it is n_inputs",
    "out_features": "it is n_outputs",
    "requires_grad_": "freeze() and unfreeze() say whether it is trained",
    "requires_grad": "freeze() and unfreeze() say whether it is trained",
    "register_buffer": "name the attribute in the class attribute buffers, a tuple",
    "register_parameter": "assign a Value to an attribute, self.w = Value(0.0)",
    "add_module": "assign the module to an attribute, self.layer = Layer(2, 1)",
    "append": "model.layers is a list that can be appended to",
    "register_backward_hook": "it is register_full_backward_hook",
    **dict.fromkeys(
        ("to", "cuda", "cpu", "double", "float", "half"), "leave it out: every number is a float"
    ),
}
"""What PyTorch's modules have, and what to write here instead."""


def _walk(path: str, x: Any, seen: set[int]) -> Iterator[tuple[str, Module | Value]]:
    """Every module and parameter in `x`, each once, with its path."""
    if isinstance(x, Value):
        if x.op is None and id(x) not in seen:
            seen.add(id(x))
            yield path, x
        return
    parts = _parts(x)
    if parts is None or id(x) in seen:
        return
    seen.add(id(x))
    if isinstance(x, Module):
        yield path, x
    for key, part in parts:
        yield from _walk(join(path, str(key)), part, seen)


def _parts(x: Any) -> Any:
    """The pairs of name and part of a module or a container; None for anything else."""
    if isinstance(x, Module):
        return vars(x).items()
    if isinstance(x, dict):
        return x.items()
    if isinstance(x, (list, tuple)):
        return enumerate(x)
    is_array = str(getattr(x, "dtype", "")) == "object" and x.ndim
    return enumerate(x.tolist()) if is_array else None


def _alone(x: Any) -> Iterator[Value]:
    """The parameters in an attribute, without those of the modules in it."""
    if isinstance(x, Value):
        if x.op is None:
            yield x
    elif not isinstance(x, Module):
        for _, part in _parts(x) or ():
            yield from _alone(part)


def _children(path: str, x: Any) -> Iterator[tuple[str, Module]]:
    """The modules in an attribute, without the modules inside these."""
    if isinstance(x, Module):
        yield path, x
    else:
        for key, part in _parts(x) or ():
            yield from _children(join(path, str(key)), part)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _some(names: Any) -> str:
    shown = sorted(map(str, names))
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return ", ".join([repr(name)[:60] for name in shown[:3]]) + more


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """The model in evaluation mode, recording nothing; then every module is as it was."""
    before = [(module, module.training) for _, module in model.named_modules()]
    model.eval()
    try:
        with no_grad():
            yield
    finally:
        for module, training in before:
            module.training = training


def refuse_tracing(module: Module, why: str) -> None:
    """Raise TracingError if a function that calls this module in training is being compiled."""
    if is_tracing():
        where = f"{module._path}, " if module._path else ""
        raise TracingError(
            f"{where}{brief(module)}, cannot be compiled in training, because it {why}; after "
            f"model.eval() it can be"
        )
