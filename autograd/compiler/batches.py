"""Batches: the arguments of a program as arrays with the samples first, worked on in pieces."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.checks import shown
from autograd.compiler.functions import Function
from autograd.compiler.tracing import Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOAT = np.dtype(float)


def checked(t: Trace, arrays: Sequence[Any]) -> list[NDArray[Any]]:
    """The arguments of a traced function as arrays of floats; TypeError or ValueError for a wrong number of them, or wrong shapes."""
    if len(arrays) != len(t.inputs):
        noun = "argument" if len(t.inputs) == 1 else "arguments"
        raise TypeError(
            f"{t.title} was compiled for {len(t.inputs)} {noun} ({', '.join(t.arguments)}), got {len(arrays)}"
        )
    found: list[NDArray[Any]] = []
    for name, shape, given in zip(t.arguments, t.shapes, arrays):
        x = numbers(given, name, t.title)
        found.append(x)
        n = len(found[0]) if found[0].ndim else 0
        if x.shape != (n, *shape):
            wanted = ", ".join(map(str, ("samples" if x is found[0] else n, *shape))) + "," * (
                not shape
            )
            raise ValueError(
                f"{name} of {t.title} must have shape ({wanted}), the samples first, got {x.shape}"
            )
    if not len(found[0]):
        raise ValueError(f"{t.title} needs at least one sample, got none")
    return found


def numbers(given: Any, name: str, title: str) -> NDArray[Any]:
    """An argument as an array of floats."""
    if (
        type(given) is np.ndarray and given.dtype is FLOAT
    ):  # as at every step of training: the questions below cost more than a layer
        return given
    try:
        x = np.asarray(given)
        if x.dtype.kind not in "fiubO":
            raise TypeError(f"its dtype is {x.dtype}")
        if x.dtype.kind == "O" and None in x.ravel().tolist():
            raise TypeError("it holds None")
        if isinstance(given, np.ma.MaskedArray):
            raise TypeError("it is masked; fill its gaps, as in x.filled(0.0)")
        return x.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{name} of {title} must be an array of real numbers, got {given!r:.60}: {error}"
        ) from None


def parts(
    arrays: Sequence[NDArray[Any]], chunk: int | None, function: Function
) -> Iterable[Sequence[NDArray[Any]]]:
    """So many samples at a time, in pieces of about the same size; by default as many as the function can hold in the cache."""
    if chunk is None:
        chunk = function.chunk
    elif isinstance(chunk, bool) or not isinstance(chunk, Integral) or chunk < 1:
        raise ValueError(
            f"chunk must be a positive int, the most samples to work on at once, got {shown(chunk)}"
        )
    n = len(arrays[0])
    if n <= chunk:
        return [arrays]
    size = math.ceil(n / math.ceil(n / chunk))
    return ([x[start : start + size] for x in arrays] for start in range(0, n, size))
