"""Quizzes in a real browser: what they ask, how they judge, and what they do not give away."""

import re

import pytest

from autograd import CONST, Value, topological_order
from autograd.graph import pullback
from viz import quiz
from viz.motion.steps import passes
from viz.style import LIGHT, number, slope

from .viewer import IDS, NARROW, SLOPES, Keys, answer, mlp, neuron


def gradients(root):
    """The gradients that are asked for, in order: id and gradient."""
    nodes = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    below = [(f"v{i}", node) for i, node in enumerate(nodes[:-1]) if node.op is not CONST]
    return [(id, grad_of[node]) for id, node in reversed(below)]


def slopes(root):
    """The slopes that are asked for, in order: id and slope."""
    edges = [(f"e{i}", edge) for i, edge in enumerate(passes(root)[0].edges) if edge.flows]
    edges.sort(key=lambda pair: -int(pair[1].target[1:]))  # stable: inputs stay in their order
    return [(id, edge.slope) for id, edge in edges]


def asked(browser):
    return browser.run("return document.getElementById('ask').value")


DISABLED = """
return [...document.getElementById("quiz").elements].every(control => control.disabled)"""


def test_a_quiz_is_answered_to_the_end(browser, questions):
    browser.prefer(reduced_motion="reduce")
    browser.open(questions)
    browser.keys("0", to="#stage")
    places = browser.boxes("g.value, g.op, #said")
    wanted = gradients(neuron())
    assert {grad for _, grad in list(browser.cards().values())[:-1]} == {"?"}
    for id, grad in wanted:
        assert asked(browser) == id
        said = answer(browser, f"{grad * 1.005}")
        assert re.match(f"Right: the gradient of .* is {re.escape(number(grad))}[.]", said)
        assert browser.cards()[id][1] == number(grad)
        assert browser.boxes("g.value, g.op, #said") == places
    assert said.endswith(f"All done: {len(wanted)} of {len(wanted)} found on your own.")
    assert browser.run(DISABLED)


def test_a_quiz_asks_for_the_slopes_first_and_shows_none_before_it_is_found(browser, all_questions):
    browser.open(all_questions)
    root = neuron()
    edges, cards = slopes(root), gradients(root)
    flowing = {id for id, _ in edges}
    found = set()
    for id, x in edges:
        assert asked(browser) == id
        assert browser.run(IDS, "g.asked") == [id]
        for edge, seen, tip, _, _ in browser.run(SLOPES):
            if edge in flowing:
                assert (seen == "×?") == (edge not in found)
                assert bool(tip) == (edge in found)
        colours = {browser.colour(f"#{edge} text", "fill") for edge in flowing - found - {id}}
        assert colours <= {LIGHT.quiet}  # blue or orange would give the sign away
        wrong = answer(browser, f"{x * 1.02 + 0.1}")
        assert re.match("Not yet: .*[.] If .* alone grows by a little h, by what multiple", wrong)
        operation = wrong.partition(" Differentiate ")[2]
        assert operation in ("the product.", "the sum.", "tanh.")
        right = answer(browser, f"{x * 0.995}")
        assert re.match(f"Right: the slope from .* is {re.escape(number(x))}[.]", right)
        found.add(id)
    assert {grad for _, grad in list(browser.cards().values())[:-1]} == {"?"}
    for id, grad in cards:
        assert asked(browser) == id
        said = answer(browser, f"{grad}")
    total = len(edges) + len(cards)
    assert said.endswith(f"All done: {total} of {total} found on your own.")
    seen = {id: text for id, text, *_ in browser.run(SLOPES)}
    drawn = passes(root)[0]
    assert seen == {f"e{i}": slope(edge.slope) for i, edge in enumerate(drawn.edges)}


DOCKED = """
const copy = document.querySelector("#dock [data-of]");
const line = document.querySelector("#dock .link");
const [a, b] = [0, line.getTotalLength()].map(at => line.getPointAtLength(at).x);
const card = document.querySelector("g.now .outline").getBoundingClientRect();
return [copy.dataset.of, a < b, copy.getBoundingClientRect().left > card.right,
  document.querySelector("#dock > text").textContent.trim()]"""


def test_on_a_phone_a_quiz_shows_the_output_behind_its_input(browser, tmp_path):
    browser.size(*NARROW)
    browser.prefer(reduced_motion="reduce")
    browser.open(quiz(mlp(), tmp_path / "quiz.html"))
    drawn = passes(mlp())[0]
    edge = drawn.edges[int(slopes(mlp())[0][0][1:])]
    assert browser.run(DOCKED) == [edge.target, True, True, "×?"]


