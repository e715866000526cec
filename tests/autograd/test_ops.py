"""The rows of the table: exact values and slopes, IEEE 754, kinks, and rows of one's own."""

import math
import pickle
from decimal import Decimal, localcontext
from fractions import Fraction
from math import inf, nan

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import autograd
from autograd import (
    CONST,
    OPS,
    GradcheckError,
    OpError,
    Value,
    add_op,
    check_op,
    dot,
    formula,
    grad,
    gradcheck,
    ieee,
    logaddexp,
    maximum,
    minimum,
    ops,
)
from autograd.rows import named
from autograd.strategies import fuzz

ROWS = pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
ANY = st.floats()
BUILTINS = ("abs", "pow", "round")


def same(x, y):
    """Equal, or both nan; -0.0 counts as 0.0."""
    return x == y or (x != x and y != y)


def test_the_table_is_what_the_package_exports():
    assert sorted(ops.__all__) == sorted(OPS)
    for name in OPS:
        assert getattr(autograd, name) is OPS[name]
        assert name in autograd.__all__ or name in BUILTINS  # which a star import must not hide


@ROWS
def test_rows_pass_their_own_check(op):
    assert check_op(op)


@ROWS
def test_no_float_makes_an_op_raise_or_turn_complex(op):
    @given(st.tuples(*[ANY] * op.arity))
    def holds(point):
        out = op.forward(*point)
        assert type(out) is float
        assert all(type(s) is float for s in op.slopes_at(point, out))

    holds()


@ROWS
def test_texts_and_latex_fill_in_and_balance(op):
    names = [Value(float(i), f"x{i}") for i in range(op.arity)]
    out = op(*names)
    latex = formula.latex(out)
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert all(f"x_{{{i}}}" in latex for i in range(op.arity))
    assert eval(formula.text(out), {**OPS, **{x.label: x for x in names}}).data == pytest.approx(
        out.data, nan_ok=True
    )


@pytest.mark.parametrize(
    ("name", "inputs", "wanted"),
    [
        ("div", (1.0, 0.0), inf), ("div", (1.0, -0.0), -inf), ("div", (-1.0, 0.0), -inf),
        ("div", (0.0, 0.0), nan), ("div", (nan, 0.0), nan), ("div", (inf, inf), nan),
        ("pow", (-8.0, 1 / 3), nan), ("pow", (0.0, -1.0), inf), ("pow", (-0.0, -1.0), -inf),
        ("pow", (0.0, -2.0), inf), ("pow", (-10.0, 401.0), -inf), ("pow", (-10.0, 400.0), inf),
        ("pow", (nan, 0.0), 1.0), ("pow", (10.0, 400.0), inf), ("pow", (-2.0, inf), inf),
        ("exp", (710.0,), inf), ("exp", (-inf,), 0.0), ("expm1", (710.0,), inf),
        ("log", (-1.0,), nan), ("log", (0.0,), -inf), ("log", (inf,), inf),
        ("log1p", (-1.0,), -inf), ("log1p", (-2.0,), nan), ("sqrt", (-1.0,), nan),
        ("sin", (inf,), nan), ("cos", (-inf,), nan), ("tan", (inf,), nan), ("asin", (2.0,), nan),
        ("acos", (-2.0,), nan), ("sinh", (-711.0,), -inf), ("sinh", (711.0,), inf),
        ("cosh", (-711.0,), inf), ("sigmoid", (-1e300,), 0.0), ("sigmoid", (1e300,), 1.0),
        ("softplus", (1e300,), 1e300), ("softplus", (-1e300,), 0.0), ("gelu", (-1e300,), -0.0),
        ("gelu", (1e300,), 1e300), ("silu", (-1e300,), -0.0), ("elu", (-1e300, 1.0), -1.0),
        ("maximum", (nan, 1.0), nan), ("maximum", (1.0, nan), nan), ("minimum", (1.0, nan), nan),
        ("relu", (nan,), nan), ("where", (0.0, nan, 2.0), 2.0), ("where", (nan, 1.0, 2.0), nan),
        ("sign", (nan,), nan), ("step", (nan,), nan), ("clip", (5.0, 0.0, 1.0), 1.0),
        ("mul", (0.0, inf), nan), ("add", (inf, -inf), nan),
        ("hypot", (1e200, 1e200), math.sqrt(2) * 1e200),
    ],
)  # fmt: skip
def test_ieee_754(name, inputs, wanted):
    assert same(OPS[name](*inputs), wanted)
    assert same(OPS[name](*map(Value, inputs)).data, wanted)


