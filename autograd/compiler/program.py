"""The compiled program: a function of one sample as numpy source for whole batches.

Takes a function, an example of each argument, and parameters; returns a `Program`, which takes
arrays of samples and returns arrays. Its functions are written when they are first called.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

import autograd
from autograd import files
from autograd.checks import as_float, shown
from autograd.compiler import standalone
from autograd.compiler.batches import checked, numbers, parts
from autograd.compiler.costs import Report
from autograd.compiler.functions import Function, write_input_grads, write_sums, write_values
from autograd.compiler.gradients import Gradients
from autograd.compiler.ir import ArrayProgram
from autograd.compiler.jax import jax_function
from autograd.compiler.replay import Answer, Replay
from autograd.compiler.structure import Watched
from autograd.compiler.tracing import (
    Adjoint,
    collector_paused,
    flat,
    name_of,
    rebuilt,
    same_structure,
    signature_of,
    trace,
)
from autograd.errors import TracingError
from autograd.graph import data_of
from autograd.value import Value, put, written

if TYPE_CHECKING:
    from numpy.typing import NDArray


LAYOUT = 3
"""The version of the layout of pickled programs, counted up with each change."""


def compile(f: Callable[..., Any], *examples: Any, wrt: Any = None, aux: bool = False) -> Program:
    """The numpy program of f, recorded once: outputs and gradients of a whole batch.

    `f` is a function of one sample: it takes scalars or nested lists of scalars in the shapes of
    `examples`, and returns a Value or nested lists of them. `wrt` are the parameters to
    differentiate in: leaf Values, or a module that has `parameters()`; by default f's own, if f is
    a module. With `aux`, f returns a pair (loss, aux) of a loss and auxiliary outputs, which
    `Program.step` returns for each sample. Raises TracingError if f looks at its numbers, or does
    something else when it is run again; TypeError for parameters that are not leaves.

    >>> w, b = Value(3.0, "w"), Value(1.0, "b")
    >>> program = compile(lambda x, y: (w * x + b - y) ** 2, 0.0, 0.0, wrt=[w, b])
    >>> loss, grad = program.value_and_grad([1.0, 2.0], [0.0, 0.0])
    >>> loss, grad.tolist()
    (32.5, [18.0, 11.0])
    """
    _check_function(f, examples)
    if wrt is None:
        wrt = f if hasattr(f, "parameters") else ()
    given = wrt.parameters() if hasattr(wrt, "parameters") else wrt
    if isinstance(given, (set, frozenset)):
        raise TypeError(
            f"compile(wrt) takes the parameters in a list, since theta has their order, got a "
            f"{type(given).__name__} of {len(given)}"
        )
    parameters = list(given) if isinstance(given, Iterable) else [given]
    for p in parameters:
        if not isinstance(p, Value) or p.op is not None:
            raise TypeError(
                f"compile(wrt) takes the parameters to differentiate in, which are leaf Values in "
                f"a list, got {shown(p)}"
            )
    twice = [p for p, count in Counter(parameters).items() if count > 1]
    if twice:
        raise ValueError(f"compile(wrt) got {shown(twice[0])} twice: list each parameter once")
    return Program(f, examples, parameters, wrt, bool(aux))


def _check_function(f: Callable[..., Any], examples: Sequence[Any]) -> None:
    """Raise TypeError unless f is a function of one sample, and the examples fit its arguments."""
    if not callable(f):
        raise TypeError(f"compile(f, *examples) takes a function of one sample, got {shown(f)}")
    signature, name = signature_of(f), name_of(f)
    if signature and not signature.parameters:
        raise TypeError(
            f"compile takes a function of one sample, but {name}() takes no arguments: give it "
            f"one, such as x"
        )
    if not examples:
        raise TypeError(
            f"compile({name}) needs an example of each argument, such as compile({name}, [0.0])"
        )
    for example in examples:
        for x in flat(example):
            if not isinstance(x, Value):
                as_float(x, f"an example of compile({name})")
    if signature:
        try:
            signature.bind(*examples)
        except TypeError as error:
            raise TypeError(
                f"compile takes an example of each argument of {name}{signature}, got "
                f"{len(examples)}: {error}"
            ) from None


class Step(NamedTuple):
    """What `Program.step` returns: the mean loss, its gradient, and the auxiliary outputs."""

    value: float
    gradient: NDArray[Any]
    aux: Any


class Program:
    """What `compile` returns: call it with arrays that have a leading batch axis. In order of use:

    - `program(X)`: the outputs for each sample.
    - `program.value_and_grad(X, y)`: the mean of a scalar output, and its gradient in `wrt`.
    - `program.input_grads(X, y)`: the gradient in the arguments, for each sample.
    - `program.sums(theta, X, y)`: the sums for given parameters and data, for shards, optimizers
      and other machines. It changes nothing.
    - `program.step(theta, X, y)`: value, gradient and auxiliary outputs at once, changing nothing.
    - `program.source`, `program.ir`, `program.report`: what the scalar graph was turned into.

    The first three read the parameters from their Values at each call, and raise TracingError if a
    module was changed so that f has become another function (see `check`). All take `chunk=`, the
    most samples to work on at once; by default as many as fit into 16 MB. A call holds at most
    about `report.bytes_per_sample` for each of them, besides arguments and results. A program
    pickles without f, with the current numbers of its Values.

    Where a number is nan, the batch is halved until single samples are left, which the scalar
    engine computes: nan and inf end up where the engine has them.
    """

    adjoint = Adjoint
    """`Program.adjoint(z)` among auxiliary outputs stands for ∂loss/∂z of each sample."""

    def __init__(
        self,
        f: Callable[..., Any],
        examples: Sequence[Any],
        parameters: Sequence[Value],
        wrt: Any,
        aux: bool,
    ) -> None:
        self._f: Callable[..., Any] | None = f
        self._wrt, self._aux = wrt, aux
        self._trace = trace(f, examples, parameters, aux)
        self._watched = Watched(f, wrt)
        self._read: tuple[object, list[NDArray[Any]]] = None, []

    # Arrays in, arrays out.

    def __call__(self, *arrays: Any, chunk: int | None = None) -> NDArray[Any]:
        """The outputs for each sample, of shape (samples, *shape of one output)."""
        self.check()
        vectors, function = self._vectors(), self._values
        with np.errstate(all="ignore"):
            pieces = parts(checked(self._trace, arrays), chunk, function)
            return np.concatenate([function.callable(*vectors, *piece) for piece in pieces])

    def value_and_grad(self, *arrays: Any, chunk: int | None = None) -> tuple[float, NDArray[Any]]:
        """The mean of the output over the batch, and its gradient in the order of `wrt`."""
        self.check()
        return self.step(self._vectors()[0], *arrays, chunk=chunk)[:2]

    def input_grads(self, *arrays: Any, chunk: int | None = None) -> tuple[NDArray[Any], ...]:
        """The gradient of the output in each argument, for each sample: arrays of like shape."""
        self.check()
        shapes = self._trace.shapes
        with np.errstate(all="ignore"):
            pieces = parts(checked(self._trace, arrays), chunk, self._input_grads)
            grads = np.concatenate([self._grads_of(piece) for piece in pieces])
        of_each = np.split(grads, np.cumsum([math.prod(shape) for shape in shapes[:-1]]), axis=1)
        return tuple([g.reshape(len(grads), *shape) for g, shape in zip(of_each, shapes)])

    def sums(
        self, theta: Any, *arrays: Any, chunk: int | None = None
    ) -> tuple[float, NDArray[Any]]:
        """The output and its gradient, summed over the samples, for these parameters.

        `theta` holds them in the order of `wrt`. The sums of the shards of a dataset add up to the
        sum of the whole.
        """
        total, gradient, _ = self._totals(theta, arrays, chunk)
        return total, gradient

    def step(self, theta: Any, *arrays: Any, chunk: int | None = None) -> Step:
        """The mean of the output, its gradient, and the auxiliary outputs of each sample.

        >>> w = Value(3.0, "w")
        >>> def loss(x, y):
        ...     z = w * x
        ...     return (z - y) ** 2, {"z": z, "dz": Program.adjoint(z)}
        >>> step = compile(loss, 0.0, 0.0, wrt=[w], aux=True).step([3.0], [1.0, 2.0], [0.0, 0.0])
        >>> step.value, step.gradient.tolist(), step.aux["z"].tolist(), step.aux["dz"].tolist()
        (22.5, [15.0], [3.0, 6.0], [6.0, 12.0])
        """
        total, gradient, taps = self._totals(theta, arrays, chunk)
        n = len(arrays[0])
        return Step(total / n, gradient / n, rebuilt(self._trace.structure, taps) if taps else None)

    def _totals(self, theta: Any, arrays: Sequence[Any], chunk: int | None) -> Answer:
        t = self._trace
        vectors = [self._checked(theta), *self._vectors()[1:]]
        if t.captured and not t.parameters:
            used = ", ".join([leaf.label or repr(leaf.data) for leaf in t.captured[:5]])
            raise TypeError(
                f"{t.title} has nothing to differentiate in: compile it with wrt=[...], its "
                f"parameters; it uses {used}"
            )
        function = self._sums
        with np.errstate(all="ignore"):
            pieces = parts(checked(t, arrays), chunk, function)
            return _added(map(partial(self._sums_of, function, vectors), pieces))

    def _checked(self, theta: Any) -> NDArray[Any]:
        t = self._trace
        vector = numbers(theta, "theta", t.title)
        if vector.shape != (len(t.parameters),):
            raise ValueError(
                f"theta must hold the {len(t.parameters)} parameters of {t.title}, got an array "
                f"of shape {vector.shape}"
            )
        return vector

    def _sums_of(
        self, function: Function, vectors: Sequence[NDArray[Any]], part: Sequence[NDArray[Any]]
    ) -> Answer:
        """The sums of one piece: by arrays unless they give nan, else from its halves."""
        total, g, *taps = function.callable(*vectors, *part)
        if function.is_certain or not self._has_nan(total + g.dot(g), taps):
            return float(total), g, taps
        n = len(part[0])
        if n == 1:
            return self._replay.sums(vectors, [x[0] for x in part])
        halves = [x[: n // 2] for x in part], [x[n // 2 :] for x in part]
        return _added(map(partial(self._sums_of, function, vectors), halves))

    def _has_nan(self, number: float, taps: Sequence[NDArray[Any]]) -> bool:
        for x, tap in zip(taps, self._trace.taps):
            number += x.sum() if tap.adjoint else 0.0
        return math.isnan(number)

    def _grads_of(self, part: Sequence[NDArray[Any]]) -> NDArray[Any]:
        """The results of one piece, by the scalar engine for each sample that has a nan."""
        function, vectors = self._input_grads, self._vectors()
        found: NDArray[Any] = function.callable(*vectors, *part)
        grads = found[:, 1:]
        if not function.is_certain and math.isnan(found.sum()):
            for i in np.flatnonzero(np.isnan(found).any(axis=1)):
                grads[i] = self._replay.input_grads(vectors, [x[i] for x in part])
        return grads

    @property
    def parameters(self) -> list[Value]:
        """The Values to differentiate in, `wrt`."""
        return list(self._trace.parameters)

    @property
    def theta(self) -> NDArray[Any]:
        """The parameters as a vector, in the order of `wrt`; assigning sets all of their Values.

        >>> w, b = Value(3.0), Value(1.0)
        >>> program = compile(lambda x: w * x + b, 0.0, wrt=[w, b])
        >>> program.theta = program.theta - 1.0
        >>> w.data, b.data
        (2.0, 0.0)
        """
        return np.array(self._vectors()[0])

    @theta.setter
    def theta(self, theta: Any) -> None:
        vector = self._checked(theta).copy()
        captured = self._vectors()[1:]
        put(self._trace.parameters, vector.tolist())
        self._read = written[0], [vector, *captured]

    def _vectors(self) -> list[NDArray[Any]]:
        """The parameters, and any captured leaves, read again if a number has been assigned."""
        now = written[0]
        if self._read[0] is not now:
            leaves = self._trace.vectors.values()
            self._read = now, [np.fromiter(map(data_of, x), float, len(x)) for x in leaves]
        return self._read[1]

    # What the program is made of.

    @property
    def source(self) -> str:
        """The numpy program: of output and gradient for a loss with parameters, else of outputs."""
        return self._main.page.source

    @property
    def ir(self) -> ArrayProgram:
        """The array program as data, whose text is `source`."""
        return self._main.ir

    @property
    def report(self) -> Report:
        """What was packed."""
        return self._main.report

    def to_jax(self) -> Callable[..., Any]:
        """The program as a function for JAX, which must be installed: for `jax.jit`, or a GPU.

        It is `sums(theta, X, y)` for a loss with parameters, else the outputs as a function of
        `theta` and the arguments, with no engine to ask where a number is nan. Set
        `jax.config.update("jax_enable_x64", True)` first, or it computes with 32 bits.
        """
        function = jax_function(self._main.pure)
        captured = self._vectors()[1:]
        return lambda theta, *arrays: function(theta, *captured, *arrays)

    def to_file(self, path: str | Path) -> None:
        """Write the program as a module that needs only numpy, with the current parameters.

        It has `values(theta, ...)`, for a scalar output also `value_and_grad(theta, ...)`, and the
        vector `theta` with the `names` of its entries, in the order of `wrt`. Raises ValueError
        if an op has no numpy column.
        """
        functions = [self._values, self._sums] if self._is_scalar else [self._values]
        files.write(Path(path), standalone.file_of(self._trace, functions).encode())

    @property
    def _main(self) -> Function:
        return self._sums if self._is_scalar and self._trace.parameters else self._values

    @property
    def _is_scalar(self) -> bool:
        return self._trace.shape == ()

    @cached_property
    @collector_paused()
    def _values(self) -> Function:
        prefix = "values_" if self._is_scalar else ""  # a file also has the tables of `sums`
        return write_values(self._trace, prefix)

    @cached_property
    @collector_paused()
    def _sums(self) -> Function:
        return write_sums(self._trace, self._gradients())

    @cached_property
    @collector_paused()
    def _input_grads(self) -> Function:
        return write_input_grads(self._trace, self._gradients())

    @cached_property
    def _replay(self) -> Replay:
        return Replay(self._trace)

    def _gradients(self) -> Gradients:
        if not self._is_scalar:
            raise TypeError(
                f"gradients need a scalar output, but {self._trace.title} returns an array of "
                f"shape {self._trace.shape}: return a loss, or compile "
                f"jacobian({self._trace.title})"
            )
        return Gradients(self._trace)

    def check(self) -> None:
        """Raise TracingError if a module was changed, so that f no longer records what it did.

        Changes are noticed in attributes of the modules that f uses, and in lists and dicts in
        them. After a change of anything else, compile again.
        """
        if self._f is None or not self._watched.has_changed():
            return
        t = self._trace
        zeros = [np.zeros(shape).tolist() for shape in t.shapes]
        if not same_structure(t, trace(self._f, zeros, t.parameters, self._aux)):
            raise TracingError(
                f"{t.title} has become another function since it was compiled: compile it again"
            )
        self._watched = Watched(self._f, self._wrt)

    def __getstate__(self) -> dict[str, Any]:
        _ = self._main  # written once here, rather than by every process that receives it
        left = {**vars(self), "_f": None, "_wrt": None, "_watched": None}
        left["_read"] = None, []
        left.pop("_replay", None)
        return {**left, "made_by": (LAYOUT, autograd.__version__)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        layout, version = state.pop("made_by", (0, "of an older version"))
        if layout != LAYOUT:
            raise ValueError(
                f"this program was pickled by glassgrad {version}, whose layout "
                f"{autograd.__version__} cannot read: compile it again"
            )
        if version != autograd.__version__:  # its record is valid; its source is written again
            for name in ("_values", "_sums", "_input_grads"):
                state.pop(name, None)
        vars(self).update(state)

    def __repr__(self) -> str:
        return f"Program({self._trace.title}({', '.join(self._trace.arguments)}), {self.report})"


def _added(answers: Iterator[Answer]) -> Answer:
    """The sums of all pieces added up, and their samples one after the other."""
    total, gradient, taps = next(answers)
    pieces = [taps]
    while True:
        # If everything is nan it stays so, whatever is added: the rest need not be computed.
        if math.isnan(total) and not taps and np.isnan(gradient).all():
            break
        more = next(answers, None)
        if more is None:
            break
        total += more[0]
        gradient += more[1]
        pieces.append(more[2])
    if len(pieces) > 1:
        taps = [np.concatenate(of_each) for of_each in zip(*pieces)]
    return total, gradient, taps
