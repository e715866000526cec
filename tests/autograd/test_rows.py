"""The columns of the table: how each row is written, where it holds, and what its switches stop."""

import inspect
import math
from math import inf, pi

import numpy as np
import pytest

from autograd import (
    CONST,
    OPS,
    OpError,
    Value,
    add_op,
    checks,
    constant,
    formula,
    grad,
    maximum,
    minimum,
    ops,
)
from autograd.checks import EVERYWHERE, inside, shown
from autograd.graph import graph_of, pullback
from autograd.rows import named

WRITTEN = {
    # op: (glyph, text, latex)
    "add": ("+", "x + y", "x + y"),
    "sub": ("−", "x - y", "x - y"),
    "mul": ("×", "x * y", r"x \cdot y"),
    "dot": ("·", "x * y", r"x \cdot y"),
    "div": ("÷", "x / y", r"\frac{x}{y}"),
    "neg": ("−", "-x", "-x"),
    "identity": ("=", "identity(x)", "x"),
    "mod": ("mod", "mod(x, y)", r"\left(x \bmod y\right)"),
    "floordiv": ("//", "x // y", r"\left\lfloor\frac{x}{y}\right\rfloor"),
    "pow": ("^", "x ** y", "x^{y}"),
    "exp": ("exp", "exp(x)", r"\exp\left(x\right)"),
    "expm1": ("expm1", "expm1(x)", r"\operatorname{expm1}\left(x\right)"),
    "exp2": ("exp2", "exp2(x)", "2^{x}"),
    "log": ("log", "log(x)", r"\ln\left(x\right)"),
    "log1p": ("log1p", "log1p(x)", r"\ln\left(1 + x\right)"),
    "log2": ("log2", "log2(x)", r"\log_2\left(x\right)"),
    "log10": ("log10", "log10(x)", r"\log_{10}\left(x\right)"),
    "xlogy": ("xlogy", "xlogy(x, y)", r"\operatorname{xlogy}\left(x, y\right)"),
    "sqrt": ("√", "sqrt(x)", r"\sqrt{x}"),
    "cbrt": ("∛", "cbrt(x)", r"\sqrt[3]{x}"),
    "sin": ("sin", "sin(x)", r"\sin\left(x\right)"),
    "cos": ("cos", "cos(x)", r"\cos\left(x\right)"),
    "tan": ("tan", "tan(x)", r"\tan\left(x\right)"),
    "asin": ("asin", "asin(x)", r"\arcsin\left(x\right)"),
    "acos": ("acos", "acos(x)", r"\arccos\left(x\right)"),
    "atan": ("atan", "atan(x)", r"\arctan\left(x\right)"),
    "atan2": ("atan2", "atan2(x, y)", r"\operatorname{atan2}\left(x, y\right)"),
    "hypot": ("hypot", "hypot(x, y)", r"\sqrt{x^2 + y^2}"),
    "sinh": ("sinh", "sinh(x)", r"\sinh\left(x\right)"),
    "cosh": ("cosh", "cosh(x)", r"\cosh\left(x\right)"),
    "tanh": ("tanh", "tanh(x)", r"\tanh\left(x\right)"),
    "sech": ("sech", "sech(x)", r"\operatorname{sech}\left(x\right)"),
    "asinh": ("asinh", "asinh(x)", r"\operatorname{asinh}\left(x\right)"),
    "acosh": ("acosh", "acosh(x)", r"\operatorname{acosh}\left(x\right)"),
    "atanh": ("atanh", "atanh(x)", r"\operatorname{atanh}\left(x\right)"),
    "erf": ("erf", "erf(x)", r"\operatorname{erf}\left(x\right)"),
    "erfc": ("erfc", "erfc(x)", r"\operatorname{erfc}\left(x\right)"),
    "gaussian": ("gaussian", "gaussian(x)", r"\exp\left(-x^2 / 2\right)"),
    "sigmoid": ("σ", "sigmoid(x)", r"\sigma\left(x\right)"),
    "log_sigmoid": ("log_sigmoid", "log_sigmoid(x)", r"\operatorname{log\_sigmoid}\left(x\right)"),
    "softplus": ("softplus", "softplus(x)", r"\operatorname{softplus}\left(x\right)"),
    "logaddexp": ("logaddexp", "logaddexp(x, y)", r"\log\left(e^{x} + e^{y}\right)"),
    "share": ("share", "share(x, y)", r"\sigma\left(x - y\right)"),
    "softsign": ("softsign", "softsign(x)", r"\operatorname{softsign}\left(x\right)"),
    "relu": ("relu", "relu(x)", r"\operatorname{relu}\left(x\right)"),
    "leaky_relu": ("leaky", "leaky_relu(x, y)", r"\operatorname{leaky\_relu}\left(x, y\right)"),
    "elu": ("elu", "elu(x, y)", r"\operatorname{elu}\left(x, y\right)"),
    "gelu": ("gelu", "gelu(x)", r"\operatorname{gelu}\left(x\right)"),
    "silu": ("silu", "silu(x)", r"\operatorname{silu}\left(x\right)"),
    "mish": ("mish", "mish(x)", r"\operatorname{mish}\left(x\right)"),
    "abs": ("|x|", "abs(x)", r"\left|x\right|"),
    "sign": ("sign", "sign(x)", r"\operatorname{sign}\left(x\right)"),
    "step": ("step", "step(x)", r"\operatorname{step}\left(x\right)"),
    "floor": ("floor", "floor(x)", r"\lfloor x \rfloor"),
    "ceil": ("ceil", "ceil(x)", r"\lceil x \rceil"),
    "trunc": ("trunc", "trunc(x)", r"\operatorname{trunc}\left(x\right)"),
    "round": ("round", "round(x)", r"\operatorname{round}\left(x\right)"),
    "greater": (">", "greater(x, y)", r"\left[x > y\right]"),
    "equal": ("==", "equal(x, y)", r"\left[x = y\right]"),
    "maximum": ("max", "maximum(x, y)", r"\max\left(x, y\right)"),
    "minimum": ("min", "minimum(x, y)", r"\min\left(x, y\right)"),
    "clip": ("clip", "clip(x, y, z)", r"\operatorname{clip}\left(x, y, z\right)"),
    "where": ("where", "where(x, y, z)", r"\operatorname{where}\left(x, y, z\right)"),
}  # fmt: skip

