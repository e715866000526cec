"""program.step: auxiliary outputs; doubtful numbers, which the scalar engine decides."""

import math
import pickle

import numpy as np
import pytest

from autograd import Program, TracingError, Value, compile, cosh, log, relu, sqrt, where
from nn import MLP, fit, losses
from nn.training.arrays import Found

from .eager import close, gradients, outputs

pytestmark = pytest.mark.usefixtures("both_sizes")

X = np.random.default_rng(0).normal(size=(7, 2))
Y = np.random.default_rng(1).normal(size=7)


def compiled_model():
    model = MLP(2, [3, 1], "tanh", rng=0)

    def loss(x, y):
        hidden = model.layers[0](x)
        z = model.layers[1].neurons[0].pre_activation(hidden)
        out = (z - y) ** 2
        more = hidden, [[z], [2.0]]
        return out + 0.0, {"loss": out, "adjoint": Program.adjoint(z), "more": more}

    return model, loss, compile(loss, [0.0, 0.0], 0.0, wrt=model, aux=True)


@pytest.mark.parametrize("chunk", [None, 1, 3])
def test_a_step_gives_value_gradient_and_auxiliary_outputs(chunk):
    model, loss, program = compiled_model()
    step = program.step(program.theta, X, Y, chunk=chunk)
    outs, grads, _ = gradients(lambda x, y: loss(x, y)[0], model.parameters(), X, Y)
    assert close(step.value, outs.mean(), 1.0) and close(step.gradient, grads.mean(axis=0), 1.0)
    z = outputs(lambda x, y: loss(x, y)[1]["more"][1][0][0], X, Y)
    assert close(step.aux["loss"], outs, 1.0)
    assert close(step.aux["adjoint"], 2 * (z - Y), 1.0)
    hidden, pair = step.aux["more"]
    assert hidden.shape == (7, 3) and pair.shape == (7, 2, 1)
    assert close(pair[:, 0, 0], z, 1.0) and (pair[:, 1, 0] == 2.0).all()
    total, gradient = program.sums(program.theta, X, Y)
    assert close(total, step.value * 7, 1.0) and close(gradient, step.gradient * 7, 1.0)
    assert close(program(X, Y), outs, 1.0)  # without auxiliary outputs


def test_a_program_without_auxiliary_outputs_gives_none():
    p = Value(2.0)
    step = compile(lambda x: p * x, 0.0, wrt=[p]).step([3.0], [1.0, 2.0])
    assert (step.value, step.gradient.tolist(), step.aux) == (4.5, [1.5], None)


def test_a_program_with_auxiliary_outputs_pickles():
    _, _, program = compiled_model()
    copy = pickle.loads(pickle.dumps(program))
    ours, theirs = (p.step(program.theta, X, Y) for p in (program, copy))
    assert close(ours.aux["adjoint"], theirs.aux["adjoint"]) and list(theirs.aux) == list(ours.aux)


def test_what_is_no_pair_and_what_mixes_is_refused():
    with pytest.raises(TracingError, match=r"aux=True\) takes a function that returns a pair"):
        compile(lambda x: x, 0.0, aux=True)
    with pytest.raises(TracingError, match="mixes adjoints and numbers"):
        compile(lambda x: (x, [x, Program.adjoint(x)]), 0.0, aux=True)


# Doubtful numbers.


def test_one_doubtful_sample_of_many_is_found_by_halving_and_decided_by_the_engine():
    p = Value(1.0)
    f = lambda x: where(x, sqrt(p * x), 0.0) + relu(-sqrt(p * x))  # noqa: E731
    program = compile(f, 0.0, wrt=[p])
    x = np.linspace(1.0, 2.0, 1000)
    x[637] = 0.0
    replayed, scalar = [], program._replay.sums
    program._replay.sums = lambda *args: replayed.append(args) or scalar(*args)
    value, gradient = program.value_and_grad(x)
    _, grads, _ = gradients(f, [p], x)
    assert close(gradient, grads.mean(axis=0), 1.0) and math.isfinite(value)
    assert len(replayed) == 1


def test_adjoints_of_a_doubtful_sample_are_those_of_the_engine():
    p = Value(1.0)

    def f(x):
        root = sqrt(x)
        return where(x, root, 0.0) * p, (root, Program.adjoint(x))

    step = compile(f, 0.0, wrt=[p], aux=True).step([2.0], [0.0, 4.0])
    assert step.aux[0].tolist() == [0.0, 2.0] and step.aux[1].tolist() == [0.0, 0.5]


def test_a_gradient_does_not_overflow_because_there_are_two_samples():
    p = Value(710.0)  # sinh(p) is 1.1e308
    program = compile(lambda x: log(cosh(p)) + 0.0 * x, 0.0, wrt=[p])
    assert close(program.value_and_grad([1.0, 2.0])[1], [1.0])


@pytest.mark.parametrize("name", ["cross_entropy", "bce_with_logits", "bce", "hinge", "mse"])
def test_a_target_that_is_none_makes_the_loss_and_the_gradient_nan(name):
    classes = 3 if name == "cross_entropy" else 1
    output = "sigmoid" if name == "bce" else "identity"
    model = MLP([2, 3, classes], "tanh", output=output, rng=0)
    loss = losses.LOSSES[name]
    program = compile(lambda x, y: loss(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    wrong = [float("nan")] if name == "mse" else [7.0, float("nan")]
    for y in wrong:
        value, gradient = program.value_and_grad(X[:2], [1.0, y])
        assert math.isnan(value) and np.isnan(gradient).all(), (name, y)
    value, gradient = program.value_and_grad(X[:2], [1.0, 1.0])
    assert math.isfinite(value) and np.isfinite(gradient).all()


def test_fit_with_validation_may_go_on_with_scalars_after_arrays(monkeypatch):
    # The evaluator was traced with a hook of the Monitor in place, whose catch scalar steps read.
    data = [[0.1 * i - 0.5] for i in range(10)], [0, 1] * 5
    monkeypatch.setattr(Found, "is_finite", lambda self: False)
    model = MLP([1, 3, 1], output="sigmoid", rng=0)
    history = fit(model, data, loss="bce", epochs=2, validation=0.3, progress=False, rng=0)
    assert len(history) == 2 and history.engine.kind == "scalars"
