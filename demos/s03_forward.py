"""3. The forward pass: layer by layer, cell by cell, and as matrices.

A layer takes the activations of the one before it, a, multiplies by its weights, adds its biases, and applies its activation:
z = W a + b, then a = f(z). W has a row for each neuron and a column for each input. A network is that, again and again; the last
a is its prediction. The engine knows no matrix: it multiplies and adds numbers, and keeps each of them.

    python -m demos 3 --seed 7             # other weights: which numbers of the claims change?
    python -m demos 3 --activation relu    # which neurons of the picture are silent, and why?
"""

from __future__ import annotations

import random

import numpy as np

from autograd import Value, compile, topological_order
from nn import MLP
from nn.layers import ActivationName
from viz import draw_dot, draw_network

from .page import Page

SIZES = [3, 4, 4, 2]
SAMPLES = 1000


def run(page: Page, seed: int = 0, activation: ActivationName = "tanh") -> None:
    model = MLP(SIZES, activation, rng=seed)
    draw = random.Random(seed)
    for layer in model.layers:
        for neuron in layer.neurons:
            neuron.b.data = draw.gauss(0.0, 0.5)  # they begin at 0, where an engine that forgets them would pass as well
    x = [1.0, -0.5, 0.3]
    out = model([Value(x_i, f"x{i}") for i, x_i in enumerate(x, 1)])
    pairs = [*zip(SIZES, SIZES[1:])]
    counted = sum(n_in * n_out + n_out for n_in, n_out in pairs)
    page.claim(f"parameters of {SIZES}", len(model.parameters()), f"{' + '.join(f'({i} + 1) · {o}' for i, o in pairs)} = {counted}",
               len(model.parameters()) == counted)  # fmt: skip
    page.say("The same pass as matrices, with what goes in and what comes out of each layer:")
    tables = model.forward_table(x)
    page.code("\n".join(map(str, tables)))
    page.table(
        ["layer", "W", "a in", "b", "z", "a out"], [[t.name, *(str(part.shape) for part in (t.W, t.x, t.b, t.z, t.a))] for t in tables]
    )

    rng = np.random.default_rng(seed)
    X = rng.normal(size=(SAMPLES, SIZES[0]))
    program = compile(model, X[0].tolist())
    by_hand = X.T
    for t in tables:
        z = t.W @ by_hand + t.b[:, None]
        by_hand = z if t is tables[-1] else np.vectorize(lambda number: float(model.layers[0].activate(number)))(z)
    scalar = np.array([[o.data for o in model(row)] for row in X[:50].tolist()])
    page.say("""Neither the table nor the scalar engine knows of the other: the table multiplies matrices; the engine multiplies single
        numbers.""")
    apart = np.abs(scalar - by_hand.T[:50]).max()
    page.claim(
        "largest difference of the scalar graph from W @ a + b", float(apart), "below 1e-15: only the order of sums differs", apart < 1e-15
    )
    total = out[0] + out[1]
    total.label = "sum"
    size = len(topological_order(total)) - 1
    page.say(
        f"One pass records {size} scalars. `compile` finds the matrices in them again, and writes the program for any number of samples:"
    )
    page.code(program.source)
    apart = np.abs(program(X) - by_hand.T).max()
    page.claim(f"largest difference of that program on {SAMPLES:,} samples", float(apart), "below 2e-15", apart < 2e-15)
    page.picture(
        "03-network", draw_network(model, x, theme="auto").svg, "Every neuron with its activation, every weight with its sign and size"
    )
    page.picture(
        "03-graph",
        draw_dot(total, theme="auto", depth=1).pipe("svg"),
        "The same numbers in the engine's graph: a card for each layer, and the sum",
    )
