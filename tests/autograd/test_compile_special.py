"""erf, erfc and gelu of arrays: within 4 ulp, and in files as source."""

import math

import numpy as np
import pytest

from autograd import OPS, compile
from autograd.compiler import special

POINTS = np.concatenate(
    [np.linspace(-6.0, 6.0, 2001), np.linspace(-1.0, 26.0, 2001), [0.5, -0.5, 0.49999, 1e-300]]
)


@pytest.mark.parametrize("name", ["erf", "erfc"])
def test_within_four_ulp(name):
    mpmath = pytest.importorskip("mpmath")
    got = getattr(special, name)(POINTS)
    with mpmath.workdps(40):
        exact = getattr(mpmath, name)
        for x, y in zip(POINTS.tolist(), got.tolist()):
            wanted = exact(mpmath.mpf(x))
            ulp = mpmath.mpf(math.ulp(float(wanted)))
            assert abs(mpmath.mpf(y) - wanted) <= 4 * ulp, (x, y)


@pytest.mark.parametrize("name", ["erf", "erfc", "gelu"])
def test_infinities_zeros_and_nan_are_those_of_the_engine(name):
    points = [0.0, -0.0, math.inf, -math.inf, math.nan, 40.0, -40.0, 1e308, -1e308, 5e-324]
    got = compile(OPS[name], 0.0)(points)
    wanted = [OPS[name](x) for x in points]
    assert np.array_equal(got, wanted, equal_nan=True)
    assert np.signbit(got).tolist()[:2] == np.signbit(wanted).tolist()[:2]


def test_a_file_has_their_source(tmp_path):
    program = compile(OPS["gelu"], 0.0)
    program.to_file(tmp_path / "gelu.py")
    text = (tmp_path / "gelu.py").read_text(encoding="utf-8")
    assert "def erfc(x):" in text and "vectorize" not in text and "Any" not in text
    scope = {}
    exec(text, scope)
    x = np.linspace(-3.0, 3.0, 7)
    assert scope["values"](scope["theta"], x).tolist() == program(x).tolist()
