"""A program as a module of its own, which needs only numpy.

Takes a trace and its functions; returns the text of a file. If that is `model.py`, then
`model.values(model.theta, X)` are the outputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from autograd.compiler.naming import printable
from autograd.compiler.printing import array, listed

if TYPE_CHECKING:
    from autograd.compiler.functions import Function
    from autograd.compiler.tracing import Trace

HEAD = '''"""{title} for whole batches, made by glassgrad: {report}.

Arguments are arrays whose first axis is the samples. `theta` holds the parameters in the order of
`names`, as they were when this file was written. Where a gradient is nan, there is no scalar engine
to ask: 0 times the infinite slope behind a closed switch gives nan here, where the program that
wrote this file gives a number.
"""'''

CHECKED = '''def checked(theta, *arrays):
    """The arguments as arrays of floats; raises ValueError if one has the wrong shape."""
    theta, *arrays = [np.asarray(x, dtype=float) for x in (theta, *arrays)]
    if theta.shape != ({count},):
        wanted = "theta must hold {count} parameters, in the order of names"
        raise ValueError(f"{{wanted}}, got an array of shape {{theta.shape}}")
    n = len(arrays[0]) if arrays[0].ndim else 0
    for name, x, shape in zip({names}, arrays, {shapes}):
        if x.shape != (n, *shape):
            wanted = f"({{', '.join(map(str, ('n', *shape)))}}), the samples first"
            raise ValueError(f"{{name}} must have shape {{wanted}}, got {{x.shape}}")
    return theta, *arrays
'''

VALUES = '''def values({parameters}, {arguments}):
    """The outputs for each sample."""
    theta, {arguments} = checked(theta, {arguments})
    with np.errstate(all="ignore"):
        return {function}({parameters}, {arguments})
'''

GRADIENT = '''def value_and_grad({parameters}, {arguments}):
    """The mean of the output over the samples, and its gradient in theta."""
    theta, {arguments} = checked(theta, {arguments})
    with np.errstate(all="ignore"):
        total, g = sums({parameters}, {arguments})[:2]
    return total / len({first}), g / len({first})
'''


def file_of(t: Trace, functions: Sequence[Function]) -> str:
    """The module of these functions; raises ValueError if an op has no numpy column."""
    for function in functions:
        function.page.refuse_own_ops(f"{t.title} cannot be written to a file")
    title = printable(t.title).replace("\\", "/").replace('"', "'")
    imports = max([function.page.imports for function in functions], key=len)
    names = [repr(p.label or f"parameter {i}") for i, p in enumerate(t.parameters)]
    vectors = listed("names = [", names, "]") + array("theta", [p.data for p in t.parameters])
    if t.captured:
        vectors += array("captured", [leaf.data for leaf in t.captured])
    words = {
        "parameters": "theta, captured" if t.captured else "theta",
        "arguments": ", ".join(t.arguments),
        "first": t.arguments[0],
        "names": repr(tuple(t.arguments)),
        "shapes": repr(tuple(t.shapes)),
        "count": len(t.parameters),
    }
    texts = [CHECKED.format(**words)]
    for function in functions:
        frame = GRADIENT if function.ir.name == "sums" else VALUES
        texts += [function.page.section, frame.format(function=function.ir.name, **words)]
    head = HEAD.format(title=title, report=functions[-1].report)
    parts = [head, imports, vectors, *["\n" + text for text in texts]]
    return "\n\n".join([part.rstrip("\n") for part in parts]) + "\n"
