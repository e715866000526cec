"""9. Batch normalisation and gradient clipping: what they fix, and what they do not.

Batch normalisation (Ioffe and Szegedy, 2015) subtracts from every weighted sum its mean over the
batch and divides by its standard deviation, layer by layer, so that no unit starts on a flat part
of its activation for all samples, and no signal dies on the way up. It is often said to make the
gradients of all layers equal. It does not, as measured below; yet a network can learn all the same.
Gradient clipping (Pascanu, Mikolov and Bengio, 2013) shortens a gradient that is too long but keeps
its direction, which helps if gradients explode.

    python -m demos 9 --max-norm 0.1     # shorter steps: safer, or only slower?
    python -m demos 9 --lr 0.01          # is a small learning rate as good as clipping?
"""

from __future__ import annotations

import inspect
import math
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Program, compile, sqrt
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
from nn.layers import ActivationName
from nn.optim.rules import Rule, clip_scale

from . import charts
from .charts import HALF
from .page import Page, largest
from .training import STAY, descend, give, theta_of

HIDDEN, WIDTH = 8, 8
SIZES = [2, *[WIDTH] * HIDDEN, 1]
STUCK: dict[str, tuple[ActivationName, Any]] = {
    "sigmoid, Xavier": ("sigmoid", "xavier_normal"),
    "ReLU, N(0, 0.01²)": ("relu", init.normal(0.0, 0.01)),
}
"""The activation and the initialisation of each kind of network that is stuck without help."""

EXPLODING = [2, *[16] * HIDDEN, 1]
MOONS = data.moons(32, rng=0)
FEW = 8

TOP = 1e4
"""The largest loss that is drawn."""

OPTIONS = {"max_norm": "the length to which longer gradients are cut"}

Table = list[list[Any]]
"""A row for each sample, a column for each neuron."""


def normalised(rows: Table, eps: float = 1e-5) -> Table:
    """Each column brought to mean 0 and variance 1; no scale and shift follow here."""
    columns = []
    for column in zip(*rows):
        mean = sum(column) / len(column)
        centred = [z - mean for z in column]
        std = sqrt(sum([c * c for c in centred]) / len(column) + eps)
        columns.append([c / std for c in centred])
    return [list(row) for row in zip(*columns)]


def forward(model: MLP, X: Any, seen: list[Table] | None = None) -> list[Any]:
    """The logits of a batch, with the weighted sums of every hidden layer normalised.

    The sums before normalisation are put into `seen`.
    """
    *hidden, last = model.layers
    for layer in hidden:
        Z = [weighted_sums(layer, row) for row in X]
        if seen is not None:
            seen.append(Z)
        activate: Any = layer.activate
        X = [list(map(activate, row)) for row in normalised(Z)]
    return [last(row)[0] for row in X]


def weighted_sums(layer: Layer, row: Sequence[Any]) -> list[Any]:
    """The weighted sum of each neuron for one sample."""
    sums = []
    for neuron in layer.neurons:
        sums.append(neuron.b + sum([w * x for w, x in zip(neuron.w, row)]))
    return sums


def run(
    page: Page, steps: int = 800, lr: float = 0.1, max_norm: float = 1.0, seeds: int = 3
) -> None:
    layers = by_hand(page)
    scale_and_shift(page)
    in_training_and_in_use(page, layers)
    without_and_with(page, steps, lr, seeds)
    clipped(page, steps, lr, max_norm, seeds)


def by_hand(page: Page) -> Sequential:
    """Batch normalisation in a few lines, and a network with nn.BatchNorm to compare with."""
    model = MLP(SIZES, "sigmoid", init="xavier_normal", rng=0)
    layers = with_layers(model)
    ours = losses.bce_with_logits(forward(model, MOONS.X), MOONS.y).data
    theirs = losses.bce_with_logits(layers(MOONS.X), MOONS.y).data
    page.say("""Here is batch normalisation in a few lines. It takes a table with a row for each
        sample and a column for each neuron:""")
    page.code(inspect.getsource(normalised))
    what = "difference between the loss with these lines and with nn.BatchNorm"
    apart = abs(ours - theirs)
    page.claim(what, apart, "rounding", apart < 1e-12)
    return layers


