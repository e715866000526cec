"""Weights in safetensors files, as PyTorch, JAX and others read and write them.

Needs numpy and the library safetensors (`pip install glassgrad[safetensors]`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from autograd.checks import shown
from autograd.files import write
from nn.arguments import brief, listing
from nn.files.npz import MAX_BYTES, finite_arrays, from_arrays, to_arrays
from nn.files.schema import CheckpointError, content_of
from nn.module import Module


def to_safetensors(path: str | Path, model: Module, names: Mapping[str, str] | None = None) -> None:
    """Write weights and buffers into a safetensors file, whole or not at all.

    The tensors are those of `to_arrays`, in float64, with PyTorch's names: `weight` and `bias` for
    the `W` and `b` of a Layer. `names` gives parts of the model other names: {"layers.0": "0",
    "layers.1": "2"} are those of torch.nn.Sequential(Linear, Tanh, Linear). Raises CheckpointError
    for nan and inf, and ImportError without the library.
    Source: https://huggingface.co/docs/safetensors

    >>> import tempfile
    >>> from nn import MLP
    >>> file = Path(tempfile.mkdtemp()) / "model.safetensors"
    >>> model, other = MLP([2, 3, 1], rng=0), MLP([2, 3, 1], rng=1)
    >>> to_safetensors(file, model); from_safetensors(file, other)  # doctest: +SKIP
    >>> other([1.0, 2.0]).data == model([1.0, 2.0]).data  # doctest: +SKIP
    True
    """
    import numpy as np

    save = _library("save")
    arrays = finite_arrays(model)
    theirs = _names(arrays, names)
    tensors = {theirs[name]: np.array(array, order="C") for name, array in arrays.items()}
    # This tells readers that the names and shapes are PyTorch's.
    write(Path(path), save(tensors, metadata={"format": "pt"}))


def from_safetensors(
    path: str | Path, model: Module, names: Mapping[str, str] | None = None
) -> None:
    """Set weights and buffers from a safetensors file, all or none.

    `names` are as in `to_safetensors`. Numbers of any real type are accepted, except bfloat16 and
    float8, which numpy does not have. Raises CheckpointError, and changes nothing, for a file that
    does not fit, and ImportError without the library.
    """
    load, file = _library("load"), Path(path)
    content = content_of(file, MAX_BYTES)
    try:
        tensors = load(content)
    except Exception as error:  # the library raises its own errors over a broken file
        raise CheckpointError(
            f"{file.name} cannot be read as safetensors: {shown(error, 100)}; write bfloat16 and "
            f"float8 as float32"
        ) from None
    theirs = _names(to_arrays(model), names)
    missing = [name for name in theirs.values() if name not in tensors]
    unknown = [name for name in tensors if name not in theirs.values()]
    if missing or unknown:
        lacks, has = listing(missing)[:80] or "nothing", listing(unknown)[:80] or "nothing"
        raise CheckpointError(
            f"{file.name} does not fit {brief(model)}: it lacks {lacks} and also has {has}; map "
            f"the names with names={{'layers.0': '0'}}"
        )
    from_arrays(model, {name: tensors[theirs[name]] for name in theirs})


PYTORCHS: Final = {"W": "weight", "b": "bias"}


def _names(arrays: Mapping[str, Any], names: Mapping[str, str] | None) -> dict[str, str]:
    """What each array is called in a file."""
    parts = dict(names or {})
    for part in parts:
        if not any(name.startswith(f"{part}.") for name in arrays):
            raise CheckpointError(
                f"names has {shown(part)}, which no array of the model starts with; "
                f"they are {listing(arrays)[:120]}"
            )
    theirs = {}
    for name in arrays:
        owner, _, last = name.rpartition(".")
        fitting = [part for part in parts if f"{owner}.".startswith(f"{part}.")]
        if fitting:
            part = max(fitting, key=len)
            owner = parts[part] + owner[len(part) :]
        theirs[name] = ".".join([part for part in (owner, PYTORCHS.get(last, last)) if part])
    if len({*theirs.values()}) < len(theirs):
        raise CheckpointError(
            f"names gives two arrays the same name: {listing(theirs.values())[:120]}"
        )
    return theirs


def _library(function: str) -> Callable[..., Any]:
    try:
        from safetensors import numpy as library
    except ImportError:
        raise ImportError(
            "safetensors files need the library: pip install glassgrad[safetensors]; save and "
            "save_npz work without it"
        ) from None
    return getattr(library, function)  # type: ignore[no-any-return]
