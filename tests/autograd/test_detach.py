"""What leaves the graph unseen: an error inside a derivative, a warning outside of it."""

import array
import math
import statistics
import warnings

import numpy as np
import pytest

from autograd import (
    OPS,
    DetachedError,
    Value,
    detach,
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    sin,
    value_and_grad,
    vjp,
)

TAKERS = {
    "grad": lambda f: grad(f)(1.5),
    "grad of grad": lambda f: grad(grad(f))(1.5),
    "value_and_grad": lambda f: value_and_grad(f)(1.5),
    "jacobian": lambda f: jacobian(f)(1.5),
    "jacrev": lambda f: jacrev(f)(1.5),
    "jacfwd": lambda f: jacfwd(f)(1.5),
    "hessian": lambda f: hessian(f)(1.5),
    "hvp": lambda f: hvp(f, (1.5,), (1.0,)),
    "jvp": lambda f: jvp(f, (1.5,), (1.0,)),
    "vjp": lambda f: vjp(f, 1.5),
}


@pytest.mark.parametrize("taker", TAKERS)
def test_e1_math_in_what_is_differentiated_is_an_error_and_no_wrong_gradient(taker):
    with pytest.raises(DetachedError, match=r"^math\.sin\(\) turns .* Use autograd\.sin, or"):
        TAKERS[taker](lambda x: x * math.sin(x))


@pytest.mark.parametrize(
    ("f", "who", "remedy"),
    [
        (lambda x: x * math.exp(x), "math.exp", "Use autograd.exp"),
        (lambda x: x * math.hypot(x, 1.0), "math.hypot", "Use autograd.hypot"),
        (lambda x: x ** math.log(x), "math.log", "Use autograd.log"),
        (lambda x: x * math.fabs(x), "math.fabs", "Use autograd.abs"),
        (lambda x: x * math.pow(x, 2), "math.pow", "Use autograd.pow"),
        (lambda x: x * math.fmod(x, 2), "math.fmod", "Use autograd.mod"),
        (lambda x: x * math.gamma(x), "math.gamma", "Use the ops of autograd"),
        (lambda x: x * math.fsum([x, x]), "math.fsum", "Use sum()"),
        (lambda x: x * np.sum(np.array([x, x], float)), "np.array", "Use the ops of autograd"),
        (lambda x: x * np.float64(x), "np.float64", "Use the ops of autograd"),
        (lambda x: x * np.array([x], float)[0], "np.array", "Use the ops of autograd"),
        (
            lambda x: x * np.gradient(np.array([x, x], float))[0],
            "np.array",
            "Use the ops of autograd",
        ),
        (lambda x: x * float(x), "float", "Compute with the Value itself"),
        (lambda x: x * int(x), "float", "Compute with the Value itself"),
        (lambda x: x * array.array("d", [x])[0], "float", "Compute with the Value itself"),
        (lambda x: x * x.item(), "float", "Compute with the Value itself"),
        (lambda x: math.sqrt(2.0) * x.item(), "float", "Compute with the Value itself"),
        (lambda x: math.sqrt(2.0) * float(x), "float", "Compute with the Value itself"),
    ],
)
def test_e1_the_error_names_the_function_and_the_op_to_use(f, who, remedy):
    with pytest.raises(DetachedError) as caught:
        grad(f)(1.5)
    assert str(caught.value).startswith(f"{who}() turns a Value that is made of ")
    assert f". {remedy}, or pass its .data if" in str(caught.value)
    assert f"(test_detach.py, line {f.__code__.co_firstlineno})" in str(caught.value)


@pytest.mark.parametrize(
    ("f", "who"),
    [
        (lambda x: x * np.full(2, x, float)[0], "numpy.full"),
        (lambda x: x * statistics.fmean([x, x]), "statistics.fmean"),
    ],
)
def test_a_numerical_function_that_is_written_in_python_is_named_itself(f, who):
    line = f.__code__.co_firstlineno
    with pytest.raises(DetachedError, match=rf"^{who}\(\) turns .*\(test_detach.py, line {line}\)"):
        grad(f)(1.5)


def test_the_error_names_the_variable_by_its_label():
    def f(x):
        x.label = "width"
        return x * math.sin(x * 2)

    with pytest.raises(DetachedError, match="made of 'width' into a plain number"):
        grad(f)(1.5)


def test_what_is_not_differentiated_may_become_a_float_inside_a_derivative():
    steps = Value(3.0)
    assert grad(lambda x: x * math.sin(steps))(1.5) == math.sin(3.0)
    assert grad(lambda x: x * float(steps * 2))(1.5) == 6.0
    assert grad(lambda x: x ** int(steps))(2.0) == 12.0
    assert grad(lambda x: x * math.sin(x.data))(1.5) == math.sin(1.5)


