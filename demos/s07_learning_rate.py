"""7. The learning rate: too small, just right, too large, and where "too large" begins.

Gradient descent moves each parameter by the learning rate times its gradient, downhill. On a parabola of curvature c the distance from
the bottom is multiplied by 1 - rate · c at each step. Beyond rate 1 / c a step goes past the bottom, at 2 / c it ends as high as it began,
and beyond that each step ends higher than the one before. A network has another curvature at every place, and no formula for its limit, but
the picture is the same.

    python -m demos 7 --curvature 4                      # where is the limit now?
    python -m demos 7 --activation relu --steps 2000     # do more steps help the rates that are too small, or those too large?
"""

from __future__ import annotations

import math

import numpy as np

from autograd import Value, compile
from nn import MLP, data, losses, optim
from nn.layers import ActivationName
from viz.plots.style import plot_theme, sheet, svg

from . import charts
from .page import Page
from .training import descend, theta_of

NOTES = {0.001: "0.42 to 0.68", 0.1: "0.18 to 0.25", 1.0: "0.002", 3.0: "0.0004", 10.0: "0.5 to 14", 100.0: "27 to 183"}
RATES = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
MOONS = data.moons(100, rng=0)
PARABOLA_STEPS = 100
WINDOW = 10  # steps to a point of the picture on moons
SHARES = (0.1, 0.5, 0.95, 1.0, 1.05)

OPTIONS = {"curvature": "the second derivative of the parabola", "activation": "the activation of the network"}


def run(
    page: Page,
    curvature: float = 10.0,
    activation: ActivationName = "tanh",
    steps: int = 500,
    seeds: int = 5,
) -> None:
    on_a_parabola(page, curvature)
    on_moons(page, activation, steps, seeds)


def on_a_parabola(page: Page, curvature: float) -> None:
    """Where the limit is known."""
    limit = 2 / curvature
    page.say(f"""The parabola ½ · {curvature:g} · x², from x = 1, {PARABOLA_STEPS} steps. Its limit is 2 / {curvature:g} = {limit:g}. At
        half of that the first step ends exactly at the bottom.""")
    walks = {share: walk(share * limit, curvature) for share in SHARES}
    for share, path in walks.items():
        rate = share * limit
        theory = abs(1 - rate * curvature) ** PARABOLA_STEPS
        agrees = math.isclose(abs(path[-1]), theory, rel_tol=1e-6, abs_tol=1e-12)
        page.claim(f"distance at the end, rate {rate:.3g}, {share:g} of the limit", abs(path[-1]),
                   f"|1 - {rate:.3g} · {curvature:g}|^{PARABOLA_STEPS} = {theory:.4g}", agrees, always=True)  # fmt: skip
    page.picture("07-zigzag", lambda theme: zigzag(theme, curvature, walks), f"The first {ZIGZAG} steps, numbered")
    page.picture("07-parabola", lambda theme: charts.lines(
        theme, "Distance from the bottom of a parabola", ("step", range(PARABOLA_STEPS + 1)), "|x|",
        {f"{share:g} of the limit": [abs(x) or math.nan for x in path] for share, path in walks.items() if share != 0.5}, log="y",
    ), "Below the limit it converges, above it diverges, at the limit it goes to and fro for ever")  # fmt: skip


