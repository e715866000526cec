"""The lesson on the command line.

python -m demos                  # what there is
python -m demos 6                # one section; python -m demos 6 --help tells what can be changed
python -m demos all --out DIR    # all of them, and an index.html that reads as the lesson
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

import demos
from demos import SECTIONS
from demos.page import OUT, TRIED, ends_quietly, folder, forgive_console, main, title


def show_list() -> None:
    """Every section in a line, and the commands."""
    print(title(demos), end="\n\n")
    for name, file in SECTIONS.items():
        print(f"{name:>7}  {title(import_module(f'demos.{file}')).removeprefix(f'{name}. ')}")
    print(
        f"\npython -m demos NAME           run one of them, such as 1; its pictures go to {TRIED / '...'}"
        f"\npython -m demos NAME --help    what can be changed in it"
        f"\npython -m demos all            run all of them, and write the lesson to {OUT / 'index.html'}"
        f"\n\nBoth take --out DIR, for another folder."
    )


def command(arguments: Sequence[str]) -> None:
    """What `python -m demos` does with those words."""
    forgive_console()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        show_list()
    elif arguments[0] in SECTIONS:
        main(import_module(f"demos.{SECTIONS[arguments[0]]}").run, arguments[1:], f"python -m demos {arguments[0]}")
    elif arguments[0] == "all":
        parser = argparse.ArgumentParser(prog="python -m demos all", description="Run all sections, and write the lesson.")
        parser.add_argument("--out", type=folder, default=OUT, metavar="DIR", help=f"the folder to write into; by default {OUT}")
        from demos.whole import run_all

        run_all(parser.parse_args(arguments[1:]).out)
    else:
        sys.exit(f"python -m demos takes one of {', '.join(SECTIONS)}, or all, got {arguments[0]!r}")


if __name__ == "__main__":
    with ends_quietly():
        command(sys.argv[1:])
