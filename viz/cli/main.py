"""The command line: `python -m viz "tanh(w*x + b)" w=2 x=-1 b=0.5 -o neuron.svg`, and `glassgrad player ...` and its like."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from viz.cli import commands
from viz.cli.doctor import version_of
from viz.cli.expression import suggestion
from viz.graph.dot import DIRECTIONS
from viz.style import THEMES

INTERRUPTED = 130
"""The exit code of what Ctrl-C ended, as shells have it."""


class Command(NamedTuple):
    """What a command runs, its words, its options, and what its help says."""

    run: Callable[[list[str], argparse.Namespace], int]
    words: str
    options: tuple[str, ...]
    purpose: str
    examples: str


OPTIONS: dict[str, dict[str, Any]] = {
    "output": {"type": Path, "metavar": "FILE", "help": "where to write"},
    "format": {"choices": (*commands.DRAWINGS, *commands.TEXTS), "help": "of FILE (default: by its ending); txt is a tree"},
    "theme": {"choices": tuple(THEMES), "help": "colours (default: light); auto follows the viewer's preference, in svg"},
    "rankdir": {"choices": tuple(DIRECTIONS), "help": "the direction of the forward pass (default: LR, left to right)"},
    "legend": {"action": "store_true", "help": "explain colours and borders"},
    "flows": {"action": "store_true", "help": "write on each edge what flows back over it"},
    "highlight": {"metavar": "NAME", "help": "a node, by its name in the table, whose paths to the result stand out"},
    "seed": {"type": int, "help": "of the weights of a new network (default: 0)"},
    "force": {"action": "store_true", "help": "overwrite FILE"},
    "open": {"action": "store_true", "help": "open FILE in a browser"},
}

EXPRESSION = "EXPRESSION [name=number ...]"
LAST = ("force", "open")

COMMANDS: dict[str, Command] = {
    "draw": Command(
        commands.draw,
        EXPRESSION,
        ("output", "format", "theme", "rankdir", "legend", "flows", "highlight", *LAST),
        "draw the backpropagation graph of an expression, and print its data and gradients",
        """
  glassgrad "tanh(w1*x1 + w2*x2 + b)" w1=-3 w2=1 x1=2 x2=0 b=6.8813735870195432 -o neuron.svg
  glassgrad "(a*b + c) * f" a=2 b=-3 c=10 f=-2 -o loss.png --legend --highlight a
  glassgrad "relu(x) ** 2" x=1.5            (no -o: only the table)
  glassgrad "a*b + a" a=2 b=3 --format txt  (a tree, on the terminal)
  glassgrad -o minus.svg -- "-x * 2" x=3    (after --, an expression may begin with a minus)
  glassgrad draw check check=2              (a variable that is called like a command)""",
    ),
    "player": Command(
        commands.play,
        EXPRESSION,
        ("output", "rankdir", *LAST),
        "write a page that steps through the forward and the backward pass",
        """
  glassgrad player "tanh(w*x + b)" w=2 x=-1 b=0.5 -o backward.html""",
    ),
    "quiz": Command(
        commands.ask,
        EXPRESSION,
        ("output", "rankdir", *LAST),
        "write a page that asks for the gradients, and checks the answers",
        """
  glassgrad quiz "(a*b + c) * f" a=2 b=-3 c=10 f=-2 -o quiz.html""",
    ),
    "network": Command(
        commands.network,
        "MODEL [x ...]",
        ("output", "theme", "seed", *LAST),
        "draw a network, from a file of nn.save or with sizes, and what it makes of the inputs x",
        """
  glassgrad network model.json 0.5 -1 -o trained.svg
  glassgrad network 3,4,4,2 --seed 7 -o net.svg""",
    ),
    "explain": Command(
        commands.why,
        "EXPRESSION NAME [name=number ...]",
        (),
        "print a gradient as the sum over all paths",
        """
  glassgrad explain "a*b + a" a a=2 b=3
  glassgrad explain "tanh(w*x + b)" "w * x" w=2 x=-1 b=0.5""",
    ),
    "check": Command(
        commands.check,
        EXPRESSION,
        (),
        "check every slope and the gradient against numerical derivatives; exit code 1 if one is wrong",
        """
  glassgrad check "tanh(w*x + b)" w=2 x=-1 b=0.5""",
    ),
    "doctor": Command(commands.doctor, "", (), "tell which dot program is used and what is missing", "\n  glassgrad doctor"),
}


class Parser(argparse.ArgumentParser):
    """Tells a mistake on one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"glassgrad: {message} ({self.prog} --help tells more)\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code: 0 done, 1 not possible here or not right, 2 a mistake in the command, 130 Ctrl-C."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    name = words.pop(0) if words and words[0] in COMMANDS else ""
    try:
        _refuse_typo([] if name else words)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="replace")  # a console that cannot show × still gets its table
        options, words = _read(name, words)
        code = COMMANDS[name or "draw"].run(words, options)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # of `| head`, which has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except commands.NotPossible as error:
        return _tell(error, 1)
    except (ValueError, TypeError, OSError) as error:
        return _tell(error, 2)


def _refuse_typo(words: Sequence[str]) -> None:
    """Raise ValueError for what looks like a command, but is none."""
    meant = suggestion(words[0], COMMANDS) if len(words) > 1 and "=" not in words[1] else ""
    if meant:
        raise ValueError(f"there is no command {words[0]!r}{meant}; the commands are {', '.join(COMMANDS)}")


def _tell(error: Exception, code: int) -> int:
    print(f"glassgrad: {error}", file=sys.stderr)
    return code


def _read(name: str, words: list[str]) -> tuple[argparse.Namespace, list[str]]:
    """Options and the words between them; after -- there are only words."""
    end = words.index("--") if "--" in words else len(words)
    parser = _parser(name)
    options, rest = parser.parse_known_args(words[:end])
    for word in rest:
        if word.startswith("-") and " " not in word and not _is_number(word):
            parser.error(f"{word[:40]!r} is not an option here; an expression that begins with a minus goes after --")
    return options, rest + words[end + 1 :]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _parser(name: str) -> Parser:
    command = COMMANDS[name or "draw"]
    about = f"{command.purpose[0].upper()}{command.purpose[1:]}."
    lines = ["" if name else _others(), f"examples:{command.examples}"]
    parser = Parser(
        prog=f"glassgrad {name}".strip(),
        usage=f"%(prog)s {command.words}{' [options]' * bool(command.options)}",
        description=about + (" EXPRESSION: names, numbers, + - * / ** and functions such as tanh." if "EXPR" in command.words else ""),
        epilog="\n".join(lines),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if not name:
        parser.add_argument("--version", action="version", version=f"glassgrad {version_of('glassgrad') or '(not installed)'}")
    for option in command.options:
        parser.add_argument(*(["-o"] if option == "output" else []), f"--{option}", **OPTIONS[option])
    return parser


def _others() -> str:
    listed = "\n".join(f"  {name:8} {command.purpose}" for name, command in COMMANDS.items())
    return f"commands, as the first word (without one: draw):\n{listed}\n\nglassgrad COMMAND --help tells more of each.\n"


if __name__ == "__main__":
    sys.exit(main())
