"""Compiled programs against numpy written by hand, PyTorch eager, JAX and micrograd.

    python benchmarks/with_peers.py compile                          # makes .venv-bench with peers
    OMP_NUM_THREADS=1 python -m benchmarks.compile small irregular   # parts, with what is installed

float64, one thread. The programs of a part run in one process, taking turns; a ratio is the median
over the turns, so that other work on the machine, which may last for many turns, hits both alike.
Compile times are processor time, which a busy machine does not stretch.
"""

from __future__ import annotations

import importlib
import itertools
import math
import os
import platform
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from autograd import (
    Program,
    Value,
    add,
    compile,
    dot,
    maximum,
    mul,
    pullback,
    sin,
    sub,
    tanh,
)
from autograd.compiler import special
from benchmarks.peers import Adam, Step, jax_step, micrograd_step, numpy_step, torch_step
from nn import MLP, Layer, fit, losses, optim


def in_turns(steps: dict[str, Step], turns: int, repeats: dict[str, int]) -> dict[str, list[float]]:
    """Seconds of each step in each turn, of this many repeats."""
    found: dict[str, list[float]] = {name: [] for name in steps}
    for step in steps.values():
        step()
    for turn in range(turns):
        # Back and forth, so that no step always runs right after the same other one.
        for name, step in list(steps.items())[:: -1 if turn % 2 else 1]:
            n = repeats.get(name, 1)
            start = time.perf_counter()
            for _ in range(n):
                step()
            found[name].append((time.perf_counter() - start) / n)
    return found


def ratio(seconds: Sequence[float], others: Sequence[float]) -> float:
    """The median of the ratios turn by turn."""
    return statistics.median(a / b for a, b in zip(seconds, others))


def report(title: str, seconds: dict[str, list[float]]) -> None:
    ours = seconds["compiled"]
    print(f"{title}: {statistics.median(ours) * 1e6:,.0f} µs")
    for name, x in seconds.items():
        if name != "compiled":
            r, theirs = ratio(ours, x), statistics.median(x) * 1e6
            print(f"    {name:16} {theirs:12,.0f} µs: ours {r:.3g} ×, {1 / r:,.1f} times as fast")


# One training step.


def small(turns: int = 100) -> None:
    """Loss, gradient and a step of SGD for [2, 16, 16, 1], ReLU, batch 100."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(100, 2))
    y = np.where(X[:, 0] * X[:, 1] > 0, 1.0, -1.0)
    title = "step of [2, 16, 16, 1]"
    for loss in ("mse", "hinge"):
        model = MLP([2, 16, 16, 1], rng=0)
        compiled = compiled_step(model, losses.LOSSES[loss], X, y)
        steps = {"compiled": compiled, "numpy by hand": numpy_step(model, loss, X, y)}
        steps |= torch_step(model, loss, X, y)
        slow = micrograd_step(model, X, y) if loss == "hinge" else {}
        same_gradients(steps | slow)
        # Many at a time, as in training, where a step follows another of its kind.
        report(f"{title}, {loss}", in_turns(steps, turns, dict.fromkeys(steps, 50)))
        if slow:
            pair = {"compiled": compiled} | slow
            report(f"{title}, {loss}", in_turns(pair, 5, {"compiled": 100}))


def large(turns: int = 75) -> None:
    """Loss, gradient and a step of SGD for [64, 128, 128, 10], ReLU, cross-entropy, batch 1000."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(1000, 64)), rng.integers(0, 10, size=1000).astype(float)
    model = MLP([64, 128, 128, 10], rng=0)
    steps = {
        "compiled": compiled_step(model, losses.cross_entropy, X, y),
        "numpy by hand": numpy_step(model, "cross_entropy", X, y),
    }
    steps |= torch_step(model, "cross_entropy", X, y)
    same_gradients(steps)
    in_each_turn = dict.fromkeys(steps, 5)
    report("step of [64, 128, 128, 10], cross-entropy", in_turns(steps, turns, in_each_turn))


