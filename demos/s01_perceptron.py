"""1. A neuron, a perceptron: what one line can separate, and what it cannot.

A biological neuron gathers signals through its dendrites, adds them up in its body, and fires along its axon if the sum passes a
threshold. McCulloch and Pitts (1943) made logic of that, Rosenblatt (1958) a machine that learns: z = w · x + b, and it fires where
z > 0. The line z = 0 is all that it can draw. The weights w and the bias b are its adjustable numbers.

    python -m demos 1 --gate 0100    # fires for x2 without x1, which a line can do: which one is found?
    python -m demos 1 --gate 1001    # the opposite of XOR: from which epoch on do its weights repeat?
    python -m demos 1 --epochs 2     # too short for three of the gates: how do its lines differ from the final ones?
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
GRID = [i / 4 for i in range(-8, 9)]
LINES = [(w1, w2, b) for w1 in GRID for w2 in GRID for b in GRID]
"""All w1, w2, b on a grid: a search that needs no learning."""

EDGES = (-0.5, 1.5)
"""The part of the plane that is drawn."""

OPTIONS = {
    "epochs": "how often to go through the four corners, at most",
    "gate": "one more gate: what it is for (0, 0), (0, 1), (1, 0) and (1, 1), such as 0100",
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


def run(page: Page, epochs: int = 20, gate: str = "") -> None:
    if gate and (len(gate) != 4 or {*gate} - {*"01"}):
        raise ValueError(f"--gate takes four digits, 0 or 1, such as 0100, got {gate!r}")
    gates = {**GATES, **({gate: tuple(map(int, gate))} if gate else {})}
    page.say("""The perceptron rule: after a wrong answer move the weights by the input, and the bias by 1, towards the right answer. An
        epoch is one pass through all samples, which are the four corners here. The column "notes" is what an earlier trial counted.""")
    page.code(inspect.getsource(learn))
    learned = {name: learn(targets, epochs) for name, targets in gates.items()}
    page.table(["gate", "epochs", "notes", "mistakes in each", "w1", "w2", "b", "learned"], [
        [name, len(h), NOTES.get(name, ""), " ".join(str(mistakes) for mistakes, _ in h[:12]), *h[-1][1], "no" if h[-1][0] else "yes"]
        for name, h in learned.items()
    ])  # fmt: skip
    peers = {targets: Perceptron(2).learn((CORNERS, [*targets])).epochs for targets in product((0, 1), repeat=4)}
    same = sum([(e.mistakes, (*e.w, e.b)) for e in peer] == learn(targets, len(peer)) for targets, peer in peers.items())
    page.claim(
        "gates on which nn.Perceptron takes the same steps", f"{same} of {len(peers)}", "all: it is the same rule", same == len(peers)
    )
    gaps = {name: max(margin(line, targets) for line in LINES if any(line)) for name, targets in gates.items()}
    page.picture(
        "01-lines",
        lambda theme: planes(theme, gates, learned, gaps),
        "Each learned line z = 0: the shaded side fires, the line itself does not. XOR has none",
    )
    few_mistakes(page, learned, gaps)
    never_learned(page, {name: targets for name, targets in gates.items() if gaps[name] <= 0})
    learnable = sum(peer[-1].mistakes == 0 for peer in peers.values())
    page.claim(
        "gates of two inputs that it learns", f"{learnable} of {len(peers)}", "14 of 16: all but XOR and its opposite", learnable == 14
    )
    step_back(page, learned["AND"][-1][1])


def few_mistakes(page: Page, learned: Mapping[str, Any], gaps: Mapping[str, float]) -> None:
    page.say("""Where a line separates the corners, the number of mistakes has a bound (Novikoff, 1962): (R / γ)². R is the length of the
        longest sample (x1, x2, 1), and γ the distance that the best separating line (w1, w2, b), scaled to length 1, keeps from all of
        them: the wider the gap, the fewer the mistakes.""")
    for name, history in learned.items():
        if gaps[name] > 0:
            mistakes, bound = sum(count for count, _ in history), 3 / gaps[name] ** 2
            what = f"mistakes on {name} {'so far' if history[-1][0] else 'until it is right'}"
            page.claim(what, mistakes, f"at most (√3 / {gaps[name]:.3f})² = {bound:.0f}", mistakes <= bound, always=True)


def margin(line: Weights, targets: Sequence[int]) -> float:
    """How far the corner that is worst off lies on the right side of a line; negative if it is on the wrong one."""
    w1, w2, b = line
    signed = [(w1 * x1 + w2 * x2 + b) * (1 if y else -1) for (x1, x2), y in zip(CORNERS, targets)]
    return float(min(signed) / (w1 * w1 + w2 * w2 + b * b) ** 0.5)


def never_learned(page: Page, gates: Mapping[str, Sequence[int]]) -> None:
    page.say("""XOR has no such line. Right on (0, 0) means b ≤ 0, right on (1, 0) and (0, 1) means w1 + b > 0 and w2 + b > 0. Add
        the two: w1 + w2 + b > -b ≥ 0, so it fires for (1, 1), and should not. No weights do it (Minsky and Papert, 1969).""")
    best = max(sum((w1 * x1 + w2 * x2 + b > 0) == bool(y) for (x1, x2), y in zip(CORNERS, GATES["XOR"])) for w1, w2, b in LINES)
    page.claim(f"the best of {len(LINES):,} lines on XOR", f"{best} of 4", "3 of 4", best == 3)
    for name, targets in gates.items():
        cycle = Perceptron(2).learn((CORNERS, [*targets])).cycle
        page.claim(f"{name}: the weights repeat", cycle and f"those after epoch {cycle[1]} are those after epoch {cycle[0]}",
                   "they must: whole numbers, and they stay bounded", cycle is not None)  # fmt: skip
    page.say("""The same weights before the same samples give the same weights after: once they repeat they do so for ever. So this
        run, from these weights, never ends. That no other run ends either is what the proof says.""")


def step_back(page: Page, weights: Weights) -> None:
    page.say("""The gradient of a number is the rate at which the result changes when that number grows a little. On a graph like the
        one below each edge has a slope: the same rate, but for a single op and one of its inputs. In a product it is the other factor, in
        a sum it is 1. The slope of a step is 0 wherever it has one, so no gradient comes back through it. That is why the perceptron
        needed a rule of its own, and why the networks that follow have activations with a slope.""")
    w1, w2, b = (Value(x, name) for x, name in zip(weights, ("w1", "w2", "b")))
    z = w1 * Value(1.0, "x1") + w2 * Value(1.0, "x2") + b
    z.label = "z"
    fired = step(z)
    fired.backward()
    grads = [w.grad for w in (w1, w2, b)]
    page.claim("gradient of the output with respect to w1, w2, b", grads, "0, the slope of a step", not any(grads))
    page.picture("01-perceptron", draw_dot(fired, theme="auto").pipe("svg"), "The perceptron for AND on (1, 1): products, a sum, a step")


def planes(theme: str, gates: Mapping[str, Sequence[int]], learned: Mapping[str, Any], gaps: Mapping[str, float]) -> bytes:
    """The corners of each gate, its line, and shaded the side where it fires."""
    colours = plot_theme(theme)
    with sheet(theme, 3.1 * len(gates), 3.6, "What the perceptron learned", top=0.5) as figure:
        panels = figure.subplots(1, len(gates), sharey=True, squeeze=False)[0]
        for panel, (name, targets) in zip(panels, gates.items()):
            mistakes, (w1, w2, b) = learned[name][-1]
            panel.set_title(f"{name}: {'not yet' if gaps[name] > 0 else 'no line'}" if mistakes else name)
            z = [[w1 * x1 + w2 * x2 + b for x1 in EDGES] for x2 in EDGES]
            if gaps[name] > 0 and max(map(max, z)) > 0:
                panel.contourf(EDGES, EDGES, z, levels=[0, 9], colors=[mix(colours.background, class_look(colours, 1)["color"], 0.2)])
            if gaps[name] > 0 and min(map(min, z)) < 0 < max(map(max, z)):
                panel.contour(EDGES, EDGES, z, levels=[0], colors=[colours.text], linewidths=2.5)
            for y in (1, 0):
                own = [corner for corner, target in zip(CORNERS, targets) if target == y]
                places = zip(*own) if own else ([], [])
                panel.scatter(*places, s=150, label=f"should be {y}", zorder=3, **class_look(colours, y))
            panel.set(xlim=EDGES, ylim=EDGES, xlabel="x1", xticks=[0, 1], yticks=[0, 1], aspect="equal")
            panel.grid(False)
        panels[0].set_ylabel("x2")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="upper left", ncols=2, borderaxespad=0.5)
    return svg(figure)
