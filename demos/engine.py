"""Write your own engine in forty lines: four pieces, each run and checked against glassgrad.

An autograd engine needs four things: numbers that remember what they are made of, and how fast they
change with it; more ops, each with its slope; an order in which every node comes after what it is
made of; and a loop that goes through that order backwards, multiplies by slopes, and adds up what
arrives. Type them yourself, piece by piece, into a file of your own, and have that file checked.
What glassgrad has beyond it: slopes of slopes, a table of ops, drawings, checks, errors that
explain, a compiler.

    python -m demos engine --file mine.py         # your engine, with the same names: is it right?
    python -m demos engine --expressions 10000    # ten times the expressions: does one differ?
    python -m demos engine --seed 2               # other expressions and weights: does it train?
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from autograd import Value
from viz import draw_dot

from .checks import passes
from .own import OURS, as_typed, code_of, loaded, read, steps_of
from .page import Page

OPTIONS = {
    "expressions": "how many random expressions to check on",
    "file": "a file with an engine of your own to check: V(data, inputs), where inputs are pairs "
    "of a node and a slope, with .data, .inputs, .grad, + - * / ** (numbers on either side of + "
    "and *), .tanh() and .relu(); order(root) and backward(root); by default the forty lines of "
    "this section",
    "seed": "the first of the random expressions, and the weights for XOR",
}

STEPS = [
    "A number that remembers. Each input is kept with a slope: how fast the result changes with "
    "it. A sum changes as fast as each of its terms. A product changes with each factor at a rate "
    "equal to the other factor.",
    "More ops: for each, its value and its slope, and nothing else. An op that can be written with "
    "earlier ones needs no slope of its own.",
    "An order: what a node is made of comes before it. (This function calls itself, so a graph "
    "that is a thousand ops deep is too much for it; glassgrad keeps a list instead.)",
    "The chain rule. First all gradients are set to 0, or a second call would add to the first. "
    "Then, in reverse order, each node has its whole gradient before passing it on; += adds up "
    "what arrives over several paths.",
]

HIDDEN, LEARNED = 4, 0.05
"""Enough neurons that training XOR seldom needs luck, and the loss below which it counts as
learned."""


def run(page: Page, expressions: int = 1000, seed: int = 0, file: str = "") -> None:
    text = read(Path(file) if file else OURS)
    pieces = [text] * len(STEPS) if file else [*steps_of(text)]
    for number, (step, piece) in enumerate(zip(STEPS, pieces), 1):
        page.say(f"Step {number}. {step}")
        if not file:
            page.code(as_typed(piece))
        engine = loaded(text if file else "".join(pieces[:number]), file or OURS.name)
        if not passes(page, engine, number, expressions, seed):
            return
    lines = len(code_of(text if file else "".join(pieces)))
    page.claim("lines of code", lines, "at most 40", lines <= 40)
    trains(page, engine, seed)
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    drawn = (a * b + a).tanh() * b
    drawn.backward()
    about = "(a · b + a).tanh() · b, as both engines compute it, drawn by glassgrad"
    page.picture("engine", draw_dot(drawn, theme="auto").pipe("svg"), about)


def trains(page: Page, engine: dict[str, Any], seed: int) -> None:
    """Training XOR, with both engines."""
    page.say(f"""It trains. {HIDDEN} neurons and one on top learn XOR, with both engines from the
        same weights:""")
    starts = range(seed, seed + 5)
    for start in starts:
        here = xor(engine["V"], engine["backward"], start)
        losses = {"glassgrad": xor(Value, Value.backward, start), "here": here}
        if min(losses["glassgrad"][-1], here[-1]) < LEARNED:
            break
        onward = "so on to the next seed:" if start != starts[-1] else "and five times is enough."
        page.say(f"""From the weights of seed {start} both are stuck. That is not a bug but bad luck
            (see section 2), {onward}""")
    ours = losses["glassgrad"]
    rows = [[i, ours[i], here[i]] for i in (0, 50, len(here) - 1)]
    page.table(["step", *losses], rows)
    apart = abs(ours[-1] - here[-1])
    page.claim("last losses differ by", apart, "at most rounding", apart < 1e-9, always=True)
    page.claim("last loss", here[-1], f"below {LEARNED}", here[-1] < LEARNED)


def xor(make: Any, backward: Any, seed: int, steps: int = 300, lr: float = 0.2) -> list[float]:
    """The losses of a hidden layer of tanh neurons, on any engine that has + - * and tanh."""
    rng = random.Random(seed)
    hidden = []
    for _ in range(HIDDEN):
        hidden.append([make(rng.uniform(-1, 1)) for _ in range(3)])
    top = [make(rng.uniform(-1, 1)) for _ in range(HIDDEN + 1)]
    parameters = sum(hidden, [*top])
    curve = []
    for _ in range(steps):
        loss = make(0.0)
        for a, b, target in ((-1, -1, -1), (-1, 1, 1), (1, -1, 1), (1, 1, -1)):
            z = top[-1]
            for w, (w1, w2, w3) in zip(top, hidden):
                z = z + w * (w1 * a + w2 * b + w3).tanh()
            error = z.tanh() - target
            loss = loss + error * error
        curve.append(loss.data)
        for p in parameters:
            p.grad = 0.0
        backward(loss)
        for p in parameters:
            p.data -= lr * p.grad
    return curve
