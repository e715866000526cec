"""From a scalar graph to the matrix program a person would have written: `compile`."""

from autograd.compiler.program import Program, compile

__all__ = ["Program", "compile"]
