"""Optimizers: PyTorch's steps, exact continuation, and all or nothing."""

import json
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import Value
from nn import MLP
from nn.optim import (
    OPTIMIZERS,
    SGD,
    Adam,
    AdamW,
    Optimizer,
    RMSProp,
    clip_grad_norm,
    clip_grad_value,
    rules,
)

from .reference import REFERENCE, near
from .refusals import refusal

KINDS = {kind.__name__: kind for kind in OPTIMIZERS.values()}
MAKERS = {
    "plain": lambda ps: SGD(ps, 0.1),
    "nesterov": lambda ps: SGD(ps, 0.1, momentum=0.9, nesterov=True, weight_decay=0.1),
    "rmsprop": lambda ps: RMSProp(ps, 0.1, momentum=0.5),
    "adam": lambda ps: Adam(ps, 0.1, weight_decay=0.1),
    "adamw": lambda ps: AdamW(ps, 0.1),
}
every_optimizer = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
ROWS = st.lists(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3), min_size=1, max_size=6)


def parameters(numbers=(1.0, -2.0, 0.5)):
    return [Value(x) for x in numbers]


def data_of(optimizer):
    return [p.data for p in optimizer.parameters]


def go(optimizer, rows):
    """A step for each row of gradients; the parameters after each."""
    after = []
    for row in rows:
        for p, g in zip(optimizer.parameters, row):
            p.grad = g
        optimizer.step()
        after.append(data_of(optimizer))
    return after


# PyTorch.


@pytest.mark.parametrize(
    "case", REFERENCE["optimizers"], ids=lambda case: f"{case['optimizer']} {case['settings']}"
)
def test_steps_are_pytorchs(case):
    optimizer = KINDS[case["optimizer"]](parameters(case["start"]), **case["settings"])
    assert near(go(optimizer, case["gradients"]), case["parameters"])


@pytest.mark.parametrize(
    "case", REFERENCE["clippings"], ids=lambda case: f"{case['how']} {case['limit']}"
)
def test_clipping_is_pytorchs(case):
    ps = parameters([0.0] * len(case["gradients"]))
    for p, g in zip(ps, case["gradients"]):
        p.grad = g
    norm = (clip_grad_norm if case["how"] == "norm" else clip_grad_value)(iter(ps), case["limit"])
    assert near([p.grad for p in ps], case["clipped"])
    assert norm is None if case["norm"] is None else near(norm, case["norm"])


# Steps.


def test_plain_descent_goes_against_the_gradient():
    optimizer = SGD(parameters([1.0, 2.0]), lr=0.5)
    assert go(optimizer, [[4.0, -1.0], [0.0, 1.0]]) == [[-1.0, 2.5], [-1.0, 2.0]]


@every_optimizer
def test_every_optimizer_finds_the_bottom_of_a_bowl(make):
    optimizer = make(parameters([1.0, -0.5]))
    for _ in range(300):
        optimizer.zero_grad()
        x, y = optimizer.parameters
        (x * x + 3 * y * y).backward()
        optimizer.step()
    assert max(map(abs, data_of(optimizer))) < 0.1


def test_zero_grad_clears_gradients_and_nothing_else():
    optimizer = SGD(parameters(), 0.1)
    (optimizer.parameters[0] * 3).backward()
    optimizer.zero_grad()
    assert [p.grad for p in optimizer.parameters] == [0.0] * 3 and data_of(optimizer) == [
        1.0,
        -2.0,
        0.5,
    ]


def test_the_learning_rate_may_change_between_steps():
    optimizer = SGD(parameters([0.0]), lr=1.0)
    go(optimizer, [[1.0]])
    optimizer.lr = 0.25
    assert go(optimizer, [[1.0]]) == [[-1.25]] and optimizer.lr == 0.25
    with refusal(ValueError, "SGD(lr) must be at least 0 and below inf, got -1"):
        optimizer.lr = -1
    assert optimizer.lr == 0.25


@every_optimizer
@pytest.mark.parametrize("lr", [np.float32(0.5), np.float64(0.5), np.array(0.5), 1])
def test_parameters_stay_pythons_own_floats(make, lr):
    optimizer = make(parameters())
    optimizer.lr = lr
    go(optimizer, [[1.0, 2.0, 3.0]])
    assert {type(x) for x in data_of(optimizer)} == {float}
    assert json.loads(json.dumps(optimizer.state_dict())) == optimizer.state_dict()


@given(ROWS)
def test_a_dead_gradient_moves_nothing_in_any_optimizer(rows):
    rows = [[0.0, *row[1:]] for row in rows]
    for optimizer in (
        SGD(parameters(), 0.1, momentum=0.9),
        RMSProp(parameters()),
        Adam(parameters()),
    ):
        assert {row[0] for row in go(optimizer, rows)} == {1.0}


