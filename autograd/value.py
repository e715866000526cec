"""The Value: a number that remembers how it was made."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, SupportsFloat, SupportsIndex, final

from autograd import anomaly, copying, modes, operators, record
from autograd.checks import as_float, shown
from autograd.graph import data_of, graph_of, pullback, topological_order
from autograd.op import CONST, Op


@final
class Value(operators.Operators, copying.Copied):
    """A number that remembers how it was made, so that gradients can flow back through it.

    - `data`: the number, a float; assign to it to move a parameter.
    - `grad`: ∂root/∂self from the backward passes so far; 0.0 before the first.
    - `label`: its name in drawings, formulas and errors.
    - `op`: the row of the table that made it; None for a leaf, `CONST` for a constant.
    - `inputs`: the Values it was made from, in order, duplicates kept.

    `+ - * / // % ** -x abs() round()` record a new Value; `< <= > >=` and `bool` look at data;
    `==` and `hash` go by identity, so that Values can be keys. Assigning to `data` or `grad`
    converts to float, and raises TypeError for anything but a real number.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    # Two inputs, the usual case, are held in the node itself: a tuple would be one more object to
    # make, to free, and for the garbage collector to walk. With three or more inputs, `_second`
    # is the tuple of all but the first. A leaf has None for `_first`; `_grad` and `_label` stay
    # unset until used.
    __slots__ = ("__weakref__", "_data", "_first", "_grad", "_label", "_second", "op")

    op: Op | None
    _grad: Any
    _first: Any
    _second: Any

    # Higher than numpy's scalars, so that they leave `np.float64(2) * value` to us; lower than its
    # arrays, so that they broadcast `array * value` over their elements.
    __array_priority__: ClassVar[float] = -1.0

    def __init__(self, data: SupportsFloat | SupportsIndex, label: str = "") -> None:
        self._data = as_float(data)
        self.op = self._first = None
        if label != "":
            self.label = label

    @property
    def data(self) -> float:
        return record.number_of(self) if record.active else self._data

    @data.setter
    def data(self, x: SupportsFloat | SupportsIndex) -> None:
        self._data = as_float(x, "Value.data")
        written[0] = object()

    @property
    def grad(self) -> float:  # a Value after backward(create_graph=True)
        try:
            return self._grad  # type: ignore[no-any-return]
        except AttributeError:
            return 0.0

    @grad.setter
    def grad(self, x: SupportsFloat | SupportsIndex) -> None:
        if x is None:
            raise TypeError("Value.grad takes a real number, got None: to clear it, assign 0.0")
        self._grad = x if isinstance(x, Value) else as_float(x, "Value.grad")

    @property
    def label(self) -> str:
        try:
            return self._label
        except AttributeError:
            return ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            got = f"{type(label).__name__} {shown(label)}"
            raise TypeError(f"a Value's label must be a str, got {got}")
        self._label = label

    @property
    def inputs(self) -> tuple[Value, ...]:
        if self._first is None:
            return ()
        arity = self.op.arity  # type: ignore[union-attr]
        if arity == 2:
            return self._first, self._second
        return (self._first,) if arity == 1 else (self._first, *self._second)

    def _connect(self, inputs: tuple[Value, ...]) -> None:
        """Set the inputs."""
        self._first = inputs[0] if inputs else None
        self._second = inputs[1] if len(inputs) == 2 else inputs[1:]

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.name}" if self.op else ""
        number = getattr(self.grad, "data", self.grad)  # grad is a Value after create_graph
        grad = f", grad={number!r}" if number else ""
        return f"Value({self.data!r}{label}{op}{grad})"

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Put ∂self/∂node · seed into `.grad` of every node that self depends on.

        Leaves accumulate across calls, as in PyTorch; interior nodes hold only the latest pass.
        With `create_graph`, gradients are Values, built from the nodes they depend on, so that
        they can be differentiated again. Slopes are taken at the current data: if leaf data has
        changed since recording, call `recompute(self)` first. The gradients are written all at
        once, after the whole pass has succeeded: an error, even Ctrl-C, leaves none half-written.
        Raises ValueError for a constant, and AnomalyError inside `detect_anomaly`.

        >>> a = Value(2.0)
        >>> (a * a).backward(); (3 * a).backward()
        >>> a.grad
        7.0
        """
        if self.op is CONST:
            raise ValueError(
                f"backward() from {self!r}, a constant: nothing was recorded. It was computed "
                f"inside no_grad(), or from plain numbers; compute it from Values, outside of "
                f"no_grad()"
            )
        start = as_float(seed, "backward(seed)")
        if create_graph:
            with modes.recording():
                self._backward(start, graph_of)
        else:
            self._backward(start, data_of)

    def _backward(self, seed: float, read: Callable[[Value], Any]) -> None:
        nodes, grads = pullback(self, seed, read)
        if read is graph_of:
            reached = set(nodes)
            missed = [x for x in topological_order(self) if x not in reached and x.op is not CONST]
            nodes, grads = nodes + missed, grads + [0.0] * len(missed)
            grads = [g if isinstance(g, Value) else record.constant(g) for g in grads]
        if modes.is_strict():
            anomaly.check_backward(nodes, [getattr(g, "data", g) for g in grads])
        for i in reversed(range(len(nodes))):
            if nodes[i]._first is not None:
                break  # leaves come last
            so_far = nodes[i].grad
            if so_far != 0.0 or read is data_of:  # a graph shows no sum with 0
                grads[i] += so_far
        # One call into C, with no Python step between two writes at which Ctrl-C could break in.
        deque(map(_write_grad, nodes, grads), maxlen=0)
        for listener in listeners:
            listener(nodes, grads)

    def _repr_latex_(self) -> str:
        from autograd import formula

        return formula.display(self)


_write_grad = Value._grad.__set__  # type: ignore[misc]
_write_data = Value._data.__set__  # type: ignore[attr-defined, misc]

listeners: Final[list[Callable[[list[Value], list[Any]], None]]] = []
"""Called after each backward pass, with its nodes, root first, and the gradients it wrote."""

written: Final = [object()]
"""Holds a new object after each assignment of a number. Code that caches numbers of Values reads it
first: the cache is valid as long as the object is the same. An object, because no two are equal."""


def put(values: Iterable[Value], numbers: Iterable[Any]) -> None:
    """Set the data of many Values in one call into C: Ctrl-C finds either all or none changed."""
    deque(map(_write_data, values, numbers), maxlen=0)
    written[0] = object()


def put_grads(values: Iterable[Value], numbers: Iterable[Any]) -> None:
    """Set the gradients of many Values, as `put` sets their data."""
    deque(map(_write_grad, values, numbers), maxlen=0)


record.Value = operators.Value = Value  # type: ignore  # both make nodes, and Value needs both
