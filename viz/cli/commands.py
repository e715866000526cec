"""What the command line can do. Each command takes words and options, and returns the exit code.

A mistake in the command raises ValueError, TypeError or OSError (exit code 2); what cannot be done
here raises NotPossible (1).
"""

from __future__ import annotations

import math
import webbrowser
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from autograd import Value, explain
from autograd.check import Verdict
from autograd.files import write
from viz.cli.answers import (
    as_json,
    explanation,
    problem_with,
    verdict_as_data,
    verdict_in_words,
    verdict_of,
)
from viz.cli.doctor import examined, in_words
from viz.cli.expression import short
from viz.cli.streams import NotPossible, on_terminal, say, send, show
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
from viz.motion.pages import Page
from viz.motion.player import player, quiz
from viz.network.picture import draw_network
from viz.style import number

DRAWINGS = ("svg", "png", "dot", "pdf")
TEXTS = ("json", "txt")
BINARY = ("png", "pdf")

STANDARD_OUTPUT = Path("-")
"""What `-o -` means; a file of that name is `-o ./-`, which is another Path object."""


def output_named(text: str) -> Path:
    """The file that option -o names."""
    return STANDARD_OUTPUT if text in ("-", "/dev/stdout") else Path(text)


def draw(words: list[str], options: Namespace) -> int:
    """The table of an expression, and its drawing, or its scene as text."""
    root = graph_of(words)
    output, chosen = options.output, options.format
    if output is None and chosen:  # a format alone means standard output
        output = STANDARD_OUTPUT
    _refuse_to_overwrite(output, options.force)
    format = chosen or _format_named(output)
    _refuse_idle(options, output, format)
    highlight = None if options.highlight is None else node_called(options.highlight, root)
    root.backward()
    if output is None:
        show(table(root))
        return 0
    if output is not STANDARD_OUTPUT:
        say(table(root))
    _deliver(output, options, format, lambda: _content(root, format, highlight, options))
    return 0


def play(words: list[str], options: Namespace) -> int:
    """A page that steps through both passes."""
    return _page(player, "a player", words, options)


def ask(words: list[str], options: Namespace) -> int:
    """A page that asks for the gradients."""
    return _page(quiz, "a quiz", words, options)


def network(words: list[str], options: Namespace) -> int:
    """The picture of a model in a file, or of a new one with given sizes."""
    if not words:
        example = "glassgrad network 3,4,4,2 -o net.svg"
        raise ValueError(f"a model file or sizes are needed, as in: {example}")
    output = _output(options, "a picture of a network", ".svg")
    model = model_in(words[0], options.seed).eval()
    x = [number_in(text, "an input of the network") for text in words[1:]]
    picture = draw_network(model, x or None, theme=options.theme or "light")
    if output is not STANDARD_OUTPUT:
        say(str(model))
    _deliver(output, options, "svg", lambda: picture.svg.encode())
    return 0


def why(words: list[str], options: Namespace) -> int:
    """A gradient as the sum over the paths."""
    if len(words) < 2 or "=" in words[1]:
        example = 'glassgrad explain "a*b + a" a a=2 b=3'
        raise ValueError(f"an expression and one of its names are needed, as in: {example}")
    root = graph_of([words[0], *words[2:]])
    node = node_called(words[1], root)
    if options.json:
        show(as_json(explanation(root, node)))
        return 0
    root.label = root.label or "out"
    node.label = node.label or words[1]
    show(str(explain(root, node)))
    return 0


def check(words: list[str], options: Namespace) -> int:
    """Whether the gradients of an expression agree with numerical ones."""
    root = graph_of(words)
    source = words[0]
    if math.isfinite(root.data):
        found = verdict_of(source, numbers_in(words[1:]))
        problem = problem_with(found)
    else:
        place = f"{short(source, quoted=False)} is {root.data} at these numbers"
        found = Verdict(root, (), ())
        problem = f"{place}, so no derivative can be checked: choose other numbers"
    if options.json:
        show(as_json(verdict_as_data(source, found, problem)))
        return 1 if problem else 0
    if problem:
        raise NotPossible(problem)
    say(verdict_in_words(found))  # the exit code is the answer, even if nobody is listening
    return 0


def doctor(words: list[str], options: Namespace, conflicts: Sequence[str] = ()) -> int:
    """Report what drawings are made with here, after any problems with the names of packages."""
    if words:
        raise ValueError(f"doctor takes no arguments, got {short(words[0])}")
    found = examined(conflicts)
    if options.json:
        show(as_json(found))
    else:
        say(in_words(found))
    return 0 if found["healthy"] else 1


