"""What programs can be trusted with: any batch, any array, any process, any version."""

import math
import pickle
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import OPS, Value, clip, compile, greater, where
from autograd.compiler.ir import Table
from nn import MLP, losses

from .eager import assert_agrees, close, gradients, outputs

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(7, 2)), RNG.normal(size=7)


def network():
    model = MLP(2, [3, 1], "tanh", rng=0)

    def f(x, y):
        return (model(x) - y) ** 2

    return model, f, compile(f, [0.0, 0.0], 0.0, wrt=model)


# Batches and arrays.


@pytest.mark.parametrize("n", [1, 2, 7])
@pytest.mark.parametrize(
    "name", ["mse", "mae", "huber", "hinge", "bce_with_logits", "cross_entropy"]
)
def test_losses_of_batches_of_any_size_agree(n, name):
    model = MLP([2, 3, 3 if name == "cross_entropy" else 1], "gelu", rng=0)
    program = compile(lambda x, y: losses.LOSSES[name](model(x), y), [0.0, 0.0], 0.0, wrt=model)
    for target in [1.0] if name == "hinge" else [0.0, 1.0]:
        f = lambda x, target=target: losses.LOSSES[name](model(x), target)  # noqa: E731
        outs, grads, _ = gradients(f, model.parameters(), X[:n])
        value, gradient = program.value_and_grad(X[:n], np.full(n, target))
        assert close(value, outs.mean(), 1.0) and close(gradient, grads.mean(axis=0), 1.0)


def test_a_batch_of_nothing_is_refused():
    _, _, program = network()
    for call in (program, program.value_and_grad, program.input_grads):
        with pytest.raises(ValueError, match="needs at least one sample, got none"):
            call(X[:0], Y[:0])
        with pytest.raises(ValueError, match="x of f must have shape"):
            call([], [])


ARRAYS = {
    "fortran order": np.asfortranarray,
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "columns of a table": lambda x: np.pad(x, [(0, 0)] * (x.ndim - 1) + [(1, 2)])[..., 1:-2],
    "read only": lambda x: np.frombuffer(x.tobytes()).reshape(x.shape),
    "other bytes": lambda x: x.astype(x.dtype.newbyteorder()),
    "long doubles": lambda x: x.astype(np.longdouble),
    "lists": lambda x: x.tolist(),
    "objects": lambda x: x.astype(object),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_an_array_of_any_order_and_kind_gives_the_same(kind):
    _, _, program = network()
    convert = ARRAYS[kind]
    x = convert(X)
    y = convert(Y) if kind != "columns of a table" else Y
    assert close(program(x, y), program(X, Y))
    assert close(program.value_and_grad(x, y)[1], program.value_and_grad(X, Y)[1], 1.0)
    assert close(program.input_grads(x, y)[0], program.input_grads(X, Y)[0], 1.0)


@pytest.mark.parametrize("dtype", [np.float32, np.float16, np.int8, np.uint64, bool])
def test_numbers_of_any_dtype_are_taken_as_floats(dtype):
    _, f, program = network()
    x, y = (np.abs(X) * 2).astype(dtype), Y.astype(bool)
    assert close(program(x, y), outputs(f, x.astype(float), y.astype(float)), 1.0)


def test_pandas_frames_are_arrays():
    pandas = pytest.importorskip("pandas")
    _, _, program = network()
    assert close(program(pandas.DataFrame(X), pandas.Series(Y)), program(X, Y))
    frame = pandas.DataFrame({"a": [1.0, None], "b": ["x", "y"]})
    with pytest.raises(TypeError, match="x of f must be an array of real numbers"):
        program(frame, Y[:2])


def test_numbers_of_python_are_taken_and_what_is_none_is_refused_by_name():
    program = compile(lambda x: 2.0 * x, 0.0)
    assert program([Fraction(1, 2), Decimal("0.25"), True]).tolist() == [1.0, 0.5, 2.0]
    for wrong in (["1.0"], [Value(1.0)], [None, 1.0], [1j], [b"1"], [[1.0], [1.0, 2.0]], {1.0}):
        with pytest.raises((TypeError, ValueError), match="x of <lambda> must be an array of real"):
            program(wrong)
    with pytest.raises(ValueError, match="range of a float"):
        program([10**400, 1.5])


# The engine's word.

WILD = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 1e300, 1e-300, 710.0]
SMOOTH = [OPS[x] for x in ("exp", "log", "sqrt", "div", "mul", "add", "sub", "tanh", "relu")]
CHOICES = [OPS[x] for x in ("where", "maximum", "clip", "abs", "greater", "equal", "sign")]


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples)
@given(
    st.lists(st.sampled_from(SMOOTH + CHOICES), min_size=1, max_size=7),
    st.lists(st.sampled_from(WILD), min_size=14, max_size=14),
    st.randoms(use_true_random=False),
)
def test_gradients_in_the_arguments_of_a_wild_batch_are_the_engines(ops, wild, rng):
    steps = []
    for k, op in enumerate(ops):
        steps.append((op, [rng.randrange(2 + k) for _ in range(op.arity)]))

    def f(x):
        slots = [x[0], x[1]]
        for op, args in steps:
            slots.append(op(*[slots[i] for i in args]))
        return slots[-1] + 0.0 * x[0]

    batch = np.array(wild).reshape(7, 2)
    values, _, (slopes,) = gradients(f, [], batch)
    program = compile(f, [0.0, 0.0])
    assert close(program(batch), values, 1.0)
    assert close(program.input_grads(batch)[0], slopes, 1.0)


