"""Pages of players and quizzes: they stand alone, and no label gets out of its text."""

import base64
import hashlib
import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, topological_order, where
from autograd.graph import pullback
from viz import animate, compare_orders, frames, naive, player, quiz
from viz.motion.pages import resource
from viz.motion.player import SCRIPTS
from viz.motion.steps import passes

from .players import content, neuron, page


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_stands_alone(make, tmp_path):
    path = make(neuron(), tmp_path / "page.html")
    found = page(path)
    assert found.links == []
    assert found.scripts == []
    assert found.tags.count("svg") == 2
    assert "@" not in "".join(found.text).replace("@media", "")


def test_a_page_is_the_same_bytes_each_time(tmp_path):
    assert (
        player(neuron(), tmp_path / "a.html").read_bytes()
        == player(neuron(), tmp_path / "b.html").read_bytes()
    )


def test_a_quiz_asks_for_every_slope_and_then_for_every_gradient_but_the_last():
    root = neuron()
    drawn = passes(root)[0]
    asked = content(quiz(root))["quiz"]
    order = topological_order(root)
    grad_of = dict(zip(*pullback(root, 1.0)))
    slopes = {f"e{i}": edge.slope for i, edge in enumerate(drawn.edges)}
    edges = [(q["id"], q["value"]) for q in asked if q["edge"]]
    assert dict(edges) == slopes
    targets = [drawn.edges[int(id[1:])].target for id, _ in edges]
    assert targets == sorted(targets, key=lambda id: -int(id[1:]))  # backward
    grads = [(q["id"], q["value"]) for q in asked[len(edges) :]]
    assert grads == [(f"v{i}", grad_of[order[i]]) for i in reversed(range(len(order) - 1))]


def test_a_quiz_without_slopes_asks_for_the_gradients_alone():
    asked = content(quiz(neuron(), slopes=False))["quiz"]
    assert {q["edge"] for q in asked} == {False}
    assert asked == [q for q in content(quiz(neuron()))["quiz"] if not q["edge"]]


def test_a_quiz_tells_the_two_slopes_of_a_square_apart_and_asks_for_none_of_a_constant():
    a = Value(3.0, "a")
    names = [q["name"] for q in content(quiz(a * a * 2))["quiz"]]
    assert names[:3] == [
        "slope from a × a to a × a × 2",
        "slope from a to a × a, input 1",
        "slope from a to a × a, input 2",
    ]
    assert len([name for name in names if name.startswith("slope")]) == 3


def test_a_quiz_asks_for_nothing_that_is_not_finite():
    x, a = Value(0.0, "x"), Value(0.0, "a")
    asked = content(quiz(x.sqrt() * a))["quiz"]
    assert [q["name"] for q in asked if q["edge"]] == [
        "slope from sqrt(x) to sqrt(x) × a",
        "slope from a to sqrt(x) × a",
    ]
    assert all(math.isfinite(q["value"]) for q in asked)


# B12: "Differentiate ^."


def test_a_hint_that_named_a_sign_names_the_operation():
    a, b = Value(3.0, "a"), Value(2.0, "b")
    hints = [q["hint"] for q in content(quiz((a**2 - b) / b * a.tanh()))["quiz"] if q["edge"]]
    named = {hint.partition(" Differentiate ")[2] for hint in hints}
    assert named == {"the product.", "the quotient.", "the difference.", "the power.", "tanh."}


# D2: scripts were joined in one scope, so that each could overwrite the names of the others.


def test_scripts_that_shared_one_scope_have_one_name_each():
    names = set()
    for script in SCRIPTS:
        lines = resource(f"{script}.js").splitlines()
        outer = [line for line in lines if line and not line.startswith((" ", "//"))]
        opening = [line for line in outer if line.endswith("(() => {")]
        assert len(opening) == 1 and "})();" in outer
        allowed = ('"use strict";', "})();", "if (page.content.quiz)", "else player.start();")
        assert not [line for line in outer if line not in opening and not line.startswith(allowed)]
        names |= set(re.findall(r"^const (\w+) =", opening[0]))
    assert names == {"page", "camera", "dock", "overview", "player", "quizForm"}


def test_no_function_of_a_script_is_longer_than_30_lines():
    for script in SCRIPTS:
        lines = resource(f"{script}.js").splitlines()
        for start, line in enumerate(lines):
            if line.startswith("  function "):
                end = next(i for i in range(start, len(lines)) if lines[i] == "  }")
                assert end - start < 30, f"{script}.js:{start + 1}"


def test_nan_and_inf_leave_the_page_readable(tmp_path):
    root = where(1.0, Value(math.inf, "x") * Value(0.0, "y"), 0.0)
    steps = content(quiz(root, tmp_path / "page.html"))
    assert "nan" in steps["steps"][1]["text"]


HOSTILE = st.text(max_size=40) | st.sampled_from(
    [  # markup, markers of the template, and characters that no page may hold
        "</script><script>alert(1)</script>",
        "]]>",
        "<!--",
        "@SVG@",
        '"><img src=x onerror=alert(1)>',
        "\ud800",
        "\u2028",
        "\u202e",
        "a" * 20_000,
    ]
)


@settings(max_examples=40)
@given(HOSTILE, HOSTILE)
def test_no_label_and_no_title_gets_out_of_its_text(tmp_path_factory, label, title):
    root = Value(2.0, label) * Value(3.0, "b")
    path = tmp_path_factory.mktemp("page") / "page.html"
    found = page(player(root, path, title=title))
    plain = page(player(Value(2.0, "x") * Value(3.0, "b"), path))
    assert found.links == plain.links
    assert found.scripts == []
    assert {tag for tag in found.tags if tag not in plain.tags} <= set()
    content(player(root, path, title=title))


def test_what_is_no_graph_for_a_page_is_refused(tmp_path):
    with pytest.raises(TypeError, match="player steps through the graph of a Value, got 3.0"):
        player(3.0, tmp_path / "page.html")
    x = Value(1.0)
    for _ in range(1001):
        x = x * x
    with pytest.raises(ValueError, match="at most 2,000 edges, this one has 2,002: use one sample"):
        player(x, tmp_path / "page.html")
    assert list(tmp_path.iterdir()) == []


# C4: what is no Value gave an AttributeError, or a sentence about a player that nobody called.


@pytest.mark.parametrize(
    "make", [passes, naive, compare_orders, player, quiz, animate, frames], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("given", [3.0, [1], None, "a"])
def test_what_is_no_value_is_refused_by_the_name_of_the_function(make, given):
    said = f"{make.__name__} steps through the graph of a Value, got {given!r}: pass its root"
    with pytest.raises(TypeError, match=re.escape(said)):
        make(given)


# R12: the page let any script and any style in it run.


@pytest.mark.parametrize("make", [player, quiz])
def test_a_page_lets_run_and_apply_what_it_was_written_with_alone(tmp_path, make):
    root = Value(2.0, "<script>a</script>") * 3
    page = make(root, tmp_path / "a.html").read_text(encoding="utf-8")
    policy = re.search('Content-Security-Policy" content="(.*?)"', page, flags=re.S)[1]
    assert "unsafe" not in policy
    for tag, count in (("script", 1), ("style", 2)):
        allowed = re.search(f"{tag}-src (.*?);", policy)[1].split()
        used = re.findall(f"<{tag}>(.*?)</{tag}>", page, flags=re.S)
        digests = [hashlib.sha256(text.encode()).digest() for text in used]
        assert len(used) == count
        assert allowed == [f"'sha256-{base64.b64encode(x).decode()}'" for x in digests]
    assert not re.search(r"<[^>]*\s(style|on\w+)=", page)
