"""The lesson as pages of HTML that need no network: a table of contents, and a page for each
section."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from types import ModuleType

from . import REMEMBER, SCENES, SECTIONS, as_run_here
from .html import SCRIPT, address, css, html, prose
from .page import LESSON, Page, idea, title, to_try


@dataclass(frozen=True)
class Chapter:
    """A section that has run."""

    name: str
    module: ModuleType
    page: Page
    seconds: float

    @property
    def measured(self) -> str:
        """How many of its claims hold, and how long it took."""
        claims = self.page.claims
        held = sum(claim.holds for claim in claims)
        return f"{held} of {len(claims)} claims hold; {self.seconds:.1f} s"


def lesson(chapters: Sequence[Chapter], live: bool = False) -> dict[str, str]:
    """The pages by the names of their files; `live` says that the live page lies beside them.

    >>> list(lesson([]))
    ['index.html']
    """
    pages = {"index.html": _contents(chapters, live)}
    for i, chapter in enumerate(chapters):
        before = chapters[i - 1] if i else None
        after = chapters[i + 1] if i + 1 < len(chapters) else None
        pages[address(chapter.name)] = _section(chapter, before, after, chapters, live)
    return pages


def _contents(chapters: Sequence[Chapter], live: bool) -> str:
    """The first page: what the lesson is about, its sections, and what to remember."""
    name = title(LESSON).rstrip(".")
    claims = [claim for chapter in chapters for claim in chapter.page.claims]
    held = sum([claim.holds for claim in claims])
    seconds = sum([chapter.seconds for chapter in chapters])
    run = f"{len(chapters)} sections, {held} of {len(claims)} claims hold, {seconds:.0f} s."
    items = []
    for chapter in chapters:
        link = f'<a href="{address(chapter.name)}">{escape(title(chapter.module))}</a>'
        items.append(f'<li id="section-{chapter.name}">{link}<p>{chapter.measured}</p></li>')
    hands = ""
    if live:
        hands = '<p>▶ <a href="live.html">The live page: backpropagation in your hands</a></p>'
    ends = "".join([f"<li>{prose(line)}</li>" for line in REMEMBER])
    body = (
        f"<main>\n<h1>{escape(name)}</h1>\n{html(idea(LESSON), _names(chapters))}\n{hands}\n"
        f'<h2>Contents</h2>\n<ol class="contents">{"".join(items)}</ol>\n<p>{run}</p>\n'
        f"<h2>What to remember</h2>\n<ul>{ends}</ul>\n</main>"
    )
    return _page(name, body)


def _section(
    chapter: Chapter,
    before: Chapter | None,
    after: Chapter | None,
    chapters: Sequence[Chapter],
    live: bool,
) -> str:
    """The page of a section, between the one before and the one after."""
    module, name = chapter.module, title(chapter.module)
    ends = _steps(before, after)
    source = escape(inspect.getsource(module))
    file = f"demos/{SECTIONS[chapter.name]}.py"
    blocks = html([*idea(module), *chapter.page.blocks], _names(chapters))
    tries = html(["Run it with other settings, and look for the answer:", *to_try(module)])
    body = (
        f"{_bar(chapter, after, chapters)}\n<main>\n<h1>{escape(name)}</h1>\n{blocks}\n"
        f"<h2>To try next</h2>\n{_in_hands(chapter.name, live)}{tries}\n"
        f'<details class="source"><summary>The source, {file}; {chapter.measured}</summary>'
        f'<pre tabindex="0">{source}</pre></details>\n{ends}\n</main>'
    )
    return _page(name, body)


def _names(chapters: Sequence[Chapter]) -> list[str]:
    return [chapter.name for chapter in chapters]


def _bar(chapter: Chapter, after: Chapter | None, chapters: Sequence[Chapter]) -> str:
    """The bar at the top, with the list of contents at hand."""
    items = []
    for other in chapters:
        current = ' aria-current="page"' if other is chapter else ""
        name = escape(title(other.module))
        items.append(f'<li><a href="{address(other.name)}"{current}>{name}</a></li>')
    listed = f'<nav aria-label="Contents"><ol class="contents">{"".join(items)}</ol></nav>'
    following = f'<a class="next" href="{address(after.name)}">Next →</a>' if after else ""
    return (
        f'<header class="bar"><div><details><summary>Contents</summary>{listed}</details>'
        f'<a href="index.html">The lesson</a>{following}</div></header>'
    )


def _steps(before: Chapter | None, after: Chapter | None) -> str:
    """Links to the sections before and after."""
    links = []
    for chapter, words in ((before, "← {}"), (after, "{} →")):
        text = escape(words.format(title(chapter.module))) if chapter else ""
        link = f'<a href="{address(chapter.name)}">{text}</a>' if chapter else "<span></span>"
        links.append(link)
    return f'<nav class="ends" aria-label="Sections">{"".join(links)}</nav>'


def _in_hands(name: str, live: bool) -> str:
    """Where the live page has a section in the reader's hands: a link, or how to get there."""
    if name not in SCENES:
        return ""
    scene = f"scene {SCENES[name]} of the live page"
    if live:
        return (
            f'<p class="play">▶ <a href="live.html#scene-{SCENES[name]}">Try it: {scene}</a></p>\n'
        )
    command = as_run_here("python -m demos live")
    return f'<p class="play">▶ Try it: {scene}, which <code>{command}</code> writes</p>\n'


def _page(name: str, body: str) -> str:
    viewport = '<meta name="viewport" content="width=device-width, initial-scale=1">'
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">{viewport}\n'
        f"<title>{escape(name)}</title>\n<style>{css()}</style></head>\n<body>\n{body}\n"
        f"<script>{SCRIPT}</script>\n</body></html>\n"
    )
