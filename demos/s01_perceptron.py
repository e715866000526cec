"""1. A neuron, a perceptron: what one line can separate, and what it cannot.

A biological neuron gathers signals through its dendrites, adds them up in its body, and fires along
its axon if the sum passes a threshold. McCulloch and Pitts (1943) turned that into logic,
Rosenblatt (1958) into a machine that learns: it computes $z = w · x + b$ and fires where $z > 0$.
The line $z = 0$ is all that it can draw. The weights w and the bias b are its adjustable numbers.

    python -m demos 1 --gate 0100    # fires for x2 without x1, which a line can do: which one?
    python -m demos 1 --gate 1001    # the opposite of XOR: when do its weights repeat?
    python -m demos 1 --epochs 2     # too short for three gates: how do the lines differ?
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from autograd import Value, step
from nn import Perceptron
from viz import draw_dot
from viz.plots.style import class_look, mix, plot_theme, sheet, svg

from .page import Page

CORNERS = [(0, 0), (0, 1), (1, 0), (1, 1)]
GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}
NOTES = {"AND": "6", "OR": "4", "NAND": "6", "XOR": "repeats from 2"}
EPOCHS = 20
GRID = [i / 4 for i in range(-8, 9)]
LINES = list(product(GRID, GRID, GRID))
"""All w1, w2, b on a grid: a search that needs no learning."""

EDGES = (-0.5, 1.5)
"""The part of the plane that is drawn."""

OPTIONS = {
    "epochs": "how many times to go through the four corners, at most",
    "gate": "one more gate: its outputs for (0, 0), (0, 1), (1, 0) and (1, 1), such as 0100",
}

Weights = tuple[float, float, float]


def learn(targets: Sequence[int], epochs: int) -> list[tuple[int, Weights]]:
    """The perceptron rule: the mistakes of each epoch, and w1, w2, b after it."""
    w1, w2, b, history = 0.0, 0.0, 0.0, []
    for _ in range(epochs):
        mistakes = 0
        for (x1, x2), y in zip(CORNERS, targets):
            error = y - (w1 * x1 + w2 * x2 + b > 0)  # 0 if right, else 1 or -1
            w1, w2, b = w1 + error * x1, w2 + error * x2, b + error
            mistakes += abs(error)
        history.append((mistakes, (w1, w2, b)))
        if mistakes == 0:
            break
    return history


def run(page: Page, epochs: int = EPOCHS, gate: str = "") -> None:
    if gate and (len(gate) != 4 or {*gate} - {*"01"}):
        raise ValueError(f"--gate takes four digits, 0 or 1, such as 0100, got {gate!r}")
    gates: dict[str, Sequence[int]] = dict(GATES)
    if gate:
        gates[gate] = tuple(map(int, gate))
    learned = {name: learn(targets, epochs) for name, targets in gates.items()}
    gaps = {name: widest(targets) for name, targets in gates.items()}
    the_rule(page, learned, epochs)
    page.picture(
        "01-lines",
        lambda theme: planes(theme, gates, learned, gaps),
        "Each learned line z = 0: the shaded side fires, the line itself does not. XOR has none",
    )
    few_mistakes(page, learned, gaps)
    never_learned(page, {name: x for name, x in gates.items() if gaps[name] <= 0}, epochs)
    all_gates(page)
    step_back(page, learned["AND"][-1][1])


def the_rule(page: Page, learned: Mapping[str, Any], epochs: int) -> None:
    """How each gate is learned."""
    has_notes = epochs == EPOCHS
    page.say("""The perceptron rule: after a wrong answer, move the weights by the input, and the
        bias by 1, towards the right answer. An epoch is one pass through all samples, which are the
        four corners here.""")
    if has_notes:
        page.say('The column headed "notes" has the counts of an earlier trial.')
    page.code(inspect.getsource(learn))
    rows = []
    for name, history in learned.items():
        mistakes = " ".join([str(count) for count, _ in history[:12]])
        notes = [NOTES.get(name, "")] if has_notes else []
        is_learned = "no" if history[-1][0] else "yes"
        rows.append([name, len(history), *notes, mistakes, *history[-1][1], is_learned])
    heads = ["notes"] if has_notes else []
    page.table(["gate", "epochs", *heads, "mistakes in each", "w1", "w2", "b", "learned"], rows)


def few_mistakes(page: Page, learned: Mapping[str, Any], gaps: Mapping[str, float]) -> None:
    """Novikoff's bound on each gate that a line separates."""
    page.say("""Where a line separates the corners, the number of mistakes has a bound (Novikoff,
        1962): $(R / γ)²$. R is the length of the longest sample (x1, x2, 1), and γ the distance
        that the best separating line (w1, w2, b), scaled to length 1, keeps from all of them: the
        wider the gap, the fewer the mistakes.""")
    for name, history in learned.items():
        if gaps[name] > 0:
            mistakes, bound = sum([count for count, _ in history]), 3 / gaps[name] ** 2
            what = f"mistakes on {name} {'so far' if history[-1][0] else 'until it is right'}"
            told = f"at most (√3 / {gaps[name]:.3f})² = {bound:.0f}"
            page.claim(what, mistakes, told, mistakes <= bound, always=True)