POSITIVE, UNIT = (0.0, inf), (-1.0, 1.0)

DOMAINS = {
    "div": (EVERYWHERE, POSITIVE), "mod": (EVERYWHERE, POSITIVE),
    "floordiv": (EVERYWHERE, POSITIVE), "pow": (POSITIVE, EVERYWHERE),
    "xlogy": (EVERYWHERE, POSITIVE), "atan2": (EVERYWHERE, POSITIVE),
    "log": (POSITIVE,), "log2": (POSITIVE,), "log10": (POSITIVE,), "sqrt": (POSITIVE,),
    "log1p": ((-1.0, inf),), "acosh": ((1.0, inf),),
    "asin": (UNIT,), "acos": (UNIT,), "atanh": (UNIT,), "tan": ((-pi / 2, pi / 2),),
    "exp": ((-700.0, 700.0),), "expm1": ((-700.0, 700.0),), "exp2": ((-1000.0, 1000.0),),
    "sinh": ((-700.0, 700.0),), "cosh": ((-700.0, 700.0),),
}  # fmt: skip
"""Where a row holds, of those that do not hold everywhere."""

SWITCHES = {"floordiv", "relu", "sign", "step", "floor", "ceil", "trunc", "round", "greater"}
SWITCHES |= {"equal", "maximum", "minimum", "clip", "where"}

