"""compile: what it takes and refuses; chunks and shards."""

import math
from functools import partial

import numpy as np
import pytest

import autograd
from autograd import TracingError, Value, compile, relu, sin, tanh
from nn import MLP

from .eager import assert_agrees, close

X = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0], [0.0, 0.5], [2.0, 2.0]])
Y = np.array([1.0, 0.0, -1.0, 0.5, 2.0])


def squared_error(model):
    return lambda x, y: (model(x) - y) ** 2


def compiled_model():
    model = MLP(2, [3, 1], "tanh", rng=0)
    return model, compile(squared_error(model), [0.0, 0.0], 0.0, wrt=model)


# What it takes.


def test_parameters_are_a_module_a_list_an_iterator_or_one_value():
    model, program = compiled_model()
    wanted = program.value_and_grad(X, Y)[1]
    f = squared_error(model)
    assert close(
        compile(f, [0.0, 0.0], 0.0, wrt=model.parameters()).value_and_grad(X, Y)[1], wanted
    )
    assert close(
        compile(f, (0, 1), Value(3.0), wrt=iter(model.parameters())).value_and_grad(
            X.tolist(), list(Y)
        )[1],
        wanted,
    )
    one = compile(f, np.zeros(2), np.float64(0.0), wrt=model.parameters()[0])
    assert close(one.value_and_grad(X, Y)[1], wanted[:1])
    ours, explicit = (
        compile(model, [0.0, 0.0]),
        compile(model, [0.0, 0.0], wrt=model),
    )  # a module's are its own
    assert ours.source == explicit.source and ours.theta.tolist() == explicit.theta.tolist()
    assert (
        not compile(model, [0.0, 0.0], wrt=()).theta.size
        and not compile(f, [0.0, 0.0], 0.0).theta.size
    )


def test_the_gradient_is_in_the_order_of_wrt_however_the_parameters_are_stored():
    model, program = compiled_model()
    backwards = compile(squared_error(model), [0.0, 0.0], 0.0, wrt=model.parameters()[::-1])
    assert close(
        backwards.value_and_grad(X, Y)[1], program.value_and_grad(X, Y)[1][::-1], scale=1.0
    )
    assert program.theta.tolist() == [p.data for p in model.parameters()]
    assert backwards.theta.tolist() == program.theta.tolist()[::-1]


def test_parameters_that_are_not_used_have_gradient_zero():
    used, unused = Value(3.0), Value(4.0)
    program = compile(lambda x: used * x, 0.0, wrt=[unused, used])
    assert program.value_and_grad([2.0, 4.0])[1].tolist() == [0.0, 3.0]
    nothing = compile(lambda x: x * 2.0, 0.0, wrt=[unused])
    assert nothing.value_and_grad([1.0])[1].tolist() == [0.0]


def test_without_parameters_there_are_values_and_gradients_in_the_inputs():
    program = compile(lambda x: x * x, 0.0)
    total, gradient = program.value_and_grad([1.0, 3.0])
    assert (total, gradient.shape, program.theta.shape) == (5.0, (0,), (0,))
    assert program([3.0]).tolist() == [9.0]
    assert program.input_grads([3.0])[0].tolist() == [6.0]
    assert "def outputs(theta, x)" in program.source


def test_forgotten_parameters_are_asked_for():
    w, b = Value(3.0, "w"), Value(1.0)
    program = compile(lambda x: w * x + b, 0.0)
    assert program([1.0]).tolist() == [4.0]
    for call in (program.value_and_grad, partial(program.sums, [])):
        with pytest.raises(
            TypeError,
            match=r"nothing to differentiate in: compile it with wrt=\[.*\], .* it uses w, 1.0",
        ):
            call([1.0])


def test_what_is_shown_is_what_is_executed_with_the_parameters_in_the_order_of_wrt():
    model, program = compiled_model()
    scope = {}
    exec(program.source, scope)
    total, g = scope["sums"](program.theta, X, Y)
    wanted, gradient = program.sums(program.theta, X, Y)
    assert total == wanted and g.tolist() == gradient.tolist()
    assert str(program.ir).startswith("sums(theta, x, y):") and "matmul(" in str(program.ir)


def test_arrays_that_hide_gaps_are_refused():
    program = compile(lambda x: x * 2, 0.0)
    for gaps in ([None, 1.0], np.ma.masked_array([1.0, 2.0], [True, False])):
        with pytest.raises(TypeError, match="x of <lambda> must be an array of real numbers"):
            program(gaps)
    assert program([1.0, 2.0], chunk=np.int64(1)).tolist() == [2.0, 4.0]


