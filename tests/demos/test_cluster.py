"""Shards in other processes, and their sums: the same training as in one process."""

import numpy as np
import pytest

from demos import cluster

distributed = pytest.importorskip("distributed")


def test_shards_are_the_same_everywhere_and_differ_from_each_other():
    (X, y), (again, _), (other, _) = cluster.shard(3, 10), cluster.shard(3, 10), cluster.shard(4, 10)
    assert X.shape == (10, 2) and {*y} == {-1.0, 1.0}
    assert np.array_equal(X, again) and not np.array_equal(X, other)


@pytest.mark.parametrize("option", ["workers", "shards", "samples", "chunk", "steps"])
def test_numbers_that_make_no_sense_are_refused(option, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["cluster", f"--{option}", "0"])
    with pytest.raises(SystemExit, match="2"):
        cluster.main()
    assert f"--{option}: must be a whole number of at least 1, got '0'" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # of a library that is not ours
def test_workers_with_chunks_of_their_shards_train_as_one_process_does():
    with cluster.client_of(None, workers=2) as client:
        many = cluster.train(client, shards=3, samples=200, steps=5, chunk=70, progress=False)
    alone = cluster.train_alone(shards=3, samples=200, steps=5)
    assert many == pytest.approx(alone, rel=1e-9) and many[-1] < many[0]
