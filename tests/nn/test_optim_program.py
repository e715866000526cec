"""Optimizers that move the parameters of a compiled program together, as one vector."""

import pickle

import numpy as np
import pytest

from autograd import Value, compile
from nn import MLP, losses, optim

X = np.random.default_rng(0).normal(size=(20, 2))
Y = np.random.default_rng(1).normal(size=20)


def pair(name, **settings):
    model = MLP([2, 4, 1], "tanh", rng=0)
    program = compile(lambda x, y: losses.mse(model(x), y), [0.0, 0.0], 0.0, wrt=model)
    return model, program, optim.OPTIMIZERS[name](model.parameters(), 0.05, **settings)


SETTINGS = {
    "sgd": {"momentum": 0.9, "weight_decay": 0.01},
    "rmsprop": {"momentum": 0.5},
    "adam": {},
    "adamw": {"weight_decay": 0.1},
}


@pytest.mark.parametrize("name", SETTINGS)
def test_every_optimizer_goes_the_same_way_on_vectors_and_on_values(name):
    model, program, opt = pair(name, **SETTINGS[name])
    other, _, scalar = pair(name, **SETTINGS[name])
    for step in range(12):
        _, gradient = program.value_and_grad(X, Y)
        if step == 6:  # from one way to the other, and back
            for p, g in zip(model.parameters(), gradient.tolist()):
                p.grad = g
            opt.step()
        else:
            opt.step(program, gradient)
        scalar.zero_grad()
        losses.mse(other(X.tolist()), Y.tolist()).backward()
        scalar.step()
    ours, theirs = (m.state_dict() for m in (model, other))
    assert ours == pytest.approx(theirs, rel=1e-9)
    flat = [np.array(o.state_dict()["state"]) for o in (opt, scalar)]
    assert np.allclose(*flat, rtol=1e-9) and opt.t == scalar.t == 12
    again = pair(name, **SETTINGS[name])[2]
    again.load_state_dict(pickle.loads(pickle.dumps(opt.state_dict())))
    assert again.state_dict() == opt.state_dict()


def test_a_program_of_other_parameters_is_refused():
    _, program, opt = pair("adam")
    other = pair("adam")[1]
    gradient = program.value_and_grad(X, Y)[1]
    with pytest.raises(ValueError, match="takes a program of its own"):
        opt.step(other, gradient)
    with pytest.raises(ValueError, match="takes the gradient in 17 parameters"):
        opt.step(program, gradient[:-1])
    assert opt.t == 0 and opt.state_dict()["state"][0] == [0.0, 0.0]


def test_parameters_are_read_again_whoever_moved_them():
    model, program, opt = pair("sgd")
    p = model.parameters()[0]
    before = program(X, Y)
    p.data += 1.0
    moved = program(X, Y)
    model.load_state_dict({**model.state_dict(), "layers.0.neurons.0.w.0": p.data - 1.0})
    assert (moved != before).any() and np.allclose(program(X, Y), before)
    program.theta = [0.0] * len(program.theta)
    assert {q.data for q in model.parameters()} == {0.0}
    with pytest.raises(ValueError, match="theta must hold the 17 parameters"):
        program.theta = [1.0]
    assert program.parameters == model.parameters()


def test_two_programs_of_the_same_parameters_see_each_other():
    w = Value(1.0)
    first, second = (compile(lambda x: w * x, 0.0, wrt=[w]) for _ in range(2))
    first.theta = [3.0]
    assert second([1.0]).tolist() == [3.0]
    second.theta = second.theta + 1.0
    assert first.theta.tolist() == [4.0] and first([1.0]).tolist() == [4.0]
