"""The same array program, printed for JAX, gives what numpy gives."""

import numpy as np
import pytest

from autograd import Value, add_op, compile, maximum, tanh, where
from nn import MLP, losses

from .eager import close

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)

X = np.random.default_rng(0).normal(size=(9, 3))
ACTIVATIONS = ["relu", "tanh", "gelu", "sigmoid", "softplus", "elu", "silu", "sin"]


def agree(program, *arrays):
    sums = jax.jit(program.to_jax())
    for got, wanted in zip(sums(program.theta, *arrays), program.sums(program.theta, *arrays)):
        assert np.allclose(got, wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks_agree(activation):
    model = MLP([3, 5, 4, 1], activation, rng=0)
    agree(compile(lambda x, y: losses.mse(model(x), y), [0.0] * 3, 0.0, wrt=model), X, X[:, 0])


@pytest.mark.parametrize("name", ["cross_entropy", "hinge", "bce_with_logits", "huber"])
def test_losses_agree(name):
    classes = 4 if name == "cross_entropy" else 1
    model = MLP([3, 5, classes], rng=0)
    program = compile(lambda x, y: losses.LOSSES[name](model(x), y), [0.0] * 3, 0.0, wrt=model)
    targets = np.arange(9.0) % 4 if classes > 1 else np.ones(9)
    agree(program, X, targets)


def matrix(size):
    rows = []
    for i in range(size):
        rows.append([Value(0.1 * i - 0.3 * j + 0.2, f"w.{i}.{j}") for j in range(size)])
    return rows


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def test_parameters_in_any_order_and_at_many_places_agree():
    W, scale = matrix(3), Value(2.0, "scale")
    flat = [*W[0], *W[1], *W[2]]

    def f(x):
        h = [tanh(dot(row, x)) for row in W]
        h = [tanh(dot(column, h)) for column in zip(*W)]
        return maximum(h[0], h[1]) * scale + where(h[2], W[0][0], x[0]) + sum(flat)

    for order in (flat, flat[::-1], flat[::2] + flat[1::2]):
        agree(compile(f, [0.0] * 3, wrt=order), X)


def test_outputs_agree():
    model = MLP([3, 5, 2], rng=0)
    program = compile(model, [0.0] * 3)
    assert close(program.to_jax()(program.theta, X), program(X), 1.0)


def test_an_op_without_a_numpy_column_is_refused():
    strange = add_op("strange", lambda x: x * x, lambda x, out: (2 * x,))
    with pytest.raises(ValueError, match="its op 'strange' has no numpy column"):
        compile(lambda x: strange(x), 0.0).to_jax()