@every_optimizer
@pytest.mark.parametrize("g", [math.inf, -math.inf, math.nan, 1e308, 5e-324])
def test_no_gradient_makes_a_step_raise(make, g):
    optimizer = make(parameters())
    go(optimizer, [[g, 1.0, g]] * 3)
    assert data_of(optimizer)[1] == go(make(parameters()), [[0.0, 1.0, 0.0]] * 3)[-1][1]


# All or nothing.


@every_optimizer
def test_an_error_in_a_step_moves_nothing(make):
    optimizer = make(parameters())
    go(optimizer, [[1.0, 2.0, 3.0]])
    before, state = data_of(optimizer), optimizer.state_dict()
    loss = optimizer.parameters[2] * optimizer.parameters[2]
    loss.backward(create_graph=True)  # its gradient is a graph, and a parameter no part of one
    with pytest.raises(TypeError):
        optimizer.step()
    assert (data_of(optimizer), optimizer.state_dict()) == (before, state)


@every_optimizer
def test_an_interrupted_step_moves_all_parameters_or_none(make):
    """KeyboardInterrupt before each line in turn, in any function that the step calls."""
    moved = []
    for lines in range(1000):
        optimizer = make(parameters())
        for p in optimizer.parameters:
            p.grad = 1.0
        before, left = data_of(optimizer), lines

        def trace(frame, event, arg):
            nonlocal left
            if event == "line":
                left -= 1
                if left < 0:
                    raise KeyboardInterrupt
            return trace

        tracer = sys.gettrace()
        sys.settrace(trace)
        try:
            optimizer.step()
        except KeyboardInterrupt:
            pass
        else:
            break
        finally:
            sys.settrace(tracer)
        moved.append(sum(a != b for a, b in zip(before, data_of(optimizer))))
    assert {*moved} == {0, 3} and len(moved) > 20


# States.


@every_optimizer
@given(first=ROWS, then=ROWS)
def test_a_state_goes_on_to_the_bit(make, first, then):
    one = make(parameters())
    go(one, first)
    other = type(one)(
        parameters(data_of(one))
    )  # of other hyperparameters, until the state brings its own
    other.load_state_dict(json.loads(json.dumps(one.state_dict())))
    assert go(other, then) == go(one, then)
    assert other.state_dict() == one.state_dict()


def test_a_state_is_a_copy():
    optimizer = Adam(parameters())
    go(optimizer, [[1.0, 2.0, 3.0]])
    state = optimizer.state_dict()
    before = json.dumps(state)
    go(optimizer, [[1.0, 2.0, 3.0]])
    assert json.dumps(state) == before != json.dumps(optimizer.state_dict())
    optimizer.load_state_dict(state)
    state["state"][0][0] = state["hyper"]["lr"] = 99.0
    assert json.dumps(optimizer.state_dict()) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@every_optimizer
@given(data=st.data())
def test_garbage_is_refused_and_changes_nothing(make, data):
    optimizer = make(parameters())
    go(optimizer, [[1.0, 2.0, 3.0]])
    before = json.dumps(optimizer.state_dict())
    state = optimizer.state_dict()
    places = [(state, key) for key in state] + [(state["hyper"], key) for key in state["hyper"]]
    for row in state["state"]:
        places += [(row, i) for i in range(len(row))]
    place, key = data.draw(st.sampled_from(places))
    place[key] = data.draw(JSON)
    try:
        optimizer.load_state_dict(state)
    except (ValueError, TypeError):
        assert json.dumps(optimizer.state_dict()) == before
    else:  # it was no garbage: then it can be used
        go(optimizer, [[1.0, 2.0, 3.0]])
        assert all(isinstance(x, float) for x in data_of(optimizer))


