"""A training, epoch by epoch: the numbers, colours and losses of every record."""

import math
import re

import pytest

from autograd import Value, topological_order
from nn import MLP, data, fit, losses
from viz import TrainingPlayer, player
from viz.motion.curve import Curve
from viz.motion.steps import brief
from viz.style import LIGHT, Scale, number, slope

from .players import content, neuron


def test_a_training_player_whose_function_made_no_value_says_so():
    watched = TrainingPlayer(lambda: 3.0)
    said = "TrainingPlayer needs make_root() to return a Value, such as the loss, got 3.0"
    with pytest.raises(TypeError, match=re.escape(said)):
        watched.record()


def test_a_training_player_shows_the_numbers_of_every_epoch(tmp_path):
    model = MLP(2, [2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    weights = []

    def note(model, history):
        weights.append(model.layers[0].neurons[0].w[0].data)

    settings = {"loss": "bce_with_logits", "lr": 0.1, "epochs": 3, "rng": 0, "progress": False}
    fit(model, data.moons(20, rng=0), callbacks=[watched, note], **settings)
    order = [node.label for node in topological_order(watched.make_root())]
    place = order.index("layers.0.neurons.0.w.0")
    assert [drawn.nodes[place].data for drawn in watched.scenes] == weights
    steps = content(watched.save(tmp_path / "training.html"))["steps"]
    assert [dict(step["data"])[f"v{place}"] for step in steps] == [number(w) for w in weights]
    assert [step["text"][:7] for step in steps] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    assert [step["count"] for step in steps] == [0, 1, 2]
    for drawn, step in zip(watched.scenes, steps):
        assert [look[0] for look in step["edges"].values()] == [
            slope(edge.slope) for edge in drawn.edges
        ]
        assert set(step["fills"]) == {node.id for node in drawn.nodes if node.kind != "constant"}


def test_a_training_player_draws_one_graph_only():
    graphs = iter([Value(1.0) * 2, Value(1.0) + 2])
    watched = TrainingPlayer(lambda: next(graphs))
    watched.record("first")
    with pytest.raises(ValueError, match="TrainingPlayer draws one graph"):
        watched.record("second")


def test_a_training_player_without_a_record_is_refused(tmp_path):
    with pytest.raises(ValueError, match="TrainingPlayer has recorded nothing"):
        TrainingPlayer(neuron).save(tmp_path / "training.html")


def test_a_training_player_refuses_constants_that_change(tmp_path):
    w, samples = Value(3.0, "w"), iter([1.0, 1.0, 2.0])
    watched = TrainingPlayer(lambda: w * next(samples))
    watched.record()
    w.data = 4.0
    watched.record()
    message = r"make_root\(\) built a different one than before: it must take the same sample"
    with pytest.raises(ValueError, match=message):
        watched.record()
    assert len(watched.scenes) == 2
    steps = content(watched.page())["steps"]
    assert [(step["text"], step["count"]) for step in steps] == [("Record 1", 1), ("Record 2", 2)]


def test_the_curve_of_a_training_has_the_loss_of_every_epoch_and_gaps_where_it_is_not_finite():
    losses = [4.0, 2.0, math.nan, 1.0]
    curve = Curve(losses, ["0", "1", "2", "3"])
    assert [y for _, y in curve.points] == [30.0, pytest.approx(103.33, abs=0.01), None, 140.0]
    assert curve.path.count("M") == 2
    assert Curve([1.0, 100.0, 10.0], ["0", "1", "2"]).points[2][1] == 85.0  # of decades, half way
    assert Curve([3.0], ["0"]).points == [(160.0, 85.0)]
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * 2)
    for loss in (0.5, None):
        watched.record(loss=loss)
    assert [moment.loss for moment in watched.moments] == [0.5, 2.0]
    assert [step["point"] for step in content(watched.page())["steps"]] == [
        [12.0, 140.0],
        [308.0, 30.0],
    ]


def test_the_colours_and_widths_of_a_training_are_of_one_scale(tmp_path):
    w = Value(1.0, "w")
    watched = TrainingPlayer(lambda: w * Value(1.0, "x"))
    for w.data in (100.0, 1.0, -10.0):
        watched.record()
    steps = content(watched.save(tmp_path / "training.html"))["steps"]
    fills, looks = [step["fills"]["v1"] for step in steps], [step["edges"]["e1"] for step in steps]
    assert fills == [LIGHT.fill(grad, Scale.of([100.0, 1.0])) for grad in (100.0, 1.0, -10.0)]
    assert ["v1" in step["dashed"] for step in steps] == [False, False, True]
    assert len(set(fills)) == 3
    assert [look[0] for look in looks] == ["×100", "×1", "×−10"]
    assert [look[2] for look in looks] == [LIGHT.positive, LIGHT.positive, LIGHT.negative]
    assert looks[0][3] > looks[2][3] > looks[1][3]
    assert [look[4] for look in looks] == [False, False, True]


# B8: a training opened on its last card, and its loss was not that of the output beside it.


def test_a_training_says_that_its_loss_is_not_the_one_of_the_graph_and_opens_as_a_whole():
    model = MLP(2, [2, 1], "tanh", rng=0)
    watched = TrainingPlayer(lambda: losses.bce_with_logits(model([1.0, 0.0]), 1))
    settings = {"loss": "bce_with_logits", "lr": 0.1, "epochs": 2, "rng": 0, "progress": False}
    history = fit(model, data.moons(20, rng=0), callbacks=[watched], **settings)
    page = watched.page()
    for epoch, drawn, step in zip(history, watched.scenes, content(page)["steps"]):
        mean = f"Epoch {epoch.epoch}: training loss {brief(epoch.loss)} (mean of all samples)"
        assert step["text"] == f"{mean}; the graph below gives {brief(drawn.root.data)}"
    assert content(page)["fitted"]
    assert not content(player(neuron()))["fitted"]
    low, high = sorted(epoch.loss for epoch in history)
    assert f"training loss: max {brief(high)}, min {brief(low)}" in page.content
