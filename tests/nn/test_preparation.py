"""What a trained model remembers: how its data were scaled, and what they were called (N7)."""

import json
from functools import partial

import numpy as np
import pytest

from autograd import TracingError, compile
from nn import (
    MLP,
    Preparation,
    accuracy,
    classify,
    data,
    diagnose,
    evaluate,
    fit,
    load,
    losses,
    predict,
    save,
    steps,
)
from nn.data import Standardiser
from nn.files.schema import CheckpointError

from .refusals import refusal

FLOWERS = data.penguins()


def trained(samples=FLOWERS, sizes=(4, 8, 3), **settings):
    model = MLP([*sizes], "tanh", rng=0)
    settings = {"standardise": True, "epochs": 30, "rng": 0, "progress": False, **settings}
    return model, fit(model, samples, **settings)


def test_n7_a_saved_model_answers_raw_rows_by_name(tmp_path):
    model, history = trained(validation=0.2)
    assert history[-1].val_accuracy > 0.95 and diagnose(model, history) == []
    names = [FLOWERS.classes[i] for i in FLOWERS.y]
    assert accuracy([*classify(model, FLOWERS.X)], names) > 0.97
    assert evaluate(model, FLOWERS).accuracy > 0.97
    save(tmp_path / "model.json", model)
    again = load(tmp_path / "model.json").model
    assert again.preparation == model.preparation
    assert again.preparation.features == FLOWERS.features
    assert predict(again, FLOWERS.X) == predict(model, FLOWERS.X)
    assert classify(again, FLOWERS.X) == classify(model, FLOWERS.X)


def test_n7_text_labels_go_in_and_come_out():
    X, y = FLOWERS
    named = [FLOWERS.classes[i] for i in y]
    model, _ = trained((X, named), validation=(X[:50], named[:50]))
    assert model.preparation.classes == tuple(sorted(FLOWERS.classes))
    assert accuracy(classify(model, X), named) > 0.97
    arrays, _ = trained((np.array(X), np.array(named)))
    assert classify(arrays, np.array(X)) == classify(trained((X, named))[0], X)


@pytest.mark.parametrize("as_arrays", [False, True], ids=["lists", "arrays"])
def test_a_regression_answers_in_the_units_of_its_targets(as_arrays):
    X = [[x / 2] for x in range(60)]
    y = [[3000.0 + 1000.0 * np.sin(x / 8), 0.001 * x] for (x,) in X]
    samples = (np.array(X), np.array(y)) if as_arrays else (X, y)
    how = {"loss": "mse", "standardise_targets": True, "lr": 0.05, "epochs": 200}
    model, history = trained(samples, (1, 12, 2), **how)
    assert history[-1].loss < 0.02 and diagnose(model, history) == []
    assert np.allclose(predict(model, X), y, rtol=0.2, atol=200.0)
    assert evaluate(model, samples, "mse").loss == pytest.approx(history[-1].loss, rel=0.5)
    raw, without = trained(samples, (1, 12, 2), loss="mse", epochs=30)
    assert "targets not standardised" in [finding.name for finding in diagnose(raw, without)]


def test_arrays_and_lists_are_scaled_to_the_same_numbers():
    X, y = FLOWERS
    lists, _ = trained((X, y), compiled=False, epochs=3)
    arrays, _ = trained((np.array(X), np.array(y)), compiled=False, epochs=3)
    assert lists.preparation.inputs == arrays.preparation.inputs
    assert predict(lists, X) == pytest.approx(np.array(predict(arrays, X)), rel=1e-9)


def test_a_model_that_needs_nothing_remembers_no_scale():
    model, _ = trained(standardise=False)
    assert model.preparation == Preparation(
        features=FLOWERS.features, classes=FLOWERS.classes, loss="cross_entropy"
    )
    assert trained(tuple(data.moons(40, rng=0)), (2, 4, 2))[0].preparation.classes == ()


def test_what_cannot_be_prepared_is_refused():
    X, y = data.moons(20, rng=0)
    model = MLP([2, 2], rng=0)
    with refusal(ValueError, "classify takes a model that fit has trained", "decide(predict"):
        classify(model, X)
    with refusal(ValueError, "standardise_targets=True) is for a regression", "cross_entropy"):
        fit(model, (X, y), standardise_targets=True, progress=False)
    with refusal(TypeError, "fit(standardise) must be True or False, got 1"):
        fit(model, (X, y), standardise=1, progress=False)
    with refusal(ValueError, "fit(standardise) needs the mean of all data"):
        fit(model, lambda: [(X, y)], standardise=True, progress=False)
    with refusal(ValueError, "fit(validation) has the class 'c'"):
        named = ["a", "b"] * 10
        fit(model, (X, named), validation=(X, ["c"] * 20), progress=False)
    line = MLP([2, 1], rng=0)
    fit(line, (X, [float(t) for t in y]), loss="mse", epochs=1, progress=False)
    with refusal(ValueError, "classify takes a classifier", "loss mse"):
        classify(line, X)
    fit(model, (X, y), loss=lambda z, t: losses.cross_entropy(z, t), epochs=1, progress=False)
    with refusal(ValueError, "trained with your own loss"):
        classify(model, X)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"classes": "ab"}, "preparation.classes"),
        ({"features": [1]}, "preparation.features"),
        ({"loss": 1}, "preparation.loss"),
        ({"inputs": {"mean": [0.0]}}, "preparation.inputs"),
        ({"inputs": {"mean": [0.0], "scale": [0.0]}}, "positive numbers"),
        ({"inputs": {"mean": [0.0], "scale": [1.0, 2.0]}}, "as many positive"),
        ({"targets": {"mean": ["x"], "scale": [1.0]}}, "preparation.targets"),
        ({"more": 1}, "unknown"),
    ],
)
def test_a_damaged_preparation_is_refused_where_it_is_damaged(change, said, tmp_path):
    model, _ = trained(epochs=1)
    file = tmp_path / "model.json"
    save(file, model)
    content = json.loads(file.read_text())
    content["preparation"] |= change
    file.write_text(json.dumps(content))
    with pytest.raises(CheckpointError, match=said):
        load(file)


