"""The page for a notebook: its own modules joined into one script, without Node.js or a network.

The page in a notebook has no third-party code, so that only this library is needed to make it. One
inline script, allowed by its hash, passes policies that block modules with an address.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Final

from viz.live.build import filled, stylesheet
from viz.live.npm import WEB

POLICY: Final = (
    "default-src 'none'; script-src {scripts}; style-src {styles}; base-uri 'none'; "
    "form-action 'none'"
)
"""The page in a notebook runs only its own script, and asks no network for anything."""

INSTEAD: Final = {"engine": "kernel", "words": "yours"}
"""Modules that another one replaces in a notebook."""

IMPORT: Final = re.compile(r'^import (?:([^;"]+?) from )?"\./([\w-]+)\.js";\n', re.MULTILINE)
EXPORT: Final = re.compile(
    r"^export (?=(?:async )?(?:const|function|class) ([\w$]+))", re.MULTILINE
)

NARROW: Final = {
    "(max-width: 999px)": "(max-width: 639px)",
    "(min-width: 1000px)": "(min-width: 640px)",
}
"""The width at which the layout for phones ends: a notebook is narrow, but not held in a hand."""


def linked(entry: str) -> str:
    """A module and everything it imports as one script, each in a function of its own.

    It knows only the forms of `import` and `export` that these modules use, and raises ValueError
    for any other.
    """
    parts: dict[str, str] = {}
    _link(entry, parts, ())
    return "\n".join(['"use strict";', "const modules = {};", *parts.values()])


def _link(name: str, parts: dict[str, str], users: tuple[str, ...]) -> None:
    """Put a module after those that it imports."""
    if name in users:
        raise ValueError(f"{' imports '.join([*users, name])}: circular imports cannot be joined")
    if name in parts:
        return
    text = (WEB / f"{name}.js").read_text(encoding="utf-8")
    lines = []
    for names, used in IMPORT.findall(text):
        used = _instead(used, name)
        _link(used, parts, (*users, name))
        if names:
            taken = names.removeprefix("* as ").replace(" as ", ": ")
            lines.append(f"const {taken} = modules.{used};")
    body = EXPORT.sub("", IMPORT.sub("", text))
    if found := re.search(r"^(?:import|export)\b.*", body, re.MULTILINE):
        raise ValueError(f"{name}.js has a form that cannot be joined: {found[0]}")
    given = ", ".join(EXPORT.findall(text))
    parts[name] = "\n".join(
        [f"modules.{name} = (() => {{", *lines, body.rstrip(), f"return {{ {given} }};", "})();"]
    )


def _instead(used: str, user: str) -> str:
    """The module that replaces another one; the replacement may still import the original."""
    chosen = INSTEAD.get(used, used)
    return used if chosen == user else chosen


@cache
def page() -> str:
    """The text of the page, without a model, which comes from the kernel."""
    style = stylesheet("page.css")
    for there, here in NARROW.items():
        style = style.replace(there, here)
    text = filled(
        POLICY,
        STYLE=style + stylesheet("notebook.css"),
        SCRIPT=linked("page"),
        BAKED="null",
        LICENCES="nothing else",
        PARTS="",
    )
    return text.replace("<body>", '<body class="notebook">', 1)


@cache
def module() -> str:
    """The module of the widget, which contains the page."""
    text = (WEB / "widget.js").read_text(encoding="utf-8")
    return text.replace("@PAGE@", json.dumps(page()), 1)
