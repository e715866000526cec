"""What the command line can do. Each command is a function of its words and its options that returns the exit code.

What is wrong with the command raises ValueError, TypeError or OSError (exit code 2); what cannot be done here, NotPossible (1).
"""

from __future__ import annotations

import math
import webbrowser
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from autograd import GradcheckError, Value, explain, gradcheck, topological_order
from autograd.check import at_kinks
from autograd.files import write
from viz.cli.doctor import report
from viz.cli.expression import parse
from viz.cli.words import (
    graph_of,
    model_in,
    node_called,
    number_in,
    numbers_in,
    refuse_to_overwrite,
)
from viz.graph.dot import draw_dot
from viz.graph.export import to_json, to_tree
from viz.graph.scene import scene
from viz.motion.player import player, quiz
from viz.network.picture import draw_network
from viz.style import number

DRAWINGS = ("svg", "png", "dot", "pdf")
TEXTS = ("json", "txt")


class NotPossible(Exception):
    """The command is right, but cannot be carried out here, or what it checked does not hold."""


def draw(words: list[str], options: Namespace) -> int:
    """The table of an expression, and its drawing, or its scene as a text."""
    root = graph_of(words)
    output, chosen = options.output, options.format
    refuse_to_overwrite(output, options.force)
    format = chosen or _format_named(output)
    _refuse_idle(options, format)
    highlight = None if options.highlight is None else node_called(options.highlight, root)
    root.backward()
    if output is None and format in (*TEXTS, "dot") and chosen:
        print(_content(root, format, highlight, options).decode(), end="")
        return 0
    print(table(root))
    if output is not None:
        _write(output, options, lambda: write(output, _content(root, format, highlight, options)))
    return 0


def play(words: list[str], options: Namespace) -> int:
    """A page that steps through both passes."""
    return _page(player, "a player", words, options)


def ask(words: list[str], options: Namespace) -> int:
    """A page that asks for the gradients."""
    return _page(quiz, "a quiz", words, options)


def network(words: list[str], options: Namespace) -> int:
    """The picture of a model in a file, or of a new one with the sizes that are given."""
    if not words:
        raise ValueError("a model file or sizes are wanted, as in: glassgrad network 3,4,4,2 -o net.svg")
    output = _output(options, "a picture of a network", ".svg")
    model = model_in(words[0], options.seed).eval()
    x = [number_in(text, "an input of the network") for text in words[1:]]
    picture = draw_network(model, x or None, theme=options.theme or "light")
    print(model)
    _write(output, options, lambda: picture.save(output))
    return 0


def why(words: list[str], options: Namespace) -> int:
    """A gradient as the sum over the paths."""
    if len(words) < 2 or "=" in words[1]:
        raise ValueError('an expression and one of its names are wanted, as in: glassgrad explain "a*b + a" a a=2 b=3')
    root = graph_of([words[0], *words[2:]])
    node = node_called(words[1], root)
    root.label = root.label or "out"
    node.label = node.label or words[1]
    print(explain(root, node))
    return 0


def check(words: list[str], options: Namespace) -> int:
    """Whether the gradients of an expression are those that numbers give."""
    root = graph_of(words)
    source, leaves = words[0], numbers_in(words[1:])
    if not math.isfinite(root.data):
        raise NotPossible(f"{source} is {root.data} there, so no derivative can be checked: choose other numbers")
    try:
        gradcheck(lambda *values: parse(source, dict(zip(leaves, values))), list(leaves.values()))
    except GradcheckError as fault:
        raise NotPossible(str(fault)) from None
    print(f"ok: {len(topological_order(root))} nodes, every slope, the gradient and their derivatives are those that numbers give")
    cards = dict(zip(topological_order(root), scene(root).nodes))
    skipped = [cards[node].name for node in at_kinks(root, 1e-3)]
    if skipped:
        print(f"not judged, for want of a derivative at or near a kink: {', '.join(skipped)}, and what leads only there")
    return 0


