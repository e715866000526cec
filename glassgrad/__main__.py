"""The command line, `glassgrad` or `python -m glassgrad`: drawings by `viz`, lessons by `demos`.

Nothing that might belong to somebody else is imported before `conflicts` has looked at it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from glassgrad import conflicts

INSTALLED = "glassgrad.demos"
"""The lesson where glassgrad is installed; in a checkout it is the folder `demos`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code, which `glassgrad --help` explains."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["doctor"]:
        return doctor(words)
    try:
        conflicts.check()
    except conflicts.NameTaken as problem:
        print(f"glassgrad: {problem}", file=sys.stderr)
        return 1
    if words[:1] == ["lesson"]:
        return lesson(words[1:])
    return drawings(words)


def doctor(words: Sequence[str]) -> int:
    """Who owns the names here, then what drawings are made with; 1 if anything is wrong."""
    problems = conflicts.found()
    print("\n".join(problems), end="\n" * bool(problems))
    if any(conflicts.taken(name) for name in conflicts.NAMES):
        return 1  # what looks at the drawings may be another's
    return max(drawings(words), min(len(problems), 1))


def lesson(words: Sequence[str]) -> int:
    """The lesson, as `python -m demos` runs it in a checkout."""
    home = INSTALLED if find_spec(INSTALLED) else "demos"
    import_module(f"{home}.command").command(words)
    return 0


def drawings(words: Sequence[str]) -> int:
    """Every other command."""
    from viz.cli.main import COMMANDS, Command
    from viz.cli.main import main as run

    about = Command(lesson, "SECTION [options]", (), "run a section of the lesson", "")
    return run(words, {**COMMANDS, "lesson": about})


if __name__ == "__main__":
    sys.exit(main())
