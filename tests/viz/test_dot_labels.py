"""Labels, which anyone may have written: text in every drawing, and never more than that."""

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from autograd import OpError, Value, add_op
from viz import draw_dot
from viz.graph.modules import module_of

from .svgs import SVG, TOOLTIP, as_seen, groups, parsed, text_of, texts

FRAGMENTS = [
    *("<b>", "</b>", "<br/>", "</TABLE>>", "<IMG SRC='x'/>", "<script>alert(1)</script>"),
    *("</script>", "<!--", "-->", "<![CDATA[", "]]>"),
    *("&", "&amp;", "&lt;", "&#1;", "&#x41;", "&nosuch;", "&quot", '"', "'"),
    *('"]; evil [URL="http://x"', "javascript:alert(1)"),
    *("\\", "\\\\", "\\N", "\\G", "\\L", "\\E", "\\T", "\\H", "\\n", "\\l", "\\r", '\\"'),
    *("\n", "\r", "\t", "\0", "\x07", "\x1b[31m", "\x7f"),
    *("\x85", "\u200b", "\u202e", "\u2066", "\u2028"),
    *("\ufeff", "\ufffe", "\uffff", "\ud800", "\udfff"),
    *("\U0001f600", "שלום", "é", "e\u0301"),
    *("{", "}", "{0}", "%s", "%", "#", "//", "/*", ";", "->", "[", "]", "=", ":", "|", "$", "`"),
    *(" ", "  ", "node", "digraph", "strict", "v0"),
]
LABELS = st.lists(
    st.sampled_from(FRAGMENTS) | st.text(st.characters(), max_size=5), max_size=6
).map("".join)

TAGS = {
    f"{SVG}{name}"
    for name in ("svg", "title", "desc", "g", "a", "path", "polygon", "polyline", "ellipse", "text")
}


def drawn_with(label):
    """A graph with that label on a leaf, in the root's formula, tooltips and the description."""
    a = Value(2.0, label)
    out = a * a
    out.backward()
    return draw_dot(out)


def test_the_tags_of_a_drawing_are_these():
    assert {e.tag for e in parsed(drawn_with("a")).iter()} <= TAGS


@given(LABELS)
@example("<b>bold</b>")
@example("a & b &amp; c")
@example("<script>alert(1)</script>")
@example("]")  # V1: Graphviz 2.42 refused a label that is a ] alone
@example("a]]>b")
@example("\\N")
@example("C:\\Users\\E")
@example("\\\\")
@example('"quoted" and \\"escaped\\"')
@example("javascript:alert(1)")
@example("\u202eright to left\u202c")
@example("\ud800")
@example("\0\x01\x1f\x7f\x9f")
@example("new\nline")
@example("<" * 20_000)
def test_any_label_is_drawn_as_text(label):
    svg = parsed(drawn_with(label))
    elements = list(svg.iter())
    assert {e.tag for e in elements} <= TAGS
    assert not [
        name
        for e in elements
        for name in e.attrib
        if name.endswith("href") or name.startswith("on")
    ]
    assert (len(groups(svg, "value")), len(groups(svg, "op")), len(groups(svg, "slope"))) == (
        2,
        1,
        2,
    )
    if label.isprintable() and len(label) <= 40 and not module_of(label):
        assert as_seen(label) in text_of(svg)


@pytest.mark.parametrize(
    "label", ["a < b & c", "&amp;", "\\N", "C:\\Users\\E", "a\\", '"', "%s", "→"]
)
def test_a_tooltip_shows_the_label_as_text(label):
    tooltips = [as_seen(a.get(TOOLTIP)) for a in parsed(drawn_with(label)).iter(f"{SVG}a")]
    assert f"{label}: data 2.0, grad 4.0" in tooltips


def skeleton(source):
    """DOT text without the insides of its strings, and those of its HTML-like strings: cards."""
    out, cards, i = [], [], 0
    while i < len(source):
        start = i
        if source[i] == '"':
            i += 1
            while source[i] != '"':
                i += 2 if source[i] == "\\" else 1
            out.append('""')
        elif source[i] == "<":
            depth = 1
            while depth:
                i += 1
                depth += (source[i] == "<") - (source[i] == ">")
            cards.append(source[start + 1 : i])
            out.append("<>")
        else:
            out.append(source[i])
        i += 1
    return "".join(out), cards


@pytest.mark.slow
@settings(max_examples=5 * settings().max_examples)  # no dot runs here
@given(LABELS | st.text(st.characters(), max_size=60))
@example("<" * 20_000)
def test_no_label_breaks_out_of_its_string(label):
    assume(not module_of(label))  # such as a.b, which is b in a box called a
    source = drawn_with(label).source
    outline, cards = skeleton(source)
    assert (
        outline
        == skeleton(drawn_with("x" if label.lower().startswith(("x", "y")) else "a").source)[0]
    )
    assert source.encode().decode() == source
    assert not [c for c in source if ord(c) < 32 and c not in "\n\t"]
    titles = ["".join(ElementTree.fromstring(card).find(".//B").itertext()) for card in cards[:1]]
    if label.isprintable() and 0 < len(label) <= 40:
        assert [as_seen(title) for title in titles] == [as_seen(label)]


def test_a_long_label_ends_in_an_ellipsis():
    assert texts(parsed(draw_dot(Value(1.0, "l" * 20_000))))[0] == "l" * 39 + "…"
    assert texts(parsed(draw_dot(Value(1.0, "l" * 40))))[0] == "l" * 40


def test_a_label_in_the_description_is_text():
    assert (
        "Computation graph of <b>&amp;\ufffd</b> = "
        in parsed(draw_dot(Value(1.0, "<b>&amp;\0</b>")))[1].text
    )


@pytest.mark.parametrize(
    "glyph", ["<b>", "&amp;", "\\N", '"', "a\\", "\n", "\x01", "\ud800", "g" * 50]
)
def test_any_glyph_of_an_op_of_ones_own_is_drawn_or_refused(glyph):
    try:
        op = add_op("mine", lambda x: x, (1.0,), glyph=glyph)
    except OpError:
        return
    svg = parsed(draw_dot(op(Value(1.0, "a"))))
    written = texts(groups(svg, "op")[0])
    if glyph.isprintable():
        assert written == [glyph]
