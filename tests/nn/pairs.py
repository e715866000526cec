"""Trainings in pairs, on arrays and on scalars, which must be the same."""

from dataclasses import asdict

import pytest

from nn import MLP, data, fit, optim

MOONS = data.moons(50, rng=0)
SIGNED = (MOONS.X, [2 * y - 1 for y in MOONS.y])
LINE = ([[x / 10] for x in range(-20, 20)], [x * x / 100 - 1.0 for x in range(-20, 20)])


def flat(x, path=""):
    """The numbers of nested dicts and lists, with their paths."""
    if isinstance(x, dict):
        for key, part in x.items():
            yield from flat(part, f"{path}.{key}")
    elif isinstance(x, (list, tuple)):
        for i, part in enumerate(x):
            yield from flat(part, f"{path}.{i}")
    else:
        yield path, x


def close(a, b):
    """Equal to 1e-9, in the same order, with the same names."""
    a, b = list(flat(a)), list(flat(b))
    assert [path for path, _ in a] == [path for path, _ in b]
    for (path, x), (_, y) in zip(a, b):
        assert x == y or x == pytest.approx(y, rel=1e-9, abs=1e-12), path


def train(make, samples, compiled, **settings):
    model = make()
    if callable(settings.get("optimizer")):
        settings["optimizer"] = settings["optimizer"](model)
    if "callbacks" in settings:
        settings["callbacks"] = [callback() for callback in settings["callbacks"]]
    settings = {"epochs": 20, "batch_size": 16, "rng": 0, "progress": False, **settings}
    history = fit(model, samples, compiled=compiled, **settings)
    return model, history, settings.get("optimizer")


def assert_same(make=lambda: MLP([2, 5, 2], rng=0), samples=MOONS, **settings):
    """Trained on arrays and on scalars, over 20 epochs of some steps each."""
    (model, history, opt), (other, wanted, other_opt) = (
        train(make, samples, way, **settings) for way in (True, False)
    )
    assert (
        history.engine.kind == "arrays"
        and str(wanted.engine) == "scalars"
        and len(history) == len(wanted)
    )
    close([asdict(epoch) for epoch in history], [asdict(epoch) for epoch in wanted])
    close(model.state_dict(), other.state_dict())
    close([p.grad for p in model.parameters()], [p.grad for p in other.parameters()])
    assert history.stopped == wanted.stopped and history.settings == wanted.settings
    if isinstance(opt, optim.Optimizer):
        close(
            {k: v for k, v in opt.state_dict().items() if k != "name"},
            {k: v for k, v in other_opt.state_dict().items() if k != "name"},
        )
    modules = [module for _, module in model.named_modules()]
    assert not any(module.training or getattr(module, "unit_hook", None) for module in modules)
    return model, history


OPTIMIZERS = {
    "sgd": lambda m: optim.SGD(m.parameters(), 0.1),
    "momentum": lambda m: optim.SGD(m.parameters(), 0.05, momentum=0.9, weight_decay=0.01),
    "nesterov": lambda m: optim.SGD(m.parameters(), 0.05, momentum=0.9, nesterov=True),
    "rmsprop": lambda m: optim.RMSProp(m.parameters(), 0.01, momentum=0.5),
    "adam": lambda m: optim.Adam(m.parameters(), 0.02),
    "adamw": lambda m: optim.AdamW(m.parameters(), 0.02),
    "some parameters": lambda m: optim.Adam(m.layers[1].parameters()[::-1], 0.02),
}
