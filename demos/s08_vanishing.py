"""8. Vanishing and exploding gradients: what depth does, and what helps against it.

On its way back, δ is multiplied by weights and slopes at each layer. Twenty layers do so twenty
times: a factor of a half leaves a millionth of it, a factor of two makes it a million times as
large. With n neurons per layer and weights of standard deviation σ, the factor is about σ √n times
the root mean square of the slopes.

So σ has to suit the activation. Xavier's σ (Glorot and Bengio, 2010), $√(2 / (inputs + outputs))$,
is $1/√n$ in a layer with as many outputs as inputs, and makes the factor 1 there, in the linear
part of tanh; this section takes $1/√n$ for all layers. He's $σ = √(2/n)$ (He et al., 2015) makes up
for the half that ReLU cuts off. "Use ReLU" by itself is no cure: with weights that are too small,
its δ vanishes like any other.

Look at δ, not at weight gradients. A weight gradient is δ times the signal that comes in from
below. If the signal vanishes on its way up, and δ on its way down, the products are equally tiny in
all layers, and their ratio looks healthy.

    python -m demos 8 --depth 40      # which kinds still pass anything on?
    python -m demos 8 --width 8       # narrower layers: how far does chance stray from theory?
    python -m demos 8 --lr 0.03       # does a smaller rate help what is stuck?
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from autograd import compile
from nn import MLP, data, losses
from nn.layers import ActivationName
from nn.optim.rules import Rule, scale_by_adam

from . import charts
from .charts import HALF
from .page import Page, largest
from .s06_backprop import gradients
from .training import STAY, descend, theta_of

SPREADS: dict[str, Callable[[int], float]] = {
    "3/√n": lambda n: 3 / math.sqrt(n),
    "He": lambda n: math.sqrt(2 / n),
    "Xavier": lambda n: 1 / math.sqrt(n),
    "0.01": lambda n: 0.01,
}
"""The standard deviation of a weight, for a neuron with n inputs."""

SLOPES = {"relu": math.sqrt(0.5), "tanh": 1.0, "sigmoid": 0.25}
"""For ReLU the root mean square of its slopes, 1 for a half and 0 for the rest; for the others the
largest slope, which is the one at 0."""

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
"""Activation, weights, and δ first / δ last after NOTED layers in the notes; from what explodes to
what vanishes fastest."""

NOTED = 20
CURVED = ("tanh, Xavier", "sigmoid, Xavier")
"""Kinds whose sums leave the part around 0 where the slope is largest: there the prediction is an
upper bound."""

STUCK, LEARNING = ("sigmoid, Xavier", "ReLU, 0.01"), ("tanh, Xavier", "ReLU, He")
HIDDEN = 8
EPS = 1e-8
"""Adam's constant in the denominator, as in the paper and in `nn.optim`."""

MOONS = data.moons(100, rng=0)

OPTIONS = {
    "depth": "how many hidden layers the networks measured before training have",
    "networks": "how many networks of each kind to measure; the median counts",
    "samples": "how many samples to send through each network",
}


def run(
    page: Page,
    width: int = 32,
    depth: int = NOTED,
    networks: int = 9,
    samples: int = 2,
    steps: int = 2000,
    lr: float = 0.1,
    seed: int = 0,
) -> None:
    if depth < 2:
        raise ValueError(
            f"--depth must be at least 2, for a first and a last hidden layer, got {depth}"
        )
    one_network(page, width, seed)
    before_training(page, width, depth, networks, samples, seed)
    training(page, steps, lr, seed)
    with_adam(page, steps, seed)


def one_network(page: Page, width: int, seed: int) -> None:
    """A first δ on its way back, by the matrix equations and by the scalar engine."""
    model = drawn(MLP([width] * 11 + [1], "sigmoid"), "Xavier", seed)
    x = np.random.default_rng(seed).normal(size=width)
    model(x.tolist()).backward()
    scalar = []
    for layer in model.layers[:-1]:
        scalar.append(rms([neuron.b.grad for neuron in layer.neurons]))
    matrix = sizes(model, x)[0]
    page.say(f"""Ten hidden layers of {width} sigmoids, Xavier's weights, one sample. δ starts as
        1 at the output. Its size on the way back (the root mean square over a layer's neurons):""")
    rows = [[i + 1, f"{matrix[i]:.2g}"] for i in reversed(range(10))]
    page.table(["hidden layer", "size of δ"], rows)
    apart = largest(matrix / scalar - 1)
    what = "the equations of section 6 and the scalar engine: largest relative difference"
    page.claim(what, apart, "rounding", apart < 1e-9)


