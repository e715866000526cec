"""The pictures of the README, all made here.

python -m demos.gallery            # into demos/figures
python -m demos.gallery --out DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from autograd import Value
from nn import MLP, data, fit, losses
from viz import animate, compare_orders, draw_dot, draw_network, plots

from . import as_run_here
from .page import folder

FIGURES = Path(__file__).parent / "figures"


def _network() -> bytes:
    """Every product and sum of a small network, its modules as boxes."""
    model = MLP([2, 2, 1], activation="tanh", rng=3)
    loss = losses.mse(model([1.0, -2.0]), 0.5)
    loss.label = "loss"
    loss.backward()
    svg: bytes = draw_dot(loss, theme="auto", legend=True).pipe("svg")
    return svg


def _folded() -> bytes:
    """The loss of a batch of 40 samples, folded into layers."""
    model = MLP([2, 16, 16, 1], rng=0)
    X, y = data.moons(40, rng=0)
    loss = losses.bce_with_logits(model(X), y)
    loss.label = "loss"
    loss.backward()
    svg: bytes = draw_dot(loss, theme="auto", depth=1).pipe("svg")
    return svg


def _units() -> bytes:
    """The same kind of network as circles and lines, run on one sample."""
    model = MLP([3, 4, 2], activation="tanh", rng=0)
    picture = draw_network(model, [1.0, -0.5, 0.3], losses.cross_entropy, target=1, theme="auto")
    return picture.svg.encode()


def _moving() -> bytes:
    """Both passes through a neuron, one step after the other."""
    w, x, b = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b")
    out = (w * x + b).tanh()
    out.label = "out"
    return animate(out, theme="auto").read_bytes()


def _order() -> bytes:
    """Where naive recursion ends, next to the right order, on the smallest graph that shows it."""
    a = Value(3.0, "a")
    b = a + a
    b.label = "b"
    c = b + b
    c.label = "c"
    return compare_orders(c, theme="auto")[-1].read_bytes()


def _boundary() -> bytes:
    """What a small network has learned of two spirals' arms."""
    samples = data.spirals(180, classes=2, rng=0)
    model = MLP([2, 16, 2], activation="tanh", rng=0)
    fit(model, samples, lr=0.1, epochs=60, schedule="cosine", rng=0, progress=False, compiled=False)
    return plots.svg(plots.plot_boundary(model, samples))


PICTURES: dict[str, Callable[[], bytes]] = {
    "network.svg": _network,
    "folded.svg": _folded,
    "units.svg": _units,
    "moving.svg": _moving,
    "order.svg": _order,
    "activations.svg": lambda: plots.svg(plots.plot_activations()),
    "boundary.svg": _boundary,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog=as_run_here("python -m demos.gallery"), description="Make the pictures of the README.")
    parser.add_argument("--out", type=folder, default=FIGURES, metavar="DIR", help="the folder for them; by default demos/figures")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, make in PICTURES.items():
        (out / name).write_bytes(make())
        print(f"wrote {out / name}")


if __name__ == "__main__":
    main()