@pytest.mark.parametrize(
    ("name", "inputs", "slopes"),
    [
        ("relu", (0.0,), (0.0,)), ("abs", (0.0,), (0.0,)), ("leaky_relu", (0.0, 0.01), (0.01, 0.0)),
        ("elu", (0.0, 1.0), (1.0, 0.0)), ("maximum", (2.0, 2.0), (0.5, 0.5)),
        ("minimum", (2.0, 2.0), (0.5, 0.5)), ("maximum", (inf, inf), (0.5, 0.5)),
        ("clip", (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)), ("clip", (1.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
        ("clip", (-1.0, 0.0, 1.0), (0.0, 1.0, 0.0)), ("clip", (2.0, 0.0, 1.0), (0.0, 0.0, 1.0)),
        ("clip", (0.5, 1.0, 0.0), (0.0, 0.0, 1.0)), ("step", (0.0,), (0.0,)),
        ("sign", (0.0,), (0.0,)), ("pow", (0.0, 2.0), (0.0, 0.0)),
        ("pow", (-2.0, 3.0), (12.0, nan)), ("pow", (0.0, 0.0), (0.0, 0.0)),
        ("pow", (0.0, 1.0), (1.0, 0.0)), ("sqrt", (0.0,), (inf,)), ("log", (0.0,), (inf,)),
        ("where", (0.0, 1.0, 2.0), (0.0, 0.0, 1.0)),
        ("atan2", (1e200, 1e200), (0.5e-200, -0.5e-200)),
    ],
)  # fmt: skip
def test_slopes_at_kinks_and_edges(name, inputs, slopes):
    op = OPS[name]
    out = op.forward(*inputs)
    assert op.slopes_at(inputs, out) == pytest.approx(slopes, nan_ok=True, rel=1e-12, abs=0)
    recorded = op.slopes_at(tuple(map(Value, inputs)), op(*map(Value, inputs)))
    assert [float(s) for s in recorded] == pytest.approx(
        list(slopes), nan_ok=True, rel=1e-12, abs=0
    )


def test_a_constant_exponent_is_its_own_rule():
    x = Value(0.0)
    (x**0).backward()
    assert x.grad == 0.0
    x = Value(-2.0)
    (x**3).backward()
    assert x.grad == 12.0
    assert grad(grad(lambda x: x**2))(0.0) == 2.0
    assert grad(lambda y: 2**y)(3.0) == 8 * math.log(2)


def test_a_constant_exponent_of_0_or_1_has_a_constant_slope_as_a_graph_too():
    for exponent in (0, 1):
        for x in (-2.0, 0.0, inf):
            assert float(grad(lambda x, n=exponent: x**n)(Value(x))) == exponent
            assert grad(grad(lambda x, n=exponent: x**n))(x) == 0.0
        assert math.isnan(float(grad(lambda x, n=exponent: x**n)(Value(nan))))


def test_a_value_exponent_has_slope_nan_at_a_negative_base_and_zero_at_zero():
    for base, exponent, wanted in [
        (-2.0, 3.0, nan),
        (0.0, 2.0, 0.0),
        (0.0, 0.0, 0.0),
        (0.0, -1.0, -inf),
    ]:
        x, y = Value(base), Value(exponent)
        (x**y).backward()
        assert same(y.grad, wanted), (base, exponent)


@given(st.floats(-3, 3), st.floats(-3, 3))
def test_zero_to_a_power_has_the_same_slopes_over_numbers_and_over_values(x, y):
    assume(x >= 0)
    over_numbers = grad(lambda x, y: x**y, (0, 1))(x, y)
    over_values = grad(lambda x, y: x**y, (0, 1))(Value(x), Value(y))
    assert all(same(a, float(b)) for a, b in zip(over_numbers, over_values))


@pytest.mark.parametrize("number", [3, np.float32(3.0), np.int64(3), Fraction(3)])
def test_data_may_be_any_number_a_user_assigns(number):
    x, y = Value(2.0), Value(2.0)
    x.data = number
    (x**y).backward()
    assert (x.grad, y.grad) == (6.0, pytest.approx(9 * math.log(3)))
    assert x > 2
    z = Value(2.0)
    z.data = number
    (x**z).backward()
    assert z.grad == pytest.approx(27 * math.log(3))


@ROWS
@pytest.mark.parametrize("special", [0.0, -0.0, inf, -inf, nan, 1e308])
def test_gradients_over_numbers_and_over_values_agree_at_special_points(op, special):
    point = [special] * op.arity
    every = tuple(range(op.arity))
    over_numbers = grad(op, every)(*point)
    over_values = grad(op, every)(*map(Value, point))
    assert all(same(a, float(b)) for a, b in zip(over_numbers, over_values))


def test_ops_take_numbers_and_values_and_count_their_inputs():
    assert autograd.hypot(3, 4) == 5.0
    assert autograd.leaky_relu(-1.0) == -0.01
    assert autograd.leaky_relu(-1.0, 0.5) == -0.5
    assert autograd.elu(Value(-1.0)).inputs[1].op is CONST
    assert autograd.maximum(Value(1.0), 2).data == 2.0
    with pytest.raises(TypeError, match=r"hypot\(\) takes 2 inputs, got 1"):
        autograd.hypot(1.0)
    with pytest.raises(TypeError, match=r"leaky_relu\(\) takes 1 to 2 inputs, got 3"):
        autograd.leaky_relu(1.0, 2.0, 3.0)
    with pytest.raises(TypeError, match=r"sin\(\) takes a real number .* got str 'a'"):
        autograd.sin("a")
    with pytest.raises(TypeError, match=r"add\(\) takes a real number .* got NoneType None"):
        autograd.add(Value(1.0), None)


# Rows of many inputs: a family, of which the table holds the row of two.


def test_a_row_of_many_inputs_is_a_row_like_any_other():
    three = maximum.family(3)
    assert three is maximum.family(3) is named("maximum", 3)
    assert three is not maximum is named("maximum") is named("maximum", 2)
    assert pickle.loads(pickle.dumps(three)) is three
    assert pickle.loads(pickle.dumps(maximum)) is maximum
    assert (three.name, three.arity, three.glyph) == ("maximum", 3, "max")
    assert three(1.0, 3.0, 2.0) == maximum(1, 3.0, 2) == 3.0
    for op in (three, maximum.family(5), minimum.family(4)):
        assert check_op(op)


def test_a_soft_maximum_of_many_keeps_its_digits_and_its_infinities():
    xs = [1000.0, 1000.0, 960.0, -inf]
    with localcontext() as context:
        context.prec = 60
        exact = Decimal(1000) + sum([(Decimal(x) - 1000).exp() for x in xs[:3]]).ln()
    assert logaddexp(*xs) == float(exact)
    assert logaddexp(0.0, -50.0, -60.0) == pytest.approx(math.exp(-50) + math.exp(-60), rel=1e-15)
    tail = grad(lambda *z: logaddexp(*z), (0, 1, 2))(0.0, -700.25, -0.1)
    assert tail[1] == pytest.approx(math.exp(-700.25) / (1 + math.exp(-0.1)), rel=4e-16)
    for point, wanted in {
        (-inf, -inf, 2.0): (0.0, 0.0, 1.0),
        (-inf, -inf, -inf): (1 / 3, 1 / 3, 1 / 3),
        (inf, 0.0, inf): (0.5, 0.0, 0.5),
    }.items():
        values = [Value(x) for x in point]
        logaddexp(*values).backward()
        assert tuple([x.grad for x in values]) == wanted
    assert math.isnan(logaddexp(nan, 0.0, inf)) and logaddexp(inf, -inf, 0.0) == inf
    three = named("logaddexp", 3)
    assert check_op(three) and gradcheck(three, [1.0, -2.0, 0.5], order=2)
    assert formula.latex(three(*[Value(0.0, x) for x in "abc"])) == (
        r"\log\left(e^{a} + e^{b} + e^{c}\right)"
    )


def test_a_dot_product_is_one_node_with_the_slopes_of_its_products():
    x, y = [Value(x) for x in (2.0, -3.0, 0.5)], [Value(y) for y in (1.5, 4.0, -2.0)]
    out = dot(*x, *y)
    assert out.data == sum(a.data * b.data for a, b in zip(x, y)) and out.inputs == (*x, *y)
    out.backward()
    assert [a.grad for a in x] == [b.data for b in y] and [b.grad for b in y] == [a.data for a in x]
    four = named("dot", 4)
    assert four is dot.family(4) and pickle.loads(pickle.dumps(four)) is four
    assert check_op(dot) and check_op(four) and gradcheck(four, [1.0, -2.0, 3.0, 0.5], order=2)
    a, b, c = Value(1.0, "a"), Value(2.0, "b"), Value(3.0, "c")
    assert formula.text(dot(a, b, b, c) * a) == "(a * b + b * c) * a"
    assert formula.latex(dot(a, b, b, c)) == r"a \cdot b + b \cdot c"
    with pytest.raises(TypeError, match="as many factors on the right as on the left.*got 5 numb"):
        dot(1.0, 2.0, 3.0, 4.0, 5.0)


def test_many_inputs_make_one_node_that_every_interpreter_reads():
    x, y, z = Value(1.0, "x"), Value(5.0, "y"), Value(3.0, "z")
    out = maximum(x, y, z)
    assert out.inputs == (x, y, z) and out.op is maximum.family(3)
    assert formula.text(out) == "maximum(x, y, z)"
    assert formula.latex(out) == r"\max\left(x, y, z\right)"
    assert pickle.loads(pickle.dumps(out)).op is out.op
    assert grad(lambda x: minimum(x, 1.0, x, 1.0) * 2)(1.0) == 1.0
    program = autograd.compile(lambda x: maximum(x[0], x[1] * 2, x[2]), [0.0] * 3)
    assert program([[1.0, 2.0, 3.0], [4.0, 2.0, 4.0]]).tolist() == [4.0, 4.0]
    slopes = program.input_grads([[1.0, 2.0, 3.0], [4.0, 2.0, 4.0]])[0]
    assert slopes == pytest.approx(np.array([[0, 2, 0], [1 / 3, 2 / 3, 1 / 3]]))


def test_a_family_says_how_few_inputs_it_takes():
    with pytest.raises(TypeError, match=r"maximum\(\) takes 2 or more inputs, got 1"):
        maximum(1.0)


def test_rows_describe_themselves_and_pickle_by_name():
    assert repr(autograd.sin) == "<op sin>"
    assert autograd.sin.__doc__ == "The sine of x radians."
    assert pickle.loads(pickle.dumps(autograd.sin)) is autograd.sin
    assert pickle.loads(pickle.dumps(CONST)) is CONST
    with pytest.raises(OpError, match="no op named 'nonesuch' in the table: add its row"):
        named("nonesuch")


def test_one_row_of_your_own_works_everywhere():
    cube = add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x * x,), latex="{0:5}^3")
    assert autograd.cube is cube is OPS["cube"]
    assert cube(2.0) == 8.0
    x = Value(2.0, "x")
    y = cube(x)
    y.backward()
    assert (y.data, x.grad) == (8.0, 12.0)
    assert grad(grad(grad(cube)))(2.0) == 6.0
    assert formula.text(y) == "cube(x)"
    assert formula.latex(y) == "x^3"
    assert formula.text(y, x) == "3 * x ** 2"
    assert pickle.loads(pickle.dumps(y)).op is cube
    assert check_op(cube)
    fuzz(cube, max_examples=20)
    again = add_op("cube", lambda x: x**3.0, lambda x, out: (3 * x * x,))
    assert OPS["cube"] is again


