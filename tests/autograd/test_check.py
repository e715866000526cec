"""The checks are checked: they name the node and the slope, and are silent where all is right."""

import importlib
import math
import sys
from random import Random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from autograd import (
    OPS,
    GradcheckError,
    Value,
    abs,
    add_op,
    atan2,
    check_op,
    cos,
    detect_anomaly,
    div,
    equal,
    exp,
    gradcheck,
    greater,
    hypot,
    log,
    no_grad,
    pow,
    relu,
    sigmoid,
    sign,
    sin,
    softplus,
    sqrt,
    step,
    tanh,
    where,
)
from autograd.check import derivative, judge
from autograd.numerical import compare
from autograd.sampling import edges, inner, trials
from autograd.strategies import Constant, Program, expressions, floats_for, fuzz, programs, values


def test_a_right_gradient_passes():
    assert gradcheck(lambda x, y: tanh(x * y) / (1 + x * x), (0.3, -1.5)) is True
    assert gradcheck(lambda x: x * 3, [2.0], order=1) is True


def test_the_report_names_the_node_and_the_wrong_slope():
    wrong = add_op("half_tanh", math.tanh, lambda x, out: (0.5 * (1 - out * out),))

    def f(x):
        y = wrong(x * 2)
        y.label = "y"
        return y + x

    with pytest.raises(GradcheckError) as caught:
        gradcheck(f, (0.25,))
    message = str(caught.value)
    assert message.startswith("node v3 'y' = half_tanh(0.5): slope 0 (∂half_tanh/∂input 0) is 0.39")
    assert "should be 0.78" in message


def test_many_faults_are_counted():
    wrong = add_op("wrong", math.sin, lambda x, out: (2.0 + 0 * x,))
    with pytest.raises(GradcheckError, match=r"\.\.\. and 2 more$"):
        gradcheck(lambda x: wrong(wrong(wrong(wrong(wrong(x))))), (0.5,))


def test_a_slope_that_is_no_graph_is_caught_at_second_order_alone():
    frozen = add_op("frozen", lambda x: x**3, lambda x, out: (3 * float(x) ** 2,))
    assert gradcheck(frozen, (1.5,), order=1)
    with pytest.raises(
        GradcheckError,
        match=r"derivative of slope 0 in input 0 is 0\.0, should be 9 \(write slopes with the",
    ):
        gradcheck(frozen, (1.5,))


def test_a_row_with_too_few_slopes_later_on_is_caught():
    moody = add_op(
        "moody", lambda x, y: x + y, lambda x, y, out: (1.0, 1.0) if x == 0.5 else (1.0,)
    )
    with pytest.raises(
        GradcheckError, match="there must be one slope for each of its 2 inputs, got 1"
    ):
        gradcheck(moody, (3.0, 4.0))


def test_leaving_the_graph_is_caught_although_each_slope_is_right():
    with pytest.raises(
        GradcheckError,
        match="the gradient in input 0 is 3.0, should be 6, although each node's slopes are right",
    ):
        gradcheck(lambda x: x * x.data, (3.0,))
    with pytest.raises(
        GradcheckError, match="f returned float, not a Value, so no gradient can flow"
    ):
        gradcheck(lambda x: math.sin(x), (3.0,))
    with pytest.raises(
        GradcheckError, match="second derivative in inputs 0 and 0 is 4.0, should be 12"
    ):
        gradcheck(parabola_that_touches_a_cube, (2.0,))


def parabola_that_touches_a_cube(x):
    # At every x the value and the slope of x³; the curvature is 4 instead of 6x, because c is not
    # in the graph.
    c = x.data
    return 3 * c * c * x - 2 * c**3 + 2 * (x - c) * (x - c)


def test_kinks_are_not_judged_and_their_surroundings_are():
    found = gradcheck(lambda x: relu(x) + abs(x), (0.0,))
    assert not found
    assert len(found.right) == 4
    assert found.wrong == []
    assert {(x.kind, x.order) for x in found.unjudged} == {("slope", 1), ("gradient", 1)}
    assert str(found).startswith("not judged: 3 of 7 derivatives\nslope 0 of relu(0.0): at a kink")
    for near in (1e-3, 1e-4, 1e-6, 1e-9):
        assert gradcheck(lambda x: relu(x) + abs(x), (near,)) is True
    assert gradcheck(lambda x, y: where(x, x * y, y), (2.0, 3.0)) is True


