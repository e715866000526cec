"""The words of a command: expressions, names, numbers, models and files.

Each is checked, and each mistake is reported with what to do about it.
"""

from __future__ import annotations

import math
import re
import stat
import unicodedata
from pathlib import Path

from autograd import Value, topological_order
from nn import MLP, CheckpointError, Module, load
from viz.cli.expression import names_in, parse, short
from viz.graph.scene import scene
from viz.style import typed

MAX_WEIGHTS = 1_000_000
"""The limit for a network given only by its sizes: a typo must not fill the memory."""


def graph_of(words: list[str]) -> Value:
    """The graph of an expression, the first word, with the numbers in the others."""
    if not words:
        raise ValueError('an expression is needed, as in: glassgrad "a*b" a=2 b=3 -o product.svg')
    if re.match(r"\w+=(?!=)", words[0]):
        hint = (
            "if it has the name of a command, put draw before it, as in: "
            "glassgrad draw check check=2"
        )
        raise ValueError(f"an expression is needed before {short(words[0])} ({hint})")
    expression, numbers = words[0], numbers_in(words[1:])
    root, names = parse(expression, numbers), names_in(expression)
    unused = sorted(numbers.keys() - names)
    if unused:
        named = short(", ".join(unused), quoted=False)
        remedy = "correct the name or leave it out"
        raise ValueError(f"{named}: given a number, but not in the expression; {remedy}")
    if not names:
        raise ValueError(
            "the expression has no variable, so there is no gradient to draw: use a variable, as "
            'in "x*2" x=3'
        )
    return root


def numbers_in(assignments: list[str]) -> dict[str, float]:
    """The numbers in words of the form name=number.

    >>> numbers_in(["a=2", "b=-3e1"])
    {'a': 2.0, 'b': -30.0}
    """
    found: dict[str, float] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = unicodedata.normalize(
            "NFKC", name
        )  # as Python's parser does to the names in the expression
        if not equals or not name.isidentifier():
            form = "of the form name=number, as in w1=-3"
            hint = "(an expression with spaces needs quotes)"
            raise ValueError(f"{short(text)} is not {form} {hint}")
        if name in found:
            both = f"{found[name]!r} and {short(value, quoted=False)}"
            raise ValueError(f"{short(name)} is given twice: {both}")
        found[name] = number_in(value, f"the value of {short(name)}")
    return found


def number_in(text: str, subject: str) -> float:
    """A word as a number; raises ValueError, naming the subject, if it is not one."""
    try:
        return float(typed(text))
    except ValueError:
        raise ValueError(f"{subject} must be a number, got {short(text)}") from None


def node_called(name: str, root: Value) -> Value:
    """The node with that name in the table."""
    named: dict[str, Value] = {}
    for node, card in zip(topological_order(root), scene(root).nodes):
        named.setdefault(card.name, node)
        named.setdefault(card.title, node)
    name = unicodedata.normalize("NFKC", name)
    found = named.get(name) or {
        title.replace(" ", ""): node for title, node in reversed(named.items())
    }.get(name.replace(" ", ""))
    if found is None:
        some = short(", ".join(named), quoted=False)
        raise ValueError(f"{short(name)} is not a node of the graph, which has {some}")
    return found


def model_in(word: str, seed: int | None) -> Module:
    """The model in that file; or, for sizes such as 3,4,2, a new one."""
    if re.fullmatch(r"\d{1,9}(,\d{1,9})+", word):
        sizes = [int(size) for size in word.split(",")]
        if sum(map(math.prod, zip(sizes, sizes[1:]))) > MAX_WEIGHTS:
            size = f"a network of {short(word, quoted=False)} has more than {MAX_WEIGHTS:,} weights"
            raise ValueError(f"{size}, too many to draw: choose smaller sizes")
        return MLP(sizes, rng=0 if seed is None else seed)
    if seed is not None:
        has = f"{short(word, quoted=False)} already has its weights"
        raise ValueError(f"--seed is for a new network given by sizes, such as 3,4,2; {has}")
    try:
        return load(word).model
    except CheckpointError as error:
        raise ValueError(f"{short(word, quoted=False)} is not a model file: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        neither = "neither sizes, such as 3,4,2, nor a file that can be read"
        raise ValueError(f"{short(word, quoted=False)} is {neither}: {reason}") from None


def refuse_to_overwrite(output: Path | None, force: bool) -> None:
    """Raise ValueError for what cannot be written to, and for a file that exists, unless `force`.

    A pipe is written to directly, and so is a device other than a disk.
    """
    if output is None:
        return
    named = short(str(output), quoted=False)
    if output.is_dir():
        example = short(str(output / "graph.svg"), quoted=False)
        raise ValueError(f"{named} is a folder: name a file in it, such as {example}")
    if output.exists():
        if stat.S_ISBLK(output.stat().st_mode):
            raise ValueError(f"{named} is a disk, not a file: name a file")
        if output.is_file() and not force:
            raise ValueError(f"{named} exists: choose another name, or overwrite it with --force")
    elif not output.parent.is_dir():
        folder = short(str(output.parent), quoted=False)
        raise ValueError(f"the folder {folder} does not exist: make it first")