def natural(turns: int = 100) -> None:
    """The calls that are written first, over `sums`; and a loop with Adam. [2, 16, 16, 1] × 100."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 2)), rng.normal(size=100)
    model = MLP([2, 16, 16, 1], rng=0)
    program, opt = program_of(model, losses.mse), optim.Adam(model.parameters(), 1e-6)

    def with_adam() -> Any:
        loss, gradient = program.value_and_grad(X, y)
        opt.step(program, gradient)
        return loss, gradient

    steps: dict[str, Step] = {
        "sums": lambda: program.sums(theta, X, y),
        "value_and_grad": lambda: program.value_and_grad(X, y),
        "program(X, y)": lambda: program(X, y),
        "input_grads": lambda: program.input_grads(X, y),
        "loop with Adam": with_adam,
        "Adam by hand": numpy_step(model, "mse", X, y, Adam()),
    }
    theta = program.theta
    found = in_turns(steps, turns, dict.fromkeys(steps, 50))
    print(f"natural calls of [2, 16, 16, 1]: sums {statistics.median(found['sums']) * 1e6:.1f} µs")
    for name in ("value_and_grad", "program(X, y)", "input_grads"):
        print(f"    {name:16} {ratio(found[name], found['sums']):.3g} × sums")
    adam = ratio(found["loop with Adam"], found["Adam by hand"])
    print(f"    {'loop with Adam':16} {adam:.3g} × numpy by hand with Adam")


def with_jax(turns: int = 75) -> None:
    """The same array program jitted by JAX, against JAX written by hand, both networks."""
    jax: Any = importlib.import_module("jax")
    rng = np.random.default_rng(0)
    for sizes, n, loss in (
        ([2, 16, 16, 1], 100, "mse"),
        ([64, 128, 128, 10], 1000, "cross_entropy"),
    ):
        X = rng.normal(size=(n, sizes[0]))
        y = rng.integers(0, 10, size=n).astype(float) if n == 1000 else rng.normal(size=n)
        model = MLP(sizes, rng=0)
        steps = {"numpy": compiled_step(model, losses.LOSSES[loss], X, y)}
        steps |= {"compiled": compiled_step(model, losses.LOSSES[loss], X, y, jax)}
        steps |= jax_step(model, loss, X, y)
        same_gradients(steps)
        report(f"step of {sizes}, {loss}, on JAX", in_turns(steps, turns, dict.fromkeys(steps, 5)))


def program_of(model: MLP, loss: Callable[[Any, Any], Value]) -> Program:
    zeros = [0.0] * model.sizes[0]
    program = compile(lambda x, y: loss(model(x), y), zeros, 0.0, wrt=model)
    program.source  # noqa: B018 - written when it is first asked for
    return program


def compiled_step(
    model: MLP, loss: Callable[[Any, Any], Value], X: Any, y: Any, jax: Any = None
) -> Step:
    start = time.process_time()
    program = program_of(model, loss)
    print(f"compiled in {time.process_time() - start:.2f} s: {program.report}")
    theta, sums = program.theta, program.sums
    if jax is not None:
        jax.config.update("jax_enable_x64", True)
        of_program = program.to_jax()
        theta, X, y = (jax.numpy.array(x) for x in (theta, X, y))

        def move(theta: Any) -> Any:
            total, grad = of_program(theta, X, y)
            return total, grad, theta - 1e-6 / len(X) * grad

        moved = jax.jit(move)

    def step() -> Any:
        nonlocal theta
        if jax is not None:
            total, grad, theta = jax.block_until_ready(moved(theta))
            return total, grad
        total, grad = sums(theta, X, y)
        theta -= 1e-6 / len(X) * grad
        return total, grad

    def with_norm() -> Any:
        total, grad = step()
        return total / len(X), np.linalg.norm(grad) / len(X)

    step.check = with_norm  # type: ignore[attr-defined]
    return step


def same_gradients(steps: dict[str, Step]) -> None:
    """All must find the same loss and norm of the gradient before anything is measured."""
    found = {name: getattr(step, "check", step)() for name, step in steps.items()}
    for name, (total, norm) in found.items():
        wanted = found["compiled"]
        if abs(total - wanted[0]) > 1e-9 or abs(norm - wanted[1]) > 1e-9 * wanted[1]:
            raise SystemExit(f"{name} disagrees: {total, norm} against {wanted}")


def gelu(turns: int = 50) -> None:
    """A step with gelu over one with tanh, [2, 16, 16, 1] × 100; erf over math's, one by one."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(100, 2)), rng.normal(size=100)
    steps: dict[str, Step] = {}
    for name in ("gelu", "tanh"):
        model = MLP([2, 16, 16, 1], name, rng=0)
        steps[name] = compiled_step(model, losses.mse, X, y)
    x = rng.normal(size=(16, 100))
    one_by_one = np.vectorize(math.erf, otypes=[float])
    steps |= {"erf": lambda: special.erf(x), "one by one": lambda: one_by_one(x)}
    found = in_turns(steps, turns, dict.fromkeys(steps, 20))
    print(f"a step with gelu takes {ratio(found['gelu'], found['tanh']):.3g} × one with tanh,")
    print(f"    erf {ratio(found['erf'], found['one by one']):.3g} × Python for each number")


