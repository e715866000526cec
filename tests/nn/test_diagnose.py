"""The teacher's eye: every fault of `FAULTS` is found and proved; healthy trainings have none."""

import copy
import itertools
import math
import re
from dataclasses import replace

import pytest

from nn import (
    MLP,
    Finding,
    History,
    Monitor,
    TrainingError,
    data,
    diagnose,
    fit,
    init,
    losses,
    optim,
)

from .refusals import refusal
from .trainings import (
    ALSO,
    FAULTS,
    HEALTHY,
    RATES,
    REMEDIES,
    growing,
    improvement,
    killed,
    late_loss,
    straight,
    thrown,
)

NUMBER = r"[\d.e+-]+"
EVIDENCE = {
    "vanishing gradients": (
        f"delta in the first hidden layer was {NUMBER} of that in the last, in the first 5 epochs"
    ),
    "exploding gradients": (
        f"delta in the first hidden layer was {NUMBER} times that in the last, "
        "in the first 5 epochs"
    ),
    "dead ReLU": r"\d+% of the units of layers\.0 gave 0 for every sample of the last epoch",
    "saturated units": (
        r"in the first epoch \d+% of the outputs of layers\.\d were "
        r"where the slope is below 0\.01"
    ),
    "learning rate too small": (
        f"each step of the first epoch moved the weights by {NUMBER} of their size, "
        f"and the loss fell from {NUMBER} to {NUMBER} only, in 12 epochs"
    ),
    "learning rate too large": (
        f"the loss went from {NUMBER} in epoch 0 to {NUMBER} in epoch \\d+, "
        f"with steps of {NUMBER} of the weights in epoch \\d+"
    ),
    "oscillation": (
        f"from epoch 10 on the loss goes up and down around {NUMBER}, by {NUMBER} an epoch, "
        f"between {NUMBER} and {NUMBER}"
    ),
    "overfitting": (
        f"the validation loss was {NUMBER} in epoch \\d+ and is {NUMBER} in epoch 299, "
        f"the training loss {NUMBER}"
    ),
    "underfitting": (
        f"the loss has settled at {NUMBER} in epoch 29, "
        "with \\d\\d% of the training data right; guessing gives 50%"
    ),
    "training not finished": (
        f"the loss is still falling at {NUMBER} in epoch 7, "
        "with \\d\\d% of the training data right; guessing gives 50%"
    ),
    "data not standardised": r"feature 0 has mean 1\.0\de\+03 and deviation [\d.]+",
    "targets not standardised": (
        f"the targets have mean {NUMBER} and deviation {NUMBER}, "
        f"and the loss of the last epoch is (\\d+% of|{NUMBER} times) "
        "what always predicting the mean of the targets would give"
    ),
    "labels unbalanced": (
        "class 0 has 80 samples, class 1 8: always predicting 0 would be 91% accurate"
    ),
    "symmetric initialisation": r"the 8 neurons of layers\.0 have equal weights",
    "forgotten zero_grad": "the gradients of the second step were its own plus those of the first",
    "part without a gradient": "the gradient of other was 0 at every step, in 5 epochs",
}
EACH = [*itertools.product(FAULTS, RATES)]


@pytest.mark.parametrize(("fault", "name"), EACH)
def test_n6_a_fault_is_found_with_evidence_and_its_remedy_helps(fault, name):
    for seed in range(2):
        model, history = FAULTS[fault](seed, name)
        found = {finding.name: finding for finding in diagnose(model, history)}
        finding = found.get(fault) or found[ALSO[fault]]
        assert re.fullmatch(EVIDENCE[finding.name], finding.evidence)
        assert str(finding) == f"{finding.name}: {finding.evidence}. {finding.remedy}."
        # Equal histories, equal findings.
        assert diagnose(model, copy.deepcopy(history)) == list(found.values())


