"""6. Backpropagation: the chain rule, in matrices and in scalars, and what the short formula leaves out.

Going back, layer l receives what the loss changes by when its z changes, δ = ∂L/∂z. In matrices: δ[L] = ∂L/∂a ⊙ f′(z[L]) at the end,
δ[l] = W[l+1]ᵀ δ[l+1] ⊙ f′(z[l]) before it, and the gradients are ∂L/∂W[l] = δ[l] a[l-1]ᵀ and ∂L/∂b[l] = δ[l]. (Linnainmaa, 1970, for any
program; Rumelhart, Hinton and Williams, 1986, for networks.) The scalar engine knows none of these equations. It knows the slope of
each op, and multiplies along every path.

Two shorthands mislead. "δ[L] = a - y" holds only where the loss matches the activation: sigmoid or softmax with cross-entropy, where
f′ cancels. And ∂L/∂W = ∂L/∂a · ∂a/∂z · ∂z/∂W has no shapes: its last factor is a tensor of three axes, which nobody ever builds.

    python -m demos 6 --activation sigmoid --seed 3
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import Value
from demos.page import Page, main
from nn import MLP, losses
from viz import draw_dot, draw_network, player

X, TARGET = [1.0, -0.5, 0.3], [1.0, 0.0]


def run(page: Page, activation: str = "tanh", seed: int = 0) -> None:
    model = MLP([3, 4, 4, 2], activation, output="sigmoid", rng=seed)
    page.say("A network of four sizes, with sigmoids at its end, and two losses: one that matches them, and one that does not.")
    rows = []
    a = model.forward_table(X)[-1].a
    for name, factor in (("bce", 1.0), ("mse", 2.0)):
        back = model.backward_table(X, lambda out, name=name: losses.LOSSES[name](out, TARGET))
        apart = max(largest(part - scalar) for t in back for part, scalar in ((t.dW, t.scalar_dW), (t.db, t.scalar_db)))
        page.claim(f"{name}: matrix equations against scalars", apart, "rounding, about 1e-16", apart < 1e-15)
        short = factor * (a - TARGET) / len(TARGET)  # both losses are means over the outputs
        off, mended = largest(short - back[-1].delta), largest(short * a * (1 - a) - back[-1].delta)
        rows.append([name, str(back[-1].delta.round(4)), str(short.round(4)), off])
        if name == "bce":
            page.claim("bce: a - y as delta is off by", off, "0: σ′(z) cancels", off < 1e-15)
        else:
            page.claim("mse: the same as delta is off by", off, "not 0: σ′(z) is missing", off > 0.01)
            page.claim("mse: and with the factor σ′(z) = a (1 - a)", mended, "rounding", mended < 1e-15)
    page.table(["loss", "delta", "the short formula", "apart"], rows)

    def loss_now() -> Any:
        return losses.mse(model(X), TARGET)

    loss_now().backward()
    apart = max(abs(p.grad - difference(loss_now, p)) for p in model.parameters())
    page.claim("gradients against finite differences", apart, "about 1e-10, the error of the differences", apart < 1e-8)
    forward, both = seconds(loss_now), seconds(lambda: loss_now().backward())
    count = 2 * len(model.parameters())
    page.say(f"Forward and backward together took as long as {both / forward:.1f} forward passes here, however many parameters there are. "
             f"Finite differences take two passes for each: {count}.")  # fmt: skip

    page.say("Where a node is used twice, two gradients arrive, and their sum is right: that is the += in every backward pass.")
    a = Value(3.0, "a")
    b = a * a
    b.label = "b"
    c = b + a
    c.label = "c"
    c.backward()
    page.claim("∂c/∂a of c = a² + a at 3", a.grad, "2a + 1 = 7; with = for += it would be one of 1, 3 and 4", a.grad == 7)
    page.picture(
        "06-shared",
        draw_dot(c, theme="auto", flows=True).pipe("svg"),
        "A node used three times: what flows back on each edge, and their sum",
    )
    page.picture(
        "06-network", draw_network(model, X, lambda out: losses.mse(out, TARGET), theme="auto").svg, "The gradients of a whole network"
    )
    page.player(
        "06-player", lambda path: player(c, path), "Both passes, one step after the other: a page of its own, with keys and a play button"
    )


def largest(numbers: Any) -> float:
    return float(np.abs(numbers).max())


def difference(loss: Callable[[], Any], p: Value, step: float = 1e-6) -> Any:
    """∂loss/∂p by two forward passes: [L(p + h) - L(p - h)] / 2h."""
    here, ends = p.data, []
    for p.data in (here + step, here - step):
        ends.append(loss().data)
    p.data = here
    return (ends[0] - ends[1]) / (2 * step)


def seconds(work: Callable[[], Any], times: int = 50) -> float:
    """The shortest of several runs: what else a machine does only adds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


if __name__ == "__main__":
    main(run)
