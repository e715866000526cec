"""Paths: the chain rule, term by term."""

import importlib
import math

import pytest
from hypothesis import given

from autograd import Value, detect_anomaly, explain, log, maximum, no_grad, relu, sqrt, tanh
from autograd.strategies import programs


def test_paths_multiply_and_add_up():
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    e = a * b
    e.label = "e"
    loss = e * a + a
    loss.label = "L"
    told = explain(loss, a)
    assert told.count == 3
    assert sum(path.product for path in told.paths) == told.grad == 2 * 2 * -3 + 1
    assert str(told) == (
        "∂L/∂a = -11, the sum over 3 paths:\n"
        "  a → e → mul → L: -3 × 2 × 1 = -6\n"
        "  a → mul → L: -6 × 1 = -6\n"
        "  a → L: 1 = 1\n"
        "with the slopes\n"
        "  a → e: b = -3, the other factor of a * b\n"
        "  e → mul: a = 2, the other factor of e * a\n"
        "  mul → L: 1, of mul + a\n"
        "  a → mul: e = -6, the other factor of e * a\n"
        "  a → L: 1, of mul + a"
    )


@given(programs(max_ops=7))
def test_the_sum_over_all_paths_is_the_gradient(program):
    xs = [Value(x) for x in program.point]
    out = program(*xs)
    out.backward()
    for x in xs:
        told = explain(out, x, limit=10**6)
        assert told.count == len(told.paths)
        assert told.grad == (x.grad if x is not out else 1.0)
        products = [path.product for path in told.paths]
        largest = max(map(abs, products), default=1.0)
        assert sum(products) == pytest.approx(told.grad, rel=1e-9, abs=1e-9 * largest)
        sizes = list(map(abs, products))
        assert sizes == pytest.approx(sorted(sizes, reverse=True), rel=1e-4)
        assert str(told)


def test_the_number_of_paths_is_exact_when_they_explode():
    x = Value(1.0, "x")
    y = x
    for _ in range(300):
        y = y + y
    y.label = "y"
    told = explain(y, x, limit=2)
    assert told.count == 2**300
    assert len(told.paths) == 2
    assert told.grad == 2.0**300
    assert "... and about 10^90 paths more" in str(told)
    for _ in range(20_000):
        y = y + y
    assert "the sum over about 10^6111 paths" in str(explain(y, x, limit=0))


def test_one_path_through_a_deep_graph():
    x = Value(0.5, "x")
    y = x
    for _ in range(20_000):
        y = -y
    told = explain(y, x)
    assert (told.count, told.grad, told.paths[0].product) == (1, 1.0, 1.0)


def test_no_path_and_the_root_itself():
    x, y = Value(1.0, "x"), Value(2.0)
    assert str(explain(x, x)) == "∂x/∂x = 1, the sum over 1 path:\n  x: 1"
    told = explain(tanh(x), y)
    assert (told.count, told.paths, told.grad) == (0, (), 0.0)
    assert str(told) == "∂tanh/∂2 = 0: no path leads from 2 to tanh"


def test_no_gradient_is_explained_into_a_constant():
    y = Value(3.0, "x") * 2
    told = explain(y, y.inputs[1])
    assert (told.count, told.grad) == (0, 0.0)


def test_only_the_part_between_is_walked():
    x, w = Value(1.0, "x"), Value(2.0, "w")
    inner = x * x
    told = explain(inner * w, inner)
    assert told.count == 1
    assert told.paths[0].slopes == (2.0,)


def doubled(n):
    """A graph in which 2^n paths lead from x to y."""
    x = y = Value(1.0, "x")
    for _ in range(n):
        y = y + y
    return y, x


def test_paths_along_the_same_nodes_are_joined_or_told_apart():
    a = Value(3.0, "a")
    square = a * a
    square.label = "L"
    assert str(explain(square, a)) == (
        "∂L/∂a = 6, the sum over 2 paths:\n"
        "  a → L: 3 = 3, twice\n"
        "with the slopes\n"
        "  a → L: a = 3, the other factor of a * a"
    )
    nothing = a - a
    nothing.label = "L"
    assert str(explain(nothing, a)) == (
        "∂L/∂a = 0, the sum over 2 paths:\n"
        "  a → L: 1 = 1\n"
        "  a → L: -1 = -1\n"
        "with the slopes\n"
        "  a → L as input 1: 1, of a - a\n"
        "  a → L as input 2: -1, of a - a"
    )
    assert ", 4 times" in str(explain(*doubled(2)))


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (tanh, "x → f: sech(x) ** 2 = 0.786448, of tanh(x)"),
        (lambda x: x * 2, "x → f: 2, the other factor of x * 2"),
        (lambda x: x * Value(2.0), "x → f: 2, the other factor of x * 2"),
        (lambda x: x**3, "x → f: 3 * x ** 2 = 0.75, of x ** 3"),
        (lambda x: -x, "x → f: -1, of -x"),
        (sqrt, "x → f: 0.5 / f = 0.707107, of sqrt(x)"),
        (log, "x → f: 1 / x = 2, of log(x)"),
        (lambda x: x ** Value(2.0, "n"), "x → f: 1, of x ** n"),  # its formula is too long
        (
            lambda x: maximum(*[x] * 20),
            "x → f: equal(x, f) / (20 * equal(x, f)) = 0.05, of maximum(x, x,",
        ),
    ],
)
def test_each_slope_says_where_it_comes_from(function, reason):
    x = Value(0.5, "x")
    out = function(x)
    out.label = "f"
    with no_grad(), detect_anomaly():
        assert str(explain(out, x)).split("\n  ")[2].startswith(reason)


