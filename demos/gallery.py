"""The pictures of the README and of the gallery, all made here.

python -m demos.gallery            # into demos/figures
python -m demos.gallery --out DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from autograd import Value
from nn import MLP, data, fit, losses
from viz import animate, compare_orders, draw_dot, draw_network, plots
from viz.graph.dot import RankDir
from viz.plots.style import PlotThemeName

from . import as_run_here
from .options import folder

FIGURES = Path(__file__).parent / "figures"


def _drawn(root: Value, rankdir: RankDir = "LR", **options: Any) -> bytes:
    """The graph of a result that is called L, after a backward pass."""
    root.label = "L"
    root.backward()
    drawing = draw_dot(root, rankdir=rankdir, theme="auto", **options)
    return bytes(drawing.pipe("svg"))


def _network() -> bytes:
    """A small network: each neuron is a card, with a row for each weight."""
    model = MLP([2, 2, 1], activation="tanh", rng=3)
    inputs = [Value(1.0, "x1"), Value(-2.0, "x2")]
    return _drawn(losses.mse(model(inputs), 0.5), "TB")


def _batch() -> bytes:
    """A batch of eight samples, drawn once."""
    model = MLP([2, 2, 1], activation="tanh", rng=3)
    X, y = data.moons(8, rng=0)
    return _drawn(losses.mse(model(X), y))


def _recurrence() -> bytes:
    """Twenty steps of a recurrent unit, drawn as a loop."""
    w, u, b, h = Value(0.5, "w"), Value(0.8, "u"), Value(0.1, "b"), Value(0.0, "h0")
    for t in range(20):
        h = (w * Value((-1.0) ** t, f"x{t}") + u * h + b).tanh()
        h.label = f"h{t + 1}"
    return _drawn((h - 1) ** 2)


def _weighted(weights: Sequence[Value], inputs: Sequence[Value]) -> Value:
    """w · x."""
    total = weights[0] * inputs[0]
    for w, x in zip(weights[1:], inputs[1:]):
        total = total + w * x
    return total


def _attention() -> bytes:
    """An attention head over four positions: copies of the same graph as one."""
    rows = [[Value(0.5 * i - 1, f"x{i}0"), Value(1 - 0.7 * i, f"x{i}1")] for i in range(4)]
    query = [Value(0.8, "q0"), Value(-0.4, "q1")]
    key = [Value(0.3, "k0"), Value(0.9, "k1")]
    value = [Value(1.1, "v0"), Value(-0.6, "v1")]
    asked = _weighted(query, rows[-1])
    scores = [(asked * _weighted(key, row)).exp() for row in rows]
    total = scores[0] + scores[1] + scores[2] + scores[3]
    shares = [score / total for score in scores]
    return _drawn(_weighted(shares, [_weighted(value, row) for row in rows]))


def _folded() -> bytes:
    """The loss of a batch of 40 samples, folded into layers."""
    model = MLP([2, 16, 16, 1], rng=0)
    X, y = data.moons(40, rng=0)
    return _drawn(losses.bce_with_logits(model(X), y))


def _units() -> bytes:
    """A network as circles and lines, forward and backward, run on one sample."""
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


def _activations(theme: PlotThemeName) -> bytes:
    """Activations with their slopes."""
    return plots.svg(plots.plot_activations(theme=theme))


def _trained(theme: PlotThemeName, plot: Callable[..., Any]) -> bytes:
    """What a small network has learned of the arms of two spirals, and how."""
    samples = data.spirals(180, classes=2, rng=0)
    model = MLP([2, 16, 2], activation="tanh", rng=0)
    history = fit(
        model, samples, lr=0.1, epochs=60, schedule="cosine", rng=0, progress=False,
        compiled=False, validation=0.2,
    )  # fmt: skip
    subject = [model, samples] if plot is plots.plot_boundary else [history]
    return plots.svg(plot(*subject, theme=theme))


DRAWINGS: dict[str, Callable[[], bytes]] = {
    "network.svg": _network,
    "batch.svg": _batch,
    "recurrence.svg": _recurrence,
    "attention.svg": _attention,
    "folded.svg": _folded,
    "units.svg": _units,
    "moving.svg": _moving,
    "order.svg": _order,
}
"""Each follows the colours that its viewer prefers."""

PLOTS: dict[str, Callable[[PlotThemeName], bytes]] = {
    "activations": _activations,
    "boundary": partial(_trained, plot=plots.plot_boundary),
    "history": partial(_trained, plot=plots.plot_history),
}
"""Each is there twice, for light and for dark pages."""

PICTURES: dict[str, Callable[[], bytes]] = {
    **DRAWINGS,
    **{f"{name}.svg": partial(make, "light") for name, make in PLOTS.items()},
    **{f"{name}-dark.svg": partial(make, "dark") for name, make in PLOTS.items()},
}


def main() -> None:
    """Make all of them."""
    parser = argparse.ArgumentParser(
        prog=as_run_here("python -m demos.gallery"),
        description="Make the pictures of the README and of the gallery.",
    )
    parser.add_argument(
        "--out",
        type=folder,
        default=FIGURES,
        metavar="DIR",
        help="the folder for them; by default demos/figures",
    )
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    for name, make in PICTURES.items():
        (out / name).write_bytes(make())
        print(f"wrote {out / name}")


if __name__ == "__main__":
    main()
