"""Two programs that any scalar engine runs: a network, and the attention of a small transformer.

Each function takes the engine's Value, and returns a function that records one loss, and the
parameters. They use only + - * / **, exp, log, relu and `.data`.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any, TypeAlias

Program: TypeAlias = "tuple[Callable[[], Any], list[Any]]"


def network(value: type, sizes: tuple[int, ...] = (2, 16, 16, 1), samples: int = 50) -> Program:
    """The sum of the outputs of a network with relu, for many samples: one graph."""
    rng = random.Random(0)
    layers, parameters = [], []
    for n, m in zip(sizes, sizes[1:]):
        weights = _matrix(value, rng, m, n)
        biases = [value(0.0) for _ in range(m)]
        layers.append((weights, biases))
        parameters += [*_flat(weights), *biases]
    data = [_uniform(rng, sizes[0]) for _ in range(samples)]

    def loss() -> Any:
        outputs = []
        for x in data:
            for i, (weights, biases) in enumerate(layers):
                z = [_dot(row, x, b) for row, b in zip(weights, biases)]
                x = z if i == len(layers) - 1 else [z_i.relu() for z_i in z]
            outputs.append(x[0])
        return sum(outputs[1:], outputs[0])

    return loss, parameters


def attention(value: type, width: int = 16, heads: int = 4, length: int = 8) -> Program:
    """The loss of one transformer block on a sequence: each token attends to those before it.

    RMS norm, attention with several heads, a hidden layer with relu, and cross-entropy over twelve
    words, all of it on scalars.
    """
    rng = random.Random(0)
    names = ("query", "key", "value", "mixed")
    matrices = {name: _matrix(value, rng, width, width) for name in names}
    matrices |= {
        "embedding": _matrix(value, rng, length, width),
        "up": _matrix(value, rng, 4 * width, width),
        "down": _matrix(value, rng, width, 4 * width),
        "words": _matrix(value, rng, 12, width),
    }
    size = width // heads

    def head(i: int, query: list[Any], keys: list[list[Any]], values: list[list[Any]]) -> list[Any]:
        part = slice(i * size, (i + 1) * size)
        scores = [_dot(query[part], key[part]) / size**0.5 for key in keys]
        shares = _softmax(scores)
        columns = zip(*[v[part] for v in values])
        return [_dot(shares, column) for column in columns]

    def loss() -> Any:
        keys, values, losses = [], [], []
        for position, x in enumerate(matrices["embedding"]):
            scale = (_dot(x, x) / width + 1e-5) ** -0.5
            x = [x_i * scale for x_i in x]
            keys.append(_product(matrices["key"], x))
            values.append(_product(matrices["value"], x))
            query, attended = _product(matrices["query"], x), []
            for i in range(heads):
                attended += head(i, query, keys, values)
            x = [a + b for a, b in zip(_product(matrices["mixed"], attended), x)]
            hidden = [h.relu() for h in _product(matrices["up"], x)]
            x = [a + b for a, b in zip(_product(matrices["down"], hidden), x)]
            losses.append(-_softmax(_product(matrices["words"], x))[position].log())
        return sum(losses) / length

    parameters = []
    for matrix in matrices.values():
        parameters += _flat(matrix)
    return loss, parameters


def _matrix(value: type, rng: random.Random, rows: int, columns: int) -> list[list[Any]]:
    numbers = [rng.gauss(0.0, 0.2) for _ in range(rows * columns)]
    starts = range(0, rows * columns, columns)
    return [list(map(value, numbers[i : i + columns])) for i in starts]


def _uniform(rng: random.Random, size: int) -> list[float]:
    return [rng.uniform(-1, 1) for _ in range(size)]


def _flat(matrix: list[list[Any]]) -> list[Any]:
    return list(itertools.chain.from_iterable(matrix))


def _dot(x: Any, y: Any, start: Any = 0) -> Any:
    return sum((a * b for a, b in zip(x, y)), start)


def _product(matrix: list[list[Any]], x: list[Any]) -> list[Any]:
    return [_dot(row, x) for row in matrix]


def _softmax(z: list[Any]) -> list[Any]:
    largest = max(z_i.data for z_i in z)
    powers = [(z_i - largest).exp() for z_i in z]
    total = sum(powers)
    return [p / total for p in powers]
