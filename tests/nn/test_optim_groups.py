"""Parameter groups, frozen parameters, copies of optimizers, and norms beyond the floats."""

import copy
import json
import math
import pickle

import numpy as np
import pytest

from autograd import Value, compile
from nn import MLP, data, fit, load, losses, optim, save
from nn.files.schema import CheckpointError
from nn.optim import OPTIMIZERS, SGD, Adam, AdamW, RMSProp, clip_grad_norm, clip_grad_value

from .reference import REFERENCE, near
from .refusals import refusal

KINDS = {kind.__name__: kind for kind in OPTIMIZERS.values()}
KIND = pytest.mark.parametrize("kind", OPTIMIZERS.values())
QUIET = {"epochs": 2, "rng": 0, "progress": False}


def parameters(numbers=(1.0, -2.0, 0.5, 3.0)):
    return [Value(x) for x in numbers]


def data_of(optimizer):
    return [p.data for p in optimizer.parameters]


def go(optimizer, rows):
    for row in rows:
        for p, g in zip(optimizer.parameters, row):
            p.grad = g
        optimizer.step()
    return data_of(optimizer)


ROWS = [[1.0, -2.0, 0.5, 0.1], [0.0, 3.0, -1.0, 0.1], [2.0, 2.0, 2.0, 2.0]]


# Groups.


@pytest.mark.parametrize("case", REFERENCE["groups"], ids=lambda case: case["optimizer"])
def test_groups_move_as_pytorchs_do(case):
    ps = parameters(case["start"])
    groups = [{"params": ps[:3]}, {"params": ps[3:], **case["settings"]}]
    optimizer = KINDS[case["optimizer"]](groups, lr=0.1)
    for row, wanted in zip(case["gradients"], case["parameters"]):
        assert near(go(optimizer, [row]), wanted)


def grouped(kind, ps):
    return kind([{"params": iter(ps[:1]), "lr": 0.3}, {"params": ps[1:], "weight_decay": 0.1}], 0.1)


@KIND
def test_groups_move_alike_on_vectors_and_on_values(kind):
    w, other = parameters(), parameters()
    program = compile(lambda x: x * (w[0] * w[1] * w[2] * w[3]), 0.0, wrt=w)
    ours, theirs = grouped(kind, w), grouped(kind, other)
    for row in ROWS:
        ours.step(program, np.array(row))
        assert data_of(ours) == pytest.approx(go(theirs, [row]), rel=1e-14)
    assert ours.state_dict()["state"] == [pytest.approx(row) for row in theirs.state]


def test_a_group_is_a_rule_of_its_own_beside_another():
    ps, alone, decayed = parameters(), parameters(), parameters()
    groups = [{"params": ps[0], "lr": 0.3}, {"params": ps[1:], "weight_decay": 0.1}]
    together = go(Adam(groups, 0.1), ROWS)
    assert together[0] == go(Adam(alone, 0.3), ROWS)[0]
    assert together[1:] == go(Adam(decayed, 0.1, weight_decay=0.1), ROWS)[1:]


def test_the_rates_of_groups_keep_their_ratio_to_the_optimizers():
    optimizer = grouped(SGD, parameters())
    assert [group.factor for group in optimizer.groups] == [pytest.approx(3.0), 1.0]
    optimizer.lr = 0.0
    assert go(optimizer, ROWS) == [1.0, -2.0, 0.5, 3.0]
    optimizer.lr = 1.0
    optimizer.groups[1].factor = 0.0
    assert go(optimizer, ROWS[:1]) == [pytest.approx(-2.0), -2.0, 0.5, 3.0]


def test_a_group_shows_itself_in_a_line():
    first, second = grouped(SGD, parameters()).groups
    wanted = "momentum=0, nesterov=False, weight_decay=0"
    assert repr(first) == f"Group(1 parameter, factor=3, {wanted})"
    assert repr(second) == f"Group(3 parameters, factor=1, {wanted}.1)"


def test_one_group_is_no_group():
    ps = parameters()
    one = Adam([{"params": ps, "lr": 0.3, "betas": (0.5, 0.9)}], weight_decay=0.2)
    assert one.state_dict() == Adam(ps, 0.3, betas=(0.5, 0.9), weight_decay=0.2).state_dict()


