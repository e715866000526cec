"""12. Universal approximation: what a network can represent, and what it finds.

One hidden layer with enough neurons comes as near as you like to any continuous function on an interval (Cybenko, 1989). A construction
shows why: two steep sigmoids make a bump, one going up and one coming down, and bumps side by side draw anything. So weights exist. That
does not tell that training finds them, how many neurons are enough, or what happens outside of the interval.

    python -m demos 12 --steps 20000
    python -m demos 12 --activation relu
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import compile, sigmoid
from demos import charts
from demos.page import Page, main
from demos.training import descend, give, theta_of
from nn import MLP, losses, schedules
from nn.rules import scale_by_adam

WIDTHS = (1, 2, 4, 8, 16, 32)
TRIAL = (0.72, 0.13, 0.018, 0.0028, 0.0050, 0.017)
INSIDE = np.linspace(-math.pi, math.pi, 200)
OUTSIDE = np.linspace(-2 * math.pi, 2 * math.pi, 400)


def bumps(x: Any, count: int, steepness: float = 60.0) -> Any:
    """sin from -π to π by so many bumps: each as high as sin is in its middle, and 0 elsewhere."""
    edges = [-math.pi + 2 * math.pi * i / count for i in range(count + 1)]
    heights = [math.sin((a + b) / 2) for a, b in zip(edges, edges[1:])]
    return sum(h * (sigmoid(steepness * (x - a)) - sigmoid(steepness * (x - b))) for h, a, b in zip(heights, edges, edges[1:]))


def run(page: Page, steps: int = 5000, lr: float = 0.02, activation: str = "tanh", seeds: int = 5) -> None:
    page.say("By hand, nothing trained: two sigmoids for each bump.")
    by_hand = {count: compile(lambda x, count=count: bumps(x, count), 0.0)(INSIDE) for count in (4, 16, 64)}
    apart = {count: largest(by_hand[count]) for count in by_hand}
    page.table(["bumps", "largest error"], apart.items())
    page.claim("error with 64 bumps, over that with 4", apart[64] / apart[4], "a fraction: more bumps, nearer", apart[64] < apart[4] / 4)
    page.picture("12-bumps", lambda theme: charts.lines(
        theme, "sin by bumps", ("x", INSIDE.tolist()), "",
        {"sin": np.sin(INSIDE), **{f"{count} bumps": by_hand[count] for count in (4, 16)}},
    ), "A pair of sigmoids makes a bump, and bumps draw anything")  # fmt: skip

    page.say(f"""Trained: one hidden layer of {activation}, {steps:,} steps of Adam on {len(INSIDE)} points, the rate falling to 0,
        from {seeds} beginnings.""")
    falling, adam = schedules.cosine(steps), scale_by_adam(0.9, 0.999, 1e-8)
    errors: dict[int, list[float]] = {}
    beyond, drawn = dict[int, float](), {"sin": np.sin(OUTSIDE)}
    for width in page.bar(WIDTHS, "widths"):
        model = MLP([1, width, 1], activation)
        loss = compile(lambda x, y, model=model: losses.mse(model([x]), y), 0.0, 0.0, wrt=model)
        f = compile(lambda x, model=model: model([x]), 0.0, wrt=model)
        errors[width] = []
        for seed in range(seeds):
            start = theta_of(MLP([1, width, 1], activation, rng=seed))
            theta, _ = descend(loss, start, (INSIDE, np.sin(INSIDE)), steps, lambda t: lr * falling(t), adam)
            give(model, theta)
            errors[width].append(largest(f(INSIDE)))
        beyond[width] = float(np.abs(f(OUTSIDE) - np.sin(OUTSIDE)).max())
        if width in (1, 4, 32):
            drawn[f"{width} {activation}"] = f(OUTSIDE)
    page.table(["neurons", "least error", "largest error", "outside, to ±2π", "first trial"], [
        [width, min(e), max(e), beyond[width], trial] for (width, e), trial in zip(errors.items(), TRIAL)
    ])  # fmt: skip
    best = min(errors, key=lambda width: min(errors[width]))
    page.claim("one neuron", min(errors[1]), "above 0.5: one bend is not enough", min(errors[1]) > 0.5)
    page.claim(f"the best, of {best} neurons", min(errors[best]), "below 0.01", min(errors[best]) < 0.01)
    worse = sum(wide > narrow for a, b in zip(WIDTHS, WIDTHS[1:]) for narrow, wide in zip(errors[a], errors[b]))
    page.claim("pairs of runs in which twice the neurons did worse", f"{worse} of {seeds * (len(WIDTHS) - 1)}",
               "some: they could do the same, with weights of 0, but do not find it", worse > 0)  # fmt: skip
    outside = beyond[best] / min(errors[best])
    page.claim("error outside of the interval over the error inside", outside, "above 10: nothing was said about outside", outside > 10)
    page.picture("12-outside", lambda theme: charts.lines(
        theme, "sin, trained on [-π, π] alone", ("x", OUTSIDE.tolist()), "", drawn, borders={"": -math.pi, "trained in here ": math.pi},
    ), "Inside it is sin, outside it is whatever it likes")  # fmt: skip


def largest(y: Any) -> float:
    """The largest error on [-π, π]."""
    return float(np.abs(y - np.sin(INSIDE)).max())


if __name__ == "__main__":
    main(run)
