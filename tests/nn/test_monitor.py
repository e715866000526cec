"""The Monitor in your own loops: it records what `fit` records, and notices stale gradients."""

import math
import random

import pytest

from autograd import Value, no_grad
from nn import (
    MLP,
    Activation,
    Layer,
    Module,
    Monitor,
    Neuron,
    Sequential,
    accuracy,
    data,
    diagnose,
    fit,
    losses,
    optim,
)
from nn.training.metrics import decide, numbers
from nn.training.monitor import blocks

from .refusals import refusal

MOONS = data.moons(24, rng=0)


def backward(loss):
    loss.backward()
    return loss


def tiny():
    return MLP([2, 3, 2], activation="tanh", rng=0)


def test_a_loop_by_hand_with_a_monitor_writes_the_history_of_fit():
    model, other = tiny(), tiny()
    opt, rng = optim.Adam(model.parameters(), 0.05), random.Random(0)
    with Monitor(model, MOONS) as monitor:
        for _ in range(3):
            for X, y in data.batches(*MOONS, size=10, rng=rng):
                opt.zero_grad()
                outputs = model(X)
                loss = losses.cross_entropy(outputs, y)
                loss.backward()
                right = accuracy(decide(numbers(outputs), "cross_entropy"), y)
                norms = monitor.observe(loss, len(y), accuracy=right)
                opt.step()
            record = monitor.end_epoch(lr=opt.lr)
    history = fit(
        other, MOONS, lr=0.05, epochs=3, batch_size=10, rng=0, progress=False, compiled=False
    )
    assert monitor.history.epochs == history.epochs and monitor.history.facts == history.facts
    assert record is monitor.history[-1] and model.state_dict() == other.state_dict()
    for name, part in blocks(model).items():
        assert norms[name] == math.hypot(*[p.grad for p in part])
    assert len(norms) == len(blocks(model))


def test_samples_weigh_the_losses_of_an_epoch_and_penalties_stay_out():
    w = Value(1.0)
    model = Neuron(1, "identity")
    model.w = [w]
    monitor = Monitor(model)
    for n, x in ((1, 2.0), (3, 6.0)):
        loss = w * x
        whole = loss + 100.0
        whole.backward()
        monitor.observe(whole, n, data_loss=loss.data, accuracy=x / 6)
    epoch = monitor.end_epoch()
    assert (epoch.loss, epoch.accuracy, epoch.lr) == ((2.0 + 3 * 6.0) / 4, (1 / 3 + 3) / 4, None)


def test_an_accuracy_told_for_some_steps_alone_is_none():
    model = Neuron(1)
    monitor = Monitor(model)
    for right in (0.5, None):
        monitor.observe(backward(model([1.0])), accuracy=right)
    assert monitor.end_epoch().accuracy is None


def test_a_step_before_its_backward_pass_is_refused():
    model = tiny()
    with refusal(
        ValueError, "observe(loss) reads the gradients of a step: call loss.backward() first"
    ):
        Monitor(model).observe(losses.mse(model([0.5, 1.0]), [0.0, 0.0]))


def test_an_epoch_without_a_step_is_refused():
    with refusal(ValueError, "end_epoch() after no step", "observe(loss)", "loss.backward()"):
        Monitor(tiny()).end_epoch()


# What it watches.


def watched(model, X, weigh=sum):
    """The record of one step over rows X, with the loss Σ outputs."""
    with Monitor(model) as monitor:
        loss = weigh([y for row in model(X) for y in (row if isinstance(row, list) else [row])])
        loss.backward()
        monitor.observe(loss)
        return monitor.end_epoch()


