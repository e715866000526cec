"""Derivatives of functions, in JAX's call shapes: grad, value_and_grad, jacobian, hessian, hvp.

Each runs the function on fresh Values and reads the one pullback. Called with Values, they stay in the
world of Values, so they can be nested to any order: `grad(grad(f))`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from autograd import modes, ops
from autograd.graph import data_of, graph_of, pullback
from autograd.value import Value, constant

Function: TypeAlias = Callable[..., Any]


def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function xs ↦ (f(*xs), ∂f/∂xs[argnums]); a sequence of argnums gives a tuple of derivatives.

    `f` takes scalars and returns one. Raises TypeError if it returns anything else, ValueError for argnums out of range.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    """

    several = isinstance(argnums, Iterable)

    def value_and_gradient(*xs: Any) -> Any:
        wanted = list(argnums) if several else [operator.index(argnums)]  # type: ignore[arg-type]
        for i in wanted:
            if not -len(xs) <= i < len(xs):
                raise ValueError(f"argnums {i} is out of range: {_name(f)} was called with {len(xs)} arguments")
        with modes.recording() as inner:
            args, nested = _fresh(xs, inner)
            out = _scalar(f(*args), f, "grad")
            every = _gradient(out, args, nested)
        grads = tuple([every[i] for i in wanted])
        return _as_mode(out if nested else out.data), _as_mode(grads if several else grads[0])

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function xs ↦ ∂f/∂xs[argnums] (see `value_and_grad`).

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    """
    both = value_and_grad(f, argnums)
    return lambda *xs: both(*xs)[1]


def jacobian(f: Function) -> Function:
    """The function xs ↦ J with J[i][j] = ∂f(*xs)[i]/∂xs[j], a list of rows (one row if f returns a scalar).

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 5.0)
    [[5.0, 2.0], [1.0, 1.0]]
    """

    def jacobian_at(*xs: Any) -> list[list[Any]]:
        with modes.recording() as inner:
            args, nested = _fresh(xs, inner)
            outs = f(*args)
            rows = list(outs) if hasattr(outs, "__iter__") else [outs]
            matrix = [_gradient(_scalar(out, f, "an output of jacobian"), args, nested) for out in rows]
        return [_as_mode(row) for row in matrix]

    return jacobian_at


def hessian(f: Function) -> Function:
    """The function xs ↦ H with H[i][j] = ∂²f/∂xs[i]∂xs[j], a list of rows, over all its scalar arguments.

    >>> hessian(lambda x, y: x * x * y)(2.0, 5.0)
    [[10.0, 4.0], [4.0, 0.0]]
    """

    def hessian_at(*xs: Any) -> list[list[Any]]:
        with modes.recording() as inner:
            args, nested = _fresh(xs, inner)
            out = _scalar(f(*args), f, "hessian")
            matrix = [_gradient(g, args, nested) for g in _gradient(out, args, True)]
        return [_as_mode(row) for row in matrix]

    return hessian_at


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product H(primals) · tangents of the Hessian and a vector, without the Hessian: ∇(∇f · tangents).

    Two passes, whatever the number of arguments. Source: Pearlmutter, Neural Computation 6 (1994).
    Raises ValueError if the lengths differ.

    >>> hvp(lambda x, y: x * x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 4.0)
    """
    if not (isinstance(primals, Iterable) and isinstance(tangents, Iterable)):
        raise TypeError(f"hvp takes sequences of primals and tangents, as in hvp(f, (x,), (v,)), got {primals!r} and {tangents!r}")
    if len(primals) != len(tangents):
        raise ValueError(f"hvp needs a tangent for each primal, got {len(primals)} primals and {len(tangents)} tangents")
    with modes.recording() as inner:
        args, nested = _fresh(primals, inner)
        out = _scalar(f(*args), f, "hvp")
        along: Any = constant(0.0)
        for g, tangent in zip(_gradient(out, args, True), tangents):
            along = along + g * tangent
        product = _gradient(along, args, nested)
    return tuple(_as_mode(product))


def _fresh(xs: Sequence[Any], inner: bool) -> tuple[list[Value], bool]:
    """A new node for each argument, and whether the derivative must be a graph itself.

    It must if it was called with Values, or from a function that is being differentiated (`inner`), whose
    variables `f` may use although they are not among its arguments.

    A Value gets a node of its own through `identity`: the outer graph stays connected, and `f` sees an
    argument that nothing else depends on, even if it uses the outer Value as well.
    """
    nested = inner or any(isinstance(x, Value) for x in xs)
    return [ops.identity(x) if isinstance(x, Value) else Value(x) for x in xs], nested


def _gradient(out: Value, args: list[Value], nested: bool) -> list[Any]:
    """∂out/∂arg for each arg: Values if `nested`, else floats."""
    grad_of = dict(zip(*pullback(out, 1.0, graph_of if nested else data_of)))
    grads = [grad_of.get(x, 0.0) for x in args]
    return [g if isinstance(g, Value) else constant(g) for g in grads] if nested else grads


def _as_mode(result: Any) -> Any:
    """The result as the thread's mode wants it: under `no_grad`, Values are constants."""
    if isinstance(result, Value):
        return constant(result.data) if modes.current.no_grad else result
    return type(result)(map(_as_mode, result)) if isinstance(result, (list, tuple)) else result


def _scalar(out: Any, f: Function, taker: str) -> Value:
    if isinstance(out, Value):
        return out
    try:
        return constant(out)
    except TypeError:
        raise TypeError(
            f"{taker} needs a scalar: {_name(f)} returned {type(out).__name__}, not a Value or a number (for several outputs use jacobian)"
        ) from None


def _name(f: Function) -> str:
    return getattr(f, "__name__", None) or repr(f)
