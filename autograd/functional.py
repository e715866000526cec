"""Derivatives of functions, with JAX's call signatures.

| function | gives, for f: ℝⁿ → ℝᵐ and J its Jacobian |
| --- | --- |
| `grad`, `value_and_grad` | the gradient of a scalar, in the shape of the argument |
| `vjp` | f(x), and the function u ↦ uᵀJ: a backward pass |
| `jvp` | f(x) and J·v: how f changes along v |
| `jacrev`, `jacfwd` | J, row by row by `vjp`, or column by column by `jvp` |
| `jacobian`, `hessian` | J and H as lists of rows, over all numbers in the arguments |
| `hvp` | H·v, without H |

Each runs the function on fresh Values and calls the one `pullback`. Called with Values, they return
Values, so they can be nested to any order: `grad(grad(f))`.

Arguments may be numbers; lists, tuples, dicts and numpy arrays of numbers, nested as you like; and
modules, whose gradients come as a dict keyed by parameter name. Arguments that are not
differentiated, including those by keyword, are passed to f as they are.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from autograd import anomaly, modes
from autograd.checks import shown, unboxed
from autograd.graph import data_of, graph_of, pullback
from autograd.lift import alike, lift
from autograd.record import constant
from autograd.trees import Rebuild, flatten, numbers_in, with_values
from autograd.value import Value

Function: TypeAlias = Callable[..., Any]


def value_and_grad(
    f: Function,
    argnums: int | Sequence[int] = 0,
    has_aux: bool = False,
) -> Function:
    """The function xs ↦ (f(*xs), ∂f/∂xs[argnums]); a sequence of argnums gives a tuple.

    `f` returns a scalar or, with `has_aux`, a pair of a scalar and anything else; the value is then
    that pair. Raises TypeError if f returns anything else, and ValueError for argnums out of range.

    >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(2.0, 5.0)
    (10.0, (5.0, 2.0))
    >>> value_and_grad(lambda p: p["w"] * p["x"][0])({"w": 2.0, "x": [5.0]})
    (10.0, {'w': 5.0, 'x': [2.0]})
    """
    name = _name_of(f, "value_and_grad")
    numbers = _argnums(argnums)

    @functools.wraps(f, updated=())
    def value_and_gradient(*xs: Any, **options: Any) -> Any:
        places = _places(numbers, xs, name)
        with modes.recording() as inner:
            lifted = lift(xs, places, inner, options)
            returned = lifted.run(f, options)
            out, aux = _split(returned, name) if has_aux else (returned, None)
            out = _scalar(out, name, "grad")
            grads = lifted.in_shape(_gradient(out, lifted.variables, lifted.nested))
        value = _as_mode(out) if lifted.nested else out.data
        if has_aux:
            value = value, (aux if lifted.nested else numbers_in(aux))
        return value, _as_mode(grads if isinstance(argnums, Iterable) else grads[0])

    return value_and_gradient


def grad(f: Function, argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Function:
    """The function xs ↦ ∂f/∂xs[argnums], or with `has_aux` the pair of that and aux.

    See `value_and_grad`.

    >>> grad(lambda x: x**3)(2.0), grad(grad(lambda x: x**3))(2.0)
    (12.0, 12.0)
    >>> grad(lambda w, x: w[0] * x + w[1])([3.0, 1.0], 2.0)
    [2.0, 1.0]
    """
    _name_of(f, "grad")
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f, updated=())
    def gradient(*xs: Any, **options: Any) -> Any:
        value, grads = both(*xs, **options)
        return (grads, value[1]) if has_aux else grads

    return gradient


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """f(*primals), and the function u ↦ uᵀJ, which returns a tuple: a gradient for each primal.

    `f` may return a structure of numbers; u has its shape. The graph is recorded once, and each
    call is one backward pass over it. Raises ValueError if u has a different number of entries.

    >>> out, pull = vjp(lambda x, y: [x * y, x + y], 2.0, 5.0)
    >>> out, pull([1.0, 0.0]), pull([0.0, 1.0])
    ([10.0, 7.0], (5.0, 2.0), (1.0, 1.0))
    """
    name = _name_of(f, "vjp")
    with modes.recording() as inner:
        lifted = lift(primals, range(len(primals)), inner)
        outs, rebuild = _outputs(lifted.run(f), name)

    def pull(cotangents: Any) -> Any:
        seeds = alike(cotangents, len(outs), "cotangent", f"an output of {name}")
        with modes.recording() as inner:
            nested = lifted.nested or inner or any(isinstance(u, Value) for u in seeds)
            root = _weighted_sum(outs, seeds)
            return _as_mode(lifted.in_shape(_gradient(root, lifted.variables, nested)))

    return _in_mode(rebuild(outs), lifted.nested), pull


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """f(*primals) and J·tangents, both in the shape of what f returns.

    J·v is the derivative of uᵀJ·v in u: a backward pass over a backward pass, so forward mode
    needs no chain rule of its own. Source: Townsend, "A new trick for calculating Jacobian vector
    products" (2017). Raises ValueError if the numbers of primals and tangents differ.

    >>> jvp(lambda x, y: [x * y, x + y], (2.0, 5.0), (1.0, 0.0))
    ([10.0, 7.0], [5.0, 1.0])
    """
    name = _name_of(f, "jvp")
    _expect_pairs(primals, tangents, "jvp")
    with modes.recording() as inner:
        lifted = lift(primals, range(len(primals)), inner)
        steps = lifted.tangents(tangents, "jvp")
        nested = lifted.nested or any(isinstance(v, Value) for v in steps)
        outs, rebuild = _outputs(lifted.run(f), name)
        weights = [Value(1.0) for _ in outs]
        rows = _gradient(_weighted_sum(outs, weights), lifted.variables, True)
        changes = _gradient(_weighted_sum(rows, steps), weights, nested)
    return _in_mode(rebuild(outs), nested), _as_mode(rebuild(changes))


def jacrev(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function xs ↦ J: f's output, with the shape of the argument in place of each number.

    Takes one backward pass for each number that f returns: best for few outputs and many inputs.

    >>> jacrev(lambda x: [x[0] * x[1], x[0] + x[1]])([2.0, 5.0])
    [[5.0, 2.0], [1.0, 1.0]]
    """
    return _jacobian(f, argnums, _by_rows)