def test_a_file_of_an_older_version_has_no_preparation(tmp_path):
    model, file = MLP([2, 1], rng=0), tmp_path / "model.json"
    save(file, model)
    assert "preparation" not in json.loads(file.read_text())
    assert load(file).model.preparation is None


def test_a_standardiser_goes_back():
    scaled = Standardiser((10.0, -1.0), (2.0, 0.5))
    assert scaled.back(scaled([14.0, 3.0])) == [14.0, 3.0]


# Where data, names and scales could drift apart.


@pytest.mark.parametrize("compiled", [True, False])
def test_validation_data_are_scaled_once(compiled):
    X = [[1000.0 + i] for i in range(40)]
    y = [5000.0 + 3.0 * i for i in range(40)]
    model = MLP([1, 1], rng=0)
    how = {"standardise": True, "standardise_targets": True, "loss": "mse", "compiled": compiled}
    history = fit(model, (X, y), validation=(X, y), epochs=40, rng=0, progress=False, **how)
    assert history[-1].val_loss < 0.05
    assert history[-1].val_loss == pytest.approx(evaluate(model, (X, y), "mse").loss)


def test_a_training_that_does_not_begin_changes_nothing():
    model, _ = trained()
    before = model.preparation
    with pytest.raises(ValueError, match="optimizer"):
        fit(model, FLOWERS, optimizer="bogus", progress=False)
    steps(model, FLOWERS)
    assert model.preparation is before


def test_names_are_held_together():
    X, y = [[0.0], [1.0], [2.0]] * 10, ["a", "b", "c"] * 10
    model, _ = trained((X, y), (1, 6, 3), lr=0.1)
    kept = [(x, label) for x, label in zip(X, y) if label != "c"]
    rows, labels = [list(part) for part in zip(*kept)]
    fit(model, (rows, labels), standardise=True, epochs=2, rng=0, progress=False)
    assert model.preparation.classes == ("a", "b", "c")
    backwards = data.Dataset(X, [2, 1, 0] * 10, classes=("c", "b", "a"))
    _, history = trained((X, y), (1, 6, 3), lr=0.1, validation=backwards)
    assert history[-1].val_accuracy == 1.0
    assert evaluate(model, (X, y)).accuracy is not None
    wide, _ = trained((rows, labels), (1, 3), epochs=1)
    wide.layers[0].b = [0.0, 0.0, 100.0]
    with refusal(ValueError, "more outputs than the 2 classes", "predicts 2"):
        classify(wide, X)


@pytest.mark.parametrize(
    "loss", [losses.cross_entropy, partial(losses.cross_entropy, label_smoothing=0.1)]
)
def test_a_loss_is_known_by_what_it_is(loss):
    model, _ = trained(loss=loss)
    assert classify(model, FLOWERS.X[:1]) == ["Adelie"]


def test_frozen_parameters_have_gradients_on_arrays_too():
    X, y = data.moons(40, rng=0)
    grads = []
    for compiled in (True, False):
        model = MLP([2, 4, 2], rng=0)
        model.layers[0].freeze()
        fit(model, (X, y), epochs=1, rng=0, progress=False, compiled=compiled)
        grads.append([p.grad for p in model.parameters()])
    assert grads[0] == pytest.approx(grads[1], rel=1e-9) and any(grads[0][:4])


def test_a_batch_of_ignored_targets_trains_nothing():
    loss = partial(losses.cross_entropy, ignore_index=-1)
    model = MLP([1, 2], rng=0)
    before = model.state_dict()
    samples = [[1.0], [2.0]], [-1, -1]
    fit(model, samples, loss=loss, optimizer="sgd", epochs=1, progress=False)
    assert model.state_dict() == before


def test_hooks_that_come_later_are_noticed():
    model, seen = MLP([1, 2], rng=0), []
    model.register_forward_hook(lambda *given: None).remove()
    program = compile(model, [0.0])
    model.register_forward_hook(lambda *given: seen.append(1))
    with pytest.raises(TracingError):
        program([[1.0]])


@pytest.mark.parametrize("row", [[1.0, 2.0], (1.0, 2.0), np.array([1.0, 2.0]), 1.0])
def test_a_single_row_is_no_batch_to_classify(row):
    X, y = [[0.0, 0.0], [5.0, 5.0]], ["low", "high"]
    model = MLP([2, 2], rng=0)
    fit(model, (X, y), epochs=1, rng=0, progress=False)
    with refusal(ValueError, "classify takes rows of numbers", "classify(model, [row])[0]"):
        classify(model, row)
    assert len(classify(model, [[1.0, 2.0]])) == 1
