"""A program as a module of its own, which needs numpy alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd.compiler.naming import printable

if TYPE_CHECKING:
    from autograd.compiler.functions import Function

HEAD = '''"""{title} for whole batches, made by glassgrad: {report}.

Arguments are arrays whose first axis is that of the samples. `theta` holds the parameters, named in `names`, as they
were when this file was written.
"""'''

GRADIENT = '''def value_and_grad({arguments}):
    """The mean of the output over the samples, and its gradient in theta."""
    with np.errstate(all="ignore"):
        total, g = sums({arguments}){exact}
    n = len({first})
    return total / n, g / n
'''


EXACT = """
        if not np.isfinite(total + g @ g):  # nan and inf must stand where the chain rule puts them, sample by sample
            total, g = exact_sums({arguments})"""


def page(title: str, functions: Sequence[Function], parameters: Sequence[tuple[str, float]], captured: Sequence[float]) -> str:
    """The module of these functions, which take the parameters in one order; ValueError if an op has no numpy column."""
    for name in (name for function in functions for name in function.own_ops):
        raise ValueError(
            f"{title} cannot be written to a file: its op {name!r} has no numpy column. "
            f"Give its row one, as in add_op({name!r}, ..., numpy='np.exp({{0}})'), and compile again"
        )
    text = "\n\n".join(section(function, f"{function.name}_") for function in functions)
    parts = [HEAD.format(title=printable(title).replace("\\", "/").replace('"', "'"), report=functions[0].report), imports(text)]
    parts.append(_array("theta", [x for _, x in parameters]) + _listed("names = [", [repr(name) for name, _ in parameters], "]"))
    if captured:
        parts.append(_array("captured", captured))
    parts.append("\n" + text)
    by_name = {function.name: function for function in functions}
    if "sums" in by_name:
        arguments = by_name["sums"].arguments
        called = ", ".join(arguments)
        exact = EXACT.format(arguments=called) if "exact_sums" in by_name else ""
        parts.append("\n" + GRADIENT.format(arguments=called, exact=exact, first=arguments[-1]))
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
    return _listed(f"{name} = np.array([", [re.sub(r"\b(inf|nan)\b", r"np.\1", repr(x)) for x in numbers], "])")


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
