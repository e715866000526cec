"""Model files of modules of one's own, and models that a file does not fit into."""

import json

import pytest

from nn import (
    MLP,
    BatchNorm,
    CheckpointError,
    Dropout,
    Layer,
    Sequential,
    fit,
    load,
    losses,
    optim,
    save,
)

from .checkpoints import MOONS, Own, Stranger, bits
from .refusals import refusal


def test_a_module_of_your_own_is_saved_by_its_state_and_loaded_into_one_like_it(tmp_path):
    file, model, other = tmp_path / "model.json", Own(seed=1), Own(seed=2)
    opt = optim.Adam(model.parameters())
    losses.mse(model([1.0, 2.0]), [0.0, 0.0]).backward()
    opt.step()
    save(file, model, opt)
    with refusal(CheckpointError, "your own module, 'Own'", "load(..., into=it)"):
        load(file)
    checkpoint = load(file, into=other)
    assert bits(other.state_dict()) == bits(model.state_dict()) and other.seen == 4.5
    assert (
        checkpoint.optimizer.state_dict() == opt.state_dict()
        and checkpoint.optimizer.parameters == other.parameters()
    )


@pytest.mark.parametrize("kind", [Own, Stranger])
def test_a_class_of_your_own_with_the_name_of_ours_is_none_of_ours(kind, tmp_path):
    named_layer = type("Layer", (kind,), {})
    save(tmp_path / "model.json", named_layer())
    with refusal(CheckpointError, "your own module, 'Layer'"):
        load(tmp_path / "model.json")


def test_a_module_of_your_own_within_ours_is_refused(tmp_path):
    with refusal(
        CheckpointError,
        "model.layers[1] is your own module, Own, within a Sequential",
        "to_arrays",
    ):
        save(tmp_path / "model.json", Sequential(Layer(2, 2), Own()))


OTHERS = {
    "wider": lambda: MLP([2, 4, 2], activation="tanh", rng=1),
    "another activation": lambda: MLP([2, 3, 2], rng=1),
    "another output": lambda: MLP([2, 3, 2], activation="tanh", output="tanh", rng=1),
    "deeper": lambda: MLP([2, 3, 3, 2], activation="tanh", rng=1),
    "without bias": lambda: MLP([2, 3, 2], activation="tanh", bias=False, rng=1),
    "another class": lambda: Sequential(*MLP([2, 3, 2], activation="tanh", rng=1).layers),
    "of one's own": Own,
}


@pytest.mark.parametrize("made", OTHERS.values(), ids=OTHERS)
def test_into_another_architecture_nothing_is_loaded(made, tmp_path):
    file, other = tmp_path / "model.json", made()
    before = bits(other.state_dict())
    save(file, MLP([2, 3, 2], activation="tanh", rng=0))
    with refusal(CheckpointError, "the file holds MLP([2, 3, 2], tanh", "does not fit into"):
        load(file, into=other)
    save(file, Own(seed=1))
    for model, parts in [
        (Own(width=3), ["model.state", "the names of Own"]),
        (Stranger(), ["model.class", "'Stranger'", "'Own'"]),
        (made() if made is not Own else Layer(1, 1), ["your own module, 'Own'"]),
    ]:
        untouched = bits(model.state_dict())
        with refusal(CheckpointError, *parts):
            load(file, into=model)
        assert bits(model.state_dict()) == untouched
    assert bits(other.state_dict()) == before


def test_a_broken_optimizer_or_history_leaves_the_model_untouched(tmp_path):
    file, model = tmp_path / "model.json", MLP([2, 3, 2], rng=0)
    history = fit(model, MOONS, epochs=1, rng=0, progress=False)
    save(file, model, optim.Adam(model.parameters()), history)
    tree = json.loads(file.read_text())
    for path in (("optimizer", "state"), ("history", "epochs")):
        damaged = json.loads(json.dumps(tree))
        damaged[path[0]][path[1]] = "gone"
        file.write_text(json.dumps(damaged))
        other = MLP([2, 3, 2], rng=1)
        with refusal(CheckpointError, ".".join(path)):
            load(file, into=other)
        assert other.state_dict() == MLP([2, 3, 2], rng=1).state_dict()


def test_settings_that_change_the_outputs_must_fit_too(tmp_path):
    path = tmp_path / "model.json"
    save(path, Sequential(Layer(2, 2, rng=0), BatchNorm(2, eps=0.1), Dropout(0.5)))
    for other in (BatchNorm(2), Dropout(0.5)), (BatchNorm(2, eps=0.1), Dropout(0.25)):
        with pytest.raises(CheckpointError, match="does not fit into"):
            load(path, into=Sequential(Layer(2, 2, rng=0), *other))
    load(path, into=Sequential(Layer(2, 2, rng=1), BatchNorm(2, eps=0.1), Dropout(0.5)))
