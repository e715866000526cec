"""Which `dot` draws, and running it: $GLASSGRAD_DOT, the embedded one, or the one on PATH.

They are tried in this order. One that cannot be started, crashes, or prints something other than a
drawing is named in a warning, and the next one draws; one that lacks a format (the embedded one
makes no PDF) is silently passed over. What no other `dot` could do better is not tried again: a
graph that is not DOT, and one whose layout takes too long.
"""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import warnings
from pathlib import Path
from typing import Literal, NamedTuple

from viz.text import printable

EMBEDDED = "embedded (graphviz-pure)"


class Dot(NamedTuple):
    """A `dot` program and where it was found."""

    path: Path
    source: str

    @property
    def embedded(self) -> bool:
        return self.source == EMBEDDED


class DotNotFound(ValueError):
    """No program was found that could draw this."""


class DotFailed(ValueError):
    """Every `dot` program that was tried ended with an error."""


class DotWarning(UserWarning):
    """A `dot` program is broken, and another one drew in its place."""


class Answer(NamedTuple):
    """What a `dot` made of a graph: a drawing, or why there is none."""

    kind: Literal["drawing", "lacks", "failed"]
    drawing: bytes
    problem: str


def find_dot() -> Dot:
    """The `dot` that is tried first: $GLASSGRAD_DOT, the embedded one, or the one on PATH.

    Raises DotNotFound, which names the three ways to get one.
    """
    return dots()[0]


def dots() -> list[Dot]:
    """Every `dot` found here, in the order they are tried; raises DotNotFound if there is none.

    A variable GLASSGRAD_DOT that names no program raises DotNotFound too: it is a mistake, and
    whoever set it does not want to learn of it from the looks of a drawing.
    """
    found = [dot for dot in (_chosen(), _embedded(), _on_path()) if dot is not None]
    if not found:
        raise DotNotFound(
            "no dot program to draw with. Get one in any of three ways: pip install graphviz-pure "
            "(embedded, most platforms); install Graphviz from graphviz.org so that dot is on "
            "PATH; or set GLASSGRAD_DOT to a dot program. DOT text needs none"
        )
    different: dict[str, Dot] = {}
    for dot in found:
        different.setdefault(os.path.realpath(dot.path), dot)
    return list(different.values())


def lay_out(source: str, engine: str, options: list[str], format: str, timeout: float) -> bytes:
    """The drawing by the first `dot` that can make it.

    Raises DotNotFound if there is none, or none that knows the format; DotFailed if all of them
    fail, if the source is not DOT, or if the layout takes longer than `timeout` seconds.
    """
    broken: list[str] = []
    lacking: list[str] = []
    for dot in dots():
        answer = ask(dot, source, [f"-K{engine}", *options], format, timeout)
        if answer.kind == "drawing":
            if broken:
                told = f"{'; '.join(broken)}; {dot.path} drew instead"
                warnings.warn(told, DotWarning, stacklevel=2)
            return answer.drawing
        (lacking if answer.kind == "lacks" else broken).append(f"{dot.path} {answer.problem}")
    problems = "; ".join(broken + lacking)
    if not broken:
        remedy = "install Graphviz from graphviz.org so that dot is on PATH, or choose svg or png"
        raise DotNotFound(f"{format} cannot be drawn: {problems}. To draw it, {remedy}")
    remedy = (
        "run glassgrad doctor, which tries each dot; install another one (pip install "
        "graphviz-pure, or graphviz.org); or set GLASSGRAD_DOT to one that works"
    )
    raise DotFailed(f"{problems}. To draw, {remedy}")


def ask(dot: Dot, source: str, options: list[str], format: str, timeout: float) -> Answer:
    """What this `dot` makes of a graph; raises DotFailed if every other would fail too."""
    quietly = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # no console flashes up on Windows
    try:
        done = subprocess.run(
            [str(dot.path), *options],
            input=source.encode(),
            capture_output=True,
            timeout=timeout,
            creationflags=quietly,
        )
    except subprocess.TimeoutExpired:
        # The same graph would keep the next dot just as busy.
        remedy = "draw a part of the graph, or fold it with depth=1"
        raise DotFailed(f"{dot.path} took longer than {timeout:g} seconds: {remedy}") from None
    except OSError as error:
        return Answer("failed", b"", f"cannot be started: {error.strerror or error}")
    if done.returncode:
        return _refusal(dot, done.returncode, done.stderr.decode(errors="replace").strip())
    problem = _nonsense(done.stdout, format)
    return Answer("failed" if problem else "drawing", done.stdout, problem)


def _refusal(dot: Dot, code: int, words: str) -> Answer:
    """What an exit code other than 0 means, by the words that came with it."""
    lines = [line.strip() for line in words.splitlines()]
    errors = [line for line in lines if line.startswith("Error")]  # warnings may come before
    said = printable((errors or lines or [""])[0], 200) or "it said nothing"
    # The grammar of DOT is the same everywhere; that of HTML-like labels, whose errors do not name
    # the file, is not.
    if re.search(r"<stdin>.*syntax error", said):
        mistake = f"the drawing is not DOT, says {dot.path}: {said}"
        raise DotFailed(f"{mistake}: correct what was added to it")
    if re.match(r"Format: .* not recognized|There is no layout engine support", said):
        return Answer("lacks", b"", f"said {said}")
    return Answer("failed", b"", f"failed with exit code {code}: {said}")


_STARTS = {
    "png": b"\x89PNG\r\n", "pdf": b"%PDF", "gif": b"GIF8", "jpg": b"\xff\xd8", "jpeg": b"\xff\xd8",
    "jpe": b"\xff\xd8", "ps": b"%!PS", "ps2": b"%!PS", "eps": b"%!PS", "svgz": b"\x1f\x8b",
}  # fmt: skip
"""How files of these formats begin."""


def _nonsense(out: bytes, format: str) -> str:
    """What is wrong with an output; "" if it may be a drawing in that format."""
    if not out.strip():
        return "ended without an error, but drew nothing"
    if format == "svg":
        whole = b"<svg" in out and out.rstrip().endswith(b"</svg>") and _is_text(out)
    else:
        whole = out.startswith(_STARTS.get(format, b""))
    if whole:
        return ""
    shown = printable(out[:200].decode(errors="replace"), 60)
    return f"printed something that is not {format}: {shown!r}"


def _is_text(out: bytes) -> bool:
    try:
        out.decode()
    except UnicodeDecodeError:
        return False
    return True


def _chosen() -> Dot | None:
    chosen = os.environ.get("GLASSGRAD_DOT")
    if not chosen:
        return None
    path = shutil.which(chosen)
    if path is None:
        named = printable(chosen, 200)
        remedy = "correct it, or unset it to use another dot"
        raise DotNotFound(f"GLASSGRAD_DOT is {named!r}, not a program that can be run: {remedy}")
    return Dot(_absolute(path), "$GLASSGRAD_DOT")


def _on_path() -> Dot | None:
    path = shutil.which("dot")
    return Dot(_absolute(path), "dot on PATH") if path else None


def _absolute(program: str) -> Path:
    """The full path: `./dot` as a Path is `dot`, which would be looked up on PATH again."""
    return Path(os.path.abspath(program))


def _embedded() -> Dot | None:
    try:
        files = importlib.metadata.files("graphviz-pure") or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.stem == "graphviz-pure" and file.suffix in ("", ".exe"):
            path = Path(str(file.locate())).resolve()
            if path.is_file():
                return Dot(path, EMBEDDED)
    found = shutil.which("graphviz-pure")
    return Dot(_absolute(found), EMBEDDED) if found else None
