"""What a call of a program holds in memory: at most what its report says."""

import pickle
import platform
import subprocess
import sys
import tracemalloc

import numpy as np
import pytest

from autograd import Value, compile, tanh
from nn import MLP, losses

from .eager import dotted

N = 2000
RNG = np.random.default_rng(0)
PARAMETERS = [Value(x) for x in RNG.normal(size=64).tolist()]
MODELS = {"mse": MLP([2, 16, 16, 1], rng=0), "cross_entropy": MLP([8, 16, 10], rng=0)}
WIDE = MLP([16, 128, 64, 4], rng=0)
GELU = MLP([8, 64, 4], "gelu", rng=0)


def network(loss):
    return lambda x, y: losses.LOSSES[loss](MODELS[loss](x), y)


def recurrent(xs):
    h = xs[0]
    for x in xs[1:]:
        h = [tanh(dotted(PARAMETERS[8 * i :], [*h, *x])) for i in range(4)]
    return sum(h)


def bilinear(x):
    terms = []
    for i in range(8):
        terms += [PARAMETERS[8 * i + j] * x[i] * x[j] for j in range(8)]
    return sum(terms)


def irregular(x):
    pool = [*x, *PARAMETERS[:8]]
    for i in range(200):
        a, b = pool[(7 * i) % len(pool)], pool[(5 * i + 3) % len(pool)]
        pool.append([a * b, a - b, tanh(a)][i % 3])
    return tanh(sum(pool[-50:]))


CASES = {
    "network": (network("mse"), ([0.0, 0.0], 0.0), MODELS["mse"]),
    "classifier": (network("cross_entropy"), ([0.0] * 8, 0.0), MODELS["cross_entropy"]),
    "wide": (lambda x: sum(WIDE(x)), ([0.0] * 16,), WIDE),
    "gelu": (lambda x: sum(GELU(x)), ([0.0] * 8,), GELU),
    "recurrent": (recurrent, ([[0.0] * 4] * 6,), PARAMETERS),
    "bilinear": (bilinear, ([0.0] * 8,), PARAMETERS),
    "irregular": (irregular, ([0.0] * 6,), PARAMETERS),
}


def held(call):
    """The most bytes that a call holds at once, beside what was there before."""
    call()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", CASES)
def test_a_call_holds_about_what_the_report_says(name):
    f, examples, parameters = CASES[name]
    program = compile(f, *examples, wrt=parameters)
    arrays = [
        RNG.integers(0, 2, size=N).astype(float)
        if example == 0.0
        else RNG.normal(size=(N, *np.shape(example)))
        for example in examples
    ]
    reported = program.report.bytes_per_sample
    taken = held(lambda: program.sums(program.theta, *arrays, chunk=N)) / N
    assert reported / 4 < taken < 1.1 * reported + 100
    assert held(lambda: program.sums(program.theta, *arrays, chunk=100)) < N * reported / 10


def test_functions_that_hold_more_work_on_fewer_samples_at_once():
    model = MLP([32, 32, 10], rng=0)
    program = compile(lambda x, y: losses.cross_entropy(model(x), y), [0.0] * 32, 0.0, wrt=model)
    X, y = RNG.normal(size=(1500, 32)), RNG.integers(0, 10, size=1500).astype(float)
    X[7, 3] = np.nan  # so that the engine is asked
    for call in (program.input_grads, program.value_and_grad):
        assert held(lambda call=call: call(X, y)) < 2**25
    assert np.isnan(program.input_grads(X, y)[0]).any(axis=1).nonzero()[0].tolist() == [7]


FAULTS = """
import pickle, resource, sys
import numpy as np

with open(sys.argv[1], "rb") as file:
    program = pickle.load(file)
X, y, theta = np.ones((2000, 64)), np.zeros(2000), program.theta

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

for _ in range(5):
    program.sums(theta, X, y)
before = faults()
for _ in range(20):
    program.sums(theta, X, y)
print((faults() - before) / 20)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="about malloc of glibc")
def test_a_worker_does_not_ask_the_system_for_its_memory_at_each_call(tmp_path):
    model = MLP([64, 128, 4], rng=0)
    program = compile(lambda x, y: losses.cross_entropy(model(x), y), [0.0] * 64, 0.0, wrt=model)
    path = tmp_path / "program"
    path.write_bytes(pickle.dumps(program))
    done = subprocess.run(
        [sys.executable, "-c", FAULTS, path], check=True, capture_output=True, text=True
    )
    assert float(done.stdout) < 50  # pages, of some hundred that its arrays have
