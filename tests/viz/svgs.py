"""Drawings as their tests read them: a neuron, and the groups and texts of an SVG."""

import xml.etree.ElementTree as ElementTree

from autograd import Value

SVG = "{http://www.w3.org/2000/svg}"


TOOLTIP = "{http://www.w3.org/1999/xlink}title"


def neuron():
    w, x, b = Value(-3.0, "w"), Value(2.0, "x"), Value(5.5, "b")
    out = (w * x + b).tanh()
    out.backward()
    return out


def parsed(drawing):
    return ElementTree.fromstring(drawing.pipe("svg"))


def as_seen(text):
    """Runs of spaces are drawn as no-break spaces, and a word joiner has no width."""
    return text.replace("\xa0", " ").replace("\u2060", "")


def text_of(element):
    """All that is written in the drawing."""
    return as_seen("".join("".join(text.itertext()) for text in element.iter(f"{SVG}text")))


def texts(element):
    return [as_seen("".join(text.itertext())).strip() for text in element.iter(f"{SVG}text")]


def groups(svg, kind):
    return [g for g in svg.iter(f"{SVG}g") if kind in g.get("class", "").split()]
