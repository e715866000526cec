"""Write your own engine in forty lines: four pieces, each run and checked against glassgrad.

An autograd engine needs four things: numbers that remember what they are made of, and by how much they change with it; more ops, each
with its slope; an order in which every node comes after what it is made of; and a loop that goes through that order backwards,
multiplies by slopes, and adds up what arrives. Type them yourself, piece by piece, into a file of your own, and have that checked. What
glassgrad has beyond it: slopes of slopes, a table of ops, drawings, checks, errors that explain, a compiler.

    python -m demos engine --file mine.py         # your engine, with the same names: which steps pass?
    python -m demos engine --expressions 10000    # ten times the expressions: does one of them differ?
    python -m demos engine --seed 2               # other expressions, other weights: does it still train?
"""

from __future__ import annotations

import random
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from autograd import Value, topological_order
from viz import draw_dot

from .page import Page, largest

OURS = Path(__file__).with_name("own_engine.py")

OPTIONS = {
    "expressions": "how many random expressions to check on",
    "file": "a file with an engine of your own to check: V(data, inputs), where inputs are pairs of a node and a slope, with .data, "
    ".inputs, .grad, + - * / ** (numbers on either side of + and *), .tanh() and .relu(); order(root) and backward(root); by default the "
    "forty lines of this section",
    "seed": "the first of the random expressions, and the weights for XOR",
}

STEPS = [
    "A number that remembers. Each input is kept with a slope: how fast the result moves with it. A sum moves as each of its terms, a "
    "product moves with one factor by as much as the other is.",
    "More ops: for each its value and its slope, and nothing else. What can be written with the ops that are there needs no slope.",
    "An order: what a node is made of comes before it. (This one calls itself, so a graph a thousand ops deep is too much for it; "
    "glassgrad keeps a list of its own.)",
    "The chain rule. In reverse order a node has its whole gradient before it hands it on; += adds up what arrives over several paths.",
]

RANDOM_OPS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "div": lambda a, b: a / (1 + b * b),
    "tanh": lambda a, b: a.tanh(),
    "relu": lambda a, b: a.relu(),
    "square": lambda a, b: a**2,
}

HIDDEN, LEARNED = 4, 0.05
"""Neurons enough that training XOR seldom needs luck, and the loss from which on it has learned."""


def run(page: Page, expressions: int = 1000, seed: int = 0, file: str = "") -> None:
    text = read(Path(file) if file else OURS)
    pieces = [text] * len(STEPS) if file else [*steps_of(text)]
    for number, (step, piece) in enumerate(zip(STEPS, pieces), 1):
        page.say(f"Step {number}. {step}")
        if not file:
            page.code(f"class V:  # goes on\n{piece}" if piece.startswith(" ") else piece)
        engine = loaded(text if file else "".join(pieces[:number]), file or OURS.name)
        if not passes(page, engine, number, expressions, seed):
            return
    lines = sum(len(code_of(piece)) for piece in ([text] if file else pieces))
    page.claim("lines of code", lines, "at most 40", lines <= 40)
    trains(page, engine, seed)
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    drawn = (a * b + a).tanh() * b
    drawn.backward()
    page.picture(
        "engine", draw_dot(drawn, theme="auto").pipe("svg"), "(a · b + a).tanh() · b, as both engines compute it, drawn by glassgrad"
    )


