"""`fit` minimises what a loop written out by hand does, to the last bit."""

import random

import pytest

from nn import data, evaluate, losses, optim, schedules

from .fits import MOONS, quietly, tiny


def by_hand(model, opt, loss_of, *, epochs=3, clip=lambda parameters: None, samples=MOONS):
    rng = random.Random(0)
    for _ in range(epochs):
        for X, y in data.batches(*samples, size=10, rng=rng):
            model.train()
            opt.zero_grad()
            loss = loss_of(model(X), y)
            loss.backward()
            clip(model.parameters())
            opt.step()
    return model.state_dict()


@pytest.mark.parametrize("epochs", [1, 4])
@pytest.mark.parametrize("name", list(optim.OPTIMIZERS))
def test_fit_does_what_a_loop_by_hand_does_to_the_last_bit(name, epochs):
    model, other = tiny(), tiny()
    quietly(model, optimizer=name, lr=0.03, epochs=epochs)
    assert model.state_dict() == by_hand(
        other, optim.OPTIMIZERS[name](other.parameters(), 0.03), losses.cross_entropy, epochs=epochs
    )
    assert model.state_dict() != tiny().state_dict()


@pytest.mark.parametrize(
    ("settings", "penalty", "clip"),
    [
        ({"l1": 0.01}, lambda m: 0.01 * losses.l1(m.parameters()), None),
        ({"l2": 0.02}, lambda m: 0.02 * losses.l2(m.parameters()), None),
        ({"clip_norm": 0.05}, None, lambda ps: optim.clip_grad_norm(ps, 0.05)),
        ({"clip_value": 0.01}, None, lambda ps: optim.clip_grad_value(ps, 0.01)),
    ],
)
def test_penalties_and_limits_are_those_of_a_loop_by_hand(settings, penalty, clip):
    model, other, plain = tiny(), tiny(), tiny()
    quietly(model, optimizer="sgd", lr=0.3, **settings)
    quietly(plain, optimizer="sgd", lr=0.3)

    def loss_of(outputs, y):
        loss = losses.cross_entropy(outputs, y)
        return loss + penalty(other) if penalty else loss

    expected = by_hand(
        other, optim.SGD(other.parameters(), 0.3), loss_of, clip=clip or (lambda parameters: None)
    )
    assert model.state_dict() == expected != plain.state_dict()


@pytest.mark.parametrize("name", ["l1", "l2"])
def test_penalties_are_not_in_the_recorded_loss(name):
    first = quietly(tiny(), epochs=1, batch_size=24, **{name: 10.0})[0]
    assert (
        first.loss
        == quietly(tiny(), epochs=1, batch_size=24)[0].loss
        == pytest.approx(evaluate(tiny(), MOONS).loss, rel=1e-12)
    )


def test_a_schedule_changes_what_is_learned_as_its_rates_by_hand():
    model, other = tiny(), tiny()
    quietly(model, optimizer="sgd", lr=0.5, schedule="linear")
    opt, rng, factor = optim.SGD(other.parameters(), 0.5), random.Random(0), schedules.linear(3)
    for epoch in range(3):
        opt.lr = 0.5 * factor(epoch)
        for X, y in data.batches(*MOONS, size=10, rng=rng):
            opt.zero_grad()
            losses.cross_entropy(other(X), y).backward()
            opt.step()
    assert model.state_dict() == other.state_dict()
