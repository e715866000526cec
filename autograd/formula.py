r"""Graphs as formulas: `text` in Python syntax, `latex` for pages; of a Value, or of a derivative.

Templates come from the op table. A part longer than `limit` characters gets a name instead (such as
v7, by its place in topological order) and is defined after a "where", so a graph that shares nodes
stays readable. A Value is written as it was recorded; a derivative, which nobody wrote, is tidied
first (`autograd.terms`). Whole numbers are written as ints, except in a term made only of numbers:
there ints would give other results than floats (10 ** 400 is not inf, and -0 is 0).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextvars import Context
from dataclasses import dataclass
from operator import attrgetter
from typing import Final

from autograd.checks import shown
from autograd.graph import graph_of, pullback, topological_order
from autograd.op import CONST, Op
from autograd.record import constant
from autograd.terms import tidy
from autograd.value import Value

ATOM = 5
"""The precedence of what never needs parentheses: names, positive numbers, calls."""


@dataclass(frozen=True)
class Term:
    """A piece of formula. `f"{term:2}"` has parentheses unless its precedence is at least 2.

    >>> f"{Term('a + b', 1):2} * {Term('c'):3}"
    '(a + b) * c'
    """

    text: str
    precedence: int = ATOM
    open: str = "("
    close: str = ")"

    def __format__(self, least: str) -> str:
        if least and self.precedence < int(least):
            return self.open + self.text + self.close
        return self.text


@dataclass(frozen=True)
class _Style:
    name: Callable[[str], Term]
    number: Callable[[float], Term]
    template: Callable[[Op], str]
    open: str
    close: str
    where: str
    among_numbers: Callable[[float], Term] | None = (
        None  # writes the numbers of a term made only of numbers, if `number` does not
    )


MOST_CHARACTERS: Final = 10_000_000
"""A longer formula is refused, whatever `limit` allows."""


def text(root: Value, wrt: Value | None = None, *, limit: int = 2000) -> str:
    """`root` as a Python expression of its leaves; with `wrt`, the derivative ∂root/∂wrt.

    Parts longer than `limit` characters are named. Raises ValueError for a limit that lets a
    formula grow beyond `MOST_CHARACTERS`.

    >>> from autograd import tanh
    >>> x, w = Value(2.0, "x"), Value(-1.0, "w")
    >>> text(tanh(w * x) + 1)
    'tanh(w * x) + 1'
    >>> text(x**3, x), text(x * x + x, x)
    ('3 * x ** 2', '2 * x + 1')
    """
    return _formula(root, wrt, limit, _PYTHON)


def latex(root: Value, wrt: Value | None = None, *, limit: int = 2000) -> str:
    r"""`root` in LaTeX math mode; with `wrt`, the derivative ∂root/∂wrt.

    >>> x, w = Value(2.0, "x1"), Value(-1.0, "w1")
    >>> latex(x / (w + 1))
    '\\frac{x_{1}}{w_{1} + 1}'
    """
    return _formula(root, wrt, limit, _LATEX)


def display(root: Value, limit: int = 400) -> str:
    """What a notebook shows for a Value: its formula and its number, in display math."""
    left = _latex_name(root.label).text + " = " if root.label else ""
    number = _latex_number(root.data).text
    if not root.inputs:
        return f"$\\displaystyle {left}{number}$"
    formula = _formula(root, None, limit, _LATEX, most=8)
    return f"$\\displaystyle {left}{formula} = {number}$"


def derivative(root: Value, wrt: Value) -> Value:
    """∂root/∂wrt as a graph, tidied, whatever modes are in force."""
    nodes, grads = Context().run(pullback, root, 1.0, graph_of)
    grad = dict(zip(nodes, grads)).get(wrt, 0.0)
    return tidy(grad if isinstance(grad, Value) else constant(grad))


def _formula(
    root: Value, wrt: Value | None, limit: int, style: _Style, most: float = math.inf
) -> str:
    for x in (root, root if wrt is None else wrt):
        if not isinstance(x, Value):
            raise TypeError(f"a formula is made from a Value, got {type(x).__name__} {shown(x)}")
    if wrt is not None:
        root = derivative(root, wrt)
    order = topological_order(root)
    names = _names(order)
    uses = Counter(_inputs_of(order))
    terms: dict[Value, Term] = {}
    definitions: list[str] = []
    for node in order:
        term = _term(node, terms, style, names)
        for x in node.inputs:
            uses[x] -= 1
            if not uses[x]:  # a text that is no longer needed is dropped: a graph may be deep
                del terms[x]
        if len(term.text) > MOST_CHARACTERS:
            raise ValueError(
                f"the formula grows beyond {MOST_CHARACTERS:,} characters, which limit={limit} "
                f"allows: set a smaller limit, beyond which parts are named"
            )
        if len(term.text) > limit and node is not root:
            name = style.name(names[node])
            definitions.append(f"{name.text} = {term.text}")
            term = name
            if len(definitions) > most:
                return r"\cdots"
        terms[node] = term
    whole = terms[root].text
    return whole + style.where + ", ".join(reversed(definitions)) if definitions else whole


def _inputs_of(order: list[Value]) -> Iterator[Value]:
    for node in order:
        yield from node.inputs


def _names(order: list[Value]) -> dict[Value, str]:
    """A unique name for each node.

    It is the node's label, numbered if the name is already taken, or v7 after its place.
    """
    used = {node.label for node in order}
    met: set[str] = set()
    count: dict[str, int] = {}
    names: dict[Value, str] = {}
    for i, node in enumerate(order):
        base = name = node.label or f"v{i}"
        while name in met or (not node.label and name in used):
            count[base] = count.get(base, 1) + 1
            name = f"{base}_{count[base]}"
        met.add(name)
        names[node] = name
    return names


def _term(
    node: Value, terms: dict[Value, Term], style: _Style, names: dict[Value, str] | None = None
) -> Term:
    if node.inputs and node.op:
        if style.among_numbers and all(map(_is_number, node.inputs)):
            inputs = [style.among_numbers(x.data) for x in node.inputs]
        else:
            inputs = [terms[x] for x in node.inputs]
        formula = style.template(node.op).format(*inputs)
        return Term(formula, node.op.precedence, style.open, style.close)
    if _is_number(node):
        return style.number(node.data)
    return style.name(names[node] if names else node.label)


def _is_number(node: Value) -> bool:
    """Whether a node appears in a formula as its number rather than by a name."""
    return not node.inputs and (node.op is CONST or not node.label)


def _signed(digits: str, x: float) -> Term:
    return Term(digits, ATOM if math.copysign(1.0, x) > 0 else 3)


def _python_float(x: float) -> Term:
    return _signed(repr(x), x)


def _python_number(x: float) -> Term:
    digits = repr(x)
    return _signed(digits if digits == "-0.0" else digits.removesuffix(".0"), x)


def _short_number(x: float) -> Term:
    return _signed(f"{x:.4g}", x)


_NOT_FINITE = {"inf": r"\infty", "-inf": r"-\infty", "nan": r"\mathrm{nan}"}


def _latex_number(x: float) -> Term:
    open, close = r"\left(", r"\right)"
    if not math.isfinite(x):
        return Term(_NOT_FINITE[repr(x)], 3 if x < 0 else ATOM, open, close)
    digits, _, exponent = f"{x:.6g}".partition("e")
    if digits.startswith("-"):
        precedence = 3
    else:
        precedence = 2 if exponent else ATOM
    if exponent:
        digits = rf"{digits} \cdot 10^{{{int(exponent)}}}"
    return Term(digits, precedence, open, close)


# fmt: off
_GREEK = {
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda",
    "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega",
}
# fmt: on
_ESCAPES = {c: rf"\{c}" for c in "{}$&#_%"}
_ESCAPES |= {"\\": r"\backslash{}", "^": r"\hat{}", "~": r"\sim{}", " ": r"\ "}


def _latex_name(label: str) -> Term:
    base, index = label, ""
    found = re.fullmatch(r"([A-Za-z]+)_?(\d+)", label)
    if found:
        base, index = found.groups()
    if base in _GREEK:
        base = "\\" + base
    elif not (len(base) == 1 and base.isalpha()):
        base = rf"\mathrm{{{''.join(_ESCAPES.get(c, c) for c in base)}}}"
    return Term(f"{base}_{{{index}}}" if index else base)


def _text_of(op: Op) -> str:
    return op.text


def _latex_of(op: Op) -> str:
    return op.latex


_PYTHON = _Style(Term, _python_number, _text_of, "(", ")", " where ", _python_float)
_SHORT = _Style(Term, _short_number, _text_of, "(", ")", " where ")
_LATEX = _Style(
    _latex_name, _latex_number, _latex_of, r"\left(", r"\right)", r" \quad\text{where } "
)


def evaluation(node: Value) -> str:
    """What was computed at a node, with numbers for its inputs: `-3 * 2`.

    >>> evaluation(Value(-3.0) * Value(2.0)), evaluation(Value(0.5))
    ('-3 * 2', '0.5')
    """
    if not (node.inputs and node.op):
        return _short_number(node.data).text
    return _SHORT.template(node.op).format(*[_short_number(x.data) for x in node.inputs])


def short_texts(
    order: list[Value],
    limit: int = 24,
    label_of: Callable[[Value], str] = attrgetter("label"),
) -> dict[Value, str]:
    """The `text` of each node, given in topological order, where it fits.

    Labelled nodes are shown by their labels, or by what `label_of` returns.

    >>> x = Value(2.0, "x"); y = x * x; z = y + 1
    >>> list(short_texts(topological_order(z)).values())
    ['x', 'x * x', '1', 'x * x + 1']
    """
    texts: dict[Value, str] = {}
    terms: dict[Value, Term] = {}
    for node in order:
        label = label_of(node)
        if all(x in terms for x in node.inputs):
            term = Term(label) if label and not node.inputs else _term(node, terms, _SHORT)
            if len(term.text) <= limit:
                texts[node] = term.text
                terms[node] = term
        if label:
            short = label if len(label) <= limit // 2 else label[: limit // 2 - 1] + "…"
            terms[node] = Term(short)
    return texts