KINKS = {
    # op: points with a kink, and points without
    "cbrt": ([(0.0,)], [(1.0,)]),
    "hypot": ([(0.0, 0.0)], [(0.0, 1.0), (1.0, 0.0)]),
    "softsign": ([(0.0,)], [(1.0,)]),
    "relu": ([(0.0,)], [(-1.0,), (2.0,)]),
    "leaky_relu": ([(0.0, 0.5)], [(1.0, 0.0)]),
    "elu": ([(0.0, 0.5)], [(1.0, 0.0)]),
    "abs": ([(0.0,)], [(-1.0,)]),
    "sign": ([(0.0,)], [(2.0,)]),
    "step": ([(0.0,)], [(2.0,)]),
    "floor": ([(3.0,), (0.0,), (-2.0,), (inf,)], [(0.5,), (2.75,)]),
    "ceil": ([(3.0,), (0.0,), (-2.0,)], [(0.5,), (2.75,)]),
    "trunc": ([(3.0,), (0.0,), (-2.0,)], [(0.5,), (2.75,)]),
    "round": ([(0.5,), (-2.5,)], [(1.0,), (2.75,)]),
    "mod": ([(6.0, 3.0), (-6.0, 3.0), (1.0, 0.0)], [(7.0, 3.0), (-2.0, 5.0)]),
    "floordiv": ([(6.0, 3.0), (1.0, 0.0)], [(7.0, 3.0)]),
    "greater": ([(2.0, 2.0)], [(2.0, 3.0)]),
    "equal": ([(2.0, 2.0)], [(2.0, 3.0)]),
    "maximum": ([(2.0, 2.0)], [(2.0, 3.0)]),
    "minimum": ([(2.0, 2.0)], [(2.0, 3.0)]),
    "clip": ([(1.0, 1.0, 2.0), (2.0, 1.0, 2.0), (0.0, 1.0, 1.0)], [(0.5, 1.0, 2.0)]),
}

ENGINE = [name for name, op in OPS.items() if op.built_in]
ROWS = pytest.mark.parametrize("name", ENGINE)


def test_the_tables_here_are_about_the_rows_that_are_there():
    assert [*WRITTEN] == ENGINE
    assert {name for name in ENGINE if OPS[name].kink is not None} == {*KINKS}
    assert {name for name in ENGINE if OPS[name].switch} == SWITCHES


@ROWS
def test_a_row_is_written_as_people_write_it(name):
    op = OPS[name]
    out = op(*[Value(1.0, letter) for letter in "xyz"[: op.arity]])
    assert (op.glyph, formula.text(out), formula.latex(out)) == WRITTEN[name]


@ROWS
def test_r10_a_row_says_where_its_domain_ends(name):
    assert OPS[name].domain == DOMAINS.get(name, (EVERYWHERE,) * OPS[name].arity)


@pytest.mark.parametrize("name", KINKS)
def test_r10_a_row_says_where_it_has_a_kink(name):
    kinks, smooth = KINKS[name]
    assert [OPS[name].kink(*point) for point in kinks] == [0.0] * len(kinks)
    assert all(OPS[name].kink(*point) for point in smooth)


@ROWS
def test_r10_every_row_has_the_numpy_that_it_stands_for(name):
    # check_op compares the two; a column that is empty it cannot compare.
    op = OPS[name]
    start = 1.0 if name == "acosh" else 0.0
    letters = dict.fromkeys("xyz"[: op.arity], np.array([0.25, 0.75]) + start)
    got = eval(op.numpy.format(*letters), {"np": np, "math": math, **letters})
    wanted = [op(*[x + start] * op.arity) for x in (0.25, 0.75)]
    assert np.asarray(got).tolist() == pytest.approx(wanted, rel=1e-14)


@ROWS
@pytest.mark.parametrize("outer", ["neg", "sub", "div", "pow", "mul", "abs", "exp2"])
def test_what_is_written_is_read_as_it_was_meant(name, outer):
    op, around = OPS[name], OPS[outer]
    letters = {letter: Value(x, letter) for letter, x in zip("xyz", (0.3, 0.7, 0.9))}
    inner = op(*[*letters.values()][: op.arity])
    for inputs in ((inner,) * around.arity, (letters["z"], inner)[-around.arity :]):
        out = around(*inputs)
        read = eval(formula.text(out), {**OPS, **letters})
        assert read.data == out.data or (read.data != read.data and out.data != out.data)


