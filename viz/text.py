"""Labels are hostile until escaped.

Whatever they contain is shown as text, in every place where Graphviz reads text.
"""

from __future__ import annotations

import html
import re

import graphviz

# Control characters, line and paragraph separators, marks that reverse the direction of text,
# halves of surrogate pairs, and anything that is not a character in XML.
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def printable(text: str, limit: int) -> str:
    """`text` as one line that any XML may contain; if it is too long, it ends in an ellipsis.

    >>> printable("a\\x00b", 10), printable("abcdef", 4)
    ('a\ufffdb', 'abc…')
    """
    text = _UNPRINTABLE.sub("\ufffd", text[: limit + 1])
    return text if len(text) <= limit else text[: limit - 1] + "…"


NARROW = frozenset(" .,|!:;'\"ijlt[]I/f")
BROAD = frozenset("mwMW—%@→←∂")
SIGNS = frozenset("×=+−<>≥≤")


def text_width(text: str, size: float) -> float:
    """How wide a text is in Arial, or in a wider substitute; an estimate on the wide side.

    >>> round(text_width("1 × 2 = 2", 10), 1), round(text_width("mill", 10), 1)
    (50.4, 20.4)
    """
    return size * sum(map(_em, text))


def _em(letter: str) -> float:
    """The width of a character for each unit of size."""
    if letter in NARROW:
        return 0.36
    if letter in "-()r":
        return 0.41
    if letter in SIGNS:
        return 0.84
    if letter in BROAD:
        return 0.96
    return 0.74 if letter.isupper() else 0.64


def markup(text: str, limit: int = 40) -> str:
    """Text inside an HTML-like label.

    >>> markup("x[0] < 1")
    'x[0&#93; &lt; 1'
    """
    # A ] may be the start of ]]>, so expat waits for what follows. Graphviz 2.42, as Debian ships
    # it, takes this for the end and refuses a text of just ]; a reference is read at once.
    return _unescaped(html.escape(printable(text, limit)).replace("]", "&#93;"))


def plain(text: str) -> str:
    """A string attribute that Graphviz shows verbatim: no markup, no escapes, no entities."""
    escaped: str = graphviz.escape(_unescaped(printable(text, 500)).replace("&", "&amp;"))
    return escaped


def _unescaped(text: str) -> str:
    # Graphviz replaces \N, \G, \L and the like wherever it meets them, in cards too, and has no
    # quoting that works everywhere. An invisible word joiner after the backslash prevents it.
    return text.replace("\\", "\\\u2060")
