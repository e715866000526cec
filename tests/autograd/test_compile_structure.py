"""New numbers of parameters are picked up at the next call; a function that became another one is noticed."""

import random
import types
from collections import deque
from functools import partial

import numpy as np
import pytest

import autograd
from autograd import OPS, TracingError, Value, compile, maximum, relu
from nn import MLP

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
        return relu(p) * x + maximum(p, q) + autograd.abs(q) + autograd.where(p, q, x) + autograd.clip(p, 0.0, 1.0) + relu(x)

    program = compile(f, 0.0, wrt=[p, q])
    for p.data, q.data in ((-1.0, 3.0), (2.0, -3.0), (0.5, 0.5), (0.0, -0.0), (-4.0, -5.0)):
        assert_agrees(program, f, [p, q], [1.0, -2.0, 0.0])


def test_slopes_of_switches_on_inputs_do_not_depend_on_the_example():
    p = Value(3.0)

    def f(x):
        return autograd.where(x, p, x)

    for example in (0.0, 1.0):
        assert_agrees(compile(f, example, wrt=[p]), f, [p], [1.0, 0.0, -2.0])


SCALE = 2.0


def by_global(x):
    return x * SCALE


def test_a_changed_structure_raises(monkeypatch):
    model, program = compiled_model()
    model.layers[0].neurons[0].activate = OPS["relu"]
    with pytest.raises(TracingError, match="has become another function since it was compiled: compile it again"):
        program(X, Y)
    with pytest.raises(TracingError):
        program.value_and_grad(X, Y)
    with pytest.raises(TracingError):
        program.input_grads(X, Y)
    model.layers[0].neurons[0].activate = OPS["tanh"]
    assert program(X, Y).shape == (5,)

    model, program = compiled_model()
    model.layers.append(MLP(1, [1], rng=0).layers[0])
    with pytest.raises(TracingError):
        program.value_and_grad(X, Y)

    model, program = compiled_model()
    model.layers[0].neurons[0].w[0] = Value(1.0)
    with pytest.raises(TracingError):
        program.value_and_grad(X, Y)

    scale = 2.0
    closing = compile(lambda x: x * scale, 0.0)
    scale = 3.0
    with pytest.raises(TracingError):
        closing([1.0])

    program = compile(by_global, 0.0)
    monkeypatch.setitem(by_global.__globals__, "SCALE", 5.0)
    with pytest.raises(TracingError):
        program([1.0])


@pytest.mark.parametrize(
    "kind",
    ["list", "deque", "dict", "keys", "set", "attribute", "private attribute", "slot", "class", "class of an object", "base class",
     "default", "partial", "array", "nested", "property", "global of an inner function", "global of a module",
     "global of another module's function", "code"],
)  # fmt: skip
def test_a_changed_constant_is_noticed_wherever_it_is_kept(kind, monkeypatch):
    class Box:
        __slots__ = ("scale",)

    class Settings:
        scale = 2.0
        _hidden = 2.0

        @property
        def both(self):
            return self._hidden

    class Derived(Settings):
        pass

    other = types.ModuleType("other")
    exec("SCALE = 2.0\ndef scaled(x):\n    return sum(SCALE * y for y in [x])", vars(other))
    scaled, importing = other.scaled, {"other": other, "__name__": "importing"}
    exec("def by_module(x):\n    return x * other.SCALE", importing)
    monkeypatch.setitem(globals(), "SCALE", 2.0)
    keys = {2.0: "a"}

    def coded(x):
        return 2.0 * x

    box, settings, numbers, table, array, members = Box(), Settings(), [2.0], {"a": 2.0}, np.array([2.0]), {2.0}
    queue = deque([2.0])
    box.scale = settings.scale = settings._hidden = 2.0

    def helper(x):
        return x * numbers[0]

    def with_default(x, scale=numbers):
        return x * scale[0]

    f, change = {
        "list": (lambda x: x * numbers[0], lambda: numbers.__setitem__(0, 3.0)),
        "deque": (lambda x: x * queue[0], lambda: queue.appendleft(3.0)),
        "dict": (lambda x: x * table["a"], lambda: table.update(a=3.0)),
        "set": (lambda x: x * max(members), lambda: members.add(3.0)),
        "attribute": (lambda x: x * settings.scale, lambda: setattr(settings, "scale", 3.0)),
        "private attribute": (lambda x: x * settings._hidden, lambda: setattr(settings, "_hidden", 3.0)),
        "property": (lambda x: x * settings.both, lambda: setattr(settings, "_hidden", 3.0)),
        "default": (with_default, lambda: numbers.__setitem__(0, 3.0)),
        "partial": (partial(with_default, scale=numbers), lambda: numbers.__setitem__(0, 3.0)),
        "keys": (lambda x: x * max(keys), lambda: keys.update({3.0: keys.pop(2.0)})),
        "slot": (lambda x: x * box.scale, lambda: setattr(box, "scale", 3.0)),
        "class": (lambda x: x * Settings.scale, lambda: setattr(Settings, "scale", 3.0)),
        "class of an object": (lambda x: x * Settings().scale, lambda: setattr(Settings, "scale", 3.0)),
        "base class": (lambda x: x * Derived().scale, lambda: setattr(Settings, "scale", 3.0)),
        "global of an inner function": (lambda x: sum(y * SCALE for y in [x]), lambda: globals().update(SCALE=3.0)),
        "global of a module": (importing["by_module"], lambda: setattr(other, "SCALE", 3.0)),
        "global of another module's function": (lambda x: scaled(x), lambda: setattr(other, "SCALE", 3.0)),
        "code": (coded, lambda: setattr(coded, "__code__", (lambda x: 3.0 * x).__code__)),
        "array": (lambda x: x * float(array[0]), lambda: array.__setitem__(0, 3.0)),
        "nested": (lambda x: helper(x), lambda: numbers.__setitem__(0, 3.0)),
    }[kind]
    program = compile(f, 0.0)
    assert program([1.0]).tolist() == [2.0]
    change()
    with pytest.raises(TracingError, match="another function"):
        program([1.0])


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
