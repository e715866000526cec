"""Numbers as text, gradients as colours: readable in print, in the dark, to colour-blind eyes."""

import math
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz import style
from viz.style import Scale

from .sight import ciede2000, difference, lab

FINITE = st.floats(allow_nan=False, allow_infinity=False)
ANY = st.floats()


# The measures themselves.


def test_the_contrast_of_black_on_white_is_21(contrast):
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [  # from the table of Sharma, Wu and Dalal (2005): pairs 1, 7, 14, 17, 21, 25 and 34
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 0, 0), (50, -1, 2), 2.3669),
        ((50, -0.001, 2.49), (50, 0.0011, -2.49), 4.7461),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (50, 3.1736, 0.5854), 1.0),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_the_distance_of_colours_is_that_of_the_published_pairs(one, other, distance):
    assert ciede2000(one, other) == pytest.approx(distance, abs=1e-4)


def test_white_is_white_to_every_eye():
    for sight in ("full", "protan", "deutan", "tritan", "grey"):
        assert lab("#FFFFFF", sight) == pytest.approx((100, 0, 0), abs=0.02)


# Numbers.


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1.0000"),
        (-2.5, "−2.5000"),
        (0.001, "0.001000"),
        (0.0123456, "0.01235"),
        (0.00099, "9.900e−04"),
        (9999.0, "9999.0000"),
        (10000.0, "1.000e+04"),
        (-1e300, "−1.000e+300"),
        (5e-324, "4.941e−324"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (math.nan, "nan"),
    ],
)
def test_number(x, text):
    assert style.number(x) == text


@given(FINITE)
def test_a_number_is_short_and_near_the_truth(x):
    text = style.number(x)
    assert len(text) <= len("-10000.0000")
    apart = abs(Fraction(style.typed(text)) - Fraction(x))
    assert apart <= max(
        Fraction(5, 1000) * abs(Fraction(x)), Fraction(5, 100_000) * (abs(x) >= 1e-3)
    )


@pytest.mark.parametrize(
    ("x", "text"),
    [
        (-3.0, "×−3"),
        (0.0, "×0"),
        (-0.0, "×0"),
        (0.41997434, "×0.42"),
        (12345.0, "×1.234e+04"),
        (1e-9, "×1e−09"),
        (math.inf, "×inf"),
        (-math.inf, "×−inf"),
        (math.nan, "×nan"),
    ],
)
def test_slope(x, text):
    assert style.slope(x) == text


@given(FINITE)
def test_a_slope_is_true_to_four_digits(x):
    text = style.typed(style.slope(x).removeprefix("×"))
    assert abs(Fraction(text) - Fraction(x)) <= Fraction(5, 10_000) * abs(Fraction(x))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("-3 * 2 = -6", "−3 * 2 = −6"),
        ("5 - 3", "5 − 3"),
        ("a - b", "a − b"),
        ("(-0.5)", "(−0.5)"),
        ("1e-09 and -1.5e-3", "1e−09 and −1.5e−3"),
        ("-inf", "−inf"),
        ("x-1 of step-size, 2026-11-27, e-mail", "x-1 of step-size, 2026-11-27, e-mail"),
        ("-a", "-a"),
    ],
)
def test_signs_of_numbers_are_minus_signs_and_hyphens_of_words_stay(text, shown):
    assert style.minus(text) == shown


@given(FINITE)
def test_a_number_copied_from_a_drawing_can_be_typed(x):
    assert float(style.typed(style.minus(repr(x)))) == x


# Scales.


@given(ANY, st.lists(st.none() | ANY))
def test_strength_lies_between_0_and_1(x, values):
    for scale in (Scale.of(values), Scale.linear(values)):
        assert 0 <= scale.strength(x) <= 1
        assert 0 <= scale.shade(x) < style.SHADES


@given(FINITE, FINITE, st.lists(FINITE))
def test_strength_grows_with_size_whatever_the_sign(x, y, values):
    for scale in (Scale.of(values), Scale.linear(values)):
        assert scale.strength(x) == scale.strength(-x)
        if abs(x) <= abs(y):
            assert scale.strength(x) <= scale.strength(y)


@pytest.mark.parametrize("largest", [1e-200, 1.0, 1e200])
def test_activations_are_on_a_linear_scale(largest):
    scale = Scale.linear([largest, -largest / 3])
    strengths = [scale.strength(share * largest) for share in (0, 0.25, -0.5, 1, 2)]
    assert strengths == pytest.approx([0, 0.25, 0.5, 1, 1])


@pytest.mark.parametrize("largest", [1e-200, 1.0, 1e200])
@pytest.mark.parametrize("decades", [1, 3, 9])
def test_the_scale_of_gradients_is_as_wide_as_the_gradients_and_not_three_decades(largest, decades):
    sizes = [largest * 10.0**-k for k in range(decades + 1)]
    scale = Scale.of([*sizes, 0.0, None, math.nan, math.inf])
    assert scale.decades == decades
    wanted = [1 - k / decades for k in range(decades + 1)]
    assert [scale.strength(-size) for size in sizes] == pytest.approx(wanted, abs=1e-9)


def test_gradients_that_vanish_over_nine_decades_have_all_shades():
    sizes = [10.0**-k for k in range(9)]
    scale = Scale.of(sizes)
    assert {scale.shade(size) for size in sizes} == set(range(style.SHADES))


def test_gradients_of_one_size_are_all_of_the_deepest_shade():
    scale = Scale.of([0.5, -0.5])
    assert (scale.decades, scale.shade(0.5)) == (1, style.SHADES - 1)


