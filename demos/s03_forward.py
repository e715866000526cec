"""3. The forward pass: layer by layer, cell by cell, and as matrices.

A layer takes the activations a of the layer before it, multiplies them by its weights, adds its
biases, and applies its activation function f: $z = W a + b$, and the new activations are $f(z)$. W
has a row for each neuron and a column for each input. A network repeats this, layer after layer;
the last activations are its prediction. The engine has no matrices: it multiplies and adds single
numbers, and keeps every one of them.

    python -m demos 3 --seed 7             # other weights: which of the measured numbers change?
    python -m demos 3 --activation relu    # which neurons of the picture are silent, and why?
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd import Value, compile, topological_order
from nn import MLP
from nn.layers import ActivationName
from viz import draw_dot, draw_network

from .page import Page, largest

SIZES = [3, 4, 4, 2]
INPUT = [1.0, -0.5, 0.3]
SAMPLES, SCALAR_SAMPLES = 1000, 50
"""How many samples the compiled network gets, and how many of these the scalar engine gets."""


def run(page: Page, seed: int = 0, activation: ActivationName = "tanh") -> None:
    model = with_biases(MLP(SIZES, activation, rng=seed), seed)
    out = model([Value(x_i, f"x{i}") for i, x_i in enumerate(INPUT, 1)])
    total = out[0] + out[1]
    total.label = "sum"
    parameters(page, model)
    layers(page, model)
    X = np.random.default_rng(seed).normal(size=(SAMPLES, SIZES[0]))
    in_matrices = by_matrices(model, X)
    against_scalars(page, model, X[:SCALAR_SAMPLES], in_matrices[:SCALAR_SAMPLES])
    compiled(page, model, total, X, in_matrices)
    page.picture(
        "03-network",
        draw_network(model, INPUT, theme="auto").svg,
        "Every neuron with its activation, every weight with its sign and size",
    )
    page.picture(
        "03-graph",
        draw_dot(total, theme="auto", depth=1).pipe("svg"),
        "The same numbers in the engine's graph: a card for each layer, and the sum of the outputs",
    )


def with_biases(model: MLP, seed: int) -> MLP:
    """The network with random biases: at 0, an engine that forgets them would pass as well."""
    draw = random.Random(seed)
    for layer in model.layers:
        for neuron in layer.neurons:
            neuron.b.data = draw.gauss(0.0, 0.5)
    return model


def parameters(page: Page, model: MLP) -> None:
    """How many parameters there are, counted and calculated."""
    pairs = [*zip(SIZES, SIZES[1:])]
    expected = sum([(n_in + 1) * n_out for n_in, n_out in pairs])
    products = " + ".join([f"({n_in} + 1) · {n_out}" for n_in, n_out in pairs])
    count = len(model.parameters())
    what = f"parameters of a network with layers of {', '.join(map(str, SIZES))}"
    page.claim(what, count, f"{products} = {expected}", count == expected)


def layers(page: Page, model: MLP) -> None:
    """What goes into each layer, what comes out of it, and the shapes of both."""
    page.say(
        """A forward pass with matrices: what goes into each layer, and what comes out of it."""
    )
    tables = model.forward_table(INPUT)
    page.code("\n".join(map(str, tables)))
    rows = []
    for table in tables:
        parts = (table.W, table.x, table.b, table.z, table.a)
        rows.append([table.name, *[str(part.shape) for part in parts]])
    page.table(["layer", "shape of W", "a in", "b", "z", "a out"], rows)


def by_matrices(model: MLP, X: Any) -> Any:
    """The outputs for many samples, one per row, by W a + b and the activation."""
    *hidden, last = model.layers
    a = X.T
    for layer in hidden:
        activate: Any = layer.activate
        a = np.vectorize(lambda z, f=activate: float(f(z)))(layer.W @ a + layer.b[:, None])
    return (last.W @ a + last.b[:, None]).T


def against_scalars(page: Page, model: MLP, X: Any, in_matrices: Any) -> None:
    """The matrices against the scalar engine."""
    page.say("""The two computations are independent: one multiplies whole matrices, the other
        single numbers.""")
    scalar = []
    for row in X.tolist():
        scalar.append([out.data for out in model(row)])
    apart = largest(scalar - in_matrices)
    what = "largest difference between the scalar graph and W a + b"
    told = "below 1e-15: only the order of the sums differs"
    page.claim(what, apart, told, apart < 1e-15)


def compiled(page: Page, model: MLP, total: Value, X: Any, in_matrices: Any) -> None:
    """The matrices against the program that `compile` makes from the scalar graph."""
    size = len(topological_order(total)) - 1  # without the sum
    page.say(f"""One pass records {size} scalars. `compile` recovers the matrices from them, and
        writes a program for any number of samples:""")
    program = compile(model, X[0].tolist())
    page.code(program.source)
    apart = largest(program(X) - in_matrices)
    what = f"largest difference between that program and W a + b, on {len(X):,} samples"
    page.claim(what, apart, "below 2e-15", apart < 2e-15)
