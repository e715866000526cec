"""Gradients that are checked: what was judged, what was not, and all of it as JSON."""

import json

import pytest

from autograd import OPS, add_op

from .command_line import NEURON, run

pytestmark = pytest.mark.usefixtures("empty_folder")


def test_gradients_are_checked(capsys):
    code, out, err = run(capsys, "check", *NEURON)
    assert (code, err) == (0, "")
    what = "every slope, the gradient and their derivatives"
    assert out == f"ok: 6 nodes, {what} agree with numbers\n"


def test_a_gradient_that_is_wrong_is_told_with_its_node(capsys):
    add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x,))
    assert "cube" in OPS
    code, out, err = run(capsys, "check", "cube(x)", "x=2")
    assert (code, out) == (1, "")
    assert err == "glassgrad: node v1 = cube(2.0): slope 0 (∂cube/∂input 0) is 6.0, should be 12\n"


def test_where_there_is_no_number_nothing_is_checked(capsys):
    problem = "log(x) is nan at these numbers, so no derivative can be checked"
    message = f"glassgrad: {problem}: choose other numbers\n"
    assert run(capsys, "check", "log(x)", "x=-1") == (1, "", message)


# V5: a check that judged nothing said "ok, every slope".


@pytest.mark.parametrize(
    ("expression", "numbers", "judged", "slopes"),
    [
        ("relu(x) * y", ["x=0", "y=2"], "6 of 8", ["relu(x)"]),
        ("x * relu(x)", ["x=0"], "4 of 6", ["relu(x)"]),
        ("relu(x) * relu(x)", ["x=0"], "4 of 7", ["relu(x)", "relu(x) #2"]),
        ("x * sqrt(x)", ["x=0"], "4 of 6", ["sqrt(x)"]),
    ],
)
def test_a_check_says_what_it_did_not_judge(capsys, expression, numbers, judged, slopes):
    code, out, err = run(capsys, "check", expression, *numbers)
    assert (code, err) == (0, "")
    ok, missing = out.splitlines()
    what = "slopes, gradients and derivatives agree with numbers"
    assert ok == f"ok as far as it was judged: {judged} {what}"
    name = slopes[0].partition("(")[0]
    reasons = {"relu": "at a kink, where there is no derivative"}
    reason = reasons.get(name, "outside the domain of its op, or at the end of it")
    lines = [f"slope of {slope} in x ({reason})" for slope in slopes]
    lines.append(f"gradient in x (it leads through {name}(0.0): {reason})")
    assert missing == f"not judged: {'; '.join(lines)}"
    away = [f"{name}={i + 3}" for i, name in enumerate("xy") if name in expression]
    assert "not judged" not in run(capsys, "check", expression, *away)[1]


def test_a_check_next_to_a_kink_judges_everything(capsys):
    assert run(capsys, "check", "relu(x) + x", "x=1e-4")[1].startswith("ok: 3 nodes, every slope")


@pytest.mark.parametrize(
    ("expression", "numbers"),
    [("abs(x)", ["x=0"]), ("maximum(x, y)", ["x=1", "y=1"]), ("relu(abs(x))", ["x=0"])],
)
def test_a_check_that_judged_nothing_is_not_ok(capsys, expression, numbers):
    code, out, err = run(capsys, "check", expression, *numbers)
    assert (code, out) == (1, "")
    assert err.startswith("glassgrad: nothing was judged; for example, the slope of ")
    assert "at a kink, where there is no derivative; choose other numbers" in err
    code, out, err = run(capsys, "check", expression, *numbers, "--json")
    found = json.loads(out)
    assert (code, err, found["ok"], found["judged"], found["faults"]) == (1, "", False, [], [])
    assert found["problem"].startswith("nothing was judged")
    assert found["not_judged"]


def test_a_check_as_json_holds_both_lists(capsys):
    code, out, err = run(capsys, "check", "relu(x) * y", "x=0", "y=2", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [*found] == ["expression", "ok", "problem", "judged", "not_judged", "faults"]
    assert (found["expression"], found["ok"], found["problem"]) == ("relu(x) * y", True, "")
    product = {"kind": "slope", "node": "relu(x) * y", "input": "relu(x)", "order": 1}
    assert found["judged"][0] == product
    slope, gradient = found["not_judged"]
    reason = "at a kink, where there is no derivative"
    relu = {"kind": "slope", "node": "relu(x)", "input": "x", "order": 1, "reason": reason}
    assert slope == relu
    assert [*gradient.values()][:4] == ["gradient", "relu(x) * y", "x", 1]
    assert gradient["reason"] == f"it leads through relu(0.0): {reason}"


def test_a_fault_is_in_the_json_and_in_the_exit_code(capsys):
    add_op("cube", lambda x: x * x * x, lambda x, out: (3 * x,))
    code, out, err = run(capsys, "check", "cube(x)", "x=2", "--json")
    found = json.loads(out)
    assert (code, err, found["ok"]) == (1, "", False)
    assert found["faults"] == ["node v1 = cube(2.0): slope 0 (∂cube/∂input 0) is 6.0, should be 12"]
    assert found["problem"] == found["faults"][0]


def test_where_there_is_no_number_the_json_says_so(capsys):
    code, out, _ = run(capsys, "check", "log(x)", "x=-1", "--json")
    found = json.loads(out)
    assert (code, found["ok"], found["judged"], found["not_judged"]) == (1, False, [], [])
    assert found["problem"].startswith("log(x) is nan at these numbers")
