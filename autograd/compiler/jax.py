"""The same array program for JAX, whose arrays are immutable: each store makes a new one.

Takes an array program; returns a function that `jax.jit` accepts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.compiler import ir
from autograd.compiler.printing import Printer, stretch_of


class JaxPrinter(Printer):
    """Writes `v = v.at[1:3].set(x)` for `v[1:3] = x`, and takes erf from JAX."""

    LIBRARY = "import jax.numpy as np"

    def with_special(self, imports: str) -> str:
        return f"{imports}\nfrom jax.scipy.special import erf, erfc"

    def assigned(self, name: str, place: ir.Place | None, value: ir.Expression) -> list[str]:
        text = self.term(value).text
        lines = [f"{name} = {text}"] if name else []
        if place is None:
            return lines
        to, kept, method = place.of.name, name or text, "add" if place.added else "set"
        view = place.view
        if isinstance(view, ir.View) and len(view.shape) == 2:
            stretch, columns = stretch_of(view)
            rows = f"{to}[{stretch}].reshape({view.shape[0]}, {view.strides[0]})"
            kept = f"{rows}.at[:, {columns}].{method}({kept}).ravel()"
            return [*lines, f"{to} = {to}.at[{stretch}].set({kept})"]
        return [*lines, f"{to} = {to}.at[{self.index(place)}].{method}({kept})"]


def jax_function(program: ir.ArrayProgram) -> Callable[..., Any]:
    """The program as a function on JAX's arrays; raises ValueError if an op has no numpy column."""
    page = JaxPrinter(program).page()
    page.refuse_own_ops("this program cannot run on JAX")
    scope: dict[str, Any] = {}
    exec(compile(page.source, "<compiled by autograd for JAX>", "exec"), scope)
    found: Callable[..., Any] = scope[program.name]
    return found
