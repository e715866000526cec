"""The engine against what cannot be wrong: fifty digits, and a naive engine over all paths."""

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from mpmath import mpf

from autograd import OPS, Value, maximum, recompute
from autograd.strategies import programs

from . import oracle

EPS = 2.0**-52


@pytest.mark.slow
@settings(max_examples=400)
@given(programs(max_ops=12))
def test_gradients_of_random_programs_are_within_200_eps_of_fifty_digits(program):
    assume(program.steps)
    xs = [Value(x) for x in program.point]
    program(*xs).backward()
    for x, exact in zip(xs, oracle.gradient(program.steps, program.point), strict=True):
        assert abs(mpf(x.grad) - exact) <= 200 * EPS * max(1, abs(exact))


class Naive:
    """An engine with no graph search: the gradient by recursion over every path, in order."""

    def __init__(self, data, parents=()):
        self.data = data
        self.parents = parents

    def gradient(self, leaf):
        return float(self is leaf) + math.fsum(
            slope * parent.gradient(leaf) for parent, slope in self.parents
        )


class EngineAgainstNaive(RuleBasedStateMachine):
    """Any sequence of recording, sweeping, clearing and moving keeps the two engines together."""

    @initialize(numbers=st.lists(st.integers(-3, 3), min_size=1, max_size=3))
    def start(self, numbers):
        self.recipes = [None] * len(numbers)
        self.values = [Value(x) for x in numbers]
        self.leaves = len(numbers)
        self.totals = [0.0] * len(numbers)

    def naive(self):
        made = []
        for value, recipe in zip(self.values, self.recipes):
            if recipe is None:
                made.append(Naive(value.data))
                continue
            name, *places = recipe
            parents = [made[i] for i in places]
            inputs = tuple([p.data for p in parents])
            out = OPS[name].forward(*inputs)
            made.append(Naive(out, list(zip(parents, OPS[name].slopes_at(inputs, out)))))
        return made

    @precondition(lambda self: len(self.values) < 12)
    @rule(
        name=st.sampled_from(["add", "sub", "mul", "maximum"]),
        i=st.integers(0, 99),
        j=st.integers(0, 99),
    )
    def record(self, name, i, j):
        i, j = i % len(self.values), j % len(self.values)
        u, v = self.values[i], self.values[j]
        out = {
            "add": lambda: u + v,
            "sub": lambda: u - v,
            "mul": lambda: u * v,
            "maximum": lambda: maximum(u, v),
        }[name]()
        if abs(out.data) < 2**20:
            self.values.append(out)
            self.recipes.append((name, i, j))

    @rule(i=st.integers(0, 99))
    def sweep(self, i):
        i = i % len(self.values)
        root, naive = self.values[i], self.naive()
        root.backward()
        for k in range(self.leaves):
            self.totals[k] += naive[i].gradient(naive[k])

    @rule()
    def clear(self):
        for k in range(self.leaves):
            self.values[k].grad = self.totals[k] = 0.0

    @rule(k=st.integers(0, 99), x=st.integers(-3, 3))
    def move(self, k, x):
        self.values[k % self.leaves].data = float(x)
        for value in self.values:
            recompute(value)

    @invariant()
    def agree(self):
        if hasattr(self, "values"):
            assert [v.data for v in self.values] == [n.data for n in self.naive()]
            for leaf, total in zip(self.values, self.totals):
                assert leaf.grad == total


EngineAgainstNaive.TestCase.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None
)
TestEngineAgainstNaive = EngineAgainstNaive.TestCase
