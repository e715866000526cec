"""12. Universal approximation: what a network can represent, and what it finds.

A network with one hidden layer and enough neurons can come as close as you like to any continuous
function on an interval (Cybenko, 1989). A construction shows why: two steep sigmoids, one going up
and one coming down, make a bump, and bumps side by side trace any curve. So there are weights that
do it. The theorem does not say that training finds them, how many neurons are enough, or what
happens outside the interval.

    python -m demos 12 --steps 20000        # do more steps help 32 neurons more, or 4?
    python -m demos 12 --activation relu    # a curve of straight pieces: how many can you see?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import compile, sigmoid
from nn import MLP, losses, schedules
from nn.layers import ActivationName
from nn.optim.rules import scale_by_adam

from . import charts
from .page import Page, largest
from .training import descend, give, theta_of

WIDTHS = (1, 2, 4, 8, 16, 32)
NOTES = (0.72, 0.13, 0.018, 0.0028, 0.0050, 0.017)
"""The error of each width in the notes, with the NOTED settings."""

NOTED = (5000, 0.02, "tanh")
"""The number of steps, the learning rate and the activation: the defaults."""

BUMPS = (4, 16, 64)
DRAWN_BUMPS, DRAWN_WIDTHS = (4, 16), (1, 4, 32)
INSIDE = np.linspace(-math.pi, math.pi, 200)
OUTSIDE = np.linspace(-2 * math.pi, 2 * math.pi, 400)


def run(
    page: Page,
    steps: int = 5000,
    lr: float = 0.02,
    activation: ActivationName = "tanh",
    seeds: int = 5,
) -> None:
    by_hand(page)
    page.say(f"""Now trained: one hidden layer of {activation} neurons, {steps:,} steps of Adam (see
        section 10) on {len(INSIDE)} points from -π to π, while the learning rate falls to 0. Runs
        for each width: {seeds}, each from its own random weights. The error of a run is the largest
        one on these points. "Outside" is the largest error between -2π and 2π, of the run that is
        best inside.""")
    errors, curves = dict[int, list[float]](), dict[int, Any]()
    for width in page.bar(WIDTHS, "widths"):
        runs = trained(width, activation, steps, lr, seeds)
        errors[width] = sorted([error for error, _ in runs])
        curves[width] = min(runs, key=lambda found: found[0])[1]
    beyond = {width: largest(y - np.sin(OUTSIDE)) for width, y in curves.items()}
    compared(page, errors, beyond, has_notes=(steps, lr, activation) == NOTED)
    sines = {"sin": np.sin(OUTSIDE)}
    for width in DRAWN_WIDTHS:
        sines[f"{width} {activation}"] = curves[width]
    page.picture(
        "12-outside",
        lambda theme: charts.lines(
            theme,
            "sin, trained only on [-π, π]",
            ("x", OUTSIDE.tolist()),
            "",
            sines,
            span=("trained in here", -math.pi, math.pi),
        ),
        "The best run of each of three widths. Training saw only the shaded part; outside, "
        "nothing tells a network to follow the sine",
    )


def by_hand(page: Page) -> None:
    """Bumps, without any training."""
    page.say("""First by hand, without training: two sigmoids make a bump, and each bump is as high
        as sin is at its middle. (Neighbouring bumps could share the sigmoid between them; then 65
        neurons would make 64 bumps.)""")
    made, apart = dict[int, Any](), dict[int, float]()
    for count in BUMPS:
        made[count] = compile(lambda x, count=count: bumps(x, count), 0.0)(INSIDE)
        apart[count] = largest(made[count] - np.sin(INSIDE))
    rows = [[count, 2 * count, error] for count, error in apart.items()]
    page.table(["bumps", "neurons", "largest error"], rows)
    few, many = BUMPS[0], BUMPS[-1]
    ratio, expected = apart[many] / apart[few], few / many
    what = f"error with {many} bumps, over that with {few}"
    told = f"about {few} / {many} = {expected:g}: half the width, half the error"
    page.claim(what, ratio, told, 0.5 < ratio / expected < 2)
    sines = {"sin": np.sin(INSIDE)}
    for count in DRAWN_BUMPS:
        sines[f"{count} bumps"] = made[count]
    page.picture(
        "12-bumps",
        lambda theme: charts.lines(theme, "sin by bumps", ("x", INSIDE.tolist()), "", sines),
        "Bumps by hand: each is made of one sigmoid that goes up and one that comes down",
    )


def bumps(x: Any, count: int, steepness: float = 60.0) -> Any:
    """sin from -π to π, made of this many bumps: each is as high as sin is at its middle."""
    edges = [-math.pi + 2 * math.pi * i / count for i in range(count + 1)]
    total: Any = 0
    for a, b in zip(edges, edges[1:]):
        height = math.sin((a + b) / 2)
        total = total + height * (sigmoid(steepness * (x - a)) - sigmoid(steepness * (x - b)))
    return total


def compared(
    page: Page,
    errors: Mapping[int, Sequence[float]],
    beyond: Mapping[int, float],
    has_notes: bool,
) -> None:
    """The errors of all widths, sorted, and those of the best runs outside."""
    if has_notes:
        page.say('The column headed "notes" has the errors of an earlier trial.')
    rows = []
    for width, noted in zip(WIDTHS, NOTES):
        of_width = errors[width]
        notes = [noted] if has_notes else []
        rows.append([width, of_width[0], of_width[-1], beyond[width], *notes])
    heads = ["notes"] if has_notes else []
    page.table(["neurons", "smallest error", "largest error", "outside", *heads], rows)
    found = {width: of_width[0] for width, of_width in errors.items()}
    best = min(found, key=lambda width: found[width])
    told = "above 0.5: one bend is not enough"
    page.claim("smallest error with one neuron", found[1], told, found[1] > 0.5)
    what = f"smallest error of all, with {best} neurons"
    page.claim(what, found[best], "below 0.01", found[best] < 0.01)
    page.say("""More neurons can do everything that fewer can: give the extra ones weights of 0. So
        the error of the best weights never grows with the width. The error of the weights that
        training finds may well grow.""")
    steps = list(zip(WIDTHS, WIDTHS[1:]))
    narrow, wide = max(steps, key=lambda step: found[step[1]] / found[step[0]])
    growth = found[wide] / found[narrow]
    what = f"smallest error with {wide} neurons over that with {narrow}, the largest such ratio"
    page.claim(what, growth, "above 1: representing is not finding", growth > 1)
    outside = beyond[best] / found[best]
    told = "above 10: outside, nothing is asked of it"
    page.claim("error outside over error inside, of the best run", outside, told, outside > 10)


def trained(
    width: int, activation: ActivationName, steps: int, lr: float, seeds: int
) -> list[tuple[float, Any]]:
    """For each seed the largest error inside, and what the network does on OUTSIDE."""
    falling, adam = schedules.cosine(steps), scale_by_adam(0.9, 0.999, 1e-8)
    model = MLP([1, width, 1], activation)
    loss = compile(lambda x, y: losses.mse(model([x]), y), 0.0, 0.0, wrt=model)
    f = compile(lambda x: model([x]), 0.0, wrt=model)
    batch = INSIDE, np.sin(INSIDE)
    found = []
    for seed in range(seeds):
        start = theta_of(MLP([1, width, 1], activation, rng=seed))
        theta, _ = descend(loss, start, batch, steps, lambda t: lr * falling(t), adam)
        give(model, theta)
        found.append((largest(f(INSIDE) - np.sin(INSIDE)), f(OUTSIDE)))
    return found
