"""Names for the arrays of a program, from the labels of the nodes in them.

>>> names = Names(taken={"x"})
>>> names.of_block(["layers.0.neurons.0.z", "layers.0.neurons.1.z"])
'z1'
>>> names.of_block(["∂layers.0.neurons.0.z", "∂layers.0.neurons.1.z"]), names.fresh("t")
('dz1', 't1')
"""

from __future__ import annotations

import keyword
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from inspect import Parameter, Signature

from autograd.compiler import special

VECTORS = ("theta", "captured")
"""The arrays of one axis that a program reads: parameters, and other leaves."""

FUNCTIONS = ("values", "outputs", "sums", "value_and_grad", "input_grads", "checked")
"""The names of the functions of programs."""

OTHERS = ("v", "s", "n", "g", "total", "np", "math", "len", "names")

TAKEN = {*VECTORS, *FUNCTIONS, *special.NAMES, *OTHERS}
"""Names that a program uses itself."""


class Names:
    """Gives each array a unique name.

    They are z1, z2, ... by labels, dz1 for the gradient of z1, and t1, t2, ... without labels.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._used = set(taken)
        self._count: Counter[str] = Counter()
        # The names for a label: more than one for a layer that is used again.
        self._of_label: dict[str, list[str]] = defaultdict(list)

    def of_block(self, labels: Sequence[str], only_labels: bool = False) -> str:
        """The name of an array whose rows have these labels.

        With `only_labels` it is "" if the labels give none.
        """
        if labels[0].startswith("∂"):
            names = [self._of_label[label[1:]] for label in labels]
            name = names[0][-1] if names[0] else "t"
            for of_label in names:  # what was computed last is the first to get a gradient
                if len(of_label) > 1:
                    of_label.pop()
            return self.fresh(f"d{name}", numbered=False)
        stems = {label.rpartition(".")[2] for label in labels}
        stem = stems.pop() if len(stems) == 1 else ""
        if not is_plain(stem):
            return "" if only_labels else self.fresh("t")
        name = self.fresh(stem)
        for label in labels:
            self._of_label[label].append(name)
        return name

    def fresh(self, stem: str, numbered: bool = True) -> str:
        """A name that is not taken: stem1, stem2, ...; or, not numbered, stem, stem_2, ..."""
        name = "" if numbered else stem
        while not name or name in self._used:
            self._count[stem] += 1
            count = self._count[stem]
            name = f"{stem}{count}" if numbered else f"{stem}_{count + 1}"
        self._used.add(name)
        return name


def argument_names(signature: Signature | None, count: int) -> list[str]:
    """The names of the arguments, if they are fit to be names of arrays; else x1, x2, ..."""
    given = signature.parameters.values() if signature else ()
    kinds = Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD
    names = [p.name for p in given if p.kind in kinds][:count]
    are_fit = all(name.isascii() and not keyword.iskeyword(name) for name in names)
    if len(names) == count and are_fit and not TAKEN & {*names}:
        return names
    return [f"x{i + 1}" for i in range(count)]


def is_plain(stem: str) -> bool:
    """Whether the text can be used as a name."""
    return stem.isidentifier() and stem.isascii()


def printable(text: str) -> str:
    """The text in one line, with ? for each character that cannot be printed."""
    return "".join(c if c.isprintable() else "?" for c in text)


def pattern_of(labels: Sequence[str]) -> str:
    """Labels as one, with * for what differs; "" if they do not have the same form.

    >>> pattern_of(["layers.0.neurons.0.z", "layers.0.neurons.1.z"])
    'layers.0.neurons.*.z'
    """
    split = [printable(label).split(".") for label in labels]
    if len({len(parts) for parts in split}) != 1 or split[0] == [""]:
        return ""
    return ".".join(parts[0] if len(set(parts)) == 1 else "*" for parts in zip(*split))
