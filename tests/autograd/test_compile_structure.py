"""New numbers of parameters count at the next call; a function that has changed is noticed."""

import random
from functools import partial

import numpy as np
import pytest

import autograd
from autograd import OPS, TracingError, Value, compile, maximum, relu
from nn import MLP, BatchNorm, Dropout, Layer, Sequential

from .eager import assert_agrees, close

X = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0], [0.0, 0.5], [2.0, 2.0]])
Y = np.array([1.0, 0.0, -1.0, 0.5, 2.0])


def squared_error(model):
    return lambda x, y: (model(x) - y) ** 2


def compiled_model():
    model = MLP(2, [3, 1], "tanh", rng=0)
    return model, compile(squared_error(model), [0.0, 0.0], 0.0, wrt=model)


# Parameters move; structure must not.


def test_new_numbers_of_parameters_are_picked_up_at_the_next_call():
    model, program = compiled_model()
    f = squared_error(model)
    rng = random.Random(1)
    for _ in range(3):
        for p in model.parameters():
            p.data = rng.uniform(-1, 1)
        assert_agrees(program, f, model.parameters(), X, Y)


def test_slopes_of_switches_follow_the_numbers_of_the_parameters():
    p, q = Value(-1.0), Value(3.0)

    def f(x):
        return (
            relu(p) * x
            + maximum(p, q)
            + autograd.abs(q)
            + autograd.where(p, q, x)
            + autograd.clip(p, 0.0, 1.0)
            + relu(x)
        )

    program = compile(f, 0.0, wrt=[p, q])
    for p.data, q.data in ((-1.0, 3.0), (2.0, -3.0), (0.5, 0.5), (0.0, -0.0), (-4.0, -5.0)):
        assert_agrees(program, f, [p, q], [1.0, -2.0, 0.0])


def test_slopes_of_switches_on_inputs_do_not_depend_on_the_example():
    p = Value(3.0)

    def f(x):
        return autograd.where(x, p, x)

    for example in (0.0, 1.0):
        assert_agrees(compile(f, example, wrt=[p]), f, [p], [1.0, 0.0, -2.0])


CHANGES = {
    "activation": lambda model: setattr(model.layers[0].neurons[1], "activate", OPS["relu"]),
    "longer": lambda model: model.layers.append(MLP(1, [1], rng=0).layers[0]),
    "replaced": lambda model: model.layers.__setitem__(0, MLP(2, [3], "relu", rng=0).layers[0]),
    "weight": lambda model: model.layers[0].neurons[0].w.__setitem__(0, Value(1.0)),
    "no bias": lambda model: setattr(model.layers[1].neurons[0], "b", None),
    "past setattr": lambda model: vars(model.layers[0].neurons[0]).update(activate=OPS["sin"]),
}
"""What a module may have become since it was compiled."""


@pytest.mark.parametrize("kind", CHANGES)
@pytest.mark.parametrize("how", ["closure", "method", "itself", "partial", "wrt", "default"])
def test_a_changed_module_is_noticed_wherever_the_function_finds_it(kind, how):
    model = MLP(2, [3, 1], "tanh", rng=0)
    f, options = {
        "closure": (lambda x: model(x), {}),
        "method": (model.forward, {}),
        "itself": (model, {}),
        "partial": (partial(lambda module, x: module(x), model), {}),
        "wrt": (by_hiding_place, {"wrt": model}),
        "default": (lambda x, module=model: module(x), {}),
    }[how]
    HIDDEN["model"] = model  # where `wrt` alone has it in sight
    program = compile(f, [0.0, 0.0], **options)
    before = program(X)
    CHANGES[kind](model)
    with pytest.raises(
        TracingError, match="has become another function since it was compiled: compile it again"
    ):
        program(X)
    assert len(before) == len(X)


class Trainer:
    """An object that is not a module, but has one."""

    def __init__(self, model):
        self.model, self.steps = model, 0

    def out(self, x):
        return self.model(x)

    __call__ = out


def compiled_through(trainer, how):
    f = {"method": trainer.out, "itself": trainer, "closure": lambda x: trainer.model(x)}[how]
    return compile(f, [0.0, 0.0])