def test_a_parameter_alone_and_what_all_samples_share_are_differentiated_too():
    p, q = Value(2.0), Value(-3.0)
    for f in (
        lambda x: p,
        lambda x: p * 0.5,
        lambda x: p * q,
        lambda x: relu(q) + p * p,
        lambda x: -q,
        lambda x: p + q,
    ):
        assert_agrees(compile(f, 0.0, wrt=[p, q]), f, [p, q], [1.0, 2.0, 3.0])


def test_leaves_that_are_no_parameters_are_read_anew_at_each_call():
    w, temperature = Value(2.0), Value(10.0, "temperature")
    program = compile(lambda x: w * x * temperature, 0.0, wrt=[w])
    assert program([1.0]).tolist() == [20.0]
    temperature.data = 3.0
    assert program([1.0]).tolist() == [6.0]
    assert program.value_and_grad([1.0])[1].tolist() == [3.0]
    assert "captured" in program.source


def test_a_leaf_made_inside_of_the_function_is_a_constant():
    # `total = Value(0.0)` before a loop is how many write a sum.
    p = Value(2.0)

    def f(x):
        total = Value(1.0)
        for x_i in x:
            total = total + p * x_i
        return total

    assert_agrees(compile(f, [0.0, 0.0], wrt=[p]), f, [p], X)


def test_names_of_arguments_are_kept_where_they_are_fit_to_be_names_of_arrays():
    assert "def outputs(theta, speed)" in compile(lambda speed: speed * 2, 0.0).source
    assert "def outputs(theta, x1, x2)" in compile(lambda *xs: xs[0] * xs[1], 0.0, 0.0).source
    for name in (
        "theta",
        "captured",
        "v",
        "s",
        "n",
        "g",
        "total",
        "np",
        "math",
        "t1",
        "c1",
        "i1",
        "len",
        "dt",
        "größe",
    ):
        scope = {"sin": sin}
        body = f"a = sin({name}) * 2.0 + sin({name} * 3.0)\n    return [a, a * {name}, {name}]"
        exec(f"def f({name}):\n    {body}", scope)
        got = compile(scope["f"], 0.0)([0.5])
        a = math.sin(0.5) * 2 + math.sin(1.5)
        assert close(got, [[a, a * 0.5, 0.5]]), name


def test_a_callable_whose_signature_nobody_knows_has_arguments_x1_x2():
    class Unknown:
        __signature__ = "none"

        def __call__(self, a, b):
            return a * b

    assert "def outputs(theta, x1, x2)" in compile(Unknown(), 0.0, 0.0).source


def test_callables_of_every_kind_compile():
    class Model:
        def __init__(self):
            self.w = Value(2.0)

        def __call__(self, x):
            return self.w * x

        def method(self, x):
            return self.w * x

    model = Model()
    for f in (model, model.method, partial(lambda a, x: a * x, 2.0), tanh, Value.tanh):
        assert close(compile(f, 0.0)([0.5]), [float(f(Value(0.5)))])
    assert compile(model, 0.0, wrt=[model.w]).value_and_grad([3.0]) == (6.0, [3.0])


def test_what_cannot_be_compiled_is_refused_by_name():
    def loss(x, y):
        return x - y

    p = Value(1.0)
    with pytest.raises(
        TypeError, match=r"compile\(f, \*examples\) takes a function of one sample, got 3"
    ):
        compile(3, 0.0)
    with pytest.raises(
        TypeError,
        match="a function of one sample, but <lambda>.. takes no arguments: give it one",
    ):
        compile(lambda: p * p)
    with pytest.raises(
        TypeError, match=r"compile\(squared_error\) needs an example of each argument"
    ):
        compile(squared_error)
    for wrong in ("a", {"x": 1.0}, [1.0, None]):
        with pytest.raises(
            TypeError, match=r"an example of compile\(squared_error\) takes a real number"
        ):
            compile(squared_error, wrong, 0.0)
    for wrong in (3.0, [1.0], p * 2, [p, p * 2], autograd.constant(1.0)):
        with pytest.raises(TypeError, match=r"compile\(wrt\) takes the parameters .* leaf Values"):
            compile(lambda x: x, 0.0, wrt=wrong)
    with pytest.raises(
        TypeError, match=r"an example of each argument of loss\(x, y\), got 1: missing .* 'y'"
    ):
        compile(loss, 0.0)
    with pytest.raises(TracingError, match="got an empty list"):
        compile(lambda x: [], 0.0)
    with pytest.raises(ValueError, match="twice: list each parameter once"):
        compile(lambda x: x, 0.0, wrt=[p, p])
    with pytest.raises(TracingError, match="one shape"):
        compile(lambda x: x[0][0], [[1.0], [1.0, 2.0]])


