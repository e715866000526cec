"""Blocks of a page as HTML: paragraphs, formulas, claims, tables, code and pictures."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path

from viz import style

from .blocks import SIGNS, Block, Claim, Code, Formulas, Picture, Table
from .mathml import mathml

READABLE = 0.62
"""A drawing is never shown smaller than this: its letters of 14 pixels become 9."""


def html(blocks: Iterable[Block], links: Sequence[str] = ()) -> str:
    """The blocks, one below the other; `links` are the sections to which a mention links.

    >>> html(["`w < 0`, as in section 2"], links=["2"])
    '<p><code>w &lt; 0</code>, as in <a href="section-2.html">section 2</a></p>'
    """
    return "\n".join([_block(block, links) for block in blocks])


def _block(block: Block, links: Sequence[str]) -> str:
    if isinstance(block, str):
        return f"<p>{prose(block, links)}</p>"
    if isinstance(block, Code):
        return f'<pre tabindex="0">{escape(block.text)}</pre>'
    if isinstance(block, Formulas):
        return _formulas(block)
    if isinstance(block, Claim):
        return _claim(block)
    return _table(block) if isinstance(block, Table) else _picture(block)


def prose(text: str, links: Sequence[str] = ()) -> str:
    """A paragraph: formulas between $, code between `, and sections that are linked to."""
    parts = re.split(r"\$([^$]+)\$|`([^`]+)`", text)
    found = []
    for words, formula, code in zip(parts[::3], [*parts[1::3], None], [*parts[2::3], None]):
        found.append(_linked(escape(words), links))
        if formula:
            found.append(mathml(formula))
        if code:
            found.append(f"<code>{escape(code)}</code>")
    return "".join(found)


def _linked(text: str, links: Sequence[str]) -> str:
    def link(found: re.Match[str]) -> str:
        name = found[1]
        return f'<a href="{address(name)}">section {name}</a>' if name in links else found[0]

    return re.sub(r"\bsection (\w+)", link, text)


def address(name: str) -> str:
    """The file of a section."""
    return f"section-{name}.html"


def _formulas(block: Formulas) -> str:
    rows = []
    for parts, remark in block.lines:
        cells = "".join([f"<td>{mathml(part, alone=True)}</td>" for part in parts])
        rows.append(f'<tr>{cells}<td class="remark">{prose(remark)}</td></tr>')
    return f'<div class="scroll" tabindex="0"><table class="formulas">{"".join(rows)}</table></div>'


def _claim(claim: Claim) -> str:
    """One line with what was measured; it opens to what was predicted."""
    sign, state = SIGNS[claim.state], claim.state
    is_open = " open" if state == "missed" else ""
    return (
        f'<details class="claim {state}"{is_open}><summary><span class="sign">{sign}</span>'
        f"{prose(claim.what)}: <strong>{escape(claim.measured)}</strong></summary>"
        f"<p>{claim.prediction}: {prose(claim.predicted)}</p></details>"
    )


def _table(table: Table) -> str:
    kind = ' class="prose"' if table.ends_in_prose else ""
    body = "".join([_row(row, "td") for row in table.rows])
    head = f"<thead>{_row(table.head, 'th')}</thead>"
    return (
        f'<div class="scroll" tabindex="0"><table{kind}>{head}<tbody>{body}</tbody></table></div>'
    )


def _row(cells: Sequence[str], tag: str) -> str:
    scope = ' scope="col"' if tag == "th" else ""
    return f"<tr>{''.join([f'<{tag}{scope}>{escape(x)}</{tag}>' for x in cells])}</tr>"


def _picture(picture: Picture) -> str:
    """A figure that opens alone, as large as it was drawn; or a link to a page."""
    caption, first = escape(picture.caption), picture.files[0]
    if first.endswith(".html"):
        return f'<p class="play"><a href="{first}">▶ {caption}</a></p>'
    dark = ""
    if len(picture.files) > 1:
        dark = f'<source srcset="{picture.files[1]}" media="(prefers-color-scheme: dark)">'
    least = f' style="min-width:{READABLE * picture.width:.0f}px"' if picture.width else ""
    image = f'<picture>{dark}<img src="{first}" alt="{caption}"{least}></picture>'
    return (
        f'<figure><div class="scroll"><a class="large" href="{first}">{image}</a></div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _rules(theme: style.Theme) -> str:
    names = ("background", "text", "quiet", "line", "positive", "wrong")
    return "".join(f"--{name}: {getattr(theme, name)};" for name in names)


def css() -> str:
    """The style of all pages, in the colours of the drawings."""
    text = Path(__file__).with_name("lesson.css").read_text(encoding="utf-8")
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ {_rules(style.DARK)} }} }}"
    return f":root {{ color-scheme: light dark; {_rules(style.LIGHT)} }}\n{dark}\n{text}"


SCRIPT = """for (const link of document.querySelectorAll("a.large"))
  link.onclick = () => { link.href = link.querySelector("img").currentSrc; };"""
"""A picture opens in the theme in which it is shown."""
