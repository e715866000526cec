"""The lesson on the command line.

python -m demos                  # what there is
python -m demos 6                # one section; python -m demos 6 --help shows its options
python -m demos all --out DIR    # all of them, and the lesson to read, DIR/index.html
python -m demos live             # the live page, in one file that needs no network
"""

from __future__ import annotations

import argparse
import ast
from collections.abc import Sequence
from pathlib import Path

from . import COMMAND, SECTIONS, as_run_here, section
from .options import OUT, TRIED, end, ends_quietly, folder, forgive_console, main
from .page import INSTALL, LESSON, title

COMMANDS = f"""
python -m demos NAME           run one of them, such as 1; its pictures go to {TRIED / "..."}
python -m demos NAME --help    its options
python -m demos all            run all of them, and write the lesson to {OUT / "index.html"}
python -m demos live           write the live page, {OUT / "live.html"}: drag weights, step, code

The first and the third take --out DIR, for another folder; live takes --out FILE."""


def show_list() -> None:
    """Print every section in a line, and the commands."""
    print(title(LESSON), end="\n\n")
    for name, file in SECTIONS.items():
        print(f"{name:>7}  {_title_of(file).removeprefix(f'{name}. ')}")
    print(as_run_here(COMMANDS))


def _title_of(file: str) -> str:
    """The title of a section, read off its file: importing it may need the extra `demos`."""
    source = Path(__file__).with_name(f"{file}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").split("\n")[0]


@ends_quietly()
def command(arguments: Sequence[str]) -> None:
    """What `python -m demos` does with those words."""
    forgive_console()
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        show_list()
    elif arguments[0] in SECTIONS:
        name = arguments[0]
        try:
            module = section(name)
        except ModuleNotFoundError as missing:
            end(f"section {name} of the lesson needs {missing.name}: {INSTALL}", 1)
        main(module.run, arguments[1:], f"{COMMAND} {name}")
    elif arguments[0] == "all":
        _run_all(arguments[1:])
    elif arguments[0] == "live":
        from .live import live  # only here: nothing else needs what it is built with

        live(arguments[1:], f"{COMMAND} live")
    else:
        names = ", ".join(SECTIONS)
        end(f"{COMMAND} takes one of {names}, all or live, got {arguments[0][:40]!r}", 2)


def _run_all(arguments: Sequence[str]) -> None:
    about = "Run all sections, and write the lesson."
    parser = argparse.ArgumentParser(prog=f"{COMMAND} all", description=about)
    about_out = f"the folder to write into; by default {OUT}"
    parser.add_argument("--out", type=folder, default=OUT, metavar="DIR", help=about_out)
    out = parser.parse_args(arguments).out
    from .whole import run_all  # only here: a single section starts sooner without it

    run_all(out)