def test_a_linear_row_gives_its_slopes_as_a_tuple():
    average = add_op("average", lambda x, y: (x + y) / 2, (0.5, 0.5), numpy="({0} + {1}) / 2")
    x = Value(1.0)
    average(x, x).backward()
    assert x.grad == 1.0
    assert check_op(average)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("a b", abs, (1.0,)), "must be a Python identifier, got 'a b'"),
        (("lambda", abs, (1.0,)), "must be a Python identifier, got 'lambda'"),
        (("sin", abs, (1.0,)), "the op name 'sin' is taken by the engine"),
        (("Value", abs, (1.0,)), "the op name 'Value' is taken"),
        (
            ("one", abs, lambda x, out: 1.0),
            r"must return a tuple of 1, one slope for each input, got float \(a tuple of one",
        ),
        (
            ("two", math.hypot, lambda x, y, out: (1.0,)),
            "must return a tuple of 2, one slope for each input, got a tuple of 1",
        ),
        (
            ("three", lambda x: "a", (1.0,)),
            "op 'three' failed at .* with ValueError: could not convert string to float",
        ),
        (("four", lambda x, y: x, (1.0,)), "op 'four' failed at .* with TypeError"),
        (("five", math.exp, lambda: ()), "slopes must take the inputs and then out"),
        (("six", math.exp, math.exp), "slopes must be a Python function"),
        (("seven", lambda x: 1 / 0, (1.0,)), "failed at .* with ZeroDivisionError"),
        (("eight", abs, ("2",)), "a slope takes a real number .* got str '2'"),
    ],
)
def test_a_row_that_does_not_fit_together_fails_where_it_is_written(row, message):
    before = dict(OPS)
    with pytest.raises(OpError, match=message):
        add_op(*row)
    assert before == OPS


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (
            {"latex": r"\frac{1}{{0}}"},
            r"latex is not a template for 1 inputs .* a brace of LaTeX is written twice",
        ),
        ({"text": "{1}"}, "text is not a template for 1 inputs"),
        (
            {"domain": (0.0, 1.0)},
            r"domain needs an interval \(low, high\) for each of its 1 inputs",
        ),
        ({"domain": ((1.0, 0.0),)}, "domain needs an interval"),
        ({"colour": "red"}, "its row does not fit together .*colour"),
        ({"kink": lambda x, y: x}, "failed at .* with TypeError"),
    ],
)
def test_a_column_that_does_not_fit_fails_where_it_is_written(column, message):
    with pytest.raises(OpError, match=message):
        add_op("mine", abs, (1.0,), **column)
    assert "mine" not in OPS