def read(path: Path) -> str:
    """The text of a file."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        raise ValueError(f"--file takes a file of Python that can be read, got {str(path)!r}: {error}") from error


def steps_of(text: str) -> Iterator[str]:
    """The pieces of an engine: from each mark to the next."""
    for piece in re.split(r"^(?= *# Step \d)", text, flags=re.MULTILINE)[1:]:
        yield piece.rstrip() + "\n\n"


def code_of(text: str) -> list[str]:
    """The lines of a piece that do something."""
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def loaded(text: str, name: str) -> dict[str, Any]:
    """What a file defines."""
    engine: dict[str, Any] = {"__name__": "engine", "__file__": name}
    try:
        exec(compile(text, name, "exec"), engine)
    except Exception as error:
        raise ValueError(f"{name} does not run: {type(error).__name__}: {error}") from error
    return engine


def passes(page: Page, engine: dict[str, Any], number: int, expressions: int, seed: int) -> bool:
    """Run the checks of a step; what an engine lacks is told, and where it is to be found."""
    before = len(page.claims)
    try:
        CHECKS[number - 1](page, engine, expressions, seed)
        return all(claim.holds for claim in page.claims[before:])
    except KeyError as error:
        missing = f"there is no {error.args[0]}" if error.args and error.args[0] in ("V", "order", "backward") else repr(error)
    except Exception as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == engine["__file__"]]
        missing = f"{type(error).__name__}: {error}{''.join(f', in line {line}' for line in lines[-1:])}"
    page.claim(f"step {number} runs", missing, f"it does; {OURS.name} has one that does, at # Step {number}", False, always=True)
    return False


def numbers(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    V = engine["V"]
    y = V(2.0) * V(-3.0) + V(10.0)
    page.claim("2 · -3 + 10", y.data, (Value(2.0) * -3.0 + 10.0).data, y.data == 4, always=True)
    kept = {f"in {x.data:g}": float(slope) for x, slope in (V(2.0) * V(-3.0)).inputs}
    wanted = {"in 2": -3.0, "in -3": 2.0}
    page.claim("slopes that 2 · -3 keeps", kept, wanted, kept == wanted, always=True)


def same_values(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    pairs = [both(engine, random.Random(seed + i)) for i in range(expressions)]
    apart = largest([relative(mine.data, ours.data) for (mine, _), (ours, _) in pairs])
    page.claim(f"{expressions:,} random expressions: values differ by", apart, "at most rounding", apart < 1e-12, always=True)


def same_order(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    wrong = 0
    for i in range(expressions):
        (mine, _), _ = both(engine, random.Random(seed + i))
        place = {v: k for k, v in enumerate(engine["order"](mine))}
        wrong += any(place[x] >= place[v] for v in place for x, _ in v.inputs)
    page.claim("orders in which an input comes too late", wrong, "none", wrong == 0, always=True)
    a, b = Value(1.0), engine["V"](1.0)
    counts = len(topological_order(a * a + a)), len(engine["order"](b * b + b))
    page.claim("nodes of a · a + a, in glassgrad and here", counts, "the same: a counts once", counts[0] == counts[1], always=True)


def same_gradients(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    apart = list[float]()
    for i in range(expressions):
        (mine, my_leaves), (ours, our_leaves) = both(engine, random.Random(seed + i))
        engine["backward"](mine)
        ours.backward()
        apart += [relative(a.grad, b.grad) for a, b in zip(my_leaves, our_leaves)]
    page.claim(
        f"{expressions:,} random expressions: gradients differ by", largest(apart), "at most rounding", largest(apart) < 1e-9, always=True
    )  # the slope 1 - t * t of tanh has few digits left where t is nearly 1; ours has all of them


CHECKS: list[Callable[[Page, dict[str, Any], int, int], None]] = [numbers, same_values, same_order, same_gradients]


def both(engine: dict[str, Any], rng: random.Random) -> Any:
    """The same random expression of three leaves on their engine and on ours."""
    plan = [(rng.choice([*RANDOM_OPS]), rng.random(), rng.random()) for _ in range(10)]
    point = [rng.uniform(0.5, 2.0) for _ in range(3)]
    made = []
    for make in (engine["V"], Value):
        nodes = leaves = [make(x) for x in point]
        for op, i, j in plan:
            a, b = nodes[int(i * len(nodes))], nodes[int(j * len(nodes))]
            nodes = [*nodes, RANDOM_OPS[op](a, b)]
        made.append((nodes[-1], leaves))
    return made


def relative(a: float, b: float) -> float:
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b), 1e-3)


def trains(page: Page, engine: dict[str, Any], seed: int) -> None:
    page.say(f"It trains. {HIDDEN} neurons and one on top learn XOR, with both engines from the same weights:")
    starts = range(seed, seed + 5)
    for start in starts:
        losses = {"glassgrad": xor(Value, Value.backward, start), "here": xor(engine["V"], engine["backward"], start)}
        if min(losses["glassgrad"][-1], losses["here"][-1]) < LEARNED:
            break
        onward = "so on to the next seed:" if start != starts[-1] else "and five times is enough."
        page.say(f"From the weights of seed {start} both are stuck. That is no bug but bad luck (see section 2), {onward}")
    ours, here = (curve[-1] for curve in losses.values())
    page.table(["step", *losses], [[i, *(curve[i] for curve in losses.values())] for i in (0, 50, len(losses["here"]) - 1)])
    page.claim("last losses differ by", abs(ours - here), "at most rounding", abs(ours - here) < 1e-9, always=True)
    page.claim("last loss", here, f"below {LEARNED}", here < LEARNED)


def xor(make: Any, backward: Any, seed: int, steps: int = 300, lr: float = 0.2) -> list[float]:
    """The loss at each step of a network of one hidden layer of tanh neurons, on any engine that has + - * and tanh."""
    rng = random.Random(seed)
    hidden = [[make(rng.uniform(-1, 1)) for _ in range(3)] for _ in range(HIDDEN)]
    top = [make(rng.uniform(-1, 1)) for _ in range(HIDDEN + 1)]
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
        for p in (*top, *(p for w in hidden for p in w)):
            p.grad = 0.0
        backward(loss)
        for p in (*top, *(p for w in hidden for p in w)):
            p.data -= lr * p.grad
    return curve