def convolution(n: int = 100) -> None:
    """[1, 28, 28] → 8 kernels of 3 × 3, ReLU → the largest of 2 × 2 → 10 classes, on n images."""
    rng = random.Random(0)
    kernels: list[list[Value]] = []
    for _ in range(8):
        kernels.append([Value(rng.gauss(0.0, 0.3)) for _ in range(9)])
    biases, last = [Value(0.1) for _ in kernels], Layer(8 * 13 * 13, 10, "identity", rng=0)

    def at(kernel: list[Value], bias: Value, image: Any, i: int, j: int) -> Value:
        window = [image[i + k // 3][j + k % 3] for k in range(9)]
        return (bias + dot(*kernel, *window)).relu()

    def map_of(kernel: list[Value], bias: Value, image: Any) -> list[list[Any]]:
        rows = []
        for i in range(26):
            rows.append([at(kernel, bias, image, i, j) for j in range(26)])
        return rows

    def loss(image: Any, y: Any) -> Value:
        pooled: list[Any] = []
        for kernel, bias in zip(kernels, biases):
            a = map_of(kernel, bias, image)
            for i in range(0, 26, 2):
                above, below = a[i], a[i + 1]
                pooled += [maximum(*above[j : j + 2], *below[j : j + 2]) for j in range(0, 26, 2)]
        return losses.cross_entropy(last(pooled), y)

    parameters = [*itertools.chain.from_iterable(kernels), *biases, *last.parameters()]
    start = time.process_time()
    program = compile(loss, np.zeros((28, 28)).tolist(), 0.0, wrt=parameters)
    program.source  # noqa: B018
    seconds = time.process_time() - start
    X = np.random.default_rng(0).normal(size=(n, 28, 28))
    y = np.random.default_rng(1).integers(0, 10, size=n).astype(float)
    theta = program.theta
    steps: dict[str, Step] = {
        "compiled": lambda: program.sums(theta, X, y),
        "numpy by hand": lambda: convolution_by_hand(theta, X, y),
    }
    (total, gradient), (other, by_hand) = [step() for step in steps.values()]
    if abs(total - other) > 1e-9 * total or np.abs(gradient - by_hand).max() > 1e-9:
        raise SystemExit("the convolutions disagree")
    print(f"a convolution compiled in {seconds:.1f} s: {program.report}")
    report(f"    its step on {n} images", in_turns(steps, 25, {}))


def convolution_by_hand(theta: Any, X: Any, y: Any) -> tuple[float, Any]:
    """The same in numpy: windows by `sliding_window_view`, samples last, pooling by four slices."""
    n, rows, classes = len(X), np.arange(len(X)), y.astype(int)
    K, b, W = theta[:72].reshape(8, 9), theta[72:80, None], theta[80:].reshape(10, 1353)
    windows = np.lib.stride_tricks.sliding_window_view(X, (3, 3), axis=(1, 2))
    columns = np.ascontiguousarray(windows.transpose(3, 4, 1, 2, 0)).reshape(9, 676 * n)
    z = K @ columns
    z += b
    a = np.maximum(z, 0.0, out=z).reshape(8, 13, 2, 13, 2, n)
    corners = [a[:, :, k // 2, :, k % 2] for k in range(4)]
    pooled = np.maximum(np.maximum(*corners[:2]), np.maximum(*corners[2:]))
    flat = pooled.reshape(1352, n)
    logits = W[:, :-1] @ flat + W[:, -1:]
    parts = np.exp(logits - logits.max(axis=0))
    shares = parts / parts.sum(axis=0)
    total = -np.log(shares[classes, rows]).sum()
    shares[classes, rows] -= 1.0
    dW = np.column_stack([shares @ flat.T, shares.sum(axis=1)])
    largest = [corner == pooled for corner in corners]
    each = (W[:, :-1].T @ shares).reshape(8, 13, 13, n)
    each *= pooled > 0
    each /= sum([x.astype(float) for x in largest])
    dz = np.empty_like(a)
    for k, is_largest in enumerate(largest):
        np.multiply(each, is_largest, out=dz[:, :, k // 2, :, k % 2])
    dz = dz.reshape(8, 676 * n)
    return float(total), np.concatenate([(dz @ columns.T).ravel(), dz.sum(axis=1), dW.ravel()])


# What compiling takes.


def compiling() -> None:
    """Processor seconds, and the most memory for each scalar node."""
    for sizes in ([2, 16, 16, 1], [64, 128, 128, 10], [784, 64, 10]):
        model = MLP(sizes, rng=0)
        loss = losses.mse if sizes[-1] == 1 else losses.cross_entropy
        seconds = []
        for _ in range(3):
            start = time.process_time()
            program = program_of(model, loss)
            seconds.append(time.process_time() - start)
        tracemalloc.start()
        program = program_of(model, loss)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        each = peak / program.report.nodes
        print(f"{sizes} compiled in {min(seconds):.2f} s, with {each:,.0f} bytes a node at most")


# Graphs without structure, and long ones.


def irregular(nodes: int = 5000) -> None:
    """A random graph of some thousand nodes, batch 1000, against a sample on the eager engine."""
    parameters = [Value(random.Random(i).uniform(-1, 1), f"w{i}") for i in range(50)]
    f = random_graph(nodes, parameters)
    start = time.process_time()
    program = compile(f, [0.0] * 8, wrt=parameters)
    program.source  # noqa: B018
    print(f"random graph compiled in {time.process_time() - start:.1f} s: {program.report}")
    X = np.random.default_rng(0).normal(size=(1000, 8))
    theta = program.theta

    def eager() -> Any:
        pullback(f([Value(x) for x in X[0].tolist()]), 1.0)

    steps = {"compiled": lambda: program.sums(theta, X), "eager engine, one sample": eager}
    ours, theirs = in_turns(steps, 11, {}).values()
    faster = len(X) * ratio(theirs, ours)
    a, b = statistics.median(ours) / len(X), statistics.median(theirs)
    print(f"    a sample: {a * 1e6:.1f} µs, eager {b * 1e6:,.0f} µs: {faster:,.0f} times as slow")


OPS: list[Callable[[Value, Value], Value]] = [
    add,
    sub,
    mul,
    lambda a, b: tanh(a),
    lambda a, b: sin(b),
]


def random_graph(nodes: int, parameters: Sequence[Value]) -> Callable[[list[Value]], Value]:
    """A function of 8 numbers that records about this many nodes, at random but always the same."""

    def f(x: list[Value]) -> Value:
        rng = random.Random(0)
        pool = [*x, *parameters]
        while len(pool) < nodes:
            pool.append(rng.choice(OPS)(rng.choice(pool), rng.choice(pool[-500:])))
        loose = pool[-1]
        for node in pool[-1000:-1]:
            loose = loose + 0.001 * node.tanh()
        return loose

    return f


def chain(length: int = 20_000) -> None:
    """Ops that each wait for the one before."""
    w = Value(0.5, "w")

    def f(x: Any) -> Value:
        for _ in range(length // 2):
            x = (x * w).sin()
        return x  # type: ignore[no-any-return]

    start = time.process_time()
    program = compile(f, 0.0, wrt=[w])
    program.source  # noqa: B018
    seconds = time.process_time() - start
    value, (grad,) = program.value_and_grad([0.3])
    first = time.process_time() - start - seconds  # in it Python compiles the text
    root = f(Value(0.3))
    w.grad = 0.0
    root.backward()
    off = max(abs(value - root.data), abs(grad - w.grad))
    print(f"chain of {length:,} ops compiled in {seconds:.2f} s; off by {off:.1e}")
    print(f"    its first call takes {first:.2f} s more")


# Batches, and a whole training.


def batches() -> None:
    """The cost and the memory of a sample, from 1 to 1,000,000 at once."""
    program = program_of(MLP([2, 16, 16, 1], rng=0), losses.mse)
    theta, rng = program.theta, np.random.default_rng(0)
    print(f"batches of [2, 16, 16, 1]: reported {program.report.bytes_per_sample} bytes a sample")
    for n in [10**k for k in range(7)]:
        X, y = rng.normal(size=(n, 2)), rng.normal(size=n)
        steps: dict[str, Step] = {"compiled": partial(program.sums, theta, X, y)}
        times = in_turns(steps, 5, {"compiled": max(1, 1000 // n)})["compiled"]
        peaks = []
        for chunk in (n, None):
            tracemalloc.start()
            program.sums(theta, X, y, chunk=chunk)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        each = f"{statistics.median(times) / n * 1e6:7.3f} µs and {peaks[0] / n:7,.0f} bytes each"
        print(f"    {n:9,} samples: {each}; {peaks[1]:10,} bytes by default")


def doubtful() -> None:
    """One sample of 4,096 behind a closed switch, and a batch that is nan."""
    model = MLP([2, 16, 16, 1], rng=0)
    f = lambda x: (model(x) + x[0].sqrt().relu()) ** 2  # noqa: E731
    program = compile(f, [0.0, 0.0], wrt=model)
    X = np.abs(np.random.default_rng(0).normal(size=(4096, 2)))
    one, all_of_them = X.copy(), np.full_like(X, np.nan)
    one[1234, 0] = -1.0
    theta = program.theta
    for title, x in (("none", X), ("one", one), ("all 4,096", all_of_them)):
        start = time.process_time()
        program.sums(theta, x)
        print(f"{title} of 4,096 samples doubtful: {(time.process_time() - start) * 1e3:.1f} ms")


def digits() -> None:
    """fit on scikit-learn's 8 × 8 digits: [64, 32, 10], 1,500 images, the rest to validate."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    X = X / 16
    model = MLP([64, 32, 10], rng=0)
    train, rest = (X[:1500], y[:1500]), (X[1500:], y[1500:])
    start = time.perf_counter()
    history = fit(model, train, validation=rest, lr=0.003, epochs=40, rng=0, progress=False)
    seconds = time.perf_counter() - start
    best = max(history.column("val_accuracy"))
    print(f"digits, {len(history)} epochs in {seconds:.1f} s: {history[-1].accuracy:.1%} of 1,500,")
    print(f"    at best {best:.1%} of 297 unseen; {history.engine}")


PARTS: dict[str, Callable[[], None]] = {
    "small": small,
    "large": large,
    "natural": natural,
    "jax": with_jax,
    "gelu": gelu,
    "convolution": convolution,
    "compiling": compiling,
    "irregular": irregular,
    "chain": chain,
    "batches": batches,
    "doubtful": doubtful,
    "digits": digits,
}


def main() -> None:
    threads = os.environ.get("OMP_NUM_THREADS", "as many as BLAS likes")
    system = f"{platform.system()} {platform.machine()}, threads: {threads}"
    print(f"Python {platform.python_version()}, numpy {np.__version__}, {system}")
    for name in sys.argv[1:] or PARTS:
        PARTS[name]()


if __name__ == "__main__":
    main()