@pytest.mark.parametrize("fault", REMEDIES)
def test_n6_a_remedy_that_is_followed_makes_the_training_better(fault):
    trainings = [
        (seed, FAULTS[fault](seed, "adam"), REMEDIES[fault](seed, "adam")) for seed in range(4)
    ]
    assert sum([improvement(fault, *training) for training in trainings]) >= 3


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_training_gets_no_finding(name):
    assert diagnose(*HEALTHY[name](0)) == []


@pytest.mark.parametrize("seed", range(3))
def test_n6_a_learning_rate_is_named_before_the_units_that_it_saturated_or_killed(seed):
    for training in (thrown(seed), killed(seed)):
        findings = [finding.name for finding in diagnose(*training)]
        assert findings[0] == "learning rate too large" and "saturated units" not in findings


@pytest.mark.parametrize("seed", range(3))
def test_n6_a_regression_that_says_the_mean_has_learned_nothing(seed):
    finding = diagnose(*straight(seed, "adam"))[-1]
    assert finding.name == "underfitting"
    assert re.search(
        r"\d+% of what always predicting the mean of the targets would give", finding.evidence
    )
    assert diagnose(*straight(seed, "adam", sizes=(1, 10, 1))) == []


@pytest.mark.parametrize("name", ["momentum", "adam"])
def test_a_loss_that_rises_again_after_its_best_epoch_has_a_finding(name):
    found = 0
    for seed in range(4):
        model, history = growing(seed, name)
        findings = {finding.name: finding for finding in diagnose(model, history)}
        found += "learning rate too large" in findings
        assert "training not finished" not in findings
        assert late_loss(growing(seed, name, "cosine")[1]) < late_loss(history)
    assert found >= 3


def test_the_best_epoch_is_named_where_the_loss_rose_again_and_not_if_it_was_restored():
    epochs = losing(1.0, 0.1, *[0.5] * 5)
    (finding,) = [
        finding
        for finding in diagnose(MODEL, replace(BASE, epochs=epochs))
        if finding.name == "learning rate too large"
    ]
    assert finding.evidence.startswith("the loss was 0.1 in epoch 1, and rose to 0.5 in epoch 6,")
    stopped = replace(BASE, epochs=epochs, stopped="early")
    assert "learning rate too large" not in [f.name for f in diagnose(MODEL, stopped)]


def test_n6_what_is_solved_does_not_oscillate():
    trembling = [
        replace(BASE[0], epoch=i, loss=x, accuracy=0.99)
        for i, x in enumerate([1.0, *[0.5, 0.3] * 5])
    ]
    assert "oscillation" not in names(epochs=trembling)
    assert "oscillation" in names(epochs=trembling, accuracy=0.8)


def test_a_history_without_an_epoch_is_refused():
    with refusal(ValueError, "diagnose needs a history with at least one epoch", "train first"):
        diagnose(MLP([2, 2]), History())
    with refusal(ValueError, "at least one epoch"):
        diagnose(MLP([2, 2]), History(stopped="interrupted"))


@pytest.mark.parametrize(
    "model", [MLP([2, 3, 2], rng=0), MLP([2, 6, 2], init="zeros")], ids=["random", "zeros"]
)
def test_the_history_of_a_training_that_diverged_can_be_diagnosed_even_without_an_epoch(model):
    X, y = data.moons(20, rng=0)
    with pytest.raises(TrainingError) as error:
        fit(
            model,
            (X, y),
            loss=lambda outputs, y: losses.cross_entropy(outputs, y) * 1e308 * 1e10,
            progress=False,
        )
    history = error.value.history
    assert len(history) == 0
    names = [finding.name for finding in diagnose(model, history)]
    assert "learning rate too large" in names and ("symmetric initialisation" in names) == (
        model.sizes == [2, 6, 2]
    )


def test_what_explains_a_fault_stands_for_it():
    model, history = FAULTS["symmetric initialisation"](1, "adam")
    fitted = replace(history[-1], loss=0.69, accuracy=0.5)
    stuck = History([fitted] * 9, facts=history.facts)
    assert [finding.name for finding in diagnose(model, stuck)] == ["symmetric initialisation"]
    assert [finding.name for finding in diagnose(MLP([2, 8, 2], rng=0), stuck)] == ["underfitting"]