def jacfwd(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """Like `jacrev`, with a forward pass for each number in the arguments: best for few inputs.

    >>> jacfwd(lambda x: [x, x * x, x * x * x])(2.0)
    [1.0, 4.0, 12.0]
    """
    return _jacobian(f, argnums, _by_columns)


def _jacobian(f: Function, argnums: int | Sequence[int], by: Function) -> Function:
    name = _name_of(f, "a Jacobian")
    numbers = _argnums(argnums)

    @functools.wraps(f, updated=())
    def jacobian_at(*xs: Any, **options: Any) -> Any:
        with modes.recording() as inner:
            lifted = lift(xs, _places(numbers, xs, name), inner, options)
            outs, rebuild = _outputs(lifted.run(f, options), name)
            rows = by(outs, lifted.variables, lifted.nested)
        shaped = [lifted.in_shape(row) for row in rows]
        whole = [_as_mode(rebuild(list(column))) for column in zip(*shaped)]
        return tuple(whole) if isinstance(argnums, Iterable) else whole[0]

    return jacobian_at


def _by_rows(outs: list[Value], variables: list[Value], nested: bool) -> list[list[Any]]:
    return [_gradient(out, variables, nested) for out in outs]


def _by_columns(outs: list[Value], variables: list[Value], nested: bool) -> list[list[Any]]:
    """The same rows, each column of which is the derivative of (uᵀJ)ⱼ in u (see `jvp`)."""
    weights = [Value(1.0) for _ in outs]
    weighted = _gradient(_weighted_sum(outs, weights), variables, True)
    columns = [_gradient(entry, weights, nested) for entry in weighted]
    return [list(row) for row in zip(*columns)]


def jacobian(f: Function) -> Function:
    """The function xs ↦ J with J[i][j] = ∂f(*xs)[i]/∂xs[j], a list of rows.

    i runs over all numbers in the output (one row if f returns a scalar), j over all numbers in
    all arguments.

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 5.0)
    [[5.0, 2.0], [1.0, 1.0]]
    """
    name = _name_of(f, "jacobian")

    @functools.wraps(f, updated=())
    def jacobian_at(*xs: Any, **options: Any) -> list[list[Any]]:
        with modes.recording() as inner:
            lifted = lift(xs, range(len(xs)), inner, options)
            outs, _ = _outputs(lifted.run(f, options), name)
            rows = _by_rows(outs, lifted.variables, lifted.nested)
        return [_as_mode(row) for row in rows]

    return jacobian_at


def hessian(f: Function) -> Function:
    """The function xs ↦ H with H[i][j] = ∂²f/∂xs[i]∂xs[j], over all numbers in all arguments.

    >>> hessian(lambda x, y: x * x * y)(2.0, 5.0)
    [[10.0, 4.0], [4.0, 0.0]]
    >>> hessian(lambda x: x[0] * x[1])([2.0, 5.0])
    [[0.0, 1.0], [1.0, 0.0]]
    """
    name = _name_of(f, "hessian")

    @functools.wraps(f, updated=())
    def hessian_at(*xs: Any, **options: Any) -> list[list[Any]]:
        with modes.recording() as inner:
            lifted = lift(xs, range(len(xs)), inner, options)
            out = _scalar(lifted.run(f, options), name, "hessian")
            slopes = _gradient(out, lifted.variables, True)
            rows = _by_rows(slopes, lifted.variables, lifted.nested)
        return [_as_mode(row) for row in rows]

    return hessian_at


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, ...]:
    """The product H(primals) · tangents of the Hessian and a vector, without the Hessian.

    ∇(∇f · tangents): two passes, whatever the number of arguments. Source: Pearlmutter, "Fast exact
    multiplication by the Hessian", Neural Computation 6 (1994). Raises ValueError if the numbers of
    primals and tangents differ.

    >>> hvp(lambda x, y: x * x * y, (2.0, 5.0), (1.0, 0.0))
    (10.0, 4.0)
    """
    name = _name_of(f, "hvp")
    _expect_pairs(primals, tangents, "hvp")
    with modes.recording() as inner:
        lifted = lift(primals, range(len(primals)), inner)
        out = _scalar(lifted.run(f), name, "hvp")
        slopes = _gradient(out, lifted.variables, True)
        steps = lifted.tangents(tangents, "hvp")
        nested = lifted.nested or any(isinstance(v, Value) for v in steps)
        product = _gradient(_weighted_sum(slopes, steps), lifted.variables, nested)
    return tuple(_as_mode(lifted.in_shape(product)))


