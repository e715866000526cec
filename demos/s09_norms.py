"""9. Batch normalisation and gradient clipping: what they mend, and what they do not do.

Batch normalisation (Ioffe and Szegedy, 2015) takes from every weighted sum its mean over the batch and divides by its spread, layer by
layer, so that no activation starts on its flat side and no signal dies on the way up. It is often said to make the gradients of all
layers equal. It does not: measured, they differ by large factors, and learning works nevertheless. Clipping (Pascanu, Mikolov and
Bengio, 2013) shortens a gradient that is too long to a given length, and keeps its direction; that is for gradients that explode.

    python -m demos 9 --seeds 1
    python -m demos 9 --max-norm 0.1
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import compile, sqrt
from demos import charts
from demos.page import Page, main
from demos.training import STAY, descend, give, theta_of
from nn import MLP, Activation, BatchNorm, Layer, Sequential, accuracy, data, decide, init, losses, predict
from nn.rules import Rule, clip_scale

HIDDEN, WIDTH = 8, 8
SIZES = [2, *[WIDTH] * HIDDEN, 1]
STUCK = {"sigmoid, Xavier": ("sigmoid", "xavier_normal"), "ReLU, N(0, 0.01²)": ("relu", init.normal(0.0, 0.01))}
MOONS = data.moons(32, rng=0)


def normalised(rows: list[list[Any]], eps: float = 1e-5) -> list[list[Any]]:
    """Values, each column brought to mean 0 and variance 1: batch normalisation, without the scale and shift that may follow."""
    columns = []
    for column in zip(*rows):
        mean = sum(column) / len(column)
        centred = [z - mean for z in column]
        std = sqrt(sum(c * c for c in centred) / len(column) + eps)
        columns.append([c / std for c in centred])
    return [list(row) for row in zip(*columns)]


def forward(model: MLP, X: Any, seen: list[list[list[Any]]] | None = None) -> list[Any]:
    """The logits of a batch, every hidden layer's weighted sums normalised; these are put into `seen`."""
    for layer in model.layers[:-1]:
        Z = [[neuron.b + sum(w * x for w, x in zip(neuron.w, row)) for neuron in layer.neurons] for row in X]
        if seen is not None:
            seen.append(Z)
        X = [[layer.activate(z) for z in row] for row in normalised(Z)]
    return [model.layers[-1](row)[0] for row in X]