@KIND
def test_a_state_with_groups_goes_on_to_the_bit(kind):
    one = grouped(kind, parameters())
    go(one, ROWS)
    ps = parameters(data_of(one))
    other = kind([{"params": ps[:1]}, {"params": ps[1:]}], 0.7)
    other.load_state_dict(json.loads(json.dumps(one.state_dict())))
    assert go(other, ROWS) == go(one, ROWS)
    assert other.state_dict() == one.state_dict()


@pytest.mark.parametrize(
    "change",
    [
        lambda groups: groups[:1],
        lambda groups: None,
        lambda groups: [groups[1], groups[0]],
        lambda groups: [{**groups[0], "factor": -1.0}, groups[1]],
        lambda groups: [{**groups[0], "weight_decay": -1.0}, groups[1]],
        lambda groups: [{**groups[0], "weight_decay": None}, groups[1]],
        lambda groups: [{**groups[0], "more": 1}, groups[1]],
    ],
)
def test_groups_that_do_not_fit_are_refused(change):
    optimizer = grouped(SGD, parameters())
    state = optimizer.state_dict()
    before = json.dumps(state)
    with pytest.raises((ValueError, TypeError), match="SGD"):
        optimizer.load_state_dict({**state, "groups": change(state["groups"])})
    assert json.dumps(optimizer.state_dict()) == before


@pytest.mark.parametrize("compiled", [True, False])
def test_fit_moves_each_group_at_its_rate(compiled):
    model = MLP([2, 4, 2], "tanh", rng=0)
    first, last = (layer.parameters() for layer in model.layers)
    start = model.state_dict()
    optimizer = Adam([{"params": first, "lr": 0.0}, {"params": last}], lr=0.1)
    fit(model, data.moons(20, rng=0), optimizer=optimizer, compiled=compiled, **QUIET)
    moved = {name.split(".")[1] for name, x in model.state_dict().items() if x != start[name]}
    assert moved == {"1"}


@pytest.mark.parametrize(
    "groups",
    [
        lambda first, last: [{"params": last, "lr": 0.5}, {"params": first, "betas": (0.5, 0.9)}],
        lambda first, last: [{"params": last}, {"params": first[:2], "weight_decay": 0.1}],
        lambda first, last: last,
        lambda first, last: [*last, *first],
    ],
)
def test_an_optimizer_of_groups_or_of_a_part_goes_on_from_its_file_to_the_bit(groups, tmp_path):
    file, samples = tmp_path / "model.json", data.moons(20, rng=0)
    model = MLP([2, 4, 2], rng=0)
    optimizer = Adam(groups(*[layer.parameters() for layer in model.layers]), lr=0.1)
    fit(model, samples, optimizer=optimizer, **QUIET)
    save(file, model, optimizer)
    found = load(file)
    assert found.optimizer.state_dict() == optimizer.state_dict()
    names = [p.label for p in optimizer.parameters]
    assert [p.label for p in found.optimizer.parameters] == names
    fit(model, samples, optimizer=optimizer, **QUIET)
    fit(found.model, samples, optimizer=found.optimizer, **QUIET)
    assert found.model.state_dict() == model.state_dict()


@pytest.mark.parametrize(
    ("change", "part"),
    [
        (lambda groups: [], "optimizer.groups: wanted a list of objects"),
        (lambda groups: groups[:1], "parameters alone, since it is the only group"),
        (lambda groups: [{"factor": 1.0}, groups[1]], "the names of its parameters"),
        (lambda groups: [{**groups[0], "parameters": ["x"]}, groups[1]], "a parameter of the mod"),
        (lambda groups: [groups[0], groups[0]], "same parameter twice"),
        (lambda groups: [{**groups[0], "factor": "1"}, groups[1]], "wanted a finite number"),
        (lambda groups: [{**groups[0], "more": 1.0}, groups[1]], "groups must each have"),
    ],
)
def test_a_file_with_wrong_groups_is_refused(change, part, tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 4, 2], rng=0)
    optimizer = SGD(
        [{"params": layer.parameters(), "lr": 0.1 + i} for i, layer in enumerate(model.layers)]
    )
    save(file, model, optimizer)
    content = json.loads(file.read_text())
    content["optimizer"]["groups"] = change(content["optimizer"]["groups"])
    file.write_text(json.dumps(content))
    with refusal(CheckpointError, part):
        load(file)


