"""6. Backpropagation: the chain rule on numbers, then in matrices, and what the short formula leaves out.

A gradient says how much the output changes for a small change of one number. Through steps in a row slopes multiply; where several paths
lead from a number to the output, what they bring is added. That is the chain rule, and backpropagation is nothing but it, worked out from
the end to the beginning, so that no path is walked twice. (Linnainmaa, 1970, for any program; Rumelhart, Hinton and Williams, 1986, for
networks.)

    python -m demos 6 --activation relu --seed 3      # the same equations, with slopes of 0 and 1: which δ are 0?
    python -m demos 6 --activation sigmoid            # compare δ of the first layer: how much less arrives?
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from autograd import Value, topological_order, value_and_grad
from nn import MLP, Layer, losses
from nn.layers import ActivationName
from viz import draw_dot, draw_network, player
from viz.graph.reading import slopes_of

from .page import Page, largest

X, TARGET = [1.0, -0.5, 0.3], [1.0, 0.0]
SIZES = [3, 4, 4, 2]
STEP = 1e-6  # of the finite differences


def run(page: Page, activation: ActivationName = "tanh", seed: int = 0) -> None:
    on_numbers(page)
    on_a_neuron(page)
    model = random_network(SIZES, activation, seed)
    in_matrices(page, model)
    by_differences(page, model)
    cost(page, activation)


def on_numbers(page: Page) -> None:
    """c = a² + a."""
    a = Value(3.0, "a")
    b = a * a
    b.label = "b"
    c = b + a
    c.label = "c"
    c.backward()
    page.say("c = a² + a at a = 3, in two steps, b = a · a and then c = b + a. Backward, from c, every slope with what led to it:")
    page.code("""
        ∂c/∂b = 1              since c = b + a
        ∂c/∂a = 1              directly, since c = b + a
              + 1 · 3 + 1 · 3  through b = a · a, once for each of its factors: ∂c/∂b times the other factor
              = 7
    """)
    page.say("a is used three times, so three numbers arrive, and their sum is right: that is the += in every backward pass.")
    kept = last_arrivals(c)[a]
    page.claim("∂c/∂a of c = a² + a at 3", a.grad, "2a + 1 = 7", a.grad == 7)
    page.claim("the same with = for +=", kept, "3: only the last arrival counts", kept == 3)
    picture = draw_dot(c, theme="auto", flows=True).pipe("svg")
    page.picture("06-shared", picture, "a is used three times: what flows back on each edge, and the sum")
    page.player(
        "06-player", lambda path: player(c, path), "Both passes, one step after the other: a page of its own, with keys and a play button"
    )


def last_arrivals(root: Value) -> dict[Value, float]:
    """Backpropagation with = where += belongs."""
    grad = {root: 1.0}
    for node in reversed(topological_order(root)):
        for x, slope in zip(node.inputs, slopes_of(node)):
            grad[x] = grad[node] * slope
    return grad


def on_a_neuron(page: Page) -> None:
    """C = ½ (tanh(w x + b) - y)²."""
    w, x, b, y = Value(0.5), Value(2.0), Value(-0.3), 1.0
    z = w * x + b
    a = z.tanh()
    C = 0.5 * (a - y) ** 2
    C.backward()
    page.say(f"""One neuron, z = w x + b and a = tanh(z), with a loss C = ½ (a - y)². It is called C, for cost, since L will be the last
        layer. w = {w.data:g}, x = {x.data:g}, b = {b.data:g}, y = {y:g}.""")
    da, f1 = a.data - y, 1 - a.data**2
    delta = da * f1
    page.code(f"""
        ∂C/∂a = a - y                                = {da:.4f}
        ∂C/∂z = ∂C/∂a · tanh′(z), where tanh′ = 1-a² = {delta:.4f}    this is called δ
        ∂C/∂w = δ · x                                = {delta * x.data:.4f}
        ∂C/∂b = δ                                    = {delta:.4f}
        ∂C/∂x = δ · w                                = {delta * w.data:.4f}    to hand on, if x is the output of another neuron
    """)
    apart = largest([w.grad - delta * x.data, b.grad - delta, x.grad - delta * w.data])
    page.claim("the three gradients, by hand and by backward(), differ by", apart, "rounding, about 1e-16", apart < 1e-15)


def in_matrices(page: Page, model: MLP) -> None:
    """The equations of a whole network as a program, against scalars, for two losses; and the short formula."""
    page.say("""A layer does this for all its neurons at once. Its z, a, b and δ are columns of numbers, W has a row for each neuron, ⊙
        multiplies entry by entry, and Wᵀ is W with rows and columns exchanged: forward, W collects for each neuron what its inputs bring;
        backward, Wᵀ collects for each input what the neurons that use it send back. The layers are 1 to L.""")
    page.code("""
        z[l] = W[l] a[l-1] + b[l]              forward, where a[0] is the input
        a[l] = f(z[l])

        δ[L] = ∂C/∂a[L] ⊙ f′(z[L])             backward: at the end,
        δ[l] = W[l+1]ᵀ δ[l+1] ⊙ f′(z[l])       and before it
        ∂C/∂W[l] = δ[l] a[l-1]ᵀ                for each weight: δ of its neuron times its input
        ∂C/∂b[l] = δ[l]
    """)
    page.say("The same as a program:")
    page.code(inspect.getsource(gradients))
    page.say(f"""A network with layers of {", ".join(map(str, SIZES[:-1]))} and {SIZES[-1]} units, weights and biases at random, sigmoids at
        its end, and two losses. The scalar engine knows none of these equations. It knows the slope of each op, and passes
        over every edge of its graph once. (The program asks it for f′ alone.) nn's backward_table has the same equations on its own.""")
    rows, apart_by = [], list[float]()
    for name, (loss, slope) in LOSSES.items():
        found = gradients(model.layers, X, slope)
        model.zero_grad()
        loss(model(X)).backward()
        apart = largest(
            [
                largest(part - [[p.grad for p in ps] for ps in places])
                for (_, dW, db), layer in zip(found, model.layers)
                for part, places in ((dW, [n.w for n in layer.neurons]), (db[:, None], [[n.b] for n in layer.neurons]))
            ]
        )
        page.claim(f"{name}: matrix equations and scalars differ by", apart, "rounding, about 1e-16", apart < 1e-14)
        third = largest([largest(dW - table.dW) for (_, dW, _), table in zip(found, model.backward_table(X, loss))])
        page.claim(f"{name}: matrix equations and backward_table differ by", third, "rounding", third < 1e-14)
        a, delta = model.forward_table(X)[-1].a, found[-1][0]
        apart_by.append(largest(a - TARGET - delta))
        rows.append([name, *(", ".join(f"{d:.4f}" for d in row) for row in (delta, a - TARGET)), apart_by[-1]])
    page.say("""Many texts write δ[L] = a - y. That holds only where the loss matches the activation, so that f′ cancels or is 1: sigmoid or
        softmax with cross-entropy, or no activation with the squared error, halved. With sigmoids and the squared error, ∂C/∂a is
        a - y, and δ is that times f′.""")
    page.table(["loss", "δ[L]", "a - y", "apart"], rows)
    (matched, off), mended = apart_by, largest((a - TARGET) * a * (1 - a) - delta)
    page.claim("cross-entropy: a - y as δ is off by", matched, "0: σ′(z) cancels", matched < 1e-14)
    page.claim("squared error: a - y as δ is off by", off, "not 0: σ′(z) is missing", off > 0.01)
    page.claim("squared error: and with the factor σ′(z) = a (1 - a)", mended, "rounding", mended < 1e-14)
    page.say("""A second shorthand misleads as well: ∂C/∂W = ∂C/∂a · ∂a/∂z · ∂z/∂W has no shapes. Its last factor is a tensor of three axes,
        which nobody ever builds.""")
    drawing = draw_network(model, X, squared, target=TARGET, theme="auto").svg
    about = "All of it, squared error: activations a and biases b forward, δ and ∂C/∂w backward"
    page.picture("06-network", drawing, about)


