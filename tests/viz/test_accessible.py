"""The documentation and the lesson break no rule of WCAG AA, in light and dark, wide and narrow.

They are built before, and `GLASSGRAD_PAGES` says where: folders, separated as those of PATH are.
"""

import os
from pathlib import Path

import pytest

from . import browsers
from .test_live import AXE

FOLDERS = list(filter(None, os.environ.get("GLASSGRAD_PAGES", "").split(os.pathsep)))

WIDER = """
return [document.documentElement.scrollWidth, innerWidth]"""


def pages():
    """Every page, but those that are applications: the players and the live page."""
    for folder in FOLDERS:
        for path in sorted(Path(folder).resolve().rglob("*.html")):
            is_own = path.name in ("live.html", "search.html") or path.stem.endswith("player")
            if not is_own and "_static" not in path.parts:
                yield path


@pytest.mark.skipif(not FOLDERS, reason="GLASSGRAD_PAGES names no folder of pages")
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule_of_wcag_aa_or_is_wider_than_its_window(packages, width, theme):
    axe = (packages / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found, count = {}, 0
    with browsers.chromium() as browser:
        browser.size(width, 900)
        browser.prefer(theme)
        for path in pages():
            browser.open(path.as_uri())
            browser.inject(axe)
            wide, window = browser.run(WIDER)
            broken = browser.run(AXE) + ([f"{wide} pixels wide"] if wide > window else [])
            if broken:
                found[path.name] = broken
            count += 1
    assert count > 5 and not found
