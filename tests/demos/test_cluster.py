"""`fit` with shards in other processes: the same training as in one, whatever happens to them."""

import numpy as np
import pytest

from demos import cluster
from nn import MLP, TrainingError, data, fit
from nn.training import cluster as steppers
from nn.training.arrays import Found

from ..nn.refusals import refusal


@pytest.mark.parametrize("option", ["workers", "samples", "batch", "epochs"])
def test_numbers_that_make_no_sense_are_refused(option, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["cluster", f"--{option}", "0"])
    with pytest.raises(SystemExit, match="2"):
        cluster.main()
    wanted = f"--{option}: must be a whole number of at least 1, got '0'"
    assert wanted in capsys.readouterr().err


def test_what_is_no_cluster_is_refused():
    samples, model = data.moons(8, rng=0), MLP([2, 2], rng=0)
    with refusal(TypeError, "fit(cluster) takes a distributed.Client, got 'here'"):
        fit(model, samples, cluster="here")
    with refusal(ValueError, "compiled=False asks for scalars"):
        fit(model, samples, cluster=Inline(1), compiled=False)
    with refusal(ValueError, "cannot take them from an iterable"):
        fit(model, lambda: iter([samples]), cluster=Inline(1))


class Inline:
    """A client whose tasks are done at once, in this process."""

    def __init__(self, workers):
        self.workers = workers

    def ncores(self):
        return dict.fromkeys(range(self.workers), 1)

    def submit(self, function, *arguments, pure):
        return function(*arguments)

    def gather(self, futures):
        return futures


def assert_same_training(client, **settings):
    made = [MLP([2, 6, 6, 2], activation=["relu", "tanh"], rng=0) for _ in "ab"]
    settings = {"epochs": 6, "batch_size": 32, "lr": 0.05, "rng": 0, "progress": False, **settings}
    callbacks = settings.pop("callbacks", [])
    samples = data.moons(150, rng=0)
    history = fit(made[0], samples, cluster=client, callbacks=callbacks, **settings)
    alone = fit(made[1], samples, **settings)
    assert len(history) == len(alone) and history.engine.kind == "arrays"
    for ours, theirs in zip(history, alone):
        assert ours.accuracy == pytest.approx(theirs.accuracy) and ours.dead == theirs.dead
        for name in ("loss", "val_loss", "grad_norms", "update_ratios", "deltas", "saturated"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-9), name
    weights = [list(model.state_dict().values()) for model in made]
    assert weights[0] == pytest.approx(weights[1], rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("workers", [1, 2, 3, 500])
def test_shards_train_as_one_process_does(workers):
    assert_same_training(Inline(workers), validation=0.2, l2=0.01, clip_norm=1.0)


def test_what_shards_found_adds_up():
    one = Found(1, 2.0, 1.0, 1.0, np.array([1.0, 0.0]), [1.0], [2], [[3, 5]])
    two = Found(3, 6.0, 5.0, 0.0, np.array([0.0, 4.0]), [2.0], [1], [[5]])
    found = steppers.added([one, two])
    assert found[:4] == (4, 5.0, 4.0, 0.25) and found.gradient.tolist() == [0.25, 3.0]
    assert found[5:] == ([3.0], [3], [[3, 5]])


def test_a_number_that_is_not_finite_is_looked_into_here():
    model = MLP([2, 4, 2], rng=0)
    with pytest.raises(TrainingError, match="first bad node"):
        settings = {"optimizer": "sgd", "lr": 1e120, "epochs": 5, "progress": False}
        fit(model, data.moons(40, rng=0), cluster=Inline(2), **settings)


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of a library that is not ours
def test_workers_train_as_one_process_does_even_if_one_of_them_is_killed_in_the_middle():
    pytest.importorskip("distributed")
    with cluster.client_of(None, workers=2) as client:
        assert_same_training(client, validation=0.2)
        callbacks = [cluster.killing(client, epoch=2)]
        assert_same_training(client, validation=0.2, callbacks=callbacks)
