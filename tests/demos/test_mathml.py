"""Formulas of the lesson as MathML: well-formed, and what they say."""

from xml.etree import ElementTree

import pytest

from demos import SECTIONS, section
from demos.blocks import Formulas, on_screen
from demos.html import html, prose
from demos.mathml import mathml


@pytest.mark.parametrize(
    ("source", "inside"),
    [
        ("x1", "<msub><mi>x</mi><mn>1</mn></msub>"),
        ("Σⱼ wᵢⱼ", "<msub><mo>Σ</mo><mi>j</mi></msub><msub><mi>w</mi><mi>ij</mi></msub>"),
        ("10⁻³", "<msup><mn>10</mn><mn>−3</mn></msup>"),
        ("a[l-1]", "<msub><mi>a</mi><mrow><mi>l</mi><mo>−</mo><mn>1</mn></mrow></msub>"),
        ("√n", "<msqrt><mi>n</mi></msqrt>"),
        ("a < b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        ("= -1", '<mo>=</mo><mo form="prefix">−</mo><mn>1</mn>'),
        ("Wᵀ", "<msup><mi>W</mi><mi>T</mi></msup>"),
        ("f′", '<mrow><mi>f</mi><mo lspace="0" rspace="0">′</mo></mrow>'),
    ],
)
def test_a_piece_of_formula(source, inside):
    assert mathml(source) == f"<math>{inside}</math>"


def test_a_fraction_stands_over_its_line_where_the_formula_stands_alone():
    assert "<mfrac>" in mathml("∂C/∂a = 1", alone=True)
    assert "<mfrac>" not in mathml("∂C/∂a = 1") and "<mfrac>" not in mathml("a/b", alone=True)


@pytest.mark.parametrize("source", ["", "(", "a[", "√", "x^", "∂", "∂a/", "/", ")", "[]", "′", "ᵀ"])
def test_what_is_no_formula_is_still_well_formed(source):
    ElementTree.fromstring(mathml(source, alone=True))


def test_every_formula_of_the_ideas_is_well_formed_and_reads_on_a_screen():
    for name in SECTIONS:
        module = section(name)
        text = module.__doc__ or ""
        assert text.count("$") % 2 == 0, name
        ElementTree.fromstring(f"<p>{prose(text)}</p>")
        assert "$" not in on_screen(text)


def test_formulas_in_lines_have_their_remarks_beside_them():
    page = html([Formulas("z = w x   = 6   the sum\na = f(z)")])
    rows = ElementTree.fromstring(page).findall(".//tr")
    assert [len(row.findall("td")) for row in rows] == [3, 2]
    assert rows[0].findall("td")[-1].text == "the sum"