def test_no_false_alarm_next_to_a_kink_nor_in_fast_or_cancelling_functions():
    for x in (1e-12, 1e-6, -1e-6, 1e-4, 1e-2):
        assert gradcheck(lambda x: relu(x) + abs(x), (x,))
    for x in range(40):
        point = (0.1 * x - 2.03,)
        assert gradcheck(lambda x: sin(1000 * x), point)
        assert gradcheck(lambda x: exp(-1e4 * x * x), point)
        assert gradcheck(lambda x: (x + 1e10) - 1e10, point)
        assert not judge(lambda x: tanh(1000 * x), point).wrong  # 1e-199 in the tails: unseen


@pytest.mark.parametrize(
    ("f", "point"),
    [
        (lambda x: where(greater(x, 5.0), x, x * x.data), (2.0,)),
        (lambda x, y: relu(x) + y * y.data, (0.0, 2.0)),
        (lambda x: x * x.data * 1e-7, (2.0,)),
        (lambda x: x * x.data, (1e-3,)),
    ],
)
def test_no_fault_hides_behind_a_branch_a_kink_elsewhere_or_a_small_number(f, point):
    with pytest.raises(GradcheckError, match="although each node's slopes are right"):
        gradcheck(f, point)


def test_second_derivatives_are_not_measured_across_a_kink_in_the_other_input():
    assert gradcheck(lambda x, y: x * relu(y - 2.0), (3.0, 2.0 + 1e-4))
    assert gradcheck(lambda x, y: x * x * abs(y), (3.0, -1e-5))


def test_inputs_come_as_a_sequence():
    with pytest.raises(
        TypeError, match=r"takes the inputs as a sequence, as in gradcheck\(f, \(0.5,\)\), got 2.0"
    ):
        gradcheck(tanh, 2.0)


def test_nothing_is_asked_of_constants():
    # The slope of a power in its exponent is nan for a negative base; no gradient flows there.
    found = judge(lambda x: (x - 2) ** 3, (-1.0,))
    assert found
    slopes = [(x.node.op.name, x.position) for x in found.right if x.kind == "slope"]
    assert slopes == [("sub", 0), ("sub", 0), ("pow", 0), ("pow", 0)]


def test_order_one_asks_for_no_second_derivative():
    assert {x.order for x in judge(lambda x: tanh(x) * x, (0.5,), order=1).findings} == {1}
    assert {x.order for x in judge(lambda x: tanh(x) * x, (0.5,)).findings} == {1, 2}


@pytest.mark.parametrize(
    ("f", "inputs", "reason"),
    [
        (div, (0.0, 0.0), "its value is nan"),
        (lambda x: x / 0.0, (1.0,), "its value is inf"),
        (atan2, (0.0, 0.0), "outside the domain of its op, or at the end of it"),
        (sqrt, (0.0,), "outside the domain of its op, or at the end of it"),
        (lambda x: x ** (1 / 3), (0.0,), "outside the domain of its op, or at the end of it"),
        (pow, (-2.0, 3.0), "outside the domain of its op, or at the end of it"),
        (lambda x: log(-x), (1.0,), "its value is nan"),
        (hypot, (0.0, 0.0), "at a kink, where there is no derivative"),
        (sin, (1e15,), "too noisy to measure"),
    ],
)
def test_e5_what_cannot_be_judged_is_neither_blamed_nor_passed(f, inputs, reason):
    found = gradcheck(f, inputs)
    assert not found
    assert reason in {x.reason for x in found.unjudged}
    assert reason in str(found)


def test_outside_of_its_domain_a_slope_that_is_right_is_right():
    assert gradcheck(div, (1.0, -2.0)) is True


def test_e5_an_infinite_slope_is_not_near_an_infinite_one():
    infinite = add_op("infinite", lambda x: x * x, lambda x, out: (math.inf,))
    with pytest.raises(GradcheckError, match=r"is inf, should be 2$"):
        gradcheck(infinite, (1.0,))
    with pytest.raises(GradcheckError, match="is inf, should be"):
        check_op(infinite)
    root = add_op(
        "root", lambda x: math.copysign(math.sqrt(math.fabs(x)), x), lambda x, out: (math.inf,)
    )
    found = gradcheck(root, (0.0,), order=1)
    assert not found
    assert "its slope is not finite, and the numerical one is no clearer" in str(found)


