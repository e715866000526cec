"""After a build: no link within the site is dead, and no page asks a network for anything."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.errors import ExtensionError

LOADED = {("script", "src"), ("img", "src"), ("link", "href"), ("iframe", "src"), ("source", "src")}
"""What a browser fetches by itself, in contrast to a link that a reader follows."""


class Page(HTMLParser):
    """The ids of a page, and what it refers to: (tag, attribute, address)."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.references = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        for name, value in attributes:
            if name in ("id", "name") and value:
                self.ids.add(value)
            if name in ("href", "src") and value:
                self.references.append((tag, name, value))


def faults(folder):
    """Every dead link and every request, in words."""
    paths = [path for path in folder.rglob("*.html") if "lesson" not in path.parts]
    pages = {path.resolve(): Page(path.read_text(encoding="utf-8")) for path in paths}
    for path, page in pages.items():
        for tag, attribute, address in page.references:
            wrong = fault(path, pages, tag, attribute, address)
            if wrong:
                yield f"{path.relative_to(folder.resolve())}: {address} {wrong}"


def fault(path, pages, tag, attribute, address):
    """What is wrong with one reference, or nothing."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        fetched = (tag, attribute) in LOADED and parts.scheme != "data"
        return "is fetched from a network" if fetched else ""
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.exists():
        return "is not there"
    if parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
        return "names no place on that page"
    return ""


def check(app, error):
    if error is None and app.builder.name == "html":
        found = sorted(set(faults(Path(app.outdir))))
        if found:
            raise ExtensionError("the site is not closed:\n" + "\n".join(found))


def setup(app):
    app.connect("build-finished", check, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
