"""Hooks: your functions, called when a module runs, and when gradients pass through it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary, ref

from autograd import TracingError, Value, identity
from autograd.unknown import is_tracing
from autograd.value import listeners
from nn.arguments import brief

if TYPE_CHECKING:
    from nn.module import Module

Hook = Callable[..., Any]


class Handle:
    """What registering a hook returns: `remove()`, or the end of a `with`, removes the hook."""

    def __init__(self, hooks: dict[Handle, Hook], hook: Hook) -> None:
        if not callable(hook):
            raise TypeError(f"a hook must be a function, got {brief(hook)}")
        self._hooks = hooks
        hooks[self] = hook

    def remove(self) -> None:
        """Remove the hook; a second call does nothing."""
        self._hooks.pop(self, None)

    def __enter__(self) -> Handle:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.remove()


@dataclass
class Hooks:
    """The hooks of one module, in the order in which they were registered."""

    forward: dict[Handle, Hook] = field(default_factory=dict)
    backward: dict[Handle, Hook] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.forward or self.backward)

    def sample(self, module: Module, x: Any) -> Any:
        """The outputs for one sample, with the hooks."""
        x = self.before(module, x)
        return self.after(module, x, module.forward(x))

    def batch(self, module: Module, X: Sequence[Any]) -> list[Any]:
        """The outputs for each sample of a batch, with the hooks for each."""
        X = [self.before(module, x) for x in X]
        return [self.after(module, x, out) for x, out in zip(X, module.forward_batch(X))]

    def before(self, module: Module, x: Any) -> Any:
        """The inputs, as this module's own nodes where their gradients are wanted."""
        if is_tracing():
            raise TracingError(
                f"{brief(module)} has hooks, which must be called for each sample, but a "
                f"compiled function runs once: remove() them first"
            )
        return _mapped(_own, x) if self.backward else x

    def after(self, module: Module, x: Any, out: Any) -> Any:
        """The outputs, or what a hook returns in place of them."""
        for hook in [*self.forward.values()]:
            replaced = hook(module, x, out)
            out = out if replaced is None else replaced
        outputs = [y for y in _flat(out) if isinstance(y, Value) and y.inputs]
        if self.backward and outputs:
            passed = _Pass(ref(module), _mapped(_weak, x), _mapped(_weak, out))
            _passes.setdefault(outputs[0], []).append(passed)
        return out


@dataclass
class _Pass:
    """A module at work on one sample. It keeps nothing alive, neither nodes nor hooks."""

    module: ref[Module]
    inputs: Any
    outputs: Any

    def report(self, grad_of: dict[Value, Any]) -> None:
        """Call the hooks with the gradients of the inputs and of the outputs."""
        module = self.module()
        nodes = [node() for node in _flat(self.outputs) if node is not None]
        if module is None or module._hooks is None:
            return
        if not any(node in grad_of for node in nodes if node is not None):
            return

        def grad(weak: Any) -> Any:
            return None if weak is None else grad_of.get(weak(), 0.0)

        grads = _mapped(grad, self.inputs), _mapped(grad, self.outputs)
        for hook in [*module._hooks.backward.values()]:
            if hook(module, *grads) is not None:
                raise TypeError(
                    f"a backward hook of {brief(module)} returned something: it sees gradients, "
                    f"and cannot replace them; return None"
                )


_passes: Final[WeakKeyDictionary[Value, list[_Pass]]] = WeakKeyDictionary()
"""Passes by their first output, as long as it lives."""


def _listen(nodes: list[Value], grads: list[Any]) -> None:
    """After a backward pass: report it to the modules on its way, the one that ran last first."""
    if not _passes:
        return
    grad_of = dict(zip(nodes, grads))
    for passed in reversed([*_passes.values()]):
        for one in reversed(passed):
            one.report(grad_of)


listeners.append(_listen)


def _own(x: Any) -> Any:
    return identity(x) if isinstance(x, Value) else x


def _weak(x: Any) -> Any:
    return ref(x) if isinstance(x, Value) else None


def _mapped(function: Callable[[Any], Any], x: Any) -> Any:
    """The function applied to each part, nested as the parts are."""
    if isinstance(x, (list, tuple)):
        return [_mapped(function, part) for part in x]
    return function(x)


def _flat(x: Any) -> list[Any]:
    """The parts in one list."""
    if not isinstance(x, (list, tuple)):
        return [x]
    return [part for parts in x for part in _flat(parts)]
