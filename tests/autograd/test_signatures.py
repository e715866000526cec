"""What `help` and `inspect.signature` show of ops, and of the methods of Value."""

import inspect
import pydoc

import pytest

import autograd
from autograd import OPS, Op, Value, add_op


def shown(thing):
    return pydoc.plain(pydoc.render_doc(thing))


def test_an_op_shows_its_arguments():
    assert str(inspect.signature(autograd.tanh)) == "(x, /)"
    assert str(inspect.signature(autograd.where)) == "(condition, x, y, /)"
    assert str(inspect.signature(autograd.leaky_relu)) == "(x, slope=0.01, /)"
    assert str(inspect.signature(autograd.add)) == "(x, y, /)"  # whose slopes are constants


@pytest.mark.parametrize("name", OPS)
def test_help_takes_every_op_for_a_function(name):
    op = OPS[name]
    assert f"{name}{inspect.signature(op)}\n    {op.__doc__}" in shown(op)


def test_a_signature_takes_what_the_op_takes():
    for op in OPS.values():
        parameters = list(inspect.signature(op).parameters.values())
        assert len(parameters) == op.arity
        assert tuple(p.default for p in parameters if p.default is not p.empty) == op.defaults


def test_a_row_of_many_constant_slopes_has_numbered_arguments():
    op = add_op("total", lambda *xs: sum(xs), (1.0,) * 5)
    assert str(inspect.signature(op)) == "(x, y, z, x4, x5, /)"


def test_an_op_in_a_class_is_no_method():
    class Model:
        activation = autograd.tanh

    assert Model().activation is Model.activation is autograd.tanh


def test_the_class_of_ops_keeps_its_own_help():
    assert list(inspect.signature(Op).parameters)[:2] == ["name", "forward"]
    assert "One operation: a row of the table" in shown(Op)


def test_help_of_a_method_names_its_op():
    assert "tanh(self) -> 'Value'\n    sinh(x) / cosh(x)." in shown(Value.tanh)
    assert "atan2(self, other: 'Operand') -> 'Value'" in shown(Value.arctan2)
    assert Value.__radd__.__qualname__ == "Value.__radd__"
    assert Value.__lt__.__name__ == "__lt__"
