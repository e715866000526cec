"""No digit is lost: values, slopes and second derivatives of every op over its whole domain."""

import math
from itertools import product
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd
from autograd import OPS, Value, grad, hessian, ops
from autograd.graph import graph_of, pullback
from nn.losses import logsumexp

from . import oracle

EPS = 2.0**-52
TINY, HUGE = 2.0**-1022, 1.7976931348623157e308
ROWS = pytest.mark.parametrize("name", [name for name in OPS if name in oracle.EXACT])


def second_derivatives(op, point):
    """The slopes of op's slopes, as `hessian` has them: by the pullback of their graph."""
    xs = [Value(x) for x in point]
    slopes = dict(zip(*pullback(op(*xs), 1.0, graph_of)))
    rows = []
    for x in xs:
        slope = slopes.get(x, 0.0)
        again = dict(zip(*pullback(slope, 1.0))) if isinstance(slope, Value) else {}
        rows.append([again.get(z, 0.0) for z in xs])
    return rows


# The exceptions. All else is exact to 8 eps, relative, wherever it is a normal float.


def _mish_parts(x):
    y, s = oracle._softplus(x), oracle._sigmoid(x)
    return mp.tanh(y), mp.sech(y) ** 2 * s, x * mp.sech(y) ** 2 * s * s * mp.tanh(y)


CANCELLING = {
    ("logaddexp", 0): lambda x, y: (1, max(x, y)),
    ("gelu", 1): lambda x: (oracle._below(x), x * oracle._density(x)),
    ("silu", 1): lambda x: (oracle._sigmoid(x), x * oracle._bell(x)),
    ("mish", 1): lambda x: (_mish_parts(x)[0], x * _mish_parts(x)[1]),
    ("gelu", 2): lambda x: (2 * oracle._density(x), x * x * oracle._density(x)),
    ("silu", 2): lambda x: (2 * oracle._bell(x), x * oracle._bell(x)),
    ("mish", 2): lambda x: (2 * _mish_parts(x)[1], 2 * _mish_parts(x)[2]),
    ("sech", 2): lambda x: (mp.sech(x), mp.sech(x) ** 3),
    ("gaussian", 2): lambda x: (oracle.EXACT["gaussian"](x), x * x * oracle.EXACT["gaussian"](x)),
    ("atan2", 2): lambda y, x: (1 / (x * x + y * y),),
    ("pow", 2): lambda x, y: (x ** (y - 1), x ** (y - 1) * y * mp.log(x)),
}
"""Sums of two terms that pass through 0 where no float is: exact to 8 eps of the larger term.

By op and order: 0 for the value, 1 for the slope, 2 for the second derivatives. (That of gelu' is
at -0.75, of silu' at -1.28, of mish' at -1.19; the mixed one of atan2 is 0 where |x| = |y|.)
"""

OUT_OF_RANGE = {
    "div": lambda x, y: (x / y,),
    "mish": lambda x: (mp.exp(x),) if x < 0 else (),
    "atan2": lambda y, x: (1 / (x * x + y * y),),
    "pow": lambda x, y: (x ** (y - 1), x ** (y - 2), x**y),
}
"""Products a factor of which is no normal float although the product is: not promised there."""


def is_normal(x):
    return TINY <= abs(x) <= HUGE


def is_promised(name, point):
    exact = map(mpf, point)
    return all(map(is_normal, OUT_OF_RANGE.get(name, lambda *_: ())(*exact)))


def far(name, order, point, got, exact, allowed=8):
    """How far `got` is from the exact number, if too far; nothing if it is near enough."""
    if not (is_normal(exact) or exact == 0):
        return ""
    terms = CANCELLING.get((name, order), lambda *_: ())(*map(mpf, point))
    size = max([abs(exact), *map(abs, terms)])
    if math.isfinite(got) and abs(mpf(got) - exact) <= allowed * EPS * size:
        return ""
    return f"{name}{point}: order {order}: got {got!r}, exact {float(exact)!r}"


