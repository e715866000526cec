"""One training step as others do it: numpy by hand, PyTorch eager, micrograd.

All start from the same weights and data as ours. Each step computes the loss and its gradient, and
moves the parameters by SGD with a rate so small that nothing changes. Its `check` returns the loss
and the norm of the gradient, so that only steps that agree are compared.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from nn import MLP

Step = Callable[[], Any]


class SGD:
    """Gradient descent as a person writes it."""

    def __call__(self, arrays: list[Any], grads: list[Any]) -> None:
        for array, grad in zip(arrays, grads):
            array -= 1e-6 * grad


class Adam:
    """Adam as a person writes it, with two arrays of moments for each array of parameters."""

    def __init__(self) -> None:
        self.t = 0
        self.moments: list[tuple[Any, Any]] = []

    def __call__(self, arrays: list[Any], grads: list[Any]) -> None:
        self.moments = self.moments or [(0 * array, 0 * array) for array in arrays]
        self.t += 1
        for array, grad, (m, v) in zip(arrays, grads, self.moments):
            m *= 0.9
            m += 0.1 * grad
            v *= 0.999
            v += 0.001 * grad * grad
            root = np.sqrt(v / (1 - 0.999**self.t))
            array -= 1e-6 * (m / (1 - 0.9**self.t)) / (root + 1e-8)


def numpy_step(model: MLP, loss: str, X: Any, y: Any, move: SGD | Adam | None = None) -> Step:
    """What a person writes: matrices, one array a parameter, the equations of backpropagation."""
    move = move or SGD()
    weights = [np.array(layer.W) for layer in model.layers]
    biases = [np.array(layer.b)[:, None] for layer in model.layers]
    x, n = np.ascontiguousarray(X.T), len(X)
    rows, labels = np.arange(n), y.astype(int)

    def step() -> Any:
        activations, zs = [x], []
        for W, b in zip(weights[:-1], biases[:-1]):
            zs.append(W @ activations[-1] + b)
            activations.append(np.maximum(zs[-1], 0))
        z = weights[-1] @ activations[-1] + biases[-1]
        if loss == "mse":
            error = z - y
            total, delta = (error**2).sum() / n, 2 / n * error
        elif loss == "hinge":
            margin = 1 - y * z
            total, delta = np.maximum(margin, 0).sum() / n, -y / n * (margin > 0)
        else:
            shifted = z - z.max(axis=0)
            e = np.exp(shifted)
            s = e.sum(axis=0)
            total = (np.log(s) - shifted[labels, rows]).sum() / n
            delta = e / s
            delta[labels, rows] -= 1
            delta /= n
        grads = []
        for i in reversed(range(len(weights))):
            grads.append((i, delta @ activations[i].T, delta.sum(axis=1, keepdims=True)))
            if i:
                delta = (weights[i].T @ delta) * (zs[i - 1] > 0)
        grads.reverse()
        move([*weights, *biases], [gW for _, gW, _ in grads] + [gb for _, _, gb in grads])
        return total, grads

    def with_norm() -> Any:
        total, grads = step()
        return total, np.sqrt(sum((g**2).sum() for _, *pair in grads for g in pair))

    step.check = with_norm  # type: ignore[attr-defined]
    return step


def torch_step(model: MLP, loss: str, X: Any, y: Any) -> dict[str, Step]:
    try:
        import torch
    except ImportError:
        return {}
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    layers: list[Any] = []
    for ours in model.layers:
        theirs = torch.nn.Linear(ours.n_inputs, ours.n_outputs)
        with torch.no_grad():
            theirs.weight.copy_(torch.tensor(np.array(ours.W)))
            theirs.bias.copy_(torch.tensor(np.array(ours.b)))
        layers += [theirs, torch.nn.ReLU()]
    network = torch.nn.Sequential(*layers[:-1])
    optimizer = torch.optim.SGD(network.parameters(), lr=1e-6)
    x, target = torch.tensor(X), torch.tensor(y.astype(int) if loss == "cross_entropy" else y)
    measures: dict[str, Callable[[Any], Any]] = {
        "mse": lambda out: ((out[:, 0] - target) ** 2).mean(),
        "hinge": lambda out: torch.relu(1 - target * out[:, 0]).mean(),
        "cross_entropy": lambda out: torch.nn.functional.cross_entropy(out, target),
    }

    def step() -> Any:
        optimizer.zero_grad()
        total = measures[loss](network(x))
        total.backward()  # type: ignore[no-untyped-call, unused-ignore]
        optimizer.step()
        return total

    def with_norm() -> Any:
        total = step()
        return float(total.detach()), float(
            torch.sqrt(sum((p.grad**2).sum() for p in network.parameters()))
        )

    step.check = with_norm  # type: ignore[attr-defined]
    return {"PyTorch eager": step}


def micrograd_step(model: MLP, X: Any, y: Any) -> dict[str, Step]:
    try:
        import micrograd.nn
    except ImportError:
        return {}
    theirs = micrograd.nn.MLP(2, [16, 16, 1])
    for p, q in zip(theirs.parameters(), model.parameters()):
        p.data = q.data
    samples, labels = X.tolist(), y.tolist()

    def step() -> Any:
        theirs.zero_grad()
        total: Any = sum((1 + -label * theirs(x)).relu() for x, label in zip(samples, labels)) * (
            1 / len(labels)
        )
        total.backward()
        for p in theirs.parameters():
            p.data -= 1e-6 * p.grad
        return total.data, sum(p.grad**2 for p in theirs.parameters()) ** 0.5

    return {"micrograd": step}


def jax_step(model: MLP, loss: str, X: Any, y: Any) -> dict[str, Step]:
    """What a person writes in JAX, with an array for each parameter and a step of SGD, jitted."""
    try:
        jax: Any = importlib.import_module("jax")
    except ImportError:
        return {}
    jnp = jax.numpy
    jax.config.update("jax_enable_x64", True)
    parameters = [(jnp.array(layer.W), jnp.array(layer.b)) for layer in model.layers]
    x, target = jnp.array(X), jnp.array(y.astype(int) if loss == "cross_entropy" else y)

    def loss_of(parameters: Any) -> Any:
        a = x
        for W, b in parameters[:-1]:
            a = jax.nn.relu(a @ W.T + b)
        W, b = parameters[-1]
        z = a @ W.T + b
        if loss == "mse":
            return ((z[:, 0] - target) ** 2).mean()
        picked = jnp.take_along_axis(z, target[:, None], axis=1)[:, 0]
        return (jax.nn.logsumexp(z, axis=1) - picked).mean()

    def move(parameters: Any) -> Any:
        total, grads = jax.value_and_grad(loss_of)(parameters)
        return total, grads, jax.tree.map(lambda p, g: p - 1e-6 * g, parameters, grads)

    jitted = jax.jit(move)

    def step() -> Any:
        nonlocal parameters
        total, grads, parameters = jitted(parameters)
        return jax.block_until_ready(total), grads

    def with_norm() -> Any:
        total, grads = step()
        squares = [float((g**2).sum()) for g in jax.tree.leaves(grads)]
        return float(total), sum(squares) ** 0.5

    step.check = with_norm  # type: ignore[attr-defined]
    return {"JAX by hand": step}
