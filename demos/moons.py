"""Micrograd's demo, to the last digit: on scalars, and compiled to arrays.

Micrograd is Andrej Karpathy's engine of a hundred lines, which made this way of learning popular.
In its notebook (demo.ipynb, 2020) a network of 337 parameters learns to tell two interleaved
half-circles apart. Here the points, the initial weights, the loss and the learning rates are the
same, so the losses must be the ones printed there. Then the same function is compiled and trained
again.

The loss is the hinge loss: 0 for a point whose score lies on the right side of 0 by at least 1, and
growing in proportion below that. A small penalty on the squares of the weights is added to it.

    python -m demos moons --steps 20     # a fifth of the steps: which points are on the wrong side?
    python -m demos moons --steps 200    # twice the steps, twice the time: is it worth it?
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import compile
from nn import MLP
from viz import plots

from .page import Page, largest
from .training import descend, give

PUBLISHED = {0: 0.8958441028683222, 99: 0.010978370135492717}
"""The losses at the first and at the last step of the notebook."""

LAST = max(PUBLISHED)


def moons(
    n: int = 100, noise: float = 0.1, seed: int = 1337
) -> tuple[list[list[float]], list[int]]:
    """n points on two half-circles, shuffled, with normal noise; labels -1 and +1.

    The draws and the legacy generator are those of scikit-learn's `make_moons`, so the points are
    the same.

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


def loss_and_scores(model: MLP, X: Any, y: Any, alpha: float = 1e-4) -> tuple[Any, list[Any]]:
    """The hinge loss max(0, 1 - y·score), averaged, plus alpha · Σ p²; and the scores."""
    scores = [model(x) for x in X]
    hinge = [(1 + -y_i * score).relu() for y_i, score in zip(y, scores)]
    data_loss = sum(hinge) * (1.0 / len(hinge))
    penalty = alpha * sum(p * p for p in model.parameters())
    return data_loss + penalty, scores


def train(steps: int = 100, page: Page | None = None) -> list[tuple[float, float]]:
    """The loss and the accuracy before each step of gradient descent, on scalars."""
    model, (X, y) = network(), moons()
    history = []
    bar = page.bar(range(steps), "scalars") if page else range(steps)
    for step in bar:
        loss, scores = loss_and_scores(model, X, y)
        right = sum((y_i > 0) == (score > 0) for y_i, score in zip(y, scores))
        history.append((loss.data, right / len(y)))
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= rate(step) * p.grad
    return history


def train_compiled(steps: int = 100) -> tuple[MLP, list[float]]:
    """The same on arrays: the trained network, and the loss before each step."""
    model, (X, y) = network(), moons()
    program = compile(lambda x, label: loss_and_scores(model, [x], [label])[0], X[0], 1, wrt=model)
    theta, losses = descend(program, program.theta, (X, y), steps, lambda t: rate(t - 1))
    give(model, theta)
    return model, losses


def network() -> MLP:
    """The network of the notebook, with its initial weights."""
    return MLP(2, [16, 16, 1], init="uniform", rng=random.Random(1337))


def rate(step: int) -> float:
    """The learning rate: it falls from 1 to 0.1 in the hundred steps of the notebook.

    If there are more steps, it stays there.

    >>> [round(rate(step), 3) for step in (0, 50, 100, 1000)]
    [1.0, 0.55, 0.1, 0.1]
    """
    return 1.0 - 0.9 * min(step, 100) / 100


def run(page: Page, steps: int = 100) -> None:
    judge(page, 0, train(1)[0][0])
    start = time.perf_counter()
    on_scalars = train(steps, page)
    middle = time.perf_counter()
    model, on_arrays = train_compiled(steps)
    seconds = middle - start, time.perf_counter() - middle
    compared(page, on_scalars, on_arrays, seconds)
    page.picture(
        "moons",
        lambda theme: plots.svg(plots.plot_boundary(model, moons(), "hinge", theme=theme)),
        f"What the network decides across the plane after training ({steps} steps): ReLUs bend "
        "the border, piece by piece",
    )


def compared(
    page: Page,
    on_scalars: Sequence[tuple[float, float]],
    on_arrays: Sequence[float],
    seconds: tuple[float, float],
) -> None:
    """The losses of both trainings, and how long each took."""
    steps = len(on_scalars)
    rows = []
    for i in sorted({*range(0, steps, 10), steps - 1}):
        loss, accuracy = on_scalars[i]
        rows.append([i, repr(loss), repr(on_arrays[i]), f"{accuracy:.0%}"])
    page.table(["step", "loss, scalars", "loss, arrays", "accuracy"], rows)
    if steps > LAST:
        loss, accuracy = on_scalars[LAST]
        judge(page, LAST, loss)
        what = f"points on the right side at step {LAST}"
        page.claim(what, f"{accuracy:.0%}", "100%, as in the notebook", accuracy == 1)
    differences = []
    for (loss, _), other in zip(on_scalars, on_arrays, strict=True):
        differences.append((loss - other) / loss)
    apart = largest(differences)
    what = "largest relative difference between the losses on scalars and on arrays"
    told = "below 1e-9: rounding, which training magnifies"
    page.claim(what, apart, told, apart < 1e-9)
    scalars, arrays = seconds
    page.say(f"""On scalars it took {scalars:.1f} s here, and on arrays {arrays:.2f} s, compiling
        included: {scalars / arrays:.3g} times as fast.""")


def judge(page: Page, step: int, loss: float) -> None:
    """A loss against the published one."""
    told = repr(PUBLISHED[step])
    page.claim(f"loss at step {step}, to the last digit", repr(loss), told, loss == PUBLISHED[step])