def run(page: Page, steps: int = 800, lr: float = 0.1, max_norm: float = 1.0, seeds: int = 3) -> None:
    model = MLP(SIZES, "sigmoid", init="xavier_normal", rng=0)
    ours = losses.bce_with_logits(forward(model, MOONS.X), MOONS.y)
    theirs = losses.bce_with_logits(with_layers(model)(MOONS.X), MOONS.y)
    page.claim(
        "batch normalisation in eight lines, and nn.BatchNorm: the losses differ by",
        abs(ours.data - theirs.data),
        "rounding",
        abs(ours.data - theirs.data) < 1e-12,
    )

    page.say(f"""The kinds of network that section 8 left at ln 2, with {HIDDEN} hidden layers of {WIDTH}: {steps:,} steps with rate
        {lr:g}, from {seeds} beginnings, plain and normalised. The loss of a normalised batch is no mean of losses of samples, so
        what is compiled is a function of the whole batch of {len(MOONS.X)}.""")
    curves: dict[str, list[float]] = {}
    rows = []
    for name, (activation, weights) in page.bar(STUCK.items(), "batch normalisation"):
        model = MLP(SIZES, activation)
        plain = compile(lambda x, y, model=model: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
        normal = compile(lambda X, y, model=model: losses.bce_with_logits(forward(model, X), y), MOONS.X, MOONS.y, wrt=model)
        starts = [MLP(SIZES, activation, init=weights, rng=seed) for seed in range(seeds)]
        runs = {
            "plain": [descend(plain, theta_of(start), (MOONS.X, MOONS.y), steps, lr)[1] for start in starts],
            "normalised": [descend(normal, theta_of(start), ([MOONS.X], [MOONS.y]), steps, lr)[1] for start in starts],  # one "sample"
        }
        curves |= {f"{name}, {kind}": of_kind[0] for kind, of_kind in runs.items()}
        without, with_it = (max(curve[-1] for curve in runs[kind]) for kind in ("plain", "normalised"))
        spread = [delta_ratio(start) for start in starts]
        rows.append([name, without, with_it, f"{min(spread):.3g} to {max(spread):.3g}"])
        page.claim(f"{name}: largest loss, plain", without, "ln 2 = 0.693", abs(without - math.log(2)) < 0.01)
        page.claim(f"{name}: largest loss, normalised", with_it, "below half of that: it learns", with_it < math.log(2) / 2)
        page.claim(
            f"{name}: δ of the first layer over δ of the last, at the start",
            spread,
            "not 1: it does not make gradients equal",
            max(spread) > 1.5,
        )
    page.table(["", "plain", "normalised", "δ ratio, normalised"], rows)
    page.picture("09-batch-norm", lambda theme: charts.lines(
        theme, "The same networks, plain and normalised", ("step", range(steps)), "loss", curves, log="y", levels={"ln 2": math.log(2)},
    ), "Normalised, even these learn")  # fmt: skip

    page.say(f"""ReLU with weights from N(0, 9/n), where gradients explode: plain steps, and steps whose gradient is cut to the
        length {max_norm:g}.""")
    clipping = Rule(lambda g, p, state, t: (g * clip_scale(float(np.linalg.norm(g)), max_norm), state))
    outcomes = {
        kind: [exploding(rule, steps, lr, seed) for seed in range(seeds)] for kind, rule in (("plain", STAY), ("clipped", clipping))
    }
    page.table(["", *(f"seed {seed}" for seed in range(seeds))], [
        [kind, *(f"loss {loss:.3g}, {right:.0%} right" for loss, right in of_kind)] for kind, of_kind in outcomes.items()
    ])  # fmt: skip
    lost = sum(not loss < math.log(2) - 0.01 for loss, _ in outcomes["plain"])
    page.claim("plain: lost runs", f"{lost} of {seeds}", "all: nan, or ln 2", lost == seeds)
    page.claim(
        "clipped: accuracies",
        [right for _, right in outcomes["clipped"]],
        "all learn: 1, or nearly",
        all(right > 0.9 for _, right in outcomes["clipped"]),
    )


def with_layers(model: MLP) -> Sequential:
    """The same network with nn.BatchNorm between weighted sums and activations."""
    parts: list[Any] = []
    for layer in model.layers[:-1]:
        linear = Layer(layer.n_inputs, layer.n_outputs, "identity")
        give(linear, theta_of(layer))
        parts += [linear, BatchNorm(layer.n_outputs), Activation(layer.activation)]
    return Sequential(*parts, model.layers[-1])


def delta_ratio(model: MLP) -> float:
    """RMS of ∂L/∂z over the batch, in the first hidden layer over the last."""
    seen: list[list[list[Any]]] = []
    losses.bce_with_logits(forward(model, MOONS.X, seen), MOONS.y).backward()
    first, last = (np.sqrt(np.mean([[z.grad**2 for z in row] for row in Z])) for Z in (seen[0], seen[-1]))
    return float(first / last)


def exploding(rule: Rule, steps: int, lr: float, seed: int) -> tuple[float, float]:
    """The loss at the end, and the share that is right."""
    model = MLP([2, *[16] * HIDDEN, 1], "relu", init=lambda fan_in, fan_out, rng: rng.gauss(0.0, 3 / math.sqrt(fan_in)), rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, curve = descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr, rule)
    give(model, theta)
    return curve[-1], accuracy(decide(predict(model, MOONS.X), "bce_with_logits"), MOONS.y)


if __name__ == "__main__":
    main(run)