def squared(out: Any, target: Any = TARGET) -> Value:
    """½ Σ (a - y)²."""
    return 0.5 * losses.mse(out, target, "sum")


def cross_entropy(out: Any) -> Value:
    """Σ -y ln a - (1 - y) ln(1 - a)."""
    return losses.bce(out, TARGET, "sum")


LOSSES: dict[str, tuple[Callable[[Any], Value], Callable[[Any], Any]]] = {  # and what they change by with a, by hand
    "cross-entropy": (cross_entropy, lambda a: (a - TARGET) / (a * (1 - a))),
    "squared error": (squared, lambda a: a - TARGET),
}


def gradients(layers: list[Layer], x: Any, slope_of_loss: Callable[[Any], Any]) -> list[tuple[Any, Any, Any]]:
    """δ, ∂C/∂W and ∂C/∂b of every layer, by the matrix equations."""
    a, slopes = [np.array(x)], []
    for layer in layers:
        z = layer.W @ a[-1] + layer.b
        f, f1 = activated(layer, z)
        a.append(f)
        slopes.append(f1)
    delta, found = slope_of_loss(a[-1]) * slopes[-1], list[Any]()
    for i in reversed(range(len(layers))):  # from 0, not from 1: layers[i] makes a[i + 1] of a[i]
        found.insert(0, (delta, np.outer(delta, a[i]), delta))
        if i > 0:
            delta = layers[i].W.T @ delta * slopes[i - 1]
    return found