def faults(name, point):
    """Whatever is too far from exact at a point: the value, slopes, second derivatives."""
    op = OPS[name]
    exact = oracle.value(name, point)
    out = op.forward(*point)
    yield far(name, 0, point, out, exact, allowed=4)
    if not is_promised(name, point):
        return
    for got, slope in zip(op.slopes_at(point, out), oracle.slopes(name, point)):
        yield far(name, 1, point, got, slope)
    rows, wanted = second_derivatives(op, point), oracle.seconds(name, point)
    for i, j in product(range(op.arity), repeat=2):
        yield far(name, 2, point, rows[i][j], wanted[i][j])


def numbers_in(interval):
    """From the ends to 0 and to both infinities, in steps that grow with the distance."""
    low, high = interval
    sizes = [10.0**e for e in range(-300, 301, 25)]
    sizes += [1.37 * 10.0 ** (e / 4) for e in range(-32, 14)]
    sizes += [19.0, 20.0, 26.6, 36.7, 37.3, 40.0, 354.2, 690.0, 705.1, 709.5]
    numbers = {0.0, 0.5, 1.0, 2.0, *sizes, *[-x for x in sizes]}
    for end in (low, high):
        if math.isfinite(end):
            numbers.update(end + x for x in (1e-1, 1e-4, 1e-8, 1e-12, 2.3e-16))
            numbers.update(end - x for x in (1e-1, 1e-4, 1e-8, 1e-12, 2.3e-16))
    return sorted(x for x in numbers if low < x < high)


def grid(op):
    numbers = [numbers_in(interval) for interval in op.domain]
    step = (1, 5, 25)[op.arity - 1]
    points = list(product(*[some[::step] for some in numbers]))
    if op.arity == 2:  # and near the line where both are equal, where differences cancel
        first = [x for x in numbers[0] if op.domain[1][0] < x < op.domain[1][1]]
        points += [(x, x * (1 + 1e-9)) for x in first] + [(x, x * 1.01) for x in first]
    return [point for point in points if op.kink is None or op.kink(*point) != 0]


@ROWS
def test_no_digit_is_lost_from_the_ends_of_the_domain_to_its_middle(name):
    found = [fault for point in grid(OPS[name]) for fault in faults(name, point) if fault]
    assert found == []


@ROWS
def test_no_digit_is_lost_wherever_hypothesis_looks(name):
    op = OPS[name]

    def inside(interval):
        low, high = interval
        wide = st.floats(max(low, -1e300), min(high, 1e300), allow_subnormal=False)
        near = st.floats(max(low, -45.0), min(high, 45.0), allow_subnormal=False)
        return (wide | near).filter(lambda x: low < x < high)

    @given(st.tuples(*map(inside, op.domain)))
    def holds(point):
        if op.kink is None or op.kink(*point) != 0:
            assert [fault for fault in faults(name, point) if fault] == []

    holds()


@ROWS
def test_the_oracle_agrees_with_its_own_differences(name):
    middle = {"acosh": (1.7,), "asin": (0.3,), "acos": (0.3,), "atanh": (0.3,), "clip": (1, 0, 3)}
    point = middle.get(name, (1.3, 0.7, 0.4)[: OPS[name].arity])
    for i, slope in enumerate(oracle.slopes(name, point)):
        assert abs(oracle.difference(lambda xs: oracle.EXACT[name](*xs), point, i) - slope) < 1e-50
        for j, second in enumerate(oracle.seconds(name, point)[i]):
            found = oracle.difference(lambda xs, i=i: oracle.slopes(name, xs)[i], point, j)
            assert abs(found - second) < 1e-50


# The faults that were found, by name.


def second(f):
    return grad(grad(f))


@pytest.mark.parametrize(
    ("f", "x", "exact"),
    [
        (grad(ops.sigmoid), 40.0, 4.248354255291589e-18),
        (grad(ops.sigmoid), -40.0, 4.248354255291589e-18),
        (grad(ops.tanh), 19.0, 1.255653116819212e-16),
        (grad(ops.tanh), 20.0, 1.6993417021166355e-17),
        (second(ops.softplus), 40.0, 4.248354255291589e-18),
        (second(ops.sigmoid), 1e-10, -1.25e-11),
        (second(ops.asin), 1e-10, 1e-10),
        (grad(lambda y: 2**y), 1024.0, 1.2460659279417838e308),
    ],
)
def test_a_slope_in_a_far_tail_or_near_a_zero_is_not_rounded_away(f, x, exact):
    assert f(x) == pytest.approx(exact, rel=8 * EPS, abs=0)


