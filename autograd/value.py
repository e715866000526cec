"""The Value: a number that remembers how it was made."""

from __future__ import annotations

import operator
from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, cast, final

from autograd import anomaly, copying, modes, ops
from autograd.errors import TracingError
from autograd.graph import pullback
from autograd.numbers import UNKNOWN, as_float
from autograd.op import CONST, Op

Operand: TypeAlias = "Value | SupportsFloat | SupportsIndex"
Method = TypeVar("Method", bound=Callable[..., Any])

_new = object.__new__


def _node(data: float, op: Op | None, inputs: tuple[Value, ...]) -> Value:
    """A node, made without the checks that `Value(data)` owes a caller."""
    out = _new(Value)
    out.data = data
    out.grad = 0.0
    out.label = ""
    out.op = op
    out.inputs = inputs
    return out


def constant(x: Any, subject: str = "Value") -> Value:
    """The number `x` as a node of a graph: no gradient flows into it."""
    return _node(as_float(x, subject), CONST, ())


def record(op: Op, inputs: tuple[Any, ...]) -> Value:
    """Apply an op, and remember it: out.data = forward(inputs), out.op, out.inputs."""
    nodes = tuple([x if x.__class__ is Value else constant(x, f"{op.name}()") for x in inputs])
    return _record_in_modes(op, nodes) if modes.contexts else _node(op.forward(*[x.data for x in nodes]), op, nodes)


def _record_in_modes(op: Op, nodes: tuple[Value, ...]) -> Value:
    numbers = [x.data for x in nodes]
    if modes.current.tracing and any(x is UNKNOWN for x in numbers):
        if modes.current.no_grad:
            raise TracingError(f"{op.name} inside no_grad() cannot be compiled: its result would be a constant, but there is one a sample")
        return _node(UNKNOWN, op, nodes)
    out = _node(op.forward(*numbers), op, nodes)
    if modes.current.anomaly:
        anomaly.check_forward(out)
    if modes.current.no_grad:
        out.op, out.inputs = CONST, ()
    return out


def _other(x: Any, op: Op) -> Any:
    """The other operand, no Value yet, as a node; NotImplemented if its class may know better (numpy's arrays do)."""
    if x.__class__ is not float:
        try:
            x = as_float(x, f"{op.name} (Value {op.glyph} ...)")
        except TypeError:
            if type(x).__module__ == "builtins":
                raise
            return NotImplemented
    return _node(x, CONST, ())


# The methods of Value are declared in the class, each with its type below the row that it records,
# for readers, editors and type checkers alike. The functions here make the bodies: a closure for
# each op, because a body shared by all of them would have to look the op up at every call.


def _unary(op: Op) -> Callable[[Method], Method]:
    def method(self: Value) -> Value:
        return record(op, (self,))

    return _body(method, op)


def _binary(op: Op) -> Callable[[Method], Method]:
    # `record` and `_node` written out: half the time of a neural network is spent in this function.
    forward = op.forward

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            other = _other(other, op)
            if other is NotImplemented:
                return other
        if modes.contexts:
            return _record_in_modes(op, (self, other))
        out = _new(Value)
        out.data = forward(self.data, other.data)
        out.grad = 0.0
        out.label = ""
        out.op = op
        out.inputs = (self, other)
        return out

    return _body(method, op)


def _reflected(op: Op) -> Callable[[Method], Method]:
    def method(self: Value, other: Operand) -> Value:
        other = _other(other, op)
        return other if other is NotImplemented else record(op, (other, self))

    return _body(method, op)


def _comparison(compare: Callable[[float, float], bool]) -> Callable[[Method], Method]:
    def method(self: Value, other: Operand) -> bool:
        if other.__class__ is not Value:
            other = _other(other, ops.greater)
        return other if other is NotImplemented else compare(self.data, other.data)  # type: ignore

    return _body(method, None)


def _body(method: Callable[..., Any], op: Op | None) -> Callable[[Method], Method]:
    """A decorator: `method` in the place of its declaration, under the name of its op."""

    def in_place_of(declared: Method) -> Method:
        method.__name__ = op.name if op else declared.__name__
        method.__qualname__ = declared.__qualname__
        method.__doc__ = op.__doc__ if op else "Compares the data."
        method.__annotations__ = declared.__annotations__
        return cast(Method, method)

    return in_place_of