def test_rounding_does_not_stretch_a_scale():
    assert Scale.of([1.0, 0.1, 1e-17]).decades == 1
    assert Scale.of([1.0, 0.1, 1e-15]).decades == 15


def test_strength_of_what_is_not_a_number_is_full():
    assert [Scale(1.0, 3).strength(x) for x in (math.inf, -math.inf, math.nan)] == [1, 1, 1]


def test_nothing_has_no_strength():
    for scale in (Scale.of([]), Scale.linear([0.0, None])):
        assert (scale.strength(1.0), scale.shade(5.0)) == (0.0, 0)


def test_shades_lie_between_their_bounds():
    for scale in (Scale(8.0), Scale(8.0, 4)):
        for i, (low, high) in enumerate(pairwise(scale.bounds)):
            assert scale.shade((low + high) / 2) == i


# Colours.

THEMES = pytest.mark.parametrize("theme", [style.LIGHT, style.DARK], ids=["light", "dark"])
FILLS = pytest.mark.parametrize("fills", ["positive_fills", "negative_fills"])
ONE = Scale(1.0)


@THEMES
@pytest.mark.parametrize("nothing", [None, 0.0, -0.0, math.nan])
def test_no_gradient_is_filled_neutral(theme, nothing):
    assert theme.fill(nothing, ONE) == theme.neutral


@THEMES
@given(grad=FINITE.filter(bool))
def test_positive_is_bluer_and_negative_is_redder(theme, grad):
    fill = theme.fill(grad, Scale.of([grad]))
    red, _, blue = [int(fill[i : i + 2], 16) for i in (1, 3, 5)]
    assert (blue > red) is (grad > 0)


@THEMES
def test_a_larger_gradient_is_filled_deeper(theme, contrast):
    scale = Scale.of([1.0, 0.001])
    for sign in (1, -1):
        fills = [theme.fill(sign * size, scale) for size in (0.001, 0.01, 0.1, 1.0)]
        depths = [contrast(fill, theme.background) for fill in fills]
        assert depths == sorted(set(depths))


@THEMES
@FILLS
def test_neighbouring_shades_are_8_apart_in_ciede2000(theme, fills):
    ladder = [theme.neutral, *getattr(theme, fills)]
    assert len(ladder) == style.SHADES + 1
    assert min(difference(one, other) for one, other in pairwise(ladder)) >= 8


@THEMES
@pytest.mark.parametrize("sight", ["full", "protan", "deutan", "tritan"])
def test_blue_and_orange_stay_apart_to_colour_blind_eyes(theme, sight):
    least = {"full": 15, "protan": 15, "deutan": 15, "tritan": 10}[sight]
    for blue, orange in product(theme.positive_fills, theme.negative_fills):
        assert difference(blue, orange, sight) >= least
    assert difference(theme.positive, theme.negative, sight) >= 25


@THEMES
def test_colour_alone_would_not_tell_the_signs_apart_in_greyscale_so_outlines_do(theme):
    pairs = zip(theme.positive_fills, theme.negative_fills)
    assert min(difference(blue, orange, "grey") for blue, orange in pairs) < 8
    assert [style.stroke(x) for x in (-1.0, -math.inf, -5e-324)] == ["dashed"] * 3
    assert [style.stroke(x) for x in (1.0, 0.0, -0.0, None, math.nan)] == ["solid"] * 5


@THEMES
@FILLS
def test_deeper_shades_are_deeper_in_greyscale(theme, fills):
    away = 1 if theme is style.DARK else -1
    ladder = [theme.neutral, *getattr(theme, fills)]
    lightness = [lab(fill, "grey")[0] for fill in ladder]
    assert all(away * (other - one) > 1 for one, other in pairwise(lightness))


@THEMES
@pytest.mark.parametrize("sight", ["full", "deutan"])
def test_what_is_wrong_or_highlighted_does_not_look_like_a_sign(theme, sight):
    least = {"full": 20, "deutan": 10}[sight]
    for special, sign in product((theme.wrong, theme.highlight), (theme.positive, theme.negative)):
        assert difference(special, sign, sight) >= least
    assert difference(theme.wrong, theme.highlight, sight) >= 20


@THEMES
def test_text_has_contrast_wherever_it_stands(theme, contrast):
    fills = (*theme.positive_fills, *theme.negative_fills, theme.neutral, theme.background)
    for fill in fills:
        assert contrast(theme.text, fill) >= 4.5
    signs = (theme.positive, theme.negative, theme.wrong, theme.highlight)
    for colour in (theme.quiet, theme.operator, *signs):
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
    [
        (2.0, "positive"),
        (-2.0, "negative"),
        (0.0, "line"),
        (math.inf, "wrong"),
        (-math.inf, "wrong"),
        (math.nan, "wrong"),
    ],
)
def test_lines_are_coloured_by_sign(theme, slope, colour):
    assert theme.line_colour(slope) == getattr(theme, colour)


@THEMES
def test_no_two_roles_share_a_colour_so_that_one_theme_can_turn_into_the_other(theme):
    colours = theme.colours()
    assert len(set(colours)) == len(colours) == len(style.LIGHT.colours())


def test_rules_for_dark_pages_can_be_kept_within_one_drawing():
    everywhere = style.dark_rules(style.LIGHT, style.DARK)
    within = style.dark_rules(style.LIGHT, style.DARK, "#one")
    body = within.removeprefix("@media (prefers-color-scheme:dark){").removesuffix("}")
    rules = [rule for rule in body.split("}") if rule]
    assert all(rule.startswith("#one ") for rule in rules)
    assert within.replace("#one ", "") == everywhere


def test_there_is_one_type_family():
    assert not hasattr(style, "MONOSPACE")
