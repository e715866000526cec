"""The Value: a number that remembers how it was made."""

from __future__ import annotations

import operator
from collections import deque
from typing import Any, ClassVar, SupportsFloat, SupportsIndex, TypeAlias, final

from autograd import anomaly, copying, detach, modes, ops
from autograd.checks import as_float, shown
from autograd.graph import graph_of, pullback
from autograd.op import CONST, Op
from autograd.record import binary, compared, constant, nodes_are, record, reflected, unary

Operand: TypeAlias = "Value | SupportsFloat | SupportsIndex"


@nodes_are
@final
class Value:
    """A number that remembers how it was made, so that gradients can flow back through it.

    - `data`: the number, a float; assign to it to move a parameter.
    - `grad`: ∂root/∂self of the backward passes so far; 0.0 before the first.
    - `label`: its name in drawings, formulas and errors.
    - `op`: the row of the table that made it; None for a leaf, `CONST` for a constant.
    - `inputs`: the Values it was made of, in order, duplicates kept.

    `+ - * / // % ** -x abs() round()` record a new Value; `< <= > >=` and `bool` look at data;
    `==` and `hash` are identity, so that Values can be keys. What is assigned to `data` or `grad`
    becomes a float. Raises TypeError for anything but a real number.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    # Two inputs, as most nodes have, are held in the node itself: a tuple for them would be one
    # more object to make, to free, and to walk for the garbage collector. `_rest` are those of ops
    # with three or more. A leaf has None for `_first`; `_grad` and `_label` stay unset until used.
    __slots__ = ("__weakref__", "_data", "_first", "_grad", "_label", "_rest", "_second", "op")

    op: Op | None
    _data: float
    _grad: Any
    _label: str
    _first: Any
    _second: Any
    _rest: tuple[Value, ...]

    # Above numpy's scalars, which then leave `np.float64(2) * value` to us; below its arrays,
    # which then broadcast `array * value` over their elements.
    __array_priority__: ClassVar[float] = -1.0

    def __init__(self, data: SupportsFloat | SupportsIndex, label: str = "") -> None:
        self._data = as_float(data)
        self.op = self._first = None
        if label != "":
            self.label = label

    @property
    def data(self) -> float:
        return self._data

    @data.setter
    def data(self, x: SupportsFloat | SupportsIndex) -> None:
        self._data = as_float(x, "Value.data")

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
        if arity == 1:
            return (self._first,)
        if arity == 2:
            return self._first, self._second
        return self._first, self._second, *self._rest

    def _connect(self, inputs: tuple[Value, ...]) -> None:
        """Make these the inputs."""
        self._first = inputs[0] if inputs else None
        if len(inputs) > 1:
            self._second = inputs[1]
        if len(inputs) > 2:
            self._rest = inputs[2:]

    @staticmethod
    def __op__(op: Op, inputs: tuple[Any, ...]) -> Value:
        """What an op does when a Value is among its inputs (see `Op.__call__`)."""
        return record(op, inputs)

    @binary(ops.add)
    def __add__(self, other: Operand) -> Value: ...
    @reflected(ops.add)
    def __radd__(self, other: Operand) -> Value: ...
    @binary(ops.sub)
    def __sub__(self, other: Operand) -> Value: ...
    @reflected(ops.sub)
    def __rsub__(self, other: Operand) -> Value: ...
    @binary(ops.mul)
    def __mul__(self, other: Operand) -> Value: ...
    @reflected(ops.mul)
    def __rmul__(self, other: Operand) -> Value: ...
    @binary(ops.div)
    def __truediv__(self, other: Operand) -> Value: ...
    @reflected(ops.div)
    def __rtruediv__(self, other: Operand) -> Value: ...
    @binary(ops.pow)
    def __pow__(self, other: Operand) -> Value: ...
    @reflected(ops.pow)
    def __rpow__(self, other: Operand) -> Value: ...
    @unary(ops.neg)
    def __neg__(self) -> Value: ...
    @unary(ops.abs)
    def __abs__(self) -> Value: ...

    def __pos__(self) -> Value:
        return self

    # Under the names by which numpy calls them on the elements of an object array.

    @unary(ops.exp)
    def exp(self) -> Value: ...
    @unary(ops.expm1)
    def expm1(self) -> Value: ...
    @unary(ops.log)
    def log(self) -> Value: ...
    @unary(ops.log1p)
    def log1p(self) -> Value: ...
    @unary(ops.sqrt)
    def sqrt(self) -> Value: ...
    @unary(ops.sin)
    def sin(self) -> Value: ...
    @unary(ops.cos)
    def cos(self) -> Value: ...
    @unary(ops.tan)
    def tan(self) -> Value: ...
    @unary(ops.asin)
    def arcsin(self) -> Value: ...
    @unary(ops.acos)
    def arccos(self) -> Value: ...
    @unary(ops.atan)
    def arctan(self) -> Value: ...
    @unary(ops.sinh)
    def sinh(self) -> Value: ...
    @unary(ops.cosh)
    def cosh(self) -> Value: ...
    @unary(ops.tanh)
    def tanh(self) -> Value: ...
    @binary(ops.atan2)
    def arctan2(self, other: Operand) -> Value: ...
    @binary(ops.hypot)
    def hypot(self, other: Operand) -> Value: ...

    # And those that micrograd and PyTorch have.

    @unary(ops.relu)
    def relu(self) -> Value: ...
    @unary(ops.sigmoid)
    def sigmoid(self) -> Value: ...

    @compared(operator.lt, ops.greater)
    def __lt__(self, other: Operand) -> bool: ...
    @compared(operator.le, ops.greater)
    def __le__(self, other: Operand) -> bool: ...
    @compared(operator.gt, ops.greater)
    def __gt__(self, other: Operand) -> bool: ...
    @compared(operator.ge, ops.greater)
    def __ge__(self, other: Operand) -> bool: ...

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        number = float(self._data)
        detach.watch(self)
        return number

    def __int__(self) -> int:
        return int(float(self))

    def item(self) -> float:
        """The number, as `float(self)` gives it (PyTorch's and numpy's name for it)."""
        return float(self)

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.name}" if self.op else ""
        grad = f", grad={self.grad!r}" if self.grad else ""
        return f"Value({self._data!r}{label}{op}{grad})"

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Put ∂self/∂node · seed into `.grad` of every node that self depends on.

        Leaves accumulate over calls, as in PyTorch; interior nodes hold the latest pass alone.
        With `create_graph`, gradients are Values, made of the nodes they depend on, so that they
        can be differentiated again. Slopes are those of the data as it is now: if leaf data
        changed after recording, call `recompute(self)` first. The gradients are written after the
        whole pass has succeeded, all at once: an error, even Ctrl-C, leaves none half-written.
        Raises ValueError on a constant, and AnomalyError inside `detect_anomaly`.

        >>> a = Value(2.0)
        >>> (a * a).backward(); (3 * a).backward()
        >>> a.grad
        7.0
        >>> (a * a * a).backward(create_graph=True)
        """
        if self.op is CONST:
            raise ValueError(
                f"backward() from {self!r}, a constant: nothing was recorded. It was computed "
                f"inside no_grad(), or from plain numbers; compute it from Values outside of it"
            )
        start = as_float(seed, "backward(seed)")
        if create_graph:
            with modes.recording():
                nodes, grads = pullback(self, start, graph_of)
                grads = [g if isinstance(g, Value) else constant(g) for g in grads]
                numbers = [g._data for g in grads]
        else:
            nodes, grads = pullback(self, start)
            numbers = grads
        if modes.is_strict():
            anomaly.check_backward(nodes, numbers)
        for i in reversed(range(len(nodes))):
            if nodes[i]._first is not None:
                break  # leaves come last
            grads[i] += nodes[i].grad
        # One call into C, with no Python step between two writes at which Ctrl-C could break in.
        deque(map(_write_grad, nodes, grads), maxlen=0)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copying.deepcopy(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return copying.reduce(self)

    def _repr_latex_(self) -> str:
        from autograd import formula

        return formula.display(self)


_write_grad = Value._grad.__set__