@pytest.mark.parametrize(
    ("change", "kind", "parts"),
    [
        (
            lambda s: [],
            ValueError,
            ("the state does not fit Adam: it must come from its own state_dict(), got []",),
        ),
        (lambda s: None, ValueError, ("the state does not fit Adam", "got None")),
        (lambda s: {**s, "name": "SGD"}, ValueError, ("the state does not fit Adam", "'SGD'")),
        (lambda s: {**s, "more": 1}, ValueError, ("the state does not fit Adam",)),
        (
            lambda s: {**s, "hyper": {"lr": 0.1}},
            ValueError,
            ("the state of Adam must have the hyperparameters lr, beta1, beta2, eps, weight_de",),
        ),
        (
            lambda s: {**s, "hyper": {**s["hyper"], "beta1": 1.0}},
            ValueError,
            ("Adam(beta1) must be at least 0 and below 1, got 1.0",),
        ),
        (
            lambda s: {**s, "hyper": {**s["hyper"], "lr": "1"}},
            TypeError,
            ("Adam(lr) takes a real number", "'1'"),
        ),
        (
            lambda s: {**s, "t": -1},
            ValueError,
            ("t, the number of steps, must be an int from 0 to 2**53, got -1",),
        ),
        (lambda s: {**s, "t": 2**60}, ValueError, ("must be an int from 0 to 2**53",)),
        (lambda s: {**s, "t": True}, ValueError, ("must be an int from 0 to 2**53, got True",)),
        (lambda s: {**s, "t": 1.0}, ValueError, ("must be an int from 0 to 2**53, got 1.0",)),
        (
            lambda s: {**s, "state": s["state"][1:]},
            ValueError,
            ("the state of Adam must hold 2 numbers for each of 3 parameters",),
        ),
        (
            lambda s: {**s, "state": [[0.0]] * 3},
            ValueError,
            ("the state of Adam must hold 2 numbers for each of 3 parameters",),
        ),
        (
            lambda s: {**s, "state": [[0.0, None]] * 3},
            TypeError,
            ("the state of Adam takes a real number", "None"),
        ),
        (
            lambda s: {**s, "state": [[0.0, -1.0]] * 3},
            ValueError,
            ("the state of Adam holds a negative mean of squares",),
        ),
    ],
)
def test_a_state_that_does_not_fit_is_refused(change, kind, parts):
    optimizer = Adam(parameters())
    before = optimizer.state_dict()
    with refusal(kind, *parts):
        optimizer.load_state_dict(change(optimizer.state_dict()))
    assert optimizer.state_dict() == before


def test_a_state_without_momentum_does_not_hold_that_of_one_with_it():
    state = SGD(parameters(), momentum=0.9).state_dict()
    with refusal(ValueError, "the state of SGD must hold 0 numbers for each of 3 parameters"):
        SGD(parameters()).load_state_dict({**state, "hyper": {**state["hyper"], "momentum": 0.0}})


# Rules.

RULES = {
    "decay": rules.decay(0.1),
    "momentum": rules.momentum(0.9),
    "nesterov": rules.momentum(0.9, nesterov=True),
    "rms": rules.scale_by_rms(0.9, 1e-8),
    "adam": rules.scale_by_adam(0.9, 0.999, 1e-8),
    "chain": rules.chain(
        rules.decay(0.1), rules.momentum(0.5), rules.scale_by_adam(0.9, 0.99, 1e-8)
    ),
    "nothing": rules.chain(),
}


@pytest.mark.parametrize("name", sorted(RULES))
@given(gradients=ROWS, ps=st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=3))
def test_a_rule_on_arrays_is_the_rule_on_each_number(name, gradients, ps):
    rule = RULES[name]
    arrays, singles = (np.zeros(3),) * rule.slots, [(0.0,) * rule.slots] * 3
    for t, row in enumerate(gradients, start=1):
        together, arrays = rule.update(np.array(row), np.array(ps), arrays, t)
        results = [rule.update(g, p, state, t) for g, p, state in zip(row, ps, singles)]
        apart, singles = [g for g, _ in results], [state for _, state in results]
        assert together.tolist() == pytest.approx(apart, rel=1e-14, abs=0)
        assert [list(column) for column in zip(*arrays)] == [
            pytest.approx(state, rel=1e-14, abs=0) for state in singles if state
        ]


def test_adam_starts_with_a_step_of_its_learning_rate():
    assert go(Adam(parameters([1.0, 1.0]), lr=0.1), [[1e-3, -1e5]]) == [
        [pytest.approx(0.9, abs=1e-6), pytest.approx(1.1, abs=1e-6)]
    ]


# Errors.


@pytest.mark.parametrize("kind", OPTIMIZERS.values())
@pytest.mark.parametrize(
    "ps", [[], None, 3, [1.0], MLP([2, 1], rng=0), iter([])], ids=lambda ps: type(ps).__name__
)
def test_what_is_no_parameters_is_refused(kind, ps):
    name = kind.__name__
    with refusal(
        TypeError, f"{name} takes the Values to move, as in {name}(model.parameters()), got {ps!r}"
    ):
        kind(ps)


