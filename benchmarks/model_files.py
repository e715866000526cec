"""What becomes of damaged model files: 100,000 of them, by `tests/nn/mutations.py`, of a small model with its optimizer and its history.

    python -m benchmarks.model_files [count]

Each is loaded twice, as a new model and into one that exists, and must give a model that `save` would write again, or a CheckpointError
that leaves the other model untouched. Anything else ends the run, with the file in the message.
"""

from __future__ import annotations

import platform
import random
import runpy
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

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

ROOT = Path(__file__).resolve().parents[1]


def network(seed: int) -> Sequential:
    rng = random.Random(seed)
    return Sequential(Layer(2, 2, "tanh", rng=rng), BatchNorm(2), Dropout(0.5, rng=rng), Layer(2, 2, "identity", rng=rng))


def outcome(file: Path, target: Module) -> str:
    """What loading did; AssertionError if it is neither a model nor a refusal that changed nothing."""
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
    assert back.model.state_dict() == checkpoint.model.state_dict() and back.history == checkpoint.history
    return "loaded"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ways = runpy.run_path(str(ROOT / "tests" / "nn" / "mutations.py"))["WAYS"]
    model, target, rng = network(0), network(1), random.Random(0)
    opt = optim.Adam(model.parameters())
    history = fit(model, data.moons(20, rng=0), optimizer=opt, epochs=1, batch_size=10, validation=0.2, rng=0, progress=False)
    found: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "model.json"
        save(file, model, opt, history)
        content = file.read_bytes()
        start = time.perf_counter()
        for i in range(count):
            way = list(ways)[i % len(ways)]
            damaged = ways[way](content, rng)
            file.write_bytes(damaged)
            try:
                found[way, outcome(file, target)] += 1
            except BaseException as error:
                raise SystemExit(f"file {i}, damaged in its {way}: {type(error).__name__}: {error}\n{damaged!r}") from error
    seconds = time.perf_counter() - start
    print(f"Python {platform.python_version()}, a file of {len(content)} bytes, {count} damaged ones, {seconds:.0f} s")
    print("damaged in    refused   loaded")
    for way in ways:
        print(f"{way:9}  {found[way, 'refused']:10} {found[way, 'loaded']:8}")
    print("and nothing else happened")


if __name__ == "__main__":
    main()
