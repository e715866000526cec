"""The Module: whatever has parameters, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, Final, Protocol, TypeVar, overload

from autograd import TracingError, Value, no_grad
from autograd.checks import as_float
from autograd.unknown import is_tracing
from nn.arguments import Array, assign, brief, samples

Self = TypeVar("Self", bound="Module")
Sample = TypeVar("Sample", contravariant=True)
Result = TypeVar("Result", covariant=True)


MOST_PARTS: Final = 10
"""How many of its modules the repr of a module names."""


class Forward(Protocol[Sample, Result]):
    """A module by the types of its `forward`: a call takes and gives the same, or rows of it."""

    def forward(self, x: Sample, /) -> Result: ...


class Module:
    """The base of neurons, layers and networks, as PyTorch's: it finds its parameters in its attributes.

    Every leaf Value among the attributes is a parameter, in modules, lists, tuples, dicts and arrays of Values too; what
    must not be trained is made with `autograd.constant`. Assigning an attribute labels the parameters in it with their names,
    so that drawings and errors show `layers.0.neurons.2.w.1`; a label of your own stays. A module of yours defines `forward(x)`
    for one sample; calling the module with rows of numbers maps it over them.

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
    _path: str = ""  # where it is in the model that it is part of: "layers.0.neurons.2"
    buffers: ClassVar[tuple[str, ...]] = ()
    """Attributes that are state but not trained: floats, or lists of them."""

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        self._name(name, value)

    def name_parts(self) -> None:
        """Label everything in this module anew, as assigning does: for what was appended to a list since. `fit` does it."""
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
        raise TypeError(f"{type(self).__name__} has no forward(x): define it, from the inputs of one sample to its outputs")

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
        return self.forward_batch(x) if batch else self.forward(x)

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

    def train(self: Self, mode: bool = True) -> Self:
        """Behave as in training (Dropout drops, BatchNorm uses the batch), here and in every module within; returns self."""
        for _, module in self.named_modules():
            module.training = bool(mode)
        return self

    def eval(self: Self) -> Self:
        """Behave as in use: `train(False)`."""
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
            raise ValueError(f"two numbers of {brief(self)} have the same name, {_some(twice)}: give the keys of dicts other names")
        return state

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the numbers of a `state_dict`: all of them, or, with a ValueError or TypeError, none."""
        if not isinstance(state, Mapping):
            raise TypeError(f"load_state_dict takes what state_dict() returned, numbers by name, got {type(state).__name__}")
        wanted = self.state_dict()
        problems = [
            f"{what} {_some(names)}"
            for what, names in (("lacks", wanted.keys() - state), ("has the unknown", state.keys() - wanted))
            if names
        ]
        if problems:
            raise ValueError(
                f"the state does not fit {brief(self)}: it {' and '.join(problems)}. Make the model with the sizes it was saved with"
            )
        numbers = {name: as_float(state[name], f"{name} of {type(self).__name__}") for name in wanted}
        named = dict(self.named_parameters())
        assign(named.values(), [numbers[name] for name in named])
        for name, owner, key in self._buffer_places():
            owner[key] = numbers[name]

    def _buffer_places(self) -> Iterator[tuple[str, Any, Any]]:
        """Each number of each buffer: its name, and where it is kept."""
        for path, module in self.named_modules():
            for name in module.buffers:
                value = getattr(module, name)
                if isinstance(value, list):
                    yield from ((join(join(path, name), str(i)), value, i) for i in range(len(value)))
                else:
                    yield join(path, name), vars(module), name

    def _title(self) -> str:
        """One line: the class, and how many parameters it has."""
        count = len(self.parameters())
        return f"{type(self).__name__}({count} parameter{'s' * (count != 1)})"

    def __repr__(self) -> str:
        children = [(name, x) for key, value in vars(self).items() for name, x in _children(key, value)]
        if not children:
            return self._title()
        lines = [f"  ({name}): " + repr(child).replace("\n", "\n  ") for name, child in children[:MOST_PARTS]]
        if len(children) > MOST_PARTS:
            lines.append(f"  ... {len(children) - MOST_PARTS} more")
        return "\n".join([f"{self._title()[:-1]}:", *lines, ")"])


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
    return enumerate(x.tolist()) if str(getattr(x, "dtype", "")) == "object" and x.ndim else None


def _children(path: str, x: Any) -> Iterator[tuple[str, Module]]:
    """The modules in an attribute, without those in them."""
    if isinstance(x, Module):
        yield path, x
    else:
        for key, part in _parts(x) or ():
            yield from _children(join(path, str(key)), part)


def join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _some(names: Any) -> str:
    shown = sorted(map(str, names))
    return ", ".join(map(repr, shown[:3])) + (f" and {len(shown) - 3} more" if len(shown) > 3 else "")


@contextmanager
def evaluating(model: Module) -> Iterator[None]:
    """The model in evaluation mode, and nothing recorded; afterwards every module is in the mode in which it was."""
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
        raise TracingError(f"{where}{brief(module)}, cannot be compiled in training, because it {why}; after model.eval() it can be")