@pytest.mark.parametrize("s", [1e-16, 1e-20, 1e-100, 1e-150, 1.0, 1e20, 1e100])
def test_e5_tolerances_are_relative_to_the_size_of_the_function(s):
    right = add_op("right", lambda x: s * x * x, lambda x, out: (2 * s * x,))
    assert gradcheck(right, (0.7,)) is True
    assert check_op(right) is True
    wrong = add_op("wrong", lambda x: s * x * x, lambda x, out: (3 * s * x,))
    for check in (check_op, fuzz, lambda op: gradcheck(op, (0.7,))):
        with pytest.raises(GradcheckError, match="= wrong"):
            check(wrong)


@pytest.mark.parametrize("s", [1e-20, 1e-12, 1e-3, 1e3, 1e12])
def test_and_to_the_size_of_the_inputs(s):
    assert gradcheck(lambda x: x * x * x, (s,)) is True
    with pytest.raises(GradcheckError, match="although each node's slopes are right"):
        gradcheck(lambda x: x * x.data, (s,))
    with pytest.raises(GradcheckError, match="although each node's slopes are right"):
        gradcheck(lambda x: x * x.data * s, (0.7,))


def test_e5_what_draws_at_random_or_keeps_a_state_is_not_judged():
    rng, calls = Random(0), iter(range(10**6))
    for f in (
        lambda x: x * rng.random(),
        lambda x: x * (rng.random() < 0.5),  # dropout
        lambda x: x * next(calls),
        lambda x: where(rng.random() < 0.5, x, 0.0) + 0.0 * x,
    ):
        found = gradcheck(f, (1.0,))
        assert not found
        assert "it draws at random, or keeps a state" in str(found)
    assert gradcheck(lambda x: x * Random(0).random(), (1.0,)) is True


def test_a_function_that_changes_while_it_is_measured_is_not_judged():
    calls = []

    def f(x):
        calls.append(x)
        return x * x if len(calls) < 20 else 2 * x * x

    assert "keeps a state" in str(gradcheck(f, (1.0,), order=1))


def test_e5_rows_that_draw_at_random_are_not_judged():
    rng = Random(0)
    noise = add_op(
        "noise", lambda x: x * rng.random(), lambda x, out: (out / x,), domain=((1.0, 2.0),)
    )
    assert "it draws at random" in str(check_op(noise))
    with pytest.raises(
        GradcheckError, match="fuzz could judge no slope of noise: it gives a different result"
    ):
        fuzz(noise)
    moody = add_op("moody", lambda x: x, lambda x, out: (rng.random(),))
    assert "it draws at random" in str(gradcheck(moody, (1.0,)))


def test_e5_steps_never_leave_the_domain():
    tried = []

    def value(x):
        tried.append(x)
        return x * math.log(x)

    entropy = add_op("entropy", value, lambda x, out: (1 + log(x),), domain=((0.0, math.inf),))
    assert check_op(entropy) is True
    fuzz(entropy, max_examples=30)
    for x in (1e-12, 0.5, 1e12):
        assert gradcheck(lambda x: entropy(x) * entropy(x), (x,)) is True
    assert gradcheck(lambda x: entropy(1 - x * x), (0.999,)) is True
    assert min(tried) > 0


DOMAINS = [
    (300.0, 300.5),
    (2e4, math.inf),
    (1e-300, 1e-299),
    (-math.inf, -1e5),
    (0, 5),
    (1e17, math.inf),
    (-1e300, -1e299),
    (0.0, 1e300),
    (1.0, 1.000001),
    (-1e-20, 1e-20),
    (1e308, math.inf),
    (-math.inf, -1e308),
]


@pytest.mark.parametrize("domain", DOMAINS)
def test_e5_domains_of_any_width_and_place(domain):
    right = add_op("right", lambda x: x / 4, (0.25,), domain=(domain,))
    assert check_op(right) is True
    fuzz(right, max_examples=10)
    wrong = add_op("wrong", lambda x: x / 4, (0.251,), domain=(domain,))
    for check in (check_op, fuzz):
        with pytest.raises(GradcheckError, match=r"slope 0 .* is 0\.251, should be 0\.25"):
            check(wrong)
    low, high = domain
    for x in [*edges(domain), *inner(domain), *next(trials(right, Random(0)))]:
        assert low < x < high