def activated(layer: Layer, z: Any) -> Any:
    """f(z) and f′(z), number by number."""
    if layer.activate is None:
        return z, np.ones_like(z)
    return np.array([value_and_grad(layer.activate)(z_i) for z_i in z.tolist()]).T


def random_network(sizes: list[int], activation: ActivationName, seed: int) -> MLP:
    """With biases at random: were they 0, an engine that forgets them would pass, and ReLUs could stand exactly at their kink."""
    model, rng = MLP(sizes, activation, output="sigmoid", rng=seed), np.random.default_rng(seed)
    for layer in model.layers:
        layer.b = rng.normal(0.0, 0.5, layer.n_outputs)
    return model


def by_differences(page: Page, model: MLP) -> None:
    """A witness that knows nothing of slopes."""
    loss = partial(loss_of, model)
    page.say("""A last witness knows nothing of slopes: it changes one parameter by a little, up and down, and looks at the loss. "About the
        same" is all that it can say, since a difference is no limit.""")
    model.zero_grad()
    loss().backward()
    kinks = sum(int((abs(t.z) < 10 * STEP).sum()) for t in model.forward_table(X)[:-1])
    if kinks:
        page.say(f"""{kinks} of the weighted sums are closer to 0 than the steps are long. If the activation has a kink there, as ReLU has,
            a difference measures the mean of the slopes on both sides: it is no witness here.""")
        return
    apart = largest([p.grad - difference(loss, p) for p in model.parameters()])
    page.claim("gradients against finite differences", apart, "about 1e-10, the error of the differences", apart < 1e-8)


def cost(page: Page, activation: ActivationName) -> None:
    """How many forward passes a gradient takes, for networks of three sizes."""
    page.say("What all gradients cost together, in forward passes of the same network:")
    rows = list[list[Any]]()
    for width in (4, 8, 16):
        model = random_network([3, width, width, 2], activation, 0)
        loss = partial(loss_of, model)
        forward = seconds(loss)
        both = seconds(lambda loss=loss: loss().backward())
        apart = seconds(lambda loss=loss, model=model: [difference(loss, p) for p in model.parameters()], 1)
        rows.append([len(model.parameters()), f"{both / forward:.1f}", f"{apart / forward:.0f}"])
    page.table(["parameters", "forward and backward", "finite differences"], rows)
    page.say(f"""Differences take two passes for each parameter, {2 * rows[-1][0]} for the last network; backpropagation takes a few passes
        for all parameters together, however many there are.""")


def loss_of(model: MLP) -> Value:
    return squared(model(X))


def difference(loss: Callable[[], Any], p: Value) -> Any:
    """∂C/∂p by two forward passes: [C(p + h) - C(p - h)] / 2h."""
    here, ends = p.data, []
    for p.data in (here + STEP, here - STEP):
        ends.append(loss().data)
    p.data = here
    return (ends[0] - ends[1]) / (2 * STEP)


def seconds(work: Callable[[], Any], times: int = 20) -> float:
    """The shortest of several runs: what else a machine does only adds."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best
