"""A program as a module of its own, which needs numpy alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler.naming import printable

if TYPE_CHECKING:
    from autograd.compiler.functions import Function
    from autograd.compiler.tracing import Trace

HEAD = '''"""{title} for whole batches, made by glassgrad: {report}.

Arguments are arrays whose first axis is that of the samples. `theta` holds the parameters, named in `names`, as they
were when this file was written. Where a number is not finite, no scalar engine is asked what it is: a gradient may
be nan here (0 times the infinite slope behind a switch that is closed) where the program that wrote this file gives a number.
"""'''

CHECKED = '''def checked(*arrays):
    """The arguments as arrays of floats; ValueError if one has a wrong shape."""
    arrays = [np.asarray(x, dtype=float) for x in arrays]
    n = len(arrays[0]) if arrays[0].ndim else 0
    for name, x, shape in zip({names}, arrays, {shapes}):
        if x.shape != (n, *shape):
            raise ValueError(f"{{name}} must have shape {{(n, *shape)}}, the samples first, got {{x.shape}}")
    return arrays
'''

GRADIENT = '''def value_and_grad({parameters}, {arguments}):
    """The mean of the output over the samples, and its gradient in theta."""
{checking}    with np.errstate(all="ignore"):
        total, g = sums({parameters}, {arguments})
    n = len({first})
    return total / n, g / n
'''


def page(t: Trace, functions: Mapping[str, Function], order: Sequence[int]) -> str:
    """The module of these functions, which take the parameters in this order; ValueError if an op has no numpy column."""
    for name in (name for function in functions.values() for name in function.own_ops):
        raise ValueError(
            f"{t.title} cannot be written to a file: its op {name!r} has no numpy column. "
            f"Give its row one, as in add_op({name!r}, ..., numpy='np.exp({{0}})'), and compile again"
        )
    words = {
        "parameters": "theta, captured" if t.captured else "theta",
        "arguments": ", ".join(t.arguments),
        "first": t.arguments[0],
    }
    words |= {"names": repr((*t.arguments,)), "shapes": repr((*t.shapes,))}
    words["checking"] = (
        f"    {', '.join(t.arguments)}{',' * (len(t.arguments) == 1)} = checked({words['arguments']})\n"
    )
    texts = {name: section(function, f"{name}_") for name, function in functions.items()}
    texts["values"] = texts["values"].replace("):\n", "):\n" + words["checking"], 1)
    title, main = (
        printable(t.title).replace("\\", "/").replace('"', "'"),
        functions.get("sums", functions["values"]),
    )
    parts = [HEAD.format(title=title, report=main.report), imports("".join(texts.values()))]
    names = [repr(t.parameters[p].label or f"parameter {p}") for p in order]
    parts.append(
        _array("theta", [t.parameters[p].data for p in order]) + _listed("names = [", names, "]")
    )
    if t.captured:
        parts.append(_array("captured", [leaf.data for leaf in t.captured]))
    parts += ["\n" + text for text in (CHECKED.format(**words), *texts.values())]
    if "sums" in functions:
        parts.append("\n" + GRADIENT.format(**words))
    return "\n\n".join(part.rstrip("\n") for part in parts) + "\n"


def imports(text: str) -> str:
    """The import statements of a text."""
    return ("import math\n\n" if re.search(r"\bmath\.", text) else "") + "import numpy as np"


def section(function: Function, prefix: str = "") -> str:
    """A function after the arrays that it refers to, whose names get a prefix."""
    text = function.text
    for name in function.constants if prefix else ():
        text = re.sub(rf"\b{name}\b", prefix + name, text)
    arrays = "".join(_array(prefix + name, numbers) for name, numbers in function.constants.items())
    return f"{arrays}\n\n{text}" if arrays else text


def _array(name: str, numbers: Iterable[Any]) -> str:
    return _listed(
        f"{name} = np.array([", [re.sub(r"\b(inf|nan)\b", r"np.\1", repr(x)) for x in numbers], "])"
    )


def _listed(head: str, items: Sequence[str], tail: str) -> str:
    """A list in lines of at most 120 characters, where its items allow it."""
    lines = [head]
    for i, item in enumerate(items):
        comma = ", " if i else ""
        if len(lines[-1] + comma + item) > 118 and i:
            lines[-1] += ","
            lines.append(f"    {item}")
        else:
            lines[-1] += comma + item
    return "\n".join(lines) + tail + "\n"