def test_the_slope_of_gelu_in_its_left_tail_is_not_a_percent_off():
    assert OPS["gelu"].slopes_at((-10.0,), 0.0)[0] == pytest.approx(
        float(oracle.slopes("gelu", (-10.0,))[0]), rel=8 * EPS, abs=0
    )


def test_a_logaddexp_of_numbers_far_apart_knows_how_far_apart_they_are():
    # 0.1 - 700.3 rounds, and the exponential felt that hundreds of times over.
    point = (0.1, 700.3)
    got = OPS["logaddexp"].slopes_at(point, 700.3)[0]
    assert got == pytest.approx(float(oracle.slopes("logaddexp", point)[0]), rel=8 * EPS, abs=0)


def test_the_slope_of_a_root_of_a_tiny_number_knows_the_digits_of_its_exponent():
    got = grad(lambda x: x**0.3)(1e-250)
    assert got == pytest.approx(float(oracle.slopes("pow", (1e-250, 0.3))[0]), rel=8 * EPS, abs=0)


@pytest.mark.parametrize("point", [(1e-100, 3.1), (1e-160, 1.937), (1e-30, 10.33)])
def test_the_slope_of_a_power_that_has_lost_digits_to_underflow_has_lost_none(point):
    for got in (grad(ops.pow, 1)(*point), float(grad(ops.pow, 1)(*map(Value, point)))):
        assert got == pytest.approx(float(oracle.slopes("pow", point)[1]), rel=8 * EPS, abs=0)


def test_the_slope_of_a_power_that_overflows_is_there_as_long_as_it_is_a_float():
    point = (1.5, 1751.0)  # x**y overflows, x**(y - 1) and the slope do not
    for got in (grad(ops.pow, 1)(*point), float(grad(ops.pow, 1)(*map(Value, point)))):
        assert got == pytest.approx(float(oracle.slopes("pow", point)[1]), rel=8 * EPS, abs=0)


@pytest.mark.parametrize(
    ("x", "y"), [(2, 3.0), (2.0, 1023.9), (0.5, 900.0), (1.5, -2.0), (1e302, 1.0), (1e-3, 0.5)]
)
def test_a_power_of_a_number_is_differentiated_twice_in_its_exponent(x, y):
    exact = mp.log(x) ** 2 * mpf(x) ** mpf(y)
    assert second(lambda y: x**y)(y) == pytest.approx(float(exact), rel=8 * EPS, abs=0)


@pytest.mark.parametrize(("x", "wanted"), [(0.0, 0.0), (1.0, 0.0), (inf, inf), (-2.0, nan)])
def test_so_is_a_power_of_a_number_at_the_edges(x, wanted):
    assert alike(second(lambda y: x**y)(2.0), wanted)


def test_the_slope_of_a_power_in_its_base_at_the_bases_0_and_1():
    for y in (1e-20, 0.25, 0.5, 1.0, 1.5):
        assert grad(ops.pow)(1.0, y) == pytest.approx(y, rel=EPS)
        for zero in (0.0, -0.0):
            assert grad(ops.pow)(zero, y) == (inf if y < 1 else float(y == 1))


@pytest.mark.parametrize("c", [-7.3, -2.0, -0.5, 0.3, 1 / 3, 0.5, 1.5, 2.0, 2.1, 3.0, 10.7])
def test_powers_by_a_constant_lose_no_more_than_the_rounding_of_its_exponent(c):
    lost = mpf(c) - 1 - mpf(c - 1)
    for x in numbers_in((0.0, inf)):
        slope, curvature = grad(lambda x: x**c)(x), second(lambda x: x**c)(x)
        exact = oracle.slopes("pow", (x, c))[0], oracle.seconds("pow", (x, c))[0][0]
        assert not far("pow", 1, (x, c), slope, exact[0])
        if is_promised("pow", (x, c)):
            allowed = 8 + float(abs(lost * mp.log(x))) / EPS
            assert not far("constant power", 2, (x, c), curvature, exact[1], allowed)


def test_a_masked_logit_leaves_the_gradient_of_logsumexp_whole_in_any_order():
    for logits in ([-inf, -inf, 2.0], [2.0, -inf, -inf], [-inf, 2.0, -inf]):
        leaves = [Value(x) for x in logits]
        logsumexp(leaves).backward()
        assert [leaf.grad for leaf in leaves] == [float(x == 2.0) for x in logits]


