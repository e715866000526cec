"""7. The learning rate: too small, just right, too large, and where "too large" begins.

Gradient descent goes downhill by lr times the slope. On a parabola of curvature c the error is multiplied by 1 - lr · c at each step:
it shrinks while that is between -1 and 1, so while lr < 2 / c, overshoots the bottom from 1 / c on, and explodes beyond 2 / c. A network
has other curvatures at every place, and no formula for its limit; the picture is the same.

    python -m demos 7 --curvature 4
    python -m demos 7 --activation relu --steps 2000
"""

from __future__ import annotations

import math

import numpy as np

from autograd import Value, compile
from demos import charts
from demos.page import Page, main
from demos.training import descend, theta_of
from nn import MLP, data, losses, optim

TRIAL = {0.001: "0.42 to 0.68", 0.1: "0.18 to 0.25", 1.0: "0.002", 3.0: "0.0004", 10.0: "0.5 to 14", 100.0: "27 to 183"}
MOONS = data.moons(100, rng=0)
PARABOLA_STEPS = 100
SHARES = (0.25, 0.95, 1.0, 1.05)


def run(page: Page, curvature: float = 10.0, activation: str = "tanh", steps: int = 500, seeds: int = 3) -> None:
    limit = 2 / curvature
    page.say(f"""The parabola ½ · {curvature:g} · x², from x = 1, {PARABOLA_STEPS} steps at rates below, at and above its limit, 2 /
        {curvature:g} = {limit:g}.""")
    walks = {f"{share:g} · limit": walk(share * limit, curvature) for share in SHARES}
    for path, share in zip(walks.values(), SHARES):
        rate = share * limit
        theory = abs(1 - rate * curvature) ** PARABOLA_STEPS
        agrees = math.isclose(path[-1], theory, rel_tol=1e-6, abs_tol=1e-12)
        page.claim(
            f"|x| at the end, rate {rate:.3g}", path[-1], f"|1 - {rate:.3g} · {curvature:g}|^{PARABOLA_STEPS} = {theory:.4g}", agrees
        )
    page.picture("07-parabola", lambda theme: charts.lines(
        theme, "|x| on a parabola, at rates around the limit", ("step", range(PARABOLA_STEPS + 1)), "|x|", walks, log="y",
    ), "Just below the limit it converges, just above it explodes, at the limit it goes to and fro for ever")  # fmt: skip

    page.say(f"A network, [2, 8, 8, 1] with {activation}, on two moons: {steps} steps on all points, from {seeds} beginnings.")
    curves: dict[float, list[list[float]]] = {rate: [] for rate in TRIAL}
    model = MLP([2, 8, 8, 1], activation)
    loss = compile(lambda x, y: losses.bce_with_logits(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    for rate in page.bar(TRIAL, "rates"):
        for seed in range(seeds):
            start = theta_of(MLP([2, 8, 8, 1], activation, rng=seed))
            curves[rate].append(descend(loss, start, (MOONS.X, MOONS.y), steps, rate)[1])
    ends = {rate: [curve[-1] for curve in of_rate] for rate, of_rate in curves.items()}
    page.table(["rate", "least", "most", "first trial"], [[f"{rate:g}", min(e), max(e), TRIAL[rate]] for rate, e in ends.items()])
    middle = {rate: float(np.median(e)) for rate, e in ends.items()}
    best = min(middle, key=lambda rate: middle[rate])
    page.claim("best rate", best, "between: neither the smallest nor the largest", min(TRIAL) < best < max(TRIAL))
    page.claim("loss at the smallest rate", middle[0.001], "hardly below ln 2 = 0.693: too slow", 0.3 < middle[0.001] < 0.75)
    page.claim("loss at the largest rate", middle[100.0], "above ln 2: worse than guessing", not middle[100.0] <= math.log(2))
    page.picture("07-moons", lambda theme: charts.lines(
        theme, "Two moons at several learning rates, from one beginning", ("step", range(steps)), "loss",
        {f"rate {rate:g}": of_rate[0] for rate, of_rate in curves.items()}, log="y", levels={"ln 2, guessing": math.log(2)},
    ), "The same beginning, the same data: only the rate differs")  # fmt: skip


def walk(rate: float, curvature: float) -> list[float]:
    """|x| at each step of gradient descent from 1, with our engine."""
    x = Value(1.0)
    opt = optim.SGD([x], lr=rate)
    path = [1.0]
    for _ in range(PARABOLA_STEPS):
        opt.zero_grad()
        (0.5 * curvature * x * x).backward()
        opt.step()
        path.append(abs(x.data))
    return path


if __name__ == "__main__":
    main(run)