def test_slow_progress_is_not_taken_for_underfitting():
    falling = [0.96 * 0.965**i for i in range(8)]
    assert "underfitting" not in names(epochs=losing(*falling), accuracy=None)


# Each threshold from both sides, on histories made for it.


def healthy():
    model = MLP([2, 4, 4, 4, 2], rng=0)
    history = fit(model, data.moons(40, rng=0), lr=0.02, epochs=4, rng=0, progress=False)
    return model, history


MODEL, BASE = healthy()


def names(*, epochs=None, facts=None, **everywhere):
    """The findings for the base history with these values in its epochs."""
    epochs = [replace(epoch, **everywhere) for epoch in (epochs or BASE)]
    return [
        finding.name
        for finding in diagnose(MODEL, replace(BASE, epochs=epochs, facts=facts or BASE.facts))
    ]


def losing(*losses_):
    return [replace(BASE[0], epoch=i, loss=x) for i, x in enumerate(losses_)]


def counted(*counts):
    return replace(BASE.facts, class_counts=dict(enumerate(counts)))


def deltas(ratio):
    return {"layers.0": ratio, "layers.1": 1.0, "layers.2": 1.0, "layers.3": 1.0}


@pytest.mark.parametrize(
    ("fault", "just", "not_quite"),
    [
        ("vanishing gradients", {"deltas": deltas(0.0019)}, {"deltas": deltas(0.0021)}),
        ("exploding gradients", {"deltas": deltas(151.0)}, {"deltas": deltas(149.0)}),
        (
            "dead ReLU",
            {"dead": {"layers.0": 0.0, "layers.1": 0.75}},
            {"dead": {"layers.0": 0.7, "layers.1": 0.7}},
        ),
        ("saturated units", {"saturated": {"layers.0": 0.5}}, {"saturated": {"layers.0": 0.49}}),
        (
            "data not standardised",
            {"facts": replace(BASE.facts, means=(0.0, 5.1))},
            {"facts": replace(BASE.facts, means=(0.0, 4.9))},
        ),
        (
            "data not standardised",
            {"facts": replace(BASE.facts, scales=(1.0, 10.1))},
            {"facts": replace(BASE.facts, scales=(1.0, 9.9))},
        ),
        ("labels unbalanced", {"facts": counted(10, 50)}, {"facts": counted(10, 49)}),
        (
            "learning rate too large",
            {"epochs": losing(1.0, 1.2, 1.51)},
            {"epochs": losing(1.0, 1.2, 1.49)},
        ),
        (
            "learning rate too large",
            {"epochs": losing(1.0, 0.1, *[0.21, 0.31] * 3)},
            {"epochs": losing(1.0, 0.1, *[0.19, 0.31] * 3)},
        ),
        (
            "learning rate too large",
            {"epochs": losing(1.0, 0.01, *[0.061] * 5)},
            {"epochs": losing(1.0, 0.01, *[0.059] * 5)},
        ),
        (
            "learning rate too large",
            {"epochs": losing(1.0, 0.1, *[0.9] * 5)},
            {"epochs": losing(1.0, 0.1, *[0.9] * 3)},
        ),
        (
            "oscillation",
            {"epochs": losing(1, *[0.5, 0.4] * 4)},
            {"epochs": losing(1, *[0.45, 0.4] * 4)},
        ),
        (
            "learning rate too small",
            {"epochs": losing(1.0, 0.95, 0.9), "update_ratios": {"layers.0": 1e-4}},
            {"epochs": losing(1.0, 0.9, 0.75), "update_ratios": {"layers.0": 1e-4}},
        ),
        (
            "learning rate too small",
            {"epochs": losing(1.0, 0.95, 0.9), "update_ratios": {"layers.0": 1.9e-4}},
            {"epochs": losing(1.0, 0.95, 0.9), "update_ratios": {"layers.0": 2.1e-4}},
        ),
        (
            "underfitting",
            {"epochs": losing(0.7, 0.6, 0.6, 0.6, 0.6, 0.6), "accuracy": 0.74},
            {"epochs": losing(0.7, 0.6, 0.6, 0.6, 0.6, 0.6), "accuracy": 0.76},
        ),
    ],
)
def test_a_fault_is_found_on_one_side_of_its_threshold(fault, just, not_quite):
    assert names() == []
    assert fault in names(**just) and fault not in names(**not_quite)