# At ±inf, at the ends of the domain, outside of it, and at nan.

EDGES = {
    # op: (point, value, slopes, second derivatives), the mixed ones once.
    "add": [((inf, 1.0), inf, (1, 1), (0, 0, 0))],
    "mul": [((0.0, inf), nan, (inf, 0), (0, 1, 0))],
    "dot": [((0.0, inf), nan, (inf, 0), (0, 1, 0))],
    "div": [
        ((1.0, inf), 0, (0, 0), (0, 0, 0)),
        ((1.0, 0.0), inf, (inf, -inf), (0, -inf, inf)),
        ((inf, 2.0), inf, (0.5, -inf), (0, -0.25, inf)),
    ],
    "mod": [
        ((inf, 1.0), nan, (nan, nan), (0, 0, 0)),
        ((1.0, 0.0), nan, (nan, nan), (0, 0, 0)),
        ((5.0, inf), 5, (1, 0), (0, 0, 0)),
    ],
    "pow": [
        ((0.0, 1.0), 0, (1, 0), (0, -inf, 0)),
        ((0.0, 0.5), 0, (inf, 0), (-inf, -inf, 0)),
        ((0.0, 1.5), 0, (0, 0), (inf, 0, 0)),
        ((0.0, 2.0), 0, (0, 0), (2, 0, 0)),
        ((0.0, -1.0), inf, (-inf, -inf), (inf, inf, inf)),
        ((2.0, -inf), 0, (0, 0), (0, 0, 0)),
        ((0.5, inf), 0, (0, 0), (0, 0, 0)),
        ((inf, -2.0), 0, (0, 0), (0, 0, 0)),
        ((-1.0, 0.5), nan, (nan, nan), (nan, nan, nan)),
        ((-1.0, 2.0), 1, (-2, nan), (2, nan, nan)),
    ],
    "exp": [((inf,), inf, (inf,), (inf,)), ((-inf,), 0, (0,), (0,))],
    "expm1": [((inf,), inf, (inf,), (inf,)), ((-inf,), -1, (0,), (0,))],
    "exp2": [((inf,), inf, (inf,), (inf,)), ((-inf,), 0, (0,), (0,))],
    "log": [((inf,), inf, (0,), (0,)), ((0.0,), -inf, (inf,), (-inf,))],
    "log1p": [((inf,), inf, (0,), (0,)), ((-1.0,), -inf, (inf,), (-inf,))],
    "log2": [((inf,), inf, (0,), (0,)), ((0.0,), -inf, (inf,), (-inf,))],
    "log10": [((inf,), inf, (0,), (0,)), ((0.0,), -inf, (inf,), (-inf,))],
    "xlogy": [
        ((0.0, 0.5), 0, (-math.log(2), 0), (0, 2, 0)),
        ((1.0, 0.0), -inf, (-inf, inf), (0, inf, -inf)),
        ((1.0, -1.0), nan, (nan, nan), (0, nan, nan)),
    ],
    "sqrt": [((inf,), inf, (0,), (0,)), ((0.0,), 0, (inf,), (-inf,))],
    "cbrt": [((inf,), inf, (0,), (0,)), ((-inf,), -inf, (0,), (0,)), ((0.0,), 0, (inf,), (-inf,))],
    "sin": [((inf,), nan, (nan,), (nan,))],
    "asin": [((1.0,), math.pi / 2, (inf,), (inf,)), ((-1.0,), -math.pi / 2, (inf,), (-inf,))],
    "acos": [((1.0,), 0, (-inf,), (-inf,)), ((-1.0,), math.pi, (-inf,), (inf,))],
    "atan": [((inf,), math.pi / 2, (0,), (0,)), ((-inf,), -math.pi / 2, (0,), (0,))],
    "atan2": [
        ((1.0, inf), 0, (0, 0), (0, 0, 0)),
        ((inf, 1.0), math.pi / 2, (0, 0), (0, 0, 0)),
        ((0.0, 0.0), 0, (nan, nan), (nan, nan, nan)),
    ],
    "hypot": [
        ((inf, 1.0), inf, (1, 0), (0, 0, 0)),
        ((1.0, -inf), inf, (0, -1), (0, 0, 0)),
        ((1.0, 0.0), 1, (1, 0), (0, 0, 1)),
        ((0.0, 0.0), 0, (nan, nan), (nan, nan, nan)),
        ((inf, inf), inf, (nan, nan), (nan, nan, nan)),
    ],
    "sinh": [((-inf,), -inf, (inf,), (-inf,))],
    "cosh": [((-inf,), inf, (-inf,), (inf,))],
    "tanh": [((inf,), 1, (0,), (0,)), ((-inf,), -1, (0,), (0,))],
    "sech": [((inf,), 0, (0,), (0,)), ((-inf,), 0, (0,), (0,))],
    "asinh": [((inf,), inf, (0,), (0,)), ((-inf,), -inf, (0,), (0,))],
    "acosh": [((inf,), inf, (0,), (0,)), ((1.0,), 0, (inf,), (-inf,))],
    "atanh": [((1.0,), inf, (inf,), (inf,)), ((-1.0,), -inf, (inf,), (-inf,))],
    "erf": [((inf,), 1, (0,), (0,)), ((-inf,), -1, (0,), (0,))],
    "erfc": [((inf,), 0, (0,), (0,)), ((-inf,), 2, (0,), (0,))],
    "gaussian": [((inf,), 0, (0,), (0,)), ((-inf,), 0, (0,), (0,))],
    "sigmoid": [((inf,), 1, (0,), (0,)), ((-inf,), 0, (0,), (0,)), ((1500.0,), 1, (0,), (0,))],
    "log_sigmoid": [((inf,), 0, (0,), (0,)), ((-inf,), -inf, (1,), (0,))],
    "softplus": [((inf,), inf, (1,), (0,)), ((-inf,), 0, (0,), (0,))],
    "logaddexp": [
        ((-inf, -inf), -inf, (0.5, 0.5), (nan, nan, nan)),
        ((inf, inf), inf, (0.5, 0.5), (nan, nan, nan)),
        ((-inf, 2.0), 2, (0, 1), (0, 0, 0)),
        ((inf, 2.0), inf, (1, 0), (0, 0, 0)),
    ],
    "share": [((-inf, 2.0), 0, (0, 0), (0, 0, 0)), ((inf, inf), 0.5, (nan, nan), (nan, nan, nan))],
    "softsign": [((inf,), 1, (0,), (0,)), ((-inf,), -1, (0,), (0,)), ((0.0,), 0, (1,), (0,))],
    "relu": [((inf,), inf, (1,), (0,)), ((-inf,), 0, (0,), (0,))],
    "leaky_relu": [((-inf, 0.5), -inf, (0.5, -inf), (0, 1, 0))],
    "elu": [((-inf, 1.0), -1, (0, -1), (0, 0, 0)), ((inf, 1.0), inf, (1, 0), (0, 0, 0))],
    "gelu": [((inf,), inf, (1,), (0,)), ((-inf,), 0, (0,), (0,))],
    "silu": [((inf,), inf, (1,), (0,)), ((-inf,), 0, (0,), (0,))],
    "mish": [((inf,), inf, (1,), (0,)), ((-inf,), 0, (0,), (0,))],
    "abs": [((-inf,), inf, (-1,), (0,))],
    "floor": [((inf,), inf, (0,), (0,)), ((-0.0,), -0.0, (0,), (0,))],
    "round": [((-inf,), -inf, (0,), (0,)), ((2.5,), 2, (0,), (0,)), ((3.5,), 4, (0,), (0,))],
    "maximum": [((inf, inf), inf, (0.5, 0.5), (0, 0, 0))],
}