@pytest.mark.parametrize(
    ("call", "kind", "part"),
    [
        (lambda ps: SGD([{"lr": 1}]), TypeError, "SGD: group 0 must be a dict such as {'params'"),
        (lambda ps: SGD([{"params": ps}, ps]), TypeError, "SGD: group 1 must be a dict"),
        (lambda ps: SGD([{"params": []}]), TypeError, "SGD takes the Values to move"),
        (lambda ps: SGD([{"params": ps, "betas": 1}]), TypeError, "SGD has no hyperparameter 'bet"),
        (lambda ps: SGD([{"params": ps, "lr": -1}]), ValueError, "SGD(lr) must be at least 0"),
        (
            lambda ps: SGD([{"params": ps[:1]}, {"params": ps[1:], "momentum": 2}]),
            ValueError,
            "SGD(momentum) must be at least 0 and below 1, got 2",
        ),
        (
            lambda ps: SGD([{"params": ps[:1]}, {"params": ps[1:], "lr": 1}], lr=0),
            ValueError,
            "give it an lr above 0",
        ),
        (lambda ps: SGD([{"params": ps}, {"params": ps}]), ValueError, "same parameter twice"),
        (lambda ps: SGD([{"params": MLP([9] * 9)}]), TypeError, "got MLP([9, 9, 9, 9, 9, 9, 9, 9,"),
        (lambda ps: SGD(ps).param_groups, AttributeError, "its groups are in .groups"),
    ],
)
def test_groups_that_are_none_are_refused_in_few_words(call, kind, part):
    with refusal(kind, part):
        call(parameters())
    with pytest.raises(kind) as error:
        call(parameters())
    assert len(str(error.value)) < 300


# Frozen parameters.


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("optimizer", sorted(OPTIMIZERS))
def test_fit_leaves_a_frozen_part_where_it_is(optimizer, compiled):
    model = MLP([2, 4, 2], "tanh", rng=0)
    assert model.layers[0].freeze() is model.layers[0]
    start, moons = model.state_dict(), data.moons(20, rng=0)
    settings = {"optimizer": optimizer, "clip_norm": 0.5, "compiled": compiled, **QUIET}
    fit(model, moons, **settings)
    moved = {name.split(".")[1] for name, x in model.state_dict().items() if x != start[name]}
    assert moved == {"1"}
    frozen = model.layers[0].state_dict()
    model.unfreeze()
    fit(model, moons, **settings)
    assert model.layers[0].state_dict() != frozen


def test_frozen_training_is_the_same_on_arrays_and_on_scalars():
    states = []
    for compiled in (True, False):
        model = MLP([2, 4, 2], "tanh", rng=0)
        model.layers[1].freeze()
        settings = {"clip_norm": 0.1, "l2": 0.01, "compiled": compiled, **QUIET}
        fit(model, data.moons(20, rng=0), **settings)
        states.append(model.state_dict())
    assert states[0] == pytest.approx(states[1], rel=1e-9)


@KIND
def test_a_step_leaves_frozen_parameters_and_what_is_remembered_of_them(kind):
    model, other = MLP([1, 2], rng=0), MLP([1, 2], rng=0)
    for module in (model, other):
        module.layers[0].neurons[0].freeze()
    program = compile(lambda x: model(x)[0] + model(x)[1], [0.0], wrt=model)
    vectors, values = kind(model.parameters(), 0.1), kind(other.parameters(), 0.1)
    start = data_of(vectors)
    for row in ROWS:
        vectors.step(program, np.array(row))
        assert data_of(vectors) == pytest.approx(go(values, [row]), rel=1e-14)
    assert data_of(values)[:2] == start[:2] and data_of(values)[2:] != start[2:]
    assert {*values.state[0], *vectors.state[0]} <= {0.0}


def test_frozen_gradients_do_not_count_in_a_norm():
    model = MLP([1, 2], bias=False, rng=0)
    first, second = model.parameters()
    first.grad, second.grad = math.nan, 3.0
    model.layers[0].neurons[0].freeze()
    assert clip_grad_norm(model.parameters(), 1.0) == 3.0
    assert math.isnan(first.grad) and second.grad == pytest.approx(1.0)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_of_a_frozen_part_is_frozen(how):
    model = MLP([2, 4, 2], rng=0)
    model.layers[0].freeze()
    for made in (how(model), how([model])[0]):
        start = made.state_dict()
        fit(made, data.moons(20, rng=0), **QUIET)
        moved = [name for name, x in made.state_dict().items() if x != start[name]]
        assert moved and all(name.startswith("layers.1") for name in moved)


