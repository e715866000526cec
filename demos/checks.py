"""Checks of a learner's engine, step by step: each says what is wrong, and shows where.

An engine is what its file defines: `V(data, inputs)`, `order(root)` and `backward(root)`.
"""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from autograd import Value, formula, topological_order
from autograd.straightline import Program

from .own import OURS
from .page import Page, largest

RANDOM_OPS: dict[str, Any] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "sub": lambda a, b: a - b,
    "div": lambda a, b: a / (1 + b * b),
    "tanh": lambda a, b: a.tanh(),
    "relu": lambda a, b: a.relu(),
    "square": lambda a, b: a**2,
}
"""What random expressions are made of: functions of two nodes each."""

SINGLE_OPS: dict[str, Callable[..., Any]] = {
    "a + b": lambda a, b: a + b,
    "a * b": lambda a, b: a * b,
    "a - b": lambda a, b: a - b,
    "a / b": lambda a, b: a / b,
    "a ** 2": lambda a, b: a**2,
    "a ** 3": lambda a, b: a**3,
    "a ** -1": lambda a, b: a**-1,
    "a.tanh()": lambda a, b: a.tanh(),
    "a.relu()": lambda a, b: a.relu(),
    "2 + a": lambda a, b: 2 + a,
    "3 * a": lambda a, b: 3 * a,
}
"""Each op by itself, as it is written."""

POINTS = [(0.5, 2.0), (-1.5, 0.7), (1.2, -0.4)]

SHRUNK: dict[str, Callable[..., Any]] = {
    "add": lambda a, b: a + b,
    "mul": lambda a, b: a * b,
    "tanh": lambda a: a.tanh(),
}
"""What the smallest wrong expression is made of, by the names of the table."""

EXAMPLES = 300


def passes(page: Page, engine: dict[str, Any], step: int, expressions: int, seed: int) -> bool:
    """Run the checks of a step, and report what the engine lacks, with the line where it failed."""
    before = len(page.claims)
    try:
        CHECKS[step - 1](page, engine, expressions, seed)
        return all(claim.holds for claim in page.claims[before:])
    except KeyError as error:
        name = error.args[0] if error.args else ""
        is_part = name in ("V", "order", "backward")
        missing = f"there is no {name}" if is_part else repr(error)
    except (Exception, SystemExit) as error:
        missing = f"{type(error).__name__}: {error}{_line_of(error, engine['__file__'])}"
    told = f"it does; {OURS.name} has one that does, at # Step {step}"
    page.claim(f"step {step} runs", missing, told, False, always=True)
    return False


