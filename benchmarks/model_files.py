"""What happens with damaged files: model files of each format, and CSV files.

    python -m benchmarks.model_files [count] [json npz safetensors csv]

By default there are 100,000 of each, damaged by `tests/nn/mutations.py`. A model file must give a
model that `save` would write again, or a CheckpointError that leaves the model it was loaded into
untouched; a CSV file must give a dataset, or one of our ValueErrors. Anything else ends the run,
with the file in the message. safetensors needs the library of that name.
"""

from __future__ import annotations

import platform
import random
import runpy
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nn import (
    BatchNorm,
    CheckpointError,
    Dropout,
    Layer,
    Module,
    Sequential,
    data,
    fit,
    load,
    optim,
    save,
)
from nn.files.npz import load_npz, save_npz
from nn.files.tensors import from_safetensors, to_safetensors

ROOT = Path(__file__).resolve().parents[1]

TABLE = """width,height,kind
1.5,2,yes
2.5,,no
-3e2,4,yes
0.5,1,maybe
"""


def network(seed: int) -> Sequential:
    rng = random.Random(seed)
    last = Layer(2, 2, "identity", rng=rng)
    return Sequential(Layer(2, 2, "tanh", rng=rng), BatchNorm(2), Dropout(0.5, rng=rng), last)


def write_json(file: Path) -> None:
    """A small model, with its optimizer and its history."""
    model = network(0)
    opt = optim.Adam(model.parameters())
    settings: dict[str, Any] = {"epochs": 1, "batch_size": 10, "validation": 0.2, "rng": 0}
    history = fit(model, data.moons(20, rng=0), optimizer=opt, progress=False, **settings)
    save(file, model, opt, history)


def of_json(file: Path, target: Module) -> str:
    """Loaded, as a new model and into one that exists, or refused."""
    before = target.state_dict()
    try:
        checkpoint = load(file)
    except CheckpointError:
        try:
            load(file, into=target)
        except CheckpointError:
            assert target.state_dict() == before, "a refused file changed the model"
            return "refused"
        raise AssertionError("refused as a new model, but loaded into one") from None
    save(file, checkpoint.model, checkpoint.optimizer, checkpoint.history)
    back = load(file)
    assert back.model.state_dict() == checkpoint.model.state_dict(), "another model came back"
    assert back.history == checkpoint.history, "another history came back"
    return "loaded"


def of_weights(
    load_into: Callable[[Path, Module], None],
    write: Callable[[Path, Module], None],
    file: Path,
    target: Module,
) -> str:
    """Loaded into a model, which can be written again, or refused."""
    before = target.state_dict()
    try:
        load_into(file, target)
    except CheckpointError as error:
        assert target.state_dict() == before, "a refused file changed the model"
        return refused(error)
    write(file, target)
    target.load_state_dict(before)
    return "loaded"


def refused(error: Exception) -> str:
    """AssertionError for a message without end."""
    if len(str(error)) > 600:
        raise AssertionError("a message as long as the file")
    return "refused"


def of_csv(file: Path, target: Module) -> str:
    """Read as a dataset, or refused by a message that is not Python's own."""
    try:
        samples = data.read_csv(file, target="kind")
    except ValueError as error:
        if type(error) is not ValueError:  # one of Python's own
            raise
        return refused(error)
    assert len(samples.X) == len(samples.y) > 0, "rows and targets differ"
    return "loaded"


FORMATS: dict[str, tuple[Callable[[Path], object], Callable[[Path, Module], str]]] = {
    "json": (write_json, of_json),
    "npz": (lambda file: save_npz(file, network(0)), partial(of_weights, load_npz, save_npz)),
    "safetensors": (
        lambda file: to_safetensors(file, network(0)),
        partial(of_weights, from_safetensors, to_safetensors),
    ),
    "csv": (lambda file: file.write_text(TABLE), of_csv),
}
"""For each format a function that writes a file, and one that loads it."""


def main() -> None:
    warnings.simplefilter("ignore")
    counts = [word for word in sys.argv[1:] if word.isdigit()]
    names = [word for word in sys.argv[1:] if not word.isdigit()]
    for name in names or FORMATS:
        if name == "safetensors" and not find_spec(name):
            print("safetensors is not installed: pip install glassgrad[safetensors]")
            continue
        damage(name, int(counts[0]) if counts else 100_000)


def damage(name: str, count: int) -> None:
    """Load this many damaged files of a format."""
    ways = runpy.run_path(str(ROOT / "tests" / "nn" / "mutations.py"))["WAYS"][name]
    write, outcome = FORMATS[name]
    target, rng = network(1), random.Random(0)
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"file.{name}"
        write(file)
        content = file.read_bytes()
        start = time.perf_counter()
        for i in range(count):
            way = list(ways)[i % len(ways)]
            damaged = ways[way](content, rng)
            file.write_bytes(damaged)
            try:
                found[way, outcome(file, target)] += 1
            except BaseException as error:
                message = f"{name} file {i}, damaged in its {way}: {type(error).__name__}: {error}"
                raise SystemExit(f"{message}\n{damaged!r}") from error
    seconds = time.perf_counter() - start
    print(f"Python {platform.python_version()}, a {name} file of {len(content)} bytes,", end=" ")
    print(f"{count} damaged ones, {seconds:.0f} s")
    print("damaged in    refused   loaded")
    for way in ways:
        print(f"{way:9}  {found[way, 'refused']:10} {found[way, 'loaded']:8}")
    print("and nothing else happened", flush=True)


if __name__ == "__main__":
    main()