def table(root: Value) -> str:
    """The nodes of a graph in topological order, one per line: name, op, data, grad.

    >>> x = Value(3.0, "x"); y = x * x; y.backward()
    >>> print(table(y))
    value  op    data    grad
    x          3.0000  6.0000
    x * x  ×   9.0000  1.0000
    """
    rows = [("value", "op", "data", "grad")]
    for node in scene(root).nodes:
        grad = "—" if node.grad is None else number(node.grad)
        glyph = "" if node.kind == "constant" else node.glyph
        rows.append((node.name, glyph, number(node.data), grad))
    name_width, op_width, data_width, grad_width = [max(map(len, column)) for column in zip(*rows)]
    lines = []
    for name, op, data, grad in rows:
        texts = f"{name:{name_width}}  {op:{op_width}}"
        lines.append(f"{texts}  {data:>{data_width}}  {grad:>{grad_width}}")
    return "\n".join(lines)


# What is written, and where.


def _page(make: Callable[..., Page], what: str, words: list[str], options: Namespace) -> int:
    root = graph_of(words)
    output = _output(options, what, ".html", ".htm")
    rankdir = options.rankdir or "LR"
    _deliver(output, options, "html", lambda: make(root, rankdir=rankdir).read_bytes())
    return 0


def _output(options: Namespace, what: str, *endings: str) -> Path:
    """Where to write, for commands that always write the same kind of file."""
    output: Path | None = options.output
    if output is None:
        raise ValueError(f"{what} is written to a file: add -o FILE{endings[0]}")
    _refuse_to_overwrite(output, options.force)
    if output is STANDARD_OUTPUT:
        _refuse_open(options)
    elif output.suffix.lower() not in endings:
        named = short(str(output), quoted=False)
        raise ValueError(f"{named}: {what} is written to a file that ends in {endings[0]}")
    return output


def _refuse_to_overwrite(output: Path | None, force: bool) -> None:
    if output is not STANDARD_OUTPUT:
        refuse_to_overwrite(output, force)


def _deliver(output: Path, options: Namespace, format: str, make: Callable[[], bytes]) -> None:
    """Write what `make` returns to the file, say so, and open it if asked to."""
    name = "standard output" if output is STANDARD_OUTPUT else short(str(output), quoted=False)
    try:
        content = make()
        if output is not STANDARD_OUTPUT:
            write(output, content)
    except (ValueError, OSError) as error:
        raise NotPossible(f"{name} was not written: {error}") from None
    if output is STANDARD_OUTPUT:
        _print(content, format)
        return
    say(f"wrote {output}")
    if options.open and not webbrowser.open(output.resolve().as_uri()):
        raise NotPossible(f"no browser could be started here: open {output} yourself")


def _print(content: bytes, format: str) -> None:
    # A terminal has an encoding of its own; whatever reads a pipe gets the bytes of the file.
    if on_terminal() and format not in BINARY:
        show(content.decode().removesuffix("\n"))
    else:
        send(content)


def _content(root: Value, format: str, highlight: Value | None, options: Namespace) -> bytes:
    if format in TEXTS:
        drawn = scene(root, highlight=highlight)
        return f"{to_json(drawn) if format == 'json' else to_tree(drawn)}\n".encode()
    drawing = draw_dot(
        root,
        format,
        options.rankdir or "LR",
        theme=options.theme or "light",
        highlight=highlight,
        flows=options.flows,
        detail=options.detail or "auto",
        legend=options.legend,
    )
    content: bytes = drawing.source.encode() if format == "dot" else drawing.pipe(format)
    return content


def _format_named(output: Path | None) -> str:
    """The format that a file's ending names."""
    if output is None or output is STANDARD_OUTPUT:
        return "svg"
    ending = output.suffix.lower().removeprefix(".")
    if ending == "gv":
        return "dot"
    if ending not in (*DRAWINGS, *TEXTS):
        named, known = short(str(output), quoted=False), ", ".join((*DRAWINGS, *TEXTS))
        problem = f"its ending names none of the formats {known}"
        raise ValueError(f"{named}: {problem}; choose one with --format")
    return ending


def _refuse_idle(options: Namespace, output: Path | None, format: str) -> None:
    """An option that would have no effect is a mistake, and better reported than ignored."""
    if output is None or output is STANDARD_OUTPUT:
        _refuse_open(options)
    if output is STANDARD_OUTPUT and format in BINARY and on_terminal():
        remedy = f"add -o FILE.{format}, or redirect it, as in glassgrad ... > graph.{format}"
        raise ValueError(f"--format {format} is not for a terminal: {remedy}")
    if output is not None and format not in TEXTS:
        return
    names = ("theme", "legend", "flows", "rankdir", "detail", "highlight")
    given = [name for name in names if getattr(options, name)]
    if format == "json" and output is not None and "highlight" in given:
        given.remove("highlight")
    if given:
        idle = f"--{given[0]} is for drawings ({', '.join(DRAWINGS)})"
        raise ValueError(f"{idle}, and none is made here: add -o graph.svg")


def _refuse_open(options: Namespace) -> None:
    if options.open:
        raise ValueError("--open opens the file that is written: add -o FILE")