def before_training(
    page: Page, width: int, depth: int, networks: int, samples: int, seed: int
) -> None:
    """How δ and the weight gradients shrink or grow in each kind of network."""
    page.say(f"""Now eight kinds of network with {depth} hidden layers of {width} neurons, none of
        them trained. "0.01" stands for $σ = 0.01$. First / last is the size in the first hidden
        layer over the size in the last one; for δ, 1 would mean that nothing is lost. Each number
        is the median of {networks} networks, with {samples} samples each. ∂W stands for the weight
        gradients.""")
    delta, weights = dict[str, Any](), dict[str, float]()
    for name in page.bar(KINDS, "networks"):
        activation, spread, _ = KINDS[name]
        model = MLP([width] * (depth + 1) + [1], activation)
        found = []
        for i in range(seed, seed + networks):
            found.append(ratios(drawn(model, spread, i), samples, i))
        both = np.array(found)
        delta[name] = np.median(both[:, 0], axis=0)
        weights[name] = float(np.median(both[:, 1, 0]))
    ends = {name: float(of_name[0]) for name, of_name in delta.items()}
    factors = {name: end ** (1 / (depth - 1)) for name, end in ends.items()}
    theory = {}
    for name, (activation, spread, _) in KINDS.items():
        theory[name] = SPREADS[spread](width) * math.sqrt(width) * SLOPES[activation]
    compared(page, factors, theory, ends, weights, depth == NOTED)
    what_vanishes(page, ends, weights, theory, depth)
    layers = range(1, depth + 1)
    dotted = [theory[x] ** np.arange(depth - 1, -1, -1) for x in KINDS if x not in CURVED]
    page.picture(
        "08-depth",
        lambda theme: charts.lines(
            theme,
            "δ on its way back to the first layer",
            ("hidden layer; δ travels from right to left", layers),
            "δ, over δ of the last layer",
            delta,
            log="y",
            theory=dotted,
        ),
        "The size of δ in each layer. The same factor at each layer is a straight line on a log "
        "scale. Dotted: the prediction, where it is more than a bound",
    )


def compared(
    page: Page,
    factors: Mapping[str, float],
    theory: Mapping[str, float],
    ends: Mapping[str, float],
    weights: Mapping[str, float],
    has_notes: bool,
) -> None:
    """The factors of all kinds, measured and predicted."""
    rows = []
    for name, (_, _, notes) in KINDS.items():
        predicted = f"{'below ' * (name in CURVED)}{theory[name]:.2g}"
        row = [name, f"{factors[name]:.2g}", predicted, f"{ends[name]:.2g}", f"{weights[name]:.2g}"]
        rows.append([*row, notes] if has_notes else row)
    head = ["", "factor per layer", "predicted", "δ first / last", "∂W first / last"]
    page.table([*head, "δ in the notes"] if has_notes else head, rows)
    page.say("""The prediction is σ √n times a factor for the slopes: $1/√2$ for ReLU, whose slope
        is 1 for half of the neurons and 0 for the rest, and for tanh and the sigmoid their slopes
        at 0, 1 and 1/4. For these two it is exact while small weights keep all sums near 0; with
        Xavier's weights it is an upper bound.""")
    exact = [factors[name] / theory[name] - 1 for name in KINDS if name not in CURVED]
    missed = largest(exact)
    what = "factor per layer: largest relative error of the prediction"
    page.claim(what, missed, "below 0.2", missed < 0.2)
    curved = {name: factors[name] for name in CURVED}
    bounds = ", ".join([f"{theory[name]:g}" for name in CURVED])
    is_below = all(factor < theory[name] for name, factor in curved.items())
    what = "factor per layer with Xavier's weights"
    page.claim(what, curved, f"below {bounds}, their bounds", is_below)


def what_vanishes(
    page: Page,
    ends: Mapping[str, float],
    weights: Mapping[str, float],
    theory: Mapping[str, float],
    depth: int,
) -> None:
    """Which networks lose δ, which keep it, and what hides that."""
    small = {name: ends[name] for name in KINDS if name.endswith("0.01")}
    told = "all vanish, and ReLU's sooner than tanh's: ReLU by itself is no cure"
    is_so = max(small.values()) < 1e-3 and small["ReLU, 0.01"] < small["tanh, 0.01"]
    page.claim("δ first / last, all with σ = 0.01", small, told, is_so)
    he, large = ends["ReLU, He"], ends["ReLU, 3/√n"]
    page.claim("δ first / last of ReLU, He", he, "about 1", 0.1 < he < 10)
    told = f"about {theory['ReLU, 3/√n']:.2g}^{depth - 1}: it explodes"
    is_so = 1.7 ** (depth - 1) < large < 2.6 ** (depth - 1)
    page.claim("δ first / last of ReLU, 3/√n", large, told, is_so)
    hidden, shown = weights["ReLU, 0.01"], ends["ReLU, 0.01"]
    what = "ReLU, 0.01: first / last of the weight gradients, and of δ"
    told = "the weight gradients hide what δ shows"
    page.claim(what, [hidden, shown], told, hidden > 1000 * shown)


