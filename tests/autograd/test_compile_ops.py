"""No derivative is written in the compiler: user-defined ops, changed slopes; imports."""

import subprocess
import sys

import numpy as np
import pytest

from autograd import Value, add_op, compile, grad, hessian, jacobian, sin, tanh, value_and_grad
from nn import MLP

from .eager import assert_agrees, close

X = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0], [0.0, 0.5], [2.0, 2.0]])
Y = np.array([1.0, 0.0, -1.0, 0.5, 2.0])


def squared_error(model):
    return lambda x, y: (model(x) - y) ** 2


def compiled_model():
    model = MLP(2, [3, 1], "tanh", rng=0)
    return model, compile(squared_error(model), [0.0, 0.0], 0.0, wrt=model)


# No derivative is written in the compiler.


@pytest.mark.parametrize("columns", [{}, {"numpy": "{0:5} ** 3 + 0 * {1}"}])
def test_an_op_of_ones_own_compiles_with_and_without_a_numpy_column(columns):
    cubed = add_op(
        "cubed", lambda x, y: x**3 + 0 * y, lambda x, y, out: (3 * x * x, 0.0), **columns
    )
    p = Value(1.5)

    def f(x):
        return cubed(p * x - 1, x) * cubed(x, 2.0) + cubed(p, x)

    program = compile(f, 0.0, wrt=[p])
    assert_agrees(program, f, [p], [1.0, 2.0, -0.5])
    assert ("cubed(" in program.source) == (not columns)


def test_slopes_are_those_of_the_table():
    wrong = add_op("wrong", lambda x: x * x, lambda x, out: (7.0 * x,), numpy="{0:5} ** 2")
    p = Value(2.0)
    program = compile(lambda x: wrong(p * x), 0.0, wrt=[p])
    assert program.value_and_grad([1.0])[1].tolist() == [14.0]
    right = add_op("wrong", lambda x: x * x, lambda x, out: (2.0 * x,), numpy="{0:5} ** 2")
    assert compile(lambda x: right(p * x), 0.0, wrt=[p]).value_and_grad([1.0])[1].tolist() == [4.0]


def test_higher_derivatives_compile():
    def f(x, y):
        return x * x * y + sin(x * y)

    points = [np.array([0.5, 1.0, -2.0]), np.array([2.0, 0.0, 1.0])]
    rows = list(zip(*points))
    assert_agrees(compile(grad(f), 0.0, 0.0), grad(f), [], *points)
    assert_agrees(compile(grad(grad(f), 1), 0.0, 0.0), grad(grad(f), 1), [], *points)
    for derivative in (
        hessian(f),
        jacobian(f),
        jacobian(lambda x, y: [x * y, tanh(x), 2.0]),
        grad(f, (0, 1)),
    ):
        assert close(
            compile(derivative, 0.0, 0.0)(*points), [derivative(*row) for row in rows], 1.0
        )
    p = Value(0.3)

    def penalty(x):  # the slope of a function of p, differentiated in p
        return value_and_grad(lambda t: tanh(p * t))(x)[1] ** 2

    assert_agrees(compile(penalty, 0.0, wrt=[p]), penalty, [p], [1.0, -0.5])


def test_the_compiler_is_imported_when_it_is_asked_for():
    code = "import sys, autograd\nassert not {'numpy', 'autograd.compiler'} & sys.modules.keys()\n"
    code += "assert autograd.compile.__module__ == 'autograd.compiler.program'\n"
    code += "assert autograd.Program is not None"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_program_shows_what_it_is():
    model, program = compiled_model()
    assert repr(program).startswith("Program(<lambda>(x, y), ") and "scalar nodes → " in repr(
        program
    )