def widest(targets: Sequence[int]) -> float:
    """The largest margin of any line on the grid; 0 or less if none separates the corners."""
    return max([margin(line, targets) for line in LINES if any(line)])


def margin(line: Weights, targets: Sequence[int]) -> float:
    """How far the worst corner lies on the right side of a line; negative on the wrong side."""
    w1, w2, b = line
    signed = []
    for (x1, x2), y in zip(CORNERS, targets):
        z = w1 * x1 + w2 * x2 + b
        signed.append(z if y else -z)
    return float(min(signed) / (w1 * w1 + w2 * w2 + b * b) ** 0.5)


def never_learned(page: Page, gates: Mapping[str, Sequence[int]], epochs: int) -> None:
    """Why no line does XOR, and what the rule does meanwhile."""
    page.say("""XOR has no such line. To be right on (0, 0) means $b ≤ 0$; on (1, 0) and (0, 1),
        $w1 + b > 0$ and $w2 + b > 0$. Add those two: $w1 + w2 + b > -b ≥ 0$, so it fires for
        (1, 1), and should not. No weights will do (Minsky and Papert, 1969).""")
    best = max([right_of(line, GATES["XOR"]) for line in LINES])
    page.claim(f"the best of {len(LINES):,} lines on XOR", f"{best} of 4", "3 of 4", best == 3)
    for name, targets in gates.items():
        cycle = Perceptron(2).learn((CORNERS, [*targets]), epochs=epochs).cycle
        measured = f"not within {epochs} epochs"
        if cycle:
            measured = f"those after epoch {cycle[1]} equal those after epoch {cycle[0]}"
        told = "they must: they are whole numbers, and bounded"
        page.claim(f"{name}: the weights repeat", measured, told, cycle is not None)
    page.say("""The same weights before the same samples give the same weights after: once they
        repeat, they repeat for ever. So this run, from these weights, never ends. The proof says
        more: no other run ends either.""")


def right_of(line: Weights, targets: Sequence[int]) -> int:
    """How many corners are on the right side of a line."""
    w1, w2, b = line
    fired = [w1 * x1 + w2 * x2 + b > 0 for x1, x2 in CORNERS]
    return sum([f == bool(y) for f, y in zip(fired, targets)])