@final
class Value:
    """A number that remembers how it was made, so that gradients can flow back through it.

    - `data`: the number (float); assign to it to move a parameter.
    - `grad`: ∂root/∂self of the backward passes so far; 0.0 before the first.
    - `label`: its name in drawings, formulas and errors.
    - `op`: the row of the table that made it; None for a leaf, `CONST` for a constant.
    - `inputs`: the Values it was made of, in order, duplicates kept.

    `+ - * / ** -x abs()` record a new Value; `< <= > >=`, `bool` and `float` look at data;
    `==` and `hash` are identity, so that Values can be keys. Raises TypeError for anything but a real number.

    >>> x = Value(3.0, "x")
    >>> y = x * x + 1
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 6.0)
    """

    __slots__ = ("__weakref__", "data", "grad", "inputs", "label", "op")

    data: float
    grad: float
    label: str
    op: Op | None
    inputs: tuple[Value, ...]

    # Above numpy's scalars, which then leave `np.float64(2) * value` to us; below its arrays,
    # which then spread `array * value` over their elements.
    __array_priority__: ClassVar[float] = -1.0

    def __init__(self, data: SupportsFloat | SupportsIndex, label: str = "") -> None:
        if not isinstance(label, str):
            raise TypeError(f"a Value's label must be a str, got {type(label).__name__} {label!r}")
        self.data = as_float(data)
        self.grad = 0.0
        self.label = label
        self.op = None
        self.inputs = ()

    @staticmethod
    def __op__(op: Op, inputs: tuple[Any, ...]) -> Value:
        """What an op does when a Value is among its inputs (see `Op.__call__`)."""
        return record(op, inputs)

    @_binary(ops.add)
    def __add__(self, other: Operand) -> Value: ...
    @_reflected(ops.add)
    def __radd__(self, other: Operand) -> Value: ...
    @_binary(ops.sub)
    def __sub__(self, other: Operand) -> Value: ...
    @_reflected(ops.sub)
    def __rsub__(self, other: Operand) -> Value: ...
    @_binary(ops.mul)
    def __mul__(self, other: Operand) -> Value: ...
    @_reflected(ops.mul)
    def __rmul__(self, other: Operand) -> Value: ...
    @_binary(ops.div)
    def __truediv__(self, other: Operand) -> Value: ...
    @_reflected(ops.div)
    def __rtruediv__(self, other: Operand) -> Value: ...
    @_binary(ops.pow)
    def __pow__(self, other: Operand) -> Value: ...
    @_reflected(ops.pow)
    def __rpow__(self, other: Operand) -> Value: ...
    @_unary(ops.neg)
    def __neg__(self) -> Value: ...
    @_unary(ops.abs)
    def __abs__(self) -> Value: ...

    # Under the names by which numpy calls them on the elements of an object array.

    @_unary(ops.exp)
    def exp(self) -> Value: ...
    @_unary(ops.expm1)
    def expm1(self) -> Value: ...
    @_unary(ops.log)
    def log(self) -> Value: ...
    @_unary(ops.log1p)
    def log1p(self) -> Value: ...
    @_unary(ops.sqrt)
    def sqrt(self) -> Value: ...
    @_unary(ops.sin)
    def sin(self) -> Value: ...
    @_unary(ops.cos)
    def cos(self) -> Value: ...
    @_unary(ops.tan)
    def tan(self) -> Value: ...
    @_unary(ops.asin)
    def arcsin(self) -> Value: ...
    @_unary(ops.acos)
    def arccos(self) -> Value: ...
    @_unary(ops.atan)
    def arctan(self) -> Value: ...
    @_unary(ops.sinh)
    def sinh(self) -> Value: ...
    @_unary(ops.cosh)
    def cosh(self) -> Value: ...
    @_unary(ops.tanh)
    def tanh(self) -> Value: ...
    @_binary(ops.atan2)
    def arctan2(self, other: Operand) -> Value: ...
    @_binary(ops.hypot)
    def hypot(self, other: Operand) -> Value: ...

    # And those that micrograd and PyTorch have.

    @_unary(ops.relu)
    def relu(self) -> Value: ...
    @_unary(ops.sigmoid)
    def sigmoid(self) -> Value: ...

    @_comparison(operator.lt)
    def __lt__(self, other: Operand) -> bool: ...
    @_comparison(operator.le)
    def __le__(self, other: Operand) -> bool: ...
    @_comparison(operator.gt)
    def __gt__(self, other: Operand) -> bool: ...
    @_comparison(operator.ge)
    def __ge__(self, other: Operand) -> bool: ...

    def __float__(self) -> float:
        return float(self.data)

    def __bool__(self) -> bool:
        return bool(self.data)

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else str(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        op = f", op={self.op.name}" if self.op else ""
        grad = f", grad={self.grad!r}" if self.grad else ""
        return f"Value({self.data!r}{label}{op}{grad})"

    def backward(self, seed: float = 1.0) -> None:
        """Put ∂self/∂node · seed into `.grad` of every node that self depends on.

        Leaves accumulate over calls, as in PyTorch; interior nodes hold the latest pass alone. Slopes are those of the data
        as it is now: if leaf data changed after recording, call `recompute(self)` first. The gradients
        are written after the whole pass has succeeded, all at once: an error, even Ctrl-C, leaves none half-written.
        Raises ValueError on a constant, and AnomalyError inside `detect_anomaly`.

        >>> a = Value(2.0)
        >>> (a * a).backward(); (3 * a).backward()
        >>> a.grad
        7.0
        """
        if self.op is CONST:
            raise ValueError(
                f"backward() from {self!r}, a constant: nothing was recorded. "
                f"It was computed inside no_grad(), or from plain numbers; compute it from Values outside of it"
            )
        nodes, grads = pullback(self, as_float(seed, "backward(seed)"))
        if modes.contexts and modes.current.anomaly:
            anomaly.check_backward(nodes, grads)
        for i, node in enumerate(nodes):
            if not node.inputs:
                grads[i] += node.grad
        # One call into C, with no Python step between two writes at which Ctrl-C could break in.
        deque(map(_write_grad, nodes, grads), maxlen=0)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        return copying.deepcopy(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        return copying.reduce(self)

    def _repr_latex_(self) -> str:
        from autograd import formula

        return formula.display(self)


_write_grad = Value.grad.__set__  # type: ignore[attr-defined, misc]