def validated(val_losses, loss=0.1):
    """Epochs with these validation losses; the training loss is low from the second one on."""
    epochs = losing(1.0, *[loss] * (len(val_losses) - 1))
    return [replace(epoch, val_loss=x) for epoch, x in zip(epochs, val_losses)]


def test_overfitting_is_a_validation_loss_that_rises_while_the_training_loss_is_low():
    assert "overfitting" in names(epochs=validated([1.0, 0.5, 0.9]))
    assert "overfitting" not in names(epochs=validated([1.0, 0.5, 0.6]))
    both_bad = validated([1.0, 0.5, 0.9], loss=0.8)
    assert "overfitting" not in names(epochs=both_bad)
    assert "overfitting" not in names(epochs=validated([1.0, 0.5]))
    stopped = replace(BASE, epochs=validated([1.0, 0.5, 0.9]), stopped="early")
    assert "overfitting" not in [finding.name for finding in diagnose(MODEL, stopped)]


def test_whole_numbers_as_targets_of_a_regression_are_no_classes():
    X = [[i / 20 - 1] for i in range(41)]
    y = [round(10 * x * x) for (x,) in X]  # 0 three times as often as any other, and 10 twice
    y[20:33] = [0] * 13
    model = MLP([1, 6, 1], activation="tanh", rng=0)
    history = fit(model, (X, y), loss="mse", lr=0.01, epochs=4, rng=0, progress=False)
    assert max(history.facts.class_counts.values()) >= 5 * min(history.facts.class_counts.values())
    assert "labels unbalanced" not in [finding.name for finding in diagnose(model, history)]


def test_a_history_without_data_or_rates_can_be_diagnosed():
    model, (X, y) = MLP([2, 4, 2], rng=0), data.moons(20, rng=0)
    opt = optim.SGD(model.parameters(), 0.1)
    with Monitor(model) as monitor:
        for _ in range(8):
            opt.zero_grad()
            loss = losses.cross_entropy(model(X), y)
            loss.backward()
            monitor.observe(loss)
            opt.step()
            monitor.end_epoch()
    assert diagnose(model, monitor.history) == []
    constant = MLP([2, 3, 3, 2], init=init.uniform(0.2, 0.2))
    assert diagnose(constant, monitor.history)[0] == Finding(
        "symmetric initialisation",
        "the 3 neurons of layers.0 have equal weights",
        "They get equal gradients and stay equal: start from random weights, init='auto'",
    )
    assert math.isfinite(monitor.history[-1].loss)


def test_a_network_that_learned_in_spite_of_it_has_no_vanishing_gradients():
    samples = data.moons(100, rng=0)
    model = MLP([2, *[16] * 6, 2], "sigmoid", rng=0)
    history = fit(model, samples, lr=0.01, epochs=5, rng=0, progress=False)
    assert "vanishing gradients" in [finding.name for finding in diagnose(model, history)]
    solved = [replace(epoch, loss=0.001, accuracy=1.0) for epoch in history.epochs]
    history.epochs += solved
    assert "vanishing gradients" not in [finding.name for finding in diagnose(model, history)]


def test_evidence_of_a_loss_beyond_all_measure_is_short():
    X = [[float(i)] for i in range(8)]
    model = MLP([1, 1], rng=0)
    samples = (X, [x for (x,) in X])
    history = fit(model, samples, loss="mse", epochs=6, lr=1e-4, rng=0, progress=False)
    history.epochs[-1] = replace(history.epochs[-1], loss=1e200)
    assert all(len(str(finding)) < 600 for finding in diagnose(model, history))