def doctor(words: list[str], options: Namespace) -> int:
    """What drawings are made with here."""
    if words:
        raise ValueError(f"doctor takes nothing, got {words[0]!r}")
    text, healthy = report()
    print(text)
    return 0 if healthy else 1


def table(root: Value) -> str:
    """The nodes of a graph in topological order, one a line: name, op, data, grad.

    >>> x = Value(3.0, "x"); y = x * x; y.backward()
    >>> print(table(y))
    value  op    data    grad
    x          3.0000  6.0000
    x * x  ×   9.0000  1.0000
    """
    rows = [("value", "op", "data", "grad")]
    for node in scene(root).nodes:
        grad = "—" if node.grad is None else number(node.grad)
        rows.append((node.name, "" if node.kind == "constant" else node.glyph, number(node.data), grad))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(f"{name:{widths[0]}}  {op:{widths[1]}}  {data:>{widths[2]}}  {grad:>{widths[3]}}" for name, op, data, grad in rows)


def _page(make: Callable[..., Path], what: str, words: list[str], options: Namespace) -> int:
    root = graph_of(words)
    output = _output(options, what, ".html", ".htm")
    _write(output, options, lambda: make(root, output, rankdir=options.rankdir or "LR"))
    return 0


def _output(options: Namespace, what: str, *endings: str) -> Path:
    """Where to write, for commands that always write a file of one kind."""
    output: Path | None = options.output
    if output is None:
        raise ValueError(f"{what} is written into a file: add -o FILE{endings[0]}")
    refuse_to_overwrite(output, options.force)
    if output.suffix.lower() not in endings:
        raise ValueError(f"{output}: {what} is written into a file that ends in {endings[0]}")
    return output


def _write(output: Path, options: Namespace, action: Callable[[], object]) -> None:
    """Carry out what writes the file, say so, and open it if that is asked for."""
    try:
        action()
    except (ValueError, OSError) as error:
        raise NotPossible(f"{output} was not written: {error}") from None
    print(f"wrote {output}", flush=True)
    if options.open and not webbrowser.open(output.resolve().as_uri()):
        raise NotPossible(f"no browser could be started here: open {output} yourself")


def _content(root: Value, format: str, highlight: Value | None, options: Namespace) -> bytes:
    if format in TEXTS:
        drawn = scene(root, highlight=highlight)
        return f"{to_json(drawn) if format == 'json' else to_tree(drawn)}\n".encode()
    look = {"theme": options.theme or "light", "legend": options.legend, "flows": options.flows}
    drawing = draw_dot(root, format, options.rankdir or "LR", highlight=highlight, **look)
    content: bytes = drawing.source.encode() if format == "dot" else drawing.pipe(format)
    return content


def _format_named(output: Path | None) -> str:
    """The format that a file's ending names."""
    ending = output.suffix.lower().removeprefix(".") if output else "svg"
    if ending == "gv":
        return "dot"
    if ending not in (*DRAWINGS, *TEXTS):
        raise ValueError(f"{output}: its ending names none of the formats {', '.join((*DRAWINGS, *TEXTS))}; choose one with --format")
    return ending


def _refuse_idle(options: Namespace, format: str) -> None:
    """An option that would change nothing is a mistake, which is better told than passed over."""
    if options.output is None:
        if options.open:
            raise ValueError("--open opens the file that is written: add -o FILE")
        if options.format in ("svg", "png", "pdf"):
            raise ValueError(f"--format {options.format} is not for a terminal: add -o FILE")
    if format in TEXTS or (options.output is None and options.format is None):
        given = [name for name in ("theme", "legend", "flows", "rankdir", "highlight") if getattr(options, name)]
        idle = [name for name in given if not (format == "json" and name == "highlight")]
        if idle:
            raise ValueError(f"--{idle[0]} is for drawings ({', '.join(DRAWINGS)}), and none is made here: add -o graph.svg")