def test_a_failed_replacement_leaves_the_old_row():
    old = add_op("mine", abs, (1.0,))
    with pytest.raises(OpError, match="domain needs an interval .* for each of its 1 inputs, got"):
        add_op("mine", abs, (1.0,), domain=((0.0, 1.0), (0.0, 1.0)))
    assert OPS["mine"] is old


def test_a_name_that_is_no_op_is_an_attribute_error():
    with pytest.raises(
        AttributeError, match="no attribute 'tnah'; to add a user-defined op, call autograd.add_op"
    ):
        autograd.tnah  # noqa: B018


def test_strategies_are_imported_when_asked_for(monkeypatch):
    from autograd import strategies

    monkeypatch.delattr(autograd, "strategies", raising=False)
    assert autograd.strategies is strategies


def test_ieee_makes_a_function_of_math_total():
    root = ieee.total(math.sqrt)
    assert math.isnan(root(-1.0))
    assert ieee.total(math.exp, lambda x: -1.0)(1e4) == -1.0


@pytest.mark.parametrize(
    ("forward", "slopes", "domain"),
    [
        (lambda x: x**3, lambda x, out: (3 * x,), ((-2.0, 2.0),)),
        (math.sin, lambda x, out: (1.00001 * ops.cos(x),), ((-inf, inf),)),
        (math.exp, lambda x, out: (float(out),), ((-inf, 5.0),)),
        (lambda x, y: x * y, lambda x, y, out: (x, y), ((-inf, inf),) * 2),
        (math.tanh, lambda x, out: (1 + out * out,), ((0.0, inf),)),
        (lambda x: x * x, lambda x, out: (nan,), ((-inf, inf),)),
        (lambda x: x * x, lambda x, out: (5000 + 2 * x,), ((-inf, inf),)),
        (lambda x: x * x, (7.0,), ((100.0, inf),)),
        (lambda x: x * x, (7.0,), ((50.0, 60.0),)),
        (lambda x: x * x, (7.0,), ((-inf, -100.0),)),
    ],
)
def test_the_checks_catch_wrong_rules(forward, slopes, domain):
    wrong = add_op("wrong", forward, slopes, domain=domain)
    with pytest.raises(GradcheckError, match=r"= wrong\(.*slope"):
        check_op(wrong)
    with pytest.raises(
        GradcheckError, match=r"in the smallest failing expression:\n\(lambda .*wrong\("
    ):
        fuzz(wrong)


def test_a_wrong_numpy_column_is_caught():
    wrong = add_op("wrong", math.sin, lambda x, out: (ops.cos(x),), numpy="np.sinh({0})")
    with pytest.raises(
        GradcheckError, match=r"its numpy column 'np.sinh\(\{0\}\)' gives .* forward gives"
    ):
        check_op(wrong)