def _gradient(out: Value, variables: list[Value], nested: bool) -> list[Any]:
    """∂out/∂variable for each: Values if `nested`, else floats."""
    nodes, found = pullback(out, 1.0, graph_of if nested else data_of)
    if modes.is_strict():
        anomaly.check_backward(nodes, [getattr(g, "data", g) for g in found])
    grad_of = dict(zip(nodes, found))
    grads = [grad_of.get(x, 0.0) for x in variables]
    if not nested:
        return grads
    return [g if isinstance(g, Value) else constant(g) for g in grads]


def _weighted_sum(values: Sequence[Value], weights: Sequence[Any]) -> Value:
    """Σ weight · value, whose gradient is uᵀJ; a value whose weight is 0 is left out."""
    total = constant(0.0)
    for value, weight in zip(values, weights):
        if isinstance(weight, Value) or weight != 0.0:
            total = total + value * weight
    return total


def _outputs(returned: Any, name: str) -> tuple[list[Value], Rebuild]:
    """The Values in what f returned, and the function that rebuilds its structure."""
    try:
        leaves, rebuild = flatten(returned, name)
    except TypeError:
        got = type(returned).__name__
        raise TypeError(
            f"{name} must return numbers or Values, nested as you like; got {got}"
        ) from None
    return [x if isinstance(x, Value) else constant(x) for x in leaves], rebuild