def all_gates(page: Page) -> None:
    """All gates of two inputs, and the rule beside nn.Perceptron."""
    peers = {}
    for targets in product((0, 1), repeat=4):
        peers[targets] = Perceptron(2).learn((CORNERS, [*targets])).epochs
    same = 0
    for targets, peer in peers.items():
        theirs = [(e.mistakes, (*e.w, e.b)) for e in peer]
        same += theirs == learn(targets, len(peer))
    what = "gates on which nn.Perceptron takes the same steps"
    page.claim(what, f"{same} of {len(peers)}", "all: it is the same rule", same == len(peers))
    learnable = sum([peer[-1].mistakes == 0 for peer in peers.values()])
    told = "14 of 16: all but XOR and its opposite"
    what = "gates of two inputs that it learns"
    page.claim(what, f"{learnable} of {len(peers)}", told, learnable == 14)


def step_back(page: Page, weights: Weights) -> None:
    """Why no gradient comes back through a step."""
    page.say("""The gradient of a number is the rate at which the result changes when that number
        grows a little. On a graph like the one below, each edge has a slope: the same rate, but for
        a single op and one of its inputs. In a product it is the other factor, because when one
        factor grows by 0.01, the product grows by 0.01 times the other. In a sum it is 1. The slope
        of a step is 0 wherever it has one, so no gradient comes back through it. That is why the
        perceptron needed a rule of its own, and why the networks that follow have activations with
        a slope.""")
    w1, w2, b = (Value(x, name) for x, name in zip(weights, ("w1", "w2", "b")))
    z = w1 * Value(1.0, "x1") + w2 * Value(1.0, "x2") + b
    z.label = "z"
    fired = step(z)
    fired.backward()
    grads = [w.grad for w in (w1, w2, b)]
    what = "gradient of the output with respect to w1, w2, b"
    page.claim(what, grads, "0, the slope of a step", not any(grads))
    page.picture(
        "01-perceptron",
        draw_dot(fired, theme="auto").pipe("svg"),
        "The perceptron for AND on (1, 1): products, a sum, a step",
    )


def planes(
    theme: Any,
    gates: Mapping[str, Sequence[int]],
    learned: Mapping[str, Any],
    gaps: Mapping[str, float],
) -> bytes:
    """The corners of each gate, its line and, shaded, the side where it fires."""
    colours = plot_theme(theme)
    title = "What the perceptron learned"
    with sheet(theme, 3.1 * len(gates), 3.6, title, top=0.5) as figure:
        panels = figure.subplots(1, len(gates), sharey=True, squeeze=False)[0]
        for panel, (name, targets) in zip(panels, gates.items()):
            mistakes, line = learned[name][-1]
            state = "not yet" if gaps[name] > 0 else "no line"
            panel.set_title(f"{name}: {state}" if mistakes else name)
            if gaps[name] > 0:
                divide(panel, line, colours)
            for y in (1, 0):
                own = [corner for corner, target in zip(CORNERS, targets) if target == y]
                places = zip(*own) if own else ([], [])
                look = class_look(colours, y)
                panel.scatter(*places, s=150, label=f"should be {y}", zorder=3, **look)
            ticks: dict[str, Any] = {"xticks": [0, 1], "yticks": [0, 1]}
            panel.set(xlim=EDGES, ylim=EDGES, xlabel="x1", aspect="equal", **ticks)
            panel.grid(False)
        panels[0].set_ylabel("x2")
        marks = panels[0].get_legend_handles_labels()
        figure.legend(*marks, loc="upper left", ncols=2, borderaxespad=0.5)
    return svg(figure)


def divide(panel: Any, line: Weights, colours: Any) -> None:
    """Draw the line, and shade the side where it fires."""
    w1, w2, b = line
    z = []
    for x2 in EDGES:
        z.append([w1 * x1 + w2 * x2 + b for x1 in EDGES])
    low, high = min(map(min, z)), max(map(max, z))
    if high > 0:
        shade = mix(colours.background, class_look(colours, 1)["color"], 0.2)
        panel.contourf(EDGES, EDGES, z, levels=[0, 9], colors=[shade])
    if low < 0 < high:
        panel.contour(EDGES, EDGES, z, levels=[0], colors=[colours.text], linewidths=2.5)
