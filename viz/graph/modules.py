"""Which module of a network each node of its graph belongs to, read off the labels.

A parameter is labelled `layers.0.neurons.2.w.1`: `w.1` of the module `layers.0.neurons.2`, which
lies within `layers.0`. An op without a label belongs to the module that all its users belong to. So
does a constant with a single user; other leaves come from outside.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from autograd import CONST, Value

_PATH = re.compile(r"[A-Za-z_]\w*(\.\w+)+", re.ASCII)
"""A label that does not look like this is just a name, whatever it contains."""


@lru_cache(maxsize=100_000)
def levels(path: str) -> tuple[str, ...]:
    """The module and those around it, outermost first; an index belongs to the name before it.

    >>> levels("layers.0.neurons.2"), levels("")
    (('layers.0', 'layers.0.neurons.2'), ())
    """
    found: list[str] = []
    parts = path.split(".") if path else []
    for i in range(len(parts)):
        if i + 1 == len(parts) or not parts[i + 1].isdigit():
            found.append(".".join(parts[: i + 1]))
    return tuple(found)


@lru_cache(maxsize=100_000)
def module_of(label: str) -> str:
    """The module whose part a label names; "" if there is none.

    >>> module_of("layers.0.neurons.2.w.1"), module_of("layers.0.neurons.2.z"), module_of("loss")
    ('layers.0.neurons.2', 'layers.0.neurons.2', '')
    """
    around = levels(label) if _PATH.fullmatch(label) else ()
    return around[-2] if len(around) > 1 else ""


@lru_cache(maxsize=100_000)
def common(a: str, b: str) -> str:
    """The innermost module that two modules lie in.

    >>> common("layers.0.neurons.2", "layers.0.neurons.3")
    'layers.0'
    """
    if a == b:
        return a
    shared = [x for x, y in zip(levels(a), levels(b)) if x == y]
    return shared[-1] if shared else ""


def modules(order: Sequence[Value]) -> list[str]:
    """The module of each node of a topological order.

    >>> from autograd import topological_order
    >>> w, x = Value(1.0, "layers.0.w"), Value(2.0, "x")
    >>> z = w * x + 1; z.label = "layers.0.z"
    >>> modules(topological_order(z ** 2))
    ['layers.0', '', 'layers.0', 'layers.0', 'layers.0', '', '']
    """
    merged: dict[Value, str] = {}
    found: list[str] = []
    for node in reversed(order):
        path = module_of(node.label) if "." in node.label else ""
        if not node.label:
            path = merged.get(node, "")
        found.append(path)
        for x in node.inputs:
            so_far = merged.get(x)
            if x.inputs:
                merged[x] = path if so_far is None else common(so_far, path)
            else:
                merged[x] = path if so_far is None and x.op is CONST else ""
    return found[::-1]