def with_layers(model: MLP) -> Sequential:
    """The same network with nn.BatchNorm between weighted sums and activations."""
    parts: list[Any] = []
    for layer in model.layers[:-1]:
        linear = Layer(layer.n_inputs, layer.n_outputs, "identity")
        give(linear, theta_of(layer))
        parts += [linear, BatchNorm(layer.n_outputs), Activation(layer.activation)]
    return Sequential(*parts, model.layers[-1])


def scale_and_shift(page: Page) -> None:
    """What γ and β can undo."""
    page.say("""nn.BatchNorm does two more things. It multiplies by a scale γ and adds a shift β,
        two parameters for each neuron, which start at 1 and 0. With them it can undo the
        normalisation, if that is better. And during training it keeps running means and variances.
        When the network is used, it takes these instead, so that the output for a sample does not
        depend on the rest of the batch.""")
    layer, X = BatchNorm(2, eps=0.0), np.array(MOONS.X)
    give(layer, np.concatenate([X.std(axis=0), X.mean(axis=0)]))  # γ, then β
    undone = []
    for row in layer(MOONS.X):
        undone.append([value.data for value in row])
    apart = largest(undone - X)
    what = "largest difference between output and input if γ = standard deviation and β = mean"
    page.claim(what, apart, "rounding: the normalisation is undone", apart < 1e-12)


def in_training_and_in_use(page: Page, layers: Sequential) -> None:
    """One sample in different batches."""
    sample, few = MOONS.X[0], MOONS.X[:FEW]
    in_training = abs(layers(MOONS.X)[0].data - layers(few)[0].data)
    layers.eval()
    in_use = abs(layers([sample])[0].data - layers(few)[0].data)
    sizes = f"in a batch of {len(MOONS.X)} and in one of {FEW}"
    what = f"difference in training between a sample's output {sizes}"
    told = "not 0: the mean is taken over the others as well"
    page.claim(what, in_training, told, in_training > 1e-3)
    what = f"difference in use between its output on its own and in a batch of {FEW}"
    page.claim(what, in_use, "0: the running statistics are the same", in_use == 0)


def without_and_with(page: Page, steps: int, lr: float, seeds: int) -> None:
    """Networks that do not learn by themselves, without and with batch normalisation."""
    page.say(f"""Now the two kinds of network that were stuck at ln 2 in section 8, with {HIDDEN}
        hidden layers of {WIDTH}, plain and normalised: {steps:,} steps with rate {lr:g}. Runs for
        each: {seeds}, each from its own random weights. With batch normalisation the loss is no
        longer a mean of terms that depend on one sample each, so it is compiled as a function of
        the whole batch of {len(MOONS.X)}.""")
    curves, rows = dict[str, list[float]](), []
    for name in page.bar(STUCK, "batch normalisation"):
        activation, weights = STUCK[name]
        starts = [MLP(SIZES, activation, init=weights, rng=seed) for seed in range(seeds)]
        plain, normal = losses_of(MLP(SIZES, activation))
        points, batch = (MOONS.X, MOONS.y), ([MOONS.X], [MOONS.y])  # the batch as one "sample"
        without = [descend(plain, theta_of(x), points, steps, lr)[1] for x in starts]
        with_it = [descend(normal, theta_of(x), batch, steps, lr)[1] for x in starts]
        curves[f"{name}, plain"] = without[0]
        curves[f"{name}, normalised"] = with_it[0]
        ratios = [delta_ratio(start) for start in starts]
        largest_losses = (
            max([curve[-1] for curve in without]),
            max([curve[-1] for curve in with_it]),
        )
        compared(page, name, *largest_losses, ratios)
        rows.append([name, *largest_losses, f"{min(ratios):.3g} to {max(ratios):.3g}"])
    page.table(["", "loss, plain", "loss, normalised", "δ first / last, normalised"], rows)
    page.picture(
        "09-batch-norm",
        lambda theme: charts.losses(
            theme, "The same networks, plain and normalised", curves, steps
        ),
        "Plain and normalised from the same weights. Curves that stay at ln 2 lie on top of one "
        "another",
    )