def test_a_unit_is_dead_if_no_sample_gets_through_and_alive_if_one_does():
    layer = Layer(1, 4, "relu", init="zeros")
    layer.W, layer.b = [[1.0], [1.0], [-1.0], [1.0]], [-5.0, -1.0, -0.5, 0.0]
    assert watched(layer, [[1.0], [2.0]]).dead == {"Layer": 0.5}
    assert watched(layer, [[1.0], [2.0], [6.0], [-1.0]]).dead == {"Layer": 0.0}


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh", "sigmoid"])
def test_only_a_switch_can_be_dead_and_only_the_others_saturated(activation):
    model = Sequential(Layer(1, 2, activation, init="zeros"), Layer(2, 1, "identity", rng=0))
    model.layers[0].b = [-30.0, -30.0]
    epoch = watched(model, [[1.0], [2.0]])
    assert epoch.dead == {"layers.0": float(activation == "relu")}
    assert epoch.saturated == {"layers.0": float(activation in ("tanh", "sigmoid"))}


def test_a_share_is_of_samples_times_units_over_the_whole_epoch():
    model = Layer(1, 2, "tanh", init="zeros")
    model.W = [[1.0], [0.0]]
    with Monitor(model) as monitor:
        for x in (0.0, 9.0, -9.0, 0.1):
            loss = sum(model([x]))
            loss.backward()
            monitor.observe(loss)
        epoch = monitor.end_epoch()
        assert list(epoch.saturated.values()) == [2 / 8]
        loss = sum(model([0.0]))
        loss.backward()
        monitor.observe(loss)
        assert list(monitor.end_epoch().saturated.values()) == [0.0]  # each epoch begins anew


def test_a_delta_is_the_root_mean_square_and_does_not_overflow():
    model = Sequential(Layer(1, 2, "tanh", init="zeros"), Layer(2, 1, "identity", init="zeros"))
    model.layers[1].W = [[3.0, -4.0]]
    assert watched(model, [[0.0]]).deltas == {
        "layers.0": pytest.approx(math.sqrt(12.5)),
        "layers.1": 1.0,
    }
    assert watched(model, [[0.0]], lambda outputs: outputs[0] * 1e300).deltas[
        "layers.0"
    ] == pytest.approx(1e300 * math.sqrt(12.5))


def test_an_activation_used_for_two_widths_counts_every_number_once():
    f = Activation("tanh")
    model = Sequential(
        Layer(1, 3, "identity", init="zeros"), f, Layer(3, 1, "identity", init="zeros"), f
    )
    model.layers[0].b, model.layers[2].b = [9.0, 9.0, 0.0], [0.0]
    epoch = watched(model, [[1.0], [2.0]])
    assert epoch.saturated == {"layers.1": 4 / 8}


def test_numbers_before_any_weight_are_not_watched():
    model = Sequential(Activation("sin"), Layer(1, 1, "identity", rng=0))
    assert set(watched(model, [[1.0]]).deltas) == {"layers.1"}


def test_what_is_computed_without_recording_is_not_watched():
    model = tiny()
    with Monitor(model) as monitor:
        loss = losses.cross_entropy(model(MOONS.X), MOONS.y)
        with no_grad():
            model([[100.0, 100.0]])
        loss.backward()
        monitor.observe(loss)
        assert monitor.end_epoch() == watched_step(tiny())


def watched_step(model):
    with Monitor(model) as monitor:
        loss = losses.cross_entropy(model(MOONS.X), MOONS.y)
        loss.backward()
        monitor.observe(loss)
        return monitor.end_epoch()


def test_it_leaves_the_hooks_as_it_found_them():
    model, seen = tiny(), []
    layer = model.layers[0]
    layer.unit_hook = own = lambda z, a: seen.append(len(z))
    with Monitor(model) as outer:
        fit(model, MOONS, epochs=1, progress=False, rng=0)
        assert len(seen) == 24  # fit has a monitor of its own, and both see
        loss = losses.cross_entropy(model(MOONS.X), MOONS.y)
        loss.backward()
        outer.observe(loss)
        outer.end_epoch()
    assert layer.unit_hook is own and model.layers[1].unit_hook is None and len(seen) == 48
    assert set(outer.history[0].deltas) == {"layers.0", "layers.1"}
    with pytest.raises(ZeroDivisionError), Monitor(model):
        1 / 0  # noqa: B018
    assert layer.unit_hook is own and model.layers[1].unit_hook is None