def test_the_points_of_check_op_are_drawn_in_the_domain_and_near_its_ends():
    tried = []

    def value(x, y):
        tried.append((x, y))
        return x + y

    two = add_op("two", value, (1.0, 1.0), domain=((0.0, 1.0), (-math.inf, math.inf)))
    assert check_op(two, points=5) is True
    xs, ys = zip(*tried)
    assert 0 < min(xs) < 1e-6 < 1 - 1e-6 < max(xs) < 1
    assert min(ys) < -1e7
    assert max(ys) > 1e7
    assert any(0 < y < 1e-5 for y in ys)


def test_check_op_asks_for_as_many_judged_points_as_it_is_told():
    seen = set()
    half = add_op(
        "half", lambda x: x / 2, lambda x, out: (seen.add(x) or 0.5,), domain=((0.0, 1.0),)
    )
    few = len({*edges((0.0, 1.0))})
    assert check_op(half, points=10) is True
    assert len(seen & {*[x for x in seen if isinstance(x, float)]}) >= few + 10


def test_a_row_without_a_value_anywhere_is_not_judged():
    empty = add_op("empty", lambda x: math.nan, (1.0,))
    assert str(check_op(empty)).endswith("its value is nan")
    raising = add_op("raising", lambda x: x if x == 0.5 else 1 / 0, (1.0,))
    assert "raising raised ZeroDivisionError there: division by zero" in str(check_op(raising))


def test_a_wrong_derivative_is_blamed_on_the_slope_that_is_wrong():
    # The wrong slope in y also spoils the derivative of the slope in x, which is x / out.
    norm = add_op(
        "norm",
        math.hypot,
        lambda x, y, out: (div(x, out), -div(y, out)),
        kink=math.hypot,
    )
    with pytest.raises(GradcheckError, match=r"slope 1 \(∂norm/∂input 1\) is"):
        check_op(norm)


def test_values_and_functions_that_are_not_there_beside_the_point():
    assert "outside the domain" in str(gradcheck(tanh, (math.inf,)))
    raw = add_op("raw", math.exp, lambda x, out: (out,))
    assert gradcheck(raw, (704.0,)) is True
    assert gradcheck(lambda x: x * x if x < 1.1 else x / 0, (1.0,)) is True

    def raises_beyond(x):
        return x * x if x < 1.01 else x * (1 / 0)

    assert gradcheck(raises_beyond, (1.0,), order=1) is True


def test_the_whole_is_not_judged_where_a_second_derivative_is_infinite():
    steep = add_op(
        "steep",
        lambda x: math.fabs(x) ** 1.5,
        lambda x, out: (1.5 * sign(x) * sqrt(abs(x)),),
    )
    found = gradcheck(lambda x, y: steep(x) + y * y, (0.0, 1.0))
    assert not found
    assert {x.order for x in found.unjudged} == {2}


@pytest.mark.parametrize(
    ("forward", "slopes", "columns"),
    [
        # overflows far out
        (
            lambda x: math.log(1 - math.exp(-x)),
            lambda x, out: (1 / (exp(x) - 1),),
            {"domain": ((0.0, math.inf),)},
        ),
        # has no value far out
        (
            lambda x: math.log(math.log1p(math.exp(x))),
            lambda x, out: (sigmoid(x) / softplus(x),),
            {},
        ),
        # cancels near 0
        (
            lambda x: math.sin(x) / x if x else 1.0,
            lambda x, out: (where(equal(x, 0.0), 0.0, div(cos(x) - out, x)),),
            {},
        ),
        (
            lambda x: (1 - math.cos(x)) / (x * x),
            lambda x, out: (div(x * sin(x) - 2 * (1 - cos(x)), x**3),),
            {"kink": lambda x: x},
        ),
        # kinks that are not declared
        (lambda x: max(x, 0.0), lambda x, out: (step(x),), {}),
        (math.ceil, (0.0,), {}),
    ],
)
def test_no_alarm_where_formulas_overflow_cancel_or_jump(forward, slopes, columns):
    op = add_op("mine", forward, slopes, **columns)
    assert check_op(op) is True
    fuzz(op, max_examples=30)