def test_a_slope_that_is_shown_does_not_count_and_a_click_on_its_edge_asks_for_it(
    browser, all_questions
):
    browser.open(all_questions)
    id, x = slopes(neuron())[3]
    browser.run("document.getElementById(arguments[0]).dispatchEvent(new MouseEvent('click'))", id)
    assert asked(browser) == id
    browser.click("reveal")
    name = next(q for q in browser.run("return page.content.quiz") if q["id"] == id)["name"]
    assert browser.text("say") == f"The {name} is {number(x)}."
    assert browser.text("score") == f"0 of {len(slopes(neuron())) + 9} found"


SIZE = "Not yet: the sign is right, the size is not"
RIGHT = "Right: the gradient of a × 2 is 1.0000."


# B12: a fraction was no number, and a wrong answer did not say what is wrong with it.


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("7", f"{SIZE}. Take the gradient of each card that “a × 2” leads to"),
        ("1.02", SIZE),
        ("-1", "Not yet: the size is right, the sign is not."),
        ("-7", "Not yet: neither the sign nor the size is right."),
        ("0", "Not yet: it is not 0."),
        ("one", "Type a number, such as 0.5, -2 or 1/2."),
        ("", "Type a number"),
        ("1,2,3", "Type a number"),
        ("1/", "Type a number"),
        ("1/0", "Type a number"),
        ("1/2/2", "Type a number"),
        ("<b>", "Type a number"),
        ("0,995", RIGHT),
        (" 1.0e0 ", RIGHT),
        ("2/2", RIGHT),
        ("−3 / −3", RIGHT),
        ("1,5/1.5", RIGHT),
    ],
)
def test_an_answer_is_judged(browser, questions, text, said):
    browser.open(questions)
    before = asked(browser)
    assert answer(browser, text).startswith(said)
    right = said.startswith("Right")
    invalid = browser.run("return document.getElementById('answer').getAttribute('aria-invalid')")
    assert invalid == ("false" if right else "true")
    assert (asked(browser) != before, browser.cards()[before][1] != "?") == (right, right)
    assert browser.text("score") == ("1 of 9 found" if right else "")


@pytest.mark.parametrize("text", ["-3", "−3", "−30e−1"])
def test_a_negative_answer_may_have_the_minus_of_books(browser, tmp_path, text):
    a, b = Value(2.0, "a"), Value(-3.0, "b")
    browser.open(quiz(a * b, tmp_path / "quiz.html"))
    browser.run("document.getElementById('ask').value = 'v0'")
    assert answer(browser, text) == "Right: the gradient of a is −3.0000."


def test_an_answer_that_is_shown_does_not_count(browser, questions):
    browser.open(questions)
    wanted = gradients(neuron())
    for id, grad in wanted:
        assert asked(browser) == id
        browser.click("reveal")
        assert browser.cards()[id][1] == number(grad)
        assert f" is {number(grad)}." in browser.text("say")
    assert browser.text("say").endswith("All done: 0 of 9 found on your own.")


def test_a_click_on_a_card_asks_for_it(browser, questions):
    browser.prefer(reduced_motion="reduce")
    browser.open(questions)
    browser.keys("0", to="#stage")
    browser.click("v0")
    assert asked(browser) == "v0"
    assert browser.run("return document.activeElement.id") == "answer"
    assert browser.run(IDS, "g.now") == ["v0"]
    browser.click("reveal")
    before = asked(browser)
    browser.click("v0")  # found already
    assert asked(browser) == before != "v0"


def test_no_key_gives_the_answers_away(browser, questions):
    browser.open(questions)
    before = browser.cards()
    browser.keys(Keys.HOME, " ", Keys.ARROW_LEFT, Keys.ARROW_RIGHT, Keys.END)
    assert browser.cards() == before


def test_a_quiz_of_nothing_says_so(browser, tmp_path):
    browser.open(quiz(Value(1.0, "x"), tmp_path / "quiz.html"))
    assert browser.text("say") == "There is no gradient to find here."
    assert browser.style("#quiz", "display") == "none"


def test_zero_is_no_answer_for_a_small_gradient_but_for_one_of_zero(browser, tmp_path):
    a, x = Value(2.0, "a"), Value(-1.0, "x")
    browser.open(quiz(a * 4e-5 + x.relu(), tmp_path / "quiz.html"))
    options = "return [...document.getElementById('ask').options].map(o => [o.text, o.value])"
    ids = dict(browser.run(options))
    for name, text, said in [
        ("a", "0", "Not yet: it is not 0."),
        ("a", "0.0001", "Not yet: the sign is right, the size is not."),
        ("a", "-4e-5", "Not yet: the size is right, the sign is not."),
        ("a", "4e-5", "Right: "),
        ("x", "0.0001", "Not yet: it is smaller."),
        ("x", "0", "Right: the gradient of x is 0."),
    ]:
        browser.run(
            "document.getElementById('ask').value = arguments[0]", ids[f"gradient of {name}"]
        )
        assert answer(browser, text).startswith(said), (name, text)
