"""Mistakes that an editor must underline: each has a comment for mypy and one for pyright.

Where a checker no longer reports one, its comment is unused, and that is an error too. Nothing here
is ever called.
"""

# Of what is wrong nothing is known; that says nothing new.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

import autograd
import glassgrad as gg
from autograd import Value, tanh
from nn import MLP, Layer, Neuron, evaluate, fit, linear_baseline, steps
from nn.losses import cross_entropy, huber, mse, softmax
from viz import draw_dot, draw_network, player
from viz.plots import plot_activations, plot_learning_rates

Data = tuple[list[list[float]], list[int]]


def settings(m: MLP, xy: Data) -> None:
    fit(m, xy, epoch=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    fit(m, xy, epochs="2")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fit(m, xy, loss="msee")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fit(m, xy, optimizer="adm")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fit(m, xy, schedule="cosin")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fit(m, xy, compiled="yes")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    steps(m, xy, progress=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    linear_baseline(xy, xy, epoch=2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    evaluate(m, xy, "crossentropy")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plot_learning_rates(  # type: ignore[call-arg]
        lambda: m,
        xy,
        [0.1],
        epoch=2,  # pyright: ignore[reportCallIssue]
    )


def names(x: Value, m: MLP) -> None:
    MLP([2, 1], activation="tahn")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MLP([2, 1], "tahn")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MLP([2, 1], output="sigmod")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MLP([2, 2, 1], ["tahn"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    MLP([2, 1], init="he_norml")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Layer(2, 1, "tahn")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    Neuron(2, "Tanh")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    draw_dot(x, theme="drak")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    draw_dot(x, rankdir="UP")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    draw_network(m, theme="drak")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    player(x, "a", rankdir="UP")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plot_activations(theme="auto")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    plot_activations(["tahn"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]


def values(x: Value, m: MLP, layer: Layer) -> None:
    autograd.tahn(x)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    gg.tahn(x)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    tanh("1")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
    x.tahn()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    tanh(x + "1")  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    x.data = "1"  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]
    m([1.0]).bakward()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    layer([1.0]).tanh()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    m("ab")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]


def errors(x: Value) -> None:
    mse(  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        x,
        0.0,
        "avg",  # pyright: ignore[reportArgumentType]
    )
    softmax([x]).exp()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]
    huber(x, 0.0, delta="big")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    cross_entropy(x, 1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    softmax(  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
        x,  # pyright: ignore[reportArgumentType]
    )
