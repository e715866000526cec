"""The command line: `python -m viz "tanh(w*x + b)" w=2 x=-1 b=0.5 -o neuron.svg`."""

from __future__ import annotations

import argparse
import sys
import unicodedata
from pathlib import Path

from autograd import Value
from autograd.files import write
from viz.doctor import report
from viz.dot import draw_dot
from viz.expression import names_in, parse
from viz.scene import scene
from viz.style import number

FORMATS = ("svg", "png", "dot", "pdf")

EXAMPLES = """examples:
  glassgrad "tanh(w1*x1 + w2*x2 + b)" w1=-3 w2=1 x1=2 x2=0 b=6.8813735870195432 -o neuron.svg
  glassgrad "(a*b + c) * f" a=2 b=-3 c=10 f=-2 -o loss.png
  glassgrad "relu(x) ** 2" x=1.5            (no -o: only the table)
  glassgrad -o minus.svg -- "-x * 2" x=3    (after --, an expression may begin with a minus)
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 not possible here, 2 a mistake in the command."""
    parser = _parser()
    options, unknown = parser.parse_known_args(arguments)
    if unknown:
        parser.error(f"{unknown[0][:40]!r} is not an option here; an expression that begins with a minus goes after --")
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # a console that cannot show × still gets its table
    if options.doctor:
        text, healthy = report()
        print(text)
        return 0 if healthy else 1
    if options.expression is None:
        parser.print_usage(sys.stderr)
        print('glassgrad: an expression is wanted, as in: glassgrad "a*b" a=2 b=3 -o product.svg', file=sys.stderr)
        return 2
    try:
        root = _graph(options.expression, options.values)
        _refuse_to_overwrite(options.output, options.force)
        format = _format(options.output, options.format)
    except (ValueError, OSError) as error:
        print(f"glassgrad: {error}", file=sys.stderr)
        return 2
    root.backward()
    print(table(root))
    if options.output is None:
        return 0
    try:
        write(options.output, _drawn(root, format))
    except (ValueError, OSError) as error:
        print(f"glassgrad: {options.output} was not written: {error}", file=sys.stderr)
        return 1
    print(f"wrote {options.output}")
    return 0


def table(root: Value) -> str:
    """The nodes of a graph in topological order, one a line: name, op, data, grad.

    >>> x = Value(3.0, "x"); y = x * x; y.backward()
    >>> print(table(y))
    value  op      data    grad
    x            3.0000  6.0000
    x * x  ×     9.0000  1.0000
    """
    rows = [("value", "op", "data", "grad")]
    for node in scene(root).nodes:
        grad = "—" if node.grad is None else number(node.grad)
        rows.append((node.title or node.id, "" if node.kind == "constant" else node.glyph, number(node.data), grad))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    return "\n".join(f"{name:{widths[0]}}  {op:{widths[1]}}  {data:>{widths[2]}}  {grad:>{widths[3]}}" for name, op, data, grad in rows)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="glassgrad",
        description="Draw the backpropagation graph of an expression, and print its data and gradients.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("expression", nargs="?", help="names, numbers, + - * / ** and functions such as tanh, relu, exp")
    parser.add_argument("values", nargs="*", metavar="name=number", help="the number of each name")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to write the drawing")
    parser.add_argument("--format", choices=FORMATS, help="of the drawing (default: by the ending of FILE)")
    parser.add_argument("--force", action="store_true", help="overwrite FILE")
    parser.add_argument("--doctor", action="store_true", help="tell which dot program is used and what is missing")
    return parser


def _graph(expression: str, assignments: list[str]) -> Value:
    numbers: dict[str, float] = {}
    for text in assignments:
        name, equals, value = text.partition("=")
        name = unicodedata.normalize("NFKC", name)  # as Python's parser does with the names in the expression
        if not equals or not name.isidentifier():
            raise ValueError(f"{text!r} is not of the form name=number, as in w1=-3 (an expression with spaces needs quotes)")
        if name in numbers:
            raise ValueError(f"{name!r} is given twice: {numbers[name]!r} and {value}")
        try:
            numbers[name] = float(value)
        except ValueError:
            raise ValueError(f"the value of {name!r} must be a number, got {value!r}") from None
    root = parse(expression, numbers)
    names = names_in(expression)
    unused = sorted(numbers.keys() - names)
    if unused:
        raise ValueError(f"{', '.join(unused)}: given a number, but not in the expression; correct the name or leave it out")
    if not names:
        raise ValueError('the expression has no variable, so there is no gradient to draw: name a number, as in "x*2" x=3')
    return root


def _format(output: Path | None, chosen: str | None) -> str:
    if chosen:
        return chosen
    ending = output.suffix.lower().removeprefix(".") if output else "svg"
    if ending == "gv":
        return "dot"
    if ending not in FORMATS:
        raise ValueError(f"{output}: its ending names none of the formats {', '.join(FORMATS)}; choose one with --format")
    return ending


def _refuse_to_overwrite(output: Path | None, force: bool) -> None:
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


def _drawn(root: Value, format: str) -> bytes:
    drawing = draw_dot(root, format)
    content: bytes = drawing.source.encode() if format == "dot" else drawing.pipe(format)
    return content


if __name__ == "__main__":
    sys.exit(main())
