"""Write your own engine in forty lines: four pieces, each run and checked against ours.

An autograd engine needs three things: numbers that remember what they are made of, and by how much they change with it; an order in
which every node comes after what it is made of; and a loop that goes through that order backwards, multiplies by slopes, and adds up
what arrives. Type it yourself, piece by piece. What ours has beyond it: slopes of slopes, a table of ops, drawings, checks, errors
that explain, a compiler.

    python -m demos engine --expressions 10000
"""

from __future__ import annotations

import random
from typing import Any

from autograd import Value, topological_order
from demos.page import Page, main
from viz import draw_dot

RANDOM_OPS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "div": lambda a, b: a / (1 + b * b),
    "tanh": lambda a, b: a.tanh(),
    "relu": lambda a, b: a.relu(),
    "square": lambda a, b: a**2,
}


STEPS = [
    (
        "A number that remembers. Each input is kept with a slope: how fast the result moves with it. A sum moves as each of its terms, a "
        "product moves with one factor by as much as the other is.",
        '''
        import math

        def node(x):
            return x if isinstance(x, V) else V(x)

        class V:
            def __init__(self, data, inputs=()):
                self.data, self.inputs, self.grad = data, inputs, 0.0

            def __add__(self, other):
                other = node(other)
                return V(self.data + other.data, [(self, 1.0), (other, 1.0)])

            def __mul__(self, other):
                other = node(other)
                return V(self.data * other.data, [(self, other.data), (other, self.data)])
        ''',
    ),
    (
        "More ops: for each its value and its slope, and nothing else. What can be written with the ops that are there needs no slope.",
        '''
        # class V goes on
            def __pow__(self, n):
                return V(self.data**n, [(self, n * self.data ** (n - 1))])

            def tanh(self):
                y = math.tanh(self.data)
                return V(y, [(self, 1 - y * y)])

            def relu(self):
                return V(max(0.0, self.data), [(self, float(self.data > 0))])

            def __sub__(self, other):
                return self + node(other) * -1

            def __truediv__(self, other):
                return self * node(other) ** -1

            __radd__, __rmul__ = __add__, __mul__
        ''',
    ),
    (
        "An order: what a node is made of comes before it. (This one calls itself, so graphs a thousand ops deep "
        "are too much for it; ours keeps a list of its own.)",
        '''
        def order(root, seen=None):
            seen = {} if seen is None else seen
            for x, _ in root.inputs:
                if x not in seen:
                    order(x, seen)
            seen[root] = True
            return seen
        ''',
    ),
    (
        "The chain rule. In reverse order a node has its whole gradient before it hands it on; += adds up what arrives over several paths.",
        '''
        def backward(root):
            for v in order(root):
                v.grad = 0.0
            root.grad = 1.0
            for v in reversed(order(root)):
                for x, slope in v.inputs:
                    x.grad += v.grad * slope
        ''',
    ),
]  # fmt: skip


def run(page: Page, expressions: int = 1000, seed: int = 0) -> None:
    lines: list[str] = []
    engine: dict[str, Any] = {}
    for number, (text, code) in enumerate(STEPS, 1):
        page.say(f"Step {number}. {text}")
        page.code(code)
        lines += [line[8:] for line in code.splitlines() if line.strip() and "#" not in line]
        engine = {}
        exec("\n".join(lines), engine)
        CHECKS[number - 1](page, engine, expressions, seed)
    page.claim("lines of code", len(lines), "at most 40", len(lines) <= 40)
    page.say("It trains. Two neurons and one on top learn XOR, with both engines from the same weights:")
    losses = {"ours": xor(Value, Value.backward, seed), "yours": xor(engine["V"], engine["backward"], seed)}
    ours, yours = (curve[-1] for curve in losses.values())
    page.table(["step", *losses], [[i, *(curve[i] for curve in losses.values())] for i in (0, 50, len(losses["ours"]) - 1)])
    page.claim("last loss: ours and yours differ by", abs(ours - yours), "rounding", abs(ours - yours) < 1e-9)
    page.claim("last loss", yours, "below 0.01", yours < 0.01)
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    drawn = (a * b + a).tanh() * b
    drawn.backward()
    page.picture("engine", draw_dot(drawn, theme="auto").pipe("svg"), "What both engines compute, drawn by ours")


def numbers(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    V = engine["V"]
    y = V(2.0) * V(-3.0) + V(10.0)
    page.claim("2 · -3 + 10", y.data, (Value(2.0) * -3.0 + 10.0).data, y.data == 4)


def same_values(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    pairs = [both(engine, random.Random(seed + i)) for i in range(expressions)]
    apart = max(relative(mine.data, ours.data) for (mine, _), (ours, _) in pairs)
    page.claim(f"{expressions:,} random expressions: values differ by", apart, "at most rounding", apart < 1e-12)


def same_order(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    wrong = 0
    for i in range(expressions):
        (mine, _), _ = both(engine, random.Random(seed + i))
        place = {v: k for k, v in enumerate(engine["order"](mine))}
        wrong += any(place[x] >= place[v] for v in place for x, _ in v.inputs)
    page.claim("orders in which an input comes too late", wrong, "none", wrong == 0)
    a, b = Value(1.0), engine["V"](1.0)
    counts = len(topological_order(a * a + a)), len(engine["order"](b * b + b))
    page.claim("nodes of a · a + a, ours and yours", counts, "the same: a counts once", counts[0] == counts[1])


def same_gradients(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    apart = 0.0
    for i in range(expressions):
        (mine, my_leaves), (ours, our_leaves) = both(engine, random.Random(seed + i))
        engine["backward"](mine)
        ours.backward()
        apart = max(apart, *(relative(a.grad, b.grad) for a, b in zip(my_leaves, our_leaves)))
    page.claim(f"{expressions:,} random expressions: gradients differ by", apart, "at most rounding", apart < 1e-12)


CHECKS = [numbers, same_values, same_order, same_gradients]


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
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b), 1e-9)


def xor(make: Any, backward: Any, seed: int, steps: int = 300, lr: float = 0.5) -> list[float]:
    """The loss at each step of a network of three tanh neurons, on any engine that has + - * and tanh."""
    rng = random.Random(seed)
    w = [make(rng.uniform(-1, 1)) for _ in range(9)]
    curve = []
    for _ in range(steps):
        loss = make(0.0)
        for a, b, target in ((-1, -1, -1), (-1, 1, 1), (1, -1, 1), (1, 1, -1)):
            h = [(w[0] * a + w[1] * b + w[2]).tanh(), (w[3] * a + w[4] * b + w[5]).tanh()]
            error = (w[6] * h[0] + w[7] * h[1] + w[8]).tanh() - target
            loss = loss + error * error
        curve.append(loss.data)
        for p in w:
            p.grad = 0.0
        backward(loss)
        for p in w:
            p.data -= lr / 4 * p.grad
    return curve


if __name__ == "__main__":
    main(run)