def losses_of(model: MLP) -> tuple[Program, Program]:
    """The compiled loss of a sample, plain, and of the batch, normalised."""
    bce = losses.bce_with_logits
    plain = compile(lambda x, y: bce(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    normal = compile(lambda X, y: bce(forward(model, X), y), MOONS.X, MOONS.y, wrt=model)
    return plain, normal


def compared(
    page: Page, name: str, without: float, with_it: float, ratios: Sequence[float]
) -> None:
    """The largest losses of one kind of network at the end, and its δ before training."""
    is_stuck = abs(without - HALF) < 0.01
    page.claim(f"largest loss, plain ({name})", without, f"ln 2 = {HALF:.3f}", is_stuck)
    told = "less than half of that: it learns"
    page.claim(f"largest loss, normalised ({name})", with_it, told, with_it < HALF / 2)
    what = f"δ of the first hidden layer over δ of the last, before training ({name}, normalised)"
    told = "not 1: it does not make gradients equal"
    page.claim(what, ratios, told, min(ratios) > 1.5)


def delta_ratio(model: MLP) -> float:
    """The root mean square of ∂L/∂z over the batch, in the first hidden layer over the last."""
    seen: list[Table] = []
    losses.bce_with_logits(forward(model, MOONS.X, seen), MOONS.y).backward()
    first, last = rms_gradient(seen[0]), rms_gradient(seen[-1])
    return first / last


def rms_gradient(Z: Table) -> float:
    """The root mean square of the gradients of all entries."""
    squares = []
    for row in Z:
        squares.append([z.grad**2 for z in row])
    return float(np.sqrt(np.mean(squares)))


def clipped(page: Page, steps: int, lr: float, max_norm: float, seeds: int) -> None:
    """Networks whose gradients explode, without and with clipping."""
    page.say(f"""Next, ReLUs with weights from N(0, 9/n), where n is the number of inputs: their
        gradients explode. They are trained with plain steps, and with clipping: a gradient longer
        than {max_norm:g} is cut to that length.""")

    def cut(g: Any, p: Any, state: Any, t: int) -> tuple[Any, Any]:
        return g * clip_scale(float(np.linalg.norm(g)), max_norm), state

    outcomes = {}
    for kind, rule in {"plain": STAY, "clipped": Rule(cut)}.items():
        bar = page.bar(range(seeds), kind)
        outcomes[kind] = [exploding(rule, steps, lr, seed) for seed in bar]
    rows = []
    for kind, of_kind in outcomes.items():
        rows.append(
            [kind, *[f"loss {curve[-1]:.3g}, {right:.0%} right" for curve, right in of_kind]]
        )
    page.table(["", *[f"seed {seed}" for seed in range(seeds)]], rows)
    lost = sum([not curve[-1] < HALF - 0.01 for curve, _ in outcomes["plain"]])  # nan is lost
    told = "all: the loss becomes nan, or stays at ln 2"
    page.claim("plain runs that learn nothing", f"{lost} of {seeds}", told, lost == seeds)
    right = [share for _, share in outcomes["clipped"]]
    told = "1, or nearly 1: all learn"
    page.claim("share of points that are right, clipped", right, told, min(right) > 0.9)
    curves = {kind: of_kind[0][0] for kind, of_kind in outcomes.items()}
    draw_clipped(page, curves, steps)


def draw_clipped(page: Page, curves: Mapping[str, Sequence[float]], steps: int) -> None:
    """The losses of the first plain run, and of the first clipped one."""
    page.picture(
        "09-clipping",
        lambda theme: charts.losses(
            theme, "Exploding gradients, plain and clipped", curves, steps, TOP
        ),
        "Plain and clipped from the same weights. A curve leaves the picture where the loss is "
        f"above {TOP:,.0f}, and ends where it is nan",
    )


def exploding(rule: Rule, steps: int, lr: float, seed: int) -> tuple[list[float], float]:
    """The loss before each step, and the share of points that are right at the end."""
    model = MLP(EXPLODING, "relu", init=too_large, rng=seed)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    theta, curve = descend(loss, theta_of(model), (MOONS.X, MOONS.y), steps, lr, rule)
    give(model, theta)
    return curve, accuracy(decide(predict(model, MOONS.X), "bce_with_logits"), MOONS.y)


def too_large(fan_in: int, fan_out: int, rng: random.Random) -> float:
    """An initial weight from N(0, 9/n)."""
    return rng.gauss(0.0, 3 / math.sqrt(fan_in))
