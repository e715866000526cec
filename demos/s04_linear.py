"""4. Why activations bend: layers without them collapse into one.

W₃ (W₂ (W₁ x + b₁) + b₂) + b₃ is W' x + b' with W' = W₃ W₂ W₁ and b' = W₃ (W₂ b₁ + b₂) + b₃. Three linear layers are one, however many
neurons they have, and one line cannot separate XOR. What is the best that it can do there?

The loss says how wrong a network is, in one number that training makes smaller. Here and in most sections it is the cross-entropy:
minus the logarithm of the probability that is given to the right answer, averaged over the samples. Given 1, it is 0; given less, it
grows beyond all bounds; given one half, it is ln 2. By this measure the best line says "half" to all four corners of XOR.

    python -m demos 4 --width 1            # can one neuron a layer do it? Can two?
    python -m demos 4 --activation relu    # a bend in place of a curve: does the loss fall faster?
    python -m demos 4 --steps 200          # too short for one of the two: for which?
"""

from __future__ import annotations

import math

import numpy as np

from autograd import compile
from nn import MLP, data, losses
from nn.layers import ActivationName

from . import charts
from .page import Page
from .training import descend, give, theta_of

XOR = data.xor()


def run(
    page: Page,
    width: int = 8,
    steps: int = 2000,
    lr: float = 0.1,
    activation: ActivationName = "tanh",
    seed: int = 0,
) -> None:
    model = MLP([3, width, width, 2], activation="identity", init="normal", rng=seed)
    W1, W2, W3 = (layer.W for layer in model.layers)
    b1, b2, b3 = (layer.b for layer in model.layers)
    W, b = W3 @ W2 @ W1, W3 @ (W2 @ b1 + b2) + b3
    X = np.random.default_rng(seed).normal(size=(100, 3))
    layered = np.array([[o.data for o in model(x)] for x in X.tolist()])
    collapsed = X @ W.T + b
    apart = np.abs(layered - collapsed).max() / np.abs(collapsed).max()
    page.claim("three linear layers against one, relative difference", float(apart), "rounding, about 1e-15", apart < 1e-14)
    rank = min(width, *W.shape)  # a narrow layer in between leaves W less freedom than its size has
    page.table(
        ["network", "parameters", "of which free"],
        [["three layers", len(model.parameters()), rank * (sum(W.shape) - rank) + b.size], ["one layer", W.size + b.size, W.size + b.size]],
    )

    page.say(f"Networks like it on XOR, with nothing between the layers and with {activation}: {steps:,} steps, rate {lr:g}.")
    curves: dict[str, list[float]] = {}
    for name in ("identity", activation):
        network = MLP([2, width, width, 1], activation=name, rng=seed)
        loss = compile(lambda x, y, network=network: losses.bce_with_logits(network(x), y), [0.0, 0.0], 0.0, wrt=network)
        theta, curves[name] = descend(loss, theta_of(network), (XOR.X, XOR.y), steps, lr)
        give(network, theta)
        said = [z.sigmoid().data for z in network(XOR.X)]
        page.table(["", *map(str, XOR.X)], [["target", *map(int, XOR.y)], [name, *said]])
        if name == "identity":
            off = max(abs(p - 0.5) for p in said)
            page.claim(
                "loss of the linear network on XOR",
                f"{curves[name][-1]:.6f}",
                f"ln 2 = {math.log(2):.6f}",
                abs(curves[name][-1] - math.log(2)) < 1e-4,
            )
            page.claim("its outputs, largest distance from 0.5", off, "0: it says half to everything", off < 1e-2)
    page.claim(f"loss with {activation}", curves[activation][-1], "far below ln 2", curves[activation][-1] < 0.1)
    page.picture("04-collapse", lambda theme: charts.lines(
        theme, "XOR, with and without an activation", ("step", range(steps)), "loss", curves, log="y", levels={"ln 2": math.log(2)},
    ), "Without an activation the loss stays at ln 2")  # fmt: skip
