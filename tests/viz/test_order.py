"""Naive recursion beside topological order: where it is wrong, and where it happens to be right."""

import math
import re
from xml.etree import ElementTree

import pytest

from autograd import Value, where
from viz.motion.order import compare_orders, naive, side_by_side
from viz.motion.steps import passes

SVG = "{http://www.w3.org/2000/svg}"


def doubled(times):
    x = Value(3.0, "a")
    for _ in range(times):
        x = x + x
    return x


def grads(scene):
    return [node.grad for node in scene.nodes]


def test_where_no_paths_meet_naive_recursion_is_right():
    root = (Value(2.0, "a") * Value(3.0, "b") + 1).tanh()
    drawn, steps = naive(root)
    assert grads(drawn) == grads(passes(root)[0])
    assert [node.mark for node in drawn.nodes] == [""] * len(drawn.nodes)
    assert not any("should be" in step.text for step in steps)
    assert steps[-1].text == "Done: on this graph naive recursion gives the right gradients."


@pytest.mark.parametrize(("times", "wrong"), [(2, 6.0), (3, 26.0)])
def test_where_paths_meet_it_hands_on_the_same_share_again_and_says_what_is_right(times, wrong):
    drawn, steps = naive(doubled(times))
    assert drawn.nodes[0].grad == wrong
    assert drawn.nodes[0].mark == f"should be {2**times}"
    assert steps[-1].text.startswith(f"Done: the grad of a is {wrong:g}, should be {2**times}")


def test_its_steps_double_with_every_meeting_so_there_is_a_limit():
    with pytest.raises(
        ValueError,
        match="naive recursion takes more than 500 steps on this graph: use a smaller one",
    ):
        naive(doubled(10))


def test_the_frames_show_both_and_end_with_the_wrong_and_the_right_gradient(tmp_path):
    paths = compare_orders(doubled(2), tmp_path)
    assert [path.name for path in paths] == [f"{i:03}.svg" for i in range(11)]
    last = ElementTree.parse(paths[-1]).getroot()
    words = ["".join(text.itertext()) for text in last.iter(f"{SVG}text")]
    assert {
        "Naive recursion",
        "Reverse topological order",
        "6.0000",
        "4.0000",
        "should be 4",
    } <= set(words)
    assert [element.get("id") for element in last.iter() if element.get("id")] == [last.get("id")]


def test_with_the_automatic_theme_one_rule_turns_all_of_the_sheet_dark():
    last = ElementTree.fromstring(compare_orders(doubled(2), theme="auto")[-1].content)
    (rules,) = last.iter(f"{SVG}style")
    selectors = [part for part in rules.text.split("{") if "[fill=" in part]
    assert selectors
    assert all(f"#{last.get('id')} [fill=" in part for part in selectors)


# B7: the two drawings were always side by side, the first gave its end away, and only the longer
# pass had a caption.


def places(picture):
    """Where the two drawings stand on their sheet: left and top."""
    inner = ElementTree.fromstring(picture.content).findall(f"{SVG}svg")
    return [(float(part.get("x")), float(part.get("y"))) for part in inner]


def test_drawings_that_were_always_side_by_side_stand_so_only_where_they_are_larger():
    (left, top), (right, below) = places(compare_orders(doubled(2))[0])
    assert left == right and top < below
    assert side_by_side([(0, 0, 300, 600)] * 2)
    assert not side_by_side([(0, 0, 900, 200)] * 2)


def outlines(picture):
    """The heights of the cards called a, of both drawings."""
    found = []
    for group in ElementTree.fromstring(picture.content).iter(f"{SVG}g"):
        words = [text.text for text in group.findall(f".//{SVG}text")]
        if "value" in group.get("class", "").split() and words[0] == "a":
            d = group.find(f".//{SVG}path").get("d")
            ys = [float(y) for y in re.findall(r",(-?[\d.]+)", d)]
            found.append(max(ys) - min(ys))
    return found


def test_a_card_that_had_an_empty_place_for_what_should_be_has_none_until_it_is_said():
    strip = compare_orders(doubled(2))
    for picture in strip[:-1]:
        naive_card, right_card = outlines(picture)
        assert naive_card == pytest.approx(right_card, abs=3)
    naive_card, right_card = outlines(strip[-1])
    assert naive_card > right_card + 10


def test_a_caption_that_was_that_of_the_longer_pass_is_that_of_both():
    strip = compare_orders(doubled(2))
    wrong, right = naive(doubled(2))[1], passes(doubled(2))[1]
    for i, picture in enumerate(strip):
        first, second = picture.title.split(" | ")
        assert first == f"Naive recursion: {wrong[min(i, len(wrong) - 1)].text}"
        assert second == f"Reverse topological order: {right[min(i, len(right) - 1)].text}"


def test_any_small_graph_can_be_compared(tmp_path):
    x = Value(1.0, "x")
    assert len(compare_orders((x * x) * x, tmp_path)) > 5


def test_sums_in_another_order_differ_by_rounding_and_are_not_called_wrong():
    x = Value(0.1, "x")
    root = x * 0.1 + x * 0.2 + x * 0.7
    drawn, steps = naive(root)
    assert grads(drawn)[0] != grads(passes(root)[0])[0]
    assert grads(drawn)[0] == pytest.approx(grads(passes(root)[0])[0], rel=1e-12)
    assert {node.mark for node in drawn.nodes} == {""}
    assert "should be" not in steps[-1].text


def test_a_gradient_of_nan_in_both_is_not_called_wrong():
    a = Value(0.0, "a")
    drawn, steps = naive(a.sqrt() * Value(0.0, "b"))
    assert math.isnan(grads(drawn)[0])
    assert {node.mark for node in drawn.nodes} == {""}
    assert "should be" not in steps[-1].text


def test_over_a_switch_that_is_off_naive_recursion_hands_on_nothing_either():
    x = Value(0.0, "x")
    root = where(0.0, x.sqrt(), x * 3)
    drawn, _ = naive(root)
    assert grads(drawn)[1] == grads(passes(root)[0])[1] == 3.0
    assert {node.mark for node in drawn.nodes} == {""}


def test_only_the_last_frame_says_what_should_be(tmp_path):
    pages = [ElementTree.parse(path).getroot() for path in compare_orders(doubled(3), tmp_path)]
    said = [" ".join(page.itertext()).count("should be") for page in pages]
    assert said[:-1] == [0] * (len(said) - 1)
    assert said[-1] == 4  # on two cards, and of both in the sentence
