"""9. Batch normalisation and gradient clipping: what they mend, and what they do not do.

Batch normalisation (Ioffe and Szegedy, 2015) subtracts from every weighted sum its mean over the batch and divides by its standard
deviation, layer by layer, so that no unit starts flat for all samples and no signal dies on the way up. It is often said to make the
gradients of all layers equal. It does not: measured, they differ by factors of about 2 to 60, and the network learns nevertheless. Gradient
clipping (Pascanu, Mikolov and Bengio, 2013) shortens a gradient that is too long but keeps its direction, which helps if gradients explode.

    python -m demos 9 --max-norm 0.1     # shorter steps: safer, or only slower?
    python -m demos 9 --lr 0.01          # is a small learning rate as good as clipping?
"""

from __future__ import annotations

import inspect
import math
from typing import Any

import numpy as np

from autograd import compile, sqrt
from nn import (
    MLP,
    Activation,
    BatchNorm,
    Layer,
    Sequential,
    accuracy,
    data,
    decide,
    init,
    losses,
    predict,
)
from nn.optim.rules import Rule, clip_scale

from . import charts
from .page import Page
from .training import STAY, descend, give, theta_of

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


OPTIONS = {"max_norm": "the length to which longer gradients are cut"}


def run(page: Page, steps: int = 800, lr: float = 0.1, max_norm: float = 1.0, seeds: int = 3) -> None:
    one_batch(page)
    mended(page, steps, lr, seeds)
    clipped(page, steps, lr, max_norm, seeds)


def one_batch(page: Page) -> None:
    """The layer itself, in training and in use."""
    model = MLP(SIZES, "sigmoid", init="xavier_normal", rng=0)
    layers = with_layers(model)
    apart = abs(losses.bce_with_logits(forward(model, MOONS.X), MOONS.y).data - losses.bce_with_logits(layers(MOONS.X), MOONS.y).data)
    page.say("Batch normalisation of a table with a row for each sample and a column for each neuron, in a few lines:")
    page.code(inspect.getsource(normalised))
    page.claim("these lines, and nn.BatchNorm: the losses differ by", apart, "rounding", apart < 1e-12)
    page.say("""nn.BatchNorm does two things more. It multiplies by a scale γ and adds a shift β, two parameters for each neuron that start
        at 1 and 0, with which it can undo what it does if that is better. And while it trains it keeps running means and variances. In use
        it takes these, so that a sample's output does not depend on what else is in the batch.""")
    layer, X = BatchNorm(2, eps=0.0), np.array(MOONS.X)
    give(layer, np.concatenate([X.std(axis=0), X.mean(axis=0)]))  # γ, then β
    undone = np.array([[value.data for value in row] for row in layer(MOONS.X)])
    apart = float(np.abs(undone - X).max())
    page.claim("with γ = standard deviation and β = mean: output and input differ by", apart, "rounding: it is undone", apart < 1e-12)
    sample, few = MOONS.X[0], MOONS.X[:8]
    in_training = abs(layers(MOONS.X)[0].data - layers(few)[0].data)
    layers.eval()
    in_use = abs(layers([sample])[0].data - layers(few)[0].data)
    page.claim("in training: one sample's output in a batch of 32, and in one of 8, differ by", in_training,
               "not 0: the others' mean is in it", in_training > 1e-3)  # fmt: skip
    page.claim("in use: its output on its own, and in a batch of 8, differ by", in_use, "0: running statistics", in_use == 0)


def mended(page: Page, steps: int, lr: float, seeds: int) -> None:
    """Networks that do not learn, and do with batch normalisation."""
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
        ratios = [delta_ratio(start) for start in starts]
        rows.append([name, without, with_it, f"{min(ratios):.3g} to {max(ratios):.3g}"])
        page.claim(f"{name}: largest loss, plain", without, "ln 2 = 0.693", abs(without - math.log(2)) < 0.01)
        page.claim(f"{name}: largest loss, normalised", with_it, "below half of that: it learns", with_it < math.log(2) / 2)
        page.claim(f"{name}: δ of the first hidden layer over δ of the last, before any step", ratios,
                   "not 1: it does not make gradients equal", min(ratios) > 1.5)  # fmt: skip
    page.table(["", "loss, plain", "loss, normalised", "δ first / last, normalised"], rows)
    page.picture("09-batch-norm", lambda theme: charts.lines(
        theme, "The same networks, plain and normalised", ("step", range(steps)), "loss", curves, log="y", levels={"ln 2": math.log(2)},
    ), "From the same weights: plain, both stay at ln 2 and lie on one another; normalised, both learn")  # fmt: skip


def clipped(page: Page, steps: int, lr: float, max_norm: float, seeds: int) -> None:
    """Networks that explode, and learn with clipped gradients."""
    page.say(f"""ReLU with weights from N(0, 9/n), where gradients explode: plain steps, and steps for which a gradient longer than
        {max_norm:g} is cut to that length.""")
    clipping = Rule(lambda g, p, state, t: (g * clip_scale(float(np.linalg.norm(g)), max_norm), state))
    rules = {"plain": STAY, "clipped": clipping}
    outcomes = {kind: [exploding(rule, steps, lr, seed) for seed in page.bar(range(seeds), kind)] for kind, rule in rules.items()}
    page.table(["", *(f"seed {seed}" for seed in range(seeds))], [
        [kind, *(f"loss {curve[-1]:.3g}, {right:.0%} right" for curve, right in of_kind)] for kind, of_kind in outcomes.items()
    ])  # fmt: skip
    lost = sum(not curve[-1] < math.log(2) - 0.01 for curve, _ in outcomes["plain"])
    page.claim("plain: lost runs", f"{lost} of {seeds}", "all: nan, or ln 2", lost == seeds)
    right = [right for _, right in outcomes["clipped"]]
    page.claim("clipped: share that is right", right, "all learn: 1, or nearly", min(right) > 0.9)
    page.picture("09-clipping", lambda theme: charts.lines(
        theme, "Exploding gradients, plain and clipped", ("step", range(steps)), "loss",
        {kind: of_kind[0][0] for kind, of_kind in outcomes.items()}, log="y", levels={"ln 2": math.log(2)}, top=1e4,
    ), "From the same weights: plain, the loss leaves the picture at once, and is nan soon; clipped, it comes down in spikes")  # fmt: skip


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


def exploding(rule: Rule, steps: int, lr: float, seed: int) -> tuple[list[float], float]:
    """The loss before each step, and the share that is right at the end."""
    model = MLP([2, *[16] * HIDDEN, 1], "relu", init=lambda fan_in, fan_out, rng: rng.gauss(0.0, 3 / math.sqrt(fan_in)), rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, curve = descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr, rule)
    give(model, theta)
    return curve, accuracy(decide(predict(model, MOONS.X), "bce_with_logits"), MOONS.y)
