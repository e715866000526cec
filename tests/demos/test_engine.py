"""A learner's engine is checked like the one of the lesson, and told what is wrong with it."""

import subprocess
import sys

import pytest

from autograd import Value
from demos import engine
from demos.command import command
from demos.own import OURS, as_typed, loaded, steps_of
from demos.page import Page

from ..checkout import HOME

MINE = OURS.read_text(encoding="utf-8")
SLOPES, SMALLEST = "ops whose slopes are right", "the smallest expression that shows it"


def checked(tmp_path, text, **options):
    """The claims on an engine in a file, by what they say."""
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    page = Page(speaks=False, changed=True)
    engine.run(page, expressions=20, file=str(tmp_path / "mine.py"), **options)
    return {claim.what: claim for claim in page.claims}


def test_an_engine_of_a_learner_passes_if_it_is_right(tmp_path):
    assert {claim.state for claim in checked(tmp_path, MINE).values()} == {"holds"}


@pytest.mark.parametrize(
    ("right", "wrong", "what", "told"),
    [
        ("1 - y * y", "1 - y", SLOPES, "a.tanh() at a = 0.5: ∂/∂a is 0.5379, and should be 0.7864"),
        (
            "n * self.data ** (n - 1)",
            "self.data ** (n - 1)",
            SLOPES,
            "a ** 2 at a = 0.5: ∂/∂a is 0.5, and should be 1",
        ),
        (
            "node(other) ** -1",
            "node(other) ** -2",
            "ops whose values are right",
            "a / b at a = 0.5",
        ),
        ("x.grad += v", "x.grad = v", SMALLEST, "x + x at x = 0: the gradient is 1, and should"),
        (
            "reversed(order(root))",
            "order(root)",
            SMALLEST,
            "x + (x + x) at x = 0: the gradient is 1, and should be 3",
        ),
        (
            "        v.grad = 0.0",
            "        pass",
            "∂/∂a of a * a at 3, after backward() once and twice",
            "6, 12",
        ),
        (
            "(self, other.data), (other, self.data)",
            "(self, self.data), (other, other.data)",
            "slopes that 2 · -3 keeps",
            "in 2 2, in -3 -3",
        ),
        (
            "    for x, _ in root",
            "    seen[root] = True\n    for x, _ in root",
            "orders in which an input comes too late",
            "",
        ),
        ("def order", "def ordered", "step 3 runs", "there is no order"),
        ("def backward", "def back", "step 4 runs", "there is no backward"),
        ("def relu", "def rectify", "step 2 runs", "'V' object has no attribute 'relu'"),
        ("class V", "class Number", "step 1 runs", "there is no V"),
        ("math.tanh(self", "math.tahn(self", "step 2 runs", "no attribute 'tahn', in line "),
    ],
)
def test_l2_an_engine_of_a_learner_is_told_what_is_wrong_and_where(
    right, wrong, what, told, tmp_path
):
    assert right in MINE
    claim = checked(tmp_path, MINE.replace(right, wrong))[what]
    assert claim.state == "missed" and told in claim.measured


def test_l2_the_pieces_run_as_they_are_printed():
    pieces = [as_typed(piece) for piece in steps_of(MINE)]
    for count in range(1, len(pieces) + 1):
        made = loaded("".join(pieces[:count]), "mine.py")
        assert "V" in made
    x = made["V"](3.0)
    made["backward"](x * x)
    assert x.grad == 6.0


@pytest.mark.parametrize("seed", range(10))
def test_training_in_the_engine_section_needs_no_luck(seed):
    assert engine.xor(Value, Value.backward, seed)[-1] < engine.LEARNED


def test_a_file_that_is_no_engine_is_refused_in_a_line(tmp_path, capsys):
    (tmp_path / "broken.py").write_text("x = 1\ndef order(:")
    wanted = {
        "broken.py": "broken.py does not run: SyntaxError in line 2",
        "none.py": "--file takes a file of Python that can be read",
    }
    for file, told in wanted.items():
        with pytest.raises(SystemExit, match="2"):
            command(["engine", "--file", str(tmp_path / file)])
        err = capsys.readouterr().err
        assert told in err and err.count("\n") == 1


def test_an_engine_whose_gradients_are_nan_is_wrong(tmp_path):
    right = "(self, float(self.data > 0))"
    assert right in MINE
    claims = checked(tmp_path, MINE.replace(right, '(self, float("nan"))'))
    assert claims[SLOPES].state == "missed" and "a.relu()" in claims[SLOPES].measured


def test_a_right_engine_is_checked_without_hypothesis(tmp_path):
    code = "import sys; sys.modules['hypothesis'] = None; from demos.command import command"
    code += f"; command(['engine', '--expressions', '3', '--out', {str(tmp_path)!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=HOME, check=True)
    assert b"last losses differ by" in done.stdout
