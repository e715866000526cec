"""Weights as named numpy arrays, for numpy, `.npz` files and PyTorch. Needs numpy."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograd.checks import shown
from autograd.files import write
from nn.arguments import brief, listing
from nn.files.schema import CheckpointError, content_of
from nn.layers import Layer
from nn.matrix import frozen
from nn.module import Module, join

MAX_BYTES = 512 * 2**20
"""The most bytes that the arrays of an .npz or safetensors file may take, unpacked."""


def to_arrays(model: Module) -> dict[str, Any]:
    """Weights and buffers as numpy arrays, by name.

    Those of a Layer are `W` of shape (n_outputs, n_inputs) and `b` (n_outputs,), as in
    torch.nn.Linear.

    >>> from nn import MLP
    >>> {name: array.shape for name, array in to_arrays(MLP([2, 3, 1])).items()}
    {'layers.0.W': (3, 2), 'layers.0.b': (3,), 'layers.1.W': (1, 3), 'layers.1.b': (1,)}
    """
    state, arrays = model.state_dict(), {}
    for name, places, shape in _places(model):
        arrays[name] = frozen(_shaped([state[place] for place in places], shape))
    return arrays


def from_arrays(model: Module, arrays: Mapping[str, Any]) -> None:
    """Set weights and buffers from arrays, named as `to_arrays` names them.

    Sets all of them, or raises CheckpointError and sets none.

    >>> from nn import Layer
    >>> layer = Layer(2, 1, "identity")
    >>> from_arrays(layer, {"W": [[1, 2]], "b": [3]})
    >>> layer([1.0, 1.0])[0].data
    6.0
    """
    import numpy as np

    table = {name: (places, shape) for name, places, shape in _places(model)}
    for name in sorted(table.keys() ^ arrays.keys(), key=str):
        raise CheckpointError(
            f"the arrays {'lack' if name in table else 'include the unknown'} {shown(name)}; "
            f"{brief(model)} has {listing(table)}"
        )
    state: dict[str, float] = {}
    for name, (places, shape) in table.items():
        try:
            array = np.asarray(arrays[name])
        except ValueError as error:  # ragged rows
            raise CheckpointError(f"{name}: wanted numbers of shape {shape}: {error}") from None
        if array.dtype.kind not in "biuf" or array.shape != shape:
            raise CheckpointError(
                f"{name}: wanted numbers of shape {shape}, got {array.dtype} of shape {array.shape}"
            )
        numbers = array.astype(float).ravel().tolist()
        if not all(map(math.isfinite, numbers)):
            raise CheckpointError(f"{name}: holds nan or inf")
        state.update(zip(places, numbers))
    model.load_state_dict(state)


def save_npz(path: str | Path, model: Module) -> None:
    """Write the arrays of `to_arrays` into an `.npz` file, whole or not at all.

    Raises CheckpointError for nan and inf.
    """
    import numpy as np

    arrays = finite_arrays(model)
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    write(Path(path), buffer.getvalue())


def finite_arrays(model: Module) -> dict[str, Any]:
    """The arrays of `to_arrays`; raises CheckpointError for nan and inf."""
    import numpy as np

    arrays = to_arrays(model)
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise CheckpointError(
                f"{name} holds nan or inf: a model with such weights is broken, and is not saved"
            )
    return arrays


def load_npz(path: str | Path, model: Module) -> None:
    """Set the weights of a model from an `.npz` file.

    Raises CheckpointError, and changes nothing, for a file that does not fit.
    """
    import numpy as np

    content = content_of(Path(path), MAX_BYTES)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
                raise CheckpointError(
                    f"{Path(path).name}: unpacks to more than {MAX_BYTES} bytes, the most that "
                    f"is read"
                )
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = dict(file)
    except CheckpointError:
        raise
    except Exception as error:
        # zipfile, zlib and numpy raise a dozen different errors over a broken file.
        name, why = Path(path).name, shown(error, 200)
        raise CheckpointError(f"{name} is not an .npz file of arrays: {why}") from None
    from_arrays(model, arrays)


def _places(model: Module) -> Iterator[tuple[str, list[str], tuple[int, ...]]]:
    """Each array: its name, the names of its numbers in the state, and its shape."""
    grouped: dict[str, list[str]] = {}
    layers = {name: module for name, module in model.named_modules() if isinstance(module, Layer)}
    for name in model.state_dict():
        grouped.setdefault(_array_of(name, layers), []).append(name)
    for array, places in grouped.items():
        layer = layers.get(array.rpartition(".")[0])
        if layer is not None and array.endswith("W"):
            yield array, places, (layer.n_outputs, layer.n_inputs)
        else:
            yield array, places, () if places == [array] else (len(places),)


def _array_of(name: str, layers: Mapping[str, Layer]) -> str:
    """The name of the array that holds a number of the state."""
    owner, within, _ = f".{name}".rpartition(".neurons.")
    owner = owner.removeprefix(".")
    if within and owner in layers:
        return join(owner, "b" if name.endswith(".b") else "W")
    stem, _, last = name.rpartition(".")
    return stem if last.isdigit() else name


def _shaped(numbers: list[float], shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.array(numbers).reshape(shape)