def test_a_parameter_given_twice_is_refused():
    p = Value(1.0)
    with refusal(ValueError, "SGD got the same parameter twice"):
        SGD([p, p])


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (
            lambda ps: SGD(ps, -0.1),
            ValueError,
            "SGD(lr) must be at least 0 and below inf, got -0.1",
        ),
        (
            lambda ps: SGD(ps, math.nan),
            ValueError,
            "SGD(lr) must be at least 0 and below inf, got nan",
        ),
        (
            lambda ps: SGD(ps, math.inf),
            ValueError,
            "SGD(lr) must be at least 0 and below inf, got inf",
        ),
        (lambda ps: SGD(ps, "0.1"), TypeError, "SGD(lr) takes a real number"),
        (
            lambda ps: SGD(ps, momentum=1.0),
            ValueError,
            "SGD(momentum) must be at least 0 and below 1, got 1.0",
        ),
        (
            lambda ps: SGD(ps, weight_decay=-1),
            ValueError,
            "SGD(weight_decay) must be at least 0 and below inf, got -1",
        ),
        (
            lambda ps: SGD(ps, momentum=0.9, nesterov=1),
            TypeError,
            "SGD(nesterov) must be True or False, got 1",
        ),
        (
            lambda ps: SGD(ps, nesterov=True),
            ValueError,
            "SGD(nesterov=True) looks ahead along the momentum: give it one",
        ),
        (
            lambda ps: RMSProp(ps, alpha=1.0),
            ValueError,
            "RMSProp(alpha) must be at least 0 and below 1, got 1.0",
        ),
        (
            lambda ps: RMSProp(ps, momentum=-0.1),
            ValueError,
            "RMSProp(momentum) must be at least 0 and below 1, got -0.1",
        ),
        (
            lambda ps: RMSProp(ps, eps=0),
            ValueError,
            "RMSProp(eps) must be at least 2.22507e-308 and below inf, got 0",
        ),
        (
            lambda ps: Adam(ps, eps=0.0),
            ValueError,
            "Adam(eps) must be at least 2.22507e-308 and below inf, got 0.0",
        ),
        (
            lambda ps: Adam(ps, betas=(1.0, 0.9)),
            ValueError,
            "Adam(beta1) must be at least 0 and below 1, got 1.0",
        ),
        (
            lambda ps: AdamW(ps, betas=(0.9, -1)),
            ValueError,
            "AdamW(beta2) must be at least 0 and below 1, got -1",
        ),
        (
            lambda ps: Adam(ps, betas=0.9),
            ValueError,
            "Adam(betas) takes two numbers, such as (0.9, 0.999), got 0.9",
        ),
        (
            lambda ps: AdamW(ps, betas=[0.9]),
            ValueError,
            "AdamW(betas) takes two numbers, such as (0.9, 0.999), got [0.9]",
        ),
        (
            lambda ps: Optimizer(ps, 0.1),
            TypeError,
            "Optimizer is not an optimizer: define make_rule(**settings)",
        ),
    ],
)
def test_hyperparameters_out_of_range_are_refused(call, kind, part):
    with refusal(kind, part):
        call(parameters())


@pytest.mark.parametrize("g", [math.inf, -math.inf, math.nan])
def test_a_norm_that_no_scale_mends_is_refused_and_nothing_is_clipped(g):
    ps = [Value(1.0), Value(1.0, "layers.0.b")]
    ps[0].grad, ps[1].grad = 100.0, g
    with refusal(
        ValueError, f"clip_grad_norm: the gradient of layers.0.b is {g!r}, which no scale fixes"
    ):
        clip_grad_norm(ps, 1.0)
    assert ps[0].grad == 100.0


def test_clipping_by_value_brings_infinity_in_and_leaves_nan():
    ps = parameters()
    ps[0].grad, ps[1].grad, ps[2].grad = -math.inf, math.nan, 0.25
    clip_grad_value(ps, 0.5)
    assert ps[0].grad == -0.5 and math.isnan(ps[1].grad) and ps[2].grad == 0.25


@pytest.mark.parametrize(
    ("clip", "name"),
    [(clip_grad_norm, "clip_grad_norm(max_norm)"), (clip_grad_value, "clip_grad_value(max_value)")],
)
@pytest.mark.parametrize("limit", [0, -1.0, math.nan])
def test_a_limit_that_is_none_is_refused(clip, name, limit):
    with refusal(ValueError, f"{name} must be positive, got"):
        clip(parameters(), limit)


def test_the_repr_tells_the_hyperparameters():
    assert (
        repr(SGD(parameters()))
        == "SGD(3 parameters, lr=0.01, momentum=0, nesterov=False, weight_decay=0)"
    )
    assert (
        repr(SGD(parameters(), 0.1, momentum=0.9, nesterov=True))
        == "SGD(3 parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0)"
    )
