"""An autograd engine in forty lines, to type yourself; `python -m demos engine` explains it."""

# mypy: ignore-errors
# Without types, since this is what one types at a first attempt.

# Step 1
import math


def node(x):
    return x if isinstance(x, V) else V(x)


class V:
    def __init__(self, data, inputs=()):
        self.data, self.inputs, self.grad = data, inputs, 0.0

    def __add__(self, other):
        other = node(other)
        return V(self.data + other.data, [(self, 1.0), (other, 1.0)])

    def __mul__(self, other):
        other = node(other)
        return V(self.data * other.data, [(self, other.data), (other, self.data)])

    # Step 2
    def __pow__(self, n):
        return V(self.data**n, [(self, n * self.data ** (n - 1))])

    def tanh(self):
        y = math.tanh(self.data)
        return V(y, [(self, 1 - y * y)])

    def relu(self):
        return V(max(0.0, self.data), [(self, float(self.data > 0))])

    def __sub__(self, other):
        return self + node(other) * -1

    def __truediv__(self, other):
        return self * node(other) ** -1

    __radd__, __rmul__ = __add__, __mul__


# Step 3
def order(root, seen=None):
    seen = {} if seen is None else seen
    for x, _ in root.inputs:
        if x not in seen:
            order(x, seen)
    seen[root] = True
    return seen


# Step 4
def backward(root):
    for v in order(root):
        v.grad = 0.0
    root.grad = 1.0
    for v in reversed(order(root)):
        for x, slope in v.inputs:
            x.grad += v.grad * slope
