"""The two quick recipes of `demos/solve.py`; `benchmarks/solve.py` runs all, for ten seeds."""

import sys

import pytest

from demos import solve
from demos.solve import RECIPES
from nn import MLP, data, evaluate, fit


@pytest.mark.parametrize("name", ["xor", "circles"])
def test_a_recipe_solves_its_data(name):
    accuracy, history = solve.solve(name, seed=0)
    assert accuracy >= RECIPES[name].wanted
    assert (
        len(history) == RECIPES[name].settings["epochs"]
        and history[-1].loss < 0.2 * history[0].loss
    )


def test_what_is_measured_was_held_out_and_standardised_by_the_rest(monkeypatch):
    monkeypatch.setitem(
        RECIPES,
        "blobs",
        solve.Recipe(lambda seed: data.blobs(40, rng=seed), [2, 3], 0.9, {"lr": 0.1, "epochs": 3}),
    )
    train, test = data.standardise(*data.split(data.blobs(40, rng=5), test=0.3, rng=5))
    model = MLP([2, 3], activation="tanh", rng=5)
    history = fit(model, train, lr=0.1, epochs=3, schedule="cosine", rng=5, progress=False)
    assert solve.solve("blobs", seed=5) == (evaluate(model, test).accuracy, history)


def test_the_command_prints_the_accuracy(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["solve", "xor", "--seed", "1"])
    solve.main()
    assert capsys.readouterr().out.startswith("xor: 100.0% on all four samples, loss 0.0")


def test_the_command_refuses_an_unknown_name(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["solve", "xnor"])
    with pytest.raises(SystemExit):
        solve.main()
    assert (
        "'xnor' is none of xor, moons, circles, spirals, penguins, digits"
        in capsys.readouterr().err
    )