def alike(got, wanted):
    return got == wanted or (got != got and wanted != wanted) or math.isclose(got, wanted)


@pytest.mark.parametrize("name", EDGES)
def test_at_the_edges_value_slopes_and_second_derivatives_are_the_limits(name):
    op = OPS[name]
    for point, value, slopes, seconds in EDGES[name]:
        out = op(*point)
        rows = second_derivatives(op, point)
        pairs = [(0, 0)] if op.arity == 1 else [(0, 0), (0, 1), (1, 1)]
        got = [out, *op.slopes_at(point, out), *[rows[i][j] for i, j in pairs]]
        assert all(map(alike, got, [value, *slopes, *seconds])), (point, got)
        if op.arity == 2:
            assert alike(rows[0][1], rows[1][0]), (point, rows)
        over_values = grad(op, range(op.arity))(*map(Value, point))
        assert all(map(alike, map(float, over_values), slopes)), (point, over_values)


@pytest.mark.parametrize(
    ("name", "x"),
    [
        ("log", -1.0), ("log1p", -2.0), ("log2", -1.0), ("log10", -1.0), ("sqrt", -1.0),
        ("asin", 2.0), ("acos", -2.0), ("acosh", 0.5), ("acosh", -3.0), ("atanh", 3.0),
        ("atanh", -1.5), ("sin", inf), ("cos", inf), ("tan", -inf), ("log", -inf), ("asin", inf),
    ],
)  # fmt: skip
def test_outside_the_domain_the_slopes_are_nan_as_the_value_is(name, x):
    op = OPS[name]
    assert math.isnan(op(x))
    assert math.isnan(op.slopes_at((x,), op(x))[0])
    assert math.isnan(second_derivatives(op, (x,))[0][0])


