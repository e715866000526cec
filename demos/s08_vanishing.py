"""8. Vanishing and exploding gradients: what depth does, and what helps against it.

On its way back δ is multiplied at each layer by weights and slopes. Twenty layers do so twenty times: a factor of a half leaves a
millionth of it, a factor of two makes it a million times as large. With n neurons a layer and weights of standard deviation σ, the
factor is about σ √n times the root mean square of the slopes.

So σ has to suit the activation. Xavier's σ = 1/√n (Glorot and Bengio, 2010) makes the factor 1 in the linear part of tanh. He's
σ = √(2/n) (He et al., 2015) makes up for the half that ReLU cuts off. "Use ReLU" alone is no cure: with weights that are too small
its δ vanishes like all others.

Look at δ, not at weight gradients. A weight gradient is δ times the signal that comes in from below. If the signal vanishes on its way
up, and δ on its way down, the products are equally tiny in all layers, and their ratio looks healthy.

    python -m demos 8 --depth 40      # which kinds still deliver anything?
    python -m demos 8 --width 8       # narrower layers: how far does chance lead away from the prediction?
    python -m demos 8 --lr 0.03       # does a smaller rate help what is stuck?
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import compile
from demos import charts
from demos.page import Page, main
from demos.s06_backprop import gradients
from demos.training import descend, theta_of
from nn import MLP, data, init, losses

SMALL, LARGE = init.normal(0.0, 0.01), lambda fan_in, fan_out, rng: rng.gauss(0.0, 3 / math.sqrt(fan_in))
NETWORKS: dict[str, tuple[str, Any, str]] = {  # activation, initial weights, and δ first / δ last after 20 layers in the notes
    "sigmoid, Xavier": ("sigmoid", "xavier_normal", "8e-13"),
    "tanh, Xavier": ("tanh", "xavier_normal", "0.22"),
    "ReLU, Xavier": ("relu", "xavier_normal", "1e-3"),
    "ReLU, He": ("relu", "he_normal", "0.73"),
    "ReLU, 3/√n": ("relu", LARGE, "1.2e6"),
    "tanh, 0.01": ("tanh", SMALL, ""),
    "ReLU, 0.01": ("relu", SMALL, "2e-27"),
    "sigmoid, 0.01": ("sigmoid", SMALL, ""),
}
SPREADS = {
    "Xavier": lambda n: 1 / math.sqrt(n),
    "He": lambda n: math.sqrt(2 / n),
    "3/√n": lambda n: 3 / math.sqrt(n),
    "0.01": lambda n: 0.01,
}
SLOPES = {"sigmoid": 0.25, "tanh": 1.0, "ReLU": math.sqrt(0.5)}  # the largest, at 0; for ReLU, 1 for a half, the root mean square
HIDDEN = 8
TRAINED = {name: NETWORKS[name] for name in ("sigmoid, Xavier", "tanh, Xavier", "ReLU, 0.01", "ReLU, He")}
MOONS = data.moons(100, rng=0)


OPTIONS = {
    "depth": "how many hidden layers before training",
    "networks": "how many networks of each kind, of which the median is shown",
}


def run(
    page: Page, width: int = 32, depth: int = 20, networks: int = 9, samples: int = 2, steps: int = 2000, lr: float = 0.1, seed: int = 0
) -> None:
    if depth < 2:
        raise ValueError(f"--depth must be at least 2 to have a first and a last layer, got {depth}")
    same_as_scalars(page, width, seed)
    before_training(page, width, depth, networks, samples, seed)
    page.say(f"Trained: {HIDDEN} hidden layers of 16, two moons, {steps:,} steps with rate {lr:g}.")
    curves = {name: trained(*TRAINED[name][:2], steps, lr, seed) for name in page.bar(TRAINED, "trainings")}
    ends = {name: curve[-1] for name, curve in curves.items()}
    page.table(["", "loss at the end"], ends.items())
    stuck = {name: ends[name] for name in ("sigmoid, Xavier", "ReLU, 0.01")}
    learns = {name: ends[name] for name in ("tanh, Xavier", "ReLU, He")}
    page.claim(
        "loss of what vanishes", stuck, "ln 2 = 0.693: it never starts", all(abs(end - math.log(2)) < 0.01 for end in stuck.values())
    )
    page.claim("loss of what does not", learns, "near 0", max(learns.values()) < 0.05)
    page.picture("08-trained", lambda theme: charts.lines(
        theme, f"Two moons, {HIDDEN} hidden layers", ("step", range(steps)), "loss", curves, log="y",
    ), "The same ReLU, once stuck and once not: activation and first weights decide together. Two curves lie at ln 2")  # fmt: skip


def same_as_scalars(page: Page, width: int, seed: int) -> None:
    """A first δ on its way back, by matrices and by the scalar engine."""
    model, x = deep("sigmoid", "xavier_normal", width, 10, seed), np.random.default_rng(seed).normal(size=width)
    model(x.tolist()).backward()
    scalar = [rms([neuron.b.grad for neuron in layer.neurons]) for layer in model.layers[:-1]]
    matrix = sizes(model, x)[0]
    page.say("Ten hidden layers of sigmoids, one sample. The size of δ on its way back, from a 1 at the output:")
    page.table(["hidden layer", "δ, root mean square"], [[i + 1, f"{matrix[i]:.2g}"] for i in reversed(range(10))])
    apart = float(max(abs(matrix / scalar - 1)))
    page.claim("the equations of section 6 and the scalar engine differ by a share of", apart, "rounding", apart < 1e-9)


def before_training(page: Page, width: int, depth: int, networks: int, samples: int, seed: int) -> None:
    """How δ and the weight gradients shrink or grow, of each kind of network."""
    page.say(f"""Networks of {depth} hidden layers of {width} neurons before any training; the median of {networks} networks for each kind,
        {samples} samples each. "0.01" means weights from N(0, 0.01²). First over last is the root mean square in the first hidden layer
        over that in the last: for δ, 1 means that it arrives undiminished.""")
    delta, weights = dict[str, Any](), dict[str, float]()
    for name in page.bar(NETWORKS, "networks"):
        activation, initial, _ = NETWORKS[name]
        both = np.array([ratios(activation, initial, width, depth, samples, seed + i) for i in range(networks)])
        delta[name], weights[name] = np.median(both[:, 0], axis=0), float(np.median(both[:, 1, 0]))
    ends = {name: float(of_name[0]) for name, of_name in delta.items()}
    factors = {name: end ** (1 / (depth - 1)) for name, end in ends.items()}
    theory = {name: predicted(name, width) for name in NETWORKS}
    exact = [name for name in NETWORKS if not name.endswith("Xavier") or name.startswith("ReLU")]
    page.table(
        ["", "factor a layer", "predicted", "δ first / last", "∂W first / last", "notes: δ, 20 layers"],
        [[name, f"{factors[name]:.2g}", "at most " * (name not in exact) + f"{theory[name]:.2g}", f"{ends[name]:.2g}",
          f"{weights[name]:.2g}", NETWORKS[name][2]] for name in NETWORKS],
    )  # fmt: skip
    page.say("""Predicted is σ √n times the slope. ReLU's is 1 for half of the neurons and 0 for the others; the root mean square is 1/√2.
        Small weights keep all sums near 0, where the slope of tanh is 1 and that of the sigmoid a quarter. Elsewhere slopes are smaller,
        and the prediction is only a bound.""")
    page.claim("largest share by which a factor misses its prediction", max(abs(factors[name] / theory[name] - 1) for name in exact),
               "below 0.2", all(abs(factors[name] / theory[name] - 1) < 0.2 for name in exact))  # fmt: skip
    page.claim("sigmoid, Xavier: factor a layer", factors["sigmoid, Xavier"],
               "below 0.25: a slope lets a quarter through at most", factors["sigmoid, Xavier"] < 0.25)  # fmt: skip
    small = {name: ends[name] for name in NETWORKS if name.endswith("0.01")}
    page.claim("with the same small weights, δ first / last", small, "all vanish, ReLU faster than tanh: ReLU alone is no cure",
               max(small.values()) < 1e-3 and small["ReLU, 0.01"] < small["tanh, 0.01"])  # fmt: skip
    page.claim("ReLU, He: δ first / last", ends["ReLU, He"], "about 1", 0.1 < ends["ReLU, He"] < 10)
    page.claim(
        "ReLU, 3/√n: δ first / last", ends["ReLU, 3/√n"], f"about 2.1^{depth - 1}: it explodes", ends["ReLU, 3/√n"] > 1.7 ** (depth - 1)
    )
    page.claim("ReLU, 0.01: ratio of weight gradients, and of δ", [weights["ReLU, 0.01"], ends["ReLU, 0.01"]],
               "the first hides what the second shows", weights["ReLU, 0.01"] > 1000 * ends["ReLU, 0.01"])  # fmt: skip
    layers = range(1, depth + 1)
    page.picture("08-depth", lambda theme: charts.lines(
        theme, "δ on its way back to the first layer", ("hidden layer", layers), "δ over δ of the last", delta, log="y",
        theory={name: [theory[name] ** (depth - i) for i in layers] for name in exact},
    ), "Read it from right to left, as δ travels: the same factor at each layer is a straight line on a log scale")  # fmt: skip


def predicted(name: str, width: int) -> float:
    """The factor of a layer: the weights' spread, √n, and the root mean square of the slopes."""
    activation, weights = name.split(", ")
    return SPREADS[weights](width) * math.sqrt(width) * SLOPES[activation]


