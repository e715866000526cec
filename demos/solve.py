"""Small data sets, each with settings that solve it for every seed tried.

    python -m demos.solve            # all of them, some seconds each
    python -m demos.solve moons --seed 3

A recipe says which data, which sizes of a tanh network, and which settings of `fit` (Adam on a
cosine schedule). 30% of the data are held out for the test, the features are standardised by the
rest alone, and the accuracy is the one on the held-out part. XOR has only four samples, so it is
trained and tested on all of them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nn import MLP, Dataset, History, data, evaluate, fit


@dataclass(frozen=True)
class Recipe:
    """What solves a data set; `wanted` is the accuracy on data that the network has not seen."""

    samples: Callable[[int], Dataset]
    sizes: list[int]
    wanted: float
    settings: dict[str, Any]


RECIPES = {
    "xor": Recipe(lambda seed: data.xor(), [2, 8, 2], 1.00, {"lr": 0.1, "epochs": 100}),
    "moons": Recipe(
        lambda seed: data.moons(500, noise=0.08, rng=seed),
        [2, 8, 8, 2],
        0.99,
        {"lr": 0.05, "epochs": 25, "batch_size": 16},
    ),
    "circles": Recipe(
        lambda seed: data.circles(300, rng=seed), [2, 12, 2], 0.99, {"lr": 0.05, "epochs": 25}
    ),
    "spirals": Recipe(
        lambda seed: data.spirals(600, rng=seed),
        [2, 24, 3],
        0.97,
        {"lr": 0.1, "epochs": 40, "batch_size": 16},
    ),
    "penguins": Recipe(
        lambda seed: data.penguins(), [4, 8, 3], 0.97, {"lr": 0.02, "epochs": 30, "l2": 0.001}
    ),
    "digits": Recipe(
        lambda seed: data.digits(500, rng=seed),
        [64, 12, 10],
        0.97,
        {"lr": 0.02, "epochs": 6, "batch_size": 16},
    ),
}


def solve(name: str, seed: int = 0, progress: bool = False) -> tuple[float, History]:
    """The accuracy on held-out data, and the history of the training.

    XOR has four samples, all of which it is trained and tested on.
    """
    recipe = RECIPES[name]
    samples = recipe.samples(seed)
    if name == "xor":
        train = test = samples
    else:
        train, test = data.standardise(*data.split(samples, test=0.3, rng=seed))
    model = MLP(recipe.sizes, activation="tanh", rng=seed)
    settings: dict[str, Any] = {"schedule": "cosine", "progress": progress, **recipe.settings}
    history = fit(model, train, rng=seed, **settings)
    return evaluate(model, test).accuracy or 0.0, history


def main() -> None:
    """Solve the data sets that are named on the command line, or all of them."""
    parser = argparse.ArgumentParser(description="Solve small data sets.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(RECIPES))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for name in options.names or RECIPES:
        if name not in RECIPES:
            parser.error(f"{name!r} is none of {', '.join(RECIPES)}")
        accuracy, history = solve(name, options.seed, progress=True)
        where = "on all four samples" if name == "xor" else "on held-out data"
        print(f"{name}: {accuracy:.1%} {where}, loss {history[-1].loss:.4f}")


if __name__ == "__main__":
    main()
