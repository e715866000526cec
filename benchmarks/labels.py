"""Ten thousand hostile labels in every backend: output must be well-formed and do nothing.

    python -m benchmarks.labels

None of the output may run, link or load anything. Each label is made of pieces that break out of
something somewhere: markup, quotes, backslashes, Graphviz escapes, control and direction
characters, lone surrogates. Forty at a time are put in one graph, which is written as SVG by `dot`,
as DOT, as a player and a quiz, as a frame, as JSON and as a tree.
"""

from __future__ import annotations

import json
import random
import re
import tempfile
import time
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from autograd import Value
from viz import animate, draw_dot, from_json, player, quiz, scene, to_json, to_tree
from viz.motion.frames import pictures
from viz.motion.steps import passes

COUNT = 10_000
AT_ONCE = 40
PIECES = [
    *("<", ">", "&", '"', "'", "\\", "\\N", "\\G", "\n", "\r", "\t", "\x00", "\x07"),
    *("\x1b[31m", "\x7f", "\x85", "\u2028", "\u202e", "\u2066", "\ud800", "\udfff", "\ufffe"),
    *("\ufeff", "\U0001f600", "é", "א", "م", "中", "]]>", "<![CDATA[", "<!--", "-->"),
    *("</script>", "<script>alert(1)</script>", "</svg>", "</title>"),
    *("<img src=x onerror=alert(1)>", "javascript:alert(1)", "http://example.org/"),
    *("URL=", 'href="x"', "url(x)", "@import", "&lt;", "&#x41;", "&nosuch;", "{", "}", "|", "%"),
    *("$", "@SVG@", "@STEPS@", "a", "w.0", "layers.0.neurons.1.w.2"),
    *(" ", "=", ";", "->", "graph", "v0"),
]


def label(rng: random.Random) -> str:
    text = "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 8)))
    return text * 5000 if rng.random() < 0.002 else text


REFERS = ("src", "href", "xlink:href", "action", "data", "formaction", "poster")


class Page(HTMLParser):
    """The tags of a page, what it refers to, and what would run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.refers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.refers += [
            f"{tag} {name}"
            for name, _ in attrs
            if name in ("src", "href", "xlink:href", "action", "data") or name.startswith("on")
        ]


def check_svg(text: bytes | str) -> None:
    root = ElementTree.fromstring(text)
    for element in root.iter():
        tag = element.tag.rpartition("}")[2]
        assert tag in (
            "svg",
            "title",
            "desc",
            "g",
            "a",
            "path",
            "polygon",
            "polyline",
            "ellipse",
            "text",
            "style",
            "rect",
        ), tag
        for name in element.attrib:
            assert not name.endswith("href") and not name.startswith("on") and name != "src", name


def main() -> None:
    rng, start = random.Random(0), time.perf_counter()
    folder = Path(tempfile.mkdtemp())
    tags: dict[str, list[str]] = {}
    for _ in range(COUNT // AT_ONCE):
        labels = [label(rng) for _ in range(AT_ONCE)]
        root = Value(1.0, labels[0])
        for text in labels[1:]:
            root = root * Value(1.0, text)
        root.label = rng.choice(labels)
        drawing = draw_dot(
            root, theme=rng.choice(["light", "dark", "auto"]), legend=True, flows=True
        )
        drawing.source.encode()
        check_svg(drawing.pipe("svg"))
        check_svg(ElementTree.tostring(next(iter(pictures(*passes(root))))))
        check_svg(animate(root, folder / "moving.svg").read_bytes())
        for make in (player, quiz):
            text = make(root, folder / "page.html", title=rng.choice(labels)).read_text(
                encoding="utf-8"
            )
            page = Page(text)
            assert not page.refers, page.refers
            assert page.tags.count("script") == 2
            steps = re.search(r'id="steps">(.*?)</script>', text, re.S)
            assert steps, "a page without steps"
            json.loads(steps[1])
            assert set(page.tags) <= set(tags.setdefault(make.__name__, sorted(set(page.tags)))), (
                page.tags
            )
        drawn = scene(root)
        again = from_json(
            to_json(drawn)
        )  # in JSON two lone surrogates side by side are one character
        assert from_json(to_json(again)) == again and len(again.nodes) == len(drawn.nodes)
        to_tree(drawn).encode()
    print(
        f"{COUNT:,} labels in 8 backends, {time.perf_counter() - start:.0f} s: "
        "all well-formed, nothing runs, links or loads"
    )


if __name__ == "__main__":
    main()
