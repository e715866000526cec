"""What the compiler is compared with: the scalar engine, one sample after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd import Value, pullback
from autograd.graph import graph_of

RELATIVE = 1e-12
TINY = 1e-300
"""Around the smallest normal float there is no relative precision: numpy's sigmoid gives 0 for
4e-309."""


def nested(x: Any) -> Any:
    """A sample as the function under test gets it: nested lists of new Values."""
    return [nested(row) for row in x] if hasattr(x, "__len__") else Value(x)


def flat(x: Any) -> Iterator[Any]:
    """The leaves of nested lists."""
    if isinstance(x, (list, tuple)):
        for row in x:
            yield from flat(row)
    else:
        yield x


def samples(*arrays: Any) -> Iterator[list[Any]]:
    """The arguments of one sample after the other, as Values."""
    for rows in zip(*(np.asarray(x, float).tolist() for x in arrays), strict=True):
        yield [nested(row) for row in rows]


def outputs(f: Callable[..., Any], *arrays: Any) -> np.ndarray:
    """What f gives for each sample."""

    def numbers(x: Any) -> Any:
        return [numbers(row) for row in x] if isinstance(x, (list, tuple)) else float(x)

    return np.array([numbers(f(*sample)) for sample in samples(*arrays)])


def gradients(
    f: Callable[..., Any], parameters: Sequence[Value], *arrays: Any
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """For each sample the output, its gradient in the parameters, and in each argument, flat."""
    outs, in_parameters, in_inputs = [], [], [[] for _ in arrays]
    for sample in samples(*arrays):
        out = f(*sample)
        grad_of = dict(zip(*pullback(out, 1.0))) if isinstance(out, Value) else {}
        outs.append(float(out))
        in_parameters.append([grad_of.get(p, 0.0) for p in parameters])
        for of_argument, x in zip(in_inputs, sample):
            of_argument.append([grad_of.get(leaf, 0.0) for leaf in flat(x)])
    return np.array(outs), np.array(in_parameters), [np.array(x) for x in in_inputs]


def close(got: Any, wanted: Any, scale: Any = 0.0) -> bool:
    """Equal to 1e-12 of the number or of `scale`, the larger; nan and infinities alike."""
    got, wanted = np.broadcast_arrays(np.asarray(got, float), np.asarray(wanted, float))
    with np.errstate(invalid="ignore"):
        near = np.abs(got - wanted) <= TINY + RELATIVE * np.maximum(np.abs(wanted), scale)
    return bool(
        np.all(
            np.where(
                np.isfinite(wanted), near, (got == wanted) | (np.isnan(got) & np.isnan(wanted))
            )
        )
    )


def rounding_scales(
    f: Callable[..., Any], parameters: Sequence[Value], *arrays: Any
) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
    """How large outputs and gradients would be without cancellation, in their shapes.

    Numpy's exp and math's differ in the last bit, and sums have another order. Such an error,
    eps·|v| in an intermediate number v, reaches a result times ∂result/∂v: so rounding is measured
    by the largest |v · ∂result/∂v|, which is the result itself unless something cancels. (For a
    gradient, v runs over the graph of the gradient.)
    """

    def scale(result: Any) -> float:
        if not isinstance(result, Value):
            return abs(float(result))
        return sum(
            abs(v.data * g) for v, g in zip(*pullback(result, 1.0)) if np.isfinite(v.data * g)
        )

    outs, in_parameters, in_inputs = [], [], [[] for _ in arrays]
    for sample in samples(*arrays):
        out = f(*sample)
        grad_of = dict(zip(*pullback(out, 1.0, graph_of)))
        outs.append(scale(out))
        in_parameters.append([scale(grad_of.get(p, 0.0)) for p in parameters])
        for of_argument, x in zip(in_inputs, sample):
            of_argument.append([scale(grad_of.get(leaf, 0.0)) for leaf in flat(x)])
    return np.array(outs), np.array(in_parameters), [np.array(x) for x in in_inputs]


def assert_agrees(
    program: Any, f: Callable[..., Any], parameters: Sequence[Value], *arrays: Any, what: str = ""
) -> None:
    """The program of a scalar f gives what the engine gives: outputs, mean, all gradients."""
    n = len(arrays[0])
    with np.errstate(all="ignore"):
        outs, in_parameters, in_inputs = gradients(f, parameters, *arrays)
        results = [
            ("outputs", program(*arrays), outs, lambda s: s[0]),
            ("mean", program.value_and_grad(*arrays)[0], outs.sum() / n, lambda s: s[0].sum() / n),
            (
                "grad",
                program.value_and_grad(*arrays)[1],
                in_parameters.sum(axis=0) / n,
                lambda s: s[1].sum(axis=0) / n,
            ),
        ]
        for k, got in enumerate(program.input_grads(*arrays)):
            assert got.shape == np.shape(arrays[k])
            results.append(
                (f"input_grads[{k}]", got.reshape(n, -1), in_inputs[k], lambda s, k=k: s[2][k])
            )
        for name, got, wanted, pick in results:
            if close(got, wanted):
                continue
            sizes = pick(
                (np.abs(outs), np.abs(in_parameters), [np.abs(x) for x in in_inputs])
            )  # samples may cancel in the mean
            if close(got, wanted, np.where(np.isfinite(sizes), sizes, 0.0)):
                continue
            where = f"at {[p.data for p in parameters]}, {arrays}\n{program.source}"
            scales = pick(rounding_scales(f, parameters, *arrays))
            assert close(got, wanted, scales), (
                f"{name} of {what or f}: compiled {got}, eager {wanted}\n{where}"
            )


def table(rows, columns, entry):
    """Rows of what entry(i, j) gives."""

    def row(i):
        return [entry(i, j) for j in range(columns)]

    return list(map(row, range(rows)))


def dotted(a, b):
    """Σ a·b, with no 0 to begin with."""
    first, *rest = [x * y for x, y in zip(a, b)]
    return sum(rest, first)