def test_arrays_of_wrong_shapes_are_refused_by_name():
    model, program = compiled_model()
    calls = [
        program,
        program.value_and_grad,
        program.input_grads,
        partial(program.sums, program.theta),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"compiled for 2 arguments \(x, y\), got 1"):
            call(X)
        with pytest.raises(
            ValueError, match=r"x of .* must have shape \(samples, 2\).*got \(5, 1\)"
        ):
            call(X[:, :1], Y)
        with pytest.raises(ValueError, match=r"x of .* must have shape \(samples, 2\).*got \(2,\)"):
            call(X[0], Y)
        with pytest.raises(ValueError, match=r"y of .* must have shape \(5,\).*got \(4,\)"):
            call(X, Y[:4])
        with pytest.raises(ValueError, match=r"y of .* must have shape .*got \(\)"):
            call(X, 1.0)
        with pytest.raises(ValueError, match="at least one sample"):
            call(X[:0], Y[:0])
        for chunk in (0, -1, 1.5, True, "2"):
            with pytest.raises(ValueError, match="chunk, .* must be a positive int"):
                call(X, Y, chunk=chunk)
        with pytest.raises((TypeError, ValueError), match=r"\bx\b"):
            call([["a", "b"]] * 5, Y)
        with pytest.raises((TypeError, ValueError), match=r"\bx\b"):
            call([[1.0, 2.0], [1.0]], Y[:2])
        with pytest.raises((TypeError, ValueError), match=r"\bx\b"):
            call(X + 1j, Y)
    for theta in (program.theta[:-1], program.theta[None], 1.0):
        with pytest.raises(ValueError, match="theta must hold the 13 parameters"):
            program.sums(theta, X, Y)


def test_gradients_need_a_scalar_output():
    program = compile(lambda x: [x, x * x], 0.0, wrt=[Value(1.0)])
    for call in (program.value_and_grad, program.input_grads, partial(program.sums, [1.0])):
        with pytest.raises(
            TypeError,
            match=r"gradients need a scalar output, but .* array of shape \(2,\).*jacobian",
        ):
            call([1.0])
    assert program([3.0]).tolist() == [[3.0, 9.0]]


# Chunks and shards.


@pytest.mark.parametrize("chunk", [1, 2, 3, 5, 100])
def test_chunks_give_the_same(chunk):
    model, program = compiled_model()
    assert close(program(X, Y, chunk=chunk), program(X, Y), 1.0)
    for got, wanted in zip(program.value_and_grad(X, Y, chunk=chunk), program.value_and_grad(X, Y)):
        assert close(got, wanted, 1.0)
    for got, wanted in zip(program.input_grads(X, Y, chunk=chunk), program.input_grads(X, Y)):
        assert got.shape == wanted.shape and close(got, wanted, 1.0)


def test_sums_of_shards_add_up_to_the_whole_and_depend_on_theta_alone():
    model, program = compiled_model()
    theta = program.theta * 0.5
    whole, gradient = program.sums(theta, X, Y)
    shards = [program.sums(theta, X[i : i + 2], Y[i : i + 2]) for i in (0, 2, 4)]
    assert close(sum(total for total, _ in shards), whole, 1.0)
    assert close(sum(g for _, g in shards), gradient, 1.0)
    for p in model.parameters():
        p.data *= 0.5
    assert close(program.value_and_grad(X, Y)[1] * len(X), gradient, 1.0)
    model.layers.clear()  # sums need neither the model nor its structure
    assert program.sums(theta, X, Y)[0] == whole


def test_a_batch_of_one_and_arrays_of_every_order_and_kind():
    model, program = compiled_model()
    f = squared_error(model)
    assert_agrees(program, f, model.parameters(), X[:1], Y[:1])
    wanted = program.value_and_grad(X, Y)[1]
    assert close(program.value_and_grad(np.asfortranarray(X), Y[::-1][::-1])[1], wanted)
    assert program(np.ones((3, 2), int), [1, 2, 3]).shape == (3,)
    assert program(np.ones((3, 2), np.float32), np.array([True, False, True])).dtype == float


def test_nothing_that_was_given_or_is_returned_is_shared_or_changed():
    p = Value(2.0)
    for f in (lambda x: x, lambda x: p, lambda x: [x, p]):
        program = compile(f, 0.0, wrt=[p])
        x = np.array([1.0, 2.0])
        first = program(x)
        first += 100.0
        assert x.tolist() == [1.0, 2.0]
        assert program(x).ravel()[0] in (1.0, 2.0)
    theta = program.theta
    theta += 1
    assert p.data == 2.0


def test_a_number_beyond_all_floats_is_refused_by_name():
    with pytest.raises(
        ValueError,
        match="x of <lambda> must be an array of real numbers, got .*in the range of a float",
    ):
        compile(lambda x: 2.0 * x, 0.0)([10**400])