@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copy_of_a_frozen_model_is_free_where_the_model_is(how):
    model = MLP([2, 4, 2], rng=0).freeze()
    model.layers[1].unfreeze()
    for made in (model, how(model), how(how(model))):
        start = made.state_dict()
        fit(made, data.moons(20, rng=0), **QUIET)
        moved = {name[:8] for name, x in made.state_dict().items() if x != start[name]}
        assert moved == {"layers.1"}


# Copies of optimizers.


@KIND
@pytest.mark.parametrize("how", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_a_copied_optimizer_goes_on_with_the_copied_model(kind, how):
    model = MLP([2, 3, 1], "tanh", rng=0)
    optimizer = kind(model.parameters(), 0.1)
    again, stepper = how((model, optimizer))
    assert stepper.parameters == again.parameters()
    for _ in range(3):
        for network, opt in ((model, optimizer), (again, stepper)):
            opt.zero_grad()
            losses.mse(network([1.0, -1.0]), 0.5).backward()
            opt.step()
    assert again.state_dict() == model.state_dict()
    assert stepper.state_dict() == optimizer.state_dict()


def test_a_copied_optimizer_has_the_groups_of_the_first():
    optimizer = grouped(AdamW, parameters())
    go(optimizer, ROWS)
    again = pickle.loads(pickle.dumps(optimizer))
    assert repr(again) == repr(optimizer) and "4 parameters in 2 groups" in repr(again)
    assert go(again, ROWS) == go(optimizer, ROWS)


# Limits.


@pytest.mark.parametrize("limit", [1.0, 1e-300, 1e300])
def test_a_norm_beyond_the_floats_is_clipped_like_any_other(limit):
    ps = parameters()
    for p in ps:
        p.grad = 1e308
    assert clip_grad_norm(ps, limit) == math.inf
    assert [p.grad for p in ps] == pytest.approx([limit / 2] * 4, rel=1e-12)


def test_no_limit_leaves_a_norm_beyond_the_floats_alone():
    ps = parameters()
    for p in ps:
        p.grad = 1e308
    clip_grad_norm(ps, math.inf)
    assert [p.grad for p in ps] == [1e308] * 4


@pytest.mark.parametrize("clip", [clip_grad_norm, clip_grad_value])
def test_a_limit_for_a_model_is_told_where_its_parameters_are(clip):
    with refusal(TypeError, f"{clip.__name__}(model.parameters())", "got MLP([2, 3, 1]"):
        clip(MLP([2, 3, 1], rng=0), 1)


def test_the_optimizers_by_name_are_all_there_are():
    assert {*OPTIMIZERS.values()} == {SGD, RMSProp, Adam, AdamW}
    assert optim.Group is type(SGD(parameters()).groups[0])


@pytest.mark.parametrize("given", [lambda: None, np.zeros(4), [1.0]])
def test_a_closure_or_a_gradient_by_itself_is_no_step(given):
    ps = parameters()
    with refusal(TypeError, "SGD.step takes nothing, or a compiled Program and its gradient, got"):
        SGD(ps).step(given)
    assert data_of(SGD(ps)) == [p.data for p in parameters()]


def test_one_parameter_is_not_several():
    assert repr(SGD(parameters([1.0]))).startswith("SGD(1 parameter, lr=")


def test_a_schedule_may_freeze_and_thaw_on_arrays_as_on_scalars():
    ends = []
    for compiled in (True, False):
        model = MLP([2, 4, 2], "tanh", rng=0)

        def thawing(epoch, first=model.layers[0]):
            (first.freeze if epoch == 2 else first.unfreeze)()
            return 1.0

        settings = {"optimizer": "sgd", "schedule": thawing, "compiled": compiled}
        fit(model, data.moons(20, rng=0), **{**QUIET, "epochs": 5}, **settings)
        ends.append(model.state_dict())
    arrays, scalars = ends
    assert arrays == pytest.approx(scalars, rel=1e-9)


@pytest.mark.parametrize("gone", ["momentum", "weight_decay", "factor"])
def test_a_group_that_lacks_a_hyperparameter_is_refused(gone, tmp_path):
    optimizer = grouped(SGD, parameters())
    state = optimizer.state_dict()
    first, second = state["groups"]
    lacking = {key: x for key, x in first.items() if key != gone}
    with pytest.raises((ValueError, TypeError), match="groups"):
        optimizer.load_state_dict({**state, "groups": [lacking, second]})
    extra = [{**state["groups"][0], "lr": 9.0}, state["groups"][1]]
    with pytest.raises(ValueError, match="groups must each have"):
        optimizer.load_state_dict({**state, "groups": extra})