@pytest.mark.parametrize(
    ("forward", "slope"),
    [
        (math.sin, lambda x, out: where(greater(abs(x - 1.0), 0.1), cos(x), -cos(x))),
        (
            lambda x: 1 / (1 + math.exp(-x)),
            lambda x, out: where(greater(-20.5, x), 0.0, out * (1 - out)),
        ),
        (math.tanh, lambda x, out: where(greater(abs(x), 5.0), 0.0, 1 - out * out)),
        (lambda x: x * x, lambda x, out: where(greater(abs(x), 1e4), 3 * x, 2 * x)),
        (lambda x: x * x, lambda x, out: where(greater(abs(x), 1e-4), 2 * x, 5 * x)),
    ],
)
def test_faults_in_a_small_place_are_found(forward, slope):
    op = add_op("mine", forward, lambda x, out: (slope(x, out),))
    for check in (check_op, fuzz):
        with pytest.raises(GradcheckError, match=r"^node v1 = mine\("):
            check(op)


def test_fuzz_finds_slopes_that_are_no_graph():
    frozen = add_op("frozen", lambda x: x**3, lambda x, out: (3 * float(x) ** 2,))
    with pytest.raises(GradcheckError, match="the derivative of slope 0 in input 0 is 0.0, should"):
        fuzz(frozen)


def test_a_slope_that_jumps_around_its_curve_is_noise():
    def slope(x):
        return math.cos(x) + (1e-3 if x == 1.0 else 0.0)

    assert compare(slope, math.sin, 1.0).reason == "too noisy to measure"

    def wavering(x):
        return math.cos(x) + (1e-3 if x >= 1e-3 else -1e-3)

    assert compare(wavering, math.sin, 1e-3).reason == "too noisy to measure"


def test_fuzz_says_that_it_could_judge_nothing():
    square = add_op("square", lambda x: x * x, lambda x, out: (2 * x,), domain=((1e-300, 1e-299),))
    with pytest.raises(GradcheckError, match="fuzz could judge no slope of square: too noisy to"):
        fuzz(square, max_examples=10)


def test_a_verdict_reads_as_a_sentence():
    assert repr(judge(tanh, (0.5,))) == "right: 4 derivatives agree with numbers"
    assert (
        repr(judge(lambda: Value(1.0), ()))
        == "not judged: 0 of 0 derivatives: there is nothing to judge"
    )
    assert not judge(lambda: Value(1.0), ())
    wrong = add_op("wrong", math.sin, lambda x, out: (2.0,))
    assert repr(judge(wrong, (0.5,))).startswith("node v1 = wrong(0.5): slope 0")
    many = judge(lambda x: relu(x) + relu(2 * x) + relu(3 * x), (0.0,))
    assert str(many).endswith("... and 1 more")


def test_a_nan_kink_is_a_kink():
    odd = add_op("odd", lambda x: x, (1.0,), kink=lambda x: math.nan if x > 1 else 1.0)
    assert "at a kink" in str(gradcheck(odd, (2.0,)))


def test_order_is_one_or_two():
    with pytest.raises(ValueError, match=r"gradcheck\(order\) must be 1 or 2, got 3"):
        gradcheck(tanh, (1.0,), order=3)


def test_gradcheck_works_inside_the_modes():
    with no_grad(), detect_anomaly():
        assert gradcheck(tanh, (0.5,))


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.exp, 1.0, math.e),
        (math.sin, 1e6, math.cos(1e6)),
        (lambda x: x**3, -2.0, 12.0),
        (lambda x: 5.0, 1.0, 0.0),
        (math.atan, 1e3, 1 / (1 + 1e6)),
    ],
)
def test_numerical_derivatives_know_their_own_error(f, x, slope):
    got, error = derivative(f, x)
    assert abs(got - slope) <= 10 * error + 1e-15
    assert error < 1e-6 * max(1, abs(slope))


def test_a_derivative_next_to_the_end_of_a_domain():
    got, error = derivative(math.log, 1e-5, reach=1e-5)
    assert got == pytest.approx(1e5, rel=1e-8)
    assert math.isnan(derivative(lambda x: math.nan, 1.0)[0])
    assert derivative(math.sin, 1e300, reach=1e-300) == pytest.approx(
        (math.nan, math.inf), nan_ok=True
    )


def test_check_op_passes_over_points_without_a_value_and_rows_without_numpy():
    assert check_op(
        add_op("steep", OPS["exp"].forward, lambda x, out: (out,), domain=((-800.0, 800.0),))
    )
    assert check_op(add_op("gap", lambda x: x if x > 1 else math.nan, (1.0,), domain=((0.0, 8.0),)))


