"""The lesson as one page of HTML that needs no network: chapters, figures, tables, and the source of each."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from types import ModuleType

from viz import style

from . import REMEMBER, SCENES, SECTIONS, as_run_here
from .blocks import Block, Claim, Code, Picture, Table
from .page import LESSON, Page, idea, title, to_try


@dataclass(frozen=True)
class Chapter:
    """A section that has run."""

    name: str
    module: ModuleType
    page: Page
    seconds: float


def lesson(chapters: Sequence[Chapter], live: bool = False) -> str:
    """The whole page; `live` says that the live page lies beside it, to be linked to.

    >>> "<h1>Neural networks, from perceptrons to backpropagation" in lesson([])
    True
    """
    claims = [claim for chapter in chapters for claim in chapter.page.claims]
    held = sum(claim.holds for claim in claims)
    run = f"{len(chapters)} sections, {held} of {len(claims)} claims hold, {sum(c.seconds for c in chapters):.0f} s of computing."
    links = "".join(f'<li><a href="#{_anchor(c)}">{escape(title(c.module))}</a></li>' for c in chapters)
    ends = "".join(f"<li>{escape(line)}</li>" for line in REMEMBER)
    body = "".join([_chapter(chapter, live) for chapter in chapters])
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title(LESSON))}</title><style>{CSS}</style></head>\n<body><main>\n<h1>{escape(title(LESSON)).rstrip('.')}</h1>\n"
        f"{_blocks(idea(LESSON))}<p>{run}</p>\n<nav><ol>{links}</ol></nav>\n{body}"
        f"<section>\n<h2>What to remember</h2>\n<ul>{ends}</ul>\n</section>\n</main></body></html>\n"
    )


def _anchor(chapter: Chapter) -> str:
    return f"section-{chapter.name}"


def _try_it(name: str, live: bool) -> str:
    """Where the live page has a section in the reader's hands: a link, or how to get there."""
    if name not in SCENES:
        return ""
    scene = f"scene {SCENES[name]} of the live page"
    if live:
        return f'<p class="player">▶ <a href="live.html#scene-{SCENES[name]}">Try it: {scene}</a></p>\n'
    command = as_run_here("python -m demos live")
    return f'<p class="player">▶ Try it: {scene}, which <code>{command}</code> writes</p>\n'


def _chapter(chapter: Chapter, live: bool) -> str:
    module, ran = chapter.module, f"demos/{SECTIONS[chapter.name]}.py; it ran in {chapter.seconds:.1f} s"
    blocks = [*idea(module), *chapter.page.blocks, "To try next:", *to_try(module)]
    source = f"<details><summary>The source, {ran}</summary><pre>{escape(inspect.getsource(module))}</pre></details>"
    parts = [f"<h2>{escape(title(module))}</h2>\n", _blocks(blocks), _try_it(chapter.name, live), source]
    inside = "".join(parts)
    return f'<section id="{_anchor(chapter)}">\n{inside}\n</section>\n'


def _blocks(blocks: Iterable[Block]) -> str:
    return "".join(_block(block) + "\n" for block in blocks)


def _block(block: Block) -> str:
    if isinstance(block, str):
        return re.sub("`([^`]+)`", r"<code>\1</code>", f"<p>{escape(block)}</p>")
    if isinstance(block, Code):
        return f"<pre>{escape(block.text)}</pre>"
    if isinstance(block, Claim):
        return (
            f'<div class="claim {block.state}"><b>{escape(block.what)}</b><span>measured <strong>{escape(block.measured)}</strong></span>'
            f"<span>{block.prediction} {escape(block.predicted)}</span></div>"
        )
    if isinstance(block, Table):
        kind = ' class="prose"' if block.ends_in_prose else ""
        body = "".join(_row(row, "td") for row in block.rows)
        return f"<table{kind}><thead>{_row(block.head, 'th')}</thead><tbody>{body}</tbody></table>"
    return _picture(block)


def _row(cells: Sequence[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _picture(picture: Picture) -> str:
    caption, first = escape(picture.caption), picture.files[0]
    if first.endswith(".html"):
        return f'<p class="player">▶ <a href="{first}">{caption}</a></p>'
    dark = f'<source srcset="{picture.files[1]}" media="(prefers-color-scheme: dark)">' if len(picture.files) > 1 else ""
    return f'<figure><picture>{dark}<img src="{first}" alt="{caption}"></picture><figcaption>{caption}</figcaption></figure>'


def _rules(theme: style.Theme) -> str:
    names = ("background", "text", "quiet", "line", "positive", "wrong")
    return "".join(f"--{name}: {getattr(theme, name)};" for name in names)


CSS = re.sub(
    r"\s+",
    " ",
    f"""
:root {{ color-scheme: light dark; {_rules(style.LIGHT)} }}
@media (prefers-color-scheme: dark) {{ :root {{ {_rules(style.DARK)} }} }}
body {{ background: var(--background); color: var(--text); font: 17px/1.6 system-ui, sans-serif; margin: 0; }}
main {{ max-width: 62rem; margin: 0 auto; padding: 2rem 1.2rem; }}
p, li {{ max-width: 46rem; }}
h1 {{ line-height: 1.2; }}
h2 {{ line-height: 1.3; margin: 0 0 1rem; }}
section {{ border-top: 1px solid var(--line); margin-top: 3rem; padding-top: 2rem; }}
a {{ color: var(--positive); }}
nav ol {{ list-style: none; padding: 0; }}
pre {{ overflow: auto; border: 1px solid var(--line); border-radius: 6px; padding: .8rem 1rem; font-size: 14px; line-height: 1.45; }}
table {{ border-collapse: collapse; margin: 1rem 0; display: block; overflow: auto; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: right; padding: .25rem .9rem; border-bottom: 1px solid var(--line); white-space: nowrap; }}
.prose th:last-child, .prose td:last-child {{ text-align: left; white-space: normal; min-width: 14rem; }}
th:first-child, td:first-child {{ text-align: left; padding-left: 0; }}
.claim {{ display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; margin: .6rem 0; padding: .3rem 1rem; }}
.claim.holds {{ border-left: 4px solid var(--positive); }}
.claim.missed {{ border-left: 4px dashed var(--wrong); }}
.claim.open {{ border-left: 4px dotted var(--line); }}
.claim b {{ flex-basis: 100%; }}
.claim.missed b::before {{ content: "✗ "; }}
.claim.holds b::before {{ content: "✓ "; }}
.claim.open b::before {{ content: "· "; }}
.claim span:last-child {{ color: var(--quiet); }}
figure {{ margin: 1.5rem 0; }}
img {{ max-width: 100%; height: auto; }}
figcaption, summary {{ color: var(--quiet); }}
""",
).strip()
