"""The command line, `glassgrad` or `python -m glassgrad`: drawings by `viz`, lessons by `demos`.

Nothing that might belong to somebody else is imported before `conflicts` has looked at it.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from glassgrad import conflicts

INSTALLED = "glassgrad.demos"
"""The lesson where glassgrad is installed; in a checkout it is the folder `demos`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, which `glassgrad --help` explains."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    problems = [problem for problem in map(conflicts.taken, conflicts.NAMES) if problem]
    if problems:
        return refuse(words, problems)
    try:  # these are ours, as we now know, but something that they need may still be missing
        from viz.cli.main import COMMANDS
        from viz.cli.main import main as run
        from viz.cli.parsing import Command
    except ImportError as error:
        return refuse(words, [f"{error}: install glassgrad again, with everything it needs"])

    section = Command(
        lesson,
        "[SECTION [options]]",
        None,  # each section has its own
        "run a section of the lesson, or list them",
        "\n  glassgrad lesson\n  glassgrad lesson 6 --help",
    )
    page = Command(
        live,
        "[--out FILE]",
        None,
        "write the live page: a network to drag, step through and program, in one offline file",
        "\n  glassgrad live\n  glassgrad live --out backprop.html",
    )
    checked = COMMANDS["doctor"]._replace(run=doctor)
    return run(words, {**COMMANDS, "doctor": checked, "lesson": section, "live": page})


def refuse(words: Sequence[str], problems: Sequence[str]) -> int:
    """Say why nothing can be done here: every reason for `doctor`, otherwise only the first."""
    if words[:1] != ["doctor"]:
        print(f"glassgrad: {problems[0]}", file=sys.stderr)
    elif "--json" in words:
        print(json.dumps({"healthy": False, "conflicts": problems}, indent=1))
    else:
        print("\n".join(problems))
    return 1


def doctor(words: list[str], options: Namespace) -> int:
    """Whether drawings can be made here, and whether any package shares its name."""
    from viz.cli import commands

    return commands.doctor(words, options, conflicts.found())


def lesson(words: list[str], options: Namespace) -> int:
    """The lesson, as `python -m demos` runs it in a checkout."""
    home = INSTALLED if find_spec(INSTALLED) else "demos"
    import_module(f"{home}.command").command(words)
    return 0


def live(words: list[str], options: Namespace) -> int:
    """The live page, as `python -m demos live` writes it in a checkout."""
    return lesson(["live", *words], options)


if __name__ == "__main__":
    sys.exit(main())