def test_check_op_works_without_numpy(monkeypatch):
    monkeypatch.setitem(sys.modules, "numpy", None)
    assert check_op(OPS["sin"])


# Strategies


@pytest.mark.slow
@given(st.data())
@pytest.mark.parametrize("op", OPS.values(), ids=OPS.keys())
def test_floats_for_stays_in_the_domain_and_off_the_kinks(op, data):
    point = data.draw(floats_for(op))
    assert all(low < x < high for x, (low, high) in zip(point, op.domain))
    assert op.kink is None or op.kink(*point) != 0
    assert math.isfinite(op.forward(*point))


@given(values(-1.0, 1.0))
def test_values_are_leaves_between_the_bounds(v):
    assert isinstance(v, Value)
    assert v.inputs == ()
    assert -1 <= v.data <= 1


@given(programs())
def test_the_gradient_of_every_random_program_passes(program):
    assert gradcheck(program, program.point)


@given(programs())
def test_programs_compute_the_same_on_floats_and_values_and_as_pasted_code(program):
    out = program(*map(Value, program.point))
    assert float(out) == program(*program.point)
    names = dict(OPS)
    source = repr(program)
    if source.startswith("def"):
        *definition, call = source.split("\n")
        exec("\n".join(definition), names)
        source = call
    pasted = eval(
        source.replace(repr_of_point(program), ", ".join(f"Value({x!r})" for x in program.point)),
        {**names, "Value": Value},
    )
    assert float(pasted) == float(out)


def repr_of_point(program):
    return ", ".join(map(repr, program.point))


@given(expressions())
def test_expressions_print_as_one_lambda(program):
    assert repr(program).startswith("(lambda x0")
    assert "\n" not in repr(program)


def test_a_shared_step_gets_a_name_when_printed():
    add, mul = OPS["add"], OPS["mul"]
    program = Program((2.0,), ((add, (0, Constant(-1.0))), (OPS["exp"], (0,)), (mul, (1, 1))))
    assert repr(program) == "def f(x0):\n    v1 = x0 + -1.0\n    return v1 * v1\nf(2.0)"
    assert program(2.0) == 1.0


@pytest.mark.slow
def test_failures_shrink_to_a_minimal_program():
    few = settings(max_examples=200)
    smallest = find(
        programs(),
        lambda p: any(op.name == "exp" for op, _ in p.steps) and len(p.steps) > 1,
        settings=few,
    )
    assert len(smallest.steps) == 2
    with pytest.raises(NoSuchExample):
        find(
            expressions([OPS["add"]]),
            lambda p: any(op.name == "mul" for op, _ in p.steps),
            settings=few,
        )


def test_hypothesis_prints_a_program_as_code():
    @given(expressions([OPS["add"]]))
    def fails(program):
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()
    notes = "\n".join(getattr(caught.value, "__notes__", ["(lambda x0"]))
    assert "(lambda x0" in notes


def test_fuzz_reports_an_op_that_raises_inside_its_domain():
    fragile = add_op(
        "fragile",
        lambda x: 1 / x if x else 1 / 0,
        lambda x, out: (-out * out,),
        domain=((-5.0, 5.0),),
    )
    with pytest.raises(
        GradcheckError, match="an op raised ZeroDivisionError inside its domain: division by zero"
    ):
        fuzz(fragile, among=[OPS["sub"]])


def test_strategies_say_what_they_need_when_hypothesis_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "autograd.strategies")
    with pytest.raises(
        ImportError, match="autograd.strategies needs hypothesis: pip install hypothesis"
    ):
        importlib.import_module("autograd.strategies")


@pytest.mark.parametrize("n", [1, 2, 3, 4.0, 7])
@pytest.mark.parametrize("x", [0.0, -1.5, 2.0])
def test_whole_powers_are_judged_everywhere(n, x):
    assert gradcheck(lambda x: x**n, [x])
    assert gradcheck(lambda x, y: (x * y) ** n + x, [x, 0.5])


@pytest.mark.parametrize("n", [0.5, 1.5, -1, 0])
def test_other_powers_are_not_judged_at_0(n):
    verdict = gradcheck(lambda x: x**n, [0.0])
    assert not verdict and not verdict.wrong
