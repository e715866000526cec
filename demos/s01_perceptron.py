"""1. A neuron, a perceptron: what one line can separate, and what it cannot.

A biological neuron gathers signals through its dendrites, adds them up in its body, and fires along its axon if the sum passes a
threshold. McCulloch and Pitts (1943) made logic of that, Rosenblatt (1958) a machine that learns: z = w · x + b, and it fires where
z > 0. The line z = 0 is all that it can draw.

    python -m demos 1 --epochs 100
"""

from __future__ import annotations

from itertools import product

from demos.page import Page, main
from nn import Perceptron
from viz import draw_dot

CORNERS = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
GATES = {"AND": (0, 0, 0, 1), "OR": (0, 1, 1, 1), "NAND": (1, 1, 1, 0), "XOR": (0, 1, 1, 0)}
PREDICTED = {"AND": 6, "OR": 4, "NAND": 6}  # the epochs of the lesson


def run(page: Page, epochs: int = 20) -> None:
    page.say("The perceptron rule: after a wrong answer move the weights by the input, and the bias by 1, towards the right answer.")
    learned = {name: Perceptron(2).learn((CORNERS, list(gate)), epochs=epochs) for name, gate in GATES.items()}
    page.table(["gate", "epochs", "mistakes in each", "w1", "w2", "b", "learned"], [
        [name, len(h.epochs), " ".join(str(e.mistakes) for e in h.epochs), *h.epochs[-1].w, h.epochs[-1].b, "yes" if h.converged else "no"]
        for name, h in learned.items()
    ])  # fmt: skip
    for name, count in PREDICTED.items():
        found = len(learned[name].epochs)
        page.claim(f"epochs until {name} is right", found, f"{count}, and some number in any case: a line separates it", found == count)
    cycle = learned["XOR"].cycle
    page.claim(
        "XOR: the weights repeat",
        cycle and f"those after epoch {cycle[1]} are those after epoch {cycle[0]}",
        "from epoch 2",
        cycle == (2, 3),
    )
    page.say("""The same weights before the same samples give the same weights after: once they repeat they do so for ever. That is
        a proof that XOR is never learned, and no amount of patience changes it (Minsky and Papert, 1969).""")

    functions = list(product((0, 1), repeat=4))
    learnable = [f for f in functions if Perceptron(2).learn((CORNERS, list(f)), epochs=100).converged]
    page.claim(
        "functions of two bits that it learns",
        f"{len(learnable)} of {len(functions)}",
        "14 of 16: all but XOR and its opposite",
        len(learnable) == 14,
    )

    grid = [i / 4 for i in range(-8, 9)]
    best = max(
        sum((w1 * a + w2 * b + c > 0) == bool(y) for (a, b), y in zip(CORNERS, GATES["XOR"])) for w1, w2, c in product(grid, repeat=3)
    )
    page.claim(f"the best of {len(grid) ** 3:,} lines on XOR", f"{best} of 4", "3 of 4", best == 3)

    page.say("""This is what it computes for AND, as a graph: products, a sum, a step. The step's slope is 0 everywhere, so no
        gradient comes back through it; that is why the perceptron needed a rule of its own, and why what follows has smooth
        activations.""")
    AND = Perceptron(2)
    AND.learn((CORNERS, list(GATES["AND"])))
    fired = AND([1.0, 1.0])
    fired.backward()
    page.claim("gradient of the output in the weights", [w.grad for w in AND.w], "0, the slope of a step", not any(w.grad for w in AND.w))
    page.picture("01-perceptron", draw_dot(fired, theme="auto").pipe("svg"), "The perceptron that has learned AND, on (1, 1)")


if __name__ == "__main__":
    main(run)