OFF = {
    "floordiv": ((7.0, 2.0), [0, 1]), "relu": ((-1.0,), [0]), "sign": ((2.0,), [0]),
    "step": ((2.0,), [0]), "floor": ((2.5,), [0]), "ceil": ((2.5,), [0]), "trunc": ((2.5,), [0]),
    "round": ((2.2,), [0]), "greater": ((1.0, 2.0), [0, 1]), "equal": ((1.0, 2.0), [0, 1]),
    "maximum": ((1.0, 2.0), [0]), "minimum": ((1.0, 2.0), [1]), "clip": ((0.5, 0.0, 1.0), [1, 2]),
    "where": ((1.0, 2.0, 3.0), [0, 2]),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(SWITCHES))
def test_r10_an_infinite_gradient_does_not_pass_a_switch_that_is_off(name):
    point, closed = OFF[name]
    xs = [Value(x) for x in point]
    out = OPS[name](*xs)
    over_numbers = dict(zip(*pullback(out, inf)))
    over_values = dict(zip(*pullback(out, inf, graph_of)))
    for i, x in enumerate(xs):
        wanted = 0.0 if i in closed else inf
        assert over_numbers.get(x, 0.0) == wanted
        assert getattr(over_values.get(x, 0.0), "data", over_values.get(x, 0.0)) == wanted


@pytest.mark.parametrize(("op", "other"), [(maximum, 5.0), (minimum, -5.0)])
def test_r10_nor_a_row_of_many_inputs(op, other):
    x, y, z = Value(1.0), Value(other), Value(2.0)
    pulled = dict(zip(*pullback(op(x, y, z), inf)))
    assert (pulled.get(x, 0.0), pulled[y], pulled.get(z, 0.0)) == (0.0, inf, 0.0)


def test_a_row_of_many_inputs_is_written_with_all_of_them():
    four = maximum.family(4)
    assert four.text == "maximum({0}, {1}, {2}, {3})"
    assert minimum.family(3).latex == r"\min\left({0}, {1}, {2}\right)"
    assert four.numpy == "np.maximum(np.maximum({0}, {1}), np.maximum({2}, {3}))"
    assert four.domain == (EVERYWHERE,) * 4 and four.switch and four.family is None
    assert [*inspect.signature(four).parameters] == ["x1", "x2", "x3", "x4"]
    assert str(inspect.signature(four)).endswith("x4, /)")
    assert four.kink(3.0, 1.0, 3.0, 2.0) == 0.0 and four.kink(1.0, 4.0, 2.5, 2.0) == 1.5


# Rows of one's own, and what they leave out.


def test_a_row_that_says_nothing_is_derived_from_its_name_and_slopes():
    op = add_op("two_of", lambda x, y: x + y, (1.0, 1.0))
    assert (op.glyph, op.text, op.numpy) == ("two_of", "two_of({0}, {1})", "")
    assert formula.latex(op(Value(1.0, "x"), 2.0)) == r"\operatorname{two\_of}\left(x, 2\right)"
    assert (op.domain, op.kink, op.defaults, op.switch) == ((EVERYWHERE,) * 2, None, (), False)
    assert (op.__doc__, op.precedence, op.built_in) == ("The op two_of.", 5, False)
    assert add_op("noted", abs, (1.0,), doc="Noted.").__doc__ == "Noted."
    assert OPS["sin"].built_in and OPS["add"].numpy == OPS["add"].text


def test_defaults_stand_for_the_last_inputs_alone():
    op = add_op("of_four", lambda w, x, y, z: w + x + y + z, (1.0,) * 4, defaults=(1.0, 2.0, 4.0))
    assert [op(8.0), op(8.0, 0.0), op(8.0, 0.0, 0.0), op(8.0, 0.0, 0.0, 0.0)] == [15, 14, 12, 8]
    assert [x.data for x in op(Value(8.0), 0.0).inputs] == [8.0, 0.0, 2.0, 4.0]
    assert str(inspect.signature(op)) == "(x, y=1.0, z=2.0, x4=4.0, /)"
    for inputs in ((), (1.0,) * 5):
        with pytest.raises(TypeError, match=rf"of_four\(\) takes 1 to 4 inputs, got {len(inputs)}"):
            op(*inputs)


