"""A scalar autograd engine made of glass: every number, every slope, every path can be seen.

A part of glassgrad.

>>> from autograd import Value
>>> a, b = Value(2.0, "a"), Value(-3.0, "b")
>>> loss = (a * b).tanh()
>>> loss.backward()
>>> abs(a.grad - -3 * (1 - loss.data**2)) < 1e-15
True
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from autograd import formula, ops
from autograd.check import check_op, gradcheck
from autograd.errors import AnomalyError, DetachedError, GradcheckError, OpError, TracingError
from autograd.explain import Explanation, Path, explain
from autograd.functional import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
)
from autograd.graph import pullback, recompute, topological_order
from autograd.modes import detect_anomaly, no_grad
from autograd.op import CONST, OPS, Op
from autograd.ops import *  # noqa: F403
from autograd.ops import abs as abs
from autograd.ops import pow as pow
from autograd.ops import round as round
from autograd.record import constant
from autograd.rows import add_op
from autograd.value import Value

__version__ = "0.1.0"

# fmt: off
__all__ = [
    "CONST", "OPS", "AnomalyError", "DetachedError", "Explanation", "GradcheckError", "Op",
    "OpError", "Path", "TracingError", "Value", "add_op", "check_op", "constant", "detect_anomaly",
    "explain", "formula", "grad", "gradcheck", "hessian", "hvp", "jacfwd", "jacobian", "jacrev",
    "jvp", "no_grad", "pullback", "recompute", "topological_order", "value_and_grad", "vjp",
]
# fmt: on
__all__ += ops.__all__

LATE = {"compile": "autograd.compiler", "Program": "autograd.compiler", "strategies": ""}
"""Names that are imported on first use, and the module each comes from.

The compiler is half of the engine, and the strategies need hypothesis.
"""


def __dir__() -> list[str]:
    # Tools that look at every name, as help() does, stop at one that cannot be imported.
    missing = set() if find_spec("hypothesis") else {"strategies"}
    return sorted({*__all__, "abs", "pow", "round", "__version__", *LATE} - missing)


if TYPE_CHECKING:
    from autograd import strategies as strategies
    from autograd.compiler import Program as Program
    from autograd.compiler import compile as compile
else:
    # A star import leaves the builtins abs, pow, round and compile alone, as numpy's does. To
    # pyright, what is not in __all__ is private, which autograd.abs is not.
    __all__.remove("abs")
    __all__.remove("pow")
    __all__.remove("round")

    # A checker cannot know which ops were added; to it, autograd.tahn is an error.
    def __getattr__(name: str) -> Any:
        """An op that was added to the table is a function of the package too: `autograd.cube`."""
        if name in OPS:
            return OPS[name]
        if name in LATE:
            owner = LATE[name]
            if not owner:
                return import_module(f"autograd.{name}")
            return getattr(import_module(owner), name)
        hint = "to add a user-defined op, call autograd.add_op"
        raise AttributeError(f"module 'autograd' has no attribute {name!r}; {hint}")