def deep(activation: str, weights: Any, width: int, depth: int, seed: int) -> MLP:
    return MLP([width, *[width] * depth, 1], activation, init=weights, rng=seed)


def rms(numbers: Any) -> float:
    return float(np.sqrt(np.mean(np.square(numbers))))


def sizes(model: MLP, x: Any) -> Any:
    """The root mean squares of δ and of ∂W for each hidden layer, going back from the output itself.

    A loss would do as well, but may be flat: cross-entropy is, where an exploding network is certain and right.
    """
    return np.array([[rms(delta), rms(dW)] for delta, dW, _ in gradients(model.layers, x, np.ones_like)[:-1]]).T


def ratios(activation: str, weights: Any, width: int, depth: int, samples: int, seed: int) -> Any:
    """For each hidden layer δ and ∂W over those of the last; where nothing arrives at all, 0."""
    model, rng = deep(activation, weights, width, depth, seed), np.random.default_rng(seed)
    total = np.sqrt(sum(sizes(model, rng.normal(size=width)) ** 2 for _ in range(samples)))
    return total / np.maximum(total[:, -1:], np.finfo(float).tiny)


def trained(activation: str, weights: Any, steps: int, lr: float, seed: int) -> list[float]:
    model = MLP([2, *[16] * HIDDEN, 1], activation, init=weights, rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    return descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr)[1]


if __name__ == "__main__":
    main(run)