@pytest.mark.parametrize("how", ["method", "itself", "closure"])
@pytest.mark.parametrize("kind", CHANGES)
def test_a_changed_module_of_a_plain_object_is_noticed(kind, how):
    trainer = Trainer(MLP(2, [3, 1], "tanh", rng=0))
    program = compiled_through(trainer, how)
    trainer.steps += 1
    assert program(X).shape == (5,)
    CHANGES[kind](trainer.model)
    with pytest.raises(TracingError, match="has become another function"):
        program(X)


@pytest.mark.parametrize("how", ["method", "itself", "closure"])
def test_another_module_of_a_plain_object_is_noticed(how):
    trainer = Trainer(MLP(2, [3, 1], "tanh", rng=0))
    program = compiled_through(trainer, how)
    trainer.model = MLP(2, [3, 1], "tanh", rng=1)
    with pytest.raises(TracingError, match="has become another function"):
        program(X)


HIDDEN = {}


def by_hiding_place(x):
    return HIDDEN["model"](x)


def test_every_call_that_reads_the_parameters_notices():
    model, program = compiled_model()
    model.layers[0].neurons[0].activate = OPS["relu"]
    for call in (program, program.value_and_grad, program.input_grads):
        with pytest.raises(TracingError):
            call(X, Y)
    assert program.sums(program.theta, X, Y)  # a pure function, of what was compiled
    model.layers[0].neurons[0].activate = OPS["tanh"]
    assert program(X, Y).shape == (5,)


def test_a_change_between_training_and_use_is_noticed_where_it_matters():
    model = Sequential(Layer(2, 2, "tanh", rng=0), Dropout(0.5, rng=0)).eval()
    program = compile(model, [0.0, 0.0])
    model.train()
    with pytest.raises(TracingError, match="in training"):
        program(X)
    model.eval()
    assert program(X).shape == (5, 2)


def test_buffers_that_are_loaded_are_noticed():
    model = Sequential(Layer(2, 2, "tanh", rng=0), BatchNorm(2)).eval()
    program = compile(model, [0.0, 0.0])
    state = model.state_dict()
    model.load_state_dict(state)
    assert program(X).shape == (5, 2)
    model.load_state_dict({**state, "layers.1.running_mean.0": 2.0})
    with pytest.raises(TracingError, match="another function"):
        program(X)


def test_the_contract_ends_at_modules():
    scale = [2.0]
    program = compile(lambda x: x * scale[0], 0.0)
    scale[0] = 3.0
    assert program([1.0]).tolist() == [2.0]  # compile again after such a change


def test_harmless_changes_do_not_raise():
    model, program = compiled_model()
    wanted = program.value_and_grad(X, Y)
    model.eval()
    assert close(program.value_and_grad(X, Y)[1], wanted[1])
    model.train()
    for p in model.parameters():
        p.grad, p.label = 3.0, "other"
    squared_error(model)([Value(1.0), Value(2.0)], 3.0).backward()
    assert program.value_and_grad(X, Y)[0] == wanted[0]
    assert program(X, Y).shape == (5,)


def test_a_function_may_refer_to_one_that_is_not_defined_yet():
    def f(x):
        return x * 2 if later is None else later(x)  # noqa: F821, RUF100

    with pytest.raises(NameError):
        compile(f, 0.0)

    def later(x):
        return x * 3

    assert compile(f, 0.0)([1.0]).tolist() == [3.0]


GLOBAL = MLP([1, 1], rng=0)


def helper(x):
    return GLOBAL([x])


@pytest.mark.parametrize(
    "f",
    [
        lambda x: GLOBAL([x]),
        lambda x: (lambda: GLOBAL([x]))(),
        lambda x: helper(x),
        lambda x: max([helper(x)], key=lambda _: 0),
    ],
)
def test_a_changed_module_is_noticed_behind_functions_of_the_file_and_inside(f):
    program = compile(f, 0.0, wrt=GLOBAL.parameters())
    GLOBAL.layers.append(Layer(1, 1, "tanh", rng=0))
    try:
        with pytest.raises(TracingError):
            program([1.0])
    finally:
        GLOBAL.layers.pop()
    assert len(program([1.0])) == 1


def recursive(x, n=3):
    return recursive(x, n - 1) + GLOBAL([x]) if n else x


def test_a_function_that_calls_itself_is_looked_through_once():
    assert compile(recursive, 0.0, wrt=GLOBAL.parameters())([1.0]).shape == (1,)