def test_what_the_rows_of_the_engine_leave_out():
    defaults = {name: OPS[name].defaults for name in ENGINE if OPS[name].defaults}
    assert defaults == {"leaky_relu": (0.01,), "elu": (1.0,)}


def test_too_few_or_too_many_inputs_are_counted():
    for inputs in ((), (1.0, 2.0), (Value(1.0),) * 2):
        with pytest.raises(TypeError, match=rf"^sin\(\) takes 1 inputs, got {len(inputs)}$"):
            ops.sin(*inputs)


@pytest.mark.parametrize("name", ["const", "Value", "grad", "sin", "compile"])
def test_a_name_of_the_engine_is_taken(name):
    with pytest.raises(OpError, match=f"the op name '{name}' is taken by the engine"):
        add_op(name, abs, (1.0,))


def test_named_finds_rows_and_the_member_of_a_family():
    assert named("sin") is named("sin", 1) is ops.sin
    assert named("const") is named("const", 0) is CONST
    assert named("maximum") is named("maximum", 2) is maximum
    assert named("maximum", 3) is maximum.family(3)
    with pytest.raises(OpError, match="no op named 'nonesuch'") as caught:
        named("nonesuch")
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


def test_a_row_may_have_more_than_eight_inputs():
    op = add_op("total", lambda *xs: math.fsum(xs), (1.0,) * 12)
    assert op(*map(float, range(12))) == 66.0
    assert grad(op, 11)(*map(float, range(12))) == 1.0
    assert formula.text(op(*[Value(1.0, "x")] * 12)) == f"total({', '.join('x' * 12)})"


@pytest.mark.parametrize("column", ["text", "latex", "numpy"])
def test_each_template_is_tried_out(column):
    with pytest.raises(OpError, match=f"{column} is not a template for 1 inputs"):
        add_op("mine", abs, (1.0,), **{column: "{1}"})


def test_a_domain_may_not_be_empty_nor_of_another_form():
    for domain in ((), ((0.0, 1.0),)):
        assert add_op("mine", abs, (1.0,), domain=domain)
    for domain in (((1.0, 1.0),), ([0.0, 1.0],), ((0.0, 1.0, 2.0),), ((0.0, 1.0), 1.0)):
        with pytest.raises(OpError, match="domain needs an interval"):
            add_op("mine", abs, (1.0,), domain=domain)


# Numbers, and what messages show of them.


def test_r10_a_message_shows_forty_characters_and_no_more():
    assert shown("a" * 38) == f"'{'a' * 38}'"
    assert shown("a" * 39) == f"'{'a' * 36}..."
    assert len(shown("a" * 39)) == len(shown(list(range(1000)))) == 40
    assert shown("abcdef", 8) == "'abcdef'" and shown("abcdefg", 8) == "'abcd..."
    assert shown([[1], "a  b"]) == "[[1], 'a b']"


def test_what_has_no_repr_is_shown_by_its_class():
    class Silent:
        def __repr__(self):
            raise RuntimeError

    assert shown(Silent()) == "<a Silent whose repr fails>"


@pytest.mark.parametrize(
    ("interval", "point"),
    [
        ((-inf, inf), 0.5),
        ((-inf, 3.0), 2.0),
        ((3.0, inf), 4.0),
        ((1.0, 2.0), 1.625),
        ((-4.0, 4.0), 1.0),
    ],
)
def test_a_point_inside_an_interval(interval, point):
    assert inside(interval) == point


def test_an_array_with_and_without_dimensions_is_one_number_or_none():
    assert checks.as_float(np.array(2.5)) == 2.5
    assert constant(np.array(2)).data == 2.0
    for array in (np.ones(1), np.ones((2, 1)), np.array([])):
        with pytest.raises(TypeError, match="got an array of shape"):
            checks.as_float(array)


def test_a_slope_of_a_tie_of_many_is_differentiated_again():
    assert grad(grad(lambda x: maximum(x * x, x, 0.0)))(3.0) == 2.0
