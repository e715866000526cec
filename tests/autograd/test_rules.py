"""The checks on 100 wrong rules, all of which they catch, and on 60 right ones, none of which."""

import ast

import pytest

from autograd import GradcheckError, add_op, check_op
from autograd.strategies import fuzz

from .rules import RIGHT, WRONG

EVERY = pytest.mark.slow
FEW = 7
"""Each seventh rule is tried on every run, the others where slow tests are."""


def rules(every):
    """The rules as parameters, most of them marked as slow."""
    return [
        pytest.param(rule, id=rule.name, marks=() if i % FEW == 0 else EVERY)
        for i, rule in enumerate(every)
    ]


def row_of(rule):
    return add_op(rule.name, rule.forward, rule.slopes, **rule.columns)


def operations(expression):
    """How many ops a printed expression applies."""
    function = ast.parse(expression, mode="eval").body.func
    return sum(isinstance(node, (ast.Call, ast.BinOp)) for node in ast.walk(function))


def assert_blames(message, rule):
    assert message.startswith("node v")
    assert f" = {rule.name}(" in message.partition(":")[0]
    assert ("the derivative of slope" in message) == (rule.order == 2)


def test_the_registries_are_as_large_as_they_say():
    assert len({rule.name for rule in WRONG}) == 100
    assert len({rule.name for rule in RIGHT}) == 60


@pytest.mark.parametrize("rule", rules(WRONG))
def test_a_wrong_rule_is_caught_blamed_and_shrunk(rule):
    op = row_of(rule)
    with pytest.raises(GradcheckError) as caught:
        check_op(op)
    assert_blames(str(caught.value), rule)
    with pytest.raises(GradcheckError) as caught:
        fuzz(op)
    assert_blames(str(caught.value), rule)
    *_, said, expression = str(caught.value).split("\n")
    assert said == "in the smallest failing expression:"
    assert 1 <= operations(expression) <= 3


@pytest.mark.parametrize("rule", rules(RIGHT))
def test_a_right_rule_raises_no_alarm(rule):
    op = row_of(rule)
    assert check_op(op) is True
    fuzz(op, max_examples=60)


def test_a_fault_keeps_its_kind_while_it_shrinks():
    # E5: at 0 the slope of this mish is right by chance, and its derivative is not.
    [mish] = [rule for rule in RIGHT if rule.name == "my_mish"]

    def slopes(x, out):
        return (mish.slopes(x, out)[0] + 0.25 * x,)

    wanted = r"^node v1 = wrong_mish\(1\.0\): slope 0 .*mish/∂input 0\)"
    with pytest.raises(GradcheckError, match=wanted):
        fuzz(row_of(mish._replace(name="wrong_mish", slopes=slopes)))
