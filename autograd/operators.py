"""The operators of Value: which row of the table each Python operator and numpy name stands for.

A method is declared with its type, for readers, editors and type checkers alike, and the decorator
above it supplies the body. There is a closure for each op, because a body shared by all of them
would have to look the op up at every call.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, SupportsFloat, SupportsIndex, TypeAlias, TypeVar, cast

from autograd import detach, ops
from autograd.checks import as_float
from autograd.op import CONST, Op
from autograd.record import active, constant, number_of, record, through_layers

if TYPE_CHECKING:
    from autograd.value import Value

Operand: TypeAlias = "Value | SupportsFloat | SupportsIndex"
Method = TypeVar("Method", bound=Callable[..., Any])

_new = object.__new__
_LARGE: Final = 2**512


def other_operand(x: Any, op: Op) -> Any:
    """Any operand but a Value, as a node; NotImplemented if its class may handle the op itself.

    A numpy array does: it applies the op to each of its elements.
    """
    out = _new(Value)
    if x.__class__ is float:
        out._data = x
    elif x.__class__ is int and -_LARGE < x < _LARGE:
        out._data = float(x)
    else:
        try:
            out._data = as_float(x, f"{op.name} (Value {op.glyph} ...)")
        except TypeError:
            if type(x).__module__ == "builtins":
                raise
            return NotImplemented
    out.op = CONST
    out._first = None
    return out


# Each body has `record.plain` inlined: a third of the time of a training step is spent here.


def unary(op: Op) -> Callable[[Method], Method]:
    forward = op.forward

    def method(self: Value) -> Value:
        if active:
            return through_layers(op, (self,))
        out = _new(Value)
        out._data = forward(self._data)
        out.op = op
        out._first = self
        return out

    return _body(method, op)


def binary(op: Op) -> Callable[[Method], Method]:
    forward = op.forward

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            other = other_operand(other, op)
            if other is NotImplemented:
                return other
        if active:
            return through_layers(op, (self, other))
        out = _new(Value)
        out._data = forward(self._data, other._data)
        out.op = op
        out._first = self
        out._second = other
        return out

    return _body(method, op)


def reflected(op: Op) -> Callable[[Method], Method]:
    forward = op.forward

    def method(self: Value, other: Any) -> Any:
        other = other_operand(other, op)
        if other is NotImplemented:
            return other
        if active:
            return through_layers(op, (other, self))
        out = _new(Value)
        out._data = forward(other._data, self._data)
        out.op = op
        out._first = other
        out._second = self
        return out

    return _body(method, op)


def compared(compare: Callable[[float, float], bool], op: Op) -> Callable[[Method], Method]:
    def method(self: Value, other: Any) -> Any:
        if other.__class__ is not Value:
            other = other_operand(other, op)
        if other is NotImplemented:
            return other
        if active:
            return compare(number_of(self), number_of(other))
        return compare(self._data, other._data)

    return _body(method, None)


def _body(method: Callable[..., Any], op: Op | None) -> Callable[[Method], Method]:
    def in_place_of(declared: Method) -> Method:
        method.__name__ = op.name if op else declared.__name__
        method.__qualname__ = f"Value.{declared.__name__}"
        method.__doc__ = op.__doc__ if op else "Compares the data."
        method.__annotations__ = declared.__annotations__
        return cast(Method, method)

    return in_place_of


class Operators:
    """The operators and methods of Value; each op among them records a node."""

    __slots__ = ()

    _data: float

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

    @binary(ops.mod)
    def __mod__(self, other: Operand) -> Value: ...
    @reflected(ops.mod)
    def __rmod__(self, other: Operand) -> Value: ...
    @binary(ops.floordiv)
    def __floordiv__(self, other: Operand) -> Value: ...
    @reflected(ops.floordiv)
    def __rfloordiv__(self, other: Operand) -> Value: ...
    @unary(ops.floor)
    def __floor__(self) -> Value: ...
    @unary(ops.ceil)
    def __ceil__(self) -> Value: ...
    @unary(ops.trunc)
    def __trunc__(self) -> Value: ...

    def __pos__(self) -> Value:
        return cast("Value", self)

    def __divmod__(self, other: Operand) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Operand) -> tuple[Value, Value]:
        quotient = self.__rfloordiv__(other)
        return quotient if quotient is NotImplemented else (quotient, self.__rmod__(other))

    def __round__(self, ndigits: int | None = None) -> Value:
        if ndigits is None:
            return ops.round(cast("Value", self))
        # Python's own rounding, to the last bit. Its slope is 0 everywhere, like a constant's.
        return constant(round(number_of(cast("Value", self)), ndigits))

    # Ops under the names that numpy calls on the elements of an object array.

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
    @unary(ops.exp2)
    def exp2(self) -> Value: ...
    @unary(ops.log2)
    def log2(self) -> Value: ...
    @unary(ops.log10)
    def log10(self) -> Value: ...
    @unary(ops.cbrt)
    def cbrt(self) -> Value: ...
    @unary(ops.asinh)
    def arcsinh(self) -> Value: ...
    @unary(ops.acosh)
    def arccosh(self) -> Value: ...
    @unary(ops.atanh)
    def arctanh(self) -> Value: ...
    @unary(ops.round)
    def rint(self) -> Value: ...
    @binary(ops.atan2)
    def arctan2(self, other: Operand) -> Value: ...
    @binary(ops.hypot)
    def hypot(self, other: Operand) -> Value: ...

    def conjugate(self) -> Value:
        """The Value itself, since it is real: numpy's var and std call this."""
        return cast("Value", self)

    # Ops that are methods in micrograd and PyTorch too.

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

    # Methods that read the number, and leave the graph.

    def __bool__(self) -> bool:
        return bool(number_of(cast("Value", self)))

    def __float__(self) -> float:
        number = float(number_of(cast("Value", self)))
        detach.watch(cast("Value", self))
        return number

    def __int__(self) -> int:
        number = int(number_of(cast("Value", self)))
        detach.watch(cast("Value", self))
        return number

    def item(self) -> float:
        """The number, as `float(self)` gives it (PyTorch's and numpy's name for it)."""
        number: float = number_of(cast("Value", self))
        detach.watch(cast("Value", self))
        return number

    def __format__(self, spec: str) -> str:
        return format(number_of(cast("Value", self)), spec) if spec else str(self)