@ROWS
def test_nan_in_gives_nan_out_and_nan_slopes(name):
    op = OPS[name]
    for i in range(op.arity):
        point = [0.5] * op.arity
        point[i] = nan
        # What chooses shows the branch it takes, and nothing of the other.
        if i > 0 and name in ("where", "leaky_relu", "elu"):
            continue
        out = op.forward(*point)
        assert math.isnan(out)
        slope = op.slopes_at(tuple(point), out)[i]
        # A slope that does not depend on the input in question is what it is.
        constant = not callable(op.slopes) or name in ("mul", "dot", "div", "xlogy", "where")
        assert math.isnan(slope) or constant


def test_a_nan_in_a_comparison_is_not_taken_for_a_choice():
    assert math.isnan(ops.where(ops.greater(nan, 0.0), 1.0, -1.0))
    x, y = Value(1.0), Value(-1.0)
    out = ops.where(ops.greater(Value(nan), 0.0), x, y)
    out.backward()
    assert all(map(math.isnan, (out.data, x.grad, y.grad)))
    for f in (ops.relu, ops.leaky_relu, ops.elu, ops.abs):
        assert math.isnan(grad(f)(nan))


@pytest.mark.parametrize("point", [(0.0, 1.0), (0.0, 0.5), (1e160, 2.0), (2.0, 3.0), (1.0, 0.0)])
def test_the_mixed_second_derivatives_of_pow_are_the_same(point):
    rows = hessian(ops.pow)(*point)
    assert rows[0][1] == pytest.approx(rows[1][0], rel=8 * EPS)
    assert rows[0][1] == pytest.approx(float(_mixed(*point)), rel=8 * EPS)


def _mixed(x, y):
    return oracle.seconds("pow", (x, y))[0][1] if x else -inf


# Rows of many inputs.


@pytest.mark.parametrize(
    ("op", "xs", "value", "slopes"),
    [
        (ops.maximum, (1.0, 1.0, 1.0), 1.0, (1 / 3, 1 / 3, 1 / 3)),
        (ops.maximum, (1.0, 3.0, 2.0, 3.0), 3.0, (0.0, 0.5, 0.0, 0.5)),
        (ops.minimum, (1.0, 3.0, 1.0), 1.0, (0.5, 0.0, 0.5)),
        (ops.maximum, (inf, inf, -inf), inf, (0.5, 0.5, 0.0)),
        (ops.minimum, (1.0, nan, 0.0), nan, (nan, nan, nan)),
    ],
)
def test_many_inputs_that_tie_share_the_gradient_evenly(op, xs, value, slopes):
    assert alike(op(*xs), value)
    leaves = [Value(x) for x in xs]
    out = op(*leaves)
    out.backward()
    assert alike(out.data, value)
    assert all(map(alike, [x.grad for x in leaves], slopes))


def test_the_public_names_are_there():
    assert autograd.round(2.5) == 2.0
    assert autograd.mod(-7.0, 3.0) == 2.0
    assert grad(autograd.mod, (0, 1))(-7.0, 3.0) == (1.0, 3.0)
