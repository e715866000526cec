"""What the tests of `fit` share: small data, small models, and quiet trainings of them."""

from pathlib import Path

from nn import MLP, data, fit
from nn.data import Dataset

ROOT = Path(__file__).resolve().parents[2]
MOONS = data.moons(24, rng=0)
REGRESSION = Dataset(MOONS.X, [x - y for x, y in MOONS.X])


def tiny(activation="tanh", seed=0):
    return MLP([2, 3, 2], activation=activation, rng=seed)


def quietly(model, samples=MOONS, **settings):
    """Scalar by scalar, to compare to the last bit; arrays are the subject of test_compiled.py."""
    return fit(
        model,
        samples,
        **{
            "epochs": 3,
            "batch_size": 10,
            "rng": 0,
            "progress": False,
            "compiled": False,
            **settings,
        },
    )


def untouched(model):
    """In use, watched by nobody."""
    modules = [module for _, module in model.named_modules()]
    return not any(module.training or getattr(module, "unit_hook", None) for module in modules)
