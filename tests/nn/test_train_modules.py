"""Modules of every kind train, and the same seed gives the same bits in every process."""

import os
import random
import subprocess
import sys

import pytest

from autograd import Value
from nn import Activation, BatchNorm, Dropout, Layer, Module, Sequential, data, fit, predict

from .fits import MOONS, ROOT, quietly, tiny, untouched

# The same bits.

SEEDED = """
import random
from nn import MLP, Activation, BatchNorm, Dropout, Layer, Sequential, data, fit
def run():
    rng = random.Random(5)
    first, last = Layer(2, 4, "identity", rng=rng), Layer(4, 2, "tanh", rng=rng)
    model = Sequential(first, BatchNorm(4), Activation("relu"), Dropout(0.2, rng=rng), last)
    limits = {"l1": 0.01, "l2": 0.01, "clip_norm": 1.0, "schedule": "cosine", "validation": 0.25}
    settings = {"epochs": 3, "batch_size": 10, "lr": 0.1, "rng": rng, "progress": False}
    history = fit(model, data.moons(24, rng=rng), **settings, **limits)
    return repr((history.epochs, history.settings, history.facts, model.state_dict()))
"""


def test_seeded_runs_repeat_to_the_bit_in_every_process():
    here = {}
    exec(SEEDED, here)
    texts = {here["run"](), here["run"]()}
    for seed in ("0", "1234"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        command = [sys.executable, "-c", f"{SEEDED}\nprint(run())"]
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
        texts.add(done.stdout.strip())
    assert len(texts) == 1 and "nan" not in texts.pop()


def test_another_seed_is_another_training():
    assert quietly(tiny(), rng=0) == quietly(tiny(), rng=0) != quietly(tiny(), rng=1)
    assert quietly(tiny(), rng=random.Random(7)) == quietly(tiny(), rng=7)


WITHOUT_NUMPY = """
import sys, tempfile
sys.modules["numpy"] = None  # from here on, `import numpy` raises ImportError
import nn
from pathlib import Path
model = nn.MLP([2, 4, 2], activation="tanh", rng=0)
opt = nn.optim.Adam(model.parameters(), 0.05)
moons = nn.data.moons(30, rng=0)
settings = {"validation": 0.3, "epochs": 5, "rng": 0, "callbacks": [nn.EarlyStopping()]}
history = nn.fit(model, moons, optimizer=opt, progress=True, **settings)
file = Path(tempfile.mkdtemp()) / "model.json"
nn.save(file, model, opt, history)
loaded = nn.load(file)
nn.load(file, into=model)
same = loaded.model.state_dict() == model.state_dict()
print(loaded.history == history, same, nn.diagnose(model, history))
print(len(nn.predict(model, [[0.0, 1.0]])), nn.Perceptron(2).learn(nn.data.xor()).converged)
"""


def test_training_saving_loading_and_diagnosing_need_no_numpy():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMPY], cwd=ROOT, capture_output=True, text=True
    )
    assert done.stdout.split("\n")[:2] == ["True True []", "1 False"], done.stderr
    assert "Traceback" not in done.stderr


# Modules of every kind.


class Line(Module):
    """Only forward."""

    def __init__(self):
        self.slope, self.offset = Value(0.0), Value(0.0)

    def forward(self, x):
        return self.slope * x[0] + self.offset


class Called(Line):
    """Overrides the call itself, as old habits have it."""

    def __call__(self, X):
        return [self.slope * x[0] + self.offset for x in X]


@pytest.mark.parametrize("kind", [Line, Called])
def test_a_module_of_your_own_trains(kind):
    model = kind()
    history = fit(
        model,
        ([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0]),
        loss="mse",
        optimizer="sgd",
        lr=0.2,
        epochs=80,
        rng=0,
        progress=False,
    )
    assert (model.slope.data, model.offset.data) == pytest.approx((2.0, 1.0), abs=1e-3)
    assert (
        history[-1].loss < 1e-6
        and list(history[0].grad_norms) == [kind.__name__]
        and history[0].deltas == {}
    )


def test_a_module_that_holds_layers_trains_and_is_watched_by_their_names():
    class Two(Module):
        def __init__(self):
            self.scale = Value(1.0)
            self.first, self.second = Layer(2, 4, "tanh", rng=0), Layer(4, 1, "identity", rng=1)

        def forward(self, x):
            return self.scale * self.second(self.first(x))[0]

    history = quietly(Two(), loss="bce_with_logits", lr=0.1, epochs=20)
    assert history[-1].accuracy > 0.8
    assert set(history[0].grad_norms) == {"Two", "first", "second"} and set(history[0].deltas) == {
        "first",
        "second",
    }


def test_batch_norm_and_dropout_train_and_are_in_use_afterwards():
    rng = random.Random(0)
    model = Sequential(
        Layer(2, 6, "identity", rng=rng),
        BatchNorm(6),
        Activation("tanh"),
        Dropout(0.1, rng=rng),
        Layer(6, 2, "identity", rng=rng),
    )
    history = quietly(model, data.moons(60, rng=0), lr=0.05, epochs=20, batch_size=20)
    assert (
        history[-1].loss < 0.5 * history[0].loss
        and set(history[0].saturated) == {"layers.2"}
        and untouched(model)
    )
    assert model.layers[1].running_mean != [0.0] * 6
    assert predict(model, MOONS.X) == predict(model, MOONS.X)  # nothing is dropped
    assert set(history[0].grad_norms) == {"layers.0", "layers.1", "layers.4"}


def test_an_activation_may_come_first_and_be_used_twice():
    f = Activation("tanh")
    history = quietly(
        Sequential(f, Layer(2, 5, "identity", rng=0), f, Layer(5, 2, "identity", rng=1)),
        lr=0.05,
        epochs=5,
    )
    assert history[-1].loss < history[0].loss and 0 <= history[0].saturated["layers.0"] <= 1


def test_fitting_again_goes_on_from_where_the_weights_are():
    model = tiny()
    first, second = quietly(model, lr=0.05), quietly(model, lr=0.05)
    assert second[0].loss < first[0].loss and second[0].epoch == 0
