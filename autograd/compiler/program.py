"""The compiled program: a function of one sample as numpy source for whole batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import files
from autograd.checks import as_float, shown
from autograd.compiler import standalone
from autograd.compiler.batches import added, checked, numbers, parts
from autograd.compiler.functions import Function, Report, write_sums, write_values
from autograd.compiler.gradients import gradients
from autograd.compiler.structure import fingerprint
from autograd.compiler.tracing import flat, name_of, same_structure, signature_of, trace
from autograd.errors import TracingError
from autograd.record import constant
from autograd.value import Value

if TYPE_CHECKING:
    from numpy.typing import NDArray


def compile(f: Callable[..., Any], *examples: Any, wrt: Any = None) -> Program:
    """The numpy program of f, recorded once: outputs and gradients of a whole batch, for a function of one sample.

    `f` takes scalars or nested lists of scalars in the shapes of `examples`, and returns a Value or nested lists of them; `wrt` are
    the parameters to differentiate in (leaf Values, or a module that has `parameters()`; by default f's own, if f is a module). Raises
    TracingError if f looks at its numbers, or does something else when it is run again; TypeError for parameters that are no leaves.

    >>> w, b = Value(3.0, "w"), Value(1.0, "b")
    >>> program = compile(lambda x, y: (w * x + b - y) ** 2, 0.0, 0.0, wrt=[w, b])
    >>> loss, grad = program.value_and_grad([1.0, 2.0], [0.0, 0.0])
    >>> loss, grad.tolist()
    (32.5, [18.0, 11.0])
    """
    if not callable(f):
        raise TypeError(f"compile(f, *examples) takes a function of one sample, got {shown(f)}")
    signature = signature_of(f)
    if signature and not signature.parameters:
        raise TypeError(
            f"compile takes a function of one sample, and {name_of(f)}() takes no arguments: give it one, such as x"
        )
    if not examples:
        raise TypeError(
            f"compile({name_of(f)}) needs an example of each argument, such as compile({name_of(f)}, [0.0, 0.0])"
        )
    for x in (x for example in examples for x in flat(example)):
        if not isinstance(x, Value):
            as_float(x, f"an example of compile({name_of(f)})")
    if signature:
        try:
            signature.bind(*examples)
        except TypeError as error:
            raise TypeError(
                f"compile takes an example of each argument of {name_of(f)}{signature}, got {len(examples)}: {error}"
            ) from None
    if wrt is None:
        wrt = f if hasattr(f, "parameters") else ()
    parameters = list(
        wrt.parameters()
        if hasattr(wrt, "parameters")
        else wrt
        if isinstance(wrt, Iterable)
        else [wrt]
    )
    for p in parameters:
        if not isinstance(p, Value) or p.op is not None:
            raise TypeError(
                f"compile(wrt) takes the parameters to differentiate in, which are leaf Values in a list, got {shown(p)}"
            )
    if len(set(parameters)) < len(parameters):
        raise ValueError("compile(wrt) got the same parameter twice")
    return Program(f, examples, parameters)


class Program:
    """What `compile` gives: call it with arrays that have a leading batch axis. In order of use:

    - `program(X)`: the outputs for each sample.
    - `program.value_and_grad(X, y)`: the mean of a scalar output, and its gradient in `wrt`.
    - `program.input_grads(X, y)`: for each sample the gradient in the arguments.
    - `program.sums(theta, X, y)`: a pure function of parameters and data, for shards, optimizers and other machines.
    - `program.source`, `program.report`: what was made of the scalar graph.

    The first three read the parameters from their Values at each call, and raise TracingError if f has become another function
    since. All take `chunk=`, the most samples to work on at once; by default as many as fit into 16 MB. `sums` and `value_and_grad`
    hold at most about `report.bytes_per_sample` for each of them, beside arguments and results. A program pickles without f, with the
    numbers that its Values have.
    """

    def __init__(
        self, f: Callable[..., Any], examples: Sequence[Any], parameters: Sequence[Value]
    ) -> None:
        self._f: Callable[..., Any] | None = f
        self._print = fingerprint(f)
        self._trace = trace(f, examples, parameters)

    # Arrays in, arrays out.

    def __call__(self, *arrays: Any, chunk: int | None = None) -> NDArray[Any]:
        """The outputs for each sample, of shape (samples, *shape of one output)."""
        self._check_structure()
        theta, function = self.theta, self._values
        with np.errstate(all="ignore"):
            return np.concatenate(
                [
                    self._run(function, theta, part)
                    for part in parts(checked(self._trace, arrays), chunk, function)
                ]
            )

    def value_and_grad(self, *arrays: Any, chunk: int | None = None) -> tuple[float, NDArray[Any]]:
        """The mean of the output over the batch, and its gradient in the order of `wrt`."""
        self._check_structure()
        total, grad = self.sums(self.theta, *arrays, chunk=chunk)
        n = len(arrays[0])
        return total / n, grad / n

    def input_grads(self, *arrays: Any, chunk: int | None = None) -> tuple[NDArray[Any], ...]:
        """The gradient of the output in each argument, for each sample: arrays of the shapes of the arguments."""
        self._check_structure()
        theta, shapes = self.theta, self._trace.shapes
        with np.errstate(all="ignore"):
            grads = np.concatenate(
                [
                    self._grads_of(theta, part, chunk)
                    for part in parts(checked(self._trace, arrays), chunk, self._input_grads)
                ]
            )
        of_each = np.split(grads, np.cumsum([math.prod(shape) for shape in shapes[:-1]]), axis=1)
        return tuple(g.reshape(len(grads), *shape) for g, shape in zip(of_each, shapes))

    def sums(
        self, theta: NDArray[Any], *arrays: Any, chunk: int | None = None
    ) -> tuple[float, NDArray[Any]]:
        """The output and its gradient, summed over the samples, for parameters `theta` in the order of `wrt`; a pure function.

        Sums of the shards of a dataset add up to that of the whole.
        """
        t = self._trace
        theta = numbers(theta, "theta", t.title)
        if theta.shape != (len(t.parameters),):
            raise ValueError(
                f"theta must hold the {len(t.parameters)} parameters of {t.title}, got an array of shape {theta.shape}"
            )
        if t.captured and not t.parameters:
            used = ", ".join(leaf.label or repr(leaf.data) for leaf in t.captured[:5])
            raise TypeError(
                f"{t.title} has nothing to be differentiated in: compile it with wrt=[...], its parameters; it uses {used}"
            )
        with np.errstate(all="ignore"):
            return added(
                self._sums_of(theta, part, chunk)
                for part in parts(checked(t, arrays), chunk, self._sums)
            )

    # The quick functions' numbers are believed where they are finite; else the exact ones are asked, which hold more at once.

    def _sums_of(
        self, theta: NDArray[Any], part: Sequence[NDArray[Any]], chunk: int | None
    ) -> tuple[float, NDArray[Any]]:
        function = self._sums
        total, g = self._run(function, theta, part)
        if not function.is_exact and not math.isfinite(total + g.dot(g)):
            function = self._exact_sums
            total, g = added(
                self._run(function, theta, piece) for piece in parts(part, chunk, function)
            )
        return float(total), g.take(function.inverse)

    def _grads_of(
        self, theta: NDArray[Any], part: Sequence[NDArray[Any]], chunk: int | None
    ) -> NDArray[Any]:
        grads: NDArray[Any] = self._run(self._input_grads, theta, part)
        bad = ~np.isfinite(grads).all(axis=1)
        if bad.any():
            function, doubtful = self._exact_input_grads, [x[bad] for x in part]
            grads[bad] = np.concatenate(
                [self._run(function, theta, piece) for piece in parts(doubtful, chunk, function)]
            )
        return grads

    @property
    def theta(self) -> NDArray[Any]:
        """The parameters as they are now, in the order of `wrt`."""
        return np.array([p.data for p in self._trace.parameters])

    @property
    def order(self) -> NDArray[Any]:
        """How the parameters lie in `source` and in the file: its vector is `program.theta[program.order]`, layer by layer."""
        return self._main.index.copy()  # type: ignore[no-any-return]

    # What it is made of.

    @property
    def source(self) -> str:
        """The numpy program: of output and gradient if there is one output and there are parameters, else of the outputs."""
        text = standalone.section(self._main)
        if self._main.order != sorted(self._main.order):
            text = text.replace("):\n", "):\n    # theta here is program.theta[program.order]\n", 1)
        return f"{standalone.imports(text)}\n\n\n{text}"

    @property
    def report(self) -> Report:
        """What was lifted."""
        return self._main.report

    def to_file(self, path: str | Path) -> None:
        """Write the program as a module that needs numpy alone, with the parameters as they are now.

        It has `values(theta, ...)`, for a scalar output also `value_and_grad(theta, ...)`, and the vector `theta` with the `names` of
        what it holds, which is `program.theta[program.order]`. Raises ValueError if an op has no numpy column.
        """
        t, order = self._trace, self._main.order
        functions = [write_values(t, "values", t.outputs, t.shape, order)]
        if self._is_scalar:
            functions.append(self._sums_in(order))
            if not functions[-1].is_exact:
                functions.append(self._sums_in(order, exact=True))
        text = standalone.page(t, {function.name: function for function in functions}, order)
        files.write(Path(path), text.encode())

    @property
    def _main(self) -> Function:
        return self._sums if self._is_scalar and self._trace.parameters else self._values

    @property
    def _is_scalar(self) -> bool:
        return self._trace.shape == ()

    @cached_property
    def _values(self) -> Function:
        return write_values(self._trace, "values", self._trace.outputs, self._trace.shape)

    @cached_property
    def _sums(self) -> Function:
        return self._sums_in(())

    @cached_property
    def _exact_sums(self) -> Function:
        return self._sums_in((), exact=True)

    @cached_property
    def _input_grads(self) -> Function:
        return self._input_grads_in(exact=False)

    @cached_property
    def _exact_input_grads(self) -> Function:
        return self._input_grads_in(exact=True)

    def _input_grads_in(self, exact: bool) -> Function:
        grads, zero = self._gradients(exact), constant(0.0)
        wanted = [grads.get(x, zero) for leaves in self._trace.inputs for x in leaves]
        return write_values(self._trace, "input_grads", wanted, (len(wanted),))

    def _sums_in(self, order: Sequence[int], exact: bool = False) -> Function:
        name = "exact_sums" if exact else "sums"
        return write_sums(self._trace, name, self._gradients(exact), order=order, masks=not exact)

    def _gradients(self, exact: bool) -> dict[Value, Value]:
        if not self._is_scalar:
            raise TypeError(
                f"gradients need a scalar output, and {self._trace.title} returns an array of shape {self._trace.shape}: "
                f"return a loss, or compile jacobian({self._trace.title})"
            )
        return gradients(self._trace, exact)

    def _check_structure(self) -> None:
        """TracingError if f does not record what it did when it was compiled."""
        if self._f is None or fingerprint(self._f) == self._print:
            return
        again = trace(
            self._f, [_zeros(shape) for shape in self._trace.shapes], self._trace.parameters
        )
        if not same_structure(self._trace, again):
            raise TracingError(
                f"{self._trace.title} has become another function since it was compiled: compile it again"
            )
        self._print = fingerprint(self._f)

    def _run(self, function: Function, theta: NDArray[Any], arrays: Sequence[NDArray[Any]]) -> Any:
        """A function of the program at parameters in the order of `wrt`."""
        captured = (
            [np.array([leaf.data for leaf in self._trace.captured])] if self._trace.captured else []
        )
        return function.callable(theta.take(function.index), *captured, *arrays)

    def __getstate__(self) -> dict[str, Any]:
        _ = self._main  # written once, here, rather than by every process that gets it
        return {**vars(self), "_f": None, "_print": None}

    def __repr__(self) -> str:
        return f"Program({self._trace.title}({', '.join(self._trace.arguments)}), {self.report})"


def _zeros(shape: Sequence[int]) -> Any:
    return [_zeros(shape[1:]) for _ in range(shape[0])] if shape else 0.0
