"""The words of a command: expressions, names, numbers, models and files, checked, each mistake told with what to do about it."""

from __future__ import annotations

import math
import re
import unicodedata
from pathlib import Path

from autograd import Value, topological_order
from nn import MLP, CheckpointError, Module, load
from viz.cli.expression import names_in, parse
from viz.graph.scene import scene

MAX_WEIGHTS = 1_000_000
"""Of a network that is named by its sizes alone: a slip of the finger must not fill the memory."""


def graph_of(words: list[str]) -> Value:
    """The graph of an expression, the first word, with the numbers in the others."""
    if not words:
        raise ValueError('an expression is wanted, as in: glassgrad "a*b" a=2 b=3 -o product.svg')
    if re.match(r"\w+=(?!=)", words[0]):
        hint = "where it is called like a command, draw goes before it, as in: glassgrad draw check check=2"
        raise ValueError(f"an expression is wanted before {words[0]!r} ({hint})")
    expression, numbers = words[0], numbers_in(words[1:])
    root, names = parse(expression, numbers), names_in(expression)
    unused = sorted(numbers.keys() - names)
    if unused:
        raise ValueError(f"{', '.join(unused)}: given a number, but not in the expression; correct the name or leave it out")
    if not names:
        raise ValueError('the expression has no variable, so there is no gradient to draw: name a number, as in "x*2" x=3')
    return root


def numbers_in(assignments: list[str]) -> dict[str, float]:
    """The numbers in words of the form name=number.

    >>> numbers_in(["a=2", "b=-3e1"])
    {'a': 2.0, 'b': -30.0}
    """
    found: dict[str, float] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as Python's parser does with the names in the expression
        if not equals or not name.isidentifier():
            raise ValueError(f"{text!r} is not of the form name=number, as in w1=-3 (an expression with spaces needs quotes)")
        if name in found:
            raise ValueError(f"{name!r} is given twice: {found[name]!r} and {value}")
        found[name] = number_in(value, f"the value of {name!r}")
    return found


def number_in(text: str, subject: str) -> float:
    """A word as a number; ValueError, naming the subject, if it is none."""
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{subject} must be a number, got {text!r}") from None


def node_called(name: str, root: Value) -> Value:
    """The node with that name in the table."""
    named: dict[str, Value] = {}
    for node, card in zip(topological_order(root), scene(root).nodes):
        named.setdefault(card.name, node)
        named.setdefault(card.title, node)
    name = unicodedata.normalize("NFKC", name)
    found = named.get(name) or {title.replace(" ", ""): node for title, node in reversed(named.items())}.get(name.replace(" ", ""))
    if found is None:
        some = ", ".join([*named][:8]) + (", ..." if len(named) > 8 else "")
        raise ValueError(f"{name!r} is no node of the graph, which has {some}")
    return found


def model_in(word: str, seed: int | None) -> Module:
    """The model in that file; or sizes, as in 3,4,2, a new one of those."""
    if re.fullmatch(r"\d+(,\d+)+", word):
        sizes = [int(size) for size in word.split(",")]
        if sum(map(math.prod, zip(sizes, sizes[1:]))) > MAX_WEIGHTS:
            raise ValueError(f"a network of {word} has more than {MAX_WEIGHTS:,} weights, and cannot be seen: choose smaller sizes")
        return MLP(sizes, rng=0 if seed is None else seed)
    if seed is not None:
        raise ValueError(f"--seed is for a new network of sizes, such as 3,4,2; {word} has its weights")
    try:
        return load(word).model
    except CheckpointError as error:
        raise ValueError(f"{word} is no model file: {error}") from None
    except OSError as error:
        raise ValueError(f"{word} is neither sizes, such as 3,4,2, nor a file that can be read: {error.strerror or error}") from None


def refuse_to_overwrite(output: Path | None, force: bool) -> None:
    """Raise ValueError for what no file can be written to, and for one that exists, unless `force`."""
    if output is None:
        return
    if output.is_dir():
        raise ValueError(f"{output} is a folder: name a file in it, such as {output / 'graph.svg'}")
    if output.is_symlink():
        raise ValueError(f"{output} is a link: name the file it stands for, {output.resolve()}")
    if output.exists() and not output.is_file():
        raise ValueError(f"{output} is a device, not a file: name a file")
    if output.exists() and not force:
        raise ValueError(f"{output} exists: choose another name, or overwrite it with --force")
    if not output.parent.is_dir():
        raise ValueError(f"the folder {output.parent} does not exist: make it first")
