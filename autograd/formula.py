r"""Graphs as formulas: `text` in Python syntax, `latex` for pages; of a Value, or of a derivative.

Templates come from the op table. What would grow past `limit` characters is named instead (v7, its place
in topological order) and defined after a "where", so a graph that shares nodes stays readable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

from autograd.graph import graph_of, pullback, topological_order
from autograd.op import CONST, Op
from autograd.record import constant
from autograd.value import Value

ATOM = 5
"""The precedence of what never needs parentheses: names, positive numbers, calls."""


@dataclass(frozen=True)
class Term:
    """A piece of formula. `f"{term:2}"` puts parentheses around it unless its precedence is at least 2.

    >>> f"{Term('a + b', 1):2} * {Term('c'):3}"
    '(a + b) * c'
    """

    text: str
    precedence: int = ATOM
    open: str = "("
    close: str = ")"

    def __format__(self, least: str) -> str:
        return self.open + self.text + self.close if least and self.precedence < int(least) else self.text


@dataclass(frozen=True)
class _Style:
    name: Callable[[str], Term]
    number: Callable[[float], Term]
    template: Callable[[Op], str]
    open: str
    close: str
    where: str


def text(root: Value, wrt: Value | None = None, *, limit: int = 2000) -> str:
    """`root` as a Python expression of its leaves; with `wrt`, the derivative ∂root/∂wrt.

    >>> from autograd import tanh
    >>> x, w = Value(2.0, "x"), Value(-1.0, "w")
    >>> text(tanh(w * x) + 1)
    'tanh(w * x) + 1.0'
    >>> text(x**3, x)
    '3.0 * x ** 2.0'
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
    return f"$\\displaystyle {left}{_formula(root, None, limit, _LATEX, most=8)} = {number}$"


def _formula(root: Value, wrt: Value | None, limit: int, style: _Style, most: float = math.inf) -> str:
    if wrt is not None:
        grad = dict(zip(*pullback(root, 1.0, graph_of))).get(wrt, 0.0)
        root = grad if isinstance(grad, Value) else constant(grad)
    order = topological_order(root)
    names = _names(order)
    terms: dict[Value, Term] = {}
    definitions: list[str] = []
    for node in order:
        term = _term(node, terms, style, names)
        if len(term.text) > limit and node is not root:
            name = style.name(names[node])
            definitions.append(f"{name.text} = {term.text}")
            term = name
            if len(definitions) > most:
                return r"\cdots"
        terms[node] = term
    whole = terms[root].text
    return whole + style.where + ", ".join(reversed(definitions)) if definitions else whole


def _names(order: list[Value]) -> dict[Value, str]:
    """A name for each node that no other has: its label, numbered if it is not the first, or v7 by its place."""
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


def _term(node: Value, terms: dict[Value, Term], style: _Style, names: dict[Value, str] | None = None) -> Term:
    if node.inputs and node.op:
        inputs = [terms[x] for x in node.inputs]
        return Term(style.template(node.op).format(*inputs), node.op.precedence, style.open, style.close)
    if node.label and node.op is not CONST:
        return style.name(names[node] if names else node.label)
    return style.number(node.data)


def _python_number(x: float) -> Term:
    return Term(repr(x), ATOM if math.copysign(1.0, x) > 0 else 3)


def _short_number(x: float) -> Term:
    return Term(f"{x:.4g}", ATOM if math.copysign(1.0, x) > 0 else 3)


def _latex_number(x: float) -> Term:
    if not math.isfinite(x):
        return Term({"inf": r"\infty", "-inf": r"-\infty"}.get(repr(x), r"\mathrm{nan}"), 3 if x < 0 else ATOM, r"\left(", r"\right)")
    digits, _, exponent = f"{x:.6g}".partition("e")
    shown = rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits
    return Term(shown, 3 if digits.startswith("-") else 2 if exponent else ATOM, r"\left(", r"\right)")


_GREEK = {
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "pi", "rho", "sigma", "tau", "phi", "chi", "psi", "omega"),
}
_ESCAPES = {c: rf"\{c}" for c in "{}$&#_%"} | {"\\": r"\backslash{}", "^": r"\hat{}", "~": r"\sim{}", " ": r"\ "}


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


_PYTHON = _Style(Term, _python_number, lambda op: op.text, "(", ")", " where ")
_SHORT = _Style(Term, _short_number, lambda op: op.text, "(", ")", " where ")
_LATEX = _Style(_latex_name, _latex_number, lambda op: op.latex, r"\left(", r"\right)", r" \quad\text{where } ")


def evaluation(node: Value) -> str:
    """What was computed at a node, with numbers for its inputs: `-3 * 2`.

    >>> evaluation(Value(-3.0) * Value(2.0)), evaluation(Value(0.5))
    ('-3 * 2', '0.5')
    """
    if not (node.inputs and node.op):
        return _short_number(node.data).text
    return _SHORT.template(node.op).format(*[_short_number(x.data) for x in node.inputs])


def short_texts(order: list[Value], limit: int = 24, label_of: Callable[[Value], str] = attrgetter("label")) -> dict[Value, str]:
    """The `text` of each node, given in topological order, where it fits; labelled nodes stand by their labels, or what `label_of` gives.

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
            terms[node] = Term(label if len(label) <= limit // 2 else label[: limit // 2 - 1] + "…")
    return texts
