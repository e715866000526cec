"""7. The learning rate: too small, just right, too large, and where "too large" begins.

Gradient descent moves each parameter downhill, by the learning rate times its gradient. On a
parabola of curvature c, each step multiplies the distance from the bottom by $1 - rate · c$. With a
rate above $1/c$ a step goes past the bottom, at $2/c$ it ends as high as it began, and above that
each step ends higher than the one before. The curvature of a network's loss differs from place to
place, and there is no formula for the limit, but the picture is the same.

    python -m demos 7 --curvature 4                     # where is the limit now?
    python -m demos 7 --activation relu --steps 2000    # which rates do more steps help?
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from autograd import Value, compile
from nn import MLP, data, losses, optim
from nn.layers import ActivationName
from viz.plots.style import plot_theme, sheet, svg

from . import charts
from .page import Page
from .training import descend, theta_of

NOTES = {
    0.001: "0.42 to 0.68",
    0.1: "0.18 to 0.25",
    1.0: "0.002",
    3.0: "0.0004",
    10.0: "0.5 to 14",
    100.0: "27 to 183",
}
"""The loss at each rate in the notes, after STEPS steps with ACTIVATION."""

RATES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
DRAWN = tuple(NOTES)
"""The rates whose losses are drawn step by step; all of RATES would be too many for one picture."""

ACTIVATION: ActivationName = "tanh"
STEPS = 500
SIZES = [2, 8, 8, 1]
MOONS = data.moons(100, rng=0)
GUESSING = {"ln 2, guessing": math.log(2)}
WINDOW = 10
"""How many steps each point of the picture on the moons stands for."""

PARABOLA_STEPS, ZIGZAG = 100, 4
"""How many steps are taken on the parabola, and how many of them are drawn on it."""

SHARES = (0.1, 0.5, 0.95, 1.0, 1.05)
"""The rates that are tried on the parabola, as shares of the limit."""

OPTIONS = {
    "curvature": "the second derivative of the parabola",
    "activation": "the activation of the network",
}


def run(
    page: Page,
    curvature: float = 10.0,
    activation: ActivationName = ACTIVATION,
    steps: int = STEPS,
    seeds: int = 5,
) -> None:
    on_a_parabola(page, curvature)
    on_moons(page, activation, steps, seeds)


def on_a_parabola(page: Page, curvature: float) -> None:
    """Gradient descent where the limit is known."""
    limit = 2 / curvature
    page.say(f"""The parabola $½ · {curvature:g} · x²$, from $x = 1$, {PARABOLA_STEPS} steps. The
        limit of the rate is $2 / {curvature:g}$ = {limit:g}. At half of that, the first step ends
        exactly at the bottom.""")
    walks = {share: walk(share * limit, curvature) for share in SHARES}
    for share, path in walks.items():
        rate = share * limit
        theory = abs(1 - rate * curvature) ** PARABOLA_STEPS
        what = f"distance from the bottom at the end, rate {rate:.3g} ({share:g} of the limit)"
        told = f"|1 - {rate:.3g} · {curvature:g}|^{PARABOLA_STEPS} = {theory:.4g}"
        agrees = math.isclose(abs(path[-1]), theory, rel_tol=1e-6, abs_tol=1e-12)
        page.claim(what, abs(path[-1]), told, agrees, always=True)
    page.picture(
        "07-zigzag",
        lambda theme: zigzag(theme, curvature, walks),
        f"The first {ZIGZAG} steps, numbered",
    )
    distances = {}
    for share, path in walks.items():
        if share != 0.5:  # at the bottom after one step: no line on a log scale
            distances[f"{share:g} of the limit"] = [abs(x) or math.nan for x in path]
    page.picture(
        "07-parabola",
        lambda theme: charts.lines(
            theme,
            "Distance from the bottom of a parabola",
            ("step", range(PARABOLA_STEPS + 1)),
            "|x|",
            distances,
            log="y",
        ),
        "Below the limit gradient descent converges, above it diverges; at the limit it jumps back "
        "and forth for ever",
    )


def walk(rate: float, curvature: float) -> list[float]:
    """Where gradient descent from 1 is after each step, with our engine."""
    x = Value(1.0)
    opt = optim.SGD([x], lr=rate)
    path = [1.0]
    for _ in range(PARABOLA_STEPS):
        opt.zero_grad()
        (0.5 * curvature * x * x).backward()
        opt.step()
        path.append(x.data)
    return path


def on_moons(page: Page, activation: ActivationName, steps: int, seeds: int) -> None:
    """A network, where the limit is not known."""
    page.say(f"""Two moons, and a network with layers of {", ".join(map(str, SIZES[:-1]))} and
        {SIZES[-1]} units and the activation {activation}. Each run takes {steps:,} steps, and each
        step looks at all points. Runs for each rate: {seeds}, each from its own random weights. The
        loss is the cross-entropy. Guessing costs ln 2 = {math.log(2):.3f}.""")
    curves = trained(page, activation, steps, seeds)
    ends = {}
    for rate, of_rate in curves.items():
        last = [curve[-1] for curve in of_rate]
        ends[rate] = sorted(last, key=lambda x: (math.isnan(x), x))  # nan is last
    compared(page, ends, has_notes=(activation, steps) == (ACTIVATION, STEPS))
    page.picture(
        "07-moons",
        lambda theme: charts.lines(
            theme,
            "Two moons at several learning rates, from the same weights",
            ("step", range(0, steps, WINDOW)),
            "loss",
            {f"rate {rate:g}": calmed(curves[rate][0]) for rate in DRAWN},
            log="y",
            levels=GUESSING,
        ),
        "The same weights at the start, the same data: only the learning rate differs. Each point "
        f"is the median of {WINDOW} steps",
    )
    by_rank = {}
    for name, i in (("largest", -1), ("middle", seeds // 2), ("smallest", 0)):
        by_rank[name] = [of_rate[i] for of_rate in ends.values()]
    page.picture(
        "07-rates",
        lambda theme: charts.lines(
            theme,
            "The loss at the end, by the rate",
            ("rate", RATES),
            f"loss after {steps} steps",
            by_rank,
            log="xy",
            levels=GUESSING,
        ),
        "The largest, the middle and the smallest loss at each rate. On the far left the steps are "
        "too short, on the far right too long",
    )


def trained(
    page: Page, activation: ActivationName, steps: int, seeds: int
) -> dict[float, list[list[float]]]:
    """The losses of all runs, for each rate."""
    model = MLP(SIZES, activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    curves: dict[float, list[list[float]]] = {rate: [] for rate in RATES}
    for rate in page.bar(RATES, "rates"):
        for seed in range(seeds):
            start = theta_of(MLP(SIZES, activation, rng=seed))
            curves[rate].append(descend(loss, start, (MOONS.X, MOONS.y), steps, rate)[1])
    return curves


def compared(page: Page, ends: Mapping[float, list[float]], has_notes: bool) -> None:
    """The losses at the end, sorted, for each rate."""
    if has_notes:
        page.say('The column headed "notes" has the losses of an earlier trial.')
    middle = {rate: of_rate[len(of_rate) // 2] for rate, of_rate in ends.items()}
    rows = []
    for rate, of_rate in ends.items():
        notes = [NOTES.get(rate, "")] if has_notes else []
        rows.append([f"{rate:g}", of_rate[0], middle[rate], of_rate[-1], *notes])
    heads = ["notes"] if has_notes else []
    page.table(["rate", "smallest loss", "middle", "largest", *heads], rows)
    best = min(middle, key=lambda rate: middle[rate])
    is_between = min(RATES) < best < max(RATES)
    told = "neither the smallest nor the largest"
    page.claim("rate with the smallest middle loss", best, told, is_between)
    slow, wild = middle[min(RATES)], middle[max(RATES)]
    told = "not far below guessing: too slow"
    page.claim("middle loss at the smallest rate", slow, told, 0.3 < slow < 0.75)
    told = "above ln 2: worse than guessing"  # nan counts as worse, too
    page.claim("middle loss at the largest rate", wild, told, not wild <= math.log(2))


def calmed(curve: Sequence[float]) -> list[float]:
    """The median of every few steps: at large rates, single losses jump too much for a line."""
    return [float(np.median(curve[i : i + WINDOW])) for i in range(0, len(curve), WINDOW)]


def zigzag(theme: Any, curvature: float, walks: Mapping[float, list[float]]) -> bytes:
    """A few steps on the parabola, for three of the rates."""
    with sheet(theme, 10, 4, "Gradient descent on a parabola") as figure:
        for i, share in enumerate((0.1, 0.95, 1.05)):
            panel = figure.add_subplot(1, 3, i + 1, title=f"{share:g} of the limit")
            descent(panel, curvature, np.array(walks[share][: ZIGZAG + 1]), plot_theme(theme))
            panel.set(
                xlabel="x",
                xlim=(-1.7, 1.7),
                ylim=(-0.05 * curvature, 1.2 * curvature),
                ylabel="" if i else "loss",
            )
    return svg(figure)


def descent(panel: Any, curvature: float, path: Any, colours: Any) -> None:
    """Draw the parabola, and the places on it, numbered step by step."""
    x = np.linspace(-1.5, 1.5, 200)
    panel.plot(x, curvature * x**2 / 2, color=colours.line)
    heights = curvature * path**2 / 2
    panel.plot(path, heights, marker="o", linestyle="--", color=colours.cycle[0])
    for step, (place, height) in enumerate(zip(path, heights)):
        is_right = place > 0
        panel.annotate(
            f"{step}",
            (place, height),
            (9 if is_right else -9, 2),
            textcoords="offset points",
            ha="left" if is_right else "right",
            color=colours.text,
        )
