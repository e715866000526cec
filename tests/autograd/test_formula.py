"""Formulas: parentheses where they are needed, names that are safe, and no explosion."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import (
    OPS,
    Value,
    abs,
    exp,
    formula,
    identity,
    leaky_relu,
    sqrt,
    tanh,
    topological_order,
)
from autograd.formula import short_texts
from autograd.strategies import programs

X, Y, Z = Value(2.0, "x"), Value(3.0, "y"), Value(5.0, "z")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (X + (Y + Z), "x + (y + z)"), ((X + Y) + Z, "x + y + z"), (X - (Y - Z), "x - (y - z)"), ((X + Y) * Z, "(x + y) * z"),
        (X * (Y * Z), "x * (y * z)"), (X / Y * Z, "x / y * z"), (X / (Y * Z), "x / (y * z)"), (-(X**2), "-x ** 2.0"),
        ((-X) ** 2, "(-x) ** 2.0"), (X ** (Y**Z), "x ** y ** z"), ((X**Y) ** Z, "(x ** y) ** z"), (X ** (-Y), "x ** (-y)"),
        (X * -3, "x * -3.0"), ((-3) ** X, "(-3.0) ** x"), (tanh(X + Y), "tanh(x + y)"), (abs(-X), "abs(-x)"),
        (leaky_relu(X), "leaky_relu(x, 0.01)"), (-(-X), "--x"), (X + Value(1.5), "x + 1.5"), (2 - X, "2.0 - x"),
    ],
)  # fmt: skip
def test_text_has_parentheses_exactly_where_python_needs_them(value, text):
    assert formula.text(value) == text


@given(programs())
def test_text_is_python_that_computes_the_same_value(program):
    xs = [Value(x, f"x{i}") for i, x in enumerate(program.point)]
    out = program(*xs)
    source = formula.text(out, limit=10**6)
    assert float(eval(source, {**OPS, **{x.label: x for x in xs}})) == out.data


@pytest.mark.parametrize(
    ("value", "latex"),
    [
        ((X + Y) / Z, r"\frac{x + y}{z}"), ((X + Y) * Z, r"\left(x + y\right) \cdot z"),
        ((X + Y) ** (Z + 1), r"\left(x + y\right)^{z + 1}"),
        (exp(-X), r"\exp\left(-x\right)"), (exp(X) ** 2, r"\exp\left(x\right)^{2}"),
        (identity(X + Y) * Z, r"\left(x + y\right) \cdot z"), (sqrt(X), r"\sqrt{x}"),
        (leaky_relu(X, 0.5), r"\operatorname{leaky\_relu}\left(x, 0.5\right)"),
        (X * 1e-7, r"x \cdot \left(1 \cdot 10^{-7}\right)"), (X * math.inf, r"x \cdot \infty"), (X + math.nan, r"x + \mathrm{nan}"),
        (X * -math.inf, r"x \cdot -\infty"), (abs(X), r"\left|x\right|"),
    ],
)  # fmt: skip
def test_latex(value, latex):
    assert formula.latex(value) == latex


@pytest.mark.parametrize(
    ("label", "latex"),
    [
     ("w12", "w_{12}"), ("w_12", "w_{12}"), ("alpha", r"\alpha"), ("sigma2", r"\sigma_{2}"), ("loss", r"\mathrm{loss}"),
     ("a_b", r"\mathrm{a\_b}"),
     ("100%", r"\mathrm{100\%}"), ("\\end{x}", r"\mathrm{\backslash{}end\{x\}}"), ("x^2", r"\mathrm{x\hat{}2}")],
)  # fmt: skip
def test_labels_are_names_in_latex_whatever_they_hold(label, latex):
    assert formula.latex(Value(1.0, label)) == latex


@pytest.mark.slow
@given(st.text(min_size=1, max_size=30))
def test_no_label_unbalances_latex(label):
    latex = formula.latex(Value(1.0, label) + 1).replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for c in latex:
        depth += (c == "{") - (c == "}")
        assert depth >= 0
    assert depth == 0


def test_derivatives_of_the_graph_are_formulas_too():
    x, w = Value(2.0, "x"), Value(0.5, "w")
    assert formula.text(tanh(w * x), w) == "sech(w * x) ** 2.0 * x"
    assert formula.text(x * 3, w) == "0.0"
    assert formula.text(x + w, x) == "1.0"
    assert formula.latex(x**3, x) == r"3 \cdot x^{2}"


def test_a_graph_that_doubles_stays_readable_and_honest():
    x = Value(1.0, "x")
    y = x
    for _ in range(200):
        y = y * y
    text = formula.text(y, limit=60)
    assert len(text) < 10_000
    body, definitions = text.split(" where ")
    assert body.startswith("v")
    assert "= (x * x" in definitions or "= x * x" in definitions
    names = {part.split(" = ")[0] for part in definitions.split(", ")}
    used = {
        word
        for word in text.replace("*", " ").replace("(", " ").replace(")", " ").replace("=", " ").replace(",", " ").split()
        if word[0] == "v"
    }
    assert used <= names
    y.label = "y"
    assert formula.display(y).startswith(r"$\displaystyle y = ")
    assert len(formula.display(y, limit=10)) < 100


def test_a_labelled_node_is_named_by_its_label_when_cut():
    x = Value(1.0, "x")
    h = x * x * x * x
    h.label = "h"
    assert formula.text(h + h * 2, limit=10) == "h + h * 2.0 where h = x * x * x * x"


def test_two_nodes_never_share_a_name():
    w = Value(1.0, "w")
    assert formula.text(w * Value(2.0, "w") + w) == "w * w_2 + w"
    x, v2 = Value(1.0, "x"), Value(2.0, "v2")
    y = x + v2
    assert formula.text(y * y, limit=4) == "v2_2 * v2_2 where v2_2 = x + v2"


def test_deep_graphs_have_formulas():
    y = Value(1.0, "x")
    for _ in range(50_000):
        y = -y
    assert " where " in formula.text(y)


def test_short_texts_stop_where_they_would_be_long_and_use_labels():
    x = Value(2.0, "x")
    total = x + x + x + x + x + x + x + x
    order = topological_order(total * 2)
    texts = short_texts(order)
    assert texts[x] == "x"
    assert total not in texts
    total.label = "a very long label that goes on and on"
    assert short_texts(order)[order[-1]] == "a very long… * 2"
