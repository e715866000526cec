"""Batches: the arguments of a program as arrays with the samples first, worked on in pieces.

Takes what the user passes, such as `[1, 2]` for an argument that is one number, and returns arrays
of floats, `array([1., 2.])`; 1,000 samples with `chunk=400` become pieces of 334, 334 and 332.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.checks import as_float, shown
from autograd.compiler.functions import Function
from autograd.compiler.tracing import Trace
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray

FLOAT = np.dtype(float)


def checked(t: Trace, arrays: Sequence[Any]) -> list[NDArray[Any]]:
    """The arguments of a traced function as arrays of floats.

    Raises TypeError or ValueError for the wrong number of arguments, or wrong shapes.
    """
    if len(arrays) != len(t.inputs):
        noun = "argument" if len(t.inputs) == 1 else "arguments"
        raise TypeError(
            f"{t.title} was compiled for {len(t.inputs)} {noun} ({', '.join(t.arguments)}), got "
            f"{len(arrays)}"
        )
    found: list[NDArray[Any]] = []
    for name, shape, given in zip(t.arguments, t.shapes, arrays):
        x = numbers(given, name, t.title)
        found.append(x)
        n = len(found[0]) if found[0].ndim else 0
        if x.shape != (n, *shape):
            sizes = ("samples" if x is found[0] else n, *shape)
            wanted = ", ".join(map(str, sizes)) + ("" if shape else ",")
            raise ValueError(
                f"{name} of {t.title} must have shape ({wanted}), the samples first, got {x.shape}"
            )
    if not len(found[0]):
        raise ValueError(f"{t.title} needs at least one sample, got none")
    return found


def numbers(given: Any, name: str, title: str) -> NDArray[Any]:
    """An argument as an array of floats."""
    if type(given) is np.ndarray and given.dtype is FLOAT:
        return given  # as at every training step: the checks below cost more than a layer
    try:
        x = np.asarray(given)
        if x.dtype.kind not in "fiubO":
            raise TypeError(f"its dtype is {x.dtype}")
        if x.dtype.kind == "O":
            for entry in x.ravel().tolist():
                if isinstance(entry, (str, bytes, Value)):
                    raise TypeError(f"it holds {shown(entry)}")
                as_float(entry, "an entry")
        if isinstance(given, np.ma.MaskedArray):
            raise TypeError("it is a masked array; fill its gaps, as in x.filled(0.0)")
        return x.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{name} of {title} must be an array of real numbers, got {given!r:.60}: {error}"
        ) from None


def parts(
    arrays: Sequence[NDArray[Any]], chunk: int | None, function: Function
) -> Iterable[Sequence[NDArray[Any]]]:
    """Pieces of about the same size, with at most `chunk` samples each.

    By default that is as many as the function can hold in the cache.
    """
    if chunk is None:
        chunk = function.chunk
    elif isinstance(chunk, bool) or not isinstance(chunk, Integral) or chunk < 1:
        raise ValueError(
            f"chunk, the most samples to work on at once, must be a positive int, "
            f"got {shown(chunk)}"
        )
    n = len(arrays[0])
    if n <= chunk:
        return [arrays]
    size = math.ceil(n / math.ceil(n / chunk))
    return (_piece(arrays, start, start + size) for start in range(0, n, size))


def _piece(arrays: Sequence[NDArray[Any]], start: int, stop: int) -> list[NDArray[Any]]:
    return [x[start:stop] for x in arrays]
