"""Small data sets, each solved by settings that work for every seed tried.

    python -m demos.solve            # all of them, some seconds each
    python -m demos.solve moons --seed 3

Each recipe is data, the sizes of a tanh network, and settings of `fit` (Adam on a cosine schedule). 30% of the data are held
out, the features are standardised by the rest alone, and the accuracy is that on the held-out part. XOR has four samples,
and they are all there is to learn.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nn import MLP, Dataset, History, data, evaluate, fit


@dataclass(frozen=True)
class Recipe:
    """What solves a data set: `wanted` is the accuracy on data that the network has not seen."""

    samples: Callable[[int], Dataset]
    sizes: list[int]
    wanted: float
    settings: dict[str, Any]


RECIPES = {
    "xor": Recipe(lambda seed: data.xor(), [2, 8, 2], 1.00, {"lr": 0.1, "epochs": 100}),
    "moons": Recipe(lambda seed: data.moons(500, noise=0.08, rng=seed), [2, 8, 8, 2], 0.99, {"lr": 0.05, "epochs": 25, "batch_size": 16}),
    "circles": Recipe(lambda seed: data.circles(300, rng=seed), [2, 12, 2], 0.99, {"lr": 0.05, "epochs": 25}),
    "spirals": Recipe(lambda seed: data.spirals(600, rng=seed), [2, 24, 3], 0.97, {"lr": 0.1, "epochs": 40, "batch_size": 16}),
    "penguins": Recipe(lambda seed: data.penguins(), [4, 8, 3], 0.97, {"lr": 0.02, "epochs": 30, "l2": 0.001}),
    "digits": Recipe(lambda seed: data.digits(500, rng=seed), [64, 12, 10], 0.97, {"lr": 0.02, "epochs": 6, "batch_size": 16}),
}


def solve(name: str, seed: int = 0, progress: bool = False) -> tuple[float, History]:
    """The accuracy on held-out data (on all of it for XOR, which has four samples) and the history of the training."""
    recipe = RECIPES[name]
    samples = recipe.samples(seed)
    if name == "xor":
        train = test = samples
    else:
        train, test = data.standardise(*data.split(samples, test=0.3, rng=seed))
    model = MLP(recipe.sizes, activation="tanh", rng=seed)
    history = fit(model, train, rng=seed, schedule="cosine", progress=progress, **recipe.settings)
    return evaluate(model, test).accuracy or 0.0, history


def main() -> None:
    parser = argparse.ArgumentParser(description="Solve small data sets.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(RECIPES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.names or RECIPES:
        if name not in RECIPES:
            parser.error(f"{name!r} is none of {', '.join(RECIPES)}")
        accuracy, history = solve(name, options.seed, progress=True)
        print(f"{name}: {accuracy:.1%} on held-out data, loss {history[-1].loss:.4f}")


if __name__ == "__main__":
    main()
