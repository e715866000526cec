"""8. Vanishing and exploding gradients: what depth does, and what helps against it.

Each layer multiplies δ by its weights and by its slopes. Twenty layers do so twenty times: a factor of a half leaves a millionth, a
factor of two makes a million. Between layers of n neurons Xavier's variance 1/n (Glorot and Bengio, 2010) keeps the size in the linear
part of tanh; He's 2/n (He et al., 2015) makes up for the half that ReLU cuts off. "Use ReLU" alone is no cure: with weights that start
too small it vanishes faster than tanh.

Look at δ, not at weight gradients. These are δ times what comes in from below, and where the signals vanish on the way up while δ
vanishes on the way down, every layer's product is equally tiny: their ratio says that all is well.

    python -m demos 8 --width 16 --samples 10
    python -m demos 8 --lr 0.03
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import compile
from demos import charts
from demos.page import Page, main
from demos.training import descend, theta_of
from nn import MLP, data, init, losses

DEPTHS = (5, 10, 20)
SMALL, LARGE = init.normal(0.0, 0.01), lambda fan_in, fan_out, rng: rng.gauss(0.0, 3 / math.sqrt(fan_in))
NETWORKS: dict[str, tuple[str, Any, tuple[float, ...]]] = {  # activation, initial weights, and δ ratios of a first trial with numpy
    "sigmoid, Xavier": ("sigmoid", "xavier_normal", (3e-3, 2e-6, 8e-13)),
    "tanh, Xavier": ("tanh", "xavier_normal", (0.59, 0.32, 0.22)),
    "ReLU, N(0, 0.01²)": ("relu", SMALL, (2e-6, 3e-13, 2e-27)),
    "ReLU, Xavier": ("relu", "xavier_normal", (0.24, 0.05, 1e-3)),
    "ReLU, He": ("relu", "he_normal", (0.97, 1.1, 0.73)),
    "ReLU, 3/√n": ("relu", LARGE, (20, 909, 1.2e6)),
}
HIDDEN = 8
TRAINED = {name: NETWORKS[name] for name in ("sigmoid, Xavier", "tanh, Xavier", "ReLU, N(0, 0.01²)", "ReLU, He")}
MOONS = data.moons(100, rng=0)


def run(page: Page, width: int = 32, samples: int = 4, steps: int = 2000, lr: float = 0.1, seed: int = 0) -> None:
    delta, _ = sizes("sigmoid", "xavier_normal", width, 10, 1, seed)
    page.say("Ten hidden layers of sigmoids, one sample. The size of δ on its way back:")
    page.table(["hidden layer", *map(str, range(10, 0, -1))], [["δ, root mean square", *delta[::-1].tolist()]])
    page.say(f"""Networks of {width} neurons a layer before any training. For {samples} samples, the root mean square of δ in the
        first hidden layer over that in the last: 1 means that it arrives as it set out.""")
    deltas: dict[str, list[float]] = {name: [] for name in NETWORKS}
    weights: dict[str, list[float]] = {name: [] for name in NETWORKS}
    for name in page.bar(NETWORKS, "networks"):
        for depth in DEPTHS:
            delta, dW = sizes(*NETWORKS[name][:2], width, depth, samples, seed)
            with np.errstate(invalid="ignore", divide="ignore"):  # where all units are off, nothing is left at all
                deltas[name].append(float(delta[0] / delta[-1]))
                weights[name].append(float(dW[0] / dW[-1]))
    page.table(
        ["", *(f"{depth} layers" for depth in DEPTHS), "first trial"], [[name, *deltas[name], NETWORKS[name][2]] for name in NETWORKS]
    )
    deep = {name: ratio[-1] for name, ratio in deltas.items()}
    page.claim(
        f"sigmoid after {DEPTHS[-1]} layers",
        deep["sigmoid, Xavier"],
        "below 1e-9: at most a quarter comes through each",
        deep["sigmoid, Xavier"] < 1e-9,
    )
    page.claim(
        "ReLU with small weights",
        deep["ReLU, N(0, 0.01²)"],
        "far below sigmoid: ReLU alone is no cure",
        deep["ReLU, N(0, 0.01²)"] < deep["sigmoid, Xavier"],
    )
    page.claim("ReLU with He's weights", deep["ReLU, He"], "about 1", 0.1 < deep["ReLU, He"] < 10)
    page.claim("ReLU with large weights", deep["ReLU, 3/√n"], "above 1e4: it explodes", deep["ReLU, 3/√n"] > 1e4)
    page.picture("08-depth", lambda theme: charts.lines(
        theme, "δ in the first layer over δ in the last", ("hidden layers", DEPTHS), "δ first / δ last", deltas, log="y",
        levels={"as it set out": 1.0},
    ), "Straight lines on a log scale: the same factor at each layer")  # fmt: skip
    page.say("The same ratio of the weight gradients:")
    page.table(["", *(f"{depth} layers" for depth in DEPTHS)], [[name, *weights[name]] for name in NETWORKS])
    hidden = weights["ReLU, N(0, 0.01²)"][-1], deep["ReLU, N(0, 0.01²)"]
    page.claim(
        "ReLU with small weights: ratio of weight gradients, and of δ",
        hidden,
        "the first hides what the second shows",
        hidden[0] > 1e6 * hidden[1],
    )

    page.say(f"Trained: {HIDDEN} hidden layers of 16, two moons, {steps:,} steps with rate {lr:g}.")
    curves = {name: trained(*TRAINED[name][:2], steps, lr, seed) for name in page.bar(TRAINED, "trainings")}
    ends = {name: curve[-1] for name, curve in curves.items()}
    page.table(["", "loss at the end"], ends.items())
    stuck = {name: ends[name] for name in ("sigmoid, Xavier", "ReLU, N(0, 0.01²)")}
    learns = {name: ends[name] for name in ("tanh, Xavier", "ReLU, He")}
    page.claim(
        "loss of what vanishes", stuck, "ln 2 = 0.693: it never starts", all(abs(end - math.log(2)) < 0.01 for end in stuck.values())
    )
    page.claim("loss of what does not", learns, "near 0", max(learns.values()) < 0.05)
    page.picture("08-trained", lambda theme: charts.lines(
        theme, f"Two moons, {HIDDEN} hidden layers", ("step", range(steps)), "loss", curves, log="y",
    ), "The activation and the first weights decide together")  # fmt: skip


def sizes(activation: str, weights: Any, width: int, depth: int, samples: int, seed: int) -> Any:
    """For each hidden layer the root mean squares of δ, which is the gradient of a bias, and of the weight gradients."""
    model = MLP([width, *[width] * depth, 1], activation, init=weights, rng=seed)
    rng = np.random.default_rng(seed)
    squares = np.zeros((2, depth))
    for _ in range(samples):
        model.zero_grad()
        losses.bce_with_logits(model(rng.normal(size=width).tolist()), 1.0).backward()
        for i, layer in enumerate(model.layers[:-1]):
            squares[0, i] += np.mean([neuron.b.grad**2 for neuron in layer.neurons])
            squares[1, i] += np.mean([w.grad**2 for neuron in layer.neurons for w in neuron.w])
    return np.sqrt(squares / samples)


def trained(activation: str, weights: Any, steps: int, lr: float, seed: int) -> list[float]:
    model = MLP([2, *[16] * HIDDEN, 1], activation, init=weights, rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    return descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr)[1]


if __name__ == "__main__":
    main(run)
