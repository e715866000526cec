"""Two moons: the demo that micrograd made famous, on our engine, to the digit.

A network of 337 parameters learns to tell two interleaved half-circles apart. The data, the initial weights,
the loss and the learning rates are those of Andrej Karpathy's published notebook (micrograd, demo.ipynb,
2020), so every loss it prints can be compared with ours: 0.8958441028683222 at step 0, and
0.010978370135492717 with accuracy 100% at step 99.

    python -m demos.moons --steps 100
"""

from __future__ import annotations

import argparse
import random
import sys

import numpy as np
from tqdm import trange

from autograd import Value
from nn import MLP


def moons(n: int = 100, noise: float = 0.1, seed: int = 1337) -> tuple[list[list[float]], list[int]]:
    """n points on two half-circles, shuffled, with normal noise; labels -1 and +1.

    The same draws from the same legacy generator as scikit-learn's `make_moons`, so the same points.

    >>> X, y = moons()
    >>> len(X), sorted(set(y))
    (100, [-1, 1])
    """
    rng = np.random.RandomState(seed)
    outer = np.linspace(0, np.pi, n // 2)
    inner = np.linspace(0, np.pi, n - n // 2)
    x1 = np.append(np.cos(outer), 1 - np.cos(inner))
    x2 = np.append(np.sin(outer), 1 - np.sin(inner) - 0.5)
    order = np.arange(n)
    rng.shuffle(order)
    points = np.column_stack([x1, x2])[order] + rng.normal(scale=noise, size=(n, 2))
    labels = np.where(order < n // 2, -1, 1)
    return points.tolist(), labels.tolist()


def loss_and_accuracy(model: MLP, X: list[list[float]], y: list[int], alpha: float = 1e-4) -> tuple[Value, float]:
    """The hinge loss max(0, 1 - y·score), averaged, plus alpha · Σ p²; and the share of right signs."""
    scores = [model(x) for x in X]
    hinge = [(1 + -y_i * score).relu() for y_i, score in zip(y, scores)]
    data_loss = sum(hinge) * (1.0 / len(hinge))
    penalty = alpha * sum(p * p for p in model.parameters())
    right = sum((y_i > 0) == (score > 0) for y_i, score in zip(y, scores))
    return data_loss + penalty, right / len(y)


def train(steps: int = 100, progress: bool = False) -> list[tuple[float, float]]:
    """(loss, accuracy) at each step of gradient descent, the learning rate falling from 1 to 0.1."""
    rng = random.Random(1337)
    model = MLP(2, [16, 16, 1], init="uniform", rng=rng)
    X, y = moons()
    history = []
    for step in trange(steps, disable=not progress, file=sys.stderr):
        loss, accuracy = loss_and_accuracy(model, X, y)
        history.append((loss.data, accuracy))
        model.zero_grad()
        loss.backward()
        rate = 1.0 - 0.9 * step / 100
        for p in model.parameters():
            p.data -= rate * p.grad
    return history


def main() -> None:
    parser = argparse.ArgumentParser(description="Train a small network on two moons.")
    parser.add_argument("--steps", type=int, default=100)
    history = train(parser.parse_args().steps, progress=True)
    for step, (loss, accuracy) in enumerate(history):
        if step % 10 == 0 or step == len(history) - 1:
            print(f"step {step:3}  loss {loss!r:22}  accuracy {accuracy:.0%}")


if __name__ == "__main__":
    main()
