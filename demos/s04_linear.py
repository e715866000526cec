"""4. Why activations bend: layers without them collapse into one.

$W₃ (W₂ (W₁ x + b₁) + b₂) + b₃$ is $W′ x + b′$ with $W′ = W₃ W₂ W₁$ and
$b′ = W₃ (W₂ b₁ + b₂) + b₃$. So three linear layers are one, however many neurons they have, and one
line cannot separate XOR. What is the best that it can do there?

The loss says how wrong a network is, in a single number that training makes smaller. Here and in
most sections it is the cross-entropy: minus the logarithm of the probability that the network gives
to the right answer, averaged over the samples. A probability of 1 costs 0, one half costs ln 2, and
as the probability falls to 0, the loss grows without bound. By this measure, the best that a line
can do on XOR is to give one half to all four corners.

    python -m demos 4 --width 1            # can one neuron per layer do it? Can two?
    python -m demos 4 --activation relu    # a kink instead of a curve: does the loss fall faster?
    python -m demos 4 --steps 200          # too few steps for one of the two: for which?
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
from .training import descend, give, theta_of

XOR = data.xor()
HALF = math.log(2)
"""The loss of a guess: a probability of one half for each sample."""


def run(
    page: Page,
    width: int = 8,
    steps: int = 2000,
    lr: float = 0.1,
    activation: ActivationName = "tanh",
    seed: int = 0,
) -> None:
    collapse(page, width, seed)
    page.say(f"""Two networks of this kind on XOR, one with nothing between its layers (the
        identity), one with {activation}. Training: {steps:,} steps, rate {lr:g}.""")
    straight, line = trained("identity", width, steps, lr, seed)
    bent, curve = trained(activation, width, steps, lr, seed)
    corners = [f"({x1:g}, {x2:g})" for x1, x2 in XOR.X]
    targets: list[Any] = ["target", *map(int, XOR.y)]
    rows = [targets, ["identity", *probabilities(straight)], [activation, *probabilities(bent)]]
    page.table(["probability of 1", *corners], rows)
    told = f"ln 2 = {HALF:.6f}"
    is_half = abs(line[-1] - HALF) < 1e-4
    page.claim("loss of the linear network on XOR", f"{line[-1]:.6f}", told, is_half)
    off = largest([p - 0.5 for p in probabilities(straight)])
    what = "largest distance of its outputs from one half"
    page.claim(what, off, "0: it gives one half to every corner", off < 1e-2)
    page.claim(f"loss with {activation}", curve[-1], "far below ln 2", curve[-1] < 0.1)
    page.picture(
        "04-collapse",
        lambda theme: charts.lines(
            theme,
            "XOR, with and without an activation",
            ("step", range(steps)),
            "loss",
            {"identity": line, activation: curve},
            log="y",
            levels={"ln 2": HALF},
        ),
        "Without an activation the loss on XOR can never fall below ln 2",
    )


def collapse(page: Page, width: int, seed: int) -> None:
    """Three linear layers, and the one that they amount to."""
    model = MLP([3, width, width, 2], activation="identity", init="normal", rng=seed)
    W1, W2, W3 = (layer.W for layer in model.layers)
    b1, b2, b3 = (layer.b for layer in model.layers)
    W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
    X = np.random.default_rng(seed).normal(size=(100, 3))
    layered = []
    for x in X.tolist():
        layered.append([out.data for out in model(x)])
    collapsed = X @ W.T + b
    apart = largest(layered - collapsed) / largest(collapsed)
    what = "relative difference between three linear layers and one"
    page.claim(what, apart, "rounding, about 1e-15", apart < 1e-14)
    page.say("""How many parameters there are, and how many numbers are enough to describe all that
        they can do:""")
    # A narrow layer in between limits the rank of W, and so its freedom.
    rank = min(width, *W.shape)
    free = rank * (sum(W.shape) - rank) + b.size
    three = ["three layers", len(model.parameters()), free]
    one = ["one layer", W.size + b.size, W.size + b.size]
    page.table(["network", "parameters", "of which free"], [three, one])


def trained(
    activation: ActivationName, width: int, steps: int, lr: float, seed: int
) -> tuple[MLP, list[float]]:
    """A network trained on XOR, and its losses on the way."""
    model = MLP([2, width, width, 1], activation=activation, rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, curve = descend(loss, theta_of(model), (XOR.X, XOR.y), steps, lr)
    give(model, theta)
    return model, curve


def probabilities(model: MLP) -> list[float]:
    """The probability of the answer 1 that the network gives to each corner."""
    return [z.sigmoid().data for z in model(XOR.X)]
