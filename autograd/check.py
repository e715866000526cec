"""Checks of derivatives against numbers: `gradcheck` for a function, `check_op` for a row.

A verdict has three parts: what was judged right, what was judged wrong, and what was not judged.
Anything wrong raises GradcheckError; anything not judged makes the verdict false, and says why. How
a slope is judged is in `judging.py`, how derivatives are measured in `numerical.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, Final, Literal

from autograd import modes
from autograd.checks import shown
from autograd.errors import GradcheckError
from autograd.graph import topological_order
from autograd.judging import (
    Finding,
    in_words,
    node_findings,
    overflows,
    same_in_each,
)
from autograd.numerical import TOLERANCE as TOLERANCE
from autograd.numerical import derivative as derivative
from autograd.op import Op
from autograd.sampling import edges, trials
from autograd.value import Value
from autograd.whole import whole_findings

SHOWN: Final = 3
"""How many faults, or derivatives that were not judged, a message lists."""


@dataclass(frozen=True, repr=False)
class Verdict:
    """What a check found in the graph of `root`, built from `leaves`.

    True if something was judged, all of it is right, and nothing was left out. Its text names what
    is wrong, or what was not judged and why.

    >>> verdict = judge(abs, (0.0,), order=1)
    >>> verdict
    not judged: 2 of 2 derivatives
    slope 0 of abs(0.0): at a kink, where there is no derivative
    the gradient in input 0: it leads through abs(0.0): at a kink, where there is no derivative
    >>> bool(verdict), len(verdict.right), len(verdict.wrong), len(verdict.unjudged)
    (False, 0, 0, 2)
    """

    root: Value
    leaves: tuple[Value, ...]
    findings: tuple[Finding, ...]

    @property
    def right(self) -> list[Finding]:
        """What was judged right."""
        return [finding for finding in self.findings if not (finding.fault or finding.reason)]

    @property
    def wrong(self) -> list[Finding]:
        """What was judged wrong; each `fault` says what it is and what it should be."""
        return [finding for finding in self.findings if finding.fault]

    @property
    def unjudged(self) -> list[Finding]:
        """What was not judged; each `reason` says why."""
        return [finding for finding in self.findings if finding.reason]

    def __bool__(self) -> bool:
        return bool(self.findings) and len(self.right) == len(self.findings)

    def __repr__(self) -> str:
        if self.wrong:
            return _first_few([finding.fault for finding in self.wrong])
        count = len(self.findings)
        if self:
            return f"right: {count} derivatives agree with numbers"
        lines = [f"{_named(finding)}: {finding.reason}" for finding in self.unjudged]
        head = f"not judged: {len(lines)} of {count} derivatives"
        return f"{head}\n{_first_few(lines)}" if lines else f"{head}: there is nothing to judge"


def _named(finding: Finding) -> str:
    """What a finding is about, in words."""
    of_second = "a derivative of " if finding.order == 2 else ""
    if finding.kind == "gradient":
        return f"{of_second}the gradient in input {finding.position}"
    return f"{of_second}slope {finding.position} of {in_words(finding.node)}"


def _first_few(lines: Sequence[str]) -> str:
    more = [f"... and {len(lines) - SHOWN} more"] if len(lines) > SHOWN else []
    return "\n".join([*lines[:SHOWN], *more])


def gradcheck(
    f: Callable[..., Any],
    inputs: Sequence[float],
    order: int = 2,
) -> Literal[True] | Verdict:
    """Check f's gradient and all slopes in its graph; with `order` 2, their derivatives too.

    Returns True if all of it was judged and is right. Raises GradcheckError if something is wrong:
    it names the node and the slope, what it is and what it should be. Otherwise returns a
    `Verdict`, which counts as False and says what could not be judged: slopes at a kink (relu at
    0), outside a domain, or of infinite values; functions that draw at random, or are too noisy.

    >>> from autograd import relu, tanh
    >>> gradcheck(lambda x, y: tanh(x * y) + x, (0.5, -2.0))
    True
    >>> gradcheck(lambda x: x + relu(x - x), (0.5,), order=1)
    not judged: 2 of 6 derivatives
    slope 0 of relu(0.0): at a kink, where there is no derivative
    the gradient in input 0: it leads through relu(0.0): at a kink, where there is no derivative
    """
    return _settled(judge(f, inputs, order))


def _settled(verdict: Verdict) -> Literal[True] | Verdict:
    if verdict.wrong:
        raise GradcheckError(repr(verdict))
    return True if verdict else verdict


def judge(f: Callable[..., Any], inputs: Sequence[float], order: int = 2) -> Verdict:
    """The whole verdict behind the answer of `gradcheck`; wrong slopes do not raise an error.

    Raises GradcheckError if f returns anything but a Value, and TypeError or ValueError for
    invalid arguments.

    >>> judge(lambda x: x * x, (3.0,))
    right: 6 derivatives agree with numbers
    """
    if not isinstance(inputs, Iterable):
        wanted = "the inputs as a sequence, as in gradcheck(f, (0.5,))"
        raise TypeError(f"gradcheck takes {wanted}, got {shown(inputs)}")
    if order not in (1, 2):
        raise ValueError(f"gradcheck(order) must be 1 or 2, got {shown(order)}")
    return examine(f, inputs, order, order)


def examine(
    f: Callable[..., Any],
    inputs: Iterable[float],
    order: int,
    whole_order: int,
) -> Verdict:
    """What `judge` does, with an order for the nodes and another for the gradient as a whole."""
    with modes.recording():
        leaves = [Value(x, f"x{i}") for i, x in enumerate(inputs)]
        root = f(*leaves)
        if not isinstance(root, Value):
            raise GradcheckError(
                f"gradcheck: f returned {type(root).__name__}, not a Value, so no gradient can "
                f"flow: compute it from the arguments with the engine's ops (not math, not "
                f"float() or .data)"
            )
        findings: list[Finding] = []
        for i, node in enumerate(topological_order(root)):
            name = f"v{i} {node.label!r}" if node.label else f"v{i}"
            findings += node_findings(node, name, order)
        if not any(finding.fault for finding in findings):
            findings += whole_findings(f, leaves, root, whole_order, findings)
    return Verdict(root, tuple(leaves), tuple(findings))


def check_op(op: Op, points: int = 40) -> Literal[True] | Verdict:
    """Check a row at `points` points of its domain: slopes, their derivatives, the numpy column.

    The points are the same every time: most are drawn from a window of the domain, and some lie
    towards its ends, and close to 0. Where a derivative cannot be judged, another point is tried.
    Returns True if each was judged right at `points` points. Raises GradcheckError with the first
    fault. Otherwise returns a `Verdict`, which counts as False and says what could not be judged.
    For a random search that shrinks what it finds, see `autograd.strategies.fuzz`.

    >>> from autograd import sin
    >>> check_op(sin)
    True
    """
    from random import Random  # as slow to import as the rest of the package

    rng = Random(op.name)
    judged: dict[tuple[int, int], int] = {}
    left_out: dict[int, Finding] = {}
    node = Value(math.nan)
    least = points + sum([len(edges(interval)) for interval in op.domain])
    for k, point in enumerate(islice(trials(op, rng), least + 2 * points)):
        if k >= least and _enough(judged, op, points):
            break
        node, findings = judge_row(op, point)
        if any(finding.fault for finding in findings) and overflows(node):
            continue
        for finding in sorted(findings, key=lambda finding: finding.order):
            if finding.fault:
                raise GradcheckError(finding.fault)
            if finding.reason:
                left_out[finding.position] = finding
            else:
                key = finding.position, finding.order
                judged[key] = judged.get(key, 0) + 1
    _check_numpy(op, list(islice(trials(op, rng), points)))
    if _enough(judged, op, points):
        return True
    return Verdict(node, node.inputs, tuple(left_out.values()))


def _enough(judged: dict[tuple[int, int], int], op: Op, points: int) -> bool:
    return len(judged) == 2 * op.arity and min(judged.values()) >= points


def judge_row(op: Op, point: Sequence[float]) -> tuple[Value, list[Finding]]:
    """The findings on a row at a point, without any function around it."""
    leaves = [Value(x) for x in point]
    with modes.recording():
        try:
            node = op(*leaves)
        except (ArithmeticError, ValueError) as error:
            raised = f"{op.name} raised {type(error).__name__} there: {error}"
            return leaves[0], [Finding("slope", leaves[0], 0, 1, reason=raised)]
        return node, list(node_findings(node, "v1", 2))


def _check_numpy(op: Op, points: list[list[float]]) -> None:
    """Raise GradcheckError if the row's numpy column does not give what its forward gives."""
    if not op.numpy:
        return
    try:
        import numpy as np
    except ImportError:
        return
    specials = (-math.inf, -2.5, -1.0, -0.0, 0.0, 0.5, 1.0, 3.0, math.inf, math.nan)
    if op.arity <= 3:
        rows = [*points, *product(specials, repeat=op.arity)]
    else:  # all combinations of many inputs would take forever
        from random import Random

        rng = Random(op.name)
        rows = [*points, *[rng.choices(specials, k=op.arity) for _ in range(1000)]]
    columns = {f"a{i}": np.array(column) for i, column in enumerate(zip(*rows))}
    with np.errstate(all="ignore"):
        got = eval(op.numpy.format(*columns), {"np": np, "math": math, **columns})
    for row, y in zip(rows, np.broadcast_to(got, len(rows)).tolist()):
        x = op.forward(*row)
        if not (same_in_each(x, y) or abs(x - y) <= 1e-12 * abs(x)):
            is_now = f"its numpy column {op.numpy!r} gives {y!r} at {tuple(row)}"
            raise GradcheckError(f"op {op.name!r}: {is_now}, forward gives {x!r}")
