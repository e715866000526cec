"""Players as their tests read them: a neuron, what a page holds, what a picture shows."""

import html.parser
import json
import re

from autograd import Value

SVG = "{http://www.w3.org/2000/svg}"


def neuron():
    w, x, b, a = Value(-3.0, "w"), Value(2.0, "x"), Value(6.5, "b"), Value(3.0, "a")
    out = (w * x + b).tanh() * a + a
    out.label = "out"
    return out


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.scripts, self.text = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [
            value
            for name, value in attrs
            if name in ("src", "href", "xlink:href", "action", "data")
        ]
        self.scripts += [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, text):
        self.text.append(text)


def page(path):
    return Page(path.read_text(encoding="utf-8"))


def content(page):
    return json.loads(
        re.search(r'id="steps">(.*?)</script>', page.read_text(encoding="utf-8"), re.S).group(1)
    )


def shown(svg):
    return ["".join(text.itertext()).strip() for text in svg.iter(f"{SVG}text")]
