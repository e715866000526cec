"""An engine in forty lines, a peer of ours: it stores each slope, as a number, while it records.

That is the design of Andrej Karpathy's microgpt (2026), rewritten. Its nodes show nothing: no op,
no second derivative, no slope but the current one. Its search is a separate function, so that its
graphs are freed as ours are; a closure would leave them to the collector.
"""

import math


class Value:
    __slots__ = ("data", "grad", "inputs", "slopes")

    def __init__(self, data, inputs=(), slopes=()):
        self.data, self.grad, self.inputs, self.slopes = data, 0.0, inputs, slopes

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, k):
        return Value(self.data**k, (self,), (k * self.data ** (k - 1),))

    def exp(self):
        out = math.exp(self.data)
        return Value(out, (self,), (out,))

    def log(self):
        return Value(math.log(self.data), (self,), (1 / self.data,))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (float(self.data > 0),))

    def __neg__(self):
        return self * -1.0

    def __sub__(self, other):
        return self + -other

    def __truediv__(self, other):
        return self * other**-1

    __radd__, __rmul__ = __add__, __mul__

    def backward(self):
        order = []
        visit(self, order, set())
        self.grad = 1.0
        for v in reversed(order):
            for x, slope in zip(v.inputs, v.slopes):
                x.grad += slope * v.grad


def visit(v, order, seen):
    if v not in seen:
        seen.add(v)
        for x in v.inputs:
            visit(x, order, seen)
        order.append(v)
