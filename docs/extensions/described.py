"""Pictures in the output of cells: described in words, in their own size, and open in full.

A drawing of the library carries a title and a description for screen readers. In a page it is an
image, whose contents such a reader does not see; so its words become the text of the image.
"""

import html
import re
from pathlib import Path

from docutils import nodes

WORDS = [re.compile(rf"<{tag}\b[^>]*>(.*?)</{tag}>", re.S) for tag in ("desc", "title")]
WIDTH = re.compile(r"<svg\b[^>]*?\bwidth=\"([\d.]+)(pt|px)?\"", re.S)


def words(svg, default):
    """The description in an SVG, or its title.

    >>> words("<svg><title>Two</title><desc></desc></svg>", ""), words("<svg/>", "a plot")
    ('Two', 'a plot')
    """
    for pattern in WORDS:
        found = pattern.search(svg)
        if found and found[1].strip():
            return html.unescape(" ".join(found[1].split()))
    return default


def describe(app, doctree):
    for image in doctree.findall(nodes.image):
        path = Path(app.srcdir, image.get("uri", ""))
        if path.suffix == ".svg" and "jupyter_execute" in path.parts:
            svg = path.read_text(encoding="utf-8")
            image["alt"] = words(svg, "The output of the cell above, as a picture")
            width = WIDTH.search(svg)
            if width:  # with a width, Sphinx makes the image a link to itself
                image["width"] = f"{width[1]}{width[2] or 'px'}"


def setup(app):
    app.connect("doctree-read", describe)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
