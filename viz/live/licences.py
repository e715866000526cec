"""The licences of third-party work that the page carries, as a text in it."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from viz.live.npm import WEB

INSIDE: Final = """\
pyodide is under the Mozilla Public License 2.0; its source is at
https://github.com/pyodide/pyodide. It holds CPython, under the Python Software Foundation License
2.0, https://docs.python.org/3/license.html.
@viz-js/viz (MIT) holds Expat (MIT) and Graphviz, under the Eclipse Public License 2.0,
https://graphviz.org/license/; its source is at https://gitlab.com/graphviz/graphviz.
The Python package graphviz is under the MIT License, Copyright (c) Sebastian Bank."""
"""What is inside packages whose own licence files do not mention it."""


def licences(modules: Path) -> str:
    """The name, version and licence of each package, and every licence text once."""
    lock = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))
    names: dict[str, list[str]] = defaultdict(list)
    lines = []
    for place, facts in sorted(lock["packages"].items()):
        if not place or facts.get("dev") or facts.get("optional"):
            continue
        name = place.removeprefix("node_modules/")
        lines.append(f"{name} {facts['version']}: {_licence(facts)}")
        names[_text_of(modules / name)].append(name)
    texts = [f"{', '.join(users)}\n\n{text}" for text, users in names.items() if text]
    return "\n\n".join(["\n".join(lines), INSIDE, *texts])


def _licence(facts: dict[str, Any]) -> str:
    return str(facts.get("license", "see its own text"))


def _text_of(folder: Path) -> str:
    """The licence file of a package; "" if it has none."""
    for path in sorted(folder.glob("LICEN[CS]E*")):
        return path.read_text(encoding="utf-8").strip()
    return ""