def _scalar(out: Any, name: str, taker: str) -> Value:
    out = unboxed(out)
    if isinstance(out, Value):
        return out
    try:
        return constant(out)
    except TypeError:
        remedy = "for several outputs use jacobian; for a scalar and something else, has_aux=True"
        got = type(out).__name__
        wanted = "not a Value or a number"
        raise TypeError(
            f"{taker} needs a scalar: {name} returned {got}, {wanted} ({remedy})"
        ) from None


def _split(returned: Any, name: str) -> tuple[Any, Any]:
    if not isinstance(returned, (tuple, list)) or len(returned) != 2:
        got = type(returned).__name__
        raise TypeError(f"with has_aux=True, {name} must return a pair (loss, aux), got {got}")
    return returned[0], returned[1]


def _expect_pairs(primals: Any, tangents: Any, taker: str) -> None:
    if not (isinstance(primals, (list, tuple)) and isinstance(tangents, (list, tuple))):
        kinds = f"{type(primals).__name__} and {type(tangents).__name__}"
        call = f"{taker}(f, (x,), (v,))"
        raise TypeError(
            f"{taker} takes sequences of primals and tangents, as in {call}, got {kinds}"
        )
    if len(primals) != len(tangents):
        counts = f"{len(primals)} primals and {len(tangents)} tangents"
        raise ValueError(f"{taker} needs a tangent for each primal, got {counts}")


def _argnums(argnums: Any) -> list[int]:
    """The numbers of the arguments to differentiate; TypeError for anything but ints."""
    given = list(argnums) if isinstance(argnums, (list, tuple, range)) else [argnums]
    try:
        return [operator.index(i) for i in given]
    except TypeError:
        remedy = "count arguments from 0, and give several as a tuple, as in argnums=(0, 2)"
        raise TypeError(
            f"argnums must be an int or a tuple of ints, got {shown(argnums)}: {remedy}"
        ) from None


def _places(numbers: Sequence[int], xs: Sequence[Any], name: str) -> list[int]:
    """The same, counted from the front; raises ValueError if there is no such argument."""
    for i in numbers:
        if not -len(xs) <= i < len(xs):
            got = f"{name} was called with {len(xs)} arguments"
            by_keyword = " by position; one given by keyword is not differentiated" * (not xs)
            raise ValueError(f"argnums {i} is out of range: {got}{by_keyword}")
    places = [i % len(xs) for i in numbers]
    if len(set(places)) < len(places):
        raise ValueError(f"argnums {shown(tuple(numbers))} names an argument twice: name each once")
    return places


def _name_of(f: Any, taker: str) -> str:
    if not callable(f):
        got = f"{type(f).__name__} {shown(f)}"
        raise TypeError(f"{taker} takes a function, as in {taker}(lambda x: x * x), got {got}")
    return getattr(f, "__name__", None) or shown(f)


def _in_mode(tree: Any, nested: bool) -> Any:
    """What the caller gets: numbers, or Values if the derivative is a graph."""
    return _as_mode(tree) if nested else numbers_in(tree)


def _as_mode(tree: Any) -> Any:
    """The result as the thread's mode requires it: under `no_grad`, Values are constants."""
    return tree if modes.records() else with_values(tree, lambda x: constant(x.data))
