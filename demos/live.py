"""The live page on the command line: `python -m demos live --out FILE`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from viz.live.build import build
from viz.live.npm import BuildError

from .options import OUT, end

ABOUT = """Write the live page: backpropagation in your hands, in one file that needs no network.

It takes a minute and a network the first time, for Python and Graphviz in WebAssembly from npm;
later builds need neither."""


def live(arguments: Sequence[str], name: str) -> None:
    """Build the page, and say how to open it."""
    parser = argparse.ArgumentParser(
        prog=name, description=ABOUT, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    told = f"the file to write; by default {OUT / 'live.html'}"
    parser.add_argument("--out", type=Path, default=OUT / "live.html", metavar="FILE", help=told)
    out = parser.parse_args(arguments).out
    if out.is_dir():
        parser.error(f"{out} is a folder: name a file in it, such as {out / 'live.html'}")
    print("building the live page; the first time this downloads some 20 MB")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        path = build(out)
    except BuildError as error:
        end(f"{parser.prog}: {error}", 1)
    size = path.stat().st_size / 1e6
    print(f"{path} is written, {size:.1f} MB. Open it in a browser: {path.resolve().as_uri()}")