def test_a_long_path_is_printed_by_its_ends():
    y = x = Value(0.5, "a name that is much too long to be printed whole in every line of it")
    for _ in range(100):
        y = tanh(y * 1.5)
    text = str(explain(y, x))
    assert len(text) < 3000
    assert "→ (177 more) →" in text
    assert text.endswith("\n  ...")
    assert len(repr(explain(y, x).paths[0])) == 200


@pytest.mark.parametrize("limit", [None, 10**9, 2**40])
def test_paths_that_nobody_could_list_are_refused_at_once(limit):
    with pytest.raises(ValueError, match=r"would list .* paths, too many .* limit such as 20"):
        explain(*doubled(40), limit=limit)


def test_all_paths_are_listed_if_they_can_be():
    told = explain(*doubled(10), limit=None)
    assert len(told.paths) == told.count == 1024
    assert "x → add" in str(told)
    assert ", 1,024 times" in str(told)


@pytest.mark.parametrize("limit", [-1, 2.5, "all", [0] * 1000])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(
        ValueError, match=r"^explain\(limit\) must be an int of at least 0, or None"
    ):
        explain(*doubled(2), limit=limit)


@pytest.mark.parametrize(("root", "wrt"), [(2.0, Value(1.0)), (Value(1.0), "x")])
def test_only_values_have_paths(root, wrt):
    with pytest.raises(TypeError, match=r"^explain\((root|wrt)\) must be a Value, got (float|str)"):
        explain(root, wrt)


def test_the_strongest_paths_come_first():
    x = Value(2.0, "x")
    out = x
    for factor in (3.0, 0.1, 5.0):
        out = x * factor + out * factor
    told = explain(out, x, limit=2)
    every = explain(out, x, limit=None)
    assert told.paths[0].product == max(path.product for path in every.paths) == 5.0
    assert [path.product for path in told.paths] == [path.product for path in every.paths][:2]
    assert len(explain(out, x, limit=0).paths) == 0


def test_over_a_closed_switch_nothing_flows():
    x = Value(0.0, "x")
    told = explain(relu(-sqrt(x)), x)
    assert told.paths[0].product == told.grad == 0.0
    assert explain(sqrt(x), x).paths[0].product == math.inf


def test_an_explanation_shows_itself():
    a = Value(3.0, "a")
    loss = a * a + a
    loss.label = "L"
    told = explain(loss, a)
    assert repr(told) == (
        "∂L/∂a = 7, the sum over 3 paths:\n  a → mul → L: 3 × 1 = 3, twice\n  a → L: 1 = 1"
    )
    assert repr(told.paths[2]) == "a → L: 1 = 1"
    assert told._repr_html_().startswith("<pre>∂L/∂a = 7")
    y = a
    for _ in range(60):
        y = tanh(y + y)
    assert len(repr(explain(y, a))) < 300


def test_nodes_of_the_same_name_are_numbered_the_same_in_paths_and_slopes():
    a, twin = Value(2.0, "a"), Value(1.0, "a")
    text = str(explain(a * 3 * a + a * a + twin, a))
    assert text.startswith("∂add/∂a = 16, the sum over 4 paths:\n")
    for line in (
        "  a → mul → mul_2 → add_2 → add: 3 × 2 × 1 × 1 = 6\n",
        "  a → mul_3 → add_2 → add: 2 × 1 × 1 = 2, twice\n",
        "  mul → mul_2: a = 2, the other factor of mul * a\n",
        "  mul_2 → add_2: 1, of mul_2 + mul_3\n",
        "  add_2 → add: 1, of add_2 + a_2",
    ):
        assert line in text


def test_only_the_nodes_of_a_long_path_that_are_printed_have_names(monkeypatch):
    x = Value(0.5, "x")
    y = x
    for _ in range(5000):
        y = y * 1.0
    explain_module = importlib.import_module("autograd.explain")
    named = []
    names_of = explain_module._names
    monkeypatch.setattr(explain_module, "_names", lambda nodes: names_of(noted(nodes, named)))
    explanation = explain(y, x)
    assert "x → mul_2 → " in repr(explanation)
    for text in (str(explanation), str(explanation.paths[0])):
        assert "x → mul_2 → mul_3 → " in text and " more) → " in text
    assert max(named) < 400


def noted(nodes, named):
    nodes = list(nodes)
    named.append(len(nodes))
    return nodes
