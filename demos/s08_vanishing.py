"""8. Vanishing and exploding gradients: what depth does, and what helps against it.

On its way back δ is multiplied at each layer by weights and slopes. Twenty layers do so twenty times: a factor of a half leaves a
millionth of it, a factor of two makes it a million times as large. With n neurons a layer and weights of standard deviation σ, the
factor is about σ √n times the root mean square of the slopes.

So σ has to suit the activation. Xavier's σ (Glorot and Bengio, 2010), √(2 / (inputs + outputs)), is 1/√n in a layer of as many outputs as
inputs, and makes the factor 1 there, in the linear part of tanh; this section takes 1/√n for all layers. He's σ = √(2/n) (He et al., 2015)
makes up for the half that ReLU cuts off. "Use ReLU" alone is no cure: with weights that are too small its δ vanishes like all others.

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
from nn import MLP, data, losses
from nn.layers import ActivationName

from . import charts
from .page import Page, largest
from .s06_backprop import gradients
from .training import descend, theta_of

SPREADS = {  # the standard deviation of a weight, for a neuron with n inputs
    "3/√n": lambda n: 3 / math.sqrt(n),
    "He": lambda n: math.sqrt(2 / n),
    "Xavier": lambda n: 1 / math.sqrt(n),
    "0.01": lambda n: 0.01,
}
SLOPES = {"relu": math.sqrt(0.5), "tanh": 1.0, "sigmoid": 0.25}
"""For ReLU the root mean square of slopes, 1 for a half and 0 for the rest; for the others the largest slope, which is the one at 0."""

# Activation, weights, and δ first / δ last after 20 layers in the notes; from what explodes to what
# vanishes fastest.
KINDS: dict[str, tuple[ActivationName, str, str]] = {
    "ReLU, 3/√n": ("relu", "3/√n", "1.2e6"),
    "ReLU, He": ("relu", "He", "0.73"),
    "tanh, Xavier": ("tanh", "Xavier", "0.22"),
    "ReLU, Xavier": ("relu", "Xavier", "1e-3"),
    "sigmoid, Xavier": ("sigmoid", "Xavier", "8e-13"),
    "tanh, 0.01": ("tanh", "0.01", ""),
    "ReLU, 0.01": ("relu", "0.01", "2e-27"),
    "sigmoid, 0.01": ("sigmoid", "0.01", ""),
}
CURVED = ("tanh, Xavier", "sigmoid, Xavier")
"""Kinds whose sums leave the part around 0 where the slope is largest: there the prediction is an upper bound."""

STUCK, LEARNING = ("sigmoid, Xavier", "ReLU, 0.01"), ("tanh, Xavier", "ReLU, He")
HIDDEN = 8
MOONS = data.moons(100, rng=0)
OPTIONS = {
    "depth": "how many hidden layers the networks have that are measured before training",
    "networks": "how many networks of each kind to measure; the median counts",
    "samples": "how many samples to send through each network",
}


def run(
    page: Page, width: int = 32, depth: int = 20, networks: int = 9, samples: int = 2, steps: int = 2000, lr: float = 0.1, seed: int = 0
) -> None:
    if depth < 2:
        raise ValueError(f"--depth must be at least 2, for a first and a last hidden layer, got {depth}")
    one_network(page, width, seed)
    before_training(page, width, depth, networks, samples, seed)
    training(page, steps, lr, seed)


def one_network(page: Page, width: int, seed: int) -> None:
    """A first δ on its way back, by the matrix equations and by the scalar engine."""
    model, x = drawn(MLP([width] * 11 + [1], "sigmoid"), "Xavier", seed), np.random.default_rng(seed).normal(size=width)
    model(x.tolist()).backward()
    scalar = [rms([neuron.b.grad for neuron in layer.neurons]) for layer in model.layers[:-1]]
    matrix = sizes(model, x)[0]
    page.say(f"""Ten hidden layers of {width} sigmoids, Xavier's weights, one sample. δ starts at the output as 1. Its size on the way back
        (the root mean square over the neurons of a layer):""")
    page.table(["hidden layer", "size of δ"], [[i + 1, f"{matrix[i]:.2g}"] for i in reversed(range(10))])
    apart = largest(matrix / scalar - 1)
    page.claim("the equations of section 6 and the scalar engine: largest relative difference", apart, "rounding", apart < 1e-9)


def before_training(page: Page, width: int, depth: int, networks: int, samples: int, seed: int) -> None:
    """How δ and the weight gradients shrink or grow in each kind of network."""
    page.say(f"""Now eight kinds of network, {depth} hidden layers of {width} neurons, none of them trained. "0.01" stands for σ = 0.01.
        First / last is the size in the first hidden layer over the size in the last one; for δ, 1 would mean that nothing is lost. Each
        number is the median of {networks} networks, with {samples} samples each. ∂W are the weight gradients.""")
    delta, weights = dict[str, Any](), dict[str, float]()
    for name in page.bar(KINDS, "networks"):
        model = MLP([width] * (depth + 1) + [1], KINDS[name][0])
        both = np.array([ratios(drawn(model, KINDS[name][1], i), samples, i) for i in range(seed, seed + networks)])
        delta[name], weights[name] = np.median(both[:, 0], axis=0), float(np.median(both[:, 1, 0]))
    ends = {name: float(of_name[0]) for name, of_name in delta.items()}
    factors = {name: end ** (1 / (depth - 1)) for name, end in ends.items()}
    theory = {name: SPREADS[kind](width) * math.sqrt(width) * SLOPES[f] for name, (f, kind, _) in KINDS.items()}
    page.table(["", "factor a layer", "predicted", "δ first / last", "∂W first / last", "δ in the notes"], [
        [name, f"{factors[name]:.2g}", f"{'below ' * (name in CURVED)}{theory[name]:.2g}", f"{ends[name]:.2g}",
         f"{weights[name]:.2g}", notes]
        for name, (_, _, notes) in KINDS.items()
    ])  # fmt: skip
    page.say("""Predicted is σ √n times 1/√2 for ReLU, whose slope is 1 for half of the neurons and 0 for the rest, times 1 for tanh and
        1/4 for the sigmoid, their slopes at 0. For these two that is exact while small weights keep all sums near 0; with Xavier's it
        is an upper bound.""")
    missed = largest([factors[name] / theory[name] - 1 for name in KINDS if name not in CURVED])
    page.claim("factor a layer: largest relative error of the prediction", missed, "below 0.2", missed < 0.2)
    curved = {name: factors[name] for name in CURVED}
    page.claim("factor a layer with Xavier's weights", curved, f"below {', '.join(f'{theory[name]:g}' for name in CURVED)}, their bounds",
               all(factor < theory[name] for name, factor in curved.items()))  # fmt: skip
    small = {name: ends[name] for name in KINDS if name.endswith("0.01")}
    page.claim("δ first / last, all with σ = 0.01", small, "all vanish, and ReLU's sooner than tanh's: ReLU alone is no cure",
               max(small.values()) < 1e-3 and small["ReLU, 0.01"] < small["tanh, 0.01"])  # fmt: skip
    page.claim("δ first / last of ReLU, He", ends["ReLU, He"], "about 1", 0.1 < ends["ReLU, He"] < 10)
    page.claim("δ first / last of ReLU, 3/√n", ends["ReLU, 3/√n"], f"about {theory['ReLU, 3/√n']:.2g}^{depth - 1}: it explodes",
               1.7 ** (depth - 1) < ends["ReLU, 3/√n"] < 2.6 ** (depth - 1))  # fmt: skip
    page.claim("ReLU, 0.01: first / last of the weight gradients, and of δ", [weights["ReLU, 0.01"], ends["ReLU, 0.01"]],
               "the weight gradients hide what δ shows", weights["ReLU, 0.01"] > 1000 * ends["ReLU, 0.01"])  # fmt: skip
    layers = range(1, depth + 1)
    page.picture("08-depth", lambda theme: charts.lines(
        theme, "δ on its way back to the first layer", ("hidden layer; δ travels from right to left", layers),
        "δ, over δ of the last layer", delta, log="y",
        theory=[[theory[name] ** (depth - i) for i in layers] for name in KINDS if name not in CURVED],
    ), "The size of δ in each layer. The same factor at each layer is a straight line on a log scale. Dotted: "
    "the prediction, where it is more than a bound")  # fmt: skip


def training(page: Page, steps: int, lr: float, seed: int) -> None:
    """What vanishes does not learn, and what does not vanish does."""
    page.say(f"""And what does it mean for training? Two moons, {HIDDEN} hidden layers of 16, {steps:,} steps of gradient descent with rate
        {lr:g}. Whoever always says "half" has a loss of ln 2 = {math.log(2):.4f}.""")
    curves = {name: trained(*KINDS[name][:2], steps, lr, seed) for name in page.bar((*STUCK, *LEARNING), "trainings")}
    ends = {name: curve[-1] for name, curve in curves.items()}
    page.table(["", "loss at the end"], ends.items())
    stuck, learning = ({name: ends[name] for name in names} for names in (STUCK, LEARNING))
    page.claim("loss where δ vanishes", stuck, "ln 2: it never starts", all(abs(end - math.log(2)) < 0.01 for end in stuck.values()))
    page.claim("loss where it does not", learning, "near 0", max(learning.values()) < 0.05)
    page.picture("08-trained", lambda theme: charts.lines(
        theme, f"Two moons, {HIDDEN} hidden layers", ("step", range(steps)), "loss", curves, log="y", levels={"ln 2": math.log(2)},
    ), "ReLU is stuck with small weights and learns with He's: both decide together. Two curves lie at ln 2")  # fmt: skip


def drawn(model: MLP, kind: str, seed: int) -> MLP:
    """The same network, with new weights of this kind; to build one is what takes time."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.W = rng.normal(0.0, SPREADS[kind](layer.n_inputs), (layer.n_outputs, layer.n_inputs))
    return model


def rms(numbers: Any) -> float:
    """The root mean square: how large numbers are, whatever their signs."""
    return float(np.sqrt(np.mean(np.square(numbers))))


def sizes(model: MLP, x: Any) -> Any:
    """The sizes of δ and of ∂W in each hidden layer, going back from the output itself.

    A loss would start δ as well, but can be flat: cross-entropy is, for an exploding network that is right and very sure.
    """
    return np.array([[rms(delta), rms(dW)] for delta, dW, _ in gradients(model.layers, x, np.ones_like)[:-1]]).T


def ratios(model: MLP, samples: int, seed: int) -> Any:
    """For each hidden layer the sizes of δ and ∂W over those in the last layer; 0 where nothing arrives at all."""
    rng = np.random.default_rng(seed)
    total = np.sqrt(sum(sizes(model, rng.normal(size=model.n_inputs)) ** 2 for _ in range(samples)))
    return total / np.maximum(total[:, -1:], np.finfo(float).tiny)


def trained(activation: ActivationName, kind: str, steps: int, lr: float, seed: int) -> list[float]:
    """The losses of a training."""
    model = drawn(MLP([2, *[16] * HIDDEN, 1], activation), kind, seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    return descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr)[1]
