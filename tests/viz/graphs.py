"""Graphs that people draw: networks, batches, recurrences, formulas, each after a backward pass."""

from random import Random

from autograd import Value
from nn import MLP, BatchNorm, Layer, Sequential, losses


def numbers(n, seed=0):
    random = Random(seed)
    return [random.uniform(-1, 1) for _ in range(n)]


def values(name, n, seed=0):
    return [Value(x, f"{name}{i}") for i, x in enumerate(numbers(n, seed))]


def dot(weights, inputs):
    return sum(w * x for w, x in zip(weights, inputs))


def matrix(name, rows, columns):
    return [values(f"{name}{i}", columns, i) for i in range(rows)]


def times(weights, inputs):
    return [dot(row, inputs) for row in weights]


def one_sample():
    model = MLP([2, 3, 1], "tanh", rng=0)
    return losses.mse(model([Value(1.0, "x1"), Value(-1.0, "x2")]), 1.0)


def batch(n=4, sizes=(2, 3, 1)):
    model = MLP(list(sizes), "tanh", rng=0)
    rows = [numbers(sizes[0], seed) for seed in range(n)]
    return losses.mse([model(row) for row in rows], [(-1.0) ** i for i in range(n)])


def attention(n=4, d=2):
    rows = matrix("x", n, d)
    query, key, value = [matrix(f"W{kind}", d, d) for kind in "qkv"]
    q = times(query, rows[-1])
    scores = [(dot(q, times(key, row)) / d**0.5).exp() for row in rows]
    total = sum(scores)
    shares = [score / total for score in scores]
    seen = zip(*[times(value, row) for row in rows])
    mixed = [dot(shares, column) for column in seen]
    return dot(mixed, mixed)


def recurrence(n=8):
    w, u, b, h = Value(0.5, "wx"), Value(0.8, "wh"), Value(0.1, "b"), Value(0.0, "h0")
    for t, x in enumerate(values("x", n), 1):
        h = (w * x + u * h + b).tanh()
        h.label = f"h{t}"
    return (h - 1) ** 2


def recurrent_layer(n=8):
    layer, h = Layer(5, 3, "tanh", rng=0), [Value(0.0, "h")] * 3
    for t in range(n):
        h = layer([*values("x", 2, t), *h])
    return dot(h, h)


def lstm(n=6):
    gates = [values(f"w{gate}", 3, i) for i, gate in enumerate("ifog")]
    h, c = Value(0.0, "h0"), Value(0.0, "c0")
    for x in values("x", n):
        i, f, o, g = [w * x + u * h + b for w, u, b in gates]
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
    return (h - 0.5) ** 2


def cross_entropy(n=5):
    return losses.cross_entropy(values("z", n), 2)


def softmax_by_hand(n=5):
    exps = [z.exp() for z in values("z", n)]
    total = sum(exps)
    shares = [e / total for e in exps]
    return -shares[2].log()


def second_derivative():
    w, x, b = Value(0.5, "w"), Value(2.0, "x"), Value(0.1, "b")
    root = (w * x + b).tanh()
    for _ in range(2):
        root.backward(create_graph=True)
        root = w.grad
        for leaf in (w, x, b):
            leaf.grad = 0.0
    return root


def horner(n=8):
    x, total = Value(1.5, "x"), Value(0.0)
    for c in values("c", n):
        total = total * x + c
    return total


def neuron(n):
    return (dot(values("w", n), values("x", n, 1)) + Value(0.1, "b")).tanh()


def convolution(n=10):
    kernel, xs = values("k", 3), values("x", n, 1)
    return sum(dot(kernel, xs[i : i + 3]).relu() for i in range(n - 2)) / (n - 2)


def classifier():
    return losses.cross_entropy(MLP([3, 4, 4, 2], "tanh", rng=0)([0.5, -1.0, 2.0]), 1)


def orbit(n=20):
    x, v, k = Value(0.0, "x"), Value(1.0, "v"), Value(2.0, "k")
    for _ in range(n):
        v = v - k * x * 0.1
        x = x + v * 0.1
    return x * x + v * v


def logsumexp(n=8):
    return sum(x.exp() for x in values("x", n)).log()


def newton(n=10):
    a, x = Value(2.0, "a"), Value(1.0, "x0")
    for _ in range(n):
        x = (x + a / x) * 0.5
    return x


def variance(n=6):
    xs = values("x", n)
    mean = sum(xs) / n
    return sum((x - mean) ** 2 for x in xs) / n


def layer_norm(n=6):
    xs, gain, bias = values("x", n), Value(1.0, "gain"), Value(0.0, "bias")
    mean = sum(xs) / n
    spread = (sum((x - mean) ** 2 for x in xs) / n + 1e-5) ** 0.5
    return sum((x - mean) / spread * gain + bias for x in xs)


def deep():
    return losses.mse(MLP([1] * 12, "tanh", rng=0)([0.5]), 1.0)


def total(n=100):
    return sum(values("x", n))


def product(n=12):
    result = Value(1.1, "p")
    for x in values("p", n):
        result = result * x
    return result


def batch_norm(n=8):
    model = Sequential(Layer(2, 3, "tanh", rng=0), BatchNorm(3), Layer(3, 1, rng=1))
    rows = [numbers(2, seed) for seed in range(n)]
    return losses.mse(model(rows), [1.0] * n)


GRAPHS = {
    "a sample": one_sample,
    "a batch of 4": batch,
    "attention": attention,
    "8 recurrent steps": recurrence,
    "[2,16,16,1] × 15": lambda: batch(15, (2, 16, 16, 1)),
    "cross-entropy of 5": cross_entropy,
    "softmax by hand": softmax_by_hand,
    "second derivative": second_derivative,
    "a batch of 100": lambda: batch(100),
    "a recurrent layer": recurrent_layer,
    "an LSTM": lstm,
    "Horner's rule": horner,
    "a neuron": lambda: neuron(2),
    "a neuron of 10": lambda: neuron(10),
    "a neuron of 100": lambda: neuron(100),
    "a convolution": convolution,
    "a classifier": classifier,
    "an orbit": orbit,
    "logsumexp": logsumexp,
    "Newton's method": newton,
    "a variance": variance,
    "layer norm": layer_norm,
    "a deep network": deep,
    "a wide network": lambda: batch(1, (2, 16, 16, 1)),
    "a sum of 100": total,
    "a product": product,
    "batch norm": batch_norm,
}
