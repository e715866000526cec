"""The row: what the engine, the drawing, the formulas and the checks know about one operation.

An op is one row of a table, and everything else interprets the table (`autograd.ops`). A row is
plain data plus two functions on floats: `forward`, and `slopes`, the local derivatives. Nothing
here knows about graphs: an operand that is more than a number handles the op itself (`__op__`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from inspect import Signature
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final, overload

from autograd.checks import Interval, as_float, unboxed

if TYPE_CHECKING:
    from autograd.value import Value

Slopes: TypeAlias = "tuple[float, ...] | Callable[..., tuple[Any, ...]]"


@final
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Op:
    r"""One operation: a row of the table, and the public function of that name.

    Calling it with numbers gives a float; with a `Value` among them, a recorded `Value`.

    - `forward(*inputs)`: the value, on floats, by the rules of IEEE 754 (never raises).
    - `slopes`: the local derivatives ∂out/∂input, one for each input, as a tuple. Either a
      function `slopes(*inputs, out)` written with the engine's own ops, so that it works on
      floats and on Values alike, or the tuple itself if the slopes are constants.
    - `glyph`: what a drawing writes in the operator's circle.
    - `text`, `latex`: templates in Python and in LaTeX; `{0}` is the first input, `{0:2}` the same
      in parentheses unless it binds at least as tightly as `precedence` 2.
    - `numpy`: the numpy expression of the same function, elementwise.
    - `domain`: for each input, the open interval in which the slopes hold; `kink(*inputs)` is zero
      where the inputs lie in the domain but the slopes do not hold.
    - `everywhere(*inputs)`: whether the slopes hold everywhere, given the inputs that are constants
      (nan for the others), as those of x ** 3 do.
    - `defaults`: values of trailing inputs that a caller may leave out.
    - `switch`: its slopes choose what passes: through a slope of 0 nothing flows, not even inf · 0.
    - `family`: makes the row for more inputs than `arity`, if the op takes any number of them.
    - `built_in`: a row of the engine; False for a user-defined op.

    >>> from autograd import tanh
    >>> tanh(0.0), tanh.glyph, tanh.arity
    (0.0, 'tanh', 1)
    """

    name: str
    forward: Callable[..., float]
    slopes: Slopes
    arity: int
    glyph: str = ""
    text: str = ""
    latex: str = ""
    precedence: int = 5
    numpy: str = ""
    domain: tuple[Interval, ...] = ()
    kink: Callable[..., float] | None = None
    everywhere: Callable[..., bool] | None = None
    defaults: tuple[float, ...] = ()
    switch: bool = False
    family: Callable[[int], Op] | None = None
    built_in: bool = True
    __signature__: Signature | None = None  # as inspect.signature and help show it
    __doc__: str

    @overload  # the narrower first: with a Value among them, floats give a Value
    def __call__(self, *inputs: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *inputs: Value | float) -> Value: ...
    def __call__(self, *inputs: Any) -> Any:
        if len(inputs) != self.arity:
            if self.family is not None and len(inputs) > self.arity:
                return self.family(len(inputs))(*inputs)
            inputs = self.complete(inputs)
        for x in inputs:
            if x.__class__ is not float:
                break
        else:
            return self.forward(*inputs)
        for x in inputs:
            handler = getattr(type(x), "__op__", None)
            if handler is not None:
                return handler(self, inputs)
        inner = tuple([unboxed(x) for x in inputs])
        if any(hasattr(type(x), "__op__") for x in inner):
            return self(*inner)
        return self.forward(*[as_float(x, f"{self.name}()") for x in inputs])

    def complete(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """These inputs and the defaults of missing ones; raises TypeError if the count is wrong."""
        missing = self.arity - len(inputs)
        if 0 <= missing <= len(self.defaults):
            return inputs + self.defaults[len(self.defaults) - missing :]
        least = f"{self.arity - len(self.defaults)} to " if self.defaults else ""
        wanted = f"{least}{self.arity}{' or more' if self.family else ''}"
        raise TypeError(f"{self.name}() takes {wanted} inputs, got {len(inputs)}")

    def slopes_at(self, inputs: tuple[Any, ...], out: Any) -> tuple[Any, ...]:
        """The local derivatives at these inputs: floats for floats, Values for Values.

        >>> from autograd import mul
        >>> mul.slopes_at((2.0, -3.0), -6.0)
        (-3.0, 2.0)
        """
        return self.slopes(*inputs, out) if callable(self.slopes) else self.slopes

    @property
    def __name__(self) -> str:
        return self.name

    def __get__(self, instance: object, owner: object = None) -> Op:
        # An op stored in a class stays an op, and does not become a method. The mere presence of
        # `__get__` makes `help(op)` treat an op as a function and show its arguments.
        return self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str, int], Op], tuple[str, int]]:
        from autograd.rows import named

        return named, (self.name, self.arity)


OPS: Final[dict[str, Op]] = {}
"""The table: every op by name, in the order of `autograd/ops.py`, then the user-defined ones."""

CONST: Final = Op(
    name="const",
    forward=float,
    slopes=(),
    arity=0,
    __doc__="A number that was lifted into a graph.",
)
"""The op of constants: no inputs, and no gradient flows into them. Not a row of the table."""