def test_a_variable_of_an_outer_derivative_may_not_become_a_float_in_an_inner_one():
    def outer(x):
        return grad(lambda z: z * math.sin(x))(1.0) * x

    with pytest.raises(DetachedError, match=r"^math\.sin"):
        grad(outer)(2.0)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x > 1 else -x,
        lambda x: x * (1 - math.isnan(x)),
        lambda x: x * math.isfinite(x),
        lambda x: x if f"{x:.2f} {x}" == "1.50 Value(1.5)" else -x,
        lambda x: x if x else -x,
        lambda x: x * math.isclose(x, 1.5),
    ],
)
def test_to_compare_and_to_print_stays_legal_in_a_derivative(f):
    assert grad(f)(1.5) == 1.0


def test_after_a_derivative_floats_are_legal_again_even_if_it_failed():
    with pytest.raises(DetachedError):
        grad(lambda x: x * math.sin(x))(1.5)
    x = Value(2.0)
    assert float(x * 3) == 6.0


@pytest.mark.parametrize("module", ["math", "cmath", "numpy", "scipy", "statistics"])
def test_a_module_that_computes_with_floats_is_named_by_its_first_name(module):
    names = {"__name__": f"{module}.special"}
    exec("def fresnel(x):\n    return float(x)", names)
    with pytest.raises(DetachedError, match=rf"^{module}\.fresnel\(\) turns .*the ops of autograd"):
        grad(lambda x: x * names["fresnel"](x))(1.5)
    exec("def fresnel(x):\n    return float(x)", {**names, "__name__": "mine"}, names)
    with pytest.raises(DetachedError, match=r"^float\(\) turns "):
        grad(lambda x: x * names["fresnel"](x))(1.5)


@pytest.mark.parametrize("name", detach._OTHER_NAMES)
def test_the_op_to_use_computes_what_the_function_computes(name):
    function = getattr(np, name, None) or getattr(math, name)
    op = OPS[detach._remedy(f"numpy.{name}").removeprefix("autograd.")]
    point = (1.75, 0.75)[: op.arity] if name != "round" else (1.75,)
    point = (0.75,) if name in ("arcsin", "arccos", "arctanh") else point
    extra = (0.0,) if name == "heaviside" else ()
    assert op(*point) == pytest.approx(float(function(*point, *extra)), rel=1e-15)


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite", "isclose", "allclose", "signbit"])
def test_predicates_of_numpy_and_math_stay_legal(name):
    names = {"__name__": "numpy"}
    exec(f"def {name}(x):\n    return float(x) > 0", names)
    assert grad(lambda x: x * names[name](x))(1.5) == 1.0


# Outside of derivatives.


def caught(f):
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        result = f()
    return result, [(str(one.message), one.filename, one.lineno) for one in found]


def test_math_on_a_graph_warns_where_it_is_called():
    y = Value(2.0) * 3
    call = lambda: math.sin(y)  # noqa: E731
    result, [(message, file, line)] = caught(call)
    assert result == math.sin(6.0)
    assert message.startswith("math.sin() takes a float, so no gradient flows back through it: ")
    assert "use autograd.sin, or pass value.data" in message
    assert (file, line) == (__file__, call.__code__.co_firstlineno)


def test_numpy_on_a_graph_warns_where_it_is_called():
    y = Value(2.0) * 3
    call = lambda: np.full(2, y, float)  # noqa: E731
    result, [(message, file, line)] = caught(call)
    assert result.tolist() == [6.0, 6.0]
    assert message.startswith("numpy.full() takes a float")
    assert (file, line) == (__file__, call.__code__.co_firstlineno)


def test_a_line_warns_once():
    y = Value(2.0) * 3
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("default")
        for _ in range(5):
            math.exp(y)
    assert len(found) == 1


@pytest.mark.parametrize(
    "look",
    [
        float,
        int,
        lambda y: y.item(),
        lambda y: f"{y:.3f}",
        lambda y: "%.3f" % y,  # noqa: UP031
        lambda y: math.isnan(y),
        lambda y: math.sin(y.data),
        lambda y: y < 7.0,
        lambda y: np.sin(y),
        lambda y: max(y, 2.0),
        lambda y: math.sqrt(2.0) * y.item(),
    ],
)
def test_to_look_at_a_number_outside_of_a_derivative_warns_of_nothing(look):
    assert caught(lambda: look(Value(2.0) * 3))[1] == []


def test_math_on_a_leaf_has_no_gradient_to_lose():
    assert caught(lambda: math.sin(Value(2.0))) == (math.sin(2.0), [])


def test_the_op_to_use_has_the_gradient_that_math_lost():
    assert grad(lambda x: x * sin(x))(1.0) == pytest.approx(1.3817732907, rel=1e-10)
