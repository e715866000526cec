"""12. Universal approximation: what a network can represent, and what it finds.

A network with one hidden layer and enough neurons comes as close as you like to any continuous function on an interval (Cybenko, 1989). A
construction shows why: two steep sigmoids make a bump, one going up and one coming down, and bumps side by side trace any curve. So weights
that do it exist. The theorem does not say that training finds them, how many neurons are enough, or what happens outside the interval.

    python -m demos 12 --steps 20000         # how much better do more steps make 32 neurons, and how much 4?
    python -m demos 12 --activation relu     # a curve of straight pieces: how many of them can you see?
"""

from __future__ import annotations

import math
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
    page.say(f"""Trained: one hidden layer of {activation} neurons, {steps:,} steps of Adam (see section 10) on {len(INSIDE)} points from -π
        to π, while the learning rate falls to 0. Each width begins {seeds} times, from other random weights. An error is the largest one
        anywhere on the interval; outside, to ±2π, that of the run which is best inside.""")
    runs = {width: trained(width, activation, steps, lr, seeds) for width in page.bar(WIDTHS, "widths")}
    errors = {width: sorted(error for error, _ in of_width) for width, of_width in runs.items()}
    curves = {width: min(of_width, key=lambda run: run[0])[1] for width, of_width in runs.items()}  # on OUTSIDE, of the best run
    beyond = {width: largest(y - np.sin(OUTSIDE)) for width, y in curves.items()}
    page.table(["neurons", "smallest error", "largest error", "outside", "notes"], [
        [width, errors[width][0], errors[width][-1], beyond[width], noted] for width, noted in zip(WIDTHS, NOTES)
    ])  # fmt: skip
    best = min(errors, key=lambda width: errors[width][0])
    page.claim("the best with one neuron", errors[1][0], "above 0.5: one bend is not enough", errors[1][0] > 0.5)
    page.claim(f"the best of all, with {best} neurons", errors[best][0], "below 0.01", errors[best][0] < 0.01)
    worst = max(range(1, len(WIDTHS)), key=lambda i: errors[WIDTHS[i]][0] / errors[WIDTHS[i - 1]][0])
    narrow, wide = WIDTHS[worst - 1], WIDTHS[worst]
    page.say("""More neurons can do all that fewer can: give the others weights of 0. So the error of the best weights never grows with the
        width. The error of the weights that were found does.""")
    page.claim(f"where it grows most, from {narrow} to {wide} neurons, it grows by the factor", errors[wide][0] / errors[narrow][0],
               "above 1: representing is not finding", errors[wide][0] > errors[narrow][0])  # fmt: skip
    outside = beyond[best] / errors[best][0]
    page.claim("the best run: its error outside over that inside", outside, "above 10: outside nothing is asked of it", outside > 10)
    page.picture("12-outside", lambda theme: charts.lines(
        theme, "sin, trained on [-π, π] alone", ("x", OUTSIDE.tolist()), "",
        {"sin": np.sin(OUTSIDE), **{f"{width} {activation}": curves[width] for width in (1, 4, 32)}},
        span=("trained in here", -math.pi, math.pi),
    ), "The best run of three widths. Inside, 4 and 32 neurons lie on the sine; outside, each goes its own way")  # fmt: skip


def by_hand(page: Page) -> None:
    """Bumps, nothing trained."""
    page.say(
        "By hand, nothing trained: two sigmoids for each bump, which is as high as sin is in its middle. (Bumps side by side could "
        "share the sigmoid between them; then 65 neurons make 64 bumps.)"
    )
    drawn = {count: compile(lambda x, count=count: bumps(x, count), 0.0)(INSIDE) for count in (4, 16, 64)}
    apart = {count: largest(y - np.sin(INSIDE)) for count, y in drawn.items()}
    page.table(["bumps", "neurons", "largest error"], [[count, 2 * count, error] for count, error in apart.items()])
    page.claim("error with 64 bumps, over that with 4", apart[64] / apart[4], f"about 4 / 64 = {4 / 64:g}: half as wide, half the error",
               0.5 < 16 * apart[64] / apart[4] < 2)  # fmt: skip
    page.picture("12-bumps", lambda theme: charts.lines(
        theme, "sin by bumps", ("x", INSIDE.tolist()), "",
        {"sin": np.sin(INSIDE), **{f"{count} bumps": drawn[count] for count in (4, 16)}},
    ), "Bumps by hand: a sigmoid up and a sigmoid down make each of them")  # fmt: skip


def bumps(x: Any, count: int, steepness: float = 60.0) -> Any:
    """sin from -π to π by so many bumps: each as high as sin is in its middle, and 0 elsewhere."""
    edges = [-math.pi + 2 * math.pi * i / count for i in range(count + 1)]
    heights = [math.sin((a + b) / 2) for a, b in zip(edges, edges[1:])]
    return sum(h * (sigmoid(steepness * (x - a)) - sigmoid(steepness * (x - b))) for h, a, b in zip(heights, edges, edges[1:]))


def trained(
    width: int, activation: ActivationName, steps: int, lr: float, seeds: int
) -> list[tuple[float, Any]]:
    """From each beginning the largest error inside, and what the network does on OUTSIDE."""
    falling, adam = schedules.cosine(steps), scale_by_adam(0.9, 0.999, 1e-8)
    model = MLP([1, width, 1], activation)
    loss = compile(lambda x, y: losses.mse(model([x]), y), 0.0, 0.0, wrt=model)
    f = compile(lambda x: model([x]), 0.0, wrt=model)
    found = []
    for seed in range(seeds):
        start = theta_of(MLP([1, width, 1], activation, rng=seed))
        theta, _ = descend(loss, start, (INSIDE, np.sin(INSIDE)), steps, lambda t: lr * falling(t), adam)
        give(model, theta)
        found.append((largest(f(INSIDE) - np.sin(INSIDE)), f(OUTSIDE)))
    return found
