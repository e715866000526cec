"""Formulas as MathML, from the plain notation in which they are read on a screen.

`z[l] = W[l] a[l-1] + b[l]` has indices in brackets, `x²` and `Wᵀ` have exponents, `x1` an index; a
name of several letters is a function, `√` the root of what follows it, and in a formula that stands
alone `∂C/∂a` is a fraction. So a browser typesets the same text that a terminal prints.

>>> mathml("z = w1 x")
'<math><mi>z</mi><mo>=</mo><msub><mi>w</mi><mn>1</mn></msub><mi>x</mi></math>'
"""

from __future__ import annotations

import re
from collections import deque
from html import escape
from typing import NamedTuple

RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ"
LOWERED = "₀₁₂₃₄₅₆₇₈₉₊₋ᵢⱼₖ"
PLAIN = str.maketrans(RAISED + LOWERED, "0123456789+-n" + "0123456789+-ijk")

TOKEN = re.compile(
    rf"\d+(?:[.,]\d+)*(?:e[-+]?\d+)?|[A-Za-zα-ωΑ-ΡΤ-Ωŷ]+|[{RAISED}]+|[{LOWERED}]+|\.\.\.|\S"
)
CLOSING = {"(": ")", "[": "]", "{": "}"}
CHANGES = ("∂", "Δ")


class Sign(NamedTuple):
    """A token, and whether it follows the one before it without a space."""

    text: str
    is_joined: bool


class Part(NamedTuple):
    """A piece of MathML; `is_change` for ∂ or Δ of something, as a fraction is made of."""

    xml: str
    is_change: bool = False


def mathml(source: str, alone: bool = False) -> str:
    """The formula as a `math` element; `alone` if it has a line of its own."""
    signs, end = deque[Sign](), -1
    for found in TOKEN.finditer(source):
        signs.append(Sign(found[0], found.start() == end))
        end = found.end()
    style = ' displaystyle="true"' if alone else ""
    return f"<math{style}>{_row(signs, '', alone)}</math>"


def _row(signs: deque[Sign], end: str, alone: bool) -> str:
    """All up to the sign that closes."""
    parts: list[Part] = []
    while signs and signs[0].text != end:
        if signs[0].text == "/" and alone and parts and parts[-1].is_change:
            slash = _signs(signs.popleft().text)
            below = _part(signs) if signs else Part("")
            above = parts.pop()
            if below.is_change:
                parts.append(Part(f"<mfrac>{above.xml}{below.xml}</mfrac>"))
            else:
                parts += [above, Part(slash), below]
        elif signs[0].text in "+-" and (not parts or parts[-1].xml.startswith("<mo>")):
            sign = _signs(signs.popleft().text)  # of a number, with no space behind it
            parts.append(Part(sign.replace("<mo>", '<mo form="prefix">')))
        else:
            parts.append(_part(signs))
    if signs and end:
        signs.popleft()
    return "".join([part.xml for part in parts])


def _part(signs: deque[Sign]) -> Part:
    """A number, a name, a sign, or what brackets hold, with its indices and exponents."""
    sign = signs.popleft().text
    if sign in CHANGES and signs:
        return Part(f"<mrow><mi>{sign}</mi>{_part(signs).xml}</mrow>", is_change=True)
    if sign == "√" and signs:
        return Part(f"<msqrt>{_part(signs).xml}</msqrt>")
    base, is_name = _atom(sign, signs), sign[0].isalpha()
    if signs and signs[0] == Sign("′", is_joined=True):  # a sign that is raised by itself
        signs.popleft()
        base = f'<mrow>{base}<mo lspace="0" rspace="0">′</mo></mrow>'
    lower = _lower(signs, is_name)
    upper = _upper(signs)
    if lower and upper:
        return Part(f"<msubsup>{base}{lower}{upper}</msubsup>")
    if lower:
        return Part(f"<msub>{base}{lower}</msub>")
    return Part(f"<msup>{base}{upper}</msup>" if upper else base)


def _atom(sign: str, signs: deque[Sign]) -> str:
    if sign in CLOSING:
        inside = _row(signs, CLOSING[sign], alone=False)
        return f"<mrow>{_fence(sign)}{inside}{_fence(CLOSING[sign])}</mrow>"
    if sign[0].isdecimal() or sign in "½¼":
        return f"<mn>{sign}</mn>"
    return f"<mi>{sign}</mi>" if sign[0].isalpha() and sign != "Σ" else _signs(sign)


def _signs(sign: str) -> str:
    return f"<mo>{escape(sign.replace('-', '−'))}</mo>"


def _fence(sign: str) -> str:
    return f'<mo stretchy="false">{sign}</mo>'


def _lower(signs: deque[Sign], is_name: bool) -> str:
    """What stands lower: `x1`, `xᵢ` and `a[l-1]`; "" for nothing."""
    if not signs or not signs[0].is_joined:
        return ""
    sign = signs[0].text
    if sign[0] in LOWERED:
        return _script(signs.popleft().text)
    if is_name and sign.isdecimal():
        return f"<mn>{signs.popleft().text}</mn>"
    if is_name and sign == "[":
        signs.popleft()
        return f"<mrow>{_row(signs, ']', alone=False)}</mrow>"
    return ""


def _upper(signs: deque[Sign]) -> str:
    """What stands higher: `x²` and `Wᵀ`; "" for nothing."""
    if not signs or not signs[0].is_joined:
        return ""
    sign = signs[0].text
    if sign[0] in RAISED:
        return _script(signs.popleft().text)
    if sign == "ᵀ":
        signs.popleft()
        return "<mi>T</mi>"
    if sign == "^" and len(signs) > 1:
        signs.popleft()
        return _part(signs).xml
    return ""


def _script(text: str) -> str:
    plain = text.translate(PLAIN).replace("-", "−")
    tag = "mi" if plain.isalpha() else "mn"
    return f"<{tag}>{plain}</{tag}>"
