"""From a scalar graph to the matrix program a person would have written: `compile`.

The files in the order in which a program passes through them: tracing, gradients, lowering, masks,
packing, building and reducing (in the terms of ir), passes, memory, printing (with names from
naming).
`functions` takes these steps, `program` is what the user holds. `README.md` follows one expression
through all of them.
"""

from autograd.compiler.program import Program, compile

__all__ = ["Program", "compile"]