def test_updates_are_relative_to_the_weights_and_a_start_at_0_counts_as_1():
    model = Sequential(Layer(1, 1, "identity", init="zeros"), Layer(1, 1, "identity", init="zeros"))
    a, b = model.layers
    a.W, a.b = [[3.0]], [4.0]
    monitor = Monitor(model)
    monitor.observe(backward(model([1.0])))
    a.W, b.W = [[3.5]], [[0.25]]
    epoch = monitor.end_epoch()
    assert epoch.update_ratios == {"layers.0": 0.1, "layers.1": 1.0}
    monitor.observe(backward(model([1.0])))
    assert monitor.end_epoch().update_ratios == {"layers.0": 0.0, "layers.1": 0.0}


def test_every_parameter_is_in_one_block():
    class Own(Module):
        def __init__(self):
            self.scale = Value(1.0)
            self.layers = {"up": Layer(1, 2, rng=0), "again": MLP([2, 2, 1], rng=0)}
            self.layers["same"] = self.layers["up"]

    model = Own()
    parts = blocks(model)
    assert {name: len(part) for name, part in parts.items()} == {
        "Own": 1,
        "layers.up": 4,
        "layers.again.layers.0": 6,
        "layers.again.layers.1": 3,
    }
    assert sorted(map(id, model.parameters())) == sorted(
        id(p) for part in parts.values() for p in part
    )


# A forgotten zero_grad.


def stale(
    *, forget, backwards=1, observe_each=False, opt=None, batch=12, epochs=2, model=None, scale=1.0
):
    """Whether a loop of so many backward() calls a step is told that it forgot zero_grad."""
    model = model or tiny()
    opt = opt or optim.SGD(model.parameters(), 0.05)
    rng = random.Random(0)
    with Monitor(model, MOONS) as monitor:
        for _ in range(epochs):
            for X, y in data.batches(*MOONS, size=batch, rng=rng):
                if not forget:
                    opt.zero_grad()
                size = len(y) // backwards
                for k in range(0, size * backwards, size):
                    loss = losses.cross_entropy(model(X[k : k + size]), y[k : k + size]) * (
                        scale / backwards
                    )
                    loss.backward()
                    if observe_each or k == size * (backwards - 1):
                        monitor.observe(loss, size)
                opt.step()
            monitor.end_epoch()
    found = [finding.name for finding in diagnose(model, monitor.history)]
    assert ("forgotten zero_grad" in found) == monitor.history.stale_gradients
    return monitor.history.stale_gradients


@pytest.mark.parametrize("batch", [8, 24])
def test_a_forgotten_zero_grad_is_noticed_and_an_honest_loop_is_not_blamed(batch):
    assert stale(forget=True, batch=batch) and not stale(forget=False, batch=batch)


@pytest.mark.parametrize("observe_each", [False, True])
@pytest.mark.parametrize("backwards", [2, 3])
def test_gradients_accumulated_over_several_backward_calls_are_honest(backwards, observe_each):
    assert not stale(forget=False, backwards=backwards, observe_each=observe_each)


def test_a_forgotten_zero_grad_is_noticed_in_a_loop_that_observes_every_backward():
    assert stale(forget=True, backwards=2, observe_each=True)


@pytest.mark.parametrize("scale", [1e-200, 1e-14, 1.0, 1e200])
@pytest.mark.parametrize("forget", [True, False])
def test_the_size_of_gradients_plays_no_part(forget, scale):
    model = tiny()
    assert (
        stale(
            forget=forget, scale=scale, model=model, opt=optim.SGD(model.parameters(), 0.05 / scale)
        )
        == forget
    )


def test_gradients_of_0_are_not_blamed():
    model = MLP([2, 3, 2], init="zeros")
    assert not stale(
        forget=True,
        model=model,
        scale=0.0,
        opt=optim.SGD(model.parameters(), 0.1, weight_decay=0.1),
    )