def test_a_comparison_with_a_constant_nan_is_nan():
    p = Value(2.0)
    for f in (
        lambda x: where(greater(x, math.nan), p, 2.0 * p),
        lambda x: where(greater(x, clip(x, math.nan, 1.0)), p, 2.0 * p) + x,
    ):
        assert_agrees(compile(f, 0.0, wrt=[p]), f, [p], [1.0, -1.0])


def test_a_batch_that_is_nan_from_end_to_end_is_nan():
    model = MLP(2, [3, 1], "relu", rng=0)
    program = compile(lambda x, y: (model(x) - y) ** 2, [0.0, 0.0], 0.0, wrt=model)
    replayed, scalar = [], program._replay.sums
    program._replay.sums = lambda *args: replayed.append(args) or scalar(*args)
    value, gradient = program.value_and_grad(np.full((50, 2), np.nan), np.zeros(50))
    assert math.isnan(value) and np.isnan(gradient).all() and len(replayed) == 1
    assert np.isnan(program.input_grads(np.full((3, 2), np.nan), np.zeros(3))[0]).all()


def test_the_sign_of_a_zero_is_that_of_the_engine():
    for op in (OPS[name] for name in ("sign", "neg", "abs", "floor", "round", "relu", "sqrt")):
        got = compile(op, 0.0)([-0.0, 0.0])
        assert np.signbit(got).tolist() == [math.copysign(1, op(x)) < 0 for x in (-0.0, 0.0)], op


# Processes and versions.


def test_a_program_of_another_version_is_written_again(monkeypatch):
    model, f, program = network()
    program.value_and_grad(X, Y)
    data = pickle.dumps(program)
    monkeypatch.setattr(autograd, "__version__", "99.0")
    copy = pickle.loads(data)
    assert "_sums" not in vars(copy) and "_sums" in vars(pickle.loads(pickle.dumps(copy)))
    assert_agrees(copy, f, model.parameters(), X, Y)


def test_a_program_that_was_laid_out_otherwise_says_so(monkeypatch):
    _, _, program = network()
    data = pickle.dumps(program)
    monkeypatch.setattr(autograd.compiler.program, "LAYOUT", 0)
    with pytest.raises(ValueError, match="whose layout .* cannot read"):
        pickle.loads(data)


def test_a_choice_by_a_number_of_the_sample_is_made_for_each():
    p = Value(2.0)
    program = compile(lambda x: where(x, p * x, p), 0.0, wrt=[p])
    assert program([0.0, 3.0]).tolist() == [2.0, 6.0]
    assert program.value_and_grad([0.0, 3.0])[1].tolist() == [2.0]


def test_infinities_are_not_asked_of_the_engine(monkeypatch):
    model = MLP([2, 3, 1], "relu", rng=0)
    program = compile(lambda x, y: (model(x) - y) ** 2, [0.0, 0.0], 0.0, wrt=model)

    def asked(*_):
        raise AssertionError("the engine was asked")

    monkeypatch.setattr(program._replay, "sums", asked)
    monkeypatch.setattr(program._replay, "input_grads", asked)
    far = np.where(Y > 0, 1e200, -1e200)  # its square overflows
    value, gradient = program.value_and_grad(X, far)
    assert value == math.inf and np.isfinite(gradient).all()
    program.input_grads(X, far)
    # A gradient whose square overflows is not doubtful, either.
    assert np.isfinite(program.sums(program.theta, X, Y * 1e153)[1]).all()


def test_parameters_in_a_set_are_refused_since_they_have_no_order():
    p, q = Value(1.0), Value(2.0)
    for wrong in ({p, q}, frozenset({p, q})):
        with pytest.raises(TypeError, match="in a list, since theta has their order, got a "):
            compile(lambda x: p * x + q, 0.0, wrt=wrong)


def test_an_adjoint_is_of_one_value():
    for wrong in (3.0, [Value(1.0)], "z"):
        with pytest.raises(TypeError, match="Program.adjoint takes one Value that f has computed"):
            autograd.Program.adjoint(wrong)


def test_the_array_program_is_printed_with_one_sign_a_line_and_short_tables():
    w = [Value(0.1 * i) for i in range(40)]
    program = compile(lambda x: x * sum([p * p for p in w[::3] + w[::-1]]), 0.0, wrt=w)
    text = str(program.ir)
    assert " += " in text and "+= =" not in text
    assert "rows)" in text and max(map(len, text.splitlines())) < 300
    assert str(Table((1.0, 2.0))) == "table((1.0, 2.0))"