def _line_of(error: BaseException, file: str) -> str:
    """The last line of the learner's file that an error went through."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == file]
    return f", in line {lines[-1]}" if lines else ""


def numbers(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    """Step 1: values of sums and products, and the slopes that a product keeps."""
    V = engine["V"]
    y = V(2.0) * V(-3.0) + V(10.0)
    page.claim("2 · -3 + 10", y.data, (Value(2.0) * -3.0 + 10.0).data, y.data == 4, always=True)
    kept = {f"in {x.data:g}": float(slope) for x, slope in (V(2.0) * V(-3.0)).inputs}
    wanted = {"in 2": -3.0, "in -3": 2.0}
    page.claim("slopes that 2 · -3 keeps", kept, wanted, kept == wanted, always=True)


def same_values(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    """Step 2: each op by itself, and random expressions of them."""
    wrong = [name for name in SINGLE_OPS if _value_of(engine, name)]
    measured = _value_of(engine, wrong[0]) if wrong else "all"
    page.claim("ops whose values are right", measured, "all", not wrong, always=True)
    if wrong:
        return
    apart = []
    for i in range(expressions):
        (mine, _), (ours, _) = both(engine, random.Random(seed + i))
        apart.append(relative(mine.data, ours.data))
    what = f"{expressions:,} random expressions: values differ by"
    page.claim(what, largest(apart), "at most rounding", largest(apart) < 1e-12, always=True)


def same_order(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    """Step 3: inputs come first, and every node once."""
    wrong = 0
    for i in range(expressions):
        (mine, _), _ = both(engine, random.Random(seed + i))
        wrong += is_too_late(engine["order"](mine))
    page.claim("orders in which an input comes too late", wrong, "none", wrong == 0, always=True)
    a, b = Value(1.0), engine["V"](1.0)
    counts = len(topological_order(a * a + a)), len(list(engine["order"](b * b + b)))
    what = "nodes of a · a + a, in glassgrad and here"
    page.claim(what, counts, "the same: a counts once", counts[0] == counts[1], always=True)


def is_too_late(order: Any) -> bool:
    """Whether a node of an order comes before one of its inputs."""
    place = {v: k for k, v in enumerate(order)}
    late = []
    for v in place:
        late += [place[x] >= place[v] for x, _ in v.inputs]
    return any(late)


def same_gradients(page: Page, engine: dict[str, Any], expressions: int, seed: int) -> None:
    """Step 4: each op by itself, the smallest expression that goes wrong, and random ones."""
    faults = [_slopes_of(engine, name) for name in SINGLE_OPS]
    fault = next(filter(None, faults), "")
    page.claim("ops whose slopes are right", fault or "all", "all", not fault, always=True)
    if fault:
        return
    apart = []
    for i in range(expressions):
        (mine, my_leaves), (ours, our_leaves) = both(engine, random.Random(seed + i))
        engine["backward"](mine)
        ours.backward()
        apart += [relative(a.grad, b.grad) for a, b in zip(my_leaves, our_leaves)]
    # The slope 1 - t * t of tanh has few digits left where t is nearly 1; ours has all of them.
    is_right = largest(apart) < 1e-9
    what = f"{expressions:,} random expressions: gradients differ by"
    page.claim(what, largest(apart), "at most rounding", is_right, always=True)
    if not is_right:
        what = "the smallest expression that shows it"
        page.claim(what, smallest_fault(engine), "there is none", False, always=True)
        return
    _twice(page, engine)


def _twice(page: Page, engine: dict[str, Any]) -> None:
    """What a second call of backward does to the gradients of the first."""
    a = engine["V"](3.0)
    root = a * a
    found = []
    for _ in range(2):
        engine["backward"](root)
        found.append(float(a.grad))
    told = "6 and 6: it begins by setting all gradients to 0"
    what = "∂/∂a of a * a at 3, after backward() once and twice"
    page.claim(what, found, told, found == [6.0, 6.0], always=True)


CHECKS: list[Callable[[Page, dict[str, Any], int, int], None]] = [
    numbers,
    same_values,
    same_order,
    same_gradients,
]


def _value_of(engine: dict[str, Any], name: str) -> str:
    """What an op gives, if that is wrong somewhere; "" if it is right."""
    for point in POINTS:
        mine = SINGLE_OPS[name](*map(engine["V"], point)).data
        ours = SINGLE_OPS[name](*map(Value, point)).data
        if not relative(mine, ours) < 1e-12:
            return f"{_at(name, point)} gives {_apart(mine, ours)}"
    return ""


def _slopes_of(engine: dict[str, Any], name: str) -> str:
    """A gradient of an op that is wrong, in words; "" if all are right.

    What is written with other ops has no slopes of its own, and is left to larger expressions.
    """
    for point in POINTS:
        mine, ours = list(map(engine["V"], point)), list(map(Value, point))
        root = SINGLE_OPS[name](*mine)
        if any(x.inputs for x, _ in root.inputs):
            return ""
        engine["backward"](root)
        SINGLE_OPS[name](*ours).backward()
        for letter, a, b in zip("ab", mine, ours):
            if not relative(a.grad, b.grad) < 1e-9:
                where = _at(name, point)
                return f"{where}: ∂/∂{letter} is {_apart(a.grad, b.grad)}"
    return ""


def _apart(mine: float, ours: float) -> str:
    """Two numbers with as many digits as show that they differ."""
    digits = 4 if f"{mine:.4g}" != f"{ours:.4g}" else 17
    return f"{mine:.{digits}g}, and should be {ours:.{digits}g}"


def _at(name: str, point: Sequence[float]) -> str:
    """An op, and where it was looked at."""
    shown = [f"{letter} = {x:g}" for letter, x in zip("ab", point) if letter in name]
    return f"{name} at {', '.join(shown)}"


def smallest_fault(engine: dict[str, Any]) -> str:
    """The smallest expression of one input whose gradient is wrong, with that gradient."""
    from .shrink import smallest  # a right engine does not need Hypothesis

    def is_wrong(program: Program) -> bool:
        mine, ours = gradients_of(engine, program)
        return not relative(mine, ours) < 1e-9

    program = smallest([*SHRUNK], is_wrong, EXAMPLES)
    if program is None:
        return f"none of {EXAMPLES} small ones; the random ones are larger"
    mine, ours = gradients_of(engine, program)
    text = formula.text(program(Value(program.point[0], "x")))
    return f"{text} at x = {program.point[0]:g}: the gradient is {_apart(mine, ours)}"


def gradients_of(engine: dict[str, Any], program: Program) -> tuple[float, float]:
    """∂/∂x of a program of one input, on their engine and on ours."""
    x, V = Value(program.point[0]), engine["V"]
    program(x).backward()
    slots = [V(program.point[0])]
    for op, args in program.steps:
        inputs = [slots[a] if isinstance(a, int) else V(a.data) for a in args]
        slots.append(SHRUNK[op.name](*inputs))
    if len(slots) > 1:
        engine["backward"](slots[-1])
        return float(slots[0].grad), x.grad
    return 1.0, x.grad


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
    """How far two numbers are apart, relative to the larger; nan if one is nan."""
    return 0.0 if a == b else abs(a - b) / max(abs(a), abs(b), 1e-3)
