"""Corners of the compiler: functions that are not what they were, odd places of parameters, JAX."""

import math
import sys
from functools import partial
from itertools import count, cycle
from types import ModuleType

import numpy as np
import pytest

from autograd import TracingError, Value, add_op, compile, erf, tanh


def alternating(*results):
    """A function of two numbers that records something else whenever it is run."""
    turn = cycle(results)
    return lambda x, y: next(turn)(x, y)


@pytest.mark.parametrize(
    "results",
    [
        (lambda x, y: x * y, lambda x, y: [x * y, x]),
        (lambda x, y: x * y + x, lambda x, y: x * y + y),
        (lambda x, y: x * y, lambda x, y: x + y),
    ],
    ids=["another shape", "other inputs of the same ops", "another op"],
)
def test_a_function_that_records_another_graph_each_time_is_refused(results):
    with pytest.raises(TracingError, match="must do the same each time"):
        compile(alternating(*results), 0.0, 0.0)


def test_auxiliary_outputs_of_another_shape_are_another_graph():
    w, lengths = Value(2.0, "w"), count(1)

    def f(x):
        return w * x, [x * x] * next(lengths)

    with pytest.raises(TracingError, match="must do the same each time"):
        compile(f, 0.0, wrt=[w], aux=True)


class Model:
    """What looks like a module, with an array beside its parameter."""

    def __init__(self):
        self.w = Value(3.0, "w")
        self.table = np.array([1.0, 2.0])

    def parameters(self):
        return [self.w]

    def named_parameters(self):
        return {"w": self.w}

    def __call__(self, x):
        return self.w * x + self.table[0]


def test_an_array_of_a_module_that_was_replaced_is_looked_at_again():
    model = Model()
    program = compile(model, 0.0)
    assert program.parameters == [model.w]
    model.table = np.array([1.0, 5.0])
    assert program([2.0]).tolist() == [7.0]
    model.table = np.array([9.0, 5.0])
    with pytest.raises(TracingError, match="compile it again"):
        program([2.0])


def test_a_closure_that_is_not_filled_yet_is_no_obstacle():
    def make():
        def f(x):
            return x * 2 if x is not None else later

        return f
        later = None

    assert compile(make(), 0.0)([3.0]).tolist() == [6.0]


def tangled():
    """Two sums whose weights lie in no regular order, after one whose weights do."""
    w = [Value(0.1 * (i + 1), f"w{i}") for i in range(9)]

    def loss(x):
        first = tanh(w[0] * x[0] + w[1] * x[1] + w[2] * x[2])
        second = tanh(w[3] * x[0] + w[5] * x[1] + w[4] * x[2])
        third = tanh(w[6] * x[0] + w[7] * x[1] + w[8] * x[2])
        return (first + second * third) ** 2

    return w, loss


X = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.5]]


def test_weights_in_no_regular_order_get_their_own_gradients():
    w, loss = tangled()
    total, gradient = compile(loss, [0.0] * 3, wrt=w).sums([p.data for p in w], X)
    scalar = loss(X[0]) + loss(X[1])
    scalar.backward()
    assert total == pytest.approx(scalar.data, rel=1e-12)
    assert gradient.tolist() == pytest.approx([p.grad for p in w], rel=1e-12)


class JaxArray(np.ndarray):
    """An array of numpy that is written into as JAX's are: `x.at[i].set(y)` is another array."""

    @property
    def at(self):
        return At(self)


class At:
    def __init__(self, of, where=None):
        self.of, self.where = of, where

    def __getitem__(self, where):
        return At(self.of, where)

    def set(self, x):
        made = self.of.copy()
        made[self.where] = x
        return made

    def add(self, x):
        made = self.of.copy()
        np.add.at(made, self.where, x)
        return made


class Numpy(ModuleType):
    """What stands for jax.numpy here: numpy, whose arrays are JaxArrays."""

    def __getattr__(self, name):
        found = getattr(np, name)
        if not callable(found) or isinstance(found, type):
            return found
        return lambda *given, **named: np.asarray(found(*given, **named)).view(JaxArray)


@pytest.fixture
def stand_in(monkeypatch):
    special = ModuleType("jax.scipy.special")
    special.erf, special.erfc = np.vectorize(math.erf), np.vectorize(math.erfc)
    modules = {"jax": ModuleType("jax"), "jax.numpy": Numpy("jax.numpy")}
    modules |= {"jax.scipy": ModuleType("jax.scipy"), "jax.scipy.special": special}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    modules["jax"].numpy = modules["jax.numpy"]


def layer(order):
    """Two neurons of two inputs, whose parameters are given in an order of their names."""
    found = {name: Value(0.3 * (i + 1), name) for i, name in enumerate(order)}

    def loss(x):
        first = tanh(found["w00"] * x[0] + found["w01"] * x[1] + found["b0"])
        second = tanh(found["w10"] * x[0] + found["w11"] * x[1] + found["b1"])
        return first * second

    return list(found.values()), loss


ORDERS = {
    "row by row": ["w00", "w01", "w10", "w11", "b0", "b1"],
    "column by column": ["w00", "w10", "w01", "w11", "b0", "b1"],
    "with biases between": ["w00", "w01", "b0", "w10", "w11", "b1"],
    "columns with biases between": ["w00", "w10", "b0", "w01", "w11", "b1"],
}


@pytest.mark.parametrize("make", [tangled, *[partial(layer, order) for order in ORDERS.values()]])
def test_a_program_for_jax_does_what_the_one_for_numpy_does(stand_in, make):
    parameters, loss = make()
    rows = [x[: 3 if make is tangled else 2] for x in X]
    program = compile(loss, [0.0] * len(rows[0]), wrt=parameters)
    theta = program.theta
    total, gradient = program.to_jax()(theta.view(JaxArray), np.array(rows).view(JaxArray))
    wanted, grad = program.sums(theta, rows)
    assert float(total) == pytest.approx(wanted, rel=1e-12)
    assert np.asarray(gradient).tolist() == pytest.approx(grad.tolist(), rel=1e-12)
    scalar = loss(rows[0]) + loss(rows[1])
    scalar.backward()
    assert grad.tolist() == pytest.approx([p.grad for p in parameters], rel=1e-12)


def test_erf_is_taken_from_jax(stand_in):
    out = compile(lambda x: erf(x) + x, 0.0).to_jax()(np.zeros(0), np.array([0.5]).view(JaxArray))
    assert float(np.asarray(out).ravel()[0]) == pytest.approx(math.erf(0.5) + 0.5)


def test_an_op_without_a_numpy_column_cannot_run_on_jax(stand_in):
    half = add_op("half_of_it", lambda x: x / 2, lambda x, out: (0.5,))
    with pytest.raises(ValueError, match="'half_of_it' has no numpy column"):
        compile(half, 0.0).to_jax()
