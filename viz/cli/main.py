"""The command line: `glassgrad "tanh(w*x + b)" w=2 x=-1 b=0.5 -o neuron.svg`, and its commands.

Another package may add commands of its own to COMMANDS, or to a copy that it gives to `main`.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from viz.cli import commands, streams
from viz.cli.expression import short, suggestion
from viz.cli.parsing import Command, parser_of, print_help, print_version
from viz.graph.dot_binary import DotWarning

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells use it."""

EXPRESSION = "EXPRESSION [name=number ...]"
LAST = ("force", "open")

COMMANDS: dict[str, Command] = {
    "draw": Command(
        commands.draw,
        EXPRESSION,
        ("output", "format", "theme", "rankdir", "detail", "legend", "flows", "highlight", *LAST),
        "draw the backpropagation graph of an expression, and print its data and gradients",
        """
  glassgrad "tanh(w1*x1 + w2*x2 + b)" w1=-3 w2=1 x1=2 x2=0 b=6.8813735870195432 -o neuron.svg
  glassgrad "(a*b + c) * f" a=2 b=-3 c=10 f=-2 -o loss.png --legend --highlight a
  glassgrad "relu(x) ** 2" x=1.5            (no -o: only the table)
  glassgrad "a*b + a" a=2 b=3 --format txt  (a tree, on the terminal)
  glassgrad "a*b + a" a=2 b=3 -o -          (svg to standard output; --format chooses another)
  glassgrad -o minus.svg -- "-x * 2" x=3    (after --, an expression may begin with a minus)
  glassgrad draw check check=2              (a variable with the name of a command)""",
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
        "draw a network, from a file of nn.save or by its sizes, and what it makes of the inputs x",
        """
  glassgrad network model.json 0.5 -1 -o trained.svg
  glassgrad network 3,4,4,2 --seed 7 -o net.svg""",
    ),
    "explain": Command(
        commands.why,
        "EXPRESSION NAME [name=number ...]",
        ("json",),
        "print a gradient as the sum over all paths",
        """
  glassgrad explain "a*b + a" a a=2 b=3
  glassgrad explain "tanh(w*x + b)" "w * x" w=2 x=-1 b=0.5
  glassgrad explain "a*b + a" a a=2 b=3 --json""",
        """
keys of --json:
  root, wrt   names of nodes, as in the table
  gradient    of root in wrt
  count       how many paths there are
  paths       the first 20, each with nodes (from wrt to root), slopes and their product
nan and the infinities are the texts "nan", "inf" and "-inf".
""",
    ),
    "check": Command(
        commands.check,
        EXPRESSION,
        ("json",),
        "check every slope and the gradient against numerical derivatives",
        """
  glassgrad check "tanh(w*x + b)" w=2 x=-1 b=0.5
  glassgrad check "relu(x) * y" x=0 y=2 --json""",
        """
keys of --json:
  expression  as it was given
  ok          whether everything judged is right, and something was judged
  problem     why not, or ""
  judged, not_judged
              lists, of the same kind of objects: kind ("slope" of a node, "gradient" of the
              whole), node, input, order (2: its derivatives); what was not judged also has a
              reason: at a kink, outside a domain, random, too noisy to measure, ...
  faults      what is wrong, in words
""",
    ),
    "doctor": Command(
        commands.doctor,
        "",
        ("json",),
        "report which dot programs there are and whether they work, and what is missing",
        """
  glassgrad doctor
  glassgrad doctor --json""",
        """
keys of --json:
  healthy     whether drawings can be made, and nothing has taken a name
  dots        in the order they are tried: path, source, version, works, problem, pdf
  problem     why no dot is tried at all, or ""
  conflicts   what else has taken the names autograd, nn and viz, one sentence each
  glassgrad, graphviz, packages
              versions, null if not installed
  python, system, autograd
              the version of Python, the platform, the folder autograd is imported from
""",
    ),
    "help": Command(
        print_help,
        "[COMMAND]",
        (),
        "print this help, or the help of a command",
        """
  glassgrad help
  glassgrad help draw""",
    ),
    "version": Command(
        lambda words, options: print_version(words),
        "",
        (),
        "print the version",
        """
  glassgrad version""",
    ),
}


def main(arguments: list[str] | None = None, commands: Mapping[str, Command] = COMMANDS) -> int:
    """Run the command line and return the exit code, which EXIT_CODES explains."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    streams.prepare()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", DotWarning)
            warnings.showwarning = _warned(warnings.showwarning)
            return _run(words, commands)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # as from `| head`, which has seen enough
        streams.silence(sys.stdout)
        return 1
    except streams.NotPossible as error:
        streams.tell(f"glassgrad: {error}")
        return 1
    except OSError as error:
        named = f"{short(str(error.filename), quoted=False)}: " if error.filename else ""
        streams.tell(f"glassgrad: {named}{error.strerror or error}")
        return 2
    except (ValueError, TypeError) as error:
        streams.tell(f"glassgrad: {error}")
        return 2


def _run(words: list[str], known: Mapping[str, Command]) -> int:
    name = words.pop(0) if words and words[0] in known else ""
    command = known[name or "draw"]
    if command.options is None:
        return command.run(words, argparse.Namespace(commands=known))
    if not name:
        _refuse_typo(words, known)
    options, words = _read(name, words, known)
    options.commands = known
    if options.help:
        return print_help([name] if name else [], options)
    if options.version:
        return print_version([])
    return command.run(words, options)


def _warned(otherwise: Callable[..., None]) -> Callable[..., None]:
    """How warnings are shown: those about a broken `dot` on one line, without a source line."""

    def show(message: Warning | str, category: type[Warning], *rest: Any, **named: Any) -> None:
        if issubclass(category, DotWarning):
            streams.tell(f"glassgrad: {message}")
        else:
            otherwise(message, category, *rest, **named)

    return show


def _refuse_typo(words: Sequence[str], known: Mapping[str, Command]) -> None:
    """Raise ValueError for what looks like a command, but is not one."""
    if len(words) < 2 or "=" in words[1] or words[0].startswith("-") or words[1].startswith("-"):
        return
    hint = suggestion(words[0], known)
    if hint:
        named = ", ".join(known)
        raise ValueError(f"there is no command {short(words[0])}{hint}; the commands are {named}")


def _read(
    name: str,
    words: list[str],
    known: Mapping[str, Command],
) -> tuple[argparse.Namespace, list[str]]:
    """Options and the words between them; after -- there are only words."""
    end = words.index("--") if "--" in words else len(words)
    parser = parser_of(name, known)
    options, rest = parser.parse_known_args(words[:end])
    for word in rest:
        looks_like_option = word.startswith("-") and " " not in word and not _is_number(word)
        if looks_like_option and not options.help:
            remedy = "an expression that begins with a minus goes after --"
            parser.error(f"{word[:40]!r} is not an option here; {remedy}")
    return options, rest + words[end + 1 :]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