def training(page: Page, steps: int, lr: float, seed: int) -> None:
    """Where δ vanishes, a network does not learn; elsewhere it does."""
    page.say(f"""What does this mean for training? Two moons, {HIDDEN} hidden layers of 16,
        {steps:,} steps of gradient descent with rate {lr:g}. Guessing costs ln 2 = {HALF:.4f}.""")
    kinds = (*STUCK, *LEARNING)
    curves = {name: trained(name, steps, lr, seed) for name in page.bar(kinds, "trainings")}
    ends = {name: curve[-1] for name, curve in curves.items()}
    page.table(["", "loss at the end"], ends.items())
    stuck = {name: ends[name] for name in STUCK}
    learning = {name: ends[name] for name in LEARNING}
    is_stuck = all(abs(end - HALF) < 0.01 for end in stuck.values())
    page.claim("loss where δ vanishes", stuck, "ln 2: it never starts", is_stuck)
    learns = max(learning.values()) < 0.05
    page.claim("loss where it does not", learning, "near 0", learns)
    page.picture(
        "08-trained",
        lambda theme: charts.losses(theme, f"Two moons, {HIDDEN} hidden layers", curves, steps),
        "ReLU is stuck with small weights and learns with He's: activation and weights decide "
        "together. Two curves lie at ln 2",
    )


def with_adam(page: Page, steps: int, seed: int) -> None:
    """What an optimizer that scales every gradient does about it."""
    page.say(f"""Adam divides each gradient by its own recent size, plus ε = {EPS:g}. So a weight
        with a tiny gradient moves as fast as one with a large gradient: the sign counts, not the
        size. That rescues the sigmoids, whose gradients in the first layers are tiny but not
        lost. It does not rescue ReLU with σ = 0.01: there the gradients are far below ε, which
        drowns them.""")
    curves = {}
    for name in page.bar(STUCK, "trainings with Adam"):
        curves[name] = trained(name, steps, 0.003, seed, scale_by_adam(0.9, 0.999, EPS))
    rows = []
    for name, curve in curves.items():
        model = drawn(network(name), KINDS[name][1], seed)
        size = sizes(model, np.array(MOONS.X[0]))[1]
        rows.append([name, f"{size.min():.1g} to {size.max():.1g}", curve[-1]])
    page.table(["", "weight gradients at the start", "loss at the end, with Adam"], rows)
    rescued, lost = (curves[name][-1] for name in STUCK)
    page.claim("sigmoid, Xavier: loss with Adam", rescued, "near 0", rescued < 0.05)
    page.claim("ReLU, 0.01: loss with Adam", lost, "ln 2, as before", abs(lost - HALF) < 0.01)
    page.picture(
        "08-adam",
        lambda theme: charts.losses(theme, "The two that were stuck, with Adam", curves, steps),
        "With Adam the sigmoids learn; ReLU with small weights stays at ln 2",
    )


def network(name: str) -> MLP:
    """A network of this kind, for the moons."""
    return MLP([2, *[16] * HIDDEN, 1], KINDS[name][0])


def drawn(model: MLP, kind: str, seed: int) -> MLP:
    """The same network with new weights of this kind; building one is what takes time."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        shape = layer.n_outputs, layer.n_inputs
        layer.W = rng.normal(0.0, SPREADS[kind](layer.n_inputs), shape)
    return model


def rms(numbers: Any) -> float:
    """The root mean square: how large numbers are, whatever their signs."""
    return float(np.sqrt(np.mean(np.square(numbers))))


def sizes(model: MLP, x: Any) -> Any:
    """The sizes of δ and of ∂W in each hidden layer, going back from the output itself.

    A loss would start δ as well, but can be flat: cross-entropy is, for an exploding network that
    is right and very sure.
    """
    found = gradients(model.layers, x, np.ones_like)[:-1]
    return np.array([[rms(delta), rms(dW)] for delta, dW, _ in found]).T


def ratios(model: MLP, samples: int, seed: int) -> Any:
    """The sizes of δ and ∂W in each hidden layer over those in the last; 0 if nothing arrives."""
    rng = np.random.default_rng(seed)
    squares = [sizes(model, rng.normal(size=model.n_inputs)) ** 2 for _ in range(samples)]
    total = np.sqrt(sum(squares))
    return total / np.maximum(total[:, -1:], np.finfo(float).tiny)


def trained(name: str, steps: int, lr: float, seed: int, rule: Rule = STAY) -> list[float]:
    """The losses of this kind of network in training."""
    model = drawn(network(name), KINDS[name][1], seed)
    zeros: Sequence[float] = [0.0, 0.0]
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), zeros, 0.0, wrt=model)
    return descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr, rule)[1]
