"""What needs no network: the base class, and life without numpy."""

import subprocess
import sys
from pathlib import Path

from autograd import Value
from nn import Layer, Module

ROOT = Path(__file__).resolve().parents[2]

WITHOUT_NUMPY = """
import sys
sys.modules["numpy"] = None  # from here on, `import numpy` raises ImportError
import autograd, nn
model = nn.MLP([2, 3, 1], activation="tanh")
model([1.0, -2.0]).backward()
print(sum(p.grad != 0 for p in model.parameters()))
"""


def test_autograd_and_nn_need_no_numpy():
    done = subprocess.run([sys.executable, "-c", WITHOUT_NUMPY], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("13", "")


def test_a_bare_module_has_no_parameters():
    module = Module()
    module.zero_grad()
    assert module.parameters() == []


def test_a_module_of_ones_own_is_its_parameters():
    class Scaled(Module):
        def __init__(self):
            self.scale = Value(2.0, "scale")
            self.layer = Layer(1, 1, "identity")

        def __call__(self, x):
            return self.scale * self.layer(x)[0]

        def parameters(self):
            return [self.scale, *self.layer.parameters()]

    model = Scaled()
    model([3.0]).backward()
    assert [p.grad for p in model.parameters()] == [model.layer([3.0])[0].data, 6.0, 2.0]
    model.zero_grad()
    assert [p.grad for p in model.parameters()] == [0.0, 0.0, 0.0]
