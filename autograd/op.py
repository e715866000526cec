"""The row: what the engine, the drawing, the formulas and the checks know about one operation.

An op is one row of a table, and everything else interprets the table (`autograd.ops`). A row is
plain data plus two functions on floats: `forward`, and `slopes`, the local derivatives. Nothing
here knows about graphs: an operand that is more than a number answers for itself (`__op__`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from typing import TYPE_CHECKING, Any, Final, TypeAlias, final, overload

from autograd.checks import EVERYWHERE, Interval, as_float
from autograd.errors import OpError

if TYPE_CHECKING:
    from autograd.value import Value

Slopes: TypeAlias = "tuple[float, ...] | Callable[..., tuple[Any, ...]]"


@final
@dataclass(frozen=True, eq=False, repr=False)
class Op:
    r"""One operation: a row of the table, and the public function of that name.

    Calling it with numbers gives a float; with a `Value` among them, a recorded `Value`.

    - `forward(*inputs)`: the value, on floats, by the rules of IEEE 754 (never raises).
    - `slopes`: the local derivatives ∂out/∂input, one for each input, as a tuple. Either a
      function `slopes(*inputs, out)` written with the engine's own ops, so that it works on
      floats and on Values alike, or the tuple itself where the slopes are constants.
    - `glyph`: what a drawing writes in the operator's circle.
    - `text`, `latex`: templates in Python and in LaTeX; `{0}` is the first input, `{0:2}` the same
      in parentheses unless it binds at least as tightly as `precedence` 2.
    - `numpy`: the numpy expression of the same function, elementwise.
    - `domain`: for each input the open interval in which the slopes hold; `kink(*inputs)` is zero
      where they do not although the inputs lie in the domain.
    - `defaults`: values of trailing inputs that a caller may leave out.
    - `switch`: its slopes choose what passes: over a slope of 0 nothing flows, not even inf · 0.
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
    glyph: str
    text: str
    latex: str
    precedence: int
    numpy: str
    domain: tuple[Interval, ...]
    kink: Callable[..., float] | None
    defaults: tuple[float, ...]
    switch: bool
    family: Callable[[int], Op] | None
    built_in: bool
    __signature__: Signature  # as inspect.signature and help show it; no field of the class itself
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
        return self.forward(*[as_float(x, f"{self.name}()") for x in inputs])

    def complete(self, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
        """These inputs and the defaults of those left out; TypeError if the count is wrong."""
        missing = self.arity - len(inputs)
        if 0 < missing <= len(self.defaults):
            return inputs + self.defaults[len(self.defaults) - missing :]
        wanted = f"{self.arity}"
        if self.defaults:
            wanted = f"{self.arity - len(self.defaults)} to {wanted}"
        if self.family is not None:
            wanted = f"{wanted} or more"
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
        # An op in a class is itself, never a method. Having this at all is what makes `help(op)`
        # take an op for a function, and show its arguments.
        return self

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[Callable[[str, int], Op], tuple[str, int]]:
        return named, (self.name, self.arity)


OPS: Final[dict[str, Op]] = {}
"""The table: every op by its name, in the order of `autograd/ops.py`, then the user's own."""


def named(name: str, arity: int | None = None) -> Op:
    """The op of that name; OpError if the table has none.

    `arity` chooses within a family, which the table holds by its smallest row.
    """
    if name == CONST.name:
        return CONST
    try:
        op = OPS[name]
        return op if op.family is None or arity in (None, op.arity) else op.family(arity)
    except KeyError:
        raise OpError(
            f"no op named {name!r} in the table: "
            f"add its row with autograd.add_op first, then load again"
        ) from None


def make(
    name: str,
    forward: Callable[..., float],
    slopes: Slopes,
    *,
    glyph: str = "",
    text: str = "",
    latex: str = "",
    precedence: int = 5,
    numpy: str = "",
    domain: tuple[Interval, ...] = (),
    kink: Callable[..., float] | None = None,
    defaults: tuple[float, ...] = (),
    switch: bool = False,
    family: Callable[[int], Op] | None = None,
    doc: str = "",
    built_in: bool = True,
) -> Op:
    """A row; what is left out is derived from the name and the slopes."""
    arity = slopes.__code__.co_argcount - 1 if callable(slopes) else len(slopes)
    commas = ", ".join(f"{{{i}}}" for i in range(arity))
    escaped = name.replace("_", r"\_")
    return Op(
        name=name,
        forward=forward,
        slopes=slopes,
        arity=arity,
        glyph=glyph or name,
        text=text or f"{name}({commas})",
        latex=latex or rf"\operatorname{{{{{escaped}}}}}\left({commas}\right)",
        precedence=precedence,
        numpy=numpy or (text if precedence < 5 else ""),
        domain=domain or (EVERYWHERE,) * arity,
        kink=kink,
        defaults=defaults,
        switch=switch,
        family=family,
        built_in=built_in,
        __signature__=_signature(slopes, arity, defaults),
        __doc__=doc or f"The op {name}.",
    )


def row(name: str, forward: Callable[..., float], slopes: Slopes, **columns: Any) -> Op:
    """Add a row to the table: `make` has its columns."""
    OPS[name] = made = make(name, forward, slopes, **columns)
    return made


def _signature(slopes: Slopes, arity: int, defaults: tuple[float, ...]) -> Signature:
    """The arguments of an op, named as those of its slopes, or x, y, z if these are constants."""
    names = slopes.__code__.co_varnames if callable(slopes) else ("x", "y", "z")
    first_default = arity - len(defaults)
    arguments = []
    for i in range(arity):
        name = names[i] if i < len(names) else f"x{i + 1}"
        default = defaults[i - first_default] if i >= first_default else Parameter.empty
        arguments.append(Parameter(name, Parameter.POSITIONAL_ONLY, default=default))
    return Signature(arguments)


CONST: Final = replace(
    make("const", float, (), doc="A number that was lifted into a graph."),
    glyph="",
    text="",
    latex="",
)
"""The op of constants: no inputs, and no gradient flows into one. Not a row of the table."""
