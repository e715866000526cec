"""What the page carries: Python, this library and Graphviz as compressed texts in its elements."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from viz.live.npm import WEB, node, run

PACKAGES: Final = ("autograd", "nn", "viz", "graphviz")
"""What Python on the page can import, besides its standard library."""

LEFT_OUT: Final = (
    "viz/cli/", "viz/plots/", "viz/live/web/", "viz/live/build.py", "viz/live/link.py",
    "viz/live/widget.py", "autograd/strategies.py", "autograd/compiler/", "nn/estimators/",
    "nn/training/arrays.py", "nn/training/cluster.py",
)  # fmt: skip
"""What makes no sense there: the command line, hypothesis, the page itself, whatever uses numpy."""

KEPT: Final = (".py", ".csv", ".html", ".css", ".js")

LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The date of every file in an archive, which has the same bytes whenever it is made."""


def sources() -> bytes:
    """The packages as an archive without compression: the page is compressed as a whole."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in _files():
            archive.writestr(zipfile.ZipInfo(name, LONG_AGO), content)
    return out.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin is not None
        home = Path(spec.origin).parent
        for path in sorted(home.rglob("*")):
            name = f"{package}/{path.relative_to(home).as_posix()}"
            if path.suffix in KEPT and path.is_file() and not name.startswith(LEFT_OUT):
                yield name, path.read_bytes()


def made(modules: Path) -> dict[str, bytes]:
    """What Node.js makes: both bundles of scripts, and the archives that contain bytecode.

    The bytecode is compiled by the same Python that will run it.
    """
    with TemporaryDirectory() as folder:
        out = Path(folder)
        (out / "sources.zip").write_bytes(sources())
        run([*node(), str(WEB / "make.mjs"), str(modules), str(out)], WEB)
        names = ("page.js", "editor.js", "stdlib.zip", "packages.zip")
        return {name: (out / name).read_bytes() for name in names}


def parts(modules: Path, made: dict[str, bytes]) -> dict[str, bytes]:
    """Every part that the page unpacks before Python starts, by name."""
    pyodide = modules / "pyodide"
    return {
        "wasm": (pyodide / "pyodide.asm.wasm").read_bytes(),
        "asm": (pyodide / "pyodide.asm.mjs").read_bytes(),
        "lib": _without_map(pyodide / "pyodide.mjs"),
        "graphviz": _without_map(modules / "@viz-js" / "viz" / "dist" / "viz.js"),
        "stdlib": made["stdlib.zip"],
        "packages": made["packages.zip"],
        "worker": (WEB / "worker.js").read_bytes(),
        "prelude": (WEB / "prelude.py").read_bytes(),
        "editor": made["editor.js"],
    }


def _without_map(path: Path) -> bytes:
    """A script without the line that names a file for debuggers, which would be requested."""
    lines = path.read_text(encoding="utf-8").split("\n")
    return "\n".join([line for line in lines if "sourceMappingURL=" not in line]).encode()


def element(name: str, content: bytes) -> str:
    """A part as an inert element of the page."""
    text = base64.b64encode(gzip.compress(content, 9, mtime=0)).decode()
    return f'<script type="text/plain" id="part-{name}">{text}</script>'


def lock_info(modules: Path) -> dict[str, Any]:
    """What Pyodide says about itself, and needs to be told when it starts."""
    lock = (modules / "pyodide" / "pyodide-lock.json").read_text(encoding="utf-8")
    info: dict[str, Any] = json.loads(lock)["info"]
    return info