def on_moons(page: Page, activation: ActivationName, steps: int, seeds: int) -> None:
    """Where it is not."""
    page.say(f"""A network with layers of 2, 8, 8 and 1, {activation}, on two moons: {steps} steps on all points, from {seeds} beginnings.
        The loss is the cross-entropy; who guesses pays ln 2 = {math.log(2):.3f}.""")
    curves: dict[float, list[list[float]]] = {rate: [] for rate in RATES}
    model = MLP([2, 8, 8, 1], activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    for rate in page.bar(RATES, "rates"):
        for seed in range(seeds):
            start = theta_of(MLP([2, 8, 8, 1], activation, rng=seed))
            curves[rate].append(descend(loss, start, (MOONS.X, MOONS.y), steps, rate)[1])
    ends = {rate: sorted((curve[-1] for curve in of_rate), key=lambda x: (x != x, x)) for rate, of_rate in curves.items()}  # nan last
    middle = {rate: of_rate[len(of_rate) // 2] for rate, of_rate in ends.items()}
    page.table(["rate", "smallest loss", "middle", "largest", "notes"], [
        [f"{rate:g}", e[0], middle[rate], e[-1], NOTES.get(rate, "")] for rate, e in ends.items()
    ])  # fmt: skip
    best = min(middle, key=lambda rate: middle[rate])
    page.claim("best rate", best, "between: neither the smallest nor the largest", min(RATES) < best < max(RATES))
    page.claim("loss at the smallest rate", middle[0.001], "not far below guessing: too slow", 0.3 < middle[0.001] < 0.75)
    page.claim("loss at the largest rate", middle[100.0], "above ln 2: worse than guessing", not middle[100.0] <= math.log(2))
    page.picture("07-moons", lambda theme: charts.lines(
        theme, "Two moons at several learning rates, from one beginning", ("step", range(0, steps, WINDOW)), "loss",
        {f"rate {rate:g}": calmed(curves[rate][0]) for rate in NOTES}, log="y", levels={"ln 2, guessing": math.log(2)},
    ), f"The same beginning, the same data: only the rate differs. Each point is the median of {WINDOW} steps")  # fmt: skip
    page.picture("07-rates", lambda theme: charts.lines(
        theme, "The loss at the end, by the rate", ("rate", RATES), f"loss after {steps} steps",
        {name: [of_rate[i] for of_rate in ends.values()] for name, i in (("largest", -1), ("middle", seeds // 2), ("smallest", 0))},
        log="xy", levels={"ln 2, guessing": math.log(2)},
    ), f"The largest, the middle and the smallest loss of {seeds} beginnings: a valley with one steep side")  # fmt: skip


def calmed(curve: list[float]) -> list[float]:
    """The median of each few steps: at large rates single losses jump too much to be drawn as a line."""
    return [float(np.median(curve[i : i + WINDOW])) for i in range(0, len(curve), WINDOW)]


ZIGZAG = 4


def zigzag(theme: str, curvature: float, walks: dict[float, list[float]]) -> bytes:
    """A few steps on the parabola, for three of the rates."""
    colours = plot_theme(theme)
    x = np.linspace(-1.5, 1.5, 200)
    with sheet(theme, 10, 4, "Gradient descent on a parabola") as figure:
        for i, share in enumerate((0.1, 0.95, 1.05), 1):
            axes = figure.add_subplot(1, 3, i, title=f"{share:g} of the limit")
            path = np.array(walks[share][: ZIGZAG + 1])
            axes.plot(x, curvature * x**2 / 2, color=colours.line)
            axes.plot(path, curvature * path**2 / 2, marker="o", linestyle="--", color=colours.cycle[0])
            for step, place in enumerate(path.tolist()):
                axes.annotate(f"{step}", (place, curvature * place**2 / 2), (9 if place > 0 else -9, 2), textcoords="offset points",
                              ha="left" if place > 0 else "right", color=colours.text)  # fmt: skip
            axes.set(xlabel="x", xlim=(-1.7, 1.7), ylim=(-0.05 * curvature, 1.2 * curvature), ylabel="" if i > 1 else "loss")
    return svg(figure)


def walk(rate: float, curvature: float) -> list[float]:
    """Where gradient descent from 1 is at each step, with our engine."""
    x = Value(1.0)
    opt = optim.SGD([x], lr=rate)
    path = [1.0]
    for _ in range(PARABOLA_STEPS):
        opt.zero_grad()
        (0.5 * curvature * x * x).backward()
        opt.step()
        path.append(x.data)
    return path
