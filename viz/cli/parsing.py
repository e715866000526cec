"""The options of commands, their parser, and the help for each."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from autograd import OPS, __version__
from viz.cli import commands, streams
from viz.cli.expression import short, suggestion
from viz.graph.detail import DETAILS
from viz.graph.dot import DIRECTIONS
from viz.style import THEMES

EXIT_CODES = """exit codes:
  0    done; check: everything judged is right, the rest is listed; doctor: all is well
  1    not possible here; check: something is wrong, or nothing could be judged
  2    a mistake in the command
  130  ended by Ctrl-C
"""


class Command(NamedTuple):
    """What a command runs, its words, its options, and what its help says.

    The options are names in OPTIONS. With None, all words are passed on unchanged, --help too.
    """

    run: Callable[[list[str], argparse.Namespace], int]
    words: str
    options: tuple[str, ...] | None
    purpose: str
    examples: str
    notes: str = ""


OPTIONS: dict[str, dict[str, Any]] = {
    "output": {
        "type": commands.output_named,
        "metavar": "FILE",
        "help": "where to write; - is standard output, which then holds only the content",
    },
    "format": {
        "choices": (*commands.DRAWINGS, *commands.TEXTS),
        "help": "of FILE (default: from its ending, svg for -) or standard output; txt is a tree",
    },
    "theme": {
        "choices": tuple(THEMES),
        "help": "colours (default: light); auto follows the viewer's preference, in svg",
    },
    "rankdir": {
        "choices": tuple(DIRECTIONS),
        "help": "the direction of the forward pass (default: LR, left to right)",
    },
    "detail": {
        "choices": DETAILS,
        "help": "how far to fold (default: auto, until it is legible on a slide; all: not at all)",
    },
    "legend": {"action": "store_true", "help": "explain colours and borders"},
    "flows": {"action": "store_true", "help": "write on each edge what flows back over it"},
    "highlight": {
        "metavar": "NAME",
        "help": "a node, by its name in the table, whose paths to the result stand out",
    },
    "seed": {"type": int, "help": "for the weights of a new network (default: 0)"},
    "force": {"action": "store_true", "help": "overwrite FILE"},
    "open": {"action": "store_true", "help": "open FILE in a browser"},
    "json": {"action": "store_true", "help": "print JSON, with the keys below"},
}


class Parser(argparse.ArgumentParser):
    """Reports a mistake as a ValueError, so that whoever catches it decides where to print it."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{short(message, quoted=False)} ({self.prog} --help has more)")


def print_help(words: list[str], options: argparse.Namespace) -> int:
    """Print the help of a command, or the general help."""
    known: Mapping[str, Command] = options.commands
    name = words[0] if words else ""
    if len(words) > 1 or (name and name not in known):
        hint = suggestion(name, known)
        if "=" in name:
            hint = " (for a variable, put draw before it, as in: glassgrad draw help help=2)"
        wanted, got = ", ".join(known), short(" ".join(words))
        raise ValueError(f"help takes one of the commands {wanted}, got {got}{hint}")
    command = known[name or "draw"]
    if command.options is None:
        return command.run(["--help"], options)
    streams.show(parser_of(name, known).format_help().rstrip("\n"))
    return 0


def print_version(words: list[str]) -> int:
    """Print the version that is installed."""
    if words:
        raise ValueError(f"version takes no arguments, got {short(words[0])}")
    streams.show(f"glassgrad {__version__}")
    return 0


def parser_of(name: str, known: Mapping[str, Command]) -> Parser:
    """The parser of a command's options, with its help; without a name, that of `draw`."""
    command = known[name or "draw"]
    takes_expression = "EXPR" in command.words
    about = f"{command.purpose[0].upper()}{command.purpose[1:]}."
    if takes_expression:
        about += " EXPRESSION: names, numbers, + - * / ** and the functions below."
    parts = [] if name else [_listed(known)]
    parts += [f"examples:{command.examples}\n"]
    parts += [f"{command.notes.strip()}\n"] if command.notes else []
    parts += [_functions()] if takes_expression else []
    parts += [EXIT_CODES]
    usage = f"%(prog)s {command.words}".rstrip()
    parser = Parser(
        prog=f"glassgrad {name}".strip(),
        usage=f"{usage}{' [options]' * bool(command.options)}",
        description=about,
        epilog="\n".join(parts),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action="store_true", help="print this help")
    if not name:
        parser.add_argument("--version", action="store_true", help="print the version")
    else:
        parser.set_defaults(version=False)
    for option in command.options or ():
        flags = ["-o"] if option == "output" else []
        parser.add_argument(*flags, f"--{option}", **OPTIONS[option])
    return parser


def _listed(known: Mapping[str, Command]) -> str:
    lines = [f"  {name:8} {command.purpose}" for name, command in known.items()]
    listed = "\n".join(["commands, as the first word (without one: draw):", *lines])
    return f"{listed}\n\nglassgrad help COMMAND says more about each.\n"


def _functions() -> str:
    """The ops of the table, which an expression may call."""
    lines = textwrap.wrap(", ".join(OPS), width=76, initial_indent="  ", subsequent_indent="  ")
    return "\n".join(["functions:", *lines, ""])
