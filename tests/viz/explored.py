"""What the tests of explore share: a small network, bound to a sample."""

import os

import pytest

from nn import MLP
from viz.live.binding import Binding
from viz.live.explore import state_of

W = "layers.0.neurons.0.w.0"
SAMPLE = ([1.0, -1.0], 1.0)


def missing(what):
    """Skip the test, or fail where GLASSGRAD_BROWSER=required."""
    required = os.environ.get("GLASSGRAD_BROWSER") == "required"
    end = pytest.fail if required else pytest.skip
    end(f"{what}, which the widget needs, is not there")


def bound(model, sample=SAMPLE, loss="mse", points=None):
    return Binding(model, state_of(model, sample, None, loss, points, 0.1, 10))


def net():
    return MLP([2, 3, 1], "tanh", rng=0)
