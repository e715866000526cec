"""6. Backpropagation: the chain rule on numbers, then in matrices, and where it is cut short.

A gradient says how much the output changes for a small change of one number. Along a path, slopes
multiply; where several paths lead from a number to the output, their contributions add. That is
the chain rule, and backpropagation is nothing but the chain rule, worked out from the end to the
beginning, so that no path is walked twice. (Linnainmaa, 1970, for any program; Rumelhart, Hinton
and Williams, 1986, for networks.)

    python -m demos 6 --activation relu --seed 3      # the same equations: which δ are 0, and why?
    python -m demos 6 --activation sigmoid            # how much less of δ reaches the first layer?
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial
from timeit import timeit
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
ROUNDS = 5
REPEATS = (100, 50, 1)  # in each round, so that what is short is measured as warm as what is long


def run(page: Page, activation: ActivationName = "tanh", seed: int = 0) -> None:
    on_numbers(page)
    on_a_neuron(page)
    model = random_network(SIZES, activation, seed)
    in_matrices(page, model)
    short_formula(page, model)
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
    page.say("""$c = a² + a$ at $a = 3$, in two steps: $b = a · a$, then $c = b + a$. Backward from
        c, each path from c to a has a slope:""")
    page.formulas("""
        ∂c/∂b = 1              since c = b + a
        ∂c/∂a = 1              directly, since c = b + a
        + 1 · 3 + 1 · 3        through b = a · a, once for each factor: ∂c/∂b times the other factor
        = 7
    """)
    page.say("""The number a is used three times, so three numbers arrive, and the gradient is their
        sum. That is the += in every backward pass.""")
    kept = last_arrivals(c)[a]
    page.claim("∂c/∂a of c = a² + a at 3", a.grad, "2a + 1 = 7", a.grad == 7)
    page.claim("the same with = for +=", kept, "3: only the last arrival counts", kept == 3)
    picture = draw_dot(c, theme="auto", flows=True).pipe("svg")
    page.picture(
        "06-shared", picture, "a is used three times: what flows back on each edge, and the sum"
    )
    page.player(
        "06-player",
        lambda path: player(c, path),
        "Both passes, one step after the other: a page of its own, with keys and a play button",
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
    page.say(f"""One neuron, $z = w x + b$ and $a = tanh(z)$, with a loss $C = ½ (a - y)²$. It is
        called C, for cost, since L will be the last layer. $w = {w.data:g}$, $x = {x.data:g}$,
        $b = {b.data:g}$, $y = {y:g}$.""")
    da, f1 = a.data - y, 1 - a.data**2
    delta = da * f1
    page.formulas(f"""
        ∂C/∂a = a - y                  = {da:.4f}
        ∂C/∂z = ∂C/∂a · (1 - a²)       = {delta:.4f}    this is called $δ$; $tanh′(z) = 1 - a²$
        ∂C/∂w = δ · x                  = {delta * x.data:.4f}
        ∂C/∂b = δ                      = {delta:.4f}
        ∂C/∂x = δ · w                  = {delta * w.data:.4f}    passed on if x is itself an output
    """)
    apart = largest([w.grad - delta * x.data, b.grad - delta, x.grad - delta * w.data])
    what = "the three gradients, by hand and by backward(), differ by"
    page.claim(what, apart, "rounding, about 1e-16", apart < 1e-15)


def in_matrices(page: Page, model: MLP) -> None:
    """The equations of a whole network as a program, against scalars, for two losses."""
    page.say("""A layer does this for all its neurons at once. Its z, a, b and δ are columns of
        numbers, W has a row for each neuron, ⊙ multiplies entry by entry, and $Wᵀ$ is W with rows
        and columns exchanged. Forward, W collects for each neuron what its inputs contribute;
        backward, $Wᵀ$ collects for each input what the neurons that use it send back. The layers
        are numbered 1 to L.""")
    page.formulas("""
        z[l] = W[l] a[l-1] + b[l]              forward; $a[0]$ is the input
        a[l] = f(z[l])
        δ[L] = ∂C/∂a[L] ⊙ f′(z[L])             backward, at the end
        δ[l] = W[l+1]ᵀ δ[l+1] ⊙ f′(z[l])       backward, before the end
        ∂C/∂W[l] = δ[l] a[l-1]ᵀ                for each weight: δ of its neuron times its input
        ∂C/∂b[l] = δ[l]
    """)
    page.say("The same as a program:")
    page.code(inspect.getsource(gradients))
    page.say(f"""A network with layers of {", ".join(map(str, SIZES[:-1]))} and {SIZES[-1]} units,
        random weights and biases, sigmoids at its end, and two losses. The scalar engine
        knows none of these equations. It knows the slope of each op, and passes over every edge of
        its graph once. (The program asks it for $f′$ only.) nn's `backward_table` has the same
        equations once more, written independently.""")
    for name, (loss, by_hand) in LOSSES.items():
        model.zero_grad()
        loss(model(X)).backward()
        found = gradients(model.layers, X, by_hand)
        apart = largest(list(map(apart_from_scalars, found, model.layers)))
        what = f"{name}: matrix equations and scalars differ by"
        page.claim(what, apart, "rounding, about 1e-16", apart < 1e-14)
        tables = model.backward_table(X, loss)
        third = largest([largest(dW - table.dW) for (_, dW, _), table in zip(found, tables)])
        what = f"{name}: matrix equations and backward_table differ by"
        page.claim(what, third, "rounding", third < 1e-14)


def apart_from_scalars(found: tuple[Any, Any, Any], layer: Layer) -> float:
    """How far ∂C/∂W and ∂C/∂b are from the gradients that the scalar engine left in a layer."""
    _, dW, db = found
    apart = 0.0
    for neuron, dw, db_i in zip(layer.neurons, dW, db):
        apart = max(apart, largest(dw - [w.grad for w in neuron.w]), abs(db_i - neuron.b.grad))
    return apart


def short_formula(page: Page, model: MLP) -> None:
    """Where δ[L] = a - y is right, and where it is not."""
    page.say("""Many texts write $δ[L] = a - y$. That holds only where the loss matches the
        activation, so that $f′$ cancels or is 1: sigmoid or softmax with cross-entropy, or no
        activation with half the squared error. With sigmoids and the squared error, $∂C/∂a$ is
        $a - y$, and δ is that times $f′$.""")
    a, rows, apart_by = model.forward_table(X)[-1].a, [], []
    for name, (_, by_hand) in LOSSES.items():
        delta = gradients(model.layers, X, by_hand)[-1][0]
        apart_by.append(largest(a - TARGET - delta))
        rows.append([name, digits(delta), digits(a - TARGET), apart_by[-1]])
    page.table(["loss", "δ[L]", "a - y", "apart"], rows)
    (matched, off), corrected = apart_by, largest((a - TARGET) * a * (1 - a) - delta)
    page.claim("cross-entropy: a - y as δ is off by", matched, "0: σ′(z) cancels", matched < 1e-14)
    page.claim("squared error: a - y as δ is off by", off, "not 0: σ′(z) is missing", off > 0.01)
    what = "squared error: with the factor σ′(z) = a (1 - a) it is off by"
    page.claim(what, corrected, "rounding", corrected < 1e-14)
    page.say("""A second shorthand misleads as well: $∂C/∂W = ∂C/∂a · ∂a/∂z · ∂z/∂W$ says nothing of
        shapes. Its last factor is a tensor with three axes, which nobody ever builds.""")
    drawing = draw_network(model, X, squared, target=TARGET, theme="auto").svg
    about = "The whole network, squared error: a and b forward, δ and ∂C/∂w backward"
    page.picture("06-network", drawing, about)


def digits(row: Any) -> str:
    return ", ".join([f"{number:.4f}" for number in row])


def squared(out: Any, target: Any = TARGET) -> Value:
    """½ Σ (a - y)²."""
    return 0.5 * losses.mse(out, target, "sum")


def cross_entropy(out: Any) -> Value:
    """Σ -y ln a - (1 - y) ln(1 - a)."""
    return losses.bce(out, TARGET, "sum")


LOSSES: dict[str, tuple[Callable[[Any], Value], Callable[[Any], Any]]] = {
    "cross-entropy": (cross_entropy, lambda a: (a - TARGET) / (a * (1 - a))),
    "squared error": (squared, lambda a: a - TARGET),
}
"""Each loss, and ∂C/∂a by hand."""


def gradients(
    layers: list[Layer], x: Any, slope_of_loss: Callable[[Any], Any]
) -> list[tuple[Any, Any, Any]]:
    """δ, ∂C/∂W and ∂C/∂b of every layer, by the matrix equations."""
    a, slopes = [np.array(x)], []
    for layer in layers:
        z = layer.W @ a[-1] + layer.b
        f, f1 = activated(layer, z)
        a.append(f)
        slopes.append(f1)
    delta, found = slope_of_loss(a[-1]) * slopes[-1], list[Any]()
    for i in reversed(range(len(layers))):  # layers[i] turns a[i] into a[i + 1]
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
    """A network with random biases.

    Were they 0, an engine that forgets them would pass, and ReLUs could stand at their kink.
    """
    model = MLP(sizes, activation, output="sigmoid", rng=seed)
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        layer.b = rng.normal(0.0, 0.5, layer.n_outputs)
    return model


def by_differences(page: Page, model: MLP) -> None:
    """A witness that knows nothing of slopes."""
    loss = partial(loss_of, model)
    page.say("""A last witness knows nothing of slopes: it changes one parameter a little, up and
        down, and looks at the loss. It can only say "about the same", since a difference is not a
        limit.""")
    model.zero_grad()
    loss().backward()
    kinks = 0
    for table in model.forward_table(X)[:-1]:
        kinks += int((abs(table.z) < 10 * STEP).sum())
    if kinks:
        page.say(f"""{kinks} of the weighted sums lie within ten steps of 0. If the
            activation has a kink there, as ReLU has, a difference measures the mean of the slopes
            on both sides, and is no witness.""")
        return
    apart = largest([p.grad - difference(loss, p) for p in model.parameters()])
    told = "about 1e-10, the error of the differences"
    page.claim("gradients against finite differences", apart, told, apart < 1e-8)


def cost(page: Page, activation: ActivationName) -> None:
    """How many forward passes a gradient takes, for networks of three sizes."""
    page.say("""What do all gradients together cost, in forward passes of the same network? Finite
        differences take two passes for each parameter. "Measured" is the time, divided by that of a
        forward pass in the same round. It differs a little between machines and runs; the number of
        passes does not.""")
    rows = list[list[Any]]()
    for width in (4, 8, 16):
        model = random_network([3, width, width, 2], activation, 0)
        forward, both, apart = in_turns(works_of(model), ROUNDS)
        count = len(model.parameters())
        rows.append([count, f"{both / forward:.1f}", 2 * count, f"{apart / forward:.0f}"])
    page.table(
        ["parameters", "forward and backward, measured", "differences, passes", "measured"], rows
    )
    page.say(f"""For the last network, differences take {rows[-1][2]} passes. Backpropagation takes
        the time of {rows[-1][1]} passes for all parameters together, and about as many for the
        smallest network: the cost does not depend on how many parameters there are.""")


def works_of(model: MLP) -> list[Callable[[], Any]]:
    """A forward pass; one with the backward pass; and all finite differences."""
    loss = partial(loss_of, model)
    parameters = model.parameters()
    return [loss, lambda: loss().backward(), lambda: [difference(loss, p) for p in parameters]]


def loss_of(model: MLP) -> Value:
    return squared(model(X))


def difference(loss: Callable[[], Any], p: Value) -> Any:
    """∂C/∂p by two forward passes: [C(p + h) - C(p - h)] / 2h."""
    here, ends = p.data, []
    for p.data in (here + STEP, here - STEP):
        ends.append(loss().data)
    p.data = here
    return (ends[0] - ends[1]) / (2 * STEP)


def in_turns(works: Sequence[Callable[[], Any]], rounds: int) -> list[float]:
    """The shortest time of each in several rounds: whatever else a machine does only adds to it."""
    found = []
    for _ in range(rounds):
        found.append([timeit(work, number=n) / n for work, n in zip(works, REPEATS)])
    return list(map(min, zip(*found)))
