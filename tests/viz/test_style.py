"""Numbers as text, gradients as colours: readable in print, in the dark, and to colour-blind eyes."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz import style

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.floats()


def test_the_contrast_of_black_on_white_is_21(contrast):
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1.0000"),
        (-2.5, "-2.5000"),
        (0.001, "0.001000"),
        (0.0123456, "0.01235"),
        (0.00099, "9.900e-04"),
        (9999.0, "9999.0000"),
        (10000.0, "1.000e+04"),
        (-1e300, "-1.000e+300"),
        (5e-324, "4.941e-324"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
        (math.nan, "nan"),
    ],
)
def test_number(x, text):
    assert style.number(x) == text


@given(FINITE)
def test_a_number_is_short_and_near_the_truth(x):
    text = style.number(x)
    assert len(text) <= len("-10000.0000")
    assert abs(Fraction(text) - Fraction(x)) <= max(Fraction(5, 1000) * abs(Fraction(x)), Fraction(5, 100_000) * (abs(x) >= 1e-3))


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (-3.0, "×-3"),
        (0.0, "×0"),
        (-0.0, "×0"),
        (0.41997434, "×0.42"),
        (12345.0, "×1.234e+04"),
        (math.inf, "×inf"),
        (-math.inf, "×-inf"),
        (math.nan, "×nan"),
    ],
)
def test_slope(x, text):
    assert style.slope(x) == text


@given(FINITE)
def test_a_slope_is_true_to_four_digits(x):
    assert abs(Fraction(style.slope(x).removeprefix("×")) - Fraction(x)) <= Fraction(5, 10_000) * abs(Fraction(x))


@given(ANY, FINITE.map(abs))
def test_strength_lies_between_0_and_1(x, largest):
    assert 0 <= style.strength(x, largest) <= 1


@given(FINITE, FINITE, FINITE.map(abs))
def test_strength_grows_with_size_whatever_the_sign(x, y, largest):
    assert style.strength(x, largest) == style.strength(-x, largest)
    if abs(x) <= abs(y):
        assert style.strength(x, largest) <= style.strength(y, largest)


@pytest.mark.parametrize("largest", [1e-200, 1.0, 1e200])
def test_strength_falls_by_a_third_for_each_power_of_ten(largest):
    strengths = [style.strength(largest * 10.0**-decade, largest) for decade in range(5)]
    assert strengths == pytest.approx([1, 2 / 3, 1 / 3, 0, 0], abs=1e-12)


def test_strength_of_what_is_not_a_number_is_full():
    assert [style.strength(x, 1.0) for x in (math.inf, -math.inf, math.nan)] == [1, 1, 1]


THEMES = pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])


@THEMES
@pytest.mark.parametrize("nothing", [None, 0.0, -0.0, math.nan])
def test_no_gradient_is_filled_neutral(theme, nothing):
    assert theme.fill(nothing, 1.0) == theme.neutral


@THEMES
@given(grad=FINITE.filter(bool))
def test_positive_is_bluer_and_negative_is_redder(theme, grad):
    red, _, blue = [int(theme.fill(grad, abs(grad))[i : i + 2], 16) for i in (1, 3, 5)]
    assert (blue > red) is (grad > 0)


@THEMES
def test_a_larger_gradient_is_filled_deeper(theme, contrast):
    for sign in (1, -1):
        contrasts = [contrast(theme.fill(sign * size, 1.0), theme.background) for size in (0.001, 0.01, 0.1, 1.0)]
        assert contrasts == sorted(set(contrasts))


@THEMES
def test_text_has_contrast_wherever_it_stands(theme, contrast):
    for fill in (*theme.positive_fills, *theme.negative_fills, theme.neutral, theme.background):
        assert contrast(theme.text, fill) >= 4.5
    for colour in (theme.quiet, theme.operator, theme.positive, theme.negative, theme.wrong, theme.highlight):
        assert contrast(colour, theme.background) >= 4.5
    assert contrast(theme.operator_text, theme.operator) >= 4.5
    assert contrast(theme.quiet, theme.neutral) >= 4.5


@THEMES
def test_lines_have_contrast_on_the_background(theme, contrast):
    for colour in (theme.line, theme.positive, theme.negative, theme.wrong, theme.highlight):
        assert contrast(colour, theme.background) >= 3


@THEMES
@pytest.mark.parametrize(
    ("slope", "colour"),
    [(2.0, "positive"), (-2.0, "negative"), (0.0, "line"), (math.inf, "wrong"), (-math.inf, "wrong"), (math.nan, "wrong")],
)
def test_lines_are_coloured_by_sign(theme, slope, colour):
    assert theme.line_colour(slope) == getattr(theme, colour)


@THEMES
def test_no_two_roles_share_a_colour_so_that_one_theme_can_turn_into_the_other(theme):
    assert len(set(theme.colours())) == len(theme.colours()) == len(style.LIGHT.colours())
